//! Files that came and are kept aside: they are not missing, and nothing of them is posted.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_ledger::{Council, ExpectedFile, london_day};
use ims_store::Tx;

use super::{FileDue, FileFault, MARGIN};
use crate::{Books, Result, import_file::senders_of, layouts};

/// A file that is kept aside.
pub(super) struct AsideFile {
    format: String,
    file_name: String,
    why: String,
    on: NaiveDate,
    senders: BTreeSet<String>,
}

impl AsideFile {
    fn is(&self, file: &ExpectedFile) -> bool {
        let by = |sender: &str| file.is_it(&self.format, &self.file_name, sender);
        by("") || self.senders.iter().any(|sender| by(sender))
    }
}

impl Books {
    /// The files that came between two days and are kept aside, the oldest first.
    pub(super) async fn files_aside(
        &self,
        tx: &mut Tx,
        council: &Council,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Vec<AsideFile>> {
        let own = layouts::readers(council, self.world().today());
        let mut files = Vec::new();
        for kept in tx.quarantined(self.id(), i64::MAX).await? {
            let on = london_day(kept.quarantined_at);
            // What came at another time is not the one that was due: it is not read.
            if on < first || on > last {
                continue;
            }
            let senders = match tx.archived(self.id(), kept.content_hash).await? {
                Some(deflated) => senders_of(&kept, &deflated, &own, council),
                None => BTreeSet::new(),
            };
            files.push(AsideFile {
                format: kept.format,
                file_name: kept.file_name,
                why: kept.reason,
                on,
                senders,
            });
        }
        Ok(files)
    }
}

/// Says of each day of `file` that has none whether one lies aside that may be its: that which
/// was due nearest to when it came.
pub(super) fn tell(due: &mut [FileDue], file: &ExpectedFile, aside: &[AsideFile]) {
    for one in aside.iter().filter(|one| one.is(file)) {
        let away = |day: NaiveDate| day.signed_duration_since(one.on).num_days().abs();
        let near = due.iter_mut().filter(|due| {
            let is_aside = due.faults.iter().any(|it| matches!(it, FileFault::KeptAside { .. }));
            let waits = due.came.is_none() && due.given_up.is_none() && !is_aside;
            due.name == file.name && waits && is_within(one.on, due.due.date())
        });
        if let Some(due) = near.min_by_key(|due| (away(due.due.date()), due.of)) {
            let (file_name, why) = (one.file_name.clone(), one.why.clone());
            due.faults = vec![FileFault::KeptAside { file_name, why }];
        }
    }
}

fn is_within(on: NaiveDate, due: NaiveDate) -> bool {
    let (first, last) = (due.checked_sub_days(MARGIN), due.checked_add_days(MARGIN));
    first.is_none_or(|first| first <= on) && last.is_none_or(|last| on <= last)
}
