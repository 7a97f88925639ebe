//! Objects to come back to. They stay when pages go, and dumps with them.

use std::sync::Arc;

use crate::graph::NodeId;
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::{Effect, Intent};
use crate::tui::keymap::Keymap;
use crate::tui::navigator::Navigator;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::session::Session;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::picker::{Choice, Picker};

/// The objects to come back to, oldest first.
#[derive(Debug, Default)]
pub struct Bookmarks {
    marks: Vec<Mark>,
}

/// An object to come back to.
#[derive(Debug)]
struct Mark {
    dump: DumpId,
    /// Its id, which means the same object in other dumps of the process.
    id: u32,
    /// What it is called.
    name: String,
}

impl Bookmarks {
    /// Remembers the selected object, or forgets it; says which.
    pub fn toggle(&mut self, nav: &Navigator, session: &Session) -> Option<Effect> {
        if !nav.page().works(Command::Bookmark, &session.store) {
            let words =
                "bookmarks are of single objects: unfold the class and select one".to_owned();
            return Some(Effect::Say(words, Tone::Problem));
        }
        let Some((dump, node)) = nav.selected_object() else {
            let words = "select an object first".to_owned();
            return Some(Effect::Say(words, Tone::Problem));
        };
        let view = session.store.view(&dump)?;
        let words = self.turn(&view, node, &session.keys);
        Some(Effect::Say(words, Tone::Dim))
    }

    fn turn(&mut self, view: &View, node: NodeId, keys: &Keymap) -> String {
        let id = view.heap.id(node);
        let same = |mark: &Mark| mark.dump == view.dump && mark.id == id;
        if let Some(known) = self.marks.iter().position(same) {
            self.marks.remove(known);
            return format!("bookmark of @{id} removed");
        }
        let name = view.names.object(&view.heap, node).text();
        let words = format!(
            "bookmarked {}; {} lists the bookmarks",
            width::cut_middle(&name, 40),
            keys.key_of(Command::Bookmarks)
        );
        let dump = Arc::clone(&view.dump);
        self.marks.push(Mark { dump, id, name });
        words
    }

    /// Asks what would be freed if those of the dump in view went; the selected object, if there are none.
    pub fn what_if(&self, nav: &Navigator, session: &Session) -> Effect {
        let selected = nav.selected_object();
        let dump = nav.dump_in_question(session);
        let view = dump.and_then(|dump| nav.view_of(&dump, session));
        let Some(view) = view else {
            return Effect::Say("choose a dump first".to_owned(), Tone::Problem);
        };
        let marks = self.marks.iter().filter(|mark| mark.dump == view.dump);
        let mut nodes: Vec<NodeId> = marks
            .filter_map(|mark| view.heap.find_id(mark.id))
            .collect();
        if nodes.is_empty() {
            nodes.extend(selected.map(|(_, node)| node));
        }
        match nodes.is_empty() {
            true => Effect::Say("select an object first".to_owned(), Tone::Problem),
            false => Effect::Visit(PageKey::Freed(Arc::clone(&view.dump), nodes.into())),
        }
    }

    /// A list of them: each in its dump, and in the dump in view where ids mean the same objects.
    pub fn question(
        &self,
        here: Option<DumpId>,
        store: &DumpStore,
        keys: &Keymap,
    ) -> Result<Picker, Effect> {
        if self.marks.is_empty() {
            let key = keys.key_of(Command::Bookmark);
            let words = format!("no bookmarks yet; {key} adds the selected object");
            return Err(Effect::Say(words, Tone::Dim));
        }
        let mut choices = Vec::new();
        for mark in self.marks.iter().rev() {
            choices.push(Choice::new(
                mark.name.clone(),
                store.label(&mark.dump),
                go_to(&mark.dump, mark.id, store),
            ));
            if let Some(here) = here.as_ref().filter(|here| **here != mark.dump)
                && let Some(view) = store.view(here)
                && store.incomparable(&mark.dump, here) == Some(None)
                && view.heap.find_id(mark.id).is_some()
            {
                choices.push(Choice::new(
                    mark.name.clone(),
                    format!("the same object in {}", store.label(here)),
                    go_to(here, mark.id, store),
                ));
            }
        }
        Ok(Picker::new("Bookmarks", choices, 0, None))
    }
}

/// Goes to an object, now or when its dump is loaded.
fn go_to(dump: &DumpId, id: u32, store: &DumpStore) -> Effect {
    let say = |words: String| Effect::Say(words, Tone::Problem);
    if let Some(view) = store.view(dump) {
        return match view.heap.find_id(id) {
            Some(node) => Effect::Visit(PageKey::Object(Arc::clone(dump), node)),
            None => say(format!("no object @{id} in this dump")),
        };
    }
    if store.get(dump).is_none() {
        return say("the dump of this bookmark no longer exists".to_owned());
    }
    Effect::Open(PageKey::Summary(Arc::clone(dump)), vec![Intent::Id(id)])
}
