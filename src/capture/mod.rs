//! Taking dumps of a running process, so that the process survives.
//!
//! Lives here: what `/proc` says of processes ([`process`]), which runtime they are ([`runtime`]), the ways to a dump
//! ([`way`]), what it costs and whether there is room ([`room`]), the DevTools protocol ([`inspector`], the one place
//! with a socket), one dump ([`dump`]), a series of them ([`series`]), what is noted beside each ([`sidecar`]), and
//! sampling profiles ([`live`]). Does not live here: anything that reads a dump.
//!
//! A dump costs the process 9 to 26 times its used heap while it is written, and a signal that is not caught ends the
//! process: so room is asked for before each dump, and only signals that are caught are sent. All dumps of a series
//! come over one session of the inspector, since V8 forgets the ids of objects with the session.

pub mod dump;
pub mod inspector;
pub mod live;
pub mod process;
pub mod room;
pub mod runtime;
pub mod series;
pub mod sidecar;
pub mod way;

pub use process::{Proc, Process};
pub use room::{Basis, Cost, Verdict};
pub use runtime::Runtime;
pub use series::{Event, Outcome, Plan, Target, capture};
pub use sidecar::Taken;
pub use way::Way;
