//! Every role against every deed, in both directions.

use std::collections::BTreeSet;

use ims_app::{
    Actor, AppError, Books, ExportKind, JobKind, LOCALGOV_IMS, NewPerson, Permission, Role,
    ScopeKind, SearchReceipts,
};
use ims_ledger::id::{ExportId, ImportId, JobId, LineId, MatchId, SuspenseId};
use ims_testkit::on_both;
use uuid::Uuid;

use super::{
    files::one_receipt,
    suspense::to_first,
    town::{Town, april, file, settings},
};

/// A deed's name, what it needs, and what came of it.
pub(super) type Tried = (&'static str, Permission, Result<(), AppError>);

pub(super) async fn seen(books: &Books) -> Vec<Tried> {
    use Permission::{
        Audit, ManagePeople, SeeBank, SeeConfiguration, SeeDashboard, SeeHolders, SeeImports,
        SeeIncome, SeeSuspense,
    };
    let nobody = Uuid::nil();
    let today = april(20);
    vec![
        ("dashboard", SeeDashboard, books.dashboard(None).await.map(drop)),
        ("income", SeeIncome, books.income(today, today).await.map(drop)),
        (
            "search_receipts",
            SeeIncome,
            books.search_receipts(&SearchReceipts::Day(today), None, 1).await.map(drop),
        ),
        ("imports", SeeImports, books.imports(None, 1).await.map(drop)),
        ("import_shown", SeeImports, books.import_shown(ImportId::new(nobody)).await.map(drop)),
        ("quarantined", SeeImports, books.quarantined().await.map(drop)),
        ("exports", SeeIncome, books.exports(1).await.map(drop)),
        ("closed_days", SeeIncome, books.closed_days(1).await.map(drop)),
        ("holder", SeeHolders, books.holder("CT", "1").await.map(drop)),
        ("held", SeeIncome, books.held("CT", &["1".to_owned()]).await.map(drop)),
        (
            "configuration_document",
            SeeConfiguration,
            books.configuration_document().await.map(drop),
        ),
        ("open_suspense", SeeSuspense, books.open_suspense(None, 1).await.map(drop)),
        (
            "suspense_item",
            SeeSuspense,
            books.suspense_item(SuspenseId::new(nobody)).await.map(drop),
        ),
        ("bank_status", SeeBank, books.bank_status(None).await.map(drop)),
        ("open_lines", SeeBank, books.open_lines().await.map(drop)),
        ("explain_line", SeeBank, books.explain_line(LineId::new(nobody)).await.map(drop)),
        ("balance", SeeBank, books.balance(&ims_ledger::Account::Suspense).await.map(drop)),
        ("balances_on", SeeBank, books.balances_on(today).await.map(drop)),
        ("approvals", SeeIncome, books.approvals(None, 1).await.map(drop)),
        ("events", Audit, books.events(1).await.map(drop)),
        ("jobs", Audit, books.jobs(1).await.map(drop)),
        ("verify", Audit, books.verify(None).await.map(drop)),
        ("people", ManagePeople, books.people().await.map(drop)),
        ("recertification", ManagePeople, books.recertification().await.map(drop)),
    ]
}

pub(super) async fn done(books: &Books, role: Role) -> Vec<Tried> {
    use Permission::{
        AllocateSuspense, Audit, CloseDay, Configure, Export, Import, ManagePeople, Reconcile,
    };
    let nobody = Uuid::nil();
    let now = chrono::DateTime::UNIX_EPOCH;
    let new = NewPerson {
        username: &format!("made-by-{}", role.name()),
        name: "Somebody",
        password: "correct horse battery",
        roles: &[Role::Cashier],
        demo: false,
    };
    let close = JobKind::CloseDay { day: april(1) };
    vec![
        ("import_file", Import, books.import_file(file("a.csv", &one_receipt())).await.map(drop)),
        (
            "reverse_import",
            Import,
            books.reverse_import(ImportId::new(nobody), "why").await.map(drop),
        ),
        ("reconcile", Reconcile, books.reconcile().await.map(drop)),
        ("undo_match", Reconcile, books.undo_match(MatchId::new(nobody), "why").await.map(drop)),
        (
            "allocate_suspense",
            AllocateSuspense,
            books.allocate_suspense(SuspenseId::new(nobody), &to_first(None)).await.map(drop),
        ),
        ("make_export", Export, books.make_export(&ExportKind::LedgerJournal).await.map(drop)),
        ("export_again", Export, books.export_again(ExportId::new(nobody)).await.map(drop)),
        ("close_day", CloseDay, books.close_day(april(17)).await.map(drop)),
        ("configure", Configure, books.configure(&settings("MILL"), april(20)).await.map(drop)),
        ("open_books", Configure, books.open_books(&[]).await.map(drop)),
        ("retry_job", Configure, books.retry_job(JobId::new(nobody)).await.map(drop)),
        ("add_person", ManagePeople, books.add_person(&new).await.map(drop)),
        ("disable_person", ManagePeople, books.disable_person("nobody").await.map(drop)),
        ("enable_person", ManagePeople, books.enable_person("nobody").await.map(drop)),
        ("grant_role", ManagePeople, books.grant_role("nobody", "auditor").await.map(drop)),
        ("revoke_role", ManagePeople, books.revoke_role("nobody", "auditor").await.map(drop)),
        (
            "grant_scope",
            ManagePeople,
            books.grant_scope("nobody", ScopeKind::Fund, "CT").await.map(drop),
        ),
        (
            "revoke_scope",
            ManagePeople,
            books.revoke_scope("nobody", ScopeKind::Fund, "CT").await.map(drop),
        ),
        ("lift_scope", ManagePeople, books.lift_scope("nobody", ScopeKind::Fund).await.map(drop)),
        (
            "reset_password",
            ManagePeople,
            books.reset_password("nobody", "correct horse battery").await.map(drop),
        ),
        // A job is done by the system; leaving one is doing it.
        ("add_job close-day", CloseDay, books.add_job(&close, now).await.map(drop)),
        ("add_job reconcile", Reconcile, books.add_job(&JobKind::Reconcile, now).await.map(drop)),
        ("add_job verify", Audit, books.add_job(&JobKind::Verify, now).await.map(drop)),
    ]
}

/// Public, and for whoever has the books in their hands: what each shows is
/// nobody's in particular.
pub(super) const FOR_ANYBODY: [(&str, &str); 9] = [
    ("app", "the program itself"),
    ("council", "its own code and name"),
    ("actor", "who asks"),
    ("with_origin", "where from"),
    ("settings", "codes and names, without which no page can be read"),
    ("export_kinds", "which files there are, of what they work for"),
    ("roles", "what roles there are"),
    ("seal", "nothing: it only links what is there"),
    ("note_denied", "nothing: that they were refused"),
];

/// The names of the public methods of `Books`, from the source of the crate.
pub(super) fn public_methods() -> BTreeSet<String> {
    fn walk(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                of_file(&std::fs::read_to_string(path).unwrap(), found);
            }
        }
    }
    fn of_file(text: &str, found: &mut BTreeSet<String>) {
        let mut is_inside = false;
        for line in text.lines() {
            match line {
                "impl Books {" => is_inside = true,
                "}" => is_inside = false,
                _ => {}
            }
            let Some(rest) = line.strip_prefix("    pub ").filter(|_| is_inside) else { continue };
            let Some((_, name)) = rest.split_once("fn ") else { continue };
            let end = name.find(['(', '<']).unwrap();
            found.insert(name[..end].to_owned());
        }
    }
    let mut found = BTreeSet::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

on_both! {
    /// W30: some deeds asked nobody and left it to the screens.
    ///
    /// A deed nobody decided about fails here: it goes into `seen` or `done`,
    /// with what it needs, or into `FOR_ANYBODY`, with why.
    async fn every_deed_is_in_the_matrix(url: &str) {
        let town = Town::of(url).await;
        let mut tried = seen(&town.books).await;
        tried.extend(done(&town.books, Role::Cashier).await);
        let names = tried.iter().map(|(deed, ..)| deed.split(' ').next().unwrap());
        let decided: BTreeSet<_> = names.chain(FOR_ANYBODY.map(|(deed, _)| deed)).collect();
        let public = public_methods();
        assert!(public.len() > 40, "{public:?}");
        assert_eq!(public.iter().map(String::as_str).collect::<BTreeSet<_>>(), decided);
    }

    async fn a_role_may_do_what_it_is_given_and_nothing_else(url: &str) {
        let town = Town::of(url).await;
        for role in Role::ALL {
            let books = town.hands_of(role).await;
            let mut tried = seen(&books).await;
            tried.extend(done(&books, role).await);
            assert_eq!(tried.len(), 47);
            for (deed, needs, came) in tried {
                let may = role.permissions().contains(&needs);
                assert_eq!(books.actor().may(needs), may);
                let refused = matches!(came, Err(AppError::NotAllowed { .. }));
                assert_eq!(refused, !may, "{} and {deed}: {came:?}", role.name());
                assert!(!matches!(came, Err(AppError::Store(_))), "{deed}: {came:?}");
            }
        }
        town.proved().await;
    }

    /// The same for roles that a council settled: those of LocalGov IMS.
    async fn a_councils_own_role_may_do_what_it_is_given_and_nothing_else(url: &str) {
        let town = Town::of(url).await;
        let document = format!("{}\n{LOCALGOV_IMS}", settings("MILL"));
        town.books.configure(&document, april(1)).await.unwrap();
        let council = ims_app::configuration::read(&document).unwrap();
        for role in town.books.roles().await.unwrap() {
            let actor = Actor::of("somebody", std::slice::from_ref(&role.name), &[], &council);
            let books = town.app.books(Some("MILL"), actor).await.unwrap();
            let mut tried = seen(&books).await;
            tried.extend(done(&books, Role::Cashier).await);
            for (deed, needs, came) in tried {
                let may = role.permissions.contains(&needs);
                let refused = matches!(came, Err(AppError::NotAllowed { .. }));
                assert_eq!(refused, !may, "{} and {deed}: {came:?}", role.name);
            }
            // Whoever may configure has just put another one in force.
            town.books.configure(&document, april(1)).await.unwrap();
        }
        town.proved().await;
    }

    async fn a_role_nobody_knows_allows_nothing(url: &str) {
        let town = Town::of(url).await;
        let actor = ims_app::Actor::person("x", &["emperor".to_owned()]);
        let books = town.app.books(None, actor).await.unwrap();
        let before = super::raw::counts(url);
        let mut tried = seen(&books).await;
        tried.extend(done(&books, Role::Cashier).await);
        for (deed, _, came) in tried {
            assert!(matches!(came, Err(AppError::NotAllowed { .. })), "{deed}: {came:?}");
        }
        assert_eq!(super::raw::counts(url), before);
        town.proved().await;
    }

    async fn only_who_configures_makes_a_council(url: &str) {
        let town = Town::of(url).await;
        let clerk = ims_app::Actor::person("x", &["income-officer".to_owned()]);
        let why = town.app.init(&settings("OTHER"), clerk).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        let system = ims_app::Actor::system("test");
        let why = town.app.init(&settings("MILL"), system).await.unwrap_err();
        assert_eq!(why.to_string(), "there is a council MILL already");
        assert_eq!(town.app.councils().await.unwrap().len(), 1);
        town.proved().await;
    }
}
