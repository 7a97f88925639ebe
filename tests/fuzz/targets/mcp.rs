//! Any lines as frames of a client: each answer is a line of JSON, and none tells of a defect.

#![no_main]

#[path = "../made.rs"]
mod made;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use heaptui::heap::Heap;
use heaptui::mcp::{Served, serve_over};
use heaptui::series::discover;
use heaptui::source::Options;
use heaptui::text::mask::Reveal;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const HELLO: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"fuzz","version":"0"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n"
);

/// How long answers are waited for before the client goes.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the client sends; it goes when all that it asked is answered.
struct Input {
    text: Vec<u8>,
    at: usize,
    asked: usize,
    answers: Arc<Mutex<Vec<u8>>>,
    end: Option<Instant>,
}

struct Output(Arc<Mutex<Vec<u8>>>);

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = &self.text[self.at..];
        if !rest.is_empty() {
            let taken = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..taken]);
            self.at += taken;
            return Poll::Ready(Ok(()));
        }
        let end = *self.end.get_or_insert_with(|| Instant::now() + PATIENCE);
        let answers = self.answers.lock().unwrap();
        let answered = answers.iter().filter(|&&byte| byte == b'\n').count();
        if answered >= self.asked || Instant::now() > end {
            return Poll::Ready(Ok(()));
        }
        std::thread::sleep(Duration::from_micros(100));
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fuzz-mcp-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for number in 1..3 {
        let file = folder.join(format!("{number}.heapsnapshot"));
        fs::write(file, made::dump(number)).unwrap();
    }
    folder
}

/// Whether an answer is due: a request has a method and an id.
fn is_request(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line)
        .is_ok_and(|frame| frame.get("id").is_some() && frame.get("method").is_some())
}

fuzz_target!(|bytes: &[u8]| {
    thread_local! {
        static FOLDER: PathBuf = folder();
    }
    let mut text = HELLO.as_bytes().to_vec();
    text.extend_from_slice(bytes);
    text.push(b'\n');
    let lines = text.split(|&byte| byte == b'\n');
    let asked = lines.filter(|line| is_request(line)).count();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let input = Input {
        text,
        at: 0,
        asked,
        answers: Arc::clone(&answers),
        end: None,
    };
    FOLDER.with(|folder| {
        let served = Served {
            series: discover(std::slice::from_ref(folder)).unwrap(),
            profile: None,
            words: Vec::new(),
            load: Box::new(Heap::open),
            memory: None,
            reveal: Reveal::Nothing,
            source: Options {
                off: true,
                ..Options::default()
            },
        };
        // Frames that are none may end the connection.
        let _ = serve_over(served, input, Output(Arc::clone(&answers)));
    });
    let answers = answers.lock().unwrap();
    let answers = std::str::from_utf8(&answers).unwrap();
    for line in answers.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
        assert!(!line.contains("a defect of it"), "{line}");
    }
});
