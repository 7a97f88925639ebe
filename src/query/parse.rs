//! From tokens to a question.

use std::ops::{Range, RangeInclusive};

use regex::RegexBuilder;

use crate::analysis::summary::SortKey;
use crate::text::size::parse_size;

use super::lex::{Kind, Token, lex};
use super::problem::Problem;
use super::syntax::{
    BOUNDS, Bound, Expr, FIELDS, HOLDERS, KEYS, Query, STEPS, Step, Test, Text, WORDS,
};

/// Parentheses and negations within each other; more are refused.
const DEEPEST: usize = 64;
/// What a regular expression may take when it is compiled, in bytes.
const REGEX: usize = 1 << 20;

/// Reads a question.
pub(super) fn parse(text: &str) -> Result<Query, Problem> {
    let tokens = lex(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.len(),
        depth: 0,
    };
    let is_all = parser.tokens.is_empty() || parser.is_sign("|");
    let filter = match is_all {
        true => None,
        false => Some(parser.any()?),
    };
    let mut steps: Vec<Step> = Vec::new();
    while parser.take_sign("|") {
        let at = parser.here();
        let step = parser.step()?;
        if matches!(step, Step::Group(_)) && !steps.is_empty() {
            return Err(Problem::new(at, "group stands first, once"));
        }
        steps.push(step);
    }
    match parser.peek() {
        None => Ok(Query { filter, steps }),
        Some(token) => Err(Problem::new(token.at.clone(), "this was not expected here")
            .expecting("a filter, | and a step, or the end")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Problem>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    /// Where the next token stands.
    fn here(&self) -> Range<usize> {
        self.peek()
            .map_or(self.end..self.end, |token| token.at.clone())
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Sign(found), .. }) if *found == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        self.next += usize::from(is);
        is
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Word(found), .. }) if found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.next += usize::from(is);
        is
    }

    fn expect_sign(&mut self, sign: &str) -> Parsed<()> {
        match self.take_sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected(sign)),
        }
    }

    fn unexpected(&self, expected: &str) -> Problem {
        let message = match self.peek() {
            None => "the question ends here",
            Some(_) => "this was not expected here",
        };
        Problem::new(self.here(), message).expecting(expected)
    }

    /// A word or a text between quotes.
    fn text(&mut self, expected: &str) -> Parsed<(String, Range<usize>)> {
        match self.peek() {
            Some(Token {
                kind: Kind::Word(text) | Kind::Quoted(text),
                at,
            }) => {
                self.next += 1;
                Ok((text.clone(), at.clone()))
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn any(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expr::Any))
    }

    fn all(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.not()?];
        loop {
            let is_and = self.take_word("and");
            let ends = self.peek().is_none()
                || self.is_sign("|")
                || self.is_sign(")")
                || self.is_word("or");
            if ends && !is_and {
                return Ok(one_or(parts, Expr::All));
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::new(
                self.here(),
                "too many parentheses and negations",
            ));
        }
        let found = if self.take_sign("!") || self.take_word("not") {
            Expr::Not(Box::new(self.not()?))
        } else if self.take_sign("(") {
            let inner = self.any()?;
            self.expect_sign(")")?;
            inner
        } else {
            Expr::Test(self.test()?)
        };
        self.depth -= 1;
        Ok(found)
    }

    fn test(&mut self) -> Parsed<Test> {
        // `~Foo` is a class.
        if self.is_sign("~") {
            return Ok(Test::Class(self.matched()?));
        }
        let is_quoted = matches!(
            self.peek(),
            Some(Token {
                kind: Kind::Quoted(_),
                ..
            })
        );
        let (word, at) =
            self.text("a class, a field such as retained>1MB, or a word such as detached")?;
        if is_quoted {
            return Ok(Test::Class(Text::Exact(word)));
        }
        // Behind a space `~Foo` is a class of its own, unless a field stands before it.
        let is_field = FIELDS.iter().any(|(field, _)| *field == word);
        let has_operator = ["=", "~", "<", "<=", ">", ">="]
            .iter()
            .any(|sign| self.is_sign(sign))
            && (is_field || self.here().start == at.end || !self.is_sign("~"));
        if has_operator {
            return self.field(&word, at);
        }
        match word.as_str() {
            "detached" => Ok(Test::Detached),
            "unreachable" => Ok(Test::Unreachable),
            "duplicate" => Ok(Test::DuplicateStrings),
            "has" | "new" | "retained-by" => {
                self.expect_sign("(")?;
                let test = match word.as_str() {
                    "has" => Test::Has(self.matched_or_exact("the name of a property")?),
                    "new" => self.new_between()?,
                    _ => self.retained_by()?,
                };
                self.expect_sign(")")?;
                Ok(test)
            }
            "and" | "or" => Err(Problem::new(at, format!("nothing stands before {word}"))
                .expecting("a filter; put a class of this name into quotes")),
            _ if FIELDS.iter().any(|(field, _)| *field == word) => Err(self
                .unexpected("an operator: = ~ < <= > >=")
                .and_advice(&format!("\"{word}\" in quotes is a class"))),
            _ => Ok(Test::Class(Text::Exact(word))),
        }
    }

    fn field(&mut self, field: &str, at: Range<usize>) -> Parsed<Test> {
        Ok(match field {
            "class" => Test::Class(self.matched()?),
            "type" => Test::Type(self.matched()?),
            "name" => Test::Name(self.matched()?),
            "value" => Test::Value(self.matched()?),
            "owner" => Test::Owner(self.matched()?),
            "owners" => Test::Owners(self.names()?),
            "shallow" => Test::Shallow(self.range(true)?),
            "retained" => Test::Retained(self.range(true)?),
            "count" => Test::Count(self.range(false)?),
            "distance" => Test::Distance(self.range(false)?),
            "id" => Test::Id(self.range(false)?),
            _ => {
                let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
                return Err(Problem::new(at, format!("no field is called {field}"))
                    .expecting(format!("one of {}", names.join(", "))));
            }
        })
    }

    /// `=TEXT` or `~REGEX`.
    fn matched(&mut self) -> Parsed<Text> {
        if self.take_sign("=") {
            return Ok(Text::Exact(
                self.text("a text; put it into quotes if it has signs in it")?
                    .0,
            ));
        }
        if self.take_sign("~") {
            let (text, at) = self.text("a regular expression")?;
            let regex = RegexBuilder::new(&text).size_limit(REGEX).build();
            return regex.map(Text::Regex).map_err(|error| {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                let reason = reason.trim().trim_start_matches("error: ");
                Problem::new(at, format!("not a regular expression: {reason}"))
            });
        }
        Err(self.unexpected("= and a text, or ~ and a regular expression"))
    }

    /// `=` and names between commas.
    fn names(&mut self) -> Parsed<Vec<String>> {
        self.expect_sign("=")?;
        let (text, _) = self.text("names in quotes, between commas")?;
        Ok(text.split(',').map(|name| name.trim().to_owned()).collect())
    }

    fn matched_or_exact(&mut self, expected: &str) -> Parsed<Text> {
        match self.is_sign("~") || self.is_sign("=") {
            true => self.matched(),
            false => Ok(Text::Exact(self.text(expected)?.0)),
        }
    }

    /// An operator and a number, or a range such as `1kB..1MB`.
    fn range(&mut self, is_size: bool) -> Parsed<RangeInclusive<u64>> {
        let operators = ["<=", ">=", "<", ">", "="];
        let Some(operator) = operators.iter().find(|sign| self.is_sign(sign)) else {
            return Err(self.unexpected("one of = < <= > >="));
        };
        self.next += 1;
        let expected = match is_size {
            true => "a size such as 10kB, or a range such as 1kB..1MB",
            false => "a number, or a range such as 10..20",
        };
        let (text, at) = self.text(expected)?;
        let wrong =
            || Problem::new(at.clone(), format!("{text} is not a number")).expecting(expected);
        if let Some((from, to)) = text.split_once("..").filter(|_| *operator == "=") {
            let from = match from {
                "" => 0,
                from => number(from, is_size).ok_or_else(wrong)?,
            };
            let to = match to {
                "" => u64::MAX,
                to => number(to, is_size).ok_or_else(wrong)?,
            };
            return Ok(from..=to);
        }
        let value = number(&text, is_size).ok_or_else(wrong)?;
        // Nothing is less than 0.
        let nothing = RangeInclusive::new(1, 0);
        Ok(match *operator {
            "<" => value.checked_sub(1).map_or(nothing, |to| 0..=to),
            "<=" => 0..=value,
            ">" => value.checked_add(1).map_or(nothing, |from| from..=u64::MAX),
            ">=" => value..=u64::MAX,
            _ => value..=value,
        })
    }

    fn new_between(&mut self) -> Parsed<Test> {
        let (from, _) = self.text("a dump, such as s1")?;
        let to = match self.take_sign(",") {
            true => Some(self.text("a dump, such as s2")?.0),
            false => None,
        };
        Ok(Test::New(from, to))
    }

    fn retained_by(&mut self) -> Parsed<Test> {
        let expected = "detached-dom, contexts, console, event-handlers, @ID or a class";
        if self.is_sign("~") || self.is_sign("=") {
            return Ok(Test::BelowClass(self.matched()?));
        }
        let is_quoted = matches!(
            self.peek(),
            Some(Token {
                kind: Kind::Quoted(_),
                ..
            })
        );
        let (word, at) = self.text(expected)?;
        if let Some((_, holder)) = HOLDERS.iter().find(|(name, _)| *name == word && !is_quoted) {
            return Ok(Test::RetainedBy(*holder));
        }
        match word.strip_prefix('@').filter(|_| !is_quoted) {
            Some(id) => id.parse().map(Test::Below).map_err(|_| {
                Problem::new(at, format!("{word} is not an object id")).expecting("such as @1234")
            }),
            None => Ok(Test::BelowClass(Text::Exact(word))),
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        let (word, at) = self.text("group, where, sort or top")?;
        Ok(match word.as_str() {
            "group" => {
                let _ = self.take_word("by");
                Step::Group(self.one_of(&KEYS)?)
            }
            "where" => {
                let bound = self.one_of(&BOUNDS)?;
                let is_size = bound != Bound::Count;
                Step::Where(bound, self.range(is_size)?)
            }
            "sort" => {
                let _ = self.take_word("by");
                let key = self.one_of(&SortKey::NAMED)?;
                let reverse = self.take_word("asc");
                if !reverse {
                    let _ = self.take_word("desc");
                }
                // The nearest and the first name come first anyway.
                Step::Sort(key, reverse)
            }
            "top" => {
                let (text, at) = self.text("a number of rows")?;
                let count = text.parse().map_err(|_| {
                    Problem::new(at, format!("{text} is not a number")).expecting("such as top 20")
                })?;
                Step::Top(count)
            }
            _ => {
                let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
                return Err(Problem::new(at, format!("no step is called {word}"))
                    .expecting(format!("one of {}", names.join(", "))));
            }
        })
    }

    fn one_of<T: Copy>(&mut self, known: &[(&str, T)]) -> Parsed<T> {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let expected = format!("one of {}", names.join(", "));
        let (word, at) = self.text(&expected)?;
        let found = known.iter().find(|(name, _)| *name == word);
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| Problem::new(at, format!("no group “{word}”")).expecting(expected))
    }
}

fn one_or(mut parts: Vec<Expr>, make: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop_if(|_| true) {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            make(parts)
        }
        None => make(parts),
    }
}

/// A number; a size may have a unit.
fn number(text: &str, is_size: bool) -> Option<u64> {
    let plain = text.trim_start_matches('@').replace('_', "");
    plain
        .parse()
        .ok()
        .or_else(|| parse_size(text).ok().filter(|_| is_size))
}

/// All words that begin a condition.
pub(super) fn beginnings() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.into_iter().chain(WORDS)
}
