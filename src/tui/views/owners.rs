//! The page of whose code keeps what: packages, scripts or folders.

use std::sync::Arc;

use crate::analysis::describe::Scripts;
use crate::analysis::owners::{By, Owned, owned};
use crate::source::{Options, Sources};
use crate::table::{Cell, Column, Head};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{Effect, Header, Subject, said};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::list_page::{Item, Job, List, ListPage, Then};
use crate::tui::views::sheet;
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// The widest that bars get.
const BAR: u16 = 40;

/// The page of a dump.
pub fn page(key: PageKey, view: Arc<View>, source: Options, work: &mut Work) -> ListPage<Owners> {
    let owners = Owners {
        view,
        by: By::Package,
        source,
        sets: Arc::default(),
    };
    ListPage::new(key, owners, work)
}

/// The sets of owners.
#[derive(Clone)]
pub struct Owners {
    view: Arc<View>,
    by: By,
    /// Where to look for code.
    source: Options,
    /// Largest first.
    sets: Arc<Vec<Owned>>,
}

impl Owners {
    fn set(&self, row: usize) -> Option<&Owned> {
        self.sets.get(row)
    }

    fn size(&self, row: usize) -> Option<u64> {
        self.set(row).map(|set| set.shallow)
    }
}

impl List for Owners {
    /// A number of a set.
    type Row = usize;
    type Found = Vec<Owned>;

    const NAME: Head = Head::text("Owners", "owners");
    const COLUMNS: &'static [Column<usize, Self>] = &[
        Head::number("Count", "count")
            .on_screen("Count", 10, 4)
            .of(|&row, page| Cell::known(page.set(row), |set| Cell::Count(set.count))),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 9)
            .of(|&row, page| Cell::known(page.size(row), Cell::Size)),
        Head::number("Share", "percent")
            .on_screen("%", 4, 8)
            .of(|&row, page| {
                Cell::known(page.size(row), |size| Cell::Percent(size, page.view.total))
            }),
        Head::drawn("", BAR, 3)
            .left()
            .of(|&row, page| Cell::known(page.size(row), |size| Cell::Bar(size, page.view.total))),
    ];

    fn job(&self) -> Option<Job<Vec<Owned>>> {
        let (view, by, source) = (Arc::clone(&self.view), self.by, self.source.clone());
        Some(Box::new(move |task| {
            let mut sources = Sources::new(source, None);
            let mut original = |url: &str, line, column| sources.original_source(url, line, column);
            let scripts = Scripts::build(&view.heap, task)?;
            let mut sets = owned(&view.heap, &scripts, by, &mut original, task)?;
            sets.sort_by(|a, b| (b.shallow, &a.owners).cmp(&(a.shallow, &b.owners)));
            Ok(sets)
        }))
    }

    fn take(&mut self, found: Vec<Owned>) -> Option<usize> {
        self.sets = Arc::new(found);
        Some(0)
    }

    fn rows(&self) -> usize {
        self.sets.len()
    }

    fn item(&self, index: usize) -> Option<Item<usize>> {
        self.set(index).map(|_| Item::Row(index))
    }

    fn label(&self, &row: &usize) -> Label {
        let owners = self.set(row).map(|set| set.owners.join(", "));
        match owners.filter(|owners| !owners.is_empty()) {
            Some(owners) => Label::of(Spans::new().place(owners), Tone::Plain),
            None => Label::of("(none)", Tone::Dim),
        }
    }

    fn title(&self, busy: bool) -> String {
        let end = if busy { "…" } else { "" };
        let by = match self.by {
            By::Package => "package",
            By::Script => "script",
            By::Folder => "folder",
        };
        format!("Owners by {by}{end}")
    }

    fn name_room(&self, width: u16) -> u16 {
        width.saturating_sub(28).clamp(20.min(width), width / 2)
    }

    fn width(&self, head: &Head, usual: u16, line: u16) -> u16 {
        match head.is_written() {
            true => usual,
            // Bars have what the figures leave.
            false => line.saturating_sub(self.name_room(line) + 27).min(BAR),
        }
    }

    fn sorted(&self) -> Option<(&'static str, bool)> {
        Some(("shallow_size", false))
    }

    fn doing(&self) -> String {
        "finding owners".to_owned()
    }

    fn words(&self, _: Option<&usize>) -> Spans {
        Spans::new().note(
            "Memory is counted for the packages that lead to it. heaptui owners shows how each set grows over the dumps.",
        )
    }

    fn header(&self, store: &DumpStore) -> Header {
        let facts = [
            format!("{} in all", bytes(self.view.total)),
            format!("{} sets of owners", grouped(self.sets.len() as u64)),
        ]
        .map(said);
        sheet::header_of_all(&self.view, store, "owners", facts.to_vec())
    }

    fn view(&self) -> Option<&Arc<View>> {
        Some(&self.view)
    }

    fn subject(&self, row: Option<&usize>) -> Option<Subject> {
        let largest = self.set(*row?)?.largest?;
        Some(Subject::of(&self.view, largest))
    }

    /// The classes of what packages keep; scripts and folders are asked for nowhere else.
    fn opens(&self, row: Option<&usize>) -> Option<Effect> {
        let set = self.set(*row?)?;
        if self.by != By::Package || set.owners.is_empty() {
            return None;
        }
        let names = set.owners.join(", ");
        let quoted = names.replace('\\', "\\\\").replace('"', "\\\"");
        let question = format!("owners=\"{quoted}\" | group class");
        let dump = Arc::clone(&self.view.dump);
        Some(Effect::Visit(PageKey::Answer(dump, question.into())))
    }

    fn works(&self, command: Command, row: Option<&usize>) -> bool {
        match command {
            Command::Open if self.opens(row).is_some() => true,
            Command::Open | Command::ShowWhy | Command::ShowInSummary | Command::Inspect => {
                self.subject(row).is_some()
            }
            Command::Unfold | Command::Fold | Command::ShowOwners => false,
            _ => true,
        }
    }

    fn command(&mut self, command: Command, _: Option<&usize>, _: &DumpStore) -> Then<Vec<Owned>> {
        if command != Command::NextList {
            return Then::Stay;
        }
        self.by = match self.by {
            By::Package => By::Script,
            By::Script => By::Folder,
            By::Folder => By::Package,
        };
        Then::Anew
    }
}
