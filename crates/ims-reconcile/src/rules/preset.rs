//! The rules that come with the crate, as text files.

use super::{How, Rules, Then};

/// The presets by name: [`Rules::default`] and [`Rules::careful`], as text to start from.
pub const PRESETS: [(&str, &str); 2] =
    [("default", include_str!("default.toml")), ("careful", include_str!("careful.toml"))];

impl Default for Rules {
    /// The preset `default`: strict rules match, looser ones only propose. The books of a
    /// council start with the [careful](Rules::careful) ones.
    fn default() -> Self {
        Self::preset("default")
    }
}

impl Rules {
    /// As the default, but two slips of the pen, joint payments and payouts net of a fee are
    /// only proposed.
    #[must_use]
    pub fn careful() -> Self {
        Self::preset("careful")
    }

    fn preset(name: &str) -> Self {
        let text = PRESETS.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
        // A test reads every preset; the files are part of the program.
        Self::read(text).unwrap_or(Self { rule: Vec::new() })
    }

    /// The preset of that name, and its text with what it says of itself; `None` if there is none.
    ///
    /// ```
    /// use ims_reconcile::Rules;
    ///
    /// assert_eq!(Rules::of_preset("careful").map(|(rules, _)| rules), Some(Rules::careful()));
    /// assert_eq!(Rules::of_preset("bold"), None);
    /// ```
    #[must_use]
    pub fn of_preset(name: &str) -> Option<(Self, &'static str)> {
        let (_, text) = PRESETS.iter().find(|(known, _)| *known == name)?;
        Some((Self::preset(name), text))
    }

    /// The same rules, but what is short by a fee is only proposed: for whoever posts what is
    /// matched, because a fee is posted from a settlement and never from a difference.
    ///
    /// ```
    /// let rules = ims_reconcile::Rules::default().with_fees_proposed();
    /// assert_eq!(rules.check(), Ok(()));
    /// ```
    #[must_use]
    pub fn with_fees_proposed(mut self) -> Self {
        for rule in &mut self.rule {
            if matches!(rule.how, How::NetOfFee { .. }) {
                rule.then = Then::Propose;
            }
        }
        // Strict rules stay first.
        self.rule.sort_by_key(|rule| rule.then == Then::Propose);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_and_written_back() {
        for (name, text) in PRESETS {
            let rules = Rules::read(text).unwrap_or_else(|fault| panic!("{name}, {fault}"));
            assert_eq!(Rules::read(&rules.text()), Ok(rules), "{name}");
        }
        assert_eq!(Rules::default().with_fees_proposed().check_to_post(), Ok(()));
        assert_eq!(Rules::careful().check_to_post(), Ok(()));
    }

    #[test]
    fn a_fee_that_is_inferred_is_not_posted() {
        let fault = Rules::default().check_to_post().unwrap_err();
        assert_eq!(fault.rule(), Some("net-of-fee"));
        assert!(fault.to_string().contains("may only propose: a fee is posted from"), "{fault}");
    }

    #[test]
    fn the_careful_rules_propose_what_the_default_infers() {
        let names = |rules: Rules, then: Then| -> Vec<String> {
            let these = rules.rule.into_iter().filter(|rule| rule.then == then);
            let mut names: Vec<String> = these.map(|rule| rule.name).collect();
            names.sort();
            names
        };
        let mut careful = names(Rules::careful(), Then::Match);
        careful.extend(["joint", "net-of-fee", "two-typos"].map(str::to_owned));
        careful.sort();
        assert_eq!(careful, names(Rules::default(), Then::Match));
        assert!(
            !names(Rules::default().with_fees_proposed(), Then::Match)
                .contains(&"net-of-fee".to_owned())
        );
    }
}
