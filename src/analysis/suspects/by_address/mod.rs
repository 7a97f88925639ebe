//! Suspects where ids do not fit: what grows at the same address of every dump.
//!
//! An inspector that is attached anew, Puppeteer's `captureHeapSnapshot` and Bun number all objects anew. The names that
//! lead to a holder from the roots stay: so each dump's holders are looked up by their addresses, and what they keep is
//! measured and judged as it is by ids. What cannot be known is whether the members are the same ones, so less is
//! claimed.
//!
//! In order: `address` (what leads to each object), `contents` (what there is at an address), then here the addresses at
//! which more is there in every dump, and the measuring of what those keep.

mod address;
mod contents;

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::Task;

use super::bounded::Bounded;
use super::candidate::{Candidate, GroupStats};
use super::classes::{ClassNo, Classes};
use super::cut::{HolderCut, Plan, is_collection};
use super::describe::Describer;
use super::dumps::{LastDump, Series};
use super::first_seen::{DumpNo, FirstSeen};
use super::identity::ById;
use super::judge;
use super::measure::{Dump, Measurement, Role};
use super::rank::{self, Judged};
use super::suspect::{Clock, LIKELY_LEAK, MOST, Suspect};
use super::thresholds::THRESHOLDS;
use super::topmost::Topmost;
use super::totals::Totals;
use super::view::View;
use super::weights::{SHOWN, WEIGHTS};
use address::{Address, Addresses};
use contents::{Contents, MOST_HOLDERS, Wanted, head};

/// How many addresses are measured, each for itself.
const MEASURED: usize = 20;
/// How many that grow alike are measured together.
const TOGETHER: usize = 4;

/// How dumps are taken whose ids fit.
pub(super) const TAKE_FITTING: &str = "Ids fit if one inspector session takes all dumps (DevTools or a client that stays attached), or the process \
     itself does: v8.writeHeapSnapshot(), or node --heapsnapshot-signal=SIGUSR2.";

/// What the search by addresses comes to.
pub(super) struct Found {
    pub suspects: Vec<Suspect>,
    /// Why it would mean little that no leak is likely.
    pub doubt: Option<String>,
}

/// What grows at an address, or alike at several: a registry and the listeners of the window that keep the same.
#[derive(Debug, Clone)]
struct Growing {
    /// What is cut, what to blame first.
    cuts: Vec<At>,
    /// `None` for a list or tree.
    class: Option<ClassNo>,
    /// By how many it grows at each step.
    steps: Vec<u64>,
    /// What one of them keeps alive, on average, in bytes.
    mean: f64,
}

/// A cut at an address.
#[derive(Debug, Clone)]
struct At {
    holder: Address,
    /// For a list or tree: the names of the edges to its first nodes.
    names: Vec<Vec<u8>>,
}

impl Growing {
    fn rise(&self) -> u64 {
        self.steps.iter().sum()
    }

    /// Whether two grow at the same pace. An array's elements count twice, as the array and its store refer to them.
    fn goes_with(&self, other: &Self) -> bool {
        let pairs = || self.steps.iter().zip(&other.steps);
        let by = |times: u64, to: u64| pairs().all(|(&one, &two)| one * times == two * to);
        by(1, 1) || by(1, 2) || by(2, 1)
    }
}

/// What there is at the addresses of every dump, and at which of them something may grow.
struct Comparison {
    addresses: Addresses,
    /// By dump, in time order.
    all: Vec<Contents>,
    /// One node of each list or tree of the last dump.
    chains: HashMap<Address, NodeId>,
}

/// Finds what grows at the same address in each dump of a series. The heaps of all but the last are loaded twice.
///
/// # Errors
/// Those of loading; cancellation.
pub(super) fn find<L: FnMut(usize) -> Result<Arc<Heap>>>(
    last: &LastDump<'_>,
    classes: &mut Classes,
    series: &mut Series<'_, L>,
    task: &Task,
) -> Result<Found> {
    task.stage("comparing addresses", 0);
    let Some(comparison) = compare(last, classes, series, task)? else {
        return Ok(Found {
            suspects: Vec::new(),
            doubt: Some(format!(
                "These dumps seem to be of different programs, or of versions of one, so they cannot be compared: neither \
                 object ids nor most names of holders are the same in all of them. {TAKE_FITTING}"
            )),
        });
    };
    let growing = comparison.growing(&last.view);
    task.stage("measuring suspects", 0);
    let (candidates, totals) = measure(last, classes, series, &comparison, &growing, task)?;
    let judged = judged(last, &growing, candidates, classes, &totals);
    let is_likely_leak = |(_, verdict): &Judged| verdict.confidence >= LIKELY_LEAK;
    let doubt = match judged.iter().any(is_likely_leak) {
        true => None,
        false => doubt(&judged, &totals),
    };
    let suspects = describe(last, classes, &judged, &series.clock(), task)?;
    Ok(Found { suspects, doubt })
}

/// Looks at the addresses of every dump; `None` where these are dumps of different programs.
fn compare<L: FnMut(usize) -> Result<Arc<Heap>>>(
    last: &LastDump<'_>,
    classes: &mut Classes,
    series: &mut Series<'_, L>,
    task: &Task,
) -> Result<Option<Comparison>> {
    let addresses = Addresses::find(&last.view, task)?;
    let (own, wanted, chains) = Contents::of_last(&last.view, &addresses, &last.numbers, task)?;
    let definitions = last.heap().definitions();
    let mut all = Vec::with_capacity(series.count());
    for place in 0..series.count() - 1 {
        let heap = series.load(place)?;
        let view = View::new(&heap, task)?;
        let classing = heap.classed_by(&definitions, task)?;
        let numbers = classes.learn(&heap, &last.scripts, Some(classing), task)?;
        let addresses = Addresses::find(&view, task)?;
        all.push(Contents::of(&view, &addresses, &numbers, &wanted, task)?);
    }
    if !all.iter().all(|earlier| is_same_program(earlier, &wanted)) {
        return Ok(None);
    }
    all.push(own);
    Ok(Some(Comparison {
        addresses,
        all,
        chains,
    }))
}

fn is_same_program(earlier: &Contents, wanted: &Wanted) -> bool {
    let (here, all) = (earlier.holders.len(), wanted.holders.len());
    THRESHOLDS.same_program.is_reached(here as u64, all as u64)
}

impl Comparison {
    /// The addresses at which more is there in each dump, what grows most first, and after them those that grow alike.
    fn growing(&self, view: &View<'_>) -> Vec<Growing> {
        let mut found = self.growing_members();
        for chain in self.growing_chains(view) {
            found.entry(chain.cuts[0].holder).or_insert(chain);
        }
        let mut found: Vec<Growing> = found.into_values().collect();
        found.sort_by_key(|growing| (std::cmp::Reverse(growing.rise()), growing.cuts[0].holder));
        found.truncate(MEASURED);
        let together = self.together(view, &found);
        found.extend(together);
        found
    }

    /// Where members of one class become more; by the address of their holder the class of which most come.
    fn growing_members(&self) -> HashMap<Address, Growing> {
        let mut found: HashMap<Address, Growing> = HashMap::new();
        let members = self.all.last().into_iter().flat_map(|last| &last.members);
        for (&(holder, class), members) in members {
            let count = |contents: &Contents| {
                let members = contents.members.get(&(holder, class));
                members.map(|members| members.count)
            };
            let steps = steps(self.all.iter().map(count));
            let Some(steps) = steps.filter(|_| stays(&self.all, holder)) else {
                continue;
            };
            let names = Vec::new();
            let growing = Growing {
                cuts: vec![At { holder, names }],
                class: Some(class),
                steps,
                mean: members.retained as f64 / members.count.max(1) as f64,
            };
            let rank = |growing: &Growing| (growing.rise(), std::cmp::Reverse(growing.class));
            let known = found.get(&holder);
            if known.is_none_or(|other| rank(other) < rank(&growing)) {
                found.insert(holder, growing);
            }
        }
        found
    }

    /// The lists and trees that become longer.
    fn growing_chains(&self, view: &View<'_>) -> impl Iterator<Item = Growing> {
        let heap = view.heap;
        self.chains.iter().filter_map(move |(chain, &node)| {
            let (above, first) = head(view, &self.addresses, node);
            let holder = self.addresses.of(above)?;
            let counts = self
                .all
                .iter()
                .map(|contents| contents.chains.get(chain).copied());
            let steps = steps(counts).filter(|_| stays(&self.all, holder))?;
            let edges = heap.graph().edges_from(above);
            let names = edges
                .filter(|&edge| heap.graph().target(edge) == first)
                .filter_map(|edge| Some(heap.strings().raw(heap.edge_name_id(edge)?).to_vec()));
            Some(Growing {
                cuts: vec![At {
                    holder,
                    names: names.collect(),
                }],
                class: None,
                steps,
                mean: 0.0,
            })
        })
    }

    /// What grows alike, a few at a time: to be cut together.
    fn together(&self, view: &View<'_>, found: &[Growing]) -> Vec<Growing> {
        // What a script holds can be changed there; what native code holds can not.
        let is_native = |growing: &&Growing| {
            let last = self.all.last();
            let holders = last.and_then(|last| last.holders.get(&growing.cuts[0].holder));
            let first = holders.and_then(|holders| holders.first());
            first.is_some_and(|&node| view.heap.kind(node) == NodeKind::NATIVE)
        };
        let mut together: Vec<Growing> = Vec::new();
        for (at, growing) in found.iter().enumerate() {
            if found[..at].iter().any(|other| other.goes_with(growing)) {
                continue;
            }
            let alike = found.iter().filter(|other| growing.goes_with(other));
            let mut members: Vec<&Growing> = alike.collect();
            if (2..=TOGETHER).contains(&members.len()) {
                members.sort_by_key(is_native);
                together.push(Growing {
                    cuts: members.iter().flat_map(|one| one.cuts.clone()).collect(),
                    ..members[0].clone()
                });
            }
        }
        together
    }
}

/// Measures in every dump what is cut at each address.
fn measure<L: FnMut(usize) -> Result<Arc<Heap>>>(
    last: &LastDump<'_>,
    classes: &mut Classes,
    series: &mut Series<'_, L>,
    comparison: &Comparison,
    growing: &[Growing],
    task: &Task,
) -> Result<(Vec<Candidate>, Totals)> {
    let last_place = series.count() - 1;
    let mut candidates: Vec<Candidate> = growing
        .iter()
        .map(|growing| candidate(last.heap(), &comparison.all[last_place], growing))
        .collect();
    let mut totals = Totals::default();
    let mut add = |dump: &Dump<'_>, place: usize, role: Role| {
        for (growing, candidate) in growing.iter().zip(&mut candidates) {
            let plan = plan(dump.view.heap, &comparison.all[place], growing);
            dump.measure(&plan, role, &mut candidate.measurements, task)?;
        }
        totals.add(dump, task)
    };
    let definitions = last.heap().definitions();
    for place in 0..last_place {
        let heap = series.load(place)?;
        let view = View::new(&heap, task)?;
        let classing = heap.classed_by(&definitions, task)?;
        let numbers = classes.learn(&heap, &last.scripts, Some(classing), task)?;
        let dump = Dump {
            view: &view,
            numbers: &numbers,
            ids: &ById::new(&heap),
            last: &heap,
        };
        // Nobody knows whether members are the same ones: none are looked for in the last dump.
        add(&dump, place, Role::Earlier)?;
    }
    let dump = Dump {
        view: &last.view,
        numbers: &last.numbers,
        ids: &ById::new(last.heap()),
        last: last.heap(),
    };
    add(&dump, last_place, Role::Last)?;
    totals.fill(classes.len());
    totals.forget_ids();
    Ok((candidates, totals))
}

/// By how many a count rises at each step, if it does at every one.
fn steps(counts: impl Iterator<Item = Option<u64>>) -> Option<Vec<u64>> {
    let counts: Vec<u64> = counts.map(Option::unwrap_or_default).collect();
    let least = |count: u64| (count / THRESHOLDS.address_step_share).max(THRESHOLDS.address_step);
    let grows = |pair: &[u64]| pair[1] >= pair[0] + least(pair[1]);
    let steps = counts.windows(2);
    steps
        .map(|pair| grows(pair).then(|| pair[1] - pair[0]))
        .collect()
}

/// Whether an address is that of holders rather than of what becomes more itself.
fn stays(all: &[Contents], holder: Address) -> bool {
    let counts: Vec<usize> = all
        .iter()
        .map(|contents| contents.holders.get(&holder).map_or(0, Vec::len))
        .collect();
    let (Some(least), Some(&most)) = (
        counts.iter().copied().filter(|&count| count > 0).min(),
        counts.iter().max(),
    ) else {
        return false;
    };
    most <= MOST_HOLDERS && most <= least + least / 4
}

/// What is cut in this dump.
fn plan(heap: &Heap, contents: &Contents, growing: &Growing) -> Plan {
    let mut plan = Plan::default();
    for at in &growing.cuts {
        for &node in contents.holders.get(&at.holder).into_iter().flatten() {
            plan.holders.push(HolderCut {
                node,
                id: heap.id(node),
                whole: at.names.is_empty() || is_collection(heap, node),
                names: at.names.clone(),
            });
        }
    }
    plan
}

fn candidate(heap: &Heap, last: &Contents, growing: &Growing) -> Candidate {
    let plan = plan(heap, last, growing);
    let holders: Vec<NodeId> = plan.holders.iter().map(|holder| holder.node).collect();
    let first = holders.first().copied().unwrap_or(heap.root());
    let mut candidate = Candidate::of_holder(heap, first);
    candidate.group.same_shape = growing.cuts.len() == 1 && holders.len() > 1;
    candidate.group.holders = holders;
    candidate.plan = plan;
    candidate.stats = GroupStats {
        top_class: growing.class,
        homogeneity: 1.0,
        mean: growing.mean,
        of_roots: false,
    };
    candidate
}

/// By how many bytes it rises what a candidate's cut frees.
fn freed(candidate: &Candidate) -> u64 {
    let bytes =
        |measurement: Option<&Measurement>| measurement.map_or(0, |measurement| measurement.bytes);
    let all = &candidate.measurements.all;
    bytes(all.last()).saturating_sub(bytes(all.first()))
}

/// The judgements that are worth telling, worst first. Those that grow alike are one where cutting all of them frees much
/// more than cutting each.
fn judged(
    last: &LastDump<'_>,
    growing: &[Growing],
    candidates: Vec<Candidate>,
    classes: &Classes,
    totals: &Totals,
) -> Vec<Judged> {
    let freed: Vec<u64> = candidates.iter().map(freed).collect();
    let mut left_out = vec![false; growing.len()];
    for (at, together) in growing.iter().enumerate() {
        if together.cuts.len() < 2 {
            continue;
        }
        let is_part = |one: &usize| {
            let holder = |at: &At| together.cuts.iter().any(|cut| cut.holder == at.holder);
            growing[*one].cuts.len() == 1 && growing[*one].cuts.iter().all(holder)
        };
        let parts: Vec<usize> = (0..at).filter(is_part).collect();
        let apart: u64 = parts.iter().map(|&one| freed[one]).sum();
        if freed[at] > apart + apart / 2 {
            parts.into_iter().for_each(|one| left_out[one] = true);
        } else {
            left_out[at] = true;
        }
    }
    let mut judged: Vec<Judged> = Vec::new();
    for (candidate, left_out) in candidates.into_iter().zip(left_out) {
        let found = judge::judge(&candidate.measurements, classes, totals, candidate.stats);
        if let Some(mut verdict) = found.filter(|_| !left_out) {
            verdict.confidence =
                (verdict.confidence * WEIGHTS.by_address).min(WEIGHTS.by_address_most);
            verdict.bound(Bounded::of(&last.view, &last.scripts, &candidate));
            if verdict.confidence >= SHOWN {
                judged.push((candidate, verdict));
            }
        }
    }
    rank::sort(&mut judged);
    judged.truncate(MOST);
    judged
}

/// Why it would mean little that no leak is likely; `None` where the heap does not grow at every step, and the search
/// could look.
fn doubt(judged: &[Judged], totals: &Totals) -> Option<String> {
    let grows = totals
        .application_bytes
        .windows(2)
        .all(|pair| pair[1] > pair[0] + pair[0] / 100);
    if totals.application_bytes.len() < 3 {
        return Some(format!(
            "Two dumps whose object ids do not fit show a difference at an address, not a trend: no leak is called likely before \
             a third. {TAKE_FITTING}"
        ));
    }
    grows.then(|| {
        let what = match judged.is_empty() {
            true => "no holder that can be named grows with it",
            false => "what grows with it is not enough for an accusation",
        };
        format!("The heap grows at every step, object ids do not fit, and {what}. {TAKE_FITTING}")
    })
}

fn describe(
    last: &LastDump<'_>,
    classes: &Classes,
    judged: &[Judged],
    clock: &Clock<'_>,
    task: &Task,
) -> Result<Vec<Suspect>> {
    let describer = Describer {
        last,
        classes,
        first_seen: &FirstSeen::unknown(DumpNo::at(clock.0.len().saturating_sub(1))),
        topmost: &Topmost::default(),
    };
    let mut suspects = Vec::new();
    for (candidate, verdict) in judged {
        let mut suspect = describer.describe(candidate, verdict, clock, task)?;
        let evidence = std::mem::take(&mut suspect.explanation.evidence);
        suspect.explanation.evidence = evidence.sentence(
            "Object ids do not fit, so the holder was followed by the names that lead to it, and nobody can tell whether its \
             members are the same ones: that the growth goes on in every dump is what speaks for a leak."
                .into(),
        );
        suspects.push(suspect);
    }
    Ok(suspects)
}
