//! The arguments of questions.

use clap::Args;

use super::common::{DumpArgs, Limit};

/// Finds objects by a question: filters that combine, then groups, an order, a limit.
///
/// Session retained>10kB new(s1,s2) | group holder | top 20; heaptui help queries explains all words. The question comes
/// behind the dumps, as one argument: put it into single quotes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Query {
    // The question is the last of the paths: both are lists of words to a shell.
    #[command(flatten)]
    pub dump: DumpArgs,
    /// Show values of strings, and names that may be data of the program
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub limit: Limit,
}
