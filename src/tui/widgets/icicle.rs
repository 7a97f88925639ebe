//! The icicle graph of a profile, or of dominators merged into one: frames as wide as their bytes, those that they called
//! below them, filled with the colour of whose code they are.
//!
//! Only the levels on the screen are laid out, and only when something about them has changed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::profile::icicle::{Icicle, Levels, Piece};
use crate::profile::{CallSite, Origin, Profile, ROOT};
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::theme::{Fill, Theme, Tone};
use crate::tui::widgets::list::Motion;

/// A name in fewer columns cannot be read.
const LEGIBLE: usize = 5;
/// Levels that are laid out at once on the way down.
const STRIDE: usize = 1 << 10;
/// So many columns tell something of a name.
const TELLING: u64 = 8;
/// The columns that are reckoned with before the graph is drawn.
const UNDRAWN: u32 = 80;

/// The graph: what is zoomed into, and what is selected.
#[derive(Debug)]
pub struct Graph {
    zoomed: u32,
    /// The selected frame, or the largest of those that are drawn as one.
    at: u32,
    /// How many frames the selected piece stands for.
    frames: u32,
    /// Levels from the zoomed frame to the selected one.
    level: usize,
    top: usize,
    columns: u32,
    /// Levels on the screen.
    lines: usize,
    /// Narrower frames are put together, in columns.
    least: u32,
    /// What was laid out last, and for what: zoomed, columns, first level, levels.
    drawn: Option<((u32, u32, usize, usize), Icicle)>,
    levels: Levels,
}

/// How the frames of a graph look.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What fills a frame.
    pub fill: &'a dyn Fn(u32) -> Fill,
    /// Whether a search found it.
    pub is_found: &'a dyn Fn(u32) -> bool,
    /// The colours.
    pub theme: Theme,
    /// Whether the keyboard is in the graph.
    pub focused: bool,
    /// Lines of each level: one, or a second one for figures.
    pub tall: u16,
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            zoomed: ROOT,
            at: ROOT,
            frames: 1,
            level: 0,
            top: 0,
            columns: UNDRAWN,
            lines: 0,
            least: 1,
            drawn: None,
            levels: Levels::default(),
        }
    }
}

impl Graph {
    /// A graph of all in which frames of fewer columns are put together.
    pub fn of_frames_from(least: u32) -> Self {
        Self {
            least,
            ..Self::default()
        }
    }

    /// The selected frame, and for how many it stands.
    pub fn selected(&self) -> (u32, u32) {
        (self.at, self.frames)
    }

    /// The frame that has the whole width.
    pub fn zoomed(&self) -> u32 {
        self.zoomed
    }

    fn select(&mut self, piece: Piece, level: usize) {
        (self.at, self.frames, self.level) = (piece.node, piece.frames, level);
    }

    /// Rows of the graph from a level on.
    fn rows(&mut self, profile: &Profile, first: usize, levels: usize) -> Icicle {
        if !self.levels.is_of(self.zoomed, self.columns) {
            self.levels = Levels::new(profile, self.zoomed, self.columns, self.least);
        }
        self.levels.rows(profile, first, levels)
    }

    /// Moves between levels.
    pub fn go(&mut self, motion: Motion, profile: &Profile) {
        let half = (self.lines / 2).max(1) as isize;
        match motion {
            Motion::By(by) => self.step(by, profile),
            Motion::HalfPages(pages) => self.step(pages.saturating_mul(half), profile),
            Motion::Last => self.step(isize::MAX, profile),
            Motion::To(level) => {
                let level = isize::try_from(level).unwrap_or(isize::MAX);
                self.step(level.saturating_sub_unsigned(self.level), profile);
            }
        }
    }

    fn step(&mut self, by: isize, profile: &Profile) {
        for _ in 0..by.unsigned_abs().min(self.level) {
            if by > 0 {
                break;
            }
            let Some(parent) = profile.parent(self.at) else {
                break;
            };
            (self.at, self.frames) = (parent, 1);
            self.level -= 1;
        }
        let mut left = usize::try_from(by).unwrap_or(0);
        while left > 0 && self.frames == 1 {
            let stride = left.min(STRIDE);
            let below = self.rows(profile, self.level + 1, stride);
            for row in below.rows {
                let is_below = |piece: &&Piece| profile.parent(piece.node) == Some(self.at);
                let Some(&piece) = row.iter().find(is_below) else {
                    return;
                };
                self.select(piece, self.level + 1);
                left -= 1;
            }
            if !below.more {
                return;
            }
        }
    }

    /// Moves along the level.
    pub fn go_along(&mut self, by: isize, profile: &Profile) {
        let level = self.rows(profile, self.level, 1);
        let row = level.rows.into_iter().next().unwrap_or_default();
        let place = row.iter().position(|piece| piece.node == self.at);
        let place = place.unwrap_or(0).saturating_add_signed(by);
        if let Some(&piece) = row.get(place.min(row.len().saturating_sub(1))) {
            self.select(piece, self.level);
        }
    }

    /// Gives the selected frame the whole width; says whether that changes anything.
    pub fn zoom_in(&mut self) -> bool {
        if self.at == self.zoomed {
            return false;
        }
        (self.zoomed, self.frames, self.level, self.top) = (self.at, 1, 0, 0);
        true
    }

    /// Gives the whole width to what called the zoomed frame; says whether there is anything.
    pub fn zoom_out(&mut self, profile: &Profile) -> bool {
        let Some(parent) = profile.parent(self.zoomed) else {
            return false;
        };
        (self.at, self.frames, self.level, self.top) = (self.zoomed, 1, 1, 0);
        self.zoomed = parent;
        // A frame too narrow for a piece of its own is one of those that stand together.
        self.go_along(0, profile);
        true
    }

    /// Goes to a frame, zoomed no further than it takes to see its name.
    pub fn show(&mut self, node: u32, profile: &Profile) {
        if node == ROOT || node as usize >= profile.len() {
            *self = Self {
                columns: self.columns,
                ..Self::of_frames_from(self.least)
            };
            return;
        }
        let part = profile
            .total_size(node)
            .saturating_mul(u64::from(self.columns));
        let least = u64::from(self.least).max(TELLING);
        let is_wide = |above: &u32| part >= profile.total_size(*above).saturating_mul(least);
        let callers = profile.stack(node).skip(1).chain([ROOT]);
        let above: Vec<u32> = callers.take_while(is_wide).collect();
        self.zoomed = above.last().copied().unwrap_or(node);
        (self.at, self.frames, self.top) = (node, 1, 0);
        self.level = above.len();
    }

    /// Goes on with a newer profile at the frames with the same callers, as far as these are there.
    pub fn follow(&mut self, old: &Profile, new: &Profile) {
        let there = |node: u32| {
            let path = old.stack(node);
            let path: Vec<CallSite> = path
                .map(|node| CallSite::of(old.frame(old.function(node))))
                .collect();
            new.find_path(&path).unwrap_or(ROOT)
        };
        self.zoomed = there(self.zoomed);
        self.at = there(self.at);
        if !new.subtree(self.zoomed).contains(&self.at) {
            self.at = self.zoomed;
        }
        self.level = new.stack(self.at).count() - new.stack(self.zoomed).count();
        self.frames = 1;
        self.drawn = None;
        self.levels = Levels::default();
        // A frame that has become narrow is one of those that stand together.
        if self.level > 0 {
            self.go_along(0, new);
        }
    }

    /// Draws the levels that there is room for; gives how many lines they take.
    pub fn draw(
        &mut self,
        buffer: &mut Buffer,
        area: Rect,
        profile: &Profile,
        look: Look<'_>,
    ) -> u16 {
        let tall = look.tall.max(1);
        let lines = usize::from(area.height / tall);
        if lines == 0 || area.width == 0 {
            return 0;
        }
        (self.columns, self.lines) = (u32::from(area.width), lines);
        self.top = self
            .top
            .min(self.level)
            .max((self.level + 1).saturating_sub(lines));
        let wanted = (self.zoomed, self.columns, self.top, lines);
        let known = self.drawn.take().filter(|(known, _)| *known == wanted);
        let icicle = match known {
            Some((_, icicle)) => icicle,
            None => self.rows(profile, self.top, lines),
        };
        for ((number, level), row) in (0u16..).zip(self.top..).zip(&icicle.rows) {
            for piece in row {
                let place = Rect::new(
                    area.x + piece.column as u16,
                    area.y + number * tall,
                    piece.columns as u16,
                    tall,
                );
                let selected = level == self.level && piece.node == self.at;
                self.draw_piece(buffer, place, (piece, selected), profile, look);
            }
        }
        let used = icicle.rows.len() as u16 * tall;
        if icicle.more {
            let style = look.theme.style(Tone::Heading);
            buffer.set_string(area.right() - 1, area.y + used - 1, "↓", style);
        }
        self.drawn = Some((wanted, icicle));
        used
    }

    /// A frame: its name, and its figures behind it or in the line below.
    fn draw_piece(
        &self,
        buffer: &mut Buffer,
        place: Rect,
        (piece, selected): (&Piece, bool),
        profile: &Profile,
        look: Look<'_>,
    ) {
        let theme = look.theme;
        let fill = theme.fill((look.fill)(piece.node));
        let style = match (look.is_found)(piece.node) {
            true => fill.patch(MATCH),
            false => fill,
        };
        let name = text(profile, piece);
        let share = percent(piece.bytes, profile.total_size(self.zoomed));
        let texts = match place.height {
            1 => [format!("{name} {share}"), String::new()],
            _ if piece.node == ROOT => [name, String::new()],
            _ => [name, format!("{} {share}", bytes(piece.bytes))],
        };
        let inside = usize::from(place.width.saturating_sub(1));
        for (line, (y, text)) in (place.y..place.bottom()).zip(texts).enumerate() {
            let mark = match (line, selected) {
                (0, true) => "▶",
                _ => "│",
            };
            let text = match line {
                0 => fitted(text, piece.frames, inside),
                // A figure that is cut says another one.
                _ if width::width(&text) > inside => {
                    let size = bytes(piece.bytes);
                    let fits = piece.node != ROOT && width::width(&size) <= inside;
                    if fits { size } else { String::new() }
                }
                _ => text,
            };
            let rest = inside.saturating_sub(width::width(&text));
            // Without colours lines hold the pieces together.
            let rest = match theme.colour {
                true => " ",
                false if line > 0 => " ",
                false if piece.frames > 1 => "·",
                false => "─",
            }
            .repeat(rest);
            buffer.set_string(place.x, y, mark, fill.patch(theme.fill_edge()));
            buffer.set_stringn(place.x + 1, y, &text, inside, style);
            let end = place.x + 1 + width::width(&text) as u16;
            buffer.set_string(end, y, rest, fill);
        }
        if selected {
            buffer.set_style(place, theme.selected(look.focused));
        }
    }
}

/// How a frame that was found looks, over its colour.
const MATCH: Style = Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED));

/// What fills a frame: whose code it is.
pub fn fill(profile: &Profile, node: u32) -> Fill {
    if node == ROOT {
        return Fill::Whole;
    }
    match profile.frame(profile.function(node)).origin() {
        Origin::Application => Fill::Own,
        Origin::Package(name) => fill_of_name(name),
        Origin::Runtime | Origin::Profiler => Fill::Runtime,
    }
}

/// What fills the frames of a package: the same name has the same colour everywhere.
pub fn fill_of_name(name: &str) -> Fill {
    let hash = name.bytes().fold(7u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    Fill::Package(hash as usize)
}

/// What the colours stand for; each package has one of several.
const LEGEND: [(Fill, &str); 6] = [
    (Fill::Own, " your code "),
    (Fill::Package(0), " pa"),
    (Fill::Package(1), "ck"),
    (Fill::Package(2), "ag"),
    (Fill::Package(3), "es "),
    (Fill::Runtime, " Node, engine "),
];

/// The terminal columns of a part of the legend, with the one between it and the next.
fn legend_columns(words: &str) -> u16 {
    width::width(words) as u16 + u16::from(words.ends_with(' '))
}

/// The terminal columns that the legend takes in a line; none where there is no room.
pub fn legend_room(columns: u16) -> u16 {
    match columns {
        ..110 => 0,
        _ => LEGEND.iter().map(|(_, words)| legend_columns(words)).sum(),
    }
}

/// Says at the end of a line what the colours stand for.
pub fn draw_legend(buffer: &mut Buffer, y: u16, area: Rect, theme: Theme) {
    let room = legend_room(area.width);
    if room == 0 || !theme.colour {
        return;
    }
    let mut x = area.right() - room;
    for (fill, words) in LEGEND {
        buffer.set_string(x, y, words, theme.fill(fill));
        x += legend_columns(words);
    }
}

/// As much of a piece's name as can be read in so many columns.
fn fitted(text: String, frames: u32, columns: usize) -> String {
    match width::width(&text) {
        wide if wide <= columns => text,
        // Of several there is nothing to be read in a part of their number.
        _ if frames > 1 => {
            let short = format!("+{frames}");
            if short.len() > columns {
                String::new()
            } else {
                short
            }
        }
        _ if columns < LEGIBLE => String::new(),
        _ => width::cut_end(&text, columns),
    }
}

/// What a piece is called; safe for a terminal.
fn text(profile: &Profile, piece: &Piece) -> String {
    match piece.frames {
        1 => name(profile, piece.node),
        frames => format!("{} more", grouped(u64::from(frames))),
    }
}

/// What a frame is called; safe for a terminal.
pub fn name(profile: &Profile, node: u32) -> String {
    if node == ROOT {
        return format!("all {}", bytes(profile.total()));
    }
    one_line(profile.frame(profile.function(node)).shown_name()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;

    /// Frames with their sizes, each below the one before or beside it.
    fn profile() -> Profile {
        let node = |name: &str, size: u64, below: &str| {
            format!(
                r#"{{"callFrame":{{"functionName":"{name}","scriptId":"1","url":"/a.js","lineNumber":1,"columnNumber":1}},"selfSize":{size},"children":[{below}]}}"#
            )
        };
        let left = node("left", 10, &node("deep", 50, ""));
        let right = node("right", 30, "");
        let slivers: Vec<String> = (0..4)
            .map(|number| node(&format!("s{number}"), 1, ""))
            .collect();
        let main = node("main", 0, &format!("{left},{right},{}", slivers.join(",")));
        let text = format!("{{\"head\":{}}}", node("(root)", 0, &main));
        Profile::read(text.as_bytes(), &Task::new()).unwrap()
    }

    fn at(graph: &Graph, profile: &Profile) -> String {
        name(profile, graph.at)
    }

    #[test]
    fn the_graph_stays_where_it_was_when_the_profile_is_newer() {
        let (old, new) = (profile(), profile());
        let mut graph = Graph {
            columns: 40,
            ..Graph::default()
        };
        graph.go(Motion::By(2), &old);
        assert!(graph.zoom_in());
        graph.go(Motion::By(1), &old);
        assert_eq!(at(&graph, &old), "deep");
        graph.follow(&old, &new);
        assert_eq!((at(&graph, &new).as_str(), graph.level), ("deep", 1));
        assert_eq!(name(&new, graph.zoomed), "left");
        // What is gone leaves the whole.
        let text = r#"{"head":{"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"selfSize":9,"children":[]}}"#;
        let other = Profile::read(text.as_bytes(), &Task::new()).unwrap();
        graph.follow(&new, &other);
        assert_eq!((graph.zoomed, graph.at, graph.level), (ROOT, ROOT, 0));
    }

    #[test]
    fn keys_walk_along_and_down_and_zoom() {
        let profile = profile();
        let mut graph = Graph {
            columns: 40,
            ..Graph::default()
        };
        graph.go(Motion::By(2), &profile);
        assert_eq!(at(&graph, &profile), "left");
        graph.go_along(1, &profile);
        assert_eq!(at(&graph, &profile), "right");
        graph.go(Motion::By(1), &profile);
        assert_eq!(at(&graph, &profile), "right", "nothing is below");
        graph.go_along(9, &profile);
        assert_eq!(graph.frames, 4, "narrow frames merged");
        graph.go_along(-9, &profile);
        graph.go(Motion::Last, &profile);
        assert_eq!((at(&graph, &profile).as_str(), graph.level), ("deep", 3));
        assert!(graph.zoom_in() && !graph.zoom_in());
        assert_eq!(graph.level, 0);
        assert!(graph.zoom_out(&profile));
        assert_eq!(name(&profile, graph.zoomed), "left");
        assert_eq!((at(&graph, &profile).as_str(), graph.level), ("deep", 1));
        assert!(graph.zoom_out(&profile) && graph.zoom_out(&profile));
        assert!(!graph.zoom_out(&profile));
        graph.show(graph.at, &profile);
        graph.go(Motion::To(0), &profile);
        assert_eq!(graph.level, 0);
    }
}
