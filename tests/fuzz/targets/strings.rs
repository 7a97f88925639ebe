//! Any text of a dump on its way to a terminal, a table, Markdown or CSV: nothing gets through that means something there.

#![no_main]

use heaptui::snapshot::{StrId, Strings};
use heaptui::text::{escape, width};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let strings = Strings::from_texts([&*text]);
    assert_eq!(strings.get(StrId(0)), text);
    let line = escape::one_line(&text);
    assert!(!line.contains(escape::is_unsafe), "{line:?}");
    for columns in [0, 1, 2, 5, 20] {
        for cut in [
            width::cut_end(&line, columns),
            width::cut_middle(&line, columns),
            width::cut_start(&line, columns),
        ] {
            assert!(
                width::width(&cut) <= columns.max(1),
                "{cut:?} is wider than {columns}"
            );
        }
    }
    let cell = escape::markdown_cell(&text);
    assert!(
        !cell.contains('\n') && !cell.contains(escape::is_unsafe),
        "{cell:?}"
    );
    let cell = escape::csv_cell(&text);
    assert!(
        !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
        "{cell:?}"
    );
});
