//! Signatures: what makes a leak the same one in another run, process or release.

use std::fmt;
use std::str::FromStr;

use crate::analysis::describe::{
    Scripts, export_name, is_cell, is_context, is_global, role, script_of_exports,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::code::{Role, is_code, is_internal_edge};
use crate::text::place::{file_name, package};

use super::expression::page_name;
use super::pattern::Pattern;
use super::view::{PLUMBING, SYNTHETIC, View};

/// The version of the rules below; it is hashed too, so that signatures of different rules never meet.
const VERSION: u32 = 1;
/// Properties of an object with more edges than this are data rather than names.
const DICTIONARY: usize = 200;
/// Names of so few letters are a minifier's, and others in the next build.
const MINIFIED: usize = 2;
/// What stands for a name that is not the same in every run or build.
const ANY: &str = "?";
/// What stands for an index, an entry or a key that is data.
const ENTRY: &str = "[]";

/// The signature of a leak, `LK-7f3a90c1`: the same in every run, process, release and version of Node.
///
/// It is the 32-bit FNV-1a hash of these lines, joined by `\n`, in UTF-8:
///
/// 1. the version of the rules, `1`;
/// 2. the name of the pattern, such as `growing-map`;
/// 3. where the address begins: the file without folders, ending and hash of a build, after the package if the code is in
///    one (`cachelib/index`); empty where that is not known;
/// 4. the address: the variable, export or global that leads to the holder, and the properties from there on
///    (`exports.shared.store`). Indices, entries and keys that are data are `[]`, repeated steps are one, and names of one
///    or two letters are `?`, because a minifier made them;
/// 5. the class that accumulates;
/// 6. of functions and timers the function that accumulates, with its file.
///
/// Not in it: object ids, lines and columns, sizes and counts, versions, and the folders that packages are installed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The hash.
    pub id: SignatureId,
    /// What was hashed, line by line; only names in code.
    pub lines: String,
}

/// The hash in a [`Signature`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureId(pub u32);

impl fmt::Display for SignatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LK-{:08x}", self.0)
    }
}

impl FromStr for SignatureId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("LK-").filter(|digits| digits.len() == 8);
        digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or_else(|| "a signature is LK- and eight hexadecimal digits".to_owned())
    }
}

/// What a signature is made of.
pub(super) struct Marks<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
    pub pattern: Pattern,
    /// From the root to the holder.
    pub path: &'a [Step],
    /// From the holder to one of the objects that accumulate.
    pub below: &'a [Step],
    /// What accumulates most.
    pub class: &'a str,
    /// One of the objects that accumulate.
    pub example: Option<NodeId>,
}

impl Signature {
    pub(super) fn of(marks: &Marks<'_>) -> Self {
        let (file, address) = marks.address();
        let lines = [
            VERSION.to_string(),
            marks.pattern.as_str().to_owned(),
            file,
            address,
            class(marks.class),
            marks.function().unwrap_or_default(),
        ];
        let lines = lines.join("\n");
        Self {
            id: SignatureId(fnv1a(lines.as_bytes())),
            lines,
        }
    }
}

/// The 32-bit FNV-1a hash.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

impl Marks<'_> {
    fn heap(&self) -> &Heap {
        self.view.heap
    }

    /// Where the address begins, and the address.
    fn address(&self) -> (String, String) {
        let heap = self.heap();
        let mut parts: Vec<String> = self.member().into_iter().collect();
        let mut file = None;
        for at in (0..self.path.len()).rev() {
            let source = at.checked_sub(1).map(|at| self.path[at].node);
            let Some((edge, source)) = self.path[at].edge.zip(source) else {
                break;
            };
            if self.view.is(source, SYNTHETIC) {
                break;
            }
            if let Some((name, from)) = self.beginning(edge, source) {
                parts.push(name);
                file = from;
                break;
            }
            parts.extend(self.part(edge, source, self.path[at].node));
            if heap.kind(source) == NodeKind::NATIVE
                && let Some(page) = page_name(&heap.raw_name(source))
            {
                parts.push(page.plain());
                break;
            }
        }
        parts.reverse();
        parts.dedup();
        (
            file.map_or(String::new(), |file| file_of(&file)),
            parts.concat(),
        )
    }

    /// The property or variable of the holder that leads to what accumulates.
    fn member(&self) -> Option<String> {
        let holder = self.path.last()?.node;
        let (edge, target) = self
            .below
            .first()
            .and_then(|step| Some((step.edge?, step.node)))?;
        if self.pattern == Pattern::Dictionary {
            return None;
        }
        match self.heap().edge_kind(edge) {
            EdgeKind::CONTEXT => Some(name(&self.heap().edge_name(edge).to_string())),
            EdgeKind::PROPERTY => self.part(edge, holder, target).filter(|part| part != ENTRY),
            _ => None,
        }
    }

    /// The name that an address begins with, if it begins with this edge, and the script that it is in.
    fn beginning(&self, edge: EdgeId, source: NodeId) -> Option<(String, Option<String>)> {
        let heap = self.heap();
        let script = |node| self.scripts.script(heap, node);
        if is_cell(heap, source)
            && let Some((export, table)) = export_name(heap, source)
        {
            return Some((name(&export), script_of_exports(heap, self.scripts, table)));
        }
        let EdgeName::Text(text) = heap.edge_name(edge) else {
            return None;
        };
        match heap.edge_kind(edge) {
            EdgeKind::CONTEXT => Some((name(&text), script(source))),
            EdgeKind::PROPERTY if is_global(heap, source) => Some((name(&text), None)),
            EdgeKind::PROPERTY => {
                let owner = heap.raw_name(source);
                match heap.kind(source) {
                    NodeKind::CLOSURE if !owner.is_empty() => Some((
                        format!("{}{}", name(&owner), accessor(&text)),
                        script(source),
                    )),
                    NodeKind::OBJECT if owner == "process" => {
                        Some((format!("process{}", accessor(&text)), None))
                    }
                    // The variable that modules have of their exports is the same object.
                    NodeKind::OBJECT if owner == "Module" => {
                        let is_exports =
                            matches!(&*text, "exports" | "<symbol node:module_export>");
                        let begin = match is_exports {
                            true => "exports".to_owned(),
                            false => format!("module{}", accessor(&text)),
                        };
                        Some((begin, self.module_script(source)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The path of a CommonJS module.
    fn module_script(&self, module: NodeId) -> Option<String> {
        let heap = self.heap();
        let edge = heap.graph().edges_from(module).find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::PROPERTY
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().equals(name, "filename"))
        })?;
        Some(heap.display_name(heap.graph().target(edge)))
    }

    /// What an edge adds to an address.
    fn part(&self, edge: EdgeId, source: NodeId, target: NodeId) -> Option<String> {
        let heap = self.heap();
        let entry = || Some(ENTRY.to_owned());
        if role(heap, edge).is_some() {
            return entry();
        }
        let text = match heap.edge_name(edge) {
            EdgeName::Index(_) if heap.edge_kind(edge) == EdgeKind::ELEMENT => return entry(),
            EdgeName::Index(_) => return None,
            EdgeName::Text(text) => text,
        };
        match heap.edge_kind(edge) {
            EdgeKind::PROPERTY => {
                let many = heap.graph().edge_range(source).len() > DICTIONARY;
                match many || !is_code(&text, Role::Property) {
                    true => entry(),
                    false => Some(accessor(&text)),
                }
            }
            EdgeKind::INTERNAL if text.contains("WeakMap") => entry(),
            EdgeKind::INTERNAL
                if self.view.is(source, PLUMBING)
                    || self.view.is(target, PLUMBING)
                    || heap.kind(source) == NodeKind::NATIVE
                    || is_context(heap, target)
                    || !is_internal_edge(&text) =>
            {
                None
            }
            EdgeKind::INTERNAL => Some(format!("<{text}>")),
            _ => None,
        }
    }

    /// The function that accumulates, or whose timers do: all timers of a program have the same holder.
    fn function(&self) -> Option<String> {
        let heap = self.heap();
        let example = self.example?;
        let function = match heap.kind(example) {
            NodeKind::CLOSURE => example,
            _ if self.pattern == Pattern::Timers => {
                let edges = heap.graph().edges_from(example);
                let is_callback = |edge: &EdgeId| {
                    heap.edge_name_id(*edge)
                        .is_some_and(|name| heap.strings().equals(name, "_onTimeout"))
                };
                heap.graph().target(edges.into_iter().find(is_callback)?)
            }
            _ => return None,
        };
        let own = heap.raw_name(function);
        let file = self.scripts.script(heap, function).map(|url| file_of(&url));
        Some(format!("{} {}", name(&own), file.unwrap_or_default()))
    }
}

/// `.name`, or `[]` for a key that is data.
fn accessor(text: &str) -> String {
    match is_code(text, Role::Property) {
        true => format!(".{}", name(text)),
        false => ENTRY.to_owned(),
    }
}

/// A name, unless a minifier made it or it is data.
fn name(text: &str) -> String {
    let is_short = text.chars().count() <= MINIFIED;
    match is_short || !is_code(text, Role::Function) && !is_code(text, Role::Property) {
        true => ANY.to_owned(),
        false => text.to_owned(),
    }
}

/// A class, unless a minifier named it. Strings are one class, however the engine keeps them.
fn class(text: &str) -> String {
    let text = match text.split_once(" @") {
        // Chromium has object ids in the names of scopes.
        Some((before, id)) if id.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => text,
    };
    match text {
        "(concatenated string)" | "(sliced string)" => "(string)".to_owned(),
        _ if text.chars().count() <= MINIFIED || !is_code(text, Role::Class) => ANY.to_owned(),
        _ => text.to_owned(),
    }
}

/// A script's file without folders, ending and hash of a build, after its package: `cachelib/index`.
fn file_of(url: &str) -> String {
    let file = file_name(url).trim_start_matches("node:");
    let file = file.rsplit('/').next().unwrap_or(file);
    let (stem, _) = file.rsplit_once('.').unwrap_or((file, ""));
    let words = stem.split_inclusive(['.', '-', '_']);
    let kept: String = words
        .filter(|word| !is_hash(word.trim_end_matches(['.', '-', '_'])))
        .collect();
    let kept = kept.trim_end_matches(['.', '-', '_']);
    match package(url) {
        Some(package) => format!("{package}/{kept}"),
        None => kept.to_owned(),
    }
}

/// Whether a part of a file's name is the hash of a build, or a version.
fn is_hash(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits == word.len() && digits > 0
        || word.len() >= 6 && digits > 0 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // Of the reference's list of test vectors.
        for (text, expected) in [
            ("", 0x811c_9dc5),
            ("a", 0xe40c_292c),
            ("foobar", 0xbf9c_f968),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(SignatureId(0x7f3a_90c1).to_string(), "LK-7f3a90c1");
        assert_eq!("LK-7f3a90c1".parse(), Ok(SignatureId(0x7f3a_90c1)));
        for wrong in ["7f3a90c1", "LK-7f3a90c", "LK-7f3a90cg", "LK-+f3a90c1", ""] {
            assert!(wrong.parse::<SignatureId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_lose_what_differs_from_host_to_host() {
        for (url, expected) in [
            (
                "/srv/a/node_modules/cachelib/lib/index.js",
                "cachelib/index",
            ),
            (
                "/x/node_modules/.pnpm/cachelib@2.1.0/node_modules/cachelib/index.js",
                "cachelib/index",
            ),
            ("/x/node_modules/outer/node_modules/@a/b/c.mjs", "@a/b/c"),
            ("node:internal/timers", "timers"),
            ("internal/timers.js", "timers"),
            ("timers.js", "timers"),
            ("https://x.org/assets/main.8f3a2b1c.js?v=2", "main"),
            ("https://x.org/assets/index-BkX93fa1.js", "index"),
            ("file:///srv/app/dist/server.min.js", "server.min"),
        ] {
            assert_eq!(file_of(url), expected, "{url}");
        }
    }

    #[test]
    fn names_of_minifiers_and_data_are_left_out() {
        assert_eq!(name("sessions"), "sessions");
        assert_eq!(name("t"), ANY);
        assert_eq!(accessor("jane@example.com"), ENTRY);
        assert_eq!(accessor("ab"), ".?");
        assert_eq!(class("(sliced string)"), "(string)");
        assert_eq!(class("e"), ANY);
        assert_eq!(
            class("system / Context / scope @457"),
            "system / Context / scope"
        );
    }
}
