//! Whose a class is, by its name: the language's or somebody's own.

/// Constructors of the language, and what the engine calls its own objects.
pub fn is_built_in(name: &str) -> bool {
    const NAMES: [&str; 40] = [
        "AggregateError",
        "Arguments",
        "Array",
        "ArrayBuffer",
        "AsyncFunction",
        "AsyncGenerator",
        "Atomics",
        "BigInt",
        "Boolean",
        "DataView",
        "Date",
        "Error",
        "EvalError",
        "FinalizationRegistry",
        "Function",
        "Generator",
        "GeneratorFunction",
        "Intl",
        "Iterator",
        "JSON",
        "Map",
        "Math",
        "Number",
        "Object",
        "Promise",
        "Proxy",
        "RangeError",
        "ReferenceError",
        "Reflect",
        "RegExp",
        "Set",
        "SharedArrayBuffer",
        "String",
        "Symbol",
        "SyntaxError",
        "TypeError",
        "URIError",
        "WeakMap",
        "WeakRef",
        "WeakSet",
    ];
    NAMES.binary_search(&name).is_ok()
        || name.ends_with("Array") && name.starts_with(['I', 'U', 'F', 'B'])
        || name.ends_with(" Iterator")
        || name.is_empty()
}

/// Whether a constructor's name is neither the language's nor an interface's: all that there is to go by where an old
/// engine gives no places.
pub fn is_own_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.contains([' ', '/'])
        && name != "Module"
        && !is_built_in(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::describe::is_runtime_script;

    #[test]
    fn built_in_names_are_told() {
        for name in [
            "Array",
            "Object",
            "WeakSet",
            "AggregateError",
            "Float64Array",
            "Map Iterator",
        ] {
            assert!(is_built_in(name), "{name}");
        }
        for name in ["Session", "Buffer", "RequestScope", "MyArray", "Timeout"] {
            assert!(!is_built_in(name), "{name}");
        }
        assert!(is_runtime_script("node:internal/timers") && is_runtime_script("events.js"));
        assert!(!is_runtime_script("/srv/events.js"));
    }

    #[test]
    fn scripts_of_the_runtime() {
        for name in ["node:events", "internal/timers", "_http_server.js"] {
            assert!(is_runtime_script(name), "{name}");
        }
        for name in [
            "/srv/app.js",
            "file:///a/b.mjs",
            "webpack://x/./a.js",
            "evalmachine.<anonymous>",
        ] {
            assert!(!is_runtime_script(name), "{name}");
        }
    }

    #[test]
    fn names_of_the_application() {
        assert!(is_own_name("Session") && is_own_name("ServerEnvironment"));
        for name in [
            "Map",
            "Array",
            "Uint8Array",
            "{a, b}",
            "Object",
            "system / Context",
            "WeakSet",
        ] {
            assert!(!is_own_name(name), "{name}");
        }
    }
}
