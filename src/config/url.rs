//! The three kinds of URL that a setting holds. None of them may carry a user, a password, a query or a
//! fragment: what stands there would reach logs and banners.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::Problem;

/// The base of a REST API: `https://api.gojinko.com`, `http://127.0.0.1:8700/jinko`. Without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiBase(Parts);

/// What the world calls this bridge: `https://bridge.example.com`. Scheme, host and port alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Parts);

/// The origin of a page that may call, exactly as a browser sends it: `https://app.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserOrigin(Parts);

/// A URL taken apart, with scheme and host in lower case and no port where it is the scheme's own: so that equal
/// addresses compare equal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    scheme: String,
    authority: String,
    host_length: usize,
    /// Empty, or beginning with a slash.
    path: String,
    text: String,
}

impl ApiBase {
    /// Reads an `http` or `https` URL; a path prefix is kept, its trailing slash is not.
    ///
    /// Whether `http` is allowed depends on two more settings and is checked with them.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parts = Parts::of_web_address(text)?;
        if parts.path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(Problem::new(", whose path has `.` or `..` in it", "write the path that is meant"));
        }
        Ok(Self(parts))
    }

    /// The base of one of Jinko's own hosts.
    pub(super) fn of_jinko(host: &'static str) -> Self {
        Self(Parts::new("https", host, None, ""))
    }

    /// The whole URL, to which a path that begins with a slash may be appended.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The host, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The host, and the port where it is not the scheme's own.
    pub fn authority(&self) -> &str {
        &self.0.authority
    }

    /// The path before the API's own paths: empty, or `/prefix`.
    pub fn path_prefix(&self) -> &str {
        &self.0.path
    }

    /// Whether keys travel to it encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme == "https"
    }

    /// Whether the host is this machine by its very name, so that `http` harms nobody.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let inside = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || inside.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || inside.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
    }
}

impl PublicUrl {
    /// Reads an `http` or `https` URL without a path.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parts = Parts::of_web_address(text)?;
        if parts.path.is_empty() {
            return Ok(Self(parts));
        }
        let fix = format!("write `{}`; a proxy has to take the path off", parts.without_path());
        Err(Problem::new(", which has a path", fix))
    }

    /// The URL without a trailing slash, which is also the Origin of pages that it serves.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The host, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The host, and the port where it is not the scheme's own: the Host that clients send.
    pub fn authority(&self) -> &str {
        &self.0.authority
    }
}

impl BrowserOrigin {
    /// Reads `scheme://host[:port]`; the scheme may be an extension's or an editor's own.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const EXAMPLE: &str = "write `https://app.example.com`, one for each page that may call";
        match text {
            "*" => return Err(Problem::new(": origins are named one by one, there is no wildcard", EXAMPLE)),
            "null" => {
                let complaint = ", which any sandboxed page or local file can send";
                return Err(Problem::new(complaint, "serve the page from an address, and name that"));
            }
            _ => {}
        }
        let parts = Parts::split(text)?;
        if parts.path.is_empty() && !text.ends_with('/') {
            return Ok(Self(parts));
        }
        let fix = format!("write `{}`", parts.without_path());
        Err(Problem::new(": an origin ends with the host or the port", fix))
    }

    /// The header's exact text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl Parts {
    fn new(scheme: &str, host: &str, port: Option<u16>, path: &str) -> Self {
        let own_port = match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        let authority = match port.filter(|_| port != own_port) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let text = format!("{scheme}://{authority}{path}");
        Self { scheme: scheme.to_owned(), authority, host_length: host.len(), path: path.to_owned(), text }
    }

    fn of_web_address(text: &str) -> Result<Self, Problem> {
        let parts = Self::split(text)?;
        match parts.scheme.as_str() {
            "http" | "https" => Ok(parts),
            other => Err(Problem::new(
                format!(", whose scheme is `{other}`"),
                format!("write `https://{}{}`", parts.authority, parts.path),
            )),
        }
    }

    fn split(text: &str) -> Result<Self, Problem> {
        const EXAMPLE: &str = "write it as `https://host`, or `https://host:port`";
        let no_url = || Problem::new(", which is no URL", EXAMPLE);
        // `http::Uri` drops a fragment without a word, and has no place for one.
        if text.contains('#') {
            return Err(Problem::new(", which has a fragment", "leave out the `#` and what follows it"));
        }
        if !text.contains("://") {
            return Err(Problem::new(", which has no scheme", EXAMPLE));
        }
        let uri: http::Uri = text.parse().map_err(|_| no_url())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(no_url());
        };
        if authority.as_str().contains('@') {
            let complaint = ", which has a user or a password in it";
            return Err(Problem::new(complaint, "leave out what stands before the `@`"));
        }
        if uri.query().is_some() {
            return Err(Problem::new(", which has a query", "leave out the `?` and what follows it"));
        }
        let host = host(authority.host()).ok_or_else(no_url)?;
        let port = port(&authority.as_str()[authority.host().len()..])?;
        Ok(Self::new(&scheme.to_ascii_lowercase(), &host, port, uri.path().trim_end_matches('/')))
    }

    fn host(&self) -> &str {
        &self.authority[..self.host_length]
    }

    fn without_path(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

fn host(text: &str) -> Option<String> {
    let Some(inside) = text.strip_prefix('[') else {
        return (!text.is_empty()).then(|| text.to_ascii_lowercase());
    };
    inside.strip_suffix(']')?.parse().ok().map(|address: Ipv6Addr| format!("[{address}]"))
}

fn port(text: &str) -> Result<Option<u16>, Problem> {
    let Some(digits) = text.strip_prefix(':') else { return Ok(None) };
    match digits.parse() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ => Err(Problem::new(", whose port is none", "a port is a number from 1 to 65535, or left out")),
    }
}

macro_rules! displayed_as_text {
    ($($url:ty),+) => {
        $(impl fmt::Display for $url {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        })+
    };
}
displayed_as_text!(ApiBase, PublicUrl, BrowserOrigin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_base_is_normalised() {
        for (text, expected, authority) in [
            ("https://api.gojinko.com", "https://api.gojinko.com", "api.gojinko.com"),
            ("HTTPS://API.gojinko.com:443/", "https://api.gojinko.com", "api.gojinko.com"),
            ("http://localhost:8700/jinko/", "http://localhost:8700/jinko", "localhost:8700"),
            ("http://[::1]:80/a/b", "http://[::1]/a/b", "[::1]"),
            ("http://sand_box:8080//", "http://sand_box:8080", "sand_box:8080"),
        ] {
            let base = ApiBase::parse(text).unwrap();
            assert_eq!((base.as_str(), base.authority()), (expected, authority));
        }
        assert_eq!(ApiBase::parse("http://h/a/").unwrap().path_prefix(), "/a");
        assert_eq!(ApiBase::parse("http://[::1]:81").unwrap().host(), "[::1]");
    }

    #[test]
    fn loopback_is_known_by_name() {
        for (text, is_loopback) in [
            ("http://localhost", true),
            ("http://LOCALHOST:1", true),
            ("http://127.9.9.9:1", true),
            ("http://[::1]", true),
            ("http://localhost.evil.test", false),
            ("http://127.0.0.1.evil.test", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(ApiBase::parse(text).unwrap().is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn what_is_no_api_base_is_told() {
        for (text, complaint) in [
            ("api.gojinko.com", ", which has no scheme"),
            ("localhost:80", ", which has no scheme"),
            ("ftp://host", ", whose scheme is `ftp`"),
            ("https://", ", which is no URL"),
            ("https:///v1", ", which is no URL"),
            ("https://ho st", ", which is no URL"),
            ("https://münchen.test", ", which is no URL"),
            ("https://[::zz]", ", which is no URL"),
            ("https://user:pw@host", ", which has a user or a password in it"),
            ("https://host?x=1", ", which has a query"),
            ("https://host#x", ", which has a fragment"),
            ("https://host:", ", whose port is none"),
            ("https://host:0", ", whose port is none"),
            ("https://host:99999", ", whose port is none"),
            ("https://host/a/../b", ", whose path has `.` or `..` in it"),
        ] {
            assert_eq!(ApiBase::parse(text).unwrap_err().to_string(), complaint, "{text}");
        }
    }

    #[test]
    fn a_public_url_has_no_path() {
        assert_eq!(PublicUrl::parse("https://Bridge.test/").unwrap().as_str(), "https://bridge.test");
        let problem = PublicUrl::parse("https://bridge.test/mcp").unwrap_err();
        assert_eq!(problem.to_string(), ", which has a path");
        assert_eq!(problem.fix(), "write `https://bridge.test`; a proxy has to take the path off");
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (text, expected) in [
            ("https://app.test", "https://app.test"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://app.test:443", "https://app.test"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            assert_eq!(BrowserOrigin::parse(text).unwrap().as_str(), expected);
        }
        for (text, complaint) in [
            ("*", ": origins are named one by one, there is no wildcard"),
            ("null", ", which any sandboxed page or local file can send"),
            ("https://app.test/", ": an origin ends with the host or the port"),
            ("https://app.test/page", ": an origin ends with the host or the port"),
            ("app.test", ", which has no scheme"),
        ] {
            assert_eq!(BrowserOrigin::parse(text).unwrap_err().to_string(), complaint, "{text}");
        }
    }
}
