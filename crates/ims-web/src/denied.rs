//! What somebody tried and may not is in the audit trail: noted here, at the
//! edge, once for a request.

use std::sync::{Arc, OnceLock};

use axum::{extract::Request, middleware::Next, response::Response};
use ims_app::Books;

use crate::fault::Fault;

/// In whose hands the books are, as soon as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking(Arc<OnceLock<Books>>);

impl Asking {
    /// Says who asks; the first word stands.
    pub(crate) fn is(&self, books: &Books) {
        let _ = self.0.set(books.clone());
    }
}

/// Notes a request that was refused for want of a permission.
pub(crate) async fn noted(mut request: Request, next: Next) -> Response {
    let asking = Asking::default();
    request.extensions_mut().insert(asking.clone());
    let response = next.run(request).await;
    let refused = response.extensions().get::<Fault>().and_then(Fault::denied);
    if let (Some(error), Some(books)) = (refused, asking.0.get())
        && let Err(error) = books.note_denied(&error).await
    {
        // The answer is a refusal all the same.
        tracing::warn!(%error, "a refusal could not be noted");
    }
    response
}
