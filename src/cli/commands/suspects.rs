//! `suspects`: who keeps more and more, and why.

use crate::cli::args::Suspects;
use crate::cli::stop::Stop;
use crate::cli::suspicion::look;

pub(super) fn run(arguments: &Suspects) -> Result<(), Stop> {
    let suspicion = look(&arguments.series)?;
    let accused = suspicion.accused().count();
    let found = match (accused, suspicion.findings.suspects.len()) {
        (0, 0) => "nothing suspicious".to_owned(),
        (0, _) => "nothing is accused".to_owned(),
        (1, _) => "1 accused".to_owned(),
        (count, _) => format!("{count} accused"),
    };
    let heading = suspicion.heading(format!("{} · {found}", suspicion.span()));
    let content = |shown| suspicion.content(shown);
    suspicion.print(&arguments.format, arguments.limit, heading, content)
}
