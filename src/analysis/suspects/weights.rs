//! The weights: all numbers that a confidence is made of, and where each comes from.
//!
//! None of them was computed. They were chosen by hand on 56 leaking and 24 healthy series, and kept when those that nobody
//! had looked at before were judged with them; the guide's chapter on leaks has the scores. A factor of 1 says nothing
//! against a leak.

#[cfg(test)]
use std::cell::Cell;
use std::ops::Deref;

const KIB: f64 = 1024.0;

/// A factor between `least` and 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor {
    pub least: f64,
}

impl Factor {
    /// The factor at a share from 0 to 1.
    pub fn at(self, share: f64) -> f64 {
        self.least + (1.0 - self.least) * share
    }
}

/// The weights of the judgement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    /// By the number of intervals in which objects became more: two dumps have one, which must not be enough for
    /// [`super::LIKELY_LEAK`]; two must be, as most series have three dumps.
    pub objects: [f64; 5],
    /// The same for bytes without objects. A value that varies in size rises twice in a row by chance in one of six
    /// series, so it is worth less.
    pub bytes: [f64; 5],
    /// The same for tables of numbers, which rarely shrink.
    pub tables: [f64; 5],
    /// An interval is up by count from so many objects on: fewer come and go by chance.
    pub up_count: f64,
    /// An interval is up or down from this share of what there is on: the load's own noise.
    pub up_share: f64,
    /// An interval is up by bytes from here on, if some object came too: a few large buffers.
    pub up_bytes: f64,
    /// An interval is down from so many objects less on.
    pub down_count: f64,
    /// An interval is idle if the largest object id rose by less than this share of the usual: nobody used the program.
    pub idle_share: f64,
    /// Or by so little at all.
    pub idle_ids: f64,
    /// From this share of earlier members that are still there on, survival says nothing against a leak: the busiest
    /// healthy series has 29 %, the most drained leak 45 %.
    pub survives: f64,
    /// What survival is worth at none, what each interval up beyond two adds, up to six of them, and what all of it adds.
    pub survival: (f64, f64, f64),
    /// Below this share the factor falls to a half once more: load that rises, rather than a heap that fills.
    pub drained: f64,
    /// By the root of the share of the application's growth: a small leak beside a warm-up is still one.
    pub share: Factor,
    /// By the smallest of the steps as a share of the largest; of three and more the first is warm-up.
    pub evenness: Factor,
    /// By the share of the commonest class among what is new.
    pub homogeneity: Factor,
    /// For growth that dies down: warm-up converges.
    pub dying: f64,
    /// It dies down if the last step is smaller than this share of those before.
    pub dying_last: f64,
    /// Or each step is at most this share of the one before.
    pub dying_step: f64,
    /// Growth of less, in bytes and as a share of the application, is worth `little`: the smallest leaks of the corpus are
    /// above.
    pub least_bytes: f64,
    pub least_share: f64,
    pub little: f64,
    /// Where the last interval was idle, or did not grow: it has ended.
    pub last_idle: f64,
    pub last_flat: f64,
    /// By the smallest step up, as a share of `enough_count` objects or of `enough_share` of the application's bytes: few
    /// may be chance.
    pub few: Factor,
    pub enough_count: f64,
    pub enough_share: f64,
    /// Where others hold the members too, so that a change here frees little.
    pub shared: f64,
    /// Entries that others hold too, and bytes without objects (as a share of the application, too), must become so many
    /// more to be looked at.
    pub least_entries: i64,
    pub least_bytes_only: f64,
    pub least_bytes_only_share: f64,
    /// Bytes without objects: an interval is up or down from so many on, or from this share of what there is.
    pub bytes_up: f64,
    pub bytes_up_share: f64,
    /// Bytes without objects: from this evenness on, the better factor.
    pub bytes_even: f64,
    pub bytes_evenness: (f64, f64),
    /// Tables: an interval is up from so many bytes on; factors where the last was, and where it was not.
    pub table_up: f64,
    pub table_last: (f64, f64),
    /// Tables that grew by less, in bytes and as a share of the application, are worth this.
    pub table_least: f64,
    pub table_least_share: f64,
    pub table_little: f64,
    /// The most that a structure of the runtime is worth that is below its limit, or has none and grows less evenly than
    /// this.
    pub within_limit: f64,
    pub steady: f64,
    /// What is followed by address rather than by id is worth this much less, and at most so much: nobody knows whether
    /// its members are the same objects.
    pub by_address: f64,
    pub by_address_most: f64,
    /// What a large holder of one dump is worth, what all of the heap adds, and the most: one dump shows no growth.
    pub one_dump: (f64, f64),
    pub one_dump_most: f64,
    /// What only roots hold comes behind an application's holder of the same objects.
    pub roots_rank: f64,
}

/// Suspects of less confidence are not worth a line.
pub(super) const SHOWN: f64 = 0.05;

/// The weights that are used: those that were chosen, except where a test looks at what others would find.
pub(super) const WEIGHTS: Used = Used;

/// See [`WEIGHTS`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Used;

impl Deref for Used {
    type Target = Weights;

    #[inline]
    fn deref(&self) -> &Weights {
        #[cfg(test)]
        if let Some(weights) = INSTEAD.get() {
            return weights;
        }
        &CHOSEN
    }
}

/// A step of the search that a test can leave out, to see what it earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// A holder of the kind that accumulates is told by what holds it.
    Climb,
    /// Holders of one shape are one suspicion.
    JoinShapes,
    /// The one young object that nearly everything is below is the holder.
    Descend,
    /// Other holders of the same objects are looked for.
    CoHolders,
    /// The runtime's holders come behind the program's.
    RuntimesLast,
    /// Suspects that keep the same objects are one.
    SameMembers,
    /// Suspects that one object owns and that grow alike are one.
    Siblings,
    /// Structures of the runtime below their limits are no leak.
    Bounded,
    /// Tables that grow without objects are looked for.
    Tables,
}

impl Rule {
    /// Whether the step is done.
    #[inline]
    pub fn is_on(self) -> bool {
        #[cfg(test)]
        return LEFT_OUT.get() != Some(self);
        #[cfg(not(test))]
        true
    }
}

#[cfg(test)]
thread_local! {
    /// The weights of this thread's searches, where not the chosen ones.
    pub(super) static INSTEAD: Cell<Option<&'static Weights>> = const { Cell::new(None) };
    /// The rule that this thread's searches leave out.
    pub(super) static LEFT_OUT: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// The weights that were chosen.
pub(super) const CHOSEN: Weights = Weights {
    objects: [0.05, 0.45, 0.85, 0.92, 0.96],
    bytes: [0.05, 0.40, 0.80, 0.88, 0.92],
    tables: [0.05, 0.40, 0.85, 0.92, 0.96],
    up_count: 3.0,
    up_share: 0.02,
    up_bytes: 64.0 * KIB,
    down_count: 2.0,
    idle_share: 0.1,
    idle_ids: 60.0,
    survives: 0.9,
    survival: (0.30, 0.05, 0.65),
    drained: 0.45,
    share: Factor { least: 0.7 },
    evenness: Factor { least: 0.85 },
    homogeneity: Factor { least: 0.85 },
    dying: 0.5,
    dying_last: 0.15,
    dying_step: 0.65,
    least_bytes: 4.0 * KIB,
    least_share: 0.0005,
    little: 0.4,
    last_idle: 0.6,
    last_flat: 0.3,
    few: Factor { least: 0.55 },
    enough_count: 20.0,
    enough_share: 0.02,
    shared: 0.9,
    least_entries: 10,
    least_bytes_only: 64.0 * KIB,
    least_bytes_only_share: 0.01,
    bytes_up: 16.0 * KIB,
    bytes_up_share: 0.05,
    bytes_even: 0.4,
    bytes_evenness: (0.9, 0.6),
    table_up: KIB,
    table_last: (0.9, 0.3),
    table_least: 16.0 * KIB,
    table_least_share: 0.001,
    table_little: 0.5,
    within_limit: 0.3,
    steady: 0.6,
    by_address: 0.9,
    by_address_most: 0.75,
    one_dump: (0.1, 0.2),
    one_dump_most: 0.3,
    roots_rank: 0.25,
};
