//! The page of what bytes are spent on: DevTools' figures as bars, then types of nodes, reach and roots.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::composition::{Composition, Part, composition};
use crate::graph::NodeId;
use crate::series::Done;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::PageKey;
use crate::tui::theme::{Tone, bar};
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The widest that bars get.
const BAR: u16 = 60;

/// Roots that are listed.
const ROOTS: usize = 50;

/// The page.
pub struct StatisticsPage {
    key: PageKey,
    view: Arc<View>,
    rows: Vec<Row>,
    problem: Option<String>,
    cursor: Cursor,
}

/// One row.
#[derive(Clone)]
struct Row {
    name: String,
    /// Bytes, and of how many they are a share; titles have none.
    size: Option<u64>,
    count: Option<u64>,
    /// An object to go to.
    node: Option<NodeId>,
    /// The row is about strings, which have a page of their own.
    strings: bool,
}

impl Row {
    fn title(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            size: None,
            count: None,
            node: None,
            strings: false,
        }
    }

    fn size(name: &str, size: u64) -> Self {
        Self {
            size: Some(size),
            strings: name == "Strings",
            ..Self::title(name)
        }
    }

    fn part(name: &str, part: &Part) -> Self {
        Self {
            count: Some(part.count),
            node: part.largest,
            ..Self::size(name, part.shallow)
        }
    }
}

impl StatisticsPage {
    /// The page of a dump; what takes a walk over its nodes is being found out.
    pub fn new(key: PageKey, view: Arc<View>, work: &mut Work) -> Self {
        let asked = Arc::clone(&view);
        work.start(Slot::Page(key.clone(), 0), move |task| {
            composition(&asked.heap, task)
        });
        Self {
            key,
            rows: devtools(&view),
            view,
            problem: None,
            cursor: Cursor {
                selected: 1,
                ..Cursor::default()
            },
        }
    }

    fn line(&self, index: usize, columns: &Layout<usize>) -> Option<Line> {
        let row = self.rows.get(index)?;
        let Some(size) = row.size else {
            return Some(Line::note(&row.name, Tone::Heading));
        };
        let total = self.view.total;
        let wide = columns.columns.iter().find(|placed| placed.column.key == 3);
        let wide = wide.map_or(0, |placed| usize::from(placed.column.width));
        let count = row.count.map_or(String::new(), grouped);
        let line = Line::named(Label::of(&row.name, Tone::Plain)).with(vec![
            (count, Tone::Plain),
            sheet::size(size),
            sheet::share(size, total),
            (bar(size, total, wide), Tone::Bar),
        ]);
        Some(line.at(0, if row.node.is_some() { "·" } else { " " }))
    }

    fn selected(&self) -> Option<&Row> {
        self.rows.get(self.cursor.selected)
    }
}

/// DevTools' figures.
fn devtools(view: &View) -> Vec<Row> {
    let figures = view.heap.statistics();
    vec![
        Row::title("As DevTools divides it"),
        Row::size("Code", figures.code),
        Row::size("Strings", figures.strings),
        Row::size("JS arrays", figures.js_arrays),
        Row::size("Typed arrays", figures.typed_arrays),
        Row::size("System objects", figures.system),
        Row::size("Other JS objects", figures.other_js),
        Row::size("Other native objects", figures.other_native),
        Row::size("V8 heap in all", figures.v8_heap),
        Row::size("Native in all", figures.native),
        Row::size("Total", figures.total),
    ]
}

/// What a walk over the nodes told.
fn beyond(view: &View, found: &Composition) -> Vec<Row> {
    let heap = &*view.heap;
    let mut rows = vec![Row::title(""), Row::title("By type of node")];
    let kinds = found.kinds.iter();
    rows.extend(kinds.map(|(kind, part)| Row::part(heap.meta().node_kind_name(*kind), part)));
    rows.extend([Row::title(""), Row::title("By reach")]);
    rows.push(Row::part("beyond the program's reach", &found.unreached));
    rows.push(Row::part("detached", &found.detached));
    let extra = heap.meta().extra_native_bytes;
    if extra > 0 {
        rows.push(Row::size("native, in no object", extra));
    }
    rows.extend([Row::title(""), Row::title("What roots alone keep alive")]);
    let roots = found.roots.iter().filter(|&&node| heap.retained(node) > 0);
    rows.extend(roots.take(ROOTS).map(|&node| Row {
        node: Some(node),
        ..Row::size(
            &view.names.briefly(heap, node, Label::default()).text(),
            heap.retained(node),
        )
    }));
    rows
}

fn columns(row: u16) -> Layout<usize> {
    let name = (row * 2 / 5).clamp(22.min(row), 44);
    let bar = (row.saturating_sub(name + 27)).min(BAR);
    let columns = [
        Column::right(0, "Count", 10, 4),
        Column::right(1, "Size", 8, 9),
        Column::right(2, "%", 4, 8),
        Column {
            key: 3,
            title: "",
            width: bar,
            importance: 6,
            left: true,
        },
    ];
    layout_with(&columns, row, name)
}

impl Page for StatisticsPage {
    fn context(&self) -> Context {
        Context::FACTS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let columns = columns(area.width);
        let title = match (
            &self.problem,
            ctx.work.status(&Slot::Page(self.key.clone(), 0)),
        ) {
            (Some(problem), _) => problem.as_str(),
            (None, Some(_)) => "What bytes are spent on…",
            (None, None) => "What bytes are spent on",
        };
        sheet::draw_titles(buffer, area, title, &columns, None, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.rows.len());
        let line = |row| self.line(row, &columns);
        sheet::draw(buffer, below, &columns, self.cursor, line, ctx.theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let facts = vec![
            format!("{} in all", bytes(self.view.total)),
            format!("{} objects", grouped(heap.node_count() as u64)),
            format!("{} references", grouped(heap.edge_count() as u64)),
        ];
        let mut header = sheet::header(&self.view, store, "statistics", facts);
        // All objects count here, whatever is chosen elsewhere.
        let from = header.facts.len().saturating_sub(3);
        header.facts.drain(..from);
        header
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows.len());
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let row = self.selected();
        match command {
            Command::OpenObject => row.is_some_and(|row| row.strings || row.node.is_some()),
            Command::ShowWhy | Command::ShowInSummary | Command::Inspect => {
                row.is_some_and(|row| row.node.is_some())
            }
            Command::Unfold | Command::Fold | Command::ShowStatistics => false,
            _ => true,
        }
    }

    fn opens(&self) -> Option<Effect> {
        let strings = self.selected()?.strings;
        strings.then(|| Effect::Visit(PageKey::Strings(Arc::clone(&self.view.dump))))
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut PageCtx<'_>) -> Option<Effect> {
        match answer::<Composition>(done.outcome) {
            Ok(found) => self.rows.extend(beyond(&self.view, &found)),
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), 0)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let node = self.selected()?.node?;
        Some(Subject::of(&self.view, node))
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor
            .go(Motion::To(at.index as usize), self.rows.len());
    }
}
