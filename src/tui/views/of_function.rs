//! The page of what a function of a profile is in a dump: the classes that it constructs, and its closures.

use std::sync::Arc;

use crate::analysis::allocated::Certainty;
use crate::analysis::of_function::{OfFunction, of_function};
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::profile::CallSite;
use crate::table::{Cell, Column, Head};
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Effect, Header, Subject};
use crate::tui::place::PageKey;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::makers::function;
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// The page of a function, which is being looked for.
pub fn page(
    key: PageKey,
    call_site: Arc<CallSite>,
    view: Arc<View>,
    work: &mut Work,
) -> ListPage<InHeap> {
    let list = InHeap {
        view,
        call_site,
        found: None,
    };
    ListPage::new(key, list, work)
}

/// What a function is in a heap.
#[derive(Clone)]
pub struct InHeap {
    view: Arc<View>,
    call_site: Arc<CallSite>,
    found: Option<Arc<OfFunction>>,
}

/// What a row is.
#[derive(Clone, Copy)]
pub enum Row {
    /// A class that the function constructs.
    Class(ClassId),
    /// A closure of the function.
    Closure(NodeId),
}

impl List for InHeap {
    type Row = Row;
    type Found = Option<OfFunction>;

    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::number("Id", "id").of(|row, page| match row {
            Row::Class(_) => Cell::Nothing,
            Row::Closure(node) => Cell::Id(page.view.heap.id(*node)),
        }),
        Head::number("Count", "count")
            .on_screen("Count", 8, 6)
            .of(|row, page| match row {
                Row::Class(class) => {
                    Cell::known(page.view.class_row(*class), |of| Cell::count(of.count))
                }
                Row::Closure(_) => Cell::Nothing,
            }),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 4)
            .of(|row, page| match row {
                Row::Class(class) => {
                    Cell::known(page.view.class_row(*class), |of| Cell::Size(of.shallow))
                }
                Row::Closure(node) => Cell::Size(page.view.heap.shallow(*node)),
            }),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 9, 9)
            .of(|row, page| match row {
                Row::Class(class) => {
                    Cell::known(page.view.class_row(*class), |of| Cell::Size(of.retained))
                }
                Row::Closure(node) => Cell::Size(page.view.heap.retained(*node)),
            }),
    ];

    fn job(&self) -> Option<Job<Option<OfFunction>>> {
        let (view, call_site) = (Arc::clone(&self.view), Arc::clone(&self.call_site));
        Some(Box::new(move |task| {
            of_function(&view.heap, view.names.scripts(), call_site.frame(), task)
        }))
    }

    fn take(&mut self, found: Option<OfFunction>) -> Option<usize> {
        self.found = found.map(Arc::new);
        None
    }

    fn rows(&self) -> usize {
        let found = self.found.as_ref();
        found.map_or(0, |found| found.classes.len() + found.closures.len())
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        let found = self.found.as_ref()?;
        Some(Item::Row(match index.checked_sub(found.classes.len()) {
            None => Row::Class(*found.classes.get(index)?),
            Some(index) => Row::Closure(*found.closures.get(index)?),
        }))
    }

    fn label(&self, row: &Row) -> Label {
        let (heap, names) = (&self.view.heap, &self.view.names);
        match row {
            Row::Class(class) => names.class(heap, *class),
            Row::Closure(node) => names.object(heap, *node),
        }
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        match item {
            Item::Row(Row::Class(_)) => (0, "▸"),
            _ => (0, "·"),
        }
    }

    fn title(&self, _: bool) -> String {
        "What it constructs, and its closures".to_owned()
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(if width < 60 { 11 } else { 31 })
    }

    fn doing(&self) -> String {
        "finding its objects".to_owned()
    }

    fn nothing(&self) -> Option<String> {
        let words = match self.call_site.frame().has_place() {
            true => "no closures of this function in this dump, and no class",
            false => "V8's own work: no closures and no class",
        };
        Some(words.to_owned())
    }

    /// What was found, and how sure that is.
    fn words(&self, _: Option<&Row>) -> Spans {
        let place = function(&self.call_site)
            .note(" · ")
            .place(self.call_site.url.clone());
        let Some(found) = &self.found else {
            return place;
        };
        let how = match found.certainty {
            Certainty::Place => "found by script, line and column: the same function",
            Certainty::File => {
                "found by its name in the same script: most likely the same function"
            }
            Certainty::Name => "found by its name only: perhaps another function",
        };
        let alive = grouped(found.closures.len() as u64);
        place.note(format!(" · {how} · {alive} of its closures are alive"))
    }

    fn header(&self, store: &DumpStore) -> Header {
        let name = self.call_site.frame().shown_name().to_owned();
        let title = Spans::new().function(name).note(" in the heap");
        sheet::header_of_all(&self.view, store, title, Vec::new())
    }

    fn heading(&self) -> Vec<Spans> {
        vec![self.words(None)]
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Row>) -> Option<Subject> {
        Some(match *row? {
            Row::Class(class) => Subject {
                dump: Arc::clone(&self.view.dump),
                node: None,
                class: Some(class),
            },
            Row::Closure(node) => Subject::of(&self.view, node),
        })
    }

    fn opens(&self, row: Option<&Row>) -> Option<Effect> {
        let dump = Arc::clone(&self.view.dump);
        Some(match *row? {
            Row::Class(class) => {
                let class = self.view.heap.class(class).clone();
                Effect::Summary(dump, self.view.scope.clone(), Some(class))
            }
            Row::Closure(node) => Effect::Visit(PageKey::Object(dump, node)),
        })
    }
}
