//! Where our reading differs from what others say of the same file.

/// One reason, and the files it is true of.
pub(crate) struct Differs {
    /// Which test meets it.
    pub(crate) group: &'static str,
    /// What is compared.
    pub(crate) check: &'static str,
    /// Why ours is kept.
    pub(crate) reason: &'static str,
    /// The files.
    pub(crate) files: &'static [&'static str],
}

pub(crate) const DIFFERS: &[Differs] = &[
    Differs {
        group: "mt940",
        check: "lines",
        reason: "the file ends its lines in `@@`, which the count does not know",
        files: &["my-flow-mt940__pending.sta"],
    },
    Differs {
        group: "mt940",
        check: "sum",
        reason: "the file ends its lines in `@@`, which the count does not know",
        files: &["my-flow-mt940__pending.sta"],
    },
    Differs {
        group: "bai2",
        check: "lines",
        reason: "one transaction has no type code, so nothing says credit or debit",
        files: &["kenwilcox-bankfileparsers__BAI-sample.txt"],
    },
    Differs {
        group: "bai2",
        check: "sum of sizes",
        reason: "one transaction has no type code; its funds are not its amount",
        files: &["kenwilcox-bankfileparsers__BAI-sample.txt"],
    },
    Differs {
        group: "expected",
        check: "lines",
        reason: "two lines are RC, a credit taken back: negative; there it is a debit taken back",
        files: &["svenstaro-mt940-rs__full_betterplace_sepa_mt9401.json"],
    },
    Differs {
        group: "expected",
        check: "lines",
        reason: "the expected result shows the second of two statements only",
        files: &["genkgo-camt__camt053.v2.multi.statement.json"],
    },
    Differs {
        group: "expected",
        check: "lines",
        reason: "the entry has no date; ours shows the notice's and says so",
        files: &["genkgo-camt__camt054.v8-with-financial-institution.json"],
    },
    Differs {
        group: "golden",
        check: "read whole",
        reason: "three numbers and no tag; the expected result is empty",
        files: &["wolph-mt940__self-provided_invalid_statement.sta"],
    },
    Differs {
        group: "ofx",
        check: "lines",
        reason: "the transaction has no elements: it was snipped",
        files: &["asgrim-ofxparser__ofxdata-banking-xml200.ofx"],
    },
    Differs {
        group: "ofx",
        check: "lines",
        reason: "`$120` is no amount of OFX; an error, not a line",
        files: &["jseutter-ofxparse__fail_nice_decimal_error.ofx"],
    },
];
