//! Old references: from a day on, money for one goes to another.

use chrono::NaiveDate;
use ims_ledger::Redirect;
use ims_store::RedirectRow;
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    books::{last_day, patiently},
    import_file::funds_of,
    moving::reasoned,
    no_card::no_card,
    redirects::{redirects_of, written},
    who::SeenPage,
};

/// A redirect to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRedirect {
    /// The old reference's fund.
    pub fund: String,
    /// The old reference; it need not be one the fund still accepts.
    pub reference: String,
    /// The fund and reference it leads to; `None` ends an earlier redirect.
    pub to: Option<(String, String)>,
    /// The first day of the money it is for.
    pub from: NaiveDate,
    /// Why, for the auditor.
    pub reason: String,
}

/// The longest old reference, in characters.
const OLD_REFERENCE_MAX: usize = 60;

impl Books {
    /// Lets an old reference lead to another from a day on. What was posted
    /// before stays where it is. The same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when the new reference is none of its fund,
    /// [`AppError::Refused`] when it would lead round in a circle.
    pub async fn redirect_reference(&self, new: &NewRedirect) -> Result<RedirectRow> {
        self.actor().needs(Permission::ManageHolders)?;
        no_card("reason", &new.reason)?;
        no_card("reference", &new.reference)?;
        self.needs_fund(new.fund.trim())?;
        if let Some((fund, reference)) = &new.to {
            no_card("reference", reference)?;
            self.needs_fund(fund)?;
        }
        patiently(|| self.redirect_once(new)).await
    }

    async fn redirect_once(&self, new: &NewRedirect) -> Result<RedirectRow> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let redirect = meant(new, &settings.council)?;
        let reason = reasoned(&new.reason)?;
        let own = tx.redirects_of(self.id(), std::slice::from_ref(&redirect.reference)).await?;
        let same = own
            .into_iter()
            .rfind(|row| row.redirect.fund == redirect.fund && row.redirect.from == redirect.from);
        if let Some(row) = same.filter(|row| row.redirect == redirect) {
            return Ok(row);
        }
        let references = [redirect.reference.clone()].into_iter();
        let references = references.chain(redirect.to.as_ref().map(|to| to.1.clone()));
        let mut known = redirects_of(&mut tx, self.id(), references).await?;
        known.add(redirect.clone());
        // On its first day, and once all there are have begun.
        for day in [redirect.from, last_day()] {
            known
                .follow(&redirect.fund, &redirect.reference, day)
                .map_err(|looped| AppError::Refused(looped.to_string()))?;
        }
        let row = RedirectRow {
            id: self.world().id(),
            redirect,
            reason: reason.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        tx.add_redirect(self.id(), &row).await?;
        let data = serde_json::json!({
            "from": row.redirect.from, "to": row.redirect.to, "why": row.reason,
        });
        let subject = format!("{} {}", row.redirect.fund, row.redirect.reference);
        self.note(&mut tx, "redirect reference", &subject, data).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Redirects in the order of their making, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn redirects(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<RedirectRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (mut after, limit) = (after, limit.clamp(1, ROWS_MAX));
        let scope = self.actor().scope();
        let is_seen = |row: &RedirectRow| {
            let to = row.redirect.to.as_ref();
            scope.may_fund(&row.redirect.fund) && to.is_none_or(|(fund, _)| scope.may_fund(fund))
        };
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.redirects(self.id(), after, limit).await?;
            after = rows.last().map(|row| row.id);
            if !seen.take(rows, is_seen) {
                return Ok(seen.rows);
            }
        }
    }
}

/// The redirect, when it is one.
pub(crate) fn meant(new: &NewRedirect, council: &ims_ledger::Council) -> Result<Redirect> {
    let bad = |what: String| Err(AppError::BadInput(what));
    let fund = new.fund.trim();
    // A fund that takes nothing any more still has old references.
    if !council.fund.iter().any(|known| known.code.as_str() == fund) {
        return bad(format!("fund `{fund}` is not configured"));
    }
    let reference = written(&new.reference);
    if reference.is_empty() || reference.chars().count() > OLD_REFERENCE_MAX {
        return bad(format!("an old reference has 1 to {OLD_REFERENCE_MAX} characters"));
    }
    let to = match &new.to {
        None => None,
        Some((to_fund, to)) => match funds_of(council)?.read(to_fund, to) {
            None => return bad(format!("fund `{to_fund}` is not configured")),
            Some(Err(why)) => return bad(format!("{why} (fund {to_fund})")),
            Some(Ok(place)) => Some((to_fund.clone(), place.reference.to_string())),
        },
    };
    Ok(Redirect { fund: fund.to_owned(), reference, from: new.from, to })
}
