//! A snapshot without its texts: the same nodes, ids, sizes, edges, places and classes, and nothing of what the strings
//! of the program said, so that it may be given to others.
//!
//! What a text of the table is used for decides what becomes of it. As the content of a string or a regular expression
//! it is replaced by its length and the least id of an object that has it: strings that were equal stay equal, and the
//! same string is called the same in all dumps of its process. As a name of a class, a function, a file, a variable or
//! a property it stays, unless it does not look like a name in code ([`code`](crate::text::code)): keys of dictionaries are data. A text
//! that is both keeps its name, and the strings get an entry of their own at the end of the table.
//!
//! The file is read three times, in blocks: for its texts, for how they are used, and to be written anew. What is held
//! is some bytes for each text of the table, none of the graph.

mod roles;
mod rows;
mod sections;
mod write;

pub use roles::KeptNames;
pub use write::Redacted;

use std::io::Write;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::save::{self, Replace, Unfinished};
use crate::task::Task;

use super::source::Source;
use roles::Roles;
use sections::{Header, header, sections};

/// Writes the snapshot at `from` to `to` without its texts; compressed by gzip if that name ends with `.gz`.
///
/// # Errors
/// Those of [`redact_into`] and [`Unfinished`].
pub fn redact(from: &Path, to: (&Path, Replace), kept: KeptNames, task: &Task) -> Result<Redacted> {
    let (to, replace) = to;
    save::note_input(from);
    let mut out = Unfinished::begin(to, replace)?;
    let gzip = to.extension().is_some_and(|ending| ending == "gz");
    let done = match gzip {
        false => redact_into(from, &mut out, kept, task),
        true => {
            let mut packed = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
            redact_into(from, &mut packed, kept, task).and_then(|done| {
                let failed = |error| Error::io("cannot write", &error);
                packed.finish().map_err(failed)?;
                Ok(done)
            })
        }
    };
    // An error in the input names its file already.
    let done = done.map_err(|error| match error.path {
        None => error.in_file(to),
        Some(_) => error,
    })?;
    out.finish()?;
    Ok(done)
}

/// Writes the snapshot at `from` without its texts.
///
/// # Errors
/// As [`Snapshot::open`](super::Snapshot::open), as far as it matters here; when the output cannot be written, without
/// the name of a file; cancellation.
pub fn redact_into(
    from: &Path,
    out: &mut impl Write,
    kept: KeptNames,
    task: &Task,
) -> Result<Redacted> {
    let source = Source::open(from).map_err(|error| error.in_file(from))?;
    let (header, roles) = find_roles(&source, kept, task).map_err(|error| error.in_file(from))?;
    let done = write::write(&source, &header, &roles, out, task).map_err(|error| {
        match error.message.starts_with("cannot write") {
            true => error,
            false => error.in_file(from),
        }
    })?;
    // Texts of one file, replaced as another one says, would be texts that stay.
    source.unchanged().map_err(|error| error.in_file(from))?;
    Ok(done)
}

/// Two readings: what the texts are, then how they are used.
fn find_roles(source: &Source<'_>, kept: KeptNames, task: &Task) -> Result<(Header, Roles)> {
    let mut roles = Roles::new(kept);
    let mut found = None;
    sections(source, "reading texts", task, |stream, key| match key {
        "snapshot" => {
            found = Some(header(stream)?);
            Ok(())
        }
        "strings" => roles.read_texts(stream),
        _ => stream.value(None, usize::MAX),
    })?;
    let Some(header) = found else {
        return Err(Error::new(
            ErrorKind::NotASnapshot,
            "JSON, but no heap snapshot: it has no \"snapshot\" header",
        ));
    };
    sections(
        source,
        "looking how texts are used",
        task,
        |stream, key| match key {
            "nodes" => roles.read_nodes(stream, &header.layout),
            "edges" => roles.read_edges(stream, &header.layout),
            "trace_function_infos" => roles.read_functions(stream, &header.function_fields),
            _ => stream.value(None, usize::MAX),
        },
    )?;
    roles.settle()?;
    Ok((header, roles))
}

#[cfg(test)]
mod tests;
