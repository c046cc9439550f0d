//! Rules whose parts contradict each other: told when they are written, not by
//! every payer whose reference is refused.

use super::{BadRule, ReferenceRule, pattern};
use crate::{CheckAlgorithm, CheckDigit, mask::Stands};

/// A mask's characters, each with its place from 0.
struct Mask<'a> {
    text: &'a str,
    places: Vec<(char, Stands)>,
}

impl<'a> Mask<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, places: text.chars().map(|c| (c, Stands::of(c))).collect() }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    /// The places of the check characters.
    fn checks(&self) -> Vec<usize> {
        let at = self.places.iter().enumerate();
        at.filter(|(_, (_, stands))| *stands == Stands::Check).map(|(at, _)| at).collect()
    }

    /// The places where a digit may stand.
    fn digits(&self) -> impl Iterator<Item = usize> {
        let digit = |stands: Stands| ('0'..='9').any(|digit| stands.allows(digit));
        let at = self.places.iter().enumerate();
        at.filter(move |(_, (_, stands))| digit(*stands)).map(|(at, _)| at)
    }

    fn cannot_be_met(&self, why: String) -> BadRule {
        BadRule::Contradiction { mask: self.text.to_owned(), why }
    }
}

impl ReferenceRule {
    /// Whether some reference can satisfy every part at once.
    pub(super) fn consistent(&self, max_length: usize) -> Result<(), BadRule> {
        let mask = Mask::of(self.mask.as_deref().unwrap_or_default());
        if mask.len() > 0 {
            self.lengths_suit(&mask, max_length)?;
            self.characters_suit(&mask)?;
        }
        self.pattern_suits(&mask, max_length)?;
        match &self.check_digit {
            Some(check) => check.figures_suit().and_then(|()| self.check_suits(&mask, check)),
            None if mask.checks().is_empty() => Ok(()),
            None => Err(BadRule::NoCheckDigit(mask.text.to_owned())),
        }
    }

    fn lengths_suit(&self, mask: &Mask<'_>, max_length: usize) -> Result<(), BadRule> {
        if mask.len() < self.min_length {
            let why = format!("references have at least {} characters", self.min_length);
            return Err(mask.cannot_be_met(why));
        }
        if mask.len() > max_length {
            let why = format!("references have at most {max_length} characters");
            return Err(mask.cannot_be_met(why));
        }
        Ok(())
    }

    fn characters_suit(&self, mask: &Mask<'_>) -> Result<(), BadRule> {
        for (c, stands) in &mask.places {
            let literal = matches!(stands, Stands::Itself(_));
            if literal && !c.to_uppercase().eq([*c]) {
                let why =
                    format!("`{c}` is a small letter, but references are compared in capitals");
                return Err(mask.cannot_be_met(why));
            }
            let Some(class) = self.characters else { continue };
            let allowed = match stands {
                Stands::Letter => class.allows('A'),
                Stands::Digit => class.allows('1'),
                // `?` and `*` can be met by some character of any class; what a
                // check character can be is its own question.
                Stands::Either | Stands::Anything | Stands::Check => true,
                Stands::Itself(literal) => class.allows(*literal),
            };
            if !allowed {
                return Err(mask.cannot_be_met(format!("`{c}` is not among {}", class.in_words())));
            }
        }
        Ok(())
    }

    /// Whether some reference has the pattern. What it takes for a check
    /// character is any; what cannot be told is no fault.
    fn pattern_suits(&self, mask: &Mask<'_>, max_length: usize) -> Result<(), BadRule> {
        let Some(regex) = self.regex.as_deref().filter(|regex| !regex.is_empty()) else {
            return Ok(());
        };
        // Without a class, letters beyond ASCII may stand for what is excluded.
        if self.characters.is_none() && regex.contains("[^") {
            return Ok(());
        }
        let longest = if mask.len() > 0 { max_length.min(mask.len()) } else { max_length };
        let allowed = |at: usize| {
            let stands = mask.places.get(at).map(|(_, stands)| *stands);
            pattern::set(|c| {
                self.characters.is_none_or(|class| class.allows(c))
                    && stands.is_none_or(|stands| stands.allows(c.to_ascii_uppercase()))
            })
        };
        let places: Vec<_> = (0..longest).map(allowed).collect();
        let mut lengths = self.min_length.max(1)..=longest;
        let met = |length: usize| {
            places
                .get(..length)
                .is_none_or(|places| pattern::can_be_met(regex, places) != Some(false))
        };
        if lengths.any(met) { Ok(()) } else { Err(BadRule::Unmet(regex.to_owned())) }
    }

    /// Whether the check characters stand where the algorithm has them, and can
    /// be what it gives.
    fn check_suits(&self, mask: &Mask<'_>, check: &CheckDigit) -> Result<(), BadRule> {
        let bad = |what: String| Err(BadRule::CheckDigit(what));
        let (checks, wanted) = (mask.checks(), check.algorithm.characters());
        if checks.is_empty() {
            return bad(
                "no mask says with `@` where it stands, so it would never be checked".to_owned()
            );
        }
        if checks.len() != wanted {
            let (mask, found) = (mask.text, checks.len());
            return bad(format!("the mask `{mask}` has {found} `@`, the algorithm has {wanted}"));
        }
        let first_of_end = mask.len().saturating_sub(wanted);
        if check.algorithm != CheckAlgorithm::WeightedSum && checks.first() != Some(&first_of_end) {
            return bad(format!(
                "this algorithm's stands at the end, but the mask is `{}`",
                mask.text
            ));
        }
        let end = checks.last().map_or(0, |last| last.saturating_add(1));
        if self.min_length < end {
            return bad(format!(
                "it is character {end}, but references may have {}; make min_length {end} or more",
                self.min_length.max(1)
            ));
        }
        check.weights_suit(mask)?;
        let Some(class) = self.characters else { return Ok(()) };
        match check.single_results().into_iter().find(|c| !class.allows(*c)) {
            Some(c) => bad(format!("it can be `{c}`, which is not among {}", class.in_words())),
            None => Ok(()),
        }
    }
}

impl CheckDigit {
    /// Whether the figures are there that the algorithm needs, and no others.
    fn figures_suit(&self) -> Result<(), BadRule> {
        let bad = |what: &str| Err(BadRule::CheckDigit(what.to_owned()));
        if !self.algorithm.has_figures() {
            let is_bare = self.modulus == 0
                && self.weights.is_empty()
                && self.prefix.is_empty()
                && self.results.is_empty()
                && !self.subtract;
            return if is_bare {
                Ok(())
            } else {
                bad(
                    "this algorithm has figures of its own: leave modulus, weights, prefix, results and subtract out",
                )
            };
        }
        if self.modulus < 2 {
            return bad("the modulus must be 2 or more");
        }
        if self.weights.is_empty() {
            return bad("it has no weights");
        }
        for (from, to) in &self.results {
            let known = from.parse::<u32>().ok().filter(|n| n.to_string() == *from);
            if !known.is_some_and(|n| self.can_result(n)) {
                return Err(BadRule::CheckDigit(format!("no result is ever `{from}`")));
            }
            let mut characters = to.chars();
            let one = characters.next().filter(|c| c.to_uppercase().eq([*c]));
            if one.is_none() || characters.next().is_some() {
                return Err(BadRule::CheckDigit(format!(
                    "`{from}` is written `{to}`; write one character, a letter as a capital"
                )));
            }
        }
        Ok(())
    }

    fn subtracts(&self) -> bool {
        self.subtract || self.algorithm == CheckAlgorithm::Dynix
    }

    /// Whether the sum can ever come to `result`, before it is written.
    fn can_result(&self, result: u32) -> bool {
        if self.subtracts() { (1..=self.modulus).contains(&result) } else { result < self.modulus }
    }

    /// Every single character that can come out.
    fn single_results(&self) -> Vec<char> {
        if !self.algorithm.has_figures() {
            return ('0'..='9').collect();
        }
        let digits = (0..10_u32).filter(|n| self.can_result(*n));
        let digits = digits.map(|n| n.to_string()).filter(|n| !self.results.contains_key(n));
        digits
            .chain(self.results.values().cloned())
            .filter_map(|text| text.chars().next())
            .collect()
    }

    /// Whether there is a weight for each digit, and none for the check digit.
    fn weights_suit(&self, mask: &Mask<'_>) -> Result<(), BadRule> {
        let bad = |what: String| Err(BadRule::CheckDigit(what));
        let last = mask.len().saturating_sub(1);
        let weighs = |at: usize| match self.algorithm {
            CheckAlgorithm::WeightedSum => true,
            CheckAlgorithm::Dynix => at < last && at.is_multiple_of(2),
            CheckAlgorithm::Iso7064Mod97
            | CheckAlgorithm::Iso7064Mod11
            | CheckAlgorithm::Luhn
            | CheckAlgorithm::Damm
            | CheckAlgorithm::Verhoeff => false,
        };
        let written_over = self.prefix.chars().count();
        if written_over > mask.len() {
            return bad(format!(
                "its prefix `{}` is longer than the mask `{}`",
                self.prefix, mask.text
            ));
        }
        let unweighed = |at: &usize| weighs(*at) && self.weights.get(*at).is_none();
        if let Some(at) = mask.digits().find(unweighed) {
            let (has, at) = (self.weights.len(), at.saturating_add(1));
            return bad(format!("it has {has} weights, but character {at} may be a digit"));
        }
        let counts_itself = |at: &&usize| self.weights.get(**at).is_some_and(|weight| *weight != 0);
        if self.algorithm == CheckAlgorithm::WeightedSum
            && let Some(at) = mask.checks().iter().find(counts_itself)
        {
            let at = at.saturating_add(1);
            return bad(format!("it is character {at} and counts itself; its weight must be 0"));
        }
        Ok(())
    }
}
