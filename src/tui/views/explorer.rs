//! The page of a dump or of an object: a tree of objects, and the tree of retainers of the selected one.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, Detour};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::branches::{Holders, Level, Listed};
use crate::tui::commands::Command;
use crate::tui::page::{Effect, Page, typed};
use crate::tui::place::{PageKey, Side};
use crate::tui::source::{Source, Subject};
use crate::tui::theme::Tone;
use crate::tui::view::{Order, View};
use crate::tui::views::pane::{Arrival, Pane};
use crate::tui::views::pane_columns::About;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Inbox, Slot, Work};

/// What workers find for the page.
pub(super) enum Found {
    List(Side, BranchId, Result<Listed>),
    Holders(Result<Option<Holders>>),
    Way(Result<Option<Vec<Level>>>),
    Freed(Result<(NodeId, u64)>),
    Detour(Result<Option<Arc<Detour>>>),
    /// Then the cursor goes to a class, if one is wanted.
    Narrowed(Result<Arc<View>>, Option<Class>),
}

/// Says in passing what came of something.
pub(super) fn saying(words: String) -> Effect {
    Effect::Say(words, Tone::Dim)
}

/// The page of a dump or of an object.
pub struct Explorer {
    pub(super) inbox: Inbox<Found>,
    /// Which page this is.
    pub key: PageKey,
    /// The dump in view.
    pub view: Arc<View>,
    /// What there is.
    pub main: Pane,
    /// The retainers of the selected object.
    pub holders: Pane,
    /// Which of the two has the keyboard.
    pub focus: Side,
    /// Whether that one has all the room.
    pub zoomed: bool,
    /// Order and filter.
    pub order: Order,
    /// What the holders are, or will be, of.
    pub(super) held: Option<Subject>,
    /// The object whose holders are shown; `None` while they are looked for.
    pub held_node: Option<NodeId>,
    /// Where the two were drawn last.
    pub areas: (Option<Rect>, Option<Rect>),
    /// Why there are no holders.
    pub holders_problem: Option<String>,
    /// Whether nothing holds the object any more but what is left out.
    pub released: bool,
    /// The selected object of the dominators, and how many objects go with it, when that is known.
    pub(super) freed: Option<(NodeId, Option<u64>)>,
}

impl Explorer {
    /// What a half is about, which decides its columns.
    pub(super) fn about(&self, side: Side) -> About {
        match (side, &self.key) {
            (Side::Holders, _) => About::Retainers,
            (Side::Main, PageKey::Summary(_)) => About::Classes,
            (Side::Main, _) => About::Object,
        }
    }

    /// The page `key` of a loaded dump.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let top = match key {
            PageKey::Object(_, node) => Source::Object(node),
            PageKey::Containment(_) => Source::Fields(view.heap.root()),
            PageKey::Dominators(_) => Source::Dominated(view.heap.root()),
            _ => Source::Classes,
        };
        let narrows = match top {
            Source::Object(node) => Some(Source::Fields(node)),
            Source::Classes => None,
            top => Some(top),
        };
        let mut page = Self {
            inbox: Inbox::default(),
            key,
            view,
            main: Pane::new(top),
            holders: Pane::new(top),
            focus: Side::Main,
            zoomed: false,
            order: Order {
                narrows,
                ..Order::default()
            },
            held: None,
            held_node: None,
            areas: (None, None),
            holders_problem: None,
            released: false,
            freed: None,
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
            Source::Fields(_) | Source::Dominated(_) => page.list(Side::Main, ROOT, top, work),
            _ => {
                // The rows are there already, in this order.
                let classes = page.view.classes.iter().map(|row| row.class.0).collect();
                page.main.set(ROOT, Children::List(classes), Arrival::First);
            }
        }
        page.look_for_holders(work);
        page
    }

    /// Has the lists ordered otherwise than usual, as settings ask for.
    pub fn begin_with(&mut self, order: &Order, work: &mut Work) {
        if !self.order.reads_like(order) {
            let narrows = self.order.narrows;
            self.order = Order {
                narrows,
                ..order.clone()
            };
            self.list_anew(Side::Main, work);
            self.held = None;
            self.look_for_holders(work);
        }
    }

    /// What was typed, and how many rows of how many answer it.
    pub(super) fn found_words(&self) -> Option<Spans> {
        let (found, all) = self.found()?;
        let (found, all) = (grouped(found as u64), grouped(all as u64));
        Some(typed(&self.order.filter, format!("{found} of {all}")))
    }

    /// The pane on this side.
    pub fn pane(&self, side: Side) -> &Pane {
        match side {
            Side::Main => &self.main,
            Side::Holders => &self.holders,
        }
    }

    pub(super) fn pane_mut(&mut self, side: Side) -> &mut Pane {
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

    pub(super) fn obey(&mut self, command: Command, work: &mut Work) -> Option<Effect> {
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
            Command::SortNext => self.sort_by_next(work),
            Command::SortReverse => {
                let (_, reverse) = self.sorting();
                *reverse = !*reverse;
                self.list_anew(side, work);
            }
            Command::ToggleInternals => return Some(self.toggle_internals(work)),
            Command::Ignore => return self.toggle_holder(work),
            Command::ToggleWeak => {
                self.order.weak = !self.order.weak;
                self.held = None;
                self.look_for_holders(work);
                let words = if self.order.weak {
                    "weak retainers shown, after the others"
                } else {
                    "weak retainers hidden"
                };
                return Some(Effect::Say(words.to_owned(), Tone::Dim));
            }
            _ => return None,
        }
        self.look_for_holders(work);
        None
    }

    pub(super) fn unfold(&mut self, side: Side, at: At, work: &mut Work) {
        let view = Arc::clone(&self.view);
        if let Some((branch, source)) = self.pane_mut(side).open(&view.heap, at) {
            self.list(side, branch, source, work);
        }
    }

    fn fold(&mut self, side: Side, at: At, work: &mut Work) {
        let gone = self.pane_mut(side).close(at);
        work.abandon_lists(&self.key, side, gone);
    }

    /// Has a branch's list made.
    pub(super) fn list(&self, side: Side, branch: BranchId, source: Source, work: &mut Work) {
        let (view, order) = (Arc::clone(&self.view), self.order.clone());
        let slot = Slot::List(self.key.clone(), side, branch);
        let job = move |task: &Task| view.rows(source, &order, task);
        work.start(slot, &self.inbox, job, move |listed| {
            Found::List(side, branch, listed)
        });
    }

    /// Has the holders looked for of what is selected in the main tree, unless they are shown.
    pub(super) fn look_for_holders(&mut self, work: &mut Work) {
        if self.view.outline {
            return;
        }
        if self.follow_detour() {
            self.held = None;
        }
        self.count_freed(work);
        let Some(subject) = self.main.subject(&self.view.heap) else {
            // While the row is still being made, and on rows that others are folded into, the holders of the one
            // before stay.
            let at = self.main.at();
            let loading = matches!(self.main.tree.children(at.branch), Some(Children::Loading));
            if !loading && self.main.note(at).is_none() {
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
        let (view, order) = (Arc::clone(&self.view), self.order.clone());
        let job = move |task: &Task| {
            let node = match subject {
                Subject::Object(node, _) => Some(node),
                Subject::Class(class) => view.largest(class, task)?,
            };
            node.map(|node| view.holders(node, &order, task))
                .transpose()
        };
        let slot = Slot::Holders(self.key.clone());
        work.start(slot, &self.inbox, job, Found::Holders);
    }

    /// Shows an object among its class: unfolds the class, and selects the object as soon as it is there. Says whether
    /// the object is among those that count.
    pub fn show(&mut self, node: NodeId, work: &mut Work) -> bool {
        let view = Arc::clone(&self.view);
        let class = view.heap.class_id(node);
        let counted = view.heap.shallow(node) > 0 && view.selection.contains(node);
        if !counted || view.class_row(class).is_none() {
            return false;
        }
        if self.main.item(ROOT, class.0).is_none() {
            // A filter hides the class.
            self.order.filter.clear();
            let (list, marks) = view.class_list(&self.order);
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

    pub(super) fn take_list(&mut self, side: Side, branch: BranchId, outcome: Result<Listed>) {
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
        match outcome {
            Ok(listed) => pane.set_list(branch, listed, arrival),
            Err(error) => {
                let problem = Children::Failed(error.to_string().into());
                pane.set(branch, problem, arrival);
            }
        }
    }

    pub(super) fn take_holders(&mut self, outcome: Result<Option<Holders>>) {
        let view = Arc::clone(&self.view);
        self.holders_problem = None;
        match outcome {
            Ok(Some(Holders {
                node,
                levels,
                freed,
                runtime,
            })) => {
                self.held_node = Some(node);
                self.released = freed;
                self.holders
                    .show_way(&view.heap, Source::Retainers(node), levels);
                self.holders.runtime = runtime;
            }
            Ok(None) => self.held_node = None,
            Err(error) => {
                self.held_node = None;
                self.holders_problem = Some(error.to_string());
            }
        }
    }
}
