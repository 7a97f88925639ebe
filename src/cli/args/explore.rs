//! Commands for what the explorer's pages show of one dump: contexts, realms, containment, dominated, why; what would be
//! freed; collections.

use clap::{Args, ValueEnum};

use super::common::{DumpArgs, FilterArgs, Id, Limit, Rows};
use super::values::{FromName, name, parse_from_name, parse_id};
use crate::analysis::collections::CollectionKind;

#[derive(Debug, Args)]
pub(in crate::cli) struct Contexts {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// The variables of this context, instead of the contexts of each function
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    pub id: Option<u32>,
    /// The variables that no function uses any more, of all contexts; only newest Chromium records what functions use
    #[arg(long, conflicts_with = "id")]
    pub unused: bool,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Realms {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub limit: Limit,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Containment {
    #[command(flatten)]
    pub dump: DumpArgs,
    /// An object's id; the root if not given
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    pub id: Option<u32>,
    #[command(flatten)]
    pub rows: Rows,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Why {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub id: Id,
    #[command(flatten)]
    pub limit: Limit,
}

/// Tells what would be freed if objects went, or references were cut: all of them at once.
///
/// The set of objects can be any: by id, a class, what a filter lets through, or all of these. Exact: what the roots do
/// not reach any more is what is freed.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhatIf {
    #[command(flatten)]
    pub dump: DumpArgs,
    /// These objects go, such as 1234,1236; may be given several times
    #[arg(long, value_name = "ID", value_parser = parse_id, value_delimiter = ',')]
    pub id: Vec<u32>,
    /// All objects of exactly this class go; with a filter, those of them that it lets through
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// This reference is cut, such as 1234:cache: a property, variable, element or key of a Map; 1234:* cuts all of an
    /// object; may be given several times
    #[arg(long, value_name = "ID:NAME", value_parser = parse_from_name)]
    pub edge: Vec<FromName>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub limit: Limit,
}

/// Lists Maps, Sets, arrays and objects used as dictionaries: entries, room for more, and what the empty room costs.
///
/// Small integers are not in a dump. Of a collection that holds them, there are more entries than are listed, and less is
/// wasted; where no entry is seen at all, neither is told.
#[derive(Debug, Args)]
pub(in crate::cli) struct Collections {
    #[command(flatten)]
    pub dump: DumpArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Only collections of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindOfCollection>,
    /// Tell how many entries each has more than in this dump
    #[arg(long, value_name = "sA|FILE", value_parser = name())]
    pub since: Option<String>,
    /// What is listed first
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t)]
    pub sort: CollectionSort,
    #[command(flatten)]
    pub limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KindOfCollection {
    Map,
    Set,
    /// Sparse ones too
    Array,
    /// Objects with many properties, or many deleted ones
    Dictionary,
}

impl KindOfCollection {
    /// Whether a collection is of this kind.
    pub(in crate::cli) fn is(self, kind: CollectionKind) -> bool {
        match self {
            Self::Map => kind == CollectionKind::Map,
            Self::Set => kind == CollectionKind::Set,
            Self::Array => matches!(kind, CollectionKind::Array | CollectionKind::SparseArray),
            Self::Dictionary => kind == CollectionKind::Dictionary,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum CollectionSort {
    /// Most bytes of empty slots first
    #[default]
    Waste,
    /// Most entries first
    Entries,
    /// Most entries more than in the dump of --since first
    Growth,
    /// Largest retained size first
    Retained,
}
