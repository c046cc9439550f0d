//! A fee charged to the payer of a card payment: a receipt and an entry of its
//! own, never a line of the payment, whose total and refunds it leaves alone.

use ims_ledger::{Council, Fund, Method, MethodKind, flow};
use ims_money::Pence;
use ims_store::{ExpectedRow, ReceiptRow, StoreError, StoredEntry, Tx};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    import_file::funds_of,
    posting::{Income, Writer, about_receipt, gains, some},
};

/// What charging a fee made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargedFee {
    /// The number of the fee's own receipt.
    pub receipt: String,
    /// The fund it went to.
    pub fund: String,
    /// The account in it.
    pub reference: String,
    /// Whether it had been charged before.
    pub before: bool,
}

impl Books {
    /// Charges the payer of receipt `number` a fee by `method`, which is of the
    /// kind `fee`: to the account its configuration names, else to that of the
    /// payment's first line. Once for a payment: the same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt, [`AppError::BadInput`] for
    /// another method, [`AppError::Refused`] when the payment's method incurs
    /// no fee, it was undone, or another fee was charged.
    pub async fn charge_fee(
        &self,
        number: &str,
        method: &str,
        amount: Pence,
    ) -> Result<ChargedFee> {
        self.actor().needs(Permission::TakeCard)?;
        let once = || self.charge_once(number, method, amount);
        match patiently(once).await {
            // Another server charged it a moment before.
            Err(AppError::Store(StoreError::Duplicate(name))) if name == "entry_once" => {
                patiently(once).await
            }
            done => done,
        }
    }

    async fn charge_once(&self, number: &str, method: &str, amount: Pence) -> Result<ChargedFee> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let council = &settings.council;
        let absent = || AppError::NotFound { what: "receipt", name: number.to_owned() };
        let paid = tx.receipt_numbered(self.id(), number).await?.ok_or_else(absent)?;
        self.needs_receipt(&paid)?;
        let key = format!("fee of receipt {}", paid.id);
        let asked = format!("fee of {number} {method} {amount} ");
        if let Some(entry) = tx.entry_by_key(self.id(), &key).await? {
            return charged_before(&entry, &asked, number);
        }
        let fee = fee_method(council, method)?;
        let by = method_that_incurs(council, &paid)?;
        if !amount.is_positive() {
            return Err(AppError::BadInput("a fee is for more than nothing".to_owned()));
        }
        if tx.undone_by(self.id(), paid.id).await?.is_some() {
            return Err(AppError::Refused(format!("receipt {number} was undone: it has no fee")));
        }
        let (fund, reference) = fee_account(council, fee, &paid)?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let lines = [Income { fund, reference, amount, vat: None }];
        let mut receipt = writer.receipt(fee.code.as_str(), paid.happened_on, &lines)?;
        receipt.office.clone_from(&paid.office);
        receipt.source_ref = Some(paid.number.clone());
        let postings = some(flow::taken(&by.channel, &gains(&lines)))?;
        let about = asked + about_receipt(&receipt).as_str();
        let mut entry = writer.entry("fee", paid.happened_on, about, postings);
        entry.key = Some(key);
        receipt.entry = entry.id;
        let waiting = self.fee_expected(by, &receipt, &writer);
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&receipt)).await?;
        tx.add_expected(self.id(), std::slice::from_ref(&waiting)).await?;
        self.note_fee(&mut tx, &paid, &receipt).await?;
        tx.commit().await?;
        let [line] = lines;
        Ok(ChargedFee {
            receipt: receipt.number,
            fund: line.fund.code.to_string(),
            reference: line.reference,
            before: false,
        })
    }

    fn fee_expected(&self, by: &Method, receipt: &ReceiptRow, writer: &Writer<'_>) -> ExpectedRow {
        ExpectedRow {
            id: ims_ledger::id::ExpectedId::new(self.world().id()),
            channel: by.channel.to_string(),
            happened_on: receipt.happened_on,
            amount: receipt.total,
            reference: receipt.number.clone(),
            batch_ref: String::new(),
            source_ref: receipt.number.clone(),
            entry: receipt.entry,
            receipt: Some(receipt.id),
            import: None,
            created_at: writer.now,
            is_payers: false,
        }
    }

    async fn note_fee(&self, tx: &mut Tx, paid: &ReceiptRow, fee: &ReceiptRow) -> Result<()> {
        let data = serde_json::json!({
            "receipt": fee.number, "amount_pence": fee.total, "method": fee.method,
        });
        self.note(tx, "charge fee", &paid.number, data).await
    }
}

fn charged_before(entry: &StoredEntry, asked: &str, number: &str) -> Result<ChargedFee> {
    let other = || AppError::Refused(format!("receipt {number} was charged another fee before"));
    let said = entry.about.strip_prefix(asked).ok_or_else(other)?;
    // `receipt ID NUMBER METHOD FUND/REFERENCE/…`
    let mut words = said.splitn(5, ' ').skip(2);
    let receipt = words.next().ok_or_else(other)?.to_owned();
    let mut line = words.nth(1).ok_or_else(other)?.split('/');
    let fund = line.next().unwrap_or_default().to_owned();
    let reference = line.next().unwrap_or_default().to_owned();
    Ok(ChargedFee { receipt, fund, reference, before: true })
}

fn fee_method<'a>(council: &'a Council, code: &str) -> Result<&'a Method> {
    let mut methods = council.method.iter();
    let fee = methods.find(|method| method.code.as_str() == code && !method.disabled);
    let fee = fee.filter(|method| method.kind == MethodKind::Fee);
    let no_fee = || AppError::BadInput(format!("`{code}` is no method of payment of kind fee"));
    fee.ok_or_else(no_fee)
}

fn method_that_incurs<'a>(council: &'a Council, paid: &ReceiptRow) -> Result<&'a Method> {
    let by = council.method.iter().find(|method| method.code.as_str() == paid.method);
    let none = || AppError::Refused(format!("payments by {} incur no fee", paid.method));
    by.filter(|method| method.incurs_fee).ok_or_else(none)
}

/// Where a fee goes: to its method's own account, else to the payment's first.
fn fee_account<'a>(
    council: &'a Council,
    fee: &Method,
    paid: &ReceiptRow,
) -> Result<(&'a Fund, String)> {
    let first = paid.lines.first();
    let (code, reference) = match (&fee.fee_fund, &fee.fee_reference) {
        (Some(fund), Some(reference)) => (fund.as_str(), reference.as_str()),
        (_, None) | (None, _) => {
            first.map(|line| (line.fund.as_str(), line.reference.as_str())).unwrap_or_default()
        }
    };
    let funds = funds_of(council)?;
    let bad = || AppError::BadInput(format!("a fee cannot go to fund {code} `{reference}`"));
    let place = funds.read(code, reference).and_then(Result::ok).ok_or_else(bad)?;
    Ok((funds.get(code).ok_or_else(bad)?, place.reference.to_string()))
}
