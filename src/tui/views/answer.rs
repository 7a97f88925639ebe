//! The page of a question's answer: the objects that it finds, or groups of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::query::columns::{GROUP, OBJECT, of_groups, of_objects};
use crate::query::{Answer, Asked, Group, Query, Rows, Shows};
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::page::{Header, Page, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// A question about a dump that is loaded.
#[derive(Clone)]
pub struct Question {
    view: Arc<View>,
    text: Arc<str>,
    /// The largest id of each dump, by its label and by its file's name; `None` where it was not read yet.
    ids: Arc<HashMap<String, Option<u32>>>,
}

impl Question {
    /// A question, with the dumps that it may name.
    pub fn new(text: Arc<str>, view: Arc<View>, store: &DumpStore) -> Self {
        let mut ids = HashMap::new();
        for dump in store.usable_dumps() {
            let id = store.max_id(&id_of(&dump));
            ids.insert(dump.name, id);
            ids.extend(dump.label.map(|label| (label, id)));
        }
        let ids = Arc::new(ids);
        Self { view, text, ids }
    }

    /// Answers it.
    ///
    /// # Errors
    /// When it is not understood, or names a dump or an object that is not there; when cancelled.
    pub fn answer(&self, task: &Task) -> Result<Answer> {
        let query = Query::parse(&self.text)
            .map_err(|problem| Error::usage(format!("the question, {problem}")))?;
        let mut max_id = |name: &str| match self.ids.get(name) {
            Some(Some(id)) => Ok(*id),
            Some(None) => Err(Error::usage(format!("{name} has not been read yet"))),
            None => Err(Error::usage(format!("there is no dump {name}"))),
        };
        let mut asked = Asked {
            heap: &self.view.heap,
            scripts: self.view.names.scripts(),
            max_id: &mut max_id,
        };
        query.run(&mut asked, task)
    }
}

/// How much an answer finds, in words.
pub fn figures(answer: &Answer) -> String {
    let many = |count: u64, word: &str| {
        let end = if count == 1 { "" } else { "s" };
        format!("{} {word}{end}", grouped(count))
    };
    let mut words = format!(
        "{}, {} shallow",
        many(answer.count, "object"),
        bytes(answer.shallow)
    );
    let (rows, of) = (answer.len() as u64, answer.of as u64);
    match &answer.rows {
        Rows::Groups(_) => words.push_str(&format!(" in {}", many(of, "group"))),
        Rows::Objects(_) if of < answer.count => {
            words.push_str(&format!(" · {} kept", grouped(of)));
        }
        Rows::Objects(_) => {}
    }
    if rows < of {
        words.push_str(&format!(" · the first {}", grouped(rows)));
    }
    words
}

/// The page of a question, which is being answered.
pub fn page(
    key: PageKey,
    text: Arc<str>,
    view: Arc<View>,
    store: &DumpStore,
    work: &mut Work,
) -> Box<dyn Page> {
    let groups = Query::parse(&text).is_ok_and(|query| query.groups());
    let question = Question::new(text, view, store);
    match groups {
        true => Box::new(ListPage::new(key, Answered::<Group>::of(question), work)),
        false => Box::new(ListPage::new(key, Answered::<NodeId>::of(question), work)),
    }
}

/// A row of an answer.
pub trait Row: Clone + Send + Sync + Sized + 'static {
    /// The columns beside the name.
    const COLUMNS: &'static [Column<Self, Answered<Self>>];
    /// What the names are called in a file.
    const NAME: Head;
    /// What stands above the names.
    const TITLE: &'static str;
    /// The rows, if they are such ones.
    fn of(rows: Rows) -> Option<Vec<Self>>;

    /// What the row is called.
    fn label(&self, view: &View) -> Label;

    /// The object that it stands for.
    fn object(&self) -> NodeId;
}

impl Row for NodeId {
    const COLUMNS: &'static [Column<Self, Answered<Self>>] = &of_objects();
    const NAME: Head = OBJECT;
    const TITLE: &'static str = "Object";

    fn of(rows: Rows) -> Option<Vec<Self>> {
        match rows {
            Rows::Objects(nodes) => Some(nodes),
            Rows::Groups(_) => None,
        }
    }

    fn label(&self, view: &View) -> Label {
        view.names.object(&view.heap, *self)
    }

    fn object(&self) -> NodeId {
        *self
    }
}

impl Row for Group {
    const COLUMNS: &'static [Column<Self, Answered<Self>>] = &of_groups();
    const NAME: Head = GROUP;
    const TITLE: &'static str = "Group";

    fn of(rows: Rows) -> Option<Vec<Self>> {
        match rows {
            Rows::Groups(groups) => Some(groups),
            Rows::Objects(_) => None,
        }
    }

    fn label(&self, _: &View) -> Label {
        Label::of(self.key.clone(), Tone::Plain)
    }

    fn object(&self) -> NodeId {
        self.example
    }
}

/// What is listed.
#[derive(Clone)]
pub struct Answered<R> {
    question: Question,
    /// `None` while the question is being answered.
    found: Option<Arc<Found<R>>>,
}

/// What a question found.
pub struct Found<R> {
    figures: String,
    rows: Vec<R>,
    is_sorted: bool,
}

impl<R: Row> Answered<R> {
    fn of(question: Question) -> Self {
        let found = None;
        Self { question, found }
    }

    fn question(&self) -> Spans {
        Spans::new().name(self.question.text.to_string())
    }
}

impl<R: Row> Shows for Answered<R> {
    fn heap(&self) -> &Heap {
        &self.question.view.heap
    }

    fn object(&self, node: NodeId) -> Spans {
        self.question.view.names.scripts().label(self.heap(), node)
    }

    fn class(&self, node: NodeId) -> Spans {
        let scripts = self.question.view.names.scripts();
        scripts.class_of(self.heap(), node)
    }

    fn text(&self, text: Spans) -> Cell {
        Cell::Text(text)
    }
}

impl<R: Row> List for Answered<R> {
    type Row = R;
    type Found = Found<R>;

    const COLUMNS: &'static [Column<R, Self>] = R::COLUMNS;
    const NAME: Head = R::NAME;

    fn job(&self) -> Option<Job<Found<R>>> {
        let question = self.question.clone();
        Some(Box::new(move |task| {
            let answer = question.answer(task)?;
            Ok(Found {
                figures: figures(&answer),
                rows: R::of(answer.rows).unwrap_or_default(),
                is_sorted: Query::parse(&question.text).is_ok_and(|query| query.sorts()),
            })
        }))
    }

    fn take(&mut self, found: Found<R>) -> Option<usize> {
        self.found = Some(Arc::new(found));
        None
    }

    fn rows(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.rows.len())
    }

    fn item(&self, index: usize) -> Option<Item<R>> {
        let row = self.found.as_ref()?.rows.get(index)?;
        Some(Item::Row(row.clone()))
    }

    fn label(&self, row: &R) -> Label {
        row.label(&self.question.view)
    }

    fn mark(&self, _: &Item<R>) -> (usize, &'static str) {
        (0, "·")
    }

    fn title(&self, busy: bool) -> String {
        let end = if busy { "…" } else { "" };
        format!("{}{end}", R::TITLE)
    }

    fn name_room(&self, width: u16) -> u16 {
        width / 2
    }

    fn sorted(&self) -> Option<(&'static str, bool)> {
        // Unless the question says otherwise.
        let is_sorted = self.found.as_ref().is_some_and(|found| found.is_sorted);
        (!is_sorted).then_some(("retained_size", false))
    }

    fn doing(&self) -> String {
        "answering the question".to_owned()
    }

    fn nothing(&self) -> Option<String> {
        Some("no object answers the question".to_owned())
    }

    fn header(&self, store: &DumpStore) -> Header {
        let view = &self.question.view;
        let facts = self.found.iter().map(|found| said(found.figures.clone()));
        Header {
            path: vec![view.title(store.labelled(&view.dump)), self.question()],
            // All objects are asked, whatever is chosen elsewhere.
            facts: sheet::with_all_holders(view, facts.collect()),
        }
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.question.view)
    }

    fn subject(&self, row: Option<&R>) -> Option<Subject> {
        Some(Subject::of(&self.question.view, row?.object()))
    }
}
