//! E-returns: made, saved, handed in, sent back, approved by another, given up.

use ims_app::{Actor, Books, Bulk, NewEReturn, ToApprove};
use ims_ledger::{Cash, CashLine, Cheque, OverShort, Takings, TakingsRow, id::EReturnId};
use ims_money::Pence;

use super::{Life, doing::Again, shadow::vat_in, step::EReturn};

/// Where an e-return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    New,
    Submitted,
    Returned,
    Approved,
    Void,
}

/// An e-return.
pub(super) struct Declared {
    id: EReturnId,
    stands: Stands,
    version: i64,
    /// The rows, and what was counted above them.
    rooms: i64,
    permits: i64,
    over: i64,
    is_stated: bool,
}

impl Declared {
    /// Whether it can be handed in: something was counted, for something, and
    /// where the two differ that is stated.
    fn is_complete(&self) -> bool {
        let rows = self.rooms + self.permits;
        rows > 0 && rows + self.over > 0 && (self.over == 0 || self.is_stated)
    }

    fn is_open(&self) -> bool {
        matches!(self.stands, Stands::New | Stands::Returned)
    }
}

impl Life {
    pub(super) async fn ereturn(&mut self, which: usize, what: EReturn) {
        if matches!(what, EReturn::Create) {
            return self.create().await;
        }
        let Some(at) = self.chosen(which, what) else { return };
        match what {
            EReturn::Create => {}
            EReturn::Save { rooms, permits, over, is_stated, is_newest } => {
                let is_possible = is_newest && self.shadow.declared[at].is_open();
                let takings = self.takings(rooms, permits, over, is_stated);
                self.save(at, &takings, is_newest, is_possible).await;
                if is_possible {
                    let one = &mut self.shadow.declared[at];
                    (one.rooms, one.permits) = (rooms, permits);
                    (one.over, one.is_stated) = (over, is_stated);
                }
            }
            EReturn::Submit => self.submit(at).await,
            EReturn::SendBack => self.send_back(at).await,
            EReturn::Approve { had_a_hand } => self.approve(at, had_a_hand).await,
            EReturn::Void => self.void(at).await,
        }
    }

    /// One that stands where this can be done, if there is one: the last choice
    /// is among all.
    fn chosen(&self, which: usize, what: EReturn) -> Option<usize> {
        let fits = |one: &Declared| match what {
            EReturn::Create => false,
            EReturn::Save { .. } => one.is_open(),
            EReturn::Submit => one.is_open() && one.is_complete(),
            EReturn::SendBack | EReturn::Approve { .. } => one.stands == Stands::Submitted,
            EReturn::Void => one.stands != Stands::Approved,
        };
        let all = 0..self.shadow.declared.len();
        let fitting = all.clone().filter(|at| fits(&self.shadow.declared[*at]));
        let mut chosen: Vec<_> = if which == 0 { all.clone().collect() } else { fitting.collect() };
        if chosen.is_empty() {
            chosen = all.collect();
        }
        chosen.get(which.checked_rem(chosen.len())?).copied()
    }

    async fn create(&mut self) {
        let new = NewEReturn { template: "LIB".to_owned(), key: Some(self.shadow.key()) };
        let deed = async |books: &Books| books.create_ereturn(&new).await;
        let made = self.does(&self.cashier, Again::Same, deed).await.unwrap();
        // Numbered without gaps.
        assert_eq!(made.number, format!("R{}", self.shadow.declared.len() + 1));
        self.shadow.declared.push(Declared {
            id: made.id,
            stands: Stands::New,
            version: 1,
            rooms: 0,
            permits: 0,
            over: 0,
            is_stated: false,
        });
    }

    /// Half of it counted in coins, the rest a cheque.
    fn takings(&self, rooms: i64, permits: i64, over: i64, is_stated: bool) -> Takings {
        let row = |row, reference: &str, description: &str, vat: &str, pence| TakingsRow {
            row,
            reference: reference.to_owned(),
            description: description.to_owned(),
            vat: vat.to_owned(),
            amount: Pence::new(pence),
        };
        let counted = (rooms + permits + over).max(0);
        let coins = counted / 20;
        let denomination = Pence::new(10).try_into().unwrap();
        let count = Some(u32::try_from(coins).unwrap());
        let cash = Cash {
            bag: "BAG7".to_owned(),
            lines: vec![CashLine { denomination, count, value: None }],
        };
        let cheque = Pence::new(counted - coins * 10);
        let cheque = Cheque { item: 1, name: "J Smith".to_owned(), amount: cheque };
        let stated = OverShort { amount: Pence::new(over), reason: "counted twice".to_owned() };
        Takings {
            taken_on: self.shadow.today(),
            rows: vec![
                row(1, "LM000100", "Room hire", "S", rooms),
                row(2, "PN123456", "Permits", "Z", permits),
            ],
            cash: (coins > 0).then_some(cash),
            cheques: (cheque.amount.is_positive()).then_some(cheque).into_iter().collect(),
            card_machines: Vec::new(),
            over_short: (is_stated && over != 0).then_some(stated),
            narrative: String::new(),
        }
    }

    async fn save(&mut self, at: usize, takings: &Takings, is_newest: bool, is_possible: bool) {
        let one = &self.shadow.declared[at];
        let (id, seen) = (one.id, one.version - i64::from(!is_newest));
        let deed = async |books: &Books| books.save_ereturn(id, seen, takings).await;
        match self.does(&self.cashier, Again::Same, deed).await {
            // The same was saved before, from the version that was seen.
            Ok(saved) if !is_possible => assert!(saved.before, "{takings:?} was saved"),
            Ok(saved) => {
                self.shadow.declared[at].version += 1;
                assert_eq!(saved.version, self.shadow.declared[at].version);
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{takings:?}: {error}");
            }
        }
    }

    async fn submit(&mut self, at: usize) {
        let one = &self.shadow.declared[at];
        let (id, seen) = (one.id, one.version);
        let is_possible = one.is_open() && one.is_complete();
        let was = one.stands;
        let deed = async |books: &Books| books.submit_ereturn(id, seen).await;
        match self.does(&self.cashier, Again::Same, deed).await {
            // Handed in once, whatever came of it.
            Ok(moved) if moved.before && matches!(was, Stands::Submitted | Stands::Approved) => {}
            Ok(_) => {
                assert!(is_possible, "it was handed in");
                self.shadow.declared[at].stands = Stands::Submitted;
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{error}");
            }
        }
    }

    async fn send_back(&mut self, at: usize) {
        let (id, was) = (self.shadow.declared[at].id, self.shadow.declared[at].stands);
        let deed = async |books: &Books| books.return_ereturn(id, "which room?").await;
        match self.does(&self.manager, Again::Same, deed).await {
            Ok(moved) if moved.before && was == Stands::Returned => {}
            Ok(_) => {
                assert_eq!(was, Stands::Submitted);
                self.shadow.declared[at].stands = Stands::Returned;
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert_ne!(was, Stands::Submitted, "{error}");
            }
        }
    }

    async fn void(&mut self, at: usize) {
        let (id, was) = (self.shadow.declared[at].id, self.shadow.declared[at].stands);
        let is_possible = !matches!(was, Stands::Approved | Stands::Void);
        let deed = async |books: &Books| books.void_ereturn(id, "declared twice").await;
        match self.does(&self.manager, Again::Same, deed).await {
            Ok(moved) if moved.before && was == Stands::Void => {}
            Ok(_) => {
                assert!(is_possible, "it was given up");
                self.shadow.declared[at].stands = Stands::Void;
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{error}");
            }
        }
    }

    async fn approve(&mut self, at: usize, had_a_hand: bool) {
        let one = &self.shadow.declared[at];
        let which = [ToApprove { id: one.id, version: Some(one.version) }];
        let (was, rooms, permits, over) = (one.stands, one.rooms, one.permits, one.over);
        if had_a_hand {
            // The same person with more roles has the same hands.
            let roles = ["income-manager".to_owned()];
            let cashier = Actor::person(self.cashier.actor().name(), &roles);
            let code = &self.town.books.council().code;
            let cashier = self.town.app.books(Some(code), cashier).await.unwrap();
            let done = cashier.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1;
            assert!(done.unwrap_err().is_refusal());
            return;
        }
        let deed =
            async |books: &Books| books.approve_ereturns(&which, Bulk::All).await?.remove(0).1;
        match self.does(&self.manager, Again::Same, deed).await {
            Ok(approved) if approved.before && was == Stands::Approved => {}
            Ok(approved) => {
                assert_eq!(was, Stands::Submitted);
                self.shadow.declared[at].stands = Stands::Approved;
                let accounts = [("LE", "LM000100".to_owned()), ("PK", "PN123456".to_owned())];
                let amounts = [(rooms, vat_in(rooms)), (permits, 0)];
                let rows = accounts.into_iter().zip(amounts).filter(|(_, (pence, _))| *pence > 0);
                let mut lines = Vec::new();
                for ((account, (pence, vat)), number) in rows.zip(1..) {
                    self.shadow.gain(&account, pence, vat);
                    lines.push((number, account));
                }
                self.shadow.over_short -= over;
                let made = self.receipt_of(&approved.receipt).await;
                self.shadow.lines.add(&made, &lines, "ER");
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert_ne!(was, Stands::Submitted, "{error}");
            }
        }
    }
}
