//! Whether the likelihoods of repaired references are what comes true, on made-up payers whose
//! references were copied wrong, on seeds that no weight was fitted to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

use std::collections::HashMap;

use ims_ledger::{
    Council, Funds,
    evidence::{AmountFits, Evidence, PaidBefore, likelihoods, name_agrees},
};

const COUNCIL: &str = r##"
code = "T"
name = "T"
[[fund]]
code = "CT"
name = "Council tax"
[fund.reference]
min_length = 8
max_length = 8
characters = "numeric"
mask = '#######@'
check_digit = { algorithm = "weighted-sum", modulus = 11, weights = [8, 7, 6, 5, 4, 3, 2, 0], subtract = true, results = { 10 = "0", 11 = "0" } }
"##;

const SURNAMES: [&str; 24] = [
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel",
    "Robinson", "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall",
    "Wood", "Jackson", "Khan", "Ahmed", "Okafor", "Lewis",
];
const FIRST: [&str; 8] = ["Jane", "Adam", "Maria", "John", "Peter", "Sarah", "Karim", "Tess"];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

struct Holder {
    name: String,
    instalment: u64,
    balance: u64,
    /// The bank account that pays it, by number.
    payer: u64,
}

/// So many accounts close together, each with a holder.
fn holders(funds: &Funds<'_>, random: &mut Random, count: usize) -> HashMap<String, Holder> {
    let mut holders = HashMap::new();
    while holders.len() < count {
        let number = format!("{:08}", 40_000_000 + random.below(300_000));
        if funds.read("CT", &number).is_some_and(|read| read.is_ok()) {
            let instalment = 1_000 + 500 * random.below(40);
            let (first, surname) = (random.one_of(&FIRST), random.one_of(&SURNAMES));
            let holder = Holder {
                name: format!("{first} {surname}"),
                instalment,
                balance: instalment * (1 + random.below(10)),
                payer: random.below(1 << 40),
            };
            holders.insert(number, holder);
        }
    }
    holders
}

fn slipped(random: &mut Random, reference: &str) -> String {
    let mut digits: Vec<u8> = reference.bytes().collect();
    let at = random.below(digits.len() as u64) as usize;
    match random.below(10) {
        0..5 => digits[at] = b'0' + random.below(10) as u8,
        5..8 => {
            let next = (at + 1).min(digits.len() - 1);
            digits.swap(at, next);
        }
        8 => {
            digits.remove(at);
        }
        _ => digits.insert(at, b'0' + random.below(10) as u8),
    }
    String::from_utf8(digits).unwrap()
}

/// A payment with a reference copied wrong.
struct Payment {
    wrote: String,
    meant: Option<String>,
    name: String,
    amount: u64,
    /// The payer's bank account, if the bank says.
    payer: Option<u64>,
}

const STRANGER: u64 = 1 << 50;

fn payment(random: &mut Random, numbers: &[&String], holders: &HashMap<String, Holder>) -> Payment {
    let meant = random.one_of(numbers);
    let holder = &holders[meant];
    let mut wrote = slipped(random, meant);
    if random.below(5) == 0 {
        wrote = slipped(random, &wrote);
    }
    // One payment in five is for an account that is none of ours.
    let is_ours = random.below(5) != 0;
    let stranger = format!("{} {}", random.one_of(&FIRST), random.one_of(&SURNAMES));
    let name = match random.below(10) {
        0 => String::new(),
        1..3 => stranger,
        _ if is_ours => holder.name.clone(),
        _ => stranger,
    };
    let amount = match random.below(10) {
        0..2 => 1_000 + 100 * random.below(300),
        2 if is_ours => holder.balance,
        _ if is_ours => holder.instalment,
        _ => 1_000 + 500 * random.below(40),
    };
    let payer = if is_ours && random.below(10) < 7 { holder.payer } else { STRANGER };
    let payer = (random.below(10) < 6).then_some(payer);
    Payment { wrote, meant: is_ours.then(|| meant.clone()), name, amount, payer }
}

fn evidence(payment: &Payment, holder: &Holder, cost: u16) -> Evidence {
    Evidence {
        cost,
        name: name_agrees(&payment.name, &holder.name),
        paid: match payment.payer {
            None => PaidBefore::Unknown,
            Some(payer) if payer == holder.payer => PaidBefore::ThisAccount,
            Some(STRANGER) => PaidBefore::Never,
            Some(_) => PaidBefore::Others,
        },
        amount: match payment.amount {
            amount if amount == holder.instalment => AmountFits::Instalment,
            amount if amount == holder.balance => AmountFits::Balance,
            _ => AmountFits::No,
        },
    }
}

/// For each tenth: how many were suggested, the sum given, how many were right.
fn tenths(seed: u64, payments: usize) -> [(u64, u64, u64); 10] {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    let funds = Funds::of(&council).unwrap();
    let mut random = Random(seed);
    let holders = holders(&funds, &mut random, 6_000);
    let mut numbers: Vec<&String> = holders.keys().collect();
    numbers.sort();
    let mut found = [(0, 0, 0); 10];
    for _ in 0..payments {
        let payment = payment(&mut random, &numbers, &holders);
        if holders.contains_key(&payment.wrote) {
            continue;
        }
        let candidates: Vec<_> = funds
            .meant("CT", &payment.wrote, 3_000)
            .into_iter()
            .filter_map(|it| Some((holders.get_key_value(it.place.reference.as_str())?, it.cost)))
            .collect();
        let all = candidates.iter().map(|((_, holder), cost)| evidence(&payment, holder, *cost));
        let all: Vec<Evidence> = all.collect();
        for (((reference, _), _), given) in candidates.iter().zip(likelihoods(&all)) {
            let tenth = &mut found[usize::from(given / 100).min(9)];
            let is_right = payment.meant.as_ref() == Some(*reference);
            *tenth = (tenth.0 + 1, tenth.1 + u64::from(given), tenth.2 + u64::from(is_right));
        }
    }
    found
}

#[test]
fn likelihoods_are_what_comes_true() {
    let mut all = [(0, 0, 0); 10];
    for seed in [71, 72] {
        for (sum, more) in all.iter_mut().zip(tenths(seed, 350)) {
            *sum = (sum.0 + more.0, sum.1 + more.1, sum.2 + more.2);
        }
    }
    let mut checked = 0;
    for (count, given, right) in all.into_iter().filter(|(count, ..)| *count >= 300) {
        let (mean, share) = (given / count, right * 1_000 / count);
        checked += 1;
        assert!(mean.abs_diff(share) <= 30, "{mean} given, {share} right of {count}: {all:?}");
    }
    assert!(checked >= 2, "{all:?}");
}
