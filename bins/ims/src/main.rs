//! `ims`: the command line. Everything it does is in [`ims_cli`].

/// Rows are made by the thread that reads the database and dropped by the one that asked: with
/// the system's allocator the two wait for each other.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ims_cli::program()
}
