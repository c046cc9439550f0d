//! Who works for an office, a method of payment or a template does nothing with
//! what is of another.

use ims_app::{AppError, NewReceipt, Permission, ScopeKind};
use ims_testkit::on_both;

use super::{
    super::{
        ereturns::{TEMPLATES, any, new as new_ereturn, rooms},
        payments::basket,
        raw::{count, counts},
        refunds::of as refund_of,
        standing::{add, hands},
        take_receipt::cash,
        tills::with_float,
        town::{april, ct},
        transfers::{part, transfer},
    },
    parts::{theirs, tried, tried_of_ereturn},
    two_funds, works_for,
};

/// What moves money of a payment, or of accounts.
const MOVES: [&str; 14] = [
    "request_refund",
    "refund",
    "record_refund",
    "send_refund",
    "approve_refund",
    "refuse_refund",
    "open_dispute",
    "end_dispute",
    "record_return",
    "journal_line",
    "undo_journal",
    "make_transfer",
    "undo_transfer",
    "charge_fee",
];

fn taken_at(office: &str, method: &str) -> NewReceipt {
    NewReceipt {
        office: Some(office.to_owned()),
        method: method.to_owned(),
        ..cash("CT", &ct(1), 700)
    }
}

fn is_absent<T: std::fmt::Debug>(came: &Result<T, AppError>) -> bool {
    matches!(came, Err(AppError::NotFound { .. }))
}

on_both! {
    async fn offices_and_methods_narrow_what_is_done(url: &str) {
        let town = two_funds(url).await;
        let it = theirs(&town).await;
        for (part, own, others) in [
            (
                (ScopeKind::Office, "HALL"),
                taken_at("HALL", "CASH"),
                vec![taken_at("LB", "CASH")],
            ),
            (
                (ScopeKind::Method, "CASH"),
                taken_at("HALL", "CASH"),
                vec![taken_at("LB", "CARD"), taken_at("HALL", "CARD")],
            ),
        ] {
            let sam = works_for(&town, &[part]).await;
            let moved = || [count(url, "line_use"), count(url, "transfer"), count(url, "refund")];
            let before = moved();
            for other in &others {
                let came = sam.take_receipt(other).await;
                assert!(is_absent(&came), "{part:?}: {came:?}");
            }
            let came = sam.create_ereturn(&new_ereturn("LIB")).await;
            assert!(is_absent(&came), "{part:?}: {came:?}");
            let mut moves = 0;
            for (deed, came) in tried(&sam, &it).await {
                if MOVES.contains(&deed) {
                    moves += 1;
                    let is_refused =
                        matches!(came, Err(AppError::NotFound { .. } | AppError::NotAllowed { .. }));
                    assert!(is_refused, "{part:?}: {deed}: {came:?}");
                }
            }
            assert_eq!(moves, MOVES.len() + 1);
            assert_eq!(moved(), before, "{part:?}");
            // What is theirs they take, and ask to give back.
            let taken = sam.take_receipt(&own).await.unwrap();
            let mut back = refund_of(&taken.receipt, Some(100));
            back.way = ims_ledger::RefundWay::Bank;
            sam.request_refund(&back).await.unwrap();
            town.books.lift_scope("sam", part.0).await.unwrap();
        }
        town.proved().await;
    }

    /// An account is of every office and method: money between accounts is moved
    /// by who works for all of them.
    async fn accounts_are_of_every_office_and_method(url: &str) {
        let town = two_funds(url).await;
        let moved = transfer(&[part("CT", &ct(1), 5)], &[part("CT", &ct(2), 5)]);
        for part in [(ScopeKind::Office, "HALL"), (ScopeKind::Method, "CASH")] {
            let sam = works_for(&town, &[part]).await;
            let before = counts(url);
            let why = sam.make_transfer(&moved).await.unwrap_err();
            assert_eq!(
                why.to_string(),
                "sam, who works for a part of the council only, may not move money between accounts"
            );
            assert_eq!(counts(url), before);
            town.books.lift_scope("sam", part.0).await.unwrap();
        }
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        sam.make_transfer(&moved).await.unwrap();
        town.proved().await;
    }

    /// It names no office: who works for some is told so, not asked for one.
    async fn a_payment_through_a_provider_is_at_no_office(url: &str) {
        let town = two_funds(url).await;
        let new = basket(&[("CT", &ct(1), 700)]);
        let sam = works_for(&town, &[(ScopeKind::Office, "HALL")]).await;
        let before = counts(url);
        let why = sam.start_payment(&new).await.unwrap_err().to_string();
        assert!(why.contains("at no office, and sam works for some offices only"), "{why}");
        assert_eq!(counts(url), before);
        town.books.lift_scope("sam", ScopeKind::Office).await.unwrap();
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        assert_eq!(sam.start_payment(&new).await.unwrap().payment.status, "created");
        town.proved().await;
    }

    async fn a_till_of_another_office_is_not_there(url: &str) {
        let town = two_funds(url).await;
        let it = theirs(&town).await;
        let sam = works_for(&town, &[(ScopeKind::Office, "HALL")]).await;
        let came = sam.open_till(&with_float("HATCH", 1)).await;
        assert!(is_absent(&came), "{came:?}");
        for (deed, came) in tried(&sam, &it).await {
            if deed.contains("till") {
                assert!(is_absent(&came), "{deed}: {came:?}");
            }
        }
        town.proved().await;
    }

    /// R-TPL: who prepares for one site sees the e-returns of no other, also
    /// when its template is gone.
    async fn a_site_sees_its_own_e_returns_only(url: &str) {
        let town = two_funds(url).await;
        let all = Permission::ALL.iter().filter(|it| {
            !matches!(it, Permission::AllFunds | Permission::AllTemplates)
        });
        let all: Vec<_> = all.map(|it| format!("\"{}\"", it.name())).collect();
        let role = format!("[[role]]\nname = \"site\"\npermissions = [{}]\n", all.join(", "));
        let before = town.books.configuration_document().await.unwrap() + role.as_str();
        town.books.configure(&format!("{before}{TEMPLATES}"), april(1)).await.unwrap();
        let theirs = town.books.create_ereturn(&new_ereturn("POOL")).await.unwrap();
        add(&town.books, "lib", &["site"]).await;
        town.books.grant_scope("lib", ScopeKind::Template, "LIB").await.unwrap();
        let lib = hands(&town, "lib").await;
        let counted = counts(url);
        for (deed, came) in tried_of_ereturn(&lib, theirs.id, &theirs.number).await {
            assert!(is_absent(&came), "{deed}: {came:?}");
        }
        assert_eq!(counts(url), counted);
        // Their own they make, find and hand in.
        let own = lib.create_ereturn(&new_ereturn("LIB")).await.unwrap();
        lib.save_ereturn(own.id, 1, &rooms(100, 10)).await.unwrap();
        lib.submit_ereturn(own.id, 2).await.unwrap();
        assert_eq!(lib.ereturn_numbered(&own.number).await.unwrap(), own.id);
        let templates = lib.ereturn_templates().await.unwrap();
        assert_eq!(templates.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["LIB"]);
        // With a site's template gone as with it there.
        for document in [None, Some(before)] {
            if let Some(document) = document {
                let names = "[[office]]\ncode = \"LB\"\nname = \"Library\"\n";
                town.books.configure(&(document + names), april(20)).await.unwrap();
                assert!(town.books.ereturn_templates().await.unwrap().is_empty());
            }
            let lib = hands(&town, "lib").await;
            for (books, numbers) in [(&lib, vec![2]), (&town.books, vec![2, 1])] {
                let found = books.search_ereturns(&any(), None, 9).await.unwrap();
                assert_eq!(found.iter().map(|it| it.number).collect::<Vec<_>>(), numbers);
            }
        }
        town.proved().await;
    }
}
