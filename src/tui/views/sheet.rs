//! Rows of a name and cells beside it, for pages that are neither trees of objects nor tables over dumps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::series::jobs::Status;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{grouped, percent};
use crate::text::width;
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Header, said};
use crate::tui::scope::Scope;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table::Layout;
use crate::tui::widgets::wrap::wrap;

/// Terminal columns before the name: the mark of the selected row.
const MARK: u16 = 2;

/// From this height on there is room for more sentences.
const ROOMY: u16 = 16;

/// As many lines sentences take at most, with the rule above them.
const MOST_WORDS: u16 = 9;
/// The widest that sentences are, in terminal columns: longer lines are hard to read.
pub const PROSE: u16 = 90;

/// One row.
pub struct Line {
    /// How deep it is.
    pub depth: usize,
    /// A mark before the name; one column.
    pub glyph: &'static str,
    /// How the mark looks.
    pub tone: Tone,
    /// The name.
    pub label: Label,
    /// What stands in the columns, in their order; without any the name has the whole row.
    pub cells: Vec<(String, Tone)>,
}

impl Line {
    /// A row that only says something, in words of this program.
    pub fn note(text: &str, tone: Tone) -> Self {
        Self::named(Label::of(Spans::new().note(text.to_owned()), tone))
    }

    /// A row without cells.
    pub fn named(label: Label) -> Self {
        Self {
            depth: 0,
            glyph: " ",
            tone: Tone::Plain,
            label,
            cells: Vec::new(),
        }
    }

    /// The row in full, its figures behind its name.
    pub fn spans(&self) -> Spans {
        let cells = self.cells.iter().filter(|(cell, _)| !cell.is_empty());
        cells.fold(self.label.spans(), |text, (cell, _)| {
            text.note("  ").number(cell.clone())
        })
    }

    /// The same with cells.
    #[must_use]
    pub fn with(mut self, cells: Vec<(String, Tone)>) -> Self {
        self.cells = cells;
        self
    }

    /// The same at a depth, behind a mark.
    #[must_use]
    pub fn at(mut self, depth: usize, glyph: &'static str) -> Self {
        self.depth = depth;
        self.glyph = glyph;
        self
    }

    /// The same with a mark in this tone.
    #[must_use]
    pub fn marked(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Draws the title of the names and those of the columns; the column `sorted` is marked, and whether it begins with the
/// smallest.
pub fn draw_titles(
    buffer: &mut Buffer,
    area: Rect,
    name: &str,
    columns: &Layout,
    sorted: Option<(usize, bool)>,
    theme: Theme,
) {
    let style = theme.style(Tone::Heading);
    let room = columns.name.saturating_sub(MARK + 2);
    let name = width::cut_end(name, usize::from(room));
    buffer.set_string(area.x + MARK + 2, area.y, name, style);
    columns.draw_titles(buffer, area, sorted, theme);
}

/// Draws the rows from the cursor's first one on.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    columns: &Layout,
    cursor: Cursor,
    mut line: impl FnMut(usize) -> Option<Line>,
    theme: Theme,
) {
    for y in 0..area.height {
        let index = cursor.top + usize::from(y);
        let Some(line) = line(index) else { break };
        let row = Rect {
            y: area.y + y,
            height: 1,
            ..area
        };
        draw_line(buffer, row, columns, &line, theme);
        if index == cursor.selected {
            theme.select(buffer, row, true);
        }
    }
}

fn draw_line(buffer: &mut Buffer, row: Rect, columns: &Layout, line: &Line, theme: Theme) {
    // The name goes on into columns that are empty in this row.
    let told = columns.columns.iter().find(|placed| {
        let cell = line.cells.get(placed.key);
        cell.is_some_and(|(text, _)| !text.is_empty())
    });
    let name = told.map_or(row.width, |first| first.x.saturating_sub(1));
    let name = name.max(columns.name).min(row.width);
    let room = name.saturating_sub(MARK);
    let indent = (line.depth * 2).min(usize::from(room) / 3) as u16;
    let x = row.x + MARK + indent;
    buffer.set_stringn(
        x,
        row.y,
        line.glyph,
        usize::from(row.right().saturating_sub(x)),
        theme.style(line.tone),
    );
    let left = room.saturating_sub(indent + 2);
    line.label.draw(buffer, (x + 2, row.y), left, theme, &[]);
    columns.draw_cells(buffer, row, &line.cells, theme);
}

/// Writes sentences at the bottom of the area under a rule, in at most a third of it, or somewhat more where there is
/// room; gives what is left above.
pub fn draw_words(buffer: &mut Buffer, area: Rect, words: &str, theme: Theme) -> Rect {
    let room = usize::from(area.width.saturating_sub(4).min(PROSE));
    let most = match area.height {
        ..ROOMY => area.height / 3,
        height => (height * 2 / 5).min(MOST_WORDS),
    };
    let most = usize::from(most);
    let words = one_line(words);
    let mut lines = wrap(&words, room);
    if most < 2 || words.is_empty() {
        return area;
    }
    if lines.len() > most - 1 {
        let rest = lines.split_off(most - 2).join(" ");
        lines.push(width::cut_end(&rest, room));
    }
    let height = lines.len() as u16 + 1;
    let above = Rect {
        height: area.height - height,
        ..area
    };
    let rule = "─".repeat(usize::from(area.width));
    buffer.set_string(area.x, above.bottom(), rule, theme.style(Tone::Dim));
    for (y, line) in (above.bottom() + 1..).zip(lines) {
        buffer.set_string(area.x + 2, y, line, theme.style(Tone::Plain));
    }
    above
}

/// What stands above a page of a dump: the dump, the page, the filter where one is set, then `facts`.
pub fn header(
    view: &View,
    store: &DumpStore,
    title: impl Into<Spans>,
    facts: Vec<Spans>,
) -> Header {
    let mut before = Vec::new();
    if view.scope != Scope::All {
        before.push(counted(view, store));
    }
    before.extend(facts);
    Header {
        path: vec![view.title(store.labelled(&view.dump)), title.into()],
        facts: before,
    }
}

/// The same above a page on which all objects count, whatever is chosen elsewhere.
pub fn header_of_all(
    view: &View,
    store: &DumpStore,
    title: impl Into<Spans>,
    facts: Vec<Spans>,
) -> Header {
    let note = unfiltered(view).into_iter();
    Header {
        path: vec![view.title(store.labelled(&view.dump)), title.into()],
        facts: note.chain(facts).collect(),
    }
}

/// Says, where a filter is set, that it does not apply.
pub fn unfiltered(view: &View) -> Option<Spans> {
    (view.scope != Scope::All)
        .then(|| said("all objects: the filter does not apply here".to_owned()))
}

/// What counts of a dump, and how much that is.
pub fn counted(view: &View, store: &DumpStore) -> Spans {
    let words = view.scope.words(|id| store.label(id));
    let (counted, all) = (grouped(view.counted), grouped(view.countable));
    words.note(format!(": {counted} of {all}"))
}

/// Says before other facts that holders which are left out elsewhere count on this page.
pub fn with_all_holders(view: &View, facts: Vec<Spans>) -> Vec<Spans> {
    let detour = view.detour();
    let left_out = detour.map_or(0, |detour| detour.left_out().len());
    let note = match left_out {
        0 => None,
        1 => Some("the ignored retainer counts here".to_owned()),
        count => Some(format!(
            "the {} ignored retainers count here",
            grouped(count as u64)
        )),
    };
    note.map(said).into_iter().chain(facts).collect()
}

/// A row that says how far the work is.
pub fn progress(what: &str, status: Option<Status>) -> Line {
    let words = match status.map(|status| status.progress) {
        Some(now) if now.total > 0 && now.done > 0 => {
            let stage = if now.stage.is_empty() {
                what
            } else {
                now.stage
            };
            format!("{stage}… {}", percent(now.done, now.total))
        }
        Some(now) if !now.stage.is_empty() => format!("{}…", now.stage),
        _ => format!("{what}…"),
    };
    Line::note(&words, Tone::Busy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::{Cell, Column, Head};
    use crate::tui::widgets::table;

    proptest! {
        /// Empty cells give their room to the name; a cell is whole and stands apart from it.
        #[test]
        fn columns_never_overpaint_names(
            name in "[a-z]{1,90}",
            cells in proptest::collection::vec("[0-9]{0,6}", 3),
            width in 20u16..100,
        ) {
            const COLUMNS: [Column<()>; 3] = [
                Head::number("", "a").on_screen("", 6, 1).of(|(), ()| Cell::Nothing),
                Head::number("", "b").on_screen("", 4, 3).of(|(), ()| Cell::Nothing),
                Head::number("", "c").on_screen("", 8, 2).of(|(), ()| Cell::Nothing),
            ];
            let room = (width, table::name_room(width));
            let columns = table::layout(&COLUMNS, table::as_declared, room);
            let told = cells.iter().map(|cell| (cell.clone(), Tone::Plain)).collect();
            let label = Label::of(Spans::new().name(name.clone()), Tone::Plain);
            let line = Line::named(label).with(told);
            let area = Rect::new(0, 0, width, 1);
            let mut buffer = Buffer::empty(area);
            draw_line(&mut buffer, area, &columns, &line, Theme::default());
            let drawn: String = (0..width).map(|x| buffer[(x, 0)].symbol().to_owned()).collect();
            let mut words = drawn.split_whitespace();
            let shown = words.next().unwrap_or_default();
            let (begin, end) = shown.split_once('…').unwrap_or((shown, ""));
            prop_assert!(name.starts_with(begin) && name.ends_with(end), "{drawn:?}");
            prop_assert!(shown == name || shown.contains('…'), "{drawn:?}");
            let placed = columns.columns.iter().map(|placed| {
                let columns = usize::from(placed.width);
                crate::text::width::cut_end(&cells[placed.key], columns)
            });
            let placed: Vec<String> = placed.filter(|cell| !cell.is_empty()).collect();
            prop_assert_eq!(words.collect::<Vec<_>>(), placed, "{:?}", drawn);
        }
    }
}
