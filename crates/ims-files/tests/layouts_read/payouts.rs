//! Payouts read by a layout: their currency, and what was paid beside their rows.

use ims_files::layout::Layout;
use ims_money::Pence;

use super::{faults, layout, read};

const COLUMNS: &str = "reads = \"settlement\"\nkind = \"delimited\"\n\
    [detail.gives]\nprovider = \"'Acme'\"\nkind = \"if(gross < 0, 'refund', 'payment')\"\n\
    [[detail.field]]\nname = \"payout\"\ncolumn = \"Payout\"\n\
    [[detail.field]]\nname = \"provider_ref\"\ncolumn = \"ID\"\n\
    [[detail.field]]\nname = \"date\"\ncolumn = \"Date\"\nas = \"date\"\n\
    [[detail.field]]\nname = \"gross\"\ncolumn = \"Gross\"\nas = \"pounds\"\n\
    [[detail.field]]\nname = \"fee\"\ncolumn = \"Fee\"\nas = \"pounds\"\n\
    [[detail.field]]\nname = \"currency\"\ncolumn = \"Currency\"\noptional = true\n\
    [[detail.field]]\nname = \"paid\"\ncolumn = \"Paid\"\nas = \"pounds\"\noptional = true\n";

/// Each payout as `name currency paid net`, and what was said.
fn payouts(layout: &Layout, file: &str) -> (Vec<String>, Vec<String>) {
    let (contents, verdict) = read(layout, file.as_bytes());
    let shown = |paid: Option<Pence>| paid.map_or_else(|| "-".to_owned(), |paid| paid.to_string());
    let held = contents.settlements.iter().map(|settlement| {
        let head = &settlement.head;
        let net = Pence::checked_sum(settlement.lines.iter().map(|line| line.net)).unwrap();
        let payout = head.payout.as_deref().unwrap_or("-");
        let currency = head.currency.as_deref().unwrap_or("-");
        format!("{payout} {currency} {} {net}", shown(head.paid))
    });
    (held.collect(), faults(&verdict))
}

#[test]
fn what_the_rows_say_was_paid_is_compared_with_them() {
    let layout = layout(COLUMNS);
    let head = "Payout,ID,Date,Gross,Fee,Currency,Paid\n";
    let file = |rows: &str| payouts(&layout, &format!("{head}{rows}"));
    let two = "p1,a,01/04/2026,12.00,0.20,GBP,9.80\np1,b,01/04/2026,-2.00,,gbp,9.80\n";
    assert_eq!(file(two), (vec!["p1 - 9.80 9.80".to_owned()], Vec::new()));
    // On the first row only, or on the last only, it counts as well.
    for (row, paid) in [(1, "9.80"), (0, "-")] {
        let mut lines: Vec<String> = two.lines().map(str::to_owned).collect();
        lines[row] = lines[row].replace(",9.80", ",");
        let right = lines.join("\n");
        assert_eq!(file(&right), (vec![format!("p1 - {paid} 9.80")], Vec::new()));
        let (_, said) = file(&right.replace("9.80", "9.08"));
        assert_eq!(said, ["3: the rows make 9.80, but the payout p1 is of 9.08; ask for the rest"]);
    }
    // The doubt stands where the payout ends, whether another follows or not.
    let (held, said) =
        file(&format!("{}p2,c,02/04/2026,5.00,,GBP,5.00\n", two.replace("12.00", "11.00")));
    assert_eq!(held, ["p1 - 9.80 8.80", "p2 - 5.00 5.00"]);
    assert_eq!(said, ["3: the rows make 8.80, but the payout p1 is of 9.80; ask for the rest"]);
    let (_, said) = file(&two.replacen("9.80", "9.81", 1));
    assert_eq!(
        said,
        [
            "3: paid: 9.80, but rows of the payout p1 before it say 9.81; they would be the same",
            "3: the rows make 11.80, but the payout p1 is of 9.81; ask for the rest"
        ]
    );
    assert_eq!(
        payouts(&layout, "Payout,ID,Date,Gross,Fee\np1,a,01/04/2026,1.00,\n").0,
        ["p1 - - 1.00"]
    );
    let (_, said) = file(&two.replace("9.80", "lots"));
    assert!(said[0].starts_with("2: paid (column `Paid`): "), "{said:?}");
}

#[test]
fn a_currency_parts_payouts_and_must_be_one() {
    let layout = layout(COLUMNS);
    let row = |id: &str, currency: &str| format!("p1,{id},01/04/2026,1.00,,{currency},\n");
    let file = |rows: &[String]| {
        payouts(&layout, &format!("Payout,ID,Date,Gross,Fee,Currency,Paid\n{}", rows.concat()))
    };
    let (held, said) = file(&[row("a", "GBP"), row("b", ""), row("c", "eur"), row("d", "EUR")]);
    assert_eq!(
        (held, said),
        (vec!["p1 - - 2.00".to_owned(), "p1 EUR - 2.00".to_owned()], Vec::new())
    );
    let (_, said) = file(&[row("a", "GBP"), row("b", "EUR"), row("c", "GBP")]);
    assert_eq!(said, ["4: rows of `Acme` stand further up; keep those of one together"]);
    for (currency, wanted) in [
        ("EURO", "2: currency: `EURO` is none; GBP would be one"),
        ("\u{a3}", "2: currency: `\u{a3}` is none; GBP would be one"),
        ("BHD", "2: currency: BHD has more than a hundred parts"),
    ] {
        let (held, said) = file(&[row("a", currency)]);
        assert_eq!((held.len(), said.as_slice()), (0, [wanted.to_owned()].as_slice()));
    }
}

/// Rows between a header and a trailer, one of which says what was paid.
fn batches(header: &str, trailer: &str) -> Layout {
    let paid = "[[PART.field]]\nname = \"paid\"\nas = \"pounds\"\noptional = true\n";
    let part = |name: &str, mark: &str, more: &str| {
        format!(
            "[{name}]\n[[{name}.field]]\nname = \"mark\"\nconstant = \"{mark}\"\n{}",
            more.replace("PART", name)
        )
    };
    let payout = "[[PART.field]]\nname = \"payout\"\n";
    layout(&format!(
        "reads = \"settlement\"\nkind = \"delimited\"\n{}{}\
         [[detail.field]]\nname = \"provider_ref\"\n[[detail.field]]\nname = \"date\"\nas = \"date\"\n\
         [[detail.field]]\nname = \"gross\"\nas = \"pounds\"\n\
         [detail.gives]\nprovider = \"'Acme'\"\nkind = \"'payment'\"\n{}",
        part("header", "H", &format!("{payout}{}", header.replace("PAID", paid))),
        part("detail", "D", ""),
        part("trailer", "T", &trailer.replace("PAID", paid)),
    ))
}

#[test]
fn a_header_or_a_trailer_says_what_was_paid_of_its_own_batch_only() {
    let by_header = batches("PAID", "");
    let file = "H,p1,3.00\nD,a,01/04/2026,3.00\nT\nH,p2\nD,b,01/04/2026,4.00\nT\nH,p3,5.00\nD,c,01/04/2026,4.00\nT\n";
    let (held, said) = payouts(&by_header, file);
    assert_eq!(held, ["p1 - 3.00 3.00", "p2 - - 4.00", "p3 - 5.00 4.00"]);
    assert_eq!(said, ["9: the rows make 4.00, but the payout p3 is of 5.00; ask for the rest"]);
    let by_trailer = batches("", "PAID");
    let file = "H,p1\nD,a,01/04/2026,3.00\nT,3.00\nH,p2\nD,b,01/04/2026,4.00\nT\nH,p3\nD,c,01/04/2026,4.00\nT,5.00\n";
    let (held, said) = payouts(&by_trailer, file);
    assert_eq!(held, ["p1 - - 3.00", "p2 - - 4.00", "p3 - - 4.00"]);
    assert_eq!(said, ["9: the rows make 4.00, but the payout p3 is of 5.00; ask for the rest"]);
    for (layout, file) in [(&by_header, "H,p1,3.00\nT\n"), (&by_trailer, "H,p1\nT,3.00\n")] {
        let (held, said) = payouts(layout, file);
        assert!(held.is_empty());
        assert_eq!(said, ["2: payout p1 of 3.00, but none of its rows is in the file"]);
    }
}
