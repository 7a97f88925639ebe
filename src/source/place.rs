//! What is known of a place: where it is, what stands there, and how certain that is.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::spot::Spot;
use crate::analysis::originals::Original;

/// How certain it is that the code shown is the code that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The text has the hash that was noted when the dump was taken, or it names the function or class at the place and is
    /// not newer than the dump.
    Exact,
    /// The text at the place can be that function, or names it but is newer than the dump.
    Probable,
    /// There is no text, or it is another one.
    Unknown,
}

impl Certainty {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Probable => "probable",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for Certainty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A place in a script. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodePlace {
    /// The script's path or URL, as the dump has it.
    pub url: String,
    /// From 1.
    pub line: u64,
    /// From 1, in UTF-16 code units.
    pub column: u64,
    /// The function or class there, as the dump has it.
    pub function: Option<String>,
    /// How certain the code is.
    pub certainty: Certainty,
    /// Where that was written, by the script's source map.
    pub original: Option<Original>,
    /// The lines around the place, of the original where there is one.
    pub code: Option<Vec<CodeLine>>,
    /// Why it is not certain, in words.
    pub note: Option<String>,
    /// The same place in a file on this host: of the original where that is here, else of the script.
    #[serde(skip)]
    pub file: Option<FilePlace>,
}

/// A place in a file on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// A regular file with the extension of code.
    pub path: PathBuf,
    /// From 1.
    pub line: u64,
    /// From 1, in UTF-16 code units.
    pub column: u64,
}

/// A line of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeLine {
    /// From 1.
    pub line: u64,
    /// The line, or a part of it around the column where it is long.
    pub text: String,
    /// The same without what literals say.
    #[serde(skip)]
    pub masked: String,
}

impl FilePlace {
    /// From line and column that count from 0.
    pub(super) fn of(path: PathBuf, line: u32, column: u32) -> Self {
        Self {
            path,
            line: u64::from(line) + 1,
            column: u64::from(column) + 1,
        }
    }
}

impl CodePlace {
    /// A place of which only the dump's word is known.
    pub(super) fn unknown(spot: &Spot) -> Self {
        Self {
            url: spot.url.clone(),
            line: u64::from(spot.at.line) + 1,
            column: u64::from(spot.at.column) + 1,
            function: Some(spot.name.clone()).filter(|name| !name.is_empty()),
            certainty: Certainty::Unknown,
            original: None,
            code: None,
            note: None,
            file: None,
        }
    }

    /// The place that people want to see: the original where it is known.
    pub fn shown(&self) -> String {
        match &self.original {
            Some(original) => original.place(),
            None => format!("{}:{}:{}", self.url, self.line, self.column),
        }
    }

    /// The line that the code is about.
    pub fn marked_line(&self) -> u64 {
        self.original
            .as_ref()
            .map_or(self.line, |original| original.line)
    }

    /// The name that people gave, with the dump's behind it where that is another: `SessionStore (Zx)`.
    pub fn name(&self) -> Option<String> {
        let original = self
            .original
            .as_ref()
            .and_then(|original| original.name.as_deref());
        match (original, self.function.as_deref()) {
            (Some(original), Some(function)) if original != function => {
                Some(format!("{original} ({function})"))
            }
            (Some(name), _) | (None, Some(name)) => Some(name.to_owned()),
            (None, None) => None,
        }
    }

    /// The place and its code for people, a line each; to be escaped.
    pub fn told(&self) -> Vec<String> {
        let mut lines = vec![format!("Change: {}", self.in_words())];
        lines.extend(self.listing());
        lines
    }

    /// The place, the name there, where it comes from, and what makes it uncertain; to be escaped.
    pub fn in_words(&self) -> String {
        let name = self
            .name()
            .map_or(String::new(), |name| format!(" · {name}"));
        let from = match &self.original {
            Some(_) => format!(
                " · from {}:{}:{} by its map",
                self.url, self.line, self.column
            ),
            None => String::new(),
        };
        let note = self
            .note
            .as_ref()
            .map_or(String::new(), |note| format!(" · {note}"));
        format!("{}{name}{from}{note}", self.shown())
    }

    /// The code for people, a line each, the one at the place marked.
    pub fn listing(&self) -> Vec<String> {
        let code = self.code.as_deref().unwrap_or_default();
        let digits = code.last().map_or(1, |line| line.line.to_string().len());
        let marked = self.marked_line();
        let mark = |line: &CodeLine| if line.line == marked { '▶' } else { ' ' };
        let lines = code.iter();
        lines
            .map(|line| format!("{} {:>digits$} │ {}", mark(line), line.line, line.text))
            .collect()
    }
}
