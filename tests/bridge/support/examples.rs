//! An example of each failure for `docs/errors.md`, made by the program's own functions wherever they can be reached.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Uri};
use jinko_bridge::auth::read_credential;
use jinko_bridge::clock::UnixMillis;
use jinko_bridge::config::{Environment, Place};
use jinko_bridge::context::RequestId;
use jinko_bridge::error::{Code, Error, Layer, Stamp, UpstreamFault, json_rpc_error, tool_failure};
use jinko_bridge::guard::{Guard, HostRules, OriginRules, TrustedProxies, read_envelope};
use jinko_bridge::quota::{ExhaustedBy, Refusal, Snapshot};
use jinko_bridge::result::quota_exhausted;
use jinko_bridge::tools::Catalogue;
use serde_json::Value;
use serde_json::value::RawValue;

/// The answer that carries `code`, as it is on `/mcp`: a JSON-RPC error, or what stands in a tool result under
/// `structuredContent`.
pub(crate) fn example(code: Code) -> String {
    let place = Place { environment: Environment::Sandbox, custom_host: None };
    let id =
        RequestId::from_caller(&HeaderValue::from_static("01a20d67-e6ae-7481-83b6-a5b438ca0c9d")).unwrap();
    let stamp = Stamp { request_id: &id, place: &place };
    let error = error(code);
    assert_eq!(error.code, code, "the example is of another code");
    let body = match code.layer() {
        Layer::Tool => tool_failure(&error, stamp).structured.get().to_owned(),
        Layer::Http | Layer::Protocol => {
            let id = RawValue::from_string("7".into()).unwrap();
            String::from_utf8(json_rpc_error(&error, Some(&id), stamp)).unwrap()
        }
    };
    let value: Value = serde_json::from_str(&body).unwrap();
    format!("{value:#}")
}

fn error(code: Code) -> Error {
    match code {
        Code::MissingApiKey => of_a_credential(""),
        Code::UnsupportedAuthScheme => of_a_credential("Bearer Bearer jnk_1a2b3c4d"),
        Code::UnexpandedVariable => of_a_credential("Bearer ${JINKO_API_KEY}"),
        Code::NotAJinkoKey => of_a_credential("Bearer sk-1a2b3c4d"),
        Code::MalformedApiKey => of_a_credential("Bearer jnk_1a2b 3c4d"),
        Code::OauthTokenNotAccepted => {
            of_a_credential("Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2F1dGguZXhhbXBsZSJ9.c2ln")
        }
        Code::WrongEnvironment => of_a_credential("Bearer jnk_local_1a2b3c4d"),
        Code::ConflictingCredentials => {
            refusal(&[(AUTHORIZATION.as_str(), "Bearer jnk_1a2b"), ("x-api-key", "jnk_3c4d")], "/mcp")
        }
        Code::ApiKeyInUrl => refusal(&[], "/mcp?api_key=jnk_1a2b3c4d"),
        Code::HostNotAllowed => of_the_guard(HOST.as_str(), "bridge:8787", false),
        Code::OriginNotAllowed => of_the_guard(ORIGIN.as_str(), "https://app.example.com", false),
        Code::ShuttingDown => of_the_guard(HOST.as_str(), "localhost", true),
        Code::ParseError => read_envelope(b"{").unwrap_err().error,
        Code::InvalidRequest => read_envelope(br#"{"id":7,"method":"ping"}"#).unwrap_err().error,
        Code::QuotaExhausted => used_up(),
        Code::InvalidArguments => refused_arguments(),
        Code::TooManyFailedAttempts | Code::VerificationUnavailable => in_general(code).retry_after(3),
        Code::UpstreamRateLimited => in_general(code).retry_after(30),
        Code::Forbidden => of_jinko(code, 403, "FORBIDDEN", "Checkout is not enabled for this key."),
        Code::NotFound => of_jinko(code, 404, "NOT_FOUND", "Trip not found"),
        Code::Conflict => of_jinko(code, 409, "CONFLICT", "The trip is already paid."),
        Code::Gone => of_jinko(code, 410, "OFFER_EXPIRED", "This offer has expired."),
        Code::Unprocessable => of_jinko(code, 422, "NO_INVENTORY", "The flight is sold out."),
        Code::UpstreamRejected => of_jinko(code, 400, "BAD_REQUEST", "Unknown cabin."),
        // The wording on the wire names what was met; the sense is that of the table.
        code => in_general(code),
    }
}

fn in_general(code: Code) -> Error {
    Error::new(code, code.cause())
}

fn of_jinko(code: Code, status: u16, name: &str, message: &str) -> Error {
    in_general(code).upstream(UpstreamFault {
        status,
        code: Some(name.to_owned()),
        message: Some(message.to_owned()),
        ..UpstreamFault::default()
    })
}

fn of_a_credential(authorization: &str) -> Error {
    refusal(&[(AUTHORIZATION.as_str(), authorization)], "/mcp")
}

fn refusal(headers: &[(&'static str, &str)], uri: &'static str) -> Error {
    let headers = header_map(headers);
    read_credential(&headers, &Uri::from_static(uri), Environment::Sandbox).unwrap_err()
}

fn header_map(headers: &[(&'static str, &str)]) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn of_the_guard(name: &'static str, value: &str, is_draining: bool) -> Error {
    let bound = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let origins = OriginRules::new(bound, Vec::new());
    let guard = Guard::new(HostRules::new(bound, None), origins, TrustedProxies::default());
    if is_draining {
        guard.start_draining();
    }
    let mut headers = header_map(&[(HOST.as_str(), "localhost")]);
    headers.insert(name, value.parse().unwrap());
    guard.admit(&headers, &Uri::from_static("/mcp")).unwrap_err()
}

fn used_up() -> Error {
    const MONTH: Duration = Duration::from_hours(30 * 24);
    let began = UnixMillis(1_790_000_000_000);
    let (now, ends) = (began.plus(Duration::from_hours(48)), began.plus(MONTH));
    let snapshot = Snapshot {
        limit: Some(1_000),
        used: 1_000,
        credits_used: 4_600,
        started_at: Some(began),
        resets_at: Some(ends),
        window: MONTH,
        exhausted_by: Some(ExhaustedBy::Bridge),
        taken_at: now,
    };
    quota_exhausted(&Refusal { snapshot, by: ExhaustedBy::Bridge, retry_at: Some(ends) })
}

/// Two arguments that the flight search refuses, in its own words.
fn refused_arguments() -> Error {
    let arguments = serde_json::json!({"search": {"origin": "Paris", "destination": "BER", "departure_date": "tomorrow"}});
    let catalogue = Catalogue::of(Environment::Local);
    let today = jiff::civil::date(2026, 9, 23);
    let problems = catalogue.find("flight_search").unwrap().plan(arguments, today).unwrap_err();
    in_general(Code::InvalidArguments).detail("problems", serde_json::to_value(problems).unwrap())
}
