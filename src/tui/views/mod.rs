//! Screens, one file each: what they hold, what keys do to it, how it is drawn.

pub mod compare;
pub mod compare_rows;
pub mod dumps;
pub mod explorer;
pub mod growth;
pub mod growth_rows;
mod halves;
pub mod help;
pub mod palette;
pub mod pane;
pub mod picker;
pub mod rows;

use std::sync::Arc;

use crate::tui::page::{Desk, Page};
use crate::tui::place::PageKey;
use crate::tui::view::View;

/// Makes the page of a loaded dump; nothing for pages that are made otherwise.
pub fn make(key: &PageKey, view: Arc<View>, desk: &mut Desk<'_>) -> Option<Box<dyn Page>> {
    match key {
        PageKey::Summary(_) | PageKey::Object(..) => Some(Box::new(explorer::Explorer::new(
            key.clone(),
            view,
            desk.work,
        ))),
        _ => None,
    }
}
