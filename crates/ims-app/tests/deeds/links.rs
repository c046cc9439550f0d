//! Payment links: made, followed, paid; and told when they cannot be.

use std::sync::Arc;

use chrono::TimeDelta;
use ims_app::{
    Actor, AppError, BasketView, Books, FindEvents, LinkLine, LinkState, LinkUses, LinkView,
    NewLink, NewRedirect, NotBrought, NotTakenUp, PaymentView, Permission, ScopeKind, Unpayable,
};
use ims_ledger::id::PaymentId;
use ims_money::Pence;
use ims_pay::Secret;
use ims_testkit::on_both;

use super::{
    baskets::{PORTAL, line},
    payments::took,
    raw::{count, sql, tamper},
    redirects::from_old,
    standing::{add, hands},
    town::{Town, april, ct, settings},
};

/// The portal of the town, with a key for links.
pub(super) fn portal() -> String {
    PORTAL.replace("[portal]\n", "[portal]\nsecrets = { links = \"portal-links\" }\n")
}

/// The books of whoever has the key.
pub(super) async fn with_key(town: &Town) -> Books {
    keyed(town, "a key of thirty-two letters or more", Actor::system("test")).await
}

async fn keyed(town: &Town, key: &'static str, actor: Actor) -> Books {
    let value = move |name: &str| (name == "portal-links").then(|| Secret::new(key));
    let app = town.app.clone().with_secrets(Arc::new(value));
    app.books(Some("MILL"), actor).await.unwrap()
}

fn asked(fund: &str, reference: &str, pence: Option<i64>) -> LinkLine {
    let (fund, reference) = (fund.to_owned(), reference.to_owned());
    LinkLine { fund, reference, amount: pence.map(Pence::new) }
}

/// A link for 5.00 of an account's council tax, paid once, until the 25th.
pub(super) fn for_tax(account: u32) -> NewLink {
    NewLink {
        lines: vec![asked("CT", &ct(account), Some(500))],
        uses: LinkUses::Once,
        until: april(25),
        label: "Mr Miller's arrears".to_owned(),
        key: None,
    }
}

/// A town with a portal; the books of its staff, and as residents have them.
async fn open(url: &str) -> (Town, Books, Books) {
    let town = Town::of(url).await;
    town.books.configure(&format!("{}\n{}", settings("MILL"), portal()), april(1)).await.unwrap();
    let staff = with_key(&town).await;
    let actor = Actor::holding("portal", &[Permission::TakeCard]);
    let residents = keyed(&town, "a key of thirty-two letters or more", actor).await;
    (town, staff, residents)
}

fn token(link: &LinkView) -> &str {
    link.token.as_deref().unwrap()
}

/// The lines of a link in somebody's basket.
async fn taken_up(residents: &Books, who: &str, link: &LinkView) -> BasketView {
    residents.take_up_link(who, token(link), &[]).await.unwrap().unwrap()
}

/// A basket on its way to the provider.
async fn started(residents: &Books, who: &str) -> PaymentView {
    let content = residents.basket(who).await.unwrap().content;
    let new = residents.bring_basket(who, content).await.unwrap().unwrap();
    residents.start_payment(&new).await.unwrap()
}

async fn followed(residents: &Books, link: &LinkView) -> LinkView {
    residents.followed_link(token(link)).await.unwrap().unwrap()
}

fn refused(came: Result<LinkView, AppError>) -> String {
    let why = came.unwrap_err();
    assert!(why.is_refusal(), "{why:?}");
    why.to_string()
}

on_both! {
    /// Two weeks' rent by two links: one payment of one week pays one of them.
    async fn two_links_alike_are_paid_one_at_a_time(url: &str) {
        let (_town, staff, residents) = open(url).await;
        let [first, second] = [staff.make_link(&for_tax(1)).await, staff.make_link(&for_tax(1)).await];
        let (first, second) = (first.unwrap(), second.unwrap());
        taken_up(&residents, "both", &first).await;
        taken_up(&residents, "both", &first).await;
        let came = residents.take_up_link("both", token(&second), &[]).await.unwrap();
        assert_eq!(came.unwrap_err(), NotTakenUp::Line(0, Unpayable::Twice));
        assert_eq!(residents.basket("both").await.unwrap().lines.len(), 1);
    }

    async fn a_link_is_made_once_listed_and_taken_back(url: &str) {
        let (town, staff, residents) = open(url).await;
        let new = NewLink { key: Some("letter 7".to_owned()), ..for_tax(1) };
        let link = staff.make_link(&new).await.unwrap();
        assert!(!link.before && link.state == LinkState::Open && link.until == april(25));
        assert_eq!(link.lines, new.lines);
        let again = staff.make_link(&new).await.unwrap();
        assert_eq!(again, LinkView { before: true, ..link.clone() });
        let other = NewLink { until: april(26), ..new.clone() };
        assert_eq!(refused(staff.make_link(&other).await), "`letter 7` was used before for something else");
        let label = NewLink { label: "another".to_owned(), ..new };
        refused(staff.make_link(&label).await);
        let second = staff.make_link(&for_tax(2)).await.unwrap();
        let listed = |rows: Vec<LinkView>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(listed(staff.links(None, None, 9).await.unwrap()), [second.id, link.id]);
        assert_eq!(listed(staff.links(None, Some(second.id), 9).await.unwrap()), [link.id]);

        assert!(staff.withdraw_link(link.id, " ").await.unwrap_err().is_bad_input());
        assert!(!staff.withdraw_link(link.id, "paid by cheque").await.unwrap().before);
        assert!(staff.withdraw_link(link.id, "again").await.unwrap().before);
        assert_eq!(listed(staff.links(Some(LinkState::Withdrawn), None, 9).await.unwrap()), [link.id]);
        assert_eq!(listed(staff.links(Some(LinkState::Open), None, 9).await.unwrap()), [second.id]);
        assert_eq!(followed(&residents, &link).await.state, LinkState::Withdrawn);
        let gone = residents.take_up_link("ann", token(&link), &[]).await.unwrap();
        assert_eq!(gone, Err(NotTakenUp::Ended(LinkState::Withdrawn)));

        // Each is in the trail once, and nothing of whom it is for.
        let events = staff.find_events(&FindEvents::default(), None, 500).await.unwrap();
        let told: Vec<_> = events.iter().filter(|it| it.deed.contains("payment link")).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told.iter().all(|event| !event.data.contains("Miller")), "{told:?}");
        assert_eq!(sql(url, "SELECT COUNT(*) FROM detail WHERE words LIKE '%Miller%'"), "2");
        town.proved().await;
    }

    async fn a_link_is_followed_into_a_basket_and_paid(url: &str) {
        let (town, staff, residents) = open(url).await;
        let lines = vec![asked("CT", &ct(1), Some(500)), asked("LE", "lm000001", None)];
        let link = staff.make_link(&NewLink { lines, ..for_tax(1) }).await.unwrap();
        assert_eq!(link.lines[1].reference, "LM000001", "as its fund writes it");
        assert_eq!(followed(&residents, &link).await.label, "Mr Miller's arrears");

        // All of it or none: the fund takes no less than a pound.
        let few = [None, Some(Pence::new(99))];
        let why = residents.take_up_link("ann", token(&link), &few).await.unwrap();
        assert_eq!(why, Err(NotTakenUp::Line(1, Unpayable::TooLittle(Pence::new(100)))));
        let none = residents.take_up_link("ann", token(&link), &[]).await.unwrap();
        assert!(matches!(none, Err(NotTakenUp::Line(1, Unpayable::TooLittle(_)))), "{none:?}");
        assert_eq!(residents.basket("ann").await.unwrap().lines, []);
        // What the link says counts, whatever a form says.
        let forged = [Some(Pence::new(1)), Some(Pence::new(250))];
        let view = residents.take_up_link("ann", token(&link), &forged).await.unwrap().unwrap();
        assert_eq!(view.lines, [line("CT", &ct(1), 500), line("LE", "LM000001", 250)]);
        let again = residents.take_up_link("ann", token(&link), &forged).await.unwrap().unwrap();
        assert_eq!(again, view);

        let payment = started(&residents, "ann").await;
        assert_eq!(followed(&residents, &link).await.under_way, 1);
        took(&town, &payment).await;
        let paid = followed(&residents, &link).await;
        assert_eq!(
            (paid.state, paid.paid_on, paid.paid_by, paid.payments, paid.under_way),
            (LinkState::Paid, Some(april(20)), Some(payment.payment.id), 1, 0)
        );
        assert_eq!(residents.basket("ann").await.unwrap().lines, []);
        let late = residents.take_up_link("bob", token(&link), &forged).await.unwrap();
        assert_eq!(late, Err(NotTakenUp::Ended(LinkState::Paid)));
        let why = refused(staff.withdraw_link(link.id, "why").await);
        assert_eq!(why, "it was paid already: give the payment back if it was not meant");
        town.proved().await;
        // What is kept of where it stands is not believed.
        tamper(url, "UPDATE payment_link_state SET status = 'open', payment_id = NULL");
        let verified = town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        assert!(wrong.len() == 1 && wrong[0].name.starts_with("each payment link"), "{wrong:?}");
    }

    /// Somebody else was faster: it is said before anything is paid.
    async fn what_was_paid_meanwhile_is_said_before_it_is_paid_again(url: &str) {
        let (town, staff, residents) = open(url).await;
        let link = staff.make_link(&for_tax(1)).await.unwrap();
        for who in ["ann", "bob"] {
            taken_up(&residents, who, &link).await;
        }
        took(&town, &started(&residents, "ann").await).await;
        let bob = residents.basket("bob").await.unwrap();
        let why = residents.bring_basket("bob", bob.content).await.unwrap().unwrap_err();
        assert_eq!(why, NotBrought::LinkEnded(ct(1), LinkState::Paid));
        // He may pay the account all the same, if he means it.
        residents.remove_from_basket("bob", "CT", &ct(1)).await.unwrap();
        residents.add_to_basket("bob", &line("CT", &ct(1), 500)).await.unwrap().unwrap();
        took(&town, &started(&residents, "bob").await).await;
        assert!(staff.payment_exceptions(None, 9).await.unwrap().is_empty());
        assert_eq!((town.at("fund:CT").await, count(url, "payment_link_use")), (-1_000, 1));
        town.proved().await;
    }

    /// Both were at the provider's before either had paid: both are booked, and a
    /// person is told to give one back.
    async fn two_who_pay_at_once_are_both_booked_and_one_is_raised(url: &str) {
        let (town, staff, residents) = open(url).await;
        let link = staff.make_link(&for_tax(1)).await.unwrap();
        for who in ["ann", "bob"] {
            taken_up(&residents, who, &link).await;
        }
        let (ann, bob) = (started(&residents, "ann").await, started(&residents, "bob").await);
        assert_eq!(followed(&residents, &link).await.under_way, 2);
        tokio::join!(took(&town, &ann), took(&town, &bob));
        assert_eq!((town.at("fund:CT").await, town.at("clearing:card").await), (-1_000, 1_000));
        let raised = staff.payment_exceptions(None, 9).await.unwrap();
        let first = followed(&residents, &link).await.paid_by.unwrap();
        let (first, second) = if first == ann.payment.id { (ann, bob) } else { (bob, ann) };
        let told: Vec<_> = raised.iter().map(|row| (row.kind.as_str(), row.payment)).collect();
        assert_eq!(told, [("twice", Some(second.payment.id))]);
        assert!(raised[0].why.contains(&first.payment.reference), "{}", raised[0].why);
        // Told once more, nothing more comes of it.
        for view in [&first, &second] {
            took(&town, view).await;
        }
        assert_eq!((town.at("fund:CT").await, staff.payment_exceptions(None, 9).await.unwrap().len()), (-1_000, 1));
        town.proved().await;
    }

    /// The same account was in the basket already, and on its way to the provider.
    async fn a_payment_under_way_is_by_the_link_that_its_line_came_by_later(url: &str) {
        let (town, staff, residents) = open(url).await;
        let link = staff.make_link(&for_tax(1)).await.unwrap();
        residents.add_to_basket("ann", &line("CT", &ct(1), 500)).await.unwrap().unwrap();
        let payment = started(&residents, "ann").await;
        assert_eq!(taken_up(&residents, "ann", &link).await.lines.len(), 1);
        let same = started(&residents, "ann").await;
        assert_eq!((same.payment.id, same.before), (payment.payment.id, true));
        took(&town, &same).await;
        assert_eq!(followed(&residents, &link).await.state, LinkState::Paid);
        town.proved().await;
    }

    async fn a_link_taken_back_or_over_is_not_paid_any_more(url: &str) {
        let (town, staff, residents) = open(url).await;
        let (gone, over) = (staff.make_link(&for_tax(1)).await.unwrap(), staff.make_link(&for_tax(2)).await.unwrap());
        taken_up(&residents, "ann", &gone).await;
        let payment = started(&residents, "ann").await;
        staff.withdraw_link(gone.id, "a mistake").await.unwrap();
        let content = residents.basket("ann").await.unwrap().content;
        let why = residents.bring_basket("ann", content).await.unwrap();
        assert_eq!(why, Err(NotBrought::LinkEnded(ct(1), LinkState::Withdrawn)));
        // Its money came all the same, and is booked.
        took(&town, &payment).await;
        assert_eq!((followed(&residents, &gone).await.state, town.at("fund:CT").await), (LinkState::Paid, -500));

        town.clock.to_april(25);
        town.clock.forward(TimeDelta::hours(13));
        assert_eq!(followed(&residents, &over).await.state, LinkState::Open, "to the day's end");
        taken_up(&residents, "bob", &over).await;
        town.clock.forward(TimeDelta::hours(1));
        assert_eq!(followed(&residents, &over).await.state, LinkState::Expired, "in London");
        let content = residents.basket("bob").await.unwrap().content;
        let why = residents.bring_basket("bob", content).await.unwrap();
        assert_eq!(why, Err(NotBrought::LinkEnded(ct(2), LinkState::Expired)));
        let why = residents.take_up_link("eve", token(&over), &[]).await.unwrap();
        assert_eq!(why, Err(NotTakenUp::Ended(LinkState::Expired)));
        let listed = staff.links(Some(LinkState::Expired), None, 9).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [over.id]);
        assert_eq!(staff.links(Some(LinkState::Open), None, 9).await.unwrap(), []);
        town.proved().await;
    }

    async fn a_link_for_many_is_paid_by_many(url: &str) {
        let (town, staff, residents) = open(url).await;
        let lines = vec![asked("LE", "LM000001", Some(300))];
        let link = NewLink { lines, uses: LinkUses::Many, ..for_tax(1) };
        let link = staff.make_link(&link).await.unwrap();
        for who in ["ann", "bob", "ann"] {
            taken_up(&residents, who, &link).await;
            took(&town, &started(&residents, who).await).await;
        }
        let view = followed(&residents, &link).await;
        assert_eq!((view.state, view.payments, view.paid_by), (LinkState::Open, 3, None::<PaymentId>));
        assert!(staff.payment_exceptions(None, 9).await.unwrap().is_empty());
        town.proved().await;
    }

    /// Else the link would be paid with half of it, or stand open with half of it paid.
    async fn what_came_by_one_link_is_paid_together(url: &str) {
        let (town, staff, residents) = open(url).await;
        let lines = vec![asked("CT", &ct(1), Some(500)), asked("CT", &ct(2), Some(200))];
        let link = staff.make_link(&NewLink { lines, ..for_tax(1) }).await.unwrap();
        residents.add_to_basket("ann", &line("LE", "LM000001", 300)).await.unwrap().unwrap();
        assert_eq!(taken_up(&residents, "ann", &link).await.lines.len(), 3);
        let left = residents.remove_from_basket("ann", "CT", &ct(2)).await.unwrap();
        assert_eq!(left.lines, [line("LE", "LM000001", 300)]);
        took(&town, &started(&residents, "ann").await).await;
        assert_eq!(followed(&residents, &link).await.state, LinkState::Open);

        // One of its lines was paid already, and by no link: the other stays.
        residents.add_to_basket("bob", &line("CT", &ct(1), 500)).await.unwrap().unwrap();
        let payment = started(&residents, "bob").await;
        taken_up(&residents, "bob", &link).await;
        took(&town, &payment).await;
        assert_eq!(residents.basket("bob").await.unwrap().lines, [line("CT", &ct(2), 200)]);
        took(&town, &started(&residents, "bob").await).await;
        assert_eq!(followed(&residents, &link).await.state, LinkState::Open);
        town.proved().await;
    }

    async fn an_address_that_is_not_the_councils_is_nothing(url: &str) {
        let (town, staff, residents) = open(url).await;
        let link = staff.make_link(&for_tax(1)).await.unwrap();
        let good = token(&link).to_owned();
        let mut forged = good.clone();
        forged.replace_range(0..1, if good.starts_with('0') { "1" } else { "0" });
        let other = keyed(&town, "another key of thirty-two letters", Actor::system("test")).await;
        let theirs = other.link(link.id).await.unwrap();
        for bad in ["", "x", &forged, &good[..74], &format!("{good}A"), token(&theirs)] {
            assert_eq!(residents.followed_link(bad).await.unwrap(), None, "{bad}");
            let why = residents.take_up_link("ann", bad, &[]).await.unwrap();
            assert_eq!(why, Err(NotTakenUp::Unknown), "{bad}");
        }
        // Signed with our key, and there is none.
        tamper(url, "DELETE FROM payment_link");
        assert_eq!(residents.followed_link(&good).await.unwrap(), None);
        let why = residents.take_up_link("ann", &good, &[]).await.unwrap();
        assert_eq!(why, Err(NotTakenUp::Unknown));
    }

    async fn without_a_key_no_link_is_made(url: &str) {
        let (town, staff, _residents) = open(url).await;
        let link = staff.make_link(&for_tax(1)).await.unwrap();
        let without = keyed(&town, "too short", Actor::system("test")).await;
        assert!(refused(without.make_link(&for_tax(1)).await).contains("fewer than 32 characters"));
        let why = refused(town.books.make_link(&for_tax(1)).await);
        assert_eq!(why, "the value of the key of payment links, `portal-links`, is not set");
        assert_eq!(town.books.link(link.id).await.unwrap().token, None, "it is listed all the same");
        town.books.configure(&format!("{}\n{PORTAL}", settings("MILL")), april(1)).await.unwrap();
        assert!(refused(staff.make_link(&for_tax(1)).await).starts_with("payment links have no key yet"));
        assert_eq!(count(url, "payment_link"), 1);
    }

    async fn what_the_portal_would_not_take_makes_no_link(url: &str) {
        let (town, staff, _residents) = open(url).await;
        town.books.stop_holder(("CT", &ct(2)), "C", "asked").await.unwrap();
        let of = |lines: &[LinkLine]| NewLink { lines: lines.to_vec(), ..for_tax(1) };
        let twice = [asked("CT", &ct(1), None), asked("CT", &ct(1), Some(1))];
        for (new, why) in [
            (of(&[asked("PK", "PN000001", Some(100))]), "PK PN000001: is not offered on the portal"),
            (of(&[asked("CT", &ct(2), None)]), "the account is on stop: Please telephone 01632 960001"),
            (of(&[asked("LE", "LM000001", Some(99))]), "LE LM000001: the portal takes 1.00 or more"),
            (of(&[asked("LE", "LM000001", Some(5_001))]), "LE LM000001: the portal takes 50.00 or less"),
            (of(&[asked("CT", "123", None)]), "CT 123: "),
            (of(&twice), "the same reference is there twice"),
        ] {
            let said = refused(staff.make_link(&new).await);
            assert!(said.contains(why), "{said}");
        }
        for (new, why) in [
            (of(&[]), "a payment link is for 1 to 10 lines"),
            (NewLink { until: april(19), ..for_tax(1) }, "is between 2026-04-20 and 2028-04-20"),
            (NewLink { label: "x".repeat(101), ..for_tax(1) }, "at most 100 characters"),
            (NewLink { label: "card 4111 1111 1111 1111".to_owned(), ..for_tax(1) }, "looks like a card number"),
        ] {
            let said = staff.make_link(&new).await.unwrap_err();
            assert!(said.is_bad_input() && said.to_string().contains(why), "{said}");
        }
        assert_eq!(count(url, "payment_link"), 0);
        town.proved().await;
    }

    /// An old reference of their own leads to another fund: it is not theirs.
    async fn an_old_reference_makes_no_link_to_another_fund(url: &str) {
        let (town, staff, _residents) = open(url).await;
        let old = NewRedirect {
            fund: "CT".to_owned(),
            reference: "OLD 1".to_owned(),
            to: Some(("LE".to_owned(), "LM000001".to_owned())),
            from: april(1),
            reason: "a new system".to_owned(),
        };
        staff.redirect_reference(&old).await.unwrap();
        add(&staff, "sam", &["cashier"]).await;
        staff.grant_scope("sam", ScopeKind::Fund, "CT").await.unwrap();
        let sam = hands(&town, "sam").await.actor().clone();
        let sam = keyed(&town, "a key of thirty-two letters or more", sam).await;
        let why = sam.make_link(&NewLink { lines: vec![asked("CT", "OLD 1", Some(100))], ..for_tax(1) }).await;
        assert!(matches!(why, Err(AppError::NotFound { what: "reference", .. })), "{why:?}");
        assert!(sam.make_link(&for_tax(1)).await.is_ok());
        town.proved().await;
    }

    /// The same request is the same link, wherever its references lead by now, and after
    /// its last day.
    async fn the_same_link_is_asked_for_by_its_key_though_its_reference_moved(url: &str) {
        let (town, staff, _residents) = open(url).await;
        staff.redirect_reference(&from_old("OLD 1", Some(&ct(1)))).await.unwrap();
        let lines = vec![asked("CT", "OLD 1", Some(100)), asked("CT", &ct(3), None)];
        let new = NewLink { lines, key: Some("letter 9".to_owned()), ..for_tax(1) };
        let made = staff.make_link(&new).await.unwrap();
        let again = async || {
            let view = staff.make_link(&new).await.unwrap();
            (view.id, view.before)
        };
        assert_eq!(again().await, (made.id, true));
        staff.redirect_reference(&from_old(&ct(1), Some(&ct(2)))).await.unwrap();
        assert_eq!(again().await, (made.id, true));
        town.clock.forward(TimeDelta::days(9));
        assert_eq!(again().await, (made.id, true));
        let lines = vec![asked("CT", "OLD 1", Some(101)), asked("CT", &ct(3), None)];
        let labelled = NewLink { label: "another's".to_owned(), ..new.clone() };
        for other in [NewLink { lines, ..new.clone() }, labelled] {
            let why = staff.make_link(&other).await.unwrap_err();
            assert_eq!(why.to_string(), "`letter 9` was used before for something else");
        }
        assert_eq!(count(url, "payment_link"), 1);
        town.proved().await;
    }
}
