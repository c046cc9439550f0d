use ims_app::{Actor, Imported, NewFile};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    client::Client,
    council::{self, LOST, MEANT, REFERENCE, Served},
};

/// The oldest suspense item of the council, as the app knows it.
async fn suspense(served: &Served) -> ims_app::OpenSuspense {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    books.open_suspense(None, 1).await.unwrap().remove(0)
}

async fn remaining(served: &Served, id: ims_ledger::id::SuspenseId) -> Pence {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    books.suspense_item(id).await.unwrap().remaining
}

/// The fields of the first form that goes to `path`, in their order.
fn accepted<'a>(body: &'a str, path: &str) -> Vec<(&'a str, &'a str)> {
    let (_, form) = body.split_once(&format!("<form action=\"{path}\"")).unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    let fields = form.split("name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name, rest.split('"').next().unwrap())
    });
    fields.collect()
}

on_both! {
    /// The dashboard shows the day as it stands in the books.
    async fn the_dashboard_shows_the_day(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let page = client.get("/office").await;
        assert_eq!(page.status, 200);
        page.shows(&[
            "<title>2 March 2026 – Anyborough Council</title>",
            "Council tax",
            "Card, online",
            // 55 payments of £1,000.25 and a pound more each time; the bank line beside them.
            "£56,498.75",
            "£120.50",
            "33.3% of 3 lines explained",
            "53 items",
            "receipts.csv",
            "statement.sta",
            "Signed in as <strong>Olive Officer</strong>",
        ]);
        let other = client.get("/office?day=2026-01-05").await;
        other.shows(&["5 January 2026", "There are no receipts on this day"]);
        let wrong = client.get("/office?day=31/02/2026").await;
        assert_eq!(wrong.status, 422);
        wrong.shows(&["There is a problem", "Day must be a real day"]);
    }

    /// Receipts are found; what cannot be looked for is told beside its field.
    async fn receipts_are_searched(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let page = client.get("/office/receipts?reference=80000154").await;
        page.shows(&["£1,054.25", "80000154", "2 March 2026"]);
        let amount = client.get("/office/receipts?day=2026-03-02&amount=%C2%A31%2C054.25").await;
        amount.shows(&["80000154"]);
        assert!(!amount.body.contains("80000153"));
        client.get("/office/receipts?number=nothing").await.shows(&["No receipt was found"]);
        for (query, words) in [
            ("day=31%2F2%2F2026", "href=\"#day\">Day must be a real day"),
            ("amount=five", "href=\"#amount\">Amount must be a number"),
            ("amount=5", "href=\"#day\">Enter the day as well"),
            ("number=1&reference=2", "href=\"#number\">Search by"),
        ] {
            let page = client.get(&format!("/office/receipts?{query}")).await;
            assert_eq!(page.status, 422, "{query}");
            page.shows(&["<title>Error: Receipts", words]);
        }
    }

    /// A long list goes on on another page, with each receipt once.
    async fn a_search_goes_on(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let first = client.get("/office/receipts?day=2026-03-02").await;
        let next = first.link("/office/receipts?day=2026-03-02&");
        let second = client.get(&next.replace("&#38;", "&")).await;
        let rows = |text: &str| text.matches("<th scope=\"row\"").count();
        // 55 payments, and the bank line that quoted a reference.
        assert_eq!((rows(&first.body), rows(&second.body)), (50, 6));
        second.shows(&["First<span"]);
    }

    /// Suspense is listed with its age, and goes on on another page.
    async fn suspense_is_listed(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("auditor").await;
        let first = client.get("/office/suspense").await;
        first.shows(&["2 March 2026", " days</td>", "LOST000", "Fund \u{2018}ZZ\u{2019} is not configured"]);
        let second = client.get(&first.link("/office/suspense?after=")).await;
        assert_eq!(second.body.matches("<th scope=\"row\"").count(), LOST - 50);
    }

    /// Part of an item is allocated; the same form sent twice does it once.
    async fn an_item_is_allocated_once(url: &str) {
        let served = council::served(url).await;
        let item = suspense(&served).await;
        let path = format!("/office/suspense/{}", item.id);
        let mut client = served.client_of("officer").await;
        let form = client.get(&path).await;
        let (csrf, key) = (form.hidden("csrf"), form.hidden("key"));
        let fields = [
            ("csrf", csrf.as_str()),
            ("key", key.as_str()),
            ("fund", "CT"),
            ("reference", REFERENCE),
            ("amount", "£4.00"),
            ("note", "<b>the payer rang</b>"),
        ];
        let sent = client.post(&path, &fields).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let again = client.post(&path, &fields).await;
        assert_eq!((again.status, again.header("location")), (303, sent.header("location")));
        assert_eq!(remaining(&served, item.id).await.get(), item.amount.get() - 400);
        let page = client.get(sent.header("location")).await;
        page.shows(&["£4.00 went to Council tax 80000001", "is left of this item"]);
        let other = [("amount", "£5.00"), fields[0], fields[1], fields[2], fields[3]];
        let refused = client.post(&path, &other).await;
        assert_eq!(refused.status, 422);
        refused.shows(&["was used before for something else"]);
        assert_eq!(remaining(&served, item.id).await.get(), item.amount.get() - 400);
    }

    /// A suggestion's button sends the form filled in; twice does it once.
    async fn a_suggestion_is_accepted_once(url: &str) {
        let served = council::served(url).await;
        let id = council::nearly_quoted(&served).await;
        let path = format!("/office/suspense/{id}");
        let seen = served.client_of("auditor").await.get(&path).await;
        seen.shows(&["Whose it may be", &format!("Council tax {MEANT}, 9"), "1 and 2 swapped"]);
        assert!(!seen.body.contains("accesskey") && !seen.body.contains("Accept"));
        let mut client = served.client_of("officer").await;
        let page = client.get(&path).await;
        page.shows(&["The amount is all it owes", "accesskey=\"1\">Accept 1<", "£12.34 for Council tax"]);
        assert_eq!(remaining(&served, id).await.get(), 1_234, "looking puts nothing anywhere");
        let fields = accepted(&page.body, &path);
        assert_eq!(fields[2..5], [("fund", "CT"), ("reference", MEANT), ("amount", "12.34")]);
        let sent = client.post(&path, &fields).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let again = client.post(&path, &fields).await;
        assert_eq!((again.status, again.header("location")), (303, sent.header("location")));
        let done = client.get(sent.header("location")).await;
        done.shows(&["£12.34 went to Council tax 83141592", "Nothing is left of this item"]);
        assert!(!done.body.contains("Whose it may be"));
        let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
        let shown = books.suspense_shown(id).await.unwrap();
        let [(only, _)] = shown.allocations.as_slice() else { panic!("{shown:?}") };
        assert!(only.note.starts_with("suggested: `38141592` may have been meant"), "{only:?}");
        assert_eq!(only.by, "officer");
    }

    /// Where a person put an item becomes an old reference, once it is seen what it would change.
    async fn a_placing_is_made_a_rule(url: &str) {
        let served = council::served(url).await;
        let id = council::nearly_quoted(&served).await;
        let (item, path) = (format!("/office/suspense/{id}"), format!("/office/suspense/{id}/rule"));
        let mut client = served.client_of("officer").await;
        client.get(&path).await.shows(&["nothing to switch on", "place it first"]);
        let fields = accepted(&client.get(&item).await.body, &item)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.replace("&#38;", "&")))
            .collect::<Vec<_>>();
        let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let done = client.post(&item, &fields).await;
        client.get(done.header("location")).await.shows(&[&path, "Make where it went a rule"]);
        let page = client.get(&path).await;
        page.shows(&["Council tax 38141592</strong> would go to <strong>Council tax 83141592", "What it would have changed"]);
        let mut auditor = served.client_of("auditor").await;
        auditor.get(&path).await.shows(&["You may not switch it on"]);
        let fields = accepted(&page.body, &path);
        let theirs = auditor.get("/office").await.hidden("csrf");
        let mut forbidden = fields.clone();
        forbidden[0].1 = &theirs;
        assert_eq!(auditor.post(&path, &forbidden).await.status, 403);
        let mut changed = fields.clone();
        changed.iter_mut().find(|field| field.0 == "to_reference").unwrap().1 = REFERENCE;
        let told = client.post(&path, &changed).await;
        assert_eq!(told.status, 422, "{}", told.body);
        told.shows(&["<title>Error: A rule", "It has changed since it was shown", "Switch it on"]);
        for _ in 0..2 {
            let sent = client.post(&path, &fields).await;
            assert_eq!((sent.status, sent.header("location")), (303, path.as_str()), "{}", sent.body);
        }
        client.get(&path).await.shows(&["nothing to switch on", "Money like it goes there already"]);
        let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
        let made = books.redirects(None, 9).await.unwrap();
        let [one] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!((one.redirect.reference.as_str(), one.by.as_str()), ("38141592", "officer"));
    }

    /// The list shows the likeliest account of each item; accepting goes on there.
    async fn a_suggestion_is_accepted_in_the_list(url: &str) {
        let served = council::served(url).await;
        let id = council::nearly_quoted(&served).await;
        let mut client = served.client_of("officer").await;
        let first = client.get("/office/suspense").await;
        assert!(!first.body.contains("Accept"), "nothing is like the others");
        let after = first.link("/office/suspense?after=");
        let page = client.get(&after).await;
        page.shows(&[&format!("Council tax {MEANT}, 9"), "swapped. Surname and initial agree"]);
        let path = format!("/office/suspense/{id}");
        let fields = accepted(&page.body, &path);
        let sent = client.post(&path, &fields).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert!(sent.header("location").starts_with(&format!("{after}&made=")), "{sent:?}");
        let on = client.get(sent.header("location")).await;
        on.shows(&["£12.34 went to Council tax 83141592"]);
        assert!(!on.body.contains(&path));
        let mut auditor = served.client_of("auditor").await;
        council::nearly_quoted(&served).await;
        let seen = auditor.get(&after).await;
        seen.shows(&[&format!("Council tax {MEANT}, ")]);
        assert!(!seen.body.contains("Accept"));
    }

    /// A page may be old: what was told of since it was shown is not credited twice by its
    /// button, in the list or not. Who fills in the form may know better.
    async fn what_was_told_meanwhile_is_not_placed_by_an_old_page(url: &str) {
        let served = council::served(url).await;
        council::nearly_quoted(&served).await;
        let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
        let statement = ":20:ST260303\r\n:25:99223312345678\r\n:28C:2/1\r\n\
            :60F:C260302GBP1183,16\r\n:61:2603030303C56,78NTRFNONREF//B4\r\n\
            :86:38141592 SMITH J\r\n:62F:C260303GBP1239,94\r\n-\r\n";
        council::imported(&books, "tuesday.sta", statement).await;
        books.close_day("2026-03-03".parse().unwrap()).await.unwrap();
        let items = books.open_suspense(None, 99).await.unwrap();
        let shown = |item: &&ims_app::OpenSuspense| item.line.is_some() && item.amount.get() == 5_678;
        let id = items.iter().find(shown).unwrap().id;
        let path = format!("/office/suspense/{id}");
        let mut client = served.client_of("officer").await;
        let list = client.get("/office/suspense").await.link("/office/suspense?after=");
        let pages = [client.get(&path).await, client.get(&list).await];
        let row = format!(
            "W00901,,PSP00901,,03/03/2026 10:00:00,03/03/2026 10:00:00,\
             {MEANT},1,CT,20,20.00,O,0,0.00,By bank transfer\n"
        );
        council::imported(&books, "told.csv", &row).await;
        for page in &pages {
            let fields = accepted(&page.body, &path);
            assert_eq!(fields[2..5], [("fund", "CT"), ("reference", MEANT), ("amount", "56.78")]);
            let refused = client.post(&path, &fields).await;
            assert_eq!(refused.status, 422, "{}", refused.body);
            refused.shows(&["For CT 83141592 20.00 of 3 March 2026 was received before", "name the account yourself"]);
            assert!(!refused.body.contains("accesskey"), "its button is gone");
            assert_eq!(remaining(&served, id).await.get(), 5_678);
        }
        let mut fields = accepted(&pages[0].body, &path);
        fields.retain(|field| field.0 != "suggested");
        let by_hand = client.post(&path, &fields).await;
        assert_eq!((by_hand.status, remaining(&served, id).await.get()), (303, 0), "{}", by_hand.body);
    }

    /// Money that went out can be put nowhere: it has no button that could only fail.
    async fn a_debit_has_no_button_in_the_list(url: &str) {
        let served = council::served(url).await;
        council::nearly_quoted(&served).await;
        let row = |amount: &str| format!(
            "W{amount},,P{amount},,02/03/2026 10:00:00,02/03/2026 10:00:00,\
             {MEANT},1,ZZ,10,{amount},O,0,0.00,SMITH J\n"
        );
        let text = row("5.00") + row("-5.00").as_str();
        let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
        let bytes = text.as_bytes();
        let file = NewFile { name: "both.csv", bytes, format: None, accept: None, dry_run: false };
        let imported = books.import_file(file).await.unwrap();
        assert!(matches!(imported, Imported::Now(_)), "{imported:?}");
        let items = books.open_suspense(None, 99).await.unwrap();
        let meant = books.meant_by(&items).await.unwrap();
        let mut client = served.client_of("officer").await;
        let after = client.get("/office/suspense").await.link("/office/suspense?after=");
        let page = client.get(&after).await;
        for (pence, has_button) in [(500, true), (-500, false)] {
            let item = items.iter().find(|item| item.amount.get() == pence).unwrap();
            assert!(meant[&item.id][0].permille > 500, "{meant:?}");
            let form = format!("<form action=\"/office/suspense/{}\"", item.id);
            assert_eq!(page.body.contains(&form), has_button, "{pence}");
        }
    }

    /// What is wrong with an allocation is told beside its field; nothing moves.
    async fn a_wrong_allocation_is_told_and_not_done(url: &str) {
        let served = council::served(url).await;
        let item = suspense(&served).await;
        let path = format!("/office/suspense/{}", item.id);
        let mut client = served.client_of("officer").await;
        let form = client.get(&path).await;
        let (csrf, key) = (form.hidden("csrf"), form.hidden("key"));
        for (fund, reference, amount, words) in [
            ("", REFERENCE, "1", "href=\"#fund\">Choose a fund"),
            ("CT", "", "1", "href=\"#reference\">Enter the account reference"),
            ("CT", "123", "1", "href=\"#reference\">"),
            ("CT", REFERENCE, "1.005", "href=\"#amount\">Amount must be in whole pence"),
            ("CT", REFERENCE, "9999999", "href=\"#amount\">"),
        ] {
            let fields = [
                ("csrf", csrf.as_str()),
                ("key", key.as_str()),
                ("fund", fund),
                ("reference", reference),
                ("amount", amount),
                ("note", "<script>"),
            ];
            let answer = client.post(&path, &fields).await;
            assert_eq!(answer.status, 422, "{fund} {reference} {amount}");
            answer.shows(&["<title>Error: Suspense item", words, "&#60;script&#62;"]);
            assert_eq!(answer.hidden("key"), key);
        }
        assert_eq!(remaining(&served, item.id).await, item.amount);
    }

    /// A form without the session's token changes nothing, whoever sends it.
    async fn a_form_from_elsewhere_is_refused(url: &str) {
        let served = council::served(url).await;
        let item = suspense(&served).await;
        let path = format!("/office/suspense/{}", item.id);
        let mut client = served.client_of("officer").await;
        let form = client.get(&path).await;
        let (csrf, key) = (form.hidden("csrf"), form.hidden("key"));
        let another = served.client_of("auditor").await.get("/office").await.hidden("csrf");
        let fields = |csrf| {
            [("csrf", csrf), ("key", key.as_str()), ("fund", "CT"), ("reference", REFERENCE), ("amount", "1")]
        };
        for wrong in ["", "0", another.as_str(), &csrf[1..]] {
            assert_eq!(client.post(&path, &fields(wrong)).await.status, 403);
        }
        assert_eq!(client.post(&path, &fields(&csrf)[1..]).await.status, 403);
        let body = format!("csrf={csrf}&key={key}&fund=CT&reference={REFERENCE}&amount=1");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [kind, ("origin", "https://evil.example")];
        assert_eq!(client.send("POST", &path, &headers, &body).await.status, 403);
        assert_eq!(served.client().post(&path, &fields(&csrf)).await.status, 303);
        assert_eq!(remaining(&served, item.id).await, item.amount);
        assert_eq!(client.post(&path, &fields(&csrf)).await.status, 303);
        assert_eq!(remaining(&served, item.id).await.get(), item.amount.get() - 100);
    }

    /// The menu shows what one may see; what one may not see is refused in words.
    async fn one_sees_what_one_may(url: &str) {
        let served = council::served(url).await;
        let item = suspense(&served).await;
        let mut cashier = served.client_of("cashier").await;
        let page = cashier.get("/office").await;
        page.shows(&["Receipts</a>", "Imports</a>"]);
        for hidden in ["/office/suspense", "/office/reconciliation", "In suspense", "Bank lines"] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
        for (path, deed) in [
            ("/office/suspense".to_owned(), "see suspense"),
            (format!("/office/suspense/{}", item.id), "see suspense"),
            ("/office/reconciliation".to_owned(), "see bank statements"),
        ] {
            let answer = cashier.get(&path).await;
            assert_eq!(answer.status, 403, "{path}");
            answer.shows(&["You may not do this", &format!("Cashier may not {deed}.")]);
        }
        let mut auditor = served.client_of("auditor").await;
        let path = format!("/office/suspense/{}", item.id);
        let page = auditor.get(&path).await;
        page.shows(&["You may see this item, but not allocate it"]);
        let csrf = page.hidden("csrf");
        let fields = [("csrf", csrf.as_str()), ("key", "office-1"), ("fund", "CT"), ("reference", REFERENCE), ("amount", "1")];
        let refused = auditor.post(&path, &fields).await;
        assert_eq!(refused.status, 403);
        refused.shows(&["Auditor may not allocate suspense."]);
        assert_eq!(remaining(&served, item.id).await, item.amount);
    }

    /// The reconciliation leads to each open line, and to why an explained one is so.
    async fn reconciliation_leads_to_its_lines(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("auditor").await;
        let page = client.get("/office/reconciliation").await;
        page.shows(&["General account: 33.3% of 3 lines explained", "J SMITH FOR THE RENT", "\u{2212}£12.34", "closing balance £1,183.16"]);
        let line = client.get(&page.link("/office/lines/")).await;
        line.shows(&["Nothing explains this line yet"]);
        let explained = client.get(&format!("/office/lines/{}", served.explained)).await;
        explained.shows(&["Reference quoted</h3>", "Made by system:test on ", ">Receipt</th>", "£120.50"]);
        assert!(!explained.body.contains("Nothing explains"));
        client.get("/office/reconciliation?day=2026-03-01").await.shows(&["Every bank line is explained"]);
    }

    /// What should have come: money by clearing account, down to its receipts.
    async fn money_that_should_come_leads_to_its_receipts(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        client.get("/office/reconciliation").await.link("/office/expected");
        let page = client.get("/office/expected").await;
        // Rows without an owner are waited for as well: 53 more.
        page.shows(&["Card payments</a>", ">108<", "No term is settled"]);
        let first = client.get(&page.link("/office/expected/card")).await;
        first.shows(&["Card payments: money that should come", "Council tax 80000100", "£1,000.25"]);
        let receipt = client.get(&first.link("/office/receipts?number=")).await;
        receipt.shows(&["80000100"]);
        let rows = |body: &str| body.matches("<th scope=\"row\"").count();
        let second = client.get(&first.link("/office/expected/card?after=")).await;
        assert_eq!((rows(&first.body), rows(&second.body)), (50, 50));
        assert_eq!(client.get("/office/expected/none").await.status, 404);
        assert_eq!(served.client_of("cashier").await.get("/office/expected").await.status, 403);
    }

    /// What should have come: files, and what is not as it should be with them.
    async fn files_that_should_come_are_told(url: &str) {
        let (world, _clock) = council::world_at_noon();
        let served = council::served_in(url, world, ims_web::Config::default()).await;
        let mut client = served.client_of("officer").await;
        client.get("/office/imports").await.link("/office/files-due");
        let page = client.get("/office/files-due").await;
        page.shows(&["Payments of the day", "the website", "3 March 2026 at 12:00", ">Came<", "Not due yet"]);
        client.get(&page.link("/office/imports/")).await.shows(&["receipts.csv"]);
        let before = client.get("/office/files-due?from=1/2/2026&to=27/2/2026").await;
        before.shows(&["No file is due on these days"]);
        let wrong = client.get("/office/files-due?from=31/2/2026").await;
        assert_eq!(wrong.status, 422);
        wrong.shows(&["href=\"#from\">Day must be a real day"]);
        let long = client.get("/office/files-due?from=1/1/2025").await;
        assert_eq!(long.status, 422);
        long.shows(&["92 are the most"]);
    }

    /// A file leads to what became of its rows.
    async fn an_import_leads_to_its_rows(url: &str) {
        let served = council::served(url).await;
        let mut client: Client = served.client_of("officer").await;
        let list = client.get("/office/imports").await;
        list.shows(&["statement.sta", "receipts.csv"]);
        let (_, after) = list.body.rsplit_once("href=\"/office/imports/").unwrap();
        let path = format!("/office/imports/{}", after.split('"').next().unwrap());
        let page = client.get(&path).await;
        page.shows(&["108, of which 53 went to suspense", "Council tax 80000100", "LOST052", "SHA-256"]);
        for gone in ["/office/imports/x", "/office/lines/x", "/office/suspense/x"] {
            assert_eq!(client.get(gone).await.status, 404, "{gone}");
        }
        let nobody = client.get("/office/imports/00000000-0000-7000-8000-000000000000").await;
        assert_eq!(nobody.status, 404);
    }

    /// Who serves two councils changes between them, and sees each by itself.
    async fn councils_are_changed_and_kept_apart(url: &str) {
        let served = council::served(url).await;
        let item = suspense(&served).await;
        let mut auditor = served.client_of("auditor").await;
        let page = auditor.get("/office").await;
        page.shows(&["Anyborough Council", "<option value=\"OTHER\">Otherby District Council</option>"]);
        let csrf = page.hidden("csrf");
        assert_eq!(auditor.post("/office/council", &[("council", "OTHER")]).await.status, 403);
        let chosen = [("csrf", csrf.as_str()), ("council", "OTHER")];
        assert_eq!(auditor.post("/office/council", &chosen).await.status, 303);
        auditor.get("/office/suspense").await.shows(&["– Otherby District Council</title>", "There is nothing here"]);
        assert_eq!(auditor.get(&format!("/office/suspense/{}", item.id)).await.status, 404);
        let mut officer = served.client_of("officer").await;
        let csrf = officer.get("/office").await.hidden("csrf");
        let chosen = [("csrf", csrf.as_str()), ("council", "OTHER")];
        assert_eq!(officer.post("/office/council", &chosen).await.status, 404);
        officer.cookies.insert("ims-council".to_owned(), "OTHER".to_owned());
        officer.get("/office").await.shows(&["– Anyborough Council</title>"]);
    }
}
