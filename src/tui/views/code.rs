//! The code where an object was written or made, for pages about one object.

use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Result;
use crate::graph::NodeId;
use crate::profile::CallSite;
use crate::source::{CodePlace, Sources, Spot};
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::dump_store::DumpStore;
use crate::tui::view::View;
use crate::tui::views::code_line;

/// What is shown of it.
#[derive(Debug, Clone)]
pub struct Code {
    /// Where it is, and the name there.
    pub place: Spans,
    /// The lines around the place, which is marked.
    pub lines: Vec<Spans>,
    /// How certain it is that this is what ran.
    pub certainty: Spans,
}

/// The job that reads the code of an object; it finds nothing where that is neither on this host nor in the dump. `None`
/// where the dump has no place of the object.
pub fn job(
    view: &Arc<View>,
    node: NodeId,
    store: &DumpStore,
) -> Option<impl FnOnce(&Task) -> Result<Option<Code>> + Send + use<>> {
    let spot = Spot::of(&view.heap, view.names.scripts(), node)?;
    let taken_at = store.get(&view.dump).and_then(|dump| dump.time());
    let (options, dump) = (store.source.clone(), Arc::clone(&view.dump));
    Some(move |_: &Task| {
        let place = Sources::new(options, taken_at).of_dump(&dump).find(&spot);
        let is_here = place.code.is_some() || place.file.is_some();
        Ok(is_here.then(|| Code::of(&place)))
    })
}

/// The job that reads the marked line of the code of an object.
pub fn line_of_object(view: &Arc<View>, node: NodeId, store: &DumpStore) -> Option<code_line::Job> {
    let job = job(view, node, store)?;
    Some(Box::new(move |task| Ok(job(task)?.map(Code::marked))))
}

/// The same of a function of recorded stacks.
pub fn line_of_function(
    view: &Arc<View>,
    call_site: &CallSite,
    store: &DumpStore,
) -> Option<code_line::Job> {
    let (heap, scripts) = (&view.heap, view.names.scripts());
    let spot = Spot::of_function(call_site)?;
    let spot = match Spot::of_script(heap, scripts, &spot.url) {
        Some(script) => Spot {
            text: script.text,
            ..spot
        },
        None => spot,
    };
    let taken_at = store.get(&view.dump).and_then(|dump| dump.time());
    let (options, dump) = (store.source.clone(), Arc::clone(&view.dump));
    Some(Box::new(move |_| {
        let place = Sources::new(options, taken_at).of_dump(&dump).find(&spot);
        Ok(place.code.is_some().then(|| Code::of(&place).marked()))
    }))
}

/// The job that reads the marked line of a function of a profile that was taken then; it finds nothing where the script is
/// not on this host. `None` for what is no script's.
pub fn job_of_function(
    call_site: &CallSite,
    taken_at: Option<Timestamp>,
    store: &DumpStore,
) -> Option<impl FnOnce(&Task) -> Result<Option<Spans>> + Send + use<>> {
    let spot = Spot::of_function(call_site)?;
    let options = store.source.clone();
    Some(move |_: &Task| {
        let place = Sources::new(options, taken_at).find(&spot);
        Ok(place.code.is_some().then(|| Code::of(&place).marked()))
    })
}

impl Code {
    /// The line at the place, and how certain that is.
    fn marked(self) -> Spans {
        let line = self
            .lines
            .into_iter()
            .find(|line| line.plain().starts_with('›'));
        let words = line.unwrap_or_default();
        words.note(" · ").then(self.certainty)
    }

    fn of(place: &CodePlace) -> Self {
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
            let is_it = line.line == place.marked_line();
            let mark = if is_it { '›' } else { ' ' };
            let number = format!("{mark} {:>digits$} │ ", line.line);
            Spans::new().note(number).value(line.text.clone())
        });
        Self {
            place: words,
            lines: lines.collect(),
            certainty,
        }
    }
}
