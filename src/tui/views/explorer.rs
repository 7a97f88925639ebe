//! The page of a dump or of an object: a tree of what there is, and a tree of who holds what is selected in it.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::filter as analysis;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, Detour, shown_distance};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::branches::{Holders, Level, Listed};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::Export;
use crate::tui::page::{
    DrawCtx, Effect, Header, Intent, News, Page, PageCtx, Subject as About, said, typed,
};
use crate::tui::place::{DumpId, PageKey, Side};
use crate::tui::scope::Scope;
use crate::tui::source::{Source, Subject, Way};
use crate::tui::theme::Tone;
use crate::tui::view::{Order, View};
use crate::tui::views::pane::{Arrival, Pane};
use crate::tui::views::{halves, rows_export};
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
    Narrowed(Result<Arc<View>>),
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
    /// Who holds what is selected.
    pub holders: Pane,
    /// Which of the two has the keyboard.
    pub focus: Side,
    /// Whether that one has all the room.
    pub zoomed: bool,
    /// Order and filter.
    pub order: Order,
    /// What the holders are, or will be, of.
    pub(super) held: Option<Subject>,
    /// The object whose holders are shown; nothing while they are looked for.
    pub held_node: Option<NodeId>,
    /// Where the two were drawn last.
    pub areas: (Option<Rect>, Option<Rect>),
    /// Why there are no holders.
    pub holders_problem: Option<String>,
    /// The class to go to when another filter is through.
    pub(super) awaited: Option<Class>,
    /// What is to be said about what a worker found.
    pub(super) remark: Option<String>,
    /// Whether nothing holds the object any more but what is left out.
    pub released: bool,
    /// The selected object of the dominators, and how many objects go with it, when that is known.
    pub(super) freed: Option<(NodeId, Option<u64>)>,
}

impl Explorer {
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
            awaited: None,
            remark: None,
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
    fn found_words(&self) -> Option<Spans> {
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

    fn obey(&mut self, command: Command, work: &mut Work) -> Option<Effect> {
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
                    "weak holders are listed too, behind the others"
                } else {
                    "weak holders are left out"
                };
                return Some(Effect::Say(words.to_owned(), Tone::Dim));
            }
            _ => return None,
        }
        self.look_for_holders(work);
        None
    }

    fn unfold(&mut self, side: Side, at: At, work: &mut Work) {
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

    fn take_list(&mut self, side: Side, branch: BranchId, outcome: Result<Listed>) {
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

    fn take_holders(&mut self, outcome: Result<Option<Holders>>) {
        let view = Arc::clone(&self.view);
        self.holders_problem = None;
        match outcome {
            Ok(Some(Holders {
                node,
                levels,
                freed,
            })) => {
                self.held_node = Some(node);
                self.released = freed;
                self.holders
                    .show_way(&view.heap, Source::Retainers(node), levels);
            }
            Ok(None) => self.held_node = None,
            Err(error) => {
                self.held_node = None;
                self.holders_problem = Some(error.to_string());
            }
        }
    }
}

impl Page for Explorer {
    fn context(&self) -> Context {
        match self.focus {
            Side::Main => Context::TREE,
            Side::Holders => Context::RETAINERS,
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        halves::draw(buffer, area, self, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let view = &self.view;
        let mut path = vec![view.title(store.labelled(&view.dump))];
        let mut facts = Vec::new();
        if let Some(detour) = &self.order.detour {
            let count = detour.left_out().len();
            let holders = if count == 1 { "holder" } else { "holders" };
            facts.push(said(format!("{count} {holders} left out")));
        }
        match self.way() {
            Some(Way::Dominated) => path.push("dominators".into()),
            Some(_) => path.push("containment".into()),
            None => {}
        }
        if let PageKey::Object(_, node) = &self.key {
            let label = view.names.object(&view.heap, *node);
            path.push(label.spans());
            let heap = &view.heap;
            facts.extend(self.found_words());
            facts.push(said(format!("retains {}", bytes(heap.retained(*node)))));
            let distance = shown_distance(heap.distance(*node));
            let distance = distance.map_or("−".to_owned(), |distance| distance.to_string());
            facts.push(said(format!("distance {distance}")));
            return Header { path, facts };
        }
        if view.scope != Scope::All {
            facts.push(super::sheet::counted(view, store));
        }
        facts.extend(self.found_words());
        facts.extend(view.facts());
        Header { path, facts }
    }

    fn hear(&mut self, news: &News, ctx: &mut PageCtx<'_>) {
        match news {
            News::Loaded(view) if self.view.outline && self.view.dump == view.dump => {
                // The classes are the same, so that every row stays what it is.
                self.view = Arc::clone(view);
                self.look_for_holders(ctx.work);
            }
            _ => {}
        }
    }

    fn intend(&mut self, intent: Intent, ctx: &mut PageCtx<'_>) -> Vec<Effect> {
        match intent {
            Intent::Narrow(scope, class) => {
                let max_id = |id: &DumpId| ctx.store.max_id(id);
                if let Some(filter) = scope.filter(max_id) {
                    self.narrow((scope, filter), class, ctx.work);
                }
            }
            Intent::Reveal(_, Command::ShowRetainers) => self.focus = Side::Holders,
            Intent::Reveal(node, Command::ShowContainment | Command::ShowDominators) => {
                self.unfold_to(node, ctx.work);
            }
            Intent::Show(node) if !self.show(node, ctx.work) => {
                let words = if self.view.selection.contains(node) {
                    "this object has no size of its own, so no class counts it"
                } else {
                    "the filter of the summary leaves this object out"
                };
                let key = PageKey::Object(Arc::clone(&self.view.dump), node);
                return vec![Effect::Visit(key), Effect::Say(words.to_owned(), Tone::Dim)];
            }
            Intent::Resume(filter, class) => self.resume(&filter, class.as_ref(), ctx.work),
            Intent::BringBack(node) => {
                let effect = match node {
                    Some(node) => self.leave_out(node, ctx.work),
                    None => self.leave_out_all(Vec::new(), ctx.work),
                };
                return effect.into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>) {
        self.pane_mut(self.focus).go(motion);
        self.look_for_holders(ctx.work);
    }

    fn click(&mut self, (column, line): (u16, u16), ctx: &mut PageCtx<'_>) -> bool {
        if let Some((side, row)) = halves::at(self, column, line) {
            self.focus = side;
            if let Some(row) = row {
                self.go(Motion::To(row), ctx);
            }
        }
        true
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        self.obey(command, ctx.work)
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let pane = self.pane(self.focus);
        let open = pane.row().is_some_and(|row| row.open);
        match command {
            Command::Unfold => !open && pane.below(&self.view.heap, pane.at()).is_some(),
            Command::Fold => open || pane.tree.parent(pane.at().branch).is_some(),
            Command::OpenObject | Command::ShowInSummary => self.selected_object().is_some(),
            Command::Ignore => self.selected_object().is_some(),
            Command::ShowIgnored => self.order.detour.is_some(),
            _ => true,
        }
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Found::List(side, branch, listed) => self.take_list(side, branch, listed),
            Found::Holders(holders) => self.take_holders(holders),
            Found::Way(levels) => self.take_way(levels, ctx.work),
            Found::Freed(freed) => self.take_freed(freed),
            Found::Detour(Ok(detour)) => self.take_detour(detour, ctx.keys),
            Found::Narrowed(Ok(view)) => self.narrowed(view, ctx.work),
            Found::Detour(Err(error)) | Found::Narrowed(Err(error)) => {
                self.remark = Some(error.to_string());
            }
        }
        self.look_for_holders(ctx.work);
        let remark = self.remark.take()?;
        Some(Effect::Say(remark, Tone::Dim))
    }

    fn unsettled(&self, work: &Work) -> bool {
        let pane = self.pane(self.focus);
        let at = pane.at();
        let branches = [Some(ROOT), Some(at.branch), pane.tree.branch_at(at)];
        if work.status(&Slot::Narrow(self.key.clone())).is_some() || self.is_revealing(work) {
            return true;
        }
        branches.into_iter().flatten().any(|branch| {
            work.status(&Slot::List(self.key.clone(), self.focus, branch))
                .is_some()
        })
    }

    fn subject(&self) -> Option<About> {
        let dump = Arc::clone(&self.view.dump);
        let heap = &self.view.heap;
        Some(match self.pane(self.focus).subject(heap)? {
            Subject::Object(node, _) => About {
                dump,
                node: Some(node),
                class: Some(heap.class_id(node)),
            },
            Subject::Class(class) => About {
                dump,
                node: self.held_node,
                class: Some(class),
            },
        })
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.order.filter)
    }

    fn search(&mut self, text: &str, ctx: &mut PageCtx<'_>) {
        self.filter(text, ctx.work);
    }

    fn found(&self) -> Option<(usize, usize)> {
        self.filtered()
    }

    fn go_to_hit(&mut self, by: isize, ctx: &mut PageCtx<'_>) {
        let at = self.main.top_neighbour(by);
        self.focus = Side::Main;
        self.main.select(at);
        self.look_for_holders(ctx.work);
    }

    fn back_out(&mut self, ctx: &mut PageCtx<'_>) -> bool {
        if self.focus == Side::Holders {
            self.focus = Side::Main;
            self.zoomed = false;
        } else if self.zoomed {
            self.zoomed = false;
        } else if self.view.scope != Scope::All && matches!(self.key, PageKey::Summary(_)) {
            self.narrow((Scope::All, analysis::Filter::All), None, ctx.work);
        } else {
            return false;
        }
        true
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let pane = self.pane(self.focus);
        rows_export::line(&self.view, pane, pane.row()?)
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let heading = self.header(store).heading();
        Some(rows_export::export(self, heading))
    }

    fn mark(&self) -> Option<At> {
        Some(self.main.at())
    }

    fn return_to(&mut self, at: At, ctx: &mut PageCtx<'_>) {
        self.main.select(at);
        self.focus = Side::Main;
        self.go(Motion::By(0), ctx);
    }
}
