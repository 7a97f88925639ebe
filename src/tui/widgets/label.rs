//! A name in several tones, with a tail that outlives a cut: `store :: RelayModernStore @148213`.

use ratatui::buffer::Buffer;

use crate::text::escape::one_line;
use crate::text::span::{SpanKind, Spans};
use crate::text::width;
use crate::tui::theme::{Theme, Tone};

/// A piece of text in one tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text; safe for a terminal.
    pub text: String,
    /// What it is.
    pub tone: Tone,
    /// Whether it goes before anything else is cut.
    pub minor: bool,
}

/// A name, made of spans; all text that is shown is made safe on its way in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    pieces: Vec<Piece>,
    tail: Vec<Piece>,
    /// What the pieces are made of.
    spans: Spans,
    /// What the tail is made of.
    tail_spans: Spans,
}

/// Nothing longer is ever looked at: it would not fit any screen.
const LONGEST: usize = 2_000;

fn piece(text: &Spans, tone: Tone) -> Piece {
    // The tone sets names apart: no marks.
    let spans = text.iter().filter(|span| span.kind != SpanKind::Tick);
    let text: String = spans.map(|span| &*span.text).collect();
    let end = text
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| at);
    Piece {
        text: one_line(&text[..end]).into_owned(),
        tone,
        minor: false,
    }
}

impl Label {
    /// A label of one piece.
    pub fn of(text: impl Into<Spans>, tone: Tone) -> Self {
        Self::default().with(text, tone)
    }

    /// Adds a piece.
    #[must_use]
    pub fn with(mut self, text: impl Into<Spans>, tone: Tone) -> Self {
        self.push(text, tone);
        self
    }

    /// Adds a piece.
    pub fn push(&mut self, text: impl Into<Spans>, tone: Tone) {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push(piece(&text, tone));
            self.spans.append(text);
        }
    }

    /// Adds a piece that goes before anything else is cut.
    pub fn push_minor(&mut self, text: impl Into<Spans>, tone: Tone) {
        let text = text.into();
        self.pieces.push(Piece {
            minor: true,
            ..piece(&text, tone)
        });
        self.spans.append(text);
    }

    /// Adds a piece to the tail.
    pub fn push_tail(&mut self, text: impl Into<Spans>, tone: Tone) {
        let text = text.into();
        if !text.is_empty() {
            self.tail.push(piece(&text, tone));
            self.tail_spans.append(text);
        }
    }

    /// Adds a piece to the tail of which the middle is left out on the screen where it is wider than `columns`.
    pub fn push_tail_within(&mut self, text: impl Into<Spans>, columns: usize, tone: Tone) {
        let text = text.into();
        let whole = piece(&text, tone);
        self.tail.push(Piece {
            text: width::cut_middle(&whole.text, columns),
            ..whole
        });
        self.tail_spans.append(text);
    }

    /// The text in full, safe for a terminal. For the eye: what is written or copied are the [`Label::spans`].
    pub fn text(&self) -> String {
        let pieces = self.pieces.iter().chain(&self.tail);
        pieces.map(|piece| piece.text.as_str()).collect()
    }

    /// The name alone, without what stands behind it.
    pub fn name(&self) -> Spans {
        self.spans.clone()
    }

    /// The place that stands behind the name, if one does.
    pub fn place(&self) -> Option<Spans> {
        let place = self
            .tail_spans
            .iter()
            .find(|span| span.kind == SpanKind::Place)?;
        Some(Spans::new().place(place.text.clone()))
    }

    /// What the label is made of.
    pub fn spans(&self) -> Spans {
        self.spans.clone().then(self.tail_spans.clone())
    }

    /// The pieces that fit `columns`: the longest one before the tail is cut in its middle first.
    pub fn fit(&self, columns: usize) -> Vec<Piece> {
        let wide = |pieces: &[Piece]| -> usize {
            pieces.iter().map(|piece| width::width(&piece.text)).sum()
        };
        let mut tail = self.tail.clone();
        while !tail.is_empty()
            && wide(&tail) > columns / 2
            && wide(&self.pieces) > columns - wide(&tail).min(columns)
        {
            tail.pop();
        }
        let room = columns.saturating_sub(wide(&tail));
        let mut pieces = self.pieces.clone();
        if wide(&pieces) > room {
            pieces.retain(|piece| !piece.minor);
        }
        let mut over = wide(&pieces).saturating_sub(room);
        while over > 0 {
            let longest = pieces
                .iter_mut()
                .rev()
                .max_by_key(|piece| width::width(&piece.text));
            let Some(longest) = longest else { break };
            let now = width::width(&longest.text);
            if now <= 3 {
                break;
            }
            longest.text = width::cut_middle(&longest.text, now.saturating_sub(over).max(3));
            let cut = now - width::width(&longest.text);
            if cut == 0 {
                break;
            }
            over = over.saturating_sub(cut);
        }
        pieces.append(&mut tail);
        cut_to(&mut pieces, columns);
        pieces
    }

    /// Draws the label; the bytes of `marked` (of its first piece's characters) are shown as found.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        (x, y): (u16, u16),
        columns: u16,
        theme: Theme,
        marked: &[usize],
    ) {
        let end = x.saturating_add(columns);
        let mut at = x;
        for (number, piece) in self.fit(usize::from(columns)).iter().enumerate() {
            if at >= end {
                return;
            }
            let start = at;
            let style = theme.style(piece.tone);
            (at, _) = buffer.set_stringn(at, y, &piece.text, usize::from(end - at), style);
            let whole = self.pieces.first().is_some_and(|first| first == piece);
            if number == 0 && whole {
                for (position, character) in piece.text.chars().enumerate() {
                    if marked.contains(&position) {
                        let before: String = piece.text.chars().take(position).collect();
                        let x = start + width::width(&before) as u16;
                        let text = character.to_string();
                        if x < end {
                            buffer.set_stringn(
                                x,
                                y,
                                text,
                                usize::from(end - x),
                                theme.style(Tone::Match),
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Cuts what is still too wide at its end, so that the cut can be seen.
fn cut_to(pieces: &mut Vec<Piece>, columns: usize) {
    let mut left = columns;
    for at in 0..pieces.len() {
        let wide = width::width(&pieces[at].text);
        let is_cut = pieces[at + 1..].iter().any(|piece| !piece.text.is_empty());
        if wide > left || wide == left && is_cut {
            let text = format!("{}…", pieces[at].text);
            pieces[at].text = width::cut_end(&text, left);
            pieces.truncate(at + 1);
            return;
        }
        left -= wide;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fitted(label: &Label, columns: usize) -> String {
        label
            .fit(columns)
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }

    #[test]
    fn the_tail_outlives_a_cut() {
        let mut label = Label::of("store", Tone::Edge).with(" :: ", Tone::Dim);
        label.push("RelayModernStoreWithAVeryLongName", Tone::Plain);
        label.push_tail(" @148213", Tone::Dim);
        assert_eq!(fitted(&label, 80), label.text());
        let cut = fitted(&label, 30);
        assert_eq!(width::width(&cut), 30);
        assert!(
            cut.starts_with("store :: Relay") && cut.ends_with(" @148213"),
            "{cut}"
        );
        assert!(width::width(&fitted(&label, 8)) <= 8);
    }

    proptest! {
        #[test]
        fn what_does_not_fit_is_cut_so_that_it_can_be_seen(
            pieces in proptest::collection::vec("[a-zä世]{0,12}", 0..5),
            tail in "( @[0-9]{1,6})?",
            columns in 1usize..40,
        ) {
            let mut label = Label::default();
            for piece in pieces {
                label.push(Spans::new().name(piece), Tone::Plain);
            }
            label.push_tail(Spans::new().name(tail), Tone::Dim);
            let (whole, shown) = (label.text(), fitted(&label, columns));
            prop_assert!(width::width(&shown) <= columns, "{:?}", shown);
            // Of the tail whole pieces go.
            let has_tail_to_lose = whole.starts_with(&shown) && !label.tail.is_empty();
            prop_assert!(shown == whole || shown.contains('…') || has_tail_to_lose, "{:?} of {:?}", shown, whole);
        }
    }

    #[test]
    fn text_is_made_safe() {
        let label = Label::of("a\u{1b}[2Jb\nc", Tone::Plain);
        assert!(!label.text().contains('\u{1b}') && !label.text().contains('\n'));
    }
}
