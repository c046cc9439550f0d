//! `ims-server`: the API, the back office and the portal of one installation.

use std::{error::Error, process::ExitCode, sync::Arc};

use args::Args;
use clap::Parser as _;
use ims_app::{App, Store};
use ims_gateway::{Carrier, Gateways, Secrets};
use ims_web::{Config, Server, Site};
use tokio::sync::watch;

mod args;
mod demo;
mod demo_portal;
mod log;
mod outward;
mod signals;

/// As in `ims`: rows are made by one thread and dropped by another.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    log::begin(args.log_json);
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ims-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    let config = Config { demo: args.demo, behind_tls: args.behind_tls, proxies: args.proxies };
    config.check()?;
    let app = App::new(Store::open(&args.data).await?, ims_edge::world());
    if args.demo {
        demo::seed_demo(&app).await?;
        demo_portal::open(&app).await?;
    }
    let server = Server::bind(args.listen).await?;
    println!("http://{}/", server.address());
    let (stop, stopped) = watch::channel(());
    let until = |mut stopped: watch::Receiver<()>| async move {
        let _ = stopped.changed().await;
    };
    let secrets = ims_edge::Secrets { folder: args.secrets };
    let is_demo = args.demo;
    let value = move |name: &str| match demo_portal::secret(name).filter(|_| is_demo) {
        Some(ours) => Some(ours),
        None => secrets.value(name),
    };
    let (carrier, value): (_, Secrets) = (Carrier::new()?, Arc::new(value));
    let gateways = Gateways::new(carrier.clone(), value.clone());
    let gateways = if is_demo { gateways.with_sandbox() } else { gateways };
    let app = app.with_errands(Arc::new(gateways.clone())).with_secrets(value.clone());
    let app = outward::ways(app, carrier, value, args.addresses).await?;
    let site = Site::new(app.clone(), config).with_gateways(gateways.clone());
    let site = site.reached_at(server.address(), args.public_address.as_deref())?;
    let site = match args.portal {
        Some(code) => site.with_portal_of(code),
        None => site,
    };
    let router = ims_web::router(&site);
    let ends = async {
        signals::first().await;
        drop(stop);
    };
    let (served, (), (), ()) = tokio::join!(
        server.run(router, until(stopped.clone())),
        ims_web::run_jobs(&app, until(stopped.clone())),
        ims_web::watch_payments(&app, &gateways, until(stopped)),
        ends,
    );
    Ok(served?)
}
