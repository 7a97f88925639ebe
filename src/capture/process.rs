//! What `/proc` says of a process. Nothing here sends anything to it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::available;
use crate::error::{Error, ErrorKind, Result};

/// A `/proc` tree: the system's, or one that a test made.
#[derive(Debug, Clone)]
pub struct Proc {
    root: PathBuf,
    groups: PathBuf,
}

/// What is known of a process.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Its number here.
    pub pid: u32,
    /// Its number within its own container, which is in the names of its files.
    pub inner_pid: u32,
    /// When it started, in clock ticks since the machine did: tells it from a later process of the same number.
    pub started: u64,
    /// Its arguments, the program first. Untrusted.
    pub args: Vec<String>,
    /// The program's file, where it may be known.
    pub exe: Option<PathBuf>,
    /// Whether it is this user's; `None` when it cannot be known.
    pub is_ours: bool,
    /// Bit `n - 1` is set if it catches signal `n`.
    pub caught: u64,
    /// Resident memory, bytes.
    pub rss: u64,
    /// Resident memory that is not backed by files, bytes.
    pub rss_anonymous: u64,
    /// `NODE_OPTIONS` of its environment, where it may be read.
    pub node_options: String,
    /// What is left of its own limit on addresses (`ulimit -v`), bytes.
    pub own_limit_left: Option<u64>,
    /// The limit of its control group, bytes.
    pub memory_limit: Option<u64>,
    /// The memory that it can still get before the machine or its control group has no more, bytes.
    pub available: Option<u64>,
}

impl Proc {
    /// The system's.
    pub fn of_system() -> Self {
        Self::at("/proc", "/sys/fs/cgroup")
    }

    /// A tree with the same files elsewhere, and the control groups that go with it.
    pub fn at(root: impl Into<PathBuf>, groups: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            groups: groups.into(),
        }
    }

    /// All processes that can be seen, in order of their numbers.
    ///
    /// # Errors
    /// Where there is no `/proc`: on other systems than Linux.
    pub fn pids(&self) -> Result<Vec<u32>> {
        let entries = fs::read_dir(&self.root).map_err(|error| {
            Error::io("cannot list processes", &error)
                .in_file(&self.root)
                .advise("processes can be captured on Linux only; elsewhere name --port")
        })?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut pids: Vec<u32> = names.filter_map(|name| name.parse().ok()).collect();
        pids.sort_unstable();
        Ok(pids)
    }

    fn of(&self, pid: u32, name: &str) -> PathBuf {
        self.root.join(pid.to_string()).join(name)
    }

    fn text(&self, pid: u32, name: &str) -> io::Result<String> {
        let bytes = fs::read(self.of(pid, name))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads what is known of a process.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such process.
    pub fn read(&self, pid: u32) -> Result<Process> {
        let status = self.text(pid, "status").map_err(|_| gone(pid))?;
        let stat = self.text(pid, "stat").map_err(|_| gone(pid))?;
        let args = self.text(pid, "cmdline").unwrap_or_default();
        let args = args.split('\0').filter(|argument| !argument.is_empty());
        let environment = self.text(pid, "environ").unwrap_or_default();
        let node_options = environment
            .split('\0')
            .find_map(|line| line.strip_prefix("NODE_OPTIONS="));
        let exe = fs::read_link(self.of(pid, "exe")).ok();
        let numbers = |key: &str| -> Vec<u64> {
            let fields = field(&status, key).unwrap_or_default().split_whitespace();
            fields.filter_map(|number| number.parse().ok()).collect()
        };
        let kilobytes = |key: &str| numbers(key).first().map(|kilobytes| kilobytes * 1024);
        let me = fs::read_to_string(self.root.join("self/status")).unwrap_or_default();
        let user = |status: &str| {
            let ids = field(status, "Uid:")?.split_whitespace().nth(1)?;
            ids.parse::<u32>().ok()
        };
        let mine = user(&me);
        let (memory_limit, left) = self.group(pid);
        let machine = fs::read_to_string(self.root.join("meminfo")).ok();
        let machine = machine.and_then(|text| kilobytes_of(&text, "MemAvailable:"));
        let own_limit_left = self.own_limit(pid).map(|limit| {
            let used = kilobytes("VmSize:").unwrap_or(0);
            limit.saturating_sub(used)
        });
        let rss_anonymous = kilobytes("RssAnon:").or_else(|| kilobytes("VmRSS:"));
        Ok(Process {
            pid,
            inner_pid: numbers("NSpid:").last().map_or(pid, |&inner| inner as u32),
            started: started(&stat).unwrap_or(0),
            args: args.map(str::to_owned).collect(),
            exe,
            is_ours: mine == Some(0) || (mine.is_some() && mine == user(&status)),
            caught: field(&status, "SigCgt:")
                .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
                .unwrap_or(0),
            rss: kilobytes("VmRSS:").unwrap_or(0),
            rss_anonymous: rss_anonymous.unwrap_or(0),
            node_options: node_options.unwrap_or_default().to_owned(),
            own_limit_left,
            memory_limit,
            available: [machine, left, own_limit_left].into_iter().flatten().min(),
        })
    }

    /// Whether the process is still the one that was read.
    pub fn is_alive(&self, process: &Process) -> bool {
        let stat = self.text(process.pid, "stat").unwrap_or_default();
        let is_zombie = after_name(&stat).is_some_and(|rest| rest.trim_start().starts_with('Z'));
        started(&stat) == Some(process.started) && !is_zombie
    }

    /// The limit of the process's control group, and what is left of it.
    fn group(&self, pid: u32) -> (Option<u64>, Option<u64>) {
        let groups = self.text(pid, "cgroup").unwrap_or_default();
        let group = available::tightest(&groups, |path| {
            fs::read_to_string(self.groups.join(path)).ok()
        });
        (
            group.map(|group| group.limit),
            group.map(|group| group.left),
        )
    }

    /// `ulimit -v` of a process, in bytes.
    fn own_limit(&self, pid: u32) -> Option<u64> {
        let limits = self.text(pid, "limits").ok()?;
        let line = field(&limits, "Max address space")?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// The ports on which the process listens, by its own sockets.
    pub fn listening(&self, pid: u32) -> Vec<u16> {
        let sockets = self.sockets(pid);
        let mut ports = Vec::new();
        for table in ["net/tcp", "net/tcp6"] {
            let text = self.text(pid, table).unwrap_or_default();
            for line in text.lines().skip(1) {
                if let Some((port, inode)) = listener(line)
                    && sockets.contains(&inode)
                {
                    ports.push(port);
                }
            }
        }
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    fn sockets(&self, pid: u32) -> Vec<u64> {
        let entries = fs::read_dir(self.of(pid, "fd")).into_iter().flatten();
        let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        let inode = |link: PathBuf| -> Option<u64> {
            let text = link.to_str()?.strip_prefix("socket:[")?;
            text.strip_suffix(']')?.parse().ok()
        };
        links.filter_map(inode).collect()
    }

    /// A folder as the process sees it, from here.
    pub fn folder_of(&self, pid: u32, path: &Path) -> PathBuf {
        let inside = path.strip_prefix("/").unwrap_or(path);
        self.of(pid, "root").join(inside)
    }

    /// The folder that the process works in, as it sees it.
    pub fn working_folder(&self, pid: u32) -> Option<PathBuf> {
        fs::read_link(self.of(pid, "cwd")).ok()
    }

    /// The network namespace of the process, where it is another than ours.
    pub(super) fn other_network(&self, pid: u32) -> Option<io::Result<fs::File>> {
        let theirs = self.of(pid, "ns/net");
        let ours = fs::read_link(self.root.join("self/ns/net")).ok()?;
        if fs::read_link(&theirs).ok()? == ours {
            return None;
        }
        Some(fs::File::open(theirs))
    }
}

fn gone(pid: u32) -> Error {
    Error::new(ErrorKind::Usage, format!("there is no process {pid}"))
        .advise("heaptui ps lists those that can be captured")
}

/// What is behind a key at the beginning of a line.
fn field<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(key))
}

fn kilobytes_of(text: &str, key: &str) -> Option<u64> {
    let number = field(text, key)?.trim().strip_suffix("kB")?.trim();
    Some(number.parse::<u64>().ok()? * 1024)
}

/// What is behind the name in `/proc/PID/stat`: the name stands in parentheses and may hold any.
fn after_name(stat: &str) -> Option<&str> {
    Some(stat.rsplit_once(')')?.1)
}

fn started(stat: &str) -> Option<u64> {
    // The 22nd field; the state, which is behind the name, is the third.
    let mut fields = after_name(stat)?.split_whitespace();
    fields.nth(19)?.parse().ok()
}

/// A line of `/proc/PID/net/tcp`: the port and the inode of a socket that listens.
fn listener(line: &str) -> Option<(u16, u64)> {
    const LISTENS: &str = "0A";
    let mut fields = line.split_whitespace();
    let local = fields.nth(1)?;
    let state = fields.nth(1)?;
    let inode = fields.nth(5)?;
    let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
    (state == LISTENS).then_some((port, inode.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_system_are_read() {
        let line = "   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 81234 1 0000000000000000 100 0 0 10 0";
        assert_eq!(listener(line), Some((9229, 81234)));
        assert_eq!(listener(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(listener("short"), None);
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0";
        assert_eq!(started(stat), Some(98765));
        assert_eq!(started(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_read() {
        let system = Proc::of_system();
        let me = system.read(std::process::id()).unwrap();
        assert!(me.is_ours && me.rss > 0 && system.is_alive(&me));
        assert!(system.pids().unwrap().contains(&me.pid));
        let other = Process { started: 1, ..me };
        assert!(!system.is_alive(&other), "another one with its number");
        assert!(system.read(u32::MAX).is_err());
    }
}
