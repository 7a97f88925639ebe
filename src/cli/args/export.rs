//! The arguments of tables.

use std::path::PathBuf;

use clap::Args;

use super::common::{FormatArgs, SeriesArgs};

/// Writes dumps as tables in Parquet, for DuckDB, Spark or Polars.
///
/// Below the folder are the tables nodes, edges, dominators, classes, dumps and suspects, each with a file for every dump
/// in partitions by process and label. Several exports into one folder make one set of tables.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Write the tables below this folder
    #[arg(long, value_name = "DIR", required = true)]
    pub parquet: PathBuf,
    /// Call the process so, in place of what the names of its dumps say
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write over tables that are there already
    #[arg(long)]
    pub force: bool,
    /// Write values of strings, and names that may be data of the program
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}
