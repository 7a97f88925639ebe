//! The lists that branches are made of, and the ways that unfold by themselves. Workers make them.

use std::sync::Arc;

use crate::analysis::chains::{Span, fold, shape_of_held, shape_of_holder};
use crate::analysis::describe::{edge_label, entries, role, runtime_stretch};
use crate::analysis::internals::{Split, split_fields, split_retainers};
use crate::analysis::objects::{instances, sort};
use crate::analysis::paths::{Step, path_from_root};
use crate::analysis::retainers::Ways;
use crate::analysis::{dominators, fields};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::source::{HOPS, INTERNALS, OTHERS, Source, Way, is_fold};
use crate::tui::view::{Marks, Order, View};

/// Words for a row that others are folded into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The row's number.
    pub value: u32,
    /// What is folded: `next ×1,000,000`, `7 internal references`.
    pub words: Spans,
}

/// The list of a branch.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The rows, as numbers.
    pub list: Vec<u32>,
    /// What to mark in class rows.
    pub marks: Marks,
    /// Rows that others are folded into.
    pub notes: Vec<Note>,
}

/// A branch of a way that unfolds by itself.
#[derive(Debug, Clone)]
pub struct Level {
    /// The list.
    pub list: Arc<[u32]>,
    /// Rows that others are folded into.
    pub notes: Vec<Note>,
    /// The row through which the way leads on.
    pub at: u32,
}

/// The chain of retainers that unfolds by itself.
#[derive(Debug, Clone)]
pub struct Holders {
    /// Whose retainers they are.
    pub node: NodeId,
    /// The retainers of `node`, of the holder that the way leads to, and so on.
    pub levels: Vec<Level>,
    /// Whether nothing reaches the object any more, with what is left out.
    pub freed: bool,
    /// Where the way comes to what is the runtime's, which stays folded, and what that is.
    pub runtime: Option<(NodeId, Spans)>,
}

/// As many steps of a path are looked at for what is the runtime's.
const PATH: usize = 128;

/// So many other retainers on a way are folded into a row.
const SIBLINGS: usize = 5;

/// The most names of steps that are put before `×`.
const NAMED_STEPS: usize = 3;

impl View {
    /// Makes the list of a branch, in the order asked for.
    ///
    /// # Errors
    /// When cancelled.
    pub fn branch(&self, source: Source, order: &Order, task: &Task) -> Result<Listed> {
        let heap = &*self.heap;
        let list = match source {
            Source::Classes => {
                let (list, marks) = self.class_list(order);
                return Ok(Listed {
                    list,
                    marks,
                    notes: Vec::new(),
                });
            }
            Source::Object(node) => vec![node.0],
            Source::Instances(class) => {
                let nodes =
                    instances(heap, class, &self.selection, order.key, order.reverse, task)?;
                nodes.into_iter().map(|node| node.0).collect()
            }
            Source::Fields(node) => return self.fields(node, order, None, task),
            Source::Dominated(node) => self.dominated(node, order, task)?,
            Source::Retainers(node) => {
                let chain = self.chain(node, order, task)?;
                return self
                    .retainers(node, order, &chain, task)
                    .map(|found| found.0);
            }
            Source::Others(node) => {
                let chain = self.chain(node, order, task)?;
                let (listed, way) = self.retainers(node, order, &chain, task)?;
                let mut list = listed.list;
                if let Some((at, _)) = way {
                    list.remove(at as usize);
                }
                list.retain(|&value| !is_fold(value));
                list
            }
            Source::Internals(way, node) => {
                let split = match way {
                    Way::Retainers => {
                        let keep = self.ways(order).nearest(node);
                        self.split_retainers(node, order, keep, task)?
                    }
                    _ => self.split_fields(node, order, None, task)?,
                };
                plain(split.folded)
            }
            Source::Beyond(way, from, node) => {
                let mut listed = self.branch(way.of(node), order, task)?;
                let hops = self.hops(way, from, node, order, task)?.len();
                listed.list.insert(0, HOPS);
                listed.notes.push(Note {
                    value: HOPS,
                    words: Spans::new().note(format!("{} steps, one by one", grouped(hops as u64))),
                });
                return Ok(listed);
            }
            Source::Hops(way, from, node) => self.hops(way, from, node, order, task)?,
        };
        Ok(Listed {
            list,
            ..Listed::default()
        })
    }

    fn ways<'a>(&'a self, order: &'a Order) -> Ways<'a> {
        Ways::new(&self.heap, order.detour.as_deref())
    }

    /// The steps of a folded stretch.
    fn hops(
        &self,
        way: Way,
        from: NodeId,
        to: NodeId,
        order: &Order,
        task: &Task,
    ) -> Result<Vec<u32>> {
        let graph = self.heap.graph();
        Ok(match way {
            Way::Retainers => {
                let mut hops = Vec::new();
                for edge in self.ways(order).chain(from, task)? {
                    hops.push(edge.0);
                    if graph.source(edge) == to {
                        break;
                    }
                }
                hops
            }
            Way::Fields => {
                let mut hops = Vec::new();
                for edge in Ways::new(&self.heap, None).chain(to, task)? {
                    hops.push(edge.0);
                    if graph.source(edge) == from {
                        break;
                    }
                }
                hops.reverse();
                hops
            }
            Way::Dominated => {
                let above = dominators::chain(&self.heap, to);
                let between = above.into_iter().take_while(|&node| node != from);
                let mut hops: Vec<u32> = between.map(|node| node.0).collect();
                hops.reverse();
                hops.push(to.0);
                hops
            }
        })
    }

    fn dominated(&self, node: NodeId, order: &Order, task: &Task) -> Result<Vec<u32>> {
        let below = self.heap.dominated(task)?.of(node);
        let mut nodes: Vec<NodeId> = below.iter().copied().map(NodeId).collect();
        sort(&self.heap, &mut nodes, order.key, order.reverse);
        Ok(nodes.into_iter().map(|node| node.0).collect())
    }

    /// The fields of an object: the entries of Maps, Sets and arrays, then its own references. `way` stays in view.
    fn fields(
        &self,
        node: NodeId,
        order: &Order,
        way: Option<EdgeId>,
        task: &Task,
    ) -> Result<Listed> {
        let mut list = self.entries(node, task)?;
        let split = self.split_fields(node, order, way, task)?;
        list.extend(split.shown.into_iter().map(|edge| edge.0));
        Ok(with_internals(list, split.folded.len()))
    }

    fn split_fields(
        &self,
        node: NodeId,
        order: &Order,
        keep: Option<EdgeId>,
        task: &Task,
    ) -> Result<Split> {
        let heap = &*self.heap;
        let mut list = fields::sorted(heap, node, (order.key, order.reverse), task)?;
        if node == heap.root() {
            // What the application can name comes before what only the engine reaches.
            list.sort_by_key(|&edge| !heap.is_user_root(heap.graph().target(edge)));
        }
        if order.internals {
            return Ok(Split {
                shown: list,
                folded: Vec::new(),
            });
        }
        split_fields(heap, node, list, keep, task)
    }

    /// The entries of a Map, Set or array that are not among its own references, as edges of its backing store.
    fn entries(&self, node: NodeId, task: &Task) -> Result<Vec<u32>> {
        let own = self.heap.graph().edge_range(node);
        let entries = entries(&self.heap, node, task)?.unwrap_or_default();
        let edges = entries.iter().filter_map(|entry| entry.value.or(entry.key));
        Ok(edges
            .filter(|edge| !own.contains(&edge.index()))
            .map(|edge| edge.0)
            .collect())
    }

    fn split_retainers(
        &self,
        node: NodeId,
        order: &Order,
        keep: Option<EdgeId>,
        task: &Task,
    ) -> Result<Split> {
        let ways = self.ways(order);
        let list = ways.sorted(
            node,
            order.weak,
            (order.holders, order.holders_reverse),
            task,
        )?;
        if order.internals {
            return Ok(Split {
                shown: list,
                folded: Vec::new(),
            });
        }
        split_retainers(&self.heap, list, keep, task)
    }

    /// The chain of retainers of a node: first rows, as DevTools has them.
    fn chain(&self, node: NodeId, order: &Order, task: &Task) -> Result<Vec<EdgeId>> {
        self.ways(order).chain(node, task)
    }

    /// The retainers of a node whose shortest way up is `chain`. Where that begins with a stretch of repeated hops, one
    /// row stands for it. Also gives the row by which the way leads on, and how many steps it stands for.
    fn retainers(
        &self,
        node: NodeId,
        order: &Order,
        chain: &[EdgeId],
        task: &Task,
    ) -> Result<(Listed, Option<(u32, usize)>)> {
        // The beginning decides how the first stretch is folded; a look at all of it costs no more than the chain did.
        let shapes: Vec<_> = chain
            .iter()
            .map(|&edge| shape_of_holder(&self.heap, edge))
            .collect();
        let span = fold(&shapes).first().copied();
        self.level(node, order, chain, span, task)
    }

    fn level(
        &self,
        node: NodeId,
        order: &Order,
        chain: &[EdgeId],
        span: Option<Span>,
        task: &Task,
    ) -> Result<(Listed, Option<(u32, usize)>)> {
        let first = span.and_then(|span| chain.get(span.first).copied());
        let split = self.split_retainers(node, order, first, task)?;
        let mut listed = with_internals(plain(split.shown), split.folded.len());
        let (Some(span), Some(first)) = (span, first) else {
            return Ok((listed, None));
        };
        let Some(at) = listed.list.iter().position(|&edge| edge == first.0) else {
            return Ok((listed, None));
        };
        if span.count > 1
            && let Some(last) = chain.get(span.last())
        {
            listed.list[at] = last.0;
            listed.notes.push(Note {
                value: last.0,
                words: self.stretch(chain, span),
            });
        }
        Ok((listed, Some((at as u32, span.count))))
    }

    /// A folded stretch in words: `next ×1,000,000`, `next, value ×500,000`, `998,000 steps`.
    fn stretch(&self, edges: &[EdgeId], span: Span) -> Spans {
        let steps = edges.get(span.first..).unwrap_or_default();
        if span.period == 0 {
            return Spans::new().note(format!("{} steps", grouped(span.count as u64)));
        }
        let mut words = Spans::new();
        for &edge in steps.iter().take(span.period.min(NAMED_STEPS)) {
            if !words.is_empty() {
                words = words.note(", ");
            }
            words.append(edge_label(&self.heap, edge));
        }
        let times = grouped((span.count / span.period) as u64);
        words.note(format!(" ×{times}"))
    }

    /// The retainers of a node along the chain that DevTools unfolds: first row, its first row, and so on while
    /// there are steps to the root left and the row is not above itself. Repeated hops are folded.
    ///
    /// # Errors
    /// When cancelled.
    pub fn holders(&self, node: NodeId, order: &Order, task: &Task) -> Result<Holders> {
        let graph = self.heap.graph();
        let chain = self.chain(node, order, task)?;
        let shapes: Vec<_> = chain
            .iter()
            .map(|&edge| shape_of_holder(&self.heap, edge))
            .collect();
        let spans = fold(&shapes);
        drop(shapes);
        let runtime = self.runtime_of(&chain);
        let mut levels: Vec<Level> = Vec::with_capacity(spans.len());
        let mut current = node;
        let mut hops = 0;
        for span in spans {
            let (listed, way) = self.level(current, order, &chain, Some(span), task)?;
            let Some((at, _)) = way else { break };
            let (listed, at) = match levels.is_empty() {
                // Who refers to the object itself matters; of the others only the way.
                true => (listed, at),
                false => without_others(listed, at),
            };
            levels.push(beyond(listed, at, hops));
            hops = if span.count > 1 { span.count } else { 0 };
            let Some(&edge) = chain.get(span.last()) else {
                break;
            };
            current = graph.source(edge);
            if runtime.as_ref().is_some_and(|(end, _)| *end == current) {
                hops = 0;
                break;
            }
        }
        if levels.is_empty() {
            let (listed, _) = self.level(node, order, &chain, None, task)?;
            levels.push(beyond(listed, 0, 0));
        } else if hops > 0 {
            // Whoever folds hops wants to see where they lead.
            let (listed, _) = self.level(current, order, &[], None, task)?;
            levels.push(beyond(listed, 0, hops));
        }
        let freed = order.detour.as_ref().is_some_and(|_| {
            self.ways(order).distance(node) >= crate::analysis::retainers::UNREACHABLE
        });
        Ok(Holders {
            node,
            levels,
            freed,
            runtime,
        })
    }

    /// Where a chain of retainers comes to what is the runtime's, and what that is.
    fn runtime_of(&self, chain: &[EdgeId]) -> Option<(NodeId, Spans)> {
        let graph = self.heap.graph();
        let uppermost = chain.last()?;
        let first = Step {
            edge: None,
            node: graph.source(*uppermost),
        };
        let below = chain.iter().rev().map(|&edge| Step {
            edge: Some(edge),
            node: graph.target(edge),
        });
        let path: Vec<Step> = std::iter::once(first).chain(below).take(PATH).collect();
        let stretch = runtime_stretch(&self.heap, self.names.scripts(), &path)?;
        // The object itself may be the runtime's.
        (stretch.steps < path.len()).then(|| (stretch.end, stretch.words()))
    }

    /// The way down to a node that a tree unfolds: from the root by references, or by dominators. Nothing where there
    /// is none.
    ///
    /// # Errors
    /// When cancelled.
    pub fn way_down(
        &self,
        way: Way,
        node: NodeId,
        order: &Order,
        task: &Task,
    ) -> Result<Option<Vec<Level>>> {
        match way {
            Way::Dominated => self.dominated_down(node, order, task).map(Some),
            _ => self.fields_down(node, order, task),
        }
    }

    fn fields_down(&self, node: NodeId, order: &Order, task: &Task) -> Result<Option<Vec<Level>>> {
        let heap = &*self.heap;
        let path = path_from_root(heap, node, task)?;
        if path.first().is_none_or(|step| step.node != heap.root()) {
            return Ok(None);
        }
        let edges: Vec<EdgeId> = path.iter().filter_map(|step| step.edge).collect();
        drop(path);
        let shapes: Vec<_> = edges
            .iter()
            .map(|&edge| shape_of_held(heap, edge))
            .collect();
        let spans = fold(&shapes);
        drop(shapes);
        let mut levels = Vec::with_capacity(spans.len());
        let mut current = heap.root();
        let mut hops = 0;
        let mut spans = spans.into_iter().peekable();
        while let Some(span) = spans.next() {
            let (Some(&first), Some(&last)) = (edges.get(span.first), edges.get(span.last()))
            else {
                break;
            };
            let mut listed = self.fields(current, order, Some(first), task)?;
            let mut value = last;
            if span.count > 1 {
                listed.list.insert(0, last.0);
                listed.notes.push(Note {
                    value: last.0,
                    words: self.stretch(&edges, span),
                });
            } else if let Some(entry) = self.entry_of(current, first, spans.peek(), &edges) {
                // A Map's entries stand in its own list: its table is passed over.
                if listed.list.contains(&entry.0) {
                    spans.next();
                    value = entry;
                }
            }
            let at = listed.list.iter().position(|&edge| edge == value.0);
            let at = at.unwrap_or_else(|| {
                listed.list.insert(0, value.0);
                0
            });
            levels.push(beyond(listed, at as u32, hops));
            hops = if span.count > 1 { span.count } else { 0 };
            current = heap.graph().target(value);
        }
        Ok(Some(levels))
    }

    /// The entry of a Map or Set that a way through its table goes by.
    fn entry_of(
        &self,
        owner: NodeId,
        table: EdgeId,
        next: Option<&Span>,
        edges: &[EdgeId],
    ) -> Option<EdgeId> {
        let next = next.filter(|span| span.count == 1)?;
        let &entry = edges.get(next.first)?;
        let graph = self.heap.graph();
        let through = graph.target(table) == graph.source(entry);
        (through && role(&self.heap, entry)?.container == owner).then_some(entry)
    }

    fn dominated_down(&self, node: NodeId, order: &Order, task: &Task) -> Result<Vec<Level>> {
        let heap: &Heap = &self.heap;
        let mut nodes = dominators::chain(heap, node);
        nodes.reverse();
        if node != heap.root() {
            nodes.push(node);
        }
        // The first is the root, whose list is the first level.
        let below = nodes.get(1..).unwrap_or_default();
        let classes: Vec<_> = below.iter().map(|&node| heap.class_id(node)).collect();
        let mut levels = Vec::new();
        let mut current = heap.root();
        let mut hops = 0;
        for span in fold(&classes) {
            let Some(&last) = below.get(span.last()) else {
                break;
            };
            let mut listed = Listed {
                list: self.dominated(current, order, task)?,
                ..Listed::default()
            };
            if span.count > 1 {
                listed.list.insert(0, last.0);
                let times = grouped(span.count as u64);
                listed.notes.push(Note {
                    value: last.0,
                    words: if span.period == 1 {
                        let class = self.names.scripts().class_of(heap, last);
                        class.note(format!(" ×{times}, down to"))
                    } else {
                        Spans::new().note(format!("{times} levels, down to"))
                    },
                });
            }
            let at = listed.list.iter().position(|&node| node == last.0);
            levels.push(beyond(listed, at.unwrap_or(0) as u32, hops));
            hops = if span.count > 1 { span.count } else { 0 };
            current = last;
        }
        Ok(levels)
    }
}

/// The list of a level of a way in which only the row of the way stays, where there are many; gives where that is.
fn without_others(mut listed: Listed, at: u32) -> (Listed, u32) {
    let Some(&way) = listed.list.get(at as usize) else {
        return (listed, at);
    };
    let is_other = |&value: &u32| value != way && !is_fold(value);
    let others = listed.list.iter().copied().filter(|value| is_other(value));
    let others = others.count();
    if others < SIBLINGS {
        return (listed, at);
    }
    let folded = listed.list.iter().copied();
    let folded: Vec<u32> = folded.filter(|&value| is_fold(value)).collect();
    listed.list = vec![way, OTHERS];
    listed.list.extend(folded);
    listed.notes.push(Note {
        value: OTHERS,
        words: Spans::new().note(format!("… {} more retainers", grouped(others as u64))),
    });
    (listed, 0)
}

/// A level of a way; where a stretch of `hops` leads to it, a row for these comes first.
fn beyond(mut listed: Listed, at: u32, hops: usize) -> Level {
    let mut at = at;
    if hops > 0 {
        listed.list.insert(0, HOPS);
        listed.notes.push(Note {
            value: HOPS,
            words: Spans::new().note(format!("{} steps, one by one", grouped(hops as u64))),
        });
        at += 1;
    }
    Level {
        list: listed.list.into(),
        notes: listed.notes,
        at,
    }
}

fn plain(edges: Vec<EdgeId>) -> Vec<u32> {
    edges.into_iter().map(|edge| edge.0).collect()
}

/// A list, and behind it a row for what is folded of it.
fn with_internals(mut list: Vec<u32>, folded: usize) -> Listed {
    let mut notes = Vec::new();
    if folded > 0 {
        list.push(INTERNALS);
        notes.push(Note {
            value: INTERNALS,
            words: Spans::new().note(format!("… {} internal references", grouped(folded as u64))),
        });
    }
    Listed {
        list,
        marks: Marks::new(),
        notes,
    }
}
