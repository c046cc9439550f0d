//! Tills against what was done with them, and what they posted.

use ims_store::Tx;

use super::Check;
use crate::{Books, Result};

pub(super) async fn checks(books: &Books, tx: &mut Tx) -> Result<Vec<Check>> {
    let council = books.id();
    let states = tx.till_states_that_differ(council).await?;
    let money = tx.till_money_that_differs(council).await?;
    let altered = tx.till_count_altered(council).await?;
    Ok(vec![
        Check::differences("each till stands where what was done with it puts it", &states),
        Check::differences("each till is its receipts, and what was paid in of them", &money),
        Check::of(
            "every count of a till is what it was",
            altered.map(|number| format!("T{number} was not counted so")),
        ),
    ])
}
