//! Any bytes as what stands beside a dump, and as the head of one: what is read of them, or nothing.

#![no_main]

use std::fs;
use std::path::PathBuf;

use heaptui::capture::sidecar::{Sidecar, nodes_of};
use heaptui::source::noted::beside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    thread_local! {
        static FOLDER: PathBuf = {
            let folder = std::env::temp_dir().join(format!("fuzz-sidecar-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            folder
        };
    }
    FOLDER.with(|folder| {
        let dump = folder.join("a.heapsnapshot");
        fs::write(&dump, bytes).unwrap();
        if let Some(nodes) = nodes_of(&dump) {
            let digits = nodes.to_string();
            assert!(String::from_utf8_lossy(bytes).contains(&digits));
        }
        fs::write(beside(&dump), bytes).unwrap();
        let Some(sidecar) = Sidecar::last_of(folder, 7, 5) else {
            return;
        };
        assert_eq!((sidecar.pid, sidecar.started), (7, 5));
        // What was read is written so that it is read again. Scripts are written by other names than V8's.
        let again = Sidecar {
            scripts: Vec::new(),
            ..sidecar
        };
        again.write(&dump).unwrap();
        let read = Sidecar::last_of(folder, 7, 5).unwrap();
        assert_eq!(read.nodes, again.nodes);
        assert_eq!(read.usage, again.usage);
    });
});
