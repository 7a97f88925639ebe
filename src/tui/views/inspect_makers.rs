//! The facts of the inspector about who allocates the object.

use std::sync::Arc;

use crate::analysis::makers::{Makers, makers};
use crate::error::Result;
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::views::inspect::{Fact, InspectPage, MAKERS, Message};
use crate::tui::views::makers::{calls, maker_in_short};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Slot, Work};

/// What the facts are called.
const ALLOCATED: &str = "allocated by";

/// Functions of a profile that are told, and calls of a stack.
const FUNCTIONS: usize = 4;
const CALLS: usize = 12;

impl InspectPage {
    /// Looks for who allocates the object, and says so in a fact of its own meanwhile.
    pub(super) fn ask_for_makers(&mut self, work: &mut Work) {
        let is_recorded = self
            .view
            .heap
            .trace_node(self.node)
            .is_some_and(|id| id > 0);
        let Some(found) = self.found.as_mut() else {
            return;
        };
        if self.profile.is_none() && !is_recorded {
            return;
        }
        found
            .facts
            .push(Fact::of(ALLOCATED, "finding who allocates it…"));
        let (view, profile, node) = (Arc::clone(&self.view), self.profile.clone(), self.node);
        let job = move |task: &Task| {
            let heap = (&*view.heap, view.names.scripts(), &*view.dump);
            makers(heap, profile.as_deref(), (Some(node), None), task)
        };
        let slot = Slot::Page(self.key.clone(), MAKERS);
        work.start(slot, &self.inbox, job, Message::Makers);
    }

    /// Takes who allocates the object, in place of the fact that it is looked for.
    pub(super) fn take_makers(&mut self, outcome: Result<Makers>) {
        let facts = match outcome {
            Ok(made) => self.made_by(&made),
            Err(error) => vec![Fact::of(ALLOCATED, Spans::new().note(error.to_string()))],
        };
        let Some(found) = self.found.as_mut() else {
            return;
        };
        let place = found.facts.iter().position(|fact| fact.name == ALLOCATED);
        let Some(place) = place else { return };
        // The cursor stays on what it is on.
        let selected = self.cursor.selected;
        let added = facts.len().saturating_sub(1);
        found.facts.splice(place..=place, facts);
        if selected > place {
            self.cursor.go(Motion::By(added as isize), self.rows());
        }
    }

    fn made_by(&self, made: &Makers) -> Vec<Fact> {
        let mut facts = Vec::new();
        let stacks = made.stacks.iter().filter(|stack| stack.is_of_object);
        facts.extend(
            stacks.map(|stack| Fact::of(ALLOCATED, calls(stack, CALLS).note(", as recorded"))),
        );
        let owner = made.owner.map(|owner| {
            let owner = self
                .view
                .names
                .briefly(&self.view.heap, owner, Label::default());
            Fact::of(
                ALLOCATED,
                Spans::from("with its owner, ")
                    .then(owner.spans())
                    .note(":"),
            )
        });
        facts.extend(owner);
        facts.extend(made.functions.iter().take(FUNCTIONS).map(|maker| Fact {
            function: Some(maker.call_site.clone()),
            ..Fact::of(ALLOCATED, maker_in_short(maker, &self.profile_label))
        }));
        facts.extend(
            made.problem
                .as_ref()
                .map(|problem| Fact::of(ALLOCATED, Spans::new().note(problem.to_string()))),
        );
        if facts.is_empty() {
            facts.push(Fact::of(
                ALLOCATED,
                Spans::from("no function of ")
                    .place(self.profile_label.clone())
                    .note(" allocates it, as far as is known"),
            ));
        }
        facts
    }
}
