//! Colours and glyphs. Colour is a second voice: whatever it says is said by a glyph, a word or a position too.

use std::env;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::settings::{ColourDepth, ColumnName, Settings, ThemeName};

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours may be used.
    pub colour: bool,
    /// Whether the terminal shows ASCII only.
    pub ascii: bool,
    /// Which colours.
    pub palette: Palette,
    /// How many of them.
    pub depth: Depth,
    /// The columns beside names that are left out.
    pub without: Without,
}

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// For a dark ground.
    #[default]
    Dark,
    /// For a light ground.
    Light,
    /// White on black, nothing dimmed.
    HighContrast,
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The terminal's own sixteen.
    Sixteen,
    /// The 256 of the usual palette.
    #[default]
    Indexed,
    /// 24 bits.
    True,
}

/// Columns that settings leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Without(u8);

impl Without {
    /// All columns but those of the list.
    pub fn all_but(kept: &[ColumnName]) -> Self {
        let bits = kept.iter().map(|&column| 1 << column as u8);
        Self(!bits.fold(0, |all: u8, bit: u8| all | bit))
    }

    /// Whether this column is left out.
    pub fn has(self, column: ColumnName) -> bool {
        self.0 & (1 << column as u8) != 0
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            colour: true,
            ascii: false,
            palette: Palette::default(),
            depth: Depth::default(),
            without: Without::default(),
        }
    }
}

/// A colour in the three depths.
struct Shade(Color, u8, (u8, u8, u8));

impl Shade {
    fn at(&self, depth: Depth) -> Color {
        match depth {
            Depth::Sixteen => self.0,
            Depth::Indexed => Color::Indexed(self.1),
            Depth::True => Color::Rgb(self.2.0, self.2.1, self.2.2),
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
    /// There is more than before.
    Added,
    /// There is less than before.
    Removed,
}

/// What a filled area stands for, for [`Theme::fill`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// All of it.
    Whole,
    /// Code of the application.
    Own,
    /// Code of a package, by any number that is always the same for it.
    Package(usize),
    /// Built-in modules and the engine.
    Runtime,
}

/// The grounds of packages, in a dark, a light and a high-contrast palette.
#[rustfmt::skip]
const PACKAGES: [[Shade; 6]; 3] = [
    [
        Shade(Color::Blue, 25, (28, 84, 150)), Shade(Color::Blue, 23, (12, 100, 100)), Shade(Color::Blue, 22, (36, 98, 40)),
        Shade(Color::Magenta, 55, (104, 60, 150)), Shade(Color::Magenta, 89, (140, 44, 100)), Shade(Color::Blue, 58, (92, 86, 10)),
    ],
    [
        Shade(Color::Cyan, 153, (170, 205, 250)), Shade(Color::Cyan, 158, (150, 225, 220)), Shade(Color::Green, 157, (180, 230, 170)),
        Shade(Color::Cyan, 183, (215, 190, 250)), Shade(Color::Green, 218, (250, 190, 220)), Shade(Color::Cyan, 229, (235, 228, 150)),
    ],
    [
        Shade(Color::LightCyan, 123, (120, 255, 255)), Shade(Color::LightGreen, 120, (130, 255, 130)), Shade(Color::LightCyan, 153, (170, 215, 255)),
        Shade(Color::LightGreen, 219, (255, 175, 255)), Shade(Color::LightCyan, 215, (255, 180, 100)), Shade(Color::LightGreen, 231, (255, 255, 255)),
    ],
];

impl Theme {
    /// How a filled area and the text on it look.
    pub fn fill(self, fill: Fill) -> Style {
        if !self.colour {
            return match fill {
                Fill::Whole => self.style(Tone::Heading),
                Fill::Runtime => self.style(Tone::Dim),
                Fill::Own | Fill::Package(_) => Style::new(),
            };
        }
        let (text, whole, own, runtime) = match self.palette {
            Palette::Dark => (
                Shade(Color::White, 231, (255, 255, 255)),
                Shade(Color::Black, 236, (48, 48, 54)),
                Shade(Color::Red, 94, (150, 72, 10)),
                Shade(Color::DarkGray, 239, (78, 78, 84)),
            ),
            Palette::Light => (
                Shade(Color::Black, 16, (0, 0, 0)),
                Shade(Color::White, 254, (228, 228, 232)),
                Shade(Color::Yellow, 222, (255, 200, 140)),
                Shade(Color::Gray, 251, (205, 205, 210)),
            ),
            Palette::HighContrast => (
                Shade(Color::Black, 16, (0, 0, 0)),
                Shade(Color::White, 231, (255, 255, 255)),
                Shade(Color::LightYellow, 227, (255, 255, 95)),
                Shade(Color::Gray, 250, (190, 190, 190)),
            ),
        };
        let packages = &PACKAGES[self.palette as usize];
        let ground = match fill {
            Fill::Whole => &whole,
            Fill::Own => &own,
            Fill::Package(number) => &packages[number % packages.len()],
            Fill::Runtime => &runtime,
        };
        Style::new()
            .fg(text.at(self.depth))
            .bg(ground.at(self.depth))
    }

    /// How the edge between two filled areas looks, over their colour.
    pub fn fill_edge(self) -> Style {
        match (self.colour, self.palette) {
            (false, _) => self.style(Tone::Dim),
            (true, Palette::Light) => Style::new().fg(Color::White),
            (true, _) => Style::new().fg(Color::Black),
        }
    }

    /// The theme that the settings and the environment ask for: `NO_COLOR`, `COLORTERM`, `TERM`, `COLORFGBG`, and the
    /// character set of the locale. What settings say about colour wins over `NO_COLOR`.
    pub fn of(settings: &Settings) -> Self {
        Self::by(settings, |name| {
            env::var(name).ok().filter(|value| !value.is_empty())
        })
    }

    fn by(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = variable("LC_ALL")
            .or_else(|| variable("LC_CTYPE"))
            .or_else(|| variable("LANG"))
            .unwrap_or_default();
        let term = variable("TERM").unwrap_or_default();
        let none = variable("NO_COLOR").is_some() || term == "dumb";
        let (colour, depth) = match settings.colour {
            Some(ColourDepth::None) => (false, Depth::Sixteen),
            Some(ColourDepth::Sixteen) => (true, Depth::Sixteen),
            Some(ColourDepth::Indexed) => (true, Depth::Indexed),
            Some(ColourDepth::True) => (true, Depth::True),
            None => (
                !none,
                depth_of(&variable("COLORTERM").unwrap_or_default(), &term),
            ),
        };
        let palette = match settings.theme {
            ThemeName::Dark => Palette::Dark,
            ThemeName::Light => Palette::Light,
            ThemeName::HighContrast => Palette::HighContrast,
            ThemeName::Auto => match variable("COLORFGBG").as_deref().map(is_light) {
                Some(true) => Palette::Light,
                _ => Palette::Dark,
            },
        };
        Self {
            colour,
            ascii: settings.ascii.unwrap_or(!is_utf8(&locale)),
            palette,
            depth,
            without: settings
                .columns
                .as_deref()
                .map_or_else(Without::default, Without::all_but),
        }
    }

    /// The same for a light or a dark ground.
    #[must_use]
    pub fn on_ground(mut self, is_light: bool) -> Self {
        self.palette = match is_light {
            true => Palette::Light,
            false => Palette::Dark,
        };
        self
    }

    /// The next palette, and its name.
    pub fn turn(&mut self) -> &'static str {
        let (next, name) = match self.palette {
            Palette::Dark => (Palette::Light, "light"),
            Palette::Light => (Palette::HighContrast, "high contrast"),
            Palette::HighContrast => (Palette::Dark, "dark"),
        };
        self.palette = next;
        name
    }

    /// The colour of a tone; `None` for those that have none of their own. Each is seen on its ground, and on that of the
    /// selected row, with a contrast of at least 4.5 to 1.
    fn shade(self, tone: Tone) -> Option<Color> {
        if self.palette == Palette::Dark && self.depth == Depth::Sixteen {
            // The terminal's own colours are made for its own ground.
            return Some(match tone {
                Tone::Edge => Color::Cyan,
                Tone::Text | Tone::Added => Color::Green,
                Tone::Function => Color::Yellow,
                Tone::Busy => Color::Magenta,
                Tone::Bar => Color::Blue,
                Tone::Problem | Tone::Removed => Color::Red,
                Tone::Plain | Tone::Heading | Tone::Key | Tone::Match | Tone::Dim => return None,
            });
        }
        let shade = match (self.palette, tone) {
            (_, Tone::Plain | Tone::Heading | Tone::Key | Tone::Match) => return None,
            (Palette::HighContrast, Tone::Dim) => return None,
            (_, Tone::Dim) if self.depth == Depth::Sixteen => return None,
            (Palette::Dark, Tone::Dim) => Shade(Color::Gray, 247, (150, 152, 160)),
            (Palette::Dark, Tone::Edge) => Shade(Color::Cyan, 80, (102, 204, 214)),
            (Palette::Dark, Tone::Text | Tone::Added) => Shade(Color::Green, 114, (143, 201, 120)),
            (Palette::Dark, Tone::Function) => Shade(Color::Yellow, 179, (226, 190, 110)),
            (Palette::Dark, Tone::Busy) => Shade(Color::Magenta, 183, (205, 165, 240)),
            (Palette::Dark, Tone::Bar) => Shade(Color::Blue, 75, (104, 156, 228)),
            (Palette::Dark, Tone::Problem | Tone::Removed) => {
                Shade(Color::Red, 210, (250, 130, 122))
            }
            (Palette::Light, Tone::Dim) => Shade(Color::DarkGray, 240, (88, 88, 94)),
            (Palette::Light, Tone::Edge) => Shade(Color::Blue, 24, (0, 82, 130)),
            (Palette::Light, Tone::Text | Tone::Added) => Shade(Color::Green, 22, (10, 96, 40)),
            (Palette::Light, Tone::Function) => Shade(Color::Yellow, 94, (125, 75, 0)),
            (Palette::Light, Tone::Busy) => Shade(Color::Magenta, 90, (125, 30, 120)),
            (Palette::Light, Tone::Bar) => Shade(Color::Blue, 26, (40, 95, 170)),
            (Palette::Light, Tone::Problem | Tone::Removed) => {
                Shade(Color::Red, 124, (170, 10, 20))
            }
            (Palette::HighContrast, Tone::Edge) => Shade(Color::LightCyan, 51, (90, 255, 255)),
            (Palette::HighContrast, Tone::Text | Tone::Added) => {
                Shade(Color::LightGreen, 83, (110, 255, 110))
            }
            (Palette::HighContrast, Tone::Function) => {
                Shade(Color::LightYellow, 227, (255, 255, 95))
            }
            (Palette::HighContrast, Tone::Busy) => Shade(Color::LightMagenta, 219, (255, 175, 255)),
            (Palette::HighContrast, Tone::Bar) => Shade(Color::White, 231, (255, 255, 255)),
            (Palette::HighContrast, Tone::Problem | Tone::Removed) => {
                Shade(Color::LightRed, 217, (255, 160, 160))
            }
        };
        Some(shade.at(self.depth))
    }

    /// How text of this tone looks.
    pub fn style(self, tone: Tone) -> Style {
        let shade = self.shade(tone).filter(|_| self.colour);
        let style = match shade {
            Some(colour) => Style::new().fg(colour),
            None => Style::new(),
        };
        match tone {
            Tone::Heading | Tone::Key | Tone::Problem => style.add_modifier(Modifier::BOLD),
            // How much a terminal dims is its own affair: a grey of ours can be read on every one.
            Tone::Dim if shade.is_none() && self.palette != Palette::HighContrast => {
                style.add_modifier(Modifier::DIM)
            }
            Tone::Match => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            _ => style,
        }
    }

    /// How the selected row looks, in the pane that has the keyboard and in one that has not.
    pub fn selected(self, focused: bool) -> Style {
        if focused {
            // Without the row's colours: reversed, the empty part of a coloured bar would look like the full one, so that
            // bars get theirs back.
            return Style::new()
                .fg(Color::Reset)
                .bg(Color::Reset)
                .add_modifier(Modifier::REVERSED)
                .remove_modifier(Modifier::DIM);
        }
        let ground = match self.palette {
            Palette::Dark => Shade(Color::Reset, 236, (48, 48, 54)),
            Palette::Light => Shade(Color::Reset, 254, (228, 228, 232)),
            Palette::HighContrast => Shade(Color::Reset, 238, (68, 68, 68)),
        };
        match self.depth {
            // None of the sixteen is near enough to the ground to be read on.
            _ if !self.colour => Style::new().add_modifier(Modifier::UNDERLINED),
            Depth::Sixteen => Style::new().add_modifier(Modifier::UNDERLINED),
            depth => Style::new().bg(ground.at(depth)),
        }
    }

    /// Shows that a row is selected, with a mark at its begin; its bars keep their colours.
    pub fn select(self, buffer: &mut Buffer, row: Rect, focused: bool) {
        let opposite = Self {
            palette: match self.palette {
                Palette::Light => Palette::Dark,
                Palette::Dark | Palette::HighContrast => Palette::Light,
            },
            ..self
        };
        let turned = [Tone::Bar, Tone::Added, Tone::Removed]
            .map(|tone| (self.style(tone).fg, opposite.style(tone).fg));
        for at in row.positions() {
            let Some(cell) = buffer.cell_mut(at) else {
                continue;
            };
            let is_bar = cell
                .symbol()
                .starts_with(|glyph| ('▀'..='▟').contains(&glyph));
            let colour = turned.iter().find(|(own, _)| *own == Some(cell.fg));
            let colour = colour.and_then(|(_, turned)| *turned);
            cell.set_style(self.selected(focused));
            // What is reversed has the glyph's colour behind it.
            if let Some(colour) = colour.filter(|_| is_bar && focused && self.colour) {
                cell.bg = colour;
            }
        }
        let mark = if focused { "▶" } else { "›" };
        buffer.set_string(row.x, row.y, mark, self.selected(focused));
    }

    /// Makes a finished frame fit the theme: high contrast has a ground of its own, and without UTF-8 every glyph becomes
    /// the ASCII that is nearest to it.
    pub fn finish(self, buffer: &mut Buffer) {
        if self.colour && self.palette == Palette::HighContrast {
            for cell in &mut buffer.content {
                if cell.fg == Color::Reset {
                    cell.fg = Color::White;
                }
                if cell.bg == Color::Reset {
                    cell.bg = Color::Black;
                }
            }
        }
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

/// Whether the terminal is to be asked whether its ground is light: where that matters, was not said, and the question
/// does no harm. The console of Linux would show it.
pub fn asks_for_ground(settings: &Settings, theme: Theme) -> bool {
    let term = env::var("TERM").unwrap_or_default();
    let understands = !matches!(term.as_str(), "" | "dumb" | "linux");
    settings.theme == ThemeName::Auto && theme.colour && understands
}

/// How many colours a terminal says it has.
fn depth_of(colorterm: &str, term: &str) -> Depth {
    if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256color") || !colorterm.is_empty() {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// Whether `COLORFGBG` (`15;0`, `0;default;15`) names a light ground.
fn is_light(colours: &str) -> bool {
    matches!(colours.rsplit(';').next(), Some("7" | "15"))
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
        '▁' => '_',
        '▂' | '▃' => '.',
        '▄' | '▅' => 'o',
        '▆' | '▇' => 'O',
        'Δ' => 'd',
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
mod tests;
