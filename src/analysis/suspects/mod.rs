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
//! In order: `view` and `owners` (a dump prepared), `birth`, `tops`, `groups` (with `shape`, `descend` and `candidates`),
//! `cut` and `measure` in every dump, `judge`, `rank`, and for the words `pattern`, `expression`, `explain` and `tell`;
//! `signature` says which leaks are the same. `tables` finds growth without objects; `largest` tells what takes most,
//! grown or not; `by_address` looks where ids do not fit, and `single` at one dump.

#[cfg(test)]
mod ablation;
mod birth;
mod bounded;
mod by_address;
mod candidate;
mod candidates;
mod case;
mod classes;
mod co_holders;
mod course;
mod cut;
mod descend;
mod explain;
mod expression;
mod groups;
mod judge;
mod largest;
mod measure;
mod not_kept;
mod owners;
mod page_mechanism;
mod pattern;
mod piles;
mod rank;
mod recognise;
mod remedy;
mod retainer_names;
mod same_members;
mod search;
mod shape;
mod signature;
mod single;
mod steps;
mod suspect;
mod tables;
mod tell;
mod through;
mod tops;
mod verdict;
mod view;
mod weights;

pub use pattern::Pattern;
pub use search::find;
pub use signature::{Signature, SignatureId};
pub use suspect::{ACCUSED, Findings, Holder, Largest, Leaked, Outcome, Suspect, Told, joined};
pub use verdict::{Basis, Evidence};
