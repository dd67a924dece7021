//! `POST /mcp`: body, envelope, key, then MCP itself.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use http::Response;
use serde_json::value::RawValue;

use super::stages::{InFlight, Stages, note};
use crate::config::AuthErrors;
use crate::context::Ids;
use crate::error::{Code, Error};
use crate::guard::{Incoming, read_body, read_envelope};
use crate::mcp::{Accepts, Identity, respond};

/// A key was sent and refused, so that there is something for a model to read; a request without one stays a 401.
fn is_refused_key(error: &Error) -> bool {
    matches!(error.code, Code::InvalidApiKey | Code::WrongEnvironment)
}

pub(super) async fn post(
    State(stages): State<Stages>,
    Extension(ids): Extension<Ids>,
    Extension(in_flight): Extension<InFlight>,
    request: Request,
) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let refuse = |error: &Error, id: Option<&RawValue>| stages.refuse_rpc(error, id, &ids);
    let body = match read_body(&head.headers, body).await {
        Ok(body) => body,
        Err(error) => return refuse(&error, None),
    };
    let incoming = read_envelope(&body);
    let id = match &incoming {
        Ok(incoming) => incoming.id(),
        Err(malformed) => malformed.id,
    };
    // Where key and body are both bad, the key's 401 is the answer.
    let identity = match stages.authenticate(&mut head, &ids).await {
        Ok(context) => Identity::Caller(context),
        Err(error) => match &incoming {
            // Open to anyone: a 401 to this probe hides the reason in two clients. A key in the URL is told of anyway.
            Ok(Incoming::One(envelope))
                if envelope.method == "server/discover" && error.code != Code::ApiKeyInUrl =>
            {
                Identity::Anyone(ids.clone())
            }
            _ if stages.auth_errors == AuthErrors::Tool && is_refused_key(&error) => {
                note(&error);
                Identity::Refused(ids.clone(), Box::new(error))
            }
            _ => return refuse(&error, id),
        },
    };
    let incoming = match incoming {
        Ok(incoming) => incoming,
        Err(malformed) => return refuse(&malformed.error, malformed.id),
    };
    let step = stages.mcp.begin(incoming, Some(&head.headers), &identity);
    let on_arrival = match &identity {
        Identity::Caller(context) => stages.calls.quota(context).await.ok(),
        Identity::Anyone(_) | Identity::Refused(..) => None,
    };
    let token = step.progress_token().map(ToOwned::to_owned);
    let mcp = stages.mcp.clone();
    let answering = async move {
        let reply = mcp.finish(step).await;
        drop(in_flight);
        reply
    };
    respond(answering, Accepts::of(&head.headers), stages.lateness, token.as_deref(), on_arrival).await
}
