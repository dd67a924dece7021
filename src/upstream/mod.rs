//! To Jinko and back: one request to the bound environment, its answer classified.
//!
//! The caller's key becomes a header here and nowhere else, and goes to one host: redirects are not followed, nothing
//! is retried, no other environment is asked. Deliberately absent: a retry (that is `call`'s, since each attempt
//! takes a unit of its own), the count, and anything about MCP.

mod classify;
mod client;
mod request;
mod retry;

pub use classify::{Answer, KeyEvidence, Sent, Spent};
pub use client::{StartFault, Transport};
pub use request::{Method, PathSegment, Request};
pub use retry::{Failed, pause_before_another};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::config::Place;
use crate::context::{CallContext, RequestId, TraceContext};
use crate::error::Error;
use crate::key::ApiKey;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");
const X_SOURCE: HeaderName = HeaderName::from_static("x-source");
const X_CLIENT_KIND: HeaderName = HeaderName::from_static("x-client-kind");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long a probe may take: a caller waits for it.
const PROBE_DEADLINE: Duration = Duration::from_secs(10);
/// How long a passed request may take: as long as the longest operation (checkout, DESIGN 8).
const PASS_DEADLINE: Duration = Duration::from_mins(3);
/// A trip that cannot exist: Jinko's ids are numbers or `trip_` and digits (CONTRACT 6.3).
const PROBE_PATH: &str = "/v1/trip/jinko-bridge-key-check";

/// What the environment says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// It authenticates.
    Yes,
    /// It was answered 401.
    No,
    /// Nothing can be concluded, and why.
    NoVerdict(String),
}

/// The way to the bound environment.
#[derive(Debug)]
pub struct Upstream {
    transport: Transport,
    place: Place,
    // Observed by `/readyz`: the last attempt found nobody there.
    is_down: AtomicBool,
}

impl Upstream {
    /// The way to `place` over `transport`.
    pub fn new(transport: Transport, place: Place) -> Self {
        Self { transport, place, is_down: AtomicBool::new(false) }
    }

    /// Whether asking costs nothing and never waits for a network: the embedded sandbox.
    pub fn is_in_process(&self) -> bool {
        matches!(self.transport, Transport::InProcess(_))
    }

    /// Whether the last request found the environment unreachable.
    pub fn is_known_to_be_down(&self) -> bool {
        self.is_down.load(Ordering::Relaxed)
    }

    /// Sends one request with the caller's key as its `attempt`th within the call and classifies what came back.
    ///
    /// Cancelling it closes the connection, which cancels the request at Jinko.
    pub async fn send(
        &self,
        request: &Request,
        context: &CallContext,
        attempt: u32,
        deadline: Instant,
    ) -> Sent {
        let CallContext { caller, ids } = context;
        let wire = self.wire(request, &caller.key, &ids.request.of_attempt(attempt), ids.trace, |headers| {
            if let Some(session) = &ids.session {
                headers.insert(X_SESSION_ID, session.header());
            }
        });
        let outcome = self.transport.exchange(wire, deadline).await;
        self.note(&outcome);
        classify::classify(outcome, request, &caller.key, &self.place)
    }

    /// Passes a request of the caller's own to the embedded sandbox, with the caller's key, and says whether it took
    /// a unit. The body and the content type travel as they came; nothing else of the head does.
    pub async fn pass(
        &self,
        request: http::Request<Bytes>,
        context: &CallContext,
    ) -> (Result<http::Response<Bytes>, Error>, Spent, KeyEvidence) {
        let (head, body) = request.into_parts();
        let mut wire = http::Request::new(body);
        *wire.method_mut() = head.method;
        *wire.uri_mut() = head.uri;
        let headers = wire.headers_mut();
        if let Some(kind) = head.headers.get(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        headers.insert(AUTHORIZATION, context.caller.key.authorization());
        headers.insert(X_REQUEST_ID, context.ids.request.header());
        if let Some(session) = &context.ids.session {
            headers.insert(X_SESSION_ID, session.header());
        }
        let outcome = self.transport.exchange(wire, Instant::now() + PASS_DEADLINE).await;
        classify::passed(outcome, &self.place)
    }

    /// Asks whether `key` authenticates, by a read that finds nothing (DESIGN 6.3). Never counted.
    pub async fn probe(&self, key: &ApiKey) -> Probed {
        let request = Request::probe(PROBE_PATH);
        let id = RequestId::new();
        let wire = self.wire(&request, key, id.as_str(), TraceContext::continue_or_begin(None), |_| ());
        let outcome = self.transport.exchange(wire, Instant::now() + PROBE_DEADLINE).await;
        self.note(&outcome);
        classify::verdict(outcome)
    }

    fn note(&self, outcome: &Result<http::Response<Bytes>, client::Failure>) {
        let down = matches!(outcome, Err(client::Failure::NeverSent(_)));
        if down != self.is_down.swap(down, Ordering::Relaxed) {
            let host = self.place.custom_host.as_deref().unwrap_or("Jinko");
            if down {
                tracing::warn!(
                    server.address = host,
                    "cannot reach {host}: calls fail until it answers; `--api-base` decides where they go"
                );
            } else {
                tracing::info!(server.address = host, "{host} answers again");
            }
        }
    }

    /// Exactly the headers of DESIGN 8, and nothing else of the caller's.
    fn wire(
        &self,
        request: &Request,
        key: &ApiKey,
        request_id: &str,
        trace: TraceContext,
        more: impl FnOnce(&mut http::HeaderMap),
    ) -> http::Request<Bytes> {
        let mut wire = http::Request::new(request.body().cloned().unwrap_or_default());
        *wire.method_mut() = request.method().into();
        *wire.uri_mut() = self.transport.uri(request.path());
        let headers = wire.headers_mut();
        headers.insert(AUTHORIZATION, key.authorization());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if request.body().is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(X_SOURCE, HeaderValue::from_static("mcp-bridge"));
        headers.insert(
            X_CLIENT_KIND,
            HeaderValue::from_static(concat!("jinko-bridge/", env!("CARGO_PKG_VERSION"))),
        );
        for (name, text) in [(X_REQUEST_ID, request_id), (TRACEPARENT, trace.new_span().as_str())] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        }
        more(headers);
        wire
    }
}
