//! The objects of a heap by class and id: what a comparison needs of a dump, so that its graph can be freed.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, ClassId, Definition, Heap, Place};
use crate::task::{CHECK_EVERY, Task};

/// The objects of a heap that class rows count (those with a size of their own), grouped by class.
///
/// Classes of one key (same name, same place) are one here, whatever told them apart in the heap. Sixteen bytes an
/// object.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The classes that have objects, in the order of their first ones.
    classes: Vec<Class>,
    /// Where each class's objects begin; one more than there are classes.
    first: Vec<usize>,
    /// The objects' ids, ascending within a class.
    ids: Vec<u32>,
    /// The objects, in the same order.
    nodes: Vec<u32>,
    /// Their shallow sizes in bytes, in the same order.
    shallow: Vec<u64>,
}

/// The objects of one class of a [`Ledger`], in the order of their ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entries<'a> {
    /// Object ids, ascending.
    pub ids: &'a [u32],
    /// The nodes of the dump's own heap.
    pub nodes: &'a [u32],
    /// Shallow sizes in bytes.
    pub shallow: &'a [u64],
}

impl Ledger {
    /// The ledger of a heap, by its own classes.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(heap: &Heap, task: &Task) -> Result<Self> {
        Self::build(heap, heap.classes(), |node| heap.class_id(node), task)
    }

    /// The ledger of a heap whose plain objects are classed by another heap's definitions, as the base of a comparison
    /// is.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn by_definitions(heap: &Heap, definitions: &[Definition], task: &Task) -> Result<Self> {
        if heap.has_definitions(definitions) {
            return Self::of(heap, task);
        }
        let classing = heap.classed_by(definitions, task)?;
        let class_of = |node| classing.class_id(node);
        Self::build(heap, classing.classes(), class_of, task)
    }

    fn build(
        heap: &Heap,
        classes: &[Class],
        class_of: impl Fn(NodeId) -> ClassId,
        task: &Task,
    ) -> Result<Self> {
        const NO_PLACE: u32 = u32::MAX;
        task.stage("listing objects", heap.node_count() as u64);
        let mut place_of_class = vec![NO_PLACE; classes.len()];
        let mut place_of_key: HashMap<(&str, Option<Place>), u32> = HashMap::new();
        let mut ledger = Self::default();
        let mut counts: Vec<usize> = Vec::new();
        for node in heap.graph().nodes() {
            task.reached(node.index())?;
            if heap.shallow(node) == 0 {
                continue;
            }
            let index = class_of(node).0 as usize;
            let place = &mut place_of_class[index];
            if *place == NO_PLACE {
                let class = &classes[index];
                *place = *place_of_key
                    .entry((&class.name, class.place))
                    .or_insert(counts.len() as u32);
                if *place as usize == counts.len() {
                    ledger.classes.push(class.clone());
                    counts.push(0);
                }
            }
            counts[*place as usize] += 1;
        }

        let place_of = |node| place_of_class[class_of(node).0 as usize] as usize;
        ledger.fill(heap, &counts, place_of, task)?;
        Ok(ledger)
    }

    /// Lists the objects of each class, by their ids.
    fn fill(
        &mut self,
        heap: &Heap,
        counts: &[usize],
        place_of: impl Fn(NodeId) -> usize,
        task: &Task,
    ) -> Result<()> {
        let mut total = 0;
        self.first.reserve_exact(counts.len() + 1);
        for count in counts {
            self.first.push(total);
            total += count;
        }
        self.first.push(total);
        let mut next = self.first.clone();
        // Id above node: one comparison sorts by id and keeps the file's order for ids that come twice.
        let mut keys = vec![0u64; total];
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.shallow(node) > 0 {
                let slot = &mut next[place_of(node)];
                keys[*slot] = u64::from(heap.id(node)) << 32 | u64::from(node.0);
                *slot += 1;
            }
        }
        for class in self.first.windows(2) {
            task.check()?;
            keys[class[0]..class[1]].sort_unstable();
        }
        self.ids = keys.iter().map(|&key| (key >> 32) as u32).collect();
        self.nodes = keys.iter().map(|&key| key as u32).collect();
        self.shallow = self
            .nodes
            .iter()
            .map(|&node| heap.shallow(NodeId(node)))
            .collect();
        Ok(())
    }

    /// The classes that have objects, in the order of their first ones.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The objects of the class at this place of [`Ledger::classes`].
    pub fn entries(&self, class: usize) -> Entries<'_> {
        let range = self.first[class]..self.first[class + 1];
        Entries {
            ids: &self.ids[range.clone()],
            nodes: &self.nodes[range.clone()],
            shallow: &self.shallow[range],
        }
    }

    /// How many objects.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}
