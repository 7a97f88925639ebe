//! A report in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use crate::text::escape::{markdown_cell, one_line};
use crate::text::units::{bytes, bytes_delta, duration, grouped};
use crate::text::wrap::capital;

use super::document::{Document, cell, code, code_cell, columns, prose, shown};
use super::draw::tree;
use super::gc::Collections;
use super::growing::growing;
use super::template::{TO_FILL_IN, Template, VALIDATION};
use super::validation::arrows;
use crate::analysis::suspects::Outcome;

use super::{Command, Consumer, Impact, Leak, Report, Taken, Validation};

/// From this share of the growth on it is said how much is code and the engine's own data.
const CODE: f64 = 0.1;

/// Paths longer than this, in bytes, stand once above the commands.
const LONG: usize = 40;

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
            explained_of_data,
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
            let mut share = format!("{:.0}% of the heap's growth", explained * 100.0);
            if let Some(data) = explained_of_data.filter(|data| data - explained > CODE) {
                let data = format!(
                    ", {:.0}% of that of JavaScript data; the rest is code and the engine's own",
                    data * 100.0
                );
                share.push_str(&data);
            }
            text.row(["Explained by the likely leaks", &share]);
        }
        text.line("");
    }

    fn leak(&self, text: &mut Document, leak: &Leak) {
        let percent = (leak.confidence * 100.0).floor();
        let verdict = match leak.accused {
            true => format!("confidence {percent:.0}%"),
            false => format!("weak suspect, confidence {percent:.0}%"),
        };
        let pattern = capital(&markdown_cell(leak.pattern_words));
        text.heading(3, &format!("{}. {pattern} ({verdict})", leak.rank));
        text.line(&prose(&leak.what));
        text.line(&format!("**What to change.** {}", prose(&leak.advice)));
        if let Some((header, places)) = leak.places.split_first() {
            text.line(&prose(header));
            for place in places {
                let _ = writeln!(text.0, "{}", prose(place));
            }
            text.line("");
        }
        if let Some(place) = &leak.change {
            let told = place.told();
            let lines = told.iter().map(|line| one_line(line).into_owned());
            text.block("text", lines.collect::<Vec<_>>().iter());
        }
        if let Some(own) = &leak.created_in {
            text.line(&format!(
                "**Created in.** {}, as a sampling profile of the process shows.",
                prose(own)
            ));
        }
        if !leak.leaked.is_empty() && leak.retained_sizes.len() > 1 {
            self.growth_of_leak(text, leak);
        }
        text.line("From the root to the holder, and on to what piles up:");
        // The first step below is the holder itself in some cases; it stands above already.
        text.block("text", tree(&leak.path, &leak.below).iter());
        text.line(&format!(
            "**Why it is not collected.** {}",
            prose(&leak.why)
        ));
        text.line(&format!(
            "**Pattern.** {pattern} (`{}`, signature `{}`). {}",
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

    /// What piles up, dump by dump.
    fn growth_of_leak(&self, text: &mut Document, leak: &Leak) {
        let labels = self.snapshots.iter().map(|dump| dump.label.clone());
        let labels: Vec<String> = labels.collect();
        let places = columns(labels.len());
        let row = |title: &str, cells: &[String]| {
            let cells = places.iter().map(|place| shown(place, cells));
            std::iter::once(title.to_owned())
                .chain(cells)
                .collect::<Vec<_>>()
        };
        text.table(row("What piles up", &labels), 1);
        for piled in leak.leaked.iter().take(4) {
            let counts: Vec<String> = piled.counts.iter().map(|&count| grouped(count)).collect();
            text.cells(row(&code_cell(&piled.name.plain()), &counts));
        }
        let sizes: Vec<String> = leak
            .retained_sizes
            .iter()
            .map(|&size| bytes(size))
            .collect();
        text.cells(row("Kept in all", &sizes));
        text.line("");
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

fn consumers(text: &mut Document, consumers: &[Consumer]) {
    if consumers.is_empty() {
        text.line("No single object keeps much of the heap.");
        return;
    }
    text.line("What keeps most of the last snapshot, whether it grows or not:");
    for (at, consumer) in consumers.iter().enumerate() {
        let mostly = consumer.mostly.as_ref().map_or(String::new(), |piled| {
            let count = piled.counts.last().copied().unwrap_or(0);
            format!(", mostly {} {}", grouped(count), code(&piled.name.plain()))
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

/// The commands, in which long paths stand once.
fn commands(text: &mut Document, commands: &[Command]) {
    let first = commands.first().map(|first| first.command.as_str());
    let dumps = first.and_then(|first| first.strip_prefix("heaptui info "));
    let dumps = dumps.filter(|dumps| dumps.len() > LONG);
    let mut lines: Vec<String> = Vec::new();
    lines.extend(dumps.map(|dumps| format!("set -- {}", one_line(dumps))));
    for Command { figures, command } in commands {
        let command = match dumps {
            Some(dumps) => command.replacen(dumps, "\"$@\"", 1),
            None => command.clone(),
        };
        lines.push(format!("# {}", one_line(figures)));
        lines.push(one_line(&command).into_owned());
    }
    text.block("sh", lines.iter());
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
