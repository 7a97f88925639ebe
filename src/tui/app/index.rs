//! Dumps with an index: they are shown by what its front says, and entered when somebody goes deeper.

use std::sync::Arc;

use crate::heap::Heap;
use crate::index::{Kept, Key};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::page::PageCtx;
use crate::tui::place::DumpId;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::work::IndexedDump;

impl App {
    /// Takes what the front of a dump's index says, or that there is none; `load` if somebody waits for the dump.
    pub(super) fn looked_up(&mut self, dump: &DumpId, found: Option<IndexedDump>, load: bool) {
        let need = found.as_ref().and_then(|found| found.need);
        self.store.was_looked_up(dump, need);
        match found {
            Some(IndexedDump {
                figures,
                summary,
                view,
                ..
            }) => {
                if let Some(wanted) = &mut self.wanted {
                    wanted.forget_loading(dump);
                }
                if let Some(view) = view {
                    self.store.outlined(view);
                }
                self.store.measured(dump, Ok((figures, summary)));
                self.dumps.follow(&self.store);
                self.grow();
                self.replace_early(dump);
                self.pursue();
                self.measure_next();
            }
            None if load => self.load(dump),
            None => {
                self.measure_next();
            }
        }
    }

    /// Whether the page in view knows its classes only.
    fn is_outline(&self) -> bool {
        self.page().views().iter().any(|view| view.outline)
    }

    /// Begins to enter the heap of a page that knows its classes only: who presses a key will want it.
    pub(super) fn deepen(&mut self) {
        let outlines = self.page().views().into_iter().filter(|view| view.outline);
        let dumps: Vec<DumpId> = outlines.map(|view| Arc::clone(&view.dump)).collect();
        for dump in dumps {
            self.load(&dump);
        }
    }

    /// Puts a command off until the heap is there, if it needs it. Says whether it was.
    pub(super) fn put_off(&mut self, command: Command) -> bool {
        let at_once = matches!(
            command,
            Command::OpenDump
                | Command::Narrow
                | Command::NarrowPrevious
                | Command::Compare
                | Command::NextProcess
                | Command::ShowGrowth
                | Command::ShowSuspects
                | Command::WriteReport
                | Command::ShowDumps
                | Command::Filter
                | Command::SortNext
                | Command::SortReverse
                | Command::Back
                | Command::Forward
                | Command::BackOut
                | Command::Help
                | Command::Palette
                | Command::Repaint
                | Command::Suspend
                | Command::Quit
                | Command::QuitNow
                | Command::PromptAccept
                | Command::PromptErase
                | Command::PromptEraseWord
                | Command::PromptClear
        );
        let later = !at_once && self.is_outline();
        if later {
            self.deepen();
            self.put_off = Some(command);
            self.say("opening the dump…", Tone::Busy);
        }
        later
    }

    /// Gives a heap that was entered to the pages that knew its classes only, and does what waited for it.
    pub(super) fn entered(&mut self, view: &Arc<View>) {
        let mut ctx = PageCtx {
            work: &mut self.work,
            store: &self.store,
        };
        for page in self.pages.values_mut() {
            let views = page.views().into_iter();
            if views
                .clone()
                .any(|old| old.outline && old.dump == view.dump)
            {
                page.entered(view, &mut ctx);
            }
        }
        if let Some(command) = self.put_off.take()
            && self.page().views().iter().any(|old| old.dump == view.dump)
        {
            self.message = None;
            self.update(command);
        }
    }

    /// Has the index of a dump that was loaded written.
    pub(super) fn keep(&mut self, dump: &DumpId, key: Option<Key>, heap: &Arc<Heap>) {
        if let Some(key) = key {
            self.work.keep(dump, key, Arc::clone(heap));
        }
    }

    /// Says why an index was not written, once.
    pub(super) fn kept(&mut self, kept: &Kept) {
        if let Some(reason) = kept.reason()
            && !std::mem::replace(&mut self.said_why_no_index, true)
            && self.message.is_none()
        {
            self.say(&format!("no index was written: {reason}"), Tone::Dim);
        }
    }
}
