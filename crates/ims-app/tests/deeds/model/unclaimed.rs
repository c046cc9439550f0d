//! Suspense: put where it belongs, given back, given up; and what waits for a
//! second person.

use ims_app::{Books, NewAllocation, OpenSuspense, Verdict};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;

use super::{
    Life,
    doing::Again,
    shadow::{Allocation, Waiting, vat_of},
    step::{Says, Unclaimed, Whose},
};

impl Life {
    /// The item chosen of all that are open, and a part of what is left of it.
    async fn item(&self, which: usize, hundredths: i64) -> Option<(OpenSuspense, i64)> {
        let items = self.town.suspense().await;
        let item = items.get(which.checked_rem(items.len())?)?.clone();
        let part = item.remaining.get().saturating_mul(hundredths) / 100;
        Some((item, part))
    }

    pub(super) async fn allocate(&mut self, which: usize, whose: Whose, hundredths: i64) {
        let Some((item, pence)) = self.item(which, hundredths).await else { return };
        let remaining = item.remaining.get();
        let (fund, reference) = whose.said();
        let to = NewAllocation {
            fund: fund.to_owned(),
            reference,
            amount: Some(Pence::new(pence)),
            note: "a model's".to_owned(),
            key: Some(self.shadow.key()),
        };
        let account = self.shadow.account(whose, item.happened_on);
        let is_possible = account.is_some() && pence != 0 && pence.abs() <= remaining.abs();
        let deed = async |books: &Books| books.allocate_suspense(item.id, &to).await;
        let done = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(done) => done,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                let what = format!("{pence} of {remaining} for {whose:?} was refused: {error}");
                return assert!(!is_possible, "{what}");
            }
        };
        assert!(is_possible, "{pence} of {remaining} for {whose:?} was allocated");
        assert_eq!(done.remaining.get(), remaining - pence);
        let account = account.unwrap();
        self.shadow.gain(&account, pence, vat_of(&account, pence));
        let made = self.receipt_of(&done.receipt).await;
        let method = if item.method.is_some() { "CARD" } else { "" };
        let line = match pence > 0 {
            true => self.shadow.lines.add(&made, &[(1, account.clone())], method).pop(),
            false => None,
        };
        let id = self.town.allocation(item.id).await;
        self.shadow.allocations.push(Allocation { id, item: item.id, pence, account, line });
    }

    /// Once, if nothing was taken of what it made.
    pub(super) async fn undo_allocation(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.allocations.len()) else { return };
        let Allocation { id, line, .. } = self.shadow.allocations[at];
        let is_possible = line.is_none_or(|line| self.shadow.lines.all[line].used == 0);
        let deed = async |books: &Books| books.undo_allocation(id, "a model's").await;
        if let Err(error) = self.does(&self.town.books, Again::Same, deed).await {
            assert!(error.is_refusal(), "{error:?}");
            return assert!(!is_possible, "nothing stands on it: {error}");
        }
        assert!(is_possible, "it was taken back while something stood on it");
        let Allocation { item, pence, account, line, .. } = self.shadow.allocations.remove(at);
        self.shadow.gain(&account, -pence, -vat_of(&account, pence));
        self.shadow.lines.use_up(line.as_slice());
        assert!(self.remains(item).await.abs() >= pence.abs());
    }

    /// What is left of an item.
    async fn remains(&self, item: SuspenseId) -> i64 {
        self.town.books.suspense_item(item).await.unwrap().remaining.get()
    }

    pub(super) async fn unclaimed(
        &mut self,
        which: usize,
        hundredths: i64,
        what: Unclaimed,
        says: Says,
    ) {
        let Some((item, pence)) = self.item(which, hundredths).await else { return };
        let remaining = item.remaining.get();
        let key = Some(self.shadow.key());
        let (id, amount) = (item.id, Some(Pence::new(pence)));
        let is_credit = what == Unclaimed::WrittenOff || pence > 0;
        let is_possible = is_credit && pence != 0 && pence.abs() <= remaining.abs();
        let deed = async |books: &Books| match what {
            Unclaimed::GivenBack => books.return_suspense(id, amount, "mine", key.as_deref()).await,
            Unclaimed::WrittenOff => {
                books.write_off_suspense(id, amount, "mine", key.as_deref()).await
            }
        };
        let asked = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(asked) => asked,
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                return assert!(!is_possible, "{pence} of {remaining} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} of {remaining} may be given away");
        let waiting = match what {
            Unclaimed::GivenBack => Waiting::Return(asked, id, pence),
            Unclaimed::WrittenOff => Waiting::WriteOff(asked, id, pence),
        };
        self.decide(waiting, says).await;
    }

    /// Somebody says yes or no to what has waited for long.
    pub(super) async fn decide_late(&mut self, which: usize, says: Says) {
        let Some(at) = which.checked_rem(self.shadow.waiting.len()) else { return };
        let waiting = self.shadow.waiting.remove(at);
        self.decide(waiting, says).await;
    }

    /// A second person says something of what waits; nothing lets it wait on.
    pub(super) async fn decide(&mut self, waiting: Waiting, says: Says) {
        if says == Says::Nothing {
            return self.shadow.waiting.push(waiting);
        }
        let is_yes = says == Says::Yes;
        match waiting {
            Waiting::Refund(which) => self.decide_refund(which, says).await,
            Waiting::Day(id, day) => self.decide_day(id, day, is_yes).await,
            Waiting::Month(id, month) => self.decide_month(id, month, is_yes).await,
            Waiting::Return(..) | Waiting::WriteOff(..) if is_yes => self.give(waiting).await,
            Waiting::Return(id, _, _) => {
                let deed = async |books: &Books| books.refuse_suspense_return(id, "no").await;
                self.does(&self.manager, Again::Same, deed).await.unwrap();
            }
            Waiting::WriteOff(id, _, _) => {
                let deed = async |books: &Books| books.refuse_write_off(id, "no").await;
                self.does(&self.manager, Again::Same, deed).await.unwrap();
            }
        }
    }

    /// Suspense is given away, if so much is left of it by now.
    async fn give(&mut self, waiting: Waiting) {
        let (Waiting::Return(id, item, pence) | Waiting::WriteOff(id, item, pence)) = waiting
        else {
            return;
        };
        let is_back = matches!(waiting, Waiting::Return(..));
        let is_possible = pence.abs() <= self.remains(item).await.abs();
        assert!(self.approves(&self.town.books, id, is_back).await.is_err(), "who asked approves");
        let deed = async |books: &Books| self.approves(books, id, is_back).await;
        if let Err(error) = self.does(&self.manager, Again::Same, deed).await {
            assert!(error.is_refusal(), "{error:?}");
            assert!(!is_possible, "{pence} was refused: {error}");
            return self.shadow.waiting.push(waiting);
        }
        assert!(is_possible, "{pence} was given away, which is not there");
        let otherwise = if is_back {
            self.manager.refuse_suspense_return(id, "no").await
        } else {
            self.manager.refuse_write_off(id, "no").await
        };
        assert!(otherwise.unwrap_err().is_refusal(), "it was decided, and then otherwise");
        if is_back {
            self.shadow.refunds_due += pence;
        } else {
            // Credited when money is given up, debited for a debit item.
            self.shadow.written_off -= pence;
        }
    }

    async fn approves(
        &self,
        books: &Books,
        id: ims_ledger::id::ApprovalId,
        is_back: bool,
    ) -> ims_app::Result<()> {
        if is_back {
            books.approve_suspense_return(id, "").await.map(drop)
        } else {
            books.approve_write_off(id, "").await.map(drop)
        }
    }

    /// A verdict on what is asked of closed days. It is sealed after it is done:
    /// where the answer was lost, it is told that it was decided.
    pub(super) async fn opens(
        &self,
        id: ims_ledger::id::ApprovalId,
        is_yes: bool,
    ) -> ims_app::Result<String> {
        let verdict = if is_yes { Verdict::Approved } else { Verdict::Refused };
        let decided = format!("was {} by mia", verdict.as_str());
        let deed = async |books: &Books| match books.decide_reopen(id, verdict, "seen").await {
            Err(error) if error.to_string().contains(&decided) => Ok(decided.clone()),
            done => done,
        };
        self.does(&self.manager, Again::Same, deed).await
    }
}
