//! The page of contexts: what closures captured, by function, with the variables; and the frames, workers and realms
//! with what is theirs.

use std::collections::HashSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::closures::{captured, contexts};
use crate::analysis::describe::edge_label;
use crate::analysis::groups::{Group, Groups};
use crate::analysis::unused::unused;
use crate::graph::{EdgeId, NodeId};
use crate::heap::contexts::{Attribution, attribute};
use crate::series::Done;
use crate::snapshot::scopes::scopes;
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::keymap::Keymap;
use crate::tui::page::{Canvas, Desk, Header, Page, Subject, Wish};
use crate::tui::place::{PageKey, Side};
use crate::tui::shelf::Shelf;
use crate::tui::theme::{Tone, bar};
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{At, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The columns.
const COLUMNS: [Column<usize>; 4] = [
    Column::right(0, "Count", 9, 7),
    Column::right(1, "Retained", 9, 9),
    Column::right(2, "%", 4, 6),
    Column {
        key: 3,
        title: "",
        width: 20,
        importance: 2,
        left: true,
    },
];

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// What closures captured.
    Closures,
    /// Frames, workers and realms.
    Realms,
}

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Groups of contexts.
    Groups,
    /// Contexts, as node numbers.
    Contexts,
    /// Variables, as edge numbers.
    Variables,
    /// Native contexts; behind them what is shared, and what is nobody's.
    Realms,
}

/// By what the groups are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retained,
    Count,
}

/// The groups of contexts and their names, as an answer.
struct Found {
    groups: Groups,
    names: Vec<String>,
}

/// The page.
pub struct ContextsPage {
    key: PageKey,
    view: Arc<View>,
    which: Which,
    found: Option<Found>,
    realms: Option<Attribution>,
    /// The edges to variables that no living closure uses.
    unused: HashSet<u32>,
    problem: Option<String>,
    outline: Outline<Listed>,
    order: Order,
    reverse: bool,
    filter: String,
}

/// The slots of the page's own jobs.
const CLOSURES: u32 = 0;
const REALMS: u32 = 1;
const UNUSED: u32 = 2;

/// Variables that no living closure uses, by edge; as an answer.
struct Unused(HashSet<u32>);

impl ContextsPage {
    /// The page of a dump, whose contexts are being looked for.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let asked = Arc::clone(&view);
        work.start(Slot::Page(key.clone(), CLOSURES), move |task| {
            let heap = &asked.heap;
            let groups = contexts(heap, &asked.selection, task)?;
            let scripts = asked.names.scripts();
            let mut names = Vec::with_capacity(groups.groups.len());
            for group in &groups.groups {
                task.check()?;
                names.push(scripts.label(heap, group.example));
            }
            Ok(Found { groups, names })
        });
        let asked = Arc::clone(&view);
        work.start(Slot::Page(key.clone(), UNUSED), move |task| {
            // A file that was replaced since tells nothing about this heap.
            let same = asked.is_of_the_file();
            let scopes = match same {
                true => scopes(&asked.dump, task)?,
                false => None,
            };
            let edges = match scopes {
                Some(scopes) => unused(&asked.heap, &scopes, task)?,
                None => Vec::new(),
            };
            Ok(Unused(edges.into_iter().map(|edge| edge.0).collect()))
        });
        Self {
            key,
            view,
            unused: HashSet::new(),
            which: Which::Closures,
            found: None,
            realms: None,
            problem: None,
            outline: Outline::new(Listed::Groups),
            order: Order::Retained,
            reverse: false,
            filter: String::new(),
        }
    }

    fn slot(&self) -> Slot {
        let number = match self.which {
            Which::Closures => CLOSURES,
            Which::Realms => REALMS,
        };
        Slot::Page(self.key.clone(), number)
    }

    /// Shows the other list.
    fn show(&mut self, which: Which, work: &mut Work) {
        self.which = which;
        self.outline = Outline::new(match which {
            Which::Closures => Listed::Groups,
            Which::Realms => Listed::Realms,
        });
        if which == Which::Realms && self.realms.is_none() && work.status(&self.slot()).is_none() {
            let view = Arc::clone(&self.view);
            work.start(self.slot(), move |task| attribute(&view.heap, task));
        }
        self.arrange();
    }

    /// Makes the list at the top anew.
    fn arrange(&mut self) {
        let mut list: Vec<u32> = match self.which {
            Which::Closures => {
                let Some(found) = &self.found else { return };
                let wanted = self.filter.trim().to_lowercase();
                let answers = |&number: &u32| {
                    let name = found.names.get(number as usize);
                    wanted.is_empty()
                        || name.is_some_and(|name| name.to_lowercase().contains(&wanted))
                };
                let mut list: Vec<u32> = (0..found.groups.groups.len() as u32)
                    .filter(answers)
                    .collect();
                if self.order == Order::Count {
                    let count = |number: &u32| found.groups.groups[*number as usize].count;
                    list.sort_by_key(|number| std::cmp::Reverse(count(number)));
                }
                list
            }
            Which::Realms => {
                let Some(realms) = &self.realms else { return };
                let contexts = realms.contexts.len() as u32;
                let mut list: Vec<u32> = (0..contexts).collect();
                let size = |number: &u32| realms.contexts[*number as usize].size;
                list.sort_by_key(|number| std::cmp::Reverse(size(number)));
                list.extend([contexts, contexts + 1]);
                list
            }
        };
        if self.reverse {
            list.reverse();
        }
        self.outline.set(ROOT, Children::List(list.into()));
    }

    fn group(&self, number: u32) -> Option<&Group> {
        self.found.as_ref()?.groups.groups.get(number as usize)
    }

    fn node(&self, row: Row) -> Option<NodeId> {
        let (listed, value) = self.outline.item(row)?;
        match listed {
            Listed::Groups => Some(self.group(value)?.example),
            Listed::Contexts => Some(NodeId(value)),
            Listed::Variables => Some(self.view.heap.graph().target(EdgeId(value))),
            Listed::Realms => {
                let contexts = &self.realms.as_ref()?.contexts;
                contexts.get(value as usize).map(|context| context.node)
            }
        }
    }

    fn can_unfold(&self, row: Row) -> bool {
        matches!(
            self.outline.item(row),
            Some((Listed::Groups | Listed::Contexts, _))
        )
    }

    fn unfold(&mut self, work: &mut Work) {
        let Some(row) = self.outline.row().filter(|&row| self.can_unfold(row)) else {
            return;
        };
        let Some((&listed, value)) = self.outline.item(row) else {
            return;
        };
        let context = match listed {
            Listed::Groups => {
                let Some(found) = &self.found else { return };
                let members = found.groups.members(value as usize);
                match members {
                    [context] => *context,
                    _ => {
                        let list: Vec<u32> = members.iter().map(|node| node.0).collect();
                        if let Some(branch) = self.outline.open(Listed::Contexts) {
                            self.outline.set(branch, Children::List(list.into()));
                        }
                        return;
                    }
                }
            }
            _ => NodeId(value),
        };
        let Some(branch) = self.outline.open(Listed::Variables) else {
            return;
        };
        let view = Arc::clone(&self.view);
        let slot = Slot::List(self.key.clone(), Side::Main, branch);
        work.start(slot, move |task| {
            let edges = captured(&view.heap, context, task)?;
            Ok(edges.iter().map(|edge| edge.0).collect::<Vec<u32>>())
        });
    }

    fn line(&self, index: usize, (work, keys): (&Work, &Keymap)) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let Some((&listed, value)) = self.outline.item(row) else {
            let line = match (self.outline.tree().children(row.at.branch), &self.problem) {
                (Some(Children::Failed(problem)), _) => Line::note(problem, Tone::Problem),
                (_, Some(problem)) => Line::note(problem, Tone::Problem),
                (Some(Children::List(_)), _) if row.depth > 0 => {
                    Line::note("no variables that hold objects", Tone::Dim)
                }
                (Some(Children::List(_)), _) if self.filter.is_empty() => {
                    Line::note("no contexts", Tone::Dim)
                }
                (Some(Children::List(_)), _) => {
                    let key = keys.key_of(Command::BackOut);
                    let words = format!("no context has this in its name; {key} shows all");
                    Line::note(&words, Tone::Dim)
                }
                _ => sheet::progress("looking for contexts", work.status(&self.slot())),
            };
            return Some(line.at(row.depth, " "));
        };
        let glyph = match (row.open, self.can_unfold(row)) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let total = self.view.total;
        let cells = |count: String, size: u64| {
            vec![
                (count, Tone::Plain),
                sheet::size(size),
                sheet::share(size, total),
                (bar(size, total, 20), Tone::Bar),
            ]
        };
        let line = match listed {
            Listed::Groups => {
                let group = self.group(value)?;
                let name = self.found.as_ref()?.names.get(value as usize)?;
                let mut label = Label::of(name, Tone::Plain);
                let place = names.scripts().place(heap, group.example);
                if let Some(place) = place.filter(|place| !name.ends_with(place.as_str())) {
                    label.push_tail(&format!("  {place}"), Tone::Dim);
                }
                Line::named(label).with(cells(grouped(u64::from(group.count)), group.retained))
            }
            Listed::Contexts => {
                let node = NodeId(value);
                Line::named(names.briefly(heap, node, Label::default()))
                    .with(cells(String::new(), heap.retained(node)))
            }
            Listed::Variables => {
                let edge = EdgeId(value);
                let target = heap.graph().target(edge);
                let mut label = Label::default();
                if self.unused.contains(&value) {
                    label.push("unused: ", Tone::Problem);
                }
                label.push(&edge_label(heap, edge), Tone::Edge);
                label.push(" :: ", Tone::Dim);
                Line::named(names.briefly(heap, target, label))
                    .with(cells(String::new(), heap.retained(target)))
            }
            Listed::Realms => {
                let realms = self.realms.as_ref()?;
                let (label, size) = match realms.contexts.get(value as usize) {
                    Some(context) => (
                        names.briefly(heap, context.node, Label::default()),
                        context.size,
                    ),
                    None if value as usize == realms.contexts.len() => {
                        (Label::of("shared by several", Tone::Dim), realms.shared)
                    }
                    None => (Label::of("of none of them", Tone::Dim), realms.unattributed),
                };
                Line::named(label).with(cells(String::new(), size))
            }
        };
        Some(line.at(row.depth, glyph))
    }

    fn columns(&self, row: u16) -> Layout<usize> {
        let mut columns = COLUMNS;
        if self.which == Which::Realms {
            columns[0].title = "";
            columns[1].title = "Size";
        }
        let beside = match row {
            ..60 => 16,
            60..100 => 26,
            _ => 47,
        };
        layout_with(&columns, row, row.saturating_sub(beside))
    }
}

impl Page for ContextsPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, canvas: Canvas<'_>) {
        let columns = self.columns(area.width);
        let title = match self.which {
            Which::Closures => "What closures captured (1 of 2, Tab)",
            Which::Realms => "Frames, workers, realms (2 of 2, Tab)",
        };
        let sorted = match (self.which, self.order) {
            (Which::Closures, Order::Count) => 0,
            _ => 1,
        };
        let sorted = Some((sorted, self.reverse));
        sheet::draw_titles(buffer, area, title, &columns, sorted, canvas.theme);
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
        match (self.which, &self.found, &self.realms) {
            (Which::Closures, Some(found), _) => {
                if let Some((found, all)) = self.found() {
                    let filter = one_line(&self.filter).into_owned();
                    let (found, all) = (grouped(found as u64), grouped(all as u64));
                    facts.push(format!("/{filter} {found} of {all}"));
                }
                let functions = grouped(found.groups.groups.len() as u64);
                let all = grouped(found.groups.count() as u64);
                facts.push(format!("{all} contexts of {functions} functions"));
                if !self.unused.is_empty() {
                    let count = grouped(self.unused.len() as u64);
                    facts.insert(0, format!("{count} variables that no closure uses"));
                }
            }
            (Which::Realms, _, Some(realms)) => {
                let size: u64 = realms.contexts.iter().map(|context| context.size).sum();
                let count = grouped(realms.contexts.len() as u64);
                facts.push(format!("{count} native contexts, {}", bytes(size)));
            }
            _ => {}
        }
        sheet::header(&self.view, shelf, "contexts", facts)
    }

    fn go(&mut self, motion: Motion, _: &mut Desk<'_>) {
        self.outline.go(motion);
    }

    fn command(&mut self, command: Command, desk: &mut Desk<'_>) -> Option<Wish> {
        match command {
            Command::NextList => {
                let other = match self.which {
                    Which::Closures => Which::Realms,
                    Which::Realms => Which::Closures,
                };
                self.show(other, desk.work);
            }
            Command::SortNext => {
                self.order = match self.order {
                    Order::Retained => Order::Count,
                    Order::Count => Order::Retained,
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
            Command::ShowContexts => false,
            Command::OpenObject | Command::ShowWhy | Command::ShowInSummary => {
                row.is_some_and(|row| self.node(row).is_some())
            }
            _ => true,
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut Desk<'_>) -> Option<Wish> {
        let problem = match done.slot {
            Slot::List(_, _, branch) => {
                let children = Children::of(answer::<Vec<u32>>(done.outcome));
                self.outline.set(branch, children);
                return None;
            }
            // What the tables do not tell is left unsaid.
            Slot::Page(_, UNUSED) => {
                if let Ok(Unused(edges)) = answer(done.outcome) {
                    self.unused = edges;
                }
                return None;
            }
            Slot::Page(_, CLOSURES) => match answer::<Found>(done.outcome) {
                Ok(found) => {
                    self.found = Some(found);
                    None
                }
                Err(error) => Some(error),
            },
            _ => match answer::<Attribution>(done.outcome) {
                Ok(realms) => {
                    self.realms = Some(realms);
                    None
                }
                Err(error) => Some(error),
            },
        };
        self.problem = problem.map(|error| error.to_string());
        self.arrange();
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
        (self.which == Which::Closures).then_some(&*self.filter)
    }

    fn search(&mut self, text: &str, _: &mut Desk<'_>) {
        text.clone_into(&mut self.filter);
        self.arrange();
        if !text.is_empty() {
            self.outline.go(Motion::To(0));
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let all = self.found.as_ref()?.groups.groups.len();
        match self.outline.tree().children(ROOT) {
            Some(Children::List(list)) if !self.filter.is_empty() => Some((list.len(), all)),
            _ => None,
        }
    }

    fn mark(&self) -> Option<At> {
        Some(self.outline.at())
    }

    fn return_to(&mut self, at: At, _: &mut Desk<'_>) {
        self.outline.select(at);
    }
}
