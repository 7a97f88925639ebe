//! What the engine and the browser call things in a dump: kinds of nodes, names in C++, elements.

use super::words::{Words, words};

/// The longest name of the engine's, in bytes: C++ templates.
pub(super) const LONGEST_OF_ENGINE: usize = 1000;

/// Names that V8 puts in parentheses: kinds of nodes, roots, compiled code.
pub(super) fn is_kind(text: &str) -> bool {
    let Some(name) = between(text, "(", ")") else {
        return false;
    };
    static KINDS: Words = words!(
        "Bootstrapper|Builtins|Client heap|Code flusher|Compilation cache|Debugger|Detached DOM trees|\
        Dispatch table|Document DOM trees|Eternal handles|Extensions|External strings|GC roots|Global handles|\
        Handle scope|Identity map|Internalized strings|Isolate|Micro tasks|Partial snapshot cache|\
        Pending activities group|Read-only object cache|Read-only roots|Relocatable|Retain maps|\
        Shareable object cache|SharedStruct type registry|Smi roots|Stack roots|Startup object cache|\
        Strong root list|Strong roots|Strong symbol roots|Thread manager|Traced handles|Unknown|\
        Weak collections|Weak roots|Write barrier|Wrapper tracing|\
        array|bigint|closure|code|native|number|object|regexp|root|symbol|synthetic|system"
    );
    static WORDS: Words = words!(
        "BASELINE|Internalized|array|bound|arguments|builtin|bytecode|cache|code|compiled|concatenated|\
        constant|context|data|deopt|dependent|descriptors|elements|ends|enum|external|feedback|function|\
        handle|handler|hidden|info|internal|line|literals|map|norm.|object|offset|pool|position|properties|\
        prototype|relocation|roots|scope|script|shape|shared|sliced|source|string|strings|table|\
        transition|transitions"
    );
    let builtin = [
        " builtin handle",
        " builtin code",
        " builtin",
        " bytecode handler",
    ]
    .iter()
    .find_map(|end| name.strip_suffix(end));
    KINDS.has(name) || builtin.is_some_and(is_words) || name.split(' ').all(|word| WORDS.has(word))
}

/// Letters, digits, `_` and `-`: how V8 and Blink call what they make in C++.
pub(super) fn is_words(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_OF_ENGINE
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// A name in C++, with spaces in templates only: `blink::HeapVector<blink::Member<const Node>, 4u>`.
pub(super) fn is_cpp(text: &str) -> bool {
    let mut depth = 0i32;
    let fits = |c: char| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        let inside = depth > 0 && matches!(c, ',' | ' ' | '(' | ')' | '[' | ']' | '-');
        inside || c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '<' | '>' | '*' | '&' | '~')
    };
    text.len() <= LONGEST_OF_ENGINE
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(fits)
        && text
            .split(|c: char| !c.is_ascii_digit())
            .all(|run| run.len() <= 5)
}

/// How the name of an element with attributes begins, which is its class: `Detached <div` of `Detached <div id="x">`.
pub fn tag(text: &str) -> Option<&str> {
    let (tag, _) = text.split_at(text.find('<')?);
    let (name, _) = text[tag.len() + 1..].split_once(' ')?;
    let fits = matches!(tag, "" | "Detached ") && text.ends_with('>') && is_words(name);
    fits.then(|| &text[..tag.len() + 1 + name.len()])
}

pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_with_attributes_begin_with_their_tag() {
        assert_eq!(tag("<div id=\"jane\">"), Some("<div"));
        assert_eq!(tag("Detached <my-tag a>"), Some("Detached <my-tag"));
        for text in [
            "<div>",
            "Jane <div a>",
            "<jane@example.com x>",
            "<div a",
            "x y",
        ] {
            assert_eq!(tag(text), None, "{text}");
        }
    }
}
