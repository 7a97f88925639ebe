//! From a judgement to a suspect that can be shown.

use std::collections::HashMap;

use crate::analysis::describe::is_context;
use crate::analysis::paths::Step;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;
use crate::text::span::Spans;

use super::candidate::Candidate;
use super::case::Case;
use super::classes::{ClassNo, Classes};
use super::dumps::LastDump;
use super::explain;
use super::expression::{NameParts, Namer};
use super::first_seen::FirstSeen;
use super::keeping_function::{self, KeepingFunction};
use super::recognise::recognise;
use super::retainer_names::best_path;
use super::signature::{Marks, Signature};
use super::steps::rise;
use super::suspect::{Clock, Holder, Leaked, Suspect};
use super::topmost::Topmost;
use super::verdict::{AccumulatingClass, Verdict};
use super::view::{PLUMBING, SYNTHETIC, View};

/// How many objects are looked at for the way from a holder to an example.
const LOOKED_AT: usize = 1 << 16;

/// Other holders that are named.
const OTHERS: usize = 8;

/// What the words are taken from.
pub(super) struct Describer<'a> {
    pub last: &'a LastDump<'a>,
    pub classes: &'a Classes,
    pub first_seen: &'a FirstSeen,
    pub topmost: &'a Topmost,
}

/// What there is around a holder: what leads to it, what holds it together with others, what it leads to.
struct Surroundings {
    holder: NodeId,
    /// From the root to the holder.
    path: Vec<Step>,
    name_parts: NameParts,
    co_holders: Vec<Holder>,
    /// What the co-holders are called.
    others: Vec<Spans>,
    /// From the holder to an example.
    below: Vec<Step>,
    keeping_function: Option<KeepingFunction>,
    /// A function that there are as many of as members.
    made_with: Option<NodeId>,
}

impl Describer<'_> {
    fn view(&self) -> &View<'_> {
        &self.last.view
    }

    /// The suspect that a judgement makes.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn describe(
        &self,
        candidate: &Candidate,
        verdict: &Verdict,
        clock: &Clock<'_>,
        task: &Task,
    ) -> Result<Suspect> {
        let around = self.surroundings(candidate, verdict, task)?;
        let case = self.case(candidate, verdict, &around, clock);
        let pattern = recognise(&case);
        let explanation = explain::explanation(&case, pattern);
        let name = explain::holder_name(&case, pattern);
        let example = case.first_example();
        let leaked = self.leaked(verdict);
        let signature = Signature::of(&Marks {
            view: self.view(),
            scripts: &self.last.scripts,
            pattern,
            path: &around.path,
            below: &around.below,
            class: leaked.first().map_or("", |leaked| leaked.class.as_str()),
            example,
        });
        let measured = candidate.measurements.all.last();
        Ok(Suspect {
            holder: around.holder,
            holder_name: name.full,
            holder_short: name.short,
            holders: candidate.holders().collect(),
            example,
            leaked,
            growth_bytes: rise(&verdict.bytes),
            growth_per_hour: clock.per_hour(&verdict.bytes),
            span: clock.span(),
            retained_sizes: verdict.bytes.clone(),
            confidence: verdict.confidence,
            evidence: verdict.evidence,
            basis: verdict.basis,
            pattern,
            signature,
            explanation,
            frees: measured.map_or(0, |last| last.bytes),
            kept_by: around
                .keeping_function
                .as_ref()
                .and_then(|function| function.registered),
            made_with: around.made_with,
            co_holders: around.co_holders,
            below: around.below,
            path: around.path,
        })
    }

    fn case<'c>(
        &'c self,
        candidate: &'c Candidate,
        verdict: &'c Verdict,
        around: &'c Surroundings,
        clock: &Clock<'_>,
    ) -> Case<'c> {
        Case {
            below: &around.below,
            keeping_function: around.keeping_function.as_ref(),
            view: self.view(),
            scripts: &self.last.scripts,
            classes: self.classes,
            first_seen: self.first_seen,
            topmost: self.topmost,
            group: &candidate.group,
            plan: &candidate.plan,
            measurements: &candidate.measurements,
            verdict,
            holder: around.holder,
            path: &around.path,
            name_parts: &around.name_parts,
            others: &around.others,
            span: clock.span(),
        }
    }

    fn surroundings(
        &self,
        candidate: &Candidate,
        verdict: &Verdict,
        task: &Task,
    ) -> Result<Surroundings> {
        let (view, scripts) = (self.view(), &self.last.scripts);
        let holder = self.holder(candidate);
        let path = best_path(view, scripts, holder, task)?;
        let member = self.member(candidate);
        let namer = Namer { view, scripts };
        let name_parts = namer.parts(&path, member.as_deref());
        let co_holders = self.co_holders(candidate, &namer, task)?;
        let below = match first_example(candidate, verdict) {
            Some(example) => {
                self.path_to_example(candidate, holder, member.as_deref(), example, task)?
            }
            None => Vec::new(),
        };
        let keeping_function = KeepingFunction::find(view, scripts, candidate, verdict, &below);
        let made_with = match &keeping_function {
            Some(function) => Some(function.node),
            None => {
                keeping_function::function_of_members(view, scripts, candidate, self.first_seen)
            }
        };
        Ok(Surroundings {
            holder,
            path,
            name_parts,
            others: co_holders.iter().map(|other| other.short.clone()).collect(),
            co_holders,
            below,
            keeping_function,
            made_with,
        })
    }

    fn leaked(&self, verdict: &Verdict) -> Vec<Leaked> {
        let originals = self.last.scripts.originals();
        let leaked = |row: &AccumulatingClass| {
            let class = self.classes.get(row.class);
            Leaked {
                class: class.name.clone(),
                original: originals.and_then(|all| all.class(class)).cloned(),
                counts: row.counts.clone(),
                whole_dump: row.whole_dump,
            }
        };
        verdict.accumulating.iter().map(leaked).collect()
    }

    /// The holders beside the first, each with a short name; not those of one shape, which are told by their number.
    fn co_holders(
        &self,
        candidate: &Candidate,
        namer: &Namer<'_>,
        task: &Task,
    ) -> Result<Vec<Holder>> {
        if candidate.group.same_shape {
            return Ok(Vec::new());
        }
        let heap = self.view().heap;
        let mut others = Vec::new();
        for cut in candidate.plan.holders.iter().skip(1).take(OTHERS) {
            let path = best_path(self.view(), &self.last.scripts, cut.node, task)?;
            let member = match (cut.whole, cut.names.as_slice()) {
                (false, [name]) => Some(String::from_utf8_lossy(name).into_owned()),
                _ => None,
            };
            let name_parts = namer.parts(&path, member.as_deref());
            let name = explain::named((heap, &self.last.scripts), cut.node, &name_parts, "");
            others.push(Holder {
                node: cut.node,
                name: name.full,
                short: name.short,
                path,
            });
        }
        Ok(others)
    }

    /// The holder to blame: for what only roots hold, one of those.
    fn holder(&self, candidate: &Candidate) -> NodeId {
        if let Some(holder) = candidate.holders().next() {
            return holder;
        }
        let graph = self.view().heap.graph();
        let top = candidate.group.topmost.first();
        let root = top.and_then(|&top| {
            let mut sources = graph
                .edges_into(self.topmost.node(top))
                .filter(|&edge| self.view().holds(edge))
                .map(|edge| graph.source(edge));
            sources.find(|&source| self.view().is(source, SYNTHETIC))
        });
        root.unwrap_or(self.view().heap.root())
    }

    /// The property or variable of the holder that is to blame, if it is one only.
    fn member(&self, candidate: &Candidate) -> Option<String> {
        let holder = candidate.plan.holders.first()?;
        if holder.whole {
            return None;
        }
        if let Some(class) = candidate.plan.into_class {
            return self.only_member_of_class(holder.node, class);
        }
        let heap = self.view().heap;
        let graph = heap.graph();
        let is_cut = |edge: &EdgeId| {
            let name = heap
                .edge_name_id(*edge)
                .map(|name| heap.strings().raw(name));
            name.is_some_and(|name| holder.names.iter().any(|cut| cut == name))
        };
        // Numbers and texts hold nothing.
        let holds = |edge: &EdgeId| {
            let kind = heap.kind(graph.target(*edge));
            holder.names.len() == 1 || kind == NodeKind::OBJECT || kind == NodeKind::CLOSURE
        };
        let mut edges = graph.edges_from(holder.node).filter(is_cut).filter(holds);
        let name = edges.next().map(|edge| heap.edge_name(edge).to_string());
        if edges.any(|edge| Some(heap.edge_name(edge).to_string()) != name) {
            return None;
        }
        name.filter(|name| !matches!(name.as_str(), "table" | "elements" | "properties"))
    }

    /// The one property or variable by which a holder has objects of the class that accumulates; of the variables of a
    /// list's head and tail the one that keeps more.
    fn only_member_of_class(&self, holder: NodeId, class: ClassNo) -> Option<String> {
        let heap = self.view().heap;
        let graph = heap.graph();
        let name = self.classes.name(class);
        let all = graph
            .edges_from(holder)
            .filter(|&edge| heap.class_name(graph.target(edge)) == name && self.view().holds(edge));
        let all: Vec<EdgeId> = all.collect();
        if all.len() > 1 && !is_context(heap, holder) {
            return None;
        }
        let named = |&&edge: &&EdgeId| {
            matches!(heap.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
        };
        let keeps = |&&edge: &&EdgeId| (heap.retained(graph.target(edge)), std::cmp::Reverse(edge));
        let edge = all.iter().filter(named).max_by_key(keeps)?;
        Some(heap.edge_name(*edge).to_string())
    }

    /// The shortest way from the holder to an example, by its `member` if one is to blame, over what the cut frees and
    /// the holder's own parts.
    fn path_to_example(
        &self,
        candidate: &Candidate,
        holder: NodeId,
        member: Option<&str>,
        example: NodeId,
        task: &Task,
    ) -> Result<Vec<Step>> {
        let view = self.view();
        let heap = view.heap;
        let graph = heap.graph();
        let freed = &candidate.measurements.freed;
        let may_pass = |node: NodeId| {
            freed.is_empty()
                || freed.contains(node.index())
                || view.is(node, PLUMBING) && view.owner(node) == holder
                || node == example
        };
        let mut came: HashMap<NodeId, EdgeId> = HashMap::new();
        let mut queue = vec![holder];
        let mut next = 0;
        let class = heap.class_id(example);
        while let Some(&node) = queue.get(next) {
            next += 1;
            if next > LOOKED_AT {
                return Ok(Vec::new());
            }
            task.check()?;
            for edge in graph.edges_from(node) {
                let target = graph.target(edge);
                if target == holder
                    || !view.holds(edge)
                    || !may_pass(target)
                    || came.contains_key(&target)
                    || node == holder
                        && member.is_some_and(|member| heap.edge_name(edge).to_string() != member)
                {
                    continue;
                }
                came.insert(target, edge);
                let alike = heap.class_id(target) == class
                    && (freed.is_empty() || freed.contains(target.index()));
                if target == example || alike {
                    return Ok(self.steps(&came, holder, target));
                }
                queue.push(target);
            }
        }
        Ok(Vec::new())
    }

    fn steps(&self, came: &HashMap<NodeId, EdgeId>, holder: NodeId, end: NodeId) -> Vec<Step> {
        let graph = self.view().heap.graph();
        let mut steps = Vec::new();
        let mut node = end;
        while node != holder {
            let Some(&edge) = came.get(&node) else {
                break;
            };
            steps.push(Step {
                edge: Some(edge),
                node,
            });
            node = graph.source(edge);
        }
        steps.reverse();
        steps
    }
}

/// An object of the first row in the last dump.
fn first_example(candidate: &Candidate, verdict: &Verdict) -> Option<NodeId> {
    let class = verdict.accumulating.first()?.class;
    candidate.measurements.example(class)
}
