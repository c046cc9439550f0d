//! One day of a council, through the same deeds as production.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use ims_app::{
    Actor, App, AppError, Books, Certificate, Exported, Imported, NewAllocation, NewFile,
    OpeningItem, Reconciled, Verified,
};
use ims_ledger::Funds;
use ims_money::Pence;
use ims_store::{FundTotal, OpenSuspense};
use ims_synthetic::{Borough, Day, Fault, Planted};

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileIn {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub about: &'static str,
    /// What the app made of it.
    pub outcome: Imported,
}

/// A fault that was planted, and where it can be seen now.
#[derive(Clone, Debug)]
pub struct FaultSeen {
    /// What was planted.
    pub planted: Planted,
    /// Where it is now.
    pub seen: String,
}

/// A suspense item that was cleared.
#[derive(Clone, Debug)]
pub struct Cleared {
    /// What the payer wrote.
    pub quoted: String,
    /// Where it belonged.
    pub fund: String,
    /// The account it belonged to.
    pub reference: String,
    /// How much.
    pub amount: Pence,
}

/// A day as it was lived.
#[derive(Clone, Debug)]
pub struct Lived {
    /// The council's name.
    pub council: String,
    /// The day.
    pub day: NaiveDate,
    /// The files that came in.
    pub files: Vec<FileIn>,
    /// Income by fund and method.
    pub income: Vec<FundTotal>,
    /// Open suspense at the end: how many items, and what is left of them.
    pub suspense: (i64, Pence),
    /// The same by age: label, how many, how much.
    pub ages: Vec<(&'static str, u64, Pence)>,
    /// What reconciliation explained.
    pub reconciled: Reconciled,
    /// What was cleared from suspense.
    pub cleared: Vec<Cleared>,
    /// What the day came to.
    pub certificate: Certificate,
    /// The files that went out.
    pub exports: Vec<Exported>,
    /// The faults planted in the files, and where each can be seen.
    pub faults: Vec<FaultSeen>,
    /// The books' proof.
    pub verified: Verified,
    /// How long it took, apart from making the files.
    pub took: Duration,
}

/// Suspense items a day's work clears: a person would go on.
const CLEARED_MAX: usize = 3;
/// How many references that may have been meant are looked up.
const CANDIDATES_MAX: usize = 500;

/// Makes the council of `borough` in `app`, takes its books over and lives its
/// first day. `tell` hears what is being done, for a progress bar.
///
/// # Errors
///
/// What the app says.
pub async fn live(
    app: &App,
    borough: &Borough,
    day: Day,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Lived, AppError> {
    let start = now();
    let document = toml::to_string(borough.council())
        .map_err(|error| AppError::BadInput(format!("the demo's configuration: {error}")))?;
    let books = app.init(&document, Actor::system("demo")).await?;
    take_over(&books, &day).await?;
    let mut files = Vec::new();
    for file in &day.files {
        tell(&file.name);
        let new = NewFile {
            name: &file.name,
            bytes: &file.bytes,
            format: None,
            accept: None,
            dry_run: false,
        };
        let outcome = books.import_file(new).await?;
        files.push(FileIn { name: file.name.clone(), about: file.about, outcome });
    }
    tell("reconciling the bank");
    let reconciled = books.reconcile().await?;
    tell("closing the day");
    let certificate = books.close_day(day.date).await?;
    tell("clearing suspense");
    let cleared = clear_some(&books, &day.planted).await?;
    tell("exporting");
    let mut exports = Vec::new();
    for kind in books.export_kinds().await? {
        exports.extend(books.make_export(&kind).await?);
    }
    books.seal().await?;
    tell("verifying");
    let verified = books.verify(None).await?;
    let open = all_suspense(&books).await?;
    let faults = see_faults(&day, &files, &reconciled, &cleared, &open);
    let dashboard = books.dashboard(Some(day.date)).await?;
    Ok(Lived {
        income: books
            .income(day.date.checked_sub_days(Days::new(31)).unwrap_or(day.date), day.date)
            .await?,
        suspense: dashboard.suspense,
        ages: by_age(&open, day.date),
        council: books.council().name.clone(),
        day: day.date,
        files,
        reconciled,
        cleared,
        certificate,
        exports,
        faults,
        verified,
        took: start.elapsed(),
    })
}

fn now() -> Instant {
    Instant::now()
}

async fn take_over(books: &Books, day: &Day) -> Result<(), AppError> {
    let item = |item: &ims_synthetic::OpeningItem| OpeningItem {
        account: item.account.clone(),
        amount: item.amount,
        date: item.date,
        reference: item.reference.clone(),
        narrative: item.narrative.clone(),
    };
    let items: Vec<_> = day.opening.iter().map(item).collect();
    books.open_books(&items).await?;
    Ok(())
}

/// Clears what a person would clear first: payers who mistyped one character of
/// a reference that only one account holder can have meant.
async fn clear_some(books: &Books, planted: &[Planted]) -> Result<Vec<Cleared>, AppError> {
    let settings = books.settings().await?;
    let funds = Funds::of(&settings.council).map_err(|bad| AppError::BadInput(bad.to_string()))?;
    let mut cleared = Vec::new();
    for item in books.open_suspense(None, ims_app::ROWS_MAX).await? {
        if cleared.len() >= CLEARED_MAX {
            break;
        }
        let mistyped = planted.iter().find(|planted| {
            planted.kind == Fault::MistypedReference
                && planted.amount == item.amount
                && (item.narrative.contains(&planted.reference)
                    || item.reference == planted.reference)
        });
        let Some(planted) = mistyped else { continue };
        let mut meant = Vec::new();
        for fund in settings.council.fund.iter().filter(|fund| fund.must_exist) {
            let candidates = funds.meant(fund.code.as_str(), &planted.reference, CANDIDATES_MAX);
            for candidate in candidates.iter().filter(|candidate| candidate.slips.len() == 1) {
                let reference = candidate.place.reference.as_str();
                meant.extend(books.holder(fund.code.as_str(), reference).await?);
            }
        }
        if let [only] = meant.as_slice() {
            let to = NewAllocation {
                fund: only.fund.clone(),
                reference: only.reference.clone(),
                amount: None,
                note: "one character mistyped; nobody else can be meant".to_owned(),
                key: None,
            };
            let done = books.allocate_suspense(item.id, &to).await?;
            cleared.push(Cleared {
                quoted: planted.reference.clone(),
                fund: to.fund,
                reference: to.reference,
                amount: done.amount,
            });
        }
    }
    Ok(cleared)
}

/// Where each planted fault can be seen now.
fn see_faults(
    day: &Day,
    files: &[FileIn],
    reconciled: &Reconciled,
    cleared: &[Cleared],
    suspense: &[OpenSuspense],
) -> Vec<FaultSeen> {
    let in_suspense = |planted: &Planted| {
        suspense.iter().find(|item| {
            item.amount == planted.amount
                && (item.reference.contains(&planted.reference)
                    || item.narrative.contains(&planted.reference))
        })
    };
    let mut seen = Vec::new();
    for planted in &day.planted {
        let text = match planted.kind {
            Fault::DuplicateFile => {
                let again = files.iter().any(|file| {
                    file.name == planted.file && matches!(file.outcome, Imported::Before(_))
                });
                if again {
                    "imported before: nothing changed".to_owned()
                } else {
                    NOWHERE.to_owned()
                }
            }
            Fault::Sweep | Fault::ReturnedDebit => ruled(reconciled, planted),
            Fault::LateSchedule => {
                if suspense.iter().any(|item| item.reference == planted.reference) {
                    NOWHERE.to_owned()
                } else {
                    "its credit was in suspense: matched, and off suspense".to_owned()
                }
            }
            Fault::ShortPayout => short(suspense, planted),
            Fault::MistypedReference
            | Fault::NameOnly
            | Fault::CreditWaiting
            | Fault::UnknownFund
            | Fault::BadReference => match in_suspense(planted) {
                Some(item) => format!("in suspense: {}", item.reason),
                None if cleared.iter().any(|one| one.quoted == planted.reference) => {
                    "was in suspense, and cleared".to_owned()
                }
                None => NOWHERE.to_owned(),
            },
        };
        seen.push(FaultSeen { planted: planted.clone(), seen: text });
    }
    seen
}

async fn all_suspense(books: &Books) -> Result<Vec<OpenSuspense>, AppError> {
    let mut all: Vec<OpenSuspense> = Vec::new();
    loop {
        let after = all.last().map(|item| item.id);
        let page = books.open_suspense(after, ims_app::ROWS_MAX).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn by_age(open: &[OpenSuspense], day: NaiveDate) -> Vec<(&'static str, u64, Pence)> {
    let mut ages: Vec<(&'static str, u64, Pence)> = vec![
        ("today and yesterday", 0, Pence::ZERO),
        ("up to a week", 0, Pence::ZERO),
        ("older", 0, Pence::ZERO),
    ];
    for item in open {
        let days = day.signed_duration_since(item.happened_on).num_days();
        let at = match days {
            ..=1 => 0,
            2..=7 => 1,
            _ => 2,
        };
        if let Some((_, count, sum)) = ages.get_mut(at) {
            *count = count.saturating_add(1);
            *sum = sum.checked_add(item.remaining).unwrap_or(*sum);
        }
    }
    ages.retain(|(_, count, _)| *count > 0);
    ages
}

/// What a fault that cannot be seen says: a defect of ours.
pub const NOWHERE: &str = "NOT SEEN";

fn ruled(reconciled: &Reconciled, planted: &Planted) -> String {
    let fits = |sum: &Pence| *sum == planted.amount;
    match reconciled.by_rule.iter().find(|(_, (_, sum))| fits(sum)) {
        Some((rule, _)) => format!("explained by the council's rule `{rule}`"),
        None => match reconciled.by_rule.iter().find(|(rule, _)| {
            let word = if planted.kind == Fault::Sweep { "sweep" } else { "unpaid" };
            let debit = if planted.kind == Fault::Sweep { "surplus" } else { "returned" };
            let rule = rule.to_lowercase();
            rule.contains(word) || rule.contains(debit)
        }) {
            Some((rule, _)) => format!("explained by the council's rule `{rule}`"),
            None => NOWHERE.to_owned(),
        },
    }
}

fn short(suspense: &[OpenSuspense], planted: &Planted) -> String {
    let says = format!("short by {}", planted.amount.checked_abs().unwrap_or_default());
    match suspense.iter().find(|item| item.reason.contains(&says)) {
        Some(item) => format!("in suspense: {}", item.reason),
        None => NOWHERE.to_owned(),
    }
}
