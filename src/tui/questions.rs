//! Questions about the dumps, as lists to choose from: which objects count, compared with what, of which process, which
//! holders are left out.

use std::sync::Arc;

use crate::series::State;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::bytes;
use crate::text::width::cut_end;
use crate::tui::bookmarks::Bookmarks;
use crate::tui::commands::{COMMANDS, Command, Spec};
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::effect::{Effect, Intent};
use crate::tui::keymap::Keymap;
use crate::tui::naming::short_name;
use crate::tui::navigator::Navigator;
use crate::tui::offers::Offers;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::session::Session;
use crate::tui::tabs;
use crate::tui::theme::Tone;
use crate::tui::views::picker::{Choice, Picker};
use crate::tui::views::profile::profiles;
use crate::tui::work::Slot;

/// A list to choose from, or why there is nothing to choose.
pub type Question = Result<Picker, Effect>;

/// The question that a command asks, if it asks one.
pub fn asked(
    command: Command,
    bookmarks: &Bookmarks,
    nav: &Navigator,
    session: &mut Session,
) -> Option<Question> {
    Some(match command {
        Command::Narrow => scopes(nav, session),
        Command::NarrowPrevious => Err(previous(nav, session)),
        Command::Compare => bases(nav, session),
        Command::NextProcess => processes(&session.store),
        Command::ShowIgnored => left_out(nav, &session.keys),
        Command::Bookmarks => {
            let here = nav.dump_in_question(session);
            bookmarks.question(here, &session.store, &session.keys)
        }
        Command::Ask => Err(Effect::Ask(match nav.key() {
            PageKey::Answer(_, text) => text.to_string(),
            _ => String::new(),
        })),
        Command::Palette => Ok(palette(nav, session)),
        Command::Actions => Ok(actions(nav, session)),
        _ => return None,
    })
}

/// All commands of the page, and all filters.
fn palette(nav: &Navigator, session: &Session) -> Picker {
    let context = nav.page().context();
    let mut specs: Vec<&Spec> = Vec::new();
    for spec in COMMANDS.iter().filter(|spec| spec.context.meets(context)) {
        if !specs.iter().any(|other| other.command == spec.command) {
            specs.push(spec);
        }
    }
    // Who opens the list looks for what there is, not for how to move.
    specs.sort_by_key(|spec| match tabs::number_of(spec.command) {
        Some(tab) => (0, tab),
        None if spec.opens.is_some() => (1, 0),
        None if spec.needs.rows() => (3, 0),
        None => (2, 0),
    });
    let commands = specs
        .iter()
        .map(|spec| Choice::command(spec, &session.keys));
    let mut choices: Vec<Choice> = commands.collect();
    if let Some(dump) = nav.dump_in_question(session) {
        let dumps = session.store.usable();
        let at = dumps.iter().position(|other| *other == dump).unwrap_or(0);
        let label = session.store.label(&dump);
        choices.extend(Scope::choices(&dumps, at).into_iter().map(|scope| {
            let remark = format!("show only these objects of {label}");
            let choice = scope_choice(&dump, &scope, remark, &session.store);
            Choice {
                name: format!("filter: {}", choice.name),
                ..choice
            }
        }));
    }
    choices.extend(profiles(&session.store).files.iter().map(|profile| {
        let name = format!("profile: {} {}", profile.label, profile.dump.name);
        let page = PageKey::Profile(id_of(&profile.dump));
        let remark = "flame graph, functions and callers".to_owned();
        Choice::new(name, remark, Effect::Visit(page))
    }));
    Picker::new("Commands and filters", choices, 0, None)
        .behind(":")
        .that_asks()
}

/// All that can be done with the selected row.
fn actions(nav: &Navigator, session: &Session) -> Picker {
    let specs = Offers { nav, session }.actions().into_iter();
    let choices = specs.map(|spec| Choice::command(spec, &session.keys));
    let row = nav.page().line(&session.store);
    let title = row.map_or("Actions".to_owned(), |row| {
        let row = one_line(&row.plain()).into_owned();
        let row = row.split("  ").find(|part| !part.trim().is_empty());
        format!("Actions: {}", cut_end(row.unwrap_or_default().trim(), 50))
    });
    Picker::new(&title, choices.collect(), 0, None)
}

/// The choice of the objects that count.
fn scope_choice(dump: &DumpId, scope: &Scope, remark: String, store: &DumpStore) -> Choice {
    let name = scope.words(|id| store.label(id)).plain();
    let effect = Effect::Summary(Arc::clone(dump), scope.clone(), None);
    Choice::new(name, remark, effect)
}

/// The dump that a question is about.
fn dump_in_question(nav: &Navigator, session: &Session) -> Result<DumpId, Effect> {
    let words = || Effect::Say("choose a dump first".to_owned(), Tone::Problem);
    nav.dump_in_question(session).ok_or_else(words)
}

/// What came between the two dumps before this one, and is there still.
fn previous(nav: &Navigator, session: &Session) -> Effect {
    let dump = match dump_in_question(nav, session) {
        Ok(dump) => dump,
        Err(effect) => return effect,
    };
    let dumps = session.store.usable();
    let at = dumps.iter().position(|other| *other == dump).unwrap_or(0);
    match Scope::previous_two(&dumps, at) {
        Some(scope) => Effect::Summary(dump, scope, None),
        None => {
            let words = format!(
                "survivors need two dumps before {}; {} lists other filters",
                session.store.label(&dump),
                session.keys.key_of(Command::Narrow)
            );
            Effect::Say(words, Tone::Problem)
        }
    }
}

/// What can count in the dump in view.
fn scopes(nav: &Navigator, session: &mut Session) -> Question {
    let dump = dump_in_question(nav, session)?;
    let now = match (nav.key(), nav.page().views().pop()) {
        (PageKey::Summary(_), Some(view)) => view.scope.clone(),
        _ => Scope::All,
    };
    let Session {
        store, keys, work, ..
    } = session;
    let dumps = store.usable();
    let at = dumps.iter().position(|other| *other == dump).unwrap_or(0);
    let previous = Scope::previous_two(&dumps, at);
    let before = dumps[..at.min(dumps.len())].iter().rev();
    let warning = before
        .clone()
        .find_map(|other| store.incomparable(other, &dump)?);
    let key = keys.key_of(Command::NarrowPrevious);
    let mut choices: Vec<Choice> = Scope::choices(&dumps, at)
        .into_iter()
        .map(|scope| {
            let remark = match &scope {
                scope if *scope == now => "now".to_owned(),
                scope if Some(scope) == previous.as_ref() => {
                    format!("{key}: survivors, allocated then and still alive")
                }
                _ => String::new(),
            };
            scope_choice(&dump, &scope, remark, store)
        })
        .collect();
    let known = realms(&dump, &now, store);
    let missing = known.is_none();
    choices.extend(known.unwrap_or_default());
    let is_now = |choice: &Choice| choice.remark == "now";
    let start = choices.iter().position(is_now).unwrap_or(0);
    let title = format!("Filter objects in {}", store.label(&dump));
    let picker = Picker::new(&title, choices, start, warning);
    let Some(view) = store.view(&dump).filter(|_| missing) else {
        return Ok(picker);
    };
    let slot = Slot::Realms(Arc::clone(&dump));
    let picker = picker.with_more(move |store| realms(&dump, &Scope::All, store));
    let job = move |task: &Task| view.find_realms(task);
    work.start(slot, picker.waits(), job, |_| ());
    Ok(picker)
}

/// The native contexts of a dump as choices; `None` where they are not known yet.
fn realms(dump: &DumpId, now: &Scope, store: &DumpStore) -> Option<Vec<Choice>> {
    let view = store.view(dump)?;
    let choices = view.realms()?.iter().map(|(scope, size)| {
        let remark = match scope == now {
            true => "now".to_owned(),
            false => bytes(*size),
        };
        scope_choice(dump, scope, remark, store)
    });
    Some(choices.collect())
}

/// What the dump in view can be compared with.
fn bases(nav: &Navigator, session: &Session) -> Question {
    let (dump, store) = (&dump_in_question(nav, session)?, &session.store);
    let usable = store.usable();
    let at = usable.iter().position(|other| other == dump).unwrap_or(0);
    let others: Vec<DumpId> = store
        .groups()
        .iter()
        .flat_map(|group| group.series.usable().map(id_of))
        .filter(|id| id != dump && !usable.contains(id))
        .collect();
    let before = usable[..at].iter().rev();
    let after = usable.iter().skip(at + 1);
    let choices: Vec<Choice> = before
        .chain(after)
        .chain(&others)
        .filter_map(|base| {
            let found = store.get(base)?;
            let size = found
                .figures
                .as_ref()
                .map(|figures| bytes(figures.total_size));
            let name = one_line(short_name(&found.name)).into_owned();
            let name = if others.contains(base) {
                name
            } else {
                format!("{} {name}", store.label(base))
            };
            let by_class = matches!(store.incomparable(base, dump), Some(Some(_)));
            let mut remarks: Vec<String> = size.into_iter().collect();
            if by_class {
                remarks.push("by class only: object ids do not fit".to_owned());
            }
            let effect = Effect::Visit(PageKey::Compare(base.clone(), dump.clone()));
            Some(Choice::new(name, remarks.join(" · "), effect))
        })
        .collect();
    if choices.is_empty() {
        let words = "no other dump to compare with".to_owned();
        return Err(Effect::Say(words, Tone::Problem));
    }
    let title = format!("Compare {} with", store.label(dump));
    Ok(Picker::new(&title, choices, 0, None))
}

/// The processes.
fn processes(store: &DumpStore) -> Question {
    let groups = store.groups();
    if groups.len() < 2 {
        let words = "all dumps are of one process".to_owned();
        return Err(Effect::Say(words, Tone::Dim));
    }
    let choices = groups.iter().enumerate().map(|(number, group)| {
        let count = group.series.usable().count();
        let writing = group.series.dumps.iter();
        let writing = writing.filter(|dump| dump.state == State::Writing).count();
        let mut remark = format!("{count} dump{}", if count == 1 { "" } else { "s" });
        if writing > 0 {
            remark.push_str(&format!(", {writing} being written"));
        }
        Choice::new(group.name.clone(), remark, Effect::Process(number))
    });
    let next = (store.active() + 1) % groups.len();
    Ok(Picker::new("Process", choices.collect(), next, None))
}

/// The holders that are left out of the dump in view.
fn left_out(nav: &Navigator, keys: &Keymap) -> Question {
    let view = nav.page().views().pop();
    let found = view.and_then(|view| Some((view.detour()?, view)));
    let Some((detour, view)) = found else {
        let key = keys.key_of(Command::Ignore);
        let words = format!("no retainer is ignored; {key} on a retainer ignores it");
        return Err(Effect::Say(words, Tone::Dim));
    };
    let mut choices: Vec<Choice> = detour
        .left_out()
        .iter()
        .map(|&node| {
            let name = view.names.object(&view.heap, node).text();
            let remark = format!("retains {}", bytes(view.heap.retained(node)));
            let effect = Effect::Here(Intent::BringBack(Some(node)));
            Choice::new(name, remark, effect)
        })
        .collect();
    if choices.len() > 1 {
        let effect = Effect::Here(Intent::BringBack(None));
        choices.push(Choice::new("all of them".to_owned(), String::new(), effect));
    }
    let title = format!(
        "Ignored retainers · {} restores",
        keys.key_of(Command::PromptAccept)
    );
    Ok(Picker::new(&title, choices, 0, None))
}
