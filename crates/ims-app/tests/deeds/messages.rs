//! Banners are shown between their times.

use ims_testkit::on_both;

use super::town::{Town, april, settings};

on_both! {
    async fn a_message_is_shown_while_it_lasts(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(town.books.messages_now().await.unwrap(), []);
        let message = "[[message]]\ntext = \"We move on Tuesday\"\nseverity = \"warning\"\n\
            from = \"2026-04-20T10:00:00\"\nuntil = \"2026-04-21T10:00:00\"\n";
        town.books.configure(&(settings("MILL") + message), april(1)).await.unwrap();
        let texts: Vec<_> =
            town.books.messages_now().await.unwrap().into_iter().map(|one| one.text).collect();
        assert_eq!(texts, ["We move on Tuesday"]);
        town.clock.to_april(21);
        assert_eq!(town.books.messages_now().await.unwrap(), []);
        town.proved().await;
    }
}
