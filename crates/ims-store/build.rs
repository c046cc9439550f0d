//! A new migration must be noticed by the build.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
