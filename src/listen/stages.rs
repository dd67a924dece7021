//! The stages that a route hands a request to, in the order in which they are met.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Response;
use http::request::Parts;
use serde_json::value::RawValue;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::auth::Auth;
use crate::call::Calls;
use crate::config::{AuthErrors, Place};
use crate::context::{CallContext, Ids};
use crate::error::{Error, Stamp, rest_response, rpc_response};
use crate::guard::{Guard, whole};
use crate::mcp::{Lateness, McpServer};
use crate::result::Receipt;
use crate::upstream::Upstream;

/// All that a route needs.
#[derive(Debug, Clone)]
pub struct Stages {
    /// May it enter.
    pub guard: Guard,
    /// Whose it is.
    pub auth: Arc<Auth>,
    /// MCP.
    pub mcp: McpServer,
    /// Calls, for `/v1` and `/usage`.
    pub calls: Arc<Calls>,
    /// Asked for its health alone.
    pub upstream: Arc<Upstream>,
    /// What the process is bound to.
    pub place: Place,
    /// When a waiting answer becomes a stream.
    pub lateness: Lateness,
    /// How a refused key is told on `/mcp`.
    pub auth_errors: AuthErrors,
    /// Whether `/v1` is the embedded sandbox's.
    pub has_sandbox: bool,
    /// What is in flight, bodies included; the drain waits for it.
    pub in_flight: TaskTracker,
}

/// What `/readyz` looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Calls are taken and can be counted.
    Ready,
    /// The bridge is on its way out.
    Draining,
    /// The count cannot be written.
    StoreUnavailable,
    /// The last request found the environment unreachable.
    UpstreamDown,
}

impl Health {
    /// The word in the answer.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::StoreUnavailable => "quota_store_unavailable",
            Self::UpstreamDown => "upstream_unavailable",
        }
    }
}

impl Stages {
    /// Whether the bridge can serve calls now.
    pub async fn health(&self) -> Health {
        if self.guard.is_draining() {
            Health::Draining
        } else if !self.calls.store_is_healthy().await {
            Health::StoreUnavailable
        } else if self.upstream.is_known_to_be_down() {
            Health::UpstreamDown
        } else {
            Health::Ready
        }
    }

    /// Authenticates a request; the credential headers end here.
    pub(super) async fn authenticate(&self, head: &mut Parts, ids: &Ids) -> Result<CallContext, Error> {
        let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let from = peer.map(|peer| self.guard.client_address(peer, &head.headers));
        let caller = self.auth.authenticate(&mut head.headers, &head.uri, from).await?;
        tracing::Span::current().record("jinko.key.fingerprint", tracing::field::display(caller.fingerprint));
        Ok(CallContext { caller, ids: ids.clone() })
    }

    /// A failure on a route that is not JSON-RPC.
    pub(super) fn refuse(&self, error: &Error, ids: &Ids) -> Response<Body> {
        note(error);
        whole(rest_response(error, self.stamp(ids)))
    }

    /// A failure on `/mcp`, with the request's id where it could be read.
    pub(super) fn refuse_rpc(&self, error: &Error, id: Option<&RawValue>, ids: &Ids) -> Response<Body> {
        note(error);
        whole(rpc_response(error, id, self.stamp(ids)))
    }

    /// A failure in the shape of its route (DESIGN 5): a JSON-RPC error on `/mcp`, `{"error": object}` elsewhere.
    pub(super) fn refuse_on(&self, route: &str, error: &Error, ids: &Ids) -> Response<Body> {
        match route {
            "/mcp" | "/mcp/" => self.refuse_rpc(error, None, ids),
            _ => self.refuse(error, ids),
        }
    }

    /// What an error object says beside the error.
    fn stamp<'a>(&'a self, ids: &'a Ids) -> Stamp<'a> {
        Stamp { request_id: &ids.request, place: &self.place }
    }

    /// The quota's headers for an answer to `context`, from the store.
    pub(super) async fn leave_receipt(&self, context: &CallContext, response: &mut Response<Body>) {
        if let Ok(snapshot) = self.calls.quota(context).await {
            response.extensions_mut().insert(Receipt(snapshot));
        }
    }
}

/// One request in flight, counted until its last clone is gone: a handler whose answer is a stream keeps one.
#[derive(Debug, Clone)]
pub(super) struct InFlight(#[expect(dead_code, reason = "held, not read")] pub(super) Arc<TaskTrackerToken>);

/// Notes a failure for the request's log line.
pub(super) fn note(error: &Error) {
    tracing::Span::current().record("jinko.error.code", error.code.name());
}
