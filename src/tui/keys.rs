//! Keys as people write them — `j`, `Ctrl-d`, `Alt-Left`, `gg` — and as the terminal sends them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers. Shift is part of a character (`G`) and kept only for keys that are not characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: Code,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held; always false for characters.
    pub shift: bool,
}

/// The keys that the explorer knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// Names of the keys that are not characters. Where a key has two names, the first is the one that is shown.
const NAMES: [(&str, Code); 18] = [
    ("Enter", Code::Enter),
    ("Esc", Code::Esc),
    ("Tab", Code::Tab),
    ("Backspace", Code::Backspace),
    ("BS", Code::Backspace),
    ("Delete", Code::Delete),
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PageUp", Code::PageUp),
    ("PgUp", Code::PageUp),
    ("PageDown", Code::PageDown),
    ("PgDn", Code::PageDown),
    ("Space", Code::Char(' ')),
    ("lt", Code::Char('<')),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// The key of a terminal event; `None` for keys that the explorer has no use for.
    pub fn from_event(event: &KeyEvent) -> Option<Self> {
        let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::Char(character) => {
                shift = false;
                Code::Char(character)
            }
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => {
                shift = true;
                Code::Tab
            }
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::F(number) => Code::F(number),
            _ => return None,
        };
        Some(Self {
            code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
            shift,
        })
    }

    /// Reads one key: `j`, `G`, `Enter`, `Ctrl-d`, `Alt-Left`, `Shift-Tab`, `F5`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self::plain(Code::Esc);
        let mut rest = text;
        loop {
            if let Some(behind) = rest.strip_prefix("Ctrl-") {
                key.ctrl = true;
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("Alt-") {
                key.alt = true;
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("Shift-") {
                key.shift = true;
                rest = behind;
            } else {
                break;
            }
        }
        key.code = code(rest)?;
        // Terminals send a shifted letter as the capital, and a letter with Ctrl in lower case.
        if let Code::Char(letter) = key.code
            && letter.is_ascii_alphabetic()
        {
            if key.ctrl {
                key.code = Code::Char(letter.to_ascii_lowercase());
            } else if key.shift {
                key.code = Code::Char(letter.to_ascii_uppercase());
            }
            key.shift = false;
        }
        Some(key)
    }

    /// The digit of a count: those typed with Alt, as in shells.
    pub fn digit(self) -> Option<u32> {
        match self.code {
            Code::Char(character) if !self.ctrl && self.alt => character.to_digit(10),
            _ => None,
        }
    }

    /// The character typed, if this is one without modifiers.
    pub fn character(self) -> Option<char> {
        match self.code {
            Code::Char(character) if !self.ctrl && !self.alt => Some(character),
            _ => None,
        }
    }
}

fn code(text: &str) -> Option<Code> {
    let mut characters = text.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return Some(Code::Char(character));
    }
    if let Some(&(_, code)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(code);
    }
    let number = text.strip_prefix('F')?.parse().ok()?;
    (1..=24).contains(&number).then_some(Code::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (self.ctrl, "Ctrl-"),
            (self.alt, "Alt-"),
            (self.shift, "Shift-"),
        ] {
            if held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES
            .iter()
            .find(|(name, code)| *code == self.code && *name != "lt")
        {
            return f.write_str(name);
        }
        match self.code {
            Code::Char(character) => write!(f, "{character}"),
            Code::F(number) => write!(f, "F{number}"),
            _ => Ok(()),
        }
    }
}

/// Reads a binding: one key by its name (`Enter`, `Ctrl-d`), or characters typed one after the other (`gg`).
pub fn parse_binding(text: &str) -> Option<Vec<Key>> {
    if let Some(key) = Key::parse(text) {
        return Some(vec![key]);
    }
    let typed = text.chars().all(|c| c.is_ascii_alphanumeric());
    typed.then(|| {
        text.chars()
            .map(|c| Key::plain(Code::Char(c)))
            .collect::<Vec<_>>()
    })
}

/// Reads a journey: characters stand for themselves, other keys in angle brackets: `/Lea<Enter>l<Ctrl-d>`.
///
/// A `<` that does not begin a known key stands for itself.
pub fn parse_journey(text: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '<'
            && let Some((name, behind)) = rest[1..].split_once('>')
            && let Some(key) = Key::parse(name)
        {
            keys.push(key);
            rest = behind;
            continue;
        }
        keys.push(Key::plain(Code::Char(character)));
        rest = &rest[character.len_utf8()..];
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_same_words() {
        for text in [
            "j",
            "G",
            "?",
            "Enter",
            "Ctrl-d",
            "Alt-Left",
            "Shift-Tab",
            "F5",
            "Space",
            "-",
        ] {
            let key = Key::parse(text).expect(text);
            assert_eq!(key.to_string(), text);
        }
        assert_eq!(Key::parse("PgDn"), Key::parse("PageDown"));
        assert_eq!(Key::parse("Shift-g"), Key::parse("G"));
        assert_eq!(Key::parse("Ctrl-D"), Key::parse("Ctrl-d"));
        assert_eq!(Key::parse("Nope"), None);
        assert_eq!(Key::parse("Ctrl-"), None);
        assert_eq!(Key::parse("F99"), None);
    }

    #[test]
    fn bindings_are_keys_or_typed_words() {
        assert_eq!(parse_binding("gg").map(|keys| keys.len()), Some(2));
        assert_eq!(parse_binding("Ctrl-d").map(|keys| keys.len()), Some(1));
        assert_eq!(parse_binding("Ctrl-nope"), None);
    }

    #[test]
    fn journeys_mix_characters_and_names() {
        let keys = parse_journey("/Lea<Enter>l<Ctrl-d><x");
        let words: Vec<String> = keys.iter().map(Key::to_string).collect();
        assert_eq!(
            words,
            ["/", "L", "e", "a", "Enter", "l", "Ctrl-d", "<", "x"]
        );
    }

    #[test]
    fn a_shifted_character_is_the_character() {
        let event = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::from_event(&event), Key::parse("G"));
        let event = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Key::from_event(&event), Key::parse("Shift-Tab"));
    }
}
