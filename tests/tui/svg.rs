//! A screen as an SVG picture, for the README.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Size of a character cell in the picture.
const CELL: (f32, f32) = (8.4, 18.0);
/// Space around the screen.
const MARGIN: f32 = 12.0;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d5d9e0";

/// Draws a screen.
#[allow(dead_code)] // The recording in tests/pty is a film alone.
pub fn svg(screen: &Buffer, title: &str) -> String {
    let mut svg = head(screen, title);
    draw(&mut svg, screen);
    svg.push_str("</svg>\n");
    svg
}

/// Draws screens that follow each other, each for so many seconds, again and again. What does not animate shows the
/// first one, which is drawn last.
pub fn film(frames: &[(Buffer, f32)], title: &str) -> String {
    let whole: f32 = frames.iter().map(|(_, seconds)| seconds).sum();
    let mut svg = head(&frames[0].0, title);
    svg.push_str("<style>.frame{animation-duration:");
    let _ = write!(
        svg,
        "{whole}s;animation-iteration-count:infinite;animation-timing-function:step-end}}"
    );
    let mut before = 0.0;
    for (number, (_, seconds)) in frames.iter().enumerate() {
        let (from, to) = (before / whole * 100.0, (before + seconds) / whole * 100.0);
        let _ = write!(
            svg,
            "\n#f{number}{{animation-name:k{number}}}\
             @keyframes k{number}{{0%{{visibility:hidden}}{from:.2}%{{visibility:visible}}{to:.2}%{{visibility:hidden}}}}"
        );
        before += seconds;
    }
    svg.push_str("</style>\n");
    for (number, (screen, _)) in frames.iter().enumerate().rev() {
        let _ = writeln!(svg, "<g class=\"frame\" id=\"f{number}\">");
        svg.push_str(BACKDROP);
        draw(&mut svg, screen);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// What a screen is drawn on.
const BACKDROP: &str = "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n";

fn head(screen: &Buffer, title: &str) -> String {
    let (width, height) = (f32::from(screen.area.width), f32::from(screen.area.height));
    let (wide, high) = (
        width * CELL.0 + 2.0 * MARGIN,
        height * CELL.1 + 2.0 * MARGIN,
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <title>{}</title>\n{BACKDROP}",
        escaped(title)
    )
}

fn draw(svg: &mut String, screen: &Buffer) {
    for y in 0..screen.area.height {
        let mut x = 0;
        while x < screen.area.width {
            let start = x;
            let look = Look::of(&screen[(x, y)]);
            let mut text = String::new();
            while x < screen.area.width && Look::of(&screen[(x, y)]) == look {
                let symbol = screen[(x, y)].symbol();
                text.push_str(symbol);
                x += symbol.width().max(1) as u16;
            }
            look.draw(svg, (start, y), x - start, &text);
        }
    }
}

/// What cells have in common when they are drawn as one.
#[derive(PartialEq)]
struct Look {
    fore: String,
    back: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut fore, mut back) = (colour(cell.fg), colour(cell.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            (fore, back) = (
                Some(back.unwrap_or_else(|| BACKGROUND.into())),
                Some(fore.unwrap_or_else(|| FOREGROUND.into())),
            );
        }
        Self {
            fore: fore.unwrap_or_else(|| FOREGROUND.into()),
            back,
            bold: cell.modifier.contains(Modifier::BOLD),
            dim: cell.modifier.contains(Modifier::DIM),
            italic: cell.modifier.contains(Modifier::ITALIC),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }

    fn draw(&self, svg: &mut String, (x, y): (u16, u16), cells: u16, text: &str) {
        let left = MARGIN + f32::from(x) * CELL.0;
        let top = MARGIN + f32::from(y) * CELL.1;
        let width = f32::from(cells) * CELL.0;
        if let Some(back) = &self.back {
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{back}\"/>",
                CELL.1
            );
        }
        if text.trim().is_empty() {
            return;
        }
        let mut style = String::new();
        for (on, attribute) in [
            (self.bold, " font-weight=\"bold\""),
            (self.dim, " opacity=\"0.6\""),
            (self.italic, " font-style=\"italic\""),
            (self.underlined, " text-decoration=\"underline\""),
        ] {
            if on {
                style.push_str(attribute);
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
             xml:space=\"preserve\" fill=\"{}\"{style}>{}</text>",
            top + CELL.1 * 0.75,
            self.fore,
            escaped(text)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The colour of a terminal's palette in the picture; nothing for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    let named = match colour {
        Color::Reset => return None,
        Color::Black => "#1b1f27",
        Color::Red => "#e06c75",
        Color::Green => "#98c379",
        Color::Yellow => "#e5c07b",
        Color::Blue => "#61afef",
        Color::Magenta => "#c678dd",
        Color::Cyan => "#56b6c2",
        Color::Gray => "#abb2bf",
        Color::DarkGray => "#6b7280",
        Color::LightRed => "#f28b93",
        Color::LightGreen => "#b5e890",
        Color::LightYellow => "#f5d48f",
        Color::LightBlue => "#8cc8ff",
        Color::LightMagenta => "#dd9df0",
        Color::LightCyan => "#7fd6e0",
        Color::White => "#ffffff",
        Color::Rgb(r, g, b) => return Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(index) => return Some(indexed(index)),
    };
    Some(named.into())
}

/// A colour of the 256-colour palette.
fn indexed(index: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        232.. => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        16.. => {
            let cube = index - 16;
            let (r, g, b) = (level(cube / 36), level(cube / 6 % 6), level(cube % 6));
            format!("#{r:02x}{g:02x}{b:02x}")
        }
        _ => {
            let sixteen = [
                "#1b1f27", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2",
                "#abb2bf", "#6b7280", "#f28b93", "#b5e890", "#f5d48f", "#8cc8ff", "#dd9df0",
                "#7fd6e0", "#ffffff",
            ];
            sixteen[usize::from(index)].into()
        }
    }
}
