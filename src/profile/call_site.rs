//! Functions and call paths apart from the profile that they are of, so that they can be found again in another one.

use std::cmp::Reverse;

use super::model::{Frame, FunctionId, Profile, ROOT};

/// The most calls of a path that are compared; deeper ones tell paths apart no further.
const DEEPEST: usize = 256;

/// A function: what a [`Frame`] says, without the number of the script, which other processes have others of. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallSite {
    /// The function's name; empty where it has none.
    pub name: String,
    /// Path or URL of its script.
    pub url: String,
    /// Line, from 0; -1 for what is no script's.
    pub line: i64,
    /// Column, from 0; -1 for what is no script's.
    pub column: i64,
}

impl CallSite {
    /// The function of a frame.
    pub fn of(frame: Frame<'_>) -> Self {
        Self {
            name: frame.name.to_owned(),
            url: frame.url.to_owned(),
            line: frame.line,
            column: frame.column,
        }
    }

    /// The function as a frame.
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            name: &self.name,
            url: &self.url,
            script_id: "0",
            line: self.line,
            column: self.column,
        }
    }

    fn is(&self, frame: Frame<'_>) -> bool {
        self.line == frame.line
            && self.column == frame.column
            && self.name == frame.name
            && self.url == frame.url
    }
}

impl Profile {
    /// The functions of this profile that are meant. There are several where a script was loaded more than once.
    pub fn functions_at(&self, call_site: &CallSite) -> Vec<FunctionId> {
        self.functions()
            .filter(|&function| call_site.is(self.frame(function)))
            .collect()
    }

    /// The frame at the end of a call path, whose last function comes first; of several the one with most bytes. Where
    /// the path as a whole is not known, the one that has most of it.
    pub fn find_path(&self, path: &[CallSite]) -> Option<u32> {
        let wanted = path.iter().take(DEEPEST);
        let wanted: Vec<Vec<FunctionId>> = wanted
            .map(|call_site| self.functions_at(call_site))
            .collect();
        let ends = wanted.first()?;
        let nodes =
            (ROOT + 1..self.len() as u32).filter(|&node| ends.contains(&self.function(node)));
        nodes.max_by_key(|&node| {
            let known = self
                .stack(node)
                .zip(&wanted)
                .take_while(|(node, functions)| functions.contains(&self.function(*node)))
                .count();
            let is_whole = self.stack(node).nth(wanted.len()).is_none();
            (known, is_whole, self.total_size(node), Reverse(node))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    #[test]
    fn functions_and_paths_are_found_in_another_profile() {
        let first = profile(&[("a;f", 10), ("b;f", 1)]);
        let later = profile(&[("x", 3), ("a;f", 4), ("b", 1), ("b;f", 90), ("b;f;f", 7)]);
        let path = |node: u32| -> Vec<CallSite> {
            let nodes = first.stack(node);
            nodes
                .map(|node| CallSite::of(first.frame(first.function(node))))
                .collect()
        };
        let names = |node: Option<u32>| -> Vec<&str> {
            let nodes = node.into_iter().flat_map(|node| later.stack(node));
            nodes
                .map(|node| later.frame(later.function(node)).name)
                .collect()
        };
        assert_eq!(names(later.find_path(&path(2))), ["f", "a"]);
        assert_eq!(names(later.find_path(&path(4))), ["f", "b"]);
        // A function alone: where it has most.
        assert_eq!(names(later.find_path(&path(2)[..1])), ["f", "b"]);
        assert_eq!(later.find_path(&[]), None);
        let other = CallSite {
            line: 999,
            ..path(2)[0].clone()
        };
        assert_eq!(later.find_path(&[other]), None);
    }
}
