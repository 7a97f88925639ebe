//! Any text as a log of collections: what was counted was in it, and its summary holds together.

#![no_main]

use heaptui::report::gc::{Collections, GcLog};
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let log = GcLog::read(bytes, &Task::new()).unwrap();
    let lines = bytes.split(|&byte| byte == b'\n').count();
    assert!(log.collections.len() <= lines);
    let found = Collections::of("gc.log", &log);
    assert_eq!(found.count, log.collections.len());
    assert!(found.full <= found.count);
});
