//! Why an object is alive: the chain from the root in plain words, whether there is another way, and where to cut.
//!
//! Lives here: the steps ([`why`]), how hops are put together and folded (`hops`), their words (`words`), and the whole
//! as text. Does not live here: what is on the screen.
//!
//! The chain is DevTools' shortest one. What a cut frees comes from the dominator tree: where one reference alone leads
//! from outside to an object, taking it away frees all that the object retains.

mod edge_phrases;
mod hops;

use crate::analysis::describe::{Collection, Part, Scripts, role, root_words, runtime_stretch};
use crate::analysis::dominators::chain;
use crate::analysis::hops::Run;
use crate::analysis::paths::{Step, path_from_above, path_from_root};
use crate::analysis::retainers::holders;
use crate::analysis::what_if::is_mirror;
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Heap, shown_distance};
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};

use edge_phrases::{Phrase, Property};
use hops::{Hop, Start};

/// Other holders of the object that are listed.
pub const LISTED: usize = 1000;

/// Steps up the dominator tree, for all holders together, before the rest count as strangers.
const CLIMBS: usize = 1 << 23;

/// Steps of a path that are looked at for what it goes through.
const FAR: usize = 256;

/// Parts of the chain that the summary names.
const NAMED: usize = 4;

/// One row of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyStep {
    /// The reference into `node`; nothing where the chain begins.
    pub edge: Option<EdgeId>,
    /// The object that the step leads to; of repeated hops the last.
    pub node: NodeId,
    /// What leads there, in words: "variable `cache` of the module server.js".
    pub phrase: Phrase,
    /// The property that the step goes over, where it is a plain one.
    property: Option<Property>,
    /// How often the hop is made in a row.
    pub repeats: u32,
    /// Every way from the root to the object leads through `node`.
    pub only: bool,
    /// How many references from elsewhere hold `node` beside this one.
    pub others: u32,
    /// What is freed when this reference goes, in bytes; nothing where that alone frees nothing.
    pub frees: Option<u64>,
    /// A program can take the reference away: it is a property, a variable, an element, an entry.
    pub cuttable: bool,
}

/// Why an object is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The object.
    pub node: NodeId,
    /// Whether the root reaches it.
    pub reached: bool,
    /// The chain, from the root down to the object.
    pub steps: Vec<WhyStep>,
    /// The step to cut: the nearest to the object that frees it and that a program can cut.
    pub cut: Option<usize>,
    /// Other references to the object from what it does not keep alive itself, [`LISTED`] at most.
    pub others: Vec<EdgeId>,
    /// Further references to the object that do not count: from what it keeps alive itself, and the engine's own copies.
    pub inside: u64,
    /// The object is the key of a Map and nothing else holds it.
    pub is_only_key: bool,
    /// The steps with which the chain begins that are the runtime's.
    pub runtime: Option<Runtime>,
}

/// Steps of a chain that are the runtime's own: nobody can change anything about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// How many of [`Why::steps`].
    pub steps: usize,
    /// What they lead through: "Node's module cache".
    pub words: Spans,
}

/// Finds out why `node` is alive.
///
/// Linear in the length of the chain and the number of holders along it.
///
/// # Errors
/// When the task is cancelled.
pub fn why(heap: &Heap, scripts: &Scripts, node: NodeId, task: &Task) -> Result<Why> {
    task.stage("following the chain from the root", 0);
    let path = path_from_root(heap, node, task)?;
    let reached = path.first().is_some_and(|step| step.node == heap.root());
    let mut outside = Outside {
        heap,
        climbs: CLIMBS,
    };
    let stretch = runtime_stretch(heap, scripts, &path).filter(|_| reached);
    let entries = stretch.as_ref().map_or(0, |stretch| stretch.steps);
    let runs = hops::folded(heap, &path, task)?;
    let told = runs.iter().filter_map(|run| run.hops.last());
    let runtime = told.filter(|hop| hop.at < entries).count();
    let steps = steps(&runs, &path, (heap, scripts), &mut outside, task)?;
    let cut = steps
        .iter()
        .rposition(|step| step.only && step.frees.is_some() && step.cuttable);
    let arrival = path.last().and_then(|step| step.edge);
    let others = outside.list(node, arrival, task)?;
    let counted = others.len() as u64 + u64::from(arrival.is_some());
    let inside = match others.len() {
        LISTED => 0,
        _ => holders(heap, node, task)?.saturating_sub(counted),
    };
    let is_only_key = others.is_empty()
        && arrival
            .and_then(|edge| role(heap, edge))
            .is_some_and(|role| role.part == Part::Key && role.collection == Collection::Map);
    Ok(Why {
        node,
        reached,
        steps,
        cut,
        others,
        inside,
        is_only_key,
        runtime: stretch.filter(|_| runtime > 2).map(|stretch| Runtime {
            steps: runtime,
            words: stretch.what,
        }),
    })
}

/// The rows of a chain.
fn steps(
    runs: &[Run<Hop>],
    path: &[Step],
    (heap, scripts): (&Heap, &Scripts),
    outside: &mut Outside<'_>,
    task: &Task,
) -> Result<Vec<WhyStep>> {
    let reached = path.first().is_some_and(|step| step.node == heap.root());
    let mut dominating = BitSet::new(heap.node_count());
    if let Some(end) = path.last() {
        dominating.insert(end.node.index());
        for dominator in chain(heap, end.node) {
            dominating.insert(dominator.index());
        }
    }
    let mut steps = Vec::with_capacity(runs.len());
    for run in runs {
        let Some(last) = run.hops.last() else {
            continue;
        };
        let phrase = match last.start {
            Start::Root => root_words(heap, path).into(),
            Start::Nowhere => "no root leads here".into(),
            Start::Step => edge_phrases::of_hops(heap, scripts, path, &run.hops),
        };
        let others = match last.start {
            Start::Step => outside.count(last, task)?,
            _ => outside.all(last.node, task)?.saturating_sub(1),
        };
        let sole = reached && others == 0;
        steps.push(WhyStep {
            edge: last.edge,
            node: last.node,
            phrase,
            property: Property::of_hop(heap, path, &run.hops),
            repeats: repeats(run),
            only: reached && dominating.contains(last.node.index()),
            others,
            frees: sole.then(|| heap.retained(last.node)),
            cuttable: last.start == Start::Step
                && last.edge.is_some_and(|edge| is_cuttable(heap, edge)),
        });
    }
    Ok(steps)
}

/// What holds objects whose paths have the shape of this one's, whatever the numbers, in words from the object upwards:
/// "an element, in property `items`, in variable `cache` of the module server.js".
///
/// # Errors
/// When the task is cancelled.
pub fn shape_words(heap: &Heap, scripts: &Scripts, node: NodeId, task: &Task) -> Result<Spans> {
    let path = path_from_above(heap, node, FAR, task)?;
    let mut holding = Holding::default();
    for run in hops::folded(heap, &path, task)?.iter().rev() {
        let phrase = match run.hops.last() {
            Some(hop) if hop.start == Start::Step => {
                edge_phrases::of_shape(heap, scripts, &path, &run.hops)
            }
            _ if path.len() == FAR => break,
            _ => root_words(heap, &path).into(),
        };
        let property = Property::of_hop(heap, &path, &run.hops);
        if !holding.add(phrase, repeats(run), property) {
            break;
        }
    }
    Ok(holding.words())
}

/// Parts of a chain, from its end upwards: "a value of the Map, in property `queue.items`".
#[derive(Default)]
struct Holding {
    parts: Vec<Held>,
}

struct Held {
    words: Spans,
    repeats: u32,
    property: Option<Property>,
}

impl Holding {
    /// Adds the next part upwards; says whether more are wanted: the source names the last one, or there are many.
    fn add(&mut self, phrase: Phrase, repeats: u32, property: Option<Property>) -> bool {
        let property = property.filter(|_| repeats == 1);
        let last = self.parts.last();
        let longer = last.and_then(|last| property.as_ref()?.then(last.property.as_ref()?));
        let (words, property) = match longer {
            Some(longer) => {
                self.parts.pop();
                (longer.words(), Some(longer))
            }
            None if self.parts.len() == NAMED => return false,
            None => (phrase.words, property),
        };
        self.parts.push(Held {
            words,
            repeats,
            property,
        });
        !phrase.is_named
    }

    fn words(self) -> Spans {
        let parts = self.parts.into_iter();
        let words = parts.map(|part| part.words.then(times(part.repeats)));
        Spans::list(words, ", in ")
    }
}

/// How often the hops of a run are made.
fn repeats(run: &Run<Hop>) -> u32 {
    u32::try_from(run.times).unwrap_or(u32::MAX)
}

/// " ×755", where it is more than once.
pub fn times(repeats: u32) -> Spans {
    match repeats {
        0 | 1 => Spans::new(),
        repeats => Spans::from(" ×").number(grouped(u64::from(repeats))),
    }
}

/// Whether code can take a reference away; the engine's own are not its business.
pub fn is_cuttable(heap: &Heap, edge: EdgeId) -> bool {
    matches!(
        heap.edge_kind(edge),
        EdgeKind::PROPERTY | EdgeKind::ELEMENT | EdgeKind::CONTEXT
    ) || role(heap, edge).is_some()
}

/// Tells holders of an object that it does not keep alive itself from those that it does.
struct Outside<'a> {
    heap: &'a Heap,
    climbs: usize,
}

impl Outside<'_> {
    /// References into the end of a hop from elsewhere, the hop itself left out.
    fn count(&mut self, hop: &Hop, task: &Task) -> Result<u32> {
        let own = hop.edge.is_some_and(|edge| self.holds(edge, hop.node));
        let all = self.all(hop.node, task)?;
        Ok(all.saturating_sub(u32::from(own)))
    }

    fn all(&mut self, node: NodeId, task: &Task) -> Result<u32> {
        let mut count = 0;
        for (number, edge) in self.heap.graph().edges_into(node).enumerate() {
            if number.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            count += u32::from(self.holds(edge, node));
        }
        Ok(count)
    }

    /// The other references into `node`, but for the one that the chain came by.
    fn list(&mut self, node: NodeId, known: Option<EdgeId>, task: &Task) -> Result<Vec<EdgeId>> {
        let mut found = Vec::new();
        for (number, edge) in self.heap.graph().edges_into(node).enumerate() {
            if number.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if found.len() == LISTED {
                break;
            }
            if Some(edge) != known && self.holds(edge, node) {
                found.push(edge);
            }
        }
        Ok(found)
    }

    /// Whether an edge holds `node` from outside of what `node` keeps alive.
    fn holds(&mut self, edge: EdgeId, node: NodeId) -> bool {
        let heap = self.heap;
        let mut current = heap.graph().source(edge);
        if !heap.is_essential(edge) || is_mirror(heap, edge) {
            return false;
        }
        // An object that retains more than the node is not below it.
        while current != heap.root() && heap.retained(current) <= heap.retained(node) {
            if current == node {
                return false;
            }
            let Some(left) = self.climbs.checked_sub(1) else {
                return true;
            };
            self.climbs = left;
            current = heap.dominator(current);
        }
        true
    }
}

impl Why {
    /// What it comes to, in a few sentences.
    pub fn summary(&self, heap: &Heap) -> Spans {
        if self.node == heap.root() {
            return "This is the root itself: everything begins here.".into();
        }
        if !self.reached {
            return "No root leads to it: nothing of the program keeps it, and the next collection may take it. It may \
                    be held weakly, or by what is garbage itself."
                .into();
        }
        let size = bytes(heap.retained(self.node));
        let own = self.steps.len().checked_sub(1);
        let is_only = self.others.is_empty() && self.cut.is_some() && self.cut == own;
        let text = Spans::from("Kept alive ").note(if is_only { "only by " } else { "by " });
        let text = text.then(self.held_as()).note(".");
        let text = match (self.cut, self.others.len()) {
            _ if is_only => text
                .note(" Removing that reference frees ")
                .number(size)
                .note("."),
            (cut, others) => {
                let text = match others {
                    0 => text.note(" Nothing else refers to it."),
                    1 => text.note(" Another reference keeps it alive, too."),
                    LISTED => text
                        .note(" ")
                        .number(grouped(LISTED as u64))
                        .note(" or more other references keep it alive, too."),
                    _ => text
                        .note(" ")
                        .number(grouped(others as u64))
                        .note(" other references keep it alive, too."),
                };
                let text = match others {
                    0 => text,
                    _ => text
                        .note(" ")
                        .number(size)
                        .note(" is freed only when all of them go."),
                };
                text.sentence(self.cut_above(heap, cut))
            }
        };
        match self.is_only_key {
            true => text.note(" It is the key of a Map: a WeakMap would not keep it."),
            false => text,
        }
    }

    /// The one cut further up that frees the object with whatever else hangs there.
    fn cut_above(&self, heap: &Heap, cut: Option<usize>) -> Spans {
        match cut.and_then(|at| self.steps.get(at)) {
            Some(step) => Spans::from("One change frees it, with everything else there: remove ")
                .then(step.phrase.words.clone())
                .note(", ")
                .number(bytes(heap.retained(step.node)))
                .note(" in all."),
            None => "No single change on this path frees it.".into(),
        }
    }

    /// The last hops, from the object upwards to where the source names something.
    pub fn held_as(&self) -> Spans {
        let mut holding = Holding::default();
        for step in self.steps.iter().rev() {
            if !holding.add(step.phrase.clone(), step.repeats, step.property.clone()) {
                break;
            }
        }
        holding.words()
    }

    /// The whole explanation for people: the object, the summary, then a line for each step.
    pub fn lines(&self, heap: &Heap, scripts: &Scripts) -> Vec<Spans> {
        let title = |node| {
            let label = scripts.label(heap, node);
            label.note(" ").id(heap.id(node))
        };
        let distance = match shown_distance(heap.distance(self.node)) {
            Some(distance) => distance.to_string(),
            None => "−".to_owned(),
        };
        let size = |node| bytes(heap.retained(node));
        let about = title(self.node)
            .note(" retains ")
            .number(size(self.node))
            .note(", distance ")
            .number(distance);
        let mut lines = vec![about, self.summary(heap)];
        for (number, step) in self.steps.iter().enumerate() {
            let mut line = Spans::new()
                .number(format!("{:3}. ", number + 1))
                .then(step.words())
                .note(" → ")
                .then(title(step.node))
                .note(" (")
                .then(step.way())
                .note(")");
            if self.cut == Some(number) {
                line = line.note(" ← cut here to free ").number(size(step.node));
            }
            lines.push(line);
        }
        lines
    }
}

impl WhyStep {
    /// What leads to the object, and how often in a row.
    pub fn words(&self) -> Spans {
        self.phrase.words.clone().then(times(self.repeats))
    }

    /// Whether there is another way, in words.
    pub fn way(&self) -> Spans {
        let others = || grouped(u64::from(self.others));
        let retainers = match self.others {
            1 => " retainer",
            _ => " retainers",
        };
        match (self.only, self.others) {
            (true, 0) => "on every path".into(),
            (true, _) => Spans::from("on every path, +")
                .number(others())
                .note(retainers),
            (false, 0) => "not on every path".into(),
            (false, _) => Spans::from("not on every path, +")
                .number(others())
                .note(retainers),
        }
    }
}

#[cfg(test)]
mod tests;
