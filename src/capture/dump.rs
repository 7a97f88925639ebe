//! One dump, by one way, into a file that is whole or not there.

use std::borrow::Cow;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use crate::capture::inspector::{Inspector, PATIENCE, Peer};
use crate::capture::process::{Proc, Process};
use crate::error::{Error, ErrorKind, Result};
use crate::save::{Replace, Unfinished};
use crate::source::noted::LoadedScript;
use crate::task::Task;

/// How often it is looked how far a dump is that the process writes itself.
const LOOK: Duration = Duration::from_millis(100);
/// How long the process may take until it begins a file.
const BEGIN: Duration = Duration::from_secs(20);
/// The least time that a process gets for a dump before it counts as stalled.
const LEAST_PATIENCE: Duration = Duration::from_secs(120);

/// How far a dump is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects that V8 has looked at.
    pub done: u64,
    /// Objects that it will look at; 0 where that is not known.
    pub total: u64,
    /// Bytes that were written.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Chunk<'m> {
    #[serde(borrow)]
    chunk: Cow<'m, str>,
}

#[derive(Deserialize)]
struct Looked {
    done: u64,
    total: u64,
}

/// How long a process may be silent while it writes a dump whose pause was foretold.
pub fn patience(foretold: Duration) -> Duration {
    LEAST_PATIENCE.max(foretold * 4)
}

/// Takes a dump over the inspector. Gives its bytes, and how long the process stood still.
///
/// # Errors
/// When the inspector ends or stalls, or the file cannot be written; then there is none.
pub fn over_inspector(
    inspector: &mut Inspector,
    peer: &Peer,
    path: &Path,
    (patience, task): (Duration, &Task),
    tell: &mut dyn FnMut(Progress),
) -> Result<(u64, Duration)> {
    let cannot = |error: &std::io::Error| Error::io("cannot write", error).in_file(path);
    let mut out = BufWriter::with_capacity(1 << 20, Unfinished::begin(path, Replace::Ordinary)?);
    let mut progress = Progress::default();
    let mut last = [0; 8];
    let begun = Instant::now();
    let params = json!({"reportProgress": true, "captureNumericValue": false});
    let enable = (PATIENCE.max(patience), task);
    inspector.call(
        peer,
        "HeapProfiler.enable",
        &json!({}),
        enable,
        &mut |_, _, _| Ok(()),
    )?;
    inspector.call(
        peer,
        "HeapProfiler.takeHeapSnapshot",
        &params,
        (patience, task),
        &mut |from, event, params| {
            if from != peer {
                return Ok(());
            }
            match event {
                "HeapProfiler.addHeapSnapshotChunk" => {
                    let chunk: Chunk<'_> =
                        serde_json::from_str(params.get()).map_err(|error| nonsense(&error))?;
                    let bytes = chunk.chunk.as_bytes();
                    out.write_all(bytes).map_err(|error| cannot(&error))?;
                    progress.bytes += bytes.len() as u64;
                    keep_last(&mut last, bytes);
                    tell(progress);
                }
                "HeapProfiler.reportHeapSnapshotProgress" => {
                    let looked: Looked =
                        serde_json::from_str(params.get()).map_err(|error| nonsense(&error))?;
                    (progress.done, progress.total) = (looked.done, looked.total);
                    tell(progress);
                }
                _ => {}
            }
            Ok(())
        },
    )?;
    let pause = begun.elapsed();
    // A dump that was cut is no dump, whatever the inspector says.
    if last.iter().rev().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'}') {
        let words = format!(
            "the inspector sent {} bytes that end before the dump does",
            progress.bytes
        );
        return Err(Error::new(ErrorKind::Truncated, words).advise("capture again"));
    }
    let file = out.into_inner().map_err(|error| cannot(error.error()))?;
    file.finish()?;
    Ok((progress.bytes, pause))
}

fn nonsense(error: &serde_json::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the inspector sends nonsense: {error}"),
    )
}

fn keep_last(last: &mut [u8; 8], bytes: &[u8]) {
    let taken = bytes.len().min(last.len());
    last.rotate_left(taken);
    let from = last.len() - taken;
    last[from..].copy_from_slice(&bytes[bytes.len() - taken..]);
}

/// The scripts that a process has loaded.
pub fn scripts(inspector: &mut Inspector, task: &Task) -> Vec<LoadedScript> {
    let mut scripts = Vec::new();
    let none = json!({});
    let found = inspector.call(
        &Peer::Main,
        "Debugger.enable",
        &none,
        (PATIENCE, task),
        &mut |from, event, params| {
            if event == "Debugger.scriptParsed"
                && *from == Peer::Main
                && let Ok(script) = serde_json::from_str(params.get())
            {
                scripts.push(script);
            }
            Ok(())
        },
    );
    if found.is_ok() {
        let _ = inspector.call(
            &Peer::Main,
            "Debugger.disable",
            &none,
            (PATIENCE, task),
            &mut |_, _, _| Ok(()),
        );
    }
    scripts
}

/// Lets a process write a dump by a signal that it catches, and brings the file to `path`. Gives its bytes, and how
/// long it took.
///
/// # Errors
/// When the process ends, writes no file in time, or the file cannot be brought; an unfinished one is removed.
pub fn by_signal(
    proc: &Proc,
    process: &Process,
    signal: i32,
    path: &Path,
    (patience, task): (Duration, &Task),
    tell: &mut dyn FnMut(Progress),
) -> Result<(u64, Duration)> {
    let named = process.option("--diagnostic-dir").map(Path::new);
    let works_in = proc.working_folder(process.pid).unwrap_or_default();
    let inside = named.map_or(works_in.clone(), |named| works_in.join(named));
    let folder = proc.folder_of(process.pid, &inside);
    let before = dumps_of(&folder, process);
    let begun = Instant::now();
    send(proc, process, signal)?;
    let written = loop {
        task.check()?;
        if let Some(new) = dumps_of(&folder, process)
            .into_iter()
            .find(|path| !before.contains(path))
        {
            break new;
        }
        if !proc.is_alive(process) {
            return Err(ended(process));
        }
        if begun.elapsed() > BEGIN.max(patience) {
            let words = format!(
                "process {} wrote no dump into {} after the signal",
                process.pid,
                inside.display()
            );
            return Err(Error::new(ErrorKind::Io, words)
                .advise("it may be unable to write there; see what it prints"));
        }
        std::thread::sleep(LOOK);
    };
    let done = wait_until_written(proc, process, &written, (begun, patience, task), tell);
    let taken = begun.elapsed();
    let bytes = match done {
        Ok(bytes) => bytes,
        Err(error) => {
            // Half a dump looks like one: it was made for us alone.
            let _ = fs::remove_file(&written);
            return Err(error);
        }
    };
    bring(&written, path)?;
    Ok((bytes, taken))
}

fn wait_until_written(
    proc: &Proc,
    process: &Process,
    path: &Path,
    (begun, patience, task): (Instant, Duration, &Task),
    tell: &mut dyn FnMut(Progress),
) -> Result<u64> {
    let mut grown = Instant::now();
    let mut size = 0;
    loop {
        task.check()?;
        std::thread::sleep(LOOK);
        let now = fs::metadata(path).map_or(0, |file| file.len());
        if now > size {
            (size, grown) = (now, Instant::now());
            tell(Progress {
                bytes: size,
                ..Progress::default()
            });
        }
        if size > 0 && ends_like_a_dump(path) {
            return Ok(size);
        }
        if !proc.is_alive(process) {
            return Err(ended(process));
        }
        if grown.elapsed() > patience {
            let words = format!(
                "process {} stopped writing after {} s",
                process.pid,
                begun.elapsed().as_secs()
            );
            return Err(
                Error::new(ErrorKind::Io, words).advise("it may have no room left on its disk")
            );
        }
    }
}

/// V8 writes the strings last, and nothing but the end of the object behind them.
fn ends_like_a_dump(path: &Path) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let mut tail = Vec::new();
    let read = fs::File::open(path).and_then(|mut file| {
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(8)))?;
        file.read_to_end(&mut tail)
    });
    let tail: Vec<u8> = tail
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    read.is_ok() && tail.ends_with(b"]}")
}

/// The dumps of a process in a folder, by their names.
fn dumps_of(folder: &Path, process: &Process) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let pid = Some(process.inner_pid);
    let is_dump = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".heapsnapshot") && crate::series::names::read(&name).pid == pid
    };
    paths.filter(is_dump).collect()
}

/// Brings a finished file to its place.
fn bring(from: &Path, to: &Path) -> Result<()> {
    let cannot = |error: &std::io::Error| Error::io("cannot copy the dump", error).in_file(from);
    if to.exists() && fs::canonicalize(from).ok() == fs::canonicalize(to).ok() {
        return Ok(());
    }
    let mut source = fs::File::open(from).map_err(|error| cannot(&error))?;
    let mut copy = Unfinished::begin(to, Replace::Ordinary)?;
    std::io::copy(&mut source, &mut copy).map_err(|error| cannot(&error))?;
    copy.finish()?;
    // The process wrote it for us alone.
    let _ = fs::remove_file(from);
    Ok(())
}

/// Sends a signal that the process catches, to this process and no other.
///
/// # Errors
/// When it does not catch the signal, or is gone.
pub fn send(proc: &Proc, process: &Process, signal: i32) -> Result<()> {
    let refuse = |why: &str| {
        let words = format!(
            "signal {signal} was not sent to process {}: {why}",
            process.pid
        );
        Error::new(ErrorKind::Unsupported, words)
    };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
        let pid = Pid::from_raw(process.pid as i32).ok_or_else(|| refuse("that is no process"))?;
        let handle = pidfd_open(pid, PidfdFlags::empty());
        let handle = handle.map_err(|error| refuse(&error.to_string()))?;
        // What the handle is of cannot change any more: now it is certain that it is the process that was asked about.
        let now = proc.read(process.pid)?;
        if now.started != process.started {
            return Err(ended(process));
        }
        if !now.catches(signal) {
            return Err(refuse("it does not catch it, and would end"));
        }
        let signal =
            Signal::from_named_raw(signal).ok_or_else(|| refuse("there is no such signal"))?;
        pidfd_send_signal(handle, signal).map_err(|error| refuse(&error.to_string()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = proc;
        Err(refuse(
            "signals are sent on Linux only, where it can be seen that they are caught",
        ))
    }
}

/// The process is not there any more.
pub fn ended(process: &Process) -> Error {
    Error::new(
        ErrorKind::Io,
        format!(
            "process {} has ended or was restarted meanwhile",
            process.pid
        ),
    )
    .advise("dumps that were finished stay; see heaptui ps for the new process")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_came_is_kept() {
        let mut last = [0; 8];
        for piece in [&b"0123456789"[..], b"ab", b"", b"}\n"] {
            keep_last(&mut last, piece);
        }
        assert_eq!(&last, b"6789ab}\n");
    }

    #[test]
    fn a_dump_is_known_by_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (text, ends) in [
            ("{\"strings\":[\"]\"\n]}\n", true),
            ("{\"strings\":[\"", false),
            ("", false),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(ends_like_a_dump(&path), ends, "{text}");
        }
    }
}
