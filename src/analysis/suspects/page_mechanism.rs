//! By what a page's own objects keep things: listeners, timers, frame callbacks, observers, channels.

use crate::analysis::paths::Step;
use crate::heap::Heap;
use crate::snapshot::NodeKind;

use super::pattern::Pattern;

/// What Blink calls its objects on the way to a callback, and the pattern that they make.
const MECHANISMS: [(&str, Pattern); 12] = [
    ("V8EventListener", Pattern::EventListeners),
    ("V8EventHandler", Pattern::EventListeners),
    ("RegisteredEventListener", Pattern::EventListeners),
    ("MutationObserver", Pattern::Observers),
    ("ResizeObserver", Pattern::Observers),
    ("IntersectionObserver", Pattern::Observers),
    ("DOMTimer", Pattern::Timers),
    ("ScheduledAction", Pattern::Timers),
    ("FrameRequestCallback", Pattern::FrameCallbacks),
    ("BroadcastChannel", Pattern::Channels),
    ("MessagePort", Pattern::Channels),
    ("Worker", Pattern::Channels),
];

/// The pattern that the page's own objects on a way from a holder down make; the last of them says most.
pub(super) fn mechanism(heap: &Heap, below: &[Step]) -> Option<Pattern> {
    below.iter().rev().find_map(|step| {
        if heap.kind(step.node) != NodeKind::NATIVE {
            return None;
        }
        mechanism_of_class(&heap.raw_name(step.node))
    })
}

/// The pattern of a native object's name.
pub(super) fn mechanism_of_class(name: &str) -> Option<Pattern> {
    let name = name.strip_prefix("blink::").unwrap_or(name);
    MECHANISMS
        .iter()
        .find(|(begin, _)| {
            name.starts_with(begin) || name.starts_with("V8") && name[2..].starts_with(begin)
        })
        .map(|&(_, pattern)| pattern)
}
