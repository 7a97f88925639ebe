//! The likely leak that an object is part of, as the page of why it is alive tells it: with the figures of the search, and
//! all its holders.

use crate::analysis::suspects::Suspect;
use crate::analysis::why::Why;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::place::DumpId;
use crate::tui::search::{Accused, Found};
use crate::tui::views::suspects_rows::sure;

/// The leak.
#[derive(Clone)]
pub struct Leak {
    /// How sure, what piles up, and what a change frees.
    pub words: Spans,
    /// Every holder that has a name, the one to change first.
    pub holders: Vec<Place>,
    /// What has to be said where one of several holders is explained by itself.
    pub alone: Option<Spans>,
}

/// A holder.
#[derive(Clone)]
pub struct Place {
    /// The object.
    pub node: NodeId,
    /// What leads to it, and what it is.
    pub name: Spans,
    /// What leads to it.
    pub short: Spans,
}

impl Leak {
    /// The likely leak that an object of a dump is part of: it is a holder, or one of what piles up there.
    pub fn of(found: &Found, dump: &DumpId, heap: &Heap, why: &Why) -> Option<Self> {
        if found.dumps.last() != Some(dump) {
            return None;
        }
        let mut accused = found.accused();
        let Accused { suspect, .. } = accused.find(|of| is_part(&of.suspect, heap, why))?;
        let co_holders = suspect.co_holders.iter();
        let co_holders = co_holders.map(|holder| Place {
            node: holder.node,
            name: holder.name.clone(),
            short: holder.short.clone(),
        });
        let first = Place {
            node: suspect.holder,
            name: suspect.holder_name.clone(),
            short: suspect.holder_short.clone(),
        };
        let holders: Vec<_> = std::iter::once(first).chain(co_holders).collect();
        let places = suspect.holders.len().max(holders.len());
        let what = match suspect.leaked.first() {
            Some(leaked) => {
                let count = leaked.counts.last().copied().unwrap_or(0);
                let count = Spans::new().number(grouped(count));
                count.note(" ").name(leaked.class.clone())
            }
            None => Spans::new().number(bytes(suspect.retained_sizes.last().copied().unwrap_or(0))),
        };
        let change = match places {
            1 => " in 1 place. Change it to free ".to_owned(),
            2 => " in 2 places. Change both to free ".to_owned(),
            _ => format!(" in {places} places. Change all to free "),
        };
        let is_holder = holders.iter().any(|holder| holder.node == why.node);
        let alone = Spans::from("That alone frees none of the ")
            .then(what.clone())
            .note(format!(": the leak has {places} holders."));
        let words = Spans::from("Leak likely (")
            .number(sure(suspect))
            .note("): ")
            .then(what)
            .note(change)
            .number(bytes(suspect.frees))
            .note(":");
        Some(Self {
            words,
            holders,
            alone: (is_holder && places > 1).then_some(alone),
        })
    }

    /// The leak as lines of text.
    pub fn lines(&self) -> Vec<Spans> {
        let holders = self.holders.iter();
        let holders = holders.map(|holder| Spans::from("  ").then(holder.name.clone()));
        let alone = self.alone.iter().cloned();
        std::iter::once(self.words.clone())
            .chain(holders)
            .chain(alone)
            .collect()
    }
}

/// Whether an object holds the leak, or is among what piles up behind a holder.
fn is_part(suspect: &Suspect, heap: &Heap, why: &Why) -> bool {
    let holds = |node: NodeId| suspect.holder == node || suspect.holders.contains(&node);
    let class = heap.class_name(why.node);
    let piles_up = suspect.leaked.iter().any(|leaked| leaked.class == class);
    suspect.example == Some(why.node)
        || holds(why.node)
        || piles_up && why.steps.iter().any(|step| holds(step.node))
}
