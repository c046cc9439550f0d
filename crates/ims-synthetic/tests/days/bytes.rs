use ims_synthetic::{Borough, ROWS_MAX};

use crate::reading::days;

/// FNV-1a over the names and bytes of two days.
fn hash(seed: u64, rows: usize) -> u64 {
    let (_, days) = days(seed, rows, 2);
    let files = days.iter().flat_map(|day| &day.files);
    let bytes = files.flat_map(|file| file.name.as_bytes().iter().chain(&file.bytes));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn a_seed_is_the_same_bytes_for_ever() {
    // Training material and benchmark figures are quoted by seed: when this
    // changes, say so in the changelog.
    assert_eq!(format!("{:016x}", hash(7, 60)), "9d6d064600c349a9");
}

#[test]
fn other_seeds_and_sizes_are_other_bytes() {
    let all = [hash(7, 500), hash(8, 500), hash(9, 500), hash(7, 550)];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{at}");
    }
}

#[test]
fn a_day_is_lived_alike_by_every_copy() {
    let (borough, _) = days(3, 120, 2);
    let date = ims_synthetic::working_day_after(borough.first_day());
    assert_eq!(borough.clone().day(date), borough.clone().day(date));
}

#[test]
fn sizes_that_are_none_are_brought_near() {
    assert_eq!(days(1, 0, 1).1, days(1, ims_synthetic::ROWS_MIN, 1).1);
    assert_eq!(Borough::new(1, usize::MAX).first_day(), Borough::new(1, ROWS_MAX).first_day());
}
