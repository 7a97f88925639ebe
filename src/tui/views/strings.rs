//! The strings that cost most: large, repeated, long chains of pieces, slices of large texts.

use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::texts::{Costly, TextRow, Texts, costly, inside, parts};
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::NodeKind;
use crate::table::{Cell, Head, Stress};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::tui::commands::Command;
use crate::tui::page::{Subject, said, typed};
use crate::tui::view::View;
use crate::tui::views::outlined::{Below, Rows, Stand, Told, ToldColumn, named};
use crate::tui::widgets::label::Label;
use crate::tui::work::{Inbox, Work};

/// The lists, in the order of Tab.
const LISTS: [Costly; 4] = [
    Costly::Large,
    Costly::Repeated,
    Costly::Chains,
    Costly::Sliced,
];

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Rows of the list.
    Rows,
    /// Strings, as node numbers.
    Strings,
}

/// By what the rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retained,
    Shallow,
    Count,
}

/// The rows.
#[derive(Clone)]
pub struct StringRows {
    which: Costly,
    /// The lists that were made, by what was typed.
    texts: HashMap<Costly, (String, Arc<Texts>)>,
    order: Order,
}

/// A list that was made.
pub struct Made(Costly, String, Texts);

impl Default for StringRows {
    /// The largest ones first.
    fn default() -> Self {
        Self {
            which: Costly::Large,
            texts: HashMap::new(),
            order: Order::Retained,
        }
    }
}

impl StringRows {
    fn texts(&self) -> Option<&Texts> {
        self.texts.get(&self.which).map(|(_, texts)| &**texts)
    }

    fn row(&self, number: u32) -> Option<&TextRow> {
        self.texts()?.rows.get(number as usize)
    }

    fn place(&self) -> usize {
        let place = LISTS.iter().position(|&which| which == self.which);
        place.unwrap_or(0)
    }
}

impl Rows for StringRows {
    type Listed = Listed;
    type Made = Result<Made>;
    type Found = Vec<u32>;

    fn top(&self) -> Listed {
        Listed::Rows
    }

    fn name(&self, _: &View) -> Spans {
        "strings".into()
    }

    fn title(&self, _: &View, turn: &str) -> String {
        let name = match self.which {
            Costly::Large => "Largest strings",
            Costly::Repeated => "Repeated strings",
            Costly::Chains => "Chains of pieces",
            Costly::Sliced => "Strings kept by slices",
        };
        format!("{name} ({} of {}, {turn})", self.place() + 1, LISTS.len())
    }

    fn facts(&self, stand: &Stand, _: Option<(usize, usize)>) -> Vec<Spans> {
        let mut facts = Vec::new();
        if let Some(texts) = self.texts() {
            let shown = texts.rows.len();
            if !stand.filter.is_empty() {
                facts.push(typed(&stand.filter, grouped(texts.all as u64)));
            } else if shown < texts.all {
                let (shown, all) = (grouped(shown as u64), grouped(texts.all as u64));
                facts.push(said(format!("{shown} of {all}")));
            } else {
                facts.push(said(grouped(shown as u64)));
            }
        }
        let strings = stand.view.heap.statistics().strings;
        let share = percent(strings, stand.view.total);
        facts.push(said(format!("strings {}, {share}", bytes(strings))));
        facts
    }

    fn columns(&self) -> Vec<ToldColumn> {
        let count = Head::number("Count", "count");
        let count = match self.which {
            Costly::Large => count,
            Costly::Repeated => count.on_screen("Copies", 8, 7),
            Costly::Chains => count.on_screen("Pieces", 8, 7),
            Costly::Sliced => count.on_screen("Slices", 8, 7),
        };
        let note = match self.which {
            Costly::Sliced => Head::drawn("Kept by", 11, 2),
            _ => Head::drawn("Kind", 19, 2),
        };
        named([
            count.of(|row: &Told, _: &u64| Cell::known(row.count, Cell::Count)),
            Head::number("Shallow size", "shallow_size")
                .on_screen("Shallow", 8, 6)
                .of(|row, _| Cell::known(row.shallow, Cell::Size)),
            Head::number("Retained size", "retained_size")
                .on_screen("Retained", 9, 9)
                .of(|row, _| Cell::known(row.retained, Cell::Size)),
            note.left()
                .of_stressed(|row, _| Cell::name(row.note.clone()), |_, _| Stress::Faint),
        ])
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(match width {
            ..60 => 20,
            60..100 => 29,
            _ => 50,
        })
    }

    fn whole(&self, view: &View) -> u64 {
        view.total
    }

    fn sorted(&self) -> &'static str {
        match self.order {
            Order::Count => "count",
            Order::Shallow => "shallow_size",
            Order::Retained => "retained_size",
        }
    }

    fn sort_next(&mut self) {
        self.order = match (self.order, self.which) {
            (Order::Retained, _) => Order::Shallow,
            (Order::Shallow, Costly::Large) => Order::Retained,
            (Order::Shallow, _) => Order::Count,
            (Order::Count, _) => Order::Retained,
        };
    }

    fn turn(&mut self) -> bool {
        self.which = LISTS[(self.place() + 1) % LISTS.len()];
        true
    }

    fn doing(&self) -> &'static str {
        "looking at strings"
    }

    fn ask(&self, stand: &Stand, made: &Inbox<Self::Made>, work: &mut Work) {
        let known = self.texts.get(&self.which);
        if known.is_some_and(|(filter, _)| *filter == stand.filter) {
            return;
        }
        let (view, which, filter) = (Arc::clone(&stand.view), self.which, stand.filter.clone());
        let job = move |task: &Task| {
            let texts = costly(&view.heap, which, &view.selection, &filter, task)?;
            Ok(Made(which, filter, texts))
        };
        work.start(stand.slot(self.job()), made, job, |made| made);
    }

    fn take(&mut self, made: Self::Made) -> Result<bool> {
        let Made(which, filter, texts) = made?;
        self.texts.insert(which, (filter, Arc::new(texts)));
        Ok(which == self.which)
    }

    fn list(&self, filter: &str) -> Option<Vec<u32>> {
        let (made, texts) = self.texts.get(&self.which)?;
        if made != filter {
            return None;
        }
        let mut list: Vec<u32> = (0..texts.rows.len() as u32).collect();
        let row = |number: &u32| texts.rows[*number as usize];
        match self.order {
            Order::Retained => {}
            Order::Shallow => list.sort_by_key(|number| std::cmp::Reverse(row(number).shallow)),
            Order::Count => list.sort_by_key(|number| std::cmp::Reverse(row(number).count)),
        }
        Some(list)
    }

    fn all(&self) -> Option<usize> {
        self.texts().map(|texts| texts.all)
    }

    fn nothing(&self, _: usize, filter: &str, back: &str) -> String {
        if !filter.is_empty() {
            return format!("No string matches; {back} shows all");
        }
        let words = match self.which {
            Costly::Large => "no strings",
            Costly::Repeated => "no duplicate strings",
            Costly::Chains => "no concatenated strings",
            Costly::Sliced => "no sliced strings",
        };
        words.to_owned()
    }

    fn unfolds(&self, view: &View, listed: Listed, value: u32) -> bool {
        match (listed, self.which) {
            (Listed::Rows, Costly::Repeated | Costly::Sliced) => true,
            _ => self
                .node(view, listed, value)
                .is_some_and(|node| view.heap.kind(node) == NodeKind::CONCATENATED_STRING),
        }
    }

    fn below(&self, view: &Arc<View>, listed: Listed, value: u32) -> Option<Below<Self>> {
        let node = self.node(view, listed, value)?;
        let (view, which) = (Arc::clone(view), self.which);
        Some(Below::Asked(
            Listed::Strings,
            Box::new(move |task| {
                let nodes = match listed {
                    Listed::Rows => inside(&view.heap, which, node, &view.selection, task)?,
                    Listed::Strings => parts(&view.heap, node),
                };
                Ok(nodes.iter().map(|node| node.0).collect())
            }),
        ))
    }

    fn keep(&mut self, _: Listed, found: Vec<u32>) -> Vec<u32> {
        found
    }

    fn tell(&self, view: &View, listed: Listed, value: u32) -> Option<Told> {
        let heap = &view.heap;
        let node = self.node(view, listed, value)?;
        let label = view.names.briefly(heap, node, Label::default());
        let told = Told {
            shallow: Some(heap.shallow(node)),
            note: heap.kind_name(node).to_owned(),
            ..Told::object(view, node, label)
        };
        if listed == Listed::Strings {
            return Some(told);
        }
        let row = self.row(value)?;
        Some(Told {
            count: (self.which != Costly::Large).then_some(u64::from(row.count)),
            shallow: Some(row.shallow),
            retained: Some(row.retained),
            note: match (self.which, row.only_slices) {
                (Costly::Sliced, true) => "slices only".to_owned(),
                (Costly::Sliced, false) => "others too".to_owned(),
                _ => told.note,
            },
            ..told
        })
    }

    fn node(&self, _: &View, listed: Listed, value: u32) -> Option<NodeId> {
        match listed {
            Listed::Rows => Some(self.row(value)?.node),
            Listed::Strings => Some(NodeId(value)),
        }
    }

    fn works(&self, command: Command, _: Option<&Subject>) -> Option<bool> {
        (command == Command::ShowStrings).then_some(false)
    }
}
