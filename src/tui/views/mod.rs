//! Screens, one file each: what they hold, what keys do to it, how it is drawn.

pub mod allocations;
pub mod answer;
mod callers;
mod code;
mod code_line;
pub mod compare;
mod compare_rows;
pub mod contexts;
pub mod dumps;
pub mod early;
pub mod explorer;
mod explorer_page;
pub mod finder;
pub mod finding;
mod frame_search;
pub mod freed;
pub mod growth;
mod growth_columns;
mod growth_rows;
mod halves;
pub mod help;
pub mod hits;
pub mod icicle;
mod icicle_parts;
mod ignored_retainers;
pub mod inspect;
mod inspect_code;
mod inspect_makers;
mod inspect_rows;
pub mod list_page;
pub mod makers;
mod no_dumps;
pub mod of_function;
mod orders;
mod outlined;
pub mod owners;
pub mod pane;
mod pane_columns;
pub mod paths;
pub mod picker;
pub mod profile;
mod profile_words;
pub mod profiles;
pub mod progress;
pub mod question;
mod reveal;
pub mod rows;
pub mod sheet;
pub mod statistics;
pub mod strings;
pub mod suspects;
mod suspects_rows;
mod suspects_words;
mod timeline;
pub mod why;

use std::sync::Arc;

use crate::heap::Early;
use crate::tui::page::{Page, PageCtx};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::view::{Order, View};
use crate::tui::views::outlined::Outlined;

/// Makes a page; `dumps` are the loaded dumps that it is of. `None` where there are too few of them.
pub fn make(
    key: &PageKey,
    dumps: &[Arc<View>],
    order: &Order,
    ctx: &mut PageCtx<'_>,
) -> Option<Box<dyn Page>> {
    let work = &mut *ctx.work;
    Some(match (key.clone(), dumps) {
        (PageKey::Dumps, _) => Box::new(dumps::Dumps::default()),
        (PageKey::Growth, _) => Box::new(growth::GrowthPage::default()),
        (PageKey::Suspects, _) => Box::new(suspects::SuspectsPage::default()),
        (PageKey::Profiles, _) => Box::new(profiles::ProfilesPage::of(
            profile::profiles(ctx.store),
            work,
        )),
        (PageKey::Profile(ref file), _) => {
            let file = Arc::clone(file);
            Box::new(profile::ProfilePage::new(key.clone(), file, work))
        }
        (PageKey::Compare(ref from, ref to), [base, later]) => {
            let reason = ctx.store.incomparable(from, to)?;
            let (base, later) = (Arc::clone(base), Arc::clone(later));
            Box::new(compare::Compare::new(base, later, reason, work))
        }
        (key, [view]) => make_of_one(key, Arc::clone(view), order, ctx)?,
        _ => return None,
    })
}

/// Makes a page of one loaded dump.
fn make_of_one(
    key: PageKey,
    view: Arc<View>,
    order: &Order,
    ctx: &mut PageCtx<'_>,
) -> Option<Box<dyn Page>> {
    let (work, store) = (&mut *ctx.work, ctx.store);
    Some(match key.clone() {
        PageKey::Summary(_)
        | PageKey::Object(..)
        | PageKey::Containment(_)
        | PageKey::Dominators(_) => {
            let mut page = explorer::Explorer::new(key, view, work);
            page.begin_with(order, work);
            Box::new(page)
        }
        PageKey::Hits(_, query) => Box::new(hits::page(key, query, view, work)),
        PageKey::Answer(_, text) => answer::page(key, text, view, store, work),
        PageKey::Why(_, node) => Box::new(why::page(key, node, view, ctx)),
        PageKey::Inspect(_, node) => Box::new(inspect::InspectPage::new(key, node, view, ctx)),
        PageKey::Makers(_, node, class) => Box::new(makers::page(key, (node, class), view, ctx)),
        PageKey::OfFunction(_, call_site) => {
            Box::new(of_function::page(key, call_site, view, work))
        }
        PageKey::Owners(_) => Box::new(owners::page(key, view, ctx.store.source.clone(), work)),
        PageKey::Icicle(_) => Box::new(icicle::page(key, view, ctx.store.source.clone(), work)),
        PageKey::Freed(_, nodes) => Box::new(freed::page(key, nodes, view, work)),
        PageKey::Statistics(_) => Box::new(statistics::page(key, view, work)),
        PageKey::Strings(_) => {
            let rows = strings::StringRows::default();
            Box::new(Outlined::new(key, view, rows, work))
        }
        PageKey::Contexts(_) => Box::new(contexts::page(key, view, work)),
        PageKey::Allocations(_) => Box::new(allocations::AllocationsPage::new(key, view, work)),
        PageKey::Paths(_, class) => {
            let rows = paths::PathRows::new(class);
            Box::new(Outlined::new(key, view, rows, work))
        }
        _ => return None,
    })
}

/// The page that stands in for the classes of a dump that is being loaded from `file`.
pub fn stand_in(dump: &DumpId, file: String, known: Option<Arc<Early>>) -> Box<dyn Page> {
    Box::new(early::EarlyPage::new(Arc::clone(dump), file, known))
}
