//! Account holders: put, stopped, released, found, and what became of them.
//!
//! A change says what it changes and from which version on; what it does not
//! name stays. Names and addresses stand in the history apart from the books,
//! which hold their digests, so that they can be erased.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ims_ledger::{Council, id::ImportId, seal::ContentHash};
use ims_money::Pence;
use ims_store::{HolderChangeRow, HolderRow, SearchHolders, StoreError, Tx};
use serde_json::{Value, json};

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result, books::patiently, import_file::funds_of,
    moving::reasoned, no_card::no_card, posting::Detail, redirects::written, who::SeenPage,
};

/// A change of an account holder: what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolderPatch {
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// The version that is changed; `None` for a holder that is not there yet.
    pub version: Option<i64>,
    /// Who holds the account. Needed for a new one.
    pub name: Option<String>,
    /// Their address, a line a line.
    pub address: Option<String>,
    /// What they owe; negative: are owed.
    pub balance: Option<Pence>,
    /// What they pay at a time; nothing for whoever pays in no instalments.
    pub instalment: Option<Pence>,
    /// Why, for the auditor.
    pub reason: String,
}

/// One change of an account holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderChange {
    /// The change: version, deed, fields, by whom, when, why.
    pub row: HolderChangeRow,
    /// What it was before, as JSON; null for a new one, or when erased.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

/// The most characters of a name, and of an address.
const NAME_MAX: usize = 200;
const ADDRESS_MAX: usize = 500;

impl Books {
    /// Adds an account holder, or changes the fields named of the version named.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a reference the fund refuses or a new holder
    /// without a name, [`AppError::Refused`] when it does not stand at that
    /// version (any more).
    pub async fn put_holder(&self, patch: &HolderPatch) -> Result<HolderRow> {
        self.actor().needs(Permission::ManageHolders)?;
        for (what, text) in [
            ("reason", Some(&patch.reason)),
            ("reference", Some(&patch.reference)),
            ("name", patch.name.as_ref()),
            ("address", patch.address.as_ref()),
        ] {
            text.map_or(Ok(()), |text| no_card(what, text))?;
        }
        patiently(|| self.put_once(patch)).await
    }

    async fn put_once(&self, patch: &HolderPatch) -> Result<HolderRow> {
        self.needs_fund(&patch.fund)?;
        let (mut tx, council) = self.begin_change().await?;
        let reference = read(&council, &patch.fund, &patch.reference)?;
        let before = tx.holder(self.id(), &patch.fund, &reference).await?;
        let now = self.world().now();
        let after = patched(patch, reference, before.as_ref(), now)?;
        if before.as_ref() == Some(&after) {
            return Ok(after);
        }
        self.write(tx, before.as_ref(), after, "put", &patch.reason).await
    }

    /// Puts an account on stop. On the same stop already: nothing changes.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nobody has the account,
    /// [`AppError::BadInput`] for a stop that is not configured for its fund.
    pub async fn stop_holder(
        &self,
        (fund, reference): (&str, &str),
        code: &str,
        reason: &str,
    ) -> Result<HolderRow> {
        self.actor().needs(Permission::ManageHolders)?;
        no_card("reason", reason)?;
        patiently(|| self.stop_once((fund, reference), Some(code), reason)).await
    }

    /// Takes an account off its stop. Not on stop: nothing changes.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nobody has the account.
    pub async fn release_holder(
        &self,
        (fund, reference): (&str, &str),
        reason: &str,
    ) -> Result<HolderRow> {
        self.actor().needs(Permission::ManageHolders)?;
        no_card("reason", reason)?;
        patiently(|| self.stop_once((fund, reference), None, reason)).await
    }

    async fn stop_once(
        &self,
        (fund, reference): (&str, &str),
        code: Option<&str>,
        reason: &str,
    ) -> Result<HolderRow> {
        self.needs_fund(fund)?;
        let (mut tx, council) = self.begin_change().await?;
        let reference = written(reference);
        let absent =
            || AppError::NotFound { what: "account holder", name: format!("{fund} {reference}") };
        if let Some(code) = code
            && !council.stop.iter().any(|stop| stop.is_for(code, fund))
        {
            return Err(AppError::BadInput(no_stop(&council, code, fund)));
        }
        let before = tx.holder(self.id(), fund, &reference).await?.ok_or_else(absent)?;
        if before.stop.as_deref().filter(|code| !code.is_empty()) == code {
            return Ok(before);
        }
        let after = HolderRow { stop: code.map(str::to_owned), ..before.clone() };
        let deed = if code.is_some() { "stop" } else { "release" };
        self.write(tx, Some(&before), after, deed, reason).await
    }

    /// Account holders looked for, by fund and reference: at most `limit` after
    /// the fund and reference of `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn find_holders(
        &self,
        search: &SearchHolders,
        after: Option<(&str, &str)>,
        limit: i64,
    ) -> Result<Vec<HolderRow>> {
        self.actor().needs(Permission::SeeHolders)?;
        let mut tx = self.store().snapshot().await?;
        let limit = limit.clamp(1, ROWS_MAX);
        let mut after = after.map(|(fund, reference)| (fund.to_owned(), reference.to_owned()));
        let mut seen = SeenPage::of(limit);
        loop {
            let from = after.as_ref().map(|(fund, reference)| (fund.as_str(), reference.as_str()));
            let rows = tx.search_holders(self.id(), search, from, limit).await?;
            after = rows.last().map(|row| (row.fund.clone(), row.reference.clone()));
            if !seen.take(rows, |row| self.actor().scope().may_fund(&row.fund)) {
                return Ok(seen.rows);
            }
        }
    }

    /// What was changed of an account holder, the newest first: at most `limit`
    /// before version `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn holder_history(
        &self,
        (fund, reference): (&str, &str),
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<HolderChange>> {
        self.actor().needs(Permission::SeeHolders)?;
        self.needs_fund(fund)?;
        let mut tx = self.store().snapshot().await?;
        let of = (fund, written(reference));
        let of = (of.0, of.1.as_str());
        let rows = tx.holder_changes(self.id(), of, before, limit.clamp(1, ROWS_MAX)).await?;
        let shown = |row: HolderChangeRow| {
            let words: Value = serde_json::from_str(&row.words).unwrap_or_default();
            let part = |name| words.get(name).cloned().unwrap_or_default();
            HolderChange { before: part("before"), after: part("after"), row }
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn begin_change(&self) -> Result<(Tx, Arc<Council>)> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        Ok((tx, settings.council))
    }

    /// Writes `after` over `before`, with its history, and ends the unit of work.
    async fn write(
        &self,
        mut tx: Tx,
        before: Option<&HolderRow>,
        mut after: HolderRow,
        deed: &'static str,
        reason: &str,
    ) -> Result<HolderRow> {
        let reason = reasoned(reason)?;
        let now = self.world().now();
        let done = match before {
            None => tx.add_holder(self.id(), &after, now).await.map(|()| true),
            Some(_) => tx.change_holder(self.id(), &after, now).await,
        };
        if !done.map_err(overtaken)? {
            return Err(StoreError::Busy.into());
        }
        if let Some(before) = before {
            after.version = before.version.saturating_add(1);
        }
        let mut details = Vec::new();
        let mut row = self.holder_change(before, &after, deed, None, &mut details);
        reason.clone_into(&mut row.reason);
        let changes = std::slice::from_ref(&row);
        tx.add_holder_changes(self.id(), changes).await.map_err(overtaken)?;
        tx.put_details(self.id(), &details).await?;
        let data = json!({
            "fields": row.fields, "version": row.version, "change": row.id,
            "sha256": row.digest.to_string(), "stop": after.stop, "why": reason,
        });
        let subject = format!("{} {}", after.fund, after.reference);
        self.note(&mut tx, &format!("{deed} account holder"), &subject, data).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// The history of one change; its words go to `details`.
    pub(crate) fn holder_change(
        &self,
        before: Option<&HolderRow>,
        after: &HolderRow,
        deed: &str,
        import: Option<ImportId>,
        details: &mut Vec<Detail>,
    ) -> HolderChangeRow {
        let id = self.world().id();
        let words = json!({ "before": before.map(document), "after": document(after) }).to_string();
        let salt: [u8; 16] = self.world().bytes();
        let digest = ContentHash::salted(&salt, &words);
        details.push((id, salt.to_vec(), words));
        HolderChangeRow {
            id,
            fund: after.fund.clone(),
            reference: after.reference.clone(),
            version: after.version,
            deed: deed.to_owned(),
            fields: fields_changed(before, after).join(" "),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
            import,
            reason: String::new(),
            digest,
            words: String::new(),
        }
    }
}

fn document(holder: &HolderRow) -> Value {
    let mut told = json!({
        "name": holder.name, "address": holder.address, "balance_pence": holder.balance,
        "stop": holder.stop,
    });
    if let (Some(instalment), Some(told)) = (holder.instalment, told.as_object_mut()) {
        told.insert("instalment_pence".to_owned(), json!(instalment));
    }
    told
}

/// The fields in which two states differ.
pub(crate) fn fields_changed(before: Option<&HolderRow>, after: &HolderRow) -> Vec<&'static str> {
    let Some(before) = before else { return vec!["new"] };
    let differs = [
        ("name", before.name != after.name),
        ("address", before.address != after.address),
        ("balance", before.balance != after.balance),
        ("instalment", before.instalment != after.instalment),
        ("stop", before.stop != after.stop),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

/// Somebody else wrote the same holder a moment before: look again.
pub(crate) fn overtaken(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate(name)
            if ["account_holder_pkey", "holder_change_once"].contains(&name.as_str()) =>
        {
            StoreError::Busy
        }
        other => other,
    }
}

fn no_stop(council: &Council, code: &str, fund: &str) -> String {
    let known = council.stop.iter().filter(|stop| stop.is_for(&stop.code, fund));
    let known: Vec<_> = known.map(|stop| stop.code.as_str()).collect();
    if known.is_empty() {
        return format!("no stop is configured for fund {fund}; a [[stop]] would be one");
    }
    format!("stop `{code}` is not configured for fund {fund}; there are: {}", known.join(", "))
}

/// The reference as the fund writes it.
fn read(council: &Council, fund: &str, reference: &str) -> Result<String> {
    match funds_of(council)?.read(fund, reference) {
        None => Err(AppError::BadInput(format!("fund `{fund}` is not configured"))),
        Some(Err(bad)) => Err(AppError::BadInput(format!("{bad} (fund {fund})"))),
        Some(Ok(place)) => Ok(place.reference.to_string()),
    }
}

fn patched(
    patch: &HolderPatch,
    reference: String,
    before: Option<&HolderRow>,
    now: DateTime<Utc>,
) -> Result<HolderRow> {
    let subject = format!("{} {reference}", patch.fund);
    let mut after = match (before, patch.version) {
        (None, None | Some(0)) => HolderRow {
            fund: patch.fund.clone(),
            reference,
            name: String::new(),
            address: String::new(),
            balance: None,
            stop: None,
            version: 1,
            balance_at: None,
            instalment: None,
        },
        (None, Some(version)) => {
            let what = format!("{subject} is not there, so it has no version {version}");
            return Err(AppError::Refused(what));
        }
        (Some(before), Some(version)) if before.version == version => before.clone(),
        (Some(before), Some(version)) => {
            return Err(AppError::Refused(format!(
                "{subject} was changed since: it is at version {}, not {version}; look again",
                before.version
            )));
        }
        (Some(before), None) => {
            return Err(AppError::Refused(format!(
                "{subject} is there already, at version {}; name that version to change it",
                before.version
            )));
        }
    };
    if let Some(name) = &patch.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(address) = &patch.address {
        address.trim().clone_into(&mut after.address);
    }
    if patch.balance.is_some() {
        after.balance = patch.balance;
        after.balance_at = Some(now);
    }
    if patch.instalment.is_some_and(Pence::is_negative) {
        let what = "an instalment is nothing or more: what is paid at a time, in pounds";
        return Err(AppError::BadInput(what.to_owned()));
    }
    after.instalment = patch.instalment.or(after.instalment);
    if after.name.is_empty() {
        return Err(AppError::BadInput(format!("{subject} needs the name of who holds it")));
    }
    for (what, text, most) in
        [("name", &after.name, NAME_MAX), ("address", &after.address, ADDRESS_MAX)]
    {
        if text.chars().count() > most {
            return Err(AppError::BadInput(format!("the {what} has more than {most} characters")));
        }
    }
    Ok(after)
}
