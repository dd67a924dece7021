//! The sandbox from outside: requests into [`router`](super::router), answers looked at as a client sees them.
//!
//! The clock stands still at [`NOW`], so nothing here depends on the day on which it runs.

mod car_search;
mod discovery;
mod flight_search;
mod ground_search;
mod hotel_search;
mod price_check;
mod reads;
mod statuses;

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt;

use super::{KeyCheck, Options, router};

/// 2026-11-01, ten in the morning UTC.
const NOW: &str = "2026-11-01T10:00:00Z";
const KEY: &str = "jnk_local_good";

struct OneKey;

impl KeyCheck for OneKey {
    fn accepts(&self, presented: &str) -> bool {
        presented == KEY
    }
}

/// An answer, read to its end.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Holds that this is a refusal in Jinko's envelope, and gives its `error`.
    fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let error = self.json()["error"].clone();
        assert_eq!(error["code"], code, "{}", self.text);
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!(self.headers["content-type"], "application/json");
        error
    }
}

/// The default options under test: one key, a clock that stands still.
fn options() -> Options {
    options_at(NOW)
}

fn options_at(now: &str) -> Options {
    let now: Timestamp = now.parse().unwrap();
    Options { now: Arc::new(move || now), ..Options::new(Arc::new(OneKey)) }
}

fn with_key(method: &str, path: &str) -> Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {KEY}"))
}

async fn send(sandbox: &axum::Router, request: Request<Body>) -> Answered {
    let response = sandbox.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answered {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn post(sandbox: &axum::Router, path: &str, body: &Value) -> Answered {
    send(sandbox, with_key("POST", path).body(Body::from(body.to_string())).unwrap()).await
}

/// A body with some of its fields replaced, added, or (by `null`) taken away.
fn with(mut body: Value, changes: &Value) -> Value {
    let object = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        object.insert(name.clone(), value.clone());
    }
    object.retain(|_, value| !value.is_null());
    body
}
