//! People: added, given roles, barred; and signing in.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use chrono::{DateTime, Utc};
use ims_ledger::id::PersonId;
use ims_store::{CouncilRow, PersonRow, ServesRow, StoreError, Tx};

use crate::{AppError, Books, Permission, Result, Role, no_card::no_card, who};

mod grants;
mod password;
mod recertify;
mod sign_in;

pub use password::NewPassword;
pub use recertify::Standing;

/// The shortest password, in characters.
pub const PASSWORD_LENGTH_MIN: usize = 12;

/// The most people a list gives.
const PEOPLE_MAX: i64 = 1_000;

/// Somebody to be added.
///
/// Roles are given by name: the built-in ones as [`Role`], a council's own as
/// text.
#[derive(Clone)]
pub struct NewPerson<'a, R = Role> {
    /// What they sign in with.
    pub username: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their first password.
    pub password: &'a str,
    /// What they may do in this council.
    pub roles: &'a [R],
    /// Made for the demo, and refused elsewhere.
    pub demo: bool,
}

impl<R: AsRef<str>> std::fmt::Debug for NewPerson<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let roles: Vec<_> = self.roles.iter().map(AsRef::as_ref).collect();
        f.debug_struct("NewPerson").field("roles", &roles).finish_non_exhaustive()
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
    /// Whether they must choose a new password before anything else.
    pub must_change: bool,
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
    /// Whether they must choose a new password before anything else.
    pub must_change: bool,
    /// What they are in each of those councils, in that order.
    serves: Vec<ServesRow>,
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
    /// [`AppError::BadInput`] for a name, a password or a role that is none,
    /// [`AppError::Refused`] for a role the actor may not give.
    pub async fn add_person<R: AsRef<str>>(&self, new: &NewPerson<'_, R>) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let username = new.username.trim().to_lowercase();
        if username.is_empty() || username.len() > 100 || username.chars().any(char::is_whitespace)
        {
            let what =
                "a user name is 1 to 100 characters without spaces, an e-mail address as a rule";
            return Err(AppError::BadInput(what.to_owned()));
        }
        no_card("user name", &username)?;
        no_card("name", new.name)?;
        let roles: Vec<&str> = new.roles.iter().map(AsRef::as_ref).collect();
        let mut tx = self.store().begin().await?;
        let council = self.settings_in(&mut tx).await?.council;
        if roles.is_empty() {
            let names = who::known_names(&council).join(", ");
            return Err(AppError::BadInput(format!("give at least one role: {names}")));
        }
        self.not_themselves(&username)?;
        for role in &roles {
            self.may_give(&council, role)?;
        }
        let now = self.world().now();
        let id = match tx.person(&username).await? {
            Some(person) => person.id,
            None => self.add_new(&mut tx, &username, new, now).await?,
        };
        let before = tx.roles(self.id(), id).await?;
        for role in &roles {
            tx.grant(self.id(), id, role, self.actor().name(), now).await?;
        }
        let after = tx.roles(self.id(), id).await?;
        let data = serde_json::json!({ "roles": { "before": before, "after": after } });
        self.note(&mut tx, "add person", &username, data).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn add_new<R>(
        &self,
        tx: &mut Tx,
        username: &str,
        new: &NewPerson<'_, R>,
        now: DateTime<Utc>,
    ) -> Result<PersonId> {
        password::check(new.password)?;
        let salt: [u8; 16] = self.world().bytes();
        let person = PersonRow {
            id: PersonId::new(self.world().id()),
            username: username.to_owned(),
            name: new.name.trim().to_owned(),
            password_hash: hash_password(new.password, &salt)?,
            demo: new.demo,
            disabled_at: None,
        };
        tx.add_person(&person, now).await.map_err(|error| match error {
            StoreError::Duplicate(_) => AppError::Refused(format!("{username} is there already")),
            other => other.into(),
        })?;
        Ok(person.id)
    }

    /// Bars a person from signing in, and ends their sessions.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nobody of this council has the name.
    pub async fn disable_person(&self, username: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        tx.disable_person(person.id, self.world().now()).await?;
        let before = if person.disabled_at.is_some() { "disabled" } else { "enabled" };
        let data = serde_json::json!({ "state": { "before": before, "after": "disabled" } });
        self.note(&mut tx, "disable person", username, data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Somebody who has a role in this council.
    pub(crate) async fn member(&self, tx: &mut Tx, username: &str) -> Result<PersonRow> {
        let absent = || AppError::NotFound { what: "user", name: username.to_owned() };
        let person = tx.person(&username.trim().to_lowercase()).await?.ok_or_else(absent)?;
        tx.hold_person(person.id).await?;
        if tx.roles(self.id(), person.id).await?.is_empty() {
            return Err(absent());
        }
        Ok(person)
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
        for person in tx.people(self.id(), PEOPLE_MAX).await? {
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
