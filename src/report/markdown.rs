//! A report in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use crate::text::escape::{markdown_cell, one_line};
use crate::text::units::{bytes, bytes_delta, duration, grouped, grouped_delta};
use crate::text::wrap::capital;

use super::draw::tree;
use super::gc::Collections;
use super::template::{TO_FILL_IN, Template, VALIDATION};
use super::validation::arrows;
use crate::analysis::suspects::Outcome;

use super::{Command, Consumer, Growing, Impact, Leak, Report, Said, Taken, Validation};
use crate::text::span::SpanKind;

/// Dumps that have columns of their own; of more, those in the middle are left out.
const COLUMNS: usize = 5;

impl Report {
    /// The report as a Markdown document: for a manager first, then for the engineer who changes the code.
    pub fn to_markdown(&self, template: Template) -> String {
        let mut text = Document::default();
        text.heading(1, "Memory report");
        text.line(&prose(&self.summary));
        text.heading(2, "Impact");
        self.impact_on(&mut text);
        text.heading(
            2,
            match self.verdict {
                Outcome::Leak if self.leaks.len() > 1 => "Leaks",
                Outcome::Leak => "The leak",
                _ => "Suspects",
            },
        );
        if self.leaks.is_empty() {
            text.line("No leak found.");
        }
        for leak in &self.leaks {
            self.leak(&mut text, leak);
        }
        text.heading(2, "Growing objects");
        growing(&mut text, &self.growing, &self.snapshots);
        text.heading(2, "Largest consumers");
        consumers(&mut text, &self.consumers);
        if let Some(gc) = &self.gc {
            text.heading(2, "Garbage collection");
            collections(&mut text, gc);
        }
        if let Some(found) = &self.validation {
            text.heading(2, VALIDATION);
            validation(&mut text, found);
        }
        text.heading(2, "Snapshots collected");
        snapshots(&mut text, &self.snapshots);
        text.heading(2, "Caveats");
        for caveat in &self.caveats {
            let _ = writeln!(text.0, "- {}", prose(caveat));
        }
        text.heading(2, "How it was found");
        text.line("These commands print each figure:");
        commands(&mut text, &self.commands);
        if let Some(check) = self.commands.first() {
            let gate = check.command.replacen("heaptui info", "heaptui check", 1);
            text.line("A gate for CI, on dumps of a load test; it fails on a leak:");
            text.block("sh", [gate].iter());
        }
        if template == Template::ToFillIn {
            for (heading, prompt) in TO_FILL_IN {
                if heading != VALIDATION || self.validation.is_none() {
                    text.heading(2, heading);
                    text.line(&format!("*TODO: {prompt}*"));
                }
            }
        }
        text.0
    }

    fn impact_on(&self, text: &mut Document) {
        let Impact {
            first_size,
            last_size,
            growth_bytes,
            growth_percent,
            span_seconds,
            growth_per_hour,
            explained,
        } = &self.impact;
        text.row(["", ""]);
        text.0.push_str("|:---|:---|\n");
        text.row([
            "Heap",
            &format!("{} → {}", bytes(*first_size), bytes(*last_size)),
        ]);
        if self.snapshots.len() < 2 {
            text.line("");
            return;
        }
        text.row([
            "Growth",
            &format!("{} ({growth_percent:+.1}%)", bytes_delta(*growth_bytes)),
        ]);
        let span = span_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        text.row([
            "Time span",
            &span.map_or("not known, or under a second".to_owned(), duration),
        ]);
        text.row([
            "Growth per hour",
            &match growth_per_hour {
                Some(rate) => bytes_delta(*rate),
                None if span.is_some() => {
                    "not told: the dumps are too close to each other".to_owned()
                }
                None => "not told".to_owned(),
            },
        ]);
        if let Some(explained) = explained {
            let share = format!("{:.0}% of the heap's growth", explained * 100.0);
            text.row(["Explained by the likely leaks", &share]);
        }
        text.line("");
    }

    fn leak(&self, text: &mut Document, leak: &Leak) {
        let verdict = match leak.accused {
            true => format!("confidence {:.0}%", (leak.confidence * 100.0).floor()),
            false => format!(
                "weak suspect, confidence {:.0}%",
                (leak.confidence * 100.0).floor()
            ),
        };
        text.heading(
            3,
            &format!(
                "{}. {} ({verdict})",
                leak.rank,
                capital(&markdown_cell(leak.pattern_words))
            ),
        );
        text.line(&prose(&leak.what));
        text.line(&format!("**What to change.** {}", prose(&leak.advice)));
        if let Some(place) = &leak.change {
            let lines: Vec<String> = place
                .told()
                .iter()
                .map(|line| one_line(line).into_owned())
                .collect();
            text.block("text", lines.iter());
        }
        if let Some(own) = &leak.created_in {
            text.line(&format!(
                "**Created in.** {}, as a sampling profile of the process shows.",
                prose(own)
            ));
        }
        if !leak.leaked.is_empty() && leak.retained_sizes.len() > 1 {
            let labels: Vec<String> = self
                .snapshots
                .iter()
                .map(|dump| dump.label.clone())
                .collect();
            let places = columns(labels.len());
            let header = std::iter::once("What piles up".to_owned())
                .chain(places.iter().map(|place| shown(place, &labels)));
            text.table(header.collect(), 1);
            for piled in leak.leaked.iter().take(4) {
                let counts: Vec<String> =
                    piled.counts.iter().map(|&count| grouped(count)).collect();
                let cells = std::iter::once(code_cell(&piled.class.plain()))
                    .chain(places.iter().map(|place| shown(place, &counts)));
                text.cells(cells);
            }
            let sizes: Vec<String> = leak
                .retained_sizes
                .iter()
                .map(|&size| bytes(size))
                .collect();
            text.cells(
                std::iter::once("Kept in all".to_owned())
                    .chain(places.iter().map(|place| shown(place, &sizes))),
            );
            text.line("");
        }
        text.line("From the root to the holder, and on to what piles up:");
        // The first step below is the holder itself in some cases; it stands above already.
        text.block("text", tree(&leak.path, &leak.below).iter());
        text.line(&format!(
            "**Why it is not collected.** {}",
            prose(&leak.why)
        ));
        text.line(&format!(
            "**Pattern.** {} (`{}`, signature `{}`). {}",
            capital(&markdown_cell(leak.pattern_words)),
            leak.pattern,
            leak.signature,
            prose(&leak.evidence)
        ));
        if !leak.against.is_empty() {
            text.line(&format!(
                "**What speaks against it.** {}",
                prose(&leak.against)
            ));
        }
    }
}

fn snapshots(text: &mut Document, dumps: &[Taken]) {
    const COLUMNS: &str = "Label|Taken (UTC)|Heap|Objects|File|File size";
    text.table(COLUMNS.split('|').map(str::to_owned).collect(), 6);
    for dump in dumps {
        let time = match (&dump.taken_at, dump.time_source) {
            (Some(time), Some("mtime")) => {
                format!("{} (file)", time.replace('T', " ").trim_end_matches('Z'))
            }
            (Some(time), _) => time.replace('T', " ").trim_end_matches('Z').to_owned(),
            (None, _) => "not known".to_owned(),
        };
        text.cells([
            dump.label.clone(),
            time,
            dump.total_size.map_or(String::new(), bytes),
            dump.objects.map_or(String::new(), grouped),
            code_cell(&dump.file.plain()),
            dump.file_bytes.map_or(String::new(), bytes),
        ]);
    }
    text.line("");
}

/// A table of classes by intervals: how many more objects, and how much more they retain.
fn growing(text: &mut Document, rows: &[Growing], dumps: &[Taken]) {
    if rows.is_empty() {
        text.line("No class grows at every step.");
        return;
    }
    let labels: Vec<String> = dumps
        .windows(2)
        .map(|pair| format!("{} → {}", pair[0].label, pair[1].label))
        .collect();
    let places = columns(labels.len());
    let first = dumps
        .first()
        .map_or(String::new(), |dump| dump.label.clone());
    let header = ["Class".to_owned(), first]
        .into_iter()
        .chain(places.iter().map(|place| shown(place, &labels)))
        .chain(["In all".to_owned()]);
    text.table(header.collect(), 1);
    for row in rows {
        let sizes = || row.retained_sizes.iter().flatten();
        let unit = Unit::of(sizes().copied().max().unwrap_or(0));
        let change = |from: usize, to: usize| -> String {
            let at = |values: &[Option<u64>], index: usize| values.get(index).copied().flatten();
            let counts = at(&row.counts, from).zip(at(&row.counts, to));
            let sizes = at(&row.retained_sizes, from).zip(at(&row.retained_sizes, to));
            match counts.zip(sizes) {
                Some(((was, is), (small, large))) => format!(
                    "{}, {}",
                    grouped_delta(is as i64 - was as i64),
                    unit.change(large as i64 - small as i64)
                ),
                None => "?".to_owned(),
            }
        };
        let steps: Vec<String> = (1..dumps.len()).map(|to| change(to - 1, to)).collect();
        let begin = match (row.counts.first(), row.retained_sizes.first()) {
            (Some(Some(count)), Some(Some(size))) => {
                format!("{}, {}", grouped(*count), unit.size(*size))
            }
            _ => "?".to_owned(),
        };
        let name = match &row.place {
            Some(place) => format!("{} {}", code_cell(&row.class.plain()), prose(place)),
            None => code_cell(&row.class.plain()),
        };
        let cells = [name, begin]
            .into_iter()
            .chain(places.iter().map(|place| shown(place, &steps)))
            .chain([change(0, dumps.len() - 1)]);
        text.cells(cells);
    }
    text.line("");
    text.line("Each cell: instances and retained size. What one class retains may be counted again in another.");
}

/// The unit of the sizes in a row of a table, so that they can be compared at a glance.
#[derive(Debug, Clone, Copy)]
struct Unit {
    name: &'static str,
    bytes: f64,
    decimals: usize,
}

impl Unit {
    /// The unit in which the largest of them is read best.
    fn of(largest: u64) -> Self {
        let (name, bytes, decimals) = match largest {
            0..1_000 => ("B", 1.0, 0),
            1_000..1_000_000 => ("kB", 1e3, 1),
            1_000_000..1_000_000_000 => ("MB", 1e6, 2),
            _ => ("GB", 1e9, 2),
        };
        Self {
            name,
            bytes,
            decimals,
        }
    }

    fn size(self, size: u64) -> String {
        let (value, decimals) = (size as f64 / self.bytes, self.decimals);
        format!("{value:.decimals$} {}", self.name)
    }

    fn change(self, delta: i64) -> String {
        match delta {
            0 => self.size(0),
            _ => {
                let sign = if delta < 0 { '−' } else { '+' };
                format!("{sign}{}", self.size(delta.unsigned_abs()))
            }
        }
    }
}

fn consumers(text: &mut Document, consumers: &[Consumer]) {
    if consumers.is_empty() {
        text.line("No single object keeps much of the heap.");
        return;
    }
    text.line("What keeps most of the last snapshot, whether it grows or not:");
    for (at, consumer) in consumers.iter().enumerate() {
        let mostly = consumer.mostly.as_ref().map_or(String::new(), |piled| {
            let count = piled.counts.last().copied().unwrap_or(0);
            format!(", mostly {} {}", grouped(count), code(&piled.class.plain()))
        });
        text.line(&format!(
            "**{}. {}** keeps {} ({:.1}% of the heap){mostly}.",
            at + 1,
            prose(&consumer.name),
            bytes(consumer.retained_size),
            consumer.share * 100.0
        ));
        text.block("text", tree(&consumer.path, &[]).iter());
    }
}

fn collections(text: &mut Document, gc: &Collections) {
    let span = Duration::try_from_secs_f64(gc.span_ms / 1000.0).unwrap_or_default();
    let which = match gc.full {
        0 | 1 => "after collections",
        _ => "after full collections",
    };
    text.line(&format!(
        "{}: {} collections in {}, {} of them full. The heap {which} went from {} to {}.",
        code(&gc.file),
        grouped(gc.count as u64),
        duration(span),
        grouped(gc.full as u64),
        bytes(gc.first_after),
        bytes(gc.last_after)
    ));
    let share = gc.paused_ms / gc.span_ms.max(1.0) * 100.0;
    let full = gc.full_pause_p95_ms.map_or(String::new(), |p95| {
        format!(" (full collections: {})", ms(p95))
    });
    text.line(&format!(
        "Pauses: 95 of 100 took at most {}{full}, the longest {}; together {} ({share:.1}% of the time).",
        ms(gc.pause_p95_ms),
        ms(gc.longest_pause_ms),
        ms(gc.paused_ms)
    ));
    text.line("The heap after each collection (the least in each column):");
    text.block("text", gc.chart.iter());
    text.line("The lines that tell most:");
    text.block("text", gc.excerpt.iter());
    let mut left_out = Vec::new();
    if gc.damaged_lines > 0 {
        left_out.push(format!("{} damaged lines", grouped(gc.damaged_lines)));
    }
    if gc.other_isolates > 0 {
        left_out.push(format!(
            "{} other isolates (threads or processes)",
            gc.other_isolates
        ));
    }
    if !left_out.is_empty() {
        text.line(&format!("Left out: {}.", left_out.join(", ")));
    }
}

fn ms(ms: f64) -> String {
    match ms {
        _ if ms < 10.0 => format!("{ms:.1} ms"),
        _ => duration(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()),
    }
}

fn commands(text: &mut Document, commands: &[Command]) {
    let lines = commands.iter().flat_map(|command| {
        [
            format!("# {}", one_line(&command.figures)),
            one_line(&command.command).into_owned(),
        ]
    });
    text.block("sh", lines.collect::<Vec<_>>().iter());
}

fn validation(text: &mut Document, found: &Validation) {
    text.line(&format!("**{}**", prose(&found.summary)));
    text.table(["", "Before", "After", ""].map(str::to_owned).to_vec(), 4);
    text.cells([
        "Heap".to_owned(),
        found.heap_before.clone(),
        found.heap_after.clone(),
        String::new(),
    ]);
    for leak in &found.leaks {
        text.cells([
            format!(
                "{} in {}",
                code_cell(&leak.class.plain()),
                cell(&prose(&leak.holder_name))
            ),
            arrows(&leak.counts_before),
            arrows(&leak.counts_after),
            cell(&markdown_cell(&leak.outcome)),
        ]);
    }
    text.line("");
    commands(text, &found.commands);
}

/// Which columns of many are shown; nothing stands for those that are left out.
fn columns(count: usize) -> Vec<Option<usize>> {
    if count <= COLUMNS {
        return (0..count).map(Some).collect();
    }
    let begin = (0..2).map(Some);
    let end = (count - (COLUMNS - 2)..count).map(Some);
    begin.chain([None]).chain(end).collect()
}

fn shown(place: &Option<usize>, values: &[String]) -> String {
    match place {
        Some(at) => values.get(*at).cloned().unwrap_or_default(),
        None => "…".to_owned(),
    }
}

/// A sentence: code in it becomes code, the rest has no mark-up.
fn prose(sentence: &Said) -> String {
    let mut text = String::new();
    let mut inside: Option<String> = None;
    for span in sentence.spans() {
        match (&mut inside, span.kind) {
            (None, SpanKind::Tick) => inside = Some(String::new()),
            (Some(name), SpanKind::Tick) => {
                text.push_str(&code(name));
                inside = None;
            }
            (Some(name), _) => name.push_str(&span.text),
            (None, _) => text.push_str(&markdown_cell(&span.text)),
        }
    }
    text.push_str(&inside.map_or(String::new(), |name| code(&name)));
    text
}

/// A name as code.
fn code(name: &str) -> String {
    let name = one_line(name);
    match name.contains('`') {
        true => format!("`` {name} ``").replace("```", "` ``"),
        false if name.is_empty() => "(no name)".to_owned(),
        false => format!("`{name}`"),
    }
}

/// A name as code within a table, where a bar would end the cell even in code.
fn code_cell(name: &str) -> String {
    cell(&code(name))
}

fn cell(text: &str) -> String {
    text.replace("\\|", "|").replace('|', "\\|")
}

/// Text with the parts of Markdown that a report needs. Writing to a String cannot fail.
#[derive(Default)]
struct Document(String);

impl Document {
    fn heading(&mut self, level: usize, title: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        let _ = writeln!(self.0, "{} {title}\n", "#".repeat(level));
    }

    /// A paragraph; an empty one ends a table.
    fn line(&mut self, text: &str) {
        let _ = match text {
            "" => writeln!(self.0),
            text => writeln!(self.0, "{text}\n"),
        };
    }

    fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.cells(cells.map(str::to_owned));
    }

    fn cells(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push('|');
        for cell in cells {
            let _ = write!(self.0, " {cell} |");
        }
        self.0.push('\n');
    }

    /// The header of a table, of which the first `texts` columns are texts.
    fn table(&mut self, header: Vec<String>, texts: usize) {
        let rule: String = (0..header.len())
            .map(|at| if at < texts { ":---|" } else { "---:|" })
            .collect();
        self.cells(header);
        let _ = writeln!(self.0, "|{rule}");
    }

    /// Lines as they are, which are escaped already.
    fn block<'l>(&mut self, kind: &str, lines: impl Iterator<Item = &'l String>) {
        let lines: Vec<&String> = lines.collect();
        let fence = match lines.iter().any(|line| line.contains("```")) {
            true => "``````",
            false => "```",
        };
        let _ = writeln!(self.0, "{fence}{kind}");
        for line in lines {
            let _ = writeln!(self.0, "{line}");
        }
        let _ = writeln!(self.0, "{fence}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::mask::Reveal;
    use crate::text::span::Spans;

    #[test]
    fn names_are_code_and_the_rest_is_plain() {
        let said = |text: Spans| prose(&Said::of(&text, Reveal::All));
        let edge = |name: &'static str| Spans::new().edge(name);
        assert_eq!(
            said(
                Spans::new()
                    .code(edge("a.b_c"))
                    .note(" (a Map) holds <img> *x*")
            ),
            "`a.b_c` (a Map) holds &lt;img&gt; \\*x\\*"
        );
        assert_eq!(said(edge("one ` <b>")), "one \\` &lt;b&gt;");
        assert_eq!(said(Spans::new().code(edge("a ` b"))), "`` a ` b ``");
        assert_eq!(said(edge("a\u{1b}[2J")), "a\\\\u{1b}\\[2J");
        assert_eq!(code_cell("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
    }

    #[test]
    fn many_columns_lose_their_middle() {
        assert_eq!(columns(2), [Some(0), Some(1)]);
        assert_eq!(
            columns(9),
            [Some(0), Some(1), None, Some(6), Some(7), Some(8)]
        );
    }

    #[test]
    fn megabytes_have_two_decimals() {
        assert_eq!(Unit::of(1_200_000).change(148_000), "+0.15 MB");
        assert_eq!(Unit::of(2_500_000).change(-2_500_000), "−2.50 MB");
        assert_eq!(Unit::of(39_000).size(900), "0.9 kB");
        assert_eq!(Unit::of(900).change(0), "0 B");
    }
}
