//! The roles of LocalGov IMS, by its own table, in both directions.

use std::collections::BTreeSet;

use ims_ledger::Council;

use crate::{Actor, LOCALGOV_IMS, Permission, Role, configuration};

/// A council with one fund.
fn settings() -> String {
    let fund = "\n[[fund]]\ncode = \"LE\"\nname = \"Leisure\"\n";
    configuration::defaults("ANY", "Anyborough").unwrap() + fund
}

/// Every stored name: 21 that are seeded and two that only its code knows.
const NAMES: [&str; 23] = [
    "Transaction.List",
    "Transaction.Details",
    "Transaction.Create",
    "Transaction.Save",
    "Transaction.Refund",
    "Transaction.PartialRefund",
    "Refund.List",
    "Transaction.Journal",
    "Transfer",
    "Payments",
    "ChequeProcess",
    "PostPayment",
    "Finance",
    "Reporting",
    "EReturns",
    "EReturnAuthoriser",
    "EReturn.Delete",
    "Dashboard",
    "ServiceDesk",
    "System.Admin",
    "SuperUser",
    "Transaction.Edit",
    "Refunds.Authorise",
];

/// What its services let which roles do, as a permission of ours: the role
/// has it exactly if it is named here.
fn table() -> Vec<(Permission, &'static [&'static str])> {
    use Permission as P;
    vec![
        // Transaction search; one transaction.
        (P::SeeIncome, &["Transaction.List", "Transaction.Details"]),
        // Account holder by reference; and the look-up that the pages of journals,
        // transfers and details open (W30: creating and updating had no check).
        (
            P::SeeHolders,
            &[
                "Payments",
                "Finance",
                "PostPayment",
                "ChequeProcess",
                "Transaction.Details",
                "Transaction.Journal",
                "Transfer",
            ],
        ),
        (P::ManageHolders, &["System.Admin"]),
        (P::TakeCard, &["Payments"]),
        (P::TakeCheque, &["ChequeProcess"]),
        (P::TakePost, &["PostPayment"]),
        // It has no counter for cash.
        (P::TakeCash, &[]),
        (P::OverrideStop, &["Finance"]),
        (P::Refund, &["Transaction.Refund"]),
        (P::RefundPart, &["Transaction.PartialRefund"]),
        (P::SeeRefunds, &["Refund.List"]),
        (P::Journal, &["Transaction.Journal"]),
        // W30: its service had no check at all.
        (P::Transfer, &["Transfer"]),
        (P::Import, &["Finance"]),
        (P::SeeImports, &["Finance"]),
        (P::ManageImportRules, &["Finance", "System.Admin"]),
        // W30: searching and journalling suspense had no check.
        (P::SeeSuspense, &["Finance", "Reporting"]),
        (P::AllocateSuspense, &["Finance"]),
        (P::NoteSuspense, &["Finance"]),
        (P::SeeEReturns, &["EReturns", "EReturnAuthoriser"]),
        (P::PrepareEReturn, &["EReturns"]),
        (P::ApproveEReturn, &["EReturnAuthoriser"]),
        (P::VoidEReturn, &["EReturn.Delete"]),
        (P::SeeDashboard, &["Dashboard"]),
        (P::ManagePeople, &["ServiceDesk", "System.Admin"]),
        (P::SeeConfiguration, &["ServiceDesk", "System.Admin"]),
        (P::Configure, &["System.Admin"]),
        // Its filters by data.
        (P::AllFunds, &["SuperUser"]),
        (P::AllTemplates, &["SuperUser", "Finance", "ChequeProcess"]),
        // What it has nothing like, no role of it has.
        (P::SeeBank, &[]),
        (P::Reconcile, &[]),
        (P::ReviewReconciliation, &[]),
        (P::TakeAgreed, &[]),
        (P::Export, &[]),
        (P::CloseDay, &[]),
        (P::Audit, &[]),
        (P::ApproveRefund, &[]),
        (P::ApproveTransfer, &[]),
        (P::WriteOff, &[]),
        (P::ApproveWriteOff, &[]),
        (P::RecordReturn, &[]),
        (P::ReopenDay, &[]),
        (P::ApproveReopen, &[]),
        (P::ApproveConfiguration, &[]),
        (P::Control, &[]),
    ]
}

fn council() -> Council {
    configuration::read(&format!("{}\n{LOCALGOV_IMS}", settings())).unwrap()
}

fn fault(roles: &str) -> String {
    configuration::read(&format!("{}\n{roles}", settings())).unwrap_err().to_string()
}

#[test]
fn the_roles_of_localgov_ims_may_here_what_they_may_there_and_nothing_else() {
    let council = council();
    let known: BTreeSet<_> = council.role.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(known, NAMES.into_iter().collect());
    let table = table();
    let all: BTreeSet<_> = table.iter().map(|(permission, _)| *permission).collect();
    assert_eq!(all, Permission::ALL.iter().copied().collect(), "a permission nobody decided on");
    assert_eq!(all.len(), table.len());
    for name in NAMES {
        let actor = Actor::of("x", &[name.to_owned()], &[], &council);
        for (permission, roles) in &table {
            let (may, name_it) = (actor.may(*permission), permission.name());
            assert_eq!(may, roles.contains(&name), "{name} and {name_it}");
        }
    }
}

/// There, SuperUser alone opens nothing, and Refund.List changed what a line
/// had left; here it is only seen.
#[test]
fn a_super_user_has_no_deed_but_no_filter_either() {
    let council = council();
    let scopes = [("fund".to_owned(), "CT".to_owned())];
    let roles = ["SuperUser".to_owned(), "Finance".to_owned()];
    let finance = Actor::of("x", &roles[1..], &scopes, &council);
    assert!(!finance.may(Permission::SeeSuspense) && !finance.scope().may_fund("LE"));
    let both = Actor::of("x", &roles, &scopes, &council);
    assert!(both.may(Permission::SeeSuspense) && both.scope().is_whole());
    assert!(!both.may(Permission::Configure));
}

#[test]
fn a_council_adds_roles_and_redefines_built_in_ones() {
    let roles = "[[role]]\nname = \"cashier\"\npermissions = [\"take-cash\"]\n\
        [[role]]\nname = \"income-manager\"\napprove_up_to_pence = { refund = 50000 }\n\
        [[role]]\nname = \"Post room\"\n";
    let bad = fault(roles);
    assert!(bad.contains("`Post room` is not a code"), "{bad}");
    let roles = roles.replace("Post room", "post-room") + "permissions = [\"take-post\"]\n";
    let council = configuration::read(&format!("{}\n{roles}", settings())).unwrap();
    let may =
        |role: &str, permission| Actor::of("x", &[role.to_owned()], &[], &council).may(permission);
    assert!(may("cashier", Permission::TakeCash) && !may("cashier", Permission::TakeCard));
    assert!(may("post-room", Permission::TakePost) && !may("post-room", Permission::SeeIncome));
    // Only its limit was settled: what it may stays.
    for permission in Role::IncomeManager.permissions() {
        assert!(may("income-manager", *permission), "{}", permission.name());
    }
    assert!(may("auditor", Permission::Audit) && !may("emperor", Permission::SeeIncome));
}

#[test]
fn a_role_that_means_nothing_is_a_fault() {
    for (role, says) in [
        (
            "[[role]]\nname = \"a\"\npermissions = [\"see-incom\", \"import\"]",
            "role a: there is no permission `see-incom`",
        ),
        (
            "[[role]]\nname = \"a\"\npermissions = [\"refunds\"]",
            "role a: there is no permission `refunds`; there is see-refunds",
        ),
        ("[[role]]\nname = \"a\"", "role a: has no permissions"),
        (
            "[[role]]\nname = \"auditor\"\napprove_up_to_pence = { refnud = 1 }",
            "role auditor: `refnud` is not approved; limits are for refund, suspense-return, transfer",
        ),
        ("[[role]]\nname = \"a\"\npermissions = []\nmay = 1", "unknown field `may`"),
    ] {
        let words = fault(role);
        assert!(words.contains(says), "{words}");
    }
}

#[test]
fn a_limit_is_the_highest_of_the_roles_that_may_approve() {
    let roles = "[[role]]\nname = \"low\"\npermissions = [\"approve-refund\"]\n\
        approve_up_to_pence = { refund = 100 }\n\
        [[role]]\nname = \"high\"\npermissions = [\"approve-refund\"]\n\
        approve_up_to_pence = { refund = 200 }\n\
        [[role]]\nname = \"any\"\npermissions = [\"approve-refund\"]\n\
        [[role]]\nname = \"other\"\npermissions = [\"see-income\"]\n";
    let council = configuration::read(&format!("{}\n{roles}", settings())).unwrap();
    let limit = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        Actor::of("x", &names, &[], &council).limit("refund").map(ims_money::Pence::get)
    };
    for (names, most) in [
        (&["low"][..], Some(100)),
        (&["low", "high"], Some(200)),
        (&["low", "any"], None),
        // A role that may not approve lifts no limit.
        (&["low", "other"], Some(100)),
        (&["other"], None),
    ] {
        assert_eq!(limit(names), most, "{names:?}");
    }
}
