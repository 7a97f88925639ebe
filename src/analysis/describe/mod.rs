//! What a person wants to read of an object or a reference, beyond names and numbers.
//!
//! Lives here: DevTools' decorations ([`label()`], [`edge_label`]), what built-in objects are ([`logical()`], [`preview`]), source places and contexts' functions ([`Scripts`]), where paths begin ([`root_words`]),
//! and the logical contents of Maps, Sets and arrays ([`entries()`], [`role`]). Texts come from the dump: whoever shows
//! them escapes them.

mod entries;
mod exports;
mod label;
mod logical;
mod origin;
mod react;
mod runtime;
mod scripts;
mod whose;

pub use entries::{Collection, Entry, Part, Role, Store, collection, entries, key_of, role};
pub(in crate::analysis) use entries::{last_entry, slots_of_table};
pub use exports::{export_name, function_of_exports, is_cell, script_of_exports};
pub use label::{edge_label, label, told_edge_label};
pub use logical::{logical, preview};
pub use origin::{
    is_global, is_module_level, module_file, module_path, root_words, variable_owner,
    variable_words,
};
pub use react::{component_of, is_fiber};
pub(crate) use runtime::is_runtime_script;
pub use runtime::{Stretch, runtime_stretch};
pub(crate) use scripts::script_name;
pub use scripts::{Scripts, is_context, variables};
pub use whose::{is_built_in, is_own_name};
