//! A council's configuration as a document.

use chrono::NaiveDate;
use ims_ledger::Council;

use crate::{
    Actor, App, AppError, Books, Permission, Result,
    books::{first_day, last_day},
    who,
};

/// What a new council starts with: the usual VAT codes, methods and channels,
/// commented, for a person to go on from.
pub const DEFAULTS: &str = include_str!("configuration/defaults.toml");

/// Reads a configuration and checks it.
///
/// # Errors
///
/// [`AppError::BadInput`] with every fault, each with its place.
pub fn read(document: &str) -> Result<Council> {
    let council: Council = toml::from_str(document)
        .map_err(|error| AppError::BadInput(format!("the configuration does not read: {error}")))?;
    let mut faults: Vec<_> = council.faults().iter().map(ToString::to_string).collect();
    faults.extend(who::faults(&council));
    if faults.is_empty() {
        return Ok(council);
    }
    Err(AppError::BadInput(format!("the configuration has faults: {}", faults.join("; "))))
}

/// The default configuration for a council of this code and name.
///
/// # Errors
///
/// [`AppError::BadInput`] for a code that is none.
pub fn defaults(code: &str, name: &str) -> Result<String> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let document = format!("code = {}\nname = {}\n\n{DEFAULTS}", quoted(code), quoted(name));
    read(&document)?;
    Ok(document)
}

impl App {
    /// Makes a council with this configuration.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when it has faults; [`AppError::Refused`] when
    /// there is a council of that code already.
    pub async fn init(&self, document: &str, actor: Actor) -> Result<Books> {
        let council = read(document)?;
        actor.needs(Permission::Configure)?;
        let mut tx = self.store().begin().await?;
        let existing = tx.councils().await?;
        if existing.iter().any(|row| row.code.eq_ignore_ascii_case(council.code.as_str())) {
            return Err(AppError::Refused(format!("there is a council {} already", council.code)));
        }
        let now = self.world().now();
        let row = tx.add_council(council.code.as_str(), &council.name, now).await?;
        // In force from the beginning: what was received before today was received under something.
        tx.add_configuration(row.id, &council.name, first_day(), document, actor.name(), now)
            .await?;
        tx.commit().await?;
        self.books(Some(council.code.as_str()), actor).await
    }
}

impl Books {
    /// The document of the configuration in force, as it was written.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn configuration_document(&self) -> Result<String> {
        self.actor().needs(Permission::SeeConfiguration)?;
        let mut tx = self.store().snapshot().await?;
        let row = tx.configuration(self.id(), last_day()).await?;
        Ok(row.map(|row| row.document).unwrap_or_default())
    }

    /// Puts a new version of the configuration in force from a day on.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when it has faults or is another council's.
    pub async fn configure(&self, document: &str, from: NaiveDate) -> Result<i64> {
        self.may_configure_something()?;
        let council = read(document)?;
        if council.code.as_str() != self.council().code {
            let (given, ours) = (&council.code, &self.council().code);
            return Err(AppError::BadInput(format!(
                "this is the configuration of {given}, not of {ours}"
            )));
        }
        let mut tx = self.store().begin().await?;
        let newest = tx.configuration(self.id(), last_day()).await?;
        let newest = newest.map(|row| read(&row.document)).transpose()?;
        self.may_configure(newest.as_ref(), &council)?;
        let now = self.world().now();
        let name = self.actor().name();
        let version =
            tx.add_configuration(self.id(), &council.name, from, document, name, now).await?;
        let data = serde_json::json!({ "version": version, "from": from });
        self.note(&mut tx, "configure", &self.council().code, data).await?;
        tx.commit().await?;
        Ok(version)
    }
}

impl Books {
    /// Before the document is read: whether the actor may change any of it.
    fn may_configure_something(&self) -> Result<()> {
        if self.actor().may(Permission::ManageImportRules) {
            return Ok(());
        }
        self.actor().needs(Permission::Configure)
    }

    /// Whether the actor may put `new` in the place of `old`: import rules have
    /// a permission of their own, and nobody gives themselves one they lack.
    pub(crate) fn may_configure(&self, old: Option<&Council>, new: &Council) -> Result<()> {
        let rules_aside =
            |council: &Council| Council { import_rule: Vec::new(), ..council.clone() };
        if old.is_none_or(|old| rules_aside(old) != rules_aside(new)) {
            self.actor().needs(Permission::Configure)?;
        }
        let gained = self.actor().gains_under(new);
        let Some(gained) = gained.first() else { return Ok(()) };
        Err(AppError::Refused(format!(
            "this configuration would let {} {}, which they may not: somebody else has to settle it",
            self.actor().name(),
            gained.in_words(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_have_no_faults() {
        let document = defaults("ANY", "Any \"Quoted\" Council").unwrap();
        let council = read(&document).unwrap();
        assert_eq!(council.name, "Any \"Quoted\" Council");
        assert!(!council.method.is_empty() && !council.vat.is_empty());
    }

    #[test]
    fn a_fault_says_where_it_is() {
        let error = read("code = \"A\"\nname = \"B\"\nfnud = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("fnud"), "{error}");
    }
}
