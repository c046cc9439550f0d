//! Refunds that a report says came back: Bacs could not apply the credit.

use ims_ledger::{Advice, RefundEvent, RefundState};
use ims_money::Pence;
use ims_store::{OpenLine, RefundFileRow, RefundRow, Tx};

use crate::{AppError, Books, RefundNews, Result, reconcile_bank::bare};

/// A refund that an item of a report may be of.
struct Sent {
    refund: RefundRow,
    file: RefundFileRow,
    /// The payee's account, while it is known.
    account: Option<String>,
    /// Whether it has come back since it was sent.
    is_back: bool,
}

impl Books {
    /// Whether the refund an item is of came back already.
    pub(super) async fn is_credit_back(&self, tx: &mut Tx, advice: &Advice) -> Result<bool> {
        let sent = self.sent(tx, advice).await?;
        Ok(!sent.is_empty() && sent.iter().all(|sent| sent.is_back))
    }

    /// What stands in the way of recording an item, if anything does.
    pub(super) async fn open_credit(&self, tx: &mut Tx, advice: &Advice) -> Result<String> {
        Ok(match self.credit_of(tx, advice).await? {
            Ok(_) => "its credit is on the statement; it can be recorded now".to_owned(),
            Err(reason) => reason,
        })
    }

    /// Records that the refund an item is of came back; gives how much, or why
    /// it cannot be recorded.
    pub(super) async fn place_credit(
        &self,
        advice: &Advice,
    ) -> Result<std::result::Result<Pence, String>> {
        let mut tx = self.store().snapshot().await?;
        let found = self.credit_of(&mut tx, advice).await?;
        drop(tx);
        let (refund, line) = match found {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let news = RefundNews {
            notice: advice.advice_reference.clone(),
            reference: advice.reference.clone(),
            reason: advice.meaning.clone(),
            line: Some(line.id),
            ..RefundNews::of(RefundEvent::Bounce)
        };
        match self.record_refund(refund.id, &news).await {
            Ok(done) => Ok(Ok(done.refund.amount)),
            Err(error) if error.is_refusal() || error.is_bad_input() => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// The refund an item is of, and the bank line that brought it back.
    async fn credit_of(
        &self,
        tx: &mut Tx,
        advice: &Advice,
    ) -> Result<std::result::Result<(RefundRow, OpenLine), String>> {
        let mut sent = self.sent(tx, advice).await?;
        sent.retain(|sent| !sent.is_back);
        let sent = match sent.as_slice() {
            [] => {
                let what =
                    "no refund was sent with this reference, amount and day; see to it by hand";
                return Ok(Err(what.to_owned()));
            }
            [one] => one,
            several => return Ok(Err(format!("{} refunds fit; say which by hand", several.len()))),
        };
        let number = &sent.refund.number;
        if sent.refund.state != RefundState::Paid.as_str() {
            return Ok(Err(format!(
                "refund {number} is {}: reconcile the bank's debit of {} first",
                sent.refund.state, sent.file.file_name
            )));
        }
        let lines = tx.open_lines(self.id()).await?;
        let mut lines = lines.into_iter().filter(|line| sent.is_shown_by(line, advice));
        Ok(match (lines.next(), lines.next()) {
            (Some(line), None) => Ok((sent.refund.clone(), line)),
            (Some(_), Some(_)) => Err(format!(
                "several bank lines may have brought refund {number} back: `ims refund bounced` names one"
            )),
            (None, _) => Err(format!(
                "refund {number} came back, and no open bank line shows it yet: `ims return place` looks again"
            )),
        })
    }

    /// The refunds an item may be of: that reference, amount and day.
    async fn sent(&self, tx: &mut Tx, advice: &Advice) -> Result<Vec<Sent>> {
        let Some(amount) = advice.amount.and_then(|amount| amount.pence()) else {
            return Ok(Vec::new());
        };
        let reference = advice.reference.trim().to_ascii_uppercase();
        let mut found = Vec::new();
        for (refund, export) in tx.refunds_sent_as(self.id(), &reference).await? {
            let absent =
                || AppError::NotFound { what: "file of refunds", name: export.to_string() };
            let file = tx.refund_file(self.id(), export).await?.ok_or_else(absent)?;
            let is_day = advice.original_date.is_none_or(|day| day == file.processing_day);
            if refund.amount != amount || !is_day {
                continue;
            }
            let steps = tx.refund_steps(self.id(), refund.id).await?;
            let mut since = steps.iter().skip_while(|step| step.reference != file.file_name);
            let bounced = RefundState::Bounced.as_str();
            let is_back = since.any(|step| step.state == bounced);
            // A payee who was erased is known by the reference alone.
            let payee = self.payee_in(tx, &refund).await.ok().flatten();
            found.push(Sent { refund, file, account: payee.map(|payee| payee.account), is_back });
        }
        Ok(found)
    }
}

impl Sent {
    /// Whether a bank line brought it back: its amount, on the account that
    /// paid, with its number, reference or account in the text.
    fn is_shown_by(&self, line: &OpenLine, advice: &Advice) -> bool {
        let own = [Some(&self.refund.number), Some(&advice.reference), self.account.as_ref()];
        let quotes = |text: &String| {
            let text = bare(text);
            own.into_iter().flatten().any(|it| text.contains(&bare(it)))
        };
        line.bank == self.file.bank
            && line.amount == self.refund.amount
            && [&line.reference, &line.narrative].into_iter().any(quotes)
    }
}
