//! `contexts`: what closures captured, by function; the variables of a context; variables that nothing uses.

use std::cmp::Reverse;

use serde_json::json;

use crate::analysis::closures::{captured, contexts};
use crate::analysis::columns::{Naming, OfObject, links};
use crate::analysis::describe::is_context;
use crate::analysis::groups::Group;
use crate::analysis::search::{Fuzzy, Matcher};
use crate::analysis::unused::unused;
use crate::cli::args::{Contexts, Sort};
use crate::cli::commands::listing::{choose, heading};
use crate::cli::open::{Opened, open};
use crate::cli::output::{Cell, Head, Listing};
use crate::cli::stop::Stop;
use crate::error::Error;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::scopes::scopes;
use crate::text::units::grouped;

pub(super) fn run(arguments: &Contexts) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    match arguments.unused || arguments.id.is_some() {
        true => variables(arguments, &opened),
        false => by_function(arguments, &opened),
    }
}

fn by_function(arguments: &Contexts, opened: &Opened) -> Result<(), Stop> {
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let found = contexts(heap, &selection, &opened.task)?;
    // What a context is called comes from its function, for programs too.
    let naming = Naming::for_people(heap, opened.all_scripts()?);
    let all = grouped(found.count() as u64);
    let mut rows = found.groups;
    let functions = grouped(rows.len() as u64);
    let name = |group: &Group| naming.object(group.example).plain();
    if let Some(query) = &arguments.rows.search {
        let matcher = Fuzzy::default();
        rows.retain(|group| matcher.matches(&name(group), query).is_some());
    }
    match arguments.rows.sort {
        None | Some(Sort::Retained) => {}
        Some(Sort::Count) => rows.sort_by_key(|group| Reverse(group.count)),
        Some(Sort::Shallow) => rows.sort_by_key(|group| Reverse(heap.shallow(group.example))),
        Some(Sort::Distance) => rows.sort_by_key(|group| heap.distance(group.example)),
        Some(Sort::Name) => rows.sort_by_cached_key(name),
    }
    let mut what = format!("{all} contexts of {functions} functions");
    if let Some(filter) = &filter {
        what = format!("{what} · {}", filter.text);
    }
    let listing = Listing {
        heading: heading(opened, what),
        about: json!({"dump": opened.dump, "filter": filter}),
        field: "groups",
        columns: &[
            Head::text("Context", "name")
                .of(|group: &Group, naming: &Naming<'_>| Cell::Text(naming.object(group.example))),
            Head::text("Place", "place").of(|group, naming| {
                let place = naming
                    .scripts
                    .and_then(|all| all.place(naming.heap, group.example));
                Cell::known(place, Cell::place)
            }),
            Head::number("Count", "count").of(|group, _| Cell::count(group.count)),
            Head::number("Retained size", "retained_size")
                .of(|group, _| Cell::Size(group.retained)),
            // The one that retains most.
            Head::number("Largest", "largest_id")
                .of(|group, naming| Cell::Id(naming.heap.id(group.example))),
        ],
        rows: &rows,
        context: &naming,
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}

/// A variable of a context, and whether no function uses it any more, where the dump tells.
#[derive(Clone, Copy)]
struct Variable {
    edge: EdgeId,
    target: NodeId,
    unused: Option<bool>,
}

impl OfObject for Variable {
    fn node(&self) -> NodeId {
        self.target
    }

    fn edge(&self) -> Option<EdgeId> {
        Some(self.edge)
    }
}

/// The variables of one context, or those of all that nothing uses.
fn variables(arguments: &Contexts, opened: &Opened) -> Result<(), Stop> {
    let heap = &opened.heap;
    let unused = match scopes(opened.path(), &opened.task)? {
        Some(scopes) => Some(unused(heap, &scopes, &opened.task)?),
        None => None,
    };
    let (edges, what) = match (arguments.id, &unused) {
        (Some(id), _) => {
            let node = opened.object(id)?;
            if !is_context(heap, node) {
                let error = Error::usage(format!("{} is no context", opened.titled(node)));
                return Err(error.advise("heaptui contexts lists them").into());
            }
            let edges = captured(heap, node, &opened.task)?;
            (edges, format!("variables of {}", opened.titled(node)))
        }
        (None, Some(unused)) => {
            let (selection, _) = opened.filter(&arguments.filter)?;
            let mut edges = unused.clone();
            edges.retain(|&edge| selection.contains(heap.graph().source(edge)));
            edges.sort_by_key(|&edge| Reverse(heap.retained(heap.graph().target(edge))));
            let count = grouped(edges.len() as u64);
            (edges, format!("{count} variables that no function uses"))
        }
        (None, None) => {
            let message = format!(
                "{} does not tell which variables are used",
                opened.dump.label
            );
            let error = Error::usage(message);
            return Err(error.advise("dumps of newest Chromium do").into());
        }
    };
    let variable = |edge| Variable {
        edge,
        target: heap.graph().target(edge),
        unused: unused
            .as_ref()
            .map(|unused| unused.binary_search(&edge).is_ok()),
    };
    let mut rows: Vec<Variable> = edges.into_iter().map(variable).collect();
    choose(opened, &mut rows, &arguments.rows);
    let mut columns = links("Variable", &opened.naming());
    columns.extend([
        Head::text("Unused", "unused")
            .of(|row: &Variable, _: &Naming<'_>| Cell::known(row.unused, Cell::Flag)),
        Head::number("Context", "context_id")
            .of(|row, naming| Cell::Id(naming.heap.id(naming.heap.graph().source(row.edge)))),
    ]);
    let listing = Listing {
        heading: heading(opened, what),
        about: json!({"dump": opened.dump}),
        field: "variables",
        columns: &columns,
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
