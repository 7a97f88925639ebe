//! Questions about the objects of a dump: filters that combine, then groups, an order and a limit.
//!
//! ```text
//! Session retained>10kB new(s1,s2) owner~winston | group holder | top 20
//! ```
//!
//! Lives here: the language ([`Query::parse`]), what it finds ([`Query::run`]), and what may be typed next
//! ([`complete`]). Does not live here: where dumps come from, and how answers are printed. The grammar is in `heaptui
//! help queries`. Everything is linear in the heap: each test becomes a set or a range once, then one pass asks them.

mod asked;
pub mod columns;
mod complete;
mod group;
mod lex;
mod parse;
mod problem;
mod select;
mod syntax;
#[cfg(test)]
mod tests;

pub use asked::Asked;
pub use columns::{Shown, Shows};
pub use complete::{Completion, complete};
pub use group::Group;
pub use problem::Problem;
pub use syntax::{GroupKey, Query};

use crate::analysis::objects::sort;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::Task;

use syntax::{Bound, Step};

/// What a question finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// How many objects the filter lets through.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// The rows.
    pub rows: Rows,
    /// How many rows there were before the smallest `top`.
    pub of: usize,
}

/// The rows of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Objects.
    Objects(Vec<NodeId>),
    /// Groups of them.
    Groups(Vec<Group>),
}

impl Query {
    /// Reads a question.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(text: &str) -> std::result::Result<Self, Problem> {
        parse::parse(text)
    }

    /// Whether its rows are groups of objects.
    pub fn groups(&self) -> bool {
        matches!(self.steps.first(), Some(Step::Group(_)))
    }

    /// Whether it says in which order the rows are.
    pub fn sorts(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Sort(..)))
    }

    /// Answers it. Objects without a size of their own are never found, as DevTools' rows do not count them.
    ///
    /// # Errors
    /// Those of `asked.max_id`; usage, when the heap has no object of an id that is named; cancellation.
    pub fn run(&self, asked: &mut Asked<'_>, task: &Task) -> Result<Answer> {
        let heap = asked.heap;
        let nodes = select::select(self.filter.as_ref(), asked, task)?;
        let mut answer = Answer {
            count: nodes.len() as u64,
            shallow: nodes.iter().map(|&node| heap.shallow(node)).sum(),
            of: nodes.len(),
            rows: Rows::Objects(nodes),
        };
        let is_sorted = self.sorts();
        for step in &self.steps {
            task.check()?;
            match (step, &mut answer.rows) {
                (Step::Group(key), Rows::Objects(nodes)) => {
                    let groups = group::group(*key, nodes, asked, task)?;
                    answer.of = groups.len();
                    answer.rows = Rows::Groups(groups);
                }
                (Step::Group(_), Rows::Groups(_)) => {
                    return Err(Error::usage("a question groups once only"));
                }
                (Step::Where(bound, range), Rows::Groups(groups)) => {
                    groups.retain(|group| range.contains(&group.figure(*bound)));
                    answer.of = groups.len();
                }
                (Step::Where(bound, range), Rows::Objects(nodes)) => {
                    nodes.retain(|&node| range.contains(&figure(heap, node, *bound)));
                    answer.of = nodes.len();
                }
                (Step::Sort(key, reverse), Rows::Objects(nodes)) => {
                    sort(heap, nodes, *key, *reverse);
                }
                (Step::Sort(key, reverse), Rows::Groups(groups)) => {
                    group::sort(groups, *key, *reverse);
                }
                (Step::Top(count), rows) => {
                    if let (Rows::Objects(nodes), false) = (&mut *rows, is_sorted) {
                        sort(heap, nodes, Default::default(), false);
                    }
                    match rows {
                        Rows::Objects(nodes) => nodes.truncate(*count),
                        Rows::Groups(groups) => groups.truncate(*count),
                    }
                }
            }
        }
        if let (Rows::Objects(nodes), false) = (&mut answer.rows, is_sorted) {
            sort(heap, nodes, Default::default(), false);
        }
        Ok(answer)
    }
}

/// A figure of an object.
fn figure(heap: &Heap, node: NodeId, bound: Bound) -> u64 {
    match bound {
        Bound::Count => 1,
        Bound::Shallow => heap.shallow(node),
        Bound::Retained => heap.retained(node),
    }
}

impl Answer {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::Objects(nodes) => nodes.len(),
            Rows::Groups(groups) => groups.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
