//! The facts of the inspector about the code where the object was written or made.

use crate::error::Result;
use crate::source::{CodePlace, Sources, Spot};
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::page::PageCtx;
use crate::tui::views::inspect::{CODE, Fact, InspectPage, Message, SOURCE};
use crate::tui::widgets::list::Motion;
use crate::tui::work::Slot;

impl InspectPage {
    /// Looks for the code at the object's place, if it has one.
    pub(super) fn ask_for_code(&self, ctx: &mut PageCtx<'_>) {
        let Some(spot) = Spot::of(&self.view.heap, self.view.names.scripts(), self.node) else {
            return;
        };
        let dump = ctx.store.get(&self.view.dump);
        let taken_at = dump.and_then(|dump| dump.time());
        let options = ctx.store.source.clone();
        let job = move |_: &Task| Ok(Sources::new(options, taken_at).find(&spot));
        let slot = Slot::Page(self.key.clone(), CODE);
        ctx.work.start(slot, &self.inbox, job, Message::Code);
    }

    /// Takes the code, which stands below the place.
    pub(super) fn take_code(&mut self, outcome: Result<CodePlace>) {
        let (Ok(place), Some(found)) = (outcome, self.found.as_mut()) else {
            return;
        };
        let source = found.facts.iter().position(|fact| fact.name == SOURCE);
        let at = source.map_or(found.facts.len(), |source| source + 1);
        let facts = told(&place);
        // The cursor stays on what it is on.
        let (selected, added) = (self.cursor.selected, facts.len());
        found.facts.splice(at..at, facts);
        if selected >= at {
            self.cursor.go(Motion::By(added as isize), self.rows());
        }
    }
}

/// Where the code is, the lines around the place, and how certain it is; nothing where it is neither here nor in the dump.
fn told(place: &CodePlace) -> Vec<Fact> {
    if place.code.is_none() && place.file.is_none() {
        return Vec::new();
    }
    let mut words = Spans::new().place(place.shown());
    if let Some(name) = place.name() {
        words = words.note(" · ").function(name);
    }
    let mut certainty = Spans::new().note(place.certainty.as_str());
    if let Some(note) = &place.note {
        certainty = certainty.note(": ").value(note.clone());
    }
    let code = place.code.as_deref().unwrap_or_default();
    let digits = code.last().map_or(1, |line| line.line.to_string().len());
    let lines = code.iter().map(|line| {
        let mark = if line.line == place.marked_line() {
            '›'
        } else {
            ' '
        };
        let number = format!("{mark} {:>digits$} │ ", line.line);
        Fact::of("", Spans::new().note(number).value(line.text.clone()))
    });
    let mut facts = vec![Fact::of("code", words)];
    facts.extend(lines);
    facts.push(Fact::of("certainty", certainty));
    facts
}
