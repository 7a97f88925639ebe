//! What pages and commands ask of a heap, whatever is in it: asked of fuzzed and of damaged dumps alike.

use heaptui::analysis::describe::Scripts;
use heaptui::analysis::filter::Selection;
use heaptui::analysis::growth::DumpSummary;
use heaptui::analysis::texts::{Costly, costly, parts};
use heaptui::analysis::why::why;
use heaptui::analysis::{closures, diff, paths, strings};
use heaptui::heap::{ClassId, Heap};
use heaptui::task::Task;

/// Nodes and classes that are asked about; each answer may take time that grows with the heap.
const ASKED: usize = 20;

/// Asks; an answer that is none is a defect.
pub fn ask(heap: &Heap) {
    let (all, task) = (Selection::All, &Task::new());
    let scripts = Scripts::build(heap, task).unwrap();
    DumpSummary::of(heap, task).unwrap();
    closures::contexts(heap, &all, task).unwrap();
    strings::groups(heap, task).unwrap();
    for which in [
        Costly::Large,
        Costly::Repeated,
        Costly::Chains,
        Costly::Sliced,
    ] {
        costly(heap, which, &all, "", task).unwrap();
    }
    diff::between(heap, heap, task).unwrap();
    for class in (0..heap.classes().len() as u32).take(ASKED).map(ClassId) {
        paths::merged(heap, class, &all, task).unwrap();
    }
    for node in heap.graph().nodes().take(ASKED) {
        let reasons = why(heap, &scripts, node, task).unwrap();
        reasons.lines(heap, &scripts);
        scripts.label(heap, node);
        scripts.preview(heap, node);
        parts(heap, node);
    }
}
