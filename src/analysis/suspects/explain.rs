//! A suspicion in sentences: what holds, what piles up, how fast, why it stays, what letting go would free.

use crate::analysis::describe::label;
use crate::analysis::growth::TELLING;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::text::units::{bytes, bytes_delta, grouped, pace};

use super::case::Case;
use super::judge::{Basis, Evidence};
use super::pattern::Pattern;
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
pub(super) fn holder_name(case: &Case<'_>) -> String {
    let heap = case.view.heap;
    if case.is_roots() {
        let what = short(case.classes.name(case.group.top_class));
        return format!(
            "native code ({}, which holds each `{what}`)",
            heap.raw_name(case.holder).trim_matches(['(', ')'])
        );
    }
    let mut name = named(heap, case.holder, case.called);
    let others = case.group.holders.len().saturating_sub(1);
    if case.group.alike && others > 0 {
        name.push_str(&format!(" and {} more like it", grouped(others as u64)));
    }
    name
}

/// An object in words: what leads to it and what it is.
pub(super) fn named(heap: &Heap, holder: NodeId, called: &Called) -> String {
    let class = short(heap.class_name(holder));
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
    notes.extend(
        called
            .origin
            .clone()
            .map(|origin| match origin.starts_with('`') {
                true => origin,
                false => match first_name(expression) {
                    Some(name) if name != expression => {
                        format!("`{name}` is {}", origin.trim_start_matches("of "))
                    }
                    // What has no name begins with its class: `<Subject>.observers`.
                    None if origin.starts_with("in a variable") => match expression.split_once('>')
                    {
                        Some((class, rest)) if !rest.is_empty() => {
                            format!("`{class}>` is {origin}")
                        }
                        _ => origin,
                    },
                    _ => origin,
                },
            }),
    );
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

/// The identifier that an expression begins with.
fn first_name(expression: &str) -> Option<&str> {
    let end = expression
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .unwrap_or(expression.len());
    (end > 0).then(|| &expression[..end])
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
        what: what_piles_up(case),
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
        remedy: remedy(pattern).to_owned(),
        against: against(case, pattern),
    }
}

fn what_piles_up(case: &Case<'_>) -> String {
    let name = holder_name(case);
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
    let scope = match pile.whole_dump {
        true => " (all of the dump's)",
        false => "",
    };
    format!(
        "{name} keeps {} `{class}` alive{scope}: {}{every}.",
        grouped(now),
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
        _ => "All that hangs on it comes to",
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
    let begin = match (&case.called.origin, first_name(&case.called.expression)) {
        (Some(_), Some(name)) => format!("`{name}`"),
        _ => "the holder".to_owned(),
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
            "It is not the only holder, they hang on {}{more} as well. Only when all let go, {} are freed.",
            case.others.join(", "),
            bytes(last.bytes)
        ));
    } else if case.verdict.basis == Basis::Entries {
        sentences.push(format!(
            "Others hold them as well ({} of {} entries would stay): letting go here alone frees only {}.",
            grouped(entries - owned.min(entries)),
            grouped(entries),
            bytes(last.bytes)
        ));
    } else {
        let all = if entries > 0 && owned < entries && last.entries.len() > 1 {
            "Most is held by nothing else"
        } else {
            "Nothing else holds them"
        };
        sentences.push(format!(
            "{all}: letting go here frees {}.",
            bytes(last.bytes)
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
            "{:.0}% of the members of the last but one dump are still there",
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
            "{:.0}% of the members of the last but one dump are gone: it may be renewed rather than filled.",
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

/// What to change.
fn remedy(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::GrowingMap => {
            "Delete entries when their work is done, on the error path too, or bound the Map."
        }
        Pattern::GrowingSet => "Delete members when their work is done, or bound the Set.",
        Pattern::GrowingArray => "Remove elements when they are done with, or bound the array.",
        Pattern::Queue => {
            "Slow the producers down, drop work, or drain faster: more comes in than goes out."
        }
        Pattern::Dictionary => "Delete properties when they are done with, or use a bounded cache.",
        Pattern::EventListeners => {
            "Remove each listener when its owner ends (off, removeListener, an AbortSignal), or use once; register it \
             once rather than per request."
        }
        Pattern::Timers => {
            "Clear each timer (clearInterval, clearTimeout) when what it serves ends."
        }
        Pattern::ClosureVariable => {
            "Empty or replace the variable when what it holds is done with."
        }
        Pattern::PendingPromises => {
            "Make sure that each promise settles: resolve or reject on every path, and add a timeout."
        }
        Pattern::AsyncLocalStorage => {
            "End the resource that carries the store, or exit the store's scope before making it."
        }
        Pattern::RetainedRequests => {
            "Let go of requests, responses and sockets when the response has been sent."
        }
        Pattern::SlicedStrings => {
            "Copy the part that is needed, for instance through a Buffer, instead of keeping a slice of a large text."
        }
        Pattern::ConcatenatedText => {
            "Write the text out, or cut it, when it reaches a size; check that its consumer still reads."
        }
        Pattern::RebuiltArray => "Bound the array where it is rebuilt.",
        Pattern::LinkedList => "Unlink elements that are done with, or bound the list.",
        Pattern::Tree => "Remove nodes that are done with, or bound the tree.",
        Pattern::DetachedDom => {
            "Drop the JavaScript references to nodes that were removed from the document, and their listeners."
        }
        Pattern::NativeMemory => {
            "Release the buffers, or pool them: most of their memory lies outside the JavaScript heap."
        }
        Pattern::ErrorsKept => {
            "Keep a message or a count instead of the error objects, and bound how many."
        }
        Pattern::OpenHandles => {
            "Close what was opened (sockets, watchers, streams) on every path, errors included."
        }
        Pattern::PerInstanceCollection => {
            "Bound or empty the collection in each of the objects, or let the objects end."
        }
        Pattern::GrowingTable => {
            "Bound the table, or aggregate the numbers instead of keeping each."
        }
        Pattern::GrowingValue => "Bound the value where it is replaced.",
        Pattern::GrowingWeakMap => {
            "The keys live on: find who holds them, or drop what the values keep."
        }
        Pattern::GrowingObject => "Let go of what is done with, or bound it.",
        Pattern::LargeHolder => {
            "Take two more dumps, minutes apart under load: what grows in each is the leak."
        }
    }
}

/// What would show that it is no leak.
fn against(case: &Case<'_>, pattern: Pattern) -> String {
    let refute = match pattern {
        Pattern::LargeHolder | Pattern::OpenHandles | Pattern::DetachedDom => "",
        Pattern::EventListeners | Pattern::Timers | Pattern::PendingPromises => {
            "It is no leak if the number stops rising under steady load; another dump later would show that."
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
