//! Closing an accounting day: what is still unexplained goes to suspense with
//! its reason, the day is certified, and nothing is posted into it any more.

use chrono::NaiveDate;
use ims_ledger::{Account, flow, id::SuspenseId, seal::ContentHash};
use ims_money::Pence;
use ims_store::{DayCloseRow, OpenLine, StoreError, SuspenseRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    posting::{Writer, some},
    reconcile_bank::one_line,
};

/// The name the explanation of a line that went to suspense goes by.
pub(crate) const TO_SUSPENSE: &str = "day close: to suspense";

/// What a closed day came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The day.
    pub day: NaiveDate,
    /// Receipts that count in it, and in the days since the one closed before.
    pub receipts: i64,
    /// Their sum.
    pub receipts_pence: Pence,
    /// Bank lines that closing put into suspense.
    pub to_suspense: u64,
    /// Their signed sum.
    pub to_suspense_pence: Pence,
    /// Every account's balance at the end of the day, debit positive.
    pub balances: Vec<(Account, Pence)>,
    /// The newest block when the day was closed, in hexadecimal.
    pub head: String,
    /// Whether the day had been closed before.
    #[serde(skip)]
    pub before: bool,
}

impl Books {
    /// Closes a day and every day before it.
    ///
    /// Reconciles once more first. The same day again gives the same
    /// certificate.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for a day that has not come yet, or one before a
    /// day that is closed.
    pub async fn close_day(&self, day: NaiveDate) -> Result<Certificate> {
        self.actor().needs(Permission::CloseDay)?;
        let today = self.world().today();
        if day > today {
            return Err(AppError::Refused(format!("{day} cannot be closed: today is {today}")));
        }
        if let Some(closed) = self.closed_before(day).await? {
            return Ok(closed);
        }
        let head = self.seal().await?;
        let certificate = match patiently(|| self.close_once(day, head)).await? {
            Some(certificate) => Some(certificate),
            None => self.closed_before(day).await?,
        };
        self.seal().await?;
        certificate.ok_or_else(|| AppError::Refused(format!("{day} was closed by somebody else")))
    }

    async fn closed_before(&self, day: NaiveDate) -> Result<Option<Certificate>> {
        let mut tx = self.store().snapshot().await?;
        let Some(closed) = tx.closed_through(self.id()).await? else { return Ok(None) };
        if closed < day {
            return Ok(None);
        }
        let closes = tx.closes_of(self.id(), day).await?;
        match closes.iter().find(|row| row.reopened_at.is_none()) {
            Some(row) => {
                let read: Certificate = serde_json::from_str(&row.certificate)
                    .map_err(|error| AppError::BadInput(error.to_string()))?;
                Ok(Some(Certificate { before: true, ..read }))
            }
            None => Err(AppError::Refused(format!("{day} is closed with {closed}, a later day"))),
        }
    }

    /// `None` when somebody else closed it since we looked.
    async fn close_once(&self, day: NaiveDate, head: ContentHash) -> Result<Option<Certificate>> {
        let mut tx = self.store().begin().await?;
        // Whoever posts into the day has posted before its certificate is made.
        tx.hold_days(self.id()).await?;
        let closed_through = tx.closed_through(self.id()).await?;
        if closed_through.is_some_and(|closed| closed >= day) {
            return Ok(None);
        }
        let left = self.reconcile_in(&mut tx).await?.left;
        let writer = Writer { books: self, now: self.world().now(), closed_through, import: None };
        let late: Vec<_> = left.into_iter().filter(|left| left.line.booked_on <= day).collect();
        let lines: Vec<(OpenLine, String)> =
            late.into_iter().map(|left| (left.line, left.why)).collect();
        let to_suspense_pence = put_aside(&mut tx, &writer, &lines).await?;
        let (receipts, receipts_pence) = receipts_of(&mut tx, &writer, day).await?;
        let balances = tx.balances_through(self.id(), day).await?;
        let balances = balances
            .into_iter()
            .map(|sums| {
                Ok((sums.account, sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let certificate = Certificate {
            day,
            receipts,
            receipts_pence,
            to_suspense: u64::try_from(lines.len()).unwrap_or(u64::MAX),
            to_suspense_pence,
            balances,
            head: head.to_string(),
            before: false,
        };
        let document = serde_json::to_string(&certificate)
            .map_err(|error| AppError::BadInput(error.to_string()))?;
        let row = DayCloseRow {
            generation: tx.day_generation(self.id()).await?,
            day,
            closed_at: self.world().now(),
            closed_by: self.actor().name().to_owned(),
            head,
            certificate: document,
            reopened_at: None,
        };
        tx.close_day(self.id(), &row).await?;
        let data = serde_json::json!({
            "receipts": receipts, "receipts_pence": receipts_pence, "to_suspense": certificate.to_suspense,
            "to_suspense_pence": to_suspense_pence, "before": closed_through, "generation": row.generation,
        });
        self.note(&mut tx, "close day", &day.to_string(), data).await?;
        tx.commit().await?;
        Ok(Some(certificate))
    }
}

/// How many days with receipts are looked through.
const DAYS_LOOKED_AT: i64 = 10_000;

/// How many receipts count in a day and the days closed with it, and their sum.
async fn receipts_of(tx: &mut Tx, writer: &Writer<'_>, day: NaiveDate) -> Result<(i64, Pence)> {
    let days = tx.day_totals(writer.books.id(), DAYS_LOOKED_AT).await?;
    let is_of = |other: NaiveDate| {
        other <= day && writer.closed_through.is_none_or(|closed| other > closed)
    };
    let (mut receipts, mut sum) = (0_i64, Pence::ZERO);
    for totals in days.iter().filter(|totals| is_of(totals.day)) {
        receipts = receipts.saturating_add(totals.receipts);
        sum = sum.checked_add(totals.amount).ok_or(AppError::Overflow)?;
    }
    Ok((receipts, sum))
}

/// Puts lines into suspense; gives their signed sum.
async fn put_aside(
    tx: &mut Tx,
    writer: &Writer<'_>,
    lines: &[(OpenLine, String)],
) -> Result<Pence> {
    let council = writer.books.id();
    let (mut entries, mut items, mut details) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sets, mut pairs, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let mut total = Pence::ZERO;
    for (line, why) in lines {
        let bank = line
            .bank
            .parse()
            .map_err(|bad: ims_ledger::id::BadCode| AppError::BadInput(bad.to_string()))?;
        let id = SuspenseId::new(writer.books.world().id());
        let postings = some(flow::into_suspense(&bank, line.amount))?;
        let about = format!("suspense {id} line {}", line.id);
        let mut entry = writer.entry("suspense", line.booked_on, about, postings);
        entry.detail = writer.detail(id.get(), &line.narrative, &mut details);
        let reason = format!("nobody placed it by the close of the day: {why}");
        let (set, mut pair) = one_line(writer, line, TO_SUSPENSE, reason, Some(&entry));
        pair.suspense = Some(id);
        items.push(SuspenseRow {
            id,
            happened_on: line.booked_on,
            amount: line.amount,
            reason: why.clone(),
            reference: line.reference.clone(),
            entry: entry.id,
            import: None,
            line: Some(line.id),
            method: None,
            created_at: writer.now,
        });
        total = total.checked_add(line.amount).ok_or(AppError::Overflow)?;
        ids.push(line.id);
        sets.push(set);
        pairs.push(pair);
        entries.push(entry);
    }
    tx.post_many(council, &entries).await?;
    tx.add_suspense(council, &items).await?;
    tx.put_details(council, &details).await?;
    tx.add_matches(council, &sets, &pairs).await?;
    let closed = tx.close_lines(council, &ids).await?;
    if closed != u64::try_from(ids.len()).unwrap_or(u64::MAX) {
        return Err(StoreError::Busy.into());
    }
    Ok(total)
}
