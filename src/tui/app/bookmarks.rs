//! Objects to come back to. They stay when pages go, and dumps with them.

use std::sync::Arc;

use crate::text::width;
use crate::tui::app::ask::Ask;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::Command;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::views::picker::{Choice, Picker};

/// An object to come back to.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    dump: DumpId,
    /// Its id, which means the same object in other dumps of the process.
    id: u32,
    /// What it is called.
    name: String,
}

impl App {
    /// Remembers the selected object, or forgets it.
    pub(super) fn bookmark(&mut self) {
        let Some((dump, node)) = self.selected_object() else {
            return self.say("select an object first", Tone::Problem);
        };
        let Some(view) = self.store.view(&dump) else {
            return;
        };
        let id = view.heap.id(node);
        let same = |mark: &Mark| mark.dump == dump && mark.id == id;
        if let Some(known) = self.bookmarks.iter().position(same) {
            self.bookmarks.remove(known);
            return self.say(&format!("@{id} is forgotten"), Tone::Dim);
        }
        let name = view.names.object(&view.heap, node).text();
        let words = format!(
            "{} is remembered; {} lists the bookmarks",
            width::cut_middle(&name, 40),
            self.keymap.key_of(Command::Bookmarks)
        );
        self.bookmarks.push(Mark { dump, id, name });
        self.say(&words, Tone::Dim);
    }

    /// A list of the bookmarks: each in its dump, and in the dump in view where ids mean the same objects.
    pub(super) fn ask_for_bookmark(&mut self) {
        if self.bookmarks.is_empty() {
            let words = format!(
                "there are no bookmarks; {} remembers the selected object",
                self.keymap.key_of(Command::Bookmark)
            );
            return self.say(&words, Tone::Dim);
        }
        let here = self.dump_in_question();
        let mut choices = Vec::new();
        for mark in self.bookmarks.iter().rev() {
            choices.push(Choice {
                name: mark.name.clone(),
                remark: self.store.label(&mark.dump),
                what: Ask::Bookmark(Arc::clone(&mark.dump), mark.id),
            });
            if let Some(here) = here.as_ref().filter(|here| **here != mark.dump)
                && let Some(view) = self.store.view(here)
                && self.store.incomparable(&mark.dump, here) == Some(None)
                && view.heap.find_id(mark.id).is_some()
            {
                choices.push(Choice {
                    name: mark.name.clone(),
                    remark: format!("the same object in {}", self.store.label(here)),
                    what: Ask::Bookmark(Arc::clone(here), mark.id),
                });
            }
        }
        let picker = Picker::new("Bookmarks", choices, 0, None);
        self.overlay = Some(Overlay::Pick(picker));
    }

    /// Goes to the object of a bookmark, now or when its dump is loaded.
    pub(super) fn go_to_bookmark(&mut self, dump: &DumpId, id: u32) {
        if let Some(view) = self.store.view(dump) {
            return match view.heap.find_id(id) {
                Some(node) => self.want(PageKey::Object(Arc::clone(dump), node), None, None),
                None => self.say(&format!("no object @{id} in this dump"), Tone::Problem),
            };
        }
        if self.store.get(dump).is_none() {
            return self.say("the dump of this bookmark is gone", Tone::Problem);
        }
        // Its number is known when its dump is: the second time goes there.
        self.want(PageKey::Summary(Arc::clone(dump)), None, None);
        self.awaited_mark = Some((Arc::clone(dump), id));
    }

    /// A dump was loaded: a bookmark may have waited for it.
    pub(super) fn pursue_bookmark(&mut self) {
        let Some((dump, id)) = self.awaited_mark.take() else {
            return;
        };
        if self.store.is_loaded(&dump) {
            self.go_to_bookmark(&dump, id);
        } else if self.wanted.is_some() {
            self.awaited_mark = Some((dump, id));
        }
    }
}
