//! The page of a search: the properties or strings that were found, those that retain most first.

use std::sync::Arc;

use crate::analysis::find::{Hit, Hits, What, find};
use crate::analysis::pattern::{How, Pattern};
use crate::heap::shown_distance;
use crate::table::{Cell, Column, Head};
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Header, Subject, said};
use crate::tui::place::{PageKey, Query};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::table::name_room;
use crate::tui::work::Work;

/// The page.
pub type HitsPage = ListPage<Found>;

/// What was found.
#[derive(Clone)]
pub struct Found {
    view: Arc<View>,
    query: Query,
    /// Nothing while it is looked for.
    hits: Option<Arc<Hits>>,
}

/// The page of a search, which is begun.
pub fn page(key: PageKey, query: Query, view: Arc<View>, work: &mut Work) -> HitsPage {
    let hits = None;
    ListPage::new(key, Found { view, query, hits }, work)
}

impl Found {
    /// What is looked for, in words.
    fn sought(&self) -> Spans {
        let what = match self.query.what {
            What::Properties => "properties",
            What::Strings => "strings",
        };
        let way = match self.query.how {
            How::Fuzzy => "with the letters",
            How::Text => "with",
            How::Regex => "that match",
        };
        let words = Spans::from(what).note(" ").note(way).note(" ");
        words.value(self.query.text.to_string())
    }

    fn sought_words(&self) -> String {
        one_line(&self.sought().plain()).into_owned()
    }
}

impl List for Found {
    type Row = Hit;
    type Found = Hits;

    const COLUMNS: &'static [Column<Hit, Self>] = &[
        Head::number("Id", "id").of(|hit, page| Cell::Id(page.view.heap.id(hit.node))),
        Head::number("Distance", "distance")
            .on_screen("Dist", 4, 3)
            .of(|hit, page| Cell::Distance(shown_distance(page.view.heap.distance(hit.node)))),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 5)
            .of(|hit, page| Cell::Size(page.view.heap.shallow(hit.node))),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 9, 9)
            .of(|hit, page| Cell::Size(page.view.heap.retained(hit.node))),
    ];

    fn job(&self) -> Option<Job<Hits>> {
        let (view, query) = (Arc::clone(&self.view), self.query.clone());
        Some(Box::new(move |task| {
            let pattern = Pattern::new(query.how, &query.text);
            find(&view.heap, query.what, &pattern, task)
        }))
    }

    fn take(&mut self, found: Hits) -> Option<usize> {
        self.hits = Some(Arc::new(found));
        None
    }

    fn rows(&self) -> usize {
        self.hits.as_ref().map_or(0, |hits| hits.hits.len())
    }

    fn item(&self, index: usize) -> Option<Item<Hit>> {
        Some(Item::Row(*self.hits.as_ref()?.hits.get(index)?))
    }

    fn label(&self, hit: &Hit) -> Label {
        let (heap, names) = (&self.view.heap, &self.view.names);
        let Some(edge) = hit.edge else {
            return names.object(heap, hit.node);
        };
        let owner = heap.graph().source(edge);
        let mut label = names.field(heap, owner, edge);
        let owner = Spans::from("  in ").then(names.object(heap, owner).spans());
        label.push_tail_within(owner, 45, Tone::Dim);
        label
    }

    fn mark(&self, _: &Item<Hit>) -> (usize, &'static str) {
        (0, "·")
    }

    fn title(&self, _: bool) -> String {
        match self.query.what {
            What::Properties => "Property".to_owned(),
            What::Strings => "String".to_owned(),
        }
    }

    fn name_room(&self, width: u16) -> u16 {
        name_room(width)
    }

    fn sorted(&self) -> Option<(usize, bool)> {
        Some((3, false))
    }

    fn doing(&self) -> String {
        format!("looking for {}", self.sought_words())
    }

    fn nothing(&self) -> Option<String> {
        Some(format!(
            "no {}; / looks for something else",
            self.sought_words()
        ))
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let Some(hits) = &self.hits {
            let texts = match self.query.what {
                What::Properties => "names",
                What::Strings => "texts",
            };
            facts.push(said(format!("{} found", grouped(hits.count))));
            if self.more() > 0 {
                let listed = grouped(hits.hits.len() as u64);
                facts.push(said(format!("the {listed} largest are listed")));
            }
            facts.push(said(format!("{} different {texts}", grouped(hits.texts))));
        }
        Header {
            path: vec![
                self.view.title(store.labelled(&self.view.dump)),
                self.sought(),
            ],
            facts,
        }
    }

    fn hits(&self) -> Option<u64> {
        Some(self.hits.as_ref()?.count)
    }

    fn more(&self) -> usize {
        let count = self.hits.as_ref().map_or(0, |hits| hits.count as usize);
        count.saturating_sub(self.rows())
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Hit>) -> Option<Subject> {
        Some(Subject::of(&self.view, row?.node))
    }

    fn works(&self, command: Command, row: Option<&Hit>) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::Filter => true,
            _ => row.is_some(),
        }
    }
}
