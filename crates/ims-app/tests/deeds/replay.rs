//! A new configuration tried on what came in before.

use ims_app::configuration::{Replayed, Window};
use ims_testkit::on_both;

use super::{
    configuration::with,
    files::{paid, receipts, schedule, settlement, statement},
    town::{Town, april, ct, settings},
};

/// No VAT on leisure, no rule for the old code, a higher limit for parking, and
/// one leisure reference that is parking's.
fn other() -> String {
    with(|text| {
        let text = text.replace("vat = \"S\"", "vat = \"Z\"").replace("max_pence = 50000\n", "");
        text.replace("value = \"CTAX\"", "value = \"GONE\"")
            + "\n[[import_rule]]\nname = \"Cars\"\nset = { fund = \"PK\", reference = \"PN$1\" }\nwhen = [[{ field = \"reference\", is = \"matches\", value = '^LM(777...)$' }]]\n"
    })
}

async fn replayed(town: &Town, document: &str, limit: usize) -> Replayed {
    let window = Window { from: april(20), through: april(20), limit };
    let mut steps = Vec::new();
    let done = town.books.replay(document, window, &mut |done, of| steps.push((done, of))).await;
    let (last, of) = steps.last().unwrap();
    assert_eq!(last, of);
    assert!(steps.is_sorted() && steps.iter().all(|(_, each)| each == of), "{steps:?}");
    done.unwrap()
}

fn pairs(replayed: &Replayed) -> Vec<(&str, &str, u64, i64)> {
    let pair = |pair: &'_ ims_app::configuration::Pair| (pair.count, pair.total.get());
    let of = replayed.pairs.iter().map(|it| (it.from.as_str(), it.to.as_str(), pair(it)));
    of.map(|(from, to, (count, total))| (from, to, count, total)).collect()
}

on_both! {
    async fn a_replay_shows_what_would_have_gone_elsewhere(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[
            paid("CT", &ct(1), "CARD", "10.00"),
            paid("LE", "LM123456", "CARD", "12.00"),
            paid("PK", "PN123456", "CARD", "600.00"),
            paid("CTAX", &ct(2), "CARD", "20.00"),
            paid("LE", "LM777777", "CARD", "6.00"),
        ])).await;
        town.took("tuesday.csv", &receipts(&[paid("LE", "LM123457", "CASH", "0.03")])).await;
        let before = (super::raw::counts(url), town.balances().await);
        let found = replayed(&town, &other(), 50).await;
        assert_eq!((super::raw::counts(url), town.balances().await), before, "nothing is posted");
        // The file of account holders has no rows to place.
        assert_eq!((found.files, found.others, found.rows), (2, 1, 6));
        assert_eq!((found.total.get(), found.moved, found.other_causes), (64_803, 5, 0));
        assert_eq!(pairs(&found), [
            ("CT", "suspense", 1, 2_000),
            ("LE", "PK", 1, 600),
            ("LE, VAT S 20%", "LE, VAT Z 0%", 2, 1_203),
            ("suspense", "PK", 1, 60_000),
        ]);
        assert_eq!((found.found.0, found.found.1.get()), (1, 60_000));
        assert_eq!((found.lost.0, found.lost.1.get()), (1, 2_000));
        let cars = found.moves.iter().find(|moved| moved.line == 5).unwrap();
        assert_eq!((cars.from.to_string().as_str(), cars.to.to_string().as_str()), ("LE LM777777, VAT S 1.00", "PK PN777777"));
        assert!(cars.receipt.is_some() && cars.file.as_deref() == Some("monday.csv"));
        let parking = found.moves.iter().find(|moved| moved.line == 3).unwrap();
        assert_eq!(parking.from.to_string(), "suspense (600.00 is more than fund PK takes at once (500.00))");
        assert_eq!(parking.receipt, None);
        // The limit is on what is named, never on what is counted.
        let short = replayed(&town, &other(), 2).await;
        assert_eq!((short.moves.len(), short.moved, &short.pairs), (2, 5, &found.pairs));
        town.proved().await;
    }

    async fn the_configuration_in_force_moves_nothing(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[
            paid("CTAX", &ct(2), "CARD", "20.00"),
            paid("LE", "LM123456", "CARD", "12.00"),
            paid("??", "x", "CARD", "1.00"),
            paid("PK", "PN123456", "NONE", "1.00"),
        ])).await;
        town.took("agent.csv", &schedule("CREDIT", 20, &[(&ct(1), "5.00"), ("nobody", "2.00")])).await;
        town.took("cards.csv", &settlement("P1", 20, &[("S1", "payment", "20.00", "0.10", "19.90")])).await;
        let found = replayed(&town, &settings("MILL"), 50).await;
        assert_eq!((found.files, found.rows, found.moved, found.other_causes), (2, 6, 0, 0));
        assert_eq!((found.pairs, found.moves, found.skipped), (vec![], vec![], vec![]));
        town.proved().await;
    }

    /// A holder who came later is no effect of the configuration.
    async fn what_other_things_changed_is_counted_apart(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(50), "CARD", "10.00")])).await;
        let late = format!("fund,reference,name,address1,postcode,balance\nCT,{},Late,1 Mill Lane,ZZ1 1ZZ,0.00\n", ct(50));
        town.took("late.csv", &late).await;
        let found = replayed(&town, &other(), 50).await;
        assert_eq!((found.moved, found.other_causes), (0, 1));
        town.proved().await;
    }

    /// What came in by no file has only its own fund and reference to go by.
    async fn receipts_without_a_file_are_read_anew(url: &str) {
        let town = Town::of(url).await;
        town.took("main.sta", &statement(1, 0, 20, &[(1_200, "LM123456 SWIM"), (700, "nobody")])).await;
        town.books.reconcile().await.unwrap();
        let found = replayed(&town, &other(), 50).await;
        assert_eq!((found.rows, pairs(&found)), (1, vec![("LE, VAT S 20%", "LE, VAT Z 0%", 1, 1_200)]));
        assert_eq!(found.moves[0].file, None);
        // A fund that goes would have left it in suspense.
        let none = with(|text| text.replace("mask = \"LM######\"", "mask = \"LX######\""));
        let found = replayed(&town, &none, 50).await;
        assert_eq!(pairs(&found), [("LE", "suspense", 1, 1_200)]);
        town.proved().await;
    }

    async fn a_file_the_new_configuration_refuses_is_named(url: &str) {
        let town = Town::of(url).await;
        town.took("agent.csv", &schedule("CREDIT", 20, &[(&ct(1), "5.00")])).await;
        let deaf = with(|text| text.replace("sender = \"allpay\"\n", ""));
        let found = replayed(&town, &deaf, 50).await;
        let why = "it would be refused: it comes from `allpay`, which no channel names".to_owned();
        assert_eq!((found.files, found.skipped), (0, vec![("agent.csv".to_owned(), why)]));
        town.proved().await;
    }

    /// An import that was reversed is no longer in the books, nor one of another day.
    async fn only_what_stands_within_the_window_counts(url: &str) {
        let town = Town::of(url).await;
        let wrong = town.took("wrong.csv", &receipts(&[paid("LE", "LM123456", "CARD", "12.00")])).await;
        town.books.reverse_import(wrong.id, "wrong").await.unwrap();
        town.clock.to_april(21);
        town.took("later.csv", &receipts(&[paid("LE", "LM123457", "CARD", "12.00")])).await;
        let found = replayed(&town, &other(), 50).await;
        assert_eq!((found.files, found.rows, found.moved), (0, 0, 0));
        let both = Window { from: april(20), through: april(21), limit: 0 };
        let found = town.books.replay(&other(), both, &mut |_, _| {}).await.unwrap();
        assert_eq!((found.files, found.rows, found.moved, found.moves.len()), (1, 1, 1, 0));
        let wrong = Window { from: april(21), through: april(20), limit: 0 };
        assert!(town.books.replay(&other(), wrong, &mut |_, _| {}).await.unwrap_err().is_bad_input());
        town.proved().await;
    }
}
