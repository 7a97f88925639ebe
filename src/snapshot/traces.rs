//! Allocation stacks of a dump: the functions and the tree of traces, read when somebody asks for them.
//!
//! A second pass over the file that keeps nothing else: dumps without such questions pay nothing, and those with them
//! only for what they ask. The names are indices into the strings that the loaded dump has.

use std::path::Path;

use serde::Deserialize;

use super::opening::open;
use super::source::Source;
use super::stream::Stream;
use super::strings::StrId;
use crate::available::Growing;
use crate::column::Column;
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;
use crate::text::units::grouped;

/// The longest header that is believed, in bytes.
const MAX_HEADER: usize = 16 << 20;
/// The most traces and functions that are read.
const MOST: usize = 1 << 26;

/// The fields as V8 writes them, for files whose header comes later or does not name them.
const FUNCTION_FIELDS: [&str; 6] = [
    "function_id",
    "name",
    "script_name",
    "script_id",
    "line",
    "column",
];
const TRACE_FIELDS: [&str; 5] = ["id", "function_info_index", "count", "size", "children"];

/// A function that allocated something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceFunction {
    /// Its name.
    pub name: StrId,
    /// The name of its script.
    pub script_name: StrId,
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, from 0; -1 where it is not known. (The file counts from 1.)
    pub line: i64,
    /// Column, from 0; -1 where it is not known.
    pub column: i64,
}

/// The tree of traces, in pre-order: a trace is a function below the traces that called it.
#[derive(Debug, Default)]
pub struct Traces {
    /// The functions.
    pub functions: Vec<TraceFunction>,
    /// The trace that called each one; the root is its own.
    pub parent: Column<u32>,
    /// The function of each trace, checked to be one.
    pub function: Column<u32>,
    /// How many objects were allocated in each trace, those that are gone among them.
    pub count: Column<u32>,
    /// Their bytes.
    pub size: Column<u64>,
    /// Ids of traces, ascending, and the trace that each is.
    by_id: Vec<(u32, u32)>,
}

impl Traces {
    /// Reads the traces of a dump; nothing where allocations were not recorded.
    ///
    /// # Errors
    /// One [`Error`] that names the file, and the byte at which the traces are damaged.
    pub fn open(path: &Path, task: &Task) -> Result<Option<Self>> {
        let read = || Self::from_source(&Source::open(path)?, task);
        let advice = "the recorded stacks are damaged: record again";
        read().map_err(|error: Error| error.advise_damaged(advice).in_file(path))
    }

    /// Reads the traces of a dump that is in memory.
    ///
    /// # Errors
    /// As [`Traces::open`].
    pub fn read(bytes: &[u8], task: &Task) -> Result<Option<Self>> {
        Self::from_source(&Source::memory(bytes), task)
    }

    fn from_source(source: &Source<'_>, task: &Task) -> Result<Option<Self>> {
        task.stage("reading allocation stacks", source.stored_bytes());
        let mut stream = source.stream(task)?;
        let mut layout = Layout::of(&[], &[])?;
        let (mut functions, mut traces) = (None, None);
        open(&mut stream, "heap snapshot")?;
        while functions.is_none() || traces.is_none() {
            let Some(key) = stream.key()? else { break };
            stream.enter(format!("\"{key}\""));
            match key.as_str() {
                "snapshot" => layout = Layout::read(&mut stream)?,
                "trace_function_infos" => functions = Some(layout.functions(&mut stream)?),
                "trace_tree" => {
                    let known = functions.as_ref().map(Vec::len);
                    traces = Some(layout.traces(&mut stream, known)?);
                }
                _ => stream.value(None, usize::MAX)?,
            }
        }
        let (Some(functions), Some(raw)) = (functions, traces) else {
            return Ok(None);
        };
        if functions.is_empty() || raw.parent.is_empty() {
            return Ok(None);
        }
        let known = functions.len();
        if let Some(wrong) = raw.function.iter().position(|&at| at as usize >= known) {
            return Err(no_function(wrong, raw.function[wrong], known));
        }
        let mut by_id: Vec<(u32, u32)> = raw.id.iter().copied().zip(0..).collect();
        by_id.sort_unstable();
        Ok(Some(Self {
            functions,
            parent: raw.parent.into(),
            function: raw.function.into(),
            count: raw.count.into(),
            size: raw.size.into(),
            by_id,
        }))
    }

    /// How many traces there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The trace with this id, which nodes carry; nothing for 0 and ids of no trace.
    pub fn find(&self, id: u32) -> Option<u32> {
        let at = self.by_id.partition_point(|&(other, _)| other < id);
        self.by_id
            .get(at)
            .filter(|(other, _)| *other == id)
            .map(|&(_, trace)| trace)
    }

    /// A trace and those that called it, up to the root.
    pub fn stack(&self, trace: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(trace), |&trace| {
            let above = *self.parent.get(trace as usize)?;
            (above != trace).then_some(above)
        })
    }
}

#[derive(Deserialize)]
struct Header {
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    trace_function_info_fields: Vec<String>,
    #[serde(default)]
    trace_node_fields: Vec<String>,
}

/// Where the fields are that are kept: for each of the file's fields its place in the usual order.
struct Layout {
    function: Vec<Option<usize>>,
    trace: Vec<Option<usize>>,
}

/// The traces as read.
#[derive(Default)]
struct Raw {
    id: Vec<u32>,
    parent: Vec<u32>,
    function: Vec<u32>,
    count: Vec<u32>,
    size: Vec<u64>,
}

impl Layout {
    fn read(stream: &mut Stream<'_>) -> Result<Self> {
        let mut json = Vec::new();
        stream.token()?;
        let offset = stream.offset();
        stream.value(Some(&mut json), MAX_HEADER)?;
        let header: Header = serde_json::from_slice(&json).map_err(|error| {
            let message = format!("\"snapshot\" is no header of a heap snapshot: {error}");
            Error::new(ErrorKind::NotASnapshot, message).at(offset)
        })?;
        match header.meta {
            Some(meta) => Self::of(&meta.trace_function_info_fields, &meta.trace_node_fields),
            None => Self::of(&[], &[]),
        }
    }

    fn of(function: &[String], trace: &[String]) -> Result<Self> {
        let places = |names: &[String], usual: &[&str]| match names {
            [] => (0..usual.len()).map(Some).collect(),
            names => names
                .iter()
                .map(|name| usual.iter().position(|usual| name == usual))
                .collect::<Vec<_>>(),
        };
        let layout = Self {
            function: places(function, &FUNCTION_FIELDS),
            trace: places(trace, &TRACE_FIELDS),
        };
        for (at, name) in TRACE_FIELDS.iter().enumerate() {
            if layout
                .trace
                .iter()
                .filter(|&&place| place == Some(at))
                .count()
                != 1
            {
                return Err(Error::new(
                    ErrorKind::NotASnapshot,
                    format!("\"trace_node_fields\" does not have {name} once"),
                ));
            }
        }
        Ok(layout)
    }

    fn functions(&self, stream: &mut Stream<'_>) -> Result<Vec<TraceFunction>> {
        let mut functions = Vec::new();
        let mut growing = Growing::default();
        let mut more = stream.list_begins()?;
        while more {
            let mut values = [0i64; FUNCTION_FIELDS.len()];
            for (at, place) in self.function.iter().enumerate() {
                if at > 0 {
                    stream.expect(b',')?;
                }
                let number = stream.integer()?;
                if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                    *value = number;
                }
            }
            check(functions.len(), stream)?;
            growing.holds((functions.len() * size_of::<TraceFunction>()) as u64)?;
            let small = |number: i64| u32::try_from(number).unwrap_or(0);
            functions.push(TraceFunction {
                name: StrId(small(values[1])),
                script_name: StrId(small(values[2])),
                script_id: small(values[3]),
                line: values[4].saturating_sub(1).max(-1),
                column: values[5].saturating_sub(1).max(-1),
            });
            more = stream.list_goes_on()?;
        }
        Ok(functions)
    }

    /// Reads the nested arrays of the tree; the arrays that are open are on a stack of their own. `known` says how many
    /// functions there are, where they came first.
    fn traces(&self, stream: &mut Stream<'_>, known: Option<usize>) -> Result<Raw> {
        /// An array of traces below one, and which field of which trace comes next.
        struct List {
            above: u32,
            trace: u32,
            field: usize,
        }
        /// What a trace takes while it is read, and its place among the ids.
        const EACH: usize = 24 + size_of::<List>() + 8;
        let mut raw = Raw::default();
        let mut growing = Growing::default();
        stream.expect(b'[')?;
        let mut open = vec![List {
            above: 0,
            trace: 0,
            field: 0,
        }];
        while let Some(list) = open.last_mut() {
            match stream.token()? {
                b']' if list.field == 0 => {
                    stream.take(1);
                    open.pop();
                    continue;
                }
                b',' => {
                    stream.take(1);
                    continue;
                }
                _ => {}
            }
            if list.field == 0 {
                check(raw.parent.len(), stream)?;
                growing.holds((raw.parent.len() * EACH) as u64)?;
                list.trace = raw.parent.len() as u32;
                raw.id.push(0);
                raw.parent.push(list.above);
                raw.function.push(0);
                raw.count.push(0);
                raw.size.push(0);
            }
            let place = self.trace[list.field];
            let trace = list.trace as usize;
            list.field = (list.field + 1) % self.trace.len();
            if place == Some(4) {
                stream.expect(b'[')?;
                open.push(List {
                    above: trace as u32,
                    trace: 0,
                    field: 0,
                });
                continue;
            }
            let number = stream.integer()?.max(0) as u64;
            let small = u32::try_from(number).unwrap_or(u32::MAX);
            if place == Some(1)
                && let Some(known) = known.filter(|&known| known > 0 && small as usize >= known)
            {
                return Err(no_function(trace, small, known).at(stream.offset()));
            }
            match place {
                Some(0) => raw.id[trace] = small,
                Some(1) => raw.function[trace] = small,
                Some(2) => raw.count[trace] = small,
                Some(3) => raw.size[trace] = number,
                _ => {}
            }
        }
        Ok(raw)
    }
}

fn no_function(trace: usize, function: u32, known: usize) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!(
            "trace {trace} of \"trace_tree\" is of function {function}, but \"trace_function_infos\" has only {known}"
        ),
    )
}

fn check(count: usize, stream: &Stream<'_>) -> Result<()> {
    if count < MOST {
        return Ok(());
    }
    let message = format!(
        "{} has more than {} entries",
        stream.section(),
        grouped(MOST as u64)
    );
    Err(Error::new(ErrorKind::Unsupported, message).at(stream.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = r#""snapshot":{"meta":{"trace_function_info_fields":["function_id","name","script_name","script_id",
        "line","column"],"trace_node_fields":["id","function_info_index","count","size","children"]}}"#;

    fn read(sections: &str) -> Result<Option<Traces>> {
        Traces::read(format!("{{{META},{sections}}}").as_bytes(), &Task::new())
    }

    const FUNCTIONS: &str = r#""trace_function_infos":[0,1,0,0,0,0, 7,2,3,5,11,4]"#;

    #[test]
    fn trees_become_columns() {
        let tree =
            r#""nodes":[[1,{"a":"]"}]],"trace_tree":[1,0,0,0,[2,1,3,40,[],5,1,0,0,[9,1,2,16,[]]]]"#;
        let traces = read(&format!("{FUNCTIONS},{tree}")).unwrap().unwrap();
        assert_eq!(traces.parent[..], [0, 0, 0, 2]);
        assert_eq!(traces.count[..], [0, 3, 0, 2]);
        assert_eq!(traces.size[..], [0, 40, 0, 16]);
        let trace = traces.find(9).unwrap();
        assert_eq!(traces.stack(trace).collect::<Vec<_>>(), [3, 2, 0]);
        assert_eq!(traces.find(0), None);
        assert_eq!(traces.find(3), None);
        let function = traces.functions[traces.function[3] as usize];
        assert_eq!(
            (function.line, function.column, function.script_id),
            (10, 3, 5)
        );
        assert_eq!(traces.functions[0].line, -1);
    }

    #[test]
    fn dumps_without_traces_have_none() {
        assert!(read(r#""nodes":[1]"#).unwrap().is_none());
        let empty = r#""trace_function_infos":[],"trace_tree":[]"#;
        assert!(read(empty).unwrap().is_none());
    }

    #[test]
    fn damage_is_told_and_depth_does_not_matter() {
        let levels = 100_000;
        let deep = format!(
            "\"trace_tree\":{}{}",
            "[1,1,1,8,".repeat(levels),
            "[]".to_owned() + &"]".repeat(levels)
        );
        let traces = read(&format!("{FUNCTIONS},{deep}")).unwrap().unwrap();
        assert_eq!(traces.len(), levels);
        for (tree, message) in [
            (r#""trace_tree":[1,9,0,0,[]]"#, "only 2"),
            (r#""trace_tree":[1,0,"x",0,[]]"#, "a number"),
            (r#""trace_tree":[1,0,0,0]"#, "expected"),
            (r#""trace_tree":[1,0,0"#, "a number"),
        ] {
            let error = read(&format!("{FUNCTIONS},{tree}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{tree}: {error}");
        }
    }
}
