//! Tills: what one cashier takes into one drawer, from a float to the slips that
//! the bank shows.
//!
//! ```text
//! open_till       a number, and the float that was counted into the drawer
//! take_at_till    a receipt of the session: cash with change, cheque, card, post
//! lift_from_till  cash from the drawer to the safe
//! take_back_lift  one that was mistyped: it stays, and counts no more
//! count_till      blind: what is there, before anybody is told what should be;
//!                 paid in at once, or a second person is asked about the difference
//! decide_till_difference   yes: paid in as counted; no: counted again
//! till_session, till_sessions, till_numbered, till_receipts
//! ```
//!
//! *Invariant:* money in a till waits in the channel it was taken through, and no
//! bank line is matched to it until it is paid in. *Invariant:* a session that
//! was counted takes nothing more. *Invariant:* the float is no income: it is
//! counted at both ends, and posted nowhere.

use std::collections::BTreeMap;

use ims_ledger::{Till, TillBanking, TillCount, TillLine, TillTaken, id::TillSessionId};
use ims_store::{TillCountRow, TillSessionRow, Tx};

use crate::{AppError, Books, Result, ereturns::lost, keyed::read, paying_in::slip_label};

mod count;
mod decide;
mod lift;
mod look;
mod open;
mod pay_in;
mod take;
mod take_back;

pub use count::CountedTill;
pub use lift::LiftedFromTill;
pub use look::TillView;
pub use open::{NewTillSession, OpenedTill};
pub use take::{TakenAtTill, Tender};
pub use take_back::LiftTakenBack;

pub(crate) use pay_in::PAID_IN;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TillStatus {
    /// It takes money.
    Open,
    /// It was counted, and a second person is asked about the difference.
    Counted,
    /// It is to be counted again.
    Recount,
    /// It was paid in.
    Closed,
}

impl TillStatus {
    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Counted => "counted",
            Self::Recount => "recount",
            Self::Closed => "closed",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Open, Self::Counted, Self::Recount, Self::Closed];
        all.into_iter().find(|status| status.as_str() == word)
    }
}

/// A session's number as people see it.
pub(crate) fn label(number: i64) -> String {
    format!("T{number}")
}

/// A session with what it is held to.
struct Held {
    row: TillSessionRow,
    status: TillStatus,
    /// The till as it was when the session was opened.
    till: Till,
    /// What a difference of more than this asks a second person for.
    difference_above: Option<ims_money::Pence>,
}

impl Held {
    fn label(&self) -> String {
        label(self.row.number)
    }

    /// Refuses a session that takes no money any more.
    fn is_open(&self) -> Result<()> {
        match self.status {
            TillStatus::Open => Ok(()),
            TillStatus::Counted | TillStatus::Recount | TillStatus::Closed => Err(self.ended()),
        }
    }

    fn ended(&self) -> AppError {
        AppError::Refused(format!("{} was counted: nothing more goes into it or out", self.label()))
    }

    /// Refuses everybody but whose till it is.
    fn is_of(&self, who: &str) -> Result<()> {
        let whose = &self.row.cashier;
        if whose == who {
            return Ok(());
        }
        let what = format!("{} is {whose}'s till; {who} opens one of their own", self.label());
        Err(AppError::Refused(what))
    }
}

impl Books {
    /// Whether the actor sees a session: of their offices, and somebody else's only
    /// when they see every fund and method that may be in it.
    fn sees_till(&self, row: &TillSessionRow) -> bool {
        let within = self.within();
        let sees_all = within.funds.is_none() && within.methods.is_none();
        self.actor().scope().may_office(&row.office)
            && (sees_all || row.cashier == self.actor().name())
    }

    async fn held_till(&self, tx: &mut Tx, id: TillSessionId) -> Result<Held> {
        let absent = || AppError::NotFound { what: "till session", name: id.to_string() };
        let row = tx.till_session(self.id(), id).await?.ok_or_else(absent)?;
        if !self.sees_till(&row) {
            return Err(absent());
        }
        let lost = || lost(row.config_version, &label(row.number));
        let council = self.council_then(tx, row.config_version, &label(row.number)).await?;
        let till = council.till(&row.till).cloned().ok_or_else(lost)?;
        let status = TillStatus::named(&row.status).ok_or_else(lost)?;
        let difference_above = council.approval.till_difference_above_pence;
        Ok(Held { row, status, till, difference_above })
    }

    /// What went through a till, as the count of that number has it.
    async fn till_taken(&self, tx: &mut Tx, held: &Held, count: i64) -> Result<TillTaken> {
        let mut lifts = tx.till_lifts(self.id(), held.row.id).await?;
        let back = tx.till_lifts_back(self.id(), held.row.id).await?;
        // A count made before a lift was taken back was made with it.
        let is_back = |number| back.iter().any(|it| it.lift == number && it.counts < count);
        lifts.retain(|lift| !is_back(lift.number));
        let lifted = ims_money::Pence::checked_sum(lifts.iter().map(|lift| lift.amount));
        let mut taken = TillTaken {
            float: held.row.float,
            lifted: lifted.ok_or(AppError::Overflow)?,
            cards: BTreeMap::new(),
            ..TillTaken::default()
        };
        for row in tx.taken_at_till(self.id(), held.row.id).await? {
            match row.kind.as_str() {
                "cash" => taken.cash = row.amount,
                "cheque" => taken.cheques = row.amount,
                _ => {
                    taken.cards.insert((row.terminal, row.batch), row.amount);
                }
            }
        }
        Ok(taken)
    }

    /// What a count of a session came to, and what became of it.
    async fn told(
        &self,
        tx: &mut Tx,
        held: &Held,
        count: &TillCountRow,
        before: bool,
    ) -> Result<CountedTill> {
        let counted: TillCount = read(&count.document)?;
        let taken = self.till_taken(tx, held, count.number).await?;
        let banking: TillBanking = counted.against(&taken).ok_or(AppError::Overflow)?;
        let slips = tx.till_slips(self.id(), held.row.id).await?;
        let lines: Vec<TillLine> = banking.lines;
        Ok(CountedTill {
            number: held.label(),
            status: held.status,
            lines,
            expected: banking.expected,
            counted: banking.counted,
            over: banking.over,
            float_short: banking.float_short,
            slips: slips.iter().map(|slip| slip_label(slip.number)).collect(),
            waits_for: count.approval.filter(|_| held.status == TillStatus::Counted),
            before,
        })
    }
}
