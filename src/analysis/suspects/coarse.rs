//! Suspects where objects cannot be followed by their ids: of one dump, or of several processes.

use std::sync::Arc;

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::heap::Heap;
use crate::task::Task;

use super::birth::ById;
use super::candidate::Candidate;
use super::classes::{Classes, Numbers};
use super::judge::Course;
use super::measure::{Dump, Role};
use super::paths;
use super::single;
use super::suspect::{Clock, MOST, SHOWN, Suspect};
use super::tell::Teller;
use super::tops::Tops;
use super::view::View;

/// What the last dump's words come from.
type Words<'a> = (&'a Scripts, &'a mut Classes, &'a Numbers);

/// The largest accumulations of one dump.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn one(
    view: &View<'_>,
    (scripts, classes, numbers): Words<'_>,
    task: &Task,
) -> Result<Vec<Suspect>> {
    let heap = view.heap;
    let ids = ById::new(heap);
    let births = vec![1; heap.node_count()];
    let tops = Tops::default();
    let teller = Teller {
        view,
        scripts,
        classes,
        births: &births,
        dumps: 1,
        tops: &tops,
    };
    let dump = Dump {
        view,
        numbers,
        ids: &ids,
        last: heap,
    };
    let mut suspects = Vec::new();
    for (holder, verdict) in single::accumulations(view, numbers, task)?
        .into_iter()
        .take(MOST)
    {
        let mut candidate = Candidate::of_holder(heap, holder);
        let plan = &candidate.plan;
        dump.read(
            plan,
            Role::Last,
            &mut candidate.readings,
            &mut candidate.sample,
            task,
        )?;
        suspects.push(teller.tell(&candidate, &verdict, &Clock(&[]), task)?);
    }
    Ok(suspects)
}

/// Paths whose shapes become more from dump to dump. `load` gives the heaps of all but the last of `count` dumps.
///
/// # Errors
/// Those of `load`; cancellation.
pub(super) fn several(
    last: &View<'_>,
    (scripts, classes, numbers): Words<'_>,
    count: usize,
    mut load: impl FnMut(usize) -> Result<Arc<Heap>>,
    clock: &Clock<'_>,
    task: &Task,
) -> Result<Vec<Suspect>> {
    let mut dumps = Vec::with_capacity(count);
    let mut course = Course::default();
    for at in 0..count - 1 {
        let heap = load(at)?;
        let view = View::new(&heap, task)?;
        dumps.push(paths::rows(&view, task)?);
        course.counted.push(view.counted_bytes());
    }
    dumps.push(paths::rows(last, task)?);
    course.counted.push(last.counted_bytes());

    let heap = last.heap;
    let ids = ById::new(heap);
    let births = vec![1; heap.node_count()];
    let tops = Tops::default();
    let mut found = paths::growing(&dumps, &course, |node| numbers.of(heap, node));
    found.retain(|(_, _, verdict)| verdict.confidence >= SHOWN);
    found.sort_by(|a, b| {
        let weight = |verdict: &super::judge::Verdict| {
            verdict.confidence * verdict.bytes.last().copied().unwrap_or(0) as f64
        };
        weight(&b.2).total_cmp(&weight(&a.2)).then(a.0.cmp(&b.0))
    });
    let teller = Teller {
        view: last,
        scripts,
        classes,
        births: &births,
        dumps: count as u8,
        tops: &tops,
    };
    let dump = Dump {
        view: last,
        numbers,
        ids: &ids,
        last: heap,
    };
    let mut suspects = Vec::new();
    for (holder, example, verdict) in found.into_iter().take(MOST) {
        let mut candidate = Candidate::of_holder(heap, holder);
        let plan = &candidate.plan;
        dump.read(
            plan,
            Role::Last,
            &mut candidate.readings,
            &mut candidate.sample,
            task,
        )?;
        if let Some(pile) = verdict.piles.first() {
            candidate.readings.examples.insert(pile.class, example);
        }
        suspects.push(teller.tell(&candidate, &verdict, clock, task)?);
    }
    Ok(suspects)
}
