//! The page that says why an object is alive: the chain from the root in words, whether it is the only one, and where
//! to cut.

pub mod leak;
mod lines;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::why::{Why, WhyStep, is_cuttable, times, why};
use crate::graph::{EdgeId, NodeId};
use crate::table::{Cell, Column, Head, Stress};
use crate::task::Task;
use crate::text::span::{Span, SpanKind, Spans};
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{DrawCtx, Effect, Header, News, PageCtx, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::search::Found as Suspects;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::code::{self, Code};
use crate::tui::views::list_page::{Item, Job, List, ListPage, Then};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;

use leak::Leak;

/// Retainers that are listed before one asks for more.
const SHOWN: usize = 8;

/// Paths that are told beside the first one.
const OTHER_PATHS: usize = 3;

/// How these are called.
const WHICH: [&str; OTHER_PATHS] = ["second", "third", "fourth"];

/// The page of an object, whose explanation is begun.
pub fn page(
    key: PageKey,
    node: NodeId,
    view: Arc<View>,
    ctx: &mut PageCtx<'_>,
) -> ListPage<WhyList> {
    let code = code::job(&view, node, ctx.store);
    let list = WhyList {
        view,
        node,
        suspects: ctx.found.map(Arc::clone),
        leak: None,
        found: None,
        code: None,
        lines: Vec::new(),
        unfolded: [false; 2],
        opened: [false; OTHER_PATHS],
        height: 0,
    };
    let page = ListPage::new(key, list, ctx.work);
    match code {
        Some(job) => {
            let job = move |task: &Task| Ok(Found::Code(job(task)?));
            page.with(Box::new(job), ctx.work)
        }
        None => page,
    }
}

/// Why an object is alive: who refers to it, then the path from the root to the first of these.
#[derive(Clone)]
pub struct WhyList {
    view: Arc<View>,
    node: NodeId,
    /// What the search for suspects found.
    suspects: Option<Arc<Suspects>>,
    /// The leak that the object is part of.
    leak: Option<Leak>,
    found: Option<Arc<Explained>>,
    /// The code where the object was written or made.
    code: Option<Arc<Code>>,
    lines: Vec<Line>,
    /// Whether all retainers are listed, and whether the runtime's steps are.
    unfolded: [bool; 2],
    /// Which of the other paths are unfolded.
    opened: [bool; OTHER_PATHS],
    /// How many lines the screen has.
    height: u16,
}

/// What workers find.
pub enum Found {
    /// Why the object is alive.
    Why(Box<Explained>),
    /// Its code, if there is any.
    Code(Option<Code>),
}

/// Why an object is alive.
pub struct Explained {
    why: Why,
    summary: Spans,
    /// Why the first of the other retainers are alive.
    others: Vec<Why>,
}

/// A line of the page.
#[derive(Clone)]
enum Line {
    Words(String),
    /// Words that matter less.
    Note(String),
    Code(Spans),
    Leak(Spans),
    Row(Row),
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A holder of the leak that the object is part of.
    Holder(usize),
    /// The reference to the object that the path comes by.
    Nearest,
    /// Another reference to the object.
    Other(EdgeId),
    /// So many more, which unfold.
    More(usize),
    /// The steps of the path that are the runtime's, which unfold.
    Runtime,
    /// A step of the path.
    Step(usize),
    /// Another path, which unfolds.
    Path(usize),
    /// A step of another path.
    PathStep(usize, usize),
}

impl WhyList {
    fn step(&self, row: &Row) -> Option<&WhyStep> {
        let found = self.found.as_ref()?;
        let steps = &found.why.steps;
        match row {
            Row::Step(step) => steps.get(*step),
            Row::Nearest => steps.last(),
            Row::PathStep(path, step) => found.others.get(*path)?.steps.get(*step),
            Row::Holder(_) | Row::Other(_) | Row::More(_) | Row::Runtime | Row::Path(_) => None,
        }
    }

    /// The reference to the object that a row is about, if it is about one.
    fn reference(&self, row: &Row) -> Option<EdgeId> {
        match row {
            Row::Nearest => self.step(row)?.edge,
            Row::Other(edge) => Some(*edge),
            _ => None,
        }
    }

    /// Whether code can take away every reference that keeps the object alive.
    fn can_be_removed(&self, why: &Why) -> bool {
        let heap = &self.view.heap;
        let nearest = self.reference(&Row::Nearest);
        let mut all = nearest.iter().chain(&why.others);
        all.all(|&edge| is_cuttable(heap, edge))
    }

    fn is_cut(&self, row: &Row) -> bool {
        let cut = self.found.as_ref().and_then(|found| found.why.cut);
        matches!(row, Row::Step(step) if cut == Some(*step))
    }

    fn node(&self, row: &Row) -> Option<NodeId> {
        match row {
            Row::Holder(holder) => Some(self.leak.as_ref()?.holders.get(*holder)?.node),
            Row::Other(edge) => Some(self.view.heap.graph().source(*edge)),
            Row::Path(path) => Some(self.found.as_ref()?.others.get(*path)?.node),
            row => Some(self.step(row)?.node),
        }
    }

    /// The object that a row opens: of a retainer that itself.
    fn opened(&self, row: &Row) -> Option<NodeId> {
        match row {
            Row::Nearest => {
                let edge = self.step(row)?.edge?;
                Some(self.view.heap.graph().source(edge))
            }
            row => self.node(row),
        }
    }

    /// Whether another path avoids a step, in words.
    fn ways(&self, row: &Row) -> Cell {
        let step = self.step(row).filter(|_| *row != Row::Nearest);
        let words = step.map(|step| match (step.only, step.others) {
            (true, 0) => "on every path".to_owned(),
            (false, 0) => "not on every path".to_owned(),
            (_, 1) => "+1 retainer".to_owned(),
            (_, others) => format!("+{} retainers", grouped(u64::from(others))),
        });
        Cell::known(words, Cell::note)
    }

    fn is_path_open(&self, path: usize) -> bool {
        let is_step = |line: &Line| matches!(line, Line::Row(Row::PathStep(of, _)) if *of == path);
        self.lines.iter().any(is_step)
    }

    fn line_of(&self, row: Row) -> Option<usize> {
        let is_it = |line: &Line| matches!(line, Line::Row(found) if *found == row);
        self.lines.iter().position(is_it)
    }
}

/// Adds what a reference is, in words; where there is no room for them, its file goes before the names are cut.
fn push_words(label: &mut Label, words: &Spans) {
    let is_place = |span: &Span| span.kind == SpanKind::Place;
    // With the words before it: " of the module ", " (".
    let place = words.iter().rposition(is_place);
    let names = place.map_or(words.iter().len(), |place| place.saturating_sub(1));
    label.push(
        words.iter().take(names).cloned().collect::<Spans>(),
        Tone::Edge,
    );
    label.push_minor(
        words.iter().skip(names).cloned().collect::<Spans>(),
        Tone::Edge,
    );
}

impl List for WhyList {
    type Row = Row;
    type Found = Found;

    const CONTEXT: Context = Context::FACTS;
    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::number("Id", "id")
            .of(|row, page| Cell::known(page.node(row), |node| Cell::Id(page.view.heap.id(node)))),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 8, 5)
            .of(|row, page| {
                let node = page.node(row);
                Cell::known(node, |node| Cell::Size(page.view.heap.retained(node)))
            }),
        Head::number("Freed if removed", "cut_frees")
            .on_screen("Frees", 9, 9)
            .of_stressed(
                |row, page| {
                    let step = page.step(row).filter(|step| step.cuttable);
                    Cell::known(step.and_then(|step| step.frees), Cell::Size)
                },
                |row, page| match page.is_cut(row) {
                    true => Stress::Strong,
                    false => Stress::Usual,
                },
            ),
        Head::text("Other paths", "other_ways")
            .on_screen("Other paths", 17, 4)
            .left()
            .of_stressed(|row, page| page.ways(row), |_, _| Stress::Faint),
    ];

    fn job(&self) -> Option<Job<Found>> {
        let (view, node) = (Arc::clone(&self.view), self.node);
        Some(Box::new(move |task| {
            let why = self::why(&view.heap, view.names.scripts(), node, task)?;
            let summary = why.summary(&view.heap);
            let others = why.others.iter().take(OTHER_PATHS);
            let others = others.map(|&edge| {
                let holder = view.heap.graph().source(edge);
                self::why(&view.heap, view.names.scripts(), holder, task)
            });
            let others = others.collect::<crate::error::Result<Vec<Why>>>()?;
            Ok(Found::Why(Box::new(Explained {
                why,
                summary,
                others,
            })))
        }))
    }

    fn take(&mut self, found: Found) -> Option<usize> {
        let found = match found {
            Found::Why(found) => found,
            Found::Code(code) => {
                self.code = code.map(Arc::new);
                self.arrange();
                return None;
            }
        };
        let cut = found.why.cut;
        let own = found.why.steps.len().checked_sub(1);
        self.found = Some(Arc::from(found));
        self.find_leak();
        if self.leak.is_some() {
            return self.line_of(Row::Holder(0));
        }
        // What to remove is what one came for; else who refers to the object.
        let step = cut
            .filter(|_| cut != own)
            .and_then(|cut| self.line_of(Row::Step(cut)));
        step.or_else(|| self.line_of(Row::Nearest))
    }

    fn rows(&self) -> usize {
        self.lines.len()
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        Some(match self.lines.get(index)? {
            Line::Row(row) => Item::Row(*row),
            Line::Words(words) => Item::words(words, Tone::Heading),
            Line::Note(words) => Item::words(words, Tone::Dim),
            Line::Code(words) => Item::Words(Label::of(words.clone(), Tone::Plain)),
            Line::Leak(words) => Item::Words(Label::of(words.clone(), Tone::Problem)),
        })
    }

    fn label(&self, row: &Row) -> Label {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let mut label = Label::default();
        let Some(found) = &self.found else {
            return label;
        };
        match row {
            Row::Holder(number) => {
                let holders = self.leak.as_ref().map(|leak| &leak.holders);
                if let Some(holder) = holders.and_then(|holders| holders.get(*number)) {
                    label.push(holder.short.clone(), Tone::Edge);
                    // Where there is no room for both, what leads to it says more than what it is.
                    let rest = holder.name.iter().skip(holder.short.iter().count());
                    label.push_minor(rest.cloned().collect::<Spans>(), Tone::Plain);
                }
                return label;
            }
            Row::Other(edge) => return names.holder(heap, *edge),
            Row::Nearest => {
                push_words(&mut label, &found.why.held_as());
                return label;
            }
            Row::More(more) => {
                let words = format!("… {} more", grouped(*more as u64));
                return Label::of(Spans::new().note(words), Tone::Dim);
            }
            Row::Runtime => {
                let runtime = found.why.runtime.as_ref();
                let words = runtime.map_or(Spans::new(), |runtime| {
                    let steps = grouped(runtime.steps as u64);
                    let words = runtime.words.clone();
                    words.note(format!("  ⋯ {steps} steps"))
                });
                return Label::of(words, Tone::Dim);
            }
            Row::Path(number) => {
                let Some(path) = found.others.get(*number) else {
                    return label;
                };
                let which = format!("To the {} one: ", WHICH[*number]);
                label.push(Spans::new().note(which), Tone::Heading);
                if let Some(runtime) = &path.runtime {
                    label.push(runtime.words.clone().note(" ⋯ "), Tone::Dim);
                }
                label.push(path.held_as(), Tone::Edge);
                return label;
            }
            Row::Step(_) | Row::PathStep(..) => {}
        }
        let Some(step) = self.step(row) else {
            return label;
        };
        push_words(&mut label, &step.phrase.words);
        label.push(times(step.repeats), Tone::Heading);
        label.push(" → ", Tone::Dim);
        names.briefly(heap, step.node, label)
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        let glyph = match item {
            Item::Words(_) => " ",
            Item::Row(Row::Holder(_)) => "✗",
            Item::Row(row @ (Row::Nearest | Row::Other(_))) => {
                let edge = self.reference(row);
                let removable = edge.is_some_and(|edge| is_cuttable(&self.view.heap, edge));
                if removable { "✗" } else { "·" }
            }
            Item::Row(Row::Path(path)) if self.is_path_open(*path) => "▾",
            Item::Row(Row::More(_) | Row::Runtime | Row::Path(_)) => "▸",
            Item::Row(Row::PathStep(..)) => "│",
            Item::Row(row) if self.is_cut(row) => "✗",
            Item::Row(row) if self.step(row).is_some_and(|step| step.only) => "●",
            Item::Row(_) => "│",
        };
        (0, glyph)
    }

    /// What the marks before the steps mean, those that are there.
    fn title(&self, _: bool) -> String {
        let mut words = "Why it stays alive".to_owned();
        if let Some(found) = &self.found {
            let why = &found.why;
            let is_removable = |edge| is_cuttable(&self.view.heap, edge);
            let nearest = self.reference(&Row::Nearest);
            let mut removable = nearest.into_iter().chain(why.others.iter().copied());
            if self.leak.is_some()
                || why.cut.is_some()
                || why.steps.len() > 1 && removable.any(is_removable)
            {
                words.push_str("   ✗ remove");
            }
            let mut steps = why.steps.iter().enumerate();
            if steps.any(|(number, step)| step.only && why.cut != Some(number)) {
                words.push_str("   ● on every path");
            }
        }
        words
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(if width < 110 { 11 } else { 38 })
    }

    fn doing(&self) -> String {
        "following the chain from the root".to_owned()
    }

    fn words(&self, _: Option<&Row>) -> Spans {
        let found = self.found.as_ref();
        let words = found.map_or(Spans::new(), |found| found.summary.clone());
        let alone = self.leak.as_ref().and_then(|leak| leak.alone.clone());
        words.sentence(alone.unwrap_or_default())
    }

    fn hear(&mut self, news: &News) -> isize {
        let News::Search(search) = news else { return 0 };
        let before = self.lines_of_leak().len();
        self.suspects.clone_from(&search.found);
        self.find_leak();
        self.lines_of_leak().len() as isize - before as isize
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let label = self.view.names.object(heap, self.node).spans();
        let title = Spans::from("why ").then(label);
        let mut facts = vec![said(format!("retains {}", bytes(heap.retained(self.node))))];
        if let Some(found) = &self.found {
            let outside = found.why.others.len() as u64 + 1;
            let all = outside + found.why.inside;
            facts.push(said(match (outside, found.why.inside) {
                (1, 0) => "1 reference".to_owned(),
                (_, 0) => format!("{} references", grouped(outside)),
                (..) => format!("{} of {} references", grouped(outside), grouped(all)),
            }));
        }
        let mut header = sheet::header(&self.view, store, title, Vec::new());
        // What counts elsewhere makes no difference to a chain.
        header.facts = sheet::with_all_holders(&self.view, facts);
        header
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Row>) -> Option<Subject> {
        let node = match row {
            Some(Row::More(_) | Row::Runtime | Row::Path(_)) => return None,
            row => row.and_then(|row| self.opened(row)).unwrap_or(self.node),
        };
        Some(Subject::of(&self.view, node))
    }

    fn draw_above(&mut self, _: &mut Buffer, area: Rect, _: DrawCtx<'_>) -> Rect {
        // The titles take a line.
        let height = area.height.saturating_sub(1);
        if std::mem::replace(&mut self.height, height) != height {
            self.arrange();
        }
        area
    }

    fn unfolded(&self) -> Self {
        let mut all = Self {
            unfolded: [true; 2],
            opened: [true; OTHER_PATHS],
            ..self.clone()
        };
        all.arrange();
        all
    }

    fn command(&mut self, command: Command, row: Option<&Row>, _: &DumpStore) -> Then<Found> {
        let unfolds = match row {
            Some(Row::Path(path)) if command == Command::Open => {
                self.opened[*path] = !self.is_path_open(*path);
                self.arrange();
                return Then::Stay;
            }
            Some(Row::More(_)) => 0,
            Some(Row::Runtime) => 1,
            _ => return Then::Stay,
        };
        if command != Command::Open {
            return Then::Stay;
        }
        self.unfolded[unfolds] = true;
        self.arrange();
        let words = ["all retainers are listed", "all steps are listed"][unfolds];
        Then::Do(Effect::Say(words.to_owned(), Tone::Dim))
    }

    fn works(&self, command: Command, row: Option<&Row>) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::ShowWhy => self.subject(row).and_then(|about| about.node) != Some(self.node),
            _ => true,
        }
    }
}
