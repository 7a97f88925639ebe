//! `query`: objects that a question finds.

use std::io::Write;

use serde_json::json;

use crate::analysis::columns::Naming;
use crate::cli::args::Query as Arguments;
use crate::cli::commands::listing::heading;
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::query::{Answer, Asked, Query, Rows, Shown, columns};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::units::{bytes, grouped};

pub(super) fn run(mut arguments: Arguments) -> std::result::Result<(), Stop> {
    let question = question(&mut arguments)?;
    let query = Query::parse(&question).map_err(|problem| {
        // Nothing needs to be done when nobody reads it.
        let _ = writeln!(std::io::stderr(), "{}", problem.caret(&question));
        Error::usage(format!("the question, {problem}")).advise("see heaptui help queries")
    })?;
    let opened = open(&arguments.dump)?;
    let scripts = opened.all_scripts()?;
    let mut asked = Asked {
        heap: &opened.heap,
        scripts,
        max_id: &mut |dump| Ok(opened.max_id(dump)?.1),
    };
    let answer = query.run(&mut asked, &opened.task)?;
    let shown = Shown {
        naming: Naming::for_people(&opened.heap, scripts),
        reveal: match arguments.reveal {
            true => Reveal::All,
            false => Reveal::Nothing,
        },
    };
    let heading = heading(&opened, told(&answer, &question));
    let about = json!({
        "dump": opened.dump,
        "query": question,
        "total": { "count": answer.count, "shallow_size": answer.shallow },
        "rows": answer.of,
    });
    let output = opened.output(&arguments.dump, arguments.limit);
    match &answer.rows {
        Rows::Objects(nodes) => Listing {
            heading,
            about,
            field: "objects",
            columns: &columns::objects(&shown),
            rows: nodes,
            context: &shown,
        }
        .print(&output),
        Rows::Groups(groups) => Listing {
            heading,
            about,
            field: "groups",
            columns: &columns::groups(),
            rows: groups,
            context: &shown,
        }
        .print(&output),
    }
}

/// What the answer comes to: "12 objects, 3.4 kB · the question · 5 of 12 rows".
fn told(answer: &Answer, question: &str) -> String {
    let mut what = format!(
        "{} objects, {} · {}",
        grouped(answer.count),
        bytes(answer.shallow),
        one_line(question)
    );
    if answer.of > answer.len() {
        let (rows, of) = (answer.len() as u64, answer.of as u64);
        what.push_str(&format!(" · {} of {} rows", grouped(rows), grouped(of)));
    }
    what
}

/// The question, which is the last argument.
fn question(arguments: &mut Arguments) -> Result<String> {
    let paths = &mut arguments.dump.series.paths;
    let missing = |message: &str| {
        Error::usage(message)
            .advise("write the dumps, and behind them the question: heaptui query dumps/ 'Session | group holder'")
    };
    let last = paths
        .pop()
        .ok_or_else(|| missing("the question is missing"))?;
    if paths.is_empty() {
        return Err(missing("either the dumps or the question are missing"));
    }
    if last.exists() {
        let message = format!("{} is a file: the question is missing", last.display());
        return Err(missing(&message));
    }
    let question = last.into_os_string().into_string();
    question.map_err(|_| Error::usage("the question is not UTF-8"))
}
