//! Payments that come back unpaid, and those that are disputed.

use ims_app::{Books, DisputeOutcome, NewDispute, NewReturn, ReturnKind, ReturnOf};
use ims_ledger::id::DisputeId;
use ims_money::Pence;

use super::{Life, doing::Again, shadow::Taken};

/// A dispute that is open.
pub(super) struct Dispute {
    pub(super) id: DisputeId,
    pub(super) line: usize,
    pence: i64,
    pub(super) taken: Vec<Taken>,
    pub(super) short: i64,
}

/// The methods that belong to a channel.
const WITH_CHANNEL: [&str; 5] = ["CARD", "PHONE", "CASH", "ER", "FEE"];

impl Life {
    /// Takes what a line credits now, as somebody claims it back.
    fn claim(&mut self, line: usize, pence: i64) -> (Vec<Taken>, i64) {
        self.shadow.lines.all[line].claimed += pence;
        self.shadow.lines.as_far_as_it_goes(line, pence)
    }

    pub(super) async fn come_back(&mut self, which: usize, hundredths: i64, kind: usize) {
        let Some((line, pence)) = self.part_of(which, hundredths) else { return };
        let advice = self.shadow.key();
        let of = &self.shadow.lines.all[line];
        let new = NewReturn {
            of: ReturnOf::Receipt { number: of.number.clone(), line: Some(of.line) },
            amount: Some(Pence::new(pence)),
            kind: ReturnKind::ALL[kind],
            code: "1".to_owned(),
            advice,
            channel: Some("card".to_owned()),
            happened_on: None,
            note: "a model's".to_owned(),
        };
        let is_possible = pence > 0 && !of.is_undone && of.claimed + pence <= of.amount;
        let deed = async |books: &Books| books.record_return(&new).await;
        let done = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(done) => done,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} came back, which was never paid");
        let (taken, loss) = self.claim(line, pence);
        assert_eq!(done.loss.get(), loss);
        self.shadow.lose(&taken, 1);
        self.shadow.disputes += loss;
        self.shadow.lines.all[line].lost += loss;
    }

    pub(super) async fn dispute(&mut self, which: usize, hundredths: i64) {
        let Some((line, pence)) = self.part_of(which, hundredths) else { return };
        let reference = self.shadow.key();
        let of = &self.shadow.lines.all[line];
        let new = NewDispute {
            receipt: of.number.clone(),
            lines: vec![(of.line, Pence::new(pence))],
            reference,
            reason: "a model's".to_owned(),
            happened_on: None,
        };
        let is_possible = WITH_CHANNEL.contains(&of.method)
            && pence > 0
            && !of.is_undone
            && of.claimed + pence <= of.amount;
        let deed = async |books: &Books| books.open_dispute(&new).await;
        let done = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(done) => done,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} is disputed, which was never paid");
        let (taken, short) = self.claim(line, pence);
        assert_eq!(done.short.get(), short);
        self.shadow.disputes += pence;
        let id = done.dispute.id;
        self.shadow.disputed.push(Dispute { id, line, pence, taken, short });
    }

    pub(super) async fn end_dispute(&mut self, which: usize, is_won: bool) {
        let Some(at) = which.checked_rem(self.shadow.disputed.len()) else { return };
        let Dispute { id, line, pence, mut taken, short } = self.shadow.disputed.remove(at);
        let (outcome, other) = match is_won {
            true => (DisputeOutcome::Won, DisputeOutcome::Lost),
            false => (DisputeOutcome::Lost, DisputeOutcome::Won),
        };
        let deed = async |books: &Books| books.end_dispute(id, outcome, "a model's").await;
        let done = self.does(&self.town.books, Again::Same, deed).await.unwrap();
        let twice = self.town.books.end_dispute(id, other, "a model's").await.unwrap_err();
        assert!(twice.is_refusal(), "{twice:?}");
        if is_won {
            self.shadow.disputes -= pence;
            self.shadow.lines.give_back(&taken);
            self.shadow.lines.all[line].claimed -= pence;
            self.shadow.find_losses(&taken);
            return;
        }
        // What was short may be there by now.
        let (found, short) = self.shadow.lines.as_far_as_it_goes(line, short);
        assert_eq!(done.short.get(), short);
        taken.extend(found);
        // The VAT goes with what each line gives up in all.
        self.shadow.lose(&taken, 1);
        self.shadow.disputes -= pence - short;
        self.shadow.lines.all[line].lost += short;
    }
}
