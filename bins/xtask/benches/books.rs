//! The benchmarks of the books: ours beside the barest code that does the
//! unavoidable, in turns, on the same data. `cargo xtask bench --help`.

mod books {
    pub(crate) mod among;
    pub(crate) mod balances;
    pub(crate) mod child;
    pub(crate) mod data;
    pub(crate) mod floor;
    pub(crate) mod http;
    pub(crate) mod import;
    pub(crate) mod machine;
    pub(crate) mod matching;
    pub(crate) mod place;
    pub(crate) mod post;
    pub(crate) mod read;
    pub(crate) mod report;
    pub(crate) mod wanted;
}

use books::{
    among, balances, child, http, import, matching, post, read, report::Section, wanted::Wanted,
};

/// As in the programs that are measured.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong ends the benchmark in one sentence.
type Failed = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failed>;

const HELP: &str = "cargo xtask bench [NAME…] [--rows N] [--rounds N] [--engine sqlite|postgres]

  import    a receipts file into the books, and out again     (B6)
  post      one payment at a time                             (B5)
  read      balances, an account's page, the trial balance    (B7)
  match-books  open lines and open money, matched and written back  (B2)
  match-among  the same among very many open rows that no line is about
  http      payments taken and looked up over HTTP           (B8)
  balances  a file of postings to all balances, in memory     (B11)

Without a name, all of them. --rows is the largest size; what was measured is
written to docs/benchmarks.md when it was measured at full size.";

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs benchmarks too, without saying so.
    if !given.iter().any(|word| word == "--bench") && given.first().is_none_or(|it| it != "child") {
        return std::process::ExitCode::SUCCESS;
    }
    match run(&given).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(given: &[String]) -> Result<()> {
    if let [first, rest @ ..] = given
        && first == "child"
    {
        return child::run(rest).await;
    }
    let Some(wanted) = Wanted::read(given)? else {
        println!("{HELP}");
        return Ok(());
    };
    let mut sections: Vec<Section> = Vec::new();
    for name in &wanted.names {
        eprintln!("bench: {name}");
        sections.push(match name.as_str() {
            "import" => import::run(&wanted)?,
            "post" => post::run(&wanted).await?,
            "read" => read::run(&wanted).await?,
            "match-books" => matching::run(&wanted).await?,
            "match-among" => among::run(&wanted).await?,
            "http" => http::run(&wanted).await?,
            "balances" => balances::run(&wanted)?,
            other => return Err(format!("there is no benchmark `{other}`").into()),
        });
        if let Some(done) = sections.last() {
            println!("{}", done.text());
        }
    }
    if wanted.is_kept {
        books::report::write(&sections)?;
    }
    Ok(())
}
