//! Host and Origin: protection against DNS rebinding and foreign pages (DESIGN 3, MCP.md 3.9).

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Uri};

use crate::error::{Code, Error};
use crate::key::repeatable;

/// Which Host headers are answered.
#[derive(Debug)]
pub struct HostRules {
    /// Host names without a port that are answered beside loopback.
    names: Vec<String>,
    /// Bound elsewhere without `--public-url`: any host is served, with one warning.
    any: bool,
    has_warned: AtomicBool,
}

impl HostRules {
    /// The rules for a listener on `bound`, known to the world as `public_host`.
    pub fn new(bound: IpAddr, public_host: Option<&str>) -> Self {
        let mut names: Vec<String> = public_host.map(str::to_ascii_lowercase).into_iter().collect();
        if !bound.is_unspecified() {
            names.push(bound.to_string());
        }
        let any = !bound.is_loopback() && public_host.is_none();
        Self { names, any, has_warned: AtomicBool::new(false) }
    }

    /// # Errors
    /// `host_not_allowed`.
    pub(super) fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Error> {
        let mut hosts = headers.get_all(HOST).iter();
        let header = hosts.next().and_then(|value| value.to_str().ok());
        if hosts.next().is_some() {
            return Err(refused("The request has more than one Host header."));
        }
        // HTTP/2 and absolute request targets carry the host in the URI.
        let Some(host) = uri.authority().map(http::uri::Authority::as_str).or(header) else {
            return Err(refused("The request has no readable Host header."));
        };
        let name = without_port(host);
        let is_known = is_loopback_name(&name) || self.names.contains(&name);
        if is_known {
            return Ok(());
        }
        if self.any {
            if !self.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "any Host header is served, because the bridge listens beyond loopback and `--public-url` is not set"
                );
            }
            return Ok(());
        }
        let shown = repeatable(&name, 100);
        Err(refused(&format!("The Host header names `{shown}`, which this bridge does not answer for.")))
    }
}

fn refused(message: &str) -> Error {
    Error::new(Code::HostNotAllowed, message)
}

/// Which Origin headers may call.
#[derive(Debug)]
pub struct OriginRules {
    /// Whole origins, `scheme://host[:port]`.
    allowed: Vec<String>,
    loopback: bool,
}

impl OriginRules {
    /// `allowed` are origins given by the operator; loopback pages may call a listener on loopback.
    pub fn new(bound: IpAddr, allowed: Vec<String>) -> Self {
        let allowed =
            allowed.into_iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase()).collect();
        Self { allowed, loopback: bound.is_loopback() }
    }

    /// # Errors
    /// `origin_not_allowed`; a request without an Origin comes from no browser and passes.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Error> {
        for value in headers.get_all(ORIGIN) {
            let origin = value.to_str().unwrap_or("").to_ascii_lowercase();
            if !self.allows(&origin) {
                let shown = repeatable(&origin, 100);
                return Err(Error::new(
                    Code::OriginNotAllowed,
                    format!("The page `{shown}` may not call this bridge from a browser."),
                )
                .fix(format!("Start the bridge with `--allow-origin {shown}`, if that page is yours.")));
            }
        }
        Ok(())
    }

    /// Whether a page of this origin may call.
    pub fn allows(&self, origin: &str) -> bool {
        let local = || {
            let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            rest.is_some_and(|authority| {
                !authority.contains('/') && is_loopback_name(&without_port(authority))
            })
        };
        self.allowed.iter().any(|known| known == origin) || (self.loopback && local())
    }
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of `host[:port]`, in lower case and without the brackets of IPv6.
fn without_port(authority: &str) -> String {
    let host = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((inside, port)) if port.is_empty() || is_port(port) => inside,
            _ => authority,
        },
        None => match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && is_port(&format!(":{port}")) => host,
            _ => authority,
        },
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ANY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

    fn host(rules: &HostRules, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        rules.check(&headers, &Uri::from_static("/mcp")).is_ok()
    }

    #[test]
    fn a_loopback_listener_answers_for_loopback_and_its_public_host() {
        let rules = HostRules::new(LOOPBACK, Some("bridge.example"));
        for good in [
            "localhost",
            "LOCALHOST:8787",
            "127.0.0.1:1",
            "[::1]:8787",
            "[::1]",
            "bridge.example",
            "bridge.example.:443",
        ] {
            assert!(host(&rules, good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "bridge.example.evil",
            "localhost:80:80",
            "[::1]x",
            "10.0.0.1",
        ] {
            assert!(!host(&rules, bad), "{bad}");
        }
    }

    #[test]
    fn a_listener_beyond_loopback_serves_any_host_until_it_has_a_name() {
        assert!(host(&HostRules::new(ANY, None), "bridge:8787"));
        let named = HostRules::new(ANY, Some("bridge.example"));
        assert!(
            host(&named, "bridge.example") && host(&named, "localhost:8787") && !host(&named, "bridge:8787")
        );
    }

    #[test]
    fn only_known_pages_may_call() {
        let rules = OriginRules::new(LOOPBACK, vec!["https://app.example/".into()]);
        for good in ["https://app.example", "http://localhost:3000", "http://127.0.0.1", "http://[::1]:5173"]
        {
            assert!(rules.allows(good), "{good}");
        }
        for bad in [
            "https://evil.example",
            "null",
            "http://app.example",
            "http://localhost.evil.example",
            "file://localhost",
            "http://localhost/x",
            "",
        ] {
            assert!(!rules.allows(bad), "{bad}");
        }
        assert!(!OriginRules::new(ANY, Vec::new()).allows("http://localhost:3000"));
    }
}
