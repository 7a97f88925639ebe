//! Any bytes as a sampling profile: rows that add up to its total, or one clear error.

#![no_main]

use heaptui::profile::export::{collapsed, speedscope};
use heaptui::profile::rows::rows;
use heaptui::profile::{By, Grouping, Profile, ROOT};
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let task = Task::new();
    let profile = match Profile::read(bytes, &task) {
        Ok(profile) => profile,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let sum: u64 = (0..profile.len() as u32)
        .map(|node| profile.self_size(node))
        .sum();
    assert_eq!(sum, profile.total());
    for by in [By::Function, By::File] {
        let rows = rows(&profile, &Grouping::new(&profile, by), &task).unwrap();
        let own: u64 = rows.iter().map(|row| row.self_size).sum();
        // The root is no function.
        assert_eq!(own + profile.self_size(ROOT), profile.total());
    }
    let mut out = Vec::new();
    collapsed(&profile, &mut out).unwrap();
    speedscope(&profile, "name", &mut out).unwrap();
});
