//! Where a person put suspense, as a correction for the next money like it: in
//! the configuration's own terms, for a person to look at, try on the past and
//! switch on the way such things are switched on.

use ims_ledger::{Council, Funds, Place, id::SuspenseId};
use ims_store::{OpenSuspense, Tx};
use toml::Value;

use crate::{
    AppError, Books, Permission, Result,
    books::last_day,
    configuration,
    import_file::{Placed, ReadAgain, Wanted, funds_of, place, place_with},
    layouts,
    redirect_reference::{NewRedirect, meant},
    redirects::written,
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
    },
}

/// The row of a file that an item was.
struct Row {
    file: ReadAgain,
    line: i64,
    format: String,
    fund: String,
    reference: String,
    on: chrono::NaiveDate,
}

type Target = (String, String);

impl Books {
    /// What would put the next money like an item where a person put the item.
    /// Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item; [`AppError::Refused`] when it is
    /// in no account, or in several, and when there is nothing to know the next
    /// one by.
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
            Some(row) if !is_known(&row) => self.rule(&mut tx, &row, &to).await,
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
                goes_there(now, then, &to)?;
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
            let lines = tx.receipt(self.id(), receipt).await?.map(|it| it.lines);
            found.extend(lines.unwrap_or_default().into_iter().map(|it| (it.fund, it.reference)));
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
            on: row.date,
        }))
    }

    /// A rule for rows that name a fund there is none of.
    async fn rule(&self, tx: &mut Tx, row: &Row, to: &Target) -> Result<Correction> {
        self.actor().needs(Permission::SeeConfiguration)?;
        let newest = tx.configuration(self.id(), last_day()).await?;
        let document = newest.map(|newest| newest.document).unwrap_or_default();
        let rule = row.rule(to);
        let document = format!("{}\n\n{rule}", document.trim_end());
        let new = configuration::read(&document)?;
        let absent = || AppError::Refused("the row is not in its file any more".to_owned());
        let ruled = row.file.row(&new, row.line)?.ok_or_else(absent)?;
        let funds = funds_of(&new)?;
        let wanted =
            [Wanted { fund: ruled.fund.as_deref(), reference: &ruled.reference, on: row.on }];
        let then = place(tx, self.id(), &funds, &wanted).await?;
        goes_there(Vec::new(), then, to)?;
        Ok(Correction::Rule { rule, document })
    }
}

impl Row {
    fn rule(&self, (fund, reference): &Target) -> String {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let is = |field: &str, value: &str| {
            let is = if value.is_empty() {
                "\"blank\"".to_owned()
            } else {
                format!("\"equals\", value = {}", quoted(value))
            };
            format!("{{ field = \"{field}\", is = {is} }}")
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

/// That a row which does not go to an account would.
fn goes_there(now: Vec<Placed<'_>>, then: Vec<Placed<'_>>, (to, account): &Target) -> Result<()> {
    let is_there = |placed: &Placed<'_>| {
        matches!(placed, Placed::Account { fund, reference, .. }
            if fund.code.as_str() == to && reference == account)
    };
    if now.iter().any(is_there) {
        return refused("money like it goes there already".to_owned());
    }
    match then.into_iter().next() {
        Some(placed) if is_there(&placed) => Ok(()),
        Some(Placed::Nobody(why)) => refused(format!("no rule would put it there: {why}")),
        Some(Placed::Account { .. }) | None => {
            refused("no rule would put it there: another leads it elsewhere".to_owned())
        }
    }
}

fn refused<T>(why: String) -> Result<T> {
    Err(AppError::Refused(why))
}
