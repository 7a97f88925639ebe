//! Leak suspects: the holders whose contents keep growing over a series of dumps.
//!
//! The idea: take what is new in the last dump and still alive, fold tables and backing arrays into the objects that
//! own them, and ask which old objects hold the topmost new ones. New members prove nothing, as a full cache renews
//! itself; so each holder is then looked up by its id in every dump, to see whether what it alone keeps alive grows at
//! every step.
//!
//! Lives here: the search ([`find`]), the judgement, patterns, and the words for all of it. Does not live here: where
//! dumps come from, and how findings are shown.
//!
//! In order: `view` and `owners` (a dump prepared), `first_seen`, `topmost`, `groups` (with `shape`, `descend` and
//! `candidates`), `cut` and `measure` in every dump, `judge`, `rank`, and for the words `pattern`, `expression`, `explain`
//! and `describe`; `signature` says which leaks are the same. `growing_tables` finds growth without objects; `largest`
//! tells what takes most, grown or not; `by_address` looks where ids do not fit, and `one_dump` at one dump.

#[cfg(test)]
mod ablation;
mod accumulating;
mod bounded;
mod by_address;
mod candidate;
mod candidates;
mod case;
mod classes;
mod co_holders;
mod cut;
mod descend;
mod describe;
mod dumps;
mod explain;
mod expression;
mod first_seen;
mod groups;
mod growing_tables;
mod identity;
mod judge;
mod keeping_function;
mod largest;
mod measure;
mod not_kept;
mod one_dump;
mod optional_node;
mod owners;
mod page_mechanism;
mod pattern;
#[cfg(test)]
mod property_tests;
mod rank;
mod recognise;
mod remedy;
mod retainer_names;
mod same_members;
mod search;
mod shape;
mod signature;
mod steps;
mod suspect;
mod thresholds;
mod topmost;
mod totals;
mod verdict;
mod view;
mod weights;

pub use pattern::Pattern;
pub use search::find;
pub use signature::{Signature, SignatureId};
pub use suspect::{
    Explanation, Findings, Holder, LIKELY_LEAK, Largest, Leaked, Outcome, Suspect, joined,
};
pub use verdict::{Basis, Evidence};
