//! The page that says why an object is alive: the chain from the root in words, whether it is the only one, and where
//! to cut.

use std::sync::Arc;

use crate::analysis::why::{LISTED, Why, WhyStep, times, why};
use crate::graph::{EdgeId, NodeId};
use crate::table::{Cell, Column, Head, Stress};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Header, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// The page of an object, whose explanation is begun.
pub fn page(key: PageKey, node: NodeId, view: Arc<View>, work: &mut Work) -> ListPage<WhyList> {
    let found = None;
    ListPage::new(key, WhyList { view, node, found }, work)
}

/// Why an object is alive.
#[derive(Clone)]
pub struct WhyList {
    view: Arc<View>,
    node: NodeId,
    found: Option<Arc<Found>>,
}

/// What the worker found.
pub struct Found {
    why: Why,
    summary: Spans,
}

/// What a row is.
#[derive(Clone, Copy)]
pub enum Row {
    /// A step of the chain.
    Step(usize),
    /// Another reference to the object.
    Other(EdgeId),
}

impl WhyList {
    fn step(&self, row: &Row) -> Option<&WhyStep> {
        match row {
            Row::Step(step) => self.found.as_ref()?.why.steps.get(*step),
            Row::Other(_) => None,
        }
    }

    fn is_cut(&self, row: &Row) -> bool {
        let cut = self.found.as_ref().and_then(|found| found.why.cut);
        matches!(row, Row::Step(step) if cut == Some(*step))
    }

    fn node(&self, row: &Row) -> Option<NodeId> {
        match row {
            Row::Step(_) => Some(self.step(row)?.node),
            Row::Other(edge) => Some(self.view.heap.graph().source(*edge)),
        }
    }

    /// Whether another path avoids a step, in words.
    fn ways(&self, row: &Row) -> Cell {
        let words = self.step(row).map(|step| match (step.only, step.others) {
            (true, 0) => "the only way".to_owned(),
            (false, 0) => "not the only way".to_owned(),
            (_, others) => format!("{} more hold it", grouped(u64::from(others))),
        });
        Cell::known(words, Cell::note)
    }
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
        Head::number("Cut frees", "cut_frees")
            .on_screen("Cut frees", 9, 9)
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
        Head::text("Other ways", "other_ways")
            .on_screen("Other ways", 16, 4)
            .left()
            .of_stressed(|row, page| page.ways(row), |_, _| Stress::Faint),
    ];

    fn job(&self) -> Option<Job<Found>> {
        let (view, node) = (Arc::clone(&self.view), self.node);
        Some(Box::new(move |task| {
            let why = why(&view.heap, view.names.scripts(), node, task)?;
            let summary = why.summary(&view.heap);
            Ok(Found { why, summary })
        }))
    }

    fn take(&mut self, found: Found) -> Option<usize> {
        // The step to cut is what one came for; without any, the object.
        let last = found.why.steps.len().saturating_sub(1);
        let line = found.why.cut.unwrap_or(last);
        self.found = Some(Arc::new(found));
        Some(line)
    }

    fn rows(&self) -> usize {
        let Some(found) = &self.found else { return 0 };
        let steps = found.why.steps.len();
        match found.why.others.len() {
            0 => steps,
            others => steps + 2 + others,
        }
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        let why = &self.found.as_ref()?.why;
        Some(match index.checked_sub(why.steps.len()) {
            None => Item::Row(Row::Step(index)),
            Some(_) if why.others.is_empty() => return None,
            Some(0) => Item::Words(Label::default()),
            Some(1) => {
                let count = match why.others.len() {
                    LISTED => format!("{} and more", grouped(LISTED as u64)),
                    others => grouped(others as u64),
                };
                let words = format!("It is held by these as well ({count}); cut them, too:");
                Item::words(&words, Tone::Heading)
            }
            Some(other) => Item::Row(Row::Other(*why.others.get(other - 2)?)),
        })
    }

    fn label(&self, row: &Row) -> Label {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        if let Row::Other(edge) = row {
            return names.holder(heap, *edge);
        }
        let mut label = Label::default();
        let Some(step) = self.step(row) else {
            return label;
        };
        label.push(step.phrase.words.clone(), Tone::Edge);
        label.push(times(step.repeats), Tone::Heading);
        label.push(" → ", Tone::Dim);
        names.briefly(heap, step.node, label)
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        let glyph = match item {
            Item::Words(_) => " ",
            Item::Row(Row::Other(_)) => "·",
            Item::Row(row) if self.is_cut(row) => "✗",
            Item::Row(row) if self.step(row).is_some_and(|step| step.only) => "●",
            Item::Row(_) => "│",
        };
        (0, glyph)
    }

    /// What the marks before the steps mean, those that are there.
    fn title(&self, _: bool) -> String {
        let mut words = "From the root".to_owned();
        if let Some(found) = &self.found {
            let why = &found.why;
            let mut steps = why.steps.iter().enumerate();
            if steps.any(|(number, step)| step.only && why.cut != Some(number)) {
                words.push_str("   ● no way around it");
            }
            if why.cut.is_some() {
                words.push_str("   ✗ cut here");
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
        found.map_or(Spans::new(), |found| found.summary.clone())
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let label = self.view.names.object(heap, self.node).spans();
        let title = Spans::from("why ").then(label);
        let mut facts = vec![said(format!("retains {}", bytes(heap.retained(self.node))))];
        if let Some(found) = &self.found {
            facts.push(said(match found.why.others.len() {
                0 => "one holder".to_owned(),
                others => format!("{} holders", grouped(others as u64 + 1)),
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
        let node = row.and_then(|row| self.node(row)).unwrap_or(self.node);
        Some(Subject::of(&self.view, node))
    }

    fn works(&self, command: Command, row: Option<&Row>) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::ShowWhy => self.subject(row).and_then(|about| about.node) != Some(self.node),
            _ => true,
        }
    }
}
