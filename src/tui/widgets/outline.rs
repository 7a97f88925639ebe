//! A lazy tree with a cursor, for pages whose rows are their own affair.

use crate::tui::commands::Command;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, LazyTree, ROOT, Row};
use crate::tui::widgets::list::{Cursor, Motion};

/// A lazy tree with a cursor.
#[derive(Debug)]
pub struct Outline<S> {
    tree: LazyTree<S>,
    at: At,
    cursor: Cursor,
}

/// What is left to be done of a command that folds or unfolds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folding {
    /// Nothing.
    Done,
    /// The selected row is to be unfolded, if it can be.
    Unfold,
    /// These branches are gone: jobs that make their lists can stop.
    Gone(Vec<BranchId>),
}

const TOP: At = At {
    branch: ROOT,
    index: 0,
};

impl<S> Outline<S> {
    /// A tree whose top rows are still being made.
    pub fn new(source: S) -> Self {
        Self {
            tree: LazyTree::new(source),
            at: TOP,
            cursor: Cursor::default(),
        }
    }

    /// The tree.
    pub fn tree(&self) -> &LazyTree<S> {
        &self.tree
    }

    /// The selected item.
    pub fn at(&self) -> At {
        self.at
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The selected row.
    pub fn row(&self) -> Option<Row> {
        self.tree.row(self.tree.position(self.at)?)
    }

    /// A row by its place.
    pub fn row_at(&self, index: usize) -> Option<Row> {
        self.tree.row(index)
    }

    /// What lists the row, and its number there; `None` for rows that say that there is no list.
    pub fn item(&self, row: Row) -> Option<(&S, u32)> {
        Some((self.tree.source(row.at.branch)?, row.value?))
    }

    /// The screen has room for `height` rows.
    pub fn fit(&mut self, height: usize) {
        self.cursor.fit(height, self.tree.rows());
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.tree.rows());
        if let Some(row) = self.tree.row(self.cursor.selected) {
            self.at = row.at;
        }
    }

    /// Puts the cursor on an item, if it is there.
    pub fn select(&mut self, at: At) {
        if let Some(position) = self.tree.position(at) {
            self.at = at;
            self.cursor.go(Motion::To(position), self.tree.rows());
        }
    }

    /// Does what a command says as far as the tree alone can.
    pub fn obey(&mut self, command: Command) -> Folding {
        let open = self.tree.branch_at(self.at).is_some();
        match command {
            Command::Unfold if open => self.go(Motion::By(1)),
            Command::Fold | Command::Toggle if open => {
                let gone = self.tree.close(self.at);
                self.follow();
                return Folding::Gone(gone);
            }
            Command::Unfold | Command::Toggle => return Folding::Unfold,
            Command::Fold => {
                if let Some(parent) = self.tree.parent(self.at.branch) {
                    self.select(parent);
                }
            }
            _ => {}
        }
        Folding::Done
    }

    /// Unfolds the selected item; gives the branch whose list is to be made.
    pub fn open(&mut self, source: S) -> Option<BranchId> {
        if self.tree.branch_at(self.at).is_some() {
            return None;
        }
        let branch = self.tree.open(self.at, source)?;
        self.follow();
        Some(branch)
    }

    /// Gives a branch its rows; the cursor stays on its item as long as that is there.
    pub fn set(&mut self, branch: BranchId, children: Children) {
        if !self.tree.contains(branch) {
            return;
        }
        let selected = (self.at.branch == branch).then(|| self.tree.value(self.at));
        self.tree.set(branch, children);
        if let Some(value) = selected {
            let index = match (self.tree.children(branch), value) {
                (Some(Children::List(list)), Some(value)) => {
                    list.iter().position(|&other| other == value).unwrap_or(0)
                }
                _ => 0,
            };
            self.at = At {
                branch,
                index: index as u32,
            };
        }
        self.follow();
        if self.tree.parent(branch) == Some(self.at) {
            let below = self.tree.listed(branch);
            self.cursor.show_below(below, self.tree.rows());
        }
    }

    fn follow(&mut self) {
        if self.tree.position(self.at).is_none() {
            self.at = TOP;
        }
        let position = self.tree.position(self.at).unwrap_or(0);
        self.cursor.follow(position, self.tree.rows());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_goes_back_to_what_was_unfolded() {
        let mut outline = Outline::new("top");
        outline.set(ROOT, Children::List([7, 8, 9].as_slice().into()));
        outline.go(Motion::By(1));
        assert_eq!(outline.obey(Command::Unfold), Folding::Unfold);
        let branch = outline.open("below").unwrap();
        outline.set(branch, Children::List([1, 2].as_slice().into()));
        assert_eq!(outline.obey(Command::Unfold), Folding::Done);
        let row = outline.row().unwrap();
        assert_eq!(outline.item(row), Some((&"below", 1)));
        // Its own parent first, then what is below that goes.
        assert_eq!(outline.obey(Command::Fold), Folding::Done);
        assert_eq!(outline.obey(Command::Fold), Folding::Gone(vec![branch]));
        assert_eq!(outline.item(outline.row().unwrap()), Some((&"top", 8)));
        // The item is followed when the order changes.
        outline.set(ROOT, Children::List([8, 7].as_slice().into()));
        assert_eq!(outline.at().index, 0);
    }
}
