//! Writing what is in view to a file.

use std::env;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::save::{self, Replace};
use crate::text::escape::one_line;
use crate::text::width;
use crate::tui::app::{App, Overlay};
use crate::tui::export::{self, Format};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::Slot;

/// The screen on which pages are drawn that have words and no rows.
const SHEET: (u16, u16) = (120, 1_000);

impl App {
    /// Asks for the name of a file to write the page to.
    pub(super) fn ask_for_file(&mut self) {
        let page = self.page().header(&self.store);
        let name = page.path.last().map_or("heaptui", String::as_str);
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(40)
            .collect();
        let name = name.trim_matches('-').to_lowercase();
        let name = if name.is_empty() { "heaptui" } else { &name };
        let folder = self.folder_to_write();
        let path = folder.join(format!("{name}.md"));
        self.overwrite = None;
        self.overlay = Some(Overlay::Write(Prompt::new(path.to_string_lossy())));
    }

    /// The current directory, but not where dumps are: these folders are read by other tools, and by this one.
    pub(super) fn folder_to_write(&self) -> PathBuf {
        let dumps = self.store.dumps().iter();
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

    /// Writes the page to the file that was typed; asks again before it writes over another.
    pub(super) fn write_file(&mut self, typed: &str) {
        let checked = self.may_be_written(typed).and_then(|path| {
            let format = Format::of(&path);
            let format = format
                .ok_or_else(|| "the ending says the format: .md, .csv or .json".to_owned())?;
            Ok((path, format))
        });
        let (path, format) = match checked {
            Ok(checked) => checked,
            Err(words) => {
                self.say(&words, Tone::Problem);
                self.overlay = Some(Overlay::Write(Prompt::new(typed)));
                return;
            }
        };
        let make = match self.page().export(&self.store) {
            Some(make) => make,
            None => {
                let header = self.page().header(&self.store);
                let heading = vec![header.path.join(" › "), header.facts.join(" · ")];
                let (mut lines, _) = self.drawn(SHEET, false);
                let end = lines.iter().rposition(|line| !line.is_empty());
                lines.truncate(end.map_or(0, |end| end + 1));
                Box::new(move |_: &_| Ok(export::lines(heading, &lines)))
            }
        };
        self.say(&format!("writing {}…", path.display()), Tone::Busy);
        let cut = self.shows_cut();
        self.work.start(Slot::Write, move |task| {
            let mut rows = make(task)?;
            if cut {
                let words = "the dump was cut short: not all is known";
                rows.heading.push(words.to_owned());
            }
            // Titles and filters can hold values, too.
            for line in &mut rows.heading {
                *line = export::quoted(line);
            }
            export::write(&path, format, &rows)?;
            Ok(format!(
                "{} written to {}, values of strings masked",
                export::count(&rows),
                path.display()
            ))
        });
    }

    /// The file that was typed, if it may be written; else why not. What is there already may be written over when it
    /// is asked for again.
    pub(super) fn may_be_written(&mut self, typed: &str) -> std::result::Result<PathBuf, String> {
        let path = expanded(typed.trim());
        if path.as_os_str().is_empty() {
            return Err("a name is needed; Esc leaves".to_owned());
        }
        save::check(&path, Replace::Ordinary).map_err(|error| error.message)?;
        if path.symlink_metadata().is_ok() && self.overwrite.as_deref() != Some(&*path) {
            let words = format!(
                "{} is there already: Enter again writes over it",
                path.display()
            );
            self.overwrite = Some(path);
            return Err(words);
        }
        self.overwrite = None;
        Ok(path)
    }

    /// The file is written, or not.
    pub(super) fn wrote(&mut self, outcome: Result<String>) {
        match outcome {
            Ok(words) => self.say(&words, Tone::Dim),
            Err(error) if error.is_cancelled() => {}
            Err(error) => self.say(&error.to_string(), Tone::Problem),
        }
    }
}

/// `~/` is home.
fn expanded(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(typed),
    }
}

/// Draws the line in which the file's name is typed.
pub(super) fn draw_prompt(
    buffer: &mut Buffer,
    line: Rect,
    (what, prompt, hint): (&str, &Prompt, &str),
    message: Option<&(String, Tone)>,
    theme: Theme,
) {
    let room = usize::from(line.width);
    let typed = format!("{what} {}█", one_line(prompt.text()));
    let typed = width::cut_start(&typed, room);
    let (x, _) = buffer.set_stringn(line.x, line.y, &typed, room, theme.style(Tone::Key));
    let (words, tone) = match message {
        Some((words, tone)) => (words.as_str(), *tone),
        None => (hint, Tone::Dim),
    };
    let left = usize::from(line.right().saturating_sub(x));
    if tone == Tone::Problem && line.y > 0 {
        // Above the line, in full.
        let words = width::cut_end(&format!(" {words}"), room);
        let above = line.y - 1;
        buffer.set_string(line.x, above, " ".repeat(room), theme.style(Tone::Plain));
        buffer.set_string(line.x, above, words, theme.style(tone));
        return;
    }
    let words = width::cut_end(&format!("   {words}"), left);
    buffer.set_string(x, line.y, words, theme.style(tone));
}
