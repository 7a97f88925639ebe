//! From text to tokens, each with its place.

use std::ops::Range;

use super::problem::Problem;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word without quotes.
    Word(String),
    /// A text between quotes.
    Quoted(String),
    /// `=`, `~`, `<`, `<=`, `>`, `>=`, `!`, `(`, `)`, `,`, `|`.
    Sign(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
}

/// The longest question, in bytes.
pub(super) const LONGEST: usize = 64 << 10;

const SIGNS: [&str; 11] = ["<=", ">=", "<", ">", "=", "~", "!", "(", ")", ",", "|"];

/// The tokens of a question; its text ends within quotes where the last one says so.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Problem> {
    if text.len() > LONGEST {
        return Err(Problem::new(0..0, "the question is too long"));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let from = at;
        // What follows ~ is a regular expression up to the next space, whatever signs are in it.
        let is_regex =
            matches!(tokens.last(), Some(Token { kind: Kind::Sign("~"), at }) if at.end == from);
        let sign = SIGNS.iter().find(|sign| text[at..].starts_with(**sign));
        let kind = if c == '"' {
            let (quoted, end) = quoted(text, at)?;
            at = end;
            Kind::Quoted(quoted)
        } else if let Some(sign) = sign.filter(|_| !is_regex) {
            at += sign.len();
            Kind::Sign(sign)
        } else {
            let rest = &text[at..];
            let mut depth = 0i32;
            let end = rest.find(|c: char| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                c.is_whitespace()
                    || match is_regex {
                        // A parenthesis that the expression did not open closes a group around it.
                        true => depth < 0 || c == '|' && depth == 0,
                        false => "<>=~!(),|\"".contains(c),
                    }
            });
            let end = end.unwrap_or(rest.len()).max(c.len_utf8());
            at += end;
            Kind::Word(rest[..end].to_owned())
        };
        tokens.push(Token { kind, at: from..at });
    }
    Ok(tokens)
}

/// A text between quotes, in which `\"` and `\\` stand for themselves, and where it ends.
fn quoted(text: &str, from: usize) -> Result<(String, usize), Problem> {
    let mut value = String::new();
    let mut chars = text[from + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, from + 1 + at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => value.push(c),
                // Regular expressions are full of them.
                Some((_, c)) => value.extend(['\\', c]),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err(Problem::new(from..text.len(), "the quotes are not closed").expecting("a \" at the end"))
}
