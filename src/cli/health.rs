//! `health`: asks `/readyz` of the running server with the same settings; for containers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::Exit;
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: &Config) -> Exit {
    let address = reachable(config.listen);
    let url = format!("http://{address}/readyz");
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    let answer = match client {
        Ok(client) => client.get(&url).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => {
            let status = answer.status();
            let word = answer.text().await.unwrap_or_default();
            println!("{address}: {status} {}", word.trim());
            if status.is_success() { Exit::Done } else { Exit::Failed }
        }
        Err(error) => {
            let why = if error.is_timeout() { "no answer within 3 s" } else { "nobody listens there" };
            println!("{address}: {why}; the server runs with another `--listen`, or not at all");
            Exit::Failed
        }
    }
}

/// Where a server that listens on every interface can be asked.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
