//! Screens, one file each: what they hold, what keys do to it, how it is drawn.

pub mod compare;
pub mod compare_rows;
pub mod dumps;
pub mod explorer;
pub mod growth;
pub mod growth_rows;
pub mod help;
pub mod palette;
pub mod pane;
pub mod picker;
pub mod rows;
