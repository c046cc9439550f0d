//! Whose a row is: under the fund it names, or found by its reference alone.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::{Council, Fund, Funds, Place, Redirect, Redirects, id::CouncilId};
use ims_store::Tx;

use crate::{
    AppError, Result,
    redirects::{redirects_of, written},
};

/// Where a row goes.
#[derive(Clone, Debug)]
pub(crate) enum Placed<'a> {
    /// To an account; `old` is the fund and reference it was redirected from.
    Account { fund: &'a Fund, reference: String, old: Option<String> },
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
    /// The money's own day, which decides where an old reference leads to.
    pub(crate) on: NaiveDate,
}

/// The funds of `council`, ready to read.
pub(crate) fn funds_of(council: &Council) -> Result<Funds<'_>> {
    Funds::of(council).map_err(|bad| AppError::BadInput(bad.to_string()))
}

/// Places rows, in their order: old references are followed, then account
/// holders looked up a fund at a time.
pub(crate) async fn place<'a>(
    tx: &mut Tx,
    council: CouncilId,
    funds: &Funds<'a>,
    rows: &[Wanted<'_>],
) -> Result<Vec<Placed<'a>>> {
    place_with(tx, council, funds, rows, None).await
}

/// The same as if there were one more redirect.
pub(crate) async fn place_with<'a>(
    tx: &mut Tx,
    council: CouncilId,
    funds: &Funds<'a>,
    rows: &[Wanted<'_>],
    tried: Option<&Redirect>,
) -> Result<Vec<Placed<'a>>> {
    let references = rows.iter().map(|row| written(row.reference));
    let onward = tried.and_then(|redirect| redirect.to.as_ref()).map(|to| to.1.clone());
    let mut redirects = redirects_of(tx, council, references.chain(onward)).await?;
    if let Some(redirect) = tried {
        redirects.add(redirect.clone());
    }
    let led: Vec<_> = rows.iter().map(|row| led(&redirects, row)).collect();
    let candidates: Vec<_> = led
        .iter()
        .zip(rows)
        .map(|(led, row)| match led {
            Ok(Some((_, fund, reference))) => candidates(funds, Some(fund), reference),
            Ok(None) => candidates(funds, row.fund, row.reference),
            Err(why) => Err(why.clone()),
        })
        .collect();
    // Gathered first: what is awaited must be free to move between threads.
    let places: Vec<&Place> = candidates.iter().flatten().flatten().collect();
    let known = known_holders(tx, council, &places).await?;
    let placed = candidates.into_iter().zip(rows).zip(led).map(|((found, row), led)| match found {
        Ok(places) => settle(funds, &known, places, row, led.ok().flatten()),
        Err(reason) => Placed::Nobody(reason),
    });
    Ok(placed.collect())
}

/// From where, and to which fund and reference.
type Led = Option<(String, String, String)>;

/// Where a row's reference leads to, if it is an old one.
fn led(redirects: &Redirects, row: &Wanted<'_>) -> Result<Led, String> {
    if redirects.is_empty() {
        return Ok(None);
    }
    let reference = written(row.reference);
    let fund = match row.fund.filter(|code| !code.is_empty()) {
        Some(fund) => fund.to_owned(),
        None => match redirects.funds_with(&reference, row.on).as_slice() {
            [] => return Ok(None),
            [fund] => (*fund).to_owned(),
            several => {
                let funds = several.join(" and ");
                return Err(format!(
                    "`{reference}` is an old reference of {funds}: a person has to say"
                ));
            }
        },
    };
    let followed = redirects.follow(&fund, &reference, row.on).map_err(|bad| bad.to_string())?;
    Ok(followed.map(|to| (format!("{fund}/{reference}"), to.fund, to.reference)))
}

fn candidates(
    funds: &Funds<'_>,
    fund: Option<&str>,
    reference: &str,
) -> Result<Vec<Place>, String> {
    let Some(code) = fund.filter(|code| !code.is_empty()) else {
        return match funds.naming(reference) {
            found if found.is_empty() => Err(format!("`{reference}` is no reference of any fund")),
            found => Ok(found),
        };
    };
    match funds.read(code, reference) {
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
    led: Led,
) -> Placed<'a> {
    let nobody = || match (&led, row.fund) {
        (Some((old, fund, reference)), _) => {
            format!("no account holder of fund {fund} has `{reference}`, which {old} leads to")
        }
        (None, Some(fund)) => format!("no account holder of fund {fund} has `{}`", row.reference),
        (None, None) => format!("no account holder has `{}`", row.reference),
    };
    let mut standing = places.into_iter().filter(|place| exists(known, place));
    match (standing.next(), standing.next()) {
        (None, _) => Placed::Nobody(nobody()),
        (Some(one), Some(other)) => Placed::Nobody(format!(
            "`{}` could be {} or {}: a person has to say",
            row.reference, one.fund, other.fund
        )),
        (Some(one), None) => match funds.get(one.fund.as_str()) {
            Some(fund) => {
                let reference = one.reference.to_string();
                Placed::Account { fund, reference, old: led.map(|(old, _, _)| old) }
            }
            None => Placed::Nobody(nobody()),
        },
    }
}
