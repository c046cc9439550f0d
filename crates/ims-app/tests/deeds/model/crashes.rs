//! Each deed of the model with a crash between any two of its statements.

use ims_testkit::on_both;

use super::{
    Life, Lives, NONE,
    doing::Crashes,
    lives, never_done,
    step::{EReturn, News, Row, Says, Shown, Step, Unclaimed, Whose},
};
use crate::deeds::town::{Hands, server_with_faults};

/// A life in which every deed is done at least once.
fn a_whole_life() -> Vec<Step> {
    let row = |whose, pence| Row { whose, pence };
    let save = |over, is_stated| EReturn::Save {
        rooms: 1_200,
        permits: 300,
        over,
        is_stated,
        is_newest: true,
    };
    let ereturn = |what| Step::EReturn { which: 1, what };
    let news = |news| Step::News { refund: 0, news };
    vec![
        Step::Receipts(vec![
            row(Whose::Tax(1), 10_000),
            row(Whose::Leisure(1), 1_234),
            row(Whose::Nobody, 5_000),
        ]),
        Step::Statement(vec![Shown::Charge(-5), Shown::Mystery(777), Shown::Payout(0)]),
        Step::Reconcile,
        Step::UndoMatch(0),
        Step::Take {
            lines: vec![row(Whose::Tax(2), 500), row(Whose::Leisure(2), 77)],
            by_phone: true,
        },
        Step::Fee { receipt: 0, pence: 150 },
        Step::Allocate { item: 0, whose: Whose::Tax(3), hundredths: 40 },
        Step::Allocate { item: 0, whose: Whose::Leisure(3), hundredths: 10 },
        Step::UndoAllocation(1),
        Step::Unclaimed { item: 0, hundredths: 10, what: Unclaimed::GivenBack, says: Says::Yes },
        Step::Unclaimed { item: 0, hundredths: 10, what: Unclaimed::WrittenOff, says: Says::Yes },
        Step::Unclaimed { item: 0, hundredths: 10, what: Unclaimed::WrittenOff, says: Says::No },
        Step::Unclaimed { item: 0, hundredths: 10, what: Unclaimed::GivenBack, says: Says::No },
        Step::Refund { line: 0, hundredths: 30, says: Says::Yes },
        news(News::Send),
        news(News::Pay),
        news(News::Bounce),
        news(News::Fail),
        Step::Refund { line: 0, hundredths: 20, says: Says::No },
        Step::Journal { line: 1, to: vec![(Whose::Tax(4), 30), (Whose::Leisure(4), 20)] },
        Step::Return { line: 1, hundredths: 60, kind: 2 },
        Step::Journal { line: 0, to: vec![(Whose::Tax(5), 10)] },
        Step::UndoMove(1),
        Step::Transfer {
            from: vec![(Whose::Tax(1), 90), (Whose::Tax(2), 10)],
            to: vec![Whose::Leisure(1), Whose::Tax(6)],
            odd: 0,
        },
        Step::UndoMove(1),
        Step::Dispute { line: 0, hundredths: 20 },
        Step::EndDispute { which: 0, is_won: false },
        Step::Dispute { line: 0, hundredths: 20 },
        Step::EndDispute { which: 0, is_won: true },
        ereturn(EReturn::Create),
        ereturn(save(0, false)),
        ereturn(EReturn::Submit),
        ereturn(EReturn::SendBack),
        ereturn(save(-10, true)),
        ereturn(EReturn::Submit),
        ereturn(EReturn::Approve { had_a_hand: false }),
        Step::EReturn { which: 0, what: EReturn::Create },
        Step::EReturn { which: 1, what: EReturn::Void },
        Step::PutHolder { number: 11, is_newest: true },
        Step::PutHolder { number: 1, is_newest: true },
        Step::Stop { number: 1, is_on: true },
        Step::Stop { number: 1, is_on: false },
        Step::Redirect { from: Whose::Old(1), to: 2 },
        Step::Receipts(vec![row(Whose::Old(1), 400)]),
        Step::ReverseImport(1),
        Step::Again(1),
        Step::CloseDay,
        Step::ReopenDay { days_ago: 0, says: Says::No },
        Step::ReopenDay { days_ago: 0, says: Says::Yes },
        Step::CloseDay,
        Step::Export,
        Step::Acknowledge { which: 0, is_accepted: false },
        Step::Export,
        Step::Acknowledge { which: 1, is_accepted: true },
        Step::Reissue(1),
    ]
    .into_iter()
    .chain([Step::DaysGoBy(5), Step::CloseDay, Step::CloseMonth, Step::ReopenMonth(Says::Yes)])
    .collect()
}

on_both! {
    /// Nothing is half done, whenever the program ends, and the same deed once
    /// more has been done once.
    async fn a_crash_at_any_statement_leaves_nothing_half_done(url: &str) {
        let clock = std::sync::Arc::new(Hands::default());
        let (app, faults) = server_with_faults(url, &clock, 1).await;
        let mut life = Life::begin(&app, &clock, url).await;
        life.crashes = Some(Crashes::of(faults, url));
        life.steps(&a_whole_life()).await.unwrap();
        let (crashed, lost) = life.crashes.as_ref().unwrap().crashed.get();
        assert!(crashed > 700, "only {crashed} crashes");
        assert!(lost > 30, "only {lost} answers lost");
        life.end().await.unwrap();
        assert_eq!(never_done(&life.deeds().await), NONE);
    }

    /// Generated lives with a crash at every statement: fewer, for each is many.
    fn any_sequence_of_deeds_survives_a_crash_at_any_statement(url: &str) {
        let [quick, long] = if url.starts_with("sqlite:") { [4, 200] } else { [2, 40] };
        lives(url, Lives { quick, long, crash: true });
    }
}
