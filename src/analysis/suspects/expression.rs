//! What a holder is called: the expression that leads to it, and what that expression begins with.

use std::collections::HashSet;

use crate::analysis::describe::{
    Part as Slot, Scripts, component_of, edge_label, export_name, is_cell, is_context, is_fiber,
    is_global, key_of, module_file, role, root_words, runtime_stretch, script_of_exports,
    variable_words,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};

use crate::text::code::is_identifier;
use crate::text::place::{file_name, package};
use crate::text::span::Spans;

use super::view::{PLUMBING, SYNTHETIC, View};

/// Parts of an expression that stay at its beginning and at its end where it is long.
const FIRST: usize = 4;
const LAST: usize = 3;
/// The longest key of a Map that is told, in characters.
const KEY: usize = 40;

/// A holder in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NameParts {
    /// What leads to it: `bus._events.reload`.
    pub expression: Expression,
    /// What it begins at, as a kind of root.
    pub root: Spans,
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
    pub name: Spans,
    /// What that is: "a variable of the module server.js".
    pub words: Spans,
}

impl NameParts {
    /// What the expression begins with, unless it is all of it: "`bus` is a variable of the module server.js".
    pub fn origin_words(&self) -> Option<Spans> {
        let Origin { name, words } = self.expression.origin.as_ref()?;
        if words.is_empty() {
            return None;
        }
        let is_all = name.is_empty() || name.plain() == self.expression.spans().plain();
        Some(match is_all {
            true => words.clone(),
            false => Spans::new()
                .code(name.clone())
                .note(" is ")
                .then(words.clone()),
        })
    }
}

/// Names things of one heap.
pub(super) struct Namer<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// What it begins with: a variable, a global, a function, an object of a page.
    Begin(Spans),
    /// A property: `.name`, `["a b"]`, `[<symbol kStore>]`.
    Member(String),
    /// An element: `[3]`.
    Element(u32),
    /// A key of a Map, or a member of a Set, whose name is not told: `<entry 3>`.
    Entry(u32),
    /// A value of a Map, whose key is not told: `<value 3>`.
    Value(u32),
    /// A value of a Map, by its key: `.get("rooms")`.
    Get(String),
    /// A value of a WeakMap.
    OfWeakMap(Spans),
    /// A reference of the engine's own.
    Internal(Spans),
}

impl Part {
    fn is_member(&self, name: &str) -> bool {
        matches!(self, Self::Member(member) if member == name)
    }

    /// As code would have it; behind nothing there is no dot.
    fn spans(&self, is_first: bool) -> Spans {
        let text = Spans::new();
        let index = |before: &'static str, index: u32, after| {
            Spans::from(before).index(index.to_string()).note(after)
        };
        match self {
            Self::Begin(name) => name.clone(),
            Self::Member(name) if is_plain(name) => match is_first {
                true => text.edge(name.clone()),
                false => text.note(".").edge(name.clone()),
            },
            Self::Member(name) if name.starts_with("<symbol") => {
                text.note("[").edge(name.clone()).note("]")
            }
            Self::Member(name) => text.note("[\"").edge(name.clone()).note("\"]"),
            Self::Element(at) => index("[", *at, "]"),
            Self::Entry(at) => index("<entry ", *at, ">"),
            Self::Value(at) => index("<value ", *at, ">"),
            Self::Get(key) => {
                let dot = if is_first { "get(\"" } else { ".get(\"" };
                text.note(dot).edge(key.clone()).note("\")")
            }
            Self::OfWeakMap(value) => text.note("<").then(value.clone()).note(" in a WeakMap>"),
            Self::Internal(name) => text.note("<").then(name.clone()).note(">"),
        }
    }
}

/// An expression of JavaScript that leads to an object, nearly: what has no syntax stands between `<` and `>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Expression {
    /// From the end to the beginning.
    parts: Vec<Part>,
    /// What it begins with, where that has a name in the source.
    pub origin: Option<Origin>,
}

impl Expression {
    /// Ends it with the name that it begins with.
    fn begin(&mut self, name: Spans, words: Spans) {
        self.parts.push(Part::Begin(name.clone()));
        self.origin = Some(Origin { name, words });
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The event whose listeners it leads to, if it does.
    pub fn event(&self) -> Option<&str> {
        let events = self.parts.iter().position(|part| part.is_member("_events"));
        let member = events.and_then(|events| self.parts.get(events.checked_sub(1)?));
        if let Some(Part::Member(event)) = member {
            return Some(event);
        }
        // Others keep them in a Map by event.
        self.parts.iter().find_map(|part| match part {
            Part::Get(event) => Some(&**event),
            _ => None,
        })
    }

    /// Whether a name on the way has these letters in it.
    pub fn mentions(&self, letters: &str) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.spans(false).plain().contains(letters))
    }

    /// The whole: repeated parts once, long ones without their middle.
    pub fn spans(&self) -> Spans {
        let mut folded: Vec<(&Part, usize)> = Vec::new();
        for part in self.parts.iter().rev() {
            match folded.last_mut() {
                Some((last, times)) if *last == part => *times += 1,
                _ => folded.push((part, 1)),
            }
        }
        let left_out = match folded.len() {
            length if length > FIRST + LAST + 1 => FIRST..length - LAST,
            _ => 0..0,
        };
        let mut text = Spans::new();
        for (at, &(part, times)) in folded.iter().enumerate() {
            if left_out.contains(&at) {
                if at == left_out.start {
                    text = text.note("…");
                }
                continue;
            }
            let part = part.spans(at == 0);
            text = match times {
                1 => text.then(part),
                2 => text.then(part.clone()).then(part),
                times => {
                    let text = text.then(part).note(" × ").number(times.to_string());
                    match at + 1 == folded.len() {
                        true => text,
                        false => text.note(" "),
                    }
                }
            };
        }
        text
    }
}

impl Namer<'_> {
    /// What leads to the end of `path`, then on to its property or variable `member`.
    pub fn parts(&self, path: &[Step], member: Option<&str>) -> NameParts {
        let heap = self.view.heap;
        let mut name_parts = NameParts {
            root: runtime_stretch(heap, self.scripts, path)
                .map_or_else(|| root_words(heap, path), |stretch| stretch.what),
            is_member: member.is_some(),
            ..NameParts::default()
        };
        let Some(holder) = path.last().map(|step| step.node) else {
            return name_parts;
        };
        name_parts.holder_is_context = is_context(heap, holder);
        let expression = &mut name_parts.expression;
        let mut package = None;
        if let Some(member) = member.filter(|_| name_parts.holder_is_context) {
            let edges = heap.graph().edges_from(holder);
            let is_it = |edge: &EdgeId| {
                heap.edge_kind(*edge) == EdgeKind::CONTEXT
                    && heap.edge_name(*edge).to_string() == member
            };
            let edge = edges.into_iter().find(is_it);
            self.begin_with_variable(member, holder, edge, expression);
            name_parts.package = self.package(holder);
            return name_parts;
        }
        let member = member.map(|member| Part::Member(member.to_owned()));
        expression.parts.extend(member);
        for at in (0..path.len()).rev() {
            package = package.or_else(|| self.package(path[at].node));
            let source = at.checked_sub(1).map(|at| path[at].node);
            if self.begins_at(path, at, expression) {
                break;
            }
            let Some((edge, source)) = path[at].edge.zip(source) else {
                break;
            };
            if !self.link(edge, source, path[at].node, expression) {
                package = package.or_else(|| self.package(source));
                break;
            }
        }
        name_parts.package = package;
        name_parts
    }

    /// Begins an expression with a variable, by its name in the source where a map tells.
    fn begin_with_variable(
        &self,
        in_dump: &str,
        context: NodeId,
        edge: Option<EdgeId>,
        expression: &mut Expression,
    ) {
        let heap = self.view.heap;
        let original = edge.and_then(|edge| self.scripts.variable(heap, edge));
        let name = original.and_then(|original| original.name.as_deref());
        let mut words = variable_words(heap, self.scripts, context, edge);
        if name.is_some_and(|name| name != in_dump) {
            let in_dump = Spans::new().code(Spans::new().edge(in_dump.to_owned()));
            words = words.note(", ").then(in_dump).note(" in the dump");
        }
        let name = name.unwrap_or(in_dump).to_owned();
        expression.begin(Spans::new().edge(name), words);
    }

    /// Whether an expression begins with the object at this place of a path; adds its name if so.
    fn begins_at(&self, path: &[Step], at: usize, expression: &mut Expression) -> bool {
        let heap = self.view.heap;
        let node = path[at].node;
        let name = heap.raw_name(node);
        if heap.kind(node) == NodeKind::NATIVE {
            return match page_name(&name) {
                Some(page) => {
                    expression.begin(page, Spans::new());
                    true
                }
                None => false,
            };
        }
        if is_fiber(heap, node) {
            return self.begins_at_fiber(node, expression);
        }
        if expression.parts.is_empty() {
            return false;
        }
        if is_global(heap, node) {
            let name = match name.starts_with("Window") {
                true => "window",
                false => "globalThis",
            };
            expression.begin(Spans::new().index(name), Spans::new());
            return true;
        }
        let below = path.get(at + 1).and_then(|step| step.edge);
        let by_property = below.is_none_or(|edge| heap.edge_kind(edge) == EdgeKind::PROPERTY);
        match heap.kind(node) {
            NodeKind::CLOSURE if by_property && !name.is_empty() => {
                let place = self.scripts.place(heap, node);
                let words = match place {
                    Some(place) => Spans::from("the function at ").place(place),
                    None => "a function".into(),
                };
                let name = self.scripts.function_name(heap, node);
                expression.begin(Spans::new().function(name), words);
                true
            }
            NodeKind::OBJECT if name == "process" => {
                expression.begin(Spans::new().index("process"), "a global".into());
                true
            }
            NodeKind::OBJECT if name == "Module" => self.begins_at_module(node, expression),
            _ => false,
        }
    }

    fn begins_at_module(&self, module: NodeId, expression: &mut Expression) -> bool {
        let Some(file) = module_file(self.view.heap, module) else {
            return false;
        };
        let is_exports = |part: &mut Part| {
            part.is_member("exports") || part.is_member("<symbol node:module_export>")
        };
        let several = expression.parts.len() > 1;
        let exports = several.then(|| expression.parts.pop_if(is_exports));
        let (name, words) = match exports.flatten() {
            Some(_) => ("exports", "those of the module "),
            None => ("module", "the module "),
        };
        expression.begin(Spans::new().index(name), Spans::from(words).place(file));
        true
    }

    /// React's state is told by its component and hook.
    fn begins_at_fiber(&self, fiber: NodeId, expression: &mut Expression) -> bool {
        let heap = self.view.heap;
        let Some(component) = component_of(heap, fiber) else {
            return false;
        };
        let name = heap.raw_name(component);
        if name.is_empty() {
            return false;
        }
        let is_hook = |part: &&Part| part.is_member("memoizedState") || part.is_member("next");
        let hooks = expression.parts.iter().rev().take_while(is_hook).count();
        expression.parts.truncate(expression.parts.len() - hooks);
        let hook = match (hooks, expression.parts.last()) {
            (0, Some(_)) => "",
            (_, Some(last)) if last.is_member("current") => "useRef of ",
            _ => "state of ",
        };
        let words = match self.scripts.place(heap, component) {
            Some(place) => Spans::from("the React component at ").place(place),
            None => "a React component".into(),
        };
        let name = Spans::new().function(self.scripts.function_name(heap, component));
        let text = Spans::from(hook).then(name.clone());
        expression.parts.push(Part::Begin(text));
        expression.origin = Some(Origin { name, words });
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
                Some(file) => Spans::from("an export of ").place(file_name(&file).to_owned()),
                None => "an export of a module".into(),
            };
            expression.begin(Spans::new().edge(name), words);
            return false;
        }
        if let Some(role) = role(heap, edge) {
            expression
                .parts
                .push(self.entry(edge, role.part, role.index));
            return true;
        }
        match heap.edge_name(edge) {
            EdgeName::Index(index) => self.link_by_index((edge, index), source, target, expression),
            EdgeName::Text(name) => self.link_by_name((edge, &name), source, target, expression),
        }
    }

    /// The same of an edge without a name.
    fn link_by_index(
        &self,
        (edge, index): (EdgeId, u32),
        source: NodeId,
        target: NodeId,
        expression: &mut Expression,
    ) -> bool {
        let heap = self.view.heap;
        let is_element = heap.edge_kind(edge) == EdgeKind::ELEMENT;
        if is_element && heap.kind(source) != NodeKind::NATIVE {
            expression.parts.push(Part::Element(index));
        } else if is_element {
            // References between a page's own objects have no names: begin at the object.
            if expression.parts.is_empty() && !self.view.is(target, PLUMBING) {
                expression.begin(self.scripts.class_of(heap, target), Spans::new());
                return false;
            }
        } else if is_context(heap, source) {
            // V8 gives no names to variables of some blocks.
            let words = Spans::from("in ")
                .then(variable_words(heap, self.scripts, source, None))
                .note(" whose name the dump does not tell");
            let class = self.scripts.class_of(heap, target);
            expression.begin(Spans::from("<").then(class).note(">"), words);
            return false;
        }
        true
    }

    /// The same of an edge that has a name.
    fn link_by_name(
        &self,
        (edge, name): (EdgeId, &str),
        source: NodeId,
        target: NodeId,
        expression: &mut Expression,
    ) -> bool {
        let heap = self.view.heap;
        match heap.edge_kind(edge) {
            EdgeKind::CONTEXT => {
                self.begin_with_variable(name, source, Some(edge), expression);
                return false;
            }
            EdgeKind::PROPERTY if is_global(heap, source) => {
                expression.begin(Spans::new().edge(name.to_owned()), "a global".into());
                return false;
            }
            EdgeKind::PROPERTY => expression.parts.push(Part::Member(name.to_owned())),
            EdgeKind::INTERNAL if name.contains("WeakMap") => {
                expression
                    .parts
                    .push(Part::OfWeakMap(self.scripts.label(heap, target)));
            }
            // Tables, backing stores, closures' contexts: between, not in the source.
            _ if self.view.is(source, PLUMBING) || self.view.is(target, PLUMBING) => {}
            EdgeKind::INTERNAL if name == "bound_this" => {
                let class = self.scripts.class_of(heap, target);
                expression.begin(class, "the object of a bound function".into());
                return false;
            }
            EdgeKind::INTERNAL
                if name == "context" || name == "previous" || name == "extension" => {}
            EdgeKind::INTERNAL if heap.kind(source) == NodeKind::NATIVE => {}
            EdgeKind::INTERNAL => expression
                .parts
                .push(Part::Internal(edge_label(heap, edge))),
            _ => {}
        }
        true
    }

    /// An entry of a Map, Set or array; a Map's by its key where that is a name rather than data.
    fn entry(&self, edge: EdgeId, part: Slot, index: u32) -> Part {
        let heap = self.view.heap;
        let key = key_of(heap, edge)
            .map(|key| heap.graph().target(key))
            .filter(|&key| heap.kind(key).is_string())
            .map(|key| heap.raw_name(key).into_owned())
            .filter(|key| is_name(key));
        match (part, key) {
            (Slot::Value, Some(key)) => Part::Get(key),
            (Slot::Key, _) => Part::Entry(index),
            (Slot::Value, None) => Part::Value(index),
            (Slot::Element, _) => Part::Element(index),
        }
    }

    /// The package that a node's code belongs to, by its script, or the source of that.
    fn package(&self, node: NodeId) -> Option<String> {
        let script = self.scripts.source(self.view.heap, node)?;
        // Vite's folder of bundled packages is none.
        let package = package(&script).filter(|name| *name != ".vite");
        package.map(str::to_owned)
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
        && key.split([':', '-', '.', '/']).all(is_identifier)
}

/// What code calls an object of a page.
pub(super) fn page_name(name: &str) -> Option<Spans> {
    let known = match name {
        "HTMLDocument" | "Document" => "document",
        "<body>" => "document.body",
        "<html>" => "document.documentElement",
        "<head>" => "document.head",
        name if name.starts_with("Window /") || name.starts_with("Window [") => "window",
        name if name.starts_with('<') => return Some(Spans::new().name(name.to_owned())),
        _ => return None,
    };
    Some(Spans::new().index(known))
}

/// Whether code can have a name behind a dot.
fn is_plain(name: &str) -> bool {
    let bare = name.strip_prefix('#').unwrap_or(name);
    !bare.is_empty()
        && !bare.starts_with(|c: char| c.is_ascii_digit())
        && bare
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

/// "a Map", "an Array".
pub(super) fn with_article(class: Spans) -> Spans {
    let first = class.iter().next().map_or("", |span| &span.text);
    let vowel = first.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u']);
    Spans::from(if vowel { "an " } else { "a " }).then(class)
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
    use crate::text::mask::Reveal;

    #[test]
    fn expressions_read_like_code() {
        let member = |name: &str| Part::Member(name.to_owned()).spans(false).plain();
        assert_eq!(member("queue"), ".queue");
        assert_eq!(member("#map"), ".#map");
        assert_eq!(member("a b"), "[\"a b\"]");
        assert_eq!(member("<symbol kStore>"), "[<symbol kStore>]");
        assert_eq!(member("7"), "[\"7\"]");
        let with_article = |class| with_article(Spans::new().name(class)).plain();
        assert_eq!(with_article("Array"), "an Array");
        assert_eq!(with_article("Map"), "a Map");
        let parts = [
            Part::Element(2),
            Part::Member("jane.doe@example.com".to_owned()),
            Part::Member("next".to_owned()),
            Part::Member("next".to_owned()),
            Part::Member("next".to_owned()),
        ];
        let mut expression = Expression {
            parts: parts.to_vec(),
            origin: None,
        };
        let text = "next × 3 [\"jane.doe@example.com\"][2]";
        assert_eq!(expression.spans().plain(), text);
        assert_eq!(
            expression.spans().shown(Reveal::Nothing),
            "next × 3 [\"[key, 20 characters]\"][2]"
        );
        expression.begin(Spans::new().edge("users"), Spans::new());
        assert!(expression.spans().plain().starts_with("users.next × 3 ["));
        assert_eq!(expression.event(), None);
        expression
            .parts
            .insert(0, Part::Member("_events".to_owned()));
        expression.parts.insert(0, Part::Member("a `b`".to_owned()));
        assert_eq!(expression.event(), Some("a `b`"));
        assert!(expression.mentions("doe@"));
    }
}
