//! The routes (DESIGN 3), and the order of what stands before them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{any, get, post};
use http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tracing::Instrument;

use super::stages::{InFlight, Stages, note};
use super::{mcp, rest, usage};
use crate::context::Ids;
use crate::error::{Code, Error, oauth_refusal, rpc_response};
use crate::guard::{ids, whole};
use crate::result::stamp;

/// What a page must be able to read of an answer beside its body.
const EXPOSED: [HeaderName; 5] = [
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("x-request-id"),
    http::header::RETRY_AFTER,
    http::header::WWW_AUTHENTICATE,
];

/// Every route of the main listener.
pub fn router(stages: Stages) -> Router {
    let guarded = Router::new()
        .route("/mcp", post(mcp::post).fallback(not_post))
        .route("/mcp/", post(mcp::post).fallback(not_post))
        .route("/usage", get(usage::get))
        .route("/sse", any(no_sse))
        .route("/register", any(no_oauth))
        .route("/authorize", any(no_oauth))
        .route("/token", any(no_oauth))
        .route("/.well-known/{*rest}", any(no_metadata))
        .route("/mcp/.well-known/{*rest}", any(no_metadata));
    let guarded = if stages.has_sandbox { guarded.route("/v1/{*rest}", any(rest::pass)) } else { guarded };
    guarded
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(cors(&stages))
        // Below it a panic would take the connection with it, above it nothing of ours can panic.
        .layer(CatchPanicLayer::custom(Panicked(stages.clone())))
        // Above the handlers, so that a foreign page or a draining bridge costs no look at the key.
        .layer(from_fn_with_state(stages.clone(), enter))
        .merge(health_routes())
        .with_state(stages)
}

/// The routes of the admin listener: no key, no guard, for the operator's network alone.
pub fn admin_router(stages: Stages) -> Router {
    health_routes()
        .fallback(async || (StatusCode::NOT_FOUND, "the admin listener has /healthz and /readyz\n"))
        .with_state(stages)
}

fn health_routes() -> Router<Stages> {
    Router::new()
        .route("/healthz", get(async || json(StatusCode::OK, r#"{"status":"live"}"#.to_owned())))
        .route("/readyz", get(ready))
}

/// Answers preflights and marks answers for the pages that the guard lets in.
///
/// It stands below the guard, which has refused foreign pages and hosts by then; there are no cookies, so nothing is
/// said of credentials, and the headers that a page asks for are granted: the key in one of them is what counts.
fn cors(stages: &Stages) -> CorsLayer {
    let guard = stages.guard.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| guard.allows_origin(origin)))
        .allow_methods([http::Method::GET, http::Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(Duration::from_hours(1))
}

async fn ready(State(stages): State<Stages>) -> Response<Body> {
    let health = stages.health().await;
    let status =
        if health == super::Health::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let environment = stages.place.environment.name();
    json(status, format!(r#"{{"status":"{}","environment":"{environment}"}}"#, health.name()))
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The first and the last stage: an id, the guard, the log line, the headers of every answer.
async fn enter(State(stages): State<Stages>, mut request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let ids = ids(request.headers());
    // The route as it is written here, never the path as it came: a key may stand in it.
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!(
        "request",
        request_id = %ids.request,
        "http.request.method" = %method,
        "http.route" = route,
        "jinko.environment" = stages.place.environment.name(),
        "jinko.key.fingerprint" = tracing::field::Empty,
        "jinko.error.code" = tracing::field::Empty,
    );
    let in_flight = InFlight(Arc::new(stages.in_flight.token()));
    request.extensions_mut().insert(in_flight.clone());
    request.extensions_mut().insert(ids.clone());
    let answer = async {
        let mut response = match stages.guard.admit(request.headers(), request.uri()) {
            // An OPTIONS that is no preflight is a method like any other that no route takes.
            Ok(()) if is_bare_options(&request) => {
                not_post(State(stages.clone()), axum::Extension(ids.clone())).await
            }
            Ok(()) => next.run(request).await,
            Err(error) => stages.refuse_on(&route, &error, &ids),
        };
        stamp(&mut response, &ids.request);
        log_line(&method, &route, &response, began.elapsed());
        response
    };
    let response = answer.instrument(span).await;
    drop(in_flight);
    response
}

fn is_bare_options(request: &Request) -> bool {
    request.method() == http::Method::OPTIONS
        && !request.headers().contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn log_line(method: &http::Method, route: &str, response: &Response<Body>, took: Duration) {
    let status = response.status().as_u16();
    let millis = took.as_millis();
    tracing::info!(
        "http.response.status_code" = status,
        "{method} {route} answered {status} after {millis} ms"
    );
}

/// 405 for a client that opens a stream or ends a session, before the key is looked at: some clients take a 401 here
/// for an invitation to OAuth (MCP.md 3.4).
async fn not_post(
    State(stages): State<Stages>,
    axum::Extension(ids): axum::Extension<Ids>,
) -> Response<Body> {
    let error = Error::new(
        Code::MethodNotAllowed,
        "This MCP server is stateless: it answers each POST by itself and has no stream to open and no session to end.",
    );
    allow_post(stages.refuse_on("/mcp", &error, &ids))
}

fn allow_post(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn no_method(
    State(stages): State<Stages>,
    axum::Extension(ids): axum::Extension<Ids>,
) -> Response<Body> {
    let error = Error::new(Code::MethodNotAllowed, "This route does not take this HTTP method.")
        .fix("`/mcp` takes POST; `/usage`, `/healthz` and `/readyz` take GET.");
    stages.refuse(&error, &ids)
}

async fn no_sse(State(stages): State<Stages>, axum::Extension(ids): axum::Extension<Ids>) -> Response<Body> {
    let error = Error::new(
        Code::RouteNotFound,
        "This server has no HTTP+SSE transport, which MCP replaced in 2025-03-26.",
    )
    .fix("Connect by streamable HTTP to `/mcp`.");
    stages.refuse(&error, &ids)
}

async fn no_route(
    State(stages): State<Stages>,
    axum::Extension(ids): axum::Extension<Ids>,
    uri: http::Uri,
) -> Response<Body> {
    if let Some(error) = crate::auth::key_in_url(&uri) {
        return stages.refuse(&error, &ids);
    }
    let routes = if stages.has_sandbox {
        "`/mcp`, `/usage`, `/v1/…`, `/healthz`, `/readyz`"
    } else {
        "`/mcp`, `/usage`, `/healthz`, `/readyz`"
    };
    let error =
        Error::new(Code::RouteNotFound, format!("This path is none of the bridge's routes: {routes}."));
    stages.refuse(&error, &ids)
}

/// No metadata: there is no OAuth, and a client must not believe that there is.
async fn no_metadata(
    State(stages): State<Stages>,
    axum::Extension(ids): axum::Extension<Ids>,
    uri: http::Uri,
) -> Response<Body> {
    let path = uri.path();
    let asks_oauth =
        path.contains("/.well-known/oauth-") || path.contains("/.well-known/openid-configuration");
    if asks_oauth {
        whole(oauth_refusal(StatusCode::NOT_FOUND, None))
    } else {
        no_route(State(stages), axum::Extension(ids), uri).await
    }
}

/// mcp-remote sends our key along to `/register` and shows its user what stands in the answer: say why the key was
/// refused, if it is.
async fn no_oauth(
    State(stages): State<Stages>,
    axum::Extension(ids): axum::Extension<Ids>,
    request: Request,
) -> Response<Body> {
    let (mut head, _) = request.into_parts();
    let carries_credential = head.headers.contains_key(http::header::AUTHORIZATION)
        || head.headers.contains_key(crate::auth::X_API_KEY);
    let why = if carries_credential { stages.authenticate(&mut head, &ids).await.err() } else { None };
    if let Some(error) = &why {
        note(error);
    }
    whole(oauth_refusal(StatusCode::FORBIDDEN, why.as_ref()))
}

#[derive(Clone)]
struct Panicked(Stages);

impl tower_http::catch_panic::ResponseForPanic for Panicked {
    type ResponseBody = Body;

    /// The panic's text goes nowhere: it may hold anything. The hook has logged where it was.
    fn response_for_panic(&mut self, _: Box<dyn std::any::Any + Send>) -> Response<Body> {
        let error = Error::new(Code::InternalError, "The bridge failed while it answered this request.");
        let id = crate::context::RequestId::new();
        let stamp = crate::error::Stamp { request_id: &id, place: &self.0.place };
        whole(rpc_response(&error, None, stamp))
    }
}
