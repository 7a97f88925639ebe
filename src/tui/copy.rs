//! What leaves the screen: the selected row, the path to an object, why it is alive, a whole page.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::describe::Stretch;
use crate::analysis::hops::folded;
use crate::analysis::paths::path_from_root;
use crate::analysis::why::why;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::report::commands::quoted;
use crate::save::{Replace, Unfinished};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::units::{bytes, grouped};
use crate::tui::clipboard::{MOST, Text};
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Effect;
use crate::tui::export::{self, Export, Format};
use crate::tui::keymap::Keymap;
use crate::tui::link::Link;
use crate::tui::navigator::Navigator;
use crate::tui::page::Page;
use crate::tui::place::PageKey;
use crate::tui::search::Found as Suspects;
use crate::tui::session::Session;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::why::leak::Leak;
use crate::tui::work::{Found, Slot};

/// Copies the selected row.
pub fn row(page: &dyn Page, store: &DumpStore) -> Effect {
    let row = page.line(store).unwrap_or_default();
    let row = row.shown(Reveal::Nothing);
    let row = one_line(&row);
    match row.trim() {
        "" => Effect::Say("no row to copy".to_owned(), Tone::Problem),
        row => Effect::Copy(Text {
            text: row.to_owned(),
            what: "the row".to_owned(),
        }),
    }
}

/// What is said about text that is copied, if it can be; else why not.
pub fn words(copied: &Text, keys: &Keymap) -> std::result::Result<String, String> {
    let Text { text, what } = copied;
    if text.len() > MOST {
        return Err(format!(
            "{what}: {} are more than terminals copy ({}); {} writes a file",
            bytes(text.len() as u64),
            bytes(MOST as u64),
            keys.key_of(Command::WriteView)
        ));
    }
    Ok(match text.lines().count() {
        0 | 1 => format!("copied {what}: {text}"),
        lines => format!("copied {what}: {} lines", grouped(lines as u64)),
    })
}

/// Has the path from the root to the selected object copied, or why it is alive.
pub fn path(command: Command, nav: &Navigator, session: &mut Session) -> Option<Effect> {
    let subject = match command {
        Command::CopyWhy => nav.page().made(),
        _ => nav.page().subject(),
    };
    let Some((dump, node)) = subject.and_then(|about| Some((about.dump, about.node?))) else {
        let words = "select an object first".to_owned();
        return Some(Effect::Say(words, Tone::Problem));
    };
    let view = nav.view_of(&dump, session)?;
    let suspects = session.ctx().found.map(Arc::clone);
    match command {
        Command::CopyWhy => {
            session.start(Slot::Copy, why_text(view, node, suspects), Found::Copied)
        }
        _ => session.start(Slot::Copy, path_text(view, node), Found::Copied),
    }
    None
}

/// Copies a command that opens the explorer where the user is.
pub fn link(nav: &Navigator, session: &Session) -> Effect {
    let arguments = arguments(&session.paths);
    let key = nav.key();
    let view = key.dump().and_then(|dump| nav.view_of(dump, session));
    let selected = nav
        .selected_object()
        .filter(|(dump, _)| Some(dump) == key.dump());
    let selected = selected
        .zip(view.as_ref())
        .map(|((_, node), view)| view.heap.id(node));
    match Link::of(key, selected, &session.store, view.as_deref()) {
        Some(link) => Effect::Copy(Text {
            text: format!("heaptui {arguments} --open {}", quoted(&link.to_string())),
            what: "the link".to_owned(),
        }),
        None => Effect::Say("this page has no link".to_owned(), Tone::Problem),
    }
}

/// Paths as the words of a command.
fn arguments(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| quoted(&path.to_string_lossy()));
    paths.collect::<Vec<_>>().join(" ")
}

/// Has the page in view written to a file; says so.
pub fn page(nav: &Navigator, (path, format): (PathBuf, Format), session: &mut Session) -> Effect {
    let Some(rows) = nav.page().export(&session.store) else {
        let words = "there are no rows to write yet".to_owned();
        return Effect::Say(words, Tone::Problem);
    };
    let words = format!("writing {}…", path.display());
    let cut = session.is_any_cut(&nav.in_view());
    session.start(Slot::Write, job(rows, cut, path, format), Found::Written);
    Effect::Say(words, Tone::Busy)
}

/// The job that writes `rows` to a file, of a dump that was `cut` short or not; it gives what was written, in words.
fn job(
    rows: Export,
    cut: bool,
    path: PathBuf,
    format: Format,
) -> impl FnOnce(&Task) -> Result<String> + Send {
    move |task| {
        let mut rows = rows(task)?;
        if cut {
            let words = "the dump was cut short: not all is known";
            rows.heading.push(words.into());
        }
        export::write(&path, format, &rows)?;
        Ok(format!(
            "wrote {} to {}, strings masked",
            export::count(&rows),
            path.display()
        ))
    }
}

/// Has the profile in view copied to a file: that of a running process is written anew every few seconds.
pub fn profile(nav: &Navigator, path: PathBuf, session: &mut Session) -> Effect {
    let PageKey::Profile(file) = nav.key() else {
        let words = "only the page of a profile is written as .heapprofile".to_owned();
        return Effect::Say(words, Tone::Problem);
    };
    if file.extension() != path.extension() {
        let words = format!("the profile is packed: unpack {} instead", file.display());
        return Effect::Say(words, Tone::Problem);
    }
    let words = format!("writing {}…", path.display());
    let file = Arc::clone(file);
    let job = move |_: &Task| {
        let failed = |error| Error::io("cannot read the profile", &error).in_file(&file);
        let mut from = File::open(&file).map_err(failed)?;
        let mut to = Unfinished::begin(&path, Replace::Ordinary)?;
        let copied = io::copy(&mut from, &mut to);
        copied.map_err(|error| Error::io("cannot write", &error).in_file(&path))?;
        to.finish()?;
        Ok(format!("wrote the profile to {}", path.display()))
    };
    session.start(Slot::Write, job, Found::Written);
    Effect::Say(words, Tone::Busy)
}

/// The job that tells why an object is alive, in words, and in which dump.
fn why_text(
    view: Arc<View>,
    node: NodeId,
    suspects: Option<Arc<Suspects>>,
) -> impl FnOnce(&Task) -> Result<Text> + Send {
    move |task| {
        let scripts = view.names.scripts();
        let why = why(&view.heap, scripts, node, task)?;
        let mut lines = vec![view.title(None)];
        let leak = suspects.and_then(|found| Leak::of(&found, &view.dump, &view.heap, &why));
        lines.extend(leak.iter().flat_map(Leak::lines));
        lines.extend(why.lines(&view.heap, scripts));
        let lines: Vec<String> = lines
            .iter()
            .map(|line| one_line(&line.told(Reveal::Nothing)).into_owned())
            .collect();
        Ok(Text {
            text: lines.join("\n"),
            what: "why it is alive".to_owned(),
        })
    }
}

/// The job that tells the path from the root to an object, one step on a line.
fn path_text(view: Arc<View>, node: NodeId) -> impl FnOnce(&Task) -> Result<Text> + Send {
    move |task| {
        let heap = &view.heap;
        let path = path_from_root(heap, node, task)?;
        let path = folded(heap, view.names.scripts(), &path);
        let mut lines: Vec<String> = Vec::new();
        let stretch = path.runtime.as_ref().map(Stretch::words);
        lines.extend(stretch.map(|words| one_line(&words.told(Reveal::Nothing)).into_owned()));
        for (number, run) in path.runs.iter().enumerate() {
            match path.left_out_before(number) {
                0 => {}
                hops => lines.push(format!("  … {} steps …", grouped(hops as u64))),
            }
            let last = run.hops.last().map_or(node, |hop| hop.node);
            let step = run.words().note(" ").id(heap.id(last));
            let indent = if lines.is_empty() { "" } else { "  " };
            let step = step.told(Reveal::Nothing);
            lines.push(format!("{indent}{}", one_line(&step)));
        }
        Ok(Text {
            text: lines.join("\n"),
            what: format!("the path to @{}", heap.id(node)),
        })
    }
}
