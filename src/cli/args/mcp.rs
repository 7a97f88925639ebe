//! The arguments of the server for agents.

use clap::Args;

use super::common::SeriesArgs;
use super::source::SourceArgs;

/// Serves dumps to a coding agent, by the Model Context Protocol on standard input and output.
///
/// A dozen tools over the same questions that the commands answer; heaptui help agents explains them. Ends when the client
/// closes standard input.
#[derive(Debug, Args)]
pub(in crate::cli) struct Mcp {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Show values of strings, and names that may be data of the program; an agent cannot ask for that
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub source: SourceArgs,
}
