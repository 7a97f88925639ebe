//! JavaScript without what its literals say: for code that is shown to others.

use crate::text::place;

/// What stands for each UTF-16 unit of a literal that is not shown, so that columns stay.
const HIDDEN: char = '·';

/// Words behind which a slash begins a regular expression.
const BEFORE_REGEXP: [&str; 11] = [
    "await", "case", "delete", "do", "else", "in", "of", "return", "throw", "typeof", "void",
];

/// Source code in which strings, pieces of templates and regular expressions are dots, but for the names of modules.
/// Lines and columns stay. Linear.
///
/// A scanner cannot know all of JavaScript: where it is wrong, it is wrong up to the end of the line, or of a template.
pub fn without_literals(source: &str) -> String {
    let mut scanner = Scanner {
        source,
        at: 0,
        shown: String::with_capacity(source.len()),
        templates: Vec::new(),
    };
    while scanner.step() {}
    scanner.shown
}

struct Scanner<'a> {
    source: &'a str,
    /// What was read, in bytes.
    at: usize,
    shown: String,
    /// Templates that are open, and how many braces are open in the expression within each.
    templates: Vec<usize>,
}

impl Scanner<'_> {
    fn step(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let Some(first) = rest.chars().next() else {
            return false;
        };
        match first {
            '"' | '\'' => {
                self.copy(1);
                self.literal(|rest| rest.starts_with(first));
            }
            '`' => {
                self.copy(1);
                self.template();
            }
            '/' if rest.starts_with("//") => {
                self.copy(rest.find(is_line_end).unwrap_or(rest.len()))
            }
            '/' if rest.starts_with("/*") => {
                self.copy(rest.find("*/").map_or(rest.len(), |end| end + 2));
            }
            '/' if self.begins_regexp() => {
                self.copy(1);
                let mut in_class = false;
                self.literal(|rest| {
                    in_class = (in_class || rest.starts_with('[')) && !rest.starts_with(']');
                    !in_class && rest.starts_with('/')
                });
            }
            '}' if self.templates.last() == Some(&0) => {
                self.templates.pop();
                self.copy(1);
                self.template();
            }
            _ => {
                if let Some(depth) = self.templates.last_mut() {
                    *depth += usize::from(first == '{');
                    *depth -= usize::from(first == '}');
                }
                self.copy(first.len_utf8());
            }
        }
        true
    }

    /// Takes over so many bytes as they are.
    fn copy(&mut self, bytes: usize) {
        self.shown.push_str(&self.source[self.at..self.at + bytes]);
        self.at += bytes;
    }

    /// Takes over a literal up to its end, which is that of the line at the latest, and what ends it.
    fn literal(&mut self, ends: impl FnMut(&str) -> bool) {
        let end = self.find(ends, is_line_end);
        self.hide(end);
        if !self.source[self.at..].starts_with(is_line_end) {
            let ending = self.source[self.at..].chars().next();
            self.copy(ending.map_or(0, char::len_utf8));
        }
    }

    /// Takes over a piece of a template and what ends it.
    fn template(&mut self) {
        let end = self.find(
            |rest| rest.starts_with('`') || rest.starts_with("${"),
            |_| false,
        );
        self.hide(end);
        let rest = &self.source[self.at..];
        match rest.starts_with("${") {
            true => {
                self.templates.push(0);
                self.copy(2);
            }
            false => self.copy(rest.len().min(1)),
        }
    }

    /// How many bytes there are before the first character without a backslash at which something ends.
    fn find(
        &self,
        mut ends: impl FnMut(&str) -> bool,
        ends_anyway: impl Fn(char) -> bool,
    ) -> usize {
        let rest = &self.source[self.at..];
        let mut escaped = false;
        for (at, character) in rest.char_indices() {
            if !escaped && (ends_anyway(character) || ends(&rest[at..])) {
                return at;
            }
            escaped = !escaped && character == '\\';
        }
        rest.len()
    }

    fn hide(&mut self, bytes: usize) {
        let content = &self.source[self.at..self.at + bytes];
        let module = ["./", "../", "node:"]
            .iter()
            .any(|begin| content.starts_with(begin));
        if module && place::without_data(content).as_deref() == Some(content) {
            self.copy(bytes);
            return;
        }
        for character in content.chars() {
            match is_line_end(character) {
                true => self.shown.push(character),
                false => self
                    .shown
                    .extend(std::iter::repeat_n(HIDDEN, character.len_utf16())),
            }
        }
        self.at += bytes;
    }

    /// Whether a slash that comes now divides nothing.
    fn begins_regexp(&self) -> bool {
        let before = self.shown.trim_end();
        let word = before
            .rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$'))
            .map_or(before, |at| {
                &before[at + before[at..].chars().next().map_or(1, char::len_utf8)..]
            });
        match word {
            "" => !before.ends_with([')', ']', '}', '"', '\'', '`']),
            word => BEFORE_REGEXP.contains(&word),
        }
    }
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_literals_say_is_hidden_and_code_stays() {
        for (code, shown) in [
            ("bus.on('drain', f)", "bus.on('·····', f)"),
            ("require(\"./lib/x.js\")", "require(\"./lib/x.js\")"),
            ("a = 'jane@x.org' + b", "a = '··········' + b"),
            (r#"a = "say \"hi\" to" + b"#, r#"a = "·············" + b"#),
            (
                "a = 'it`s' + `x y${ {b: 'c d'}['e'] }z w` / 2",
                "a = '····' + `···${ {b: '···'}['·'] }···` / 2",
            ),
            ("a = b / c / 'd e'", "a = b / c / '···'"),
            (
                "return /['`] x[/]y/.test(s) // 'x y'",
                "return /··········/.test(s) // 'x y'",
            ),
            ("/* 'a b' */ 'c d'", "/* 'a b' */ '···'"),
            ("don't\n'a b'", "don'·\n'···'"),
            ("`a b\nc d` + 'e f'", "`···\n···` + '···'"),
            ("'😀 x'", "'····'"),
            ("'a\\\nb c'", "'··\n···'"),
            ("'open", "'····"),
            ("}", "}"),
        ] {
            assert_eq!(without_literals(code), shown, "{code}");
        }
    }

    #[test]
    fn lines_and_columns_stay() {
        let source = include_str!("../../tests/data/planted/planted.js");
        let shown = without_literals(source);
        for (number, (line, hidden)) in source.lines().zip(shown.lines()).enumerate() {
            let units = |text: &str| text.encode_utf16().count();
            assert_eq!(units(line), units(hidden), "line {number}");
        }
        assert_eq!(source.lines().count(), shown.lines().count());
        assert!(shown.contains("class Profile {\n  constructor(number) {"));
        assert!(shown.contains("data.emitter.on('"));
        assert!(!shown.contains("@example.com") && !shown.contains("Jane Doe"));
    }
}
