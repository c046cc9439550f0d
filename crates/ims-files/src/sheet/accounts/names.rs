//! What hosts call the column of the references: whose it is, that it is an account, that
//! it is a reference; `Council Tax Account Ref No`, with any of the three left out.

/// Whose.
const WHOSE: &[&str] = &[
    "businessrate",
    "businessrates",
    "chargepayer",
    "client",
    "council",
    "counciltax",
    "ct",
    "ctax",
    "customer",
    "debtor",
    "debtors",
    "hboverpayment",
    "invoice",
    "leasehold",
    "leaseholder",
    "ndr",
    "nndr",
    "overpayment",
    "payer",
    "payment",
    "pcn",
    "penaltychargenotice",
    "rate",
    "ratepayer",
    "rates",
    "rent",
    "rents",
    "servicecharge",
    "sundrydebt",
    "sundrydebtor",
    "taxpayer",
    "tenancy",
    "tenant",
];

/// An account; the longer first.
const ACCOUNT: &[&str] = &["account", "acct", "acc", "ac"];

/// A reference; the longer first.
const REFERENCE: &[&str] =
    &["referencenumber", "referenceno", "refnumber", "refno", "reference", "ref"];

/// A number, of an account or of somebody: alone it may count rows.
const NUMBER: &[&str] = &["number", "num", "no"];

const FUND: &[&str] = &["fund", "fundcode", "fundno", "fundnumber", "incomestream", "stream"];

/// Whether a heading, as its letters and digits only, names references.
pub(super) fn is_reference(heading: &str) -> bool {
    let (rest, is_reference) = without(heading, REFERENCE);
    let (rest, is_number) = if is_reference { (rest, false) } else { without(heading, NUMBER) };
    let (whose, is_account) = without(rest, ACCOUNT);
    match whose {
        "" => is_reference || is_account,
        "pcn" | "penaltychargenotice" => true,
        whose => (is_reference || is_number || is_account) && WHOSE.contains(&whose),
    }
}

/// Whether a heading names the fund.
pub(super) fn is_fund(heading: &str) -> bool {
    FUND.contains(&heading)
}

/// What is before the first of `ends` that it ends with, and whether it does.
fn without<'h>(heading: &'h str, ends: &[&str]) -> (&'h str, bool) {
    let found = ends.iter().find_map(|end| heading.strip_suffix(end));
    (found.unwrap_or(heading), found.is_some())
}
