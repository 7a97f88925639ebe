//! The list of dumps: what was found, in which state, how far its loading is.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Error;
use crate::series::jobs::Status;
use crate::series::{Dump, Figures, Series, TimeSource};
use crate::text::escape::one_line;
use crate::text::units::{bytes, bytes_delta, grouped, percent, rate};
use crate::text::width;
use crate::tui::naming::short_name;
use crate::tui::theme::{Theme, Tone, bar};
use crate::tui::view::View;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{DumpId, Slot, Work};

/// The list of dumps.
#[derive(Default)]
pub struct Dumps {
    /// What was found; nothing while it is looked for.
    series: Option<Series>,
    /// Why nothing was found.
    problem: Option<String>,
    cursor: Cursor,
    /// Loaded dumps.
    views: HashMap<DumpId, Arc<View>>,
    /// When each loaded dump was last asked for, for the budget.
    used: Vec<DumpId>,
}

/// Loaded dumps are forgotten, the longest unused one first, while their files make up more than this many bytes.
const BUDGET: u64 = 1 << 30;

#[derive(Debug, Clone, Copy)]
enum Fact {
    Taken,
    File,
    Objects,
    Heap,
    Growth,
}

/// The room that the name keeps on a narrow screen.
const NAME_ROOM: u16 = 20;
/// Rows from this width on show whole dates.
const WIDE: u16 = 110;

fn columns(row: u16) -> Layout<Fact> {
    let column = |key, title, width, importance| Column {
        key,
        title,
        width,
        importance,
        left: false,
    };
    let taken = if row < WIDE { 15 } else { 20 };
    let columns = [
        column(Fact::Taken, "Taken", taken, 4),
        column(Fact::File, "File", 8, 3),
        column(Fact::Objects, "Objects", 10, 5),
        column(Fact::Heap, "Heap", 8, 8),
        column(Fact::Growth, "Growth", 8, 6),
    ];
    layout_with(&columns, row, NAME_ROOM.max(row / 4).min(row * 3 / 5))
}

impl Dumps {
    /// What was found; nothing while it is looked for.
    pub fn series(&self) -> Option<&Series> {
        self.series.as_ref()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.series.as_ref().map_or(0, |series| series.dumps.len())
    }

    /// Takes what was found; the cursor goes to the last usable dump.
    pub fn found(&mut self, found: Result<Series, Error>) {
        match found {
            Ok(series) => {
                let last = series.dumps.iter().rposition(|dump| dump.label.is_some());
                self.cursor.selected = last.unwrap_or(0);
                self.problem = series.problems.first().map(Error::to_string);
                self.series = Some(series);
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                self.series = Some(Series::default());
            }
        }
    }

    /// The selected dump.
    pub fn selected(&self) -> Option<&Dump> {
        self.series.as_ref()?.dumps.get(self.cursor.selected)
    }

    /// A dump.
    pub fn get(&self, id: &DumpId) -> Option<&Dump> {
        let dumps = &self.series.as_ref()?.dumps;
        dumps.iter().find(|dump| *dump.path == **id)
    }

    fn change(&mut self, id: &DumpId, change: impl FnOnce(&mut Dump)) {
        let selected = self.selected().map(|dump| dump.path.clone());
        let Some(series) = &mut self.series else {
            return;
        };
        if let Some(dump) = series.dumps.iter_mut().find(|dump| *dump.path == **id) {
            change(dump);
        }
        series.arrange();
        let row = series
            .dumps
            .iter()
            .position(|dump| Some(&dump.path) == selected.as_ref());
        let rows = series.dumps.len();
        self.cursor.follow(row.unwrap_or(0), rows);
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.rows());
    }

    /// A loaded dump; that it was asked for counts as use.
    pub fn view(&mut self, id: &DumpId) -> Option<Arc<View>> {
        let view = self.views.get(id).cloned()?;
        self.used.retain(|used| used != id);
        self.used.push(Arc::clone(id));
        Some(view)
    }

    /// Takes a loaded dump; gives the ones that had to go for it.
    pub fn loaded(&mut self, view: Arc<View>) -> Vec<DumpId> {
        let id = Arc::clone(&view.dump);
        let figures = Figures::of_heap(&view.heap);
        self.change(&id, |dump| dump.figures = Some(figures));
        self.views.insert(Arc::clone(&id), view);
        self.view(&id);
        let mut gone = Vec::new();
        let bytes = |views: &HashMap<DumpId, Arc<View>>| -> u64 {
            views.values().map(|view| view.heap.file_bytes()).sum()
        };
        while bytes(&self.views) > BUDGET && self.used.len() > 1 {
            let oldest = self.used.remove(0);
            self.views.remove(&oldest);
            gone.push(oldest);
        }
        gone
    }

    /// Takes the figures of a dump.
    pub fn measured(&mut self, id: &DumpId, figures: Result<Figures, Error>) {
        self.change(id, |dump| {
            // What says nothing about the file changes nothing.
            let _ = dump.measured(figures);
        });
    }

    /// Notes that a dump could not be loaded.
    pub fn failed(&mut self, id: &DumpId, error: &Error) {
        self.change(id, |dump| dump.fail(error));
    }

    /// The usable dumps whose figures are not known, in order.
    pub fn unmeasured(&self) -> Vec<DumpId> {
        let usable = self.series.iter().flat_map(Series::usable);
        let unknown = usable.filter(|dump| dump.figures.is_none());
        unknown.map(|dump| Arc::from(dump.path.as_path())).collect()
    }

    /// The last usable dump, and how many usable ones there are.
    pub fn last(&self) -> (Option<DumpId>, usize) {
        let Some(series) = &self.series else {
            return (None, 0);
        };
        let last = series.usable().next_back();
        let id = last.map(|dump| Arc::from(dump.path.as_path()));
        (id, series.usable().count())
    }

    /// Draws the list.
    pub fn draw(&mut self, buffer: &mut Buffer, area: Rect, work: &Work, theme: Theme) {
        let Some(series) = &self.series else {
            let text = "  looking for dumps…";
            buffer.set_string(area.x, area.y, text, theme.style(Tone::Busy));
            return;
        };
        let details = if area.height >= 12 { 4 } else { 0 };
        let list = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1 + details),
            ..area
        };
        let columns = columns(area.width);
        buffer.set_stringn(
            area.x + 4,
            area.y,
            "Dump",
            usize::from(columns.name),
            theme.style(Tone::Heading),
        );
        for placed in &columns.columns {
            columns.put(
                buffer,
                area,
                placed,
                placed.column.title,
                theme.style(Tone::Heading),
            );
        }
        self.cursor
            .fit(usize::from(list.height), series.dumps.len());
        for line in 0..list.height {
            let index = self.cursor.top + usize::from(line);
            let Some(dump) = series.dumps.get(index) else {
                break;
            };
            let row = Rect {
                y: list.y + line,
                height: 1,
                ..list
            };
            let before = series.dumps[..index]
                .iter()
                .rev()
                .find(|dump| dump.label.is_some());
            let status = status(dump, work);
            let loaded = self.views.contains_key(&*dump.path);
            draw_row(
                buffer,
                row,
                (dump, before),
                (status, loaded),
                &columns,
                theme,
            );
            if index == self.cursor.selected {
                buffer.set_style(row, theme.selected(true));
                buffer.set_string(row.x, row.y, "▶", theme.selected(true));
            }
        }
        if series.dumps.is_empty() {
            let problem = self.problem.as_deref().unwrap_or("no dumps here");
            let room = usize::from(area.width.saturating_sub(4));
            for (offset, text) in (0..list.height).zip(wrap(&one_line(problem), room)) {
                let y = list.y + offset;
                buffer.set_string(area.x + 2, y, text, theme.style(Tone::Problem));
            }
        }
        if details > 0 {
            let below = Rect {
                y: area.bottom() - details,
                height: details,
                ..area
            };
            self.draw_details(buffer, below, work, theme);
        }
    }

    /// The selected dump in full words.
    fn draw_details(&self, buffer: &mut Buffer, area: Rect, work: &Work, theme: Theme) {
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
        let Some(dump) = self.selected() else {
            return;
        };
        let room = usize::from(area.width.saturating_sub(4));
        let path = one_line(&dump.path.to_string_lossy()).into_owned();
        let line = |offset: u16| (area.x + 2, area.y + offset);
        Label::of(&width::cut_path(&path, room), Tone::Plain).draw(
            buffer,
            line(1),
            room as u16,
            theme,
            &[],
        );
        let words = match (&dump.problem, status(dump, work)) {
            (_, Some(status)) => progress(status, room),
            (Some(problem), None) => format!("{}: {problem}", dump.state),
            (None, None) => {
                let mut words = format!("{} {}", dump.state, dump.kind);
                if let Some(pid) = dump.pid {
                    words.push_str(&format!(" · process {pid}"));
                }
                if dump.time_source == Some(TimeSource::Mtime) {
                    words.push_str(" · time: when the file was last written");
                }
                words
            }
        };
        let tone = if dump.problem.is_some() {
            Tone::Problem
        } else {
            Tone::Dim
        };
        let words = one_line(&words);
        for (offset, text) in (2..area.height).zip(wrap(&words, room)) {
            let (x, y) = line(offset);
            buffer.set_string(x, y, text, theme.style(tone));
        }
    }
}

fn status(dump: &Dump, work: &Work) -> Option<Status> {
    let id: DumpId = Arc::from(dump.path.as_path());
    let loading = work.status(&Slot::Load(Arc::clone(&id)));
    // A measurement that has not begun is nothing to speak of.
    loading.or_else(|| {
        work.status(&Slot::Measure(id))
            .filter(|status| !status.progress.stage.is_empty())
    })
}

fn draw_row(
    buffer: &mut Buffer,
    row: Rect,
    (dump, before): (&Dump, Option<&Dump>),
    (status, loaded): (Option<Status>, bool),
    columns: &Layout<Fact>,
    theme: Theme,
) {
    let (glyph, tone) = if dump.problem.is_some() {
        ("✗", Tone::Problem)
    } else if status.is_some() {
        ("…", Tone::Busy)
    } else if loaded {
        ("●", Tone::Bar)
    } else {
        (" ", Tone::Plain)
    };
    buffer.set_string(row.x + 2, row.y, glyph, theme.style(tone));
    let label = dump.label.as_deref().unwrap_or("–");
    let indent = 9;
    buffer.set_stringn(row.x + 4, row.y, label, 4, theme.style(Tone::Heading));
    let room = columns.name.saturating_sub(indent);
    Label::of(short_name(&dump.name), Tone::Plain).draw(
        buffer,
        (row.x + indent, row.y),
        room,
        theme,
        &[],
    );
    let start = columns.name + 1;
    let behind = row.width.saturating_sub(start + 1);
    let wide = |text: String, tone: Tone, buffer: &mut Buffer| {
        let text = width::cut_end(&text, usize::from(behind));
        buffer.set_string(row.x + start + 1, row.y, text, theme.style(tone));
    };
    if let Some(problem) = &dump.problem {
        wide(format!("{}: {problem}", dump.state), Tone::Problem, buffer);
        return;
    }
    if let Some(status) = status {
        wide(progress(status, usize::from(behind)), Tone::Busy, buffer);
        return;
    }
    if !dump.kind.has_objects() {
        let text = format!("a {} has no objects to look at", dump.kind);
        wide(text, Tone::Dim, buffer);
        return;
    }
    for placed in &columns.columns {
        let text = fact(placed.column.key, dump, before, placed.column.width);
        columns.put(buffer, row, placed, &text, theme.style(Tone::Plain));
    }
}

fn fact(fact: Fact, dump: &Dump, before: Option<&Dump>, columns: u16) -> String {
    let size = |dump: &Dump| dump.figures.as_ref().map(|figures| figures.total_size);
    let text = match fact {
        Fact::Taken => dump.taken_at.map(|time| {
            let local = time.to_zoned(TimeZone::system());
            let format = if columns < 20 {
                "%m-%d %H:%M:%S"
            } else {
                "%Y-%m-%d %H:%M:%S"
            };
            local.strftime(format).to_string()
        }),
        Fact::File => dump.bytes.map(bytes),
        Fact::Objects => dump.figures.as_ref().map(|figures| grouped(figures.nodes)),
        Fact::Heap => size(dump).map(bytes),
        // Two processes have nothing to grow from one to the other.
        Fact::Growth => before
            .filter(|before| before.pid == dump.pid)
            .and_then(size)
            .zip(size(dump))
            .map(|(before, now)| bytes_delta(now as i64 - before as i64)),
    };
    text.unwrap_or_default()
}

/// Stage, share, bytes and rate, and a bar, in at most `room` columns.
fn progress(status: Status, room: usize) -> String {
    let progress = status.progress;
    if progress.stage.is_empty() {
        return "waiting".to_owned();
    }
    let mut text = progress.stage.to_owned();
    if progress.total == 0 {
        return text;
    }
    text.push_str(&format!("  {}", percent(progress.done, progress.total)));
    if progress.stage.starts_with("reading") {
        let speed = rate(progress.done, status.elapsed);
        text.push_str(&format!(" of {}  {speed}", bytes(progress.total)));
    }
    let left = room.saturating_sub(width::width(&text) + 2);
    if left >= 4 {
        let bar = bar(progress.done, progress.total, left.min(20));
        text.push_str(&format!("  {bar}"));
    }
    text
}
