//! What may be typed next in a question.

use std::ops::Range;

use crate::analysis::summary::SortKey;
use crate::snapshot::kinds::NODE_KINDS;

use super::lex::{Kind, Token, lex};
use super::parse::beginnings;
use super::syntax::{BOUNDS, FIELDS, HOLDERS, KEYS, STEPS};

// More classes than these are not offered at once.
const CLASSES: usize = 20;

/// A text that may be typed at a place of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces, in bytes.
    pub at: Range<usize>,
    /// The text.
    pub text: String,
    /// What it is, in words; nothing for a class.
    pub about: &'static str,
}

/// What may be typed at `cursor`, a byte of `text`. `classes` are the names of the dump's classes, most important first.
pub fn complete(text: &str, cursor: usize, classes: &[&str]) -> Vec<Completion> {
    let before = text.get(..cursor).unwrap_or(text);
    // Within quotes that are not closed a class is typed.
    let (tokens, quoted) = match lex(before) {
        Ok(tokens) => (tokens, None),
        Err(problem) => {
            let from = problem.at.start;
            let tokens = lex(before.get(..from).unwrap_or_default()).unwrap_or_default();
            (tokens, Some(from))
        }
    };
    let mut tokens = tokens.as_slice();
    let mut word = "";
    let mut from = before.len();
    if let Some(at) = quoted {
        from = at;
        word = before.get(at + 1..).unwrap_or_default();
    } else if let Some((last, others)) = tokens.split_last()
        && let Kind::Word(typed) = &last.kind
        && last.at.end == before.len()
    {
        (tokens, word, from) = (others, typed, last.at.start);
    }
    let at = from..before.len();
    let words = |known: &mut dyn Iterator<Item = (&'static str, &'static str)>, end: &str| {
        let found = known.filter(|(name, _)| name.starts_with(word));
        let made = found.map(|(name, about)| Completion {
            at: at.clone(),
            text: format!("{name}{end}"),
            about,
        });
        made.collect::<Vec<_>>()
    };
    let names = |known: &[&'static str]| words(&mut known.iter().map(|&name| (name, "")), "");
    let of_classes = || {
        let small = word.to_lowercase();
        let is = |name: &&&str| !small.is_empty() && name.to_lowercase().starts_with(&small);
        let found = classes.iter().filter(is).take(CLASSES);
        let made = found.map(|name| Completion {
            at: at.clone(),
            text: quoted_if_needed(name),
            about: "",
        });
        made.collect::<Vec<_>>()
    };
    let sign = |back: usize| match tokens.iter().rev().nth(back) {
        Some(Token {
            kind: Kind::Sign(sign),
            ..
        }) => *sign,
        _ => "",
    };
    let typed = |back: usize| match tokens.iter().rev().nth(back) {
        Some(Token {
            kind: Kind::Word(word),
            ..
        }) => word.as_str(),
        _ => "",
    };
    let is_step = tokens.iter().any(|token| token.kind == Kind::Sign("|"));
    match (sign(0), typed(0)) {
        ("|", _) => words(&mut STEPS.into_iter(), " "),
        (_, "group") if is_step => names(&KEYS.map(|(name, _)| name)),
        (_, "by") if is_step && typed(1) == "group" => names(&KEYS.map(|(name, _)| name)),
        (_, "sort") if is_step => names(&SortKey::NAMED.map(|(name, _)| name)),
        (_, "by") if is_step && typed(1) == "sort" => names(&SortKey::NAMED.map(|(name, _)| name)),
        (_, "where") if is_step => names(&BOUNDS.map(|(name, _)| name)),
        _ if is_step => Vec::new(),
        ("=", _) if typed(1) == "type" => {
            let kinds = NODE_KINDS.iter().filter(|kind| kind.starts_with(word));
            let made = kinds.map(|kind| Completion {
                at: at.clone(),
                text: quoted_if_needed(kind),
                about: "",
            });
            made.collect()
        }
        ("=", _) if typed(1) == "class" => of_classes(),
        ("(", _) if typed(1) == "retained-by" => {
            let mut found = names(&HOLDERS.map(|(name, _)| name));
            found.extend(of_classes());
            found
        }
        ("(", _) if matches!(typed(1), "has" | "new") => Vec::new(),
        ("" | "(" | ")" | "!", _) if quoted.is_some() => of_classes(),
        ("" | "(" | ")" | "!", _) => {
            let is_field = |name: &str| FIELDS.iter().any(|(field, _)| *field == name);
            let mut found = words(&mut beginnings(), "");
            for completion in &mut found {
                let name = completion.text.as_str();
                let end = match name {
                    "has" | "new" | "retained-by" => "(",
                    "class" | "type" | "owners" => "=",
                    "name" | "value" | "owner" => "~",
                    name if is_field(name) => ">",
                    _ => "",
                };
                completion.text.push_str(end);
            }
            found.extend(of_classes());
            found
        }
        _ => Vec::new(),
    }
}

/// A class as it is written in a question.
fn quoted_if_needed(name: &str) -> String {
    let is_plain = matches!(
        lex(name).as_deref(),
        Ok([Token { kind: Kind::Word(word), .. }]) if word == name
    ) && beginnings().all(|(known, _)| known != name)
        && !matches!(name, "and" | "or" | "not");
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
