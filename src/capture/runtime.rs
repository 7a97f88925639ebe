//! Which V8 runtime a process is, and what its options say about dumps.

use std::path::Path;

use crate::capture::process::Process;

/// A program that has V8 in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Node.js.
    Node,
    /// Deno.
    Deno,
    /// Chrome, Chromium and what calls itself so.
    Chrome,
    /// Electron.
    Electron,
    /// Cloudflare's workerd.
    Workerd,
}

impl Runtime {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Deno => "deno",
            Self::Chrome => "chrome",
            Self::Electron => "electron",
            Self::Workerd => "workerd",
        }
    }

    /// The runtime that a process is, by its program's file; by its first argument where that may not be read.
    /// Chrome's and Electron's helper processes are none: their parents speak for them.
    pub fn of(process: &Process) -> Option<Self> {
        if process
            .args
            .iter()
            .any(|argument| argument.starts_with("--type="))
        {
            return None;
        }
        let first = process.args.first().map(Path::new);
        let name = process.exe.as_deref().or(first)?.file_name()?.to_str()?;
        // What was replaced by an update while it runs.
        let name = name.strip_suffix(" (deleted)").unwrap_or(name);
        Some(match name {
            "node" | "nodejs" => Self::Node,
            "deno" => Self::Deno,
            "workerd" => Self::Workerd,
            "electron" => Self::Electron,
            "chrome" | "chromium" | "chromium-browser" | "google-chrome" | "msedge" => Self::Chrome,
            _ if process.option("--remote-debugging-port").is_some() => Self::Electron,
            _ if process.option("--inspect").is_some() => Self::Node,
            _ => return None,
        })
    }
}

/// Where Node and Deno listen unless they are told otherwise.
pub(super) const INSPECTOR_PORT: u16 = 9229;

impl Process {
    /// The value of an option of the process's arguments, or of `NODE_OPTIONS`; empty where it has none.
    pub fn option(&self, name: &str) -> Option<&str> {
        let words = self.node_options.split_whitespace();
        let all = self.args.iter().skip(1).map(String::as_str).chain(words);
        let all: Vec<&str> = all.collect();
        all.iter().enumerate().find_map(|(index, &word)| {
            let rest = word.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => {
                    let next = all.get(index + 1).copied();
                    Some(next.filter(|next| !next.starts_with('-')).unwrap_or(""))
                }
                None => None,
            }
        })
    }

    /// The port that its options name for the inspector.
    pub fn inspector_port(&self) -> Option<u16> {
        let names = [
            "--inspect",
            "--inspect-brk",
            "--inspect-wait",
            "--remote-debugging-port",
            "--inspector-addr",
        ];
        names.iter().find_map(|name| {
            let value = self.option(name)?;
            let port = value.rsplit(':').next().unwrap_or_default();
            Some(port.parse().unwrap_or(INSPECTOR_PORT))
        })
    }

    /// The number of the signal on which it is told to write a dump.
    pub fn snapshot_signal(&self) -> Option<i32> {
        signal_number(self.option("--heapsnapshot-signal")?)
    }

    /// Whether it catches a signal; one that is not caught ends it.
    pub fn catches(&self, signal: i32) -> bool {
        (1..=64).contains(&signal) && self.caught >> (signal - 1) & 1 == 1
    }
}

fn signal_number(name: &str) -> Option<i32> {
    #[cfg(unix)]
    {
        use signal_hook::consts;
        let known = [
            ("SIGUSR1", consts::SIGUSR1),
            ("SIGUSR2", consts::SIGUSR2),
            ("SIGHUP", consts::SIGHUP),
            ("SIGWINCH", consts::SIGWINCH),
            ("SIGIO", consts::SIGIO),
            ("SIGURG", consts::SIGURG),
            ("SIGALRM", consts::SIGALRM),
            ("SIGQUIT", consts::SIGQUIT),
        ];
        known
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, number)| number)
    }
    #[cfg(not(unix))]
    {
        let _ = name;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(args: &[&str], node_options: &str) -> Process {
        Process {
            args: args.iter().map(|&argument| argument.to_owned()).collect(),
            node_options: node_options.to_owned(),
            ..Process::default()
        }
    }

    #[test]
    fn options_are_read_from_arguments_and_environment() {
        let here = process(&["node", "--inspect=127.0.0.1:9333", "a.js"], "");
        assert_eq!(here.inspector_port(), Some(9333));
        let bare = process(&["node", "--inspect", "a.js"], "");
        assert_eq!(bare.inspector_port(), Some(9229));
        assert_eq!(process(&["node", "a.js"], "").inspector_port(), None);
        let chrome = process(&["chrome", "--remote-debugging-port=9222"], "");
        assert_eq!(chrome.inspector_port(), Some(9222));
        #[cfg(unix)]
        {
            let hook = process(
                &["node", "a.js"],
                "--max-old-space-size=100 --heapsnapshot-signal=SIGUSR2",
            );
            assert_eq!(hook.snapshot_signal(), Some(signal_hook::consts::SIGUSR2));
            let apart = process(&["node", "--heapsnapshot-signal", "SIGUSR2", "a.js"], "");
            assert_eq!(apart.snapshot_signal(), Some(signal_hook::consts::SIGUSR2));
            assert_eq!(
                process(&["node", "--heapsnapshot-signal=NO"], "").snapshot_signal(),
                None
            );
        }
    }

    #[test]
    fn runtimes_are_known_by_their_program() {
        let runtime = |args: &[&str]| Runtime::of(&process(args, ""));
        assert_eq!(runtime(&["/usr/bin/node", "a.js"]), Some(Runtime::Node));
        assert_eq!(runtime(&["chrome", "--type=renderer"]), None);
        assert_eq!(runtime(&["sleep", "60"]), None);
        let deleted = Process {
            exe: Some("/opt/node (deleted)".into()),
            args: vec!["my-title".to_owned()],
            ..Process::default()
        };
        assert_eq!(Runtime::of(&deleted), Some(Runtime::Node));
    }

    #[test]
    fn only_caught_signals_count() {
        let mut process = process(&["node"], "");
        process.caught = 1 << 9;
        assert!(process.catches(10) && !process.catches(12) && !process.catches(0));
    }
}
