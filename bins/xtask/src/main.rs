//! Chores of the workspace: `cargo xtask CHORE`.

use std::{
    env,
    process::{Command, ExitCode},
    time::Instant,
};

const HELP: &str = "cargo xtask CHORE

  ci       what CI runs: .ci/run
  golden   write the expected results of tests/golden anew; look at the diff
  bench    the benchmarks of the books: `cargo xtask bench --help`;
           of matching: `cargo xtask bench match --help`
  day      live a large unitary's peak day (110,000 rows) in a temporary folder
           with the release build, and say how long it took";

fn main() -> ExitCode {
    let chore = env::args().nth(1).unwrap_or_default();
    let done = match chore.as_str() {
        "ci" => run(Command::new(".ci/run")),
        "golden" => {
            let mut test = cargo(&["test", "-p", "ims-tests", "--test", "golden"]);
            test.env("UPDATE_GOLDEN", "1");
            run(test)
        }
        "bench" => {
            let is_match = env::args().nth(2).is_some_and(|name| name == "match");
            let (package, bench, first) =
                if is_match { ("ims-reconcile", "matching", 3) } else { ("xtask", "books", 2) };
            let mut bench = cargo(&["bench", "--quiet", "-p", package, "--bench", bench, "--"]);
            bench.args(env::args().skip(first));
            run(bench)
        }
        "day" => day(),
        _ => {
            println!("{HELP}");
            chore.is_empty()
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments);
    command
}

fn run(mut command: Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: {command:?} could not be started: {error}");
            false
        }
    }
}

fn day() -> bool {
    if !run(cargo(&["build", "--release", "--bin", "ims"])) {
        return false;
    }
    let folder = env::temp_dir().join("ims-xtask-day");
    let folder = folder.display().to_string();
    let begun = Instant::now();
    let demo = ["run", "--release", "--quiet", "--bin", "ims", "--", "demo", "--rows", "110000"];
    let mut command = cargo(&demo);
    let done = run({
        command.args(["--fresh", "--dir", &folder]);
        command
    });
    println!("The whole process took {} ms.", begun.elapsed().as_millis());
    done
}
