//! Profiles and recorded allocations: of a service that never forgets its orders (`tests/data/orders`), and of Node's
//! own start (`tests/data/heap-prof`).

use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

use crate::{Folder, data, open, open_with, selected, shows};

/// The list of dumps: three profiles, then the snapshot, then the timeline, which is selected.
fn orders(size: (u16, u16)) -> Harness {
    let mut explorer = open(&data("orders"), size);
    explorer.play("D");
    explorer
}

#[test]
fn a_profile_opens_as_an_icicle_graph() {
    let mut explorer = orders((80, 24));
    let screen = explorer.play("");
    shows(&screen, "3 profiles");
    let screen = explorer.play("gg<Alt-2>j<Enter>");
    shows(&screen, "p3 ");
    shows(&screen, "2.0 MB sampled · heap 5 MB");
    shows(&screen, "▶all 2.0 MB 100%");
    shows(&screen, "all · 2.0 MB in 24 functions");
    // Down to the largest callee, along to the one beside, into it and out again.
    let screen = explorer.play("<Alt-3>jl");
    shows(&screen, "▶handle 44%");
    shows(&screen, "orders.js:21:16");
    let screen = explorer.play("<Enter>");
    shows(&screen, "▶handle 100%");
    shows(&screen, "│Order 91%");
    let screen = explorer.play("-");
    shows(&screen, "▶handle 4");
    let screen = explorer.play("<Esc><Esc>");
    shows(&screen, "│all 2.0 MB 100%");
}

#[test]
fn functions_callers_and_callees_take_turns() {
    let mut explorer = orders((80, 24));
    let screen = explorer.play("gg<Alt-2>j<Enter><Tab><Alt-2>j");
    assert!(selected_below(&screen).contains("remember orders.js:16:18"));
    let screen = explorer.play("<Tab>");
    shows(&screen, "Who calls remember");
    let screen = explorer.play("l");
    shows(&screen, "▾ handle orders.js:21:16");
    shows(&screen, "▸ sampling orders.js:37:24");
    let screen = explorer.play("<Tab>");
    shows(&screen, "What remember calls");
    shows(&screen, "push");
    let screen = explorer.play("<Tab><Tab>s");
    shows(&screen, "▼Total");
    let screen = explorer.play("p");
    shows(&screen, "Files");
    let screen = explorer.play("p");
    shows(&screen, "(application)");
}

/// The selected row of the list, which stands below the graph.
fn selected_below(screen: &str) -> &str {
    let marked = |line: &&str| line.starts_with("▶ ");
    screen.lines().rfind(marked).unwrap_or_default()
}

#[test]
fn a_search_marks_frames_and_n_goes_to_them() {
    let mut explorer = orders((80, 24));
    let screen = explorer.play("gg<Alt-2>j<Enter>/remember<Enter>");
    shows(&screen, "/remember 2 frames, 5%");
    shows(&screen, "● remember orders.js:16:18");
    let first = explorer.play("n");
    shows(&first, "▶reme");
    shows(&first, "  remember · total 68.0 kB 3%");
    let second = explorer.play("n");
    shows(&second, "  remember · total 42.1 kB 2%");
    assert_ne!(first, second);
    assert_eq!(explorer.play("N"), first);
    let screen = explorer.play("<Esc>");
    assert!(!screen.contains("● remember"), "{screen}");
}

#[test]
fn profiles_of_a_process_are_compared() {
    let mut explorer = orders((100, 24));
    let screen = explorer.play("gg<Enter>d");
    shows(&screen, "profiles compared");
    shows(&screen, "3 profiles · 2 h · heap 4 → 5 MB");
    let row = selected(&screen);
    assert!(row.contains("(anonymous) orders.js:10:45"), "{screen}");
    assert!(row.contains("grown"), "{screen}");
    shows(&screen, "p1 530 kB, p2 1.0 MB, p3 1.5 MB");
    shows(&screen, "added");
    shows(&screen, "gone");
    let screen = explorer.play("<Tab>");
    shows(&screen, "Call paths by own bytes");
    shows(&screen, "(anonymous) ← from ← Order ← handle");
    let screen = explorer.play("s");
    shows(&screen, "Call paths with what they call");
    shows(&explorer.play("<Tab>"), "Files");
    // Profiles of one process only: nothing to compare with.
    let mut explorer = open(&data("heap-prof"), (80, 24));
    let screen = explorer.play("<Enter>d");
    shows(&screen, "no other profile of this process");
}

#[test]
fn every_size_and_no_colours() {
    for size in [(40, 10), (200, 50), (30, 8)] {
        let mut explorer = orders(size);
        let screen = explorer.play("gg<Alt-2>j<Enter>");
        shows(&screen, "▶all 2.0 MB");
        explorer.play("jj<Enter><Tab><Tab><Tab>d<Tab><Tab>");
    }
    let theme = Theme {
        colour: false,
        ascii: true,
        ..Theme::default()
    };
    let mut explorer = open_with(&data("orders"), theme, (80, 24));
    let screen = explorer.play("Dgg<Alt-2>j<Enter><Alt-3>j");
    assert!(screen.is_ascii(), "{screen}");
    shows(&screen, ">deep 4");
    shows(&screen, "|handle 44%-");
}

#[test]
fn a_damaged_profile_says_so() {
    let folder = Folder::with(&[
        (
            "good.heapprofile",
            "{\"head\":{\"callFrame\":{\"functionName\":\"(root)\",\"scriptId\":\"0\",\"url\":\"\",\"lineNumber\":-1,\"columnNumber\":-1},\"selfSize\":0,\"children\":[]}}",
        ),
        ("torn.heapprofile", "{\"head\":{\"callFrame\":"),
    ]);
    let mut explorer = folder.open((100, 24));
    shows(&explorer.play("gg<Enter>"), "no samples: the program");
    let screen = explorer.play("Dj<Enter>");
    shows(&screen, "torn.heapprofile");
    assert!(!screen.contains("sampled"), "{screen}");
}

#[test]
fn a_range_of_time_filters_every_view() {
    let mut explorer = orders((80, 24));
    let screen = explorer.play("G<Enter>ga");
    shows(&screen, "allocations");
    shows(&screen, "Who allocated it");
    shows(
        &screen,
        "recorded: 21,620 objects, 10.6 MB (profiler 9.6 MB); 17,321 alive, 623 kB",
    );
    shows(&screen, "(anonymous) orders.js:10:45");
    let screen = explorer.play("ll");
    shows(&screen, " s to ");
    shows(&screen, "recorded from");
    assert!(
        !screen.contains("Count"),
        "what is gone has no time: {screen}"
    );
    let screen = explorer.play("<Tab>hh<Enter>");
    shows(&screen, "allocated from");
    shows(&screen, " of ");
    let screen = explorer.play("gt");
    shows(&screen, "allocated from");
    let screen = explorer.play("<Backspace><Backspace><Esc>");
    shows(&screen, "recorded: 21,620 objects");
    for size in [(40, 10), (200, 50)] {
        shows(&orders(size).play("G<Enter>ga"), "Live size");
    }
}

#[test]
fn an_object_tells_its_stack_and_dumps_without_say_so() {
    let mut explorer = orders((120, 30));
    let screen = explorer.play("G<Enter>/Order<Enter>lga");
    shows(&screen, "allocated by");
    shows(&screen, "handle orders.js:21:16");
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("<Enter>ga");
    shows(&screen, "no timeline was recorded");
    shows(&screen, "no allocation stacks in this dump");
}

#[test]
fn a_suspect_names_the_line_that_allocates_it() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let from = data("orders").join(from);
        std::fs::copy(from, folder.path().join(to)).unwrap();
        crate::age(&folder.path().join(to));
    };
    let snapshot = "Heap-20261118T130640.heapsnapshot.zst";
    copy(snapshot, snapshot);
    let profile = "sample_1795007200000_5.heapprofile.zst";
    copy(profile, profile);
    let mut explorer = open(folder.path(), (120, 40));
    let screen = explorer.play("Lj");
    shows(&screen, "remember orders.js:16:18");
    shows(&screen, "95007200000_5.heapprofile");
}

#[test]
fn a_frame_leads_to_its_objects_in_the_heap() {
    let mut explorer = orders((100, 30));
    let screen = explorer.play("gg<Alt-2>j<Enter><Tab><Alt-2>jc");
    shows(&screen, "remember in the heap");
    shows(&screen, "found by script, line and column");
    let screen = explorer.play("<Enter>");
    shows(&screen, "› remember() @");
    shows(&screen, "orders.js:16:18");
    // The engine's own work is nothing in the heap.
    let screen = explorer.play("<Backspace><Backspace>kc");
    shows(&screen, "V8's own work: no closures");
}

#[test]
fn a_profile_that_is_written_anew_moves_under_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.heapprofile");
    let frame = |name: &str, size: u64, below: &str| {
        format!(
            r#"{{"callFrame":{{"functionName":"{name}","scriptId":"1","url":"/app/a.js","lineNumber":1,"columnNumber":1}},"selfSize":{size},"id":1,"children":[{below}]}}"#
        )
    };
    let profile = |first: u64, second: u64| {
        let below = format!(
            "{},{}",
            frame("first", first, ""),
            frame("second", second, "")
        );
        let head = frame("(root)", 0, &frame("main", 0, &below));
        format!(r#"{{"head":{head},"samples":[]}}"#)
    };
    crate::write_long_ago(&path, &profile(3_000, 1_000));
    let mut explorer = open(folder.path(), (100, 30));
    // It is alone, so that it is what was asked for.
    let screen = explorer.play("");
    shows(&screen, "4.0 kB sampled");
    let screen = explorer.play("jjl");
    shows(&screen, "second · total 1.0 kB 25%");
    // Written beside and renamed, as the sampler does.
    let beside = folder.path().join("beside.tmp");
    std::fs::write(&beside, profile(3_000, 5_000)).unwrap();
    std::fs::rename(&beside, &path).unwrap();
    let screen = explorer.until(|screen| screen.contains("8.0 kB sampled"));
    shows(&screen, "second · total 5.0 kB 63%");
}

#[test]
fn an_empty_folder_says_how_dumps_get_there() {
    let folder = tempfile::tempdir().unwrap();
    let screen = open(folder.path(), (100, 30)).play("");
    shows(&screen, "No dumps here yet");
    shows(&screen, "heaptui capture ");
    shows(&screen, "kubectl exec POD -- /tmp/heaptui capture 1");
}

#[test]
fn a_profile_in_view_is_kept_under_another_name() {
    let frame = |name: &str| {
        format!(
            r#""callFrame":{{"functionName":"{name}","scriptId":"1","url":"/a.js","lineNumber":1,"columnNumber":1}}"#
        )
    };
    let text = format!(
        r#"{{"head":{{{},"selfSize":0,"children":[{{{},"selfSize":64,"children":[]}}]}}}}"#,
        frame("(root)"),
        frame("fill")
    );
    let folder = Folder::with(&[("live.heapprofile", text.as_str())]);
    let kept = folder.0.path().join("noon.heapprofile");
    let mut explorer = folder.open((100, 24));
    shows(&explorer.play("D<Enter>"), "fill 100%");
    explorer.play("W<Ctrl-u>");
    explorer.paste(&kept.display().to_string());
    shows(&explorer.play("<Enter>"), "wrote the profile to ");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), text);
    // What was read is never written over, and other pages have no profile.
    explorer.play("W<Ctrl-u>");
    explorer.paste(
        &folder
            .0
            .path()
            .join("live.heapprofile")
            .display()
            .to_string(),
    );
    explorer.play("<Enter><Enter>");
    assert_eq!(
        std::fs::read_to_string(folder.0.path().join("live.heapprofile")).unwrap(),
        text
    );
    explorer.play("<Esc>DW<Ctrl-u>");
    explorer.paste(&folder.0.path().join("x.heapprofile").display().to_string());
    shows(&explorer.play("<Enter>"), "only the page of a profile");
}

#[test]
fn the_code_of_the_selected_function_stands_below_the_graph() {
    let orders = data("orders");
    let source = heaptui::source::Options {
        moved: vec![format!("/srv/shop={}", orders.display()).parse().unwrap()],
        ..Default::default()
    };
    let exploration = heaptui::series::Exploration {
        paths: vec![orders],
        source,
        ..Default::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (100, 24)).unwrap();
    let screen = explorer.play("Dgg<Alt-2>j<Enter><Alt-3>j");
    shows(&screen, "› 27 │ function deep(level, id) {");
}

#[test]
fn recorded_allocations_show_the_code_of_the_selected_function_and_what_is_the_profilers() {
    let screen = orders((100, 30)).play("G<Enter>ga");
    // The dump's own text of the script has it.
    shows(&screen, "› 10 │     this.lines = Array.from({ length: 12 }");
    shows(&screen, "node:inspector:63:39  (profiler)");
    shows(&screen, "Live ▼Live size");
    let screen = orders((100, 30)).play("G<Enter>gajj");
    shows(&screen, "› 16 │ function remember(");
    // So do what closures captured.
    let screen = orders((100, 30)).play("G<Enter>gxj");
    shows(selected(&screen), "Context of remember()");
    shows(&screen, "› 16 │ function remember(");
}

#[test]
fn what_the_profiler_does_itself_comes_last_and_opens_on_its_row() {
    let mut explorer = open(&data("sessions"), (100, 30));
    let screen = explorer.play("DG<Enter>d");
    shows(selected(&screen), "main sessions.js:37:20");
    let screen = explorer.play("G");
    shows(selected(&screen), "node:inspector");
    shows(selected(&screen), "(profiler)");
    // The graph leaves it out, so that the row is where one comes to.
    let screen = explorer.play("<Enter>");
    shows(selected_below(&screen), "node:inspector");
    shows(&screen, "│main 55%");
    let screen = explorer.play("<Backspace>gg<Enter>");
    shows(&screen, "│(anonymous) 55%");
    shows(selected(&screen), "main 55%");
}

#[test]
fn the_palette_leads_to_each_profile() {
    let mut explorer = open(&data("sessions"), (100, 30));
    let screen = explorer.play(":profile p2");
    shows(&screen, "▶ profile: p2 sample_1795270481266_3.heapprofile");
    shows(&screen, "flame graph, functions and callers");
    let screen = explorer.play("<Enter>");
    shows(&screen, "sample_1795270481266_3.heapprofile");
    shows(&screen, "all · 500 kB in 121 functions");
}
