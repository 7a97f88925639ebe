//! Keys on their way to commands: counts, and commands of several keys.

use crate::tui::commands::{Command, Context};
use crate::tui::keymap::{Keymap, Meaning};
use crate::tui::keys::{Code, Key};

/// The keys of a command that is not finished.
#[derive(Debug, Default)]
pub struct KeySequence {
    /// The number typed before a command.
    count: Option<usize>,
    typed: Vec<Key>,
}

/// What a key came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// More is to come.
    Nothing,
    /// A command.
    Command(Command),
    /// Keys that mean nothing here.
    Unbound(Vec<Key>),
}

/// Counts above this are mistakes.
const LARGEST_COUNT: usize = 1_000_000_000;

impl KeySequence {
    /// The number typed before a command.
    pub fn count(&self) -> Option<usize> {
        self.count
    }

    /// The keys of a command that is not finished.
    pub fn typed(&self) -> &[Key] {
        &self.typed
    }

    /// The command is done.
    pub fn forget_count(&mut self) {
        self.count = None;
    }

    /// What is shown of what was typed.
    pub fn shown(&self) -> String {
        let mut typed: String = self.count.map_or(String::new(), |count| count.to_string());
        for key in &self.typed {
            typed.push_str(&key.to_string());
        }
        typed
    }

    /// The command that a key would come to.
    pub fn would_be(&self, key: Key, context: Context, keys: &Keymap) -> Option<Command> {
        let mut typed = self.typed.clone();
        typed.push(key);
        match keys.meaning(context, &typed) {
            Meaning::Command(command) => Some(command),
            Meaning::Beginning | Meaning::Nothing => None,
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key, context: Context, keys: &Keymap) -> Pressed {
        if !context.is_within(Context::TYPING)
            && self.typed.is_empty()
            && let Some(digit) = key.digit()
            && (digit > 0 || self.count.is_some())
        {
            let count = self.count.unwrap_or(0) * 10 + digit as usize;
            self.count = Some(count.min(LARGEST_COUNT));
            return Pressed::Nothing;
        }
        if key.code == Code::Esc && !self.typed.is_empty() {
            *self = Self::default();
            return Pressed::Nothing;
        }
        self.typed.push(key);
        match keys.meaning(context, &self.typed) {
            Meaning::Beginning => Pressed::Nothing,
            Meaning::Nothing => {
                self.count = None;
                Pressed::Unbound(std::mem::take(&mut self.typed))
            }
            Meaning::Command(command) => {
                self.typed.clear();
                if key.code == Code::Esc && self.count.take().is_some() {
                    return Pressed::Nothing;
                }
                Pressed::Command(command)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::parse_journey;

    fn press(sequence: &mut KeySequence, keys: &str) -> Pressed {
        let mut last = Pressed::Nothing;
        for key in parse_journey(keys) {
            last = sequence.press(key, Context::TREE, &Keymap::default());
        }
        last
    }

    #[test]
    fn digits_count_and_sequences_wait() {
        let mut sequence = KeySequence::default();
        assert_eq!(press(&mut sequence, "<Alt-1><Alt-2>g"), Pressed::Nothing);
        assert_eq!(sequence.shown(), "12g");
        assert_eq!(press(&mut sequence, "g"), Pressed::Command(Command::First));
        assert_eq!(sequence.count(), Some(12));
        sequence.forget_count();
        assert!(
            matches!(press(&mut sequence, "<Alt-0>"), Pressed::Unbound(keys) if keys.len() == 1)
        );
        press(&mut sequence, &"<Alt-9>".repeat(10));
        assert_eq!(sequence.count(), Some(LARGEST_COUNT));
        press(&mut sequence, "g");
        assert_eq!(press(&mut sequence, "<Esc>"), Pressed::Nothing);
        assert_eq!((sequence.shown(), sequence.count()), (String::new(), None));
        press(&mut sequence, "<Alt-5>");
        let escape = Key::parse("Esc").unwrap();
        let pressed = sequence.press(escape, Context::TREE, &Keymap::default());
        assert_eq!((pressed, sequence.count()), (Pressed::Nothing, None));
    }
}
