//! What the user wants otherwise: looks, defaults and keys, from a file.
//!
//! Lives here: where the file is, what may stand in it, and one clear message for what may not. Does not live here:
//! which commands there are and which of their keys fight each other (the explorer's table knows), and arguments of the
//! command line, which win over the file.

mod read;

use std::path::{Path, PathBuf};

use crate::analysis::order::SortKey;
use crate::error::{Error, ErrorKind, Result};

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
const THEMES: [(&str, ThemeName); 4] = [
    ("auto", ThemeName::Auto),
    ("dark", ThemeName::Dark),
    ("light", ThemeName::Light),
    ("high-contrast", ThemeName::HighContrast),
];
const COLOURS: [(&str, Option<ColourDepth>); 5] = [
    ("auto", None),
    ("none", Some(ColourDepth::None)),
    ("16", Some(ColourDepth::Sixteen)),
    ("256", Some(ColourDepth::Indexed)),
    ("true", Some(ColourDepth::True)),
];
const SORTS: [(&str, SortKey); 5] = [
    ("retained", SortKey::Retained),
    ("shallow", SortKey::Shallow),
    ("count", SortKey::Count),
    ("distance", SortKey::Distance),
    ("name", SortKey::Name),
];
const COLUMNS: [(&str, ColumnName); 7] = [
    ("distance", ColumnName::Distance),
    ("count", ColumnName::Count),
    ("shallow", ColumnName::Shallow),
    ("shallow-share", ColumnName::ShallowShare),
    ("retained", ColumnName::Retained),
    ("retained-share", ColumnName::RetainedShare),
    ("bar", ColumnName::Bar),
];

/// The file with nothing but defaults, without the keys: the explorer adds those from its table.
pub const COMMENTED: &str = r#"# Settings of heaptui. Every line is commented out and says what holds without it.
# The file is $XDG_CONFIG_HOME/heaptui/config.toml, or ~/.config/heaptui/config.toml.

# Colours for a dark ground, a light one, or white on black with nothing dimmed: "dark", "light", "high-contrast";
# "auto" is light where the terminal says so in COLORFGBG, and dark elsewhere.
# theme = "auto"

# How many colours: "none", "16", "256", "true"; "auto" is what COLORTERM and TERM say, and none where NO_COLOR is set.
# colour = "auto"

# Only ASCII on the screen: true or false; "auto" goes by the locale.
# ascii = "auto"

# Clicks select and the wheel scrolls; the terminal's own selection then needs Shift.
# mouse = false

# By what constructors and objects are ordered at first: "retained", "shallow", "count", "distance", "name".
# sort = "retained"

# List those who hold an object weakly too.
# weak = false

# What loaded dumps may take, such as "500M", "1.5G" or "512MiB"; "auto" is a share of what is available.
# memory = "auto"

# The columns beside names, as far as there is room for them.
# columns = ["distance", "count", "shallow", "shallow-share", "retained", "retained-share", "bar"]
"#;

/// The largest file that can be meant, in bytes.
const LARGEST: u64 = 1 << 20;

impl Settings {
    /// What a settings file says; `path` is for messages.
    ///
    /// # Errors
    /// The first thing in it that is not understood, with its line.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let mut settings = read::read(text).map_err(|error| error.in_file(path))?;
        settings.path = Some(path.to_owned());
        Ok(settings)
    }

    /// Reads the file of this name.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| {
            Error::io("cannot read the settings", error)
                .in_file(path)
                .advise("--no-config goes without them")
        };
        let found = std::fs::metadata(path).map_err(|error| failed(&error))?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(Error::new(ErrorKind::Usage, "this is no settings file")
                .in_file(path)
                .advise("--no-config goes without it"));
        }
        crate::save::note_input(path);
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Self::parse(&text, path)
    }

    /// Reads the user's file, where there is one.
    ///
    /// # Errors
    /// As those of [`Settings::load`].
    pub fn of_user() -> Result<Self> {
        match user_file(|name| std::env::var_os(name).map(PathBuf::from)) {
            Some(path) if path.exists() => Self::load(&path),
            _ => Ok(Self::default()),
        }
    }

    /// Something in the file is wrong.
    pub fn wrong(&self, line: usize, message: &str) -> Error {
        let error = wrong(line, message);
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

/// Where the user's file is, by the environment. A relative `XDG_CONFIG_HOME` counts as none.
fn user_file(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let home = || Some(variable("HOME")?.join(".config"));
    let folder = variable("XDG_CONFIG_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(home)?;
    Some(folder.join("heaptui/config.toml"))
}

/// An error about a line of a settings file.
fn wrong(line: usize, message: &str) -> Error {
    Error::usage(format!("line {line}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings> {
        Settings::parse(text, Path::new("config.toml"))
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn every_setting_is_understood() {
        let settings = read(
            "theme = 'light'\ncolour = 256\nascii = true\nmouse = true\nsort = 'name'\nweak = true\n\
             memory = '1G'\ncolumns = ['retained', 'bar']\n[keys]\nquit = 'Q'\nmark = []\nup = ['k', 'Ctrl-p']\n",
        )
        .unwrap();
        assert_eq!(settings.theme, ThemeName::Light);
        assert_eq!(settings.colour, Some(ColourDepth::Indexed));
        assert_eq!(settings.ascii, Some(true));
        assert!(settings.mouse && settings.weak);
        assert_eq!(settings.sort, SortKey::Name);
        assert_eq!(settings.memory, Some(1 << 30));
        assert_eq!(
            settings.columns,
            Some(vec![ColumnName::Retained, ColumnName::Bar])
        );
        let keys: Vec<(&str, usize, usize)> = settings
            .keys
            .iter()
            .map(|bound| (bound.command.as_str(), bound.keys.len(), bound.line))
            .collect();
        assert_eq!(keys, [("quit", 1, 10), ("mark", 0, 11), ("up", 2, 12)]);
    }

    #[test]
    fn the_commented_default_says_what_the_defaults_are() {
        let bare = COMMENTED.lines().filter_map(|line| line.strip_prefix("# "));
        let bare: Vec<&str> = bare.filter(|line| line.contains(" = ")).collect();
        let mut settings = read(&bare.join("\n")).unwrap();
        assert_eq!(bare.len(), 8);
        assert_eq!(settings.columns.take().map(|all| all.len()), Some(7));
        settings.path = None;
        assert_eq!(settings, Settings::default());
        assert_eq!(read(COMMENTED).unwrap().theme, ThemeName::Auto);
    }

    #[test]
    fn what_is_not_understood_is_said_with_its_line() {
        for (text, words) in [
            (
                "\nthem = 'dark'",
                "config.toml: line 2: there is no setting called them; the settings are theme, ",
            ),
            (
                "theme = 'blue'",
                "line 1: theme cannot be \"blue\"; it is one of auto, dark, light, high-contrast",
            ),
            ("theme = 3", "line 1: theme cannot be 3"),
            ("mouse = 'on'", "line 1: mouse is true or false"),
            ("weak = 1", "line 1: weak is true or false"),
            (
                "ascii = 'maybe'",
                "line 1: ascii is true, false or \"auto\"",
            ),
            (
                "memory = 'lots'",
                "line 1: memory: \"lots\" is no size; write for example",
            ),
            (
                "columns = 'retained'",
                "line 1: columns is a list, such as [\"count\", \"retained\"]",
            ),
            (
                "columns = [\n 'count',\n 'size']",
                "line 3: columns cannot have \"size\"",
            ),
            ("theme = ", "line 1: "),
            ("a = 1\na = 2", "line 2: "),
            ("keys = 1", "line 1: keys is a table"),
            (
                "[keys]\nquit = 1",
                "line 2: the keys of quit are a text or a list of texts",
            ),
            ("[keys]\nquit = ['q', 1]", "line 2: the keys of quit"),
            ("x = '\u{1b}[31m", "line 1: "),
        ] {
            let found = refused(text);
            assert!(found.contains(words), "{text}: {found}");
            assert!(
                !found.contains('\n') && !found.contains('\u{1b}'),
                "{found}"
            );
        }
    }

    #[test]
    fn the_file_is_found_by_the_environment() {
        let with = |pairs: &'static [(&str, &str)]| {
            user_file(move |name| {
                let found = pairs.iter().find(|pair| pair.0 == name);
                found.map(|pair| PathBuf::from(pair.1))
            })
        };
        let path = |text: &str| Some(PathBuf::from(text));
        let both = with(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")]);
        assert_eq!(both, path("/c/heaptui/config.toml"));
        let relative = with(&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")]);
        assert_eq!(relative, path("/h/.config/heaptui/config.toml"));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn a_missing_file_is_an_error_where_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.toml");
        let words = Settings::load(&missing).unwrap_err().to_string();
        assert!(words.contains("--no-config"), "{words}");
        assert!(Settings::load(folder.path()).is_err());
    }
}
