//! Columns: what nodes and edges are stored in.
//!
//! Everything that has a value per node or per edge is a [`Column`], read through a slice. A column owns its memory, or
//! it is borrowed from an index file that is mapped; no reader notices which.

use std::ops::Deref;

use bytemuck::allocation::zeroed_vec;
use bytemuck::{Pod, Zeroable};

use crate::mapping::Part;
use crate::memory::{is_from_disk, is_on_disk};

/// An empty column with room for `len` items. Room that is not used is never touched, and takes no memory.
pub fn room<T>(len: usize) -> Vec<T> {
    Vec::with_capacity(len)
}

/// A column of `len` zeros, which take memory once they are written.
pub fn zeros<T: Zeroable>(len: usize) -> Vec<T> {
    zeroed_vec(len)
}

/// A column of `len` times the same.
pub fn filled<T: Clone>(len: usize, value: T) -> Vec<T> {
    vec![value; len]
}

/// A column where it belongs, which was [near](crate::memory::near) while it was filled.
pub fn settled<T: Copy>(values: Vec<T>) -> Vec<T> {
    match is_from_disk() && !is_on_disk(&values) {
        true => values.as_slice().to_vec(),
        false => values,
    }
}

/// An immutable column of plain numbers.
#[derive(Debug, Clone)]
pub struct Column<T>(Store<T>);

/// Where the numbers are.
#[derive(Debug, Clone)]
enum Store<T> {
    /// In memory of our own.
    Owned(Vec<T>),
    /// In an index file.
    Mapped(Part<T>),
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self(Store::Owned(Vec::new()))
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Store::Owned(values))
    }
}

impl<T> From<Part<T>> for Column<T> {
    fn from(part: Part<T>) -> Self {
        Self(Store::Mapped(part))
    }
}

impl<T: Pod> Deref for Column<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Store::Owned(values) => values,
            Store::Mapped(part) => part.values(),
        }
    }
}

impl<T: Pod> Column<T> {
    /// The values, to be changed; a copy where they are not our own.
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Store::Owned(values) => values,
            Store::Mapped(part) => part.values().to_vec(),
        }
    }

    /// Memory held by this column, in bytes. What is mapped is not held: the system takes it back when it likes.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Store::Owned(values) => size_of_val(values.as_slice()),
            Store::Mapped(_) => 0,
        }
    }
}

/// Sizes in bytes, one per node: two bytes each where few are large, else four, or, where the whole heap is not below
/// 4 GiB, eight.
#[derive(Debug, Clone)]
pub enum Sizes {
    /// Nearly every size is below 65,535.
    Short(ShortSizes),
    /// Every value, and so every sum over distinct nodes, fits 32 bits.
    Narrow(Column<u32>),
    /// Some value or sum does not fit 32 bits.
    Wide(Column<u64>),
}

impl Default for Sizes {
    fn default() -> Self {
        Self::Narrow(Column::default())
    }
}

impl Sizes {
    /// The size of node `index`, in bytes. Panics, as slices do, when there is no such node.
    #[inline(always)]
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Self::Short(sizes) => sizes.get(index),
            Self::Narrow(column) => u64::from(column[index]),
            Self::Wide(column) => column[index],
        }
    }

    /// How many sizes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Short(sizes) => sizes.short.len(),
            Self::Narrow(column) => column.len(),
            Self::Wide(column) => column.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sum of all sizes, in bytes.
    pub fn total(&self) -> u64 {
        (0..self.len()).fold(0u64, |sum, index| sum.saturating_add(self.get(index)))
    }

    /// The same sizes in as little memory as they fit in.
    pub fn packed(self) -> Self {
        let large = |index: &usize| self.get(*index) >= u64::from(LARGE);
        let count = (0..self.len()).filter(large).count();
        // Two bytes saved for each size; each large one costs twelve and a search.
        if matches!(self, Self::Short(_)) || count > self.len() / 32 {
            return self;
        }
        let mut short = room(self.len());
        let mut at = Vec::with_capacity(count);
        let mut sizes = Vec::with_capacity(count);
        for index in 0..self.len() {
            let size = self.get(index);
            short.push(size.min(u64::from(LARGE)) as u16);
            if size >= u64::from(LARGE) {
                at.push(index as u32);
                sizes.push(size);
            }
        }
        Self::Short(ShortSizes {
            short: short.into(),
            large_at: at.into(),
            large: sizes.into(),
        })
    }

    /// The same sizes where columns belong.
    pub fn settled(self) -> Self {
        match self {
            Self::Narrow(column) => Self::Narrow(settled(column.into_vec()).into()),
            Self::Wide(column) => Self::Wide(settled(column.into_vec()).into()),
            short => short,
        }
    }

    /// From the columns that an index keeps, of `count` sizes; nothing where the columns contradict each other.
    pub(crate) fn from_columns(
        short: Column<u16>,
        large_at: Column<u32>,
        narrow: Column<u32>,
        wide: Column<u64>,
        count: usize,
    ) -> Option<Self> {
        if narrow.len() == count {
            return Some(Self::Narrow(narrow));
        }
        if short.len() != count {
            return (wide.len() == count).then_some(Self::Wide(wide));
        }
        let marked = (0u32..).zip(&*short).filter(|(_, size)| **size == LARGE);
        let agree =
            wide.len() == large_at.len() && marked.map(|(at, _)| at).eq(large_at.iter().copied());
        agree.then_some(Self::Short(ShortSizes {
            short,
            large_at,
            large: wide,
        }))
    }

    /// The columns as an index keeps them: short, places of large ones, narrow, wide or large.
    pub(crate) fn columns(&self) -> (&[u16], &[u32], &[u32], &[u64]) {
        match self {
            Self::Short(sizes) => (&sizes.short, &sizes.large_at, &[], &sizes.large),
            Self::Narrow(column) => (&[], &[], column, &[]),
            Self::Wide(column) => (&[], &[], &[], column),
        }
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Short(sizes) => {
                sizes.short.bytes() + sizes.large_at.bytes() + sizes.large.bytes()
            }
            Self::Narrow(column) => column.bytes(),
            Self::Wide(column) => column.bytes(),
        }
    }
}

/// In [`ShortSizes`]: the size is in the list.
const LARGE: u16 = u16::MAX;

/// Sizes of which few are large.
#[derive(Debug, Clone, Default)]
pub struct ShortSizes {
    /// The sizes, [`LARGE`] for those that do not fit.
    short: Column<u16>,
    /// Which do not fit, ascending.
    large_at: Column<u32>,
    /// Their sizes.
    large: Column<u64>,
}

impl ShortSizes {
    #[inline(always)]
    fn get(&self, index: usize) -> u64 {
        match self.short[index] {
            LARGE => self.large(index),
            size => u64::from(size),
        }
    }

    #[cold]
    fn large(&self, index: usize) -> u64 {
        let at = self.large_at.partition_point(|&at| (at as usize) < index);
        self.large[at]
    }
}

/// Small numbers, one per node: two bytes each where all of them fit, else four.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// Every number is below 65,536.
    Narrow(Column<u16>),
    /// Some number is not.
    Wide(Column<u32>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Narrow(Column::default())
    }
}

impl Numbers {
    /// The number of node `index`. Panics, as slices do, when there is no such node.
    #[inline(always)]
    pub fn get(&self, index: usize) -> u32 {
        match self {
            Self::Narrow(column) => u32::from(column[index]),
            Self::Wide(column) => column[index],
        }
    }

    /// From the columns that an index keeps; nothing where there are not `count` numbers in either.
    pub(crate) fn from_columns(
        narrow: Column<u16>,
        wide: Column<u32>,
        count: usize,
    ) -> Option<Self> {
        if narrow.len() == count {
            return Some(Self::Narrow(narrow));
        }
        (wide.len() == count).then_some(Self::Wide(wide))
    }

    /// The columns as an index keeps them: narrow, wide.
    pub(crate) fn columns(&self) -> (&[u16], &[u32]) {
        match self {
            Self::Narrow(column) => (column, &[]),
            Self::Wide(column) => (&[], column),
        }
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Narrow(column) => column.bytes(),
            Self::Wide(column) => column.bytes(),
        }
    }
}

/// Collects [`Numbers`] of which nobody knows how great they get.
#[derive(Debug)]
pub struct NumbersBuilder {
    narrow: Vec<u16>,
    wide: Vec<u32>,
    len: usize,
}

impl NumbersBuilder {
    /// For `len` numbers.
    pub fn new(len: usize) -> Self {
        Self {
            narrow: room(len),
            wide: Vec::new(),
            len,
        }
    }

    /// Adds a number behind the others.
    #[inline]
    pub fn push(&mut self, number: u32) {
        match u16::try_from(number) {
            Ok(narrow) if self.wide.is_empty() => self.narrow.push(narrow),
            _ => self.push_wide(number),
        }
    }

    #[cold]
    fn push_wide(&mut self, number: u32) {
        if self.wide.is_empty() {
            self.wide = room(self.len);
            let narrow = std::mem::take(&mut self.narrow);
            self.wide.extend(narrow.into_iter().map(u32::from));
        }
        self.wide.push(number);
    }

    /// The numbers.
    pub fn finish(self) -> Numbers {
        if self.wide.is_empty() {
            Numbers::Narrow(self.narrow.into())
        } else {
            Numbers::Wide(self.wide.into())
        }
    }
}

/// A set of nodes or edges, one bit each.
#[derive(Debug, Clone, Default)]
pub struct BitSet {
    words: Vec<u64>,
    len: usize,
}

/// A set that does not change any more.
#[derive(Debug, Clone, Default)]
pub struct Bits {
    words: Column<u64>,
    len: usize,
}

impl From<BitSet> for Bits {
    fn from(set: BitSet) -> Self {
        Self {
            words: set.words.into(),
            len: set.len,
        }
    }
}

impl Bits {
    /// From the words that an index keeps; nothing where they are not as many as `len` items need.
    pub(crate) fn from_words(words: Column<u64>, len: usize) -> Option<Self> {
        (words.len() == len.div_ceil(64)).then_some(Self { words, len })
    }

    /// The words as an index keeps them.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Whether `index` is in the set. Panics, as slices do, when it is beyond what the set ranges over.
    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        self.words[index >> 6] >> (index & 63) & 1 != 0
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.words.bytes()
    }

    /// How many items the set ranges over.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the set ranges over nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl BitSet {
    /// A set over `len` items, all absent.
    pub fn new(len: usize) -> Self {
        Self {
            words: zeros(len.div_ceil(64)),
            len,
        }
    }

    /// How many items the set ranges over.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    /// Whether the set ranges over nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether `index` is in the set.
    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        self.words[index >> 6] >> (index & 63) & 1 != 0
    }

    /// Puts `index` in; says whether it was absent.
    #[inline]
    pub fn insert(&mut self, index: usize) -> bool {
        let word = &mut self.words[index >> 6];
        let bit = 1u64 << (index & 63);
        let absent = *word & bit == 0;
        *word |= bit;
        absent
    }

    /// Takes `index` out.
    #[inline]
    pub fn remove(&mut self, index: usize) {
        self.words[index >> 6] &= !(1u64 << (index & 63));
    }

    /// Takes `index` out if `condition` holds, without a branch.
    #[inline]
    pub fn remove_if(&mut self, index: usize, condition: bool) {
        self.words[index >> 6] &= !(u64::from(condition) << (index & 63));
    }

    /// How many items are in the set.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// The first item in the set that is in `range`.
    #[inline]
    pub fn first_in(&self, range: std::ops::Range<usize>) -> Option<usize> {
        let mut at = range.start;
        while at < range.end {
            let rest = self.words[at >> 6] >> (at & 63);
            if rest != 0 {
                let found = at + rest.trailing_zeros() as usize;
                return (found < range.end).then_some(found);
            }
            at = (at | 63) + 1;
        }
        None
    }

    /// The items in the set that are in `range`, in order.
    #[inline]
    pub fn iter_in(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let (mut at, end) = (range.start, range.end);
        std::iter::from_fn(move || {
            while at < end {
                let rest = self.words[at >> 6] >> (at & 63);
                if rest != 0 {
                    let found = at + rest.trailing_zeros() as usize;
                    at = found + 1;
                    return (found < end).then_some(found);
                }
                at = (at | 63) + 1;
            }
            None
        })
    }

    /// The items that are not in the set, in order.
    pub fn iter_absent(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(move |(at, &word)| {
            let mut rest = !word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
            .take_while(move |&index| index < self.len)
        })
    }

    /// The items in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_sizes_are_the_same() {
        let few = |large: u64| {
            let mut sizes = vec![3u64; 200];
            (sizes[0], sizes[64], sizes[199]) = (large, 65_534, 65_535);
            sizes
        };
        let many: Vec<u64> = (0..200).map(|size| size * 1000).collect();
        for (sizes, short) in [(few(65_536), true), (few(5 << 32), true), (many, false)] {
            let packed = Sizes::Wide(sizes.clone().into()).packed();
            assert!((0..sizes.len()).all(|index| packed.get(index) == sizes[index]));
            assert_eq!(packed.total(), sizes.iter().sum::<u64>());
            assert_eq!(matches!(packed, Sizes::Short(_)), short);
        }
    }

    #[test]
    fn numbers_widen_when_one_needs_it() {
        for greatest in [0xffff, 0x1_0000, u32::MAX] {
            let values = [0, 7, greatest, 3, 0xffff, greatest];
            let mut numbers = NumbersBuilder::new(values.len());
            values.iter().for_each(|&value| numbers.push(value));
            let numbers = numbers.finish();
            assert!((0..values.len()).all(|index| numbers.get(index) == values[index]));
            assert_eq!(matches!(numbers, Numbers::Narrow(_)), greatest == 0xffff);
        }
    }

    #[test]
    fn first_of_a_range() {
        let mut set = BitSet::new(300);
        for index in [3, 64, 255] {
            set.insert(index);
        }
        for start in 0..300 {
            for end in [start, start + 1, 64, 65, 255, 256, 300] {
                let expected = set.iter().find(|index| (start..end).contains(index));
                assert_eq!(set.first_in(start..end), expected);
            }
        }
    }
}
