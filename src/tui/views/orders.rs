//! How a page's trees are ordered and narrowed: sorting, the engine's own, which classes and objects count.

use std::sync::Arc;

use crate::analysis::filter as analysis;
use crate::analysis::summary::SortKey;
use crate::heap::Class;
use crate::task::Task;
use crate::tui::page::Effect;
use crate::tui::place::{PageKey, Side};
use crate::tui::scope::Scope;
use crate::tui::source::{Source, Way};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::explorer::{Explorer, Found, saying};
use crate::tui::views::pane::Arrival;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT};
use crate::tui::work::{Slot, Work};

/// The order of the columns for going through them.
const SORTS: [SortKey; 5] = [
    SortKey::Retained,
    SortKey::Name,
    SortKey::Distance,
    SortKey::Count,
    SortKey::Shallow,
];

impl Explorer {
    /// Sorts the pane that has the keyboard by its next column.
    pub(super) fn sort_by_next(&mut self, work: &mut Work) {
        let side = self.focus;
        let classes = self.top() == Some(&Source::Classes) && side == Side::Main;
        let sorts: Vec<SortKey> = SORTS
            .into_iter()
            .filter(|&key| classes || key != SortKey::Count)
            .collect();
        let (key, reverse) = self.sorting();
        let now = sorts.iter().position(|other| other == key);
        *key = sorts[now.map_or(0, |now| (now + 1) % sorts.len())];
        *reverse = false;
        self.list_anew(side, work);
    }

    /// The order of the pane that has the keyboard.
    pub(super) fn sorting(&mut self) -> (&mut SortKey, &mut bool) {
        let order = &mut self.order;
        match self.focus {
            Side::Main => (&mut order.key, &mut order.reverse),
            Side::Holders => (&mut order.holders, &mut order.holders_reverse),
        }
    }

    /// Folds the engine's own away, or shows it among the rest.
    pub(super) fn toggle_internals(&mut self, work: &mut Work) -> Effect {
        self.order.internals = !self.order.internals;
        for pane in [&mut self.main, &mut self.holders] {
            // What is selected among the folded stays selected among all.
            let at = pane.at();
            if let Some(Source::Internals(..)) = pane.tree.source(at.branch)
                && let (Some(value), Some(parent)) =
                    (pane.tree.value(at), pane.tree.parent(at.branch))
            {
                pane.select(parent);
                pane.want(parent.branch, value);
            }
        }
        let has_any = |source: Source| matches!(source.way(), Some(Way::Fields | Way::Retainers));
        self.list_anew_if(Side::Main, has_any, work);
        self.list_anew_if(Side::Holders, has_any, work);
        let words = if self.order.internals {
            "V8 internals shown among the others"
        } else {
            "V8 internals folded"
        };
        Effect::Say(words.to_owned(), Tone::Dim)
    }

    /// Narrows the classes, or the rows of the page's own branch, to those that answer `filter`.
    pub fn filter(&mut self, filter: &str, work: &mut Work) {
        if self.order.filter == filter {
            return;
        }
        filter.clone_into(&mut self.order.filter);
        let is_narrowed = !filter.trim().is_empty();
        self.main.narrowed = self.order.narrows.filter(|_| is_narrowed);
        match self.narrowed_branch() {
            Some((branch, source)) => self.list(Side::Main, branch, source, work),
            // Rows that are folded away would be found unseen.
            None if is_narrowed && matches!(self.key, PageKey::Object(..)) => {
                let object = At {
                    branch: ROOT,
                    index: 0,
                };
                self.unfold(Side::Main, object, work);
            }
            None => {}
        }
    }

    /// The branch whose rows are narrowed by what is typed.
    fn narrowed_branch(&self) -> Option<(BranchId, Source)> {
        let wanted = self.order.narrows.unwrap_or(Source::Classes);
        let mut branches = self.main.tree.branches();
        let found = branches.find(|(_, source)| **source == wanted);
        found.map(|(branch, &source)| (branch, source))
    }

    /// Has only those objects count that a filter lets through; then the cursor goes to `class`, if one is wanted.
    pub fn narrow(
        &mut self,
        (scope, filter): (Scope, analysis::Filter),
        class: Option<Class>,
        work: &mut Work,
    ) {
        let view = Arc::clone(&self.view);
        let job = move |task: &Task| view.narrowed(scope, &filter, task).map(Arc::new);
        let slot = Slot::Narrow(self.key.clone());
        work.start(slot, &self.inbox, job, move |view| {
            Found::Narrowed(view, class)
        });
    }

    pub(super) fn narrowed(
        &mut self,
        view: Arc<View>,
        class: Option<Class>,
        work: &mut Work,
    ) -> Option<Effect> {
        let found = class.as_ref().map(|class| view.class_like(class));
        if let (Some(class), Some(None)) = (&class, found)
            && view.scope != Scope::All
        {
            self.narrow(
                (Scope::All, analysis::Filter::All),
                Some(class.clone()),
                work,
            );
            return Some(saying(format!(
                "no {} allocated in that range is alive; showing all objects",
                class.name
            )));
        }
        if class.is_some() {
            self.order.filter.clear();
        }
        self.view = view;
        let (list, marks) = self.view.class_list(&self.order);
        work.abandon(&Slot::List(self.key.clone(), Side::Main, ROOT));
        self.main.marks = marks;
        // Who was at the top wants to see what is at the top now; anybody else the same class.
        let at_top = self.main.cursor().selected == 0;
        let arrival = if at_top {
            Arrival::First
        } else {
            Arrival::Stay
        };
        self.main.set(ROOT, Children::List(list.into()), arrival);
        if let Some(Some(class)) = found
            && let Some(at) = self.main.item(ROOT, class.0)
        {
            self.focus = Side::Main;
            self.main.select(at);
        }
        self.held = None;
        self.list_anew(Side::Main, work);
        None
    }

    /// Has all lists of a pane made anew that the order matters for; the old ones stay until then.
    pub(super) fn list_anew(&self, side: Side, work: &mut Work) {
        self.list_anew_if(side, |_| true, work);
    }

    fn list_anew_if(&self, side: Side, test: impl Fn(Source) -> bool, work: &mut Work) {
        for (branch, &source) in self.pane(side).tree.branches() {
            if !matches!(source, Source::Object(_) | Source::Hops(..)) && test(source) {
                self.list(side, branch, source, work);
            }
        }
    }

    /// Goes on from the page that was shown while the dump was being loaded.
    pub fn resume(&mut self, filter: &str, class: Option<&Class>, work: &mut Work) {
        filter.clone_into(&mut self.order.filter);
        let (list, marks) = self.view.class_list(&self.order);
        self.main.marks = marks;
        self.main
            .set(ROOT, Children::List(list.into()), Arrival::Stay);
        let class = class.and_then(|class| self.view.class_like(class));
        if let Some(at) = class.and_then(|class| self.main.item(ROOT, class.0)) {
            self.main.select(at);
        }
        self.look_for_holders(work);
    }

    /// How many classes or rows pass the filter, while there is one.
    pub fn filtered(&self) -> Option<(usize, usize)> {
        if self.order.filter.is_empty() {
            return None;
        }
        let (branch, source) = self.narrowed_branch()?;
        let all = match source {
            Source::Classes => self.view.classes.len(),
            Source::Dominated(node) => {
                let known = self.view.heap.dominated_if_known();
                known.map_or(0, |dominated| dominated.of(node).len())
            }
            Source::Fields(node) => self.view.heap.graph().edge_range(node).len(),
            _ => 0,
        };
        match self.main.tree.children(branch) {
            Some(Children::List(list)) => Some((list.len(), all.max(list.len()))),
            _ => None,
        }
    }
}
