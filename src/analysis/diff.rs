//! Comparison of two dumps: DevTools' Comparison view.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::ops::Range;

use crate::analysis::comparable::{Comparability, Fingerprint, comparable};
use crate::analysis::describe::Scripts;
use crate::analysis::growth::{Origin, origin};
use crate::analysis::ledger::{Entries, Ledger};
use crate::analysis::order::turned;
use crate::analysis::retained_sums::retained_sizes;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, Heap, Place};
use crate::task::Task;
use crate::text::order::utf16_cmp;

/// What the objects of two dumps are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// By their ids: objects are the same, new or deleted.
    Ids,
    /// Ids mean nothing across the two dumps; only what classes come to can be compared, and rows are net changes.
    Classes,
}

/// One row of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRow {
    /// The class; without a place where dumps are compared by [`Basis::Classes`], as scripts are numbered per process.
    pub class: Class,
    /// Objects that are only in the later dump.
    pub added_count: u32,
    /// Objects that are only in the base.
    pub removed_count: u32,
    /// Their shallow sizes in the later dump, in bytes.
    pub added_size: u64,
    /// Their shallow sizes in the base, in bytes.
    pub removed_size: u64,
    added: Range<usize>,
    removed: Range<usize>,
}

impl DiffRow {
    /// New less deleted objects.
    pub fn count_delta(&self) -> i64 {
        i64::from(self.added_count) - i64::from(self.removed_count)
    }

    /// Allocated less freed bytes.
    pub fn size_delta(&self) -> i64 {
        self.added_size as i64 - self.removed_size as i64
    }

    fn changed(&self) -> bool {
        self.added_count > 0
            || self.removed_count > 0
            || self.added_size > 0
            || self.removed_size > 0
    }
}

/// A comparison: rows, and which objects are behind them.
#[derive(Debug, Clone)]
pub struct Diff {
    /// The rows, in DevTools' default order until somebody sorts them.
    pub rows: Vec<DiffRow>,
    /// What they rest on.
    pub basis: Basis,
    added: Vec<NodeId>,
    removed: Vec<NodeId>,
}

impl Diff {
    /// The objects of a row that are only in the later dump, as nodes of its heap, by id. Nothing where dumps are
    /// compared by class.
    pub fn added(&self, row: &DiffRow) -> &[NodeId] {
        &self.added[row.added.clone()]
    }

    /// The objects of a row that are only in the base, as nodes of the base's heap, by id. Nothing where dumps are
    /// compared by class.
    pub fn removed(&self, row: &DiffRow) -> &[NodeId] {
        &self.removed[row.removed.clone()]
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> u64 {
        let lists = self.added.capacity() + self.removed.capacity();
        let names: usize = self.rows.iter().map(|row| row.class.name.capacity()).sum();
        (lists * size_of::<NodeId>() + self.rows.capacity() * size_of::<DiffRow>() + names) as u64
    }
}

/// By what the rows of a comparison are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DiffKey {
    /// Most bytes of new objects first.
    #[default]
    AddedSize,
    /// Most bytes of deleted objects first.
    RemovedSize,
    /// Largest change of bytes first.
    SizeDelta,
    /// Most new objects first.
    AddedCount,
    /// Most deleted objects first.
    RemovedCount,
    /// Largest change of the number of objects first.
    CountDelta,
    /// By name.
    Name,
}

/// Compares two loaded heaps, whose ids mean the same objects: `to` with its base `from`.
///
/// # Errors
/// When the task is cancelled.
pub fn between(from: &Heap, to: &Heap, task: &Task) -> Result<Diff> {
    let later = Ledger::of(to, task)?;
    let base = Ledger::by_definitions(from, &to.definitions(), task)?;
    diff(&base, &later, task)
}

/// Compares two loaded heaps as far as they can be compared: by ids where these mean the same objects, else by class.
/// `earlier` says whether the base was taken first, as the check of ids needs to know.
///
/// # Errors
/// When the task is cancelled.
pub fn compare(
    from: &Heap,
    to: &Heap,
    earlier: bool,
    task: &Task,
) -> Result<(Diff, Comparability)> {
    let prints = (
        Fingerprint::of_heap(from, task)?,
        Fingerprint::of_heap(to, task)?,
    );
    let found = if earlier {
        comparable(&prints.0, &prints.1)
    } else {
        comparable(&prints.1, &prints.0)
    };
    let compared = if found.is_comparable() {
        between(from, to, task)?
    } else {
        let later = Ledger::of(to, task)?;
        diff_by_class(
            &Ledger::by_definitions(from, &to.definitions(), task)?,
            &later,
        )
    };
    Ok((compared, found))
}

/// What both heaps together tell of a class beyond the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// What the class retains in the later dump less what it retains in the base, in bytes.
    pub retained_delta: i64,
    /// Whose class it is.
    pub origin: Origin,
}

/// What is to be told of each row of a comparison of two loaded heaps beyond the comparison itself. Linear in nodes.
///
/// # Errors
/// When the task is cancelled.
pub fn beyond(
    diff: &Diff,
    from: (&Heap, &Scripts),
    to: (&Heap, &Scripts),
    task: &Task,
) -> Result<Vec<Beyond>> {
    let by_place = diff.basis == Basis::Ids;
    let key = |class: &'_ Class| class.place.filter(|_| by_place);
    let places: HashMap<(&str, Option<Place>), usize> = diff
        .rows
        .iter()
        .enumerate()
        .map(|(row, of)| ((of.class.name.as_str(), key(&of.class)), row))
        .collect();
    let definitions = to.0.definitions();
    let mut found = vec![(0, None); diff.rows.len()];
    for ((heap, scripts), sign) in [(from, -1), (to, 1)] {
        // The base's plain objects are named by the definitions of the later dump.
        let classing = match heap.has_definitions(&definitions) {
            true => None,
            false => Some(heap.classed_by(&definitions, task)?),
        };
        let classes = classing.as_ref().map_or(heap.classes(), |it| it.classes());
        let rows = classes.iter();
        let rows: Vec<Option<usize>> = rows
            .map(|class| places.get(&(class.name.as_str(), key(class))).copied())
            .collect();
        let class_of = |node: NodeId| match &classing {
            Some(classing) => classing.class_id(node),
            None => heap.class_id(node),
        };
        let row_of = |node: NodeId| {
            let counts = heap.shallow(node) > 0;
            counts.then(|| rows[class_of(node).0 as usize]).flatten()
        };
        let retained = retained_sizes(heap, diff.rows.len(), row_of, task)?;
        for ((delta, _), retained) in found.iter_mut().zip(retained) {
            *delta += sign * retained as i64;
        }
        for node in heap.graph().nodes() {
            task.reached(node.index())?;
            let Some(row) = row_of(node) else { continue };
            let class = &classes[class_of(node).0 as usize];
            let known = &mut found[row].1;
            *known = known.or_else(|| Some(origin(heap, scripts, class, node)));
        }
    }
    let found = found.into_iter();
    Ok(found
        .map(|(retained_delta, origin)| Beyond {
            retained_delta,
            origin: origin.unwrap_or(Origin::Engine),
        })
        .collect())
}

/// Compares two dumps by object ids: what is only in `to` is new, what is only in the base `from` is deleted.
///
/// The base's plain objects have to be classed by the definitions of `to`: [`Ledger::by_definitions`]. An object whose
/// class changed is deleted in one row and new in another; one whose size changed is neither.
///
/// # Errors
/// When the task is cancelled.
pub fn diff(from: &Ledger, to: &Ledger, task: &Task) -> Result<Diff> {
    task.stage("comparing objects", (from.len() + to.len()) as u64);
    let mut all = Diff {
        rows: Vec::new(),
        basis: Basis::Ids,
        added: Vec::new(),
        removed: Vec::new(),
    };
    let key = |class: &'_ Class| (class.name.clone(), class.place);
    let mut later: HashMap<(String, Option<Place>), usize> = to
        .classes()
        .iter()
        .enumerate()
        .map(|(index, class)| (key(class), index))
        .collect();
    for (index, class) in from.classes().iter().enumerate() {
        task.check()?;
        let matching = later.remove(&key(class));
        let entries = matching.map_or_else(Entries::default, |index| to.entries(index));
        all.class(class, from.entries(index), entries);
    }
    for (index, class) in to.classes().iter().enumerate() {
        task.check()?;
        if later.contains_key(&key(class)) {
            all.class(class, Entries::default(), to.entries(index));
        }
    }
    sort(&mut all.rows, DiffKey::default(), false);
    Ok(all)
}

/// Compares what classes of one name come to, for dumps whose ids cannot be compared: rows are net changes.
pub fn diff_by_class(from: &Ledger, to: &Ledger) -> Diff {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut sums: Vec<(Class, [(u32, u64); 2])> = Vec::new();
    for (side, ledger) in [from, to].into_iter().enumerate() {
        for (index, class) in ledger.classes().iter().enumerate() {
            let place = *places.entry(class.name.clone()).or_insert_with(|| {
                let name = class.name.clone();
                sums.push((Class { name, place: None }, [(0, 0); 2]));
                sums.len() - 1
            });
            let entries = ledger.entries(index);
            let sum = &mut sums[place].1[side];
            sum.0 += entries.ids.len() as u32;
            sum.1 += entries.shallow.iter().sum::<u64>();
        }
    }
    let rows = sums.into_iter().map(|(class, [before, after])| DiffRow {
        class,
        added_count: after.0.saturating_sub(before.0),
        removed_count: before.0.saturating_sub(after.0),
        added_size: after.1.saturating_sub(before.1),
        removed_size: before.1.saturating_sub(after.1),
        added: 0..0,
        removed: 0..0,
    });
    let mut rows: Vec<DiffRow> = rows.filter(DiffRow::changed).collect();
    sort(&mut rows, DiffKey::default(), false);
    Diff {
        rows,
        basis: Basis::Classes,
        added: Vec::new(),
        removed: Vec::new(),
    }
}

/// Sorts rows by one column, then by name; rows that agree in both stay as they are. `reverse` turns the column only.
pub fn sort(rows: &mut [DiffRow], key: DiffKey, reverse: bool) {
    let by = |a: &DiffRow, b: &DiffRow| -> Ordering {
        let amount = |row: &DiffRow| match key {
            DiffKey::AddedSize => i128::from(row.added_size),
            DiffKey::RemovedSize => i128::from(row.removed_size),
            DiffKey::SizeDelta => i128::from(row.size_delta()),
            DiffKey::AddedCount => i128::from(row.added_count),
            DiffKey::RemovedCount => i128::from(row.removed_count),
            DiffKey::CountDelta => i128::from(row.count_delta()),
            DiffKey::Name => 0,
        };
        Reverse(amount(a)).cmp(&Reverse(amount(b)))
    };
    rows.sort_by(|a, b| {
        let names = utf16_cmp(&a.class.name, &b.class.name);
        match key {
            DiffKey::Name => turned(names, reverse),
            _ => turned(by(a, b), reverse).then(names),
        }
    });
}

impl Diff {
    /// Merges the objects of one class, which both sides have in the order of their ids.
    fn class(&mut self, class: &Class, from: Entries<'_>, to: Entries<'_>) {
        let (added_from, removed_from) = (self.added.len(), self.removed.len());
        let (mut added_size, mut removed_size) = (0, 0);
        let (mut base, mut later) = (0, 0);
        loop {
            let order = match (from.ids.get(base), to.ids.get(later)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => {
                    self.removed.push(NodeId(from.nodes[base]));
                    removed_size += from.shallow[base];
                    base += 1;
                }
                Ordering::Greater => {
                    self.added.push(NodeId(to.nodes[later]));
                    added_size += to.shallow[later];
                    later += 1;
                }
                Ordering::Equal => {
                    base += 1;
                    later += 1;
                }
            }
        }
        let row = DiffRow {
            class: class.clone(),
            added_count: (self.added.len() - added_from) as u32,
            removed_count: (self.removed.len() - removed_from) as u32,
            added_size,
            removed_size,
            added: added_from..self.added.len(),
            removed: removed_from..self.removed.len(),
        };
        if row.changed() {
            self.rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, NodeKind};

    /// A heap with so many sessions, each of which alone keeps a buffer alive; ids go up.
    fn sessions(count: usize) -> Heap {
        let mut sketch = Sketch::new();
        let list = sketch.rooted(NodeKind::OBJECT, "Registry", 16);
        for number in 0..count {
            let session = sketch.node(NodeKind::OBJECT, "Session", 40);
            sketch.edge(list, EdgeKind::PROPERTY, &format!("s{number}"), session);
            let buffer = sketch.node(NodeKind::STRING, "text", 1_000);
            sketch.edge(session, EdgeKind::PROPERTY, "buffer", buffer);
        }
        sketch.heap()
    }

    #[test]
    fn what_classes_retain_more_is_what_their_new_objects_keep() {
        let (from, to, task) = (sessions(2), sessions(5), Task::new());
        let scripts = Scripts::build(&from, &task).unwrap();
        let diff = between(&from, &to, &task).unwrap();
        let told = beyond(&diff, (&from, &scripts), (&to, &scripts), &task).unwrap();
        let of = |name: &str| {
            let row = diff.rows.iter().position(|row| row.class.name == name);
            told[row.unwrap()]
        };
        assert_eq!(of("Session").retained_delta, 3 * 1_040);
        assert_eq!(of("(string)").retained_delta, 3 * 1_000);
        assert_eq!(of("Session").origin, Origin::Application);
        assert_eq!(of("(string)").origin, Origin::Runtime);
        let back = between(&to, &from, &task).unwrap();
        let told = beyond(&back, (&to, &scripts), (&from, &scripts), &task).unwrap();
        assert!(told.iter().all(|row| row.retained_delta < 0), "{told:?}");
    }
}
