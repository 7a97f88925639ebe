//! Any text as a question: an answer that fits the heap, or one problem that points into the text; completions fit in.

#![no_main]

#[path = "../made.rs"]
mod made;

use heaptui::analysis::describe::Scripts;
use heaptui::error::Error;
use heaptui::heap::Heap;
use heaptui::query::{Asked, Query, Rows, complete};
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static HEAP: (Heap, Scripts) = {
        let heap = made::heap(3);
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        (heap, scripts)
    };
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let half = text.len() / 2;
    let middle = (half..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    for cursor in [0, middle, text.len()] {
        for completion in complete(&text, cursor, &["Session", "a b", "\"", "and"]) {
            assert!(text.get(completion.at).is_some(), "{text:?} at {cursor}");
        }
    }
    let query = match Query::parse(&text) {
        Ok(query) => query,
        Err(problem) => {
            assert!(
                text.get(problem.at.clone()).is_some(),
                "{problem:?} of {text:?}"
            );
            let told = problem.to_string();
            assert!(
                !told.is_empty() && !told.contains(['\n', '\u{1b}']),
                "{told:?}"
            );
            assert_eq!(problem.caret(&text).lines().count(), 2);
            return;
        }
    };
    HEAP.with(|(heap, scripts)| {
        let max_id = &mut |name: &str| match name {
            "s1" => Ok(heap.max_object_id() / 2),
            "s2" => Ok(heap.max_object_id()),
            _ => Err(Error::usage("no such dump")),
        };
        let mut asked = Asked {
            heap,
            scripts,
            max_id,
        };
        let Ok(answer) = query.run(&mut asked, &Task::new()) else {
            return;
        };
        assert!(answer.count <= heap.node_count() as u64);
        let rows = match answer.rows {
            Rows::Objects(nodes) => nodes.len(),
            Rows::Groups(groups) => groups.len(),
        };
        assert!(rows <= answer.of.max(heap.node_count()));
    });
});
