//! The page of a dump or of an object: a tree of what there is, and a tree of who holds what is selected in it.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::analysis::filter as analysis;
use crate::analysis::summary::SortKey;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, shown_distance};
use crate::series::Done;
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::export::{Export, quoted};
use crate::tui::page::{Canvas, Desk, Header, Page, Subject as About, Wish};
use crate::tui::place::{PageKey, Side};
use crate::tui::scope::Scope;
use crate::tui::shelf::Shelf;
use crate::tui::theme::Tone;
use crate::tui::view::{Holders, Marks, Order, Source, Subject, View};
use crate::tui::views::pane::{Arrival, Pane};
use crate::tui::views::{halves, rows_export};
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Answer, Slot, Work, answer};

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
    /// Where the two were drawn last.
    pub areas: (Option<Rect>, Option<Rect>),
    /// Why there are no holders.
    pub holders_problem: Option<String>,
    /// The class to go to when another filter is through.
    awaited: Option<Class>,
    /// What is to be said about that filter.
    remark: Option<String>,
}

/// The list of a branch, and what to mark in it.
struct Listed(Arc<[u32]>, Marks);

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
            _ => Source::Classes,
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
            areas: (None, None),
            holders_problem: None,
            awaited: None,
            remark: None,
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

    /// Has the lists ordered otherwise than usual, as settings ask for.
    pub fn begin_with(&mut self, order: &Order, work: &mut Work) {
        if self.order != *order {
            self.order = order.clone();
            self.list_anew(work);
            self.held = None;
            self.look_for_holders(work);
        }
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

    fn obey(&mut self, command: Command, work: &mut Work) -> Option<Wish> {
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
                let words = if self.order.weak {
                    "weak holders are listed too, behind the others"
                } else {
                    "weak holders are left out"
                };
                return Some(Wish::Say(words.to_owned(), Tone::Dim));
            }
            _ => return None,
        }
        self.look_for_holders(work);
        None
    }

    /// Narrows the classes to those that answer `filter`.
    pub fn filter(&mut self, filter: &str, work: &mut Work) {
        if self.order.filter != filter && self.main.tree.source(ROOT) == Some(&Source::Classes) {
            filter.clone_into(&mut self.order.filter);
            self.list(Side::Main, ROOT, Source::Classes, work);
        }
    }

    /// Has only those objects count that a filter lets through; then the cursor goes to `class`, if one is wanted.
    pub fn narrow(
        &mut self,
        (scope, filter): (Scope, analysis::Filter),
        class: Option<Class>,
        work: &mut Work,
    ) {
        self.awaited = class;
        let view = Arc::clone(&self.view);
        work.start(Slot::Narrow(self.key.clone()), move |task| {
            view.narrowed(scope, &filter, task).map(Arc::new)
        });
    }

    fn narrowed(&mut self, view: Arc<View>, work: &mut Work) {
        let class = self.awaited.take();
        let found = class.as_ref().map(|class| view.class_like(class));
        if let (Some(class), Some(None)) = (&class, found)
            && view.scope != Scope::All
        {
            self.remark = Some(format!(
                "no {} allocated in that time is left; all objects are shown",
                class.name
            ));
            self.narrow(
                (Scope::All, analysis::Filter::All),
                Some(class.clone()),
                work,
            );
            return;
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
        self.list_anew(work);
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
            Ok(Listed(list.into(), marks))
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
        if self.view.outline {
            return;
        }
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
            node.map(|node| view.holders(node, weak, task)).transpose()
        });
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
        let children = match outcome {
            Ok(Listed(list, marks)) => {
                if branch == ROOT {
                    pane.marks = marks;
                }
                Children::List(list)
            }
            Err(error) => Children::Failed(error.to_string().into()),
        };
        pane.set(branch, children, arrival);
    }

    fn take_holders(&mut self, outcome: Result<Option<Holders>>) {
        let view = Arc::clone(&self.view);
        self.holders_problem = None;
        match outcome {
            Ok(Some(Holders { node, levels })) => {
                self.held_node = Some(node);
                self.holders.show_chain(&view.heap, node, &levels);
            }
            Ok(None) => self.held_node = None,
            Err(error) => {
                self.held_node = None;
                self.holders_problem = Some(error.to_string());
            }
        }
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

impl Page for Explorer {
    fn context(&self) -> Context {
        match self.focus {
            Side::Main => Context::TREE,
            Side::Holders => Context::RETAINERS,
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, canvas: Canvas<'_>) {
        halves::draw(buffer, area, self, canvas);
    }

    fn header(&self, shelf: &Shelf) -> Header {
        let view = &self.view;
        let mut path = vec![view.title(shelf.labelled(&view.dump))];
        let mut facts = Vec::new();
        if let PageKey::Object(_, node) = &self.key {
            let label = view.names.object(&view.heap, *node);
            path.push(width::cut_middle(&label.text(), 40));
            let heap = &view.heap;
            facts.push(format!("retains {}", bytes(heap.retained(*node))));
            let distance = shown_distance(heap.distance(*node));
            let distance = distance.map_or("−".to_owned(), |distance| distance.to_string());
            facts.push(format!("distance {distance}"));
            return Header { path, facts };
        }
        if view.scope != Scope::All {
            let words = view.scope.words(|id| shelf.label(id));
            let counted = grouped(view.counted);
            facts.push(format!("{words}: {counted} of {}", grouped(view.countable)));
        }
        if let Some((found, all)) = self.found() {
            let filter = one_line(&self.order.filter).into_owned();
            let (found, all) = (grouped(found as u64), grouped(all as u64));
            facts.push(format!("/{filter} {found} of {all}"));
        }
        facts.extend(view.facts());
        Header { path, facts }
    }

    fn entered(&mut self, view: &Arc<View>, desk: &mut Desk<'_>) {
        // The classes are the same, so that every row stays what it is.
        self.view = Arc::clone(view);
        self.look_for_holders(desk.work);
    }

    fn go(&mut self, motion: Motion, desk: &mut Desk<'_>) {
        self.pane_mut(self.focus).go(motion);
        self.look_for_holders(desk.work);
    }

    fn click(&mut self, (column, line): (u16, u16), desk: &mut Desk<'_>) -> bool {
        let sides = [(Side::Main, self.areas.0), (Side::Holders, self.areas.1)];
        for (side, area) in sides {
            let Some(area) = area.filter(|area| area.contains(Position::new(column, line))) else {
                continue;
            };
            self.focus = side;
            let pane = self.pane_mut(side);
            let row = pane.cursor().top + usize::from(line - area.y);
            // The first line is the columns' titles.
            if line > area.y && row <= pane.tree.rows() {
                self.go(Motion::To(row - 1), desk);
            }
        }
        true
    }

    fn command(&mut self, command: Command, desk: &mut Desk<'_>) -> Option<Wish> {
        self.obey(command, desk.work)
    }

    fn works(&self, command: Command, _: &Shelf) -> bool {
        let pane = self.pane(self.focus);
        let open = pane.row().is_some_and(|row| row.open);
        match command {
            Command::Unfold => !open && pane.below(&self.view.heap, pane.at()).is_some(),
            Command::Fold => open || pane.tree.parent(pane.at().branch).is_some(),
            Command::OpenObject | Command::ShowInSummary => self.selected_object().is_some(),
            Command::Filter | Command::SortNext => !matches!(self.key, PageKey::Object(..)),
            _ => true,
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, desk: &mut Desk<'_>) -> Option<Wish> {
        match done.slot {
            Slot::List(_, side, branch) => self.take_list(side, branch, answer(done.outcome)),
            Slot::Holders(_) => self.take_holders(answer(done.outcome)),
            Slot::Narrow(_) => match answer(done.outcome) {
                Ok(view) => self.narrowed(view, desk.work),
                Err(error) => self.remark = Some(error.to_string()),
            },
            _ => {}
        }
        self.look_for_holders(desk.work);
        let remark = self.remark.take()?;
        Some(Wish::Say(remark, Tone::Dim))
    }

    fn unsettled(&self, work: &Work) -> bool {
        let pane = self.pane(self.focus);
        let at = pane.at();
        let branches = [Some(ROOT), Some(at.branch), pane.tree.branch_at(at)];
        if work.status(&Slot::Narrow(self.key.clone())).is_some() {
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
        (!matches!(self.key, PageKey::Object(..))).then_some(&*self.order.filter)
    }

    fn search(&mut self, text: &str, desk: &mut Desk<'_>) {
        self.filter(text, desk.work);
    }

    fn found(&self) -> Option<(usize, usize)> {
        self.filtered()
    }

    fn go_to_hit(&mut self, by: isize, desk: &mut Desk<'_>) {
        // Classes are hits; what is unfolded between them is not.
        let mut at = self.main.at();
        while let Some(parent) = self.main.tree.parent(at.branch) {
            at = parent;
        }
        let rows = match self.main.tree.children(ROOT) {
            Some(Children::List(list)) => list.len() as isize,
            _ => 0,
        };
        at.index = (at.index as isize + by).rem_euclid(rows.max(1)) as u32;
        self.focus = Side::Main;
        self.main.select(at);
        self.look_for_holders(desk.work);
    }

    fn back_out(&mut self, desk: &mut Desk<'_>) -> bool {
        if self.focus == Side::Holders {
            self.focus = Side::Main;
            self.zoomed = false;
        } else if self.zoomed {
            self.zoomed = false;
        } else if self.view.scope != Scope::All && matches!(self.key, PageKey::Summary(_)) {
            self.narrow((Scope::All, analysis::Filter::All), None, desk.work);
        } else {
            return false;
        }
        true
    }

    fn line(&self, _: &Shelf) -> Option<String> {
        let pane = self.pane(self.focus);
        rows_export::line(&self.view, &pane.tree, pane.row()?)
    }

    fn export(&self, shelf: &Shelf) -> Option<Export> {
        let (view, tree) = (Arc::clone(&self.view), self.pane(self.focus).tree.clone());
        let header = self.header(shelf);
        let mut heading = vec![header.path.join(" › "), header.facts.join(" · ")];
        if self.focus == Side::Holders
            && let Some(node) = self.held_node
        {
            let label = view.names.object(&view.heap, node).text();
            heading.push(format!("retainers of {}", quoted(&label)));
        }
        Some(Box::new(move |task| {
            rows_export::rows(&view, &tree, heading, task)
        }))
    }

    fn reveal(&mut self, _: NodeId, command: Command, _: &mut Desk<'_>) {
        if command == Command::ShowRetainers {
            self.focus = Side::Holders;
        }
    }

    fn mark(&self) -> Option<At> {
        Some(self.main.at())
    }

    fn return_to(&mut self, at: At, desk: &mut Desk<'_>) {
        self.main.select(at);
        self.focus = Side::Main;
        self.go(Motion::By(0), desk);
    }
}
