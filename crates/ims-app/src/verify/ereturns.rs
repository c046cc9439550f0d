//! E-returns against what was done with them, and what they posted.

use ims_store::Tx;

use super::Check;
use crate::{Books, Result};

pub(super) async fn checks(books: &Books, tx: &mut Tx) -> Result<Vec<Check>> {
    let council = books.id();
    let states = tx.ereturn_states_that_differ(council).await?;
    let hands = tx.ereturns_approved_by_a_hand(council).await?;
    let money = tx.ereturn_money_that_differs(council).await?;
    let gaps = tx.series_with_gaps(council).await?;
    let altered = tx.ereturn_altered(council).await?;
    Ok(vec![
        Check::differences("each e-return stands where what was done with it puts it", &states),
        Check::differences("nobody approved an e-return they had a hand in", &hands),
        Check::differences("each approved e-return is its receipt and its slips", &money),
        Check::differences("e-returns, tills and slips are numbered without gaps", &gaps),
        Check::of(
            "every version of an e-return is what it was",
            altered.map(|number| format!("R{number} is not what it was when it was saved")),
        ),
    ])
}
