//! Known patterns: kinds of leaks that have names.

/// A kind of leak that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// A Map whose entries become more.
    GrowingMap,
    /// A Set whose members become more.
    GrowingSet,
    /// An array whose elements become more and stay.
    GrowingArray,
    /// An array that is emptied, but slower than it is filled.
    Queue,
    /// A plain object whose properties are entries.
    Dictionary,
    /// Listeners that are added and not removed.
    EventListeners,
    /// Timers that are never cleared.
    Timers,
    /// A variable that functions share.
    ClosureVariable,
    /// Asynchronous calls that never go on.
    PendingPromises,
    /// What `AsyncLocalStorage` binds to resources that stay.
    AsyncLocalStorage,
    /// HTTP requests, responses or sockets that are kept.
    RetainedRequests,
    /// Small slices that keep large texts.
    SlicedStrings,
    /// A text that is only ever appended to.
    ConcatenatedText,
    /// An array that is made anew, and longer, at each change.
    RebuiltArray,
    /// A list whose elements hold each other.
    LinkedList,
    /// A tree whose nodes hold each other.
    Tree,
    /// Nodes that were taken out of their document.
    DetachedDom,
    /// Data of buffers, outside the JavaScript heap.
    NativeMemory,
    /// Errors that are kept, with their stacks.
    ErrorsKept,
    /// Handles that are opened and never closed.
    OpenHandles,
    /// One collection in each of many objects.
    PerInstanceCollection,
    /// Numbers in a table.
    GrowingTable,
    /// One value that is replaced by ever larger ones.
    GrowingValue,
    /// A weak map whose values become more.
    GrowingWeakMap,
    /// An object whose contents keep growing.
    GrowingObject,
    /// Observers of a page that are not disconnected.
    Observers,
    /// Callbacks for the next frame that ask for the one after it.
    FrameCallbacks,
    /// Workers, channels and ports that are not closed.
    Channels,
    /// Symbols of the registry, which keeps them for ever.
    RegisteredSymbols,
    /// What is written faster than its reader takes it.
    Backpressure,
    /// State that is replaced at each change by one that holds more.
    ReplacedState,
    /// A record, pool or cache of the runtime's own, which ends at a limit.
    RuntimeBuffer,
    /// Much in one place; whether it grows is not known.
    LargeHolder,
}

impl Pattern {
    /// The stable identifier in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GrowingMap => "growing-map",
            Self::GrowingSet => "growing-set",
            Self::GrowingArray => "growing-array",
            Self::Queue => "queue",
            Self::Dictionary => "dictionary",
            Self::EventListeners => "event-listeners",
            Self::Timers => "timers",
            Self::ClosureVariable => "closure-variable",
            Self::PendingPromises => "pending-promises",
            Self::AsyncLocalStorage => "async-local-storage",
            Self::RetainedRequests => "retained-requests",
            Self::SlicedStrings => "sliced-strings",
            Self::ConcatenatedText => "concatenated-text",
            Self::RebuiltArray => "rebuilt-array",
            Self::LinkedList => "linked-list",
            Self::Tree => "tree",
            Self::DetachedDom => "detached-dom",
            Self::NativeMemory => "native-memory",
            Self::ErrorsKept => "errors-kept",
            Self::OpenHandles => "open-handles",
            Self::PerInstanceCollection => "per-instance-collection",
            Self::GrowingTable => "growing-table",
            Self::GrowingValue => "growing-value",
            Self::GrowingWeakMap => "growing-weak-map",
            Self::GrowingObject => "growing-object",
            Self::Observers => "observers",
            Self::FrameCallbacks => "frame-callbacks",
            Self::Channels => "channels",
            Self::RegisteredSymbols => "registered-symbols",
            Self::Backpressure => "backpressure",
            Self::ReplacedState => "replaced-state",
            Self::RuntimeBuffer => "runtime-buffer",
            Self::LargeHolder => "large-holder",
        }
    }

    /// The pattern for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::GrowingMap => "growing Map",
            Self::GrowingSet => "growing Set",
            Self::GrowingArray => "growing array",
            Self::Queue => "queue filled faster than it is emptied",
            Self::Dictionary => "object used as a dictionary",
            Self::EventListeners => "event listeners never removed",
            Self::Timers => "timers never cleared",
            Self::ClosureVariable => "variable kept by closures",
            Self::PendingPromises => "promises that never settle",
            Self::AsyncLocalStorage => "AsyncLocalStorage store kept",
            Self::RetainedRequests => "requests kept",
            Self::SlicedStrings => "slices that keep large strings",
            Self::ConcatenatedText => "string buffer that only grows",
            Self::RebuiltArray => "array rebuilt at each change",
            Self::LinkedList => "growing linked list",
            Self::Tree => "growing tree",
            Self::DetachedDom => "detached DOM nodes kept",
            Self::NativeMemory => "native memory behind buffers",
            Self::ErrorsKept => "errors kept",
            Self::OpenHandles => "handles never closed",
            Self::PerInstanceCollection => "a collection in each of many objects",
            Self::GrowingTable => "growing table of numbers",
            Self::GrowingValue => "value replaced by larger ones",
            Self::GrowingWeakMap => "values kept through a WeakMap",
            Self::GrowingObject => "object whose contents keep growing",
            Self::Observers => "observers never disconnected",
            Self::FrameCallbacks => "frame callbacks never cancelled",
            Self::Channels => "workers or channels never closed",
            Self::RegisteredSymbols => "symbols registered for good",
            Self::Backpressure => "stream written faster than it is read",
            Self::ReplacedState => "state that grows whenever it is replaced",
            Self::RuntimeBuffer => "buffer of the runtime, bounded",
            Self::LargeHolder => "large holder, growth unknown",
        }
    }
}
