//! What a holder is called: the expression that leads to it, and what that expression begins with.

use std::collections::HashSet;

use crate::analysis::describe::{
    Part, Scripts, is_context, is_global, key_of, label, module_file, role, root_words,
    variable_words,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};

use crate::text::code::{Role, is_code};
use crate::text::place::file_name;

use super::exports::{export_name, is_cell, script_of_exports};
use super::view::{PLUMBING, SYNTHETIC, View};

/// Parts of an expression that stay at its beginning and at its end where it is long.
const FIRST: usize = 4;
const LAST: usize = 3;
/// The longest name that is put into an expression, in characters.
const NAME: usize = 60;
/// The longest key of a Map that is told, in characters.
const KEY: usize = 40;

/// A holder in words. Texts come from the dump: whoever shows them escapes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// `bus._events.reload`.
    pub expression: String,
    /// What the expression begins with.
    pub origin: Option<Origin>,
    /// What it begins at, as a kind of root.
    pub root: String,
    /// The package whose code it is.
    pub package: Option<String>,
    /// The expression ends with a property or variable of the holder.
    pub is_member: bool,
    /// The holder is the variables of a function.
    pub holder_is_context: bool,
}

/// Where an expression begins in the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// What the expression begins with: `bus`.
    pub name: String,
    /// What that is: "a variable of the module server.js".
    pub words: String,
}

impl Called {
    /// What the expression begins with, unless it is all of it: "`bus` is a variable of the module server.js".
    pub fn origin_words(&self) -> Option<String> {
        let origin = self.origin.as_ref()?;
        if origin.words.is_empty() {
            return None;
        }
        Some(
            match origin.name == self.expression || origin.name.is_empty() {
                true => origin.words.clone(),
                false => format!("`{}` is {}", origin.name, origin.words),
            },
        )
    }
}

/// Names things of one heap.
pub(super) struct Words<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
}

/// An expression that is read from its end.
#[derive(Default)]
struct Expression {
    parts: Vec<String>,
    origin: Option<Origin>,
}

impl Expression {
    /// Ends it with the name that it begins with.
    fn begin(&mut self, name: impl Into<String>, words: impl Into<String>) {
        let name = name.into();
        self.parts.push(name.clone());
        self.origin = Some(Origin {
            name,
            words: words.into(),
        });
    }

    /// The whole: repeated parts once, long ones without their middle.
    fn text(&self) -> String {
        let mut folded: Vec<(&str, usize)> = Vec::new();
        for part in self.parts.iter().rev() {
            match folded.last_mut() {
                Some((last, times)) if last == part => *times += 1,
                _ => folded.push((part, 1)),
            }
        }
        let part = |&(part, times): &(&str, usize)| match times {
            1 => part.to_owned(),
            2 => part.repeat(2),
            times => format!("{part} × {times} "),
        };
        let mut text: Vec<String> = folded.iter().map(part).collect();
        if text.len() > FIRST + LAST + 1 {
            let end = text.len() - LAST;
            text.splice(FIRST..end, ["…".to_owned()]);
        }
        let text = text.concat();
        match self.origin {
            None => text.trim().trim_start_matches('.').to_owned(),
            Some(_) => text.trim().to_owned(),
        }
    }
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
        let Some(holder) = path.last().map(|step| step.node) else {
            return called;
        };
        called.holder_is_context = is_context(heap, holder);
        let mut expression = Expression::default();
        let mut package = None;
        match member {
            Some(member) if called.holder_is_context => {
                expression.begin(
                    quoted(member),
                    variable_words(heap, self.scripts, holder).plain(),
                );
                package = self.package(holder);
            }
            _ => {
                expression.parts.extend(member.map(accessor));
                for at in (0..path.len()).rev() {
                    package = package.or_else(|| self.package(path[at].node));
                    let source = at.checked_sub(1).map(|at| path[at].node);
                    if self.begins_at(path, at, &mut expression) {
                        break;
                    }
                    let Some((edge, source)) = path[at].edge.zip(source) else {
                        break;
                    };
                    if !self.link(edge, source, path[at].node, &mut expression) {
                        package = package.or_else(|| self.package(source));
                        break;
                    }
                }
            }
        }
        called.expression = expression.text();
        called.origin = expression.origin;
        called.package = package;
        called
    }

    /// Whether an expression begins with the object at this place of a path; adds its name if so.
    fn begins_at(&self, path: &[Step], at: usize, expression: &mut Expression) -> bool {
        let heap = self.view.heap;
        let node = path[at].node;
        let name = heap.raw_name(node);
        if heap.kind(node) == NodeKind::NATIVE {
            return match page_name(&name) {
                Some(page) => {
                    expression.begin(page, "");
                    true
                }
                None => false,
            };
        }
        if expression.parts.is_empty() {
            return false;
        }
        if is_global(heap, node) {
            expression.begin(
                if name.starts_with("Window") {
                    "window"
                } else {
                    "globalThis"
                },
                "",
            );
            return true;
        }
        let below = path.get(at + 1).and_then(|step| step.edge);
        let by_property = below.is_none_or(|edge| heap.edge_kind(edge) == EdgeKind::PROPERTY);
        match heap.kind(node) {
            NodeKind::CLOSURE if by_property && !name.is_empty() => {
                let place = self.scripts.place(heap, node);
                let words = match place {
                    Some(place) => format!("the function at {place}"),
                    None => "a function".to_owned(),
                };
                expression.begin(quoted(&name), words);
                true
            }
            NodeKind::OBJECT if name == "process" => {
                expression.begin("process", "a global");
                true
            }
            NodeKind::OBJECT if name == "Module" => {
                let Some(file) = module_file(heap, node) else {
                    return false;
                };
                let exports = [".exports", "[<symbol node:module_export>]"];
                if expression.parts.len() > 1
                    && expression
                        .parts
                        .pop_if(|part| exports.contains(&part.as_str()))
                        .is_some()
                {
                    expression.begin("exports", format!("those of the module {file}"));
                } else {
                    expression.begin("module", format!("the module {file}"));
                }
                true
            }
            NodeKind::OBJECT if name == "FiberNode" => self.begins_at_fiber(node, expression),
            _ => false,
        }
    }

    /// React's state is told by its component and hook.
    fn begins_at_fiber(&self, fiber: NodeId, expression: &mut Expression) -> bool {
        let heap = self.view.heap;
        let graph = heap.graph();
        let component = graph.edges_from(fiber).find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::PROPERTY
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().equals(name, "type"))
                && heap.kind(graph.target(edge)) == NodeKind::CLOSURE
        });
        let Some(component) = component.map(|edge| graph.target(edge)) else {
            return false;
        };
        let name = heap.raw_name(component);
        if name.is_empty() {
            return false;
        }
        let is_hook = |part: &String| part == ".memoizedState" || part == ".next";
        let hooks = expression
            .parts
            .iter()
            .rev()
            .take_while(|part| is_hook(part));
        let hooks = hooks.count();
        expression.parts.truncate(expression.parts.len() - hooks);
        let hook = match (hooks, expression.parts.last().map(String::as_str)) {
            (0, _) => "",
            (_, Some(".current")) => "useRef of ",
            _ => "state of ",
        };
        let words = match self.scripts.place(heap, component) {
            Some(place) => format!("the React component at {place}"),
            None => "a React component".to_owned(),
        };
        let text = format!("{hook}{}", quoted(&name));
        expression.parts.push(text);
        expression.origin = Some(Origin {
            name: quoted(&name),
            words,
        });
        true
    }

    /// Adds what an edge says to an expression; whether there is more to say above.
    fn link(
        &self,
        edge: EdgeId,
        source: NodeId,
        target: NodeId,
        expression: &mut Expression,
    ) -> bool {
        let heap = self.view.heap;
        if self.view.is(source, SYNTHETIC) {
            return false;
        }
        if is_cell(heap, source)
            && let Some((name, table)) = export_name(heap, source)
        {
            let file = script_of_exports(heap, self.scripts, table);
            let words = match file {
                Some(file) => format!("an export of {}", file_name(&file)),
                None => "an export of a module".to_owned(),
            };
            expression.begin(quoted(&name), words);
            return false;
        }
        if let Some(role) = role(heap, edge) {
            expression
                .parts
                .push(self.entry(edge, role.part, role.index));
            return true;
        }
        let name = match heap.edge_name(edge) {
            EdgeName::Index(index) if heap.edge_kind(edge) == EdgeKind::ELEMENT => {
                if heap.kind(source) != NodeKind::NATIVE {
                    expression.parts.push(format!("[{index}]"));
                } else if expression.parts.is_empty() && !self.view.is(target, PLUMBING) {
                    // References between a page's own objects have no names: begin at the object.
                    expression.begin(quoted(heap.class_name(target)), "");
                    return false;
                }
                return true;
            }
            // V8 gives no names to variables of some blocks.
            EdgeName::Index(_) if is_context(heap, source) => {
                let words = format!(
                    "in {} whose name the dump does not tell",
                    variable_words(heap, self.scripts, source).plain()
                );
                expression.begin(format!("<{}>", quoted(heap.class_name(target))), words);
                return false;
            }
            EdgeName::Index(_) => return true,
            EdgeName::Text(name) => name,
        };
        match heap.edge_kind(edge) {
            EdgeKind::CONTEXT => {
                expression.begin(
                    quoted(&name),
                    variable_words(heap, self.scripts, source).plain(),
                );
                return false;
            }
            EdgeKind::PROPERTY if is_global(heap, source) => {
                expression.begin(quoted(&name), "a global");
                return false;
            }
            EdgeKind::PROPERTY => expression.parts.push(accessor(&name)),
            EdgeKind::INTERNAL if name.contains("WeakMap") => {
                let key = format!("<{} in a WeakMap>", label(heap, target).plain());
                expression.parts.push(key);
            }
            // Tables, backing stores, closures' contexts: between, not in the source.
            _ if self.view.is(source, PLUMBING) || self.view.is(target, PLUMBING) => {}
            EdgeKind::INTERNAL if name == "bound_this" => {
                let class = quoted(heap.class_name(target));
                expression.begin(class, "the object of a bound function");
                return false;
            }
            EdgeKind::INTERNAL
                if name == "context" || name == "previous" || name == "extension" => {}
            EdgeKind::INTERNAL if heap.kind(source) == NodeKind::NATIVE => {}
            EdgeKind::INTERNAL => expression.parts.push(format!("<{name}>")),
            _ => {}
        }
        true
    }

    /// An entry of a Map, Set or array; a Map's by its key where that is a name rather than data.
    fn entry(&self, edge: EdgeId, part: Part, index: u32) -> String {
        let heap = self.view.heap;
        let key = key_of(heap, edge)
            .map(|key| heap.graph().target(key))
            .filter(|&key| heap.kind(key).is_string())
            .map(|key| heap.raw_name(key).into_owned())
            .filter(|key| is_name(key));
        match (part, key) {
            (Part::Value, Some(key)) => format!(".get(\"{key}\")"),
            (Part::Key, _) => format!("<entry {index}>"),
            (Part::Value, None) => format!("<value {index}>"),
            (Part::Element, _) => format!("[{index}]"),
        }
    }

    /// The package that a node's code belongs to, by its script.
    fn package(&self, node: NodeId) -> Option<String> {
        let script = self.scripts.script(self.view.heap, node)?;
        package_of(&script).map(str::to_owned)
    }
}

/// Whether the key of a Map is a name that somebody wrote rather than data: short, of letters, with few digits.
fn is_name(key: &str) -> bool {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '/' | '$');
    !key.is_empty()
        && key.chars().count() <= KEY
        && digits <= 2
        && key.chars().all(plain)
        && is_code(key, Role::Property)
}

/// What code calls an object of a page.
pub(super) fn page_name(name: &str) -> Option<String> {
    match name {
        "HTMLDocument" | "Document" => Some("document".to_owned()),
        "<body>" => Some("document.body".to_owned()),
        "<html>" => Some("document.documentElement".to_owned()),
        "<head>" => Some("document.head".to_owned()),
        name if name.starts_with("Window /") || name.starts_with("Window [") => {
            Some("window".to_owned())
        }
        name if name.starts_with('<') => Some(quoted(name)),
        _ => None,
    }
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
    // Vite's folder of bundled packages is none.
    (end > 0 && &rest[..end] != ".vite").then_some(&rest[..end])
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
