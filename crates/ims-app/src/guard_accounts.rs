//! Before a reminder or a summons goes out: which of these accounts may have
//! paid with money that lies in suspense, in a bank line nobody explained or in a file kept
//! aside, or by a payment that nobody receipted; or did, and their own system has not heard
//! of it.
//! It says too much rather than too little, and how sure it is.

mod asked;
mod nearly;
mod sought;
mod undelivered;
mod unplaced;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::id::{ExceptionId, LineId, SuspenseId};
use ims_money::Pence;
use ims_store::{HolderRow, Tx};

use crate::{
    AppError, Books, Permission, Result,
    clues::{Account, Case, History, PLACED_MAX, PaidFrom},
    payer_accounts::Payers,
    redirects::{lead, redirects_of, written},
};

use sought::Sought;
use unplaced::Money;

/// The most accounts that are looked at in one go.
pub const GUARDED_MAX: usize = 50_000;

/// Money that an account's own system does not know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// An item of suspense.
    Suspense(SuspenseId),
    /// A bank line that nothing explains yet.
    BankLine(LineId),
    /// The receipt of this number, theirs for certain: it is in no file that their system
    /// took in.
    NotDelivered(String),
    /// A row of a file that is kept aside.
    KeptAside {
        /// What the file is called.
        file: String,
        /// The line of it.
        line: u64,
    },
    /// A payment through a provider that waits for a person to look into.
    Exception(ExceptionId),
    /// The payment of this reference: nobody knows yet whether it was made.
    Payment(String),
}

/// A file kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAside {
    /// What it is called.
    pub file_name: String,
    /// Why it is kept aside.
    pub reason: String,
    /// Why whose money is in it is not known, if it could not be searched.
    pub unread: Option<String>,
}

/// Money that may be an account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayBeTheirs {
    /// Which.
    pub money: Unplaced,
    /// The day it came.
    pub happened_on: NaiveDate,
    /// What is left of it.
    pub amount: Pence,
    /// How likely it is theirs, in thousandths, looked at alone.
    pub permille: u16,
    /// What speaks for it and against it, in words.
    pub reasons: Vec<String>,
}

/// An account that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardedAccount {
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// Whether there is such an account holder: if not, nothing is known of
    /// name and balance, and it is looked for by its reference only.
    pub is_held: bool,
    /// The money that may be theirs, the likelier first.
    pub found: Vec<MayBeTheirs>,
}

/// What the guard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Every account that was asked about, each once, in order.
    pub accounts: Vec<GuardedAccount>,
    /// Files kept aside, the oldest first: what is in them was searched, unless it says why not.
    pub kept_aside: Vec<KeptAside>,
}

impl Books {
    /// Which of `accounts`, by fund and reference, may have paid with money in
    /// suspense, in an unexplained bank line or in a file kept aside, or by a payment that
    /// has no receipt, and why; and which have receipts that
    /// their fund's own system has not taken in, where it is sent files. Of receipts
    /// only who may see income is told, of files only who may see imports.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for more accounts than [`GUARDED_MAX`].
    pub async fn guard_accounts(&self, accounts: &[(String, String)]) -> Result<Guard> {
        self.actor().needs(Permission::SeeBank)?;
        self.actor().needs(Permission::SeeSuspense)?;
        if accounts.len() > GUARDED_MAX {
            let what = format!("at most {GUARDED_MAX} accounts are looked at in one go");
            return Err(AppError::BadInput(what));
        }
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let funds = settings.funds()?;
        let as_written = |(fund, reference): &(String, String)| match funds.read(fund, reference) {
            Some(Ok(place)) => (fund.clone(), place.reference.to_string()),
            _ => (fund.clone(), written(reference)),
        };
        let accounts: BTreeSet<Account> = accounts.iter().map(as_written).collect();
        let mut money = self.unplaced(&mut tx).await?;
        let (aside, kept_aside) = self.aside(&mut tx, &settings).await?;
        money.extend(aside);
        let tokens = money.iter().flat_map(|it| it.clue.tokens.iter().cloned());
        let redirects = redirects_of(&mut tx, self.id(), tokens).await?;
        let history = History::of(tx.placed_before(self.id(), PLACED_MAX).await?);
        let payers = Payers::of(self, &mut tx, money.iter().filter_map(|it| it.line)).await?;
        let known = self.known_of(&mut tx, &accounts, &money).await?;
        let mut found: BTreeMap<&Account, Vec<MayBeTheirs>> = BTreeMap::new();
        let sought = Sought::of(&accounts, &known.holders, &known.paid);
        for it in &money {
            let mut cases: BTreeMap<&Account, Case> = BTreeMap::new();
            for (account, cost, why) in sought.nearly(&it.clue) {
                cases.entry(account).or_default().quote(cost, why);
            }
            for (token, fund) in it.clue.tokens.iter().flat_map(|token| {
                settings.council.fund.iter().map(move |fund| (token, fund.code.as_str()))
            }) {
                if let Some(Ok(place)) = funds.read(fund, token)
                    && let Ok(Some(to)) = lead(&redirects, &funds, &place, it.on)
                    && let Some(account) =
                        accounts.get(&(to.fund.to_string(), to.reference.to_string()))
                {
                    let why = format!("`{token}` is quoted, which leads there");
                    cases.entry(account).or_default().quote(0, why);
                }
            }
            for earlier in history.placed(&it.clue) {
                if let Some(account) = accounts.get(&earlier.account) {
                    let case = cases.entry(account).or_default();
                    case.placed = Some((earlier.like, earlier.why));
                }
            }
            for (account, times) in payers.paid(it.line) {
                if let Some(account) = accounts.get(&account) {
                    cases.entry(account).or_default().from = PaidFrom::This(times);
                }
            }
            for account in sought.by_name_or_amount(&it.clue) {
                cases.entry(account).or_default();
            }
            for (account, mut case) in cases {
                let (holder, paid) = known.of(account, it.clue.amount);
                case.look_at(&it.clue, holder, paid);
                if case.is_any() {
                    found.entry(account).or_default().push(it.theirs(&case));
                }
            }
        }
        for (account, theirs) in self.asked_and_unreceipted(&mut tx, &accounts).await? {
            found.entry(account).or_default().extend(theirs);
        }
        if self.actor().may(Permission::SeeIncome) {
            for (account, theirs) in self.undelivered(&mut tx, &accounts).await? {
                found.entry(account).or_default().extend(theirs);
            }
        }
        for theirs in found.values_mut() {
            theirs.sort_by_key(|it| std::cmp::Reverse(it.permille));
        }
        let guarded = accounts.iter().map(|account| GuardedAccount {
            fund: account.0.clone(),
            reference: account.1.clone(),
            is_held: known.holders.contains_key(account),
            found: found.remove(account).unwrap_or_default(),
        });
        let accounts = guarded.collect();
        Ok(Guard { accounts, kept_aside })
    }

    async fn known_of(
        &self,
        tx: &mut Tx,
        accounts: &BTreeSet<Account>,
        money: &[Money],
    ) -> Result<Known> {
        let mut by_fund: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (fund, reference) in accounts {
            by_fund.entry(fund).or_default().push(reference.clone());
        }
        let mut holders = BTreeMap::new();
        for (fund, references) in by_fund {
            let rows = tx.holders_of(self.id(), fund, &references).await?;
            let keyed = |row: HolderRow| ((row.fund.clone(), row.reference.clone()), row);
            holders.extend(rows.into_iter().map(keyed));
        }
        let references: BTreeSet<String> = accounts.iter().map(|(_, it)| it.clone()).collect();
        let references: Vec<String> = references.into_iter().collect();
        let amounts = money.iter().map(|it| it.clue.amount).collect();
        let paid = tx.paid_before(self.id(), &references, &amounts).await?;
        let paid = paid.into_iter().map(|(fund, it, amount)| ((fund, it), amount)).collect();
        Ok(Known { holders, paid })
    }
}

/// What is known of the accounts.
struct Known {
    holders: BTreeMap<Account, HolderRow>,
    /// Amounts that lie about which an account paid before.
    paid: BTreeSet<(Account, Pence)>,
}

impl Known {
    fn of(&self, account: &Account, amount: Pence) -> (Option<&HolderRow>, bool) {
        (self.holders.get(account), self.paid.contains(&(account.clone(), amount)))
    }
}
