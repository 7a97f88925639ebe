//! Places in the explorer: which page of which dump.

use std::path::Path;
use std::sync::Arc;

use crate::analysis::find::What;
use crate::analysis::pattern::How;
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::profile::CallSite;

/// A dump, named by its path.
pub type DumpId = Arc<Path>;

/// What the selected row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The dump.
    pub dump: DumpId,
    /// The object; of a class the one that retains most, once that is known.
    pub node: Option<NodeId>,
    /// The class, of the object or by itself.
    pub class: Option<ClassId>,
}

/// A page, by what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PageKey {
    /// The list of dumps.
    Dumps,
    /// What grows over the dumps.
    Growth,
    /// Who is to blame for it.
    Suspects,
    /// The sampling profiles of the process against each other.
    Profiles,
    /// A sampling profile.
    Profile(DumpId),
    /// What was allocated when, and by whom, in a dump that has it recorded.
    Allocations(DumpId),
    /// A dump, the second one, compared with another.
    Compare(DumpId, DumpId),
    /// The classes of a dump.
    Summary(DumpId),
    /// An object of a dump: its fields, and who holds it.
    Object(DumpId, NodeId),
    /// What the roots of a dump refer to.
    Containment(DumpId),
    /// Who dominates whom in a dump.
    Dominators(DumpId),
    /// The dominators as an icicle, by class or owner.
    Icicle(DumpId),
    /// What a dump's bytes are spent on.
    Statistics(DumpId),
    /// Whose code keeps what.
    Owners(DumpId),
    /// The strings of a dump.
    Strings(DumpId),
    /// Closures' contexts and the native contexts of a dump.
    Contexts(DumpId),
    /// Why an object is alive, in words.
    Why(DumpId, NodeId),
    /// All that is known of an object.
    Inspect(DumpId, NodeId),
    /// The functions that allocate objects such as this one, or those of this class.
    Makers(DumpId, Option<NodeId>, Option<ClassId>),
    /// What a function of a profile is in a dump.
    OfFunction(DumpId, Arc<CallSite>),
    /// How the objects of a class hang at the roots, merged.
    Paths(DumpId, ClassId),
    /// What would be freed if these objects went.
    Freed(DumpId, Arc<[NodeId]>),
    /// What a question about a dump finds, as it was typed.
    Answer(DumpId, Arc<str>),
    /// What a search of a dump found.
    Hits(DumpId, Query),
}

/// A search through the objects of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// In what.
    pub what: What,
    /// How.
    pub how: How,
    /// For what.
    pub text: Arc<str>,
}

impl PageKey {
    /// The dumps that the page is of.
    pub fn dumps(&self) -> Vec<&DumpId> {
        match self {
            // Profiles are no heaps: their pages read them.
            Self::Dumps | Self::Growth | Self::Suspects | Self::Profiles | Self::Profile(_) => {
                Vec::new()
            }
            Self::Compare(from, to) => vec![from, to],
            Self::Summary(dump)
            | Self::Object(dump, _)
            | Self::Containment(dump)
            | Self::Dominators(dump)
            | Self::Icicle(dump)
            | Self::Statistics(dump)
            | Self::Owners(dump)
            | Self::Strings(dump)
            | Self::Contexts(dump)
            | Self::Allocations(dump)
            | Self::Why(dump, _)
            | Self::Inspect(dump, _)
            | Self::Makers(dump, ..)
            | Self::OfFunction(dump, _)
            | Self::Paths(dump, _)
            | Self::Freed(dump, _)
            | Self::Answer(dump, _)
            | Self::Hits(dump, _) => vec![dump],
        }
    }

    /// What the page is, in a word, for the name of a file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Dumps => "dumps",
            Self::Growth => "growth",
            Self::Suspects => "suspects",
            Self::Profiles => "profiles",
            Self::Profile(_) => "profile",
            Self::Compare(..) => "diff",
            Self::Summary(_) => "classes",
            Self::Object(..) => "object",
            Self::Containment(_) => "containment",
            Self::Dominators(_) => "dominators",
            Self::Statistics(_) => "statistics",
            Self::Owners(_) => "owners",
            Self::Icicle(_) => "icicle",
            Self::Strings(_) => "strings",
            Self::Contexts(_) => "closures",
            Self::Allocations(_) => "allocations",
            Self::Why(..) => "why",
            Self::Inspect(..) => "fields",
            Self::Makers(..) => "allocated-by",
            Self::OfFunction(..) => "function",
            Self::Paths(..) => "paths",
            Self::Freed(..) => "what-if",
            Self::Answer(..) => "answer",
            Self::Hits(..) => "found",
        }
    }

    /// Whether the page is about all dumps of a process.
    pub fn is_of_series(&self) -> bool {
        matches!(self, Self::Dumps | Self::Growth | Self::Suspects)
    }

    /// Whether the page is about one object or class: there can be as many of these.
    pub fn is_of_an_object(&self) -> bool {
        matches!(
            self,
            Self::Object(..)
                | Self::Why(..)
                | Self::Inspect(..)
                | Self::Makers(..)
                | Self::OfFunction(..)
                | Self::Paths(..)
                | Self::Freed(..)
                | Self::Answer(..)
                | Self::Profile(_)
        )
    }

    /// The dump that the page is about; of two the later.
    pub fn dump(&self) -> Option<&DumpId> {
        self.dumps().pop()
    }
}

/// A tree of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What there is.
    Main,
    /// Who holds it.
    Holders,
}
