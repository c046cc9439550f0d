//! Refunds by bank: paid to whom was approved, in one file for Bacs each.

use ims_app::{
    Ack, AppError, ExportKind, Exported, NewRefund, Payee, RefundAsked, RefundNews, Role,
};
use ims_ledger::{RefundEvent, RefundWay, id::RefundId};
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::{paid, receipts, statement},
    raw::{count, sql},
    refunds::{number_of, of},
    town::{Town, april, file, settings},
};

const BACS: &str = "\n[bacs]\nuser_number = \"299104\"\nbank_account = \"main\"\n\
    account_name = \"MILL COUNCIL\"\nstatement_name = \"MILL BC\"\n";

fn zoe() -> Payee {
    Payee {
        name: "Zoë O'Brien".to_owned(),
        sort_code: "40-00-00".to_owned(),
        account: "1234567".to_owned(),
        roll_number: String::new(),
    }
}

/// An account with a building society.
fn builders() -> Payee {
    Payee {
        name: "A & B Builders Ltd.".to_owned(),
        sort_code: "089999".to_owned(),
        account: "66374958".to_owned(),
        roll_number: "a/1234".to_owned(),
    }
}

impl Town {
    /// A town that Bacs knows.
    async fn of_bacs(url: &str) -> Self {
        let town = Self::of(url).await;
        town.books.configure(&(settings("MILL") + BACS), april(1)).await.unwrap();
        town
    }

    /// What asks for a refund of so much to a payee, of a payment of its own.
    async fn owes(&self, pence: i64, payee: Payee) -> NewRefund {
        let reference = format!("LM{:06}", count(&self.url, "receipt") + 1);
        self.took("more.csv", &receipts(&[paid("LE", &reference, "CARD", "60.00")])).await;
        let number = number_of(&self.books, &reference).await;
        NewRefund { way: RefundWay::Bank, payee: Some(payee), ..of(&number, Some(pence)) }
    }

    /// A refund approved, to be paid by bank.
    async fn due(&self, pence: i64, payee: Payee) -> RefundAsked {
        let new = self.owes(pence, payee).await;
        self.approved(&new).await
    }

    async fn sent(&self) -> Option<Exported> {
        self.books.make_export(&ExportKind::Refunds).await.unwrap()
    }

    async fn states(&self, refunds: &[RefundAsked]) -> Vec<String> {
        let mut states = Vec::new();
        for refund in refunds {
            states.push(self.refund_state(refund.id).await);
        }
        states
    }
}

/// What Bacs says it took of a submission, and the items it did not.
fn input(serial: &str, taken: &str, rejected: &[(&str, &str)]) -> String {
    let errors: String = rejected
        .iter()
        .map(|(reference, pounds)| {
            format!(
                "<Error><ErrorItem reference=\"{reference}\" valueOf=\"{pounds}\" transactionCode=\"99\"/>\
                 <ErrorMessage type=\"REJECTED\" line1=\"INVALID SORT CODE\"/></Error>"
            )
        })
        .collect();
    let count = rejected.len();
    format!(
        "<BACSDocument><Data><InputReport><Header reportType=\"REFT2013\"><ProcessingDate date=\"2026-04-21\"/></Header>\n\
         <Submission><SubmissionInformation bureauNumber=\"299104\" volumeSerialNumber=\"{serial}\" numberOfFiles=\"1\"/>\n\
         <UserFile><InputUserFile><UserFileInformation userNumber=\"299104\" userFileNumber=\"001\"/><Errors>{errors}</Errors>\n\
         <InputReportSummary><AccountTotals><AccountTotal><CreditEntry><AcceptedRecords numberOf=\"1\" valueOf=\"{taken}\"/>\
         <RejectedRecords numberOf=\"{count}\" valueOf=\"0.00\"/></CreditEntry>\
         <DebitEntry><AcceptedRecords numberOf=\"1\" valueOf=\"{taken}\"/></DebitEntry></AccountTotal></AccountTotals>\
         </InputReportSummary></InputUserFile></UserFile></Submission></InputReport></Data></BACSDocument>"
    )
}

/// A town with two refunds of 12.00 and 9.99 in its first file.
async fn with_file(url: &str) -> (Town, [RefundAsked; 2], Exported) {
    let town = Town::of_bacs(url).await;
    let both = [town.due(1_200, zoe()).await, town.due(999, builders()).await];
    let file = town.sent().await.unwrap();
    (town, both, file)
}

/// An ARUCS report of the 23rd of April of what was processed on the 21st.
fn arucs(reference: &str, pounds: &str) -> String {
    format!(
        "<BACSDocument><Data><ARUCS><Header adviceNumber=\"7\" currentProcessingDate=\"2026-04-23\"/>\n\
         <ServiceLicenseInformation userNumber=\"299104\"/><Advice><OriginatingAccountRecords><OriginatingAccountRecord>\n\
         <ReturnedCreditItem ref=\"{reference}\" transCode=\"99\" returnCode=\"B\" returnDescription=\"ACCOUNT CLOSED\" \
         originalProcessingDate=\"2026-04-21\" valueOf=\"{pounds}\" currency=\"GBP\"/>\n\
         </OriginatingAccountRecord></OriginatingAccountRecords></Advice></ARUCS></Data></BACSDocument>"
    )
}

on_both! {
    /// Line by line as the specification lays them out.
    async fn what_is_due_is_written_as_laid_out_by_hand(url: &str) {
        let (town, [one, two], file) = with_file(url).await;
        let lines = [
            "VOL1000001                               299104                                1".to_owned(),
            "HDR1A299104S   29910400000100010001       26110 26112 000000                    ".to_owned(),
            "HDR2F0200000100                                   00                            ".to_owned(),
            "UHL1 26111999999    000000001 DAILY  001                                        ".to_owned(),
            format!("4000000123456709920000012345678    00000001200MILL BC           {:<18}ZOE OBRIEN        ", one.number),
            "0899996637495809920000012345678    00000000999MILL BC           A/1234            A & B BUILDERS LTD".to_owned(),
            "2000001234567801720000012345678    00000002199REFUNDS 000001    CONTRA            MILL COUNCIL      ".to_owned(),
            "EOF1A299104S   29910400000100010001       26110 26112 000000                    ".to_owned(),
            "EOF2F0200000100                                   00                            ".to_owned(),
            "UTL10000000002199000000000219900000010000002                                    ".to_owned(),
        ];
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        assert_eq!(text.split_terminator("\r\n").collect::<Vec<_>>(), lines);
        let row = &file.row;
        assert_eq!((row.kind.as_str(), row.number, row.rows), ("refunds", 1, 2));
        assert_eq!((row.file_name.as_str(), row.credit.get(), row.debit.get()), ("bacs-refunds-000001.txt", 2_199, 2_199));
        assert_eq!(town.books.reissue_export(row.id).await.unwrap(), file);
        // Each is sent, says in which file, and is still owed.
        assert_eq!(town.states(&[one.clone(), two]).await, ["sent", "sent"]);
        let steps = town.books.refund(one.id).await.unwrap().2;
        assert_eq!(steps.last().unwrap().reference, "bacs-refunds-000001.txt");
        assert_eq!(town.at("refunds-due").await, -2_199);
        town.proved().await;
    }

    /// Bacs works when it is told that it does: a council's own nation is none of it.
    async fn a_proclaimed_holiday_moves_the_processing_day(url: &str) {
        let town = Town::of_bacs(url).await;
        let closed = "closed = [\"2026-04-21\"]";
        for (calendar, day, from) in [
            (String::new(), "UHL1 26111", 2),
            (format!("[calendar]\n{closed}"), "UHL1 26112", 3),
            (format!("[calendar]\nnation = \"scotland\"\n{closed}"), "UHL1 26111", 4),
            (format!("[calendar]\nnation = \"scotland\"\nbacs_{closed}"), "UHL1 26112", 5),
            (format!("[calendar]\n{closed}\nbacs_open = [\"2026-04-21\"]"), "UHL1 26111", 6),
        ] {
            let settings = format!("{}{BACS}{calendar}\n", settings("MILL"));
            town.books.configure(&settings, april(from)).await.unwrap();
            town.due(100, zoe()).await;
            let text = String::from_utf8(town.sent().await.unwrap().bytes).unwrap();
            assert!(text.lines().any(|line| line.starts_with(day)), "{calendar}: {text}");
        }
        town.proved().await;
    }

    async fn a_refund_is_in_one_file(url: &str) {
        let (town, _, _) = with_file(url).await;
        assert!(town.sent().await.is_none());
        // Neither what waits for approval nor what somebody pays by hand.
        let waits = town.owes(100, zoe()).await;
        town.books.request_refund(&waits).await.unwrap();
        let by_hand = NewRefund { payee: None, ..town.owes(200, zoe()).await };
        town.approved(&by_hand).await;
        let told = town.due(300, zoe()).await;
        town.books.record_refund(told.id, &RefundNews::of(RefundEvent::Send)).await.unwrap();
        assert!(town.sent().await.is_none());
        let third = town.due(400, zoe()).await;
        let second = town.sent().await.unwrap();
        assert_eq!((second.row.number, second.row.rows, second.row.credit.get()), (2, 1, 400));
        assert_eq!(town.refund_state(third.id).await, "sent");
        // A day with a payment file can be opened again; nothing of it counts by days.
        town.books.close_day(april(20)).await.unwrap();
        town.books.ask_reopen_day(april(20), "a late file", None).await.unwrap();
        town.proved().await;
    }

    async fn of_two_operators_at_once_each_refund_is_sent_by_one(url: &str) {
        let town = Town::of_bacs(url).await;
        let mut due = Vec::new();
        for pence in 101..107 {
            due.push(town.due(pence, zoe()).await);
        }
        let mut both = JoinSet::new();
        for seed in 2..5 {
            let books = town.elsewhere(seed).await;
            both.spawn(async move { books.make_export(&ExportKind::Refunds).await });
        }
        let done = both.join_all().await;
        let made: Vec<_> = done.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(made.iter().map(|file| file.row.rows).sum::<i64>(), 6, "{made:?}");
        let sent = sql(url, "SELECT COUNT(DISTINCT refund_id) FROM refund_file_item");
        assert_eq!((sent.as_str(), count(url, "refund_file_item")), ("6", 6));
        assert_eq!(town.states(&due).await, ["sent"; 6]);
        town.proved().await;
    }

    /// What was approved is what is paid.
    async fn a_payee_that_was_altered_is_neither_approved_nor_paid(url: &str) {
        let town = Town::of_bacs(url).await;
        let new = town.owes(500, zoe()).await;
        let asked = town.books.request_refund(&new).await.unwrap();
        let manager = town.hands_of(Role::IncomeManager).await;
        let alter = |from: &str, to: &str| {
            sql(url, &format!("UPDATE detail SET words = replace(words, '{from}', '{to}')"));
        };
        alter("01234567", "07654321");
        let wrong = format!("the payee of refund {} is not who was asked for: end this refund, and ask for a new one", asked.number);
        assert_eq!(manager.approve_refund(asked.id, "").await.unwrap_err().to_string(), wrong);
        alter("07654321", "01234567");
        manager.approve_refund(asked.id, "seen").await.unwrap();
        alter("01234567", "07654321");
        let why = town.books.make_export(&ExportKind::Refunds).await.unwrap_err();
        assert_eq!(why.to_string(), wrong);
        assert!(town.books.refund_payees(&[asked.id]).await.unwrap().is_empty());
        let verified = town.books.verify(None).await.unwrap();
        let named = |name: &str| verified.checks.iter().find(|check| check.name == name).unwrap().ok;
        assert!(!named("refunds are paid to whom they were asked for") && named("each refund is in one file at most, as it is"));
        // Erased, which is no fault of the books.
        sql(url, "DELETE FROM detail");
        let why = town.books.make_export(&ExportKind::Refunds).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("was erased"), "{why}");
        assert_eq!((count(url, "refund_file_item"), town.refund_state(asked.id).await.as_str()), (0, "approved"));
        town.proved().await;
    }

    async fn who_may_not_pay_sees_no_account(url: &str) {
        let town = Town::of_bacs(url).await;
        let asked = town.due(500, builders()).await;
        for (role, shown) in [
            (Role::IncomeOfficer, "A & B Builders Ltd., 08-99-99 66374958, roll number A/1234"),
            (Role::IncomeManager, "A & B Builders Ltd., 08-99-99 66374958, roll number A/1234"),
            (Role::ServiceStaff, "A & B Builders Ltd., **-**-** ****4958, roll number ******"),
            (Role::Auditor, "A & B Builders Ltd., **-**-** ****4958, roll number ******"),
        ] {
            let payees = town.hands_of(role).await.refund_payees(&[asked.id]).await.unwrap();
            assert_eq!(payees[&asked.id].to_string(), shown);
        }
        let none = town.books.refund_payees(&[RefundId::new(uuid::Uuid::nil())]).await;
        assert!(matches!(none, Err(AppError::NotFound { .. })));
        // Neither the approval nor the audit trail has it.
        let said = sql(url, "SELECT document || subject FROM approval UNION ALL SELECT data || subject FROM audit_event");
        assert!(!said.contains("66374958") && !said.contains("Builders"), "{said}");
        town.proved().await;
    }

    async fn what_cannot_be_asked_says_why(url: &str) {
        let town = Town::of_bacs(url).await;
        let new = NewRefund { key: Some("form 7".to_owned()), ..town.owes(500, zoe()).await };
        let by_card = NewRefund { way: RefundWay::Source, ..new.clone() };
        let nobody = NewRefund { payee: Some(Payee { name: " ".to_owned(), ..zoe() }), ..new.clone() };
        for (new, why) in [
            (by_card, "only a refund by bank has a payee: the provider knows who paid"),
            (nobody, "the payee: nothing of the name `` is carried; letters would be"),
        ] {
            let error = town.books.request_refund(&new).await.unwrap_err();
            assert!(error.is_bad_input());
            assert_eq!(error.to_string(), why);
        }
        assert_eq!((count(url, "refund"), count(url, "refund_payee")), (0, 0));
        let asked = town.books.request_refund(&new).await.unwrap();
        let written_so = Payee { sort_code: "400000".to_owned(), account: "01234567".to_owned(), ..zoe() };
        let again = town.books.request_refund(&NewRefund { payee: Some(written_so), ..new.clone() }).await.unwrap();
        assert_eq!((again.id, again.before), (asked.id, true));
        for payee in [Some(builders()), None] {
            let why = town.books.request_refund(&NewRefund { payee, ..new.clone() }).await.unwrap_err();
            assert_eq!(why.to_string(), "`form 7` was used before for something else");
        }
        town.proved().await;
    }

    async fn who_is_nobody_to_bacs_pays_nobody(url: &str) {
        let town = Town::of(url).await;
        town.due(500, zoe()).await;
        let why = town.books.make_export(&ExportKind::Refunds).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("a [bacs] section would"), "{why}");
        let small = BACS.replace("MILL BC", "Mill");
        let why = town.books.configure(&(settings("MILL") + small.as_str()), april(1)).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "the configuration has faults: bacs: name on statements `Mill` has `i`, which is not carried; \
             capital letters, digits, a blank and . & / - are"
        );
        // What is written back is what was said.
        town.books.configure(&(settings("MILL") + BACS), april(1)).await.unwrap();
        let written = town.books.configuration_document().await.unwrap();
        assert!(written.contains(BACS.trim()), "{written}");
        assert!(town.sent().await.is_some());
    }

    /// A file that Bacs did not take: its refunds go into the next.
    async fn what_was_rejected_is_sent_in_another_file(url: &str) {
        let (town, both, first) = with_file(url).await;
        let third = town.due(100, zoe()).await;
        let id = first.row.id;
        town.books.acknowledge_export(id, Ack::Rejected, "B1", "sent too late").await.unwrap();
        let why = town.books.reissue_export(id).await.unwrap_err();
        assert_eq!(why.to_string(), "bacs-refunds-000001.txt was rejected, and what it held goes into another: make that");
        let second = town.sent().await.unwrap();
        assert_eq!((second.row.number, second.row.rows, second.row.credit.get()), (2, 3, 2_299));
        let states = town.books.export_states(9).await.unwrap();
        let replaced: Vec<_> = states.iter().map(|state| (state.row.number, state.replaced_by)).collect();
        assert_eq!(replaced, [(2, None), (1, Some(2))]);
        assert!(town.sent().await.is_none());
        town.proved().await;
        // The bank's debit is the second file's alone.
        town.took("s1.sta", &statement(1, 0, 22, &[(-2_199, "BACS REFUNDS 000001"), (-2_299, "BACS REFUNDS 000002")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("refund paid".to_owned(), 1)], 1));
        assert_eq!(town.states(&[both[0].clone(), both[1].clone(), third]).await, ["paid"; 3]);
        let why = town.books.acknowledge_export(second.row.id, Ack::Rejected, "B2", "late").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("is paid: the file was not rejected"), "{why}");
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
    }

    /// The bank pays a file with one debit.
    async fn one_bank_line_pays_a_file_and_can_be_taken_back(url: &str) {
        let (town, both, file) = with_file(url).await;
        let lines = [(-2_199, "BACS REFUNDS 000007"), (-2_198, "BACS REFUNDS 000001"), (-2_199, "BACS REFUNDS000001")];
        town.took("s1.sta", &statement(1, 0, 22, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("refund paid".to_owned(), 1)], 2));
        assert_eq!((town.states(&both).await, town.at("refunds-due").await), (vec!["paid".to_owned(); 2], 0));
        town.proved().await;
        let step = town.books.refund(both[0].id).await.unwrap().2.pop().unwrap();
        let line = step.line.unwrap();
        let known = town.books.record_refund_file(file.row.id, line).await.unwrap();
        assert_eq!((known.before, known.refunds, known.amount.get()), (true, 2, 2_199));
        town.books.undo_match(step.matched.unwrap(), "another's").await.unwrap();
        assert_eq!((town.states(&both).await, town.at("refunds-due").await), (vec!["sent".to_owned(); 2], -2_199));
        town.proved().await;
        // By hand: the line named, and one of another amount refused.
        let other = town.open_line(-2_198).await.id;
        let why = town.books.record_refund_file(file.row.id, other).await.unwrap_err();
        assert!(why.to_string().ends_with("is of -21.98, but the file paid is of 21.99"), "{why}");
        let done = town.books.record_refund_file(file.row.id, line).await.unwrap();
        assert_eq!((done.before, done.refunds, done.file_name.as_str()), (false, 2, "bacs-refunds-000001.txt"));
        assert_eq!((town.states(&both).await, town.at("refunds-due").await), (vec!["paid".to_owned(); 2], 0));
        let why = town.books.record_refund_file(file.row.id, other).await.unwrap_err();
        assert_eq!(why.to_string(), "nothing of bacs-refunds-000001.txt is on its way");
        town.proved().await;
    }

    /// Nobody looked before the day closed: the debit waits in suspense.
    async fn a_line_that_went_to_suspense_pays_a_file_too(url: &str) {
        let (town, both, file) = with_file(url).await;
        town.clock.to_april(22);
        town.took("s1.sta", &statement(1, 0, 22, &[(-2_199, "BACS 299104")])).await;
        let line = town.open_line(-2_199).await.id;
        town.books.close_day(april(22)).await.unwrap();
        assert_eq!(town.at("suspense").await, 2_199);
        town.books.record_refund_file(file.row.id, line).await.unwrap();
        assert_eq!((town.states(&both).await, town.at("suspense").await), (vec!["paid".to_owned(); 2], 0));
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
    }

    /// The input report: what Bacs took, and which refund it did not.
    async fn what_bacs_says_of_a_file_is_recorded(url: &str) {
        let (town, both, sent) = with_file(url).await;
        let id = sent.row.id;
        let number = both[0].number.clone();
        for (text, why) in [
            (input("000002", "21.99", &[]), "report.xml: it is of submission 000002, not of 000001"),
            (
                input("000001", "21.98", &[]),
                "report.xml: it accepted 21.98 and rejected 0.00, but bacs-refunds-000001.txt is of 21.99: see to it by hand",
            ),
            (input("000001", "9.99", &[(&number, "12.01")]), &format!("report.xml: `{number}` of 12.01 is not in it")),
            (arucs("A/1234", "9.99"), "report.xml: it says nothing of a submission of ours"),
        ] {
            let refused = town.books.acknowledge_export_by_file(id, file("report.xml", &text), "").await;
            assert_eq!(refused.unwrap_err().to_string(), why);
        }
        assert_eq!(town.states(&both).await, ["sent", "sent"]);
        let report = input("000001", "9.99", &[(&number, "12.00")]);
        for _ in 0..2 {
            let state = town.books.acknowledge_export_by_file(id, file("report.xml", &report), "").await.unwrap();
            let ack = state.ack.as_ref().unwrap();
            assert!(state.is_accepted());
            assert_eq!((ack.their_reference.as_str(), ack.reason.clone()), ("report.xml", format!("{number} rejected: INVALID SORT CODE")));
            assert_eq!(town.states(&both).await, ["failed", "sent"]);
        }
        assert_eq!((town.at("refunds-due").await, town.sent().await), (-999, None));
        town.proved().await;
    }

    /// One refund of a file will not be paid: the bank's debit is of the rest.
    async fn a_refund_that_failed_is_not_paid_with_its_file(url: &str) {
        let (town, both, _) = with_file(url).await;
        let news = RefundNews { reason: "withdrawn".to_owned(), ..RefundNews::of(RefundEvent::Fail) };
        town.books.record_refund(both[1].id, &news).await.unwrap();
        town.took("s1.sta", &statement(1, 0, 22, &[(-1_200, "BACS REFUNDS 000001")])).await;
        town.reconciled().await;
        assert_eq!(town.states(&both).await, ["paid", "failed"]);
        assert!(town.sent().await.is_none());
        town.proved().await;
    }

    /// ARUCS: the credit could not be applied, and is back on the account.
    async fn a_report_says_which_refund_came_back_and_why(url: &str) {
        let (town, both, _) = with_file(url).await;
        town.clock.to_april(23);
        let done = town.took("arucs.xml", &arucs("A/1234", "9.99")).await;
        let number = &both[1].number;
        let open = |why: &str| format!("line 3: A/1234 stays open: refund {number} {why}");
        assert_eq!(done.remarks, ["0 returned, 0.00 in all".to_owned(), open("is sent: reconcile the bank's debit of bacs-refunds-000001.txt first")]);
        town.took("s1.sta", &statement(1, 0, 22, &[(-2_199, "BACS REFUNDS 000001")])).await;
        town.reconciled().await;
        let again = town.books.place_returns().await.unwrap();
        assert_eq!(again.open[0].reason, format!("refund {number} came back, and no open bank line shows it yet: `ims return place` looks again"));
        // One that is somebody else's, and the one that quotes the payee's account.
        let lines = [(999, "BGC A STRANGER"), (999, "UNAPPLIED 08-99-99 66374958")];
        town.took("s2.sta", &statement(2, -2_199, 23, &lines)).await;
        let placed = town.books.place_returns().await.unwrap();
        assert_eq!((placed.recorded, placed.amount.get(), placed.open.len()), (1, 999, 0));
        assert_eq!(town.states(&both).await, ["paid", "bounced"]);
        let step = town.books.refund(both[1].id).await.unwrap().2.pop().unwrap();
        assert!(step.reason.to_lowercase().contains("account closed"), "{step:?}");
        assert_eq!((town.at("refunds-due").await, town.books.open_advices().await.unwrap().len()), (-999, 0));
        assert_eq!(town.books.place_returns().await.unwrap().recorded, 0);
        // It is not paid again by itself; the account has it again when it is given up.
        assert!(town.sent().await.is_none());
        town.books.record_refund(both[1].id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
    }

    /// Reconciling had found the credit: the report tells nothing new.
    async fn a_report_of_what_is_back_already_is_seen_to(url: &str) {
        let (town, both, _) = with_file(url).await;
        town.clock.to_april(23);
        town.took("s1.sta", &statement(1, 0, 22, &[(-2_199, "BACS REFUNDS 000001")])).await;
        town.reconciled().await;
        let quoted = format!("UNAPPLIED {}", both[0].number);
        town.took("s2.sta", &statement(2, -2_199, 23, &[(1_200, &quoted)])).await;
        town.reconciled().await;
        assert_eq!(town.states(&both).await, ["bounced", "paid"]);
        let done = town.took("arucs.xml", &arucs(&both[0].number, "12.00")).await;
        assert_eq!(done.remarks, ["0 returned, 0.00 in all"]);
        // Another amount is no refund of ours.
        let done = town.took("other.xml", &arucs(&both[0].number, "12.01")).await;
        assert_eq!(done.remarks[1], format!(
            "line 3: {} stays open: no refund was sent with this reference, amount and day; see to it by hand", both[0].number
        ));
        town.proved().await;
    }
}
