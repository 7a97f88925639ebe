//! Which texts look like names in code, and which like data.

use crate::text::mask::credential;

/// The longest name in code, in characters.
const LONGEST: usize = 80;
/// More digits than this are a number of something.
const DIGITS: usize = 3;

/// What V8 itself calls things that have no name or value of their own.
const OF_V8: [&str; 13] = [
    "",
    "(anonymous)",
    "(anonymous function)",
    "(concatenated string)",
    "(sliced string)",
    "<anonymous>",
    "<dummy>",
    "<symbol>",
    "bigint",
    "heap number",
    "private symbol",
    "smi number",
    "symbol",
];

/// Whether a string with this content is called so for want of any.
pub(super) fn is_no_content(text: &str) -> bool {
    matches!(text, "" | "(concatenated string)" | "(sliced string)")
}

/// Whether V8 made this text.
fn is_of_v8(text: &str) -> bool {
    OF_V8.contains(&text)
}

/// Whether a text looks like the name of a property, a variable or a function rather than like data: letters, a few
/// digits, no spaces. Words with hyphens are (names of HTTP headers); addresses, numbers, dates and sentences are not.
pub(super) fn is_name(text: &str) -> bool {
    if is_of_v8(text) {
        return true;
    }
    if text.len() > LONGEST * 4 || text.chars().count() > LONGEST || credential(text).is_some() {
        return false;
    }
    if is_file(text) {
        return true;
    }
    let mut name = text;
    let mut dots = false;
    while let Some(rest) = ["get ", "set ", "static ", "async ", "bound "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
    {
        name = rest;
        dots = true;
    }
    for (open, close) in [("<symbol ", ">"), ("[", "]")] {
        if let Some(inner) = name
            .strip_prefix(open)
            .and_then(|name| name.strip_suffix(close))
        {
            name = inner;
            dots = true;
        }
    }
    let name = name.strip_prefix('#').unwrap_or(name);
    if name.is_empty() {
        return true;
    }
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let fits = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '_' | '$' | '-')
            || dots && matches!(c, '.' | ' ' | ':' | '(' | ')')
    };
    digits <= DIGITS
        && name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'))
        && name.chars().all(fits)
}

/// Whether a text is the name of a file of code: a place, not data.
pub(super) fn is_file(text: &str) -> bool {
    const ENDINGS: [&str; 8] = [
        ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".json", ".node",
    ];
    let of_runtime = ["node:", "internal/", "ext:"]
        .iter()
        .any(|begins| text.starts_with(begins));
    let plain = !text
        .contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '<' | '"'));
    plain
        && (of_runtime || ENDINGS.iter().any(|ending| text.ends_with(ending)) && text.contains('/'))
        && credential(text).is_none()
}

/// Whether a text that names code can be the name of a function or a file.
pub(super) fn is_of_code(text: &str) -> bool {
    let marked = text.starts_with('(') && text.ends_with(')') || text.starts_with("system / ");
    let place = text.contains("://")
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#'));
    let dotted = !text.is_empty()
        && text
            .split('.')
            .all(|part| !part.is_empty() && is_name(part));
    is_name(text) || (marked || place || dotted) && text.len() <= 300 && credential(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_stay() {
        for name in [
            "userId",
            "_events",
            "$scope",
            "#map",
            "content-type",
            "sha256",
            "utf8",
            "größe",
            "get size",
            "[Symbol.iterator]",
            "<symbol nodejs.util.inspect.custom>",
            "",
            "(anonymous)",
            "node:fs",
            "/srv/app/node_modules/x/lib/a.js",
            "bound onData",
        ] {
            assert!(is_name(name), "{name}");
        }
        for code in [
            "(code for x)",
            "WritableState.getBuffer",
            "https://example.com/app/",
            "system / Map",
        ] {
            assert!(is_of_code(code), "{code}");
        }
    }

    #[test]
    fn data_goes() {
        for data in [
            "jane@example.com",
            "+49 151 12345",
            "4915112345678",
            "2026-01-01",
            "Jane Doe",
            "user48213",
            "example.com",
            "10.0.0.1",
            "a/b",
            "sess_9f8e7d6c5b4a",
            "{\"a\":1}",
            "https://example.com/",
        ] {
            assert!(!is_name(data), "{data}");
        }
        assert!(!is_of_code("https://example.com/?token=1"));
        assert!(!is_of_code("function () { return 'secret' }"));
    }
}
