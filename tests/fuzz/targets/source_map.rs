//! Any text as a script and as a source map: places are looked up and named, or refused, and lines are parts of the text.

#![no_main]

use heaptui::source::fit::{Fit, fit, name_at};
use heaptui::source::lines::{excerpt, lines, offset, position};
use heaptui::source::map::{Named, SourceMap, named, source_name};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let inline = match named(&text) {
        Some(Named::Inline(json)) => SourceMap::parse(&json).ok(),
        _ => None,
    };
    let places: Vec<(u32, u32)> = bytes
        .chunks(2)
        .take(64)
        .map(|pair| (u32::from(pair[0]) % 8, u32::from(pair[pair.len() - 1])))
        .collect();
    for map in SourceMap::parse(&text).into_iter().chain(inline) {
        for &(line, column) in &places {
            if let Some(mapped) = map.lookup(line, column) {
                source_name(&mapped);
                assert!(map.sources().any(|source| source == mapped.source));
            }
        }
    }
    let count = lines(&text).count();
    for &(line, column) in &places {
        assert!(excerpt(&text, line, column).len() <= 3);
        let Some(at) = offset(&text, line, column) else {
            continue;
        };
        assert!((line as usize) < count && text.is_char_boundary(at));
        assert_eq!(position(&text, at).map(|(line, _)| line), Some(line));
        for name in ["", "A", "Session"] {
            if let Fit::Named(at) = fit(&text, at, name) {
                assert!(text[at..].starts_with(name));
            }
        }
        name_at(&text, at);
    }
});
