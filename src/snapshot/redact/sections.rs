//! The file read section by section, and its header.

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::snapshot::layout::Layout;
use crate::snapshot::meta::Meta;
use crate::snapshot::opening::{open, rest};
use crate::snapshot::read::MAX_HEADER;
use crate::snapshot::source::Source;
use crate::snapshot::stream::Stream;
use crate::task::Task;
use crate::text::code;

/// The header with the names of the fields.
pub(super) struct Header {
    /// As it is written.
    pub json: Vec<u8>,
    pub layout: Layout,
    /// What the numbers of an allocation's function mean.
    pub function_fields: Vec<String>,
}

/// The header as it is written: numbers, and the names of fields and types. Whatever else it says may be data.
fn without_words(header: &serde_json::Value) -> Vec<u8> {
    fn plain(value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) if text.split(' ').all(code::is_identifier) => value.clone(),
            Value::String(_) => Value::from(""),
            Value::Array(items) => items.iter().map(plain).collect(),
            Value::Object(fields) => {
                let known = fields.iter().filter(|(name, _)| code::is_identifier(name));
                known
                    .map(|(name, value)| (name.clone(), plain(value)))
                    .collect()
            }
            _ => value.clone(),
        }
    }
    let mut fields = serde_json::Map::new();
    for (name, value) in header.as_object().into_iter().flatten() {
        let number = value.is_number() || value.is_boolean();
        if code::is_identifier(name) && (name == "meta" || number) {
            fields.insert(name.clone(), plain(value));
        }
    }
    serde_json::Value::Object(fields).to_string().into_bytes()
}

/// Reads the header, whose value is next.
pub(super) fn header(stream: &mut Stream<'_>) -> Result<Header> {
    let mut json = Vec::new();
    stream.enter("the header");
    stream.token()?;
    let offset = stream.offset();
    stream.value(Some(&mut json), MAX_HEADER)?;
    let (_, layout) = Meta::parse(&json, offset)?;
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
    let fields = value["meta"]["trace_function_info_fields"].as_array();
    let name = |field: &serde_json::Value| field.as_str().unwrap_or_default().to_owned();
    Ok(Header {
        layout,
        function_fields: fields.map_or(Vec::new(), |fields| fields.iter().map(name).collect()),
        json: without_words(&value),
    })
}

/// Reads a file from its start to its end, section by section.
pub(super) fn sections(
    source: &Source<'_>,
    stage: &'static str,
    task: &Task,
    mut read: impl FnMut(&mut Stream<'_>, &str) -> Result<()>,
) -> Result<()> {
    task.stage(stage, source.stored_bytes());
    let mut stream = source.stream(task)?;
    open(&mut stream, "heap snapshot")?;
    let mut seen = HashSet::new();
    while let Some(key) = stream.key()? {
        stream.enter(format!("\"{key}\""));
        stream.token()?;
        if !seen.insert(key.clone()) {
            return Err(Error::malformed(
                stream.offset(),
                format!("the key \"{key}\" stands twice at the top level"),
            ));
        }
        read(&mut stream, &key)?;
    }
    // What stands around a dump is no part of it.
    rest(&mut stream).map(drop)
}
