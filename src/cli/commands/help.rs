//! `help`: a command's options, a page of the manual, or a list of both.

use clap::CommandFactory;

use crate::cli::args::Arguments;
use crate::cli::output::print_text;
use crate::cli::stop::Stop;
use crate::error::Error;
use crate::manual::{TOPICS, Topic};

/// Prints help on a command or topic; on everything if none is named.
pub(super) fn run(about: Option<&str>) -> Result<(), Stop> {
    let mut command = Arguments::command();
    command.build();
    let Some(name) = about else {
        return print_text(command.render_long_help().to_string().as_bytes());
    };
    if let Some(command) = command.find_subcommand_mut(name) {
        return print_text(command.render_long_help().to_string().as_bytes());
    }
    if let Some(topic) = Topic::named(name) {
        return print_text(topic.text().as_bytes());
    }
    let names: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    Err(
        Error::usage(format!("there is no command or manual page {name:?}"))
            .advise(format!(
                "the manual has {}; heaptui help lists the commands",
                names.join(", ")
            ))
            .into(),
    )
}
