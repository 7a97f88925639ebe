//! Links, followed: what is to be done to go to a place.

use std::sync::Arc;

use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::effect::{Effect, Intent};
use crate::tui::link::{CLASSES, Link, OF_SERIES, PROFILE, asked, query, spec};
use crate::tui::place::{DumpId, PageKey, Subject};
use crate::tui::scope::Scope;
use crate::tui::theme::Tone;
use crate::tui::view::View;

impl Link {
    /// What is to be done to go there.
    pub fn follow(&self, store: &DumpStore) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut found = Vec::new();
        for name in &self.dumps {
            let Some((group, dump)) = find(store, name) else {
                let words = format!("--open {self}: there is no dump {name}");
                return vec![Effect::Say(words, Tone::Problem)];
            };
            if group != store.active() && effects.is_empty() {
                effects.push(Effect::Process(group));
            }
            found.push(dump);
        }
        effects.push(match (found.as_slice(), self.id) {
            ([], _) => match OF_SERIES.iter().find(|(page, _)| *page == self.page) {
                Some(&(_, command)) => Effect::Run(command),
                None => Effect::Visit(PageKey::Profiles),
            },
            ([from, to, ..], _) => {
                let key = PageKey::Compare(Arc::clone(from), Arc::clone(to));
                Effect::Open(key, Vec::new())
            }
            ([dump], Some(_)) => {
                let key = PageKey::Summary(Arc::clone(dump));
                Effect::Open(key, vec![Intent::Follow(self.clone())])
            }
            ([dump], None) => self.of_dump(Arc::clone(dump)),
        });
        effects
    }

    /// The page of a dump.
    fn of_dump(&self, dump: DumpId) -> Effect {
        if let Some(query) = query(&self.page) {
            return Effect::Open(PageKey::Hits(dump, query), Vec::new());
        }
        if let Some(text) = asked(&self.page) {
            return Effect::Open(PageKey::Answer(dump, text.into()), Vec::new());
        }
        let subject = Subject {
            dump: Arc::clone(&dump),
            node: None,
            class: None,
        };
        match (
            self.page.as_str(),
            spec(&self.page).and_then(|spec| spec.opens),
        ) {
            ("" | CLASSES, _) => Effect::Summary(dump, Scope::All, None),
            (PROFILE, _) => Effect::Visit(PageKey::Profile(dump)),
            (page, opens) => match opens.and_then(|opens| opens(subject)) {
                Some(key) => Effect::Open(key, Vec::new()),
                None => {
                    let words = format!(
                        "--open {self}: {page} is of an object, such as {}@1234/{page}",
                        self.dumps[0]
                    );
                    Effect::Say(words, Tone::Problem)
                }
            },
        }
    }

    /// The page of an object, once its heap is there.
    pub fn of_object(&self, view: &View) -> Effect {
        let node = self.id.and_then(|id| view.heap.find_id(id));
        let Some(node) = node else {
            let id = self.id.unwrap_or_default();
            let words = format!("--open {self}: no object @{id} in this dump");
            return Effect::Say(words, Tone::Problem);
        };
        let subject = Subject {
            dump: Arc::clone(&view.dump),
            node: Some(node),
            class: Some(view.heap.class_id(node)),
        };
        match (self.page.as_str(), spec(&self.page)) {
            (CLASSES, _) => Effect::Here(Intent::Show(node)),
            (_, Some(spec)) => match spec.opens.and_then(|opens| opens(subject)) {
                Some(key) => Effect::Open(key, vec![Intent::Reveal(node, spec.command)]),
                None => Effect::Visit(PageKey::Object(Arc::clone(&view.dump), node)),
            },
            _ => Effect::Visit(PageKey::Object(Arc::clone(&view.dump), node)),
        }
    }
}

/// The dump with a label, in the process that is in view at first, or with a file name; and its process.
fn find(store: &DumpStore, name: &str) -> Option<(usize, DumpId)> {
    let groups = store.groups().iter().enumerate();
    let mut dumps =
        groups.flat_map(|(at, group)| group.series.dumps.iter().map(move |dump| (at, dump)));
    let found = dumps.find(|(at, dump)| {
        *at == 0 && dump.label.as_deref() == Some(name)
            || dump
                .path
                .file_name()
                .is_some_and(|file| file.to_string_lossy() == name)
    });
    found.map(|(at, dump)| (at, id_of(dump)))
}
