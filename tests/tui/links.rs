//! Links: every page's link leads back to it.

use super::*;

/// The explorer on these dumps at a place.
fn open_at(path: &Path, place: &str) -> Harness {
    let exploration = Exploration {
        paths: vec![path.to_path_buf()],
        cache: shared(),
        open: Some(place.to_owned()),
        ..Exploration::default()
    };
    Harness::new(exploration, Theme::default(), (120, 40)).unwrap()
}

/// What says where one is, and the selected row, if there is one.
fn place(screen: &str) -> (String, Option<&str>) {
    let here = below_tabs(screen)[0].to_owned();
    (here, screen.lines().find(|line| line.contains('▶')))
}

/// Goes somewhere by keys, copies the link, and opens it anew.
fn leads_back(folder: &Path, keys: &str, part: &str) {
    let mut explorer = open(folder, (120, 40));
    let screen = explorer.play(keys);
    shows(&explorer.play("yl"), "copied the link");
    let link = explorer.copied().unwrap();
    assert!(
        link.starts_with("heaptui ") && link.contains(part),
        "{keys}: {link}"
    );
    let (_, link) = link.split_once("--open ").unwrap();
    let again = open_at(folder, link.trim_matches('\'')).play("");
    assert_eq!(
        place(&again),
        place(&screen),
        "{keys}: {link}\n{screen}\n{again}"
    );
}

#[test]
fn the_link_of_each_page_leads_back_to_it() {
    let folder = Folder::small();
    for (keys, part) in [
        ("gb", "--open s1/statistics"),
        ("gt", "/strings"),
        ("gx", "/contexts"),
        ("/Lea<Enter>lgc", "/containment"),
        ("/Lea<Enter>lgd", "/dominators"),
        ("O", "/owners"),
        ("gI", "/icicle"),
        ("QLeaky shallow=1..2kB<Enter>", "/ask:Leaky"),
        ("/Lea<Enter>lo", "--open s1@"),
        ("/Lea<Enter>lgw", "/why"),
        ("/Lea<Enter>lgi", "/inspect"),
        ("/Lea<Enter>lgp", "/paths"),
    ] {
        leads_back(folder.0.path(), keys, part);
    }
    // Among the classes it is the object that the row is about.
    let mut explorer = folder.open((120, 40));
    explorer.play("/Lea<Enter>ljjyl");
    assert!(explorer.copied().unwrap().ends_with("--open s1@11/classes"));
    let again = open_at(folder.0.path(), "s1@11/classes").play("");
    assert!(selected(&again).contains("Leaky @11"), "{again}");
}

#[test]
fn pages_of_a_series_have_links() {
    for (keys, part) in [
        ("D", "--open dumps"),
        ("T", "--open growth"),
        ("d<Enter>", "--open s2..s3"),
    ] {
        leads_back(&data("emitter-small"), keys, part);
    }
}

#[test]
fn a_link_that_leads_nowhere_is_told() {
    let folder = Folder::small();
    let said = |place: &str| open_at(folder.0.path(), place).play("");
    shows(&said("s9"), "there is no dump s9");
    shows(&said("s1@4711/why"), "no object @4711");
    shows(&said("s1/why"), "s1@1234/why");
    shows(&said("small.heapsnapshot/statistics"), "statistics");
    let exploration = Exploration {
        open: Some("s1/nowhere".to_owned()),
        ..Exploration::default()
    };
    let error = Harness::new(exploration, Theme::default(), (80, 24));
    let error = error.err().unwrap().to_string();
    assert!(error.contains("there is no page nowhere"), "{error}");
}
