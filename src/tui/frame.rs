//! Drawing a frame: header, page, what lies over it, footer. Nothing here takes time that grows with the heap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::percent;
use crate::text::width;
use crate::tui::commands::{ALWAYS_HINTED, COMMANDS, Command, Context};
use crate::tui::key_sequence::KeySequence;
use crate::tui::navigator::Navigator;
use crate::tui::offers::Offers;
use crate::tui::overlay::Overlay;
use crate::tui::page::Header;
use crate::tui::session::Session;
use crate::tui::tabs::{self, Zone};
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::progress::progress_in_short;
use crate::tui::widgets::footer::{self, Hint};
use crate::tui::widgets::popup;
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::Slot;

/// Below this size one line says so.
const SMALLEST: (u16, u16) = (30, 8);

/// From this width on there is room for words about the watcher everywhere.
const BESIDE: u16 = 160;

/// From this height on there is a line of tabs.
const TABBED: u16 = 18;

/// The most columns of a part of the header's path.
const PART: usize = 48;
/// What a part before the last one keeps of it, where there is little room.
const LEAST_PART: usize = 9;
/// What the header's path keeps at least.
const LEAST_PATH: usize = 8;
/// A path this short does without its folder.
const SHORT_PATH: usize = 24;

/// What is drawn.
pub struct Frame<'a> {
    /// The dumps.
    pub session: &'a Session,
    /// The pages.
    pub nav: &'a mut Navigator,
    /// What lies over the page.
    pub overlay: Option<&'a mut dyn Overlay>,
    /// The keys of a command that is not finished.
    pub keys: &'a KeySequence,
    /// What is said in the last line.
    pub message: Option<&'a (String, Tone)>,
    /// What was asked for, in short: `dumps/`.
    pub place: &'a str,
    /// How things look.
    pub theme: Theme,
}

impl Frame<'_> {
    /// Draws the frame; gives where commands can be clicked.
    pub fn draw(&mut self, buffer: &mut Buffer, area: Rect) -> Vec<Zone> {
        let theme = self.theme;
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let (columns, lines) = SMALLEST;
            let words = format!("needs {columns}×{lines}");
            let words = width::cut_end(&words, usize::from(area.width));
            buffer.set_string(area.x, area.y, words, theme.style(Tone::Plain));
            return Vec::new();
        }
        let line = |y| Rect::new(area.x, y, area.width, 1);
        let tabbed = area.height >= TABBED;
        let mut zones = Vec::new();
        let mut area = area;
        if tabbed {
            zones = self.draw_tabs(buffer, line(area.y));
            area.y += 1;
            area.height -= 1;
        }
        let body = Rect {
            y: area.y + 1,
            height: area.height - 2,
            ..area
        };
        let (left, right) = self.header();
        let mark = self.watching(area.width);
        let title = Rect {
            width: area.width - width::width(mark) as u16 - 1,
            ..line(area.y)
        };
        let right_end = title.right();
        let title = self.draw_cut(buffer, title);
        draw_header(buffer, title, &left, &right, theme);
        buffer.set_string(right_end, area.y, mark, theme.style(Tone::Dim));
        let ctx = self.session.draw_ctx(theme);
        let covered = self.overlay.as_ref().is_some_and(|over| over.covers());
        if !covered {
            self.nav.page_mut().draw(buffer, body, ctx);
        }
        let page = self.nav.page();
        let overlay = self.overlay.as_mut();
        if !overlay.is_some_and(|over| over.draw(buffer, area, page, ctx)) {
            self.draw_popup(buffer, body);
            zones.extend(self.draw_footer(buffer, line(area.bottom() - 1), tabbed));
        }
        zones
    }

    fn draw_tabs(&self, buffer: &mut Buffer, line: Rect) -> Vec<Zone> {
        let page = self.nav.page();
        let scope = page.views().pop().map(|view| &view.scope);
        let here = tabs::tab_of(self.nav.key(), scope);
        let works = |command| self.offers().opens(command);
        let keys = (&*self.session.keys, self.theme);
        tabs::draw(buffer, line, here, works, keys)
    }

    /// What can be typed behind the keys of a command that is not finished.
    fn draw_popup(&self, buffer: &mut Buffer, area: Rect) {
        let typed = self.keys.typed();
        if typed.is_empty() {
            return;
        }
        let behind = self.session.keys.continuations(self.context(), typed);
        let entries = behind.into_iter().map(|(key, spec)| {
            let works = self.works(spec.command) || self.offers().opens(spec.command);
            (key, spec.name.replace('-', " "), works)
        });
        let entries: Vec<popup::Entry> = entries.collect();
        let title = format!("{} …", self.keys.shown());
        popup::draw(buffer, area, &title, &entries, self.theme);
    }

    /// What is in view: the path to it, and figures about it.
    fn header(&self) -> (Vec<String>, Vec<String>) {
        let (nav, session) = (&*self.nav, self.session);
        let key = nav.key();
        let Header {
            path: inner,
            facts: known,
        } = nav.page().header(&session.store);
        let mut path = vec![self.place.to_owned()];
        let mut facts = Vec::new();
        if key.dumps().len() == 1 {
            facts.extend(nav.waiting_for(&session.store));
        } else {
            path.insert(0, "heaptui".to_owned());
            let group = session.store.groups().get(session.store.active());
            if let Some(group) = group.filter(|group| !group.name.is_empty()) {
                path.push(one_line(&group.name).into_owned());
            }
            if key.dumps().is_empty() {
                facts.extend(reading(session));
            }
        }
        let shown = |part: Spans| one_line(&part.plain()).into_owned();
        path.extend(
            inner
                .into_iter()
                .map(|part| width::cut_middle(&shown(part), PART)),
        );
        facts.extend(known.into_iter().map(shown));
        (path, facts)
    }

    /// That new dumps are watched for: a mark, and where there is room a word.
    fn watching(&self, columns: u16) -> &'static str {
        match self.nav.key().is_of_series() || columns >= BESIDE {
            true => "● watching ",
            false => "● ",
        }
    }

    /// Says on every page of a dump that was cut short that it is one, at the end of the line; gives what is left of it.
    fn draw_cut(&self, buffer: &mut Buffer, line: Rect) -> Rect {
        if !self.session.is_any_cut(&self.nav.in_view()) {
            return line;
        }
        let words = match line.width {
            ..BESIDE => "CUT SHORT ",
            _ => "TRUNCATED FILE, incomplete ",
        };
        let left = line.width - width::width(words) as u16;
        let style = self.theme.style(Tone::Problem);
        buffer.set_string(line.x + left, line.y, words, style);
        Rect {
            width: left,
            ..line
        }
    }

    /// Where the keyboard is.
    fn context(&self) -> Context {
        match &self.overlay {
            Some(over) => over.context(),
            None => self.nav.page().context(),
        }
    }

    fn offers(&self) -> Offers<'_> {
        Offers {
            nav: self.nav,
            session: self.session,
        }
    }

    /// Whether a command can do something now, for the footer.
    fn works(&self, command: Command) -> bool {
        match (&self.overlay, command) {
            (Some(_), Command::BackOut) => self.context().is_within(Context::TYPING),
            (Some(_), Command::Filter) => true,
            (Some(over), Command::PromptWhat | Command::PromptHow) => over.works(command),
            _ => self.offers().hints(command),
        }
    }

    /// What can be pressed now: behind keys that begin something their continuations, else what the page offers.
    fn hints(&self, tabbed: bool) -> Vec<Hint> {
        let (context, keys) = (self.context(), &self.session.keys);
        let typed = self.keys.typed();
        if !typed.is_empty() {
            let cancel = Hint {
                key: "Esc".to_owned(),
                word: "cancel",
                command: Command::BackOut,
                stays: true,
            };
            return vec![cancel];
        }
        let page = self.nav.page();
        let here = COMMANDS.iter().filter(|spec| spec.context.meets(context));
        here.filter(|spec| !(tabbed && tabs::is_tab(spec.command)) && self.works(spec.command))
            .filter_map(|spec| {
                let word = spec.hint?;
                Some(Hint {
                    key: keys.first_key(spec)?,
                    word: page.word(spec.command).unwrap_or(word),
                    command: spec.command,
                    stays: ALWAYS_HINTED.contains(&spec.command),
                })
            })
            .collect()
    }

    fn draw_footer(&self, buffer: &mut Buffer, line: Rect, tabbed: bool) -> Vec<Zone> {
        let theme = self.theme;
        let room = usize::from(line.width);
        if let Some(words) = reporting(self.session) {
            let words = width::cut_end(&words, room.saturating_sub(2));
            buffer.set_string(line.x + 1, line.y, words, theme.style(Tone::Busy));
            return Vec::new();
        }
        if let Some((words, tone)) = self.message {
            let lines = wrap(words, room.saturating_sub(2));
            // What is wrong is said in full, over the last rows if need be.
            let most = if *tone == Tone::Problem { 3 } else { 1 };
            let shown = lines.len().min(most);
            let first = line.y.saturating_sub(shown as u16 - 1);
            for (number, words) in lines.iter().take(shown).enumerate() {
                let words = match lines.get(number + 1) {
                    Some(next) if number + 1 == shown => {
                        width::cut_end(&format!("{words} {next}"), room.saturating_sub(1))
                    }
                    _ => words.clone(),
                };
                let y = first + number as u16;
                buffer.set_string(line.x, y, " ".repeat(room), theme.style(Tone::Plain));
                buffer.set_string(line.x + 1, y, words, theme.style(*tone));
            }
            return Vec::new();
        }
        let zones = footer::draw(buffer, line, &self.hints(tabbed), theme);
        let typed = self.keys.shown();
        if !typed.is_empty() {
            let x = line.right().saturating_sub(width::width(&typed) as u16 + 1);
            buffer.set_string(x, line.y, typed, theme.style(Tone::Key));
        }
        zones
    }
}

/// The path keeps its end and gets what room the facts leave; facts go from the last one.
fn draw_header(buffer: &mut Buffer, line: Rect, path: &[String], facts: &[String], theme: Theme) {
    let room = usize::from(line.width.saturating_sub(2));
    let whole = path.join(" › ");
    let least = width::width(&whole).min(room * 2 / 5);
    let mut facts = facts.to_vec();
    let mut behind = facts.join(" · ");
    // The first fact says what is counted: it stays, and the path gives way.
    while facts.len() > 1 && least + 2 + width::width(&behind) > room {
        facts.pop();
        behind = facts.join(" · ");
    }
    let behind = width::cut_end(&behind, room.saturating_sub(LEAST_PATH + 2));
    let left = room.saturating_sub(width::width(&behind) + 2);
    let mut parts = path.to_vec();
    if width::width(&whole) > left && (parts.len() > 2 || left < SHORT_PATH && parts.len() > 1) {
        parts.remove(0);
    }
    // What leads to the page gives way first, as far as it can be told from others.
    while width::width(&parts.join(" › ")) > left {
        let over = width::width(&parts.join(" › ")) - left;
        let widths: Vec<usize> = parts.iter().map(|part| width::width(part)).collect();
        let last = parts.len() - 1;
        let gives = (0..last).filter(|&part| widths[part] > LEAST_PART);
        let longest = gives.max_by_key(|&part| widths[part]);
        let longest = longest.or_else(|| (0..=last).max_by_key(|&part| widths[part]));
        let Some(longest) = longest.filter(|&part| widths[part] > 4) else {
            break;
        };
        let least = if longest < last && widths[longest] > LEAST_PART {
            LEAST_PART
        } else {
            4
        };
        let now = widths[longest].saturating_sub(over).max(least);
        parts[longest] = width::cut_middle(&parts[longest], now);
    }
    let text = width::cut_end(&parts.join(" › "), left);
    buffer.set_string(line.x + 1, line.y, text, theme.style(Tone::Heading));
    let x = line
        .right()
        .saturating_sub(width::width(&behind) as u16 + 1);
    buffer.set_string(x, line.y, behind, theme.style(Tone::Plain));
}

/// How far the report is, while it is being written.
fn reporting(session: &Session) -> Option<String> {
    let status = session.work.status(&Slot::Report)?;
    let words = progress_in_short(status);
    let key = session.keys.key_of(Command::BackOut);
    Some(format!(
        "the report is being written: {words} · {key} cancels"
    ))
}

/// How far the reading of the series is: which dump, how many of how many.
fn reading(session: &Session) -> Option<String> {
    let usable = session.store.usable();
    let (reading, status) = usable.iter().find_map(|id| {
        let load = session.work.status(&Slot::Load(id.clone()));
        let status = load.or_else(|| session.work.status(&Slot::Measure(id.clone())))?;
        Some((id, status))
    })?;
    let progress = status.progress;
    // Other stages have shares of their own.
    let share = match progress.stage.starts_with("reading") {
        true => format!(" {}", percent(progress.done, progress.total)),
        false => String::new(),
    };
    let read = usable
        .iter()
        .filter(|id| session.store.known(id).is_some())
        .count();
    Some(format!(
        "reading {}{share}, {} of {} done",
        session.store.label(reading),
        read,
        usable.len()
    ))
}
