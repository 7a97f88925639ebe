//! What a dump knows of a place.

use crate::analysis::describe::Scripts;
use crate::analysis::strings::internal;
use crate::graph::NodeId;
use crate::heap::{Heap, Place};
use crate::snapshot::NodeKind;

/// A place in a script, and what the dump has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The script's path or URL.
    pub url: String,
    /// Line and column, from 0.
    pub at: Place,
    /// The function or class there.
    pub name: String,
    /// The beginning of the script's text.
    pub text: Option<String>,
    /// Names by which the code there knows what is looked for, the one that says most first; none where the place
    /// itself is looked for.
    pub holds: Vec<String>,
}

impl Spot {
    /// Where a closure, an object's constructor or a context's function was written.
    pub fn of(heap: &Heap, scripts: &Scripts, node: NodeId) -> Option<Self> {
        let own = heap.place(node);
        let at = own.or_else(|| scripts.place_of_context(heap, node))?;
        let name = match own {
            Some(_) if heap.kind(node) == NodeKind::CLOSURE => heap.raw_name(node).into_owned(),
            Some(_) => heap.class_name(node).to_owned(),
            None => {
                let function = scripts.function_of_context(heap, node)?;
                heap.raw_name(function).into_owned()
            }
        };
        let text = scripts.node(at.script_id).and_then(|script| {
            let text = internal(heap, script, "source")?;
            let is_text = heap.kind(text).is_string();
            is_text.then(|| heap.raw_name(text).into_owned())
        });
        let url = scripts.name(at.script_id)?.to_owned();
        Some(Self {
            url,
            at,
            name: name_of(name),
            text: text.filter(|text| !text.is_empty()),
            holds: Vec::new(),
        })
    }
}

/// The name, where it is one and not V8's word for a function without.
fn name_of(name: String) -> String {
    match name.as_str() {
        "(shared function info)" | "(anonymous)" => String::new(),
        _ => name,
    }
}
