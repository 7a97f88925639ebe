//! A list to choose from, narrowed by a few letters; it lies over the page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::search::{Fuzzy, Matcher};
use crate::text::escape::one_line;
use crate::text::width;
use crate::tui::commands::{Command, Spec};
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::popup;
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
    /// The key that does the same.
    pub key: String,
    /// What else is to be said.
    pub remark: String,
    /// Other words by which it is found.
    pub meaning: &'static str,
}

impl Choice {
    /// Something to choose, without a key.
    pub fn new(name: String, remark: String, effect: Effect) -> Self {
        Self {
            effect,
            name,
            key: String::new(),
            remark,
            meaning: "",
        }
    }

    /// A command, with its key and its sentence.
    pub fn command(spec: &Spec, keys: &Keymap) -> Self {
        Self {
            effect: Effect::Run(spec.command),
            name: spec.name.replace('-', " "),
            key: keys.first_key(spec).unwrap_or_default(),
            remark: spec.help.to_owned(),
            meaning: meaning(spec.command),
        }
    }

    /// Cells that a row needs to show all of it.
    fn width(&self) -> usize {
        width::width(&self.name) + width::width(&self.key) + width::width(&self.remark) + 16
    }

    /// How well it answers words in lower case; `None` if it lacks one.
    fn answers(&self, query: &str) -> Option<i64> {
        let name = self.name.to_lowercase();
        let remark = self.remark.to_lowercase();
        let begins = |text: &str, word: &str| {
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            words.any(|other| other.starts_with(word))
        };
        let mut score = match () {
            () if name == query => 100,
            // Who types a key means its command.
            () if self.key.split(' ').any(|key| key == query) => 80,
            () if name.starts_with(query) => 50,
            () => 0,
        };
        for word in query.split_whitespace() {
            score += match () {
                () if begins(&name, word) => 16,
                () if name.contains(word) => 8,
                () if begins(self.meaning, word) => 12,
                () if begins(&remark, word) => 4,
                () if remark.contains(word) => 1,
                () => return None,
            };
        }
        Some(score)
    }
}

/// Whether what is typed may be a question: several words, or a name as classes have it.
fn may_ask(text: &str) -> bool {
    text.contains(char::is_whitespace) || text.contains(char::is_uppercase)
}

/// What people call it who do not know its name.
fn meaning(command: Command) -> &'static str {
    match command {
        Command::ShowSuspects => "leak leaks blame cause culprit",
        Command::NarrowPrevious => "three-snapshot new between previous delta",
        Command::WriteView => "export save csv json markdown file",
        Command::WriteReport => "export save incident markdown ticket",
        Command::Narrow => "detached unreachable duplicates handlers console contexts",
        Command::Filter => "search grep look for",
        Command::Ask => "query ask objects where select group oql",
        Command::ShowRetainers => "references parents incoming who holds",
        Command::ShowWhy => "path root explain retained",
        Command::ShowPaths => "merged group root",
        Command::ShowDominators => "retained tree owner",
        Command::ShowIcicle => "flame graph treemap nested dominators retained",
        Command::ShowContainment => "roots global window",
        Command::ShowMakers => "allocate allocator profile stack source line",
        Command::ShowDumps => "profiles snapshots files flame home",
        Command::Compare | Command::CompareProfiles => "diff delta comparison",
        Command::ShowGrowth => "trend finding home series",
        Command::ShowAllocations => "timeline recording stacks",
        Command::ShowStatistics => "memory usage total pie bars",
        Command::ShowOwners => "packages modules npm libraries",
        Command::ShowContexts => "closures scopes realms frames iframes workers",
        Command::ShowStrings => "duplicates text large",
        Command::Inspect => "details fields value properties",
        Command::ShowSummary | Command::ShowInSummary => "constructors histogram summary",
        Command::NextTheme => "colours colors dark light contrast",
        Command::CopyRow | Command::CopyPath | Command::CopyWhy => "clipboard yank",
        _ => "",
    }
}

/// Tells choices that a worker has found; `None` until then.
type More = Box<dyn Fn(&DumpStore) -> Option<Vec<Choice>>>;

/// A list to choose from.
pub struct Picker {
    /// What was typed.
    prompt: Prompt,
    title: String,
    /// What stands before the line that is typed.
    sign: &'static str,
    /// What has to be known before choosing.
    warning: Option<String>,
    choices: Vec<Choice>,
    /// Whether what is typed can be a question about objects; that is the last choice then.
    asks: bool,
    question: Option<Choice>,
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
            sign: "›",
            warning,
            found: (0..choices.len()).collect(),
            choices,
            asks: false,
            question: None,
            more: None,
            inbox: Inbox::default(),
            cursor: Cursor::default(),
        };
        picker.move_by(Motion::To(at));
        picker
    }

    /// The list behind another sign.
    pub fn behind(mut self, sign: &'static str) -> Self {
        self.sign = sign;
        self
    }

    /// The list in which a question about objects may be typed, too.
    pub fn that_asks(mut self) -> Self {
        self.asks = true;
        self
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
        self.choice(*self.found.get(self.cursor.selected)?)
    }

    fn choice(&self, at: usize) -> Option<&Choice> {
        self.choices.get(at).or(self.question.as_ref())
    }

    fn move_by(&mut self, motion: Motion) {
        self.cursor.go(motion, self.found.len());
    }

    /// Narrows the list to the choices that have all words that were typed; without any, to those whose names have the
    /// letters in their order.
    fn narrow(&mut self) {
        let query = self.prompt.text().trim().to_lowercase();
        let choices = || self.choices.iter().enumerate();
        let mut found: Vec<(i64, usize)> = choices()
            .filter_map(|(index, choice)| Some((choice.answers(&query)?, index)))
            .collect();
        if found.is_empty() {
            let matcher = Fuzzy::default();
            let by_letters = choices().filter_map(|(index, choice)| {
                Some((matcher.matches(&choice.name, &query)?.score, index))
            });
            found = by_letters.collect();
        }
        if !query.is_empty() {
            found.sort_by_key(|&(score, index)| (std::cmp::Reverse(score), index));
        }
        self.found = found.into_iter().map(|(_, index)| index).collect();
        let text = self.prompt.text().trim().to_owned();
        self.question = (self.asks && may_ask(&text)).then(|| {
            let remark = "ask for the objects that answer this".to_owned();
            Choice::new(format!("question: {text}"), remark, Effect::Ask(text))
        });
        self.found
            .extend(self.question.as_ref().map(|_| self.choices.len()));
        self.move_by(Motion::To(0));
    }

    /// Draws the list above the last line of `area`, and what is typed into it.
    fn draw_list(&mut self, buffer: &mut Buffer, area: Rect, keys: &Keymap, theme: Theme) {
        let room = usize::from(area.width);
        let warning = self.warning.as_deref().map_or_else(Vec::new, |words| {
            wrap(&one_line(words), room.saturating_sub(3))
        });
        let warned = (warning.len() as u16).min(area.height.saturating_sub(5).min(4));
        let is_long = |choice: &Choice| choice.width() > room;
        let details = match self.choices.iter().any(is_long) && area.height > 12 {
            true => 2,
            false => 0,
        };
        let rows = ROWS
            .min(area.height.saturating_sub(4 + warned + details))
            .min(self.choices.len().max(1) as u16);
        let mut top = area.bottom().saturating_sub(rows + warned + details + 2);
        let whole = Rect {
            y: top,
            height: area.bottom().saturating_sub(top),
            ..area
        };
        popup::wipe(buffer, whole);
        buffer.set_string(area.x, top, "─".repeat(room), theme.style(Tone::Dim));
        let title = format!(" {} ", self.title);
        let style = theme.style(Tone::Heading);
        buffer.set_stringn(area.x + 2, top, &title, room - 2, style);
        for words in warning.into_iter().take(usize::from(warned)) {
            top += 1;
            buffer.set_string(area.x + 2, top, words, theme.style(Tone::Problem));
        }
        let below = area.bottom() - 1 - details;
        self.draw_choices(
            buffer,
            Rect::new(
                area.x,
                top + 1,
                area.width,
                rows.min(below.saturating_sub(top + 1)),
            ),
            (keys, theme),
        );
        // What does not fit into its row is said below the list.
        if let Some(choice) = self.selected().filter(|choice| is_long(choice)) {
            let lines = wrap(&one_line(&choice.remark), room.saturating_sub(3));
            for (y, words) in (below..).zip(lines.iter().take(usize::from(details))) {
                buffer.set_string(area.x + 2, y, words, theme.style(Tone::Plain));
            }
        }
        self.draw_prompt(buffer, area, keys, theme);
    }

    fn draw_choices(&mut self, buffer: &mut Buffer, area: Rect, (keys, theme): (&Keymap, Theme)) {
        let room = usize::from(area.width);
        if self.found.is_empty() && area.height > 0 {
            let words = match self.asks {
                true => format!(
                    "nothing matches; {} searches the dump",
                    keys.key_of(Command::Filter)
                ),
                false => "nothing matches".to_owned(),
            };
            buffer.set_stringn(area.x + 2, area.y, words, room - 2, theme.style(Tone::Dim));
        }
        self.cursor.fit(usize::from(area.height), self.found.len());
        let seen = self.found.iter().skip(self.cursor.top);
        let seen: Vec<&Choice> = seen
            .take(usize::from(area.height))
            .filter_map(|&at| self.choice(at))
            .collect();
        let widest = |text: fn(&Choice) -> &str| {
            let widths = seen.iter().map(|choice| width::width(text(choice)));
            widths.max().unwrap_or(0)
        };
        let names = widest(|choice| &choice.name).min(room / 2);
        let keys = match widest(|choice| &choice.key) {
            0 => 0,
            width => width + 2,
        };
        for ((y, index), choice) in (area.y..).zip(self.cursor.top..).zip(&seen) {
            let name = width::fit(&one_line(&choice.name), names);
            let style = theme.style(Tone::Plain);
            let (x, _) = buffer.set_stringn(area.x + 2, y, name, room.saturating_sub(2), style);
            let key = width::pad_right(&choice.key, keys);
            let left = usize::from(area.right().saturating_sub(x + 2));
            let (x, _) = buffer.set_stringn(x + 2, y, key, left, theme.style(Tone::Key));
            let left = usize::from(area.right().saturating_sub(x));
            let remark = width::cut_end(&one_line(&choice.remark), left);
            buffer.set_string(x, y, remark, theme.style(Tone::Dim));
            if index == self.cursor.selected {
                let row = Rect::new(area.x, y, area.width, 1);
                theme.select(buffer, row, true);
            }
        }
    }

    fn draw_prompt(&mut self, buffer: &mut Buffer, area: Rect, keys: &Keymap, theme: Theme) {
        let line = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        let accept = keys.key_of(Command::PromptAccept);
        let out = keys.key_of(Command::BackOut);
        let (words, tone) = match self.found.is_empty() {
            true => (format!("no match · {out} cancel"), Tone::Problem),
            false => (
                format!("type to filter · {accept} select · {out} cancel"),
                Tone::Dim,
            ),
        };
        self.prompt
            .draw(buffer, line, self.sign, (&words, tone), theme);
    }
}

impl Overlay for Picker {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    fn typed(&mut self, _: &mut OverlayCtx<'_>) -> Vec<Effect> {
        // A sign that no command has: this is a question.
        let text = self.prompt.text();
        if self.asks && text.contains(['<', '>', '=', '~', '|', '"', '(']) {
            return vec![Effect::Ask(text.to_owned())];
        }
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
        let choices = names.iter().enumerate().map(|(number, name)| {
            let effect = Effect::Process(number);
            Choice::new((*name).to_owned(), String::new(), effect)
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
