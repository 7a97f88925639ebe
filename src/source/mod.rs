//! The code at places of a dump: the lines themselves, and through source maps those that people wrote.
//!
//! Lives here: finding the file of a script on this host ([`locate`]), reading it (`file`), whether it is what ran
//! ([`fit`]), where it uses a name ([`uses`]), its source map ([`map`]), and the answer ([`place`]). Nothing is fetched: a script that is not on this
//! host is told from the dump's own text of it, of which V8 keeps the beginning, or not at all. Files are as untrusted
//! as dumps: regular ones only are read, up to a size, with the endings of scripts; whoever shows lines escapes them.

mod change;
pub mod file;
mod finder;
pub mod fit;
mod hooks;
pub mod lines;
pub mod locate;
pub mod map;
pub mod noted;
mod originals;
pub mod place;
mod script;
mod spot;
pub mod uses;
mod words;

pub use change::Change;
pub use finder::Sources;
pub use locate::{Moved, Options};
pub use place::{Certainty, CodeLine, CodePlace, FilePlace};
pub use spot::Spot;
