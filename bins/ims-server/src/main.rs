//! `ims-server`.

fn main() {}
