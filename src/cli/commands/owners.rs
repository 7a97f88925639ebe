//! `owners`: whose code keeps what, and how that grows.

use jiff::Timestamp;
use serde_json::json;

use crate::analysis::columns::OWNERS;
use crate::analysis::describe::Scripts;
use crate::analysis::owners::{groups, owned};
use crate::cli::args::Owners;
use crate::cli::choose::choose;
use crate::cli::output::{Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;
use crate::series::Dump;
use crate::source::Sources;
use crate::task::Task;

pub(super) fn run(arguments: &Owners) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut chosen = choose(&arguments.series, &[], &task)?;
    let mut sources = Sources::new(arguments.source.options(), None);
    let mut of_dumps = chosen.each_usable(&task, |path, load, notes| {
        let heap = load()?;
        notes.add_warnings(path, heap.warnings());
        let scripts = Scripts::build(&heap, &task)?;
        let mut original = |url: &str, line, column| sources.original_source(url, line, column);
        owned(&heap, &scripts, arguments.by.into(), &mut original, &task)
    })?;
    let dumps: Vec<&Dump> = chosen.series.usable().collect();
    let kept: Vec<_> = dumps
        .iter()
        .map(|dump| of_dumps.remove(&dump.path).unwrap_or_default())
        .collect();
    let groups = groups(&kept);
    drop(progress);
    chosen.say_notes();

    let times: Vec<Option<Timestamp>> = dumps.iter().map(|dump| dump.time()).collect();
    let title = |dump: Option<&&Dump>| dump.map_or(String::new(), |dump| dump.title().to_owned());
    let (first, last) = (title(dumps.first()), title(dumps.last()));
    let dumps_of: Vec<_> = dumps.iter().map(|dump| DumpRecord::of(dump)).collect();
    let listing = Listing {
        heading: vec![format!("{} dumps, {first} to {last}", dumps.len())],
        about: json!({"dumps": dumps_of}),
        field: "groups",
        columns: OWNERS,
        rows: &groups,
        context: &times[..],
    };
    listing.print(&Output::new(arguments.format.format, arguments.limit))
}
