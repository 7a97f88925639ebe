//! Columns: what nodes and edges are stored in.
//!
//! Everything that has a value per node or per edge is a [`Column`], read through a slice. Today a column owns its
//! memory; an index file that is mapped into memory can stand behind the same type later without any reader noticing.

use std::ops::Deref;

/// An immutable column of plain numbers.
#[derive(Debug, Clone, Default)]
pub struct Column<T>(Vec<T>);

impl<T> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self(values)
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Clone> Column<T> {
    /// The values, to be changed.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Column<T> {
    /// Memory held by this column, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<T>()
    }
}

/// Sizes in bytes, one per node: four bytes each where the whole heap is below 4 GiB, else eight.
#[derive(Debug, Clone)]
pub enum Sizes {
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
    #[inline]
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Self::Narrow(column) => u64::from(column[index]),
            Self::Wide(column) => column[index],
        }
    }

    /// How many sizes there are.
    pub fn len(&self) -> usize {
        match self {
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
        match self {
            Self::Narrow(column) => column.iter().map(|&size| u64::from(size)).sum(),
            Self::Wide(column) => column
                .iter()
                .fold(0u64, |sum, &size| sum.saturating_add(size)),
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

/// A set of nodes or edges, one bit each.
#[derive(Debug, Clone, Default)]
pub struct BitSet {
    words: Vec<u64>,
    len: usize,
}

impl BitSet {
    /// A set over `len` items, all absent.
    pub fn new(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
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

    /// How many items are in the set.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// The items in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
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
