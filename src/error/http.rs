//! A failure as an HTTP answer: status, challenge, reason phrase, body.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use hyper::ext::ReasonPhrase;
use serde_json::value::RawValue;

use super::{Code, Error, Stamp, error_object_bytes, json_rpc_error};

/// How much of a message fits a header or a status line without trouble in any client or proxy.
const HEADER_TEXT_MAX: usize = 400;

/// The answer on `/mcp`: the code's status and a JSON-RPC error with the request's id, where it could be read.
pub fn rpc_response(error: &Error, id: Option<&RawValue>, stamp: Stamp<'_>) -> Response<Bytes> {
    finish(error, stamp, json_rpc_error(error, id, stamp))
}

/// The answer on every other route: the code's status and `{"error": object}`.
pub fn rest_response(error: &Error, stamp: Stamp<'_>) -> Response<Bytes> {
    finish(error, stamp, error_object_bytes(error, stamp))
}

/// The answer on OAuth's paths, in OAuth's own shape (RFC 6749 5.2), which clients show to their user.
///
/// `why` is the refusal of the credential that came along, if one did and it is no good. mcp-remote takes `404`,
/// `405`, `Not Found` and `Method Not Allowed` in this text for a fault of the transport: none may stand here.
pub fn oauth_refusal(status: StatusCode, why: Option<&Error>) -> Response<Bytes> {
    let why = why.map(|error| format!("{} ", error.one_line())).unwrap_or_default();
    let body = serde_json::json!({
        "error": "access_denied",
        "error_description": format!("{why}No OAuth here: send a jnk_ API key as Authorization: Bearer"),
    });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn finish(error: &Error, stamp: Stamp<'_>, body: Vec<u8>) -> Response<Bytes> {
    let status = error.code.status();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = error.retry_after_seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED
        && let Ok(challenge) = HeaderValue::from_str(&challenge(error, stamp))
    {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    // The Python SDK 1.x and LangChain show nothing of a refusal but the status line (CLIENTS.md 2).
    let canonical = status.canonical_reason().unwrap_or("Error");
    let phrase = format!("{canonical} ({})", ascii(&error.one_line()));
    if let Ok(phrase) = ReasonPhrase::try_from(Bytes::from(phrase)) {
        response.extensions_mut().insert(phrase);
    }
    response
}

/// RFC 6750 3: no `error` where no credential was sent. Never `resource_metadata`: a client must not start an OAuth
/// dance that cannot succeed.
fn challenge(error: &Error, stamp: Stamp<'_>) -> String {
    let realm = format!("Bearer realm=\"jinko-bridge {}\"", stamp.place.environment.name());
    let description = ascii(&error.one_line()).replace(['"', '\\'], "'");
    if error.code == Code::MissingApiKey {
        format!("{realm}, error_description=\"{description}\"")
    } else {
        format!("{realm}, error=\"invalid_token\", error_description=\"{description}\"")
    }
}

/// `text` in printable ASCII, cut to what a header bears.
fn ascii(text: &str) -> String {
    let plain = text.replace('…', "...").replace(['\u{2018}', '\u{2019}'], "'");
    let mut plain: String = plain.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect();
    if plain.len() > HEADER_TEXT_MAX {
        plain.truncate(HEADER_TEXT_MAX - 3);
        plain.push_str("...");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Place};
    use crate::context::RequestId;

    fn response_for(error: &Error) -> Response<Bytes> {
        let place = Place { environment: Environment::Local, custom_host: None };
        rpc_response(error, None, Stamp { request_id: &RequestId::new(), place: &place })
    }

    #[test]
    fn a_401_carries_code_and_fix_in_challenge_reason_and_body() {
        let response = response_for(&Error::new(Code::NotAJinkoKey, "It starts with `sk-\u{e9}\"`."));
        assert_eq!(response.status(), 401);
        let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        insta::assert_snapshot!(challenge, @r#"Bearer realm="jinko-bridge local", error="invalid_token", error_description="not_a_jinko_key: It starts with `sk-?'`. Use a Jinko API key; each one starts with `jnk_`.""#);
        let reason = response.extensions().get::<ReasonPhrase>().unwrap();
        assert!(
            std::str::from_utf8(reason.as_bytes()).unwrap().starts_with("Unauthorized (not_a_jinko_key: ")
        );
    }

    #[test]
    fn nothing_sent_is_no_invalid_token() {
        let response = response_for(&Error::new(Code::MissingApiKey, "No key."));
        assert!(!response.headers()[WWW_AUTHENTICATE].to_str().unwrap().contains("invalid_token"));
    }

    #[test]
    fn only_a_401_challenges() {
        for code in Code::ALL {
            let response = response_for(&Error::new(*code, "x".repeat(9_000)));
            assert_eq!(response.headers().contains_key(WWW_AUTHENTICATE), response.status() == 401);
        }
    }

    #[test]
    fn an_oauth_refusal_is_never_read_as_a_transport_fault() {
        let why = Error::new(Code::InvalidApiKey, "The environment refused this key.");
        let body = oauth_refusal(StatusCode::FORBIDDEN, Some(&why)).into_body();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains("invalid_api_key"));
        assert!(["404", "405", "Not Found", "Method Not Allowed"].iter().all(|word| !text.contains(word)));
    }
}
