//! Agreements against what was heard of them, and what was taken under them.

use ims_store::Tx;

use super::Check;
use crate::{Books, Result};

pub(super) async fn check(books: &Books, tx: &mut Tx) -> Result<Check> {
    let differ = tx.agreements_that_differ(books.id()).await?;
    let name = "each agreement stands where its last step left it, and takes what it allows";
    Ok(Check::differences(name, &differ))
}
