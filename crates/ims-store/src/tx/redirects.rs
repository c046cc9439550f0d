//! References that lead elsewhere from a day on.

use chrono::{DateTime, Utc};
use ims_ledger::{Redirect, id::CouncilId};
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::{Arg, args},
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    HAS_REDIRECTS = Sql::both("SELECT EXISTS (SELECT 1 FROM redirect WHERE council_id = $1)");
    REDIRECTS_OF = Sql::each(
        "SELECT fund, reference, from_day, to_fund, to_reference, redirect_id, reason, made_by, made_at FROM redirect
         WHERE council_id = $1 AND reference IN (SELECT value FROM json_each($2)) ORDER BY redirect_id",
        "SELECT fund, reference, from_day, to_fund, to_reference, redirect_id, reason, made_by, made_at FROM redirect
         WHERE council_id = $1 AND reference = ANY($2) ORDER BY redirect_id");
    REDIRECTS = Sql::both(
        "SELECT fund, reference, from_day, to_fund, to_reference, redirect_id, reason, made_by, made_at FROM redirect
         WHERE council_id = $1 AND redirect_id > $2 ORDER BY redirect_id LIMIT $3");
}

/// A redirect as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectRow {
    /// Its id.
    pub id: Uuid,
    /// From what, from when, to what.
    pub redirect: Redirect,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn redirect(row: Row) -> Result<RedirectRow> {
    let to = match (row.opt_text(3)?, row.opt_text(4)?) {
        (Some(fund), Some(reference)) => Some((fund, reference)),
        (_, None) | (None, _) => None,
    };
    Ok(RedirectRow {
        id: row.id(5, |id| id)?,
        redirect: Redirect { fund: row.text(0)?, reference: row.text(1)?, from: row.day(2)?, to },
        reason: row.text(6)?,
        by: row.text(7)?,
        at: row.time(8)?,
    })
}

/// How many references a look-up asks for at once.
const LOOK_UP_MAX: usize = 5_000;

impl Tx {
    /// Whether any reference was ever redirected.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn has_redirects(&mut self, council: CouncilId) -> Result<bool> {
        self.one(HAS_REDIRECTS, args![council], |row| row.bool(0)).await
    }

    /// Adds a redirect; for its day it stands over those made before it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_redirect(&mut self, council: CouncilId, row: &RedirectRow) -> Result<()> {
        let redirect = &row.redirect;
        let batch = Batch::new("redirect", 1)
            .council(council)
            .uuids("redirect_id", [row.id].into_iter())
            .texts("fund", [redirect.fund.as_str()].into_iter())
            .texts("reference", [redirect.reference.as_str()].into_iter())
            .days("from_day", [redirect.from].into_iter())
            .opt_texts("to_fund", [redirect.to.as_ref().map(|to| to.0.as_str())].into_iter())
            .opt_texts("to_reference", [redirect.to.as_ref().map(|to| to.1.as_str())].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .texts("made_by", [row.by.as_str()].into_iter())
            .times("made_at", [row.at].into_iter());
        self.insert(batch).await?;
        Ok(())
    }

    /// The redirects of any of `references`, in whatever fund, in the order of
    /// their making.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn redirects_of(
        &mut self,
        council: CouncilId,
        references: &[String],
    ) -> Result<Vec<RedirectRow>> {
        let mut found = Vec::new();
        for references in references.chunks(LOOK_UP_MAX) {
            let args = [Arg::from(council), Arg::from(references.to_vec())];
            found.extend(self.all(REDIRECTS_OF, &args, redirect).await?);
        }
        Ok(found)
    }

    /// Redirects in the order of their making, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn redirects(
        &mut self,
        council: CouncilId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<RedirectRow>> {
        let after = after.unwrap_or(Uuid::nil());
        self.all(REDIRECTS, args![council, after, limit], redirect).await
    }
}
