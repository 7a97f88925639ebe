//! The line of tabs: the pages that answer the usual questions, each with its key.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::width::width;
use crate::tui::commands::Command;
use crate::tui::keymap::Keymap;
use crate::tui::place::PageKey;
use crate::tui::scope::Scope;
use crate::tui::theme::{Theme, Tone};

/// A command that can be clicked, and where it was drawn.
pub type Zone = (Rect, Command);

/// What tabs are called, and the commands that show their pages.
pub const TABS: [(&str, Command); 10] = [
    ("Growth", Command::ShowGrowth),
    ("Suspects", Command::ShowSuspects),
    ("Survivors", Command::NarrowPrevious),
    ("Diff", Command::Compare),
    ("Dumps", Command::ShowDumps),
    ("Classes", Command::ShowSummary),
    ("Dominators", Command::ShowDominators),
    ("Strings", Command::ShowStrings),
    ("Statistics", Command::ShowStatistics),
    ("Owners", Command::ShowOwners),
];

/// Which tab a command is that of, if any.
pub fn number_of(command: Command) -> Option<usize> {
    TABS.iter().position(|&(_, tab)| tab == command)
}

/// Whether a command is that of a tab.
pub fn is_tab(command: Command) -> bool {
    number_of(command).is_some()
}

/// The tab of a page, with only the objects of `scope` counting.
pub fn tab_of(page: &PageKey, scope: Option<&Scope>) -> Option<Command> {
    Some(match page {
        PageKey::Growth => Command::ShowGrowth,
        PageKey::Suspects => Command::ShowSuspects,
        PageKey::Summary(_) if matches!(scope, Some(Scope::Between(..))) => Command::NarrowPrevious,
        PageKey::Summary(_) => Command::ShowSummary,
        PageKey::Compare(..) => Command::Compare,
        PageKey::Dumps => Command::ShowDumps,
        PageKey::Dominators(_) => Command::ShowDominators,
        PageKey::Strings(_) => Command::ShowStrings,
        PageKey::Statistics(_) => Command::ShowStatistics,
        PageKey::Owners(_) => Command::ShowOwners,
        _ => return None,
    })
}

/// Draws the tabs that fit, `here` being that of the page in view; gives where they can be clicked. Those that `works`
/// does not know can do nothing now.
pub fn draw(
    buffer: &mut Buffer,
    line: Rect,
    here: Option<Command>,
    works: impl Fn(Command) -> bool,
    (keys, theme): (&Keymap, Theme),
) -> Vec<Zone> {
    let mut zones = Vec::new();
    let mut x = line.x + 1;
    for (title, command) in TABS {
        let key = keys.digit_of(command);
        let columns = (width(&key) + 1 + width(title)) as u16;
        // Room for the mark that there are more is kept.
        let is_last = TABS.last().is_some_and(|&(_, last)| last == command);
        if x + columns + if is_last { 0 } else { 2 } > line.right() {
            buffer.set_stringn(x, line.y, "…", 1, theme.style(Tone::Dim));
            draw_here(buffer, line, (here, &mut zones), (keys, theme));
            break;
        }
        let zone = Rect::new(x, line.y, columns, 1);
        let tone = match (here == Some(command), works(command)) {
            (true, _) => Tone::Heading,
            (false, true) => Tone::Plain,
            (false, false) => Tone::Dim,
        };
        let key_tone = if tone == Tone::Dim {
            Tone::Dim
        } else {
            Tone::Key
        };
        (x, _) = buffer.set_stringn(x, line.y, &key, usize::from(columns), theme.style(key_tone));
        (x, _) = buffer.set_stringn(x + 1, line.y, title, width(title), theme.style(tone));
        if here == Some(command) {
            buffer.set_style(zone, theme.selected(true));
        }
        zones.push((zone, command));
        x += 2;
    }
    zones
}

/// The tab of the page in view at the end of the line, over the last that fits, where it is one of those that do not fit.
fn draw_here(
    buffer: &mut Buffer,
    line: Rect,
    (here, zones): (Option<Command>, &mut Vec<Zone>),
    (keys, theme): (&Keymap, Theme),
) {
    let hidden = TABS
        .iter()
        .find(|(_, command)| here == Some(*command))
        .filter(|(_, command)| zones.iter().all(|(_, drawn)| drawn != command));
    let Some(&(title, command)) = hidden else {
        return;
    };
    let key = keys.digit_of(command);
    let columns = (width(&key) + 1 + width(title)) as u16;
    let x = line.right().saturating_sub(columns + 3);
    zones.retain(|(zone, _)| zone.right() < x);
    let begin = zones.last().map_or(line.x + 1, |(zone, _)| zone.right());
    let rest = usize::from(line.right().saturating_sub(begin));
    buffer.set_stringn(
        begin,
        line.y,
        " ".repeat(rest),
        rest,
        theme.style(Tone::Plain),
    );
    let zone = Rect::new(x, line.y, columns, 1);
    let words = format!("… {key} {title} …");
    let room = usize::from(line.right().saturating_sub(x.saturating_sub(2)));
    buffer.set_stringn(
        x.saturating_sub(2),
        line.y,
        words,
        room,
        theme.style(Tone::Heading),
    );
    buffer.set_style(zone, theme.selected(true));
    zones.push((zone, command));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_that_do_not_fit_are_said_to_be_there() {
        let line = |columns: u16| {
            let area = Rect::new(0, 0, columns, 1);
            let mut buffer = Buffer::empty(area);
            let keys = Keymap::default();
            let look = (&keys, Theme::default());
            let zones = draw(&mut buffer, area, None, |_| true, look);
            let text: String = (0..columns)
                .map(|x| buffer[(x, 0)].symbol().to_owned())
                .collect();
            (text.trim_end().to_owned(), zones)
        };
        let (text, zones) = line(30);
        let shown = |here| {
            let area = Rect::new(0, 0, 80, 1);
            let mut buffer = Buffer::empty(area);
            let keys = Keymap::default();
            let look = (&keys, Theme::default());
            let zones = draw(&mut buffer, area, here, |_| true, look);
            let cells = (0..80).map(|x| buffer[(x, 0)].symbol().to_owned());
            (cells.collect::<String>(), zones)
        };
        let (owners, own_zones) = shown(Some(Command::ShowOwners));
        assert!(owners.trim_end().ends_with(" … 0 Owners …"), "{owners}");
        assert_eq!(own_zones.last().unwrap().1, Command::ShowOwners);
        assert!(
            shown(Some(Command::ShowDominators))
                .0
                .contains("7 Dominators  …")
        );
        assert_eq!(text, " 1 Growth  2 Suspects  …");
        assert_eq!(
            zones.last(),
            Some(&(Rect::new(11, 0, 10, 1), Command::ShowSuspects))
        );
        let (text, zones) = line(200);
        assert!(text.ends_with("9 Statistics  0 Owners"), "{text}");
        assert_eq!(zones.len(), TABS.len());
    }
}
