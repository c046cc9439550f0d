//! Payment links against what was done with them, and what was paid.

use ims_store::Tx;

use super::Check;
use crate::{Books, Result};

pub(super) async fn check(books: &Books, tx: &mut Tx) -> Result<Check> {
    let states = tx.link_states_that_differ(books.id()).await?;
    let name = "each payment link stands where what was done with it puts it";
    Ok(Check::differences(name, &states))
}
