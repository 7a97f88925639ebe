//! Whether the object ids of two dumps mean the same objects.
//!
//! Ids last as long as a process and its profiler's table of them. Unrelated processes give out the same numbers for
//! other things, above those of the startup image, which agree everywhere. So the newer half of the earlier dump's
//! objects is looked for in the later dump: there they must have kept their types and names.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::column::Column;
use crate::error::Result;
use crate::heap::Heap;
use crate::snapshot::{NodeKind, Snapshot, StrId, Strings};
use crate::task::{CHECK_EVERY, Task};
use crate::text::units::{grouped, percent};

/// How many objects a fingerprint keeps at most; a sample of that size tells shares within a percent.
const KEPT: usize = 1 << 16;
/// The mark of types whose names say what they are.
const TELLING: u32 = 1 << 31;
/// So many bytes of a name are looked at.
const NAME: usize = 1 << 12;
/// The share of shared ids that must have kept type and name, in percent. Measured: above 99 in one process, below 60
/// between runs of one program, below 10 between programs.
const ALIKE_PERCENT: u64 = 90;

/// A sample of a dump's objects by id: what is needed to see whether another dump knows the same ones.
///
/// The sample depends on ids only, so that two dumps sample the same objects. At most half a megabyte.
#[derive(Debug, Clone, Default)]
pub struct Fingerprint {
    /// Odd ids, ascending.
    pub(crate) ids: Vec<u32>,
    /// For each: a hash of its type and name, and whether they tell much.
    pub(crate) marks: Vec<u32>,
    /// One in 2^level ids is sampled.
    pub(crate) level: u32,
    pub(crate) max_object_id: u32,
}

/// What two fingerprints say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparability {
    /// Sampled objects of the earlier dump's newer half whose ids the later one has too.
    pub shared: u64,
    /// Those of them that have kept type and name.
    pub alike: u64,
    /// Why ids must not be compared, in words; nothing when they can be.
    pub reason: Option<String>,
}

impl Comparability {
    /// Whether ids can be compared.
    pub fn is_comparable(&self) -> bool {
        self.reason.is_none()
    }
}

impl Fingerprint {
    /// The fingerprint of a loaded heap.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_heap(heap: &Heap, task: &Task) -> Result<Self> {
        let columns = (&heap.node_id, &heap.node_kind, &heap.node_name);
        Self::build(
            columns,
            &heap.strings,
            |kind| heap.meta.node_kind_name(kind),
            task,
        )
    }

    /// The fingerprint of a snapshot that was only read.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_snapshot(snapshot: &Snapshot, task: &Task) -> Result<Self> {
        let nodes = &snapshot.nodes;
        let columns = (&nodes.id, &nodes.kind, &nodes.name);
        let kind_name = |kind| snapshot.meta.node_kind_name(kind);
        Self::build(columns, &snapshot.strings, kind_name, task)
    }

    fn build<'a>(
        (ids, kinds, names): (&Column<u32>, &Column<NodeKind>, &Column<u32>),
        strings: &Strings,
        kind_name: impl Fn(NodeKind) -> &'a str,
        task: &Task,
    ) -> Result<Self> {
        let mut level = 0;
        let mut max_object_id = 0;
        let mut sample: Vec<(u32, u32)> = Vec::new();
        for (index, &id) in ids.iter().enumerate() {
            if index.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if id % 2 == 0 {
                continue;
            }
            max_object_id = max_object_id.max(id);
            if is_sampled(id, level) {
                sample.push((id, index as u32));
                while sample.len() > KEPT {
                    level += 1;
                    sample.retain(|&(id, _)| is_sampled(id, level));
                }
            }
        }
        sample.sort_unstable();
        sample.dedup_by_key(|(id, _)| *id);
        let mark = |node: u32| {
            let kind = kinds[node as usize];
            let name = strings.beginning(StrId(names[node as usize]), NAME);
            mark(kind, kind_name(kind), &name)
        };
        Ok(Self {
            marks: sample.iter().map(|&(_, node)| mark(node)).collect(),
            ids: sample.iter().map(|&(id, _)| id).collect(),
            level,
            max_object_id,
        })
    }

    /// The dump's largest odd id.
    pub fn max_object_id(&self) -> u32 {
        self.max_object_id
    }
}

/// Whether the ids of two dumps, the earlier one first, mean the same objects.
pub fn comparable(earlier: &Fingerprint, later: &Fingerprint) -> Comparability {
    let level = earlier.level.max(later.level);
    let (mut shared, mut alike) = (0u64, 0u64);
    let mut at = 0;
    for (&id, &mark) in earlier.ids.iter().zip(&earlier.marks) {
        if id <= earlier.max_object_id / 2 || mark & TELLING == 0 || !is_sampled(id, level) {
            continue;
        }
        at += later.ids[at..].partition_point(|&other| other < id);
        if later.ids.get(at) == Some(&id) {
            shared += 1;
            alike += u64::from(later.marks[at] == mark);
        }
    }
    let reason = if later.max_object_id < earlier.max_object_id {
        Some(format!(
            "the largest object id falls from {} to {}: the process was restarted, or its profiler began to count anew",
            grouped(u64::from(earlier.max_object_id)),
            grouped(u64::from(later.max_object_id))
        ))
    } else if shared == 0 {
        Some(
            "no newer object of the one is in the other: they seem to be of two processes"
                .to_owned(),
        )
    } else if alike * 100 < shared * ALIKE_PERCENT {
        Some(format!(
            "only {} of the {} newer object ids in both are of objects alike: \
             they are of two processes, or the profiler began to count anew",
            percent(alike, shared),
            grouped(shared)
        ))
    } else {
        None
    };
    Comparability {
        shared,
        alike,
        reason,
    }
}

fn is_sampled(id: u32, level: u32) -> bool {
    id.wrapping_mul(0x9E37_79B1).leading_zeros() >= level
}

fn mark(kind: NodeKind, kind_name: &str, name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (kind_name, name).hash(&mut hasher);
    let telling = matches!(
        kind,
        NodeKind::OBJECT | NodeKind::CLOSURE | NodeKind::STRING
    );
    let hash = hasher.finish() as u32 & !TELLING;
    if telling { hash | TELLING } else { hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dump of objects that are named after their ids by `name`.
    fn dump(ids: impl Iterator<Item = u32>, name: impl Fn(u32) -> String) -> Fingerprint {
        let ids: Vec<u32> = ids.collect();
        let names: Vec<String> = ids.iter().map(|&id| name(id)).collect();
        let columns = (
            &ids.clone().into(),
            &vec![NodeKind::OBJECT; ids.len()].into(),
            &(0..ids.len() as u32).collect::<Vec<_>>().into(),
        );
        let strings = Strings::from_texts(&names);
        Fingerprint::build(columns, &strings, |_| "object", &Task::new()).unwrap()
    }

    fn odd(count: u32) -> impl Iterator<Item = u32> {
        (0..count).map(|index| 2 * index + 1)
    }

    #[test]
    fn one_process() {
        let name = |id: u32| format!("Class{}", id % 7);
        let earlier = dump(odd(1000), name);
        let later = dump(odd(1500).filter(|id| id % 3 > 0), name);
        let found = comparable(&earlier, &later);
        assert!(found.is_comparable(), "{found:?}");
        assert!(found.shared > 300 && found.alike == found.shared);
        assert!(comparable(&earlier, &earlier).is_comparable());
    }

    #[test]
    fn two_processes_agree_only_in_the_startup_image() {
        let startup = 900;
        let earlier = dump(odd(1000), |id| format!("A{}", id % 5));
        let later = dump(odd(1100), |id| match id {
            0..900 => format!("A{}", id % 5),
            _ => format!("B{}", id % 5),
        });
        let found = comparable(&earlier, &later);
        assert_eq!(startup, 900);
        assert_eq!(found.alike, 0);
        assert!(found.reason.unwrap().contains("0%"));
    }

    #[test]
    fn ids_that_fall_or_are_not_shared() {
        let name = |_| "A".to_owned();
        let found = comparable(&dump(odd(1000), name), &dump(odd(400), name));
        assert!(found.reason.unwrap().contains("falls from 1,999 to 799"));
        let found = comparable(&dump(odd(100), name), &dump([3001].into_iter(), name));
        assert_eq!(found.shared, 0);
        assert!(!found.is_comparable());
    }

    #[test]
    fn large_dumps_are_sampled_alike() {
        let name = |id: u32| format!("Class{}", id % 101);
        let earlier = dump(odd(KEPT as u32 - 10), name);
        let later = dump(odd(KEPT as u32 * 5), name);
        assert_eq!(earlier.level, 0);
        assert!(later.level > 0 && later.ids.len() <= KEPT && later.ids.len() > KEPT / 4);
        let found = comparable(&earlier, &later);
        assert!(found.is_comparable() && found.shared > 1000, "{found:?}");
        let other = dump(odd(KEPT as u32 * 5), |id| format!("Class{}", id % 103));
        assert!(!comparable(&earlier, &other).is_comparable());
    }
}
