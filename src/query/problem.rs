//! What is wrong with a question, and where.

use std::fmt;
use std::ops::Range;

use crate::text::escape::{is_unsafe, one_line};
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
        let shown = |part: &str| -> String {
            let shown = part.chars();
            shown.map(|c| if is_unsafe(c) { ' ' } else { c }).collect()
        };
        let wide = |part: Option<&str>| part.map_or(0, |part| width(&shown(part)));
        let before = wide(question.get(..self.at.start));
        let under = wide(question.get(self.at.clone())).max(1);
        let line = shown(question);
        format!("{line}\n{}{}", " ".repeat(before), "^".repeat(under))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The question may be anybody's, as a coding agent's.
        let message = one_line(&self.message);
        write!(f, "column {}: {message}", self.at.start + 1)?;
        match self.expected.is_empty() {
            true => Ok(()),
            false => write!(f, "; expected {}", one_line(&self.expected)),
        }
    }
}
