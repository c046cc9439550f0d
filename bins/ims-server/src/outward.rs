use std::{path::PathBuf, sync::Arc};

use ims_app::{Actor, App, Result};
use ims_edge::{AddressList, Smtp};
use ims_gateway::{Carrier, Notify, OsPlaces, Secrets};

/// The same app, with the ways on which mail leaves and addresses are looked up. Tells
/// where they will not be, before a resident finds out; by that it reads the lists, too.
///
/// # Errors
///
/// What the app says.
pub(crate) async fn ways(
    app: App,
    carrier: Carrier,
    secrets: Secrets,
    lists: Option<PathBuf>,
) -> Result<App> {
    let app = app.with_mail(Arc::new(Smtp::new(secrets.clone())));
    let app = app.with_mail(Arc::new(Notify::new(carrier.clone(), secrets.clone())));
    let app = app.with_addresses(Arc::new(OsPlaces::new(carrier, secrets)));
    let app = app.with_addresses(Arc::new(AddressList::new(lists)));
    for council in app.councils().await? {
        let books = app.books(Some(&council.code), Actor::system("server")).await?;
        if let Some(what) = books.address_fault().await? {
            let council = council.code;
            tracing::warn!(%council, %what, "addresses are not looked up as they should be");
        }
    }
    Ok(app)
}
