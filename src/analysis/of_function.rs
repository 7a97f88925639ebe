//! From a function of a profile to the heap: its closures, and the objects that it constructed.

use super::allocated::{Certainty, constructor, path_of};
use super::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap, Place};
use crate::profile::Frame;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::place::file_name;

/// What a function is in a heap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfFunction {
    /// The classes that it constructs.
    pub classes: Vec<ClassId>,
    /// Its closures, those that retain most first.
    pub closures: Vec<NodeId>,
    /// How sure that is.
    pub certainty: Certainty,
}

/// What was found with one certainty.
#[derive(Default)]
struct Found {
    classes: Vec<ClassId>,
    closures: Vec<NodeId>,
}

/// The closures and classes of a function: those at its place; else those of its name in its file; else those of its name
/// in a file of the same name elsewhere, or whose place is not known. Nothing for the engine's own work. Linear in the objects.
///
/// # Errors
/// When the task is cancelled.
pub fn of_function(
    heap: &Heap,
    scripts: &Scripts,
    frame: Frame<'_>,
    task: &Task,
) -> Result<Option<OfFunction>> {
    if !frame.has_place() {
        return Ok(None);
    }
    let fits = |place: Option<Place>, is_named: bool| {
        let script = place.and_then(|place| Some((place, path_of(scripts.name(place.script_id)?))));
        match script {
            Some((place, script)) if script == path_of(frame.url) => {
                let call_site = (i64::from(place.line), i64::from(place.column));
                match call_site == (frame.line, frame.column) {
                    true => Some(Certainty::Place),
                    false => is_named.then_some(Certainty::File),
                }
            }
            // In another script it is another function, unless the same file was loaded from elsewhere.
            Some((_, script)) if file_name(script) != file_name(frame.url) => None,
            Some(_) | None => is_named.then_some(Certainty::Name),
        }
    };
    let mut found: [Found; 3] = Default::default();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.kind(node) != NodeKind::CLOSURE {
            continue;
        }
        let is_named = !frame.name.is_empty() && heap.raw_name(node) == frame.name;
        if let Some(certainty) = fits(heap.place(node), is_named) {
            found[certainty as usize].closures.push(node);
        }
    }
    for (class, of) in (0u32..).map(ClassId).zip(heap.classes()) {
        let is_named =
            !frame.name.is_empty() && of.name == frame.name && constructor(&of.name).is_some();
        if let Some(certainty) = fits(of.place, is_named) {
            found[certainty as usize].classes.push(class);
        }
    }
    let surest = [Certainty::Place, Certainty::File, Certainty::Name];
    let mut all = surest.into_iter().zip(found);
    Ok(all.find_map(|(certainty, mut found)| {
        if found.classes.is_empty() && found.closures.is_empty() {
            return None;
        }
        found
            .closures
            .sort_by_cached_key(|&node| (std::cmp::Reverse(heap.retained(node)), node));
        Some(OfFunction {
            classes: found.classes,
            closures: found.closures,
            certainty,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::allocated::tests::heap;

    #[test]
    fn from_a_function_to_its_closures_and_objects() {
        let heap = heap();
        let task = Task::new();
        let scripts = Scripts::build(&heap, &task).unwrap();
        let ask = |name, url, line| {
            let frame = Frame {
                name,
                url,
                script_id: "40",
                line,
                column: 14,
            };
            let found = of_function(&heap, &scripts, frame, &task).unwrap()?;
            Some((found.classes.len(), found.closures.len(), found.certainty))
        };
        let file = "/srv/orders.js";
        assert_eq!(ask("Order", file, 7), Some((1, 1, Certainty::Place)));
        assert_eq!(
            ask("Order", "file:///srv/orders.js", 7),
            Some((1, 1, Certainty::Place))
        );
        assert_eq!(ask("", file, 16), Some((0, 1, Certainty::Place)));
        assert_eq!(ask("Order", file, 8), Some((1, 1, Certainty::File)));
        assert_eq!(ask("Order", "/srv/bundle.js", 7), None, "another script");
        let elsewhere = "http://host/orders.js";
        assert_eq!(ask("Order", elsewhere, 7), Some((1, 1, Certainty::Name)));
        assert_eq!(ask("Order", "", -1), None, "the engine's own");
    }
}
