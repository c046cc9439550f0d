use super::*;
use crate::Status;

fn sandbox() -> Sandbox {
    Sandbox::new(Secret::new("test-key"))
}

fn order(pence: i64) -> Order {
    Order::of("p-1", Pence::new(pence), "Rent", "https://council.example/back").unwrap()
}

/// What an order comes to: asked for, then looked at.
fn lived(order: &Order) -> Result<Status, ProviderError> {
    let sandbox = sandbox();
    let heard = |reply: Option<Reply>| match reply {
        Some(reply) => sandbox.looked(order, &reply),
        None => Ok(Event::Silent),
    };
    let asked = heard(sandbox.serve(&sandbox.ask(order), DateTime::UNIX_EPOCH))?;
    let status = Status::Created.after(asked).unwrap();
    let Some(provider_ref) = status.provider_ref() else { return Ok(status) };
    let looked = heard(sandbox.serve(&sandbox.look(provider_ref), DateTime::UNIX_EPOCH))?;
    Ok(status.after(looked).unwrap())
}

#[test]
fn the_amount_decides() {
    let name = |pence: i64| format!("sbx-{pence}-p-1");
    let reason = |text: &str| text.to_owned();
    for (pence, status) in [
        (1_000, Status::Captured { provider_ref: name(1_000), at: DateTime::UNIX_EPOCH }),
        (1_001, Status::Failed { reason: reason("the card was declined") }),
        (1_002, Status::Cancelled),
        (1_003, Status::Expired),
        (1_004, Status::Errored { reason: reason("the card scheme did not answer") }),
        (1_005, Status::Pending { provider_ref: name(1_005) }),
        (1_006, Status::Authorised { provider_ref: name(1_006) }),
        (1_007, Status::Unknown { provider_ref: None }),
        (1_009, Status::Captured { provider_ref: name(1_009), at: DateTime::UNIX_EPOCH }),
    ] {
        assert_eq!(lived(&order(pence)), Ok(status), "{pence}");
    }
}

#[test]
fn an_answer_for_another_amount_or_order_is_no_event() {
    let (asked, answered) = (Pence::new(1_008), Pence::new(1_009));
    assert_eq!(lived(&order(1_008)), Err(ProviderError::AmountDiffers { asked, answered }));
    let reply = sandbox().serve(&sandbox().look("sbx-1000-p-2"), DateTime::UNIX_EPOCH).unwrap();
    let (asked, answered) = ("p-1".to_owned(), "p-2".to_owned());
    assert_eq!(
        sandbox().looked(&order(1_000), &reply),
        Err(ProviderError::OrderDiffers { asked, answered })
    );
}

#[test]
fn an_answer_that_does_not_read_is_no_event() {
    let unreadable = |text: &str| Err(ProviderError::Unreadable(text.to_owned()));
    for (body, error) in [
        ("", unreadable("it does not say `order`")),
        ("order=p-1\namount=ten", unreadable("`ten` is not whole pence")),
        (
            "order=p-1\namount=1000\nreference=x\nstatus=won",
            unreadable("`won` is no status it has"),
        ),
        (
            "order=p-1\namount=1000\nreference=x\nstatus=paid\nat=noon",
            unreadable("`noon` is not a time"),
        ),
    ] {
        let reply = Reply { status: 200, body: Body(body.as_bytes().to_vec()) };
        assert_eq!(sandbox().looked(&order(1_000), &reply), error, "{body}");
    }
}

#[test]
fn a_stranger_is_turned_away() {
    let request = Sandbox::new(Secret::new("another")).ask(&order(1_000));
    let reply = sandbox().serve(&request, DateTime::UNIX_EPOCH).unwrap();
    let refused = Err(ProviderError::Rejected { status: 401 });
    assert_eq!(sandbox().asked(&order(1_000), &reply), refused);
}

#[test]
fn only_a_notice_with_the_right_signature_is_heard() {
    let (body, signature) = sandbox().notice("sbx-1000-p-1", DateTime::UNIX_EPOCH).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let notice = sandbox().verify(&body, &signature, now).unwrap();
    assert_eq!(sandbox().about(&notice), Ok("p-1".to_owned()));
    let paid = Event::Paid { provider_ref: "sbx-1000-p-1".to_owned(), at: now };
    assert_eq!(sandbox().noticed(&order(1_000), &notice), Ok(paid));

    let forged = String::from_utf8(body).unwrap().replace("1000", "9000");
    assert_eq!(sandbox().verify(forged.as_bytes(), &signature, now), None);
    assert_eq!(Sandbox::new(Secret::new("another")).verify(b"", &signature, now), None);
}
