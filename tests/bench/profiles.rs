//! `cargo bench --bench profiles`: how long a key takes to be answered by a frame, on sampling profiles: one of ten
//! megabytes, and one whose stacks are 100,000 calls deep. `HEAPTUI_BENCH_PROFILE` names another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod keyboard;

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use heaptui::series::Exploration;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;
use keyboard::{press, print_figures, print_titles};

/// Levels of the deep profile.
const DEEP: usize = 100_000;
/// Bytes of the large one.
const LARGE: usize = 10_000_000;

/// What is done, the keys before it, the keys that are measured, and how often.
const JOURNEYS: [(&str, &str, &str, usize); 8] = [
    ("last and first level", "", "Ggg", 10),
    ("up and down at the end", "G", "kkjj", 50),
    ("along and into", "jj", "lh<Enter>-", 20),
    ("half pages", "", "<Ctrl-d>", 100),
    ("functions", "<Tab>", "jjkGgg", 20),
    ("callers and callees", "", "<Tab><Tab>l<Tab><Tab>", 10),
    ("files and packages", "", "p", 9),
    ("hits", "/f7<Enter>", "nnN", 20),
];

fn main() {
    let folder = std::env::temp_dir().join("heaptui-bench-profiles");
    std::fs::create_dir_all(&folder).unwrap();
    let named = std::env::var_os("HEAPTUI_BENCH_PROFILE");
    let paths = match named {
        Some(path) => vec![PathBuf::from(path)],
        None => {
            let write = |name: &str, text: String| {
                let path = folder.join(name);
                std::fs::write(&path, text).unwrap();
                path
            };
            vec![
                write("large.heapprofile", large()),
                write("deep.heapprofile", deep()),
            ]
        }
    };
    for path in paths {
        measure(path);
    }
}

fn frame(text: &mut String, function: usize, size: u64) {
    let _ = write!(
        text,
        r#"{{"callFrame":{{"functionName":"f{function}","scriptId":"{0}","url":"/srv/app/file{0}.js","lineNumber":{function},"columnNumber":2}},"selfSize":{size},"id":{function},"children":["#,
        function % 40
    );
}

/// Stacks of sixty calls that part from each other again and again.
fn large() -> String {
    let mut text = String::from("{\"head\":");
    frame(&mut text, 0, 0);
    let (mut seed, mut begun) = (7u64, false);
    while text.len() < LARGE {
        for level in 0..60 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if level == 0 && begun {
                text.push(',');
            }
            frame(
                &mut text,
                (seed >> 33) as usize % 3000 + 1,
                (seed >> 40) % 5000,
            );
        }
        text.push_str(&"]}".repeat(60));
        begun = true;
    }
    text.push_str("]}}");
    text
}

/// One stack that goes on and on, with a branch at every level.
fn deep() -> String {
    let mut text = String::from("{\"head\":");
    frame(&mut text, 0, 0);
    for level in 0..DEEP {
        frame(&mut text, level % 900 + 1, 64);
        if level % 3 == 0 {
            frame(&mut text, 950, 640);
            text.push_str("]},");
        }
    }
    frame(&mut text, 1, 64);
    text.push_str(&"]}".repeat(DEEP + 2));
    text.push('}');
    text
}

fn measure(path: PathBuf) {
    let size = std::fs::metadata(&path).unwrap().len();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let exploration = Exploration {
        paths: vec![path],
        ..Exploration::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (200, 50)).unwrap();
    explorer.play("");
    let begin = Instant::now();
    explorer.play("<Enter>");
    println!(
        "{name}: {:.1} MB, opened in {:.2} s, 200×50",
        size as f64 / 1e6,
        begin.elapsed().as_secs_f64()
    );
    print_titles();
    for (name, before, keys, times) in JOURNEYS {
        // Back to the graph at its root, from wherever the keys before led to.
        explorer.play("D<Enter>");
        explorer.play(before);
        let mut taken = press(&mut explorer, keys, times);
        explorer.play("gg");
        print_figures(name, &mut taken);
    }
}
