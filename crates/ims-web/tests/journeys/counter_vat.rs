//! The VAT of what is taken at the counter, and what its lines say.

use ims_app::NewRedirect;
use ims_ledger::card_number;
use ims_testkit::on_both;

use super::{
    client::{Answer, Client},
    council::{self, Served},
    counter::{at_desk_of, books, send},
};

/// A fund of the standard rate, and one whose cashier may choose.
const VATTED: &str = r#"
[[fund]]
code = "SW"
name = "Swimming"
vat = "S"
reference = { min_length = 3, max_length = 8 }

[[fund]]
code = "HI"
name = "Hall hire"
vat = "S"
vat_override = true
reference = { min_length = 3, max_length = 8 }

[[fund]]
code = "EX"
name = "Exercise"
vat = "O"
reference = { min_length = 3, max_length = 8 }

[[fund]]
code = "LS"
name = "Leases"
vat = "S"
takes_credit = false
reference = { min_length = 3, max_length = 8 }
"#;

const AT: &str = "/office/counter/T1";

/// The desk's till, open, at a council with those funds.
async fn at_desk(url: &str) -> (Served, Client) {
    let served = council::served(url).await;
    let today = served.app.world().today();
    books(&served).await.configure(&(council::document() + VATTED), today).await.unwrap();
    let client = at_desk_of(served.client(), "cashier").await;
    (served, client)
}

/// Sends one line in cash.
async fn line(client: &mut Client, fields: &[(&str, &str)]) -> Answer {
    let page = client.get(AT).await;
    let of_line = [("by", "01"), ("reference-1", "HALL1"), ("amount-1", "12.00")];
    let fields = [&of_line[..], fields].concat();
    send(client, &page, AT, &fields).await
}

on_both! {
    /// With the fund's rate, before it is taken and on the receipt.
    async fn the_vat_of_a_fund_is_shown(url: &str) {
        let (served, mut client) = at_desk(url).await;
        let checked = line(&mut client, &[("fund-1", "SW"), ("do", "check")]).await;
        checked.shows(&["It comes to", "HALL1: £2.00 of it is VAT at 20%."]);
        // Of what may be more than is owed, nobody knows it before.
        let owed = line(&mut client, &[("fund-1", "LS"), ("do", "check")]).await;
        owed.shows(&["It comes to"]);
        assert!(!owed.body.contains("of it is VAT"), "{}", owed.body);
        let taken = line(&mut client, &[("fund-1", "SW"), ("do", "take")]).await;
        assert_eq!(taken.status, 303, "{}", taken.body);
        let given = client.get(taken.header("location")).await;
        given.shows(&["HALL1: £2.00 of £12.00 is VAT at 20%."]);
        let number = taken.header("location").rsplit('=').next().unwrap().to_owned();
        let kept = books(&served).await.receipt(&number).await.unwrap();
        assert_eq!((kept.receipt.lines[0].vat.get(), kept.receipt.lines[0].vat_basis_points), (200, Some(2_000)));
    }

    /// An old reference of swimming leads to a fund whose VAT is another.
    async fn the_vat_is_that_of_the_fund_a_reference_leads_to(url: &str) {
        let (served, mut client) = at_desk(url).await;
        let books = books(&served).await;
        let leads = NewRedirect {
            fund: "SW".to_owned(),
            reference: "HALL1".to_owned(),
            to: Some(("EX".to_owned(), "GYM1".to_owned())),
            from: served.app.world().today(),
            reason: "moved".to_owned(),
        };
        books.redirect_reference(&leads).await.unwrap();
        let checked = line(&mut client, &[("fund-1", "SW"), ("do", "check")]).await;
        checked.shows(&["It comes to", "HALL1 leads to EX GYM1"]);
        assert!(!checked.body.contains("of it is VAT"), "{}", checked.body);
        let taken = line(&mut client, &[("fund-1", "SW"), ("do", "take")]).await;
        let number = taken.header("location").rsplit('=').next().unwrap().to_owned();
        let kept = books.receipt(&number).await.unwrap();
        assert_eq!((kept.receipt.lines[0].fund.as_str(), kept.receipt.lines[0].vat.get()), ("EX", 0));
    }

    /// Where the fund lets the cashier choose, and nowhere else.
    async fn another_vat_is_chosen_where_the_fund_allows_it(url: &str) {
        let (served, mut client) = at_desk(url).await;
        client.get(AT).await.shows(&["The fund’s own", "(S, 20%)", "(O, 0%)"]);
        let other = line(&mut client, &[("fund-1", "SW"), ("vat-1", "O"), ("do", "take")]).await;
        assert_eq!(other.status, 422);
        other.shows(&["href=\"#vat-1\"", "Swimming takes only its own VAT: choose that"]);
        let unknown = line(&mut client, &[("fund-1", "HI"), ("vat-1", "?"), ("do", "check")]).await;
        assert_eq!(unknown.status, 422);
        let own = line(&mut client, &[("fund-1", "SW"), ("vat-1", "S"), ("do", "check")]).await;
        own.shows(&["£2.00 of it is VAT at 20%"]);
        let free = line(&mut client, &[("fund-1", "HI"), ("vat-1", "O"), ("do", "check")]).await;
        assert!(!free.body.contains("is VAT at"), "{}", free.body);
        let taken = line(&mut client, &[("fund-1", "HI"), ("vat-1", "O"), ("do", "take")]).await;
        let number = taken.header("location").rsplit('=').next().unwrap().to_owned();
        let kept = books(&served).await.receipt(&number).await.unwrap();
        let kept = &kept.receipt.lines[0];
        assert_eq!((kept.vat_code.as_deref(), kept.vat.get()), (Some("O"), 0));
    }

    /// What a line says is kept whole, and never a card's number.
    async fn what_a_line_says_is_kept(url: &str) {
        let (served, mut client) = at_desk(url).await;
        let long = "x".repeat(200);
        let checked = line(&mut client, &[("fund-1", "HI"), ("narrative-1", &long), ("do", "check")]).await;
        checked.shows(&["It comes to", &long]);
        for (words, wrong) in [
            ("4111 1111 1111 1111", "This looks like a card number"),
            (&*"x".repeat(201), "Narrative must be 200 characters or fewer"),
        ] {
            let refused = line(&mut client, &[("fund-1", "HI"), ("narrative-1", words), ("do", "take")]).await;
            assert_eq!(refused.status, 422);
            refused.shows(&["href=\"#narrative-1\"", wrong]);
            assert!(card_number::masked(&refused.body).is_none(), "{}", refused.body);
        }
        let taken = line(&mut client, &[("fund-1", "HI"), ("narrative-1", "Brownies, May"), ("do", "take")]).await;
        assert_eq!(taken.status, 303, "{}", taken.body);
        let number = taken.header("location").rsplit('=').next().unwrap().to_owned();
        let kept = books(&served).await.receipt(&number).await.unwrap();
        assert!(kept.words.contains("Brownies, May"), "{}", kept.words);
    }
}
