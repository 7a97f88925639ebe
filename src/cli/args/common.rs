//! Arguments that several commands have: which dumps, objects and rows, and how they are printed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::source::SourceArgs;
use super::values::{Seconds, name, parse_id, parse_seconds_range, parse_size};
use crate::analysis::filter::RetainedBy;
use crate::analysis::summary::SortKey;
use crate::index::Cache;

/// Which dumps.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct SeriesArgs {
    /// Dumps and directories of dumps: a series, labelled s1, s2, … by time
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Of dumps of several processes those of this one; the process with most dumps if not given
    #[arg(long, value_name = "PID|NAME", value_parser = name())]
    pub process: Option<String>,
    /// Dumps in the folders of directories too
    #[arg(long)]
    pub recursive: bool,
    /// The memory that a dump may need, such as 500M, 1.5G or 512MiB; what is available if not given
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    #[command(flatten)]
    pub index: IndexArgs,
}

/// Which dump, and how it is printed.
#[derive(Debug, Args)]
pub(in crate::cli) struct DumpArgs<F: Args = FormatArgs> {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// The dump to look at: a label, file name or path; the last complete one if not given
    #[arg(long, value_name = "sN|FILE", value_parser = name())]
    pub at: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub format: F,
}

/// How a command prints.
pub(in crate::cli) trait Printed {
    /// The format of a list; where it is drawn instead, names are those that people read.
    fn listing(&self) -> Format;
}

impl Printed for FormatArgs {
    fn listing(&self) -> Format {
        self.format
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FormatArgs {
    /// How to print: JSON, CSV and Markdown are never cut unless --limit is given
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Aligned columns, fitted to the terminal
    #[default]
    Table,
    /// One JSON object; sizes in bytes
    Json,
    /// Comma-separated values with a header line; sizes in bytes
    Csv,
    /// A Markdown table
    Markdown,
}

#[derive(Debug, Args)]
#[group(id = "which", multiple = false)]
pub(in crate::cli) struct FilterArgs {
    /// Only objects that were allocated between two dumps, by their ids
    #[arg(long, num_args = 2, value_names = ["sA", "sB"], value_parser = name())]
    pub allocated_between: Option<Vec<String>>,
    /// Only objects that were allocated until a dump
    #[arg(long, value_name = "sA", value_parser = name())]
    pub allocated_before: Option<String>,
    /// Only objects that were allocated after a dump
    #[arg(long, value_name = "sA", value_parser = name())]
    pub allocated_after: Option<String>,
    /// Only objects that were allocated in these seconds of a recorded timeline, such as 1.5..10
    #[arg(long, value_name = "FROM..TO", value_parser = parse_seconds_range)]
    pub allocated_during: Option<Seconds>,
    /// Only objects that one kind of holder keeps alive
    #[arg(long, value_enum, value_name = "HOLDER")]
    pub retained_by: Option<Holder>,
    /// Only strings whose text occurs more than once
    #[arg(long)]
    pub duplicate_strings: bool,
    /// Only objects without a distance from the global objects: garbage, or held by the stack or native code only
    #[arg(long)]
    pub unreachable: bool,
}

impl FilterArgs {
    /// Whether all objects count.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        // Written out, so that a new filter is not forgotten.
        let Self {
            allocated_between: None,
            allocated_before: None,
            allocated_after: None,
            allocated_during: None,
            retained_by: None,
            duplicate_strings: false,
            unreachable: false,
        } = self
        else {
            return false;
        };
        true
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Holder {
    /// DOM nodes outside their document
    DetachedDom,
    /// Variables of closures
    Contexts,
    /// The developer tools' console
    Console,
    /// Listeners of DOM events
    EventHandlers,
}

impl From<Holder> for RetainedBy {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::DetachedDom => Self::DetachedDom,
            Holder::Contexts => Self::Contexts,
            Holder::Console => Self::Console,
            Holder::EventHandlers => Self::EventHandlers,
        }
    }
}

/// Which rows, and in what order.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rows {
    /// Only rows whose names match, fuzzily: the letters in their order, others between them
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// The column to sort by; DevTools' order if not given
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub sort: Option<Sort>,
    #[command(flatten)]
    pub limit: Limit,
}

#[derive(Debug, Args, Clone, Copy)]
pub(in crate::cli) struct Limit {
    /// At most so many rows; 0: all of them
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Sort {
    /// Largest retained size first
    Retained,
    /// Largest shallow size first
    Shallow,
    /// Most objects first
    Count,
    /// Nearest to the roots first
    Distance,
    /// By name
    Name,
}

impl From<Sort> for SortKey {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Retained => Self::Retained,
            Sort::Shallow => Self::Shallow,
            Sort::Count => Self::Count,
            Sort::Distance => Self::Distance,
            Sort::Name => Self::Name,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Id {
    /// The object's id
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    pub id: u32,
}

/// What was computed of dumps, kept in the user's cache folder.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct IndexArgs {
    /// Neither read nor write indexes: what was computed of dumps, kept in the cache folder to open them at once
    #[arg(long)]
    pub no_index: bool,
    /// What all indexes may take on the disk, such as 5G; HEAPTUI_INDEX_LIMIT, or 10G, if not given. Those not used
    /// for longest go first
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub index_limit: Option<u64>,
}

impl IndexArgs {
    /// The indexes to use.
    pub(in crate::cli) fn cache(&self) -> Cache {
        if self.no_index {
            Cache::none()
        } else {
            Cache::of_user(index_limit(self.index_limit))
        }
    }
}

/// What all indexes may take: what the option says, or the environment.
pub(in crate::cli) fn index_limit(asked: Option<u64>) -> Option<u64> {
    asked.or_else(|| parse_size(&std::env::var("HEAPTUI_INDEX_LIMIT").ok()?).ok())
}
