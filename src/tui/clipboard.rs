//! The terminal's clipboard, which is the user's own one over SSH too: OSC 52, by way of tmux and screen where these are
//! between.

use std::env;

/// The most that is copied, in bytes: terminals drop what is longer, without a word.
pub const MOST: usize = 74_994;

/// What screen takes at once.
const SCREEN: usize = 240;

/// Text to copy.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text.
    pub text: String,
    /// What it is, in words.
    pub what: String,
}

/// What is between the explorer and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// What the environment says.
    pub fn here() -> Self {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        if set("TMUX") {
            Self::Tmux
        } else if set("STY") {
            Self::Screen
        } else {
            Self::Nothing
        }
    }

    /// What to send to have `text` copied.
    ///
    /// tmux gets it twice: by itself, which tmux takes when `set-clipboard` is on, and handed through to the terminal,
    /// which it does when `allow-passthrough` is on. Which of the two holds cannot be asked.
    pub fn sequence(self, text: &str) -> String {
        let plain = format!("\u{1b}]52;c;{}\u{7}", base64(text.as_bytes()));
        match self {
            Self::Nothing => plain,
            Self::Tmux => {
                let doubled = plain.replace('\u{1b}', "\u{1b}\u{1b}");
                format!("{plain}\u{1b}Ptmux;{doubled}\u{1b}\\")
            }
            Self::Screen => {
                let pieces = plain.as_bytes().chunks(SCREEN);
                let wrapped = pieces.map(|piece| {
                    // All of it is ASCII.
                    format!("\u{1b}P{}\u{1b}\\", String::from_utf8_lossy(piece))
                });
                wrapped.collect()
            }
        }
    }
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            if digit > three.len() {
                text.push('=');
            } else {
                let index = bits >> (18 - 6 * digit) & 63;
                text.push(char::from(DIGITS[index as usize]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_everybody() {
        for (text, wanted) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("ÿ", "w78="),
        ] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }

    #[test]
    fn what_is_between_hands_it_on() {
        assert_eq!(Between::Nothing.sequence("f"), "\u{1b}]52;c;Zg==\u{7}");
        assert_eq!(
            Between::Tmux.sequence("f"),
            "\u{1b}]52;c;Zg==\u{7}\u{1b}Ptmux;\u{1b}\u{1b}]52;c;Zg==\u{7}\u{1b}\\"
        );
        let long = Between::Screen.sequence(&"x".repeat(300));
        assert_eq!(long.matches("\u{1b}P").count(), 2);
        let joined = long.replace("\u{1b}P", "").replace("\u{1b}\\", "");
        assert_eq!(joined, Between::Nothing.sequence(&"x".repeat(300)));
    }
}
