//! Where a request comes from: the socket's peer, or what a proxy that the operator trusts says (`--trust-proxy`).

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Whose word about the client's address is taken.
#[derive(Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    has_warned: AtomicBool,
}

impl TrustedProxies {
    /// Proxies in these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { networks, has_warned: AtomicBool::new(false) }
    }

    /// The client's address: the peer, or, as long as each hop is trusted, the one before it in `X-Forwarded-For`,
    /// read from the right, where the nearest proxy wrote.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let values = headers.get_all(FORWARDED_FOR);
        if !self.trusts(peer) {
            let is_sent = values.iter().next().is_some();
            if is_sent && !self.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "`X-Forwarded-For` from {peer} is ignored; if that is your proxy, name its network with `--trust-proxy`"
                );
            }
            return peer;
        }
        let lines: Vec<&str> = values.iter().filter_map(|value| value.to_str().ok()).collect();
        let mut client = peer;
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // What cannot be read, nobody vouches for: the last address that was vouched for is the client's.
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::new(trusted.iter().map(|net| net.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_s_word_counts_for_nothing() {
        assert_eq!(client(&[], "203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
    }

    #[test]
    fn a_trusted_chain_is_followed_from_the_right_and_no_further() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(client(&trusted, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&trusted, "10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client(&trusted, "10.0.0.1", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&trusted, "10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client(&trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&trusted, "::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
    }
}
