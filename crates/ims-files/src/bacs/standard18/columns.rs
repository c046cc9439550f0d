//! Where the fields stand, counted from 0: the first column and the one after
//! the last.

/// A field of a record.
pub(crate) type Columns = (usize, usize);

/// The length of a record of a file for one processing day.
pub(crate) const SINGLE_DAY: usize = 100;
/// The length of a record that carries its own processing day.
pub(crate) const MULTI_DAY: usize = 106;

/// Of a data record.
pub(crate) mod item {
    use super::Columns;

    pub(crate) const SORT_CODE: Columns = (0, 6);
    pub(crate) const ACCOUNT: Columns = (6, 14);
    pub(crate) const ACCOUNT_TYPE: Columns = (14, 15);
    pub(crate) const CODE: Columns = (15, 17);
    pub(crate) const OWN_SORT_CODE: Columns = (17, 23);
    pub(crate) const OWN_ACCOUNT: Columns = (23, 31);
    pub(crate) const AMOUNT: Columns = (35, 46);
    pub(crate) const OWN_NAME: Columns = (46, 64);
    pub(crate) const REFERENCE: Columns = (64, 82);
    pub(crate) const NAME: Columns = (82, 100);
    pub(crate) const DAY: Columns = (100, 106);
}

/// Of the labels.
pub(crate) mod label {
    use super::Columns;

    pub(crate) const VOLUME_OWNER: Columns = (41, 47);
    pub(crate) const USER_NUMBER: Columns = (5, 11);
    pub(crate) const RECORD_LENGTH: Columns = (10, 15);
    pub(crate) const PROCESSING_DAY: Columns = (4, 10);
    pub(crate) const RECEIVER: Columns = (10, 16);
    pub(crate) const CURRENCY: Columns = (20, 22);
    pub(crate) const WORK_CODE: Columns = (28, 37);
    pub(crate) const DEBITS: Columns = (4, 17);
    pub(crate) const CREDITS: Columns = (17, 30);
    pub(crate) const DEBIT_COUNT: Columns = (30, 37);
    pub(crate) const CREDIT_COUNT: Columns = (37, 44);
    /// What `HDR1` and `EOF1` have in common.
    pub(crate) const SAME_AT_END: Columns = (4, 54);

    /// The receiver of what is sent to Bacs.
    pub(crate) const BACS: &str = "999999";
}
