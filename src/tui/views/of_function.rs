//! The page of what a function of a profile is in a dump: the classes that it constructs, and its closures.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocated::Certainty;
use crate::analysis::of_function::{OfFunction, of_function};
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::profile::CallSite;
use crate::series::Done;
use crate::table::{Cell, Head};
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, MOST, Rows, masked, quoted};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::makers::function;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The page.
pub struct OfFunctionPage {
    key: PageKey,
    view: Arc<View>,
    call_site: Arc<CallSite>,
    /// Nothing while it is looked for; then what was found, if anything.
    found: Option<Option<Arc<OfFunction>>>,
    problem: Option<String>,
    cursor: Cursor,
}

/// What a row is.
enum Row {
    Class(ClassId),
    Closure(NodeId),
}

impl OfFunctionPage {
    /// The page of a function, which is being looked for.
    pub fn new(key: PageKey, call_site: Arc<CallSite>, view: Arc<View>, work: &mut Work) -> Self {
        let (asked, wanted) = (Arc::clone(&view), Arc::clone(&call_site));
        work.start(Slot::Page(key.clone(), 0), move |task| {
            of_function(&asked.heap, asked.names.scripts(), wanted.frame(), task)
        });
        Self {
            key,
            view,
            call_site,
            found: None,
            problem: None,
            cursor: Cursor::default(),
        }
    }

    fn known(&self) -> Option<&Arc<OfFunction>> {
        self.found.as_ref()?.as_ref()
    }

    fn rows(&self) -> usize {
        self.known()
            .map_or(1, |found| found.classes.len() + found.closures.len())
    }

    fn row(&self, index: usize) -> Option<Row> {
        let found = self.known()?;
        match index.checked_sub(found.classes.len()) {
            None => found.classes.get(index).map(|&class| Row::Class(class)),
            Some(index) => found.closures.get(index).map(|&node| Row::Closure(node)),
        }
    }

    fn line(&self, index: usize, work: &Work) -> Option<Line> {
        let (heap, names) = (&self.view.heap, &self.view.names);
        let Some(row) = self.row(index) else {
            let slot = Slot::Page(self.key.clone(), 0);
            return (index == 0).then(|| match (&self.problem, &self.found) {
                (Some(problem), _) => Line::note(problem, Tone::Problem),
                (None, None) => sheet::progress("looking for its objects", work.status(&slot)),
                (None, Some(_)) => {
                    let words = match self.call_site.frame().has_place() {
                        true => "this dump has no closures of this function, and no class",
                        false => {
                            "the engine's own work has no closures of this function, and no class"
                        }
                    };
                    Line::note(words, Tone::Dim)
                }
            });
        };
        Some(match row {
            Row::Class(class) => {
                let of = self.view.class_row(class);
                let figure =
                    |figure: Option<u64>| (figure.map_or(String::new(), bytes), Tone::Plain);
                let count = of.map_or(String::new(), |of| grouped(u64::from(of.count)));
                let cells = vec![
                    (count, Tone::Plain),
                    figure(of.map(|of| of.shallow)),
                    figure(of.map(|of| of.retained)),
                ];
                Line::named(names.class(heap, class)).at(0, "▸").with(cells)
            }
            Row::Closure(node) => Line::named(names.object(heap, node)).at(0, "·").with(vec![
                (String::new(), Tone::Dim),
                sheet::size(heap.shallow(node)),
                sheet::size(heap.retained(node)),
            ]),
        })
    }

    /// What was found, and how sure that is.
    fn words(&self) -> String {
        let place = format!("{} · {}", function(&self.call_site), self.call_site.url);
        let Some(found) = self.known() else {
            return place;
        };
        let how = match found.certainty {
            Certainty::Place => "found by script, line and column: the same function",
            Certainty::File => {
                "found by its name in the same script: most likely the same function"
            }
            Certainty::Name => "found by its name only: perhaps another function",
        };
        format!(
            "{place} · {how} · {} of its closures are alive",
            grouped(found.closures.len() as u64)
        )
    }
}

fn columns(row: u16) -> Layout<usize> {
    let columns = [
        Column::right(0, "Count", 8, 6),
        Column::right(1, "Shallow", 8, 4),
        Column::right(2, "Retained", 9, 9),
    ];
    let beside = if row < 60 { 11 } else { 31 };
    layout_with(&columns, row, row.saturating_sub(beside))
}

impl Page for OfFunctionPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let area = sheet::draw_words(buffer, area, &self.words(), ctx.theme);
        let columns = columns(area.width);
        let title = "What it constructs, and its closures";
        sheet::draw_titles(buffer, area, title, &columns, None, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.rows());
        let line = |row| self.line(row, ctx.work);
        sheet::draw(buffer, below, &columns, self.cursor, line, ctx.theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let title = format!("{} in the heap", self.call_site.frame().shown_name());
        sheet::header(&self.view, store, &title, Vec::new())
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows());
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::Unfold
            | Command::Fold
            | Command::NextList
            | Command::SortNext
            | Command::SortReverse => false,
            _ => self.row(self.cursor.selected).is_some(),
        }
    }

    fn opens(&self) -> Option<Effect> {
        let dump = Arc::clone(&self.view.dump);
        Some(match self.row(self.cursor.selected)? {
            Row::Class(class) => {
                let class = self.view.heap.class(class).clone();
                Effect::Summary(dump, self.view.scope.clone(), Some(class))
            }
            Row::Closure(node) => Effect::Visit(PageKey::Object(dump, node)),
        })
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut PageCtx<'_>) -> Option<Effect> {
        match answer::<Option<OfFunction>>(done.outcome) {
            Ok(found) => self.found = Some(found.map(Arc::new)),
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), 0)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        match self.row(self.cursor.selected)? {
            Row::Class(class) => Some(Subject {
                dump: Arc::clone(&self.view.dump),
                node: None,
                class: Some(class),
            }),
            Row::Closure(node) => Some(Subject::of(&self.view, node)),
        }
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn line(&self, _: &DumpStore) -> Option<String> {
        let (heap, names) = (&self.view.heap, &self.view.names);
        let label = match self.row(self.cursor.selected)? {
            Row::Class(class) => names.class(heap, class),
            Row::Closure(node) => names.object(heap, node),
        };
        Some(one_line(&label.text()).into_owned())
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let (view, found) = (Arc::clone(&self.view), Arc::clone(self.known()?));
        let header = self.header(store);
        let heading = vec![header.path.join(" › "), self.words()];
        Some(Box::new(move |task| {
            let heap = &view.heap;
            let classes = found.classes.iter().map(|&class| {
                let of = view.class_row(class);
                let size = |size: Option<u64>| size.map_or(Cell::Nothing, Cell::Size);
                vec![
                    Cell::note(quoted(&view.names.class(heap, class).text())),
                    Cell::Nothing,
                    of.map_or(Cell::Nothing, |of| Cell::Count(u64::from(of.count))),
                    size(of.map(|of| of.shallow)),
                    size(of.map(|of| of.retained)),
                ]
            });
            let mut rows: Vec<Vec<Cell>> = classes.collect();
            for &node in found.closures.iter().take(MOST) {
                task.check()?;
                rows.push(vec![
                    Cell::note(masked(&view, node, None)),
                    Cell::Id(heap.id(node)),
                    Cell::Nothing,
                    Cell::Size(heap.shallow(node)),
                    Cell::Size(heap.retained(node)),
                ]);
            }
            Ok(Rows {
                heading,
                columns: vec![
                    Head::text("Name", "name"),
                    Head::number("Id", "id"),
                    Head::number("Count", "count"),
                    Head::number("Shallow size", "shallow_size"),
                    Head::number("Retained size", "retained_size"),
                ],
                rows,
                more: found.closures.len().saturating_sub(MOST),
            })
        }))
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor.go(Motion::To(at.index as usize), self.rows());
    }
}
