//! The page of the strings that cost most: large, repeated, long chains of pieces, slices of large texts.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::texts::{Costly, TextRow, Texts, costly, inside, parts};
use crate::graph::NodeId;
use crate::series::Done;
use crate::snapshot::NodeKind;
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped, percent};
use crate::tui::commands::{Command, Context};
use crate::tui::keymap::Keymap;
use crate::tui::page::{Canvas, Desk, Header, Page, Subject, Wish};
use crate::tui::place::{PageKey, Side};
use crate::tui::shelf::Shelf;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{At, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The lists, in the order of Tab.
const LISTS: [Costly; 4] = [
    Costly::Large,
    Costly::Repeated,
    Costly::Chains,
    Costly::Sliced,
];

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Rows of the list.
    Rows,
    /// Strings, as node numbers.
    Strings,
}

/// By what the rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retained,
    Shallow,
    Count,
}

/// The page.
pub struct StringsPage {
    key: PageKey,
    view: Arc<View>,
    which: Costly,
    /// The lists that were made, by what was typed.
    texts: HashMap<Costly, (String, Arc<Texts>)>,
    problem: Option<String>,
    outline: Outline<Listed>,
    order: Order,
    reverse: bool,
    filter: String,
}

/// A list, as an answer.
struct Made(Costly, String, Texts);

impl StringsPage {
    /// The page of a dump, whose first list is being made.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let page = Self {
            key,
            view,
            which: Costly::Large,
            texts: HashMap::new(),
            problem: None,
            outline: Outline::new(Listed::Rows),
            order: Order::Retained,
            reverse: false,
            filter: String::new(),
        };
        page.make(work);
        page
    }

    fn slot(&self) -> Slot {
        Slot::Page(self.key.clone(), 0)
    }

    /// Has the list made that is to be shown, for what is typed.
    fn make(&self, work: &mut Work) {
        let (view, which, filter) = (Arc::clone(&self.view), self.which, self.filter.clone());
        work.start(self.slot(), move |task| {
            let texts = costly(&view.heap, which, &view.selection, &filter, task)?;
            Ok(Made(which, filter, texts))
        });
    }

    fn texts(&self) -> Option<&Texts> {
        self.texts.get(&self.which).map(|(_, texts)| &**texts)
    }

    fn text_row(&self, number: u32) -> Option<&TextRow> {
        self.texts()?.rows.get(number as usize)
    }

    /// Puts the rows in order.
    fn arrange(&mut self) {
        let Some(texts) = self.texts() else {
            self.outline = Outline::new(Listed::Rows);
            return;
        };
        let mut list: Vec<u32> = (0..texts.rows.len() as u32).collect();
        let row = |number: &u32| texts.rows[*number as usize];
        match self.order {
            Order::Retained => {}
            Order::Shallow => list.sort_by_key(|number| std::cmp::Reverse(row(number).shallow)),
            Order::Count => list.sort_by_key(|number| std::cmp::Reverse(row(number).count)),
        }
        if self.reverse {
            list.reverse();
        }
        self.outline.set(ROOT, Children::List(list.into()));
    }

    /// Shows another list.
    fn show(&mut self, which: Costly, work: &mut Work) {
        self.which = which;
        self.outline = Outline::new(Listed::Rows);
        let made = self.texts.get(&which);
        if made.is_some_and(|(filter, _)| *filter == self.filter) {
            self.arrange();
        } else {
            self.texts.remove(&which);
            self.make(work);
        }
    }

    fn node(&self, row: Row) -> Option<NodeId> {
        let (listed, value) = self.outline.item(row)?;
        match listed {
            Listed::Rows => Some(self.text_row(value)?.node),
            Listed::Strings => Some(NodeId(value)),
        }
    }

    fn can_unfold(&self, row: Row) -> bool {
        let heap = &self.view.heap;
        let chain = |node| heap.kind(node) == NodeKind::CONCATENATED_STRING;
        match (self.outline.item(row), self.which) {
            (Some((Listed::Rows, _)), Costly::Repeated | Costly::Sliced) => true,
            (Some(_), _) => self.node(row).is_some_and(chain),
            (None, _) => false,
        }
    }

    fn unfold(&mut self, work: &mut Work) {
        let Some(row) = self.outline.row().filter(|&row| self.can_unfold(row)) else {
            return;
        };
        let (Some((&listed, _)), Some(node)) = (self.outline.item(row), self.node(row)) else {
            return;
        };
        let Some(branch) = self.outline.open(Listed::Strings) else {
            return;
        };
        let (view, which) = (Arc::clone(&self.view), self.which);
        let slot = Slot::List(self.key.clone(), Side::Main, branch);
        work.start(slot, move |task| {
            let heap = &view.heap;
            let nodes = match listed {
                Listed::Rows => inside(heap, which, node, &view.selection, task)?,
                Listed::Strings => parts(heap, node),
            };
            Ok(nodes.iter().map(|node| node.0).collect::<Vec<u32>>())
        });
    }

    fn line(&self, index: usize, (work, keys): (&Work, &Keymap)) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let (Some((&listed, value)), Some(node)) = (self.outline.item(row), self.node(row)) else {
            let line = match (self.outline.tree().children(row.at.branch), &self.problem) {
                (Some(Children::Failed(problem)), _) => Line::note(problem, Tone::Problem),
                (_, Some(problem)) => Line::note(problem, Tone::Problem),
                (Some(Children::List(_)), _) => {
                    Line::note(&nothing(self.which, &self.filter, keys), Tone::Dim)
                }
                _ => sheet::progress("looking at strings", work.status(&self.slot())),
            };
            return Some(line.at(row.depth, " "));
        };
        let glyph = match (row.open, self.can_unfold(row)) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let label = names.briefly(heap, node, Label::default());
        let line = match listed {
            Listed::Rows => {
                let text = self.text_row(value)?;
                let count = match self.which {
                    Costly::Large => String::new(),
                    _ => grouped(u64::from(text.count)),
                };
                let note = match (self.which, text.only_slices) {
                    (Costly::Sliced, true) => "slices only",
                    (Costly::Sliced, false) => "others too",
                    _ => heap.kind_name(node),
                };
                Line::named(label).with(vec![
                    (count, Tone::Plain),
                    sheet::size(text.shallow),
                    sheet::size(text.retained),
                    (one_line(note).into_owned(), Tone::Dim),
                ])
            }
            Listed::Strings => Line::named(label).with(vec![
                (String::new(), Tone::Plain),
                sheet::size(heap.shallow(node)),
                sheet::size(heap.retained(node)),
                (one_line(heap.kind_name(node)).into_owned(), Tone::Dim),
            ]),
        };
        Some(line.at(row.depth, glyph))
    }

    fn columns(&self, row: u16) -> Layout<usize> {
        let count = match self.which {
            Costly::Large => "",
            Costly::Repeated => "Copies",
            Costly::Chains => "Pieces",
            Costly::Sliced => "Slices",
        };
        let kind = if self.which == Costly::Sliced {
            "Kept by"
        } else {
            "Kind"
        };
        let columns = [
            Column::right(0, count, if count.is_empty() { 0 } else { 8 }, 7),
            Column::right(1, "Shallow", 8, 6),
            Column::right(2, "Retained", 9, 9),
            Column {
                key: 3,
                title: kind,
                width: if self.which == Costly::Sliced { 11 } else { 19 },
                importance: 2,
                left: true,
            },
        ];
        let beside = match row {
            ..60 => 20,
            60..100 => 29,
            _ => 50,
        };
        layout_with(&columns, row, row.saturating_sub(beside))
    }

    /// What the list is, and what else there is.
    fn title(&self) -> String {
        let name = match self.which {
            Costly::Large => "Largest strings",
            Costly::Repeated => "Repeated strings",
            Costly::Chains => "Chains of pieces",
            Costly::Sliced => "Texts kept by slices",
        };
        let at = LISTS
            .iter()
            .position(|&which| which == self.which)
            .unwrap_or(0)
            + 1;
        format!("{name} ({at} of {}, Tab)", LISTS.len())
    }
}

/// What an empty list says.
fn nothing(which: Costly, filter: &str, keys: &Keymap) -> String {
    if !filter.is_empty() {
        let key = keys.key_of(Command::BackOut);
        return format!("no string here has this in it; {key} shows all");
    }
    let words = match which {
        Costly::Large => "no strings",
        Costly::Repeated => "no text is there more than once",
        Costly::Chains => "no string is a chain of pieces",
        Costly::Sliced => "no string is a slice of another",
    };
    words.to_owned()
}

impl Page for StringsPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, canvas: Canvas<'_>) {
        let columns = self.columns(area.width);
        let sorted = match self.order {
            Order::Count => 0,
            Order::Shallow => 1,
            Order::Retained => 2,
        };
        let sorted = Some((sorted, self.reverse));
        sheet::draw_titles(buffer, area, &self.title(), &columns, sorted, canvas.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.outline.fit(usize::from(below.height));
        let cursor = self.outline.cursor();
        let line = |row| self.line(row, (canvas.work, canvas.keys));
        sheet::draw(buffer, below, &columns, cursor, line, canvas.theme);
    }

    fn header(&self, shelf: &Shelf) -> Header {
        let mut facts = Vec::new();
        if let Some(texts) = self.texts() {
            let shown = texts.rows.len();
            if !self.filter.is_empty() {
                let filter = one_line(&self.filter).into_owned();
                facts.push(format!("/{filter} {}", grouped(texts.all as u64)));
            } else if shown < texts.all {
                let (shown, all) = (grouped(shown as u64), grouped(texts.all as u64));
                facts.push(format!("{shown} of {all}"));
            } else {
                facts.push(grouped(shown as u64));
            }
        }
        let strings = self.view.heap.statistics().strings;
        let share = percent(strings, self.view.total);
        facts.push(format!("strings {}, {share}", bytes(strings)));
        sheet::header(&self.view, shelf, "strings", facts)
    }

    fn go(&mut self, motion: Motion, _: &mut Desk<'_>) {
        self.outline.go(motion);
    }

    fn command(&mut self, command: Command, desk: &mut Desk<'_>) -> Option<Wish> {
        match command {
            Command::NextList => {
                let now = LISTS
                    .iter()
                    .position(|&which| which == self.which)
                    .unwrap_or(0);
                self.show(LISTS[(now + 1) % LISTS.len()], desk.work);
            }
            Command::SortNext => {
                self.order = match (self.order, self.which) {
                    (Order::Retained, _) => Order::Shallow,
                    (Order::Shallow, Costly::Large) => Order::Retained,
                    (Order::Shallow, _) => Order::Count,
                    (Order::Count, _) => Order::Retained,
                };
                self.reverse = false;
                self.arrange();
            }
            Command::SortReverse => {
                self.reverse = !self.reverse;
                self.arrange();
            }
            _ => match self.outline.obey(command) {
                Folding::Done => {}
                Folding::Unfold => self.unfold(desk.work),
                Folding::Gone(branches) => {
                    desk.work.abandon_lists(&self.key, Side::Main, branches);
                }
            },
        }
        None
    }

    fn works(&self, command: Command, _: &Shelf) -> bool {
        let row = self.outline.row();
        match command {
            Command::Unfold => row.is_some_and(|row| !row.open && self.can_unfold(row)),
            Command::Fold => row.is_some_and(|row| row.open || row.depth > 0),
            Command::ShowStrings => false,
            Command::OpenObject | Command::ShowWhy | Command::ShowInSummary => {
                row.is_some_and(|row| self.node(row).is_some())
            }
            _ => true,
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut Desk<'_>) -> Option<Wish> {
        match done.slot {
            Slot::List(_, _, branch) => {
                let children = Children::of(answer::<Vec<u32>>(done.outcome));
                self.outline.set(branch, children);
            }
            _ => match answer::<Made>(done.outcome) {
                Ok(Made(which, filter, texts)) => {
                    self.texts.insert(which, (filter, Arc::new(texts)));
                    if which == self.which {
                        let selected = self.outline.cursor().selected;
                        self.outline = Outline::new(Listed::Rows);
                        self.arrange();
                        if self.filter.is_empty() {
                            self.outline.go(Motion::To(selected));
                        }
                    }
                }
                Err(error) => self.problem = Some(error.to_string()),
            },
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        let list = |branch| Slot::List(self.key.clone(), Side::Main, branch);
        work.status(&self.slot()).is_some()
            || self
                .outline
                .tree()
                .branch_at(self.outline.at())
                .is_some_and(|branch| work.status(&list(branch)).is_some())
    }

    fn subject(&self) -> Option<Subject> {
        let node = self.outline.row().and_then(|row| self.node(row))?;
        Some(Subject::of(&self.view, node))
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.filter)
    }

    fn search(&mut self, text: &str, desk: &mut Desk<'_>) {
        if self.filter != text {
            text.clone_into(&mut self.filter);
            self.make(desk.work);
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let (filter, texts) = self.texts.get(&self.which)?;
        (!filter.is_empty()).then_some((texts.rows.len(), texts.all))
    }

    fn mark(&self) -> Option<At> {
        Some(self.outline.at())
    }

    fn return_to(&mut self, at: At, _: &mut Desk<'_>) {
        self.outline.select(at);
    }
}
