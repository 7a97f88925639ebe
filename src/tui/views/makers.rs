//! The page of who allocates an object and its like: recorded stacks, and functions of a profile of the process.

use std::sync::Arc;

use crate::analysis::allocated::Certainty;
use crate::analysis::makers::{Maker, Makers, Stack, makers};
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::profile::CallSite;
use crate::series::allocating::profile_of;
use crate::table::{Cell, Column, Head, Stress};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::Command;
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::page::{Effect, Header, PageCtx, ProfileTarget, Subject, said};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage};
use crate::tui::views::profile::profiles;
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::table::functions_room;

/// Calls of a stack that are told in a row.
const CALLS: usize = 6;
/// Calls that are told of the selected stack.
const ALL_CALLS: usize = 24;

/// Who allocates something.
#[derive(Clone)]
pub struct MakersList {
    view: Arc<View>,
    about: (Option<NodeId>, Option<ClassId>),
    /// The profile of the process, where there is one.
    profile: Option<DumpId>,
    /// What the profile is called.
    named: String,
    found: Option<Arc<Makers>>,
    lines: Arc<[Line]>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Title(Spans),
    Note(Spans, Tone),
    Of(Row),
}

/// What a row is, as its number among those that were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A recorded stack.
    Stack(usize),
    /// A function of the profile.
    Function(usize),
    /// A function below the first.
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
pub fn function(call_site: &CallSite) -> Spans {
    let frame = call_site.frame();
    let name = Spans::new().function(frame.shown_name().to_owned());
    match frame.shown_place() {
        Some(place) => name.note(" ").place(place),
        None => name,
    }
}

/// A stack in a line, at most so many calls. Untrusted.
pub fn calls(stack: &Stack, most: usize) -> Spans {
    let more = (stack.calls.len() > most).then(|| Spans::from("…"));
    let calls = stack.calls.iter().take(most).map(function).chain(more);
    calls
        .reduce(|text, call| text.note(" ← ").then(call))
        .unwrap_or_default()
}

/// A function of a profile in a sentence: what it has to do with the object, how sure that is, how much. Untrusted.
fn maker(maker: &Maker) -> Spans {
    let found = &maker.found;
    function(&maker.call_site).note(format!(
        " ({}; {}), {}",
        found.role.words(),
        found.certainty.words(),
        bytes(found.total_size)
    ))
}

/// The same in a line of the inspector, where it is of the profile called `of`. Untrusted.
pub fn maker_in_short(maker: &Maker, of: &str) -> Spans {
    let found = &maker.found;
    function(&maker.call_site).note(format!(
        "  {}, {}, {} {of}",
        found.role.in_short(),
        found.certainty.in_short(),
        bytes(found.total_size)
    ))
}

/// The page of an object, a class or both, about which is being looked.
pub fn page(
    key: PageKey,
    about: (Option<NodeId>, Option<ClassId>),
    view: Arc<View>,
    ctx: &mut PageCtx<'_>,
) -> ListPage<MakersList> {
    let profile = own_profile(ctx.store);
    let list = MakersList {
        view,
        about,
        named: profile_name(profile.as_ref(), ctx.store),
        profile,
        found: None,
        lines: Arc::from([]),
    };
    ListPage::new(key, list, ctx.work)
}

impl MakersList {
    /// The lines of what was found.
    fn arranged(&self, found: &Makers) -> Vec<Line> {
        let mut rows = Vec::new();
        if found.is_recorded {
            rows.push(Line::Title("Stacks recorded with the dump".into()));
            rows.extend((0..found.stacks.len()).map(|number| Line::Of(Row::Stack(number))));
            let note = match (found.stacks.len(), found.more_stacks) {
                (0, _) => Some("allocated before the recording began, or by the engine".to_owned()),
                (_, 0) => None,
                (_, more) => Some(format!("{} more stacks", grouped(more as u64))),
            };
            rows.extend(note.map(|note| Line::Note(said(note), Tone::Dim)));
        }
        let heap = &self.view.heap;
        match (&self.profile, &found.problem) {
            (Some(_), None) => {
                rows.push(Line::Title(said(format!("Functions of {}", self.named))));
                if let Some(owner) = found.owner {
                    let owner = self.view.names.briefly(heap, owner, Label::default());
                    let words =
                        Spans::from("functions that allocate its owner: ").then(owner.spans());
                    rows.push(Line::Note(words, Tone::Dim));
                }
                rows.extend(
                    (0..found.functions.len()).map(|number| Line::Of(Row::Function(number))),
                );
                if let (Some(first), [_, ..]) = (found.functions.first(), &found.below[..]) {
                    let name = first.call_site.frame().shown_name().to_owned();
                    let where_to = Spans::from("Where ").function(name);
                    rows.push(Line::Title(
                        where_to.note(", what it calls and its file allocate"),
                    ));
                    rows.extend((0..found.below.len()).map(|number| Line::Of(Row::Below(number))));
                }
                if found.functions.is_empty() {
                    let words = "none allocates it, as far as is known: nothing of its place or name was sampled";
                    rows.push(Line::Note(words.into(), Tone::Dim));
                }
            }
            (Some(_), Some(problem)) => {
                rows.push(Line::Title(said(format!("Functions of {}", self.named))));
                rows.push(Line::Note(said(problem.to_string()), Tone::Problem));
            }
            (None, _) if !found.is_recorded => {
                let words = "no profile of this process, and no stacks in the dump";
                rows.push(Line::Note(words.into(), Tone::Plain));
                let words = "heaptui live or node --heap-prof records one";
                rows.push(Line::Note(words.into(), Tone::Dim));
            }
            (None, _) => {}
        }
        rows
    }

    fn stack(&self, row: Row) -> Option<&Stack> {
        match row {
            Row::Stack(number) => self.found.as_ref()?.stacks.get(number),
            Row::Function(_) | Row::Below(_) => None,
        }
    }

    fn maker(&self, row: Row) -> Option<&Maker> {
        match row {
            Row::Function(number) => self.found.as_ref()?.functions.get(number),
            Row::Stack(_) | Row::Below(_) => None,
        }
    }

    fn below(&self, row: Row) -> Option<&(CallSite, u64)> {
        match row {
            Row::Below(number) => self.found.as_ref()?.below.get(number),
            Row::Stack(_) | Row::Function(_) => None,
        }
    }

    /// The function of a row.
    fn call_site(&self, row: Row) -> Option<&CallSite> {
        let maker = self.maker(row).map(|maker| &maker.call_site);
        maker.or_else(|| Some(&self.below(row)?.0))
    }

    /// How sure it is that a row allocates the object.
    fn certainty(&self, row: Row, words: fn(Certainty) -> &'static str) -> Cell {
        match self.stack(row) {
            Some(_) => Cell::note("recorded"),
            None => Cell::known(self.maker(row), |maker| {
                Cell::note(words(maker.found.certainty))
            }),
        }
    }

    fn role(&self, row: Row) -> Cell {
        match (self.maker(row), row) {
            (Some(maker), _) => Cell::note(maker.found.role.as_str()),
            (None, Row::Stack(_)) => Cell::note("recorded stack"),
            (None, _) => Cell::note("below the first"),
        }
    }

    fn own_size(&self, row: Row) -> Option<u64> {
        let stack = self.stack(row).map(|stack| stack.size);
        let maker = || Some(self.maker(row)?.found.self_size);
        stack.or_else(maker).or_else(|| Some(self.below(row)?.1))
    }
}

impl List for MakersList {
    type Row = Row;
    type Found = Makers;

    const NAME: Head = Head::text("Allocated by", "allocated_by");
    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::text("Role", "role").of(|row, page| page.role(*row)),
        Head::text("Certainty", "certainty")
            .of(|row, page| page.certainty(*row, Certainty::as_str)),
        Head::drawn("Match", 9, 8).left().of_stressed(
            |row, page| page.certainty(*row, Certainty::in_short),
            |row, page| match page.maker(*row).map(|maker| maker.found.certainty) {
                Some(Certainty::File | Certainty::Name) => Stress::Faint,
                _ => Stress::Usual,
            },
        ),
        Head::number("Objects", "live_count")
            .on_screen("Objects", 8, 4)
            .of(|row, page| Cell::known(page.stack(*row).map(|stack| stack.count), Cell::Count)),
        Head::number("Self size", "self_size")
            .on_screen("Self", 8, 5)
            .of(|row, page| Cell::known(page.own_size(*row), Cell::Size)),
        Head::number("Total size", "total_size")
            .on_screen("Total", 8, 9)
            .of(|row, page| {
                let total = page.maker(*row).map(|maker| maker.found.total_size);
                Cell::known(total, Cell::Size)
            }),
    ];

    fn job(&self) -> Option<Job<Makers>> {
        let (view, about, profile) = (Arc::clone(&self.view), self.about, self.profile.clone());
        Some(Box::new(move |task| {
            let heap = (&*view.heap, view.names.scripts(), &*view.dump);
            makers(heap, profile.as_deref(), about, task)
        }))
    }

    fn take(&mut self, found: Makers) -> Option<usize> {
        self.lines = self.arranged(&found).into();
        self.found = Some(Arc::new(found));
        let first = |line: &Line| matches!(line, Line::Of(Row::Stack(_) | Row::Function(_)));
        self.lines.iter().position(first)
    }

    fn rows(&self) -> usize {
        self.lines.len()
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        Some(match self.lines.get(index)? {
            Line::Title(words) => Item::Words(Label::of(words.clone(), Tone::Heading)),
            Line::Note(words, tone) => {
                Item::Words(Label::of("  ", *tone).with(words.clone(), *tone))
            }
            Line::Of(row) => Item::Row(*row),
        })
    }

    fn label(&self, row: &Row) -> Label {
        if let Some(stack) = self.stack(*row) {
            return Label::of(calls(stack, CALLS), Tone::Function);
        }
        let name = self.call_site(*row).map_or(Spans::new(), function);
        let label = Label::of(name, Tone::Function);
        match self.maker(*row) {
            Some(maker) => {
                let role = Spans::from("  ").note(maker.found.role.in_short());
                label.with(role, Tone::Dim)
            }
            None => label,
        }
    }

    fn written(&self, row: &Row) -> Spans {
        match self.stack(*row) {
            Some(stack) => calls(stack, usize::MAX),
            None => self.call_site(*row).map_or(Spans::new(), function),
        }
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        match item {
            Item::Row(row) if self.stack(*row).is_some_and(|stack| stack.is_of_object) => (1, "●"),
            Item::Row(_) => (1, "·"),
            Item::Words(_) => (0, " "),
        }
    }

    fn title(&self, _: bool) -> String {
        "Who allocates it".to_owned()
    }

    fn name_room(&self, width: u16) -> u16 {
        functions_room(width)
    }

    fn shows(&self, head: &Head) -> bool {
        let recorded = self.found.as_ref().is_some_and(|found| found.is_recorded);
        recorded || head.name != "live_count"
    }

    fn doing(&self) -> String {
        "finding who allocates it".to_owned()
    }

    /// The selected row in full.
    fn words(&self, row: Option<&Row>) -> Spans {
        let Some(&row) = row else {
            return Spans::new();
        };
        if let Some(stack) = self.stack(row) {
            let which = if stack.is_of_object {
                "this object: "
            } else {
                ""
            };
            return Spans::from(which).then(calls(stack, ALL_CALLS));
        }
        if let Some((call_site, size)) = self.below(row) {
            let size = format!(", {} itself · ", bytes(*size));
            return function(call_site).note(size).place(call_site.url.clone());
        }
        self.maker(row).map_or(Spans::new(), |of| {
            let url = of.call_site.url.clone();
            maker(of).note(" of all kinds · ").place(url)
        })
    }

    fn header(&self, store: &DumpStore) -> Header {
        let (heap, names) = (&self.view.heap, &self.view.names);
        let label = match self.about {
            (Some(node), _) => names.briefly(heap, node, Label::default()),
            (None, Some(class)) => names.class(heap, class),
            (None, None) => Label::default(),
        };
        let title = Spans::from("who allocates ").then(label.spans());
        sheet::header_of_all(&self.view, store, title, Vec::new())
    }

    fn heading(&self) -> Vec<Spans> {
        vec![said(self.named.clone())]
    }

    fn more(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.more_stacks)
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, _: Option<&Row>) -> Option<Subject> {
        let (node, class) = self.about;
        Some(Subject {
            dump: Arc::clone(&self.view.dump),
            node,
            class: class.or_else(|| Some(self.view.heap.class_id(node?))),
        })
    }

    fn opens(&self, row: Option<&Row>) -> Option<Effect> {
        let Some(&row) = row else {
            self.found.as_ref()?;
            let words = "choose a function or a stack".to_owned();
            return Some(Effect::Say(words, Tone::Dim));
        };
        let Some(call_site) = self.call_site(row) else {
            let key = PageKey::Allocations(Arc::clone(&self.view.dump));
            return Some(Effect::Visit(key));
        };
        let target = ProfileTarget::Path(vec![call_site.clone()]);
        Some(Effect::Profile(self.profile.clone()?, target))
    }

    fn works(&self, command: Command, row: Option<&Row>) -> bool {
        match command {
            Command::Open => self.opens(row).is_some(),
            Command::ShowMakers
            | Command::Unfold
            | Command::Fold
            | Command::NextList
            | Command::SortNext
            | Command::SortReverse => false,
            _ => true,
        }
    }

    fn line(&self, row: &Row) -> Option<Spans> {
        Some(self.words(Some(row)))
    }
}
