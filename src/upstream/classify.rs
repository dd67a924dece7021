//! What came back, and what it means: for the caller, for the unit, for the key. Pure.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::client::Failure;
use super::{Probed, Request};
use crate::config::Place;
use crate::error::{Code, Error, UpstreamFault};
use crate::key::ApiKey;

/// A 429 that asks for at most so long a pause is a short-term limit; any other is the quota (DESIGN 7).
const SHORT_TERM_MAX: Duration = Duration::from_hours(1);
/// How much of Jinko's text is handed on in an error.
const WORDS_MAX: usize = 600;

/// A successful answer: status 2xx, body as it came.
#[derive(Debug)]
pub struct Answer {
    /// The status, 200 or another of the 2xx (a 202 says that pricing goes on).
    pub status: StatusCode,
    /// The body's type, as it was sent.
    pub content_type: Option<String>,
    /// The body's bytes.
    pub body: Bytes,
    /// How long to wait before asking again, where the answer says so.
    pub retry_after: Option<Duration>,
}

/// Whether the attempt took a unit of the quota (DESIGN 7, "Unit").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It reached Jinko, or may have: charged.
    Yes,
    /// It never left, or Jinko does not count it (401, 429): refunded.
    No,
}

/// What an answer says about the key that was sent with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEvidence {
    /// Jinko served a request with it (2xx).
    Served,
    /// Jinko answered in a way that only an accepted key can meet.
    Accepted,
    /// Jinko answered 401.
    Refused,
    /// Jinko accepts it and says that its quota is used up, until the pause is over if it named one.
    Exhausted {
        /// From `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// Nothing.
    Silent,
}

/// One attempt, classified.
#[derive(Debug)]
pub struct Sent {
    /// What came of it.
    pub answer: Result<Answer, Error>,
    /// Whether it took a unit.
    pub spent: Spent,
    /// What it says about the key.
    pub key: KeyEvidence,
    /// Whether the failure is one that often is over a moment later: no connection, or 502, 503, 504.
    pub is_transient: bool,
}

pub(super) fn classify(
    outcome: Result<http::Response<Bytes>, Failure>,
    request: &Request,
    key: &ApiKey,
    place: &Place,
) -> Sent {
    let mut sent = match outcome {
        Ok(response) => answered(response, request, key, place),
        Err(failure) => unanswered(&failure, place),
    };
    // A guest is answered without a look at the key; only a refusal says that it was looked at.
    if request.is_guest() && sent.key != KeyEvidence::Refused {
        sent.key = KeyEvidence::Silent;
    }
    if request.is_write() {
        sent.answer = sent.answer.map_err(Error::of_a_write);
    }
    sent
}

/// The verdict of a probe: 401 is no; what only an accepted key can meet is yes; all else proves nothing.
pub(super) fn verdict(outcome: Result<http::Response<Bytes>, Failure>) -> Probed {
    let response = match outcome {
        Ok(response) => response,
        Err(failure) => return Probed::NoVerdict(describe(&failure)),
    };
    let has_envelope = || envelope(response.body()).is_some_and(|fault| fault.code.is_some());
    match response.status().as_u16() {
        401 => Probed::No,
        200..=299 | 403 | 422 | 429 => Probed::Yes,
        404 if has_envelope() => Probed::Yes,
        other => Probed::NoVerdict(format!("it answered {other}")),
    }
}

/// The verdict of the hosted MCP server's tool list: 401, or a failure that names the key, is no; a list is yes.
pub(super) fn verdict_of_a_list(outcome: Result<http::Response<Bytes>, Failure>) -> Probed {
    const REFUSALS: [&str; 3] = ["invalid_api_key", "AUTH_REQUIRED", "invalid_token"];
    let response = match outcome {
        Ok(response) => response,
        Err(failure) => return Probed::NoVerdict(describe(&failure)),
    };
    let body = String::from_utf8_lossy(response.body());
    let names_the_key = REFUSALS.iter().any(|word| body.contains(word));
    match response.status().as_u16() {
        401 => Probed::No,
        200 if names_the_key => Probed::No,
        200 if body.contains("\"tools\"") => Probed::Yes,
        429 => Probed::Yes,
        other => Probed::NoVerdict(format!("it answered {other} without a tool list")),
    }
}

/// An answer that is handed on as it came: only its unit and its word about the key are read.
pub(super) fn passed(
    outcome: Result<http::Response<Bytes>, Failure>,
    place: &Place,
) -> (Result<http::Response<Bytes>, Error>, Spent, KeyEvidence) {
    match outcome {
        Ok(response) => {
            let (spent, evidence) = match response.status().as_u16() {
                401 => (Spent::No, KeyEvidence::Refused),
                429 => (Spent::No, KeyEvidence::Accepted),
                _ => (Spent::Yes, KeyEvidence::Silent),
            };
            (Ok(response), spent, evidence)
        }
        Err(failure) => {
            let Sent { answer, spent, key, .. } = unanswered(&failure, place);
            let error =
                answer.err().unwrap_or_else(|| Error::new(Code::UpstreamUnavailable, "No answer came."));
            (Err(error), spent, key)
        }
    }
}

fn unanswered(failure: &Failure, place: &Place) -> Sent {
    let who = who(place);
    let (spent, error) = match failure {
        Failure::NeverSent(cause) => (
            Spent::No,
            Error::new(
                Code::UpstreamUnavailable,
                format!("{who} could not be reached ({cause}); nothing was sent and nothing was counted."),
            ),
        ),
        Failure::Lost(cause) => (
            Spent::Yes,
            Error::new(
                Code::UpstreamUnavailable,
                format!("The connection to {who} broke before an answer was whole ({cause})."),
            ),
        ),
        Failure::TimedOut => (
            Spent::Yes,
            Error::new(
                Code::UpstreamTimeout,
                format!("{who} did not answer before the deadline of this operation."),
            ),
        ),
        Failure::TooLarge => (
            Spent::Yes,
            Error::new(Code::ResponseTooLarge, format!("The answer of {who} is larger than 16 MiB.")),
        ),
    };
    let is_transient = matches!(failure, Failure::NeverSent(_));
    Sent { answer: Err(error), spent, key: KeyEvidence::Silent, is_transient }
}

fn describe(failure: &Failure) -> String {
    match failure {
        Failure::NeverSent(cause) | Failure::Lost(cause) => cause.clone(),
        Failure::TimedOut => "it did not answer in time".into(),
        Failure::TooLarge => "its answer was too large".into(),
    }
}

fn who(place: &Place) -> String {
    match &place.custom_host {
        Some(host) => format!("Jinko's API at {host}"),
        None => format!("Jinko's {} API", place.environment.name()),
    }
}

fn answered(response: http::Response<Bytes>, request: &Request, key: &ApiKey, place: &Place) -> Sent {
    let (head, body) = response.into_parts();
    let status = head.status;
    let retry_after = retry_after(&head.headers);
    if status.is_success() {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let answer = Answer { status, content_type, body, retry_after };
        return Sent { answer: Ok(answer), spent: Spent::Yes, key: KeyEvidence::Served, is_transient: false };
    }
    let fault = fault(status, &head.headers, &body, key);
    let (error, spent, evidence) = match status.as_u16() {
        401 => (refused_key(place), Spent::No, KeyEvidence::Refused),
        429 => limited(retry_after),
        503 => (paused(refusal(status, request, place), retry_after), Spent::Yes, evidence_of(status)),
        _ => (refusal(status, request, place), Spent::Yes, evidence_of(status)),
    };
    let is_transient = matches!(status.as_u16(), 502..=504);
    Sent { answer: Err(error.upstream(fault)), spent, key: evidence, is_transient }
}

/// A failure that Jinko itself says when to try again (CONTRACT 13.7).
fn paused(error: Error, retry_after: Option<Duration>) -> Error {
    match retry_after {
        Some(pause) => error.retry_after(pause.as_secs().max(1)),
        None => error,
    }
}

fn evidence_of(status: StatusCode) -> KeyEvidence {
    match status.as_u16() {
        403 | 409 | 410 | 422 => KeyEvidence::Accepted,
        _ => KeyEvidence::Silent,
    }
}

fn refused_key(place: &Place) -> Error {
    Error::new(
        Code::InvalidApiKey,
        format!(
            "{} refused this key: it was revoked, mistyped, or made in another environment. The call was not counted.",
            who(place)
        ),
    )
}

fn limited(retry_after: Option<Duration>) -> (Error, Spent, KeyEvidence) {
    match retry_after {
        Some(pause) if pause <= SHORT_TERM_MAX => (
            Error::new(Code::UpstreamRateLimited, "Jinko asks for a pause; this call was not counted.")
                .retry_after(pause.as_secs().max(1)),
            Spent::No,
            KeyEvidence::Accepted,
        ),
        _ => (
            Error::new(
                Code::QuotaExhausted,
                "Jinko says that this key's requests are used up. Keys of one account may share a limit, so this can \
                 come before the bridge's own count is full. The call was not counted.",
            ),
            Spent::No,
            KeyEvidence::Exhausted { retry_after },
        ),
    }
}

fn refusal(status: StatusCode, request: &Request, place: &Place) -> Error {
    let who = who(place);
    let (code, message) = match status.as_u16() {
        403 => (Code::Forbidden, format!("{who} accepts this key, but not for this operation.")),
        404 => (request.code_when_missing(), missing(request.code_when_missing(), &who)),
        409 => (Code::Conflict, format!("{who} refused: the object's state does not allow this (409).")),
        410 => (Code::Gone, format!("{who} answered that this has expired or is sold out (410).")),
        422 => (Code::Unprocessable, format!("{who} understood the request and cannot carry it out (422).")),
        504 => (Code::UpstreamTimeout, format!("A provider behind {who} did not answer in time (504).")),
        500..=599 => (Code::UpstreamUnavailable, format!("{who} failed ({}).", status.as_u16())),
        300..=399 => (
            Code::UpstreamInvalidResponse,
            format!(
                "{who} answered with a redirect ({}), which is never followed: the key goes to the bound host alone.",
                status.as_u16()
            ),
        ),
        other => (Code::UpstreamRejected, format!("{who} refused the request ({other}).")),
    };
    Error::new(code, message)
}

fn missing(code: Code, who: &str) -> String {
    if code == Code::NotEnabledForKey {
        format!("{who} does not have this operation for this key (404).")
    } else {
        format!("{who} answered that there is no such thing (404).")
    }
}

/// Jinko's words about a refusal, with the caller's key cut out and control characters removed.
fn fault(status: StatusCode, headers: &HeaderMap, body: &[u8], key: &ApiKey) -> UpstreamFault {
    let mut fault = envelope(body).unwrap_or_default();
    fault.status = status.as_u16();
    fault.request_id = headers.get("x-request-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    for text in [&mut fault.code, &mut fault.message, &mut fault.doc_url, &mut fault.request_id] {
        *text = text.take().map(|words| clean(&words, key));
    }
    if let Some(details) = &mut fault.details {
        clean_value(details, key);
    }
    if fault.message.is_none() && !body.is_empty() {
        // A gateway's page: its beginning is worth more than nothing.
        let words = String::from_utf8_lossy(&body[..body.len().min(WORDS_MAX)]);
        fault.message = Some(clean(words.trim(), key));
    }
    fault
}

/// Reads `{error: {code, message, details, doc_url, …}}`, and the older forms of CONTRACT 3.1.
fn envelope(body: &[u8]) -> Option<UpstreamFault> {
    let Value::Object(mut body) = serde_json::from_slice(body).ok()? else { return None };
    let text = |map: &mut Map<String, Value>, name: &str| match map.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let mut fault = UpstreamFault::default();
    match body.remove("error") {
        Some(Value::Object(mut error)) => {
            fault.code = text(&mut error, "code");
            fault.message = text(&mut error, "message");
            fault.doc_url = text(&mut error, "doc_url");
            // Siblings such as `top_candidates` and `next_step` are details too: nothing is dropped.
            fault.details = match (error.remove("details"), error.is_empty()) {
                (details, true) => details,
                (None, false) => Some(Value::Object(error)),
                (Some(details), false) => {
                    error.insert("details".into(), details);
                    Some(Value::Object(error))
                }
            };
        }
        Some(Value::String(code)) => {
            fault.code = Some(code);
            fault.message = text(&mut body, "message");
            fault.details = body.remove("details");
        }
        _ => fault.message = text(&mut body, "message"),
    }
    (fault.code.is_some() || fault.message.is_some()).then_some(fault)
}

fn clean(words: &str, key: &ApiKey) -> String {
    key.cut_from(words).chars().filter(|c| !c.is_control() || *c == '\n').take(WORDS_MAX).collect()
}

fn clean_value(value: &mut Value, key: &ApiKey) {
    match value {
        Value::String(text) => *text = clean(text, key),
        Value::Array(items) => items.iter_mut().for_each(|item| clean_value(item, key)),
        Value::Object(map) => map.values_mut().for_each(|item| clean_value(item, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), a date being read against the answer's own `Date`.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = headers
        .get(http::header::DATE)?
        .to_str()
        .ok()
        .and_then(|date| httpdate::parse_http_date(date).ok())?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn sent(status: u16, headers: &[(&str, &str)], body: &str) -> Sent {
        sent_to(&Request::post("/v1/x", &Value::Null), status, headers, body)
    }

    fn sent_to(request: &Request, status: u16, headers: &[(&str, &str)], body: &str) -> Sent {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        let place = Place { environment: Environment::Sandbox, custom_host: None };
        classify(Ok(response), request, &ApiKey::new("jnk_canary".into()), &place)
    }

    /// The table of DESIGN 7: which answers take a unit, and what they say of the key.
    #[test]
    fn each_status_has_its_code_its_unit_and_its_evidence() {
        use KeyEvidence::{Accepted, Refused, Silent};
        let table = [
            (400, Code::UpstreamRejected, Spent::Yes, Silent),
            (401, Code::InvalidApiKey, Spent::No, Refused),
            (403, Code::Forbidden, Spent::Yes, Accepted),
            (404, Code::NotFound, Spent::Yes, Silent),
            (409, Code::Conflict, Spent::Yes, Accepted),
            (410, Code::Gone, Spent::Yes, Accepted),
            (413, Code::UpstreamRejected, Spent::Yes, Silent),
            (422, Code::Unprocessable, Spent::Yes, Accepted),
            (429, Code::QuotaExhausted, Spent::No, KeyEvidence::Exhausted { retry_after: None }),
            (301, Code::UpstreamInvalidResponse, Spent::Yes, Silent),
            (500, Code::UpstreamUnavailable, Spent::Yes, Silent),
            (502, Code::UpstreamUnavailable, Spent::Yes, Silent),
            (503, Code::UpstreamUnavailable, Spent::Yes, Silent),
            (504, Code::UpstreamTimeout, Spent::Yes, Silent),
        ];
        for (status, code, spent, key) in table {
            let sent = sent(status, &[], r#"{"error":{"code":"X","message":"Words."}}"#);
            let error = sent.answer.unwrap_err();
            assert_eq!((error.code, sent.spent, sent.key), (code, spent, key), "{status}");
            assert_eq!(error.upstream.unwrap().message.as_deref(), Some("Words."), "{status}");
        }
    }

    /// CONTRACT 7.13: some routes are open to guests, so their answers must not keep an invented key alive.
    #[test]
    fn a_guest_route_proves_nothing_about_the_key_but_a_refusal() {
        let guest = Request::post("/v1/x", &Value::Null).guest();
        for status in [200, 400, 403, 404, 409, 410, 422, 429, 500, 502] {
            assert_eq!(sent_to(&guest, status, &[], "").key, KeyEvidence::Silent, "{status}");
        }
        assert_eq!(sent_to(&guest, 401, &[], "").key, KeyEvidence::Refused);
    }

    #[test]
    fn a_missing_route_means_what_the_request_says() {
        let ground = Request::post("/v1/x", &Value::Null).missing_means(Code::NotEnabledForKey);
        let error = sent_to(&ground, 404, &[], "").answer.unwrap_err();
        assert_eq!(error.code, Code::NotEnabledForKey);
        assert!(error.message.contains("for this key"), "{}", error.message);
    }

    #[test]
    fn only_what_passes_soon_is_called_transient() {
        for (status, is_transient) in [
            (200, false),
            (400, false),
            (404, false),
            (429, false),
            (500, false),
            (502, true),
            (503, true),
            (504, true),
        ] {
            assert_eq!(sent(status, &[], "").is_transient, is_transient, "{status}");
        }
        let asked = sent(503, &[("retry-after", "7")], "").answer.unwrap_err();
        assert_eq!(asked.retry_after_seconds, Some(7));
    }

    #[test]
    fn a_short_pause_is_a_rate_limit_and_a_long_one_the_quota() {
        let short = sent(429, &[("retry-after", "30")], "");
        let error = short.answer.unwrap_err();
        assert_eq!((error.code, error.retry_after_seconds), (Code::UpstreamRateLimited, Some(30)));
        let date =
            [("retry-after", "Wed, 21 Oct 2026 09:00:00 GMT"), ("date", "Wed, 21 Oct 2026 07:00:00 GMT")];
        let long = sent(429, &date, "");
        assert_eq!(long.key, KeyEvidence::Exhausted { retry_after: Some(Duration::from_hours(2)) });
    }

    #[test]
    fn siblings_in_the_envelope_are_kept() {
        let body = r#"{"error":{"code":"HOTEL_NAME_LOW_CONFIDENCE","message":"m","top_candidates":[{"score":0.5}],"next_step":"ask"}}"#;
        let fault = sent(422, &[], body).answer.unwrap_err().upstream.unwrap();
        assert_eq!(fault.details.unwrap()["top_candidates"][0]["score"], 0.5);
    }

    #[test]
    fn the_key_is_cut_from_what_jinko_says() {
        let fault = sent(
            400,
            &[("x-request-id", "id-jnk_canary")],
            r#"{"error":{"message":"jnk_canary","details":{"a":["jnk_canary"]}}}"#,
        );
        let error = fault.answer.unwrap_err();
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn older_and_foreign_bodies_still_say_something() {
        let message = |body: &str| sent(500, &[], body).answer.unwrap_err().upstream.unwrap().message;
        assert_eq!(message(r#"{"message":"old"}"#).as_deref(), Some("old"));
        assert_eq!(message(r#"{"error":"boom","message":"bff"}"#).as_deref(), Some("bff"));
        assert_eq!(message("<html>Bad gateway</html>").as_deref(), Some("<html>Bad gateway</html>"));
        assert_eq!(message(""), None);
    }

    #[test]
    fn a_probe_believes_only_what_proves_something() {
        let probe = |status: u16, body: &str| {
            verdict(Ok(http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()))
        };
        let envelope = r#"{"error":{"code":"NOT_FOUND","message":"no trip"}}"#;
        for (status, body) in [(200, "{}"), (403, ""), (422, ""), (429, ""), (404, envelope)] {
            assert_eq!(probe(status, body), Probed::Yes, "{status}");
        }
        assert_eq!(probe(401, ""), Probed::No);
        for (status, body) in
            [(404, "<html>"), (404, r#"{"message":"no route"}"#), (500, envelope), (302, ""), (400, envelope)]
        {
            assert!(matches!(probe(status, body), Probed::NoVerdict(_)), "{status}");
        }
    }
}
