//! People who sign in, what they may do, and their sessions.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, PersonId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ADD_PERSON = Sql::both(
        "INSERT INTO person (person_id, username, name, password_hash, demo, disabled_at, created_at)
         VALUES ($1, $2, $3, $4, $5, NULL, $6)");
    PERSON = Sql::both(
        "SELECT person_id, username, name, password_hash, demo, disabled_at FROM person WHERE username = $1");
    PERSON_BY_ID = Sql::both(
        "SELECT person_id, username, name, password_hash, demo, disabled_at FROM person WHERE person_id = $1");
    PEOPLE = Sql::both(
        "SELECT DISTINCT p.person_id, p.username, p.name, p.password_hash, p.demo, p.disabled_at FROM person p
         JOIN membership m ON m.person_id = p.person_id WHERE m.council_id = $1 ORDER BY p.username LIMIT $2");
    DISABLE = Sql::both("UPDATE person SET disabled_at = $2 WHERE person_id = $1 AND disabled_at IS NULL");
    GRANT = Sql::both(
        "INSERT INTO membership (council_id, person_id, role, granted_at, granted_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (council_id, person_id, role) DO NOTHING");
    ROLES = Sql::both("SELECT role FROM membership WHERE council_id = $1 AND person_id = $2 ORDER BY role");
    COUNCILS_OF = Sql::both(
        "SELECT DISTINCT c.council_id, c.code, c.name FROM membership m JOIN council c ON c.council_id = m.council_id
         WHERE m.person_id = $1 ORDER BY c.council_id");
    ADD_SESSION = Sql::both(
        "INSERT INTO web_session (token_hash, person_id, csrf, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)");
    SESSION = Sql::both(
        "SELECT token_hash, person_id, csrf, created_at, seen_at, expires_at FROM web_session WHERE token_hash = $1");
    SEEN = Sql::both("UPDATE web_session SET seen_at = $2 WHERE token_hash = $1");
    END_SESSION = Sql::both("DELETE FROM web_session WHERE token_hash = $1");
    END_SESSIONS_OF = Sql::both("DELETE FROM web_session WHERE person_id = $1");
    END_OLD_SESSIONS = Sql::both("DELETE FROM web_session WHERE expires_at < $1");
}

/// A person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Their id.
    pub id: PersonId,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// Made for the demo: refused by a server that is not one.
    pub demo: bool,
    /// Since when they may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for PersonRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonRow")
            .field("id", &self.id)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The hash of the token in their cookie.
    pub token_hash: Vec<u8>,
    /// Who.
    pub person: PersonId,
    /// What their forms must carry.
    pub csrf: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When they were last seen.
    pub seen_at: DateTime<Utc>,
    /// When it ends, whatever they do.
    pub expires_at: DateTime<Utc>,
}

fn person(row: Row) -> Result<PersonRow> {
    Ok(PersonRow {
        id: row.id(0, PersonId::new)?,
        username: row.text(1)?,
        name: row.text(2)?,
        password_hash: row.text(3)?,
        demo: row.bool(4)?,
        disabled_at: row.opt_time(5)?,
    })
}

fn session(row: Row) -> Result<SessionRow> {
    Ok(SessionRow {
        token_hash: row.bytes(0)?.to_vec(),
        person: row.id(1, PersonId::new)?,
        csrf: row.text(2)?,
        created_at: row.time(3)?,
        seen_at: row.time(4)?,
        expires_at: row.time(5)?,
    })
}

impl Tx {
    /// Adds a person.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when the name is taken.
    pub async fn add_person(&mut self, row: &PersonRow, now: DateTime<Utc>) -> Result<()> {
        let args = args![row.id, &row.username, &row.name, &row.password_hash, row.demo, now];
        self.execute(ADD_PERSON, args).await?;
        Ok(())
    }

    /// The person who signs in as `username`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn person(&mut self, username: &str) -> Result<Option<PersonRow>> {
        self.first(PERSON, args![username], person).await
    }

    /// The person with `id`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn person_by_id(&mut self, id: PersonId) -> Result<Option<PersonRow>> {
        self.first(PERSON_BY_ID, args![id], person).await
    }

    /// The people of a council, by what they sign in with.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn people(&mut self, council: CouncilId, limit: i64) -> Result<Vec<PersonRow>> {
        self.all(PEOPLE, args![council, limit], person).await
    }

    /// Bars a person from signing in and ends their sessions. False when they
    /// were barred already.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn disable_person(&mut self, id: PersonId, now: DateTime<Utc>) -> Result<bool> {
        self.execute(END_SESSIONS_OF, args![id]).await?;
        Ok(self.execute(DISABLE, args![id, now]).await? == 1)
    }

    /// Gives a person a role in a council.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn grant(
        &mut self,
        council: CouncilId,
        person: PersonId,
        role: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(GRANT, args![council, person, role, now, by]).await?;
        Ok(())
    }

    /// The roles of a person in a council.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn roles(&mut self, council: CouncilId, person: PersonId) -> Result<Vec<String>> {
        self.all(ROLES, args![council, person], |row| row.text(0)).await
    }

    /// The councils a person serves.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn councils_of(&mut self, person: PersonId) -> Result<Vec<super::CouncilRow>> {
        self.all(COUNCILS_OF, args![person], |row| {
            Ok(super::CouncilRow {
                id: CouncilId::new(row.int(0)?),
                code: row.text(1)?,
                name: row.text(2)?,
            })
        })
        .await
    }

    /// Begins a session, and forgets those that have run out.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_session(&mut self, row: &SessionRow) -> Result<()> {
        self.execute(END_OLD_SESSIONS, args![row.created_at]).await?;
        self.execute(
            ADD_SESSION,
            args![
                row.token_hash.clone(),
                row.person,
                &row.csrf,
                row.created_at,
                row.seen_at,
                row.expires_at
            ],
        )
        .await?;
        Ok(())
    }

    /// The session of a token's hash.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn session(&mut self, token_hash: &[u8]) -> Result<Option<SessionRow>> {
        self.first(SESSION, args![token_hash], session).await
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn seen(&mut self, token_hash: &[u8], now: DateTime<Utc>) -> Result<()> {
        self.execute(SEEN, args![token_hash, now]).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn end_session(&mut self, token_hash: &[u8]) -> Result<()> {
        self.execute(END_SESSION, args![token_hash]).await?;
        Ok(())
    }
}
