//! Tools over the objects of one dump.

use serde_json::{Value, json};

use crate::analysis::columns::links;
use crate::analysis::describe::edge_label;
use crate::analysis::fields::fields;
use crate::analysis::paths::{Step, merged, path_from_root};
use crate::analysis::retainers::Ways;
use crate::analysis::selection::Selection;
use crate::analysis::strings::{groups, text};
use crate::analysis::what_if::{Cut, what_if};
use crate::analysis::why::why as why_alive;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::{ClassId, shown_distance};
use crate::query::{Asked, Query, Rows, Shown, columns};
use crate::report::Written;
use crate::table::Records;
use crate::task::Task;
use crate::text::code::{Role, shown};
use crate::text::mask::{Reveal, value};

use super::answer::Answer;
use super::arguments::Arguments;
use super::dumps::{Dumps, Looked};
use super::series::path_words;

/// Retainers that an object is told with.
const RETAINERS: usize = 5;
/// Other holders that are told.
const HOLDERS: usize = 5;

/// An object in a few words.
fn of_object(looked: &Looked, node: NodeId, reveal: Reveal) -> Value {
    let heap = &looked.heap;
    let mut value = json!({
        "id": heap.id(node),
        "name": looked.scripts.label(heap, node).shown(reveal),
        "class": shown(heap.class_name(node), Role::Class, reveal),
        "type": heap.kind_name(node),
        "shallow_size": heap.shallow(node),
        "retained_size": heap.retained(node),
        "distance": shown_distance(heap.distance(node)),
    });
    let originals = looked.scripts.originals();
    if let Some(original) = originals.and_then(|all| all.of(heap, node)) {
        value["original"] = json!(Written::of(original, reveal));
    }
    value
}

pub(super) fn query(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let question = arguments.text("question").unwrap_or_default();
    let query = Query::parse(question).map_err(|problem| {
        Error::usage(format!("the question, {problem}"))
            .advise("such as: Session retained>10kB new(s1,s2) | group holder | top 20")
    })?;
    let looked = dumps.look(arguments.text("at"), task)?;
    let reveal = dumps.served.reveal;
    let heap = std::sync::Arc::clone(&looked.heap);
    let scripts = std::sync::Arc::clone(&looked.scripts);
    let mut max_id = |named: &str| {
        let dump = dumps.find(Some(named))?;
        Ok(dumps.heap(&dump.path, task)?.max_object_id())
    };
    let mut asked = Asked {
        heap: &heap,
        scripts: &scripts,
        max_id: &mut max_id,
    };
    let answer = query.run(&mut asked, task)?;
    let shown = Shown {
        naming: looked.naming(),
        reveal,
    };
    let about = json!({
        "dump": looked.dump.title(),
        "total": { "count": answer.count, "shallow_size": answer.shallow },
        "rows_before_top": answer.of,
    });
    let command = [&[question, "--at", looked.dump.title(), "--format", "json"][..]].concat();
    let made = Answer::of(about, dumps.command("query", &command));
    Ok(match &answer.rows {
        Rows::Objects(nodes) => {
            let of_objects = columns::objects(&shown);
            let records = Records::of(&of_objects, nodes, &shown);
            made.rows("objects", nodes.len(), arguments, |row| {
                records.value(row, Reveal::All)
            })
        }
        Rows::Groups(groups) => {
            let of_groups = columns::groups();
            let records = Records::of(&of_groups, groups, &shown);
            made.rows("groups", groups.len(), arguments, |row| {
                records.value(row, Reveal::All)
            })
        }
    })
}

pub(super) fn object(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let looked = dumps.look(arguments.text("at"), task)?;
    let (heap, reveal) = (&looked.heap, dumps.served.reveal);
    let node = looked.object(arguments.id("id")?)?;
    let link = |edge| Step {
        edge: Some(edge),
        node: heap.graph().target(edge),
    };
    let all: Vec<Step> = fields(heap, node, task)?.into_iter().map(link).collect();
    let held = Ways::new(heap, None).retainers(node, false, task)?;
    let retainers: Vec<Value> = held
        .iter()
        .take(RETAINERS)
        .map(|&edge| {
            json!({
                "edge": edge_label(heap, edge).shown(reveal),
                "object": of_object(&looked, heap.graph().source(edge), reveal),
            })
        })
        .collect();
    let place = looked.scripts.place(heap, node);
    let about = json!({
        "dump": looked.dump.title(),
        "object": of_object(&looked, node, reveal),
        "place": place.map(|place| shown(&place, Role::Place, reveal).into_owned()),
        "retainers": retainers,
        "retainers_in_all": held.len(),
    });
    let id = heap.id(node).to_string();
    let command = dumps.command("object", &["--id", &id, "--format", "json"]);
    let naming = looked.naming();
    let columns = links("Field", &naming);
    let records = Records::of(&columns, &all, &naming);
    let made = Answer::of(about, command);
    Ok(made.rows("fields", all.len(), arguments, |row| {
        records.value(row, reveal)
    }))
}

pub(super) fn why(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let looked = dumps.look(arguments.text("at"), task)?;
    let (heap, reveal) = (&looked.heap, dumps.served.reveal);
    let node = looked.object(arguments.id("id")?)?;
    let why = why_alive(heap, &looked.scripts, node, task)?;
    let others: Vec<Value> = why
        .others
        .iter()
        .take(HOLDERS)
        .map(|&edge| of_object(&looked, heap.graph().source(edge), reveal))
        .collect();
    let about = json!({
        "dump": looked.dump.title(),
        "object": of_object(&looked, node, reveal),
        "summary": why.summary(heap).shown(reveal),
        "cut_step": why.cut,
        "also_held_by": others,
        "also_held_by_in_all": why.others.len(),
    });
    let id = heap.id(node).to_string();
    let command = dumps.command("why", &["--id", &id, "--format", "json"]);
    let made = Answer::of(about, command);
    Ok(made.rows("steps", why.steps.len(), arguments, |row| {
        let step = why.steps.get(row)?;
        Some(json!({
            "by": step.words().shown(reveal),
            "object": looked.scripts.label(heap, step.node).shown(reveal),
            "id": heap.id(step.node),
            "on_every_path": step.only,
            "frees_bytes_if_cut": step.frees,
            "repeats": step.repeats,
        }))
    }))
}

pub(super) fn paths(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let looked = dumps.look(arguments.text("at"), task)?;
    let (heap, reveal) = (&looked.heap, dumps.served.reveal);
    let class = arguments.text("class").unwrap_or_default();
    let mut groups = Vec::new();
    let originals = looked.scripts.originals();
    for (number, found) in (0u32..).zip(heap.classes()) {
        if found.name == class || originals.is_some_and(|all| all.is_called(found, class)) {
            groups.extend(merged(heap, ClassId(number), &Selection::All, task)?);
        }
    }
    if groups.is_empty() {
        return Err(
            Error::usage("no objects of this class").advise("overview and query tell classes")
        );
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.retained, group.count)));
    let about = json!({ "dump": looked.dump.title() });
    let command = dumps.command("path", &["--class", class, "--format", "json"]);
    let made = Answer::of(about, command);
    Ok(made.rows("groups", groups.len(), arguments, |row| {
        let group = groups.get(row)?;
        let path = path_from_root(heap, group.example, task).ok()?;
        Some(json!({
            "count": group.count,
            "retained_size": group.retained,
            "example_id": heap.id(group.example),
            "path": path_words(heap, &looked.scripts, &path, reveal),
        }))
    }))
}

pub(super) fn retained_if_cut(
    dumps: &mut Dumps,
    arguments: &Arguments,
    task: &Task,
) -> Result<Answer> {
    let looked = dumps.look(arguments.text("at"), task)?;
    let (heap, reveal) = (&looked.heap, dumps.served.reveal);
    let mut cut = Cut::none(heap);
    let mut command = vec!["--format".to_owned(), "json".to_owned()];
    for id in arguments.ids("ids")? {
        cut.objects.insert(looked.object(id)?.index());
        command.extend(["--id".to_owned(), id.to_string()]);
    }
    for edge in arguments.texts("edges") {
        let (from, name) = edge.split_once(':').unwrap_or((edge, ""));
        let id = from.trim_start_matches('@').parse();
        let id = id.map_err(|_| {
            Error::usage("an edge is the id of an object, a colon and a name")
                .advise("such as 1234:_events")
        })?;
        cut.cut(heap, looked.object(id)?, name, task)?;
        command.extend(["--edge".to_owned(), edge.to_owned()]);
    }
    if cut.objects.count() + cut.edges.count() == 0 {
        return Err(Error::usage("nothing goes")
            .advise("give ids of objects, or edges such as 1234:_events"));
    }
    let freed = what_if(heap, &cut, task)?;
    let about = json!({
        "dump": looked.dump.title(),
        "frees": { "count": freed.nodes.count(), "bytes": freed.bytes },
        "note": "still_held_by has to be cut as well for all to be freed",
    });
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let made = Answer::of(about, dumps.command("what-if", &words));
    Ok(
        made.rows("still_held_by", freed.held_by.len(), arguments, |row| {
            let edge = *freed.held_by.get(row)?;
            Some(json!({
                "edge": edge_label(heap, edge).shown(reveal),
                "object": of_object(&looked, heap.graph().source(edge), reveal),
            }))
        }),
    )
}

pub(super) fn strings(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let looked = dumps.look(arguments.text("at"), task)?;
    let (heap, reveal) = (&looked.heap, dumps.served.reveal);
    let groups = groups(heap, task)?;
    let copies: u64 = groups.iter().map(|group| u64::from(group.count)).sum();
    let about = json!({
        "dump": looked.dump.title(),
        "texts": groups.len(),
        "copies": copies,
        "shallow_size": groups.iter().map(|group| group.shallow).sum::<u64>(),
    });
    let command = dumps.command("strings", &["--format", "json"]);
    let made = Answer::of(about, command);
    Ok(made.rows("groups", groups.len(), arguments, |row| {
        let group = groups.get(row)?;
        Some(json!({
            "value": value(&text(heap, group.first), None, reveal),
            "count": group.count,
            "shallow_size": group.shallow,
            "retained_size": group.retained,
            "example_id": heap.id(group.first),
        }))
    }))
}
