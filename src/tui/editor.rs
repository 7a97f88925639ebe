//! The user's editor: the place that it is to open, and how each editor is told a line.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process;

use crate::source::{CodePlace, FilePlace, Options, Sources, Spot};
use crate::task::Task;
use crate::tui::effect::Effect;
use crate::tui::navigator::Navigator;
use crate::tui::session::Session;
use crate::tui::theme::Tone;
use crate::tui::work::{Found, Slot};

/// What is opened where nobody says otherwise.
const USUAL: &str = "vi";

/// Looks for the place of the selected object, which the editor opens then.
pub fn find(nav: &Navigator, session: &mut Session) -> Option<Effect> {
    let said = |words: &str| Some(Effect::Say(words.to_owned(), Tone::Problem));
    let Some((dump, node)) = nav.selected_object() else {
        return said("select an object first");
    };
    let view = nav.view_of(&dump, session)?;
    let Some(spot) = Spot::of(&view.heap, view.names.scripts(), node) else {
        return said("the dump has no source place of this object");
    };
    let options = session.store.source.clone();
    let taken_at = session.store.get(&dump).and_then(|dump| dump.time());
    let sources = move || Sources::new(options, taken_at).of_dump(&dump);
    let job = move |_: &Task| Ok(sources().find(&spot));
    session.start(Slot::Edit, job, Found::Place);
    None
}

/// What is to be opened of a place, and what is said then; else why nothing is.
pub fn place(place: CodePlace, options: &Options) -> Result<(FilePlace, String), String> {
    let shown = place.shown();
    let Some(at) = place.file else {
        return Err(match place.url.starts_with("node:") {
            _ if options.off => format!("--no-source: {shown} was not looked for"),
            true => format!("{shown} is part of Node.js"),
            false => format!(
                "{shown} is not on this host; if it is elsewhere, start with --source-root FROM=TO"
            ),
        });
    };
    let mut words = format!("opened {}:{}", at.path.display(), at.line);
    let original = place.original.as_ref();
    if let Some(original) =
        original.filter(|original| (original.line, original.column) != (at.line, at.column))
    {
        words.push_str(&format!(" · {} is not on this host", original.source));
    }
    if let Some(note) = place.note {
        words.push_str(&format!(" · {note}"));
    }
    Ok((at, words))
}

/// Opens a place in the user's editor, and waits for its end.
///
/// # Errors
/// In words, when there is no such program, or it failed.
pub fn open(at: &FilePlace) -> Result<(), String> {
    let set = |name| env::var(name).ok().filter(|words| !words.trim().is_empty());
    let chosen = set("VISUAL").or_else(|| set("EDITOR"));
    let chosen = chosen.unwrap_or_else(|| USUAL.to_owned());
    let words = words(&chosen).ok_or_else(|| format!("{chosen}: a quote is not closed"))?;
    let Some((program, options)) = words.split_first() else {
        return Err(format!("{chosen} names no editor"));
    };
    let path = std::path::absolute(&at.path).map_err(|error| error.to_string())?;
    let status = process::Command::new(program)
        .args(options)
        .args(arguments(program, &FilePlace { path, ..at.clone() }))
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(error) => Err(format!(
            "cannot run {program}: {error}; $VISUAL or $EDITOR names the editor"
        )),
    }
}

/// How an editor is told a file and a place in it.
fn arguments(program: &str, at: &FilePlace) -> Vec<OsString> {
    let (line, column) = (at.line, at.column);
    let file = at.path.clone().into_os_string();
    let name = Path::new(program).file_stem().unwrap_or_default();
    let behind = || {
        let mut place = file.clone();
        place.push(format!(":{line}:{column}"));
        place
    };
    match name.to_string_lossy().as_ref() {
        "hx" | "helix" | "zed" | "zeditor" | "subl" => vec![behind()],
        "code" | "code-insiders" | "codium" | "cursor" | "windsurf" => {
            vec!["-g".into(), behind()]
        }
        "nano" => vec![format!("+{line},{column}").into(), file],
        "emacs" | "emacsclient" | "kak" | "micro" => {
            vec![format!("+{line}:{column}").into(), file]
        }
        // A minified script is one line, so that its column counts.
        "vim" | "nvim" => vec![format!("+call cursor({line},{column})").into(), file],
        _ => vec![format!("+{line}").into(), file],
    }
}

/// The words of a command line: spaces part them, unless quoted; nothing is expanded. `None` where a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            // Of paths on Windows it is a part.
            ('\\', None | Some('"')) if !cfg!(windows) => {
                word.get_or_insert_default().push(characters.next()?);
            }
            (_, None) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_variable_is_words_as_in_a_shell_and_nothing_is_expanded() {
        for (line, wanted) in [
            ("vim", &["vim"][..]),
            ("  code   --wait ", &["code", "--wait"]),
            ("'/opt/my editor/e' -x", &["/opt/my editor/e", "-x"]),
            (r#"e "a \"b\"" c\ d '' "#, &["e", "a \"b\"", "c d", ""]),
            ("e $HOME;`x` *", &["e", "$HOME;`x`", "*"]),
            (" ", &[]),
        ] {
            assert_eq!(words(line).unwrap(), wanted, "{line}");
        }
        assert_eq!(words("e 'a"), None);
        assert_eq!(words("e \\"), None);
    }

    #[test]
    #[cfg(unix)]
    fn each_editor_is_told_the_line_in_its_own_way() {
        let at = FilePlace {
            path: "/srv/a b.ts".into(),
            line: 41,
            column: 7,
        };
        for (program, wanted) in [
            ("vi", &["+41", "/srv/a b.ts"][..]),
            ("/usr/bin/nvim", &["+call cursor(41,7)", "/srv/a b.ts"]),
            ("nano", &["+41,7", "/srv/a b.ts"]),
            ("emacsclient", &["+41:7", "/srv/a b.ts"]),
            ("/usr/bin/hx", &["/srv/a b.ts:41:7"]),
            ("code", &["-g", "/srv/a b.ts:41:7"]),
            ("my-editor", &["+41", "/srv/a b.ts"]),
        ] {
            assert_eq!(arguments(program, &at), wanted, "{program}");
        }
    }
}
