//! The header: what the numbers of a file are called.

use serde::Deserialize;
use serde_json::Value;

use super::kinds::{EDGE_KINDS, EdgeKind, NODE_KINDS, NodeKind};
use super::layout::{Field, Layout};
use crate::error::{Error, ErrorKind, Result};

/// How many types V8 has room for in a node and in an edge.
const MOST_NODE_KINDS: usize = 32;
const MOST_EDGE_KINDS: usize = 8;

/// What the header (`snapshot`) says.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// `node_count` as the header has it; never trusted.
    pub node_count: u64,
    /// `edge_count` as the header has it; never trusted.
    pub edge_count: u64,
    /// `trace_function_count`; above 0 when allocation stacks were recorded.
    pub trace_function_count: u64,
    /// Ordinal of the root node.
    pub root: u32,
    /// `extra_native_bytes`: bytes outside the heap that count to native and total.
    pub extra_native_bytes: u64,
    /// Whether nodes carry a `detachedness` field.
    pub has_detachedness: bool,
    /// Names of node types that heaptui does not know, from number 16 on.
    pub other_node_kinds: Vec<String>,
    /// Names of edge types that heaptui does not know, from number 8 on.
    pub other_edge_kinds: Vec<String>,
}

#[derive(Deserialize)]
struct Header {
    meta: Option<RawMeta>,
    #[serde(default)]
    node_count: u64,
    #[serde(default)]
    edge_count: u64,
    #[serde(default)]
    trace_function_count: u64,
    #[serde(default)]
    root_index: u64,
    #[serde(default)]
    extra_native_bytes: u64,
}

#[derive(Deserialize)]
struct RawMeta {
    node_fields: Vec<String>,
    node_types: Vec<Value>,
    edge_fields: Vec<String>,
    edge_types: Vec<Value>,
    #[serde(default)]
    location_fields: Vec<String>,
    #[serde(default)]
    sample_fields: Vec<String>,
}

impl Meta {
    /// The name of a node type.
    pub fn node_kind_name(&self, kind: NodeKind) -> &str {
        name(&NODE_KINDS, &self.other_node_kinds, kind.0)
    }

    /// The name of an edge type.
    pub fn edge_kind_name(&self, kind: EdgeKind) -> &str {
        name(&EDGE_KINDS, &self.other_edge_kinds, kind.0)
    }

    /// Reads the header, whose JSON text begins at `offset` of the file.
    pub(super) fn parse(json: &[u8], offset: u64) -> Result<(Self, Layout)> {
        let not_ours = |message: String| Error::new(ErrorKind::NotASnapshot, message).at(offset);
        let header: Header = serde_json::from_slice(json).map_err(|error| {
            not_ours(format!(
                "\"snapshot\" is no header of a heap snapshot: {error}"
            ))
        })?;
        let meta = header
            .meta
            .ok_or_else(|| not_ours("the header has no \"meta\", which names the fields".into()))?;
        let fields = |names: &[String]| {
            names
                .iter()
                .map(|name| Field::named(name))
                .collect::<Vec<_>>()
        };
        let mut layout = Layout {
            node: fields(&meta.node_fields),
            edge: fields(&meta.edge_fields),
            location: fields(&meta.location_fields),
            sample: fields(&meta.sample_fields),
            ..Layout::default()
        };
        require(
            &layout.node,
            &[
                Field::Kind,
                Field::Name,
                Field::Id,
                Field::SelfSize,
                Field::EdgeCount,
            ],
        )
        .map_err(|missing| not_ours(format!("\"node_fields\" {missing}")))?;
        require(&layout.edge, &[Field::Kind, Field::Name, Field::To])
            .map_err(|missing| not_ours(format!("\"edge_fields\" {missing}")))?;
        if !layout.location.is_empty() {
            require(
                &layout.location,
                &[Field::Node, Field::ScriptId, Field::Line, Field::Column],
            )
            .map_err(|missing| not_ours(format!("\"location_fields\" {missing}")))?;
        }
        let types = |types: &[Value], fields: &[Field]| {
            // The list stands at the place of the field `type`.
            let at = fields.iter().position(|&field| field == Field::Kind)?;
            types.get(at)?.as_array().map(|names| {
                let text = |name: &Value| name.as_str().unwrap_or("unknown").to_owned();
                names.iter().map(text).collect::<Vec<_>>()
            })
        };
        let node_types = types(&meta.node_types, &layout.node)
            .ok_or_else(|| not_ours("\"node_types\" does not list the types of nodes".into()))?;
        let edge_types = types(&meta.edge_types, &layout.edge)
            .ok_or_else(|| not_ours("\"edge_types\" does not list the types of edges".into()))?;
        let mut this = Self {
            node_count: header.node_count,
            edge_count: header.edge_count,
            trace_function_count: header.trace_function_count,
            extra_native_bytes: header.extra_native_bytes,
            has_detachedness: layout.node.contains(&Field::Detachedness),
            ..Self::default()
        };
        layout.node_kinds = numbers(&NODE_KINDS, &mut this.other_node_kinds, node_types)
            .map(|kinds| beyond_list(kinds, &NODE_KINDS, &this.other_node_kinds, MOST_NODE_KINDS))
            .ok_or_else(|| not_ours("\"node_types\" lists more types than fit a byte".into()))?;
        layout.edge_kinds = numbers(&EDGE_KINDS, &mut this.other_edge_kinds, edge_types)
            .map(|kinds| beyond_list(kinds, &EDGE_KINDS, &this.other_edge_kinds, MOST_EDGE_KINDS))
            .ok_or_else(|| not_ours("\"edge_types\" lists more types than fit a byte".into()))?;
        let row = layout.node.len() as u64;
        if !header.root_index.is_multiple_of(row) {
            return Err(not_ours(format!(
                "\"root_index\" is {}, which is no multiple of the {row} fields of a node",
                header.root_index
            )));
        }
        this.root = u32::try_from(header.root_index / row)
            .map_err(|_| not_ours(format!("\"root_index\" is {}", header.root_index)))?;
        Ok((this, layout))
    }
}

/// Each needed field exactly once.
fn require(fields: &[Field], needed: &[Field]) -> Result<(), String> {
    for need in needed {
        match fields.iter().filter(|field| *field == need).count() {
            1 => {}
            0 => return Err(format!("has no {need:?}").to_lowercase()),
            _ => return Err(format!("names {need:?} twice").to_lowercase()),
        }
    }
    Ok(())
}

/// The numbers here of the types that a file lists.
fn numbers(known: &[&str], others: &mut Vec<String>, names: Vec<String>) -> Option<Vec<u8>> {
    let number = |name: String| {
        let number = known
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| {
                others.push(name);
                known.len() + others.len() - 1
            });
        u8::try_from(number).ok()
    };
    names.into_iter().map(number).collect()
}

/// Adds the types behind a file's list, up to `most` of them: V8 6 and older have symbols and more that their lists
/// leave out. Where the list is not V8's, nobody knows what they are.
fn beyond_list(mut kinds: Vec<u8>, known: &[&str], others: &[String], most: usize) -> Vec<u8> {
    let as_v8 = (0..).zip(&kinds).all(|(number, &kind)| kind == number);
    for number in kinds.len()..most {
        let is_known = as_v8 && number < known.len();
        let unknown = known.len() + others.len();
        kinds.extend(u8::try_from(if is_known { number } else { unknown }));
    }
    kinds
}

fn name<'a>(known: &[&'a str], others: &'a [String], number: u8) -> &'a str {
    let number = usize::from(number);
    known
        .get(number)
        .copied()
        .or_else(|| others.get(number - known.len()).map(String::as_str))
        .unwrap_or("unknown")
}
