//! Card money three ways, on pages and for programs.

use ims_app::Actor;
use ims_testkit::on_both;

use super::council::{self, Served, imported};

/// A payout of the first card payment and of one that nobody here knows, and a bank line that
/// pays another.
pub async fn settled(served: &Served) {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let card = "code = \"card\"\nname = \"Card payments\"\n";
    let told = council::document().replace(card, &format!("{card}sender = \"paybridge\"\n"));
    books.configure(&told, "2026-03-01".parse().unwrap()).await.unwrap();
    let head = "provider,payout,date,reference,provider_ref,kind,gross,fee,net\n";
    let row = |name: &str, gross: &str, fee: &str, net: &str| {
        format!("paybridge,PO778899,2026-03-03,,{name},payment,{gross},{fee},{net}\n")
    };
    let file = [row("PSP00000", "1000.25", "1.25", "999.00"), row("PSPX", "7.00", "0.00", "7.00")];
    imported(&books, "settled.csv", &format!("{head}{}", file.concat())).await;
    let line = ":20:ST260303\r\n:25:99223312345678\r\n:28C:2/1\r\n:60F:C260302GBP1183,16\r\n\
        :61:2603030303C40,00NTRFNONREF//B9\r\n:86:PAYBRIDGE PO554433\r\n\
        :62F:C260303GBP1223,16\r\n-\r\n";
    imported(&books, "next.sta", line).await;
}

on_both! {
    /// From the reconciliation to the payouts, and to what makes the difference of one.
    async fn payouts_are_shown_three_ways(url: &str) {
        let served = council::served(url).await;
        settled(&served).await;
        let mut client = served.client_of("auditor").await;
        client.get("/office/reconciliation").await.link("/office/payouts");
        let page = client.get("/office/payouts?day=3/3/2026").await;
        page.shows(&[
            "Ours, in no payout yet", "PSP00001", "£1,001.25",
            "not known here", "PSPX", "settled.csv line 3",
            "PAYBRIDGE PO554433", "£40.00", "Not yet",
        ]);
        let one = client.get(&page.link("/office/payouts/card/PO778899")).await;
        one.shows(&["Payout PO778899", "fee withheld", "£1.25", "All of it is explained", "is on its way", "timing: in no payout yet"]);
        let receipt = client.get(&one.link("/office/receipts?number=")).await;
        assert_eq!(receipt.status, 200);
        let before = client.get("/office/payouts?day=1/1/2026").await;
        assert!(!before.body.contains("PO778899") && !before.body.contains("PSP00001"));
        for (path, status) in [
            ("/office/payouts?day=x", 422),
            ("/office/payouts/card/PO1", 404),
            ("/office/payouts/card/PO778899?day=x", 404),
        ] {
            assert_eq!(client.get(path).await.status, status, "{path}");
        }
        let cashier = served.client_of("cashier").await.get("/office/payouts").await;
        assert_eq!(cashier.status, 403);
    }

    async fn payouts_are_told_to_programs(url: &str) {
        let served = council::served(url).await;
        settled(&served).await;
        let mut client = served.client_of("auditor").await;
        let answer = client.get("/api/v1/payouts?from=2026-03-01&to=2026-03-03").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let one = &told["payouts"][0];
        assert_eq!((&one["payout"], &one["lines"]), (&"PO778899".into(), &2.into()));
        assert_eq!((&one["has_arrived"], &one["unexplained_pence"]), (&false.into(), &0.into()));
        assert_eq!(one["parts"][0]["because"], "fee withheld");
        assert_eq!(told["not_paid"].as_array().unwrap().len(), council::PLACED - 1);
        assert_eq!((&told["not_ours"][0]["provider_ref"], &told["not_ours"][0]["amount_pence"]), (&"PSPX".into(), &700.into()));
        assert_eq!(told["unclear"], serde_json::json!([]));
        assert_eq!(told["bank_left"][0]["amount_pence"], 4_000);
        for (path, status) in [
            ("/api/v1/payouts", 400),
            ("/api/v1/payouts?from=2026-03-03&to=2026-03-01", 400),
            ("/api/v1/payouts?from=2024-03-03&to=2026-03-01", 400),
        ] {
            assert_eq!(client.get(path).await.status, status, "{path}");
        }
        let refused = served.client_of("cashier").await.get("/api/v1/payouts?from=2026-03-01&to=2026-03-03").await;
        assert_eq!(refused.status, 403);
    }
}
