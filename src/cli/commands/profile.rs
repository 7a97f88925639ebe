//! `profile`: who allocated what, of one sampling profile, of two, or of a series.

use std::path::PathBuf;

use std::io::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::analysis::growth::per_hour;
use crate::analysis::profiles::{ProfileRow, Size, Subject, by_group, by_path};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::cli::args::{Profile as Arguments, ProfileBy, ProfileFormat, ProfileSort};
use crate::cli::choose::{discover_series, note, nothing};
use crate::cli::commands::profile_rows::{
    Context, ProfileRecord, Read, frames, of_one, of_several,
};
use crate::cli::output::{Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::profile::merge::Merged;
use crate::profile::{Profile, export};
use crate::save;
use crate::series::{ProfileFile, Profiles, Series};
use crate::task::Task;
use crate::text::units::{bytes, bytes_delta};

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let found = discover_series(&arguments.series, &task)?;
    let profiles = Profiles::of(&found, arguments.series.process.as_deref())?;
    let (read, files) = read(arguments, wanted(arguments, &found, &profiles)?, &task)?;
    let Some(format) = arguments.format.listing() else {
        drop(progress);
        return write_export(arguments.format, &read, &files);
    };
    let merged = Merged::new(&read, &task)?;
    let size = match arguments.sort {
        ProfileSort::Own => Size::Own,
        ProfileSort::Total => Size::Total,
    };
    let rows = rows(arguments, &merged, size, &files, &task)?;
    drop(progress);
    say(&profiles, arguments);
    let output = Output::new(format, arguments.limit);
    let context = Context {
        merged: &merged,
        total: files.last().map_or(0, |read| read.total),
        size,
    };
    let (by, two) = (arguments.by, is_named(arguments));
    let mut about = about(&files, two);
    if by == ProfileBy::Path {
        let shown = &rows[..output.rows(rows.len())];
        about["frames"] = frames(&context, shown)?;
    }
    let listing = Listing {
        heading: heading(&files, two),
        about,
        field: match by {
            ProfileBy::Function => "functions",
            ProfileBy::File | ProfileBy::Package => "groups",
            ProfileBy::Path => "paths",
        },
        columns: &match files.len() {
            1 => of_one(by),
            _ => of_several(by, size, two),
        },
        rows: &rows,
        context: &context,
    };
    listing.print(&output)
}

/// Reads the profiles. In a series the others stay usable when one is damaged; those that were named must be read.
fn read(
    arguments: &Arguments,
    wanted: Vec<ProfileFile>,
    task: &Task,
) -> Result<(Vec<Profile>, Vec<Read>)> {
    let must_be_read = wanted.len() == 1 || is_named(arguments);
    let (mut read, mut files) = (Vec::new(), Vec::new());
    for file in wanted {
        match Profile::open(&file.dump.path, task) {
            Ok(profile) => {
                files.push(Read {
                    total: profile.total(),
                    file,
                });
                read.push(profile);
            }
            Err(error) if must_be_read || error.is_cancelled() => return Err(error),
            Err(error) => note(&error.to_string()),
        }
    }
    Ok((read, files))
}

/// Writes one profile in the format of another tool.
fn write_export(format: ProfileFormat, read: &[Profile], files: &[Read]) -> Result<(), Stop> {
    let ([profile], [of]) = (read, files) else {
        let error = Error::usage("an export is of one profile, and there are several");
        return Err(error.advise("choose one with --at").into());
    };
    save::check_stdout()?;
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    match format {
        ProfileFormat::Speedscope => export::speedscope(profile, &of.file.dump.name, &mut out)?,
        _ => export::collapsed(profile, &mut out)?,
    }
    Ok(out.flush()?)
}

/// The rows that are asked for, in their order.
fn rows(
    arguments: &Arguments,
    merged: &Merged<'_>,
    size: Size,
    files: &[Read],
    task: &Task,
) -> Result<Vec<ProfileRow>> {
    let times: Vec<Option<Timestamp>> = files.iter().map(|of| of.file.dump.taken_at).collect();
    let mut rows = match arguments.by.groups() {
        Some(by) => by_group(merged, by, size, &times, task)?,
        None => by_path(merged, size, &times, task)?,
    };
    if files.len() == 1 {
        let other = match size {
            Size::Own => Size::Total,
            Size::Total => Size::Own,
        };
        let last = |row: &ProfileRow, size| row.sizes(size).last().copied();
        rows.sort_by_key(|row| std::cmp::Reverse((last(row, size), last(row, other))));
    }
    if let Some(query) = &arguments.search {
        let matcher = Fuzzy::default();
        rows.retain(|row| matcher.matches(&searched(merged, row), query).is_some());
    }
    Ok(rows)
}

/// What JSON says of the profiles. Of two profiles, or of a series, there is growth.
fn about(files: &[Read], two: bool) -> Value {
    match files {
        [read] => json!({"profile": ProfileRecord::of(read), "total_size": read.total}),
        [from, .., to] if two => json!({
            "from": ProfileRecord::of(from),
            "to": ProfileRecord::of(to),
            "growth_per_hour": growth_per_hour(files),
        }),
        _ => {
            let all: Vec<ProfileRecord> = files.iter().map(ProfileRecord::of).collect();
            json!({"profiles": all, "growth_per_hour": growth_per_hour(files)})
        }
    }
}

/// Of all bytes.
fn growth_per_hour(files: &[Read]) -> Option<i64> {
    let times = files.iter().map(|read| read.file.dump.taken_at);
    let totals: Vec<u64> = files.iter().map(|read| read.total).collect();
    let rate = per_hour(&times.collect::<Vec<_>>(), &totals)?;
    Some(rate.round() as i64)
}

/// The profiles in lines such as `p2 · sample_….heapprofile · heap 52 MB · 1.2 MB`, and what they come to.
fn heading(files: &[Read], two: bool) -> Vec<String> {
    let described = |read: &Read| {
        let file = &read.file;
        let heap = file.heap_mb;
        let heap = heap.map_or(String::new(), |mb| format!(" · heap {mb} MB"));
        let (path, total) = (file.dump.path.display(), bytes(read.total));
        format!("{} · {path}{heap} · {total}", file.label)
    };
    let (first, last) = match files {
        [first, .., last] => (first, last),
        _ => return files.iter().map(described).collect(),
    };
    let mut sum = match two {
        true => String::new(),
        false => format!("{} profiles, ", files.len()),
    };
    sum.push_str(&bytes_delta(last.total as i64 - first.total as i64));
    if let Some(rate) = growth_per_hour(files) {
        sum.push_str(&format!(" · {}/h", bytes_delta(rate)));
    }
    vec![described(first), described(last), sum]
}

fn is_named(arguments: &Arguments) -> bool {
    arguments.from.is_some() || arguments.to.is_some()
}

/// The profiles that the arguments ask for.
fn wanted(arguments: &Arguments, found: &Series, profiles: &Profiles) -> Result<Vec<ProfileFile>> {
    let files = &profiles.files;
    if let Some(named) = &arguments.at {
        return Ok(vec![files[profiles.find(named)?].clone()]);
    }
    if is_named(arguments) {
        let at = |named: &Option<String>, otherwise: usize| match named {
            Some(named) => profiles.find(named),
            None => Ok(otherwise),
        };
        if files.len() < 2 {
            return Err(
                none(found, profiles, &arguments.series.paths).unwrap_or_else(|| {
                    Error::usage("there is only one profile, and a comparison needs two")
                        .advise("name the directory with both")
                }),
            );
        }
        let from = at(&arguments.from, 0)?;
        let to = at(&arguments.to, files.len() - 1)?;
        return Ok(vec![files[from].clone(), files[to].clone()]);
    }
    match none(found, profiles, &arguments.series.paths) {
        Some(error) => Err(error),
        None => Ok(files.clone()),
    }
}

/// Why there is no profile; `None` when there is one.
fn none(found: &Series, profiles: &Profiles, paths: &[PathBuf]) -> Option<Error> {
    if !profiles.files.is_empty() {
        return None;
    }
    if let [broken, ..] = profiles.broken.as_slice() {
        // Reading it tells best what is wrong.
        let read = Profile::open(&broken.path, &Task::new());
        let problem = broken.problem.clone().unwrap_or_default();
        let guess = || Error::usage(problem).in_file(&broken.path);
        return Some(read.err().unwrap_or_else(guess));
    }
    Some(match (found.dumps.as_slice(), found.problems.as_slice()) {
        ([dump], _) => {
            let message = match &dump.problem {
                Some(problem) => format!("{}: {problem}", dump.state),
                None => format!("a {}, not a sampling profile", dump.kind),
            };
            Error::usage(message)
                .in_file(&dump.path)
                .advise("name a .heapprofile file or a directory with some")
        }
        ([], [problem, ..]) => problem.clone(),
        _ => nothing("sampling profile", ".heapprofile", paths),
    })
}

fn say(profiles: &Profiles, arguments: &Arguments) {
    if let Some(others) = &profiles.others {
        note(&format!(
            "profiles of other processes are left out: {others}; choose with --process"
        ));
    }
    if arguments.at.is_none() {
        for dump in &profiles.broken {
            let problem = dump.problem.as_deref().unwrap_or_default();
            note(&format!(
                "{}: {}: {problem}",
                dump.path.display(),
                dump.state
            ));
        }
    }
}

/// What a search looks at.
fn searched(merged: &Merged<'_>, row: &ProfileRow) -> String {
    match row.subject {
        Subject::Function(function) => format!("{} {}", row.name, merged.frame(function).url),
        Subject::Path(path) => {
            let names = merged
                .stack(path)
                .map(|function| merged.frame(function).shown_name());
            names.collect::<Vec<_>>().join(" ")
        }
    }
}
