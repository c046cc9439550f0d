//! An agreement made.

use ims_ledger::{MethodKind, Stops, Through, id::AgreementId};
use ims_money::Pence;
use ims_store::{AgreementRow, AgreementStepRow, Tx};

use super::{AgreementStatus, AgreementView, no_agreement};
use crate::{
    AppError, Books, Permission, Result, Settings,
    admit::{Terms, Wish, admit},
    import_file::funds_of,
    keyed::{Keyed, callers, once_each, written},
    no_card::no_card,
};

/// The most characters of what the payer is told an agreement is for.
pub const AGREEMENT_DESCRIPTION_MAX: usize = 100;

/// The most characters of a caller's key, and of the name of an account at a provider.
const NAME_MAX: usize = 200;

/// An agreement to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgreement {
    /// The council's account at the provider that keeps it.
    pub provider: String,
    /// The method of payment's code, one of a card.
    pub method: String,
    /// The code of the fund it pays.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// The most that a payment under it may take; none where nothing is agreed.
    pub most: Option<Pence>,
    /// What the payer is told it is for. It goes to the provider and stays in the
    /// books: never a name.
    pub description: String,
    /// A key of the caller's: the same key again makes nothing.
    pub key: Option<String>,
}

impl Books {
    /// Makes an agreement. Nobody was asked yet, and nothing can be taken under it
    /// before the payer has paid once. Its account is checked as the portal checks what
    /// residents type, now and again with each payment.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for what cannot be meant, [`AppError::Refused`] for an
    /// account on stop, for a fund whose payments its account at the provider does not take,
    /// and when the caller's key was used for another.
    pub async fn make_agreement(&self, new: &NewAgreement) -> Result<AgreementView> {
        self.actor().needs(Permission::TakeAgreed)?;
        reads(new)?;
        self.needs_fund(new.fund.trim())?;
        once_each(|| self.make_agreement_once(new)).await
    }

    async fn make_agreement_once(&self, new: &NewAgreement) -> Result<AgreementView> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let before = match &new.key {
            Some(key) => tx.agreement_by_key(self.id(), key).await?,
            None => None,
        };
        if let Some(id) = before {
            return self.agreement_made_before(&mut tx, id, new).await;
        }
        let (fund, account) = self.agreed_account(&mut tx, &settings, new).await?;
        let now = self.world().now();
        let row = AgreementRow {
            id: AgreementId::new(self.world().id()),
            reference: self.fresh_reference(),
            provider: new.provider.trim().to_owned(),
            method: new.method.trim().to_owned(),
            fund,
            account,
            most: new.most,
            description: new.description.trim().to_owned(),
            made_by: self.actor().name().to_owned(),
            made_at: now,
            key: new.key.clone(),
            status: AgreementStatus::Created.as_str().to_owned(),
            steps: 1,
            agreement_ref: None,
            changed_at: now,
        };
        let first = AgreementStepRow {
            agreement: row.id,
            number: 1,
            status: row.status.clone(),
            heard: "made".to_owned(),
            agreement_ref: None,
            why: String::new(),
            by: row.made_by.clone(),
            at: now,
        };
        tx.add_agreement(self.id(), &row, &first).await?;
        self.keep_asked(&mut tx, asked(new, &document_of(new)?)).await?;
        let data = serde_json::json!({
            "provider": row.provider, "method": row.method, "fund": row.fund,
            "reference": row.account, "most_pence": row.most, "description": row.description,
        });
        self.note(&mut tx, "make agreement", &row.reference, data).await?;
        let view = self.agreement_view(&mut tx, row, false).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The account as its fund writes it, if money may be taken for it.
    async fn agreed_account(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        new: &NewAgreement,
    ) -> Result<(String, String)> {
        let (council, code) = (&settings.council, new.method.trim());
        let method = council.method.iter().find(|method| method.code.as_str() == code);
        let method = method.filter(|method| !method.disabled).ok_or_else(|| {
            AppError::BadInput(format!(
                "method of payment `{code}` is not configured, or is not used"
            ))
        })?;
        match method.kind {
            MethodKind::CardOnline | MethodKind::CardStaff | MethodKind::CardPhone => {}
            _ => {
                let what = format!("{code} is no card: no provider keeps an agreement for it");
                return Err(AppError::BadInput(what));
            }
        }
        let funds = funds_of(council)?;
        let terms = Terms {
            council,
            funds: &funds,
            method: Some(method),
            through: Through::Portal,
            stops: Stops::Heeded,
            on: self.world().today(),
        };
        let wish = Wish { fund: new.fund.trim(), reference: &new.reference, amount: new.most };
        let answer = admit(tx, self, terms, &[wish]).await?.pop();
        let absent = || AppError::NotFound { what: "reference", name: new.reference.clone() };
        let admitted = answer.ok_or_else(absent)??;
        // An old reference may lead to a fund of somebody else's, or of another account.
        let fund = admitted.fund.code.as_str();
        self.needs_fund(fund)?;
        let name = new.provider.trim();
        if council.provider(name).is_some_and(|account| !account.takes(code, fund)) {
            let what = format!("provider {name}: takes no new payments by {code} for fund {fund}");
            return Err(AppError::Refused(what));
        }
        Ok((fund.to_owned(), admitted.reference))
    }

    async fn agreement_made_before(
        &self,
        tx: &mut Tx,
        id: AgreementId,
        new: &NewAgreement,
    ) -> Result<AgreementView> {
        let row = tx.agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        self.needs_agreement(&row)?;
        let said = [&new.provider, &new.method, &new.fund, &new.description];
        let kept = [&row.provider, &row.method, &row.fund, &row.description];
        let is_same = said.iter().map(|text| text.trim()).eq(kept.iter().map(|text| text.as_str()))
            && row.account.eq_ignore_ascii_case(new.reference.trim())
            && row.most == new.most;
        // Its reference may have led elsewhere, to another fund even.
        let document = document_of(new)?;
        if !is_same && !self.was_asked(tx, asked(new, &document)).await? {
            let key = new.key.as_deref().unwrap_or_default();
            return Err(AppError::Refused(format!("`{key}` was used before for something else")));
        }
        self.agreement_view(tx, row, true).await
    }
}

/// What is asked, as it is kept with the key.
fn document_of(new: &NewAgreement) -> Result<String> {
    let reference = new.reference.trim().to_ascii_uppercase();
    let (provider, method) = (new.provider.trim(), new.method.trim());
    written(&(provider, method, new.fund.trim(), reference, new.most, new.description.trim()))
}

fn asked<'a>(new: &'a NewAgreement, document: &'a str) -> Keyed<'a> {
    Keyed { deed: "make agreement", key: new.key.as_deref(), document }
}

/// Refuses what cannot be meant.
fn reads(new: &NewAgreement) -> Result<()> {
    let bad = |what: String| Err(AppError::BadInput(what));
    callers(new.key.as_deref())?;
    let names = [Some(&new.provider), new.key.as_ref()];
    for name in names.into_iter().flatten() {
        if name.trim().is_empty() || name.chars().count() > NAME_MAX || name.contains('\0') {
            return bad(format!("a provider's name and a key have 1 to {NAME_MAX} characters"));
        }
    }
    let description = new.description.trim();
    let length = description.chars().count();
    if !(1..=AGREEMENT_DESCRIPTION_MAX).contains(&length) || description.contains(char::is_control)
    {
        return bad(format!(
            "an agreement says what it is for in 1 to {AGREEMENT_DESCRIPTION_MAX} characters, on one line"
        ));
    }
    no_card("description", description)?;
    no_card("reference", &new.reference)?;
    match new.most {
        Some(most) if !most.is_positive() => bad(format!(
            "the most that an agreement takes at once is more than nothing, not {most}"
        )),
        Some(_) | None => Ok(()),
    }
}
