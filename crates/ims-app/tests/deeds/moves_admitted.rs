//! What money may be moved to: the chain that money at a counter goes through,
//! its stops and its VAT codes.

use ims_app::{Actor, Books, ItemAllocation, Moved, MovedPart, NewAllocations, Permission, Role};
use ims_ledger::id::ReceiptId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    raw::counts,
    take_receipt::{COUNTER, counter},
    town::{Town, april, ct, settings},
    transfers::{done, journal, part, transfer},
};

/// A town with accounts 1 and 2 on stop (one blocks, one only warns), a payment
/// of 10.00 by account 3, and an item of suspense of 10.00.
async fn stopped(url: &str) -> (Town, ReceiptId) {
    let town = counter(url).await;
    let stops =
        format!("fund,reference,name,stop\nCT,{},One,BAIL\nCT,{},Two,REFER\n", ct(1), ct(2));
    town.took("stops.csv", &stops).await;
    let receipt = town.with_payment("CT", &ct(3), "10.00").await;
    town.took("odd.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
    (town, receipt)
}

async fn holding(town: &Town, permissions: &[Permission]) -> Books {
    town.app.books(None, Actor::holding("w", permissions)).await.unwrap()
}

fn with_vat(fund: &str, reference: &str, pence: i64, code: &str) -> MovedPart {
    MovedPart { vat_code: Some(code.to_owned()), ..part(fund, reference, pence) }
}

on_both! {
    /// What stops say holds for money that is moved to an account, as for money
    /// that is taken for it; what is taken away from one asks nobody.
    async fn stops_hold_for_what_an_account_is_given(url: &str) {
        let (town, receipt) = stopped(url).await;
        let plain = holding(&town, &[Permission::Journal, Permission::Transfer, Permission::AllocateSuspense]).await;
        let says = format!("CT {} is on stop: with the bailiffs; ring 1234", ct(1));
        let to_first = || vec![part("CT", &ct(1), 100)];
        let item = town.suspense().await[0].id;
        let many = NewAllocations {
            items: vec![ItemAllocation { item, amount: Pence::new(100), to: to_first(), credit_notes: vec![] }],
            note: String::new(),
            key: None,
        };
        let before = counts(url);
        for why in [
            plain.journal_line(&journal(receipt, &to_first())).await.unwrap_err(),
            plain.make_transfer(&transfer(&[part("CT", &ct(3), 100)], &to_first())).await.unwrap_err(),
            plain.allocate_many(&many).await.unwrap_err(),
        ] {
            assert!(why.is_refusal(), "{why:?}");
            assert_eq!(why.to_string(), says);
        }
        assert_eq!(counts(url), before);
        let to_second = [part("CT", &ct(2), 100)];
        let warned = done(plain.journal_line(&journal(receipt, &to_second)).await.unwrap());
        assert_eq!(warned.warnings, [format!("CT {}: accept payment but refer", ct(2))]);
        let away = transfer(&to_first(), &[part("CT", &ct(3), 100)]);
        assert_eq!(done(plain.make_transfer(&away).await.unwrap()).warnings, [""; 0]);
        // Who may override does, and is told.
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let over = done(officer.journal_line(&journal(receipt, &to_first())).await.unwrap());
        assert_eq!(over.warnings, [format!("CT {}: with the bailiffs; ring 1234", ct(1))]);
        officer.allocate_many(&many).await.unwrap();
        town.proved().await;
    }

    /// Who asks must be allowed to; the second person has seen the account.
    async fn a_stop_is_overridden_by_who_asks(url: &str) {
        let (town, receipt) = stopped(url).await;
        let text = format!("{}{COUNTER}\n[approval]\ntransfer_above_pence = 100\n", settings("MILL"));
        town.books.configure(&text, april(20)).await.unwrap();
        let new = journal(receipt, &[part("CT", &ct(1), 101)]);
        let plain = holding(&town, &[Permission::Journal]).await;
        assert!(plain.journal_line(&new).await.unwrap_err().is_refusal());
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let Moved::Waits(id) = officer.journal_line(&new).await.unwrap() else { panic!("it did not wait") };
        let manager = town.hands_of(Role::IncomeManager).await;
        let moved = manager.approve_transfer(id, "seen").await.unwrap();
        assert_eq!(moved.warnings, [format!("CT {}: with the bailiffs; ring 1234", ct(1))]);
        town.proved().await;
    }

    /// R-VAL-1 mended: nothing else is needed to name an account that money is
    /// moved to; there, who might not take payments could check no reference.
    async fn who_may_only_move_money_can_name_an_account(url: &str) {
        let (town, receipt) = stopped(url).await;
        let journals = holding(&town, &[Permission::Journal]).await;
        journals.journal_line(&journal(receipt, &[part("LE", "LM000001", 100)])).await.unwrap();
        let transfers = holding(&town, &[Permission::Transfer]).await;
        let new = transfer(&[part("CT", &ct(3), 100)], &[part("LE", "LM000001", 100)]);
        transfers.make_transfer(&new).await.unwrap();
        let why = transfers.journal_line(&journal(receipt, &[part("CT", &ct(4), 1)])).await.unwrap_err();
        assert_eq!(why.to_string(), "w may not journal posted lines");
        town.proved().await;
    }

    /// R-VAT-2 and R-VAT-3: on journals, transfers and allocations as at a
    /// counter: the fund's code, another only where the fund allows it.
    async fn vat_of_what_is_moved_goes_by_the_fund_s_code_unless_it_allows_another(url: &str) {
        let (town, receipt) = stopped(url).await;
        let vat = async |number: &str| {
            let receipt = town.books.receipt(number).await.unwrap().receipt;
            let line = receipt.lines.iter().rfind(|line| line.amount.is_positive()).unwrap();
            (line.vat_code.clone().unwrap_or_default(), line.vat.get())
        };
        let fixed = "VAT code Z was not used: fund FX takes only its own";
        for (to, code, held, warnings) in [
            (part("LE", "LM000001", 120), "S", 20, vec![]),
            (with_vat("LE", "LM000001", 120, "Z"), "Z", 0, vec![]),
            (with_vat("LE", "LM000001", 120, "S"), "S", 20, vec![]),
            (with_vat("FX", "x", 120, "Z"), "S", 20, vec![fixed]),
        ] {
            let made = done(town.books.journal_line(&journal(receipt, std::slice::from_ref(&to))).await.unwrap());
            assert_eq!((vat(&made.receipt).await, &made.warnings[..]), ((code.to_owned(), held), &warnings.into_iter().map(str::to_owned).collect::<Vec<_>>()[..]), "{to:?}");
            let new = transfer(&[part("CT", &ct(3), 120)], std::slice::from_ref(&to));
            let made = done(town.books.make_transfer(&new).await.unwrap());
            assert_eq!(vat(&made.receipt).await, (code.to_owned(), held), "{to:?}");
        }
        let unknown = journal(receipt, &[with_vat("LE", "LM000001", 1, "Q")]);
        let why = town.books.journal_line(&unknown).await.unwrap_err();
        assert!(why.is_bad_input() && why.to_string().starts_with("VAT code `Q` is not configured"), "{why}");
        let item = town.suspense().await[0].id;
        let to = vec![with_vat("LE", "LM000002", 1_000, "Z")];
        let items = vec![ItemAllocation { item, amount: Pence::new(1_000), to, credit_notes: vec![] }];
        let new = NewAllocations { items, note: String::new(), key: None };
        let made = town.books.allocate_many(&new).await.unwrap();
        assert_eq!(vat(&made.items[0].receipt).await, ("Z".to_owned(), 0));
        town.proved().await;
    }
}
