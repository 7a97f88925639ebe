//! Dumps that are looked at while they are being loaded: their page comes at once, its rows as soon as they are known,
//! and the explorer's page takes its place when the heap is there.

use std::sync::Arc;

use crate::heap::Early;
use crate::tui::app::App;
use crate::tui::page::Page;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::views::early::EarlyPage;
use crate::tui::views::explorer::Explorer;
use crate::tui::work::Slot;

impl App {
    /// Shows the page of a dump that is wanted and being loaded, as far as it can be shown.
    pub(super) fn show_early(&mut self) {
        let Some(wanted) = &self.wanted else { return };
        let key = wanted.key.clone();
        // Filters and classes to go to need the heap.
        let all = wanted
            .scope
            .as_ref()
            .is_none_or(|scope| *scope == Scope::All);
        let PageKey::Summary(dump) = &key else { return };
        if !all || wanted.class.is_some() || !self.is_being_loaded(dump) {
            return;
        }
        if !self.pages.contains_key(&key) {
            let file = self.store.get(dump).map(|found| found.name.clone());
            let early = self.early.get(dump).cloned();
            let page = EarlyPage::new(dump.clone(), file.unwrap_or_default(), early);
            self.pages.insert(key.clone(), Box::new(page));
        }
        if *self.history.page() != key {
            let at = self.page().mark();
            self.history.note(at);
            self.history.go(key);
        }
    }

    fn is_being_loaded(&self, dump: &DumpId) -> bool {
        self.work.status(&Slot::Load(Arc::clone(dump))).is_some()
    }

    /// Takes what is known of a dump early.
    pub(super) fn take_early(&mut self, dump: DumpId, early: Early) {
        if !self.is_being_loaded(&dump) {
            return;
        }
        let early = Arc::new(early);
        let page = self.pages.get_mut(&PageKey::Summary(dump.clone()));
        if let Some(page) = page.and_then(|page| EarlyPage::of_mut(&mut **page)) {
            page.take_early(Arc::clone(&early));
        }
        self.early.insert(dump, early);
    }

    /// A dump is loaded: whoever looks at its early page gets the whole one, with the cursor on the same class.
    pub(super) fn replace_early(&mut self, dump: &DumpId) {
        self.early.remove(dump);
        let key = PageKey::Summary(dump.clone());
        let page = self.pages.get(&key);
        let Some(left) = page.and_then(|page| Some(EarlyPage::of(&**page)?.left())) else {
            return;
        };
        self.pages.remove(&key);
        if *self.history.page() != key || !self.prepare(&key) {
            return;
        }
        if let Some((page, ctx)) = self.explorer_mut() {
            Explorer::resume(page, &left.filter, left.class.as_ref(), ctx.work);
        }
    }

    /// Leaves pages of dumps that are not loaded any more: loading was cancelled, or failed.
    pub(super) fn drop_early(&mut self) {
        let given_up = |page: &dyn Page| {
            let dump = EarlyPage::of(page)?.dump();
            (!self.is_being_loaded(dump)).then(|| dump.clone())
        };
        let gone: Vec<DumpId> = self
            .pages
            .values()
            .filter_map(|page| given_up(&**page))
            .collect();
        for dump in gone {
            self.early.remove(&dump);
            let key = PageKey::Summary(dump);
            self.pages.remove(&key);
            if *self.history.page() != key {
                continue;
            }
            match self.history.can_go_back() {
                true => self.back(),
                false => self.go_home(),
            }
        }
    }
}
