//! Which objects of a dump count, as the user chooses it: by dumps, where [`Filter`] goes by ids.

use std::sync::Arc;

use crate::analysis::filter::{Filter, RetainedBy};
use crate::text::span::Spans;
use crate::tui::place::DumpId;

/// Which objects count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    All,
    /// Those allocated after the first dump and until the second.
    Between(DumpId, DumpId),
    /// Those allocated until this dump.
    Before(DumpId),
    /// Those allocated after this dump.
    After(DumpId),
    /// Those that one kind of holder keeps.
    RetainedBy(RetainedBy),
    /// Strings whose text occurs more than once.
    DuplicateStrings,
    /// Those that the application's roots do not reach.
    Unreachable,
    /// Those of a native context, by its object id, and what it is called: a page, frame, worker or realm.
    OfContext(u32, Arc<str>),
    /// Those that several native contexts share.
    SharedByContexts,
    /// Those that belong to no native context.
    OfNoContext,
    /// Those allocated in a range of a recording's time, in µs since it began, which is this filter.
    Recorded(u64, u64, Filter),
}

/// The choices that need no other dump.
const NAMED: [Scope; 6] = [
    Scope::RetainedBy(RetainedBy::DetachedDom),
    Scope::RetainedBy(RetainedBy::Contexts),
    Scope::RetainedBy(RetainedBy::Console),
    Scope::RetainedBy(RetainedBy::EventHandlers),
    Scope::DuplicateStrings,
    Scope::Unreachable,
];

/// µs in seconds, so that they mean the same when they are typed for `--allocated-during`.
pub fn seconds(us: u64) -> String {
    match us % 1000 {
        0 => format!("{}.{:03}", us / 1_000_000, us / 1000 % 1000),
        _ => format!("{}.{:06}", us / 1_000_000, us % 1_000_000),
    }
}

impl Scope {
    /// The three-snapshot question for the dump at `at`: what was allocated between the two dumps before it, and is
    /// still there in it.
    pub fn previous_two(dumps: &[DumpId], at: usize) -> Option<Self> {
        let from = dumps.get(at.checked_sub(2)?)?;
        let to = dumps.get(at.checked_sub(1)?)?;
        Some(Self::Between(from.clone(), to.clone()))
    }

    /// Everything that can be asked of the dump at `at` of a series, what is asked most often first.
    pub fn choices(dumps: &[DumpId], at: usize) -> Vec<Self> {
        let mut choices = vec![Self::All];
        choices.extend(Self::previous_two(dumps, at));
        let mut add = |scope| {
            if !choices.contains(&scope) {
                choices.push(scope);
            }
        };
        let until = dumps.get(..=at).unwrap_or_default();
        for pair in until.windows(2).rev() {
            add(Self::Between(pair[0].clone(), pair[1].clone()));
        }
        if let [first, .., last] = until {
            add(Self::Before(first.clone()));
            for dump in until.iter().rev().filter(|dump| *dump != last) {
                add(Self::After(dump.clone()));
            }
        }
        NAMED.into_iter().for_each(&mut add);
        let mut pairs = Vec::new();
        for (index, to) in until.iter().enumerate().skip(2).rev() {
            for from in until[..index - 1].iter().rev() {
                pairs.push(Self::Between(from.clone(), to.clone()));
            }
        }
        choices.extend(pairs);
        choices
    }

    /// The dumps that bound it.
    pub fn bounds(&self) -> Vec<&DumpId> {
        match self {
            Self::Between(from, to) => vec![from, to],
            Self::Before(dump) | Self::After(dump) => vec![dump],
            _ => Vec::new(),
        }
    }

    /// In words, as they follow "objects": `allocated between s1 and s2`.
    pub fn words(&self, label: impl Fn(&DumpId) -> String) -> Spans {
        Spans::new().note(match self {
            Self::All => "all objects".to_owned(),
            Self::Between(from, to) => {
                format!("allocated between {} and {}", label(from), label(to))
            }
            Self::Before(dump) => format!("allocated before {}", label(dump)),
            Self::After(dump) => format!("allocated after {}", label(dump)),
            Self::RetainedBy(holder) => match holder {
                RetainedBy::DetachedDom => "retained by detached DOM nodes",
                RetainedBy::Contexts => "retained by contexts",
                RetainedBy::Console => "retained by the console",
                RetainedBy::EventHandlers => "retained by event handlers",
            }
            .to_owned(),
            Self::DuplicateStrings => "duplicated strings".to_owned(),
            Self::Unreachable => "no distance from the global objects".to_owned(),
            Self::OfContext(_, name) => {
                return Spans::from("of ").name(name.to_string());
            }
            Self::SharedByContexts => "shared between native contexts".to_owned(),
            Self::OfNoContext => "of no native context".to_owned(),
            Self::Recorded(from, to, _) => {
                let (from, to) = (seconds(*from), seconds(*to));
                format!("allocated from {from} s to {to} s")
            }
        })
    }

    /// The filter by ids, from the largest id of each dump; `None` while one of them is not known.
    pub fn filter(&self, max_id: impl Fn(&DumpId) -> Option<u32>) -> Option<Filter> {
        Some(match self {
            Self::All => Filter::All,
            Self::Between(from, to) => Filter::Allocated {
                after: max_id(from)?,
                up_to: max_id(to)?,
            },
            Self::Before(dump) => Filter::allocated_before(max_id(dump)?),
            Self::After(dump) => Filter::allocated_after(max_id(dump)?),
            Self::RetainedBy(holder) => Filter::RetainedBy(*holder),
            Self::DuplicateStrings => Filter::DuplicateStrings,
            Self::Unreachable => Filter::Unreachable,
            Self::OfContext(id, _) => Filter::OfContext(*id),
            Self::SharedByContexts => Filter::SharedByContexts,
            Self::OfNoContext => Filter::OfNoContext,
            Self::Recorded(_, _, filter) => *filter,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn dumps(count: usize) -> Vec<DumpId> {
        let name = |number| Arc::from(Path::new(&format!("s{}", number + 1)));
        (0..count).map(name).collect()
    }

    fn words(count: usize, at: usize) -> Vec<String> {
        let label = |dump: &DumpId| dump.display().to_string();
        let choices = Scope::choices(&dumps(count), at);
        let words = choices.iter().map(|scope| scope.words(label).plain());
        words.collect()
    }

    #[test]
    fn the_previous_two_come_first_and_pairs_last() {
        let words = words(4, 3);
        assert_eq!(words[0], "all objects");
        assert_eq!(words[1], "allocated between s2 and s3");
        assert_eq!(words[2], "allocated between s3 and s4");
        assert_eq!(words[3], "allocated between s1 and s2");
        assert_eq!(words[4], "allocated before s1");
        assert_eq!(words[5], "allocated after s3");
        assert_eq!(
            words[words.len() - 3..],
            [
                "allocated between s2 and s4",
                "allocated between s1 and s4",
                "allocated between s1 and s3"
            ]
        );
        let mut unique = words.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), words.len());
    }

    #[test]
    fn later_dumps_bound_nothing() {
        assert!(!words(4, 1).iter().any(|words| words.contains("s3")));
        assert_eq!(words(1, 0).len(), 1 + NAMED.len());
        assert_eq!(Scope::previous_two(&dumps(2), 1), None);
    }

    #[test]
    fn bounds_become_ids() {
        let all = dumps(3);
        let max_id = |dump: &DumpId| Some(if dump.ends_with("s1") { 10 } else { 20 });
        let scope = Scope::previous_two(&all, 2).unwrap();
        let filter = Filter::Allocated {
            after: 10,
            up_to: 20,
        };
        assert_eq!(scope.filter(max_id), Some(filter));
        assert_eq!(scope.filter(|_| None), None);
        assert_eq!(scope.bounds(), [&all[0], &all[1]]);
    }
}
