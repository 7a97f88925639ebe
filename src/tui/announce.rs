//! What is said by itself: what happened to dumps, and what keys mean that do nothing.

use crate::series::{Change, Dump};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::id_of;
use crate::tui::keymap::Keymap;
use crate::tui::keys::Key;
use crate::tui::place::PageKey;
use crate::tui::session::Session;

/// What has happened to a dump, in a line; `page` is in view.
pub fn change(change: &Change, page: &PageKey, session: &Session) -> Option<String> {
    let in_view = |dump: &Dump| page.dumps().contains(&&id_of(dump));
    let words = match change {
        Change::Changed(dump) | Change::Added(dump) if dump.is_usable() => {
            let id = id_of(dump);
            let label = session.store.label(&id);
            match page {
                PageKey::Dumps if session.store.usable().len() > 2 => format!(
                    "{label} ready · {} growth · {} survivors",
                    session.keys.key_of(Command::ShowGrowth),
                    session.keys.key_of(Command::NarrowPrevious)
                ),
                _ => format!("{label} is complete: {}", dump.name),
            }
        }
        Change::Replaced(dump) if in_view(dump) => format!(
            "{} was replaced by another file; this is the old one, {} and {} open the new one",
            dump.name,
            session.keys.key_of(Command::BackOut),
            session.keys.key_of(Command::Open)
        ),
        Change::Replaced(dump) => format!("{} was replaced by another file", dump.name),
        Change::Removed(dump) if in_view(dump) => format!(
            "{} was deleted; this copy stays open until you leave it",
            dump.name
        ),
        Change::Removed(dump) => format!("{} was deleted", dump.name),
        Change::Renamed { from, dump } => {
            let from = from.file_name().unwrap_or_default().to_string_lossy();
            format!("{from} was renamed to {}", dump.name)
        }
        _ => return None,
    };
    Some(words)
}

/// Of keys that do nothing here where they do something.
pub fn unbound(typed: &[Key], context: Context, keymap: &Keymap) -> Option<String> {
    if context.is_within(Context::TYPING) || context == Context::HELP {
        return None;
    }
    let keys: String = typed.iter().map(Key::to_string).collect();
    Some(match keymap.elsewhere(context, typed) {
        Some(spec) => {
            let place = spec.context.words();
            format!("{keys} works on {place}: {}", spec.help)
        }
        None => {
            let help = keymap.key_of(Command::Help);
            format!("{keys} does nothing; {help} lists the keys")
        }
    })
}
