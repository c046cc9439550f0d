//! Worldpay: the Payment Gateway ([`WorldpayGateway`], XML) and Access Worldpay
//! ([`AccessWorldpay`], JSON), each on a hosted page.

mod access;
mod gateway;

pub use access::AccessWorldpay;
pub use gateway::WorldpayGateway;

/// `Basic` credentials.
fn basic(user: &str, password: &ims_pay::Secret) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let pair = format!("{user}:{}", password.reveal());
    format!("Basic {}", STANDARD.encode(pair))
}
