//! The arguments of gates and of counts over many processes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::{Format, FormatArgs, Limit, SeriesArgs};
use super::source::SourceArgs;
use super::values::{MaxCount, parse_max_count, parse_size};

/// Fails on a leak, and on limits that are exceeded.
///
/// Exit status: 0 healthy; 1 a leak, or a limit exceeded; 2 something that was named cannot be read; 3 inconclusive: fewer
/// than three dumps, dumps that cannot be compared, a dump of the folder that cannot be read, or a limit for an hour with
/// dumps less than a minute apart. The reasons are printed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Fail when the heap grew by more than this from the first dump to the last, such as 10M
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_growth: Option<u64>,
    /// Fail when the heap grows by more than this in an hour
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_growth_per_hour: Option<u64>,
    /// Fail when the last dump has more objects of a class than this; may be given several times
    #[arg(long, value_name = "CLASS=N", value_parser = parse_max_count)]
    pub max_count: Vec<MaxCount>,
    /// Exit with 0 where it cannot be told (status 3 otherwise)
    #[arg(long)]
    pub allow_inconclusive: bool,
    /// Let the leaks of this file pass: [[leak]] with signature and reason, and perhaps until = "2027-01-31" and
    /// max_growth_per_hour = "10M", after which it fails again
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    /// Add the leaks that are found to this file, for --known; their reasons are left to be written
    #[arg(long, value_name = "FILE")]
    pub write_known: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub limit: Limit,
    /// How to print: JSON, CSV and Markdown are never cut unless --limit is given
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum CheckFormat {
    /// Aligned columns, fitted to the terminal
    #[default]
    Table,
    /// One JSON object; sizes in bytes
    Json,
    /// Comma-separated values with a header line; sizes in bytes
    Csv,
    /// A Markdown table
    Markdown,
    /// JUnit's XML; nothing that may be data of the program
    Junit,
    /// SARIF 2.1.0; nothing that may be data of the program
    Sarif,
    /// Annotations of GitHub Actions; nothing that may be data of the program
    Github,
}

impl CheckFormat {
    /// The format of other commands that this is, if it is one.
    pub(in crate::cli) fn common(self) -> Option<FormatArgs> {
        let format = match self {
            Self::Table => Format::Table,
            Self::Json => Format::Json,
            Self::Csv => Format::Csv,
            Self::Markdown => Format::Markdown,
            Self::Junit | Self::Sarif | Self::Github => return None,
        };
        Some(FormatArgs { format })
    }
}

/// Counts the likely leaks of many processes by signature: which leak is in how many of them, since when, how fast.
///
/// Reads what heaptui suspects, check and report wrote with --format json.
#[derive(Debug, Args)]
pub(in crate::cli) struct Fleet {
    /// Reports, each of one process; the reports in a directory are of one process together, which is called after it
    #[arg(value_name = "REPORT.json", required = true)]
    pub reports: Vec<PathBuf>,
    /// Show names that may be data of the program too
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}
