//! Adyen says by the payment's link that it was paid, and in its signed notice what it
//! calls the money: its payout goes by that name alone.

use std::sync::Arc;

use ims_app::{Imported, NewFile, SETTLEMENT_FORMAT, settlement_file};
use ims_gateway::{AskFor, Gateways, Paying};
use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;
use ims_pay::{Delivery, MacKey, Secret};
use ims_providers::Adyen;
use ims_testkit::on_both;
use serde_json::json;

use super::{
    adapters::FarEnd,
    town::{Town, basket},
};

const HMAC: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
const PSP: &str = "QFQTPCQ8HXSKGK82";

/// The link that was asked for, then the same paid with so many pence.
async fn adyen(town: &Town, paid: i64) -> Gateways {
    let far = FarEnd::answering(move |heard| {
        let (_, after) = heard[0].split_once("\"reference\":\"").unwrap();
        let reference = after.split_once('"').unwrap().0;
        let (status, pence) =
            if heard.len() == 1 { ("active", 4_500) } else { ("completed", paid) };
        json!({
            "id": "PL61C53A8B97E6915A", "status": status, "reference": reference,
            "amount": { "currency": "GBP", "value": pence }, "merchantAccount": "Town",
            "url": "https://test.adyen.link/PL61C53A8B97E6915A",
        })
        .to_string()
    })
    .await;
    town.with_one("adyen", "adyen-here").await;
    town.gateways.clone().with_kind("adyen-here", move |told| {
        let adyen = Adyen::by_link(told.needed("key")?, "Town", &format!("{}/v71", far.url))?;
        Ok(Arc::new(adyen.noticed_with(Secret::new(HMAC))))
    })
}

/// Its notice that a payment was authorised: the seven fields between colons are signed.
fn notice(reference: &str, pence: i64) -> Delivery {
    let signed = format!("{PSP}::Town:{reference}:{pence}:GBP:AUTHORISATION:true");
    let signature = MacKey::hex(&Secret::new(HMAC)).unwrap().sign_base64(signed.as_bytes());
    let item = json!({
        "pspReference": PSP, "originalReference": "", "merchantAccountCode": "Town",
        "merchantReference": reference, "amount": { "value": pence, "currency": "GBP" },
        "eventCode": "AUTHORISATION", "success": "true",
        "additionalData": { "hmacSignature": signature, "paymentLinkId": "PL61C53A8B97E6915A" },
    });
    let items =
        json!({ "live": "false", "notificationItems": [{ "NotificationRequestItem": item }] });
    Delivery::new(&[], items.to_string())
}

impl Town {
    /// A payment of 45.00 by a link, through these gateways.
    async fn linked(&self, gateways: &Gateways) -> Paying {
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back/{reference}");
        gateways.pay(&self.books, &basket("k", 4_500), &ask).await.unwrap()
    }

    /// The batch that Adyen pays out, by its own name for the payment.
    async fn batch(&self, pence: i64) {
        let date = self.books.app().world().today();
        let line = SettlementLine {
            line: 1,
            reference: None,
            provider_ref: PSP.to_owned(),
            kind: SettlementKind::Payment,
            date,
            gross: Pence::new(pence),
            fee: Pence::new(40),
            net: Pence::new(pence - 40),
        };
        let bytes = settlement_file("adyen", ("7", Some(date)), &[line]).unwrap();
        let format = Some(SETTLEMENT_FORMAT);
        let file =
            NewFile { name: "batch-7.csv", bytes: &bytes, format, accept: None, dry_run: false };
        let taken_in = self.books.import_file(file).await.unwrap();
        assert!(matches!(taken_in, Imported::Now(_)), "{taken_in:?}");
    }

    /// What the cards hold, and what is in suspense.
    async fn holds(&self) -> (i64, i64) {
        let suspense = self.books.balance(&"suspense".parse().unwrap()).await.unwrap();
        (self.taken().await, suspense.get())
    }
}

on_both! {
    /// Looked at first, told of after; or the other way round; or told of twice.
    async fn what_its_notice_calls_the_money_its_payout_finds(url: &str) {
        for order in ["look notice", "notice look", "look notice notice"] {
            let engine =
                if url.starts_with("sqlite:") { ims_testkit::Engine::Sqlite } else { ims_testkit::Engine::Postgres };
            let fresh = engine.fresh();
            let town = Town::of(&fresh.url).await;
            let gateways = adyen(&town, 4_500).await;
            let payment = town.linked(&gateways).await.view.payment;
            for what in order.split(' ') {
                if what == "look" {
                    gateways.look(&town.books, payment.id).await.unwrap();
                } else {
                    let delivery = notice(&payment.reference, 4_500);
                    let noticed = gateways.notice(&town.books, "pay", &delivery).await.unwrap();
                    assert_eq!((noticed.ours, noticed.exceptions), (1, 0), "{order}");
                }
                assert_eq!(town.holds().await, (4_500, 0), "{order}");
            }
            let view = town.books.payment(payment.id).await.unwrap();
            assert_eq!(view.payment.transaction.as_deref(), Some(PSP), "{order}");
            town.batch(4_500).await;
            assert_eq!(town.holds().await, (4_460, 0), "{order}");
            town.proved().await;
        }
    }

    /// The link was paid with another amount: it is money of ours once the notice says
    /// under which name its payout has it.
    async fn money_of_another_amount_waits_for_the_notice(url: &str) {
        let town = Town::of(url).await;
        let gateways = adyen(&town, 5_000).await;
        let payment = town.linked(&gateways).await.view.payment;
        gateways.look(&town.books, payment.id).await.unwrap();
        let listed = async || town.books.payment_exceptions(None, 9).await.unwrap();
        let first = listed().await.remove(0);
        assert_eq!((first.kind.as_str(), first.is_money), ("amount", false));
        let refused = town.books.book_payment_exception(first.id, "a tip").await.unwrap_err();
        assert!(refused.to_string().contains("wait for its notice"), "{refused}");
        assert_eq!(town.holds().await, (0, 0));
        let delivery = notice(&payment.reference, 5_000);
        gateways.notice(&town.books, "pay", &delivery).await.unwrap();
        let told = listed().await.pop().unwrap();
        assert_eq!((told.is_money, told.transaction.as_deref()), (true, Some(PSP)));
        town.books.book_payment_exception(told.id, "a tip").await.unwrap();
        town.batch(5_000).await;
        assert_eq!(town.holds().await, (4_960, -5_000));
        town.proved().await;
    }
}
