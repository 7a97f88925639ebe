//! What the dumps of one of several processes come to: the same for the command line and the explorer.

use crate::analysis::suspects::{Findings, Outcome};
use crate::error::Error;

/// From so many dumps on of a process it counts that nothing can be told of them.
const SERIES: usize = 3;

/// What the dumps of a process come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Its name in the folder.
    pub name: String,
    /// How many dumps of it could be used.
    pub dumps: usize,
    /// What the search came to.
    pub outcome: Outcome,
    /// The confidence of the surest likely leak; 0 where there is none.
    pub confidence: f64,
    /// The same in a sentence without the name.
    pub words: String,
}

impl Process {
    /// A process that was searched; dumps of it that could not be read are `unread`, in words.
    pub fn of(
        name: String,
        dumps: usize,
        findings: &Findings,
        unread: impl IntoIterator<Item = String>,
    ) -> Self {
        let (outcome, doubts) = concluded(findings, unread);
        let mut accused = findings
            .suspects
            .iter()
            .filter(|suspect| suspect.is_likely_leak());
        let confidence = accused.clone().map(|suspect| suspect.confidence);
        let words = match outcome {
            Outcome::Leak => accused.next().map_or_else(String::new, |suspect| {
                let sure = (suspect.confidence * 100.0).round();
                format!("likely leak ({sure}%, {})", suspect.signature.id)
            }),
            Outcome::Healthy => "no leak found".to_owned(),
            Outcome::Inconclusive => doubts.join("; "),
        };
        Self {
            name,
            dumps,
            outcome,
            confidence: confidence.max_by(f64::total_cmp).unwrap_or_default(),
            words,
        }
    }

    /// A process whose dumps could not be searched.
    pub fn unread(name: String, error: &Error) -> Self {
        Self {
            name,
            dumps: 0,
            outcome: Outcome::Inconclusive,
            confidence: 0.0,
            words: error.to_string(),
        }
    }

    /// Whether there are dumps enough that a finding could be expected.
    pub fn is_a_series(&self) -> bool {
        self.dumps >= SERIES
    }
}

/// What a search comes to, and why nothing can be said where that is so; dumps that could not be read are `unread`.
pub fn concluded(
    findings: &Findings,
    unread: impl IntoIterator<Item = String>,
) -> (Outcome, Vec<String>) {
    let doubts: Vec<String> = findings.doubt.clone().into_iter().chain(unread).collect();
    match findings.outcome() {
        Outcome::Healthy if !doubts.is_empty() => (Outcome::Inconclusive, doubts),
        outcome => (outcome, doubts),
    }
}
