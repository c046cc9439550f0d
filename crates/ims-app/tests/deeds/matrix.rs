//! Every role against every deed, in both directions.

use ims_app::{
    Ack, Actor, AppError, AuditRange, Books, Bulk, ExportKind, FindEvents, FindReceipts,
    HolderPatch, JobKind, LOCALGOV_IMS, NewControl, NewMatch, NewPerson, Period, Permission, Role,
    ScopeKind, SearchHolders, SearchReceipts, SearchSuspense, Verdict,
    configuration::{NewConfiguration, Window},
};
use ims_ledger::Through;
use ims_ledger::id::{
    ApprovalId, EReturnId, EventId, ExportId, ImportId, JobId, LineId, MatchId, RefundId,
    SuspenseId, TransferId,
};
use ims_money::Pence;
use ims_testkit::on_both;
use std::collections::BTreeSet;
use uuid::Uuid;

mod days_signed;
mod gone_back;
mod moved;
mod paid;
mod public;
mod resident;
mod tilled;

use days_signed::days_signed;
use gone_back::gone_back;
use moved::moved;
use paid::paid;
pub(super) use public::{FOR_ANYBODY, public_methods, sources};
use resident::{agreed, resident};
use tilled::tilled;

use super::{
    ereturns::{any, differs, new as new_ereturn, rooms},
    files::one_receipt,
    suspense::to_first,
    town::{Town, april, file, settings},
};

/// A deed's name, what it needs, and what came of it.
pub(super) type Tried = (&'static str, Permission, Result<(), AppError>);

async fn seen(books: &Books) -> Vec<Tried> {
    use Permission::{
        ApproveConfiguration, Audit, Configure, Control, ManagePeople, SeeBank, SeeConfiguration,
        SeeDashboard, SeeEReturns, SeeHolders, SeeImports, SeeIncome, SeeRefunds, SeeSuspense,
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
        (
            "check_reference",
            SeeIncome,
            books.check_reference("CT", "1", Through::Staff).await.map(drop),
        ),
        (
            "find_receipts",
            SeeIncome,
            books.find_receipts(&FindReceipts::default(), None, 1).await.map(drop),
        ),
        (
            "find_holders",
            SeeHolders,
            books.find_holders(&SearchHolders::default(), None, 1).await.map(drop),
        ),
        ("holder_history", SeeHolders, books.holder_history(("CT", "1"), None, 1).await.map(drop)),
        ("redirects", SeeIncome, books.redirects(None, 1).await.map(drop)),
        ("receipt", SeeIncome, books.receipt("none").await.map(drop)),
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
        (
            "suggest_suspense",
            SeeSuspense,
            books.suggest_suspense(SuspenseId::new(nobody)).await.map(drop),
        ),
        ("guard_accounts", SeeBank, books.guard_accounts(&[]).await.map(drop)),
        ("bank_status", SeeBank, books.bank_status(None).await.map(drop)),
        ("open_lines", SeeBank, books.open_lines().await.map(drop)),
        ("explain_line", SeeBank, books.explain_line(LineId::new(nobody)).await.map(drop)),
        ("balance", SeeBank, books.balance(&ims_ledger::Account::Suspense).await.map(drop)),
        (
            "postings_of",
            SeeBank,
            books.postings_of(&ims_ledger::Account::Suspense, None, 1).await.map(drop),
        ),
        ("balances_on", SeeBank, books.balances_on(today).await.map(drop)),
        ("refunds", SeeRefunds, books.refunds(None, None, 1).await.map(drop)),
        ("refund_payees", SeeRefunds, books.refund_payees(&[]).await.map(drop)),
        ("refund", SeeRefunds, books.refund(RefundId::new(nobody)).await.map(drop)),
        ("left_of_receipt", SeeIncome, books.left_of_receipt("1").await.map(drop)),
        ("disputes", SeeIncome, books.disputes(true, None, 1).await.map(drop)),
        ("returns", SeeIncome, books.returns(None, 1).await.map(drop)),
        ("approvals", SeeIncome, books.approvals(None, 1).await.map(drop)),
        ("messages_now", SeeIncome, books.messages_now().await.map(drop)),
        ("ereturn_templates", SeeEReturns, books.ereturn_templates().await.map(drop)),
        ("ereturn_numbered", SeeEReturns, books.ereturn_numbered("R1").await.map(drop)),
        ("ereturn", SeeEReturns, books.ereturn(EReturnId::new(nobody)).await.map(drop)),
        ("search_ereturns", SeeEReturns, books.search_ereturns(&any(), None, 1).await.map(drop)),
        ("balances_at", SeeBank, books.balances_at(ims_app::Stand::Day(today)).await.map(drop)),
        ("open_stood", SeeBank, books.open_stood(chrono::DateTime::UNIX_EPOCH).await.map(drop)),
        (
            "suspense_stood",
            SeeSuspense,
            books.suspense_stood(chrono::DateTime::UNIX_EPOCH, None, 1).await.map(drop),
        ),
        (
            "account_stood",
            SeeIncome,
            books.account_stood("CT", "1", ims_app::Stand::Day(today)).await.map(drop),
        ),
        (
            "income_stood",
            SeeIncome,
            books.income_stood(today, chrono::DateTime::UNIX_EPOCH).await.map(drop),
        ),
        ("export_states", SeeIncome, books.export_states(1).await.map(drop)),
        ("open_advices", SeeIncome, books.open_advices().await.map(drop)),
        ("periods", SeeIncome, books.periods(1).await.map(drop)),
        ("find_events", Audit, books.find_events(&FindEvents::default(), None, 1).await.map(drop)),
        ("event", Audit, books.event(EventId::new(nobody)).await.map(drop)),
        ("controls", Control, books.controls(1).await.map(drop)),
        ("control_again", Control, books.control_again(99).await.map(drop)),
        ("verify_as_at", Audit, books.verify_as_at(chrono::DateTime::UNIX_EPOCH).await.map(drop)),
        ("approval", SeeIncome, books.approval(ApprovalId::new(nobody)).await.map(drop)),
        ("transfers", SeeIncome, books.transfers(None, 1).await.map(drop)),
        (
            "transfer_shown",
            SeeIncome,
            books.transfer_shown(TransferId::new(nobody)).await.map(drop),
        ),
        (
            "search_suspense",
            SeeSuspense,
            books.search_suspense(&SearchSuspense::default(), None, 1).await.map(drop),
        ),
        (
            "suspense_shown",
            SeeSuspense,
            books.suspense_shown(SuspenseId::new(nobody)).await.map(drop),
        ),
        ("suspense_returns", SeeSuspense, books.suspense_returns(None, 1).await.map(drop)),
        ("waited_for", SeeBank, books.waited_for(None).await.map(drop)),
        ("jobs", Audit, books.jobs(1).await.map(drop)),
        ("verify", Audit, books.verify(None).await.map(drop)),
        ("people", ManagePeople, books.people().await.map(drop)),
        ("recertification", ManagePeople, books.recertification().await.map(drop)),
        ("configurations", SeeConfiguration, books.configurations().await.map(drop)),
        (
            "plan_configuration",
            Configure,
            books.plan_configuration(&settings("MILL"), today).await.map(drop),
        ),
        (
            "plan_waiting",
            ApproveConfiguration,
            books.plan_waiting(ApprovalId::new(nobody)).await.map(drop),
        ),
        (
            "replay",
            Configure,
            books
                .replay(
                    &settings("MILL"),
                    Window { from: today, through: today, limit: 1 },
                    &mut |_, _| {},
                )
                .await
                .map(drop),
        ),
    ]
}

async fn done(books: &Books, role: Role) -> Vec<Tried> {
    use Permission::{
        AllocateSuspense, ApproveConfiguration, ApproveEReturn, ApproveReopen, ApproveWriteOff,
        Audit, CloseDay, Configure, Control, Export, Import, ManageHolders, ManageImportRules,
        ManagePeople, PrepareEReturn, Reconcile, ReopenDay, TakeCard, TakeCash, VoidEReturn,
        WriteOff,
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
    let march = Period::parse("2026-03").unwrap();
    let control = NewControl { from: april(1), through: april(2), ledger: None, hosts: Vec::new() };
    let close = JobKind::CloseDay { day: april(1) };
    let (ereturn, approval) = (EReturnId::new(nobody), ApprovalId::new(nobody));
    let takings = rooms(1_200, 120);
    let mut tried = vec![
        ("import_file", Import, books.import_file(file("a.csv", &one_receipt())).await.map(drop)),
        (
            "reverse_import",
            Import,
            books.reverse_import(ImportId::new(nobody), "why").await.map(drop),
        ),
        ("reconcile", Reconcile, books.reconcile().await.map(drop)),
        ("index_expected", Reconcile, books.index_expected(0).await.map(drop)),
        ("match_lines", Reconcile, books.match_lines(&NewMatch::default()).await.map(drop)),
        ("undo_match", Reconcile, books.undo_match(MatchId::new(nobody), "why").await.map(drop)),
        (
            "allocate_suspense",
            AllocateSuspense,
            books.allocate_suspense(SuspenseId::new(nobody), &to_first(None)).await.map(drop),
        ),
        (
            "allocate_as_suggested",
            AllocateSuspense,
            books.allocate_as_suggested(SuspenseId::new(nobody), &to_first(None)).await.map(drop),
        ),
        (
            "accept_suggestion",
            AllocateSuspense,
            books.accept_suggestion(SuspenseId::new(nobody), 1, "").await.map(drop),
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
            "replay_redirect",
            ManageHolders,
            books
                .replay_redirect(
                    &super::redirects::from_old("OLD", None),
                    Window { from: april(1), through: april(1), limit: 1 },
                    &mut |_, _| {},
                )
                .await
                .map(drop),
        ),
        (
            "redirect_reference",
            ManageHolders,
            books.redirect_reference(&super::redirects::from_old("OLD", None)).await.map(drop),
        ),
        ("make_export", Export, books.make_export(&ExportKind::LedgerJournal).await.map(drop)),
        ("export_again", Export, books.export_again(ExportId::new(nobody)).await.map(drop)),
        (
            "acknowledge_export_by_file",
            Export,
            books
                .acknowledge_export_by_file(ExportId::new(nobody), file("a.csv", "x"), "A")
                .await
                .map(drop),
        ),
        (
            "acknowledge_export",
            Export,
            books.acknowledge_export(ExportId::new(nobody), Ack::Accepted, "1", "").await.map(drop),
        ),
        ("reissue_export", Export, books.reissue_export(ExportId::new(nobody)).await.map(drop)),
        ("close_period", CloseDay, books.close_period(march).await.map(drop)),
        ("ask_reopen_day", ReopenDay, books.ask_reopen_day(april(1), "why", None).await.map(drop)),
        (
            "ask_reopen_period",
            ReopenDay,
            books.ask_reopen_period(march, "why", None).await.map(drop),
        ),
        (
            "decide_reopen",
            ApproveReopen,
            books.decide_reopen(ApprovalId::new(nobody), Verdict::Approved, "why").await.map(drop),
        ),
        (
            "decide_reopen withdrawn",
            ReopenDay,
            books.decide_reopen(ApprovalId::new(nobody), Verdict::Withdrawn, "why").await.map(drop),
        ),
        ("control", Control, books.control(&control).await.map(drop)),
        (
            "export_audit",
            Audit,
            books.export_audit(AuditRange::default(), &mut std::io::sink()).await.map(drop),
        ),
        ("close_day", CloseDay, books.close_day(april(17)).await.map(drop)),
        ("configure", Configure, books.configure(&settings("MILL"), april(20)).await.map(drop)),
        (
            "apply_configuration",
            Configure,
            books
                .apply_configuration(&NewConfiguration {
                    document: &settings("MILL"),
                    from: april(20),
                    reason: "",
                    after: None,
                })
                .await
                .map(drop),
        ),
        (
            "decide_configuration",
            ApproveConfiguration,
            books
                .decide_configuration(ApprovalId::new(nobody), Verdict::Approved, "")
                .await
                .map(drop),
        ),
        (
            "decide_configuration withdrawn",
            ManageImportRules,
            books
                .decide_configuration(ApprovalId::new(nobody), Verdict::Withdrawn, "")
                .await
                .map(drop),
        ),
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
    ];
    // Whoever has a hand in e-returns writes notes on them.
    let notes = [PrepareEReturn, ApproveEReturn, VoidEReturn];
    let notes = notes.into_iter().find(|it| books.actor().may(*it)).unwrap_or(PrepareEReturn);
    tried.extend([
        (
            "create_ereturn",
            PrepareEReturn,
            books.create_ereturn(&new_ereturn("LIB")).await.map(drop),
        ),
        ("save_ereturn", PrepareEReturn, books.save_ereturn(ereturn, 1, &takings).await.map(drop)),
        (
            "correct_ereturn",
            ApproveEReturn,
            books.correct_ereturn(ereturn, 1, &takings).await.map(drop),
        ),
        ("submit_ereturn", PrepareEReturn, books.submit_ereturn(ereturn, 1).await.map(drop)),
        ("note_ereturn", notes, books.note_ereturn(ereturn, "why").await),
        ("return_ereturn", ApproveEReturn, books.return_ereturn(ereturn, "why").await.map(drop)),
        ("void_ereturn", VoidEReturn, books.void_ereturn(ereturn, "why").await.map(drop)),
        (
            "approve_ereturns",
            ApproveEReturn,
            books.approve_ereturns(&[], Bulk::All).await.map(drop),
        ),
        (
            "accept_slip_difference",
            WriteOff,
            books.accept_slip_difference(&differs("PS1", 1)).await.map(drop),
        ),
        (
            "decide_slip_difference",
            ApproveWriteOff,
            books.decide_slip_difference(approval, Verdict::Approved, "").await.map(drop),
        ),
        (
            "decide_slip_difference withdrawn",
            WriteOff,
            books.decide_slip_difference(approval, Verdict::Withdrawn, "").await.map(drop),
        ),
    ]);
    tried
}

/// Everything above, tried by whoever holds those books.
pub(super) async fn everything(books: &Books, role: Role) -> Vec<Tried> {
    let mut tried = seen(books).await;
    tried.extend(done(books, role).await);
    tried.extend(moved(books).await);
    tried.extend(days_signed(books).await);
    tried.extend(gone_back(books).await);
    tried.extend(paid(books).await);
    tried.extend(resident(books).await);
    tried.extend(agreed(books).await);
    tried.extend(tilled(books).await);
    tried
}

/// How many deeds and looks the tables above hold.
const TRIED: usize = 241;

on_both! {
    /// W30: some deeds asked nobody and left it to the screens.
    ///
    /// A deed nobody decided about fails here: it goes into `seen` or `done`,
    /// with what it needs, or into `FOR_ANYBODY`, with why.
    async fn every_deed_is_in_the_matrix(url: &str) {
        let town = Town::of(url).await;
        let tried = everything(&town.books, Role::Cashier).await;
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
            let tried = everything(&books, role).await;
            assert_eq!(tried.len(), TRIED);
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
            let tried = everything(&books, Role::Cashier).await;
            for (deed, needs, came) in tried {
                let may = role.permissions.contains(&needs);
                let refused = matches!(came, Err(AppError::NotAllowed { .. }));
                assert_eq!(refused, !may, "{} and {deed}: {came:?}", role.name);
            }
            // Whoever may configure has just put another one in force.
            town.books.configure(&document, april(20)).await.unwrap();
        }
        town.proved().await;
    }

    async fn a_role_nobody_knows_allows_nothing(url: &str) {
        let town = Town::of(url).await;
        let actor = ims_app::Actor::person("x", &["emperor".to_owned()]);
        let books = town.app.books(None, actor).await.unwrap();
        let before = super::raw::counts(url);
        let tried = everything(&books, Role::Cashier).await;
        for (deed, _, came) in tried {
            assert!(matches!(came, Err(AppError::NotAllowed { .. })), "{deed}: {came:?}");
        }
        assert_eq!(super::raw::counts(url), before);
        town.proved().await;
    }
}
