//! Which keys mean which command, where: as the table says, and as settings say otherwise.

use std::fmt::Write;

use crate::error::Result;
use crate::settings::{COMMENTED, Rebinding, Settings};
use crate::tui::commands::{COMMANDS, Command, Context, Spec, shown};
use crate::tui::keys::{Key, parse_binding};

/// What the keys typed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A command.
    Command(Command),
    /// The beginning of one.
    Beginning,
    /// Nothing.
    Nothing,
}

/// Which keys mean which command, where.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

#[derive(Debug, Clone)]
struct Binding {
    keys: Vec<Key>,
    /// As it was written.
    text: String,
    spec: &'static Spec,
    /// Where settings say so; `None` for the table's own.
    line: Option<usize>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = COMMANDS.iter().flat_map(|spec| {
            let keys = spec.keys.iter();
            keys.filter_map(|text| {
                Some(Binding {
                    keys: parse_binding(text)?,
                    text: (*text).to_owned(),
                    spec,
                    line: None,
                })
            })
        });
        Self {
            bindings: bindings.collect(),
        }
    }
}

impl Keymap {
    /// The keys as settings want them.
    ///
    /// # Errors
    /// The first line of the settings that names no command or no key, or a key that means something else already.
    pub fn of(settings: &Settings) -> Result<Self> {
        let mut keymap = Self::default();
        let mut rebound = Vec::new();
        for wanted in &settings.keys {
            rebound.extend(keymap.rebind(wanted, settings)?);
        }
        // Only when all is said: two commands may have changed places.
        for binding in &rebound {
            keymap.check(binding, settings)?;
        }
        let ends =
            |binding: &Binding| matches!(binding.spec.command, Command::Quit | Command::QuitNow);
        if !keymap.bindings.iter().any(ends) {
            let line = settings.keys.last().map_or(0, |last| last.line);
            return Err(settings
                .wrong(line, "neither quit nor quit-now has a key")
                .advise("leave one of them a key to get out by"));
        }
        Ok(keymap)
    }

    /// Gives a command other keys; gives these.
    fn rebind(&mut self, wanted: &Rebinding, settings: &Settings) -> Result<Vec<Binding>> {
        let name = wanted.command.as_str();
        let Some(spec) = COMMANDS.iter().find(|spec| spec.name == name) else {
            let words = format!("unknown command {name}");
            return Err(settings.wrong(wanted.line, &words).advise(&*format!(
                "{}heaptui --print-default-config lists them",
                likely(name)
            )));
        };
        let place = self
            .bindings
            .iter()
            .position(|binding| std::ptr::eq(binding.spec, spec));
        self.bindings
            .retain(|binding| !std::ptr::eq(binding.spec, spec));
        let mut bound = Vec::new();
        for text in &wanted.keys {
            let refused = |words: &str, advice: &str| {
                let words = format!("the key \"{text}\" of {name} {words}");
                Err(settings.wrong(wanted.line, &words).advise(advice))
            };
            let keys = parse_binding(text).filter(|keys| !keys.is_empty());
            let Some(keys) = keys else {
                return refused(
                    "is not a key",
                    "keys are written like j, G, Enter, Space, Ctrl-d, Alt-Left, F5, or gg for one after the other",
                );
            };
            if keys.first().is_some_and(|key| key.digit().is_some()) {
                return refused(
                    "is a digit with Alt",
                    "these are counts: Alt-5 j goes down five rows",
                );
            }
            let typed = spec.context.is_within(Context::TYPING)
                && keys.iter().any(|key| key.character().is_some());
            if typed {
                return refused(
                    "would be typed into the line",
                    "take one with Ctrl, Alt, or a named key",
                );
            }
            bound.push(Binding {
                keys,
                text: text.clone(),
                spec,
                line: Some(wanted.line),
            });
        }
        // Where the command was, so that footers and lists keep their order.
        let place = place
            .unwrap_or(self.bindings.len())
            .min(self.bindings.len());
        self.bindings.splice(place..place, bound.iter().cloned());
        Ok(bound)
    }

    /// Refuses a key that means something else where both commands work.
    fn check(&self, wanted: &Binding, settings: &Settings) -> Result<()> {
        let clash = self.bindings.iter().find(|other| {
            let same = std::ptr::eq(other.spec, wanted.spec) && other.text == wanted.text;
            let begins =
                other.keys.starts_with(&wanted.keys) || wanted.keys.starts_with(&other.keys);
            !same && begins && other.spec.context.meets(wanted.spec.context)
        });
        let Some(other) = clash else { return Ok(()) };
        let place = match other.line {
            Some(line) if Some(line) != wanted.line => format!(", line {line}"),
            _ => String::new(),
        };
        let words = if other.keys == wanted.keys {
            format!(
                "the key \"{}\" of {} is that of {} too{place}",
                wanted.text, wanted.spec.name, other.spec.name
            )
        } else {
            format!(
                "the key \"{}\" of {} cannot be told from \"{}\" of {}{place}, as one begins like the other",
                wanted.text, wanted.spec.name, other.text, other.spec.name
            )
        };
        Err(settings
            .wrong(wanted.line.unwrap_or(0), &words)
            .advise(format!(
                "give {} another key, or take this one away with: {} = []",
                other.spec.name, other.spec.name
            )))
    }

    /// The keys of a command, as they are shown; for those without any what to type into the palette.
    pub fn keys(&self, spec: &Spec) -> Vec<String> {
        let own = self
            .bindings
            .iter()
            .filter(|binding| std::ptr::eq(binding.spec, spec));
        let keys: Vec<String> = own.map(|binding| shown(&binding.text)).collect();
        if keys.is_empty() {
            return vec![format!(":{}", spec.name)];
        }
        keys
    }

    /// The key that the footer shows.
    pub fn first_key(&self, spec: &Spec) -> Option<String> {
        let first = self
            .bindings
            .iter()
            .find(|binding| std::ptr::eq(binding.spec, spec));
        first.map(|binding| shown(&binding.text))
    }

    /// The key of a command, for sentences; its name in the palette where it has none.
    pub fn key_of(&self, command: Command) -> String {
        let mut specs = COMMANDS.iter().filter(|spec| spec.command == command);
        specs
            .clone()
            .find_map(|spec| self.first_key(spec))
            .or_else(|| specs.next().map(|spec| format!(":{}", spec.name)))
            .unwrap_or_default()
    }

    /// The key of a command that is a digit, for tabs; without one the key of sentences.
    pub fn digit_of(&self, command: Command) -> String {
        let is_digit = |binding: &&Binding| {
            binding.spec.command == command
                && matches!(&binding.keys[..], [key] if key.character().is_some_and(|c| c.is_ascii_digit()))
        };
        let digit = self.bindings.iter().find(is_digit);
        digit.map_or_else(|| self.key_of(command), |binding| shown(&binding.text))
    }

    /// What can be typed behind `keys`, and what it then means.
    pub fn continuations(&self, context: Context, keys: &[Key]) -> Vec<(String, &'static Spec)> {
        let longer = self.bindings.iter().filter(|binding| {
            binding.spec.context.meets(context)
                && binding.keys.len() > keys.len()
                && binding.keys.starts_with(keys)
        });
        longer
            .map(|binding| {
                let rest: Vec<String> = binding
                    .keys
                    .iter()
                    .skip(keys.len())
                    .map(Key::to_string)
                    .collect();
                (shown(&rest.concat()), binding.spec)
            })
            .collect()
    }

    /// The command that `keys` stand for on other pages.
    pub fn elsewhere(&self, context: Context, keys: &[Key]) -> Option<&'static Spec> {
        let mut others = self.bindings.iter().filter(|binding| {
            let context = binding.spec.context;
            binding.keys == keys && !context.is_within(Context::TYPING) && context != Context::HELP
        });
        let spec = others.next()?.spec;
        (!spec.context.meets(context)).then_some(spec)
    }

    /// What `keys` mean in `context`.
    pub fn meaning(&self, context: Context, keys: &[Key]) -> Meaning {
        let mut beginning = false;
        for binding in &self.bindings {
            if binding.spec.context.meets(context) && binding.keys.starts_with(keys) {
                if binding.keys.len() == keys.len() {
                    return Meaning::Command(binding.spec.command);
                }
                beginning = true;
            }
        }
        if beginning {
            Meaning::Beginning
        } else {
            Meaning::Nothing
        }
    }
}

/// A command whose name is nearly this one, for advice.
fn likely(name: &str) -> String {
    let word = name.split('-').next().unwrap_or(name);
    let found = COMMANDS.iter().find(|spec| {
        word.len() > 2
            && (spec.name.contains(name) || spec.name.split('-').any(|part| part == word))
    });
    found.map_or(String::new(), |spec| format!("is {} meant? ", spec.name))
}

/// The settings file that says what holds without one: every line a comment.
pub fn default_settings() -> String {
    let mut text = format!(
        "{COMMENTED}\n# The keys of every command: a text or a list of texts, [] for none. Keys are written like j, G, Enter, Space, Ctrl-d,\n# Alt-Left, F5; several characters are typed one after the other: gg. A key that means something else in the same place\n# is refused.\n[keys]\n"
    );
    for spec in COMMANDS {
        let keys: Vec<String> = spec.keys.iter().map(|key| format!("{key:?}")).collect();
        let _ = writeln!(
            text,
            "\n# {} ({})\n# {} = [{}]",
            spec.help,
            spec.context.words(),
            spec.name,
            keys.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn keymap(text: &str) -> Result<Keymap> {
        Keymap::of(&Settings::parse(text, Path::new("config.toml"))?)
    }

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn sequences_wait_for_their_end() {
        let keymap = Keymap::default();
        let g = key("g");
        assert_eq!(keymap.meaning(Context::TREE, &[g]), Meaning::Beginning);
        assert_eq!(
            keymap.meaning(Context::TREE, &[g, g]),
            Meaning::Command(Command::First)
        );
        assert_eq!(keymap.meaning(Context::TREE, &[key("%")]), Meaning::Nothing);
    }

    #[test]
    fn settings_give_other_keys_and_take_them() {
        let keymap =
            keymap("[keys]\nquestion = []\nquit = 'Q'\ncompare = []\nzoom = ['d', 'Ctrl-z']\nsuspend = 'z'")
                .unwrap();
        let meaning = |text: &str| keymap.meaning(Context::TREE, &[key(text)]);
        assert_eq!(meaning("Q"), Meaning::Command(Command::Quit));
        assert_eq!(meaning("q"), Meaning::Nothing);
        assert_eq!(meaning("d"), Meaning::Command(Command::Zoom));
        assert_eq!(meaning("z"), Meaning::Command(Command::Suspend));
        let spec = |name: &str| COMMANDS.iter().find(|spec| spec.name == name).unwrap();
        assert_eq!(keymap.keys(spec("zoom")), ["d", "Ctrl-z"]);
        assert_eq!(keymap.keys(spec("compare")), [":compare"]);
        assert_eq!(keymap.key_of(Command::Quit), "Q");
    }

    #[test]
    fn what_cannot_be_bound_is_refused_with_its_line() {
        for (text, words) in [
            (
                "qit = 'x'",
                "config.toml: line 2: unknown command qit; heaptui --print",
            ),
            (
                "bookmark-it = 'x'",
                "unknown command bookmark-it; is bookmark meant? heaptui",
            ),
            (
                "zoom = 'Hyper-x'",
                "the key \"Hyper-x\" of zoom is not a key; keys are written like j",
            ),
            ("zoom = ''", "is not a key"),
            ("zoom = 'Alt-3'", "is a digit with Alt; these are counts"),
            (
                "zoom = '3'",
                "the key \"3\" of zoom is that of survivors too",
            ),
            ("accept = 'x'", "would be typed into the line"),
            (
                "zoom = 'd'",
                "line 2: the key \"d\" of zoom is that of compare too; give compare another key, or take this one away with: compare = []",
            ),
            (
                "zoom = 'x'\nignore = 'x'",
                "line 2: the key \"x\" of zoom is that of ignore too, line 3",
            ),
            (
                "zoom = 'g'",
                "cannot be told from \"go\" of open-object, as one begins like the other",
            ),
            (
                "quit = []\nquit-now = []",
                "neither quit nor quit-now has a key",
            ),
        ] {
            let found = keymap(&format!("[keys]\n{text}"));
            let found = found.map(|_| ()).unwrap_err().to_string();
            assert!(found.contains(words), "{text}: {found}");
        }
    }

    #[test]
    fn the_default_file_can_be_read_and_changes_nothing() {
        let text = default_settings();
        assert!(
            text.lines()
                .all(|line| line.is_empty() || line.starts_with('#') || line == "[keys]")
        );
        let keys = text.split_once("[keys]").unwrap().1.lines();
        let bare: Vec<&str> = keys
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = ["))
            .collect();
        assert_eq!(bare.len(), COMMANDS.len());
        let again = keymap(&format!("[keys]\n{}", bare.join("\n"))).unwrap();
        let usual = Keymap::default();
        for spec in COMMANDS {
            assert_eq!(again.keys(spec), usual.keys(spec));
        }
    }
}
