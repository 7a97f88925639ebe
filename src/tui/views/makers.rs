//! The page of who allocates an object and its like: recorded stacks, and functions of a profile of the process.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocated::Certainty;
use crate::analysis::makers::{Maker, Makers, Stack, makers};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::profile::CallSite;
use crate::series::allocating::profile_of;
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::export::{Export, Rows, quoted};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, ProfileTarget, Subject};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::profile::profiles;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_of_functions};
use crate::tui::work::{Inbox, Slot, Work};

/// Calls of a stack that are told in a row.
const CALLS: usize = 6;
/// Calls that are told of the selected stack.
const ALL_CALLS: usize = 24;

/// The page.
pub struct MakersPage {
    key: PageKey,
    view: Arc<View>,
    about: (Option<NodeId>, Option<ClassId>),
    /// The profile of the process, where there is one.
    profile: Option<DumpId>,
    /// What the profile is called.
    named: String,
    found: Option<Arc<Makers>>,
    problem: Option<String>,
    rows: Vec<Row>,
    cursor: Cursor,
    inbox: Inbox<Result<Makers>>,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Title(String),
    Note(String, Tone),
    Stack(usize),
    Function(usize),
    Below(usize),
}

/// The profile that tells who allocates what is in the dumps in view.
pub fn own_profile(store: &DumpStore) -> Option<DumpId> {
    profile_of(store.groups(), &store.usable_dumps()).map(id_of)
}

/// A profile's label and file, as in the list of dumps. Untrusted.
fn profile_name(profile: Option<&DumpId>, store: &DumpStore) -> String {
    let Some(profile) = profile else {
        return String::new();
    };
    let name = profile.file_name().unwrap_or_default().to_string_lossy();
    format!("{} {name}", profile_label(profile, store))
        .trim()
        .to_owned()
}

/// What a profile is called in short: `p3`.
pub fn profile_label(profile: &DumpId, store: &DumpStore) -> String {
    let files = profiles(store).files;
    let file = files.iter().find(|file| *file.dump.path == **profile);
    file.map_or(String::new(), |file| file.label.clone())
}

/// A function and its place: `login sessions.js:28:15`. Untrusted.
pub fn function(call_site: &CallSite) -> String {
    let frame = call_site.frame();
    match frame.shown_place() {
        Some(place) => format!("{} {place}", frame.shown_name()),
        None => frame.shown_name().to_owned(),
    }
}

/// A stack in a line, at most so many calls. Untrusted.
pub fn calls(stack: &Stack, most: usize) -> String {
    let mut calls: Vec<String> = stack.calls.iter().take(most).map(function).collect();
    if stack.calls.len() > most {
        calls.push("…".to_owned());
    }
    calls.join(" ← ")
}

/// A function of a profile in a sentence: what it has to do with the object, how sure that is, how much. Untrusted.
fn maker(maker: &Maker) -> String {
    let found = &maker.found;
    format!(
        "{} ({}; {}), {}",
        function(&maker.call_site),
        found.role.words(),
        found.certainty.words(),
        bytes(found.total_size)
    )
}

/// The same in a line of the inspector, where it is of the profile called `of`. Untrusted.
pub fn maker_in_short(maker: &Maker, of: &str) -> String {
    let found = &maker.found;
    format!(
        "{}  {}, {}, {} {of}",
        function(&maker.call_site),
        found.role.in_short(),
        found.certainty.in_short(),
        bytes(found.total_size)
    )
}

impl MakersPage {
    /// The page of an object, a class or both, about which is being looked.
    pub fn new(
        key: PageKey,
        about: (Option<NodeId>, Option<ClassId>),
        view: Arc<View>,
        ctx: &mut PageCtx<'_>,
    ) -> Self {
        let profile = own_profile(ctx.store);
        let (asked, path) = (Arc::clone(&view), profile.clone());
        let job = move |task: &Task| {
            let heap = (&*asked.heap, asked.names.scripts(), &*asked.dump);
            makers(heap, path.as_deref(), about, task)
        };
        let inbox = Inbox::default();
        ctx.work
            .start(Slot::Page(key.clone(), 0), &inbox, job, |found| found);
        Self {
            key,
            view,
            about,
            named: profile_name(profile.as_ref(), ctx.store),
            profile,
            found: None,
            problem: None,
            rows: Vec::new(),
            cursor: Cursor::default(),
            inbox,
        }
    }

    fn arrange(&mut self) {
        let Some(found) = &self.found else { return };
        let mut rows = Vec::new();
        if found.is_recorded {
            rows.push(Row::Title("Stacks recorded with the dump".to_owned()));
            rows.extend((0..found.stacks.len()).map(Row::Stack));
            let note = match (found.stacks.len(), found.more_stacks) {
                (0, _) => Some("allocated before the recording began, or by the engine".to_owned()),
                (_, 0) => None,
                (_, more) => Some(format!("{} more stacks", grouped(more as u64))),
            };
            rows.extend(note.map(|note| Row::Note(note, Tone::Dim)));
        }
        let heap = &self.view.heap;
        match (&self.profile, &found.problem) {
            (Some(_), None) => {
                rows.push(Row::Title(format!("Functions of {}", self.named)));
                if let Some(owner) = found.owner {
                    let owner = self.view.names.briefly(heap, owner, Label::default());
                    let words = format!("those that make what it belongs to: {}", owner.text());
                    rows.push(Row::Note(words, Tone::Dim));
                }
                rows.extend((0..found.functions.len()).map(Row::Function));
                if let (Some(first), [_, ..]) = (found.functions.first(), &found.below[..]) {
                    let name = first.call_site.frame().shown_name().to_owned();
                    rows.push(Row::Title(format!(
                        "Where {name}, what it calls and its file allocate"
                    )));
                    rows.extend((0..found.below.len()).map(Row::Below));
                }
                if found.functions.is_empty() {
                    let words =
                        "none is known to make it: nothing of its place or name was sampled";
                    rows.push(Row::Note(words.to_owned(), Tone::Dim));
                }
            }
            (Some(_), Some(problem)) => {
                rows.push(Row::Title(format!("Functions of {}", self.named)));
                rows.push(Row::Note(problem.to_string(), Tone::Problem));
            }
            (None, _) if !found.is_recorded => {
                let words = "no profile of this process is here, nor stacks in the dump";
                rows.push(Row::Note(words.to_owned(), Tone::Plain));
                let words =
                    "node --heap-prof writes one, and so does HeapProfiler.getSamplingProfile";
                rows.push(Row::Note(words.to_owned(), Tone::Dim));
            }
            (None, _) => {}
        }
        let first = rows
            .iter()
            .position(|row| matches!(row, Row::Stack(_) | Row::Function(_)));
        self.rows = rows;
        self.cursor.follow(first.unwrap_or(0), self.rows.len());
    }

    fn line(&self, index: usize, work: &Work) -> Option<Line> {
        let Some(found) = &self.found else {
            let slot = Slot::Page(self.key.clone(), 0);
            return (index == 0).then(|| match &self.problem {
                Some(problem) => Line::note(problem, Tone::Problem),
                None => sheet::progress("looking who allocates it", work.status(&slot)),
            });
        };
        Some(match self.rows.get(index)? {
            Row::Title(words) => Line::note(words, Tone::Heading),
            Row::Note(words, tone) => Line::note(words, *tone).at(1, " "),
            Row::Stack(number) => {
                let stack = found.stacks.get(*number)?;
                let label = Label::of(&calls(stack, CALLS), Tone::Function);
                let cells = vec![
                    ("recorded".to_owned(), Tone::Plain),
                    sheet::count(stack.count),
                    sheet::size(stack.size),
                    (String::new(), Tone::Dim),
                ];
                let glyph = if stack.is_of_object { "●" } else { "·" };
                Line::named(label).at(1, glyph).with(cells)
            }
            Row::Below(number) => {
                let (call_site, size) = found.below.get(*number)?;
                let cells = vec![
                    (String::new(), Tone::Dim),
                    (String::new(), Tone::Dim),
                    sheet::size(*size),
                    (String::new(), Tone::Dim),
                ];
                let label = Label::of(&function(call_site), Tone::Function);
                Line::named(label).at(1, "·").with(cells)
            }
            Row::Function(number) => {
                let maker = found.functions.get(*number)?;
                let words = format!("  {}", maker.found.role.in_short());
                let label =
                    Label::of(&function(&maker.call_site), Tone::Function).with(&words, Tone::Dim);
                let sure = maker.found.certainty;
                let tone = match sure {
                    Certainty::Place => Tone::Plain,
                    Certainty::File | Certainty::Name => Tone::Dim,
                };
                let cells = vec![
                    (sure.in_short().to_owned(), tone),
                    (String::new(), Tone::Dim),
                    sheet::size(maker.found.self_size),
                    sheet::size(maker.found.total_size),
                ];
                Line::named(label).at(1, "·").with(cells)
            }
        })
    }

    /// The function of a row.
    fn call_site(&self, row: &Row) -> Option<&CallSite> {
        let found = self.found.as_ref()?;
        match row {
            Row::Function(number) => Some(&found.functions.get(*number)?.call_site),
            Row::Below(number) => Some(&found.below.get(*number)?.0),
            Row::Title(_) | Row::Note(..) | Row::Stack(_) => None,
        }
    }

    /// The selected row in full.
    fn words(&self) -> String {
        let (Some(found), Some(row)) = (&self.found, self.rows.get(self.cursor.selected)) else {
            return String::new();
        };
        match row {
            Row::Title(_) | Row::Note(..) => String::new(),
            Row::Stack(number) => found.stacks.get(*number).map_or(String::new(), |stack| {
                let which = if stack.is_of_object {
                    "this object: "
                } else {
                    ""
                };
                format!("{which}{}", calls(stack, ALL_CALLS))
            }),
            Row::Below(number) => {
                found
                    .below
                    .get(*number)
                    .map_or(String::new(), |(call_site, size)| {
                        let place = function(call_site);
                        format!("{place}, {} itself · {}", bytes(*size), call_site.url)
                    })
            }
            Row::Function(number) => found.functions.get(*number).map_or(String::new(), |of| {
                let url = &of.call_site.url;
                format!("{} of all kinds · {url}", maker(of))
            }),
        }
    }
}

fn columns(row: u16, with_stacks: bool) -> Layout<usize> {
    let mut columns = vec![
        Column {
            key: 0,
            title: "Match",
            width: 9,
            importance: 8,
            left: true,
        },
        Column::right(2, "Self", 8, 5),
        Column::right(3, "Total", 8, 9),
    ];
    if with_stacks {
        columns.insert(1, Column::right(1, "Objects", 8, 4));
    }
    layout_of_functions(&columns, row)
}

impl Page for MakersPage {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let area = sheet::draw_words(buffer, area, &self.words(), ctx.theme);
        let with_stacks = self.found.as_ref().is_some_and(|found| found.is_recorded);
        let columns = columns(area.width, with_stacks);
        sheet::draw_titles(buffer, area, "Who allocates it", &columns, None, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.rows.len());
        let line = |row| self.line(row, ctx.work);
        sheet::draw(buffer, below, &columns, self.cursor, line, ctx.theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let (heap, names) = (&self.view.heap, &self.view.names);
        let label = match self.about {
            (Some(node), _) => names.briefly(heap, node, Label::default()),
            (None, Some(class)) => names.class(heap, class),
            (None, None) => Label::default(),
        };
        let title = format!("who allocates {}", width::cut_middle(&label.text(), 40));
        sheet::header(&self.view, store, &title, Vec::new())
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.rows.len());
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::OpenObject => self.opens().is_some(),
            Command::ShowMakers
            | Command::Unfold
            | Command::Fold
            | Command::NextList
            | Command::SortNext
            | Command::SortReverse => false,
            _ => true,
        }
    }

    fn opens(&self) -> Option<Effect> {
        match self.rows.get(self.cursor.selected)? {
            Row::Stack(_) => Some(Effect::Visit(PageKey::Allocations(Arc::clone(
                &self.view.dump,
            )))),
            row @ (Row::Function(_) | Row::Below(_)) => {
                let meant = ProfileTarget::Path(vec![self.call_site(row)?.clone()]);
                Some(Effect::Profile(self.profile.clone()?, meant))
            }
            Row::Title(_) | Row::Note(..) => Some(Effect::Say(
                "choose a function or a stack".to_owned(),
                Tone::Dim,
            )),
        }
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Ok(found) => {
                self.found = Some(Arc::new(found));
                self.arrange();
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&Slot::Page(self.key.clone(), 0)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let (node, class) = self.about;
        Some(Subject {
            dump: Arc::clone(&self.view.dump),
            node,
            class: class.or_else(|| Some(self.view.heap.class_id(node?))),
        })
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn line(&self, _: &DumpStore) -> Option<String> {
        Some(one_line(&self.words()).into_owned())
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let found = Arc::clone(self.found.as_ref()?);
        let header = self.header(store);
        let mut heading = vec![header.path.join(" › ")];
        heading.extend(self.profile.is_some().then(|| self.named.clone()));
        Some(Box::new(move |_| {
            let stacks = found.stacks.iter().map(|stack| {
                let calls = stack.calls.iter().map(function).collect::<Vec<_>>();
                vec![
                    Cell::note(quoted(&calls.join(" ← "))),
                    Cell::note("recorded stack".to_owned()),
                    Cell::note("recorded".to_owned()),
                    Cell::Count(stack.count),
                    Cell::Size(stack.size),
                    Cell::Nothing,
                ]
            });
            let functions = found.functions.iter().map(|maker| {
                vec![
                    Cell::note(quoted(&function(&maker.call_site))),
                    Cell::note(maker.found.role.as_str().to_owned()),
                    Cell::note(maker.found.certainty.as_str().to_owned()),
                    Cell::Nothing,
                    Cell::Size(maker.found.self_size),
                    Cell::Size(maker.found.total_size),
                ]
            });
            let below = found.below.iter().map(|(call_site, size)| {
                vec![
                    Cell::note(quoted(&function(call_site))),
                    Cell::note("below the first".to_owned()),
                    Cell::Nothing,
                    Cell::Nothing,
                    Cell::Size(*size),
                    Cell::Nothing,
                ]
            });
            Ok(Rows {
                heading,
                columns: vec![
                    Head::text("Allocated by", "allocated_by"),
                    Head::text("Role", "role"),
                    Head::text("Certainty", "certainty"),
                    Head::number("Objects", "live_count"),
                    Head::number("Self size", "self_size"),
                    Head::number("Total size", "total_size"),
                ],
                rows: stacks.chain(functions).chain(below).collect(),
                more: found.more_stacks,
            })
        }))
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor
            .go(Motion::To(at.index as usize), self.rows.len());
    }
}
