//! The top level of a snapshot: which key is which section, in any order, in one pass where the order allows it.

use std::path::Path;

use super::ahead::{self, Ahead, FirstNodes};
use super::check::Checks;
use super::columns::zeroed;
use super::kinds::NodeKind;
use super::labels::LabelRoom;
use super::layout::Layout;
use super::locations::LocationTable;
use super::meta::Meta;
use super::numbers::scan;
use super::opening::{explain, open, rest};
use super::sections::{ReadEdges, ReadNodes, Sections};
use super::source::{Packing, Source};
use super::stream::{BLOCK, Stream};
use super::strings::Strings;
use super::tables::{EdgeTable, NodeTable, NodeYield, SampleTable};
use super::{Edges, Nodes, Snapshot};
use crate::available::Growing;
use crate::column::{Column, Sizes, room};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{ReadByHand, asking, is_from_disk};
use crate::task::Task;
use crate::text::units::bytes;

/// The longest header that is believed, in bytes; real ones have a few thousand.
pub(super) const MAX_HEADER: usize = 16 << 20;

/// Room for the ends of this many strings is made at first; growing takes no copy then, where memory can be moved.
const ENDS_AT_FIRST: usize = 1 << 17;

/// Threads that read numbers; more do not help, since one at a time takes text off the file.
const MAX_THREADS: usize = 6;
/// The longest string that is believed, in bytes as it is written. V8 has none of a third of that.
const MAX_STRING: usize = 1 << 30;

impl Snapshot {
    /// Reads a dump: plain, gzip or zstd, told by its content. Reports the stored bytes read as progress of `task`.
    ///
    /// # Errors
    /// One [`Error`] that names the file and, where the content is wrong, the byte offset and what was expected.
    pub fn open(path: &Path, task: &Task) -> Result<Self> {
        let source = Source::open(path).map_err(|error| error.in_file(path))?;
        Self::from_source(&source, task, None).map_err(|error| error.in_file(path))
    }

    /// Like [`Snapshot::open`], and shows the nodes as soon as they have been read, if the string table can be read before
    /// its turn: not in compressed dumps, nor in those that V8 did not write.
    ///
    /// # Errors
    /// As [`Snapshot::open`]; `first` may have been called by then.
    pub fn open_staged(
        path: &Path,
        task: &Task,
        mut first: impl FnMut(FirstNodes<'_>),
    ) -> Result<Self> {
        let source = Source::open(path).map_err(|error| error.in_file(path))?;
        Self::from_source(&source, task, Some(&mut first)).map_err(|error| error.in_file(path))
    }

    /// Reads a dump that is in memory already.
    ///
    /// # Errors
    /// As [`Snapshot::open`].
    pub fn read(bytes: &[u8], task: &Task) -> Result<Self> {
        Self::from_source(&Source::memory(bytes), task, None)
    }

    pub(super) fn from_source(
        source: &Source<'_>,
        task: &Task,
        first: Option<First<'_>>,
    ) -> Result<Self> {
        Self::from(source, task, first, false).map_err(|error| explain(source, error))
    }

    /// What there is of a dump that may be cut short behind its edges.
    pub(super) fn from_cut_source(source: &Source<'_>, task: &Task) -> Result<Self> {
        Self::from(source, task, None, true)
    }

    fn from(
        source: &Source<'_>,
        task: &Task,
        first: Option<First<'_>>,
        may_be_cut: bool,
    ) -> Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut reader = Reader {
            source,
            task,
            threads: threads
                .min(MAX_THREADS)
                .min((source.text_bound() / BLOCK as u64) as usize + 1),
            header: None,
            sections: Sections::default(),
            postponed: Vec::new(),
            first,
            ahead: None,
            may_be_cut,
            bytes: 0,
            around: [0; 2],
        };
        // Columns are only written to by now: what is around a place of them is of no use.
        let by_hand = is_from_disk().then(ReadByHand::begin);
        let mut end = None;
        match reader.pass(None) {
            Err(error)
                if may_be_cut && error.kind == ErrorKind::Truncated && reader.has_graph() =>
            {
                reader.bytes = error.offset.unwrap_or(0);
                end = Some(error);
            }
            read => read?,
        }
        if reader.header.is_some() && !reader.postponed.is_empty() {
            let postponed = std::mem::take(&mut reader.postponed);
            reader.pass(Some(&postponed))?;
        }
        drop(by_hand);
        let (bytes, around) = (reader.bytes, reader.around);
        let Some((meta, layout)) = reader.header else {
            return Err(Error::new(
                ErrorKind::NotASnapshot,
                "JSON, but no heap snapshot: it has no \"snapshot\" header",
            ));
        };
        Checks {
            source,
            task,
            layout: &layout,
        }
        .assemble(meta, reader.sections, bytes, end)
        .and_then(|mut snapshot| {
            snapshot.warnings.extend(skipped_text(around));
            source.unchanged().map(|()| snapshot)
        })
    }
}

/// Whoever wants to see the nodes first.
type First<'f> = &'f mut (dyn FnMut(FirstNodes<'_>) + 'f);

struct Reader<'s, 'f> {
    source: &'s Source<'s>,
    task: &'s Task,
    threads: usize,
    header: Option<(Meta, Layout)>,
    sections: Sections,
    /// Keys that stood before the header and cannot be read without it.
    postponed: Vec<String>,
    first: Option<First<'f>>,
    /// The string table, if it was read for the first look.
    ahead: Option<Ahead>,
    /// Whether the strings that are there are wanted without the others.
    may_be_cut: bool,
    bytes: u64,
    /// Bytes of other text before and behind the dump.
    around: [u64; 2],
}

impl<'s> Reader<'s, '_> {
    /// Reads the file from its start to its end: all sections, or only those that had to wait for the header.
    fn pass(&mut self, only: Option<&[String]>) -> Result<()> {
        self.task.stage("reading", self.source.stored_bytes());
        let mut stream = self.source.stream(self.task)?;
        self.around[0] = open(&mut stream, "heap snapshot")?;
        let mut seen = Vec::new();
        while let Some(key) = stream.key()? {
            if seen.contains(&key) && only.is_none() {
                return Err(Error::malformed(
                    stream.offset(),
                    format!("the key \"{key}\" stands twice at the top level"),
                ));
            }
            let wanted = only.is_none_or(|only| only.contains(&key));
            stream.enter(format!("\"{key}\""));
            if wanted {
                self.section(&mut stream, &key)?;
            } else {
                stream.value(None, usize::MAX)?;
            }
            seen.push(key);
        }
        stream.enter("the end");
        stream.peek_token()?;
        self.bytes = stream.offset();
        if only.is_none() {
            self.around[1] = rest(&mut stream)?;
        }
        Ok(())
    }

    /// Whether the nodes and edges have been read, and nothing has to be read again.
    fn has_graph(&self) -> bool {
        let read = &self.sections;
        read.nodes.is_some() && read.edges.is_some() && self.postponed.is_empty()
    }

    /// Shows the nodes, which end before `offset`. Whatever is wrong is told when its turn comes.
    fn look_ahead(&mut self, offset: u64) {
        let (Some(first), Some((meta, _)), Some(read)) =
            (self.first.take(), &self.header, &self.sections.nodes)
        else {
            return;
        };
        let Some(start) = ahead::find(self.source, offset, self.task) else {
            return;
        };
        let mut stream = ahead::stream(self.source, start, self.task);
        let (strings, Ok(())) = self.strings(&mut stream) else {
            return;
        };
        first(FirstNodes {
            meta,
            nodes: &read.columns,
            strings: &strings,
        });
        self.ahead = Some(Ahead {
            start,
            end: stream.offset(),
            strings,
        });
    }

    /// The string table, read now or before.
    fn strings_now(&mut self, stream: &mut Stream<'s>) -> Result<()> {
        stream.token()?;
        let (strings, end) = match self.ahead.take() {
            Some(ahead) if ahead.start == stream.offset() => {
                stream.jump(self.source.plain_reader(ahead.end, self.task), ahead.end);
                (ahead.strings, Ok(()))
            }
            _ => self.strings(stream),
        };
        if end.is_ok() || self.may_be_cut {
            self.sections.strings = Some(strings);
        }
        end
    }

    fn section(&mut self, stream: &mut Stream<'s>, key: &str) -> Result<()> {
        match key {
            "snapshot" => self.header = Some(header(stream)?),
            "strings" => self.strings_now(stream)?,
            "head" if self.header.is_none() => return Err(sampling_profile()),
            "nodes" | "edges" | "locations" | "samples" => {
                let Some((meta, layout)) = &self.header else {
                    self.postponed.push(key.to_owned());
                    return stream.value(None, usize::MAX);
                };
                match key {
                    "nodes" => {
                        self.sections.nodes = Some(self.nodes(stream, meta, layout)?);
                        self.look_ahead(stream.offset());
                    }
                    "edges" => self.sections.edges = Some(self.edges(stream, meta, layout)?),
                    "locations" if !layout.location.is_empty() => {
                        let table = LocationTable {
                            fields: &layout.location,
                            node_fields: layout.node.len() as u32,
                        };
                        let scanned = scan(stream, table, self.threads, self.task)?;
                        self.sections.locations = Some(scanned.yields);
                    }
                    "samples" if !layout.sample.is_empty() => {
                        let table = SampleTable {
                            fields: &layout.sample,
                        };
                        let scanned = scan(stream, table, self.threads, self.task)?;
                        self.sections.samples = Some(scanned.yields.concat());
                    }
                    _ => stream.value(None, usize::MAX)?,
                }
            }
            _ => stream.value(None, usize::MAX)?,
        }
        Ok(())
    }

    /// How many rows to make room for: what the header says, but never more than the rest of the file can hold. Where
    /// it says nothing, as Hermes' does, the array that is next is read once more to count them.
    fn room(&self, stream: &Stream<'_>, claimed: u64, fields: usize) -> Result<usize> {
        let claimed = match claimed {
            0 => self.numbers_from(stream.offset())?.div_ceil(fields as u64),
            claimed => claimed,
        };
        // A number takes a digit and a comma.
        let rest = self.source.text_bound().saturating_sub(stream.offset());
        Ok(claimed.min(rest / (2 * fields as u64) + 1) as usize)
    }

    /// How many numbers are in the array at this offset of the text.
    fn numbers_from(&self, offset: u64) -> Result<u64> {
        let uncounted = Task::new();
        let mut stream = match self.source.packing() {
            Packing::Plain => Stream::from_offset(
                self.source.plain_reader(offset, &uncounted),
                offset,
                self.task.clone(),
            ),
            _ => Stream::new(self.source.reader(&uncounted)?, self.task.clone()),
        };
        while stream.offset() < offset {
            let left = offset - stream.offset();
            let here = stream.block()?.len();
            if here == 0 {
                return Err(stream.truncated());
            }
            stream.take(here.min(usize::try_from(left).unwrap_or(here)));
        }
        stream.expect(b'[')?;
        if stream.token()? == b']' {
            return Ok(0);
        }
        let mut commas = 0;
        loop {
            let block = stream.block()?;
            let end = memchr::memchr(b']', block);
            let here = &block[..end.unwrap_or(block.len())];
            commas += memchr::memchr_iter(b',', here).count() as u64;
            if end.is_some() || block.is_empty() {
                return Ok(commas + 1);
            }
            let length = here.len();
            stream.take(length);
        }
    }

    fn nodes(&self, stream: &mut Stream<'_>, meta: &Meta, layout: &Layout) -> Result<ReadNodes> {
        let room = self.room(stream, meta.node_count, layout.node.len())?;
        let optional = |wanted: bool| if wanted { room } else { 0 };
        let mut kind = zeroed(room)?;
        let (mut name, mut id) = (zeroed(room)?, zeroed(room)?);
        let mut self_size = zeroed(room)?;
        let mut first_edge = zeroed(room + 1)?;
        let mut detachedness = zeroed(optional(meta.has_detachedness))?;
        let mut trace_node = zeroed(optional(meta.trace_function_count > 0))?;
        let table = NodeTable {
            fields: &layout.node,
            kinds: &layout.node_kinds,
            kind: &mut kind,
            name: &mut name,
            id: &mut id,
            self_size: &mut self_size,
            edge_count: &mut first_edge[1..],
            detachedness: &mut detachedness,
            trace_node: &mut trace_node,
        };
        let scanned = scan(stream, table, self.threads, self.task)?;
        let rows = scanned.rows as usize;
        for column in [&mut name, &mut id, &mut self_size] {
            column.truncate(rows);
        }
        kind.truncate(rows);
        first_edge.truncate(rows + 1);
        detachedness.truncate(rows);
        trace_node.truncate(rows);
        let negative_sizes = scanned.yields.iter().map(|left| left.negative).sum();
        Ok(ReadNodes {
            columns: Nodes {
                kind: kinds(kind, NodeKind),
                name: name.into(),
                id: id.into(),
                self_size: sizes(self_size, &scanned.yields)?,
                first_edge: first_edge.into(),
                detachedness: meta.has_detachedness.then(|| detachedness.into()),
                trace_node: (meta.trace_function_count > 0).then(|| trace_node.into()),
            },
            negative_sizes,
            wide_ids: scanned.yields.iter().map(|left| left.wide_ids).sum(),
            greatest_name: greatest(scanned.yields.iter().map(|left| left.greatest_name)),
        })
    }

    fn edges(&self, stream: &mut Stream<'_>, meta: &Meta, layout: &Layout) -> Result<ReadEdges> {
        let room = self.room(stream, meta.edge_count, layout.edge.len())?;
        let mut to = zeroed(room)?;
        let mut labels = LabelRoom::new(room, meta.node_count)?;
        let table = EdgeTable {
            fields: &layout.edge,
            kinds: &layout.edge_kinds,
            node_fields: layout.node.len() as u32,
            labels: labels.writer(),
            to: &mut to,
        };
        let scanned = scan(stream, table, self.threads, self.task)?;
        let rows = scanned.rows as usize;
        to.truncate(rows);
        let left = scanned.yields;
        Ok(ReadEdges {
            greatest_name: greatest(left.iter().map(|left| left.greatest_name)),
            greatest_target: greatest(left.iter().map(|left| left.greatest_target)),
            columns: Edges {
                labels: labels.finish(left.into_iter().flat_map(|left| left.odd).collect(), rows),
                to: to.into(),
            },
        })
    }

    /// Copies the strings' text, undecoded, and notes where each ends; those before an error too.
    fn strings(&self, stream: &mut Stream<'_>) -> (Strings, Result<()>) {
        let mut text = Vec::new();
        let mut ends = room(ENDS_AT_FIRST);
        let packed = self.source.packing() != Packing::Plain;
        if !packed {
            // Room for the rest of the file, which the strings are; what stays empty is never touched.
            let rest = self.source.stored_bytes().saturating_sub(stream.offset());
            let _ = asking(|| text.try_reserve_exact(rest as usize));
        }
        let mut whole = 0;
        let mut growing = Growing::default();
        let mut read = || {
            let mut more = stream.list_begins()?;
            while more {
                stream.usual_strings(&mut text, &mut ends);
                whole = text.len();
                stream.string(&mut text, MAX_STRING)?;
                whole = text.len();
                ends.push(whole as u32);
                if packed {
                    growing.holds((whole + 4 * ends.len()) as u64)?;
                }
                more = stream.list_goes_on()?;
            }
            Ok(())
        };
        let end = read();
        text.truncate(whole);
        text.shrink_to_fit();
        (Strings::from_parts(text, ends), end)
    }
}

fn greatest(numbers: impl Iterator<Item = u32>) -> u32 {
    numbers.max().unwrap_or(0)
}

/// A column of bytes as one of types; the memory stays the same.
fn kinds<K>(bytes: Vec<u8>, kind: impl Fn(u8) -> K) -> Column<K> {
    bytes.into_iter().map(kind).collect::<Vec<_>>().into()
}

/// The self sizes, in four bytes each where the whole heap allows it.
fn sizes(narrow: Vec<u32>, yields: &[NodeYield]) -> Result<Sizes> {
    let total = yields
        .iter()
        .fold(0u64, |sum, left| sum.saturating_add(left.total));
    if total <= u64::from(u32::MAX) {
        return Ok(Sizes::Narrow(narrow.into()));
    }
    if total >= 1 << 53 {
        return Err(Error::new(
            ErrorKind::Malformed,
            "the self sizes add up to more than 2^53 bytes, which no heap has",
        ));
    }
    let mut wide: Vec<u64> = narrow.into_iter().map(u64::from).collect();
    for &(row, size) in yields.iter().flat_map(|left| &left.wide) {
        if let Some(place) = wide.get_mut(row as usize) {
            *place = size;
        }
    }
    Ok(Sizes::Wide(wide.into()))
}

pub(super) fn header(stream: &mut Stream<'_>) -> Result<(Meta, Layout)> {
    stream.enter("the header");
    let mut json = Vec::new();
    stream.token()?;
    let offset = stream.offset();
    stream.value(Some(&mut json), MAX_HEADER)?;
    Meta::parse(&json, offset)
}

/// What is to be said of text before and behind a dump: so many bytes each.
fn skipped_text(around: [u64; 2]) -> Option<String> {
    let [before, behind] = around.map(bytes);
    match around {
        [0, 0] => None,
        [_, 0] => Some(format!(
            "{before} of other text before the dump were skipped"
        )),
        [0, _] => Some(format!(
            "{behind} of other text behind the dump were skipped"
        )),
        _ => Some(format!(
            "other text around the dump was skipped: {before} before it, {behind} behind it"
        )),
    }
}

pub(super) fn sampling_profile() -> Error {
    Error::new(
        ErrorKind::NotASnapshot,
        "a sampling heap profile, not a heap snapshot",
    )
    .advise("look at it with the command `profile`")
}
