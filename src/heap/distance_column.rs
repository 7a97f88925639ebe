//! The column of distances, and what its numbers mean.

use crate::column::{Numbers, filled, room, settled};
use crate::memory::near;

/// Distance of nodes that the root does not reach.
pub const NO_DISTANCE: i32 = -5;

/// Distance of the root; nodes that only system roots reach have greater ones.
pub const SYSTEM_DISTANCE: i32 = 100_000_000;

/// A distance as people see it: the steps from the application's roots, or nothing.
pub fn shown_distance(distance: i32) -> Option<u32> {
    u32::try_from(distance)
        .ok()
        .filter(|_| distance < SYSTEM_DISTANCE)
}

/// A distance per node: two bytes each unless the heap is deep.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distances {
    numbers: Numbers,
}

/// In the column: not reached.
const UNREACHED: u32 = u16::MAX as u32;
/// In the column: where distances from system roots begin. Those before it are steps from user roots.
const SYSTEM: u32 = 0x8000;
/// In the column: where deep ones begin, as they are, but this much greater.
const DEEP: u32 = 0x1_0000;

impl Distances {
    /// From the numbers that an index keeps.
    pub(crate) fn from_numbers(numbers: Numbers) -> Self {
        Self { numbers }
    }

    /// The numbers as an index keeps them.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Memory held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.numbers.bytes()
    }

    #[inline]
    pub(crate) fn get(&self, node: usize) -> i32 {
        unpack(self.numbers.get(node))
    }
}

/// A column of distances that is written to in any order.
pub(super) struct Filling {
    narrow: Vec<u16>,
    /// In use once a distance does not fit the other.
    wide: Vec<u32>,
}

impl Filling {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            narrow: near(|| filled(nodes, UNREACHED as u16)),
            wide: Vec::new(),
        }
    }

    /// Writes a distance as [`pack`] gives it.
    #[inline]
    pub(super) fn set(&mut self, node: usize, packed: u32) {
        match u16::try_from(packed) {
            Ok(packed) if self.wide.is_empty() => self.narrow[node] = packed,
            _ => self.set_wide(node, packed),
        }
    }

    #[inline(never)]
    fn set_wide(&mut self, node: usize, packed: u32) {
        if self.wide.is_empty() {
            self.wide = room(self.narrow.len());
            let narrow = std::mem::take(&mut self.narrow);
            self.wide.extend(narrow.into_iter().map(u32::from));
        }
        self.wide[node] = packed;
    }

    pub(super) fn finish(self) -> Distances {
        let numbers = if self.wide.is_empty() {
            Numbers::Narrow(settled(self.narrow).into())
        } else {
            Numbers::Wide(self.wide.into())
        };
        Distances { numbers }
    }
}

/// A distance as it is in the column.
pub(super) fn pack(distance: i32) -> u32 {
    const LIMIT: i32 = SYSTEM as i32 - 1;
    const FROM_SYSTEM: i32 = SYSTEM_DISTANCE + LIMIT;
    match distance {
        NO_DISTANCE => UNREACHED,
        0..LIMIT => distance as u32,
        SYSTEM_DISTANCE..FROM_SYSTEM => SYSTEM + (distance - SYSTEM_DISTANCE) as u32,
        deep => DEEP.wrapping_add(deep as u32),
    }
}

#[inline]
fn unpack(packed: u32) -> i32 {
    match packed {
        UNREACHED => NO_DISTANCE,
        0..SYSTEM => packed as i32,
        SYSTEM..DEEP => SYSTEM_DISTANCE + (packed - SYSTEM) as i32,
        deep => deep.wrapping_sub(DEEP) as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_distances_come_back() {
        let near = [NO_DISTANCE, 0, 1, 32_766];
        let far = [
            32_767,
            32_768,
            65_535,
            65_536,
            2_000_000,
            SYSTEM_DISTANCE - 1,
        ];
        let system = [0, 1, 32_766, 32_767, 2_000_000].map(|steps| SYSTEM_DISTANCE + steps);
        for distance in near.into_iter().chain(far).chain(system) {
            assert_eq!(unpack(pack(distance)), distance);
        }
        assert!(near.iter().all(|&distance| pack(distance) < DEEP));
        assert!(pack(system[1]) < UNREACHED);
    }
}
