//! Keys that mean nothing where they were pressed.

use crate::tui::app::App;
use crate::tui::commands::{Command, Context};
use crate::tui::keys::Key;
use crate::tui::theme::Tone;

impl App {
    /// Says of keys that do nothing here where they do something.
    pub(super) fn say_what_it_means(&mut self, context: Context) {
        if matches!(context, Context::PROMPT | Context::HELP) {
            return;
        }
        let keys: String = self.typed.iter().map(Key::to_string).collect();
        let words = match self.keymap.elsewhere(context, &self.typed) {
            Some(spec) => {
                let place = spec.context.words();
                format!(
                    "{keys} does nothing here, but elsewhere ({place}): {}",
                    spec.help
                )
            }
            None => {
                let help = self.keymap.key_of(Command::Help);
                format!("{keys} does nothing; {help} lists the keys")
            }
        };
        self.say(&words, Tone::Dim);
    }
}
