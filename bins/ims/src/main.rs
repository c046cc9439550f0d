//! `ims`: the command line. Everything it does is in [`ims_cli`].

fn main() -> std::process::ExitCode {
    ims_cli::program()
}
