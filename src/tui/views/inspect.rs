//! The page of all that is known of an object: facts, the text of a string in full, fields and entries.

use std::ops::Range;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::describe::Collection;
use crate::analysis::inspect::{Inspection, inspect};
use crate::analysis::makers::Makers;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::shown_distance;
use crate::profile::CallSite;
use crate::snapshot::NodeKind;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::text::wrap::broken;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, ProfileTarget, Subject, said};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::source::Source;
use crate::tui::theme::Tone;
use crate::tui::view::{Order, View};
use crate::tui::views::code::Code;
use crate::tui::views::inspect_rows::{WRITTEN, Written};
use crate::tui::views::makers::{own_profile, profile_label};
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::work::{Inbox, Slot, Work};

/// Bytes of a text that are broken into lines at a time.
const PART: usize = 1 << 16;

/// Columns of the names of facts.
const NAMES: usize = 13;

/// The jobs of the page.
const FACTS: u32 = 0;
pub(super) const MAKERS: u32 = 1;
pub(super) const CODE: u32 = 2;

/// What the fact of the object's place is called.
pub(super) const SOURCE: &str = "source";

/// What workers find for the page.
pub(super) enum Message {
    Facts(Result<Found>),
    Makers(Result<Makers>),
    Code(Result<Option<Code>>),
}

/// The page.
pub struct InspectPage {
    pub(super) inbox: Inbox<Message>,
    pub(super) key: PageKey,
    pub(super) view: Arc<View>,
    pub(super) node: NodeId,
    pub(super) found: Option<Found>,
    /// The profile of the process, where there is one, and what it is called.
    pub(super) profile: Option<DumpId>,
    pub(super) profile_label: String,
    problem: Option<String>,
    value: Value,
    pub(super) cursor: Cursor,
}

/// What the worker found.
pub(super) struct Found {
    pub(super) facts: Vec<Fact>,
    /// The text of a string, made safe.
    text: Option<String>,
    /// What is said above it.
    text_title: String,
    /// Entries and fields, as edges.
    fields: Arc<[u32]>,
    fields_title: String,
}

/// One line of what is known.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) words: Spans,
    /// The object that it is about, if it is another one.
    pub(super) node: Option<NodeId>,
    /// The function of a profile that it is about.
    pub(super) function: Option<CallSite>,
}

impl Fact {
    pub(super) fn of(name: &'static str, words: impl Into<Spans>) -> Self {
        Self {
            name,
            words: words.into(),
            node: None,
            function: None,
        }
    }
}

/// The part of the text that is shown, broken into lines.
#[derive(Default)]
struct Value {
    /// Which part.
    part: usize,
    /// For which width the lines are.
    columns: usize,
    /// Where lines begin in the text; the last entry is the end.
    starts: Vec<usize>,
}

/// What a row is.
enum Row {
    Fact(usize),
    Blank,
    TextTitle,
    Text(usize),
    FieldsTitle,
    Field(usize),
}

impl InspectPage {
    /// The page of an object, about which facts are being collected.
    pub fn new(key: PageKey, node: NodeId, view: Arc<View>, ctx: &mut PageCtx<'_>) -> Self {
        let asked = Arc::clone(&view);
        let job = move |task: &Task| {
            let inspection = inspect(&asked.heap, node, task)?;
            let order = Order {
                internals: true,
                ..Order::default()
            };
            let fields = asked.branch(Source::Fields(node), &order, task)?.list;
            Ok(Found::new(&asked, node, inspection, fields))
        };
        let inbox = Inbox::default();
        ctx.work
            .start(Slot::Page(key.clone(), FACTS), &inbox, job, Message::Facts);
        let profile = own_profile(ctx.store);
        let label = profile
            .as_ref()
            .map(|profile| profile_label(profile, ctx.store));
        Self {
            inbox,
            key,
            profile,
            profile_label: label.unwrap_or_default(),
            view,
            node,
            found: None,
            problem: None,
            value: Value::default(),
            cursor: Cursor::default(),
        }
    }

    fn text(&self) -> Option<&str> {
        self.found.as_ref()?.text.as_deref()
    }

    /// The parts that the text has.
    fn parts(&self) -> usize {
        self.text()
            .map_or(0, |text| text.len().div_ceil(PART).max(1))
    }

    /// The part of the text that is shown.
    fn part(&self, part: usize) -> Range<usize> {
        let text = self.text().unwrap_or_default();
        let boundary = |at: usize| {
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        boundary(part * PART)..boundary((part + 1) * PART)
    }

    /// Breaks the text into lines of this width, unless it is.
    fn breaks(&mut self, columns: usize) {
        if self.value.columns == columns && !self.value.starts.is_empty() {
            return;
        }
        let range = self.part(self.value.part);
        let text = self.text().unwrap_or_default();
        let part = text.get(range.clone()).unwrap_or_default();
        let starts = broken(part, columns);
        self.value.starts = starts.iter().map(|at| at + range.start).collect();
        self.value.columns = columns;
    }

    fn turn(&mut self, forward: bool) {
        let last = self.parts().saturating_sub(1);
        let now = self.value.part;
        self.value.part = match forward {
            true => (now + 1).min(last),
            false => now.saturating_sub(1),
        };
        if now != self.value.part {
            self.value.starts.clear();
            let facts = self.found.as_ref().map_or(0, |found| found.facts.len());
            self.cursor.go(Motion::To(facts + 1), usize::MAX);
        }
    }

    fn text_rows(&self) -> usize {
        match self.text() {
            Some(_) => 2 + self.value.starts.len().saturating_sub(1),
            None => 0,
        }
    }

    pub(super) fn rows(&self) -> usize {
        let Some(found) = &self.found else { return 1 };
        found.facts.len() + self.text_rows() + 2 + found.fields.len()
    }

    fn row(&self, index: usize) -> Option<Row> {
        let found = self.found.as_ref()?;
        let Some(index) = index.checked_sub(found.facts.len()) else {
            return Some(Row::Fact(index));
        };
        let Some(index) = index.checked_sub(self.text_rows()) else {
            return Some(match index {
                0 => Row::Blank,
                1 => Row::TextTitle,
                line => Row::Text(line - 2),
            });
        };
        match index {
            0 => Some(Row::Blank),
            1 => Some(Row::FieldsTitle),
            field => (field - 2 < found.fields.len()).then_some(Row::Field(field - 2)),
        }
    }

    fn field(&self, number: usize) -> Option<EdgeId> {
        let edges = &self.found.as_ref()?.fields;
        edges.get(number).map(|&edge| EdgeId(edge))
    }

    fn node_at(&self, index: usize) -> Option<NodeId> {
        match self.row(index)? {
            Row::Fact(fact) => self.found.as_ref()?.facts.get(fact)?.node,
            Row::Field(field) => Some(self.view.heap.graph().target(self.field(field)?)),
            _ => None,
        }
    }

    fn line(&self, index: usize, columns: &Layout) -> Option<Line> {
        let (heap, names) = (&*self.view.heap, &self.view.names);
        let Some(found) = &self.found else {
            return (index == 0).then(|| match &self.problem {
                Some(problem) => Line::note(problem, Tone::Problem),
                None => Line::note("reading the object…", Tone::Busy),
            });
        };
        Some(match self.row(index)? {
            Row::Blank => Line::named(Label::default()),
            Row::Fact(number) => {
                let fact = found.facts.get(number)?;
                let mut label =
                    Label::of(Spans::new().note(width::fit(fact.name, NAMES)), Tone::Dim);
                label.push(fact.words.clone(), Tone::Plain);
                let leads = fact.node.is_some() || fact.function.is_some();
                let glyph = if leads { "→" } else { " " };
                Line::named(label).at(0, glyph)
            }
            Row::TextTitle => {
                let mut title = found.text_title.clone();
                if self.parts() > 1 {
                    let part = grouped(self.value.part as u64 + 1);
                    title.push_str(&format!(
                        " · part {part} of {}",
                        grouped(self.parts() as u64)
                    ));
                }
                Line::note(&title, Tone::Heading)
            }
            Row::Text(line) => {
                let (start, end) = (
                    self.value.starts.get(line)?,
                    self.value.starts.get(line + 1)?,
                );
                let text = self.text()?.get(*start..*end)?;
                Line::named(Label::of(Spans::new().value(text.to_owned()), Tone::Text))
            }
            Row::FieldsTitle => Line::note(&found.fields_title, Tone::Heading),
            Row::Field(number) => {
                let edge = self.field(number)?;
                let about = (Arc::clone(&self.view), self.node);
                let cells = table::cells(WRITTEN, columns, &Written::Field(edge), &about);
                let label = names.field(heap, self.node, edge);
                Line::named(label).at(0, "·").with(cells)
            }
        })
    }
}

impl Found {
    fn new(view: &View, node: NodeId, known: Inspection, fields: Vec<u32>) -> Self {
        let facts = facts(view, node, &known);
        let count = fields.len() as u64;
        let fields_title = match count {
            0 => "It has no references.".to_owned(),
            1 => "It refers to".to_owned(),
            count => format!("It refers to {}", grouped(count)),
        };
        let mut text_title = String::new();
        let text = known.text.map(|text| {
            let characters = text.text.encode_utf16().count() as u64;
            text_title = format!("Text of {} characters", grouped(characters));
            match (text.is_whole, text.length) {
                (false, _) => text_title.push_str(", more not shown"),
                (true, Some(length)) if length > characters => text_title.push_str(&format!(
                    ", where the program has {}: the dump cut it",
                    grouped(length)
                )),
                (true, None) if characters == 1024 => {
                    text_title.push_str("; V8 truncates strings there, it may be longer");
                }
                _ => {}
            }
            one_line(&text.text).into_owned()
        });
        Self {
            facts,
            text,
            text_title,
            fields: fields.into(),
            fields_title,
        }
    }
}

/// What is known, line by line.
fn facts(view: &View, node: NodeId, known: &Inspection) -> Vec<Fact> {
    let (heap, names) = (&*view.heap, &view.names);
    let mut facts = Vec::new();
    let briefly = |node| names.briefly(heap, node, Label::default()).spans();
    let mut tell = |name, words: Spans| facts.push(Fact::of(name, words));
    tell("object", briefly(node));
    let class = names.scripts().class_of(heap, node);
    let kind = heap.kind_name(node);
    tell("constructor", class.note(format!(" ({kind})")));
    if let Some(place) = names.scripts().place(heap, node) {
        let what = match heap.kind(node) {
            NodeKind::CLOSURE => "written at",
            _ => "made by code at",
        };
        tell(SOURCE, Spans::new().note(what).note(" ").place(place));
    }
    let mut say = |name, words: String| tell(name, Spans::new().note(words));
    let share = percent(heap.retained(node), view.total);
    say(
        "retained",
        format!("{}, {share} of the heap", bytes(heap.retained(node))),
    );
    say("shallow", bytes(heap.shallow(node)));
    if known.native > 0 {
        say(
            "native",
            format!("{} outside the heap", bytes(known.native)),
        );
    }
    if let Some((kind, entries)) = known.entries {
        let words = match kind {
            Collection::Map => "entries of the Map",
            Collection::Set => "members of the Set",
            Collection::Array => "elements",
        };
        say(
            "contains",
            format!("{} {words} that are objects", grouped(entries)),
        );
    }
    let distance = match shown_distance(heap.distance(node)) {
        Some(distance) => format!("{} steps from the roots", grouped(u64::from(distance))),
        None => "none from the global objects: garbage, or held by the stack or native code only"
            .to_owned(),
    };
    say("distance", distance);
    let detached = match heap.detachedness(node) {
        1 => Some("attached to a document"),
        2 => Some("detached: outside its document"),
        _ => None,
    };
    if let Some(words) = detached {
        say("DOM", words.to_owned());
    }
    let weak = match known.weak_holders {
        0 => String::new(),
        weak => format!(", and weakly by {}", grouped(weak)),
    };
    let held = match known.holders {
        0 => "no other object".to_owned(),
        1 => "1 reference".to_owned(),
        held => format!("{} references", grouped(held)),
    };
    say("held by", format!("{held}{weak}"));
    let below = match known.dominated {
        0 => "nothing else".to_owned(),
        1 => "1 object directly, with all below it".to_owned(),
        count => format!("{} objects directly, with all below them", grouped(count)),
    };
    say("keeps alive", below);
    let dominator = heap.dominator(node);
    if node != heap.root() {
        facts.push(Fact {
            node: Some(dominator),
            ..Fact::of(
                "dominator",
                briefly(dominator)
                    .note(", ")
                    .number(bytes(heap.retained(dominator))),
            )
        });
    }
    let origin = match heap.id(node) % 2 {
        1 => "",
        _ => ", even: not a JavaScript object",
    };
    let id = Spans::new().id(heap.id(node)).note(origin);
    facts.push(Fact::of("id", id));
    facts.push(Fact::of("dump", Spans::new().place(view.file.clone())));
    facts
}

fn columns(row: u16) -> Layout {
    let beside = if row < 60 { 11 } else { 20 };
    table::layout(
        WRITTEN,
        table::as_declared,
        (row, row.saturating_sub(beside)),
    )
}

impl Page for InspectPage {
    fn context(&self) -> Context {
        Context::FACTS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        if self.text().is_some() {
            self.breaks(usize::from(area.width.saturating_sub(5)));
        }
        let columns = columns(area.width);
        self.cursor.fit(usize::from(area.height), self.rows());
        sheet::draw(
            buffer,
            area,
            &columns,
            self.cursor,
            |row| self.line(row, &columns),
            theme,
        );
    }

    fn header(&self, store: &DumpStore) -> Header {
        let heap = &self.view.heap;
        let label = self.view.names.briefly(heap, self.node, Label::default());
        let title = Spans::from("all of ").then(label.spans());
        let facts = vec![said(format!("retains {}", bytes(heap.retained(self.node))))];
        let mut header = sheet::header(&self.view, store, title, facts);
        // What counts elsewhere makes no difference to one object.
        header.facts = header.facts.split_off(header.facts.len().saturating_sub(1));
        header
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows());
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::NextPart => self.turn(true),
            Command::PreviousPart => self.turn(false),
            _ => {}
        }
        None
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::NextPart => self.value.part + 1 < self.parts(),
            Command::PreviousPart => self.value.part > 0,
            Command::Inspect => self.subject().and_then(|about| about.node) != Some(self.node),
            _ => true,
        }
    }

    /// A function is opened in its profile.
    fn opens(&self) -> Option<Effect> {
        let Row::Fact(number) = self.row(self.cursor.selected)? else {
            return None;
        };
        let function = self.found.as_ref()?.facts.get(number)?.function.clone()?;
        Some(Effect::Profile(
            self.profile.clone()?,
            ProfileTarget::Path(vec![function]),
        ))
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Message::Makers(found) => self.take_makers(found),
            Message::Code(found) => self.take_code(found),
            Message::Facts(Ok(found)) => {
                self.found = Some(found);
                self.ask_for_makers(ctx.work);
                self.ask_for_code(ctx);
            }
            Message::Facts(Err(error)) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let found = self.found.as_ref()?;
        let heading = self.header(store).heading();
        let facts = found.facts.iter();
        let facts = facts.map(|fact| Written::Fact(fact.name, fact.words.clone()));
        let mut rows: Vec<Written> = facts.collect();
        rows.extend(found.text.clone().map(Written::Text));
        let fields = Arc::clone(&found.fields);
        let about = (Arc::clone(&self.view), self.node);
        Some(Box::new(move |task| {
            let fields = fields.iter().map(|&edge| Written::Field(EdgeId(edge)));
            Rows::of(
                heading,
                WRITTEN,
                rows.into_iter().chain(fields),
                &about,
                task,
            )
        }))
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        Some(self.line(self.cursor.selected, &columns(u16::MAX))?.spans())
    }

    fn unsettled(&self, work: &Work, _below: bool) -> bool {
        let is_running = |&job| work.status(&Slot::Page(self.key.clone(), job)).is_some();
        [FACTS, MAKERS, CODE].iter().any(is_running)
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
