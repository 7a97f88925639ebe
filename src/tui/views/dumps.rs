//! The list of dumps: what was found, in which state, how far its loading is.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::series::jobs::Status;
use crate::series::{Dump, Kind, State, TimeSource};
use crate::table::{Cell, Column, Head};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::export::{self, Export, Rows};
use crate::tui::keymap::Keymap;
use crate::tui::naming::short_name;
use crate::tui::page::{DrawCtx, Effect, Header, News, Page, PageCtx, said};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::no_dumps::NoDumps;
use crate::tui::views::progress::progress;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{Slot, Work};

/// The list of the dumps of the process in view.
#[derive(Default)]
pub struct Dumps {
    /// The selected dump; the cursor stays on it whatever comes and goes.
    selected: Option<DumpId>,
    cursor: Cursor,
    nothing: NoDumps,
}

/// The room that the name keeps on a narrow screen.
const NAME_ROOM: u16 = 30;
/// Rows from this width on show whole dates.
const WIDE: u16 = 110;
/// Terminal columns of a time, and of one with its year.
const TAKEN: u16 = 15;
const TAKEN_IN_FULL: u16 = 20;

/// A dump, by its place in the list of all.
type Listed = Column<usize, [Dump]>;

/// How many columns say which dump it is; the screen shows them as one name.
const NAMED: usize = 2;

/// The columns.
const COLUMNS: &[Listed] = &[
    Head::text("Dump", "label")
        .of(|row, dumps| of(*row, dumps, |dump| dump.label.clone(), Cell::note)),
    Head::text("Path", "path").of(|row, dumps| {
        let path = |dump: &Dump| Some(dump.path.to_string_lossy().into_owned());
        of(*row, dumps, path, Cell::Path)
    }),
    Head::text("Kind", "kind")
        .of(|row, dumps| of(*row, dumps, |dump| Some(dump.kind.to_string()), Cell::note)),
    Head::text("State", "state")
        .of(|row, dumps| of(*row, dumps, |dump| Some(dump.state.as_str()), Cell::note)),
    Head::text("Taken at", "taken_at")
        .on_screen("Taken", TAKEN, 4)
        .of(|row, dumps| of(*row, dumps, |dump| dump.taken_at, Cell::Time)),
    Head::number("File", "bytes")
        .on_screen("File", 8, 3)
        .of(|row, dumps| of(*row, dumps, |dump| dump.bytes, Cell::Size)),
    Head::number("Nodes", "nodes")
        .on_screen("Nodes", 10, 5)
        .of(|row, dumps| {
            let nodes = |dump: &Dump| dump.figures.as_ref().map(|figures| figures.nodes);
            of(*row, dumps, nodes, Cell::Count)
        }),
    Head::number("Heap", "total_size")
        .on_screen("Heap", 8, 8)
        .of(|row, dumps| of(*row, dumps, heap_size, Cell::Size)),
    Head::number("Growth", "growth_bytes")
        .on_screen("Growth", 8, 6)
        .of(|row, dumps| Cell::known(growth(*row, dumps), Cell::SizeChange)),
    Head::text("Problem", "problem")
        .of(|row, dumps| of(*row, dumps, |dump| dump.problem.clone(), Cell::note)),
];

fn of<T>(
    row: usize,
    dumps: &[Dump],
    fact: impl FnOnce(&Dump) -> Option<T>,
    cell: impl FnOnce(T) -> Cell,
) -> Cell {
    Cell::known(dumps.get(row).and_then(fact), cell)
}

fn heap_size(dump: &Dump) -> Option<u64> {
    dump.figures.as_ref().map(|figures| figures.total_size)
}

/// How much larger a dump's heap is than that of the one before. Two processes have nothing to grow from one to the
/// other.
fn growth(row: usize, dumps: &[Dump]) -> Option<i64> {
    let dump = dumps.get(row)?;
    let mut before = dumps.get(..row)?.iter().rev();
    let before = before.find(|dump| dump.label.is_some())?;
    let (was, is) = (heap_size(before)?, heap_size(dump)?);
    (before.pid == dump.pid).then_some(is as i64 - was as i64)
}

fn layout(row: u16) -> Layout {
    let width = |head: &Head, usual| match &*head.name {
        "taken_at" if row >= WIDE => Some(TAKEN_IN_FULL),
        _ => Some(usual),
    };
    let room = NAME_ROOM.max(row / 4).min(row * 3 / 5);
    table::layout(COLUMNS, width, (row, room))
}

impl Dumps {
    /// Puts the cursor on the last usable dump.
    fn go_to_last(&mut self, store: &DumpStore) {
        let last = store.dumps().iter().rposition(|dump| dump.label.is_some());
        self.step(Motion::To(last.unwrap_or(0)), store);
    }

    /// Dumps came, went or changed places: the cursor stays on its dump, or where that was.
    fn follow(&mut self, store: &DumpStore) {
        let dumps = store.dumps();
        let selected = self.selected.as_ref();
        let row = dumps
            .iter()
            .position(|dump| Some(&*dump.path) == selected.map(|id| &**id));
        self.cursor
            .follow(row.unwrap_or(self.cursor.selected), dumps.len());
        self.selected = dumps.get(self.cursor.selected).map(id_of);
    }

    /// The selected dump.
    fn selected<'a>(&self, store: &'a DumpStore) -> Option<&'a Dump> {
        store.dumps().get(self.cursor.selected)
    }

    fn step(&mut self, motion: Motion, store: &DumpStore) {
        self.cursor.go(motion, store.dumps().len());
        self.selected = self.selected(store).map(id_of);
    }

    fn draw_list(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let DrawCtx {
            store, theme, keys, ..
        } = ctx;
        if !store.is_ready() {
            let text = "  looking for dumps…";
            buffer.set_string(area.x, area.y, text, theme.style(Tone::Busy));
            return;
        }
        let mut area = area;
        if store.groups().len() > 1 {
            draw_processes(buffer, area, store, keys, theme);
            area.y += 1;
            area.height -= 1;
        }
        let dumps = store.dumps();
        if dumps.is_empty() {
            return self.nothing.draw(buffer, area, store, theme);
        }
        let details = if area.height >= 12 { 4 } else { 0 };
        let list = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1 + details),
            ..area
        };
        let columns = layout(area.width);
        buffer.set_stringn(
            area.x + 4,
            area.y,
            "Dump",
            usize::from(columns.name),
            theme.style(Tone::Heading),
        );
        columns.draw_titles(buffer, area, None, theme);
        self.draw_rows(buffer, list, &columns, ctx);
        if details > 0 {
            let below = Rect {
                y: area.bottom() - details,
                height: details,
                ..area
            };
            self.draw_details(buffer, below, ctx);
        }
    }

    fn draw_rows(&mut self, buffer: &mut Buffer, list: Rect, columns: &Layout, ctx: DrawCtx<'_>) {
        let DrawCtx {
            store, work, theme, ..
        } = ctx;
        let dumps = store.dumps();
        self.cursor.fit(usize::from(list.height), dumps.len());
        for line in 0..list.height {
            let index = self.cursor.top + usize::from(line);
            let Some(dump) = dumps.get(index) else {
                break;
            };
            let row = Rect {
                y: list.y + line,
                height: 1,
                ..list
            };
            let status = status(dump, work);
            let loaded = store.is_loaded(&id_of(dump));
            draw_row(
                buffer,
                row,
                (index, dumps),
                (status, loaded),
                columns,
                theme,
            );
            if index == self.cursor.selected {
                theme.select(buffer, row, true);
            }
        }
    }

    /// The selected dump in full words.
    fn draw_details(&self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let DrawCtx {
            store, work, theme, ..
        } = ctx;
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
        let Some(dump) = self.selected(store) else {
            return;
        };
        let room = usize::from(area.width.saturating_sub(4));
        let path = one_line(&dump.path.to_string_lossy()).into_owned();
        let line = |offset: u16| (area.x + 2, area.y + offset);
        Label::of(
            Spans::new().place(width::cut_path(&path, room)),
            Tone::Plain,
        )
        .draw(buffer, line(1), room as u16, theme, &[]);
        let words = match (&dump.problem, status(dump, work)) {
            (_, Some(status)) => progress(status, room),
            (Some(problem), None) => stated(dump, problem),
            (None, None) => {
                let mut words = format!("{} {}", dump.state, dump.kind);
                if let Some(pid) = dump.pid {
                    words.push_str(&format!(" · process {pid}"));
                }
                if dump.is_copy_time() {
                    words.push_str(" · time: approximately, when the file was copied");
                } else if dump.time_source == Some(TimeSource::Mtime) {
                    words.push_str(" · time: when the file was last written");
                }
                if let Some(refusal) = store.refusal(&id_of(dump)) {
                    words.push_str(&format!(" · not read: {refusal}"));
                }
                if let Some(remark) = dump.remark() {
                    words.push_str(&format!(" · {remark}"));
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

impl Page for Dumps {
    fn context(&self) -> Context {
        Context::DUMPS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        self.draw_list(buffer, area, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        Header {
            path: Vec::new(),
            facts: store.facts().into_iter().map(said).collect(),
        }
    }

    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>) {
        self.step(motion, ctx.store);
    }

    fn hear(&mut self, news: &News, ctx: &mut PageCtx<'_>) {
        match news {
            News::Process => self.go_to_last(ctx.store),
            News::Dumps => {
                self.follow(ctx.store);
                if ctx.store.is_ready() && ctx.store.dumps().is_empty() {
                    self.nothing.look(ctx);
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        self.nothing.take();
        None
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::Open => Some(open(self.selected(ctx.store)?)),
            _ => None,
        }
    }

    fn dump(&self, store: &DumpStore) -> Option<DumpId> {
        self.selected(store).map(id_of)
    }

    fn works(&self, command: Command, store: &DumpStore) -> bool {
        command != Command::Open || self.selected(store).is_some()
    }

    fn line(&self, store: &DumpStore) -> Option<Spans> {
        let (dumps, row) = (store.dumps(), self.cursor.selected);
        let label = dumps.get(row)?.label.clone();
        let path = COLUMNS[NAMED - 1].cell(&row, dumps).shown(Reveal::Nothing);
        let name = said(label.map_or(path.clone(), |label| format!("{label}  {path}")));
        Some(export::line(name, &COLUMNS[NAMED..], &row, dumps))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let heading = self.header(store).heading();
        let dumps = store.dumps().to_vec();
        Some(Box::new(move |task| {
            Rows::of(heading, COLUMNS, 0..dumps.len(), &*dumps, task)
        }))
    }
}

/// Opens a dump, now or when it is loaded, or says why it cannot be.
fn open(dump: &Dump) -> Effect {
    if dump.is_cut() {
        return Effect::Visit(PageKey::Summary(id_of(dump)));
    }
    if let Some(problem) = &dump.problem {
        let words = format!("{}: {problem}", dump.name);
        return Effect::Say(words, Tone::Problem);
    }
    if dump.kind == Kind::HeapProfile {
        return Effect::Visit(PageKey::Profile(id_of(dump)));
    }
    if !dump.is_usable() {
        let words = format!("{}: a {} has no objects to look at", dump.name, dump.kind);
        return Effect::Say(words, Tone::Problem);
    }
    Effect::Visit(PageKey::Summary(id_of(dump)))
}

/// The processes, the one in view marked.
fn draw_processes(buffer: &mut Buffer, area: Rect, store: &DumpStore, keys: &Keymap, theme: Theme) {
    let mut x = area.x + 2;
    for (number, group) in store.groups().iter().enumerate() {
        let count = group.series.usable().count();
        let plural = if count == 1 { "" } else { "s" };
        let name = one_line(&group.name).into_owned();
        let text = format!("{name} · {count} dump{plural}");
        let (mark, style) = if number == store.active() {
            ("●", theme.style(Tone::Heading))
        } else {
            (" ", theme.style(Tone::Dim))
        };
        let left = usize::from(area.right().saturating_sub(x));
        let text = width::cut_end(&format!("{mark} {text}    "), left);
        (x, _) = buffer.set_stringn(x, area.y, text, left, style);
    }
    let words = format!("{} chooses", keys.key_of(Command::NextProcess));
    let start = area.right().saturating_sub(width::width(&words) as u16 + 1);
    if x <= start {
        buffer.set_string(start, area.y, words, theme.style(Tone::Dim));
    }
}

fn status(dump: &Dump, work: &Work) -> Option<Status> {
    let id = id_of(dump);
    let loading = work.status(&Slot::Load(Arc::clone(&id)));
    // A measurement that has not begun is nothing to speak of.
    loading.or_else(|| {
        work.status(&Slot::Measure(id))
            .filter(|status| !status.progress.stage.is_empty())
    })
}

/// A problem behind the word for the state, which some begin with.
fn stated(dump: &Dump, problem: &str) -> String {
    if problem.starts_with(dump.state.as_str()) {
        problem.to_owned()
    } else {
        format!("{}: {problem}", dump.state)
    }
}

fn draw_row(
    buffer: &mut Buffer,
    row: Rect,
    (index, dumps): (usize, &[Dump]),
    (status, loaded): (Option<Status>, bool),
    columns: &Layout,
    theme: Theme,
) {
    let Some(dump) = dumps.get(index) else {
        return;
    };
    let (glyph, tone) = if dump.state == State::Writing {
        ("…", Tone::Busy)
    } else if dump.problem.is_some() {
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
    Label::of(
        Spans::new().place(short_name(&dump.name).to_owned()),
        Tone::Plain,
    )
    .draw(buffer, (row.x + indent, row.y), room, theme, &[]);
    let start = columns.name + 1;
    let behind = row.width.saturating_sub(start + 1);
    let wide = |text: String, tone: Tone, buffer: &mut Buffer| {
        let text = width::cut_end(&text, usize::from(behind));
        buffer.set_string(row.x + start + 1, row.y, text, theme.style(tone));
    };
    if let Some(problem) = &dump.problem {
        if dump.state == State::Writing {
            wide(problem.clone(), Tone::Busy, buffer);
        } else {
            wide(stated(dump, problem), Tone::Problem, buffer);
        }
        return;
    }
    if let Some(status) = status {
        wide(progress(status, usize::from(behind)), Tone::Busy, buffer);
        return;
    }
    if !dump.kind.has_objects() && dump.kind != Kind::HeapProfile {
        let text = format!("a {} has no objects to look at", dump.kind);
        wide(text, Tone::Dim, buffer);
        return;
    }
    let cells = table::cells(COLUMNS, columns, &index, dumps);
    columns.draw_cells(buffer, row, &cells, theme);
}
