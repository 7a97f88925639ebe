//! Answers that fit: rows as long as there is room, and what was left out.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::text::escape::one_line;

use super::arguments::{Arguments, MOST};

/// Room that is kept for what stands around rows, in bytes.
const AROUND: usize = 400;

/// An answer in the making.
pub(super) struct Answer {
    about: Map<String, Value>,
    rows: Option<Rows>,
    command: String,
}

struct Rows {
    field: &'static str,
    from: usize,
    rows: Vec<Value>,
    total: usize,
}

impl Answer {
    /// An answer with these facts, which a command line prints too.
    pub fn of(about: Value, command: Vec<String>) -> Self {
        let about = match about {
            Value::Object(about) => about,
            _ => Map::new(),
        };
        Self {
            about,
            rows: None,
            command: shell(&command),
        }
    }

    /// Adds rows of `total`, from the one that was asked for on, as many as may have room.
    pub fn rows(
        mut self,
        field: &'static str,
        total: usize,
        arguments: &Arguments,
        mut row: impl FnMut(usize) -> Option<Value>,
    ) -> Self {
        let (from, room) = (arguments.offset(), arguments.max_bytes());
        let mut rows = Vec::new();
        let mut size = 0;
        for number in from..total {
            let Some(mut value) = row(number) else {
                break;
            };
            tidy(&mut value, longest(room));
            size += value.to_string().len() + 1;
            if size > room && !rows.is_empty() {
                break;
            }
            rows.push(value);
        }
        self.rows = Some(Rows {
            field,
            from,
            rows,
            total,
        });
        self
    }

    /// The answer as JSON, not larger than was asked for.
    ///
    /// # Errors
    /// When what stands around the rows does not even fit.
    pub fn text(mut self, arguments: &Arguments) -> Result<String> {
        let room = arguments.max_bytes();
        let mut about = Value::Object(std::mem::take(&mut self.about));
        tidy(&mut about, longest(room));
        loop {
            let mut answer = about.clone();
            if let Some(rows) = &self.rows {
                let next = rows.from + rows.rows.len();
                let left = rows.total.saturating_sub(next);
                answer[rows.field] = Value::Array(rows.rows.clone());
                answer["rows"] =
                    json!({ "from": rows.from, "shown": rows.rows.len(), "of": rows.total });
                if left > 0 {
                    answer["left_out"] = json!(format!(
                        "{left} rows behind these: call again with offset={next}, or max_bytes up to {MOST}"
                    ));
                }
            }
            answer["same_as"] = json!(self.command);
            let text = answer.to_string();
            if text.len() <= room {
                return Ok(text);
            }
            let shorter = self.rows.as_mut().and_then(|rows| rows.rows.pop());
            if shorter.is_none() {
                return Err(
                    Error::usage(format!("the answer does not fit into {room} bytes"))
                        .advise(format!("call again with max_bytes={MOST}")),
                );
            }
        }
    }
}

/// The longest text in an answer of this size, in characters.
fn longest(room: usize) -> usize {
    (room - AROUND.min(room)) / 8
}

/// Makes all texts safe to be read: on one line, without what is not seen, and not longer than `longest`.
fn tidy(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) => {
            let count = text.chars().count();
            let mut safe = one_line(text).into_owned();
            if count > longest {
                let cut: String = safe.chars().take(longest).collect();
                safe = format!(
                    "{cut}… ({} more characters; a larger max_bytes shows more)",
                    count - longest
                );
            }
            *text = safe;
        }
        Value::Array(values) => values.iter_mut().for_each(|value| tidy(value, longest)),
        Value::Object(fields) => fields.values_mut().for_each(|value| tidy(value, longest)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A command line, quoted for a shell.
fn shell(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,%+".contains(c);
        match !word.is_empty() && word.chars().all(plain) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', "'\\''")),
        }
    });
    format!("heaptui {}", quoted.collect::<Vec<_>>().join(" "))
}
