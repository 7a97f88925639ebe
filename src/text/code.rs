//! Data or code: whether a name in a dump is one that somebody wrote in a program, or one made of data.
//!
//! **The one definition.** Redacted copies, reports, files of the explorer and what is copied from it ask here. What is
//! not known to be code or the engine's own is data: a key that is no identifier, a description of a symbol that the
//! engine did not make, a path's parts that name a person. What looks like an identifier is taken for one, whoever made
//! it up; so is the index of an element.

use std::borrow::Cow;

use super::engine::{LONGEST_OF_ENGINE, between, is_cpp, is_kind, is_words};
use super::words::{Words, words};
use crate::text::mask::{self, RANDOM, Reveal, credential};
use crate::text::place;
use crate::text::units::grouped;

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A property or a variable.
    Property,
    /// A function.
    Function,
    /// A class, or a part of the engine.
    Class,
    /// A script, or a place in one.
    Place,
}

impl Role {
    /// What a name of this role is called where it is not shown.
    fn what(self) -> &'static str {
        match self {
            Self::Property => "key",
            Self::Function => "function",
            Self::Class => "class",
            Self::Place => "file",
        }
    }
}

/// The longest name in code, in characters.
const LONGEST: usize = 80;
/// More digits than this are a number of something.
const DIGITS: usize = 3;

/// A name as it may be shown to others: whole where it is code, of paths what is, else only its length.
pub fn shown(text: &str, role: Role, reveal: Reveal) -> Cow<'_, str> {
    if reveal != Reveal::Nothing {
        return mask::words(text, reveal);
    }
    if is_code(text, role) {
        return Cow::Borrowed(text);
    }
    let hidden = match role {
        Role::Place => place::without_data(text).map(Cow::into_owned),
        Role::Property => hidden_symbol(text).or_else(|| hidden_path(text)),
        Role::Class => hidden_shape(text),
        Role::Function => None,
    };
    Cow::Owned(hidden.unwrap_or_else(|| length(role.what(), text)))
}

/// `[key, 21 characters]`.
fn length(what: &str, text: &str) -> String {
    match text.chars().count() {
        1 => format!("[{what}, 1 character]"),
        count => format!("[{what}, {} characters]", grouped(count as u64)),
    }
}

fn hidden_symbol(text: &str) -> Option<String> {
    let description = between(text, "<symbol ", ">")?;
    Some(format!("<symbol {}>", length("masked", description)))
}

fn hidden_path(text: &str) -> Option<String> {
    is_script(text).then(|| place::without_data(text).map(Cow::into_owned))?
}

/// A class or an object that is called after its keys: those that are data are not shown.
fn hidden_shape(text: &str) -> Option<String> {
    let shown = keys(text)?.map(|key| match key {
        "…" => Cow::Borrowed(key),
        _ => shown(key, Role::Property, Reveal::Nothing),
    });
    let shown: Vec<Cow<'_, str>> = shown.collect();
    Some(format!("{{{}}}", shown.join(", ")))
}

/// The keys between braces. One that could be misread stands there as a JSON string, so commas separate.
fn keys(text: &str) -> Option<impl Iterator<Item = &str>> {
    let mut rest = between(text, "{", "}")?;
    Some(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut escaped = false;
        let mut quoted = false;
        let end = rest.char_indices().find(|&(_, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = quoted,
                '"' => quoted = !quoted,
                _ => return c == ',' && !quoted,
            }
            false
        });
        let (key, behind) = match end {
            Some((at, _)) => (&rest[..at], rest[at + 1..].strip_prefix(' ')),
            None => (rest, None),
        };
        rest = behind.unwrap_or_default();
        Some(key)
    }))
}

/// Whether a text is the name of something in code, or the engine's own, and no credential.
pub fn is_code(text: &str, role: Role) -> bool {
    let harmless = match credential(text) {
        None => true,
        // What only looks random is a class's name all the same.
        Some(kind) => role == Role::Class && kind == RANDOM && is_cpp(text),
    };
    harmless
        && match role {
            Role::Property => is_property(text),
            Role::Function => is_function(text),
            Role::Class => is_class(text),
            Role::Place => place::without_data(text).as_deref() == Some(text),
        }
}

/// What V8 itself calls things that have no name or value of their own.
static NAMELESS: Words = words!(
    "|(anonymous)|(anonymous function)|(concatenated string)|(empty)|(sliced string)|<anonymous>|\
    <dummy>|<symbol>|bigint|heap number|private symbol|smi number|symbol"
);

/// Whether a string with this content is called so for want of any.
pub fn is_no_content(text: &str) -> bool {
    matches!(text, "" | "(concatenated string)" | "(sliced string)")
}

/// Whether a text could be written as a name in source code: letters, `_`, `$`, and few digits, since many are a number
/// of something.
pub fn is_identifier(text: &str) -> bool {
    let mut digits = 0;
    let mut characters = 0;
    for c in text.chars() {
        characters += 1;
        digits += usize::from(c.is_numeric());
        let fits = c.is_alphanumeric() || matches!(c, '_' | '$');
        if !fits || characters > LONGEST || digits > DIGITS || (characters == 1 && c.is_numeric()) {
            return false;
        }
    }
    characters > 0
}

fn is_property(text: &str) -> bool {
    if is_identifier(text) || NAMELESS.has(text) || is_known_key(text) {
        return true;
    }
    let accessor = ["get ", "set "]
        .iter()
        .find_map(|word| text.strip_prefix(word));
    if let Some(name) = accessor {
        return is_member(name);
    }
    is_member(text) || is_index(text) || is_script(text) && is_code(text, Role::Place)
}

/// A name as it stands in a class: `#x`, `[Symbol.iterator]`, `<symbol kState>`, an identifier.
fn is_member(text: &str) -> bool {
    if let Some(private) = text.strip_prefix('#') {
        return is_identifier(private);
    }
    let computed = between(text, "<symbol ", ">").or_else(|| between(text, "[", "]"));
    match computed {
        Some(symbol) => is_symbol(symbol),
        None => is_identifier(text) || is_known_key(text),
    }
}

/// `[3]`: the index of an element.
fn is_index(text: &str) -> bool {
    between(text, "[", "]").is_some_and(|index| {
        !index.is_empty() && index.len() <= 10 && index.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a symbol of this description is the engine's or the runtime's own.
fn is_symbol(description: &str) -> bool {
    /// Node's symbols whose names follow no rule.
    static OF_NODE: Words = words!(
        "IncomingMessage|InitOtherSide|ServerResponse|_addHistory|_beforeEdit|_deleteLeft|\
        _deleteLineLeft|_deleteLineRight|_deleteRight|_getDisplayPos|_historyNext|_historyPrev|\
        _insertString|_line|_moveCursor|_normalWrite|_onLine|_redo|_refreshLine|_setRawMode|\
        _tabComplete|_ttyWrite|_undo|_wordLeft|_wordRight|_writeToOutput|_yank|after|async_id_symbol|\
        before|counts|customPromisifyArgs|decoder|destroy|encoder|encoding|errored|handle|init|\
        promiseResolve|refed|shapeMode|timeout"
    );
    let identifier = is_identifier(description);
    let constant = description
        .strip_prefix('k')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase()));
    let dotted = |rest: &str| rest.split(['.', ':']).all(is_identifier);
    let family = [
        "Symbol.",
        "nodejs.",
        "node:",
        "events.",
        "http.server.",
        "dns:resolver:",
        "Stream.",
        "V8PrivateProperty::CachedAccessor::",
    ]
    .iter()
    .find_map(|begin| description.strip_prefix(begin));
    OF_NODE.has(description)
        || identifier && (constant || description.ends_with("_symbol"))
        || family.is_some_and(dotted)
        || description
            .strip_suffix("CachedAccessor")
            .and_then(|rest| rest.split_once('#'))
            .is_some_and(|(class, member)| is_identifier(class) && is_identifier(member))
}

/// Keys that are no identifiers and yet no data: names of the protocols and of the runtime.
fn is_known_key(text: &str) -> bool {
    /// No key below is longer, in bytes.
    const LONGEST_KEY: usize = 32;
    static KEYS: Words = words!(
        "$&|$'|$+|$`|.cjs|.js|.json|.mjs|.node|.ts|.wasm|access-control-allow-credentials|\
        access-control-allow-headers|access-control-allow-methods|access-control-allow-origin|\
        access-control-expose-headers|accept-encoding|accept-language|accept-ranges|cache-control|\
        content-disposition|content-encoding|content-language|content-length|content-location|\
        content-range|content-security-policy|content-type|cross-origin-embedder-policy|\
        cross-origin-opener-policy|cross-origin-resource-policy|data:|dgram.native|dgram.socket|file:|\
        http:|https:|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|keep-alive|\
        last-modified|max-forwards|net.native|net.server|net.socket|node:|origin-agent-cluster|\
        proxy-authenticate|proxy-authorization|proxy-connection|referrer-policy|retry-after|\
        sec-fetch-dest|sec-fetch-mode|sec-fetch-site|sec-fetch-user|sec-websocket-accept|\
        sec-websocket-key|sec-websocket-protocol|sec-websocket-version|set-cookie|\
        strict-transport-security|transfer-encoding|upgrade-insecure-requests|user-agent|\
        www-authenticate|x-content-type-options|x-forwarded-for|x-forwarded-host|x-forwarded-proto|\
        x-powered-by|x-request-id|x-xss-protection"
    );
    text.len() <= LONGEST_KEY && KEYS.has(&text.to_ascii_lowercase())
}

fn is_function(text: &str) -> bool {
    /// What profiles call what is no function.
    static OF_ENGINE: Words = words!(
        "(BYTECODE_COMPILER)|(COMPILER)|(EXTERNAL)|(GC)|(IDLE)|(JS)|(LOGGING)|(PARSER)|(V8 API)|\
        (garbage collector)|(program)|(root)"
    );
    let mut name = text;
    while let Some(rest) = ["get ", "set ", "static ", "async ", "bound ", "new "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
    {
        name = rest;
    }
    if let Some(inner) = between(name, "(code for ", ")") {
        return is_function(inner);
    }
    let part = |part: &str| is_member(part) || matches!(part, "<anonymous>" | "<computed>");
    OF_ENGINE.has(name) || NAMELESS.has(name) || is_member(name) || name.split('.').all(part)
}

fn is_class(text: &str) -> bool {
    /// Classes of the language and the runtime that are no identifiers.
    static SPACED: Words = words!(
        "Array Iterator|Async-from-Sync Iterator|AsyncIterator Helper|FormData Iterator|Headers Iterator|\
        Iterator Helper|Map Iterator|RegExp String Iterator|Segmenter String Iterator|Segments Iterator|\
        Set Iterator|String Iterator|URLSearchParams Iterator|Wrap for valid Iterator"
    );
    const NAMESPACES: [&str; 4] = ["Intl.", "Temporal.", "WebAssembly.", "console."];
    if is_identifier(text) || NAMELESS.has(text) || SPACED.has(text) {
        return true;
    }
    if text.len() > LONGEST_OF_ENGINE {
        return false;
    }
    let text = text.strip_prefix("Detached ").unwrap_or(text);
    // How Chrome grouped nodes that no page shows, up to version 70.
    let group = ["DOM tree / ", "Document DOM tree / "]
        .iter()
        .find_map(|begin| text.strip_prefix(begin)?.strip_suffix(" entries"));
    if let Some(count) = group {
        return count.bytes().all(|byte| byte.is_ascii_digit());
    }
    if let Some(mut keys) = keys(text) {
        return keys.all(|key| key == "…" || is_property(key));
    }
    if let Some(name) = NAMESPACES.iter().find_map(|name| text.strip_prefix(name)) {
        return is_identifier(name);
    }
    if let Some(name) = text.strip_prefix("system / ") {
        return is_of_system(name);
    }
    if let Some(name) = ["Node / ", "C++ "]
        .iter()
        .find_map(|begin| text.strip_prefix(begin))
    {
        return is_words(name) || is_cpp(name);
    }
    // Wrappers in frames: `Window (prototype) / http://example.com`.
    let (name, origin) = text.split_once(" / ").unwrap_or((text, ""));
    let bare = [
        " (prototype)",
        " (internal cache)",
        " [JSGlobalObject]",
        " [JSGlobalProxy]",
    ]
    .iter()
    .find_map(|mark| name.strip_suffix(mark))
    .unwrap_or(name);
    if (origin.is_empty() || is_origin(origin)) && is_identifier(bare) {
        return true;
    }
    let tag = between(text, "<", ">").map(|tag| tag.trim_start_matches('/'));
    is_of_engine(text) || tag.is_some_and(is_words) || text.contains("::") && is_cpp(text)
}

/// What follows `system / `: `Map (ConsString)`, `Context / scope @457`, `SharedFunctionInfo / get size`.
fn is_of_system(name: &str) -> bool {
    let (name, tail) = name.split_once(" / ").unwrap_or((name, ""));
    let (name, mark) = name.split_once(" (").unwrap_or((name, ")"));
    let mark = mark.strip_suffix(')').unwrap_or("?");
    let scope = tail.strip_prefix("scope").map(|rest| {
        let id = rest.strip_prefix(" @").unwrap_or(rest);
        id.bytes().all(|byte| byte.is_ascii_digit())
    });
    let builtin = tail.strip_suffix(" (builtin)").is_some_and(is_words);
    let fits =
        scope == Some(true) || builtin || tail.is_empty() || is_function(tail) || is_origin(tail);
    (is_identifier(name) || is_cpp(name)) && (mark.is_empty() || is_words(mark)) && fits
}

/// Names that V8 puts in parentheses.
fn is_of_engine(text: &str) -> bool {
    is_kind(text) || between(text, "(", ")").is_some() && is_function(text)
}

/// The origin of a frame, without a path.
fn is_origin(text: &str) -> bool {
    matches!(text, "about:blank" | "about:srcdoc")
        || text.contains("://") && text.split('/').count() <= 4 && is_code(text, Role::Place)
}

/// Whether a key is the path of a script, as those of the module cache are.
fn is_script(text: &str) -> bool {
    const ENDINGS: [&str; 7] = [".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".node"];
    text.contains(['/', '\\'])
        && !text.contains("://")
        && ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// Whether a class is called so by the engine itself, so that it need not have a function of that name.
pub fn is_built_in(text: &str) -> bool {
    static OBJECTS: Words = words!(
        "Atomics|AsyncGenerator|Generator|Intl|Iterator|JSON|Math|Module|Object|Array|Reflect|\
        Temporal|WebAssembly|Window|console|global|globalThis|process|Promise|Function|Error|Symbol"
    );
    !is_identifier(text) || OBJECTS.has(text)
}

/// Whether the name of an internal reference is the engine's, and not made of what it leads to.
pub fn is_internal_edge(text: &str) -> bool {
    let numbered = text
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix(" / ");
    let name = numbered.unwrap_or(text);
    let index = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let data = name.starts_with("key ") || name.starts_with("part of key ");
    let words = || name.split(' ').all(is_words);
    index || !data && (words() || is_cpp(name) || is_of_engine(name) || is_class(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_are_code() {
        for name in [
            "userId",
            "_events",
            "$scope",
            "#map",
            "content-type",
            "Content-Type",
            "sha256",
            "utf8",
            "größe",
            "get size",
            "set #value",
            "get [Symbol.toStringTag]",
            "[Symbol.iterator]",
            "<symbol nodejs.util.inspect.custom>",
            "<symbol kState>",
            "<symbol node:module_export>",
            "<symbol Window#DocumentCachedAccessor>",
            "<symbol>",
            "",
            "(anonymous)",
            "/srv/app/node_modules/@scope/x/lib/a.js",
            "[42]",
            "requestCachesByEnvironment",
        ] {
            assert!(is_code(name, Role::Property), "{name}");
        }
        for name in [
            "bound onData",
            "async load",
            "WritableState.getBuffer",
            "Object.<anonymous>",
            "(code for get x)",
            "new Server",
            "(garbage collector)",
        ] {
            assert!(is_code(name, Role::Function), "{name}");
        }
        for name in [
            "RelayModernStore",
            "Map Iterator",
            "Intl.Locale",
            "system / Map",
            "system / Map (ConsString)",
            "system / Context / scope @457",
            "system / SharedFunctionInfo / get size",
            "system / Code / ArrayIndexOfSmi (builtin)",
            "system / NativeContext / http://127.0.0.1:38837",
            "Window (prototype) / https://example.com",
            "Detached HTMLDivElement",
            "Detached DOM tree / 2 entries",
            "<div>",
            "Detached <my-element>",
            "(ArrayMap builtin handle)",
            "(object properties)",
            "(compiled code)",
            "(GC roots)",
            "(Document DOM trees)",
            "(map descriptors)",
            "(context norm. map cache)",
            "(synthetic)",
            "Window / about:blank",
            "blink::HeapVectorBacking<std::pair<unsigned int, blink::RuleSetGroup>>",
            "Node / std::vector<std::unique_ptr<Entry>>",
            "StoreTypedElementNumeric_Float32Elements_0",
            "{id, name, …}",
        ] {
            assert!(is_code(name, Role::Class), "{name}");
        }
        for name in [
            "cache",
            "12 / RegExpCapture3Getter",
            "1326",
            "elements",
            "3 / gin::ContextHolder::context_",
            "(function scope info)",
            "constructor_or_back_pointer",
            "4 / optimized code",
        ] {
            assert!(is_internal_edge(name), "{name}");
        }
    }

    #[test]
    fn data_is_not_code() {
        let data = [
            "jane@example.com",
            "jane.doe@example.com",
            "+49 151 12345",
            "4915112345678",
            "0151123456",
            "2026-01-01",
            "Jane Doe",
            "jane-doe",
            "user48213",
            "example.com",
            "10.0.0.1",
            "a/b",
            "sess_9f8e7d6c5b4a",
            "{\"a\":1}",
            "https://example.com/",
            "/customers/42/jane.doe@example.com/ssn-123-45-6789.json",
            "/customers/jane@example.com/x.js",
            "internal/customers/jane@example.com",
            "[Jane Doe: HIV positive]",
            "get /set (secret)",
            "get Jane Doe",
            "<symbol Jane Doe: 4 children>",
            "<symbol JaneDoe>",
            "query Q($id: ID!) { user(id: $id) { email } }",
            "function () { return 'secret' }",
            "7 / part of key (Object @3) -> value (Jane @5) pair in WeakMap (table @9)",
            "7 / key Jane in WeakMap",
            "say \"hi\"",
        ];
        for text in data {
            assert!(!is_code(text, Role::Property), "{text}");
            assert!(!is_code(text, Role::Class), "{text}");
        }
        for text in &data[..3] {
            assert!(!is_code(text, Role::Function), "{text}");
        }
        for class in [
            "system / Jane Doe, 42",
            "(Jane Doe)",
            "{id, jane@example.com}",
            "Window / https://jane:x@example.com/a?b",
            "Node / jane@example.com",
            "Detached <div class=\"jane\">",
        ] {
            assert!(!is_code(class, Role::Class), "{class}");
        }
        for edge in ["7 / key Jane in WeakMap", "12 / jane@example.com"] {
            assert!(!is_internal_edge(edge), "{edge}");
        }
    }

    #[test]
    fn what_is_not_shown_keeps_its_shape() {
        let shown = |text, role| shown(text, role, Reveal::Nothing).into_owned();
        assert_eq!(
            shown("jane.doe@example.com", Role::Property),
            "[key, 20 characters]"
        );
        assert_eq!(
            shown("<symbol Jane Doe>", Role::Property),
            "<symbol [masked, 8 characters]>"
        );
        assert_eq!(
            shown("{id, a@b, \"Doe, \\\"J\", x, …}", Role::Class),
            "{id, [key, 3 characters], [key, 10 characters], x, …}"
        );
        assert_eq!(
            shown("/home/jane/app/x.js", Role::Property),
            "/home/…/app/x.js"
        );
        assert_eq!(
            self::shown("jane@example.com", Role::Property, Reveal::Values),
            "jane@example.com"
        );
    }
}
