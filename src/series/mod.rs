//! series
use std::path::PathBuf;
/// What the explorer is asked to open.
#[derive(Debug, Clone, Default)]
pub struct Exploration {
    /// Dumps and directories of dumps.
    pub paths: Vec<PathBuf>,
}
