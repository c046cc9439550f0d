//! B6: a receipts file into the books, and out again.

use std::time::Duration;

use super::{
    child::{Said, Step, ask, words},
    data::Data,
    machine::{median, ratio, span},
    place::Place,
    report::Section,
    wanted::Wanted,
};
use crate::Result;

const SIZES: [(u64, u32); 2] = [(110_000, 3), (1_000_000, 3)];

const HEADS: [&str; 9] = [
    "engine",
    "receipts",
    "ours",
    "floor",
    "ours / floor",
    "processor, ours / floor",
    "peak, ours",
    "sealing",
    "reversing",
];

/// One round of one engine.
struct Round {
    ours: Said,
    floor: Said,
}

pub(crate) fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("import", "B6: importing receipts", &HEADS);
    let sizes = match wanted.rows {
        Some(rows) => vec![(rows, 3)],
        None => SIZES.to_vec(),
    };
    let mut suspense = 0;
    for (rows, rounds) in sizes {
        let folder = tempfile::Builder::new().prefix("ims-bench-data-").tempdir()?;
        let data = Data::make(folder.path(), rows)?;
        let places: Vec<Place> = wanted.engines.iter().map(|engine| Place::of(*engine)).collect();
        let mut measured: Vec<Vec<Round>> = places.iter().map(|_| Vec::new()).collect();
        for _ in 0..wanted.rounds.unwrap_or(rounds) {
            for (place, rounds) in places.iter().zip(&mut measured) {
                rounds.push(round(place, &data)?);
            }
        }
        for (place, rounds) in places.iter().zip(&measured) {
            section.row(line(place, rows, rounds)?);
            suspense = rounds.first().map_or(Ok(0), |round| round.ours.number("suspense"))?;
        }
    }
    section.note("To reach: at most twice the floor, growing with the rows, 256 MiB.");
    section.note(
        "Ours: the file read and checked, the import rules, references with their check digits, \
         account holders looked up, old references followed, VAT, a hash for each entry, a salted \
         digest for each narrative, receipts, entries, postings, what the bank will show, all their \
         indexes, the file archived, one transaction; the same content again would change nothing. \
         Sealing (the chain of blocks, kept balances) and reversing come after it.",
    );
    section.note(
        "Floor: a header with three indexes, two postings with two, balances rolled up once.",
    );
    section.note(format!(
        "Checked: rows and pence of the file, debits and credits equal, clearing accounts at the \
         file's sum, {suspense} rows in suspense; up to 200,000 rows the books are verified whole.",
    ));
    Ok(section)
}

fn round(place: &Place, data: &Data) -> Result<Round> {
    let (ours, floor) = (place.fresh()?, place.fresh()?);
    let words_of_ours = words(&ours.url, place.server, data);
    ask("holders", &words_of_ours)?;
    let of_ours = ask("import", &words_of_ours)?;
    let of_floor = ask("floor", &words(&floor.url, place.server, data))?;
    let say = |said: &Said, step| said.step(step).map(|step| span(step.wall));
    eprintln!(
        "  {} {}: import {} floor {} seal {} reverse {}",
        place.engine,
        data.rows,
        say(&of_ours, "import")?,
        say(&of_floor, "import")?,
        say(&of_ours, "seal")?,
        say(&of_ours, "reverse")?,
    );
    Ok(Round { ours: of_ours, floor: of_floor })
}

fn line(place: &Place, rows: u64, rounds: &[Round]) -> Result<Vec<String>> {
    let middle = |of: &dyn Fn(&Round) -> Result<Step>, by: fn(Step) -> Duration| {
        let times: Result<Vec<_>> = rounds.iter().map(|round| Ok(by(of(round)?))).collect();
        median(&times?)
    };
    let ours = |step: &'static str| move |round: &Round| round.ours.step(step);
    let floor = |round: &Round| round.floor.step("import");
    let wall = |step: Step| step.wall;
    // What process and server worked together.
    let cpu = |step: Step| step.cpu.saturating_add(step.server);
    let (took, bare) = (middle(&ours("import"), wall)?, middle(&floor, wall)?);
    let (worked, bare_worked) = (middle(&ours("import"), cpu)?, middle(&floor, cpu)?);
    let peaks: Result<Vec<_>> = rounds.iter().map(|round| round.ours.number("peak")).collect();
    Ok(vec![
        place.engine.to_string(),
        rows.to_string(),
        span(took),
        span(bare),
        ratio(took, bare),
        format!("{} / {}", span(worked), span(bare_worked)),
        format!("{} MiB", median(&peaks?)? / 1_024),
        span(middle(&ours("seal"), wall)?),
        span(middle(&ours("reverse"), wall)?),
    ])
}
