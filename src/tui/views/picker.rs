//! A list to choose from, narrowed by a few letters; it lies over the page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::search::{Fuzzy, Matcher};
use crate::text::escape::one_line;
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::prompt::Prompt;
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::Inbox;

/// One thing to choose.
#[derive(Clone)]
pub struct Choice {
    /// What choosing it does.
    pub effect: Effect,
    /// How it is called; what is typed is looked for in it.
    pub name: String,
    /// What else is to be said.
    pub remark: String,
}

/// Tells choices that a worker has found; `None` until then.
type More = Box<dyn Fn(&DumpStore) -> Option<Vec<Choice>>>;

/// A list to choose from.
pub struct Picker {
    /// What was typed.
    prompt: Prompt,
    title: String,
    /// What has to be known before choosing.
    warning: Option<String>,
    choices: Vec<Choice>,
    /// Choices that a worker still looks for: `None` until it has found them.
    more: Option<More>,
    inbox: Inbox<()>,
    /// The choices that answer what was typed, best first.
    found: Vec<usize>,
    cursor: Cursor,
}

/// Rows of the list on the screen.
const ROWS: u16 = 12;

impl Picker {
    /// A list with the cursor on the choice at `at`.
    pub fn new(title: &str, choices: Vec<Choice>, at: usize, warning: Option<String>) -> Self {
        let mut picker = Self {
            prompt: Prompt::default(),
            title: title.to_owned(),
            warning,
            found: (0..choices.len()).collect(),
            choices,
            more: None,
            inbox: Inbox::default(),
            cursor: Cursor::default(),
        };
        picker.move_by(Motion::To(at));
        picker
    }

    /// The list with more choices as soon as a worker has found them.
    pub fn with_more(mut self, more: impl Fn(&DumpStore) -> Option<Vec<Choice>> + 'static) -> Self {
        self.more = Some(Box::new(more));
        self
    }

    /// Where it is told that they are found.
    pub fn waits(&self) -> &Inbox<()> {
        &self.inbox
    }

    /// More choices, behind the others; what is selected stays so.
    fn extend(&mut self, choices: Vec<Choice>) {
        let first = self.choices.len();
        self.choices.extend(choices);
        if self.prompt.text().trim().is_empty() {
            self.found.extend(first..self.choices.len());
        } else {
            self.narrow();
        }
    }

    /// The selected choice.
    fn selected(&self) -> Option<&Choice> {
        self.choices.get(*self.found.get(self.cursor.selected)?)
    }

    fn move_by(&mut self, motion: Motion) {
        self.cursor.go(motion, self.found.len());
    }

    /// Narrows the list to the choices that answer what was typed.
    fn narrow(&mut self) {
        let matcher = Fuzzy::default();
        let query = self.prompt.text().trim();
        let mut found: Vec<(i64, usize)> = self
            .choices
            .iter()
            .enumerate()
            .filter_map(|(index, choice)| {
                Some((matcher.matches(&choice.name, query)?.score, index))
            })
            .collect();
        if !query.is_empty() {
            found.sort_by_key(|&(score, index)| (std::cmp::Reverse(score), index));
        }
        self.found = found.into_iter().map(|(_, index)| index).collect();
        self.move_by(Motion::To(0));
    }

    /// Draws the list above the last line of `area`, and what is typed into it.
    fn draw_list(&mut self, buffer: &mut Buffer, area: Rect, keys: &Keymap, theme: Theme) {
        let room = usize::from(area.width);
        let warning = self.warning.as_deref().map_or_else(Vec::new, |words| {
            wrap(&one_line(words), room.saturating_sub(3))
        });
        let warned = (warning.len() as u16).min(area.height.saturating_sub(5).min(4));
        let rows = ROWS
            .min(area.height.saturating_sub(4 + warned))
            .min(self.choices.len().max(1) as u16);
        let mut top = area.bottom().saturating_sub(rows + warned + 2);
        let blank = " ".repeat(room);
        for y in top..area.bottom() {
            buffer.set_string(area.x, y, &blank, theme.style(Tone::Plain));
        }
        let rule = "─".repeat(room);
        buffer.set_string(area.x, top, rule, theme.style(Tone::Dim));
        let title = format!(" {} ", self.title);
        let style = theme.style(Tone::Heading);
        buffer.set_stringn(area.x + 2, top, &title, room - 2, style);
        for words in warning.into_iter().take(usize::from(warned)) {
            top += 1;
            buffer.set_string(area.x + 2, top, words, theme.style(Tone::Problem));
        }
        self.cursor.fit(usize::from(rows), self.found.len());
        let names = self.choices.iter().map(|choice| width::width(&choice.name));
        let column = names.max().unwrap_or(0).min(room / 2);
        for line in 0..rows {
            let index = self.cursor.top + usize::from(line);
            let choice = self.found.get(index).and_then(|&at| self.choices.get(at));
            let Some(choice) = choice else { break };
            let y = top + 1 + line;
            let name = width::fit(&one_line(&choice.name), column);
            let (x, _) = buffer.set_stringn(
                area.x + 2,
                y,
                name,
                room.saturating_sub(2),
                theme.style(Tone::Plain),
            );
            let left = usize::from(area.right().saturating_sub(x + 2));
            let remark = width::cut_end(&one_line(&choice.remark), left);
            buffer.set_string(x + 2, y, remark, theme.style(Tone::Dim));
            if index == self.cursor.selected {
                let row = Rect::new(area.x, y, area.width, 1);
                buffer.set_style(row, theme.selected(true));
                buffer.set_string(area.x, y, "▶", theme.selected(true));
            }
        }
        if self.found.is_empty() {
            let words = "nothing has these letters";
            buffer.set_string(area.x + 2, top + 1, words, theme.style(Tone::Dim));
        }
        let y = area.bottom() - 1;
        let typed = format!("›{}█", self.prompt.text());
        let typed = width::cut_start(&typed, room);
        let (x, _) = buffer.set_stringn(area.x, y, typed, room, theme.style(Tone::Key));
        let left = usize::from(area.right().saturating_sub(x));
        let words = format!(
            "   a few letters narrow the list · {} takes it · {} leaves",
            keys.key_of(Command::PromptAccept),
            keys.key_of(Command::BackOut)
        );
        let words = width::cut_end(&words, left);
        buffer.set_string(x, y, words, theme.style(Tone::Dim));
    }
}

impl Overlay for Picker {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    fn typed(&mut self, _: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.narrow();
        Vec::new()
    }

    fn accept(&mut self, _: &mut OverlayCtx<'_>) -> Outcome {
        let chosen = self.selected().map(|choice| choice.effect.clone());
        Outcome::Goes(chosen.into_iter().collect())
    }

    fn go(&mut self, motion: Motion) -> bool {
        self.move_by(motion);
        true
    }

    fn take(&mut self, store: &DumpStore) {
        while self.inbox.next().is_some() {}
        if let Some(choices) = self.more.as_ref().and_then(|more| more(store)) {
            self.more = None;
            self.extend(choices);
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, _: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        self.draw_list(buffer, area, ctx.keys, ctx.theme);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_narrow_and_the_best_comes_first() {
        let names = ["all objects", "between s1 and s2", "between s2 and s3"];
        let choices = names.iter().enumerate().map(|(number, name)| Choice {
            effect: Effect::Process(number),
            name: (*name).to_owned(),
            remark: String::new(),
        });
        let mut picker = Picker::new("Count", choices.collect(), 1, None);
        let selected = |picker: &Picker| match picker.selected()?.effect {
            Effect::Process(number) => Some(number),
            _ => None,
        };
        assert_eq!(selected(&picker), Some(1));
        for character in "s2s3".chars() {
            picker.prompt.push(character);
        }
        picker.narrow();
        assert_eq!(selected(&picker), Some(2));
        picker.prompt.push('x');
        picker.narrow();
        assert_eq!(selected(&picker), None);
    }
}
