//! A column without its cells: what it is called, where it stands, and who reads it.

use std::borrow::Cow;

/// Who reads a column: people, on terminals and in Markdown.
pub const PEOPLE: Readers = Readers(1);
/// Spreadsheets.
pub const CSV: Readers = Readers(2);
/// Programs.
pub const JSON: Readers = Readers(4);
/// No file: the column is only drawn, and has a name by which settings and orders find it.
pub const SCREEN: Readers = Readers(0);

/// Who reads a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readers(u8);

impl Readers {
    /// These and those.
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    const fn include(self, reader: Self) -> bool {
        self.0 & reader.0 != 0
    }
}

/// A column without its cells: what it is called, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// For people.
    pub title: Cow<'static, str>,
    /// For programs: its field in JSON and CSV; nothing for a column that is only drawn.
    pub name: Cow<'static, str>,
    /// Whether it holds numbers, and so stands on the right.
    pub number: bool,
    /// Whether a table leaves it out where there is little room.
    pub spare: bool,
    /// Where it stands on a screen; `None` for a column that is only written.
    pub screen: Option<OnScreen>,
    /// Who reads it where it is written.
    pub readers: Readers,
    /// The object within a row of JSON that has its field, without what its name has of that before a `_`.
    pub group: Option<&'static str>,
}

/// Where a column stands on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnScreen {
    /// What stands above it, in short.
    pub title: &'static str,
    /// How many terminal columns it takes, without the gap before it.
    pub width: u16,
    /// Columns of little importance go first where there is little room.
    pub importance: u8,
    /// Whether its cells are set to the left.
    pub left: bool,
    /// Whether a cell of nothing at all stays empty.
    pub blank: bool,
}

impl Head {
    /// A column of texts.
    pub const fn text(title: &'static str, name: &'static str) -> Self {
        Self {
            title: Cow::Borrowed(title),
            name: Cow::Borrowed(name),
            number: false,
            spare: false,
            screen: None,
            readers: PEOPLE.and(CSV).and(JSON),
            group: None,
        }
    }

    /// A column of numbers.
    pub const fn number(title: &'static str, name: &'static str) -> Self {
        let mut head = Self::text(title, name);
        head.number = true;
        head
    }

    /// A column that is only drawn, as bars and shares are: files have the figures.
    pub const fn drawn(title: &'static str, width: u16, importance: u8) -> Self {
        Self::text("", "").on_screen(title, width, importance)
    }

    /// The same column, which has a place on screens.
    pub const fn on_screen(mut self, title: &'static str, width: u16, importance: u8) -> Self {
        self.screen = Some(OnScreen {
            title,
            width,
            importance,
            left: false,
            blank: false,
        });
        self
    }

    /// The same column, where screens leave out zeros.
    pub const fn without_zeros(mut self) -> Self {
        if let Some(screen) = &mut self.screen {
            screen.blank = true;
        }
        self
    }

    /// The same column, set to the left on screens.
    pub const fn left(mut self) -> Self {
        if let Some(screen) = &mut self.screen {
            screen.left = true;
        }
        self
    }

    /// The same column, which a narrow table leaves out.
    pub const fn spare(mut self) -> Self {
        self.spare = true;
        self
    }

    /// The same column, for these readers only.
    pub const fn only_for(mut self, readers: Readers) -> Self {
        self.readers = readers;
        self
    }

    /// The same column, whose field is in an object of this name within a row of JSON.
    pub const fn within(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Whether files have the column.
    pub fn is_written(&self) -> bool {
        !self.name.is_empty() && self.readers != SCREEN
    }

    /// Whether files for this reader have the column.
    pub fn is_for(&self, reader: Readers) -> bool {
        self.is_written() && self.readers.include(reader)
    }
}
