//! Small heaps for unit tests.

use crate::column::Sizes;
use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, Edges, Location, Meta, NodeKind, Nodes, Snapshot, Strings};
use crate::task::Task;

use super::Heap;

/// A snapshot in the making. Node 0 is a synthetic root without a name, unless it is changed.
#[derive(Debug)]
pub(crate) struct Sketch {
    pub(crate) root: NodeId,
    pub(crate) nodes: Vec<(NodeKind, String, u64, u8)>,
    /// Object ids by node; where there are none, twice the ordinal plus 1.
    pub(crate) ids: Vec<u32>,
    pub(crate) edges: Vec<(NodeId, EdgeKind, String, NodeId)>,
    pub(crate) locations: Vec<Location>,
    pub(crate) detachedness: bool,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        let mut sketch = Self::rootless();
        sketch.node(NodeKind::SYNTHETIC, "", 0);
        sketch
    }

    pub(crate) fn rootless() -> Self {
        Self {
            root: NodeId(0),
            nodes: Vec::new(),
            ids: Vec::new(),
            edges: Vec::new(),
            locations: Vec::new(),
            detachedness: false,
        }
    }

    /// Adds a node; its object id is twice its ordinal plus 1, unless `ids` says otherwise.
    pub(crate) fn node(&mut self, kind: NodeKind, name: &str, size: u64) -> NodeId {
        self.nodes.push((kind, name.to_owned(), size, 0));
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// Adds a node at the end of a root edge.
    pub(crate) fn rooted(&mut self, kind: NodeKind, name: &str, size: u64) -> NodeId {
        let node = self.node(kind, name, size);
        self.edge(self.root, EdgeKind::PROPERTY, name, node);
        node
    }

    /// Adds an edge; the name of element and hidden edges is a number.
    pub(crate) fn edge(&mut self, from: NodeId, kind: EdgeKind, name: &str, to: NodeId) {
        self.edges.push((from, kind, name.to_owned(), to));
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut edges = self.edges.clone();
        edges.sort_by_key(|edge| edge.0);
        let mut texts: Vec<&str> = self.nodes.iter().map(|node| node.1.as_str()).collect();
        texts.extend(edges.iter().map(|edge| edge.2.as_str()));
        texts.sort_unstable();
        texts.dedup();
        let text = |name: &str| texts.binary_search(&name).unwrap() as u32;
        let count = self.nodes.len() as u32;
        let column = |value: fn(&(NodeKind, String, u64, u8)) -> u64| -> Vec<u64> {
            self.nodes.iter().map(value).collect()
        };
        Snapshot {
            meta: Meta {
                root: self.root.0,
                ..Meta::default()
            },
            nodes: Nodes {
                kind: self
                    .nodes
                    .iter()
                    .map(|node| node.0)
                    .collect::<Vec<_>>()
                    .into(),
                name: self
                    .nodes
                    .iter()
                    .map(|node| text(&node.1))
                    .collect::<Vec<_>>()
                    .into(),
                id: match self.ids.is_empty() {
                    true => (0..count).map(|node| 2 * node + 1).collect::<Vec<_>>(),
                    false => self.ids.clone(),
                }
                .into(),
                self_size: Sizes::Wide(column(|node| node.2).into()),
                first_edge: (0..=count)
                    .map(|node| edges.partition_point(|edge| edge.0.0 < node) as u32)
                    .collect::<Vec<_>>()
                    .into(),
                detachedness: self.detachedness.then(|| {
                    self.nodes
                        .iter()
                        .map(|node| node.3)
                        .collect::<Vec<_>>()
                        .into()
                }),
                trace_node: None,
            },
            edges: Edges {
                labels: edges
                    .iter()
                    .map(|edge| match edge.1.has_string_name() {
                        true => (edge.1, text(&edge.2)),
                        false => (edge.1, edge.2.parse().unwrap()),
                    })
                    .collect(),
                to: edges.iter().map(|edge| edge.3.0).collect::<Vec<_>>().into(),
            },
            locations: self.locations.clone().into(),
            strings: Strings::from_texts(&texts),
            ..Snapshot::default()
        }
    }

    pub(crate) fn heap(&self) -> Heap {
        Heap::build(self.snapshot(), &Task::new()).unwrap()
    }
}

/// A dump that ends within its strings.
pub(crate) const CUT_DUMP: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden","array","string","object"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property"],"string_or_number","node"]},"node_count":2,"edge_count":1},"nodes":[3,0,1,8,1,3,1,3,16,0],"edges":[2,2,5],"locations":[],"strings":["root","Ma"#;
