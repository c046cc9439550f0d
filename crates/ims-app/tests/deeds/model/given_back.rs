//! Refunds: asked for, decided, and told of by a provider in any order.

use ims_app::{NewRefund, RefundNews, Verdict};
use ims_ledger::{RefundEvent, RefundState, RefundWay, id::RefundId};
use ims_money::Pence;

use super::{
    Life,
    doing::Again,
    shadow::{Taken, Waiting},
    step::{News, Says},
};

/// A refund.
pub(super) struct Refund {
    pub(super) id: RefundId,
    /// The line it is of.
    pub(super) line: usize,
    pub(super) pence: i64,
    pub(super) state: RefundState,
    /// Where it stood before it failed.
    stood: RefundState,
    /// What is taken for it, and what could not be found.
    taken: Vec<Taken>,
    loss: i64,
    /// The notices that told something new.
    notices: Vec<(RefundEvent, String)>,
}

impl Refund {
    fn now(&mut self, state: RefundState) {
        if state != RefundState::Failed {
            self.stood = state;
        }
        self.state = state;
    }
}

/// The methods whose payments go back through their provider.
const BY_CARD: [&str; 2] = ["CARD", "PHONE"];

impl Life {
    /// The line chosen, and the part of it.
    pub(super) fn part_of(&self, which: usize, hundredths: i64) -> Option<(usize, i64)> {
        let at = which.checked_rem(self.shadow.lines.all.len())?;
        Some((at, self.shadow.lines.all[at].amount * hundredths / 100))
    }

    pub(super) async fn refund(&mut self, which: usize, hundredths: i64, says: Says) {
        let Some((line, pence)) = self.part_of(which, hundredths) else { return };
        let key = self.shadow.key();
        let of = &self.shadow.lines.all[line];
        let new = NewRefund {
            receipt: of.number.clone(),
            lines: vec![(of.line, Some(Pence::new(pence)))],
            way: RefundWay::Source,
            payee: None,
            reason: "a model's".to_owned(),
            key: Some(key),
        };
        let is_possible = BY_CARD.contains(&of.method) && pence > 0 && pence <= of.left();
        let deed = async |books: &ims_app::Books| books.request_refund(&new).await;
        let asked = match self.does(&self.town.books, Again::Same, deed).await {
            Ok(asked) => asked,
            Err(error) => {
                assert!(error.is_refusal() || error.is_bad_input(), "{error:?}");
                return assert!(!is_possible, "{pence} was refused: {error}");
            }
        };
        assert!(is_possible, "{pence} was taken, which is not there");
        let taken = vec![self.shadow.lines.exactly(line, pence)];
        let state = RefundState::Requested;
        let (id, stood, loss, notices) = (asked.id, state, 0, Vec::new());
        self.shadow.refunds.push(Refund { id, line, pence, state, stood, taken, loss, notices });
        let waiting = Waiting::Refund(self.shadow.refunds.len() - 1);
        self.decide(waiting, says).await;
    }

    /// A second person says something of a refund that waits.
    pub(super) async fn decide_refund(&mut self, which: usize, says: Says) {
        let id = self.shadow.refunds[which].id;
        if says == Says::Yes {
            // Who asked cannot.
            assert!(self.town.books.approve_refund(id, "").await.is_err());
            let deed = async |books: &ims_app::Books| books.approve_refund(id, "").await;
            self.does(&self.manager, Again::Same, deed).await.unwrap();
            let refund = &mut self.shadow.refunds[which];
            refund.now(RefundState::Approved);
            let (taken, pence) = (refund.taken.clone(), refund.pence);
            self.shadow.lose(&taken, 1);
            self.shadow.refunds_due += pence;
        } else {
            let deed = async |books: &ims_app::Books| {
                books.refuse_refund(id, Verdict::Refused, "no").await
            };
            self.does(&self.manager, Again::Same, deed).await.unwrap();
            let refund = &mut self.shadow.refunds[which];
            refund.now(RefundState::Refused);
            let taken = std::mem::take(&mut refund.taken);
            self.shadow.lines.give_back(&taken);
            self.shadow.find_losses(&taken);
        }
    }

    /// A provider tells something, perhaps late, perhaps once more.
    pub(super) async fn news(&mut self, which: usize, news: News) {
        let Some(which) = which.checked_rem(self.shadow.refunds.len()) else { return };
        let refund = &self.shadow.refunds[which];
        let (event, notice) = match news {
            News::Late(notice) => {
                let Some(notice) = notice.checked_rem(refund.notices.len()) else { return };
                refund.notices[notice].clone()
            }
            News::Send => (RefundEvent::Send, self.shadow.key()),
            News::NoAnswer => (RefundEvent::NoAnswer, self.shadow.key()),
            News::Pay => (RefundEvent::Pay, self.shadow.key()),
            News::Fail => (RefundEvent::Fail, self.shadow.key()),
            News::Bounce => (RefundEvent::Bounce, self.shadow.key()),
        };
        let refund = &self.shadow.refunds[which];
        let came_back = refund.state == RefundState::Failed && refund.stood == RefundState::Bounced;
        let is_old = matches!(news, News::Late(_)) || came_back && event == RefundEvent::Pay;
        let after = if is_old { Ok(refund.state) } else { refund.state.after(event) };
        let told = RefundNews { notice: Some(notice.clone()), ..RefundNews::of(event) };
        let id = refund.id;
        let deed = async |books: &ims_app::Books| books.record_refund(id, &told).await;
        let done = self.does(&self.town.books, Again::Same, deed).await;
        let before = refund.state;
        match (&done, after) {
            (Ok(done), Ok(after)) => {
                assert_eq!(done.refund.state, after.as_str(), "{event:?}");
                if after != before {
                    self.shadow.refunds[which].notices.push((event, notice));
                    self.tell(which, event, after);
                }
            }
            (Err(error), Err(_)) => assert!(error.is_refusal(), "{error:?}"),
            (done, after) => panic!("{event:?} of {before:?}: {done:?}, {after:?}"),
        }
    }

    fn tell(&mut self, which: usize, event: RefundEvent, after: RefundState) {
        let refund = &self.shadow.refunds[which];
        let (line, pence, was) = (refund.line, refund.pence, refund.state);
        match event {
            RefundEvent::Pay => {
                if was == RefundState::Failed {
                    // Paid after all: what is still there is taken again.
                    let (taken, loss) = self.shadow.lines.as_far_as_it_goes(line, pence);
                    self.shadow.lose(&taken, 1);
                    self.shadow.disputes += loss;
                    self.shadow.lines.all[line].short += loss;
                    let refund = &mut self.shadow.refunds[which];
                    (refund.taken, refund.loss) = (taken, loss);
                } else {
                    self.shadow.refunds_due -= pence;
                }
            }
            RefundEvent::Bounce => self.shadow.refunds_due += pence,
            RefundEvent::Fail => {
                let refund = &mut self.shadow.refunds[which];
                let taken = std::mem::take(&mut refund.taken);
                let loss = std::mem::take(&mut refund.loss);
                self.shadow.lose(&taken, -1);
                self.shadow.lines.give_back(&taken);
                self.shadow.disputes -= loss;
                self.shadow.lines.all[line].short -= loss;
                self.shadow.refunds_due -= pence;
                self.shadow.find_losses(&taken);
            }
            _ => {}
        }
        self.shadow.refunds[which].now(after);
    }
}
