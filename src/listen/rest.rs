//! `/v1/*`, in `local` alone: the embedded sandbox's REST API with the bridge's keys and the bridge's meter.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use http::Response;

use super::stages::Stages;
use crate::context::Ids;
use crate::guard::{read_body, whole};
use crate::result::Receipt;

pub(super) async fn pass(
    State(stages): State<Stages>,
    Extension(ids): Extension<Ids>,
    request: Request,
) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let context = match stages.authenticate(&mut head, &ids).await {
        Ok(context) => context,
        Err(error) => return stages.refuse(&error, &ids),
    };
    let body = match read_body(&head.headers, body).await {
        Ok(body) => body,
        Err(error) => return stages.refuse(&error, &ids),
    };
    let forwarded = stages.calls.forward(&context, http::Request::from_parts(head, body)).await;
    let mut response = match forwarded.answer {
        Ok(response) => whole(response),
        Err(error) => stages.refuse(&error, &ids),
    };
    match forwarded.quota {
        Some(snapshot) => drop(response.extensions_mut().insert(Receipt(snapshot))),
        None => stages.leave_receipt(&context, &mut response).await,
    }
    response
}
