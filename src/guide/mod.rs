//! The guide for people who work on heaptui: where things are, how data flows, and how to add to it.
//!
//! Lives here: text alone. `tests/house.rs` checks that the files it names exist and that every dependency is in it.

pub mod architecture {
    #![doc = include_str!("architecture.md")]
}
pub mod add_a_page {
    #![doc = include_str!("add-a-page.md")]
}
pub mod add_a_command {
    #![doc = include_str!("add-a-command.md")]
}
pub mod add_a_filter {
    #![doc = include_str!("add-a-filter.md")]
}
pub mod add_a_leak_pattern {
    #![doc = include_str!("add-a-leak-pattern.md")]
}
pub mod add_a_file_variant {
    #![doc = include_str!("add-a-file-variant.md")]
}
pub mod leaks {
    #![doc = include_str!("leaks.md")]
}
pub mod tests {
    #![doc = include_str!("tests.md")]
}
pub mod dependencies {
    #![doc = include_str!("dependencies.md")]
}
