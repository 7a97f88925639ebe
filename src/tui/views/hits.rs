//! The page of a search: the properties or strings that were found, those that retain most first.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::find::{Hit, Hits, What, find};
use crate::analysis::pattern::{How, Pattern};
use crate::heap::shown_distance;
use crate::series::Done;
use crate::table::{Cell, Head};
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows, masked};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::{PageKey, Query};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, layout};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The page.
pub struct HitsPage {
    key: PageKey,
    view: Arc<View>,
    query: Query,
    /// What was found; nothing while it is looked for.
    hits: Option<Arc<Hits>>,
    problem: Option<String>,
    cursor: Cursor,
}

#[derive(Clone, Copy)]
enum Figure {
    Distance,
    Shallow,
    Retained,
}

const COLUMNS: [Column<Figure>; 3] = [
    Column::right(Figure::Distance, "Dist", 4, 3),
    Column::right(Figure::Shallow, "Shallow", 8, 5),
    Column::right(Figure::Retained, "Retained", 9, 9),
];

/// Before the name: the mark of the selected row.
const MARK: u16 = 2;

impl HitsPage {
    /// The page of a search, which is begun.
    pub fn new(key: PageKey, query: Query, view: Arc<View>, work: &mut Work) -> Self {
        let (asked, heap) = (query.clone(), Arc::clone(&view.heap));
        work.start(Slot::Page(key.clone(), 0), move |task| {
            let pattern = Pattern::new(asked.how, &asked.text);
            find(&heap, asked.what, &pattern, task)
        });
        Self {
            key,
            view,
            query,
            hits: None,
            problem: None,
            cursor: Cursor::default(),
        }
    }

    fn rows(&self) -> usize {
        self.hits.as_ref().map_or(0, |hits| hits.hits.len())
    }

    fn hit(&self, row: usize) -> Option<Hit> {
        self.hits.as_ref()?.hits.get(row).copied()
    }

    /// Goes to another hit, round at the ends; gives what it is about and how far it is: which of how many.
    pub fn walk(&mut self, by: isize) -> Option<(Subject, usize, u64)> {
        let rows = self.rows();
        let to = (self.cursor.selected as isize + by).rem_euclid(rows.max(1) as isize);
        self.cursor.go(Motion::To(to as usize), rows);
        let subject = self.subject()?;
        let count = self.hits.as_ref()?.count;
        Some((subject, self.cursor.selected + 1, count))
    }

    /// What is looked for, in words.
    fn words(&self) -> String {
        let what = match self.query.what {
            What::Properties => "properties",
            What::Strings => "strings",
        };
        let way = match self.query.how {
            How::Fuzzy => "with the letters",
            How::Text => "with",
            How::Regex => "that match",
        };
        format!("{what} {way} {}", one_line(&self.query.text))
    }

    fn label(&self, hit: Hit) -> Label {
        let (heap, names) = (&self.view.heap, &self.view.names);
        match hit.edge {
            None => names.object(heap, hit.node),
            Some(edge) => {
                let owner = heap.graph().source(edge);
                let mut label = names.field(heap, owner, edge);
                let owner = names.object(heap, owner).text();
                label.push_tail(
                    &format!("  in {}", width::cut_middle(&owner, 40)),
                    Tone::Dim,
                );
                label
            }
        }
    }

    fn note(&self, work: &Work) -> Option<(String, Tone)> {
        if let Some(problem) = &self.problem {
            return Some((problem.clone(), Tone::Problem));
        }
        let Some(hits) = &self.hits else {
            let status = work.status(&Slot::Page(self.key.clone(), 0));
            let part = status.map_or(String::new(), |status| super::finder::progress(&status));
            return Some((format!("looking for {}…{part}", self.words()), Tone::Busy));
        };
        hits.hits.is_empty().then(|| {
            let words = format!("no {}; / looks for something else", self.words());
            (words, Tone::Dim)
        })
    }
}

impl Page for HitsPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        let columns = layout(&COLUMNS, area.width);
        let title = match self.query.what {
            What::Properties => "Property",
            What::Strings => "String",
        };
        buffer.set_string(area.x + MARK, area.y, title, theme.style(Tone::Heading));
        for placed in &columns.columns {
            let title = match placed.column.key {
                Figure::Retained => "▼Retained",
                _ => placed.column.title,
            };
            columns.put(buffer, area, placed, title, theme.style(Tone::Heading));
        }
        if let Some((words, tone)) = self.note(ctx.work) {
            let words = width::cut_end(&words, usize::from(area.width.saturating_sub(MARK)));
            buffer.set_string(area.x + MARK, area.y + 1, words, theme.style(tone));
            return;
        }
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.rows());
        let heap = &self.view.heap;
        for line in 0..below.height {
            let index = self.cursor.top + usize::from(line);
            let Some(hit) = self.hit(index) else { break };
            let row = Rect {
                y: below.y + line,
                height: 1,
                ..below
            };
            let room = columns.name.saturating_sub(MARK);
            self.label(hit)
                .draw(buffer, (row.x + MARK, row.y), room, theme, &[]);
            for placed in &columns.columns {
                let (text, tone) = match placed.column.key {
                    Figure::Distance => {
                        let shown = shown_distance(heap.distance(hit.node));
                        let text = shown.map_or("−".to_owned(), |steps| steps.to_string());
                        (text, Tone::Dim)
                    }
                    Figure::Shallow => (bytes(heap.shallow(hit.node)), Tone::Plain),
                    Figure::Retained => (bytes(heap.retained(hit.node)), Tone::Plain),
                };
                columns.put(buffer, row, placed, &text, theme.style(tone));
            }
            if index == self.cursor.selected {
                buffer.set_style(row, theme.selected(true));
                buffer.set_string(row.x, row.y, "▶", theme.selected(true));
            }
        }
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let Some(hits) = &self.hits {
            let texts = match self.query.what {
                What::Properties => "names",
                What::Strings => "texts",
            };
            facts.push(format!("{} found", grouped(hits.count)));
            if hits.count > hits.hits.len() as u64 {
                facts.push(format!(
                    "the {} largest are listed",
                    grouped(hits.hits.len() as u64)
                ));
            }
            facts.push(format!("{} different {texts}", grouped(hits.texts)));
        }
        Header {
            path: vec![
                self.view.title(store.labelled(&self.view.dump)),
                width::cut_middle(&self.words(), 50),
            ],
            facts,
        }
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows());
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::Unfold => {
                let subject = self.subject()?;
                Some(Effect::Visit(PageKey::Object(subject.dump, subject.node?)))
            }
            _ => None,
        }
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::Filter => true,
            _ => self.subject().is_some(),
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut PageCtx<'_>) -> Option<Effect> {
        match answer::<Hits>(done.outcome) {
            Ok(hits) => self.hits = Some(Arc::new(hits)),
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), 0)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let node = self.hit(self.cursor.selected)?.node;
        Some(Subject::of(&self.view, node))
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn line(&self, _: &DumpStore) -> Option<String> {
        Some(self.label(self.hit(self.cursor.selected)?).text())
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let (view, hits) = (Arc::clone(&self.view), Arc::clone(self.hits.as_ref()?));
        let header = self.header(store);
        let heading = vec![header.path.join(" › "), header.facts.join(" · ")];
        Some(Box::new(move |task| {
            let heap = &view.heap;
            let mut rows = Vec::new();
            for hit in &hits.hits {
                task.check()?;
                let edge = hit.edge.map(|edge| (heap.graph().source(edge), edge));
                rows.push(vec![
                    Cell::note(masked(&view, hit.node, edge)),
                    Cell::Id(heap.id(hit.node)),
                    Cell::Distance(shown_distance(heap.distance(hit.node))),
                    Cell::Size(heap.shallow(hit.node)),
                    Cell::Size(heap.retained(hit.node)),
                ]);
            }
            Ok(Rows {
                heading,
                columns: vec![
                    Head::text("Name", "name"),
                    Head::number("Id", "id"),
                    Head::number("Distance", "distance"),
                    Head::number("Shallow size", "shallow_size"),
                    Head::number("Retained size", "retained_size"),
                ],
                more: (hits.count as usize).saturating_sub(rows.len()),
                rows,
            })
        }))
    }
}
