//! The page that says why an object is alive: the chain from the root in words, whether it is the only one, and where
//! to cut.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::why::{LISTED, Why, WhyStep, why};
use crate::graph::NodeId;
use crate::series::Done;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Answer, Slot, Work, answer};

/// The columns beside the words.
const COLUMNS: [Column<usize>; 3] = [
    Column::right(0, "Retained", 8, 5),
    Column::right(1, "Cut frees", 9, 9),
    Column {
        key: 2,
        title: "Other ways",
        width: 16,
        importance: 4,
        left: true,
    },
];

/// The page.
pub struct WhyPage {
    key: PageKey,
    view: Arc<View>,
    node: NodeId,
    found: Option<Found>,
    problem: Option<String>,
    cursor: Cursor,
}

/// What the worker found.
struct Found {
    why: Why,
    summary: String,
}

/// What a row is.
enum Row {
    Step(usize),
    Blank,
    OthersTitle,
    Other(usize),
}

impl WhyPage {
    /// The page of an object, whose explanation is begun.
    pub fn new(key: PageKey, node: NodeId, view: Arc<View>, work: &mut Work) -> Self {
        let asked = Arc::clone(&view);
        work.start(Slot::Page(key.clone(), 0), move |task| {
            let heap = &*asked.heap;
            let why = why(heap, asked.names.scripts(), node, task)?;
            let summary = why.summary(heap);
            Ok(Found { why, summary })
        });
        Self {
            key,
            view,
            node,
            found: None,
            problem: None,
            cursor: Cursor::default(),
        }
    }

    fn rows(&self) -> usize {
        let Some(Found { why, .. }) = &self.found else {
            return 1;
        };
        match why.others.len() {
            0 => why.steps.len(),
            others => why.steps.len() + 2 + others,
        }
    }

    fn row(&self, index: usize) -> Option<Row> {
        let Found { why, .. } = self.found.as_ref()?;
        let steps = why.steps.len();
        Some(match index.checked_sub(steps) {
            None => Row::Step(index),
            Some(_) if why.others.is_empty() => return None,
            Some(0) => Row::Blank,
            Some(1) => Row::OthersTitle,
            Some(other) => {
                why.others.get(other - 2)?;
                Row::Other(other - 2)
            }
        })
    }

    fn node_at(&self, index: usize) -> Option<NodeId> {
        let Found { why, .. } = self.found.as_ref()?;
        match self.row(index)? {
            Row::Step(step) => Some(why.steps.get(step)?.node),
            Row::Other(other) => Some(self.view.heap.graph().source(*why.others.get(other)?)),
            Row::Blank | Row::OthersTitle => None,
        }
    }

    /// What the marks before the steps mean, those that are there.
    fn legend(&self) -> String {
        let mut words = "From the root".to_owned();
        if let Some(Found { why, .. }) = &self.found {
            let only = |(number, step): (usize, &WhyStep)| step.only && why.cut != Some(number);
            if why.steps.iter().enumerate().any(only) {
                words.push_str("   ● no way around it");
            }
            if why.cut.is_some() {
                words.push_str("   ✗ cut here");
            }
        }
        words
    }

    fn line(&self, index: usize) -> Option<Line> {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let Some(found) = &self.found else {
            return (index == 0).then(|| match &self.problem {
                Some(problem) => Line::note(problem, Tone::Problem),
                None => Line::note("following the chain from the root…", Tone::Busy),
            });
        };
        let why = &found.why;
        Some(match self.row(index)? {
            Row::Blank => Line::named(Label::default()),
            Row::OthersTitle => {
                let count = match why.others.len() {
                    LISTED => format!("{} and more", grouped(LISTED as u64)),
                    others => grouped(others as u64),
                };
                let words = format!("It is held by these as well ({count}); cut them, too:");
                Line::note(&words, Tone::Heading)
            }
            Row::Other(other) => {
                let &edge = why.others.get(other)?;
                let holder = heap.graph().source(edge);
                Line::named(names.holder(heap, edge))
                    .at(0, "·")
                    .with(vec![sheet::size(heap.retained(holder))])
            }
            Row::Step(number) => {
                let step = why.steps.get(number)?;
                let mut label = Label::default();
                label.push(&step.words, Tone::Edge);
                if step.repeats > 1 {
                    let times = format!(" ×{}", grouped(u64::from(step.repeats)));
                    label.push(&times, Tone::Heading);
                }
                label.push(" → ", Tone::Dim);
                let label = names.briefly(heap, step.node, label);
                let cut = why.cut == Some(number);
                let glyph = match (cut, step.only) {
                    (true, _) => "✗",
                    (false, true) => "●",
                    (false, false) => "│",
                };
                let frees = step.frees.filter(|_| step.cuttable);
                let (frees, tone) = match frees {
                    Some(size) if cut => (bytes(size), Tone::Heading),
                    Some(size) => (bytes(size), Tone::Plain),
                    None => (String::new(), Tone::Dim),
                };
                let ways = match (step.only, step.others) {
                    (true, 0) => "the only way".to_owned(),
                    (false, 0) => "not the only way".to_owned(),
                    (_, others) => format!("{} more hold it", grouped(u64::from(others))),
                };
                Line::named(label).at(0, glyph).with(vec![
                    sheet::size(heap.retained(step.node)),
                    (frees, tone),
                    (ways, Tone::Dim),
                ])
            }
        })
    }
}

/// The columns in a row this wide: words get most of it.
fn columns(row: u16) -> Layout<usize> {
    let beside = if row < 110 { 11 } else { 38 };
    layout_with(&COLUMNS, row, row.saturating_sub(beside))
}

impl Page for WhyPage {
    fn context(&self) -> Context {
        Context::FACTS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        let area = match &self.found {
            Some(found) => sheet::draw_words(buffer, area, &found.summary, theme),
            None => area,
        };
        let columns = columns(area.width);
        sheet::draw_titles(buffer, area, &self.legend(), &columns, None, theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.rows());
        sheet::draw(
            buffer,
            below,
            &columns,
            self.cursor,
            |row| self.line(row),
            theme,
        );
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let label = self.view.names.object(heap, self.node).text();
        let title = format!("why {}", width::cut_middle(&label, 40));
        let mut facts = vec![format!("retains {}", bytes(heap.retained(self.node)))];
        if let Some(found) = &self.found {
            facts.push(match found.why.others.len() {
                0 => "one holder".to_owned(),
                others => format!("{} holders", grouped(others as u64 + 1)),
            });
        }
        let mut header = sheet::header(&self.view, store, &title, Vec::new());
        // What counts elsewhere makes no difference to a chain.
        header.facts = sheet::with_all_holders(&self.view, facts);
        header
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows());
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::ShowWhy => self.subject().and_then(|about| about.node) != Some(self.node),
            _ => true,
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>, _: &mut PageCtx<'_>) -> Option<Effect> {
        match answer::<Found>(done.outcome) {
            Ok(found) => {
                // The step to cut is what one came for; without any, the object.
                let steps = found.why.steps.len().saturating_sub(1);
                let row = found.why.cut.unwrap_or(steps);
                self.found = Some(found);
                self.cursor.go(Motion::To(row), self.rows());
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), 0)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let node = self.node_at(self.cursor.selected).unwrap_or(self.node);
        Some(Subject::of(&self.view, node))
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor.go(Motion::To(at.index as usize), self.rows());
    }
}
