//! What residents meet, without a browser.

use ims_testkit::on_both;

use super::{
    borough::Borough,
    client::{Answer, Client},
    log,
};

/// Sends a form as the page at `path` has it, with what is typed.
pub async fn fill(client: &mut Client, path: &str, typed: &[(&str, &str)]) -> Answer {
    let page = client.get(path).await;
    let token = page.hidden("csrf");
    let form: Vec<_> =
        [("csrf", token.as_str())].into_iter().chain(typed.iter().copied()).collect();
    client.post(path, &form).await
}

pub async fn leisure(client: &mut Client, reference: &str, amount: &str) -> Answer {
    fill(client, "/pay/LE", &[("reference", reference), ("amount", amount)]).await
}

on_both! {
    async fn a_basket_is_filled_and_checked(url: &str) {
        let borough = Borough::of(url).await;
        let mut ann = borough.client();
        let front = ann.get("/").await;
        front.shows(&["Brightwater Borough Council", "Council tax", "Bills, reminders", "/pay/PK"]);

        // The account first, then what is owed on it, then an amount.
        let owed = fill(&mut ann, "/pay/CT", &[("reference", " 80000001 ")]).await;
        assert_eq!(owed.status, 200);
        owed.shows(&["£120.50 is still to be paid", "value=\"120.50\"", "80000001"]);
        let added = fill(&mut ann, "/pay/CT", &[("reference", "80000001"), ("amount", "£1,00")]).await;
        assert_eq!((added.status, added.header("location")), (303, "/basket"));
        let again = fill(&mut ann, "/pay/CT", &[("reference", "80000001"), ("amount", "100")]).await;
        assert_eq!(again.status, 303, "the same button twice is one line");
        assert_eq!(leisure(&mut ann, "lm000001", "24").await.status, 303);
        let basket = ann.get("/basket").await;
        basket.shows(&["LM000001", "£100.00", "£24.00", "£124.00", "href=\"/check\""]);
        ann.get("/check").await.shows(&["£124.00", "No money has been taken"]);

        // A parking fine needs a name.
        let form = [("reference", "PN000001"), ("amount", "35.00")];
        assert_eq!(fill(&mut ann, "/pay/PK", &form).await.status, 303);
        ann.get("/basket").await.shows(&["href=\"/your-details\""]);
        assert_eq!(ann.get("/check").await.header("location"), "/your-details");
        let bad = fill(&mut ann, "/your-details", &[("name", "Ann Other"), ("town", "12")]).await;
        assert_eq!(bad.status, 422);
        bad.shows(&["Error: Your name", "Enter the first line", "Town or city must have a letter"]);
        let odd = [
            ("name", "A\0B"), ("line1", "1 High Street"), ("town", "Brightwater"), ("postcode", "ZZ1 1ZZ"),
        ];
        let odd = fill(&mut ann, "/your-details", &odd).await;
        assert_eq!(odd.status, 422);
        odd.shows(&["Full name has a character in it that cannot be printed"]);
        let details = [
            ("name", "Ann Other"), ("line1", "1 High Street"), ("town", "Brightwater"), ("postcode", "ZZ1 1ZZ"),
        ];
        assert_eq!(fill(&mut ann, "/your-details", &details).await.header("location"), "/check");
        ann.get("/check").await.shows(&["Ann Other", "1 High Street<br>Brightwater", "£159.00"]);

        // Another browser sees none of it; taking out leaves the rest.
        borough.client().get("/basket").await.shows(&["Your basket is empty."]);
        let token = ann.get("/basket").await.hidden("csrf");
        let out = [("csrf", token.as_str()), ("fund", "PK"), ("reference", "PN000001")];
        assert_eq!(ann.post("/basket/remove", &out).await.header("location"), "/basket");
        ann.get("/check").await.shows(&["£124.00"]);
        let written = log::said();
        for secret in ["80000001", "Ann Other", "High Street"] {
            assert!(!written.contains(secret), "{secret} is in the log");
        }
    }

    async fn what_is_wrong_is_said_so_that_it_can_be_mended(url: &str) {
        let borough = Borough::of(url).await;
        let mut ann = borough.client();
        for (path, reference, amount, says) in [
            ("/pay/LE", "", "", "Enter your membership number"),
            ("/pay/LE", "LX000001", "5", "Check your membership number: it should look like LM000001"),
            ("/pay/LE", "LM000001", "", "Enter an amount"),
            ("/pay/LE", "LM000001", "0", "Amount must be more than £0"),
            ("/pay/LE", "LM000001", "1.005", "pounds and pence"),
            ("/pay/LE", "LM000001", "0.99", "Amount must be £1.00 or more"),
            ("/pay/LE", "4111 1111 1111 1111", "5", "looks like a card number"),
            ("/pay/PK", "PN000001", "500.01", "Amount must be £500.00 or less"),
            ("/pay/CT", "8000", "5", "Council tax account number must be 8 characters long"),
            ("/pay/CT", "8000000x", "5", "Council tax account number must only have numbers"),
            ("/pay/CT", "80000009", "5", "We cannot find this council tax account number"),
            ("/pay/CT", "80000003", "5", "We cannot take this payment online. Please telephone"),
            ("/cy/pay/LE", "LX000001", "5", "Gwiriwch eich rhif aelodaeth: dylai edrych fel LM000001"),
        ] {
            let form = [("reference", reference), ("amount", amount)];
            let answer = fill(&mut ann, path, &form).await;
            assert_eq!(answer.status, 422, "{reference}: {}", answer.body);
            answer.shows(&[says]);
        }
        ann.get("/basket").await.shows(&["Your basket is empty."]);
        assert_eq!(ann.get("/pay/XX").await.status, 404);
        fill(&mut ann, "/pay/CT", &[("reference", "80000002")]).await.shows(&["Nothing is owed"]);
    }

    async fn a_form_of_another_visit_changes_nothing(url: &str) {
        let borough = Borough::of(url).await;
        let (mut ann, mut eve) = (borough.client(), borough.client());
        let token = ann.get("/pay/LE").await.hidden("csrf");
        eve.get("/").await;
        let form = [("csrf", token.as_str()), ("reference", "LM000001"), ("amount", "5")];
        let refused = eve.post("/cy/pay/LE", &form).await;
        assert_eq!(refused.status, 403);
        refused.shows(&["lang=\"cy\"", "Agorwyd y ffurflen hon"]);
        eve.get("/basket").await.shows(&["Your basket is empty."]);
        let kind = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example")];
        let body = format!("csrf={token}&reference=LM000001&amount=5");
        assert_eq!(ann.send("POST", "/pay/LE", &kind, &body).await.status, 403);
        assert_eq!(ann.post("/pay/LE", &form).await.status, 303);
        // The name of a visit is nobody's choice but ours, and no script reads it.
        let mut odd = borough.client();
        odd.cookies.insert("ims-visit".to_owned(), "mine".to_owned());
        let set = odd.get("/").await;
        assert!(set.header("set-cookie").contains("; HttpOnly; SameSite=Lax"), "{set:?}");
    }

    async fn whoever_has_a_number_is_told_little(url: &str) {
        let borough = Borough::of(url).await;
        let books = borough.books().await;
        let new = ims_app::NewReceipt {
            method: "10".to_owned(),
            office: None,
            happened_on: None,
            through: ims_ledger::Through::Staff,
            payer: None,
            cheque: None,
            lines: vec![ims_app::NewReceiptLine {
                fund: "CT".to_owned(),
                reference: "80000001".to_owned(),
                amount: ims_money::Pence::new(4_321),
                vat_code: None,
                narrative: None,
            }],
            key: None,
        };
        let taken = books.take_receipt(&new).await.unwrap();
        let mut ann = borough.client();
        let yes = fill(&mut ann, "/received", &[("number", &taken.receipt.to_lowercase())]).await;
        yes.shows(&["Yes. We received this payment on"]);
        assert!(!yes.body.contains("43.21") && !yes.body.contains("80000001"), "{}", yes.body);
        for (number, status, says) in [
            ("", 422, "Enter a receipt number"),
            ("0000-0000-0000-1", 422, "one of these seems to be wrong"),
            ("0000-0000-0000-0", 200, "We know of no payment with this number"),
        ] {
            let answer = fill(&mut ann, "/received", &[("number", number)]).await;
            assert_eq!(answer.status, status, "{number}");
            answer.shows(&[says]);
        }
        // Guessing ends soon, for this address and whatever is looked up.
        let mut last = 0;
        for _ in 0..130 {
            last = fill(&mut ann, "/received", &[("number", "0000-0000-0000-0")]).await.status;
        }
        assert_eq!(last, 429);
        assert_eq!(leisure(&mut ann, "LM000001", "5").await.status, 429);
    }

    /// One mobile network's address for all of them: who is right shuts nobody out.
    async fn neighbours_who_are_right_shut_nobody_out(url: &str) {
        let borough = Borough::of(url).await;
        let mut pages: Vec<_> = (0..7).map(|_| borough.client()).collect();
        for turn in 0..19 {
            for (nth, client) in pages.iter_mut().enumerate() {
                let added = leisure(client, &format!("LM{nth:06}"), "5").await;
                assert_eq!(added.status, 303, "turn {turn} of {nth}");
            }
        }
        // But nobody looks things up all day, right or not.
        let ann = pages.first_mut().unwrap();
        let mut statuses = Vec::new();
        for _ in 0..45 {
            statuses.push(leisure(ann, "LM000000", "5").await.status);
        }
        assert_eq!((statuses.first(), statuses.last()), (Some(&303), Some(&429)));
        assert_eq!(leisure(&mut borough.client(), "LM000009", "5").await.status, 303);
    }

    async fn every_page_is_in_both_languages(url: &str) {
        let borough = Borough::of(url).await;
        let mut ann = borough.client();
        assert_eq!(leisure(&mut ann, "LM000001", "5").await.status, 303);
        for path in ["/", "/pay/CT", "/basket", "/check", "/received", "/cookies"] {
            let english = ann.get(path).await;
            let welsh = english.link(if path == "/" { "/cy" } else { "/cy/" });
            let welsh = ann.get(&welsh).await;
            assert_eq!((english.status, welsh.status), (200, 200), "{path}");
            english.shows(&["<html lang=\"en\"", "Skip to main content"]);
            welsh.shows(&["<html lang=\"cy\"", "Neidio i'r prif gynnwys".replace('\'', "&#39;").as_str()]);
            assert!(welsh.body.contains(&format!("href=\"{path}\" lang=\"en\"")), "{path}: {}", welsh.body);
        }
        let front = ann.get("/cy").await;
        // What the council wrote in English only is said to be English.
        front.shows(&["<span lang=\"en\">Council tax, leisure and parking</span>"]);
        front.shows(&["Treth gyngor", "<span lang=\"en\">Parking fine</span>", "Yn eich basged: 1 taliad"]);
    }
}
