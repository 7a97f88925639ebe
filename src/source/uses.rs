//! Where a text uses a name: the line that fills a collection, or the one that declares it.
//!
//! V8 knows where functions were written, but not where a variable or a property is filled. That line is found by
//! name in the script's text, outside of strings and comments. Whoever shows what it finds says that it was found by
//! name.

use std::cmp::Reverse;
use std::ops::Range;

use super::words::{Word, Words, is_word};

/// How a text uses a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Something is added to it, often: `name.push(…)`, `on(name, …)`, `name[key] = …`, `name = f(name)`.
    Adds,
    /// It is set anew, often.
    Sets,
    /// A method of it is called, often, or it is called itself.
    Calls,
    /// It is handed to a function, by itself or in what is handed over, often: `f(name)`, `f({ all: [name] })`.
    Passes,
    /// It is set, added to or called where that happens once: when the script is loaded.
    Once,
    /// It is declared, or emptied.
    Declares,
}

/// A name that leads to what piles up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name.
    pub name: String,
    /// Whether it is a property's rather than a variable's.
    pub is_property: bool,
}

/// Where a function begins, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The variable is this function's.
    Of(usize),
    /// The function uses the variable: one of those around it has it.
    Around(usize),
}

/// What is looked for in a text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The names on the way, the innermost first.
    pub names: &'a [Held],
    /// Whose variable the last name is, where that is known.
    pub scope: Option<Scope>,
    /// Classes of what piles up.
    pub classes: &'a [String],
}

/// A use of a name in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The name.
    pub name: &'a str,
    /// How it is used.
    pub how: Use,
    /// The byte where the name stands.
    pub at: usize,
    /// How many more such uses there are.
    pub others: usize,
}

impl Found<'_> {
    /// What the line does, in words.
    pub fn said(&self) -> String {
        let does = match self.how {
            Use::Adds => "adds to",
            Use::Calls => "calls",
            Use::Passes => "passes",
            Use::Sets | Use::Once | Use::Declares => "sets",
        };
        let others = match (self.how, self.others) {
            (Use::Sets | Use::Once | Use::Declares, _) | (_, 0) => String::new(),
            (_, 1) => ", as 1 more line does".to_owned(),
            (_, others) => format!(", as {others} more lines do"),
        };
        format!("{does} {}{others}", self.name)
    }
}

/// Methods that add to a collection, an emitter or a stream.
const ADDING: &[&str] = &[
    "add",
    "addEventListener",
    "addListener",
    "append",
    "enqueue",
    "listenTo",
    "next",
    "observe",
    "on",
    "once",
    "pipe",
    "prepend",
    "prependListener",
    "push",
    "put",
    "register",
    "set",
    "subscribe",
    "unshift",
    "write",
];

/// Methods that read, or take away.
const READING: &[&str] = &[
    "at",
    "clear",
    "close",
    "delete",
    "destroy",
    "disconnect",
    "dispose",
    "end",
    "entries",
    "every",
    "filter",
    "find",
    "forEach",
    "get",
    "has",
    "includes",
    "indexOf",
    "join",
    "keys",
    "map",
    "off",
    "pop",
    "remove",
    "removeEventListener",
    "removeListener",
    "resolve",
    "shift",
    "slice",
    "some",
    "splice",
    "terminate",
    "toString",
    "unsubscribe",
    "values",
];

/// Names shorter than this are a minifier's: they say little, and count only where one place uses them so, or in the
/// function whose variables they are.
pub const SHORT: usize = 3;

/// The use that says most about what to change: the surest way to add, of the name that is next to what piles up.
///
/// Linear in the text for each name.
pub fn best_use<'a>(text: &str, wanted: &Wanted<'a>) -> Option<Found<'a>> {
    let words = Words::of(text);
    let name = wanted.names.last().map_or("", |held| &held.name);
    let scope = wanted
        .scope
        .and_then(|scope| words.scope(text, scope, name));
    let search = Search {
        text,
        words: &words,
        scope,
        wanted,
    };
    let names = 0..wanted.names.len();
    let best = names.filter_map(|at| Some((at, search.of_name(at)?)));
    best.min_by_key(|&(at, found)| (found.how, at))
        .map(|(_, found)| found)
}

impl Words {
    /// The body of the function that has a variable; nothing for one of the script.
    fn scope(&self, text: &str, scope: Scope, name: &str) -> Option<Range<usize>> {
        match scope {
            Scope::Of(at) => self.body_behind(text, at),
            Scope::Around(at) => {
                let own = self.body_behind(text, at).unwrap_or(at..at);
                let has_name = |body: &Range<usize>| {
                    let mut inside = self
                        .at
                        .iter()
                        .filter(|word| body.contains(&word.from) && !own.contains(&word.from));
                    inside.any(|word| &text[word.from..word.to] == name)
                };
                self.bodies_around(at).find(has_name)
            }
        }
    }
}

/// Where the code around a place makes one of `classes`: `new Name(…)` in the functions around it, the innermost first.
pub fn makes<'a>(text: &str, at: usize, classes: &'a [String]) -> Option<Found<'a>> {
    let words = Words::of(text);
    let around: Vec<Range<usize>> = words.bodies_around(at).collect();
    around.iter().find_map(|body| {
        let inside = words
            .at
            .windows(2)
            .filter(|pair| body.contains(&pair[0].from));
        let mut made = inside.filter(|pair| &text[pair[0].from..pair[0].to] == "new");
        made.find_map(|pair| {
            let class = &text[pair[1].from..pair[1].to];
            let name = classes.iter().find(|name| *name == class)?;
            Some(Found {
                name,
                how: Use::Calls,
                at: pair[1].from,
                others: 0,
            })
        })
    })
}

/// A search in one text.
struct Search<'t, 'a> {
    text: &'t str,
    words: &'t Words,
    scope: Option<Range<usize>>,
    wanted: &'t Wanted<'a>,
}

/// What makes one call likelier than another: how far it follows the way, whether it passes what piles up, or a function.
type Likeness = (usize, bool, bool);

impl<'a> Search<'_, 'a> {
    /// The best use of a name. Of a property that code has in a variable, or the other way round, only what adds counts.
    fn of_name(&self, at: usize) -> Option<Found<'a>> {
        let held = &self.wanted.names[at];
        let is_last = at + 1 == self.wanted.names.len();
        let scope = self.scope.as_ref().filter(|_| is_last && !held.is_property);
        let mut all: Vec<(Use, bool, Reverse<Likeness>, usize)> = Vec::new();
        for (index, word) in self.words.at.iter().enumerate() {
            if self.word(word) != held.name
                || scope.is_some_and(|scope| !scope.contains(&word.from))
            {
                continue;
            }
            let Some(how) = self.how(index) else {
                continue;
            };
            let how = match how {
                Use::Declares => how,
                _ if word.in_function => how,
                _ => Use::Once,
            };
            let is_other_kind = self.is_property(word.from) != held.is_property;
            if is_other_kind && how != Use::Adds {
                continue;
            }
            let likeness = match how {
                Use::Calls | Use::Once => self.likeness(index, at),
                _ => Likeness::default(),
            };
            all.push((how, is_other_kind, Reverse(likeness), word.from));
        }
        let &(how, is_other_kind, _, from) = all.iter().min()?;
        let alike = all
            .iter()
            .filter(|other| (other.0, other.1) == (how, is_other_kind));
        let others = alike.count() - 1;
        let says = held.name.len() >= SHORT || others == 0 || scope.is_some();
        let found = Found {
            name: &held.name,
            how,
            at: from,
            others,
        };
        says.then_some(found)
    }

    fn word(&self, word: &Word) -> &str {
        &self.text[word.from..word.to]
    }

    /// Whether the word at a byte is a property: `.name`, `#name`, but not `...name`.
    fn is_property(&self, at: usize) -> bool {
        let before = &self.text[..at];
        self.text[at..].starts_with('#') || before.ends_with('.') && !before.ends_with("...")
    }

    /// The rest of the statement behind a byte, as far as it is on the line.
    fn rest_of_statement(&self, at: usize) -> &str {
        let rest = &self.text[at..];
        &rest[..rest.find(['\n', ';']).unwrap_or(rest.len())]
    }

    /// Whether the rest of the statement has the same variable or property again.
    fn statement_names_it_again(&self, index: usize) -> bool {
        let word = self.words.at[index];
        let end = word.to + self.rest_of_statement(word.to).len();
        let later = self.words.at[index + 1..].iter();
        later.take_while(|later| later.to <= end).any(|later| {
            self.word(later) == self.word(&word)
                && self.is_property(later.from) == self.is_property(word.from)
        })
    }

    /// Behind which word of a chain `a.b.c` a call stands, from `index` on.
    fn called(&self, index: usize) -> Option<usize> {
        let mut index = index;
        loop {
            let after = self.text[self.words.at[index].to..].trim_start();
            if after.starts_with('(') || after.starts_with("?.(") {
                return Some(index);
            }
            let next = self.words.at.get(index + 1)?;
            let between = self.text[self.words.at[index].to..next.from].trim();
            if between != "." && between != "?." {
                return None;
            }
            index += 1;
        }
    }

    fn likeness(&self, index: usize, name: usize) -> Likeness {
        // Names lead outwards, a chain inwards.
        let inner = self.wanted.names[..name].iter().rev();
        let chain = self.words.at[index + 1..].iter();
        let follows = inner
            .zip(chain)
            .take_while(|(held, word)| held.name == self.word(word));
        let rest = self.rest_of_statement(self.words.at[index].to);
        let new = |class: &String| {
            let mut made = rest
                .match_indices("new ")
                .map(|(at, new)| &rest[at + new.len()..]);
            made.any(|rest| {
                rest.strip_prefix(class.as_str())
                    .is_some_and(|rest| !rest.bytes().next().is_some_and(is_word))
            })
        };
        let passes_new = self.wanted.classes.iter().any(new);
        let passes_function = rest.contains("=>") || rest.contains("function");
        (follows.count(), passes_new, passes_function)
    }

    /// How the word is used, however often.
    fn how(&self, index: usize) -> Option<Use> {
        let Word { from, to, .. } = self.words.at[index];
        let after = self.text[to..].trim_start();
        let before = self.text[..from].trim_end();
        let word_before = index.checked_sub(1).map(|before| self.words.at[before]);
        let declared = word_before.filter(|word| before.len() == word.to);
        let declared = declared.map(|word| self.word(&word));
        if after.starts_with('.') || after.starts_with("?.") {
            let called = self.called(index)?;
            let method = self.word(&self.words.at[called]);
            return match () {
                () if called == index + 1 && ADDING.contains(&method) => Some(Use::Adds),
                () if READING.contains(&method) || is_getter(method) => None,
                () => Some(Use::Calls),
            };
        }
        if let Some(rest) = after.strip_prefix('[') {
            // `name[key] = value`, but not `name[key] == value`: on one line, as far as brackets go.
            let line = rest.lines().next().unwrap_or_default();
            return is_assigned(behind_bracket(line)?).then_some(Use::Adds);
        }
        if let Some(rest) = after.strip_prefix("+=") {
            return (!rest.is_empty()).then_some(Use::Adds);
        }
        // `on(name, …)`.
        let called = before.strip_suffix('(').zip(word_before);
        if called.is_some_and(|(head, word)| {
            after.starts_with(',')
                && ADDING.contains(&self.word(&word))
                && head.trim_end().len() == word.to
        }) {
            return Some(Use::Adds);
        }
        let is_declared = matches!(
            declared,
            Some(
                "const"
                    | "let"
                    | "var"
                    | "static"
                    | "class"
                    | "function"
                    | "private"
                    | "public"
                    | "readonly"
            )
        );
        if is_declared || is_assigned(after) && is_empty(after) {
            return Some(Use::Declares);
        }
        if after.starts_with('(') && !self.is_method(to) {
            let reads = is_getter(self.word(&self.words.at[index]));
            return (!reads).then_some(Use::Calls);
        }
        if !is_assigned(after) {
            let passes = self.words.argument_of(self.text, from).is_some();
            return passes.then_some(Use::Passes);
        }
        // `state = next(state)`: what was there before lives on in what is there now.
        Some(match self.statement_names_it_again(index) {
            true => Use::Adds,
            false => Use::Sets,
        })
    }

    /// Whether what stands behind a name are the parameters of a method rather than a call's.
    fn is_method(&self, to: usize) -> bool {
        let inside = self.text[to..].trim_start().strip_prefix('(');
        let behind = inside.and_then(|inside| behind_closing(inside, b'(', b')'));
        behind.is_some_and(|behind| behind.trim_start().starts_with('{'))
    }
}

/// Whether a function's name says that it reads: `getState`, `hasItem`, `isOpen`.
fn is_getter(name: &str) -> bool {
    let verbs = ["get", "has", "is"].into_iter();
    let mut rests = verbs.filter_map(|verb| name.strip_prefix(verb));
    rests.any(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// Whether a text begins with an assignment.
fn is_assigned(text: &str) -> bool {
    let text = text.trim_start();
    let text = ["??", "||", "&&"]
        .into_iter()
        .find_map(|operator| text.strip_prefix(operator))
        .unwrap_or(text);
    let mut bytes = text.bytes();
    bytes.next() == Some(b'=') && !matches!(bytes.next(), Some(b'=' | b'>'))
}

/// Whether what is assigned at the beginning of a text is nothing.
fn is_empty(text: &str) -> bool {
    let value = text.trim_start_matches(|c: char| c.is_whitespace() || "?|&=".contains(c));
    ["null", "undefined", "void 0", "[]", "{}"]
        .iter()
        .filter_map(|empty| value.strip_prefix(empty))
        .any(|rest| !rest.bytes().next().is_some_and(is_word))
}

/// What stands behind the bracket that closes the one before this text.
fn behind_bracket(text: &str) -> Option<&str> {
    behind_closing(text, b'[', b']')
}

fn behind_closing(text: &str, open: u8, close: u8) -> Option<&str> {
    let mut depth = 1usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            byte if byte == open => depth += 1,
            byte if byte == close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..);
        }
    }
    None
}

#[cfg(test)]
#[path = "uses_tests.rs"]
mod tests;
