//! The workbench of a bank account's day: what is proposed is accepted, what was matched
//! is taken back, and two people put their names to the day.

use ims_app::{Actor, Books, Imported, NewFile};
use ims_ledger::id::LineId;
use ims_testkit::{
    Engine,
    browser::{Browser, thirtyfour::prelude::*},
    on_both,
};

use super::{
    browser::{enter, keys, look, tab_to, title},
    client::{Answer, Client},
    council::{self, PASSWORD, Served},
};

const DAY: &str = "/office/reconciliation/main/2026-03-02";

/// The council of the other tests, told in a file of £75.00 that the bank shows without a
/// reference: a rule proposes it.
async fn proposed(url: &str) -> (Served, Books, LineId) {
    let served = council::served(url).await;
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let row = "W00900,,PSP00900,,02/03/2026 10:00:00,02/03/2026 10:00:00,\
               80000900,1,CT,20,75.00,O,0,0.00,By bank transfer\n";
    let file = NewFile {
        name: "bank.csv",
        bytes: row.as_bytes(),
        format: None,
        accept: None,
        dry_run: false,
    };
    let imported = books.import_file(file).await.unwrap();
    assert!(matches!(imported, Imported::Now(_)), "{imported:?}");
    let open = books.open_lines().await.unwrap();
    let line = open.iter().find(|line| line.amount.get() == 7_500).unwrap().id;
    (served, books, line)
}

/// The form behind the button of the first proposal.
async fn press(client: &mut Client, page: &Answer, mark: Option<&str>) -> Answer {
    let (csrf, line, shown) = (page.hidden("csrf"), page.hidden("line"), accepted(page));
    let form = [("csrf", csrf.as_str()), ("line", &line), ("mark", mark.unwrap_or(&shown))];
    client.post(&format!("{DAY}/accept"), &form).await
}

/// The mark of the first proposal.
fn accepted(page: &Answer) -> String {
    let (_, rest) = page.body.split_once(&format!("action=\"{DAY}/accept\"")).unwrap();
    let (_, rest) = rest.split_once("name=\"mark\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// The mark of the form that signs.
fn signed(page: &Answer) -> String {
    let (_, rest) = page.body.split_once(&format!("action=\"{DAY}/sign\"")).unwrap();
    let (_, rest) = rest.split_once("name=\"mark\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Prepares, reviews or opens again, by the page as it is.
async fn sign(client: &mut Client, deed: &str, words: &str) -> Answer {
    let page = client.get(DAY).await;
    let mark = if page.body.contains("/sign\"") { signed(&page) } else { String::new() };
    sign_with(client, deed, words, &mark).await
}

async fn sign_with(client: &mut Client, deed: &str, words: &str, mark: &str) -> Answer {
    let csrf = client.get("/office").await.hidden("csrf");
    let field = if deed == "reopen" { "reason" } else { "note" };
    let form = [("csrf", csrf.as_str()), ("deed", deed), ("mark", mark), (field, words)];
    client.post(&format!("{DAY}/sign"), &form).await
}

/// The standing match of a line.
async fn match_of(books: &Books, line: LineId) -> Option<String> {
    let explained = books.explain_line(line).await.unwrap();
    let standing = explained.explanations.iter().find(|one| one.set.undone_at.is_none());
    standing.map(|one| one.set.id.to_string())
}

on_both! {
    async fn a_day_shows_both_sides_and_each_line(url: &str) {
        let (served, _, line) = proposed(url).await;
        let mut officer = served.client_of("officer").await;
        let page = officer.get("/office/reconciliation").await;
        assert_eq!(page.link("/office/reconciliation/"), "/office/reconciliation/main");
        let days = officer.get("/office/reconciliation/main").await;
        days.shows(&["Days of General account", "2 March 2026", "£183.16", ">3<", ">2<", "Nobody yet"]);
        assert_eq!(days.link("/office/reconciliation/main/"), DAY);
        let day = officer.get(DAY).await;
        day.shows(&[
            "General account, 2 March 2026", "£1,000.00", "£1,183.16", "Statement 1",
            "Open, with something proposed", "Open, with nothing proposed",
            "J SMITH FOR THE RENT", "SOMETHING NOBODY KNOWS", "Nothing is proposed",
            "Same-amount, ", "href=\"/office/expected/bank\"", "1: £75.00", "2: £62.66",
        ]);
        day.shows(&[&format!("href=\"/office/lines/{line}\"")]);
        // From what a rule matched to its line, to what explains it, and back to the day.
        let lines = officer.get(&day.link(&format!("{DAY}/lines?by=rule"))).await;
        lines.shows(&["1 line, £120.50", "MR A PAYER 80000001"]);
        let line = officer.get(&lines.link("/office/lines/")).await;
        line.shows(&["What explains it", "Take this explanation back", &format!("href=\"{DAY}\"")]);
        officer.get(&format!("{DAY}/lines?by=suspense")).await.shows(&["0 lines, £0.00"]);
        for (path, status) in [
            ("/office/reconciliation/none", 404),
            ("/office/reconciliation/none/2026-03-02", 404),
            ("/office/reconciliation/main/2026-02-30", 404),
            ("/office/reconciliation/main?to=x", 404),
            ("/office/reconciliation/main/2026-03-01", 200),
        ] {
            assert_eq!(officer.get(path).await.status, status, "{path}");
        }
        let earlier = officer.get("/office/reconciliation/main?to=2026-03-01").await;
        earlier.shows(&["No statement of this account has a line"]);
        // A day without lines shows nothing of the next.
        officer.get("/office/reconciliation/main/2026-03-01").await.shows(&["The day has no lines"]);
    }

    async fn a_proposal_is_accepted_as_it_was_shown(url: &str) {
        let (served, books, line) = proposed(url).await;
        let mut officer = served.client_of("officer").await;
        let page = officer.get(DAY).await;
        let other = press(&mut officer, &page, Some(&"0".repeat(64))).await;
        assert_eq!(other.status, 422);
        other.shows(&["<title>Error: General account", "What was proposed has changed", "nothing was matched"]);
        assert_eq!(match_of(&books, line).await, None);
        let done = press(&mut officer, &page, None).await;
        assert_eq!(done.status, 303, "{}", done.body);
        officer.get(done.header("location")).await.shows(&["The line is matched", "Matched: by hand"]);
        let set = match_of(&books, line).await.unwrap();
        let shown = officer.get(&format!("/office/lines/{line}")).await;
        shown.shows(&["By hand", "Accepted as the rule \u{2018}same-amount\u{2019} proposed", "Made by officer"]);
        // The button again: it is not proposed any more.
        let again = press(&mut officer, &page, None).await;
        assert_eq!(again.status, 422);
        again.shows(&["What was proposed has changed"]);

        // Taken back with a reason, at any time.
        let path = format!("/office/lines/{line}");
        let csrf = shown.hidden("csrf");
        let blank = officer.post(&path, &[("csrf", &csrf), ("match", &set), ("why", " ")]).await;
        assert_eq!(blank.status, 422);
        blank.shows(&["Say why the match is taken back", &format!("href=\"#why-{set}\"")]);
        let long = "x".repeat(501);
        let long = officer.post(&path, &[("csrf", &csrf), ("match", &set), ("why", &long)]).await;
        long.shows(&["500 characters or fewer"]);
        assert_eq!(match_of(&books, line).await.as_ref(), Some(&set));
        let undone = officer.post(&path, &[("csrf", &csrf), ("match", &set), ("why", "the other Smith")]).await;
        assert_eq!((undone.status, undone.header("location")), (303, path.as_str()), "{}", undone.body);
        officer.get(&path).await.shows(&["any more: every explanation was taken back", "Taken back on"]);
        assert_eq!(match_of(&books, line).await, None);
        // Nobody is told of a match by an address alone.
        let told = officer.get(&format!("{DAY}?matched={line}")).await;
        assert!(!told.body.contains("The line is matched"), "{}", told.body);
        // What was taken back is not proposed again.
        let page = officer.get(DAY).await;
        assert!(!page.body.contains("/accept\""), "{}", page.body);
    }

    /// What comes to another amount is shown, with no button that could only fail.
    async fn a_proposal_of_another_amount_has_no_button(url: &str) {
        let (served, books, equal) = proposed(url).await;
        let row = "W00901,,PSP00901,,03/03/2026 10:00:00,03/03/2026 10:00:00,\
                   80000001,1,CT,20,60.00,O,0,0.00,By bank transfer\n";
        let statement = ":20:ST260303\r\n:25:99223312345678\r\n:28C:2/1\r\n\
            :60F:C260302GBP1183,16\r\n:61:2603030303C50,00NTRFNONREF//B4\r\n\
            :86:MR A PAYER 80000001\r\n:62F:C260303GBP1233,16\r\n-\r\n";
        for (name, text) in [("told.csv", row), ("tuesday.sta", statement)] {
            council::imported(&books, name, text).await;
        }
        let open = books.open_lines().await.unwrap();
        let other = open.iter().find(|line| line.amount.get() == 5_000).unwrap().id;
        let page = served.client_of("officer").await.get("/office/reconciliation/main/2026-03-03").await;
        let about = |line: LineId| {
            let (_, rest) = page.body.split_once(&format!("id=\"line-{line}\"")).unwrap();
            rest.split("</li>").next().unwrap().to_owned()
        };
        let (equal, other) = (about(equal), about(other));
        assert!(equal.contains("/accept\"") && !equal.contains("differ"), "{equal}");
        assert!(other.contains("Other-amount, ") && other.contains("The amounts of the two sides differ"), "{other}");
        assert!(!other.contains("<form"), "{other}");
    }

    async fn two_people_sign_a_day_and_either_opens_it_again(url: &str) {
        let (served, _, _) = proposed(url).await;
        let mut officer = served.client_of("officer").await;
        let mut manager = served.client_of("manager").await;
        let page = officer.get(DAY).await;
        page.shows(&["Prepare the day", "Nobody has prepared this day"]);
        assert_eq!(officer.get(&format!("{DAY}/certificate/pdf")).await.status, 404);
        let stale = signed(&page);
        // What has happened to the day since it was shown is not signed unseen.
        press(&mut officer, &page, None).await;
        let refused = sign_with(&mut officer, "prepare", "as I saw it", &stale).await;
        assert_eq!(refused.status, 422);
        refused.shows(&["The day has changed since this page was shown"]);
        let card = sign(&mut officer, "prepare", "4111 1111 1111 1111").await;
        assert_eq!(card.status, 422);
        card.shows(&["href=\"#note\""]);
        let done = sign(&mut officer, "prepare", "one asked about").await;
        assert_eq!((done.status, done.header("location")), (303, DAY), "{}", done.body);
        let prepared = officer.get(DAY).await;
        prepared.shows(&["officer, ", ": one asked about", "so somebody else has to review it", "Open the day again"]);
        assert!(!prepared.body.contains("Review the day"), "{}", prepared.body);
        for (kind, is, head) in [
            ("text", "text/plain; charset=utf-8", "General account"),
            ("csv", "text/csv; charset=utf-8", ""),
        ] {
            let file = officer.get(&format!("{DAY}/certificate/{kind}")).await;
            assert_eq!((file.status, file.header("content-type")), (200, is));
            assert!(file.body.contains(head) && file.body.contains("one asked about") == (kind == "text"), "{}", file.body);
            assert!(file.header("content-disposition").contains("main-2026-03-02"));
        }
        let paper = officer.get(&format!("{DAY}/certificate/pdf")).await;
        assert_eq!(paper.header("content-type"), "application/pdf");
        assert!(paper.body.starts_with("%PDF-"), "{}", paper.body);
        assert_eq!(officer.get(&format!("{DAY}/certificate/doc")).await.status, 404);

        // Who may review and did not prepare it; nobody does both.
        assert_eq!(sign(&mut officer, "review", "").await.status, 403);
        manager.get(DAY).await.shows(&["Review the day"]);
        let done = sign(&mut manager, "review", "agreed").await;
        assert_eq!(done.status, 303, "{}", done.body);
        let page = manager.get(DAY).await;
        page.shows(&["manager, ", ": agreed"]);
        manager.get("/office/reconciliation/main").await.shows(&[">officer<", ">manager"]);

        let blank = sign(&mut manager, "reopen", " ").await;
        assert_eq!(blank.status, 422);
        blank.shows(&["href=\"#reason\""]);
        assert_eq!(sign(&mut manager, "reopen", "the slip was another's").await.status, 303);
        officer.get(DAY).await.shows(&["Signed before, and opened again", "opened again by manager", "the slip was another", "Prepare the day"]);
        manager.get(DAY).await.shows(&["You may see this day, but not prepare it"]);
        assert_eq!(sign(&mut officer, "prepare", "").await.status, 303);
    }

    /// A day that was prepared and is changed by a match taken back says so, and is not reviewed.
    async fn what_has_happened_since_is_told(url: &str) {
        let (served, books, line) = proposed(url).await;
        let mut officer = served.client_of("officer").await;
        let mut manager = served.client_of("manager").await;
        let page = officer.get(DAY).await;
        assert_eq!(press(&mut officer, &page, None).await.status, 303);
        assert_eq!(sign(&mut officer, "prepare", "").await.status, 303);
        let set = match_of(&books, line).await.unwrap();
        let csrf = officer.get("/office").await.hidden("csrf");
        let form = [("csrf", csrf.as_str()), ("match", &set), ("why", "the other Smith")];
        assert_eq!(officer.post(&format!("/office/lines/{line}"), &form).await.status, 303);
        let day = manager.get(DAY).await;
        let link = format!(". <a class=\"govuk-link\" href=\"/office/lines/{line}\">");
        day.shows(&["What has happened since", "<strong>Changed:</strong>", &link, "It is not any more what was prepared"]);
        assert!(!day.body.contains("Review the day"), "{}", day.body);
        manager.get("/office/reconciliation/main").await.shows(&["<strong>Changed since: 75.00 of 2 March 2026 was "]);
        let refused = sign(&mut manager, "review", "").await;
        assert_eq!(refused.status, 422);
        refused.shows(&["open it again, with a reason"]);
    }

    async fn who_may_only_look_changes_nothing(url: &str) {
        let (served, books, line) = proposed(url).await;
        let mut officer = served.client_of("officer").await;
        let page = officer.get(DAY).await;
        let explained = format!("/office/lines/{}", served.explained);
        let set = match_of(&books, served.explained).await.unwrap();
        let mut auditor = served.client_of("auditor").await;
        let seen = auditor.get(DAY).await;
        seen.shows(&["Same-amount", "You may see this day, but not prepare it"]);
        let forms = seen.body.matches("method=\"post\"").count();
        let elsewhere = auditor.get("/office/receipts").await.body.matches("method=\"post\"").count();
        assert_eq!(forms, elsewhere, "no form but those of every page");
        assert!(!auditor.get(&explained).await.body.contains("Take this explanation back"));
        let csrf = auditor.get("/office").await.hidden("csrf");
        let line = line.to_string();
        let mark = accepted(&page);
        let signed = signed(&page);
        for (path, form) in [
            (format!("{DAY}/accept"), vec![("line", line.as_str()), ("mark", &mark)]),
            (format!("{DAY}/sign"), vec![("deed", "prepare"), ("mark", &signed)]),
            (explained.clone(), vec![("match", &set), ("why", "x")]),
        ] {
            let form: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(form).collect();
            assert_eq!(auditor.post(&path, &form).await.status, 403, "{path}");
            // Nor does another site's form, or a visitor.
            let foreign: Vec<_> = [("csrf", "x")].into_iter().chain(form[1..].iter().copied()).collect();
            assert_eq!(officer.post(&path, &foreign).await.status, 403, "{path}");
            assert_eq!(served.client().post(&path, &form).await.status, 303, "{path}");
        }
        let mut cashier = served.client_of("cashier").await;
        for path in ["/office/reconciliation/main", DAY, &format!("{DAY}/lines?by=unmatched"), &format!("{DAY}/certificate/text")] {
            assert_eq!(cashier.get(path).await.status, 403, "{path}");
        }
        let day = books.bank_day("main", "2026-03-02".parse().unwrap()).await.unwrap();
        assert!(day.signed.is_none() && day.proposals.len() == 1, "{day:?}");
    }
}

/// By keyboard: from the accounts to a day, accept, prepare, take back; on pages that break
/// no rule of accessibility.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_reconciles_a_day_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let (served, _, line) = proposed(&fresh.url).await;
    let browser = Browser::start().await;
    let at = |path: &str| format!("http://{}{path}", served.address);
    browser.goto(at("/sign-in?to=/office/reconciliation")).await.unwrap();
    browser.find(By::Id("username")).await.unwrap().send_keys("officer").await.unwrap();
    browser.find(By::Id("password")).await.unwrap().send_keys(PASSWORD).await.unwrap();
    enter(&browser).await;
    tab_to(&browser, "Days of General account").await;
    enter(&browser).await;
    look(&browser, "bank-days").await;
    tab_to(&browser, "2 March 2026").await;
    enter(&browser).await;
    look(&browser, "bank-day").await;
    tab_to(&browser, "Accept").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "General account, 2 March 2026 – Anyborough Council");
    look(&browser, "bank-day-accepted").await;
    assert!(browser.find(By::Id("matched")).await.is_ok(), "it says that it is matched");
    tab_to(&browser, "Matched: by hand").await;
    enter(&browser).await;
    look(&browser, "bank-day-lines").await;
    browser.goto(at(DAY)).await.unwrap();
    tab_to(&browser, "note").await;
    keys(&browser, "one debit asked about").await;
    enter(&browser).await;
    look(&browser, "bank-day-prepared").await;
    browser.goto(at(&format!("/office/lines/{line}"))).await.unwrap();
    tab_to(&browser, "Take this explanation back").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Bank line – Anyborough Council");
    look(&browser, "line-undo-error").await;
    let field = browser.find(By::Css("input[id^=why-]")).await.unwrap();
    field.send_keys("the other Smith").await.unwrap();
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Bank line – Anyborough Council");
    look(&browser, "line-undone").await;
    let says = async || browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap();
    assert!(says().await.contains("Taken back on"), "{}", says().await);
    browser.goto(at(DAY)).await.unwrap();
    look(&browser, "bank-day-changed").await;
    let shown = says().await;
    for words in ["one debit asked about", "What has happened since", "to be opened again"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    tab_to(&browser, "reason").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: General account, 2 March 2026 – Anyborough Council");
    look(&browser, "bank-day-error").await;
    tab_to(&browser, "reason").await;
    keys(&browser, "the match was wrong").await;
    enter(&browser).await;
    look(&browser, "bank-day-reopened").await;
    assert!(says().await.contains("opened again by officer"), "{}", says().await);
    browser.goto(at("/office/reconciliation/main?to=2026-03-01")).await.unwrap();
    look(&browser, "bank-days-none").await;
}
