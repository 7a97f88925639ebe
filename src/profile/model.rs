//! A profile as columns: call frames in the order of the file, functions told apart once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::column::Column;
use crate::text::place::file_name;

/// The root of every profile: no function, all stacks begin in it.
pub const ROOT: u32 = 0;

/// A function of a profile: name, script, line and column tell it apart, as in DevTools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

impl FunctionId {
    /// Its place in a list with an entry for each function.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A profile. A node is a call frame below the frames that called it; node 0 is the root.
///
/// Nodes are in pre-order: the descendants of a node follow it, up to [`Profile::end`].
#[derive(Debug, Default)]
pub struct Profile {
    pub(super) parent: Column<u32>,
    pub(super) end: Column<u32>,
    pub(super) function: Column<u32>,
    pub(super) self_size: Column<u64>,
    pub(super) total_size: Column<u64>,
    pub(super) functions: Functions,
    /// How many levels of calls the deepest stack has.
    pub(super) depth: u32,
}

/// A function, for reading; all texts are untrusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame<'a> {
    /// The function's name; empty where it has none.
    pub name: &'a str,
    /// Path or URL of its script; empty for what is no script's.
    pub url: &'a str,
    /// V8's number of the script, as text; `0` for what is no script's.
    pub script_id: &'a str,
    /// Line, from 0; -1 for what is no script's.
    pub line: i64,
    /// Column, from 0; -1 for what is no script's.
    pub column: i64,
}

impl<'a> Frame<'a> {
    /// The name that people read: that of a function without a name is `(anonymous)`.
    pub fn shown_name(&self) -> &'a str {
        match self.name {
            "" => "(anonymous)",
            name => name,
        }
    }

    /// Whether it was written in a script, rather than being the engine's own work such as `(GC)`.
    pub fn has_place(&self) -> bool {
        self.line >= 0 && !(self.url.is_empty() && self.script_id == "0")
    }

    /// Where it was written, for people, counted from 1: `file.js:41:12`. Nothing for the engine's own work.
    pub fn shown_place(&self) -> Option<String> {
        if !self.has_place() {
            return None;
        }
        let file = match self.url {
            "" => format!("script {}", self.script_id),
            url => file_name(url).to_owned(),
        };
        Some(format!("{file}:{}:{}", self.line + 1, self.column + 1))
    }
}

/// Functions as columns, their texts told apart once.
#[derive(Debug, Default)]
pub(super) struct Functions {
    texts: Vec<Box<str>>,
    name: Vec<u32>,
    url: Vec<u32>,
    script_id: Vec<u32>,
    line: Vec<i64>,
    column: Vec<i64>,
}

/// Numbers texts and functions while a profile is read.
#[derive(Debug, Default)]
pub(super) struct FunctionsBuilder {
    functions: Functions,
    by_text: HashMap<Box<str>, u32>,
    by_key: HashMap<(u32, u32, i64, i64), u32>,
    text_bytes: usize,
}

impl FunctionsBuilder {
    /// The number of a text.
    pub(super) fn text(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.by_text.get(text) {
            return number;
        }
        let number = self.functions.texts.len() as u32;
        self.text_bytes += text.len();
        self.functions.texts.push(text.into());
        self.by_text.insert(text.into(), number);
        number
    }

    /// The number of a function; its URL is that of its first frame.
    pub(super) fn function(
        &mut self,
        (name, url, script_id): (u32, u32, u32),
        line: i64,
        column: i64,
    ) -> u32 {
        let functions = &mut self.functions;
        let key = (name, script_id, line, column);
        *self.by_key.entry(key).or_insert_with(|| {
            functions.name.push(name);
            functions.url.push(url);
            functions.script_id.push(script_id);
            functions.line.push(line);
            functions.column.push(column);
            functions.name.len() as u32 - 1
        })
    }

    /// About how much memory it takes, in bytes: texts stand in two places, and so do functions.
    pub(super) fn bytes(&self) -> usize {
        let (texts, functions) = (self.functions.texts.len(), self.functions.name.len());
        2 * self.text_bytes + texts * 40 + functions * 72
    }

    pub(super) fn finish(self) -> Functions {
        self.functions
    }
}

impl Profile {
    /// A profile of stacks that come from elsewhere: nodes in pre-order with the parent, function and own bytes of each;
    /// functions as name, URL, number of the script, line and column.
    pub fn from_columns<'a>(
        parent: &[u32],
        function: &[u32],
        sizes: Vec<u64>,
        functions: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>, u32, i64, i64)>,
    ) -> Self {
        let mut builder = FunctionsBuilder::default();
        let numbers: Vec<u32> = functions
            .map(|(name, url, script_id, line, column)| {
                let script = builder.text(&script_id.to_string());
                let texts = (builder.text(&name), builder.text(&url), script);
                builder.function(texts, line, column)
            })
            .collect();
        let number = |&function: &u32| numbers.get(function as usize).copied().unwrap_or(0);
        let functions = function.iter().map(number).collect();
        assemble(parent.to_vec(), functions, sizes, builder.finish())
    }

    /// How many nodes there are; at least the root.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether nothing was allocated that the profile knows of.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// All bytes of the profile.
    pub fn total(&self) -> u64 {
        self.total_size.first().copied().unwrap_or(0)
    }

    /// How many levels of calls the deepest stack has.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The node that called this one; nothing for the root.
    pub fn parent(&self, node: u32) -> Option<u32> {
        let parent = self.parent.get(node as usize).copied()?;
        (node != ROOT).then_some(parent)
    }

    /// Behind the last descendant of a node.
    pub fn end(&self, node: u32) -> u32 {
        self.end.get(node as usize).copied().unwrap_or(node + 1)
    }

    /// A node and its descendants.
    pub fn subtree(&self, node: u32) -> Range<u32> {
        node..self.end(node)
    }

    /// The nodes that a node called.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.end(node);
        std::iter::successors(Some(node + 1), move |&child| Some(self.end(child)))
            .take_while(move |&child| child < end)
    }

    /// The function of a node.
    pub fn function(&self, node: u32) -> FunctionId {
        FunctionId(self.function.get(node as usize).copied().unwrap_or(0))
    }

    /// Bytes that a node itself allocated.
    pub fn self_size(&self, node: u32) -> u64 {
        self.self_size.get(node as usize).copied().unwrap_or(0)
    }

    /// Bytes that a node and all it called allocated.
    pub fn total_size(&self, node: u32) -> u64 {
        self.total_size.get(node as usize).copied().unwrap_or(0)
    }

    /// How many functions there are, the root's among them.
    pub fn function_count(&self) -> usize {
        self.functions.name.len()
    }

    /// All functions, the root's among them.
    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.function_count() as u32).map(FunctionId)
    }

    /// What a function is.
    pub fn frame(&self, function: FunctionId) -> Frame<'_> {
        let functions = &self.functions;
        let at = function.index();
        let text = |column: &[u32]| {
            let number = column.get(at).copied().unwrap_or(0);
            functions.texts.get(number as usize).map_or("", |text| text)
        };
        Frame {
            name: text(&functions.name),
            url: text(&functions.url),
            script_id: text(&functions.script_id),
            line: functions.line.get(at).copied().unwrap_or(-1),
            column: functions.column.get(at).copied().unwrap_or(-1),
        }
    }

    /// The stack of a node, the node itself first and the root left out.
    pub fn stack(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(node), |&node| self.parent(node)).filter(|&node| node != ROOT)
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        let texts: usize = self
            .functions
            .texts
            .iter()
            .map(|text| text.len() + 16)
            .sum();
        self.parent.bytes() * 3 + self.self_size.bytes() * 2 + self.function_count() * 28 + texts
    }
}

/// Makes a profile of nodes in pre-order, each with its parent, its function and its own bytes; sums them up.
pub(super) fn assemble(
    parent: Vec<u32>,
    function: Vec<u32>,
    self_size: Vec<u64>,
    functions: Functions,
) -> Profile {
    let mut total_size = self_size.clone();
    let mut end: Vec<u32> = (1..=parent.len() as u32).collect();
    for node in (1..parent.len()).rev() {
        let above = parent[node] as usize;
        total_size[above] = total_size[above].saturating_add(total_size[node]);
        end[above] = end[above].max(end[node]);
    }
    let mut depths: Vec<u32> = Vec::with_capacity(parent.len());
    for (node, &above) in parent.iter().enumerate() {
        let depth = depths.get(above as usize).map_or(0, |depth| depth + 1);
        depths.push(if node == 0 { 0 } else { depth });
    }
    Profile {
        depth: depths.iter().copied().max().unwrap_or(0),
        parent: parent.into(),
        end: end.into(),
        function: function.into(),
        self_size: self_size.into(),
        total_size: total_size.into(),
        functions,
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A profile from lines of a collapsed format: `a;b;c 100`, functions of `/app.js`, or of `url!name`; stacks that
    /// share their beginning must follow each other.
    pub(crate) fn profile(stacks: &[(&str, u64)]) -> Profile {
        let mut builder = FunctionsBuilder::default();
        let nothing = (builder.text("(root)"), builder.text(""), builder.text("0"));
        builder.function(nothing, -1, -1);
        let (mut parent, mut function, mut sizes) = (vec![0], vec![0], vec![0]);
        let mut open: Vec<(u32, u32)> = Vec::new();
        for (stack, size) in stacks {
            let mut above = 0;
            for (level, frame) in stack.split(';').enumerate() {
                let (url, name) = frame.split_once('!').unwrap_or(("/app.js", frame));
                let line = name.bytes().map(i64::from).sum();
                let texts = (builder.text(name), builder.text(url), builder.text(url));
                let number = builder.function(texts, line, 0);
                match open.get(level) {
                    Some(&(node, open)) if open == number => above = node,
                    _ => {
                        open.truncate(level);
                        let node = parent.len() as u32;
                        parent.push(above);
                        function.push(number);
                        sizes.push(0);
                        open.push((node, number));
                        above = node;
                    }
                }
            }
            open.truncate(stack.split(';').count());
            sizes[above as usize] += size;
        }
        assemble(parent, function, sizes, builder.finish())
    }
}
