//! `completions` and `man`: texts made from the definitions of the arguments.

use clap::CommandFactory;

use crate::cli::args::Arguments;
use crate::cli::output::print_text;
use crate::cli::stop::Stop;

/// Prints the completion script for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Stop> {
    // Through memory: the generator does not expect that writing can fail.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "heaptui", &mut text);
    print_text(&text)
}

/// Prints the manual page, with a section for each command.
pub(super) fn man() -> Result<(), Stop> {
    let mut command = Arguments::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for subcommand in command.get_subcommands() {
        if subcommand.get_name() != "help" {
            let name = format!("heaptui {}", subcommand.get_name());
            text.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
            let page = clap_mangen::Man::new(subcommand.clone());
            page.render_synopsis_section(&mut text)?;
            page.render_description_section(&mut text)?;
            page.render_options_section(&mut text)?;
        }
    }
    print_text(&text)
}
