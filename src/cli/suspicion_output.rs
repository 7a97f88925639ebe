//! What a search for suspects found, as a document for programs and as a table with sentences for people.

use serde::Serialize;

use crate::analysis::columns::{self, Naming, Ranked};
use crate::analysis::originals::Original;
use crate::analysis::paths;
use crate::analysis::suspects::{Outcome, Suspect};
use crate::cli::allocated::AllocatedBy;
use crate::cli::args::{Format, FormatArgs, Limit};
use crate::cli::output::{Output, Records, Table, print_text};
use crate::cli::records::{DumpRecord, LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;
use crate::cli::suspicion::Suspicion;
use crate::settings::today;
use crate::source::CodePlace;
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::wrap::wrap;

/// How wide explanations are where no terminal sets a limit.
const COLUMNS_OF_TEXT: usize = 100;

#[derive(Serialize)]
pub(super) struct Content<'a> {
    dumps: Vec<DumpRecord>,
    /// When each dump was taken, where that is known.
    taken_at: Vec<Option<String>>,
    verdict: &'static str,
    comparable: bool,
    basis: &'static str,
    /// The series that there are, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    processes: Vec<ProcessRecord<'a>>,
    caveats: &'a [String],
    suspects: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct ProcessRecord<'a> {
    name: &'a str,
    dumps: usize,
    /// What the search in its dumps came to, where they were looked at.
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Record<'a> {
    rank: usize,
    pattern: &'static str,
    signature: String,
    /// Why it is accepted, where it is known.
    known: Option<KnownRecord<'a>>,
    confidence: f64,
    holder: ObjectRecord<'a>,
    holder_name: String,
    /// The same without data, for logs and fleets.
    holder_masked: String,
    path: Vec<LinkRecord<'a>>,
    /// From the holder on to one of the objects that pile up.
    below: Vec<LinkRecord<'a>>,
    /// All that have to release what piles up, the one to blame first.
    holders: Vec<HolderRecord<'a>>,
    /// What is freed when all release it, in bytes.
    frees: u64,
    /// Where the counts are from: the whole dump, or what the holders keep.
    count_basis: &'static str,
    leaked: Vec<LeakedRecord<'a>>,
    retained_sizes: &'a [u64],
    growth_bytes: i64,
    growth_per_hour: Option<i64>,
    /// Who allocates what it keeps, as far as a sampling profile of the process tells.
    #[serde(skip_serializing_if = "<[AllocatedBy]>::is_empty")]
    allocated_by: &'a [AllocatedBy],
    /// The line to change: where what holds is filled, or the code nearest to it.
    change: Option<&'a CodePlace>,
    explanation: String,
    advice: String,
}

#[derive(Serialize)]
struct KnownRecord<'a> {
    reason: &'a str,
    until: Option<String>,
    max_growth_per_hour: Option<u64>,
}

#[derive(Serialize)]
struct HolderRecord<'a> {
    object: ObjectRecord<'a>,
    name: String,
    path: Vec<LinkRecord<'a>>,
}

#[derive(Serialize)]
struct LeakedRecord<'a> {
    class: &'a str,
    /// The class as it was written, where a source map tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<&'a Original>,
    counts: &'a [u64],
}

impl Suspicion {
    /// The document without what only one command says.
    pub fn content(&self, verdict: &'static str, shown: usize) -> Content<'_> {
        let naming = Naming {
            heap: &self.heap,
            scripts: None,
            originals: self.scripts.originals(),
        };
        let suspects = self.findings.suspects.iter().take(shown).enumerate();
        Content {
            dumps: self.dumps.iter().map(DumpRecord::of).collect(),
            taken_at: self
                .dumps
                .iter()
                .map(|dump| dump.time().map(|time| time.strftime("%FT%TZ").to_string()))
                .collect(),
            verdict,
            comparable: self.findings.comparable,
            basis: match self.findings.comparable {
                true => "ids",
                false => "addresses",
            },
            processes: self.processes(),
            caveats: &self.findings.caveats,
            suspects: suspects
                .map(|(at, suspect)| self.record(&naming, at, suspect))
                .collect(),
        }
    }

    fn record<'a>(&'a self, naming: &Naming<'a>, at: usize, suspect: &'a Suspect) -> Record<'a> {
        let links = |steps: &[paths::Step]| -> Vec<LinkRecord<'a>> {
            steps
                .iter()
                .map(|step| LinkRecord::of(naming, step.edge, step.node))
                .collect()
        };
        let known = self.known.find(suspect.signature.id);
        let first = (suspect.holder, &suspect.holder_name, &suspect.path);
        let others = suspect.co_holders.iter();
        let holders = std::iter::once(first)
            .chain(others.map(|other| (other.node, &other.name, &other.path)))
            .map(|(node, name, path)| HolderRecord {
                object: ObjectRecord::of(naming, node),
                name: plain(name),
                path: links(path),
            });
        let leaked = suspect.leaked.iter().map(|leaked| LeakedRecord {
            class: &leaked.class,
            original: leaked.original.as_ref(),
            counts: &leaked.counts,
        });
        Record {
            rank: at + 1,
            pattern: suspect.pattern.as_str(),
            signature: suspect.signature.id.to_string(),
            known: known.map(|known| KnownRecord {
                reason: &known.reason,
                until: known.until.map(|day| day.to_string()),
                max_growth_per_hour: known.max_growth_per_hour,
            }),
            // Cut, not rounded: 0.5 is a likely leak.
            confidence: (suspect.confidence * 1000.0).floor() / 1000.0,
            holder: ObjectRecord::of(naming, suspect.holder),
            holder_name: plain(&suspect.holder_name),
            holder_masked: suspect.holder_name.told(Reveal::Nothing),
            path: links(&suspect.path),
            below: links(&suspect.below),
            holders: holders.collect(),
            frees: suspect.frees,
            count_basis: match suspect.leaked.first() {
                Some(leaked) if leaked.whole_dump => "dump",
                _ => "held",
            },
            leaked: leaked.collect(),
            retained_sizes: &suspect.retained_sizes,
            growth_bytes: suspect.growth_bytes,
            growth_per_hour: per_hour(suspect),
            allocated_by: self.allocated.get(at).map_or(&[], Vec::as_slice),
            change: self.change(at),
            explanation: plain(&suspect.explanation.paragraph()),
            advice: plain(&suspect.explanation.advice()),
        }
    }

    /// The line to change for a suspect, by its number.
    pub fn change(&self, at: usize) -> Option<&CodePlace> {
        self.changes.get(at)?.as_ref()
    }

    /// Prints the document, or a table of the suspects with their explanations below.
    pub fn print<T: Serialize>(
        &self,
        format: &FormatArgs,
        limit: Limit,
        heading: Vec<String>,
        content: impl FnOnce(usize) -> T,
    ) -> std::result::Result<(), Stop> {
        self.chosen.say_notes();
        let output = Output::new(format.format, limit);
        let suspects = &self.findings.suspects;
        let shown = output.rows(suspects.len());
        let mut columns = columns::suspects();
        if !output.is_for_programs() {
            columns.retain(|column| !TOLD_BELOW.contains(&&*column.head.name));
        }
        let ranked: Vec<Ranked<'_>> = suspects.iter().take(shown).enumerate().collect();
        let records = Records::of(&columns, &ranked, &());
        let table = Table::of(heading, records, suspects.len() - shown);
        output.print(content(shown), &table)?;
        match format.format {
            Format::Table => print_text(self.texts(shown, width_of_texts()).as_bytes()),
            Format::Markdown => print_text(self.texts(shown, usize::MAX).as_bytes()),
            Format::Json | Format::Csv => Ok(()),
        }
    }

    /// The series that there are, where there are several.
    fn processes(&self) -> Vec<ProcessRecord<'_>> {
        let groups = &self.chosen.folder.groups;
        if groups.len() < 2 {
            return Vec::new();
        }
        let processes = groups.iter().map(|group| {
            let mut others = self.others.iter();
            let verdict = match others.find(|other| other.name == group.name) {
                Some(other) => Some(other.outcome),
                None => (group.name == self.chosen.name()).then(|| self.outcome().0),
            };
            ProcessRecord {
                name: &group.name,
                dumps: group.series.usable().count(),
                verdict: verdict.map(Outcome::as_str),
            }
        });
        processes.collect()
    }

    /// Which process this is about, and what the others come to; lines for people.
    pub fn about_processes(&self) -> Vec<String> {
        if self.others.is_empty() {
            return Vec::new();
        }
        let this = format!("process: {}", self.chosen.name());
        let others = self.others.iter();
        let others = others.map(|other| format!("{}: {}", other.name, other.words));
        std::iter::once(this).chain(others).collect()
    }

    /// What limits the findings, for people.
    pub fn heading(&self, first: String) -> Vec<String> {
        let mut lines = vec![first];
        lines.extend(
            self.findings
                .caveats
                .iter()
                .map(|caveat| format!("note: {caveat}")),
        );
        lines
    }
}

/// What the sentences below a table for people tell.
const TOLD_BELOW: [&str; 6] = [
    "class",
    "counts",
    "retained_sizes",
    "signature",
    "explanation",
    "advice",
];

/// A sentence as the command line has it, nothing masked.
fn plain(text: &Spans) -> String {
    text.told(Reveal::All)
}

fn per_hour(suspect: &Suspect) -> Option<i64> {
    suspect.growth_per_hour.map(|rate| rate.round() as i64)
}

fn width_of_texts() -> usize {
    use std::io::IsTerminal;
    let terminal = std::io::stdout()
        .is_terminal()
        .then(terminal_size::terminal_size)
        .flatten();
    terminal.map_or(COLUMNS_OF_TEXT, |(columns, _)| {
        usize::from(columns.0).clamp(40, 120)
    })
}

impl Suspicion {
    /// The explanations, each in its paragraph.
    fn texts(&self, shown: usize, columns: usize) -> String {
        let mut text = String::new();
        for (at, suspect) in self.findings.suspects.iter().take(shown).enumerate() {
            let verdict = match suspect.is_likely_leak() {
                true => "likely leak",
                false => "weak suspect",
            };
            text.push_str(&format!(
                "\n{}. {} · {} ({:.0}%) · {}\n",
                at + 1,
                suspect.pattern.words(),
                verdict,
                (suspect.confidence * 100.0).floor(),
                suspect.signature.id
            ));
            let known = self.known.find(suspect.signature.id);
            let mut sentences: Vec<String> = known
                .map(|known| known.in_words(suspect.growth_per_hour, today()))
                .into_iter()
                .collect();
            sentences.push(plain(&suspect.explanation.paragraph()));
            sentences.push(format!(
                "What to do: {}",
                plain(&suspect.explanation.advice())
            ));
            let allocated = self.allocated.get(at).into_iter().flatten();
            let by: Vec<&str> = allocated.map(|by| by.words.as_str()).collect();
            if !by.is_empty() {
                sentences.push(format!("Allocated by: {}", by.join("; ")));
            }
            for sentence in sentences {
                for line in wrap(&one_line(&sentence), columns.saturating_sub(3)) {
                    text.push_str("   ");
                    text.push_str(&line);
                    text.push('\n');
                }
            }
            for line in self.change(at).into_iter().flat_map(CodePlace::told) {
                text.push_str("   ");
                text.push_str(&one_line(&line));
                text.push('\n');
            }
        }
        text
    }
}
