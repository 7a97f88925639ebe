//! From TOML to settings, value by value, so that every message has its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::{COLOURS, COLUMNS, Rebinding, Settings, THEMES, wrong};
use crate::analysis::summary::SortKey;
use crate::error::{Error, Result};
use crate::text::size::parse_size;

/// A value, and the line where it stands.
struct Value<'a> {
    name: &'a str,
    value: &'a DeValue<'a>,
    line: usize,
}

/// What stands in a settings file.
pub(super) fn read(text: &str) -> Result<Settings> {
    let line_at = |at: usize| {
        let before = text.as_bytes().iter().take(at);
        1 + before.filter(|&&byte| byte == b'\n').count()
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_at(error.span().map_or(0, |span| span.start));
        wrong(line, error.message())
    })?;
    let mut settings = Settings::default();
    for (name, value) in table.get_ref() {
        let value = Value {
            name: name.get_ref(),
            line: line_at(name.span().start),
            value: value.get_ref(),
        };
        match value.name {
            "theme" => settings.theme = value.one_of(&THEMES)?,
            "colour" | "color" => settings.colour = value.one_of(&COLOURS)?,
            "sort" => settings.sort = value.one_of(&SortKey::NAMED)?,
            "mouse" => settings.mouse = value.truth()?,
            "weak" => settings.weak = value.truth()?,
            "ascii" => {
                settings.ascii = match (value.value.as_bool(), value.value.as_str()) {
                    (None, Some("auto")) => None,
                    (Some(truth), _) => Some(truth),
                    _ => return Err(value.wrong("is true, false or \"auto\"")),
                };
            }
            "memory" => settings.memory = value.size()?,
            "columns" => {
                let list = value
                    .value
                    .as_array()
                    .ok_or_else(|| value.wrong("is a list, such as [\"count\", \"retained\"]"))?;
                let mut columns = Vec::new();
                for item in list.iter() {
                    let line = line_at(item.span().start);
                    let known = COLUMNS
                        .iter()
                        .find(|(name, _)| item.get_ref().as_str() == Some(name));
                    let Some((_, column)) = known else {
                        let words = format!("columns cannot have {}", shown(item.get_ref()));
                        return Err(wrong(line, &words).advise(choices(&COLUMNS)));
                    };
                    columns.push(*column);
                }
                settings.columns = Some(columns);
            }
            "keys" => {
                let table = value.value.as_table();
                let table =
                    table.ok_or_else(|| value.wrong("is a table: write [keys] above them"))?;
                for (command, keys) in table {
                    settings.keys.push(Rebinding {
                        keys: read_keys(command.get_ref(), keys, line_at(command.span().start))?,
                        line: line_at(command.span().start),
                        command: command.get_ref().to_string(),
                    });
                }
            }
            name => {
                let words = format!("there is no setting called {name}");
                return Err(wrong(value.line, &words).advise(
                    "the settings are theme, colour, ascii, mouse, sort, weak, memory, columns and [keys]; heaptui --print-default-config explains them",
                ));
            }
        }
    }
    // In the order of the file, whatever order the table keeps.
    settings.keys.sort_by_key(|bound| bound.line);
    Ok(settings)
}

fn read_keys(command: &str, keys: &Spanned<DeValue<'_>>, line: usize) -> Result<Vec<String>> {
    let refused = || {
        wrong(
            line,
            &format!("the keys of {command} are a text or a list of texts"),
        )
        .advise("write for example \"Ctrl-d\", [\"j\", \"Down\"], or [] for none")
    };
    match keys.get_ref() {
        DeValue::String(key) => Ok(vec![key.to_string()]),
        DeValue::Array(keys) => {
            let texts = keys.iter().map(|key| key.get_ref().as_str());
            let texts = texts.map(|key| key.map(str::to_owned));
            texts.collect::<Option<_>>().ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

impl Value<'_> {
    fn wrong(&self, words: &str) -> Error {
        wrong(self.line, &format!("{} {words}", self.name))
    }

    fn one_of<T: Copy>(&self, known: &[(&str, T)]) -> Result<T> {
        // Numbers that are names need no quotes: colour = 256.
        let text = match self.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => String::new(),
        };
        let found = known.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            self.wrong(&format!("cannot be {}", shown(self.value)))
                .advise(choices(known))
        })
    }

    fn truth(&self) -> Result<bool> {
        let truth = self.value.as_bool();
        truth.ok_or_else(|| self.wrong("is true or false"))
    }

    fn size(&self) -> Result<Option<u64>> {
        match self.value.as_str() {
            Some("auto") => Ok(None),
            Some(text) => parse_size(text).map(Some).map_err(|error| {
                let message = self.wrong(&format!("cannot be {}", error.message));
                let message = Error {
                    message: message.message.replacen(" cannot be", ":", 1),
                    ..message
                };
                message.advise(error.advice.unwrap_or_default())
            }),
            None => Err(self.wrong("is a size in quotes, such as \"500M\", or \"auto\"")),
        }
    }
}

/// A value in a message.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        other => format!("a {}", other.type_str()),
    }
}

fn choices<T>(known: &[(&str, T)]) -> String {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    format!("it is one of {}", names.join(", "))
}
