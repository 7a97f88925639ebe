//! `suspects`: what grows, who holds it, and why.

use crate::analysis::suspects::Outcome;
use crate::cli::args::Suspects;
use crate::cli::stop::Stop;
use crate::cli::suspicion::look;

pub(super) fn run(arguments: &Suspects) -> Result<(), Stop> {
    let suspicion = look(
        &arguments.series,
        &arguments.source.options(),
        arguments.known.as_deref(),
    )?;
    let accused = suspicion.accused().count();
    let (outcome, _) = suspicion.outcome();
    let found = match (accused, suspicion.findings.suspects.len(), outcome) {
        (0, 0, Outcome::Healthy) => "no suspects".to_owned(),
        (0, _, Outcome::Healthy) => "no leak found".to_owned(),
        (0, ..) => "no leak found, which says little here".to_owned(),
        (1, ..) => "1 likely leak".to_owned(),
        (count, ..) => format!("{count} likely leaks"),
    };
    let mut heading = suspicion.heading(format!("{} · {found}", suspicion.span()));
    heading.extend(suspicion.about_processes());
    let content = |shown| suspicion.content(outcome.as_str(), shown);
    suspicion.print(&arguments.format, arguments.limit, heading, content)
}
