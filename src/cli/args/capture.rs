//! The arguments of commands that look at running processes.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::common::{Format, FormatArgs, IndexArgs};
use super::values::parse_span;
use crate::capture::Target;
use crate::index::Cache;

#[derive(Debug, Args)]
pub(in crate::cli) struct Ps {
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Which process.
#[derive(Debug, Args)]
pub(in crate::cli) struct TargetArgs {
    /// The process; see heaptui ps
    #[arg(value_name = "PID", required_unless_present_any = ["port", "target"], conflicts_with = "port")]
    pub pid: Option<u32>,
    /// The port of an inspector that is open already, on this host: Node, Deno, Chrome, Electron, workerd
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Of several targets of the inspector the one whose title or URL holds this; at port 9222 unless --port is given
    #[arg(long, value_name = "TITLE")]
    pub target: Option<String>,
}

/// Where Chrome and Electron listen by custom.
const BROWSER_PORT: u16 = 9222;

impl TargetArgs {
    /// Whom to talk to.
    pub(in crate::cli) fn target(&self) -> Target {
        match self.pid {
            Some(pid) if self.target.is_none() => Target::Process(pid),
            _ => Target::Port(self.port.unwrap_or(BROWSER_PORT), self.target.clone()),
        }
    }
}

/// Takes dumps of a running process, so that it survives.
///
/// The ways, safest first: a signal on which it writes a dump itself (--heapsnapshot-signal), an inspector that listens
/// already, SIGUSR1 on which Node opens one, which is closed again afterwards. A signal that the process does not catch
/// is never sent. Before each dump it is reckoned what the dump takes in the process; what does not fit is refused.
#[derive(Debug, Args)]
pub(in crate::cli) struct Capture {
    #[command(flatten)]
    pub target: TargetArgs,
    /// The folder for the dumps; made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,
    /// How many dumps
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub count: u32,
    /// How long from one to the next, such as 30s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_span)]
    pub every: Duration,
    /// The longest pause that the process may be given
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub max_pause: Option<Duration>,
    /// Its worker threads too, each into its own file
    #[arg(long)]
    pub workers: bool,
    /// Dump even where there is no room: the process may be killed for it
    #[arg(long)]
    pub force: bool,
    /// Say what would be done and what it needs; sends nothing
    #[arg(long, conflicts_with_all = ["port", "target"])]
    pub dry_run: bool,
    /// Do not open the explorer afterwards
    #[arg(long)]
    pub no_explorer: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

impl Capture {
    /// The folder to explore afterwards, if it is to be, and with which indexes.
    pub(in crate::cli) fn explored(&self) -> Option<(PathBuf, Cache)> {
        let explores = !self.no_explorer
            && !self.dry_run
            && std::io::stdout().is_terminal()
            && self.format.format == Format::Table;
        explores.then(|| (self.output.clone(), self.index.cache()))
    }
}

/// Samples who allocates in a running process: costs it some megabytes and milliseconds, and no pause.
#[derive(Debug, Args)]
pub(in crate::cli) struct Live {
    #[command(flatten)]
    pub target: TargetArgs,
    /// Write the profile into this folder; made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,
    /// How long to sample, such as 30s or 5m; if not given, until you quit the explorer, and 30s without it
    #[arg(long = "for", value_name = "TIME", value_parser = parse_span)]
    pub span: Option<Duration>,
    /// On a terminal: how often the profile is written anew, and the flame graph moves
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = parse_span)]
    pub every: Duration,
    /// Do not open the explorer
    #[arg(long)]
    pub no_explorer: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

impl Live {
    /// Whether the flame graph is shown in the explorer meanwhile.
    pub(in crate::cli) fn explores(&self) -> bool {
        !self.no_explorer && std::io::stdout().is_terminal() && self.format.format == Format::Table
    }
}
