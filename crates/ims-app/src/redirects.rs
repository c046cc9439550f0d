//! Following references to where their money goes now.

use std::collections::HashSet;

use chrono::NaiveDate;
use ims_ledger::{Funds, Place, Redirects, id::CouncilId};
use ims_store::Tx;

use crate::Result;

/// A reference as redirects know it.
pub(crate) fn written(reference: &str) -> String {
    reference.trim().to_uppercase()
}

/// The redirects of `references` and of all that these lead to.
pub(crate) async fn redirects_of(
    tx: &mut Tx,
    council: CouncilId,
    references: impl Iterator<Item = String>,
) -> Result<Redirects> {
    let mut known = Redirects::default();
    if !tx.has_redirects(council).await? {
        return Ok(known);
    }
    let mut asked = HashSet::new();
    let mut wanted: Vec<String> = references.collect();
    loop {
        wanted.retain(|reference| asked.insert(reference.clone()));
        if wanted.is_empty() {
            return Ok(known);
        }
        let rows = tx.redirects_of(council, &wanted).await?;
        wanted.clear();
        for row in rows {
            wanted.extend(row.redirect.to.as_ref().map(|to| to.1.clone()));
            known.add(row.redirect);
        }
    }
}

/// Where a place found in a text leads to, and what it was then.
pub(crate) fn lead(
    redirects: &Redirects,
    funds: &Funds<'_>,
    place: &Place,
    day: NaiveDate,
) -> Result<Option<Place>, String> {
    let (fund, reference) = (place.fund.as_str(), place.reference.as_str());
    let followed = redirects.follow(fund, reference, day).map_err(|looped| looped.to_string())?;
    let Some(to) = followed else { return Ok(None) };
    match funds.read(&to.fund, &to.reference) {
        Some(Ok(place)) => Ok(Some(place)),
        Some(Err(bad)) => Err(format!("{fund} `{reference}` leads to {}, but {bad}", to.fund)),
        None => Err(format!(
            "{fund} `{reference}` leads to fund {}, which takes nothing any more",
            to.fund
        )),
    }
}

/// What an entry says of a reference that was redirected.
pub(crate) fn about_old(old: Option<&str>) -> String {
    old.map(|old| format!("redirected {old} ")).unwrap_or_default()
}
