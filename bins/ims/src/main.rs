//! `ims`.

fn main() {}
