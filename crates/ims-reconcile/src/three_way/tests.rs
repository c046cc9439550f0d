use ims_money::Pence;
use proptest::prelude::*;

use super::*;
use crate::sample::{day, line};

fn taking(id: u64, on: u64, pence: i64, provider_ref: &'static str) -> Taking<'static> {
    let (date, amount) = (day(on), Pence::new(pence));
    Taking { id, provider: "one", provider_ref, reference: "", date, amount }
}

fn payout(name: &'static str, on: u64, covers: u64, stated: i64) -> Payout<'static> {
    let (date, covers, stated) = (day(on), Some(day(covers)), Some(Pence::new(stated)));
    Payout { provider: "one", name, bank_name: "ACQUIRER", date, covers, stated, matched: None }
}

fn settled(payout: u32, provider_ref: &'static str, gross: i64, fee: i64) -> Settled<'static> {
    let kind = if gross < 0 { SettledAs::Refund } else { SettledAs::Payment };
    let (gross, fee) = (Pence::new(gross), Pence::new(fee));
    Settled { payout, provider_ref, reference: "", kind, gross, fee }
}

/// The parts of each payout in words, and what is left.
fn told(found: &ThreeWay) -> Vec<String> {
    let one = |found: &Explained| {
        let parts: Vec<String> =
            found.parts.iter().map(|part| format!("{} {}", part.because, part.amount)).collect();
        let bank = found
            .bank
            .first()
            .map_or_else(|| "not at the bank".to_owned(), |at| format!("line {at}"));
        format!("{bank}, {} = {}", found.residual, parts.join(" + "))
    };
    found.payouts.iter().map(one).collect()
}

#[test]
fn a_residual_is_explained_line_by_line() {
    let takings = [
        taking(1, 1, 5_000, "p1"),
        taking(2, 1, 2_500, "p2"),
        taking(3, 1, 300, "p3"), // past the cut-off, in the next payout
        taking(4, 1, 70, "p4"),  // not paid out yet
        taking(5, 0, 900, "p5"), // of the day before
    ];
    let payouts = [payout("po_1", 3, 1, 7_830), payout("po_2", 4, 2, 300)];
    let lines = [
        settled(0, "p1", 5_000, 50),
        settled(0, "p2", 2_500, 20),
        settled(0, "p5", 900, 0),
        settled(0, "r9", -400, 0),
        Settled { kind: SettledAs::Dispute, ..settled(0, "d1", -100, 0) },
        settled(1, "p3", 300, 0),
    ];
    let bank = [line(1, 3, 7_830, "ACQUIRER PO_1"), line(2, 4, 300, "ACQUIRER PO_2")];
    let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
    assert_eq!(
        told(&found),
        [
            "line 0, 0.40 = fee withheld 0.50 + fee withheld 0.20 + \
             timing: taken on another day -9.00 + refund taken off 4.00 + dispute 1.00 + \
             timing: in another payout 3.00 + timing: in no payout yet 0.70",
            "line 1, -3.00 = timing: taken on another day -3.00",
        ]
    );
    assert_eq!((found.not_paid, found.not_ours), (vec![3], vec![3]));
    assert_eq!(found.bank_left, [] as [u32; 0]);
}

#[test]
fn what_nothing_explains_is_named() {
    let takings = [taking(1, 1, 5_000, "p1"), taking(2, 1, 1_000, "p2")];
    let lines = [settled(0, "p1", 5_000, 0), settled(0, "p2", 990, 0), settled(0, "p9", 7, 0)];
    for (stated, at_bank, said) in [
        (
            5_997,
            5_997,
            "line 0, 0.03 = the provider has another amount 0.10 + \
             paid at the provider, not known here -0.07",
        ),
        (
            5_996,
            5_996,
            "line 0, 0.04 = the provider has another amount 0.10 + \
             paid at the provider, not known here -0.07 + rounding 0.01",
        ),
        (
            5_900,
            5_880,
            "line 0, 1.20 = the provider has another amount 0.10 + \
             paid at the provider, not known here -0.07 + \
             unexplained: the lines do not make the payout 0.97 + \
             unexplained: the bank does not show the payout's amount 0.20",
        ),
    ] {
        let payouts = [payout("po_1", 3, 1, stated)];
        let bank = [line(1, 3, at_bank, "PO_1")];
        let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
        assert_eq!(told(&found), [said]);
    }
}

#[test]
fn a_payout_not_yet_at_the_bank_is_explained_too() {
    let (takings, lines) = ([taking(1, 1, 500, "p1")], [settled(0, "p1", 500, 9)]);
    let payouts = [payout("po_1", 3, 1, 491)];
    let found = three_way(&takings, &payouts, &lines, &[line(1, 3, 491, "XYZ")], &Rules::default());
    assert_eq!(told(&found), ["not at the bank, 0.09 = fee withheld 0.09"]);
    assert_eq!(found.bank_left, [0]);
}

/// Whatever a rule would say: somebody knows.
#[test]
fn what_a_payout_is_matched_with_comes_before_the_rules() {
    let takings = [taking(1, 1, 500, "p1"), taking(2, 1, 700, "p2"), taking(3, 1, 900, "p3")];
    let lines = [settled(0, "p1", 500, 0), settled(1, "p2", 700, 0), settled(2, "p3", 900, 0)];
    let bank = [line(1, 3, 500, "ACQUIRER PO_1"), line(2, 4, 750, "OTHER"), line(3, 4, 450, "")];
    // The first two came in two lines that quote neither.
    let pay = |name, stated, amount| Payout {
        matched: Some(Matched { lines: &[1, 2], amount: Pence::new(amount), is_whole: true }),
        ..payout(name, 3, 1, stated)
    };
    let payouts = [pay("po_1", 500, 500), pay("po_2", 700, 700), payout("po_3", 3, 1, 900)];
    let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
    let shown = |at: usize| {
        let one = &found.payouts[at];
        (one.has_arrived, one.bank.clone(), one.paid.get(), one.unexplained.get())
    };
    assert_eq!([shown(0), shown(1)], [500, 700].map(|paid| (true, vec![1, 2], paid, 0)));
    assert_eq!(shown(2), (false, vec![], 900, 0));
    assert_eq!(found.bank_left, [0]);
}

/// While a part of it is still to come, the rest is looked for, and it has not arrived before.
#[test]
fn what_is_matched_in_part_waits_for_the_rest() {
    let takings = [taking(1, 1, 1_000, "p1"), taking(2, 1, 500, "p2")];
    let lines = [settled(0, "p1", 1_000, 0), settled(0, "p2", 500, 0)];
    let matched = Some(Matched { lines: &[0], amount: Pence::new(1_000), is_whole: false });
    let payouts = [Payout { matched, ..payout("po_1", 3, 1, 1_500) }];
    let first = line(1, 3, 1_000, "BY ITSELF");
    for (rest, is_it) in [(Some(500), true), (Some(700), true), (None, false)] {
        let bank: Vec<_> =
            [first].into_iter().chain(rest.map(|it| line(2, 4, it, "ACQUIRER PO_1"))).collect();
        let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
        let one = &found.payouts[0];
        let paid = if is_it { 1_000 + rest.unwrap() } else { 1_500 };
        let places: Vec<u32> = (0..).take(bank.len()).collect();
        assert_eq!(
            (one.has_arrived, one.paid.get(), &one.bank),
            (is_it, paid, &places),
            "{rest:?}"
        );
        assert_eq!(one.unexplained.get(), 1_500 - paid, "{rest:?}");
        assert_eq!(found.bank_left, [0; 0], "{rest:?}");
    }
}

/// Each payout has its part of what came for several.
#[test]
fn a_line_that_pays_two_payouts_pays_each_its_own() {
    let takings = [taking(1, 1, 500, "p1"), taking(2, 1, 700, "p2")];
    let lines = [settled(0, "p1", 500, 0), settled(1, "p2", 700, 0)];
    let payouts = [
        Payout { covers: None, ..payout("PO778891", 3, 1, 500) },
        Payout { covers: None, ..payout("PO778892", 3, 1, 700) },
    ];
    let bank = [line(1, 3, 1_200, "ACQUIRER PO778891 PO778892")];
    let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
    assert_eq!(told(&found), ["line 0, 0.00 = ", "line 0, 0.00 = "]);
}

#[test]
fn two_providers_at_once_stay_apart() {
    let takings = [
        taking(1, 1, 500, "p1"),
        Taking { provider: "two", ..taking(2, 1, 600, "p1") },
        Taking { provider: "two", provider_ref: "", reference: "A7", ..taking(3, 1, 40, "") },
    ];
    let payouts = [
        payout("po_1", 3, 1, 500),
        Payout { provider: "two", bank_name: "OTHER", ..payout("po_1x", 3, 1, 640) },
    ];
    let lines = [
        settled(0, "p1", 500, 0),
        settled(1, "p1", 600, 0),
        Settled { reference: "A7", ..settled(1, "q", 40, 0) },
    ];
    let bank = [line(1, 3, 640, "OTHER 0304"), line(2, 3, 500, "ACQUIRER 0304")];
    let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
    assert_eq!(told(&found), ["line 1, 0.00 = ", "line 0, 0.00 = "]);
}

#[test]
fn which_of_several_it_is_is_not_guessed() {
    let same = Taking { reference: "A7", ..taking(1, 1, 500, "") };
    let takings = [same, Taking { id: 2, ..same }];
    let lines = [Settled { reference: "A7", ..settled(0, "q", 500, 0) }];
    let payouts = [payout("po_1", 3, 1, 500)];
    let found = three_way(&takings, &payouts, &lines, &[], &Rules::default());
    assert_eq!((found.unclear.as_slice(), found.not_paid.as_slice()), (&[0][..], &[0, 1][..]));
}

proptest! {
    #[test]
    fn the_parts_are_the_residual(
        takings in prop::collection::vec((0_u64..3, -50_i64..500, 0_usize..6), 0..12),
        lines in prop::collection::vec((0_u32..2, -50_i64..500, 0_i64..9, 0_usize..6, 0_u8..5), 0..12),
        stated in prop::collection::vec(prop::option::of(-100_i64..900), 2),
        arrived in prop::option::of(-100_i64..900),
    ) {
        const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", ""];
        let takings: Vec<_> = (0..)
            .zip(&takings)
            .map(|(id, (on, pence, name))| taking(id, *on, *pence, NAMES[*name]))
            .collect();
        let lines: Vec<_> = lines
            .iter()
            .map(|(payout, gross, fee, name, kind)| Settled {
                kind: [
                    SettledAs::Payment,
                    SettledAs::Refund,
                    SettledAs::Fee,
                    SettledAs::Dispute,
                    SettledAs::Adjustment,
                ][usize::from(*kind)],
                ..settled(*payout, NAMES[*name], *gross, *fee)
            })
            .collect();
        let payouts = [
            Payout { stated: stated[0].map(Pence::new), ..payout("po_1", 3, 1, 0) },
            Payout { stated: stated[1].map(Pence::new), covers: None, ..payout("po_2", 4, 2, 0) },
        ];
        let bank: Vec<_> = arrived.iter().map(|pence| line(1, 3, *pence, "PO_1")).collect();
        let found = three_way(&takings, &payouts, &lines, &bank, &Rules::default());
        for one in &found.payouts {
            let sum = Pence::checked_sum(one.parts.iter().map(|part| part.amount)).unwrap();
            prop_assert_eq!(sum, one.residual, "{:?}", one);
            prop_assert_eq!(one.taken.checked_sub(one.paid).unwrap(), one.residual);
            let unexplained = one.parts.iter().filter(|part| part.because.is_unexplained());
            let unexplained = Pence::checked_sum(unexplained.map(|part| part.amount)).unwrap();
            prop_assert_eq!(unexplained, one.unexplained);
        }
    }
}
