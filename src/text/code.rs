//! Data or code: whether a name that a dump has is one that somebody wrote in a program, or a key made of data.
//!
//! **The one definition.** Redacted copies, reports, files of the explorer and what is copied from it ask here.

use std::borrow::Cow;

use crate::text::mask::{self, Reveal, credential};
use crate::text::units::grouped;

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A property or a variable.
    Property,
    /// A function.
    Function,
    /// A class or a part of the engine.
    Class,
    /// A script, or a place in one.
    Place,
}

/// The longest name in code, in characters.
const LONGEST: usize = 80;
/// More digits than this are a number of something.
const DIGITS: usize = 3;

/// A name as it may be shown: whole where it is code, else its length.
pub fn shown(text: &str, role: Role, reveal: Reveal) -> Cow<'_, str> {
    if reveal == Reveal::All || reveal == Reveal::Values || is_code(text, role) {
        return mask::words(text, reveal);
    }
    let what = match role {
        Role::Property => "key",
        Role::Function => "function",
        Role::Class => "class",
        Role::Place => "file",
    };
    Cow::Owned(match text.chars().count() {
        1 => format!("[{what}, 1 character]"),
        count => format!("[{what}, {} characters]", grouped(count as u64)),
    })
}

/// Whether a text is the name of something in code, or the engine's own.
pub fn is_code(text: &str, role: Role) -> bool {
    let _ = role;
    let _ = (LONGEST, DIGITS);
    credential(text).is_none() && !text.contains('@')
}
