//! The options about code, and the command for its owners.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::{FormatArgs, Limit, SeriesArgs};
use crate::analysis::owners::By;
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

/// Lists whose code keeps what: packages, scripts or folders, and how that grows.
///
/// What the code of several keeps is listed for them together. (own code) is in no package; node: is Node's; (realm) is
/// what the engine's shared objects keep, such as globals; (none) is reached from no code.
#[derive(Debug, Args)]
pub(in crate::cli) struct Owners {
    #[command(flatten)]
    pub series: SeriesArgs,
    /// What code is told apart by
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub by: OwnersBy,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum OwnersBy {
    /// Packages of node_modules
    #[default]
    Package,
    /// Scripts, or the sources in a bundle
    Script,
    /// Folders of these
    Folder,
}

impl From<OwnersBy> for By {
    fn from(by: OwnersBy) -> Self {
        match by {
            OwnersBy::Package => Self::Package,
            OwnersBy::Script => Self::Script,
            OwnersBy::Folder => Self::Folder,
        }
    }
}
