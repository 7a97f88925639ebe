//! What was noted beside a dump when it was taken: the scripts that the process had loaded, with the hashes of their texts.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The end of the name of what stands beside a dump, behind the dump's.
pub const ENDING: &str = ".capture.json";
/// Nobody wrote a longer one.
pub const LONGEST: u64 = 64 << 20;
/// Digits of a hash that is SHA-256, as V8 gives since Node 20; those of older ones are another algorithm's.
const DIGITS: usize = 64;

/// A script of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedScript {
    /// Its number in the dump.
    #[serde(rename(deserialize = "scriptId"), alias = "id")]
    pub id: String,
    /// Its URL. Untrusted.
    pub url: String,
    /// V8's hash of its text.
    #[serde(default)]
    pub hash: String,
    /// Where its source map is said to be.
    #[serde(
        default,
        rename(deserialize = "sourceMapURL"),
        alias = "source_map",
        skip_serializing_if = "String::is_empty"
    )]
    pub source_map: String,
}

/// Where what was noted of a dump is.
pub fn beside(dump: &Path) -> PathBuf {
    let mut name = dump.as_os_str().to_owned();
    name.push(ENDING);
    name.into()
}

/// The hashes of the texts that ran, by the paths or URLs of their scripts; several where one was loaded anew.
#[derive(Debug, Default)]
pub(super) struct Noted(HashMap<String, Vec<String>>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scripts {
    scripts: Vec<LoadedScript>,
}

impl Noted {
    /// What stands beside a dump; nothing where nobody noted anything, or not in a way that can be read.
    pub fn beside(dump: &Path) -> Self {
        let read = || {
            let mut text = Vec::new();
            let file = fs::File::open(beside(dump)).ok()?;
            file.take(LONGEST).read_to_end(&mut text).ok()?;
            serde_json::from_slice::<Scripts>(&text).ok()
        };
        let mut hashes: HashMap<String, Vec<String>> = HashMap::new();
        for script in read().unwrap_or_default().scripts {
            if script.hash.len() == DIGITS {
                hashes.entry(script.url).or_default().push(script.hash);
            }
        }
        Self(hashes)
    }

    /// Whether a text is one that the script of this path or URL ran with; `None` where that was not noted.
    pub fn is_what_ran(&self, url: &str, text: &str) -> Option<bool> {
        // The inspector has URLs where the dump has paths.
        let hashes = self
            .0
            .get(url)
            .or_else(|| self.0.get(&format!("file://{url}")))?;
        let mut hash = String::with_capacity(DIGITS);
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing into a String does not fail.
            let _ = write!(hash, "{byte:02x}");
        }
        Some(hashes.contains(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("a.heapsnapshot");
        let noted = |text: &str| {
            fs::write(beside(&dump), text).unwrap();
            Noted::beside(&dump)
        };
        // SHA-256 of "abc", of the standard.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let found = noted(&format!(
            r#"{{"scripts":[{{"id":"7","url":"file:///srv/a.js","hash":"{abc}"}},
                {{"id":"8","url":"old.js","hash":"0123"}}]}}"#
        ));
        assert_eq!(found.is_what_ran("file:///srv/a.js", "abc"), Some(true));
        assert_eq!(found.is_what_ran("/srv/a.js", "abc"), Some(true));
        assert_eq!(found.is_what_ran("/srv/a.js", "abc "), Some(false));
        assert_eq!(
            found.is_what_ran("old.js", "abc"),
            None,
            "of another algorithm"
        );
        assert_eq!(found.is_what_ran("b.js", "abc"), None);
        for odd in ["", "{", "[]", r#"{"scripts":7}"#] {
            assert_eq!(noted(odd).is_what_ran("/srv/a.js", "abc"), None, "{odd}");
        }
    }
}
