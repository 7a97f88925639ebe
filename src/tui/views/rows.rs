//! The rows of a pane: what they are called, and how they are drawn and written. Only rows on the screen are looked at
//! for drawing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Dominated;
use crate::snapshot::EdgeKind;
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::commands::Command;
use crate::tui::export::{self, MOST, Rows};
use crate::tui::keymap::Keymap;
use crate::tui::page::DrawCtx;
use crate::tui::source::{Source, Subject, Way};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::views::pane::Pane;
use crate::tui::views::pane_columns::{About, Entry, NAMED};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{Children, Row};
use crate::tui::widgets::table::{self, Layout};

/// Terminal columns before the name: the mark of the selected row.
const MARK: u16 = 2;

/// What a row says.
struct Content {
    label: Label,
    subject: Option<Subject>,
    /// A mark before the name: folded, unfolded, a cycle.
    glyph: &'static str,
    weak: bool,
}

/// Draws the rows of a pane.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    pane: &mut Pane,
    view: &View,
    (about, columns): (About, &Layout),
    focused: bool,
    DrawCtx { theme, keys, .. }: DrawCtx<'_>,
) {
    pane.fit(usize::from(area.height));
    let cursor = pane.cursor();
    // Far down, levels above the selected row give their room to its name.
    let selected = pane.row().map_or(0, |row| row.depth * 2);
    let left_out = selected.saturating_sub(usize::from(columns.name / 5));
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
        draw_row(
            buffer,
            at,
            &content,
            (row, pane, left_out),
            view,
            (about, columns),
            theme,
        );
        if index == cursor.selected {
            theme.select(buffer, at, focused);
        }
    }
}

fn draw_row(
    buffer: &mut Buffer,
    area: Rect,
    content: &Content,
    (row, pane, left_out): (Row, &Pane, usize),
    view: &View,
    (about, columns): (About, &Layout),
    theme: Theme,
) {
    let room = columns.name.saturating_sub(MARK);
    let indent = (row.depth * 2).saturating_sub(left_out);
    let indent = indent.min(usize::from(room) / 3) as u16;
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
    let entry = Entry::of(view, pane, subject);
    let cells = table::cells(about.columns(), columns, &entry, &());
    columns.draw_cells(buffer, area, &cells, theme);
}

impl Content {
    /// A row that only says something.
    fn note(text: &str, tone: Tone) -> Self {
        Self {
            label: Label::of(Spans::new().note(text.to_owned()), tone),
            subject: None,
            glyph: " ",
            weak: false,
        }
    }
}

/// What stands where a branch has no rows.
fn notice(pane: &Pane, view: &View, row: Row, keys: &Keymap) -> Content {
    let source = pane.tree.source(row.at.branch).copied();
    let key = || keys.key_of(Command::BackOut);
    match pane.tree.children(row.at.branch) {
        Some(Children::Loading) => Content::note("loading…", Tone::Busy),
        Some(Children::Failed(problem)) => Content::note(problem, Tone::Problem),
        _ if source == Some(Source::Classes) && view.classes.is_empty() => {
            let words = format!("No object passes the filter; {} shows all", key());
            Content::note(&words, Tone::Dim)
        }
        _ if source == Some(Source::Classes) => {
            let words = format!("No class matches; {} shows all", key());
            Content::note(&words, Tone::Dim)
        }
        _ if source.is_some() && source == pane.narrowed => {
            let words = format!("Nothing here matches; {} shows all", key());
            Content::note(&words, Tone::Dim)
        }
        _ => Content::note(nothing(source), Tone::Dim),
    }
}

fn content(pane: &Pane, view: &View, row: Row, keys: &Keymap) -> Content {
    let heap = &*view.heap;
    let (Some(&source), Some(value)) = (pane.tree.source(row.at.branch), row.value) else {
        return notice(pane, view, row, keys);
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
            ..Content::note("", Tone::Dim)
        };
    };
    let mut label = label(pane, view, row, source, subject);
    if let Subject::Object(node, _) = subject {
        push_remarks(&mut label, node, (pane, view), (row, source));
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

/// Says behind an object's name that it piles up, where the runtime's part of a path begins, and that it is left out.
fn push_remarks(
    label: &mut Label,
    node: NodeId,
    (pane, view): (&Pane, &View),
    (row, source): (Row, Source),
) {
    let is_drop = |dominated: &Dominated| dominated.is_drop(node);
    let dominated = view.heap.dominated_if_known();
    if source.way() == Some(Way::Dominated) && dominated.is_some_and(is_drop) {
        label.push_tail("  ◆ piles up", Tone::Busy);
    }
    if let Some((begins, words)) = &pane.runtime
        && *begins == node
        && !row.open
    {
        label.push_tail("  ", Tone::Dim);
        label.push_tail(words.clone(), Tone::Dim);
    }
    let detour = pane.detour.as_ref();
    if detour.is_some_and(|detour| detour.leaves_out(node)) {
        label.push_tail("  left out", Tone::Busy);
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

/// The rows of a tree as they are unfolded, from the first to the last.
///
/// # Errors
/// When the task is cancelled.
pub fn written(
    view: &View,
    (pane, about): (&Pane, About),
    heading: Vec<Spans>,
    task: &Task,
) -> Result<Rows> {
    let all = pane.tree.rows();
    task.stage("writing rows", all.min(MOST) as u64);
    let rows = (0..all).filter_map(|index| Some(entry(view, pane, pane.tree.row(index)?)?.0));
    Rows::of(heading, about.columns(), rows, &(), task)
}

fn entry(view: &View, pane: &Pane, row: Row) -> Option<(Entry, Label)> {
    let source = *pane.tree.source(row.at.branch)?;
    let Some(subject) = source.subject(&view.heap, row.value?) else {
        let label = Label::of(pane.note(row.at)?.clone(), Tone::Dim);
        return Some((Entry::default().named(row, &label), label));
    };
    let label = label(pane, view, row, source, subject);
    Some((Entry::of(view, pane, subject).named(row, &label), label))
}

/// The row in full, its figures behind its name.
pub fn line(view: &View, (pane, about): (&Pane, About), row: Row) -> Option<Spans> {
    let (entry, label) = entry(view, pane, row)?;
    Some(export::line(
        label.spans(),
        &about.columns()[NAMED..],
        &entry,
        &(),
    ))
}
