//! Questions asked of a heap.
//!
//! Each question is a pure function in its own file: it takes a [`Heap`](crate::heap::Heap) (and a
//! [`Task`](crate::task::Task) where the answer takes time that grows with the heap), and returns plain rows that a
//! screen or a command shows. No threads, no terminals, no formatting for people beyond naming things.
//!
//! Orders are DevTools' own wherever DevTools shows the same thing.
