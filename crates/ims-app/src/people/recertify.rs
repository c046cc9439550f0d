//! Who has what, and when they last used it: what a manager goes through once
//! a year.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ims_ledger::Council;
use ims_money::Pence;
use ims_store::{GrantRow, PersonRow, Tx};

use super::{PEOPLE_MAX, sign_in::is_expired};
use crate::{
    Actor, Books, Permission, Result, RoleView, ScopeKind,
    who::{self, approval_kinds},
};

/// What somebody has in a council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they may not sign in: barred, or away for too long.
    pub disabled: bool,
    /// When they last signed in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Their roles, with who gave them and when.
    pub roles: Vec<GrantRow>,
    /// What they may do.
    pub permissions: Vec<Permission>,
    /// What they work for, as kind and code; empty for everything.
    pub scopes: Vec<(String, String)>,
    /// The most they may approve at once, by what is approved.
    pub limits: BTreeMap<String, Pence>,
    /// What somebody should look at.
    pub remarks: Vec<String>,
}

impl Books {
    /// Every person of this council with what they have and when they last
    /// came, and what is odd about it.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn recertification(&self) -> Result<Vec<Standing>> {
        self.actor().needs(Permission::ManagePeople)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let mut standings = Vec::new();
        for person in tx.people(self.id(), PEOPLE_MAX).await? {
            standings.push(self.standing(&mut tx, &council, person).await?);
        }
        Ok(standings)
    }

    async fn standing(
        &self,
        tx: &mut Tx,
        council: &Council,
        person: PersonRow,
    ) -> Result<Standing> {
        let roles = tx.grants(self.id(), person.id).await?;
        let scopes = tx.scopes(self.id(), person.id).await?;
        let life = tx.person_life(person.id).await?;
        let names: Vec<String> = roles.iter().map(|grant| grant.role.clone()).collect();
        let actor = Actor::of(&person.username, &names, &scopes, council);
        let days = council.people.expire_after_days;
        let is_away = life.is_none_or(|life| is_expired(&life, days, self.world().now()));
        let last_sign_in_at = life.and_then(|life| life.last_sign_in_at);
        let mut remarks = remarks(council, &names, &scopes);
        if last_sign_in_at.is_none() {
            remarks.push("never signed in".to_owned());
        }
        if is_away && person.disabled_at.is_none() {
            remarks.push(format!("away for more than {days} days"));
        }
        let limit = |kind: &'static str| actor.limit(kind).map(|most| (kind.to_owned(), most));
        Ok(Standing {
            limits: approval_kinds().filter_map(limit).collect(),
            permissions: Permission::ALL.iter().copied().filter(|it| actor.may(*it)).collect(),
            username: person.username,
            name: person.name,
            disabled: person.disabled_at.is_some() || is_away,
            last_sign_in_at,
            roles,
            scopes,
            remarks,
        })
    }

    /// Every role of this council, its own and the built-in ones.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn roles(&self) -> Result<Vec<RoleView>> {
        Ok(who::described(&self.settings().await?.council))
    }
}

/// What was given and means nothing any more.
fn remarks(council: &Council, roles: &[String], scopes: &[(String, String)]) -> Vec<String> {
    let unknown = roles.iter().filter(|role| who::permissions_of(council, role).is_none());
    let mut remarks: Vec<_> = unknown.map(|role| format!("there is no role {role}")).collect();
    let is_gone = |(kind, code): &&(String, String)| {
        ScopeKind::named(kind).is_none_or(|kind| !kind.is_configured(code, council))
    };
    let gone = scopes.iter().filter(is_gone);
    remarks.extend(gone.map(|(kind, code)| format!("there is no {kind} {code}")));
    remarks
}
