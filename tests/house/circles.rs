//! No file needs another that needs it back, directly or over others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// A module's path below the crate: `["tui", "app", "find"]`.
type Module = Vec<String>;

/// What a file says of others, without comments and tests.
struct Source {
    path: PathBuf,
    code: String,
    /// Names that it hands on from modules below it, and where each comes from: no need of its own.
    handed_on: HashMap<String, Module>,
}

/// The code of a file without comments, and without its tests, which may look everywhere.
fn code_of(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests {");
    let text = &text[..tests.unwrap_or(text.len())];
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn module_of(src: &Path, path: &Path) -> Module {
    let inside = path.strip_prefix(src).unwrap().with_extension("");
    let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
    names.filter(|name| name != "mod").collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths that `text` begins with, braces multiplied out: `a::{b, c::D}` is `a::b` and `a::c::D`.
fn paths(text: &str) -> Vec<Module> {
    fn read(text: &str, before: &[String], found: &mut Vec<Module>) -> usize {
        let mut path = before.to_vec();
        let mut at = 0;
        loop {
            let rest = &text[at..];
            at += rest.len() - rest.trim_start().len();
            let rest = &text[at..];
            if rest.starts_with('{') {
                at += 1;
                loop {
                    at += read(&text[at..], &path, found);
                    match text[at..].chars().next() {
                        Some(',') => at += 1,
                        Some('}') => return at + 1,
                        _ => return at,
                    }
                }
            }
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if word > 0 {
                path.push(rest[..word].to_owned());
            }
            at += word;
            if text[at..].starts_with("::") && word > 0 {
                at += 2;
                continue;
            }
            if path.len() > before.len() {
                found.push(path);
            }
            // To the end of this branch: an alias, an asterisk, space.
            let rest = &text[at..];
            return at
                + rest.find([',', '}', ';', '\n', '(', ')']).map_or(0, |end| {
                    if rest[..end].trim().is_empty() || rest.trim_start().starts_with("as ") {
                        let skipped = rest[end..].len() - rest[end..].trim_start().len();
                        end + skipped
                    } else {
                        0
                    }
                });
        }
    }
    let mut found = Vec::new();
    read(text, &[], &mut found);
    found
}

/// All paths in a file that may lead to another, from the crate's root.
fn named(code: &str, here: &Module, is_module: &dyn Fn(&[String]) -> bool) -> Vec<(Module, bool)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let start = code[..at]
            .rfind(|c| !is_word(c))
            .map_or(0, |before| before + 1);
        let first = &code[start..at];
        let before = code[..start].trim_end();
        // `pub(in path)` says who may look, and looks nowhere.
        if first.is_empty() || before.ends_with("::") || before.ends_with("(in") {
            continue;
        }
        let line = code[..start].rfind('\n').map_or(0, |end| end + 1);
        let hands_on = code[line..start].trim_start().starts_with("pub") && before.ends_with("use");
        let mut base = here.clone();
        for path in paths(&code[start..]) {
            let mut rest = path.as_slice();
            match first {
                "crate" => {
                    base.clear();
                    rest = &rest[1..];
                }
                "self" => rest = &rest[1..],
                "super" => {
                    base.clone_from(here);
                    while let Some((head, tail)) = rest.split_first()
                        && head == "super"
                    {
                        base.pop();
                        rest = tail;
                    }
                }
                _ => {
                    let child = [here.as_slice(), &[first.to_owned()]].concat();
                    if !is_module(&child) {
                        continue;
                    }
                }
            }
            found.push(([base.as_slice(), rest].concat(), hands_on));
        }
    }
    found
}

/// The circles of files: each as the paths of its files.
pub fn circles(src: &Path, files: &[PathBuf]) -> Vec<Vec<String>> {
    let mut sources: BTreeMap<Module, Source> = BTreeMap::new();
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        // Test files stand beside what they test, and the crate's root knows every room.
        if name.ends_with("tests") || path.parent() == Some(src) && name == "lib" {
            continue;
        }
        let source = Source {
            path: path.clone(),
            code: code_of(&fs::read_to_string(path).unwrap()),
            handed_on: HashMap::new(),
        };
        sources.insert(module_of(src, path), source);
    }
    let modules: BTreeSet<Module> = sources.keys().cloned().collect();
    let is_module = |path: &[String]| modules.contains(path);
    let all: BTreeMap<Module, Vec<(Module, bool)>> = sources
        .iter()
        .map(|(module, source)| (module.clone(), named(&source.code, module, &is_module)))
        .collect();
    for (module, paths) in &all {
        for (path, hands_on) in paths {
            if *hands_on && let Some(name) = path.last() {
                let source = sources.get_mut(module).unwrap();
                source.handed_on.insert(name.clone(), path.clone());
            }
        }
    }
    let resolve = |path: &Module| -> Option<Module> {
        let mut path = path.clone();
        // What is handed on by one module may be by the next.
        for _ in 0..8 {
            let known = (1..=path.len())
                .rev()
                .find(|&end| is_module(&path[..end]))?;
            let next = path
                .get(known)
                .and_then(|name| sources[&path[..known]].handed_on.get(name));
            match next {
                Some(from) if *from != path => path.clone_from(from),
                _ => {
                    path.truncate(known);
                    return Some(path);
                }
            }
        }
        None
    };
    let mut graph = DiGraph::<&Module, ()>::new();
    let nodes: BTreeMap<&Module, _> = modules
        .iter()
        .map(|module| (module, graph.add_node(module)))
        .collect();
    for (module, paths) in &all {
        for (path, hands_on) in paths {
            if let Some(other) = resolve(path)
                && !hands_on
                && other != *module
            {
                graph.update_edge(nodes[module], nodes[&other], ());
            }
        }
    }
    let mut circles: Vec<Vec<String>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|circle| circle.len() > 1)
        .map(|circle| {
            let path = |node| sources[graph[node]].path.strip_prefix(src).unwrap();
            let mut names: Vec<String> = circle
                .into_iter()
                .map(|node| path(node).display().to_string())
                .collect();
            names.sort();
            names
        })
        .collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}
