//! Where the bytes come from: a plain file, a gzip or zstd compressed one, or memory.
//!
//! Files are read, never mapped: a dump that is truncated or replaced under a mapping would kill the process with
//! SIGBUS, and mapped pages count against the container's memory.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::time::SystemTime;

use super::stream::Stream;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::save;
use crate::task::Task;

/// How a dump is packed, told by its first bytes rather than by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// JSON text as it is.
    Plain,
    /// gzip, one or several members.
    Gzip,
    /// Zstandard, one or several frames.
    Zstd,
}

/// The most that a byte of compressed input is believed to expand to; deflate cannot do more.
const MAX_EXPANSION: u64 = 1032;

impl Packing {
    /// Recognises the packing by a file's first bytes.
    pub fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Parallel compressors begin with a frame that is to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// The word for people, where there is packing at all.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A dump that can be read from its start as often as needed.
#[derive(Debug)]
pub struct Source<'a> {
    origin: Origin<'a>,
    packing: Packing,
    bytes: u64,
    /// When a file was last written to before it was opened.
    modified: Option<SystemTime>,
}

#[derive(Debug)]
enum Origin<'a> {
    File(File),
    Memory(&'a [u8]),
}

impl<'a> Source<'a> {
    /// Opens a file, after making sure that it is one: reading a FIFO or a device could wait for ever.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it cannot be opened or is no regular file, [`ErrorKind::Empty`] when it has no bytes.
    pub fn open(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("cannot open", &error))?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::Io, "not a regular file"));
        }
        save::note_input(path);
        let file = File::open(path).map_err(|error| Error::io("cannot open", &error))?;
        let metadata = file
            .metadata()
            .map_err(|error| Error::io("cannot read the size", &error))?;
        let bytes = metadata.len();
        if bytes == 0 {
            return Err(Error::new(ErrorKind::Empty, "the file is empty (0 bytes)").advise(
                "the process is taking this snapshot right now, or was killed while it did; wait, or take another",
            ));
        }
        let mut first = [0; 4];
        let mut read = 0;
        while read < first.len() {
            match read_at(&file, &mut first[read..], read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) => return Err(Error::io("cannot read", &error)),
            }
        }
        Ok(Self {
            origin: Origin::File(file),
            packing: Packing::of(&first[..read]),
            bytes,
            modified: metadata.modified().ok(),
        })
    }

    /// Reads from memory.
    pub fn memory(bytes: &'a [u8]) -> Self {
        Self {
            packing: Packing::of(bytes),
            bytes: bytes.len() as u64,
            origin: Origin::Memory(bytes),
            modified: None,
        }
    }

    /// Makes sure that nobody has written to the file since it was opened: what was read by then may be half of what was
    /// there before, and half of what is there now. That another file stands in its place is all the same.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] when somebody has.
    pub fn unchanged(&self) -> Result<()> {
        let Origin::File(file) = &self.origin else {
            return Ok(());
        };
        let now = file.metadata().ok();
        let same =
            now.is_some_and(|now| now.len() == self.bytes && now.modified().ok() == self.modified);
        if same {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Truncated,
            "the file was written to while it was read",
        )
        .advise("wait until nobody writes to it, and try again"))
    }

    /// How it is packed.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Size in bytes as it is stored.
    pub fn stored_bytes(&self) -> u64 {
        self.bytes
    }

    /// The most bytes of JSON text that can be in it.
    pub fn text_bound(&self) -> u64 {
        match self.packing {
            Packing::Plain => self.bytes,
            Packing::Gzip | Packing::Zstd => self.bytes.saturating_mul(MAX_EXPANSION),
        }
    }

    /// How much JSON text is in it: what a packed file says of itself, if it does. Files of several parts say it of one.
    pub(super) fn claimed_text(&self) -> Option<u64> {
        match self.packing {
            Packing::Plain => Some(self.bytes),
            // The last four bytes of a part, modulo 2^32.
            Packing::Gzip => {
                let tail = self.tail(4).ok()?;
                Some(u64::from(u32::from_le_bytes(tail.try_into().ok()?)))
            }
            Packing::Zstd => {
                let mut frame = ruzstd::decoding::FrameDecoder::new();
                frame.init(self.stored(0, &Task::new())).ok()?;
                Some(frame.content_size()).filter(|size| *size > 0)
            }
        }
    }

    /// A reader of the JSON text from its start. Stored bytes that it takes are counted into `task`.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] when the compressed header is damaged.
    pub fn reader(&self, task: &Task) -> Result<Box<dyn Read + Send + '_>> {
        let stored = self.stored(0, task);
        Ok(match self.packing {
            Packing::Plain => Box::new(stored),
            Packing::Gzip | Packing::Zstd => Box::new(Parts {
                input: Some(BufReader::with_capacity(1 << 17, stored)),
                part: None,
            }),
        })
    }

    /// The JSON text from its start, as [`Self::reader`] gives it.
    ///
    /// # Errors
    /// As [`Self::reader`].
    pub(crate) fn stream(&self, task: &Task) -> Result<Stream<'_>> {
        let stream = Stream::new(self.reader(task)?, task.clone());
        Ok(stream.packed(self.packing.name()))
    }

    /// A reader of what is stored from `offset` on, which is the text where nothing is packed.
    pub(super) fn plain_reader(&self, offset: u64, task: &Task) -> Box<dyn Read + Send + '_> {
        Box::new(self.stored(offset, task))
    }

    fn stored(&self, offset: u64, task: &Task) -> Counted<'_> {
        let reader = match &self.origin {
            Origin::File(file) => Stored::File { file, offset },
            Origin::Memory(bytes) => {
                let mut cursor = Cursor::new(*bytes);
                cursor.set_position(offset);
                Stored::Memory(cursor)
            }
        };
        let task = task.clone();
        Counted { reader, task }
    }

    /// Fills `buffer` with what is stored from `offset` on, without counting it.
    pub(super) fn read_exactly(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let uncounted = Task::new();
        self.stored(offset, &uncounted).read_exact(buffer)
    }

    /// The last bytes of a plain source, at most `count`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn tail(&self, count: usize) -> Result<Vec<u8>> {
        let start = self.bytes.saturating_sub(count as u64);
        let mut tail = Vec::new();
        self.stored(start, &Task::new())
            .take(self.bytes - start)
            .read_to_end(&mut tail)
            .map_err(|error| Error::io("cannot read", &error))?;
        Ok(tail)
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// So many bytes of a file are forgotten at once, behind the reader.
const FORGET_EVERY: u64 = 8 << 20;

/// Where the program works from disk: leaves the memory that the system keeps a file in to what was made of it.
fn forget(file: &File, read: u64) {
    if !memory::is_from_disk() {
        return;
    }
    memory::write_back();
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Advice, fadvise};
        // What is not forgotten takes memory that the system can take back.
        let _ = fadvise(file, 0, std::num::NonZeroU64::new(read), Advice::DontNeed);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, read);
}

enum Stored<'s> {
    File { file: &'s File, offset: u64 },
    Memory(Cursor<&'s [u8]>),
}

/// Counts the stored bytes that pass, for progress that also fits compressed dumps.
struct Counted<'s> {
    reader: Stored<'s>,
    task: Task,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.reader {
            Stored::Memory(cursor) => cursor.read(buffer)?,
            Stored::File { file, offset } => {
                let count = read_at(file, buffer, *offset)?;
                let before = *offset;
                *offset += count as u64;
                if before / FORGET_EVERY < *offset / FORGET_EVERY {
                    forget(file, *offset);
                }
                count
            }
        };
        self.task.advance(count as u64);
        Ok(count)
    }
}

type Input<'s> = BufReader<Counted<'s>>;

/// A part of a packed file.
enum Part<'s> {
    Gzip(Box<flate2::bufread::GzDecoder<Input<'s>>>),
    Zstd(Box<ruzstd::decoding::StreamingDecoder<Input<'s>, ruzstd::decoding::FrameDecoder>>),
}

impl<'s> Part<'s> {
    fn into_input(self) -> Input<'s> {
        match self {
            Self::Gzip(part) => part.into_inner(),
            Self::Zstd(part) => part.into_inner(),
        }
    }
}

/// Members of gzip and frames of Zstandard, one after the other: parallel compressors write several.
struct Parts<'s> {
    input: Option<Input<'s>>,
    part: Option<Part<'s>>,
}

impl<'s> Parts<'s> {
    /// The part that begins next; `None` at the end. What is to be skipped is: frames that say so, as seek tables do, and
    /// the zeros that tapes, disks and archives fill up with.
    fn next(mut input: Input<'s>) -> io::Result<Option<Part<'s>>> {
        loop {
            let Some(&first) = io::BufRead::fill_buf(&mut input)?.first() else {
                return Ok(None);
            };
            match first {
                0 => io::BufRead::consume(&mut input, 1),
                0x50..=0x5f => {
                    let mut head = [0; 8];
                    input.read_exact(&mut head)?;
                    let [.., a, b, c, d] = head;
                    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
                    if io::copy(&mut input.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                0x28 => {
                    let frame = ruzstd::decoding::StreamingDecoder::new(input);
                    let frame = frame.map_err(|error| of_frame(io::Error::other(error)))?;
                    return Ok(Some(Part::Zstd(Box::new(frame))));
                }
                _ => {
                    let member = flate2::bufread::GzDecoder::new(input);
                    return Ok(Some(Part::Gzip(Box::new(member))));
                }
            }
        }
    }
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(part) = &mut self.part {
                let count = match part {
                    Part::Gzip(part) => part.read(buffer)?,
                    Part::Zstd(part) => part.read(buffer).map_err(of_frame)?,
                };
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.input = self.part.take().map(Part::into_input);
            }
            let Some(input) = self.input.take() else {
                return Ok(0);
            };
            self.part = Parts::next(input)?;
            if self.part.is_none() {
                return Ok(0);
            }
        }
    }
}

/// The error of a frame; of one that ends early, as that of a file being copied, what other readers say.
fn of_frame(error: io::Error) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error.get_ref() {
        Some(inner) => Some(inner),
        None => None,
    };
    while let Some(inner) = cause {
        let inner_io = inner.downcast_ref::<io::Error>();
        if inner_io.is_some_and(|inner| inner.kind() == io::ErrorKind::UnexpectedEof) {
            return io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the compressed data ends early",
            );
        }
        cause = inner.source();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_compressed_file_that_is_still_being_copied_ends_early() {
        let whole =
            std::fs::read("assets/demo/Heap.20261121.084844.23402.0.001.heapsnapshot.zst").unwrap();
        for length in [9, 100, 70_000, whole.len() / 2, whole.len() - 1] {
            let part = &whole[..length];
            let source = Source::memory(part);
            let mut text = Vec::new();
            let task = Task::new();
            let error = match source.reader(&task) {
                Ok(mut reader) => reader.read_to_end(&mut text).unwrap_err(),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(
                error.kind(),
                io::ErrorKind::UnexpectedEof,
                "{length}: {error}"
            );
        }
    }

    #[test]
    fn what_is_written_to_while_it_is_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        std::fs::write(&path, "{}").unwrap();
        let source = Source::open(&path).unwrap();
        assert!(source.unchanged().is_ok());
        // Another file in its place is none of ours.
        let other = folder.path().join("b");
        std::fs::write(&other, "{}{}").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(source.unchanged().is_ok());
        // As many bytes, written over.
        let source = Source::open(&path).unwrap();
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(b"[][]").unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let error = source.unchanged().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
        assert!(error.to_string().contains("written to while"), "{error}");
        assert!(Source::memory(b"{}").unchanged().is_ok());
    }
}
