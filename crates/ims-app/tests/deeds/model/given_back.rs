//! Refunds and journals: what is taken of payments.

use std::collections::BTreeMap;

use ims_app::{NewJournal, NewRefund, Role, SearchReceipts, Verdict};
use ims_ledger::{RefundWay, id::ReceiptId};
use ims_money::Pence;

use super::{
    Life,
    shadow::{Account, Journal, Payment, vat_in},
    step::{Row, Says, Whose},
};
use crate::deeds::transfers::{done, part};

/// What was ever credited: number, account, pence.
type Receipts = BTreeMap<ReceiptId, (String, Account, i64)>;

impl Life {
    /// Everything the accounts of these rows were ever credited with.
    pub(super) async fn receipts_of(&self, rows: &[Row]) -> Receipts {
        let mut all = Receipts::new();
        for account in rows.iter().filter_map(|row| row.whose.account()) {
            let search = SearchReceipts::Reference(account.1.clone());
            let found = self.town.books.search_receipts(&search, None, 500).await.unwrap();
            for line in found.into_iter().filter(|line| line.amount.is_positive()) {
                all.insert(line.id, (line.number, account.clone(), line.amount.get()));
            }
        }
        all
    }

    /// Remembers the payments that a file brought.
    pub(super) async fn payments_since(&mut self, file: usize, before: &Receipts) {
        let rows = self.shadow.files[file].rows.clone();
        let import = self.shadow.files[file].import;
        for (receipt, (number, account, amount)) in self.receipts_of(&rows).await {
            if before.contains_key(&receipt) {
                continue;
            }
            let (used, used_vat) = (0, 0);
            self.shadow.payments.push(Payment {
                receipt,
                number,
                account,
                amount,
                used,
                used_vat,
                file,
                import,
            });
        }
    }

    /// The payment chosen, a part of what was paid, and whether so much is left.
    fn of_payment(&self, which: usize, hundredths: i64) -> Option<(usize, i64, bool)> {
        let at = which.checked_rem(self.shadow.payments.len())?;
        let payment = &self.shadow.payments[at];
        let file = &self.shadow.files[payment.file];
        let stands = !file.is_reversed && file.import == payment.import;
        let pence = payment.amount * hundredths / 100;
        let is_possible = stands && pence > 0 && payment.used + pence <= payment.amount;
        Some((at, pence, is_possible))
    }

    pub(super) async fn refund(&mut self, which: usize, hundredths: i64, says: Says) {
        let Some((at, pence, is_possible)) = self.of_payment(which, hundredths) else { return };
        let new = NewRefund {
            receipt: self.shadow.payments[at].number.clone(),
            lines: vec![(1, Some(Pence::new(pence)))],
            way: RefundWay::Source,
            reason: "a model's".to_owned(),
            key: None,
        };
        let asked = match self.town.books.request_refund(&new).await {
            Ok(asked) => asked,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} was taken, which is not there");
        let held = self.shadow.payments[at].take(pence);
        let account = self.shadow.payments[at].account.clone();
        let manager = self.manager().await;
        match says {
            Says::Yes => {
                // Who asked cannot, and once is enough.
                assert!(self.town.books.approve_refund(asked.id, "").await.is_err());
                manager.approve_refund(asked.id, "").await.unwrap();
                assert!(manager.refuse_refund(asked.id, Verdict::Refused, "late").await.is_err());
                self.shadow.gain(account, -pence, -held);
                self.shadow.refunds_due += pence;
            }
            Says::No => {
                manager.refuse_refund(asked.id, Verdict::Refused, "no").await.unwrap();
                self.shadow.payments[at].give_back(pence, held);
            }
            Says::Nothing => {}
        }
    }

    async fn manager(&self) -> ims_app::Books {
        let role = Role::IncomeManager.name().to_owned();
        let code = self.town.books.council().code.clone();
        let actor = ims_app::Actor::person("mia", &[role]);
        self.town.app.books(Some(&code), actor).await.unwrap()
    }

    pub(super) async fn journal(
        &mut self,
        which: usize,
        whose: Whose,
        hundredths: i64,
        twice: bool,
    ) {
        let Some((at, pence, is_possible)) = self.of_payment(which, hundredths) else { return };
        let Some(to) = whose.account() else { return };
        // Money is not moved to where it is.
        let is_possible = is_possible && self.shadow.payments[at].account != to;
        self.shadow.keys += 1;
        let new = NewJournal {
            receipt: self.shadow.payments[at].receipt,
            line: 1,
            to: vec![part(to.0, &to.1, pence)],
            reason: "a model's".to_owned(),
            key: Some(format!("journal {}", self.shadow.keys)),
        };
        let moved = match self.town.books.journal_line(&new).await {
            Ok(moved) => done(moved),
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} was moved, which is not there");
        let held = self.shadow.payments[at].take(pence);
        let from = self.shadow.payments[at].account.clone();
        self.shadow.gain(from, -pence, -held);
        self.shadow.gain(to.clone(), pence, vat_in(pence));
        self.shadow.journals.push(Journal { id: moved.id, payment: at, pence, held, to });
        if twice {
            assert!(done(self.town.books.journal_line(&new).await.unwrap()).before);
        }
    }

    pub(super) async fn undo_journal(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.journals.len()) else { return };
        let Journal { id, payment, pence, held, to } = self.shadow.journals.remove(at);
        self.town.books.undo_journal(id, "a model's").await.unwrap();
        assert!(self.town.books.undo_journal(id, "twice").await.is_err());
        self.shadow.payments[payment].give_back(pence, held);
        let from = self.shadow.payments[payment].account.clone();
        self.shadow.gain(from, pence, held);
        self.shadow.gain(to, -pence, -vat_in(pence));
    }
}
