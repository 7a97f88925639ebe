//! Holders that are left out, as if they were gone: DevTools' *Ignore this retainer*.
//!
//! What is left out counts for the dump, on every page that shows retainers. A worker measures the distances anew.

use std::sync::Arc;

use crate::graph::NodeId;
use crate::heap::Detour;
use crate::task::Task;
use crate::tui::commands::Command;
use crate::tui::keymap::Keymap;
use crate::tui::page::Effect;
use crate::tui::source::Subject;
use crate::tui::theme::Tone;
use crate::tui::views::explorer::{Explorer, Found, saying};
use crate::tui::work::{Slot, Work};

/// The number of the job that measures distances.
const DETOUR: u32 = 3;

impl Explorer {
    /// Leaves the selected holder out, or takes it in again.
    pub(super) fn toggle_holder(&mut self, work: &mut Work) -> Option<Effect> {
        let Some(Subject::Object(node, _)) = self.holders.subject(&self.view.heap) else {
            let words = "select a retainer first".to_owned();
            return Some(Effect::Say(words, Tone::Problem));
        };
        self.leave_out(node, work)
    }

    /// Leaves a holder out, or takes it in again if it is left out.
    pub fn leave_out(&mut self, node: NodeId, work: &mut Work) -> Option<Effect> {
        let detour = self.view.detour();
        let mut left_out = detour.map_or(Vec::new(), |detour| detour.left_out().to_vec());
        let before = left_out.len();
        left_out.retain(|&other| other != node);
        if left_out.len() == before {
            left_out.push(node);
        }
        self.leave_out_all(left_out, work)
    }

    /// Leaves just these holders out.
    pub fn leave_out_all(&mut self, left_out: Vec<NodeId>, work: &mut Work) -> Option<Effect> {
        let view = Arc::clone(&self.view);
        let job = move |task: &Task| {
            if left_out.is_empty() {
                return Ok(None);
            }
            let detour = Detour::measure(&view.heap, left_out, task)?;
            Ok(Some(Arc::new(detour)))
        };
        let slot = Slot::Page(self.key.clone(), DETOUR);
        work.start(slot, &self.inbox, job, Found::Detour);
        let words = "measuring without the ignored retainers…".to_owned();
        Some(Effect::Say(words, Tone::Dim))
    }

    /// The ways were measured.
    pub(super) fn take_detour(&mut self, detour: Option<Arc<Detour>>, keys: &Keymap) -> Effect {
        let ignore = keys.key_of(Command::Ignore);
        let list = keys.key_of(Command::ShowIgnored);
        let words = match detour.as_ref().map(|detour| detour.left_out().len()) {
            None => "all retainers restored".to_owned(),
            Some(1) => format!("1 retainer ignored; {ignore} restores it, {list} lists"),
            Some(count) => format!("{count} retainers ignored; {list} lists them"),
        };
        self.view.take_detour(detour);
        saying(words)
    }

    /// Follows what is left out by now; says whether that is something else than before.
    pub(super) fn follow_detour(&mut self) -> bool {
        let now = self.view.detour();
        let same = match (&self.order.detour, &now) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        self.holders.detour.clone_from(&now);
        self.order.detour = now;
        !same
    }
}
