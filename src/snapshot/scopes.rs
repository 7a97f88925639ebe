//! Scope tables: which variables the functions of a script declare and use, where a dump has them (newest Chromium).
//!
//! They are read when somebody asks, by a pass of its own over the file: few dumps have them and few questions need
//! them.

use std::path::Path;

use serde::Deserialize;

use super::opening::open;
use super::source::Source;
use super::stream::Stream;
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;

/// The longest table that is believed, in bytes of text.
const LONGEST: usize = 1 << 28;

/// The scopes of a dump. Numbers are as in the file: whoever looks something up by them checks their range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// The scopes, script by script, each before those within it.
    pub scopes: Vec<Scope>,
    /// Names of variables that live in contexts, as indices into the string table.
    pub names: Vec<u32>,
    /// Uses of variables.
    pub uses: Vec<Use>,
}

/// A function or block that declares or uses variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Ordinal of the script's node.
    pub script: u32,
    /// Number of the scope within its script; the script itself has a negative one.
    pub id: i64,
    /// How deep the scope is within its script.
    pub depth: usize,
    /// Its variables, as places in [`Scopes::names`].
    pub variables: std::ops::Range<usize>,
    /// What it uses, as places in [`Scopes::uses`].
    pub uses: std::ops::Range<usize>,
}

/// A use of a variable of the same script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The scope that declares it.
    pub declared_in: i64,
    /// Which of that scope's variables.
    pub slot: usize,
}

#[derive(Deserialize)]
struct Header {
    meta: Fields,
}

#[derive(Deserialize)]
struct Fields {
    node_fields: Vec<String>,
    #[serde(default)]
    scope_fields: Vec<String>,
    #[serde(default)]
    scope_context_var_fields: Vec<String>,
    #[serde(default)]
    scope_use_fields: Vec<String>,
}

/// Reads the scope tables of a dump; nothing where it has none. Other dumps are read up to their header only.
///
/// # Errors
/// When the file cannot be read, when the tables do not fit their fields, or when the task is cancelled.
pub fn scopes(path: &Path, task: &Task) -> Result<Option<Scopes>> {
    read(path, task).map_err(|error| error.in_file(path))
}

fn read(path: &Path, task: &Task) -> Result<Option<Scopes>> {
    let source = Source::open(path)?;
    task.stage("reading scopes", source.stored_bytes());
    let mut stream = source.stream(task)?;
    open(&mut stream, "heap snapshot")?;
    let mut header: Option<Header> = None;
    let mut tables: [Option<Vec<i64>>; 3] = [None, None, None];
    while let Some(key) = stream.key()? {
        stream.enter(format!("\"{key}\""));
        let table = ["scopes", "scope_context_vars", "scope_uses"]
            .iter()
            .position(|name| *name == key);
        if key == "snapshot" {
            let found: Header = json(&mut stream)?;
            if found.meta.scope_fields.is_empty() {
                return Ok(None);
            }
            header = Some(found);
        } else if let Some(table) = table.and_then(|table| tables.get_mut(table)) {
            *table = Some(json(&mut stream)?);
        } else {
            stream.value(None, usize::MAX)?;
        }
        if tables.iter().all(Option::is_some) {
            break;
        }
    }
    let (Some(header), [Some(scopes), names, uses]) = (header, tables) else {
        return Ok(None);
    };
    let tables = [scopes, names.unwrap_or_default(), uses.unwrap_or_default()];
    build(&header.meta, &tables).map(Some)
}

fn json<T: for<'de> Deserialize<'de>>(stream: &mut Stream<'_>) -> Result<T> {
    let mut text = Vec::new();
    stream.token()?;
    let offset = stream.offset();
    stream.value(Some(&mut text), LONGEST)?;
    serde_json::from_slice(&text).map_err(|error| {
        let words = format!("{} cannot be read: {error}", stream.section());
        Error::new(ErrorKind::Malformed, words).at(offset)
    })
}

/// Where a field stands in a row.
fn place(fields: &[String], name: &str) -> Result<usize> {
    fields
        .iter()
        .position(|field| field == name)
        .ok_or_else(|| Error::new(ErrorKind::Malformed, format!("scope tables have no {name}")))
}

fn build(fields: &Fields, [scopes, names, uses]: &[Vec<i64>; 3]) -> Result<Scopes> {
    let row = &fields.scope_fields;
    let [script, id, depth, variables, used] = [
        place(row, "script_node_index")?,
        place(row, "scope_id")?,
        place(row, "depth")?,
        place(row, "scope_context_vars_count")?,
        place(row, "scope_uses_count")?,
    ];
    let mut found = Scopes::default();
    if !names.is_empty() {
        let name = place(&fields.scope_context_var_fields, "name")?;
        let rows = names.chunks_exact(fields.scope_context_var_fields.len());
        found.names = rows
            .map(|row| u32::try_from(row[name]).unwrap_or(u32::MAX))
            .collect();
    }
    if !uses.is_empty() {
        let declared = place(&fields.scope_use_fields, "declaring_scope_id")?;
        let slot = place(&fields.scope_use_fields, "slot_index")?;
        let rows = uses.chunks_exact(fields.scope_use_fields.len());
        found.uses = rows
            .map(|row| Use {
                declared_in: row[declared],
                slot: usize::try_from(row[slot]).unwrap_or(usize::MAX),
            })
            .collect();
    }
    let node = fields.node_fields.len().max(1) as i64;
    let (mut variable, mut usage) = (0usize, 0usize);
    for row in scopes.chunks_exact(row.len()) {
        let number = |at: usize| usize::try_from(row[at]).unwrap_or(0);
        let next = (
            variable.saturating_add(number(variables)),
            usage.saturating_add(number(used)),
        );
        if next.0 > found.names.len() || next.1 > found.uses.len() {
            let words = "scopes have more variables or uses than their tables";
            return Err(Error::new(ErrorKind::Malformed, words));
        }
        found.scopes.push(Scope {
            script: u32::try_from(row[script] / node).unwrap_or(u32::MAX),
            id: row[id],
            depth: number(depth),
            variables: variable..next.0,
            uses: usage..next.1,
        });
        (variable, usage) = next;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Option<Scopes>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        std::fs::write(&path, text).unwrap();
        scopes(&path, &Task::new())
    }

    const META: &str = r#""node_fields":["a","b"],"scope_fields":["script_node_index","scope_id","depth",
        "scope_context_vars_count","scope_uses_count"],"scope_context_var_fields":["name"],
        "scope_use_fields":["declaring_scope_id","slot_index"]"#;

    #[test]
    fn tables_are_read_by_the_names_of_their_fields() {
        let text = format!(
            r#"{{"snapshot":{{"meta":{{{META}}}}},"nodes":[1,2],"scopes":[6,-2,0,2,0,6,9,1,0,1],
            "scope_context_vars":[4,5],"scope_uses":[-2,1],"strings":[]}}"#
        );
        let found = read_text(&text).unwrap().unwrap();
        assert_eq!(found.names, [4, 5]);
        assert_eq!(
            found.uses,
            [Use {
                declared_in: -2,
                slot: 1
            }]
        );
        assert_eq!((found.scopes[0].script, found.scopes[0].id), (3, -2));
        assert_eq!(
            (found.scopes[1].depth, found.scopes[1].uses.clone()),
            (1, 0..1)
        );
    }

    #[test]
    fn dumps_without_tables_have_none_and_false_counts_are_refused() {
        let none = read_text(r#"{"snapshot":{"meta":{"node_fields":["a"]}},"nodes":"#);
        assert_eq!(none.unwrap(), None);
        let text = format!(
            r#"{{"snapshot":{{"meta":{{{META}}}}},"scopes":[6,1,0,9,0],"scope_context_vars":[4],"scope_uses":[]}}"#
        );
        assert!(read_text(&text).is_err());
    }
}
