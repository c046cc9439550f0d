//! What payment providers pay out, each in its own shape, as settlements.

mod adyen;
mod adyen_accounting;
mod barclaycard;
mod book;
mod fuse;
mod govukpay;
mod govukpay_json;
mod paypal;
mod signs;
mod stripe;
mod stripe_json;
mod table;
mod worldpay;

pub(crate) use adyen::ADYEN;
pub(crate) use adyen_accounting::ADYEN_ACCOUNTING;
pub(crate) use barclaycard::BARCLAYCARD;
pub(crate) use book::{currency, doubt, rowless};
pub(crate) use fuse::FUSE;
pub(crate) use govukpay::GOVUKPAY;
pub(crate) use govukpay_json::GovukpayJson;
pub(crate) use paypal::Paypal;
pub(crate) use stripe::STRIPE;
pub(crate) use stripe_json::StripeJson;
pub(crate) use worldpay::WORLDPAY;
