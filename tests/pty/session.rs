//! A program in a pseudo-terminal, and what it writes there.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Once};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::termios::{LocalModes, tcgetattr};

/// Longer than anything takes; only a defect reaches it.
const EVER: Duration = Duration::from_secs(60);

/// The lines and columns that a session starts with.
const START: [NonZero<u16>; 2] = [NonZero::new(24).unwrap(), NonZero::new(80).unwrap()];

/// A dump of two objects.
pub const DUMP: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"]},"node_count":2,"edge_count":1},"nodes":[9,0,1,0,1,3,1,3,64,0],"edges":[2,2,5],"strings":["","Leaky","leak"]}"#;

pub struct Session {
    /// Nothing once it was hung up.
    pty: Option<Pty>,
    /// Takes what the program writes, until this is set.
    reader: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    child: Child,
    pid: Pid,
    bytes: Receiver<Vec<u8>>,
    output: String,
    pending: Vec<u8>,
    terminal: vt100::Parser,
    /// The terminal's modes before the program began.
    pub before: LocalModes,
    folder: tempfile::TempDir,
}

impl Session {
    /// The explorer on a small dump, without anybody's settings.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_with(&["--no-config"], variables)
    }

    /// The explorer on a small dump, with these arguments.
    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("small.heapsnapshot");
        std::fs::write(&dump, DUMP).unwrap();
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
        let file = std::fs::File::options().append(true).open(&dump).unwrap();
        file.set_modified(long_ago).unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .args(arguments)
            .arg(&dump);
        Self::of(command, variables, folder)
    }

    /// The explorer on a folder or file, which goes with the session; without anybody's settings or indexes.
    pub fn start_on(folder: tempfile::TempDir, dumps: &Path, variables: &[(&str, &str)]) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .args(["--no-config", "--no-index"])
            .arg(dumps);
        Self::of(command, variables, folder)
    }

    /// The same with indexes, which go where the variables say.
    pub fn start_indexed(
        folder: tempfile::TempDir,
        dumps: &Path,
        variables: &[(&str, &str)],
    ) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .arg("--no-config")
            .arg(dumps);
        Self::of(command, variables, folder)
    }

    /// A shell's words in a folder, in which `$0` is heaptui.
    pub fn shell(folder: tempfile::TempDir, words: &str, variables: &[(&str, &str)]) -> Self {
        let command = Command::new("sh")
            .args(["-c", words, env!("CARGO_BIN_EXE_heaptui")])
            .current_dir(folder.path());
        Self::of(command, variables, folder)
    }

    /// The process.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// The folder that it was started with.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it still runs, after taking what it wrote within this time.
    pub fn runs(&mut self, wait: Duration) -> bool {
        self.read(wait);
        self.child.try_wait().unwrap().is_none()
    }

    /// This test program itself, running an ignored test of this name.
    pub fn of_test(name: &str) -> Self {
        let command = Command::new(std::env::current_exe().unwrap()).args([
            "--exact",
            name,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ]);
        Self::of(command, &[], tempfile::tempdir().unwrap())
    }

    fn of(command: Command, variables: &[(&str, &str)], folder: tempfile::TempDir) -> Self {
        heed_signals();
        let (pty, terminal) = open().unwrap();
        let [lines, columns] = START.map(NonZero::get);
        pty.resize(pty_process::Size::new(lines, columns)).unwrap();
        let before = tcgetattr(&pty).unwrap().local_modes;
        let mut command = command
            .env_remove("NO_COLOR")
            .env_remove("TMUX")
            .env_remove("STY")
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8");
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let child = command.spawn(terminal).unwrap();
        let pid = Pid::from_child(&child);
        let (sender, bytes) = channel();
        let reading = rustix::io::dup(&pty).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut reading = std::fs::File::from(reading);
            let mut buffer = [0; 1 << 16];
            while !stopped.load(Ordering::SeqCst) {
                let mut ready = [PollFd::new(&reading, PollFlags::IN)];
                let patience = Timespec {
                    tv_sec: 0,
                    tv_nsec: 20_000_000,
                };
                if poll(&mut ready, Some(&patience)) == Ok(0) {
                    continue;
                }
                // The end of the program is an error on this side.
                match reading.read(&mut buffer) {
                    Ok(count) if count > 0 && sender.send(buffer[..count].to_vec()).is_ok() => {}
                    _ => return,
                }
            }
        });
        Self {
            pty: Some(pty),
            reader: Some((stop, thread)),
            child,
            pid,
            bytes,
            output: String::new(),
            pending: Vec::new(),
            terminal: vt100::Parser::new(START[0], START[1], 0),
            before,
            folder,
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        let pty = self.pty.as_mut().unwrap();
        pty.write_all(keys.as_bytes()).unwrap();
    }

    /// Closes the terminal, as the end of a connection does.
    pub fn hang_up(&mut self) {
        if let Some((stop, thread)) = self.reader.take() {
            stop.store(true, Ordering::SeqCst);
            thread.join().unwrap();
        }
        self.pty = None;
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    pub fn resize(&mut self, columns: u16, lines: u16) {
        let [rows, cells] = [lines, columns].map(|count| NonZero::new(count).unwrap());
        self.terminal.screen_mut().set_size(rows, cells);
        let pty = self.pty.as_ref().unwrap();
        pty.resize(pty_process::Size::new(lines, columns)).unwrap();
    }

    /// How the terminal treats what is typed.
    pub fn modes(&self) -> LocalModes {
        tcgetattr(self.pty.as_ref().unwrap()).unwrap().local_modes
    }

    /// All that was written since the last [`Session::forget`].
    pub fn output(&self) -> &str {
        &self.output
    }

    /// Forgets what was written.
    pub fn forget(&mut self) {
        self.drain(Duration::from_millis(100));
        self.output.clear();
    }

    /// What stands on the screen now.
    pub fn screen(&self) -> String {
        self.terminal.screen().contents()
    }

    /// The screen's cells.
    pub fn cells(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// Waits until these words stand on the screen. What is written is only what differs from the screen before, so the
    /// words need not be in the output.
    #[track_caller]
    pub fn until(&mut self, words: &str) {
        self.wait_for(words, Self::screen);
    }

    /// Waits until this was written, which need not be to be seen.
    #[track_caller]
    pub fn until_written(&mut self, words: &str) {
        self.wait_for(words, |session| session.output.clone());
    }

    #[track_caller]
    fn wait_for(&mut self, words: &str, text: impl Fn(&Self) -> String) {
        self.wait_until(words, |session| text(session).contains(words));
    }

    #[track_caller]
    fn wait_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + EVER;
        let mut more = true;
        while !is_so(self) {
            assert!(
                more && Instant::now() < end,
                "waited for {what:?} on\n{}\nof {:?}",
                self.screen(),
                self.output
            );
            more = self.read(Duration::from_millis(100));
        }
    }

    /// Waits until these words no longer stand on the screen.
    #[track_caller]
    pub fn until_gone(&mut self, words: &str) {
        self.wait_until(words, |session| !session.screen().contains(words));
    }

    /// Takes what is there; says whether more can come.
    fn read(&mut self, wait: Duration) -> bool {
        match self.bytes.recv_timeout(wait) {
            Ok(bytes) => {
                self.terminal.process(&bytes);
                self.pending.extend(bytes);
                let whole = match std::str::from_utf8(&self.pending) {
                    Ok(text) => text.len(),
                    Err(error) => error.valid_up_to(),
                };
                let rest = self.pending.split_off(whole);
                self.output
                    .push_str(&String::from_utf8_lossy(&self.pending));
                self.pending = rest;
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    fn drain(&mut self, quiet: Duration) {
        let mut length = usize::MAX;
        while length != self.output.len() {
            length = self.output.len();
            if !self.read(quiet) {
                return;
            }
        }
    }

    /// Waits until the program was stopped, as Ctrl-Z does.
    pub fn until_stopped(&mut self) {
        let end = Instant::now() + EVER;
        loop {
            let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
            if let Some((_, status)) = waitpid(Some(self.pid), options).unwrap() {
                assert!(status.stopped(), "{status:?}");
                break;
            }
            assert!(Instant::now() < end, "it does not stop");
            self.read(Duration::from_millis(20));
        }
        // What it wrote before is still on its way.
        while !self.has_left() && Instant::now() < end {
            self.read(Duration::from_millis(20));
        }
    }

    /// Waits for the program's end; gives its status, or the signal that ended it.
    pub fn end(&mut self) -> (Option<i32>, Option<i32>) {
        use std::os::unix::process::ExitStatusExt;
        let end = Instant::now() + EVER;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // The terminal tells when nobody can write to it any more, behind all that was written.
                while self.read(Duration::from_millis(20)) {
                    assert!(Instant::now() < end, "somebody else holds the terminal");
                }
                return (status.code(), status.signal());
            }
            assert!(Instant::now() < end, "it does not end: {:?}", self.output);
            self.read(Duration::from_millis(20));
        }
    }

    /// The alternate screen was left, the cursor is shown, keys are echoed as before.
    #[track_caller]
    pub fn assert_given_back(&self) {
        assert_eq!(self.modes(), self.before, "modes");
        assert!(self.has_left(), "{:?}", self.output);
    }

    fn has_left(&self) -> bool {
        let last = |sequence| self.output.rfind(sequence);
        last(super::LEAVE_SCREEN) > last(super::ENTER_SCREEN)
            && last(super::SHOW_CURSOR) > last("\u{1b}[?25l")
    }
}

/// Has programs that are started from here begin with signals that end them, even where this one was started with
/// signals ignored: in the background of a script, or under `nohup`. What is handled here is not ignored there.
fn heed_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal.as_raw(), always).unwrap();
        }
    });
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
