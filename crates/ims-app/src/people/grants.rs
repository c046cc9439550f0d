//! What people are given and what is taken from them: roles, and the part of
//! the council they work for.
//!
//! *Invariant:* nobody changes what they themselves have. *Invariant:* a
//! weighty permission (an approval, the configuration, the people) is only
//! given by who holds it, so that nobody has through a friend what they were
//! not given. The council's own programs may give any.

use ims_ledger::Council;
use ims_store::{PersonRow, Tx};

use crate::{AppError, Books, Permission, Result, ScopeKind, who};

impl Books {
    /// Gives somebody of this council a role.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a role there is not, [`AppError::Refused`] for
    /// oneself and for a role the actor may not give.
    pub async fn grant_role(&self, username: &str, role: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        let council = self.settings_in(&mut tx).await?.council;
        self.not_themselves(&person.username)?;
        self.may_give(&council, role)?;
        let before = tx.roles(self.id(), person.id).await?;
        let now = self.world().now();
        tx.grant(self.id(), person.id, role, self.actor().name(), now).await?;
        self.note_roles(tx, &person, "grant role", &before).await
    }

    /// Takes a role from somebody of this council.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a role they do not have, [`AppError::Refused`]
    /// for oneself and for somebody who may more than the actor.
    pub async fn revoke_role(&self, username: &str, role: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        self.stands_in_council_over(&mut tx, &person).await?;
        let before = tx.roles(self.id(), person.id).await?;
        if !tx.revoke(self.id(), person.id, role).await? {
            return Err(AppError::NotFound { what: "role of theirs", name: role.to_owned() });
        }
        self.note_roles(tx, &person, "revoke role", &before).await
    }

    async fn note_roles(
        &self,
        mut tx: Tx,
        person: &PersonRow,
        deed: &str,
        before: &[String],
    ) -> Result<()> {
        let after = tx.roles(self.id(), person.id).await?;
        if after != before {
            let data = serde_json::json!({ "roles": { "before": before, "after": after } });
            self.note(&mut tx, deed, &person.username, data).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Adds to what somebody works for. What was everything of the kind becomes
    /// this one thing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a code that is not configured,
    /// [`AppError::Refused`] for oneself and for somebody who may more.
    pub async fn grant_scope(&self, username: &str, kind: ScopeKind, code: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        let council = self.settings_in(&mut tx).await?.council;
        self.stands_in_council_over(&mut tx, &person).await?;
        if code.is_empty() || !kind.is_configured(code, &council) {
            return Err(AppError::NotFound { what: kind.name(), name: code.to_owned() });
        }
        let before = tx.scopes(self.id(), person.id).await?;
        let (by, now) = (self.actor().name(), self.world().now());
        tx.add_scope(self.id(), person.id, (kind.name(), code), by, now).await?;
        self.note_scopes(tx, &person, "grant scope", &before).await
    }

    /// Takes from what somebody works for. The last of a kind stays: without it
    /// they would see all of the kind, which [`lift_scope`](Self::lift_scope) says aloud.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for what they were not given, [`AppError::Refused`]
    /// for the last of a kind, for oneself and for somebody who may more.
    pub async fn revoke_scope(&self, username: &str, kind: ScopeKind, code: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        self.stands_in_council_over(&mut tx, &person).await?;
        let before = tx.scopes(self.id(), person.id).await?;
        if !before.iter().any(|(of, what)| of == kind.name() && what == code) {
            return Err(AppError::NotFound { what: "scope of theirs", name: code.to_owned() });
        }
        let same = |of: &String| ScopeKind::named(of).is_some_and(|of| of.narrows_as(kind));
        if before.iter().filter(|(of, _)| same(of)).count() < 2 {
            return Err(AppError::Refused(format!(
                "{code} is the last {} of {}: without it they would see every one; lift the \
                 whole kind if that is meant",
                kind.name(),
                person.username,
            )));
        }
        tx.remove_scope(self.id(), person.id, (kind.name(), code)).await?;
        self.note_scopes(tx, &person, "revoke scope", &before).await
    }

    /// Lets somebody work for all there is of a kind: funds and groups of
    /// funds together.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for oneself and for somebody who may more.
    pub async fn lift_scope(&self, username: &str, kind: ScopeKind) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        self.stands_in_council_over(&mut tx, &person).await?;
        let before = tx.scopes(self.id(), person.id).await?;
        for (of, code) in &before {
            if ScopeKind::named(of).is_some_and(|of| of.narrows_as(kind)) {
                tx.remove_scope(self.id(), person.id, (of, code)).await?;
            }
        }
        self.note_scopes(tx, &person, "lift scope", &before).await
    }

    async fn note_scopes(
        &self,
        mut tx: Tx,
        person: &PersonRow,
        deed: &str,
        before: &[(String, String)],
    ) -> Result<()> {
        let after = tx.scopes(self.id(), person.id).await?;
        if after != before {
            let data = serde_json::json!({ "scopes": { "before": before, "after": after } });
            self.note(&mut tx, deed, &person.username, data).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Lets somebody in again who was barred, expired or locked out.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for somebody who may more than the actor, who
    /// serves another council too, or who is neither barred nor locked out.
    pub async fn enable_person(&self, username: &str) -> Result<()> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().begin().await?;
        let person = self.member(&mut tx, username).await?;
        self.stands_over(&mut tx, &person).await?;
        if !tx.enable_person(person.id, self.world().now()).await? {
            return Err(AppError::Refused(format!("{} is not barred", person.username)));
        }
        let before = if person.disabled_at.is_some() { "disabled" } else { "locked out" };
        let data = serde_json::json!({ "state": { "before": before, "after": "enabled" } });
        self.note(&mut tx, "enable person", &person.username, data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Nobody changes what they themselves have.
    pub(super) fn not_themselves(&self, username: &str) -> Result<()> {
        if self.actor().name() == username {
            let what = format!("{username} cannot change what they themselves may do");
            return Err(AppError::Refused(what));
        }
        Ok(())
    }

    /// Refuses a role there is not, and one that allows something weighty the
    /// actor does not hold.
    pub(super) fn may_give(&self, council: &Council, role: &str) -> Result<()> {
        let Some(permissions) = who::permissions_of(council, role) else {
            let names = who::known_names(council).join(", ");
            return Err(AppError::BadInput(format!(
                "there is no role `{role}`; there are the roles {names}"
            )));
        };
        self.holds_what_is_weighty(permissions, &format!("give the role {role}"))
    }

    fn holds_what_is_weighty(
        &self,
        permissions: impl IntoIterator<Item = Permission>,
        to: &str,
    ) -> Result<()> {
        if self.actor().is_system() {
            return Ok(());
        }
        let lacks = |it: &Permission| it.is_weighty() && !self.actor().may(*it);
        let Some(lacking) = permissions.into_iter().find(lacks) else { return Ok(()) };
        let (who, what) = (self.actor().name(), lacking.in_words());
        Err(AppError::Refused(format!(
            "{who} cannot {to}: it lets somebody {what}, which {who} may not"
        )))
    }

    /// Refuses oneself, and somebody of this council who holds something weighty
    /// the actor does not.
    async fn stands_in_council_over(&self, tx: &mut Tx, person: &PersonRow) -> Result<()> {
        self.not_themselves(&person.username)?;
        let council = self.settings_in(tx).await?.council;
        let roles = tx.roles(self.id(), person.id).await?;
        let held = roles.iter().filter_map(|role| who::permissions_of(&council, role)).flatten();
        let held: Vec<_> = held.collect();
        self.holds_what_is_weighty(held, &format!("change what {} has", person.username))
    }

    /// The same for what is of a person in every council: nobody of one council
    /// comes into another through them.
    pub(super) async fn stands_over(&self, tx: &mut Tx, person: &PersonRow) -> Result<()> {
        self.stands_in_council_over(tx, person).await?;
        let elsewhere = tx.councils_of(person.id).await?.iter().any(|it| it.id != self.id());
        if elsewhere && !self.actor().is_system() {
            return Err(AppError::Refused(format!(
                "{} serves another council too: whoever runs this service has to do it",
                person.username
            )));
        }
        Ok(())
    }
}
