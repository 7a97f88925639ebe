//! The facts of the inspector about the code where the object was written or made.

use crate::error::Result;
use crate::tui::page::PageCtx;
use crate::tui::views::code::{Code, job};
use crate::tui::views::inspect::{CODE, Fact, InspectPage, Message, SOURCE};
use crate::tui::widgets::list::Motion;
use crate::tui::work::Slot;

impl InspectPage {
    /// Looks for the code at the object's place, if it has one.
    pub(super) fn ask_for_code(&self, ctx: &mut PageCtx<'_>) {
        if let Some(job) = job(&self.view, self.node, ctx.store) {
            let slot = Slot::Page(self.key.clone(), CODE);
            ctx.work.start(slot, &self.inbox, job, Message::Code);
        }
    }

    /// Takes the code, which stands below the place.
    pub(super) fn take_code(&mut self, outcome: Result<Option<Code>>) {
        let (Ok(Some(code)), Some(found)) = (outcome, self.found.as_mut()) else {
            return;
        };
        let source = found.facts.iter().position(|fact| fact.name == SOURCE);
        let at = source.map_or(found.facts.len(), |source| source + 1);
        let mut facts = vec![Fact::of("code", code.place)];
        facts.extend(code.lines.into_iter().map(|line| Fact::of("", line)));
        facts.push(Fact::of("certainty", code.certainty));
        // The cursor stays on what it is on.
        let (selected, added) = (self.cursor.selected, facts.len());
        found.facts.splice(at..at, facts);
        if selected >= at {
            self.cursor.go(Motion::By(added as isize), self.rows());
        }
    }
}
