//! Who may do what, as a council settles it: roles, fund groups, people.

use std::collections::BTreeMap;

use ims_money::Pence;
use serde::{Deserialize, Serialize};

use crate::id::{FundCode, FundGroupCode, RoleName};

/// A role of the council's own, or what it changes of a built-in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSettings {
    /// The name it is given by.
    pub name: RoleName,
    /// What lists call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it allows, by name. Left out, a built-in role keeps what it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// The most it may approve at once, in pence, by what is approved; what is
    /// not named has no limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approve_up_to_pence: BTreeMap<String, Pence>,
}

/// Funds that people are given together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundGroup {
    /// The code.
    pub code: FundGroupCode,
    /// Its name.
    pub name: String,
    /// The funds in it.
    pub funds: Vec<FundCode>,
}

/// How long people may stay away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleSettings {
    /// Somebody who has not signed in for more than so many days is barred,
    /// counted from when they last did, were added or were let in again.
    pub expire_after_days: u32,
}

impl PeopleSettings {
    /// The longest that can be settled, in days.
    pub const DAYS_MAX: u32 = 3_650;

    /// Whether nothing is settled but the usual.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for PeopleSettings {
    fn default() -> Self {
        Self { expire_after_days: 90 }
    }
}
