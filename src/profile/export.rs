//! Profiles for other tools: collapsed stacks, and speedscope's file format.
//!
//! Names come from strangers and end up in terminals: control characters are written as escapes.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::model::{FunctionId, Profile, ROOT};
use crate::text::escape::one_line;

/// Writes a line for each stack that allocated anything itself: its functions from the outermost on, `;` between them,
/// and its bytes. Flame graph tools read this.
///
/// # Errors
/// Those of `out`.
pub fn collapsed(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    let labels: Vec<String> = profile
        .functions()
        .map(|function| label(profile, function))
        .collect();
    let mut line = String::new();
    // Where the label of each open frame ends in `line`, and behind which node the frame ends.
    let mut open: Vec<(u32, usize)> = Vec::new();
    for node in ROOT + 1..profile.len() as u32 {
        while open.last().is_some_and(|&(end, _)| end <= node) {
            open.pop();
        }
        line.truncate(open.last().map_or(0, |&(_, length)| length));
        if !line.is_empty() {
            line.push(';');
        }
        let function = profile.function(node);
        line.push_str(labels.get(function.index()).map_or("", String::as_str));
        open.push((profile.end(node), line.len()));
        let size = profile.self_size(node);
        if size > 0 {
            writeln!(out, "{line} {size}")?;
        }
    }
    match profile.self_size(ROOT) {
        0 => Ok(()),
        size => writeln!(out, "(root) {size}"),
    }
}

/// A function as collapsed stacks name it: `name (file.js:41:12)`.
fn label(profile: &Profile, function: FunctionId) -> String {
    let frame = profile.frame(function);
    let text = match frame.shown_place() {
        Some(place) => format!("{} ({place})", frame.shown_name()),
        None => frame.shown_name().to_owned(),
    };
    one_line(&text).replace(';', ",")
}

/// Writes speedscope's JSON, one evented profile with bytes for its unit: the axis is what was allocated, in the order
/// of the file. As long as the profile has frames, however deep they are.
///
/// # Errors
/// Those of `out`.
pub fn speedscope(profile: &Profile, name: &str, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        r#"{{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"heaptui","name":{},"activeProfileIndex":0,"shared":{{"frames":["#,
        text(name)
    )?;
    for function in profile.functions() {
        let comma = if function.0 == 0 { "" } else { "," };
        write!(out, "{comma}{}", frame(profile, function))?;
    }
    write!(
        out,
        r#"]}},"profiles":[{{"type":"evented","name":{},"unit":"bytes","startValue":0,"endValue":{},"events":["#,
        text(name),
        profile.total()
    )?;
    events(profile, out)?;
    writeln!(out, "]}}]}}")
}

/// Writes when each frame opens and closes.
fn events(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    let mut comma = "";
    let mut event = |kind: char, node: u32, at: u64| {
        let frame = profile.function(node).0;
        write!(
            out,
            r#"{comma}{{"type":"{kind}","frame":{frame},"at":{at}}}"#
        )?;
        comma = ",";
        io::Result::Ok(())
    };
    // The open frames, and where each closes.
    let mut open: Vec<(u32, u64)> = Vec::new();
    let mut at = 0u64;
    for node in ROOT + 1..profile.len() as u32 {
        if profile.total_size(node) == 0 {
            continue;
        }
        while let Some(&(above, end)) = open.last()
            && profile.end(above) <= node
        {
            event('C', above, end)?;
            at = end;
            open.pop();
        }
        event('O', node, at)?;
        open.push((node, at + profile.total_size(node)));
    }
    while let Some((node, end)) = open.pop() {
        event('C', node, end)?;
    }
    Ok(())
}

/// A function, lines and columns from 1.
fn frame(profile: &Profile, function: FunctionId) -> Value {
    let frame = profile.frame(function);
    let mut value = json!({"name": one_line(frame.shown_name())});
    if !frame.url.is_empty() {
        value["file"] = json!(one_line(frame.url));
    }
    if frame.has_place() {
        value["line"] = json!(frame.line + 1);
        value["col"] = json!(frame.column + 1);
    }
    value
}

fn text(text: &str) -> Value {
    json!(one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_for_each_stack_with_bytes() {
        let profile = profile(&[
            ("a", 0),
            ("a;b\u{1b}[31m", 5),
            ("a;c", 0),
            ("a;c;d", 2),
            ("(GC)", 9),
        ]);
        let lines = written(|out| collapsed(&profile, out));
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("a (app.js:98:1);b"), "{}", lines[0]);
        assert!(lines[0].ends_with(" 5") && !lines[0].contains('\u{1b}'));
        assert_eq!(
            lines[1],
            "a (app.js:98:1);c (app.js:100:1);d (app.js:101:1) 2"
        );
    }

    #[test]
    fn events_of_speedscope_nest_and_never_go_back() {
        let profile = profile(&[
            ("a", 3),
            ("a;b", 5),
            ("a;c;d", 2),
            ("z", 0),
            ("e", 9),
            ("e;e", 1),
        ]);
        let text = written(|out| speedscope(&profile, "x\u{9b}y", out));
        let file: Value = serde_json::from_str(&text).unwrap();
        let profile = &file["profiles"][0];
        assert_eq!(profile["endValue"], 20);
        let (mut open, mut last) = (Vec::new(), 0);
        for event in profile["events"].as_array().unwrap() {
            let at = event["at"].as_u64().unwrap();
            assert!(at >= last);
            last = at;
            match event["type"].as_str().unwrap() {
                "O" => open.push(event["frame"].clone()),
                _ => assert_eq!(open.pop().as_ref(), Some(&event["frame"])),
            }
        }
        assert!(open.is_empty());
        assert_eq!(last, 20);
        let frames = file["shared"]["frames"].as_array().unwrap();
        assert_eq!(
            frames[1],
            json!({"name": "a", "file": "/app.js", "line": 98, "col": 1})
        );
        assert!(!text.contains('\u{9b}'));
    }
}
