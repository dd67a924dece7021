//! From a message to what is answered: transport-free, used by HTTP and stdio alike.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::era::{Era, Revision, judge};
use super::listing::Listing;
use super::write;
use crate::call::Calls;
use crate::config::Place;
use crate::context::{CallContext, Ids};
use crate::error::{Code, Error, Layer, Stamp, json_rpc_error};
use crate::guard::{Envelope, Incoming};
use crate::key::repeatable;
use crate::quota::Snapshot;
use crate::result;
use crate::tools::{Toolsets, X_JINKO_TOOLSETS};

/// Speaks MCP for one environment.
#[derive(Debug, Clone)]
pub struct McpServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    calls: Arc<Calls>,
    listing: Listing,
    place: Place,
}

/// On whose behalf a message is answered.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A caller whose key the environment has said yes to.
    Caller(CallContext),
    /// Nobody yet: only `server/discover` is answered to anyone (DESIGN 6.2).
    Anyone(Ids),
    /// Somebody whose key is missing or was refused, where that must not end the session: over stdio a client would
    /// show its user a dead process and no reason. May open and list; every call is answered with the refusal.
    Refused(Ids, Box<Error>),
}

impl Identity {
    fn ids(&self) -> &Ids {
        match self {
            Self::Caller(context) => &context.ids,
            Self::Anyone(ids) | Self::Refused(ids, _) => ids,
        }
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The JSON-RPC response; `None` for a notification.
    pub body: Option<Vec<u8>>,
    /// The caller's quota after the call, if a call was carried out.
    pub quota: Option<Snapshot>,
}

/// What is left to do for a message, once its HTTP status is settled.
#[derive(Debug)]
pub enum Step {
    /// Nothing: this is the answer.
    Answer(Reply),
    /// A tool call, which owns all it needs.
    Call(ToolCall),
    /// Several messages, answered together.
    Batch(Vec<Step>),
}

/// A tool call that was read and found to be one.
#[derive(Debug)]
pub struct ToolCall {
    id: Box<RawValue>,
    era: Era,
    within: Toolsets,
    name: String,
    arguments: Option<Box<RawValue>>,
    progress_token: Option<Box<RawValue>>,
    context: CallContext,
}

impl Step {
    /// The token under which the client wants progress, if it is one call with one.
    pub fn progress_token(&self) -> Option<&RawValue> {
        match self {
            Self::Call(call) => call.progress_token.as_deref(),
            Self::Answer(_) | Self::Batch(_) => None,
        }
    }
}

impl Reply {
    fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: None, quota: None }
    }

    fn ok(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, body: Some(body), quota: None }
    }
}

#[derive(Deserialize)]
struct CallParams<'a> {
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    arguments: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct ListParams<'a> {
    #[serde(borrow, default)]
    cursor: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct InitializeParams<'a> {
    #[serde(rename = "protocolVersion", borrow, default)]
    protocol_version: Option<std::borrow::Cow<'a, str>>,
}

impl McpServer {
    /// A server that answers for `place` and carries out calls through `calls`.
    pub fn new(calls: Arc<Calls>, place: Place) -> Self {
        let listing = Listing::new(&calls.tools(Toolsets::ALL), &place);
        Self(Arc::new(Inner { calls, listing, place }))
    }

    /// Judges a message: finds every fault of the request itself and answers what needs no waiting.
    pub fn begin(&self, incoming: Incoming<'_>, headers: Option<&HeaderMap>, identity: &Identity) -> Step {
        match incoming {
            Incoming::One(envelope) => self.begin_one(&envelope, headers, identity, false),
            Incoming::Batch(messages) => self.begin_batch(messages, headers, identity),
        }
    }

    /// Does what is left. Dropping the future cancels the call at Jinko.
    pub async fn finish(&self, step: Step) -> Reply {
        match step {
            Step::Answer(reply) => reply,
            Step::Call(call) => self.call(call).await,
            Step::Batch(steps) => self.finish_batch(steps).await,
        }
    }

    fn begin_batch(
        &self,
        messages: Vec<Result<Envelope<'_>, crate::guard::Malformed<'_>>>,
        headers: Option<&HeaderMap>,
        identity: &Identity,
    ) -> Step {
        let header = headers.and_then(|h| h.get("mcp-protocol-version")).and_then(|v| v.to_str().ok());
        if header.is_some_and(|version| version != Revision::V2025_03_26.name()) {
            let message = "The body is a batch, which only revision 2025-03-26 of MCP has.";
            return self.refuse(&Error::new(Code::InvalidRequest, message), None, None, identity);
        }
        let steps = messages.into_iter().map(|message| match message {
            Ok(envelope) => self.begin_one(&envelope, headers, identity, true),
            Err(malformed) => self.refuse(&malformed.error, malformed.id, None, identity),
        });
        Step::Batch(steps.collect())
    }

    fn begin_one(
        &self,
        envelope: &Envelope<'_>,
        headers: Option<&HeaderMap>,
        identity: &Identity,
        in_batch: bool,
    ) -> Step {
        let Some(id) = envelope.id else { return Step::Answer(Reply::accepted()) };
        let (era, meta) = match judge(envelope, headers) {
            Ok(judged) => judged,
            Err(error) => return self.refuse(&error, Some(id), None, identity),
        };
        let refuse = |error: Error| self.refuse(&error, Some(id), Some(era), identity);
        match (envelope.method.as_ref(), era, identity) {
            ("server/discover", Era::Modern, _) => self.result(id, &self.0.listing.discover),
            (_, _, Identity::Anyone(_)) => {
                refuse(Error::new(Code::MissingApiKey, "The request carries no API key."))
            }
            ("initialize", Era::Legacy(_), _) if in_batch => {
                refuse(Error::new(Code::InvalidRequest, "`initialize` must not stand in a batch."))
            }
            ("initialize", Era::Legacy(_), _) => match read::<InitializeParams<'_>>(envelope) {
                Ok(params) => self.result(id, &self.0.listing.initialize(params.protocol_version.as_deref())),
                Err(error) => refuse(error),
            },
            ("ping", Era::Legacy(_), _) => self.result(id, b"{}"),
            ("tools/list", ..) => match read::<ListParams<'_>>(envelope) {
                Ok(ListParams { cursor: None }) => match within(headers) {
                    Ok(within) => self.list(id, era, within),
                    Err(error) => refuse(error),
                },
                Ok(_) => refuse(Error::new(
                    Code::InvalidParams,
                    "`cursor` is none of ours: all tools are on one page.",
                )),
                Err(error) => refuse(error),
            },
            ("tools/call", _, Identity::Refused(ids, error)) => {
                let stamp = Stamp { request_id: &ids.request, place: &self.0.place };
                let result = result::failure(error, None, stamp);
                self.result(id, &write::tool_result(&result, era, &self.0.listing.server_info))
            }
            ("tools/call", _, Identity::Caller(context)) => match read_call(envelope, headers) {
                Ok((within, name, arguments)) => Step::Call(ToolCall {
                    id: id.to_owned(),
                    era,
                    within,
                    name,
                    arguments,
                    progress_token: meta
                        .progress_token
                        .filter(|token| is_token(token))
                        .map(ToOwned::to_owned),
                    context: context.clone(),
                }),
                Err(error) => refuse(error),
            },
            (method, ..) => {
                let method = repeatable(method, 64);
                refuse(Error::new(
                    Code::MethodNotFound,
                    format!("There is no method `{method}` here in this revision of MCP."),
                ))
            }
        }
    }

    fn list(&self, id: &RawValue, era: Era, within: Toolsets) -> Step {
        let list = self.0.listing.tools(within, || self.0.calls.tools(within));
        match era {
            Era::Modern => self.result(id, &list.modern),
            Era::Legacy(_) => self.result(id, &list.legacy),
        }
    }

    #[expect(clippy::unused_self, reason = "it reads as one of the ways in which this server answers")]
    fn result(&self, id: &RawValue, result: &[u8]) -> Step {
        Step::Answer(Reply::ok(write::response(id, result)))
    }

    fn refuse(&self, error: &Error, id: Option<&RawValue>, era: Option<Era>, identity: &Identity) -> Step {
        let stamp = Stamp { request_id: &identity.ids().request, place: &self.0.place };
        let body = json_rpc_error(error, id, stamp);
        Step::Answer(Reply { status: status(error.code, era), body: Some(body), quota: None })
    }

    async fn call(&self, call: ToolCall) -> Reply {
        let Inner { calls, listing, place } = &*self.0;
        let ToolCall { id, era, within, name, arguments, context, .. } = call;
        let stamp = Stamp { request_id: &context.ids.request, place };
        match calls.run(&context, within, &name, arguments.as_deref()).await {
            Ok(finished) => {
                let quota = finished.quota;
                let result = match finished.outcome {
                    Ok(success) => result::success(success, quota.as_ref(), stamp),
                    Err(error) => {
                        tracing::info!(
                            jinko.error.code = error.code.name(),
                            gen_ai.tool.name = name,
                            "{name} failed: {}",
                            error.code.name()
                        );
                        result::failure(&error, quota.as_ref(), stamp)
                    }
                };
                let body = write::response(&id, &write::tool_result(&result, era, &listing.server_info));
                Reply { status: StatusCode::OK, body: Some(body), quota }
            }
            Err(error) => {
                let body = json_rpc_error(&error, Some(&id), stamp);
                Reply { status: status(error.code, Some(era)), body: Some(body), quota: None }
            }
        }
    }

    async fn finish_batch(&self, steps: Vec<Step>) -> Reply {
        let mut bodies = Vec::new();
        let mut quota = None;
        for step in steps {
            // A batch holds no batch, so this recursion is one level deep.
            let reply = Box::pin(self.finish(step)).await;
            quota = reply.quota.or(quota);
            bodies.extend(reply.body);
        }
        if bodies.is_empty() {
            return Reply::accepted();
        }
        let mut body = bodies.join(&b',');
        body.insert(0, b'[');
        body.push(b']');
        Reply { status: StatusCode::OK, body: Some(body), quota }
    }
}

/// The HTTP status of a JSON-RPC error (MCP.md 3.3): prescribed in the modern era, 200 for most in the others.
/// `era` is `None` while it is not known: the body was no request.
fn status(code: Code, era: Option<Era>) -> StatusCode {
    let is_legacy = matches!(era, Some(Era::Legacy(_)));
    match (code.layer(), code) {
        (Layer::Protocol, Code::MethodNotFound | Code::InvalidParams | Code::InvalidRequest) if is_legacy => {
            StatusCode::OK
        }
        _ => code.status(),
    }
}

fn read<'a, T: Deserialize<'a> + Default>(envelope: &Envelope<'a>) -> Result<T, Error> {
    let Some(params) = envelope.params else { return Ok(T::default()) };
    serde_json::from_str(params.get())
        .map_err(|_| Error::new(Code::InvalidParams, format!("`params` does not fit `{}`.", envelope.method)))
}

/// The toolsets that a client keeps itself to by its header; all without one, and always over stdio.
fn within(headers: Option<&HeaderMap>) -> Result<Toolsets, Error> {
    let values = headers.into_iter().flat_map(|headers| headers.get_all(X_JINKO_TOOLSETS));
    let names: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    Toolsets::parse(&names.join(",")).map_err(|unknown| {
        let message =
            format!("The header `{X_JINKO_TOOLSETS}` names `{}`, which is no toolset.", unknown.name);
        Error::new(Code::InvalidParams, message).fix(unknown.fix())
    })
}

type ReadCall = (Toolsets, String, Option<Box<RawValue>>);

fn read_call(envelope: &Envelope<'_>, headers: Option<&HeaderMap>) -> Result<ReadCall, Error> {
    let params = envelope
        .params
        .ok_or_else(|| Error::new(Code::InvalidParams, "`params` is missing; `tools/call` needs `name`."))?;
    let params: CallParams<'_> = serde_json::from_str(params.get())
        .map_err(|_| Error::new(Code::InvalidParams, "`params.name` is missing or is not a string."))?;
    Ok((within(headers)?, params.name.into_owned(), params.arguments.map(ToOwned::to_owned)))
}

/// A progress token is a string or an integer (MCP, "Progress").
fn is_token(token: &RawValue) -> bool {
    token.get().starts_with('"') || token.get().parse::<i64>().is_ok()
}
