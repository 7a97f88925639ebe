//! A heap and a sampling profile of the same process, joined: which functions allocate a class, a closure, what a
//! suspect keeps. The other way is [`of_function`](super::of_function).
//!
//! Both know where functions begin: the profile in its frames, the heap in the places of closures and constructors. A
//! script is known by its path or URL. Objects do not say who allocated them, so the answer is a guess, and each comes with
//! how it was found and how sure that is.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap, Place};
use crate::profile::rows::{Row, rows};
use crate::profile::tree::{Direction, Tree};
use crate::profile::{By, FunctionId, Grouping, Profile};
use crate::snapshot::NodeKind;
use crate::task::Task;
use crate::text::place::file_name;

/// How sure a match is; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The same script, line and column.
    Place,
    /// The same script, and the function's name or its neighbourhood.
    File,
    /// The same name only, perhaps in a file of the same name elsewhere.
    Name,
}

impl Certainty {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::File => "file",
            Self::Name => "name",
        }
    }

    /// In two words.
    pub fn in_short(self) -> &'static str {
        match self {
            Self::Place => "exact",
            Self::File => "same file",
            Self::Name => "same name",
        }
    }

    /// In words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Place => "exact place",
            Self::File => "same file",
            Self::Name => "same name only",
        }
    }
}

/// What a function of the profile has to do with the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It is their constructor.
    Constructor,
    /// It calls their constructor.
    Creator,
    /// It has the closure written in it.
    Encloses,
}

impl Role {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Constructor => "constructor",
            Self::Creator => "creator",
            Self::Encloses => "encloses",
        }
    }

    /// The same in a word or two, as they follow a function.
    pub fn in_short(self) -> &'static str {
        match self {
            Self::Constructor => "its constructor",
            Self::Creator => "creates it",
            Self::Encloses => "encloses it",
        }
    }

    /// In words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Constructor => "the constructor",
            Self::Creator => "calls the constructor",
            Self::Encloses => "the closure is written in it",
        }
    }
}

/// A function of the profile that allocates what was asked for, most likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    /// The function.
    pub function: FunctionId,
    /// What it has to do with the objects.
    pub role: Role,
    /// How sure the match is.
    pub certainty: Certainty,
    /// Bytes that it allocated itself, of whatever kind.
    pub self_size: u64,
    /// With those of what it called, each stack once.
    pub total_size: u64,
}

/// Where a function begins: script, line, column.
type CallSite<'p> = (&'p str, i64, i64);

/// The frames of a profile, ready to be found by place and by name.
#[derive(Debug)]
pub struct Allocators<'p> {
    profile: &'p Profile,
    grouping: Grouping,
    rows: HashMap<u32, Row>,
    by_spot: HashMap<CallSite<'p>, FunctionId>,
    /// Functions by script, in the order of their places.
    by_script: HashMap<&'p str, Vec<FunctionId>>,
    by_name: HashMap<&'p str, Vec<FunctionId>>,
}

/// How many creators of a class are told.
const CREATORS: usize = 3;

impl<'p> Allocators<'p> {
    /// Prepares a profile. Linear in its frames.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn new(profile: &'p Profile, task: &Task) -> Result<Self> {
        let grouping = Grouping::new(profile, By::Function);
        let rows = rows(profile, &grouping, task)?;
        let mut this = Self {
            profile,
            by_spot: HashMap::new(),
            by_script: HashMap::new(),
            by_name: HashMap::new(),
            rows: rows.iter().map(|&row| (row.group, row)).collect(),
            grouping,
        };
        for row in &rows {
            let function = this.grouping.function(row.group);
            let frame = profile.frame(function);
            if !frame.has_place() || frame.url.is_empty() {
                continue;
            }
            let url = path_of(frame.url);
            this.by_spot
                .entry((url, frame.line, frame.column))
                .or_insert(function);
            this.by_script.entry(url).or_default().push(function);
            if !frame.name.is_empty() {
                this.by_name.entry(frame.name).or_default().push(function);
            }
        }
        for functions in this.by_script.values_mut() {
            functions.sort_by_key(|&function| {
                let frame = profile.frame(function);
                (frame.line, frame.column)
            });
        }
        Ok(this)
    }

    /// The functions that allocate the objects of a class, the likeliest first.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_class(
        &self,
        heap: &Heap,
        scripts: &Scripts,
        class: ClassId,
        task: &Task,
    ) -> Result<Vec<Allocation>> {
        let class = heap.class(class);
        self.of_constructor(class.place, constructor(&class.name), scripts, task)
    }

    /// The functions that allocate an object like this one, the likeliest first.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_node(
        &self,
        heap: &Heap,
        scripts: &Scripts,
        node: NodeId,
        task: &Task,
    ) -> Result<Vec<Allocation>> {
        if heap.kind(node) == NodeKind::CLOSURE {
            return Ok(self.of_closure(heap, scripts, node).into_iter().collect());
        }
        let name = constructor(heap.class_name(node));
        self.of_constructor(heap.place(node), name, scripts, task)
    }

    /// A constructor and those that call it.
    fn of_constructor(
        &self,
        place: Option<Place>,
        name: Option<&str>,
        scripts: &Scripts,
        task: &Task,
    ) -> Result<Vec<Allocation>> {
        let mut found = Vec::new();
        for (function, certainty) in self.functions_at(place, name, scripts) {
            found.extend(self.allocation(function, Role::Constructor, certainty));
            // Room for an object is made before its constructor runs: what is counted there counts to the caller.
            let tree = Tree {
                profile: self.profile,
                grouping: &self.grouping,
                direction: Direction::Callers,
            };
            let whole = tree.of_group(self.grouping.of(function), task)?;
            for caller in tree.below(&whole, task)?.iter().take(CREATORS) {
                let caller = self.grouping.function(caller.group);
                found.extend(self.allocation(caller, Role::Creator, certainty));
            }
        }
        found.sort_by_key(|found| (found.certainty, found.role));
        found.dedup_by_key(|found| found.function);
        Ok(found)
    }

    /// The functions of the profile at a place, else of a name in that script, else of that name anywhere.
    fn functions_at(
        &self,
        place: Option<Place>,
        name: Option<&str>,
        scripts: &Scripts,
    ) -> Vec<(FunctionId, Certainty)> {
        let script = place
            .and_then(|place| scripts.name(place.script_id))
            .map(path_of);
        if let (Some(place), Some(script)) = (place, script) {
            let call_site = (script, i64::from(place.line), i64::from(place.column));
            if let Some(&function) = self.by_spot.get(&call_site) {
                return vec![(function, Certainty::Place)];
            }
        }
        let named = name
            .and_then(|name| self.by_name.get(name))
            .map_or(&[][..], Vec::as_slice);
        let in_script = |&&function: &&FunctionId| {
            script.is_some_and(|script| path_of(self.profile.frame(function).url) == script)
        };
        if let Some(&function) = named.iter().find(in_script) {
            return vec![(function, Certainty::File)];
        }
        // A place that is known and not in the profile: a function of that name elsewhere is another one, unless the
        // same file was loaded from elsewhere.
        let same_file = |function: FunctionId| match script {
            Some(script) => file_name(script) == file_name(self.profile.frame(function).url),
            None => true,
        };
        let found = named.iter().filter(|&&function| same_file(function));
        found.map(|&function| (function, Certainty::Name)).collect()
    }

    /// The function that a closure is written in: what makes closures allocates them.
    fn of_closure(&self, heap: &Heap, scripts: &Scripts, closure: NodeId) -> Option<Allocation> {
        let context = internal(heap, closure, "context");
        let outer = context.and_then(|context| scripts.place_of_context(heap, context));
        if let Some(place) = outer
            && let Some(script) = scripts.name(place.script_id)
        {
            let call_site = (
                path_of(script),
                i64::from(place.line),
                i64::from(place.column),
            );
            if let Some(&function) = self.by_spot.get(&call_site) {
                return self.allocation(function, Role::Encloses, Certainty::Place);
            }
        }
        let place = heap.place(closure)?;
        let functions = self
            .by_script
            .get(path_of(scripts.name(place.script_id)?))?;
        let at = (i64::from(place.line), i64::from(place.column));
        let before = functions.partition_point(|&function| {
            let frame = self.profile.frame(function);
            (frame.line, frame.column) < at
        });
        // The last function that begins before it may have ended before it, too.
        let function = *functions.get(before.checked_sub(1)?)?;
        self.allocation(function, Role::Encloses, Certainty::File)
    }

    fn allocation(
        &self,
        function: FunctionId,
        role: Role,
        certainty: Certainty,
    ) -> Option<Allocation> {
        let row = self.rows.get(&self.grouping.of(function))?;
        Some(Allocation {
            function,
            role,
            certainty,
            self_size: row.self_size,
            total_size: row.once_size,
        })
    }
}

/// What piles up with a suspect, by who allocates it: the surest and largest first.
///
/// # Errors
/// When the task is cancelled.
pub fn of_suspect(
    allocators: &Allocators<'_>,
    heap: &Heap,
    scripts: &Scripts,
    example: Option<NodeId>,
    classes: &[&str],
    task: &Task,
) -> Result<Vec<Allocation>> {
    let mut found = Vec::new();
    if let Some(node) = example {
        found.extend(allocators.of_node(heap, scripts, node, task)?);
    }
    for (class, of) in (0u32..).map(ClassId).zip(heap.classes()) {
        if classes.contains(&of.name.as_str()) {
            found.extend(allocators.of_class(heap, scripts, class, task)?);
        }
    }
    found.sort_by_key(|found| (found.certainty, Reverse(found.total_size), found.role));
    let mut known = std::collections::HashSet::new();
    found.retain(|found| known.insert(found.function));
    // Where something is sure, what has only the same name is another one.
    if found.iter().any(|found| found.certainty < Certainty::Name) {
        found.retain(|found| found.certainty < Certainty::Name);
    }
    Ok(found)
}

/// The name of a class that may be that of a constructor: not `(array)`, `{a, b}` or `system / Context`.
pub(super) fn constructor(class: &str) -> Option<&str> {
    let made_up = class.starts_with(['(', '{']) || class.contains([' ', '/']);
    // Every program makes these, in its own ways.
    let built_in = matches!(
        class,
        "" | "Object" | "Array" | "Function" | "Map" | "Set" | "Promise"
    );
    (!made_up && !built_in).then_some(class)
}

/// A script's path, however it is written: modules are `file:` URLs in profiles and in heaps, scripts paths.
pub(super) fn path_of(url: &str) -> &str {
    url.strip_prefix("file://").unwrap_or(url)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, Location};

    /// A heap with a class `Order` from /srv/orders.js:7:14 and a closure `onChange` from line 16 in `remember`.
    pub(in crate::analysis) fn heap() -> Heap {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let order = sketch.rooted(NodeKind::OBJECT, "Order", 24);
        let file = sketch.node(NodeKind::STRING, "/srv/orders.js", 8);
        let script = sketch.node(NodeKind::CODE, "/srv/orders.js", 8);
        sketch.edge(script, internal, "name", file);
        let mut closures = Vec::new();
        for (name, line) in [("onChange", 16), ("Order", 7), ("remember", 15)] {
            let closure = sketch.rooted(NodeKind::CLOSURE, name, 8);
            let shared = sketch.node(NodeKind::CODE, name, 8);
            sketch.edge(closure, internal, "shared", shared);
            sketch.edge(shared, internal, "script", script);
            sketch.locations.push(Location {
                node: closure.0,
                script_id: 9,
                line,
                column: 14,
            });
            let scope = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
            sketch.edge(shared, internal, "name_or_scope_info", scope);
            closures.push((closure, scope));
        }
        let context = sketch.node(NodeKind::OBJECT, "system / Context", 8);
        sketch.edge(context, internal, "scope_info", closures[2].1);
        sketch.edge(closures[0].0, internal, "context", context);
        sketch.locations.push(Location {
            node: order.0,
            script_id: 9,
            line: 7,
            column: 14,
        });
        sketch.locations.sort();
        sketch.heap()
    }

    fn profile(url: &str, order_line: i64) -> Profile {
        let frame = |name: &str, line: i64, size: u64, below: &str| {
            format!(
                r#"{{"callFrame":{{"functionName":"{name}","scriptId":"40","url":"{url}","lineNumber":{line},"columnNumber":14}},
                "selfSize":{size},"children":[{below}]}}"#
            )
        };
        let order = frame("Order", order_line, 500, "");
        let remember = frame("remember", 15, 70, "");
        let handle = frame("handle", 30, 90, &format!("{order},{remember}"));
        let text = format!("{{\"head\":{}}}", frame("(root)", -1, 0, &handle));
        Profile::read(text.as_bytes(), &Task::new()).unwrap()
    }

    fn names(profile: &Profile, found: &[Allocation]) -> Vec<(String, Role, Certainty)> {
        let name = |found: &Allocation| profile.frame(found.function).name.to_owned();
        found
            .iter()
            .map(|found| (name(found), found.role, found.certainty))
            .collect()
    }

    #[test]
    fn from_objects_to_the_functions_that_allocate_them() {
        let heap = heap();
        let task = Task::new();
        let scripts = Scripts::build(&heap, &task).unwrap();
        let order = (0u32..)
            .map(ClassId)
            .zip(heap.classes())
            .find(|(_, class)| class.name == "Order")
            .unwrap()
            .0;
        let closure = heap
            .graph()
            .nodes()
            .find(|&node| heap.raw_name(node) == "onChange")
            .unwrap();
        let ask = |profile: &Profile| {
            let allocators = Allocators::new(profile, &task).unwrap();
            let class = allocators.of_class(&heap, &scripts, order, &task).unwrap();
            let closure = allocators.of_node(&heap, &scripts, closure, &task).unwrap();
            (names(profile, &class), names(profile, &closure))
        };
        let expected = |certainty| {
            vec![
                ("Order".to_owned(), Role::Constructor, certainty),
                ("handle".to_owned(), Role::Creator, certainty),
            ]
        };
        let (class, of_closure) = ask(&profile("file:///srv/orders.js", 7));
        assert_eq!(class, expected(Certainty::Place));
        assert_eq!(
            of_closure,
            [("remember".to_owned(), Role::Encloses, Certainty::Place)]
        );
        let (class, _) = ask(&profile("/srv/orders.js", 8));
        assert_eq!(class, expected(Certainty::File));
        let (class, of_closure) = ask(&profile("/srv/other.js", 7));
        assert_eq!(class, [], "a class of a known script is not one of another");
        assert_eq!(of_closure, []);
    }
}
