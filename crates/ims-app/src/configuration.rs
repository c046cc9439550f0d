//! A council's configuration as a document.

use chrono::NaiveDate;
use ims_ledger::Council;

use crate::{
    Actor, App, AppError, Books, Permission, Result,
    books::{first_day, last_day},
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
    let faults = council.faults();
    if faults.is_empty() {
        return Ok(council);
    }
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
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
        self.actor().needs(Permission::Configure)?;
        let council = read(document)?;
        if council.code.as_str() != self.council().code {
            let (given, ours) = (&council.code, &self.council().code);
            return Err(AppError::BadInput(format!(
                "this is the configuration of {given}, not of {ours}"
            )));
        }
        let mut tx = self.store().begin().await?;
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

    /// What the comments show is no fault, once it stands under funds there are.
    #[test]
    fn the_examples_of_the_comments_read() {
        let (_, examples) = DEFAULTS.split_once("# [[ereturn_template]]").unwrap();
        let head = "[[office]]\ncode = \"LB\"\nname = \"Library\"\n[[fund]]\ncode = \"SD\"\nname = \"Sundry\"\n\
            [[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n[[ereturn_template]]";
        let is_toml = |line: &&str| line.contains(['[', '=']) && !line.contains('`');
        let examples: Vec<_> =
            examples.lines().map(|line| line.trim_start_matches("# ")).filter(is_toml).collect();
        let document = defaults("ANY", "Any Council").unwrap();
        let council = read(&format!("{document}{head}\n{}\n", examples.join("\n"))).unwrap();
        assert_eq!((council.ereturn_template.len(), council.message.len()), (1, 1));
        assert_eq!((council.custom_field.len(), council.settings.is_default()), (1, false));
    }

    #[test]
    fn a_fault_says_where_it_is() {
        let error = read("code = \"A\"\nname = \"B\"\nfnud = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("fnud"), "{error}");
    }
}
