//! E-returns: numbered without gaps, moved once, and approved by somebody else.

use ims_ledger::{
    id::{CouncilId, EReturnId, EntryId, ExpectedId, ReceiptId},
    seal::ContentHash,
};
use ims_store::{
    EReturnApprovalRow, EReturnNoteRow, EReturnRow, EReturnStepRow, EReturnVersionRow, SlipRow, Tx,
};
use ims_testkit::on_both;

use super::made::{self, at, id, pence};

fn ereturn(number: i64) -> EReturnRow {
    EReturnRow {
        id: id(EReturnId::new),
        number,
        template: "LIB".to_owned(),
        office: None,
        config_version: 1,
        created_by: "ann".to_owned(),
        created_at: at(0),
        key: None,
        status: "submitted".to_owned(),
        version: 1,
        rows: pence(500),
        counted: pence(500),
    }
}

fn version(of: &EReturnRow, number: i64, by: &str) -> EReturnVersionRow {
    EReturnVersionRow {
        ereturn: of.id,
        version: number,
        document: "{}".to_owned(),
        content_hash: ContentHash::of(b"{}"),
        detail: id(|id| id),
        detail_digest: None,
        rows: of.rows,
        counted: of.counted,
        saved_by: by.to_owned(),
        saved_at: at(number),
        words: None,
    }
}

fn step(number: i64, word: &str, by: &str) -> EReturnStepRow {
    EReturnStepRow {
        number,
        step: word.to_owned(),
        version: 1,
        by: by.to_owned(),
        at: at(number),
        reason: String::new(),
    }
}

fn approval(by: &str) -> EReturnApprovalRow {
    EReturnApprovalRow {
        version: 1,
        submitted_by: "bob".to_owned(),
        submitted_at: at(1),
        approved_by: by.to_owned(),
        approved_at: at(2),
        rows: pence(500),
        counted: pence(500),
        entry: id(EntryId::new),
        receipt: id(ReceiptId::new),
    }
}

/// Made by Ann, submitted by Bob.
async fn added(tx: &mut Tx, council: CouncilId) -> EReturnRow {
    let row = ereturn(tx.next_number(council, "e-return").await.unwrap());
    tx.add_ereturn(council, &row).await.unwrap();
    tx.add_ereturn_version(council, &version(&row, 1, "ann")).await.unwrap();
    tx.add_ereturn_step(council, row.id, &step(1, "submitted", "bob")).await.unwrap();
    row
}

/// A row in each table of e-returns.
pub(super) async fn one_of_each(tx: &mut Tx, council: CouncilId) {
    let row = added(tx, council).await;
    assert!(tx.approve_ereturn(council, row.id, &approval("cat")).await.unwrap());
    let note = EReturnNoteRow {
        id: id(|id| id),
        note: "a note".to_owned(),
        by: "ann".to_owned(),
        at: at(3),
    };
    tx.add_ereturn_note(council, row.id, &note).await.unwrap();
    let slip = SlipRow {
        number: tx.next_number(council, "slip").await.unwrap(),
        ereturn: row.id,
        kind: "cash".to_owned(),
        amount: pence(500),
        expected: id(ExpectedId::new),
        made_at: at(3),
    };
    tx.add_slips(council, &[slip]).await.unwrap();
}

on_both! {
    async fn it_is_kept_with_everything_that_was_done(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = added(&mut tx, council).await;
        assert_eq!(tx.ereturn(council, row.id).await.unwrap(), Some(row.clone()));
        assert_eq!(tx.ereturn_numbered(council, 1).await.unwrap(), Some(row.id));
        assert!(tx.move_ereturn(council, &row, "returned", 1).await.unwrap());
        assert!(!tx.move_ereturn(council, &row, "approved", 1).await.unwrap());
        tx.add_ereturn_step(council, row.id, &step(2, "returned", "cat")).await.unwrap();
        let steps = tx.ereturn_steps(council, row.id).await.unwrap();
        assert_eq!(steps, [step(1, "submitted", "bob"), step(2, "returned", "cat")]);
        let versions = tx.ereturn_versions(council, row.id).await.unwrap();
        assert_eq!((versions.len(), versions[0].saved_by.as_str()), (1, "ann"));
        assert_eq!(tx.ereturn_states_that_differ(council).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    /// W39: the books themselves refuse the row, whatever program asks, to who
    /// prepared and to who submitted.
    async fn nobody_approves_what_they_had_a_hand_in(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = added(&mut tx, council).await;
        tx.add_ereturn_version(council, &version(&row, 2, "dot")).await.unwrap();
        tx.commit().await.unwrap();
        for hand in ["ann", "bob", "dot"] {
            let mut tx = store.begin().await.unwrap();
            let refused = tx.approve_ereturn(council, row.id, &approval(hand)).await.unwrap_err();
            assert!(refused.to_string().contains("ereturn_four_eyes"), "{hand}: {refused}");
        }
        let mut tx = store.begin().await.unwrap();
        // Part of a name is not the name.
        assert!(tx.approve_ereturn(council, row.id, &approval("an")).await.unwrap());
        let kept = tx.ereturn_approval(council, row.id).await.unwrap().unwrap();
        assert_eq!((kept.submitted_by.as_str(), kept.approved_by.as_str()), ("bob", "an"));
        tx.commit().await.unwrap();
    }

    async fn what_was_never_submitted_is_not_approved(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = EReturnRow { status: "new".to_owned(), ..ereturn(1) };
        tx.add_ereturn(council, &row).await.unwrap();
        tx.add_ereturn_version(council, &version(&row, 1, "ann")).await.unwrap();
        assert!(!tx.approve_ereturn(council, row.id, &approval("cat")).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A number that did not last is given again.
    async fn numbers_have_no_gaps(url: &str) {
        let (store, council) = made::store(url).await;
        for (expected, lasts) in [(1, true), (2, false), (2, true), (3, true)] {
            let mut tx = store.begin().await.unwrap();
            assert_eq!(tx.next_number(council, "slip").await.unwrap(), expected);
            if lasts {
                tx.commit().await.unwrap();
            }
        }
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_number(council, "e-return").await.unwrap(), 1);
        let gaps = tx.series_with_gaps(council).await.unwrap();
        let told: Vec<_> = gaps.iter().map(|gap| (gap.of.as_str(), gap.kept, gap.adds_up_to)).collect();
        assert_eq!(told, [("e-return", 1, 0), ("slip", 3, 0)]);
    }
}
