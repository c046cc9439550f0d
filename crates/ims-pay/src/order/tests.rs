use super::*;

const BACK: &str = "https://council.example/back";

#[test]
fn refuses_what_no_provider_could_do_once() {
    let long = "k".repeat(KEY_LENGTH_MAX + 1);
    for (key, pence, url, error) in [
        ("", 1, BACK, BadOrder::Key(String::new())),
        ("a b", 1, BACK, BadOrder::Key("a b".to_owned())),
        (&long, 1, BACK, BadOrder::Key(long.clone())),
        ("k", 0, BACK, BadOrder::Amount(Pence::ZERO)),
        ("k", -1, BACK, BadOrder::Amount(Pence::new(-1))),
        ("k", 1, "http://x", BadOrder::ReturnUrl("http://x".to_owned())),
    ] {
        assert_eq!(Order::of(key, Pence::new(pence), "", url), Err(error), "{key} {pence}");
    }
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    let card = "4111111111111111";
    let of = |key: &str, description: &str, back: &str| {
        Order::of(key, Pence::new(100), description, back)
    };
    let payer = |payer: Payer| of("k", "", BACK)?.paid_by(payer);
    let line = |reference: &str, description: &str| {
        of("k", "", BACK)?.made_of(vec![Item {
            fund: "1".to_owned(),
            reference: reference.to_owned(),
            description: description.to_owned(),
            amount: Pence::new(100),
        }])
    };
    let card = || Some(card.to_owned());
    for (refused, field) in [
        (of("4111-1111-1111-1111", "", BACK), "key"),
        (of("k", "5555 5555 5555 4444", BACK), "description"),
        (of("k", "", "https://c.example/?n=4111111111111111"), "return address"),
        (
            of("k", "", BACK).unwrap().noticed_at("https://c.example/4111111111111111"),
            "notice address",
        ),
        (payer(Payer { name: card(), ..Payer::default() }), "payer's name or address"),
        (payer(Payer { postcode: card(), ..Payer::default() }), "payer's name or address"),
        (line("4111111111111111", ""), "reference of a line"),
        (line("1", "4111111111111111"), "description of a line"),
    ] {
        assert_eq!(refused, Err(BadOrder::CardNumber(field)));
    }
}

#[test]
fn the_lines_make_the_amount() {
    let order = || Order::of("k", Pence::new(300), "", BACK).unwrap();
    let lines = |amounts: &[i64]| {
        let line = |pence: &i64| Item {
            fund: "1".to_owned(),
            reference: "1".to_owned(),
            description: String::new(),
            amount: Pence::new(*pence),
        };
        order().made_of(amounts.iter().map(line).collect())
    };
    assert_eq!(lines(&[100, 200]).unwrap().items().len(), 2);
    for (amounts, made) in [(vec![100, 100], 200), (vec![400, -100], 300), (vec![300, 0], 300)] {
        let error = BadOrder::Lines { lines: Pence::new(made), amount: Pence::new(300) };
        assert_eq!(lines(&amounts), Err(error));
    }
    assert_eq!(lines(&vec![3; 100]).unwrap().items().len(), 100);
    assert!(lines(&vec![1; 300]).is_err());
}

#[test]
fn who_pays_is_not_printed() {
    let payer = Payer { name: Some("Ada Smith".to_owned()), ..Payer::default() };
    let order = Order::of("k", Pence::new(1), "", BACK).unwrap().paid_by(payer).unwrap();
    assert!(!format!("{order:?}").contains("Smith"));
}
