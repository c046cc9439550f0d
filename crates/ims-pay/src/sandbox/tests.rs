use ims_ledger::RefundEvent;

use super::*;
use crate::{Event, Status, StatusName};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn sandbox() -> Sandbox {
    Sandbox::new(Secret::new("test-key"))
}

fn order(pence: i64) -> Order {
    Order::of("p-1", Pence::new(pence), "Rent", "https://council.example/back").unwrap()
}

fn sent(order: &Order) -> Request {
    let Ask::Send(request) = sandbox().ask(order, NOW).unwrap() else { panic!("handed") };
    request
}

/// What an order comes to: asked for, then looked at.
fn lived(order: &Order) -> Result<Status, ProviderError> {
    let heard = |reply: Option<Reply>| match reply {
        Some(reply) => sandbox().looked(&reply)?.of(order, NOW),
        None => Ok(Event::silent()),
    };
    let asked = heard(sandbox().serve(&sent(order), NOW))?;
    let status = Status::Created.after(asked).unwrap();
    let look = sandbox().look(order, status.provider_ref(), NOW)?;
    Ok(status.after(heard(sandbox().serve(&look, NOW))?).unwrap())
}

#[test]
fn the_amount_decides() {
    for (pence, name) in [
        (1_000, StatusName::Captured),
        (1_001, StatusName::Failed),
        (1_002, StatusName::Cancelled),
        (1_003, StatusName::Expired),
        (1_004, StatusName::Errored),
        (1_005, StatusName::Pending),
        (1_006, StatusName::Authorised),
        (1_007, StatusName::Unknown),
        (1_010, StatusName::Captured),
    ] {
        assert_eq!(lived(&order(pence)).map(|status| status.name()), Ok(name), "{pence}");
    }
}

#[test]
fn an_answer_for_another_amount_or_order_is_no_event() {
    let (asked, answered) = (Pence::new(1_008), Pence::new(1_009));
    assert_eq!(lived(&order(1_008)), Err(ProviderError::AmountDiffers { asked, answered }));
    let (asked, answered) = ("p-1".to_owned(), "p-1-other".to_owned());
    assert_eq!(lived(&order(1_009)), Err(ProviderError::OrderDiffers { asked, answered }));
}

#[test]
fn an_answer_that_does_not_read_says_nothing() {
    let start = "order=p-1\namount=1000\ncurrency=GBP\nreference=x\n";
    for (body, why) in [
        ("", "it is cut off"),
        ("end\n", "it does not say `status`"),
        ("status=paid\namount=ten\nend\n", "it does not say `at`"),
        (&format!("{start}status=won\nend\n"), "`won` is no status it has"),
        (&format!("{start}status=paid\nat=noon\nend\n"), "`noon` is not a time"),
    ] {
        let said = sandbox().looked(&Reply::new(200, body)).unwrap_err();
        assert_eq!(said, ProviderError::unreadable(why), "{body}");
    }
}

#[test]
fn a_terminal_is_the_next_step_of_an_order_at_one() {
    let order = order(1_000).by(Channel::Terminal("Hall 1".to_owned()));
    let reply = sandbox().serve(&sent(&order), NOW).unwrap();
    let said = sandbox().asked(&reply).unwrap();
    let next = NextStep::Terminal { name: "Hall%201".to_owned(), show: None };
    assert_eq!(said.saying(), &Saying::Accepted { next: Some(next) });
}

#[test]
fn a_stranger_is_turned_away() {
    let Ask::Send(request) = Sandbox::new(Secret::new("another")).ask(&order(1), NOW).unwrap()
    else {
        panic!("handed")
    };
    let reply = sandbox().serve(&request, NOW).unwrap();
    let refused = ProviderError::Rejected { status: 401, code: None };
    assert_eq!(sandbox().asked(&reply), Err(refused));
}

#[test]
fn a_refund_s_amount_decides_too() {
    for (pence, event) in [
        (200, Some(Ok(RefundEvent::Pay))),
        (201, Some(Ok(RefundEvent::Fail))),
        (205, Some(Ok(RefundEvent::Send))),
        (207, None),
        (
            208,
            Some(Err(ProviderError::AmountDiffers {
                asked: Pence::new(208),
                answered: Pence::new(209),
            })),
        ),
    ] {
        let (amount, left) = (Pence::new(pence), Pence::new(1_000));
        let refund = RefundOrder::of("r-1", "p-1", "sbx-1000-p-1", amount, left).unwrap();
        let reply = sandbox().serve(&sandbox().refund(&refund, NOW).unwrap(), NOW);
        let told = reply.map(|reply| sandbox().refunded(&reply).unwrap().of(&refund));
        assert_eq!(told, event, "{pence}");
    }
}
