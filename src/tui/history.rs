//! Back and forward through where the user was.

use crate::tui::place::{DumpId, PageKey};
use crate::tui::widgets::lazy_tree::At;

/// A place: a page, and the item that was selected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The page.
    pub key: PageKey,
    /// The selected item of its main tree; `None` where it has none.
    pub at: Option<At>,
}

/// Where the user was, and is.
#[derive(Debug)]
pub struct History {
    marks: Vec<Mark>,
    now: usize,
}

/// How many places are remembered.
const LONGEST: usize = 200;

impl History {
    /// A history that begins at a page.
    pub fn new(key: PageKey) -> Self {
        Self {
            marks: vec![Mark { key, at: None }],
            now: 0,
        }
    }

    /// The page where the user is.
    pub fn page(&self) -> &PageKey {
        &self.marks[self.now].key
    }

    /// Notes the item that is selected where the user is.
    pub fn note(&mut self, at: Option<At>) {
        self.marks[self.now].at = at;
    }

    /// Goes to a page; what lay ahead is forgotten.
    pub fn go(&mut self, key: PageKey) {
        self.marks.truncate(self.now + 1);
        self.marks.push(Mark { key, at: None });
        if self.marks.len() > LONGEST {
            self.marks.remove(0);
        }
        self.now = self.marks.len() - 1;
    }

    /// Goes one place back; `None` when there is none.
    pub fn back(&mut self) -> Option<Mark> {
        self.now = self.now.checked_sub(1)?;
        Some(self.marks[self.now].clone())
    }

    /// Goes one place forward; `None` when there is none.
    pub fn forward(&mut self) -> Option<Mark> {
        let mark = self.marks.get(self.now + 1)?.clone();
        self.now += 1;
        Some(mark)
    }

    /// Whether there is a place to go back to.
    pub fn can_go_back(&self) -> bool {
        self.now > 0
    }

    /// Forgets the places of dumps that were forgotten, but never where the user is.
    pub fn forget(&mut self, dumps: &[DumpId]) {
        let now = self.now;
        let mut kept = Vec::new();
        for (index, mark) in self.marks.drain(..).enumerate() {
            if index == now {
                self.now = kept.len();
            } else if mark.key.dumps().iter().any(|dump| dumps.contains(dump)) {
                continue;
            }
            kept.push(mark);
        }
        self.marks = kept;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::graph::NodeId;

    #[test]
    fn goes_back_and_forward_and_forgets() {
        let dump: DumpId = Arc::from(Path::new("a"));
        let object = |node| PageKey::Object(Arc::clone(&dump), NodeId(node));
        let mut history = History::new(PageKey::Dumps);
        history.go(object(1));
        history.go(object(2));
        assert_eq!(history.back().map(|mark| mark.key), Some(object(1)));
        assert_eq!(history.forward().map(|mark| mark.key), Some(object(2)));
        assert!(history.forward().is_none());
        history.back();
        history.go(object(3));
        assert!(history.forward().is_none());
        assert_eq!(history.back().map(|mark| mark.key), Some(object(1)));
        history.back();
        assert!(history.back().is_none() && !history.can_go_back());
        history.forward();
        history.forget(std::slice::from_ref(&dump));
        assert_eq!(*history.page(), object(1));
        assert_eq!(history.back().map(|mark| mark.key), Some(PageKey::Dumps));
    }
}
