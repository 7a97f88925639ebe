//! What the texts of a table are used for, and so what becomes of each.

use crate::error::{Error, Result};
use crate::snapshot::layout::{Field, Layout};
use crate::snapshot::pairs;
use crate::snapshot::stream::Stream;
use crate::snapshot::strings::decode;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::code::{self, Role, is_code, is_no_content};
use crate::text::mask::credential;
use crate::text::place;

use super::rows::{Row, rows};

/// The content of a string or a regular expression.
const CONTENT: u8 = 1;
/// The name of a part of the engine, or of an object that native code made.
const ENGINE: u8 = 2;
/// The name of a function, or of compiled code.
const CODE: u8 = 4;
/// The name of a property or a variable.
const NAME: u8 = 8;
/// The name of an edge of the engine's.
const INTERNAL: u8 = 16;
/// The name of an object's class, which may be a `Symbol.toStringTag` that says anything.
const CLASS: u8 = 32;

/// May stay as [`NAME`].
const FIT_NAME: u8 = 1;
/// May stay as [`CODE`].
const FIT_CODE: u8 = 2;
/// May stay as [`ENGINE`], and as [`CLASS`] if a function is called so or it is the engine's own.
const FIT_CLASS: u8 = 4;
/// Names an entry of a weak map.
const PAIR: u8 = 8;
/// Stays even as a content: it says nothing.
const NO_CONTENT: u8 = 16;
/// May stay as [`INTERNAL`].
const FIT_INTERNAL: u8 = 32;
/// The engine's own as a [`CLASS`], though no function may be called so.
const BUILT_IN: u8 = 64;
/// A path of which parts may stay, as [`CODE`].
const FIT_PATH: u8 = 128;

/// No id is known.
const NO_ID: u32 = u32::MAX;

/// Which names of properties, variables and functions stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeptNames {
    /// Those that look like names in code.
    #[default]
    Identifiers,
    /// All but credentials.
    All,
}

/// What becomes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays.
    Stays,
    /// It stays as the name of a weak map's entry, without the names of key and value.
    Pair,
    /// It stays as the path of a script, without what may name people.
    Path,
    /// It is replaced; the number tells it from others.
    Goes(Number),
}

/// What tells replaced texts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// The least id of an object with this text.
    Object(u32),
    /// Its place in the table: no object has it.
    Text(u32),
}

/// All texts of a table.
pub(super) struct Roles {
    kept: KeptNames,
    /// What each is used for.
    used: Vec<u8>,
    /// What each may stay as.
    fit: Vec<u8>,
    /// The least id of a string with this content.
    ids: Vec<u32>,
    /// The texts that are names as well as contents, ascending: as contents they move behind the end of the table.
    pub moved: Vec<u32>,
}

impl Roles {
    pub fn new(kept: KeptNames) -> Self {
        Self {
            kept,
            used: Vec::new(),
            fit: Vec::new(),
            ids: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// Reads the table, whose value is next.
    pub fn read_texts(&mut self, stream: &mut Stream<'_>) -> Result<()> {
        let kept = self.kept;
        texts(stream, |text| {
            if text.long.is_some() {
                self.fit.push(0);
                return Ok(());
            }
            let text = decode(text.raw);
            let mut fit = 0;
            let mut set = |flag, is: bool| fit |= if is { flag } else { 0 };
            let all = kept == KeptNames::All && credential(&text).is_none();
            set(NO_CONTENT, is_no_content(&text));
            set(PAIR, pairs::spans(&text).is_some());
            set(FIT_CLASS, all || is_code(&text, Role::Class));
            set(BUILT_IN, all || code::is_built_in(&text));
            set(FIT_INTERNAL, all || code::is_internal_edge(&text));
            set(FIT_NAME, all || is_code(&text, Role::Property));
            let is_path = text.contains('/') && !text.starts_with("system / ");
            let path = is_path.then(|| place::without_data(&text)).flatten();
            let whole = path.as_deref() == Some(&*text) && credential(&text).is_none();
            let of_engine = text.starts_with("system / ") && is_code(&text, Role::Class);
            let function = of_engine || is_code(&text, Role::Function);
            set(FIT_CODE, all || whole || function);
            set(
                FIT_PATH,
                path.is_some_and(|path| credential(&path).is_none()),
            );
            self.fit.push(fit);
            Ok(())
        })?;
        self.used = vec![0; self.fit.len()];
        self.ids = vec![NO_ID; self.fit.len()];
        Ok(())
    }

    /// Reads how nodes use texts.
    pub fn read_nodes(&mut self, stream: &mut Stream<'_>, layout: &Layout) -> Result<()> {
        let fields = Fields::of(&layout.node);
        let offset = stream.offset();
        rows(stream, layout.node.len(), |row| {
            let used = node_use(layout, &fields, row);
            let text = self.place(row.number(fields.name), offset)?;
            self.used[text] |= used;
            if used == CONTENT {
                let id = u32::try_from(row.number(fields.id)).unwrap_or(NO_ID);
                self.ids[text] = self.ids[text].min(id);
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Reads how edges use texts.
    pub fn read_edges(&mut self, stream: &mut Stream<'_>, layout: &Layout) -> Result<()> {
        let fields = Fields::of(&layout.edge);
        let offset = stream.offset();
        rows(stream, layout.edge.len(), |row| {
            let kind = layout.edge_kinds.get(row.number(fields.kind) as usize);
            let kind = kind.map_or(EdgeKind::PROPERTY, |&kind| EdgeKind(kind));
            if kind.has_string_name() {
                let text = self.place(row.number(fields.name), offset)?;
                self.used[text] |= match kind {
                    EdgeKind::INTERNAL | EdgeKind::WEAK | EdgeKind::INVISIBLE => INTERNAL,
                    _ => NAME,
                };
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Reads how the functions of an allocation profile use texts.
    pub fn read_functions(&mut self, stream: &mut Stream<'_>, fields: &[String]) -> Result<()> {
        if fields.is_empty() {
            return stream.value(None, usize::MAX);
        }
        let offset = stream.offset();
        rows(stream, fields.len(), |row| {
            for (field, name) in fields.iter().enumerate() {
                if name == "name" || name == "script_name" {
                    let text = self.place(row.number(field), offset)?;
                    self.used[text] |= CODE;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn place(&self, text: u64, offset: u64) -> Result<usize> {
        usize::try_from(text)
            .ok()
            .filter(|&text| text < self.used.len())
            .ok_or_else(|| {
                Error::malformed(
                    offset,
                    format!(
                        "text {text} is named, but the table has only {}",
                        self.used.len()
                    ),
                )
            })
    }

    /// When all is read: which contents need a place of their own.
    pub fn settle(&mut self) -> Result<()> {
        self.moved = (0..self.used.len() as u32)
            .filter(|&text| {
                self.used[text as usize] & CONTENT != 0
                    && self.fit[text as usize] & NO_CONTENT == 0
                    && !matches!(self.fate(text), Fate::Goes(_))
            })
            .collect();
        let all = self.used.len() + self.moved.len();
        u32::try_from(all)
            .map(|_| ())
            .map_err(|_| Error::malformed(0, "the table has more texts than 32 bits count"))
    }

    /// What becomes of the text at this place of the table.
    pub fn fate(&self, text: u32) -> Fate {
        let at = text as usize;
        let (Some(&used), Some(&fit)) = (self.used.get(at), self.fit.get(at)) else {
            return Fate::Goes(Number::Text(text));
        };
        if used & INTERNAL != 0 && fit & PAIR != 0 {
            return Fate::Pair;
        }
        let named_by_code = used & CODE != 0 || fit & BUILT_IN != 0;
        let is = |role: u8, may: u8| used & role != 0 && fit & may != 0;
        let stays = fit & NO_CONTENT != 0
            || is(ENGINE, FIT_CLASS)
            || is(CLASS, FIT_CLASS) && named_by_code
            || is(INTERNAL, FIT_INTERNAL)
            || is(CODE, FIT_CODE)
            || is(NAME, FIT_NAME);
        match stays {
            true => Fate::Stays,
            false if is(CODE, FIT_PATH) => Fate::Path,
            false => Fate::Goes(self.number(text)),
        }
    }

    /// What tells a replaced text from others.
    pub fn number(&self, text: u32) -> Number {
        match self.ids.get(text as usize) {
            Some(&id) if id != NO_ID => Number::Object(id),
            _ => Number::Text(text),
        }
    }

    /// Whether a text is the content of a string.
    pub fn is_content(&self, text: u32) -> bool {
        self.used
            .get(text as usize)
            .is_some_and(|used| used & CONTENT != 0)
    }

    /// Whether only the engine and native code name objects so.
    pub fn is_of_engine(&self, text: u32) -> bool {
        self.used.get(text as usize) == Some(&ENGINE)
    }

    /// The new place of a text that is a node's name, if the node is a string and the text is a name as well.
    pub fn new_place(&self, layout: &Layout, fields: &Fields, row: &Row) -> Option<u64> {
        if node_use(layout, fields, row) != CONTENT {
            return None;
        }
        let text = u32::try_from(row.number(fields.name)).ok()?;
        let at = self.moved.binary_search(&text).ok()?;
        Some((self.used.len() + at) as u64)
    }
}

/// For what a node uses the text that is its name.
fn node_use(layout: &Layout, fields: &Fields, row: &Row) -> u8 {
    let kind = layout.node_kinds.get(row.number(fields.kind) as usize);
    match kind.map(|&kind| NodeKind(kind)) {
        Some(kind) if kind.is_string() => CONTENT,
        Some(NodeKind::REGEXP) => CONTENT,
        Some(NodeKind::CODE | NodeKind::CLOSURE) => CODE,
        Some(NodeKind::SYMBOL | NodeKind::NUMBER | NodeKind::BIGINT) => NAME,
        Some(NodeKind::OBJECT) => CLASS,
        Some(
            NodeKind::HIDDEN
            | NodeKind::ARRAY
            | NodeKind::NATIVE
            | NodeKind::SYNTHETIC
            | NodeKind::OBJECT_SHAPE
            | NodeKind::WASM_OBJECT,
        ) => ENGINE,
        // What nobody knows yet may say anything.
        _ => CONTENT,
    }
}

/// Where the fields of a row are that matter here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    kind: usize,
    pub name: usize,
    id: usize,
}

impl Fields {
    pub fn of(fields: &[Field]) -> Self {
        let place = |wanted| {
            let at = fields.iter().position(|&field| field == wanted);
            at.unwrap_or(usize::MAX)
        };
        Self {
            kind: place(Field::Kind),
            name: place(Field::Name),
            id: place(Field::Id),
        }
    }
}

/// What is longer, in bytes of JSON, is no name: only its length is looked at.
const LONGEST: usize = 1 << 16;

/// A text of the table.
pub(super) struct Text<'a> {
    /// Its JSON, between the quotes; of a long text the beginning.
    pub raw: &'a [u8],
    /// How many characters it has, if it is too long for a name.
    pub long: Option<u64>,
}

/// Calls `each` for every text of the table that is next.
pub(super) fn texts(
    stream: &mut Stream<'_>,
    mut each: impl FnMut(&Text<'_>) -> Result<()>,
) -> Result<()> {
    let mut raw = Vec::new();
    let mut more = stream.list_begins()?;
    while more {
        raw.clear();
        let mut length = Length::default();
        let mut is_long = false;
        stream.pieces_of_string(|piece| {
            if !is_long && raw.len() + piece.len() > LONGEST {
                is_long = true;
                length.add(&raw);
            }
            match is_long {
                true => length.add(piece),
                false => raw.extend_from_slice(piece),
            }
            true
        })?;
        each(&Text {
            raw: &raw,
            long: is_long.then_some(length.chars),
        })?;
        more = stream.list_goes_on()?;
    }
    Ok(())
}

/// Counts the characters of a JSON string that comes in pieces.
#[derive(Debug, Default)]
struct Length {
    chars: u64,
    is_escape: bool,
    /// Digits of a code that are still to come, and those that came.
    digits: u8,
    code: u32,
}

impl Length {
    fn add(&mut self, piece: &[u8]) {
        for &byte in piece {
            if self.is_escape {
                self.is_escape = false;
                self.chars += 1;
                (self.digits, self.code) = (if byte == b'u' { 4 } else { 0 }, 0);
            } else if self.digits > 0 {
                self.digits -= 1;
                self.code = self.code << 4 | char::from(byte).to_digit(16).unwrap_or(0);
                // The second half of a pair belongs to the character before it.
                self.chars -= u64::from(self.digits == 0 && matches!(self.code, 0xdc00..=0xdfff));
            } else if byte == b'\\' {
                self.is_escape = true;
            } else {
                self.chars += u64::from(byte & 0xc0 != 0x80);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_over_pieces() {
        let raw = r#"a\n\\\u00e4ü漢\ud83d\ude00😀\""#.as_bytes();
        let expected = decode(raw).chars().count() as u64;
        for at in 0..raw.len() {
            let mut length = Length::default();
            length.add(&raw[..at]);
            length.add(&raw[at..]);
            assert_eq!(length.chars, expected, "cut at {at}");
        }
    }
}
