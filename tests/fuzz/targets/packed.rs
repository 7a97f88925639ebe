//! Any bytes in a file under a dump's name, packed or not: the cheap look and the reading agree, and end.

#![no_main]

use std::cell::RefCell;
use std::io::{Seek, SeekFrom, Write};

use heaptui::snapshot::{self, Snapshot};
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    thread_local! {
        static FILE: RefCell<std::path::PathBuf> =
            RefCell::new(std::env::temp_dir().join(format!("fuzz-{}.heapsnapshot", std::process::id())));
    }
    FILE.with_borrow(|path| {
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .open(path)
            .unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(bytes).unwrap();
        drop(file);
        let looked = snapshot::probe(path);
        let read = Snapshot::open(path, &Task::new());
        if read.is_ok() {
            assert!(looked.is_ok(), "{looked:?}");
        }
    });
});
