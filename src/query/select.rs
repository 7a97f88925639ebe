//! Which objects a condition lets through: each test becomes a set or a range once, then one pass asks them.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::analysis::filter::{Filter, Selection, select as filtered};
use crate::analysis::owners::{By, owners_of_nodes};
use crate::analysis::strings::text;
use crate::column::BitSet;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::{Heap, shown_distance};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

use super::asked::Asked;
use super::syntax::{Expr, Test, Text};

/// A DOM node outside its document.
const DETACHED: u8 = 2;

/// A condition, ready to be asked about each node.
enum Ready {
    All(Vec<Ready>),
    Any(Vec<Ready>),
    Not(Box<Ready>),
    /// By class.
    Classes(BitSet),
    /// By type.
    Types(Vec<NodeKind>),
    Shallow(RangeInclusive<u64>),
    Retained(RangeInclusive<u64>),
    Distance(RangeInclusive<u64>),
    Id(RangeInclusive<u64>),
    Detached,
    Unreachable,
    /// The name, or the text of a string.
    Name(Text),
    Value(Text),
    Nodes(Selection),
}

impl Ready {
    fn is(&self, heap: &Heap, node: NodeId) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.is(heap, node)),
            Self::Any(parts) => parts.iter().any(|part| part.is(heap, node)),
            Self::Not(part) => !part.is(heap, node),
            Self::Classes(classes) => classes.contains(heap.class_id(node).0 as usize),
            Self::Types(kinds) => kinds.contains(&heap.kind(node)),
            Self::Shallow(range) => range.contains(&heap.shallow(node)),
            Self::Retained(range) => range.contains(&heap.retained(node)),
            Self::Distance(range) => shown_distance(heap.distance(node))
                .is_some_and(|distance| range.contains(&u64::from(distance))),
            Self::Id(range) => range.contains(&u64::from(heap.id(node))),
            Self::Detached => heap.detachedness(node) == DETACHED,
            Self::Unreachable => shown_distance(heap.distance(node)).is_none(),
            Self::Name(name) => name.is_match(&heap.display_name(node)),
            Self::Value(value) => heap.kind(node).is_string() && value.is_match(&text(heap, node)),
            Self::Nodes(nodes) => nodes.contains(node),
        }
    }
}

/// The objects that a condition lets through, in the order of the file.
pub(super) fn select(
    filter: Option<&Expr>,
    asked: &mut Asked<'_>,
    task: &Task,
) -> Result<Vec<NodeId>> {
    let heap = asked.heap;
    let ready = filter
        .map(|filter| ready(filter, asked, task))
        .transpose()?;
    task.stage("filtering objects", heap.node_count() as u64);
    let mut found = Vec::new();
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        if heap.shallow(node) > 0 && ready.as_ref().is_none_or(|ready| ready.is(heap, node)) {
            found.push(node);
        }
    }
    Ok(found)
}

fn ready(expr: &Expr, asked: &mut Asked<'_>, task: &Task) -> Result<Ready> {
    let mut each = |parts: &[Expr]| -> Result<Vec<Ready>> {
        // Cheap tests first: `all` and `any` stop at the first that decides.
        let mut parts: Vec<Ready> = parts
            .iter()
            .map(|part| ready(part, asked, task))
            .collect::<Result<_>>()?;
        parts.sort_by_key(|part| matches!(part, Ready::Name(_) | Ready::Value(_)));
        Ok(parts)
    };
    match expr {
        Expr::All(parts) => each(parts).map(Ready::All),
        Expr::Any(parts) => each(parts).map(Ready::Any),
        Expr::Not(part) => Ok(Ready::Not(Box::new(ready(part, asked, task)?))),
        Expr::Test(test) => of_test(test, asked, task),
    }
}

fn of_test(test: &Test, asked: &mut Asked<'_>, task: &Task) -> Result<Ready> {
    let heap = asked.heap;
    Ok(match test {
        Test::Class(class) => Ready::Classes(classes(asked, class)),
        Test::Type(name) => {
            let kinds = (0..=u8::MAX).map(NodeKind);
            let is = |kind: &NodeKind| name.is_match(heap.meta().node_kind_name(*kind));
            Ready::Types(kinds.filter(is).collect())
        }
        Test::Name(name) => Ready::Name(name.clone()),
        Test::Value(value) => Ready::Value(value.clone()),
        Test::Has(name) => Ready::Nodes(Selection::Some(having(heap, name, task)?)),
        Test::Owner(name) => {
            let is_one = |owners: &[String]| owners.iter().any(|owner| name.is_match(owner));
            Ready::Nodes(Selection::Some(owned(asked, is_one, task)?))
        }
        Test::Owners(names) => {
            let are_all = |owners: &[String]| {
                owners.len() == names.len() && owners.iter().all(|owner| names.contains(owner))
            };
            Ready::Nodes(Selection::Some(owned(asked, are_all, task)?))
        }
        Test::Shallow(range) => Ready::Shallow(range.clone()),
        Test::Retained(range) => Ready::Retained(range.clone()),
        Test::Count(range) => {
            let mut counts = vec![0u64; heap.classes().len()];
            for node in heap.graph().nodes() {
                task.reached(node.index())?;
                if heap.shallow(node) > 0 {
                    counts[heap.class_id(node).0 as usize] += 1;
                }
            }
            let mut within = BitSet::new(counts.len());
            for (class, count) in counts.iter().enumerate() {
                if range.contains(count) {
                    within.insert(class);
                }
            }
            Ready::Classes(within)
        }
        Test::Distance(range) => Ready::Distance(range.clone()),
        Test::Id(range) => Ready::Id(range.clone()),
        Test::Detached => Ready::Detached,
        Test::Unreachable => Ready::Unreachable,
        Test::DuplicateStrings => Ready::Nodes(filtered(heap, &Filter::DuplicateStrings, task)?),
        Test::New(from, to) => {
            let after = u64::from((asked.max_id)(from)?);
            let up_to = match to {
                Some(to) => u64::from((asked.max_id)(to)?),
                None => u64::MAX,
            };
            Ready::Id(after + 1..=up_to)
        }
        Test::RetainedBy(holder) => {
            Ready::Nodes(filtered(heap, &Filter::RetainedBy(*holder), task)?)
        }
        Test::Below(id) => {
            let above = heap.find_id(*id).ok_or_else(|| {
                Error::usage(format!("no object @{id} in this dump"))
                    .advise("ids differ from process to process")
            })?;
            Ready::Nodes(Selection::Some(below(heap, |node| node == above, task)?))
        }
        Test::BelowClass(class) => {
            let classes = classes(asked, class);
            let is = |node| classes.contains(heap.class_id(node).0 as usize);
            Ready::Nodes(Selection::Some(below(heap, is, task)?))
        }
    })
}

/// The classes of this name, in the dump or where they were written.
fn classes(asked: &Asked<'_>, name: &Text) -> BitSet {
    let originals = asked.scripts.originals();
    let original = |class| originals?.class(class)?.name.as_deref();
    let mut found = BitSet::new(asked.heap.classes().len());
    for (number, class) in asked.heap.classes().iter().enumerate() {
        if name.is_match(&class.name) || original(class).is_some_and(|name_| name.is_match(name_)) {
            found.insert(number);
        }
    }
    found
}

/// The nodes that have a property of this name.
fn having(heap: &Heap, name: &Text, task: &Task) -> Result<BitSet> {
    let mut found = BitSet::new(heap.node_count());
    let mut known: HashMap<u32, bool> = HashMap::new();
    let mut steps = 0usize;
    for node in heap.graph().nodes() {
        for edge in heap.graph().edges_from(node) {
            steps += 1;
            if steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.edge_kind(edge) != EdgeKind::PROPERTY {
                continue;
            }
            let Some(id) = heap.edge_name_id(edge) else {
                continue;
            };
            let is = *known
                .entry(id.0)
                .or_insert_with(|| name.is_match(&heap.strings().get(id)));
            if is {
                found.insert(node.index());
                break;
            }
        }
    }
    Ok(found)
}

/// The nodes that have such owners.
fn owned(asked: &Asked<'_>, are_such: impl Fn(&[String]) -> bool, task: &Task) -> Result<BitSet> {
    let heap = asked.heap;
    let mut no_map = |_: &str, _, _| None;
    let owners = owners_of_nodes(heap, asked.scripts, By::Package, &mut no_map, task)?;
    let is: Vec<bool> = owners.names.iter().map(|names| are_such(names)).collect();
    let mut found = BitSet::new(heap.node_count());
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        if is[owners.set(node) as usize] {
            found.insert(node.index());
        }
    }
    Ok(found)
}

/// The nodes that one of `above` dominates, those themselves not counted unless another of them dominates them. Linear:
/// every node is climbed over once.
fn below(heap: &Heap, above: impl Fn(NodeId) -> bool, task: &Task) -> Result<BitSet> {
    let mut found = BitSet::new(heap.node_count());
    let mut known = BitSet::new(heap.node_count());
    let mut climbed: Vec<NodeId> = Vec::new();
    known.insert(heap.root().index());
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        let mut at = node;
        while !known.contains(at.index()) {
            climbed.push(at);
            at = heap.dominator(at);
        }
        while let Some(lower) = climbed.pop() {
            let dominator = heap.dominator(lower);
            if above(dominator) || found.contains(dominator.index()) {
                found.insert(lower.index());
            }
            known.insert(lower.index());
        }
    }
    Ok(found)
}
