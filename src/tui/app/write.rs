//! Writing what is in view to a file.

use std::env;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
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
        let page = self.page().header(&self.shelf);
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
    fn folder_to_write(&self) -> PathBuf {
        let dumps = self.shelf.dumps().iter();
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
        let path = expanded(typed.trim());
        let again = |app: &mut Self, words: &str| {
            app.say(words, Tone::Problem);
            app.overlay = Some(Overlay::Write(Prompt::new(typed)));
        };
        if path.as_os_str().is_empty() {
            return again(self, "a name is needed; Esc leaves");
        }
        let Some(format) = Format::of(&path) else {
            return again(self, "the ending says the format: .md, .csv or .json");
        };
        if path.symlink_metadata().is_ok() && self.overwrite.as_deref() != Some(&*path) {
            let words = format!(
                "{} is there already: Enter again writes over it",
                path.display()
            );
            again(self, &words);
            self.overwrite = Some(path);
            return;
        }
        self.overwrite = None;
        let make = match self.page().export(&self.shelf) {
            Some(make) => make,
            None => {
                let header = self.page().header(&self.shelf);
                let heading = vec![header.path.join(" › "), header.facts.join(" · ")];
                let (mut lines, _) = self.drawn(SHEET, false);
                let end = lines.iter().rposition(|line| !line.is_empty());
                lines.truncate(end.map_or(0, |end| end + 1));
                Box::new(move |_: &_| Ok(export::lines(heading, &lines)))
            }
        };
        self.say(&format!("writing {}…", path.display()), Tone::Busy);
        self.work.start(Slot::Write, move |task| {
            let rows = make(task)?;
            export::write(&path, format, &rows)?;
            Ok(format!(
                "{} written to {}, values of strings masked",
                export::count(&rows),
                path.display()
            ))
        });
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
    prompt: &Prompt,
    message: Option<&(String, Tone)>,
    theme: Theme,
) {
    let room = usize::from(line.width);
    let typed = format!("write to {}█", one_line(prompt.text()));
    let typed = width::cut_start(&typed, room);
    let (x, _) = buffer.set_stringn(line.x, line.y, &typed, room, theme.style(Tone::Key));
    let (words, tone) = match message {
        Some((words, tone)) => (words.as_str(), *tone),
        None => (
            ".md .csv .json · strings are masked · Enter writes",
            Tone::Dim,
        ),
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
