//! The palette: commands by their names.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::search::{Fuzzy, Matcher};
use crate::text::width;
use crate::tui::commands::{COMMANDS, Context, Spec};
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::prompt::Prompt;

/// The palette, over the page where it was called.
pub struct Palette {
    /// What was typed.
    prompt: Prompt,
    context: Context,
    keymap: Keymap,
    cursor: Cursor,
}

/// Rows of the list on the screen.
const ROWS: u16 = 10;

impl Palette {
    /// The commands of `context`.
    pub fn new(context: Context, keymap: Keymap) -> Self {
        Self {
            prompt: Prompt::default(),
            context,
            keymap,
            cursor: Cursor::default(),
        }
    }

    /// The commands that answer what was typed, best first.
    fn found(&self) -> Vec<&'static Spec> {
        let matcher = Fuzzy::default();
        let query = self.prompt.text().trim();
        let mut found: Vec<(i64, &Spec)> = COMMANDS
            .iter()
            .filter(|spec| spec.context.meets(self.context))
            .filter_map(|spec| {
                let text = format!("{} {}", spec.name, spec.help);
                let found = matcher.matches(&text, query)?;
                Some((found.score, spec))
            })
            .collect();
        if !query.is_empty() {
            found.sort_by_key(|&(score, _)| std::cmp::Reverse(score));
        }
        found.into_iter().map(|(_, spec)| spec).collect()
    }

    /// The selected command.
    fn selected(&self) -> Option<&'static Spec> {
        self.found().get(self.cursor.selected).copied()
    }

    /// Draws the list above the last line of `area`, and what is typed into it.
    fn draw_list(&mut self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let found = self.found();
        let rows = ROWS.min(area.height.saturating_sub(2));
        let top = area.bottom().saturating_sub(rows + 2);
        let blank = " ".repeat(usize::from(area.width));
        for y in top..area.bottom() {
            buffer.set_string(area.x, y, &blank, theme.style(Tone::Plain));
        }
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, top, rule, theme.style(Tone::Dim));
        self.cursor.fit(usize::from(rows), found.len());
        for line in 0..rows {
            let index = self.cursor.top + usize::from(line);
            let Some(spec) = found.get(index) else { break };
            let y = top + 1 + line;
            let room = usize::from(area.width.saturating_sub(2));
            let name = width::pad_right(spec.name, 16);
            let keys = width::pad_right(&self.keymap.keys(spec).join(" "), 22);
            let text = width::fit(&format!("{name} {keys} {}", spec.help), room);
            buffer.set_string(area.x + 2, y, text, theme.style(Tone::Plain));
            if index == self.cursor.selected {
                let row = Rect::new(area.x, y, area.width, 1);
                buffer.set_style(row, theme.selected(true));
                buffer.set_string(area.x, y, "▶", theme.selected(true));
            }
        }
        let prompt = format!(":{}█", self.prompt.text());
        let y = area.bottom() - 1;
        let room = usize::from(area.width);
        buffer.set_string(
            area.x,
            y,
            width::cut_start(&prompt, room),
            theme.style(Tone::Key),
        );
    }
}

impl Overlay for Palette {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    fn typed(&mut self, _: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.cursor.go(Motion::To(0), self.found().len());
        Vec::new()
    }

    fn accept(&mut self, _: &mut OverlayCtx<'_>) -> Outcome {
        let chosen = self.selected().map(|spec| Effect::Run(spec.command));
        Outcome::Goes(chosen.into_iter().collect())
    }

    fn go(&mut self, motion: Motion) -> bool {
        self.cursor.go(motion, self.found().len());
        true
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, _: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        self.draw_list(buffer, area, ctx.theme);
        true
    }
}
