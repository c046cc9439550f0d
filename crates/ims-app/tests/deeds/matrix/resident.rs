//! What is done for residents, each deed tried.

use ims_app::{BasketLine, Books, Payer, Permission::TakeCard};
use ims_money::Pence;

use super::Tried;

/// What is done for residents.
pub(super) async fn resident(books: &Books) -> Vec<Tried> {
    let (fund, reference) = ("CT".to_owned(), "1".to_owned());
    let line = BasketLine { fund, reference, amount: Pence::new(1) };
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
        ("payable_account", TakeCard, books.payable_account("CT", "1").await.map(drop)),
        ("bring_basket", TakeCard, books.bring_basket("t", 1).await.map(drop)),
        ("brought_back", TakeCard, books.brought_back("t", "1").await.map(drop)),
        ("money_received", TakeCard, books.money_received("1").await.map(drop)),
    ]
}
