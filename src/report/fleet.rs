//! The leaks of many processes, counted by signature: from what `suspects`, `check` and `report` wrote as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::analysis::suspects::{LIKELY_LEAK, SignatureId};
use crate::error::{Error, ErrorKind, Result};
use crate::save;
use crate::text::code::{Role, shown};
use crate::text::mask::{self, Reveal};

/// The largest report that can be meant, in bytes.
const LARGEST: u64 = 64 << 20;

/// Reports that were read, each of one process.
#[derive(Debug, Default)]
pub struct Fleet {
    rows: BTreeMap<SignatureId, Seen>,
    processes: BTreeSet<String>,
    reports: usize,
}

/// A leak over the fleet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetRow {
    /// Its signature.
    pub signature: String,
    /// Its pattern, by the newest report.
    pub pattern: String,
    /// Its holder, by the newest report.
    pub holder_name: String,
    /// What piles up, by the newest report.
    pub class: String,
    /// How many processes have it.
    pub processes: u64,
    /// How many reports have it.
    pub reports: u64,
    /// When the first dump was taken of the first report that has it; RFC 3339.
    pub first_seen: Option<String>,
    /// When the last dump was taken of the last report that has it; RFC 3339.
    pub last_seen: Option<String>,
    /// What it grows by in an hour, in bytes: that of all processes together, by the newest report of each that tells.
    pub growth_per_hour: Option<i64>,
}

/// What is kept of a signature.
#[derive(Debug, Default)]
struct Seen {
    reports: u64,
    first: Option<String>,
    last: Option<String>,
    /// What the newest report says of it.
    about: About,
    /// By process: the time of the newest report, and its growth.
    processes: BTreeMap<String, (Option<String>, Option<f64>)>,
}

/// What a report says of a leak.
#[derive(Debug, Default)]
struct About {
    pattern: String,
    holder_name: String,
    holder_masked: Option<String>,
    class: String,
}

impl About {
    /// The holder, as it may be shown: what is data in a finished sentence, nobody can tell.
    fn holder(&self, reveal: Reveal) -> String {
        match (&self.holder_masked, reveal) {
            (Some(masked), Reveal::Nothing) => mask::words(masked, reveal).into_owned(),
            _ => mask::value(&self.holder_name, None, reveal).into_owned(),
        }
    }
}

/// What is read of a document.
#[derive(Deserialize)]
struct Document {
    schema_version: u64,
    #[serde(default)]
    suspects: Option<Vec<Found>>,
    #[serde(default)]
    leaks: Option<Vec<Found>>,
    #[serde(default)]
    taken_at: Vec<Option<String>>,
    #[serde(default)]
    snapshots: Vec<Taken>,
}

#[derive(Deserialize)]
struct Taken {
    taken_at: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    signature: Option<String>,
    confidence: f64,
    pattern: String,
    holder_name: String,
    /// The same without data; missing in documents of older versions.
    holder_masked: Option<String>,
    leaked: Vec<Leaked>,
    growth_per_hour: Option<f64>,
}

#[derive(Deserialize)]
struct Leaked {
    class: String,
}

impl Fleet {
    /// Reads a report of a process.
    ///
    /// # Errors
    /// When the file cannot be read, or is no report of heaptui; with its path.
    pub fn read(&mut self, path: &Path, process: &str) -> Result<()> {
        self.add(path, process).map_err(|error| error.in_file(path))
    }

    fn add(&mut self, path: &Path, process: &str) -> Result<()> {
        let cannot = |error: &std::io::Error| Error::io("cannot read the report", error);
        let size = fs::metadata(path).map_err(|error| cannot(&error))?.len();
        if size > LARGEST {
            return Err(no_report("it is too large"));
        }
        save::note_input(path);
        let text = fs::read(path).map_err(|error| cannot(&error))?;
        let document: Document = serde_json::from_slice(&text)
            .map_err(|error| no_report(&format!("line {}: {error}", error.line())))?;
        if document.schema_version != 1 {
            return Err(no_report("it is of another version"));
        }
        let times: Vec<String> = document
            .taken_at
            .into_iter()
            .chain(document.snapshots.into_iter().map(|taken| taken.taken_at))
            .flatten()
            .collect();
        let first = times.iter().min();
        let last = times.iter().max();
        let Some(found) = document.suspects.or(document.leaks) else {
            return Err(no_report("it has no suspects"));
        };
        self.reports += 1;
        self.processes.insert(process.to_owned());
        for found in found
            .into_iter()
            .filter(|found| found.confidence >= LIKELY_LEAK)
        {
            let Some(signature) = &found.signature else {
                return Err(no_report("it has no signatures").advise("make it anew"));
            };
            let id: SignatureId = signature
                .parse()
                .map_err(|wrong: String| no_report(&wrong))?;
            let seen = self.rows.entry(id).or_default();
            seen.reports += 1;
            let is_newest = last >= seen.last.as_ref();
            if is_newest {
                let class = found.leaked.into_iter().next();
                let class = class.map_or(String::new(), |leaked| leaked.class);
                seen.about = About {
                    pattern: found.pattern,
                    holder_name: found.holder_name,
                    holder_masked: found.holder_masked,
                    class,
                };
            }
            seen.first = earliest(seen.first.take(), first.cloned());
            seen.last = seen.last.take().max(last.cloned());
            let own = seen.processes.entry(process.to_owned()).or_default();
            if last >= own.0.as_ref() {
                *own = (last.cloned(), found.growth_per_hour);
            }
        }
        Ok(())
    }

    /// How many reports were read.
    pub fn reports(&self) -> usize {
        self.reports
    }

    /// How many processes they are of.
    pub fn processes(&self) -> usize {
        self.processes.len()
    }

    /// The leaks, those of most processes first.
    pub fn rows(&self, reveal: Reveal) -> Vec<FleetRow> {
        let mut rows: Vec<FleetRow> = self
            .rows
            .iter()
            .map(|(id, seen)| {
                let about = &seen.about;
                let rates: Vec<f64> = seen.processes.values().filter_map(|own| own.1).collect();
                FleetRow {
                    signature: id.to_string(),
                    pattern: match is_pattern(&about.pattern) {
                        true => about.pattern.clone(),
                        false => shown(&about.pattern, Role::Property, reveal).into_owned(),
                    },
                    holder_name: about.holder(reveal),
                    class: shown(&about.class, Role::Class, reveal).into_owned(),
                    processes: seen.processes.len() as u64,
                    reports: seen.reports,
                    first_seen: seen.first.clone(),
                    last_seen: seen.last.clone(),
                    growth_per_hour: (!rates.is_empty())
                        .then(|| rates.iter().sum::<f64>().round() as i64),
                }
            })
            .collect();
        rows.sort_by_key(|row| {
            let growth = row.growth_per_hour.unwrap_or(i64::MIN);
            std::cmp::Reverse((row.processes, growth))
        });
        rows
    }
}

/// Whether a text is spelled as the patterns are: reports come from anywhere.
fn is_pattern(text: &str) -> bool {
    text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn earliest(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

fn no_report(why: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("this is no report of heaptui: {why}"),
    )
    .advise("name what heaptui suspects --format json wrote, or report --format json")
}
