//! What a question says.

use std::ops::RangeInclusive;

use regex::Regex;

use crate::analysis::filter::RetainedBy;
use crate::analysis::summary::SortKey;

/// A question.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) filter: Option<Expr>,
    pub(super) steps: Vec<Step>,
}

/// A condition.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Test(Test),
}

/// A text to be matched.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Exact(String),
    Regex(Regex),
}

impl Text {
    pub fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// A test of one object.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Class(Text),
    /// The type of node, as the file calls it.
    Type(Text),
    /// What the object is called.
    Name(Text),
    /// The text of a string.
    Value(Text),
    /// It has a property of this name.
    Has(Text),
    /// An owner of it.
    Owner(Text),
    /// All its owners, in any order.
    Owners(Vec<String>),
    Shallow(RangeInclusive<u64>),
    Retained(RangeInclusive<u64>),
    /// Objects of its class.
    Count(RangeInclusive<u64>),
    Distance(RangeInclusive<u64>),
    Id(RangeInclusive<u64>),
    Detached,
    Unreachable,
    DuplicateStrings,
    /// Allocated after a dump, and up to another.
    New(String, Option<String>),
    RetainedBy(RetainedBy),
    /// Dominated by the object of this id.
    Below(u32),
    /// Dominated by an object of such a class.
    BelowClass(Text),
}

/// What objects of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKey {
    /// Their class.
    Class,
    /// Their type in the file.
    Type,
    /// The packages whose code keeps them.
    Owner,
    /// The nearest object that keeps them alive alone: their dominator, the engine's own parts passed over.
    Holder,
    /// Their class and the names of their properties.
    Shape,
    /// The class of their holder.
    Dominator,
}

/// What is done with what was found.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Group(GroupKey),
    Where(Bound, RangeInclusive<u64>),
    Sort(SortKey, bool),
    Top(usize),
}

/// A figure of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Count,
    Shallow,
    Retained,
}

/// The fields that stand before an operator, and what they are.
pub(super) const FIELDS: [(&str, &str); 11] = [
    ("class", "exact name; ~ takes a regular expression"),
    ("type", "object, closure, array, string, native, …"),
    ("name", "what the object is called"),
    ("value", "the text of a string"),
    ("owner", "package whose code keeps it"),
    ("owners", "these packages keep it and no others: \"a, b\""),
    ("shallow", "shallow size, such as >1kB or 1kB..1MB"),
    ("retained", "retained size, such as >10MB"),
    ("count", "objects of its class, such as >1000"),
    ("distance", "references from the roots"),
    ("id", "object id"),
];

/// The words that are a condition by themselves, or begin one with parentheses.
pub(super) const WORDS: [(&str, &str); 6] = [
    ("has", "has(NAME): it has a property of this name"),
    ("detached", "DOM nodes outside their document"),
    (
        "unreachable",
        "no distance from the global objects: garbage, or held by the stack or native code only",
    ),
    ("duplicate", "strings whose text occurs more than once"),
    ("new", "new(s1) or new(s1,s2): allocated after s1, up to s2"),
    (
        "retained-by",
        "retained-by(detached-dom), (contexts), (console), (event-handlers), (@ID) or (CLASS)",
    ),
];

/// The kinds of holders of `retained-by`.
pub(super) const HOLDERS: [(&str, RetainedBy); 4] = [
    ("detached-dom", RetainedBy::DetachedDom),
    ("contexts", RetainedBy::Contexts),
    ("console", RetainedBy::Console),
    ("event-handlers", RetainedBy::EventHandlers),
];

/// The steps behind `|`.
pub(super) const STEPS: [(&str, &str); 4] = [
    ("group", "by class, type, owner, holder, shape or dominator"),
    ("where", "keep rows such as count>10 or retained>1MB"),
    (
        "sort",
        "by retained, shallow, count, distance or name; asc turns it round",
    ),
    ("top", "the first rows only"),
];

pub(super) const KEYS: [(&str, GroupKey); 6] = [
    ("class", GroupKey::Class),
    ("type", GroupKey::Type),
    ("owner", GroupKey::Owner),
    ("holder", GroupKey::Holder),
    ("shape", GroupKey::Shape),
    ("dominator", GroupKey::Dominator),
];

pub(super) const BOUNDS: [(&str, Bound); 3] = [
    ("count", Bound::Count),
    ("shallow", Bound::Shallow),
    ("retained", Bound::Retained),
];
