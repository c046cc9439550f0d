//! Taking money: cash, cheques, cards and the post, line by line.
//!
//! A deed under a key is done once: the same again gives the same receipt, and
//! something else under it is refused.

use std::collections::HashSet;

use chrono::NaiveDate;
use ims_ledger::{
    Method, MethodKind, Through, flow,
    id::{ExpectedId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, ReceiptRow, StoreError, SuspenseRow, Tx};

use crate::{
    AppError, Books, Permission, Result, ScopeKind, Settings,
    admit::{Admitted, Terms, Wish, admit},
    books::patiently,
    import_file::funds_of,
    posting::{Income, Writer, about_receipt, gains, some},
};

mod ask;
mod lines;

pub use ask::{Cheque, LINES_MAX, NewReceipt, NewReceiptLine, PORTAL_LINES_MAX, Payer};

use ask::{checked, digest, words};
use lines::{Rest, split};

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
        let mut tried = 1;
        loop {
            match patiently(|| self.take_once(new)).await {
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
        let settings = self.settings_in(&mut tx).await?;
        let method = method_of(&settings, &new.method)?;
        self.actor().needs(permission_for(method)?)?;
        self.is_taken_within(new)?;
        if let Some(before) = self.taken_before(&mut tx, new).await? {
            return Ok(before);
        }
        if method.disabled {
            let what = format!("nothing is taken by {} any more", method.code);
            return Err(AppError::BadInput(what));
        }
        let today = self.world().today();
        let on = new.happened_on.unwrap_or(today);
        checked(new, &settings.council, method, today)?;
        let funds = funds_of(&settings.council)?;
        let terms = Terms {
            council: &settings.council,
            funds: &funds,
            method: Some(method),
            through: new.through,
            stops: self.stops(new.through),
            on,
        };
        let wishes: Vec<_> = new.lines.iter().map(wish).collect();
        let answers = admit(&mut tx, self, terms, &wishes).await?;
        let admitted = all_admitted(answers)?;
        for line in &admitted {
            // An old reference may lead to a fund of somebody else's.
            self.needs_fund(line.fund.code.as_str())?;
        }
        self.refuse_twice(&admitted, new.through)?;
        address_known(new, &admitted)?;
        let mut warnings = warnings_of(&admitted);
        let rest = split(&mut tx, self, new, &admitted).await?;
        let lines = lines::incomes(&settings.council, new, &admitted, &rest, on, &mut warnings)?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let taken = Taken { new, method, on, admitted: &admitted, lines: &lines, rest: &rest };
        let receipt = self.post_taken(&mut tx, &writer, &taken).await?;
        tx.commit().await?;
        let overpaid = Pence::checked_sum(rest.iter().map(|rest| rest.over));
        Ok(TakenReceipt {
            receipt,
            total: total_of(new)?,
            overpaid: overpaid.ok_or(AppError::Overflow)?,
            warnings,
            before: false,
        })
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

    /// Posts what was taken; gives the receipt's number.
    async fn post_taken(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        taken: &Taken<'_, '_>,
    ) -> Result<String> {
        let Taken { new, method, on, .. } = *taken;
        let mut receipt = writer.receipt(method.code.as_str(), on, taken.lines)?;
        receipt.office.clone_from(&new.office);
        let over = Pence::checked_sum(taken.rest.iter().map(|rest| rest.over));
        let over = over.ok_or(AppError::Overflow)?;
        let postings = some(flow::overpaid(&method.channel, &gains(taken.lines), over))?;
        let suspense = self.suspense_of(taken, &receipt, writer);
        let about = about(taken, &suspense, &receipt)?;
        let mut details = Vec::new();
        let mut entry = writer.entry("receipt", on, about, postings);
        entry.key.clone_from(&new.key);
        entry.detail = writer.detail(receipt.id.get(), &words(new), &mut details);
        receipt.entry = entry.id;
        let suspense: Vec<_> =
            suspense.into_iter().map(|row| SuspenseRow { entry: entry.id, ..row }).collect();
        let expected = self.expected_of(taken, &entry, &receipt, writer)?;
        let council = self.id();
        tx.post_many(council, std::slice::from_ref(&entry)).await?;
        tx.add_receipts(council, std::slice::from_ref(&receipt)).await?;
        tx.add_suspense(council, &suspense).await?;
        tx.add_expected(council, expected.as_slice()).await?;
        tx.put_details(council, &details).await?;
        let data = serde_json::json!({
            "method": receipt.method, "office": receipt.office, "through": new.through.as_str(),
            "total_pence": total_of(new)?, "overpaid_pence": over,
            "lines": receipt.lines.iter().map(|line| serde_json::json!({
                "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
            })).collect::<Vec<_>>(),
            "stops": warnings_of(taken.admitted),
        });
        self.note(tx, "take receipt", &receipt.number, data).await?;
        Ok(receipt.number)
    }

    /// What is more than is owed, an item for each account.
    fn suspense_of(
        &self,
        taken: &Taken<'_, '_>,
        receipt: &ReceiptRow,
        writer: &Writer<'_>,
    ) -> Vec<SuspenseRow> {
        let over = taken.admitted.iter().zip(taken.rest).filter(|(_, rest)| !rest.over.is_zero());
        let item = |(line, rest): (&Admitted<'_>, &Rest)| SuspenseRow {
            id: SuspenseId::new(self.world().id()),
            happened_on: taken.on,
            amount: rest.over,
            reason: format!(
                "more than was owed on {} {}: paid with receipt {}",
                line.fund.code, line.reference, receipt.number
            ),
            reference: line.reference.clone(),
            entry: receipt.entry,
            import: None,
            line: None,
            method: Some(receipt.method.clone()),
            created_at: writer.now,
        };
        over.map(item).collect()
    }

    /// What the channel waits for: all that was taken, in one.
    fn expected_of(
        &self,
        taken: &Taken<'_, '_>,
        entry: &EntryRow,
        receipt: &ReceiptRow,
        writer: &Writer<'_>,
    ) -> Result<Option<ExpectedRow>> {
        let amount = total_of(taken.new)?;
        if amount.is_zero() {
            return Ok(None);
        }
        let reference = match receipt.lines.as_slice() {
            [only] => only.reference.clone(),
            _ => receipt.number.clone(),
        };
        Ok(Some(ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: taken.method.channel.to_string(),
            happened_on: taken.on,
            amount,
            reference,
            batch_ref: String::new(),
            source_ref: receipt.number.clone(),
            entry: entry.id,
            receipt: Some(receipt.id),
            import: None,
            created_at: writer.now,
        }))
    }
}

/// What was decided of a receipt before it is posted.
#[derive(Clone, Copy)]
struct Taken<'a, 'b> {
    new: &'b NewReceipt,
    method: &'b Method,
    on: NaiveDate,
    admitted: &'b [Admitted<'a>],
    lines: &'b [Income<'b>],
    rest: &'b [Rest],
}

/// What the entry says: what was asked, what became of it, and the receipt.
fn about(taken: &Taken<'_, '_>, suspense: &[SuspenseRow], receipt: &ReceiptRow) -> Result<String> {
    use std::fmt::Write as _;
    let new = taken.new;
    let mut about = format!("taken {} {} {} ", total_of(new)?, digest(new), new.through.as_str());
    for line in taken.admitted {
        if let Some(old) = &line.old {
            // Writing to a string cannot fail.
            let _ = write!(about, "redirected {old} to {}/{} ", line.fund.code, line.reference);
        }
    }
    for item in suspense {
        let _ = write!(about, "overpaid {} suspense {} ", item.amount, item.id);
    }
    about.push_str(&about_receipt(receipt));
    Ok(about)
}

fn method_of<'a>(settings: &'a Settings, code: &str) -> Result<&'a Method> {
    let mut methods = settings.council.method.iter();
    let method = methods.find(|method| method.code.as_str() == code);
    let unknown = || AppError::BadInput(format!("method of payment `{code}` is not configured"));
    method.ok_or_else(unknown)
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
