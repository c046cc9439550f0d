use std::sync::Arc;

use chrono::NaiveDate;
use ims_ledger::{Council, Funds, Readers, id::CouncilId};
use ims_pay::Secret;
use ims_store::{AuditRow, CouncilRow, Store, Tx};

use crate::{
    Actor, AddressLookup, AppError, Errands, Mail, Result, SecretValues, World,
    known::{Known, Read},
    links::Secrets,
    receipt_mail::Unsent,
};

/// The app: a store, and a world to act in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    store: Store,
    world: World,
    known: Known,
    errands: Option<Arc<dyn Errands>>,
    mail: Vec<Arc<dyn Mail>>,
    lookups: Vec<Arc<dyn AddressLookup>>,
    secrets: Secrets,
    unsent: Unsent,
}

impl App {
    /// The app over `store`, acting in `world`.
    #[must_use]
    pub fn new(store: Store, world: World) -> Self {
        Self(Arc::new(Parts {
            store,
            world,
            known: Known::default(),
            errands: None,
            mail: Vec::new(),
            lookups: Vec::new(),
            secrets: Secrets::default(),
            unsent: Unsent::default(),
        }))
    }

    /// The same with something of it otherwise.
    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same, with somebody to run the errands of its jobs.
    #[must_use]
    pub fn with_errands(self, errands: Arc<dyn Errands>) -> Self {
        self.with(|parts| parts.errands = Some(errands))
    }

    /// Who runs the errands of its jobs.
    pub(crate) fn errands(&self) -> Option<&dyn Errands> {
        self.0.errands.as_deref()
    }

    /// The same, with a way on which e-mail leaves; councils choose among them.
    #[must_use]
    pub fn with_mail(self, way: Arc<dyn Mail>) -> Self {
        self.with(|parts| parts.mail.push(way))
    }

    /// The way on which e-mail leaves that the configuration calls so.
    pub(crate) fn mail(&self, way: &str) -> Option<Arc<dyn Mail>> {
        self.0.mail.iter().find(|mail| mail.way() == way).cloned()
    }

    /// The same, with a place where addresses are looked up; councils choose among them.
    #[must_use]
    pub fn with_addresses(self, lookup: Arc<dyn AddressLookup>) -> Self {
        self.with(|parts| parts.lookups.push(lookup))
    }

    /// The place to look addresses up that the configuration calls so.
    pub(crate) fn address_lookup(&self, way: &str) -> Option<Arc<dyn AddressLookup>> {
        self.0.lookups.iter().find(|lookup| lookup.way() == way).cloned()
    }

    /// The same, with the values of secrets that councils name: the keys that they
    /// sign payment links with.
    #[must_use]
    pub fn with_secrets(self, values: SecretValues) -> Self {
        self.with(|parts| parts.secrets = Secrets(Some(values)))
    }

    /// The value of the secret of this name, if it was given.
    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.0.secrets.0.as_ref().and_then(|values| values(name))
    }

    /// Whether it has any way on which e-mail leaves.
    pub(crate) fn sends_mail(&self) -> bool {
        !self.0.mail.is_empty()
    }

    /// The letters that certainly were not sent.
    pub(crate) fn unsent(&self) -> &Unsent {
        &self.0.unsent
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock, the randomness and the ids.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// What was last seen of each council.
    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    /// Every council of the installation.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn councils(&self) -> Result<Vec<CouncilRow>> {
        Ok(self.0.store.snapshot().await?.councils().await?)
    }

    /// The books of the council with `code`; of the only council when no code
    /// is given.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another code; [`AppError::BadInput`] when
    /// there is no council yet, or several and no code.
    pub async fn books(&self, code: Option<&str>, actor: Actor) -> Result<Books> {
        let mut councils = self.councils().await?;
        let council = match (code, councils.as_slice()) {
            (Some(code), _) => {
                councils.retain(|council| council.code.eq_ignore_ascii_case(code));
                let absent = || AppError::NotFound { what: "council", name: code.to_owned() };
                councils.pop().ok_or_else(absent)?
            }
            (None, [only]) => only.clone(),
            (None, []) => {
                let what = "there is no council in this database yet; `ims init` makes one";
                return Err(AppError::BadInput(what.to_owned()));
            }
            (None, _) => {
                let codes: Vec<_> = councils.iter().map(|council| council.code.as_str()).collect();
                let what = format!("say which council with --council: {}", codes.join(", "));
                return Err(AppError::BadInput(what));
            }
        };
        Ok(Books { app: self.clone(), council, actor })
    }
}

/// One council's books in somebody's hands: every deed is a method, each in a
/// file of its own.
#[derive(Clone, Debug)]
pub struct Books {
    app: App,
    council: CouncilRow,
    actor: Actor,
}

/// The configuration in force, and its version.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Counted from 1.
    pub version: i64,
    /// What the council settled.
    pub council: Arc<Council>,
    readers: Arc<Readers>,
}

impl Settings {
    fn of(version: i64, Read { council, readers }: Read) -> Self {
        Self { version, council, readers }
    }

    /// The council's funds, ready to read references.
    pub(crate) fn funds(&self) -> Result<Funds<'_>> {
        Funds::with(&self.council, &self.readers).map_err(|bad| AppError::BadInput(bad.to_string()))
    }
}

impl Books {
    /// The app.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The council.
    #[must_use]
    pub const fn council(&self) -> &CouncilRow {
        &self.council
    }

    /// Who is asking.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same books, asked for from there: `cli`, `web 127.0.0.1`, `job`.
    #[must_use]
    pub fn with_origin(self, origin: &str) -> Self {
        Self { actor: self.actor.with_origin(origin), ..self }
    }

    /// The same books in somebody else's hands.
    pub(crate) fn for_actor(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// The configuration in force today.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when the stored document does not read, which
    /// only another program can have caused.
    pub async fn settings(&self) -> Result<Settings> {
        let mut tx = self.app.store().snapshot().await?;
        self.settings_in(&mut tx).await
    }

    pub(crate) async fn settings_in(&self, tx: &mut Tx) -> Result<Settings> {
        let today = self.app.world().today();
        // A clock set back must not leave the council without any settings.
        let in_force = match tx.configuration_in_force(self.id(), today).await? {
            Some(in_force) => Some(in_force),
            None => tx.configuration_in_force(self.id(), last_day()).await?,
        };
        let absent =
            || AppError::NotFound { what: "configuration of", name: self.council.code.clone() };
        let (version, hash) = in_force.ok_or_else(absent)?;
        if let Some(read) = self.app.known().configuration(self.id(), hash) {
            return Ok(Settings::of(version, read));
        }
        let row = tx.configuration_version(self.id(), version).await?.ok_or_else(absent)?;
        Ok(Settings::of(version, self.app.known().read(self.id(), &row.document)?))
    }

    /// The books of a council that is being made.
    pub(crate) const fn of(app: App, council: CouncilRow, actor: Actor) -> Self {
        Self { app, council, actor }
    }

    pub(crate) const fn id(&self) -> CouncilId {
        self.council.id
    }

    pub(crate) fn world(&self) -> &World {
        self.app.world()
    }

    pub(crate) fn store(&self) -> &Store {
        self.app.store()
    }

    /// Appends an audit event in the deed's own transaction.
    pub(crate) async fn note(
        &self,
        tx: &mut Tx,
        deed: &str,
        subject: &str,
        data: serde_json::Value,
    ) -> Result<()> {
        let row = self.noted(deed, subject, &data);
        Ok(tx.add_event(self.id(), &row).await?)
    }

    /// The audit event of a deed.
    pub(crate) fn noted(&self, deed: &str, subject: &str, data: &serde_json::Value) -> AuditRow {
        AuditRow {
            id: ims_ledger::id::EventId::new(self.world().id()),
            at: self.world().now(),
            actor: self.actor.name().to_owned(),
            origin: origin(&self.actor).to_owned(),
            deed: deed.to_owned(),
            subject: subject.to_owned(),
            data: data.to_string(),
            hash: ims_ledger::seal::ContentHash::GENESIS,
        }
    }
}

/// Where a deed comes from, as its audit event says.
fn origin(actor: &Actor) -> &str {
    match actor.origin() {
        "" => actor.name().strip_prefix("system:").unwrap_or("app"),
        said => said,
    }
}

/// How often a unit of work is tried when others are in its way.
const TRIES: u32 = 5;

/// Runs a deed again when the database asks for it.
pub(crate) async fn patiently<T, F, Fut>(mut once: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut tried = 1;
    loop {
        match once().await {
            Err(error) if error.is_worth_retrying() && tried < TRIES => {
                tried = tried.saturating_add(1);
                let pause = std::time::Duration::from_millis(20).saturating_mul(tried);
                tokio::time::sleep(pause).await;
            }
            done => return done,
        }
    }
}

/// The last day either database compares rightly as it writes it.
pub(crate) fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default()
}

/// The day before the first that any money can be of.
pub(crate) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}
