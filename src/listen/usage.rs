//! `GET /usage`: what is left of the key in the Authorization header. Never counted.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::stages::Stages;
use crate::context::Ids;
use crate::result::{Receipt, UsageView};

pub(super) async fn get(
    State(stages): State<Stages>,
    Extension(ids): Extension<Ids>,
    request: Request,
) -> Response<Body> {
    let (mut head, _) = request.into_parts();
    let context = match stages.authenticate(&mut head, &ids).await {
        Ok(context) => context,
        Err(error) => return stages.refuse(&error, &ids),
    };
    match stages.calls.quota(&context).await {
        Ok(snapshot) => {
            let view = UsageView {
                place: &stages.place,
                fingerprint: context.caller.fingerprint,
                snapshot: &snapshot,
            };
            let mut response = Response::new(Body::from(view.json().to_string()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.extensions_mut().insert(Receipt(snapshot));
            response
        }
        Err(error) => stages.refuse(&error, &ids),
    }
}
