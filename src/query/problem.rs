//! What is wrong with a question, and where.

use std::fmt;
use std::ops::Range;

use crate::text::width::width;

/// What of a question is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the question.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What could stand there; may be empty.
    pub expected: String,
}

impl Problem {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            expected: String::new(),
        }
    }

    pub(super) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(super) fn and_advice(mut self, advice: &str) -> Self {
        self.expected = format!("{}; {advice}", self.expected);
        self
    }

    /// The question, and below it carets under the place.
    pub fn caret(&self, question: &str) -> String {
        let line: String = question
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let before = question.get(..self.at.start).map_or(0, width);
        let under = question.get(self.at.clone()).map_or(0, width).max(1);
        format!("{line}\n{}{}", " ".repeat(before), "^".repeat(under))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.at.start + 1, self.message)?;
        match self.expected.is_empty() {
            true => Ok(()),
            false => write!(f, "; expected {}", self.expected),
        }
    }
}
