//! The `ims` command line as values: arguments, commands, printing.

pub mod inspect;
pub mod match_files;
