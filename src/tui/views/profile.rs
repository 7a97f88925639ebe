//! The page of a sampling profile: its icicle graph above, functions, callers and callees below.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::profile::icicle::is_left_out;
use crate::profile::search::Found;
use crate::profile::tree::Direction;
use crate::profile::{By, CallSite, FunctionId, Profile, ROOT};
use crate::series::{Profiles, Series};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::Export;
use crate::tui::naming::short_name;
use crate::tui::page::{
    DrawCtx, Effect, Header, Intent, News, Page, PageCtx, ProfileTarget, said, typed,
};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::views::callers::{Functions, Grouped, Listed, Message, Stamp, group, stamp};
use crate::tui::views::frame_search::look_for;
use crate::tui::views::sheet;
use crate::tui::widgets::icicle::{self, Graph, Look};
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Inbox, Slot, Work};

/// From this height on there is room for the graph and a list.
const BOTH: u16 = 14;

/// The jobs of the page.
const LOAD: u32 = 0;
const GROUP: u32 = 1;
const FIND: u32 = 2;
pub(super) const CODE: u32 = 3;

/// Where the keyboard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Graph,
    Functions,
    Callers,
    Callees,
}

/// The page.
pub struct ProfilePage {
    pub(super) inbox: Inbox<Message>,
    key: PageKey,
    pub(super) file: DumpId,
    pub(super) profile: Option<Arc<Profile>>,
    /// The state of the file that was read.
    stamp: Option<Stamp>,
    /// What was read anew, until its functions are known.
    next: Option<Arc<Profile>>,
    problem: Option<String>,
    pub(super) graph: Graph,
    by: By,
    by_total: bool,
    functions: Option<Functions>,
    focus: Focus,
    search: String,
    found: Option<Found>,
    /// What is to be gone to when it has been read.
    meant: Option<ProfileTarget>,
    /// The selected function and its code, once a worker has looked for it.
    pub(super) code: Option<(FunctionId, Option<Spans>)>,
}

/// Goes to what a function is in the last dump that is loaded; if none is, in the last one.
pub fn in_heap(call_site: CallSite, store: &DumpStore) -> Effect {
    let dumps = store.usable();
    let is_loaded = |dump: &&DumpId| store.view(dump).is_some();
    let loaded = dumps.iter().rev().find(is_loaded);
    match loaded.or(dumps.last()) {
        Some(dump) => Effect::Visit(PageKey::OfFunction(Arc::clone(dump), Arc::new(call_site))),
        None => Effect::Say("no heap snapshot of this process".to_owned(), Tone::Problem),
    }
}

/// The profiles of the process in view.
pub fn profiles(store: &DumpStore) -> Profiles {
    let series = Series::of(store.dumps().to_vec(), Vec::new());
    Profiles::of(&series, None).unwrap_or_default()
}

impl ProfilePage {
    /// The page of a profile, which is being read.
    pub fn new(key: PageKey, file: DumpId, work: &mut Work) -> Self {
        let page = Self {
            inbox: Inbox::default(),
            key,
            file,
            profile: None,
            stamp: None,
            next: None,
            problem: None,
            graph: Graph::default(),
            by: By::Function,
            by_total: false,
            functions: None,
            focus: Focus::Graph,
            search: String::new(),
            found: None,
            meant: None,
            code: None,
        };
        page.read(work);
        page
    }

    /// Has the file read, unless it is as it was.
    fn read(&self, work: &mut Work) {
        let (path, known) = (Arc::clone(&self.file), self.stamp);
        let job = move |task: &Task| {
            let stamp = stamp(&path)?;
            if Some(stamp) == known {
                return Ok(None);
            }
            Ok(Some((stamp, Arc::new(Profile::open(&path, task)?))))
        };
        work.start(self.slot(LOAD), &self.inbox, job, Message::Profile);
    }

    /// Whose functions are listed: those of the profile, or of what was read anew.
    fn grouped(&mut self, grouped: Grouped, work: &mut Work) -> Option<Effect> {
        if let Some(next) = self.next.take() {
            if let Some(old) = &self.profile {
                self.graph.follow(old, &next);
            }
            self.profile = Some(next);
            self.found = None;
        }
        let profile = self.profile.as_ref()?;
        let selected = self.functions.as_ref().and_then(Functions::selected_name);
        let mut functions = Functions::new(profile, grouped, self.by_total);
        if let Some(name) = selected {
            functions.select_named(&name);
        }
        self.functions = Some(functions);
        if self.focus != Focus::Graph {
            self.focus = Focus::Functions;
        }
        self.stand(work)
    }

    /// Has the functions grouped.
    fn group(&self, work: &mut Work) {
        if let Some(profile) = self.next.as_ref().or(self.profile.as_ref()) {
            group(self.slot(GROUP), &self.inbox, profile, self.by, work);
        }
    }

    pub(super) fn slot(&self, job: u32) -> Slot {
        Slot::Page(self.key.clone(), job)
    }

    /// The next part of the page has the keyboard.
    fn turn(&mut self, work: &mut Work) {
        let focus = match self.focus {
            Focus::Graph => Focus::Functions,
            Focus::Functions => Focus::Callers,
            Focus::Callers => Focus::Callees,
            Focus::Callees => Focus::Graph,
        };
        let Some(functions) = &mut self.functions else {
            return;
        };
        let around = match functions.listed {
            Listed::Functions => functions.selected(),
            Listed::Around(group, _) => Some(group),
        };
        let listed = match (focus, around) {
            (Focus::Callers, Some(group)) => Listed::Around(group, Direction::Callers),
            (Focus::Callees, Some(group)) => Listed::Around(group, Direction::Callees),
            _ => Listed::Functions,
        };
        self.focus = focus;
        if functions.listed != listed {
            functions.list(listed, (&self.key, &self.inbox), work);
        }
    }

    /// Lists who calls the selected function; among callees, whom it calls.
    fn around(&mut self, work: &mut Work) {
        let Some(functions) = &mut self.functions else {
            return;
        };
        let Some(group) = functions.selected() else {
            return;
        };
        let direction = match self.focus {
            Focus::Callees => Direction::Callees,
            _ => Direction::Callers,
        };
        if self.focus == Focus::Functions {
            self.focus = Focus::Callers;
        }
        let listed = Listed::Around(group, direction);
        functions.list(listed, (&self.key, &self.inbox), work);
    }

    /// The selected function.
    pub(super) fn function(&self) -> Option<FunctionId> {
        let profile = self.profile.as_ref()?;
        match (self.focus, &self.functions) {
            (Focus::Graph, _) => Some(profile.function(self.graph.selected().0)),
            (_, Some(functions)) if functions.grouping().by == By::Function => {
                Some(functions.grouping().function(functions.selected()?))
            }
            _ => None,
        }
    }

    /// Goes to what is meant, now or when it has been read.
    pub fn mean(&mut self, meant: ProfileTarget, work: &mut Work) -> Option<Effect> {
        self.meant = Some(meant);
        self.stand(work)
    }

    /// Goes to what is meant, if all is there that is needed for it.
    fn stand(&mut self, work: &mut Work) -> Option<Effect> {
        let profile = Arc::clone(self.profile.as_ref()?);
        let functions = self.functions.as_mut()?;
        let by = match self.meant.as_ref()? {
            ProfileTarget::Path(_) => By::Function,
            ProfileTarget::File(_) => By::File,
            ProfileTarget::Package(_) => By::Package,
        };
        if functions.grouping().by != by {
            if self.by != by {
                self.by = by;
                self.group(work);
            }
            return None;
        }
        let found = match self.meant.take()? {
            ProfileTarget::Path(path) => match profile.find_path(&path) {
                Some(node) => {
                    let is_drawn = !is_left_out(&profile, node);
                    self.graph
                        .show(if is_drawn { node } else { ROOT }, &profile);
                    functions.list(Listed::Functions, (&self.key, &self.inbox), work);
                    self.focus = match is_drawn {
                        true => Focus::Graph,
                        false => Focus::Functions,
                    };
                    functions.select(functions.grouping().of_node(&profile, node))
                }
                None => false,
            },
            ProfileTarget::File(name) | ProfileTarget::Package(name) => {
                functions.list(Listed::Functions, (&self.key, &self.inbox), work);
                self.focus = Focus::Functions;
                functions.select_named(&name)
            }
        };
        (!found).then(|| Effect::Say("not in this profile".to_owned(), Tone::Dim))
    }

    fn draw_graph(&mut self, buffer: &mut Buffer, area: Rect, profile: &Profile, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        let words = one_line(&self.words(profile).plain()).into_owned();
        let line = area.bottom() - 1;
        let room = usize::from(
            area.width
                .saturating_sub(4 + icicle::legend_room(area.width)),
        );
        let words = width::cut_middle(&words, room);
        let focused = self.focus == Focus::Graph;
        let tone = if focused { Tone::Heading } else { Tone::Dim };
        let code = self.code.as_ref().and_then(|(_, code)| code.as_ref());
        let code = code.filter(|_| focused && area.height > 4);
        let line = line - u16::from(code.is_some());
        buffer.set_string(area.x + 2, line, words, theme.style(tone));
        if let Some(code) = code {
            let code = one_line(&code.plain()).into_owned();
            let code = width::cut_end(&code, usize::from(area.width.saturating_sub(4)));
            buffer.set_string(area.x + 2, line + 1, code, theme.style(Tone::Text));
        }
        let above = Rect {
            height: line - area.y,
            ..area
        };
        let found = self.found.as_ref();
        let look = Look {
            fill: &|node| icicle::fill(profile, node),
            is_found: &|node| found.is_some_and(|found| found.contains(profile.function(node))),
            theme,
            focused,
            tall: 1,
        };
        self.graph.draw(buffer, above, profile, look);
        icicle::draw_legend(buffer, line, area, theme);
    }
}

impl Page for ProfilePage {
    fn context(&self) -> Context {
        match self.focus {
            Focus::Graph => Context::GRAPH,
            _ => Context::FUNCTIONS,
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let Some(profile) = self.profile.clone() else {
            let line = match &self.problem {
                Some(problem) => sheet::Line::note(problem, Tone::Problem),
                None => sheet::progress("reading the profile", ctx.work.status(&self.slot(LOAD))),
            };
            let room = area.width.saturating_sub(4);
            let words = line.label.text();
            let tone = if self.problem.is_some() {
                Tone::Problem
            } else {
                Tone::Busy
            };
            let lines = crate::tui::widgets::wrap::wrap(&words, usize::from(room));
            for (y, text) in (area.y + 1..area.bottom()).zip(lines) {
                buffer.set_string(area.x + 2, y, text, ctx.theme.style(tone));
            }
            return;
        };
        let both = area.height >= BOTH;
        let graph = match (both, self.focus) {
            (true, _) => (area.height / 2).min(profile.depth() as u16 + 3).max(4),
            (false, Focus::Graph) => area.height,
            (false, _) => 0,
        };
        if graph > 0 {
            let place = Rect {
                height: graph,
                ..area
            };
            self.draw_graph(buffer, place, &profile, ctx);
        }
        let below = Rect {
            y: area.y + graph,
            height: area.height - graph,
            ..area
        };
        if below.height > 1
            && let Some(functions) = &mut self.functions
        {
            let focused = self.focus != Focus::Graph;
            let found = self.found.as_ref();
            functions.draw(buffer, below, (found, &self.key), ctx, focused);
        }
    }

    fn header(&self, store: &DumpStore) -> Header {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let profiles = profiles(store);
        let own = profiles
            .files
            .iter()
            .find(|file| *file.dump.path == *self.file);
        let mut title = short_name(&name).to_owned();
        let mut facts = Vec::new();
        if !self.search.is_empty() {
            let found = match (&self.found, &self.profile) {
                (Some(found), Some(profile)) => format!(
                    "{} frames, {}",
                    grouped(found.frames as u64),
                    percent(found.bytes, profile.total())
                ),
                _ => String::new(),
            };
            facts.push(typed(&self.search, found));
        }
        if let Some(profile) = &self.profile {
            facts.push(said(format!("{} sampled", bytes(profile.total()))));
        }
        if let Some(own) = own {
            title = format!("{} {title}", own.label);
            facts.extend(own.heap_mb.map(|size| said(format!("heap {size} MB"))));
            if let Some(time) = own.dump.taken_at {
                let local = time.to_zoned_datetime(TimeZone::system());
                facts.push(said(local.strftime("%m-%d %H:%M:%S").to_string()));
            }
        }
        Header {
            path: vec![said(title)],
            facts,
        }
    }

    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>) {
        match (self.focus, &self.profile, &mut self.functions) {
            (Focus::Graph, Some(profile), _) => self.graph.go(motion, profile),
            (_, _, Some(functions)) => functions.go(motion),
            _ => {}
        }
        self.look_for_code(ctx);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        let profile = self.profile.clone()?;
        match (command, self.focus) {
            (Command::NextList, _) => self.turn(ctx.work),
            (Command::SortNext, _) => {
                self.by_total = !self.by_total;
                if let Some(functions) = &mut self.functions {
                    functions.sort();
                }
            }
            (Command::GroupBy, _) => {
                self.by = match self.by {
                    By::Function => By::File,
                    By::File => By::Package,
                    By::Package => By::Function,
                };
                if self.focus == Focus::Graph {
                    self.focus = Focus::Functions;
                }
                self.group(ctx.work);
            }
            (Command::ZoomOut, _) => {
                self.graph.zoom_out(&profile);
            }
            (Command::CompareProfiles, _) => {
                if profiles(ctx.store).files.len() < 2 {
                    let words = "no other profile of this process to compare with";
                    return Some(Effect::Say(words.to_owned(), Tone::Problem));
                }
                return Some(Effect::Visit(PageKey::Profiles));
            }
            (Command::ZoomIn, _) => {
                self.graph.zoom_in();
            }
            (Command::ShowCallers, _) => self.around(ctx.work),
            (Command::FunctionInHeap, _) => {
                let frame = profile.frame(self.function()?);
                return Some(in_heap(CallSite::of(frame), ctx.store));
            }
            (Command::FrameRight, _) => self.graph.go_along(1, &profile),
            (Command::FrameLeft, _) => self.graph.go_along(-1, &profile),
            (Command::Unfold | Command::Fold, _) => {
                if let Some(functions) = &mut self.functions {
                    functions.command(command, (&self.key, &self.inbox), ctx.work);
                }
            }
            _ => {}
        }
        self.look_for_code(ctx);
        None
    }

    fn works(&self, command: Command, store: &DumpStore) -> bool {
        match command {
            Command::ZoomOut => self.graph.zoomed() != ROOT,
            Command::SortNext => self.focus == Focus::Functions,
            Command::FunctionInHeap => self.function().is_some_and(|function| function.index() > 0),
            Command::CompareProfiles => profiles(store).files.len() > 1,
            _ => true,
        }
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Message::Branch(branch, found) => {
                if let Some(functions) = &mut self.functions {
                    functions.take(branch, found);
                }
            }
            Message::Profile(Ok(Some((stamp, profile)))) => {
                (self.stamp, self.problem) = (Some(stamp), None);
                match &self.profile {
                    None => self.profile = Some(profile),
                    // The old one is shown with its functions until those of the new one are known.
                    Some(_) => self.next = Some(profile),
                }
                self.group(ctx.work);
            }
            Message::Profile(Ok(None)) => {}
            // What was read stays, if what took its place cannot be.
            Message::Profile(Err(error)) if self.profile.is_none() => {
                self.problem = Some(error.to_string());
            }
            Message::Profile(Err(_)) => {}
            Message::Grouped(Ok(grouped)) => return self.grouped(grouped, ctx.work),
            Message::Grouped(Err(_)) => {}
            Message::Hits(Ok((text, found))) if text == self.search => self.found = Some(found),
            Message::Hits(_) => {}
            Message::Code(function, Ok(code)) => {
                if let Some(known) = self.code.as_mut().filter(|known| known.0 == function) {
                    known.1 = code;
                }
            }
            Message::Code(..) => {}
        }
        None
    }

    /// Nobody waits for what is read anew.
    fn unsettled(&self, work: &Work, _below: bool) -> bool {
        let is_busy = |job| work.status(&self.slot(job)).is_some();
        let reading = self.profile.is_none() && is_busy(LOAD);
        reading || self.next.is_none() && is_busy(GROUP)
    }

    /// A profile that is written anew, as of a process that is being sampled, is read anew; not under somebody who
    /// looks at who calls a function of it.
    fn hear(&mut self, news: &News, ctx: &mut PageCtx<'_>) {
        let at_rest = matches!(self.focus, Focus::Graph | Focus::Functions);
        let idle = self.next.is_none() && ctx.work.status(&self.slot(LOAD)).is_none();
        if matches!(news, News::Dumps) && at_rest && idle {
            self.read(ctx.work);
        }
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.search)
    }

    fn search(&mut self, text: &str, ctx: &mut PageCtx<'_>) {
        self.search = text.to_owned();
        self.found = None;
        let to = (self.slot(FIND), &self.inbox);
        look_for(self.profile.as_ref(), text, to, Message::Hits, ctx.work);
    }

    fn go_to_hit(&mut self, by: isize, _: &mut PageCtx<'_>) {
        let (Some(profile), Some(found)) = (&self.profile, &self.found) else {
            return;
        };
        match (self.focus, &mut self.functions) {
            (Focus::Graph, _) => {
                let (at, _) = self.graph.selected();
                let next = match by {
                    ..0 => found.previous(profile, at),
                    _ => found.next(profile, at),
                };
                if let Some(next) = next {
                    self.graph.show(next, profile);
                }
            }
            (_, Some(functions)) => functions.go_to_hit(by, found),
            _ => {}
        }
    }

    fn intend(&mut self, intent: Intent, ctx: &mut PageCtx<'_>) -> Vec<Effect> {
        match intent {
            Intent::Profile(meant) => self.mean(meant, ctx.work).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn back_out(&mut self, _: &mut PageCtx<'_>) -> bool {
        match (&self.profile, self.focus) {
            (Some(profile), Focus::Graph) => self.graph.zoom_out(profile),
            _ => false,
        }
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let profile = self.profile.as_ref()?;
        match (self.focus, &self.functions) {
            (Focus::Graph, _) => Some(self.words(profile)),
            (_, Some(functions)) => Some(functions.label(functions.selected()?).spans()),
            _ => None,
        }
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let heading = self.header(store).heading();
        Some(self.functions.as_ref()?.export(heading))
    }
}
