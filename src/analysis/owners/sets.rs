//! Sets of owners, each kept once.

use std::collections::HashMap;

/// A set with more owners than this is all of them together.
const MOST: usize = 16;
/// What owns things of so many owners that it says nothing.
pub const MANY: &str = "(many)";

/// The empty set.
pub(super) const NOBODY: u32 = 0;
/// The set of too many.
const TOO_MANY: u32 = 1;

/// Owners by number, and sets of them by number. Sets never change: a union is another set.
#[derive(Debug)]
pub(super) struct Sets {
    names: Vec<String>,
    by_name: HashMap<String, u16>,
    sets: Vec<Box<[u16]>>,
    by_members: HashMap<Box<[u16]>, u32>,
    unions: HashMap<(u32, u32), u32>,
}

impl Default for Sets {
    fn default() -> Self {
        let none: Box<[u16]> = Box::default();
        Self {
            names: Vec::new(),
            by_name: HashMap::new(),
            // The second has no members that are listed.
            sets: vec![none.clone(), none.clone()],
            by_members: HashMap::from([(none, NOBODY)]),
            unions: HashMap::new(),
        }
    }
}

impl Sets {
    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// The set of one owner. The 65,536th owner and all behind it are [`MANY`].
    pub fn single(&mut self, name: &str) -> u32 {
        let number = match self.by_name.get(name) {
            Some(&number) => number,
            None => {
                let Ok(number) = u16::try_from(self.names.len()) else {
                    return TOO_MANY;
                };
                self.names.push(name.to_owned());
                self.by_name.insert(name.to_owned(), number);
                number
            }
        };
        self.intern(Box::new([number]))
    }

    /// The set of all owners of both.
    pub fn union(&mut self, a: u32, b: u32) -> u32 {
        match (a, b) {
            _ if a == b || b == NOBODY => return a,
            (NOBODY, _) => return b,
            (TOO_MANY, _) | (_, TOO_MANY) => return TOO_MANY,
            _ => {}
        }
        let key = (a.min(b), a.max(b));
        if let Some(&known) = self.unions.get(&key) {
            return known;
        }
        let mut members = [&*self.sets[a as usize], &*self.sets[b as usize]].concat();
        members.sort_unstable();
        members.dedup();
        let union = match members.len() > MOST {
            true => TOO_MANY,
            false => self.intern(members.into()),
        };
        self.unions.insert(key, union);
        union
    }

    fn intern(&mut self, members: Box<[u16]>) -> u32 {
        let next = self.sets.len() as u32;
        let number = *self.by_members.entry(members.clone()).or_insert(next);
        if number == next {
            self.sets.push(members);
        }
        number
    }

    /// The names of the owners of a set, sorted.
    pub fn names(&self, set: u32) -> Vec<String> {
        if set == TOO_MANY {
            return vec![MANY.to_owned()];
        }
        let members = self.sets[set as usize].iter();
        let mut names: Vec<String> = members
            .map(|&owner| self.names[usize::from(owner)].clone())
            .collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_are_kept_once() {
        let mut sets = Sets::default();
        let (a, b, c) = (sets.single("a"), sets.single("b"), sets.single("c"));
        assert_eq!(sets.single("a"), a);
        let ab = sets.union(a, b);
        assert_eq!(sets.union(b, a), ab);
        assert_eq!(sets.union(ab, a), ab);
        let bc = sets.union(c, b);
        assert_eq!(sets.union(ab, c), sets.union(a, bc));
        assert_eq!(sets.names(ab), ["a", "b"]);
        assert_eq!(sets.union(NOBODY, c), c);
        assert!(sets.names(NOBODY).is_empty());
    }

    #[test]
    fn more_than_sixteen_are_many() {
        let mut sets = Sets::default();
        let mut all = NOBODY;
        for number in 0..16 {
            let one = sets.single(&number.to_string());
            all = sets.union(all, one);
        }
        assert_eq!(sets.names(all).len(), 16);
        let one = sets.single("one more");
        let many = sets.union(one, all);
        assert_eq!(sets.names(many), [MANY]);
        assert_eq!(sets.union(many, one), many);
        let before = sets.len();
        assert_eq!(sets.union(NOBODY, many), many);
        assert_eq!(sets.len(), before);
    }
}
