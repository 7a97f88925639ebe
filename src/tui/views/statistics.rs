//! The page of what bytes are spent on: DevTools' figures as bars, then types of nodes, reach and roots.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::analysis::composition::{Composition, Part, composition};
use crate::graph::NodeId;
use crate::table::{Cell, Column, Head};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Effect, Header, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// The widest that bars get.
const BAR: u16 = 60;

/// Roots that are listed.
const ROOTS: usize = 50;

/// The page of a dump; what takes a walk over its nodes is being found out.
pub fn page(key: PageKey, view: Arc<View>, work: &mut Work) -> ListPage<Statistics> {
    let rows = devtools(&view);
    ListPage::new(key, Statistics { view, rows }, work).at(1)
}

/// The figures.
#[derive(Clone)]
pub struct Statistics {
    view: Arc<View>,
    rows: Vec<Row>,
}

/// One row.
#[derive(Clone)]
pub struct Row {
    name: Spans,
    /// Bytes; titles have none.
    size: Option<u64>,
    /// What has the longest bar; totals have none.
    most: Option<u64>,
    count: Option<u64>,
    /// An object to go to.
    node: Option<NodeId>,
    /// The row is about strings, which have a page of their own.
    strings: bool,
}

impl Row {
    fn title(name: impl Into<Spans>) -> Self {
        Self {
            name: name.into(),
            size: None,
            most: None,
            count: None,
            node: None,
            strings: false,
        }
    }

    fn size(name: impl Into<Spans>, size: u64) -> Self {
        Self {
            size: Some(size),
            ..Self::title(name)
        }
    }

    fn part(name: impl Into<Spans>, part: &Part) -> Self {
        Self {
            count: Some(part.count),
            node: part.largest,
            ..Self::size(name, part.shallow)
        }
    }
}

/// A section: its title, and its parts with bars as long as their shares of `whole`, or else of the largest part.
fn section(title: &'static str, mut parts: Vec<Row>, whole: Option<u64>) -> Vec<Row> {
    let most = whole.or_else(|| parts.iter().filter_map(|part| part.size).max());
    for part in &mut parts {
        part.most = most;
    }
    parts.insert(0, Row::title(title));
    parts
}

/// DevTools' figures: the parts, the largest first, then what they come to.
fn devtools(view: &View) -> Vec<Row> {
    let figures = view.heap.statistics();
    let mut parts = vec![
        Row::size("Code", figures.code),
        Row {
            strings: true,
            ..Row::size("Strings", figures.strings)
        },
        Row::size("JS arrays", figures.js_arrays),
        Row::size("Typed arrays", figures.typed_arrays),
        Row::size("System objects", figures.system),
        Row::size("Other JS objects", figures.other_js),
        Row::size("Other native objects", figures.other_native),
    ];
    parts.sort_by_key(|part| Reverse(part.size));
    let mut rows = section("Parts of the heap, as DevTools divides it", parts, None);
    rows.extend([
        Row::size("V8 heap total", figures.v8_heap),
        Row::size("Native total", figures.native),
        Row::size("Total", figures.total),
    ]);
    rows
}

/// What a walk over the nodes told.
fn beyond(view: &View, found: &Composition) -> Vec<Row> {
    let heap = &*view.heap;
    let kinds = found.kinds.iter().map(|(kind, part)| {
        let kind = heap.meta().node_kind_name(*kind).to_owned();
        Row::part(Spans::new().name(kind), part)
    });
    let mut rows = vec![Row::title("")];
    rows.extend(section("By type of node", kinds.collect(), None));
    let mut apart = vec![
        Row::part("not reachable from JS", &found.unreached),
        Row::part("detached", &found.detached),
    ];
    let extra = heap.meta().extra_native_bytes;
    if extra > 0 {
        apart.push(Row::size("native, in no object", extra));
    }
    rows.push(Row::title(""));
    rows.extend(section(
        "Not reachable, detached, native",
        apart,
        Some(view.total),
    ));
    let roots = found.roots.iter().filter(|&&node| heap.retained(node) > 0);
    let roots = roots.take(ROOTS).map(|&node| Row {
        node: Some(node),
        ..Row::size(
            view.names.briefly(heap, node, Label::default()).spans(),
            heap.retained(node),
        )
    });
    rows.push(Row::title(""));
    rows.extend(section(
        "Retained by one root alone",
        roots.collect(),
        Some(view.total),
    ));
    rows
}

/// The terminal columns of the name.
fn name_room(row: u16) -> u16 {
    (row * 2 / 5).clamp(22.min(row), 44)
}

impl List for Statistics {
    type Row = Row;
    type Found = Composition;

    const CONTEXT: Context = Context::FACTS;
    const NAME: Head = Head::text("What", "what");
    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::number("Count", "count")
            .on_screen("Count", 10, 4)
            .of(|row, _| Cell::known(row.count, Cell::Count)),
        Head::number("Size", "size")
            .on_screen("Size", 8, 9)
            .of(|row, _| Cell::known(row.size, Cell::Size)),
        Head::number("Share", "percent")
            .on_screen("%", 4, 8)
            .of(|row, page| Cell::known(row.size, |size| Cell::Percent(size, page.view.total))),
        Head::drawn("", BAR, 6)
            .left()
            .of(|row, _| match (row.size, row.most) {
                (Some(size), Some(most)) => Cell::Bar(size, most),
                _ => Cell::Nothing,
            }),
    ];

    fn job(&self) -> Option<Job<Composition>> {
        let view = Arc::clone(&self.view);
        Some(Box::new(move |task| composition(&view.heap, task)))
    }

    fn take(&mut self, found: Composition) -> Option<usize> {
        self.rows.extend(beyond(&self.view, &found));
        None
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        let row = self.rows.get(index)?;
        Some(match row.size {
            Some(_) => Item::Row(row.clone()),
            None => Item::Words(Label::of(row.name.clone(), Tone::Heading)),
        })
    }

    fn label(&self, row: &Row) -> Label {
        Label::of(row.name.clone(), Tone::Plain)
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        match item {
            Item::Row(row) if row.node.is_some() => (0, "·"),
            _ => (0, " "),
        }
    }

    fn title(&self, busy: bool) -> String {
        let end = if busy { "…" } else { "" };
        format!("What bytes are spent on{end}")
    }

    fn name_room(&self, width: u16) -> u16 {
        name_room(width)
    }

    fn width(&self, head: &Head, usual: u16, line: u16) -> u16 {
        match head.is_written() {
            true => usual,
            // Bars have what the figures leave.
            false => line.saturating_sub(name_room(line) + 27).min(BAR),
        }
    }

    fn doing(&self) -> String {
        "counting".to_owned()
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let facts = [
            format!("{} total", bytes(self.view.total)),
            format!("{} objects", grouped(self.view.countable)),
            format!("{} references", grouped(heap.edge_count() as u64)),
        ]
        .map(said);
        sheet::header_of_all(&self.view, store, "statistics", facts.to_vec())
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Row>) -> Option<Subject> {
        Some(Subject::of(&self.view, row?.node?))
    }

    fn opens(&self, row: Option<&Row>) -> Option<Effect> {
        let strings = PageKey::Strings(Arc::clone(&self.view.dump));
        row?.strings.then_some(Effect::Visit(strings))
    }

    fn works(&self, command: Command, row: Option<&Row>) -> bool {
        match command {
            Command::Open => row.is_some_and(|row| row.strings || row.node.is_some()),
            Command::ShowWhy | Command::ShowInSummary | Command::Inspect => {
                row.is_some_and(|row| row.node.is_some())
            }
            Command::Unfold | Command::Fold | Command::ShowStatistics => false,
            _ => true,
        }
    }
}
