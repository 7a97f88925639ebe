//! heaptui: a terminal explorer for V8 heap snapshots.
//!
//! # A map of the house
//!
//! Imports run downwards only; `tests/house.rs` fails when a floor looks up.
//!
//! | floor | room | what lives there |
//! |---|---|---|
//! | 7 | [`tui`] | the explorer: terminal, event loop, commands, screens, widgets |
//! | 7 | [`cli`] | the subcommands and their table, JSON, CSV and Markdown output |
//! | 6 | [`report`] | what was found as a report: Markdown, JSON; the collector's log; before and after a fix |
//! | 5 | [`series`] | folders of dumps: discovery, names and times, states, loading |
//! | 6 | `capture` | dumps of a running process: what `/proc` says, whether there is room, the inspector's protocol |
//! | 5 | [`settings`] | what the user wants otherwise: looks, defaults, keys, from a file |
//! | 4 | [`index`] | what was computed, kept in the user's cache and mapped the next time |
//! | 4 | [`mod@source`] | the code at places of a dump: files of this host, source maps |
//! | 3 | [`analysis`] | questions asked of a heap: class rows, objects, fields, retainers, paths, growth, suspects |
//! | 2 | [`heap`] | DevTools' model: sizes, distances, dominators, classes, statistics |
//! | 2 | [`profile`] | sampling profiles: read, summed up, merged, exported |
//! | 1 | [`graph`] | compressed sparse rows both ways, petgraph's traits, dominators |
//! | 1 | [`snapshot`] | a file becomes columns |
//! | 1 | [`table`] | columns that are declared once; rows as CSV, Markdown and JSON |
//! | 0 | [`error`], [`task`], [`save`], [`signals`], [`log`], [`available`], [`mod@column`], [`mapping`], [`priority`], [`text`] | errors, progress, files that are written, signals, what is logged, memory to be had, columns, mapped files, standing back for others, text for people |
//!
//! Follow one number through it: the bytes of a self size are read in `snapshot::numbers`, moved to their owner in
//! `heap::shallow`, summed up in `heap::retained`, rolled up in `analysis::summary`, and shown by `tui` and `cli` from
//! the same row type.

pub mod analysis;
pub mod available;
#[cfg(feature = "capture")]
pub mod capture;
pub mod cli;
pub mod column;
pub mod error;

pub mod graph;
pub mod heap;
pub mod index;
pub mod log;
pub mod mapping;
pub mod priority;
pub mod profile;
pub mod report;
pub mod save;
pub mod series;
pub mod settings;
pub mod signals;
pub mod snapshot;
pub mod source;
pub mod table;
pub mod task;
pub mod text;
pub mod tui;

pub use error::{Error, ErrorKind, Result};

/// Runs the program: reads the arguments, opens the explorer or prints, and gives the exit status.
pub fn run() -> std::process::ExitCode {
    cli::run(cli::Explorer {
        open: tui::run,
        check: tui::check_settings,
        default_settings: tui::default_settings,
    })
}
