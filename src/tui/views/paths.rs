//! How the objects of a class hang at the roots: paths merged by their shape, unfolding into steps and objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::paths::{Merged, PathGroup, merged_with_members};
use crate::analysis::why::{Why, shape_words, times, why};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::commands::Command;
use crate::tui::page::{Subject, said};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::outlined::{Below, Rows, Stand, Told, ToldColumn, matching, named};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::{Inbox, Work};

/// Groups whose path is told; others tell it when they are unfolded.
const TOLD: usize = 500;

/// With so few groups there is room for the steps of the first.
const FEW: usize = 6;

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
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
pub struct Found {
    merged: Merged,
    told: Vec<Spans>,
}

/// The rows.
#[derive(Clone)]
pub struct PathRows {
    class: ClassId,
    found: Option<Arc<Found>>,
    /// The paths of the groups that were unfolded.
    ways: HashMap<u32, Arc<Why>>,
    order: Order,
}

impl PathRows {
    /// Those of a class.
    pub fn new(class: ClassId) -> Self {
        Self {
            class,
            found: None,
            ways: HashMap::new(),
            order: Order::Retained,
        }
    }

    fn group(&self, number: u32) -> Option<&PathGroup> {
        self.found.as_ref()?.merged.groups.get(number as usize)
    }

    fn step_label(&self, view: &View, group: u32, step: u32) -> Option<(NodeId, Label)> {
        let step = self.ways.get(&group)?.steps.get(step as usize)?;
        let mut label = Label::default();
        label.push(step.phrase.words.clone(), Tone::Edge);
        label.push(times(step.repeats), Tone::Heading);
        label.push(" → ", Tone::Dim);
        let label = view.names.briefly(&view.heap, step.node, label);
        Some((step.node, label))
    }
}

fn find(view: &View, class: ClassId, task: &Task) -> Result<Found> {
    let heap = &*view.heap;
    let merged = merged_with_members(heap, class, &view.selection, task)?;
    let told = merged.groups.iter().take(TOLD).map(|group| {
        let words = shape_words(heap, view.names.scripts(), group.example, task)?;
        Ok(Spans::from("through ").then(words))
    });
    let told = told.collect::<Result<Vec<_>>>()?;
    Ok(Found { merged, told })
}

impl Rows for PathRows {
    type Listed = Listed;
    type Made = Result<Found>;
    type Found = Why;

    fn top(&self) -> Listed {
        Listed::Groups
    }

    fn name(&self, view: &View) -> Spans {
        let class = view.heap.class(self.class);
        Spans::from("paths to ").then(view.names.scripts().class(class))
    }

    fn title(&self, view: &View, _: &str) -> String {
        let class = view.names.scripts().class(view.heap.class(self.class));
        format!("Paths to {}", one_line(&class.plain()))
    }

    fn facts(&self, stand: &Stand, _: Option<(usize, usize)>) -> Vec<Spans> {
        let Some(found) = &self.found else {
            return Vec::new();
        };
        let (objects, groups) = (found.merged.count(), found.merged.groups.len());
        let [objects, ways] = [objects, groups].map(|count| grouped(count as u64));
        let many = if groups == 1 { "" } else { "s" };
        let some = if objects == "1" { "" } else { "s" };
        let facts = vec![said(format!("{objects} object{some}, {ways} path{many}"))];
        sheet::with_all_holders(&stand.view, facts)
    }

    fn columns(&self) -> Vec<ToldColumn> {
        named([
            Head::number("Count", "count")
                .on_screen("Count", 9, 9)
                .of(|row: &Told, _: &u64| Cell::known(row.count, Cell::Count)),
            Head::drawn("%", 4, 6)
                .of(|row, all| Cell::known(row.count, |count| Cell::Percent(count, *all))),
            Head::number("Shallow size", "shallow_size")
                .of(|row, _| Cell::known(row.shallow, Cell::Size)),
            Head::number("Retained size", "retained_size")
                .on_screen("Retained", 9, 8)
                .of(|row, _| Cell::known(row.retained, Cell::Size)),
            Head::drawn("", 10, 2)
                .left()
                .of(|row, all| Cell::known(row.count, |count| Cell::Bar(count, *all))),
        ])
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(match width {
            ..60 => 21,
            60..100 => 26,
            _ => 37,
        })
    }

    fn whole(&self, _: &View) -> u64 {
        let found = self.found.as_ref();
        found.map_or(0, |found| found.merged.count()) as u64
    }

    fn sorted(&self) -> &'static str {
        match self.order {
            Order::Count => "count",
            Order::Retained => "retained_size",
        }
    }

    fn sort_next(&mut self) {
        self.order = match self.order {
            Order::Retained => Order::Count,
            Order::Count => Order::Retained,
        };
    }

    fn doing(&self) -> &'static str {
        "merging paths"
    }

    fn ask(&self, stand: &Stand, made: &Inbox<Self::Made>, work: &mut Work) {
        let slot = stand.slot(self.job());
        if self.found.is_none() && work.status(&slot).is_none() {
            let (view, class) = (Arc::clone(&stand.view), self.class);
            let job = move |task: &Task| find(&view, class, task);
            work.start(slot, made, job, |found| found);
        }
    }

    fn take(&mut self, made: Self::Made) -> Result<bool> {
        self.found = Some(Arc::new(made?));
        Ok(true)
    }

    fn list(&self, filter: &str) -> Option<Vec<u32>> {
        let found = self.found.as_ref()?;
        let groups = &found.merged.groups;
        // Those whose path is not told can be found by nothing.
        let told = (0..groups.len())
            .map(|number| found.told.get(number).map_or(String::new(), Spans::plain));
        let mut list = matching(told, filter);
        if self.order == Order::Count {
            list.sort_by_key(|&number| std::cmp::Reverse(groups[number as usize].count));
        }
        Some(list)
    }

    fn all(&self) -> Option<usize> {
        Some(self.found.as_ref()?.merged.groups.len())
    }

    fn tells_in_full(&self) -> bool {
        true
    }

    fn begins_unfolded(&self) -> bool {
        self.all().is_some_and(|groups| (1..=FEW).contains(&groups))
    }

    fn nothing(&self, _: usize, filter: &str, back: &str) -> String {
        match filter {
            "" => "no object of this class passes the filter".to_owned(),
            _ => format!("No path matches; {back} shows all"),
        }
    }

    fn unfolds(&self, _: &View, listed: Listed, value: u32) -> bool {
        match listed {
            Listed::Groups => true,
            Listed::Steps(_) => value == 0,
            Listed::Members(_) => false,
        }
    }

    fn below(&self, view: &Arc<View>, listed: Listed, value: u32) -> Option<Below<Self>> {
        match listed {
            Listed::Groups => {
                let example = self.group(value)?.example;
                let view = Arc::clone(view);
                Some(Below::Asked(
                    Listed::Steps(value),
                    Box::new(move |task| why(&view.heap, view.names.scripts(), example, task)),
                ))
            }
            Listed::Steps(group) => {
                let members = self.found.as_ref()?.merged.members(group as usize);
                let list = members.iter().map(|node| node.0).collect();
                Some(Below::Known(Listed::Members(group), list))
            }
            Listed::Members(_) => None,
        }
    }

    fn keep(&mut self, listed: Listed, why: Why) -> Vec<u32> {
        let rows = (0..=why.steps.len() as u32).collect();
        if let Listed::Steps(group) = listed {
            self.ways.insert(group, Arc::new(why));
        }
        rows
    }

    fn tell(&self, view: &View, listed: Listed, value: u32) -> Option<Told> {
        let heap = &*view.heap;
        let told = match listed {
            Listed::Groups => {
                let found = self.found.as_ref()?;
                let group = self.group(value)?;
                let label = match found.told.get(value as usize) {
                    Some(words) => Label::of(words.clone(), Tone::Plain),
                    None => Label::of(
                        Spans::from("the way of ")
                            .id(heap.id(group.example))
                            .note(": unfold it"),
                        Tone::Dim,
                    ),
                };
                Told {
                    count: Some(u64::from(group.count)),
                    retained: Some(group.retained),
                    ..Told::named(label)
                }
            }
            Listed::Steps(group) => match value.checked_sub(1) {
                None => {
                    let words = match self.group(group)?.count {
                        1 => "the object".to_owned(),
                        count => format!("the {} objects", grouped(u64::from(count))),
                    };
                    Told::named(Label::of(Spans::new().note(words), Tone::Heading))
                }
                Some(step) => {
                    let (node, label) = self.step_label(view, group, step)?;
                    Told::object(view, node, label)
                }
            },
            Listed::Members(_) => {
                let node = NodeId(value);
                Told::object(view, node, view.names.object(heap, node))
            }
        };
        Some(told)
    }

    fn node(&self, _: &View, listed: Listed, value: u32) -> Option<NodeId> {
        match listed {
            Listed::Groups => Some(self.group(value)?.example),
            Listed::Steps(group) => match value.checked_sub(1) {
                None => Some(self.group(group)?.example),
                Some(step) => Some(self.ways.get(&group)?.steps.get(step as usize)?.node),
            },
            Listed::Members(_) => Some(NodeId(value)),
        }
    }

    fn class(&self) -> Option<ClassId> {
        Some(self.class)
    }

    fn works(&self, command: Command, subject: Option<&Subject>) -> Option<bool> {
        match command {
            Command::NextList => Some(false),
            Command::ShowPaths => Some(subject.and_then(|about| about.class) != Some(self.class)),
            _ => None,
        }
    }
}
