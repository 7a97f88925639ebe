//! The thresholds: from where on something is a candidate, a holder, or the same suspect as another.
//!
//! They decide what is judged; the weights decide what the judgement is. Like the weights they were chosen by hand on the
//! labelled series that the guide's chapter on leaks tells of. Limits that only bound the work (how many retainers are
//! looked at, how many members are sampled) stay beside the loops that they bound.

/// A share in hundredths. Both sides are counted, so nothing is rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Percent(u64);

impl Percent {
    /// Whether a part is at least this share of a whole.
    pub fn is_reached(self, part: impl Into<i128>, whole: impl Into<i128>) -> bool {
        part.into() * 100 >= whole.into() * i128::from(self.0)
    }

    /// Whether a part is more than this share of a whole.
    pub fn is_exceeded(self, part: impl Into<i128>, whole: impl Into<i128>) -> bool {
        part.into() * 100 > whole.into() * i128::from(self.0)
    }
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    /// Groups of less new bytes are no candidates.
    pub candidate_bytes: u64,
    /// So many groups with most new bytes are candidates, and as many with most bytes that survived the last interval: in
    /// a busy server the requests in flight outweigh a small leak.
    pub candidates: usize,
    /// A container that holds this share of what accumulates below one end of a list or tree is the holder rather than a
    /// link: the `children` of one module.
    pub holder_of_chain: Percent,
    /// Holders of one shape are one suspicion, unless one of them has more than this share of it.
    pub largest_of_shape: Percent,
    /// A younger object is the holder if this share of what is new is below it.
    pub younger_holder: Percent,
    /// A plain object that holds new things by more names is a dictionary, whose entries are not told apart.
    pub names_of_object: usize,

    /// A cut that frees this share of a group's new bytes needs no other holder.
    pub cut_is_enough: Percent,
    /// A co-holder reaches this share of the sampled objects that stay.
    pub co_holder_reaches: Percent,
    /// A holder without which the others free this share of what all free is no co-holder.
    pub co_holder_spared: Percent,

    /// So many more entries are needed for entries to be the members. Else it is a list, a tree or a rope: one entry leads
    /// to everything.
    pub more_entries: u64,
    /// If a Map's values become more by fewer objects, its keys are the members.
    pub more_values: u64,
    /// Texts count for this much of other objects, when the class of the members is chosen: they are mostly parts.
    pub text_as_members: f64,
    /// Objects of the engine and the language that become more by less than this share of the members are not named.
    pub named_beside_members: Percent,
    /// A class whose objects, and whose rise, are the holder's to this share is counted over the whole dump: these are the
    /// numbers that the Summary shows.
    pub whole_dump: Percent,

    /// A suspect of whose members another one keeps this share is no suspect of its own.
    pub same_members: Percent,
    /// Of two suspects with the same members the one with the more specific holder stays, if it is as sure to this share.
    pub specific_holder: f64,
    /// Suspects that one object owns grow alike if their steps differ by this share at most.
    pub sibling_steps: f64,

    /// Tables are followed, and become candidates, from so many bytes, and so many bytes of growth, on.
    pub table_bytes: u64,
    /// So many of the tables that grew most are candidates.
    pub table_candidates: usize,

    /// By address: dumps are of one program if this share of the last one's holders is in each.
    pub same_program: Percent,
    /// By address: a step is so many at least, and one in so many of what there is then.
    pub address_step: u64,
    pub address_step_share: u64,

    /// One dump: a holder is looked at from this share of the heap on.
    pub large_holder: Percent,
    /// One dump: a holder is passed while one object below it keeps this share of it.
    pub passed_holder: Percent,
    /// One dump: so many objects of one class make an accumulation.
    pub crowd: u64,

    /// A function keeps the members if there is this share of them, in percent: one for each, some for one, or a few for each.
    pub functions_of_members: (u64, u64),
}

/// The thresholds that were chosen.
pub(super) const THRESHOLDS: Thresholds = Thresholds {
    candidate_bytes: 1500,
    candidates: 10,
    holder_of_chain: Percent(60),
    largest_of_shape: Percent(60),
    younger_holder: Percent(75),
    names_of_object: 3,
    cut_is_enough: Percent(75),
    co_holder_reaches: Percent(25),
    co_holder_spared: Percent(80),
    more_entries: 3,
    more_values: 3,
    text_as_members: 0.4,
    named_beside_members: Percent(15),
    whole_dump: Percent(80),
    same_members: Percent(80),
    specific_holder: 0.75,
    sibling_steps: 0.05,
    table_bytes: 8 << 10,
    table_candidates: 5,
    same_program: Percent(50),
    address_step: 3,
    address_step_share: 50,
    large_holder: Percent(5),
    passed_holder: Percent(70),
    crowd: 100,
    functions_of_members: (40, 300),
};
