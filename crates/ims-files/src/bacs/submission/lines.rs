//! A line of fixed width under construction.

use ims_money::Pence;

use crate::bacs::standard18::columns::{MULTI_DAY, SINGLE_DAY, item};

/// A line of blanks into which texts are put.
pub(super) struct Line(Vec<u8>);

/// Where a field begins, from 1 as the specification counts.
pub(super) struct Columns;

impl Columns {
    pub(super) const SORT_CODE: usize = item::SORT_CODE.0 + 1;
    pub(super) const ACCOUNT: usize = item::ACCOUNT.0 + 1;
    pub(super) const ACCOUNT_TYPE: usize = item::ACCOUNT_TYPE.0 + 1;
    pub(super) const CODE: usize = item::CODE.0 + 1;
    pub(super) const OWN_SORT_CODE: usize = item::OWN_SORT_CODE.0 + 1;
    pub(super) const OWN_ACCOUNT: usize = item::OWN_ACCOUNT.0 + 1;
    pub(super) const AMOUNT: usize = item::AMOUNT.0 + 1;
    pub(super) const OWN_NAME: usize = item::OWN_NAME.0 + 1;
    pub(super) const REFERENCE: usize = item::REFERENCE.0 + 1;
    pub(super) const NAME: usize = item::NAME.0 + 1;
    pub(super) const DAY: usize = item::DAY.0 + 1;
}

/// The length of a label.
const LABEL: usize = 80;

impl Line {
    pub(super) fn label(name: &str) -> Self {
        Self(vec![b' '; LABEL]).put(1, name)
    }

    pub(super) fn record(is_multi: bool) -> Self {
        Self(vec![b' '; if is_multi { MULTI_DAY } else { SINGLE_DAY }])
    }

    /// Puts a text at a column, from 1. What does not fit has been refused before.
    pub(super) fn put(mut self, column: usize, text: &str) -> Self {
        let places = self.0.iter_mut().skip(column.saturating_sub(1));
        places.zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        self
    }

    pub(super) fn end(self, file: &mut Vec<u8>) {
        file.extend_from_slice(&self.0);
        file.extend_from_slice(b"\r\n");
    }
}

/// Pence in so many digits; `None` when negative or too many.
pub(super) fn digits(amount: Pence, count: usize) -> Option<String> {
    let text = format!("{:0count$}", amount.get());
    (!amount.is_negative() && text.len() == count).then_some(text)
}
