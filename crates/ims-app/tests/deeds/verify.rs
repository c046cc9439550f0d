//! Books that were tampered with say where.

use ims_app::Verified;
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts, statement},
    raw::{sql, tamper},
    town::{Town, april, ct},
};

/// A town with a sealed day.
async fn sealed(url: &str) -> (Town, String) {
    let town = Town::of(url).await;
    town.took("monday.csv", &one_receipt()).await;
    town.took("s1.sta", &statement(1, 0, 20, &[(700, "NOBODY KNOWS")])).await;
    let head = town.books.close_day(april(20)).await.unwrap().head;
    town.proved().await;
    (town, head)
}

/// What does not hold, each with its detail.
fn wrong(verified: &Verified) -> Vec<(&'static str, String)> {
    assert!(!verified.ok);
    let wrong = verified.checks.iter().filter(|check| !check.ok);
    wrong.map(|check| (check.name, check.detail.clone().unwrap_or_default())).collect()
}

/// An id as a condition, and as people read it.
fn entry_of(url: &str, kind: &str) -> (String, String) {
    let is_sqlite = url.starts_with("sqlite:");
    let id = if is_sqlite { "lower(hex(entry_id))" } else { "entry_id" };
    let id = sql(url, &format!("SELECT {id} FROM entry WHERE kind = '{kind}'"));
    let id: uuid::Uuid = id.parse().unwrap();
    let condition = if is_sqlite {
        format!("entry_id = x'{}'", id.simple())
    } else {
        format!("entry_id = '{id}'")
    };
    (condition, id.to_string())
}

on_both! {
    async fn a_changed_amount_is_found_in_its_entry(url: &str) {
        let (town, _) = sealed(url).await;
        let (is_it, id) = entry_of(url, "receipt");
        tamper(url, &format!("UPDATE posting SET amount_pence = 12051 WHERE {is_it}"));
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        let name = "every entry balances and is what its hash was made of";
        assert!(wrong.iter().any(|(what, detail)| *what == name && detail.contains(&id)), "{wrong:?}");
    }

    /// Both sides changed alike still balance; the hash tells.
    async fn a_moved_account_is_found_in_its_entry(url: &str) {
        let (town, _) = sealed(url).await;
        let (is_it, id) = entry_of(url, "receipt");
        tamper(
            url,
            &format!("UPDATE posting SET account = 'fund:PK' WHERE {is_it} AND account = 'fund:CT'"),
        );
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        assert!(wrong[0].1.contains(&id), "{wrong:?}");
    }

    async fn a_deleted_entry_is_missed(url: &str) {
        let (town, _) = sealed(url).await;
        let (is_it, id) = entry_of(url, "receipt");
        tamper(url, &format!("DELETE FROM posting WHERE {is_it}; DELETE FROM entry WHERE {is_it}"));
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        let gone = wrong.iter().find(|(what, _)| *what == "everything that was sealed is there");
        assert!(gone.unwrap().1.contains(&id), "{wrong:?}");
    }

    /// The narrative is kept apart from its entry, and cannot be changed there.
    async fn a_changed_text_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        tamper(url, "UPDATE detail SET words = 'Payment 1 of somebody else'
            WHERE words = 'Payment 1 of somebody'");
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].0, "texts kept apart are what they were");
    }

    async fn a_changed_fund_of_a_receipt_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        tamper(url, "UPDATE receipt_line SET fund = 'PK' WHERE fund = 'CT'");
        assert!(!town.books.verify(None).await.unwrap().ok);
    }

    /// The entry says whose the receipt is, and the entry is sealed.
    async fn a_changed_reference_of_a_receipt_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        tamper(url, &format!("UPDATE receipt_line SET reference = '{}' WHERE fund = 'CT'", ct(2)));
        let verified = town.books.verify(None).await.unwrap();
        assert!(!verified.ok);
    }

    async fn a_kept_figure_that_was_changed_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        tamper(url, "UPDATE open_suspense SET remaining_pence = remaining_pence - 1");
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        let names: Vec<_> = wrong.iter().map(|(what, _)| *what).collect();
        assert!(names.contains(&"suspense is the sum of what is left of its items"), "{wrong:?}");
    }

    async fn a_changed_file_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        let other = if url.starts_with("sqlite:") { "x'0300'" } else { "'\\x0300'" };
        tamper(url, &format!("UPDATE archive SET deflated = {other}"));
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        assert_eq!(wrong[0].0, "every file is kept as it came and as it went");
    }

    async fn a_changed_audit_event_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        tamper(url, "UPDATE audit_event SET actor = 'somebody else' WHERE deed = 'close day'");
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        assert_eq!(wrong[0].0, "every audit event is what its hash was made of");
    }

    /// Somebody who rewrites all of the chain makes it whole again; only a head
    /// that was written down elsewhere tells.
    async fn a_rewritten_chain_is_found_by_the_head_written_down(url: &str) {
        let (town, head) = sealed(url).await;
        assert!(town.books.verify(Some(&head)).await.unwrap().ok);
        tamper(
            url,
            "INSERT INTO unsealed (council_id, item_id, item_kind, hash)
                SELECT council_id, item_id, item_kind, hash FROM block_item;
             DELETE FROM block_item; DELETE FROM block;
             DELETE FROM account_span;",
        );
        town.clock.to_april(23);
        town.books.seal().await.unwrap();
        town.proved().await;
        let wrong = wrong(&town.books.verify(Some(&head)).await.unwrap());
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].0, "the block named is in the chain");
    }

    async fn a_block_taken_out_is_found(url: &str) {
        let (town, _) = sealed(url).await;
        town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "1.00")])).await;
        town.books.seal().await.unwrap();
        tamper(url, "DELETE FROM block WHERE number = 1");
        let wrong = wrong(&town.books.verify(None).await.unwrap());
        assert_eq!(wrong[0].0, "the chain is whole from its first block");
    }

    async fn the_unsealed_tail_is_shown(url: &str) {
        let (town, _) = sealed(url).await;
        assert_eq!(town.books.verify(None).await.unwrap().unsealed, 0);
        town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "1.00")])).await;
        let verified = town.books.verify(None).await.unwrap();
        assert!(verified.ok && verified.unsealed >= 2, "{verified:?}");
        let head = town.books.seal().await.unwrap();
        let verified = town.books.verify(None).await.unwrap();
        assert_eq!((verified.unsealed, verified.sealed_to), (0, head.to_string()));
    }
}
