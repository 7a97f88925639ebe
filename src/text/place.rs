//! What the path or URL of a script tells: its file and its package.

use std::borrow::Cow;

/// The folder that packages are installed in.
const PACKAGES: &str = "node_modules";

/// The last part of a path or URL; the whole name of a module that is built in.
pub fn file_name(path: &str) -> &str {
    if path.starts_with("node:") {
        return path;
    }
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// The package that a script belongs to: the innermost below `node_modules`, `@scope/name` in two parts. Nothing for
/// scripts of the application itself and for what is no script's.
pub fn package(url: &str) -> Option<&str> {
    let slash = |c: char| c == '/' || c == '\\';
    let (at, _) = url.rmatch_indices(PACKAGES).find(|(at, found)| {
        let before = url[..*at].chars().next_back();
        before.is_none_or(slash) && url[at + found.len()..].starts_with(slash)
    })?;
    let inside = url[at + PACKAGES.len()..].trim_start_matches(slash);
    let first = inside.split(slash).next()?;
    let name = match inside.get(first.len() + 1..) {
        Some(rest) if first.starts_with('@') => {
            let second = rest.split(slash).next().unwrap_or_default();
            &inside[..first.len() + 1 + second.len()]
        }
        _ => first,
    };
    (!name.is_empty()).then_some(name)
}

/// A path, a URL or a place in one (`app.js:41:12`) without what may be data: login, query and fragment, the user's home,
/// addresses, numbers. What goes is shown as `…`. `None` where the whole text may be data.
pub fn without_data(text: &str) -> Option<Cow<'_, str>> {
    const WHOLE: [&str; 5] = ["", "<anonymous>", "native", "v8/LoadTimes", "(no file)"];
    if text.chars().any(char::is_control) || text.starts_with("data:") {
        return None;
    }
    let (path, position) = split_position(text);
    if WHOLE.contains(&path) || path.starts_with("evalmachine.<anonymous>") && path.len() == 23 {
        return Some(Cow::Borrowed(text));
    }
    if let Some(number) = path.strip_prefix("script ") {
        let number = number.bytes().all(|byte| byte.is_ascii_digit());
        return number.then_some(Cow::Borrowed(text));
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = path;
    if let Some((scheme, behind)) = path.split_once("://") {
        if scheme.is_empty() || !scheme.bytes().all(is_of_scheme) {
            return None;
        }
        let (host, path) = behind.split_at(behind.find(['/', '?', '#']).unwrap_or(behind.len()));
        safe.push_str(scheme);
        safe.push_str("://");
        let (login, host) = host
            .rsplit_once('@')
            .map_or(("", host), |(_, host)| ("…@", host));
        safe.push_str(login);
        safe.push_str(if is_host(host) { host } else { "…" });
        rest = path;
    } else if let Some(builtin) = path.strip_prefix("node:") {
        safe.push_str("node:");
        rest = builtin;
    }
    let (plain, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let mut is_home = false;
    for (at, part) in plain.split_inclusive(['/', '\\']).enumerate() {
        let name = part.trim_end_matches(['/', '\\']);
        let is_users = std::mem::replace(&mut is_home, at < 3 && is_homes(name));
        safe.push_str(if is_users && !name.is_empty() || !is_part(name) {
            "…"
        } else {
            name
        });
        safe.push_str(&part[name.len()..]);
    }
    if !query.is_empty() {
        safe.push_str("?…");
    }
    safe.push_str(position);
    Some(match safe == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(safe),
    })
}

/// A place's path, and its `:line:column`, either of which may be missing.
fn split_position(text: &str) -> (&str, &str) {
    let mut path = text;
    for _ in 0..2 {
        let Some((before, number)) = path.rsplit_once(':') else {
            break;
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        path = before;
    }
    // The port of an origin is no line.
    if path.ends_with("://")
        || path
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains('/'))
    {
        path = text;
    }
    (path, &text[path.len()..])
}

fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn is_host(host: &str) -> bool {
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    host.chars().all(fits)
}

/// Whether the folders below this one are called after people.
fn is_homes(folder: &str) -> bool {
    ["home", "Users", "users", "Documents and Settings"].contains(&folder)
}

/// More digits than this in the name of a folder or file are a number of something, unless it is a version or a hash.
const DIGITS: usize = 3;

/// Whether a folder or a file of this name belongs to a program: letters, few digits; versions and hashes of builds.
fn is_part(name: &str) -> bool {
    let (name, version) = match name.get(1..).and_then(|rest| rest.split_once('@')) {
        // `react@18.2.0` in pnpm's store.
        Some((rest, version)) => (&name[..1 + rest.len()], version),
        None => (name, "0"),
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '+' | '~');
    let scope = name.strip_prefix('@').unwrap_or(name);
    let is_windows = matches!(name, "Program Files" | "Program Files (x86)")
        || name.len() == 2 && name.ends_with(':');
    let is_named = scope.chars().all(plain)
        && scope.split(['.', '-', '_', '+']).all(|word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let is_hash = word.len() >= 6
                && digits < word.len()
                && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits <= DIGITS || is_hash
        })
        // Numbers in groups: telephones, dates, cards.
        && scope
            .split(['.', '-', '_', '+'])
            .filter(|word| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_digit()))
            .count()
            < 2;
    let is_version =
        version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain);
    (is_named || is_windows) && is_version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_programs_stay_and_people_go() {
        for path in [
            "/srv/app/node_modules/@scope/some-package/lib/v2/UserController.js:41:12",
            "/srv/node_modules/.pnpm/react@18.2.0/node_modules/react/index.js",
            "node:internal/process/task_queues:95:5",
            "https://example.com/assets/main.8f3a2b1c.js:1:20345",
            "file:///srv/app/x.mjs",
            "webpack-internal:///./src/a.ts",
            "http://127.0.0.1:38837",
            r"C:\Program Files\app\index.js",
            "evalmachine.<anonymous>:1:2",
            "script 12:3:4",
            "index.js",
            "",
        ] {
            assert_eq!(without_data(path).as_deref(), Some(path));
        }
        for (path, expected) in [
            ("/home/jane/app/x.js:1:2", Some("/home/…/app/x.js:1:2")),
            ("file:///Users/jane/x.js", Some("file:///Users/…/x.js")),
            (r"C:\Users\Jane Doe\x.js", Some(r"C:\Users\…\x.js")),
            (
                "https://jane:pw@example.com/a.js?token=1#x",
                Some("https://…@example.com/a.js?…"),
            ),
            ("/srv/jane@example.com/a.js", Some("/srv/…/a.js")),
            ("/srv/ssn-123-45-6789.js", Some("/srv/…")),
            ("/srv/Jane Doe/a.js", Some("/srv/…/a.js")),
            ("data:text/javascript,alert(1)", None),
            ("a\nb", None),
        ] {
            assert_eq!(without_data(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn the_last_part_of_paths_and_urls() {
        assert_eq!(file_name("/srv/app/index.js"), "index.js");
        assert_eq!(file_name(r"C:\app\index.js"), "index.js");
        assert_eq!(file_name("https://x.org/a/b.js?v=1#top"), "b.js");
        assert_eq!(file_name("node:internal/util"), "node:internal/util");
        assert_eq!(
            file_name("evalmachine.<anonymous>"),
            "evalmachine.<anonymous>"
        );
        assert_eq!(file_name("/"), "/");
    }

    #[test]
    fn packages_are_the_innermost() {
        for (url, expected) in [
            ("/srv/app/index.js", None),
            (
                "file:///srv/node_modules/winston/lib/logger.js",
                Some("winston"),
            ),
            (
                "/srv/node_modules/a/node_modules/@scope/b/index.js",
                Some("@scope/b"),
            ),
            (
                r"C:\app\node_modules\express\lib\router.js",
                Some("express"),
            ),
            ("/srv/my_node_modules/x.js", None),
            ("/srv/node_modules/", None),
            ("node:internal/util", None),
            ("", None),
        ] {
            assert_eq!(package(url), expected, "{url}");
        }
    }
}
