//! The fuzz targets as a test: they compile without the fuzzer, and hold for the inputs that it begins from.

// Several targets use the same heaps, and that there is no `main` is for the fuzzer.
#![allow(clippy::unwrap_used, clippy::panic, clippy::duplicate_mod)]

// The targets name the fuzzer's crate.
extern crate self as libfuzzer_sys;

#[allow(dead_code)]
mod seed;

macro_rules! targets {
    ($($name:ident),*) => {
        #[allow(unused_attributes)]
        mod targets {
            $(pub mod $name;)*
        }

        /// The targets, by name.
        const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), targets::$name::run)),*];
    };
}

targets!(
    cdp, gc, index, known, loader, mcp, names, packed, profile, query, settings, sidecar,
    source_map, strings
);

// Behind the targets, which use it by its path.
macro_rules! fuzz_target {
    (|$bytes:ident: &[u8]| $body:block) => {
        pub fn run($bytes: &[u8]) $body
    };
}
pub(crate) use fuzz_target;

#[test]
fn every_target_holds_for_the_inputs_that_it_begins_from() {
    let mut inputs = vec![0; TARGETS.len()];
    seed::each(|target, _, bytes| {
        let at = TARGETS
            .iter()
            .position(|(name, _)| *name == target)
            .unwrap();
        inputs[at] += 1;
        TARGETS[at].1(bytes);
    });
    for ((name, _), inputs) in TARGETS.iter().zip(inputs) {
        assert!(inputs > 0, "{name} begins from nothing");
    }
}

#[test]
fn every_target_is_built_and_run_by_ci() {
    let package = include_str!("Cargo.toml");
    let ci = include_str!("../../.github/workflows/ci.yml");
    let matrix = ci.lines().find(|line| line.contains("target: [loader"));
    for (name, _) in TARGETS {
        assert!(
            package.contains(&format!("path = \"targets/{name}.rs\"")),
            "{name}"
        );
        let is_in = |part: &str| part.trim_matches(|c: char| !c.is_alphabetic()) == *name;
        assert!(matrix.unwrap().split([',', '[']).any(is_in), "{name}");
    }
    assert_eq!(package.matches("path = \"targets/").count(), TARGETS.len());
}
