//! Sampling profiles of a running process: who allocates, for a few megabytes of its memory and milliseconds of its time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::capture::inspector::{Inspector, PATIENCE, Peer};
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;

/// A sample is taken about every so many allocated bytes.
const INTERVAL: u64 = 32 << 10;
/// How often a wait looks up.
const LOOK: Duration = Duration::from_millis(100);

/// Begins to sample.
///
/// # Errors
/// Those of the inspector.
pub fn begin(inspector: &mut Inspector, task: &Task) -> Result<()> {
    let quiet = &mut |_: &Peer, _: &str, _: &serde_json::value::RawValue| Ok(());
    inspector.call(
        &Peer::Main,
        "HeapProfiler.enable",
        &json!({}),
        (PATIENCE, task),
        quiet,
    )?;
    let params = json!({"samplingInterval": INTERVAL});
    inspector.call(
        &Peer::Main,
        "HeapProfiler.startSampling",
        &params,
        (PATIENCE, task),
        quiet,
    )?;
    Ok(())
}

/// The profile of what was allocated since and is alive, as V8 writes it.
///
/// # Errors
/// Those of the inspector.
pub fn profile(inspector: &mut Inspector, task: &Task) -> Result<Vec<u8>> {
    take(inspector, "HeapProfiler.getSamplingProfile", task)
}

/// The last profile; sampling ends.
///
/// # Errors
/// Those of the inspector.
pub fn end(inspector: &mut Inspector, task: &Task) -> Result<Vec<u8>> {
    take(inspector, "HeapProfiler.stopSampling", task)
}

fn take(inspector: &mut Inspector, method: &str, task: &Task) -> Result<Vec<u8>> {
    let answer = inspector.call(
        &Peer::Main,
        method,
        &json!({}),
        (PATIENCE, task),
        &mut |_, _, _| Ok(()),
    )?;
    let profile = answer.get("profile").filter(|profile| profile.is_object());
    let profile: &Value =
        profile.ok_or_else(|| Error::new(ErrorKind::Io, "the inspector sends no profile"))?;
    serde_json::to_vec(profile).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))
}

/// Waits, or until the task is cancelled.
///
/// # Errors
/// When it was.
pub fn wait(span: Duration, task: &Task) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < span {
        task.check()?;
        std::thread::sleep(LOOK.min(span));
    }
    Ok(())
}
