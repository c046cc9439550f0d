//! Spreadsheets read by the columns that a person confirmed for their sender.

use ims_app::Imported;
use ims_testkit::on_both;

use super::{
    configuration::with,
    raw,
    standing::told,
    town::{Town, april, ct, file},
};

const NEW: &str = r#"
[[channel]]
code = "acme"
name = "Acme's attachments of earnings"
sender = "Acme Ltd"

[[method]]
code = "AOE"
name = "Attachment of earnings"
kind = "agent"
channel = "acme"

[[sheet]]
name = "acme"
sender = "Acme Ltd"
headings = ["Works No", "CT Ref", "Gross", "Taken"]
pence = true
columns = { reference = "CT Ref", amount = "Taken" }
"#;

fn sheet(headings: &str, rows: &[String]) -> String {
    format!("Employer: Acme Ltd\nApril\n{headings}\n{}\n", rows.join("\n"))
}

async fn why_not(town: &Town, name: &str, bytes: &str) -> String {
    town.books.import_file(file(name, bytes)).await.unwrap_err().to_string()
}

on_both! {
    async fn what_was_confirmed_once_is_read_without_asking(url: &str) {
        let town = Town::of(url).await;
        let headings = "Works No,CT Ref,Gross,Taken";
        let april_file = sheet(headings, &[format!("7,{},120000,8400", ct(1)), format!("9,{},90000,50", ct(2))]);
        // Before: nobody knows what `Taken` is.
        let why = why_not(&town, "april.csv", &april_file).await;
        assert!(why.contains("its layout is not known"), "{why}");
        town.books.configure(&with(|text| format!("{text}{NEW}")), april(20)).await.unwrap();
        let Imported::Now(done) = town.books.import_file(file("april.csv", &april_file)).await.unwrap() else {
            panic!("it was not imported");
        };
        assert_eq!((done.format.as_str(), done.rows, done.total.get()), ("payments-sheet", 2, 8_450));
        // In another order the headings are the same.
        let may = sheet("CT Ref,Taken,Works No,Gross", &[format!("{},8400,7,120000", ct(1))]);
        let Imported::Now(done) = town.books.import_file(file("may.csv", &may)).await.unwrap() else {
            panic!("it was not imported");
        };
        assert_eq!(done.total.get(), 8_400);
        // Other headings are told, and nothing is posted.
        let before = raw::counts(url);
        let june = sheet("Works No,CT Ref,Gross,Taken this month,Taken to date", &[format!("7,{},120000,8400,16800", ct(1))]);
        let why = why_not(&town, "june.csv", &june).await;
        assert_eq!(
            why,
            "june.csv line 3: the headings are not as confirmed for `acme`: gone `Taken`, new `Taken this month`, `Taken to date`; look at the file, then confirm it anew with `ims file columns`"
        );
        // Even where each heading by itself would be certain.
        let july = sheet("Reference,Amount", &[format!("{},84.00", ct(1))]);
        let why = why_not(&town, "july.csv", &july).await;
        assert!(why.contains("gone `Works No`, `CT Ref`, `Gross`, `Taken`, new `Reference`, `Amount`"), "{why}");
        assert_eq!(raw::counts(url), before);
        town.proved().await;
    }

    async fn confirming_is_told_before_and_after(url: &str) {
        let town = Town::of(url).await;
        let confirmed = |heading: &str| with(|text| format!("{text}{}", NEW.replace("amount = \"Taken\"", heading)));
        town.books.configure(&confirmed("amount = \"Taken\""), april(20)).await.unwrap();
        town.books.configure(&confirmed("amount = \"Gross\""), april(20)).await.unwrap();
        let deeds = told(&town, "configure").await;
        let data: serde_json::Value = serde_json::from_str(&deeds[0].1).unwrap();
        let change = serde_json::json!({
            "path": "sheet.acme.columns.amount", "before": "\"Taken\"", "after": "\"Gross\"",
        });
        assert_eq!(data["changes"], serde_json::json!([change]));
        let why = town.books.configure(&confirmed("amount = \"Paid\""), april(20)).await.unwrap_err();
        assert!(why.to_string().contains("sheet acme: amount is `Paid`; one of its headings"), "{why}");
        town.proved().await;
    }

    /// Two employers with the same program for wages.
    async fn nobody_is_read_by_what_another_confirmed(url: &str) {
        let town = Town::of(url).await;
        town.books.configure(&with(|text| format!("{text}{NEW}")), april(20)).await.unwrap();
        let bolt = sheet("Works No,CT Ref,Gross,Taken", &[format!("7,{},120000,8400", ct(1))]);
        let bolt = bolt.replace("Acme Ltd", "Bolt Ltd");
        let why = why_not(&town, "bolt.csv", &bolt).await;
        assert!(why.contains("its layout is not known"), "{why}");
        let asked = ims_app::NewFile { format: Some("payments-sheet"), ..file("bolt.csv", &bolt) };
        let why = town.books.import_file(asked).await.unwrap_err().to_string();
        assert!(why.contains("no row names the columns") || why.contains("to be confirmed first"), "{why}");
        town.proved().await;
    }
}
