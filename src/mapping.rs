//! Files that are mapped into memory, to be read as slices of numbers.
//!
//! The only unsafe code of the project is here: a mapping is a slice of memory that another program could change or
//! cut short behind our back. So only heaptui's own index files are mapped, never dumps.

use std::fmt;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;

/// A file that is mapped for reading, for as long as anything uses it.
pub struct Mapping(Mmap);

impl Mapping {
    /// Maps an index file as long as it is now.
    ///
    /// To be called for files alone that heaptui has written, and that nobody but their user may write to: see below.
    ///
    /// # Errors
    /// What the system says.
    #[allow(unsafe_code)]
    pub fn of_own_file(file: &File) -> io::Result<Arc<Self>> {
        // SAFETY: the slice must not change and its file must not get shorter while it is mapped. An index file is
        // written under another name and moved to its place when it is whole. It has mode 0600 in a folder of mode
        // 0700, and its owner and kind were checked when it was opened. heaptui never writes to one again: a newer
        // index is another file that takes its name, and cleaning up unlinks it, which leaves a mapped one as it is.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Arc::new(Self(map)))
    }

    /// What is in the file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mapping").field(&self.0.len()).finish()
    }
}

/// A run of numbers in a mapped file.
#[derive(Debug)]
pub struct Part<T> {
    mapping: Arc<Mapping>,
    bytes: Range<usize>,
    items: PhantomData<T>,
}

impl<T: Pod> Part<T> {
    /// The numbers at these bytes of the file; nothing where the file has no such bytes, or they do not make whole
    /// numbers at a place where such numbers can be read.
    pub fn of(mapping: Arc<Mapping>, bytes: Range<usize>) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, T>(mapping.bytes().get(bytes.clone())?).ok()?;
        Some(Self {
            mapping,
            bytes,
            items: PhantomData,
        })
    }

    /// The numbers.
    #[inline]
    pub fn values(&self) -> &[T] {
        // Neither can fail after `of`; asking again costs a few instructions.
        let bytes = self.mapping.0.get(self.bytes.clone()).unwrap_or_default();
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        Self {
            mapping: self.mapping.clone(),
            bytes: self.bytes.clone(),
            items: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn numbers_are_read_where_they_are_whole() {
        let mut file = tempfile::tempfile().unwrap();
        let numbers: [u32; 4] = [1, 2, 3, u32::MAX];
        file.write_all(bytemuck::cast_slice(&numbers)).unwrap();
        let mapping = Mapping::of_own_file(&file).unwrap();
        let part = |bytes| Part::<u32>::of(mapping.clone(), bytes);
        assert_eq!(part(4..16).unwrap().values(), &numbers[1..]);
        assert_eq!(part(16..16).unwrap().values(), &[0u32; 0]);
        for wrong in [0..3, 1..5, 12..20, 20..24, usize::MAX..usize::MAX] {
            assert!(part(wrong.clone()).is_none(), "{wrong:?}");
        }
    }
}
