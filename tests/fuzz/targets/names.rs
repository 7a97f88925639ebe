//! Any file name: times, processes and kinds are read from it without a panic, and times are plausible.

#![no_main]

use heaptui::series::names;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let name = String::from_utf8_lossy(bytes);
    let _ = names::kind_of(&name);
    let facts = names::read(&name);
    if let Some(time) = facts.taken_at {
        assert!(time.as_second() > 0, "{name:?}: {time}");
    }
});
