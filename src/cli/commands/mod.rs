//! The subcommands, one file each: they ask the analysis and hand rows to the output.

mod allocations;
#[cfg(feature = "capture")]
mod capture;
mod check;
mod collections;
mod containment;
mod contexts;
mod diff;
mod doctor;
mod dominated;
mod dominators;
#[cfg(feature = "export")]
mod export;
mod fleet;
mod gate;
mod help;
mod index;
mod info;
mod listing;
#[cfg(feature = "capture")]
mod live;
#[cfg(feature = "mcp")]
mod mcp;
mod object;
mod objects;
mod owners;
mod path;
mod profile;
mod profile_rows;
#[cfg(feature = "capture")]
mod ps;
mod query;
mod realms;
mod redact;
mod report;
mod retainers;
mod statistics;
mod strings;
mod summary;
mod suspects;
mod texts;
mod trend;
mod wanted_classes;
mod what_if;
mod why;

use crate::cli::args::Command;
use crate::cli::stop::Stop;

#[cfg(feature = "capture")]
pub(super) use live::in_explorer as live_in_explorer;

/// Runs a subcommand.
pub(super) fn run(command: Command) -> Result<(), Stop> {
    match command {
        #[cfg(feature = "capture")]
        Command::Ps(arguments) => ps::run(&arguments),
        #[cfg(feature = "capture")]
        Command::Capture(arguments) => capture::run(&arguments),
        #[cfg(feature = "capture")]
        Command::Live(arguments) => live::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Statistics(arguments) => statistics::run(&arguments),
        Command::Summary(arguments) => summary::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Trend(arguments) => trend::run(&arguments),
        Command::Suspects(arguments) => suspects::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Fleet(arguments) => fleet::run(&arguments),
        Command::Owners(arguments) => owners::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Redact(arguments) => redact::run(&arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Objects(arguments) => objects::run(&arguments),
        Command::Object(arguments) => object::run(&arguments),
        Command::Retainers(arguments) => retainers::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
        Command::Dominators(arguments) => dominators::run(&arguments),
        Command::Dominated(arguments) => dominated::run(&arguments),
        Command::Containment(arguments) => containment::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::WhatIf(arguments) => what_if::run(&arguments),
        Command::Contexts(arguments) => contexts::run(&arguments),
        Command::Realms(arguments) => realms::run(&arguments),
        Command::Collections(arguments) => collections::run(&arguments),
        Command::Strings(arguments) => strings::run(&arguments),
        Command::Allocations(arguments) => allocations::run(&arguments),
        Command::Profile(arguments) => profile::run(&arguments),
        #[cfg(feature = "export")]
        Command::Export(arguments) => export::run(&arguments),
        #[cfg(feature = "mcp")]
        Command::Mcp(arguments) => mcp::run(&arguments),
        Command::Index(arguments) => index::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => texts::completions(arguments.shell),
        Command::Man => texts::man(),
        Command::Help(arguments) => help::run(arguments.about.as_deref()),
    }
}
