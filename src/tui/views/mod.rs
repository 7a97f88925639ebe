//! Screens, one file each: what they hold, what keys do to it, how it is drawn.

pub mod allocations;
mod callers;
pub mod compare;
pub mod compare_rows;
pub mod contexts;
pub mod dumps;
pub mod early;
pub mod explorer;
pub mod finder;
pub mod growth;
pub mod growth_rows;
mod halves;
pub mod help;
pub mod hits;
mod icicle;
mod ignored_retainers;
pub mod inspect;
mod inspect_makers;
pub mod list_page;
pub mod makers;
pub mod of_function;
mod orders;
mod outlined;
pub mod palette;
pub mod pane;
pub mod paths;
pub mod picker;
pub mod profile;
pub mod profiles;
pub mod progress;
mod reveal;
pub mod rows;
mod rows_export;
pub mod sheet;
pub mod statistics;
pub mod strings;
pub mod suspects;
mod suspects_rows;
mod timeline;
pub mod why;

use std::sync::Arc;

use crate::tui::page::{Page, PageCtx};
use crate::tui::place::PageKey;
use crate::tui::view::View;
use crate::tui::views::outlined::Outlined;

/// Makes the page of a loaded dump; nothing for pages that are made otherwise.
pub fn make(key: &PageKey, view: Arc<View>, ctx: &mut PageCtx<'_>) -> Option<Box<dyn Page>> {
    match key {
        PageKey::Summary(_)
        | PageKey::Object(..)
        | PageKey::Containment(_)
        | PageKey::Dominators(_) => Some(Box::new(explorer::Explorer::new(
            key.clone(),
            view,
            ctx.work,
        ))),
        PageKey::Hits(_, query) => Some(Box::new(hits::page(
            key.clone(),
            query.clone(),
            view,
            ctx.work,
        ))),
        PageKey::Why(_, node) => Some(Box::new(why::page(key.clone(), *node, view, ctx.work))),
        PageKey::Inspect(_, node) => Some(Box::new(inspect::InspectPage::new(
            key.clone(),
            *node,
            view,
            ctx,
        ))),
        PageKey::Makers(_, node, class) => Some(Box::new(makers::MakersPage::new(
            key.clone(),
            (*node, *class),
            view,
            ctx,
        ))),
        PageKey::OfFunction(_, call_site) => Some(Box::new(of_function::page(
            key.clone(),
            Arc::clone(call_site),
            view,
            ctx.work,
        ))),
        PageKey::Statistics(_) => Some(Box::new(statistics::page(key.clone(), view, ctx.work))),
        PageKey::Strings(_) => Some(Box::new(Outlined::new(
            key.clone(),
            view,
            strings::StringRows::default(),
            ctx.work,
        ))),
        PageKey::Contexts(_) => Some(Box::new(contexts::page(key.clone(), view, ctx.work))),
        PageKey::Allocations(_) => Some(Box::new(allocations::AllocationsPage::new(
            key.clone(),
            view,
            ctx.work,
        ))),
        PageKey::Paths(_, class) => Some(Box::new(Outlined::new(
            key.clone(),
            view,
            paths::PathRows::new(*class),
            ctx.work,
        ))),
        _ => None,
    }
}
