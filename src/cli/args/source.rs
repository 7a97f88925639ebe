//! The options about code.

use std::path::PathBuf;

use clap::Args;

use crate::source::{Moved, Options};

/// Where the code is that the dumps tell places of.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct SourceArgs {
    /// Scripts of FROM are at TO on this host, such as /app=/srv/app or /=/proc/4711/root; may be given several times
    #[arg(long, value_name = "FROM=TO")]
    pub source_root: Vec<Moved>,
    /// Source maps in this folder too, besides those beside the scripts; may be given several times
    #[arg(long, value_name = "DIR")]
    pub source_maps: Vec<PathBuf>,
    /// Read no code and no source map: places as the dumps have them
    #[arg(long, conflicts_with_all = ["source_root", "source_maps"])]
    pub no_source: bool,
}

impl SourceArgs {
    /// Where to look for code.
    pub(in crate::cli) fn options(&self) -> Options {
        Options {
            moved: self.source_root.clone(),
            maps: self.source_maps.clone(),
            off: self.no_source,
        }
    }
}
