//! The watcher with real files and real events. Nothing here depends on how fast it is.

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::series::State;

const WHOLE: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context"],"string_or_number","node"]},"node_count":0,"edge_count":0},"nodes":[],"edges":[],"strings":[]}"#;

/// Waits until an update satisfies the test.
fn until(watcher: &Watcher, what: &str, test: impl Fn(&Update) -> bool) -> Update {
    let end = Instant::now() + Duration::from_secs(10);
    let mut last = None;
    while let Some(update) = watcher.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if test(&update) {
            return update;
        }
        last = Some(update);
    }
    panic!("never {what}; last {last:?}");
}

fn state_of(update: &Update, name: &str) -> Option<State> {
    let dump = update.series.dumps.iter().find(|dump| dump.name == name)?;
    Some(dump.state)
}

fn watch(folder: &Path, options: &Options) -> Watcher {
    let watcher = Watcher::start(&[folder.to_owned()], options).unwrap();
    until(&watcher, "the first update", |_| true);
    watcher
}

fn follow_a_writer(options: &Options) {
    let folder = tempfile::tempdir().unwrap();
    let watcher = watch(folder.path(), options);
    let name = "a.heapsnapshot";
    let mut file = File::create(folder.path().join(name)).unwrap();
    until(&watcher, "empty", |update| {
        state_of(update, name) == Some(State::Empty)
    });
    let (start, end) = WHOLE.split_at(150);
    file.write_all(start.as_bytes()).unwrap();
    until(&watcher, "writing", |update| {
        state_of(update, name) == Some(State::Writing)
    });
    file.write_all(end.as_bytes()).unwrap();
    drop(file);
    let update = until(&watcher, "complete", |update| {
        state_of(update, name) == Some(State::Complete)
    });
    assert_eq!(update.series.last().unwrap().label.as_deref(), Some("s1"));
}

#[test]
fn follows_a_writer_by_events() {
    follow_a_writer(&Options::default());
}

#[test]
fn follows_a_writer_by_looking() {
    follow_a_writer(&Options {
        poll: Some(Duration::from_millis(100)),
        ..Options::default()
    });
}

#[test]
fn moved_into_place_replaced_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir_in(folder.path()).unwrap();
    let watcher = watch(folder.path(), &Options::default());
    let name = "a.heapsnapshot";
    let (from, to) = (elsewhere.path().join("x"), folder.path().join(name));
    fs::write(&from, WHOLE).unwrap();
    fs::rename(&from, &to).unwrap();
    until(&watcher, "complete", |update| {
        state_of(update, name) == Some(State::Complete)
    });
    fs::write(&from, format!("{WHOLE}\n")).unwrap();
    fs::rename(&from, &to).unwrap();
    until(&watcher, "replaced", |update| {
        update
            .changes
            .iter()
            .any(|change| matches!(change, Change::Replaced(_)))
    });
    until(&watcher, "complete again", |update| {
        state_of(update, name) == Some(State::Complete)
    });
    fs::remove_file(&to).unwrap();
    until(&watcher, "deleted", |update| update.series.dumps.is_empty());
}

#[test]
fn folders_within_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let recursive = Options {
        recursive: true,
        ..Options::default()
    };
    let watcher = watch(folder.path(), &recursive);
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("a.heapsnapshot"), WHOLE).unwrap();
    until(&watcher, "found", |update| {
        update.series.usable().count() == 1
    });
    let flat = Watcher::start(&[folder.path().to_owned()], &Options::default()).unwrap();
    let update = until(&flat, "the first update", |_| true);
    assert!(update.series.dumps.is_empty());
}

#[test]
fn a_single_file_and_what_is_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.heapsnapshot");
    fs::write(&path, WHOLE).unwrap();
    let watcher = Watcher::start(std::slice::from_ref(&path), &Options::default()).unwrap();
    fs::write(folder.path().join("b.heapsnapshot"), WHOLE).unwrap();
    let update = until(&watcher, "complete", |update| {
        update.series.usable().count() == 1
    });
    assert_eq!(update.series.dumps.len(), 1);
    fs::remove_file(&path).unwrap();
    until(&watcher, "gone", |update| {
        update.series.usable().count() == 0
    });
}

#[test]
fn ends_when_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let wake = move || {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let paths = [folder.path().to_owned()];
    let watcher = Watcher::start_with(&paths, &Options::default(), wake).unwrap();
    until(&watcher, "the first update", |_| true);
    watcher.look();
    drop(watcher);
    // The thread owns the closure, and the closure the counter.
    let end = Instant::now() + Duration::from_secs(10);
    while Arc::strong_count(&woken) > 1 {
        assert!(Instant::now() < end, "the thread goes on");
        thread::sleep(Duration::from_millis(10));
    }
    assert!(woken.load(Ordering::Relaxed) > 0);
}
