//! The page of the suspects: who is to blame for growth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocated::Allocation;
use crate::analysis::describe::Scripts;
use crate::analysis::hops::{Run, hops};
use crate::analysis::paths::Step;
use crate::analysis::suspects::Suspect;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, ClassId, Heap};
use crate::series::allocating::{allocation_in_words, allocations_of};
use crate::series::jobs::Status;
use crate::series::{Dump, Suspicion};
use crate::task::Task;
use crate::text::units::{grouped, percent};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::theme::Tone;
use crate::tui::views::progress::progress_in_short;
use crate::tui::views::suspects_rows;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::work::{Slot, Work};

/// A path in words, and how many hops are left out before which run.
pub type Way = (Vec<Run>, Option<(usize, usize)>);

/// A suspect, and what the screen needs to know of it.
pub struct Accused {
    /// What was found.
    pub suspect: Suspect,
    /// From the root to the holder.
    pub way: Way,
    /// From the holder to one of the objects that pile up.
    pub below: Way,
    /// Who allocates what piles up, in words, where a profile tells.
    pub allocated: Vec<String>,
    /// What piles up, as a class of the last dump.
    class: Option<(ClassId, Class)>,
}

/// What was found over which dumps.
pub struct Found {
    /// The dumps, in order.
    pub dumps: Vec<DumpId>,
    /// The suspects, worst first.
    pub suspects: Vec<Accused>,
    /// What limits the findings, in sentences.
    pub caveats: Vec<String>,
    /// Whether object ids mean the same objects in all dumps.
    pub comparable: bool,
    /// The total size of the first and the last dump, in bytes.
    pub totals: (u64, u64),
}

/// How far the search is in dumps: how many heaps it asked for.
pub type Fetched = Arc<AtomicUsize>;

/// The page.
#[derive(Default)]
pub struct SuspectsPage {
    /// What was found last.
    pub found: Option<Found>,
    /// Why nothing was found out about these dumps.
    problem: Option<(Vec<DumpId>, String)>,
    /// Whether anybody wants to know.
    asked: bool,
    /// How many heaps the running search asked for.
    fetched: Fetched,
    /// Which suspect.
    pub cursor: Cursor,
    /// How many lines of the selected one's words are above the screen.
    pub scroll: usize,
    /// How many there could be.
    pub most_scroll: usize,
    /// How many lines of words fit the screen.
    pub page: usize,
}

impl Found {
    /// What is shown of a search over `dumps`.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(
        dumps: Vec<DumpId>,
        suspicion: Suspicion,
        profile: Option<&Dump>,
        task: &Task,
    ) -> Result<Self> {
        let heap = &*suspicion.heap;
        let mut allocated = allocated(profile, &suspicion, task)?.into_iter();
        let scripts = Scripts::build(heap, task)?;
        let way = |path: &[Step]| hops(heap, &scripts, path);
        let suspects = suspicion.findings.suspects.into_iter();
        Ok(Self {
            dumps,
            suspects: suspects
                .map(|suspect| Accused {
                    way: way(&suspect.path),
                    below: way(&suspect.below),
                    class: class(heap, &suspect),
                    allocated: allocated.next().unwrap_or_default(),
                    suspect,
                })
                .collect(),
            caveats: suspicion.findings.caveats,
            comparable: suspicion.findings.comparable,
            totals: suspicion.totals,
        })
    }

    /// The suspects that are accused.
    pub fn accused(&self) -> impl Iterator<Item = &Accused> {
        self.suspects
            .iter()
            .filter(|accused| accused.suspect.is_accused())
    }

    /// The finding in a sentence, for other pages.
    pub fn in_a_line(&self) -> (String, Tone) {
        match self.accused().next() {
            Some(worst) => {
                let suspect = &worst.suspect;
                let name = suspect.holder_name.trim_start_matches('`');
                let name = name.split('`').next().unwrap_or(name);
                let what = match suspect.leaked.first() {
                    Some(leaked) => {
                        let counts = suspects_rows::steps(&leaked.counts, grouped);
                        format!("{} {counts} kept by {name}", leaked.class)
                    }
                    None => format!("{name} grows"),
                };
                let sure = sure(suspect);
                (format!("L suspect, {sure}: {what}"), Tone::Problem)
            }
            None => {
                let words = match self.suspects.is_empty() {
                    true => "L suspects: nobody is accused",
                    false => "L suspects: nobody is accused; what came nearest is there",
                };
                (words.to_owned(), Tone::Dim)
            }
        }
    }
}

/// The confidence, cut and not rounded: 50% accuses.
pub fn sure(suspect: &Suspect) -> String {
    percent((suspect.confidence * 100.0) as u64, 100)
}

/// Functions that are told of a suspect.
const ALLOCATORS: usize = 3;

/// Who allocates what each suspect keeps, in words; nothing without a profile of the process. Suspects are found whatever
/// is wrong with a profile, so that it is said where it is missed.
fn allocated(
    profile: Option<&Dump>,
    suspicion: &Suspicion,
    task: &Task,
) -> Result<Vec<Vec<String>>> {
    let suspects = suspicion.findings.suspects.iter();
    let Some(dump) = profile else {
        return Ok(Vec::new());
    };
    match allocations_of(dump, &suspicion.heap, suspects.clone(), task) {
        Ok((profile, all)) => {
            let words = |found: &Vec<Allocation>| {
                let most = found.iter().take(ALLOCATORS);
                let words = most.map(|found| allocation_in_words(&profile, dump, found));
                words.collect()
            };
            Ok(all.iter().map(words).collect())
        }
        Err(error) if error.is_cancelled() => Err(error),
        Err(error) => Ok(suspects.map(|_| vec![error.to_string()]).collect()),
    }
}

/// What piles up: the class of the example if it is the one that is named, else a class of that name.
fn class(heap: &Heap, suspect: &Suspect) -> Option<(ClassId, Class)> {
    let name = &suspect.leaked.first()?.class;
    let of_example = suspect.example.map(|example| heap.class_id(example));
    let id = of_example
        .filter(|&id| heap.class(id).name == *name)
        .or_else(|| {
            let place = heap
                .classes()
                .iter()
                .position(|class| class.name == *name)?;
            Some(ClassId(place as u32))
        })?;
    Some((id, heap.class(id).clone()))
}

impl SuspectsPage {
    /// Somebody wants to know who is to blame.
    pub fn ask(&mut self) {
        self.asked = true;
        self.problem = None;
    }

    /// Nobody wants to know any more.
    pub fn stop(&mut self) {
        self.asked = false;
    }

    /// Whether a search over these dumps is wanted and was not made.
    pub fn wants(&self, dumps: &[DumpId]) -> bool {
        let found = self.found.as_ref().map(|found| &found.dumps);
        let failed = self.problem.as_ref().map(|(dumps, _)| dumps);
        let known = |known: &Vec<DumpId>| known == dumps;
        self.asked && !dumps.is_empty() && !found.is_some_and(known) && !failed.is_some_and(known)
    }

    /// A search begins; gives the counter of the heaps that it asks for.
    pub fn begin(&mut self) -> Fetched {
        self.fetched = Fetched::default();
        Arc::clone(&self.fetched)
    }

    /// Takes what was found; the cursor stays on its suspect.
    pub fn take_found(&mut self, found: Found) {
        let name = self
            .selected()
            .map(|accused| accused.suspect.holder_name.clone());
        let mut names = found.suspects.iter();
        let row = names.position(|accused| Some(&accused.suspect.holder_name) == name.as_ref());
        self.cursor.follow(row.unwrap_or(0), found.suspects.len());
        self.scroll = 0;
        self.found = Some(found);
        self.problem = None;
    }

    /// Takes that nothing could be found out about `dumps`.
    pub fn fail(&mut self, dumps: Vec<DumpId>, problem: String) {
        self.problem = Some((dumps, problem));
    }

    /// Why nothing could be found out.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_ref().map(|(_, words)| words.as_str())
    }

    /// Whether anybody wants to know.
    pub fn is_asked(&self) -> bool {
        self.asked
    }

    /// The selected suspect.
    pub fn selected(&self) -> Option<&Accused> {
        self.found.as_ref()?.suspects.get(self.cursor.selected)
    }

    fn rows(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.suspects.len())
    }

    /// How far the search is, in words.
    pub fn searching(&self, work: &Work, store: &DumpStore) -> Option<String> {
        let status: Status = work.status(&Slot::Suspects)?;
        let dumps = store.usable().len();
        // The last one, the others back to the first, and those between once more.
        let all = (dumps * 2).saturating_sub(2).max(1);
        let now = self.fetched.load(Ordering::Relaxed).clamp(1, all);
        Some(match all {
            1 => format!("looking for suspects: {}", progress_in_short(status)),
            _ => format!(
                "looking for suspects, step {now} of {all}: {}",
                progress_in_short(status)
            ),
        })
    }

    /// The objects behind the suspect: of the last dump those that came between the first one and the last but one.
    fn objects(&self) -> Option<Effect> {
        let (accused, found) = (self.selected()?, self.found.as_ref()?);
        let last = found.dumps.last()?.clone();
        let Some((_, class)) = &accused.class else {
            return Some(Effect::Visit(PageKey::Object(last, accused.suspect.holder)));
        };
        let grows = |counts: &Vec<u64>| counts.last() > counts.first();
        let counted = accused.suspect.leaked.first();
        let scope = match &found.dumps[..] {
            _ if !found.comparable || !counted.is_some_and(|leaked| grows(&leaked.counts)) => {
                Scope::All
            }
            [first, .., before, _] if first != before => {
                Scope::Between(first.clone(), before.clone())
            }
            [first, _] => Scope::After(first.clone()),
            _ => Scope::All,
        };
        Some(Effect::Summary(last, scope, Some(class.clone())))
    }

    fn holder(&self) -> Option<(DumpId, NodeId)> {
        let last = self.found.as_ref()?.dumps.last()?;
        Some((last.clone(), self.selected()?.suspect.holder))
    }
}

impl Page for SuspectsPage {
    fn context(&self) -> Context {
        Context::SUSPECTS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        suspects_rows::draw(buffer, area, self, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        Header {
            path: vec!["suspects".to_owned()],
            facts: store.facts(),
        }
    }

    /// Single steps go from suspect to suspect, pages through the words about one.
    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        if let Motion::HalfPages(pages) = motion
            && self.most_scroll > 0
        {
            let by = (self.page as isize / 2).max(1).saturating_mul(pages);
            let scroll = self.scroll.saturating_add_signed(by);
            self.scroll = scroll.min(self.most_scroll);
            return;
        }
        let before = self.cursor.selected;
        self.cursor.go(motion, self.rows());
        if self.cursor.selected != before {
            self.scroll = 0;
        }
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::OpenSuspect => self.objects(),
            _ => None,
        }
    }

    fn opens(&self) -> Option<Effect> {
        let (dump, holder) = self.holder()?;
        Some(Effect::Visit(PageKey::Object(dump, holder)))
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let needs_row = matches!(command, Command::OpenSuspect | Command::OpenObject);
        !needs_row || self.selected().is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let (dump, node) = self.holder()?;
        let class = self.selected()?.class.as_ref();
        Some(Subject {
            dump,
            node: Some(node),
            class: class.map(|(id, _)| *id),
        })
    }

    /// What piles up, rather than its holder.
    fn made(&self) -> Option<Subject> {
        let (dump, holder) = self.holder()?;
        let accused = self.selected()?;
        let class = accused.class.as_ref().map(|(id, _)| *id);
        let alone = class.is_none().then_some(holder);
        Some(Subject {
            dump,
            node: accused.suspect.example.or(alone),
            class,
        })
    }

    fn back_out(&mut self, ctx: &mut PageCtx<'_>) -> bool {
        let searching = ctx.work.status(&Slot::Suspects).is_some();
        if searching {
            ctx.work.abandon(&Slot::Suspects);
            self.stop();
        }
        searching
    }
}
