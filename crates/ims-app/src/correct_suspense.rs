//! Where a person put suspense, as a correction for the next money like it: in
//! the configuration's own terms, for a person to look at, try on the past and
//! switch on the way such things are switched on.

use std::collections::BTreeSet;

use ims_ledger::{
    Council, Funds, Place,
    id::{ReceiptId, SuspenseId},
};
use ims_store::{LineKey, OpenSuspense, PlacedRow, Tx};
use toml::Value;

use crate::{
    AppError, Books, Permission, Result,
    books::last_day,
    clues::{PLACED_MAX, led},
    configuration,
    import_file::{Placed, ReadAgain, Wanted, funds_of, place, place_with},
    layouts,
    redirect_reference::{NewRedirect, meant},
    redirects::{redirects_of, written},
};

/// What would put the next money like an item where a person put the item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// An old reference, from today on: [`Books::replay_redirect`] tries it,
    /// [`Books::redirect_reference`] switches it on.
    Redirect(NewRedirect),
    /// An import rule, where the row names a fund that the council does not
    /// have: [`Books::replay`] tries it, [`Books::apply_configuration`] puts it
    /// in force.
    Rule {
        /// The rule as the configuration writes it.
        rule: String,
        /// The newest configuration with the rule at its end.
        document: String,
        /// The version that one was.
        after: i64,
    },
}

impl Correction {
    /// Why there is none once it is in force.
    pub const IN_FORCE: &str = "money like it goes there already";
}

/// The row of a file that an item was.
struct Row {
    file: ReadAgain,
    line: i64,
    format: String,
    fund: String,
    reference: String,
}

type Target = (String, String);

impl Books {
    /// What would put the next money like an item where a person put the item.
    /// Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item; [`AppError::Refused`] when it is
    /// in no account, or in several, when what was placed of it, or money with
    /// the same reference, is elsewhere, and when there is nothing to know the
    /// next one by; with [`Correction::IN_FORCE`] when nothing is to be done.
    pub async fn suspense_correction(&self, id: SuspenseId) -> Result<Correction> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let to = self.put_by_a_person(&mut tx, &item).await?;
        let council = self.settings_in(&mut tx).await?.council;
        let funds = funds_of(&council)?;
        let row = self.row_of(&mut tx, id, &council).await?;
        let is_known = |row: &Row| {
            row.fund.is_empty() || council.fund.iter().any(|it| it.code.as_str() == row.fund)
        };
        match row {
            Some(row) if !is_known(&row) => self.rule(&mut tx, (&row, &funds), &to).await,
            row => {
                let from = redirected(&funds, &item, row.as_ref(), &to)?;
                if from == to {
                    return refused(format!(
                        "it came with the reference of the account it is in; it was here because: {}",
                        item.reason
                    ));
                }
                let held = tx.holders_of(self.id(), &from.0, std::slice::from_ref(&from.1)).await?;
                if !held.is_empty() {
                    return refused(format!(
                        "somebody holds {} {}: a rule would send their money elsewhere",
                        from.0, from.1
                    ));
                }
                let new = NewRedirect {
                    fund: from.0,
                    reference: from.1,
                    to: Some(to.clone()),
                    from: self.world().today(),
                    reason: format!("as suspense item {id} was placed"),
                };
                let today = self.world().today();
                let tried = meant(&new, &council)?;
                let fund = row.as_ref().map_or(new.fund.as_str(), |row| row.fund.as_str());
                let fund = Some(fund).filter(|code| !code.is_empty());
                let wanted = [Wanted { fund, reference: &new.reference, on: today }];
                let now = place(&mut tx, self.id(), &funds, &wanted).await?;
                let then = place_with(&mut tx, self.id(), &funds, &wanted, Some(&tried)).await?;
                goes_there(&now, &then, &to)?;
                self.is_always_there(&mut tx, &funds, &new.reference, &to).await?;
                Ok(Correction::Redirect(new))
            }
        }
    }

    /// The one account that all of an item's allocations that stand went to.
    async fn put_by_a_person(&self, tx: &mut Tx, item: &OpenSuspense) -> Result<Target> {
        let id = item.id;
        let mut found: Vec<Target> = Vec::new();
        let mut allocations = tx.allocations(self.id(), id).await?;
        // What takes one back has the other sign.
        allocations.retain(|it| it.amount.is_negative() == item.amount.is_negative());
        for allocation in allocations {
            let undone = tx.allocation(self.id(), allocation.id).await?;
            let stands = undone.is_some_and(|(_, undone)| undone.is_none());
            let Some(receipt) = allocation.receipt.filter(|_| stands) else { continue };
            found.extend(self.accounts_of(tx, receipt).await?);
        }
        found.sort();
        found.dedup();
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => refused(format!("suspense item {id} is in no account: place it first")),
            several => refused(format!(
                "suspense item {id} went to {} accounts: no rule says how the next is parted",
                several.len()
            )),
        }
    }

    /// The accounts that a receipt's lines went to, while all of it is there.
    async fn accounts_of(&self, tx: &mut Tx, receipt: ReceiptId) -> Result<Vec<Target>> {
        let mut found = Vec::new();
        let lines = tx.receipt(self.id(), receipt).await?.map(|it| it.lines).unwrap_or_default();
        for (number, line) in (1..).zip(lines) {
            let state = tx.line_state(self.id(), LineKey { receipt, line: number }).await?;
            if state.is_some_and(|state| !state.used.is_zero()) {
                return refused(format!(
                    "what was placed in {} {} was moved or paid back since: no rule says where \
                     the next belongs",
                    line.fund, line.reference
                ));
            }
            found.push((line.fund, line.reference));
        }
        Ok(found)
    }

    /// Refuses when money with the same reference was placed in another account.
    async fn is_always_there(
        &self,
        tx: &mut Tx,
        funds: &Funds<'_>,
        reference: &str,
        to: &Target,
    ) -> Result<()> {
        let mut placed = tx.placed_before(self.id(), PLACED_MAX).await?;
        placed.retain(|row| came_with(row, funds, reference));
        let others: BTreeSet<Target> =
            placed.into_iter().map(|row| (row.fund, row.account)).filter(|it| it != to).collect();
        let references: Vec<String> =
            others.iter().map(|(_, reference)| reference.clone()).collect();
        let redirects = redirects_of(tx, self.id(), references.into_iter()).await?;
        let today = self.world().today();
        // One that leads to this account is this account.
        let is_other = |it: &&Target| led(&redirects, funds, it, today).as_ref() != Some(to);
        match others.iter().find(is_other) {
            None => Ok(()),
            Some((fund, account)) => refused(format!(
                "money with the same reference was placed in {fund} {account} as well: a person \
                 has to say each time"
            )),
        }
    }

    /// The row that an item was, as the rules of today leave it.
    async fn row_of(&self, tx: &mut Tx, id: SuspenseId, council: &Council) -> Result<Option<Row>> {
        let Some((import, line)) = tx.import_of_suspense(self.id(), id).await? else {
            return Ok(None);
        };
        let Some(import) = tx.import(self.id(), import).await? else { return Ok(None) };
        let gone = || {
            AppError::Refused(format!("{} is not kept: a rule cannot be tried", import.file_name))
        };
        let deflated = tx.archived(self.id(), import.content_hash).await?.ok_or_else(gone)?;
        let day = ims_ledger::london_day(import.imported_at);
        let file = ReadAgain::of(&import, &deflated, day, &layouts::readers(council, day))?;
        let row = file.row(council, line)?.ok_or_else(gone)?;
        Ok(Some(Row {
            file,
            line,
            format: import.format,
            fund: row.fund.unwrap_or_default(),
            reference: row.reference,
        }))
    }

    /// A rule for rows that name a fund there is none of.
    async fn rule(
        &self,
        tx: &mut Tx,
        (row, funds): (&Row, &Funds<'_>),
        to: &Target,
    ) -> Result<Correction> {
        self.actor().needs(Permission::SeeConfiguration)?;
        let (_, known) = known_by(&row.fund, &row.reference)?;
        let on = self.world().today();
        let wanted = [Wanted { fund: Some(&row.fund), reference: &row.reference, on }];
        let now = place(tx, self.id(), funds, &wanted).await?;
        let absent = || AppError::Refused("there is no configuration".to_owned());
        let newest = tx.configuration(self.id(), last_day()).await?.ok_or_else(absent)?;
        let after = newest.version;
        if tx.configuration(self.id(), on).await?.is_none_or(|row| row.version != after) {
            // Its document must not come early.
            let what = "another version of the configuration waits for its day: add a rule to that file and apply it again";
            return Err(AppError::Refused(what.to_owned()));
        }
        let rule = row.rule(to);
        let document = format!("{}\n\n{rule}", newest.document.trim_end());
        let new = configuration::read(&document)?;
        let absent = || AppError::Refused("the row is not in its file any more".to_owned());
        let ruled = row.file.row(&new, row.line)?.ok_or_else(absent)?;
        let ruled_funds = funds_of(&new)?;
        let wanted = [Wanted { fund: ruled.fund.as_deref(), reference: &ruled.reference, on }];
        let then = place(tx, self.id(), &ruled_funds, &wanted).await?;
        goes_there(&now, &then, to)?;
        self.is_always_there(tx, funds, &known, to).await?;
        Ok(Correction::Rule { rule, document, after })
    }
}

impl Row {
    fn rule(&self, (fund, reference): &Target) -> String {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let is = |field: &str, value: &str| {
            format!("{{ field = \"{field}\", is = \"equals\", value = {} }}", quoted(value))
        };
        let name = format!("{} {} is {fund} {reference}", self.fund, self.reference);
        format!(
            "[[import_rule]]\nname = {}\nformats = [{}]\nwhen = [[{}, {}]]\n\
             set = {{ fund = {}, reference = {} }}\n",
            quoted(&name),
            quoted(&self.format),
            is("fund", &self.fund),
            is("reference", &self.reference),
            quoted(fund),
            quoted(reference),
        )
    }
}

/// The old fund and reference by which money like the item is known.
fn redirected(
    funds: &Funds<'_>,
    item: &OpenSuspense,
    row: Option<&Row>,
    to: &Target,
) -> Result<Target> {
    if let Some(row) = row {
        let fund = if row.fund.is_empty() { &to.0 } else { &row.fund };
        return known_by(fund, &row.reference);
    }
    if item.line.is_none() {
        return known_by(&to.0, &item.reference);
    }
    // A bank's line is searched for what a fund takes for a reference.
    let mut found: Vec<Place> = funds.found_in(&item.reference);
    found.extend(funds.found_in(&item.narrative));
    found.sort();
    found.dedup();
    match found.as_slice() {
        [one] => Ok((one.fund.to_string(), one.reference.to_string())),
        [] => {
            refused("the bank line quotes no reference: nothing to know the next one by".to_owned())
        }
        several => refused(format!(
            "the bank line quotes {} references: a person has to say each time",
            several.len()
        )),
    }
}

fn known_by(fund: &str, reference: &str) -> Result<Target> {
    let reference = written(reference);
    if reference.is_empty() {
        return refused("it came with no reference: nothing to know the next one by".to_owned());
    }
    Ok((fund.to_owned(), reference))
}

/// Whether money that was placed came with a reference, or quotes it.
fn came_with(row: &PlacedRow, funds: &Funds<'_>, reference: &str) -> bool {
    let wanted = bare(reference);
    if wanted.is_empty() {
        return written(&row.reference) == reference;
    }
    let quotes = |text: &str| {
        let is_it = |place: &Place| place.reference.as_str() == reference;
        bare(text).contains(&wanted) && funds.found_in(text).iter().any(is_it)
    };
    bare(&row.reference) == wanted || quotes(&row.reference) || quotes(&row.narrative)
}

/// The letters and digits of a text, in capitals.
fn bare(text: &str) -> String {
    text.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// That a row which goes to nobody would go to an account.
fn goes_there(now: &[Placed<'_>], then: &[Placed<'_>], to: &Target) -> Result<()> {
    if let Some(there) = now.first().and_then(account_of) {
        if there == *to {
            return refused(Correction::IN_FORCE.to_owned());
        }
        let (fund, reference) = there;
        return refused(format!(
            "money like it goes to {fund} {reference}: a rule would take it from there"
        ));
    }
    match then.first() {
        Some(placed) if account_of(placed).as_ref() == Some(to) => Ok(()),
        Some(Placed::Nobody(why)) => refused(format!("no rule would put it there: {why}")),
        Some(Placed::Account { .. }) | None => {
            refused("no rule would put it there: another leads it elsewhere".to_owned())
        }
    }
}

fn account_of(placed: &Placed<'_>) -> Option<Target> {
    match placed {
        Placed::Account { fund, reference, .. } => Some((fund.code.to_string(), reference.clone())),
        Placed::Nobody(_) => None,
    }
}

fn refused<T>(why: String) -> Result<T> {
    Err(AppError::Refused(why))
}
