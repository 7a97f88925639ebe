//! What a dump knows of a place.

use crate::analysis::describe::Scripts;
use crate::analysis::strings::internal;
use crate::graph::NodeId;
use crate::heap::{Heap, Place};
use crate::profile::CallSite;
use crate::snapshot::NodeKind;

use super::uses::Held;

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
    pub holds: Vec<Held>,
    /// Whether the last of them is a variable of the function there.
    pub is_scope: bool,
    /// Whether the names lead to what holds only through a package's own variables: what the code calls there counts.
    pub is_outside: bool,
    /// A React component, whose state holds: by which of its hooks, from 0.
    pub hook: Option<usize>,
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
        let url = scripts.name(at.script_id)?.to_owned();
        Some(Self {
            url,
            at,
            name: name_of(name),
            text: text_of(heap, scripts, at.script_id),
            holds: Vec::new(),
            is_scope: false,
            is_outside: false,
            hook: None,
        })
    }

    /// A function of a profile, which has no texts of scripts; `None` for what is no script's.
    pub fn of_function(call_site: &CallSite) -> Option<Self> {
        if !call_site.frame().has_place() {
            return None;
        }
        Some(Self {
            url: call_site.url.clone(),
            at: Place {
                script_id: 0,
                line: u32::try_from(call_site.line).ok()?,
                column: u32::try_from(call_site.column).ok()?,
            },
            name: name_of(call_site.name.clone()),
            text: None,
            holds: Vec::new(),
            is_scope: false,
            is_outside: false,
            hook: None,
        })
    }

    /// The beginning of a script of this name, where the dump knows one.
    pub fn of_script(heap: &Heap, scripts: &Scripts, url: &str) -> Option<Self> {
        let mut known = scripts.names().iter();
        let (&script_id, _) = known.find(|(_, name)| *name == url)?;
        let at = Place {
            script_id,
            line: 0,
            column: 0,
        };
        Some(Self {
            url: url.to_owned(),
            at,
            name: String::new(),
            text: text_of(heap, scripts, script_id),
            holds: Vec::new(),
            is_scope: false,
            is_outside: false,
            hook: None,
        })
    }
}

/// What the dump has of a script's text.
pub(super) fn text_of(heap: &Heap, scripts: &Scripts, script_id: u32) -> Option<String> {
    let text = internal(heap, scripts.node(script_id)?, "source")?;
    let is_text = heap.kind(text).is_string();
    let text = is_text.then(|| heap.raw_name(text).into_owned());
    text.filter(|text| !text.is_empty())
}

/// The name, where it is one and not V8's word for a function without.
fn name_of(name: String) -> String {
    match name.as_str() {
        "(shared function info)" | "(anonymous)" => String::new(),
        _ => name,
    }
}
