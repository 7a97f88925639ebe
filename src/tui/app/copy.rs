//! Copying: a row, the path to an object, why it is alive.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::paths::path_from_root;
use crate::analysis::why::why;
use crate::error::Result;
use crate::graph::NodeId;
use crate::task::Task;
use crate::text::units::{bytes, grouped};
use crate::tui::app::App;
use crate::tui::clipboard::MOST;
use crate::tui::commands::Command;
use crate::tui::page::DrawCtx;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::work::Slot;

/// The steps of a path that are written out; of longer ones the middle is left out.
const STEPS: usize = 1_000;

/// The screen on which a page is drawn to take words from it.
const WIDE: u16 = 150;

/// Text to copy, and what it is.
pub(super) struct Text {
    text: String,
    what: String,
}

impl App {
    /// The text that the terminal's clipboard is to have; asked once.
    pub fn take_copy(&mut self) -> Option<String> {
        self.clipboard.take()
    }

    fn copy(&mut self, text: String, what: &str) {
        if text.len() > MOST {
            let words = format!(
                "{what}: {} are more than terminals copy ({}); {} writes a file",
                bytes(text.len() as u64),
                bytes(MOST as u64),
                self.keymap.key_of(Command::WriteView)
            );
            return self.say(&words, Tone::Problem);
        }
        let words = match text.lines().count() {
            0 | 1 => format!("copied {what}: {text}"),
            lines => format!("copied {what}: {} lines", grouped(lines as u64)),
        };
        self.say(&words, Tone::Dim);
        self.clipboard = Some(text);
    }

    /// Copies the selected row.
    pub(super) fn copy_row(&mut self) {
        let row = self.page().line(&self.store).or_else(|| {
            let (lines, selected) = self.drawn((WIDE, 60), false);
            lines.into_iter().nth(selected?)
        });
        match row {
            Some(row) if !row.trim().is_empty() => self.copy(row.trim().to_owned(), "the row"),
            _ => self.say("there is no row to copy", Tone::Problem),
        }
    }

    /// The page drawn on a screen of its own: its lines, and which of them is selected.
    pub(super) fn drawn(
        &mut self,
        (columns, lines): (u16, u16),
        ascii: bool,
    ) -> (Vec<String>, Option<usize>) {
        let area = Rect::new(0, 0, columns, lines);
        let mut buffer = Buffer::empty(area);
        let theme = Theme {
            ascii,
            ..self.theme
        };
        let keys = Arc::clone(&self.keymap);
        let (page, ctx) = self.page_mut();
        let ctx = DrawCtx {
            work: ctx.work,
            store: ctx.store,
            theme,
            keys: &keys,
        };
        page.draw(&mut buffer, area, ctx);
        let mut selected = None;
        let mut drawn = Vec::new();
        for y in 0..lines {
            let mut text = String::new();
            for x in 0..columns {
                let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
                if symbol == "▶" && selected.is_none() {
                    selected = Some(usize::from(y));
                    text.push(' ');
                } else {
                    text.push_str(symbol);
                }
            }
            drawn.push(text.trim_end().to_owned());
        }
        (drawn, selected)
    }

    /// Copies the path from the root to the selected object, or why it is alive.
    pub(super) fn copy_path(&mut self, command: Command) {
        let subject = self.page().subject();
        let object = subject.and_then(|subject| Some((subject.dump, subject.node?)));
        let Some((dump, node)) = object else {
            return self.say("select an object first", Tone::Problem);
        };
        let mut views = self.page().views().into_iter();
        let view = views.find(|view| view.dump == dump).cloned();
        let Some(view) = view.or_else(|| self.store.view(&dump)) else {
            return;
        };
        self.work.start(Slot::Copy, move |task| {
            if command == Command::CopyWhy {
                let text = why_text(&view, node, task)?;
                let what = "why it is alive".to_owned();
                return Ok(Text { text, what });
            }
            let text = path_text(&view, node, task)?;
            let what = format!("the path to @{}", view.heap.id(node));
            Ok(Text { text, what })
        });
    }

    /// The text to copy is there.
    pub(super) fn copied(&mut self, outcome: Result<Text>) {
        match outcome {
            Ok(Text { text, what }) => self.copy(text, &what),
            Err(error) if error.is_cancelled() => {}
            Err(error) => self.say(&error.to_string(), Tone::Problem),
        }
    }
}

/// Why an object is alive, in words, and in which dump.
fn why_text(view: &View, node: NodeId, task: &Task) -> Result<String> {
    let scripts = view.names.scripts();
    let why = why(&view.heap, scripts, node, task)?;
    Ok(format!(
        "{}\n{}",
        view.title(None),
        why.text(&view.heap, scripts)
    ))
}

/// The path from the root to an object, one step on a line.
fn path_text(view: &View, node: NodeId, task: &Task) -> Result<String> {
    let heap = &view.heap;
    let path = path_from_root(heap, node, task)?;
    let mut lines = Vec::new();
    let left_out = path.len().saturating_sub(STEPS);
    for (index, step) in path.iter().enumerate() {
        if left_out > 0 && index >= STEPS / 2 && index < STEPS / 2 + left_out {
            if index == STEPS / 2 {
                lines.push(format!("  … {} steps …", grouped(left_out as u64)));
            }
            continue;
        }
        task.check()?;
        let label = match step.edge {
            Some(edge) => view.names.field(heap, heap.graph().source(edge), edge),
            None => view.names.object(heap, step.node),
        };
        let indent = if index == 0 { "" } else { "  " };
        lines.push(format!("{indent}{}", label.text()));
    }
    Ok(lines.join("\n"))
}
