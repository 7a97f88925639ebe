//! The page of recorded allocations: what was allocated when, a range of time that filters every view, and the functions
//! that allocated what is alive.

mod words;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocations::{Stacks, Timeline};
use crate::analysis::selection::Selection;
use crate::column::BitSet;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::NodeId;
use crate::heap::{Heap, Place};
use crate::profile::{CallSite, Origin};
use crate::snapshot::traces::TraceFunction;
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{self, Export, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, Intent, Page, PageCtx, said};
use crate::tui::place::PageKey;
use crate::tui::scope::Scope;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::callers::PROFILER;
use crate::tui::views::code::line_of_function;
use crate::tui::views::code_line::CodeLine;
use crate::tui::views::sheet::{self, Line};
use crate::tui::views::timeline;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::work::{Inbox, Slot, Work};

/// The jobs of the page.
const LOOK: u32 = 0;
const STACK: u32 = 1;
const CODE: u32 = 2;

/// Calls that are told of a stack.
const CALLS: usize = 16;

/// From this height on there is a chart.
const CHART: u16 = 7;

/// A function that allocated something.
#[derive(Debug, Clone)]
struct Allocator {
    /// The function, as the dump has it.
    call_site: CallSite,
    /// Its name and place for people, as they were written where a map tells.
    name: String,
    place: Option<String>,
    count: u64,
    size: u64,
    live_count: u64,
    live_size: u64,
}

/// The columns; the screen shows the function and its place as one name.
const COLUMNS: &[Column<Allocator>] = &[
    Head::text("Function", "function").of(|row, ()| Cell::function(row.name.clone())),
    Head::text("Place", "place").of(|row, ()| Cell::known(row.place.clone(), Cell::place)),
    Head::number("Live", "live_count")
        .on_screen("Live", 8, 8)
        .of(|row, ()| Cell::Count(row.live_count)),
    Head::number("Live size", "live_size")
        .on_screen("Live size", 10, 9)
        .of(|row, ()| Cell::Size(row.live_size)),
    Head::number("Count", "count")
        .on_screen("Count", 8, 4)
        .of(|row, ()| Cell::Count(row.count)),
    Head::number("Size", "size")
        .on_screen("Size", 8, 5)
        .of(|row, ()| Cell::Size(row.size)),
];

/// The columns before those of figures.
const NAMED: usize = 2;

/// The column by which the rows are ordered.
const SORTED: usize = 3;

/// What was recorded, as an answer.
struct Looked {
    view: Arc<View>,
    timeline: Option<Timeline>,
    /// Nothing where stacks were not recorded.
    functions: Option<Arc<[Allocator]>>,
}

/// What workers find for the page.
enum Found {
    Looked(Result<Looked>),
    /// An object, and the stack that allocated it.
    Stack(Result<(NodeId, String)>),
}

/// The page.
pub struct AllocationsPage {
    key: PageKey,
    /// With the objects counting that the range says.
    view: Arc<View>,
    timeline: Option<Arc<Timeline>>,
    looked: bool,
    functions: Option<Arc<[Allocator]>>,
    /// The first and the last bar that count, and whether keys move the last one.
    range: Option<(usize, usize)>,
    last_edge: bool,
    /// The object that was asked for, and its stack.
    object: Option<(NodeId, Option<String>)>,
    problem: Option<String>,
    cursor: Cursor,
    columns: u16,
    inbox: Inbox<Found>,
    /// The selected function's code.
    code: CodeLine<usize>,
}

/// A function of the stacks.
fn call_site(heap: &Heap, function: TraceFunction) -> CallSite {
    let text = |string| heap.strings().get(string).into_owned();
    CallSite {
        name: text(function.name),
        url: text(function.script_name),
        line: function.line,
        column: function.column,
    }
}

/// A function for people: its name, and where it was written.
fn named(view: &View, function: TraceFunction) -> (String, Option<String>) {
    let own = call_site(&view.heap, function);
    let (line, column) = (u32::try_from(own.line), u32::try_from(own.column));
    let place = line.ok().zip(column.ok()).map(|(line, column)| Place {
        script_id: function.script_id,
        line,
        column,
    });
    let originals = view.names.originals();
    let original = place.and_then(|place| originals?.named(place, &own.name));
    let shown = own.frame().shown_name();
    let other = original.and_then(|original| original.name.as_deref());
    let name = match other.filter(|other| *other != own.name) {
        Some(other) => format!("{other} ({shown})"),
        None => shown.to_owned(),
    };
    let place = match original {
        Some(original) => Some(original.place()),
        None => own.frame().shown_place().filter(|_| !own.url.is_empty()),
    };
    (name, place)
}

impl Allocator {
    /// Whether it recorded rather than being recorded.
    fn is_profilers(&self) -> bool {
        self.call_site.frame().origin() == Origin::Profiler
    }

    fn label(&self) -> Label {
        let mut label = Label::of(Spans::new().function(self.name.clone()), Tone::Function);
        if let Some(place) = &self.place {
            label = label.with(Spans::new().note(" ").place(place.clone()), Tone::Dim);
        }
        if self.is_profilers() {
            label.push_minor(Spans::from(PROFILER), Tone::Dim);
        }
        label
    }
}

fn look(view: Arc<View>, with_timeline: bool, task: &Task) -> Result<Looked> {
    let heap = &*view.heap;
    let timeline = match with_timeline {
        true => Timeline::of(heap, task)?,
        false => None,
    };
    let stacks = stacks(&view, &view.selection, task)?;
    let functions = stacks.map(|stacks| {
        let mut rows = stacks.functions();
        if view.scope != Scope::All {
            rows.retain(|row| row.live_count > 0);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.live_size, row.size)));
        let rows = rows.into_iter().map(|row| {
            let function = stacks.function(row.function);
            let (name, place) = named(&view, function);
            Allocator {
                call_site: call_site(heap, function),
                name,
                place,
                count: row.count,
                size: row.size,
                live_count: row.live_count,
                live_size: row.live_size,
            }
        });
        rows.collect()
    });
    Ok(Looked {
        view,
        timeline,
        functions,
    })
}

/// The allocation stacks of a dump, read on demand.
fn stacks(view: &View, selected: &Selection, task: &Task) -> Result<Option<Stacks>> {
    if !view.is_of_the_file() {
        let error = Error::new(ErrorKind::Io, "the file was replaced since it was loaded");
        return Err(error.advise("open it again in the list of dumps"));
    }
    Stacks::open(&view.dump, &view.heap, selected, task)
}

/// The stack that allocated an object, in a line.
fn stack_of(view: &View, node: NodeId, task: &Task) -> Result<String> {
    let heap = &*view.heap;
    let nobody = Selection::Some(BitSet::new(heap.node_count()));
    let stacks = stacks(view, &nobody, task)?;
    let found = stacks.and_then(|stacks| Some((stacks.trace_of(heap, node)?, stacks)));
    let Some((trace, stacks)) = found else {
        return Ok("allocated before the recording began, or by the engine".to_owned());
    };
    let functions = stacks.stack(trace);
    let mut calls: Vec<String> = functions
        .iter()
        .take(CALLS)
        .map(|&function| match named(view, stacks.function(function)) {
            (name, Some(place)) => format!("{name} {place}"),
            (name, None) => name,
        })
        .collect();
    if functions.len() > CALLS {
        calls.push("…".to_owned());
    }
    Ok(format!("allocated by {}", calls.join(" ← ")))
}

impl AllocationsPage {
    /// The page of a dump, whose recording is being looked at.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let asked = Arc::clone(&view);
        let inbox = Inbox::default();
        let job = move |task: &Task| look(asked, true, task);
        work.start(Slot::Page(key.clone(), LOOK), &inbox, job, Found::Looked);
        Self {
            key,
            view,
            timeline: None,
            looked: false,
            functions: None,
            range: None,
            last_edge: false,
            object: None,
            problem: None,
            cursor: Cursor::default(),
            columns: 80,
            inbox,
            code: CodeLine::default(),
        }
    }

    fn slot(&self, job: u32) -> Slot {
        Slot::Page(self.key.clone(), job)
    }

    /// Looks for the code of the selected function.
    fn look_for_code(&mut self, ctx: &mut PageCtx<'_>) {
        let Some(rows) = self.functions.clone() else {
            return;
        };
        let selected = self.cursor.selected.min(rows.len().saturating_sub(1));
        let (view, store) = (&self.view, ctx.store);
        let job = |at: usize| line_of_function(view, &rows.get(at)?.call_site, store);
        let slot = Slot::Page(self.key.clone(), CODE);
        self.code.look(Some(selected), slot, ctx.work, job);
    }

    fn scope(&self) -> Scope {
        let (Some((from, to)), Some(timeline)) = (self.range, &self.timeline) else {
            return Scope::All;
        };
        let (from, to) = timeline.window(from, to);
        Scope::Recorded(from, to, timeline.filter(from, to))
    }

    /// Moves an edge of the range; everything that counts follows.
    fn move_edge(&mut self, by: isize, work: &mut Work) {
        let Some(timeline) = &self.timeline else {
            return;
        };
        let last = timeline.bars.len().saturating_sub(1);
        let first = last.min(1);
        let step = (timeline.bars.len() / usize::from(self.columns.max(1))).max(1);
        let by = by.saturating_mul(step as isize);
        let (from, to) = self.range.unwrap_or((first, last));
        self.range = Some(match self.last_edge {
            true => (from, to.saturating_add_signed(by).clamp(from, last)),
            false => (from.saturating_add_signed(by).clamp(first, to), to),
        });
        self.count(work);
    }

    /// Counts anew what the range lets through.
    fn count(&mut self, work: &mut Work) {
        let (view, scope) = (Arc::clone(&self.view), self.scope());
        let job = move |task: &Task| {
            let filter = scope.filter(|_| None).unwrap_or_default();
            let view = Arc::new(view.narrowed(scope, &filter, task)?);
            look(view, false, task)
        };
        work.start(self.slot(LOOK), &self.inbox, job, Found::Looked);
    }

    fn line(&self, index: usize, layout: &Layout, work: &Work) -> Option<Line> {
        let rows = self.functions.as_deref().unwrap_or_default();
        let Some(row) = rows.get(index) else {
            return (index == 0).then(|| match (&self.problem, self.looked) {
                (Some(problem), _) => Line::note(problem, Tone::Problem),
                (None, false) => sheet::progress(
                    "reading recorded allocations",
                    work.status(&self.slot(LOOK)),
                ),
                (None, true) => Line::note(
                    "no allocation stacks in this dump: record with trackAllocations",
                    Tone::Dim,
                ),
            });
        };
        let cells = table::cells(COLUMNS, layout, row, &());
        Some(Line::named(row.label()).with(cells).at(0, "·"))
    }
}

impl Page for AllocationsPage {
    fn context(&self) -> Context {
        Context::TIMELINE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        self.columns = area.width.saturating_sub(4);
        let mut area = area;
        if let Some((node, stack)) = &self.object {
            let name = self.view.names.object(&self.view.heap, *node).text();
            let words = match stack {
                Some(stack) => format!("{name}: {stack}"),
                None => format!("{name}: looking for its stack…"),
            };
            area = sheet::draw_words(buffer, area, &words, theme);
        } else if let Some(words) = self.note() {
            area = sheet::draw_words(buffer, area, &words, theme);
        }
        area = self.code.draw(buffer, area, theme);
        let words = self.words();
        let room = usize::from(area.width.saturating_sub(4));
        let words = crate::text::width::cut_end(&words, room);
        buffer.set_string(area.x + 2, area.y, words, theme.style(Tone::Heading));
        area.y += 1;
        area.height = area.height.saturating_sub(1);
        if let Some(timeline) = self.timeline.as_ref().filter(|_| area.height >= CHART) {
            let height = (area.height * 2 / 5).clamp(5, 14);
            let chart = Rect {
                x: area.x + 2,
                width: self.columns,
                height,
                ..area
            };
            timeline::draw(buffer, chart, timeline, (self.range, self.last_edge), theme);
            area.y += height;
            area.height -= height;
        }
        if area.height < 2 {
            return;
        }
        let room = (area.width, area.width / 2);
        let width = |head: &Head, width| {
            let is_of_range = self.range.is_none() || head.name.starts_with("live");
            is_of_range.then_some(width)
        };
        let columns = table::layout(COLUMNS, width, room);
        let sorted = Some((SORTED, false));
        sheet::draw_titles(buffer, area, "Who allocated it", &columns, sorted, theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        let rows = self.functions.as_ref().map_or(0, |rows| rows.len());
        self.cursor.fit(usize::from(below.height), rows);
        let line = |row| self.line(row, &columns, ctx.work);
        sheet::draw(buffer, below, &columns, self.cursor, line, theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let Some(timeline) = &self.timeline {
            let seconds = timeline.span_us() as f64 / 1e6;
            facts.push(said(format!("{seconds:.1} s recorded")));
        }
        // The range is told above the chart.
        Header {
            path: vec![
                self.view.title(store.labelled(&self.view.dump)),
                "allocations".into(),
            ],
            facts,
        }
    }

    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>) {
        let rows = self.functions.as_ref().map_or(0, |rows| rows.len());
        self.cursor.go(motion, rows);
        self.look_for_code(ctx);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::Later => self.move_edge(1, ctx.work),
            Command::Earlier => self.move_edge(-1, ctx.work),
            Command::OtherEdge => self.last_edge = !self.last_edge,
            _ => {}
        }
        None
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::Later | Command::Earlier | Command::OtherEdge => self.timeline.is_some(),
            Command::Open => self.opens().is_some(),
            Command::ShowAllocations => false,
            _ => true,
        }
    }

    /// Of a range what was allocated in it; else what the selected function makes.
    fn opens(&self) -> Option<Effect> {
        let dump = Arc::clone(&self.view.dump);
        if self.range.is_some() {
            return Some(Effect::Summary(dump, self.view.scope.clone(), None));
        }
        let call_site = &self
            .functions
            .as_ref()?
            .get(self.cursor.selected)?
            .call_site;
        let page = PageKey::OfFunction(dump, Arc::new(call_site.clone()));
        call_site.frame().has_place().then(|| Effect::Visit(page))
    }

    fn word(&self, command: Command) -> Option<&'static str> {
        match (command, self.range) {
            (Command::Open, Some(_)) => Some("objects"),
            (Command::Open, None) => Some("what it makes"),
            _ => None,
        }
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        self.code.take();
        match self.inbox.next()? {
            Found::Stack(found) => {
                if let (Ok((node, stack)), Some((asked, known))) = (found, &mut self.object)
                    && node == *asked
                {
                    *known = Some(stack);
                }
            }
            Found::Looked(Ok(looked)) => {
                self.looked = true;
                if let Some(timeline) = looked.timeline {
                    self.timeline = Some(Arc::new(timeline));
                }
                (self.view, self.functions) = (looked.view, looked.functions);
                self.code = CodeLine::default();
                self.look_for_code(ctx);
            }
            Found::Looked(Err(error)) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work, _below: bool) -> bool {
        !self.looked && work.status(&self.slot(LOOK)).is_some()
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn back_out(&mut self, ctx: &mut PageCtx<'_>) -> bool {
        let ranged = self.range.take().is_some();
        if ranged {
            self.last_edge = false;
            self.count(ctx.work);
        }
        ranged
    }

    fn is_filtered(&self) -> bool {
        true
    }

    fn intend(&mut self, intent: Intent, ctx: &mut PageCtx<'_>) -> Vec<Effect> {
        let Intent::Reveal(node, _) = intent else {
            return Vec::new();
        };
        self.object = Some((node, None));
        let view = Arc::clone(&self.view);
        let job = move |task: &Task| Ok((node, stack_of(&view, node, task)?));
        ctx.work
            .start(self.slot(STACK), &self.inbox, job, Found::Stack);
        Vec::new()
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let row = self.functions.as_ref()?.get(self.cursor.selected)?;
        let figures = &COLUMNS[NAMED..];
        Some(export::line(row.label().spans(), figures, row, &()))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let mut heading = self.header(store).heading();
        heading.push(said(self.words()));
        let rows = Arc::clone(self.functions.as_ref()?);
        Some(Box::new(move |task| {
            Rows::of(heading, COLUMNS, rows.iter().cloned(), &(), task)
        }))
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, ctx: &mut PageCtx<'_>) {
        self.go(Motion::To(at.index as usize), ctx);
    }
}
