//! Series whose leak is known: who is named, which line, and that each figure is the same wherever it is told.

use std::path::{Path, PathBuf};

use heaptui::text::units::bytes;
use regex::Regex;
use serde_json::Value;

use super::{heaptui, json_of, text};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/leaks")
}

/// The series with what is true of each.
fn truths() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("truth.json")).unwrap();
    let Value::Object(truths) = serde_json::from_str(&text).unwrap() else {
        panic!("truth.json is an object");
    };
    truths
}

fn fits(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap())
        .unwrap()
        .is_match(text)
}

fn texts<'a>(values: &'a Value, key: &'a str) -> impl Iterator<Item = &'a str> {
    let values = values.as_array().unwrap().iter();
    values.map(move |value| value[key].as_str().unwrap())
}

fn confidence(document: &Value) -> f64 {
    document["suspects"][0]["confidence"]
        .as_f64()
        .unwrap_or_default()
}

/// The dumps of a series, by name.
fn dumps(series: &Path) -> Vec<String> {
    let files = std::fs::read_dir(series).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.contains(".heapsnapshot"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_series_are_told_as_they_are() {
    for (name, truth) in truths() {
        let moved = format!("/srv/{name}={}", folder().join(&name).display());
        let arguments = ["suspects", &name, "--no-index", "--source-root", &moved];
        let document = json_of(&folder(), &arguments);
        assert_eq!(document["verdict"], truth["verdict"], "{name}");
        if truth["verdict"] == "healthy" {
            continue;
        }
        let suspect = &document["suspects"][0];
        let holder = suspect["holder_name"].as_str().unwrap();
        assert!(fits(&truth["holder"], holder), "{name}: {holder}");
        let classes: Vec<&str> = texts(&suspect["leaked"], "class").collect();
        let is_class = |class: &&str| fits(&truth["class"], class);
        assert!(classes.iter().any(is_class), "{name}: {classes:?}");
        let Some(lines) = truth["lines"].as_array() else {
            continue;
        };
        let change = &suspect["change"];
        let marked = change["code"].as_array().into_iter().flatten();
        let mut marked = marked.filter(|line| line["line"] == change["line"]);
        let marked = marked
            .next()
            .map_or("", |line| line["text"].as_str().unwrap());
        let url = change["url"].as_str().unwrap_or_default();
        let is_line = |line: &Value| fits(&line["file"], url) && fits(&line["text"], marked);
        assert!(lines.iter().any(is_line), "{name}: {url}: {marked}");
    }
}

#[test]
fn each_figure_is_the_same_wherever_it_is_told() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let corpus = [
        "n-aborted",
        "n-interceptors",
        "n-sessions-history",
        "p-svelte-log",
    ];
    let series = corpus.map(|name| folder().join(name));
    for path in series.iter().chain([&demo]) {
        let name = path.display().to_string();
        let ask = |arguments: &[&str]| {
            let all = [arguments, &[name.as_str(), "--no-index"]].concat();
            json_of(&folder(), &all)
        };
        let (found, report, trend) = (ask(&["suspects"]), ask(&["report"]), ask(&["trend"]));
        let suspect = &found["suspects"][0];
        let leak = &report["leaks"][0];
        for key in [
            "confidence",
            "retained_sizes",
            "growth_bytes",
            "growth_per_hour",
            "signature",
            "holder_name",
        ] {
            assert_eq!(suspect[key], leak[key], "{name}: {key}");
        }
        let checked = heaptui(
            &folder(),
            &["check", &name, "--no-index", "--format", "json"],
        );
        assert_eq!(checked.status.code(), Some(1), "{name}");
        let checked: Value = serde_json::from_str(text(&checked.stdout)).unwrap();
        assert_eq!(checked["suspects"], found["suspects"], "{name}");
        let id = suspect["holder"]["id"].to_string();
        let why = ask(&["why", "--id", &id]);
        assert_eq!(
            why["object"]["retained_size"], suspect["holder"]["retained_size"],
            "{name}"
        );
        // What is freed stands in the sentence, and is what grew at a single holder.
        let frees = bytes(suspect["frees"].as_u64().unwrap());
        let explanation = suspect["explanation"].as_str().unwrap();
        let told = [
            format!("{frees} is freed"),
            format!("frees {frees}"),
            format!("{frees} would be freed"),
        ];
        let is_told = told.iter().any(|told| explanation.contains(told));
        assert!(is_told, "{name}: {frees}: {explanation}");
        let sizes = suspect["retained_sizes"].as_array().unwrap();
        // What others hold too is more than what one frees.
        if explanation.contains("With everything they hold") {
            assert_eq!(sizes.last().unwrap(), &suspect["frees"], "{name}");
        }
        let ends = sizes.last().unwrap().as_i64().unwrap() - sizes[0].as_i64().unwrap();
        assert_eq!(suspect["growth_bytes"], ends, "{name}");
        // The heap's rate is the growth's, by its ends.
        assert_eq!(
            report["impact"]["growth_per_hour"], trend["growth_per_hour"],
            "{name}"
        );
        let totals = trend["total_sizes"].as_array().unwrap();
        assert_eq!(&report["impact"]["first_size"], &totals[0], "{name}");
        assert_eq!(
            &report["impact"]["last_size"],
            totals.last().unwrap(),
            "{name}"
        );
        // A count of the whole dump is the Summary's.
        for (leaked, told) in suspect["leaked"]
            .as_array()
            .unwrap()
            .iter()
            .zip(leak["leaked"].as_array().unwrap())
        {
            assert_eq!(
                (&leaked["class"], &leaked["counts"]),
                (&told["class"], &told["counts"]),
                "{name}"
            );
            if told["whole_dump"] == true {
                let mut rows = trend["classes"].as_array().unwrap().iter();
                let same = rows
                    .find(|row| row["class"] == told["class"] && row["counts"] == told["counts"]);
                assert!(same.is_some(), "{name}: {}", told["class"]);
            }
        }
    }
}

#[test]
fn one_dump_and_two_give_what_they_can() {
    let truths = truths();
    for name in ["n-aborted", "n-scope-chain", "p-svelte-log"] {
        let series = folder().join(name);
        let all = dumps(&series);
        let last = all.last().unwrap();
        let ask = |files: &[&str]| {
            let document = json_of(&series, &[&["suspects", "--no-index"], files].concat());
            let checked = heaptui(&series, &[&["check", "--no-index"], files].concat());
            assert_eq!(checked.status.code(), Some(3), "{name}");
            assert_eq!(document["verdict"], "inconclusive", "{name}");
            document
        };
        let one = ask(&[last]);
        assert!(confidence(&one) <= 0.3, "{name}");
        assert!(!one["caveats"].as_array().unwrap().is_empty(), "{name}");
        // Two show who it is, with a doubt.
        let two = ask(&[&all[0], last]);
        assert!((0.2..0.5).contains(&confidence(&two)), "{name}");
        let holder = two["suspects"][0]["holder_name"].as_str().unwrap();
        assert!(fits(&truths[name]["holder"], holder), "{name}: {holder}");
    }
}
