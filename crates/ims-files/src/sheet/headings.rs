//! The headings that are known, as names without blanks and capitals.

use super::Role;

/// The names of a role, the surest first. A heading that is one of these is known.
const KNOWN: &[(Role, &[&str])] = &[
    (
        Role::Reference,
        &[
            "counciltaxref",
            "counciltaxreference",
            "counciltaxaccount",
            "counciltaxaccountnumber",
            "counciltaxaccountno",
            "ctaxref",
            "ctref",
            "ctaccount",
            "fineaccount",
            "accountreference",
            "accountref",
            "accountnumber",
            "accountno",
            "pcn",
            "pcnnumber",
            "pcnno",
            "pcnref",
            "pcnreference",
            "penaltychargenotice",
            "ticketnumber",
            "noticenumber",
            "clientreference",
            "clientref",
            "councilreference",
            "councilref",
            "authorityreference",
            "authorityref",
            "courtreference",
            "courtref",
            "customerreference",
            "customerref",
            "aeoreference",
            "aeoref",
            "aoereference",
            "aoeref",
            "attachmentreference",
            "orderreference",
            "orderref",
            "liabilityorderref",
            "liabilityorderreference",
            "liabilityorderno",
            "liabilityordernumber",
            "caseref",
            "casereference",
            "paymentreference",
            "paymentref",
            "yourreference",
            "yourref",
            "reference",
            "referencenumber",
            "referenceno",
            "refno",
            "refnumber",
            "ref",
        ],
    ),
    (
        Role::Amount,
        &[
            "amountdeducted",
            "deductedamount",
            "deductionamount",
            "deduction",
            "deducted",
            "amountpaidtoclient",
            "paidtoclient",
            "nettoclient",
            "amounttoclient",
            "remittedamount",
            "amountremitted",
            "amountpaid",
            "paidamount",
            "paymentamount",
            "amountofpayment",
            "paymentvalue",
            "amountgbp",
            "amountpence",
            "amountinpence",
            "pence",
            "amountcollected",
            "detailamount",
            "amount",
            "value",
            "paid",
            "payment",
        ],
    ),
    (Role::Sign, &["sign", "amountsign", "detailamountsign", "plusminus", "crdr", "drcr"]),
    (
        Role::Name,
        &[
            "employeename",
            "employee",
            "debtorname",
            "debtor",
            "customername",
            "payername",
            "payer",
            "surname",
            "lastname",
            "fullname",
            "name",
        ],
    ),
    (
        Role::Date,
        &[
            "datededucted",
            "deductiondate",
            "dateofdeduction",
            "paydate",
            "dateofpay",
            "paymentdate",
            "dateofpayment",
            "datepaid",
            "paidon",
            "datereceived",
            "receiveddate",
            "datecreated",
            "transactiondate",
            "collectiondate",
            "dateto",
            "date",
        ],
    ),
    (Role::Status, &["paymentstatus", "transactionstatus", "result", "outcome", "status"]),
    (
        Role::Kind,
        &["paymentmethod", "paymenttype", "transactiontype", "recordtype", "method", "type"],
    ),
];

/// Words of headings that are never the amount paid, though they hold money.
const NOT_PAID: &[&str] = &[
    "balance",
    "outstanding",
    "due",
    "owed",
    "owing",
    "original",
    "remaining",
    "fee",
    "fees",
    "cost",
    "costs",
    "commission",
    "vat",
    "total",
    "earnings",
    "salary",
    "wage",
    "wages",
    "gross",
    "protected",
    "arrears",
    "debt",
    "todate",
    "cumulative",
];

/// Words that make a heading likely.
const WORDS: &[(Role, &[&str])] = &[
    (Role::Amount, &["amount", "deduct", "paid", "payment", "£", "remit", "value"]),
    (Role::Reference, &["ref", "account", "pcn", "notice"]),
    (Role::Name, &["name", "employee", "debtor"]),
    (Role::Date, &["date"]),
];

/// Words of numbers that are the sender's own.
const THEIRS: &[&str] = &[
    "payroll",
    "employeeno",
    "employeenumber",
    "employeeref",
    "employeeid",
    "staff",
    "our",
    "agent",
    "session",
    "phone",
    "cli",
    "national",
    "nino",
    "ninumber",
    "division",
    "sortcode",
    "location",
    "bank",
    "batch",
    "invoice",
];

/// Words of amounts that are what reaches the council, whatever else was kept.
const REACHES_US: &[&str] = &["deduct", "client", "remit"];

/// Words of references that only a sheet for councils has; an agent's tells its own fees
/// beside what the debtor paid.
const OF_COUNCILS: &[&str] =
    &["client", "council", "ctax", "pcn", "fine", "authority", "court", "notice", "liability"];

/// Names and words of what a payment provider or an agent keeps, or pays on.
const KEPT_NAMES: &[&str] = &["net", "netamount", "netvalue", "netpaid", "netpayment", "gross"];
const KEPT_WORDS: &[&str] = &[
    "commission",
    "payout",
    "settlement",
    "settled",
    "interchange",
    "chargeback",
    "grossamount",
    "grossvalue",
    "netsettle",
    "netpayout",
    "surcharge",
    "discount",
];

/// Whether an amount so headed may be more than what reaches the council.
pub(super) fn may_be_gross(amount: &str) -> bool {
    !REACHES_US.iter().any(|word| amount.contains(word))
}

/// Whether a heading beside such a reference says that somebody keeps some of the
/// amount, or pays on what is left.
pub(super) fn is_kept(heading: &str, reference: &str) -> bool {
    let of_council = OF_COUNCILS.iter().any(|word| reference.contains(word));
    KEPT_NAMES.contains(&heading)
        || KEPT_WORDS.iter().any(|word| heading.contains(word))
        || !of_council && heading.contains("fee")
}

/// What a heading is known for, and how early in the list it stands.
pub(super) fn known(heading: &str) -> Option<(Role, usize)> {
    KNOWN.iter().find_map(|(role, names)| {
        let at = names.iter().position(|name| *name == heading)?;
        Some((*role, at))
    })
}

/// What a word in the heading makes it likely to be.
pub(super) fn likely(heading: &str, written: &str) -> Option<Role> {
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    if has(NOT_PAID) || has(THEIRS) {
        return None;
    }
    let found =
        WORDS.iter().find(|(_, words)| has(words) || written.contains('£') && words.contains(&"£"));
    found.map(|(role, _)| *role)
}
