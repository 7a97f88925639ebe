//! The native contexts of a dump as choices of what counts: pages, frames, workers, realms.

use std::sync::Arc;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::heap::contexts::{attribute, is_native_context};
use crate::task::{CHECK_EVERY, Task};
use crate::text::escape::one_line;
use crate::tui::scope::Scope;

/// A choice, and the sum of the shallow sizes of what it lets through, in bytes.
pub type Realm = (Scope, u64);

/// The choices, the largest context first, and what is shared or nobody's last. None where a dump has one context only:
/// there is nothing to tell apart.
///
/// # Errors
/// When cancelled.
pub fn realms(heap: &Heap, task: &Task) -> Result<Vec<Realm>> {
    let mut count = 0;
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        count += usize::from(is_native_context(heap, node));
    }
    if count < 2 {
        return Ok(Vec::new());
    }
    let found = attribute(heap, task)?;
    let mut realms: Vec<Realm> = found
        .contexts
        .iter()
        .map(|context| {
            let name = Arc::from(name(heap, context.node));
            (Scope::OfContext(heap.id(context.node), name), context.size)
        })
        .collect();
    realms.sort_by_key(|realm| std::cmp::Reverse(realm.1));
    realms.push((Scope::SharedByContexts, found.shared));
    realms.push((Scope::OfNoContext, found.unattributed));
    Ok(realms)
}

/// What a native context is called: by its page where the dump says it, else by its id. Safe for a terminal.
fn name(heap: &Heap, node: NodeId) -> String {
    let raw = heap.raw_name(node);
    let id = heap.id(node);
    match raw.split_once("NativeContext / ") {
        Some((_, page)) => format!("{} @{id}", one_line(page)),
        None => format!("native context @{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;
    use crate::text::span::Spans;

    #[test]
    fn one_context_is_no_choice() {
        let mut sketch = Sketch::new();
        sketch.rooted(NodeKind::HIDDEN, "system / NativeContext", 100);
        assert_eq!(realms(&sketch.heap(), &Task::new()).unwrap(), []);
        let page = "system / NativeContext / https://a.example\n";
        sketch.rooted(NodeKind::HIDDEN, page, 300);
        let realms = realms(&sketch.heap(), &Task::new()).unwrap();
        let words: Vec<_> = realms
            .iter()
            .map(|(scope, size)| (scope.words(|_| String::new()), *size))
            .collect();
        assert_eq!(words[0].1, 300);
        assert!(
            words[0].0.plain().starts_with("of https://a.example"),
            "{words:?}"
        );
        assert!(!words[0].0.plain().contains('\n'), "{words:?}");
        assert_eq!(
            words[1],
            (Spans::from("of ").name("native context @3"), 100)
        );
        assert_eq!(words[2], ("shared between native contexts".into(), 0));
        assert_eq!(words[3].0.plain(), "of no native context");
    }
}
