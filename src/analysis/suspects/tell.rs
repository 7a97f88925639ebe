//! From a judgement to a suspect that can be shown.

use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::analysis::paths::{Step, path_from_root};
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::EdgeKind;
use crate::task::Task;

use super::candidate::Candidate;
use super::case::Case;
use super::classes::Classes;
use super::explain;
use super::judge::Verdict;
use super::pattern::recognise;
use super::suspect::{Clock, Leaked, Suspect};
use super::tops::Tops;
use super::view::{SYNTHETIC, View};
use super::words::{Words, with_article};

/// How many objects are looked at for the way from a holder to an example.
const LOOKED_AT: usize = 1 << 16;

/// Other holders that are named.
const OTHERS: usize = 3;

/// What the words are taken from.
pub(super) struct Teller<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
    pub classes: &'a Classes,
    pub births: &'a [u8],
    pub dumps: u8,
    pub tops: &'a Tops,
}

impl Teller<'_> {
    /// The suspect that a judgement makes.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn tell(
        &self,
        candidate: &Candidate,
        verdict: &Verdict,
        clock: &Clock<'_>,
        task: &Task,
    ) -> Result<Suspect> {
        let heap = self.view.heap;
        let holder = self.holder(candidate);
        let path = path_from_root(heap, holder, task)?;
        let member = self.member(candidate);
        let words = Words {
            view: self.view,
            scripts: self.scripts,
        };
        let called = words.call(&path, member.as_deref());
        let mut others = Vec::new();
        for other in candidate.holders().skip(1).take(OTHERS) {
            let path = path_from_root(heap, other, task)?;
            let called = words.call(&path, None);
            let class = with_article(heap.class_name(other));
            others.push(match called.expression.is_empty() {
                true => format!("{class} @{}", heap.id(other)),
                false => format!("`{}` ({class})", called.expression),
            });
        }
        let case = Case {
            view: self.view,
            classes: self.classes,
            births: self.births,
            dumps: self.dumps,
            tops: self.tops,
            group: &candidate.group,
            plan: &candidate.plan,
            readings: &candidate.readings,
            verdict,
            holder,
            path: &path,
            called: &called,
            others: &others,
            span: clock.span(),
        };
        let pattern = recognise(&case);
        let told = explain::told(&case, pattern);
        let example = case.first_example();
        let leaked = verdict.piles.iter().map(|pile| Leaked {
            class: self.classes.name(pile.class).to_owned(),
            counts: pile.counts.clone(),
            whole_dump: pile.whole_dump,
        });
        let ends = (
            verdict.bytes.first().copied(),
            verdict.bytes.last().copied(),
        );
        Ok(Suspect {
            holder,
            holder_name: explain::holder_name(&case),
            holders: candidate.holders().collect(),
            below: match example {
                Some(example) => self.way(holder, member.as_deref(), example, task)?,
                None => Vec::new(),
            },
            example,
            leaked: leaked.collect(),
            growth_bytes: ends.1.unwrap_or(0) as i64 - ends.0.unwrap_or(0) as i64,
            growth_per_hour: clock.per_hour(&verdict.bytes),
            span: case.span,
            retained_sizes: verdict.bytes.clone(),
            confidence: verdict.confidence,
            evidence: verdict.evidence,
            basis: verdict.basis,
            pattern,
            explanation: told.explanation(),
            advice: told.advice(),
            told,
            path,
        })
    }

    /// The holder to blame: for what only roots hold, one of those.
    fn holder(&self, candidate: &Candidate) -> NodeId {
        if let Some(holder) = candidate.holders().next() {
            return holder;
        }
        let graph = self.view.heap.graph();
        let top = candidate.group.tops.first();
        let root = top.and_then(|&top| {
            let mut sources = graph
                .edges_into(NodeId(self.tops.nodes[top as usize]))
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
        let [name] = holder.names.as_slice() else {
            return None;
        };
        let heap = self.view.heap;
        let name = heap.graph().edges_from(holder.node).find_map(|edge| {
            let id = heap.edge_name_id(edge)?;
            (heap.strings().raw(id) == name.as_slice()).then(|| heap.edge_name(edge).to_string())
        });
        name.filter(|name| !matches!(name.as_str(), "table" | "elements" | "properties"))
    }

    /// The one property or variable by which a holder has objects of the class that piles up.
    fn only_member_of_class(&self, holder: NodeId, class: u32) -> Option<String> {
        let heap = self.view.heap;
        let graph = heap.graph();
        let name = self.classes.name(class);
        let mut names = graph
            .edges_from(holder)
            .filter(|&edge| heap.class_name(graph.target(edge)) == name && self.view.holds(edge));
        let edge = names.next()?;
        let named = matches!(heap.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT);
        (named && names.next().is_none()).then(|| heap.edge_name(edge).to_string())
    }

    /// The shortest way from the holder to an example, by its `member` if one is to blame, over what it dominates.
    fn way(
        &self,
        holder: NodeId,
        member: Option<&str>,
        example: NodeId,
        task: &Task,
    ) -> Result<Vec<Step>> {
        let heap = self.view.heap;
        let graph = heap.graph();
        let mut came: HashMap<u32, u32> = HashMap::new();
        let mut queue = vec![holder];
        let mut next = 0;
        let first_class = heap.class_id(example);
        while let Some(&node) = queue.get(next) {
            next += 1;
            if next > LOOKED_AT {
                return Ok(Vec::new());
            }
            task.check()?;
            for edge in graph.edges_from(node) {
                let target = graph.target(edge);
                if target == holder
                    || !self.view.holds(edge)
                    || came.contains_key(&target.0)
                    || node == holder
                        && member.is_some_and(|member| heap.edge_name(edge).to_string() != member)
                {
                    continue;
                }
                came.insert(target.0, edge.0);
                if target == example || heap.class_id(target) == first_class {
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
            let edge = crate::graph::EdgeId(edge);
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
