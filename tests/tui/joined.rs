//! Heaps and profiles of one process, joined: a service under Node that never ends a session (`tests/data/sessions`), and
//! a page in Chromium that never forgets a cart (`tests/data/carts`).

use heaptui::tui::harness::Harness;

use crate::{data, open, selected, shows};

/// A folder with the files of bundled data that are wanted.
fn some_of(name: &str, wanted: impl Fn(&str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(data(name)).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        if file.ends_with(".zst") && wanted(file) {
            std::fs::copy(&path, folder.path().join(file)).unwrap();
            crate::age(&folder.path().join(file));
        }
    }
    folder
}

/// Three dumps of the service, and the profiles that were taken with them.
fn sessions(size: (u16, u16)) -> (tempfile::TempDir, Harness) {
    let folder = some_of("sessions", |file| !file.contains(".001.heapprofile"));
    let explorer = open(folder.path(), size);
    (folder, explorer)
}

fn carts(size: (u16, u16)) -> (tempfile::TempDir, Harness) {
    let folder = some_of("carts", |_| true);
    let explorer = open(folder.path(), size);
    (folder, explorer)
}

#[test]
fn from_the_suspect_to_the_allocating_line_in_three_keys() {
    for size in [(80, 24), (200, 50)] {
        let (_folder, mut explorer) = sessions(size);
        let screen = explorer.play("L");
        shows(&screen, ": 120 Session");
        shows(&screen, "login sessions.js:20:15");
        // One: g, two: f: the functions; three: Enter: the function where it allocates.
        let screen = explorer.play("gf");
        shows(&screen, "who allocates Session @");
        shows(&screen, "sample_1795270624074_4.heapprofile");
        let row = selected(&screen);
        assert!(row.contains("login sessions.js:20:15  creates it") && row.contains("exact"));
        shows(&screen, "Session sessions.js:8:14  its constructor");
        let screen = explorer.play("<Enter>");
        shows(&screen, "  login · total ");
        shows(&screen, "│Session ");
        // Or go to the very line in what it calls.
        let screen = explorer.play("<Backspace><Alt-3>j");
        shows(selected(&screen), "(anonymous) sessions.js:10:46");
        shows(&screen, "itself · /srv/app/sessions.js");
        let screen = explorer.play("<Enter>");
        shows(&screen, "▶(anonym");
        shows(&screen, "sessions.js:10:46");
    }
}

#[test]
fn the_same_in_chromium() {
    let (_folder, mut explorer) = carts((80, 24));
    let screen = explorer.play("L");
    shows(&screen, "carts: 180 Cart");
    let screen = explorer.play("gf");
    let row = selected(&screen);
    assert!(row.contains("fill carts.js:17:14  creates it"), "{screen}");
    shows(&screen, "Cart carts.js:5:14  its constructor");
    shows(&screen, "Where fill, what it calls and its file allocate");
    shows(&screen, "(anonymous) carts.js:7:44");
    let screen = explorer.play("<Enter>");
    shows(&screen, "  fill · total ");
    shows(&screen, "carts.js:17:14");
    // One suspect: the listeners hold the same carts. They are closures that are written in a function.
    let screen = explorer.play("L<Ctrl-d><Ctrl-d><Ctrl-d>");
    shows(&screen, "180 functions onPrice");
    let screen = explorer.play("Tj<Enter>@74327<Enter>gf");
    let row = selected(&screen);
    assert!(
        row.contains("listen carts.js:13:16  encloses it") && row.contains("exact"),
        "{screen}"
    );
    shows(&explorer.play("<Enter>"), "  listen · total ");
    shows(&explorer.play("c"), "listen() @");
}

#[test]
fn constructors_objects_and_closures_tell_who_allocates_them() {
    let (_folder, mut explorer) = sessions((120, 30));
    // A constructor, from the summary.
    explorer.play("T<Enter>");
    let screen = explorer.play("gg/Session<Enter>gf");
    shows(&screen, "Session sessions.js:8:14  its constructor");
    // One of its objects, in the inspector.
    let screen = explorer.play("<Backspace>lgi");
    shows(&screen, "all of Session @");
    shows(
        &screen,
        "allocated by Session sessions.js:8:14  its constructor, exact, 179 kB p3",
    );
    shows(
        &screen,
        "allocated by login sessions.js:20:15  creates it, exact, 201 kB p3",
    );
    let screen = explorer.play("<Alt-1><Alt-1>j<Enter>");
    shows(&screen, "  login · total ");
    // Its closure is written in a function; an array has nothing but what it belongs to.
    let screen = explorer.play("<Backspace>");
    let line = |text: &str| {
        let place = screen.lines().position(|line| line.contains(text));
        place.unwrap_or_else(|| panic!("{text}: {screen}"))
    };
    let steps = |text: &str| line(text) - line("allocated by login");
    let screen = explorer.play(&format!("{}gi", "j".repeat(steps("· refresh ::"))));
    shows(&screen, "all of refresh() @");
    shows(
        &screen,
        "allocated by watch sessions.js:16:15  encloses it, exact, ",
    );
    let up = "k".repeat(steps("· refresh ::") - steps("· visits ::"));
    let screen = explorer.play(&format!("<Backspace>{up}gi"));
    shows(&screen, "all of Array(10) @");
    shows(&screen, "with its owner, Session @");
    shows(&screen, "allocated by login sessions.js:20:15");
}

#[test]
fn from_a_frame_to_the_class_and_the_closures_of_its_function() {
    let (_folder, mut explorer) = sessions((100, 30));
    let screen = explorer.play("L");
    shows(&screen, "Session");
    explorer.play("gfj<Enter>");
    let screen = explorer.play("c");
    shows(&screen, "Session in the heap");
    shows(&screen, "found by script, line and column");
    assert!(
        selected(&screen).contains("Session  sessions.js:8:14"),
        "{screen}"
    );
    assert!(selected(&screen).contains("120"), "{screen}");
    shows(&screen, "Session() @67453");
    // The class among the classes, a closure on its own page.
    let screen = explorer.play("<Enter>");
    assert!(selected(&screen).contains("▸ Session"), "{screen}");
    let screen = explorer.play("<Backspace>j<Enter>");
    shows(&screen, "› Session() @67453");
    // A function that is neither class nor closure in this dump says so.
    let screen = explorer.play("<Backspace><Backspace><Alt-3>jc");
    shows(
        &screen,
        "no closures of this function in this dump, and no class",
    );
}

#[test]
fn what_grows_leads_to_its_function_in_the_last_profile() {
    let (_folder, mut explorer) = sessions((120, 30));
    let screen = explorer.play("Dggj<Enter>");
    shows(&screen, "sampled");
    let screen = explorer.play("d");
    shows(&screen, "profiles compared");
    let screen = explorer.play("<Enter>");
    shows(&screen, "p3 sample_");
    shows(&screen, "  (anonymous) · total");
    shows(&screen, "sessions.js:10:46");
    // A call path: the very one.
    let screen = explorer.play("<Backspace><Tab>");
    shows(&screen, "Call paths");
    let screen = explorer.play("<Alt-2>j");
    shows(selected(&screen), "(anonymous) ← from ← Session");
    let screen = explorer.play("<Enter>");
    shows(&screen, "sessions.js:10:46");
    // Files and packages are lists.
    let screen = explorer.play("<Backspace><Tab><Enter>");
    shows(&screen, "Files");
    assert!(marked_below(&screen).contains("sessions.js"), "{screen}");
    let screen = explorer.play("<Backspace><Tab><Enter>");
    shows(&screen, "Packages");
    // And into the heap.
    let screen = explorer.play("<Backspace>s<Tab>c");
    shows(&screen, "in the heap");
}

/// The selected row of the list, which stands below the graph.
fn marked_below(screen: &str) -> &str {
    let marked = |line: &&str| line.starts_with("▶ ");
    screen.lines().rfind(marked).unwrap_or_default()
}

#[test]
fn what_heap_prof_wrote_is_joined_as_well() {
    let folder = some_of("sessions", |file| {
        file.contains(".001.heapprofile") || file.contains(".004.heapsnapshot")
    });
    let mut explorer = open(folder.path(), (120, 30));
    explorer.play("D<Esc>G<Enter>");
    let screen = explorer.play("gg/Session<Enter>gf");
    shows(&screen, "Session sessions.js:8:14  its constructor");
    shows(&screen, ".001.heapprofile");
}

#[test]
fn without_a_profile_the_page_says_how_to_get_one() {
    let folder = some_of("carts", |file| file.ends_with("heapsnapshot.zst"));
    let mut explorer = open(folder.path(), (80, 24));
    let screen = explorer.play("Lgf");
    shows(
        &screen,
        "no profile of this process, and no stacks in the dump",
    );
    let screen = explorer.play("<Enter>");
    shows(&screen, "choose a function or a stack");
}

#[test]
fn recorded_stacks_of_a_class_stand_beside_the_profile() {
    let mut explorer = open(&data("orders"), (120, 30));
    let screen = explorer.play("DG<Enter>/Order<Enter>gf");
    shows(&screen, "Stacks recorded with the dump");
    shows(&screen, "handle orders.js:21:16");
    shows(&screen, "recorded");
    let screen = explorer.play("<Enter>");
    shows(&screen, "› allocations");
    let screen = explorer.play("<Backspace><Backspace>lgi");
    shows(&screen, "as recorded");
}

#[test]
fn pages_of_profiles_are_written_as_rows() {
    let (_folder, mut explorer) = sessions((120, 30));
    let target = tempfile::tempdir().unwrap();
    let mut write = |keys: &str, name: &str| {
        let path = target.path().join(name);
        let typed = format!("{keys}W<Ctrl-u>{}<Enter>", path.display());
        let screen = explorer.play(&typed);
        shows(&screen, "wrote ");
        std::fs::read_to_string(path).unwrap()
    };
    let csv = write("Lgf", "makers.csv");
    assert!(
        csv.starts_with("allocated_by,role,certainty,live_count,self_size,total_size\n"),
        "{csv}"
    );
    assert!(
        csv.contains("\nlogin sessions.js:20:15,creator,place,,6"),
        "{csv}"
    );
    let csv = write("<Enter>", "functions.csv");
    assert!(
        csv.starts_with("level,name,url,line,column,self_size,total_size\n"),
        "{csv}"
    );
    assert!(
        csv.contains("\n0,Session,/srv/app/sessions.js,7,13,0,"),
        "{csv}"
    );
    let markdown = write("<Tab><Tab>", "callers.md");
    assert!(markdown.contains("Who calls"), "{markdown}");
    let json = write("<Tab><Tab><Backspace>j<Enter>c", "heap.json");
    assert!(json.contains("\"retained_size\""), "{json}");
    let csv = write("<Backspace>d", "growth.csv");
    assert!(
        csv.starts_with("name,place,change,growth,growth_per_hour,"),
        "{csv}"
    );
    assert!(
        csv.contains("(anonymous),sessions.js:10:46,grown,"),
        "{csv}"
    );
}

#[test]
fn a_damaged_profile_takes_nothing_from_the_others() {
    let (folder, _) = sessions((80, 24));
    let path = folder.path().join("sample_1795270700000_4.heapprofile");
    let text = r#"{"head":{"callFrame":{"functionName":"f","scriptId":"1","url":"/a.js","lineNumber":0,"columnNumber":0},"selfSize":-7,"children":[]},"samples":[]}"#;
    crate::write_long_ago(&path, text);
    let mut explorer = open(folder.path(), (160, 40));
    // Opened by itself it says what is wrong, where, and what to do.
    let screen = explorer.play("DG<Enter>");
    shows(
        &screen,
        "sample_1795270700000_4.heapprofile: byte 114: \"selfSize\" is -7, expected a number of bytes",
    );
    shows(&screen, "the profile is damaged, or something else");
    // The others are compared.
    let screen = explorer.play("Dggj<Enter>d");
    shows(&screen, "3 profiles");
    shows(&screen, "1 damaged, left out");
    shows(&screen, "byte 114");
    shows(&screen, "p1 54.3 kB, p2 ");
    // Who allocates it cannot be told from it, and that is said; suspects are found all the same.
    let screen = explorer.play("L");
    shows(&screen, ": 120 Session");
    let screen = explorer.play("gf");
    shows(&screen, "byte 114");
    let screen = explorer.play("gi");
    shows(&screen, "byte 114");
}
