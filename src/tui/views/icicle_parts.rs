//! What stands below an icicle: the path to the selected frame, and its parts by size.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::profile::icicle::above;
use crate::profile::{Profile, ROOT};
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::theme::{Theme, Tone, bar};
use crate::tui::widgets::icicle::name;

/// From this width on the path stands beside the parts.
const BESIDE: u16 = 110;
/// Terminal columns of the figures between a name and its bar.
const FIGURES: u16 = 17;
/// The widest that the path gets.
const PATH: u16 = 72;
/// The widest that bars get.
const BAR: u16 = 40;

/// The parts of the selected frame.
#[derive(Debug, Default)]
pub struct Parts {
    /// The frame, and how many it stands for.
    of: (u32, u32),
    /// The frames below it, or those that it stands for, the largest first; `None` before they were looked for.
    list: Option<Vec<u32>>,
}

impl Parts {
    /// Finds the parts of what is selected, unless they are known.
    pub fn follow(&mut self, profile: &Profile, of: (u32, u32)) {
        if self.of == of && self.list.is_some() {
            return;
        }
        let (node, frames) = of;
        let most = profile.total_size(node);
        let mut list: Vec<u32> = match frames {
            1 => profile.children(node).collect(),
            _ => {
                let siblings = profile.children(profile.parent(node).unwrap_or(ROOT));
                let siblings = siblings.filter(|&other| profile.total_size(other) <= most);
                siblings.collect()
            }
        };
        list.retain(|&part| profile.total_size(part) > 0);
        list.sort_by_key(|&part| (Reverse(profile.total_size(part)), part));
        if frames > 1 {
            list.truncate(frames as usize);
        }
        (self.of, self.list) = (of, Some(list));
    }

    /// The path and the parts, side by side where there is room.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, profile: &Profile, theme: Theme) {
        if area.height < 3 {
            return;
        }
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
        let below = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height - 1,
        };
        if area.width < BESIDE {
            let words = self.path_in_words(profile, usize::from(below.width));
            buffer.set_string(below.x, below.y, words, theme.style(Tone::Heading));
            let parts = Rect {
                y: below.y + 1,
                height: below.height - 1,
                ..below
            };
            return self.draw_parts(buffer, parts, profile, theme);
        }
        let half = below.width / 2;
        let path = Rect {
            width: (half - 2).min(PATH),
            ..below
        };
        self.draw_path(buffer, path, profile, theme);
        let parts = Rect {
            x: below.x + half,
            width: below.width - half,
            ..below
        };
        buffer.set_string(parts.x, parts.y, "Parts", theme.style(Tone::Heading));
        let parts = Rect {
            y: parts.y + 1,
            height: parts.height - 1,
            ..parts
        };
        self.draw_parts(buffer, parts, profile, theme);
    }

    /// The frames from the first to the selected one.
    fn path(&self, profile: &Profile) -> Vec<u32> {
        let (node, frames) = self.of;
        let mut path = above(profile, node);
        // Of several there is only what they are in.
        if frames == 1 {
            path.push(node);
        }
        path
    }

    fn path_in_words(&self, profile: &Profile, room: usize) -> String {
        let path = self.path(profile).into_iter();
        let names: Vec<String> = path.map(|node| name(profile, node)).collect();
        width::cut_middle(&names.join(" › "), room)
    }

    fn draw_path(&self, buffer: &mut Buffer, area: Rect, profile: &Profile, theme: Theme) {
        buffer.set_string(area.x, area.y, "Path", theme.style(Tone::Heading));
        let path = self.path(profile);
        let left_out = path.len().saturating_sub(usize::from(area.height - 1));
        for (y, &node) in (area.y + 1..).zip(path.iter().skip(left_out)) {
            let size = match node {
                ROOT => String::new(),
                node => bytes(profile.total_size(node)),
            };
            let x = area.right().saturating_sub(width::width(&size) as u16);
            let room = usize::from(x.saturating_sub(area.x + 1));
            let words = width::cut_middle(&name(profile, node), room);
            buffer.set_string(area.x, y, words, theme.style(Tone::Plain));
            buffer.set_string(x, y, size, theme.style(Tone::Dim));
        }
    }

    /// The parts as names, sizes and shares, and how many there is no line for.
    fn draw_parts(&self, buffer: &mut Buffer, area: Rect, profile: &Profile, theme: Theme) {
        let list = self.list.as_deref().unwrap_or_default();
        let (node, frames) = self.of;
        let size = |&part: &u32| profile.total_size(part);
        let (own, whole) = match frames {
            1 => (profile.self_size(node), profile.total_size(node)),
            _ => (0, list.iter().map(size).sum()),
        };
        let lines = usize::from(area.height);
        let shown = list.iter().take(lines);
        let mut rows: Vec<(String, u64)> = shown
            .map(|part| (name(profile, *part), size(part)))
            .collect();
        if own > 0 {
            rows.push(("(the objects themselves)".to_owned(), own));
        }
        rows.sort_by_key(|(_, size)| Reverse(*size));
        let all = list.len() + usize::from(own > 0);
        if all > lines {
            rows.truncate(lines.saturating_sub(1));
        }
        let bars = (area.width / 4).min(BAR);
        let names = usize::from(area.width.saturating_sub(bars + FIGURES));
        for (y, (name, size)) in (area.y..).zip(&rows) {
            let words = width::fit(&width::cut_middle(name, names), names);
            buffer.set_string(area.x, y, words, theme.style(Tone::Plain));
            let figures = format!("{:>9} {:>4}", bytes(*size), percent(*size, whole));
            let x = area.x + names as u16;
            buffer.set_string(x, y, figures, theme.style(Tone::Plain));
            let bar = bar(*size, whole, usize::from(bars));
            buffer.set_string(x + FIGURES - 1, y, bar, theme.style(Tone::Bar));
        }
        if all > rows.len() {
            let more = format!("… {} more", grouped((all - rows.len()) as u64));
            let y = area.y + rows.len() as u16;
            buffer.set_string(area.x, y, more, theme.style(Tone::Dim));
        }
    }
}
