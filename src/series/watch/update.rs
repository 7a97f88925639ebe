//! What a look at the folders finds.

use std::path::PathBuf;

use crate::series::Series;
use crate::series::dump::Dump;

/// What happened to a dump, as it is now.
#[derive(Debug, Clone)]
pub enum Change {
    /// It was not there before. The first look reports everything so.
    Added(Dump),
    /// Its size, state or problem changed; what was complete before still is.
    Changed(Dump),
    /// It was complete, and the file is now another: whatever was loaded of it is out of date.
    Replaced(Dump),
    /// The same file has another name; what was loaded of it still holds.
    Renamed {
        /// The name that it had.
        from: PathBuf,
        /// What it is now.
        dump: Dump,
    },
    /// It is not there any more.
    Removed(Dump),
    /// Folders became readable or unreadable: see [`Series::problems`].
    Problems,
}

/// What is there, and what of it is new.
#[derive(Debug, Clone)]
pub struct Update {
    /// All dumps, arranged and labelled. Figures are not known here: see [`Series::carry_over`].
    pub series: Series,
    /// What changed since the update before; the first one tells of all dumps.
    pub changes: Vec<Change>,
}
