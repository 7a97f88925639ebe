//! A suspicion in sentences: what holds, what accumulates, how fast, why it stays, what a change would free.

use std::collections::HashMap;
use std::time::Duration;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::TELLING;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::text::code::{Role, is_code};
use crate::text::span::Spans;
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta, pace};

use super::bounded::Until;
use super::case::Case;
use super::classes::ClassNo;
use super::expression::{NameParts, with_article};
use super::first_seen::DumpNo;
use super::keeping_function::KeepingFunction;
use super::measure::Measurement;
use super::pattern::Pattern;
use super::remedy::{is_documented, remedy};
use super::suspect::Explanation;
use super::verdict::{Basis, Evidence};
use super::view::PLUMBING;

/// Dumps closer together than this were taken in one go: the time between them is nothing to tell.
const SOON: Duration = Duration::from_secs(1);
/// Rows that are told beside the first.
const ALSO: usize = 2;
/// How many keys of a Map are looked at.
const KEYS: usize = 4096;
/// A smaller share of the earlier members that are still there is told as a doubt.
const MOST_STAY: f64 = 0.8;
/// Where code and the engine's own data make up more of the heap's growth than this share, both figures are told.
const MUCH_CODE: f64 = 0.05;
/// A smaller share of the heap's growth is told as a doubt.
const LITTLE: f64 = 0.05;

/// What an object is called.
pub(super) struct Named {
    /// What leads to it, and what it is: "`bus` (a Map; a variable of the module server.js)".
    pub full: Spans,
    /// What leads to it: "`bus`".
    pub short: Spans,
}

impl Named {
    /// One name for both.
    fn only(name: Spans) -> Self {
        Self {
            full: name.clone(),
            short: name,
        }
    }
}

/// The holder in words: what leads to it and what it is.
pub(super) fn holder_name(case: &Case<'_>, pattern: Pattern) -> Named {
    let heap = case.view.heap;
    if pattern == Pattern::RegisteredSymbols {
        return Named::only(Spans::new().prose("the registry of symbols (`Symbol.for`)"));
    }
    if let Some(class) = case.plan.roots {
        let class = class_of(case, class);
        let root = heap.raw_name(case.holder);
        let bare = root.trim_matches(['(', ')']).to_owned();
        let text = Spans::from("native code");
        let (text, end) = match bare.is_empty() {
            true => (text, ""),
            false if is_code(&root, Role::Class) => (text.note(" (").index(bare), ")"),
            false => (text.note(" (").name(bare), ")"),
        };
        let name = text.note(", which holds each ").then(class).note(end);
        return Named::only(name);
    }
    let what = match pattern {
        _ if heap.kind(case.holder) != NodeKind::NATIVE => "",
        Pattern::EventListeners => "its event listeners, ",
        Pattern::Observers => "its observers, ",
        Pattern::Timers => "its timers, ",
        Pattern::FrameCallbacks => "its frame callbacks, ",
        _ => "",
    };
    let mut name = named((heap, case.scripts), case.holder, case.name_parts, what);
    let others = case.group.holders.len().saturating_sub(1);
    if case.group.same_shape && others > 0 {
        let more = Spans::from(" and ")
            .number(grouped(others as u64))
            .note(" more like it");
        name.full.append(more);
    }
    name
}

/// An object in words: what leads to it and what it is; `what` of it stands before that.
pub(super) fn named(
    (heap, scripts): (&Heap, &Scripts),
    holder: NodeId,
    name_parts: &NameParts,
    what: &'static str,
) -> Named {
    // A page's objects carry its address.
    let class = match heap.class_name(holder).split_once(" / ") {
        Some((own, _)) if own != "system" => Spans::new().name(own.to_owned()),
        _ => scripts.class_of(heap, holder),
    };
    let expression = &name_parts.expression;
    let mut notes = Vec::new();
    if !name_parts.is_member {
        notes.push(with_article(class.clone()));
    } else if !name_parts.holder_is_context {
        notes.push(Spans::from("a property of ").then(with_article(class.clone())));
    }
    notes.extend(name_parts.origin_words());
    let package = name_parts.package.as_ref();
    notes.extend(package.map(|package| Spans::from("package ").place(package.clone())));
    let mut name = match expression.is_empty() {
        // What a string says is nobody's name.
        true if heap.kind(holder).is_string() || heap.kind(holder) == NodeKind::REGEXP => {
            class.clone()
        }
        true => scripts.label(heap, holder),
        false => Spans::new().code(expression.spans()),
    };
    if expression.is_empty() {
        if name.plain() == class.plain() && !name_parts.is_member {
            // Its class has been said.
            notes.remove(0);
        }
        name = name.note(" ").id(heap.id(holder));
    }
    if notes.is_empty() {
        return Named::only(name);
    }
    let full = name
        .clone()
        .note(" (")
        .note(if expression.is_empty() { "" } else { what })
        .then(Spans::list(notes, "; "))
        .note(")");
    let short = if expression.is_empty() {
        full.clone()
    } else {
        name
    };
    Named { full, short }
}

/// A class as code.
fn class_of(case: &Case<'_>, class: ClassNo) -> Spans {
    Spans::new().code(case.scripts.class(case.classes.get(class)))
}

/// Figures of the dumps with arrows between.
fn list(values: &[u64], show: impl Fn(u64) -> String) -> Spans {
    let texts: Vec<String> = values.iter().map(|&value| show(value)).collect();
    Spans::new().number(texts.join(" → "))
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// The explanation of a suspicion, part by part.
pub(super) fn explanation(case: &Case<'_>, pattern: Pattern) -> Explanation {
    let package = case.name_parts.package.as_ref().map(|package| {
        let text = Spans::from("The holder's code is in the package ");
        text.place(package.clone()).note(".")
    });
    let share = case.verdict.evidence.share;
    Explanation {
        what: what_accumulates(case, pattern),
        how_much: how_much(case),
        also: match case.verdict.basis {
            Basis::Table => Spans::new(),
            _ => also(case),
        },
        why: why_alive(case, pattern),
        way: only_way(case, pattern),
        evidence: match case.verdict.basis {
            Basis::Size => Spans::from("It is ")
                .number(percent(share))
                .note(" of the application's heap; whether it grows, one dump does not tell."),
            _ => evidence(&case.verdict.evidence),
        },
        package: package.unwrap_or_default(),
        remedy: remedy(case, pattern),
        against: against(case, pattern),
    }
}

fn what_accumulates(case: &Case<'_>, pattern: Pattern) -> Spans {
    let name = holder_name(case, pattern).full;
    if case.verdict.basis == Basis::Bytes {
        let largest = case.measurements.all.last().map_or(0, |last| last.largest);
        return name
            .note(
                " grows in bytes, while no class has more objects: its contents are replaced by larger \
                 values; the largest is ",
            )
            .number(bytes(largest))
            .note(" now.");
    }
    let Some(row) = case.verdict.accumulating.first() else {
        return name.note(
            " has a table of its own that grows, while the objects in it do not: it fills with numbers, or with \
             what others hold.",
        );
    };
    let class = class_of(case, row.class);
    let now = row.counts.last().copied().unwrap_or(0);
    if row.counts.len() < 2 {
        let text = name.note(" holds ").number(grouped(now)).note(" ");
        return text.then(class).note(".");
    }
    let held = row.held.min(now);
    let (kept, alive) = match (row.whole_dump, held == now) {
        (true, true) => (Spans::from("all ").number(grouped(now)), " alive: "),
        (true, false) => {
            let kept = Spans::new().number(grouped(held));
            let kept = kept.note(" of the heap's ").number(grouped(now));
            (kept, " alive; the heap had ")
        }
        (false, _) => (Spans::new().number(grouped(now)), " alive: "),
    };
    let text = name.note(" keeps ").then(kept).note(" ").then(class);
    let text = text.note(alive).then(list(&row.counts, grouped));
    let text = text.then(pace_of(&row.counts)).note(".");
    match case.keeping_function {
        Some(by) => text.sentence(by_words(by)),
        None => text,
    }
}

/// ", +30 at every step", ", step by step +2, 0, −1".
fn pace_of(counts: &[u64]) -> Spans {
    let steps: Vec<i64> = counts
        .windows(2)
        .map(|pair| pair[1] as i64 - pair[0] as i64)
        .collect();
    match steps.as_slice() {
        [] => Spans::new(),
        [step] => Spans::from(", ").number(grouped_delta(*step)),
        [first, rest @ ..] if rest.iter().all(|step| step == first) => Spans::from(", ")
            .number(grouped_delta(*first))
            .note(" at every step"),
        steps => {
            let steps: Vec<String> = steps.iter().map(|&step| grouped_delta(step)).collect();
            Spans::from(", step by step ").number(steps.join(", "))
        }
    }
}

/// The functions that keep what accumulates.
fn by_words(by: &KeepingFunction) -> Spans {
    let text = Spans::from("They are kept by ")
        .number(grouped(by.count))
        .note(" functions");
    let place = by.place.clone();
    match by.name.is_empty() {
        true => text.note(" written at ").place(place).note("."),
        false => text
            .note(" ")
            .code(Spans::new().function(by.name.clone()))
            .note(" (")
            .place(place)
            .note(")."),
    }
}

fn how_much(case: &Case<'_>) -> Spans {
    let sizes = &case.verdict.bytes;
    let (Some(&first), Some(&last)) = (sizes.first(), sizes.last()) else {
        return Spans::new();
    };
    let what = match case.verdict.basis {
        Basis::Table => "The table takes ",
        Basis::Entries => "They come to about ",
        _ => "With everything they hold: ",
    };
    let mut text = Spans::from(what).then(list(sizes, bytes));
    if sizes.len() > 1 {
        let grown = last as i64 - first as i64;
        let pace = match case.span {
            Some(span) if span >= TELLING => {
                format!("{}, {}", bytes_delta(grown), pace(grown, span, TELLING))
            }
            Some(span) if span >= SOON => pace(grown, span, TELLING),
            _ => bytes_delta(grown),
        };
        text = text.note(" (").number(pace).note(")");
    }
    let count = case
        .verdict
        .accumulating
        .first()
        .and_then(|row| row.counts.last().copied());
    if let Some(count) = count.filter(|&count| count > 0 && case.verdict.basis != Basis::Bytes) {
        text = text.note(", ").number(bytes(last / count)).note(" each");
    }
    text.note(".")
}

/// Other classes that grow with the first.
fn also(case: &Case<'_>) -> Spans {
    let rows: Vec<Spans> = (1..=ALSO)
        .filter_map(|at| case.verdict.accumulating.get(at))
        .map(|row| {
            let class = class_of(case, row.class).note(" (");
            class.then(list(&row.counts, grouped)).note(")")
        })
        .collect();
    match rows.is_empty() {
        true => Spans::new(),
        false => Spans::from("With them grow ")
            .then(Spans::list(rows, " and "))
            .note("."),
    }
}

fn why_alive(case: &Case<'_>, pattern: Pattern) -> Spans {
    if pattern == Pattern::RegisteredSymbols {
        return "They are not collected because the engine keeps every symbol of `Symbol.for` for the life of the process."
            .into();
    }
    if case.is_roots() {
        return "They are not collected because native code holds them (an open socket, watcher, stream or the like): \
                the dump shows no JavaScript object that does."
            .into();
    }
    let dumps = case.first_seen.dumps();
    let age = match case.first_seen.of(case.holder) {
        Some(DumpNo::FIRST) if dumps > 2 => Spans::from(", and the holder is the same in all ")
            .number(dumps.to_string())
            .note(" dumps"),
        Some(first) if first > DumpNo::FIRST => {
            Spans::from(", and the holder is there since ").number(format!("s{}", first.get()))
        }
        _ => Spans::new(),
    };
    let begin = match &case.name_parts.expression.origin {
        Some(origin) => Spans::new().code(origin.name.clone()),
        None => "the holder".into(),
    };
    Spans::from("They are not collected because ")
        .then(begin)
        .note(" is alive: it is reached from ")
        .then(case.name_parts.root.clone())
        .then(age)
        .note(".")
}

/// Whether the holder is the only one, and what a change there would free.
fn only_way(case: &Case<'_>, pattern: Pattern) -> Spans {
    let Some(last) = case.measurements.all.last() else {
        return Spans::new();
    };
    if case.verdict.basis == Basis::Table {
        return Spans::new();
    }
    let mut text = match case.verdict.bounded {
        // Nothing has to be released.
        Some(_) => Spans::new(),
        None => who_releases(case, last),
    };
    if let Some(trees) = case.detached_trees() {
        text = text.sentence(trees);
    }
    if let Some(bounded) = case.verdict.bounded {
        let this = Spans::from("This is ").note(bounded.what);
        text = text.sentence(match bounded.until {
            Until::Limit(limit) => this
                .note(", which keeps ")
                .number(grouped(limit))
                .note(" at most: it fills by design and is no leak below that."),
            Until::Steady => this.note(": it fills while the program warms up."),
            Until::Ever => this.note(": it is as long as there are connections."),
        });
    }
    if pattern == Pattern::Timers && case.has_store() {
        text = text.sentence("The timers carry an AsyncLocalStorage store with them.".into());
    }
    if pattern == Pattern::GrowingMap && case.keys_are_only_here() {
        text = text.sentence(
            "Its keys are objects and the Map is their only strong holder: a WeakMap would not keep them."
                .into(),
        );
    }
    text
}

/// All that have to release what accumulates, and what that frees.
fn who_releases(case: &Case<'_>, last: &Measurement) -> Spans {
    let co = match case.group.same_shape {
        true => 0,
        false => case.plan.holders.len().saturating_sub(1),
    };
    let entries = last.entry_count();
    let owned: u64 = last.owned.values().sum();
    if co > 0 {
        let more = match co.saturating_sub(case.others.len()) {
            0 => Spans::new(),
            more => Spans::from(" and ").number(more.to_string()).note(" more"),
        };
        return Spans::from("They are held in ")
            .number((co + 1).to_string())
            .note(" places, also by ")
            .then(Spans::list(case.others.iter().cloned(), ", "))
            .then(more)
            .note(match co {
                1 => ": only when both release them, ",
                _ => ": only when all release them, ",
            })
            .number(bytes(last.bytes))
            .note(" is freed.");
    }
    if case.verdict.basis == Basis::Entries {
        let text = Spans::from("Without this holder ")
            .number(grouped(entries - owned.min(entries)))
            .note(" of ")
            .number(grouped(entries))
            .note(" would stay, as others hold them too; ");
        return match last.bytes {
            0 => text.note("nothing would be freed."),
            freed => text.number(bytes(freed)).note(" would be freed."),
        };
    }
    let all = match entries > 0 && owned < entries && last.entries.len() > 1 {
        true => "Nothing else holds most of them: releasing them here frees ",
        false => "Nothing else holds them: releasing them here frees ",
    };
    Spans::from(all).number(bytes(last.bytes)).note(".")
}

fn evidence(evidence: &Evidence) -> Spans {
    let mut text = Spans::from("Evidence: ");
    if evidence.intervals > 0 {
        text = text
            .note("it grew in ")
            .number(evidence.ups.to_string())
            .note(" of ")
            .number(evidence.intervals.to_string())
            .note(" intervals, ");
    }
    if let Some(survival) = evidence.survival {
        text = text
            .number(percent(survival))
            .note(" of the objects of the second-to-last dump are still alive, ");
    }
    text.note("it makes up ").then(shares(evidence)).note(".")
}

/// "31% of the heap's growth, 99% of the growth of JavaScript data".
fn shares(evidence: &Evidence) -> Spans {
    let text = Spans::new()
        .number(percent(evidence.heap_share))
        .note(" of the heap's growth");
    match evidence.share - evidence.heap_share > MUCH_CODE {
        true => text
            .note(", ")
            .number(percent(evidence.share))
            .note(" of the growth of JavaScript data"),
        false => text,
    }
}

/// What of the evidence speaks against a leak.
fn doubts(evidence: &Evidence) -> Spans {
    let mut doubts = Spans::new();
    let of = evidence.intervals;
    let flat = of.saturating_sub(evidence.ups);
    let not_up = match (evidence.downs, flat) {
        (0, 0) => None,
        (0, flat) => Some(("It did not grow in ", flat)),
        (downs, _) => Some(("It shrank in ", downs)),
    };
    if let Some((words, count)) = not_up {
        doubts = Spans::from(words)
            .number(count.to_string())
            .note(" of ")
            .number(of.to_string())
            .note(" intervals.");
    }
    if let Some(survival) = evidence.survival.filter(|&share| share < MOST_STAY) {
        doubts = doubts.sentence(
            Spans::new()
                .number(percent(1.0 - survival))
                .note(" of the objects of the second-to-last dump are gone: it may be renewed rather than filled."),
        );
    }
    if of > 0 && evidence.share < LITTLE {
        doubts = doubts.sentence(
            Spans::from("It explains only ")
                .number(format!("{:.1}%", evidence.heap_share * 100.0))
                .note(" of the heap's growth."),
        );
    }
    doubts
}

/// What would show that it is no leak.
fn against(case: &Case<'_>, pattern: Pattern) -> Spans {
    let refute = match pattern {
        Pattern::LargeHolder
        | Pattern::OpenHandles
        | Pattern::DetachedDom
        | Pattern::RegisteredSymbols
        | Pattern::RuntimeBuffer => "",
        // Known to have no limit, or told with the option that sets one.
        _ if is_documented(case) => "",
        Pattern::EventListeners
        | Pattern::Timers
        | Pattern::PendingPromises
        | Pattern::Observers
        | Pattern::FrameCallbacks
        | Pattern::Channels => {
            "It is no leak if the number stops rising; another dump later would show that."
        }
        _ => {
            "A dump does not show limits: if there is one, a dump taken after it is reached would show the growth end."
        }
    };
    let third = match case.first_seen.dumps() {
        2 => "Two dumps show a difference, not a trend: take a third.",
        _ => "",
    };
    let doubts = doubts(&case.verdict.evidence);
    doubts.sentence(refute.into()).sentence(third.into())
}

impl Case<'_> {
    /// Whether an element that accumulates carries an asynchronous context's store.
    fn has_store(&self) -> bool {
        let heap = self.view.heap;
        let graph = heap.graph();
        self.group.topmost.iter().take(4).any(|&top| {
            let top = self.topmost.node(top);
            let mut edges = graph.edges_from(top);
            edges.any(|edge| {
                let target = heap.kind(graph.target(edge));
                matches!(target, NodeKind::OBJECT | NodeKind::CLOSURE)
                    && heap.edge_name(edge).to_string().contains("kResourceStore")
            })
        })
    }

    /// Detached trees among what is freed, counted by their topmost new objects.
    fn detached_trees(&self) -> Option<Spans> {
        let heap = self.view.heap;
        let is_detached = |node: NodeId| {
            heap.kind(node) == NodeKind::NATIVE && heap.raw_name(node).starts_with("Detached <")
        };
        let mut trees: HashMap<&str, u64> = HashMap::new();
        for &(_, node) in &self.measurements.classed {
            if is_detached(node) && !is_detached(self.view.owner_dominator(node)) {
                *trees.entry(heap.class_name(node)).or_default() += 1;
            }
        }
        let all: u64 = trees.values().sum();
        let (class, _) = trees
            .into_iter()
            .max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)))?;
        let class = class.trim_start_matches("Detached ");
        let class = Spans::new().name(class.to_owned());
        Some(
            Spans::from("With them stay ")
                .number(grouped(all))
                .note(" detached trees, mostly of ")
                .code(class)
                .note("."),
        )
    }

    /// Whether a Map's keys are objects that nothing else holds, for the most part.
    fn keys_are_only_here(&self) -> bool {
        use crate::analysis::describe::{Part, role};
        let heap = self.view.heap;
        let graph = heap.graph();
        let (mut keys, mut only) = (0u32, 0u32);
        let tables = graph
            .edges_from(self.holder)
            .map(|edge| graph.target(edge))
            .filter(|&node| self.view.is(node, PLUMBING) && self.view.owner(node) == self.holder);
        for edge in tables.flat_map(|table| graph.edges_from(table)).take(KEYS) {
            if role(heap, edge).is_none_or(|role| role.part != Part::Key) {
                continue;
            }
            keys += 1;
            let key = graph.target(edge);
            let dominated = self.view.dominates(self.holder, key) && key != self.holder;
            only += u32::from(dominated && heap.kind(key) == NodeKind::OBJECT);
        }
        keys > 0 && only * 2 > keys
    }
}
