//! `doctor`: what this host offers, on one page that can be pasted into an issue. No dump is read, nothing is written.

use std::io::IsTerminal;

use serde::Serialize;

use crate::available;
use crate::cli::args::{Doctor, Limit, index_limit, version};
use crate::cli::output::{Cell, Column, Head, Output, Records, Table};
use crate::cli::stop::Stop;
use crate::index::Cache;
use crate::series::Watcher;
use crate::series::watch::{Means, Options};
use crate::text::units::{bytes, duration};

/// One thing that was looked at.
#[derive(Serialize)]
struct Fact {
    /// Stable, for programs.
    name: &'static str,
    value: String,
    /// What to do about it, where something should be done.
    advice: Option<&'static str>,
}

#[derive(Serialize)]
struct Content<'a> {
    facts: &'a [Fact],
}

const COLUMNS: &[Column<Fact>] = &[
    Head::text("What", "name").of(|fact, ()| Cell::note(fact.name.replace('_', " "))),
    Head::text("Here", "value").of(|fact, ()| Cell::note(fact.value.clone())),
    Head::text("What to do", "advice").of(|fact, ()| match fact.advice {
        Some(advice) => Cell::note(advice.to_owned()),
        None => Cell::Nothing,
    }),
];

pub(super) fn run(arguments: &Doctor) -> Result<(), Stop> {
    let mut facts = vec![
        fact("version", version().to_owned()),
        fact(
            "system",
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
        processors(),
        memory(),
        terminal(),
        colours(),
        clipboard(),
        cache(),
        watcher(arguments),
    ];
    facts.extend(processes());
    let output = Output::new(arguments.format.format, Limit { limit: Some(0) });
    let table = Table::of(Vec::new(), Records::of(COLUMNS, &facts, &()), 0);
    output.print(Content { facts: &facts }, &table)
}

fn fact(name: &'static str, value: String) -> Fact {
    Fact {
        name,
        value,
        advice: None,
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn processors() -> Fact {
    let count = std::thread::available_parallelism();
    let value = count.map_or("unknown".to_owned(), |count| count.to_string());
    fact("processors", value)
}

fn memory() -> Fact {
    match available::available() {
        Some(free) => fact("memory_available", bytes(free)),
        None => Fact {
            advice: Some("give --memory SIZE: this system does not say how much can be had"),
            ..fact("memory_available", "unknown".to_owned())
        },
    }
}

fn terminal() -> Fact {
    let kind = variable("TERM").unwrap_or_else(|| "TERM is not set".to_owned());
    let size = terminal_size::terminal_size();
    let size = size.map(|(width, height)| format!(", {}x{}", width.0, height.0));
    let inside = match () {
        () if variable("TMUX").is_some() => ", in tmux",
        () if variable("STY").is_some() => ", in screen",
        () if variable("SSH_CONNECTION").is_some() => ", over SSH",
        () => "",
    };
    let is_there = std::io::stdout().is_terminal();
    let advice = match kind.as_str() {
        _ if !is_there => {
            Some("the explorer needs a terminal: over SSH, ssh -t; in a pod, kubectl exec -it")
        }
        "dumb" => Some("set TERM to what the terminal is, such as xterm-256color"),
        _ => None,
    };
    Fact {
        advice,
        ..fact(
            "terminal",
            format!("{kind}{}{inside}", size.unwrap_or_default()),
        )
    }
}

fn colours() -> Fact {
    let value = match variable("COLORTERM").as_deref() {
        _ if variable("NO_COLOR").is_some() => "none, as NO_COLOR asks",
        Some("truecolor" | "24bit") => "16 million",
        _ if variable("TERM").is_some_and(|term| term.contains("256color")) => "256",
        _ => "16",
    };
    fact("colours", value.to_owned())
}

fn clipboard() -> Fact {
    let advice = variable("TMUX")
        .map(|_| "in tmux: set -g set-clipboard on, for y… to reach your clipboard");
    Fact {
        advice,
        ..fact(
            "clipboard",
            "by OSC 52, where the terminal allows it".to_owned(),
        )
    }
}

fn cache() -> Fact {
    let cache = Cache::of_user(index_limit(None));
    match (cache.folder(), cache.missing()) {
        (Some(folder), None) => {
            let taken: u64 = cache.entries().iter().map(|entry| entry.bytes).sum();
            fact(
                "indexes",
                format!(
                    "{}, {} of {}",
                    folder.display(),
                    bytes(taken),
                    bytes(cache.limit())
                ),
            )
        }
        (_, why) => Fact {
            advice: Some("set XDG_CACHE_HOME to a folder of yours, and dumps reopen at once"),
            ..fact("indexes", format!("none: {}", why.unwrap_or("no folder")))
        },
    }
}

fn watcher(arguments: &Doctor) -> Fact {
    let started = Watcher::start(&arguments.paths, &Options::default());
    match started {
        Ok(watcher) => match watcher.means() {
            Means::Events => fact("new_dumps", "told by the system".to_owned()),
            Means::Polling { every, because } => {
                let why = because
                    .as_deref()
                    .map_or(String::new(), |why| format!(": {why}"));
                fact(
                    "new_dumps",
                    format!("looked for every {}{why}", duration(*every)),
                )
            }
        },
        Err(error) => fact("new_dumps", error.to_string()),
    }
}

/// The V8 processes, if they can be seen.
fn processes() -> Option<Fact> {
    #[cfg(feature = "capture")]
    {
        use crate::capture::{Proc, Runtime};
        let proc = Proc::of_system();
        let pids = proc.pids().ok()?;
        let found = pids
            .into_iter()
            .filter_map(|pid| Runtime::of(&proc.read(pid).ok()?));
        let value = match found.count() {
            0 => "none that is known here".to_owned(),
            count => format!("{count}; heaptui ps lists them"),
        };
        Some(fact("v8_processes", value))
    }
    #[cfg(not(feature = "capture"))]
    None
}
