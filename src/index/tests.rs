//! An index gives back what was computed, or nothing.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::analysis::filter::Selection;
use crate::analysis::growth::DumpSummary;
use crate::analysis::summary::summary;
use crate::heap::Heap;
use crate::snapshot::StrId;
use crate::task::Task;

/// A small dump, unpacked into a folder of its own, and an empty cache.
struct PageCtx {
    folder: TempDir,
    dump: PathBuf,
    cache: Cache,
}

fn ctx(name: &str) -> PageCtx {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/data/versions/{name}.s1.heapsnapshot.gz"));
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("a.heapsnapshot");
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(packed).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    fs::write(&dump, text).unwrap();
    let cache = Cache::at(folder.path().join("cache/heaptui"), None);
    PageCtx {
        folder,
        dump,
        cache,
    }
}

impl PageCtx {
    fn load(&self) -> Loaded {
        self.cache.load(&self.dump, &Task::new()).unwrap()
    }

    /// Loads the dump and writes its index.
    fn keep(&self) -> Heap {
        let loaded = self.load();
        let key = loaded.fresh.expect("there is no index yet");
        let kept = self.cache.keep(&self.dump, key, &loaded.heap, &Task::new());
        assert!(matches!(kept.unwrap(), Kept::Written(_)));
        loaded.heap
    }

    fn enter(&self) -> Option<Heap> {
        self.cache.enter(&self.dump, &Task::new()).unwrap()
    }

    fn index(&self) -> PathBuf {
        self.cache
            .folder
            .as_ref()
            .unwrap()
            .file_of(&self.dump)
            .unwrap()
    }
}

fn assert_same(a: &Heap, b: &Heap) {
    assert_eq!(a.node_count(), b.node_count());
    assert_eq!(a.edge_count(), b.edge_count());
    assert_eq!(a.root(), b.root());
    assert_eq!(a.statistics(), b.statistics());
    assert_eq!(a.classes(), b.classes());
    assert_eq!(a.interfaces(), b.interfaces());
    assert_eq!(a.warnings(), b.warnings());
    assert_eq!(a.samples(), b.samples());
    assert_eq!(a.file_bytes(), b.file_bytes());
    assert_eq!(a.max_object_id(), b.max_object_id());
    assert_eq!(a.strings().len(), b.strings().len());
    for string in (0..a.strings().len() as u32 + 2).map(StrId) {
        assert_eq!(
            a.strings().raw(string),
            b.strings().raw(string),
            "{string:?}"
        );
    }
    for node in a.graph().nodes() {
        let facts = |heap: &Heap| {
            let into: Vec<u32> = heap.graph().edges_into(node).map(|edge| edge.0).collect();
            (
                (heap.kind(node), heap.id(node), heap.name_id(node)),
                (heap.shallow(node), heap.retained(node), heap.distance(node)),
                (heap.dominator(node), heap.class_id(node), heap.place(node)),
                (heap.detachedness(node), heap.trace_node(node)),
                heap.graph().edge_range(node),
                into,
                heap.display_name(node),
            )
        };
        assert_eq!(facts(a), facts(b), "{node}");
    }
    for edge in (0..a.edge_count() as u32).map(crate::graph::EdgeId) {
        let facts = |heap: &Heap| {
            (
                heap.graph().target(edge),
                heap.graph().source(edge),
                heap.edge_kind(edge),
                heap.edge_name(edge).to_string(),
                heap.is_essential(edge),
            )
        };
        assert_eq!(facts(a), facts(b), "{edge}");
    }
}

#[test]
fn what_comes_back_is_what_was_computed() {
    for name in ["node12", "chromium"] {
        let ctx = ctx(name);
        let heap = ctx.keep();
        let again = ctx.load();
        assert!(again.fresh.is_none(), "{name}: out of the index");
        assert_same(&heap, &again.heap);

        let task = Task::new();
        let front = ctx.cache.front(&ctx.dump).unwrap();
        assert_eq!(front.rows, summary(&heap, &Selection::All, &task).unwrap());
        let (kept, made) = (front.summary(), DumpSummary::of(&heap, &task).unwrap());
        assert_eq!(kept.classes, made.classes);
        assert_eq!(kept.total, made.total);
        assert_eq!(front.statistics, *heap.statistics());
        assert_eq!(front.outline().classes(), heap.classes());
        let index = fs::metadata(ctx.index()).unwrap().len();
        assert!(
            index <= fs::metadata(&ctx.dump).unwrap().len() / 2,
            "{name}"
        );
    }
}

#[test]
fn the_front_is_read_alone() {
    let ctx = ctx("node12");
    ctx.keep();
    let mut bytes = fs::read(ctx.index()).unwrap();
    let front = u64::from_ne_bytes(bytes[16..24].try_into().unwrap()) as usize + format::HEADER;
    assert!(front < bytes.len() / 2);
    // Whatever the columns are, the front does not look.
    bytes[front..].fill(0xaa);
    fs::write(ctx.index(), bytes).unwrap();
    assert!(ctx.cache.front(&ctx.dump).is_some());
    assert!(ctx.enter().is_none());
}

#[test]
fn damage_anywhere_is_seen() {
    let ctx = ctx("node12");
    ctx.keep();
    let whole = fs::read(ctx.index()).unwrap();
    let front = ctx.cache.front(&ctx.dump).unwrap();
    let mut places: Vec<usize> = (0..format::HEADER).collect();
    places.extend((format::HEADER..4000).step_by(97));
    for section in &front.sections {
        places.extend(section.places());
    }
    for place in places {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        fs::write(ctx.index(), damaged).unwrap();
        assert!(ctx.enter().is_none(), "byte {place}");
    }
    for length in [
        0,
        1,
        format::HEADER - 1,
        format::HEADER,
        5000,
        whole.len() - 1,
    ] {
        fs::write(ctx.index(), &whole[..length]).unwrap();
        assert!(ctx.enter().is_none() && ctx.cache.front(&ctx.dump).is_none());
    }
    fs::write(ctx.index(), [&whole[..], b"x"].concat()).unwrap();
    assert!(ctx.enter().is_none());
    // A damaged one is no obstacle: the dump is loaded, and its index written anew.
    ctx.keep();
    assert!(ctx.enter().is_some());
}

#[test]
fn another_dump_is_another_dump() {
    let ctx = ctx("node12");
    ctx.keep();
    let text = fs::read(&ctx.dump).unwrap();
    let modified = fs::metadata(&ctx.dump).unwrap().modified().unwrap();
    let set = |time| {
        let file = fs::File::options().append(true).open(&ctx.dump).unwrap();
        file.set_modified(time).unwrap();
    };
    set(modified + std::time::Duration::from_secs(1));
    assert!(ctx.enter().is_none(), "touched");
    set(modified);
    assert_eq!(
        ctx.enter().is_none(),
        cfg!(unix),
        "that it was touched stays"
    );
    ctx.keep();
    assert!(ctx.enter().is_some());
    let mut other = text.clone();
    let end = other.len() - 1000;
    other[end] ^= 1;
    fs::write(&ctx.dump, &other).unwrap();
    set(modified);
    assert!(ctx.enter().is_none(), "same size and time");
    fs::write(&ctx.dump, &text[..text.len() - 1]).unwrap();
    set(modified);
    assert!(ctx.enter().is_none(), "shorter");
    assert!(!ctx.cache.entries()[0].fresh);
    fs::remove_file(&ctx.dump).unwrap();
    assert!(ctx.cache.front(&ctx.dump).is_none());
    assert_eq!(ctx.cache.entries().len(), 1);
    assert!(!ctx.cache.entries()[0].fresh);

    // The index of one dump under the name of another's.
    let copy = ctx.folder.path().join("b.heapsnapshot");
    fs::write(&ctx.dump, &text).unwrap();
    set(modified);
    fs::copy(&ctx.dump, &copy).unwrap();
    fs::copy(
        ctx.index(),
        ctx.cache.folder.as_ref().unwrap().file_of(&copy).unwrap(),
    )
    .unwrap();
    assert!(ctx.cache.front(&copy).is_none());
}

#[cfg(unix)]
#[test]
fn only_what_is_the_users_own_is_used() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let ctx = ctx("node12");
    ctx.keep();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&ctx.index()), 0o600);
    assert_eq!(mode(ctx.cache.folder().unwrap()), 0o700);
    fs::set_permissions(ctx.index(), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(ctx.enter().is_none(), "anybody could have written it");
    let elsewhere = ctx.folder.path().join("elsewhere");
    fs::rename(ctx.index(), &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&elsewhere, ctx.index()).unwrap();
    assert!(ctx.enter().is_none(), "a link");
    // Writing replaces the link, not what it leads to.
    let before = fs::read(&elsewhere).unwrap();
    ctx.keep();
    assert!(!fs::symlink_metadata(ctx.index()).unwrap().is_symlink());
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
}

#[test]
fn a_dump_that_changes_under_a_heap_loses_strings_and_no_more() {
    let ctx = ctx("node12");
    ctx.keep();
    let heap = ctx.enter().unwrap();
    let known = heap.strings().get(StrId(3)).into_owned();
    let file = fs::File::options().write(true).open(&ctx.dump).unwrap();
    file.set_len(1000).unwrap();
    assert_eq!(heap.strings().get(StrId(3)), known);
    let last = StrId(heap.strings().len() as u32 - 1);
    assert_eq!(heap.strings().get(last), "\u{fffd}");
    let nodes = heap.graph().nodes().step_by(7);
    assert!(
        nodes
            .map(|node| heap.display_name(node).len())
            .sum::<usize>()
            > 0
    );
}

#[test]
fn compressed_dumps_keep_their_front() {
    let dump =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/versions/node12.s1.heapsnapshot.gz");
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("c"), None);
    let loaded = cache.load(&dump, &Task::new()).unwrap();
    let kept = cache.keep(&dump, loaded.fresh.unwrap(), &loaded.heap, &Task::new());
    assert!(matches!(kept.unwrap(), Kept::Written(_)));
    let front = cache.front(&dump).unwrap();
    assert!(!front.has_columns());
    assert_eq!(front.statistics, *loaded.heap.statistics());
    assert!(cache.enter(&dump, &Task::new()).unwrap().is_none());
}

#[test]
fn the_least_recently_used_goes_first() {
    let ctx = ctx("node12");
    ctx.keep();
    let one = fs::metadata(ctx.index()).unwrap().len();
    let dumps: Vec<PathBuf> = (0..4)
        .map(|number| ctx.folder.path().join(format!("{number}.heapsnapshot")))
        .collect();
    let cache = Cache::at(ctx.folder.path().join("small"), Some(one * 7 / 2));
    for dump in &dumps[..3] {
        fs::copy(&ctx.dump, dump).unwrap();
        let loaded = cache.load(dump, &Task::new()).unwrap();
        cache
            .keep(dump, loaded.fresh.unwrap(), &loaded.heap, &Task::new())
            .unwrap();
    }
    assert_eq!(cache.entries().len(), 3);
    // Looking at the first makes the second the oldest.
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for dump in &dumps[..3] {
        let index = fs::File::open(cache.folder.as_ref().unwrap().file_of(dump).unwrap()).unwrap();
        index.set_modified(past).unwrap();
    }
    assert!(cache.front(&dumps[0]).is_some());
    assert!(cache.front(&dumps[2]).is_some());
    fs::copy(&ctx.dump, &dumps[3]).unwrap();
    let loaded = cache.load(&dumps[3], &Task::new()).unwrap();
    let key = loaded.fresh.unwrap();
    cache
        .keep(&dumps[3], key, &loaded.heap, &Task::new())
        .unwrap();
    let left = |dump: &PathBuf| cache.front(dump).is_some();
    assert_eq!(
        dumps.iter().map(left).collect::<Vec<_>>(),
        [true, false, true, true]
    );

    let tiny = Cache::at(ctx.folder.path().join("tiny"), Some(1000));
    let kept = tiny
        .keep(&dumps[3], key, &loaded.heap, &Task::new())
        .unwrap();
    assert!(
        kept.reason().unwrap().contains("more than all indexes may"),
        "{kept:?}"
    );
    assert_eq!(cache.clean(Some(&dumps[..1])).0, 1);
    assert_eq!(cache.clean(None).0, 2);
    assert!(cache.entries().is_empty());
}

#[test]
fn without_a_folder_there_are_no_indexes_and_no_harm() {
    let ctx = ctx("node12");
    let none = Cache::none().load(&ctx.dump, &Task::new()).unwrap();
    assert!(none.fresh.is_none());
    // A file stands where the folder should be: root may write anywhere else.
    let occupied = ctx.folder.path().join("occupied");
    fs::write(&occupied, "").unwrap();
    let cache = Cache::at(occupied.join("heaptui"), None);
    let loaded = cache.load(&ctx.dump, &Task::new()).unwrap();
    let kept = cache.keep(&ctx.dump, loaded.fresh.unwrap(), &loaded.heap, &Task::new());
    assert!(kept.unwrap().reason().unwrap().contains("cannot make"));
    assert!(cache.entries().is_empty());
    let left: Vec<_> = fs::read_dir(ctx.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn nothing_is_left_of_what_was_cancelled() {
    let ctx = ctx("node12");
    let loaded = ctx.load();
    let task = Task::new();
    task.cancel();
    let kept = ctx
        .cache
        .keep(&ctx.dump, loaded.fresh.unwrap(), &loaded.heap, &task);
    assert!(kept.unwrap_err().is_cancelled());
    let folder = ctx.cache.folder().unwrap();
    assert_eq!(fs::read_dir(folder).map_or(0, Iterator::count), 0);
}

/// Sums and differences of them would be nonsense; found by fuzzing.
#[test]
fn sizes_that_no_heap_has_are_not_believed() {
    let ctx = ctx("node12");
    let heap = ctx.keep();
    let key = Key::of(&ctx.dump).unwrap();
    let front = || IndexHeader::of(&heap, &ctx.dump, key, &Task::new()).unwrap();
    assert!(IndexHeader::decode(&front().encode()).is_some());
    let mut lie = front();
    lie.rows[0].shallow = u64::MAX;
    assert!(IndexHeader::decode(&lie.encode()).is_none());
    let mut lie = front();
    lie.rows[0].retained = 1 << 60;
    assert!(IndexHeader::decode(&lie.encode()).is_none());
    let mut lie = front();
    lie.statistics.total = u64::MAX - 5;
    assert!(IndexHeader::decode(&lie.encode()).is_none());
}
