//! Reads what payers wrote under a fund's rule, and says what they may have meant.

use ims_ledger::{Council, Funds};

/// One fund, as a council writes it: eight digits and a check digit.
const COUNCIL: &str = r#"
    code = "ANY"
    name = "Anyborough"

    [[fund]]
    code = "CT"
    name = "Council tax"
    [fund.reference]
    min_length = 9
    max_length = 9
    mask = '########@'
    [fund.reference.check_digit]
    algorithm = "weighted-sum"
    modulus = 10
    weights = [3, 7, 1, 3, 7, 1, 3, 7, 0]
    subtract = true
    results = { 10 = "0" }
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let council: Council = toml::from_str(COUNCIL)?;
    let funds = Funds::of(&council)?;
    for written in [" 774952620 ", "774952260", "77495262", "77495262O"] {
        match funds.read("CT", written).ok_or("no such fund")? {
            Ok(place) => println!("{} {}", place.fund, place.reference),
            Err(error) => {
                // For a person to choose from. Nothing is posted to a guess.
                let meant = funds.meant("CT", written, 1);
                let likeliest =
                    meant.iter().map(|it| format!("{} ({})", it.place.reference, it.in_words()));
                println!("{error}; the likeliest: {}", likeliest.collect::<String>());
            }
        }
    }
    Ok(())
}
