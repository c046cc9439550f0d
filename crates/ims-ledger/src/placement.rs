//! Which account a text names: references found by the funds' own rules.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    AccountRef, BadReference, BadRule, Council, Fund, ReferenceReader, Stands, id::FundCode,
};

/// One account a text may name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The fund.
    pub fund: FundCode,
    /// The reference inside it.
    pub reference: AccountRef,
    /// Whether it counts only if an account holder has it.
    pub must_exist: bool,
}

/// The funds of a council, ready to read references.
#[derive(Debug)]
pub struct Funds<'a> {
    funds: Vec<(&'a Fund, Arc<ReferenceReader>)>,
}

/// The rules of a council's enabled funds, ready to read. To make them ready takes longer than
/// to read with them: whoever keeps a configuration keeps these beside it, for
/// [`Funds::with`].
#[derive(Clone, Debug, Default)]
pub struct Readers(Vec<Arc<ReferenceReader>>);

impl Readers {
    /// The rules of the enabled funds of `council`, in its order.
    ///
    /// # Errors
    ///
    /// As [`Funds::of`].
    pub fn of(council: &Council) -> Result<Self, BadRule> {
        let Funds { funds } = Funds::of(council)?;
        Ok(Self(funds.into_iter().map(|(_, reader)| reader).collect()))
    }
}

impl<'a> Funds<'a> {
    /// The enabled funds of `council`, in its order.
    ///
    /// # Errors
    ///
    /// [`BadRule`] of the first fund whose rule cannot be used; a configuration
    /// without faults has none.
    pub fn of(council: &'a Council) -> Result<Self, BadRule> {
        Self::with(council, &Readers::default())
    }

    /// The same, with rules that were made ready before; those that are not of `council`, or not
    /// as it has them now, are made ready anew.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    ///
    /// ```
    /// let council: ims_ledger::Council = toml::from_str(r#"
    ///     code = "ANY"
    ///     name = "Anyborough"
    ///     [[fund]]
    ///     code = "RENT"
    ///     name = "Rent"
    ///     vat = "O"
    ///     reference = { min_length = 8, max_length = 8, regex = "^8" }
    /// "#)?;
    /// let readers = ims_ledger::Readers::of(&council)?;
    /// let funds = ims_ledger::Funds::with(&council, &readers)?;
    /// assert!(funds.read("RENT", "80000001").is_some_and(|read| read.is_ok()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with(council: &'a Council, readers: &Readers) -> Result<Self, BadRule> {
        let mut ready = readers.0.iter();
        let enabled = council.fund.iter().filter(|fund| !fund.disabled);
        let funds = enabled.map(|fund| match ready.next() {
            Some(reader) if reader.is_of(&fund.reference) => Ok((fund, Arc::clone(reader))),
            _ => Ok((fund, Arc::new(fund.reference.reader()?))),
        });
        Ok(Self { funds: funds.collect::<Result<_, _>>()? })
    }

    /// The enabled fund with `code`.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&'a Fund> {
        self.find(code).map(|(fund, _)| *fund)
    }

    fn find(&self, code: &str) -> Option<&(&'a Fund, Arc<ReferenceReader>)> {
        self.funds.iter().find(|(fund, _)| fund.code.as_str() == code)
    }

    /// `reference` read under the rule of the fund with `code`; `None` when
    /// there is no such fund or it is disabled.
    ///
    /// # Errors
    ///
    /// [`BadReference`] with the reason the fund refuses it.
    #[must_use]
    pub fn read(&self, code: &str, reference: &str) -> Option<Result<Place, BadReference>> {
        let (fund, reader) = self.find(code)?;
        Some(reader.parse(reference).map(|reference| place(fund, reference)))
    }

    /// The shortest and the longest reference of the fund with `code`.
    pub(crate) fn lengths(&self, code: &str) -> Option<(usize, usize)> {
        self.find(code).map(|(_, reader)| reader.length_range())
    }

    /// What the references of some fund all begin with: the letters that stand first in its
    /// mask. Sorted, each once.
    pub(crate) fn prefixes(&self) -> Vec<String> {
        let prefix = |(fund, _): &(&Fund, Arc<ReferenceReader>)| {
            let mask = fund.reference.mask.as_deref()?;
            let literal = |c: &char| matches!(Stands::of(*c), Stands::Itself(_));
            let prefix: String = mask.chars().take_while(literal).collect();
            (!prefix.is_empty()).then(|| prefix.to_uppercase())
        };
        let prefixes: BTreeSet<String> = self.funds.iter().filter_map(prefix).collect();
        prefixes.into_iter().collect()
    }

    /// Every account `reference` names on its own, in the council's order.
    #[must_use]
    pub fn naming(&self, reference: &str) -> Vec<Place> {
        let read = |(fund, reader): &(&Fund, Arc<ReferenceReader>)| {
            fund.find_in_text
                .then(|| reader.parse(reference).ok())
                .flatten()
                .map(|found| place(fund, found))
        };
        self.funds.iter().filter_map(read).collect()
    }

    /// The first word of `text` that has the shape of a fund's reference and
    /// fails only its check digit, with that fund's code: what a payer who
    /// mistyped one probably meant.
    #[must_use]
    pub fn nearly_in(&self, text: &str) -> Option<(String, FundCode)> {
        let mut tried = words(text).chain(runs(text));
        tried.find_map(|word| {
            let fails = |(fund, reader): &&(&Fund, Arc<ReferenceReader>)| {
                fund.find_in_text && matches!(reader.parse(&word), Err(BadReference::CheckDigit(_)))
            };
            self.funds.iter().find(fails).map(|(fund, _)| (word.clone(), fund.code.clone()))
        })
    }

    /// Every account named anywhere in `text`: each word, and each run of words
    /// written with spaces or dashes between their digits, is tried under each
    /// fund whose rule is strict enough (`find_in_text`). Sorted, each once.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Vec<Place> {
        let mut found = BTreeSet::new();
        for word in words(text) {
            found.extend(self.naming(&word));
        }
        if found.is_empty() {
            for run in runs(text) {
                found.extend(self.naming(&run));
            }
        }
        found.into_iter().collect()
    }

    /// As [`found_in`](Self::found_in), for whoever books by it: under a rule that a date or an
    /// account number may fit by chance, only what an account holder has counts.
    #[must_use]
    pub fn booked_by(&self, text: &str) -> Vec<Place> {
        let mut found = self.found_in(text);
        for place in &mut found {
            let fund = self.find(place.fund.as_str());
            place.must_exist |= fund.is_none_or(|(fund, _)| fund.reference.may_be_chance());
        }
        found
    }
}

fn place(fund: &Fund, reference: AccountRef) -> Place {
    Place { fund: fund.code.clone(), reference, must_exist: fund.must_exist }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_uppercase)
}

/// Two and three words beside each other, run together: `1234 5678`.
fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> = words(text).take(40).collect();
    let with_digit = |run: &&[String]| run.iter().all(|w| w.bytes().any(|b| b.is_ascii_digit()));
    let pairs = words.windows(2).filter(with_digit);
    let threes = words.windows(3).filter(with_digit);
    pairs.chain(threes).map(<[String]>::concat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNCIL: &str = r#"
code = "T"
name = "Testborough"
[[fund]]
code = "CT"
name = "Council tax"
must_exist = true
find_in_text = true
[fund.reference]
min_length = 9
max_length = 9
mask = '########@'
check_digit = { algorithm = "weighted-sum", modulus = 10, weights = [3,7,1,3,7,1,3,7,0], subtract = true, results = { 10 = "0" } }
[[fund]]
code = "PK"
name = "Parking"
find_in_text = true
reference = { min_length = 8, max_length = 8, mask = "PK######" }
[[fund]]
code = "MI"
name = "Miscellaneous"
[[fund]]
code = "OLD"
name = "Closed"
disabled = true
"#;

    fn found(text: &str) -> Vec<String> {
        let council: Council = toml::from_str(COUNCIL).unwrap();
        let places = Funds::of(&council).unwrap().found_in(text);
        places.iter().map(|place| format!("{} {}", place.fund, place.reference)).collect()
    }

    #[test]
    fn references_are_found_in_what_payers_write() {
        for (text, places) in [
            ("774952620", vec!["CT 774952620"]),
            ("CTAX 774952620 SMITH J", vec!["CT 774952620"]),
            ("ref:774952620.", vec!["CT 774952620"]),
            ("774 952 620", vec!["CT 774952620"]),
            ("7749-52620 JONES", vec!["CT 774952620"]),
            ("774952621", vec![]),
            ("pk123456", vec!["PK PK123456"]),
            ("774952620 AND PK123456", vec!["CT 774952620", "PK PK123456"]),
            ("774952620/774952620", vec!["CT 774952620"]),
            ("SMITH J", vec![]),
        ] {
            assert_eq!(found(text), places, "{text}");
        }
    }

    /// Eight digits are a date as well as an account: nothing is booked by them unless somebody
    /// has that account.
    #[test]
    fn by_what_chance_may_find_nothing_is_booked_that_nobody_has() {
        let council = COUNCIL.replace("must_exist = true\n", "").replace(
            "code = \"MI\"",
            "code = \"RE\"\nfind_in_text = true\nreference = { mask = \"########\" }",
        );
        let council: Council = toml::from_str(&council).unwrap();
        let funds = Funds::of(&council).unwrap();
        let found = |text| -> Vec<(String, bool)> {
            let places = funds.booked_by(text);
            places.iter().map(|place| (place.fund.to_string(), place.must_exist)).collect()
        };
        assert_eq!(found("PAID 20042026"), [("RE".to_owned(), true)]);
        assert_eq!(found("PK123456"), [("PK".to_owned(), false)]);
        assert_eq!(found("774952620"), [("CT".to_owned(), false)]);
        assert!(!funds.found_in("PAID 20042026")[0].must_exist);
    }

    #[test]
    fn a_fund_that_is_disabled_reads_nothing() {
        let council: Council = toml::from_str(COUNCIL).unwrap();
        let funds = Funds::of(&council).unwrap();
        assert!(funds.read("OLD", "1").is_none());
        assert!(funds.get("OLD").is_none());
        assert!(funds.read("MI", "anything").unwrap().is_ok());
    }
}
