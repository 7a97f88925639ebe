//! The verdict of a gate in the formats of CI systems: JUnit, SARIF and the annotations of GitHub.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::text::escape::one_line;

/// What is reported: a leak, a limit, or why nothing can be said. Texts are masked already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The signature of a leak, or the name of a limit.
    pub id: String,
    /// The rule that it breaks: a pattern, `limit` or `inconclusive`.
    pub rule: String,
    /// The rule in words.
    pub rule_words: String,
    /// What it is called in every run: without figures.
    pub title: String,
    /// What happened, in a sentence.
    pub message: String,
    /// More about it; may be empty.
    pub details: String,
    /// How bad it is.
    pub level: Level,
    /// The line to change, where it is known.
    pub place: Option<Line>,
}

/// How bad something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// The gate fails for it.
    Failure,
    /// It is known and accepted for this reason.
    Accepted(String),
    /// The gate cannot decide.
    Undecided,
}

/// A line of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file: a path below the current folder if it is there, else a path or URL.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
}

/// JUnit's XML: a test case for each thing reported, and one that passes where there is nothing.
pub fn junit(reported: &[Reported]) -> String {
    let count = |is: fn(&Level) -> bool| reported.iter().filter(|one| is(&one.level)).count();
    let tests = reported.len().max(1);
    let counts = format!(
        "tests=\"{tests}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        count(|level| *level == Level::Failure),
        count(|level| *level == Level::Undecided),
        count(|level| matches!(level, Level::Accepted(_))),
    );
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        text,
        "<testsuites>\n<testsuite name=\"heaptui check\" {counts} time=\"0\">"
    );
    for one in reported {
        let name = xml(&format!("{} {}", one.id, one.title));
        let rule = xml(&one.rule);
        let _ = writeln!(
            text,
            "<testcase classname=\"heaptui.{rule}\" name=\"{name}\" time=\"0\">"
        );
        let message = xml(&one.message);
        let details = xml(&one.told());
        let _ = match &one.level {
            Level::Failure => writeln!(
                text,
                "<failure message=\"{message}\" type=\"{rule}\">{details}</failure>"
            ),
            Level::Undecided => writeln!(
                text,
                "<error message=\"{message}\" type=\"{rule}\">{details}</error>"
            ),
            Level::Accepted(reason) => {
                writeln!(text, "<skipped message=\"known: {}\"/>", xml(reason))
            }
        };
        text.push_str("</testcase>\n");
    }
    if reported.is_empty() {
        text.push_str("<testcase classname=\"heaptui\" name=\"no leak found\" time=\"0\"/>\n");
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}

/// A log in SARIF 2.1.0.
pub fn sarif(reported: &[Reported]) -> String {
    let mut rules: Vec<(&str, &str)> = Vec::new();
    for one in reported {
        if rules.iter().all(|(id, _)| *id != one.rule) {
            rules.push((&one.rule, &one.rule_words));
        }
    }
    let results = reported.iter().map(|one| {
        let (level, suppressions) = match &one.level {
            Level::Failure => ("error", json!([])),
            Level::Undecided => ("warning", json!([])),
            Level::Accepted(reason) => (
                "note",
                json!([{ "kind": "external", "justification": reason }]),
            ),
        };
        let locations: Vec<Value> = one
            .place
            .iter()
            .map(|place| {
                json!({ "physicalLocation": {
                    "artifactLocation": { "uri": uri(&place.file) },
                    "region": { "startLine": place.line, "startColumn": place.column },
                }})
            })
            .collect();
        let rule = rules.iter().position(|(id, _)| *id == one.rule);
        json!({
            "ruleId": one.rule,
            "ruleIndex": rule,
            "level": level,
            "message": { "text": one.told() },
            "locations": locations,
            "partialFingerprints": { "heaptuiSignature/v1": one.id },
            "suppressions": suppressions,
        })
    });
    let rules = rules
        .iter()
        .map(|(id, words)| json!({ "id": id, "shortDescription": { "text": words } }));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "heaptui",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "results": results.collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

/// Annotations of GitHub Actions, a line each.
pub fn github(reported: &[Reported]) -> String {
    let mut text = String::new();
    for one in reported {
        let level = match &one.level {
            Level::Failure => "error",
            Level::Undecided => "warning",
            Level::Accepted(_) => "notice",
        };
        let mut properties = String::new();
        if let Some(place) = &one.place {
            let _ = write!(
                properties,
                "file={},line={},col={},",
                property(&place.file),
                place.line,
                place.column
            );
        }
        let _ = writeln!(
            text,
            "::{level} {properties}title={}::{}",
            property(&format!("heaptui: {} {}", one.rule_words, one.id)),
            data(&one.told())
        );
    }
    text
}

impl Reported {
    /// All that is said of it.
    fn told(&self) -> String {
        let mut text = one_line(&self.message).into_owned();
        if let Level::Accepted(reason) = &self.level {
            let _ = write!(text, " (known: {})", one_line(reason));
        }
        if !self.details.is_empty() {
            let _ = write!(text, "\n{}", one_line(&self.details));
        }
        if let Some(place) = &self.place {
            let _ = write!(
                text,
                "\nChange {}:{}:{}",
                one_line(&place.file),
                place.line,
                place.column
            );
        }
        text
    }
}

/// Text in XML. What XML cannot hold is replaced.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a URI: what may not stand in one is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    let is_url = path.contains("://");
    for byte in path.replace('\\', "/").bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
        match plain || is_url && b":?#[]%".contains(&byte) {
            true => uri.push(char::from(byte)),
            false => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    match path.starts_with('/') {
        true => format!("file://{uri}"),
        false => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leak(level: Level) -> Reported {
        Reported {
            id: "LK-00000001".to_owned(),
            rule: "growing-map".to_owned(),
            rule_words: "Map that only grows".to_owned(),
            title: "`a<b`".to_owned(),
            message: "`a<b` keeps \"more\" & more".to_owned(),
            details: "100% of them\nstay".to_owned(),
            level,
            place: Some(Line {
                file: "src/a b,c.js".to_owned(),
                line: 3,
                column: 7,
            }),
        }
    }

    #[test]
    fn junit_has_a_case_for_each_and_is_escaped() {
        let text = junit(&[
            leak(Level::Failure),
            leak(Level::Accepted("<why>".to_owned())),
        ]);
        assert!(
            text.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""),
            "{text}"
        );
        assert!(
            text.contains("`a&lt;b` keeps &quot;more&quot; &amp; more"),
            "{text}"
        );
        assert!(
            text.contains("<skipped message=\"known: &lt;why&gt;\"/>"),
            "{text}"
        );
        assert_eq!(xml("\u{1b}[1m"), "\u{fffd}[1m");
        assert!(junit(&[]).contains("tests=\"1\" failures=\"0\""));
    }

    #[test]
    fn sarif_names_rule_place_and_signature() {
        let log = sarif(&[
            leak(Level::Failure),
            leak(Level::Accepted("why".to_owned())),
        ]);
        let log: Value = serde_json::from_str(&log).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
        let first = &run["results"][0];
        assert_eq!(
            (&first["ruleId"], &first["level"]),
            (&json!("growing-map"), &json!("error"))
        );
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/a%20b,c.js");
        assert_eq!(place["region"], json!({ "startLine": 3, "startColumn": 7 }));
        assert_eq!(run["results"][1]["suppressions"][0]["justification"], "why");
        assert_eq!(uri("/srv/a.js"), "file:///srv/a.js");
        assert_eq!(uri("https://x.org/a?b=1"), "https://x.org/a?b=1");
    }

    /// What the schema of SARIF 2.1.0 says of the objects that are written: it allows no other fields in most of them,
    /// and wants those with `!`.
    const SCHEMA: &[(&str, &[&str])] = &[
        ("", &["$schema", "version!", "runs!"]),
        ("runs", &["tool!", "results"]),
        ("runs.tool", &["driver!"]),
        ("runs.tool.driver", &["name!", "version", "rules"]),
        ("runs.tool.driver.rules", &["id!", "shortDescription"]),
        ("runs.tool.driver.rules.shortDescription", &["text!"]),
        (
            "runs.results",
            &[
                "ruleId",
                "ruleIndex",
                "level",
                "message!",
                "locations",
                "partialFingerprints",
                "suppressions",
            ],
        ),
        ("runs.results.message", &["text!"]),
        ("runs.results.locations", &["physicalLocation"]),
        (
            "runs.results.locations.physicalLocation",
            &["artifactLocation", "region"],
        ),
        (
            "runs.results.locations.physicalLocation.artifactLocation",
            &["uri"],
        ),
        (
            "runs.results.locations.physicalLocation.region",
            &["startLine", "startColumn"],
        ),
        ("runs.results.partialFingerprints", &["heaptuiSignature/v1"]),
        ("runs.results.suppressions", &["kind!", "justification"]),
    ];

    /// What of a log is not as the schema says.
    fn faults(value: &Value, path: &str, found: &mut Vec<String>) {
        let Value::Object(fields) = value else {
            for value in value.as_array().into_iter().flatten() {
                faults(value, path, found);
            }
            return;
        };
        let known = SCHEMA.iter().find(|(at, _)| *at == path);
        let known = known.map_or(&[][..], |(_, fields)| fields);
        for field in known.iter().filter_map(|field| field.strip_suffix('!')) {
            if !fields.contains_key(field) {
                found.push(format!("{path} lacks {field}"));
            }
        }
        for (name, value) in fields {
            if known
                .iter()
                .all(|field| field.trim_end_matches('!') != name)
            {
                found.push(format!("{path}.{name}"));
            }
            let path = format!("{path}.{name}");
            faults(value, path.trim_start_matches('.'), found);
        }
    }

    #[test]
    fn sarif_is_as_its_schema_says() {
        let undecided = Reported {
            place: None,
            ..leak(Level::Undecided)
        };
        let all = [
            leak(Level::Failure),
            leak(Level::Accepted("why".to_owned())),
            undecided,
        ];
        for reported in [&all[..], &[]] {
            let mut log: Value = serde_json::from_str(&sarif(reported)).unwrap();
            let mut found = Vec::new();
            faults(&log, "", &mut found);
            assert!(found.is_empty(), "{found:?}");
            assert_eq!(log["version"], "2.1.0");
            for result in log["runs"][0]["results"].as_array().unwrap() {
                let level = result["level"].as_str().unwrap();
                assert!(["none", "note", "warning", "error"].contains(&level));
                for suppression in result["suppressions"].as_array().unwrap() {
                    assert_eq!(suppression["kind"], "external");
                }
                for place in result["locations"].as_array().unwrap() {
                    let region = &place["physicalLocation"]["region"];
                    let line = region["startLine"]
                        .as_u64()
                        .min(region["startColumn"].as_u64());
                    assert!(line >= Some(1), "{region}");
                }
            }
            // The check itself finds what is wrong.
            log["runs"][0]["tool"]["driver"] = json!({ "title": "x" });
            faults(&log, "", &mut found);
            let expected = ["runs.tool.driver lacks name", "runs.tool.driver.title"];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn junit_has_its_elements_in_their_order() {
        let text = junit(&[
            leak(Level::Failure),
            leak(Level::Undecided),
            leak(Level::Accepted("why".to_owned())),
        ]);
        let tags = text.split('<').skip(1);
        let tags = tags.map(|tag| tag.split([' ', '>']).next().unwrap().trim_end_matches('/'));
        let case = |what: &'static str, end: &[&'static str]| {
            [&["testcase", what], end, &["/testcase"]].concat()
        };
        let expected = [
            vec!["?xml", "testsuites", "testsuite"],
            case("failure", &["/failure"]),
            case("error", &["/error"]),
            case("skipped", &[]),
            vec!["/testsuite", "/testsuites"],
        ];
        assert_eq!(tags.collect::<Vec<_>>(), expected.concat());
        // Each has what the format wants: a suite its counts, a case its name and class, a failure its kind.
        assert_eq!(
            text.matches(" classname=\"heaptui.growing-map\" name=\"")
                .count(),
            3
        );
        assert_eq!(text.matches(" type=\"growing-map\">").count(), 2);
    }

    #[test]
    fn annotations_are_one_line_each() {
        let text = github(&[leak(Level::Failure)]);
        assert_eq!(
            text,
            "::error file=src/a b%2Cc.js,line=3,col=7,title=heaptui%3A Map that only grows LK-00000001::\
             `a<b` keeps \"more\" & more%0A100%25 of them\\nstay%0AChange src/a b,c.js:3:7\n"
        );
    }
}
