//! The page of what would be freed if objects went, all at once: what still holds them, and the classes that go.

use std::sync::Arc;

use crate::analysis::describe::edge_label;
use crate::analysis::selection::Selection;
use crate::analysis::summary::{ClassRow, summary};
use crate::analysis::what_if::{Cut, Freed, what_if};
use crate::graph::{EdgeId, NodeId};
use crate::table::{Cell, Column, Head};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Effect;
use crate::tui::page::{Header, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::scope::Scope;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// Holders that are listed.
const HOLDERS: usize = 20;

/// The page of these objects of a dump.
pub fn page(
    key: PageKey,
    nodes: Arc<[NodeId]>,
    view: Arc<View>,
    work: &mut Work,
) -> ListPage<FreedList> {
    let found = None;
    ListPage::new(key, FreedList { view, nodes, found }, work)
}

/// What would be freed.
#[derive(Clone)]
pub struct FreedList {
    view: Arc<View>,
    nodes: Arc<[NodeId]>,
    found: Option<Arc<Found>>,
}

/// What the worker found.
pub struct Found {
    /// References to the objects from what stays.
    holders: Vec<EdgeId>,
    classes: Vec<ClassRow>,
    count: u64,
    bytes: u64,
}

/// What a row is.
#[derive(Clone, Copy)]
pub enum Row {
    /// What holds one of the objects.
    Holder(EdgeId),
    /// A class of what is freed.
    Class(ClassRow),
}

fn find(view: &View, nodes: &[NodeId], task: &crate::task::Task) -> crate::error::Result<Found> {
    let heap = &*view.heap;
    let mut cut = Cut::none(heap);
    for node in nodes {
        cut.objects.insert(node.index());
    }
    let Freed {
        nodes,
        bytes,
        held_by,
    } = what_if(heap, &cut, task)?;
    let count = nodes.count() as u64;
    let mut classes = summary(heap, &Selection::Some(nodes), task)?;
    classes.sort_by_key(|row| std::cmp::Reverse(row.shallow));
    Ok(Found {
        holders: held_by,
        classes,
        count,
        bytes,
    })
}

impl FreedList {
    fn listed(&self) -> usize {
        let found = self.found.as_ref();
        found.map_or(0, |found| found.holders.len().min(HOLDERS))
    }

    fn many(&self, count: u64) -> String {
        let many = if count == 1 { "" } else { "s" };
        format!("{} object{many}", grouped(count))
    }
}

impl List for FreedList {
    type Row = Row;
    type Found = Found;

    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::number("Id", "id").of(|row, page| match row {
            Row::Holder(edge) => Cell::Id(page.view.heap.id(page.view.heap.graph().source(*edge))),
            Row::Class(_) => Cell::Nothing,
        }),
        Head::number("Count", "count")
            .on_screen("Count", 9, 6)
            .of(|row, _| match row {
                Row::Holder(_) => Cell::Nothing,
                Row::Class(class) => Cell::count(class.count),
            }),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Freed", 8, 9)
            .of(|row, _| match row {
                Row::Holder(_) => Cell::Nothing,
                Row::Class(class) => Cell::Size(class.shallow),
            }),
    ];

    fn job(&self) -> Option<Job<Found>> {
        let (view, nodes) = (Arc::clone(&self.view), Arc::clone(&self.nodes));
        Some(Box::new(move |task| find(&view, &nodes, task)))
    }

    fn take(&mut self, found: Found) -> Option<usize> {
        self.found = Some(Arc::new(found));
        Some(1)
    }

    /// A line of words, the holders, an empty line, a line of words, the classes.
    fn rows(&self) -> usize {
        let found = self.found.as_ref();
        found.map_or(0, |found| self.listed() + found.classes.len() + 3)
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        let found = self.found.as_ref()?;
        let listed = self.listed();
        Some(match index {
            0 => {
                let words = match found.holders.len() {
                    0 => "No other holders".to_owned(),
                    all if all > listed => format!(
                        "Held by {} references, the first of which are:",
                        grouped(all as u64)
                    ),
                    1 => "Held by 1 reference; remove it:".to_owned(),
                    all => format!("Held by {all} references; remove all of them:"),
                };
                Item::words(&words, Tone::Heading)
            }
            index if index <= listed => Item::Row(Row::Holder(*found.holders.get(index - 1)?)),
            index if index == listed + 1 => Item::Words(Label::default()),
            index if index == listed + 2 => {
                let words = format!(
                    "Frees {} in {}:",
                    bytes(found.bytes),
                    self.many(found.count)
                );
                Item::words(&words, Tone::Heading)
            }
            index => Item::Row(Row::Class(*found.classes.get(index - listed - 3)?)),
        })
    }

    fn label(&self, row: &Row) -> Label {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        match row {
            Row::Class(class) => names.class(heap, class.class),
            Row::Holder(edge) => {
                let graph = heap.graph();
                let mut label = Label::default();
                label.push(Spans::new().id(heap.id(graph.target(*edge))), Tone::Dim);
                label.push(" ← ", Tone::Dim);
                label.push(edge_label(heap, *edge), Tone::Edge);
                label.push(" in ", Tone::Dim);
                names.briefly(heap, graph.source(*edge), label)
            }
        }
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        match item {
            Item::Row(Row::Holder(_)) => (0, "✗"),
            Item::Row(Row::Class(_)) => (0, "▸"),
            Item::Words(_) => (0, " "),
        }
    }

    fn title(&self, busy: bool) -> String {
        let end = if busy { "…" } else { "" };
        match self.nodes.len() {
            1 => format!("If this object were removed{end}"),
            count => format!("If these {} were removed{end}", self.many(count as u64)),
        }
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(if width < 60 { 11 } else { 22 })
    }

    fn doing(&self) -> String {
        "computing what would be freed".to_owned()
    }

    fn words(&self, _: Option<&Row>) -> Spans {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let mut words = Spans::from("Freed with what only they reach: ");
        for (number, &node) in self.nodes.iter().take(HOLDERS).enumerate() {
            if number > 0 {
                words = words.note(", ");
            }
            words.append(names.object(heap, node).spans());
        }
        match self.nodes.len() > HOLDERS {
            true => words.note(" and more."),
            false => words.note("."),
        }
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut header = sheet::header(&self.view, store, "what if", Vec::new());
        let alone: u64 = self
            .nodes
            .iter()
            .map(|&node| self.view.heap.retained(node))
            .max()
            .unwrap_or(0);
        let mut facts = vec![said(self.many(self.nodes.len() as u64))];
        if let Some(found) = &self.found {
            facts.push(said(format!("free {}", bytes(found.bytes))));
        }
        facts.push(said(format!("the largest alone {}", bytes(alone))));
        // All objects count, whatever is chosen elsewhere.
        header.facts = sheet::with_all_holders(&self.view, facts);
        header
    }

    fn heading(&self) -> Vec<Spans> {
        vec![self.words(None)]
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Row>) -> Option<Subject> {
        Some(match row? {
            Row::Holder(edge) => Subject::of(&self.view, self.view.heap.graph().source(*edge)),
            Row::Class(class) => Subject {
                dump: Arc::clone(&self.view.dump),
                node: None,
                class: Some(class.class),
            },
        })
    }

    fn opens(&self, row: Option<&Row>) -> Option<Effect> {
        let dump = Arc::clone(&self.view.dump);
        Some(match row? {
            Row::Holder(edge) => {
                let holder = self.view.heap.graph().source(*edge);
                Effect::Visit(PageKey::Object(dump, holder))
            }
            Row::Class(class) => {
                let class = self.view.heap.class(class.class).clone();
                Effect::Summary(dump, Scope::All, Some(class))
            }
        })
    }
}
