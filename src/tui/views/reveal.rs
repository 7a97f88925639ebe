//! An object in the tree of containment or of dominators, and what would be freed with it.

use std::sync::Arc;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::Task;
use crate::text::units::{bytes, grouped};
use crate::tui::branches::Level;
use crate::tui::page::Effect;
use crate::tui::place::{PageKey, Side};
use crate::tui::source::{Source, Subject, Way};
use crate::tui::views::explorer::{Explorer, Found, saying};
use crate::tui::widgets::lazy_tree::ROOT;
use crate::tui::work::{Slot, Work};

/// The number of the job that looks for the way to an object.
const REVEAL: u32 = 1;

/// The number of the job that counts what would be freed.
const FREED: u32 = 2;

impl Explorer {
    /// The way of the page's tree, from the root; `None` for pages that begin elsewhere.
    pub(super) fn way(&self) -> Option<Way> {
        match self.key {
            PageKey::Containment(_) => Some(Way::Fields),
            PageKey::Dominators(_) => Some(Way::Dominated),
            _ => None,
        }
    }

    /// Unfolds the way to an object, and selects it there.
    pub(super) fn unfold_to(&mut self, node: NodeId, work: &mut Work) {
        let Some(way) = self.way() else { return };
        if node == self.view.heap.root() {
            return;
        }
        let (view, order) = (Arc::clone(&self.view), self.order.clone());
        let job = move |task: &Task| view.way_down(way, node, &order, task);
        let slot = Slot::Page(self.key.clone(), REVEAL);
        work.start(slot, &self.inbox, job, Found::Way);
    }

    /// The way was found.
    pub(super) fn take_way(
        &mut self,
        levels: Result<Option<Vec<Level>>>,
        work: &mut Work,
    ) -> Option<Effect> {
        match levels {
            Ok(Some(levels)) => {
                for (branch, _) in self.main.tree.branches() {
                    work.abandon(&Slot::List(self.key.clone(), Side::Main, branch));
                }
                let view = Arc::clone(&self.view);
                let top = self.way().unwrap_or(Way::Fields).of(view.heap.root());
                if let Some(at) = self.main.show_way(&view.heap, top, levels) {
                    self.main.select_below(at);
                }
                self.focus = Side::Main;
                self.zoomed = false;
                None
            }
            Ok(None) => Some(saying("unreachable from the roots".to_owned())),
            Err(error) => Some(saying(error.to_string())),
        }
    }

    /// Has it counted what would be freed with the selected object.
    pub(super) fn count_freed(&mut self, work: &mut Work) {
        if self.way() != Some(Way::Dominated) {
            return;
        }
        let Some(Subject::Object(node, _)) = self.main.subject(&self.view.heap) else {
            return;
        };
        if self.freed.is_some_and(|(other, _)| other == node) {
            return;
        }
        self.freed = Some((node, None));
        let view = Arc::clone(&self.view);
        let job = move |task: &Task| {
            let count = view.heap.dominated(task)?.count(node, task)?;
            Ok((node, count))
        };
        let slot = Slot::Page(self.key.clone(), FREED);
        work.start(slot, &self.inbox, job, Found::Freed);
    }

    /// It was counted.
    pub(super) fn take_freed(&mut self, freed: Result<(NodeId, u64)>) {
        if let Ok((node, count)) = freed {
            self.freed = Some((node, Some(count)));
        }
    }

    /// What is freed if the selected object goes; `None` on pages that do not say it.
    pub(super) fn freed_in_words(&self) -> Option<String> {
        if self.way() != Some(Way::Dominated) {
            return None;
        }
        let Some((node, count)) = self.freed else {
            return Some(String::new());
        };
        let heap = &self.view.heap;
        let size = bytes(heap.retained(node));
        let count = count.map_or("…".to_owned(), grouped);
        let id = heap.id(node);
        let objects = if count == "1" { "object" } else { "objects" };
        Some(format!("removing @{id} frees {size}: {count} {objects}"))
    }

    /// Whether the page's first list or a way is still being made.
    pub(super) fn is_revealing(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), REVEAL)).is_some()
    }

    /// What the page's tree begins with.
    pub(super) fn top(&self) -> Option<&Source> {
        self.main.tree.source(ROOT)
    }
}
