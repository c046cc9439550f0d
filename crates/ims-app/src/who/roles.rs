//! Roles as a council has them: the built-in ones, its own, what they allow
//! and how much they may approve.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{Council, RoleSettings};
use ims_money::Pence;

use super::{Permission, Role};

/// The roles of LocalGov IMS in our permissions, each by its stored name, as
/// part of a configuration document.
pub const LOCALGOV_IMS: &str = include_str!("../roles/localgov-ims.toml");

/// What moves money and can wait for a second person, and what that person needs.
const APPROVALS: [(&str, Permission); 8] = [
    ("refund", Permission::ApproveRefund),
    ("suspense-return", Permission::ApproveRefund),
    ("transfer", Permission::ApproveTransfer),
    ("write-off", Permission::ApproveWriteOff),
    ("accepted-difference", Permission::ApproveWriteOff),
    ("slip-difference", Permission::ApproveWriteOff),
    ("till-difference", Permission::ApproveWriteOff),
    ("e-return", Permission::ApproveEReturn),
];

/// The kinds of approval that a limit can be settled for.
pub fn approval_kinds() -> impl Iterator<Item = &'static str> {
    APPROVALS.iter().map(|(kind, _)| *kind)
}

/// A role as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleView {
    /// The name it is given by.
    pub name: String,
    /// What lists call it.
    pub title: String,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
    /// The most it may approve at once, by what is approved; what is not
    /// named has no limit.
    pub limits: BTreeMap<String, Pence>,
    /// Whether the council settled it, wholly or in part.
    pub is_configured: bool,
}

/// Every role of a council: its own first, then the built-in ones it left as they are.
pub(crate) fn described(council: &Council) -> Vec<RoleView> {
    let own = council.role.iter().map(configured);
    let is_left = |role: &Role| !council.role.iter().any(|own| own.name.as_str() == role.name());
    own.chain(Role::ALL.into_iter().filter(is_left).map(built_in)).collect()
}

/// The names of every role of a council.
pub(crate) fn known_names(council: &Council) -> Vec<String> {
    described(council).into_iter().map(|role| role.name).collect()
}

fn built_in(role: Role) -> RoleView {
    RoleView {
        name: role.name().to_owned(),
        title: role.name().replace('-', " "),
        permissions: role.permissions().iter().copied().collect(),
        limits: BTreeMap::new(),
        is_configured: false,
    }
}

fn configured(role: &RoleSettings) -> RoleView {
    let name = role.name.to_string();
    let kept = Role::named(&name).map(Role::permissions).unwrap_or_default();
    let permissions = match &role.permissions {
        Some(names) => names.iter().filter_map(|name| Permission::named(name)).collect(),
        None => kept.iter().copied().collect(),
    };
    let title = if role.title.is_empty() { name.clone() } else { role.title.clone() };
    RoleView {
        name,
        title,
        permissions,
        limits: role.approve_up_to_pence.clone(),
        is_configured: true,
    }
}

fn named(council: &Council, name: &str) -> Option<RoleView> {
    match council.role.iter().find(|role| role.name.as_str() == name) {
        Some(role) => Some(configured(role)),
        None => Role::named(name).map(built_in),
    }
}

/// What a role of a council allows; nothing if there is no such role.
pub(crate) fn permissions_of(council: &Council, name: &str) -> Option<BTreeSet<Permission>> {
    named(council, name).map(|role| role.permissions)
}

/// What roles together allow and may approve. A role nobody knows allows
/// nothing.
pub(super) fn together(
    council: &Council,
    names: &[String],
) -> (BTreeSet<Permission>, BTreeMap<String, Pence>) {
    let roles: Vec<RoleView> = names.iter().filter_map(|name| named(council, name)).collect();
    let permissions = roles.iter().flat_map(|role| role.permissions.iter().copied()).collect();
    let mut limits = BTreeMap::new();
    for (kind, permission) in APPROVALS {
        // Only a role that may approve it says how much; one without a limit says any.
        let says = roles.iter().filter(|role| role.permissions.contains(&permission));
        let most: Option<Vec<Pence>> = says.map(|role| role.limits.get(kind).copied()).collect();
        if let Some(most) = most.and_then(|most| most.into_iter().max()) {
            limits.insert(kind.to_owned(), most);
        }
    }
    (permissions, limits)
}

/// What is wrong with the roles of a configuration, each with its place.
pub(crate) fn faults(council: &Council) -> Vec<String> {
    let mut faults = Vec::new();
    for role in &council.role {
        let place = format!("role {}", role.name);
        if role.permissions.is_none() && Role::named(role.name.as_str()).is_none() {
            faults.push(format!("{place}: has no permissions; a role of your own names them"));
        }
        for name in role.permissions.iter().flatten() {
            if Permission::named(name).is_none() {
                faults.push(format!("{place}: there is no permission `{name}`{}", meant(name)));
            }
        }
        for kind in role.approve_up_to_pence.keys() {
            if !approval_kinds().any(|known| known == kind) {
                let known: Vec<_> = approval_kinds().collect();
                let known = known.join(", ");
                faults.push(format!("{place}: `{kind}` is not approved; limits are for {known}"));
            }
        }
    }
    faults
}

/// The permissions somebody may have meant.
fn meant(name: &str) -> String {
    let word = name.split('-').next_back().unwrap_or_default();
    let near = Permission::ALL.iter().map(|it| it.name()).filter(|it| it.contains(word));
    let near: Vec<_> = near.collect();
    if word.is_empty() || near.is_empty() {
        return "; `ims role list` shows those there are".to_owned();
    }
    format!("; there is {}", near.join(", "))
}

#[cfg(test)]
mod tests;
