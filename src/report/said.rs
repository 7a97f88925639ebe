//! Text of a report: masked, whatever it is made of.

use serde::{Serialize, Serializer};

use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};

/// Text that may be shown to whom the report is for. There is no other way from a dump into a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said(Spans);

impl Said {
    /// What may be shown of a text.
    pub fn of(text: &Spans, reveal: Reveal) -> Self {
        Self(text.masked(reveal).in_short())
    }

    /// Text that was masked together with what stands before it.
    pub(super) fn masked(text: Spans) -> Self {
        Self(text.in_short())
    }

    /// A name of this kind.
    pub(super) fn name(kind: SpanKind, name: &str, reveal: Reveal) -> Self {
        Self::of(&Spans::of(kind, name.to_owned()), reveal)
    }

    /// Words of this program, with names of files.
    pub(super) fn words(words: &str, reveal: Reveal) -> Self {
        Self::name(SpanKind::Note, words, reveal)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with its kinds; not escaped.
    pub fn spans(&self) -> &Spans {
        &self.0
    }

    /// The text; not escaped.
    pub fn plain(&self) -> String {
        self.0.plain()
    }
}

/// Programs get the plain text.
impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}
