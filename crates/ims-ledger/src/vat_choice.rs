//! Which VAT a line holds: the same rule wherever money is posted.

use chrono::NaiveDate;
use ims_money::{
    Pence,
    vat::{self, BasisPoints},
};
use thiserror::Error;

use crate::{Council, Fund, Vat};

/// The VAT code a line goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenVat<'a> {
    /// The code; none is outside the scope of VAT.
    pub vat: Option<&'a Vat>,
    /// Whether another was given, which the fund does not allow.
    pub is_fixed: bool,
}

/// The VAT held in an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldIn<'a> {
    /// The code.
    pub vat: &'a Vat,
    /// The rate in force, in hundredths of a per cent.
    pub basis_points: BasisPoints,
    /// The VAT, with the sign of the amount.
    pub held: Pence,
}

/// Why the VAT of a line cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadVat {
    /// No such code.
    #[error("VAT code `{code}` is not configured; there are: {known}")]
    Unknown {
        /// The code given.
        code: String,
        /// Those there are.
        known: String,
    },
    /// The code had no rate yet.
    #[error("VAT code {code} has no rate on {day}; its first begins later")]
    NoRate {
        /// The code.
        code: String,
        /// The day.
        day: NaiveDate,
    },
    /// The amount is beyond what can be worked out.
    #[error("the VAT held in {0} cannot be worked out: it is too large")]
    TooLarge(Pence),
}

impl Council {
    /// The VAT code of a line of `fund`: the fund's own, or the one given where
    /// the fund allows another. One that is given and not allowed is not used,
    /// and said so.
    ///
    /// # Errors
    ///
    /// [`BadVat::Unknown`] for a code that is not configured, allowed or not.
    pub fn vat_of(&self, fund: &Fund, given: Option<&str>) -> Result<ChosenVat<'_>, BadVat> {
        let own = fund.vat.as_ref().map(|code| self.vat_code(code.as_str())).transpose()?;
        let Some(code) = given.map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(ChosenVat { vat: own, is_fixed: false });
        };
        let other = self.vat_code(code)?;
        if fund.vat_override {
            return Ok(ChosenVat { vat: Some(other), is_fixed: false });
        }
        Ok(ChosenVat { vat: own, is_fixed: own != Some(other) })
    }

    fn vat_code(&self, code: &str) -> Result<&Vat, BadVat> {
        self.vat.iter().find(|vat| vat.code.as_str() == code).ok_or_else(|| {
            let known: Vec<_> = self.vat.iter().map(|vat| vat.code.as_str()).collect();
            BadVat::Unknown { code: code.to_owned(), known: known.join(", ") }
        })
    }
}

impl Vat {
    /// The VAT of this code held in a gross `amount` on `day`, rounded by the
    /// code's named rule.
    ///
    /// # Errors
    ///
    /// [`BadVat::NoRate`] before its first rate, [`BadVat::TooLarge`] for an
    /// amount beyond all reason.
    pub fn held_in(&self, amount: Pence, day: NaiveDate) -> Result<HeldIn<'_>, BadVat> {
        let no_rate = || BadVat::NoRate { code: self.code.to_string(), day };
        let basis_points = self.rate_on(day).ok_or_else(no_rate)?;
        let held = vat::held_in_gross(amount, basis_points, self.rounding);
        let held = held.ok_or(BadVat::TooLarge(amount))?;
        Ok(HeldIn { vat: self, basis_points, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNCIL: &str = r#"
code = "T"
name = "T"
[[vat]]
code = "S"
name = "Standard"
rate = [{ from = "2010-01-01", basis_points = 1750 }, { from = "2011-01-04", basis_points = 2000 }]
[[vat]]
code = "U"
name = "Up"
rounding = "half-up"
rate = [{ from = "2010-01-01", basis_points = 2000 }]
[[vat]]
code = "Z"
name = "Zero"
rate = [{ from = "1973-04-01", basis_points = 0 }]
[[fund]]
code = "FIX"
name = "Fixed"
vat = "S"
[[fund]]
code = "FREE"
name = "Free"
vat = "S"
vat_override = true
[[fund]]
code = "NONE"
name = "Outside"
"#;

    fn council() -> Council {
        toml::from_str(COUNCIL).unwrap()
    }

    /// R-VAT-2: the fund's code, another only where the fund allows it, and an
    /// unknown one is a fault, never a guess.
    #[test]
    fn a_line_goes_by_the_funds_code_unless_the_fund_allows_another() {
        let council = council();
        for (fund, given, expected) in [
            ("FIX", None, "S"),
            ("FIX", Some(""), "S"),
            ("FIX", Some("S"), "S"),
            ("FIX", Some("Z"), "S, fixed"),
            ("FREE", None, "S"),
            ("FREE", Some(" "), "S"),
            ("FREE", Some("Z"), "Z"),
            ("NONE", None, "-"),
            ("NONE", Some("S"), "-, fixed"),
            ("FIX", Some("Q"), "VAT code `Q` is not configured; there are: S, U, Z"),
            ("FREE", Some("Q"), "VAT code `Q` is not configured; there are: S, U, Z"),
            ("NONE", Some("Q"), "VAT code `Q` is not configured; there are: S, U, Z"),
        ] {
            let fund = council.fund.iter().find(|known| known.code.as_str() == fund).unwrap();
            let said = match council.vat_of(fund, given) {
                Ok(chosen) => {
                    let code = chosen.vat.map_or("-", |vat| vat.code.as_str());
                    format!("{code}{}", if chosen.is_fixed { ", fixed" } else { "" })
                }
                Err(bad) => bad.to_string(),
            };
            assert_eq!(said, expected, "{} {given:?}", fund.code);
        }
    }

    /// R-VAT-1 and W15: half pennies go by the named rule, the sign follows the
    /// amount, the rate is that of the day.
    #[test]
    fn half_pennies_go_by_the_named_rule_and_the_rate_by_the_day() {
        let council = council();
        let now = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let then = NaiveDate::from_ymd_opt(2010, 12, 31).unwrap();
        for (code, pence, day, held) in [
            ("S", 1_000, now, 167),
            ("S", -1_000, now, -167),
            ("S", 3, now, 0),  // half a penny, to even
            ("S", 9, now, 2),  // one and a half, to even
            ("S", 15, now, 2), // two and a half, to even
            ("S", 21, now, 4), // three and a half, to even
            ("S", -3, now, 0),
            ("S", -15, now, -2),
            ("U", 3, now, 1),
            ("U", 15, now, 3),
            ("S", 1_175, then, 175),
            ("Z", 1_000, now, 0),
        ] {
            let vat = council.vat.iter().find(|vat| vat.code.as_str() == code).unwrap();
            let found = vat.held_in(Pence::new(pence), day).unwrap().held.get();
            assert_eq!(found, held, "{code} {pence} {day}");
        }
        let before = NaiveDate::from_ymd_opt(2009, 12, 31).unwrap();
        let standard = council.vat.iter().find(|vat| vat.code.as_str() == "S").unwrap();
        assert_eq!(
            standard.held_in(Pence::new(100), before).unwrap_err().to_string(),
            "VAT code S has no rate on 2009-12-31; its first begins later"
        );
    }
}
