//! The command for the owners of code.

use clap::{Args, ValueEnum};

use super::common::{FormatArgs, Limit, SeriesArgs};
use super::source::SourceArgs;
use crate::analysis::owners::By;

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
