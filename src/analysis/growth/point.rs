//! The figures that are looked at over the dumps.

/// The figures of a class, or of all objects, in one dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// How many objects.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// What they retain, in bytes.
    pub retained: u64,
}

/// Which of a point's figures is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Measure {
    /// Retained size.
    #[default]
    Retained,
    /// Shallow size.
    Shallow,
    /// Number of objects.
    Count,
}

impl Point {
    /// The figure that is looked at.
    pub fn get(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Retained => self.retained,
            Measure::Shallow => self.shallow,
            Measure::Count => self.count,
        }
    }
}
