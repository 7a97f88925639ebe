//! Labels: whose code a closure, context, module or script is.

use std::collections::HashMap;

use crate::analysis::describe::{Scripts, is_context, is_global, script_name};
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::heap::contexts::is_native_context;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;
use crate::text::place::package;

use super::sets::{NOBODY, Sets};

/// Code that is in no package.
pub const OWN: &str = "(own code)";
/// The engine's shared parts: native contexts, global objects, built-in functions.
pub const REALM: &str = "(realm)";
/// Code of a script without a name, such as that of `eval`.
const NAMELESS: &str = "(script without a name)";
/// Node's own modules.
const NODE: &str = "node:";

/// The source that the code at a place of a script (URL; line and column from 0) was made of, where that is known.
pub type Original<'a> = &'a mut dyn FnMut(&str, u32, u32) -> Option<String>;

/// What code is told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Packages below `node_modules`, Node's modules, own code.
    #[default]
    Package,
    /// Scripts, or what they were made of.
    Script,
    /// Folders of these.
    Folder,
}

/// Whose a script is; `path` is its path or URL, or that of what it was made of.
pub fn owner_of(path: &str, by: By) -> String {
    if path.starts_with(NODE) {
        return match by {
            By::Package => NODE.to_owned(),
            By::Script => path.to_owned(),
            By::Folder => path
                .rsplit_once('/')
                .map_or(NODE, |(folder, _)| folder)
                .to_owned(),
        };
    }
    if path.is_empty() && by != By::Package {
        return NAMELESS.to_owned();
    }
    match by {
        By::Package => package(path).unwrap_or(OWN).to_owned(),
        By::Script => path.to_owned(),
        By::Folder => match path.rsplit_once(['/', '\\']) {
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
            None => ".".to_owned(),
        },
    }
}

/// The sets of labelled nodes; the empty one for all others.
#[derive(Debug)]
pub(super) struct Labels {
    /// By node.
    pub set: Vec<u32>,
}

impl Labels {
    /// Labels what has code of its own. Linear in the edges of what is looked at.
    pub fn find(
        heap: &Heap,
        scripts: &Scripts,
        by: By,
        original: Original<'_>,
        sets: &mut Sets,
        task: &Task,
    ) -> Result<Self> {
        let graph = heap.graph();
        task.stage("labelling code with its owners", graph.node_count() as u64);
        let realm = sets.single(REALM);
        let mut finder = Finder {
            heap,
            scripts,
            by,
            original,
            sets,
            realm,
            known: HashMap::new(),
            functions: HashMap::new(),
        };
        let mut labels = Self {
            set: vec![NOBODY; graph.node_count()],
        };
        // Functions may be labelled by closures, whose places are known.
        for node in graph.nodes() {
            task.reached(node.index())?;
            if heap.kind(node) == NodeKind::CLOSURE {
                labels.set[node.index()] = finder.closure(node);
            }
        }
        for node in graph.nodes() {
            task.reached(node.index())?;
            let set = match heap.kind(node) {
                NodeKind::CODE => finder.code(node),
                NodeKind::OBJECT if is_native_context(heap, node) || is_global(heap, node) => realm,
                NodeKind::OBJECT if is_context(heap, node) => finder.context(node),
                NodeKind::OBJECT => finder.module(node),
                NodeKind::HIDDEN | NodeKind::ARRAY if is_native_context(heap, node) => realm,
                _ => continue,
            };
            labels.set[node.index()] = set;
        }
        Ok(labels)
    }
}

struct Finder<'a> {
    heap: &'a Heap,
    scripts: &'a Scripts,
    by: By,
    original: Original<'a>,
    sets: &'a mut Sets,
    realm: u32,
    /// Sets of scripts by name.
    known: HashMap<String, u32>,
    /// Sets of functions by their shared part.
    functions: HashMap<NodeId, u32>,
}

impl Finder<'_> {
    fn closure(&mut self, node: NodeId) -> u32 {
        // Bound functions have none, and belong to whoever holds them.
        let Some(function) = internal(self.heap, node, "shared") else {
            return NOBODY;
        };
        if let Some(&known) = self.functions.get(&function) {
            return known;
        }
        let set = self.function(node, function);
        self.functions.insert(function, set);
        set
    }

    fn function(&mut self, closure: NodeId, function: NodeId) -> u32 {
        let place = self.heap.place(closure);
        let name = place
            .and_then(|place| self.scripts.name(place.script_id))
            .map(str::to_owned);
        let Some(name) = name.or_else(|| script_name(self.heap, function)) else {
            return match place {
                Some(_) => self.sets.single(&owner_of("", self.by)),
                None => self.realm,
            };
        };
        // What a package was made of says nothing of the package.
        let is_own = package(&name).is_none() && !name.starts_with(NODE);
        let place = place.filter(|_| is_own);
        let original = place.and_then(|place| (self.original)(&name, place.line, place.column));
        match original {
            Some(source) => self.sets.single(&owner_of(&source, self.by)),
            None => self.script(&name),
        }
    }

    fn script(&mut self, name: &str) -> u32 {
        if let Some(&known) = self.known.get(name) {
            return known;
        }
        let set = self.sets.single(&owner_of(name, self.by));
        self.known.insert(name.to_owned(), set);
        set
    }

    /// A function's shared part, or a script.
    fn code(&mut self, node: NodeId) -> u32 {
        if let Some(&known) = self.functions.get(&node) {
            return known;
        }
        match script_name(self.heap, node) {
            Some(name) => self.script(&name),
            None => NOBODY,
        }
    }

    fn context(&mut self, node: NodeId) -> u32 {
        let function = self.scripts.function_of_context(self.heap, node);
        function.map_or(NOBODY, |function| self.code(function))
    }

    /// A CommonJS module: an object of the class `Module` that says what file it is.
    fn module(&mut self, node: NodeId) -> u32 {
        let heap = self.heap;
        if heap.class_name(node) != "Module" {
            return NOBODY;
        }
        let mut edges = heap.graph().edges_from(node);
        let file = edges.find(|&edge| {
            let name = heap.edge_name_id(edge);
            heap.edge_kind(edge) == EdgeKind::PROPERTY
                && name.is_some_and(|name| heap.strings().equals(name, "filename"))
        });
        let file = file
            .map(|edge| heap.graph().target(edge))
            .filter(|&file| heap.kind(file).is_string());
        file.map_or(NOBODY, |file| self.script(&heap.display_name(file)))
    }
}
