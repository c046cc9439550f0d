//! Card money three ways: our receipts, the provider's settlement, the bank's
//! line. The settlement is read again from the file that was kept, so nothing of
//! it is lost to what was posted of it.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_files::Settlement;
use ims_ledger::{Channel, Council, SettlementKind, id::ImportId};
use ims_money::Pence;
use ims_reconcile::{
    BankLine, Rules,
    three_way::{Payout, Settled, SettledAs, Taking, ThreeWay, three_way},
};
use ims_store::{ImportRow, OpenLine, TakingRow, Tx};

use crate::{
    AppError, Books, Permission, Result, import_file::ReadAgain, layouts, reconcile_bank::key,
};

/// The most settlement files that are read at once.
const FILES_MAX: i64 = 1_000;

/// A payout of a provider, and what makes the difference between what was taken
/// and what arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutExplained {
    /// The provider, as its file names it.
    pub provider: String,
    /// The channel it pays.
    pub channel: String,
    /// Its name for the payout.
    pub payout: String,
    /// The day of it.
    pub date: NaiveDate,
    /// The settlement's import.
    pub import: ImportId,
    /// What that file was called.
    pub file_name: String,
    /// How many lines the settlement has.
    pub lines: usize,
    /// Our receipts in it, less refunds.
    pub taken: Pence,
    /// What arrived at the bank; what is said to be on its way while nothing did.
    pub paid: Pence,
    /// Taken less paid: the sum of the parts.
    pub residual: Pence,
    /// What of it nothing explains.
    pub unexplained: Pence,
    /// The bank line that pays it.
    pub bank: Option<OpenLine>,
    /// The residual, line by line.
    pub parts: Vec<ResidualPart>,
}

/// A part of a payout's residual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidualPart {
    /// Why, in words.
    pub why: String,
    /// Whether it names a difference without explaining it.
    pub is_unexplained: bool,
    /// Positive if less arrived for it.
    pub amount: Pence,
    /// The provider's reference, where it is about one line.
    pub provider_ref: String,
    /// The number of our receipt, where it is about one.
    pub receipt: String,
}

/// A settlement read again.
struct Told {
    import: ImportRow,
    settlement: Settlement,
    channel: String,
    bank_name: String,
    date: NaiveDate,
}

impl Books {
    /// The payouts whose settlements have days between two, of every provider,
    /// each with its residual explained.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when a file is not kept whole.
    pub async fn payouts(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<PayoutExplained>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let mut told = Vec::new();
        for id in tx.settlement_files(self.id(), (from, to), FILES_MAX).await? {
            told.extend(self.told_by(&mut tx, &council, id).await?);
        }
        told.sort_by(|one, other| {
            let key = |told: &Told| {
                (told.date, told.channel.clone(), told.settlement.head.payout.clone())
            };
            key(one).cmp(&key(other))
        });
        let (takings, bank) = self.sides(&mut tx, &told).await?;
        Ok(explained(&told, &takings, &bank))
    }

    /// The settlements of a file.
    async fn told_by(&self, tx: &mut Tx, council: &Council, id: ImportId) -> Result<Vec<Told>> {
        let absent = || AppError::NotFound { what: "import", name: id.to_string() };
        let row = tx.import(self.id(), id).await?.ok_or_else(absent)?;
        let deflated = tx.archived(self.id(), row.content_hash).await?.ok_or_else(absent)?;
        let day = ims_ledger::london_day(row.imported_at);
        let own = layouts::readers(council, day);
        let settlements = ReadAgain::of(&row, &deflated, day, &own)?.into_settlements();
        let told = |settlement: Settlement| {
            let head = &settlement.head;
            let by = |channel: &&Channel| channel.sender.eq_ignore_ascii_case(&head.provider);
            let channel = council.channel.iter().find(by);
            let last = settlement.lines.iter().map(|line| line.date).max();
            Told {
                import: row.clone(),
                channel: channel.map_or_else(|| head.provider.clone(), |it| it.code.to_string()),
                bank_name: channel.map(|channel| channel.merchant.clone()).unwrap_or_default(),
                date: head.date.or(last).unwrap_or(day),
                settlement,
            }
        };
        Ok(settlements.into_iter().map(told).collect())
    }

    /// Our side and the bank's: takings with their channel, and the lines that
    /// are matched with them or open.
    async fn sides(
        &self,
        tx: &mut Tx,
        told: &[Told],
    ) -> Result<(Vec<(String, TakingRow)>, Vec<OpenLine>)> {
        let mut takings = Vec::new();
        let mut expected = Vec::new();
        let mut channels: Vec<&str> = told.iter().map(|one| one.channel.as_str()).collect();
        channels.sort_unstable();
        channels.dedup();
        for channel in channels {
            let of = told.iter().filter(|one| one.channel == channel);
            let lines = of.flat_map(|one| &one.settlement.lines);
            let mut sources: Vec<String> = lines.map(|line| line.provider_ref.clone()).collect();
            sources.sort_unstable();
            sources.dedup();
            let found = tx.takings(self.id(), channel, &sources).await?;
            expected.extend(found.iter().map(|row| row.expected));
            takings.extend(with_surcharges(found).into_iter().map(|row| (channel.to_owned(), row)));
        }
        for one in told {
            expected.extend(tx.expected_of_import(self.id(), one.import.id).await?);
        }
        let mut bank = tx.open_lines(self.id()).await?;
        for id in tx.lines_matched_with(self.id(), &expected).await? {
            if bank.iter().all(|line| line.id != id) {
                bank.extend(tx.line(self.id(), id).await?);
            }
        }
        Ok((takings, bank))
    }
}

/// A surcharge is settled with its payment, and has no receipt of its own.
fn with_surcharges(found: Vec<TakingRow>) -> Vec<TakingRow> {
    let (own, beside): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|row| !row.receipt.is_empty() || !row.amount.is_positive());
    let mut takings: Vec<TakingRow> = own;
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, row) in takings.iter().enumerate().filter(|(_, row)| row.amount.is_positive()) {
        places.entry(row.source_ref.clone()).or_insert(at);
    }
    for row in beside {
        let taking = places.get(&row.source_ref).and_then(|at| takings.get_mut(*at));
        let sum = taking.as_ref().and_then(|taking| taking.amount.checked_add(row.amount));
        match (taking, sum) {
            (Some(taking), Some(sum)) => taking.amount = sum,
            _ => {
                places.entry(row.source_ref.clone()).or_insert(takings.len());
                takings.push(row);
            }
        }
    }
    takings
}

fn explained(
    told: &[Told],
    takings: &[(String, TakingRow)],
    bank: &[OpenLine],
) -> Vec<PayoutExplained> {
    let ours: Vec<Taking<'_>> = takings
        .iter()
        .map(|(channel, row)| Taking {
            id: key(row.expected.get()),
            provider: channel,
            provider_ref: &row.source_ref,
            reference: "",
            date: row.happened_on,
            amount: row.amount,
        })
        .collect();
    let payouts: Vec<Payout<'_>> = told
        .iter()
        .map(|one| Payout {
            provider: &one.channel,
            name: one.settlement.head.payout.as_deref().unwrap_or_default(),
            bank_name: &one.bank_name,
            date: one.date,
            covers: None,
            stated: one.settlement.head.paid,
        })
        .collect();
    let settled: Vec<Settled<'_>> = (0_u32..)
        .zip(told)
        .flat_map(|(payout, one)| {
            one.settlement.lines.iter().map(move |line| Settled {
                payout,
                provider_ref: &line.provider_ref,
                reference: line.reference.as_deref().unwrap_or_default(),
                kind: settled_as(line.kind),
                gross: line.gross,
                fee: line.fee,
            })
        })
        .collect();
    let lines: Vec<BankLine<'_>> = bank
        .iter()
        .map(|line| BankLine {
            id: key(line.id.get()),
            date: line.booked_on,
            amount: line.amount,
            reference: &line.reference,
            narrative: &line.narrative,
            kind: &line.code,
        })
        .collect();
    let ThreeWay { payouts: found, .. } =
        three_way(&ours, &payouts, &settled, &lines, &Rules::careful());
    let shown = told.iter().zip(found).map(|(one, found)| {
        let part = |part: &ims_reconcile::three_way::Part| {
            let line = part.settled.and_then(|at| settled.get(usize::try_from(at).ok()?));
            let taking = part.taking.and_then(|at| takings.get(usize::try_from(at).ok()?));
            ResidualPart {
                why: part.because.to_string(),
                is_unexplained: part.because.is_unexplained(),
                amount: part.amount,
                provider_ref: line.map(|line| line.provider_ref.to_owned()).unwrap_or_default(),
                receipt: taking.map(|(_, row)| row.receipt.clone()).unwrap_or_default(),
            }
        };
        PayoutExplained {
            provider: one.settlement.head.provider.clone(),
            channel: one.channel.clone(),
            payout: one.settlement.head.payout.clone().unwrap_or_default(),
            date: one.date,
            import: one.import.id,
            file_name: one.import.file_name.clone(),
            lines: one.settlement.lines.len(),
            taken: found.taken,
            paid: found.paid,
            residual: found.residual,
            unexplained: found.unexplained,
            bank: found.bank.and_then(|at| bank.get(usize::try_from(at).ok()?)).cloned(),
            parts: found.parts.iter().map(part).collect(),
        }
    });
    shown.collect()
}

const fn settled_as(kind: SettlementKind) -> SettledAs {
    match kind {
        SettlementKind::Payment => SettledAs::Payment,
        SettlementKind::Refund => SettledAs::Refund,
        SettlementKind::Fee => SettledAs::Fee,
        SettlementKind::Dispute => SettledAs::Dispute,
        SettlementKind::Adjustment => SettledAs::Adjustment,
    }
}
