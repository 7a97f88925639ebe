//! A second reader of snapshots: slow, simple, over parsed JSON. The loader has to give the same columns.

use heaptui::column::Sizes;
use heaptui::snapshot::kinds::{EDGE_KINDS, NODE_KINDS};
use heaptui::snapshot::{
    EdgeKind, Edges, Location, Meta, NodeKind, Nodes, Sample, Snapshot, StrId, Strings,
};
use serde_json::Value;

/// Turns a parsed snapshot into columns.
pub fn snapshot(json: &Value) -> Snapshot {
    let header = &json["snapshot"];
    let fields = &header["meta"];
    let mut meta = Meta {
        node_count: number(&header["node_count"]),
        edge_count: number(&header["edge_count"]),
        trace_function_count: number(&header["trace_function_count"]),
        extra_native_bytes: number(&header["extra_native_bytes"]),
        ..Meta::default()
    };

    let node = Table::new(&fields["node_fields"], &json["nodes"]);
    meta.root = (number(&header["root_index"]) / node.stride as u64) as u32;
    meta.has_detachedness = node.column("detachedness").is_some();
    let kinds = kinds(
        &fields["node_types"][0],
        &NODE_KINDS,
        &mut meta.other_node_kinds,
    );
    let edge_counts = node.column("edge_count").unwrap();
    let mut first_edge = vec![0];
    for count in edge_counts {
        first_edge.push(first_edge.last().unwrap() + count as u32);
    }
    let self_size = node.column("self_size").unwrap();
    let nodes = Nodes {
        kind: node
            .column("type")
            .unwrap()
            .iter()
            .map(|&kind| NodeKind(kinds[kind as usize]))
            .collect::<Vec<_>>()
            .into(),
        name: narrow(node.column("name").unwrap()).into(),
        id: narrow(node.column("id").unwrap()).into(),
        self_size: if self_size.iter().sum::<u64>() >> 32 == 0 {
            Sizes::Narrow(narrow(self_size).into())
        } else {
            Sizes::Wide(self_size.into())
        },
        first_edge: first_edge.into(),
        detachedness: node.column("detachedness").map(|column| {
            column
                .iter()
                .map(|&state| state as u8)
                .collect::<Vec<_>>()
                .into()
        }),
        trace_node: node
            .column("trace_node_id")
            .filter(|_| meta.trace_function_count > 0)
            .map(|column| narrow(column).into()),
    };

    let edge = Table::new(&fields["edge_fields"], &json["edges"]);
    let kinds = self::kinds(
        &fields["edge_types"][0],
        &EDGE_KINDS,
        &mut meta.other_edge_kinds,
    );
    let edges = Edges {
        labels: edge
            .column("type")
            .unwrap()
            .iter()
            .map(|&kind| EdgeKind(kinds[kind as usize]))
            .zip(narrow(edge.column("name_or_index").unwrap()))
            .collect(),
        to: edge
            .column("to_node")
            .unwrap()
            .iter()
            .map(|&to| to as u32 / node.stride as u32)
            .collect::<Vec<_>>()
            .into(),
    };

    let strings = json["strings"].as_array().unwrap();
    Snapshot {
        meta,
        nodes,
        edges,
        locations: locations(fields, json, node.stride).into(),
        samples: samples(fields, json),
        strings: Strings::from_texts(strings.iter().map(|text| text.as_str().unwrap())),
        ..Snapshot::default()
    }
}

fn locations(fields: &Value, json: &Value, stride: usize) -> Vec<Location> {
    let table = Table::new(&fields["location_fields"], &json["locations"]);
    let Some(nodes) = table.column("object_index") else {
        return Vec::new();
    };
    let column = |name| narrow(table.column(name).unwrap());
    let (scripts, lines, columns) = (column("script_id"), column("line"), column("column"));
    let mut locations: Vec<Location> = nodes
        .iter()
        .enumerate()
        .map(|(at, &node)| Location {
            node: node as u32 / stride as u32,
            script_id: scripts[at],
            line: lines[at],
            column: columns[at],
        })
        .collect();
    locations.sort_by_key(|location| location.node);
    locations
}

fn samples(fields: &Value, json: &Value) -> Vec<Sample> {
    let table = Table::new(&fields["sample_fields"], &json["samples"]);
    let (Some(times), Some(ids)) = (
        table.column("timestamp_us"),
        table.column("last_assigned_id"),
    ) else {
        return Vec::new();
    };
    times
        .iter()
        .zip(ids)
        .map(|(&timestamp_us, id)| Sample {
            timestamp_us,
            last_assigned_id: id as u32,
        })
        .collect()
}

/// A flat array of records.
struct Table<'a> {
    fields: Vec<&'a str>,
    values: Vec<u64>,
    stride: usize,
}

impl<'a> Table<'a> {
    fn new(fields: &'a Value, values: &Value) -> Self {
        let texts = |list: &'a Value| list.as_array().map(Vec::as_slice).unwrap_or_default();
        let fields: Vec<&str> = texts(fields)
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        Self {
            stride: fields.len().max(1),
            values: match values.as_array() {
                Some(values) => values.iter().map(number).collect(),
                None => Vec::new(),
            },
            fields,
        }
    }

    fn column(&self, name: &str) -> Option<Vec<u64>> {
        let at = self.fields.iter().position(|field| *field == name)?;
        let column = self.values.iter().skip(at).step_by(self.stride);
        Some(column.copied().collect())
    }
}

/// Our number for each of the file's types.
fn kinds(types: &Value, known: &[&str], others: &mut Vec<String>) -> Vec<u8> {
    let types = types.as_array().unwrap().iter();
    types
        .map(|name| {
            let name = name.as_str().unwrap();
            let number = known
                .iter()
                .position(|known| *known == name)
                .unwrap_or_else(|| {
                    others.push(name.to_owned());
                    known.len() + others.len() - 1
                });
            number as u8
        })
        .collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn narrow(values: Vec<u64>) -> Vec<u32> {
    values.iter().map(|&value| value as u32).collect()
}

/// Checks that two snapshots are the same.
pub fn assert_same(ours: &Snapshot, expected: &Snapshot, what: &str) {
    let text = |snapshot: &Snapshot| {
        let Snapshot {
            meta,
            nodes,
            edges,
            locations,
            samples,
            strings,
            ..
        } = snapshot;
        let sizes: Vec<u64> = (0..nodes.self_size.len())
            .map(|node| nodes.self_size.get(node))
            .collect();
        let strings: Vec<_> = (0..strings.len() as u32)
            .map(|index| strings.get(StrId(index)))
            .collect();
        [
            format!(
                "{:?}",
                (meta.root, meta.extra_native_bytes, meta.has_detachedness)
            ),
            format!("{:?} {:?}", meta.other_node_kinds, meta.other_edge_kinds),
            format!("{:?}", &*nodes.kind),
            format!("{:?}", &*nodes.name),
            format!("{:?}", &*nodes.id),
            format!("{sizes:?}"),
            format!("{:?}", &*nodes.first_edge),
            format!("{:?}", nodes.detachedness),
            format!("{:?}", nodes.trace_node),
            format!("{:?}", edges.labels.iter().collect::<Vec<_>>()),
            format!("{:?}", &*edges.to),
            format!("{locations:?}"),
            format!("{samples:?}"),
            format!("{strings:?}"),
        ]
    };
    for (column, (ours, expected)) in text(ours).iter().zip(&text(expected)).enumerate() {
        assert!(ours == expected, "{what}: column {column} differs");
    }
}
