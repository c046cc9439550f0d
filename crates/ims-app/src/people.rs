//! People: added, given roles, barred; and signing in.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::{id::PersonId, seal::ContentHash};
use ims_store::{CouncilRow, PersonRow, SessionRow, StoreError};

use crate::{Actor, App, AppError, Books, Permission, Result, Role};

/// The shortest password, in characters.
pub const PASSWORD_LENGTH_MIN: usize = 12;

/// A session nobody used for so long ends.
const IDLE_MINUTES_MAX: i64 = 30;

/// A session ends after so long whatever happens.
const SESSION_HOURS_MAX: i64 = 10;

/// Somebody to be added.
#[derive(Clone)]
pub struct NewPerson<'a> {
    /// What they sign in with.
    pub username: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their first password.
    pub password: &'a str,
    /// What they may do in this council.
    pub roles: &'a [Role],
    /// Made for the demo, and refused elsewhere.
    pub demo: bool,
}

impl std::fmt::Debug for NewPerson<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson").field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// A person as a list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Their roles in this council.
    pub roles: Vec<String>,
    /// Whether they may not sign in.
    pub disabled: bool,
}

/// Somebody who has just signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// What their cookie carries, 64 hexadecimal digits; kept nowhere else.
    pub token: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Who is behind a session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// What their forms must carry.
    pub csrf: String,
    /// The councils they serve.
    pub councils: Vec<CouncilRow>,
}

fn hasher() -> Argon2<'static> {
    // The least OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_password(password: &str, salt: &[u8]) -> Result<String> {
    let hash = hasher().hash_password_with_salt(password.as_bytes(), salt);
    let hash: phc::PasswordHash = hash.map_err(|error| AppError::BadInput(error.to_string()))?;
    Ok(hash.to_string())
}

fn is_right(password: &str, hash: &str) -> bool {
    phc::PasswordHash::new(hash)
        .is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
}

impl Books {
    /// Adds a person and gives them roles in this council; somebody who serves
    /// another council already is only given the roles.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a name or password that is none,
    /// [`AppError::Refused`] when they have these roles already.
    pub async fn add_person(&self, new: &NewPerson<'_>) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let username = new.username.trim().to_lowercase();
        if username.is_empty() || username.len() > 100 || username.chars().any(char::is_whitespace)
        {
            let what =
                "a user name is 1 to 100 characters without spaces, an e-mail address as a rule";
            return Err(AppError::BadInput(what.to_owned()));
        }
        if new.roles.is_empty() {
            let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
            return Err(AppError::BadInput(format!(
                "give at least one role: {}",
                names.join(", ")
            )));
        }
        let mut tx = self.store().begin().await?;
        let now = self.world().now();
        let id = match tx.person(&username).await? {
            Some(person) => person.id,
            None => {
                if new.password.chars().count() < PASSWORD_LENGTH_MIN {
                    return Err(AppError::BadInput(format!(
                        "a password has at least {PASSWORD_LENGTH_MIN} characters"
                    )));
                }
                let salt: [u8; 16] = self.world().bytes();
                let person = PersonRow {
                    id: PersonId::new(self.world().id()),
                    username: username.clone(),
                    name: new.name.trim().to_owned(),
                    password_hash: hash_password(new.password, &salt)?,
                    demo: new.demo,
                    disabled_at: None,
                };
                tx.add_person(&person, now).await.map_err(|error| match error {
                    StoreError::Duplicate(_) => {
                        AppError::Refused(format!("{username} is there already"))
                    }
                    other => other.into(),
                })?;
                person.id
            }
        };
        for role in new.roles {
            tx.grant(self.id(), id, role.name(), self.actor().name(), now).await?;
        }
        let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
        self.note(&mut tx, "add person", &username, serde_json::json!({ "roles": roles })).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Bars a person from signing in, and ends their sessions.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nobody of this council has the name.
    pub async fn disable_person(&self, username: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "user", name: username.to_owned() };
        let person = tx.person(&username.to_lowercase()).await?.ok_or_else(absent)?;
        if tx.roles(self.id(), person.id).await?.is_empty() {
            return Err(absent());
        }
        tx.disable_person(person.id, self.world().now()).await?;
        self.note(&mut tx, "disable person", username, serde_json::json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The people of this council.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn people(&self) -> Result<Vec<PersonView>> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().snapshot().await?;
        let mut people = Vec::new();
        for person in tx.people(self.id(), 1_000).await? {
            people.push(PersonView {
                roles: tx.roles(self.id(), person.id).await?,
                username: person.username,
                name: person.name,
                disabled: person.disabled_at.is_some(),
            });
        }
        Ok(people)
    }
}

impl App {
    /// The actor that `username` is in the council with `code`: what `--as` gives.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a name nobody has or somebody barred.
    pub async fn actor(&self, council: Option<&str>, username: &str) -> Result<Actor> {
        let books = self.books(council, Actor::system("cli")).await?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "user", name: username.to_owned() };
        let person = tx.person(&username.to_lowercase()).await?.ok_or_else(absent)?;
        if person.disabled_at.is_some() {
            return Err(absent());
        }
        let roles = tx.roles(books.council().id, person.id).await?;
        Ok(Actor::person(&person.username, &roles))
    }

    /// Signs somebody in. A person made for the demo only where `is_demo`.
    ///
    /// # Errors
    ///
    /// [`AppError::WrongPassword`], whatever was wrong; it takes as long for a
    /// name nobody has.
    pub async fn sign_in(&self, username: &str, password: &str, is_demo: bool) -> Result<SignedIn> {
        let person = self.store().snapshot().await?.person(&username.trim().to_lowercase()).await?;
        let (password, known) = (password.to_owned(), person.clone());
        let salt: [u8; 16] = self.world().bytes();
        let checked = tokio::task::spawn_blocking(move || match known {
            Some(person) => is_right(&password, &person.password_hash),
            None => hash_password(&password, &salt).is_err(),
        });
        let is_right = checked.await.unwrap_or(false);
        let may = |person: &PersonRow| person.disabled_at.is_none() && (is_demo || !person.demo);
        let person =
            person.filter(|person| is_right && may(person)).ok_or(AppError::WrongPassword)?;
        let token: [u8; 32] = self.world().bytes();
        let csrf: [u8; 32] = self.world().bytes();
        let now = self.world().now();
        let expires_at = now.checked_add_signed(TimeDelta::hours(SESSION_HOURS_MAX)).unwrap_or(now);
        let token = hex::encode(token);
        let session = SessionRow {
            token_hash: ContentHash::of(token.as_bytes()).0.to_vec(),
            person: person.id,
            csrf: hex::encode(csrf),
            created_at: now,
            seen_at: now,
            expires_at,
        };
        let mut tx = self.store().begin().await?;
        tx.add_session(&session).await?;
        tx.commit().await?;
        Ok(SignedIn { token, expires_at })
    }

    /// Who is behind the token of a cookie; nobody when the session has ended.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        let hash = ContentHash::of(token.as_bytes()).0;
        let now = self.world().now();
        let mut tx = self.store().snapshot().await?;
        let Some(session) = tx.session(&hash).await? else { return Ok(None) };
        let idle = now.signed_duration_since(session.seen_at);
        if session.expires_at <= now || idle > TimeDelta::minutes(IDLE_MINUTES_MAX) {
            return Ok(None);
        }
        let person = tx.person_by_id(session.person).await?;
        let Some(person) = person.filter(|person| person.disabled_at.is_none()) else {
            return Ok(None);
        };
        let councils = tx.councils_of(person.id).await?;
        drop(tx);
        // Once a minute is enough to know that somebody is still there.
        if idle > TimeDelta::minutes(1) {
            let mut tx = self.store().begin().await?;
            tx.seen(&hash, now).await?;
            tx.commit().await?;
        }
        Ok(Some(Session {
            person: person.id,
            username: person.username,
            name: person.name,
            csrf: session.csrf,
            councils,
        }))
    }

    /// The books of a council the session's person serves, with what they may do.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a council they do not serve.
    pub async fn books_of(&self, session: &Session, code: Option<&str>) -> Result<Books> {
        let mut served = session.councils.iter();
        let council = match code {
            Some(code) => served.find(|council| council.code.eq_ignore_ascii_case(code)),
            None => served.next(),
        };
        let name = || code.unwrap_or("of yours").to_owned();
        let council =
            council.ok_or_else(|| AppError::NotFound { what: "council", name: name() })?;
        let mut tx = self.store().snapshot().await?;
        let roles = tx.roles(council.id, session.person).await?;
        self.books(Some(&council.code), Actor::person(&session.username, &roles)).await
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_session(&ContentHash::of(token.as_bytes()).0).await?;
        tx.commit().await?;
        Ok(())
    }
}
