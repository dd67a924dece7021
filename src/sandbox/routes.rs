//! Routes, methods, bodies: from a request that was admitted to the operation that answers it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde_json::Value;

use super::fields::Fields;
use super::flights::Spread;
use super::refusal::Refusal;
use super::world::World;
use super::{cars, door, flights, ground, hotels, trips};

/// A body may have so many bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What an operation gives: its answer as JSON, or why there is none.
type Outcome = Result<Vec<u8>, Refusal>;

/// All routes behind the door. The door stands outside the fallbacks, so that an unknown route without a key is
/// a 401 and says nothing about what exists.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/v1/find_destination", post(find_destination))
        .route("/v1/flight_calendar", post(flight_calendar))
        .route("/v1/find_dates", post(find_dates))
        .route("/v1/lowest_fare", post(lowest_fare))
        .route("/v1/price_monitoring", post(price_monitoring))
        .route("/v1/flight_search", post(flight_search))
        .route("/v1/hotel_search", post(hotel_search))
        .route("/v1/hotel_details/{id}", get(hotel_details))
        .route("/v1/ground_search", post(ground_search))
        .route("/v1/car_search", post(car_search))
        .route("/v1/trip/{id}", get(trip))
        .route("/v1/trip/{id}/ancillaries", get(trip))
        .route("/v1/get_booking", post(get_booking))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_route)
        .layer(from_fn_with_state(Arc::clone(&world), door::admit))
        .with_state(world)
}

async fn find_destination(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&flights::find_destination(&world, fields)?)).await
}

async fn flight_calendar(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&flights::calendar(&world, fields, Spread::Calendar)?)).await
}

async fn find_dates(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&flights::calendar(&world, fields, Spread::Dates)?)).await
}

async fn lowest_fare(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&flights::calendar(&world, fields, Spread::Lowest)?)).await
}

async fn price_monitoring(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&flights::price_monitoring(&world, fields)?)).await
}

async fn flight_search(State(world): State<Arc<World>>, request: Request) -> Response {
    let search = |fields: Fields<'_>| match fields.text("offer_token", 1..=4096)? {
        Some(token) => json(&flights::price_check(&world, fields, token)?),
        None => json(&flights::search(&world, fields)?),
    };
    answer(&world, request, search).await
}

async fn hotel_search(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&hotels::search(&world, fields)?)).await
}

/// The dates that may stand in the query are taken and not looked at (CONTRACT.md 7.7).
async fn hotel_details(State(world): State<Arc<World>>, id: Path<String>) -> Response {
    finish(&world, hotels::details(&world, &id).and_then(|details| json(&details))).await
}

async fn ground_search(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&ground::search(&world, fields)?)).await
}

async fn car_search(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| json(&cars::search(&world, fields)?)).await
}

async fn get_booking(State(world): State<Arc<World>>, request: Request) -> Response {
    answer(&world, request, |fields| match trips::booking(fields)? {}).await
}

async fn trip() -> Response {
    trips::read().into_response()
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let problem = format!("{method} is not allowed on {}", uri.path());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", problem).into_response()
}

/// In the words of Jinko's own router (CONTRACT.md 1).
async fn unknown_route(method: Method, uri: Uri) -> Response {
    Refusal::not_found(format!("Route {method} {} not found", uri.path())).into_response()
}

/// Reads the body, runs the operation on this task (it is milliseconds of computing, no waiting), and holds
/// back what it gives by the latency that was dialled in. A refusal is not held back.
async fn answer(world: &World, request: Request, operation: impl FnOnce(Fields<'_>) -> Outcome) -> Response {
    let outcome = match read_body(request.into_body()).await {
        Ok(body) => run(&body, operation),
        Err(refusal) => Err(refusal),
    };
    finish(world, outcome).await
}

async fn finish(world: &World, outcome: Outcome) -> Response {
    match outcome {
        Ok(body) => {
            if !world.options.latency.is_zero() {
                tokio::time::sleep(world.options.latency).await;
            }
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let problem = format!("the body is larger than {BODY_BYTES_MAX} bytes");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", problem))
        }
        Err(_) => Err(Refusal::body("the body could not be read to its end")),
    }
}

fn run(body: &[u8], operation: impl FnOnce(Fields<'_>) -> Outcome) -> Outcome {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::body(format!("the body is not valid JSON: {error}")))?;
    let object = value.as_object().ok_or_else(|| Refusal::body("the body must be a JSON object"))?;
    operation(Fields(object))
}

fn json(answer: &impl Serialize) -> Outcome {
    serde_json::to_vec(answer)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", error.to_string()))
}
