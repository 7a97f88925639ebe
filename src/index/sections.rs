//! The columns of an index: which there are, how they are written, and how they are read again.

use std::io::{self, Write};
use std::sync::Arc;

use bytemuck::Pod;

use super::bytes::{Decoder, Encoder};
use super::hash::{Hasher, is_hash};
use super::packing::{self, Packable};
use crate::column::Column;
use crate::mapping::{Mapping, Part};

/// Which column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Name {
    /// What is small and only needed with the columns.
    Small,
    NodeKind,
    NodeString,
    NodeId,
    FirstEdge,
    To,
    LabelLow,
    LabelHigh,
    LabelTop,
    LabelOdd,
    TraceNode,
    DomState,
    ShallowShort,
    ShallowLargeAt,
    ShallowNarrow,
    ShallowWide,
    RetainedShort,
    RetainedLargeAt,
    RetainedNarrow,
    RetainedWide,
    Dominator,
    DistanceNarrow,
    DistanceWide,
    ClassNarrow,
    ClassWide,
    Essential,
    LocationNode,
    LocationScript,
    LocationLine,
    LocationColumn,
    StringEnds,
    StringText,
}

/// Columns begin at multiples of this many bytes.
const ALIGN: u64 = 64;

/// A column in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    name: u8,
    packed: bool,
    /// How many numbers.
    items: u64,
    /// Where it begins in the file, and how long it is, in bytes.
    offset: u64,
    bytes: u64,
    hash: u64,
}

impl Section {
    pub(super) fn encode(&self, into: &mut Encoder) {
        into.u8(self.name);
        into.u8(u8::from(self.packed));
        for number in [self.items, self.offset, self.bytes, self.hash] {
            into.u64(number);
        }
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        Some(Self {
            name: from.u8()?,
            packed: from.u8()? != 0,
            items: from.u64()?,
            offset: from.u64()?,
            bytes: from.u64()?,
            hash: from.u64()?,
        })
    }

    /// Memory that the column takes, in bytes: none where it is mapped as it is.
    pub(super) fn unpacked_bytes(&self) -> u64 {
        // What is packed are numbers of four bytes or two.
        if self.packed {
            self.items.saturating_mul(4)
        } else {
            0
        }
    }

    /// The first byte of the column in the file, the one in the middle, and the last.
    #[cfg(test)]
    pub(super) fn places(&self) -> [usize; 3] {
        [0, self.bytes / 2, self.bytes - 1].map(|at| (self.offset + at) as usize)
    }
}

/// The numbers of a column that is to be written.
#[derive(Debug, Clone, Copy)]
enum Numbers<'a> {
    /// As they are in memory: how many, and their bytes.
    Plain(usize, &'a [u8]),
    /// Numbers that can be packed.
    Packable(&'a [u32]),
    /// Short ones.
    Short(&'a [u16]),
}

/// A column that is to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned<'a> {
    name: Name,
    numbers: Numbers<'a>,
    packed: bool,
    pub(super) bytes: u64,
}

impl<'a> Planned<'a> {
    /// A column as it is in memory.
    pub(super) fn plain<T: Pod>(name: Name, numbers: &'a [T]) -> Self {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        Self {
            name,
            numbers: Numbers::Plain(numbers.len(), bytes),
            packed: false,
            bytes: bytes.len() as u64,
        }
    }

    /// A column that can be packed, and is not yet.
    pub(super) fn packable(name: Name, numbers: &'a [u32]) -> Self {
        Self {
            name,
            numbers: Numbers::Packable(numbers),
            packed: false,
            bytes: size_of_val(numbers) as u64,
        }
    }

    /// A column of short numbers that can be packed, and is not yet.
    pub(super) fn short(name: Name, numbers: &'a [u16]) -> Self {
        Self {
            name,
            numbers: Numbers::Short(numbers),
            packed: false,
            bytes: size_of_val(numbers) as u64,
        }
    }

    /// The same column packed, where it can be and that makes it shorter.
    pub(super) fn pack(mut self) -> Self {
        let bytes = match self.numbers {
            _ if self.packed => return self,
            Numbers::Plain(..) => return self,
            Numbers::Packable(numbers) => packing::packed_bytes(numbers),
            Numbers::Short(numbers) => packing::packed_bytes(numbers),
        };
        if bytes < self.bytes {
            (self.packed, self.bytes) = (true, bytes);
        }
        self
    }

    /// Its section, when it is written behind `end`; moves `end` on.
    pub(super) fn place(&self, end: &mut u64) -> Section {
        let offset = end.next_multiple_of(ALIGN);
        *end = offset + self.bytes;
        Section {
            name: self.name as u8,
            packed: self.packed,
            items: match self.numbers {
                Numbers::Plain(items, _) => items as u64,
                Numbers::Packable(numbers) => numbers.len() as u64,
                Numbers::Short(numbers) => numbers.len() as u64,
            },
            offset,
            bytes: self.bytes,
            hash: 0,
        }
    }

    /// Writes it at its place, which is not before `at`, and notes its hash. Moves `at` on.
    pub(super) fn write(
        &self,
        section: &mut Section,
        at: &mut u64,
        into: &mut impl Write,
        mut check: impl FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        let gap = section.offset.saturating_sub(*at).min(ALIGN) as usize;
        into.write_all(&[0; ALIGN as usize][..gap])?;
        let mut into = Hashed {
            into,
            hasher: Hasher::new(),
        };
        let bytes = match self.numbers {
            Numbers::Packable(numbers) if self.packed => {
                packing::pack(numbers, &mut into)?;
                &[]
            }
            Numbers::Short(numbers) if self.packed => {
                packing::pack(numbers, &mut into)?;
                &[]
            }
            Numbers::Packable(numbers) => bytemuck::cast_slice(numbers),
            Numbers::Short(numbers) => bytemuck::cast_slice(numbers),
            Numbers::Plain(_, bytes) => bytes,
        };
        for part in bytes.chunks(PIECE) {
            check()?;
            into.write_all(part)?;
        }
        section.hash = into.hasher.finish();
        *at = section.offset + section.bytes;
        Ok(())
    }
}

/// How many bytes are written between two looks at whether anybody still wants it.
const PIECE: usize = 1 << 22;

struct Hashed<'a, W> {
    into: &'a mut W,
    hasher: Hasher,
}

impl<W: Write> Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.into.write_all(bytes)?;
        self.hasher.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// The columns of a mapped index. Each is looked through for damage when it is asked for.
pub(super) struct Columns<'a> {
    pub(super) mapping: Arc<Mapping>,
    pub(super) sections: &'a [Section],
}

impl Columns<'_> {
    fn section(&self, name: Name) -> Option<&Section> {
        let mut sections = self.sections.iter();
        sections.find(|section| section.name == name as u8)
    }

    /// The bytes of a column that are what was written.
    fn sound(&self, section: &Section) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(section.offset).ok()?;
        let range = start..start.checked_add(usize::try_from(section.bytes).ok()?)?;
        let bytes = self.mapping.bytes().get(range.clone())?;
        is_hash(bytes, section.hash).then_some(range)
    }

    /// A column, mapped; an empty one where the index has none of that name, nothing where it is damaged.
    pub(super) fn plain<T: Pod>(&self, name: Name) -> Option<Column<T>> {
        let Some(section) = self.section(name) else {
            return Some(Column::default());
        };
        let range = self.sound(section)?;
        let part = Part::of(Arc::clone(&self.mapping), range)?;
        (part.values().len() as u64 == section.items).then(|| part.into())
    }

    /// A column of numbers, mapped, or unpacked where it is packed.
    pub(super) fn numbers<T: Packable>(&self, name: Name) -> Option<Column<T>> {
        match self.section(name) {
            Some(section) if section.packed => {
                let bytes = self.mapping.bytes().get(self.sound(section)?)?;
                let count = usize::try_from(section.items).ok()?;
                Some(packing::unpack::<T>(bytes, count)?.into())
            }
            _ => self.plain(name),
        }
    }
}
