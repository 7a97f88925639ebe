//! Standing back for the others on the host: whoever looks for a leak on a machine that is in trouble must not add to it.

/// How much a thread stands back: `nice` values go from -20 to 19, and 0 is what programs have.
#[cfg(unix)]
const STEP: i32 = 10;

/// Lowers the priority of the calling thread, and of threads that it starts from now on, for processor time. On Linux
/// the order of disk requests follows from it (as long as nobody set another one with `ionice`); elsewhere the whole
/// process stands back.
///
/// That it cannot be done is no reason not to work, so nothing is said then.
pub fn lower() {
    #[cfg(unix)]
    {
        let _ = rustix::process::nice(STEP);
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    /// The `nice` value of the calling thread, as the kernel tells it.
    fn nice() -> i32 {
        let text = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The name of the thread stands in brackets and may hold anything; the value is the 17th field behind it.
        let behind = text.rsplit_once(')').unwrap().1;
        behind.split_whitespace().nth(16).unwrap().parse().unwrap()
    }

    #[test]
    fn threads_stand_back_one_by_one() {
        let here = nice();
        let there = std::thread::spawn(|| {
            super::lower();
            std::thread::spawn(nice).join().unwrap()
        });
        assert_eq!(there.join().unwrap(), (here + super::STEP).min(19));
        assert_eq!(nice(), here, "other threads keep theirs");
    }
}
