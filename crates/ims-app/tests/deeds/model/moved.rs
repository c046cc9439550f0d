//! Money that moves between accounts, and back.

use ims_app::{Books, MovedPart, NewJournal, NewTransfer};

use super::{
    Life,
    doing::Again,
    shadow::{Account, Move, vat_of},
    step::Whose,
};
use crate::deeds::transfers::{done, part};

/// The parts as they are asked for.
fn asked(parts: &[(Account, i64)]) -> Vec<MovedPart> {
    parts.iter().map(|((fund, reference), pence)| part(fund, reference, *pence)).collect()
}

impl Life {
    /// Parts of a payment, in hundredths of it, to other accounts.
    pub(super) async fn journal(&mut self, which: usize, to: &[(Whose, i64)]) {
        let Some((line, _)) = self.part_of(which, 0) else { return };
        let key = self.shadow.key();
        let of = &self.shadow.lines.all[line];
        let parts: Vec<_> =
            to.iter().map(|(whose, part)| (whose.said(), of.amount * part / 100)).collect();
        let led: Option<Vec<_>> =
            to.iter().map(|(whose, _)| self.shadow.account(*whose, of.on)).collect();
        let total: i64 = parts.iter().map(|(_, pence)| pence).sum();
        let is_possible = led.as_ref().is_some_and(|led| !led.contains(&of.account))
            && parts.iter().all(|(_, pence)| *pence > 0)
            && total <= of.left();
        let new = NewJournal {
            receipt: of.receipt,
            line: of.line,
            to: asked(&parts),
            reason: "a model's".to_owned(),
            key: Some(key),
        };
        let deed = async |books: &Books| books.journal_line(&new).await;
        let moved = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(moved) => done(moved),
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{new:?} was refused: {error}");
            }
        };
        assert!(is_possible, "{new:?} was moved, which cannot be");
        let accounts: Vec<_> = (2..).zip(led.unwrap()).collect();
        let made = self.receipt_of(&moved.receipt).await;
        let lines = self.shadow.lines.add(&made, &accounts, "");
        let mut taken = Vec::new();
        for (to, (_, pence)) in lines.iter().zip(&parts) {
            let one = self.shadow.lines.exactly(line, *pence);
            self.shadow.lines.moves(&one, *to);
            taken.push(one);
        }
        self.shadow.lose(&taken, 1);
        for ((_, account), (_, pence)) in accounts.iter().zip(&parts) {
            self.shadow.gain(account, *pence, vat_of(account, *pence));
        }
        self.shadow.moves.push(Move { id: moved.id, taken, from: Vec::new(), to: lines });
    }

    /// Money between accounts, no line behind it; `odd` of it is forgotten.
    pub(super) async fn transfer(&mut self, from: &[(Whose, i64)], to: &[Whose], odd: i64) {
        let today = self.shadow.today();
        let key = self.shadow.key();
        let total = from.iter().map(|(_, pence)| pence).sum::<i64>() - odd;
        let share = total / i64::try_from(to.len()).unwrap();
        let mut given: Vec<_> = to.iter().map(|whose| (whose.said(), share)).collect();
        given[0].1 += total - share * i64::try_from(to.len()).unwrap();
        let taken: Vec<_> = from.iter().map(|(whose, pence)| (whose.said(), *pence)).collect();
        let led = |all: &[Whose]| -> Option<Vec<Account>> {
            all.iter().map(|whose| self.shadow.account(*whose, today)).collect()
        };
        let givers: Vec<_> = from.iter().map(|(whose, _)| *whose).collect();
        let (givers, takers) = (led(&givers), led(to));
        let is_possible = odd == 0
            && given.iter().all(|(_, pence)| *pence > 0)
            && matches!((&givers, &takers), (Some(givers), Some(takers))
                if !givers.iter().any(|account| takers.contains(account)));
        let new = NewTransfer {
            from: asked(&taken),
            to: asked(&given),
            reason: "a model's".to_owned(),
            key: Some(key),
        };
        let deed = async |books: &Books| books.make_transfer(&new).await;
        let moved = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(moved) => done(moved),
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{new:?} was refused: {error}");
            }
        };
        assert!(is_possible, "{new:?} was moved, which cannot be");
        let (givers, takers) = (givers.unwrap(), takers.unwrap());
        let first = i64::try_from(givers.len()).unwrap() + 1;
        let accounts: Vec<_> = (first..).zip(takers).collect();
        let made = self.receipt_of(&moved.receipt).await;
        let lines = self.shadow.lines.add(&made, &accounts, "");
        let from: Vec<_> = givers.into_iter().zip(taken.iter().map(|(_, pence)| *pence)).collect();
        let to = accounts.iter().map(|(_, account)| account).zip(given.iter().map(|(_, p)| *p));
        for (account, pence) in to {
            self.shadow.gain(account, pence, vat_of(account, pence));
        }
        for (account, pence) in &from {
            self.shadow.gain(account, -pence, -vat_of(account, *pence));
        }
        self.shadow.moves.push(Move { id: moved.id, taken: Vec::new(), from, to: lines });
    }

    /// Once, if nothing was taken of what it made.
    pub(super) async fn undo_move(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.moves.len()) else { return };
        let Move { id, taken, .. } = &self.shadow.moves[at];
        let (id, is_journal) = (*id, !taken.is_empty());
        let lines = &self.shadow.lines;
        let is_possible = self.shadow.moves[at].to.iter().all(|line| lines.all[*line].used == 0);
        let deed = async |books: &Books| match is_journal {
            true => books.undo_journal(id, "a model's").await,
            false => books.undo_transfer(id, "a model's").await,
        };
        if let Err(error) = self.does(&self.town.books, Again::Same, deed).await {
            assert!(error.is_refusal(), "{error:?}");
            return assert!(!is_possible, "nothing stands on it: {error}");
        }
        assert!(is_possible, "it was taken back while something stood on it");
        let Move { taken, from, to, .. } = self.shadow.moves.remove(at);
        for line in &to {
            let line = &self.shadow.lines.all[*line];
            let (account, pence, vat) = (line.account.clone(), line.amount, line.vat);
            self.shadow.gain(&account, -pence, -vat);
        }
        self.shadow.lines.use_up(&to);
        self.shadow.lose(&taken, -1);
        self.shadow.lines.give_back(&taken);
        if let Some(one) = taken.first() {
            self.shadow.lines.forget_move(one.line, &to);
        }
        for (account, pence) in &from {
            self.shadow.gain(account, *pence, vat_of(account, *pence));
        }
    }
}
