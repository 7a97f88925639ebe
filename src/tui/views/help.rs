//! The help screen: the table of commands, to scroll through.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::width;
use crate::tui::commands::{COMMANDS, Command, Context, Spec};
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::widgets::wrap::wrap;

/// The help screen.
#[derive(Debug)]
pub struct Help {
    keymap: Keymap,
    /// Where the keyboard was: its keys come first.
    here: Context,
    /// What is looked for.
    prompt: Prompt,
    /// Whether it is being typed.
    typing: bool,
    top: usize,
    height: usize,
    lines: usize,
}

/// The title above the keys of each place.
const SECTIONS: [(Context, &str); 16] = [
    (Context::DUMPS, "Dumps"),
    (Context::GROWTH, "Growth"),
    (Context::SUSPECTS, "Suspects"),
    (Context::COMPARE, "Diff of two dumps"),
    (Context::TREE, "Classes, objects and fields"),
    (Context::RETAINERS, "Retainers"),
    (Context::FACTS, "Why alive, inspector, statistics"),
    (Context::ROWS, "Strings, closures, owners, paths, hits"),
    (Context::TIMELINE, "Allocations"),
    (Context::GRAPH, "Flame graph of a profile"),
    (Context::ICICLE, "Icicle of the dominators"),
    (Context::FUNCTIONS, "Functions of a profile"),
    (Context::PROFILES, "Profiles compared"),
    (Context::PROMPT, "While typing"),
    (Context::QUESTION, "While asking a question"),
    (Context::HELP, "Help"),
];

/// Terms, columns and marks.
const GLOSSARY: [(&str, &str); 20] = [
    (
        "dump",
        "a heap snapshot file: every object of a process at one moment",
    ),
    (
        "class",
        "objects of one constructor, or of one engine type such as (string)",
    ),
    ("Shallow", "bytes of the object itself"),
    (
        "Retained",
        "bytes freed if the object is removed: itself and what only it keeps alive",
    ),
    (
        "Dist",
        "steps on the shortest path from the global objects; −: none, what only the stack or native code holds",
    ),
    ("retainer", "an object that refers to this one"),
    (
        "dominator",
        "an object on every path from the roots to this one: removing it frees this one",
    ),
    (
        "survivors",
        "objects allocated between two dumps and still alive in a third",
    ),
    (
        "suspect",
        "a holder that keeps more objects in every dump; a likely leak from 50% on",
    ),
    (
        "detached",
        "a DOM node removed from its document, but still referenced",
    ),
    (
        "@123",
        "the id of an object; the same in all dumps of a process",
    ),
    (
        "growing",
        "larger in every dump; noisy: up and down, or by uneven steps; plateau: stopped; warm-up: only at first",
    ),
    (
        "node",
        "an entry of the dump; objects are the nodes with a size of their own, which classes count",
    ),
    ("▸ ▾ ·", "folded, unfolded, nothing below"),
    (
        "…▸",
        "deeper than its indent: levels above it give their room to names",
    ),
    (
        "▶ ›",
        "the selected row; the selected row of the other pane",
    ),
    ("↻", "a cycle: already shown above"),
    ("● ✗", "why alive: on every path; the reference to remove"),
    ("◆", "there are more of these in every dump"),
    ("× + −", "times larger; new and gone since the other dump"),
];

/// The widest that a column of sentences is.
const SENTENCE: usize = 96;

/// A line of the help.
enum Line {
    Title(String),
    /// Keys or a term, and a sentence.
    Entry(String, String),
    /// Keys and the names of their commands.
    Cells(Vec<(String, String)>),
}

impl Help {
    /// The help screen with these keys, those of where the keyboard was first.
    pub fn new(keymap: Keymap, here: Context) -> Self {
        Self {
            keymap,
            here,
            prompt: Prompt::default(),
            typing: false,
            top: 0,
            height: 0,
            lines: 0,
        }
    }

    /// Lines of keys and words; a title has no keys, the second line of long words has a space for them.
    fn wrapped_lines(&self, keys: usize, columns: usize) -> Vec<Line> {
        let room = columns.min(SENTENCE).saturating_sub(keys + 5).max(10);
        let mut all = match self.prompt.text().trim() {
            "" => self.overview(columns),
            _ => Vec::new(),
        };
        for (key, words) in self.found() {
            if key.is_empty() {
                all.push(Line::Title(words));
                continue;
            }
            for (number, piece) in wrap(&words, room).into_iter().enumerate() {
                let key = if number == 0 {
                    key.clone()
                } else {
                    " ".to_owned()
                };
                all.push(Line::Entry(key, piece));
            }
        }
        all
    }

    /// All keys that work here with the names of their commands, in as many columns as fit, downwards first.
    fn overview(&self, columns: usize) -> Vec<Line> {
        let (own, general): (Vec<&Spec>, Vec<&Spec>) = COMMANDS
            .iter()
            .filter(|spec| spec.context.meets(self.here))
            .partition(|spec| !spec.context.is_general());
        let mut lines = Vec::new();
        for (title, specs) in [
            ("This page".to_owned(), own),
            ("Everywhere".to_owned(), general),
        ] {
            lines.push(Line::Title(title));
            let cells = specs.iter().map(|spec| {
                let key = self.keymap.first_key(spec);
                let key = key.unwrap_or_else(|| ":".to_owned());
                (key, spec.name.replace('-', " "))
            });
            let cells: Vec<(String, String)> = cells.collect();
            let keys = cells.iter().map(|(key, _)| width::width(key)).max();
            let names = cells.iter().map(|(_, name)| width::width(name)).max();
            let (keys, names) = (keys.unwrap_or(0) + 1, names.unwrap_or(0) + 3);
            let across = (columns.saturating_sub(1) / (keys + names)).clamp(1, cells.len().max(1));
            let down = cells.len().div_ceil(across);
            for line in 0..down {
                let row = (0..across).filter_map(|column| cells.get(column * down + line));
                let row = row.map(|(key, name)| {
                    (width::pad_right(key, keys), width::pad_right(name, names))
                });
                lines.push(Line::Cells(row.collect()));
            }
            lines.push(Line::Title(String::new()));
        }
        lines
    }

    /// The lines that have all words of what is looked for, under the titles that they stand under.
    fn found(&self) -> Vec<(String, String)> {
        let query = self.prompt.text().to_lowercase();
        if query.trim().is_empty() {
            return self.all_lines();
        }
        let mut found = Vec::new();
        let mut title = None;
        for (keys, words) in self.all_lines() {
            if keys.is_empty() {
                title = (!words.is_empty()).then_some(words);
                continue;
            }
            let text = format!("{keys} {words}").to_lowercase();
            if query.split_whitespace().all(|word| text.contains(word)) {
                if let Some(title) = title.take() {
                    if !found.is_empty() {
                        found.push((String::new(), String::new()));
                    }
                    found.push((String::new(), title));
                }
                found.push((keys, words));
            }
        }
        if found.is_empty() {
            found.push((String::new(), "No key, command or term matches.".to_owned()));
        }
        found
    }

    fn all_lines(&self) -> Vec<(String, String)> {
        let line = |spec: &Spec| (self.keymap.keys(spec).join(" "), spec.help.to_owned());
        let section = |(context, title): (Context, &str), mark: &str| {
            let mut lines = vec![(String::new(), format!("{title}{mark}"))];
            let specs = COMMANDS.iter();
            let specs = specs.filter(|spec| spec.context.meets(context));
            lines.extend(specs.filter(|spec| !spec.context.is_general()).map(line));
            lines.push((String::new(), String::new()));
            lines
        };
        let (here, others): (Vec<_>, Vec<_>) = SECTIONS
            .into_iter()
            .partition(|(context, _)| *context == self.here);
        let mut lines = Vec::new();
        for place in here {
            lines.extend(section(place, ": all keys"));
        }
        lines.push((String::new(), "Glossary".to_owned()));
        for (mark, meaning) in GLOSSARY {
            lines.push((mark.to_owned(), meaning.to_owned()));
        }
        lines.push((String::new(), String::new()));
        for place in others {
            lines.extend(section(place, ""));
        }
        lines.push((String::new(), "Everywhere".to_owned()));
        let everywhere = COMMANDS.iter().filter(|spec| spec.context.is_general());
        lines.extend(everywhere.map(line));
        lines
    }

    /// Draws the lines that fit.
    fn draw_lines(&mut self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let columns = usize::from(area.width);
        let keys = self.all_lines();
        let keys = keys.iter().map(|(keys, _)| width::width(keys)).max();
        let keys = keys.unwrap_or(0).min(columns / 4);
        let lines = self.wrapped_lines(keys, columns);
        (self.height, self.lines) = (usize::from(area.height), lines.len());
        self.top = self.top.min(lines.len().saturating_sub(self.height));
        let (plain, key_style) = (theme.style(Tone::Plain), theme.style(Tone::Key));
        for (y, line) in (area.y..area.bottom()).zip(&lines[self.top..]) {
            let room = usize::from(area.width.saturating_sub(1));
            match line {
                Line::Title(words) => {
                    buffer.set_stringn(area.x + 1, y, words, room, theme.style(Tone::Heading));
                }
                Line::Entry(key, words) => {
                    let key = width::cut_end(key, keys);
                    buffer.set_string(area.x + 3, y, key, key_style);
                    let x = area.x + 3 + keys as u16 + 2;
                    let room = usize::from(area.right().saturating_sub(x));
                    buffer.set_string(x, y, width::cut_end(words, room), plain);
                }
                Line::Cells(cells) => {
                    let mut x = area.x + 1;
                    for (text, style) in cells
                        .iter()
                        .flat_map(|(key, name)| [(key, key_style), (name, plain)])
                    {
                        let room = usize::from(area.right().saturating_sub(x));
                        (x, _) = buffer.set_stringn(x, y, text, room, style);
                    }
                }
            }
        }
    }
}

impl Overlay for Help {
    fn context(&self) -> Context {
        match self.typing {
            true => Context::PROMPT,
            false => Context::HELP,
        }
    }

    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    fn typed(&mut self, _: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.top = 0;
        Vec::new()
    }

    fn accept(&mut self, _: &mut OverlayCtx<'_>) -> Outcome {
        self.typing = false;
        Outcome::Stays
    }

    fn begin_paste(&mut self) {
        self.typing = true;
    }

    /// Stops looking for something first.
    fn cancel(&mut self, _: &mut OverlayCtx<'_>) -> Outcome {
        let any = self.typing || !self.prompt.text().is_empty();
        self.typing = false;
        self.prompt.clear();
        self.top = 0;
        match any {
            true => Outcome::Stays,
            false => Outcome::Goes(Vec::new()),
        }
    }

    fn go(&mut self, motion: Motion) -> bool {
        let last = self.lines.saturating_sub(self.height);
        let half = (self.height / 2).max(1) as isize;
        self.top = match motion {
            Motion::By(by) => self.top.saturating_add_signed(by),
            Motion::HalfPages(pages) => self.top.saturating_add_signed(pages.saturating_mul(half)),
            Motion::To(row) => row,
            Motion::Last => last,
        }
        .min(last);
        true
    }

    fn command(&mut self, command: Command, _: &mut OverlayCtx<'_>) -> Option<Vec<Effect>> {
        (command == Command::Filter).then(|| {
            self.typing = true;
            Vec::new()
        })
    }

    fn covers(&self) -> bool {
        true
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, _: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        let body = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(2),
            ..area
        };
        self.draw_lines(buffer, body, ctx.theme);
        if self.top + self.height < self.lines && body.height > 1 {
            // The last line says that there are more, and comes on the next page.
            self.height -= 1;
            let more = width::pad_right(" more ▼", usize::from(body.width));
            let style = ctx.theme.style(Tone::Heading);
            buffer.set_string(body.x, body.bottom() - 1, more, style);
        }
        if self.typing {
            let line = Rect::new(area.x, area.bottom() - 1, area.width, 1);
            self.prompt
                .draw(buffer, line, "/", ("", Tone::Dim), ctx.theme);
        }
        self.typing
    }
}
