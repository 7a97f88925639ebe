//! `export`: tables that agree with what the commands print, read by Parquet's own reader and by DuckDB.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use super::{json_of, printed, refused};

const DUMPS: &str = "tests/data/planted";
const OTHERS: &str = "tests/data/emitter-small";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes the tables of a folder of dumps.
fn export(dumps: &str, folder: &Path, more: &[&str]) -> Value {
    let mut arguments = vec!["export", dumps, "--parquet", folder.to_str().unwrap()];
    arguments.extend(more);
    json_of(here(), &arguments)
}

fn table(folder: &Path, table: &str, process: &str, label: &str) -> PathBuf {
    folder.join(format!(
        "{table}/process={process}/label={label}/part-0.parquet"
    ))
}

/// The rows of a table, by the names of its columns.
fn rows(path: &Path) -> Vec<BTreeMap<String, Field>> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().into_columns().into_iter().collect())
        .collect()
}

fn number(row: &BTreeMap<String, Field>, column: &str) -> Option<i64> {
    match &row[column] {
        Field::Long(number) => Some(*number),
        Field::Null => None,
        other => panic!("{column}: {other}"),
    }
}

fn text(row: &BTreeMap<String, Field>, column: &str) -> Option<String> {
    match &row[column] {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => panic!("{column}: {other}"),
    }
}

#[test]
fn tables_agree_with_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let written = export(OTHERS, out, &["--reveal"]);
    // Three dumps with five tables each, and the suspects of the process.
    assert_eq!(written["files"].as_array().unwrap().len(), 16);
    for label in ["s1", "s3"] {
        let summary = json_of(here(), &["summary", OTHERS, "--at", label]);
        let mut expected: Vec<_> = summary["classes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let figure = |name: &str| row[name].as_i64();
                let name = row["class"].as_str().unwrap().to_owned();
                let figures = ["count", "distance", "shallow_size", "retained_size"];
                (name, figures.map(figure))
            })
            .collect();
        let mut found: Vec<_> = rows(&table(out, "classes", "12688", label))
            .iter()
            .map(|row| {
                let figures = ["count", "distance", "shallow_size", "retained_size"];
                (
                    text(row, "class").unwrap(),
                    figures.map(|name| number(row, name)),
                )
            })
            .collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{label}");
    }
    let info = json_of(here(), &["info", OTHERS]);
    let (nodes, edges) = (&info["dumps"][2]["nodes"], &info["dumps"][2]["edges"]);
    let nodes_of = rows(&table(out, "nodes", "12688", "s3"));
    assert_eq!(nodes_of.len() as u64, nodes.as_u64().unwrap());
    let edges_of = File::open(table(out, "edges", "12688", "s3")).unwrap();
    let edges_of = SerializedFileReader::new(edges_of).unwrap();
    let count = edges_of.metadata().file_metadata().num_rows();
    assert_eq!(count as u64, edges.as_u64().unwrap());
    let dominators = rows(&table(out, "dominators", "12688", "s3"));
    assert_eq!(dominators.len(), nodes_of.len());

    let suspects = json_of(here(), &["suspects", OTHERS]);
    let first = &suspects["suspects"][0];
    let row = &rows(&table(out, "suspects", "12688", "s3"))[0];
    assert_eq!(
        text(row, "signature").as_deref(),
        first["signature"].as_str()
    );
    let id = number(row, "holder_id").unwrap();
    assert_eq!(Some(id), first["holder"]["id"].as_i64());
    // The holder is found in the other tables, with the figures of `object` and `dominators`.
    let object = json_of(here(), &["object", OTHERS, "--id", &id.to_string()]);
    let node = nodes_of
        .iter()
        .find(|row| number(row, "id") == Some(id))
        .unwrap();
    for field in ["shallow_size", "retained_size", "distance"] {
        assert_eq!(
            number(node, field),
            object["object"][field].as_i64(),
            "{field}"
        );
    }
    let chain = json_of(here(), &["dominators", OTHERS, "--id", &id.to_string()]);
    let above = dominators
        .iter()
        .find(|row| number(row, "id") == Some(id))
        .unwrap();
    assert_eq!(
        number(above, "dominator_id"),
        chain["chain"][0]["id"].as_i64()
    );
    let fields = edges_of.get_row_iter(None).unwrap().filter(|row| {
        let row = row.as_ref().unwrap();
        let (_, from) = row.get_column_iter().next().unwrap();
        *from == Field::Long(id)
    });
    let fields = fields.count();
    assert_eq!(fields, object["fields"].as_array().unwrap().len());
}

#[test]
fn tables_are_masked_and_never_written_over_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    export(DUMPS, out, &["--name", "pod/a 1"]);
    let mut texts = 0;
    for name in [
        "nodes",
        "edges",
        "classes",
        "dumps",
        "suspects",
        "dominators",
    ] {
        for row in rows(&table(out, name, "pod-a-1", "s3")) {
            for (column, field) in &row {
                if let Field::Str(text) = field {
                    texts += 1;
                    let mut secrets = text.match_indices("QZ").map(|(at, _)| &text[at..]);
                    let secret = secrets.find(|at| !at.starts_with("QZTAGWORD"));
                    assert_eq!(secret, None, "{name}.{column}");
                }
            }
        }
    }
    assert!(texts > 10_000, "{texts}");

    let classes = table(out, "classes", "pod-a-1", "s1");
    let before = fs::read(&classes).unwrap();
    let arguments = [
        "export",
        DUMPS,
        "--parquet",
        out.to_str().unwrap(),
        "--name",
        "pod/a 1",
    ];
    let message = refused(here(), &arguments);
    assert!(message.contains("this file is there already"), "{message}");
    assert_eq!(fs::read(&classes).unwrap(), before);
    printed(here(), &[&arguments[..], &["--force"]].concat());
}

/// The manual's query, over two processes. Skipped where DuckDB is not installed.
#[test]
fn duckdb_answers_the_query_of_the_manual() {
    let python = |arguments: &[&str]| Command::new("python3").args(arguments).output();
    if !python(&["-c", "import duckdb"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: python3 has no package duckdb");
        return;
    }
    let page = fs::read_to_string(here().join("assets/manual/tables.md")).unwrap();
    let query = page
        .split("```sql\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables");
    export(OTHERS, &tables, &[]);
    export(DUMPS, &tables, &["--name", "other"]);
    let script = "import duckdb, json, sys; rows = duckdb.sql(sys.argv[1]).fetchall(); print(json.dumps(rows))";
    let output = Command::new("python3")
        .args(["-c", script, query])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found.as_array().unwrap();
    // The growth of a class over all processes is the sum of what `trend` says of each.
    let growth = |dumps: &str, class: &str| -> i64 {
        let trend = json_of(here(), &["trend", dumps, "--class", class]);
        let rows = trend["classes"].as_array().unwrap().iter();
        rows.map(|row| {
            let counts: Vec<i64> = row["counts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|count| count.as_i64().unwrap_or(0))
                .collect();
            counts[counts.len() - 1] - counts[0]
        })
        .sum()
    };
    assert!(found.len() > 3);
    for row in &found[..3] {
        let class = row[0].as_str().unwrap();
        let expected = growth(OTHERS, class) + growth(DUMPS, class);
        assert_eq!(row[2].as_i64(), Some(expected), "{class}");
    }
}
