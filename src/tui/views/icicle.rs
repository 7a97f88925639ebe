//! The page of the dominator tree as an icicle: what classes, or owners, retain within each other.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::describe::Scripts;
use crate::analysis::dominator_profile::{by_class, by_owner};
use crate::analysis::owners::{By, OWN, REALM, owner_words};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap};
use crate::profile::search::Found;
use crate::profile::{FunctionId, Profile, ROOT};
use crate::source::{Options, Sources};
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject, said, typed};
use crate::tui::place::PageKey;
use crate::tui::theme::{Fill, Tone};
use crate::tui::view::View;
use crate::tui::views::frame_search::look_for;
use crate::tui::views::icicle_parts::Parts;
use crate::tui::views::sheet;
use crate::tui::widgets::icicle::{self, Graph, Look};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Inbox, Slot, Work};

/// The jobs of the page.
const MERGE: u32 = 0;
const FIND: u32 = 1;

/// Frames of fewer columns say nothing.
const LEAST_FRAME: u32 = 6;

/// From this height on there is room for the parts, and for frames of two lines.
const ROOMY: u16 = 16;

/// Lines that the parts of the selected frame have at least.
const LEAST_LIST: u16 = 7;

/// What workers find for the page.
enum Message {
    Merged(Result<Arc<Merged>>),
    Hits(Result<(String, Found)>),
}

/// The merged tree, and what its frames are in the heap.
struct Merged {
    profile: Arc<Profile>,
    /// By function: its class, and the object of that class which retains most. Empty for owners.
    classes: Vec<Option<(ClassId, NodeId)>>,
}

/// The page of a dump.
pub struct IciclePage {
    inbox: Inbox<Message>,
    key: PageKey,
    view: Arc<View>,
    /// Merged by owners of this kind; by class where there is none.
    by: Option<By>,
    /// Where to look for code.
    source: Options,
    merged: Option<Arc<Merged>>,
    problem: Option<String>,
    graph: Graph,
    parts: Parts,
    search: String,
    found: Option<Found>,
}

/// The page of a dump, by class at first.
pub fn page(key: PageKey, view: Arc<View>, source: Options, work: &mut Work) -> IciclePage {
    let page = IciclePage {
        inbox: Inbox::default(),
        key,
        view,
        by: None,
        source,
        merged: None,
        problem: None,
        graph: Graph::of_frames_from(LEAST_FRAME),
        parts: Parts::default(),
        search: String::new(),
        found: None,
    };
    page.merge(work);
    page
}

impl Merged {
    fn of(heap: &Heap, by: Option<By>, source: Options, task: &Task) -> Result<Self> {
        let mut sources = Sources::new(source, None);
        let scripts = sources.scripts(heap, task)?;
        let Some(by) = by else {
            let profile = by_class(heap, &scripts, heap.root(), task)?;
            let classes = classes_of(&profile, (heap, &scripts), task)?;
            return Ok(Self {
                profile: Arc::new(profile),
                classes,
            });
        };
        let mut original = |url: &str, line, column| sources.original_source(url, line, column);
        let profile = by_owner(heap, &scripts, heap.root(), (by, &mut original), task)?;
        Ok(Self {
            profile: Arc::new(profile),
            classes: Vec::new(),
        })
    }

    fn class(&self, node: u32) -> Option<(ClassId, NodeId)> {
        *self.classes.get(self.profile.function(node).index())?
    }
}

/// The class of each frame, and its object that retains most.
fn classes_of(
    profile: &Profile,
    (heap, scripts): (&Heap, &Scripts),
    task: &Task,
) -> Result<Vec<Option<(ClassId, NodeId)>>> {
    let mut largest: Vec<Option<NodeId>> = vec![None; heap.classes().len()];
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        let known = &mut largest[heap.class_id(node).0 as usize];
        if known.is_none_or(|known| heap.retained(node) > heap.retained(known)) {
            *known = Some(node);
        }
    }
    let keys = heap.classes().iter().map(|class| {
        let place = class.place.map_or((0, -1, -1), |place| {
            (
                place.script_id,
                i64::from(place.line),
                i64::from(place.column),
            )
        });
        (scripts.class(class).plain(), place)
    });
    let numbers: HashMap<_, u32> = keys.zip(0..).collect();
    let class = |function: FunctionId| {
        let frame = profile.frame(function);
        let place = (frame.script_id.parse().ok()?, frame.line, frame.column);
        let &number = numbers.get(&(frame.name.to_owned(), place))?;
        Some((ClassId(number), largest[number as usize]?))
    };
    Ok(profile.functions().map(class).collect())
}

impl IciclePage {
    fn slot(&self, job: u32) -> Slot {
        Slot::Page(self.key.clone(), job)
    }

    /// Has the dominators merged.
    fn merge(&self, work: &mut Work) {
        let (view, by, source) = (Arc::clone(&self.view), self.by, self.source.clone());
        let job = move |task: &Task| Ok(Arc::new(Merged::of(&view.heap, by, source, task)?));
        work.start(self.slot(MERGE), &self.inbox, job, Message::Merged);
    }

    /// What frames stand for, one and several.
    fn nouns(&self) -> (&'static str, &'static str) {
        match self.by {
            None => ("class", "classes"),
            Some(By::Package) => ("package", "sets of packages"),
            Some(By::Script) => ("script", "sets of scripts"),
            Some(By::Folder) => ("folder", "sets of folders"),
        }
    }

    /// The name of a frame.
    fn name(&self, profile: &Profile, node: u32) -> Spans {
        let name = profile
            .frame(profile.function(node))
            .shown_name()
            .to_owned();
        match self.by {
            None => Spans::new().name(name),
            Some(_) => owner_words(&name),
        }
    }

    /// The selected frame in words.
    fn words(&self, profile: &Profile) -> Spans {
        let (node, frames) = self.graph.selected();
        if node == ROOT {
            return said(format!(
                "all · {} in {} {}, {} levels",
                bytes(profile.total()),
                grouped(profile.function_count().saturating_sub(1) as u64),
                self.nouns().1,
                grouped(u64::from(profile.depth()))
            ));
        }
        if frames > 1 {
            let more = format!(
                "{} frames too narrow to draw; the largest is ",
                grouped(u64::from(frames))
            );
            let size = format!(", {}", bytes(profile.total_size(node)));
            return said(more).then(self.name(profile, node)).note(size);
        }
        let total = profile.total_size(node);
        let sizes = format!(
            " · retains {} {} here · self {}",
            bytes(total),
            percent(total, profile.total()),
            bytes(profile.self_size(node))
        );
        let words = self.name(profile, node).note(sizes);
        match profile.frame(profile.function(node)).shown_place() {
            Some(place) => words.note(" · ").place(place),
            None => words,
        }
    }

    /// What fills a frame: whose code its class, or its owner, is.
    fn fill(&self, profile: &Profile, node: u32) -> Fill {
        if self.by.is_none() || node == ROOT {
            return icicle::fill(profile, node);
        }
        let name = profile.frame(profile.function(node)).name;
        match name {
            REALM | NOBODY => Fill::Runtime,
            name if name.starts_with("node:") => Fill::Runtime,
            name if name.split(", ").any(|owner| owner == OWN) => Fill::Own,
            name => icicle::fill_of_name(name),
        }
    }
}

/// What [`by_owner`] calls what nobody owns.
const NOBODY: &str = "(none)";

/// A frame, as it is written to a file: its number and its level.
struct Row(u32, u64);

/// The columns of a file.
const COLUMNS: &[Column<Row, Written>] = &[
    Head::number("Level", "level").of(|row, _| Cell::Count(row.1)),
    Head::text("Name", "name").of(|row, of| Cell::Text(of.name(row.0))),
    Head::number("Retained size", "retained_size")
        .of(|row, of| Cell::Size(of.merged.profile.total_size(row.0))),
    Head::number("Self size", "self_size")
        .of(|row, of| Cell::Size(of.merged.profile.self_size(row.0))),
];

/// What rows of a file are read from.
struct Written {
    merged: Arc<Merged>,
    is_by_class: bool,
}

impl Written {
    fn name(&self, node: u32) -> Spans {
        let profile = &self.merged.profile;
        let name = profile
            .frame(profile.function(node))
            .shown_name()
            .to_owned();
        match (node, self.is_by_class) {
            (ROOT, _) => "all".into(),
            (_, true) => Spans::new().name(name),
            (_, false) => owner_words(&name),
        }
    }
}

impl Page for IciclePage {
    fn context(&self) -> Context {
        Context::ICICLE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        let Some(merged) = self.merged.clone() else {
            let line = match &self.problem {
                Some(problem) => sheet::Line::note(problem, Tone::Problem),
                None => sheet::progress("merging dominators", ctx.work.status(&self.slot(MERGE))),
            };
            let room = usize::from(area.width.saturating_sub(4));
            let words = width::cut_end(&one_line(&line.label.text()), room);
            if area.height > 1 {
                buffer.set_string(area.x + 2, area.y + 1, words, theme.style(line.tone));
            }
            return;
        };
        if area.height < 2 {
            return;
        }
        let profile = &merged.profile;
        let line = area.bottom() - 1;
        let legend = icicle::legend_room(area.width);
        let words = one_line(&self.words(profile).plain()).into_owned();
        let words = width::cut_middle(&words, usize::from(area.width.saturating_sub(4 + legend)));
        buffer.set_string(area.x + 2, line, words, theme.style(Tone::Heading));
        icicle::draw_legend(buffer, line, area, theme);
        let above = Rect {
            height: area.height - 1,
            ..area
        };
        let (list, tall) = match above.height {
            ..ROOMY => (0, 1),
            height => ((height / 3).max(LEAST_LIST), 2),
        };
        let room = Rect {
            height: above.height.saturating_sub(list),
            ..above
        };
        let mut graph = std::mem::take(&mut self.graph);
        let look = Look {
            fill: &|node| self.fill(profile, node),
            is_found: &|node| {
                let found = self.found.as_ref();
                found.is_some_and(|found| found.contains(profile.function(node)))
            },
            theme,
            focused: true,
            tall,
        };
        let used = graph.draw(buffer, room, profile, look);
        self.graph = graph;
        self.parts.follow(profile, self.graph.selected());
        let below = Rect {
            y: above.y + used,
            height: above.height - used,
            ..above
        };
        self.parts.draw(buffer, below, profile, theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let (false, Some(merged)) = (self.search.is_empty(), &self.merged) {
            let found = self.found.as_ref().map_or(String::new(), |found| {
                let share = percent(found.bytes, merged.profile.total());
                format!("{} frames, {share}", grouped(found.frames as u64))
            });
            facts.push(typed(&self.search, found));
        }
        facts.push(said(format!(
            "{} retained, by {}",
            bytes(self.view.total),
            self.nouns().0
        )));
        sheet::header_of_all(&self.view, store, "icicle", facts)
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        if let Some(merged) = &self.merged {
            self.graph.go(motion, &merged.profile);
        }
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        let merged = Arc::clone(self.merged.as_ref()?);
        match command {
            Command::NextList => {
                self.by = match self.by {
                    None => Some(By::Package),
                    Some(By::Package) => Some(By::Script),
                    Some(By::Script) => Some(By::Folder),
                    Some(By::Folder) => None,
                };
                (self.merged, self.found) = (None, None);
                (self.graph, self.search) = (Graph::of_frames_from(LEAST_FRAME), String::new());
                self.parts = Parts::default();
                self.merge(ctx.work);
            }
            Command::ZoomIn => {
                self.graph.zoom_in();
            }
            Command::ZoomOut => {
                self.graph.zoom_out(&merged.profile);
            }
            Command::FrameRight => self.graph.go_along(1, &merged.profile),
            Command::FrameLeft => self.graph.go_along(-1, &merged.profile),
            _ => {}
        }
        None
    }

    fn word(&self, command: Command) -> Option<&'static str> {
        (command == Command::NextList).then_some(match self.by {
            None => "by package",
            Some(By::Package) => "by script",
            Some(By::Script) => "by folder",
            Some(By::Folder) => "by class",
        })
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::ZoomOut => self.graph.zoomed() != ROOT,
            Command::ShowWhy
            | Command::ShowInSummary
            | Command::Inspect
            | Command::ShowRetainers
            | Command::ShowPaths
            | Command::ShowMakers => self.subject().is_some(),
            Command::ShowIcicle => false,
            _ => true,
        }
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Message::Merged(Ok(merged)) => {
                (self.merged, self.problem) = (Some(merged), None);
            }
            Message::Merged(Err(error)) => self.problem = Some(error.to_string()),
            Message::Hits(Ok((text, found))) if text == self.search => self.found = Some(found),
            Message::Hits(_) => {}
        }
        None
    }

    fn unsettled(&self, work: &Work, _below: bool) -> bool {
        self.merged.is_none() && work.status(&self.slot(MERGE)).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let (class, node) = self.merged.as_ref()?.class(self.graph.selected().0)?;
        Some(Subject {
            dump: Arc::clone(&self.view.dump),
            node: Some(node),
            class: Some(class),
        })
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.view]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.search)
    }

    fn search(&mut self, text: &str, ctx: &mut PageCtx<'_>) {
        self.search = text.to_owned();
        self.found = None;
        let profile = self.merged.as_ref().map(|merged| &merged.profile);
        let to = (self.slot(FIND), &self.inbox);
        look_for(profile, text, to, Message::Hits, ctx.work);
    }

    fn go_to_hit(&mut self, by: isize, _: &mut PageCtx<'_>) {
        let (Some(merged), Some(found)) = (&self.merged, &self.found) else {
            return;
        };
        let (at, _) = self.graph.selected();
        let next = match by {
            ..0 => found.previous(&merged.profile, at),
            _ => found.next(&merged.profile, at),
        };
        if let Some(next) = next {
            self.graph.show(next, &merged.profile);
        }
    }

    fn back_out(&mut self, _: &mut PageCtx<'_>) -> bool {
        let merged = self.merged.as_ref();
        merged.is_some_and(|merged| self.graph.zoom_out(&merged.profile))
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        Some(self.words(&self.merged.as_ref()?.profile))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let written = Written {
            merged: Arc::clone(self.merged.as_ref()?),
            is_by_class: self.by.is_none(),
        };
        let heading = self.header(store).heading();
        Some(Box::new(move |task| {
            let profile = &written.merged.profile;
            let mut ends: Vec<u32> = Vec::new();
            let rows = (ROOT..profile.len() as u32).map(|node| {
                while ends.last().is_some_and(|&end| end <= node) {
                    ends.pop();
                }
                ends.push(profile.end(node));
                Row(node, ends.len() as u64 - 1)
            });
            Rows::of(heading, COLUMNS, rows, &written, task)
        }))
    }
}
