//! Colours and glyphs. Colour is a second voice: whatever it says is said by a glyph, a word or a position too.

use std::env;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours may be used.
    pub colour: bool,
    /// Whether the terminal shows ASCII only.
    pub ascii: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            colour: true,
            ascii: false,
        }
    }
}

/// What a piece of text is, for [`Theme::style`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// Names of tables' columns, titles.
    Heading,
    /// Said in passing: ids, places, what kind of edge.
    Dim,
    /// Names of fields, variables and entries.
    Edge,
    /// Strings from the dump.
    Text,
    /// Functions.
    Function,
    /// Bars.
    Bar,
    /// Keys in the footer.
    Key,
    /// Characters that a search found.
    Match,
    /// Something is in progress.
    Busy,
    /// Something is wrong.
    Problem,
}

impl Theme {
    /// The theme that the environment asks for: `NO_COLOR`, `TERM=dumb`, and the character set of the locale.
    pub fn from_environment() -> Self {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"))
            .unwrap_or_default();
        Self {
            colour: set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb"),
            ascii: !is_utf8(&locale),
        }
    }

    /// How text of this tone looks.
    pub fn style(self, tone: Tone) -> Style {
        let style = Style::new();
        let coloured = |colour| if self.colour { style.fg(colour) } else { style };
        match tone {
            Tone::Plain => style,
            Tone::Heading => style.add_modifier(Modifier::BOLD),
            Tone::Dim => style.add_modifier(Modifier::DIM),
            Tone::Edge => coloured(Color::Cyan),
            Tone::Text => coloured(Color::Green),
            Tone::Function => coloured(Color::Yellow),
            Tone::Bar => coloured(Color::Blue),
            Tone::Key => coloured(Color::Cyan).add_modifier(Modifier::BOLD),
            Tone::Match => {
                coloured(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
            }
            Tone::Busy => coloured(Color::Yellow),
            Tone::Problem => coloured(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    /// How the selected row looks, in the pane that has the keyboard and in one that has not.
    pub fn selected(self, focused: bool) -> Style {
        match (focused, self.colour) {
            // Without the row's colours: reversed, the empty part of a coloured bar would look like the full one.
            (true, _) => Style::new()
                .fg(Color::Reset)
                .bg(Color::Reset)
                .add_modifier(Modifier::REVERSED)
                .remove_modifier(Modifier::DIM),
            (false, true) => Style::new().bg(Color::Indexed(236)),
            (false, false) => Style::new().add_modifier(Modifier::UNDERLINED),
        }
    }

    /// Makes a finished frame fit the theme: without UTF-8 every glyph becomes the ASCII that is nearest to it.
    pub fn finish(self, buffer: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let glyph = cell.symbol().chars().next().unwrap_or(' ');
                cell.set_char(ascii(glyph));
            }
        }
    }
}

fn is_utf8(locale: &str) -> bool {
    let charset = locale.split_once('.').map_or("", |(_, charset)| charset);
    let charset: String = charset
        .split('@')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    charset.eq_ignore_ascii_case("utf8")
}

/// The ASCII character nearest to a glyph of ours; `?` for characters of the dump.
fn ascii(glyph: char) -> char {
    match glyph {
        '▶' | '›' | '→' => '>',
        '▸' => '+',
        '▾' => '-',
        '▼' => 'v',
        '▲' => '^',
        '←' => '<',
        '↑' => '^',
        '↓' => 'v',
        '↻' => '@',
        '─' | '−' | '–' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' => '+',
        '█' | '▉' | '▊' | '▋' | '▌' => '#',
        '▍' | '▎' | '▏' => ' ',
        '…' => '~',
        '·' => '.',
        '×' => 'x',
        '●' => '*',
        '✓' => '+',
        '✗' => '!',
        _ => '?',
    }
}

/// A bar of at most `columns` columns for `part` of `whole`, in eighths of a column.
pub fn bar(part: u64, whole: u64, columns: usize) -> String {
    if whole == 0 || columns == 0 {
        return String::new();
    }
    let eighths = (part.min(whole) as f64 / whole as f64 * (columns * 8) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8) {
        bar.push_str(rest);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_utf8_locale() {
        for locale in ["en_US.UTF-8", "C.utf8", "de_DE.UTF-8@euro"] {
            assert!(is_utf8(locale), "{locale}");
        }
        for locale in ["", "C", "POSIX", "de_DE.ISO-8859-1"] {
            assert!(!is_utf8(locale), "{locale}");
        }
    }

    #[test]
    fn bars_are_measured_in_eighths() {
        assert_eq!(bar(1, 2, 4), "██");
        assert_eq!(bar(1, 16, 2), "▏");
        assert_eq!(bar(5, 3, 3), "███");
        assert_eq!(bar(1, 0, 3), "");
        assert_eq!(bar(0, 9, 3), "");
    }
}
