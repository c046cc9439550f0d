//! Every role against every deed, in both directions.

use ims_app::{
    AppError, Books, ExportKind, FindReceipts, HolderPatch, JobKind, NewPerson, Permission, Role,
    SearchHolders, SearchReceipts,
};
use ims_ledger::Through;
use ims_ledger::id::{ExportId, ImportId, JobId, LineId, MatchId, SuspenseId};
use ims_money::Pence;
use ims_testkit::on_both;
use uuid::Uuid;

use super::{
    files::one_receipt,
    suspense::to_first,
    town::{Town, april, file, settings},
};

/// A deed's name, what it needs, and what came of it.
type Tried = (&'static str, Permission, Result<(), AppError>);

async fn seen(books: &Books) -> Vec<Tried> {
    use Permission::{Audit, ManagePeople, SeeBank, SeeIncome, SeeSuspense};
    let nobody = Uuid::nil();
    let today = april(20);
    vec![
        ("dashboard", SeeIncome, books.dashboard(None).await.map(drop)),
        ("income", SeeIncome, books.income(today, today).await.map(drop)),
        (
            "search_receipts",
            SeeIncome,
            books.search_receipts(&SearchReceipts::Day(today), None, 1).await.map(drop),
        ),
        ("imports", SeeIncome, books.imports(None, 1).await.map(drop)),
        ("import_shown", SeeIncome, books.import_shown(ImportId::new(nobody)).await.map(drop)),
        ("quarantined", SeeIncome, books.quarantined().await.map(drop)),
        ("exports", SeeIncome, books.exports(1).await.map(drop)),
        ("closed_days", SeeIncome, books.closed_days(1).await.map(drop)),
        ("holder", SeeIncome, books.holder("CT", "1").await.map(drop)),
        (
            "find_holders",
            SeeIncome,
            books.find_holders(&SearchHolders::default(), None, 1).await.map(drop),
        ),
        ("holder_history", SeeIncome, books.holder_history(("CT", "1"), None, 1).await.map(drop)),
        ("redirects", SeeIncome, books.redirects(None, 1).await.map(drop)),
        ("receipt", SeeIncome, books.receipt("none").await.map(drop)),
        (
            "find_receipts",
            SeeIncome,
            books.find_receipts(&FindReceipts::default(), None, 1).await.map(drop),
        ),
        (
            "check_reference",
            SeeIncome,
            books.check_reference("CT", "1", Through::Staff).await.map(drop),
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
    ]
}

async fn done(books: &Books, role: Role) -> Vec<Tried> {
    use Permission::{
        AllocateSuspense, Audit, CloseDay, Configure, Export, Import, ManageHolders, ManagePeople,
        Reconcile, TakeCard, TakeCash,
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
        (
            "take_receipt",
            TakeCash,
            books.take_receipt(&super::take_receipt::cash("CT", "1", 1)).await.map(drop),
        ),
        ("charge_fee", TakeCard, books.charge_fee("none", "FEE", Pence::new(1)).await.map(drop)),
        ("put_holder", ManageHolders, books.put_holder(&HolderPatch::default()).await.map(drop)),
        ("stop_holder", ManageHolders, books.stop_holder(("CT", "1"), "X", "why").await.map(drop)),
        ("release_holder", ManageHolders, books.release_holder(("CT", "1"), "why").await.map(drop)),
        (
            "redirect_reference",
            ManageHolders,
            books.redirect_reference(&super::redirects::from_old("OLD", None)).await.map(drop),
        ),
        ("make_export", Export, books.make_export(&ExportKind::LedgerJournal).await.map(drop)),
        ("export_again", Export, books.export_again(ExportId::new(nobody)).await.map(drop)),
        ("close_day", CloseDay, books.close_day(april(17)).await.map(drop)),
        ("configure", Configure, books.configure(&settings("MILL"), april(20)).await.map(drop)),
        ("open_books", Configure, books.open_books(&[]).await.map(drop)),
        ("retry_job", Configure, books.retry_job(JobId::new(nobody)).await.map(drop)),
        ("add_person", ManagePeople, books.add_person(&new).await.map(drop)),
        ("disable_person", ManagePeople, books.disable_person("nobody").await.map(drop)),
        // A job is done by the system; leaving one is doing it.
        ("add_job close-day", CloseDay, books.add_job(&close, now).await.map(drop)),
        ("add_job reconcile", Reconcile, books.add_job(&JobKind::Reconcile, now).await.map(drop)),
        ("add_job verify", Audit, books.add_job(&JobKind::Verify, now).await.map(drop)),
    ]
}

on_both! {
    async fn a_role_may_do_what_it_is_given_and_nothing_else(url: &str) {
        let town = Town::of(url).await;
        for role in Role::ALL {
            let books = town.hands_of(role).await;
            let mut tried = seen(&books).await;
            tried.extend(done(&books, role).await);
            assert_eq!(tried.len(), 49);
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
