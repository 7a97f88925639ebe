//! Dumps with an index: the same screens, sooner.

use std::fs;
use std::io::Read;
use std::path::Path;

use heaptui::index::{Cache, Kept};
use heaptui::series::Exploration;
use heaptui::task::Task;
use heaptui::tui::harness::Harness;
use heaptui::tui::keys::parse_journey;
use heaptui::tui::theme::Theme;

#[test]
fn screens_are_the_same_with_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("a.heapsnapshot");
    let packed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/versions/node12.s1.heapsnapshot.gz");
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(packed).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    fs::write(&dump, text).unwrap();
    crate::age(&dump);
    let cache = Cache::at(folder.path().join("cache"), None);
    let loaded = cache.load(&dump, &Task::new()).unwrap();
    let key = loaded.fresh.unwrap();
    let kept = cache.keep(&dump, key, &loaded.heap, &Task::new()).unwrap();
    assert!(matches!(kept, Kept::Written(_)));

    let explorer = |cache: Cache| {
        let exploration = Exploration {
            paths: vec![dump.clone()],
            cache,
            ..Exploration::default()
        };
        Harness::new(exploration, Theme::default(), (100, 30)).unwrap()
    };
    let (mut with, mut without) = (explorer(cache.clone()), explorer(Cache::none()));
    for harness in [&mut with, &mut without] {
        harness.until(|screen| screen.contains("Constructor"));
    }
    let mut rows = |journey: &str| [&mut with, &mut without].map(|harness| harness.play(journey));
    let [outline, whole] = rows("");
    let classes = |screen: &str| -> Vec<String> {
        let lines = screen
            .lines()
            .take_while(|line| !line.contains("Retainers"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(classes(&outline), classes(&whole));
    assert!(classes(&outline).len() > 5, "{outline}");
    assert_ne!(outline, whole, "nobody went deeper yet");
    let mut waits = explorer(cache.clone());
    waits.until(|screen| screen.contains("Constructor"));
    for key in parse_journey("gd") {
        waits.press(key);
    }
    assert!(waits.screen().contains("opening the dump…"));
    waits.step_until_idle();
    let screen = waits.screen();
    assert!(screen.contains("Dominator tree"), "{screen}");
    assert!(!screen.contains("opening the dump…"), "{screen}");
    for journey in ["s", "S", "l", "jj", "<Tab>", "<Enter>", "<Backspace>"] {
        let [with, without] = rows(journey);
        if journey.eq_ignore_ascii_case("s") {
            assert_eq!(classes(&with), classes(&without), "{journey}");
        } else {
            assert_eq!(with, without, "{journey}");
        }
    }
}
