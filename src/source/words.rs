//! The words of a script that are code, and how functions lie around them.
//!
//! A scan of words and brackets, not a parser: strings, comments and regular expressions are passed over, and what
//! templates embed is code.

/// Words before a parenthesis that make no call of it.
const KEYWORDS: [&str; 8] = [
    "if", "while", "for", "switch", "catch", "return", "typeof", "function",
];

/// The words of a text that are code.
#[derive(Debug, Default)]
pub struct Words {
    /// In order.
    pub at: Vec<Word>,
    /// The bodies of functions in braces: the bytes of their braces, in the order of their beginnings.
    bodies: Vec<(usize, usize)>,
    /// The same of parentheses.
    parentheses: Vec<(usize, usize)>,
}

/// A word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Its first byte.
    pub from: usize,
    /// The byte behind it.
    pub to: usize,
    /// Whether it stands in a function: what does not runs once, when the script is loaded.
    pub in_function: bool,
}

/// What stands before a place, as far as it tells what an opening brace begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The closing parenthesis of parameters, or of a call.
    Parameters,
    /// The type that parameters give.
    Annotation,
    /// `=>`.
    Arrow,
    Other,
}

/// An open bracket.
#[derive(Debug, Clone, Copy, Default)]
struct Bracket {
    /// The brace of a function's body.
    is_body: bool,
    /// The parenthesis behind `if`, `while` and the like.
    is_condition: bool,
    /// In it an arrow function without braces goes on.
    in_arrow: bool,
    at: usize,
}

/// A scan on its way through a text.
struct Scan<'a> {
    text: &'a str,
    words: Words,
    open: Vec<Bracket>,
    /// Open bodies and arrow functions.
    functions: usize,
    before: Before,
    /// How deep in braces each template is that the scan is in.
    templates: Vec<usize>,
    braces: usize,
    /// Whether a slash would divide: behind a name, a number or a closing bracket.
    divides: bool,
}

impl Words {
    /// Scans a text; linear.
    pub fn of(text: &str) -> Self {
        let mut scan = Scan {
            text,
            words: Self::default(),
            open: vec![Bracket::default()],
            functions: 0,
            before: Before::Other,
            templates: Vec::new(),
            braces: 0,
            divides: false,
        };
        scan.run();
        scan.words.bodies.sort_unstable();
        scan.words
    }

    /// The body of the function that begins at a byte, with its parameters or its name.
    pub fn body_behind(&self, text: &str, at: usize) -> Option<std::ops::Range<usize>> {
        let next = self.bodies.partition_point(|&(open, _)| open < at);
        let &(open, close) = self.bodies.get(next)?;
        let head = text.get(at..open)?;
        (!head.contains(';')).then_some(open..close)
    }

    /// The bodies of functions around a byte, the innermost first.
    pub fn bodies_around(&self, at: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let around = self.bodies.iter().rev();
        around
            .filter(move |&&(open, close)| open < at && at < close)
            .map(|&(open, close)| open..close)
    }

    /// The call that a byte stands in as an argument, or in one: not as a parameter, nor in a condition.
    pub fn argument_of(&self, text: &str, at: usize) -> Option<Word> {
        let around = |&&(open, close): &&(usize, usize)| open < at && at < close;
        let (_, close) = self.parentheses.iter().find(around)?;
        let behind = text.get(close + 1..)?.trim_start();
        let is_definition = behind.starts_with('{') || behind.starts_with("=>");
        let call = self.call_around(at).filter(|_| !is_definition)?;
        let is_keyword = KEYWORDS.contains(&&text[call.from..call.to]);
        (!is_keyword).then_some(call)
    }

    /// The words of a range of bytes that are in no function within it.
    pub fn directly_in(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = Word> + '_ {
        let mut next = self.at.partition_point(|word| word.from < range.start);
        let mut body = self
            .bodies
            .partition_point(|&(open, _)| open <= range.start);
        std::iter::from_fn(move || {
            loop {
                let word = *self.at.get(next).filter(|word| word.to <= range.end)?;
                match self.bodies.get(body).filter(|&&(open, _)| open < word.from) {
                    Some(&(_, close)) => {
                        next = self.at.partition_point(|word| word.from < close);
                        body = self.bodies.partition_point(|&(open, _)| open < close);
                    }
                    None => {
                        next += 1;
                        return Some(word);
                    }
                }
            }
        })
    }

    /// The word before the parenthesis that a byte stands in, if no body is between: the call that it is passed to.
    pub fn call_around(&self, at: usize) -> Option<Word> {
        let around = |&&(open, close): &&(usize, usize)| open < at && at < close;
        let (open, _) = self.parentheses.iter().find(around)?;
        let body = self.bodies.iter().rev().find(around);
        let is_inside = body.is_none_or(|(body, _)| body < open);
        let before = self.at.partition_point(|word| word.to <= *open);
        let word = before.checked_sub(1).map(|at| self.at[at]);
        word.filter(|word| is_inside && word.to == *open)
    }
}

impl Scan<'_> {
    fn run(&mut self) {
        let text = self.text;
        let bytes = text.as_bytes();
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
                b'/' if !self.divides => {
                    i = regular_expression(bytes, i);
                    self.divides = true;
                    continue;
                }
                b'"' | b'\'' => {
                    i = string(bytes, i + 1, byte);
                    self.divides = true;
                    continue;
                }
                b'`' => {
                    i = self.template(i + 1);
                    continue;
                }
                b'}' if self.templates.last() == Some(&self.braces) => {
                    self.templates.pop();
                    self.close(b'$', i);
                    i = self.template(i + 1);
                    continue;
                }
                _ if is_word(byte) => {
                    i = self.word(i);
                    continue;
                }
                b'=' if bytes.get(i + 1) == Some(&b'>') => {
                    self.arrow();
                    i += 2;
                    continue;
                }
                b'\n' if self.ends_statement(i) => self.end_arrow(),
                _ => self.bracket(byte, i),
            }
            if !byte.is_ascii_whitespace() {
                self.divides = matches!(byte, b')' | b']' | b'}');
            }
            i += 1;
        }
    }

    fn word(&mut self, from: usize) -> usize {
        let to = find(self.text.as_bytes(), from, |byte| !is_word(byte));
        self.words.at.push(Word {
            from,
            to,
            in_function: self.functions > 0,
        });
        self.divides = !matches!(
            &self.text[from..to],
            "return" | "typeof" | "case" | "in" | "of" | "do" | "else"
        );
        if self.before != Before::Annotation {
            self.before = Before::Other;
        }
        to
    }

    /// An arrow function begins; it ends with the expression, or where its braces do.
    fn arrow(&mut self) {
        if let Some(bracket) = self.open.last_mut().filter(|bracket| !bracket.in_arrow) {
            bracket.in_arrow = true;
            self.functions += 1;
        }
        self.before = Before::Arrow;
        self.divides = false;
    }

    fn end_arrow(&mut self) {
        if let Some(bracket) = self.open.last_mut().filter(|bracket| bracket.in_arrow) {
            bracket.in_arrow = false;
            self.functions -= 1;
        }
    }

    /// Whether a line ends an expression: it has come to an end, and the next line does not go on with it.
    fn ends_statement(&self, at: usize) -> bool {
        let last = self.text[..at].trim_end().bytes().last();
        let next = self.text[at..].trim_start().bytes().next();
        self.before != Before::Arrow
            && last.is_some_and(|last| is_word(last) || b")]}'\"`".contains(&last))
            && next.is_none_or(|next| is_word(next) || b"}'\"`@/".contains(&next))
    }

    fn bracket(&mut self, byte: u8, at: usize) {
        match byte {
            b'{' => {
                let is_body = self.before != Before::Other;
                if self.before == Before::Arrow {
                    self.end_arrow();
                }
                self.braces += 1;
                self.functions += usize::from(is_body);
                self.open.push(Bracket {
                    is_body,
                    at,
                    ..Bracket::default()
                });
            }
            b'(' | b'[' => {
                let word = self
                    .words
                    .at
                    .last()
                    .map(|word| &self.text[word.from..word.to]);
                let is_condition = byte == b'('
                    && matches!(
                        word,
                        Some("if" | "for" | "while" | "switch" | "with" | "catch")
                    )
                    && self.text[..at]
                        .trim_end()
                        .ends_with(word.unwrap_or_default());
                self.open.push(Bracket {
                    is_condition,
                    at,
                    ..Bracket::default()
                });
            }
            b')' | b']' | b'}' => return self.close(byte, at),
            b':' if self.before == Before::Parameters => {
                self.before = Before::Annotation;
                return;
            }
            b'<' | b'>' | b'|' | b'.' | b',' if self.before == Before::Annotation => return,
            b';' | b',' => self.end_arrow(),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            self.before = Before::Other;
        }
    }

    fn close(&mut self, byte: u8, at: usize) {
        self.before = Before::Other;
        if self.open.len() < 2 {
            return;
        }
        self.end_arrow();
        let Some(bracket) = self.open.pop() else {
            return;
        };
        match byte {
            b'}' => self.braces = self.braces.saturating_sub(1),
            b')' if !bracket.is_condition => {
                self.before = Before::Parameters;
                self.words.parentheses.push((bracket.at, at));
            }
            _ => {}
        }
        if bracket.is_body {
            self.functions -= 1;
            self.words.bodies.push((bracket.at, at));
        }
    }

    /// Goes on in a template: to behind its end, or to behind `${`, whose end leads on in it.
    fn template(&mut self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        self.before = Before::Other;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'`' => {
                    self.divides = true;
                    return at + 1;
                }
                b'$' if bytes.get(at + 1) == Some(&b'{') => {
                    self.templates.push(self.braces);
                    self.open.push(Bracket::default());
                    self.divides = false;
                    return at + 2;
                }
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

/// Whether a byte is of a word.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}

/// The first byte from `at` on that is so; the end if there is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that stand in functions.
    fn inside(text: &str) -> Vec<&str> {
        let words = Words::of(text);
        let inside = words.at.iter().filter(|word| word.in_function);
        inside.map(|word| &text[word.from..word.to]).collect()
    }

    #[test]
    fn what_stands_in_functions_runs_when_they_are_called() {
        for (text, expected) in [
            ("all.push(a)", &[][..]),
            ("function f(b) { a }\nc", &["a"]),
            ("class A { run(b) { a } }", &["a"]),
            ("if (b) { a }", &[]),
            ("const f = (b) => a.x(c);\nd", &["a", "x", "c"]),
            ("const f = (b) => a\nd", &["a"]),
            ("const f = (b) => a\n  .x()\nd", &["a", "x"]),
            ("const f = (b) =>\n  a\nd", &["a"]),
            ("on(b, () => { a }, c)", &["a"]),
            ("on(b, (d) => a, c)", &["a"]),
            ("const o = { c: () => a, d };", &["a"]),
            ("`${() => a} ${b}`", &["a"]),
            ("run(b: string): Map<string, X> { a }", &["a"]),
            ("} ) a => b", &["b"]),
        ] {
            assert_eq!(inside(text), expected, "{text}");
        }
    }

    #[test]
    fn words_of_functions_within_are_left_out() {
        let text = "var g = 1; function f(a) { var b; x(() => { c }); d } h";
        let words = Words::of(text);
        let inside = |range: std::ops::Range<usize>| -> Vec<&str> {
            let words = words.directly_in(range);
            words.map(|word| &text[word.from..word.to]).collect()
        };
        let top = ["var", "g", "1", "function", "f", "a", "h"];
        assert_eq!(inside(0..text.len()), top);
        let body = words.body_behind(text, text.find("(a)").unwrap()).unwrap();
        assert_eq!(inside(body), ["var", "b", "x", "d"]);
    }

    #[test]
    fn bodies_are_told_by_where_their_functions_begin() {
        let text = "function f(a, b = {}) { if (a) { x() } }\nconst g = (c) => { y(() => { z }) };";
        let words = Words::of(text);
        let body = |at: &str| {
            let at = text.find(at).unwrap();
            words.body_behind(text, at).map(|body| &text[body])
        };
        assert_eq!(body("(a, b"), Some("{ if (a) { x() } "));
        assert_eq!(body("(c)"), Some("{ y(() => { z }) "));
        assert_eq!(body("z })"), None);
        let z = text.find("z }").unwrap();
        let around: Vec<usize> = words.bodies_around(z).map(|body| body.len()).collect();
        assert_eq!(around, [4, 17]);
        let call = |text: &str, at: &str| {
            let words = Words::of(text);
            let word = words.call_around(text.find(at).unwrap())?;
            Some(text[word.from..word.to].to_owned())
        };
        assert_eq!(call(text, "() =>").as_deref(), Some("y"));
        assert_eq!(call(text, "z })"), None);
        assert_eq!(call("f(a,\n {x: () => 1})", "() =>").as_deref(), Some("f"));
    }
}
