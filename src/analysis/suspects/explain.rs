//! A suspicion in sentences: what holds, what piles up, how fast, why it stays, what letting go would free.

use std::collections::HashMap;

use crate::analysis::describe::label;
use crate::analysis::growth::TELLING;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::text::units::{bytes, bytes_delta, grouped, pace};

use super::case::Case;
use super::judge::{Basis, Evidence};
use super::pattern::Pattern;
use super::remedy::remedy;
use super::suspect::Told;
use super::view::PLUMBING;
use super::words::{Called, with_article};

/// Rows that are told beside the first.
const ALSO: usize = 2;
/// How many keys of a Map are looked at.
const KEYS: usize = 4096;
/// A smaller share of the earlier members that are still there is told as a doubt.
const MOST_STAY: f64 = 0.8;
/// A smaller share of the heap's growth is told as a doubt.
const LITTLE: f64 = 0.05;

/// The holder in words: what leads to it and what it is.
pub(super) fn holder_name(case: &Case<'_>, pattern: Pattern) -> String {
    let heap = case.view.heap;
    if pattern == Pattern::RegisteredSymbols {
        return "the registry of symbols (`Symbol.for`)".to_owned();
    }
    if case.is_roots() {
        let what = short(case.classes.name(case.group.top_class));
        let root = heap.raw_name(case.holder);
        return match root.trim_matches(['(', ')']) {
            "" => format!("native code, which holds each `{what}`"),
            root => format!("native code ({root}, which holds each `{what}`)"),
        };
    }
    let mut name = named(heap, case.holder, case.called);
    if heap.kind(case.holder) == NodeKind::NATIVE {
        let what = match pattern {
            Pattern::EventListeners => "its event listeners, ",
            Pattern::Observers => "its observers, ",
            Pattern::Timers => "its timers, ",
            Pattern::FrameCallbacks => "its frame callbacks, ",
            _ => "",
        };
        if let Some(at) = name.find("` (") {
            name.insert_str(at + 3, what);
        }
    }
    let others = case.group.holders.len().saturating_sub(1);
    if case.group.alike && others > 0 {
        name.push_str(&format!(" and {} more like it", grouped(others as u64)));
    }
    name
}

/// An object in words: what leads to it and what it is.
pub(super) fn named(heap: &Heap, holder: NodeId, called: &Called) -> String {
    let class = heap.class_name(holder);
    // A page's objects carry its address.
    let class = short(
        class
            .split_once(" / ")
            .map_or(class, |(class, _)| match class {
                "system" => heap.class_name(holder),
                class => class,
            }),
    );
    let expression = &called.expression;
    let mut notes = Vec::new();
    if called.is_member {
        notes.push(match called.holder_is_context {
            true => String::new(),
            false => format!("a property of {}", with_article(&class)),
        });
    } else {
        notes.push(with_article(&class));
    }
    notes.extend(called.origin_words());
    if let Some(package) = &called.package {
        notes.push(format!("package {package}"));
    }
    notes.retain(|note| !note.is_empty());
    let mut name = match expression.is_empty() {
        // What a string says is nobody's name.
        true if heap.kind(holder).is_string() || heap.kind(holder) == NodeKind::REGEXP => {
            format!("{class} @{}", heap.id(holder))
        }
        true => format!("{} @{}", label(heap, holder).plain(), heap.id(holder)),
        false => format!("`{expression}`"),
    };
    if expression.is_empty() && name.starts_with(&format!("{class} @")) {
        // Its class has been said.
        notes.remove(0);
    }
    if !notes.is_empty() {
        name.push_str(&format!(" ({})", notes.join("; ")));
    }
    name
}

/// A class name that fits into a sentence.
fn short(class: &str) -> String {
    crate::text::width::cut_end(class, 60)
}

fn list(values: &[u64], show: impl Fn(u64) -> String) -> String {
    values
        .iter()
        .map(|&value| show(value))
        .collect::<Vec<_>>()
        .join(" → ")
}

/// The explanation of a suspicion, part by part.
pub(super) fn told(case: &Case<'_>, pattern: Pattern) -> Told {
    Told {
        what: what_piles_up(case, pattern),
        how_much: how_much(case),
        also: match case.verdict.basis {
            Basis::Table => String::new(),
            _ => also(case).unwrap_or_default(),
        },
        why: why_alive(case),
        way: only_way(case, pattern).join(" "),
        evidence: match case.verdict.basis {
            Basis::Size => format!(
                "It is {:.0}% of the application's heap; whether it grows, one dump does not tell.",
                case.verdict.evidence.share * 100.0
            ),
            _ => evidence(&case.verdict.evidence),
        },
        package: case
            .called
            .package
            .as_ref()
            .map_or(String::new(), |package| {
                format!("The holder's code is in the package {package}.")
            }),
        remedy: remedy(case, pattern),
        against: against(case, pattern),
    }
}

fn what_piles_up(case: &Case<'_>, pattern: Pattern) -> String {
    let name = holder_name(case, pattern);
    let Some(pile) = case.verdict.piles.first() else {
        return format!(
            "{name} has a table of its own that grows, while the objects in it do not: it fills with numbers, or with \
             what others hold."
        );
    };
    let class = short(case.classes.name(pile.class));
    let now = pile.counts.last().copied().unwrap_or(0);
    if case.verdict.basis == Basis::Bytes {
        let largest = case.readings.all.last().map_or(0, |last| last.largest);
        return format!(
            "{name} holds more and more bytes, while no class has more objects: what it holds is replaced by larger \
             values; the largest is {} now.",
            bytes(largest)
        );
    }
    let steps: Vec<i64> = pile
        .counts
        .windows(2)
        .map(|pair| pair[1] as i64 - pair[0] as i64)
        .collect();
    let signed = |step: &i64| match step {
        0 => "0".to_owned(),
        step if *step > 0 => format!("+{}", grouped(step.unsigned_abs())),
        step => format!("−{}", grouped(step.unsigned_abs())),
    };
    let every = match steps.as_slice() {
        [] => return format!("{name} holds {} `{class}`.", grouped(now)),
        [step] => format!(", {}", signed(step)),
        [first, rest @ ..] if rest.iter().all(|step| step == first) => {
            format!(", {} at every step", signed(first))
        }
        steps => format!(
            ", step by step {}",
            steps.iter().map(signed).collect::<Vec<_>>().join(", ")
        ),
    };
    let held = pile.held.min(now);
    let kept = match (pile.whole_dump, held == now) {
        (true, true) => format!("all {} `{class}`", grouped(now)),
        (true, false) => format!("{} of the heap's {} `{class}`", grouped(held), grouped(now)),
        (false, _) => format!("{} `{class}`", grouped(now)),
    };
    let by = match case.by {
        Some(by) if by.name.is_empty() => format!(
            " They hang on {} functions written at {}.",
            grouped(by.count),
            by.place
        ),
        Some(by) => format!(
            " They hang on {} functions `{}` ({}).",
            grouped(by.count),
            short(&by.name),
            by.place
        ),
        None => String::new(),
    };
    format!(
        "{name} keeps {kept} alive: {}{every}.{by}",
        list(&pile.counts, grouped)
    )
}

fn how_much(case: &Case<'_>) -> String {
    let sizes = &case.verdict.bytes;
    let (Some(&first), Some(&last)) = (sizes.first(), sizes.last()) else {
        return String::new();
    };
    let what = match case.verdict.basis {
        Basis::Table => "The table takes",
        Basis::Entries => "They come to about",
        _ => "Retained with it:",
    };
    let mut text = format!("{what} {}", list(sizes, bytes));
    if sizes.len() > 1 {
        let grown = last as i64 - first as i64;
        text.push_str(&match case.span {
            Some(span) if span >= TELLING => {
                format!(" ({}, {})", bytes_delta(grown), pace(grown, span, TELLING))
            }
            Some(span) if !span.is_zero() => format!(" ({})", pace(grown, span, TELLING)),
            _ => format!(" ({})", bytes_delta(grown)),
        });
    }
    let count = case
        .verdict
        .piles
        .first()
        .and_then(|pile| pile.counts.last().copied());
    if let Some(count) = count.filter(|&count| count > 0 && case.verdict.basis != Basis::Bytes) {
        text.push_str(&format!(", {} each", bytes(last / count)));
    }
    text.push('.');
    text
}

/// Other classes that grow with the first.
fn also(case: &Case<'_>) -> Option<String> {
    let rows: Vec<String> = (1..=ALSO)
        .filter_map(|at| {
            let pile = case.verdict.piles.get(at)?;
            let class = short(case.classes.name(pile.class));
            Some(format!("`{class}` ({})", list(&pile.counts, grouped)))
        })
        .collect();
    (!rows.is_empty()).then(|| format!("With them grow {}.", rows.join(" and ")))
}

fn why_alive(case: &Case<'_>) -> String {
    if case.is_roots() {
        return "They are not collected because native code holds them (an open socket, watcher, stream or the like): \
                the dump shows no JavaScript object that does."
            .to_owned();
    }
    let birth = match case.verdict.basis {
        Basis::Size => 0,
        _ => case.births[case.holder.index()],
    };
    let age = match birth {
        1 if case.dumps > 2 => format!(", and the holder is the same in all {} dumps", case.dumps),
        birth if birth > 1 => format!(", and the holder is there since s{birth}"),
        _ => String::new(),
    };
    let begin = match &case.called.origin {
        Some(origin) => format!("`{}`", origin.name),
        None => "the holder".to_owned(),
    };
    format!(
        "They are not collected because {begin} is alive: it is reached from {}{age}.",
        case.called.root
    )
}

/// Whether the holder is the only one, and what letting go would free.
fn only_way(case: &Case<'_>, pattern: Pattern) -> Vec<String> {
    let Some(last) = case.readings.all.last() else {
        return Vec::new();
    };
    if case.verdict.basis == Basis::Table {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let co: Vec<NodeId> = match case.group.alike {
        true => Vec::new(),
        false => case
            .plan
            .holders
            .iter()
            .skip(1)
            .map(|holder| holder.node)
            .collect(),
    };
    let entries = last.entry_count();
    let owned: u64 = last.owned.values().sum();
    if !co.is_empty() {
        let more = match co.len() > case.others.len() {
            true => format!(" and {} more", co.len() - case.others.len()),
            false => String::new(),
        };
        sentences.push(format!(
            "They are held in {} places, also by {}{more}: all must let go, which frees {}.",
            co.len() + 1,
            case.others.join(", "),
            bytes(last.bytes)
        ));
    } else if case.verdict.basis == Basis::Entries {
        sentences.push(format!(
            "Others hold them as well: {} of {} entries would stay if this one let go, {}.",
            grouped(entries - owned.min(entries)),
            grouped(entries),
            match last.bytes {
                0 => "and nothing would be freed".to_owned(),
                freed => format!("and {} would be freed", bytes(freed)),
            }
        ));
    } else {
        let all = if entries > 0 && owned < entries && last.entries.len() > 1 {
            "Nothing else holds most of them"
        } else {
            "Nothing else holds them"
        };
        sentences.push(format!(
            "{all}: releasing them here frees {}.",
            bytes(last.bytes)
        ));
    }
    if let Some(trees) = case.detached_trees() {
        sentences.push(trees);
    }
    if let Some(bounded) = case.verdict.bounded {
        let limit = bounded.limit.map_or(String::new(), |limit| {
            format!(", which keeps {} at most", grouped(limit))
        });
        sentences.push(format!(
            "This is {}{limit}: it fills by design and is no leak below that.",
            bounded.what
        ));
    }
    if pattern == Pattern::Timers && case.has_store() {
        sentences.push("The timers carry an AsyncLocalStorage store with them.".to_owned());
    }
    if pattern == Pattern::GrowingMap && case.keys_are_only_here() {
        sentences.push(
            "Its keys are objects and the Map is their only strong holder: a WeakMap would let them go.".to_owned(),
        );
    }
    sentences
}

fn evidence(evidence: &Evidence) -> String {
    let mut parts = Vec::new();
    if evidence.intervals > 0 {
        parts.push(format!(
            "it grew in {} of {} intervals",
            evidence.ups, evidence.intervals
        ));
    }
    if let Some(survival) = evidence.survival {
        parts.push(format!(
            "{:.0}% of the objects of the second-to-last dump are still alive",
            survival * 100.0
        ));
    }
    parts.push(format!(
        "it makes up {:.0}% of the heap's growth",
        evidence.share * 100.0
    ));
    format!("Evidence: {}.", parts.join(", "))
}

/// What of the evidence speaks against a leak.
fn doubts(evidence: &Evidence) -> Vec<String> {
    let mut doubts = Vec::new();
    let of = evidence.intervals;
    let flat = of.saturating_sub(evidence.ups);
    if evidence.downs > 0 {
        doubts.push(format!(
            "It shrank in {} of {of} intervals.",
            evidence.downs
        ));
    } else if flat > 0 {
        doubts.push(format!("It did not grow in {flat} of {of} intervals."));
    }
    if let Some(survival) = evidence.survival.filter(|&share| share < MOST_STAY) {
        doubts.push(format!(
            "{:.0}% of the objects of the second-to-last dump are gone: it may be renewed rather than filled.",
            (1.0 - survival) * 100.0
        ));
    }
    if of > 0 && evidence.share < LITTLE {
        doubts.push(format!(
            "It explains only {:.1}% of the heap's growth.",
            evidence.share * 100.0
        ));
    }
    doubts
}

/// What would show that it is no leak.
fn against(case: &Case<'_>, pattern: Pattern) -> String {
    let refute = match pattern {
        Pattern::LargeHolder
        | Pattern::OpenHandles
        | Pattern::DetachedDom
        | Pattern::RegisteredSymbols
        | Pattern::RuntimeBuffer => "",
        Pattern::EventListeners
        | Pattern::Timers
        | Pattern::PendingPromises
        | Pattern::Observers
        | Pattern::FrameCallbacks
        | Pattern::Channels => {
            "It is no leak if the number stops rising; another dump later would show that."
        }
        _ => {
            "The dump does not show limits (small integers such as a maximum are not in it): if there is one, take a \
             dump after it is reached, which would show the growth end."
        }
    };
    let third = match case.dumps {
        2 => "Two dumps show a difference, not a trend: take a third.",
        _ => "",
    };
    let mut sentences = doubts(&case.verdict.evidence);
    sentences.extend([refute, third].map(str::to_owned));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

impl Case<'_> {
    /// Whether an element that piles up carries an asynchronous context's store.
    fn has_store(&self) -> bool {
        let heap = self.view.heap;
        let graph = heap.graph();
        self.group.tops.iter().take(4).any(|&top| {
            let top = NodeId(self.tops.nodes[top as usize]);
            let mut edges = graph.edges_from(top);
            edges.any(|edge| {
                let target = heap.kind(graph.target(edge));
                matches!(target, NodeKind::OBJECT | NodeKind::CLOSURE)
                    && heap.edge_name(edge).to_string().contains("kResourceStore")
            })
        })
    }

    /// Detached trees among what is freed, counted by their tops.
    fn detached_trees(&self) -> Option<String> {
        let heap = self.view.heap;
        let is_detached = |node: NodeId| {
            heap.kind(node) == NodeKind::NATIVE && heap.raw_name(node).starts_with("Detached <")
        };
        let mut tops: HashMap<&str, u64> = HashMap::new();
        for &(_, node) in &self.readings.classed {
            let node = NodeId(node);
            if is_detached(node) && !is_detached(self.view.owner_dominator(node)) {
                *tops.entry(heap.class_name(node)).or_default() += 1;
            }
        }
        let all: u64 = tops.values().sum();
        let (class, _) = tops
            .into_iter()
            .max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)))?;
        let class = class.trim_start_matches("Detached ");
        Some(format!(
            "With them stay {} detached trees, mostly of `{class}`.",
            grouped(all)
        ))
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
