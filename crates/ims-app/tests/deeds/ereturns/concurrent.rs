//! Many at the same moment.

use tokio::task::JoinSet;

use super::*;
use crate::deeds::town::server;

/// What `deed` comes to in as many hands at once, each with a server of its own.
async fn at_once<T, F>(town: &Town, people: &[(&str, &str)], deed: impl Fn(Books) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut set = JoinSet::new();
    let mut hands = Vec::new();
    for ((name, role), seed) in people.iter().zip(2..) {
        let app = server(&town.url, &town.clock, seed).await;
        let actor = Actor::person(name, &[(*role).to_owned()]);
        hands.push(app.books(Some("MILL"), actor).await.unwrap());
    }
    for books in hands {
        set.spawn(deed(books));
    }
    set.join_all().await
}

on_both! {
    async fn eight_who_make_them_at_once_leave_no_gap(url: &str) {
        let town = with_templates(url).await;
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| (name, "cashier"));
        let done = at_once(&town, &names, async |books| {
            let mut numbers = Vec::new();
            for _ in 0..3 {
                numbers.push(books.create_ereturn(&new("LIB")).await.unwrap().number);
            }
            numbers
        });
        let mut numbers: Vec<String> = done.await.concat();
        numbers.sort_by_key(|number| number[1..].parse::<u32>().unwrap());
        let expected: Vec<String> = (1..=24).map(|number| format!("R{number}")).collect();
        assert_eq!(numbers, expected);
        town.proved().await;
    }

    /// W2, W39: two approvers at the same moment post once.
    async fn two_approvers_at_once_post_once(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
        let before = count(url, "entry");
        let people = ["m1", "m2", "m3", "m4"].map(|name| (name, "income-manager"));
        let id = made.id;
        let done = at_once(&town, &people, move |books: Books| async move { approved(&books, id).await });
        let done = done.await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        for lost in done.into_iter().filter(std::result::Result::is_err) {
            assert!(sentence(lost).starts_with("R1 was approved by m"));
        }
        assert_eq!((count(url, "entry"), count(url, "paying_in_slip")), (before + 1, 1));
        assert_eq!(town.at("clearing:slip").await, 3_500);
        town.proved().await;
    }

    /// Of a save and an approval at the same moment, one is refused.
    async fn a_correction_and_an_approval_at_once_do_not_mix(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &rooms(1_200, 120)).await;
        let id = made.id;
        let people = ["corrects", "approves"].map(|name| (name, "income-manager"));
        let done = at_once(&town, &people, move |books: Books| async move {
            if books.actor().name() == "corrects" {
                books.correct_ereturn(id, 2, &rooms(2_400, 240)).await.map(drop)
            } else {
                let which = [ToApprove { id, version: Some(2) }];
                books.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1.map(drop)
            }
        });
        let done = done.await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        let view = town.books.ereturn(id).await.unwrap();
        let posted = if view.approval.is_some() { 1_200 } else { 0 };
        assert_eq!(town.at("clearing:slip").await, posted);
        town.proved().await;
    }
}
