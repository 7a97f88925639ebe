//! What went wrong, where, and what to do about it.
//!
//! One type for the whole library. The command line prints it on one line and exits with status 2;
//! the explorer shows it as a row. Neither ever sees a panic for bad input.

use std::fmt;
use std::path::{Path, PathBuf};

/// `Result` with heaptui's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong; decides how a dump is labelled, never how the message reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The operating system refused: missing file, permission, a read that failed.
    Io,
    /// The file has no content at all.
    Empty,
    /// The file ends before the snapshot does.
    Truncated,
    /// The file is something else than a heap snapshot.
    NotASnapshot,
    /// The file is a snapshot, but it contradicts itself or the format.
    Malformed,
    /// The file is sound, but of a kind or size that heaptui does not handle.
    Unsupported,
    /// The user, or a newer request, cancelled the work.
    Cancelled,
    /// The arguments do not fit together or name something that is not there.
    Usage,
    /// A worker thread died; a defect of heaptui.
    Internal,
}

/// An error that can be shown as it is: file, byte offset, what was found and expected, what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Error {
    /// What kind of error.
    pub kind: ErrorKind,
    /// The file it is about.
    pub path: Option<PathBuf>,
    /// Where in the file (bytes from its start, after decompression).
    pub offset: Option<u64>,
    /// What was found and what was expected, as one sentence without a full stop.
    pub message: String,
    /// What the user can do about it, as one sentence without a full stop; without one, what helps with errors of the kind.
    pub advice: Option<String>,
}

impl ErrorKind {
    /// What helps with errors of this kind, where nothing better is known.
    fn advice(self) -> Option<&'static str> {
        match self {
            Self::Malformed => Some("the file is damaged: copy it again, or take another"),
            Self::NotASnapshot => {
                Some("name a .heapsnapshot, .heaptimeline or .heapprofile file as V8 wrote it")
            }
            _ => None,
        }
    }
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: None,
            offset: None,
            message: message.into(),
            advice: None,
        }
    }

    /// The work was cancelled.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// Wrong or contradicting arguments.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The snapshot contradicts the format.
    pub fn malformed(offset: u64, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message).at(offset)
    }

    /// An operating-system error met while doing `what`.
    pub fn io(what: &str, source: &std::io::Error) -> Self {
        use std::io::ErrorKind as Cause;
        let error = Self::new(ErrorKind::Io, format!("{what}: {source}"));
        match source.kind() {
            Cause::StorageFull | Cause::QuotaExceeded | Cause::FileTooLarge => {
                error.advise("make room there, or name a file on another disk")
            }
            Cause::PermissionDenied => error.advise("ask its owner, or use sudo"),
            Cause::ReadOnlyFilesystem => error.advise("name a file on another disk"),
            _ => error,
        }
    }

    /// Names the file, unless one is named already.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// Names the byte offset, unless one is named already.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// Names the byte offset if it is known.
    #[must_use]
    pub fn at_some(mut self, offset: Option<u64>) -> Self {
        self.offset = self.offset.or(offset);
        self
    }

    /// Says what the user can do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same, told what to do where nothing was said about it and the content is to blame.
    #[must_use]
    pub fn advise_damaged(self, advice: &str) -> Self {
        let is_content = matches!(self.kind, ErrorKind::Malformed | ErrorKind::NotASnapshot);
        match is_content && self.advice.is_none() {
            true => self.advise(advice),
            false => self,
        }
    }

    /// Whether this is a cancellation rather than a failure.
    pub fn is_cancelled(&self) -> bool {
        self.kind == ErrorKind::Cancelled
    }

    /// The message without the file's name, for places that show the file beside it.
    pub fn without_path(&self) -> String {
        let mut text = String::new();
        if let Some(offset) = self.offset {
            text.push_str(&format!("byte {}: ", crate::text::units::grouped(offset)));
        }
        text.push_str(&self.message);
        if let Some(advice) = self.advice.as_deref().or(self.kind.advice()) {
            text.push_str("; ");
            text.push_str(advice);
        }
        crate::text::escape::one_line(&text).into_owned()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            let path = path.to_string_lossy();
            write!(f, "{}: ", crate::text::escape::one_line(&path))?;
        }
        f.write_str(&self.without_path())
    }
}
