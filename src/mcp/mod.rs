//! Questions of coding agents: a server of the Model Context Protocol over standard input and output.
//!
//! Lives here: the tools and the size of their answers (`answer`), what they read (`dumps`), and the protocol
//! (`server`). Does not live here: anything that is computed; the tools ask what the commands and the explorer ask.
//!
//! Standard output belongs to the protocol. Answers stay below 4 kB unless more is asked for, and each says what was
//! left out and how it can be had. Texts of dumps are data of a program that nobody vouches for: they stand in strings
//! of JSON only, never in descriptions, and values are masked unless the server was started with `--reveal`.

mod answer;
mod arguments;
mod dumps;
mod objects;
mod series;
mod server;
mod tools;

use std::path::Path;

pub use server::{serve, serve_over};

use crate::error::Result;
use crate::heap::Heap;
use crate::series::{Dump, Series};
use crate::source::Options;
use crate::task::Task;
use crate::text::mask::Reveal;

/// Loads the heap of a dump.
pub type Load = Box<dyn Fn(&Path, &Task) -> Result<Heap> + Send + Sync>;

/// What is served.
pub struct Served {
    /// The dumps.
    pub series: Series,
    /// A sampling profile of the process, where there is one.
    pub profile: Option<Dump>,
    /// What was said on the command line to find them: paths and options.
    pub words: Vec<String>,
    /// How they are loaded.
    pub load: Load,
    /// What loaded heaps may take, in bytes; a share of what is available if not given.
    pub memory: Option<u64>,
    /// What of texts is shown.
    pub reveal: Reveal,
    /// Where the code is.
    pub source: Options,
}
