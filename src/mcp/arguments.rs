//! The arguments of a tool, read and checked.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// The largest answer unless more is asked for, in bytes.
const USUAL: usize = 4000;
/// The largest answer that can be asked for, in bytes.
pub(super) const MOST: usize = 200_000;
/// The least, in bytes.
const LEAST: usize = 1000;
/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    /// Several numbers.
    Numbers,
    /// Several texts.
    Texts,
}

/// A parameter of a tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
    pub required: bool,
}

/// Those that all tools have.
pub(super) const COMMON: [Parameter; 2] = [
    Parameter {
        name: "offset",
        kind: Kind::Number,
        about: "the first row to show, from 0",
        required: false,
    },
    Parameter {
        name: "max_bytes",
        kind: Kind::Number,
        about: "the largest answer, 1000 to 200000; 4000 if not given",
        required: false,
    },
];

/// The arguments of a call.
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Checks arguments against the parameters of a tool.
    pub fn read(given: Map<String, Value>, parameters: &[Parameter]) -> Result<Self> {
        let known = || parameters.iter().chain(&COMMON);
        for (name, value) in &given {
            let Some(parameter) = known().find(|parameter| parameter.name == name) else {
                let names: Vec<&str> = known().map(|parameter| parameter.name).collect();
                return Err(Error::usage(format!("no parameter is called {name}"))
                    .advise(format!("there are {}", names.join(", "))));
            };
            let each =
                |is: fn(&Value) -> bool| value.as_array().is_some_and(|all| all.iter().all(is));
            let (fits, what) = match parameter.kind {
                Kind::Text => (value.is_string(), "a text"),
                Kind::Number => (value.is_u64(), "a whole number"),
                Kind::Numbers => (each(Value::is_u64), "a list of whole numbers"),
                Kind::Texts => (each(Value::is_string), "a list of texts"),
            };
            if !fits {
                return Err(Error::usage(format!("{name} is {what}")).advise(parameter.about));
            }
        }
        if let Some(missing) = parameters
            .iter()
            .find(|parameter| parameter.required && !given.contains_key(parameter.name))
        {
            return Err(Error::usage(format!("{} is missing", missing.name)).advise(missing.about));
        }
        Ok(Self(given))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    /// An object id.
    pub fn id(&self, name: &str) -> Result<u32> {
        let id = self.number(name).and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(|| Error::usage(format!("{name} is an object id")))
    }

    pub fn ids(&self, name: &str) -> Result<Vec<u32>> {
        let all = self.0.get(name).and_then(Value::as_array);
        let ids = all.into_iter().flatten().map(|id| {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            id.ok_or_else(|| Error::usage(format!("{name} are object ids")))
        });
        ids.collect()
    }

    pub fn texts(&self, name: &str) -> Vec<&str> {
        let all = self.0.get(name).and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub fn offset(&self) -> usize {
        self.number("offset").unwrap_or(0) as usize
    }

    pub fn max_bytes(&self) -> usize {
        let asked = self.number("max_bytes").unwrap_or(USUAL as u64) as usize;
        asked.clamp(LEAST, MOST)
    }
}

/// The JSON schema of a tool's arguments.
pub(super) fn schema(parameters: &[Parameter]) -> Map<String, Value> {
    let all = || parameters.iter().chain(&COMMON);
    let properties: Map<String, Value> = all()
        .map(|parameter| {
            let mut property = match parameter.kind {
                Kind::Text => json!({ "type": "string" }),
                Kind::Number => json!({ "type": "integer", "minimum": 0 }),
                Kind::Numbers => {
                    json!({ "type": "array", "items": { "type": "integer", "minimum": 0 } })
                }
                Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            };
            property["description"] = json!(parameter.about);
            (parameter.name.to_owned(), property)
        })
        .collect();
    let required = all().filter(|parameter| parameter.required);
    let required: Vec<&str> = required.map(|parameter| parameter.name).collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
