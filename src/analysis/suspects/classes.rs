//! Classes that mean the same in every dump of the series, and how much each says about the program.

use std::collections::HashMap;

use crate::analysis::describe::{Scripts, is_built_in, is_runtime_script};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, Classing, Heap, Place};
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::place::package;

/// How much a class says about the program; what says most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Tier {
    /// A constructor of the application's own.
    Application,
    /// A constructor of a package that it uses.
    Package,
    /// A node of a page.
    Dom,
    /// A constructor of the runtime's.
    Runtime,
    /// Plain objects that are told apart by their properties.
    Plain,
    /// Plain objects, arrays, collections, functions.
    Generic,
    /// Variables of functions.
    Context,
    /// Strings, numbers, symbols.
    Text,
    /// The engine's own.
    Engine,
}

/// The number of a class over all dumps of a search: what has one name and one place is one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ClassNo(u32);

impl ClassNo {
    /// The class of this place in a table of classes.
    pub fn at(place: usize) -> Self {
        Self(place as u32)
    }

    /// As an index into a table of classes.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The classes of all dumps, numbered once.
#[derive(Debug, Default)]
pub(super) struct Classes {
    all: Vec<(Class, Tier)>,
    numbers: HashMap<(String, Option<Place>), ClassNo>,
}

/// The numbers of one dump's classes.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    of_class: Vec<ClassNo>,
    classing: Option<Classing>,
}

impl Numbers {
    /// The number of a node's class.
    #[inline]
    pub fn of(&self, heap: &Heap, node: NodeId) -> ClassNo {
        let class = match &self.classing {
            Some(classing) => classing.class_id(node),
            None => heap.class_id(node),
        };
        self.of_class[class.0 as usize]
    }
}

impl Classes {
    /// Numbers the classes of a dump; `classing` is by the last dump's interfaces, nothing for the last dump itself.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn learn(
        &mut self,
        heap: &Heap,
        scripts: &Scripts,
        classing: Option<Classing>,
        task: &Task,
    ) -> Result<Numbers> {
        let classes = match &classing {
            Some(classing) => classing.classes(),
            None => heap.classes(),
        };
        let mut of_class: Vec<Option<ClassNo>> = vec![None; classes.len()];
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let class = match &classing {
                Some(classing) => classing.class_id(node),
                None => heap.class_id(node),
            };
            let number = &mut of_class[class.0 as usize];
            if number.is_none() {
                let class = &classes[class.0 as usize];
                *number = Some(self.number(class, || tier(heap, scripts, class, node)));
            }
        }
        // A class without objects is never asked for.
        let numbered = |number: Option<ClassNo>| number.unwrap_or(ClassNo(u32::MAX));
        Ok(Numbers {
            of_class: of_class.into_iter().map(numbered).collect(),
            classing,
        })
    }

    /// The number of a class; a new one gets the next.
    fn number(&mut self, class: &Class, tier: impl FnOnce() -> Tier) -> ClassNo {
        let next = ClassNo::at(self.all.len());
        let key = (class.name.clone(), class.place);
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.all.push((class.clone(), tier()));
        }
        number
    }

    /// Classes of these tiers, without names.
    #[cfg(test)]
    pub fn of_tiers(tiers: &[Tier]) -> Self {
        let class = || Class {
            name: String::new(),
            place: None,
        };
        Self {
            all: tiers.iter().map(|&tier| (class(), tier)).collect(),
            numbers: HashMap::new(),
        }
    }

    /// A class.
    pub fn get(&self, class: ClassNo) -> &Class {
        &self.all[class.index()].0
    }

    /// A class's name.
    pub fn name(&self, class: ClassNo) -> &str {
        &self.all[class.index()].0.name
    }

    /// What a class says.
    pub fn tier(&self, class: ClassNo) -> Tier {
        self.all[class.index()].1
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

fn tier(heap: &Heap, scripts: &Scripts, class: &Class, node: NodeId) -> Tier {
    let name = class.name.as_str();
    match heap.kind(node) {
        NodeKind::OBJECT if name.starts_with("system / Context") => Tier::Context,
        NodeKind::OBJECT if name.starts_with("system / ") => Tier::Engine,
        NodeKind::OBJECT if name.starts_with('{') => Tier::Plain,
        NodeKind::OBJECT if is_built_in(name) => Tier::Generic,
        NodeKind::OBJECT => match class.place {
            Some(place) => match scripts.name(place.script_id) {
                Some(script) if is_runtime_script(script) => Tier::Runtime,
                Some(script) if package(script).is_some() => Tier::Package,
                _ => Tier::Application,
            },
            None if heap.locations.is_empty() => Tier::Application,
            None => Tier::Runtime,
        },
        NodeKind::NATIVE if is_page_node(name) => Tier::Dom,
        NodeKind::NATIVE => Tier::Runtime,
        NodeKind::CLOSURE | NodeKind::REGEXP | NodeKind::WASM_OBJECT => Tier::Generic,
        NodeKind::NUMBER | NodeKind::SYMBOL | NodeKind::BIGINT => Tier::Text,
        kind if kind.is_string() => Tier::Text,
        _ => Tier::Engine,
    }
}

fn is_page_node(name: &str) -> bool {
    let name = name.strip_prefix("Detached ").unwrap_or(name);
    name.starts_with("HTML")
        || name.starts_with("SVG")
        || name.starts_with('<')
        || matches!(
            name,
            "Text" | "Comment" | "Element" | "DocumentFragment" | "ShadowRoot" | "Attr"
        )
}
