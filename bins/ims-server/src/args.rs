use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

/// Serves the back office, the API and the portal.
#[derive(Debug, Parser)]
#[command(name = "ims-server", version)]
pub(crate) struct Args {
    /// The database: sqlite:PATH or postgres://USER@HOST/NAME.
    #[arg(long, env = "IMS_DATA", default_value = "sqlite:ims.db", hide_env_values = true)]
    pub(crate) data: String,
    /// Where to listen.
    #[arg(long, env = "IMS_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Browsers come by HTTPS, through a proxy that ends TLS.
    #[arg(long, env = "IMS_BEHIND_TLS")]
    pub(crate) behind_tls: bool,
    /// The address at which payers and payment providers reach this server, https and its
    /// host; without it payments begin on this machine only.
    #[arg(long, env = "IMS_PUBLIC_ADDRESS", value_name = "URL")]
    pub(crate) public_address: Option<String>,
    /// How many proxies of our own add to X-Forwarded-For.
    #[arg(long, env = "IMS_PROXIES", default_value_t = 0)]
    pub(crate) proxies: usize,
    /// A folder with a file for each secret that the councils' payment providers
    /// need; else they are read from the environment, as IMS_SECRET_NAME.
    #[arg(long, env = "IMS_SECRETS", value_name = "FOLDER")]
    pub(crate) secrets: Option<PathBuf>,
    /// A folder with the lists of addresses that councils name.
    #[arg(long, env = "IMS_ADDRESSES", value_name = "FOLDER")]
    pub(crate) addresses: Option<PathBuf>,
    /// The council whose portal is shown at `/`, by its code; needed where several
    /// councils have opened one.
    #[arg(long, env = "IMS_PORTAL", value_name = "COUNCIL")]
    pub(crate) portal: Option<String>,
    /// Adds people for the demo, prints their passwords, and lets them sign in.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Writes the log as JSON even to a terminal.
    #[arg(long)]
    pub(crate) log_json: bool,
}
