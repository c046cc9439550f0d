//! How much somebody may approve, of each kind there is.

use ims_app::{Bulk, NewTransfer, Permission, Tender, ToApprove, Verdict};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::{TEMPLATES, differs, new as new_ereturn, rooms},
    files::{paid, receipts},
    refunds::of as refund_of,
    standing::{add, hands},
    suspense::to_first,
    take_receipt::cash,
    tills::{TILLS, with_float},
    town::{Town, april, ct, settings},
    transfers::{part, transfer},
};

/// What each kind is asked for: more than the limit of a pound, by a penny.
const ASKED: i64 = 101;

/// A town in which `clerk` asks for anything, and `head` approves anything up to
/// a limit of one kind of thing.
async fn with_limit(url: &str, kind: &str, limit: i64) -> Town {
    let town = Town::of(url).await;
    let all: Vec<_> = Permission::ALL.iter().map(|it| format!("\"{}\"", it.name())).collect();
    let all = all.join(", ");
    let roles = format!(
        "[[role]]\nname = \"clerk\"\npermissions = [{all}]\n\
         [[role]]\nname = \"head\"\npermissions = [{all}]\napprove_up_to_pence = {{ {kind} = {limit} }}\n"
    );
    // Once there is a till, cash needs one.
    let tills =
        if kind == "till-difference" { TILLS } else { "[approval]\ntransfer_above_pence = 100\n" };
    let document = format!("{}{TEMPLATES}{tills}{roles}", settings("MILL"));
    town.books.configure(&document, april(1)).await.unwrap();
    add(&town.books, "clerk", &["clerk"]).await;
    add(&town.books, "head", &["head"]).await;
    town
}

/// Asks as `clerk` for what `kind` approves, of [`ASKED`], and has `head` approve it.
async fn approved(town: &Town, kind: &str) -> ims_app::Result<()> {
    let (clerk, head) = (hands(town, "clerk").await, hands(town, "head").await);
    let amount = Some(Pence::new(ASKED));
    match kind {
        "refund" => {
            let taken = clerk.take_receipt(&cash("CT", &ct(1), 500)).await.unwrap();
            let mut wish = refund_of(&taken.receipt, Some(ASKED));
            wish.way = ims_ledger::RefundWay::Bank;
            let asked = clerk.request_refund(&wish).await.unwrap();
            head.approve_refund(asked.id, "seen").await.map(drop)
        }
        "transfer" => {
            let new = transfer(&[part("CT", &ct(1), ASKED)], &[part("CT", &ct(2), ASKED)]);
            let new = NewTransfer { key: Some("form 1".to_owned()), ..new };
            let ims_app::Moved::Waits(id) = clerk.make_transfer(&new).await.unwrap() else {
                panic!("it does not wait")
            };
            head.approve_transfer(id, "seen").await.map(drop)
        }
        "suspense-return" | "write-off" => {
            let odd = receipts(&[paid("XX", "1", "CARD", "5.00")]);
            town.took("odd.csv", &odd).await;
            let item = town.suspense().await[0].id;
            clerk.allocate_suspense(item, &to_first(Some(100))).await.unwrap();
            if kind == "write-off" {
                let id = clerk.write_off_suspense(item, amount, "pennies", None).await.unwrap();
                head.approve_write_off(id, "seen").await.map(drop)
            } else {
                let id = clerk.return_suspense(item, amount, "theirs", None).await.unwrap();
                head.approve_suspense_return(id, "seen").await.map(drop)
            }
        }
        "accepted-difference" => {
            clerk.take_receipt(&cash("CT", &ct(1), ASKED)).await.unwrap();
            let item = clerk.waited_for(Some("till")).await.unwrap().remove(0);
            let id = clerk.accept_difference(item.id, "stolen", None).await.unwrap();
            head.approve_difference(id, "seen").await.map(drop)
        }
        "till-difference" => {
            let till = clerk.open_till(&with_float("DESK", 5)).await.unwrap().id;
            clerk.take_at_till(till, &cash("CT", &ct(1), 500), &Tender::Exact).await.unwrap();
            // A pound and a penny less than that and the float.
            let counted =
                super::tills::counted(&[(1, 1_000 - u32::try_from(ASKED).unwrap())], &[], 0);
            let told = clerk.count_till(till, &counted, None).await.unwrap();
            assert_eq!(told.over.get(), -ASKED);
            let id = told.waits_for.unwrap();
            head.decide_till_difference(id, Verdict::Approved, "seen").await.map(drop)
        }
        _ => declared(town, kind).await,
    }
}

/// An e-return, or what the bank counted of its slip.
async fn declared(town: &Town, kind: &str) -> ims_app::Result<()> {
    let (clerk, head) = (hands(town, "clerk").await, hands(town, "head").await);
    let made = clerk.create_ereturn(&new_ereturn("LIB")).await.unwrap();
    let (pence, tens) = if kind == "e-return" { (ASKED, 10) } else { (1_000, 100) };
    let mut takings = rooms(pence, tens);
    if kind == "e-return" {
        let reason = "a till was over or short".to_owned();
        takings.over_short = Some(ims_ledger::OverShort { amount: Pence::new(-1), reason });
    }
    clerk.save_ereturn(made.id, 1, &takings).await.unwrap();
    clerk.submit_ereturn(made.id, 2).await.unwrap();
    let which = [ToApprove { id: made.id, version: None }];
    if kind == "e-return" {
        return head.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1.map(drop);
    }
    let books = town.hands_of(ims_app::Role::IncomeManager).await;
    let done = books.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1.unwrap();
    let asked = differs(&done.slips[0], 1_000 - ASKED);
    let id = clerk.accept_slip_difference(&asked).await.unwrap();
    head.decide_slip_difference(id, Verdict::Approved, "seen").await.map(drop)
}

on_both! {
    /// Each kind by its own name: the limit itself may be approved, a penny more not.
    async fn every_kind_of_approval_has_its_limit(url: &str) {
        let mut tried = 0;
        for kind in ims_app::approval_kinds() {
            for (limit, may) in [(ASKED - 1, false), (ASKED, true)] {
                let fresh = super::ereturns::another(url);
                let town = with_limit(&fresh.url, kind, limit).await;
                let came = approved(&town, kind).await;
                assert_eq!(came.is_ok(), may, "{kind}: {came:?}");
                if let Err(why) = came {
                    assert_eq!(
                        why.to_string(),
                        format!(
                            "head may approve a {kind} of up to 1.00; this one is of 1.01, and \
                             waits for somebody with a higher limit"
                        )
                    );
                }
                town.proved().await;
                tried += 1;
            }
        }
        assert_eq!(tried, 16);
    }
}
