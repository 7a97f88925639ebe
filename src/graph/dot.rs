//! Small graphs as Graphviz' DOT, by `petgraph`'s own writer: pictures that people paste.

use std::fmt::Write as _;

use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, NodeIndex};

/// A graph in the making, whose nodes and edges have texts.
#[derive(Debug, Default)]
pub struct DotGraph(DiGraph<String, String>);

/// A node of it.
pub type DotNode = NodeIndex;

impl DotGraph {
    /// Adds a node.
    pub fn node(&mut self, label: String) -> DotNode {
        self.0.add_node(label)
    }

    /// Adds an edge.
    pub fn edge(&mut self, from: DotNode, to: DotNode, label: String) {
        self.0.add_edge(from, to, label);
    }

    /// The whole as text; whatever is in labels is quoted.
    pub fn text(&self) -> String {
        let boxes = |_: &_, _: (DotNode, &String)| "shape=box".to_owned();
        let plain = |_: &_, _: petgraph::graph::EdgeReference<'_, String>| String::new();
        let dot = Dot::with_attr_getters(
            &self.0,
            &[Config::RankDir(petgraph::dot::RankDir::TB)],
            &plain,
            &boxes,
        );
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = write!(text, "{dot}");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted() {
        let mut graph = DotGraph::default();
        let (a, b) = (
            graph.node("a \"b\"\n1 kB".to_owned()),
            graph.node("c\\".to_owned()),
        );
        graph.edge(a, b, "x".to_owned());
        let text = graph.text();
        assert!(text.starts_with("digraph {"), "{text}");
        assert!(text.contains(r#"label = "a \"b\"\l1 kB""#), "{text}");
        assert!(text.contains(r#"label = "c\\""#), "{text}");
        assert!(text.contains("0 -> 1 ["), "{text}");
    }
}
