//! A document in Markdown: its headings, paragraphs, tables and blocks, and texts that are safe in them.

use std::fmt::Write as _;

use crate::text::escape::{markdown_cell, one_line};
use crate::text::span::SpanKind;

use super::Said;

/// Dumps that have columns of their own; of more, those in the middle are left out.
const COLUMNS: usize = 5;

/// Which columns of many are shown; nothing stands for those that are left out.
pub(super) fn columns(count: usize) -> Vec<Option<usize>> {
    if count <= COLUMNS {
        return (0..count).map(Some).collect();
    }
    let begin = (0..2).map(Some);
    let end = (count - (COLUMNS - 2)..count).map(Some);
    begin.chain([None]).chain(end).collect()
}

pub(super) fn shown(place: &Option<usize>, values: &[String]) -> String {
    match place {
        Some(at) => values.get(*at).cloned().unwrap_or_default(),
        None => "…".to_owned(),
    }
}

/// A sentence: code in it becomes code, the rest has no mark-up.
pub(super) fn prose(sentence: &Said) -> String {
    let mut text = String::new();
    let mut inside: Option<String> = None;
    for span in sentence.spans() {
        match (&mut inside, span.kind) {
            (None, SpanKind::Tick) => inside = Some(String::new()),
            (Some(name), SpanKind::Tick) => {
                text.push_str(&code(name));
                inside = None;
            }
            (Some(name), _) => name.push_str(&span.text),
            (None, _) => text.push_str(&markdown_cell(&span.text)),
        }
    }
    text.push_str(&inside.map_or(String::new(), |name| code(&name)));
    text
}

/// A name as code.
pub(super) fn code(name: &str) -> String {
    let name = one_line(name);
    match name.contains('`') {
        true => format!("`` {name} ``").replace("```", "` ``"),
        false if name.is_empty() => "(no name)".to_owned(),
        false => format!("`{name}`"),
    }
}

/// A name as code within a table, where a bar would end the cell even in code.
pub(super) fn code_cell(name: &str) -> String {
    cell(&code(name))
}

pub(super) fn cell(text: &str) -> String {
    text.replace("\\|", "|").replace('|', "\\|")
}

/// Text with the parts of Markdown that a report needs. Writing to a String cannot fail.
#[derive(Default)]
pub(super) struct Document(pub(super) String);

impl Document {
    pub(super) fn heading(&mut self, level: usize, title: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        let _ = writeln!(self.0, "{} {title}\n", "#".repeat(level));
    }

    /// A paragraph; an empty one ends a table.
    pub(super) fn line(&mut self, text: &str) {
        let _ = match text {
            "" => writeln!(self.0),
            text => writeln!(self.0, "{text}\n"),
        };
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.cells(cells.map(str::to_owned));
    }

    pub(super) fn cells(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push('|');
        for cell in cells {
            let _ = write!(self.0, " {cell} |");
        }
        self.0.push('\n');
    }

    /// The header of a table, of which the first `texts` columns are texts.
    pub(super) fn table(&mut self, header: Vec<String>, texts: usize) {
        let rule: String = (0..header.len())
            .map(|at| if at < texts { ":---|" } else { "---:|" })
            .collect();
        self.cells(header);
        let _ = writeln!(self.0, "|{rule}");
    }

    /// Lines as they are, which are escaped already.
    pub(super) fn block<'l>(&mut self, kind: &str, lines: impl Iterator<Item = &'l String>) {
        let lines: Vec<&String> = lines.collect();
        let fence = match lines.iter().any(|line| line.contains("```")) {
            true => "``````",
            false => "```",
        };
        let _ = writeln!(self.0, "{fence}{kind}");
        for line in lines {
            let _ = writeln!(self.0, "{line}");
        }
        let _ = writeln!(self.0, "{fence}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::mask::Reveal;
    use crate::text::span::Spans;

    #[test]
    fn names_are_code_and_the_rest_is_plain() {
        let said = |text: Spans| prose(&Said::of(&text, Reveal::All));
        let edge = |name: &'static str| Spans::new().edge(name);
        assert_eq!(
            said(
                Spans::new()
                    .code(edge("a.b_c"))
                    .note(" (a Map) holds <img> *x*")
            ),
            "`a.b_c` (a Map) holds &lt;img&gt; \\*x\\*"
        );
        assert_eq!(said(edge("one ` <b>")), "one \\` &lt;b&gt;");
        assert_eq!(said(Spans::new().code(edge("a ` b"))), "`` a ` b ``");
        assert_eq!(said(edge("a\u{1b}[2J")), "a\\\\u{1b}\\[2J");
        assert_eq!(code_cell("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
    }

    #[test]
    fn many_columns_lose_their_middle() {
        assert_eq!(columns(2), [Some(0), Some(1)]);
        assert_eq!(
            columns(9),
            [Some(0), Some(1), None, Some(6), Some(7), Some(8)]
        );
    }
}
