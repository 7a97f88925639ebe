//! The commands that print the figures of a report.

use super::{Command, Leak, Study};
use crate::analysis::suspects::Largest;

/// How each figure can be had again, for a shell.
pub(super) fn commands(study: &Study, leaks: &[Leak], consumers: &[Largest]) -> Vec<Command> {
    let mut commands = vec![
        command(
            "times, sizes and files of the snapshots",
            "info",
            study,
            &[],
        ),
        command(
            "the growth of the heap and of each class",
            "trend",
            study,
            &[],
        ),
    ];
    if !leaks.is_empty() {
        commands.push(command(
            "holders, what they keep, and since when",
            "suspects",
            study,
            &[],
        ));
    }
    for leak in leaks {
        if let Some(piled) = leak.leaked.first().filter(|piled| piled.whole_dump) {
            let class = piled.class.plain();
            let figures = format!("objects of {class} in each snapshot");
            let options = ["--class".to_owned(), class];
            commands.push(command(&figures, "trend", study, &options));
        }
        let id = ["--id".to_owned(), leak.holder_id.to_string()];
        commands.push(command("the path to the holder", "path", study, &id));
        commands.push(command("what holds the holder", "retainers", study, &id));
    }
    for consumer in consumers {
        let id = study.heap.id(consumer.node);
        let options = ["--id".to_owned(), id.to_string()];
        let figures = format!("path and retained size of consumer @{id}");
        commands.push(command(&figures, "path", study, &options));
    }
    commands.dedup_by(|a, b| a.command == b.command);
    commands
}

/// A command on the dumps of a study.
pub(super) fn command(figures: &str, name: &str, study: &Study, options: &[String]) -> Command {
    let mut words = vec!["heaptui".to_owned(), name.to_owned()];
    words.extend(
        study
            .arguments
            .iter()
            .chain(options)
            .map(|word| quoted(word)),
    );
    Command {
        figures: figures.to_owned(),
        command: words.join(" "),
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',')
    };
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("assets/demo"), "assets/demo");
        assert_eq!(quoted("my dumps"), "'my dumps'");
        assert_eq!(quoted("{a, b}"), "'{a, b}'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
