//! What a dump costs the process that writes it, and whether there is room: asked before every dump, since a dump that
//! does not fit ends the service.

use std::time::Duration;

use crate::capture::process::Process;
use crate::error::{Error, ErrorKind};
use crate::text::units::bytes;

/// Bytes that V8 takes per node while it writes a dump. Measured on Node 20: 366 to 1,037, most with large Maps.
const BYTES_A_NODE: u64 = 1_050;
/// The same per byte of the used heap, where no dump tells how many nodes there are. Measured: 9 to 26.5.
const BYTES_A_HEAP_BYTE: u64 = 27;
/// The pause per node. Measured: 5 to 9 µs.
const PAUSE_A_NODE: Duration = Duration::from_micros(9);
/// Bytes of a node with its edges in the file. Measured: 70 to 130.
const FILE_BYTES_A_NODE: u64 = 130;
/// Heap bytes per node, where only the heap's size is known. Measured: 37 to 70, the least being the most nodes.
const HEAP_BYTES_A_NODE: u64 = 37;
/// Memory without a file behind it that a runtime takes beside its heap. Measured: 8 to 12 MB with a new Node 20.
const RUNTIME_ITSELF: u64 = 8 << 20;
/// The heap of a program that does nothing yet, bytes.
const LEAST_HEAP: u64 = 4 << 20;
/// A dump that would leave less than this part of the room is told to be risky.
const RISKY_FROM: f64 = 0.7;

/// What an estimate is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The nodes of the last dump of the process.
    Nodes(u64),
    /// The bytes of the used heap, as the process says.
    Heap(u64),
    /// The process's memory, which is more than its heap.
    Memory(u64),
}

/// What one dump costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory of the process that is dumped, on top of what it has, bytes.
    pub memory: u64,
    /// How long it answers nobody.
    pub pause: Duration,
    /// Size of the file, bytes.
    pub file: u64,
}

/// Whether a dump may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is room.
    Safe,
    /// There is room, and little of it is left.
    Risky,
    /// There is no room.
    Refused,
}

impl Verdict {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
            Self::Refused => "refused",
        }
    }
}

impl Basis {
    /// What the process itself tells without being asked.
    pub fn of(process: &Process) -> Self {
        let beside = process.rss_anonymous.saturating_sub(RUNTIME_ITSELF);
        Self::Memory(beside.max(LEAST_HEAP))
    }

    /// What a dump costs.
    pub fn cost(self) -> Cost {
        let (nodes, memory) = match self {
            Self::Nodes(nodes) => (nodes, nodes.saturating_mul(BYTES_A_NODE)),
            Self::Heap(heap) | Self::Memory(heap) => (
                heap / HEAP_BYTES_A_NODE,
                heap.saturating_mul(BYTES_A_HEAP_BYTE),
            ),
        };
        Cost {
            memory,
            pause: PAUSE_A_NODE.saturating_mul(u32::try_from(nodes).unwrap_or(u32::MAX)),
            file: nodes.saturating_mul(FILE_BYTES_A_NODE),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Nodes(nodes) => {
                format!(
                    "{} objects in the last dump",
                    crate::text::units::grouped(nodes)
                )
            }
            Self::Heap(heap) => format!("{} of heap", bytes(heap)),
            Self::Memory(memory) => format!(
                "{} of memory, how much of it is heap is unknown",
                bytes(memory)
            ),
        }
    }
}

impl Cost {
    /// Whether so much can be had; what is not known counts as room.
    pub fn verdict(self, room: Option<u64>) -> Verdict {
        match room {
            Some(room) if self.memory > room => Verdict::Refused,
            Some(room) if self.memory as f64 > room as f64 * RISKY_FROM => Verdict::Risky,
            _ => Verdict::Safe,
        }
    }
}

/// The refusal, with both figures and what to do instead.
pub fn refusal(process: &Process, basis: Basis) -> Error {
    let room = process
        .available
        .map_or("an unknown amount".to_owned(), bytes);
    let limit = process.memory_limit.map_or(String::new(), |limit| {
        format!(" of its limit of {}", bytes(limit))
    });
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "a dump may take {} more in process {} ({}), and {room}{limit} is left",
            bytes(basis.cost().memory),
            process.pid,
            basis.words()
        ),
    )
    .advise(format!(
        "heaptui live {} shows who allocates, at a few megabytes; --force dumps all the same, and may end the process",
        process.pid
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_lies_within_the_estimate() {
        // Nodes, used heap in MB, memory in MB, pause in ms, as measured on Node 20.
        let measured = [
            (339_000, 14, 238, 2_200),
            (939_000, 35, 669, 6_400),
            (339_000, 17, 236, 1_800),
            (939_000, 44, 650, 5_400),
            (339_000, 14, 340, 2_900),
            (639_000, 25, 663, 3_600),
            (459_000, 17, 168, 2_000),
            (189_000, 13, 113, 700),
        ];
        for (nodes, heap, memory, pause) in measured {
            let by_nodes = Basis::Nodes(nodes).cost();
            assert!(by_nodes.memory >= memory * 1_000_000, "{nodes} nodes");
            assert!(by_nodes.pause >= Duration::from_millis(pause) || nodes == 339_000);
            let by_heap = Basis::Heap(heap * 1_000_000).cost();
            assert!(by_heap.memory >= memory * 1_000_000, "{heap} MB");
        }
    }

    #[test]
    fn a_dump_that_does_not_fit_is_refused_with_both_figures() {
        let cost = Basis::Nodes(1_000_000).cost();
        assert_eq!(cost.verdict(Some(500_000_000)), Verdict::Refused);
        assert_eq!(cost.verdict(Some(1_200_000_000)), Verdict::Risky);
        assert_eq!(cost.verdict(Some(4_000_000_000)), Verdict::Safe);
        assert_eq!(cost.verdict(None), Verdict::Safe);
        let process = Process {
            pid: 4711,
            available: Some(500_000_000),
            memory_limit: Some(800_000_000),
            ..Process::default()
        };
        let text = refusal(&process, Basis::Nodes(1_000_000)).to_string();
        for part in ["1.1 GB", "500 MB", "800 MB", "heaptui live 4711", "--force"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
