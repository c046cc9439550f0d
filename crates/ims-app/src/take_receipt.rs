//! Taking money: cash, cheques, cards and the post, line by line.
//!
//! A deed under a key is done once: the same again gives the same receipt, and
//! something else under it is refused.

use std::{collections::HashSet, sync::Arc};

use chrono::NaiveDate;
use ims_ledger::{Council, Funds, Method, MethodKind, Through, Till};
use ims_money::Pence;
use ims_store::{StoreError, Tx};

use crate::{
    AppError, Books, Permission, Result, ScopeKind, Settings,
    admit::{Admitted, Terms, Wish, admit},
    books::patiently,
    known::Seen,
};

mod ask;
mod by_provider;
mod lines;
mod made;
mod plainly;

pub use ask::{Cheque, LINES_MAX, NewReceipt, NewReceiptLine, PORTAL_LINES_MAX, Payer};

pub(crate) use ask::{ADDRESS_LINE_MAX, payer_reads};
use ask::{checked, digest, words};
pub(crate) use by_provider::{Basket, digest_of};
pub(crate) use lines::owed_by;
use lines::split;
pub(crate) use made::Made;
use made::Taken;

/// What taking a receipt made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenReceipt {
    /// The number the payer is given.
    pub receipt: String,
    /// What was taken in all.
    pub total: Pence,
    /// What of it was more than is owed, and waits in suspense.
    pub overpaid: Pence,
    /// What whoever takes the money should know: stops, VAT codes not used.
    pub warnings: Vec<String>,
    /// Whether it had been done under the same key before.
    pub before: bool,
}

/// How often a receipt number that is there already, or a key that another
/// server used a moment before, is tried again.
const TRIES: u32 = 4;

/// What taking a receipt comes to, before anything is added.
#[derive(Debug)]
pub(crate) enum Took {
    /// It was taken under the same key before.
    Before(TakenReceipt),
    /// Its rows.
    Now(Box<Made>),
}

/// Runs a deed that gives a receipt, and again when its number is there already
/// or somebody used the same key a moment before.
pub(crate) async fn numbered_anew<T, F, Fut>(mut once: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut tried = 1;
    loop {
        match patiently(&mut once).await {
            Err(AppError::Store(StoreError::Duplicate(constraint)))
                if tried < TRIES
                    && ["entry_once", "receipt_number"].contains(&constraint.as_str()) =>
            {
                tried = tried.saturating_add(1);
            }
            done => return done,
        }
    }
}

impl Books {
    /// Takes money for one or more accounts and gives a receipt.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for what cannot be meant (an account that is
    /// none, an unknown method, office or VAT code), [`AppError::Refused`] where
    /// a rule forbids it (limits, stops, a reference twice, a key used for
    /// something else).
    pub async fn take_receipt(&self, new: &NewReceipt) -> Result<TakenReceipt> {
        self.needs_some_taking()?;
        if let Some(done) = patiently(|| self.take_plainly(new)).await? {
            return Ok(done);
        }
        numbered_anew(|| self.take_once(new)).await
    }

    /// Who may take nothing at all is told so before anything is looked at.
    fn needs_some_taking(&self) -> Result<()> {
        use Permission::{RecordReturn, TakeCard, TakeCash, TakeCheque, TakePost};
        let any = [TakeCard, TakeCheque, TakePost, RecordReturn];
        if any.into_iter().any(|permission| self.actor().may(permission)) {
            return Ok(());
        }
        self.actor().needs(TakeCash)
    }

    /// Whether method, office and funds are within what the actor works for.
    fn is_taken_within(&self, new: &NewReceipt) -> Result<()> {
        self.needs_within(ScopeKind::Method, &new.method)?;
        match &new.office {
            Some(office) => self.needs_within(ScopeKind::Office, office)?,
            None if self.within().offices.is_some() => {
                return Err(AppError::BadInput("say the office the money is taken at".to_owned()));
            }
            None => {}
        }
        new.lines.iter().try_for_each(|line| self.needs_fund(line.fund.trim()))
    }

    async fn take_once(&self, new: &NewReceipt) -> Result<TakenReceipt> {
        let mut tx = self.store().begin().await?;
        let Made { rows, done, .. } = match self.take_in(&mut tx, new, None).await? {
            Took::Before(before) => return Ok(before),
            Took::Now(made) => *made,
        };
        tx.add(rows).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// The rows of a receipt that was not taken before: into a till, if it is
    /// named. Nothing is added yet.
    pub(crate) async fn take_in(
        &self,
        tx: &mut Tx,
        new: &NewReceipt,
        till: Option<&Till>,
    ) -> Result<Took> {
        let today = self.world().today();
        let settings = Arc::new(self.settings_in(tx).await?);
        let method = self.may_take(&settings, new)?;
        if let Some(before) = self.taken_before(tx, new).await? {
            return Ok(Took::Before(before));
        }
        if till.is_none() {
            needs_no_till(&settings.council, method, new)?;
        }
        let funds = settings.funds()?;
        let terms = self.terms_of(new, &settings.council, &funds, method, today)?;
        let wishes: Vec<_> = new.lines.iter().map(wish).collect();
        let answers = admit(tx, self, terms, &wishes).await?;
        let admitted = all_admitted(answers)?;
        self.may_be_taken(new, &admitted)?;
        let rest = split(tx, self, new, &admitted).await?;
        let closed_through = tx.closed_through(self.id()).await?;
        let seen = Seen { today, settings: Arc::clone(&settings), closed_through };
        self.app().known().keep(self.id(), seen);
        let (admitted, rest) = (admitted.as_slice(), rest.as_slice());
        let channel = &method.channel;
        let taken = Taken { new, method, channel, on: terms.on, admitted, rest, source: None };
        let made = self.made(&settings.council, closed_through, taken)?;
        Ok(Took::Now(Box::new(made)))
    }

    /// The method it is taken by, for who may take money so.
    fn may_take<'a>(&self, settings: &'a Settings, new: &NewReceipt) -> Result<&'a Method> {
        let method = method_of(settings, &new.method)?;
        self.actor().needs(permission_for(method)?)?;
        self.is_taken_within(new)?;
        Ok(method)
    }

    /// What each line is checked by; refuses what cannot be meant.
    fn terms_of<'a, 'b>(
        &self,
        new: &NewReceipt,
        council: &'b Council,
        funds: &'b Funds<'a>,
        method: &'b Method,
        today: NaiveDate,
    ) -> Result<Terms<'a, 'b>> {
        if method.disabled {
            let what = format!("nothing is taken by {} any more", method.code);
            return Err(AppError::BadInput(what));
        }
        checked(new, council, method, today)?;
        Ok(Terms {
            council,
            funds,
            method: Some(method),
            through: new.through,
            stops: self.stops(new.through),
            on: new.happened_on.unwrap_or(today),
        })
    }

    /// Whether the accounts it is for may be paid so.
    fn may_be_taken(&self, new: &NewReceipt, admitted: &[Admitted<'_>]) -> Result<()> {
        for line in admitted {
            // An old reference may lead to a fund of somebody else's.
            self.needs_fund(line.fund.code.as_str())?;
        }
        self.refuse_twice(admitted, new.through)?;
        address_known(new, admitted)
    }

    /// The receipt that was given under the same key.
    async fn taken_before(&self, tx: &mut Tx, new: &NewReceipt) -> Result<Option<TakenReceipt>> {
        let Some(key) = &new.key else { return Ok(None) };
        let Some(entry) = tx.entry_by_key(self.id(), key).await? else { return Ok(None) };
        let other = || AppError::Refused(format!("`{key}` was used before for something else"));
        let asked = format!("taken {} {} ", total_of(new)?, digest(new));
        let said = entry.about.strip_prefix(&asked).ok_or_else(other)?;
        let (_, receipt) = said.split_once("receipt ").ok_or_else(other)?;
        let mut said = receipt.split(' ');
        let (id, number) = (said.next().unwrap_or_default(), said.next().unwrap_or_default());
        let id: ims_ledger::id::ReceiptId = id.parse().map_err(|_| other())?;
        // Names and cheques are no part of the digest, so that they can be erased.
        if let Some(kept) = tx.words_of(self.id(), id.get()).await?
            && kept != words(new)
        {
            return Err(other());
        }
        let credited = tx.receipt(self.id(), id).await?.map_or(Pence::ZERO, |row| row.total);
        let total = total_of(new)?;
        Ok(Some(TakenReceipt {
            receipt: number.to_owned(),
            total,
            overpaid: total.checked_sub(credited).ok_or(AppError::Overflow)?,
            warnings: Vec::new(),
            before: true,
        }))
    }

    /// One reference twice in one basket is mostly a slip.
    fn refuse_twice(&self, admitted: &[Admitted<'_>], through: Through) -> Result<()> {
        if through.has_staff() && self.actor().may(Permission::OverrideStop) {
            return Ok(());
        }
        let mut seen = HashSet::new();
        match admitted.iter().find(|line| !seen.insert(line.reference.as_str())) {
            None => Ok(()),
            Some(line) => Err(AppError::Refused(format!(
                "`{}` is there twice; put it on one line, or take two receipts",
                line.reference
            ))),
        }
    }
}

fn method_of<'a>(settings: &'a Settings, code: &str) -> Result<&'a Method> {
    let mut methods = settings.council.method.iter();
    let method = methods.find(|method| method.code.as_str() == code);
    let unknown = || AppError::BadInput(format!("method of payment `{code}` is not configured"));
    method.ok_or_else(unknown)
}

/// Cash of an office that has a till is taken into it; where any has, cash is of one.
fn needs_no_till(council: &Council, method: &Method, new: &NewReceipt) -> Result<()> {
    let mut tills = council.till.iter().filter(|till| !till.disabled).peekable();
    if method.kind != MethodKind::Cash || tills.peek().is_none() {
        return Ok(());
    }
    let Some(office) = new.office.as_deref() else {
        let what = "cash is taken into tills here: say the office it is taken at";
        return Err(AppError::BadInput(what.to_owned()));
    };
    match tills.find(|till| till.office.as_str() == office) {
        None => Ok(()),
        Some(till) => Err(AppError::Refused(format!(
            "cash at office {office} is taken into a till: open {} and take it there",
            till.code
        ))),
    }
}

/// What taking money by a method needs.
fn permission_for(method: &Method) -> Result<Permission> {
    match method.kind {
        MethodKind::Cash => Ok(Permission::TakeCash),
        MethodKind::Cheque => Ok(Permission::TakeCheque),
        MethodKind::Post => Ok(Permission::TakePost),
        MethodKind::CardOnline | MethodKind::CardStaff | MethodKind::CardPhone => {
            Ok(Permission::TakeCard)
        }
        MethodKind::Reversal => Ok(Permission::RecordReturn),
        MethodKind::BankCredit
        | MethodKind::DirectDebit
        | MethodKind::Agent
        | MethodKind::BenefitDeduction
        | MethodKind::Journal
        | MethodKind::Transfer
        | MethodKind::Fee => Err(AppError::BadInput(format!(
            "nobody takes money by {}: it is neither cash, cheque, post, card nor a reversal",
            method.code
        ))),
    }
}

fn wish(line: &NewReceiptLine) -> Wish<'_> {
    Wish { fund: line.fund.trim(), reference: &line.reference, amount: Some(line.amount) }
}

/// The lines, or the first that is refused, with its place where there are several.
fn all_admitted(answers: Vec<Result<Admitted<'_>>>) -> Result<Vec<Admitted<'_>>> {
    let several = answers.len() > 1;
    let placed = |(answer, number): (Result<_>, usize)| {
        answer.map_err(|error| match error {
            AppError::BadInput(why) if several => {
                AppError::BadInput(format!("line {number}: {why}"))
            }
            AppError::Refused(why) if several => AppError::Refused(format!("line {number}: {why}")),
            other => other,
        })
    };
    answers.into_iter().zip(1..).map(placed).collect()
}

fn warnings_of(admitted: &[Admitted<'_>]) -> Vec<String> {
    let warning = |line: &Admitted<'_>| {
        let warning = line.warning.as_ref()?;
        Some(format!("{} {}: {warning}", line.fund.code, line.reference))
    };
    admitted.iter().filter_map(warning).collect()
}

/// Where a fund needs the payer's address, it is given or an account holder's.
fn address_known(new: &NewReceipt, admitted: &[Admitted<'_>]) -> Result<()> {
    if new.payer.as_ref().is_some_and(Payer::has_address) {
        return Ok(());
    }
    let is_known = |line: &Admitted<'_>| {
        let holder = line.holder.as_ref();
        holder.is_some_and(|row| !row.name.is_empty() && !row.address.is_empty())
    };
    let mut needing = admitted.iter().filter(|line| line.fund.address_required);
    match needing.find(|line| !is_known(line)) {
        None => Ok(()),
        Some(line) => Err(AppError::BadInput(format!(
            "fund {} needs the payer's name, first address line, town and postcode",
            line.fund.code
        ))),
    }
}

fn total_of(new: &NewReceipt) -> Result<Pence> {
    Pence::checked_sum(new.lines.iter().map(|line| line.amount)).ok_or(AppError::Overflow)
}
