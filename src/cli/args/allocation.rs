//! Arguments of the commands about allocations: profiles and timelines.

use clap::{Args, ValueEnum};

use super::common::{DumpArgs, FilterArgs, Format, Limit, SeriesArgs};
use super::values::{name, parse_id};
use crate::profile::By;

#[derive(Debug, Args)]
pub(in crate::cli) struct Profile {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// The profile to look at: a label (p1, p2, … by time), file name or path
    #[arg(long, value_name = "pN|FILE", conflicts_with_all = ["from", "to"], value_parser = name())]
    pub at: Option<String>,
    /// Compare with this profile; the first one if only --to is given
    #[arg(long, value_name = "pA|FILE", value_parser = name())]
    pub from: Option<String>,
    /// The profile to compare; the last one if only --from is given
    #[arg(long, value_name = "pB|FILE", value_parser = name())]
    pub to: Option<String>,
    /// What a row is
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub by: ProfileBy,
    /// The size that counts: what was allocated in a function itself, or with what it called
    #[arg(long, value_enum, default_value_t, value_name = "SIZE")]
    pub sort: ProfileSort,
    /// Only rows whose names match, fuzzily: the letters in their order, others between them
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    #[command(flatten)]
    pub limit: Limit,
    /// How to print: JSON, CSV and Markdown are never cut unless --limit is given
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ProfileFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum ProfileBy {
    /// A function
    #[default]
    Function,
    /// A script
    File,
    /// A package below node_modules
    Package,
    /// A call path: a function and those that called it
    Path,
}

impl ProfileBy {
    /// What functions are put together by; `None` for call paths.
    pub(in crate::cli) fn groups(self) -> Option<By> {
        match self {
            Self::Function => Some(By::Function),
            Self::File => Some(By::File),
            Self::Package => Some(By::Package),
            Self::Path => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum ProfileSort {
    /// What was allocated in a function itself
    #[default]
    #[value(name = "self")]
    Own,
    /// What was allocated in a function and in what it called
    Total,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum ProfileFormat {
    /// Aligned columns, fitted to the terminal
    #[default]
    Table,
    /// One JSON object; sizes in bytes
    Json,
    /// Comma-separated values with a header line; sizes in bytes
    Csv,
    /// A Markdown table
    Markdown,
    /// One line for each stack, for flame graph tools
    Collapsed,
    /// The JSON that speedscope reads
    Speedscope,
}

impl ProfileFormat {
    /// The format that every command has; `None` for exports.
    pub(in crate::cli) fn listing(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Markdown => Some(Format::Markdown),
            Self::Collapsed | Self::Speedscope => None,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Allocations {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// The stack that allocated this object
    #[arg(long, value_name = "ID", value_parser = parse_id, conflicts_with_all = ["class", "timeline", "which"])]
    pub id: Option<u32>,
    /// Only the stacks that allocated objects of this class, by its exact name
    #[arg(long, value_name = "NAME", conflicts_with = "timeline")]
    pub class: Option<String>,
    /// What was allocated when, instead of where
    #[arg(long, conflicts_with = "which")]
    pub timeline: bool,
    #[command(flatten)]
    pub limit: Limit,
}
