//! The page of a dump or of an object: a tree of what there is, and a tree of who holds what is selected in it.

use std::sync::Arc;

use crate::analysis::summary::SortKey;
use crate::error::Result;
use crate::graph::NodeId;
use crate::series::Done;
use crate::tui::commands::Command;
use crate::tui::view::{Holders, Marks, Order, Source, Subject, View};
use crate::tui::views::pane::{Arrival, Pane};
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Answer, PageKey, Side, Slot, Work};

/// The page of a dump or of an object.
pub struct Explorer {
    /// Which page this is.
    pub key: PageKey,
    /// The dump in view.
    pub view: Arc<View>,
    /// What there is.
    pub main: Pane,
    /// Who holds what is selected.
    pub holders: Pane,
    /// Which of the two has the keyboard.
    pub focus: Side,
    /// Whether that one has all the room.
    pub zoomed: bool,
    /// Order and filter.
    pub order: Order,
    /// What the holders are, or will be, of.
    held: Option<Subject>,
    /// The object whose holders are shown; nothing while they are looked for.
    pub held_node: Option<NodeId>,
    /// Why there are no holders.
    pub holders_problem: Option<String>,
}

/// The order of the columns for going through them.
const SORTS: [SortKey; 5] = [
    SortKey::Retained,
    SortKey::Name,
    SortKey::Distance,
    SortKey::Count,
    SortKey::Shallow,
];

impl Explorer {
    /// The page `key` of a loaded dump.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let top = match key {
            PageKey::Object(_, node) => Source::Object(node),
            PageKey::Dumps | PageKey::Summary(_) => Source::Classes,
        };
        let mut page = Self {
            key,
            view,
            main: Pane::new(top),
            holders: Pane::new(top),
            focus: Side::Main,
            zoomed: false,
            order: Order::default(),
            held: None,
            held_node: None,
            holders_problem: None,
        };
        match top {
            Source::Object(node) => {
                let list = Children::List(Arc::from([node.0]));
                page.main.set(ROOT, list, Arrival::First);
                page.unfold(
                    Side::Main,
                    At {
                        branch: ROOT,
                        index: 0,
                    },
                    work,
                );
            }
            _ => {
                // The rows are there already, in this order.
                let classes = page.view.classes.iter().map(|row| row.class.0).collect();
                page.main.set(ROOT, Children::List(classes), Arrival::First);
            }
        }
        page.look_for_holders(work);
        page
    }

    /// The pane on this side.
    pub fn pane(&self, side: Side) -> &Pane {
        match side {
            Side::Main => &self.main,
            Side::Holders => &self.holders,
        }
    }

    fn pane_mut(&mut self, side: Side) -> &mut Pane {
        match side {
            Side::Main => &mut self.main,
            Side::Holders => &mut self.holders,
        }
    }

    /// The object that is selected where the keyboard is; of a class the one whose holders are shown.
    pub fn selected_object(&self) -> Option<NodeId> {
        match self.pane(self.focus).subject(&self.view.heap)? {
            Subject::Object(node, _) => Some(node),
            Subject::Class(_) => self.held_node,
        }
    }

    /// Moves in the pane that has the keyboard.
    pub fn go(&mut self, motion: Motion, work: &mut Work) {
        self.pane_mut(self.focus).go(motion);
        self.look_for_holders(work);
    }

    /// Does what a command asks for; says whether it was one of this page's.
    pub fn command(&mut self, command: Command, work: &mut Work) -> bool {
        let side = self.focus;
        let at = self.pane(side).at();
        let open = self.pane(side).tree.branch_at(at).is_some();
        match command {
            Command::Unfold if open => self.pane_mut(side).go(Motion::By(1)),
            Command::Toggle if open => self.fold(side, at, work),
            Command::Unfold | Command::Toggle => self.unfold(side, at, work),
            Command::Fold if open => self.fold(side, at, work),
            Command::Fold => {
                if let Some(parent) = self.pane(side).tree.parent(at.branch) {
                    self.pane_mut(side).select(parent);
                }
            }
            Command::NextPane => {
                self.focus = match side {
                    Side::Main => Side::Holders,
                    Side::Holders => Side::Main,
                };
            }
            Command::Zoom => self.zoomed = !self.zoomed,
            Command::SortNext => {
                let now = SORTS.iter().position(|&key| key == self.order.key);
                let next = now.map_or(0, |now| (now + 1) % SORTS.len());
                self.order.key = SORTS[next];
                self.order.reverse = false;
                self.list_anew(work);
            }
            Command::SortReverse => {
                self.order.reverse = !self.order.reverse;
                self.list_anew(work);
            }
            Command::ToggleWeak => {
                self.order.weak = !self.order.weak;
                self.held = None;
                self.look_for_holders(work);
            }
            _ => return false,
        }
        self.look_for_holders(work);
        true
    }

    /// Narrows the classes to those that answer `filter`.
    pub fn filter(&mut self, filter: &str, work: &mut Work) {
        if self.order.filter != filter && self.main.tree.source(ROOT) == Some(&Source::Classes) {
            filter.clone_into(&mut self.order.filter);
            self.list(Side::Main, ROOT, Source::Classes, work);
        }
    }

    fn unfold(&mut self, side: Side, at: At, work: &mut Work) {
        let view = Arc::clone(&self.view);
        if let Some((branch, source)) = self.pane_mut(side).open(&view.heap, at) {
            self.list(side, branch, source, work);
        }
    }

    fn fold(&mut self, side: Side, at: At, work: &mut Work) {
        for branch in self.pane_mut(side).close(at) {
            work.abandon(&Slot::List(self.key.clone(), side, branch));
        }
    }

    /// Has a branch's list made.
    fn list(&self, side: Side, branch: BranchId, source: Source, work: &mut Work) {
        let (view, order) = (Arc::clone(&self.view), self.order.clone());
        let slot = Slot::List(self.key.clone(), side, branch);
        work.start(slot, move |task| {
            let (list, marks) = view.list(source, &order, task)?;
            Ok(Answer::List(list.into(), marks))
        });
    }

    /// Has all lists made anew that the order matters for; the old ones stay until then.
    fn list_anew(&self, work: &mut Work) {
        for (branch, &source) in self.main.tree.branches() {
            if matches!(source, Source::Classes | Source::Instances(_)) {
                self.list(Side::Main, branch, source, work);
            }
        }
    }

    /// Has the holders looked for of what is selected in the main tree, unless they are shown.
    fn look_for_holders(&mut self, work: &mut Work) {
        let Some(subject) = self.main.subject(&self.view.heap) else {
            // While the row is still being made, the holders of the one before stay.
            let branch = self.main.at().branch;
            if !matches!(self.main.tree.children(branch), Some(Children::Loading)) {
                work.abandon(&Slot::Holders(self.key.clone()));
                self.held = None;
                self.held_node = None;
            }
            return;
        };
        let same = match (self.held, subject) {
            (Some(Subject::Object(old, _)), Subject::Object(new, _)) => old == new,
            (old, new) => old == Some(new),
        };
        if same {
            return;
        }
        self.held = Some(subject);
        let (view, weak) = (Arc::clone(&self.view), self.order.weak);
        work.start(Slot::Holders(self.key.clone()), move |task| {
            let node = match subject {
                Subject::Object(node, _) => Some(node),
                Subject::Class(class) => view.largest(class, task)?,
            };
            let holders = node
                .map(|node| view.holders(node, weak, task))
                .transpose()?;
            Ok(Answer::Holders(holders))
        });
    }

    /// Shows an object among its class: unfolds the class, and selects the object as soon as it is there. Says whether
    /// the object is among those that count.
    pub fn reveal(&mut self, node: NodeId, work: &mut Work) -> bool {
        let view = Arc::clone(&self.view);
        let class = view.heap.class_id(node);
        let counted = view.heap.shallow(node) > 0 && view.selection.contains(node);
        if !counted || view.class_row(class).is_none() {
            return false;
        }
        if self.main.item(ROOT, class.0).is_none() {
            // A filter hides the class.
            self.order.filter.clear();
            let (list, marks) = match view.list(Source::Classes, &self.order, &Default::default()) {
                Ok(found) => found,
                Err(_) => return false,
            };
            work.abandon(&Slot::List(self.key.clone(), Side::Main, ROOT));
            self.main.marks = marks;
            self.main
                .set(ROOT, Children::List(list.into()), Arrival::Stay);
        }
        let Some(at) = self.main.item(ROOT, class.0) else {
            return false;
        };
        self.main.select(at);
        self.unfold(Side::Main, at, work);
        if let Some(branch) = self.main.tree.branch_at(at) {
            self.main.want(branch, node.0);
        }
        self.focus = Side::Main;
        self.look_for_holders(work);
        true
    }

    /// Takes what a worker found for this page.
    pub fn take(&mut self, done: Done<Slot, Answer>, work: &mut Work) {
        match (done.slot, done.outcome) {
            (Slot::List(_, side, branch), outcome) => self.take_list(side, branch, outcome),
            (Slot::Holders(_), outcome) => self.take_holders(outcome),
            _ => {}
        }
        self.look_for_holders(work);
    }

    fn take_list(&mut self, side: Side, branch: BranchId, outcome: Result<Answer>) {
        let narrowed = branch == ROOT && side == Side::Main && !self.order.filter.is_empty();
        let arrival = if narrowed {
            Arrival::First
        } else {
            Arrival::Stay
        };
        let pane = self.pane_mut(side);
        if !pane.tree.contains(branch) {
            return;
        }
        let children = match outcome {
            Ok(Answer::List(list, marks)) => {
                if branch == ROOT {
                    pane.marks = marks;
                }
                Children::List(list)
            }
            Ok(_) => return,
            Err(error) => Children::Failed(error.to_string().into()),
        };
        pane.set(branch, children, arrival);
    }

    fn take_holders(&mut self, outcome: Result<Answer>) {
        let view = Arc::clone(&self.view);
        self.holders_problem = None;
        match outcome {
            Ok(Answer::Holders(Some(Holders { node, levels }))) => {
                self.held_node = Some(node);
                self.holders.show_chain(&view.heap, node, &levels);
            }
            Ok(_) => self.held_node = None,
            Err(error) => {
                self.held_node = None;
                self.holders_problem = Some(error.to_string());
            }
        }
    }

    /// Whether the rows that the next key is meant for are still being made.
    pub fn unsettled(&self, work: &Work) -> bool {
        let pane = self.pane(self.focus);
        let at = pane.at();
        let branches = [Some(ROOT), Some(at.branch), pane.tree.branch_at(at)];
        branches.into_iter().flatten().any(|branch| {
            work.status(&Slot::List(self.key.clone(), self.focus, branch))
                .is_some()
        })
    }

    /// How many classes pass the filter, while there is one.
    pub fn filtered(&self) -> Option<(usize, usize)> {
        if self.order.filter.is_empty() {
            return None;
        }
        match self.main.tree.children(ROOT) {
            Some(Children::List(list)) => Some((list.len(), self.view.classes.len())),
            _ => None,
        }
    }

    /// The marks of the class rows.
    pub fn marks(&self) -> &Marks {
        &self.main.marks
    }
}
