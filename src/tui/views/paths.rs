//! The page of how the objects of a class hang at the roots: paths merged by their shape, unfolding into steps and
//! objects.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::paths::{Merged, PathGroup, merged_with_members};
use crate::analysis::why::{Why, shape_words, why};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::series::Done;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::grouped;
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::keymap::Keymap;
use crate::tui::page::{Canvas, Desk, Header, Page, Subject, Wish};
use crate::tui::place::PageKey;
use crate::tui::shelf::Shelf;
use crate::tui::theme::{Tone, bar};
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// Groups whose path is told; others tell it when they are unfolded.
const TOLD: usize = 500;

/// The columns.
const COLUMNS: [Column<usize>; 4] = [
    Column::right(0, "Count", 9, 9),
    Column::right(1, "%", 4, 6),
    Column::right(2, "Retained", 9, 8),
    Column {
        key: 3,
        title: "",
        width: 10,
        importance: 2,
        left: true,
    },
];

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Groups.
    Groups,
    /// The objects of a group as a row, then the steps of one's path.
    Steps(u32),
    /// The objects of a group.
    Members(u32),
}

/// By what the groups are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retained,
    Count,
}

/// What the worker found.
struct Found {
    merged: Merged,
    told: Vec<String>,
}

/// The page.
pub struct PathsPage {
    key: PageKey,
    view: Arc<View>,
    class: ClassId,
    found: Option<Arc<Found>>,
    problem: Option<String>,
    /// The paths of the groups that were unfolded.
    ways: HashMap<u32, Why>,
    outline: Outline<Listed>,
    order: Order,
    reverse: bool,
    filter: String,
}

/// The steps of a group's example.
struct Steps(BranchId, u32, Why);

/// The slot of the job that merges; branches' jobs come behind it.
const MERGING: u32 = 0;

impl PathsPage {
    /// The page of a class, whose paths are being merged.
    pub fn new(key: PageKey, class: ClassId, view: Arc<View>, work: &mut Work) -> Self {
        let asked = Arc::clone(&view);
        work.start(Slot::Page(key.clone(), MERGING), move |task| {
            find(&asked, class, task)
        });
        Self {
            key,
            view,
            class,
            found: None,
            problem: None,
            ways: HashMap::new(),
            outline: Outline::new(Listed::Groups),
            order: Order::Retained,
            reverse: false,
            filter: String::new(),
        }
    }

    fn group(&self, number: u32) -> Option<&PathGroup> {
        self.found.as_ref()?.merged.groups.get(number as usize)
    }

    /// Makes the list of groups anew.
    fn arrange(&mut self) {
        let Some(found) = &self.found else { return };
        let groups = &found.merged.groups;
        let wanted = self.filter.trim().to_lowercase();
        let answers = |&number: &u32| {
            let words = found.told.get(number as usize);
            wanted.is_empty() || words.is_some_and(|words| words.to_lowercase().contains(&wanted))
        };
        let mut list: Vec<u32> = (0..groups.len() as u32).filter(answers).collect();
        if self.order == Order::Count {
            list.sort_by_key(|&number| std::cmp::Reverse(groups[number as usize].count));
        }
        if self.reverse {
            list.reverse();
        }
        self.outline.set(ROOT, Children::List(list.into()));
    }

    fn unfold(&mut self, work: &mut Work) {
        let Some(row) = self.outline.row() else {
            return;
        };
        let (Some((&listed, value)), Some(found)) = (self.outline.item(row), &self.found) else {
            return;
        };
        match listed {
            Listed::Groups => {
                let Some(example) = self.group(value).map(|group| group.example) else {
                    return;
                };
                let Some(branch) = self.outline.open(Listed::Steps(value)) else {
                    return;
                };
                let view = Arc::clone(&self.view);
                work.start(Slot::Page(self.key.clone(), value + 1), move |task| {
                    let why = why(&view.heap, view.names.scripts(), example, task)?;
                    Ok(Steps(branch, value, why))
                });
            }
            Listed::Steps(group) if value == 0 => {
                let members = found.merged.members(group as usize);
                let list: Vec<u32> = members.iter().map(|node| node.0).collect();
                if let Some(branch) = self.outline.open(Listed::Members(group)) {
                    self.outline.set(branch, Children::List(list.into()));
                }
            }
            _ => {}
        }
    }

    /// The object of a row; of a group the one that retains most.
    fn node(&self, row: Row) -> Option<NodeId> {
        let (&listed, value) = self.outline.item(row)?;
        match listed {
            Listed::Groups => Some(self.group(value)?.example),
            Listed::Steps(group) => match value.checked_sub(1) {
                None => Some(self.group(group)?.example),
                Some(step) => Some(self.ways.get(&group)?.steps.get(step as usize)?.node),
            },
            Listed::Members(_) => Some(NodeId(value)),
        }
    }

    fn can_unfold(&self, row: Row) -> bool {
        match self.outline.item(row) {
            Some((Listed::Groups, _)) => true,
            Some((Listed::Steps(_), value)) => value == 0,
            _ => false,
        }
    }

    fn line(&self, index: usize, (work, keys): (&Work, &Keymap)) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let Some((&listed, value)) = self.outline.item(row) else {
            return Some(
                match self.outline.tree().children(row.at.branch) {
                    Some(Children::Failed(problem)) => Line::note(problem, Tone::Problem),
                    Some(Children::List(_)) => {
                        let key = keys.key_of(Command::BackOut);
                        let words = format!("no path has these letters; {key} shows all");
                        Line::note(&words, Tone::Dim)
                    }
                    _ if row.depth > 0 => Line::note("loading…", Tone::Busy),
                    _ => self.progress(work),
                }
                .at(row.depth, " "),
            );
        };
        let glyph = match (row.open, self.can_unfold(row)) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let line = match listed {
            Listed::Groups => {
                let found = self.found.as_ref()?;
                let group = self.group(value)?;
                let all = found.merged.count() as u64;
                let told = found.told.get(value as usize);
                let label = match told {
                    Some(words) => Label::of(words, Tone::Plain),
                    None => Label::of(
                        &format!("the way of @{}: unfold it", heap.id(group.example)),
                        Tone::Dim,
                    ),
                };
                Line::named(label).with(vec![
                    sheet::count(u64::from(group.count)),
                    sheet::share(u64::from(group.count), all),
                    sheet::size(group.retained),
                    (bar(u64::from(group.count), all, 10), Tone::Bar),
                ])
            }
            Listed::Steps(group) => match value.checked_sub(1) {
                None => {
                    let count = self.group(group)?.count;
                    let words = match count {
                        1 => "the object".to_owned(),
                        count => format!("the {} objects", grouped(u64::from(count))),
                    };
                    Line::note(&words, Tone::Heading)
                }
                Some(step) => {
                    let step = self.ways.get(&group)?.steps.get(step as usize)?;
                    let mut label = Label::default();
                    label.push(&step.words, Tone::Edge);
                    if step.repeats > 1 {
                        let times = format!(" ×{}", grouped(u64::from(step.repeats)));
                        label.push(&times, Tone::Heading);
                    }
                    label.push(" → ", Tone::Dim);
                    let label = names.briefly(heap, step.node, label);
                    let empty = || (String::new(), Tone::Plain);
                    let size = sheet::size(heap.retained(step.node));
                    Line::named(label).with(vec![empty(), empty(), size])
                }
            },
            Listed::Members(_) => {
                let node = NodeId(value);
                let empty = || (String::new(), Tone::Plain);
                let size = sheet::size(heap.retained(node));
                Line::named(names.object(heap, node)).with(vec![empty(), empty(), size])
            }
        };
        Some(line.at(row.depth, glyph))
    }

    fn progress(&self, work: &Work) -> Line {
        if let Some(problem) = &self.problem {
            return Line::note(problem, Tone::Problem);
        }
        let status = work.status(&Slot::Page(self.key.clone(), MERGING));
        sheet::progress("merging paths", status)
    }

    fn class_name(&self) -> &str {
        &self.view.heap.class(self.class).name
    }
}

fn find(view: &View, class: ClassId, task: &Task) -> Result<Found> {
    let heap = &*view.heap;
    let merged = merged_with_members(heap, class, &view.selection, task)?;
    let told = merged.groups.iter().take(TOLD).map(|group| {
        let words = shape_words(heap, view.names.scripts(), group.example, task)?;
        Ok(format!("through {words}"))
    });
    let told = told.collect::<Result<Vec<_>>>()?;
    Ok(Found { merged, told })
}

fn columns(row: u16) -> Layout<usize> {
    let beside = match row {
        ..60 => 21,
        60..100 => 26,
        _ => 37,
    };
    layout_with(&COLUMNS, row, row.saturating_sub(beside))
}

impl Page for PathsPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, canvas: Canvas<'_>) {
        let columns = columns(area.width);
        let sorted = match self.order {
            Order::Count => 0,
            Order::Retained => 2,
        };
        let title = format!("Ways to {}", one_line(self.class_name()));
        let sorted = Some((sorted, self.reverse));
        sheet::draw_titles(buffer, area, &title, &columns, sorted, canvas.theme);
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
        let title = format!("paths to {}", width::cut_middle(self.class_name(), 40));
        let mut facts = Vec::new();
        if let Some(found) = &self.found {
            let groups = found.merged.groups.len() as u64;
            let (objects, many) = (
                found.merged.count() as u64,
                if groups == 1 { "" } else { "s" },
            );
            facts.push(format!(
                "{} objects, {} way{many}",
                grouped(objects),
                grouped(groups)
            ));
        }
        sheet::header(&self.view, shelf, &title, facts)
    }

    fn go(&mut self, motion: Motion, _: &mut Desk<'_>) {
        self.outline.go(motion);
    }

    fn command(&mut self, command: Command, desk: &mut Desk<'_>) -> Option<Wish> {
        match command {
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
                Folding::Done | Folding::Gone(_) => {}
                Folding::Unfold => self.unfold(desk.work),
            },
        }
        None
    }

    fn works(&self, command: Command, _: &Shelf) -> bool {
        let row = self.outline.row();
        match command {
            Command::Unfold => row.is_some_and(|row| !row.open && self.can_unfold(row)),
            Command::Fold => row.is_some_and(|row| row.open || row.depth > 0),
            Command::NextList => false,
            Command::ShowPaths => self.subject().and_then(|about| about.class) != Some(self.class),
            _ => true,
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut Desk<'_>) -> Option<Wish> {
        if done.slot == Slot::Page(self.key.clone(), MERGING) {
            match answer::<Found>(done.outcome) {
                Ok(found) => {
                    self.found = Some(Arc::new(found));
                    self.arrange();
                }
                Err(error) => self.problem = Some(error.to_string()),
            }
            return None;
        }
        if let Ok(Steps(branch, group, why)) = answer::<Steps>(done.outcome) {
            let list: Vec<u32> = (0..=why.steps.len() as u32).collect();
            self.ways.insert(group, why);
            self.outline.set(branch, Children::List(list.into()));
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        if work
            .status(&Slot::Page(self.key.clone(), MERGING))
            .is_some()
        {
            return true;
        }
        let steps = |source: &Listed| match source {
            Listed::Steps(group) => work
                .status(&Slot::Page(self.key.clone(), group + 1))
                .is_some(),
            _ => false,
        };
        self.outline
            .tree()
            .branches()
            .any(|(_, source)| steps(source))
    }

    fn subject(&self) -> Option<Subject> {
        let node = self.outline.row().and_then(|row| self.node(row));
        let class = node.map_or(self.class, |node| self.view.heap.class_id(node));
        Some(Subject {
            dump: Arc::clone(&self.view.dump),
            node,
            class: Some(class),
        })
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.filter)
    }

    fn search(&mut self, text: &str, _: &mut Desk<'_>) {
        text.clone_into(&mut self.filter);
        self.arrange();
        if !text.is_empty() {
            self.outline.go(Motion::To(0));
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let all = self.found.as_ref()?.merged.groups.len();
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
