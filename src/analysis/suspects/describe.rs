//! From a judgement to a suspect that can be shown.

use std::collections::HashMap;

use crate::analysis::describe::{Scripts, is_context};
use crate::analysis::paths::Step;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;
use crate::text::span::Spans;

use super::candidate::Candidate;
use super::case::Case;
use super::classes::Classes;
use super::explain;
use super::expression::Namer;
use super::keeping_function::{self, By};
use super::recognise::recognise;
use super::retainer_names::best_path;
use super::signature::{Marks, Signature};
use super::suspect::{Clock, Holder, Leaked, Suspect};
use super::topmost::Topmost;
use super::verdict::Verdict;
use super::view::{PLUMBING, SYNTHETIC, View};

/// How many objects are looked at for the way from a holder to an example.
const LOOKED_AT: usize = 1 << 16;

/// Other holders that are named.
const OTHERS: usize = 8;

/// What the words are taken from.
pub(super) struct Describer<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
    pub classes: &'a Classes,
    pub births: &'a [u8],
    pub dumps: u8,
    pub topmost: &'a Topmost,
}

impl Describer<'_> {
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
        let holder = self.holder(candidate);
        let path = best_path(self.view, self.scripts, holder, task)?;
        let member = self.member(candidate);
        let namer = Namer {
            view: self.view,
            scripts: self.scripts,
        };
        let called = namer.call(&path, member.as_deref());
        let co_holders = self.co_holders(candidate, &namer, task)?;
        let others: Vec<Spans> = co_holders.iter().map(|other| other.short.clone()).collect();
        let below = match first_example(candidate, verdict) {
            Some(example) => self.way(candidate, holder, member.as_deref(), example, task)?,
            None => Vec::new(),
        };
        let by = By::most(self.view, self.scripts, candidate, verdict, &below);
        let made_with = match &by {
            Some(by) => Some(by.node),
            None => keeping_function::function_of_members(
                self.view,
                self.scripts,
                candidate,
                self.births,
            ),
        };
        let case = Case {
            below: &below,
            by: by.as_ref(),
            view: self.view,
            scripts: self.scripts,
            classes: self.classes,
            births: self.births,
            dumps: self.dumps,
            topmost: self.topmost,
            group: &candidate.group,
            plan: &candidate.plan,
            measurements: &candidate.measurements,
            verdict,
            holder,
            path: &path,
            called: &called,
            others: &others,
            span: clock.span(),
        };
        let pattern = recognise(&case);
        let explanation = explain::explanation(&case, pattern);
        let name = explain::holder_name(&case, pattern);
        let example = case.first_example();
        let originals = self.scripts.originals();
        let leaked = verdict.accumulating.iter().map(|row| {
            let class = self.classes.get(row.class);
            Leaked {
                class: class.name.clone(),
                original: originals.and_then(|all| all.class(class)).cloned(),
                counts: row.counts.clone(),
                whole_dump: row.whole_dump,
            }
        });
        let leaked: Vec<Leaked> = leaked.collect();
        let signature = Signature::of(&Marks {
            view: self.view,
            scripts: self.scripts,
            pattern,
            path: &path,
            below: &below,
            class: leaked.first().map_or("", |leaked| leaked.class.as_str()),
            example,
        });
        let ends = (
            verdict.bytes.first().copied(),
            verdict.bytes.last().copied(),
        );
        Ok(Suspect {
            holder,
            holder_name: name.full,
            holder_short: name.short,
            holders: candidate.holders().collect(),
            example,
            leaked,
            growth_bytes: ends.1.unwrap_or(0) as i64 - ends.0.unwrap_or(0) as i64,
            growth_per_hour: clock.per_hour(&verdict.bytes),
            span: case.span,
            retained_sizes: verdict.bytes.clone(),
            confidence: verdict.confidence,
            evidence: verdict.evidence,
            basis: verdict.basis,
            pattern,
            signature,
            explanation,
            co_holders,
            frees: candidate
                .measurements
                .all
                .last()
                .map_or(0, |last| last.bytes),
            kept_by: by.as_ref().and_then(|by| by.registered),
            made_with,
            below,
            path,
        })
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
        let heap = self.view.heap;
        let mut others = Vec::new();
        for cut in candidate.plan.holders.iter().skip(1).take(OTHERS) {
            let path = best_path(self.view, self.scripts, cut.node, task)?;
            let member = match (cut.whole, cut.names.as_slice()) {
                (false, [name]) => Some(String::from_utf8_lossy(name).into_owned()),
                _ => None,
            };
            let called = namer.call(&path, member.as_deref());
            let name = explain::named((heap, self.scripts), cut.node, &called, "");
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
        let graph = self.view.heap.graph();
        let top = candidate.group.topmost.first();
        let root = top.and_then(|&top| {
            let mut sources = graph
                .edges_into(NodeId(self.topmost.nodes[top as usize]))
                .filter(|&edge| self.view.holds(edge))
                .map(|edge| graph.source(edge));
            sources.find(|&source| self.view.is(source, SYNTHETIC))
        });
        root.unwrap_or(self.view.heap.root())
    }

    /// The property or variable of the holder that is to blame, if it is one only.
    fn member(&self, candidate: &Candidate) -> Option<String> {
        let holder = candidate.plan.holders.first()?;
        if holder.whole {
            return None;
        }
        if candidate.plan.into_class.is_some() {
            return self.only_member_of_class(holder.node, candidate.group.top_class);
        }
        let heap = self.view.heap;
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
    fn only_member_of_class(&self, holder: NodeId, class: u32) -> Option<String> {
        let heap = self.view.heap;
        let graph = heap.graph();
        let name = self.classes.name(class);
        let all = graph
            .edges_from(holder)
            .filter(|&edge| heap.class_name(graph.target(edge)) == name && self.view.holds(edge));
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
    fn way(
        &self,
        candidate: &Candidate,
        holder: NodeId,
        member: Option<&str>,
        example: NodeId,
        task: &Task,
    ) -> Result<Vec<Step>> {
        let view = self.view;
        let heap = view.heap;
        let graph = heap.graph();
        let freed = &candidate.measurements.freed;
        let may_pass = |node: NodeId| {
            freed.is_empty()
                || freed.contains(node.index())
                || view.is(node, PLUMBING) && view.owner(node) == holder
                || node == example
        };
        let mut came: HashMap<u32, u32> = HashMap::new();
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
                    || came.contains_key(&target.0)
                    || node == holder
                        && member.is_some_and(|member| heap.edge_name(edge).to_string() != member)
                {
                    continue;
                }
                came.insert(target.0, edge.0);
                let alike = heap.class_id(target) == class
                    && (freed.is_empty() || freed.contains(target.index()));
                if target == example || alike {
                    return Ok(self.back(&came, holder, target));
                }
                queue.push(target);
            }
        }
        Ok(Vec::new())
    }

    fn back(&self, came: &HashMap<u32, u32>, holder: NodeId, end: NodeId) -> Vec<Step> {
        let graph = self.view.heap.graph();
        let mut steps = Vec::new();
        let mut node = end;
        while node != holder {
            let Some(&edge) = came.get(&node.0) else {
                break;
            };
            let edge = EdgeId(edge);
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
    candidate.measurements.examples.get(&class).copied()
}
