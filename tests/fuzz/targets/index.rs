//! Any index file: the heap it is of, or nothing. Sums are not looked at here, so that changed numbers get through.

#![no_main]

#[path = "../made.rs"]
mod made;

use std::fs;
use std::path::PathBuf;

use heaptui::analysis::filter::Selection;
use heaptui::analysis::{fields, retainers, summary};
use heaptui::index::Cache;
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

/// Snapshots whose indexes are changed.
const CASES: usize = 4;
/// Nodes that are asked about.
const ASKED: usize = 20;
/// A change: where, and a number that goes there.
const CHANGE: usize = 4;

struct PageCtx {
    dump: PathBuf,
    cache: Cache,
    file: PathBuf,
    index: Vec<u8>,
}

fn desks() -> Vec<PageCtx> {
    let ctx = |number: usize| {
        let folder =
            std::env::temp_dir().join(format!("fuzz-index-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let dump = folder.join("a.heapsnapshot");
        fs::write(&dump, made::dump(number * 5)).unwrap();
        let cache = Cache::at(folder.join("cache"), None);
        let loaded = cache.load(&dump, &Task::new()).unwrap();
        let key = loaded.fresh.unwrap();
        cache.keep(&dump, key, &loaded.heap, &Task::new()).unwrap();
        let file = cache.entries().remove(0).file;
        let index = fs::read(&file).unwrap();
        PageCtx {
            dump,
            cache,
            file,
            index,
        }
    };
    (0..CASES).map(ctx).collect()
}

fuzz_target!(|bytes: &[u8]| {
    thread_local! {
        static DESKS: Vec<PageCtx> = desks();
    }
    let Some((&which, changes)) = bytes.split_first() else {
        return;
    };
    DESKS.with(|desks| {
        let ctx = &desks[which as usize % CASES];
        let mut index = ctx.index.clone();
        for change in changes.chunks_exact(CHANGE) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % index.len();
            index[at] = change[2];
            // Half of the changes are of the number's next byte too.
            if let (0x80.., Some(next)) = (change[3], index.get_mut(at + 1)) {
                *next = change[3];
            }
        }
        fs::write(&ctx.file, &index).unwrap();
        let task = Task::new();
        if let Some(front) = ctx.cache.front(&ctx.dump) {
            let _ = (front.summary(), front.scripts());
            let _ = heaptui::series::memory::Need::of_index(&front);
            let outline = front.outline();
            for row in &front.rows {
                let _ = outline.class(row.class);
            }
        }
        let Some(heap) = ctx.cache.enter(&ctx.dump, &task).unwrap() else {
            return;
        };
        let _ = summary::summary(&heap, &Selection::All, &task).unwrap();
        for node in heap.graph().nodes().take(ASKED) {
            let _ = (
                heap.display_name(node),
                heap.class_name(node),
                heap.retained(node),
            );
            let _ = (heap.distance(node), heap.place(node), heap.dominator(node));
            let held = retainers::retainers(&heap, node, true, &task).unwrap();
            let fields = fields::fields(&heap, node, &task).unwrap();
            for edge in held.into_iter().chain(fields) {
                let _ = (heap.edge_name(edge), heap.edge_kind_name(edge));
            }
        }
    });
});
