//! What is waited for: money, of cards a payer's, and a file that will not come.

use ims_ledger::id::{EntryId, ExpectedId};
use ims_store::{ExpectedRow, FileWordRow};

use super::{at, day, id, pence};

pub(in super::super) fn expected(amount: i64, channel: &str) -> ExpectedRow {
    let item = id(ExpectedId::new);
    ExpectedRow {
        id: item,
        channel: channel.to_owned(),
        happened_on: day(1),
        amount: pence(amount),
        reference: format!("REF {item}"),
        batch_ref: String::new(),
        source_ref: format!("SRC {item}"),
        entry: id(EntryId::new),
        receipt: None,
        import: None,
        created_at: at(0),
        is_payers: channel == "card-web",
    }
}

/// A word on the file of a day.
pub(super) fn file_word() -> FileWordRow {
    FileWordRow {
        name: "statement".to_owned(),
        of: day(1),
        number: 1,
        will_come: false,
        reason: "the bank was shut".to_owned(),
        by: "jo".to_owned(),
        at: at(0),
    }
}
