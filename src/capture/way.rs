//! The ways to a dump of a process, safest first.

use crate::capture::process::{Proc, Process};
use crate::capture::runtime::Runtime;
use crate::error::{Error, ErrorKind};

/// The signal on which Node opens its inspector.
#[cfg(unix)]
pub(super) const OPENS_INSPECTOR: i32 = signal_hook::consts::SIGUSR1;
#[cfg(not(unix))]
pub(super) const OPENS_INSPECTOR: i32 = 10;

/// A way to a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The process writes a dump when it gets this signal, which it catches.
    Signal(i32),
    /// Its inspector listens at this port already.
    Inspector(u16),
    /// It opens its inspector on `SIGUSR1`, which it catches.
    OpenInspector,
}

impl Way {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signal(_) => "signal",
            Self::Inspector(_) => "inspector",
            Self::OpenInspector => "sigusr1",
        }
    }

    /// What is being done, in words.
    pub fn doing(self) -> String {
        match self {
            Self::Signal(number) => format!(
                "sending signal {number}: the process writes the dump itself (--heapsnapshot-signal)"
            ),
            Self::Inspector(port) => format!("connecting to its inspector at port {port}"),
            Self::OpenInspector => {
                "sending SIGUSR1: Node opens its inspector, which is closed again afterwards"
                    .to_owned()
            }
        }
    }

    /// What would be done, in words.
    pub fn words(self) -> String {
        match self {
            Self::Signal(number) => format!("send signal {number}, on which it writes a dump itself (--heapsnapshot-signal)"),
            Self::Inspector(port) => format!("connect to its inspector, which listens at port {port}"),
            Self::OpenInspector => "send SIGUSR1, on which it opens its inspector, connect, and close the inspector again".to_owned(),
        }
    }
}

/// The ways to a dump of a process, safest first. Only signals that the process catches: others would end it.
pub fn ways(proc: &Proc, process: &Process, runtime: Runtime) -> Vec<Way> {
    let mut ways = Vec::new();
    if !process.is_ours {
        return ways;
    }
    if let Some(signal) = process.snapshot_signal()
        && runtime == Runtime::Node
        && process.catches(signal)
    {
        ways.push(Way::Signal(signal));
    }
    // A port that the process listens at may be anything: only one that its options name, or Node's own, is spoken to.
    let port = process
        .inspector_port()
        .unwrap_or(super::runtime::INSPECTOR_PORT);
    if proc.listening(process.pid).contains(&port) {
        ways.push(Way::Inspector(port));
    } else if runtime == Runtime::Node
        && process.catches(OPENS_INSPECTOR)
        && process.snapshot_signal() != Some(OPENS_INSPECTOR)
        && process.option("--disable-sigusr1").is_none()
    {
        ways.push(Way::OpenInspector);
    }
    ways
}

/// Why a process cannot be dumped, and how it has to be started so that it can.
pub fn no_way(process: &Process, runtime: Option<Runtime>) -> Error {
    let error = |message: String| Error::new(ErrorKind::Unsupported, message);
    let pid = process.pid;
    let Some(runtime) = runtime else {
        return error(format!("process {pid} is no runtime with V8 that is known")).advise(
            "a wrapper such as npm or tini is not the service: heaptui ps lists what can be captured; \
             where an inspector is open, name its --port",
        );
    };
    if !process.is_ours {
        return error(format!("process {pid} belongs to another user"))
            .advise("capture as that user, or as root");
    }
    let how = match runtime {
        Runtime::Node => {
            "start it with --heapsnapshot-signal=SIGUSR2, or with --inspect=127.0.0.1:9229"
        }
        Runtime::Deno => "start it with --inspect=127.0.0.1:9229",
        Runtime::Workerd => "start it with --inspector-addr=127.0.0.1:9229",
        Runtime::Chrome | Runtime::Electron => "start it with --remote-debugging-port=9222",
    };
    error(format!(
        "process {pid} ({}) catches no signal for dumps and has no open inspector, so nothing was sent to it",
        runtime.as_str()
    ))
    .advise(how)
}
