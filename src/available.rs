//! How much memory is available, so that it is asked for before it is taken: a process that takes more is killed,
//! or others are.

use std::fs;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::text::units::bytes;

/// What takes less, in bytes, is taken without asking.
const WORTH_ASKING: u64 = 64 << 20;

/// Refuses to take so many bytes more where they are not available, nor room for them on a disk.
///
/// # Errors
/// [`ErrorKind::Unsupported`] with both figures.
pub fn check(more: u64) -> Result<()> {
    if more < WORTH_ASKING {
        return Ok(());
    }
    let refused = refuse(more, available());
    match memory::beyond(more) {
        Some(Ok(_)) if refused.is_err() => Ok(()),
        _ => refused,
    }
}

/// What grows while a file is read that can hold a thousand times what it takes on disk.
#[derive(Debug, Default)]
pub struct Growing {
    /// So many bytes were held when it was last asked for more.
    asked: u64,
}

impl Growing {
    /// Asks now and then, where so many bytes are held, for as many again: what grows doubles when it is full.
    ///
    /// # Errors
    /// As [`check`].
    #[inline]
    pub fn holds(&mut self, bytes: u64) -> Result<()> {
        if bytes < self.asked.saturating_add(WORTH_ASKING) {
            return Ok(());
        }
        self.asked = bytes;
        check(bytes)
    }
}

fn refuse(more: u64, there: Option<u64>) -> Result<()> {
    match there {
        Some(there) if there < more => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "not enough memory: reading on takes {} more, and {} can be had",
                bytes(more),
                bytes(there)
            ),
        )
        .advise("close what else needs memory, or look at it on a larger host")),
        _ => Ok(()),
    }
}

/// The memory that this process can still get without the system swapping or killing it, in bytes: what the machine
/// has available, what is left of the container's limit, or of the process's own (`ulimit -v`, `ulimit -d`), whichever is least.
/// Nothing where the system does not say.
pub fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| kilobytes(&text, "MemAvailable:"));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let container = limits(&groups, |path| {
        fs::read_to_string(Path::new("/sys/fs/cgroup").join(path)).ok()
    });
    [machine, container, own_limit()]
        .into_iter()
        .flatten()
        .min()
}

/// What is left of the addresses and of the memory of its own that the process may use, where somebody set a limit.
fn own_limit() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit};
        let limits = [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")];
        let mut set = limits
            .into_iter()
            .filter_map(|(resource, used)| Some((getrlimit(resource).current?, used)))
            .peekable();
        set.peek()?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        set.filter_map(|(limit, used)| Some(limit.saturating_sub(kilobytes(&status, used)?)))
            .min()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whether somebody set a limit for the addresses that the process may use.
pub fn addresses_are_limited() -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::As).current.is_some()
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// A line of `/proc/meminfo`, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

/// The least that control groups leave. Each group up to the top may have a limit; within a container the paths of
/// the host may lead nowhere, and the top is the container's own.
fn limits(groups: &str, read: impl Fn(&str) -> Option<String>) -> Option<u64> {
    tightest(groups, read).map(|group| group.left)
}

/// Version 1 of control groups says so many bytes, or a page less, where there is no limit.
const NO_LIMIT: u64 = 1 << 62;

/// A control group with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limited {
    /// What is left of the limit, bytes.
    pub left: u64,
    /// The limit, bytes.
    pub limit: u64,
}

/// The control group that leaves least, of those in `/proc/PID/cgroup`; `read` reads a file below the groups' folder.
pub(crate) fn tightest(groups: &str, read: impl Fn(&str) -> Option<String>) -> Option<Limited> {
    let mut least: Option<Limited> = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (folder, limit, usage, of_all) = if controllers.is_empty() {
            ("", "memory.max", "memory.current", "")
        } else if controllers.split(',').any(|name| name == "memory") {
            let (limit, usage) = ("memory.limit_in_bytes", "memory.usage_in_bytes");
            ("memory/", limit, usage, "total_")
        } else {
            continue;
        };
        let mut path = path.trim_matches('/');
        loop {
            let file = |name: &str| {
                let slash = if path.is_empty() { "" } else { "/" };
                read(&format!("{folder}{path}{slash}{name}"))
            };
            // `max`, which is no number, means that there is no limit.
            let number = |text: Option<String>| text?.trim().parse::<u64>().ok();
            if let (Some(limit), Some(usage)) = (number(file(limit)), number(file(usage))) {
                let stat = file("memory.stat").unwrap_or_default();
                let left = limit.saturating_sub(usage.saturating_sub(cached(&stat, of_all)));
                if limit < NO_LIMIT && least.is_none_or(|least| left < least.left) {
                    least = Some(Limited { left, limit });
                }
            }
            if path.is_empty() {
                break;
            }
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    least
}

/// What of a group's usage the system gives back when somebody needs it, in bytes: files that it keeps in memory, those
/// that were used of late only by half. A container that has just written a dump has its limit full of them.
fn cached(stat: &str, of_all: &str) -> u64 {
    let number = |name: &str| -> u64 {
        let line = stat.lines().find_map(|line| {
            let (key, number) = line.split_once(' ')?;
            let is = key.strip_prefix(of_all) == Some(name);
            is.then_some(number)
        });
        line.and_then(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    number("inactive_file").saturating_add(number("active_file") / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_is_is_refused_with_both_figures() {
        assert!(check(1).is_ok());
        assert!(refuse(WORTH_ASKING, None).is_ok(), "nobody knows");
        assert!(refuse(WORTH_ASKING, Some(WORTH_ASKING)).is_ok());
        let error = refuse(3_000_000_000, Some(2_000_000_000)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("3.0 GB") && text.contains("2.0 GB"), "{text}");
        assert!(check(u64::MAX).is_err() || available().is_none());
    }

    #[test]
    fn what_grows_is_asked_for_now_and_then() {
        let mut growing = Growing::default();
        assert!(growing.holds(WORTH_ASKING - 1).is_ok());
        assert_eq!(growing.asked, 0);
        assert!(growing.holds(WORTH_ASKING).is_ok());
        assert_eq!(growing.asked, WORTH_ASKING);
        let nobody_has_it = growing.holds(u64::MAX);
        assert!(nobody_has_it.is_err() || available().is_none());
    }

    #[test]
    fn machines_and_containers() {
        let text = "MemTotal:       100 kB\nMemAvailable:    70 kB\n";
        assert_eq!(kilobytes(text, "MemAvailable:"), Some(70 * 1024));
        assert_eq!(kilobytes(text, "Nothing:"), None);
        let two = limits("0::/a/b\n", |path| {
            let text = match path {
                "a/memory.max" => "1000\n",
                "a/memory.current" => "400\n",
                "a/b/memory.max" => "max\n",
                "a/b/memory.current" => "300\n",
                _ => return None,
            };
            Some(text.to_owned())
        });
        assert_eq!(two, Some(600));
        let one = limits("9:name=systemd:/\n4:cpu,memory:/x\n0::/\n", |path| {
            let text = match path {
                "memory/memory.limit_in_bytes" => "9223372036854771712",
                "memory/memory.usage_in_bytes" => "1",
                "memory/x/memory.limit_in_bytes" => "50",
                "memory/x/memory.usage_in_bytes" => "60",
                _ => return None,
            };
            Some(text.to_owned())
        });
        assert_eq!(one, Some(0));
        assert_eq!(limits("", |_| None), None);
        // What only caches files is available.
        for (groups, folder, [max, current], of_all) in [
            ("0::/a\n", "a/", ["memory.max", "memory.current"], ""),
            (
                "4:memory:/a\n",
                "memory/a/",
                ["memory.limit_in_bytes", "memory.usage_in_bytes"],
                "total_",
            ),
        ] {
            let left = limits(groups, |path| {
                let name = path.strip_prefix(folder)?;
                let text = match name {
                    _ if name == max => "1000".to_owned(),
                    _ if name == current => "990".to_owned(),
                    "memory.stat" => {
                        format!("anon 90\n{of_all}inactive_file 700\n{of_all}active_file 200\n")
                    }
                    _ => return None,
                };
                Some(text)
            });
            assert_eq!(left, Some(10 + 700 + 100), "{groups}");
        }
    }
}
