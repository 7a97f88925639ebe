//! Reading of test data: gzip, JSON, folders.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// DevTools' key of a class row: `scriptId,line,column` or nothing, a comma, the class name.
pub type ClassKey = String;

/// A class row: key, count, distance, shallow size, retained size.
pub type Row = (ClassKey, u32, i32, u64, u64);

/// The folder of the test data.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Reads a file, gzipped where its name says so.
pub fn bytes(path: &Path) -> Vec<u8> {
    let mut file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(file)
            .read_to_end(&mut bytes)
            .unwrap();
    } else {
        file.read_to_end(&mut bytes).unwrap();
    }
    bytes
}

/// Reads a JSON file.
pub fn json<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&bytes(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The figures of the Statistics view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    pub code: u64,
    pub strings: u64,
    pub js_arrays: u64,
    pub typed_arrays: u64,
    pub system: u64,
    #[serde(rename = "otherJSObjects")]
    pub other_js: u64,
    #[serde(rename = "otherNonJSObjects")]
    pub other_native: u64,
    pub total: u64,
}

impl From<&heaptui::heap::Statistics> for Statistics {
    fn from(ours: &heaptui::heap::Statistics) -> Self {
        assert_eq!(ours.v8_heap + ours.native, ours.total);
        Self {
            code: ours.code,
            strings: ours.strings,
            js_arrays: ours.js_arrays,
            typed_arrays: ours.typed_arrays,
            system: ours.system,
            other_js: ours.other_js,
            other_native: ours.other_native,
            total: ours.total,
        }
    }
}
