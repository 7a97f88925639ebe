//! Contexts: what closures captured, by function, with the variables; and the frames, workers and realms with what is
//! theirs.

use std::collections::HashSet;
use std::sync::Arc;

use crate::analysis::closures::{captured, contexts};
use crate::analysis::groups::{Group, Groups};
use crate::analysis::unused::unused;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::contexts::{Attribution, attribute};
use crate::snapshot::scopes::scopes;
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::Command;
use crate::tui::naming::placed;
use crate::tui::page::{Subject, said, typed};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::outlined::{
    Below, Outlined, Rows, Stand, Told, ToldColumn, matching, named,
};
use crate::tui::widgets::label::Label;
use crate::tui::work::{Inbox, Slot, Work};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// What closures captured.
    Closures,
    /// Frames, workers and realms.
    Realms,
}

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Groups of contexts.
    Groups,
    /// Contexts, as node numbers.
    Contexts,
    /// Variables, as edge numbers.
    Variables,
    /// Native contexts; behind them what is shared, and what is nobody's.
    Realms,
}

/// By what the groups are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retained,
    Count,
}

/// The groups of contexts and their names.
pub struct Found {
    groups: Groups,
    names: Vec<Spans>,
}

/// The rows.
#[derive(Clone)]
pub struct ContextRows {
    which: Which,
    found: Option<Arc<Found>>,
    realms: Option<Arc<Attribution>>,
    /// The edges to variables that no living closure uses.
    unused: Arc<HashSet<u32>>,
    order: Order,
}

/// The page's own jobs.
const CLOSURES: u32 = 0;
const REALMS: u32 = 1;
const UNUSED: u32 = 2;

/// What workers make for the page.
pub enum Made {
    /// What closures captured.
    Closures(Result<Found>),
    /// Frames, workers and realms.
    Realms(Result<Attribution>),
    /// Variables that no living closure uses, by edge.
    Unused(Result<HashSet<u32>>),
}

/// The page of a dump, whose contexts are being looked for.
pub fn page(key: PageKey, view: Arc<View>, work: &mut Work) -> Outlined<ContextRows> {
    let asked = Arc::clone(&view);
    let job = move |task: &Task| {
        // A file that was replaced since tells nothing about this heap.
        let scopes = match asked.is_of_the_file() {
            true => scopes(&asked.dump, task)?,
            false => None,
        };
        let edges = match scopes {
            Some(scopes) => unused(&asked.heap, &scopes, task)?,
            None => Vec::new(),
        };
        Ok(edges.into_iter().map(|edge| edge.0).collect())
    };
    let slot = Slot::Page(key.clone(), UNUSED);
    let rows = ContextRows {
        which: Which::Closures,
        found: None,
        realms: None,
        unused: Arc::default(),
        order: Order::Retained,
    };
    let page = Outlined::new(key, view, rows, work);
    work.start(slot, &page.made, job, Made::Unused);
    page
}

impl ContextRows {
    fn group(&self, number: u32) -> Option<&Group> {
        self.found.as_ref()?.groups.groups.get(number as usize)
    }

    fn group_label(&self, view: &View, number: u32) -> Option<Label> {
        let name = self.found.as_ref()?.names.get(number as usize)?;
        let mut label = Label::of(name.clone(), Tone::Plain);
        let example = self.group(number)?.example;
        let place = view.names.scripts().place(&view.heap, example);
        if let Some(place) = place.filter(|place| !name.plain().ends_with(place.as_str())) {
            label.push_tail(placed(place), Tone::Dim);
        }
        Some(label)
    }
}

impl Rows for ContextRows {
    type Listed = Listed;
    type Made = Made;
    type Found = Vec<u32>;

    fn top(&self) -> Listed {
        match self.which {
            Which::Closures => Listed::Groups,
            Which::Realms => Listed::Realms,
        }
    }

    fn name(&self, _: &View) -> Spans {
        "contexts".into()
    }

    fn title(&self, _: &View, turn: &str) -> String {
        match self.which {
            Which::Closures => format!("Variables captured by closures (1 of 2, {turn})"),
            Which::Realms => format!("Frames, workers, realms (2 of 2, {turn})"),
        }
    }

    fn facts(&self, stand: &Stand, found: Option<(usize, usize)>) -> Vec<Spans> {
        let mut facts = Vec::new();
        match (self.which, &self.found, &self.realms) {
            (Which::Closures, Some(contexts), _) => {
                if !self.unused.is_empty() {
                    let count = grouped(self.unused.len() as u64);
                    facts.push(said(format!("{count} variables that no closure uses")));
                }
                if let Some((found, all)) = found {
                    let (found, all) = (grouped(found as u64), grouped(all as u64));
                    facts.push(typed(&stand.filter, format!("{found} of {all}")));
                }
                let functions = grouped(contexts.groups.groups.len() as u64);
                let all = grouped(contexts.groups.count() as u64);
                facts.push(said(format!("{all} contexts of {functions} functions")));
            }
            (Which::Realms, _, Some(realms)) => {
                let size: u64 = realms.contexts.iter().map(|context| context.size).sum();
                let count = grouped(realms.contexts.len() as u64);
                let plural = if count == "1" { "" } else { "s" };
                facts.push(said(format!(
                    "{count} native context{plural}, {}",
                    bytes(size)
                )));
            }
            _ => {}
        }
        facts
    }

    fn columns(&self) -> Vec<ToldColumn> {
        let (count, retained) = match self.which {
            Which::Closures => ("Count", "Retained"),
            Which::Realms => ("", "Size"),
        };
        named([
            Head::number("", "count")
                .on_screen(count, 9, 7)
                .of(|row: &Told, _: &u64| Cell::known(row.count, Cell::Count)),
            Head::number("Shallow size", "shallow_size")
                .of(|row, _| Cell::known(row.shallow, Cell::Size)),
            Head::number("Retained size", "retained_size")
                .on_screen(retained, 9, 9)
                .of(|row, _| Cell::known(row.retained, Cell::Size)),
            Head::drawn("%", 4, 6)
                .of(|row, all| Cell::known(row.retained, |size| Cell::Percent(size, *all))),
            Head::drawn("", 20, 2)
                .left()
                .of(|row, all| Cell::known(row.retained, |size| Cell::Bar(size, *all))),
        ])
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(match width {
            ..60 => 16,
            60..100 => 26,
            _ => 47,
        })
    }

    fn whole(&self, view: &View) -> u64 {
        view.total
    }

    fn sorted(&self) -> &'static str {
        match (self.which, self.order) {
            (Which::Closures, Order::Count) => "count",
            _ => "retained_size",
        }
    }

    fn sort_next(&mut self) {
        self.order = match self.order {
            Order::Retained => Order::Count,
            Order::Count => Order::Retained,
        };
    }

    fn turn(&mut self) -> bool {
        self.which = match self.which {
            Which::Closures => Which::Realms,
            Which::Realms => Which::Closures,
        };
        true
    }

    fn job(&self) -> u32 {
        match self.which {
            Which::Closures => CLOSURES,
            Which::Realms => REALMS,
        }
    }

    fn doing(&self) -> &'static str {
        "looking for contexts"
    }

    fn ask(&self, stand: &Stand, made: &Inbox<Self::Made>, work: &mut Work) {
        let slot = stand.slot(self.job());
        let is_known = match self.which {
            Which::Closures => self.found.is_some(),
            Which::Realms => self.realms.is_some(),
        };
        if is_known || work.status(&slot).is_some() {
            return;
        }
        let view = Arc::clone(&stand.view);
        match self.which {
            Which::Realms => {
                let job = move |task: &Task| attribute(&view.heap, task);
                work.start(slot, made, job, Made::Realms);
            }
            Which::Closures => {
                let job = move |task: &Task| {
                    let groups = contexts(&view.heap, &view.selection, task)?;
                    let scripts = view.names.scripts();
                    let mut names = Vec::with_capacity(groups.groups.len());
                    for group in &groups.groups {
                        task.check()?;
                        names.push(scripts.label(&view.heap, group.example));
                    }
                    Ok(Found { groups, names })
                };
                work.start(slot, made, job, Made::Closures);
            }
        }
    }

    fn take(&mut self, made: Self::Made) -> Result<bool> {
        Ok(match made {
            // What the tables do not tell is left unsaid.
            Made::Unused(Err(_)) => false,
            Made::Unused(Ok(edges)) => {
                self.unused = Arc::new(edges);
                false
            }
            Made::Closures(found) => {
                self.found = Some(Arc::new(found?));
                self.which == Which::Closures
            }
            Made::Realms(realms) => {
                self.realms = Some(Arc::new(realms?));
                self.which == Which::Realms
            }
        })
    }

    fn list(&self, filter: &str) -> Option<Vec<u32>> {
        match self.which {
            Which::Closures => {
                let found = self.found.as_ref()?;
                let mut list = matching(found.names.iter().map(Spans::plain), filter);
                if self.order == Order::Count {
                    let count = |number: &u32| found.groups.groups[*number as usize].count;
                    list.sort_by_key(|number| std::cmp::Reverse(count(number)));
                }
                Some(list)
            }
            Which::Realms => {
                let realms = self.realms.as_ref()?;
                let contexts = realms.contexts.len() as u32;
                let mut list: Vec<u32> = (0..contexts).collect();
                let size = |number: &u32| realms.contexts[*number as usize].size;
                list.sort_by_key(|number| std::cmp::Reverse(size(number)));
                list.extend([contexts, contexts + 1]);
                Some(list)
            }
        }
    }

    fn all(&self) -> Option<usize> {
        let found = self.found.as_ref().filter(|_| self.narrows())?;
        Some(found.groups.groups.len())
    }

    fn narrows(&self) -> bool {
        self.which == Which::Closures
    }

    fn nothing(&self, depth: usize, filter: &str, back: &str) -> String {
        match (depth, filter) {
            (1.., _) => "no variables that hold objects".to_owned(),
            (_, "") => "no contexts".to_owned(),
            _ => format!("No context matches; {back} shows all"),
        }
    }

    fn unfolds(&self, _: &View, listed: Listed, _: u32) -> bool {
        matches!(listed, Listed::Groups | Listed::Contexts)
    }

    fn below(&self, view: &Arc<View>, listed: Listed, value: u32) -> Option<Below<Self>> {
        let context = match listed {
            Listed::Groups => {
                let members = self.found.as_ref()?.groups.members(value as usize);
                match members {
                    [context] => *context,
                    _ => {
                        let list = members.iter().map(|node| node.0).collect();
                        return Some(Below::Known(Listed::Contexts, list));
                    }
                }
            }
            _ => NodeId(value),
        };
        let view = Arc::clone(view);
        Some(Below::Asked(
            Listed::Variables,
            Box::new(move |task| {
                let edges = captured(&view.heap, context, task)?;
                Ok(edges.iter().map(|edge| edge.0).collect())
            }),
        ))
    }

    fn keep(&mut self, _: Listed, found: Vec<u32>) -> Vec<u32> {
        found
    }

    fn tell(&self, view: &View, listed: Listed, value: u32) -> Option<Told> {
        let (heap, names) = (&*view.heap, &view.names);
        let told = match listed {
            Listed::Groups => {
                let group = self.group(value)?;
                Told {
                    count: Some(u64::from(group.count)),
                    retained: Some(group.retained),
                    ..Told::named(self.group_label(view, value)?)
                }
            }
            Listed::Contexts => {
                let node = NodeId(value);
                Told::object(view, node, names.briefly(heap, node, Label::default()))
            }
            Listed::Variables => {
                let edge = EdgeId(value);
                let target = heap.graph().target(edge);
                let mut label = Label::default();
                if self.unused.contains(&value) {
                    label.push("unused: ", Tone::Problem);
                }
                label.push(names.scripts().edge_label(heap, edge), Tone::Edge);
                label.push(" :: ", Tone::Dim);
                Told::object(view, target, names.briefly(heap, target, label))
            }
            Listed::Realms => {
                let realms = self.realms.as_ref()?;
                let (label, size) = match realms.contexts.get(value as usize) {
                    Some(context) => (
                        names.briefly(heap, context.node, Label::default()),
                        context.size,
                    ),
                    None if value as usize == realms.contexts.len() => {
                        (Label::of("shared by several", Tone::Dim), realms.shared)
                    }
                    None => (Label::of("of none of them", Tone::Dim), realms.unattributed),
                };
                Told {
                    retained: Some(size),
                    id: self.node(view, listed, value).map(|node| heap.id(node)),
                    ..Told::named(label)
                }
            }
        };
        Some(told)
    }

    fn node(&self, view: &View, listed: Listed, value: u32) -> Option<NodeId> {
        match listed {
            Listed::Groups => Some(self.group(value)?.example),
            Listed::Contexts => Some(NodeId(value)),
            Listed::Variables => Some(view.heap.graph().target(EdgeId(value))),
            Listed::Realms => {
                let contexts = &self.realms.as_ref()?.contexts;
                contexts.get(value as usize).map(|context| context.node)
            }
        }
    }

    fn shows_code(&self) -> bool {
        self.which == Which::Closures
    }

    fn works(&self, command: Command, _: Option<&Subject>) -> Option<bool> {
        (command == Command::ShowContexts).then_some(false)
    }
}
