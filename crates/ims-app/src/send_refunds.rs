//! Refunds by bank, sent as a file for Bacs: numbered, totalled, and each refund
//! in one file that was not rejected.
//!
//! *Invariant:* a refund is sent in the transaction that puts it into a file.

use ims_files::bacs::{Instruction, Originator, Submission, refunds};
use ims_ledger::{BacsSettings, BankAccount, Council, RefundEvent, seal::ContentHash};
use ims_money::Pence;
use ims_store::{RefundFileItemRow, RefundFileRow, RefundRow, StoreError, Tx};

use crate::{
    AppError, Books, ExportKind, Exported, Result,
    make_export::Made,
    posting::Writer,
    refund_steps::{Step, next},
};

/// The series its files are numbered in.
pub(crate) const SERIES: &str = "refunds";

/// The most refunds one file holds; the rest goes into the next.
const FILE_ITEMS_MAX: i64 = 10_000;

/// What is wrong with what the configuration says of Bacs. Asked when it is
/// proposed; each deed that follows trusts it.
pub(crate) fn faults(council: &Council) -> Vec<String> {
    let Ok((_, originator)) = originator(council) else { return Vec::new() };
    originator.faults().into_iter().map(|fault| format!("bacs: {fault}")).collect()
}

/// What the bank line of a file says: `REFUNDS` and its serial number.
pub(crate) fn narrative(serial: &str) -> String {
    format!("REFUNDS {serial}")
}

/// Who sends, and from which account.
fn originator(council: &Council) -> Result<((&BacsSettings, &BankAccount), Originator)> {
    let absent = || {
        AppError::Refused(
            "the configuration does not say who the council is to Bacs: a [bacs] section would"
                .to_owned(),
        )
    };
    let own = council.bacs.as_ref().ok_or_else(absent)?;
    let mut banks = council.bank_account.iter();
    let bank = banks.find(|bank| bank.code == own.bank_account).ok_or_else(absent)?;
    let originator = Originator {
        user_number: own.user_number.clone(),
        sort_code: bank.sort_code.clone(),
        account: bank.number.clone(),
        account_name: own.account_name.clone(),
        statement_name: own.statement_name.clone(),
    };
    Ok(((own, bank), originator))
}

impl Books {
    /// Puts every refund that is due and has a payee into a file.
    pub(crate) async fn send_refunds(&self, head: ContentHash) -> Result<Option<Exported>> {
        match self.send_once(head).await {
            // Somebody else sent some of them a moment before: look what is left.
            Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
            done => done,
        }
    }

    async fn send_once(&self, head: ContentHash) -> Result<Option<Exported>> {
        let mut tx = self.store().begin().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let ((own, bank), originator) = originator(&council)?;
        let due = tx.refunds_to_send(self.id(), FILE_ITEMS_MAX).await?;
        if due.is_empty() {
            return Ok(None);
        }
        let made = tx.export_states(self.id(), Some(SERIES), i64::MAX).await?;
        let number = made.iter().map(|one| one.row.number).max().unwrap_or(0).saturating_add(1);
        let serial = format!("{number:06}");
        let today = self.world().today();
        let working = council.bacs_days();
        let day = working.add(working.on_or_after(today), own.processed_after_days);
        let (mut sent, mut items) = (Vec::new(), Vec::new());
        for ((refund, files), place) in due.iter().zip(1_i64..) {
            let instruction = self.instruction(&mut tx, refund, day).await?;
            items.push(RefundFileItemRow {
                refund: refund.id,
                attempt: files.saturating_add(1),
                number: place,
                reference: instruction.reference.clone(),
                amount: refund.amount,
            });
            sent.push(instruction);
        }
        let total = Pence::checked_sum(due.iter().map(|(refund, _)| refund.amount));
        let total = total.ok_or(AppError::Overflow)?;
        let submission = Submission {
            narrative: narrative(&serial),
            ..refunds(originator, &serial, today, sent)
        };
        let bytes = submission
            .write()
            .map_err(|bad| AppError::BadInput(format!("the file of refunds {bad}")))?;
        let file_name = ExportKind::Refunds.file_name(None, number, today);
        let export = Made {
            kind: SERIES.to_owned(),
            number,
            days: (today.pred_opt(), today),
            file_name: file_name.clone(),
            rows: u64::try_from(due.len()).unwrap_or(u64::MAX),
            debit: total,
            credit: total,
            head,
            replaced: self.rejected_before(&mut tx, &due).await?,
            bytes,
        };
        let exported = self.keep_export(&mut tx, export).await?;
        let file = RefundFileRow {
            export: exported.row.id,
            file_name,
            bank: bank.code.to_string(),
            user_number: own.user_number.clone(),
            serial,
            processing_day: day,
        };
        tx.add_refund_file(self.id(), &file, &items).await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        for (refund, _) in &due {
            let mut step = Step::of(refund, next(refund, RefundEvent::Send)?, "");
            step.reference.clone_from(&file.file_name);
            if !tx.step_refund(self.id(), &step.row(&writer, refund)).await? {
                return Err(StoreError::Busy.into());
            }
        }
        tx.commit().await?;
        Ok(Some(exported))
    }

    async fn instruction(
        &self,
        tx: &mut Tx,
        refund: &RefundRow,
        day: chrono::NaiveDate,
    ) -> Result<Instruction> {
        let absent = || AppError::NotFound { what: "payee of refund", name: refund.number.clone() };
        let payee = self.payee_in(tx, refund).await?.ok_or_else(absent)?;
        Ok(payee.paid(&refund.number, refund.amount, day))
    }

    /// The rejected files in whose place this one comes.
    async fn rejected_before(
        &self,
        tx: &mut Tx,
        due: &[(RefundRow, i64)],
    ) -> Result<Vec<(ims_ledger::id::ExportId, i64)>> {
        let mut files = Vec::new();
        for (refund, _) in due.iter().filter(|(_, files)| *files > 0) {
            files.extend(tx.last_file_of_refund(self.id(), refund.id).await?);
        }
        files.sort_unstable_by_key(|(_, number)| *number);
        files.dedup();
        Ok(files)
    }
}
