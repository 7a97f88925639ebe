//! Signals that end a command: what it was writing goes first.

use crate::save;

/// Lets signals that would end the process remove what is being written before they do. Those that somebody has it
/// ignore, as `nohup` does, stay ignored.
#[cfg(unix)]
pub(super) fn clean_up() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    let ends = [SIGHUP, SIGINT, SIGTERM];
    let ends = ends.into_iter().filter(|signal| !ignored.contains(signal));
    // Where that cannot be done, they end the process as they always did.
    let Ok(mut signals) = Signals::new(ends) else {
        return;
    };
    let _ = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                save::remove_unfinished();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
}

#[cfg(not(unix))]
pub(super) fn clean_up() {}

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
