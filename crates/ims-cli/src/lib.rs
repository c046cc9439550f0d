//! The `ims` command line as values: arguments, commands, printing.
