//! What rows say: objects and references as labels.

use crate::analysis::describe::{Collection, Part, Scripts, key_of, role};
use crate::analysis::originals::Originals;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{ClassId, Heap, Place};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::source::Sources;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::tui::theme::Tone;
use crate::tui::widgets::label::Label;
use std::path::PathBuf;

/// Names of objects and places of a heap.
#[derive(Debug, Default)]
pub struct Names {
    scripts: Scripts,
}

impl Names {
    /// Collects what names need.
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(heap: &Heap, task: &Task) -> Result<Self> {
        Ok(Self::of_scripts(Scripts::build(heap, task)?))
    }

    /// Names of places only.
    pub fn of_scripts(scripts: Scripts) -> Self {
        Self { scripts }
    }

    /// Looks for the source maps of the scripts, by which names are those of the sources from now on.
    ///
    /// # Errors
    /// When cancelled.
    pub fn find_originals(&self, heap: &Heap, sources: &mut Sources, task: &Task) -> Result<()> {
        let found = sources.originals(heap, &self.scripts, task)?;
        self.scripts.learn_originals(found);
        Ok(())
    }

    /// Classes and functions as they were written, where that is known by now.
    pub fn originals(&self) -> Option<&Originals> {
        self.scripts.originals()
    }

    /// The scripts that places are in.
    pub fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// A class: its name, and behind it the place of its constructor.
    pub fn class(&self, heap: &Heap, class: ClassId) -> Label {
        let class = heap.class(class);
        let mut label = Label::of(self.scripts.class(class), Tone::Plain);
        if let Some(place) = class.place {
            label.push_tail(placed(self.scripts.show(place)), Tone::Dim);
        }
        label
    }

    /// Where something was written.
    pub fn place(&self, place: Place) -> String {
        self.scripts.show(place)
    }

    /// An object: its name, its id, its place.
    pub fn object(&self, heap: &Heap, node: NodeId) -> Label {
        self.finish(heap, node, Label::default())
    }

    /// An object, without its place, behind what the label says already.
    pub fn briefly(&self, heap: &Heap, node: NodeId, mut label: Label) -> Label {
        self.push(heap, node, &mut label);
        label.push_tail(Spans::new().note(" ").id(heap.id(node)), Tone::Dim);
        label
    }

    /// An object behind what the label says already.
    pub fn finish(&self, heap: &Heap, node: NodeId, label: Label) -> Label {
        let mut label = self.briefly(heap, node, label);
        let placed = heap.kind(node) == NodeKind::CLOSURE
            || heap.raw_name(node).starts_with("system / Context");
        if placed && let Some(place) = self.scripts.place(heap, node) {
            label.push_tail(self::placed(place), Tone::Dim);
        }
        label
    }

    fn push(&self, heap: &Heap, node: NodeId, label: &mut Label) {
        let tone = match heap.kind(node) {
            kind if kind.is_string() => Tone::Text,
            NodeKind::CLOSURE => Tone::Function,
            _ => Tone::Plain,
        };
        label.push(self.scripts.preview(heap, node), tone);
    }

    /// A reference of `owner`: `store :: RelayModernStore @148213`. A reference out of the backing store of a Map, Set
    /// or array `owner` is shown as the entry that it is: `"key" → Value @12`.
    pub fn field(&self, heap: &Heap, owner: NodeId, edge: EdgeId) -> Label {
        let target = heap.graph().target(edge);
        let mut label = Label::default();
        if heap.graph().source(edge) == owner {
            self.push_edge(heap, edge, &mut label);
            label.push(" :: ", Tone::Dim);
            return self.finish(heap, target, label);
        }
        match role(heap, edge) {
            Some(role) if role.part == Part::Value => {
                match key_of(heap, edge) {
                    Some(key) => self.push(heap, heap.graph().target(key), &mut label),
                    None => label.push(
                        Spans::new().index(format!("entry {}", role.index)),
                        Tone::Edge,
                    ),
                }
                label.push(" → ", Tone::Dim);
            }
            Some(role) if role.collection == Collection::Map => {
                self.push(heap, target, &mut label);
                label.push(" → (a small number)", Tone::Dim);
                label.push_tail(Spans::new().note(" ").id(heap.id(target)), Tone::Dim);
                return label;
            }
            Some(role) if role.part == Part::Element => {
                label.push(Spans::new().index(format!("[{}]", role.index)), Tone::Edge);
                label.push(" ", Tone::Dim);
            }
            _ => label.push("member ", Tone::Dim),
        }
        self.finish(heap, target, label)
    }

    /// A holder: `cache in Server @12`, `value of Map entry 1 in (internal array)[] @9012`.
    pub fn holder(&self, heap: &Heap, edge: EdgeId) -> Label {
        let mut label = Label::default();
        match role(heap, edge) {
            Some(role) if role.collection != Collection::Array => {
                let part = match (role.collection, role.part) {
                    (Collection::Map, Part::Key) => "key of Map entry ",
                    (Collection::Map, _) => "value of Map entry ",
                    _ => "member of Set, entry ",
                };
                // Not the number of the slot, which is the engine's business.
                label.push(
                    Spans::new().note(part).index(role.index.to_string()),
                    Tone::Edge,
                );
            }
            _ => self.push_edge(heap, edge, &mut label),
        }
        label.push(" in ", Tone::Dim);
        self.finish(heap, heap.graph().source(edge), label)
    }

    /// An edge's name, and its kind where that is not evident.
    fn push_edge(&self, heap: &Heap, edge: EdgeId, label: &mut Label) {
        let kind = match heap.edge_kind(edge) {
            EdgeKind::PROPERTY | EdgeKind::ELEMENT => "",
            EdgeKind::CONTEXT => "var",
            _ => heap.edge_kind_name(edge),
        };
        label.push(self.scripts.edge_label(heap, edge), Tone::Edge);
        if !kind.is_empty() {
            label.push_minor(Spans::new().note(format!(" ({kind})")), Tone::Dim);
        }
    }
}

/// A place behind a name.
pub fn placed(place: String) -> Spans {
    Spans::new().note("  ").place(place)
}

/// A dump's file name without the endings that all dumps have.
pub fn short_name(file: &str) -> &str {
    let name = file
        .strip_suffix(".gz")
        .or_else(|| file.strip_suffix(".zst"))
        .unwrap_or(file);
    match name.strip_suffix(".heapsnapshot") {
        Some("") | None => name,
        Some(short) => short,
    }
}

/// The paths asked for, in a word.
pub fn place(paths: &[PathBuf]) -> String {
    let word = match paths {
        [] => "./".to_owned(),
        [path] => {
            let name = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy();
            if path.is_dir() {
                format!("{}/", name.trim_end_matches('/'))
            } else if !path.exists() {
                path.to_string_lossy().into_owned()
            } else {
                path.parent()
                    .and_then(|parent| parent.file_name())
                    .map_or(String::new(), |parent| {
                        format!("{}/", parent.to_string_lossy())
                    })
            }
        }
        paths => format!("{} paths", paths.len()),
    };
    one_line(&word).into_owned()
}
