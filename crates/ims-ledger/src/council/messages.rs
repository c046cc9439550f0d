//! Messages to everybody: dated banners by severity.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};
use crate::day::london_time;

/// The longest message, in characters.
const TEXT_LENGTH_MAX: usize = 160;

/// A banner, shown from one time to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What it says, 1 to 160 characters.
    pub text: String,
    /// How grave it is.
    pub severity: Severity,
    /// From when, London time: `2026-04-20T08:00:00`.
    pub from: NaiveDateTime,
    /// Until when, London time; not any more at that time.
    pub until: NaiveDateTime,
    /// Who sees it.
    #[serde(default)]
    pub shown: Shown,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something to mind.
    Warning,
    /// Something to know.
    Info,
}

/// Who sees a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// Staff and the public.
    #[default]
    Everywhere,
    /// Staff.
    Office,
    /// The public.
    Portal,
}

impl Severity {
    /// The word it is written by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Council {
    /// The messages shown at `now`, the gravest first, else in their order.
    #[must_use]
    pub fn messages_at(&self, now: DateTime<Utc>) -> Vec<&Message> {
        let now = london_time(now);
        let shown = |message: &&Message| message.from <= now && now < message.until;
        let mut messages: Vec<&Message> = self.message.iter().filter(shown).collect();
        messages.sort_by_key(|message| message.severity);
        messages
    }
}

/// Everything wrong with the messages of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    for (message, number) in council.message.iter().zip(1_usize..) {
        let mut add = |what: String| {
            found.push(ConfigurationFault { place: format!("message {number}"), what });
        };
        let length = message.text.chars().count();
        if message.text.trim().is_empty() {
            add("says nothing".to_owned());
        } else if length > TEXT_LENGTH_MAX {
            add(format!("has {length} characters; {TEXT_LENGTH_MAX} is the most"));
        }
        if message.from >= message.until {
            add(format!("ends at {} before it begins at {}", message.until, message.from));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn council(messages: &str) -> Council {
        let head = "code = \"T\"\nname = \"Testborough\"\n";
        toml::from_str(&format!("{head}{messages}")).unwrap()
    }

    fn message(text: &str, severity: &str, from: &str, until: &str) -> String {
        format!(
            "[[message]]\ntext = \"{text}\"\nseverity = \"{severity}\"\nfrom = \"{from}\"\nuntil = \"{until}\"\n"
        )
    }

    #[test]
    fn they_are_shown_between_their_times_the_gravest_first() {
        let council = council(
            &[
                message("a", "info", "2026-04-20T08:00:00", "2026-04-20T18:00:00"),
                message("b", "error", "2026-04-20T12:00:00", "2026-04-21T00:00:00"),
                message("c", "warning", "2026-04-20T12:00:00", "2026-04-20T12:00:01"),
            ]
            .concat(),
        );
        assert_eq!(council.faults(), []);
        // London is an hour ahead of UTC in April.
        for (now, texts) in [
            ("2026-04-20T06:59:59Z", ""),
            ("2026-04-20T07:00:00Z", "a"),
            ("2026-04-20T11:00:00Z", "bca"),
            ("2026-04-20T11:00:01Z", "ba"),
            ("2026-04-20T17:00:00Z", "b"),
            ("2026-04-20T23:00:00Z", ""),
        ] {
            let shown = council.messages_at(now.parse().unwrap());
            let said: String = shown.iter().map(|message| message.text.as_str()).collect();
            assert_eq!(said, texts, "{now}");
        }
    }

    #[test]
    fn a_message_that_cannot_be_shown_is_a_fault() {
        let (from, until) = ("2026-04-20T08:00:00", "2026-04-20T18:00:00");
        for (toml, fault) in [
            (message(" ", "info", from, until), "message 1: says nothing"),
            (
                message(&"x".repeat(161), "info", from, until),
                "message 1: has 161 characters; 160 is the most",
            ),
            (
                message("a", "info", until, from),
                "message 1: ends at 2026-04-20 08:00:00 before it begins at 2026-04-20 18:00:00",
            ),
        ] {
            let faults = council(&toml).faults();
            assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [fault]);
        }
        assert_eq!(council(&message(&"é".repeat(160), "info", from, until)).faults(), []);
    }
}
