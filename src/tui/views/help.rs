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

/// What is said about each place before its keys.
const SECTIONS: [(Context, &str); 11] = [
    (Context::DUMPS, "In the list of dumps"),
    (Context::GROWTH, "Where it is shown what grows"),
    (Context::COMPARE, "In the comparison of two dumps"),
    (
        Context::TREE,
        "In the tree of constructors, objects and fields",
    ),
    (
        Context::RETAINERS,
        "In the tree of those who hold an object",
    ),
    (Context::SUSPECTS, "Where suspects are named"),
    (
        Context::FACTS,
        "Where it is said why an object is alive, and what is known of it",
    ),
    (Context::ROWS, "In lists of strings, contexts, paths, hits"),
    (Context::PROFILE, "In sampling profiles"),
    (
        Context::TIMELINE,
        "Where it is shown what was allocated when",
    ),
    (Context::PROMPT, "While typing"),
];

/// What marks mean.
const LEGEND: [(&str, &str); 11] = [
    ("▸ ▾ ·", "folded, unfolded, nothing below"),
    ("▶ ›", "the selected row; that of the other pane"),
    ("↻", "this holder is further up already"),
    (
        "@123",
        "an object's id; it stays the same from dump to dump of a process",
    ),
    (
        "Dist",
        "steps from the application's roots; − means not reached from them",
    ),
    ("Shallow", "what an object takes itself"),
    ("Retained", "what would be freed if it went"),
    (
        "● ✗",
        "why alive: every way leads through here; the step to cut",
    ),
    (
        "growing",
        "more at every step, in numbers or in what they retain; noisy: up and down",
    ),
    (
        "warm-up",
        "rose at first, then no more; plateau: no change that matters",
    ),
    ("× + −", "how often; new, and gone since the other dump"),
];

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
    fn wrapped_lines(&self, keys: usize, columns: usize) -> Vec<(String, String)> {
        let room = columns.saturating_sub(keys + 5).max(10);
        let mut all = Vec::new();
        for (key, words) in self.found() {
            if key.is_empty() {
                all.push((key, words));
                continue;
            }
            for (number, piece) in wrap(&words, room).into_iter().enumerate() {
                let key = if number == 0 {
                    key.clone()
                } else {
                    " ".to_owned()
                };
                all.push((key, piece));
            }
        }
        all
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
            found.push((
                String::new(),
                "no key and no sentence has these words".to_owned(),
            ));
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
            lines.extend(section(place, ": where you are"));
        }
        lines.push((String::new(), "Marks and figures".to_owned()));
        for (mark, meaning) in LEGEND {
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
        let keys = keys.unwrap_or(0).min(columns / 3);
        let lines = self.wrapped_lines(keys, columns);
        (self.height, self.lines) = (usize::from(area.height), lines.len());
        self.top = self.top.min(lines.len().saturating_sub(self.height));
        for (offset, (key, words)) in (0..area.height).zip(&lines[self.top..]) {
            let y = area.y + offset;
            if key.is_empty() {
                let room = usize::from(area.width.saturating_sub(1));
                buffer.set_stringn(area.x + 1, y, words, room, theme.style(Tone::Heading));
                continue;
            }
            let key = width::cut_end(key, keys);
            buffer.set_string(area.x + 3, y, key, theme.style(Tone::Key));
            let x = area.x + 3 + keys as u16 + 2;
            let room = usize::from(area.right().saturating_sub(x));
            buffer.set_string(x, y, width::cut_end(words, room), theme.style(Tone::Plain));
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
        if self.typing {
            let room = usize::from(area.width);
            let typed = width::cut_start(&format!("/{}█", self.prompt.text()), room);
            buffer.set_string(area.x, area.bottom() - 1, typed, ctx.theme.style(Tone::Key));
        }
        self.typing
    }
}
