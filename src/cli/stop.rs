//! Why a command ended before its output did.

use std::io;

use crate::error::Error;

/// The end of a command that was not its own.
#[derive(Debug)]
pub(super) enum Stop {
    /// Nobody reads the output any more; no failure.
    Closed,
    /// The check that was asked for fails; everything is said already.
    Failed,
    /// The check that was asked for cannot be made; everything is said already.
    Inconclusive,
    /// Something went wrong.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Error(Error::io("cannot write the output", &error))
        }
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<csv::Error> for Stop {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => io::Error::other(format!("{other:?}")).into(),
        }
    }
}
