//! Any lines as what an inspector sends: dumps, profiles and scripts that are whole, or one error; and nobody waits.

#![no_main]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use heaptui::capture::inspector::{Inspector, Peer, Target, targets};
use heaptui::capture::{dump, live};
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;
use tungstenite::Message;

/// Messages that are sent; what is behind them is not.
const MESSAGES: usize = 64;

thread_local! {
    static LISTENER: (TcpListener, u16, PathBuf) = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port, std::env::temp_dir().join(format!("fuzz-cdp-{}", std::process::id())))
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&what, bytes)) = bytes.split_first() else {
        return;
    };
    LISTENER.with(|(listener, port, file)| {
        let listener = listener.try_clone().unwrap();
        let sent = bytes.to_vec();
        // The first byte says what is asked for.
        let lists = what % 8 == 0;
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            if lists {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(&sent);
                return;
            }
            let Ok(mut socket) = tungstenite::accept(stream) else {
                return;
            };
            for line in sent.split(|&byte| byte == b'\n').take(MESSAGES) {
                let message = match std::str::from_utf8(line) {
                    Ok(text) => Message::text(text),
                    Err(_) => Message::binary(line.to_vec()),
                };
                if socket.send(message).is_err() {
                    return;
                }
            }
            let _ = socket.close(None);
            let _ = socket.flush();
        });
        let task = Task::new();
        if lists {
            let _ = targets(*port, None);
        } else {
            let target = r#"{"webSocketDebuggerUrl":"ws://localhost/a"}"#;
            let target: Target = serde_json::from_str(target).unwrap();
            if let Ok(mut inspector) = Inspector::connect(*port, &target, None) {
                let worker = Peer::Worker("w".to_owned());
                match what % 4 {
                    0 => {
                        if let Ok(profile) = live::profile(&mut inspector, &task) {
                            assert!(profile.starts_with(b"{"));
                        }
                    }
                    1 => {
                        dump::scripts(&mut inspector, &task);
                        inspector.evaluate("1", &task);
                    }
                    which => {
                        let peer = if which == 2 { &Peer::Main } else { &worker };
                        let wait = (Duration::from_secs(5), &task);
                        let taken =
                            dump::over_inspector(&mut inspector, peer, file, wait, &mut |_| {});
                        match taken {
                            Ok((bytes, _)) => {
                                assert_eq!(fs::metadata(file).unwrap().len(), bytes);
                                fs::remove_file(file).unwrap();
                            }
                            Err(_) => assert!(!file.exists(), "half a dump"),
                        }
                    }
                }
            }
        }
        server.join().unwrap();
    });
});
