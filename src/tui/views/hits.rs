//! The page of a search: the properties or strings that were found, those that retain most first.

use std::sync::Arc;

use crate::analysis::find::{Hit, Hits, What, find};
use crate::analysis::pattern::{How, Pattern};
use crate::analysis::retainers::nearest;
use crate::graph::EdgeId;
use crate::heap::shown_distance;
use crate::table::{Cell, Column, Head};
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Header, Subject, said};
use crate::tui::place::{PageKey, Query};
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// The page.
pub type HitsPage = ListPage<Found>;

/// A hit, and the reference by which it is held: the property, of a string the nearest to the root.
type Held = (Hit, Option<EdgeId>);

/// What was found, and how each of the hits is held.
pub struct Looked {
    hits: Hits,
    held: Vec<Option<EdgeId>>,
}

/// What is listed.
#[derive(Clone)]
pub struct Found {
    view: Arc<View>,
    query: Query,
    /// Nothing while it is looked for.
    looked: Option<Arc<Looked>>,
}

/// The page of a search, which is begun.
pub fn page(key: PageKey, query: Query, view: Arc<View>, work: &mut Work) -> HitsPage {
    let looked = None;
    ListPage::new(
        key,
        Found {
            view,
            query,
            looked,
        },
        work,
    )
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

    fn found(&self) -> Option<&Hits> {
        Some(&self.looked.as_ref()?.hits)
    }

    /// Who holds a hit: `token in {user, token}`.
    fn holder(&self, (_, edge): &Held) -> Spans {
        let holder = edge.map(|edge| self.view.names.holder(&self.view.heap, edge));
        holder.map_or_else(Spans::new, |holder| holder.spans())
    }

    fn sought_words(&self) -> String {
        one_line(&self.sought().plain()).into_owned()
    }
}

impl List for Found {
    type Row = Held;
    type Found = Looked;

    const COLUMNS: &'static [Column<Held, Self>] = &[
        Head::text("Held by", "held_by")
            .on_screen("Held by", 30, 6)
            .left()
            .of(|hit, page| Cell::Text(page.holder(hit))),
        Head::number("Id", "id").of(|(hit, _), page| Cell::Id(page.view.heap.id(hit.node))),
        Head::number("Distance", "distance")
            .on_screen("Dist", 4, 3)
            .of(|(hit, _), page| Cell::Distance(shown_distance(page.view.heap.distance(hit.node)))),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 5)
            .of(|(hit, _), page| Cell::Size(page.view.heap.shallow(hit.node))),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 9, 9)
            .of(|(hit, _), page| Cell::Size(page.view.heap.retained(hit.node))),
    ];

    fn width(&self, head: &Head, usual: u16, line: u16) -> u16 {
        match &*head.name {
            // What is left of a wide line says more of who holds it.
            "held_by" => usual.max((line / 3).min(60)),
            _ => usual,
        }
    }

    fn job(&self) -> Option<Job<Looked>> {
        let (view, query) = (Arc::clone(&self.view), self.query.clone());
        Some(Box::new(move |task| {
            let pattern = Pattern::new(query.how, &query.text);
            let hits = find(&view.heap, query.what, &pattern, task)?;
            let mut held = Vec::with_capacity(hits.hits.len());
            for (number, hit) in hits.hits.iter().enumerate() {
                task.reached(number)?;
                held.push(hit.edge.or_else(|| nearest(&view.heap, hit.node)));
            }
            Ok(Looked { hits, held })
        }))
    }

    fn take(&mut self, found: Looked) -> Option<usize> {
        self.looked = Some(Arc::new(found));
        None
    }

    fn rows(&self) -> usize {
        self.found().map_or(0, |hits| hits.hits.len())
    }

    fn item(&self, index: usize) -> Option<Item<Held>> {
        let Looked { hits, held } = &**self.looked.as_ref()?;
        Some(Item::Row((*hits.hits.get(index)?, *held.get(index)?)))
    }

    fn label(&self, (hit, _): &Held) -> Label {
        let (heap, names) = (&self.view.heap, &self.view.names);
        match hit.edge {
            Some(edge) => names.field(heap, heap.graph().source(edge), edge),
            None => names.object(heap, hit.node),
        }
    }

    fn mark(&self, _: &Item<Held>) -> (usize, &'static str) {
        (0, "·")
    }

    fn title(&self, _: bool) -> String {
        match self.query.what {
            What::Properties => "Property".to_owned(),
            What::Strings => "String".to_owned(),
        }
    }

    fn name_room(&self, width: u16) -> u16 {
        width * 2 / 5
    }

    fn sorted(&self) -> Option<(&'static str, bool)> {
        Some(("retained_size", false))
    }

    fn doing(&self) -> String {
        format!("looking for {}", self.sought_words())
    }

    fn nothing(&self) -> Option<String> {
        Some(format!("no {}", self.sought_words()))
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let Some(hits) = self.found() {
            let texts = match self.query.what {
                What::Properties => "names",
                What::Strings => "strings",
            };
            facts.push(said(format!("{} found", grouped(hits.count))));
            if self.more() > 0 {
                let listed = grouped(hits.hits.len() as u64);
                facts.push(said(format!("the {listed} largest are listed")));
            }
            facts.push(said(match hits.texts {
                1 => format!("1 distinct {}", texts.trim_end_matches('s')),
                count => format!("{} distinct {texts}", grouped(count)),
            }));
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
        Some(self.found()?.count)
    }

    fn more(&self) -> usize {
        let count = self.found().map_or(0, |hits| hits.count as usize);
        count.saturating_sub(self.rows())
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&Held>) -> Option<Subject> {
        Some(Subject::of(&self.view, row?.0.node))
    }

    fn works(&self, command: Command, row: Option<&Held>) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::Filter => true,
            _ => row.is_some(),
        }
    }
}
