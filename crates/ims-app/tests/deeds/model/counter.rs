//! Money taken by people, fees, account holders, and old references.

use std::collections::BTreeSet;

use ims_app::{Books, HolderPatch, NewReceipt, NewRedirect};
use ims_money::Pence;

use super::{
    Life,
    doing::Again,
    shadow::{Account, Holder, vat_of},
    step::{Row, Whose},
};
use crate::deeds::{
    take_receipt::{cash, line},
    town::ct,
};

impl Life {
    /// By a cashier, who may not take money for an account on stop, nor for one
    /// reference twice.
    pub(super) async fn take(&mut self, rows: &[Row], by_phone: bool) {
        let today = self.shadow.today();
        let method = if by_phone { "PHONE" } else { "CASH" };
        let asked = rows.iter().map(|row| {
            let (fund, reference) = row.whose.said();
            line(fund, &reference, row.pence)
        });
        let new = NewReceipt {
            method: method.to_owned(),
            lines: asked.collect(),
            key: Some(self.shadow.key()),
            ..cash("CT", "", 0)
        };
        let led: Option<Vec<Account>> =
            rows.iter().map(|row| self.shadow.account(row.whose, today)).collect();
        let is_free = |account: &Account| {
            let mut stopped = self.shadow.holders.iter().filter(|(_, holder)| holder.is_stopped);
            !stopped.any(|(number, _)| *account == ("CT", ct(*number)))
        };
        let once = |led: &[Account]| led.iter().collect::<BTreeSet<_>>().len() == led.len();
        let is_possible = led.as_ref().is_some_and(|led| once(led) && led.iter().all(is_free));
        let deed = async |books: &Books| books.take_receipt(&new).await;
        let taken = match self.does(&self.cashier, Again::Same, deed).await {
            Ok(taken) => taken,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{new:?} was refused: {error}");
            }
        };
        assert!(is_possible, "{new:?} was taken");
        let accounts: Vec<_> = (1..).zip(led.unwrap()).collect();
        let made = self.receipt_of(&taken.receipt).await;
        self.shadow.lines.add(&made, &accounts, method);
        for ((_, account), row) in accounts.iter().zip(rows) {
            self.shadow.gain(account, row.pence, vat_of(account, row.pence));
        }
        if by_phone {
            self.shadow.by_phone.push((taken.receipt, accounts[0].1.clone(), None));
        }
    }

    /// Once for a payment: the same is known, another is refused.
    pub(super) async fn fee(&mut self, which: usize, pence: i64) {
        let Some(at) = which.checked_rem(self.shadow.by_phone.len()) else { return };
        let (number, account, fee) = self.shadow.by_phone[at].clone();
        let is_possible = fee.map_or(pence > 0, |fee| fee == pence);
        let amount = Pence::new(pence);
        let deed = async |books: &Books| books.charge_fee(&number, "FEE", amount).await;
        let charged = match self.does(&self.cashier, Again::Same, deed).await {
            Ok(charged) => charged,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} after {fee:?} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} was charged after {fee:?}");
        if fee.is_none() {
            let made = self.receipt_of(&charged.receipt).await;
            self.shadow.lines.add(&made, &[(1, account.clone())], "FEE");
            // Its own entry, without VAT.
            self.shadow.gain(&account, pence, 0);
            self.shadow.by_phone[at].2 = Some(pence);
        }
    }

    pub(super) async fn put_holder(&mut self, number: u32, is_newest: bool) {
        let known = self.shadow.holders.get(&number).map(|holder| holder.version);
        let version = match (known, is_newest) {
            (known, true) => known,
            (known, false) => Some(known.unwrap_or_default() + 1),
        };
        let patch = HolderPatch {
            fund: "CT".to_owned(),
            reference: ct(number),
            version,
            name: Some(self.shadow.key()),
            reason: "a model's".to_owned(),
            ..HolderPatch::default()
        };
        let deed = async |books: &Books| books.put_holder(&patch).await;
        match self.does(&self.town.books, Again::Refused, deed).await {
            Ok(row) => {
                assert!(is_newest, "another version was changed than there is");
                let new = Holder { version: 0, is_stopped: false };
                let holder = self.shadow.holders.entry(number).or_insert(new);
                holder.version += 1;
                assert_eq!(row.version, holder.version);
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_newest, "{error}");
            }
        }
    }

    pub(super) async fn stop(&mut self, number: u32, is_on: bool) {
        let reference = ct(number);
        let of = ("CT", reference.as_str());
        let deed = async |books: &Books| match is_on {
            true => books.stop_holder(of, "BAIL", "a model's").await,
            false => books.release_holder(of, "a model's").await,
        };
        let done = self.does(&self.town.books, Again::Same, deed).await;
        match (done, self.shadow.holders.get_mut(&number)) {
            (Ok(row), Some(holder)) => {
                holder.version += i64::from(holder.is_stopped != is_on);
                holder.is_stopped = is_on;
                assert_eq!((row.version, row.stop.is_some()), (holder.version, is_on));
            }
            (Err(error), None) => assert!(error.is_bad_input(), "{error:?}"),
            (done, holder) => panic!("{done:?}, {}", holder.is_some()),
        }
    }

    /// From today on, unless it would lead round in a circle.
    pub(super) async fn redirect(&mut self, from: Whose, to: u32) {
        let today = self.shadow.today();
        let (fund, reference) = from.said();
        let new = NewRedirect {
            fund: fund.to_owned(),
            reference: reference.clone(),
            to: Some(("CT".to_owned(), ct(to))),
            from: today,
            reason: "a model's".to_owned(),
        };
        let redirect = ((fund, reference), today, ("CT", ct(to)));
        self.shadow.redirects.push(redirect.clone());
        let is_possible = self.shadow.follow(redirect.0.clone(), today).is_ok();
        let deed = async |books: &Books| books.redirect_reference(&new).await;
        match self.does(&self.town.books, Again::Same, deed).await {
            Ok(_) => assert!(is_possible, "{redirect:?} leads round in a circle"),
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{redirect:?}: {error}");
                self.shadow.redirects.pop();
            }
        }
    }
}
