//! `diff`: two dumps compared.

use serde::Serialize;

use crate::analysis::comparable::Fingerprint;
use crate::analysis::describe::Scripts;
use crate::analysis::diff::{Basis, DiffRow, diff, diff_by_class};
use crate::analysis::ledger::Ledger;
use crate::analysis::search::{Fuzzy, Matcher};
use crate::cli::args::{Diff, Format};
use crate::cli::choose::{Chosen, choose, note, too_few};
use crate::cli::output::{Cell, Head, Output, Table};
use crate::cli::progress::Shown;
use crate::cli::records::{DumpRecord, Each, PlaceRecord};
use crate::cli::stop::Stop;
use crate::error::Result;
use crate::heap::{Definition, Heap};
use crate::series::{Dump, Series};
use crate::task::Task;
use crate::text::units::{bytes, grouped};

#[derive(Serialize)]
struct Content<'a> {
    from: DumpRecord,
    to: DumpRecord,
    /// Whether objects were told apart by their ids. If not, rows are net changes of classes of one name.
    comparable: bool,
    caveats: &'a [String],
    classes: Each<'a, Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    class: &'a str,
    location: Option<PlaceRecord>,
    added_count: u32,
    removed_count: u32,
    count_delta: i64,
    added_size: u64,
    removed_size: u64,
    size_delta: i64,
}

const COLUMNS: [Head; 8] = [
    Head::text("Class", "class"),
    Head::text("Location", "location"),
    Head::number("New", "added_count"),
    Head::number("Deleted", "removed_count"),
    Head::number("Delta", "count_delta"),
    Head::number("Allocated", "added_size"),
    Head::number("Freed", "removed_size"),
    Head::number("Size delta", "size_delta"),
];

/// One of the two dumps: what is kept of it when its graph is let go.
struct Side {
    ledger: Ledger,
    fingerprint: Fingerprint,
    /// Names of files, where people will read the output.
    scripts: Option<Scripts>,
}

pub(super) fn run(arguments: &Diff) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let named = [arguments.to.as_deref(), arguments.from.as_deref()];
    let mut chosen = choose(&arguments.series, &named, &task)?;
    let (to_dump, later, definitions) = later(arguments, &mut chosen, &task)?;
    let (from_dump, base) = base(arguments, &chosen, &to_dump, &definitions, &task)?;
    let caveats: Vec<String> = chosen
        .incomparable(
            (&from_dump, &base.fingerprint),
            (&to_dump, &later.fingerprint),
        )
        .into_iter()
        .collect();
    let compared = if caveats.is_empty() {
        diff(&base.ledger, &later.ledger, &task)?
    } else {
        diff_by_class(&base.ledger, &later.ledger)
    };
    drop(progress);
    chosen.say_notes();
    for caveat in &caveats {
        note(&format!(
            "{caveat}; rows are net changes of classes of one name"
        ));
    }

    let mut rows = compared.rows;
    if let Some(class) = &arguments.class {
        rows.retain(|row| row.class.name == *class);
    }
    if let Some(query) = &arguments.search {
        let matcher = Fuzzy::default();
        rows.retain(|row| matcher.matches(&row.class.name, query).is_some());
    }
    let output = Output::new(arguments.format.format, arguments.limit);
    let shown: Vec<&DiffRow> = rows.iter().take(output.rows(rows.len())).collect();
    let (from, to) = (DumpRecord::of(&from_dump), DumpRecord::of(&to_dump));
    let table = Table {
        heading: vec![heading(&from, &to, &rows, compared.basis)],
        columns: COLUMNS.to_vec(),
        row: Box::new(|row| cells(shown[row], later.scripts.as_ref())),
        rows: shown.len(),
        more: rows.len() - shown.len(),
    };
    let content = Content {
        from,
        to,
        comparable: compared.basis == Basis::Ids,
        caveats: &caveats,
        classes: Each::of(&shown, record),
    };
    output.print(content, &table)
}

/// Loads the later dump: the one that is named, else the last that can be read.
fn later(
    arguments: &Diff,
    chosen: &mut Chosen,
    task: &Task,
) -> Result<(Dump, Side, Vec<Definition>)> {
    let (load, notes) = (chosen.loader(task), chosen.notes());
    let side = |path: &std::path::Path| {
        let heap = load(path)?;
        notes.add_warnings(path, heap.warnings());
        let ledger = Ledger::of(&heap, task)?;
        let mut side = Side::of(ledger, &heap, task)?;
        if matches!(arguments.format.format, Format::Table | Format::Markdown) {
            side.scripts = Some(Scripts::build(&heap, task)?);
        }
        Ok((side, heap.definitions()))
    };
    let ((loaded, definitions), dump) = match &arguments.to {
        Some(named) => {
            let dump = chosen.find(named)?;
            (side(&dump.path)?, dump)
        }
        None => chosen.series.open_last(side)?,
    };
    Ok((dump, loaded, definitions))
}

/// Loads the base: the one that is named, else the last before the later dump that can be read.
fn base(
    arguments: &Diff,
    chosen: &Chosen,
    to: &Dump,
    definitions: &[Definition],
    task: &Task,
) -> Result<(Dump, Side)> {
    let (load, notes) = (chosen.loader(task), chosen.notes());
    let side = |path: &std::path::Path| {
        let heap = load(path)?;
        notes.add_warnings(path, heap.warnings());
        let ledger = Ledger::by_definitions(&heap, definitions, task)?;
        Side::of(ledger, &heap, task)
    };
    if let Some(named) = &arguments.from {
        let dump = chosen.find(named)?;
        let loaded = side(&dump.path)?;
        return Ok((dump, loaded));
    }
    let before = chosen.series.dumps.iter();
    let before = before.take_while(|dump| dump.path != to.path);
    let mut before = Series::of(before.cloned().collect(), Vec::new());
    before.arrange();
    if before.usable().next().is_none() {
        return Err(match chosen.series.usable().count() {
            0 | 1 => too_few(),
            _ => crate::error::Error::usage(format!("no complete dump is before {}", to.title()))
                .advise("name the base with --from"),
        });
    }
    let (loaded, dump) = before.open_last(side)?;
    Ok((dump, loaded))
}

impl Side {
    fn of(ledger: Ledger, heap: &Heap, task: &Task) -> Result<Self> {
        Ok(Self {
            ledger,
            fingerprint: Fingerprint::of_heap(heap, task)?,
            scripts: None,
        })
    }
}

fn heading(from: &DumpRecord, to: &DumpRecord, rows: &[DiffRow], basis: Basis) -> String {
    let sum = |part: fn(&DiffRow) -> u64| rows.iter().map(part).sum::<u64>();
    let (added, removed) = (
        sum(|row| u64::from(row.added_count)),
        sum(|row| u64::from(row.removed_count)),
    );
    let (allocated, freed) = (sum(|row| row.added_size), sum(|row| row.removed_size));
    let by = match basis {
        Basis::Ids => "",
        Basis::Classes => " · by class only",
    };
    format!(
        "{} · {} → {} · {}{by} · {} new, {}; {} deleted, {}",
        from.label,
        from.path,
        to.label,
        to.path,
        grouped(added),
        bytes(allocated),
        grouped(removed),
        bytes(freed)
    )
}

fn record(row: &DiffRow) -> Record<'_> {
    Record {
        class: &row.class.name,
        location: row.class.place.map(PlaceRecord::from),
        added_count: row.added_count,
        removed_count: row.removed_count,
        count_delta: row.count_delta(),
        added_size: row.added_size,
        removed_size: row.removed_size,
        size_delta: row.size_delta(),
    }
}

/// Where a constructor was written: as the file has it for programs, with the script's name for people.
fn place(row: &DiffRow, scripts: Option<&Scripts>) -> Cell {
    row.class.place.map_or(Cell::Nothing, |place| {
        Cell::place(match scripts {
            Some(scripts) => scripts.show(place),
            None => format!("{}:{}:{}", place.script_id, place.line, place.column),
        })
    })
}

fn cells(row: &DiffRow, scripts: Option<&Scripts>) -> Vec<Cell> {
    vec![
        Cell::name(row.class.name.clone()),
        place(row, scripts),
        Cell::Count(u64::from(row.added_count)),
        Cell::Count(u64::from(row.removed_count)),
        Cell::Change(row.count_delta()),
        Cell::Size(row.added_size),
        Cell::Size(row.removed_size),
        Cell::SizeChange(row.size_delta()),
    ]
}
