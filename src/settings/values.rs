//! The settings, and what their values are called in a file.

use std::path::PathBuf;

use crate::analysis::order::SortKey;
use crate::error::Error;

/// What a settings file can say. Everything has a default, which is how the explorer is without a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The file that this was read from, for messages.
    pub path: Option<PathBuf>,
    /// Which colours.
    pub theme: ThemeName,
    /// How many colours; nothing: what the terminal can do, and none where `NO_COLOR` says so.
    pub colour: Option<ColourDepth>,
    /// Whether only ASCII is drawn; nothing: as the locale says.
    pub ascii: Option<bool>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// By what lists of objects are ordered at first.
    pub sort: SortKey,
    /// Whether weak holders are listed too.
    pub weak: bool,
    /// What loaded dumps may take, in bytes.
    pub memory: Option<u64>,
    /// The columns beside names; nothing: all that there is room for.
    pub columns: Option<Vec<ColumnName>>,
    /// Other keys for commands.
    pub keys: Vec<Rebinding>,
}

/// A theme, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    /// Light where the terminal says so (`COLORFGBG`), else dark.
    #[default]
    Auto,
    /// For a dark ground.
    Dark,
    /// For a light ground.
    Light,
    /// White on black, nothing dimmed.
    HighContrast,
}

/// How many colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None at all.
    None,
    /// The terminal's own sixteen.
    Sixteen,
    /// The 256 of the usual palette.
    Indexed,
    /// 24 bits.
    True,
}

/// A column beside names, as the file calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnName {
    /// Steps from the roots.
    Distance,
    /// How many objects.
    Count,
    /// Shallow size.
    Shallow,
    /// Shallow size as a share of the heap.
    ShallowShare,
    /// Retained size.
    Retained,
    /// Retained size as a share of the heap.
    RetainedShare,
    /// The same as a bar.
    Bar,
}

/// Other keys for a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebinding {
    /// The command's name.
    pub command: String,
    /// Its keys; none: it has no key any more.
    pub keys: Vec<String>,
    /// Where that stands in the file, counted from 1.
    pub line: usize,
}

/// The names that stand for values.
pub(super) const THEMES: [(&str, ThemeName); 4] = [
    ("auto", ThemeName::Auto),
    ("dark", ThemeName::Dark),
    ("light", ThemeName::Light),
    ("high-contrast", ThemeName::HighContrast),
];
pub(super) const COLOURS: [(&str, Option<ColourDepth>); 5] = [
    ("auto", None),
    ("none", Some(ColourDepth::None)),
    ("16", Some(ColourDepth::Sixteen)),
    ("256", Some(ColourDepth::Indexed)),
    ("true", Some(ColourDepth::True)),
];
pub(super) const COLUMNS: [(&str, ColumnName); 7] = [
    ("distance", ColumnName::Distance),
    ("count", ColumnName::Count),
    ("shallow", ColumnName::Shallow),
    ("shallow-share", ColumnName::ShallowShare),
    ("retained", ColumnName::Retained),
    ("retained-share", ColumnName::RetainedShare),
    ("bar", ColumnName::Bar),
];

/// An error about a line of a settings file.
pub(super) fn wrong(line: usize, message: &str) -> Error {
    Error::usage(format!("line {line}: {message}"))
}
