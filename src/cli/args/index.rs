//! The arguments of the command for indexes.

use std::path::PathBuf;

use clap::Args;

use super::common::FormatArgs;
use super::values::parse_size;

#[derive(Debug, Args)]
pub(in crate::cli) struct Index {
    /// Dumps and directories of dumps to index; with --clean those whose indexes go
    #[arg(value_name = "PATH", required_unless_present_any = ["list", "clean"])]
    pub paths: Vec<PathBuf>,
    /// List the indexes that there are
    #[arg(long, conflicts_with_all = ["clean", "paths"])]
    pub list: bool,
    /// Remove all indexes, or those of the dumps that are named
    #[arg(long)]
    pub clean: bool,
    /// Dumps in the folders of directories too
    #[arg(long)]
    pub recursive: bool,
    /// The memory that a dump may need, such as 500M, 1.5G or 512MiB; what is available if not given
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// What all indexes may take on the disk, such as 5G; HEAPTUI_INDEX_LIMIT, or 10G, if not given. Those not used
    /// for longest go first
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub index_limit: Option<u64>,
    #[command(flatten)]
    pub format: FormatArgs,
}
