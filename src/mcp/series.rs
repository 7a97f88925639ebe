//! Tools over all dumps: what there is, what leaks, what grows, whose it is, and the report.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::analysis::columns::{self, OWNERS, OfClasses, classes};
use crate::analysis::comparable::{Fingerprint, comparable};
use crate::analysis::describe::Scripts;
use crate::analysis::diff::{diff, diff_by_class};
use crate::analysis::hops::folded;
use crate::analysis::ledger::Ledger;
use crate::analysis::owners::{By, groups, owned};
use crate::analysis::paths::Step;
use crate::analysis::selection::Selection;
use crate::analysis::summary::summary;
use crate::analysis::suspects::{Leaked, Suspect};
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::report::{Beside, Report, Template, Written};
use crate::series::{Dump, sources_of};
use crate::source::{Change, Sources};
use crate::table::Records;
use crate::task::Task;
use crate::text::code::{Role, shown};
use crate::text::mask::{Reveal, words};
use crate::text::span::Spans;

use super::answer::Answer;
use super::arguments::Arguments;
use super::dumps::{Dumps, Looked};

pub(super) fn overview(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let looked = dumps.look(None, task)?;
    let reveal = dumps.served.reveal;
    let all: Vec<Value> = dumps
        .dumps
        .iter()
        .map(|dump| {
            json!({
                "label": dump.title(),
                "file": words(&dump.name, reveal),
                "taken_at": dump.time().map(|time| time.strftime("%FT%TZ").to_string()),
                "file_bytes": dump.bytes,
            })
        })
        .collect();
    let statistics = looked.heap.statistics();
    let rows = summary(&looked.heap, &Selection::All, task)?;
    let naming = looked.naming();
    let records_of = classes(&naming);
    let records = Records::of(&records_of, &rows, &naming);
    let about = json!({
        "dumps": all,
        "last": looked.dump.title(),
        "total_bytes": statistics.total,
        "objects": rows.iter().map(|row| u64::from(row.count)).sum::<u64>(),
        "statistics": {
            "v8_heap": statistics.v8_heap, "code": statistics.code, "strings": statistics.strings,
            "js_arrays": statistics.js_arrays, "typed_arrays": statistics.typed_arrays,
            "native": statistics.native,
        },
        "next": "suspects names the leak; trend shows what grows",
    });
    let command = dumps.command("summary", &["--format", "json"]);
    let answer = Answer::of(about, command);
    Ok(answer.rows(
        "classes",
        rows.len().min(10 + arguments.offset()),
        arguments,
        |row| records.value(row, reveal),
    ))
}

pub(super) fn suspects(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let study = dumps.study(task)?;
    let reveal = dumps.served.reveal;
    let scripts = &*study.scripts;
    let mut sources = sources_of(study.dumps.last(), dumps.served.source.clone());
    let findings = &study.findings;
    let mut caveats = findings.caveats.clone();
    caveats.extend(study.notes.clone());
    let caveats: Vec<_> = caveats.iter().map(|caveat| words(caveat, reveal)).collect();
    let about = json!({
        "verdict": findings.outcome().as_str(),
        "dumps": study.dumps.iter().map(Dump::title).collect::<Vec<_>>(),
        "comparable": findings.comparable,
        "caveats": caveats,
    });
    let command = dumps.command("suspects", &["--format", "json"]);
    let answer = Answer::of(about, command);
    Ok(
        answer.rows("suspects", findings.suspects.len(), arguments, |row| {
            let suspect = findings.suspects.get(row)?;
            let change = Change::of(&study.heap, scripts, suspect);
            let place = change
                .find(&mut sources)
                .map(|place| shown(&place.shown(), Role::Place, reveal).into_owned());
            Some(of_suspect(
                (&study.heap, scripts),
                suspect,
                row + 1,
                place,
                reveal,
            ))
        }),
    )
}

fn of_suspect(
    (heap, scripts): (&Heap, &Scripts),
    suspect: &Suspect,
    rank: usize,
    change: Option<String>,
    reveal: Reveal,
) -> Value {
    let leaked: Vec<Value> = suspect
        .leaked
        .iter()
        .take(4)
        .map(|leaked| of_leaked(leaked, reveal))
        .collect();
    let told = &suspect.explanation;
    let said = |text: &Spans| text.shown(reveal);
    json!({
        "rank": rank,
        "likely_leak": suspect.is_likely_leak(),
        "confidence": (suspect.confidence * 1000.0).floor() / 1000.0,
        "signature": suspect.signature.id.to_string(),
        "pattern": suspect.pattern.as_str(),
        "holder": { "id": heap.id(suspect.holder), "name": said(&suspect.holder_name) },
        "path": path_words(heap, scripts, &suspect.path, reveal),
        "leaked": leaked,
        "example_id": suspect.example.map(|node| heap.id(node)),
        "retained_sizes": suspect.retained_sizes,
        "growth_bytes": suspect.growth_bytes,
        "growth_per_hour": suspect.growth_per_hour.map(|rate| rate.round() as i64),
        "frees_bytes": suspect.frees,
        "what": said(&told.what),
        "why": said(&told.why),
        "advice": said(&told.remedy),
        "caveat": said(&told.against),
        "change": change,
    })
}

/// Objects that pile up; with the class as it was written where a map tells.
fn of_leaked(leaked: &Leaked, reveal: Reveal) -> Value {
    let mut value = json!({
        "class": shown(&leaked.class, Role::Class, reveal),
        "counts": leaked.counts,
    });
    if let Some(original) = &leaked.original {
        value["original"] = json!(Written::of(original, reveal));
    }
    value
}

/// A path on one line, as it is told everywhere: what repeats is folded, and so is what is the runtime's.
pub(super) fn path_words(heap: &Heap, scripts: &Scripts, path: &[Step], reveal: Reveal) -> String {
    Spans::list(folded(heap, scripts, path).words(), " → ").shown(reveal)
}

pub(super) fn trend(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let study = dumps.study(task)?;
    let reveal = dumps.served.reveal;
    let growth = &study.growth;
    let totals = growth.totals.iter();
    let totals: Vec<_> = totals
        .map(|point| point.map(|point| point.retained))
        .collect();
    let about = json!({
        "dumps": study.dumps.iter().map(Dump::title).collect::<Vec<_>>(),
        "total_bytes": totals,
        "conclusive": growth.is_conclusive(),
    });
    let naming = OfClasses {
        originals: study.scripts.originals(),
        ..OfClasses::default()
    };
    let columns = columns::growth(&naming);
    let records = Records::of(&columns, &growth.rows, &naming);
    let command = dumps.command("trend", &["--format", "json"]);
    let answer = Answer::of(about, command);
    Ok(answer.rows("classes", records.len(), arguments, |row| {
        records.value(row, reveal)
    }))
}

pub(super) fn owners(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let by = match arguments.text("by") {
        None | Some("package") => By::Package,
        Some("script") => By::Script,
        Some("folder") => By::Folder,
        Some(_) => return Err(Error::usage("by is one of package, script, folder")),
    };
    let all = dumps.dumps.clone();
    let mut of_dumps = Vec::new();
    let mut sources = Sources::new(dumps.served.source.clone(), None);
    for dump in &all {
        let looked = dumps.look(Some(dump.title()), task)?;
        let mut original = |url: &str, line, column| sources.original_source(url, line, column);
        of_dumps.push(owned(
            &looked.heap,
            &looked.scripts,
            by,
            &mut original,
            task,
        )?);
    }
    let groups = groups(&of_dumps);
    let times: Vec<Option<Timestamp>> = all.iter().map(Dump::time).collect();
    let reveal = dumps.served.reveal;
    let about = json!({
        "dumps": all.iter().map(Dump::title).collect::<Vec<_>>(),
        "note": "largest growth first; (own code) is in no package, node: is Node's, no owners: reached from no code",
    });
    let records = Records::of(OWNERS, &groups, &times[..]);
    let command = dumps.command("owners", &["--format", "json"]);
    let answer = Answer::of(about, command);
    Ok(answer.rows("groups", records.len(), arguments, |row| {
        records.value(row, reveal)
    }))
}

pub(super) fn compare(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let to = dumps.find(arguments.text("to"))?;
    let from = match arguments.text("from") {
        Some(named) => dumps.find(Some(named))?,
        None => {
            let before = dumps.dumps.iter().take_while(|dump| dump.path != to.path);
            let before = before.last().cloned();
            before
                .ok_or_else(|| Error::usage("no dump is before it").advise("name one with from"))?
        }
    };
    let looked = dumps.look(Some(to.title()), task)?;
    let later = &looked.heap;
    let base = dumps.heap(&from.path, task)?;
    let ledgers = [
        Ledger::by_definitions(&base, &later.definitions(), task)?,
        Ledger::of(later, task)?,
    ];
    let found = comparable(
        &Fingerprint::of_heap(&base, task)?,
        &Fingerprint::of_heap(later, task)?,
    );
    let compared = match &found.reason {
        None => diff(&ledgers[0], &ledgers[1], task)?,
        Some(_) => diff_by_class(&ledgers[0], &ledgers[1]),
    };
    let reveal = dumps.served.reveal;
    let about = json!({
        "from": from.title(),
        "to": to.title(),
        "comparable": found.reason.is_none(),
        "caveat": found.reason.map(|reason| {
            format!("object ids cannot be compared: {reason}; rows are net changes of classes of one name")
        }),
    });
    let naming = OfClasses {
        originals: looked.scripts.originals(),
        ..OfClasses::default()
    };
    let columns = columns::diff(&naming);
    let records = Records::of(&columns, &compared.rows, &naming);
    let command = dumps.command(
        "diff",
        &[
            "--from",
            from.title(),
            "--to",
            to.title(),
            "--format",
            "json",
        ],
    );
    let answer = Answer::of(about, command);
    Ok(answer.rows("classes", records.len(), arguments, |row| {
        records.value(row, reveal)
    }))
}

pub(super) fn report(dumps: &mut Dumps, arguments: &Arguments, task: &Task) -> Result<Answer> {
    let study = dumps.study(task)?;
    let beside = Beside {
        reveal: dumps.served.reveal,
        source: dumps.served.source.clone(),
        ..Beside::default()
    };
    let report = Report::of(&study, &beside, task)?;
    let markdown = report.to_markdown(Template::Without);
    let lines: Vec<&str> = markdown.lines().collect();
    let about = json!({ "summary": report.summary, "format": "Markdown, a line per row" });
    let command = dumps.command("report", &[]);
    let answer = Answer::of(about, command);
    Ok(answer.rows("markdown", lines.len(), arguments, |row| {
        lines.get(row).map(|line| json!(line))
    }))
}

impl Looked {
    /// The names in it.
    pub fn naming(&self) -> crate::analysis::columns::Naming<'_> {
        crate::analysis::columns::Naming::for_people(&self.heap, &self.scripts)
    }
}
