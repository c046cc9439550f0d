//! Signing in and out, and whose hands the books are in.

use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::{id::PersonId, seal::ContentHash};
use ims_store::{CouncilRow, PersonLife, PersonRow, SessionRow, Tx};

use super::{Session, SignedIn, hash_password, is_right};
use crate::{Actor, App, AppError, Books, Result, books::patiently};

/// A session nobody used for so long ends.
const IDLE_MINUTES_MAX: i64 = 30;

/// A session ends after so long whatever happens.
const SESSION_HOURS_MAX: i64 = 10;

/// Wrong passwords in a row after which none is looked at for a while.
const WRONG_MAX: i64 = 10;

/// That while.
const LOCKED_MINUTES: i64 = 15;

/// Whether somebody who may stay away for `days` has stayed away for longer:
/// since they last signed in, were added or were let in again.
pub(super) fn is_expired(life: &PersonLife, days: u32, now: DateTime<Utc>) -> bool {
    let known = [Some(life.created_at), life.enabled_at, life.last_sign_in_at];
    let since = known.into_iter().flatten().max();
    let away = since.map(|since| now.signed_duration_since(since));
    away.is_some_and(|away| away > TimeDelta::days(i64::from(days)))
}

/// What came of looking at a password.
enum Looked {
    In(Box<SignedIn>),
    Refused(&'static str),
}

impl App {
    /// The actor that `username` is in the council with `code`: what `--as` gives.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a name nobody has, somebody barred, or
    /// somebody who stayed away too long.
    pub async fn actor(&self, council: Option<&str>, username: &str) -> Result<Actor> {
        let books = self.books(council, Actor::system("cli")).await?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "user", name: username.to_owned() };
        let person = tx.person(&username.to_lowercase()).await?.ok_or_else(absent)?;
        if person.disabled_at.is_some() || self.is_away(&mut tx, person.id).await? {
            return Err(absent());
        }
        books.actor_of(&mut tx, person.id, &person.username).await
    }

    /// Signs somebody in. A person made for the demo only where `is_demo`.
    ///
    /// # Errors
    ///
    /// [`AppError::WrongPassword`], whatever was wrong; it takes as long for a
    /// name nobody has.
    pub async fn sign_in(&self, username: &str, password: &str, is_demo: bool) -> Result<SignedIn> {
        self.sign_in_from(username, password, is_demo, "").await
    }

    /// The same, noting where from: `web 127.0.0.1`.
    ///
    /// # Errors
    ///
    /// Those of [`sign_in`](Self::sign_in).
    pub async fn sign_in_from(
        &self,
        username: &str,
        password: &str,
        is_demo: bool,
        origin: &str,
    ) -> Result<SignedIn> {
        let person = self.store().snapshot().await?.person(&username.trim().to_lowercase()).await?;
        let is_right = self.is_right(person.as_ref(), password).await;
        // Nothing is kept of a name nobody has: it may be a password.
        let person = person.ok_or(AppError::WrongPassword)?;
        let looked = patiently(|| self.look_once(&person, is_right, is_demo, origin)).await?;
        match looked {
            Looked::In(signed_in) => Ok(*signed_in),
            Looked::Refused(why) => {
                self.note_refused(&person, why, origin).await?;
                Err(AppError::WrongPassword)
            }
        }
    }

    /// Whether it is their password; as slow when there is nobody.
    pub(super) async fn is_right(&self, person: Option<&PersonRow>, password: &str) -> bool {
        let (password, hash) = (password.to_owned(), person.map(|it| it.password_hash.clone()));
        let salt: [u8; 16] = self.world().bytes();
        let checked = tokio::task::spawn_blocking(move || match hash {
            Some(hash) => is_right(&password, &hash),
            None => hash_password(&password, &salt).is_err(),
        });
        checked.await.unwrap_or(false)
    }

    async fn look_once(
        &self,
        person: &PersonRow,
        is_right: bool,
        is_demo: bool,
        origin: &str,
    ) -> Result<Looked> {
        let now = self.world().now();
        let mut tx = self.store().begin().await?;
        tx.hold_person(person.id).await?;
        let Some(life) = tx.person_life(person.id).await? else {
            return Ok(Looked::Refused("removed"));
        };
        if person.disabled_at.is_some() || (person.demo && !is_demo) {
            return Ok(Looked::Refused("barred"));
        }
        if life.locked_until.is_some_and(|until| now < until) {
            return Ok(Looked::Refused("locked out"));
        }
        if !is_right {
            self.count_wrong(&mut tx, person, origin, now).await?;
            tx.commit().await?;
            return Ok(Looked::Refused("wrong password"));
        }
        if self.is_away(&mut tx, person.id).await? {
            tx.disable_person(person.id, now).await?;
            let data = serde_json::json!({ "state": { "before": "enabled", "after": "disabled" } });
            self.note_everywhere(&mut tx, person, origin, "expire person", data).await?;
            tx.commit().await?;
            return Ok(Looked::Refused("expired"));
        }
        tx.signed_in(person.id, now).await?;
        let (session, token) = self.new_session(person.id, now);
        tx.add_session(&session).await?;
        self.note_everywhere(&mut tx, person, origin, "sign in", serde_json::json!({})).await?;
        tx.commit().await?;
        let (expires_at, must_change) = (session.expires_at, life.must_change);
        Ok(Looked::In(Box::new(SignedIn { token, expires_at, must_change })))
    }

    /// Counts a wrong password; after too many in a row none is looked at for
    /// a while, on any server.
    pub(super) async fn count_wrong(
        &self,
        tx: &mut Tx,
        person: &PersonRow,
        origin: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let wrong = tx.sign_in_failed(person.id).await?;
        if wrong < WRONG_MAX {
            return Ok(());
        }
        let until = now.checked_add_signed(TimeDelta::minutes(LOCKED_MINUTES)).unwrap_or(now);
        tx.lock_person(person.id, until).await?;
        let data = serde_json::json!({ "wrong_passwords": wrong, "until": until });
        self.note_everywhere(tx, person, origin, "lock person out", data).await
    }

    fn new_session(&self, person: PersonId, now: DateTime<Utc>) -> (SessionRow, String) {
        let token: [u8; 32] = self.world().bytes();
        let csrf: [u8; 32] = self.world().bytes();
        let token = hex::encode(token);
        let session = SessionRow {
            token_hash: ContentHash::of(token.as_bytes()).0.to_vec(),
            person,
            csrf: hex::encode(csrf),
            created_at: now,
            seen_at: now,
            expires_at: now.checked_add_signed(TimeDelta::hours(SESSION_HOURS_MAX)).unwrap_or(now),
        };
        (session, token)
    }

    /// Whether somebody stayed away for longer than any of their councils lets
    /// them.
    pub(super) async fn is_away(&self, tx: &mut Tx, person: PersonId) -> Result<bool> {
        let Some(life) = tx.person_life(person).await? else { return Ok(true) };
        let now = self.world().now();
        for council in tx.councils_of(person).await? {
            let books = self.system_books(council);
            let settings = books.settings_in(tx).await?;
            if is_expired(&life, settings.council.people.expire_after_days, now) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn system_books(&self, council: CouncilRow) -> Books {
        Books::of(self.clone(), council, Actor::system("sign-in"))
    }

    /// The books of each council somebody serves, in their name alone.
    async fn books_served(
        &self,
        tx: &mut Tx,
        person: &PersonRow,
        origin: &str,
    ) -> Result<Vec<Books>> {
        let actor = Actor::person(&person.username, &[]).with_origin(origin);
        let councils = tx.councils_of(person.id).await?;
        let books = |council| Books::of(self.clone(), council, actor.clone());
        Ok(councils.into_iter().map(books).collect())
    }

    /// Notes in every council somebody serves what became of them.
    pub(super) async fn note_everywhere(
        &self,
        tx: &mut Tx,
        person: &PersonRow,
        origin: &str,
        deed: &str,
        data: serde_json::Value,
    ) -> Result<()> {
        for books in self.books_served(tx, person, origin).await? {
            books.note(tx, deed, &person.username, data.clone()).await?;
        }
        Ok(())
    }

    /// Notes a sign-in that was refused, at most once a minute.
    pub(super) async fn note_refused(
        &self,
        person: &PersonRow,
        why: &str,
        origin: &str,
    ) -> Result<()> {
        let mut tx = self.store().snapshot().await?;
        let served = self.books_served(&mut tx, person, origin).await?;
        drop(tx);
        for books in served {
            let data = serde_json::json!({ "why": why });
            books.note_at_most("refuse sign-in", &person.username, data).await?;
        }
        Ok(())
    }

    /// Who is behind the token of a cookie; nobody when the session has ended.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        let hash = ContentHash::of(token.as_bytes()).0;
        let (now, today) = (self.world().now(), self.world().today());
        let mut tx = self.store().glance().await?;
        let Some(row) = tx.signed_in_as(&hash, today).await? else { return Ok(None) };
        drop(tx);
        let idle = now.signed_duration_since(row.seen_at);
        let is_over = row.expires_at <= now || idle > TimeDelta::minutes(IDLE_MINUTES_MAX);
        if is_over || row.disabled_at.is_some() {
            return Ok(None);
        }
        // Once a minute is enough to know that somebody is still there.
        if idle > TimeDelta::minutes(1) {
            let mut tx = self.store().begin().await?;
            tx.seen(&hash, now).await?;
            tx.commit().await?;
        }
        Ok(Some(Session {
            person: row.person,
            username: row.username,
            name: row.name,
            csrf: row.csrf,
            councils: row.serves.iter().map(|one| one.council.clone()).collect(),
            must_change: row.must_change,
            serves: row.serves,
        }))
    }

    /// The books of a council the session's person serves, with what they may do.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a council they do not serve;
    /// [`AppError::Refused`] while they must choose a new password.
    pub async fn books_of(&self, session: &Session, code: Option<&str>) -> Result<Books> {
        if session.must_change {
            let what = "choose a new password first: the one you have was given to you";
            return Err(AppError::Refused(what.to_owned()));
        }
        let mut served = session.serves.iter();
        let one = match code {
            Some(code) => served.find(|one| one.council.code.eq_ignore_ascii_case(code)),
            None => served.next(),
        };
        let name = || code.unwrap_or("of yours").to_owned();
        let one = one.ok_or_else(|| AppError::NotFound { what: "council", name: name() })?;
        let books = self.system_books(one.council.clone());
        let known = one.configuration.map(|(_, hash)| self.known().configuration(books.id(), hash));
        let council = match known.flatten() {
            Some(read) => read.council,
            None => books.settings_in(&mut self.store().look().await?).await?.council,
        };
        let actor = Actor::of(&session.username, &one.roles, &one.scopes, &council);
        Ok(books.for_actor(actor))
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        self.sign_out_from(token, "").await
    }

    /// The same, noting where from.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn sign_out_from(&self, token: &str, origin: &str) -> Result<()> {
        let hash = ContentHash::of(token.as_bytes()).0;
        let mut tx = self.store().begin().await?;
        if let Some(session) = tx.session(&hash).await?
            && let Some(person) = tx.person_by_id(session.person).await?
        {
            self.note_everywhere(&mut tx, &person, origin, "sign out", serde_json::json!({}))
                .await?;
        }
        tx.end_session(&hash).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Books {
    /// A person as this council knows them: the one place that reads their
    /// roles, what they work for, and how much they may approve.
    pub(super) async fn actor_of(
        &self,
        tx: &mut Tx,
        person: PersonId,
        username: &str,
    ) -> Result<Actor> {
        let roles = tx.roles(self.id(), person).await?;
        let scopes = tx.scopes(self.id(), person).await?;
        let council = self.settings_in(tx).await?.council;
        Ok(Actor::of(username, &roles, &scopes, &council))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_may_stay_away_for_the_days_and_not_a_moment_longer() {
        let start = DateTime::UNIX_EPOCH;
        let life = PersonLife {
            created_at: start,
            enabled_at: None,
            last_sign_in_at: None,
            must_change: false,
            locked_until: None,
        };
        let (days, moment) = (TimeDelta::days(90), TimeDelta::microseconds(1));
        assert!(!is_expired(&life, 90, start + days));
        assert!(is_expired(&life, 90, start + days + moment));
        let later = Some(start + TimeDelta::days(10));
        for life in [
            PersonLife { enabled_at: later, ..life },
            PersonLife { last_sign_in_at: later, ..life },
            // Who is let in again counts from then, however long ago they last came.
            PersonLife { enabled_at: later, last_sign_in_at: Some(start), ..life },
        ] {
            assert!(!is_expired(&life, 90, start + TimeDelta::days(100)));
            assert!(is_expired(&life, 90, start + TimeDelta::days(100) + moment));
        }
    }
}
