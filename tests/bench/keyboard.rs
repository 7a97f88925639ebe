//! Keys that are held down, and how long each takes to be answered by a frame.

use std::time::Duration;

use heaptui::tui::harness::Harness;
use heaptui::tui::keys::parse_journey;

/// The time between two keys.
const REPEAT: Duration = Duration::from_millis(33);

/// Types `keys` so many times; gives how long each key took.
pub fn press(explorer: &mut Harness, keys: &str, times: usize) -> Vec<Duration> {
    let mut taken = Vec::new();
    for _ in 0..times {
        for key in parse_journey(keys) {
            taken.push(explorer.press(key));
            explorer.pass(REPEAT);
        }
    }
    taken
}

/// Prints the titles of the table.
pub fn print_titles() {
    println!(
        "{:32} {:>6} {:>9} {:>9} {:>9}",
        "", "keys", "median", "p99", "most"
    );
}

/// Prints a row of the table: what was done, how many keys, their times.
pub fn print_figures(name: &str, taken: &mut [Duration]) {
    taken.sort_unstable();
    let at =
        |part: usize| taken[(taken.len() * part / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{name:32} {:>6} {:>6.2} ms {:>6.2} ms {:>6.2} ms",
        taken.len(),
        at(50),
        at(99),
        at(100)
    );
}
