//! Who allocates an object and its like: the stacks that the dump has recorded, and the functions of a sampling profile
//! of the same process.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

use super::allocated::{Allocation, Allocators};
use super::allocations::Stacks;
use super::describe::Scripts;
use super::selection::Selection;
use crate::column::BitSet;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap};
use crate::profile::{CallSite, FunctionId, Profile, ROOT};
use crate::task::{CHECK_EVERY, Task};

/// How far up the dominators somebody is looked for whose constructor is known.
const HOPS: usize = 32;

/// Functions that are told below the first one.
const BELOW: usize = 3;

/// Stacks that are told of a class.
const STACKS: usize = 200;

/// What is known of who allocates something.
#[derive(Debug, Default)]
pub struct Makers {
    /// Whether the dump has stacks recorded at all.
    pub is_recorded: bool,
    /// The stacks that allocated the object and the living objects of its class, most bytes first.
    pub stacks: Vec<Stack>,
    /// How many stacks there are besides.
    pub more_stacks: usize,
    /// The functions of the profile that allocate them, the likeliest first.
    pub functions: Vec<Maker>,
    /// Where bytes are allocated around the first of them: the functions that it calls, and those of its file, with what
    /// they allocate themselves. Most bytes first.
    pub below: Vec<(CallSite, u64)>,
    /// The functions are those that allocate this object, which the one in question belongs to.
    pub owner: Option<NodeId>,
    /// What is wrong with the profile.
    pub problem: Option<Error>,
}

/// A recorded stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The functions, the allocating one first.
    pub calls: Vec<CallSite>,
    /// How many of the objects in question it allocated that are alive.
    pub count: u64,
    /// Their shallow sizes in bytes.
    pub size: u64,
    /// It allocated the very object.
    pub is_of_object: bool,
}

/// A function of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// Which.
    pub call_site: CallSite,
    /// How sure it is, and what it allocated.
    pub found: Allocation,
}

/// Who allocates an object, or the objects of a class; of both, first the object. `dump` is the heap's own file.
///
/// A profile that cannot be read takes nothing else away.
///
/// # Errors
/// When the dump cannot be read again, or the task is cancelled.
pub fn makers(
    (heap, scripts, dump): (&Heap, &Scripts, &Path),
    profile: Option<&Path>,
    (node, class): (Option<NodeId>, Option<ClassId>),
    task: &Task,
) -> Result<Makers> {
    let mut found = Makers::default();
    recorded(heap, dump, (node, class), &mut found, task)?;
    let Some(profile) = profile else {
        return Ok(found);
    };
    match Profile::open(profile, task) {
        Ok(profile) => sampled(heap, scripts, &profile, (node, class), &mut found, task)?,
        Err(error) if error.is_cancelled() => return Err(error),
        Err(error) => found.problem = Some(error),
    }
    Ok(found)
}

fn recorded(
    heap: &Heap,
    dump: &Path,
    (node, class): (Option<NodeId>, Option<ClassId>),
    found: &mut Makers,
    task: &Task,
) -> Result<()> {
    let mut wanted = BitSet::new(heap.node_count());
    let mut any = false;
    let is_traced = |node| heap.trace_node(node).is_some_and(|id| id > 0);
    for other in heap.graph().nodes() {
        if other.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        found.is_recorded |= is_traced(other);
        let is_meant =
            Some(other) == node || class.is_some_and(|class| heap.class_id(other) == class);
        if is_meant && is_traced(other) {
            wanted.insert(other.index());
            any = true;
        }
    }
    if !any {
        return Ok(());
    }
    let Some(stacks) = Stacks::open(dump, heap, &Selection::Some(wanted), task)? else {
        return Ok(());
    };
    let own = node.and_then(|node| stacks.trace_of(heap, node));
    let mut traces = stacks.live();
    traces.sort_by_key(|&trace| Some(trace) != own);
    found.more_stacks = traces.len().saturating_sub(STACKS);
    traces.truncate(STACKS);
    let text = |string| heap.strings().get(string).into_owned();
    found.stacks = traces
        .into_iter()
        .map(|trace| {
            let (count, size) = stacks.live_of(trace);
            let functions = stacks.stack(trace).into_iter();
            let calls = functions.map(|function| {
                let function = stacks.function(function);
                CallSite {
                    name: text(function.name),
                    url: text(function.script_name),
                    line: function.line,
                    column: function.column,
                }
            });
            Stack {
                calls: calls.collect(),
                count,
                size,
                is_of_object: Some(trace) == own,
            }
        })
        .collect();
    Ok(())
}

fn sampled(
    heap: &Heap,
    scripts: &Scripts,
    profile: &Profile,
    (node, class): (Option<NodeId>, Option<ClassId>),
    found: &mut Makers,
    task: &Task,
) -> Result<()> {
    let allocators = Allocators::new(profile, task)?;
    let mut functions = Vec::new();
    if let Some(node) = node {
        functions = allocators.of_node(heap, scripts, node, task)?;
    }
    if let Some(class) = class {
        let of_class = allocators.of_class(heap, scripts, class, task)?;
        let is_new = |other: &Allocation| {
            functions
                .iter()
                .all(|known| known.function != other.function)
        };
        let new: Vec<Allocation> = of_class.into_iter().filter(is_new).collect();
        functions.extend(new);
    }
    // Arrays, plain objects and texts are made for somebody.
    let mut at = node.filter(|_| functions.is_empty());
    for _ in 0..HOPS {
        let above = at.map(|node| heap.dominator(node));
        let Some(owner) = above.filter(|&owner| Some(owner) != at && owner != heap.root()) else {
            break;
        };
        functions = allocators.of_node(heap, scripts, owner, task)?;
        if !functions.is_empty() {
            found.owner = Some(owner);
            break;
        }
        at = above;
    }
    // Where a constructor was built into its caller, only that has the bytes.
    functions.sort_by_key(|found| (found.certainty, Reverse(found.total_size), found.role));
    if let Some(first) = functions.first() {
        found.below = below(profile, first.function, task)?;
    }
    found.functions = functions
        .into_iter()
        .map(|found| Maker {
            call_site: CallSite::of(profile.frame(found.function)),
            found,
        })
        .collect();
    Ok(())
}

/// Where what a function allocates is allocated: by own bytes of the functions below it and in its file. Once the engine
/// has built it into its callers, only these have its bytes.
fn below(profile: &Profile, function: FunctionId, task: &Task) -> Result<Vec<(CallSite, u64)>> {
    let mut sizes: HashMap<FunctionId, u64> = HashMap::new();
    let mut end = ROOT;
    let file = profile.frame(function).url;
    for node in ROOT + 1..profile.len() as u32 {
        if (node as usize).is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let other = profile.function(node);
        if other == function {
            end = end.max(profile.end(node));
        }
        if node < end || (!file.is_empty() && profile.frame(other).url == file) {
            *sizes.entry(other).or_default() += profile.self_size(node);
        }
    }
    let mut sizes: Vec<(FunctionId, u64)> =
        sizes.into_iter().filter(|&(_, size)| size > 0).collect();
    sizes.sort_by_key(|&(function, size)| (Reverse(size), function));
    let most = sizes.into_iter().take(BELOW);
    Ok(most
        .map(|(function, size)| (CallSite::of(profile.frame(function)), size))
        .collect())
}
