//! Paths from the root to objects, and the paths of a whole class merged by their shape.

use std::collections::HashMap;

use crate::analysis::groups::{Group, Groups, group_by};
use crate::analysis::objects::instances;
use crate::analysis::order::SortKey;
use crate::analysis::retainers::{nearest, shortest_chain};
use crate::analysis::selection::Selection;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{ClassId, EdgeName, Heap};
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The edge that leads from the step before into `node`; nothing at the start.
    pub edge: Option<EdgeId>,
    /// The object.
    pub node: NodeId,
}

/// The path from the root down to `node` along DevTools' shortest chain, both ends included.
///
/// Where the root reaches no object of the chain, the path starts at its uppermost object.
///
/// # Errors
/// When the task is cancelled.
pub fn path_from_root(heap: &Heap, node: NodeId, task: &Task) -> Result<Vec<Step>> {
    task.check()?;
    Ok(downwards(heap, node, shortest_chain(heap, node)))
}

/// The last `steps` steps of [`path_from_root`], the root left out.
///
/// # Errors
/// When the task is cancelled.
pub fn path_from_above(heap: &Heap, node: NodeId, steps: usize, task: &Task) -> Result<Vec<Step>> {
    task.check()?;
    let mut path = Vec::new();
    let mut current = node;
    while path.len() < steps {
        let edge = nearest(heap, current);
        path.push(Step {
            edge,
            node: current,
        });
        match edge {
            Some(edge) => current = heap.graph().source(edge),
            None => break,
        }
    }
    path.reverse();
    Ok(path)
}

/// A chain of edges, the one into `node` first, as a path that starts at the root.
fn downwards(heap: &Heap, node: NodeId, chain: Vec<EdgeId>) -> Vec<Step> {
    let mut path = Vec::with_capacity(chain.len() + 2);
    let mut current = node;
    for edge in chain {
        path.push(Step {
            edge: Some(edge),
            node: current,
        });
        current = heap.graph().source(edge);
    }
    let from_root = edge_from_root(heap, current);
    path.push(Step {
        edge: from_root,
        node: current,
    });
    if from_root.is_some() {
        path.push(Step {
            edge: None,
            node: heap.root(),
        });
    }
    path.reverse();
    path
}

/// The first edge from the root to `node`, one that is not weak if there is one.
fn edge_from_root(heap: &Heap, node: NodeId) -> Option<EdgeId> {
    if node == heap.root() {
        return None;
    }
    let from_root = || {
        heap.graph()
            .edges_into(node)
            .filter(|&edge| heap.graph().source(edge) == heap.root())
    };
    from_root()
        .find(|&edge| heap.edge_kind(edge) != EdgeKind::WEAK)
        .or_else(|| from_root().next())
}

/// Objects of one class whose paths have the same shape: the same classes and edge names, whatever the numbers; the
/// path of the example stands for them all, see [`path_from_root`].
///
/// Where the same step (edge name and class) comes again further down, as in a list, what lies between is folded: all
/// elements of a list have one shape.
pub type PathGroup = Group;

/// The paths of a class, merged, and the objects at their ends.
pub type Merged = Groups;

/// The shortest chains of the selected objects of `class`, merged by shape; what retains most comes first.
///
/// Every object above the instances is looked at once, however many paths go through it.
///
/// # Errors
/// When the task is cancelled.
pub fn merged(
    heap: &Heap,
    class: ClassId,
    selection: &Selection,
    task: &Task,
) -> Result<Vec<PathGroup>> {
    merged_with_members(heap, class, selection, task).map(|merged| merged.groups)
}

/// The same with the objects of each group.
///
/// # Errors
/// When the task is cancelled.
pub fn merged_with_members(
    heap: &Heap,
    class: ClassId,
    selection: &Selection,
    task: &Task,
) -> Result<Merged> {
    let nodes = instances(heap, class, selection, SortKey::Retained, false, task)?;
    task.stage("merging paths", nodes.len() as u64);
    let mut shapes = Shapes::default();
    group_by(
        heap,
        nodes,
        |node| {
            task.advance(1);
            shapes.of(heap, node, task)
        },
        task,
    )
}

/// Numbers for the shapes of paths: two objects have the same number when their paths read the same.
#[derive(Default)]
struct Shapes {
    of_node: HashMap<NodeId, u32>,
    /// Shape of the path to the holder, and the step from it.
    numbers: HashMap<(u32, StepShape), u32>,
    /// By shape, from 1: the shape above, the last step, and how many steps there are.
    shapes: Vec<(u32, StepShape, usize)>,
}

/// The edge into an object, and the object's class.
type StepShape = (EdgeShape, ClassId);

/// Longer shapes are not told apart; together with folding it bounds the work for each object.
const DEEPEST: usize = 256;

/// What counts of an edge: its type and its name, of numbers only that they are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeShape {
    /// The root's own reference.
    FromRoot,
    /// A number, or a name that begins with one.
    Number(EdgeKind),
    /// A name, by its index in the string table.
    Named(EdgeKind, u32),
}

/// Shape of nothing: what hangs at the root or at no root.
const TOP: u32 = 0;

impl Shapes {
    fn of(&mut self, heap: &Heap, node: NodeId, task: &Task) -> Result<u32> {
        // Up until something known or the top, then down again with the numbers.
        let mut climbed: Vec<(NodeId, Option<EdgeId>)> = Vec::new();
        let mut current = node;
        let mut shape = loop {
            if let Some(&known) = self.of_node.get(&current) {
                break known;
            }
            if climbed.len().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            // Marks it as visited: a circle of objects that no root reaches ends here.
            self.of_node.insert(current, TOP);
            let edge = nearest(heap, current);
            climbed.push((current, edge));
            match edge {
                Some(edge) => current = heap.graph().source(edge),
                None => break TOP,
            }
        };
        while let Some((node, edge)) = climbed.pop() {
            let edge = edge.map_or(EdgeShape::FromRoot, |edge| edge_shape(heap, edge));
            shape = self.below(shape, (edge, heap.class_id(node)));
            self.of_node.insert(node, shape);
        }
        Ok(shape)
    }

    /// The shape of a path of this shape and one more step.
    fn below(&mut self, above: u32, step: StepShape) -> u32 {
        let mut at = above;
        let mut steps = 0;
        while let Some(&(higher, last, length)) = self.shape(at) {
            if last == step {
                return at;
            }
            steps = steps.max(length);
            at = higher;
        }
        if steps >= DEEPEST {
            return above;
        }
        let next = self.shapes.len() as u32 + 1;
        let shape = *self.numbers.entry((above, step)).or_insert(next);
        if shape == next {
            self.shapes.push((above, step, steps + 1));
        }
        shape
    }

    fn shape(&self, number: u32) -> Option<&(u32, StepShape, usize)> {
        self.shapes.get((number as usize).checked_sub(1)?)
    }
}

/// What counts of an edge where paths are compared.
pub fn edge_shape(heap: &Heap, edge: EdgeId) -> EdgeShape {
    let kind = heap.edge_kind(edge);
    match (heap.edge_name(edge), heap.edge_name_id(edge)) {
        (EdgeName::Text(name), Some(id)) if !is_number(&name) => EdgeShape::Named(kind, id.0),
        _ => EdgeShape::Number(kind),
    }
}

/// Backing stores name their slots by numbers in text; WeakMap pairs begin with one.
fn is_number(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && (digits == name.len() || name[digits..].starts_with(" / part of key "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    #[test]
    fn paths_that_differ_in_numbers_only_are_one() {
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let list = sketch.node(NodeKind::OBJECT, "Array", 8);
        sketch.edge(global, EdgeKind::PROPERTY, "list", list);
        for index in 0..5 {
            let item = sketch.node(NodeKind::OBJECT, "Item", 16);
            sketch.edge(list, EdgeKind::ELEMENT, &index.to_string(), item);
        }
        let single = sketch.node(NodeKind::OBJECT, "Item", 16);
        sketch.edge(global, EdgeKind::PROPERTY, "single", single);
        // Two that only hold each other.
        let (a, b) = (
            sketch.node(NodeKind::OBJECT, "Item", 1),
            sketch.node(NodeKind::OBJECT, "Item", 1),
        );
        sketch.edge(a, EdgeKind::PROPERTY, "b", b);
        sketch.edge(b, EdgeKind::PROPERTY, "a", a);
        let heap = sketch.heap();
        let class = heap.class_id(single);
        let groups = merged(&heap, class, &Selection::All, &Task::new()).unwrap();
        let shapes: Vec<(u32, u64)> = groups
            .iter()
            .map(|group| (group.count, group.retained))
            .collect();
        assert_eq!(shapes[..2], [(5, 80), (1, 16)]);
        assert_eq!(shapes[2..].iter().map(|shape| shape.0).sum::<u32>(), 2);
        assert_eq!(groups[0].example, NodeId(3));
        let merged = merged_with_members(&heap, class, &Selection::All, &Task::new()).unwrap();
        assert_eq!(merged.groups, groups);
        assert_eq!(merged.members(0), [3, 4, 5, 6, 7].map(NodeId));
        assert_eq!(merged.members(1), [single]);
        assert_eq!((merged.count(), merged.members(9)), (8, &[][..]));
        let path = path_from_root(&heap, NodeId(3), &Task::new()).unwrap();
        let nodes: Vec<NodeId> = path.iter().map(|step| step.node).collect();
        assert_eq!(nodes, [heap.root(), global, list, NodeId(3)]);
    }

    #[test]
    fn all_elements_of_a_list_have_one_shape() {
        let mut sketch = Sketch::new();
        let mut last = sketch.rooted(NodeKind::OBJECT, "global", 8);
        for index in 0..3000 {
            // Two classes in turn, so that no two neighbours are alike.
            let class = ["Item", "Link"][index % 2];
            let next = sketch.node(NodeKind::OBJECT, class, 16);
            sketch.edge(last, EdgeKind::PROPERTY, "next", next);
            last = next;
        }
        let heap = sketch.heap();
        let class = heap.class_id(last);
        let groups = merged(&heap, class, &Selection::All, &Task::new()).unwrap();
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!((groups[0].count, groups[0].example), (1500, NodeId(3)));
    }
}
