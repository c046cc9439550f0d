use super::*;

fn order() -> Order {
    Order::of("p-1", Pence::new(1_000), "Rent", "https://council.example/back").unwrap()
}

fn paid() -> Said {
    Said::new("x-1", Saying::paid(None))
}

fn of(said: Said) -> Result<Event, ProviderError> {
    said.of(&order(), DateTime::UNIX_EPOCH)
}

#[test]
fn money_without_its_amount_or_its_owner_is_no_event() {
    let unreadable = |text: &str| Err(ProviderError::unreadable(text));
    assert_eq!(of(paid().about("p-1")), unreadable("it does not say how much"));
    assert_eq!(
        of(paid().for_amount(Pence::new(1_000), "GBP")),
        unreadable("it does not say whose money it is")
    );
    let held = Said::new("x-1", Saying::Authorised { transaction: None });
    assert_eq!(of(held.about("p-1")), unreadable("it does not say how much"));
}

#[test]
fn what_is_another_s_is_for_a_person() {
    let differs = [
        of(paid().about("p-2").for_amount(Pence::new(1_000), "GBP")),
        of(paid().about("p-1").for_amount(Pence::new(999), "GBP")),
        of(paid().about("p-1").for_amount(Pence::new(1_000), "EUR")),
        of(Said::new("x-1", Saying::Cancelled).about("p-2")),
        of(Said::new("x-1", Saying::Expired).for_amount(Pence::new(1), "GBP")),
    ];
    for differs in differs {
        let error = differs.unwrap_err();
        assert!(error.is_exception(), "{error}");
    }
}

#[test]
fn what_is_ours_is_an_event() {
    let event = of(paid().about("p-1").for_amount(Pence::new(1_000), "gbp")).unwrap();
    let Heard::Paid(taken) = event.what() else { panic!("{event:?}") };
    let kept =
        Taken::kept("x-1".to_owned(), None, Pence::new(1_000), Pence::ZERO, DateTime::UNIX_EPOCH);
    assert_eq!((taken, taken.transaction()), (&kept, "x-1"));
}

#[test]
fn a_card_number_is_neither_a_name_nor_a_reason() {
    let card = "4111111111111111";
    let said = |said: Said| of(said.about("p-1").for_amount(Pence::new(1_000), "GBP"));
    let refused = said(Said::new(card, Saying::Waiting)).unwrap_err();
    assert_eq!(refused, ProviderError::CardNumber { field: "name of the payment" });
    let authorised = Saying::Authorised { transaction: Some(card.to_owned()) };
    let refused = said(Said::new("x-1", authorised)).unwrap_err();
    assert_eq!(refused, ProviderError::CardNumber { field: "name of the transaction" });
    let event = said(Said::new("x-1", Saying::refused("card 4111111111111111 declined")));
    let reason = "card ************1111 declined".to_owned();
    assert_eq!(event.unwrap().what(), &Heard::Refused { reason, again: Again::Unsaid });
}

#[test]
fn a_surcharge_below_nothing_is_none() {
    let paying = Paying { surcharge: Some(Pence::new(-1)), ..Paying::default() };
    let said = Said::new("x-1", Saying::Paid(paying)).about("p-1");
    assert!(of(said.for_amount(Pence::new(1_000), "GBP")).is_err());
}
