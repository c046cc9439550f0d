//! What people are given, by whom, and how long it lasts.

use chrono::TimeDelta;
use ims_app::{AppError, Books, LOCALGOV_IMS, NewPassword, NewPerson, Permission, Role, ScopeKind};
use ims_testkit::on_both;

use super::{
    raw::{count, sql},
    town::{Town, april, settings},
};

const PASSWORD: &str = "correct horse battery";

/// Adds somebody with roles by name, as the council's own program.
pub(super) async fn add(books: &Books, username: &str, roles: &[&str]) {
    let new = NewPerson { username, name: "Pat", password: PASSWORD, roles, demo: false };
    books.add_person(&new).await.unwrap();
}

/// The books in the hands of somebody who was added.
pub(super) async fn hands(town: &Town, username: &str) -> Books {
    let actor = town.app.actor(None, username).await.unwrap();
    town.app.books(None, actor).await.unwrap()
}

async fn with_roles(url: &str, more: &str) -> Town {
    let town = Town::of(url).await;
    let document = format!("{}\n{LOCALGOV_IMS}\n{more}", settings("MILL"));
    town.books.configure(&document, april(1)).await.unwrap();
    town
}

fn refused(came: Result<(), AppError>) -> String {
    match came {
        Err(AppError::Refused(words)) => words,
        other => panic!("{other:?}"),
    }
}

async fn signs_in(town: &Town, username: &str) -> bool {
    town.app.sign_in(username, PASSWORD, false).await.is_ok()
}

/// What the audit trail says, the newest first.
pub(super) async fn told(town: &Town, deed: &str) -> Vec<(String, String)> {
    let events = town
        .books
        .find_events(&ims_app::FindEvents::default(), None, 500)
        .await
        .unwrap()
        .into_iter();
    events.filter(|it| it.deed == deed).map(|it| (it.actor, it.data)).collect()
}

on_both! {
    /// W28: the service desk could make anybody, and so itself, administrator.
    async fn the_service_desk_makes_nobody_more_than_it_is(url: &str) {
        let town = with_roles(url, "").await;
        add(&town.books, "desk", &["ServiceDesk"]).await;
        add(&town.books, "root", &["System.Admin"]).await;
        add(&town.books, "friend", &["Finance"]).await;
        let desk = hands(&town, "desk").await;
        let words = refused(desk.grant_role("friend", "System.Admin").await);
        assert_eq!(
            words,
            "desk cannot give the role System.Admin: it lets somebody change the configuration, \
             which desk may not"
        );
        for role in ["income-manager", "administrator", "EReturnAuthoriser"] {
            refused(desk.grant_role("friend", role).await);
            let new = NewPerson { username: "new", name: "N", password: PASSWORD, roles: &[role], demo: false };
            refused(desk.add_person(&new).await);
        }
        // Nor does it come in as somebody who may more.
        refused(desk.reset_password("root", PASSWORD).await);
        refused(desk.revoke_role("root", "System.Admin").await);
        refused(desk.grant_scope("root", ScopeKind::Fund, "CT").await);
        town.books.disable_person("root").await.unwrap();
        refused(desk.enable_person("root").await);
        desk.grant_role("friend", "Reporting").await.unwrap();
        desk.grant_role("friend", "ServiceDesk").await.unwrap();
        let why = desk.grant_role("friend", "Emperor").await.unwrap_err();
        assert!(why.to_string().starts_with("there is no role `Emperor`; there are the roles "), "{why}");
        town.proved().await;
    }

    /// W39: nobody gives themselves anything, by no way.
    async fn nobody_changes_what_they_themselves_may(url: &str) {
        let town = with_roles(url, "").await;
        add(&town.books, "root", &["System.Admin"]).await;
        let root = hands(&town, "root").await;
        let before = sql(url, "SELECT count(*) FROM membership");
        for came in [
            root.grant_role("root", "Finance").await,
            root.grant_role("ROOT", "Finance").await,
            root.revoke_role("root", "System.Admin").await,
            root.grant_scope("root", ScopeKind::Fund, "CT").await,
            root.lift_scope("root", ScopeKind::Fund).await,
            root.enable_person("root").await,
            root.reset_password("root", "another password").await,
        ] {
            assert_eq!(refused(came), "root cannot change what they themselves may do");
        }
        let new = NewPerson { username: "root", name: "R", password: PASSWORD, roles: &["Finance"], demo: false };
        refused(root.add_person(&new).await);
        assert_eq!(sql(url, "SELECT count(*) FROM membership"), before);
        // Nor by the configuration.
        let roles = LOCALGOV_IMS.replace("\"configure\", ", "\"configure\", \"approve-refund\", ");
        let document = format!("{}\n{roles}", settings("MILL"));
        let why = root.configure(&document, april(20)).await.unwrap_err();
        assert!(why.to_string().contains("would let root approve refunds"), "{why}");
        town.proved().await;
    }

    async fn import_rules_have_a_permission_of_their_own(url: &str) {
        let town = with_roles(url, "").await;
        add(&town.books, "fin", &["Finance"]).await;
        let fin = hands(&town, "fin").await;
        let document = format!("{}\n{LOCALGOV_IMS}", settings("MILL"));
        let with_rule = document.replace("\"CTAX\"", "\"COUNCILTAX\"");
        fin.configure(&with_rule, april(20)).await.unwrap();
        // So have the columns of spreadsheets, which are confirmed by who imports.
        let sheet = "[[sheet]]\nname = \"s\"\nsender = \"S\"\nheadings = [\"R\", \"A\"]\ncolumns = { reference = \"R\", amount = \"A\" }";
        fin.configure(&format!("{with_rule}\n{sheet}"), april(20)).await.unwrap();
        let with_fund = document.replace("name = \"Leisure\"", "name = \"Sport\"");
        let why = fin.configure(&with_fund, april(20)).await.unwrap_err();
        assert_eq!(why.to_string(), "fin may not change the configuration");
        town.proved().await;
    }

    async fn what_is_given_and_taken_is_told_before_and_after(url: &str) {
        let town = with_roles(url, "[[fund_group]]\ncode = \"G\"\nname = \"Group\"\nfunds = [\"CT\"]").await;
        add(&town.books, "ann", &["cashier"]).await;
        town.books.grant_role("ann", "auditor").await.unwrap();
        town.books.grant_role("ann", "auditor").await.unwrap();
        town.books.revoke_role("ann", "cashier").await.unwrap();
        let why = town.books.revoke_role("ann", "cashier").await.unwrap_err();
        assert_eq!(why.to_string(), "there is no role of theirs `cashier`");
        let roles = |before: &str, after: &str| {
            ("system:test".to_owned(), format!("{{\"roles\":{{\"before\":[{before}],\"after\":[{after}]}}}}"))
        };
        assert_eq!(told(&town, "add person").await, [roles("", "\"cashier\"")]);
        assert_eq!(told(&town, "grant role").await, [roles("\"cashier\"", "\"auditor\",\"cashier\"")]);
        assert_eq!(told(&town, "revoke role").await, [roles("\"auditor\",\"cashier\"", "\"auditor\"")]);

        town.books.grant_scope("ann", ScopeKind::FundGroup, "G").await.unwrap();
        let words = refused(town.books.revoke_scope("ann", ScopeKind::FundGroup, "G").await);
        assert!(words.starts_with("G is the last fund-group of ann: without it"), "{words}");
        town.books.grant_scope("ann", ScopeKind::Fund, "LE").await.unwrap();
        town.books.revoke_scope("ann", ScopeKind::FundGroup, "G").await.unwrap();
        town.books.lift_scope("ann", ScopeKind::Fund).await.unwrap();
        for (kind, code) in [(ScopeKind::Fund, "XX"), (ScopeKind::FundGroup, "CT"), (ScopeKind::Office, "")] {
            let why = town.books.grant_scope("ann", kind, code).await.unwrap_err();
            assert!(matches!(why, AppError::NotFound { .. }), "{why:?}");
        }
        assert_eq!(told(&town, "grant scope").await.len(), 2);
        let data = "{\"scopes\":{\"before\":[[\"fund\",\"LE\"]],\"after\":[]}}".to_owned();
        assert_eq!(told(&town, "lift scope").await, [("system:test".to_owned(), data)]);
        town.proved().await;
    }

    /// Exactly the days: a moment longer, and somebody is barred.
    async fn who_stays_away_too_long_is_barred(url: &str) {
        let town = with_roles(url, "[people]\nexpire_after_days = 30").await;
        for name in ["ann", "bob", "cat"] {
            add(&town.books, name, &["cashier"]).await;
        }
        town.clock.forward(TimeDelta::days(30));
        assert!(signs_in(&town, "ann").await);
        assert!(town.app.actor(None, "bob").await.is_ok());
        town.clock.forward(TimeDelta::microseconds(1));
        assert!(!signs_in(&town, "bob").await);
        assert!(town.app.actor(None, "cat").await.unwrap_err().is_bad_input());
        assert_eq!(told(&town, "expire person").await.len(), 1);
        let people = town.books.recertification().await.unwrap();
        let disabled: Vec<_> = people.iter().map(|one| (one.username.as_str(), one.disabled)).collect();
        assert_eq!(disabled, [("ann", false), ("bob", true), ("cat", true)]);
        assert_eq!(people[2].remarks, ["never signed in", "away for more than 30 days"]);

        // Let in again, the days count from then, whenever they last came.
        town.books.enable_person("bob").await.unwrap();
        town.clock.forward(TimeDelta::days(30));
        assert!(signs_in(&town, "bob").await);
        town.clock.forward(TimeDelta::days(30) + TimeDelta::microseconds(1));
        assert!(!signs_in(&town, "bob").await && !signs_in(&town, "ann").await);
        refused(town.books.enable_person("cat").await);
        town.proved().await;
    }

    /// W28: passwords could be tried for ever.
    async fn ten_wrong_passwords_lock_somebody_out_on_every_server(url: &str) {
        let town = Town::of(url).await;
        add(&town.books, "ann", &["cashier"]).await;
        let elsewhere = town.elsewhere(2).await;
        for _ in 0..9 {
            assert!(elsewhere.app().sign_in("ann", "wrong wrong wrong", false).await.is_err());
        }
        // Who comes in at the tenth try begins anew.
        assert!(signs_in(&town, "ann").await);
        for _ in 0..10 {
            assert!(elsewhere.app().sign_in("ann", "wrong wrong wrong", false).await.is_err());
        }
        assert!(!signs_in(&town, "ann").await);
        town.clock.forward(TimeDelta::minutes(15) - TimeDelta::microseconds(1));
        assert!(!signs_in(&town, "ann").await);
        town.clock.forward(TimeDelta::microseconds(1));
        assert!(signs_in(&town, "ann").await);
        assert_eq!(told(&town, "lock person out").await.len(), 1);
        // An administrator need not wait.
        for _ in 0..10 {
            assert!(town.app.sign_in("ann", "wrong wrong wrong", false).await.is_err());
        }
        town.books.enable_person("ann").await.unwrap();
        assert!(signs_in(&town, "ann").await);
        town.proved().await;
    }

    /// W42, and nobody floods the trail: the same once a minute.
    async fn signing_in_well_and_badly_is_told(url: &str) {
        let town = Town::of(url).await;
        add(&town.books, "ann", &["cashier"]).await;
        for _ in 0..5 {
            assert!(town.app.sign_in_from("ann", "not hers at all", false, "web 192.0.2.1").await.is_err());
            assert!(town.app.sign_in("my own password", "x", false).await.is_err());
        }
        let told_why = told(&town, "refuse sign-in").await;
        assert_eq!(told_why, [("ann".to_owned(), "{\"why\":\"wrong password\"}".to_owned())]);
        town.clock.forward(TimeDelta::minutes(1));
        assert!(town.app.sign_in("ann", "not hers at all", false).await.is_err());
        assert_eq!(told(&town, "refuse sign-in").await.len(), 2);
        let token = town.app.sign_in("ann", PASSWORD, false).await.unwrap().token;
        town.app.sign_out(&token).await.unwrap();
        town.app.sign_out(&token).await.unwrap();
        assert_eq!(told(&town, "sign in").await, [("ann".to_owned(), "{}".to_owned())]);
        assert_eq!(told(&town, "sign out").await.len(), 1);
        town.books.disable_person("ann").await.unwrap();
        town.clock.forward(TimeDelta::minutes(1));
        assert!(!signs_in(&town, "ann").await);
        assert_eq!(told(&town, "refuse sign-in").await[0].1, "{\"why\":\"barred\"}");
        // What was typed for a name may be a password: it is kept nowhere.
        let kept = "SELECT count(*) FROM audit_event WHERE subject LIKE '%my own%' OR data LIKE '%my own%'";
        assert_eq!(sql(url, kept), "0");
        town.proved().await;
    }

    /// W41: what came by programs and files was all user 0's.
    async fn every_deed_names_who_did_it_and_where_from(url: &str) {
        let town = Town::of(url).await;
        add(&town.books, "ann", &["income-officer"]).await;
        let ann = hands(&town, "ann").await.with_origin("web 192.0.2.1");
        assert_eq!(ann.actor().origin(), "web 192.0.2.1");
        let rows = super::files::one_receipt();
        ann.import_file(super::town::file("a.csv", &rows)).await.unwrap();
        assert_eq!(town.books.imports(None, 1).await.unwrap()[0].imported_by, "ann");
        assert_eq!(told(&town, "import").await[0].0, "ann");
        let actors = "SELECT DISTINCT actor FROM entry ORDER BY actor";
        assert_eq!(sql(url, actors), "ann");
        let close = ims_app::JobKind::CloseDay { day: april(20) };
        town.books.add_job(&close, town.app.world().now()).await.unwrap();
        assert_eq!(town.app.run_jobs_once("a server").await.unwrap(), 1);
        assert_eq!(told(&town, "close day").await[0].0, "system:jobs");
        town.proved().await;
    }

    /// W42.
    async fn refusals_and_looks_at_payers_are_told(url: &str) {
        let town = Town::of(url).await;
        let cashier = town.hands_of(Role::Cashier).await;
        for _ in 0..5 {
            let why = cashier.verify(None).await.unwrap_err();
            cashier.note_denied(&why).await.unwrap();
            let why = cashier.open_lines().await.unwrap_err();
            cashier.note_denied(&why).await.unwrap();
        }
        cashier.note_denied(&AppError::Overflow).await.unwrap();
        assert_eq!(told(&town, "denied").await.len(), 2);
        town.clock.forward(TimeDelta::minutes(1));
        cashier.note_denied(&cashier.verify(None).await.unwrap_err()).await.unwrap();
        let events = town.books.find_events(&ims_app::FindEvents::default(), None, 500).await.unwrap();
        let denied: Vec<_> = events.iter().filter(|it| it.deed == "denied").collect();
        assert_eq!((denied.len(), denied[0].actor.as_str()), (3, "cashier"));
        assert_eq!(denied[0].subject, "see the audit trail");

        let reference = super::town::ct(1);
        assert!(cashier.holder("CT", &reference).await.unwrap().is_some());
        assert!(cashier.holder("CT", "nobody").await.unwrap().is_none());
        assert!(cashier.held("CT", std::slice::from_ref(&reference)).await.unwrap().contains(&reference));
        assert_eq!(told(&town, "see account holder").await.len(), 1);
        town.proved().await;
    }

    async fn a_password_is_changed_by_whose_it_is(url: &str) {
        let town = Town::of(url).await;
        add(&town.books, "ann", &["cashier"]).await;
        let token = town.app.sign_in("ann", PASSWORD, false).await.unwrap().token;
        let other = town.app.sign_in("ann", PASSWORD, false).await.unwrap().token;
        let change = NewPassword {
            username: "ann", old: PASSWORD, new: "battery horse correct", token: Some(&token), origin: "cli",
        };
        let wrong = NewPassword { old: "not hers at all", ..change };
        assert!(matches!(town.app.change_password(&wrong).await, Err(AppError::WrongPassword)));
        for new in ["short", PASSWORD] {
            let bad = NewPassword { new, ..change };
            assert!(town.app.change_password(&bad).await.unwrap_err().is_bad_input());
        }
        town.app.change_password(&change).await.unwrap();
        assert!(town.app.session(&token).await.unwrap().is_some());
        assert!(town.app.session(&other).await.unwrap().is_none());
        assert!(!signs_in(&town, "ann").await);
        assert!(town.app.sign_in("ann", "battery horse correct", false).await.is_ok());
        assert_eq!(told(&town, "change password").await.len(), 1);
        town.proved().await;
    }

    async fn a_password_that_was_given_is_changed_before_anything_else(url: &str) {
        let town = Town::of(url).await;
        add(&town.books, "ann", &["cashier"]).await;
        let old = town.app.sign_in("ann", PASSWORD, false).await.unwrap().token;
        assert!(town.books.reset_password("ann", "short").await.unwrap_err().is_bad_input());
        town.books.reset_password("ann", "given by the desk").await.unwrap();
        assert!(town.app.session(&old).await.unwrap().is_none());
        let signed = town.app.sign_in("ann", "given by the desk", false).await.unwrap();
        assert!(signed.must_change);
        let session = town.app.session(&signed.token).await.unwrap().unwrap();
        let why = town.app.books_of(&session, None).await.unwrap_err();
        assert!(why.to_string().starts_with("choose a new password first"), "{why}");
        let change = NewPassword {
            username: "ann", old: "given by the desk", new: PASSWORD, token: Some(&signed.token), origin: "",
        };
        town.app.change_password(&change).await.unwrap();
        let session = town.app.session(&signed.token).await.unwrap().unwrap();
        assert!(town.app.books_of(&session, None).await.is_ok());
        town.proved().await;
    }

    /// An administrator of one council does not come into another through
    /// somebody who serves both.
    async fn a_person_of_two_councils_is_not_one_councils_to_change(url: &str) {
        let town = Town::of(url).await;
        let vale = town.app.init(&settings("VALE"), ims_app::Actor::system("test")).await.unwrap();
        for books in [&town.books, &vale] {
            add(books, "both", &["cashier"]).await;
        }
        add(&town.books, "adm", &["administrator"]).await;
        let actor = town.app.actor(Some("MILL"), "adm").await.unwrap();
        let adm = town.app.books(Some("MILL"), actor).await.unwrap();
        let words = refused(adm.reset_password("both", "given by the desk").await);
        assert!(words.starts_with("both serves another council too"), "{words}");
        adm.grant_role("both", "service-staff").await.unwrap();
        assert_eq!(count(url, "membership"), 4);
        town.books.reset_password("both", "given by the desk").await.unwrap();
        town.proved().await;
    }

    async fn recertification_shows_what_everybody_has(url: &str) {
        let town = with_roles(url, "[[role]]\nname = \"income-manager\"\napprove_up_to_pence = { refund = 50000 }").await;
        add(&town.books, "ann", &["income-manager"]).await;
        town.books.grant_scope("ann", ScopeKind::Method, "CASH").await.unwrap();
        assert!(signs_in(&town, "ann").await);
        let all = town.books.recertification().await.unwrap();
        assert_eq!(all.len(), 1);
        let ann = &all[0];
        assert_eq!(ann.last_sign_in_at, Some(town.app.world().now()));
        assert_eq!((ann.roles[0].role.as_str(), ann.roles[0].by.as_str()), ("income-manager", "system:test"));
        assert_eq!(ann.limits.get("refund").map(|most| most.get()), Some(50_000));
        assert_eq!(ann.scopes, [("method".to_owned(), "CASH".to_owned())]);
        assert!(ann.permissions.contains(&Permission::ApproveRefund));
        assert!(!ann.permissions.contains(&Permission::SeeSuspense));
        assert_eq!(ann.remarks, [""; 0]);
        // What is not configured any more means nothing, and is said.
        town.books.configure(&settings("MILL").replace("\"CASH\"", "\"NOTES\""), april(20)).await.unwrap();
        sql(url, "INSERT INTO membership SELECT council_id, person_id, 'Emperor', granted_at, granted_by FROM membership");
        let all = town.books.recertification().await.unwrap();
        assert_eq!(all[0].remarks, ["there is no role Emperor", "there is no method CASH"]);
        town.proved().await;
    }
}
