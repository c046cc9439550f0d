//! Who is behind a session, and what they may do where: asked for with every request, and so
//! in one statement.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{CouncilId, PersonId},
    seal::ContentHash,
};

use super::{CouncilRow, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    SIGNED_IN = Sql::both(
        "SELECT s.person_id, p.username, p.name, p.must_change, p.disabled_at, s.csrf, s.seen_at, s.expires_at,
            c.council_id, c.code, c.name, 'role' AS kind, m.role AS word, f.version, f.content_hash
         FROM web_session s
         JOIN person p ON p.person_id = s.person_id
         LEFT JOIN membership m ON m.person_id = p.person_id
         LEFT JOIN council c ON c.council_id = m.council_id
         LEFT JOIN configuration f ON f.council_id = c.council_id AND f.version = (
            SELECT g.version FROM configuration g WHERE g.council_id = c.council_id AND g.from_day <= $2
            ORDER BY g.from_day DESC, g.version DESC LIMIT 1)
         WHERE s.token_hash = $1
         UNION ALL
         SELECT s.person_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            w.council_id, NULL, NULL, w.kind, w.code, NULL, NULL
         FROM web_session s JOIN membership_scope w ON w.person_id = s.person_id
         WHERE s.token_hash = $1");
}

/// Somebody with a session, which may have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInRow {
    /// Who.
    pub person: PersonId,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they must choose a new password before anything else.
    pub must_change: bool,
    /// Since when they may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// What their forms must carry.
    pub csrf: String,
    /// When they were last seen.
    pub seen_at: DateTime<Utc>,
    /// When the session ends, whatever they do.
    pub expires_at: DateTime<Utc>,
    /// The councils they serve, by number.
    pub serves: Vec<ServesRow>,
}

/// What somebody is in a council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServesRow {
    /// The council.
    pub council: CouncilRow,
    /// Their roles there, by name.
    pub roles: Vec<String>,
    /// What of the council they work for, kind and code; none of a kind is all of it.
    pub scopes: Vec<(String, String)>,
    /// The version of the configuration in force on the day asked about, and its hash; none where
    /// none is yet.
    pub configuration: Option<(i64, ContentHash)>,
}

/// The first columns of a row: the person.
fn person(row: &Row) -> Result<SignedInRow> {
    Ok(SignedInRow {
        person: row.id(0, PersonId::new)?,
        username: row.text(1)?,
        name: row.text(2)?,
        must_change: row.bool(3)?,
        disabled_at: row.opt_time(4)?,
        csrf: row.text(5)?,
        seen_at: row.time(6)?,
        expires_at: row.time(7)?,
        serves: Vec::new(),
    })
}

/// The others: a role in a council, with what is said of the council.
fn serves(row: &Row, council: CouncilId) -> Result<ServesRow> {
    let configuration = match row.opt_int(13)? {
        Some(version) => Some((version, row.hash(14)?)),
        None => None,
    };
    let council = CouncilRow { id: council, code: row.text(9)?, name: row.text(10)? };
    Ok(ServesRow { council, roles: Vec::new(), scopes: Vec::new(), configuration })
}

impl Tx {
    /// Who is behind the session of this token, and what they may do in each council they serve,
    /// as its configuration of `day` stands.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn signed_in_as(
        &mut self,
        token_hash: &[u8],
        day: NaiveDate,
    ) -> Result<Option<SignedInRow>> {
        let rows = self.all(SIGNED_IN, args![token_hash, day], Ok).await?;
        let (roles, scopes): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| row.opt_text(1).is_ok_and(|name| name.is_some()));
        let Some(first) = roles.first() else { return Ok(None) };
        let mut found = person(first)?;
        for row in &roles {
            let Some(council) = row.opt_int(8)?.map(CouncilId::new) else { continue };
            let at = found.serves.iter().position(|one| one.council.id == council);
            if at.is_none() {
                found.serves.push(serves(row, council)?);
            }
            let at = at.unwrap_or(found.serves.len().saturating_sub(1));
            if let Some(one) = found.serves.get_mut(at) {
                one.roles.push(row.text(12)?);
            }
        }
        for row in &scopes {
            let (council, scope) = (CouncilId::new(row.int(8)?), (row.text(11)?, row.text(12)?));
            let one = found.serves.iter_mut().find(|one| one.council.id == council);
            if let Some(one) = one {
                one.scopes.push(scope);
            }
        }
        found.serves.sort_unstable_by_key(|one| one.council.id);
        for one in &mut found.serves {
            one.roles.sort_unstable();
            one.scopes.sort_unstable();
        }
        Ok(Some(found))
    }
}
