//! A tree with a cursor: what both halves of a page are made of.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::NodeId;
use crate::heap::{Detour, Heap};
use crate::text::span::Spans;
use crate::tui::branches::{Level, Listed, Note};
use crate::tui::source::{HOPS, INTERNALS, Source, Subject, Way, is_fold};
use crate::tui::view::Marks;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, LazyTree, ROOT, Row};
use crate::tui::widgets::list::{Cursor, Motion};

/// A tree with a cursor.
#[derive(Clone)]
pub struct Pane {
    /// The tree.
    pub tree: LazyTree<Source>,
    /// The selected item.
    at: At,
    /// Where it stands on the screen.
    cursor: Cursor,
    /// What to mark in class rows.
    pub marks: Marks,
    /// An item to select as soon as the list of its branch is there.
    wanted: Option<(BranchId, u32)>,
    /// The branch whose rows are narrowed to those that answer what was typed.
    pub narrowed: Option<Source>,
    /// Rows that others are folded into, by branch.
    notes: HashMap<BranchId, Vec<Note>>,
    /// The ways around the holders that are left out, where the pane shows holders.
    pub detour: Option<Arc<Detour>>,
    /// The object at which the runtime's part of the way begins, where the pane shows a way up, and what that part is.
    pub runtime: Option<(NodeId, Spans)>,
}

/// What a list is put into a pane for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The cursor stays on its item.
    Stay,
    /// The cursor goes to the first row.
    First,
}

const TOP: At = At {
    branch: ROOT,
    index: 0,
};

impl Pane {
    /// A pane whose top rows are still being made.
    pub fn new(source: Source) -> Self {
        Self {
            tree: LazyTree::new(source),
            at: TOP,
            cursor: Cursor::default(),
            marks: Marks::new(),
            wanted: None,
            narrowed: None,
            notes: HashMap::new(),
            detour: None,
            runtime: None,
        }
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The selected item.
    pub fn at(&self) -> At {
        self.at
    }

    /// The selected row.
    pub fn row(&self) -> Option<Row> {
        self.tree.row(self.tree.position(self.at)?)
    }

    /// What the selected row is about.
    pub fn subject(&self, heap: &Heap) -> Option<Subject> {
        self.subject_at(heap, self.at)
    }

    /// What a row is about.
    pub fn subject_at(&self, heap: &Heap, at: At) -> Option<Subject> {
        let source = self.tree.source(at.branch)?;
        source.subject(heap, self.tree.value(at)?)
    }

    /// What is folded into a row, in words.
    pub fn note(&self, at: At) -> Option<&Spans> {
        let value = self.tree.value(at)?;
        let notes = self.notes.get(&at.branch)?;
        let note = notes.iter().find(|note| note.value == value)?;
        Some(&note.words)
    }

    /// What a stretch of hops that a row stands for is called.
    pub fn stretch(&self, at: At) -> Option<&Spans> {
        let value = self.tree.value(at)?;
        (!is_fold(value)).then(|| self.note(at))?
    }

    /// What a row unfolds into: `None` for a holder that is above itself already.
    pub fn below(&self, heap: &Heap, at: At) -> Option<Source> {
        let source = self.tree.source(at.branch)?;
        let folded = self.stretch(at).is_some();
        let below = source.below(heap, self.tree.value(at)?, folded)?;
        (!self.is_cycle(heap, at)).then_some(below)
    }

    /// Whether the row's holder is above the row already.
    pub fn is_cycle(&self, heap: &Heap, at: At) -> bool {
        let way = |branch: BranchId| self.tree.source(branch).and_then(|source| source.way());
        if way(at.branch) != Some(Way::Retainers) {
            return false;
        }
        let Some(Subject::Object(node, _)) = self.subject_at(heap, at) else {
            return false;
        };
        let mut branch = Some(at.branch);
        while let Some(id) = branch {
            // A branch of retainers lists the holders of the object that is above it.
            let owner = self.tree.source(id).and_then(|source| source.owner());
            if way(id) == Some(Way::Retainers) && owner == Some(node) {
                return true;
            }
            branch = self.tree.parent(id).map(|parent| parent.branch);
        }
        false
    }

    /// The top row that is so many top rows away from the one that the selected item belongs to, round at the ends.
    pub fn top_neighbour(&self, by: isize) -> At {
        let mut at = self.at;
        while let Some(parent) = self.tree.parent(at.branch) {
            at = parent;
        }
        let rows = match self.tree.children(ROOT) {
            Some(Children::List(list)) => list.len() as isize,
            _ => 0,
        };
        let index = (at.index as isize + by).rem_euclid(rows.max(1));
        At {
            branch: ROOT,
            index: index as u32,
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        let rows = self.tree.rows();
        self.cursor.go(motion, rows);
        if let Some(row) = self.tree.row(self.cursor.selected) {
            self.at = row.at;
        }
        self.wanted = None;
    }

    /// Puts the cursor on an item.
    pub fn select(&mut self, at: At) {
        if let Some(position) = self.tree.position(at) {
            self.at = at;
            self.cursor.go(Motion::To(position), self.tree.rows());
        }
    }

    /// Puts the cursor on an item at the end of a way: what leads to it is above it on the screen.
    pub fn select_below(&mut self, at: At) {
        if let Some(position) = self.tree.position(at) {
            self.at = at;
            self.cursor.go_below(position, self.tree.rows());
        }
    }

    /// The screen has room for `height` rows.
    pub fn fit(&mut self, height: usize) {
        self.cursor.fit(height, self.tree.rows());
    }

    /// Unfolds an item; gives the new branch, whose list is to be made, and its source.
    pub fn open(&mut self, heap: &Heap, at: At) -> Option<(BranchId, Source)> {
        if self.tree.branch_at(at).is_some() {
            return None;
        }
        let source = self.below(heap, at)?;
        let branch = self.tree.open(at, source)?;
        self.follow();
        Some((branch, source))
    }

    /// Folds an item; gives the branches that went.
    pub fn close(&mut self, at: At) -> Vec<BranchId> {
        let gone = self.tree.close(at);
        for branch in &gone {
            self.notes.remove(branch);
        }
        if gone.contains(&self.at.branch) {
            self.at = at;
        }
        self.follow();
        gone
    }

    /// Gives a branch its rows. The cursor stays on its item as long as that is there.
    pub fn set(&mut self, branch: BranchId, children: Children, arrival: Arrival) {
        let selected = (self.at.branch == branch).then(|| self.tree.value(self.at));
        self.tree.set(branch, children);
        if let Some(Some(value)) = selected {
            // What is folded away by now is in the row for that.
            let index = self.index_of(branch, value);
            let index = index.or_else(|| self.index_of(branch, INTERNALS));
            self.at = At {
                branch,
                index: index.unwrap_or(0),
            };
        } else if selected.is_some() {
            self.at = At { branch, index: 0 };
        }
        if self.tree.position(self.at).is_none() {
            self.at = TOP;
        }
        if let Some((wanted, value)) = self.wanted
            && wanted == branch
        {
            self.wanted = None;
            if let Some(index) = self.index_of(branch, value) {
                self.at = At { branch, index };
            }
        }
        match arrival {
            Arrival::First => self.go(Motion::To(0)),
            Arrival::Stay => self.follow(),
        }
        if self.tree.parent(branch) == Some(self.at) {
            let below = self.tree.listed(branch);
            self.cursor.show_below(below, self.tree.rows());
        }
    }

    /// Gives a branch the list that was made for it. A stretch of hops that the tree was unfolded by stays.
    pub fn set_list(&mut self, branch: BranchId, mut listed: Listed, arrival: Arrival) {
        let way = self.tree.source(branch).and_then(|source| source.way());
        if matches!(way, Some(Way::Fields | Way::Dominated))
            && let Some(notes) = self.notes.remove(&branch)
        {
            let stretches = notes.into_iter().filter(|note| !is_fold(note.value));
            for stretch in stretches {
                if !listed.list.contains(&stretch.value) {
                    let at = usize::from(listed.list.first() == Some(&HOPS));
                    listed.list.insert(at, stretch.value);
                    listed.notes.push(stretch);
                }
            }
        }
        if branch == ROOT {
            self.marks = listed.marks;
        }
        if listed.notes.is_empty() {
            self.notes.remove(&branch);
        } else {
            self.notes.insert(branch, listed.notes);
        }
        self.set(branch, Children::List(listed.list.into()), arrival);
    }

    fn index_of(&self, branch: BranchId, value: u32) -> Option<u32> {
        match self.tree.children(branch)? {
            Children::List(list) => {
                let index = list.iter().position(|&candidate| candidate == value)?;
                Some(index as u32)
            }
            Children::Loading | Children::Failed(_) => None,
        }
    }

    /// The item of a branch that has this number.
    pub fn item(&self, branch: BranchId, value: u32) -> Option<At> {
        let index = self.index_of(branch, value)?;
        Some(At { branch, index })
    }

    /// Selects the item of a branch that has this number, now or when the branch's list arrives.
    pub fn want(&mut self, branch: BranchId, value: u32) {
        match self.item(branch, value) {
            Some(at) => self.select(at),
            None => self.wanted = Some((branch, value)),
        }
    }

    /// Shows the list of `top`, unfolded along a way; gives the last row of the way.
    pub fn show_way(&mut self, heap: &Heap, top: Source, levels: Vec<Level>) -> Option<At> {
        *self = Self {
            cursor: Cursor {
                height: self.cursor.height,
                ..Cursor::default()
            },
            detour: self.detour.take(),
            ..Self::new(top)
        };
        let mut branch = ROOT;
        let count = levels.len();
        for (number, level) in levels.into_iter().enumerate() {
            self.tree.set(branch, Children::List(level.list));
            if !level.notes.is_empty() {
                self.notes.insert(branch, level.notes);
            }
            let at = At {
                branch,
                index: level.at,
            };
            if number + 1 == count {
                return Some(at);
            }
            let source = self.below(heap, at)?;
            branch = self.tree.open(at, source)?;
        }
        None
    }

    fn follow(&mut self) {
        let rows = self.tree.rows();
        let position = self.tree.position(self.at).unwrap_or(0);
        self.cursor.follow(position, rows);
    }
}
