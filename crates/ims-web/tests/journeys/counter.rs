//! A cashier's day at the counter, on pages without a script.

use ims_app::{Actor, Books, HolderPatch, Permission, TillStatus};
use ims_money::Pence;
use ims_testkit::{Engine, on_both};

use super::{
    client::{Answer, Client},
    council::{self, REFERENCE, Served},
    portal_weight::{DESK_BYTES_MAX, Scales},
};

pub async fn books(served: &Served) -> Books {
    served.app.books(Some("ANY"), Actor::holding("test", Permission::ALL)).await.unwrap()
}

/// What a form says beside the hidden fields of its page.
type Fields<'a> = [(&'a str, &'a str)];

/// Sends the form of a page, as it was made.
pub async fn send(client: &mut Client, page: &Answer, path: &str, typed: &Fields<'_>) -> Answer {
    let mut fields = vec![("csrf", page.hidden("csrf"))];
    for name in ["key", "lines"] {
        if page.body.contains(&format!("name=\"{name}\" value")) {
            fields.push((name, page.hidden(name)));
        }
    }
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain(typed.iter().copied())
        .collect();
    client.post(path, &fields).await
}

/// A cashier with the desk's till open, a float of £50 in it.
async fn at_desk(served: &Served, who: &str) -> Client {
    at_desk_of(served.client(), who).await
}

/// The same at the server that somebody speaks to.
pub async fn at_desk_of(mut client: Client, who: &str) -> Client {
    client.sign_in(who, council::PASSWORD).await;
    let page = client.get("/office/counter").await;
    let float = [("till", "DESK"), ("coins-1000", "3"), ("coins-100", " 20 ")];
    let opened = send(&mut client, &page, "/office/counter", &float).await;
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, "/office/counter/T1"),
        "{}",
        opened.body
    );
    client
}

pub const CASH: &Fields<'static> = &[
    ("by", "01"),
    ("fund-1", "CT"),
    ("reference-1", REFERENCE),
    ("amount-1", "£15.00"),
    ("given", "20"),
    ("do", "take"),
];

async fn taken(client: &mut Client, typed: &Fields<'_>) -> String {
    let page = client.get("/office/counter/T1").await;
    let sent = send(client, &page, "/office/counter/T1", typed).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    sent.header("location").to_owned()
}

/// 15.00 in cash for 20.00, a cheque of 30.00 over two lines, 2.00 by post, 7.00 by card.
pub async fn some_of_each(client: &mut Client) {
    taken(client, CASH).await;
    let cheque = [
        ("cheque-sort-code", "20-00-00"),
        ("cheque-account", "12345678"),
        ("cheque-number", "000017"),
        ("cheque-name", "J Smith"),
    ];
    let lines = [
        ("by", "02"),
        ("fund-1", "CT"),
        ("reference-1", REFERENCE),
        ("amount-1", "10"),
        ("fund-2", "HR"),
        ("reference-2", "6000000001"),
        ("amount-2", "20.00"),
        ("lines", "2"),
        ("do", "take"),
    ];
    let both: Vec<_> = lines.iter().chain(&cheque).copied().collect();
    taken(client, &both).await;
    let line = [("fund-1", "CT"), ("reference-1", REFERENCE), ("do", "take")];
    let post = [("by", "03"), ("amount-1", "2")];
    taken(client, &[&line[..], &post].concat()).await;
    let card = [("by", "12"), ("amount-1", "7"), ("terminal", "K7"), ("batch", "17")];
    taken(client, &[&line[..], &card].concat()).await;
}

/// A fund that keeps no credit, and a stop that blocks nobody at the counter.
const OWED: &str = r#"
[[fund]]
code = "LE"
name = "Leases"
vat = "O"
takes_credit = false
reference = { min_length = 9, max_length = 9, characters = "numeric", regex = "^7" }

[[stop]]
code = "W"
message = "Ask for the tenancy"
staff = "warn"
"#;

/// What is then in the drawer: the float and 17.00.
pub const COUNT: &Fields<'static> = &[
    ("coins-2000", "1"),
    ("coins-1000", "3"),
    ("coins-100", "17"),
    ("bag", "B17"),
    ("cheques", "30.00\r\n"),
    ("terminal-0", "K7"),
    ("batch-0", "17"),
    ("card-0", "7.00"),
];

async fn counts(client: &mut Client, typed: &Fields<'_>) -> Answer {
    let page = client.get("/office/counter/T1/count").await;
    send(client, &page, "/office/counter/T1/count", typed).await
}

on_both! {
    async fn a_till_is_opened_taken_into_and_counted(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let page = client.get("/office/counter").await;
        page.shows(&["Open a till", "Front desk (DESK)", "£20 notes", "No till has been opened yet"]);
        let float = [("till", "DESK"), ("coins-1000", "3"), ("coins-100", "20")];
        for _ in 0..2 {
            let opened = send(&mut client, &page, "/office/counter", &float).await;
            assert_eq!((opened.status, opened.header("location")), (303, "/office/counter/T1"));
        }
        let other = send(&mut client, &page, "/office/counter", &[("till", "HATCH")]).await;
        assert_eq!(other.status, 422);
        let first = "The form opened DESK when it was sent before: <a class=\"govuk-link\" href=\"/office/counter/T1\">";
        other.shows(&["This form was sent before, and what it did then stands", first]);
        // Sent again as it is shown, it is a deed of its own: who has a till open opens no other.
        assert_ne!(other.hidden("key"), page.hidden("key"));
        let again = send(&mut client, &other, "/office/counter", &[("till", "HATCH")]).await;
        assert_eq!(again.status, 422);
        again.shows(&["count that first"]);
        assert_eq!(again.hidden("key"), other.hidden("key"));
        assert_eq!(client.get("/office/counter").await.header("location"), "/office/counter/T1");
        some_of_each(&mut client).await;
        let page = client.get("/office/counter/T1").await;
        page.shows(&["T1: Front desk", "a float of £50.00", "£30.00", "Card, terminal K7 batch 17", "Cheque</td>"]);
        let form = client.get("/office/counter/T1/count").await;
        form.shows(&["Terminal K7, batch 17"]);
        let done = send(&mut client, &form, "/office/counter/T1/count", COUNT).await;
        assert_eq!((done.status, done.header("location")), (303, "/office/counter/T1"), "{}", done.body);
        client.get("/office/counter/T1").await.shows(&[
            "Paid in</dd>",
            "Card K7 17</th>",
            "£17.00",
            "Write <strong>PS000001</strong>",
        ]);
        // The same again is answered as before; another count is refused.
        let again = send(&mut client, &form, "/office/counter/T1/count", COUNT).await;
        assert_eq!(again.status, 303);
        let other = send(&mut client, &form, "/office/counter/T1/count", &[("card-0", "7.01")]).await;
        assert_eq!(other.status, 409, "{}", other.body);
        let books = books(&served).await;
        let id = books.till_numbered("T1").await.unwrap();
        let view = books.till_session(id).await.unwrap();
        let counted = view.counted.unwrap();
        assert_eq!((view.status, counted.expected.get(), counted.counted.get()), (TillStatus::Closed, 5_400, 5_400));
        assert!(books.verify(None).await.unwrap().ok);
    }

    /// The same form taken twice gives one receipt, and the change is said.
    async fn money_is_taken_once_and_its_change_said(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk(&served, "cashier").await;
        let page = client.get("/office/counter/T1").await;
        let check: Vec<_> = CASH.iter().copied().filter(|(name, _)| *name != "do").collect();
        let checked = send(&mut client, &page, "/office/counter/T1", &check).await;
        assert_eq!(checked.status, 200);
        checked.shows(&["It comes to <strong>£15.00</strong>. Of £20.00, <strong>£5.00</strong> is change", "None yet"]);
        assert_eq!(checked.hidden("key"), page.hidden("key"));
        let first = send(&mut client, &checked, "/office/counter/T1", CASH).await;
        let again = send(&mut client, &page, "/office/counter/T1", CASH).await;
        assert_eq!((first.status, first.header("location")), (303, again.header("location")));
        let done = client.get(first.header("location")).await;
        done.shows(&["Change to give back: £5.00", "£15.00: receipt"]);
        assert_eq!(done.body.matches("<th scope=\"row\"").count(), 1);
        assert_ne!(done.hidden("key"), page.hidden("key"));
        let other = [&CASH[..4], &[("given", "30"), ("do", "take")]].concat();
        let refused = send(&mut client, &page, "/office/counter/T1", &other).await;
        assert_eq!(refused.status, 422);
        refused.shows(&[
            "href=\"#receipts\">This form was sent before, and what it took then stands",
            "<li>£15.00: receipt <a",
        ]);
        assert_eq!(refused.body.matches("<li>£").count(), 1);
        assert_ne!(refused.hidden("key"), page.hidden("key"));
        let checked = [&CASH[..4], &[("given", "30"), ("do", "check")]].concat();
        let checked = send(&mut client, &refused, "/office/counter/T1", &checked).await;
        assert_eq!((checked.status, checked.hidden("key")), (200, refused.hidden("key")));
        // What was answered before is so after the count, too.
        let drawer = [("coins-1000", "3"), ("coins-100", "35"), ("bag", "B1")];
        assert_eq!(counts(&mut client, &drawer).await.status, 303);
        let late = send(&mut client, &page, "/office/counter/T1", CASH).await;
        assert_eq!((late.status, late.header("location")), (303, first.header("location")));
        let new = client.get("/office/counter").await;
        let late = send(&mut client, &new, "/office/counter/T1", CASH).await;
        assert_eq!(late.status, 409, "{}", late.body);
        late.shows(&["T1 was counted: nothing more goes into it"]);
    }

    /// What somebody should know of an account, and what is more than is owed, is said
    /// when the money was taken; the address names the receipt and nothing else.
    async fn what_is_to_be_known_is_said_of_money_that_was_taken(url: &str) {
        let served = council::served(url).await;
        let books = books(&served).await;
        let document = books.configuration_document().await.unwrap() + OWED;
        books.configure(&document, served.app.world().today()).await.unwrap();
        let holder = HolderPatch {
            fund: "LE".to_owned(),
            reference: "700000001".to_owned(),
            name: Some("Ann Other".to_owned()),
            balance: Some(Pence::new(1_000)),
            reason: "new".to_owned(),
            ..HolderPatch::default()
        };
        books.put_holder(&holder).await.unwrap();
        books.stop_holder(("LE", "700000001"), "W", "asked").await.unwrap();
        let mut client = at_desk(&served, "cashier").await;
        let typed = [("by", "01"), ("fund-1", "LE"), ("reference-1", "700000001"), ("amount-1", "15"), ("do", "take")];
        let to = taken(&mut client, &typed).await;
        assert!(to.starts_with("/office/counter/T1?receipt=") && !to.contains('&'), "{to}");
        client.get(&to).await.shows(&[
            "£15.00: receipt",
            "£5.00 of it is more than is owed, and waits in suspense",
            "700000001: ",
            "Ask for the tenancy",
        ]);
        let to = taken(&mut client, CASH).await;
        let plain = client.get(&to).await;
        assert!(!plain.body.contains("more than is owed") && !plain.body.contains("tenancy"), "{}", plain.body);
    }

    /// Neither the page that takes money nor the one that counts it says a sum.
    async fn nothing_tells_what_should_be_there(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk(&served, "cashier").await;
        some_of_each(&mut client).await;
        let mut manager = served.client_of("manager").await;
        let wrong = counts(&mut client, &[("coins-100", "x"), ("card-0", "7.00")]).await;
        assert_eq!(wrong.status, 422);
        let blank = counts(&mut client, &[&COUNT[..3], &COUNT[4..]].concat()).await;
        assert_eq!(blank.status, 422);
        blank.shows(&["href=\"#bag\">"]);
        let pages = [
            client.get("/office/counter/T1").await,
            client.get("/office/counter/T1/count").await,
            manager.get("/office/counter").await,
            manager.get("/office/counter/T1").await,
            wrong,
            blank,
        ];
        for page in &pages {
            // Cash, cash with the float, slip, everything, everything with the float.
            for sum in ["17.00", "67.00", "47.00", "54.00", "104.00"] {
                assert!(!page.body.contains(sum), "{sum}: {}", page.body);
            }
        }
        for page in [&pages[1], &pages[4]] {
            for amount in ["15.00", "20.00", "10.00"] {
                assert!(!page.body.contains(&format!("£{amount}")), "{amount}: {}", page.body);
            }
        }
        manager.get("/office/counter/T1").await.shows(&["What should be in it is told when it was counted", "£30.00"]);
    }

    /// What is wrong is told beside its field, with the reference that may be meant;
    /// what looks like a card's number is not shown again. Nothing is booked.
    async fn what_is_wrong_is_told_and_not_done(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk(&served, "cashier").await;
        let page = client.get("/office/counter/T1").await;
        let line = [("by", "01"), ("fund-1", "CT"), ("reference-1", REFERENCE), ("amount-1", "15")];
        for (typed, words) in [
            (vec![("by", "")], "href=\"#by\">Choose how"),
            (vec![("fund-1", "")], "href=\"#fund-1\">Choose a fund for line 1"),
            (vec![("reference-1", "")], "href=\"#reference-1\">Enter the account reference of line 1"),
            (vec![("reference-1", "8000000I")], "Perhaps 80000001 ("),
            (vec![("amount-1", "1.005")], "href=\"#amount-1\">Amount must be in whole pence"),
            (vec![("given", "14.99")], "href=\"#given\">£14.99 is less than the £15.00 it comes to"),
            (vec![("fund-3", "CT"), ("reference-3", "7"), ("amount-3", "1"), ("lines", "3")], "href=\"#reference-3\">"),
            (vec![("by", "02")], "href=\"#cheque-sort-code\">Sort code must have 6 digits"),
            (vec![("by", "12"), ("batch", "1")], "href=\"#terminal\">Enter the terminal"),
            (vec![("by", "12"), ("terminal", "4111 1111 1111 1111"), ("batch", "1")], "href=\"#terminal\">This looks like a card number"),
            (vec![("reference-1", "4111111111111111")], "href=\"#reference-1\">This looks like a card number"),
            (vec![("town", "Anytown")], "href=\"#name\">Enter the payer"),
            (vec![("amount-1", "99999999999999999")], "Amount is larger"),
        ] {
            for deed in ["take", "check"] {
                let is_new = |name: &str| typed.iter().any(|(other, _)| *other == name);
                let mut fields: Vec<_> = line.iter().copied().filter(|(name, _)| !is_new(name)).collect();
                fields.extend(typed.iter().copied().chain([("do", deed)]));
                let answer = send(&mut client, &page, "/office/counter/T1", &fields).await;
                assert_eq!(answer.status, 422, "{fields:?}");
                answer.shows(&["<title>Error: T1", words]);
                assert_eq!(answer.hidden("key"), page.hidden("key"));
                assert!(!answer.body.contains("1111"), "{}", answer.body);
            }
        }
        let more = [&line[..], &[("do", "line")]].concat();
        let more = send(&mut client, &page, "/office/counter/T1", &more).await;
        assert_eq!(more.status, 200);
        more.shows(&["Line 2</legend>", "value=\"80000001\"", "value=\"15\""]);
        let open = client.get("/office/counter").await;
        assert_eq!(open.header("location"), "/office/counter/T1");
        let books = books(&served).await;
        let view = books.till_session(books.till_numbered("T1").await.unwrap()).await.unwrap();
        assert_eq!(view.receipts, 0);
        let mut second = served.client_of("second").await;
        let form = second.get("/office/counter").await;
        for (typed, words) in [
            (vec![("till", "")], "href=\"#till\">Choose the till"),
            (vec![("till", "DESK")], "href=\"#till\">Till DESK is open: cashier has it (T1)"),
            (vec![("till", "HATCH"), ("coins-50", "half")], "href=\"#coins-50\">Number of 50p coins must be"),
        ] {
            let answer = send(&mut second, &form, "/office/counter", &typed).await;
            assert_eq!(answer.status, 422);
            answer.shows(&[words]);
        }
        assert_eq!(books.till_sessions(None, None, None, 9).await.unwrap().len(), 1);
    }

    /// Above the limit a second person decides, and not whose till it is.
    async fn a_difference_waits_for_a_second_person(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk(&served, "cashier").await;
        taken(&mut client, CASH).await;
        let short = [("coins-1000", "3"), ("coins-100", "30"), ("bag", "B1")];
        assert_eq!(counts(&mut client, &short).await.status, 303);
        let told = client.get("/office/counter/T1").await;
        told.shows(&["Waits for a second person", "\u{2212}£5.00", "more than the council allows"]);
        assert!(!told.body.contains("Pay it in as counted"));
        let mut manager = served.client_of("manager").await;
        let page = manager.get("/office/counter/T1").await;
        let decided = |word| [("approval", page.hidden("approval")), ("do", String::from(word)), ("reason", "why".to_owned())];
        let said = decided("no");
        let fields: Vec<_> = said.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // Of another till nothing is decided by it.
        let mut second = served.client_of("second").await;
        let hatch = second.get("/office/counter").await;
        let opened = send(&mut second, &hatch, "/office/counter", &[("till", "HATCH"), ("coins-100", "20")]).await;
        assert_eq!(opened.header("location"), "/office/counter/T2");
        let elsewhere = send(&mut manager, &page, "/office/counter/T2/difference", &fields).await;
        assert_eq!(elsewhere.status, 404, "{}", elsewhere.body);
        client.get("/office/counter/T1").await.shows(&["Waits for a second person"]);
        let own = client.get("/office/counter").await;
        assert_eq!(send(&mut client, &own, "/office/counter/T1/difference", &fields).await.status, 403);
        assert_eq!(send(&mut manager, &page, "/office/counter/T1/difference", &fields).await.status, 303);
        let again = client.get("/office/counter/T1").await;
        again.shows(&["To be counted again", "href=\"/office/counter/T1/count\""]);
        assert!(!again.body.contains("\u{2212}£5.00"), "{}", again.body);
        assert_eq!(counts(&mut client, &short).await.status, 303);
        let page = manager.get("/office/counter/T1").await;
        let approval = page.hidden("approval");
        let yes = [("approval", approval.as_str()), ("do", "yes"), ("reason", "seen")];
        assert_eq!(send(&mut manager, &page, "/office/counter/T1/difference", &yes).await.status, 303);
        client.get("/office/counter/T1").await.shows(&["Paid in</dd>", "PS000001"]);
        let twice = send(&mut manager, &page, "/office/counter/T1/difference", &yes).await;
        // Whoever did not hear the answer is told it again; nothing is paid in twice.
        assert_eq!(twice.status, 303, "{}", twice.body);
        assert!(books(&served).await.verify(None).await.unwrap().ok);
    }

    /// Somebody else's till is seen by who may see it, and taken into by nobody.
    async fn a_till_is_its_cashiers(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk(&served, "cashier").await;
        let page = client.get("/office/counter/T1").await;
        let mut second = served.client_of("second").await;
        second.get("/office/counter").await.shows(&["href=\"/office/counter/T1\"", "Open a till"]);
        let seen = second.get("/office/counter/T1").await;
        assert!(!seen.body.contains("Take the money") && !seen.body.contains("T1/count"), "{}", seen.body);
        assert_eq!(second.get("/office/counter/T1/count").await.header("location"), "/office/counter/T1");
        let form = second.get("/office/counter").await;
        assert_eq!(send(&mut second, &form, "/office/counter/T1", CASH).await.status, 409);
        assert_eq!(send(&mut second, &form, "/office/counter/T1/count", COUNT).await.status, 409);
        let mut auditor = served.client_of("auditor").await;
        let list = auditor.get("/office/counter").await;
        assert!(!list.body.contains("Open a till"), "{}", list.body);
        for path in ["/office/counter", "/office/counter/T1", "/office/counter/T1/count"] {
            let fields = [CASH, &[("till", "HATCH"), ("approval", "00000000-0000-7000-8000-000000000000")]].concat();
            let mut page = Answer { status: 200, headers: Vec::new(), body: page.body.clone() };
            page.body = page.body.replace(&page.hidden("csrf"), &list.hidden("csrf"));
            assert_eq!(send(&mut auditor, &page, path, &fields).await.status, 403, "{path}");
        }
        // The token of somebody else's page is none.
        assert_eq!(send(&mut second, &page, "/office/counter/T1", CASH).await.status, 403);
        assert_eq!(client.get("/office/counter/T9").await.status, 404);
        assert_eq!(client.get("/office/counter/x").await.status, 404);
        let books = books(&served).await;
        let view = books.till_session(books.till_numbered("T1").await.unwrap()).await.unwrap();
        assert_eq!((view.receipts, view.status), (0, TillStatus::Open));
    }
}

/// Every page of the counter stays light, its list of receipts full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_counter_is_light() {
    let fresh = Engine::Sqlite.fresh();
    let served = council::served(&fresh.url).await;
    let mut scales = Scales::default();
    scales.get(&mut served.client_of("second").await, "/office/counter").await;
    let mut client = at_desk(&served, "cashier").await;
    for _ in 0..51 {
        taken(&mut client, CASH).await;
    }
    let page = scales.get(&mut client, "/office/counter/T1").await;
    assert_eq!(page.body.matches("<th scope=\"row\"").count(), 50);
    let rest = scales.get(&mut client, &page.link("/office/counter/T1?before=")).await;
    assert_eq!(rest.body.matches("<th scope=\"row\"").count(), 1);
    let many = [CASH, &[("lines", "20"), ("reference-20", "x")]].concat();
    let wrong = send(&mut client, &page, "/office/counter/T1", &many).await;
    wrong.shows(&["Line 20</legend>"]);
    scales.weigh(&mut client, "twenty lines", &wrong).await;
    scales.get(&mut client, "/office/counter/T1/count").await;
    assert_eq!(counts(&mut client, &[("coins-100", "1"), ("bag", "B")]).await.status, 303);
    scales.get(&mut client, "/office/counter/T1").await;
    scales.hold(6, DESK_BYTES_MAX);
}
