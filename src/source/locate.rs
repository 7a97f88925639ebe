//! Where the file of a script is on this host.

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// Endings of files that code is read from; a dump or map that names another file is not followed.
const ENDINGS: [&str; 13] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "coffee", "res", "astro",
];

/// Where else scripts are than the dump says: `/app=/srv/app`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// How the paths or URLs begin in the dump.
    pub from: String,
    /// What stands there on this host.
    pub to: PathBuf,
}

impl FromStr for Moved {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write FROM=TO, such as /app=/srv/app".to_owned();
        let (from, to) = text.split_once('=').ok_or_else(wrong)?;
        if from.is_empty() || to.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            from: from.to_owned(),
            to: to.into(),
        })
    }
}

/// Where to look for code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Tried in turn, before the script's own path.
    pub moved: Vec<Moved>,
    /// Folders with source maps, besides those that scripts name.
    pub maps: Vec<PathBuf>,
    /// Whether no file is looked at.
    pub off: bool,
}

/// The files that a script may be, most likely first.
pub fn candidates(url: &str, options: &Options) -> Vec<PathBuf> {
    let decoded = match url.strip_prefix("file://") {
        Some(path) => percent_decoded(path),
        None => url.to_owned(),
    };
    let mut found = Vec::new();
    for moved in &options.moved {
        for name in [url, decoded.as_str()] {
            let Some(rest) = name.strip_prefix(&moved.from) else {
                continue;
            };
            // `/app` is not the beginning of `/apple`.
            if !moved.from.ends_with(['/', '\\'])
                && !rest.starts_with(['/', '\\'])
                && !rest.is_empty()
            {
                continue;
            }
            let rest = rest.split(['?', '#']).next().unwrap_or(rest);
            found.extend(below(&moved.to, rest.trim_start_matches(['/', '\\'])));
        }
    }
    if Path::new(&decoded).is_absolute() {
        found.push(PathBuf::from(decoded));
    }
    found.dedup();
    found.retain(|path| is_code(path));
    found
}

/// The files that a map's source may be.
pub fn original(source: &str, map_folder: Option<&Path>, options: &Options) -> Vec<PathBuf> {
    let mut found = candidates(source, options);
    if let Some(folder) = map_folder.filter(|_| !source.contains("://") && !source.starts_with('/'))
    {
        found.push(folder.join(source));
    }
    found.retain(|path| is_code(path));
    found
}

/// A path below a folder, which it does not leave.
fn below(folder: &Path, rest: &str) -> Option<PathBuf> {
    let rest = Path::new(rest);
    let inside = rest
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    inside.then(|| folder.join(rest))
}

/// Whether a file's name is that of code.
fn is_code(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// `%20` and the like, as bytes; what makes no UTF-8 is replaced.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str, moved: &[&str]) -> Vec<String> {
        let moved = moved.iter().map(|text| text.parse().unwrap()).collect();
        let options = Options {
            moved,
            ..Options::default()
        };
        let found = candidates(url, &options);
        found
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    #[cfg(unix)]
    fn scripts_are_found_where_they_were_and_where_they_are_now() {
        assert_eq!(at("/app/a.js", &[]), ["/app/a.js"]);
        assert_eq!(at("file:///app/a%20b.mjs", &[]), ["/app/a b.mjs"]);
        assert_eq!(
            at("/app/a.js", &["/app=/srv/x"]),
            ["/srv/x/a.js", "/app/a.js"]
        );
        assert_eq!(at("/apple/a.js", &["/app=/srv/x"]), ["/apple/a.js"]);
        assert_eq!(
            at("/app/a.js", &["/=/proc/7/root"]),
            ["/proc/7/root/app/a.js", "/app/a.js"]
        );
        assert_eq!(
            at("https://x.org/js/a.js?v=1", &["https://x.org=/w"]),
            ["/w/js/a.js"]
        );
        assert_eq!(
            at("/app/../../etc/x.js", &["/app=/srv"]),
            ["/app/../../etc/x.js"]
        );
        for url in [
            "node:fs",
            "evalmachine.<anonymous>",
            "/etc/shadow",
            "a.js",
            "file:///etc/passwd",
            "",
        ] {
            assert_eq!(at(url, &[]), [""; 0], "{url}");
        }
        for wrong in ["", "=", "/a", "=/b", "/a="] {
            assert!(wrong.parse::<Moved>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn percent_signs() {
        assert_eq!(percent_decoded("a%20b%zz%e2%82%ac%"), "a b%zz€%");
    }
}
