//! A made-up council whose payers are careless, from a seed: who pays for whom, from which
//! bank account, and what they write.

use std::collections::BTreeSet;

use super::{
    super::{suggest::swapped, town::ct},
    names::Name,
};

/// How careless, in hundredths where nothing else is said.
#[derive(Clone, Copy)]
pub(super) struct Knobs {
    /// How many hold accounts.
    pub(super) holders: u32,
    /// How many payments came before.
    pub(super) before: usize,
    /// How many payments are asked about, those of right references included.
    pub(super) asked: usize,
    /// Right references of those who write one.
    pub(super) right: u64,
    /// Payments that are nobody's.
    pub(super) nobodys: u64,
    /// Payers who pay for others too.
    pub(super) for_others: u64,
    /// Lines of which the bank says from where they came.
    pub(super) shown: u64,
    /// Holders of whom the council's own system says the instalment.
    pub(super) instalments: u64,
    /// How many beginnings surnames have, of twelve: the fewer, the more namesakes.
    pub(super) surnames: u64,
}

/// Councils of three kinds: an ordinary one, one of namesakes who pay for each other, one that
/// much comes to by mistake and of whose payers the bank says little.
pub(super) const KINDS: [Knobs; 3] = [
    Knobs {
        holders: 700,
        before: 600,
        asked: 450,
        right: 55,
        nobodys: 8,
        for_others: 12,
        shown: 65,
        instalments: 80,
        surnames: 12,
    },
    Knobs {
        holders: 500,
        before: 700,
        asked: 450,
        right: 50,
        nobodys: 5,
        for_others: 35,
        shown: 90,
        instalments: 0,
        surnames: 5,
    },
    Knobs {
        holders: 900,
        before: 400,
        asked: 400,
        right: 60,
        nobodys: 20,
        for_others: 8,
        shown: 35,
        instalments: 50,
        surnames: 12,
    },
];

/// SplitMix64.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(super) fn in_hundred(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// Somebody who holds an account.
pub(super) struct Holder {
    pub(super) reference: String,
    pub(super) name: Name,
    instalment: i64,
    pub(super) balance: i64,
}

/// Somebody who pays: from one bank account, for one holder or more.
struct Payer {
    name: Name,
    account: String,
    pays: Vec<usize>,
    /// What they always write instead of an account reference: their own, and a text.
    habit: Option<(String, String)>,
}

/// A credit, and whose it is in truth.
#[derive(Clone)]
pub(super) struct Payment {
    pub(super) pence: i64,
    pub(super) says: String,
    /// What stands where the bank has the payer's reference.
    pub(super) reference: String,
    /// The account reference; nobody's where there is none.
    pub(super) truth: Option<String>,
}

pub(super) struct Council {
    pub(super) holders: Vec<Holder>,
    payers: Vec<Payer>,
    knobs: Knobs,
    pub(super) dice: Dice,
}

impl Council {
    pub(super) fn of(seed: u64, knobs: Knobs) -> Self {
        let mut dice = Dice(seed);
        let mut numbers = BTreeSet::new();
        while numbers.len() < knobs.holders as usize {
            // Close together, so that a slip may lead to somebody else.
            numbers.insert(u32::try_from(dice.below(u64::from(knobs.holders) * 60)).unwrap());
        }
        let holders: Vec<Holder> =
            numbers.into_iter().map(|n| holder(n, &mut dice, knobs)).collect();
        let payers = (0..holders.len()).map(|at| payer(at, &holders, &mut dice, knobs)).collect();
        Self { holders, payers, knobs, dice }
    }

    /// The account holders' file.
    pub(super) fn file(&self) -> String {
        let mut file = "fund,reference,name,address1,postcode,balance,instalment\n".to_owned();
        let pounds = |pence: i64| format!("{}.{:02}", pence / 100, pence % 100);
        for (Holder { reference, name, instalment, balance }, n) in self.holders.iter().zip(0..) {
            let is_said = n % 100 < self.knobs.instalments;
            file += &format!(
                "CT,{reference},\"{}\",Mill Lane,ZZ1 1ZZ,{},{}\n",
                name.in_full(),
                pounds(*balance),
                if is_said { pounds(*instalment) } else { String::new() },
            );
        }
        file
    }

    /// The next payment.
    pub(super) fn payment(&mut self) -> Payment {
        if self.dice.in_hundred(self.knobs.nobodys) {
            return self.nobodys();
        }
        let dice = &mut self.dice;
        // Some pay much oftener than others.
        let many = self.payers.len() as u64;
        let at = dice.below(many).min(dice.below(many));
        let payer = &self.payers[usize::try_from(at).unwrap()];
        // Oftenest for the first of those they pay for.
        let many = payer.pays.len() as u64;
        let of = dice.below(many).min(dice.below(many));
        let holder = &self.holders[payer.pays[usize::try_from(of).unwrap()]];
        let pence = match dice.below(20) {
            0..14 => holder.instalment,
            14..16 => holder.balance,
            _ => 1_000 + 50 * i64::try_from(dice.below(600)).unwrap(),
        };
        let (reference, text) = match &payer.habit {
            Some(habit) => habit.clone(),
            None => {
                let text = written(dice, &holder.reference, self.knobs.right, &self.holders);
                (String::new(), text)
            }
        };
        let account = self.knobs.shown;
        let account = dice.in_hundred(account).then_some(payer.account.as_str());
        Payment {
            pence,
            says: said(dice, &text, account, &payer.name),
            reference,
            truth: Some(holder.reference.clone()),
        }
    }

    /// Money that came here by mistake, some of it much like somebody's.
    fn nobodys(&mut self) -> Payment {
        let dice = &mut self.dice;
        let text = match dice.below(4) {
            0 => format!("INV {}", dice.below(1_000_000)),
            1 => {
                let mut number = ct(u32::try_from(dice.below(90_000)).unwrap());
                number = swapped(&number);
                number
            }
            2 => "PAYMENT".to_owned(),
            _ => format!("ORDER {}", 70_000_000 + dice.below(9_000_000)),
        };
        let account = format!("30{:012}", dice.below(1 << 38));
        let name = Name::of(dice, 12);
        let pence = 1_000 + 50 * i64::try_from(dice.below(600)).unwrap();
        let account = dice.in_hundred(self.knobs.shown).then_some(account.as_str());
        let says = said(dice, &text, account, &name);
        Payment { pence, says, reference: String::new(), truth: None }
    }
}

fn holder(n: u32, dice: &mut Dice, knobs: Knobs) -> Holder {
    let instalment = 1_000 + 500 * i64::try_from(dice.below(60)).unwrap();
    Holder {
        reference: ct(n),
        name: Name::of(dice, knobs.surnames),
        instalment,
        balance: instalment * (1 + i64::try_from(dice.below(10)).unwrap()),
    }
}

fn payer(at: usize, holders: &[Holder], dice: &mut Dice, knobs: Knobs) -> Payer {
    let mut pays = vec![at];
    if dice.in_hundred(knobs.for_others) {
        for _ in 0..=dice.below(3) {
            pays.push(usize::try_from(dice.below(holders.len() as u64)).unwrap());
        }
    }
    // The account is in another's name now and then: a partner's, a parent's.
    let name = if dice.in_hundred(15) { Name::of(dice, 12) } else { holders[at].name.clone() };
    let habit = match dice.below(20) {
        0 | 1 => {
            Some((format!("FLAT{}-{}", 1 + dice.below(90), 100 + dice.below(9_000)), String::new()))
        }
        2 => Some((String::new(), "RENT AND TAX".to_owned())),
        3 => Some((String::new(), String::new())),
        _ => None,
    };
    Payer { name, account: format!("20{:012}", dice.below(1 << 38)), pays, habit }
}

/// A reference as somebody writes it.
fn written(dice: &mut Dice, reference: &str, right: u64, holders: &[Holder]) -> String {
    if dice.in_hundred(right) {
        return reference.to_owned();
    }
    match dice.below(20) {
        0..9 => slipped(dice, reference),
        9..12 => {
            let once = slipped(dice, reference);
            slipped(dice, &once)
        }
        12 | 13 => String::new(),
        14 => "COUNCIL TAX".to_owned(),
        15 => reference[..6].to_owned(),
        // Two accounts in one text: theirs, and one they copied it beside.
        16 | 17 => {
            let other = &holders[usize::try_from(dice.below(holders.len() as u64)).unwrap()];
            if dice.in_hundred(50) {
                format!("{reference} {}", other.reference)
            } else {
                format!("{} {reference}", other.reference)
            }
        }
        18 => format!("TAX{reference}JUNE"),
        _ => format!("HOUSE {}", 1 + dice.below(200)),
    }
}

fn slipped(dice: &mut Dice, reference: &str) -> String {
    let mut digits: Vec<char> = reference.chars().collect();
    let at = usize::try_from(dice.below(digits.len() as u64)).unwrap();
    let digit = char::from(b'0' + u8::try_from(dice.below(10)).unwrap());
    match dice.below(10) {
        0..5 => digits[at] = digit,
        5..8 => {
            let next = (at + 1).min(digits.len() - 1);
            digits.swap(at, next);
        }
        8 => {
            digits.remove(at);
        }
        _ => digits.insert(at, digit),
    }
    digits.into_iter().collect()
}

/// A credit as the bank shows it.
fn said(dice: &mut Dice, text: &str, account: Option<&str>, name: &Name) -> String {
    let name = name.at_the_bank(dice);
    let account = account.map(|account| format!("?31{account}")).unwrap_or_default();
    let name = if name.is_empty() { name } else { format!("?32{name}") };
    format!("166?00BGC?20{text}{account}{name}")
}
