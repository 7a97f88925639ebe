//! A recording for the manual: a running service is captured three times, and the line that leaks is named.
//!
//! `HEAPTUI_UPDATE=1 cargo test --test pty recording -- --ignored` makes assets/capture.svg anew; it needs `node`.

use std::path::Path;
use std::process::{Command, Stdio};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::session::Session;
use crate::svg::film;

const SERVICE: &str = "\
const http = require('node:http');

class Session {
  constructor(user) { this.user = user; this.cart = [{ item: user % 7, note: `visit ${user}` }]; }
}

const sessions = new Map();

function visit(user) {
  sessions.set(`user-${user}`, new Session(user));
}

let user = 0;
setInterval(() => { for (let i = 0; i < 40; i++) visit(user++); }, 50);
http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log('up'));
";

#[test]
#[ignore = "needs node, and is slow"]
fn a_service_is_captured_and_its_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("server.js"), SERVICE).unwrap();
    let mut node = Command::new("node")
        .args(["--inspect-port=0", "server.js"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut up = [0; 2];
    std::io::Read::read_exact(node.stdout.as_mut().unwrap(), &mut up).unwrap();
    let capture = format!("capture {} -o dumps/ --count 3 --every 2s", node.id());
    let words = format!("echo '$ heaptui {capture}'; sleep 0.5; exec \"$0\" {capture}");
    let config = folder.path().join("config").display().to_string();
    let mut session = Session::shell(folder, &words, &[("XDG_CONFIG_HOME", &config)]);

    let mut frames = Vec::new();
    let mut shoot = |session: &Session, seconds| frames.push((picture(session), seconds));
    session.until("$ heaptui capture");
    shoot(&session, 1.2);
    for taken in ["1 of 3 taken", "dump 2 of 3", "2 of 3 taken", "dump 3 of 3"] {
        session.until(taken);
        shoot(&session, 0.9);
    }
    session.until("Leak likely");
    session.until("Change: server.js:10");
    shoot(&session, 4.0);
    session.send("\r");
    session.until("server.js:10:3");
    shoot(&session, 6.0);
    assert!(session.screen().contains("sessions.set("));
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
    // The service lives.
    assert!(node.try_wait().unwrap().is_none());
    node.kill().unwrap();
    node.wait().unwrap();
    if std::env::var_os("HEAPTUI_UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/capture.svg");
        let title = "heaptui captures a service three times and names the line that leaks";
        // What does not animate shows the finding.
        frames.rotate_right(2);
        std::fs::write(path, film(&frames, title)).unwrap();
    }
}

/// The screen as cells.
fn picture(session: &Session) -> Buffer {
    let screen = session.cells();
    let (lines, columns) = screen.size();
    let (lines, columns) = (lines.get(), columns.get());
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, lines));
    for (y, x) in (0..lines).flat_map(|y| (0..columns).map(move |x| (y, x))) {
        let Some(cell) = screen
            .cell(y, x)
            .filter(|cell| !cell.is_wide_continuation())
        else {
            continue;
        };
        let mut look = Style::new()
            .fg(colour(cell.fgcolor()))
            .bg(colour(cell.bgcolor()));
        for (is_on, modifier) in [
            (cell.bold(), Modifier::BOLD),
            (cell.dim(), Modifier::DIM),
            (cell.italic(), Modifier::ITALIC),
            (cell.underline(), Modifier::UNDERLINED),
            (cell.inverse(), Modifier::REVERSED),
        ] {
            if is_on {
                look = look.add_modifier(modifier);
            }
        }
        let text = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        buffer[(x, y)].set_symbol(text).set_style(look);
    }
    buffer
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
