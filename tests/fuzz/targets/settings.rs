//! Any text as a settings file: settings, or one error that names the file.

#![no_main]

use std::path::Path;

use heaptui::settings::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = Settings::parse(&text, Path::new("config.toml")) {
        let told = error.to_string();
        assert!(told.starts_with("config.toml"), "{told}");
        assert!(!told.contains(['\n', '\u{1b}']), "{told:?}");
    }
});
