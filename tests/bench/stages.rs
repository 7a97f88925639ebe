//! `cargo bench`: each stage from a file to class rows, with bytes per second and the peak of allocated memory.
//!
//! Runs on a made-up dump of about 95 MB, or on every dump in the folder that `HEAPTUI_BENCH_DUMPS` names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made_up;

use std::path::PathBuf;
use std::sync::OnceLock;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use heaptui::analysis::describe::Scripts;
use heaptui::analysis::filter::{Filter, select};
use heaptui::analysis::objects::instances;
use heaptui::analysis::owners::{By, owned};
use heaptui::analysis::summary::{SortKey, summary};
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The dumps to measure on, as names that a report can show.
fn dumps() -> &'static [Dump] {
    static DUMPS: OnceLock<Vec<Dump>> = OnceLock::new();
    DUMPS.get_or_init(|| match std::env::var_os("HEAPTUI_BENCH_DUMPS") {
        Some(folder) => {
            let entries = std::fs::read_dir(folder).expect("the folder of HEAPTUI_BENCH_DUMPS");
            let paths = entries.map(|entry| entry.unwrap().path());
            let mut dumps: Vec<_> = paths
                .filter(|path| {
                    path.extension()
                        .is_some_and(|ending| ending == "heapsnapshot")
                })
                .map(Dump)
                .collect();
            dumps.sort_by(|a, b| a.0.cmp(&b.0));
            dumps
        }
        None => vec![Dump(made_up::dump(700_000))],
    })
}

#[derive(Clone)]
struct Dump(PathBuf);

impl std::fmt::Display for Dump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.file_stem().unwrap_or_default().to_string_lossy())
    }
}

impl Dump {
    fn bytes(&self) -> BytesCount {
        BytesCount::new(self.0.metadata().unwrap().len())
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::open(&self.0, &Task::new()).unwrap()
    }

    fn heap(&self) -> Heap {
        Heap::build(self.snapshot(), &Task::new()).unwrap()
    }
}

/// File → columns.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>, dump: &Dump) {
    bencher
        .counter(dump.bytes())
        .bench_local(|| dump.snapshot());
}

/// Columns → everything that DevTools computes.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn build(bencher: Bencher<'_, '_>, dump: &Dump) {
    bencher
        .counter(dump.bytes())
        .with_inputs(|| dump.snapshot())
        .bench_local_values(|snapshot| Heap::build(snapshot, &Task::new()).unwrap());
}

/// A heap → its class rows, in order.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn classes(bencher: Bencher<'_, '_>, dump: &Dump) {
    let (heap, task) = (dump.heap(), Task::new());
    let all = select(&heap, &Filter::All, &task).unwrap();
    bencher
        .counter(dump.bytes())
        .bench_local(|| summary(&heap, &all, &task).unwrap());
}

/// The largest class unfolded: all its instances, in order.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn unfold(bencher: Bencher<'_, '_>, dump: &Dump) {
    let (heap, task) = (dump.heap(), Task::new());
    let all = select(&heap, &Filter::All, &task).unwrap();
    let rows = summary(&heap, &all, &task).unwrap();
    let largest = rows.iter().max_by_key(|row| row.count).unwrap().class;
    bencher
        .bench_local(|| instances(&heap, largest, &all, SortKey::Retained, false, &task).unwrap());
}

/// A heap → whose code keeps what.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn owners(bencher: Bencher<'_, '_>, dump: &Dump) {
    let (heap, task) = (dump.heap(), Task::new());
    let scripts = Scripts::build(&heap, &task).unwrap();
    bencher
        .counter(dump.bytes())
        .bench_local(|| owned(&heap, &scripts, By::Package, &mut |_, _, _| None, &task).unwrap());
}

/// What a user sees first: file → counts and own sizes by constructor, before anything else is known.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn first_rows(bencher: Bencher<'_, '_>, dump: &Dump) {
    bencher.counter(dump.bytes()).bench_local(|| {
        let task = Task::new();
        let mut rows = 0;
        let stopped = Heap::open_staged(&dump.0, &task, |early| {
            rows = early.rows.len();
            task.cancel();
        });
        assert!(rows > 0 && stopped.is_err_and(|error| error.is_cancelled()));
    });
}

/// All of it: file → retained size by constructor.
#[divan::bench(args = dumps(), sample_count = 5, sample_size = 1)]
fn whole(bencher: Bencher<'_, '_>, dump: &Dump) {
    bencher.counter(dump.bytes()).bench_local(|| {
        let (heap, task) = (dump.heap(), Task::new());
        let all = select(&heap, &Filter::All, &task).unwrap();
        summary(&heap, &all, &task).unwrap()
    });
}
