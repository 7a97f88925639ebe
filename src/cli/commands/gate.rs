//! What `check` reports to CI systems.

use std::path::Path;

use crate::analysis::suspects::Suspect;
use crate::cli::suspicion::Suspicion;
use crate::report::gate::{Level, Line, Reported};
use crate::source::CodePlace;
use crate::text::code::{Role, shown};
use crate::text::mask::{Reveal, words};
use crate::text::units::{bytes_delta, grouped};

/// CI systems keep logs for many to read.
const REVEAL: Reveal = Reveal::Nothing;

/// A leak as it is reported.
pub(super) fn leak(suspicion: &Suspicion, at: usize, suspect: &Suspect, level: Level) -> Reported {
    Reported {
        id: suspect.signature.id.to_string(),
        rule: suspect.pattern.as_str().to_owned(),
        rule_words: suspect.pattern.words().to_owned(),
        title: suspect.holder_name.told(REVEAL),
        message: said(suspect, REVEAL),
        details: suspect.explanation.advice().told(REVEAL),
        level,
        place: suspicion.change(at).map(line),
    }
}

/// Something else than a leak.
pub(super) fn other(rule: &str, rule_words: &str, message: &str, level: Level) -> Reported {
    Reported {
        id: rule.to_owned(),
        rule: rule.to_owned(),
        rule_words: rule_words.to_owned(),
        title: rule_words.to_owned(),
        message: words(message, REVEAL).into_owned(),
        details: String::new(),
        level,
        place: None,
    }
}

/// A leak in a line: "`cache` (a Map): Session 1 → 2 → 3, +4 MB".
pub(super) fn said(suspect: &Suspect, reveal: Reveal) -> String {
    let what = suspect.leaked.first().map_or(String::new(), |leaked| {
        let counts: Vec<String> = leaked.counts.iter().map(|&count| grouped(count)).collect();
        let class = leaked.words().shown(reveal);
        format!(": {class} {}", counts.join(" → "))
    });
    format!(
        "{}{what}, {}",
        suspect.holder_name.told(reveal),
        bytes_delta(suspect.growth_bytes)
    )
}

/// The line to change, its file as a path below the current folder where it is there.
fn line(place: &CodePlace) -> Line {
    let (file, line, column) = match &place.original {
        Some(original) => (&original.source, original.line, original.column),
        None => (&place.url, place.line, place.column),
    };
    let path = file.strip_prefix("file://").unwrap_or(file);
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Path::new(path).strip_prefix(here).ok().map(Path::to_owned));
    let file = match below {
        Some(below) => below.to_string_lossy().into_owned(),
        None => shown(file, Role::Place, REVEAL).into_owned(),
    };
    Line { file, line, column }
}
