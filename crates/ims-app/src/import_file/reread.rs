//! The rows of a file that may be millions, read again and handed over a lot at a
//! time, on a thread beside: never all of them in memory.

use std::{io::BufReader, sync::Arc};

use flate2::read::DeflateDecoder;
use ims_files::Record;
use tokio::sync::mpsc;

use super::{Reading, bad, named};
use crate::Result;

/// Rows placed, posted or written at a time.
pub(super) const ROWS_AT_ONCE: usize = 5_000;

/// The rows that are still to come.
pub(super) struct Reread<T> {
    lots: mpsc::Receiver<Vec<T>>,
    left: u64,
}

impl<T: Send + 'static> Reread<T> {
    /// Begins to read what is kept of the file: the `count` rows that `pick` wants.
    pub(super) fn of(reading: &Reading<'_>, count: u64, pick: fn(Record) -> Option<T>) -> Self {
        let (give, lots) = mpsc::channel(1);
        let (own, deflated) = (Arc::clone(&reading.own), Arc::clone(&reading.deflated));
        let name = reading.format.name().to_owned();
        tokio::task::spawn_blocking(move || {
            // Without it nothing comes, and that is told.
            let Some(format) = named(&name, &own) else { return };
            let mut input = BufReader::new(DeflateDecoder::new(deflated.as_slice()));
            let mut lot = Vec::with_capacity(ROWS_AT_ONCE);
            // Whoever asked may have gone away: then the rest is read for nobody.
            format.read(&mut input, &mut |record| {
                lot.extend(pick(record));
                if lot.len() == ROWS_AT_ONCE {
                    let full = std::mem::replace(&mut lot, Vec::with_capacity(ROWS_AT_ONCE));
                    let _gone = give.blocking_send(full);
                }
            });
            if !lot.is_empty() {
                let _gone = give.blocking_send(lot);
            }
        });
        Self { lots, left: count }
    }

    /// The next lot in the order of the file; `None` when all were handed over.
    pub(super) async fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Vec<T>>> {
        let changed = || bad(&reading.file, None, "it read otherwise the second time");
        let Some(lot) = self.lots.recv().await else {
            return if self.left == 0 { Ok(None) } else { Err(changed()) };
        };
        let count = u64::try_from(lot.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(count).ok_or_else(changed)?;
        Ok(Some(lot))
    }
}
