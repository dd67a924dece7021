//! The headers that every answer to an authenticated request carries (DESIGN 4).

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response};

use crate::context::RequestId;
use crate::quota::Snapshot;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The quota as it stands when the answer's head is written; handlers put it into the response's extensions.
#[derive(Debug, Clone)]
pub struct Receipt(pub Snapshot);

/// Writes `X-Request-ID` and, where a handler left a [`Receipt`], the quota's headers.
pub fn stamp<B>(response: &mut Response<B>, request_id: &RequestId) {
    let receipt = response.extensions_mut().remove::<Receipt>();
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, request_id.header());
    if let Some(Receipt(snapshot)) = receipt {
        quota_headers(headers, &snapshot);
    }
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers); none where there is no limit.
pub fn quota_headers(headers: &mut HeaderMap, snapshot: &Snapshot) {
    let (Some(limit), Some(remaining)) = (snapshot.limit, snapshot.remaining()) else { return };
    let policy = format!("\"requests\";q={limit};w={}", snapshot.window.as_secs());
    let state = format!("\"requests\";r={remaining};t={}", snapshot.seconds_to_reset());
    for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}
