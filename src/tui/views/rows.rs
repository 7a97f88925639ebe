//! The rows of a pane: figures, columns, and how they are drawn. Only rows on the screen are looked at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::retainers::Ways;
use crate::analysis::summary::SortKey;
use crate::heap::{Detour, Dominated, shown_distance};
use crate::settings::ColumnName;
use crate::snapshot::EdgeKind;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::keymap::Keymap;
use crate::tui::page::DrawCtx;
use crate::tui::source::{Source, Subject, Way};
use crate::tui::theme::{Theme, Tone, bar};
use crate::tui::view::View;
use crate::tui::views::pane::Pane;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{Children, Row};
use crate::tui::widgets::table::{Column, Layout, layout, layout_with};

/// Columns beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Steps from the application's roots.
    Distance,
    /// How many objects.
    Count,
    /// Shallow size.
    Shallow,
    /// Shallow size as a share of the heap.
    ShallowShare,
    /// Retained size.
    Retained,
    /// Retained size as a share of the heap.
    RetainedShare,
    /// The same as a bar.
    RetainedBar,
}

impl Figure {
    /// What settings call the column.
    fn name(self) -> ColumnName {
        match self {
            Self::Distance => ColumnName::Distance,
            Self::Count => ColumnName::Count,
            Self::Shallow => ColumnName::Shallow,
            Self::ShallowShare => ColumnName::ShallowShare,
            Self::Retained => ColumnName::Retained,
            Self::RetainedShare => ColumnName::RetainedShare,
            Self::RetainedBar => ColumnName::Bar,
        }
    }
}

/// The columns of the main tree.
const MAIN: [Column<Figure>; 7] = [
    Column::right(Figure::Distance, "Dist", 4, 4),
    Column::right(Figure::Count, "Count", 9, 7),
    Column::right(Figure::Shallow, "Shallow", 8, 6),
    Column::right(Figure::ShallowShare, "%", 4, 1),
    Column::right(Figure::Retained, "Retained", 9, 9),
    Column::right(Figure::RetainedShare, "%", 4, 8),
    Column {
        key: Figure::RetainedBar,
        title: "",
        width: 10,
        importance: 2,
        left: true,
    },
];

/// The columns of the retainers.
const HOLDERS: [Column<Figure>; 4] = [
    Column::right(Figure::Distance, "Dist", 4, 8),
    Column::right(Figure::Shallow, "Shallow", 8, 4),
    Column::right(Figure::Retained, "Retained", 8, 9),
    Column::right(Figure::RetainedShare, "%", 4, 2),
];

/// Terminal columns before the name: the mark of the selected row.
const MARK: u16 = 2;

/// What a tree is about, which decides its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Classes and their objects.
    Classes,
    /// One object and its fields.
    Object,
    /// Holders: their names are whole sentences and get more room than others.
    Holders,
}

/// The columns of a tree in a row this wide, without those that the settings leave out.
pub fn columns(about: About, row: u16, theme: Theme) -> Layout<Figure> {
    let all = match about {
        About::Holders => &HOLDERS[..],
        About::Classes | About::Object => &MAIN[..],
    };
    let kept = all.iter().copied().filter(|column| {
        let counts = about != About::Object || column.key != Figure::Count;
        counts && !theme.without.has(column.key.name())
    });
    let columns: Vec<_> = kept.collect();
    match about {
        About::Classes => layout(&columns, row),
        // Trees go deep, and what is referred to has two names.
        About::Object => layout_with(&columns, row, (row * 3 / 5).min(80)),
        About::Holders => layout_with(&columns, row, (row * 3 / 4).min(80)),
    }
}

/// What a row says.
struct Content {
    label: Label,
    subject: Option<Subject>,
    /// A mark before the name: folded, unfolded, a cycle.
    glyph: &'static str,
    weak: bool,
}

/// Draws the titles of the columns behind the name, and marks the one that the rows are ordered by.
pub fn draw_titles(
    buffer: &mut Buffer,
    area: Rect,
    columns: &Layout<Figure>,
    order: Option<(SortKey, bool)>,
    theme: Theme,
) {
    for placed in &columns.columns {
        let sorted = order.is_some_and(|(key, _)| sorts(placed.column.key) == Some(key));
        let style = theme.style(Tone::Heading);
        if sorted {
            let reverse = order.is_some_and(|(_, reverse)| reverse);
            let title = format!(
                "{}{}",
                arrow(placed.column.key, reverse),
                placed.column.title
            );
            let x = area.x + placed.x + placed.column.width - width::width(&title) as u16;
            buffer.set_string(x, area.y, title, style);
        } else {
            columns.put(buffer, area, placed, placed.column.title, style);
        }
    }
}

/// Which way a column is ordered: names and distances begin with the smallest, figures with the largest.
pub fn arrow(figure: Figure, reverse: bool) -> &'static str {
    if (figure == Figure::Distance) != reverse {
        "▲"
    } else {
        "▼"
    }
}

fn sorts(figure: Figure) -> Option<SortKey> {
    Some(match figure {
        Figure::Distance => SortKey::Distance,
        Figure::Count => SortKey::Count,
        Figure::Shallow => SortKey::Shallow,
        Figure::Retained => SortKey::Retained,
        _ => return None,
    })
}

/// Draws the rows of a pane.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    pane: &mut Pane,
    view: &View,
    (columns, focused): (&Layout<Figure>, bool),
    DrawCtx { theme, keys, .. }: DrawCtx<'_>,
) {
    pane.fit(usize::from(area.height));
    let cursor = pane.cursor();
    for line in 0..area.height {
        let index = cursor.top + usize::from(line);
        let Some(row) = pane.tree.row(index) else {
            break;
        };
        let content = content(pane, view, row, keys);
        let at = Rect {
            y: area.y + line,
            height: 1,
            ..area
        };
        draw_row(buffer, at, &content, (row, pane), view, columns, theme);
        if index == cursor.selected {
            buffer.set_style(at, theme.selected(focused));
            if focused {
                buffer.set_string(at.x, at.y, "▶", theme.selected(focused));
            } else {
                buffer.set_string(at.x, at.y, "›", theme.selected(focused));
            }
        }
    }
}

fn draw_row(
    buffer: &mut Buffer,
    area: Rect,
    content: &Content,
    (row, pane): (Row, &Pane),
    view: &View,
    columns: &Layout<Figure>,
    theme: Theme,
) {
    let room = columns.name.saturating_sub(MARK);
    let indent = (row.depth * 2).min(usize::from(room) / 3) as u16;
    let mut x = area.x + MARK + indent;
    if row.depth * 2 > usize::from(indent) {
        buffer.set_string(x - 1, area.y, "…", theme.style(Tone::Dim));
    }
    let tone = if content.weak { Tone::Dim } else { Tone::Plain };
    buffer.set_string(x, area.y, content.glyph, theme.style(tone));
    x += 2;
    let marked = match content.subject {
        Some(Subject::Class(class)) => pane.marks.get(&class).map_or(&[][..], Vec::as_slice),
        _ => &[],
    };
    // A note has no figures to leave room for.
    let end = match content.subject {
        Some(_) => area.x + columns.name,
        None => area.right(),
    };
    let left = end.saturating_sub(x);
    content.label.draw(buffer, (x, area.y), left, theme, marked);
    let Some(subject) = content.subject else {
        return;
    };
    for placed in &columns.columns {
        let detour = pane.detour.as_deref();
        let (text, tone) = figure(
            placed.column.key,
            subject,
            (view, detour),
            placed.column.width,
        );
        columns.put(buffer, area, placed, &text, theme.style(tone));
    }
}

fn content(pane: &Pane, view: &View, row: Row, keys: &Keymap) -> Content {
    let heap = &*view.heap;
    let note = |text: &str, tone| Content {
        label: Label::of(Spans::new().note(text.to_owned()), tone),
        subject: None,
        glyph: " ",
        weak: false,
    };
    let (Some(&source), Some(value)) = (pane.tree.source(row.at.branch), row.value) else {
        let source = pane.tree.source(row.at.branch).copied();
        return match pane.tree.children(row.at.branch) {
            Some(Children::Loading) => note("loading…", Tone::Busy),
            Some(Children::Failed(problem)) => note(problem, Tone::Problem),
            _ if source == Some(Source::Classes) && view.classes.is_empty() => {
                let key = keys.key_of(Command::BackOut);
                note(
                    &format!("No object passes the filter; {key} shows all"),
                    Tone::Dim,
                )
            }
            _ if source == Some(Source::Classes) => {
                let key = keys.key_of(Command::BackOut);
                note(&format!("No class matches; {key} shows all"), Tone::Dim)
            }
            _ => note(nothing(source), Tone::Dim),
        };
    };
    let glyph = if row.open {
        "▾"
    } else if pane.is_cycle(heap, row.at) {
        "↻"
    } else if pane.below(heap, row.at).is_some() {
        "▸"
    } else {
        "·"
    };
    let Some(subject) = source.subject(heap, value) else {
        let words = pane.note(row.at).cloned().unwrap_or_default();
        return Content {
            label: Label::of(words, Tone::Dim),
            glyph,
            ..note("", Tone::Dim)
        };
    };
    let mut label = label(pane, view, row, source, subject);
    if let Subject::Object(node, _) = subject {
        let is_drop = |dominated: &Dominated| dominated.is_drop(node);
        if source.way() == Some(Way::Dominated) && heap.dominated_if_known().is_some_and(is_drop) {
            label.push_tail("  ◆ piles up", Tone::Busy);
        }
        if let Some((begins, words)) = &pane.runtime
            && *begins == node
            && !row.open
        {
            label.push_tail("  ", Tone::Dim);
            label.push_tail(words.clone(), Tone::Dim);
        }
        if pane
            .detour
            .as_ref()
            .is_some_and(|detour| detour.leaves_out(node))
        {
            label.push_tail("  left out", Tone::Busy);
        }
    }
    let weak =
        matches!(subject, Subject::Object(_, Some(edge)) if heap.edge_kind(edge) == EdgeKind::WEAK);
    Content {
        label,
        subject: Some(subject),
        glyph,
        weak,
    }
}

/// What a row is called.
pub fn label(pane: &Pane, view: &View, row: Row, source: Source, subject: Subject) -> Label {
    let heap = &*view.heap;
    let names = &view.names;
    let stretch = pane.stretch(row.at);
    match (source, subject) {
        (_, Subject::Class(class)) => names.class(heap, class),
        (_, Subject::Object(node, edge)) => match (stretch, source.way(), edge) {
            (Some(words), way, _) => {
                let mut label = Label::of(words.clone(), Tone::Edge);
                let link = match way {
                    Some(Way::Fields) => " :: ",
                    Some(Way::Retainers) => " in ",
                    _ => " ",
                };
                label.push(link, Tone::Dim);
                names.finish(heap, node, label)
            }
            // The root's own references have no names worth a word.
            (None, Some(Way::Fields), Some(edge))
                if heap.graph().source(edge) != heap.root()
                    || heap.edge_kind(edge) == EdgeKind::WEAK =>
            {
                let owner = source.owner().unwrap_or_else(|| heap.graph().source(edge));
                names.field(heap, owner, edge)
            }
            (None, Some(Way::Retainers), Some(edge)) => names.holder(heap, edge),
            _ => names.object(heap, node),
        },
    }
}

/// A number of steps in so many columns: `12`, `999k`, `2M`.
fn steps(distance: u32, columns: usize) -> String {
    let text = distance.to_string();
    match distance {
        _ if text.len() <= columns => text,
        ..1_000_000 => format!("{}k", distance / 1_000),
        _ => format!("{}M", distance / 1_000_000),
    }
}

/// What an empty list says.
fn nothing(source: Option<Source>) -> &'static str {
    match source {
        Some(Source::Instances(_)) => "no objects",
        Some(source) => match source.way() {
            Some(Way::Retainers) => "held by the roots alone",
            Some(Way::Dominated) => "dominates nothing",
            _ => "refers to nothing",
        },
        None => "",
    }
}

fn figure(
    figure: Figure,
    subject: Subject,
    (view, detour): (&View, Option<&Detour>),
    columns: u16,
) -> (String, Tone) {
    let heap = &*view.heap;
    let (distance, count, shallow, retained) = match subject {
        Subject::Class(class) => match view.class_row(class) {
            Some(row) => (row.distance, Some(row.count), row.shallow, row.retained),
            None => return (String::new(), Tone::Plain),
        },
        Subject::Object(node, _) => (
            Ways::new(heap, detour).distance(node),
            None,
            heap.shallow(node),
            heap.retained(node),
        ),
    };
    let share = |size: u64| {
        let text = percent(size, view.total);
        if text == "0%" { String::new() } else { text }
    };
    match figure {
        Figure::Distance => {
            let shown = shown_distance(distance);
            let text = shown.map_or("−".to_owned(), |distance| {
                steps(distance, usize::from(columns))
            });
            (text, Tone::Dim)
        }
        Figure::Count => {
            let text = count.map_or(String::new(), |count| grouped(u64::from(count)));
            (text, Tone::Plain)
        }
        Figure::Shallow => (bytes(shallow), Tone::Plain),
        Figure::ShallowShare => (share(shallow), Tone::Dim),
        Figure::Retained => (bytes(retained), Tone::Plain),
        Figure::RetainedShare => (share(retained), Tone::Dim),
        Figure::RetainedBar => {
            let text = bar(retained, view.total, usize::from(columns));
            (text, Tone::Bar)
        }
    }
}
