//! New versions of the configuration: planned, put in force, approved.

use ims_app::{
    AppError, Books, Role, Verdict,
    configuration::{Change, Configured, NewConfiguration},
};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    town::{Town, april, ct, settings},
};

/// The town's configuration, changed.
pub(super) fn with(change: impl Fn(&str) -> String) -> String {
    let before = settings("MILL");
    let after = change(&before);
    assert_ne!(before, after, "nothing was changed");
    after
}

/// With a parking fund that takes no more than a hundred pounds at once.
fn lower_limit() -> String {
    with(|text| text.replace("max_pence = 50000", "max_pence = 10000"))
}

/// With a second person's approval wished for.
fn approved() -> String {
    with(|text| format!("{text}\n[approval]\nconfiguration = true\n"))
}

async fn apply(
    books: &Books,
    document: &str,
    day: u32,
    reason: &str,
) -> Result<Configured, AppError> {
    let from = april(day);
    books.apply_configuration(&NewConfiguration { document, from, reason, after: None }).await
}

/// Without the `[[kind]]` block that begins with `code = "code"`.
fn without(text: &str, kind: &str, code: &str) -> String {
    let begins = format!("[[{kind}]]\ncode = \"{code}\"");
    let start = text.find(&begins).unwrap();
    let end = text[start + 2..].find("\n[[").map_or(text.len(), |at| start + 2 + at + 1);
    format!("{}{}", &text[..start], &text[end..])
}

on_both! {
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

    async fn a_version_is_in_force_from_its_day_and_said_once(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(apply(&town.books, &lower_limit(), 20, "").await.unwrap(), Configured::Now(2));
        assert_eq!(apply(&town.books, &lower_limit(), 20, "").await.unwrap(), Configured::Before(2));
        // For a later day it is another version, and not in force yet.
        assert_eq!(apply(&town.books, &settings("MILL"), 25, "").await.unwrap(), Configured::Now(3));
        assert_eq!(town.books.settings().await.unwrap().version, 2);
        town.clock.to_april(25);
        assert_eq!(town.books.settings().await.unwrap().version, 3);
        let versions = town.books.configurations().await.unwrap();
        let days: Vec<_> = versions.iter().skip(1).map(|row| (row.version, row.from_day)).collect();
        assert_eq!(days, [(2, april(20)), (3, april(25))]);
        assert_eq!(versions[1].document, lower_limit());
        town.proved().await;
    }

    /// What was posted stays as it was, and names the version it was posted under.
    async fn an_earlier_day_changes_nothing_that_was_posted(url: &str) {
        let town = Town::of(url).await;
        let row = paid("LE", "LM123456", "CARD", "120.00");
        let first = town.took("monday.csv", &receipts(&[row])).await;
        let before = town.balances().await;
        let zero = with(|text| text.replace("vat = \"S\"", "vat = \"Z\""));
        town.books.close_day(april(19)).await.unwrap();
        // A closed day wants a reason.
        let why = apply(&town.books, &zero, 6, " ").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("say why it begins there"), "{why}");
        assert_eq!(apply(&town.books, &zero, 6, "ruling of HMRC").await.unwrap(), Configured::Now(2));
        assert_eq!(town.balances().await, before);
        let (import, lines, _) = town.books.import_shown(first.id).await.unwrap();
        assert_eq!((import.config_version, lines[0].lines[0].vat.get()), (1, 2_000));
        // What is posted from now on is under the new one.
        let row = paid("LE", "LM123457", "CARD", "120.00");
        let second = town.took("again.csv", &receipts(&[row])).await;
        let (import, lines, _) = town.books.import_shown(second.id).await.unwrap();
        assert_eq!((import.config_version, lines[0].lines[0].vat.get()), (2, 0));
        town.proved().await;
    }

    async fn a_version_that_never_would_be_in_force_is_refused(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &lower_limit(), 15, "").await.unwrap();
        let why = apply(&town.books, &settings("MILL"), 14, "").await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "version 2 has been in force since 2026-04-15: from 2026-04-14 this one never would be; say --from 2026-04-15 or later"
        );
        assert_eq!(apply(&town.books, &settings("MILL"), 15, "").await.unwrap(), Configured::Now(3));
        assert_eq!(town.books.settings().await.unwrap().version, 3);
        town.proved().await;
    }

    async fn a_second_person_approves_where_the_council_wants_one(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &approved(), 20, "").await.unwrap();
        let admin = town.hands_of(Role::Administrator).await;
        let manager = town.hands_of(Role::IncomeManager).await;
        let lower = format!("{}\n[approval]\nconfiguration = true\n", lower_limit());
        // Why is part of asking, and nobody goes round it.
        let why = apply(&admin, &lower, 20, "").await.unwrap_err();
        assert_eq!(why.to_string(), "say why: a reason is needed");
        assert!(admin.configure(&lower, april(20)).await.unwrap_err().is_refusal());
        let Configured::Waits(id) = apply(&admin, &lower, 20, "audit 12").await.unwrap() else {
            panic!("it does not wait")
        };
        assert_eq!(town.books.settings().await.unwrap().version, 2);
        let plan = manager.plan_waiting(id).await.unwrap();
        assert_eq!(plan.changes, [Change {
            path: "fund.PK.max_pence".to_owned(),
            from: Some("50000".to_owned()),
            to: Some("10000".to_owned()),
        }]);
        let not_allowed = town.books.decide_configuration(id, Verdict::Approved, "").await.unwrap_err();
        assert!(matches!(not_allowed, AppError::NotAllowed { .. }), "a program approves nothing");
        assert_eq!(manager.decide_configuration(id, Verdict::Approved, "seen").await.unwrap(), Some(3));
        let newest = town.books.configurations().await.unwrap().pop().unwrap();
        assert_eq!((newest.version, newest.made_by.as_str()), (3, "administrator"));
        assert_eq!(town.books.settings().await.unwrap().version, 3);
        let again = manager.decide_configuration(id, Verdict::Approved, "").await.unwrap_err();
        assert!(again.to_string().contains("was approved by income-manager"), "{again}");
        town.proved().await;
    }

    async fn nobody_approves_their_own_configuration(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &approved(), 20, "").await.unwrap();
        let roles = [Role::Administrator, Role::IncomeManager].map(|role| role.name().to_owned());
        let both = ims_app::Actor::person("both", &roles);
        let both = town.app.books(None, both).await.unwrap();
        let Configured::Waits(id) = apply(&both, &settings("MILL"), 20, "why").await.unwrap() else {
            panic!("it does not wait")
        };
        let why = both.decide_configuration(id, Verdict::Approved, "").await.unwrap_err();
        assert_eq!(why.to_string(), "both asked for this configuration and so cannot approve it");
        assert_eq!(both.decide_configuration(id, Verdict::Withdrawn, "").await.unwrap(), None);
        assert_eq!(town.books.settings().await.unwrap().version, 2);
        assert_eq!(both.approvals(None, 10).await.unwrap(), []);
        town.proved().await;
    }

    /// Approving an older wish would silently undo what came between.
    async fn what_was_asked_for_before_another_version_is_asked_for_again(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &approved(), 20, "").await.unwrap();
        let admin = town.hands_of(Role::Administrator).await;
        let manager = town.hands_of(Role::IncomeManager).await;
        let mut waiting = Vec::new();
        for limit in ["max_pence = 1000", "max_pence = 2000"] {
            let document = approved().replace("max_pence = 50000", limit);
            let Configured::Waits(id) = apply(&admin, &document, 20, "why").await.unwrap() else {
                panic!("it does not wait")
            };
            waiting.push(id);
        }
        assert_eq!(manager.decide_configuration(waiting[0], Verdict::Approved, "").await.unwrap(), Some(3));
        let why = manager.decide_configuration(waiting[1], Verdict::Approved, "").await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "version 3 was put in force after this was asked for: plan it anew and ask again"
        );
        // It still waits, and can be refused.
        assert_eq!(manager.decide_configuration(waiting[1], Verdict::Refused, "old").await.unwrap(), None);
        assert_eq!(town.books.configurations().await.unwrap().len(), 3);
        town.proved().await;
    }

    /// Two people on two servers approve two wishes at once: one comes in force.
    async fn of_two_wishes_approved_at_once_one_comes_in_force(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &approved(), 20, "").await.unwrap();
        let admin = town.hands_of(Role::Administrator).await;
        let mut waiting = Vec::new();
        for limit in ["max_pence = 1000", "max_pence = 2000", "max_pence = 3000"] {
            let document = approved().replace("max_pence = 50000", limit);
            let Configured::Waits(id) = apply(&admin, &document, 20, "why").await.unwrap() else {
                panic!("it does not wait")
            };
            let actor = ims_app::Actor::person("manager", &[Role::IncomeManager.name().to_owned()]);
            let app = town.elsewhere(2 + u64::try_from(waiting.len()).unwrap()).await.app().clone();
            waiting.push((app.books(Some("MILL"), actor).await.unwrap(), id));
        }
        let mut deciding = tokio::task::JoinSet::new();
        for (manager, id) in waiting {
            deciding.spawn(async move { manager.decide_configuration(id, Verdict::Approved, "").await });
        }
        let done = deciding.join_all().await;
        let kept: Vec<_> = done.iter().filter_map(|done| done.as_ref().ok()).collect();
        assert_eq!(kept, [&Some(3)], "{done:?}");
        let refused = |done: &Result<_, AppError>| done.as_ref().is_err_and(AppError::is_refusal);
        assert_eq!(done.iter().filter(|done| refused(done)).count(), 2, "{done:?}");
        assert_eq!(town.books.configurations().await.unwrap().len(), 3);
        town.proved().await;
    }

    /// The same document from several servers is one version, others are each their own.
    async fn servers_applying_at_once_lose_and_double_nothing(url: &str) {
        let town = Town::of(url).await;
        let mut applying = tokio::task::JoinSet::new();
        for seed in 2..6 {
            let books = town.elsewhere(seed).await;
            applying.spawn(async move { apply(&books, &lower_limit(), 20, "").await });
        }
        let done: Vec<_> = applying.join_all().await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| **done == Configured::Now(2)).count(), 1, "{done:?}");
        assert_eq!(done.iter().filter(|done| **done == Configured::Before(2)).count(), 3, "{done:?}");
        assert_eq!(town.books.configurations().await.unwrap().len(), 2);
        town.proved().await;
    }

    async fn a_plan_shows_every_change_and_keeps_nothing(url: &str) {
        let town = Town::of(url).await;
        let before = super::raw::counts(url);
        let document = with(|text| {
            without(text, "fund", "PK").replace("name = \"Leisure\"", "name = \"Leisure centres\"")
        });
        let plan = town.books.plan_configuration(&document, april(20)).await.unwrap();
        assert_eq!(plan.version, 1);
        let paths: Vec<_> = plan
            .changes
            .iter()
            .map(|change| (change.path.as_str(), change.from.is_some(), change.to.is_some()))
            .collect();
        assert_eq!(paths, [("fund.LE.name", true, true), ("fund.PK", true, false)]);
        assert_eq!(plan.warnings, [""; 0]);
        assert_eq!(super::raw::counts(url), before);
        let same = town.books.plan_configuration(&settings("MILL"), april(20)).await.unwrap();
        assert_eq!((same.changes, same.warnings), (vec![], vec![]));
        town.proved().await;
    }

    /// Each kind of money that nobody could get at any more.
    async fn a_plan_says_what_money_it_would_strand(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "10.00"), paid("LE", "LM123456", "CARD", "6.00")];
        town.took("monday.csv", &receipts(&rows)).await;
        let statement = super::files::statement(1, 0, 20, &[(500, "SOMEBODY")]);
        town.took("main.sta", &statement).await;
        // In suspense, though it looks like parking's.
        town.took("tuesday.csv", &receipts(&[paid("PK", "PN123456", "CARD", "600.00")])).await;
        let document = with(|text| {
            let text = without(&without(text, "fund", "PK"), "bank_account", "main");
            let text = text.replace("find_in_text = true\nreference = { min_length = 8", "disabled = true\nreference = { min_length = 8");
            without(&without(&text, "method", "CARD"), "channel", "card")
        });
        let plan = town.books.plan_configuration(&document, april(20)).await.unwrap();
        assert_eq!(plan.warnings, [
            "fund LE goes, but 5.00 was credited to it",
            "fund PK goes, but suspense has 1 open with a reference of its kind, 600.00 in all",
            "channel card goes, but 3 open since 2026-04-20, 616.00 in all, wait for the bank",
            "bank account main goes, but stands at 5.00",
            "bank account main goes, but 1 of its lines, 5.00 in all, are not explained",
            "method CARD goes, but 2 receipts came by it since 2026-03-20",
        ]);
        town.proved().await;
    }

    /// Payments are kept under their account's name.
    async fn a_plan_says_which_payments_it_would_lose(url: &str) {
        let town = Town::of(url).await;
        let account = |name: &str| {
            format!(
                "[[provider]]\nname = \"{name}\"\nkind = \"sandbox\"\nmethods = [\"CARD\"]\n\
                 secrets = {{ key = \"key\" }}\n"
            )
        };
        let today = april(20);
        let with = |names: &[&str]| {
            names.iter().fold(settings("MILL"), |text, name| text + account(name).as_str())
        };
        town.books.configure(&with(&["sandbox"]), today).await.unwrap();
        let both = town.books.plan_configuration(&with(&["sandbox", "other"]), today).await.unwrap();
        assert_eq!(both.warnings, [
            "providers sandbox and other are one account with the same key: what is paid through \
             one is listed as unknown by the other",
        ]);
        let renamed = with(&["other"]);
        let quiet = town.books.plan_configuration(&renamed, today).await.unwrap();
        assert_eq!(quiet.warnings, [""; 0]);
        let basket = super::payments::basket(&[("LE", "LM000001", 100)]);
        town.books.start_payment(&basket).await.unwrap();
        let plan = town.books.plan_configuration(&renamed, today).await.unwrap();
        assert_eq!(plan.warnings, [
            "provider sandbox goes, but 1 of its payments are open and nobody would ask about \
             them: disable it instead",
            "provider sandbox goes, but 1 payments were begun through it since 2026-03-20, and \
             could not be given back: disable it instead",
        ]);
    }

    async fn a_plan_names_the_version_that_comes_after_it(url: &str) {
        let town = Town::of(url).await;
        apply(&town.books, &lower_limit(), 30, "").await.unwrap();
        let plan = town.books.plan_configuration(&settings("MILL"), april(20)).await.unwrap();
        assert_eq!(plan.warnings, ["version 2 takes its place on 2026-04-30"]);
        town.proved().await;
    }

    /// W22: of two who change the same version the second is told what the first changed.
    async fn of_two_who_change_one_version_the_second_is_told(url: &str) {
        let town = Town::of(url).await;
        let (ann, bob) = (lower_limit(), with(|text| text.replace("Leisure", "Sports")));
        let after = |document, after| NewConfiguration {
            document,
            from: april(20),
            reason: "",
            after: Some(after),
        };
        let first = town.books.apply_configuration(&after(&ann, 1)).await.unwrap();
        assert_eq!(first, Configured::Now(2));
        let kept = town.books.configurations().await.unwrap();
        let why = town.books.apply_configuration(&after(&bob, 1)).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        assert_eq!(
            why.to_string(),
            "this was written from version 1, and version 2 was made by system:test on 20/04/2026 \
             09:00 UTC: it changed fund.PK.max_pence; export version 2, make your change there, \
             and apply that after 2"
        );
        assert_eq!(town.books.configurations().await.unwrap(), kept);
        // The same again is answered as before, whatever it was written from.
        let again = town.books.apply_configuration(&after(&ann, 1)).await.unwrap();
        assert_eq!(again, Configured::Before(2));
        let none = town.books.apply_configuration(&after(&bob, 9)).await.unwrap_err();
        assert!(matches!(none, AppError::NotFound { .. }), "{none:?}");
        let both = ann.replace("Leisure", "Sports");
        let done = town.books.apply_configuration(&after(&both, 2)).await.unwrap();
        assert_eq!(done, Configured::Now(3));
        town.proved().await;
    }
}
