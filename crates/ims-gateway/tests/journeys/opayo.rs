//! Opayo: its notice is all that says what became of a payment.

use chrono::TimeDelta;
use ims_gateway::GatewayError;
use ims_pay::{Channel, Delivery, NextStep, NotVerified, form};
use ims_testkit::on_both;
use md5::{Digest as _, Md5};

use super::adapters::{FarEnd, Mill, captured, started};

/// A payment is registered; the answer is as thephpleague/omnipay-sagepay has it.
pub(crate) fn registered(_: &[String]) -> String {
    "VPSProtocol=3.00\r\nStatus=OK\r\nStatusDetail=ok\r\nVPSTxId={1E7D9C70}\r\nSecurityKey=IK776BWNHN\r\n\
     NextURL=https://sandbox.opayo.eu.elavon.com/page?TransactionID=1E7D\r\n"
        .to_owned()
}

/// Opayo's notice, signed with this key as its Server protocol says.
fn told(reference: &str, key: &str) -> Delivery {
    told_as("OK", reference, key)
}

/// The same of a payment that stands so.
pub(crate) fn told_as(status: &str, reference: &str, key: &str) -> Delivery {
    let signed =
        format!("{{1E7D9C70}}{reference}{status}4665060townALL MATCH{key}MATCHEDMATCHEDMATCHED0OK");
    let signature = hex::encode_upper(Md5::digest(signed));
    let fields = [
        ("VPSTxId", "{1E7D9C70}"),
        ("VendorTxCode", reference),
        ("Status", status),
        ("TxAuthNo", "4665060"),
        ("AVSCV2", "ALL MATCH"),
        ("AddressResult", "MATCHED"),
        ("PostCodeResult", "MATCHED"),
        ("CV2Result", "MATCHED"),
        ("GiftAid", "0"),
        ("3DSecureStatus", "OK"),
        ("VPSSignature", &signature),
    ];
    Delivery::new(&[], form::encode(&fields))
}

pub(crate) fn opayo(url: &str) -> String {
    format!("kind = \"opayo\"\nurl = \"{url}/service\"\nsettings = {{ vendor = \"Town\" }}\n")
}

on_both! {
    /// Each payment has a key of its own, which came with the answer to asking.
    async fn opayo_s_notice_is_believed_by_its_payment_s_own_key(url: &str) {
        let far = FarEnd::answering(registered).await;
        let mill = Mill::with(url, &opayo(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let page = "https://sandbox.opayo.eu.elavon.com/page?TransactionID=1E7D";
        assert_eq!(paying.next, Some(NextStep::redirect(page)));
        let heard = far.heard();
        assert!(heard[0].starts_with("POST /service/vspserver-register.vsp "), "{}", heard[0]);
        let told_of = "NotificationURL=https%3A%2F%2Fpay.mill.example%2Fwebhooks%2FMILL%2Fpay";
        assert!(heard[0].contains(told_of), "{}", heard[0]);
        assert_eq!(mill.looked(&paying).await, started());
        let reference = &paying.view.payment.reference;
        for (delivery, why) in [
            (told(reference, "another"), NotVerified::Forged),
            (told("0000-0000-0000-0", "IK776BWNHN"), NotVerified::NoKey),
            (Delivery::default(), NotVerified::NoKey),
        ] {
            let refused = mill.gateways.notice(&mill.books, "pay", &delivery).await.unwrap_err();
            assert!(matches!(refused, GatewayError::NotVerified(it) if it == why), "{refused}");
        }
        assert_eq!(mill.taken().await, 0);
        // Its thanks may be lost: it comes again, and is thanked for again.
        for _ in 0..2 {
            let delivery = told(reference, "IK776BWNHN");
            let noticed = mill.gateways.notice(&mill.books, "pay", &delivery).await.unwrap();
            let back = format!("https://pay.mill.example/back/{reference}");
            let thanks = format!("Status=OK\r\nRedirectURL={back}\r\n");
            assert_eq!((noticed.thanks.body.text().unwrap(), noticed.ours), (thanks.as_str(), 1));
            assert_eq!(mill.looked(&paying).await, captured());
        }
        let today = mill.books.app().world().today();
        let swept = mill.gateways.sweep(&mill.books, today).await.unwrap().remove(0);
        assert_eq!((swept.exceptions, swept.failed, far.heard().len()), (0, None, 1));
        assert_eq!(mill.books.payment_exceptions(None, 9).await.unwrap(), []);
    }

    /// Whoever was sent on without it could pay, and nobody would believe it.
    async fn without_a_key_nobody_is_sent_on(url: &str) {
        let far = FarEnd::answering(|heard| registered(heard).replace("SecurityKey=", "Key=")).await;
        let mill = Mill::with(url, &opayo(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        assert_eq!((paying.next, paying.view.payment.status.as_str()), (None, "unknown"));
    }

    /// Nobody can be asked about it: it is given up in the end, unless it was paid.
    async fn an_opayo_payment_that_nobody_told_of_is_given_up(url: &str) {
        let far = FarEnd::answering(registered).await;
        let mill = Mill::with(url, &opayo(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let refused = mill.gateways.cancel(&mill.books, paying.view.payment.id).await.unwrap_err();
        assert!(refused.to_string().contains("pay cannot call payment"), "{refused}");
        mill.clock.forward(TimeDelta::hours(2));
        let polled = mill.gateways.poll(&mill.books).await.unwrap();
        assert_eq!((polled.asked, polled.moved, polled.failed.len()), (1, 0, 0));
        mill.clock.forward(TimeDelta::hours(2));
        assert_eq!(mill.gateways.poll(&mill.books).await.unwrap().moved, 1);
        assert_eq!(mill.looked(&paying).await.0, "expired");
        // Somebody has to look in My Opayo, however often it is gone through.
        let today = mill.books.app().world().today();
        for _ in 0..2 {
            let listed = mill.books.payment_exceptions(None, 9).await.unwrap();
            let [one] = listed.as_slice() else { panic!("{listed:?}") };
            assert_eq!((one.kind.as_str(), one.amount.map(ims_money::Pence::get)), ("unreadable", Some(4_500)));
            assert!(one.why.contains("the provider's own pages"), "{}", one.why);
            mill.gateways.poll(&mill.books).await.unwrap();
            mill.gateways.sweep(&mill.books, today).await.unwrap();
        }
        let delivery = told(&paying.view.payment.reference, "IK776BWNHN");
        mill.gateways.notice(&mill.books, "pay", &delivery).await.unwrap();
        assert_eq!(mill.looked(&paying).await, captured());
        assert_eq!(mill.books.payment_exceptions(None, 9).await.unwrap(), []);
    }
}
