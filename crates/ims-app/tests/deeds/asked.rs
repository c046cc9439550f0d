//! A run that asks for old open money by key comes to what a run that reads all of it comes to.
//!
//! Two towns are led through the same generated months, with the same clock and the same dice,
//! so that all they have in common has the same ids. In one of them every run reads all that is
//! open; in the other all but the newest rows get keys before each run. What a run comes to, and
//! every match, pair and open row after it, is the same in both; and so is each day of the bank
//! account with all that is proposed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use ims_app::{Ageing, Books};
use ims_ledger::id::{ImportId, MatchId};
use ims_testkit::on_both;

use super::{
    ereturns::another,
    files::{Paid, Shown, paid, receipts, settlement, stated_on},
    raw::{count, sql},
    town::{Town, april, ct, file},
};

/// Amounts that repeat, so that many rows are alike.
const AMOUNTS: [i64; 6] = [1_000, 1_250, 2_500, 2_500, 4_000, 9_550];

/// Chances that are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((x ^ (x >> 31)) >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// A row that was told of, as a line may pay it.
#[derive(Clone)]
struct Told {
    reference: String,
    method: &'static str,
    pence: i64,
    day: NaiveDate,
    batch: String,
    source: String,
}

fn pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", pence.abs() / 100, pence.abs() % 100)
}

/// The months that two towns live through.
struct Months {
    chance: Chance,
    today: NaiveDate,
    told: Vec<Told>,
    statements: u32,
    balance: i64,
    payouts: u32,
}

impl Months {
    fn new(seed: u64) -> Self {
        let chance = Chance(seed.wrapping_mul(0x0123_4567_89AB_CDEF));
        let (statements, balance, payouts) = (0, 0, 0);
        Self { chance, today: april(20), told: Vec::new(), statements, balance, payouts }
    }

    /// Rows of these days and of long ago.
    fn receipts(&mut self) -> String {
        let mut rows: Vec<Paid> = Vec::new();
        for _ in 0..12 + self.chance.below(12) {
            let back = match self.chance.below(4) {
                0 => 20 + self.chance.below(1_200),
                _ => self.chance.below(9),
            };
            let day = self.today - Days::new(u64::try_from(back).unwrap());
            let reference = ct(u32::try_from(1 + self.chance.below(9)).unwrap());
            let method = self.chance.of(&["CARD", "CARD", "CASH", "BANK", "BANK", "BANK", "AGENT"]);
            let pence = self.chance.of(&AMOUNTS);
            let number = self.told.len();
            let batch = match method {
                "CASH" => format!("SLIP{:04}", number / 5),
                _ => String::new(),
            };
            let source = if method == "CARD" { format!("pay_{number}") } else { String::new() };
            let told = Told { reference, method, pence, day, batch, source };
            let row = paid("CT", &told.reference, method, &pounds(pence)).on(day);
            rows.push(row.batch(&told.batch).source(&told.source));
            self.told.push(told);
        }
        receipts(&rows)
    }

    /// What of some card payments is in a payout, whether they were told of before or not.
    fn settlement(&mut self) -> (String, i64) {
        self.payouts += 1;
        let is_new =
            |told: &&Told| !told.source.is_empty() && told.day + Days::new(5) >= self.today;
        let mut cards: Vec<Told> = self.told.iter().filter(is_new).cloned().collect();
        let (mut lines, mut total) = (Vec::new(), 0);
        for _ in 0..3 {
            if cards.is_empty() {
                break;
            }
            let told = cards.swap_remove(self.chance.below(cards.len()));
            // Each payment is in one payout only.
            for one in self.told.iter_mut().filter(|one| one.source == told.source) {
                one.source.clear();
            }
            total += told.pence;
            lines.push((told.source, pounds(told.pence)));
        }
        let lines: Vec<_> = lines
            .iter()
            .map(|(source, pence)| (&**source, "payment", &**pence, "0.00", &**pence))
            .collect();
        (settlement(&format!("PO{:06}", self.payouts), 20, &lines), total)
    }

    /// What a line says, and pays.
    fn line(&mut self) -> (i64, String) {
        if self.told.is_empty() {
            return (100, "NOTHING YET".to_owned());
        }
        let at = self.chance.below(self.told.len());
        let told = self.told[at].clone();
        let day = told.day.format("%d%m").to_string();
        let of_day = |one: &&Told| one.method == told.method && one.day == told.day;
        let off = if self.chance.one_in(8) { 5 } else { 0 };
        match (told.method, self.chance.below(9)) {
            ("CARD", 0..6) => {
                let sum: i64 = self.told.iter().filter(of_day).map(|one| one.pence).sum();
                let says = if self.chance.one_in(2) { format!(" {day}") } else { String::new() };
                (sum - off, format!("BGC 5200107 CARDS{says}"))
            }
            ("AGENT", 0..6) => {
                let sum: i64 = self.told.iter().filter(of_day).map(|one| one.pence).sum();
                (sum, format!("ALLPAY {day} 5200107"))
            }
            ("CASH", 0..6) => {
                let same = self.told.iter().filter(|one| one.batch == told.batch);
                (same.map(|one| one.pence).sum::<i64>() - off, format!("CR {}", told.batch))
            }
            (_, 6) => {
                let wrong = self.chance.below(8);
                let mut typed = told.reference.into_bytes();
                typed[wrong] = b'0' + (typed[wrong] - b'0' + 1) % 10;
                (told.pence, format!("RENT {}", String::from_utf8(typed).unwrap()))
            }
            (_, 7) => {
                let other = self.chance.below(self.told.len());
                let other = self.told[other].clone();
                (told.pence + other.pence, format!("{} AND {}", told.reference, other.reference))
            }
            (_, 8) => (told.pence / 4, format!("PART OF {}", told.reference)),
            _ => (told.pence + off, format!("FROM {} SMITH", told.reference)),
        }
    }

    fn statement(&mut self, more: Option<(i64, String)>) -> String {
        self.statements += 1;
        let mut lines: Vec<(i64, String)> = (0..10).map(|_| self.line()).collect();
        // Three quarters of a part: with it the part is a whole.
        let rests = lines.iter().filter(|(_, says)| says.starts_with("PART OF"));
        let rests: Vec<_> = rests.map(|(pence, says)| (pence * 3, says.clone())).collect();
        lines.extend(rests.into_iter().take(self.chance.below(3)));
        lines.extend(more);
        let shown: Vec<Shown<'_>> = lines.iter().map(|(pence, says)| (*pence, &**says)).collect();
        let opening = self.balance;
        self.balance += lines.iter().map(|(pence, _)| pence).sum::<i64>();
        stated_on("12345678", self.statements, (opening, self.balance), self.today, &shown)
    }
}

/// An id as a shell prints it.
fn printed(url: &str, id: &str) -> String {
    if url.starts_with("sqlite:") { format!("hex({id})") } else { id.to_owned() }
}

/// All that a run can change.
fn standing(url: &str) -> Vec<String> {
    let id = |id| printed(url, id);
    [
        "SELECT rule, reason, amount_pence FROM match_set ORDER BY match_id".to_owned(),
        format!(
            "SELECT {}, pair_no, {}, {}, {}, {}, amount_pence FROM match_pair ORDER BY match_id, pair_no",
            id("match_id"),
            id("line_id"),
            id("suspense_id"),
            id("expected_id"),
            id("receipt_id")
        ),
        format!("SELECT {} FROM open_expected ORDER BY expected_id", id("expected_id")),
        format!("SELECT {} FROM open_line ORDER BY line_id", id("line_id")),
        format!("SELECT {}, remaining_pence FROM open_suspense ORDER BY suspense_id", id("suspense_id")),
        "SELECT account, side, amount_pence FROM posting ORDER BY entry_id, side_no".to_owned(),
    ]
    .map(|look| sql(url, &look))
    .to_vec()
}

/// The same done in both, with the same answer.
async fn both<T, F>(towns: [&Town; 2], deed: impl Fn(Books) -> F) -> T
where
    T: PartialEq + std::fmt::Debug,
    F: Future<Output = T>,
{
    let one = deed(towns[0].books.clone()).await;
    assert_eq!(deed(towns[1].books.clone()).await, one);
    one
}

async fn took(towns: [&Town; 2], name: &str, text: &str) -> Option<ImportId> {
    both(towns, |books| async move {
        match books.import_file(file(name, text)).await {
            Ok(ims_app::Imported::Now(done)) => Some(done.id),
            Ok(ims_app::Imported::Before(_)) => None,
            Ok(other) => panic!("{name}: {other:?}"),
            Err(error) if error.is_bad_input() || error.is_refusal() => None,
            Err(error) => panic!("{name}: {error:?}"),
        }
    })
    .await
}

/// Each day of the bank account as whoever reconciles it sees it, the same in both, and what
/// clearing accounts wait for as it comes of every row.
async fn days_alike(towns: [&Town; 2], today: NaiveDate, proposed: &mut BTreeSet<String>) {
    let from = today - Days::new(400);
    let days = both(towns, |books| async move {
        books.bank_days("main", from, today, i64::MAX).await.unwrap()
    })
    .await;
    let all = towns[1].books.waited_for(None).await.unwrap();
    for day in days.into_iter().map(|one| one.day) {
        let seen =
            both(towns, |books| async move { books.bank_day("main", day).await.unwrap() }).await;
        let to_sign =
            both(
                towns,
                |books| async move { books.bank_day_to_sign("main", day).await.unwrap().facts },
            );
        assert_eq!(to_sign.await, seen.facts, "what is signed is what is shown");
        proposed.extend(seen.proposals.values().flatten().map(|one| one.rule.clone()));
        assert_eq!(seen.facts.waiting, aged(&all, day), "{day}");
        let mut oldest: Vec<_> = all.iter().filter(|row| row.happened_on <= day).collect();
        oldest.sort_by_key(|row| (row.happened_on, row.id));
        let listed = seen.facts.waiting_items.iter();
        let listed: Vec<_> = listed.map(|one| (one.expected, one.amount_pence)).collect();
        let oldest = oldest.into_iter().take(ims_app::BANK_DAY_WAITING_MAX);
        assert_eq!(listed, oldest.map(|row| (row.id, row.amount)).collect::<Vec<_>>());
    }
}

/// What waits on a day, row by row.
fn aged(all: &[ims_store::OpenExpected], day: NaiveDate) -> BTreeMap<String, Ageing> {
    let working = ims_ledger::WorkingDays::england_and_wales();
    let mut found: BTreeMap<String, Ageing> = BTreeMap::new();
    for row in all.iter().filter(|row| row.happened_on <= day) {
        let ageing = found.entry(row.channel.clone()).or_default();
        let band = match working.between(row.happened_on, day) {
            0..=1 => 0,
            2..=5 => 1,
            6..=20 => 2,
            _ => 3,
        };
        ageing.count[band] += 1;
        ageing.amount_pence[band] = ageing.amount_pence[band].checked_add(row.amount).unwrap();
    }
    found
}

/// What happened: the rules that matched, those that proposed, and how many rows had keys.
#[derive(Default)]
struct Lived {
    rules: BTreeSet<String>,
    proposed: BTreeSet<String>,
    keyed: i64,
}

/// Some months in two towns.
async fn lived(url: &str, seed: u64, all: &mut Lived) {
    let fresh = [another(url), another(url)];
    let (reads, asks) = (Town::of(&fresh[0].url).await, Town::of(&fresh[1].url).await);
    let towns = [&reads, &asks];
    let mut months = Months::new(seed);
    let mut imports: Vec<ImportId> = Vec::new();
    for round in 0..7 {
        let text = months.receipts();
        let settled = months.chance.one_in(2).then(|| months.settlement());
        let more = settled
            .as_ref()
            .map(|(_, total)| (*total, format!("PAYBRIDGE PO{:06}", months.payouts)));
        let statement = months.statement(more.filter(|(total, _)| *total != 0));
        let (first, second) = (format!("r{round}.csv"), format!("p{round}.csv"));
        if months.chance.one_in(2) {
            imports.extend(took(towns, &first, &text).await);
        }
        if let Some((text, _)) = &settled {
            imports.extend(took(towns, &second, text).await);
        }
        took(towns, &first, &text).await;
        took(towns, &format!("s{round}.sta"), &statement).await;
        if months.chance.one_in(4) && !imports.is_empty() {
            let import = imports.swap_remove(months.chance.below(imports.len()));
            let reversed = |books: Books| async move {
                books
                    .reverse_import(import, "a test's")
                    .await
                    .map(drop)
                    .map_err(|why| why.to_string())
            };
            let _either_way = both(towns, reversed).await;
        }
        let newest = months.chance.of(&[0, 0, 0, 9, 40]);
        asks.books.index_expected(newest).await.unwrap();
        assert_eq!(count(&reads.url, "expected_key"), 0);
        all.keyed += count(&asks.url, "open_expected WHERE is_keyed = 1");
        let done = both(towns, |books| async move { books.reconcile().await.unwrap() }).await;
        all.rules.extend(done.by_rule.into_keys());
        assert_eq!(standing(&asks.url), standing(&reads.url), "seed {seed}, round {round}");
        days_alike(towns, months.today, &mut all.proposed).await;
        if months.chance.one_in(2) {
            let id = printed(&reads.url, "match_id");
            let made = format!(
                "SELECT {id} FROM match_set WHERE rule <> 'import reversed' ORDER BY match_id"
            );
            let made = sql(&reads.url, &made);
            let made: Vec<MatchId> =
                made.lines().map(|id| MatchId::new(id.parse().unwrap())).collect();
            if !made.is_empty() {
                let set = months.chance.of(&made);
                let undone = |books: Books| async move {
                    books.undo_match(set, "a test's").await.map(drop).map_err(|why| why.to_string())
                };
                let _either_way = both(towns, undone).await;
            }
        }
        if months.chance.one_in(3) {
            // What is left goes to suspense, and is looked at again from there.
            let today = months.today;
            let closed = |books: Books| async move {
                books.close_day(today).await.map(drop).map_err(|why| why.to_string())
            };
            let _either_way = both(towns, closed).await;
            assert_eq!(standing(&asks.url), standing(&reads.url), "seed {seed}, close {round}");
        }
        let days = u64::try_from(1 + months.chance.below(25)).unwrap();
        months.today = months.today + Days::new(days);
        for town in towns {
            town.clock.forward(chrono::TimeDelta::days(i64::try_from(days).unwrap()));
        }
    }
    asks.proved().await;
    reads.proved().await;
}

on_both! {
    async fn asking_comes_to_what_reading_all_comes_to(url: &str) {
        let mut all = Lived::default();
        for seed in 0..3 {
            lived(url, seed, &mut all).await;
        }
        let Lived { rules, proposed, keyed } = all;
        assert!(keyed > 100, "{keyed} rows had keys");
        for rule in ["batch", "merchant-day", "quoted", "typo", "early-or-late"] {
            assert!(rules.contains(rule), "nothing was matched by {rule}: {rules:?}");
        }
        for rule in ["told-before", "told-other-amount"] {
            assert!(proposed.contains(rule), "nothing was proposed by {rule}: {proposed:?}");
        }
    }

    /// What has keys when a settlement says of which payout it is, whether it gets them again
    /// or not.
    async fn a_payout_of_payments_with_keys_is_found(url: &str) {
        let town = Town::of(url).await;
        let rows = [1, 2, 3, 4].map(|n| paid("CT", &ct(n), "CARD", "30.00").source(&format!("pay_{n}")));
        town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!(town.books.index_expected(0).await.unwrap(), 4);
        let of = |n: &'static str| (n, "payment", "30.00", "0.00", "30.00");
        town.took("first.csv", &settlement("PO000001", 20, &[of("pay_1"), of("pay_2")])).await;
        assert_eq!(town.books.index_expected(0).await.unwrap(), 2);
        town.took("second.csv", &settlement("PO000002", 20, &[of("pay_3")])).await;
        town.proved().await;
        let lines = [(6_000, "PAYBRIDGE PO000001"), (3_000, "PAYBRIDGE PO000002")];
        town.took("s1.sta", &stated_on("12345678", 1, (0, 9_000), april(20), &lines)).await;
        assert_eq!(town.reconciled().await, (vec![("batch".to_owned(), 2)], vec![]));
        assert_eq!(town.at("clearing:card").await, 3_000);
        town.proved().await;
    }

    /// Keys that are gone may make a match look more certain than it is.
    async fn verifying_finds_rows_without_their_keys(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "BANK", "30.00")])).await;
        town.books.index_expected(0).await.unwrap();
        town.proved().await;
        sql(url, "DELETE FROM expected_key WHERE key_text LIKE '~%'");
        let wrong: Vec<_> = town.books.verify(None).await.unwrap().checks.into_iter().filter(|it| !it.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].detail.as_deref(), Some("2 keys of open money are kept, 3 others would be right"));
    }
}
