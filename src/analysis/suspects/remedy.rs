//! What to change, by pattern, and by what is known of a package.

use crate::snapshot::NodeKind;
use crate::text::span::Spans;

use super::case::Case;
use super::pattern::Pattern;

/// What packages document for what they keep: package, a name on the way to the holder or of its class, what to do.
const OF_PACKAGES: [(&str, &str, &str); 14] = [
    (
        "rxjs",
        "_buffer",
        "A ReplaySubject without a size keeps all that it was given: `new ReplaySubject(1)`, or a BehaviorSubject.",
    ),
    (
        "denque",
        "offlineQueue",
        "Commands wait here while there is no connection: set `enableOfflineQueue: false` or `maxRetriesPerRequest`.",
    ),
    (
        "axios",
        "interceptors",
        "Add the interceptor once, at start, or call `eject` with what `use` returned.",
    ),
    (
        "express-session",
        "sessions",
        "Its MemoryStore is for development: use a store in which sessions expire.",
    ),
    (
        "handlebars",
        "partials",
        "Register partials by name once, and give them the data; `unregisterPartial` removes one.",
    ),
    (
        "relay-runtime",
        "requestCache",
        "On the server, delete the Environment from these caches after each render, or reuse one Environment: a new one for \
         each request is kept for good.",
    ),
    (
        "react-relay",
        "requestCache",
        "On the server the cache is never cleared: fill it only in a browser.",
    ),
    (
        "lru-cache",
        "",
        "Set `max` or `maxSize` (`ttl` alone evicts nothing by itself; `ttlAutopurge` does).",
    ),
    (
        "lodash",
        "cache",
        "Give `memoize` a bounded cache, or clear `memoized.cache`.",
    ),
    (
        "mobx",
        "observers_",
        "Dispose each reaction: call what `autorun`, `reaction` or `observe` returned.",
    ),
    (
        "rxjs",
        "",
        "Unsubscribe when the consumer ends: `takeUntil`, `take(1)` or `subscription.unsubscribe()`.",
    ),
    (
        "chart.js",
        "",
        "Call `chart.destroy()` before its canvas goes.",
    ),
    (
        "eventemitter3",
        "",
        "Call `off` with the same function when its owner ends.",
    ),
    (
        "mitt",
        "",
        "Call `off` with the same function when its owner ends.",
    ),
];

/// What the runtime keeps until it is told otherwise: a variable of its own, what to do.
const OF_THE_RUNTIME: [(&str, &str); 4] = [
    ("markEntryBuffer", MARKS),
    ("measureEntryBuffer", MARKS),
    ("markTimings", MARKS),
    (
        "module.children",
        "A module that is loaded anew stays here although `require.cache` forgot it: take it out of `module.children` as \
         well, or read the file as data.",
    ),
];
const MARKS: &str = "Call `performance.clearMarks()` and `performance.clearMeasures()` when they were read: the runtime keeps each.";

/// What to change.
pub(super) fn remedy(case: &Case<'_>, pattern: Pattern) -> Spans {
    let words = |words| Spans::new().prose(words);
    of_package(case)
        .map(words)
        .or_else(|| of_listeners(case, pattern))
        .unwrap_or_else(|| words(of_pattern(case, pattern)))
}

/// Whether the runtime or a package documents what to do about what it keeps.
pub(super) fn is_documented(case: &Case<'_>) -> bool {
    of_package(case).is_some()
}

fn of_package(case: &Case<'_>) -> Option<&'static str> {
    let expression = &case.name_parts.expression;
    let whole = expression.spans().plain();
    if let Some((_, words)) = OF_THE_RUNTIME.iter().find(|(name, _)| whole == *name) {
        return Some(words);
    }
    let package = case.name_parts.package.as_deref()?;
    OF_PACKAGES
        .iter()
        .find(|(name, within, _)| *name == package && expression.mentions(within))
        .map(|&(.., words)| words)
}

/// Listeners by the name of their event, where the way has it.
fn of_listeners(case: &Case<'_>, pattern: Pattern) -> Option<Spans> {
    if pattern != Pattern::EventListeners {
        return None;
    }
    let heap = case.view.heap;
    if heap.kind(case.holder) == NodeKind::NATIVE {
        return Some(Spans::new().prose(
            "Remove each listener when its owner goes: removeEventListener with the same function, or add it with \
             `{ signal }` and abort that.",
        ));
    }
    let expression = &case.name_parts.expression;
    let event = expression.event()?;
    let event = || Spans::new().edge(event.to_owned());
    let (remove, others) = match expression.mentions("kEvents") {
        true => (
            "removeEventListener(\"",
            ", or add it with `{ once: true }`, or with a `{ signal }` that its owner aborts.",
        ),
        false => (
            "off(\"",
            ", `once`, or an AbortSignal; or register it once rather than for each request.",
        ),
    };
    let call = Spans::from(remove).then(event()).note("\", listener)");
    Some(
        Spans::from("Remove each listener for ")
            .code(event())
            .note(" when its owner ends: ")
            .code(call)
            .prose(others),
    )
}

fn of_pattern(case: &Case<'_>, pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::GrowingMap => {
            "Delete entries when their work is done, on the error path too, or cap the size of the Map."
        }
        Pattern::GrowingSet => {
            "Delete members when their work is done, or cap the size of the Set."
        }
        Pattern::GrowingArray => {
            "Remove elements when they are finished, or cap the length of the array."
        }
        Pattern::Queue => {
            "Slow the producers down, drop work, or drain faster: more comes in than goes out."
        }
        Pattern::Dictionary => "Delete properties when they are finished, or use a bounded cache.",
        Pattern::EventListeners => {
            "Remove each listener when its owner ends (off, unsubscribe, removeListener, an AbortSignal), or use once; \
             register it once rather than for each request."
        }
        Pattern::Timers => {
            "Clear each timer (clearInterval, clearTimeout) when what it serves ends."
        }
        Pattern::ClosureVariable => "Empty or replace the variable when what it holds is finished.",
        Pattern::PendingPromises => match case.holder_is_promise() {
            true => {
                "Each of them waits for this one promise, which never settles: do not race or await a promise that \
                 outlives the work; settle it, or use an AbortSignal."
            }
            false => {
                "Make sure that each promise settles: resolve or reject on every path, and add a timeout."
            }
        },
        Pattern::AsyncLocalStorage => {
            "End the resource that carries the store, or exit the store's scope before making it."
        }
        Pattern::RetainedRequests => {
            "Release requests, responses and sockets when the response has been sent."
        }
        Pattern::SlicedStrings => {
            "Copy the part that is needed, for instance `Buffer.from(part).toString()`: a slice keeps the whole text that \
             it was cut from."
        }
        Pattern::ConcatenatedText => {
            "Write the text out, or cut it, when it reaches a size; check that its consumer still reads."
        }
        Pattern::RebuiltArray => "Cap the length of the array where it is rebuilt.",
        Pattern::ReplacedState => {
            "Each new state contains all of the old one: limit what is copied into it, and keep no reference from the \
             new to the old."
        }
        Pattern::LinkedList => "Unlink elements that are finished, or cap the length of the list.",
        Pattern::Tree => "Remove nodes that are finished, or cap the size of the tree.",
        Pattern::DetachedDom => {
            "Drop the JavaScript references to nodes that were removed from the document, and their listeners."
        }
        Pattern::NativeMemory => {
            "Release the buffers, or pool them: most of their memory lies outside the JavaScript heap."
        }
        Pattern::ErrorsKept => {
            "Keep a message or a count instead of the error objects, and cap how many."
        }
        Pattern::OpenHandles => {
            "Close what was opened (sockets, watchers, streams) on every path, errors included."
        }
        Pattern::PerInstanceCollection => {
            "Cap or empty the collection in each of the objects, or let the objects end."
        }
        Pattern::GrowingTable => "Cap the table, or aggregate the numbers instead of keeping each.",
        Pattern::GrowingValue => "Cap the size of the value where it is replaced.",
        Pattern::GrowingWeakMap => {
            "The keys live on: find who holds them, or drop what the values keep."
        }
        Pattern::GrowingObject => "Remove what is finished, or cap how much it holds.",
        Pattern::Observers => {
            "Call `disconnect()` (or `unobserve`) when what the observer serves goes."
        }
        Pattern::FrameCallbacks => {
            "Stop asking for the next frame when its owner goes: keep the id and call cancelAnimationFrame."
        }
        Pattern::Channels => {
            "Close each one when its owner goes: `terminate()` a worker, `close()` a channel or port."
        }
        Pattern::RegisteredSymbols => {
            "The registry keeps each symbol for the life of the process: use `Symbol()` or plain strings, and a Map \
             from which entries are deleted."
        }
        Pattern::Backpressure => {
            "The reader does not keep up or does not read: honour what `write()` returns and wait for `drain`, or drop \
             slow clients."
        }
        Pattern::RuntimeBuffer => "Nothing, unless it goes on past its limit.",
        Pattern::LargeHolder => {
            "Take two more dumps, minutes apart under load: what grows in each is the leak."
        }
    }
}

impl Case<'_> {
    fn holder_is_promise(&self) -> bool {
        self.view.heap.class_name(self.holder) == "Promise"
    }
}
