//! What a holder is called: the expression that leads to it, and what that expression begins with.

use std::collections::HashSet;

use crate::analysis::describe::{
    Part, Scripts, is_context, is_global, label, module_file, role, root_words, variable_words,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};

use super::view::{PLUMBING, SYNTHETIC, View};

/// How many parts of an expression are shown; those nearest to the holder stay.
const PARTS: usize = 6;
/// The longest name that is put into an expression, in characters.
const NAME: usize = 60;

/// A holder in words. Texts come from the dump: whoever shows them escapes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// `bus._events.reload`.
    pub expression: String,
    /// What the expression begins with: "variable of the module server.js".
    pub origin: Option<String>,
    /// What it begins at, as a kind of root.
    pub root: String,
    /// The package whose code it is.
    pub package: Option<String>,
    /// The expression ends with a property or variable of the holder.
    pub is_member: bool,
    /// The holder is the variables of a function.
    pub holder_is_context: bool,
}

/// Names things of one heap.
pub(super) struct Words<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
}

impl Words<'_> {
    /// What leads to the end of `path`, then on to its property or variable `member`.
    pub fn call(&self, path: &[Step], member: Option<&str>) -> Called {
        let heap = self.view.heap;
        let mut called = Called {
            root: root_words(self.view.heap, path),
            is_member: member.is_some(),
            ..Called::default()
        };
        // From the end upwards.
        let mut parts: Vec<String> = Vec::new();
        let Some(holder) = path.last().map(|step| step.node) else {
            return called;
        };
        called.holder_is_context = is_context(heap, holder);
        if let Some(member) = member {
            if is_context(heap, holder) {
                called.origin = Some(variable_words(heap, self.scripts, holder).plain());
                called.package = self.package(holder);
                parts.push(quoted(member));
                called.expression = parts.concat();
                return called;
            }
            parts.push(accessor(member));
        }
        let mut seen_package = None;
        let mut cut = true;
        for at in (0..path.len()).rev() {
            let node = path[at].node;
            if seen_package.is_none() {
                seen_package = self.package(node);
            }
            let Some((edge, source)) = path[at].edge.zip(at.checked_sub(1).map(|at| path[at].node))
            else {
                cut = false;
                break;
            };
            if heap.kind(node) == NodeKind::CLOSURE && !parts.is_empty() {
                let name = heap.raw_name(node);
                if !name.is_empty() {
                    parts.push(quoted(&name));
                    let place = self.scripts.place(heap, node);
                    called.origin = Some(match place {
                        Some(place) => format!("`{name}` is the function at {place}"),
                        None => format!("`{name}` is a function"),
                    });
                    cut = false;
                    break;
                }
            }
            if heap.raw_name(node) == "process"
                && heap.kind(node) == NodeKind::OBJECT
                && !parts.is_empty()
            {
                parts.push("process".to_owned());
                called.origin = Some("a global".to_owned());
                cut = false;
                break;
            }
            if heap.raw_name(node) == "Module"
                && !parts.is_empty()
                && let Some(file) = module_file(heap, node)
            {
                parts.push("module".to_owned());
                called.origin = Some(format!("of the module {file}"));
                cut = false;
                break;
            }
            match self.part(edge, source, node) {
                Link::Unnamed => {
                    parts.push(format!("<{}>", quoted(heap.class_name(node))));
                    called.origin = Some(format!(
                        "in {} whose name the dump does not tell",
                        variable_words(heap, self.scripts, source).plain()
                    ));
                    seen_package = seen_package.or_else(|| self.package(source));
                    cut = false;
                    break;
                }
                Link::Bound => {
                    let class = heap.class_name(node);
                    parts.push(quoted(class));
                    called.origin = Some(format!("`{class}` is the object of a bound function"));
                    cut = false;
                    break;
                }
                Link::Variable(name) => {
                    parts.push(quoted(&name));
                    called.origin = Some(variable_words(heap, self.scripts, source).plain());
                    seen_package = seen_package.or_else(|| self.package(source));
                    cut = false;
                    break;
                }
                Link::Global(name) => {
                    parts.push(quoted(&name));
                    called.origin = Some("a global".to_owned());
                    cut = false;
                    break;
                }
                Link::Part(part) => parts.push(part),
                Link::None => {}
                Link::Root => {
                    cut = false;
                    break;
                }
            }
            if parts.len() >= PARTS {
                break;
            }
        }
        called.package = seen_package;
        if called.origin.is_none() {
            let above = match cut {
                true => "…".to_owned(),
                false => String::new(),
            };
            parts.push(above);
        }
        parts.reverse();
        let expression = parts.concat();
        called.expression = match called.origin {
            None => expression.trim_start_matches('.').to_owned(),
            Some(_) => expression,
        };
        called
    }

    /// What an edge adds to an expression.
    fn part(&self, edge: EdgeId, source: NodeId, target: NodeId) -> Link {
        let heap = self.view.heap;
        if self.view.is(source, SYNTHETIC) {
            return Link::Root;
        }
        if let Some(role) = role(heap, edge) {
            return Link::Part(match role.part {
                Part::Key => format!("<entry {}>", role.index),
                Part::Value => format!("<value {}>", role.index),
                Part::Element => format!("[{}]", role.index),
            });
        }
        let name = match heap.edge_name(edge) {
            EdgeName::Index(index) if heap.edge_kind(edge) == EdgeKind::ELEMENT => {
                return Link::Part(format!("[{index}]"));
            }
            // V8 gives no names to variables of some blocks.
            EdgeName::Index(_) if is_context(heap, source) => return Link::Unnamed,
            EdgeName::Index(_) => return Link::None,
            EdgeName::Text(name) => name,
        };
        match heap.edge_kind(edge) {
            EdgeKind::CONTEXT => Link::Variable(name.into_owned()),
            EdgeKind::PROPERTY if is_global(heap, source) => Link::Global(name.into_owned()),
            EdgeKind::PROPERTY => Link::Part(accessor(&name)),
            EdgeKind::INTERNAL if name.contains("WeakMap") => {
                Link::Part(format!("<{} in a WeakMap>", label(heap, target).plain()))
            }
            // Tables, backing stores, closures' contexts: between, not in the source.
            _ if self.view.is(source, PLUMBING) || self.view.is(target, PLUMBING) => Link::None,
            EdgeKind::INTERNAL if name == "bound_this" => Link::Bound,
            EdgeKind::INTERNAL if name == "context" || name == "previous" => Link::None,
            EdgeKind::INTERNAL => Link::Part(format!("<{name}>")),
            _ => Link::None,
        }
    }

    /// The package that a node's code belongs to, by its script.
    fn package(&self, node: NodeId) -> Option<String> {
        let script = self.scripts.script(self.view.heap, node)?;
        package_of(&script).map(str::to_owned)
    }
}

enum Link {
    Unnamed,
    Bound,
    Variable(String),
    Global(String),
    Part(String),
    None,
    Root,
}

/// The package of a script below `node_modules`.
pub(super) fn package_of(script: &str) -> Option<&str> {
    const FOLDER: &str = "node_modules/";
    let at = script.rfind(FOLDER)? + FOLDER.len();
    let rest = &script[at..];
    let scoped = rest.starts_with('@');
    let slashes = rest.match_indices('/').map(|(at, _)| at);
    let end = slashes
        .take(2)
        .nth(usize::from(scoped))
        .unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

/// A name as code would have it behind an object: `.name`, `["a b"]`.
fn accessor(name: &str) -> String {
    let bare = name.strip_prefix('#').unwrap_or(name);
    let plain = !bare.is_empty()
        && !bare.starts_with(|c: char| c.is_ascii_digit())
        && bare
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    match plain {
        true => format!(".{}", quoted(name)),
        false if name.starts_with("<symbol") => format!("[{}]", quoted(name)),
        false => format!("[\"{}\"]", quoted(name)),
    }
}

/// A name, cut where it is long.
fn quoted(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// "a Map", "an Array".
pub(super) fn with_article(class: &str) -> String {
    let vowel = class.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u']);
    format!("{} {class}", if vowel { "an" } else { "a" })
}

/// The names of what lies on a path, for patterns.
pub(super) fn edge_names(heap: &Heap, path: &[Step]) -> HashSet<String> {
    path.iter()
        .filter_map(|step| match heap.edge_name(step.edge?) {
            EdgeName::Text(name) => Some(name.into_owned()),
            EdgeName::Index(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named() {
        assert_eq!(
            package_of("/srv/node_modules/winston/lib/a.js"),
            Some("winston")
        );
        assert_eq!(package_of("/srv/node_modules/@a/b/c.js"), Some("@a/b"));
        assert_eq!(
            package_of("/n/node_modules/x/node_modules/y/z.js"),
            Some("y")
        );
        assert_eq!(package_of("/srv/lib/a.js"), None);
    }

    #[test]
    fn accessors_read_like_code() {
        assert_eq!(accessor("queue"), ".queue");
        assert_eq!(accessor("#map"), ".#map");
        assert_eq!(accessor("a b"), "[\"a b\"]");
        assert_eq!(accessor("<symbol kStore>"), "[<symbol kStore>]");
        assert_eq!(accessor("7"), "[\"7\"]");
        assert_eq!(with_article("Array"), "an Array");
        assert_eq!(with_article("Map"), "a Map");
    }
}
