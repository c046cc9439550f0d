//! A payment followed to its end: whoever looks at one has its provider asked.

use ims_app::{Books, PaymentView};
use ims_gateway::GatewayError;
use ims_ledger::id::PaymentId;

use crate::{Site, fault::Fault};

/// The payment as its provider knows it now, or as we last knew it, where that cannot
/// be asked.
pub(crate) async fn looked(
    site: &Site,
    books: &Books,
    known: PaymentView,
) -> Result<PaymentView, Fault> {
    let Some(gateways) = &site.gateways else { return Ok(known) };
    let id: PaymentId = known.payment.id;
    match gateways.look(books, id).await {
        Ok(view) => Ok(view),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "what became of a payment could not be asked");
            Ok(known)
        }
    }
}
