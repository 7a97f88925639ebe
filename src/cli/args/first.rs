//! Options that stand before the command.

use std::ffi::OsString;

use clap::CommandFactory;

use super::Arguments;

/// The arguments with the command before options that were written before it: `heaptui --no-index summary DIR`.
///
/// A command's name wins over a path of that name, here too. Whatever clap is to complain of stays as it is.
pub(in crate::cli) fn command_first(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let mut command = Arguments::command();
    command.build();
    // Whether an option of this name takes a value behind it; options of one name are alike in all commands.
    let takes_value = |option: &str| {
        let commands = std::iter::once(&command).chain(command.get_subcommands());
        let mut options = commands.flat_map(|command| command.get_arguments());
        options
            .find(|known| match option.strip_prefix("--") {
                Some(long) => known.get_long() == Some(long),
                None => known.get_short() == option.chars().nth(1),
            })
            .is_some_and(|known| {
                known.get_action().takes_values() && !known.is_require_equals_set()
            })
    };
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        let Some(text) = argument.to_str() else { break };
        if matches!(text, "-" | "--" | "--version" | "-V") {
            break;
        }
        if !text.starts_with('-') {
            if at > 1
                && command
                    .get_subcommands()
                    .any(|known| known.get_name() == text)
            {
                arguments[1..=at].rotate_right(1);
            }
            break;
        }
        at += 1 + usize::from(!text.contains('=') && takes_value(text));
    }
    arguments
}
