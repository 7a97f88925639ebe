//! Reading a `.heapprofile`: JSON as Node and DevTools write it, in any order of keys, however deep its stacks are.
//!
//! The frames that are open are on a stack of their own, not on the program's.

use std::path::Path;

use super::Profile;
use super::model::{FunctionsBuilder, assemble};
use crate::available::Growing;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot::opening::open;
use crate::snapshot::source::Source;
use crate::snapshot::stream::Stream;
use crate::snapshot::strings::decode;
use crate::task::Task;
use crate::text::units::grouped;

/// The longest name or URL that is believed, in bytes.
const MAX_TEXT: usize = 16 << 20;

/// The longest number, in bytes.
const MAX_NUMBER: usize = 64;

/// The most keys beside the tree of frames that are remembered.
const MAX_KEYS: usize = 64;

/// The most nodes that are read. Real profiles have thousands; this many take 2 GB.
const MAX_NODES: usize = 1 << 26;

/// What a node takes while it is read, in bytes: parent, function and size, and a place among those that are open.
const NODE_BYTES: usize = 16 + size_of::<Open>();

/// Sizes beyond this are no bytes of a heap; JSON's numbers are no longer exact there either.
const MAX_SIZE: f64 = (1u64 << 53) as f64;

impl Profile {
    /// Reads a profile: plain, gzip or zstd, told by its content.
    ///
    /// # Errors
    /// One [`Error`] that names the file and, where the content is wrong, the byte offset and what was expected.
    pub fn open(path: &Path, task: &Task) -> Result<Self> {
        let read = || Self::from_source(&Source::open(path)?, task);
        let advice = "the profile is damaged, or something else: take another";
        read().map_err(|error: Error| error.advise_damaged(advice).in_file(path))
    }

    /// Reads a profile that is in memory already.
    ///
    /// # Errors
    /// As [`Profile::open`].
    pub fn read(bytes: &[u8], task: &Task) -> Result<Self> {
        Self::from_source(&Source::memory(bytes), task)
    }

    fn from_source(source: &Source<'_>, task: &Task) -> Result<Self> {
        task.stage("reading a profile", source.stored_bytes());
        let mut functions = FunctionsBuilder::default();
        // Texts that a frame does not have are this one, number 0.
        functions.text("");
        let mut reader = Reader {
            stream: source.stream(task)?,
            functions,
            parent: Vec::new(),
            function: Vec::new(),
            self_size: Vec::new(),
            scratch: Vec::new(),
            growing: Growing::default(),
        };
        reader.file()?;
        let total = reader
            .self_size
            .iter()
            .map(|&size| size as f64)
            .sum::<f64>();
        if total > MAX_SIZE {
            return Err(Error::new(
                ErrorKind::Malformed,
                "the sizes of the frames add up to more than 2^53 bytes, which no heap has",
            ));
        }
        Ok(assemble(
            reader.parent,
            reader.function,
            reader.self_size,
            reader.functions.finish(),
        ))
    }
}

/// What was read of a frame's place, as numbers of texts.
#[derive(Clone, Copy, Default)]
struct CallFrame {
    name: u32,
    url: u32,
    script_id: u32,
    line: i64,
    column: i64,
    /// Written in the node itself, lines and columns from 1: what DevTools did before there were call frames.
    old: bool,
}

/// A node whose closing brace was not read yet.
struct Open {
    node: u32,
    frame: Option<CallFrame>,
    has_size: bool,
}

struct Reader<'s> {
    stream: Stream<'s>,
    functions: FunctionsBuilder,
    parent: Vec<u32>,
    function: Vec<u32>,
    self_size: Vec<u64>,
    scratch: Vec<u8>,
    growing: Growing,
}

impl Reader<'_> {
    fn file(&mut self) -> Result<()> {
        open(&mut self.stream, "sampling heap profile")?;
        let mut keys = Vec::new();
        while let Some(key) = self.stream.key()? {
            match key.as_str() {
                "head" if !self.parent.is_empty() => {
                    let at = self.stream.offset();
                    return Err(Error::malformed(at, "the key \"head\" stands twice"));
                }
                "head" => {
                    self.stream.enter("\"head\"");
                    self.tree()?;
                }
                "snapshot" => {
                    return Err(Error::new(
                        ErrorKind::NotASnapshot,
                        "a heap snapshot, not a sampling heap profile",
                    )
                    .advise("look at it with the command `summary`"));
                }
                _ => {
                    self.stream.enter(format!("\"{}\"", shortened(&key)));
                    self.stream.value(None, usize::MAX)?;
                    // They only tell what the file is, where it is no profile.
                    if keys.len() < MAX_KEYS {
                        keys.push(key);
                    }
                }
            }
        }
        if self.parent.is_empty() {
            return Err(no_profile(&keys));
        }
        self.stream.enter("the end");
        if let Some(found) = self.stream.peek_token()? {
            let error = self.stream.unexpected(found, "nothing more");
            return Err(
                error.advise("the file was overwritten by a shorter one, or two were joined")
            );
        }
        Ok(())
    }

    /// Reads the tree of frames, whose opening brace is next.
    fn tree(&mut self) -> Result<()> {
        let mut open = vec![self.node(0)?];
        while let Some(top) = open.last_mut() {
            let Some(key) = self.stream.key()? else {
                let Some(closed) = open.pop() else { break };
                self.close(&closed)?;
                // Behind a child there is another one, or the end of the list.
                if let Some(above) = open.last()
                    && self.stream.list_goes_on()?
                {
                    let child = self.node(above.node)?;
                    open.push(child);
                }
                continue;
            };
            match key.as_str() {
                "callFrame" => top.frame = Some(self.call_frame()?),
                "selfSize" => {
                    let (size, at) = self.number()?;
                    if !(0.0..=MAX_SIZE).contains(&size) {
                        return Err(Error::malformed(
                            at,
                            format!("\"selfSize\" is {size}, expected a number of bytes"),
                        ));
                    }
                    top.has_size = true;
                    if let Some(place) = self.self_size.get_mut(top.node as usize) {
                        *place = size as u64;
                    }
                }
                "children" => {
                    if self.stream.list_begins()? {
                        let child = self.node(top.node)?;
                        open.push(child);
                    }
                }
                other => {
                    let mut old = top.frame.unwrap_or(CallFrame {
                        old: true,
                        ..CallFrame::default()
                    });
                    // A call frame, where there is one, counts; other keys say nothing about the place.
                    let known = self.frame_field(other, &mut old)?;
                    if known && old.old {
                        top.frame = Some(old);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the opening brace of a node below `parent`.
    fn node(&mut self, parent: u32) -> Result<Open> {
        self.stream.expect(b'{')?;
        if self.parent.len() >= MAX_NODES {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the profile has more than {} frames",
                    grouped(MAX_NODES as u64)
                ),
            )
            .at(self.stream.offset()));
        }
        let taken = self.parent.len() * NODE_BYTES + self.functions.bytes();
        self.growing.holds(taken as u64)?;
        let node = self.parent.len() as u32;
        self.parent.push(parent);
        self.function.push(0);
        self.self_size.push(0);
        Ok(Open {
            node,
            frame: None,
            has_size: false,
        })
    }

    /// Takes in what a whole node said.
    fn close(&mut self, open: &Open) -> Result<()> {
        let missing =
            |key: &str, at: u64| Error::malformed(at, format!("a frame has no \"{key}\""));
        let at = self.stream.offset();
        let mut frame = open.frame.ok_or_else(|| missing("callFrame", at))?;
        if !open.has_size {
            return Err(missing("selfSize", at));
        }
        if frame.old {
            frame.line = (frame.line - 1).max(-1);
            frame.column = (frame.column - 1).max(-1);
        }
        let texts = (frame.name, frame.url, frame.script_id);
        let number = self.functions.function(texts, frame.line, frame.column);
        if let Some(place) = self.function.get_mut(open.node as usize) {
            *place = number;
        }
        Ok(())
    }

    fn call_frame(&mut self) -> Result<CallFrame> {
        let empty = self.functions.text("");
        let mut frame = CallFrame {
            name: empty,
            url: empty,
            script_id: self.functions.text("0"),
            line: -1,
            column: -1,
            old: false,
        };
        self.stream.expect(b'{')?;
        while let Some(key) = self.stream.key()? {
            self.frame_field(&key, &mut frame)?;
        }
        Ok(frame)
    }

    /// Reads the value of a key that says where a frame is; says whether it does.
    fn frame_field(&mut self, key: &str, frame: &mut CallFrame) -> Result<bool> {
        match key {
            "functionName" => frame.name = self.text()?,
            "url" => frame.url = self.text()?,
            "scriptId" => frame.script_id = self.text()?,
            "lineNumber" => frame.line = self.place()?,
            "columnNumber" => frame.column = self.place()?,
            _ => {
                self.stream.value(None, usize::MAX)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a text, or a number as text.
    fn text(&mut self) -> Result<u32> {
        self.scratch.clear();
        match self.stream.token()? {
            b'"' => self.stream.string(&mut self.scratch, MAX_TEXT)?,
            b'-' | b'0'..=b'9' => self.stream.value(Some(&mut self.scratch), MAX_NUMBER)?,
            found => return Err(self.stream.unexpected(found, "a text")),
        }
        Ok(self.functions.text(&decode(self.scratch.trim_ascii())))
    }

    /// Reads a line or column, of which there are no more than bytes; whatever is below zero is not known.
    fn place(&mut self) -> Result<i64> {
        Ok(self.number()?.0.clamp(-1.0, MAX_SIZE) as i64)
    }

    /// Reads a number, and where it stands.
    fn number(&mut self) -> Result<(f64, u64)> {
        self.scratch.clear();
        let found = self.stream.token()?;
        let at = self.stream.offset();
        if !matches!(found, b'-' | b'0'..=b'9') {
            return Err(self.stream.unexpected(found, "a number"));
        }
        self.stream.value(Some(&mut self.scratch), MAX_NUMBER)?;
        let text = String::from_utf8_lossy(self.scratch.trim_ascii());
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok((number, at)),
            _ => Err(Error::malformed(
                at,
                format!(
                    "expected a number in {}, found {text}",
                    self.stream.section()
                ),
            )),
        }
    }
}

fn shortened(key: &str) -> String {
    key.chars().take(40).collect()
}

fn no_profile(keys: &[String]) -> Error {
    let has = |key: &str| keys.iter().any(|other| other == key);
    if has("nodes") && (has("timeDeltas") || has("startTime")) {
        return Error::new(
            ErrorKind::NotASnapshot,
            "a CPU profile, not a sampling heap profile",
        );
    }
    Error::new(
        ErrorKind::NotASnapshot,
        "JSON, but no sampling heap profile: it has no \"head\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ROOT;

    fn read(text: &str) -> Result<Profile> {
        Profile::read(text.as_bytes(), &Task::new())
    }

    #[test]
    fn places_that_no_file_has_are_none() {
        for (line, expected) in [("-1e300", -1), ("-9", -1), ("1e300", 1 << 53), ("3", 3)] {
            let place = format!("\"lineNumber\":{line},\"columnNumber\":{line}");
            let new = format!("{{\"head\":{{\"callFrame\":{{{place}}},\"selfSize\":1}}}}");
            let old = format!("{{\"head\":{{\"functionName\":\"f\",{place},\"selfSize\":1}}}}");
            for (text, expected) in [(new, expected), (old, (expected - 1).max(-1))] {
                let profile = read(&text).unwrap();
                let frame = profile.frame(profile.function(ROOT));
                assert_eq!((frame.line, frame.column), (expected, expected), "{text}");
            }
        }
    }

    fn node(name: &str, size: u64, children: &str) -> String {
        format!(
            r#"{{"callFrame":{{"functionName":"{name}","scriptId":"7","url":"/a.js","lineNumber":1,"columnNumber":2}},
            "selfSize":{size},"id":9,"children":[{children}]}}"#
        )
    }

    #[test]
    fn sizes_add_up_in_any_order_of_keys() {
        let leaf = r#"{"id":3,"children":[],"selfSize":5,"lineTicks":[{"a":[1]}],"callFrame":{"url":"/b.js","scriptId":8,
            "columnNumber":-1,"lineNumber":-1,"functionName":"\u0061\"b"}}"#;
        let text = format!(
            r#"{{"samples":[{{"size":1}}],"head":{}}} "#,
            node(
                "(root)",
                0,
                &[node("f", 10, leaf), node("g", 1, "")].join(",")
            )
        );
        let profile = read(&text).unwrap();
        assert_eq!(profile.total(), 16);
        assert_eq!(profile.depth(), 2);
        assert_eq!(profile.children(ROOT).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(profile.total_size(1), 15);
        let leaf = profile.frame(profile.function(2));
        assert_eq!((leaf.name, leaf.script_id, leaf.line), ("a\"b", "8", -1));
        assert_eq!(profile.stack(2).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(
            profile.frame(profile.function(1)).shown_place().unwrap(),
            "a.js:2:3"
        );
    }

    #[test]
    fn frames_of_old_profiles_stand_in_the_nodes() {
        let text = r#"{"head":{"functionName":"f","scriptId":1,"url":"/a.js","lineNumber":3,"columnNumber":4,"selfSize":2,
            "children":[]}}"#;
        let profile = read(text).unwrap();
        let frame = profile.frame(profile.function(ROOT));
        assert_eq!((frame.name, frame.line, frame.column), ("f", 2, 3));
    }

    #[test]
    fn stacks_may_be_deeper_than_the_programs_own() {
        let levels = 200_000;
        let frame = r#"{"callFrame":{"functionName":"f","scriptId":"7","url":"","lineNumber":1,"columnNumber":2},"selfSize":1,"children":["#;
        let text = format!(
            "{{\"head\":{}{}}}",
            frame.repeat(levels),
            "]}".repeat(levels)
        );
        let profile = read(&text).unwrap();
        assert_eq!(profile.depth() as usize, levels - 1);
        assert_eq!(profile.total(), levels as u64);
        let cut = &text[..text.len() - levels];
        assert_eq!(read(cut).unwrap_err().kind, ErrorKind::Truncated);
    }

    #[test]
    fn damage_has_one_clear_message() {
        let whole = format!("{{\"head\":{}}}", node("f", 1, ""));
        for (text, message) in [
            (" ".to_owned(), "holds only white space"),
            ("<html>".to_owned(), "looks like HTML"),
            ("{}".to_owned(), "no \"head\""),
            (r#"{"snapshot":{}}"#.to_owned(), "a heap snapshot"),
            (r#"{"nodes":[],"startTime":1}"#.to_owned(), "a CPU profile"),
            (
                r#"{"head":3}"#.to_owned(),
                "expected `{` in \"head\", found `3`",
            ),
            (r#"{"head":{}}"#.to_owned(), "a frame has no \"callFrame\""),
            (
                r#"{"head":{"callFrame":{}}}"#.to_owned(),
                "a frame has no \"selfSize\"",
            ),
            (whole.replace("\"selfSize\":1", "\"selfSize\":-1"), "is -1"),
            (
                whole.replace("\"selfSize\":1", "\"selfSize\":1e300"),
                "expected a number of bytes",
            ),
            (
                whole.replace("\"selfSize\":1", "\"selfSize\":\"x\""),
                "a number",
            ),
            (whole.replace("\"/a.js\"", "{}"), "expected a text"),
            (format!("{whole}x"), "expected nothing more"),
            (whole[..whole.len() - 3].to_owned(), "was cut short"),
        ] {
            let error = read(&text).unwrap_err();
            let said = error.without_path();
            assert!(said.contains(message), "{text}: {said}");
        }
        for end in 1..whole.len() - 1 {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(at in 0usize..200, byte in 0u8..=255) {
            let mut text = format!("{{\"head\":{}}}", node("f", 1, &node("g", 2, ""))).into_bytes();
            let place = at % text.len();
            text[place] = byte;
            let _ = Profile::read(&text, &Task::new());
        }
    }
}
