//! Types and names of edges, packed: with their targets they are most of what a heap takes in memory.
//!
//! An edge takes three bytes: three bits of type, 21 of name. Where a heap is so large that many names are beyond
//! that, another byte of name goes into a column of its own. What does not fit even so stands in a list beside.

use std::ops::Range;

use super::EdgeKind;
use super::columns::{front, zeroed};
use crate::column::Column;
use crate::error::Result;

/// From this many nodes on, names take another byte.
const LARGE: u64 = 1 << 23;

/// Bits of the name in the byte that also has the type.
const HIGH_BITS: u32 = 5;

/// The type that marks an edge of the list. Types from here on are too rare to have a number in three bits.
const ODD: u8 = 7;

/// Type and name of each edge. A name is a number for element and hidden edges, else an index into the string table.
#[derive(Debug, Clone, Default)]
pub struct EdgeLabels {
    /// The lowest bits of the name.
    low: Column<u16>,
    /// The type, and below it the next bits of the name.
    high: Column<u8>,
    /// The highest bits of the name, in large heaps only.
    top: Column<u8>,
    /// The edges that do not fit, ascending.
    odd: Vec<OddLabel>,
}

/// A label that does not fit the columns.
#[derive(Debug, Clone, Copy)]
pub struct OddLabel {
    edge: u32,
    kind: EdgeKind,
    name: u32,
}

impl EdgeLabels {
    /// How many edges there are.
    pub fn len(&self) -> usize {
        self.high.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.high.is_empty()
    }

    /// The type of an edge. Panics, as slices do, when there is no such edge.
    #[inline]
    pub fn kind(&self, edge: usize) -> EdgeKind {
        let kind = self.high[edge] >> HIGH_BITS;
        if kind == ODD {
            return self.odd(edge).kind;
        }
        EdgeKind(kind)
    }

    /// The name of an edge. Panics, as slices do, when there is no such edge.
    #[inline]
    pub fn name(&self, edge: usize) -> u32 {
        let high = self.high[edge];
        if high >> HIGH_BITS == ODD {
            return self.odd(edge).name;
        }
        let high = u32::from(high) & ((1 << HIGH_BITS) - 1);
        let top = self.top.get(edge).map_or(0, |&top| u32::from(top));
        u32::from(self.low[edge]) | high << 16 | top << (16 + HIGH_BITS)
    }

    /// Whether the edges of two ranges have the same types and names, one by one. Says no where some are odd.
    pub(crate) fn are_same(&self, some: Range<usize>, others: Range<usize>) -> bool {
        let is_plain = |high: &u8| high >> HIGH_BITS != ODD;
        some.len() == others.len()
            && self.low[some.clone()] == self.low[others.clone()]
            && self.high[some.clone()] == self.high[others.clone()]
            && (self.top.is_empty() || self.top[some.clone()] == self.top[others])
            && (self.odd.is_empty() || self.high[some].iter().all(is_plain))
    }

    /// The columns, to be read ahead: low, high and top parts of the names. The high ones tell types, too.
    pub(crate) fn slices(&self) -> (&[u16], &[u8], &[u8]) {
        (&self.low, &self.high, &self.top)
    }

    /// The columns as an index keeps them: low, high and top parts of the names, and the edges that do not fit, as
    /// edge, type and name.
    pub(crate) fn columns(&self) -> (&[u16], &[u8], &[u8], Vec<u32>) {
        let odd = self.odd.iter();
        let odd = odd.flat_map(|odd| [odd.edge, u32::from(odd.kind.0), odd.name]);
        (&self.low, &self.high, &self.top, odd.collect())
    }

    /// From what [`EdgeLabels::columns`] gave; nothing where the columns contradict each other.
    pub(crate) fn from_columns(
        low: Column<u16>,
        high: Column<u8>,
        top: Column<u8>,
        odd: &[u32],
    ) -> Option<Self> {
        let odd: Vec<OddLabel> = odd
            .chunks_exact(3)
            .map(|parts| OddLabel {
                edge: parts[0],
                kind: EdgeKind(parts[1] as u8),
                name: parts[2],
            })
            .collect();
        let marked = (0u32..).zip(&*high);
        let marked = marked.filter(|(_, high)| **high >> HIGH_BITS == ODD);
        let agree = low.len() == high.len()
            && (top.is_empty() || top.len() == high.len())
            && marked
                .map(|(edge, _)| edge)
                .eq(odd.iter().map(|odd| odd.edge));
        agree.then_some(Self {
            low,
            high,
            top,
            odd,
        })
    }

    /// Type and name of every edge, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (EdgeKind, u32)> + '_ {
        (0..self.len()).map(|edge| (self.kind(edge), self.name(edge)))
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.low.bytes()
            + self.high.bytes()
            + self.top.bytes()
            + self.odd.capacity() * size_of::<OddLabel>()
    }

    #[cold]
    fn odd(&self, edge: usize) -> OddLabel {
        let at = self.odd.partition_point(|odd| (odd.edge as usize) < edge);
        self.odd[at]
    }
}

impl FromIterator<(EdgeKind, u32)> for EdgeLabels {
    fn from_iter<I: IntoIterator<Item = (EdgeKind, u32)>>(labels: I) -> Self {
        let labels: Vec<_> = labels.into_iter().collect();
        let mut room = LabelRoom {
            low: vec![0; labels.len()],
            high: vec![0; labels.len()],
            top: Vec::new(),
        };
        let mut writer = room.writer();
        for (edge, (kind, name)) in labels.into_iter().enumerate() {
            writer.put(edge, kind.0, name);
        }
        let odd = writer.into_odd();
        room.finish(odd, usize::MAX)
    }
}

/// Columns of labels while they are filled.
pub(super) struct LabelRoom {
    low: Vec<u16>,
    high: Vec<u8>,
    top: Vec<u8>,
}

impl LabelRoom {
    /// Room for `edges` labels in a heap of about `nodes` nodes.
    ///
    /// # Errors
    /// When there is not that much memory.
    pub(super) fn new(edges: usize, nodes: u64) -> Result<Self> {
        Ok(Self {
            low: zeroed(edges)?,
            high: zeroed(edges)?,
            top: zeroed(if nodes < LARGE { 0 } else { edges })?,
        })
    }

    /// Writes to all of it.
    pub(super) fn writer(&mut self) -> LabelWriter<'_> {
        LabelWriter {
            first: 0,
            low: &mut self.low,
            high: &mut self.high,
            top: &mut self.top,
            odd: Vec::new(),
        }
    }

    /// The first `edges` labels, with the odd ones that the writers left behind, in order.
    pub(super) fn finish(mut self, odd: Vec<OddLabel>, edges: usize) -> EdgeLabels {
        self.low.truncate(edges);
        self.high.truncate(edges);
        self.top.truncate(edges);
        EdgeLabels {
            low: self.low.into(),
            high: self.high.into(),
            top: self.top.into(),
            odd,
        }
    }
}

/// Fills columns of labels, or the part of them that one block fills.
pub(super) struct LabelWriter<'c> {
    /// The edge of the first label.
    first: u32,
    low: &'c mut [u16],
    high: &'c mut [u8],
    top: &'c mut [u8],
    odd: Vec<OddLabel>,
}

impl<'c> LabelWriter<'c> {
    /// How many labels there is room for.
    pub(super) fn len(&self) -> usize {
        self.high.len()
    }

    /// Takes the room for the next `rows` labels off.
    pub(super) fn part(&mut self, rows: usize) -> LabelWriter<'c> {
        let first = self.first;
        self.first += rows as u32;
        let top_rows = rows.min(self.top.len());
        LabelWriter {
            first,
            low: front(&mut self.low, rows),
            high: front(&mut self.high, rows),
            top: front(&mut self.top, top_rows),
            odd: Vec::new(),
        }
    }

    /// The places of so many rows of this part.
    pub(super) fn places(&mut self, first: usize, rows: usize) -> Option<Places<'_>> {
        let range = first..first + rows;
        Some(Places {
            low: self.low.get_mut(range.clone())?,
            high: self.high.get_mut(range.clone())?,
            top: self.top.get_mut(range).unwrap_or_default(),
        })
    }

    /// Writes the label at `row` of this part.
    pub(super) fn put(&mut self, row: usize, kind: u8, name: u32) {
        let fits = |mut place: Places<'_>| place.put(0, kind, name);
        if !self.places(row, 1).is_some_and(fits) {
            self.high[row] = ODD << HIGH_BITS;
            self.low[row] = 0;
            self.odd.push(OddLabel {
                edge: self.first + row as u32,
                kind: EdgeKind(kind),
                name,
            });
        }
    }

    /// What did not fit.
    pub(super) fn into_odd(self) -> Vec<OddLabel> {
        self.odd
    }
}

/// Where labels go that fit the columns.
pub(super) struct Places<'c> {
    low: &'c mut [u16],
    high: &'c mut [u8],
    /// Empty in all but large heaps; zeros else.
    top: &'c mut [u8],
}

impl Places<'_> {
    /// Writes the label at `row`; says whether it fits.
    #[inline(always)]
    pub(super) fn put(&mut self, row: usize, kind: u8, name: u32) -> bool {
        let rest = name >> (16 + HIGH_BITS);
        if kind >= ODD || rest >> 8 != 0 {
            return false;
        }
        if rest != 0 {
            match self.top.get_mut(row) {
                Some(top) => *top = rest as u8,
                None => return false,
            }
        }
        self.low[row] = name as u16;
        self.high[row] = kind << HIGH_BITS | (name >> 16) as u8 & ((1 << HIGH_BITS) - 1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_and_every_name_comes_back() {
        let kinds = (0..=255).map(EdgeKind);
        let names = [0, 1, 0xffff, 0x1_0000, 0x1f_ffff, 0x20_0000, 0x1fff_ffff];
        let names = names.into_iter().chain([0x2000_0000, u32::MAX]);
        let labels: Vec<(EdgeKind, u32)> = kinds
            .flat_map(|kind| names.clone().map(move |name| (kind, name)))
            .collect();
        for nodes in [0, LARGE] {
            let mut room = LabelRoom::new(labels.len() + 10, nodes).unwrap();
            let mut writer = room.writer();
            let mut odd = Vec::new();
            for part in labels.chunks(7) {
                let mut writer = writer.part(part.len());
                for (row, &(kind, name)) in part.iter().enumerate() {
                    writer.put(row, kind.0, name);
                }
                odd.extend(writer.into_odd());
            }
            let packed = room.finish(odd, labels.len());
            assert_eq!(packed.iter().collect::<Vec<_>>(), labels);
        }
    }

    #[test]
    fn common_edges_take_three_bytes() {
        let labels: EdgeLabels = (0..1000).map(|at| (EdgeKind::PROPERTY, at)).collect();
        assert!(labels.bytes() <= 3000 + 64);
    }

    #[test]
    fn rows_are_the_same_by_all_that_edges_are_called() {
        let (property, odd) = (EdgeKind::PROPERTY, EdgeKind(200));
        let labels = [
            (property, 1),
            (property, 0x1_0002),
            (property, 1),
            (property, 2),
            (EdgeKind::INTERNAL, 1),
            (odd, 1),
            (odd, 2),
            (property, 1),
            (property, 0x1_0002),
        ];
        let labels: EdgeLabels = labels.into_iter().collect();
        assert!(labels.are_same(0..2, 7..9) && labels.are_same(0..0, 9..9));
        for (some, others) in [(0..2, 2..4), (0..1, 4..5), (0..1, 0..2), (5..6, 6..7)] {
            assert!(!labels.are_same(some, others));
        }
    }
}
