//! Whether a text is what ran: at the place of a function, V8 says, stands that function.
//!
//! V8 puts a function at the parenthesis before its parameters, an arrow function at its first character, and a class
//! without a constructor of its own at the word `class`.

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The function or class of that name; the byte where the name begins.
    Named(usize),
    /// A function or class whose name cannot be read there.
    Unnamed,
    /// Something else.
    Other,
}

/// How far back a class is looked for around its constructor, bytes.
const CLASS_HEAD: usize = 1 << 16;

/// What stands at byte `at` of a text, where the function or class `name` was.
pub fn fit(text: &str, at: usize, name: &str) -> Fit {
    let Some((before, rest)) = text.split_at_checked(at) else {
        return Fit::Other;
    };
    let is_initializer = name.starts_with('<');
    let name = if is_initializer { "" } else { plain(name) };
    if at == 0 && name.is_empty() {
        return Fit::Unnamed;
    }
    if first_word(rest) == "class" {
        let tail = rest["class".len()..].trim_start();
        let own = first_word(tail);
        return match own {
            "" | "extends" => assigned(before, name),
            _ if own == name => Fit::Named(text.len() - tail.len()),
            _ if name.is_empty() => Fit::Unnamed,
            _ => Fit::Other,
        };
    }
    if rest.starts_with('(') {
        let head = before.trim_end();
        let word = last_word(head);
        let start = head.len() - word.len();
        return match word {
            "constructor" => class_around(before, name),
            "function" | "async" => assigned(&head[..start], name),
            "" if head.ends_with('*')
                && last_word(head[..head.len() - 1].trim_end()) == "function" =>
            {
                let head = head[..head.len() - 1].trim_end();
                assigned(&head[..head.len() - "function".len()], name)
            }
            "" if head.ends_with([']', '"', '\'']) => Fit::Unnamed,
            "" => assigned(before, name),
            _ if word == name => Fit::Named(start),
            _ if name.is_empty()
                && matches!(word, "return" | "default" | "yield" | "await" | "case") =>
            {
                Fit::Unnamed
            }
            _ => Fit::Other,
        };
    }
    if is_identifier_start(rest.chars().next()) {
        return assigned(before, name);
    }
    Fit::Other
}

/// The name that stands at byte `at` of a source, past words that introduce it; that of the class around a constructor.
pub fn name_at(text: &str, at: usize) -> Option<&str> {
    let mut rest = text.get(at..)?;
    for _ in 0..6 {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
        let word = first_word(rest);
        match word {
            "" => return None,
            "constructor" => return nearest_class(text.get(..at)?),
            "class" | "function" | "async" | "export" | "default" | "const" | "let" | "var"
            | "static" | "abstract" | "public" | "private" | "protected" | "readonly" | "get"
            | "set" => rest = &rest[word.len()..],
            "extends" | "return" | "new" => return None,
            _ => return Some(word),
        }
    }
    None
}

/// The name as it is written: V8 puts words and holders before it.
fn plain(name: &str) -> &str {
    let name = name
        .strip_prefix("get ")
        .or_else(|| name.strip_prefix("set "))
        .unwrap_or(name);
    let name = name.rsplit('.').next().unwrap_or(name);
    match name.starts_with('[') {
        true => "",
        false => name,
    }
}

/// What the text before a function without a name of its own says: `name =`, `name:`.
fn assigned(before: &str, name: &str) -> Fit {
    if name.is_empty() {
        return Fit::Unnamed;
    }
    let mut head = before.trim_end();
    if last_word(head) == "async" {
        head = head[..head.len() - "async".len()].trim_end();
    }
    let Some(left) = head.strip_suffix(['=', ':']) else {
        // An argument, or the like: V8 makes such names up.
        return Fit::Unnamed;
    };
    let left = left.trim_end_matches(['?', '|', '&']).trim_end();
    let word = last_word(left);
    match word {
        "" => Fit::Unnamed,
        _ if word == name => Fit::Named(left.len() - word.len()),
        _ => Fit::Other,
    }
}

/// The class of that name in whose body the text ends.
fn class_around(before: &str, name: &str) -> Fit {
    if name.is_empty() {
        return Fit::Unnamed;
    }
    for at in classes_before(before) {
        let tail = before[at + "class".len()..].trim_start();
        if first_word(tail) == name {
            return Fit::Named(before.len() - tail.len());
        }
        if let Fit::Named(start) = assigned(&before[..at], name) {
            return Fit::Named(start);
        }
    }
    Fit::Other
}

fn nearest_class(before: &str) -> Option<&str> {
    let at = classes_before(before).next()?;
    let own = first_word(before[at + "class".len()..].trim_start());
    if !matches!(own, "" | "extends") {
        return Some(own);
    }
    let left = before[..at].trim_end().strip_suffix('=')?.trim_end();
    Some(last_word(left)).filter(|word| !word.is_empty())
}

/// Where the word `class` stands before the end of a text, the last one first.
fn classes_before(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut from = text.len().saturating_sub(CLASS_HEAD);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let found = text[from..]
        .rmatch_indices("class")
        .map(move |(at, _)| from + at);
    found.filter(|&at| last_word(&text[..at]).is_empty() && first_word(&text[at..]) == "class")
}

fn is_identifier_start(c: Option<char>) -> bool {
    c.is_some_and(|c| is_part(c) && !c.is_ascii_digit())
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\u{200c}' | '\u{200d}')
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    &text[..end]
}

fn last_word(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part(*c))
        .last();
    start.map_or("", |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands at the mark.
    fn of(marked: &str, name: &str) -> Option<String> {
        let at = marked.find('▶').unwrap();
        let text = marked.replace('▶', "");
        match fit(&text, at, name) {
            Fit::Named(at) => Some(first_word(&text[at..]).to_owned()),
            Fit::Unnamed => Some("?".to_owned()),
            Fit::Other => None,
        }
    }

    #[test]
    fn functions_and_classes_are_known_by_their_names() {
        for (text, name) in [
            ("function login▶(user) {}", "login"),
            ("function* walk▶(user) {}", "walk"),
            ("class A { touch▶() {} }", "touch"),
            ("class A { get size▶() {} }", "size"),
            ("class A { #hidden▶() {} }", "#hidden"),
            ("const go = ▶(a) => a", "go"),
            ("const go = async ▶(a) => a", "go"),
            ("x = { go: ▶a => a }", "go"),
            ("x.go ??= ▶async a => a", "go"),
            ("t={on:function▶(a){}}", "on"),
            ("t.on = async function*▶(a){}", "on"),
            ("▶class Session {}", "Session"),
            ("var n=▶class{a=1}", "n"),
            ("var n = ▶class extends B {}", "n"),
            ("var n=class{constructor▶(a){}}", "n"),
            (
                "class B{};class Session extends B{ x() { class_; } constructor ▶(a){}}",
                "Session",
            ),
            ("var é=class{constructor▶(a){}}", "é"),
        ] {
            assert_eq!(of(text, name).as_deref(), Some(name), "{text}");
            assert_eq!(of(text, "zzz"), None, "{text}");
        }
        assert_eq!(
            of("Foo.bar = ▶function(){}", "Foo.bar").as_deref(),
            Some("bar")
        );
        assert_eq!(
            of("class A { get size▶() {} }", "get size").as_deref(),
            Some("size")
        );
    }

    #[test]
    fn what_has_no_name_can_be_right() {
        for (text, name) in [
            ("▶let a;", ""),
            ("list.map(▶a => a)", ""),
            ("list.map(▶a => a)", "Foo.made"),
            ("x(function▶(a){})", ""),
            ("a = { ['b' + c]▶() {} }", "bc"),
            ("a = { 'b-c'▶() {} }", "b-c"),
            ("return ▶(a) => a", ""),
            ("var n=▶class{a=1}", "<instance_members_initializer>"),
            ("a = { [s]▶() {} }", "[Symbol.iterator]"),
        ] {
            assert_eq!(of(text, name).as_deref(), Some("?"), "{text}");
        }
        for (text, name) in [
            ("let a▶ = 1", ""),
            ("a▶", "a"),
            ("if▶ (a)", "login"),
            ("user▶(1)", "login"),
        ] {
            assert_eq!(of(text, name), None, "{text}");
        }
        assert_eq!(fit("€", 1, "a"), Fit::Other);
        assert_eq!(fit("a", 7, "a"), Fit::Other);
    }

    #[test]
    fn names_in_sources() {
        for (text, name) in [
            ("▶export class Session {}", Some("Session")),
            ("▶export default async function login() {}", Some("login")),
            ("▶login(user)", Some("login")),
            (
                "class Session extends Base { ▶constructor(a) {} }",
                Some("Session"),
            ),
            (
                "const Session = class { ▶constructor(a) {} }",
                Some("Session"),
            ),
            ("▶(a) => a", None),
            ("x ▶", None),
        ] {
            let at = text.find('▶').unwrap();
            assert_eq!(name_at(&text.replace('▶', ""), at), name, "{text}");
        }
    }
}
