//! What the user wants otherwise, from files: looks, defaults and keys, and which leaks are known.
//!
//! Lives here: where the file is, what may stand in it, and one clear message for what may not. Does not live here:
//! which commands there are and which of their keys fight each other (the explorer's table knows), and arguments of the
//! command line, which win over the file.

mod known;
mod read;
mod values;

use std::path::{Path, PathBuf};

pub use known::{KNOWN_HEADER, KnownLeak, KnownLeaks, Standing, today};
pub use values::{ColourDepth, ColumnName, Rebinding, Settings, ThemeName};

use values::wrong;

use crate::error::{Error, ErrorKind, Result};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::order::SortKey;

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
        assert_eq!(settings.memory, Some(1_000_000_000));
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
