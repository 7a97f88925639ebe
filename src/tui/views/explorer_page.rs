//! The explorer as a page: what the program asks of it.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::filter as analysis;
use crate::heap::shown_distance;
use crate::text::span::Spans;
use crate::text::units::bytes;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::Export;
use crate::tui::page::{
    DrawCtx, Effect, Header, Intent, News, Page, PageCtx, Subject as About, said,
};
use crate::tui::place::{DumpId, PageKey, Side};
use crate::tui::scope::Scope;
use crate::tui::source::{Subject, Way};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::explorer::{Explorer, Found, saying};
use crate::tui::views::{halves, rows, sheet};
use crate::tui::widgets::lazy_tree::{At, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Slot, Work};

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
            let holders = if count == 1 { "retainer" } else { "retainers" };
            facts.push(said(format!("{count} {holders} ignored")));
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
        match self.way() {
            None if view.scope != Scope::All => facts.push(sheet::counted(view, store)),
            None => {}
            Some(_) => facts.extend(sheet::unfiltered(view)),
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
                    "the filter hides this object"
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
            Command::Open | Command::OpenObject | Command::ShowInSummary => {
                self.selected_object().is_some()
            }
            Command::Ignore => self.selected_object().is_some(),
            Command::Bookmark => matches!(pane.subject(&self.view.heap), Some(Subject::Object(..))),
            Command::ShowIgnored => self.order.detour.is_some(),
            _ => true,
        }
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        let effect = match self.inbox.next()? {
            Found::List(side, branch, listed) => {
                self.take_list(side, branch, listed);
                None
            }
            Found::Holders(holders) => {
                self.take_holders(holders);
                None
            }
            Found::Way(levels) => self.take_way(levels, ctx.work),
            Found::Freed(freed) => {
                self.take_freed(freed);
                None
            }
            Found::Detour(Ok(detour)) => Some(self.take_detour(detour, ctx.keys)),
            Found::Narrowed(Ok(view), class) => self.narrowed(view, class, ctx.work),
            Found::Detour(Err(error)) | Found::Narrowed(Err(error), _) => {
                Some(saying(error.to_string()))
            }
        };
        self.look_for_holders(ctx.work);
        effect
    }

    fn unsettled(&self, work: &Work, below: bool) -> bool {
        let pane = self.pane(self.focus);
        let at = pane.at();
        let unfolding = pane.tree.branch_at(at).filter(|_| below);
        let branches = [Some(ROOT), Some(at.branch), unfolding];
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
        let about = self.about(self.focus);
        rows::line(&self.view, (pane, about), pane.row()?)
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let mut heading = self.header(store).heading();
        if self.focus == Side::Holders
            && let Some(node) = self.held_node
        {
            let of = self.view.names.object(&self.view.heap, node).spans();
            heading.push(Spans::from("retainers of ").then(of));
        }
        let (view, pane) = (Arc::clone(&self.view), self.pane(self.focus).clone());
        let about = self.about(self.focus);
        Some(Box::new(move |task| {
            rows::written(&view, (&pane, about), heading, task)
        }))
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
