//! Addresses of a postcode: found, or not, and never a reason to be stuck.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ims_app::{
    Actor, AddressLookup, AddressesAway, AddressesFound, Books, Permission, PostalAddress,
};
use ims_ledger::{Council, Postcode};
use ims_testkit::on_both;

use super::town::{Town, april, settings};

/// What a place to ask does next.
#[derive(Clone, Debug)]
enum Next {
    Knows(&'static [&'static str]),
    Says(&'static str),
    NeverAnswers,
}

/// A place to ask, as a service is to the app.
#[derive(Debug)]
struct Gazetteer(Mutex<Next>);

#[async_trait]
impl AddressLookup for Gazetteer {
    fn way(&self) -> &'static str {
        "list"
    }

    async fn find(
        &self,
        council: &Council,
        postcode: &Postcode,
    ) -> Result<Vec<PostalAddress>, AddressesAway> {
        assert_eq!((council.code.as_str(), postcode.as_str()), ("MILL", "ZZ1 1ZZ"));
        let next = self.0.lock().unwrap().clone();
        let address = |line1: &&str| PostalAddress {
            line1: (*line1).to_owned(),
            town: "Millborough".to_owned(),
            ..PostalAddress::default()
        };
        match next {
            Next::Knows(lines) => Ok(lines.iter().map(address).collect()),
            Next::Says(why) => Err(AddressesAway(why.to_owned())),
            Next::NeverAnswers => std::future::pending().await,
        }
    }

    async fn ready(&self, _: &Council) -> Result<(), AddressesAway> {
        match self.0.lock().unwrap().clone() {
            Next::Says(why) => Err(AddressesAway(why.to_owned())),
            Next::Knows(_) | Next::NeverAnswers => Ok(()),
        }
    }
}

/// A town that looks addresses up so, and its books as residents have them; with a
/// program that has the gazetteer, or none.
async fn looking(url: &str, by: &str) -> (Books, Books, Arc<Gazetteer>) {
    let town = Town::of(url).await;
    let more = match by {
        "" => String::new(),
        "list" => "\n[addresses]\nby = \"list\"\nfile = \"a.csv\"\n".to_owned(),
        other => format!("\n[addresses]\nby = \"{other}\"\nsecrets = {{ key = \"k\" }}\n"),
    };
    town.books.configure(&(settings("MILL") + more.as_str()), april(1)).await.unwrap();
    let gazetteer = Arc::new(Gazetteer(Mutex::new(Next::Knows(&[]))));
    let app = town.app.clone().with_addresses(gazetteer.clone());
    let portal = || Actor::holding("portal", &[Permission::TakeCard]);
    let with = app.books(Some("MILL"), portal()).await.unwrap();
    let without = town.app.books(Some("MILL"), portal()).await.unwrap();
    let council = with.settings().await.unwrap().council;
    assert_eq!(app.finds_addresses(&council), by == "list");
    assert!(!town.app.finds_addresses(&council));
    (with, without, gazetteer)
}

async fn found(books: &Books) -> AddressesFound {
    books.find_addresses(&"ZZ1 1ZZ".parse().unwrap()).await.unwrap()
}

on_both! {
    async fn the_addresses_of_a_postcode_come_in_order_and_once(url: &str) {
        let (books, _, gazetteer) = looking(url, "list").await;
        assert_eq!(found(&books).await, AddressesFound::Nobody);
        *gazetteer.0.lock().unwrap() = Next::Knows(&["10 Mill Lane", "2 Mill Lane", "10 Mill Lane"]);
        let AddressesFound::Listed(listed) = found(&books).await else { panic!("none") };
        let lines: Vec<_> = listed.iter().map(|address| address.line1.as_str()).collect();
        assert_eq!(lines, ["2 Mill Lane", "10 Mill Lane"]);
        assert_eq!(books.address_fault().await.unwrap(), None);
    }

    async fn a_place_that_is_away_is_no_error_of_who_asks(url: &str) {
        let (books, without, gazetteer) = looking(url, "list").await;
        *gazetteer.0.lock().unwrap() = Next::Says("the list is being changed");
        assert_eq!(found(&books).await, AddressesFound::Away);
        assert_eq!(books.address_fault().await.unwrap().as_deref(), Some("the list is being changed"));
        // It is waited for a few seconds, not for ever.
        *gazetteer.0.lock().unwrap() = Next::NeverAnswers;
        let found = tokio::time::timeout(std::time::Duration::from_secs(20), found(&books)).await;
        assert_eq!(found, Ok(AddressesFound::Away));
        // A program that knows no such way says so to those who run it.
        assert_eq!(self::found(&without).await, AddressesFound::Away);
        let fault = without.address_fault().await.unwrap();
        assert_eq!(fault.as_deref(), Some("this program knows no way called `list`"));
    }

    async fn who_has_them_typed_is_asked_nothing(url: &str) {
        let (books, _, gazetteer) = looking(url, "").await;
        *gazetteer.0.lock().unwrap() = Next::Says("nobody asks");
        assert_eq!(found(&books).await, AddressesFound::Away);
        assert_eq!(books.address_fault().await.unwrap(), None);
    }

    async fn a_way_of_another_name_is_not_asked(url: &str) {
        let (books, _, gazetteer) = looking(url, "os-places").await;
        *gazetteer.0.lock().unwrap() = Next::Knows(&["2 Mill Lane"]);
        assert_eq!(found(&books).await, AddressesFound::Away);
    }
}
