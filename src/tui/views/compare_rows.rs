//! The rows of a comparison: what they are about, their columns and orders, and what the diff does not tell by itself.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::diff::{self, Basis, Beyond, Diff, DiffKey, DiffRow};
use crate::analysis::growth::Origin;
use crate::analysis::pattern::Pattern;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Class;
use crate::table::{Cell, Column, Head, Stress};
use crate::task::Task;
use crate::tui::naming::placed;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::widgets::label::Label;

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Rows of the comparison.
    Classes,
    /// The objects of a row: new ones first, deleted ones behind them.
    Objects(u32),
}

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub enum Compared {
    /// A class, as its number among the rows of the comparison.
    Class(u32),
    /// A new object, in the later dump.
    New(NodeId),
    /// A deleted object, in the base.
    Deleted(NodeId),
}

/// A comparison, and what it does not tell by itself.
pub struct Told {
    /// The comparison.
    pub diff: Diff,
    /// What else there is to say of each row.
    beyond: Vec<Beyond>,
    /// The largest change of a retained size.
    most: u64,
}

impl Told {
    /// What can be told of the rows of a comparison of `from` with `to`.
    pub fn of(diff: Diff, from: &View, to: &View, task: &Task) -> Result<Self> {
        let [from, to] = [from, to].map(|view| (&*view.heap, view.names.scripts()));
        let beyond = diff::beyond(&diff, from, to, task)?;
        let changes = beyond.iter().map(|row| row.retained_delta.unsigned_abs());
        Ok(Self {
            most: changes.max().unwrap_or(0),
            diff,
            beyond,
        })
    }
}

/// What is compared, and what came of it.
#[derive(Clone)]
pub struct Both {
    /// The base.
    pub from: Arc<View>,
    /// The later dump.
    pub to: Arc<View>,
    /// The comparison; `None` while it is made.
    pub told: Option<Arc<Told>>,
}

/// A row at its depth.
pub type Entry = (usize, Compared);

fn loss(row: Compared, both: &Both, change: fn(&DiffRow) -> i64) -> Stress {
    match both.class(row).map_or(0, change) {
        1.. => Stress::Added,
        0 => Stress::Faint,
        _ => Stress::Removed,
    }
}

/// The columns, in the order of [`ORDERS`] behind the name. Files have bare counts where the screen has signs.
pub const COLUMNS: &[Column<Entry, Both>] = &[
    Head::number("Level", "level").of(|(depth, _), _| Cell::Count(*depth as u64)),
    Head::text("Change", "change").of(|(_, row), _| match row {
        Compared::Class(_) => Cell::Nothing,
        Compared::New(_) => Cell::note("new"),
        Compared::Deleted(_) => Cell::note("deleted"),
    }),
    Head::text("Name", "name").of(|(_, row), both| Cell::Text(both.label(*row).name())),
    Head::text("Place", "place")
        .of(|(_, row), both| Cell::known(both.label(*row).place(), Cell::Text)),
    Head::number("Id", "id").of(|(_, row), both| {
        Cell::known(both.object(*row), |(view, node)| {
            Cell::Id(view.heap.id(node))
        })
    }),
    Head::number("New", "added_count")
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::count(row.added_count))),
    Head::number("Deleted", "removed_count")
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::count(row.removed_count))),
    Head::drawn("New", 7, 8).without_zeros().of_stressed(
        |(_, row), both| Cell::known(both.class(*row), |row| Cell::Change(row.added_count.into())),
        |_, _| Stress::Added,
    ),
    Head::drawn("Gone", 7, 7).without_zeros().of_stressed(
        |(_, row), both| {
            let gone = |row: &DiffRow| Cell::Change(-i64::from(row.removed_count));
            Cell::known(both.class(*row), gone)
        },
        |_, _| Stress::Removed,
    ),
    Head::number("Delta", "count_delta")
        .on_screen("Count Δ", 9, 3)
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::Change(row.count_delta()))),
    Head::number("Allocated", "added_size")
        .on_screen("Alloc.", 8, 2)
        .without_zeros()
        .of(|(_, row), both| match row {
            Compared::New(node) => Cell::Size(both.to.heap.shallow(*node)),
            _ => Cell::known(both.class(*row), |row| Cell::Size(row.added_size)),
        }),
    Head::number("Freed", "removed_size")
        .on_screen("Freed", 8, 1)
        .without_zeros()
        .of(|(_, row), both| match row {
            Compared::Deleted(node) => Cell::Size(both.from.heap.shallow(*node)),
            _ => Cell::known(both.class(*row), |row| Cell::Size(row.removed_size)),
        }),
    Head::number("Size delta", "size_delta")
        .on_screen("Shallow Δ", 9, 5)
        .of_stressed(
            |(_, row), both| {
                Cell::known(both.class(*row), |row| Cell::SizeChange(row.size_delta()))
            },
            |(_, row), both| loss(*row, both, DiffRow::size_delta),
        ),
    Head::number("Retained delta", "retained_delta")
        .on_screen("Retained Δ", 11, 9)
        .of_stressed(
            |(_, row), both| match row {
                Compared::Class(row) => Cell::known(both.retained(*row), Cell::SizeChange),
                // Of an object all that it retains has come, or gone.
                Compared::New(node) => Cell::SizeChange(both.to.heap.retained(*node) as i64),
                Compared::Deleted(node) => {
                    Cell::SizeChange(-(both.from.heap.retained(*node) as i64))
                }
            },
            |(_, row), both| both.stress(*row),
        ),
    Head::drawn("", 12, 6).left().of_stressed(
        |(_, row), both| match (row, &both.told) {
            (Compared::Class(row), Some(told)) => Cell::known(both.retained(*row), |retained| {
                Cell::Bar(retained.unsigned_abs(), told.most)
            }),
            _ => Cell::Nothing,
        },
        |(_, row), both| both.stress(*row),
    ),
];

/// By what the rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The largest change of retained sizes first, of the application's classes before all others.
    Retained,
    /// By a figure of the comparison.
    By(DiffKey),
}

/// The orders, the columns that show them, and their words.
pub const ORDERS: [(Order, &str, &str); 8] = [
    (
        Order::Retained,
        "Retained Δ",
        "change of retained size, your classes first",
    ),
    (
        Order::By(DiffKey::SizeDelta),
        "Shallow Δ",
        "change of shallow size",
    ),
    (Order::By(DiffKey::AddedCount), "New", "new objects"),
    (Order::By(DiffKey::RemovedCount), "Gone", "freed objects"),
    (
        Order::By(DiffKey::CountDelta),
        "Count Δ",
        "change of the number of objects",
    ),
    (
        Order::By(DiffKey::AddedSize),
        "Alloc.",
        "bytes of new objects",
    ),
    (
        Order::By(DiffKey::RemovedSize),
        "Freed",
        "bytes of freed objects",
    ),
    (Order::By(DiffKey::Name), "", "name"),
];

impl Both {
    pub fn class(&self, row: Compared) -> Option<&DiffRow> {
        match row {
            Compared::Class(number) => self.told.as_ref()?.diff.rows.get(number as usize),
            Compared::New(_) | Compared::Deleted(_) => None,
        }
    }

    /// By how many bytes more the class of a row retains.
    fn retained(&self, row: u32) -> Option<i64> {
        Some(self.told.as_ref()?.beyond.get(row as usize)?.retained_delta)
    }

    fn stress(&self, row: Compared) -> Stress {
        match row {
            Compared::New(_) => Stress::Added,
            Compared::Deleted(_) => Stress::Removed,
            Compared::Class(row) => match self.retained(row) {
                Some(1..) => Stress::Added,
                Some(..0) => Stress::Removed,
                Some(0) | None => Stress::Faint,
            },
        }
    }

    /// The numbers of the rows whose classes answer what was typed, in order.
    pub fn arranged(&self, order: Order, reverse: bool, query: &str) -> Option<Vec<u32>> {
        let told = self.told.as_ref()?;
        let rows = &told.diff.rows;
        let pattern = Pattern::typed(query);
        let scripts = self.to.names.scripts();
        let name = |row: &DiffRow| scripts.class(&row.class).plain();
        let answers = |row: &DiffRow| query.is_empty() || pattern.find(&name(row)).is_some();
        let mut list: Vec<u32> = match order {
            Order::Retained => {
                let mut list: Vec<u32> = (0..rows.len() as u32).collect();
                list.sort_by_cached_key(|&row| {
                    let beyond = &told.beyond[row as usize];
                    let rise = beyond.retained_delta;
                    let group = match (beyond.origin, rise) {
                        (Origin::Application, 1..) => 0,
                        (_, 1..) => 1,
                        _ => 2,
                    };
                    (group, Reverse(rise))
                });
                if reverse {
                    list.reverse();
                }
                list
            }
            Order::By(key) => {
                let mut sorted = rows.clone();
                diff::sort(&mut sorted, key, reverse);
                let key = |class: &Class| (class.name.clone(), class.place);
                let numbers: HashMap<_, u32> = rows
                    .iter()
                    .zip(0u32..)
                    .map(|(row, number)| (key(&row.class), number))
                    .collect();
                let number = |row: &DiffRow| numbers.get(&key(&row.class)).copied();
                sorted.iter().filter_map(number).collect()
            }
        };
        list.retain(|&row| rows.get(row as usize).is_some_and(answers));
        Some(list)
    }

    /// The object of a row, and the dump that it is in.
    pub fn object(&self, row: Compared) -> Option<(&Arc<View>, NodeId)> {
        match row {
            Compared::Class(_) => None,
            Compared::New(node) => Some((&self.to, node)),
            Compared::Deleted(node) => Some((&self.from, node)),
        }
    }

    pub fn label(&self, row: Compared) -> Label {
        if let Some((view, node)) = self.object(row) {
            return view.names.object(&view.heap, node);
        }
        let Some(row) = self.class(row) else {
            return Label::default();
        };
        let name = self.to.names.scripts().class(&row.class);
        let mut label = Label::of(name, Tone::Plain);
        // Both dumps know the script's name when they are of one process.
        if let Some(place) = row.class.place {
            let place = self.to.names.place(place);
            label.push_tail(placed(place), Tone::Dim);
        }
        label
    }

    pub fn by_ids(&self) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.diff.basis == Basis::Ids)
    }

    /// What is on a row of a branch.
    pub fn compared(&self, listed: Listed, value: u32) -> Option<Compared> {
        let Listed::Objects(class) = listed else {
            return Some(Compared::Class(value));
        };
        let diff = &self.told.as_ref()?.diff;
        let row = diff.rows.get(class as usize)?;
        let (new, value) = (diff.added(row), value as usize);
        match new.get(value) {
            Some(&node) => Some(Compared::New(node)),
            None => {
                let deleted = diff.removed(row).get(value - new.len());
                deleted.map(|&node| Compared::Deleted(node))
            }
        }
    }
}

/// The objects of a row, as their numbers: new ones first, of each kind those that retain most first.
pub fn objects(
    diff: &Diff,
    class: u32,
    (from, to): (&View, &View),
    task: &Task,
) -> Result<Vec<u32>> {
    let Some(row) = diff.rows.get(class as usize) else {
        return Ok(Vec::new());
    };
    task.check()?;
    let (new, deleted) = (diff.added(row), diff.removed(row));
    let mut numbers: Vec<u32> = (0..(new.len() + deleted.len()) as u32).collect();
    let (first, second) = numbers.split_at_mut(new.len());
    let largest = |size: u64, number: u32| (Reverse(size), number);
    first.sort_by_cached_key(|&n| largest(to.heap.retained(new[n as usize]), n));
    task.check()?;
    second.sort_by_cached_key(|&n| {
        let node = deleted[n as usize - new.len()];
        largest(from.heap.retained(node), n)
    });
    Ok(numbers)
}
