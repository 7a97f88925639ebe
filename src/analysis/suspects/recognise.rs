//! Known patterns, recognised in the graph.

use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, NodeKind};

use super::case::Case;
use super::expression::edge_names;
use super::page_mechanism::{mechanism, mechanism_of_class};
use super::pattern::Pattern;
use super::verdict::Basis;
use super::view::PLUMBING;

/// Rows of what accumulates that are looked at.
const MOST_CLASSES: usize = 4;
/// Holders that are looked at above one object.
const LOOKED_AT: usize = 16;

/// The pattern of a case; the first that its evidence shows, the special ones before the general.
pub(super) fn recognise(case: &Case<'_>) -> Pattern {
    match case.verdict.basis {
        Basis::Table => return Pattern::GrowingTable,
        Basis::Size => return Pattern::LargeHolder,
        _ => {}
    }
    if case.verdict.bounded.is_some() {
        return Pattern::RuntimeBuffer;
    }
    if case.is_roots() {
        return match case.leaked(0) {
            Some("(symbol)") => Pattern::RegisteredSymbols,
            Some(class) => mechanism_of_class(class).unwrap_or(Pattern::OpenHandles),
            None => Pattern::OpenHandles,
        };
    }
    pattern_of_path(case)
        .or_else(|| pattern_of_members(case))
        .unwrap_or_else(|| pattern_of_holder(case))
}

/// Patterns that are told by the way from the holder to what accumulates.
fn pattern_of_path(case: &Case<'_>) -> Option<Pattern> {
    let heap = case.view.heap;
    let entry_class = case.entry_class().unwrap_or_default();
    let class = heap.class_name(case.holder);
    if matches!(class, "TimersList" | "PriorityQueue")
        || matches!(entry_class, "Timeout" | "Immediate")
    {
        return Some(Pattern::Timers);
    }
    let near = case.path.len().saturating_sub(3);
    let names = edge_names(heap, case.path.get(near..).unwrap_or_default());
    let by = |wanted: &str| names.contains(wanted) || case.cut_names().any(|name| name == wanted);
    if LISTENERS.iter().any(|name| by(name)) || case.is_emitters_list() {
        return Some(Pattern::EventListeners);
    }
    if let Some(pattern) = mechanism(heap, case.below) {
        return Some(pattern);
    }
    if case.is_page_listeners() {
        return Some(Pattern::EventListeners);
    }
    if case.cut_names().any(|name| name.contains("kResourceStore")) {
        return Some(Pattern::AsyncLocalStorage);
    }
    if BUFFERED.iter().any(|name| by(name)) {
        return Some(Pattern::Backpressure);
    }
    None
}

/// Names under which libraries keep what is called back.
const LISTENERS: [&str; 6] = [
    "_events",
    "<symbol kEvents>",
    "_subscribers",
    "observers",
    "currentObservers",
    "listeners",
];
/// Methods that take a listener back.
const OFF: [&str; 4] = [
    "off",
    "removeListener",
    "removeEventListener",
    "unsubscribe",
];
/// Properties of an object that are looked at for such a method, and objects above a list of functions.
const METHODS: usize = 64;
const EMITTER: usize = 5;
/// Names under which streams keep what is not written yet.
const BUFFERED: [&str; 4] = [
    "_writableState",
    "<symbol kBufferedValue>",
    "outputData",
    "_readableState",
];

/// Patterns that are told by what accumulates.
fn pattern_of_members(case: &Case<'_>) -> Option<Pattern> {
    let first = case.leaked(0).unwrap_or_default();
    let few_entries = || {
        let last = case.measurements.all.last();
        last.is_none_or(|last| last.entry_count() < 3)
    };
    match first {
        "(concatenated string)" if few_entries() => return Some(Pattern::ConcatenatedText),
        "(sliced string)" => return Some(Pattern::SlicedStrings),
        "IncomingMessage" | "ServerResponse" | "Socket" | "TLSSocket" | "Http2Stream"
        | "ServerHttp2Stream" | "ClientRequest" => return Some(Pattern::RetainedRequests),
        _ if first.ends_with("Error") => return Some(Pattern::ErrorsKept),
        _ => {}
    }
    if case.slices_keep_most() {
        return Some(Pattern::SlicedStrings);
    }
    if case.is_pending() {
        return Some(Pattern::PendingPromises);
    }
    if case.verdict.basis == Basis::Bytes {
        return Some(Pattern::GrowingValue);
    }
    if case.accumulates_detached() {
        // Told beside the container that keeps them.
        let contained = super::cut::is_collection(case.view.heap, case.holder);
        return (!contained).then_some(Pattern::DetachedDom);
    }
    let buffers = matches!(
        first,
        "ArrayBuffer" | "Buffer" | "SharedArrayBuffer" | "Uint8Array"
    );
    if case.native_share() > 0.5 && (buffers || !case.accumulates_page_objects()) {
        return Some(Pattern::NativeMemory);
    }
    None
}

/// Patterns that are told by the holder and how it holds.
fn pattern_of_holder(case: &Case<'_>) -> Pattern {
    let heap = case.view.heap;
    let holder = case.holder;
    if case.group.same_shape {
        return Pattern::PerInstanceCollection;
    }
    if case.group.climbed && !super::cut::is_collection(heap, holder) {
        return match case.links_of_top() {
            0..=2 => Pattern::LinkedList,
            _ => Pattern::Tree,
        };
    }
    match case.replaced() {
        Some(true) => return Pattern::RebuiltArray,
        Some(false) => return Pattern::ReplacedState,
        None => {}
    }
    let is_drained = || {
        let survival = case.verdict.evidence.survival;
        survival.is_some_and(|survival| survival < 0.9)
    };
    match heap.class_name(holder) {
        "Map" => Pattern::GrowingMap,
        "Set" => Pattern::GrowingSet,
        "WeakMap" | "WeakSet" => Pattern::GrowingWeakMap,
        "Array" if is_drained() => Pattern::Queue,
        "Array" => Pattern::GrowingArray,
        _ if case.is_list() && case.grows_as_first("Array") => Pattern::Tree,
        _ if case.is_list() => Pattern::LinkedList,
        _ if crate::analysis::describe::is_context(heap, holder) => Pattern::ClosureVariable,
        _ if heap.is_plain_object(holder) && case.is_whole() => Pattern::Dictionary,
        _ => Pattern::GrowingObject,
    }
}

impl Case<'_> {
    /// Whether promises become more, as many as what accumulates, with functions or generators that wait for them.
    fn is_pending(&self) -> bool {
        let rise = |name: &str| {
            let row = (0..).map_while(|at| self.leaked(at).map(|class| (at, class)));
            row.filter(|(_, class)| *class == name)
                .map(|(at, _)| self.rise_of(at))
                .max()
                .unwrap_or(0)
        };
        let promises = rise("Promise");
        let waiting = rise("Generator").max(rise("Function"));
        let first = self.rise_of(0);
        promises > 0
            && waiting > 0
            && promises * 10 >= first * 8
            && self.entry_class().is_none_or(|entry_class| {
                matches!(entry_class, "Function" | "Promise" | "Generator")
            })
    }

    /// Whether detached nodes are what accumulates, or accumulate with it: an object of the page's own for each of them.
    fn accumulates_detached(&self) -> bool {
        let first = self.rise_of(0);
        let with_it = (0..MOST_CLASSES)
            .map_while(|at| self.leaked(at).map(|class| (at, class)))
            .any(|(at, class)| {
                class.starts_with("Detached ")
                    && !class.starts_with("Detached Node / ")
                    && self.rise_of(at) * 2 >= first
            });
        with_it
            || self.first_example().is_some_and(|node| {
                self.view.heap.kind(node) == NodeKind::NATIVE
                    && self.view.heap.detachedness(node) == 2
            })
    }

    /// Whether functions accumulate in a list, or a Map of lists, of an object that can take listeners back.
    fn is_emitters_list(&self) -> bool {
        let heap = self.view.heap;
        let graph = heap.graph();
        let first = self.below.first();
        if first.is_none_or(|step| heap.kind(step.node) != NodeKind::CLOSURE) {
            return false;
        }
        let named = |node: NodeId, names: &[&str]| {
            let edges = graph.edges_from(node).take(METHODS);
            let mut properties = edges.filter(|&edge| heap.edge_kind(edge) == EdgeKind::PROPERTY);
            properties.find(|&edge| names.contains(&&*heap.edge_name(edge).to_string()))
        };
        let takes_back = |node: NodeId| {
            let prototype = named(node, &["__proto__"]).map(|edge| graph.target(edge));
            named(node, &OFF).is_some()
                || prototype.is_some_and(|prototype| named(prototype, &OFF).is_some())
        };
        let near = self.path.iter().rev().take(EMITTER);
        near.map(|step| step.node)
            .filter(|&node| heap.kind(node) == NodeKind::OBJECT)
            .any(takes_back)
    }

    /// Whether what accumulates hangs on listeners of a page: functions, held by the browser's objects for listeners.
    fn is_page_listeners(&self) -> bool {
        let heap = self.view.heap;
        let graph = heap.graph();
        self.group.topmost.iter().take(4).any(|&top| {
            let mut above = vec![self.topmost.node(top)];
            let mut next = 0;
            while let Some(&node) = above.get(next) {
                next += 1;
                if next > LOOKED_AT {
                    break;
                }
                for edge in graph.edges_into(node).take(LOOKED_AT) {
                    let source = graph.source(edge);
                    if !self.view.is(source, PLUMBING) || !self.view.holds(edge) {
                        continue;
                    }
                    if heap.raw_name(source).contains("EventListener") {
                        return true;
                    }
                    above.push(source);
                }
            }
            false
        })
    }

    /// Whether one object that is new in the last dump leads to what accumulates, behind a named property; if so,
    /// whether that is an array.
    fn replaced(&self) -> Option<bool> {
        let heap = self.view.heap;
        if self.is_whole() || self.verdict.entry_class.is_some() {
            return None;
        }
        let topmost = self.topmost;
        let heaviest = self
            .group
            .topmost
            .iter()
            .max_by_key(|&&top| topmost.new_bytes(top))?;
        let top = topmost.node(*heaviest);
        let is_array = heap.raw_name(top) == "Array";
        let alone = self.group.topmost.len() == 1 || !is_array;
        (self.first_seen.is_of_last_interval(top) && alone).then_some(is_array)
    }

    /// Whether slices accumulate, and most of the bytes are texts that they were cut from.
    fn slices_keep_most(&self) -> bool {
        let mut rows = (0..MOST_CLASSES).map_while(|at| self.leaked(at).map(|class| (at, class)));
        let first = self.rise_of(0);
        let slices =
            rows.any(|(at, class)| class == "(sliced string)" && self.rise_of(at) * 2 >= first);
        let Some(last) = self.measurements.all.last().filter(|_| slices) else {
            return false;
        };
        let texts: u64 = last
            .freed
            .iter()
            .filter(|(class, _)| self.classes.name(**class) == "(string)")
            .map(|(_, tally)| tally.bytes)
            .sum();
        texts * 2 > last.bytes
    }

    /// Whether what accumulates first is an object of the page's own.
    fn accumulates_page_objects(&self) -> bool {
        self.first_example()
            .is_some_and(|node| self.view.heap.kind(node) == NodeKind::NATIVE)
    }

    /// How many names of edges lead from one element of what accumulates to the next.
    fn links_of_top(&self) -> usize {
        let heap = self.view.heap;
        let mut names: Vec<String> = Vec::new();
        for &top in self.group.topmost.iter().take(16) {
            let top = self.topmost.node(top);
            for edge in heap.graph().edges_from(top).take(64) {
                let target = heap.graph().target(edge);
                if heap.class_id(target) == heap.class_id(top) && self.view.holds(edge) {
                    let name = heap.edge_name(edge).to_string();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        // Children in a container are a tree's.
        match names.len() {
            0 => usize::MAX,
            links => links,
        }
    }

    /// Whether a class becomes as many more as the first one.
    fn grows_as_first(&self, name: &str) -> bool {
        (1..MOST_CLASSES)
            .map_while(|at| self.leaked(at).map(|class| (at, class)))
            .any(|(at, class)| class == name && self.rise_of(at) == self.rise_of(0))
    }

    /// Whether one entry leads to all of it: each element holds the next.
    fn is_list(&self) -> bool {
        self.verdict.entry_class.is_none()
            && self.group.topmost.len() <= 2
            && self.first_example().is_some()
            && (1..=2).contains(&self.links_of_top())
    }
}
