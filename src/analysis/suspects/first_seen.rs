//! In which dump each object of the last one is seen first.

use std::num::NonZeroU8;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::identity::{ById, is_same};
use super::view::View;

/// The number of a dump in a series, the first being 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DumpNo(NonZeroU8);

impl DumpNo {
    pub const FIRST: Self = Self(NonZeroU8::MIN);
    /// Of longer series the latest dumps are looked at: a number fits in a byte.
    pub const MOST: usize = 250;

    /// The number of the dump at this place of a series, which is below [`Self::MOST`].
    pub fn at(place: usize) -> Self {
        Self(NonZeroU8::MIN.saturating_add(u8::try_from(place).unwrap_or(u8::MAX)))
    }

    pub fn get(self) -> usize {
        usize::from(self.0.get())
    }

    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// In which dump each object of the last one is seen first.
#[derive(Debug)]
pub(super) struct FirstSeen {
    /// By node of the last dump; empty where that is not known.
    dumps: Vec<DumpNo>,
    last: DumpNo,
}

impl FirstSeen {
    /// Nothing is known: the series has one dump, or ids do not fit.
    pub fn unknown(last: DumpNo) -> Self {
        Self {
            dumps: Vec::new(),
            last,
        }
    }

    /// The dump in which an object is seen first.
    #[inline]
    pub fn of(&self, node: NodeId) -> Option<DumpNo> {
        self.dumps.get(node.index()).copied()
    }

    /// Whether an object is in the first dump.
    #[inline]
    pub fn is_old(&self, node: NodeId) -> bool {
        self.of(node) == Some(DumpNo::FIRST)
    }

    /// Whether an object is not in the first dump.
    #[inline]
    pub fn is_new(&self, node: NodeId) -> bool {
        self.of(node).is_some_and(|first| first > DumpNo::FIRST)
    }

    /// Whether an object is in no dump but the last, where that is not the first as well.
    #[inline]
    pub fn is_of_last_interval(&self, node: NodeId) -> bool {
        self.of(node) == Some(self.last)
    }

    /// How many dumps the series has.
    pub fn dumps(&self) -> usize {
        self.last.get()
    }
}

/// Finds where the objects of the last dump are seen first: from the last but one back to the first.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    last: &'a View<'a>,
    ids: &'a ById,
    found: FirstSeen,
    /// Whether even ids are addresses, which tell nothing; known after the last but one dump.
    even_are_addresses: bool,
}

impl<'a> Lookup<'a> {
    /// Takes every object of the last dump for a new one, but those that the profiler made up.
    pub fn new(last: &'a View<'a>, ids: &'a ById, number: DumpNo) -> Self {
        let is_made_up = |node| last.heap.kind(node) == NodeKind::SYNTHETIC;
        let first = |node| match is_made_up(node) {
            true => DumpNo::FIRST,
            false => number,
        };
        Self {
            last,
            ids,
            found: FirstSeen {
                dumps: last.heap.graph().nodes().map(first).collect(),
                last: number,
            },
            even_are_addresses: false,
        }
    }

    /// Looks the objects that are at least as old as the next dump up in dump `number`.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn look_into(&mut self, number: DumpNo, earlier: &Heap, task: &Task) -> Result<()> {
        let others = ById::new(earlier);
        let mut own = self.ids.iter().peekable();
        let (mut even, mut even_found) = (0u64, 0u64);
        for (step, (id, other)) in others.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if earlier.kind(other) == NodeKind::SYNTHETIC {
                continue;
            }
            while own.next_if(|&(own, _)| own < id).is_some() {}
            even += u64::from(id % 2 == 0);
            let Some(&(_, node)) = own.peek().filter(|&&(own, _)| own == id) else {
                continue;
            };
            even_found += u64::from(id % 2 == 0);
            let first = &mut self.found.dumps[node.index()];
            if *first == number.next() && is_same(earlier, other, self.last.heap, node) {
                *first = number;
            }
        }
        self.even_are_addresses |= even_found * 2 < even;
        Ok(())
    }

    /// What was found; nodes whose ids are addresses are seen first with their dominators.
    pub fn finish(mut self) -> FirstSeen {
        if self.even_are_addresses {
            let heap = self.last.heap;
            for &node in &self.last.order {
                if heap.id(node).is_multiple_of(2) && heap.kind(node) != NodeKind::SYNTHETIC {
                    let dominator = self.last.dominator(node);
                    self.found.dumps[node.index()] = self.found.dumps[dominator.index()];
                }
            }
        }
        self.found
    }
}
