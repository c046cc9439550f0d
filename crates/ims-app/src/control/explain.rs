//! What may explain a difference.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::{Account, Council};
use ims_money::Pence;
use ims_store::{ExportState, Tx};

use super::NewControl;
use crate::{Books, Result, make_export::ledger_code};

/// What is known of the days compared.
pub(super) struct Reasons {
    pub(super) closed_through: Option<NaiveDate>,
    exports: Vec<ExportState>,
    /// By fund, or the ledger's code of it, and day.
    moved: BTreeMap<(String, NaiveDate), Pence>,
}

impl Books {
    pub(super) async fn reasons(
        &self,
        tx: &mut Tx,
        council: &Council,
        new: &NewControl<'_>,
    ) -> Result<Reasons> {
        let mut moved: BTreeMap<(String, NaiveDate), Pence> = BTreeMap::new();
        for since in tx.moved_since(self.id(), new.from, new.through).await? {
            let account = format!("fund:{}", since.fund).parse::<Account>().ok();
            let code = account.map(|account| ledger_code(council, &account));
            for name in code.into_iter().chain([since.fund]) {
                let sum = moved.entry((name, since.day)).or_default();
                *sum = sum.checked_add(since.amount).unwrap_or(*sum);
            }
        }
        Ok(Reasons {
            closed_through: tx.closed_through(self.id()).await?,
            exports: tx.export_states(self.id(), None, i64::MAX).await?,
            moved,
        })
    }
}

impl Reasons {
    /// In words, the likeliest first; never empty.
    pub(super) fn of(
        &self,
        of: &str,
        name: &str,
        day: NaiveDate,
        is_ours: bool,
        is_theirs: bool,
    ) -> Vec<String> {
        let mut why = Vec::new();
        if !is_ours {
            why.push("our books have nothing of it on this day".to_owned());
        }
        if !is_theirs {
            why.push("they say nothing of it on this day".to_owned());
        }
        why.extend(self.on_its_way(of, day));
        if let Some(moved) = self.moved.get(&(name.to_owned(), day)) {
            why.push(format!("{moved} of this day was moved to other accounts since, by journal"));
        }
        if why.is_empty() {
            why.push("nothing in our books explains it".to_owned());
        }
        why
    }

    /// Where the day's file is.
    fn on_its_way(&self, of: &str, day: NaiveDate) -> Option<String> {
        if self.closed_through.is_none_or(|closed| day > closed) {
            return Some("the day is open, so no export has it".to_owned());
        }
        let kind = if of == "ledger" { "ledger-journal" } else { of };
        let mut held = self.exports.iter().filter(|one| one.row.kind == kind && one.holds(day));
        let standing = held.clone().find(|one| !one.is_rejected());
        match (standing, held.next()) {
            (Some(one), _) if one.is_accepted() => None,
            (Some(one), _) => Some(format!("{} is not acknowledged yet", one.row.file_name)),
            (None, Some(one)) => Some(format!(
                "{} was rejected, and no export has taken its place",
                one.row.file_name
            )),
            (None, None) => Some("no export has been made of it yet".to_owned()),
        }
    }
}
