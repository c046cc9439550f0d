use serde::{Deserialize, Serialize};

use crate::id::FundCode;

/// What stands in the way of taking money for an account: an account holder
/// with its code is on stop.
///
/// A channel that is not named blocks: whoever writes a stop and forgets the
/// telephone has not let the telephone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// The code, as account holders carry it.
    pub code: String,
    /// The fund whose accounts it is for; none is for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund: Option<FundCode>,
    /// What is shown: what the matter is and what to do.
    pub message: String,
    /// On the web.
    #[serde(default)]
    pub portal: OnStop,
    /// At a counter.
    #[serde(default)]
    pub staff: OnStop,
    /// On the telephone.
    #[serde(default)]
    pub phone: OnStop,
    /// In the post room.
    #[serde(default)]
    pub post: OnStop,
}

/// What a stop does on one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnStop {
    /// Nothing is taken.
    #[default]
    Block,
    /// It is taken, and the message is shown.
    Warn,
    /// It is taken as if there were no stop.
    Allow,
}

/// Through whom money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Through {
    /// The payer alone, on the web.
    Portal,
    /// Staff at a counter.
    Staff,
    /// A telephone: staff or a robot.
    Phone,
    /// The post room.
    Post,
}

impl Through {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Portal, Self::Staff, Self::Phone, Self::Post];

    /// The word it is kept and given by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Staff => "staff",
            Self::Phone => "phone",
            Self::Post => "post",
        }
    }

    /// The channel of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|through| through.as_str() == word)
    }

    /// Whether somebody of the council's is there to decide.
    #[must_use]
    pub const fn has_staff(self) -> bool {
        match self {
            Self::Staff | Self::Phone | Self::Post => true,
            Self::Portal => false,
        }
    }
}

impl Stop {
    /// What it does on a channel.
    #[must_use]
    pub const fn on(&self, through: Through) -> OnStop {
        match through {
            Through::Portal => self.portal,
            Through::Staff => self.staff,
            Through::Phone => self.phone,
            Through::Post => self.post,
        }
    }

    /// Whether it is the stop `code` of accounts of `fund`.
    #[must_use]
    pub fn is_for(&self, code: &str, fund: &str) -> bool {
        self.code == code && self.fund.as_ref().is_none_or(|own| own.as_str() == fund)
    }
}
