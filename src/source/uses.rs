//! Where a text uses a name: the line that fills a collection, or the one that declares it.
//!
//! V8 knows where functions were written, but not where a variable or a property is filled. That line is found by
//! name in the script's text, outside of strings and comments. This is a scan of words, not a parser: whoever shows
//! what it finds says that it was found by name.

/// How a text uses a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// It is declared, or emptied.
    Declares,
    /// It is set anew.
    Sets,
    /// Something is added to it: `name.push(…)`, `on(name, …)`, `name[key] = …`, `name = f(name)`.
    Adds,
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

/// Methods that add to a collection, an emitter or a stream.
const ADDING: &[&str] = &[
    "add",
    "addEventListener",
    "addListener",
    "append",
    "enqueue",
    "listenTo",
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

/// Names shorter than this are a minifier's: they say little, and count only where one place uses them so.
const SHORT: usize = 3;

/// The use of a name that says most: the first of `names` that something is added to, else the first that is set.
///
/// Linear in the text for each name.
pub fn best_use<'a>(text: &str, names: &'a [String]) -> Option<Found<'a>> {
    let words = Words::of(text);
    let uses = names.iter().map(|name| words.uses(text, name));
    let uses: Vec<[Option<Found<'a>>; 2]> = uses.collect();
    let first = |how: usize| uses.iter().find_map(|found| found[how]);
    first(0).or_else(|| first(1))
}

/// The words of a text that are code, and the bytes that stand between them.
struct Words {
    /// Where each begins and ends, in order.
    at: Vec<(usize, usize)>,
}

impl Words {
    /// Scans a text. Strings, comments and regular expressions are passed over; what templates embed is code.
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = Vec::new();
        // How deep in braces each template is that the scan is in.
        let mut templates: Vec<usize> = Vec::new();
        let mut braces = 0;
        // Whether a slash would divide: behind a name, a number or a closing bracket.
        let mut divides = false;
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            match byte {
                b'/' if bytes.get(i + 1) == Some(&b'/') => {
                    i = find(bytes, i, |byte| byte == b'\n');
                    continue;
                }
                b'/' if bytes.get(i + 1) == Some(&b'*') => {
                    let rest = &bytes[i + 2..];
                    i = memchr::memmem::find(rest, b"*/")
                        .map_or(bytes.len(), |end| i + 2 + end + 2);
                    continue;
                }
                b'/' if !divides => {
                    i = regular_expression(bytes, i);
                    divides = true;
                    continue;
                }
                b'"' | b'\'' => {
                    i = string(bytes, i + 1, byte);
                    divides = true;
                    continue;
                }
                b'`' => {
                    (i, divides) = template(bytes, i + 1, &mut templates, braces);
                    continue;
                }
                b'{' => braces += 1,
                b'}' if templates.last() == Some(&braces) => {
                    templates.pop();
                    (i, divides) = template(bytes, i + 1, &mut templates, braces);
                    continue;
                }
                b'}' => braces = braces.saturating_sub(1),
                _ if is_word(byte) => {
                    let end = find(bytes, i, |byte| !is_word(byte));
                    at.push((i, end));
                    divides = !matches!(
                        &text[i..end],
                        "return" | "typeof" | "case" | "in" | "of" | "do" | "else"
                    );
                    i = end;
                    continue;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                divides = matches!(byte, b')' | b']' | b'}');
            }
            i += 1;
        }
        Self { at }
    }

    /// The first place that adds to a name, and the first that sets it, or else declares it.
    fn uses<'a>(&self, text: &str, name: &'a str) -> [Option<Found<'a>>; 2] {
        let mut found: [Option<Found<'a>>; 3] = [None, None, None];
        for (index, &(from, to)) in self.at.iter().enumerate() {
            if &text[from..to] != name {
                continue;
            }
            let Some(how) = self.how(text, index) else {
                continue;
            };
            let slot = &mut found[match how {
                Use::Adds => 0,
                Use::Sets => 1,
                Use::Declares => 2,
            }];
            match slot {
                Some(found) => found.others += 1,
                None => {
                    *slot = Some(Found {
                        name,
                        how,
                        at: from,
                        others: 0,
                    });
                }
            }
        }
        let said = |found: &Found<'_>| name.len() >= SHORT || found.others == 0;
        let [adds, sets, declares] = found.map(|found| found.filter(said));
        [adds, sets.or(declares)]
    }

    /// Whether the rest of the statement, as far as it is on the line, has the same variable or property again.
    fn statement_names_it_again(&self, text: &str, index: usize, after: &str) -> bool {
        let (from, to) = self.at[index];
        let start = text.len() - after.len();
        let end = after
            .find(['\n', ';'])
            .map_or(text.len(), |end| start + end);
        let later = self.at[index + 1..].iter();
        later
            .take_while(|(_, word_end)| *word_end <= end)
            .any(|&(start, end)| {
                let is_property =
                    |at: usize| text[..at].ends_with('.') && !text[..at].ends_with("...");
                text[start..end] == text[from..to] && is_property(start) == is_property(from)
            })
    }

    /// How the word is used.
    fn how(&self, text: &str, index: usize) -> Option<Use> {
        let (from, to) = self.at[index];
        let after = text[to..].trim_start();
        let dotted = after.strip_prefix("?.").or_else(|| after.strip_prefix('.'));
        if dotted.is_some() {
            let &(start, end) = self.at.get(index + 1)?;
            let calls = text[end..].trim_start().starts_with('(');
            return (calls && ADDING.contains(&&text[start..end])).then_some(Use::Adds);
        }
        if let Some(rest) = after.strip_prefix('[') {
            // `name[key] = value`, but not `name[key] == value`: on one line, as far as brackets go.
            let line = rest.lines().next().unwrap_or_default();
            return is_assigned(behind_bracket(line)?).then_some(Use::Adds);
        }
        if let Some(rest) = after.strip_prefix("+=") {
            return (!rest.is_empty()).then_some(Use::Adds);
        }
        let before = text[..from].trim_end();
        let word_before = index
            .checked_sub(1)
            .map(|before| &text[self.at[before].0..self.at[before].1]);
        // `on(name, …)`.
        let called = before.strip_suffix('(').zip(word_before);
        if called.is_some_and(|(head, word)| {
            after.starts_with(',') && ADDING.contains(&word) && head.trim_end().ends_with(word)
        }) {
            return Some(Use::Adds);
        }
        let declared = word_before.filter(|word| before.ends_with(word));
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
        if !is_declared && is_assigned(after) && self.statement_names_it_again(text, index, after) {
            // `state = next(state)`: what was there before lives on in what is there now.
            return Some(Use::Adds);
        }
        if is_declared || is_assigned(after) && is_empty(after) {
            return Some(Use::Declares);
        }
        is_assigned(after).then_some(Use::Sets)
    }
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
    let mut depth = 1usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..);
        }
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}

/// The first byte from `at` on that is so; the end if none is.
fn find(bytes: &[u8], at: usize, is_so: impl Fn(u8) -> bool) -> usize {
    let found = bytes[at..].iter().position(|&byte| is_so(byte));
    found.map_or(bytes.len(), |found| at + found)
}

/// The byte behind a string that begins before `at`; strings end with their line.
fn string(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The byte behind a regular expression that begins at `at`, or behind the slash where it does not end on its line.
fn regular_expression(bytes: &[u8], at: usize) -> usize {
    let (mut i, mut in_class) = (at + 1, false);
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 1,
            b'\n' => return at + 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return find(bytes, i + 1, |byte| !is_word(byte)),
            _ => {}
        }
        i += 1;
    }
    at + 1
}

/// Goes on in a template: to behind its end, or to behind `${`, whose end leads on in it. Whether a slash would divide.
fn template(bytes: &[u8], mut at: usize, open: &mut Vec<usize>, braces: usize) -> (usize, bool) {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'`' => return (at + 1, true),
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open.push(braces);
                return (at + 2, false);
            }
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line (from 1) and the way in which the first of the names is used that says most.
    fn best(text: &str, names: &[&str]) -> Option<(usize, Use, usize)> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let found = best_use(text, &names)?;
        let line = text[..found.at].matches('\n').count() + 1;
        Some((line, found.how, found.others))
    }

    #[test]
    fn the_line_that_adds_comes_before_the_one_that_declares() {
        let text = "const cache = new Map();\nfunction get(k) { return cache.get(k); }\ncache.set(k, v);\ncache.set(j, w);";
        assert_eq!(best(text, &["cache"]), Some((3, Use::Adds, 1)));
        let text = "const cache = make();\nmodule.exports = { cache };";
        assert_eq!(best(text, &["cache"]), Some((1, Use::Declares, 0)));
        let text = "let latest = null;\nfunction clear() { latest = undefined; }\nlatest = span;\nlatest = other;";
        assert_eq!(best(text, &["latest"]), Some((3, Use::Sets, 1)));
        assert_eq!(best(text, &["nothing"]), None);
    }

    #[test]
    fn the_inner_name_counts_more_and_the_next_one_helps() {
        let text = "this.queue = [];\nclient.start();\nthis.queue.push(x);\nclient.on('end', f);";
        assert_eq!(best(text, &["queue", "client"]), Some((3, Use::Adds, 0)));
        assert_eq!(best(text, &["elements", "client"]), Some((4, Use::Adds, 0)));
    }

    #[test]
    fn ways_to_add_and_to_set() {
        for (text, how) in [
            ("all[k] = v", Some(Use::Adds)),
            ("all[a[b]] ??= v", Some(Use::Adds)),
            ("all[k] == v", None),
            ("all[k] => v", None),
            ("all += v", Some(Use::Adds)),
            ("all?.push(v)", Some(Use::Adds)),
            ("all\n  .push(v)", Some(Use::Adds)),
            ("all.length", None),
            ("all.push", None),
            ("#all = []", None),
            ("this.all = []", Some(Use::Declares)),
            ("this.all = []; f(this.all)", Some(Use::Declares)),
            ("const all = f('x').all(1)", Some(Use::Declares)),
            ("all = other.all", Some(Use::Sets)),
            ("all = [...all, v];", Some(Use::Adds)),
            ("this.all = next(v, this.all)", Some(Use::Adds)),
            ("static all", Some(Use::Declares)),
            ("all === b", None),
            ("on(all, 'end', f)", Some(Use::Adds)),
            ("this.listenTo(all, 'end', f)", Some(Use::Adds)),
            ("source.pipe(all)", None),
            ("upon(all, f)", None),
            ("get(all, f)", None),
            ("small.push(v)", None),
        ] {
            let found = best(text, &["all"]).map(|(_, how, _)| how);
            assert_eq!(found, how, "{text}");
        }
        assert_eq!(best("this.#all.add(v)", &["#all"]), Some((1, Use::Adds, 0)));
    }

    #[test]
    fn strings_comments_and_regular_expressions_are_no_code() {
        for text in [
            "// all.push(1)",
            "/* all.push(1)\n*/",
            "'all.push(1)'",
            "\"\\\"all.push(1)\"",
            "`all.push(1)`",
            "x = /all.push(1)/",
            "x = /[/]all.push(1)/g",
            "/* all.push(1)",
            "'all.push(1)",
        ] {
            assert_eq!(best(text, &["all"]), None, "{text}");
        }
        for text in [
            "`${all.push(1)}`",
            "`a${ {b: `c${all.push(1)}`} }`",
            "a / b; all.push(1) / 2",
            "f(a) / all.push(1) / 2",
            "x = `}` ; all.push(1)",
            "'it\\'s'; all.push(1)",
        ] {
            assert_eq!(best(text, &["all"]), Some((1, Use::Adds, 0)), "{text}");
        }
    }

    #[test]
    fn a_minifiers_name_counts_only_where_it_is_used_once() {
        assert_eq!(best("e.set(1,2)", &["e"]), Some((1, Use::Adds, 0)));
        assert_eq!(best("e.set(1,2);e.set(3,4)", &["e"]), None);
    }

    #[test]
    fn any_text_is_scanned_to_its_end() {
        for text in [
            "é.push(1)",
            "`${",
            "`${`${",
            "/",
            "\\",
            "'\\",
            "}}}}",
            "a[",
            "/[",
            "`\\",
        ] {
            let _ = best(text, &["a", "é"]);
        }
        assert_eq!(best("é.push(1)", &["é"]), Some((1, Use::Adds, 0)));
    }
}
