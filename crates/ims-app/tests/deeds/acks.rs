//! What the other side says of an export stands; what it rejected goes out again.

use ims_app::{Ack, ExportKind, Exported, Role};
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts},
    raw::{count, sql},
    town::{Town, april, ct},
};

async fn journal(town: &Town) -> Option<Exported> {
    town.books.make_export(&ExportKind::LedgerJournal).await.unwrap()
}

/// A town with an export of each of three days, a receipt in each.
async fn three_exports(url: &str) -> (Town, Vec<Exported>) {
    let town = Town::of(url).await;
    let mut made = Vec::new();
    for (day, amount) in [(20, "1.00"), (21, "2.00"), (22, "4.00")] {
        town.clock.to_april(day);
        let row = paid("CT", &ct(1), "CARD", amount).on(april(day));
        town.took("day.csv", &receipts(&[row])).await;
        town.books.close_day(april(day)).await.unwrap();
        made.push(journal(&town).await.unwrap());
    }
    (town, made)
}

on_both! {
    async fn an_acknowledgement_stands_and_the_same_again_changes_nothing(url: &str) {
        let (town, made) = three_exports(url).await;
        let id = made[0].row.id;
        let state = town.books.acknowledge_export(id, Ack::Accepted, "GL 77", "").await.unwrap();
        assert!(state.is_accepted());
        let before = (count(url, "export_ack"), count(url, "audit_event"));
        let again = town.books.acknowledge_export(id, Ack::Accepted, " GL 77 ", "").await.unwrap();
        assert_eq!(again.ack, state.ack);
        for (ack, reference) in [(Ack::Rejected, "GL 77"), (Ack::Accepted, "GL 78")] {
            let why = town.books.acknowledge_export(id, ack, reference, "second thoughts").await;
            assert_eq!(
                why.unwrap_err().to_string(),
                "ledger-journal-000001.csv was accepted as `GL 77`, recorded by system:test: that stands"
            );
        }
        let why = town.books.acknowledge_export(made[1].row.id, Ack::Rejected, "x", " ").await;
        assert_eq!(why.unwrap_err().to_string(), "say why they rejected it");
        assert_eq!((count(url, "export_ack"), count(url, "audit_event")), before);
        assert!(journal(&town).await.is_none());
        town.proved().await;
    }

    /// The days of a rejected export go into the next number, which says whose
    /// place it takes; the numbers have no gap.
    async fn a_rejected_export_is_replaced_by_the_next_number(url: &str) {
        let (town, made) = three_exports(url).await;
        town.books.acknowledge_export(made[1].row.id, Ack::Rejected, "R 9", "wrong codes").await.unwrap();
        let instead = journal(&town).await.unwrap();
        assert_eq!((instead.row.number, instead.row.after_day), (4, Some(april(20))));
        assert_eq!(instead.row.through_day, april(21));
        assert_eq!((instead.row.debit, instead.row.credit), (made[1].row.debit, made[1].row.credit));
        let states = town.books.export_states(10).await.unwrap();
        let told: Vec<_> = states.iter().map(|one| (one.row.number, one.replaced_by)).collect();
        let mut told = told;
        told.sort_unstable();
        assert_eq!(told, [(1, None), (2, Some(4)), (3, None), (4, None)]);
        assert!(journal(&town).await.is_none());
        town.proved().await;
        // And once more.
        town.books.acknowledge_export(instead.row.id, Ack::Rejected, "R 10", "again").await.unwrap();
        let third = journal(&town).await.unwrap();
        assert_eq!((third.row.number, third.row.through_day), (5, april(21)));
        let mut tx = town.app.store().snapshot().await.unwrap();
        let council = town.books.council().id;
        assert_eq!(tx.replaced(council, third.row.id).await.unwrap(), [4]);
        town.proved().await;
    }

    /// Two rejected one after the other go out as one; the newest too.
    async fn what_was_rejected_side_by_side_goes_out_together(url: &str) {
        let (town, made) = three_exports(url).await;
        for one in &made[1..] {
            town.books.acknowledge_export(one.row.id, Ack::Rejected, "R", "no").await.unwrap();
        }
        let instead = journal(&town).await.unwrap();
        assert_eq!((instead.row.after_day, instead.row.through_day), (Some(april(20)), april(22)));
        let mut tx = town.app.store().snapshot().await.unwrap();
        let council = town.books.council().id;
        assert_eq!(tx.replaced(council, instead.row.id).await.unwrap(), [2, 3]);
        drop(tx);
        town.proved().await;
    }

    async fn a_file_is_issued_again_byte_for_byte_and_that_is_an_event(url: &str) {
        let (town, made) = three_exports(url).await;
        let again = town.books.reissue_export(made[0].row.id).await.unwrap();
        assert_eq!(again, made[0]);
        let events = sql(url, "SELECT subject FROM audit_event WHERE deed = 'export again'");
        assert_eq!(events, "ledger-journal-000001.csv");
        town.books.acknowledge_export(made[0].row.id, Ack::Rejected, "R", "no").await.unwrap();
        journal(&town).await.unwrap();
        let why = town.books.reissue_export(made[0].row.id).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "ledger-journal-000001.csv was rejected, and number 4 took its place: issue that"
        );
        town.proved().await;
    }

    /// An export whose days something was slipped into no longer is what they
    /// came to.
    async fn what_is_slipped_into_an_exported_day_is_found(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.took("tuesday.csv", &receipts(&[paid("CT", &ct(2), "CARD", "7.00").on(april(21))])).await;
        town.books.close_day(april(20)).await.unwrap();
        journal(&town).await.unwrap();
        town.proved().await;
        super::raw::tamper(
            url,
            "UPDATE posting SET accounting_day = '2026-04-20'; UPDATE entry SET accounting_day = '2026-04-20'",
        );
        let verified = town.books.verify(None).await.unwrap();
        let wrong = verified.checks.iter().find(|check| check.name == "each export is what its days came to");
        let wrong = wrong.unwrap();
        assert!(!wrong.ok && wrong.detail.as_ref().unwrap().contains("ledger-journal-000001.csv"), "{wrong:?}");
    }

    async fn who_may_not_export_may_not_acknowledge(url: &str) {
        let (town, made) = three_exports(url).await;
        let manager = town.hands_of(Role::IncomeManager).await;
        let why = manager.acknowledge_export(made[0].row.id, Ack::Accepted, "x", "").await;
        assert!(why.unwrap_err().is_refusal());
        town.proved().await;
    }
}
