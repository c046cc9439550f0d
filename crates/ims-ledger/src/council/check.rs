use std::collections::BTreeSet;

use ims_money::Pence;
use thiserror::Error;

use super::{Council, Method, MethodKind, PeopleSettings};
use crate::{Account, When};

/// One thing wrong with a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {what}")]
pub struct ConfigurationFault {
    /// Which part: `fund CT`, `bank rule Sweep`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Council {
    /// Everything wrong with the configuration; none when it can be used.
    #[must_use]
    pub fn faults(&self) -> Vec<ConfigurationFault> {
        let mut faults = Faults(Vec::new());
        if self.name.trim().is_empty() {
            faults.add("council", "has no name");
        }
        faults.twice("vat", self.vat.iter().map(|vat| vat.code.as_str()));
        faults.twice("fund", self.fund.iter().map(|fund| fund.code.as_str()));
        faults.twice("method", self.method.iter().map(|method| method.code.as_str()));
        faults.twice("channel", self.channel.iter().map(|channel| channel.code.as_str()));
        faults.twice("office", self.office.iter().map(|office| office.code.as_str()));
        faults.twice("bank_account", self.bank_account.iter().map(|bank| bank.code.as_str()));
        let templates = self.ereturn_template.iter();
        faults.twice("ereturn_template", templates.map(|template| template.code.as_str()));
        faults.twice("till", self.till.iter().map(|till| till.code.as_str()));
        faults.twice("import_rule", self.import_rule.iter().map(|rule| rule.name.as_str()));
        faults.twice("lookup", self.lookup.iter().map(|table| table.name.as_str()));
        faults.twice("layout", self.layout.iter().map(|layout| layout.name.as_str()));
        faults.twice("sheet", self.sheet.iter().map(|sheet| sheet.name.as_str()));
        faults.twice("expected_file", self.expected_file.iter().map(|file| file.name.as_str()));
        faults.twice("export", self.export.iter().map(|export| export.name.as_str()));
        self.check_funds(&mut faults);
        self.check_channels(&mut faults);
        self.check_methods(&mut faults);
        self.check_limits(&mut faults);
        self.check_stops(&mut faults);
        self.check_banks(&mut faults);
        self.check_rules(&mut faults);
        self.check_people(&mut faults);
        faults.0.extend(super::ereturns::faults(self));
        faults.0.extend(super::tills::faults(self));
        faults.0.extend(super::messages::faults(self));
        faults.0.extend(super::particulars::faults(self));
        faults.0.extend(super::custom_fields::faults(self));
        faults.0.extend(super::layouts::faults(self));
        faults.0.extend(super::sheets::faults(self));
        faults.0.extend(super::portal::faults(self));
        faults.0.extend(super::api::faults(self));
        faults.0.extend(super::providers::faults(self));
        faults.0.extend(super::expected_files::faults(self));
        faults.0.extend(super::reconcile::faults(self));
        faults.0.extend(super::calendar::faults(self));
        self.check_approval(&mut faults);
        self.check_bacs(&mut faults);
        self.check_mail(&mut faults);
        self.check_addresses(&mut faults);
        faults.0
    }

    fn check_funds(&self, faults: &mut Faults) {
        for vat in &self.vat {
            if vat.rate.is_empty() {
                faults.add(&format!("vat {}", vat.code), "has no rate; give one from a day on");
            }
        }
        for fund in &self.fund {
            let place = format!("fund {}", fund.code);
            if let Err(bad) = fund.reference.reader() {
                faults.add(&place, &bad.to_string());
            }
            if let Some(code) = &fund.vat
                && !self.vat.iter().any(|vat| vat.code == *code)
            {
                faults.add(&place, &format!("its VAT code {code} is not configured"));
            }
            if fund.max_pence.is_some_and(|max| !max.is_positive()) {
                faults.add(&place, "max_pence must be more than nothing");
            }
        }
    }

    fn check_channels(&self, faults: &mut Faults) {
        for channel in &self.channel {
            if let Some(bank) = &channel.bank
                && !self.bank_account.iter().any(|account| account.code == *bank)
            {
                let what = format!("its bank account {bank} is not configured");
                faults.add(&format!("channel {}", channel.code), &what);
            }
        }
    }

    fn check_methods(&self, faults: &mut Faults) {
        for method in &self.method {
            if !self.channel.iter().any(|channel| channel.code == method.channel) {
                let what = format!("its channel {} is not configured", method.channel);
                faults.add(&format!("method {}", method.code), &what);
            }
            if method.kind != MethodKind::BankCredit {
                continue;
            }
            // Of one the bank shows each payment by its payer's reference, of the other never.
            let shares = |other: &&Method| {
                other.channel == method.channel && other.kind.reaches_the_bank_in_sums()
            };
            if let Some(other) = self.method.iter().find(shares) {
                let what = format!(
                    "it is a bank credit, and method {} of the same channel {} reaches the bank in \
                     sums; give each a channel of its own",
                    other.code, method.channel
                );
                faults.add(&format!("method {}", method.code), &what);
            }
        }
    }

    fn check_limits(&self, faults: &mut Faults) {
        for method in &self.method {
            let place = format!("method {}", method.code);
            let least = method.min_pence.unwrap_or(Pence::new(1));
            if method.max_pence.is_some_and(|max| max < least) {
                faults.add(&place, "max_pence is less than min_pence, so it takes nothing");
            }
        }
        for method in &self.method {
            let place = format!("method {}", method.code);
            match (&method.fee_fund, &method.fee_reference) {
                (None, None) => (),
                (Some(fund), Some(_)) if method.kind == MethodKind::Fee => {
                    if !self.fund.iter().any(|known| known.code == *fund) {
                        faults.add(&place, &format!("its fee_fund {fund} is not configured"));
                    }
                }
                _ => faults.add(&place, "fee_fund and fee_reference go together, on kind fee"),
            }
        }
        for fund in self.fund.iter().filter(|fund| fund.vat_override && fund.vat.is_none()) {
            let what = "has vat_override but no vat of its own to fall back on";
            faults.add(&format!("fund {}", fund.code), what);
        }
    }

    fn check_stops(&self, faults: &mut Faults) {
        let mut seen = BTreeSet::new();
        for stop in &self.stop {
            let place = format!("stop {}", stop.code);
            if stop.code.trim().is_empty() || stop.message.trim().is_empty() {
                faults.add(&place, "needs a code and a message that says what to do");
            }
            if let Some(fund) = &stop.fund
                && !self.fund.iter().any(|known| known.code == *fund)
            {
                faults.add(&place, &format!("its fund {fund} is not configured"));
            }
            if !seen.insert((&stop.code, &stop.fund)) {
                faults.add(&place, "is there twice; a code stands once for a fund");
            }
        }
    }

    fn check_banks(&self, faults: &mut Faults) {
        for bank in &self.bank_account {
            let place = format!("bank_account {}", bank.code);
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if !(bank.sort_code.is_empty() || bank.sort_code.len() == 6 && digits(&bank.sort_code))
            {
                faults.add(&place, "sort_code must be six digits without dashes");
            }
            if !digits(&bank.number) {
                faults.add(&place, "number must be digits");
            }
            if bank.number.is_empty() && bank.iban.is_empty() {
                faults.add(&place, "needs a number or an iban, or its statements cannot be known");
            }
        }
    }

    fn check_people(&self, faults: &mut Faults) {
        faults.twice("fund_group", self.fund_group.iter().map(|group| group.code.as_str()));
        faults.twice("role", self.role.iter().map(|role| role.name.as_str()));
        for group in &self.fund_group {
            for code in &group.funds {
                if !self.fund.iter().any(|fund| fund.code == *code) {
                    let what = format!("its fund {code} is not configured");
                    faults.add(&format!("fund_group {}", group.code), &what);
                }
            }
        }
        for role in &self.role {
            for (kind, limit) in &role.approve_up_to_pence {
                if limit.is_negative() {
                    let what = format!("its limit for {kind} is less than nothing");
                    faults.add(&format!("role {}", role.name), &what);
                }
            }
        }
        let days = self.people.expire_after_days;
        if days == 0 || days > PeopleSettings::DAYS_MAX {
            let what = format!("expire_after_days must be 1 to {}", PeopleSettings::DAYS_MAX);
            faults.add("people", &what);
        }
    }

    fn check_rules(&self, faults: &mut Faults) {
        for rule in &self.import_rule {
            for fault in rule.faults(self) {
                faults.add(&format!("import_rule {}", rule.name), &fault);
            }
        }
        for rule in &self.bank_rule {
            let place = format!("bank_rule {}", rule.name);
            if let Err(bad) = When::new(&rule.when) {
                faults.add(&place, &bad.to_string());
            }
            if rule.when.iter().all(Vec::is_empty) {
                faults.add(&place, "has no condition: it would take every line");
            }
            let known = match &rule.to {
                Account::Fees(_) | Account::Outside(_) => true,
                Account::Unmatched(bank) => self.bank_account.iter().any(|b| b.code == *bank),
                Account::Clearing(code) => self.channel.iter().any(|c| c.code == *code),
                Account::Bank(_)
                | Account::Fund(_)
                | Account::Vat(_)
                | Account::Suspense
                | Account::RefundsDue
                | Account::Disputes
                | Account::OverShort
                | Account::WriteOff
                | Account::Opening => false,
            };
            if !known {
                let what = format!(
                    "cannot send lines to {}: use fees:…, outside:…, a configured clearing:… or unmatched:…",
                    rule.to
                );
                faults.add(&place, &what);
            }
        }
    }
}

pub(super) struct Faults(Vec<ConfigurationFault>);

impl Faults {
    pub(super) fn add(&mut self, place: &str, what: &str) {
        self.0.push(ConfigurationFault { place: place.to_owned(), what: what.to_owned() });
    }

    fn twice<'a>(&mut self, kind: &str, codes: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            if !seen.insert(code) {
                self.add(&format!("{kind} {code}"), "is there twice; codes are unique");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(toml: &str) -> Vec<String> {
        let head = "code = \"T\"\nname = \"Testborough\"\n";
        let council: Council = toml::from_str(&format!("{head}{toml}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_fault_says_where_and_what_would_be_right() {
        for (toml, fault) in [
            (
                "[[fund]]\ncode = \"CT\"\nname = \"a\"\n[[fund]]\ncode = \"CT\"\nname = \"b\"",
                "fund CT: is there twice; codes are unique",
            ),
            (
                "[[fund]]\ncode = \"CT\"\nname = \"a\"\nvat = \"S\"",
                "fund CT: its VAT code S is not configured",
            ),
            (
                "[[fund]]\ncode = \"CT\"\nname = \"a\"\nreference = { mask = \"##@\" }",
                "fund CT: the mask `##@` has a check digit (`@`), but no check_digit says how it is worked out",
            ),
            (
                "[[method]]\ncode = \"1\"\nname = \"a\"\nkind = \"cash\"\nchannel = \"till\"",
                "method 1: its channel till is not configured",
            ),
            (
                "[[channel]]\ncode = \"till\"\nname = \"a\"\n\
                 [[method]]\ncode = \"1\"\nname = \"a\"\nkind = \"bank-credit\"\nchannel = \"till\"\n\
                 [[method]]\ncode = \"2\"\nname = \"b\"\nkind = \"cash\"\nchannel = \"till\"",
                "method 1: it is a bank credit, and method 2 of the same channel till reaches the bank in \
                 sums; give each a channel of its own",
            ),
            (
                "[[channel]]\ncode = \"till\"\nname = \"a\"\nbank = \"main\"",
                "channel till: its bank account main is not configured",
            ),
            (
                "[[bank_account]]\ncode = \"m\"\nname = \"a\"\nsort_code = \"12-34-56\"\nnumber = \"1\"",
                "bank_account m: sort_code must be six digits without dashes",
            ),
            (
                "[[bank_account]]\ncode = \"m\"\nname = \"a\"",
                "bank_account m: needs a number or an iban, or its statements cannot be known",
            ),
            (
                "[[vat]]\ncode = \"S\"\nname = \"a\"\nrate = []",
                "vat S: has no rate; give one from a day on",
            ),
            (
                "[[channel]]\ncode = \"till\"\nname = \"a\"\n[[method]]\ncode = \"1\"\nname = \"a\"\nkind = \"cash\"\nchannel = \"till\"\nmax_pence = 0",
                "method 1: max_pence is less than min_pence, so it takes nothing",
            ),
            (
                "[[fund]]\ncode = \"CT\"\nname = \"a\"\nvat_override = true",
                "fund CT: has vat_override but no vat of its own to fall back on",
            ),
            (
                "[[stop]]\ncode = \"B\"\nmessage = \"x\"\nfund = \"CT\"",
                "stop B: its fund CT is not configured",
            ),
            (
                "[[stop]]\ncode = \"B\"\nmessage = \" \"",
                "stop B: needs a code and a message that says what to do",
            ),
            (
                "[[stop]]\ncode = \"B\"\nmessage = \"x\"\n[[stop]]\ncode = \"B\"\nmessage = \"y\"",
                "stop B: is there twice; a code stands once for a fund",
            ),
            (
                "[[bank_rule]]\nname = \"all\"\nto = \"outside:x\"\nwhen = []",
                "bank_rule all: has no condition: it would take every line",
            ),
            (
                "[[bank_rule]]\nname = \"f\"\nto = \"fund:CT\"\nwhen = [[{ field = \"code\", is = \"equals\", value = \"X\" }]]",
                "bank_rule f: cannot send lines to fund:CT: use fees:…, outside:…, a configured clearing:… or unmatched:…",
            ),
            (
                "[[fund_group]]\ncode = \"G\"\nname = \"a\"\nfunds = [\"CT\"]",
                "fund_group G: its fund CT is not configured",
            ),
            (
                "[[role]]\nname = \"clerk\"\npermissions = []\napprove_up_to_pence = { refund = -1 }",
                "role clerk: its limit for refund is less than nothing",
            ),
            (
                "[reconcile]\npreset = \"careful\"\nrules = \"\"",
                "reconcile: names a preset and gives rules of its own; say one of them",
            ),
            ("[people]\nexpire_after_days = 0", "people: expire_after_days must be 1 to 3650"),
        ] {
            assert_eq!(faults(toml), [fault], "{toml}");
        }
        assert_eq!(faults(""), [""; 0]);
    }
}
