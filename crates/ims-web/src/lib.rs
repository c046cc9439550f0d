//! The HTTP face of the income management system, in three routers that can be
//! mounted apart.
//!
//! - [`api`]: JSON for programs, under `/api/v1`.
//! - [`office`]: pages for the council's staff, under `/office`, with `/sign-in`.
//! - [`portal`]: pages for citizens, at `/`.
//! - `POST /webhooks/{council}/{account}`: notices of payment providers.
//! - [`operations`]: whether the server is up and how it does, for who runs it.
//!
//! A handler reads what was asked, calls one deed of `ims-app` and shapes the
//! answer; nothing is decided here. What all faces share (headers, limits,
//! pages for faults, the log) is put around them once, by [`dressed`].
//!
//! ```
//! use ims_web::{Config, Server, Site, dressed, office, router};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("ims.db").display());
//! let app = ims_app::App::new(ims_store::Store::open(&url).await?, ims_edge::world());
//! let site = Site::new(app, Config::default());
//!
//! let everything = router(&site);
//! let for_staff_only = dressed(office::routes(), &site);
//!
//! let server = Server::bind("127.0.0.1:0".parse()?).await?;
//! println!("http://{}/", server.address());
//! # let stop = async {};
//! server.run(everything, stop).await?;
//! # drop(for_staff_only);
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant:* no GET does what a caller asks; a look at an open payment or agreement records
//! what its provider says. *Invariant:* what a POST changes it changes by the token of its
//! session, or a provider's signature. *Invariant:* no page needs or runs a script.

mod address;
pub mod api;
mod assets;
mod caller;
mod cookie;
mod csrf;
mod denied;
mod desk;
mod dressed;
mod fault;
mod following;
mod form;
mod jobs;
mod metrics;
mod observe;
pub mod office;
mod onward;
pub mod operations;
mod page;
pub mod portal;
mod security;
mod server;
mod show;
mod sign_in_limit;
mod site;
mod webhooks;

pub use axum::Router;
pub use dressed::{BODY_BYTES_MAX, SECONDS_MAX, dressed};
pub use jobs::{run_jobs, watch_payments};
pub use server::Server;
pub use site::{Config, Site};

/// All three faces, and what those who run the server ask, with everything
/// they share around them.
pub fn router(site: &Site) -> Router {
    let faces = Router::new()
        .merge(api::routes())
        .merge(office::routes())
        .merge(portal::routes())
        .merge(operations::routes())
        .merge(webhooks::routes());
    dressed(faces, site)
}
