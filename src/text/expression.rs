//! Sentences that name what a program wrote between backticks, without the keys in it that are data.

use crate::text::code::{Role, is_code, shown};
use crate::text::mask::{Reveal, words};

/// A sentence in which names stand between backticks, without the keys of expressions that are data.
pub fn sentence(text: &str, reveal: Reveal) -> String {
    if reveal != Reveal::Nothing {
        return words(text, reveal).into_owned();
    }
    let mut safe = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number > 0 {
            safe.push('`');
        }
        match number % 2 {
            0 => safe.push_str(&words(part, reveal)),
            _ => safe.push_str(&expression(part)),
        }
    }
    safe
}

/// An expression, `a.b["c"].d`, without keys that are data. Where a key could end is not known when it has brackets in
/// it: what follows such a key goes, too.
fn expression(text: &str) -> String {
    let is_code = |part: &str| {
        [Role::Property, Role::Class, Role::Function]
            .iter()
            .any(|&role| is_code(part, role))
            || part.split(' ').all(|word| {
                matches!(word, "<value" | "<entry" | "<member" | "…")
                    || word
                        .trim_end_matches('>')
                        .bytes()
                        .all(|byte| byte.is_ascii_digit())
            })
    };
    if is_code(text) {
        return text.to_owned();
    }
    let mut safe = String::new();
    let mut rest = text;
    loop {
        let next = rest
            .get(1..)
            .and_then(|behind| behind.find(['.', '[', '<']));
        let (part, behind) = rest.split_at(next.map_or(rest.len(), |at| at + 1));
        let name = part.trim_start_matches('.');
        if !is_code(name) {
            let left = rest.trim_start_matches('.');
            let dot = &rest[..rest.len() - left.len()];
            safe.push_str(dot);
            safe.push_str(&shown(left, Role::Property, Reveal::Nothing));
            return safe;
        }
        safe.push_str(part);
        if behind.is_empty() {
            return safe;
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_data_go() {
        let masked = |text| sentence(text, Reveal::Nothing);
        let plain = "`bus._events.reload` (an Object) keeps `Profile`, `<value 3>.list[2]`";
        assert_eq!(masked(plain), plain);
        assert_eq!(
            masked("`users[\"jane@example.com\"].cache` grows"),
            "`users[key, 26 characters]` grows"
        );
        assert_eq!(sentence("`a[\"b c\"]`", Reveal::Values), "`a[\"b c\"]`");
    }
}
