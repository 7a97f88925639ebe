//! What the terminal sends, byte by byte, becomes keys, clicks and pasted text.
//!
//! No sequence keeps the keyboard deaf: one that does not go on within `PAUSE` is given up, one that is too long as
//! well, a paste without an end is over when nothing comes for `PASTE_PAUSE`, and Ctrl-C is itself wherever it stands.

use std::time::Duration;

use crate::tui::event::Event;
use crate::tui::keys::{Code, Key};

/// How long a sequence may take to go on. Esc alone is a key after that.
const PAUSE: Duration = Duration::from_millis(40);
/// How long a paste may.
const PASTE_PAUSE: Duration = Duration::from_millis(200);
/// How long the answer to a question may, once it is known to be one: it may come over a slow line in pieces.
const ANSWER_PAUSE: Duration = Duration::from_millis(500);
/// What the answer begins with that tells the colour of the ground (OSC 11).
const GROUND: &[u8] = b"11;";
/// The longest sequence that is believed, in bytes.
const MAX_SEQUENCE: usize = 64;
/// How much of a paste is kept, in bytes.
const MAX_PASTE: usize = 1 << 16;
/// What ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";
/// Rows that a turn of the wheel scrolls.
const WHEEL: isize = 3;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

/// Where in a sequence the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// Behind ESC.
    Escape,
    /// Behind `ESC [`.
    Csi,
    /// Behind `ESC [ [`, as the console of Linux begins function keys.
    Console,
    /// Behind `ESC O`.
    Ss3,
    /// Behind `ESC [ M`: three bytes tell of the mouse.
    Mouse,
    /// Inside a character of several bytes, after ESC or not.
    Character {
        alt: bool,
    },
    Paste,
    /// Behind `ESC ]`: Alt-], or an answer of the terminal.
    Answer,
    /// Behind the ESC that ends an answer.
    AnswerEnd,
}

/// Bytes in, events out.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    /// What of the sequence, character or paste has come.
    bytes: Vec<u8>,
}

impl Parser {
    /// How long to wait for the next byte before [`Self::give_up`] is called; `None`: as long as it takes.
    pub fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Ground => None,
            State::Paste => Some(PASTE_PAUSE),
            State::Answer if self.bytes.len() >= GROUND.len() => Some(ANSWER_PAUSE),
            _ => Some(PAUSE),
        }
    }

    /// Nothing more came of what had begun.
    pub fn give_up(&mut self, tell: &mut impl FnMut(Event)) {
        match std::mem::take(&mut self.state) {
            State::Escape => tell(Event::Key(Key::plain(Code::Esc))),
            State::Csi if self.bytes.is_empty() => tell(alt(Key::plain(Code::Char('[')))),
            State::Ss3 => tell(alt(Key::plain(Code::Char('O')))),
            State::Paste => tell(Event::Paste(text(&self.bytes))),
            State::Answer if self.bytes.len() < GROUND.len() => return self.no_answer(tell),
            _ => {}
        }
        self.bytes.clear();
    }

    /// Takes the next byte.
    pub fn take(&mut self, byte: u8, tell: &mut impl FnMut(Event)) {
        if byte == CTRL_C {
            self.state = State::Ground;
            self.bytes.clear();
            return tell(Event::Interrupt);
        }
        match self.state {
            State::Paste => self.paste(byte, tell),
            State::Answer => self.answer(byte, tell),
            State::AnswerEnd if byte == b'\\' => self.state = State::Ground,
            State::AnswerEnd => self.escape(byte, tell),
            State::Mouse => {
                self.bytes.push(byte);
                if let [button, column, line] = *self.bytes {
                    self.state = State::Ground;
                    let place = |byte: u8| u16::from(byte.saturating_sub(32));
                    mouse(place(button), (place(column), place(line)), true, tell);
                }
            }
            // A control character, or the next sequence, ends whatever had begun.
            State::Csi | State::Console | State::Ss3 if !(b' '..=b'~').contains(&byte) => {
                self.state = State::Ground;
                self.ground(byte, false, tell);
            }
            State::Ground => self.ground(byte, false, tell),
            State::Escape => self.escape(byte, tell),
            State::Csi => self.csi(byte, tell),
            State::Console => {
                self.state = State::Ground;
                if let b'A'..=b'E' = byte {
                    tell(Event::Key(Key::plain(Code::F(1 + byte - b'A'))));
                }
            }
            State::Ss3 => {
                self.state = State::Ground;
                if let Some(code) = letter_key(byte) {
                    tell(Event::Key(Key::plain(code)));
                }
            }
            State::Character { alt } => self.character(byte, alt, tell),
        }
    }

    fn ground(&mut self, byte: u8, is_alt: bool, tell: &mut impl FnMut(Event)) {
        self.state = State::Ground;
        self.bytes.clear();
        let ctrl = |letter: u8| Key {
            ctrl: true,
            ..Key::plain(Code::Char(char::from(letter)))
        };
        let key = match byte {
            ESC => {
                self.state = State::Escape;
                return;
            }
            b'\r' => Key::plain(Code::Enter),
            b'\t' => Key::plain(Code::Tab),
            0x7f => Key::plain(Code::Backspace),
            0 => ctrl(b' '),
            0x01..=0x1a => ctrl(byte - 1 + b'a'),
            0x1c..=0x1f => ctrl(byte - 0x1c + b'4'),
            b' '..=b'~' => Key::plain(Code::Char(char::from(byte))),
            _ => {
                self.state = State::Character { alt: is_alt };
                return self.character(byte, is_alt, tell);
            }
        };
        tell(if is_alt { alt(key) } else { Event::Key(key) });
    }

    fn escape(&mut self, byte: u8, tell: &mut impl FnMut(Event)) {
        self.bytes.clear();
        match byte {
            b'[' => self.state = State::Csi,
            b'O' => self.state = State::Ss3,
            b']' => self.state = State::Answer,
            ESC => tell(Event::Key(Key::plain(Code::Esc))),
            _ => self.ground(byte, true, tell),
        }
    }

    fn character(&mut self, byte: u8, is_alt: bool, tell: &mut impl FnMut(Event)) {
        if !self.bytes.is_empty() && !(0x80..0xc0).contains(&byte) {
            // The one before was cut short.
            return self.ground(byte, false, tell);
        }
        self.bytes.push(byte);
        let complete = match std::str::from_utf8(&self.bytes) {
            Ok(text) => text.chars().next(),
            Err(error) if error.error_len().is_none() => return,
            Err(_) => None,
        };
        self.state = State::Ground;
        self.bytes.clear();
        // C1 controls are no keys.
        if let Some(character) = complete.filter(|character| !character.is_control()) {
            let key = Key::plain(Code::Char(character));
            tell(if is_alt { alt(key) } else { Event::Key(key) });
        }
    }

    fn csi(&mut self, byte: u8, tell: &mut impl FnMut(Event)) {
        if byte < b'@' {
            self.bytes.push(byte);
            if self.bytes.len() > MAX_SEQUENCE {
                self.state = State::Ground;
                self.bytes.clear();
            }
            return;
        }
        self.state = State::Ground;
        let bytes = std::mem::take(&mut self.bytes);
        match (bytes.as_slice(), byte) {
            ([], b'[') => self.state = State::Console,
            ([], b'M') => self.state = State::Mouse,
            (b"200", b'~') => self.state = State::Paste,
            ([b'<', rest @ ..], b'M' | b'm') => {
                if let [button, column, line] = *numbers(rest) {
                    mouse(button, (column, line), byte == b'M', tell);
                }
            }
            (rest, b'M') => {
                if let [button, column, line] = *numbers(rest) {
                    mouse(button.saturating_sub(32), (column, line), true, tell);
                }
            }
            // What a terminal says of itself.
            ([b'?' | b'>' | b'=', ..], _) => {}
            (rest, _) => {
                if let Some(key) = csi_key(&numbers(rest), byte) {
                    tell(Event::Key(key));
                }
            }
        }
    }

    /// An answer ends with BEL or with `ESC \`. What turns out to be none was typed.
    fn answer(&mut self, byte: u8, tell: &mut impl FnMut(Event)) {
        const BEL: u8 = 0x07;
        if byte == ESC && self.bytes.is_empty() {
            tell(alt(Key::plain(Code::Char(']'))));
            self.state = State::Escape;
            return;
        }
        if byte == BEL || byte == ESC {
            self.state = match byte {
                BEL => State::Ground,
                _ => State::AnswerEnd,
            };
            let bytes = std::mem::take(&mut self.bytes);
            if let Some(is_light) = bytes.strip_prefix(GROUND).and_then(is_light) {
                tell(Event::Ground(is_light));
            }
            return;
        }
        self.bytes.push(byte);
        let is_answer = GROUND.starts_with(&self.bytes) || self.bytes.starts_with(GROUND);
        if !is_answer || self.bytes.len() > MAX_SEQUENCE {
            self.no_answer(tell);
        }
    }

    /// What looked like an answer are keys.
    fn no_answer(&mut self, tell: &mut impl FnMut(Event)) {
        tell(alt(Key::plain(Code::Char(']'))));
        self.state = State::Ground;
        for byte in std::mem::take(&mut self.bytes) {
            self.take(byte, tell);
        }
    }

    fn paste(&mut self, byte: u8, tell: &mut impl FnMut(Event)) {
        self.bytes.push(byte);
        if self.bytes.ends_with(PASTE_END) {
            let kept = self.bytes.len() - PASTE_END.len();
            tell(Event::Paste(text(&self.bytes[..kept])));
            self.state = State::Ground;
            self.bytes.clear();
        } else if self.bytes.len() > MAX_PASTE + PASTE_END.len() {
            // Room for the end stays.
            self.bytes.remove(MAX_PASTE);
        }
    }
}

fn alt(key: Key) -> Event {
    Event::Key(Key { alt: true, ..key })
}

/// Pasted text; what is no UTF-8 goes.
fn text(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(MAX_PASTE)];
    String::from_utf8_lossy(kept).replace('\u{fffd}', "")
}

/// Whether a colour is light: `rgb:ffff/ffff/ffff`, with one to four hexadecimal digits each.
fn is_light(colour: &[u8]) -> Option<bool> {
    let colour = std::str::from_utf8(colour).ok()?;
    let parts = colour
        .strip_prefix("rgb:")
        .or(colour.strip_prefix("rgba:"))?;
    let part = |part: &str| {
        let most = 16_u32.checked_pow(part.len() as u32)?.checked_sub(1)?;
        let value = u32::from_str_radix(part, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    };
    let parts: Option<Vec<f64>> = parts.split('/').take(3).map(part).collect();
    match parts?[..] {
        [red, green, blue] => Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5),
        _ => None,
    }
}

/// Numbers between semicolons; of what a colon divides, the first.
fn numbers(bytes: &[u8]) -> Vec<u16> {
    let parts = bytes.split(|&byte| byte == b';');
    let number = |part: &[u8]| {
        let first = part.split(|&byte| byte == b':').next()?;
        std::str::from_utf8(first).ok()?.parse().ok()
    };
    parts.map(|part| number(part).unwrap_or(0)).collect()
}

/// The key that a final letter means.
fn letter_key(byte: u8) -> Option<Code> {
    Some(match byte {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(1 + byte - b'P'),
        _ => return None,
    })
}

/// The key of a sequence: its numbers, and the letter at its end.
fn csi_key(numbers: &[u16], end: u8) -> Option<Key> {
    let first = numbers.first().copied().unwrap_or(0);
    let mut held = numbers.get(1).copied().unwrap_or(0).saturating_sub(1);
    let code = match (end, first) {
        (b'Z', _) => {
            held |= 1;
            Code::Tab
        }
        (b'~', 1 | 7) => Code::Home,
        (b'~', 4 | 8) => Code::End,
        (b'~', 3) => Code::Delete,
        (b'~', 5) => Code::PageUp,
        (b'~', 6) => Code::PageDown,
        (b'~', 11..=15) => Code::F((first - 10) as u8),
        (b'~', 17..=21) => Code::F((first - 11) as u8),
        (b'~', 23..=24) => Code::F((first - 12) as u8),
        // As xterm sends keys with modifiers if it is told to: 27;MODIFIERS;CHARACTER~.
        (b'~', 27) => character_key(*numbers.get(2)?)?,
        (b'u', _) => character_key(first)?,
        // R is where the cursor is, too.
        (b'A'..=b'D' | b'H' | b'F' | b'P' | b'Q' | b'S', _) => letter_key(end)?,
        _ => return None,
    };
    let is_character = matches!(code, Code::Char(_));
    Some(Key {
        shift: held & 1 != 0 && !is_character,
        alt: held & 2 != 0,
        ctrl: held & 4 != 0,
        code,
    })
}

fn character_key(number: u16) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        127 => Code::Backspace,
        _ => Code::Char(char::from_u32(number.into()).filter(|c| !c.is_control())?),
    })
}

/// What the mouse means, of what the explorer has a use for: the left button, and the wheel.
fn mouse(button: u16, (column, line): (u16, u16), pressed: bool, tell: &mut impl FnMut(Event)) {
    /// Bits for shift, meta and control.
    const HELD: u16 = 4 | 8 | 16;
    match button & !HELD {
        0 if pressed => tell(Event::Click(
            column.saturating_sub(1),
            line.saturating_sub(1),
        )),
        64 => tell(Event::Wheel(-WHEEL)),
        65 => tell(Event::Wheel(WHEEL)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(bytes: &[u8]) -> Vec<String> {
        let mut parser = Parser::default();
        let mut found = Vec::new();
        let mut tell = |event| {
            found.push(match event {
                Event::Key(key) => key.to_string(),
                other => format!("{other:?}"),
            });
        };
        for &byte in bytes {
            parser.take(byte, &mut tell);
        }
        if parser.patience().is_some() {
            parser.give_up(&mut tell);
        }
        found
    }

    #[test]
    fn keys_are_what_terminals_send() {
        for (bytes, keys) in [
            (&b"jG "[..], "j G Space"),
            (
                b"\r\t\x7f\x01\x1a\0",
                "Enter Tab Backspace Ctrl-a Ctrl-z Ctrl-Space",
            ),
            (b"\x1b", "Esc"),
            (b"\x1b\x1b", "Esc Esc"),
            (b"\x1bx\x1b[", "Alt-x Alt-["),
            (
                b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;3D",
                "Up Down Ctrl-Right Alt-Left",
            ),
            (
                b"\x1b[H\x1b[4~\x1b[5~\x1b[6;2~\x1b[3~",
                "Home End PageUp Shift-PageDown Delete",
            ),
            (b"\x1bOP\x1b[[B\x1b[15~\x1b[17~\x1b[24~", "F1 F2 F5 F6 F12"),
            (b"\x1b[Z", "Shift-Tab"),
            (b"\x1b[100;5u\x1b[27;5;97~\x1b[13u", "Ctrl-d Ctrl-a Enter"),
            ("é日\u{1b}é".as_bytes(), "é 日 Alt-é"),
            (b"\x1b[?62;22c\x1b[>0;1c\x1b[I\x1b[24;80Rx", "x"),
        ] {
            assert_eq!(events(bytes).join(" "), keys, "{bytes:?}");
        }
    }

    #[test]
    fn what_terminals_answer_about_their_ground_is_no_key() {
        for (bytes, found) in [
            (&b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\j"[..], "Ground(true) j"),
            (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07j", "Ground(false) j"),
            (b"\x1b]11;rgba:fd/f6/e3/ff\x07", "Ground(true)"),
            (b"\x1b]11;what\x1b\\j", "j"),
            // Nobody types as fast as an answer comes, but what is no answer was typed.
            (b"\x1b]", "Alt-]"),
            (b"\x1b]1", "Alt-] 1"),
            (b"\x1b]12j", "Alt-] 1 2 j"),
            (b"\x1b]\x1b[A", "Alt-] Up"),
        ] {
            assert_eq!(events(bytes).join(" "), found, "{bytes:?}");
        }
    }

    #[test]
    fn the_mouse_clicks_and_scrolls() {
        for (bytes, event) in [
            (&b"\x1b[<0;5;7M"[..], "Click(4, 6)"),
            (b"\x1b[M %'", "Click(4, 6)"),
            (b"\x1b[32;5;7M", "Click(4, 6)"),
            (b"\x1b[<64;1;1M", "Wheel(-3)"),
            (b"\x1b[<65;1;1M", "Wheel(3)"),
        ] {
            assert_eq!(events(bytes), [event], "{bytes:?}");
        }
        assert!(events(b"\x1b[<0;5;7m\x1b[<35;5;7M\x1b[<2;1;1M").is_empty());
    }

    #[test]
    fn pastes_are_texts_and_never_keys() {
        assert_eq!(
            events(b"\x1b[200~q\ny\x1b[Ax\x1b[201~j"),
            ["Paste(\"q\\ny\\u{1b}[Ax\")", "j"]
        );
        assert_eq!(events(b"\x1b[200~no end"), ["Paste(\"no end\")"]);
        let long = [b"\x1b[200~", &[b'x'; 3 * MAX_PASTE][..], PASTE_END, b"j"].concat();
        let found = events(&long);
        assert_eq!(
            (found[0].len(), &*found[1]),
            ("Paste(\"\")".len() + MAX_PASTE, "j")
        );
    }

    proptest! {
        /// Whatever came before, in a sequence or not.
        #[test]
        fn ctrl_c_and_the_key_behind_it_always_come_through(
            parts in prop::collection::vec(
                prop_oneof![
                    any::<u8>().prop_map(|byte| vec![byte]),
                    Just(b"\x1b[200~".to_vec()),
                    Just(b"\x1b[?".to_vec()),
                    Just(b"\x1b]11;".to_vec()),
                    Just(b"\x1b[M".to_vec()),
                    Just(b"\x1b[<1;".to_vec()),
                    Just(vec![b'1'; 100]),
                ],
                0..20,
            )
        ) {
            let bytes = [parts.concat(), vec![CTRL_C, b'j']].concat();
            let found = events(&bytes);
            prop_assert_eq!(&found[found.len() - 2..], ["Interrupt", "j"]);
        }

        /// Once nothing came for a while, the next key is a key again.
        #[test]
        fn no_sequence_outlives_a_pause(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut parser = Parser::default();
            for &byte in &bytes {
                parser.take(byte, &mut |_| ());
            }
            if parser.patience().is_some() {
                parser.give_up(&mut |_| ());
            }
            prop_assert_eq!(parser.patience(), None);
            let mut found = Vec::new();
            parser.take(b'j', &mut |event| found.push(format!("{event:?}")));
            prop_assert_eq!(found.len(), 1);
        }
    }
}
