//! Questions to a series: which objects count, compared with what, of which process. They are asked by keys or chosen
//! from lists, and answered when the dumps that they need are read.

use std::sync::Arc;

use crate::analysis::filter::Filter;
use crate::graph::NodeId;
use crate::heap::Class;
use crate::series::State;
use crate::text::escape::one_line;
use crate::text::units::bytes;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::naming::short_name;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::theme::Tone;
use crate::tui::views::compare::Compare;
use crate::tui::views::picker::{Choice, Picker};
use crate::tui::work::Slot;

/// Something that is chosen from a list.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// Which objects of a dump count.
    Scope(DumpId, Scope),
    /// A dump compared with a base, which comes first.
    Compare(DumpId, DumpId),
    /// A process.
    Process(usize),
    /// A holder that is left out, to bring it back; all of them if none is named.
    BringBack(Option<NodeId>),
    /// An object to come back to, by its id.
    Bookmark(DumpId, u32),
}

/// A page that is shown as soon as what it needs is read.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The page.
    pub key: PageKey,
    /// Which objects are to count there; nothing: as it is.
    pub scope: Option<Scope>,
    /// The class to go to.
    pub class: Option<Class>,
    /// The dumps that were loaded for it.
    loaded: Vec<DumpId>,
}

impl Wanted {
    /// A dump was looked up only: it may still have to be loaded.
    pub(super) fn forget_loading(&mut self, dump: &DumpId) {
        self.loaded.retain(|loaded| loaded != dump);
    }
}

/// How many comparisons are kept.
const COMPARISONS: usize = 4;

impl App {
    /// The dump that a question is about: the one in view or selected, or the last one.
    pub(super) fn dump_in_question(&self) -> Option<DumpId> {
        match self.history.page() {
            PageKey::Dumps => {
                let dump = self.dumps.selected(&self.store)?;
                dump.label.is_some().then(|| id_of(dump))
            }
            key => key.dump().cloned().or_else(|| self.store.usable().pop()),
        }
    }

    /// Shows a page as soon as it can be.
    pub(super) fn want(&mut self, key: PageKey, scope: Option<Scope>, class: Option<Class>) {
        self.wanted = Some(Wanted {
            key,
            scope,
            class,
            loaded: Vec::new(),
        });
        self.pursue();
        self.show_early();
    }

    /// Goes on with what is wanted: loads what it needs, and shows it when that is there.
    pub(super) fn pursue(&mut self) {
        let Some(wanted) = self.wanted.clone() else {
            return;
        };
        let mut missing = wanted.key.dumps().into_iter();
        let plain = matches!(wanted.key, PageKey::Summary(_)) && wanted.scope.is_none();
        let missing = missing
            .find(|id| {
                self.store.view(id).is_none() && !(plain && self.store.outline(id).is_some())
            })
            .cloned();
        if let Some(missing) = missing {
            if self.work.status(&Slot::Load(missing.clone())).is_some() {
                return;
            }
            if wanted.loaded.contains(&missing) {
                // It had to go for the other one.
                self.wanted = None;
                return self.say(
                    "both dumps at once are more than heaps may take: allow more with --memory, or use heaptui diff",
                    Tone::Problem,
                );
            }
            if let Some(wanted) = &mut self.wanted {
                wanted.loaded.push(missing.clone());
            }
            return self.load(&missing);
        }
        if let PageKey::Compare(from, to) = &wanted.key {
            return self.compare(from, to);
        }
        let kept = self.wanted.take();
        if *self.history.page() == wanted.key {
            self.prepare(&wanted.key);
        } else {
            self.visit(wanted.key.clone());
        }
        self.wanted = kept;
        match &wanted.scope {
            Some(scope) => self.narrow(scope, wanted.class),
            None => self.wanted = None,
        }
    }

    /// Has only the objects of a scope count on the page in view, when its bounds are read and comparable.
    fn narrow(&mut self, scope: &Scope, class: Option<Class>) {
        let PageKey::Summary(dump) = self.history.page().clone() else {
            self.wanted = None;
            return;
        };
        let filter = scope.filter(|id| self.store.max_id(id));
        let answers: Vec<Option<Option<String>>> = scope
            .bounds()
            .into_iter()
            .map(|bound| self.store.incomparable(bound, &dump))
            .collect();
        if let Some(reason) = answers.iter().flatten().flatten().next() {
            let key = self.keymap.key_of(Command::Compare);
            let words = format!("{reason} ({key} compares them by class)");
            self.wanted = None;
            self.say(&words, Tone::Problem);
            return self.go_to_class(class);
        }
        if answers.contains(&None) || filter.is_none() {
            // When a bound cannot be read, nothing is waited for.
            let bounds = scope.bounds();
            let refused = bounds.iter().find_map(|id| {
                let problem = self.store.refusal(id)?;
                Some(format!(
                    "{} cannot be read: {problem}",
                    self.store.label(id)
                ))
            });
            if let Some(words) = refused {
                self.wanted = None;
                return self.say(&words, Tone::Problem);
            }
            if !self.measure_next() {
                self.wanted = None;
                self.say(
                    "the other dumps cannot be read beside this one in the memory that heaps may take; allow more with --memory",
                    Tone::Problem,
                );
            }
            return;
        }
        self.wanted = None;
        if let (Some((page, ctx)), Some(filter)) = (self.explorer_mut(), filter) {
            page.narrow((scope.clone(), filter), class, ctx.work);
        }
    }

    /// Shows all objects, with the cursor on a class.
    fn go_to_class(&mut self, class: Option<Class>) {
        if let (Some((page, ctx)), Some(class)) = (self.explorer_mut(), class) {
            page.narrow((Scope::All, Filter::All), Some(class), ctx.work);
        }
    }

    /// What is still waited for, in words.
    pub(super) fn waiting_for(&self) -> Option<String> {
        let wanted = self.wanted.as_ref()?;
        let scope = wanted.scope.as_ref()?;
        let unread = |id: &&&DumpId| self.store.known(id).is_none();
        let bounds = scope.bounds();
        let bound = bounds.iter().find(unread)?;
        let words = scope.words(|id| self.store.label(id));
        Some(format!("{words}: reading {}…", self.store.label(bound)))
    }

    /// A list of what can count.
    pub(super) fn ask_for_scope(&mut self) {
        let Some(dump) = self.dump_in_question() else {
            return self.say("choose a dump first", Tone::Problem);
        };
        let dumps = self.store.usable();
        let at = dumps.iter().position(|other| *other == dump).unwrap_or(0);
        let now = match self.explorer() {
            Some(page) if matches!(page.key, PageKey::Summary(_)) => page.view.scope.clone(),
            _ => Scope::All,
        };
        let previous = Scope::previous_two(&dumps, at);
        let warning = dumps[..at.min(dumps.len())]
            .iter()
            .rev()
            .find_map(|other| self.store.incomparable(other, &dump)?);
        let mut choices: Vec<Choice<Ask>> = Scope::choices(&dumps, at)
            .into_iter()
            .map(|scope| {
                let remark = match &scope {
                    scope if *scope == now => "now",
                    scope if Some(scope) == previous.as_ref() => {
                        "b: what came then and is still there"
                    }
                    _ => "",
                };
                Choice {
                    name: scope.words(|id| self.store.label(id)),
                    remark: remark.to_owned(),
                    what: Ask::Scope(dump.clone(), scope),
                }
            })
            .collect();
        choices.extend(self.realms(&dump, &now));
        let is_now = |choice: &Choice<Ask>| choice.remark == "now";
        let start = choices.iter().position(is_now).unwrap_or(0);
        let title = format!("Objects of {} that count", self.store.label(&dump));
        let picker = Picker::new(&title, choices, start, warning);
        self.overlay = Some(Overlay::Pick(picker));
    }

    /// The native contexts of a dump as choices. Where they are not known yet, a worker looks for them.
    fn realms(&mut self, dump: &DumpId, now: &Scope) -> Vec<Choice<Ask>> {
        let Some(view) = self.store.view(dump) else {
            return Vec::new();
        };
        let Some(realms) = view.realms() else {
            let view = Arc::clone(&view);
            self.work.start(Slot::Realms(dump.clone()), move |task| {
                view.find_realms(task)
            });
            return Vec::new();
        };
        let choices = realms.iter().map(|(scope, size)| Choice {
            name: scope.words(|id| self.store.label(id)),
            remark: if scope == now {
                "now".to_owned()
            } else {
                bytes(*size)
            },
            what: Ask::Scope(dump.clone(), scope.clone()),
        });
        choices.collect()
    }

    /// The native contexts of a dump are known: they come behind the other choices where these are open.
    pub(super) fn found_realms(&mut self, dump: &DumpId) {
        let is_scope = |ask: &Ask| matches!(ask, Ask::Scope(other, _) if other == dump);
        let open = matches!(&self.overlay, Some(Overlay::Pick(picker)) if picker.selected().is_some_and(is_scope));
        if !open
            || self
                .store
                .view(dump)
                .is_none_or(|view| view.realms().is_none())
        {
            return;
        }
        let choices = self.realms(dump, &Scope::All);
        if let Some(Overlay::Pick(picker)) = &mut self.overlay {
            picker.extend(choices);
        }
    }

    /// What came between the two dumps before this one, and is there still.
    pub(super) fn between_previous(&mut self) {
        let Some(dump) = self.dump_in_question() else {
            return self.say("choose a dump first", Tone::Problem);
        };
        let dumps = self.store.usable();
        let at = dumps.iter().position(|other| *other == dump).unwrap_or(0);
        match Scope::previous_two(&dumps, at) {
            Some(scope) => self.want(PageKey::Summary(dump), Some(scope), None),
            None => {
                let words = format!(
                    "there are no two dumps before {}; f offers other filters",
                    self.store.label(&dump)
                );
                self.say(&words, Tone::Problem);
            }
        }
    }

    /// A list of what a dump can be compared with.
    pub(super) fn ask_for_base(&mut self) {
        let Some(dump) = self.dump_in_question() else {
            return self.say("choose a dump first", Tone::Problem);
        };
        let usable = self.store.usable();
        let at = usable.iter().position(|other| *other == dump).unwrap_or(0);
        let others: Vec<DumpId> = self
            .store
            .groups()
            .iter()
            .flat_map(|group| group.series.usable().map(id_of))
            .filter(|id| *id != dump && !usable.contains(id))
            .collect();
        let before = usable[..at].iter().rev();
        let after = usable.iter().skip(at + 1);
        let choices: Vec<Choice<Ask>> = before
            .chain(after)
            .chain(&others)
            .filter_map(|base| {
                let found = self.store.get(base)?;
                let size = found
                    .figures
                    .as_ref()
                    .map(|figures| bytes(figures.total_size));
                let name = one_line(short_name(&found.name)).into_owned();
                let name = if others.contains(base) {
                    name
                } else {
                    format!("{} {name}", self.store.label(base))
                };
                let by_class = matches!(self.store.incomparable(base, &dump), Some(Some(_)));
                let mut remarks: Vec<String> = size.into_iter().collect();
                if by_class {
                    remarks.push("by class only: object ids do not fit".to_owned());
                }
                Some(Choice {
                    what: Ask::Compare(base.clone(), dump.clone()),
                    name,
                    remark: remarks.join(" · "),
                })
            })
            .collect();
        if choices.is_empty() {
            return self.say("there is no other dump to compare with", Tone::Problem);
        }
        let title = format!("Compare {} with", self.store.label(&dump));
        let picker = Picker::new(&title, choices, 0, None);
        self.overlay = Some(Overlay::Pick(picker));
    }

    /// A list of the processes.
    pub(super) fn ask_for_process(&mut self) {
        let groups = self.store.groups();
        if groups.len() < 2 {
            return self.say("all dumps are of one process", Tone::Dim);
        }
        let choices = groups.iter().enumerate().map(|(number, group)| {
            let count = group.series.usable().count();
            let writing = group.series.dumps.iter();
            let writing = writing.filter(|dump| dump.state == State::Writing).count();
            let mut remark = format!("{count} dump{}", if count == 1 { "" } else { "s" });
            if writing > 0 {
                remark.push_str(&format!(", {writing} being written"));
            }
            Choice {
                what: Ask::Process(number),
                name: group.name.clone(),
                remark,
            }
        });
        let next = (self.store.active() + 1) % groups.len();
        let picker = Picker::new("Process", choices.collect(), next, None);
        self.overlay = Some(Overlay::Pick(picker));
    }

    /// A list of the holders that are left out.
    pub(super) fn ask_for_ignored(&mut self) {
        let detour = self.page().views().pop().cloned();
        let found = detour.and_then(|view| Some((view.detour()?, view)));
        let Some((detour, view)) = found else {
            let words = "no holder is left out; x in the retainers leaves one out";
            return self.say(words, Tone::Dim);
        };
        let mut choices: Vec<Choice<Ask>> = detour
            .left_out()
            .iter()
            .map(|&node| Choice {
                name: view.names.object(&view.heap, node).text(),
                remark: format!("retains {}", bytes(view.heap.retained(node))),
                what: Ask::BringBack(Some(node)),
            })
            .collect();
        if choices.len() > 1 {
            choices.push(Choice {
                name: "all of them".to_owned(),
                remark: String::new(),
                what: Ask::BringBack(None),
            });
        }
        let picker = Picker::new("Left out; Enter brings back", choices, 0, None);
        self.overlay = Some(Overlay::Pick(picker));
    }

    /// Something was chosen.
    pub(super) fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Scope(dump, scope) => self.want(PageKey::Summary(dump), Some(scope), None),
            Ask::Compare(from, to) => self.want(PageKey::Compare(from, to), None, None),
            Ask::BringBack(node) => {
                let effect = self.explorer_mut().and_then(|(page, ctx)| match node {
                    Some(node) => page.leave_out(node, ctx.work),
                    None => page.leave_out_all(Vec::new(), ctx.work),
                });
                self.grant(effect);
            }
            Ask::Bookmark(dump, id) => self.go_to_bookmark(&dump, id),
            Ask::Process(group) => {
                self.store.activate(group);
                self.dumps.go_to_last(&self.store);
                self.growth = Default::default();
                self.work.abandon(&Slot::Suspects);
                let asked = *self.history.page() == PageKey::Suspects;
                self.suspects = Default::default();
                if asked {
                    self.suspects.ask();
                }
                self.grow();
                self.look_for_suspects();
                self.measure_next();
                let several = PageKey::is_of_series;
                if !several(self.history.page()) {
                    self.visit(PageKey::Dumps);
                }
            }
        }
    }

    /// Compares two loaded dumps, by ids if these mean the same objects in both.
    fn compare(&mut self, from: &DumpId, to: &DumpId) {
        let key = PageKey::Compare(from.clone(), to.clone());
        let Some(reason) = self.store.incomparable(from, to) else {
            // Loaded dumps are read first, so this takes a moment only.
            self.measure_next();
            return;
        };
        self.wanted = None;
        let (Some(base), Some(later)) = (self.store.view(from), self.store.view(to)) else {
            return;
        };
        if !self.pages.contains_key(&key) {
            let comparison = |key: &PageKey| matches!(key, PageKey::Compare(..));
            if self.pages.keys().filter(|key| comparison(key)).count() >= COMPARISONS {
                let now = self.history.page().clone();
                self.pages
                    .retain(|other, _| !comparison(other) || *other == now);
            }
            let page = Compare::new(base, later, reason, &mut self.work);
            self.pages.insert(key.clone(), Box::new(page));
        }
        self.visit(key);
    }
}
