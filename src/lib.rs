//! heaptui: a terminal explorer for V8 heap snapshots.
//!
//! Whoever works on it begins with the [`guide`].
//!
//! # Terms
//!
//! - **dump**: a heap snapshot file, and the heap in it. *Snapshot* is V8's word, and the room that reads the file.
//! - **class**: a row of the summary: objects of one constructor at one place, or of one engine kind such as `(string)`.
//! - **distance**: the number of references from the roots that an application can name to an object, as DevTools counts.
//! - **dominator** of an object: one that every path from the root to it passes; the *immediate* one is the nearest.
//! - **retained size**: bytes that would be freed if an object went: its own and those of all it dominates.
//! - **retainer** of an object: one that refers to it.
//! - **holder**: in suspects only, the old object that keeps new ones alive, and that one would change.
//! - **survivors**: objects allocated between two dumps and alive in a third (the three-snapshot technique).
//! - **growth**: counts and sizes of each class over all dumps of a series; a *diff* compares two dumps.
//! - **suspect**: a holder whose own objects become more in every dump, with a confidence; a *likely leak* from 50 % on.
//! - **table**: rows whose columns are declared once, for the screen, CSV, Markdown and JSON.
//! - **page**: what fills the explorer's screen; it is named by a key, so that one can come back to it.
//! - **effect**: something that a page wants done outside itself, such as showing another page; the app carries it out.
//! - **job**: work on another thread, in a slot; a newer job in a slot replaces the older one.
//!
//! # A map of the house
//!
//! Imports run downwards only; `tests/house.rs` fails when a floor looks up.
//!
//! | floor | room | what lives there |
//! |---|---|---|
//! | 9 | [`guide`] | how this is built, and how to add to it: text alone |
//! | 8 | [`tui`] | the explorer: terminal, event loop, commands, screens, widgets |
//! | 8 | [`cli`] | the subcommands and their table, JSON, CSV and Markdown output |
//! | 7 | `mcp` | a server for coding agents: a dozen tools over the same questions |
//! | 6 | [`report`] | what was found as a report: Markdown, JSON; the collector's log; before and after a fix |
//! | 6 | `export` | dumps as tables in Parquet |
//! | 5 | [`series`] | folders of dumps: discovery, names and times, states, loading |
//! | 6 | `capture` | dumps of a running process: what `/proc` says, whether there is room, the inspector's protocol |
//! | 5 | [`settings`] | what the user wants otherwise: looks, defaults, keys, from a file |
//! | 4 | [`index`] | what was computed, kept in the user's cache and mapped the next time |
//! | 4 | [`mod@source`] | the code at places of a dump: files of this host, source maps |
//! | 4 | [`query`] | questions about objects: filters that combine, groups, order |
//! | 3 | [`analysis`] | questions asked of a heap: class rows, objects, fields, retainers, paths, growth, suspects |
//! | 2 | [`heap`] | DevTools' model: sizes, distances, dominators, classes, statistics |
//! | 2 | [`profile`] | sampling profiles: read, summed up, merged, exported |
//! | 1 | [`graph`] | compressed sparse rows both ways, petgraph's traits, dominators |
//! | 1 | [`snapshot`] | a file becomes columns |
//! | 1 | [`table`] | columns that are declared once; rows as CSV, Markdown and JSON |
//! | 0 | [`error`], [`task`], [`save`], [`signals`], [`log`], [`manual`], [`available`], [`mod@column`], [`mapping`], [`memory`], [`priority`], [`streams`], [`text`] | errors, progress, files that are written, signals, what is logged, the manual's pages, memory to be had, columns, mapped files, standing back for others, whether there is an output, text for people |
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

#[cfg(feature = "export")]
pub mod export;
pub mod graph;
pub mod guide;
pub mod heap;
pub mod index;
pub mod log;
pub mod manual;
pub mod mapping;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod memory;
pub mod priority;
pub mod profile;
pub mod query;
pub mod report;
pub mod save;
pub mod series;
pub mod settings;
pub mod signals;
pub mod snapshot;
pub mod source;
pub mod streams;
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
