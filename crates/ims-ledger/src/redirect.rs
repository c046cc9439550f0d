//! Old references and where they lead to, by a dated table.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use thiserror::Error;

/// From a day on, money for one reference goes to another, or to itself again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The old reference's fund.
    pub fund: String,
    /// The old reference, in upper case.
    pub reference: String,
    /// The first day.
    pub from: NaiveDate,
    /// Where to: fund and reference; none ends an earlier redirect.
    pub to: Option<(String, String)>,
}

/// The redirects that are known, the later said of one day standing over the earlier.
#[derive(Clone, Debug, Default)]
pub struct Redirects(BTreeMap<String, Vec<Redirect>>);

/// Where a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The fund at the end.
    pub fund: String,
    /// The reference at the end.
    pub reference: String,
}

/// A reference that leads back to itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the redirects of {fund} `{reference}` lead round in a circle; a person has to mend them")]
pub struct Looped {
    /// The fund begun with.
    pub fund: String,
    /// The reference begun with.
    pub reference: String,
}

impl Redirects {
    /// Knows one more, said after those before it.
    pub fn add(&mut self, redirect: Redirect) {
        self.0.entry(redirect.reference.clone()).or_default().push(redirect);
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The funds in which `reference` leads elsewhere on `day`.
    #[must_use]
    pub fn funds_with(&self, reference: &str, day: NaiveDate) -> Vec<&str> {
        let own = self.0.get(reference).map(Vec::as_slice).unwrap_or_default();
        let funds: BTreeSet<&str> = own.iter().map(|redirect| redirect.fund.as_str()).collect();
        funds.into_iter().filter(|fund| self.next(fund, reference, day).is_some()).collect()
    }

    fn next(&self, fund: &str, reference: &str, day: NaiveDate) -> Option<(&str, &str)> {
        let begun = self.0.get(reference)?.iter();
        let begun = begun.filter(|redirect| redirect.fund == fund && redirect.from <= day);
        // Of those of one day, the last said.
        let latest = begun.max_by_key(|redirect| redirect.from)?;
        let (fund, reference) = latest.to.as_ref()?;
        Some((fund, reference))
    }

    /// Where `reference` of `fund` leads to on `day`; `None` when it stays.
    ///
    /// # Errors
    ///
    /// [`Looped`] when it comes back to where it was.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use ims_ledger::{Redirect, Redirects};
    ///
    /// let day = |d| NaiveDate::from_ymd_opt(2026, 4, d).unwrap_or_default();
    /// let mut redirects = Redirects::default();
    /// redirects.add(Redirect {
    ///     fund: "CT".to_owned(),
    ///     reference: "OLD1".to_owned(),
    ///     from: day(2),
    ///     to: Some(("CT".to_owned(), "NEW1".to_owned())),
    /// });
    /// assert_eq!(redirects.follow("CT", "OLD1", day(1))?, None);
    /// let followed = redirects.follow("CT", "OLD1", day(2))?.ok_or("it leads nowhere")?;
    /// assert_eq!(followed.reference, "NEW1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follow(
        &self,
        fund: &str,
        reference: &str,
        day: NaiveDate,
    ) -> Result<Option<Followed>, Looped> {
        let (mut at, mut seen) = ((fund, reference), BTreeSet::from([(fund, reference)]));
        while let Some(next) = self.next(at.0, at.1, day) {
            if !seen.insert(next) {
                let (fund, reference) = (fund.to_owned(), reference.to_owned());
                return Err(Looped { fund, reference });
            }
            at = next;
        }
        let followed = Followed { fund: at.0.to_owned(), reference: at.1.to_owned() };
        Ok((at != (fund, reference)).then_some(followed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(of_april: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, of_april).unwrap()
    }

    fn redirects(rows: &[(&str, u32, &str)]) -> Redirects {
        let mut all = Redirects::default();
        for (reference, from, to) in rows {
            all.add(Redirect {
                fund: "CT".to_owned(),
                reference: (*reference).to_owned(),
                from: day(*from),
                to: (!to.is_empty()).then(|| ("CT".to_owned(), (*to).to_owned())),
            });
        }
        all
    }

    fn end(of: &Redirects, reference: &str, on: u32) -> String {
        match of.follow("CT", reference, day(on)) {
            Ok(None) => "stays".to_owned(),
            Ok(Some(followed)) => followed.reference,
            Err(_) => "circle".to_owned(),
        }
    }

    #[test]
    fn chains_are_followed_by_day_and_circles_are_refused() {
        let table = redirects(&[
            ("A", 2, "B"),
            ("B", 5, "C"),
            ("A", 9, ""),
            ("D", 1, "E"),
            ("D", 1, "F"),
            ("X", 1, "Y"),
            ("Y", 3, "X"),
            ("S", 1, "S"),
        ]);
        for (reference, on, goes) in [
            ("A", 1, "stays"),
            ("A", 2, "B"),
            ("A", 5, "C"),
            ("A", 9, "stays"),
            ("B", 4, "stays"),
            ("D", 1, "F"),
            ("X", 2, "Y"),
            ("X", 3, "circle"),
            ("S", 1, "circle"),
            ("Q", 1, "stays"),
        ] {
            assert_eq!(end(&table, reference, on), goes, "{reference} on {on}");
        }
        assert_eq!(table.funds_with("A", day(2)), ["CT"]);
        assert!(table.funds_with("A", day(9)).is_empty());
        assert_eq!(table.follow("HR", "A", day(5)), Ok(None));
    }
}
