//! The arguments of `doctor`, and what `--version` says.

use std::path::PathBuf;

use clap::Args;

use super::common::FormatArgs;

/// Looks at the host; reads no dump and writes nothing.
#[derive(Debug, Args)]
pub(in crate::cli) struct Doctor {
    /// Folders to be watched for new dumps; the current directory if none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// The version, the commit that it was built from where the build says so, and the features.
pub(in crate::cli) fn version() -> &'static str {
    static VERSION: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        let commit =
            option_env!("HEAPTUI_COMMIT").map_or("", |commit| commit.get(..9).unwrap_or(commit));
        let built = match commit {
            "" => "commit unknown".to_owned(),
            commit => format!("commit {commit}"),
        };
        let features = [
            ("capture", cfg!(feature = "capture")),
            ("export", cfg!(feature = "export")),
            ("mcp", cfg!(feature = "mcp")),
        ];
        let features = features.map(|(name, is)| format!("{}{name}", if is { '+' } else { '-' }));
        format!("{version} ({built}, {})", features.join(" "))
    });
    &VERSION
}
