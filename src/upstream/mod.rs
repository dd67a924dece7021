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

use crate::config::{KeyProbe, Place};
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

/// What the hosted MCP server is asked for a key's sake.
const TOOLS_LIST: ToolsList = ToolsList { jsonrpc: "2.0", id: 1, method: "tools/list" };
/// What an MCP server wants to be told that its client takes.
const ACCEPTS_MCP: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

#[derive(Debug, serde::Serialize)]
struct ToolsList {
    jsonrpc: &'static str,
    id: u8,
    method: &'static str,
}

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
    // Jinko's hosted MCP server, where one is known.
    mcp: Option<Transport>,
    place: Place,
    is_embedded: bool,
    // Observed by `/readyz`: the last attempt found nobody there.
    is_down: AtomicBool,
}

impl Upstream {
    /// The way to `place` over `transport`, and over `mcp` to its hosted MCP server.
    pub fn new(transport: Transport, mcp: Option<Transport>, place: Place) -> Self {
        Self { transport, mcp, place, is_embedded: false, is_down: AtomicBool::new(false) }
    }

    /// The way to the sandbox that this process embeds.
    pub fn embedded(sandbox: axum::Router, place: Place) -> Self {
        Self { is_embedded: true, ..Self::new(Transport::InProcess(sandbox), None, place) }
    }

    /// Whether asking costs nothing and nobody else answers: the embedded sandbox.
    pub fn is_embedded(&self) -> bool {
        self.is_embedded
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
        let id = ids.request.of_attempt(attempt);
        let mut wire = wire(&self.transport, request, &caller.key, &id, ids.trace);
        if let Some(session) = &ids.session {
            wire.headers_mut().insert(X_SESSION_ID, session.header());
        }
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

    /// Asks whether `key` authenticates (DESIGN 6.3): by a read that finds nothing, or by the hosted MCP server's tool
    /// list. Never counted.
    pub async fn probe(&self, key: &ApiKey, how: KeyProbe) -> Probed {
        let deadline = Instant::now() + PROBE_DEADLINE;
        let id = RequestId::new();
        let (transport, request) = match (how, &self.mcp) {
            (KeyProbe::Mcp, Some(mcp)) => (mcp, Request::post("", &TOOLS_LIST)),
            _ => (&self.transport, Request::probe(PROBE_PATH)),
        };
        let mut wire = wire(transport, &request, key, id.as_str(), TraceContext::continue_or_begin(None));
        if how == KeyProbe::Mcp {
            wire.headers_mut().insert(ACCEPT, ACCEPTS_MCP);
        }
        let outcome = transport.exchange(wire, deadline).await;
        self.note(&outcome);
        match how {
            KeyProbe::Mcp => classify::verdict_of_a_list(outcome),
            KeyProbe::Rest | KeyProbe::Off => classify::verdict(outcome),
        }
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
}

/// Exactly the headers of DESIGN 8, and nothing else of the caller's.
fn wire(
    transport: &Transport,
    request: &Request,
    key: &ApiKey,
    request_id: &str,
    trace: TraceContext,
) -> http::Request<Bytes> {
    let mut wire = http::Request::new(request.body().cloned().unwrap_or_default());
    *wire.method_mut() = request.method().into();
    *wire.uri_mut() = transport.uri(request.path());
    let headers = wire.headers_mut();
    headers.insert(AUTHORIZATION, key.authorization());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if request.body().is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(X_SOURCE, HeaderValue::from_static("mcp-bridge"));
    headers
        .insert(X_CLIENT_KIND, HeaderValue::from_static(concat!("jinko-bridge/", env!("CARGO_PKG_VERSION"))));
    for (name, text) in [(X_REQUEST_ID, request_id), (TRACEPARENT, trace.new_span().as_str())] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
    wire
}
