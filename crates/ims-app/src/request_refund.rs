//! Asking for a refund: the money is kept back at once, and a second person
//! decides.

use ims_ledger::{
    Account, Council, ReceiptNumber, RefundState, RefundWay, Side,
    id::{ApprovalId, ChannelCode, ReceiptId, RefundId},
};
use ims_money::Pence;
use ims_store::{
    LineKey, ReceiptRow, RefundLineRow, RefundRow, RefundStepRow, SearchReceipts, StoreError, Tx,
};

use crate::{
    AppError, Books, Payee, Permission, ROWS_MAX, Result, approvals::Ask, books::patiently,
    no_card::no_card, outgoing::Taking, posting::Writer, who::SeenPage,
};

/// The kind of approval a refund waits for.
pub(crate) const KIND: &str = "refund";

/// The most lines one refund gives back of.
pub const REFUND_LINES_MAX: usize = 200;

/// A refund of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefund {
    /// The payment's receipt number.
    pub receipt: String,
    /// Line, from 1, and how much of it; `None` for all that is left. No lines:
    /// all that is left of every line.
    pub lines: Vec<(i64, Option<Pence>)>,
    /// How it reaches the payer.
    pub way: RefundWay,
    /// To whom it is paid by bank; without it somebody pays it by hand.
    pub payee: Option<Payee>,
    /// Why.
    pub reason: String,
    /// A key of the caller's: the same key again asks nothing new.
    pub key: Option<String>,
}

/// What asking for a refund came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsked {
    /// The refund.
    pub id: RefundId,
    /// Its number: what a bank line of it quotes.
    pub number: String,
    /// What waits for a second person.
    pub approval: ApprovalId,
    /// How much, gross.
    pub amount: Pence,
    /// Whether it had been asked for under the same key before.
    pub before: bool,
}

/// A line of a payment, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineLeft {
    /// Which, from 1.
    pub line: i64,
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// What was paid, gross.
    pub amount: Pence,
    /// What nobody has refunded, moved, returned, disputed or reversed.
    pub left: Pence,
}

impl Books {
    /// Asks for a refund of a payment, whole or in part. What it is to give
    /// back is kept back from now on, so that nobody else can give it away.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt, [`AppError::BadInput`]
    /// without a reason, [`AppError::Refused`] when more is asked than is left
    /// or the method of payment is not refunded that way,
    /// [`AppError::NotAllowed`] for part of a line without leave for it.
    pub async fn request_refund(&self, new: &NewRefund) -> Result<RefundAsked> {
        self.actor().needs(Permission::Refund)?;
        check(new)?;
        let today = self.world().today();
        let payee = new.payee.as_ref().map(|it| it.checked(today)).transpose()?;
        let new = &NewRefund { payee, ..new.clone() };
        patiently(|| async {
            match self.request_once(new).await {
                // Somebody used the same key at the same moment: look what they asked.
                Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
                other => other,
            }
        })
        .await
    }

    async fn request_once(&self, new: &NewRefund) -> Result<RefundAsked> {
        let mut tx = self.store().begin().await?;
        let document = document(new);
        if let Some(before) = self.asked_before(&mut tx, new, &document).await? {
            return Ok(before);
        }
        let receipt = self.receipt_numbered(&mut tx, &new.receipt).await?;
        let channel = self.channel_back(&mut tx, &receipt, new.way).await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let id = RefundId::new(self.world().id());
        let mut taking = Taking::of(&writer, KIND, id.get());
        self.keep_back(&mut tx, &mut taking, &receipt, &new.lines).await?;
        taking.record(&mut tx).await?;
        let total = Pence::checked_sum(taking.outs.iter().map(|out| out.amount));
        let amount = total.ok_or(AppError::Overflow)?;
        let random = u64::from_be_bytes(self.world().bytes());
        let number = ReceiptNumber::from_random(random).to_string();
        let ask = Ask {
            kind: KIND,
            subject: format!("refund {number} of receipt {}", receipt.number),
            amount,
            document,
            reason: &new.reason,
            key: new.key.as_deref(),
        };
        let approval = self.ask(&mut tx, ask).await?;
        let funds: Vec<_> = receipt.lines.iter().map(|line| line.fund.as_str()).collect();
        self.ask_about(&mut tx, approval, &funds).await?;
        let row = RefundRow {
            id,
            number: number.clone(),
            receipt: receipt.id,
            receipt_number: receipt.number.clone(),
            way: new.way.as_str().to_owned(),
            channel,
            amount,
            reason: new.reason.trim().to_owned(),
            approval,
            requested_by: self.actor().name().to_owned(),
            requested_at: writer.now,
            state: RefundState::Requested.as_str().to_owned(),
            steps: 1,
        };
        let lines: Vec<_> = taking
            .outs
            .iter()
            .map(|out| RefundLineRow { line: out.of.line, amount: out.amount, vat: out.vat })
            .collect();
        tx.add_refund(self.id(), &row, &lines, &first_step(&row)).await?;
        if let Some(payee) = &new.payee {
            self.keep_payee(&mut tx, &row, payee).await?;
        }
        tx.commit().await?;
        Ok(RefundAsked { id, number, approval, amount, before: false })
    }

    async fn asked_before(
        &self,
        tx: &mut Tx,
        new: &NewRefund,
        document: &str,
    ) -> Result<Option<RefundAsked>> {
        let Some(key) = &new.key else { return Ok(None) };
        let Some(asked) = tx.approval_by_key(self.id(), key).await? else { return Ok(None) };
        let refund = tx.refund_of_approval(self.id(), asked.id).await?;
        let mut refund = refund.filter(|_| asked.kind == KIND && asked.document == document);
        if let Some(row) = &refund
            && self.payee_in(tx, row).await? != new.payee
        {
            refund = None;
        }
        match refund {
            Some(refund) => Ok(Some(RefundAsked {
                id: refund.id,
                number: refund.number,
                approval: asked.id,
                amount: refund.amount,
                before: true,
            })),
            None => Err(AppError::Refused(format!("`{key}` was used before for something else"))),
        }
    }

    /// Keeps back what is asked of each line, in the order everybody takes them.
    async fn keep_back(
        &self,
        tx: &mut Tx,
        taking: &mut Taking<'_, '_>,
        receipt: &ReceiptRow,
        asked: &[(i64, Option<Pence>)],
    ) -> Result<()> {
        let every = asked.is_empty();
        let mut lines = asked.to_vec();
        if every {
            let paid = receipt.lines.iter().zip(1_i64..);
            lines = paid.filter(|(l, _)| l.amount.is_positive()).map(|(_, n)| (n, None)).collect();
        }
        lines.sort_unstable();
        for (line, amount) in lines {
            let of = LineKey { receipt: receipt.id, line };
            let Some(state) = tx.lock_line(self.id(), of).await? else {
                let what = format!("line {line} of receipt {} is no payment", receipt.number);
                return Err(AppError::Refused(what));
            };
            let amount = amount.unwrap_or_else(|| state.left());
            if every && amount.is_zero() {
                continue;
            }
            if amount.is_zero() || amount > state.left() {
                return Err(self.too_much(tx, receipt, of, amount, state.left()).await?);
            }
            if amount < state.amount {
                self.actor().needs(Permission::RefundPart)?;
            }
            if let Err(left) = taking.exactly(tx, of, amount).await? {
                return Err(self.too_much(tx, receipt, of, amount, left).await?);
            }
        }
        if taking.outs.is_empty() {
            let what = format!("nothing is left of receipt {} to refund", receipt.number);
            return Err(AppError::Refused(what));
        }
        Ok(())
    }

    /// Why so much cannot be taken: what is left, and what took the rest.
    pub(crate) async fn too_much(
        &self,
        tx: &mut Tx,
        receipt: &ReceiptRow,
        of: LineKey,
        asked: Pence,
        left: Pence,
    ) -> Result<AppError> {
        let mut by: std::collections::BTreeMap<String, Pence> = std::collections::BTreeMap::new();
        for one in tx.line_uses(self.id(), of.receipt).await? {
            if one.of == of {
                let sum = by.entry(one.purpose).or_default();
                *sum = sum.checked_add(one.amount).ok_or(AppError::Overflow)?;
            }
        }
        by.retain(|_, sum| !sum.is_zero());
        let took: Vec<_> = by.iter().map(|(purpose, sum)| format!("{purpose} {sum}")).collect();
        let took =
            if took.is_empty() { String::new() } else { format!(" (taken: {})", took.join(", ")) };
        let place = format!("line {} of receipt {}", of.line, receipt.number);
        Ok(AppError::Refused(if left.is_zero() {
            format!("nothing is left of {place}{took}")
        } else {
            format!("{asked} is more than the {left} that is left of {place}{took}")
        }))
    }

    /// The channel of the provider that took the payment; none for a bank's.
    async fn channel_back(
        &self,
        tx: &mut Tx,
        receipt: &ReceiptRow,
        way: RefundWay,
    ) -> Result<Option<String>> {
        match way {
            RefundWay::Bank => Ok(None),
            RefundWay::Source => {
                let settings = self.settings_in(tx).await?;
                let today = source_channel(&settings.council, receipt)?;
                let waits = self.channel_of_receipt(tx, receipt).await?;
                Ok(Some(waits.map_or(today, |channel| channel.to_string())))
            }
        }
    }

    /// The channel that waits for a receipt's money, whatever its method's is
    /// today; none where it came another way.
    pub(crate) async fn channel_of_receipt(
        &self,
        tx: &mut Tx,
        receipt: &ReceiptRow,
    ) -> Result<Option<ChannelCode>> {
        let postings = tx.postings(self.id(), receipt.entry).await?;
        Ok(postings.into_iter().find_map(|(account, side, _)| {
            let Account::Clearing(channel) = account else { return None };
            (side == Side::Debit).then_some(channel)
        }))
    }

    /// The receipt that `number` names, however it is written.
    pub(crate) async fn receipt_numbered(&self, tx: &mut Tx, number: &str) -> Result<ReceiptRow> {
        let number = number
            .parse::<ReceiptNumber>()
            .map_or_else(|_| number.trim().to_owned(), |it| it.to_string());
        let search = SearchReceipts::Number(number.clone());
        let found = tx.search_receipts(self.id(), &search, None, 1).await?;
        let absent = || AppError::NotFound { what: "receipt", name: number.clone() };
        let id: ReceiptId = found.first().ok_or_else(absent)?.id;
        let receipt = tx.receipt(self.id(), id).await?.ok_or_else(absent)?;
        self.needs_receipt(&receipt)?;
        Ok(receipt)
    }

    /// What is left of each line of a payment, whoever asks: all that was paid
    /// less what was refunded, moved, returned, disputed or reversed, and less
    /// what is kept back for a refund.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt.
    pub async fn left_of_receipt(&self, number: &str) -> Result<Vec<LineLeft>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let receipt = self.receipt_numbered(&mut tx, number).await?;
        let mut lines = Vec::with_capacity(receipt.lines.len());
        for (row, line) in receipt.lines.iter().zip(1_i64..) {
            let of = LineKey { receipt: receipt.id, line };
            let state = tx.line_state(self.id(), of).await?;
            let left = state.filter(|_| row.amount.is_positive()).map(|state| state.left());
            lines.push(LineLeft {
                line,
                fund: row.fund.clone(),
                reference: row.reference.clone(),
                amount: row.amount,
                left: left.unwrap_or_default(),
            });
        }
        Ok(lines)
    }

    /// Refunds, the oldest first; only those in `state` when one is given.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn refunds(
        &self,
        state: Option<RefundState>,
        after: Option<RefundId>,
        limit: i64,
    ) -> Result<Vec<RefundRow>> {
        self.actor().needs(Permission::SeeRefunds)?;
        let mut tx = self.store().snapshot().await?;
        let state = state.map(RefundState::as_str);
        let (mut after, limit) = (after, limit.clamp(1, ROWS_MAX));
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.refunds(self.id(), state, after, limit).await?;
            after = rows.last().map(|row| row.id);
            let page = rows.into_iter().map(|row| (Some(row.receipt), row)).collect();
            if !seen.take_of(self, &mut tx, page).await? {
                return Ok(seen.rows);
            }
        }
    }

    /// One refund, what it gives back of each line, and its steps.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn refund(
        &self,
        id: RefundId,
    ) -> Result<(RefundRow, Vec<RefundLineRow>, Vec<RefundStepRow>)> {
        self.actor().needs(Permission::SeeRefunds)?;
        let mut tx = self.store().snapshot().await?;
        let row = self.refund_in(&mut tx, id).await?;
        let lines = tx.refund_lines(self.id(), id).await?;
        Ok((row, lines, tx.refund_steps(self.id(), id).await?))
    }

    pub(crate) async fn refund_in(&self, tx: &mut Tx, id: RefundId) -> Result<RefundRow> {
        let absent = || AppError::NotFound { what: "refund", name: id.to_string() };
        let refund = tx.refund(self.id(), id).await?.ok_or_else(absent)?;
        if self.sees_receipt(tx, refund.receipt).await? { Ok(refund) } else { Err(absent()) }
    }
}

fn first_step(row: &RefundRow) -> RefundStepRow {
    RefundStepRow {
        refund: row.id,
        number: 1,
        state: row.state.clone(),
        entry: None,
        receipt: None,
        line: None,
        matched: None,
        notice: None,
        reference: String::new(),
        reason: row.reason.clone(),
        by: row.requested_by.clone(),
        at: row.requested_at,
    }
}

fn check(new: &NewRefund) -> Result<()> {
    no_card("reason", &new.reason)?;
    if let Some(payee) = &new.payee {
        no_card("payee", &payee.name)?;
        no_card("payee's roll number", &payee.roll_number)?;
    }
    if new.reason.trim().is_empty() {
        return Err(AppError::BadInput("say why the payment is refunded".to_owned()));
    }
    if new.payee.is_some() && new.way != RefundWay::Bank {
        let what = "only a refund by bank has a payee: the provider knows who paid";
        return Err(AppError::BadInput(what.to_owned()));
    }
    if new.lines.len() > REFUND_LINES_MAX {
        let what = format!("a refund is of at most {REFUND_LINES_MAX} lines");
        return Err(AppError::BadInput(what));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (line, amount) in &new.lines {
        if !seen.insert(line) {
            return Err(AppError::BadInput(format!("line {line} is named twice")));
        }
        if amount.is_some_and(|amount| !amount.is_positive()) {
            let what = format!("line {line}: a refund is of more than nothing");
            return Err(AppError::BadInput(what));
        }
    }
    Ok(())
}

/// What was asked, to tell the same again from something else.
fn document(new: &NewRefund) -> String {
    serde_json::json!({
        "receipt": new.receipt, "lines": new.lines, "way": new.way, "reason": new.reason.trim(),
    })
    .to_string()
}

fn source_channel(council: &Council, receipt: &ReceiptRow) -> Result<String> {
    let method = council.method.iter().find(|method| method.code.as_str() == receipt.method);
    match method {
        Some(method) if method.takes_refunds() => Ok(method.channel.to_string()),
        Some(method) => Err(AppError::Refused(format!(
            "payments by {} are not refunded through a provider: ask for it by bank",
            method.name.to_lowercase()
        ))),
        None => Err(AppError::Refused(format!(
            "`{}` is no method of payment with a provider: ask for it by bank",
            receipt.method
        ))),
    }
}
