//! What a clearing account waits for; of cards it is a payer's.

use ims_ledger::id::{EntryId, ExpectedId};
use ims_store::ExpectedRow;

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
