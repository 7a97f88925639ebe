//! The page of a dump that is still being loaded: how far that is, and as soon as they are known classes with their
//! counts and shallow sizes. When the heap is there, the explorer's page takes its place, with the cursor on the same
//! class.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::search::{Fuzzy, Matcher};
use crate::heap::{Class, Early, EarlyRow, Stage};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{self, Export, Rows};
use crate::tui::naming::short_name;
use crate::tui::page::{DrawCtx, Effect, Header, Intent, News, Page, PageCtx, said, typed};
use crate::tui::place::DumpId;
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::halves;
use crate::tui::views::pane_columns::{About, Entry, NAMED};
use crate::tui::views::progress::progress;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table;
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::Slot;

/// The columns are those of the page that comes after.
const ABOUT: About = About::Classes;

/// The page.
pub struct EarlyPage {
    dump: DumpId,
    file: String,
    early: Option<Arc<Early>>,
    /// What was typed to find constructors.
    filter: String,
    /// The rows that answer it.
    rows: Vec<usize>,
    cursor: Cursor,
}

/// What the page that comes after goes on with.
#[derive(Debug, Default)]
struct Left {
    /// What was typed to find constructors.
    filter: String,
    /// The class under the cursor, if the user moved it.
    class: Option<Class>,
}

impl EarlyPage {
    /// The page of a dump that is being loaded from `file`.
    pub fn new(dump: DumpId, file: String, early: Option<Arc<Early>>) -> Self {
        let mut page = Self {
            dump,
            file,
            early: None,
            filter: String::new(),
            rows: Vec::new(),
            cursor: Cursor::default(),
        };
        if let Some(early) = early {
            page.take_early(early);
        }
        page
    }

    /// Takes the first rows, or better ones; the cursor stays on its class.
    fn take_early(&mut self, early: Arc<Early>) {
        let name = self.left().class.map(|class| class.name);
        self.early = Some(early);
        self.narrow();
        let named = |line: &usize| self.row(*line).map(|row| &row.name) == name.as_ref();
        if let Some(line) = (0..self.rows.len()).find(named).filter(|_| name.is_some()) {
            self.cursor.follow(line, self.rows.len());
        }
    }

    /// Whether counts and shallow sizes are final.
    fn is_sized(&self) -> bool {
        let early = self.early.as_ref();
        early.is_some_and(|early| early.stage == Stage::Sized)
    }

    /// What the user did here.
    fn left(&self) -> Left {
        let moved = self.cursor.selected > 0;
        let row = self.row(self.cursor.selected).filter(|_| moved);
        Left {
            filter: self.filter.clone(),
            class: row.map(|row| Class {
                name: row.name.clone(),
                place: row.place,
            }),
        }
    }

    fn row(&self, line: usize) -> Option<&EarlyRow> {
        self.early.as_ref()?.rows.get(*self.rows.get(line)?)
    }

    fn entry(&self, line: usize) -> Option<Entry> {
        let early = self.early.as_ref()?;
        let total = early.statistics.total;
        Some(Entry::early(self.row(line)?, early.stage, total))
    }

    fn narrow(&mut self) {
        let Some(early) = &self.early else { return };
        let query = self.filter.trim();
        let matcher = Fuzzy::default();
        let answers =
            |row: &EarlyRow| query.is_empty() || matcher.matches(&row.name, query).is_some();
        let rows = early.rows.iter().enumerate();
        self.rows = rows
            .filter(|(_, row)| answers(row))
            .map(|(at, _)| at)
            .collect();
        self.cursor.go(Motion::By(0), self.rows.len());
    }

    fn draw_rows(&mut self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let columns = ABOUT.layout(area.width, theme);
        let heading = theme.style(Tone::Heading);
        buffer.set_string(area.x + 4, area.y, "Constructor", heading);
        columns.draw_titles(buffer, area, None, theme);
        let height = area.height.saturating_sub(1);
        self.cursor.fit(usize::from(height), self.rows.len());
        for line in 0..height {
            let index = self.cursor.top + usize::from(line);
            let Some(row) = self.row(index) else { break };
            let at = Rect {
                y: area.y + 1 + line,
                height: 1,
                ..area
            };
            let label = Label::of(Spans::new().name(row.name.clone()), Tone::Plain);
            let room = columns.name.saturating_sub(4);
            label.draw(buffer, (at.x + 4, at.y), room, theme, &[]);
            if let Some(entry) = self.entry(index) {
                let cells = table::cells(ABOUT.columns(), &columns, &entry, &());
                columns.draw_cells(buffer, at, &cells, theme);
            }
            if index == self.cursor.selected {
                theme.select(buffer, at, true);
            }
        }
    }
}

impl Page for EarlyPage {
    fn context(&self) -> Context {
        Context::TREE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let DrawCtx { work, theme, .. } = ctx;
        let room = usize::from(area.width.saturating_sub(4));
        let status = work.status(&Slot::Load(Arc::clone(&self.dump)));
        let status = status.map_or("waiting".to_owned(), |status| progress(status, room));
        let (above, below) = match (halves::areas(area, false), &self.early) {
            (_, None) => (None, area),
            (Some((above, below)), Some(_)) => (Some(above), below),
            // Where there is no room for two, one line says how far it is.
            (None, Some(_)) => (
                Some(Rect {
                    height: area.height - 1,
                    ..area
                }),
                Rect {
                    y: area.bottom() - 1,
                    height: 1,
                    ..area
                },
            ),
        };
        if let Some(above) = above {
            self.draw_rows(buffer, above, theme);
        }
        let mut at = below.y;
        if above.is_some() && below.height > 1 {
            let rule = "─".repeat(usize::from(below.width));
            buffer.set_string(below.x, at, rule, theme.style(Tone::Dim));
        }
        at += u16::from(below.height > 1);
        let mut say = |words: &str, tone: Tone| {
            for text in wrap(words, usize::from(below.width.saturating_sub(4))) {
                if at < below.bottom() {
                    buffer.set_string(below.x + 2, at, text, theme.style(tone));
                    at += 1;
                }
            }
        };
        say(&status, Tone::Busy);
        match &self.early {
            Some(_) if !self.is_sized() => say(
                "So far the nodes were counted by name (~): classes of the same name are still told apart, and the \
                 engine's own is still given to its owners. All the rest comes by itself; the cursor stays on its class.",
                Tone::Dim,
            ),
            Some(_) => say(
                "Counts and shallow sizes are there. Distances, retained sizes, objects and their holders come by \
                 themselves; the cursor stays on its class.",
                Tone::Dim,
            ),
            None => say(
                "Classes first, with counts and shallow sizes; retained sizes follow.",
                Tone::Dim,
            ),
        }
    }

    fn header(&self, store: &DumpStore) -> Header {
        let name = short_name(&self.file).to_owned();
        let title = match store.labelled(&self.dump) {
            Some(label) => format!("{label} {name}"),
            None => name,
        };
        let mut facts = vec![Spans::from("still loading")];
        if let Some((found, all)) = self.found() {
            facts.push(typed(&self.filter, format!("{found} of {all}")));
        }
        if let Some(early) = &self.early {
            facts.push(said(format!("{} heap", bytes(early.statistics.total))));
            facts.push(said(format!("{} nodes", grouped(early.nodes as u64))));
        }
        Header {
            path: vec![said(title)],
            facts,
        }
    }

    fn hear(&mut self, news: &News, _: &mut PageCtx<'_>) {
        match news {
            News::Early(dump, early) if *dump == self.dump => self.take_early(Arc::clone(early)),
            _ => {}
        }
    }

    fn stands_in(&self) -> Option<Intent> {
        let Left { filter, class } = self.left();
        Some(Intent::Resume(filter, class))
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows.len());
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        let words = match command {
            Command::Unfold | Command::Toggle | Command::OpenObject => {
                "objects can be looked at as soon as the dump is loaded"
            }
            Command::SortNext | Command::SortReverse => {
                "rows can be sorted as soon as the dump is loaded"
            }
            _ => return None,
        };
        Some(Effect::Say(words.to_owned(), Tone::Dim))
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        !matches!(
            command,
            Command::Unfold
                | Command::Fold
                | Command::OpenObject
                | Command::ShowInSummary
                | Command::NextPane
                | Command::Zoom
                | Command::ToggleWeak
                | Command::SortNext
        )
    }

    fn searched(&self) -> Option<&str> {
        self.early.is_some().then_some(&*self.filter)
    }

    fn search(&mut self, text: &str, _: &mut PageCtx<'_>) {
        text.clone_into(&mut self.filter);
        self.narrow();
        self.cursor.go(Motion::To(0), self.rows.len());
    }

    fn found(&self) -> Option<(usize, usize)> {
        let all = self.early.as_ref()?.rows.len();
        (!self.filter.is_empty()).then_some((self.rows.len(), all))
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let entry = self.entry(self.cursor.selected)?;
        let name = entry.name.clone();
        Some(export::line(name, &ABOUT.columns()[NAMED..], &entry, &()))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let (early, rows) = (Arc::clone(self.early.as_ref()?), self.rows.clone());
        let heading = self.header(store).heading();
        Some(Box::new(move |task| {
            let rows = rows.into_iter().filter_map(|row| early.rows.get(row));
            let total = early.statistics.total;
            let entries = rows.map(|row| Entry::early(row, early.stage, total));
            Rows::of(heading, ABOUT.columns(), entries, &(), task)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::ClassId;
    use crate::index::Cache;
    use crate::tui::event::channel;
    use crate::tui::keymap::Keymap;
    use crate::tui::work::Work;

    fn early(stage: Stage) -> Arc<Early> {
        let row = |class, name: &str, count, shallow| EarlyRow {
            class: Some(ClassId(class)),
            name: name.to_owned(),
            place: None,
            count,
            shallow,
        };
        Arc::new(Early {
            rows: vec![
                row(0, "Session", 1_200, 96_000),
                row(1, "(string)", 9_000, 54_000),
            ],
            nodes: 10_200,
            stage,
            ..Early::default()
        })
    }

    fn drawn(page: &mut EarlyPage, (columns, lines): (u16, u16)) -> Vec<String> {
        let (sender, _events) = channel();
        let work = Work::new(&sender, true, Cache::none()).unwrap();
        let store = DumpStore::new(Some(1 << 30));
        let area = Rect::new(0, 0, columns, lines);
        let mut buffer = Buffer::empty(area);
        let ctx = DrawCtx {
            work: &work,
            store: &store,
            theme: Theme::default(),
            keys: &Keymap::default(),
        };
        page.draw(&mut buffer, area, ctx);
        (0..lines)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect())
            .collect()
    }

    #[test]
    fn what_is_not_known_yet_says_so() {
        let dump: DumpId = Arc::from(std::path::Path::new("a.heapsnapshot"));
        let mut page = EarlyPage::new(dump, "a.heapsnapshot".to_owned(), None);
        let lines = drawn(&mut page, (80, 24));
        assert!(lines[2].contains("Classes first"), "{lines:#?}");
        assert_eq!(page.searched(), None);
        page.take_early(early(Stage::Counted));
        let lines = drawn(&mut page, (80, 24));
        let words: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(words, ["▶", "Session", "…", "~1,200", "~96.0", "kB", "…"]);
        page.take_early(early(Stage::Sized));
        let lines = drawn(&mut page, (80, 24));
        let words: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(words, ["▶", "Session", "…", "1,200", "96.0", "kB", "…"]);
        let small = drawn(&mut page, (40, 8));
        assert!(small[1].contains("Session"), "{small:#?}");
        assert!(small[7].contains("waiting"), "{small:#?}");
    }

    #[test]
    fn what_the_user_did_is_left_to_the_page_that_follows() {
        let dump: DumpId = Arc::from(std::path::Path::new("a.heapsnapshot"));
        let mut page = EarlyPage::new(
            dump,
            "a.heapsnapshot".to_owned(),
            Some(early(Stage::Counted)),
        );
        assert!(page.left().class.is_none());
        page.cursor.go(Motion::By(1), page.rows.len());
        assert_eq!(page.left().class.unwrap().name, "(string)");
        page.take_early(early(Stage::Sized));
        assert_eq!(page.left().class.unwrap().name, "(string)");
        "sess".clone_into(&mut page.filter);
        page.narrow();
        assert_eq!(page.found(), Some((1, 2)));
        assert_eq!(page.left().filter, "sess");
    }
}
