//! What is done for residents, each deed tried.

use ims_app::{
    BasketLine, Books, Payer,
    Permission::{SeeIncome, TakeCard},
};
use ims_ledger::id::LinkId;
use ims_money::Pence;
use uuid::Uuid;

use super::Tried;

/// What is done for residents.
pub(super) async fn resident(books: &Books) -> Vec<Tried> {
    let (fund, reference) = ("CT".to_owned(), "1".to_owned());
    let line = BasketLine { fund, reference, amount: Pence::new(1) };
    let link = LinkId::new(Uuid::nil());
    let postcode = "ZZ1 1ZZ".parse().unwrap();
    vec![
        ("basket", TakeCard, books.basket("t").await.map(drop)),
        ("add_to_basket", TakeCard, books.add_to_basket("t", &line).await.map(drop)),
        ("remove_from_basket", TakeCard, books.remove_from_basket("t", "CT", "1").await.map(drop)),
        (
            "set_basket_payer",
            TakeCard,
            books.set_basket_payer("t", &Payer::default()).await.map(drop),
        ),
        ("set_basket_mail", TakeCard, books.set_basket_mail("t", "").await.map(drop)),
        ("find_addresses", TakeCard, books.find_addresses(&postcode).await.map(drop)),
        ("address_fault", TakeCard, books.address_fault().await.map(drop)),
        ("payable_account", TakeCard, books.payable_account("CT", "1").await.map(drop)),
        ("bring_basket", TakeCard, books.bring_basket("t", 1).await.map(drop)),
        ("brought_back", TakeCard, books.brought_back("t", "1").await.map(drop)),
        ("followed_link", TakeCard, books.followed_link("0").await.map(drop)),
        ("take_up_link", TakeCard, books.take_up_link("t", "0", &[]).await.map(drop)),
        ("make_link", TakeCard, books.make_link(&super::super::links::for_tax(1)).await.map(drop)),
        ("withdraw_link", TakeCard, books.withdraw_link(link, "why").await.map(drop)),
        ("link", SeeIncome, books.link(link).await.map(drop)),
        ("links", SeeIncome, books.links(None, None, 1).await.map(drop)),
        ("money_received", TakeCard, books.money_received("1").await.map(drop)),
    ]
}
