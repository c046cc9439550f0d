//! What rules propose now, from the rows that the bank's side may have to do with: those that
//! are new, and of what has keys those that are asked for, as a run does.

use std::collections::HashMap;

use ims_ledger::{Council, id::LineId};
use ims_reconcile::{Search, Wanted};
use ims_store::{OpenLine, Tx};

use super::{
    InSums, ProposedMatch, Undone, bank_suspense,
    matching::{BankSide, bank_lines, expected_rows, with},
    proposals::{Sought, proposed, whatever_its_age},
    rules_of, said_apart, somebodys,
    waiting::Waiting,
};
use crate::{Books, Result, long::long};

impl Books {
    /// The first proposals for each line that has some, open or in suspense. All that is open
    /// is on the bank's side, whichever lines are asked about: what another line pays is not
    /// proposed for this one.
    pub(crate) async fn proposals_for(
        &self,
        tx: &mut Tx,
        council: &Council,
        lines: &[OpenLine],
    ) -> Result<HashMap<LineId, Vec<ProposedMatch>>> {
        let suspense = bank_suspense(tx, self.id()).await?;
        let of_suspense = suspense.iter().flat_map(|item| {
            [&item.reference, &item.narrative].map(|text| (text.as_str(), item.happened_on))
        });
        let quoted = lines.iter().flat_map(said_apart).chain(of_suspense);
        let known = somebodys(tx, self.id(), council, quoted).await?;
        let undone = Undone::of(tx, self).await?;
        let lines: Vec<&OpenLine> = lines.iter().collect();
        let side = BankSide { lines: &lines, suspense: &suspense };
        let bank = bank_lines(&side);
        let rules = whatever_its_age(rules_of(council)?);
        let mut waiting = Waiting::of(tx, self.id()).await?;
        waiting.quoted(tx, council, Search::new(&bank, &rules)).await?;
        if waiting.is_more() {
            let in_sums = InSums::of(tx, self.id(), council, waiting.rows()).await?;
            let rows = expected_rows(council, &in_sums, waiting.rows());
            let search = || Search::new(&bank, &rules).having(with(&rows, &known)).wants();
            if let Some(Wanted::Amounts(wanted)) = long(search) {
                waiting.amounts(tx, wanted).await?;
            }
        }
        let expected = waiting.in_order();
        let in_sums = InSums::of(tx, self.id(), council, &expected).await?;
        let own = expected_rows(council, &in_sums, &expected);
        let rows = with(&own, &known);
        let sought = Sought { side: &side, expected: &expected, rows: &rows, undone: &undone };
        Ok(proposed(&rules, &sought))
    }
}
