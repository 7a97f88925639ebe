//! Text made of typed spans: what is a name, what is data, what are the program's own words.
//!
//! Everything that is said of an object is a list of spans until the last writer: a screen colours by kind, a file for
//! other people is masked by kind ([`Spans::masked`]), and nothing has to be read out of a finished sentence.

use std::borrow::Cow;

use crate::text::code::{self, Role};
use crate::text::escape::one_line;
use crate::text::mask::{self, Reveal};
use crate::text::width::cut_middle;

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// The name of a class or of a part of the engine.
    Name,
    /// The name of a function.
    Function,
    /// The name of a property or a variable.
    Edge,
    /// What else a reference is called: the index of an element, a name of the engine's. Never data.
    Index,
    /// Data of the program: the content of a string, a number, a message, the description of a symbol.
    Value,
    /// An object's id, with its `@`.
    Id,
    /// A figure of ours: a count, a size, a share.
    Number,
    /// Where something is in the source, or a script's path or URL.
    Place,
    /// Words and punctuation of this program. Never text of a dump.
    Note,
    /// Where code begins and where it ends in a sentence: a backtick, or another colour on a screen.
    Tick,
}

/// A name in a sentence is cut in its middle where it is longer, in terminal columns.
const NAME: usize = 60;

/// A piece of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Span {
    /// What it is.
    pub kind: SpanKind,
    /// The text, not escaped.
    pub text: Cow<'static, str>,
}

impl Span {
    /// A span.
    pub fn new(kind: SpanKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

/// Text made of spans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// No text.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Text of one span.
    pub fn of(kind: SpanKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new().with(kind, text)
    }

    /// Adds a span; an empty one is nothing.
    pub fn push(&mut self, kind: SpanKind, text: impl Into<Cow<'static, str>>) {
        let span = Span::new(kind, text);
        if !span.text.is_empty() {
            self.0.push(span);
        }
    }

    /// Adds a span.
    #[must_use]
    pub fn with(mut self, kind: SpanKind, text: impl Into<Cow<'static, str>>) -> Self {
        self.push(kind, text);
        self
    }

    /// Adds the name of a class.
    #[must_use]
    pub fn name(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Name, text)
    }

    /// Adds the name of a function.
    #[must_use]
    pub fn function(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Function, text)
    }

    /// Adds the name of a reference.
    #[must_use]
    pub fn edge(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Edge, text)
    }

    /// Adds an index, or a reference's name that is the engine's.
    #[must_use]
    pub fn index(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Index, text)
    }

    /// Adds data of the program.
    #[must_use]
    pub fn value(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Value, text)
    }

    /// Adds data of the program between quotes.
    #[must_use]
    pub fn quoted(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.note("\"").value(text).note("\"")
    }

    /// Adds an object's id.
    #[must_use]
    pub fn id(self, id: u32) -> Self {
        self.with(SpanKind::Id, format!("@{id}"))
    }

    /// Adds a figure of ours.
    #[must_use]
    pub fn number(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Number, text)
    }

    /// Adds a place in the source.
    #[must_use]
    pub fn place(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Place, text)
    }

    /// Adds words of this program. Text of a dump is never a note.
    #[must_use]
    pub fn note(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(SpanKind::Note, text)
    }

    /// Adds words of this program, in which what stands between backticks is code.
    #[must_use]
    pub fn prose(mut self, words: &'static str) -> Self {
        for (number, part) in words.split('`').enumerate() {
            if number > 0 {
                self.push(SpanKind::Tick, "`");
            }
            let kind = match number % 2 {
                0 => SpanKind::Note,
                _ => SpanKind::Index,
            };
            self.push(kind, part);
        }
        self
    }

    /// Adds text that stands as code in a sentence.
    #[must_use]
    pub fn code(self, text: Self) -> Self {
        let tick = |text: Self| text.with(SpanKind::Tick, "`");
        tick(tick(self).then(text))
    }

    /// Adds another sentence, behind a space; an empty one is nothing.
    #[must_use]
    pub fn sentence(self, other: Self) -> Self {
        match self.is_empty() || other.is_empty() {
            true => self.then(other),
            false => self.note(" ").then(other),
        }
    }

    /// Texts with the same words between them.
    pub fn list(texts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let mut list = Self::new();
        for (number, text) in texts.into_iter().enumerate() {
            if number > 0 {
                list.push(SpanKind::Note, between);
            }
            list.append(text);
        }
        list
    }

    /// Adds other text.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.append(other);
        self
    }

    /// Adds other text.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The spans.
    pub fn iter(&self) -> std::slice::Iter<'_, Span> {
        self.0.iter()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in full, for the eye of whoever opened the dump. What leaves the host is [`Spans::shown`].
    pub fn plain(&self) -> String {
        self.0.iter().map(|span| &*span.text).collect()
    }

    /// The text as it may be shown to others.
    pub fn shown(&self, reveal: Reveal) -> String {
        match reveal {
            Reveal::All => self.plain(),
            _ => self.masked(reveal).plain(),
        }
    }

    /// The same as a sentence: names that are too long to be read in one are cut in their middle.
    pub fn told(&self, reveal: Reveal) -> String {
        self.masked(reveal).in_short().plain()
    }

    /// The same text, names that are too long to be read in a sentence cut in their middle. Not to be masked any more:
    /// half a credential does not look like one.
    #[must_use]
    pub fn in_short(mut self) -> Self {
        for span in &mut self.0 {
            let is_ours = matches!(
                span.kind,
                SpanKind::Note | SpanKind::Tick | SpanKind::Number | SpanKind::Id
            );
            if !is_ours && span.text.len() > NAME {
                span.text = cut_middle(&span.text, NAME).into();
            }
        }
        self
    }

    /// The same text, safe for a terminal.
    #[must_use]
    pub fn one_line(mut self) -> Self {
        for span in &mut self.0 {
            if let Cow::Owned(safe) = one_line(&span.text) {
                span.text = safe.into();
            }
        }
        self
    }

    /// The same text in which code is not set apart.
    #[must_use]
    pub fn without_ticks(mut self) -> Self {
        self.0.retain(|span| span.kind != SpanKind::Tick);
        self
    }

    /// The same spans as they may be shown to others: data is replaced by its length, and so are names that are data
    /// rather than code. The name before a value decides whether it is shown at [`Reveal::Values`].
    #[must_use]
    pub fn masked(&self, reveal: Reveal) -> Self {
        if reveal == Reveal::All {
            return self.clone();
        }
        let mut holder: Option<&str> = None;
        let mask = |span: &'_ Span, holder: Option<&str>| -> Cow<'static, str> {
            let text = &*span.text;
            match span.kind {
                SpanKind::Value => mask::value(text, holder, reveal).into_owned().into(),
                SpanKind::Name => code::shown(text, Role::Class, reveal).into_owned().into(),
                SpanKind::Function => code::shown(text, Role::Function, reveal)
                    .into_owned()
                    .into(),
                SpanKind::Edge => code::shown(text, Role::Property, reveal)
                    .into_owned()
                    .into(),
                SpanKind::Place => code::shown(text, Role::Place, reveal).into_owned().into(),
                // Names of files stand in notes, too.
                SpanKind::Note => mask::words(text, reveal).into_owned().into(),
                SpanKind::Index | SpanKind::Id | SpanKind::Number | SpanKind::Tick => {
                    span.text.clone()
                }
            }
        };
        let spans = self.0.iter().map(|span| {
            let text = mask(span, holder);
            if span.kind == SpanKind::Edge {
                holder = Some(&span.text);
            }
            Span {
                kind: span.kind,
                text,
            }
        });
        Self(spans.collect())
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut text = Self::new();
        for span in spans {
            text.push(span.kind, span.text);
        }
        text
    }
}

impl IntoIterator for Spans {
    type Item = Span;
    type IntoIter = std::vec::IntoIter<Span>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Spans {
    type Item = &'a Span;
    type IntoIter = std::slice::Iter<'a, Span>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A literal is the program's own.
impl From<&'static str> for Spans {
    fn from(text: &'static str) -> Self {
        Self::new().note(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_is_a_fold_over_kinds() {
        let text = Spans::new()
            .edge("userToken")
            .note(" :: ")
            .quoted("say \"QZ\" \\\" {\"a\":\"QZ\"}")
            .note(" in ")
            .name("Map")
            .note(" ")
            .id(7);
        assert_eq!(
            text.plain(),
            "userToken :: \"say \"QZ\" \\\" {\"a\":\"QZ\"}\" in Map @7"
        );
        assert_eq!(
            text.shown(Reveal::Nothing),
            "userToken :: \"[masked, 22 characters]\" in Map @7"
        );
        assert_eq!(
            text.shown(Reveal::Values),
            "userToken :: \"[masked, by its name]\" in Map @7"
        );
        assert_eq!(text.shown(Reveal::All), text.plain());
    }

    #[test]
    fn code_in_sentences_is_masked_by_its_kinds() {
        let key = "jane`doe@example.com";
        let text = Spans::new()
            .code(Spans::new().edge("cache").note(".").edge(key))
            .prose(" grows: set `max`.")
            .sentence(Spans::new())
            .sentence("Stop.".into());
        assert_eq!(
            text.plain(),
            "`cache.jane`doe@example.com` grows: set `max`. Stop."
        );
        assert_eq!(
            text.told(Reveal::Nothing),
            "`cache.[key, 20 characters]` grows: set `max`. Stop."
        );
        let long = Spans::new().value("x".repeat(100));
        assert_eq!(long.told(Reveal::All).chars().count(), NAME);
        assert_eq!(long.told(Reveal::Nothing), "[masked, 100 characters]");
    }

    #[test]
    fn names_that_are_data_are_masked_and_code_stays() {
        let keys = Spans::new().edge("jane.doe@example.com").note(" → ");
        assert_eq!(keys.shown(Reveal::Nothing), "[key, 20 characters] → ");
        assert_eq!(keys.shown(Reveal::Values), keys.plain());
        let code = Spans::new().edge("requestCachesByEnvironment");
        assert_eq!(code.shown(Reveal::Nothing), code.plain());
    }
}
