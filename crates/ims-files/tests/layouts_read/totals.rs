//! Totals that are written, and columns that share a value.

use chrono::NaiveDate;
use ims_files::layout::{Batch, Row, Value};
use ims_money::Pence;

use super::{layout, read};

#[test]
fn one_row_may_make_several_records_and_some_make_none() {
    let layout = layout(
        "writes = \"cash\"\nkind = \"delimited\"\n\
         [[record]]\nname = \"payment\"\nrole = \"detail\"\nwhen = \"amount > 0\"\n\
         [[record.field]]\nname = \"mark\"\nconstant = \"P\"\n[[record.field]]\nname = \"amount\"\nas = \"pence\"\n[[record.field]]\nname = \"n\"\nline = true\n\
         [[record]]\nname = \"receipt\"\nrole = \"detail\"\nwhen = \"amount > 0 and method = '90'\"\n\
         [[record.field]]\nname = \"mark\"\nconstant = \"R\"\n[[record.field]]\nname = \"receipt\"\n[[record.field]]\nname = \"n\"\nline = true\n\
         [trailer]\n[[trailer.field]]\nname = \"mark\"\nconstant = \"T\"\n[[trailer.field]]\nname = \"rows\"\ntotal = \"count\"\n[[trailer.field]]\nname = \"all\"\ntotal = \"records\"\n\
         [[trailer.field]]\nname = \"sum\"\ntotal = \"sum\"\nof = \"amount\"\nas = \"pence\"\n\
         [[trailer.field]]\nname = \"debits\"\ntotal = \"debits\"\nof = \"amount\"\nas = \"pence\"\n\
         [[trailer.field]]\nname = \"credits\"\ntotal = \"credits\"\nof = \"amount\"\nas = \"pence\"\n\
         [[trailer.field]]\nname = \"amounts\"\ntotal = \"hash\"\nof = \"amount\"\n\
         [[trailer.field]]\nname = \"receipts\"\ntotal = \"hash\"\nof = \"receipt\"\n",
    );
    let row = |pence: i64, method: &str| {
        Row::new()
            .with("amount", Value::Pence(Pence::new(pence)))
            .with("method", Value::Text(method.to_owned()))
            .with("receipt", Value::Text("R1".to_owned()))
    };
    let rows = [row(100, "90"), row(-5, "90"), row(200, "01")];
    let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    let mut file = Vec::new();
    let control = layout.write(&Batch { number: 1, date, rows: &rows }, &mut file).unwrap();
    // What is taken back makes no record, and no total has it.
    assert_eq!(
        String::from_utf8(file).unwrap(),
        "P,100,1\r\nR,R1,2\r\nP,200,3\r\nT,3,4,300,300,0,300,1\r\n"
    );
    assert_eq!((control.rows, control.records), (3, 4));
    assert_eq!(control.sums["amount"], Pence::new(300));
    assert_eq!((control.left_out, control.first_left_out), (1, Some(2)));
}

/// A row is left out that no record is for, or whose money stands in none of them.
#[test]
fn a_row_that_the_file_does_not_tell_of_is_counted() {
    let left_out = |fields: &str| {
        let layout = layout(&format!("writes = \"cash\"\nkind = \"delimited\"\n{fields}"));
        let row = |pence: i64| {
            Row::new()
                .with("amount", Value::Pence(Pence::new(pence)))
                .with("reference", Value::Text("80012345".to_owned()))
        };
        let rows = [row(100), row(0), row(-7), row(-8)];
        let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let batch = Batch { number: 1, date, rows: &rows };
        let control = layout.write(&batch, &mut Vec::new()).unwrap();
        (control.left_out, control.first_left_out)
    };
    let reference = "[[detail.field]]\nname = \"reference\"\n";
    let paid_in =
        "[[detail.field]]\nname = \"in\"\nfrom = \"amount\"\nas = \"pence\"\nonly = \"positive\"\n";
    let paid_out = paid_in.replace("in\"", "out\"").replace("positive", "negative");
    let turned = "[[detail.field]]\nname = \"out\"\nis = \"if(amount < 0, negate(amount), '')\"\nas = \"pence\"\n";
    // A column for what comes in and none for what goes out.
    assert_eq!(left_out(&format!("{reference}{paid_in}")), (2, Some(3)));
    assert_eq!(left_out(&format!("{reference}{paid_in}{paid_out}")), (0, None));
    assert_eq!(left_out(&format!("{reference}{paid_in}{turned}")), (0, None));
    // A layout that is not about money leaves none of it out.
    assert_eq!(left_out(reference), (0, None));
    assert_eq!(left_out(&format!("[detail]\nwhen = \"amount > 50\"\n{reference}")), (3, Some(2)));
}

/// A total that is of a field holds what that field does: one column's amounts, or what
/// was worked out for it.
#[test]
fn a_total_of_a_field_is_of_what_stands_in_it() {
    let total = |name: &str, of: &str| {
        format!(
            "[[header.field]]\nname = \"{name}\"\ntotal = \"sum\"\nof = \"{of}\"\nas = \"pence\"\n"
        )
    };
    let layout = layout(&format!(
        "writes = \"cash\"\nkind = \"delimited\"\n{}{}{}{}\
         [[detail.field]]\nname = \"in\"\nfrom = \"amount\"\nas = \"pence\"\nonly = \"positive\"\n\
         [[detail.field]]\nname = \"out\"\nfrom = \"amount\"\nas = \"pence\"\nonly = \"negative\"\n\
         [[detail.field]]\nname = \"turned\"\nis = \"negate(amount)\"\nas = \"pence\"\n",
        total("a", "in"),
        total("b", "out"),
        total("c", "amount"),
        total("d", "turned")
    ));
    let row = |pence: i64| Row::new().with("amount", Value::Pence(Pence::new(pence)));
    let rows = [row(100), row(-7), row(0)];
    let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    let mut file = Vec::new();
    layout.write(&Batch { number: 1, date, rows: &rows }, &mut file).unwrap();
    assert_eq!(String::from_utf8(file).unwrap(), "100,-7,93,-93\r\n100,,-100\r\n,7,7\r\n,,0\r\n");
}

#[test]
fn a_debit_and_a_credit_column_are_one_amount() {
    let layout = layout(
        "reads = \"receipts\"\nkind = \"delimited\"\n\
         [[detail.field]]\nname = \"reference\"\n\
         [[detail.field]]\nname = \"in\"\nfrom = \"amount\"\nas = \"pounds\"\nonly = \"positive\"\n\
         [[detail.field]]\nname = \"out\"\nfrom = \"amount\"\nas = \"pounds\"\nonly = \"negative\"\n\
         [[detail.field]]\nname = \"date\"\nas = \"date\"\n\
         [[detail.field]]\nname = \"again\"\nfrom = \"date\"\nas = \"date\"\n\
         [trailer]\n[[trailer.field]]\nname = \"mark\"\nconstant = \"T\"\ntag = true\n\
         [[trailer.field]]\nname = \"ins\"\ntotal = \"debits\"\nof = \"amount\"\n\
         [[trailer.field]]\nname = \"outs\"\ntotal = \"credits\"\nof = \"amount\"\n",
    );
    let (contents, verdict) = read(
        &layout,
        b"80012345,120.50,,01/04/2026,01/04/2026\n80012346,,7.00,01/04/2026,\n80012347,0.00,1.00,,01/04/2026\nT,120.50,8.00\n",
    );
    assert_eq!(verdict.faults, []);
    let amounts: Vec<i64> = contents.receipts.iter().map(|receipt| receipt.amount.get()).collect();
    assert_eq!(amounts, [12_050, -700, -100]);
    for (row, words) in [
        ("8,1.00,2.00,01/04/2026,", "in (column 2) and out (column 3) both hold an amount"),
        ("8,1.00,-1.00,01/04/2026,", "in (column 2) and out (column 3) both hold an amount"),
        ("8,1.00,,01/04/2026,02/04/2026", "date (column 4) is 2026-04-01, but again (column 5) is"),
        ("8,,,01/04/2026,", "amount: is empty"),
    ] {
        let (contents, verdict) = read(&layout, format!("{row}\n").as_bytes());
        assert!(contents.receipts.is_empty(), "{row}");
        assert!(verdict.faults[0].message.contains(words), "{:?}", verdict.faults);
    }
}
