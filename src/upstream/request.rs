//! One request to Jinko's REST API as a tool plans it: pure data, no key, no host.

use bytes::Bytes;
use serde::Serialize;

use crate::error::Code;

/// The methods that Jinko's REST API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A read by id.
    Get,
    /// Everything else (CONTRACT 7).
    Post,
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
        }
    }
}

/// A request that a tool wants sent: method, path, body, and what its statuses mean.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    path: String,
    body: Option<Bytes>,
    is_write: bool,
    is_guest: bool,
    missing_means: Code,
}

impl Request {
    /// `POST path` with a JSON body; a read unless [`write`](Self::write) says otherwise.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        // Arguments are plain data that a JSON parser gave us: writing them back cannot fail.
        let body = Bytes::from(serde_json::to_vec(body).unwrap_or_default());
        Self { method: Method::Post, path: path.into(), body: Some(body), ..Self::get_path(String::new()) }
    }

    /// `GET prefix/segment`.
    pub fn get(prefix: &str, segment: &PathSegment) -> Self {
        Self::get_path(format!("{prefix}/{}", segment.as_str()))
    }

    /// The same request for what lies below: `GET prefix/segment/name`.
    #[must_use]
    pub fn below(mut self, name: &'static str) -> Self {
        self.path.push('/');
        self.path.push_str(name);
        self
    }

    /// The same request with one more parameter in its query, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(name);
        self.path.push('=');
        encode_into(&mut self.path, value);
        self
    }

    /// The read by which a key is checked.
    pub(super) fn probe(path: &str) -> Self {
        Self::get_path(path.to_owned())
    }

    fn get_path(path: String) -> Self {
        Self {
            method: Method::Get,
            path,
            body: None,
            is_write: false,
            is_guest: false,
            missing_means: Code::NotFound,
        }
    }

    /// The same request, which changes something: its failures are never called retryable.
    #[must_use]
    pub fn write(mut self) -> Self {
        self.is_write = true;
        self
    }

    /// The same request, to a route that Jinko answers to anybody who knows the reference and the name: its answers
    /// prove nothing about the key (CONTRACT 7.13).
    #[must_use]
    pub fn guest(mut self) -> Self {
        self.is_guest = true;
        self
    }

    /// The same request, for which a 404 means `code`.
    #[must_use]
    pub fn missing_means(mut self, code: Code) -> Self {
        self.missing_means = code;
        self
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path below the base URL with its query, beginning with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON body, if the method has one.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        self.is_write
    }

    /// Whether Jinko answers it without looking at the key.
    pub fn is_guest(&self) -> bool {
        self.is_guest
    }

    /// What a 404 means here.
    pub(super) fn code_when_missing(&self) -> Code {
        self.missing_means
    }
}

/// One path segment, percent-encoded: never empty, never `.` or `..`, at most 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathSegment(String);

impl PathSegment {
    /// Encodes `text` (RFC 3986 2.3: all but unreserved characters), or says why it cannot be a segment.
    ///
    /// # Errors
    /// A fragment that continues "this identifier …".
    pub fn encode(text: &str) -> Result<Self, &'static str> {
        match text {
            "" => return Err("is empty"),
            "." | ".." => return Err("is `.` or `..`, which no identifier is"),
            _ if text.len() > 256 => return Err("is longer than 256 bytes"),
            _ => {}
        }
        let mut encoded = String::with_capacity(text.len());
        encode_into(&mut encoded, text);
        Ok(Self(encoded))
    }

    /// The encoded segment.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `-`, which names nothing of Jinko's: stands where an identifier was refused before it came here.
impl Default for PathSegment {
    fn default() -> Self {
        Self("-".into())
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_identifier_leaves_its_segment(text in ".{0,80}") {
            if let Ok(segment) = PathSegment::encode(&text) {
                let path = Request::get("/v1/trip", &segment).path().to_owned();
                prop_assert_eq!(path.matches('/').count(), 3);
                prop_assert!(path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#')));
                let uri: http::Uri = path.parse().unwrap();
                prop_assert_eq!(uri.path(), path.as_str());
            } else {
                prop_assert!(text.is_empty() || text == "." || text == ".." || text.len() > 256);
            }
        }

        #[test]
        fn no_value_leaves_its_parameter(one in ".{0,40}", other in ".{0,40}") {
            let request = Request::get("/v1/trip", &PathSegment::default()).below("x").query("a", &one).query("b", &other);
            let uri: http::Uri = request.path().parse().unwrap();
            prop_assert_eq!(uri.path(), "/v1/trip/-/x");
            let query = uri.query().unwrap();
            prop_assert_eq!((query.matches('=').count(), query.matches('&').count()), (2, 1));
        }
    }
}
