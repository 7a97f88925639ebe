//! Variables that contexts hold and no living closure uses, by the scope tables of newest Chromium.
//!
//! A variable counts as used in a context when a scope that uses it is, or lies in, a function of which a closure lives
//! that has the context in its chain: running that closure can make the inner functions. The rule is DevTools' own.

use std::collections::{HashMap, HashSet};

use crate::analysis::describe::{is_context, variables};
use crate::analysis::strings::{internal, number};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::scopes::Scopes;
use crate::snapshot::{NodeKind, StrId};
use crate::task::{CHECK_EVERY, Task};

/// How far outwards a scope is looked for that knows its script.
const OUTWARDS: usize = 1000;

/// The references from contexts to values of variables that no living closure uses.
///
/// # Errors
/// When the task is cancelled.
pub fn unused(heap: &Heap, scopes: &Scopes, task: &Task) -> Result<Vec<EdgeId>> {
    task.stage("looking for unused variables", heap.node_count() as u64);
    let mut search = Search::new(heap, scopes);
    let mut contexts = Vec::new();
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        match heap.kind(node) {
            NodeKind::CLOSURE => search.closure(node, task)?,
            NodeKind::CODE => search.function(node),
            _ if is_context(heap, node) => contexts.push(node),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (number, &context) in contexts.iter().enumerate() {
        if number.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        search.context(context, &mut found);
    }
    found.sort_unstable();
    Ok(found)
}

struct Search<'a> {
    heap: &'a Heap,
    scopes: &'a Scopes,
    /// A scope by its script and number.
    by_id: HashMap<(u32, i64), usize>,
    /// The scope around each.
    around: Vec<Option<usize>>,
    /// The scopes that use each variable.
    users: Vec<Vec<usize>>,
    /// Scopes of functions of which a closure lives, with each context in its chain.
    live: HashSet<(usize, NodeId)>,
    /// Scripts of scope descriptions, as functions tell them.
    scripts: HashMap<NodeId, NodeId>,
}

impl<'a> Search<'a> {
    fn new(heap: &'a Heap, scopes: &'a Scopes) -> Self {
        let mut by_id = HashMap::new();
        let mut around = Vec::with_capacity(scopes.scopes.len());
        let mut open: Vec<usize> = Vec::new();
        let mut script = None;
        for (number, scope) in scopes.scopes.iter().enumerate() {
            by_id.insert((scope.script, scope.id), number);
            if script != Some(scope.script) {
                open.clear();
                script = Some(scope.script);
            }
            open.truncate(scope.depth);
            around.push(open.last().copied());
            open.push(number);
        }
        let mut users = vec![Vec::new(); scopes.names.len()];
        for (number, scope) in scopes.scopes.iter().enumerate() {
            for usage in scopes.uses.get(scope.uses.clone()).unwrap_or(&[]) {
                let declaring = by_id.get(&(scope.script, usage.declared_in));
                let variables = declaring.map(|&at| scopes.scopes[at].variables.clone());
                let variable = variables.and_then(|mut all| all.nth(usage.slot));
                if let Some(users) = variable.and_then(|variable| users.get_mut(variable))
                    && users.last() != Some(&number)
                {
                    users.push(number);
                }
            }
        }
        Self {
            heap,
            scopes,
            by_id,
            around,
            users,
            live: HashSet::new(),
            scripts: HashMap::new(),
        }
    }

    fn scope(&self, script: NodeId, node: NodeId) -> Option<usize> {
        let id = number(self.heap, node, "scope_id")?.parse().ok()?;
        self.by_id.get(&(script.0, id)).copied()
    }

    /// Learns which contexts a living closure can reach.
    fn closure(&mut self, closure: NodeId, task: &Task) -> Result<()> {
        let heap = self.heap;
        let function = internal(heap, closure, "shared");
        let script = function.and_then(|function| internal(heap, function, "script"));
        let scope = function
            .zip(script)
            .and_then(|(function, script)| self.scope(script, function));
        let (Some(scope), mut context) = (scope, internal(heap, closure, "context")) else {
            return Ok(());
        };
        let mut steps = 0usize;
        while let Some(now) = context.filter(|&context| is_context(heap, context)) {
            steps += 1;
            if steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if !self.live.insert((scope, now)) {
                break;
            }
            context = internal(heap, now, "previous");
        }
        Ok(())
    }

    /// Learns which script a scope description belongs to.
    fn function(&mut self, function: NodeId) {
        let description = internal(self.heap, function, "name_or_scope_info");
        let script = internal(self.heap, function, "script");
        if let (Some(description), Some(script)) = (description, script)
            && self.heap.raw_name(description) == "system / ScopeInfo"
        {
            self.scripts.insert(description, script);
        }
    }

    /// The script of a scope description: its own, or that of the nearest around it.
    fn script(&self, description: NodeId) -> Option<NodeId> {
        let mut current = description;
        for _ in 0..OUTWARDS {
            if let Some(&script) = self.scripts.get(&current) {
                return Some(script);
            }
            current = internal(self.heap, current, "outer_scope_info")?;
        }
        None
    }

    fn context(&self, context: NodeId, found: &mut Vec<EdgeId>) {
        let heap = self.heap;
        let description = internal(heap, context, "scope_info");
        let script = description.and_then(|description| self.script(description));
        let scope = description
            .zip(script)
            .and_then(|(description, script)| self.scope(script, description));
        let Some(scope) = scope.and_then(|scope| self.scopes.scopes.get(scope)) else {
            return;
        };
        for edge in variables(heap, context) {
            let Some(name) = heap.edge_name_id(edge) else {
                continue;
            };
            let same = |&variable: &usize| {
                let known = self.scopes.names.get(variable).map(|&name| StrId(name));
                known.is_some_and(|known| {
                    known == name
                        || (known.0 as usize) < heap.strings().len()
                            && heap.strings().raw(known) == heap.strings().raw(name)
                })
            };
            let variable = scope.variables.clone().find(same);
            if variable.is_some_and(|variable| !self.is_used(variable, context)) {
                found.push(edge);
            }
        }
    }

    fn is_used(&self, variable: usize, context: NodeId) -> bool {
        let users = self.users.get(variable).map_or(&[][..], Vec::as_slice);
        users.iter().any(|&user| {
            let mut scope = Some(user);
            while let Some(now) = scope {
                if self.live.contains(&(now, context)) {
                    return true;
                }
                scope = self.around.get(now).copied().flatten();
            }
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::EdgeKind;
    use crate::snapshot::scopes::{Scope, Use};

    #[test]
    fn what_no_living_closure_uses_is_found() {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let script = sketch.node(NodeKind::CODE, "system / Script / a.js", 8);
        let number = |sketch: &mut Sketch, of: NodeId, value: &str| {
            let int = sketch.node(NodeKind::NUMBER, "int", 0);
            let text = sketch.node(NodeKind::STRING, value, 8);
            sketch.edge(of, internal, "scope_id", int);
            sketch.edge(int, internal, "value", text);
        };
        let description = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
        let outer = sketch.node(NodeKind::CODE, "outer", 8);
        sketch.edge(outer, internal, "name_or_scope_info", description);
        sketch.edge(outer, internal, "script", script);
        number(&mut sketch, description, "1");
        let context = sketch.rooted(NodeKind::OBJECT, "system / Context", 32);
        sketch.edge(context, internal, "scope_info", description);
        let [used, left] = ["used", "left"].map(|name| sketch.node(NodeKind::OBJECT, name, 100));
        sketch.edge(context, EdgeKind::CONTEXT, "used", used);
        sketch.edge(context, EdgeKind::CONTEXT, "left", left);
        // The closure's own function uses nothing, but one within it does.
        let inner = sketch.node(NodeKind::CODE, "middle", 8);
        sketch.edge(inner, internal, "script", script);
        number(&mut sketch, inner, "2");
        let closure = sketch.rooted(NodeKind::CLOSURE, "middle", 64);
        sketch.edge(closure, internal, "shared", inner);
        sketch.edge(closure, internal, "context", context);
        let heap = sketch.heap();
        let name = |text: &str| heap.strings().find(text).unwrap().0;
        let scope = |id, depth, variables, uses| Scope {
            script: script.0,
            id,
            depth,
            variables,
            uses,
        };
        let scopes = Scopes {
            scopes: vec![
                scope(1, 0, 0..2, 0..0),
                scope(2, 1, 2..2, 0..0),
                scope(3, 2, 2..2, 0..1),
                // Nobody can run this one any more.
                scope(4, 1, 2..2, 1..2),
            ],
            names: vec![name("used"), name("left")],
            uses: [0, 1]
                .map(|slot| Use {
                    declared_in: 1,
                    slot,
                })
                .to_vec(),
        };
        let found = unused(&heap, &scopes, &Task::new()).unwrap();
        let targets: Vec<NodeId> = found
            .iter()
            .map(|&edge| heap.graph().target(edge))
            .collect();
        assert_eq!(targets, [left]);
    }
}
