//! What the explorer asks of the terminal.

use crate::source::FilePlace;

/// What is to be done with the terminal, once.
#[derive(Debug, Default)]
pub struct Asked {
    /// Text that its clipboard is to have.
    pub copy: Option<String>,
    /// What the user's editor is to open in it.
    pub edit: Option<FilePlace>,
    /// Whether the process is to stop for a while.
    pub suspend: bool,
    /// Whether the screen is to be drawn from nothing.
    pub repaint: bool,
}
