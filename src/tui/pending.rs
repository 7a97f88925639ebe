//! What the user has asked for and dumps have to be read for first.

use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Intent;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;

/// A page that is wanted, and what is to be done there.
pub struct Pending {
    /// The page.
    pub page: PageKey,
    /// What is to be done there, one after the other.
    pub then: Vec<Intent>,
    /// The dumps that were loaded for it.
    pub loaded: Vec<DumpId>,
}

impl Pending {
    /// A page, and what is to be done there.
    pub fn new(page: PageKey, then: Vec<Intent>) -> Self {
        Self {
            page,
            then,
            loaded: Vec::new(),
        }
    }

    /// Whether it waits for this dump.
    pub fn is_of(&self, dump: &DumpId) -> bool {
        self.page.dumps().contains(&dump)
    }

    /// Whether the classes are enough that the header of an index knows.
    pub fn is_plain(&self) -> bool {
        matches!(self.page, PageKey::Summary(_)) && self.then.is_empty()
    }

    /// Whether the page can be shown while its dump is being loaded.
    pub fn may_stand_in(&self) -> bool {
        let needs_heap = |intent: &Intent| match intent {
            Intent::Narrow(scope, class) => *scope != Scope::All || class.is_some(),
            Intent::Id(_) | Intent::Follow(_) => false,
            _ => true,
        };
        matches!(self.page, PageKey::Summary(_)) && !self.then.iter().any(needs_heap)
    }

    /// Which dump is still to be read beside that of the page, in words.
    pub fn words(&self, store: &DumpStore) -> Option<String> {
        let Some(Intent::Narrow(scope, _)) = self.then.first() else {
            return None;
        };
        let bounds = scope.bounds();
        let bound = bounds.iter().find(|id| store.known(id).is_none())?;
        let words = scope.words(|id| store.label(id)).plain();
        Some(format!("{words}: reading {}…", store.label(bound)))
    }
}
