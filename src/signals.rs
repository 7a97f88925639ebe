//! Signals that end the process: what was being written goes first, and the terminal is given back.
//!
//! Not caught: KILL and STOP, which nobody can; SEGV, BUS, ILL and FPE, which tell of a defect.

/// The signals that would end the process, other than those above. Those that somebody has it ignore, as `nohup` does,
/// stay ignored and are not among them.
#[cfg(unix)]
pub fn ending() -> Vec<i32> {
    use signal_hook::consts::{
        SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP,
        SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    };
    let mut ends = vec![
        SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGABRT, SIGALRM, SIGIO, SIGPROF, SIGSYS, SIGTRAP,
        SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    ];
    #[cfg(target_os = "linux")]
    {
        /// The first and last of the real-time signals that programs may use.
        const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;
        use rustix::process::Signal;
        ends.extend([Signal::STKFLT.as_raw(), Signal::POWER.as_raw()]);
        ends.extend(REAL_TIME);
    }
    let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    ends.retain(|signal| !ignored.contains(signal));
    ends
}

/// Has the first signal that would end the process call `act` before it does, on a thread of its own. Where that cannot
/// be, signals end the process as they always did.
pub fn before_end(act: impl FnOnce() + Send + 'static) {
    #[cfg(unix)]
    {
        let Ok(mut signals) = signal_hook::iterator::Signals::new(std::iter::empty::<i32>()) else {
            return;
        };
        for signal in ending() {
            // One that cannot be caught does what it always did.
            let _ = signals.add_signal(signal);
        }
        let _ = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                if let Some(signal) = signals.forever().next() {
                    act();
                    die_of(signal);
                }
            });
    }
    #[cfg(not(unix))]
    drop(act);
}

/// Has signals that would end the process cancel a task instead, until it is dropped.
#[derive(Debug, Default)]
pub struct Cancelling {
    #[cfg(unix)]
    running: Option<(signal_hook::iterator::Handle, std::thread::JoinHandle<()>)>,
    seen: std::sync::Arc<std::sync::atomic::AtomicI32>,
}

impl Cancelling {
    /// Begins to listen. Where that cannot be, signals end the process as they always did.
    pub fn begin(task: &crate::task::Task) -> Self {
        #[allow(unused_mut)]
        let mut new = Self::default();
        #[cfg(unix)]
        {
            let Ok(mut signals) = signal_hook::iterator::Signals::new(ending()) else {
                return new;
            };
            let (handle, task, seen) = (signals.handle(), task.clone(), new.seen.clone());
            let thread = std::thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || {
                    for signal in signals.forever() {
                        seen.store(signal, std::sync::atomic::Ordering::SeqCst);
                        task.cancel();
                    }
                });
            new.running = thread.ok().map(|thread| (handle, thread));
        }
        #[cfg(not(unix))]
        let _ = task;
        new
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<i32> {
        match self.seen.load(std::sync::atomic::Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }
}

impl Drop for Cancelling {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some((handle, thread)) = self.running.take() {
            handle.close();
            let _ = thread.join();
        }
    }
}

/// Has a file that reached the limit for its size (`ulimit -f`) be an error of writing, instead of the end.
pub fn outlive_limits_of_files() {
    #[cfg(unix)]
    {
        let seen = std::sync::Arc::default();
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
    }
}

/// Ends the process as the signal would have done, so that whoever sent it sees that it worked.
pub fn die_of(signal: i32) {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    // Those that are not known by name: as a shell would tell it.
    std::process::exit(128 + signal);
}

/// The signals that a process ignores, by what Linux tells of it.
#[cfg(unix)]
fn ignored(status: &str) -> Vec<i32> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let mask = mask.unwrap_or(0);
    (1..=64)
        .filter(|signal| mask >> (signal - 1) & 1 == 1)
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignored;

    #[test]
    fn what_is_ignored_is_told_by_the_system() {
        let status = "Name:\theaptui\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored(status), [1, 13]);
        assert!(ignored("").is_empty());
    }
}
