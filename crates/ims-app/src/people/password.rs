//! Passwords: changed by whose they are, or given anew by an administrator.

use ims_ledger::seal::ContentHash;
use ims_store::PersonRow;

use super::{PASSWORD_LENGTH_MIN, hash_password};
use crate::{App, AppError, Books, Permission, Result};

/// Somebody's own new password.
#[derive(Clone, Copy)]
pub struct NewPassword<'a> {
    /// What they sign in with.
    pub username: &'a str,
    /// The password they have.
    pub old: &'a str,
    /// The password they want.
    pub new: &'a str,
    /// The session they are in, which goes on; their others end.
    pub token: Option<&'a str>,
    /// Where they ask from.
    pub origin: &'a str,
}

impl std::fmt::Debug for NewPassword<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// Refuses a password that is none.
pub(super) fn check(password: &str) -> Result<()> {
    if password.chars().count() < PASSWORD_LENGTH_MIN {
        let what = format!("a password has at least {PASSWORD_LENGTH_MIN} characters");
        return Err(AppError::BadInput(what));
    }
    Ok(())
}

impl App {
    /// Changes somebody's own password, for which they give the one they have.
    ///
    /// # Errors
    ///
    /// [`AppError::WrongPassword`] when it is not theirs (it counts as a try to
    /// sign in), [`AppError::BadInput`] for a new one that is none or is the same.
    pub async fn change_password(&self, change: &NewPassword<'_>) -> Result<()> {
        let username = change.username.trim().to_lowercase();
        let person = self.store().snapshot().await?.person(&username).await?;
        let is_right = self.is_right(person.as_ref(), change.old).await;
        let person = person.ok_or(AppError::WrongPassword)?;
        if let Err(error) = self.may_change(&person, is_right, change.origin).await {
            self.note_refused(&person, "wrong password", change.origin).await?;
            return Err(error);
        }
        check(change.new)?;
        if change.new == change.old {
            return Err(AppError::BadInput("the new password is the old one".to_owned()));
        }
        let keep = change.token.map(|token| ContentHash::of(token.as_bytes()).0.to_vec());
        let hash = hash_password(change.new, &self.world().bytes::<16>())?;
        let mut tx = self.store().begin().await?;
        tx.set_password(person.id, &hash, false, &keep.unwrap_or_default()).await?;
        let data = serde_json::json!({});
        self.note_everywhere(&mut tx, &person, change.origin, "change password", data).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn may_change(&self, person: &PersonRow, is_right: bool, origin: &str) -> Result<()> {
        let now = self.world().now();
        let mut tx = self.store().begin().await?;
        tx.hold_person(person.id).await?;
        let life = tx.person_life(person.id).await?;
        let is_locked = life.and_then(|it| it.locked_until).is_some_and(|until| now < until);
        if person.disabled_at.is_some() || is_locked || self.is_away(&mut tx, person.id).await? {
            return Err(AppError::WrongPassword);
        }
        if !is_right {
            self.count_wrong(&mut tx, person, origin, now).await?;
            tx.commit().await?;
            return Err(AppError::WrongPassword);
        }
        Ok(())
    }
}

impl Books {
    /// Gives somebody a new password, which they must change when they next
    /// sign in; their sessions end.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for one's own, for somebody who may more than the
    /// actor, and for somebody who serves another council too;
    /// [`AppError::BadInput`] for a password that is none.
    pub async fn reset_password(&self, username: &str, password: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        check(password)?;
        let hash = hash_password(password, &self.world().bytes::<16>())?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        self.stands_over(&mut tx, &person).await?;
        tx.set_password(person.id, &hash, true, &[]).await?;
        self.note(&mut tx, "reset password", &person.username, serde_json::json!({})).await?;
        tx.commit().await?;
        Ok(())
    }
}
