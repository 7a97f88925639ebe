//! Secrets kept out of what leaves the host: the values of strings, and what looks like a credential anywhere.
//!
//! Whoever writes a file for other people passes the values of strings through [`value`] and everything else that comes
//! from a dump (names of classes, properties, functions, files) through [`words`]. What the user asks a command to print
//! is not masked.

use std::borrow::Cow;
use std::ops::Range;

/// What may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Reveal {
    /// No values of strings.
    #[default]
    Nothing,
    /// Values of strings, but for those that look like credentials.
    Values,
    /// Everything.
    All,
}

/// A text from here on may be a random token, in bytes.
const TOKEN: usize = 20;
/// Hexadecimal digits that make a hash or a key.
const HEX: usize = 32;

/// The kind of credential that nothing but its looks tells.
pub const RANDOM: &str = "token";

/// The value of a string as it may be shown; `name` is the property or variable that holds it.
pub fn value<'a>(text: &'a str, name: Option<&str>, reveal: Reveal) -> Cow<'a, str> {
    match reveal {
        Reveal::All => Cow::Borrowed(text),
        Reveal::Nothing => Cow::Owned(masked(text)),
        Reveal::Values if name.is_some_and(is_secret_name) => {
            Cow::Owned("[masked, by its name]".to_owned())
        }
        Reveal::Values => words(text, reveal),
    }
}

/// What stands for the value of a string that is not shown: how long it is.
fn masked(text: &str) -> String {
    match text.chars().count() {
        1 => "[masked, 1 character]".to_owned(),
        count => format!(
            "[masked, {} characters]",
            crate::text::units::grouped(count as u64)
        ),
    }
}

/// Names and sentences as they may be shown: without what looks like a credential.
pub fn words(text: &str, reveal: Reveal) -> Cow<'_, str> {
    if reveal == Reveal::All {
        return Cow::Borrowed(text);
    }
    let mut safe = String::new();
    let mut from = 0;
    while let Some((span, kind)) = find(text, from) {
        safe.push_str(&text[from..span.start]);
        safe.push_str(&format!("[masked {kind}]"));
        from = span.end;
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(&text[from..]);
    Cow::Owned(safe)
}

/// What kind of credential a text has in it, if any.
pub fn credential(text: &str) -> Option<&'static str> {
    find(text, 0).map(|(_, kind)| kind)
}

/// Whether a property or variable of this name holds what nobody else should see.
pub fn is_secret_name(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "apikey",
        "accesskey",
        "authorization",
        "bearer",
        "cookie",
        "credential",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "pwd",
        "secret",
        "sessionid",
        "signature",
        "token",
    ];
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    NAMES.iter().any(|secret| plain.contains(secret))
}

/// The first credential from byte `from` on.
fn find(text: &str, from: usize) -> Option<(Range<usize>, &'static str)> {
    let mut at = from;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if !is_token(bytes[at]) {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < bytes.len() && is_token(bytes[end]) {
            end += 1;
        }
        // A sentence's full stop is not part of the word before it.
        let token = text[at..end].trim_end_matches('.');
        let token_end = at + token.len();
        if token.starts_with("-----BEGIN") {
            return Some((at..end_of_pem(text, at), "key or certificate"));
        }
        if let Some(end) = end_of_url_login(text, at, end) {
            return Some((end, "login"));
        }
        if token.eq_ignore_ascii_case("bearer") || token.eq_ignore_ascii_case("basic") {
            let start =
                end + (text[end..].len() - text[end..].trim_start_matches([' ', ':']).len());
            let length = text[start..]
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`'));
            let secret = &text[start..start + length.unwrap_or(text.len() - start)];
            if start > end
                && secret.len() >= 12
                && secret
                    .bytes()
                    .any(|byte| byte.is_ascii_digit() || byte == b'=')
            {
                return Some((start..start + secret.len(), RANDOM));
            }
        }
        if let Some(kind) = known(token) {
            return Some((at..token_end, kind));
        }
        // In paths each part is looked at for itself; base64 has slashes too, but long parts between them.
        let mut start = at;
        for part in token.split(['/', '.', ':']) {
            if let Some(kind) = known(part) {
                return Some((start..start + part.len(), kind));
            }
            if is_random(part) {
                return Some((start..start + part.len(), RANDOM));
            }
            start += part.len() + 1;
        }
        at = end.max(at + 1);
    }
    None
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.' | b':' | b'~')
}

/// Where a PEM block ends that begins at `start`.
fn end_of_pem(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let end = rest.find("-----END").and_then(|end| {
        let behind = end + "-----END".len();
        rest[behind..]
            .find("-----")
            .map(|dashes| behind + dashes + 5)
    });
    start + end.unwrap_or(rest.len())
}

/// The name and password of a URL whose scheme ends within `start..end`.
fn end_of_url_login(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let scheme = text[start..end].find("://")?;
    let from = start + scheme + 3;
    let rest = &text[from..];
    let host =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`'));
    let authority = &rest[..host.unwrap_or(rest.len())];
    let (login, _) = authority.rsplit_once('@')?;
    let (_, password) = login.split_once(':')?;
    (!password.is_empty()).then_some(from..from + login.len())
}

/// Credentials that say what they are by how they begin.
fn known(token: &str) -> Option<&'static str> {
    // Beginning, least length in all, kind.
    const KNOWN: [(&str, usize, &str); 33] = [
        ("AKIA", 20, "AWS key"),
        ("ASIA", 20, "AWS key"),
        ("AROA", 20, "AWS key"),
        ("AIDA", 20, "AWS key"),
        ("AIza", 35, "Google key"),
        ("ya29.", 20, "Google token"),
        ("GOCSPX-", 20, "Google secret"),
        ("ghp_", 20, "GitHub token"),
        ("gho_", 20, "GitHub token"),
        ("ghu_", 20, "GitHub token"),
        ("ghs_", 20, "GitHub token"),
        ("ghr_", 20, "GitHub token"),
        ("github_pat_", 20, "GitHub token"),
        ("glpat-", 20, "GitLab token"),
        ("xoxb-", 15, "Slack token"),
        ("xoxa-", 15, "Slack token"),
        ("xoxp-", 15, "Slack token"),
        ("xoxr-", 15, "Slack token"),
        ("xoxs-", 15, "Slack token"),
        ("xapp-", 15, "Slack token"),
        ("sk_live_", 16, "Stripe key"),
        ("sk_test_", 16, "Stripe key"),
        ("pk_live_", 16, "Stripe key"),
        ("pk_test_", 16, "Stripe key"),
        ("rk_live_", 16, "Stripe key"),
        ("rk_test_", 16, "Stripe key"),
        ("whsec_", 16, "Stripe secret"),
        ("sk-ant-", 20, "API key"),
        ("sk-proj-", 20, "API key"),
        ("SG.", 30, "SendGrid key"),
        ("npm_", 30, "npm token"),
        ("dop_v1_", 30, "DigitalOcean token"),
        ("hvs.", 20, "Vault token"),
    ];
    let of_kind = KNOWN
        .iter()
        .find(|(begins, least, _)| {
            let first = token.as_bytes().first() == begins.as_bytes().first();
            first && token.len() >= *least && token.starts_with(begins)
        })
        .filter(|(_, _, kind)| {
            *kind != "AWS key"
                || token[4..]
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
        .map(|(_, _, kind)| *kind);
    of_kind.or_else(|| is_jwt(token).then_some("JWT"))
}

/// Three parts in base64, the first of which is a JSON object.
fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 8);
    token.starts_with("eyJ") && long(parts.next()) && long(parts.next()) && parts.next().is_some()
}

/// Whether a word looks thrown by dice: a hash, a key, a session's number; but not a UUID, which names things.
fn is_random(token: &str) -> bool {
    let bytes = token.trim_end_matches('=').as_bytes();
    if bytes.len() < TOKEN || is_uuid(bytes) {
        return false;
    }
    let count = |of: fn(&u8) -> bool| bytes.iter().filter(|byte| of(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let letters = count(u8::is_ascii_alphabetic);
    if digits == 0 || letters == 0 || digits + letters + 4 < bytes.len() {
        return false;
    }
    if bytes.len() >= HEX && bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    // Words change between small letters, capitals and digits seldom, random texts at every other letter.
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = bytes
        .windows(2)
        .filter(|pair| class(pair[0]) != class(pair[1]))
        .count();
    let numbers = bytes
        .split(|byte| !byte.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .count();
    numbers >= 3 && changes * 3 >= bytes.len() && entropy(bytes) >= 3.3
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Shannon's entropy, in bits a byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    let bits = |&count: &u32| {
        let share = f64::from(count) / total;
        if count == 0 {
            0.0
        } else {
            -share * share.log2()
        }
    };
    counts.iter().map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that nobody finds a key in this file.
    fn made_up(begins: &str) -> String {
        format!("{begins}{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    #[test]
    fn values_are_masked_unless_asked_for() {
        let text = "Jane Doe";
        assert_eq!(value(text, None, Reveal::Nothing), "[masked, 8 characters]");
        assert_eq!(value(text, None, Reveal::Values), "Jane Doe");
        assert_eq!(
            value(text, Some("userPassword"), Reveal::Values),
            "[masked, by its name]"
        );
        assert_eq!(value(text, Some("userPassword"), Reveal::All), "Jane Doe");
    }

    #[test]
    fn credentials_are_known() {
        let jwt = format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", made_up(""), made_up(""));
        let cases = [
            (jwt, "JWT"),
            (format!("AKIA{}", "IOSFODNN7EXAMPLE"), "AWS key"),
            (made_up("AIza"), "Google key"),
            (made_up("ghp_"), "GitHub token"),
            (made_up("xoxb-"), "Slack token"),
            (made_up("sk_live_"), "Stripe key"),
            ("Authorization: Bearer abcdefgh12345678".to_owned(), "token"),
            ("https://jane:hunter2@db.example/x".to_owned(), "login"),
            (
                "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----".to_owned(),
                "key or certificate",
            ),
            ("d41d8cd98f00b204e9800998ecf8427e".to_owned(), "token"),
            (made_up(""), "token"),
        ];
        for (text, kind) in cases {
            assert_eq!(credential(&text), Some(kind), "{text}");
            let sentence = format!("before {text} behind");
            let safe = words(&sentence, Reveal::Values).into_owned();
            assert!(
                safe.starts_with("before ") && safe.ends_with(" behind"),
                "{safe}"
            );
            assert!(safe.contains(&format!("[masked {kind}]")), "{safe}");
            assert_eq!(words(&sentence, Reveal::All), sentence);
        }
        let url = words("see https://jane:hunter2@db.example/x.", Reveal::Nothing);
        assert_eq!(url, "see https://[masked login]@db.example/x.");
    }

    #[test]
    fn names_are_no_credentials() {
        for name in [
            "AsyncLocalStorage",
            "/srv/app/node_modules/@scope/some-package/lib/controllers/v2/UserController.js:41:12",
            "node:internal/process/task_queues:95:5",
            "requestCachesByEnvironment",
            "transport._events.drain",
            "Heap.20261121.084844.23402.0.001.heapsnapshot",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "https://example.com/a/b?c=d",
            "Uint8ClampedArray2DRenderingContext",
            "AliasedBigInt64Array",
            "StyleMiscInherited1Data",
            "V8LocalCompileHintsProducer",
            "basic configuration and bearer of news",
            "system / FunctionTemplateRareData",
            "",
        ] {
            assert_eq!(credential(name), None, "{name}");
            assert!(matches!(words(name, Reveal::Nothing), Cow::Borrowed(_)));
        }
    }
}
