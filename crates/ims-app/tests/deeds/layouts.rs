//! Layouts of a council's own, exports written by the one that is named, and
//! what the other side says of them out of its file.

use ims_app::{ExportKind, Imported};
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts},
    raw::sql,
    town::{Town, april, ct, file, settings},
};

/// A layout of the council's own that reads, one that writes, and two series of
/// exports that are not written by the usual ones.
fn with_layouts() -> String {
    format!(
        "{}\n{}",
        settings("MILL"),
        r##"
[[layout]]
name = "corner-shop"
text = '''
name = "corner-shop"
title = "Payments at the corner shop"
reads = "receipts"
kind = "fixed"
[recognise]
records = ["detail"]
within = 1
[[detail.field]]
name = "mark"
constant = "CS"
width = 2
[[detail.field]]
name = "reference"
width = 9
[[detail.field]]
name = "amount"
as = "overpunched"
width = 7
[[detail.field]]
name = "date"
as = "date"
date_format = "%y%j"
width = 5
[detail.gives]
fund = "'CT'"
method = "'CASH'"
'''

[[layout]]
name = "our-ledger from 2026"
text = '''
name = "our-ledger"
title = "Our ledger"
writes = "journal"
kind = "delimited"
in_force_until = 2026-04-20
[set]
company = "00"
[[detail.field]]
name = "company"
is = "set.company"
[[detail.field]]
name = "account"
[[detail.field]]
name = "amount"
as = "pence"
'''

[[layout]]
name = "our-ledger later"
text = '''
name = "our-ledger"
title = "Our ledger"
writes = "journal"
kind = "delimited"
in_force_from = 2026-04-21
[set]
company = "00"
[[detail.field]]
name = "account"
[[detail.field]]
name = "company"
is = "set.company"
'''

[[export]]
name = "ledger-journal"
layout = "our-ledger"
set = { company = "77" }
file_name = "GL_{date}_{number}.csv"

[[export]]
name = "host:CT"
layout = "host-council-tax"
"##
    )
}

on_both! {
    async fn an_export_is_written_by_the_layout_its_series_names(url: &str) {
        let town = Town::of(url).await;
        town.books.configure(&with_layouts(), april(20)).await.unwrap();
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let journal = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        assert_eq!(journal.row.file_name, "GL_20260420_000001.csv");
        let text = String::from_utf8(journal.bytes.clone()).unwrap();
        assert!(text.lines().all(|line| line.starts_with("77,")), "{text}");
        assert!(text.contains("77,R1000,-12050"), "{text}");
        assert_eq!(town.books.export_again(journal.row.id).await.unwrap(), journal);
        let kind = ExportKind::parse("host:CT").unwrap();
        let cash = town.books.make_export(&kind).await.unwrap().unwrap();
        assert!(cash.bytes.starts_with(b"HDRIMS     0000000120260420\r\nPAY"));
        // From the next day the other version is in force.
        town.clock.to_april(21);
        let row = paid("CT", &ct(1), "CARD", "1.00").on(april(21));
        town.took("tuesday.csv", &receipts(&[row])).await;
        town.books.close_day(april(21)).await.unwrap();
        let next = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        let text = String::from_utf8(next.bytes).unwrap();
        assert!(text.lines().all(|line| line.ends_with(",77")), "{text}");
    }

    async fn an_export_tells_of_every_row_or_is_not_made(url: &str) {
        let town = Town::of(url).await;
        let debits_only = with_layouts().replacen(
            "[[detail.field]]\nname = \"company\"",
            "[detail]\nwhen = \"amount > 0\"\n[[detail.field]]\nname = \"company\"",
            1,
        );
        town.books.configure(&debits_only, april(20)).await.unwrap();
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let refused = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "export ledger-journal: the layout `our-ledger` leaves 1 of 2 rows out, the first 2026-04-20 R1000 fund:CT -120.50; its days would count as sent, so every row needs a record with its amount"
        );
        assert_eq!(sql(url, "SELECT count(*) FROM export"), "0");
        town.proved().await;
        // With a record for the others too, and a second one for each of those.
        let record = |name: &str, when: &str, amount: &str| {
            format!(
                "[[record]]\nname = \"{name}\"\nrole = \"detail\"\nwhen = \"amount {when} 0\"\n\
                 [[record.field]]\nname = \"mark\"\nconstant = \"{name}\"\n\
                 [[record.field]]\nname = \"account\"\n{amount}"
            )
        };
        let amount = "[[record.field]]\nname = \"amount\"\nas = \"pence\"\n";
        let records = [record("D", ">", amount), record("C", "<", amount), record("N", "<", "")];
        let begin = debits_only.find("[detail]\nwhen").unwrap();
        let end = begin + debits_only[begin..].find("'''").unwrap();
        let whole =
            format!("{}{}{}", &debits_only[..begin], records.concat(), &debits_only[end..]);
        town.clock.to_april(21);
        town.books.configure(&whole, april(21)).await.unwrap();
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        let text = String::from_utf8(made.bytes).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        let row = made.row;
        assert_eq!((row.rows, row.debit.get(), row.credit.get()), (3, 12_050, 12_050));
        assert_eq!((row.after_day, row.through_day), (None, april(20)));
        town.proved().await;
    }

    async fn a_file_is_read_by_a_layout_of_the_council_s_own(url: &str) {
        let town = Town::of(url).await;
        let text = format!("CS{}000120}}26110\nCS{}0012050{}\n", ct(1), ct(2), "26110");
        let unknown = town.books.import_file(file("shop.txt", &text)).await.unwrap_err();
        assert!(unknown.to_string().contains("its layout is not known"), "{unknown}");
        town.books.configure(&with_layouts(), april(20)).await.unwrap();
        let Imported::Now(summary) = town.books.import_file(file("shop.txt", &text)).await.unwrap()
        else { panic!("not imported") };
        assert_eq!((summary.format.as_str(), summary.rows), ("corner-shop", 2));
        assert_eq!(summary.total.get(), 12_050 - 1_200);
        town.proved().await;
    }

    async fn an_export_is_acknowledged_by_the_file_they_sent(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        let id = made.row.id;
        let says = |number: u32, rows: &str| {
            format!("Batch Number,Line Number,Result,Message,Journal Number\n{}", rows.replace('#', &number.to_string()))
        };
        let of_another = says(2, "#,1,Posted,,J9\n");
        let why = town.books.acknowledge_export_by_file(id, file("a.csv", &of_another), "").await;
        assert_eq!(why.unwrap_err().to_string(), "a.csv line 2: it is of export 2, not of 1");
        let receipts = one_receipt();
        let why = town.books.acknowledge_export_by_file(id, file("b.csv", &receipts), "").await;
        assert_eq!(why.unwrap_err().to_string(), "b.csv: it says nothing of an export");
        let said = says(1, "#,1,Posted,,J9\n#,2,Rejected,Account R9 is closed,\n");
        let why = town.books.import_file(file("c.csv", &said)).await.unwrap_err().to_string();
        assert!(why.contains("`ims export ack` records it"), "{why}");
        let state = town.books.acknowledge_export_by_file(id, file("c.csv", &said), "").await.unwrap();
        assert!(state.is_rejected());
        let ack = state.ack.unwrap();
        assert_eq!((ack.their_reference.as_str(), ack.reason.as_str()), ("J9", "2: Account R9 is closed"));
        // Its days go out again.
        assert!(town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().is_some());
        town.proved().await;
    }

    async fn a_configuration_whose_layouts_have_faults_is_refused(url: &str) {
        let town = Town::of(url).await;
        for (from, to, words) in [
            ("width = 9", "width = 0", "layout corner-shop: line 13: detail.field[2] `reference`: a width of 0"),
            ("name = \"corner-shop\"\ntext", "name = \"other\"\ntext", "layout other: its text is of `corner-shop`"),
            ("layout = \"our-ledger\"", "layout = \"no-such\"", "export ledger-journal: there is no layout `no-such`"),
            ("layout = \"our-ledger\"", "layout = \"allpay\"", "export ledger-journal: the layout `allpay` is for reading"),
            ("layout = \"host-council-tax\"", "layout = \"host-council-tax\"\nset = { x = \"1\" }", "`x` cannot be set in host-council-tax"),
            ("name = \"host:CT\"", "name = \"host:ZZ\"", "export host:ZZ: is no series"),
            ("_{number}", "", "its file_name needs {number} in it"),
        ] {
            let document = with_layouts().replace("set = { company = \"77\" }", "");
            assert!(document.contains(from), "{from}");
            let why = town.books.configure(&document.replacen(from, to, 1), april(20)).await;
            let why = why.unwrap_err().to_string();
            assert!(why.contains(words), "{words} in {why}");
        }
    }
}
