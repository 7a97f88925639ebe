//! What somebody typed to find things by: letters in their order, plain text, or a regular expression.

use regex::{Regex, RegexBuilder};

use crate::analysis::search::{Fuzzy, Match, Matcher};

/// How texts are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum How {
    /// The letters in their order, with others between.
    #[default]
    Fuzzy,
    /// The text as it is.
    Text,
    /// A regular expression.
    Regex,
}

/// A search, ready to be asked. In all three ways small letters stand for capitals too, until one capital is typed.
pub struct Pattern {
    query: String,
    how: How,
    fuzzy: Fuzzy,
    regex: Option<Regex>,
    problem: Option<String>,
}

/// Characters of a text that letters in their order are looked for in: in a long text they are always somewhere.
const FUZZY: usize = 200;
/// What a regular expression may take when it is compiled, in bytes.
const REGEX: usize = 1 << 20;

impl How {
    /// The next way.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Fuzzy => Self::Text,
            Self::Text => Self::Regex,
            Self::Regex => Self::Fuzzy,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fuzzy => "fuzzy",
            Self::Text => "text",
            Self::Regex => "regex",
        }
    }

    /// One text that says what is looked for and how: `'text`, `~regular expression`, or letters as they are. An empty
    /// one stands for everything however it is looked for.
    pub fn typed(self, query: &str) -> String {
        match self {
            _ if query.is_empty() => String::new(),
            Self::Fuzzy => query.to_owned(),
            Self::Text => format!("'{query}"),
            Self::Regex => format!("~{query}"),
        }
    }

    /// The reverse of [`How::typed`].
    pub fn of(typed: &str) -> (Self, &str) {
        if let Some(text) = typed.strip_prefix('\'') {
            (Self::Text, text)
        } else if let Some(regex) = typed.strip_prefix('~') {
            (Self::Regex, regex)
        } else {
            (Self::Fuzzy, typed)
        }
    }
}

impl Pattern {
    /// A search by what [`How::typed`] made.
    pub fn typed(typed: &str) -> Self {
        let (how, query) = How::of(typed);
        Self::new(how, query)
    }

    /// A search. A regular expression that is not complete yet finds nothing.
    pub fn new(how: How, query: &str) -> Self {
        let text = match how {
            How::Fuzzy => None,
            How::Text => Some(regex::escape(query)),
            How::Regex => Some(query.to_owned()),
        };
        let small = !query.chars().any(char::is_uppercase);
        let made = text.map(|text| {
            RegexBuilder::new(&text)
                .case_insensitive(small)
                .size_limit(REGEX)
                .build()
        });
        let (regex, problem) = match made {
            None => (None, None),
            Some(Ok(regex)) => (Some(regex), None),
            Some(Err(error)) => (None, Some(reason(&error))),
        };
        Self {
            query: query.to_owned(),
            how,
            fuzzy: Fuzzy::default(),
            regex,
            problem,
        }
    }

    /// Why it finds nothing: the regular expression is none.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether a text answers, however well; quick.
    pub fn is_match(&self, text: &str) -> bool {
        if self.query.is_empty() {
            return true;
        }
        if self.how == How::Fuzzy {
            return has_letters(text, &self.query);
        }
        self.regex
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }

    /// The match in a text, if there is one.
    pub fn find(&self, text: &str) -> Option<Match> {
        if self.how == How::Fuzzy {
            return self.fuzzy.matches(text, &self.query);
        }
        let found = self.regex.as_ref()?.find(text)?;
        let first = text.get(..found.start())?.chars().count();
        let length = found.as_str().chars().count();
        Some(Match {
            score: 0,
            positions: (first..first + length).collect(),
        })
    }
}

impl Matcher for Pattern {
    /// By the pattern's own query.
    fn matches(&self, text: &str, _: &str) -> Option<Match> {
        self.find(text)
    }
}

/// Whether the letters of `query` come in their order near the beginning of `text`.
fn has_letters(text: &str, query: &str) -> bool {
    let small = !query.chars().any(char::is_uppercase);
    let mut wanted = query.chars().filter(|letter| !letter.is_whitespace());
    let Some(mut next) = wanted.next() else {
        return true;
    };
    for letter in text.chars().take(FUZZY) {
        if letter == next || small && letter.to_lowercase().eq(next.to_lowercase()) {
            match wanted.next() {
                Some(another) => next = another,
                None => return true,
            }
        }
    }
    false
}

/// The last line of the parser's drawing says what is wrong.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_of_finding() {
        let finds = |typed: &str, text: &str| {
            let pattern = Pattern::typed(typed);
            assert_eq!(
                pattern.is_match(text),
                pattern.find(text).is_some(),
                "{typed}: {text}"
            );
            pattern.is_match(text)
        };
        assert!(finds("sesn", "Session") && !finds("nse", "Session"));
        assert!(finds("'essi", "Session") && finds("'SES", "SESSION") && !finds("'SES", "Session"));
        assert!(!finds("'sesn", "Session") && finds("'a.b", "xa.b") && !finds("'a.b", "axb"));
        assert!(finds("~^s.*n$", "Session") && !finds("~^e", "Session"));
        assert!(finds("", "anything") && finds("'", "x"));
        let found = Pattern::typed("~s+").find("Äpassé").unwrap();
        assert_eq!(found.positions, [3, 4]);
    }

    #[test]
    fn what_is_no_expression_says_so_and_finds_nothing() {
        let broken = Pattern::typed("~a(");
        assert_eq!(broken.problem(), Some("unclosed group"));
        assert!(!broken.is_match("a("));
        assert!(Pattern::typed("~(a{9999}){9999}").problem().is_some());
        assert_eq!(Pattern::typed("a(").problem(), None);
    }

    #[test]
    fn one_text_says_both() {
        for how in [How::Fuzzy, How::Text, How::Regex] {
            assert_eq!(How::of(&how.typed("x")), (how, "x"));
            assert_eq!(how.typed(""), "");
        }
    }
}
