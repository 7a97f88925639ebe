//! Commands whose result can be drawn: paths and dominators.

use clap::{Args, ValueEnum};

use super::common::{DumpArgs, FilterArgs, Format, Limit, Printed};
use super::values::parse_id;
use crate::analysis::owners;

#[derive(Debug, Args)]
pub(in crate::cli) struct PathFormatArgs {
    /// How to print: JSON, CSV and Markdown are never cut unless --limit is given
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: PathFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum PathFormat {
    /// Aligned columns, fitted to the terminal
    #[default]
    Table,
    /// One JSON object; sizes in bytes
    Json,
    /// Comma-separated values with a header line; sizes in bytes
    Csv,
    /// A Markdown table
    Markdown,
    /// A graph for Graphviz
    Dot,
}

impl Printed for PathFormatArgs {
    fn listing(&self) -> Format {
        match self.format {
            PathFormat::Table | PathFormat::Dot => Format::Table,
            PathFormat::Json => Format::Json,
            PathFormat::Csv => Format::Csv,
            PathFormat::Markdown => Format::Markdown,
        }
    }
}

#[derive(Debug, Args)]
#[group(id = "target", required = true, multiple = false, args = ["id", "class"])]
pub(in crate::cli) struct PathTo {
    #[command(flatten)]
    pub dump: DumpArgs<PathFormatArgs>,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// The object's id
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    pub id: Option<u32>,
    /// All objects of this class, by its exact name, merged by the shape of their paths
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    #[command(flatten)]
    pub limit: Limit,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DominatorFormatArgs {
    /// How to print: JSON, CSV and Markdown are never cut unless --limit is given
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DominatorFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum DominatorFormat {
    /// Aligned columns, fitted to the terminal
    #[default]
    Table,
    /// One JSON object; sizes in bytes
    Json,
    /// Comma-separated values with a header line; sizes in bytes
    Csv,
    /// A Markdown table
    Markdown,
    /// A graph for Graphviz: the chain to the object, or of the whole heap what retains most
    Dot,
    /// What the object, or the heap, retains, merged: one line for each stack, for flame graph tools
    Collapsed,
    /// The same as the JSON that speedscope reads
    Speedscope,
}

impl Printed for DominatorFormatArgs {
    fn listing(&self) -> Format {
        match self.format {
            DominatorFormat::Json => Format::Json,
            DominatorFormat::Csv => Format::Csv,
            DominatorFormat::Markdown => Format::Markdown,
            _ => Format::Table,
        }
    }
}

/// Shows the dominators of an object up to the root, or draws what is retained, merged by class or owner.
#[derive(Debug, Args)]
pub(in crate::cli) struct Dominators {
    #[command(flatten)]
    pub dump: DumpArgs<DominatorFormatArgs>,
    /// The object's id; of the whole heap there are drawings only
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    pub id: Option<u32>,
    /// What drawings are merged by
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub by: MergedBy,
    #[command(flatten)]
    pub limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum MergedBy {
    /// Classes
    #[default]
    Class,
    /// Packages whose code keeps it
    Package,
    /// Scripts whose code keeps it
    Script,
    /// Folders of these
    Folder,
}

impl MergedBy {
    /// What owners are told apart by; `None` for classes.
    pub(in crate::cli) fn owners(self) -> Option<owners::By> {
        match self {
            Self::Class => None,
            Self::Package => Some(owners::By::Package),
            Self::Script => Some(owners::By::Script),
            Self::Folder => Some(owners::By::Folder),
        }
    }
}
