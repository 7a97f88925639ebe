//! The line in which something to find is typed: what is searched, how, and what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::find::What;
use crate::analysis::pattern::{How, Pattern};
use crate::series::jobs::Status;
use crate::text::escape::one_line;
use crate::text::units::{grouped, percent};
use crate::text::width;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::prompt::Prompt;

/// Something to find is being typed.
#[derive(Debug)]
pub struct Finder {
    /// What was typed.
    pub prompt: Prompt,
    /// What was typed on the page before.
    pub before: String,
    /// In what to look; nothing: in the rows of the page.
    pub what: Option<What>,
    /// How to look.
    pub how: How,
    /// Whether the page's rows can be narrowed.
    rows: bool,
    /// How many objects were found, and how many different texts; nothing while they are looked for.
    pub found: Option<(u64, u64)>,
}

/// How far a search is, behind its words.
pub fn progress(status: &Status) -> String {
    let progress = status.progress;
    match progress.total {
        0 => String::new(),
        total => format!(" {}", percent(progress.done.min(total), total)),
    }
}

impl Finder {
    /// A line that begins with what the page was narrowed by, as [`How::typed`] writes it; without one the page cannot
    /// be narrowed, and strings are looked for.
    pub fn new(before: Option<&str>) -> Self {
        let rows = before.is_some();
        let before = before.unwrap_or_default();
        let (how, text) = How::of(before);
        Self {
            prompt: Prompt::new(text),
            before: before.to_owned(),
            what: (!rows).then_some(What::Strings),
            how: if rows { how } else { How::Text },
            rows,
            found: None,
        }
    }

    /// What the page is to be narrowed by: nothing of it while something else is searched.
    pub fn narrowing(&self) -> String {
        match self.what {
            None if !self.is_id() => self.how.typed(self.prompt.text()),
            _ => self.before.clone(),
        }
    }

    /// Whether an object's id is being typed.
    pub fn is_id(&self) -> bool {
        self.prompt.text().trim_start().starts_with('@')
    }

    /// Looks in something else. Letters in their order are of little use in long texts, so that these begin otherwise.
    pub fn next_what(&mut self) {
        self.what = match self.what {
            None => Some(What::Properties),
            Some(What::Properties) => Some(What::Strings),
            Some(What::Strings) if self.rows => None,
            Some(What::Strings) => Some(What::Properties),
        };
        if self.what == Some(What::Strings) && self.how == How::Fuzzy {
            self.how = How::Text;
        }
        self.found = None;
    }

    /// Looks in another way.
    pub fn next_how(&mut self) {
        self.how = self.how.next();
        self.found = None;
    }

    /// Draws the line. `rows` is how many rows of how many answer, `status` how the search for objects is doing.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        rows: Option<(usize, usize)>,
        status: Option<Status>,
        theme: Theme,
    ) {
        let room = usize::from(line.width);
        let typed = if self.is_id() {
            format!("go to object {}█", self.prompt.text().trim_start())
        } else {
            format!("/{}█", self.prompt.text())
        };
        let typed = width::cut_start(&one_line(&typed), room);
        let (x, _) = buffer.set_stringn(line.x, line.y, &typed, room, theme.style(Tone::Key));
        let (words, tone) = self.words(rows, status);
        let left = usize::from(line.right().saturating_sub(x));
        let words = width::cut_end(&format!("   {words}"), left);
        buffer.set_string(x, line.y, words, theme.style(tone));
    }

    fn words(&self, rows: Option<(usize, usize)>, status: Option<Status>) -> (String, Tone) {
        if self.is_id() {
            return ("Enter goes there".to_owned(), Tone::Dim);
        }
        let pattern = Pattern::new(self.how, self.prompt.text());
        if let Some(problem) = pattern.problem() {
            return (
                format!("no regular expression yet: {problem}"),
                Tone::Problem,
            );
        }
        let what = match self.what {
            None => "constructors",
            Some(What::Properties) => "properties",
            Some(What::Strings) => "strings",
        };
        let how = self.how.word();
        let keys = "Tab: in what · Ctrl-r: how";
        let count = match (self.what, self.found) {
            (None, _) => rows.map(|(found, all)| {
                let found = grouped(found as u64);
                format!("{found} of {}", grouped(all as u64))
            }),
            (_, Some((count, _))) => Some(format!("{} found · Enter lists", grouped(count))),
            _ => status.map(|status| format!("searching{}", progress(&status))),
        };
        let words = match count {
            Some(count) => format!("{what}, {how}: {count} · {keys}"),
            None => format!("{what}, {how} · {keys} · @123: by id"),
        };
        (words, Tone::Dim)
    }
}
