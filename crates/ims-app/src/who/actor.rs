use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::Council;
use ims_money::Pence;

use super::{Permission, Role, Scope, roles::together};
use crate::{AppError, Result};

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    /// `None`: a program of the council's own, which may do everything but approve.
    permissions: Option<BTreeSet<Permission>>,
    roles: Vec<String>,
    scope: Scope,
    limits: BTreeMap<String, Pence>,
    origin: String,
}

impl Actor {
    /// The command line without a user, or a job: may do everything but approve.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self::named(format!("system:{name}"), None)
    }

    /// A person with built-in roles; unknown roles allow nothing.
    #[must_use]
    pub fn person(username: &str, roles: &[String]) -> Self {
        let known = roles.iter().filter_map(|role| Role::named(role));
        let permissions = known.flat_map(|role| role.permissions().iter().copied()).collect();
        let roles = roles.to_vec();
        Self { roles, ..Self::named(username.to_owned(), Some(permissions)) }
    }

    /// A person in a council, with the roles it settled, what they work for and
    /// how much they may approve.
    #[must_use]
    pub fn of(
        username: &str,
        roles: &[String],
        scopes: &[(String, String)],
        council: &Council,
    ) -> Self {
        let (permissions, limits) = together(council, roles);
        let mut scope = Scope::granted(scopes, council);
        if permissions.contains(&Permission::AllFunds) {
            scope = scope.with_all_funds();
        }
        if permissions.contains(&Permission::AllTemplates) {
            scope = scope.with_all_templates();
        }
        let person = Self::named(username.to_owned(), Some(permissions));
        Self { roles: roles.to_vec(), scope, limits, ..person }
    }

    /// Somebody with these permissions and no others, of the whole council.
    #[must_use]
    pub fn holding(name: &str, permissions: &[Permission]) -> Self {
        Self::named(name.to_owned(), Some(permissions.iter().copied().collect()))
    }

    fn named(name: String, permissions: Option<BTreeSet<Permission>>) -> Self {
        Self {
            name,
            permissions,
            roles: Vec::new(),
            scope: Scope::everything(),
            limits: BTreeMap::new(),
            origin: String::new(),
        }
    }

    /// The same, asking from there: `cli`, `web 127.0.0.1`, `job`.
    #[must_use]
    pub fn with_origin(self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self }
    }

    /// Where they ask from; empty when nobody said.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name that entries and audit events carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a program of the council's own.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        self.permissions.is_none()
    }

    /// The names of their roles.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// What they work for.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The most they may approve at once of a kind; `None` for any amount.
    #[must_use]
    pub fn limit(&self, kind: &str) -> Option<Pence> {
        self.limits.get(kind).copied()
    }

    /// Whether they may. Who works for a part of the council only may do
    /// nothing that is of the whole.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.is_allowed(permission) && !self.is_kept_out(permission)
    }

    fn is_allowed(&self, permission: Permission) -> bool {
        self.permissions
            .as_ref()
            .map_or(!permission.is_approval(), |held| held.contains(&permission))
    }

    fn is_kept_out(&self, permission: Permission) -> bool {
        permission.is_of_the_whole() && !self.scope.is_whole()
    }

    /// What their roles would allow under another configuration that they do
    /// not allow now.
    pub(crate) fn gains_under(&self, council: &Council) -> Vec<Permission> {
        let Some(held) = &self.permissions else { return Vec::new() };
        together(council, &self.roles).0.difference(held).copied().collect()
    }

    pub(crate) fn needs(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        let deed = permission.in_words();
        Err(if self.is_allowed(permission) {
            self.refused_in_part(deed)
        } else {
            self.refused(deed)
        })
    }

    pub(crate) fn refused(&self, deed: &'static str) -> AppError {
        AppError::NotAllowed { who: self.name.clone(), deed }
    }

    /// Refused because it is of the whole, and they work for a part.
    pub(crate) fn refused_in_part(&self, deed: &'static str) -> AppError {
        let who = format!("{}, who works for a part of the council only,", self.name);
        AppError::NotAllowed { who, deed }
    }
}
