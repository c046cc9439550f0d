//! References: good ones are account holders', planted ones name nobody.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{Funds, Place};
use ims_synthetic::{Day, Fault};

use crate::reading::{days, read, words};

type Holders = BTreeSet<(String, String)>;

fn holders(days: &[Day]) -> Holders {
    let all = days.iter().flat_map(|day| read(day).holders);
    all.map(|holder| (holder.fund, holder.reference)).collect()
}

fn is_somebodys(place: &Place, holders: &Holders) -> bool {
    let key = (place.fund.as_str().to_owned(), place.reference.as_str().to_owned());
    !place.must_exist || holders.contains(&key)
}

/// The references planted on a day as ones that name nobody, with how often.
fn planted(day: &Day) -> BTreeMap<&str, usize> {
    let bad =
        |kind| matches!(kind, Fault::MistypedReference | Fault::NameOnly | Fault::BadReference);
    let mut planted = BTreeMap::new();
    for one in day.planted.iter().filter(|planted| bad(planted.kind)) {
        *planted.entry(one.reference.as_str()).or_default() += 1;
    }
    planted
}

#[test]
fn holders_are_read_under_their_funds_and_are_there_once() {
    let (borough, days) = days(21, 1_000, 1);
    let funds = Funds::of(borough.council()).unwrap();
    let mut seen = BTreeSet::new();
    for holder in read(&days[0]).holders {
        let place = funds.read(&holder.fund, &holder.reference).unwrap().unwrap();
        assert!(seen.insert(place.clone()), "{place:?}");
        assert!(holder.balance.is_some_and(|balance| !balance.is_negative()));
        // No reference can be taken for another fund's.
        assert_eq!(funds.found_in(&holder.reference), [place]);
    }
    assert!(seen.len() > 1_200, "{}", seen.len());
}

#[test]
fn receipts_name_account_holders_but_for_those_planted() {
    let (borough, days) = days(21, 2_000, 3);
    let (funds, holders) = (Funds::of(borough.council()).unwrap(), holders(&days));
    for day in &days {
        let mut refused = Vec::new();
        for (_, receipt) in read(day).receipts {
            let code = match receipt.fund.as_deref().unwrap() {
                "CTAX" => "CT",
                "XX" => continue,
                code => code,
            };
            match funds.read(code, &receipt.reference).unwrap() {
                Ok(place) => assert!(is_somebodys(&place, &holders), "{place:?}"),
                Err(_) => refused.push(receipt.reference),
            }
        }
        let meant = day.planted.iter().filter(|planted| planted.kind == Fault::BadReference);
        let meant: Vec<_> = meant.map(|planted| planted.reference.clone()).collect();
        assert_eq!(refused, meant);
    }
    let bad = days.iter().flat_map(|day| &day.planted);
    assert_eq!(bad.filter(|planted| planted.kind == Fault::BadReference).count(), 1);
}

#[test]
fn schedules_name_account_holders() {
    let (borough, days) = days(21, 2_000, 3);
    let (funds, holders) = (Funds::of(borough.council()).unwrap(), holders(&days));
    for (head, lines) in days.iter().flat_map(|day| read(day).schedules) {
        for line in lines {
            let places = funds.found_in(&line.reference);
            assert_eq!(places.len(), 1, "{} {}", head.sender, line.reference);
            assert!(is_somebodys(&places[0], &holders), "{places:?}");
        }
    }
}

#[test]
fn a_bank_line_names_one_account_or_none_as_it_was_made() {
    let (borough, days) = days(22, 4_000, 2);
    let (funds, holders) = (Funds::of(borough.council()).unwrap(), holders(&days));
    for day in &days {
        let mut planted = planted(day);
        let mut named = 0;
        for statement in read(day).statements {
            for line in &statement.lines {
                let places = funds.found_in(&words(line));
                assert!(places.len() <= 1, "{places:?} in {line:?}");
                assert!(places.iter().all(|place| is_somebodys(place, &holders)), "{line:?}");
                named += places.len();
                if let Some(left) = planted.iter_mut().find(|(reference, left)| {
                    let whole = line.narrative == **reference;
                    **left > 0 && (whole || line.narrative.ends_with(&format!(" {reference}")))
                }) {
                    *left.1 -= 1;
                    assert_eq!(places, [], "{line:?}");
                } else if places.is_empty() {
                    assert!(is_one_of_ours(&line.narrative), "{line:?}");
                }
            }
        }
        let unseen: usize = planted.values().sum();
        // The one that is in a receipt, if there is one today.
        assert!(unseen <= 1, "{planted:?}");
        assert!((840..=860).contains(&named), "{named}");
    }
}

/// Payouts, collections, slips and the bank's own lines.
fn is_one_of_ours(narrative: &str) -> bool {
    [
        "PAYBRIDGE PBP",
        "CARDNET 52001",
        "BACS DD COLLECTION",
        "ALLPAY LTD",
        "DWP TPP",
        "TINDERMILL BAKERIES AOE",
        "COUNTER CREDIT PIS",
        "TFR",
        "INTEREST",
        "CHARGES",
        "SWEEP",
    ]
    .iter()
    .any(|ours| narrative.contains(ours))
}
