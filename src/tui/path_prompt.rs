//! The line in which the name of a file to write is typed. What is there already is written over only when that is
//! asked for again.

use std::env;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::save::{self, Replace};
use crate::text::escape::one_line;
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Effect;
use crate::tui::export::Format;
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Page};
use crate::tui::place::PageKey;
use crate::tui::session::Session;
use crate::tui::theme::Tone;
use crate::tui::widgets::prompt::Prompt;

/// From this width on there is room for more words behind what is typed.
const WIDE: u16 = 120;

/// What is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// The page in view.
    Page,
    /// The incident report.
    Report,
}

/// The name of a file is being typed.
pub struct PathPrompt {
    what: Written,
    prompt: Prompt,
    /// The name that stands there first.
    offered: String,
    /// A file that is there already, and may be written over when its name is given again.
    overwrite: Option<PathBuf>,
    /// Why what was typed cannot be taken.
    problem: Option<String>,
}

impl PathPrompt {
    /// Asks for the name of a file to write this page to: the offered one says which page of which dumps it is, and
    /// nothing that is in them.
    pub fn for_page(page: &PageKey, store: &DumpStore) -> Self {
        let dumps = page.dumps().into_iter().map(|dump| store.label(dump));
        let words: Vec<String> = [page.word().to_owned()].into_iter().chain(dumps).collect();
        Self::new(Written::Page, &name_for(&words.join("-")), store)
    }

    /// Asks for the name of the report's file.
    ///
    /// # Errors
    /// Why there can be no report now, in words.
    pub fn for_report(session: &Session) -> Result<Self, String> {
        if session.store.usable().is_empty() {
            return Err("a report needs dumps".to_owned());
        }
        if session.is_reporting() {
            let key = session.keys.key_of(Command::BackOut);
            return Err(format!("already writing a report; {key} cancels it"));
        }
        let today = ZonedDateTime::now().strftime("%Y-%m-%d");
        let name = format!("heaptui-report-{today}.md");
        Ok(Self::new(Written::Report, &name, &session.store))
    }

    fn new(what: Written, name: &str, store: &DumpStore) -> Self {
        let path = folder_to_write(store).join(name);
        let offered = path.to_string_lossy().into_owned();
        Self {
            what,
            prompt: Prompt::new(offered.clone()),
            offered,
            overwrite: None,
            problem: None,
        }
    }

    /// The file that was typed, if it may be written; else why not.
    fn checked(&mut self, keys: &Keymap) -> Result<PathBuf, String> {
        let path = expanded(self.prompt.text().trim());
        if path.as_os_str().is_empty() {
            let key = keys.key_of(Command::BackOut);
            return Err(format!("type a file name, or {key} to cancel"));
        }
        save::check(&path, Replace::Ordinary).map_err(|error| error.message)?;
        if path.symlink_metadata().is_ok() && self.overwrite.as_deref() != Some(&*path) {
            let words = format!(
                "{} is there already: {} again writes over it",
                path.display(),
                keys.key_of(Command::PromptAccept)
            );
            self.overwrite = Some(path);
            return Err(words);
        }
        self.overwrite = None;
        Ok(path)
    }

    fn effect(&mut self, keys: &Keymap) -> Result<Effect, String> {
        let path = self.checked(keys)?;
        match self.what {
            Written::Report => Ok(Effect::Report(path)),
            Written::Page => match Format::of(&path) {
                Some(format) => Ok(Effect::Write(path, format)),
                None if path
                    .extension()
                    .is_some_and(|ending| ending == "heapprofile") =>
                {
                    Ok(Effect::KeepProfile(path))
                }
                None => Err("the ending says the format: .md, .csv or .json".to_owned()),
            },
        }
    }

    /// What is said behind the name.
    fn hint(&self, columns: u16, keys: &Keymap) -> String {
        let key = keys.key_of(Command::PromptAccept);
        match self.what {
            Written::Page => format!(".md .csv .json · strings are masked · {key} writes"),
            Written::Report if columns < WIDE => format!("strings are masked · {key} writes"),
            Written::Report => {
                format!("strings are masked (`heaptui report --reveal` shows them) · {key} writes")
            }
        }
    }
}

impl Overlay for PathPrompt {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    fn typed(&mut self, _: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.problem = None;
        // A path from the root or from home replaces the name that is offered.
        let added = self.prompt.text().strip_prefix(&self.offered);
        if let Some(path) = added.filter(|added| added.starts_with(['/', '~'])) {
            self.prompt = Prompt::new(path.to_owned());
        }
        Vec::new()
    }

    fn accept(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        match self.effect(ctx.keys) {
            Ok(effect) => Outcome::Goes(vec![effect]),
            Err(words) => {
                self.problem = Some(one_line(&words).into_owned());
                Outcome::Stays
            }
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, _: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        let theme = ctx.theme;
        let y = area.bottom() - 1;
        let room = usize::from(area.width);
        let what = match self.what {
            Written::Page => "write to",
            Written::Report => "report to",
        };
        let line = Rect::new(area.x, y, area.width, 1);
        let hint = match &self.problem {
            Some(_) => String::new(),
            None => self.hint(area.width, ctx.keys),
        };
        let sign = format!("{what} ");
        self.prompt
            .draw(buffer, line, &sign, (&hint, Tone::Dim), theme);
        match &self.problem {
            Some(words) if y > 0 => {
                // Above the line, in full.
                let words = width::cut_end(&format!(" {words}"), room);
                let blank = " ".repeat(room);
                buffer.set_string(area.x, y - 1, blank, theme.style(Tone::Plain));
                buffer.set_string(area.x, y - 1, words, theme.style(Tone::Problem));
            }
            _ => {}
        }
        true
    }
}

/// `~/` is home.
fn expanded(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(typed),
    }
}

/// The name of a file for a page that these words name.
fn name_for(words: &str) -> String {
    let name: String = words
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    let name = name.trim_matches('-').to_lowercase();
    let name = if name.is_empty() { "heaptui" } else { &name };
    format!("{name}.md")
}

/// The current directory, but not where dumps are: these folders are read by other tools, and by this one.
fn folder_to_write(store: &DumpStore) -> PathBuf {
    let dumps = store.dumps().iter();
    let dumps: Vec<PathBuf> = dumps
        .filter_map(|dump| dump.path.parent()?.canonicalize().ok())
        .collect();
    let here = env::current_dir().and_then(|here| here.canonicalize());
    if here.is_ok_and(|here| !dumps.contains(&here)) {
        return PathBuf::from(".");
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    let home = home.filter(|home| {
        let real = home.canonicalize();
        real.is_ok_and(|real| real.is_dir() && !dumps.contains(&real))
    });
    home.unwrap_or_else(env::temp_dir)
}
