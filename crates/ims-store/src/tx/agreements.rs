//! Agreements: by which a payer lets the council take money again, what was heard of
//! each, which payments are under it, and where it stands.

use chrono::{DateTime, Utc};
use ims_ledger::id::{AgreementId, CouncilId, PaymentId};
use ims_money::Pence;

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

/// Every agreement with where it stands: what [`agreement`] reads.
macro_rules! agreements {
    () => {
        "SELECT a.agreement_id, a.reference, a.provider, a.method, a.fund, a.account, a.most_pence, a.description,
            a.made_by, a.made_at, a.idempotency_key, s.status, s.steps, s.agreement_ref, s.changed_at
         FROM agreement_state s JOIN agreement a ON a.council_id = s.council_id AND a.agreement_id = s.agreement_id "
    };
}

statements! {
    AGREEMENT = Sql::both(
        concat!(agreements!(), "WHERE a.council_id = $1 AND a.agreement_id = $2"));
    HOLD = Sql::each(
        concat!(agreements!(), "WHERE a.council_id = $1 AND a.agreement_id = $2"),
        concat!(agreements!(), "WHERE a.council_id = $1 AND a.agreement_id = $2 FOR UPDATE OF s"));
    BY_KEY = Sql::both("SELECT agreement_id FROM agreement WHERE council_id = $1 AND idempotency_key = $2");
    AGREEMENTS = Sql::both(
        "SELECT x.agreement_id, x.reference, x.provider, x.method, x.fund, x.account, x.most_pence, x.description,
            x.made_by, x.made_at, x.idempotency_key, x.status, x.steps, x.agreement_ref, x.changed_at,
            x.n_paid, x.n_open, x.n_setting_up, x.n_set_up,
            t.agreement_id, t.step_no, t.status, t.heard, t.agreement_ref, t.why, t.made_by, t.made_at
         FROM (SELECT a.council_id, a.agreement_id, a.reference, a.provider, a.method, a.fund, a.account, a.most_pence,
                a.description, a.made_by, a.made_at, a.idempotency_key, s.status, s.steps, s.agreement_ref, s.changed_at,
                (SELECT COUNT(*) FROM agreement_payment u
                    JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = a.council_id AND u.agreement_id = a.agreement_id AND p.status = 'captured') AS n_paid,
                (SELECT COUNT(p.look_at) FROM agreement_payment u
                    JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = a.council_id AND u.agreement_id = a.agreement_id) AS n_open,
                (SELECT COUNT(p.look_at) FROM agreement_payment u
                    JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = a.council_id AND u.agreement_id = a.agreement_id AND u.what = 'set-up') AS n_setting_up,
                (SELECT COUNT(*) FROM agreement_payment u
                    JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = a.council_id AND u.agreement_id = a.agreement_id AND u.what = 'set-up') AS n_set_up
             FROM agreement_state s JOIN agreement a ON a.council_id = s.council_id AND a.agreement_id = s.agreement_id
             WHERE a.council_id = $1 AND a.agreement_id < $2 AND ($3 = '' OR s.status = $3)
             ORDER BY a.agreement_id DESC LIMIT $4) x
         JOIN agreement_step t ON t.council_id = x.council_id AND t.agreement_id = x.agreement_id
         ORDER BY x.agreement_id DESC, t.step_no");
    ENDING = Sql::both(
        concat!(agreements!(), "WHERE s.council_id = $1 AND s.status = 'ending' AND s.changed_at <= $2 ORDER BY s.agreement_id LIMIT $3"));
    DUE = Sql::both(
        concat!(agreements!(), "WHERE s.council_id = $1 AND s.provider = $2 AND s.look_at <= $3 ORDER BY s.look_at, s.agreement_id LIMIT $4"));
    ADD = Sql::both(
        "INSERT INTO agreement (council_id, agreement_id, reference, provider, method, fund, account, most_pence, description, made_by, made_at, idempotency_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    OPEN = Sql::both(
        "INSERT INTO agreement_state (council_id, agreement_id, provider, status, steps, agreement_ref, changed_at, look_at)
         VALUES ($1, $2, $3, $4, $5, NULL, $6, NULL)");
    STEP = Sql::both(
        "INSERT INTO agreement_step (council_id, agreement_id, step_no, status, heard, agreement_ref, why, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    MOVE = Sql::both(
        "UPDATE agreement_state SET status = $4, steps = $3, agreement_ref = $5, changed_at = $6, look_at = $7
         WHERE council_id = $1 AND agreement_id = $2 AND steps = $3 - 1");
    LOOK_AT = Sql::both("UPDATE agreement_state SET look_at = $3 WHERE council_id = $1 AND agreement_id = $2");
    STEPS = Sql::both(
        "SELECT agreement_id, step_no, status, heard, agreement_ref, why, made_by, made_at
         FROM agreement_step WHERE council_id = $1 AND agreement_id = $2 ORDER BY step_no");
    PAY = Sql::both(
        "INSERT INTO agreement_payment (council_id, payment_id, agreement_id, what, made_at) VALUES ($1, $2, $3, $4, $5)");
    ASK_OF_PAID = Sql::both(
        "UPDATE agreement_state SET look_at = $3 WHERE council_id = $1 AND status <> 'active' AND agreement_ref IS NOT NULL
            AND agreement_id = (SELECT agreement_id FROM agreement_payment
                WHERE council_id = $1 AND payment_id = $2 AND what = 'set-up')");
    PAYMENTS = Sql::both(
        "SELECT COUNT(CASE s.status WHEN 'captured' THEN 1 END), COUNT(s.look_at),
            COUNT(CASE WHEN u.what = 'set-up' AND s.look_at IS NOT NULL THEN 1 END),
            COUNT(CASE u.what WHEN 'set-up' THEN 1 END)
         FROM agreement_payment u
         JOIN payment_state s ON s.council_id = u.council_id AND s.payment_id = u.payment_id
         WHERE u.council_id = $1 AND u.agreement_id = $2");
    STATES_THAT_DIFFER = Sql::both(
        "SELECT a.reference || ' (' || COALESCE(k.status, 'nothing') || ' is kept, ' || COALESCE(s.status, 'nothing')
            || ' was its last step)', COALESCE(k.steps, 0), COALESCE(s.step_no, 0)
         FROM agreement a LEFT JOIN agreement_state k ON k.council_id = a.council_id AND k.agreement_id = a.agreement_id
         LEFT JOIN agreement_step s ON s.council_id = a.council_id AND s.agreement_id = a.agreement_id
            AND s.step_no = (SELECT MAX(t.step_no) FROM agreement_step t WHERE t.council_id = a.council_id AND t.agreement_id = a.agreement_id)
         WHERE a.council_id = $1 AND (k.status IS NULL OR s.status IS NULL OR k.status <> s.status OR k.steps <> s.step_no
            OR k.provider <> a.provider OR COALESCE(k.agreement_ref, '') <> COALESCE(s.agreement_ref, ''))
         ORDER BY a.agreement_id");
    MONEY_THAT_DIFFERS = Sql::both(
        "SELECT a.reference || ' (payment ' || p.reference || ')', a.most_pence, p.amount_pence
         FROM agreement_payment u
         JOIN agreement a ON a.council_id = u.council_id AND a.agreement_id = u.agreement_id
         JOIN payment p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
         WHERE u.council_id = $1 AND p.amount_pence > a.most_pence ORDER BY p.payment_id");
}

/// An agreement, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementRow {
    /// Its id.
    pub id: AgreementId,
    /// What we call it; the provider is told.
    pub reference: String,
    /// The council's account at the provider that keeps it.
    pub provider: String,
    /// The method of payment's code.
    pub method: String,
    /// The code of the fund it pays.
    pub fund: String,
    /// The account in it, as the fund writes it.
    pub account: String,
    /// The most that a payment under it may take.
    pub most: Option<Pence>,
    /// What the payer is told it is for.
    pub description: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The caller's own key.
    pub key: Option<String>,
    /// `created`, `active`, `ending` or `ended`; not stored with the agreement.
    pub status: String,
    /// How many steps it has had.
    pub steps: i64,
    /// What the provider calls it, if it has said.
    pub agreement_ref: Option<String>,
    /// When it had its last step.
    pub changed_at: DateTime<Utc>,
}

/// One step of an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementStepRow {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its place, from 1.
    pub number: i64,
    /// Where it left the agreement.
    pub status: String,
    /// What was heard or decided, in a word.
    pub heard: String,
    /// What the provider calls the agreement.
    pub agreement_ref: Option<String>,
    /// Why, where somebody said so.
    pub why: String,
    /// Who told.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What was asked for under an agreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgreementPayments {
    /// How many payments were paid.
    pub paid: i64,
    /// How many have not ended.
    pub open: i64,
    /// How many of those set it up.
    pub setting_up: i64,
    /// How many set it up, whatever became of them.
    pub set_up: i64,
}

/// An agreement of a list, with what was heard of it and how many payments are under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAgreement {
    /// The agreement.
    pub row: AgreementRow,
    /// Its steps, the first first.
    pub steps: Vec<AgreementStepRow>,
    /// What was asked for under it.
    pub payments: AgreementPayments,
}

fn agreement(row: Row) -> Result<AgreementRow> {
    agreement_at(&row)
}

fn agreement_at(row: &Row) -> Result<AgreementRow> {
    Ok(AgreementRow {
        id: row.id(0, AgreementId::new)?,
        reference: row.text(1)?,
        provider: row.text(2)?,
        method: row.text(3)?,
        fund: row.text(4)?,
        account: row.text(5)?,
        most: row.opt_pence(6)?,
        description: row.text(7)?,
        made_by: row.text(8)?,
        made_at: row.time(9)?,
        key: row.opt_text(10)?,
        status: row.text(11)?,
        steps: row.int(12)?,
        agreement_ref: row.opt_text(13)?,
        changed_at: row.time(14)?,
    })
}

fn step(row: Row) -> Result<AgreementStepRow> {
    step_at(&row, 0)
}

/// The step whose columns begin there.
fn step_at(row: &Row, first: usize) -> Result<AgreementStepRow> {
    let at = |nth: usize| first.saturating_add(nth);
    Ok(AgreementStepRow {
        agreement: row.id(at(0), AgreementId::new)?,
        number: row.int(at(1))?,
        status: row.text(at(2))?,
        heard: row.text(at(3))?,
        agreement_ref: row.opt_text(at(4))?,
        why: row.text(at(5))?,
        by: row.text(at(6))?,
        at: row.time(at(7))?,
    })
}

fn payments_at(row: &Row, first: usize) -> Result<AgreementPayments> {
    let at = |nth: usize| row.int(first.saturating_add(nth));
    Ok(AgreementPayments { paid: at(0)?, open: at(1)?, setting_up: at(2)?, set_up: at(3)? })
}

/// An agreement with one of its steps.
fn listed(row: Row) -> Result<ListedAgreement> {
    let (steps, payments) = (vec![step_at(&row, 19)?], payments_at(&row, 15)?);
    Ok(ListedAgreement { row: agreement_at(&row)?, steps, payments })
}

impl Tx {
    /// Adds an agreement with its first step; where it stands is the step's.
    ///
    /// # Errors
    ///
    /// [`Duplicate`](crate::StoreError::Duplicate) for a reference or a key that was
    /// used before.
    pub async fn add_agreement(
        &mut self,
        council: CouncilId,
        row: &AgreementRow,
        first: &AgreementStepRow,
    ) -> Result<()> {
        let args = args![
            council,
            row.id,
            &row.reference,
            &row.provider,
            &row.method,
            &row.fund,
            &row.account,
            row.most,
            &row.description,
            &row.made_by,
            row.made_at,
            row.key.clone()
        ];
        self.execute(ADD, args).await?;
        let args = args![council, row.id, &row.provider, &first.status, first.number, first.at];
        self.execute(OPEN, args).await?;
        self.add_agreement_step(council, first).await
    }

    async fn add_agreement_step(
        &mut self,
        council: CouncilId,
        step: &AgreementStepRow,
    ) -> Result<()> {
        let args = args![
            council,
            step.agreement,
            step.number,
            &step.status,
            &step.heard,
            step.agreement_ref.as_deref(),
            &step.why,
            &step.by,
            step.at
        ];
        self.execute(STEP, args).await.map(drop)
    }

    /// Takes an agreement one step further; the provider is asked about it again at
    /// `look_at`, or never. False when somebody else took that step: then nothing is
    /// recorded.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn step_agreement(
        &mut self,
        council: CouncilId,
        step: &AgreementStepRow,
        look_at: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        let name = step.agreement_ref.as_deref();
        let args =
            args![council, step.agreement, step.number, &step.status, name, step.at, look_at];
        if self.execute(MOVE, args).await? == 0 {
            return Ok(false);
        }
        self.add_agreement_step(council, step).await?;
        Ok(true)
    }

    /// The provider is asked about an agreement again at `at`, or never.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn look_at_agreement(
        &mut self,
        council: CouncilId,
        id: AgreementId,
        at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        self.execute(LOOK_AT, args![council, id, at]).await.map(drop)
    }

    /// One agreement.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreement(
        &mut self,
        council: CouncilId,
        id: AgreementId,
    ) -> Result<Option<AgreementRow>> {
        self.first(AGREEMENT, args![council, id], agreement).await
    }

    /// The same, held: whoever else holds it waits for this unit of work to end.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_agreement(
        &mut self,
        council: CouncilId,
        id: AgreementId,
    ) -> Result<Option<AgreementRow>> {
        self.first(HOLD, args![council, id], agreement).await
    }

    /// The agreement that was made under the caller's key.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreement_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<AgreementId>> {
        self.first(BY_KEY, args![council, key], |row| row.id(0, AgreementId::new)).await
    }

    /// Agreements made before one of them, the newest first: those that stand so, or
    /// all.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreements(
        &mut self,
        council: CouncilId,
        before: AgreementId,
        status: &str,
        limit: i64,
    ) -> Result<Vec<ListedAgreement>> {
        let rows = self.all(AGREEMENTS, args![council, before, status, limit], listed).await?;
        let mut all = Vec::<ListedAgreement>::new();
        for one in rows {
            match all.last_mut().filter(|last| last.row.id == one.row.id) {
                Some(last) => last.steps.extend(one.steps),
                None => all.push(one),
            }
        }
        Ok(all)
    }

    /// Agreements that have still to be ended at their provider, and stood so at `since`
    /// already.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreements_ending(
        &mut self,
        council: CouncilId,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<AgreementRow>> {
        self.all(ENDING, args![council, since, limit], agreement).await
    }

    /// Agreements at `provider` that it is time to ask about, the longest due first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreements_due(
        &mut self,
        council: CouncilId,
        provider: &str,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<AgreementRow>> {
        self.all(DUE, args![council, provider, now, limit], agreement).await
    }

    /// The steps of an agreement, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreement_steps(
        &mut self,
        council: CouncilId,
        id: AgreementId,
    ) -> Result<Vec<AgreementStepRow>> {
        self.all(STEPS, args![council, id], step).await
    }

    /// Keeps that a payment sets an agreement up, or is taken under it (`set-up`,
    /// `take`).
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn pay_under(
        &mut self,
        council: CouncilId,
        (id, payment): (AgreementId, PaymentId),
        what: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(PAY, args![council, payment, id, what, at]).await.map(drop)
    }

    /// The provider is asked at `at` about the agreement that this payment set up, unless
    /// that is known to be active.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn look_at_agreement_of(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(ASK_OF_PAID, args![council, payment, at]).await.map(drop)
    }

    /// How many payments under an agreement were paid, and how many have not ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreement_payments(
        &mut self,
        council: CouncilId,
        id: AgreementId,
    ) -> Result<AgreementPayments> {
        let counts = |row: Row| payments_at(&row, 0);
        Ok(self.first(PAYMENTS, args![council, id], counts).await?.unwrap_or_default())
    }

    /// Agreements that stand elsewhere than their last step left them, then those
    /// under which more was asked for than they allow.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn agreements_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(STATES_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(MONEY_THAT_DIFFERS, args![council], Difference::of).await?);
        Ok(found)
    }
}
