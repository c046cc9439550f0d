//! Whose a row is: under the fund it names, or found by its reference alone.

use std::collections::{HashMap, HashSet};

use ims_ledger::{Council, Fund, Funds, Place, id::CouncilId};
use ims_store::Tx;

use crate::{AppError, Result};

/// Where a row goes.
#[derive(Clone, Debug)]
pub(crate) enum Placed<'a> {
    /// To an account.
    Account { fund: &'a Fund, reference: String },
    /// To nobody, for this reason.
    Nobody(String),
}

/// What a row says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The fund's code, if it says.
    pub(crate) fund: Option<&'a str>,
    /// The reference, as written.
    pub(crate) reference: &'a str,
}

/// The funds of `council`, ready to read.
pub(crate) fn funds_of(council: &Council) -> Result<Funds<'_>> {
    Funds::of(council).map_err(|bad| AppError::BadInput(bad.to_string()))
}

/// Places rows, in their order; account holders are looked up a fund at a time.
pub(crate) async fn place<'a>(
    tx: &mut Tx,
    council: CouncilId,
    funds: &Funds<'a>,
    rows: &[Wanted<'_>],
) -> Result<Vec<Placed<'a>>> {
    let candidates: Vec<_> = rows.iter().map(|row| candidates(funds, row)).collect();
    // Gathered first: what is awaited must be free to move between threads.
    let places: Vec<&Place> = candidates.iter().flatten().flatten().collect();
    let known = known_holders(tx, council, &places).await?;
    let placed = candidates.into_iter().zip(rows).map(|(found, row)| match found {
        Ok(places) => settle(funds, &known, places, row),
        Err(reason) => Placed::Nobody(reason),
    });
    Ok(placed.collect())
}

fn candidates(funds: &Funds<'_>, row: &Wanted<'_>) -> Result<Vec<Place>, String> {
    let Some(code) = row.fund.filter(|code| !code.is_empty()) else {
        return match funds.naming(row.reference) {
            found if found.is_empty() => {
                Err(format!("`{}` is no reference of any fund", row.reference))
            }
            found => Ok(found),
        };
    };
    match funds.read(code, row.reference) {
        None => Err(format!("fund `{code}` is not configured")),
        Some(Err(bad)) => Err(format!("{bad} (fund {code})")),
        Some(Ok(place)) => Ok(vec![place]),
    }
}

/// The references of `places` that account holders have, by fund.
pub(crate) async fn known_holders(
    tx: &mut Tx,
    council: CouncilId,
    places: &[&Place],
) -> Result<HashMap<String, HashSet<String>>> {
    let mut wanted: HashMap<String, HashSet<String>> = HashMap::new();
    for place in places.iter().filter(|place| place.must_exist) {
        let of_fund = wanted.entry(place.fund.to_string()).or_default();
        of_fund.insert(place.reference.to_string());
    }
    let mut known = HashMap::new();
    for (fund, references) in wanted {
        let mut references: Vec<_> = references.into_iter().collect();
        references.sort_unstable();
        let existing = tx.existing_holders(council, &fund, &references).await?;
        known.insert(fund, existing);
    }
    Ok(known)
}

/// Whether a place may be posted to.
pub(crate) fn exists(known: &HashMap<String, HashSet<String>>, place: &Place) -> bool {
    !place.must_exist
        || known
            .get(place.fund.as_str())
            .is_some_and(|references| references.contains(place.reference.as_str()))
}

fn settle<'a>(
    funds: &Funds<'a>,
    known: &HashMap<String, HashSet<String>>,
    places: Vec<Place>,
    row: &Wanted<'_>,
) -> Placed<'a> {
    let nobody = || match row.fund {
        Some(fund) => format!("no account holder of fund {fund} has `{}`", row.reference),
        None => format!("no account holder has `{}`", row.reference),
    };
    let mut standing = places.into_iter().filter(|place| exists(known, place));
    match (standing.next(), standing.next()) {
        (None, _) => Placed::Nobody(nobody()),
        (Some(one), Some(other)) => Placed::Nobody(format!(
            "`{}` could be {} or {}: a person has to say",
            row.reference, one.fund, other.fund
        )),
        (Some(one), None) => match funds.get(one.fund.as_str()) {
            Some(fund) => Placed::Account { fund, reference: one.reference.to_string() },
            None => Placed::Nobody(nobody()),
        },
    }
}
