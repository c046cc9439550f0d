//! `ims-server`: the API, the back office and the portal of one installation.

use std::{
    error::Error, io::IsTerminal as _, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc,
};

use clap::Parser;
use ims_app::{App, Store};
use ims_gateway::{Carrier, Gateways};
use ims_web::{Config, Server, Site};
use tokio::sync::watch;

mod demo;
mod demo_portal;
mod signals;

/// Serves the back office, the API and the portal.
#[derive(Debug, Parser)]
#[command(name = "ims-server", version)]
struct Args {
    /// The database: sqlite:PATH or postgres://USER@HOST/NAME.
    #[arg(long, env = "IMS_DATA", default_value = "sqlite:ims.db", hide_env_values = true)]
    data: String,
    /// Where to listen.
    #[arg(long, env = "IMS_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Browsers come by HTTPS, through a proxy that ends TLS.
    #[arg(long, env = "IMS_BEHIND_TLS")]
    behind_tls: bool,
    /// How many proxies of our own add to X-Forwarded-For.
    #[arg(long, env = "IMS_PROXIES", default_value_t = 0)]
    proxies: usize,
    /// A folder with a file for each secret that the councils' payment providers
    /// need; else they are read from the environment, as IMS_SECRET_NAME.
    #[arg(long, env = "IMS_SECRETS", value_name = "FOLDER")]
    secrets: Option<PathBuf>,
    /// The council whose portal is shown at `/`, by its code; needed where several
    /// councils have opened one.
    #[arg(long, env = "IMS_PORTAL", value_name = "COUNCIL")]
    portal: Option<String>,
    /// Adds people for the demo, prints their passwords, and lets them sign in.
    #[arg(long)]
    demo: bool,
    /// Writes the log as JSON even to a terminal.
    #[arg(long)]
    log_json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("IMS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if args.log_json || !std::io::stderr().is_terminal() {
        log.json().flatten_event(true).init();
    } else {
        log.init();
    }
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ims-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    let app = App::new(Store::open(&args.data).await?, ims_edge::world());
    if args.demo {
        demo::seed_demo(&app).await?;
        demo_portal::open(&app).await?;
    }
    let config = Config { demo: args.demo, behind_tls: args.behind_tls, proxies: args.proxies };
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
    let gateways = Gateways::new(Carrier::new()?, Arc::new(value));
    let gateways = if is_demo { gateways.with_sandbox() } else { gateways };
    let app = app.with_errands(Arc::new(gateways.clone()));
    let site = Site::new(app.clone(), config).with_gateways(gateways.clone());
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
