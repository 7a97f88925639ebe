//! The way to a holder that names it best: a variable, a property of a module or of a global, an export.
//!
//! DevTools' shortest path may come from the stack, a timer or a handle, by indices that nobody wrote. A holder mostly
//! has another retainer with the name that its author gave it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::analysis::describe::{
    Part, Scripts, export_name, is_cell, is_context, is_global, is_runtime_script, module_path,
    role,
};
use crate::analysis::paths::{Step, path_from_root};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::EdgeName;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;
use crate::text::place::package;

use super::view::{NOISE, PLUMBING, SYNTHETIC, View};

/// Objects that are looked at on the way up.
const LOOKED_AT: usize = 4000;
/// Retainers of one object that are looked at.
const ROW: usize = 256;

/// What a step upwards costs: the more, the less its name tells a reader.
mod cost {
    /// A variable, an export, a property of a global or a module: the name begins here.
    pub const NAME: u32 = 1;
    /// The variable is `this` or the like, which says nothing.
    pub const PRONOUN: u32 = 4;
    /// It is the runtime's.
    pub const RUNTIME: u32 = 8;
    /// It is a package's: the application has a name for most of what it uses.
    pub const PACKAGE: u32 = 3;
    /// A property of an object.
    pub const PROPERTY: u32 = 2;
    /// A property behind a symbol.
    pub const SYMBOL: u32 = 3;
    /// An element of an array, or an entry of a Map or Set.
    pub const ENTRY: u32 = 4;
    /// From variables to the function that has them.
    pub const CLOSURE: u32 = 4;
    /// A reference of the engine's own.
    pub const INTERNAL: u32 = 6;
    /// A reference between native objects, which have no names.
    pub const NATIVE: u32 = 8;
    /// What passes: timers, promises.
    pub const PASSING: u32 = 10;
}

/// The path from the root to `holder` that names it best; DevTools' shortest where none has a name.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn best_path(
    view: &View<'_>,
    scripts: &Scripts,
    holder: NodeId,
    task: &Task,
) -> Result<Vec<Step>> {
    let search = Search {
        view,
        scripts,
        holder,
    };
    let shortest = path_from_root(view.heap, holder, task)?;
    if let Some((cost, steps)) = search.run(task)? {
        if search
            .cost_of(&shortest)
            .is_some_and(|own| own <= cost + AS_GOOD)
        {
            return Ok(shortest);
        }
        let begin = view.heap.graph().source(steps[0].edge.unwrap_or(EdgeId(0)));
        let mut path = path_from_root(view.heap, begin, task)?;
        if path.iter().all(|step| step.node != holder) {
            path.extend(steps);
            return Ok(path);
        }
    }
    Ok(shortest)
}

/// A path that costs this much more than the best names a holder as well.
const AS_GOOD: u32 = 1;

struct Search<'a> {
    view: &'a View<'a>,
    scripts: &'a Scripts,
    holder: NodeId,
}

impl Search<'_> {
    /// The steps from the object where the name begins, which is the first edge's source, down to the holder.
    fn run(&self, task: &Task) -> Result<Option<(u32, Vec<Step>)>> {
        let graph = self.view.heap.graph();
        // By object: the edge that leads from it down to the holder.
        let mut down: HashMap<NodeId, (EdgeId, NodeId)> = HashMap::new();
        let mut costs: HashMap<NodeId, u32> = HashMap::from([(self.holder, 0)]);
        let mut open = BinaryHeap::from([Reverse((0, self.holder))]);
        let mut best: Option<(u32, EdgeId, NodeId)> = None;
        let mut looked_at = 0;
        while let Some(Reverse((cost, node))) = open.pop() {
            if best.is_some_and(|(known, ..)| cost >= known) || looked_at > LOOKED_AT {
                break;
            }
            if costs.get(&node).is_some_and(|&known| known < cost) {
                continue;
            }
            looked_at += 1;
            task.check()?;
            for edge in graph.edges_into(node).take(ROW) {
                let source = graph.source(edge);
                if !self.may_pass(edge, source) {
                    continue;
                }
                if let Some(more) = self.begins(edge, source)
                    && best.is_none_or(|(known, ..)| cost + more < known)
                {
                    best = Some((cost + more, edge, node));
                }
                let total = cost + self.step(edge, source);
                if costs.get(&source).is_none_or(|&known| total < known) {
                    costs.insert(source, total);
                    down.insert(source, (edge, node));
                    open.push(Reverse((total, source)));
                }
            }
        }
        let Some((cost, edge, mut node)) = best else {
            return Ok(None);
        };
        let mut steps = vec![Step {
            edge: Some(edge),
            node,
        }];
        while node != self.holder {
            let Some(&(edge, below)) = down.get(&node) else {
                return Ok(None);
            };
            steps.push(Step {
                edge: Some(edge),
                node: below,
            });
            node = below;
        }
        Ok(Some((cost, steps)))
    }

    /// What the name costs that a path gives its end; `None` where it gives none.
    fn cost_of(&self, path: &[Step]) -> Option<u32> {
        let mut cost = 0;
        for step in path.iter().rev() {
            let edge = step.edge?;
            let source = self.view.heap.graph().source(edge);
            if self.view.is(source, SYNTHETIC) {
                return None;
            }
            if let Some(more) = self.begins(edge, source) {
                return Some(cost + more);
            }
            cost += self.step(edge, source);
        }
        None
    }

    fn may_pass(&self, edge: EdgeId, source: NodeId) -> bool {
        let view = self.view;
        let heap = view.heap;
        let is_name = |text| {
            heap.edge_name_id(edge)
                .is_some_and(|name| heap.strings().equals(name, text))
        };
        view.holds(edge)
            && !view.is(source, NOISE | SYNTHETIC)
            && !view.dominates(self.holder, source)
            && !is_name("__proto__")
            && !is_name("constructor")
            && !is_name("prototype")
    }

    /// What it costs to begin the name with this edge; `None` where none can begin.
    fn begins(&self, edge: EdgeId, source: NodeId) -> Option<u32> {
        let heap = self.view.heap;
        if is_cell(heap, source) {
            return export_name(heap, source).map(|_| cost::NAME);
        }
        let EdgeName::Text(name) = heap.edge_name(edge) else {
            return None;
        };
        match heap.edge_kind(edge) {
            EdgeKind::CONTEXT if is_context(heap, source) => {
                let pronoun = matches!(&*name, "this" | "_this" | "self" | "that" | "me");
                Some(cost::NAME + if pronoun { cost::PRONOUN } else { 0 } + self.of_others(source))
            }
            EdgeKind::PROPERTY if is_global(heap, source) => Some(cost::NAME),
            EdgeKind::PROPERTY if heap.raw_name(source) == "Module" => {
                let file = module_path(heap, source);
                let package = file.is_some_and(|file| package(&file).is_some());
                Some(cost::PROPERTY + if package { cost::PACKAGE } else { 0 })
            }
            EdgeKind::PROPERTY
                if heap.kind(source) == NodeKind::CLOSURE && !heap.raw_name(source).is_empty() =>
            {
                Some(cost::PROPERTY + self.of_others(source))
            }
            EdgeKind::PROPERTY if heap.raw_name(source) == "process" => Some(cost::PROPERTY),
            _ => None,
        }
    }

    /// What it costs that the code is not the application's own.
    fn of_others(&self, node: NodeId) -> u32 {
        match self.scripts.script(self.view.heap, node) {
            Some(script) if is_runtime_script(&script) => cost::RUNTIME,
            Some(script) if package(&script).is_some() => cost::PACKAGE,
            _ => 0,
        }
    }

    /// What it costs to go on from this edge's source.
    fn step(&self, edge: EdgeId, source: NodeId) -> u32 {
        let heap = self.view.heap;
        let class = heap.raw_name(source);
        let passing = matches!(
            &*class,
            "Timeout" | "Immediate" | "TimersList" | "Promise" | "Generator" | "AsyncResource"
        );
        let own = match heap.edge_kind(edge) {
            _ if self.view.is(source, PLUMBING) => match role(heap, edge) {
                Some(role) if role.part == Part::Value => cost::ENTRY - 1,
                Some(_) => cost::ENTRY,
                // A dictionary's table: the property itself has the name.
                None => cost::ENTRY + 1,
            },
            _ if heap.kind(source) == NodeKind::NATIVE => cost::NATIVE,
            EdgeKind::PROPERTY => match heap.edge_name(edge) {
                EdgeName::Text(name) if name.starts_with("<symbol") => cost::SYMBOL,
                _ => cost::PROPERTY,
            },
            EdgeKind::ELEMENT => cost::ENTRY,
            EdgeKind::CONTEXT => cost::PROPERTY,
            EdgeKind::INTERNAL if heap.kind(source) == NodeKind::CLOSURE => cost::CLOSURE,
            EdgeKind::INTERNAL if self.view.is(heap.graph().target(edge), PLUMBING) => 0,
            _ => cost::INTERNAL,
        };
        own + if passing { cost::PASSING } else { 0 }
    }
}
