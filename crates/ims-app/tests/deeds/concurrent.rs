//! Two servers on one database, at the same moment.

use ims_app::{AppError, Books, ExportKind, Imported, NewAllocation};
use ims_money::Pence;
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::{one_receipt, paid, receipts, statement},
    raw::count,
    town::{Town, april, ct, file},
};

/// What `deed` comes to on each of four servers at once.
pub(super) async fn at_once<T, F>(town: &Town, deed: impl Fn(Books) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut servers = Vec::new();
    for seed in 2..6 {
        servers.push(town.elsewhere(seed).await);
    }
    let mut set = JoinSet::new();
    for books in servers {
        set.spawn(deed(books));
    }
    set.join_all().await
}

on_both! {
    async fn servers_importing_one_file_post_it_once(url: &str) {
        let town = Town::of(url).await;
        let done = at_once(&town, async |books| {
            books.import_file(file("monday.csv", &one_receipt())).await
        });
        let done: Vec<Imported> = done.await.into_iter().map(Result::unwrap).collect();
        let new = done.iter().filter(|done| matches!(done, Imported::Now(_))).count();
        assert_eq!(new, 1, "{done:?}");
        assert_eq!(town.at("fund:CT").await, -12_050);
        assert_eq!(count(url, "receipt"), 1);
        town.proved().await;
    }

    async fn servers_reconciling_explain_each_line_once(url: &str) {
        let town = Town::of(url).await;
        let rows: Vec<_> = (1..9).map(|n| paid("CT", &ct(n), "BANK", &format!("{n}.00"))).collect();
        town.took("monday.csv", &receipts(&rows)).await;
        let says: Vec<_> = (1..9).map(|n| (i64::from(n) * 100, format!("FPI {}", ct(n)))).collect();
        let lines: Vec<_> = says.iter().map(|(pence, says)| (*pence, says.as_str())).collect();
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let done = at_once(&town, async |books| books.reconcile().await).await;
        let explained: u64 = done.into_iter().map(|done| done.unwrap().explained).sum();
        assert_eq!(explained, 8);
        assert_eq!((town.at("unmatched:main").await, town.at("clearing:bank").await), (0, 0));
        town.proved().await;
    }

    async fn operators_never_allocate_more_than_there_is(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        let done = at_once(&town, move |books: Books| async move {
            let to = NewAllocation {
                fund: "CT".to_owned(),
                reference: ct(1),
                amount: Some(Pence::new(400)),
                note: "the payer rang".to_owned(),
                key: None,
            };
            books.allocate_suspense(id, &to).await
        });
        let done = done.await;
        let won = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(won, 2, "{done:?}");
        for lost in done.into_iter().filter_map(Result::err) {
            assert!(matches!(lost, AppError::Refused(_)), "{lost:?}");
        }
        assert_eq!((town.at("suspense").await, town.at("fund:CT").await), (-200, -800));
        town.proved().await;
    }

    async fn one_key_at_once_allocates_once(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        let done = at_once(&town, move |books: Books| async move {
            let to = NewAllocation {
                fund: "CT".to_owned(),
                reference: ct(1),
                amount: Some(Pence::new(400)),
                note: "the payer rang".to_owned(),
                key: Some("form 17".to_owned()),
            };
            books.allocate_suspense(id, &to).await
        });
        let done: Vec<_> = done.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| !done.before).count(), 1, "{done:?}");
        assert!(done.iter().all(|each| each.receipt == done[0].receipt), "{done:?}");
        assert_eq!(town.at("fund:CT").await, -400);
        town.proved().await;
    }

    async fn servers_closing_a_day_close_it_once(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(700, "NOBODY KNOWS")])).await;
        let done = at_once(&town, async |books| books.close_day(april(20)).await).await;
        let done: Vec<_> = done.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| !done.before).count(), 1, "{done:?}");
        assert_eq!(count(url, "day_close"), 1);
        assert_eq!((town.at("suspense").await, town.suspense().await.len()), (-700, 1));
        town.proved().await;
    }

    async fn servers_exporting_make_each_number_once(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let done = at_once(&town, async |books| {
            books.make_export(&ExportKind::LedgerJournal).await
        });
        let done: Vec<_> = done.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().flatten().count(), 1);
        assert_eq!(count(url, "export"), 1);
        town.proved().await;
    }

    async fn servers_sealing_make_one_chain(url: &str) {
        let town = Town::of(url).await;
        let rows: Vec<_> = (0..300).map(|_| paid("CT", &ct(1), "CARD", "1.00")).collect();
        town.took("monday.csv", &receipts(&rows)).await;
        let heads = at_once(&town, async |books| books.seal().await).await;
        let heads: Vec<_> = heads.into_iter().map(Result::unwrap).collect();
        assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
        assert_eq!(town.books.verify(None).await.unwrap().unsealed, 0);
        town.proved().await;
    }
}
