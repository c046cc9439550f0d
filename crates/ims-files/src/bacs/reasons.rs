//! What the reason codes of the Bacs reports mean.

/// A report that gives reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Report {
    /// Direct debits that came back unpaid.
    Arudd,
    /// Credits that could not be applied and came back.
    Arucs,
    /// Instructions that payers or their banks amended or cancelled.
    Addacs,
    /// Instructions of ours that banks refused.
    Auddis,
    /// Credits that were applied to another account than we named.
    Awacs,
    /// Claims under the direct debit guarantee.
    Ddica,
}

impl Report {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arudd => "ARUDD",
            Self::Arucs => "ARUCS",
            Self::Addacs => "ADDACS",
            Self::Auddis => "AUDDIS",
            Self::Awacs => "AWACS",
            Self::Ddica => "DDICA",
        }
    }
}

/// A reason code in words, with what follows from it; `None` for a code that
/// the report does not have.
///
/// ```
/// use ims_files::bacs::{Report, reason};
///
/// assert_eq!(reason(Report::Arudd, "B"), Some("account closed; collect no more"));
/// assert_eq!(reason(Report::Awacs, "B"), None);
/// ```
#[must_use]
pub fn reason(report: Report, code: &str) -> Option<&'static str> {
    let table = match report {
        Report::Arudd => ARUDD,
        Report::Arucs => ARUCS,
        Report::Addacs => ADDACS,
        Report::Auddis => AUDDIS,
        Report::Awacs => AWACS,
        Report::Ddica => DDICA,
    };
    let code = code.trim();
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, words)| *words)
}

/// Our words beside the file's own.
pub(crate) fn meaning(report: Report, code: &str, stated: &str) -> String {
    let stated = stated.trim();
    match (stated.is_empty(), reason(report, code)) {
        (true, Some(ours)) => ours.to_owned(),
        (true, None) => format!("a reason that {} does not list", report.as_str()),
        (false, Some(ours))
            if !ours.to_ascii_uppercase().starts_with(&stated.to_ascii_uppercase()) =>
        {
            format!("{stated} ({ours})")
        }
        (false, Some(ours)) => ours.to_owned(),
        (false, None) => stated.to_owned(),
    }
}

type Reasons = &'static [(&'static str, &'static str)];

const ARUDD: Reasons = &[
    ("0", "refer to payer; it may be presented again"),
    ("1", "instruction cancelled by payer; collect no more"),
    ("2", "payer deceased; collect no more"),
    ("3", "account transferred; ask for the new instruction"),
    ("4", "advance notice disputed; agree with the payer before collecting again"),
    ("5", "no account; collect no more"),
    ("6", "no instruction; collect no more"),
    ("7", "amount differs from the instruction's"),
    ("8", "amount not yet due"),
    ("9", "presentation overdue; collected too long after it was due"),
    ("A", "service user differs from the instruction's"),
    ("B", "account closed; collect no more"),
];

const ARUCS: Reasons = &[
    ("0", "invalid details; ask the payee for the right account"),
    ("2", "beneficiary deceased"),
    ("3", "account transferred; ask the payee for the new account"),
    ("5", "no account; ask the payee for the right account"),
    ("B", "account closed; ask the payee for another account"),
    ("C", "requested by remitter; it came back because we asked"),
];

const ADDACS: Reasons = &[
    ("0", "instruction cancelled, refer to payer; collect no more"),
    ("1", "instruction cancelled by payer; collect no more"),
    ("2", "payer deceased; collect no more"),
    ("3", "account transferred; use the new account, and send no 0C to the old bank"),
    ("B", "account closed; collect no more"),
    ("C", "account transferred to another bank or building society; collect no more"),
    ("D", "advance notice disputed; collect no more until it is agreed with the payer"),
    ("E", "instruction amended; use the new details"),
    ("R", "instruction reinstated; collect again"),
];

const AUDDIS: Reasons = &[
    ("1", "instruction cancelled by payer"),
    ("2", "payer deceased"),
    ("3", "account transferred; ask for the new account"),
    ("5", "no account"),
    ("6", "no instruction"),
    ("7", "amount is not nought, as an instruction's must be"),
    ("B", "account closed"),
    ("C", "account transferred to another branch"),
    ("F", "invalid account type"),
    ("G", "the bank takes no direct debits on this account"),
    ("H", "instruction has expired"),
    ("I", "payer reference is not unique"),
    ("K", "instruction cancelled by paying bank"),
    ("L", "incorrect payer's account details"),
    ("M", "transaction code and the service user's status are incompatible"),
    ("N", "transaction disallowed at the payer's branch"),
    ("O", "invalid reference"),
    ("P", "payer's name not present"),
    ("Q", "service user's name blank"),
];

const AWACS: Reasons = &[
    ("0", "invalid details; it was applied to the account given, use that from now on"),
    ("3", "account transferred; use the new account from now on"),
];

const DDICA: Reasons = &[
    ("1", "amount or date differs from the advance notice"),
    ("2", "no advance notice received, or its amount disputed"),
    ("3", "instruction cancelled by paying bank"),
    ("4", "payer cancelled the instruction with the service user"),
    ("5", "no instruction held, or the payer disputes having given it"),
    ("6", "signature fraudulent or not as the account demands"),
    ("7", "claim raised at the service user's own request"),
    ("8", "payer does not recognise the service user"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_explained_by_report() {
        for (report, code, words) in [
            (Report::Arudd, "0", Some("refer to payer; it may be presented again")),
            (Report::Arucs, "0", Some("invalid details; ask the payee for the right account")),
            (Report::Addacs, "r", Some("instruction reinstated; collect again")),
            (Report::Auddis, "R", None),
            (Report::Arudd, "1012", None),
        ] {
            assert_eq!(reason(report, code), words, "{report:?} {code}");
        }
    }

    #[test]
    fn the_file_s_own_words_are_kept() {
        for (code, stated, words) in [
            ("B", "", "account closed; collect no more"),
            ("B", "ACCOUNT CLOSED", "account closed; collect no more"),
            ("B", "A/C CLOSED", "A/C CLOSED (account closed; collect no more)"),
            ("1012", "INSTRUCTION CANCELLED", "INSTRUCTION CANCELLED"),
            ("X", "", "a reason that ARUDD does not list"),
        ] {
            assert_eq!(meaning(Report::Arudd, code, stated), words, "{code} {stated}");
        }
    }
}
