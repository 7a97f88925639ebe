//! What the path or URL of a script tells: its file and its package.

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

#[cfg(test)]
mod tests {
    use super::*;

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
