//! A council's configuration as a document.

use ims_ledger::Council;

use crate::{
    Actor, App, AppError, Books, Permission, Result,
    books::{first_day, last_day},
    layouts, reconcile_bank, send_refunds, who,
};

mod apply;
mod difference;
mod plan;
mod replay;

pub use apply::{Configured, NewConfiguration};
pub use difference::Change;
pub use plan::Plan;
pub use replay::{Cause, Moved, Pair, Replayed, Spot, Window};

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
    faults.extend(unknown_formats(&council));
    if faults.is_empty() {
        return Ok(council);
    }
    Err(AppError::BadInput(format!("the configuration has faults: {}", faults.join("; "))))
}

/// Reads a configuration that is new here: its layouts are checked too.
///
/// # Errors
///
/// As [`read`].
pub fn read_new(document: &str) -> Result<Council> {
    let council = read(document)?;
    let mut faults = layouts::faults(&council);
    faults.extend(council.idle_days().iter().map(ToString::to_string));
    faults.extend(send_refunds::faults(&council));
    faults.extend(reconcile_bank::faults(&council));
    if faults.is_empty() {
        return Ok(council);
    }
    Err(AppError::BadInput(format!("the configuration has faults: {}", faults.join("; "))))
}

/// Rules for formats that nothing reads: each would be off without anybody knowing.
fn unknown_formats(council: &Council) -> Vec<String> {
    let named = council
        .import_rule
        .iter()
        .flat_map(|rule| rule.formats.iter().map(move |format| (&rule.name, format)));
    named
        .filter(|(_, format)| {
            ims_files::by_name(format).is_none() && !layouts::has(council, format)
        })
        .map(|(rule, format)| {
            format!(
                "import_rule {rule}: there is no format `{format}`; `ims file formats` lists them"
            )
        })
        .collect()
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
        let council = read_new(document)?;
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
        let books = Books::of(self.clone(), row, actor);
        let data = serde_json::json!({ "name": council.name, "version": 1 });
        books.note(&mut tx, "init", council.code.as_str(), data).await?;
        tx.commit().await?;
        Ok(books)
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

    /// Before the document is read: whether the actor may change any of it.
    pub(crate) fn may_configure_something(&self) -> Result<()> {
        if self.actor().may(Permission::ManageImportRules) {
            return Ok(());
        }
        self.actor().needs(Permission::Configure)
    }

    /// Whether the actor may put `new` in the place of `old`: import rules and
    /// confirmed sheets have a permission of their own, and nobody gives themselves one they lack.
    pub(crate) fn may_configure(&self, old: Option<&Council>, new: &Council) -> Result<()> {
        let rules_aside = |council: &Council| Council {
            import_rule: Vec::new(),
            sheet: Vec::new(),
            ..council.clone()
        };
        if old.is_none_or(|old| rules_aside(old) != rules_aside(new)) {
            self.actor().needs(Permission::Configure)?;
        }
        self.gains_nothing(new)
    }

    /// Nobody puts a configuration in force by which they may do more.
    pub(crate) fn gains_nothing(&self, new: &Council) -> Result<()> {
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

    /// The standard rate of each time, the day before it changed and the day it did.
    #[test]
    fn the_default_rates_of_vat_are_those_of_their_day() {
        let council = read(&defaults("ANY", "Any").unwrap()).unwrap();
        let standard = council.vat.iter().find(|vat| vat.code.as_str() == "S").unwrap();
        for (day, points) in [
            ("1991-03-31", None),
            ("1991-04-01", Some(1_750)),
            ("2008-11-30", Some(1_750)),
            ("2008-12-01", Some(1_500)),
            ("2009-12-31", Some(1_500)),
            ("2010-01-01", Some(1_750)),
            ("2011-01-03", Some(1_750)),
            ("2011-01-04", Some(2_000)),
            ("2026-04-01", Some(2_000)),
        ] {
            let rate = standard.rate_on(day.parse().unwrap());
            assert_eq!(rate.map(|rate| rate.get()), points, "{day}");
        }
    }

    #[test]
    fn a_rule_for_a_format_that_nothing_reads_is_a_fault() {
        let rule =
            "[[import_rule]]\nname = \"r\"\nformats = [\"mt94\"]\nset = { narrative = \"x\" }\n";
        let error = read(&format!("code = \"A\"\nname = \"B\"\n{rule}")).unwrap_err().to_string();
        assert!(error.contains("import_rule r: there is no format `mt94`"), "{error}");
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
        let council = read_new(&format!("{document}{head}\n{}\n", examples.join("\n"))).unwrap();
        assert_eq!((council.ereturn_template.len(), council.message.len()), (1, 1));
        assert_eq!((council.custom_field.len(), council.settings.is_default()), (1, false));
        assert_eq!((council.layout.len(), council.export.len(), council.provider.len()), (1, 1, 1));
        assert_eq!(council.sheet.len(), 1);
    }

    #[test]
    fn a_fault_says_where_it_is() {
        let error = read("code = \"A\"\nname = \"B\"\nfnud = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("fnud"), "{error}");
    }
}
