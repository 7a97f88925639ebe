//! What a file is that is no dump, or is one in a form that cannot be read here: in words, with the command that makes it
//! readable.

use memchr::memmem;

use super::stream::shown_byte;
use crate::error::{Error, ErrorKind};

/// So many first bytes tell text from other data.
const LOOK: usize = 4096;

/// A kind of file that is told by its first block.
struct Known {
    sign: Sign,
    what: &'static str,
    /// What to do, with the command that makes it readable where there is one. `FILE` is the file, `OUTER`
    /// what unpacks it.
    advice: &'static str,
}

/// What a kind of file is known by.
enum Sign {
    /// Its first bytes.
    First(&'static [u8]),
    /// Bytes at an offset.
    At(usize, &'static [u8]),
    /// It is a JSON object or array, and these are in it.
    Json(&'static [&'static str]),
    /// These are in it.
    Text(&'static str),
    Test(fn(&[u8]) -> bool),
}

impl Known {
    const fn new(sign: Sign, what: &'static str, advice: &'static str) -> Self {
        Self { sign, what, advice }
    }

    fn is(&self, text: &[u8]) -> bool {
        let holds = |sign: &str| memmem::find(text, sign.as_bytes()).is_some();
        match self.sign {
            Sign::First(first) => text.starts_with(first),
            Sign::At(at, bytes) => text.get(at..).is_some_and(|rest| rest.starts_with(bytes)),
            Sign::Json(signs) => {
                matches!(text.first(), Some(b'{' | b'[')) && signs.iter().all(|sign| holds(sign))
            }
            Sign::Text(sign) => holds(sign),
            Sign::Test(test) => test(text),
        }
    }
}

/// Whether a text that begins with these bytes is known to be something else than a dump.
pub(super) fn is_known(text: &[u8]) -> bool {
    KNOWN.iter().any(|known| known.is(text))
}

/// What a file is that begins with `text`, which is no `what`.
pub(super) fn error(text: &[u8], what: &str, packed: Option<&str>) -> Error {
    if let Some(known) = KNOWN.iter().find(|known| known.is(text)) {
        return named(what, known.what, known.advice, packed);
    }
    let first = shown_byte(text.first().copied().unwrap_or(0));
    let (kind, advice) = match is_text(text) {
        true => ("other text", "see what it says: head -c 300 FILE"),
        false => (
            "no text",
            "see what it is: file FILE; brotli leaves no mark: try brotli -dk FILE",
        ),
    };
    let found = format!("it is {kind}: expected `{{` at its start, found {first}");
    named(what, &found, advice, packed)
}

/// What a file is with a dump in pieces behind the bytes `before`; `None` if that is nothing known.
pub(super) fn in_pieces(before: &[u8]) -> Option<Error> {
    let known = PIECES.iter().find(|known| known.is(before))?;
    Some(named("heap snapshot", known.what, known.advice, None))
}

fn named(what: &str, found: &str, advice: &str, packed: Option<&str>) -> Error {
    let Some(packed) = packed else {
        return none_of(what, found).advise(advice);
    };
    let is_inside = advice.contains("FILE") && !advice.contains("OUTER");
    none_of(what, &format!("packed by {packed}, {found}")).advise(match is_inside {
        true => format!(
            "take out what is inside: {packed} -dc FILE > INNER; then {}",
            advice.replace("FILE", "INNER")
        ),
        false => advice.replace("OUTER", packed),
    })
}

pub(super) fn none_of(what: &str, found: &str) -> Error {
    Error::new(ErrorKind::NotASnapshot, format!("not a {what}: {found}")).at(0)
}

fn is_text(text: &[u8]) -> bool {
    let text = &text[..text.len().min(LOOK)];
    let is_control = |byte: &u8| *byte < b' ' && !b"\t\r\n\x1b\x08".contains(byte);
    let valid = match std::str::from_utf8(text) {
        Ok(_) => true,
        // A character that the block cuts in two.
        Err(error) => error.error_len().is_none(),
    };
    valid && !text.iter().any(is_control)
}

/// Whether a text is in UTF-16 without a mark that says so, low bytes first: each second byte is 0.
fn is_utf_16_le(text: &[u8]) -> bool {
    matches!(text, [a, 0, b, 0, ..] if *a > 0 && *b > 0)
}

/// The same with high bytes first.
fn is_utf_16_be(text: &[u8]) -> bool {
    matches!(text, [0, a, 0, b, ..] if *a > 0 && *b > 0)
}

/// Whether a text is base64: a long run of its letters, and no hash, whose digits are fewer.
fn is_base64(text: &[u8]) -> bool {
    let look = &text[..text.len().min(LOOK)];
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(byte);
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || b"\r\n".contains(byte);
    look.len() >= 48 && look.iter().all(fits) && !look.iter().all(is_digit)
}

/// Whether these are the two bytes that zlib begins with: deflate, and a check of both.
fn is_zlib(text: &[u8]) -> bool {
    matches!(text, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) && !is_text(text)
}

/// Whether Firefox wrote it: packed by gzip, a message of 9 bytes (a tab, which was taken for white space), whose first
/// field is the time in microseconds, 8 bytes of 7 bits.
fn is_firefox(text: &[u8]) -> bool {
    matches!(text, [0x08, time @ .., _] if time.len() >= 8
        && time[..7].iter().all(|byte| byte & 0x80 != 0) && time[7] & 0x80 == 0)
}

/// Whether a text is an archive of `tar`; one with a single dump is read.
pub(super) fn is_tar(text: &[u8]) -> bool {
    text.get(257..262) == Some(b"ustar")
}

/// Whether a text is an object as `console.log` and `util.inspect` print it: keys without quotes.
fn is_printed(text: &[u8]) -> bool {
    let inside = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    matches!(
        inside,
        Some([b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'\'', ..])
    )
}

fn is_json_array(text: &[u8]) -> bool {
    text.starts_with(b"[") && is_text(text)
}

fn is_markup(text: &[u8]) -> bool {
    text.starts_with(b"<") && is_text(text)
}

/// Whether an HTTP response comes in chunks, each with its length before it.
fn is_chunked(before: &[u8]) -> bool {
    before.starts_with(b"HTTP/")
        && memmem::find(&before.to_ascii_lowercase(), b"transfer-encoding: chunked").is_some()
}

/// Whether a text is what `xxd`, `hexdump` or `od` print: offsets, the first of them 0.
fn is_hex_dump(before: &[u8]) -> bool {
    matches!(
        before,
        [
            b'0',
            b'0',
            b'0',
            b'0',
            b'0',
            b'0',
            b'0',
            b'0' | b' ',
            b':' | b' ',
            ..
        ]
    )
}

const UTF_16: &str = "it is text in UTF-16, as PowerShell's `>` writes it";
const FROM_UTF_16: &str = "change it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > DUMP.heapsnapshot";
const UTF_32: &str = "it is text in UTF-32";
const FROM_UTF_32: &str = "change it to UTF-8: iconv -f UTF-32 -t UTF-8 FILE > DUMP.heapsnapshot";
const JSC: &str = "it is a heap snapshot of JavaScriptCore, in a format of its own";
const FROM_JSC: &str = "open it in Safari's Web Inspector; Bun writes V8's format with Bun.generateHeapSnapshot(\"v8\")";
const DOCKER: &str = "it is a stream of Docker's API, in frames";
const FROM_DOCKER: &str = "copy the dump itself: docker cp CONTAINER:PATH DUMP.heapsnapshot";
const EVENTS: &str = "it is a log of inspector events, with the dump in pieces";

/// What the first block of a file tells. The first that fits counts.
const KNOWN: &[Known] = {
    use Sign::{At, First, Json, Test, Text};
    &[
        Known::new(
            First(b"PK\x03\x04"),
            "it is a zip archive",
            "unpack it: unzip FILE",
        ),
        Known::new(
            First(b"PK\x05\x06"),
            "it is a zip archive with nothing in it",
            "look for the dump where it was packed",
        ),
        Known::new(
            First(b"\xfd7zXZ\0"),
            "it is packed by xz",
            "unpack it: xz -dk FILE",
        ),
        Known::new(
            First(b"\x5d\0\0"),
            "it is packed by lzma",
            "unpack it: unlzma -k FILE",
        ),
        Known::new(
            First(b"LZIP"),
            "it is packed by lzip",
            "unpack it: lzip -dk FILE",
        ),
        Known::new(
            First(b"BZh"),
            "it is packed by bzip2",
            "unpack it: bzip2 -dk FILE",
        ),
        Known::new(
            First(b"7z\xbc\xaf\x27\x1c"),
            "it is a 7z archive",
            "unpack it: 7z x FILE",
        ),
        Known::new(
            First(b"Rar!\x1a\x07"),
            "it is a rar archive",
            "unpack it: unrar x FILE",
        ),
        Known::new(
            First(b"\x04\x22\x4d\x18"),
            "it is packed by lz4",
            "unpack it: lz4 -d FILE",
        ),
        Known::new(
            First(b"\x1f\x9d"),
            "it is packed by compress",
            "unpack it: uncompress FILE",
        ),
        Known::new(
            First(b"\xff\x06\0\0sNaPpY"),
            "it is packed by snappy",
            "unpack it: snzip -dk FILE",
        ),
        Known::new(
            Test(is_zlib),
            "it is packed by zlib",
            "unpack it: python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' < FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"\x1f\x8b"),
            "it is packed twice, inside by gzip",
            "unpack it once: OUTER -d FILE",
        ),
        Known::new(
            First(b"\x28\xb5\x2f\xfd"),
            "it is packed twice, inside by zstd",
            "unpack it once: OUTER -d FILE",
        ),
        Known::new(
            Test(is_tar),
            "it is a tar archive",
            "unpack it: tar xf FILE",
        ),
        Known::new(First(b"\xff\xfe\0\0"), UTF_32, FROM_UTF_32),
        Known::new(First(b"\0\0\xfe\xff"), UTF_32, FROM_UTF_32),
        Known::new(First(b"\xff\xfe"), UTF_16, FROM_UTF_16),
        Known::new(First(b"\xfe\xff"), UTF_16, FROM_UTF_16),
        Known::new(
            Test(is_utf_16_le),
            UTF_16,
            "change it to UTF-8: iconv -f UTF-16LE -t UTF-8 FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            Test(is_utf_16_be),
            UTF_16,
            "change it to UTF-8: iconv -f UTF-16BE -t UTF-8 FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"version https://git-lfs"),
            "it is a pointer of Git LFS, and the dump is not here",
            "fetch it: git lfs pull --include FILE",
        ),
        Known::new(
            First(b"/annex/objects/"),
            "it is a pointer of git-annex, and the dump is not here",
            "fetch it: git annex get FILE",
        ),
        Known::new(
            First(b"-----BEGIN PGP MESSAGE"),
            "it is encrypted by PGP",
            "decrypt it: gpg -o DUMP.heapsnapshot -d FILE",
        ),
        Known::new(
            First(b"age-encryption.org/"),
            "it is encrypted by age",
            "decrypt it: age -d -i KEY FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"Salted__"),
            "it is encrypted by openssl",
            "decrypt it: openssl enc -d -CIPHER -in FILE -out DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"\x7fELF"),
            "it is a program or a core dump",
            "take a heap snapshot of the process: kill -USR2 PID of a node that runs with --heapsnapshot-signal=SIGUSR2",
        ),
        Known::new(
            First(b"JAVA PROFILE"),
            "it is a heap dump of Java",
            "open it with a tool for Java's dumps",
        ),
        Known::new(
            At(4, b"!FastSerialization"),
            "it is a heap dump of .NET",
            "open it with a tool for .NET's dumps",
        ),
        Known::new(
            Test(is_firefox),
            "it is a heap snapshot of Firefox, in a format of its own",
            "open it in Firefox: developer tools, Memory",
        ),
        Known::new(
            First(b"HTTP/"),
            "it is an HTTP response, and its body is packed or no dump",
            "see what it says: head -c 1000 FILE; fetch the dump without the header: curl --compressed -o DUMP.heapsnapshot URL",
        ),
        Known::new(
            First(b"\"{"),
            "it is a dump inside a JSON string",
            "take it out: jq -j . FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"data:"),
            "it is a data URL",
            "decode it: sed 's/^[^,]*,//' FILE | base64 -d > DUMP.heapsnapshot",
        ),
        Known::new(
            First(b"[object "),
            "it is what an object becomes as a string, without the dump",
            "write another with v8.writeHeapSnapshot(FILE), or pipe the stream of v8.getHeapSnapshot() into a file",
        ),
        Known::new(
            Json(&["\"method\"", "HeapProfiler."]),
            EVENTS,
            "join them: jq -j '..|select(.method?==\"HeapProfiler.addHeapSnapshotChunk\").params.chunk' FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            Text("\"HeapProfiler.addHeapSnapshotChunk\""),
            EVENTS,
            "join them: grep -o '{.*}' FILE | jq -j '..|select(.method?==\"HeapProfiler.addHeapSnapshotChunk\").params.chunk' > DUMP.heapsnapshot",
        ),
        Known::new(Json(&["\"version\"", "\"nodeClassNames\""]), JSC, FROM_JSC),
        Known::new(
            Json(&["\"version\"", "\"type\"", "\"Inspector\""]),
            JSC,
            FROM_JSC,
        ),
        Known::new(
            Json(&["\"version\"", "\"totalHeapSize\"", "\"roots\""]),
            "it is a heap snapshot of an old Hermes, in a format of its own",
            "take another with a newer Hermes, which writes V8's format",
        ),
        Known::new(
            Json(&["\"nodes\"", "\"callFrame\""]),
            "it is a CPU profile",
            "open it in DevTools' Performance panel",
        ),
        Known::new(
            Json(&["\"traceEvents\"", "\"ph\""]),
            "it is a trace of Chrome",
            "open it in DevTools' Performance panel, or in Perfetto",
        ),
        Known::new(
            Json(&["\"reportVersion\"", "\"header\""]),
            "it is a diagnostic report of Node, which has no objects",
            "take a heap snapshot: v8.writeHeapSnapshot(FILE)",
        ),
        Known::new(
            Text("{\\\"snapshot\\\""),
            "it has a dump inside a JSON string",
            "take it out: jq -j '..|strings|select(startswith(\"{\\\"snapshot\\\"\"))' FILE > DUMP.heapsnapshot",
        ),
        Known::new(
            Text("\"eyJzbmFwc2hvdCI6"),
            "it has a dump in base64 inside a JSON string",
            "take it out: jq -j '..|strings|select(startswith(\"eyJzbmFwc2hvdCI6\"))' FILE | base64 -d > DUMP.heapsnapshot",
        ),
        Known::new(
            Test(is_printed),
            "it is what console.log prints of an object, not JSON",
            "write another with v8.writeHeapSnapshot(FILE), or with JSON.stringify",
        ),
        Known::new(
            Test(is_json_array),
            "it is a JSON array, expected an object",
            "name a .heapsnapshot, .heaptimeline or .heapprofile file as V8 wrote it",
        ),
        Known::new(
            Test(is_markup),
            "it looks like HTML or XML",
            "it may be an error page that was saved under a dump's name: head -c 300 FILE",
        ),
        Known::new(
            Test(is_base64),
            "it is text in base64",
            "decode it: base64 -d FILE > DUMP.heapsnapshot",
        ),
    ]
};

/// What the bytes before a dump tell, when the dump cannot be read.
const PIECES: &[Known] = &[
    Known::new(
        Sign::Test(is_chunked),
        "it is an HTTP response in chunks, as curl --raw saves it",
        "fetch it without --raw and -i: curl -o DUMP.heapsnapshot URL",
    ),
    Known::new(Sign::First(b"\x01\0\0\0"), DOCKER, FROM_DOCKER),
    Known::new(Sign::First(b"\x02\0\0\0"), DOCKER, FROM_DOCKER),
    Known::new(
        Sign::Test(is_hex_dump),
        "it is a hex dump",
        "turn it back: xxd -r FILE > DUMP.heapsnapshot",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_with_what_makes_it_readable() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let utf_16: Vec<u8> = "{\"snapshot\"".bytes().flat_map(|byte| [byte, 0]).collect();
        let log_in_utf_16: Vec<u8> = "Debugger".bytes().flat_map(|byte| [0, byte]).collect();
        let base64 = b"eyJzbmFwc2hvdCI6eyJtZXRhIjp7Im5vZGVfZmllbGRzIjpb\n";
        let zip_in_base64 = b"UEsDBBQAAAAIAAAAIQBJzvl4XhgAAKx1BAAOAAAAYS5oZWFwc25h";
        let chunk = "{\"method\":\"HeapProfiler.addHeapSnapshotChunk\",\"params\":{\"chunk\":\"{\\\"snapshot\\\":{";
        let late = format!(
            "{{\"method\":\"Debugger.x\",\"params\":\"{}\"}}\n{chunk}",
            "x".repeat(9000)
        );
        for (text, words, command) in [
            (&b"PK\x03\x04rest"[..], "zip", "unzip FILE"),
            (b"\xfd7zXZ\0rest", "xz", "xz -dk FILE"),
            (b"\x5d\0\0\x80\0\xff", "lzma", "unlzma -k FILE"),
            (b"x\x9c\xec\xbd", "zlib", "zlib.decompress"),
            (b"BZh91AY", "bzip2", "bzip2 -dk FILE"),
            (&tar, "tar archive", "tar xf FILE"),
            (&utf_16, "UTF-16", "iconv -f UTF-16LE "),
            (&log_in_utf_16, "UTF-16", "iconv -f UTF-16BE "),
            (b"\xff\xfe{\0", "UTF-16", "iconv -f UTF-16 "),
            (b"\xff\xfe\0\0{\0\0\0", "UTF-32", "iconv -f UTF-32"),
            (base64, "base64", "base64 -d FILE"),
            (zip_in_base64, "base64", "base64 -d FILE"),
            (b"data:application/json;base64,eyJz", "data URL", "base64 -d"),
            (b"\"eyJzbmFwc2hvdCI6eyJtZX\"", "base64 inside a JSON", "| base64 -d"),
            (b"{\"body\":\"eyJzbmFwc2hvdCI6eyJtZX\"", "base64 inside a JSON", "| base64 -d"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
            (b"/annex/objects/SHA256E-s1--a\n", "git-annex", "git annex get FILE"),
            (b"-----BEGIN PGP MESSAGE-----\n", "PGP", "gpg -o"),
            (b"Salted__\xff\xfe", "openssl", "openssl enc -d"),
            (b"\x08\x80\x92\xa4\xd8\xd7\xe8\x90\x03\x05", "Firefox", "Memory"),
            (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b", "HTTP", "--compressed"),
            (chunk.as_bytes(), "inspector events", "jq -j '..|select"),
            (late.as_bytes(), "inspector events", "jq -j '..|select"),
            (format!("[{chunk}").as_bytes(), "inspector events", "jq -j '..|select"),
            (format!("RECV {chunk}").as_bytes(), "inspector events", "grep -o"),
            (
                b"{\"version\":2,\"type\":\"Inspector\",\"nodes\":[0,1],\"nodeClassNames\":[\"<root>\"]",
                "JavaScriptCore",
                "Bun.generateHeapSnapshot(\"v8\")",
            ),
            (b"{\"version\":5,\"totalHeapSize\":190448,\"roots\":[\"1\"", "Hermes", "newer"),
            (b"\"{\\\"snapshot\\\":{", "JSON string", "jq -j ."),
            (b"{\"snapshot\":\"{\\\"snapshot\\\":{", "inside a JSON string", "startswith"),
            (b"{\"nodes\":[{\"id\":1,\"callFrame\":{", "CPU profile", "DevTools"),
            (b"{\"nodes\": [ {\"id\": 1, \"callFrame\": {", "CPU profile", "DevTools"),
            (b"{\n \"header\": {\n \"reportVersion\": 3", "diagnostic report", "writeHeapSnapshot"),
            (b"{ snapshot: { meta: [Object] } }", "console.log", "writeHeapSnapshot"),
            (b"[object Object]", "as a string", "writeHeapSnapshot"),
            (b"[1]", "array", "name a .heapsnapshot"),
            (b"<html>", "HTML", "error page"),
            (b"Error: connect ECONNREFUSED\n", "other text", "head -c 300 FILE"),
            // A hash is none of base64.
            (&[b'0'; 64], "other text", "found `0`"),
            (b"[\x91\0\x80\xff\x03", "no text", "brotli -dk FILE"),
        ] {
            assert!(is_known(text) || command.contains("FILE") || words.contains("text"));
            let error = error(text, "heap snapshot", None).to_string();
            assert!(error.contains(words) && error.contains(command), "{error}");
            assert!(!error.contains("damaged"), "{error}");
        }
    }

    #[test]
    fn what_is_packed_as_well_is_unpacked_first() {
        let zip = error(b"PK\x03\x04", "heap snapshot", Some("gzip")).to_string();
        assert!(zip.contains("packed by gzip, it is a zip archive"), "{zip}");
        assert!(
            zip.ends_with("gzip -dc FILE > INNER; then unpack it: unzip INNER"),
            "{zip}"
        );
        let twice = error(b"\x1f\x8b", "heap snapshot", Some("gzip")).to_string();
        assert!(
            twice.contains("packed twice") && !twice.contains("INNER"),
            "{twice}"
        );
    }

    #[test]
    fn what_stands_before_pieces_names_them() {
        for (before, words) in [
            (
                &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"[..],
                "in chunks",
            ),
            (b"\x01\0\0\0\0\0\x40\0", "Docker"),
            (b"00000000: 7b22 736e 6170  ", "hex dump"),
        ] {
            assert!(in_pieces(before).unwrap().to_string().contains(words));
        }
        for before in [&b""[..], b"HTTP/1.1 200 OK\r\n\r\n", b"0001 log\n"] {
            assert!(in_pieces(before).is_none());
        }
    }
}
