//! The columns of a tree of classes and objects, on the screen and in files.

use crate::analysis::retainers::Ways;
use crate::analysis::summary::SortKey;
use crate::heap::{EarlyRow, Stage, shown_distance};
use crate::settings::ColumnName;
use crate::table::{Cell, Column, Head, SCREEN, Stress};
use crate::text::span::Spans;
use crate::tui::source::Subject;
use crate::tui::theme::Theme;
use crate::tui::view::View;
use crate::tui::views::pane::Pane;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::Row;
use crate::tui::widgets::table::{Layout, layout, name_room};

/// A row: its figures, as far as there are any.
#[derive(Default)]
pub struct Entry {
    depth: usize,
    /// What it is called; files want it, the screen draws it itself.
    pub name: Spans,
    /// Where it, or its constructor, was written.
    place: Option<Spans>,
    id: Option<u32>,
    /// Steps from the application's roots, if these reach it; `None` for a row that is neither class nor object.
    distance: Option<Option<u32>>,
    count: Option<u64>,
    shallow: Option<u64>,
    retained: Option<u64>,
    /// Shares are of so many bytes.
    total: u64,
    /// How far the dump is loaded, while it is.
    stage: Option<Stage>,
}

impl Entry {
    /// A class or an object, without its name.
    pub fn of(view: &View, pane: &Pane, subject: Subject) -> Self {
        let heap = &*view.heap;
        let entry = Self {
            total: view.total,
            ..Self::default()
        };
        match subject {
            Subject::Class(class) => match view.class_row(class) {
                Some(row) => Self {
                    distance: Some(shown_distance(row.distance)),
                    count: Some(u64::from(row.count)),
                    shallow: Some(row.shallow),
                    retained: Some(row.retained),
                    ..entry
                },
                None => entry,
            },
            Subject::Object(node, _) => {
                let ways = Ways::new(heap, pane.detour.as_deref());
                Self {
                    id: Some(heap.id(node)),
                    distance: Some(shown_distance(ways.distance(node))),
                    shallow: Some(heap.shallow(node)),
                    retained: Some(heap.retained(node)),
                    ..entry
                }
            }
        }
    }

    /// A class of a dump that is still being loaded.
    pub fn early(row: &EarlyRow, stage: Stage, total: u64) -> Self {
        Self {
            name: Spans::new().name(row.name.clone()),
            count: Some(u64::from(row.count)),
            shallow: Some(row.shallow),
            total,
            stage: Some(stage),
            ..Self::default()
        }
    }

    /// The same at its depth, with its name.
    #[must_use]
    pub fn named(mut self, row: Row, label: &Label) -> Self {
        (self.depth, self.name, self.place) = (row.depth, label.name(), label.place());
        self
    }

    /// A figure that comes when the dump is loaded.
    fn late<T>(&self, figure: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
        match self.stage {
            Some(_) => Cell::Later,
            None => Cell::known(figure, cell),
        }
    }

    fn distance(&self) -> Cell {
        self.late(self.distance, Cell::Distance)
    }

    fn shallow(&self) -> Cell {
        Cell::known(self.shallow, Cell::Size)
    }

    fn retained(&self) -> Cell {
        self.late(self.retained, Cell::Size)
    }

    fn share(&self) -> Cell {
        Cell::known(self.retained, |size| Cell::Percent(size, self.total))
    }

    /// Until shallow sizes are final, counts are not either.
    fn rough(&self) -> Stress {
        match self.stage {
            None | Some(Stage::Sized) => Stress::Usual,
            Some(_) => Stress::Rough,
        }
    }
}

/// How many columns stand before those of figures.
pub const NAMED: usize = 4;

/// The columns of classes, objects and their fields.
pub const MAIN: &[Column<Entry>] = &[
    Head::number("Level", "level").of(|row, ()| Cell::Count(row.depth as u64)),
    Head::text("Name", "name").of(|row, ()| Cell::Text(row.name.clone())),
    Head::text("Place", "place").of(|row, ()| Cell::known(row.place.clone(), Cell::Text)),
    Head::number("Id", "id").of(|row, ()| Cell::known(row.id, Cell::Id)),
    Head::number("Distance", "distance")
        .on_screen("Dist", 4, 4)
        .of(|row, ()| row.distance()),
    Head::number("Count", "count")
        .on_screen("Count", 9, 7)
        .of_stressed(
            |row, ()| Cell::known(row.count, Cell::Count),
            |row, ()| row.rough(),
        ),
    Head::number("Shallow size", "shallow_size")
        .on_screen("Shallow", 8, 6)
        .of_stressed(|row, ()| row.shallow(), |row, ()| row.rough()),
    Head::number("", "shallow_share")
        .only_for(SCREEN)
        .on_screen("%", 4, 1)
        .of(|row, ()| Cell::known(row.shallow, |size| Cell::Percent(size, row.total))),
    Head::number("Retained size", "retained_size")
        .on_screen("Retained", 9, 9)
        .of(|row, ()| row.retained()),
    Head::number("", "retained_share")
        .only_for(SCREEN)
        .on_screen("%", 4, 8)
        .of(|row, ()| row.share()),
    Head::number("", "retained_bar")
        .only_for(SCREEN)
        .on_screen("", 10, 2)
        .left()
        .of(|row, ()| Cell::known(row.retained, |size| Cell::Bar(size, row.total))),
];

/// The columns of retainers.
const RETAINERS: &[Column<Entry>] = &[
    Head::number("Level", "level").of(|row, ()| Cell::Count(row.depth as u64)),
    Head::text("Name", "name").of(|row, ()| Cell::Text(row.name.clone())),
    Head::text("Place", "place").of(|row, ()| Cell::known(row.place.clone(), Cell::Text)),
    Head::number("Id", "id").of(|row, ()| Cell::known(row.id, Cell::Id)),
    Head::number("Distance", "distance")
        .on_screen("Dist", 4, 8)
        .of(|row, ()| row.distance()),
    Head::number("Shallow size", "shallow_size")
        .on_screen("Shallow", 8, 4)
        .of(|row, ()| row.shallow()),
    Head::number("Retained size", "retained_size")
        .on_screen("Retained", 8, 9)
        .of(|row, ()| row.retained()),
    Head::number("", "retained_share")
        .only_for(SCREEN)
        .on_screen("%", 4, 2)
        .of(|row, ()| row.share()),
];

/// What a tree is about, which decides its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Classes and their objects.
    Classes,
    /// One object and its fields.
    Object,
    /// Retainers: their names are whole sentences and get more room than others.
    Retainers,
}

impl About {
    /// The columns.
    pub fn columns(self) -> &'static [Column<Entry>] {
        match self {
            Self::Retainers => RETAINERS,
            Self::Classes | Self::Object => MAIN,
        }
    }

    /// The columns in a row this wide, without those that the settings leave out.
    pub fn layout(self, row: u16, theme: Theme) -> Layout {
        let room = match self {
            Self::Classes => name_room(row),
            // Trees go deep, and what is referred to has two names.
            Self::Object => (row * 3 / 5).min(80),
            Self::Retainers => (row * 3 / 4).min(80),
        };
        let width = |head: &Head, usual| {
            let counts = self != Self::Object || head.name != "count";
            let wanted = !setting(head).is_some_and(|name| theme.without.has(name));
            (counts && wanted).then_some(usual)
        };
        layout(self.columns(), width, (row, room))
    }

    /// The column by which rows are ordered, and whether it begins with the smallest: distances do, figures do not.
    pub fn sorted(self, (key, reverse): (SortKey, bool)) -> Option<(usize, bool)> {
        let field = match key {
            SortKey::Distance => "distance",
            SortKey::Count => "count",
            SortKey::Shallow => "shallow_size",
            SortKey::Retained => "retained_size",
            SortKey::Name => return None,
        };
        let columns = self.columns();
        let column = columns.iter().position(|of| of.head.name == field)?;
        Some((column, (key == SortKey::Distance) != reverse))
    }
}

/// What settings call a column.
fn setting(head: &Head) -> Option<ColumnName> {
    Some(match &*head.name {
        "distance" => ColumnName::Distance,
        "count" => ColumnName::Count,
        "shallow_size" => ColumnName::Shallow,
        "shallow_share" => ColumnName::ShallowShare,
        "retained_size" => ColumnName::Retained,
        "retained_share" => ColumnName::RetainedShare,
        "retained_bar" => ColumnName::Bar,
        _ => return None,
    })
}
