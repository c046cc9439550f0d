//! Card money three ways: our receipts, the provider's settlement, the bank's
//! line.

use ims_app::{ImportSummary, NewMatch, PayoutExplained};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, settlement, statement},
    town::{Town, april, ct, settings},
};

/// What makes a payout's residual: why, how much, at the provider.
fn parts(one: &PayoutExplained) -> Vec<(&str, i64, &str)> {
    let part = |part: &'_ ims_app::ResidualPart| part.amount.get();
    let of = one.parts.iter();
    of.map(|it| (it.why.as_str(), part(it), it.provider_ref.as_str())).collect()
}

impl Town {
    /// Three card payments, and a payout of two of them that also has its fees, a refund and
    /// a payment nobody here knows.
    pub(super) async fn settled_less_than_taken(&self) -> ImportSummary {
        let rows = [
            paid("CT", &ct(1), "CARD", "100.00").source("pay_1"),
            paid("CT", &ct(2), "CARD", "50.00").source("pay_2"),
            paid("CT", &ct(3), "CARD", "30.00").source("pay_3"),
        ];
        self.took("monday.csv", &receipts(&rows)).await;
        let lines = [
            ("pay_1", "payment", "100.00", "1.20", "98.80"),
            ("pay_2", "payment", "50.00", "0.60", "49.40"),
            ("ref_9", "refund", "-20.00", "0.00", "-20.00"),
            ("pay_x", "payment", "7.00", "0.20", "6.80"),
        ];
        self.took("settled.csv", &settlement("PO778899", 20, &lines)).await
    }
}

on_both! {
    async fn a_payouts_residual_is_explained_line_by_line(url: &str) {
        let town = Town::of(url).await;
        let told = town.settled_less_than_taken().await;
        let found = town.books.payouts(april(1), april(30)).await.unwrap().payouts;
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&*one.payout, &*one.provider, one.import), ("PO778899", "paybridge", told.id));
        assert_eq!((one.taken.get(), one.paid.get(), one.residual.get()), (18_000, 13_500, 4_500));
        assert!(!one.has_arrived && one.bank.is_empty() && one.unexplained.is_zero());
        assert_eq!(one.covers, Some(april(20)));
        assert_eq!(
            parts(one),
            [
                ("fee withheld", 120, "pay_1"),
                ("fee withheld", 60, "pay_2"),
                ("refund taken off", 2_000, "ref_9"),
                ("paid at the provider, not known here", -700, "pay_x"),
                ("fee withheld", 20, "pay_x"),
                ("timing: in no payout yet", 3_000, "pay_3"),
            ]
        );
        let receipt = town.books.receipt(&one.parts[0].receipt).await.unwrap();
        assert_eq!(receipt.receipt.total.get(), 10_000);
        // The bank's line is found before it is matched, and known after.
        town.took("s1.sta", &statement(1, 0, 20, &[(13_500, "PAYBRIDGE PO778899")])).await;
        let line = town.open_line(13_500).await.id;
        for _ in 0..2 {
            let one = town.books.payouts(april(1), april(30)).await.unwrap().payouts.remove(0);
            assert_eq!((one.bank[0].id, one.residual.get()), (line, 4_500));
            town.books.reconcile().await.unwrap();
        }
        assert!(town.books.open_lines().await.unwrap().is_empty());
        assert!(town.books.payouts(april(21), april(30)).await.unwrap().payouts.is_empty());
        town.books.undo_match(town.standing(line).await, "so that it can be reversed").await.unwrap();
        town.books.reverse_import(told.id, "the wrong file").await.unwrap();
        assert!(town.books.payouts(april(1), april(30)).await.unwrap().payouts.is_empty());
        town.proved().await;
    }

    /// What is in no payout, in one that nobody here knows, and at the bank for none.
    async fn what_is_on_one_side_only_is_named(url: &str) {
        let town = Town::of(url).await;
        town.settled_less_than_taken().await;
        town.took("tuesday.csv", &receipts(&[paid("CT", &ct(4), "CASH", "5.00").source("till")])).await;
        let lines = [(4_000, "PAYBRIDGE PO554433"), (99, "SOMEBODY")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        let missing: Vec<_> = told.not_paid.iter().map(|it| (&*it.provider_ref, it.amount.get())).collect();
        assert_eq!(missing, [("pay_3", 3_000)]);
        let receipt = town.books.receipt(&told.not_paid[0].receipt).await.unwrap();
        assert_eq!(receipt.receipt.total.get(), 3_000);
        let strange: Vec<_> = told.not_ours.iter().map(|it| (&*it.provider_ref, it.amount.get(), it.line)).collect();
        assert_eq!(strange, [("ref_9", -2_000, 4), ("pay_x", 700, 5)]);
        assert_eq!(told.unclear, []);
        let left: Vec<_> = told.bank_left.iter().map(|it| it.amount.get()).collect();
        assert_eq!(left, [4_000], "somebody is no provider");
        // Once its payout tells of it, it is missing no more, and the day's timing is known.
        let late = [("pay_3", "payment", "30.00", "0.00", "30.00")];
        town.took("late.csv", &settlement("PO778900", 21, &late)).await;
        let told = town.books.payouts(april(20), april(21)).await.unwrap();
        assert_eq!(told.not_paid, []);
        // Both are of that day: then payouts do not go by days.
        assert!(told.payouts.iter().all(|it| it.covers.is_none()), "{:?}", told.payouts);
        // Asked about the day before, nothing is missing.
        let before = town.books.payouts(april(1), april(19)).await.unwrap();
        assert_eq!((before.payouts.len(), before.not_paid.len()), (0, 0));
        town.proved().await;
    }

    async fn what_was_paid_out_another_day_is_timing(url: &str) {
        let town = Town::of(url).await;
        let row = |n: u32, day| paid("CT", &ct(n), "CARD", "10.00").source(&format!("pay_{n}")).on(april(day));
        town.took("monday.csv", &receipts(&[row(1, 19), row(2, 19), row(3, 20), row(4, 20), row(5, 20)])).await;
        let line = |n: &'static str| (n, "payment", "10.00", "0.00", "10.00");
        let first = ["pay_1", "pay_2"].map(line);
        town.took("first.csv", &settlement("PO778891", 20, &first)).await;
        town.took("second.csv", &settlement("PO778892", 21, &["pay_3", "pay_4"].map(line))).await;
        town.took("third.csv", &settlement("PO778893", 22, &["pay_5"].map(line))).await;
        // The last alone is of the same day as the second: neither goes by days.
        let told = town.books.payouts(april(1), april(21)).await.unwrap().payouts;
        let shown: Vec<_> = told.iter().map(|it| (&*it.payout, it.covers, parts(it))).collect();
        assert_eq!(shown, [
            ("PO778891", Some(april(19)), vec![]),
            ("PO778892", Some(april(20)), vec![]),
        ]);
        town.proved().await;
    }

    /// Whatever the bank's line says: somebody matched it.
    async fn a_payout_matched_by_hand_has_arrived(url: &str) {
        let town = Town::of(url).await;
        town.settled_less_than_taken().await;
        town.took("s1.sta", &statement(1, 0, 20, &[(13_000, "ACME 4711"), (500, "ACME 4712")])).await;
        town.books.reconcile().await.unwrap();
        let one = town.books.payouts(april(20), april(20)).await.unwrap().payouts.remove(0);
        assert!(!one.has_arrived, "no rule knows these lines: {one:?}");
        let open = town.books.open_lines().await.unwrap();
        let waits = town.books.awaited(Some("card"), None, 99).await.unwrap();
        let of_payout = waits.iter().map(|it| &it.row.item).filter(|item| item.batch_ref == "PO778899");
        let set = NewMatch {
            lines: open.iter().map(|line| line.id).collect(),
            items: Vec::new(),
            expected: of_payout.map(|item| item.id).collect(),
            reason: "the remittance advice says so".to_owned(),
        };
        let done = town.books.match_lines(&set).await.unwrap();
        let one = town.books.payouts(april(20), april(20)).await.unwrap().payouts.remove(0);
        let amounts: Vec<_> = one.bank.iter().map(|line| line.amount.get()).collect();
        assert_eq!((one.has_arrived, amounts), (true, vec![13_000, 500]));
        assert_eq!((one.paid.get(), one.unexplained.get()), (13_500, 0));
        // A line that a rule would take is not taken for it then.
        town.took("s2.sta", &statement(2, 13_500, 20, &[(13_500, "PAYBRIDGE PO778899")])).await;
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        assert_eq!((told.payouts[0].bank.len(), told.payouts[0].paid.get()), (2, 13_500));
        assert_eq!(told.bank_left.len(), 1);
        // Taken back, the rule's word counts again.
        town.books.undo_match(done.id, "the advice was another's").await.unwrap();
        let one = town.books.payouts(april(20), april(20)).await.unwrap().payouts.remove(0);
        assert_eq!((one.bank.len(), one.bank[0].amount.get()), (1, 13_500));
        town.proved().await;
    }

    /// The council's own rules say which line pays a payout that nobody matched yet.
    async fn the_councils_own_rules_are_asked(url: &str) {
        let town = Town::of(url).await;
        town.settled_less_than_taken().await;
        town.took("s1.sta", &statement(1, 0, 20, &[(13_500, "PAYBRIDGE PO778899")])).await;
        let arrived = async || {
            town.books.payouts(april(20), april(20)).await.unwrap().payouts[0].has_arrived
        };
        assert!(arrived().await);
        let rules = "[[rule]]\nname = \"long\"\nsays = \"{reference} agrees\"\n\
            how.quoted = { days = { after = 5 }, length_min = 12 }\n";
        let own = format!("{}\n[reconcile]\nrules = '''\n{rules}'''\n", settings("MILL"));
        town.books.configure(&own, april(1)).await.unwrap();
        assert!(!arrived().await, "eight characters are too few for them");
        town.proved().await;
    }

    async fn what_the_bank_shows_otherwise_is_named_as_unexplained(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "9.00").source("pay_1")])).await;
        let line = [("pay_1", "payment", "9.00", "0.10", "8.90")];
        town.took("settled.csv", &settlement("PO778899", 20, &line)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(800, "PAYBRIDGE PO778899")])).await;
        let one = town.books.payouts(april(20), april(20)).await.unwrap().payouts.remove(0);
        assert_eq!((one.residual.get(), one.unexplained.get()), (100, 90));
        let unexplained: Vec<_> = one.parts.iter().filter(|part| part.is_unexplained).collect();
        assert_eq!((unexplained.len(), unexplained[0].amount.get()), (1, 90));
        town.proved().await;
    }

    /// A payout is in two files, of which the second says more: its fees are
    /// withheld once.
    async fn a_payout_in_two_files_has_its_fees_once(url: &str) {
        let town = Town::of(url).await;
        let own = ("pay_x", "payment", "7.00", "0.20", "6.80");
        let charge = ("fee_1", "fee", "0.00", "0.30", "-0.30");
        for (payout, lines) in [("PO1", vec![own]), ("PO2", vec![charge])] {
            let first = settlement(payout, 20, &lines);
            let told = town.took(&format!("{payout}.csv"), &first).await;
            let fees = town.balances().await;
            let next = settlement("PO3", 20, &[("pay_y", "payment", "9.00", "0.10", "8.90")]);
            let both = format!("{first}{}", next.lines().nth(1).unwrap());
            let why = town.refused("both.csv", &both).await;
            let what = format!("has the fees of payout {payout}, which another settlement withheld before");
            assert!(why.contains(&what), "{why}");
            assert_eq!(town.balances().await, fees);
            town.proved().await;
            // Once that is reversed they are withheld again.
            town.books.reverse_import(told.id, "half of it").await.unwrap();
            let both = town.took("both.csv", &both).await;
            town.proved().await;
            assert!(town.at("fees:card").await > 0);
            town.books.reverse_import(both.id, "enough").await.unwrap();
            assert_eq!(town.at("fees:card").await, 0);
        }
    }

    /// During a change of provider two name their payments alike.
    async fn two_providers_at_once_are_told_apart(url: &str) {
        let town = Town::of(url).await;
        let other = "[[channel]]\ncode = \"newcard\"\nname = \"New cards\"\nmerchant = \"CARDCO\"\n\
            sender = \"cardco\"\n[[method]]\ncode = \"NEW\"\nname = \"New card\"\n\
            kind = \"card-online\"\nchannel = \"newcard\"\n";
        let both = format!("{}\n{other}", settings("MILL"));
        town.books.configure(&both, april(1)).await.unwrap();
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").source("1"),
            paid("CT", &ct(2), "NEW", "20.00").source("1"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        let old = settlement("OLD00001", 20, &[("1", "payment", "10.00", "0.10", "9.90")]);
        let new = settlement("NEW00001", 20, &[("1", "payment", "20.00", "0.30", "19.70")]);
        town.took("old.csv", &old).await;
        town.took("new.csv", &new.replace("paybridge", "cardco")).await;
        let lines = [(1_970, "CARDCO NEW00001"), (990, "PAYBRIDGE OLD00001")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        town.books.reconcile().await.unwrap();
        let found = town.books.payouts(april(20), april(20)).await.unwrap().payouts;
        let shown: Vec<_> = found
            .iter()
            .map(|one| {
                let bank = one.bank.first().map(|line| line.amount.get());
                (&*one.channel, one.taken.get(), bank, one.residual.get(), one.unexplained.get())
            })
            .collect();
        assert_eq!(shown, [("card", 1_000, Some(990), 10, 0), ("newcard", 2_000, Some(1_970), 30, 0)]);
        town.proved().await;
    }
}
