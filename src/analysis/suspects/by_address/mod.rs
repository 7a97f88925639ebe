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

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::Task;

use super::bounded::Bounded;
use super::candidate::{Candidate, GroupStats};
use super::classes::{Classes, Numbers};
use super::cut::{HolderCut, Plan, is_collection};
use super::describe::Describer;
use super::first_seen::ById;
use super::judge;
use super::measure::{Dump, Measurement, Role};
use super::rank;
use super::suspect::{ACCUSED, Clock, MOST, Suspect};
use super::topmost::Topmost;
use super::totals::Totals;
use super::verdict::Verdict;
use super::view::View;
use super::weights::{SHOWN, WEIGHTS};
use address::Addresses;
use contents::{MOST_HOLDERS, Table, head};

/// How many addresses are measured, each for itself.
const MEASURED: usize = 20;
/// How many that grow alike are measured together.
const TOGETHER: usize = 4;
/// The share of the last dump's holders whose addresses an earlier dump must have, in percent: those of one program do.
const SAME_PROGRAM: usize = 50;

/// How dumps are taken whose ids fit.
pub(super) const TAKE_FITTING: &str = "Ids fit if one inspector session takes all dumps (DevTools or a client that stays attached), or the process \
     itself does: v8.writeHeapSnapshot(), or node --heapsnapshot-signal=SIGUSR2.";

/// What the search by addresses comes to.
pub(super) struct Found {
    pub suspects: Vec<Suspect>,
    /// Why it would mean little that nothing is accused.
    pub doubt: Option<String>,
}

/// The last dump, and what its words come from.
pub(super) struct Last<'a, 'h> {
    pub view: &'a View<'h>,
    pub scripts: &'a Scripts,
    pub numbers: &'a Numbers,
}

/// What grows at an address, or alike at several: a registry and the listeners of the window that keep the same.
#[derive(Debug, Clone)]
struct Growing {
    /// What is cut, what to blame first.
    cuts: Vec<At>,
    class: u32,
    /// By how many it grows at each step.
    steps: Vec<u64>,
    /// What one of them keeps alive, on average, in bytes.
    mean: f64,
}

/// A cut at an address.
#[derive(Debug, Clone)]
struct At {
    holder: u64,
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

/// Finds what grows at the same address in each of `count` dumps. `load` gives the heaps of all but the last; it is asked
/// for each twice.
///
/// # Errors
/// Those of `load`; cancellation.
pub(super) fn find(
    last: &Last<'_, '_>,
    classes: &mut Classes,
    count: usize,
    mut load: impl FnMut(usize) -> Result<Arc<Heap>>,
    clock: &Clock<'_>,
    task: &Task,
) -> Result<Found> {
    task.stage("comparing addresses", 0);
    let heap = last.view.heap;
    let addresses = Addresses::find(last.view, task)?;
    let (table, wanted, chains) = Table::of_last(last.view, &addresses, last.numbers, task)?;
    let definitions = heap.definitions();
    let mut tables = Vec::with_capacity(count);
    for at in 0..count - 1 {
        let earlier = load(at)?;
        let view = View::new(&earlier, task)?;
        let classing = earlier.classed_by(&definitions, task)?;
        let numbers = classes.learn(&earlier, last.scripts, Some(classing), task)?;
        let addresses = Addresses::find(&view, task)?;
        tables.push(Table::of(&view, &addresses, &numbers, &wanted, task)?);
    }
    let is_same_program = tables
        .iter()
        .all(|earlier| earlier.holders.len() * 100 >= wanted.holders.len() * SAME_PROGRAM);
    if !is_same_program {
        return Ok(Found {
            suspects: Vec::new(),
            doubt: Some(format!(
                "These dumps seem to be of different programs, or of versions of one, so they cannot be compared: neither \
                 object ids nor most names of holders are the same in all of them. {TAKE_FITTING}"
            )),
        });
    }
    tables.push(table);

    let growing = growing(last.view, &addresses, &tables, &chains);
    let mut candidates: Vec<Candidate> = growing
        .iter()
        .map(|growing| candidate(heap, &tables[count - 1], growing))
        .collect();
    task.stage("measuring suspects", 0);
    let mut totals = Totals::default();
    for (at, table) in tables.iter().enumerate() {
        let earlier = match at + 1 < count {
            true => Some(load(at)?),
            false => None,
        };
        let view = earlier.as_deref().map(|heap| View::new(heap, task));
        let view = view.transpose()?;
        let numbers = match &earlier {
            Some(earlier) => {
                let classing = earlier.classed_by(&definitions, task)?;
                Some(classes.learn(earlier, last.scripts, Some(classing), task)?)
            }
            None => None,
        };
        let view = view.as_ref().unwrap_or(last.view);
        let numbers = numbers.as_ref().unwrap_or(last.numbers);
        let dump = Dump {
            view,
            numbers,
            ids: &ById::new(view.heap),
            last: view.heap,
        };
        let role = match at + 1 == count {
            true => Role::Last,
            false => Role::Earlier,
        };
        for (growing, candidate) in growing.iter().zip(&mut candidates) {
            let plan = plan(view.heap, table, growing);
            let measurements = &mut candidate.measurements;
            dump.read(&plan, role, measurements, &mut candidate.sample, task)?;
        }
        totals.count(&dump, task)?;
        // Ids tell nothing here, of how much was allocated neither.
        totals.max_ids.pop();
        totals.max_ids.push(1_000_000 * at as u32);
    }
    for totals in &mut totals.by_class {
        totals.resize(classes.len(), 0);
    }
    let judged = judged(last, &growing, candidates, classes, &totals);
    let is_accused = |(_, verdict): &(_, Verdict)| verdict.confidence >= ACCUSED;
    let doubt = match judged.iter().any(is_accused) {
        true => None,
        false => doubt(&judged, &totals),
    };
    let suspects = told(last, classes, judged, count, clock, task)?;
    Ok(Found { suspects, doubt })
}

/// The addresses at which more is there in each dump, what grows most first, and after them those that grow alike.
fn growing(
    view: &View<'_>,
    addresses: &Addresses,
    tables: &[Table],
    chains: &HashMap<u64, u32>,
) -> Vec<Growing> {
    let Some(last) = tables.last() else {
        return Vec::new();
    };
    let mut found: HashMap<u64, Growing> = HashMap::new();
    for (&(holder, class), members) in &last.members {
        let count = |table: &Table| {
            table
                .members
                .get(&(holder, class))
                .map(|members| members.count)
        };
        let Some(steps) = steps(tables.iter().map(count)).filter(|_| stays(tables, holder)) else {
            continue;
        };
        let names = Vec::new();
        let growing = Growing {
            cuts: vec![At { holder, names }],
            class,
            steps,
            mean: members.retained as f64 / members.count.max(1) as f64,
        };
        let rank = |growing: &Growing| (growing.rise(), std::cmp::Reverse(growing.class));
        if found
            .get(&holder)
            .is_none_or(|other| rank(other) < rank(&growing))
        {
            found.insert(holder, growing);
        }
    }
    for (&chain, &node) in chains {
        let (above, first) = head(view, addresses, NodeId(node));
        let holder = addresses.of[above.index()];
        let counts = tables.iter().map(|table| table.chains.get(&chain).copied());
        let Some(steps) = steps(counts).filter(|_| holder != 0 && stays(tables, holder)) else {
            continue;
        };
        let heap = view.heap;
        let edges = heap.graph().edges_from(above);
        let names = edges
            .filter(|&edge| heap.graph().target(edge) == first)
            .filter_map(|edge| Some(heap.strings().raw(heap.edge_name_id(edge)?).to_vec()));
        let growing = Growing {
            cuts: vec![At {
                holder,
                names: names.collect(),
            }],
            class: 0,
            steps,
            mean: 0.0,
        };
        found.entry(holder).or_insert(growing);
    }
    let mut found: Vec<Growing> = found.into_values().collect();
    found.sort_by_key(|growing| (std::cmp::Reverse(growing.rise()), growing.cuts[0].holder));
    found.truncate(MEASURED);
    // What a script holds can be changed there; what native code holds can not.
    let is_native = |growing: &&Growing| {
        let holders = last.holders.get(&growing.cuts[0].holder);
        let first = holders.and_then(|holders| holders.first());
        first.is_some_and(|&node| view.heap.kind(NodeId(node)) == NodeKind::NATIVE)
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
    found.extend(together);
    found
}

/// By how many a count rises at each step, if it does at every one.
fn steps(counts: impl Iterator<Item = Option<u64>>) -> Option<Vec<u64>> {
    let counts: Vec<u64> = counts.map(Option::unwrap_or_default).collect();
    let grows = |pair: &[u64]| pair[1] >= pair[0] + (pair[1] / 50).max(3);
    let steps = counts.windows(2);
    steps
        .map(|pair| grows(pair).then(|| pair[1] - pair[0]))
        .collect()
}

/// Whether an address is that of holders rather than of what becomes more itself.
fn stays(tables: &[Table], holder: u64) -> bool {
    let counts: Vec<usize> = tables
        .iter()
        .map(|table| table.holders.get(&holder).map_or(0, Vec::len))
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
fn plan(heap: &Heap, table: &Table, growing: &Growing) -> Plan {
    let mut plan = Plan::default();
    for at in &growing.cuts {
        for &node in table.holders.get(&at.holder).into_iter().flatten() {
            let node = NodeId(node);
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

fn candidate(heap: &Heap, last: &Table, growing: &Growing) -> Candidate {
    let plan = plan(heap, last, growing);
    let holder = plan
        .holders
        .first()
        .map_or(heap.root(), |holder| holder.node);
    let mut candidate = Candidate::of_holder(heap, holder);
    candidate.group.holders = plan.holders.iter().map(|holder| holder.node.0).collect();
    candidate.group.same_shape = growing.cuts.len() == 1 && plan.holders.len() > 1;
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
    last: &Last<'_, '_>,
    growing: &[Growing],
    candidates: Vec<Candidate>,
    classes: &Classes,
    totals: &Totals,
) -> Vec<(Candidate, Verdict)> {
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
    let mut judged: Vec<(Candidate, Verdict)> = Vec::new();
    for (candidate, left_out) in candidates.into_iter().zip(left_out) {
        let found = judge::judge(&candidate.measurements, classes, totals, candidate.stats);
        if let Some(mut verdict) = found.filter(|_| !left_out) {
            verdict.confidence =
                (verdict.confidence * WEIGHTS.by_address).min(WEIGHTS.by_address_most);
            verdict.bound(Bounded::of(last.view, last.scripts, &candidate));
            if verdict.confidence >= SHOWN {
                judged.push((candidate, verdict));
            }
        }
    }
    rank::sort(&mut judged);
    judged.truncate(MOST);
    judged
}

/// Why it would mean little that nothing is accused; nothing where the heap does not grow at every step, and the search
/// could look.
fn doubt(judged: &[(Candidate, Verdict)], totals: &Totals) -> Option<String> {
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

fn told(
    last: &Last<'_, '_>,
    classes: &Classes,
    judged: Vec<(Candidate, Verdict)>,
    count: usize,
    clock: &Clock<'_>,
    task: &Task,
) -> Result<Vec<Suspect>> {
    // Nobody knows when an object appeared.
    let births = vec![0; last.view.heap.node_count()];
    let topmost = Topmost::default();
    let describer = Describer {
        view: last.view,
        scripts: last.scripts,
        classes,
        births: &births,
        dumps: count as u8,
        topmost: &topmost,
    };
    let mut suspects = Vec::new();
    for (candidate, verdict) in &judged {
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
