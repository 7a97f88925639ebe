//! `diff`: two dumps compared.

use std::path::Path;

use serde_json::json;

use crate::analysis::columns::{OfClasses, diff as columns};
use crate::analysis::comparable::Fingerprint;
use crate::analysis::describe::Scripts;
use crate::analysis::diff::{Basis, DiffRow, diff, diff_by_class};
use crate::analysis::ledger::Ledger;
use crate::cli::args::{Diff, Format};
use crate::cli::choose::{Chosen, choose, note, too_few};
use crate::cli::commands::wanted_classes::WantedClasses;
use crate::cli::output::{Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;
use crate::error::Result;
use crate::heap::{Definition, Heap};
use crate::series::memory::Tables;
use crate::series::{Dump, Series};
use crate::source::Sources;
use crate::task::Task;
use crate::text::units::{bytes, grouped};

/// One of the two dumps: what stays of it when its graph is dropped.
struct Side {
    ledger: Ledger,
    fingerprint: Fingerprint,
    /// Names of files, and of classes where maps tell.
    scripts: Option<Scripts>,
}

pub(super) fn run(arguments: &Diff) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let named = [arguments.to.as_deref(), arguments.from.as_deref()];
    let mut chosen = choose(&arguments.series, &named, &task)?;
    settle(&chosen, named)?;
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

    let originals = later.scripts.as_ref().and_then(Scripts::originals);
    let mut rows = compared.rows;
    let wanted = WantedClasses::new(arguments.class.as_deref(), arguments.search.as_deref());
    rows.retain(|row| wanted.has(&row.class, originals));
    let (from, to) = (DumpRecord::of(&from_dump), DumpRecord::of(&to_dump));
    let output = Output::new(arguments.format.format, arguments.limit);
    let scripts = later.scripts.as_ref();
    let naming = OfClasses {
        scripts: scripts.filter(|_| !output.is_for_programs()),
        originals,
        tells_rates: false,
    };
    let listing = Listing {
        heading: vec![heading(&from, &to, &rows, compared.basis)],
        about: json!({
            "from": from,
            "to": to,
            // Whether objects were told apart by their ids. If not, rows are net changes of classes of one name.
            "comparable": compared.basis == Basis::Ids,
            "caveats": caveats,
        }),
        field: "classes",
        columns: &columns(&naming),
        rows: &rows,
        context: &naming,
    };
    listing.print(&output)
}

/// Settles that the two dumps can be compared: those that are named, else any two.
fn settle(chosen: &Chosen, named: [Option<&str>; 2]) -> Result<()> {
    let found: Vec<Dump> = match named {
        [Some(to), Some(from)] => vec![chosen.find(to)?, chosen.find(from)?],
        _ => chosen.series.usable().cloned().collect(),
    };
    let dumps: Vec<&Path> = found.iter().map(|dump| &*dump.path).collect();
    chosen.settle_tables(&dumps, Tables::Diff)
}

/// Loads the later dump: the one that is named, else the last that can be read.
fn later(
    arguments: &Diff,
    chosen: &mut Chosen,
    task: &Task,
) -> Result<(Dump, Side, Vec<Definition>)> {
    let (load, notes) = (chosen.loader(task), chosen.notes());
    let side = |path: &Path| {
        let heap = load(path)?;
        notes.add_warnings(path, heap.warnings());
        let ledger = Ledger::of(&heap, task)?;
        let mut side = Side::of(ledger, &heap, task)?;
        let for_people = matches!(arguments.format.format, Format::Table | Format::Markdown);
        if for_people || !arguments.source.no_source {
            let mut sources = Sources::new(arguments.source.options(), None).of_dump(path);
            side.scripts = Some(sources.scripts(&heap, task)?);
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
    let side = |path: &Path| {
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
            0 | 1 => too_few(to),
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
