//! What somebody works for, how long they may stay away, and what is noted of
//! them at most once a minute.

use chrono::{DateTime, Utc};
use ims_ledger::id::{ApprovalId, CouncilId, PersonId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    SCOPES = Sql::both(
        "SELECT kind, code FROM membership_scope WHERE council_id = $1 AND person_id = $2 ORDER BY kind, code");
    ADD_SCOPE = Sql::both(
        "INSERT INTO membership_scope (council_id, person_id, kind, code, granted_at, granted_by)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (council_id, person_id, kind, code) DO NOTHING");
    REMOVE_SCOPE = Sql::both(
        "DELETE FROM membership_scope WHERE council_id = $1 AND person_id = $2 AND kind = $3 AND code = $4");
    GRANTS = Sql::both(
        "SELECT role, granted_at, granted_by FROM membership WHERE council_id = $1 AND person_id = $2 ORDER BY role");
    REVOKE = Sql::both("DELETE FROM membership WHERE council_id = $1 AND person_id = $2 AND role = $3");
    LIFE = Sql::both(
        "SELECT created_at, enabled_at, last_sign_in_at, must_change, locked_until FROM person WHERE person_id = $1");
    HOLD = Sql::both("UPDATE person SET username = username WHERE person_id = $1");
    ENABLE = Sql::both(
        "UPDATE person SET disabled_at = NULL, enabled_at = $2, failed_sign_ins = 0, locked_until = NULL
         WHERE person_id = $1 AND (disabled_at IS NOT NULL OR locked_until IS NOT NULL)");
    SIGNED_IN = Sql::both(
        "UPDATE person SET last_sign_in_at = $2, failed_sign_ins = 0, locked_until = NULL WHERE person_id = $1");
    SIGN_IN_FAILED = Sql::both(
        "UPDATE person SET failed_sign_ins = failed_sign_ins + 1 WHERE person_id = $1 RETURNING failed_sign_ins");
    LOCK = Sql::both("UPDATE person SET failed_sign_ins = 0, locked_until = $2 WHERE person_id = $1");
    SET_PASSWORD = Sql::both(
        "UPDATE person SET password_hash = $2, must_change = $3, failed_sign_ins = 0, locked_until = NULL
         WHERE person_id = $1");
    END_OTHER_SESSIONS = Sql::both("DELETE FROM web_session WHERE person_id = $1 AND token_hash <> $2");
    NOTE_MINUTE = Sql::both(
        "INSERT INTO noted_minute (council_id, actor, what, minute) VALUES ($1, $2, $3, $4)
         ON CONFLICT (council_id, actor, what) DO UPDATE SET minute = excluded.minute
         WHERE noted_minute.minute < excluded.minute");
    APPROVAL_FUNDS = Sql::both(
        "SELECT fund FROM approval_fund WHERE council_id = $1 AND approval_id = $2 ORDER BY fund");
}

/// A role somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// The role's name.
    pub role: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
}

/// A person's coming and going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonLife {
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// When they were let in again.
    pub enabled_at: Option<DateTime<Utc>>,
    /// When they last signed in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Whether they must choose a new password first.
    pub must_change: bool,
    /// Until when no password of theirs is looked at.
    pub locked_until: Option<DateTime<Utc>>,
}

fn life(row: Row) -> Result<PersonLife> {
    Ok(PersonLife {
        created_at: row.time(0)?,
        enabled_at: row.opt_time(1)?,
        last_sign_in_at: row.opt_time(2)?,
        must_change: row.bool(3)?,
        locked_until: row.opt_time(4)?,
    })
}

impl Tx {
    /// What somebody works for in a council, as kind and code.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn scopes(
        &mut self,
        council: CouncilId,
        person: PersonId,
    ) -> Result<Vec<(String, String)>> {
        self.all(SCOPES, args![council, person], |row| Ok((row.text(0)?, row.text(1)?))).await
    }

    /// Adds to what somebody works for. False when it was there already.
    ///
    /// # Errors
    ///
    /// What the database says: among it the refusal of a kind there is not.
    pub async fn add_scope(
        &mut self,
        council: CouncilId,
        person: PersonId,
        (kind, code): (&str, &str),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(ADD_SCOPE, args![council, person, kind, code, now, by]).await? == 1)
    }

    /// Takes from what somebody works for. False when it was not there.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn remove_scope(
        &mut self,
        council: CouncilId,
        person: PersonId,
        (kind, code): (&str, &str),
    ) -> Result<bool> {
        Ok(self.execute(REMOVE_SCOPE, args![council, person, kind, code]).await? == 1)
    }

    /// The roles of a person in a council, with who gave them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn grants(&mut self, council: CouncilId, person: PersonId) -> Result<Vec<GrantRow>> {
        self.all(GRANTS, args![council, person], |row| {
            Ok(GrantRow { role: row.text(0)?, at: row.time(1)?, by: row.text(2)? })
        })
        .await
    }

    /// Takes a role away. False when they did not have it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn revoke(
        &mut self,
        council: CouncilId,
        person: PersonId,
        role: &str,
    ) -> Result<bool> {
        Ok(self.execute(REVOKE, args![council, person, role]).await? == 1)
    }

    /// A person's coming and going.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn person_life(&mut self, id: PersonId) -> Result<Option<PersonLife>> {
        self.first(LIFE, args![id], life).await
    }

    /// Keeps everybody else from changing a person until this unit of work ends.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_person(&mut self, id: PersonId) -> Result<()> {
        self.execute(HOLD, args![id]).await?;
        Ok(())
    }

    /// Lets a person in again who was barred or locked out. False when they
    /// were neither.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn enable_person(&mut self, id: PersonId, now: DateTime<Utc>) -> Result<bool> {
        Ok(self.execute(ENABLE, args![id, now]).await? == 1)
    }

    /// Notes that somebody signed in; what they had mistyped is forgotten.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn signed_in(&mut self, id: PersonId, now: DateTime<Utc>) -> Result<()> {
        self.execute(SIGNED_IN, args![id, now]).await?;
        Ok(())
    }

    /// Counts a wrong password, and gives how many there were in a row.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn sign_in_failed(&mut self, id: PersonId) -> Result<i64> {
        self.one(SIGN_IN_FAILED, args![id], |row| row.int(0)).await
    }

    /// Looks at no password of theirs until then.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lock_person(&mut self, id: PersonId, until: DateTime<Utc>) -> Result<()> {
        self.execute(LOCK, args![id, until]).await?;
        Ok(())
    }

    /// Gives a person another password and ends their sessions but the one
    /// with `keep`, the hash of its token.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn set_password(
        &mut self,
        id: PersonId,
        password_hash: &str,
        must_change: bool,
        keep: &[u8],
    ) -> Result<()> {
        self.execute(SET_PASSWORD, args![id, password_hash, must_change]).await?;
        self.execute(END_OTHER_SESSIONS, args![id, keep]).await?;
        Ok(())
    }

    /// Whether `what` of `actor` has not been noted yet in this minute, counted
    /// from 1970; it is from now on.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn note_minute(
        &mut self,
        council: CouncilId,
        actor: &str,
        what: &str,
        minute: i64,
    ) -> Result<bool> {
        Ok(self.execute(NOTE_MINUTE, args![council, actor, what, minute]).await? == 1)
    }

    /// Says which funds an approval is about, each once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for one said before.
    pub async fn add_approval_funds(
        &mut self,
        council: CouncilId,
        approval: ApprovalId,
        funds: &[&str],
    ) -> Result<()> {
        let rows = Batch::new("approval_fund", funds.len())
            .council(council)
            .uuids("approval_id", funds.iter().map(|_| approval.get()))
            .texts("fund", funds.iter().copied());
        self.insert(rows).await?;
        Ok(())
    }

    /// The funds an approval is about.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn approval_funds(
        &mut self,
        council: CouncilId,
        approval: ApprovalId,
    ) -> Result<Vec<String>> {
        self.all(APPROVAL_FUNDS, args![council, approval], |row| row.text(0)).await
    }
}
