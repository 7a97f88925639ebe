//! What a search finds: suspects with their figures and words.

use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::growth::TELLING;
use crate::analysis::originals::Original;
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::Class;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};

use super::pattern::Pattern;
use super::signature::Signature;
use super::verdict::{Basis, Evidence};

/// What a search comes to, for gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The search could look, and no leak is likely.
    Healthy,
    /// A leak is likely.
    Leak,
    /// No leak is likely, and that means little.
    Inconclusive,
}

impl Outcome {
    /// The word for it, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Leak => "leak",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Whether the dumps' object ids mean the same objects.
    pub comparable: bool,
    /// Why it would mean little that no leak is likely; `None` where it means that the series is healthy.
    pub doubt: Option<String>,
    /// What limits the findings, in sentences of this program's: no text of a dump.
    pub caveats: Vec<String>,
    /// The suspects, worst first.
    pub suspects: Vec<Suspect>,
    /// What takes most of the last dump: a few disjoint points of accumulation, largest first.
    pub largest: Vec<Largest>,
}

impl Findings {
    /// What the search comes to.
    pub fn outcome(&self) -> Outcome {
        match (
            &self.doubt,
            self.suspects.iter().any(Suspect::is_likely_leak),
        ) {
            (_, true) => Outcome::Leak,
            (Some(_), false) => Outcome::Inconclusive,
            (None, false) => Outcome::Healthy,
        }
    }
}

/// A holder whose contents keep growing.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// The holder in the last dump; where only roots hold what accumulates, the root.
    pub holder: NodeId,
    /// The holder in words: what leads to it, and what it is.
    pub holder_name: Spans,
    /// The same without what it is.
    pub holder_short: Spans,
    /// All holders that have to release what accumulates, the one to blame first.
    pub holders: Vec<NodeId>,
    /// From the root to the holder in the last dump.
    pub path: Vec<Step>,
    /// From the holder to one of the objects that accumulate; empty where no such way was found.
    pub below: Vec<Step>,
    /// A function of the application's on that way: it was registered with the holder, and keeps what accumulates.
    pub kept_by: Option<NodeId>,
    /// A function of the application's that there are about as many of as what accumulates.
    pub made_with: Option<NodeId>,
    /// One of the objects that accumulate, in the last dump.
    pub example: Option<NodeId>,
    /// What accumulates, what says most first.
    pub leaked: Vec<Leaked>,
    /// What the holder alone keeps alive in each dump, in bytes.
    pub retained_sizes: Vec<u64>,
    /// How much that grew from the first to the last dump, in bytes.
    pub growth_bytes: i64,
    /// The same in an hour; `None` where times are not known, or less than [`TELLING`] apart.
    pub growth_per_hour: Option<f64>,
    /// From 0 to 1; 0.5 is a likely leak.
    pub confidence: f64,
    /// What the confidence is made of.
    pub evidence: Evidence,
    /// In what it was read.
    pub basis: Basis,
    /// Which known pattern it is.
    pub pattern: Pattern,
    /// What makes it the same leak in another run.
    pub signature: Signature,
    /// The time between the first and the last dump, if it is known.
    pub span: Option<Duration>,
    /// The other holders that have to release it as well, a few at most.
    pub co_holders: Vec<Holder>,
    /// What is freed in the last dump when all holders release it, in bytes.
    pub frees: u64,
    /// The explanation and the advice, part by part.
    pub explanation: Explanation,
}

/// One of several holders of the same objects.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The holder in the last dump.
    pub node: NodeId,
    /// The holder in words: what leads to it, and what it is.
    pub name: Spans,
    /// The same without what it is.
    pub short: Spans,
    /// From the root to it.
    pub path: Vec<Step>,
}

impl Suspect {
    /// In how many places the leak is held, those counted that have no name.
    pub fn place_count(&self) -> usize {
        self.holders.len().max(self.co_holders.len() + 1)
    }

    /// The places that have to change, below what that frees; nothing where it is one.
    pub fn places(&self) -> Vec<Spans> {
        let all = self.place_count();
        let header: Spans = match all {
            1 => return Vec::new(),
            2 => "In both places".into(),
            all => Spans::from("In all ")
                .number(grouped(all as u64))
                .note(" places"),
        };
        let header = header.note(", or nothing is freed (");
        let mut lines = vec![header.number(bytes(self.frees)).note("):")];
        let first = (&self.holder_name, &self.holder_short);
        let others = self.co_holders.iter();
        let others = others.map(|holder| (&holder.name, &holder.short));
        // What is the same of all is said once.
        let what = |(name, short): (&Spans, &Spans)| name.plain().replacen(&short.plain(), "", 1);
        for (number, holder) in (1..).zip(std::iter::once(first).chain(others)) {
            let is_alike = number > 1 && what(holder) == what(first);
            let name = if is_alike { holder.1 } else { holder.0 };
            let line = Spans::new().number(format!("{number}. "));
            lines.push(line.then(name.clone()));
        }
        let named = self.co_holders.len() + 1;
        if all > named {
            let more = grouped((all - named) as u64);
            lines.push(Spans::from("… ").number(more).note(" more"));
        }
        lines
    }

    /// Whether this is a likely leak.
    pub fn is_likely_leak(&self) -> bool {
        self.confidence >= LIKELY_LEAK
    }
}

/// What is said of a suspect, part by part; empty where there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What accumulates, and at what.
    pub what: Spans,
    /// How much that is.
    pub how_much: Spans,
    /// What else grows with it.
    pub also: Spans,
    /// Why it is not collected.
    pub why: Spans,
    /// Whether it is the only holder, and what letting go would free.
    pub way: Spans,
    /// What the confidence comes from.
    pub evidence: Spans,
    /// Whose code it is.
    pub package: Spans,
    /// What to change.
    pub remedy: Spans,
    /// What would show that it is no leak.
    pub against: Spans,
}

impl Explanation {
    /// What holds, what accumulates, how fast, why it stays: one paragraph.
    pub fn paragraph(&self) -> Spans {
        joined([
            &self.what,
            &self.how_much,
            &self.also,
            &self.why,
            &self.way,
            &self.evidence,
            &self.package,
        ])
    }

    /// What to change, and what would show that it is no leak: one paragraph.
    pub fn advice(&self) -> Spans {
        joined([&self.remedy, &self.against])
    }
}

/// Sentences in a paragraph; empty ones are nothing.
pub fn joined<'s>(sentences: impl IntoIterator<Item = &'s Spans>) -> Spans {
    let all = sentences.into_iter().cloned();
    all.fold(Spans::new(), Spans::sentence)
}

/// What takes much of the last dump, whether it grows or not.
#[derive(Debug, Clone)]
pub struct Largest {
    /// The object.
    pub node: NodeId,
    /// It in words.
    pub name: Spans,
    /// From the root to it.
    pub path: Vec<Step>,
    /// The class that most of it is, and how many objects of that.
    pub mostly: Option<(Class, u64)>,
}

/// From this confidence on a suspect is a likely leak.
pub const LIKELY_LEAK: f64 = 0.5;

/// A class that accumulates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaked {
    /// The class, as the dump has it.
    pub class: String,
    /// The same as it was written, where a map tells.
    pub original: Option<Original>,
    /// How many in each dump.
    pub counts: Vec<u64>,
    /// Whether that is all of the dump's, or only what the holder keeps.
    pub whole_dump: bool,
}

impl Leaked {
    /// The class's name: `SessionStore (Zx)` where people gave it another.
    pub fn words(&self) -> Spans {
        match &self.original {
            Some(original) => original.class_words(&self.class),
            None => Spans::new().name(self.class.clone()),
        }
    }
}

/// How many suspects are told.
pub(super) const MOST: usize = 12;

/// When the dumps were taken.
pub(super) struct Clock<'a>(pub &'a [Option<Timestamp>]);

impl Clock<'_> {
    /// The time between the first and the last dump.
    pub fn span(&self) -> Option<Duration> {
        let (first, last) = ((*self.0.first()?)?, (*self.0.last()?)?);
        Duration::try_from(last.duration_since(first)).ok()
    }

    /// The growth of bytes in an hour, between the first and the last dump; `None` where these are less than
    /// [`TELLING`] apart.
    pub fn per_hour(&self, bytes: &[u64]) -> Option<f64> {
        let span = self.span().filter(|&span| span >= TELLING)?;
        let grown = *bytes.last()? as f64 - *bytes.first()? as f64;
        Some(grown / (span.as_secs_f64() / 3600.0))
    }
}
