//! References in the bank's words that lead to an account: whose money it is says the payer,
//! so that none of them is a slip of the pen for somebody else's.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_ledger::{Council, Place, id::CouncilId};
use ims_store::{OpenLine, Tx};

use super::Result;
use crate::{
    import_file::{exists, funds_of, known_holders},
    redirects::redirects_of,
};

/// The references that texts of some days quote and that lead to an account, whether it is
/// theirs or was once.
pub(crate) async fn somebodys<'a>(
    tx: &mut Tx,
    council: CouncilId,
    settings: &Council,
    said: impl Iterator<Item = (&'a str, NaiveDate)>,
) -> Result<BTreeSet<String>> {
    let funds = funds_of(settings)?;
    let mut places: Vec<(Place, NaiveDate)> = Vec::new();
    for (text, day) in said {
        places.extend(funds.found_in(text).into_iter().map(|place| (place, day)));
    }
    let references = places.iter().map(|(place, _)| place.reference.to_string());
    let redirects = redirects_of(tx, council, references).await?;
    let all: Vec<&Place> = places.iter().map(|(place, _)| place).collect();
    let known = known_holders(tx, council, &all).await?;
    let leads = |(place, day): &&(Place, NaiveDate)| {
        exists(&known, place) || !redirects.funds_with(place.reference.as_str(), *day).is_empty()
    };
    Ok(places.iter().filter(leads).map(|(place, _)| place.reference.to_string()).collect())
}

/// What a line says, and its day.
pub(crate) fn said_apart(line: &OpenLine) -> [(&str, NaiveDate); 2] {
    [line.reference.as_str(), line.narrative.as_str()].map(|text| (text, line.booked_on))
}
