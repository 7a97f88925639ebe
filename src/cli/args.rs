//! What can be said on the command line.

mod allocation;
#[cfg(feature = "capture")]
mod capture;
mod common;
mod doctor;
mod drawing;
mod explore;
#[cfg(feature = "export")]
mod export;
mod first;
mod gate;
mod index;
#[cfg(feature = "mcp")]
mod mcp;
mod owners;
mod query;
mod source;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::text::mask::Reveal;
pub(super) use allocation::{Allocations, Profile, ProfileBy, ProfileFormat, ProfileSort};
#[cfg(feature = "capture")]
pub(super) use capture::{Capture, Live, Ps};
pub(super) use common::{
    DumpArgs, FilterArgs, Format, FormatArgs, Holder, Id, IndexArgs, Limit, Printed, Rows,
    SeriesArgs, Sort, index_limit,
};
pub(super) use doctor::{Doctor, version};
pub(super) use drawing::{DominatorFormat, Dominators, PathFormat, PathTo};
pub(super) use explore::{CollectionSort, Collections, Containment, Contexts, Realms, WhatIf, Why};
#[cfg(feature = "export")]
pub(super) use export::Export;
pub(super) use first::command_first;
pub(super) use gate::{Check, CheckFormat, Fleet};
pub(super) use index::Index;
#[cfg(feature = "mcp")]
pub(super) use mcp::Mcp;
pub(super) use owners::Owners;
pub(super) use query::Query;
pub(super) use source::SourceArgs;
pub(super) use values::{MaxCount, Seconds};
use values::{name, parse_seconds, parse_size};

/// Finds what fills a JavaScript heap, and who holds it.
///
/// Without a command, opens the explorer on dumps and directories of dumps. A command's name wins over a file of
/// that name: write ./info to open a file or directory called info.
#[derive(Debug, Parser)]
#[command(name = "heaptui", version = version(), max_term_width = 110)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_long_help = crate::manual::contents())]
pub(super) struct Arguments {
    /// Dumps and directories of dumps for the explorer; the current directory if none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Dumps in the folders of directories too
    #[arg(long)]
    pub recursive: bool,
    /// Look for new dumps this often, instead of waiting for the system to tell; for network file systems
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub poll: Option<Duration>,
    /// The memory that loaded dumps may take, such as 500M, 1.5G or 512MiB; a share of what is available if not given
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Do not leave the processors and disks of the host to other programs first
    #[arg(long, global = true)]
    pub full_speed: bool,
    /// Refuse a dump that needs more memory than there may be, rather than work from disk
    #[arg(long, global = true)]
    pub no_spill: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    /// Begin at this place of the explorer: growth, suspects, s3, s3/strings, s3@1234, s3@1234/why; the key yl copies it
    #[arg(long, value_name = "PLACE")]
    pub open: Option<String>,
    /// Say beside each leak of this file why it is known, and until when; see heaptui check --help
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    /// Settings of the explorer from this file, instead of $XDG_CONFIG_HOME/heaptui/config.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// The explorer without any settings file
    #[arg(long)]
    pub no_config: bool,
    /// Prints a settings file that says what holds without one, keys and all
    #[arg(long)]
    pub print_default_config: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the V8 processes of this host: what a dump of each would cost, and how it can be had
    #[cfg(feature = "capture")]
    Ps(Ps),
    /// Takes dumps of a running process, where it has room for that, and opens the explorer on them
    #[cfg(feature = "capture")]
    Capture(Capture),
    /// Samples who allocates in a running process, without a dump
    #[cfg(feature = "capture")]
    Live(Live),
    /// Lists the dumps: label, time, state, and figures of each
    Info(Info),
    /// Prints how the heap divides into code, strings, arrays and so on
    Statistics(Statistics),
    /// Lists the classes with their counts and sizes
    Summary(Summary),
    /// Compares two dumps: what is new, and what is gone
    Diff(Diff),
    /// Lists the classes by how they grow over the dumps
    Trend(Trend),
    /// Finds the leak: what grows, who holds it, how fast, and what to change
    Suspects(Suspects),
    /// Fails (exit status 1) on a leak, and on limits that are exceeded; 3 where that cannot be told; for CI
    Check(Check),
    /// Counts the leaks of many processes by signature, from reports in JSON
    Fleet(Fleet),
    /// Lists the memory that packages, scripts or folders own, and how it grows
    Owners(Owners),
    /// Writes the report of an incident: what grows, who holds it, why, and how that was found
    Report(Report),
    /// Writes a copy of a dump without the texts in it, to be given to others
    Redact(Redact),
    /// Finds objects by a question: filters that combine, then groups, an order, a limit
    Query(Query),
    /// Lists the objects of a class
    Objects(Objects),
    /// Shows an object and what it refers to
    Object(Object),
    /// Lists who refers to an object
    Retainers(Retainers),
    /// Says why an object is alive: each reference from the root down to it, and what cutting it would free
    Why(Why),
    /// Shows the shortest path from the root to an object, or to the objects of a class
    #[command(visible_alias = "paths")]
    Path(PathTo),
    /// Shows the dominators of an object up to the root
    Dominators(Dominators),
    /// Lists whom an object, or the root, dominates immediately: what goes when it goes
    Dominated(Containment),
    /// Lists what an object, or the root, refers to, as DevTools' Containment view does
    #[command(visible_alias = "roots")]
    Containment(Containment),
    /// Tells what would be freed if objects went, or references were cut: all of them at once
    WhatIf(WhatIf),
    /// Lists what closures captured: contexts by function, their variables, variables that nothing uses
    #[command(visible_alias = "closures")]
    Contexts(Contexts),
    /// Lists the native contexts (pages, frames, workers, realms), and what belongs to each
    Realms(Realms),
    /// Lists Maps, Sets, arrays and dictionaries: how full they are, and what the empty room costs
    Collections(Collections),
    /// Lists the texts that are in the heap more than once, with what their copies cost
    Strings(Strings),
    /// Lists who allocated what: functions of sampling profiles, and how they grow
    Profile(Profile),
    /// Writes dumps as tables in Parquet, for DuckDB, Spark or Polars
    #[cfg(feature = "export")]
    Export(Export),
    /// Serves dumps to a coding agent, by the Model Context Protocol on standard input and output
    #[cfg(feature = "mcp")]
    Mcp(Mcp),
    /// Builds indexes of dumps ahead, so that they open at once; lists them; removes them
    Index(Index),
    /// Lists which functions allocated what is alive, of a dump with recorded allocations; or when
    Allocations(Allocations),
    /// Says what this host offers: memory, terminal, clipboard, indexes; to be pasted into an issue
    Doctor(Doctor),
    /// Prints a completion script for a shell
    Completions(Completions),
    /// Prints the manual page
    Man,
    /// Explains a command, or a topic of the manual
    Help(Help),
}

/// Commands that are about something else than what is in dumps and profiles.
const OTHERS: [&str; 5] = ["capture", "completions", "man", "doctor", "help"];

/// The commands that print what the explorer shows, for those who have no terminal.
pub(super) fn printing() -> String {
    let command = Arguments::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let names: Vec<&str> = names.filter(|name| !OTHERS.contains(name)).collect();
    names.join(", ")
}

impl Command {
    /// Whether it ends by itself when a signal comes, in its own time.
    pub(super) fn ends_by_itself(&self) -> bool {
        #[cfg(feature = "capture")]
        return matches!(self, Self::Capture(_) | Self::Live(_));
        #[cfg(not(feature = "capture"))]
        false
    }

    /// The folder to explore when the command is done, if any, and with which indexes.
    pub(super) fn explored(&self) -> Option<(PathBuf, crate::index::Cache)> {
        match self {
            #[cfg(feature = "capture")]
            Self::Capture(capture) => capture.explored(),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Help {
    /// A command, or a topic of the manual; lists both if none is given
    #[arg(value_name = "COMMAND|TOPIC")]
    pub about: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Info {
    #[command(flatten)]
    pub series: SeriesArgs,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Args)]
pub(super) struct Statistics {
    #[command(flatten)]
    pub dump: DumpArgs,
}

#[derive(Debug, Args)]
pub(super) struct Summary {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Only the classes of exactly this name
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// The base: a label, file name or path; the dump before the other one if not given
    #[arg(long, value_name = "sA|FILE", value_parser = name())]
    pub from: Option<String>,
    /// The dump to compare with it; the last complete one if not given
    #[arg(long, value_name = "sB|FILE", value_parser = name())]
    pub to: Option<String>,
    /// Only the classes of exactly this name
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// Only rows whose names match, fuzzily: the letters in their order, others between them
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Args)]
pub(super) struct Trend {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Only the classes of exactly this name
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// Only rows whose names match, fuzzily: the letters in their order, others between them
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Args)]
pub(super) struct Suspects {
    #[command(flatten)]
    pub series: SeriesArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    /// Say which leaks are known, by this file; see heaptui check --help
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Writes the report of an incident, in Markdown or JSON.
///
/// Values of strings are masked, and so is what looks like a credential, wherever it stands.
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Write to this file, which only its owner can read; to standard output if not given or -
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over another dump or profile, too; never over one that was read
    #[arg(long)]
    pub force: bool,
    /// Dumps from before a fix, to compare the growth with; PATH if not given
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub before: Vec<PathBuf>,
    /// Dumps from after a fix: does it still grow?
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub after: Vec<PathBuf>,
    /// Add sections to fill in: timeline, impact on users, fix, lessons, prevention
    #[arg(long)]
    pub template: bool,
    /// What node --trace-gc printed meanwhile
    #[arg(long, value_name = "FILE")]
    pub gc_log: Option<PathBuf>,
    /// Show values of strings, all but what looks like a credential; or really all
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "values"
    )]
    pub reveal: Option<Revealed>,
    #[command(flatten)]
    pub source: SourceArgs,
    /// Markdown or JSON
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Revealed {
    /// Values of strings, but for what looks like a credential
    Values,
    /// Everything, credentials too
    All,
}

impl From<Option<Revealed>> for Reveal {
    fn from(revealed: Option<Revealed>) -> Self {
        match revealed {
            None => Self::Nothing,
            Some(Revealed::Values) => Self::Values,
            Some(Revealed::All) => Self::All,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ReportFormat {
    /// A document for people
    #[default]
    Markdown,
    /// One JSON object; sizes in bytes
    Json,
}

/// Writes a copy of a dump without the texts in it: the same objects, ids, sizes, references and classes.
///
/// Contents of strings and regular expressions are replaced by their lengths; equal ones stay equal. Names of classes,
/// functions, files, properties and variables stay, if they look like names in code: keys such as an e-mail address are
/// replaced too.
#[derive(Debug, Args)]
pub(super) struct Redact {
    /// The dump, compressed or not
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The copy, which only its owner can read; compressed if its name ends with .gz; - for standard output
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Write over another dump, too; never over the one that is read
    #[arg(long)]
    pub force: bool,
    /// Keep all names of properties and functions, also those that look like data
    #[arg(long)]
    pub keep_names: bool,
}

#[derive(Debug, Args)]
pub(super) struct Objects {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// The class, by its exact name
    #[arg(long, value_name = "NAME")]
    pub class: String,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(super) struct Object {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub id: Id,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(super) struct Retainers {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub id: Id,
    /// Weak references too, which keep nothing alive; they come last
    #[arg(long)]
    pub weak: bool,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(super) struct Strings {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests;
