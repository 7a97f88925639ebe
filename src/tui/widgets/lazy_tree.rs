//! An expanded tree as flat rows that are never written out.
//!
//! Every unfolded item is a *branch*: the list of its children as numbers, and which of them are unfolded in turn,
//! with a running count of the rows that these add. From that the row at any index is found by one binary search per
//! level, so unfolding two million children costs nothing but their list, which a worker made.
//!
//! What the numbers mean is told by the *source* of their branch (`S`): class numbers, node numbers, edge numbers.
//! Items are addressed by [`At`], which survives everything that happens above or below them.

use std::sync::Arc;

use crate::error::Result;

/// A branch of a [`LazyTree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BranchId(u32);

/// An item: which branch, and which of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    /// The branch whose child this is.
    pub branch: BranchId,
    /// Which child; 0 for the one row that a branch without children shows.
    pub index: u32,
}

/// What a branch has to show.
#[derive(Debug, Clone)]
pub enum Children {
    /// Somebody is working on it: one row says so.
    Loading,
    /// The list could not be made: one row says why.
    Failed(Arc<str>),
    /// The list; when it is empty, one row says that there is nothing.
    List(Arc<[u32]>),
}

impl At {
    /// A row of a plain list, as if it were the root's child.
    pub fn row(index: usize) -> Self {
        Self {
            branch: ROOT,
            index: index as u32,
        }
    }
}

impl Children {
    /// What a worker made of a list.
    pub fn of(outcome: Result<Vec<u32>>) -> Self {
        match outcome {
            Ok(list) => Self::List(list.into()),
            Err(error) => Self::Failed(error.to_string().into()),
        }
    }
}

/// One visible row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which item.
    pub at: At,
    /// How deep: 0 for the children of the root.
    pub depth: usize,
    /// The child's number; `None` on the row of a branch that has no children to show.
    pub value: Option<u32>,
    /// Whether it is unfolded.
    pub open: bool,
}

#[derive(Debug, Clone)]
struct Branch<S> {
    source: S,
    /// The item that this branch is unfolded from; `None` for the root.
    parent: Option<At>,
    depth: usize,
    children: Children,
    /// Unfolded children, by index.
    open: Vec<Open>,
    /// Unfolded children that the list lacks just now (a filter hides them), by number.
    hidden: Vec<(u32, BranchId)>,
    /// Visible rows of this branch and everything unfolded in it.
    rows: usize,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    index: u32,
    branch: BranchId,
    /// Rows that unfolded children before this one add.
    before: usize,
}

impl<S> Branch<S> {
    fn own_rows(&self) -> usize {
        match &self.children {
            Children::List(list) => list.len().max(1),
            Children::Loading | Children::Failed(_) => 1,
        }
    }
}

/// The tree; see the module.
#[derive(Debug, Clone)]
pub struct LazyTree<S> {
    branches: Vec<Option<Branch<S>>>,
    free: Vec<u32>,
}

/// The index that hidden branches have in their parent: no list is that long.
const NOWHERE: u32 = u32::MAX;

/// The root branch.
pub const ROOT: BranchId = BranchId(0);

impl<S> LazyTree<S> {
    /// A tree whose top rows come from `source` and are still being made.
    pub fn new(source: S) -> Self {
        let root = Branch {
            source,
            parent: None,
            depth: 0,
            children: Children::Loading,
            open: Vec::new(),
            hidden: Vec::new(),
            rows: 1,
        };
        Self {
            branches: vec![Some(root)],
            free: Vec::new(),
        }
    }

    fn get(&self, id: BranchId) -> Option<&Branch<S>> {
        self.branches.get(id.0 as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: BranchId) -> Option<&mut Branch<S>> {
        self.branches.get_mut(id.0 as usize)?.as_mut()
    }

    /// How many rows are visible, all told.
    pub fn rows(&self) -> usize {
        self.get(ROOT).map_or(0, |root| root.rows)
    }

    /// Whether this branch is (still) there.
    pub fn contains(&self, branch: BranchId) -> bool {
        self.get(branch).is_some()
    }

    /// What a branch's numbers mean.
    pub fn source(&self, branch: BranchId) -> Option<&S> {
        self.get(branch).map(|branch| &branch.source)
    }

    /// All branches, in no order.
    pub fn branches(&self) -> impl Iterator<Item = (BranchId, &S)> {
        let ids = (0..).map(BranchId);
        let branches = ids.zip(&self.branches);
        branches.filter_map(|(id, branch)| Some((id, &branch.as_ref()?.source)))
    }

    /// What a branch has to show.
    pub fn children(&self, branch: BranchId) -> Option<&Children> {
        self.get(branch).map(|branch| &branch.children)
    }

    /// How many rows a branch has of its own.
    pub fn listed(&self, branch: BranchId) -> usize {
        self.get(branch).map_or(0, Branch::own_rows)
    }

    /// The item that a branch is unfolded from.
    pub fn parent(&self, branch: BranchId) -> Option<At> {
        self.get(branch)?.parent
    }

    /// The number of an item.
    pub fn value(&self, at: At) -> Option<u32> {
        match &self.get(at.branch)?.children {
            Children::List(list) => list.get(at.index as usize).copied(),
            Children::Loading | Children::Failed(_) => None,
        }
    }

    /// The branch that an item is unfolded into, if it is.
    pub fn branch_at(&self, at: At) -> Option<BranchId> {
        let branch = self.get(at.branch)?;
        let found = branch
            .open
            .binary_search_by_key(&at.index, |open| open.index);
        found.ok().map(|slot| branch.open[slot].branch)
    }

    /// The row at a visible index.
    pub fn row(&self, mut index: usize) -> Option<Row> {
        let mut id = ROOT;
        let mut branch = self.get(id)?;
        if index >= branch.rows {
            return None;
        }
        loop {
            // The last unfolded child whose own row is at or before the index.
            let slot = branch
                .open
                .partition_point(|open| open.index as usize + open.before <= index);
            let Some(open) = slot.checked_sub(1).and_then(|slot| branch.open.get(slot)) else {
                return Some(self.row_of(id, branch, index as u32));
            };
            let below = index - (open.index as usize + open.before);
            let unfolded = self.get(open.branch)?;
            if below == 0 {
                return Some(self.row_of(id, branch, open.index));
            }
            if below <= unfolded.rows {
                (id, branch, index) = (open.branch, unfolded, below - 1);
                continue;
            }
            let child = index - open.before - unfolded.rows;
            return Some(self.row_of(id, branch, child as u32));
        }
    }

    fn row_of(&self, id: BranchId, branch: &Branch<S>, index: u32) -> Row {
        let at = At { branch: id, index };
        Row {
            at,
            depth: branch.depth,
            value: self.value(at),
            open: self.branch_at(at).is_some(),
        }
    }

    /// The visible index of an item.
    pub fn position(&self, at: At) -> Option<usize> {
        let mut position = 0;
        let mut at = at;
        loop {
            let branch = self.get(at.branch)?;
            if at.index as usize >= branch.own_rows() {
                return None;
            }
            let slot = branch.open.partition_point(|open| open.index < at.index);
            let before = slot.checked_sub(1).map_or(0, |slot| {
                let open = branch.open[slot];
                open.before + self.get(open.branch).map_or(0, |branch| branch.rows)
            });
            position += at.index as usize + before;
            match branch.parent {
                None => return Some(position),
                Some(parent) => {
                    position += 1;
                    at = parent;
                }
            }
        }
    }

    /// Unfolds an item into a branch that is still being made, or gives the one that is there.
    pub fn open(&mut self, at: At, source: S) -> Option<BranchId> {
        if let Some(branch) = self.branch_at(at) {
            return Some(branch);
        }
        self.value(at)?;
        let depth = self.get(at.branch)?.depth + 1;
        let branch = Branch {
            source,
            parent: Some(at),
            depth,
            children: Children::Loading,
            open: Vec::new(),
            hidden: Vec::new(),
            rows: 1,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.branches[id as usize] = Some(branch);
                BranchId(id)
            }
            None => {
                self.branches.push(Some(branch));
                BranchId(self.branches.len() as u32 - 1)
            }
        };
        let parent = self.get_mut(at.branch)?;
        let slot = parent.open.partition_point(|open| open.index < at.index);
        parent.open.insert(
            slot,
            Open {
                index: at.index,
                branch: id,
                before: 0,
            },
        );
        self.recount(at.branch);
        Some(id)
    }

    /// Folds an item; everything unfolded in it is forgotten. Gives the branches that went.
    pub fn close(&mut self, at: At) -> Vec<BranchId> {
        let Some(branch) = self.get_mut(at.branch) else {
            return Vec::new();
        };
        let Ok(slot) = branch
            .open
            .binary_search_by_key(&at.index, |open| open.index)
        else {
            return Vec::new();
        };
        let open = branch.open.remove(slot);
        let gone = self.drop_branch(open.branch);
        self.recount(at.branch);
        gone
    }

    fn drop_branch(&mut self, id: BranchId) -> Vec<BranchId> {
        let mut doomed = vec![id];
        let mut gone = Vec::new();
        while let Some(id) = doomed.pop() {
            gone.push(id);
            if let Some(branch) = self.branches.get_mut(id.0 as usize).and_then(Option::take) {
                doomed.extend(branch.open.iter().map(|open| open.branch));
                doomed.extend(branch.hidden.iter().map(|&(_, branch)| branch));
                self.free.push(id.0);
            }
        }
        gone
    }

    /// Gives a branch its children, or other ones. What was unfolded stays so under the same number.
    pub fn set(&mut self, id: BranchId, children: Children) {
        let Some(branch) = self.get_mut(id) else {
            return;
        };
        let mut unfolded = std::mem::take(&mut branch.hidden);
        if let Children::List(list) = &branch.children {
            for open in branch.open.drain(..) {
                if let Some(&value) = list.get(open.index as usize) {
                    unfolded.push((value, open.branch));
                }
            }
        }
        branch.children = children;
        if let (Children::List(list), false) = (&branch.children, unfolded.is_empty()) {
            unfolded.sort_unstable_by_key(|&(value, _)| value);
            let mut found = vec![None; unfolded.len()];
            for (index, value) in (0u32..).zip(list.iter()) {
                if let Ok(slot) = unfolded.binary_search_by_key(value, |&(value, _)| value) {
                    found[slot].get_or_insert(index);
                }
            }
            for (&(value, open), index) in unfolded.iter().zip(found) {
                match index {
                    Some(index) => branch.open.push(Open {
                        index,
                        branch: open,
                        before: 0,
                    }),
                    None => branch.hidden.push((value, open)),
                }
            }
            branch.open.sort_unstable_by_key(|open| open.index);
        } else {
            branch.hidden = unfolded;
        }
        let shown = branch.open.iter().map(|open| (open.branch, open.index));
        let hidden = branch.hidden.iter().map(|&(_, open)| (open, NOWHERE));
        let moved: Vec<(BranchId, u32)> = shown.chain(hidden).collect();
        for (child, index) in moved {
            if let Some(child) = self.get_mut(child) {
                child.parent = Some(At { branch: id, index });
            }
        }
        self.recount(id);
    }

    /// Counts the rows of a branch and of those above it again.
    fn recount(&mut self, id: BranchId) {
        let mut next = Some(id);
        while let Some(id) = next {
            let Some(mut open) = self
                .get_mut(id)
                .map(|branch| std::mem::take(&mut branch.open))
            else {
                return;
            };
            let mut before = 0;
            for entry in &mut open {
                entry.before = before;
                before += self.get(entry.branch).map_or(0, |branch| branch.rows);
            }
            let Some(branch) = self.get_mut(id) else {
                return;
            };
            branch.open = open;
            branch.rows = branch.own_rows() + before;
            next = branch.parent.map(|parent| parent.branch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: impl IntoIterator<Item = u32>) -> Children {
        Children::List(values.into_iter().collect())
    }

    fn at(branch: BranchId, index: u32) -> At {
        At { branch, index }
    }

    /// All rows as "depth:value", checked against `position` on the way.
    fn rows(tree: &LazyTree<()>) -> Vec<String> {
        (0..tree.rows())
            .map(|index| {
                let row = tree.row(index).unwrap();
                assert_eq!(tree.position(row.at), Some(index));
                match row.value {
                    Some(value) => format!("{}:{value}", row.depth),
                    None => format!("{}:-", row.depth),
                }
            })
            .collect()
    }

    #[test]
    fn rows_follow_what_is_unfolded() {
        let mut tree = LazyTree::new(());
        assert_eq!(rows(&tree), ["0:-"]);
        tree.set(ROOT, list([7, 8, 9]));
        let eight = tree.open(at(ROOT, 1), ()).unwrap();
        assert_eq!(rows(&tree), ["0:7", "0:8", "1:-", "0:9"]);
        tree.set(eight, list([70, 80]));
        let eighty = tree.open(at(eight, 1), ()).unwrap();
        tree.set(eighty, list([1, 2]));
        let nine = tree.open(at(ROOT, 2), ()).unwrap();
        tree.set(nine, list([]));
        assert_eq!(
            rows(&tree),
            ["0:7", "0:8", "1:70", "1:80", "2:1", "2:2", "0:9", "1:-"]
        );
        tree.close(at(ROOT, 1));
        assert_eq!(rows(&tree), ["0:7", "0:8", "0:9", "1:-"]);
        assert!(!tree.contains(eighty));
        assert_eq!(tree.row(4), None);
    }

    #[test]
    fn what_is_unfolded_survives_another_order_and_a_filter() {
        let mut tree = LazyTree::new(());
        tree.set(ROOT, list([7, 8, 9]));
        let eight = tree.open(at(ROOT, 1), ()).unwrap();
        tree.set(eight, list([80]));
        tree.set(ROOT, list([9, 8, 7]));
        assert_eq!(rows(&tree), ["0:9", "0:8", "1:80", "0:7"]);
        tree.set(ROOT, list([7]));
        assert_eq!(rows(&tree), ["0:7"]);
        assert_eq!(tree.position(at(eight, 0)), None);
        tree.set(ROOT, Children::Loading);
        tree.set(ROOT, list([8, 7, 9]));
        assert_eq!(rows(&tree), ["0:8", "1:80", "0:7", "0:9"]);
        assert_eq!(tree.parent(eight), Some(at(ROOT, 0)));
    }

    #[test]
    fn millions_of_children_are_one_list() {
        let mut tree = LazyTree::new(());
        tree.set(ROOT, list(0..2_000_000));
        let branch = tree.open(at(ROOT, 1_000_000), ()).unwrap();
        tree.set(branch, list(0..2_000_000));
        assert_eq!(tree.rows(), 4_000_000);
        let row = tree.row(3_500_000).unwrap();
        assert_eq!((row.depth, row.value), (0, Some(1_500_000)));
        let row = tree.row(1_000_001).unwrap();
        assert_eq!((row.depth, row.value), (1, Some(0)));
        assert_eq!(tree.position(at(ROOT, 1_999_999)), Some(3_999_999));
    }

    #[test]
    fn random_trees_agree_with_a_walk() {
        fn walk(tree: &LazyTree<()>, branch: BranchId, depth: usize, out: &mut Vec<(usize, At)>) {
            let own = match tree.children(branch).unwrap() {
                Children::List(list) => list.len().max(1),
                _ => 1,
            };
            for index in 0..own as u32 {
                out.push((depth, at(branch, index)));
                if let Some(below) = tree.branch_at(at(branch, index)) {
                    walk(tree, below, depth + 1, out);
                }
            }
        }
        let mut seed = 1u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below.max(1)
        };
        let mut tree = LazyTree::new(());
        tree.set(ROOT, list(0..5));
        for _ in 0..300 {
            let row = tree.row(random(tree.rows())).unwrap();
            if row.open && random(3) == 0 {
                tree.close(row.at);
            } else if let Some(branch) = tree.open(row.at, ()) {
                let count = random(6) as u32;
                tree.set(branch, list((0..count).rev()));
            }
            let mut expected = Vec::new();
            walk(&tree, ROOT, 0, &mut expected);
            let actual: Vec<(usize, At)> = (0..tree.rows())
                .map(|index| tree.row(index).map(|row| (row.depth, row.at)).unwrap())
                .collect();
            assert_eq!(actual, expected);
            for (index, &(_, at)) in expected.iter().enumerate() {
                assert_eq!(tree.position(at), Some(index));
            }
        }
    }
}
