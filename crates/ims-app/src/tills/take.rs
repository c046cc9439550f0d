//! Money taken into a till.

use ims_ledger::{Method, MethodKind, card_number, id::TillSessionId};
use ims_money::Pence;
use ims_store::{TillReceiptRow, Tx};

use super::Held;
use crate::{
    AppError, Books, NewReceipt, Permission, Result, TakenReceipt,
    paying_in::batch_source,
    take_receipt::{Made, Took, numbered_anew},
};

/// What was handed over for a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tender {
    /// Just what it comes to: cash, a cheque, the post.
    Exact,
    /// So much cash; what is over is given back.
    Cash(Pence),
    /// A card, through a terminal of its own.
    Card {
        /// Which terminal.
        terminal: String,
        /// The number of its batch, as its slip says.
        batch: String,
    },
}

/// A receipt taken into a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenAtTill {
    /// The receipt.
    pub receipt: TakenReceipt,
    /// What was handed over.
    pub tendered: Pence,
    /// What of it is given back.
    pub change: Pence,
}

/// The longest name of a terminal or a batch.
const NAME_MAX: usize = 50;

/// Where in a till it goes: the drawer's cash, its cheques, a terminal.
struct Goes<'a> {
    kind: &'static str,
    terminal: &'a str,
    batch: &'a str,
}

impl Books {
    /// Takes money into a till and gives a receipt, as
    /// [`take_receipt`](Self::take_receipt) does: today, at the till's office.
    ///
    /// # Errors
    ///
    /// As there; and [`AppError::BadInput`] for a method that no till takes, cash
    /// of less than it comes to, or a card without its terminal;
    /// [`AppError::Refused`] for somebody else's till, and one that was counted.
    pub async fn take_at_till(
        &self,
        id: TillSessionId,
        new: &NewReceipt,
        tender: &Tender,
    ) -> Result<TakenAtTill> {
        self.actor().needs(Permission::TakeCash)?;
        numbered_anew(|| self.take_at_till_once(id, new, tender)).await
    }

    async fn take_at_till_once(
        &self,
        id: TillSessionId,
        new: &NewReceipt,
        tender: &Tender,
    ) -> Result<TakenAtTill> {
        let mut tx = self.store().begin().await?;
        let held = self.held_till(&mut tx, id).await?;
        held.is_of(self.actor().name())?;
        let office = Some(held.row.office.clone());
        let new = NewReceipt { office, happened_on: None, ..new.clone() };
        let Made { rows, done, receipt, expected, .. } =
            match self.take_in(&mut tx, &new, Some(&held.till)).await? {
                Took::Before(done) => return self.taken_there(&mut tx, id, done, tender).await,
                Took::Now(made) => *made,
            };
        held.is_open()?;
        self.starts_no_payment(&mut tx, new.key.as_deref()).await?;
        let settings = self.settings_in(&mut tx).await?;
        let method =
            settings.council.method.iter().find(|method| method.code.as_str() == new.method);
        let into = into(&held, method, &new, tender)?;
        self.batch_is_ours(&mut tx, &held, &into).await?;
        let tendered = tendered(done.total, tender)?;
        let nothing = || AppError::BadInput("nothing is taken into a till by it".to_owned());
        // Whoever counts waits for us, or we are told that they have.
        if !tx.move_till(self.id(), id, "open", "open").await? {
            return Err(held.ended());
        }
        tx.add(rows).await?;
        let row = TillReceiptRow {
            receipt,
            session: id,
            kind: into.kind.to_owned(),
            amount: done.total,
            tendered,
            terminal: into.terminal.to_owned(),
            batch: into.batch.to_owned(),
            expected: expected.ok_or_else(nothing)?,
            taken_at: self.world().now(),
        };
        tx.add_till_receipt(self.id(), &row).await?;
        let change = tendered.checked_sub(done.total).ok_or(AppError::Overflow)?;
        let data = serde_json::json!({
            "receipt": done.receipt, "kind": row.kind, "amount_pence": row.amount,
            "tendered_pence": tendered, "change_pence": change,
            "terminal": row.terminal, "batch": row.batch,
        });
        self.note(&mut tx, "take at till", &held.label(), data).await?;
        tx.commit().await?;
        Ok(TakenAtTill { receipt: done, tendered, change })
    }

    /// What was taken under the same key before: into this till, and handed over
    /// in the same way.
    async fn taken_there(
        &self,
        tx: &mut Tx,
        id: TillSessionId,
        done: TakenReceipt,
        tender: &Tender,
    ) -> Result<TakenAtTill> {
        let kept = tx.receipt_at_till(self.id(), &done.receipt).await?;
        let same = |row: &TillReceiptRow| {
            let is_same = match tender {
                Tender::Exact => row.terminal.is_empty() && row.tendered == row.amount,
                Tender::Cash(tendered) => row.terminal.is_empty() && row.tendered == *tendered,
                Tender::Card { terminal, batch } => {
                    row.terminal == terminal.trim() && row.batch == batch.trim()
                }
            };
            is_same && row.session == id
        };
        let other = || {
            let what = "this key was used before for a receipt taken elsewhere or otherwise";
            AppError::Refused(what.to_owned())
        };
        let row = kept.filter(same).ok_or_else(other)?;
        let change = row.tendered.checked_sub(row.amount).ok_or(AppError::Overflow)?;
        Ok(TakenAtTill { receipt: done, tendered: row.tendered, change })
    }

    /// Refuses a key under which a payment through a provider was started: the money
    /// may be coming that way.
    async fn starts_no_payment(&self, tx: &mut Tx, key: Option<&str>) -> Result<()> {
        let Some(key) = key else { return Ok(()) };
        match tx.payment_by_key(self.id(), key).await? {
            None => Ok(()),
            Some(_) => {
                let what = "this key was used before for a payment through a provider";
                Err(AppError::Refused(what.to_owned()))
            }
        }
    }

    /// A batch belongs to one till, and to none once it was declared.
    async fn batch_is_ours(&self, tx: &mut Tx, held: &Held, into: &Goes<'_>) -> Result<()> {
        let Some(channel) = held.till.terminal_channel.as_ref().filter(|_| into.kind == "card")
        else {
            return Ok(());
        };
        tx.hold_batches(self.id()).await?;
        let batch = (into.terminal, into.batch);
        if let Some(other) = tx.batch_elsewhere(self.id(), batch, held.row.id).await? {
            return Err(AppError::Refused(format!(
                "batch {} of terminal {} is {}'s: end the terminal's batch first",
                into.batch,
                into.terminal,
                super::label(other)
            )));
        }
        let source = batch_source(into.terminal, into.batch, self.world().today());
        self.not_declared(tx, channel, &[source], &held.label()).await
    }
}

/// What of the till the money goes into; refuses what no till takes.
fn into<'a>(
    held: &Held,
    method: Option<&Method>,
    new: &NewReceipt,
    tender: &'a Tender,
) -> Result<Goes<'a>> {
    let bad = |what: String| Err(AppError::BadInput(what));
    let kind = match method.map(|method| method.kind) {
        Some(MethodKind::Cash) => "cash",
        Some(MethodKind::Cheque) => "cheque",
        Some(MethodKind::Post) if new.cheque.is_some() => "cheque",
        Some(MethodKind::Post) => "cash",
        Some(MethodKind::CardStaff) => "card",
        _ => {
            return bad(format!(
                "nothing goes into a till by {}: it is neither cash, cheque, post nor a card through staff",
                new.method
            ));
        }
    };
    match (kind, tender) {
        ("card", Tender::Card { .. }) if held.till.terminal_channel.is_none() => {
            bad(format!("till {} takes no cards: it has no terminal_channel", held.till.code))
        }
        ("card", Tender::Card { terminal, batch }) => {
            let (terminal, batch) = (terminal.trim(), batch.trim());
            for (what, text) in [("terminal", terminal), ("batch", batch)] {
                if text.is_empty() || text.chars().count() > NAME_MAX {
                    return bad(format!("a card's {what} has 1 to {NAME_MAX} characters"));
                }
                if card_number::masked(text).is_some() {
                    return bad(format!("the {what} looks like a card's number: never write one"));
                }
            }
            Ok(Goes { kind, terminal, batch })
        }
        ("card", _) => bad("a card needs the terminal and the number of its batch".to_owned()),
        ("cash", Tender::Exact | Tender::Cash(_)) | ("cheque", Tender::Exact) => {
            Ok(Goes { kind, terminal: "", batch: "" })
        }
        (_, Tender::Cash(_)) => bad(format!("{} gives no change: only cash does", new.method)),
        (_, _) => bad(format!("{} goes through no card terminal", new.method)),
    }
}

/// What was handed over, never less than it comes to.
fn tendered(total: Pence, tender: &Tender) -> Result<Pence> {
    if !total.is_positive() {
        let what = format!("{total} cannot be taken into a till: only more than nothing");
        return Err(AppError::BadInput(what));
    }
    match tender {
        Tender::Exact | Tender::Card { .. } => Ok(total),
        Tender::Cash(tendered) if *tendered >= total => Ok(*tendered),
        Tender::Cash(tendered) => {
            Err(AppError::BadInput(format!("{tendered} is less than the {total} it comes to")))
        }
    }
}
