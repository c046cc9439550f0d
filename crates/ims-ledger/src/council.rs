//! A council's configuration: one readable document, dated and versioned.

use chrono::NaiveDate;
use ims_money::{Pence, Rounding, vat::BasisPoints};
use serde::{Deserialize, Serialize};

use crate::{
    Account, Groups, ImportRule, Lookup, ReferenceRule,
    id::{BankCode, ChannelCode, CouncilCode, FundCode, MethodCode, OfficeCode, VatCode},
};

mod addresses;
mod api;
mod approval;
mod bacs;
mod calendar;
mod check;
mod custom_fields;
mod ereturns;
mod expected_files;
mod layouts;
mod mail;
mod messages;
mod particulars;
mod portal;
mod providers;
mod reconcile;
mod roles;
mod sheets;
mod stop;
mod tills;

pub use addresses::AddressSettings;
pub use api::ApiSettings;
pub use approval::Approval;
pub use bacs::BacsSettings;
pub use calendar::CalendarSettings;
pub use check::ConfigurationFault;
pub use custom_fields::{CustomField, CustomFieldKind, CustomFieldOwner};
pub use ereturns::{EReturnTemplate, Slips, TemplateRow};
pub use expected_files::ExpectedFile;
pub use layouts::{ExportSettings, OwnLayout};
pub use mail::{MailSettings, is_mail_address};
pub use messages::{Message, Severity, Shown};
pub use particulars::{Particulars, Recipients};
pub use portal::{Portal, PortalItem, Words};
pub use providers::ProviderAccount;
pub use reconcile::ReconcileSettings;
pub use roles::{FundGroup, PeopleSettings, RoleSettings};
pub use sheets::{ConfirmedSheet, SheetColumns};
pub use stop::{OnStop, Stop, Through};
pub use tills::Till;

/// All that a council settles for itself. `ims config export` writes it as TOML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// The council's short name.
    pub code: CouncilCode,
    /// Its name in full.
    pub name: String,
    /// The VAT codes.
    #[serde(default)]
    pub vat: Vec<Vat>,
    /// The funds. References found in bank lines are tried in this order.
    #[serde(default)]
    pub fund: Vec<Fund>,
    /// The methods of payment.
    #[serde(default)]
    pub method: Vec<Method>,
    /// The ways money comes in before the bank shows it.
    #[serde(default)]
    pub channel: Vec<Channel>,
    /// The places where money is taken.
    #[serde(default)]
    pub office: Vec<Office>,
    /// What stands in the way of taking money for an account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<Stop>,
    /// The council's bank accounts.
    #[serde(default)]
    pub bank_account: Vec<BankAccount>,
    /// What rows of imported files are changed into before they are placed.
    #[serde(default)]
    pub import_rule: Vec<ImportRule>,
    /// What bank lines are that are no income, or wait for an advice.
    #[serde(default)]
    pub bank_rule: Vec<BankRule>,
    /// By which rules bank lines are matched with what was expected.
    #[serde(default, skip_serializing_if = "ReconcileSettings::is_default")]
    pub reconcile: ReconcileSettings,
    /// Funds that people are given together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fund_group: Vec<FundGroup>,
    /// Roles of the council's own, and what it changes of built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role: Vec<RoleSettings>,
    /// How long people may stay away.
    #[serde(default, skip_serializing_if = "PeopleSettings::is_default")]
    pub people: PeopleSettings,
    /// What sites declare their takings on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ereturn_template: Vec<EReturnTemplate>,
    /// The drawers that cashiers take money into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub till: Vec<Till>,
    /// Messages to everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message: Vec<Message>,
    /// What it says of itself, and whom it tells.
    #[serde(default, skip_serializing_if = "Particulars::is_default")]
    pub settings: Particulars,
    /// Fields of the council's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_field: Vec<CustomField>,
    /// The tables that import rules look things up in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookup: Vec<Lookup>,
    /// What a second person has to approve.
    #[serde(default, skip_serializing_if = "Approval::is_default")]
    pub approval: Approval,
    /// File layouts of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layout: Vec<OwnLayout>,
    /// Spreadsheets whose columns a person confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheet: Vec<ConfirmedSheet>,
    /// The files it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_file: Vec<ExpectedFile>,
    /// What its exports are written by, where it is not the usual layout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub export: Vec<ExportSettings>,
    /// What residents can pay on the web.
    #[serde(default, skip_serializing_if = "Portal::is_default")]
    pub portal: Portal,
    /// What its programs may ask for.
    #[serde(default, skip_serializing_if = "ApiSettings::is_default")]
    pub api: ApiSettings,
    /// Its accounts at payment providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provider: Vec<ProviderAccount>,
    /// How its e-mail leaves, where residents are sent their receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
    /// Where residents' addresses are looked up; they type them where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<AddressSettings>,
    /// Who it is to Bacs, where it pays refunds by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bacs: Option<BacsSettings>,
    /// Which days are working days.
    #[serde(default, skip_serializing_if = "CalendarSettings::is_default")]
    pub calendar: CalendarSettings,
}

/// A VAT code with its dated rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vat {
    /// The code.
    pub code: VatCode,
    /// Its name.
    pub name: String,
    /// What becomes of half pennies.
    #[serde(default)]
    pub rounding: Rounding,
    /// The rates, each from a day on.
    pub rate: Vec<VatRate>,
}

/// A rate from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VatRate {
    /// The first day.
    pub from: NaiveDate,
    /// Hundredths of a per cent.
    pub basis_points: BasisPoints,
}

impl Vat {
    /// The rate in force on `day`, or `None` before the first.
    #[must_use]
    pub fn rate_on(&self, day: NaiveDate) -> Option<BasisPoints> {
        let begun = self.rate.iter().filter(|rate| rate.from <= day);
        begun.max_by_key(|rate| rate.from).map(|rate| rate.basis_points)
    }
}

/// An income stream with its own back-office system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fund {
    /// The code.
    pub code: FundCode,
    /// Its name.
    pub name: String,
    /// The VAT code of its income; none is outside the scope of VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<VatCode>,
    /// Whether whoever takes money may choose another VAT code.
    #[serde(default, skip_serializing_if = "is_no")]
    pub vat_override: bool,
    /// The account it goes to in the general ledger.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ledger_code: String,
    /// The most one line may be, in pence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pence: Option<Pence>,
    /// Whether a reference must be an account holder's.
    #[serde(default)]
    pub must_exist: bool,
    /// Whether a payer's name and address must be known.
    #[serde(default, skip_serializing_if = "is_no")]
    pub address_required: bool,
    /// Whether more than is owed may stay on an account. If not, and the
    /// balance is known, the rest goes to suspense.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub takes_credit: bool,
    /// Whether its references are looked for inside bank lines. Where its rule
    /// has no check digit, nor letters that each reference has, a date or an
    /// account number may look like one: then a line is booked by it only if an
    /// account holder has that reference.
    #[serde(default)]
    pub find_in_text: bool,
    /// Whether an account of it may be debited by a credit note when suspense
    /// is allocated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub credit_notes: bool,
    /// Whether nothing is taken for it any more.
    #[serde(default)]
    pub disabled: bool,
    /// What it demands of references.
    #[serde(default)]
    pub reference: ReferenceRule,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(value: &bool) -> bool {
    !*value
}

/// How money came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// The council's code.
    pub code: MethodCode,
    /// Its name.
    pub name: String,
    /// What it is, whatever it is called.
    pub kind: MethodKind,
    /// Where its money waits until the bank shows it.
    pub channel: ChannelCode,
    /// Whether it is refunded through the provider that took it; cards are
    /// unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refundable: Option<bool>,
    /// The least one line may be, in pence: a penny if not said. Only a method
    /// that goes below nothing takes money back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_pence: Option<Pence>,
    /// The most one line may be, in pence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pence: Option<Pence>,
    /// Whether its payers may be charged a fee.
    #[serde(default, skip_serializing_if = "is_no")]
    pub incurs_fee: bool,
    /// For a method of kind `fee`: the fund all fees go to. Without it a fee
    /// goes to the account of the payment's first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_fund: Option<FundCode>,
    /// The account in that fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_reference: Option<String>,
    /// Whether nothing comes by it any more.
    #[serde(default)]
    pub disabled: bool,
}

impl Method {
    /// Whether its payments can be refunded through the provider that took them.
    #[must_use]
    pub const fn takes_refunds(&self) -> bool {
        match self.refundable {
            Some(said) => said,
            None => self.kind.is_card(),
        }
    }
}

/// The closed list of what a method of payment can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// By card on the web.
    CardOnline,
    /// By card through staff.
    CardStaff,
    /// By card through a telephone robot.
    CardPhone,
    /// Notes and coins.
    Cash,
    /// A cheque.
    Cheque,
    /// Money opened with the post.
    Post,
    /// Straight into a bank account.
    BankCredit,
    /// Collected from the payer's bank account.
    DirectDebit,
    /// Through an agent such as allpay or PayPoint.
    Agent,
    /// Deducted from a benefit or from earnings.
    BenefitDeduction,
    /// Moved by a journal.
    Journal,
    /// Moved between funds.
    Transfer,
    /// A fee.
    Fee,
    /// A payment undone.
    Reversal,
}

/// A way money comes in before the bank shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The code: the rest of the clearing account's name.
    pub code: ChannelCode,
    /// Its name.
    pub name: String,
    /// What its bank lines quote: a merchant number, a slip series, an
    /// originator's name. Empty when every line quotes a reference of its own:
    /// then also a payer's, except for cards, counters and direct debits, whose
    /// money always comes in sums.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub merchant: String,
    /// Who sends its schedules, as files name the sender.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sender: String,
    /// The bank account its money goes to; to any where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankCode>,
    /// Within how many working days its money is at the bank; after them it is
    /// late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_after_days: Option<u32>,
}

/// A place where money is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// The code.
    pub code: OfficeCode,
    /// Its name.
    pub name: String,
}

/// One of the council's bank accounts, in sterling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// The code: the rest of the bank control account's name.
    pub code: BankCode,
    /// Its name.
    pub name: String,
    /// Six digits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sort_code: String,
    /// The account number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// The international account number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub iban: String,
}

/// What a bank line is that quotes nothing of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankRule {
    /// What it is called, and the reason given.
    pub name: String,
    /// Whether it is off.
    #[serde(default)]
    pub disabled: bool,
    /// Which lines.
    pub when: Groups,
    /// Where they go: `fees:bank`, `outside:…`, `unmatched:` another account of
    /// ours, or `clearing:…`, where the line then waits for its advice.
    pub to: Account,
}

impl Council {
    /// A council with sound defaults: the usual VAT codes and methods of
    /// payment, no funds and no bank account yet.
    #[must_use]
    pub fn with_defaults(code: CouncilCode, name: String) -> Self {
        Self {
            code,
            name,
            vat: Vec::new(),
            fund: Vec::new(),
            method: Vec::new(),
            channel: Vec::new(),
            office: Vec::new(),
            stop: Vec::new(),
            bank_account: Vec::new(),
            import_rule: Vec::new(),
            bank_rule: Vec::new(),
            reconcile: ReconcileSettings::default(),
            fund_group: Vec::new(),
            role: Vec::new(),
            people: PeopleSettings::default(),
            ereturn_template: Vec::new(),
            till: Vec::new(),
            message: Vec::new(),
            settings: Particulars::default(),
            custom_field: Vec::new(),
            lookup: Vec::new(),
            approval: Approval::default(),
            layout: Vec::new(),
            sheet: Vec::new(),
            expected_file: Vec::new(),
            export: Vec::new(),
            portal: Portal::default(),
            api: ApiSettings::default(),
            provider: Vec::new(),
            mail: None,
            addresses: None,
            bacs: None,
            calendar: CalendarSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_rate_that_has_begun_is_in_force() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rate = |from: &str, points| VatRate {
            from: day(from),
            basis_points: BasisPoints::new(points).unwrap(),
        };
        let vat = Vat {
            code: VatCode::parse("S").unwrap(),
            name: "Standard".to_owned(),
            rounding: Rounding::HalfEven,
            rate: vec![rate("2011-01-04", 2_000), rate("2010-01-01", 1_750)],
        };
        for (on, points) in
            [("2009-12-31", None), ("2010-06-01", Some(1_750)), ("2026-01-01", Some(2_000))]
        {
            assert_eq!(vat.rate_on(day(on)).map(BasisPoints::get), points, "{on}");
        }
    }
}
