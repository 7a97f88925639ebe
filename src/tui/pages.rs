//! The pages that were made, by what they show.

use std::collections::HashMap;
use std::sync::Arc;

use crate::heap::Early;
use crate::tui::effect::News;
use crate::tui::page::{Page, PageCtx};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::view::{Order, View};
use crate::tui::views;

/// How many pages of objects are kept beside the others.
const OBJECT_PAGES: usize = 64;

/// How many comparisons are kept.
const COMPARISONS: usize = 4;

/// The pages.
pub struct Pages {
    pages: HashMap<PageKey, Box<dyn Page>>,
    /// The list of dumps, which is always there.
    dumps: Box<dyn Page>,
    /// How lists are ordered at first.
    pub order: Order,
}

impl Pages {
    /// The pages that hear from the beginning what happens to dumps.
    pub fn new(ctx: &mut PageCtx<'_>) -> Self {
        let order = Order::default();
        let made = [PageKey::Growth, PageKey::Suspects].into_iter();
        let pages =
            made.filter_map(|key| Some((key.clone(), views::make(&key, &[], &order, ctx)?)));
        Self {
            pages: pages.collect(),
            dumps: Box::new(views::dumps::Dumps::default()),
            order,
        }
    }

    /// The page where the user is.
    pub fn here(&self, key: &PageKey) -> &dyn Page {
        &**self.pages.get(key).unwrap_or(&self.dumps)
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self, key: &PageKey) -> &mut dyn Page {
        &mut **self.pages.get_mut(key).unwrap_or(&mut self.dumps)
    }

    /// A page, if it was made.
    pub fn get(&self, key: &PageKey) -> Option<&dyn Page> {
        self.pages.get(key).map(|page| &**page)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, key: &PageKey) -> Option<&mut Box<dyn Page>> {
        match key {
            PageKey::Dumps => Some(&mut self.dumps),
            key => self.pages.get_mut(key),
        }
    }

    /// Forgets a page.
    pub fn remove(&mut self, key: &PageKey) {
        self.pages.remove(key);
    }

    /// Makes sure that a page of these dumps is there while the user is on the page `now`; says whether it is.
    pub fn prepare(
        &mut self,
        key: &PageKey,
        dumps: &[Arc<View>],
        now: &PageKey,
        ctx: &mut PageCtx<'_>,
    ) -> bool {
        if *key == PageKey::Dumps {
            return true;
        }
        if let Some(page) = self.pages.get(key) {
            let old = page.views();
            let same = |(old, new): (&&Arc<View>, &Arc<View>)| Arc::ptr_eq(&old.heap, &new.heap);
            let same = page.stands_in().is_none() && old.iter().zip(dumps).all(same);
            if same && page.is_current(ctx.store) {
                return true;
            }
            self.pages.remove(key);
        }
        self.make_room(key, now);
        let made = views::make(key, dumps, &self.order, ctx);
        let is_made = made.is_some();
        self.pages.extend(made.map(|page| (key.clone(), page)));
        is_made
    }

    /// Forgets pages of which there are many; going back there makes them anew.
    fn make_room(&mut self, new: &PageKey, now: &PageKey) {
        let is_comparison = |key: &PageKey| matches!(key, PageKey::Compare(..));
        let alike = |key: &PageKey| match is_comparison(new) {
            true => is_comparison(key),
            false => new.is_of_an_object() && key.is_of_an_object(),
        };
        let most = match is_comparison(new) {
            true => COMPARISONS,
            false => OBJECT_PAGES,
        };
        let mut alike = self.pages.keys().filter(|key| alike(key));
        if alike.clone().count() >= most
            && let Some(doomed) = alike.find(|key| *key != now).cloned()
        {
            self.pages.remove(&doomed);
        }
    }

    /// Has a page stand in for the classes of a dump that is being loaded from `file`, unless one is there.
    pub fn stand_in(&mut self, dump: &DumpId, file: String, known: Option<Arc<Early>>) {
        let key = PageKey::Summary(Arc::clone(dump));
        let page = self.pages.entry(key);
        page.or_insert_with(|| views::stand_in(dump, file, known));
    }

    /// The pages that stand in for dumps that are not being loaded.
    pub fn vain(&self, is_loading: impl Fn(&DumpId) -> bool) -> Vec<PageKey> {
        let stand_ins = self
            .pages
            .iter()
            .filter(|(_, page)| page.stands_in().is_some());
        let vain = stand_ins.filter(|(key, _)| !key.dump().is_some_and(&is_loading));
        vain.map(|(key, _)| key.clone()).collect()
    }

    /// Has all pages take what has happened to dumps.
    pub fn hear(&mut self, news: &News, ctx: &mut PageCtx<'_>) {
        self.dumps.hear(news, ctx);
        for page in self.pages.values_mut() {
            page.hear(news, ctx);
        }
    }

    /// Forgets the pages of these dumps, but for the page `now`.
    pub fn forget(&mut self, gone: &[DumpId], now: &PageKey) {
        let stays =
            |key: &PageKey| key == now || !key.dumps().iter().any(|dump| gone.contains(dump));
        self.pages.retain(|key, _| stays(key));
    }
}
