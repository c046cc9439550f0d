//! The made-up council's configuration.

use chrono::NaiveDate;
use ims_ledger::Council;
use ims_money::{Pence, Rounding, vat, vat::BasisPoints};

use crate::income::Income;

/// The configuration, which is one readable document of this crate.
pub(crate) fn council() -> Council {
    toml::from_str(include_str!("council.toml"))
        .unwrap_or_else(|fault| unreachable!("a test reads council.toml: {fault}"))
}

/// How each fund's income is taxed on a day.
#[derive(Clone, Debug)]
pub(crate) struct Taxes(Vec<(Income, Tax)>);

/// How one fund's income is taxed.
#[derive(Clone, Debug)]
pub(crate) struct Tax {
    /// The VAT code.
    pub(crate) code: String,
    /// As receipt files write it: `0.2`.
    pub(crate) rate: String,
    points: BasisPoints,
    rounding: Rounding,
}

impl Taxes {
    pub(crate) fn on(date: NaiveDate, council: &Council) -> Self {
        let tax = |income: Income| {
            let fund = council.fund.iter().find(|fund| fund.code.as_str() == income.code())?;
            let code = fund.vat.as_ref()?;
            let vat = council.vat.iter().find(|vat| vat.code == *code)?;
            let points = vat.rate_on(date)?;
            let decimals = format!("0.{:04}", points.get());
            let rate = decimals.trim_end_matches('0').trim_end_matches('.').to_owned();
            let code = code.as_str().to_owned();
            Some((income, Tax { code, rate, points, rounding: vat.rounding }))
        };
        Self(Income::ALL.into_iter().filter_map(tax).collect())
    }

    pub(crate) fn of(&self, income: Income) -> Option<&Tax> {
        self.0.iter().find(|(of, _)| *of == income).map(|(_, tax)| tax)
    }
}

impl Tax {
    /// The VAT held in `gross`.
    pub(crate) fn held_in(&self, gross: Pence) -> Pence {
        if self.points == BasisPoints::ZERO {
            return Pence::ZERO;
        }
        vat::held_in_gross(gross, self.points, self.rounding).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_council_can_be_used_and_taxes_every_fund() {
        let council = council();
        assert_eq!(council.faults(), []);
        let day = NaiveDate::from_ymd_opt(2026, 3, 17).unwrap();
        let taxes = Taxes::on(day, &council);
        let written: Vec<String> = Income::ALL
            .iter()
            .map(|income| {
                let tax = taxes.of(*income).unwrap();
                let held = tax.held_in(Pence::new(1_200));
                format!("{} {} {} {held}", income.code(), tax.code, tax.rate)
            })
            .collect();
        assert_eq!(
            written,
            [
                "CT O 0 0.00",
                "NR O 0 0.00",
                "HR O 0 0.00",
                "SD O 0 0.00",
                "PK O 0 0.00",
                "PL O 0 0.00",
                "LE S 0.2 2.00",
                "AC E 0 0.00",
            ]
        );
    }
}
