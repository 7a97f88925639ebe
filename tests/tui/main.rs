//! The explorer's screens and journeys, without a terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod early;
mod editing;
mod facts;
mod index;
mod joined;
mod journeys;
mod links;
mod manners;
mod planted;
mod profiles;
mod questions;
mod random;
mod readme;
mod screens;
mod series;
mod snapshots;
mod suspects;
mod svg;
mod trees;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use heaptui::index::{Cache, SharedHeaps};
use heaptui::series::Exploration;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

/// A small made-up dump: a window that holds a cache, whose Map-like table holds three entries of class `Leaky`, one
/// of which is held twice, weakly once, and refers back to the cache.
///
/// Numbers are small enough to be followed by hand: each object takes as many bytes as it says.
const SMALL: &str = r#"{"snapshot":{"meta":{
"node_fields":["type","name","id","self_size","edge_count"],
"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic"],"string","number","number","number"],
"edge_fields":["type","name_or_index","to_node"],
"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],
"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],
"location_fields":["object_index","script_id","line","column"]},
"node_count":10,"edge_count":15,"trace_function_count":0},
"nodes":[
9,0,1,0,2,
9,1,3,0,2,
3,2,5,100,2,
3,3,7,200,3,
3,4,9,1000,2,
3,4,11,2000,1,
3,4,13,3000,1,
2,5,15,40,0,
3,6,17,500,1,
5,9,19,60,1],
"edges":[
5,0,10,
1,1,5,
1,1,40,
1,2,45,
2,7,15,
2,10,45,
1,0,20,
1,1,25,
1,2,30,
2,8,35,
2,7,15,
2,8,35,
2,8,35,
6,11,20,
2,7,15],
"trace_function_infos":[],"trace_tree":[],"samples":[],"locations":[],
"strings":["","(GC roots)","Window / https://example.com","Cache","Leaky","a \u001b[31mred\nsecret","Holder","cache","text","listen","handler","weakly"]}
"#;

/// Writes a file that nobody seems to be writing any more.
fn write_long_ago(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    age(path);
}

/// Makes a file look as if nobody had touched it for a while.
fn age(path: &Path) {
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(long_ago).unwrap();
}

/// A folder with dumps, which goes when this is dropped.
struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with these files.
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write_long_ago(&folder.path().join(name), text);
        }
        Self(folder)
    }

    /// A folder with the small dump.
    fn small() -> Self {
        Self::with(&[("small.heapsnapshot", SMALL)])
    }

    fn open(&self, size: (u16, u16)) -> Harness {
        open(self.0.path(), size)
    }
}

/// No indexes, and each dump is loaded once for all tests.
fn shared() -> Cache {
    static HEAPS: LazyLock<SharedHeaps> = LazyLock::new(SharedHeaps::default);
    Cache::none().sharing(HEAPS.clone())
}

/// The explorer on a folder or file, in colours and Unicode.
fn open(path: &Path, size: (u16, u16)) -> Harness {
    open_with(path, Theme::default(), size)
}

fn open_with(path: &Path, theme: Theme, size: (u16, u16)) -> Harness {
    let exploration = Exploration {
        paths: vec![path.to_path_buf()],
        cache: shared(),
        ..Exploration::default()
    };
    Harness::new(exploration, theme, size).unwrap()
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The lines of a screen below its tabs: the first says where one is.
fn below_tabs(screen: &str) -> Vec<&str> {
    let tabs = screen.lines().take_while(|line| line.starts_with(" 1 "));
    screen.lines().skip(tabs.count()).collect()
}

/// The line that is marked as selected in the pane that has the keyboard.
fn selected(screen: &str) -> &str {
    let marked = |line: &&str| line.contains('▶');
    screen
        .lines()
        .find(marked)
        .unwrap_or_else(|| panic!("nothing is selected:\n{screen}"))
}

#[track_caller]
fn shows(screen: &str, text: &str) {
    assert!(screen.contains(text), "no `{text}` in\n{screen}");
}
