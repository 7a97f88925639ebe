//! The classes that a heap's objects would have by another heap's interfaces.
//!
//! Interfaces are inferred from each dump on its own, so that the same plain objects can fall under one definition in
//! one dump and under another, or none, in the next. A comparison classes both by the definitions of one of them.

use std::collections::HashMap;

use crate::column::Numbers;
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::StrId;
use crate::task::{CHECK_EVERY, Task};

use super::interfaces::Interface;
use super::{Class, ClassId, Heap, classes};

/// An interface in texts, which mean the same in every heap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The class name: `{a, b}`.
    pub name: String,
    /// The properties; one that comes twice is wanted twice.
    pub properties: Vec<String>,
}

/// Classes for the nodes of a heap that are not, or not all, the heap's own.
#[derive(Debug, Clone, Default)]
pub struct Classing {
    class: Numbers,
    classes: Vec<Class>,
}

impl Classing {
    /// The class of a node.
    #[inline]
    pub fn class_id(&self, node: NodeId) -> ClassId {
        ClassId(self.class.get(node.index()))
    }

    /// All classes, by [`ClassId`].
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }
}

impl Heap {
    /// The definitions that plain objects of this heap are classed by, most frequent first, to class another heap by.
    pub fn definitions(&self) -> Vec<Definition> {
        let text = |&name: &StrId| self.strings.get(name).into_owned();
        self.interfaces
            .iter()
            .map(|interface| Definition {
                name: interface.name.clone(),
                properties: interface.properties.iter().map(text).collect(),
            })
            .collect()
    }

    /// Whether [`Heap::classed_by`] these definitions would change nothing.
    pub fn has_definitions(&self, definitions: &[Definition]) -> bool {
        let same = |(own, other): (&Interface, &Definition)| {
            own.properties.len() == other.properties.len()
                && own
                    .properties
                    .iter()
                    .zip(&other.properties)
                    .all(|(&name, text)| self.strings.equals(name, text))
        };
        self.interfaces.len() == definitions.len()
            && self.interfaces.iter().zip(definitions).all(same)
    }

    /// The classes of all nodes when plain objects go by these definitions instead of the heap's own.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn classed_by(&self, definitions: &[Definition], task: &Task) -> Result<Classing> {
        let mut strings: HashMap<&str, Option<StrId>> = definitions
            .iter()
            .flat_map(|definition| &definition.properties)
            .map(|property| (property.as_str(), None))
            .collect();
        for index in 0..self.strings.len() {
            if index.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let string = StrId(index as u32);
            if let Some(found) = strings.get_mut(&*self.strings.get(string)) {
                found.get_or_insert(string);
            }
        }
        // What wants a property that no object here can have matches none, and is left out.
        let interfaces: Vec<Interface> = definitions
            .iter()
            .filter_map(|definition| {
                let string = |property: &String| strings.get(property.as_str()).copied().flatten();
                let properties: Option<Vec<StrId>> =
                    definition.properties.iter().map(string).collect();
                Some(Interface {
                    name: definition.name.clone(),
                    properties: properties?,
                })
            })
            .collect();
        let (class, classes) = classes::classify(self, &interfaces, None, task)?;
        Ok(Classing { class, classes })
    }
}
