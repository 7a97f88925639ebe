//! Screens, one file each: what they hold, what keys do to it, how it is drawn.

pub mod dumps;
pub mod explorer;
pub mod help;
pub mod palette;
pub mod pane;
pub mod rows;
