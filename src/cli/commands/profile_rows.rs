//! The rows of `profile`: for people, for spreadsheets and for programs.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::analysis::profiles::{ProfileRow, Size, Subject};
use crate::cli::args::ProfileBy;
use crate::cli::output::{Cell, Head};
use crate::cli::records::Each;
use crate::profile::merge::Merged;
use crate::series::ProfileFile;
use crate::text::units::{bytes, bytes_delta};

/// How many callers a call path shows in a table.
const CALLERS: usize = 12;

/// A profile that was read.
pub(super) struct Read {
    pub file: ProfileFile,
    pub total: u64,
}

/// A profile as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ProfileRecord {
    label: String,
    path: String,
    taken_at: Option<String>,
    /// Size of the heap in MB that the name tells.
    heap_mb: Option<u64>,
    total_size: u64,
}

impl ProfileRecord {
    pub(super) fn of(file: &ProfileFile, total_size: u64) -> Self {
        let time = file.dump.taken_at;
        Self {
            label: file.label.clone(),
            path: file.dump.path.to_string_lossy().into_owned(),
            taken_at: time.map(|time| time.strftime("%FT%TZ").to_string()),
            heap_mb: file.heap_mb,
            total_size,
        }
    }
}

/// A function, lines and columns counted from 0 as in the file, with its sizes where they are asked for.
#[derive(Debug, Serialize)]
pub(super) struct FrameRecord<'a> {
    function: &'a str,
    url: &'a str,
    line: i64,
    column: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    self_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_size: Option<u64>,
    /// The total with each stack counted once.
    #[serde(skip_serializing_if = "Option::is_none")]
    once_size: Option<u64>,
}

impl<'a> FrameRecord<'a> {
    fn of(merged: &Merged<'a>, function: u32) -> Self {
        let frame = merged.frame(function);
        Self {
            function: frame.name,
            url: frame.url,
            line: frame.line,
            column: frame.column,
            script_id: None,
            self_size: None,
            total_size: None,
            once_size: None,
        }
    }
}

/// A file or package.
#[derive(Debug, Serialize)]
pub(super) struct GroupRecord<'a> {
    name: &'a str,
    self_size: u64,
    total_size: u64,
}

/// A call path: its functions are numbers in `frames`, the last one first.
#[derive(Debug, Serialize)]
pub(super) struct PathRecord {
    stack: Vec<usize>,
    self_size: u64,
    total_size: u64,
}

impl PathRecord {
    pub(super) fn of(merged: &Merged<'_>, row: &ProfileRow) -> Self {
        let stack = stack(merged, row).map(|function| function as usize);
        Self {
            stack: stack.collect(),
            self_size: last(&row.self_sizes),
            total_size: last(&row.total_sizes),
        }
    }
}

fn last(sizes: &[u64]) -> u64 {
    sizes.last().copied().unwrap_or(0)
}

fn first(sizes: &[u64]) -> u64 {
    sizes.first().copied().unwrap_or(0)
}

/// The functions of a row: of a call path all, the last one first.
fn stack<'a>(merged: &'a Merged<'_>, row: &ProfileRow) -> impl Iterator<Item = u32> + 'a {
    let (function, path) = match row.subject {
        Subject::Function(function) => (Some(function), None),
        Subject::Path(path) => (None, Some(path)),
    };
    let path = path.into_iter().flat_map(|path| merged.stack(path));
    function.into_iter().chain(path)
}

/// What a row is of, for people: a function and its place, a file, a package, or a call path.
fn subject(merged: &Merged<'_>, row: &ProfileRow, by: ProfileBy) -> Vec<Cell> {
    match row.subject {
        Subject::Function(function) if by == ProfileBy::Function => {
            let frame = merged.frame(function);
            let place = frame.shown_place().map_or(Cell::Nothing, Cell::place);
            vec![Cell::function(row.name.clone()), place]
        }
        Subject::Function(_) => vec![Cell::Path(row.name.clone())],
        Subject::Path(path) => {
            let mut names: Vec<String> = merged
                .stack(path)
                .take(CALLERS)
                .map(|function| merged.frame(function).shown_name().to_owned())
                .collect();
            if let Some(function) = merged.stack(path).next()
                && let Some(place) = merged.frame(function).shown_place()
                && let Some(name) = names.first_mut()
            {
                *name = format!("{name} {place}");
            }
            if merged.stack(path).nth(CALLERS).is_some() {
                names.push("…".to_owned());
            }
            vec![Cell::function(names.join(" ← "))]
        }
    }
}

/// The same for programs.
fn plain_subject(merged: &Merged<'_>, row: &ProfileRow, by: ProfileBy) -> Vec<Cell> {
    match row.subject {
        Subject::Function(function) if by == ProfileBy::Function => {
            let frame = merged.frame(function);
            vec![
                Cell::function(frame.name.to_owned()),
                Cell::place(frame.url.to_owned()),
                Cell::Change(frame.line),
                Cell::Change(frame.column),
            ]
        }
        Subject::Function(_) => vec![Cell::function(row.name.clone())],
        Subject::Path(path) => {
            let names = merged.stack(path).map(|function| {
                let frame = merged.frame(function);
                format!(
                    "{} {}:{}:{}",
                    frame.name, frame.url, frame.line, frame.column
                )
            });
            vec![Cell::function(names.collect::<Vec<_>>().join(";"))]
        }
    }
}

fn subject_columns(by: ProfileBy, programs: bool) -> Vec<Head> {
    match by {
        ProfileBy::Function if programs => vec![
            Head::text("Function", "function"),
            Head::text("URL", "url"),
            Head::number("Line", "line"),
            Head::number("Head", "column"),
        ],
        ProfileBy::Function => vec![
            Head::text("Function", "function"),
            Head::text("Place", "place"),
        ],
        ProfileBy::File => vec![Head::text("File", "name")],
        ProfileBy::Package => vec![Head::text("Package", "name")],
        ProfileBy::Path => vec![Head::text("Call path", "stack")],
    }
}

/// One profile.
pub(super) struct Single<'a> {
    pub merged: &'a Merged<'a>,
    pub total: u64,
    pub by: ProfileBy,
    pub programs: bool,
}

impl<'a> Single<'a> {
    pub(super) fn heading(&self, file: &ProfileFile) -> Vec<String> {
        vec![format!("{} · {}", described(file), bytes(self.total))]
    }

    pub(super) fn columns(&self) -> Vec<Head> {
        let sizes = match self.programs {
            true => vec![
                Head::number("Self size", "self_size"),
                Head::number("Total size", "total_size"),
            ],
            false => vec![
                Head::number("Self size", "self_size"),
                Head::number("%", "self_percent"),
                Head::number("Total size", "total_size"),
                Head::number("%", "total_percent"),
            ],
        };
        [subject_columns(self.by, self.programs), sizes].concat()
    }

    pub(super) fn cells(&self, row: &ProfileRow) -> Vec<Cell> {
        let (own, total) = (last(&row.self_sizes), last(&row.total_sizes));
        if self.programs {
            let mut cells = plain_subject(self.merged, row, self.by);
            cells.extend([Cell::Size(own), Cell::Size(total)]);
            return cells;
        }
        let mut cells = subject(self.merged, row, self.by);
        cells.extend([
            Cell::Size(own),
            Cell::Percent(own, self.total),
            Cell::Size(total),
            Cell::Percent(total, self.total),
        ]);
        cells
    }

    pub(super) fn function(&self, row: &ProfileRow) -> FrameRecord<'a> {
        let function = stack(self.merged, row).next().unwrap_or(0);
        FrameRecord {
            script_id: Some(self.merged.frame(function).script_id),
            self_size: Some(last(&row.self_sizes)),
            total_size: Some(last(&row.total_sizes)),
            once_size: Some(last(&row.once_sizes)),
            ..FrameRecord::of(self.merged, function)
        }
    }

    pub(super) fn group(&self, row: &'a ProfileRow) -> GroupRecord<'a> {
        GroupRecord {
            name: &row.name,
            self_size: last(&row.self_sizes),
            total_size: last(&row.total_sizes),
        }
    }
}

/// The functions of the profiles, which call paths refer to by number; nothing beyond the last that one does.
pub(super) fn frames<'a>(merged: &Merged<'a>, rows: &[&ProfileRow]) -> Vec<FrameRecord<'a>> {
    let used: BTreeSet<u32> = rows.iter().flat_map(|row| stack(merged, row)).collect();
    let end = used.last().map_or(0, |last| last + 1);
    (0..end)
        .map(|function| FrameRecord::of(merged, function))
        .collect()
}

/// A profile in a heading: `p2 · sample_….heapprofile · heap 52 MB`.
fn described(file: &ProfileFile) -> String {
    let heap = file
        .heap_mb
        .map_or(String::new(), |mb| format!(" · heap {mb} MB"));
    format!("{} · {}{heap}", file.label, file.dump.path.display())
}

/// Several profiles.
pub(super) struct Comparison<'a> {
    pub merged: &'a Merged<'a>,
    pub files: &'a [Read],
    pub by: ProfileBy,
    /// The size that counts.
    pub size: Size,
    /// Two profiles were asked for, rather than a series.
    pub two: bool,
    pub programs: bool,
}

/// The JSON document of a comparison.
#[derive(Serialize)]
pub(super) struct Compared<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<ProfileRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<ProfileRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profiles: Option<Vec<ProfileRecord>>,
    /// Of all bytes.
    growth_per_hour: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<Each<'a, ComparedRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Each<'a, ComparedRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Vec<FrameRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Each<'a, ComparedRecord<'a>>>,
}

#[derive(Serialize)]
struct ComparedRecord<'a> {
    #[serde(flatten)]
    function: Option<FrameRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<Vec<u32>>,
    change: &'static str,
    #[serde(flatten)]
    figures: Figures<'a>,
    self_delta: i64,
    total_delta: i64,
    growth_per_hour: Option<i64>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Figures<'a> {
    Two {
        from_self_size: u64,
        to_self_size: u64,
        from_total_size: u64,
        to_total_size: u64,
    },
    Several {
        self_sizes: &'a [u64],
        total_sizes: &'a [u64],
    },
}

impl<'a> Comparison<'a> {
    pub(super) fn heading(&self) -> Vec<String> {
        let ends = [self.files.first(), self.files.last()];
        let mut lines: Vec<String> = ends
            .iter()
            .flatten()
            .map(|read| format!("{} · {}", described(&read.file), bytes(read.total)))
            .collect();
        let mut sum = match self.two {
            true => String::new(),
            false => format!("{} profiles, ", self.files.len()),
        };
        sum.push_str(&bytes_delta(self.delta()));
        if let Some(rate) = self.per_hour() {
            sum.push_str(&format!(" · {}/h", bytes_delta(rate)));
        }
        lines.push(sum);
        lines
    }

    fn delta(&self) -> i64 {
        let total = |read: Option<&Read>| read.map_or(0, |read| read.total) as i64;
        total(self.files.last()) - total(self.files.first())
    }

    fn per_hour(&self) -> Option<i64> {
        let times: Vec<_> = self
            .files
            .iter()
            .map(|read| read.file.dump.taken_at)
            .collect();
        let totals: Vec<u64> = self.files.iter().map(|read| read.total).collect();
        let rate = crate::analysis::growth::per_hour(&times, &totals)?;
        Some(rate.round() as i64)
    }

    pub(super) fn columns(&self) -> Vec<Head> {
        let mut columns = vec![Head::text("Change", "change")];
        columns.extend(subject_columns(self.by, self.programs));
        if self.two && self.programs {
            columns.extend([
                Head::number("Self from", "from_self_size"),
                Head::number("Self to", "to_self_size"),
                Head::number("Total from", "from_total_size"),
                Head::number("Total to", "to_total_size"),
            ]);
        } else if self.programs {
            columns.extend([
                Head::text("Self sizes", "self_sizes"),
                Head::text("Total sizes", "total_sizes"),
            ]);
        } else {
            columns.push(match self.size {
                Size::Own => Head::text("Self size", "self_sizes"),
                Size::Total => Head::text("Total size", "total_sizes"),
            });
        }
        columns.extend([
            Head::number("Self delta", "self_delta"),
            Head::number("Total delta", "total_delta"),
            Head::number("Per hour", "growth_per_hour"),
        ]);
        columns
    }

    pub(super) fn cells(&self, row: &ProfileRow) -> Vec<Cell> {
        let mut cells = vec![Cell::note(row.change.as_str())];
        if self.programs {
            cells.extend(plain_subject(self.merged, row, self.by));
        } else {
            cells.extend(subject(self.merged, row, self.by));
        }
        if self.two && self.programs {
            let sizes = [&row.self_sizes, &row.total_sizes];
            let ends = sizes.iter().flat_map(|sizes| [first(sizes), last(sizes)]);
            cells.extend(ends.map(Cell::Size));
        } else if self.programs {
            let list = |sizes: &[u64]| {
                let texts: Vec<String> = sizes.iter().map(u64::to_string).collect();
                Cell::note(texts.join(" "))
            };
            cells.extend([list(&row.self_sizes), list(&row.total_sizes)]);
        } else {
            cells.push(Cell::note(course(row.sizes(self.size))));
        }
        cells.extend([
            Cell::SizeChange(row.delta(Size::Own)),
            Cell::SizeChange(row.delta(Size::Total)),
            per_hour(row).map_or(Cell::Nothing, Cell::SizeChange),
        ]);
        cells
    }

    pub(super) fn content(&'a self, shown: &'a [&'a ProfileRow]) -> Compared<'a> {
        let record = |at: usize| {
            let read = self.files.get(at)?;
            Some(ProfileRecord::of(&read.file, read.total))
        };
        let all = (0..self.files.len()).filter_map(record);
        let by_path = self.by == ProfileBy::Path;
        let functions = self.by == ProfileBy::Function;
        let rows = || Each::of(shown, |row| self.record(row));
        Compared {
            from: record(0).filter(|_| self.two),
            to: record(self.files.len() - 1).filter(|_| self.two),
            profiles: (!self.two).then(|| all.collect()),
            growth_per_hour: self.per_hour(),
            functions: functions.then(rows),
            groups: (!functions && !by_path).then(rows),
            frames: by_path.then(|| frames(self.merged, shown)),
            paths: by_path.then(rows),
        }
    }

    fn record(&self, row: &'a ProfileRow) -> ComparedRecord<'a> {
        let functions = self.by == ProfileBy::Function;
        let (own, total) = (&row.self_sizes, &row.total_sizes);
        ComparedRecord {
            function: stack(self.merged, row)
                .next()
                .filter(|_| functions)
                .map(|function| FrameRecord::of(self.merged, function)),
            name: (!functions && self.by != ProfileBy::Path).then_some(&row.name),
            stack: (self.by == ProfileBy::Path).then(|| stack(self.merged, row).collect()),
            change: row.change.as_str(),
            figures: match self.two {
                true => Figures::Two {
                    from_self_size: first(own),
                    to_self_size: last(own),
                    from_total_size: first(total),
                    to_total_size: last(total),
                },
                false => Figures::Several {
                    self_sizes: own,
                    total_sizes: total,
                },
            },
            self_delta: row.delta(Size::Own),
            total_delta: row.delta(Size::Total),
            growth_per_hour: per_hour(row),
        }
    }
}

fn per_hour(row: &ProfileRow) -> Option<i64> {
    row.growth_per_hour.map(|rate| rate.round() as i64)
}

/// How many profiles a cell shows; of more the middle is left out.
const SHOWN: usize = 5;

/// Sizes one after the other: `1.2 kB → 3.4 kB → 5.6 kB`.
fn course(sizes: &[u64]) -> String {
    let mut shown: Vec<String> = sizes.iter().map(|&size| bytes(size)).collect();
    if shown.len() > SHOWN {
        let last = shown.split_off(shown.len() - SHOWN / 2);
        shown.truncate(SHOWN / 2);
        shown.push("…".to_owned());
        shown.extend(last);
    }
    shown.join(" → ")
}
