//! Where a dump begins in a file, and what a file is that is none.
//!
//! Terminals, containers and proxies put lines before a dump, inspectors wrap it into an object: what stands before it is
//! skipped, as in DevTools. What is packed or spelled in a way that cannot be read here is named, with the command that
//! makes it readable.

use memchr::memmem;

use super::stream::{Stream, shown_byte};
use crate::error::{Error, ErrorKind, Result};
use crate::text::units::grouped;

/// The keys that a dump's object may begin with; one that begins with another may be a wrapping.
const KEYS: [&str; 9] = [
    "snapshot",
    "nodes",
    "edges",
    "strings",
    "samples",
    "locations",
    "trace_function_infos",
    "trace_tree",
    "head",
];

/// More than what a dump is recognised by takes.
const OVERLAP: usize = 256;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Takes everything up to and including the opening brace of a `what`: "heap snapshot". Gives how many bytes of other
/// text stood before it; what is looked at is one block.
///
/// # Errors
/// What the file is instead, in words for people.
pub(crate) fn open(stream: &mut Stream<'_>, what: &str) -> Result<u64> {
    if stream.block()?.starts_with(BOM) {
        stream.take(BOM.len());
    }
    loop {
        match stream.peek_token()? {
            // A disk that lost its power leaves some.
            Some(0) => stream.take(1),
            None => return Err(none_of(what, "it holds only white space")),
            Some(_) => break,
        }
    }
    let text = stream.block()?;
    let at = match start(text) {
        Some(at) => at,
        None if text.starts_with(b"{") && !text.starts_with(b"{\0") && !is_other_object(text) => 0,
        None => return Err(foreign(text, what)),
    };
    let skipped = if at > 0 {
        stream.offset() + at as u64
    } else {
        0
    };
    stream.take(at + 1);
    Ok(skipped)
}

/// Whether a file that begins with these bytes is a heap snapshot or a sampling profile.
pub(crate) fn is_dump(text: &[u8]) -> bool {
    let text = text.strip_prefix(BOM).unwrap_or(text).trim_ascii_start();
    start(text)
        .and_then(|at| first_key(text.get(at..)?))
        .is_some_and(|(key, value)| match key {
            "snapshot" | "head" => value.starts_with(b"{"),
            // Others than V8 may write the header later.
            _ => memmem::find(value, b"\"node_fields\"").is_some(),
        })
}

/// Where the object of a dump begins.
fn start(text: &[u8]) -> Option<usize> {
    match first_key(text) {
        // A CPU profile has objects for nodes.
        Some((key, value)) if KEYS.contains(&key) && !value.starts_with(b"[{") => Some(0),
        _ => find(text),
    }
}

/// Where an object stands in a text that begins with what a dump begins with.
fn find(text: &[u8]) -> Option<usize> {
    // In a string its quotes would be escaped.
    ["\"snapshot\"", "\"head\""].iter().find_map(|key| {
        memmem::find_iter(text, key).find_map(|at| {
            let before = text[..at].trim_ascii_end();
            let brace = before.len().checked_sub(1)?;
            let (_, value) = first_key(text.get(brace..)?)?;
            value.starts_with(b"{").then_some(brace)
        })
    })
}

/// The first key of the object that a text begins with, and what follows behind the colon.
fn first_key(text: &[u8]) -> Option<(&str, &[u8])> {
    let inside = text.strip_prefix(b"{")?.trim_ascii_start();
    let inside = inside.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', inside)?;
    let key = std::str::from_utf8(&inside[..end]).ok()?;
    let value = inside[end + 1..].trim_ascii_start().strip_prefix(b":")?;
    Some((key, value.trim_ascii_start()))
}

/// Reads what stands behind a dump, to the end of the file. Gives how many bytes of it are no white space.
///
/// # Errors
/// When it is another dump.
pub(super) fn rest(stream: &mut Stream<'_>) -> Result<u64> {
    let (mut window, mut begin, mut count) = (Vec::new(), stream.offset(), 0);
    loop {
        let block = stream.block()?;
        if block.is_empty() {
            return Ok(count);
        }
        let length = block.len();
        let is_text = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != 0;
        count += block.iter().filter(is_text).count() as u64;
        window.extend_from_slice(block);
        stream.take(length);
        if let Some(at) = find(&window) {
            let at = begin + at as u64;
            let error = Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the file holds two dumps, the second from byte {} on",
                    grouped(at)
                ),
            );
            return Err(error.advise(format!(
                "divide it, unpacked: head -c {at} FILE > 1.heapsnapshot; tail -c +{} FILE > 2.heapsnapshot",
                at + 1
            )));
        }
        let done = window.len().saturating_sub(OVERLAP);
        window.drain(..done);
        begin += done as u64;
    }
}

/// Whether a plain file that ends with these bytes has a dump's end among them: what is behind it is other text. Of
/// strings only the quotes around them are not escaped.
pub(super) fn has_end(tail: &[u8]) -> bool {
    let is_end = |at: usize| {
        // More of an object follows, as behind the header's lists.
        if let [b',' | b'}', ..] = tail[at + 1..].trim_ascii_start() {
            return false;
        }
        let list = tail[..at].trim_ascii_end().strip_suffix(b"]");
        let string = list.and_then(|list| list.trim_ascii_end().strip_suffix(b"\""));
        string.is_some_and(|string| !string.ends_with(b"\\"))
    };
    memchr::memchr_iter(b'}', tail).any(is_end)
}

/// Whether an object is known to be something else, though some of its keys are those of dumps.
fn is_other_object(text: &[u8]) -> bool {
    OBJECTS.iter().any(|object| object.is(text))
}

fn none_of(what: &str, found: &str) -> Error {
    Error::new(ErrorKind::NotASnapshot, format!("not a {what}: {found}")).at(0)
}

/// What a file is that begins with `text`.
fn foreign(text: &[u8], what: &str) -> Error {
    let objects = OBJECTS
        .iter()
        .map(|object| (object.is(text), object.what, object.advice));
    let magic = MAGIC
        .iter()
        .map(|(magic, what, advice)| (text.starts_with(magic), *what, *advice));
    let known = magic.chain(objects).find(|(is, ..)| *is);
    let named = |(_, found, advice): (bool, &str, &str)| none_of(what, found).advise(advice);
    if let Some(known) = known {
        return named(known);
    }
    if text.get(257..262) == Some(b"ustar") {
        return named((true, "it is a tar archive", "unpack it: tar xf FILE"));
    }
    if let [b'{', 0, ..] | [0, b'{', ..] = text {
        return named((true, UTF_16.0, UTF_16.1));
    }
    if is_base64(text) {
        let advice = "decode it: base64 -d FILE > DUMP.heapsnapshot";
        return named((true, "it is text in base64", advice));
    }
    none_of(
        what,
        &format!(
            "expected `{{` at its start, found {}",
            shown_byte(text.first().copied().unwrap_or(0))
        ),
    )
}

/// Whether a text is base64 of what dumps begin with: a brace, or gzip.
fn is_base64(text: &[u8]) -> bool {
    let begins = [&b"eyJ"[..], b"ewog", b"ewo", b"H4sI", b"KLUv/"];
    let look = &text[..text.len().min(4096)];
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(byte);
    look.len() >= 32 && begins.iter().any(|begin| look.starts_with(begin)) && look.iter().all(fits)
}

const UTF_16: (&str, &str) = (
    "it is text in UTF-16, as PowerShell's `>` writes it",
    "change it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > DUMP.heapsnapshot",
);

/// First bytes, what has them, and what makes it readable.
const MAGIC: [(&[u8], &str, &str); 17] = [
    (
        b"PK\x03\x04",
        "it is a zip archive",
        "unpack it: unzip FILE",
    ),
    (
        b"\xfd7zXZ\0",
        "it is packed by xz",
        "unpack it: xz -dk FILE",
    ),
    (b"BZh", "it is packed by bzip2", "unpack it: bzip2 -dk FILE"),
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is a 7z archive",
        "unpack it: 7z x FILE",
    ),
    (
        b"Rar!\x1a\x07",
        "it is a rar archive",
        "unpack it: unrar x FILE",
    ),
    (
        b"\x04\x22\x4d\x18",
        "it is packed by lz4",
        "unpack it: lz4 -d FILE",
    ),
    (
        b"\x1f\x9d",
        "it is packed by compress",
        "unpack it: uncompress FILE",
    ),
    (
        b"\x1f\x8b",
        "it is packed by gzip twice",
        "unpack it once: gzip -d FILE",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "it is packed twice",
        "unpack it once: zstd -d FILE",
    ),
    (b"\xff\xfe", UTF_16.0, UTF_16.1),
    (b"\xfe\xff", UTF_16.0, UTF_16.1),
    (
        b"version https://git-lfs",
        "it is a pointer of Git LFS, and the dump is not here",
        "fetch it: git lfs pull --include FILE",
    ),
    (
        b"\x7fELF",
        "it is a program or a core dump",
        "take a heap snapshot of the process: kill -USR2 PID of a node that runs with --heapsnapshot-signal=SIGUSR2",
    ),
    (
        b"JAVA PROFILE",
        "it is a heap dump of Java",
        "open it with a tool for Java's dumps",
    ),
    (
        b"\"{",
        "it is a dump inside a JSON string",
        "take it out: jq -j . FILE > DUMP.heapsnapshot",
    ),
    (
        b"<",
        "it looks like HTML or XML",
        "it may be an error page that was saved under a dump's name",
    ),
    (
        b"[",
        "it is a JSON array, expected an object",
        "name a .heapsnapshot, .heaptimeline or .heapprofile file as V8 wrote it",
    ),
];

/// A JSON object that is no dump.
struct Object {
    /// What stands in it, all of it within the first block.
    signs: [&'static [u8]; 2],
    what: &'static str,
    advice: &'static str,
}

impl Object {
    fn is(&self, text: &[u8]) -> bool {
        let text = &text[..text.len().min(4096)];
        text.starts_with(b"{")
            && self
                .signs
                .iter()
                .all(|sign| memmem::find(text, sign).is_some())
    }
}

const OBJECTS: [Object; 5] = [
    Object {
        signs: [b"\"method\"", b"HeapProfiler."],
        what: "it is a log of inspector events, with the dump in pieces",
        advice: "join them: jq -j 'select(.method==\"HeapProfiler.addHeapSnapshotChunk\").params.chunk' FILE > DUMP.heapsnapshot",
    },
    Object {
        signs: [b"\"version\"", b"\"nodeClassNames\""],
        what: JSC,
        advice: JSC_ADVICE,
    },
    Object {
        signs: [b"\"version\"", b"\"type\":\"Inspector\""],
        what: JSC,
        advice: JSC_ADVICE,
    },
    Object {
        signs: [b"\"nodes\":[{", b"\"callFrame\""],
        what: "it is a CPU profile",
        advice: "open it in DevTools' Performance panel",
    },
    Object {
        signs: [b"\"traceEvents\"", b"\"ph\""],
        what: "it is a trace of Chrome",
        advice: "open it in DevTools' Performance panel, or in Perfetto",
    },
];

const JSC: &str = "it is a heap snapshot of JavaScriptCore, in a format of its own";
const JSC_ADVICE: &str = "open it in Safari's Web Inspector; Bun writes V8's format with Bun.generateHeapSnapshot(\"v8\")";

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::task::Task;

    fn opened(text: &[u8]) -> Result<(u64, u64)> {
        let mut stream = Stream::new(Box::new(Cursor::new(text.to_vec())), Task::new());
        let skipped = open(&mut stream, "heap snapshot")?;
        Ok((skipped, stream.offset()))
    }

    #[test]
    fn what_stands_before_a_dump_is_skipped() {
        for (before, text) in [
            ("", "{\"snapshot\":{"),
            ("", "{ \"nodes\" : [1"),
            ("", "{\"other\":{\"a\":1},\"snapshot\":{"),
            ("", "{}"),
            ("Debugger attached.\n{\"a\":1}\n", "{\"snapshot\":{\"meta\""),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n",
                "{\n  \"snapshot\": {",
            ),
            ("{\"id\":1,\"result\":", "{\"snapshot\" : {"),
            ("{\"result\":", "{\"head\":{\"callFrame\""),
        ] {
            let file = format!("{before}{text}");
            let read = opened(file.as_bytes()).unwrap();
            assert_eq!(
                read,
                (before.len() as u64, before.len() as u64 + 1),
                "{file}"
            );
            let is =
                text.contains("{\"snapshot\"") || text.contains(": {") || text.contains("head");
            assert_eq!(
                is_dump(file.as_bytes()),
                is && !text.contains("other"),
                "{file}"
            );
        }
        assert_eq!(opened(b"\0\0\0{\"snapshot\":{").unwrap(), (0, 4));
        assert_eq!(opened(b"\xef\xbb\xbf {\"snapshot\":{").unwrap(), (0, 5));
    }

    #[test]
    fn ends_are_told_from_what_looks_like_them() {
        for (tail, expected) in [
            (&br#","a","b"]} text"#[..], true),
            (b",\"a\" ]\n}\nbye", true),
            (br#""node"]},"node_count":1},"nodes":[1,2"#, false),
            (br#","function(){return a[0]}","b"#, false),
            (br#","f(\"a\"]} text","b"#, false),
            (b",[1,2]} text", false),
        ] {
            assert_eq!(has_end(tail), expected, "{}", String::from_utf8_lossy(tail));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_makes_it_readable() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let utf_16: Vec<u8> = "{\"snapshot\"".bytes().flat_map(|byte| [byte, 0]).collect();
        let base64 = b"eyJzbmFwc2hvdCI6eyJtZXRhIjp7Im5vZGVfZmllbGRzIjpb\n";
        for (text, words, command) in [
            (&b"PK\x03\x04rest"[..], "zip", "unzip FILE"),
            (b"\xfd7zXZ\0rest", "xz", "xz -dk FILE"),
            (b"BZh91AY", "bzip2", "bzip2 -dk FILE"),
            (&tar, "tar archive", "tar xf FILE"),
            (&utf_16, "UTF-16", "iconv -f UTF-16"),
            (b"\xff\xfe{\0", "UTF-16", "iconv -f UTF-16"),
            (base64, "base64", "base64 -d FILE"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
            (
                b"{\"method\":\"HeapProfiler.addHeapSnapshotChunk\",\"params\":{\"chunk\":\"{\\\"snapshot\\\":{",
                "inspector events",
                "jq -j",
            ),
            (
                b"{\"version\":2,\"type\":\"Inspector\",\"nodes\":[0,1],\"nodeClassNames\":[\"<root>\"]",
                "JavaScriptCore",
                "Bun.generateHeapSnapshot(\"v8\")",
            ),
            (b"\"{\\\"snapshot\\\":{", "JSON string", "jq -j ."),
            (b"{\"nodes\":[{\"id\":1,\"callFrame\":{", "CPU profile", "DevTools"),
            (b"[1]", "array", "name a .heapsnapshot"),
            (b"<html>", "HTML", "error page"),
            (b"hello", "found `h`", "name a .heapsnapshot"),
        ] {
            let error = opened(text).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(command), "{error}");
            assert!(!error.contains("damaged"), "{error}");
            assert!(!is_dump(text));
        }
    }
}
