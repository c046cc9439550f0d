//! What is done for residents, each deed tried.

use ims_app::{
    BasketLine, Books, Payer,
    Permission::{Import, SeeIncome, TakeAgreed, TakeCard},
};
use ims_ledger::id::{AgreementId, LinkId};
use ims_money::Pence;
use ims_pay::AgreementState;
use uuid::Uuid;

use super::{
    super::agreements::{for_tax, said, take},
    Tried,
};

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

/// What payers have agreed to.
pub(super) async fn agreed(books: &Books) -> Vec<Tried> {
    let id = AgreementId::new(Uuid::nil());
    let said = said("agr_1", AgreementState::Active);
    vec![
        ("make_agreement", TakeAgreed, books.make_agreement(&for_tax(1)).await.map(drop)),
        ("agreement", SeeIncome, books.agreement(id).await.map(drop)),
        ("agreements", SeeIncome, books.agreements(None, None, 1).await.map(drop)),
        ("end_agreement", TakeAgreed, books.end_agreement(id, "why", None).await.map(drop)),
        (
            "start_agreed_payment",
            TakeAgreed,
            books.start_agreed_payment(&take(id, 1, "k")).await.map(drop),
        ),
        (
            "agreed_payment_before",
            TakeAgreed,
            books.agreed_payment_before(&take(id, 1, "k")).await.map(drop),
        ),
        ("hear_of_agreement", Import, books.hear_of_agreement(id, &said).await.map(drop)),
        ("agreements_due", Import, books.agreements_due("sandbox", 1).await.map(drop)),
        (
            "end_agreements_of_no_account",
            Import,
            books.end_agreements_of_no_account().await.map(drop),
        ),
        ("miss_agreement", Import, books.miss_agreement(id).await),
    ]
}
