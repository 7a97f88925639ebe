//! Any text as a file of known leaks: entries that are found again, or one error on one line.

#![no_main]

use heaptui::settings::{KnownLeaks, Standing};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let known = match KnownLeaks::parse(&text) {
        Ok(known) => known,
        Err(error) => {
            let told = error.to_string();
            assert!(
                !told.is_empty() && !told.contains(['\n', '\u{1b}']),
                "{told:?}"
            );
            return;
        }
    };
    for leak in known.iter() {
        assert_eq!(known.find(leak.signature), Some(leak));
        assert!(!leak.reason.is_empty());
        let unlimited = leak.until.is_none() && leak.max_growth_per_hour.is_none();
        for rate in [None, Some(0.0), Some(1e300), Some(f64::NAN)] {
            let standing = leak.standing(rate, date(2026, 11, 26));
            assert!(!unlimited || standing == Standing::Accepted);
        }
    }
    // What is to be added is nothing where nothing was found.
    assert_eq!(known.missing(std::iter::empty()), "");
});
