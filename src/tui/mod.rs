//! The explorer: a terminal, an event loop, a table of commands, and screens.
//!
//! Event → command → update → draw. Keys become commands through one table ([`commands`]), which also makes the
//! footer, the help screen, the palette and the manual's list of keys. [`app`] holds the state and knows its pages
//! through one trait ([`page`]); each page is a file or two in [`views`]. Whatever takes time runs on [`work`]'s threads and comes back as an event. Drawing
//! looks at the rows on the screen only.
//!
//! Lives here: everything that knows `ratatui` and `crossterm`. Does not live here: reading files, walking the heap,
//! and anything that the command line needs too.

mod announce;
pub mod app;
mod asked;
mod bookmarks;
pub mod branches;
pub mod clipboard;
pub mod commands;
mod copy;
pub mod dump_store;
mod editor;
pub mod effect;
pub mod event;
pub mod export;
mod follow;
mod frame;
pub mod harness;
pub mod history;
mod incident;
pub mod input;
mod key_sequence;
pub mod keymap;
pub mod keys;
pub mod link;
mod naming;
mod narrowing;
pub mod navigator;
pub mod offers;
pub mod overlay;
pub mod page;
mod pages;
mod path_prompt;
mod pending;
pub mod place;
mod prompts;
mod questions;
mod realms;
mod run_loop;
pub mod scope;
mod search;
pub mod session;
pub mod source;
pub mod tabs;
pub mod terminal;
pub mod theme;
mod trend;
pub mod view;
pub mod views;
pub mod widgets;
pub mod work;

use crate::error::Result;
use crate::series::Exploration;
use crate::settings::{KnownLeaks, Settings};

pub use keymap::default_settings;

/// Says what of the settings cannot be: names that no command has, keys that fight each other.
///
/// # Errors
/// The first such line.
pub fn check_settings(settings: &Settings) -> Result<()> {
    keymap::Keymap::of(settings).map(|_| ())
}

/// Opens the explorer and runs it until the user quits; gives the signal that ended it, if one did.
///
/// # Errors
/// When settings ask for what cannot be, when there is no terminal, or when it fails. What goes wrong with dumps is
/// shown on the screen instead. Whoever calls removes what is being written still ([`crate::save::remove_unfinished`]).
pub fn run(exploration: Exploration, settings: &Settings) -> Result<Option<i32>> {
    let keymap = keymap::Keymap::of(settings)?;
    if let Some(place) = &exploration.open {
        place.parse::<link::Link>()?;
    }
    exploration
        .known
        .as_deref()
        .map(KnownLeaks::load)
        .transpose()?;
    let mut screen = terminal::Screen::enter()?;
    let (sender, events) = event::channel();
    let theme = theme::Theme::of(settings);
    if theme::asks_for_ground(settings, theme) {
        screen.ask_for_ground()?;
    }
    let mut app = app::App::new(exploration, theme, &sender)?;
    app.follow(settings, keymap);
    let keyboard = run_loop::listen(&sender)?;
    let result = run_loop::run(&mut app, &mut screen, &events, &keyboard);
    drop(screen);
    app.finish();
    result.map(|()| app.signal())
}
