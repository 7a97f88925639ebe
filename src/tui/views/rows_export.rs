//! The rows of a pane as cells, for files.

use crate::error::Result;
use crate::heap::shown_distance;
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::tui::export::{MOST, Rows};
use crate::tui::source::Subject;
use crate::tui::view::View;
use crate::tui::views::pane::Pane;
use crate::tui::views::rows;
use crate::tui::widgets::lazy_tree::Row;

/// The columns of a tree's rows.
const COLUMNS: [Head; 7] = [
    Head::number("Level", "level"),
    Head::text("Name", "name"),
    Head::number("Id", "id"),
    Head::number("Distance", "distance"),
    Head::number("Count", "count"),
    Head::number("Shallow size", "shallow_size"),
    Head::number("Retained size", "retained_size"),
];

/// The rows of a tree as they are unfolded, from the first to the last.
///
/// # Errors
/// When the task is cancelled.
pub fn rows(view: &View, pane: &Pane, heading: Vec<Spans>, task: &Task) -> Result<Rows> {
    let tree = &pane.tree;
    let all = tree.rows();
    task.stage("writing rows", all.min(MOST) as u64);
    let mut rows = Vec::new();
    for index in 0..all.min(MOST) {
        task.reached(index)?;
        rows.extend(tree.row(index).and_then(|row| cells(view, pane, row)));
    }
    Ok(Rows {
        heading,
        columns: COLUMNS.to_vec(),
        rows,
        more: all.saturating_sub(MOST),
    })
}

fn cells(view: &View, pane: &Pane, row: Row) -> Option<Vec<Cell>> {
    let heap = &view.heap;
    let source = *pane.tree.source(row.at.branch)?;
    let mut cells = vec![Cell::Count(row.depth as u64)];
    let Some(subject) = source.subject(heap, row.value?) else {
        cells.push(Cell::Text(pane.note(row.at)?.clone()));
        cells.resize(COLUMNS.len(), Cell::Nothing);
        return Some(cells);
    };
    match subject {
        Subject::Class(class) => {
            let found = view.class_row(class)?;
            cells.extend([
                Cell::Text(view.names.class(heap, class).spans()),
                Cell::Nothing,
                Cell::Distance(shown_distance(found.distance)),
                Cell::Count(u64::from(found.count)),
                Cell::Size(found.shallow),
                Cell::Size(found.retained),
            ]);
        }
        Subject::Object(node, _edge) => {
            let name = rows::label(pane, view, row, source, subject).spans();
            cells.extend([
                Cell::Text(name),
                Cell::Id(heap.id(node)),
                Cell::Distance(shown_distance(heap.distance(node))),
                Cell::Nothing,
                Cell::Size(heap.shallow(node)),
                Cell::Size(heap.retained(node)),
            ]);
        }
    }
    Some(cells)
}

/// The row in full, its figures behind its name.
pub fn line(view: &View, pane: &Pane, row: Row) -> Option<Spans> {
    let source = *pane.tree.source(row.at.branch)?;
    let Some(subject) = source.subject(&view.heap, row.value?) else {
        return pane.note(row.at).cloned();
    };
    let label = rows::label(pane, view, row, source, subject);
    let figures = cells(view, pane, row)?;
    let mut line = label.spans();
    for (column, cell) in COLUMNS.iter().zip(&figures).skip(3) {
        if *cell != Cell::Nothing {
            let figure = cell.shown(Reveal::Nothing);
            line = line.note(format!("  {} {figure}", column.title.to_lowercase()));
        }
    }
    Some(line)
}
