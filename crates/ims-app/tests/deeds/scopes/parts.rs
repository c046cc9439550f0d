//! Deeds and looks that somebody who works for one fund has in part: of their
//! own fund everything, of another's nothing, not even that it is there.

use std::collections::BTreeSet;

use ims_app::{
    Ack, AppError, Books, Bulk, ExportKind, FindReceipts, HolderPatch, LinkLine, NewLink,
    NewPayment, NewRedirect, Permission, RefundNews, ScopeKind, SearchHolders, SearchReceipts,
    Stand, Tender, ToApprove, Verdict,
};
use ims_ledger::{
    RefundEvent, RefundWay, Through, TillCount,
    id::{
        AgreementId, ApprovalId, DisputeId, EReturnId, ExportId, LinkId, PaymentId, ReceiptId,
        RefundId, TillSessionId, TransferId,
    },
};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    super::{
        agreements::{for_leisure, set_up},
        ereturns::{TEMPLATES, any, new as new_ereturn, rooms},
        links::{for_tax, portal, with_key},
        payments::basket,
        refunds::{number_of, of as refund_of},
        returns::{disputed::dispute, returned},
        standing::{add, hands},
        take_receipt::cash,
        tills::{TILLS, with_float},
        town::{Town, april, ct, file},
        transfers::{done, journal, part, transfer},
    },
    DECIDED, To, looked, two_funds, works_for,
};

/// Every way receipts are looked for.
pub(super) fn searches() -> Vec<SearchReceipts> {
    vec![
        SearchReceipts::Number("BOTH".to_owned()),
        SearchReceipts::Reference("LM000001".to_owned()),
        SearchReceipts::Reference(ct(1)),
        SearchReceipts::Day(april(20)),
        SearchReceipts::DayAndAmount(april(20), Pence::new(404)),
    ]
}

/// What there is of the other fund.
pub(super) struct Theirs {
    number: String,
    receipt: ReceiptId,
    refund: RefundId,
    approval: ApprovalId,
    dispute: DisputeId,
    journal: TransferId,
    transfer: TransferId,
    ereturn: EReturnId,
    label: String,
    export: ExportId,
    payment: PaymentId,
    till: TillSessionId,
    link: LinkId,
    agreement: AgreementId,
}

/// Every reference of the other fund begins so.
const THEIRS: &str = "LM0000";

pub(super) async fn theirs(town: &Town) -> Theirs {
    let books = &town.books;
    let document =
        books.configuration_document().await.unwrap() + TEMPLATES + TILLS + portal().as_str();
    books.configure(&document, april(1)).await.unwrap();
    let number = number_of(books, "LM000001").await;
    let receipt = books.receipt(&number).await.unwrap().receipt.id;
    let asked = books.request_refund(&refund_of(&number, Some(10))).await.unwrap();
    let back = ims_app::NewReturn {
        amount: Some(Pence::new(20)),
        channel: Some("card".to_owned()),
        ..returned(&number, "advice of LM0000")
    };
    books.record_return(&back).await.unwrap();
    let opened = books.open_dispute(&dispute(&number, &[30])).await.unwrap();
    let moved = journal(receipt, &[part("LE", "LM000002", 40)]);
    let moved = done(books.journal_line(&moved).await.unwrap());
    let given = transfer(&[part("LE", "LM000001", 5)], &[part("LE", "LM000003", 5)]);
    let given = done(books.make_transfer(&given).await.unwrap());
    let made = books.create_ereturn(&new_ereturn("POOL")).await.unwrap();
    let old = NewRedirect {
        fund: "LE".to_owned(),
        reference: "LM0000OLD".to_owned(),
        to: Some(("LE".to_owned(), "LM000001".to_owned())),
        from: april(20),
        reason: "a new system".to_owned(),
    };
    books.redirect_reference(&old).await.unwrap();
    books.put_holder(&holder("LE")).await.unwrap();
    books.close_day(april(20)).await.unwrap();
    let export = books.make_export(&ExportKind::HostCash("LE".to_owned())).await.unwrap();
    let new = NewPayment { key: Some("theirs".to_owned()), ..basket(&[("LE", "LM000001", 50)]) };
    let payment = books.start_payment(&new).await.unwrap();
    let mut new = with_float("DESK", 50);
    new.float.bag = "LM0000".to_owned();
    let till = books.open_till(&new).await.unwrap().id;
    let leisure = LinkLine {
        fund: "LE".to_owned(),
        reference: "LM000001".to_owned(),
        amount: Some(Pence::new(100)),
    };
    let link = NewLink { lines: vec![leisure], ..for_tax(1) };
    let link = with_key(town).await.make_link(&link).await.unwrap().id;
    let agreement = books.make_agreement(&for_leisure()).await.unwrap().row.id;
    Theirs {
        number,
        receipt,
        refund: asked.id,
        approval: asked.approval,
        dispute: opened.dispute.id,
        journal: moved.id,
        transfer: given.id,
        ereturn: made.id,
        label: made.number,
        export: export.unwrap().row.id,
        payment: payment.payment.id,
        till,
        link,
        agreement,
    }
}

fn holder(fund: &str) -> HolderPatch {
    HolderPatch {
        fund: fund.to_owned(),
        reference: "LM000007".to_owned(),
        name: Some("of LM0000".to_owned()),
        reason: "they rang".to_owned(),
        ..HolderPatch::default()
    }
}

pub(super) type Came = (&'static str, Result<(), AppError>);

/// Every deed about one thing, tried on those of the other fund.
pub(super) async fn tried(books: &Books, it: &Theirs) -> Vec<Came> {
    let number = it.number.as_str();
    let news = RefundNews::of(RefundEvent::Pay);
    let from = ims_app::NewRedirect {
        fund: "CT".to_owned(),
        reference: "OLD".to_owned(),
        to: Some(("LE".to_owned(), "LM000001".to_owned())),
        from: april(20),
        reason: "why".to_owned(),
    };
    let to_theirs = transfer(&[part("CT", &ct(1), 5)], &[part("LE", "LM000001", 5)]);
    let of_theirs = transfer(&[part("LE", "LM000001", 5)], &[part("CT", &ct(1), 5)]);
    let moved = journal(it.receipt, &[part("CT", &ct(1), 1)]);
    let account = ("LE", "LM000007");
    let (fund, reference) = ("LE".to_owned(), "LM000001".to_owned());
    let nobody = ims_app::KnownPayer::default();
    let leisure = vec![LinkLine { fund, reference, amount: None }];
    let (count, ten) = (TillCount::default(), cash("CT", &ct(1), 10));
    let mut tried = vec![
        ("take_at_till", books.take_at_till(it.till, &ten, &Tender::Exact).await.map(drop)),
        (
            "lift_from_till",
            books.lift_from_till(it.till, &with_float("DESK", 1).float, None).await.map(drop),
        ),
        ("take_back_lift", books.take_back_lift(it.till, 1, "why", None).await.map(drop)),
        ("count_till", books.count_till(it.till, &count, None).await.map(drop)),
        ("make_link", books.make_link(&NewLink { lines: leisure, ..for_tax(1) }).await.map(drop)),
        ("withdraw_link", books.withdraw_link(it.link, "why").await.map(drop)),
        ("link", books.link(it.link).await.map(drop)),
        ("make_agreement", books.make_agreement(&for_leisure()).await.map(drop)),
        ("agreement", books.agreement(it.agreement).await.map(drop)),
        ("end_agreement", books.end_agreement(it.agreement, "why", None).await.map(drop)),
        (
            "start_agreed_payment",
            books.start_agreed_payment(&set_up(it.agreement, 1, "k")).await.map(drop),
        ),
        (
            "agreed_payment_before",
            books.agreed_payment_before(&set_up(it.agreement, 1, "k")).await.map(drop),
        ),
        ("till_session", books.till_session(it.till).await.map(drop)),
        ("till_receipts", books.till_receipts(it.till, None, 9).await.map(drop)),
        (
            "check_or_repair",
            books.check_or_repair("LE", "LM000001", Through::Staff).await.map(drop),
        ),
        (
            "check_or_repair_for",
            books.check_or_repair_for("LE", "LM000001", Through::Staff, &nobody).await.map(drop),
        ),
        ("till_numbered", books.till_numbered("T1").await.map(drop)),
        ("receipt", books.receipt(number).await.map(drop)),
        ("left_of_receipt", books.left_of_receipt(number).await.map(drop)),
        ("request_refund", books.request_refund(&refund_of(number, Some(1))).await.map(drop)),
        ("refund", books.refund(it.refund).await.map(drop)),
        ("refund_payees", books.refund_payees(&[it.refund]).await.map(drop)),
        ("record_refund", books.record_refund(it.refund, &news).await.map(drop)),
        ("send_refund", books.send_refund(it.refund, |_, _| Ok(())).await.map(drop)),
        ("approve_refund", books.approve_refund(it.refund, "seen").await.map(drop)),
        ("refuse_refund", books.refuse_refund(it.refund, Verdict::Refused, "why").await.map(drop)),
        ("approval", books.approval(it.approval).await.map(drop)),
        ("withdraw_approval", books.withdraw_approval(it.approval, "why").await),
        ("open_dispute", books.open_dispute(&dispute(number, &[1])).await.map(drop)),
        (
            "end_dispute",
            books.end_dispute(it.dispute, ims_app::DisputeOutcome::Won, "why").await.map(drop),
        ),
        ("record_return", books.record_return(&returned(number, "another")).await.map(drop)),
        ("journal_line", books.journal_line(&moved).await.map(drop)),
        ("undo_journal", books.undo_journal(it.journal, "why").await.map(drop)),
        ("make_transfer", books.make_transfer(&to_theirs).await.map(drop)),
        ("make_transfer", books.make_transfer(&of_theirs).await.map(drop)),
        ("undo_transfer", books.undo_transfer(it.transfer, "why").await.map(drop)),
        ("transfer_shown", books.transfer_shown(it.transfer).await.map(drop)),
        ("charge_fee", books.charge_fee(number, "CARD", Pence::new(1)).await.map(drop)),
        ("payment", books.payment(it.payment).await.map(drop)),
        ("payment_keyed", books.payment_keyed("theirs").await.map(drop)),
        ("start_payment", books.start_payment(&basket(&[("LE", "LM000001", 100)])).await.map(drop)),
        ("take_receipt", books.take_receipt(&cash("LE", "LM000001", 100)).await.map(drop)),
        (
            "check_reference",
            books.check_reference("LE", "LM000001", Through::Staff).await.map(drop),
        ),
        ("put_holder", books.put_holder(&holder("LE")).await.map(drop)),
        ("stop_holder", books.stop_holder(account, "S", "why").await.map(drop)),
        ("release_holder", books.release_holder(account, "why").await.map(drop)),
        ("holder_history", books.holder_history(account, None, 9).await.map(drop)),
        ("redirect_reference", books.redirect_reference(&from).await.map(drop)),
        (
            "account_stood",
            books.account_stood("LE", "LM000001", Stand::Day(april(20))).await.map(drop),
        ),
        ("export_again", books.export_again(it.export).await.map(drop)),
        ("reissue_export", books.reissue_export(it.export).await.map(drop)),
        (
            "acknowledge_export_by_file",
            books.acknowledge_export_by_file(it.export, file("a.csv", "x"), "A").await.map(drop),
        ),
        (
            "acknowledge_export",
            books.acknowledge_export(it.export, Ack::Accepted, "A", "").await.map(drop),
        ),
    ];
    tried.extend(tried_of_ereturn(books, it.ereturn, &it.label).await);
    tried
}

/// Every deed about an e-return on the pool's template.
pub(super) async fn tried_of_ereturn(books: &Books, id: EReturnId, label: &str) -> Vec<Came> {
    let pool = rooms(100, 10);
    vec![
        ("create_ereturn", books.create_ereturn(&new_ereturn("POOL")).await.map(drop)),
        ("ereturn", books.ereturn(id).await.map(drop)),
        ("ereturn_numbered", books.ereturn_numbered(label).await.map(drop)),
        ("save_ereturn", books.save_ereturn(id, 1, &pool).await.map(drop)),
        ("correct_ereturn", books.correct_ereturn(id, 1, &pool).await.map(drop)),
        ("submit_ereturn", books.submit_ereturn(id, 1).await.map(drop)),
        ("return_ereturn", books.return_ereturn(id, "why").await.map(drop)),
        ("void_ereturn", books.void_ereturn(id, "why").await.map(drop)),
        ("note_ereturn", books.note_ereturn(id, "why").await),
        ("approve_ereturns", approves(books, id).await),
    ]
}

async fn approves(books: &Books, id: EReturnId) -> Result<(), AppError> {
    let which = [ToApprove { id, version: None }];
    let mut results = books.approve_ereturns(&which, Bulk::Each).await?;
    results.remove(0).1.map(drop)
}

/// Every list, and all that it tells.
async fn listed(books: &Books) -> Vec<(&'static str, String)> {
    let noon = books.app().world().now();
    let (find, search) = (FindReceipts::default(), SearchHolders::default());
    vec![
        ("find_receipts", format!("{:?}", books.find_receipts(&find, None, 500).await.unwrap())),
        ("find_holders", format!("{:?}", books.find_holders(&search, None, 500).await.unwrap())),
        ("redirects", format!("{:?}", books.redirects(None, 500).await.unwrap())),
        ("refunds", format!("{:?}", books.refunds(None, None, 500).await.unwrap())),
        ("returns", format!("{:?}", books.returns(None, 500).await.unwrap())),
        ("disputes", format!("{:?}", books.disputes(false, None, 500).await.unwrap())),
        ("transfers", format!("{:?}", books.transfers(None, 500).await.unwrap())),
        (
            "search_ereturns",
            format!("{:?}", books.search_ereturns(&any(), None, 500).await.unwrap()),
        ),
        ("ereturn_templates", format!("{:?}", books.ereturn_templates().await.unwrap())),
        ("export_states", format!("{:?}", books.export_states(500).await.unwrap())),
        ("links", format!("{:?}", books.links(None, None, 500).await.unwrap())),
        ("agreements", format!("{:?}", books.agreements(None, None, 500).await.unwrap())),
        (
            "till_sessions",
            format!("{:?}", books.till_sessions(None, None, None, 500).await.unwrap()),
        ),
        ("income_stood", format!("{:?}", books.income_stood(april(20), noon).await.unwrap())),
    ]
}

/// What only what is theirs has in it.
fn secrets(it: &Theirs) -> Vec<String> {
    let ids = [it.refund.to_string(), it.dispute.to_string(), it.journal.to_string()];
    let more = [it.transfer.to_string(), it.ereturn.to_string(), it.export.to_string()];
    let words = [THEIRS, "POOL", "host:LE", "\"LE\"", "advice of"].map(str::to_owned);
    ids.into_iter().chain(more).chain(words).collect()
}

on_both! {
    async fn what_is_of_another_fund_is_not_there(url: &str) {
        let town = two_funds(url).await;
        let it = theirs(&town).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let before = super::super::raw::counts(url);
        for (deed, came) in tried(&sam, &it).await {
            let why = came.expect_err(deed);
            assert!(matches!(why, AppError::NotFound { .. }), "{deed}: {why:?}");
        }
        assert_eq!(super::super::raw::counts(url), before);
        town.proved().await;
    }

    async fn no_list_tells_of_another_fund(url: &str) {
        let town = two_funds(url).await;
        let it = theirs(&town).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let secrets = secrets(&it);
        let told = listed(&town.books).await;
        for (list, told) in &told {
            assert!(secrets.iter().any(|secret| told.contains(secret)), "{list} has no secret: {told}");
        }
        for (list, told) in listed(&sam).await {
            for secret in &secrets {
                assert!(!told.contains(secret), "{list} tells of {secret}: {told}");
            }
        }
        // A page is as full as ever: what is not seen takes nobody's place.
        let one = sam.find_receipts(&FindReceipts::default(), None, 1).await.unwrap();
        assert_eq!(one.len(), 1);
        town.proved().await;
    }

    /// What somebody started is theirs to look at for as long as they work for its fund.
    async fn ones_own_payment_is_seen_by_fund(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT"), (ScopeKind::Fund, "LE")]).await;
        let at = |through, key: &str, lines| NewPayment { through, key: Some(key.to_owned()), ..basket(lines) };
        for new in [
            at(Through::Staff, "form 1", &[("LE", "LM000001", 50)]),
            at(Through::Staff, "form 2", &[("CT", &ct(1), 60)]),
            at(Through::Phone, "form 3", &[("CT", &ct(1), 70)]),
            at(Through::Portal, "form 4", &[("CT", &ct(1), 80)]),
            at(Through::Staff, "form 5", &[("CT", &ct(1), 90)]),
        ] {
            sam.start_payment(&new).await.unwrap();
        }
        let pence = async |books: &Books| {
            let found = books.own_open_payments(9).await.unwrap();
            found.iter().map(|view| view.payment.amount.get()).collect::<Vec<_>>()
        };
        // Those of the counter, in the order they were started in; a payer's own is none.
        assert_eq!(pence(&sam).await, [50, 60, 70, 90]);
        assert_eq!(sam.own_open_payments(3).await.unwrap().len(), 3);
        assert_eq!(sam.payment_keyed("form 1").await.unwrap().payment.amount.get(), 50);
        assert!(pence(&town.books).await.is_empty() && town.books.payment_keyed("form 1").await.is_err());
        town.books.revoke_scope("sam", ScopeKind::Fund, "LE").await.unwrap();
        let sam = hands(&town, "sam").await;
        assert_eq!(pence(&sam).await, [60, 70, 90]);
        assert!(matches!(sam.payment_keyed("form 1").await, Err(AppError::NotFound { .. })));
        assert!(sam.payment_keyed("form 2").await.is_ok());
    }

    /// Whatever is had in part is looked at here or beside it.
    async fn every_part_is_looked_at(url: &str) {
        let town = two_funds(url).await;
        let it = theirs(&town).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let mut shown: BTreeSet<_> = tried(&sam, &it).await.into_iter().map(|(deed, _)| deed).collect();
        shown.extend(listed(&sam).await.into_iter().map(|(deed, _)| deed));
        shown.extend(looked(&sam).await.into_iter().map(|(deed, _)| deed));
        for (deed, _) in DECIDED.iter().filter(|(_, to)| *to == To::Part) {
            assert!(shown.contains(deed), "{deed} is not looked at");
        }
    }

    /// An old reference of their own leads to another fund: it is not theirs.
    async fn an_old_reference_carries_no_money_to_another_fund(url: &str) {
        let town = two_funds(url).await;
        let old = NewRedirect {
            fund: "CT".to_owned(),
            reference: "OLD 1".to_owned(),
            to: Some(("LE".to_owned(), "LM000001".to_owned())),
            from: april(1),
            reason: "a new system".to_owned(),
        };
        town.books.redirect_reference(&old).await.unwrap();
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let own = sam.take_receipt(&cash("CT", &ct(1), 700)).await.unwrap().receipt;
        let own = town.books.receipt(&own).await.unwrap().receipt.id;
        let before = super::super::raw::counts(url);
        let (here, there) = ([part("CT", &ct(1), 5)], [part("CT", "OLD 1", 5)]);
        for came in [
            sam.make_transfer(&transfer(&there, &here)).await,
            sam.make_transfer(&transfer(&here, &there)).await,
            sam.journal_line(&journal(own, &there)).await,
        ] {
            assert!(matches!(came, Err(AppError::NotFound { .. })), "{came:?}");
        }
        assert_eq!(super::super::raw::counts(url), before);
        // Who works for both may ask, and who works for one does not see what was asked.
        let limit = "\n[approval]\ntransfer_above_pence = 1\n";
        let document = town.books.configuration_document().await.unwrap() + limit;
        town.books.configure(&document, april(1)).await.unwrap();
        let asked = match town.books.make_transfer(&transfer(&there, &here)).await.unwrap() {
            ims_app::Moved::Waits(id) => id,
            done @ ims_app::Moved::Done(_) => panic!("{done:?}"),
        };
        assert!(sam.approval(asked).await.is_err() && sam.approve_transfer(asked, "").await.is_err());
        assert!(town.books.approval(asked).await.is_ok());
        town.proved().await;
    }

    async fn a_payment_for_two_funds_is_changed_by_who_works_for_both(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let shown = sam.receipt("BOTH").await.unwrap();
        let lines: Vec<_> = shown.lines.iter().map(|it| (it.number, it.line.amount.get())).collect();
        assert_eq!((lines, shown.receipt.total.get()), (vec![(1, 100)], 100));
        assert!(!format!("{shown:?}").contains(THEIRS), "{shown:?}");
        let why = sam.request_refund(&refund_of("BOTH", None)).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "sam, who works for a part of the council only, may not change a payment that is for other funds too"
        );
        town.books.grant_scope("sam", ScopeKind::Fund, "LE").await.unwrap();
        hands(&town, "sam").await.request_refund(&refund_of("BOTH", None)).await.unwrap();
        town.proved().await;
    }

    async fn of_their_own_fund_they_do_everything(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let taken = sam.take_receipt(&cash("CT", &ct(1), 700)).await.unwrap();
        let number = number_of(&sam, &ct(2)).await;
        let mut wish = refund_of(&number, Some(300));
        wish.way = RefundWay::Bank;
        let asked = sam.request_refund(&wish).await.unwrap();
        assert_eq!(sam.refunds(None, None, 9).await.unwrap().len(), 1);
        // Approved by who works for the fund, and by nobody of another.
        for (name, fund, may) in [("lou", "LE", false), ("hat", "CT", true)] {
            add(&town.books, name, &["everything"]).await;
            town.books.grant_scope(name, ScopeKind::Fund, fund).await.unwrap();
            let head = hands(&town, name).await;
            assert!(head.actor().may(Permission::ApproveRefund));
            assert_eq!(head.approve_refund(asked.id, "seen").await.is_ok(), may, "{name}");
        }
        let moved = part("CT", &ct(3), 100);
        let receipt = town.books.receipt(&taken.receipt).await.unwrap().receipt.id;
        done(sam.journal_line(&journal(receipt, &[moved])).await.unwrap());
        town.proved().await;
    }
}
