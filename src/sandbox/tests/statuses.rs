//! Every status but those of a good search: keys, routes, bodies, ids, quota, latency.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::*;
use crate::sandbox::Quota;

fn bare(method: &str, path: &str) -> Builder {
    Request::builder().method(method).uri(path)
}

fn empty(builder: Builder) -> Request<Body> {
    builder.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn without_a_good_key_everything_under_v1_is_a_401() {
    let sandbox = router(options());
    let requests = [
        bare("POST", "/v1/flight_search"),
        bare("GET", "/v1/trip/trip_1"),
        bare("POST", "/v1/no_such_route"),
        bare("GET", "/v1"),
        bare("DELETE", "/v1/flight_search"),
        bare("GET", "/v1/trip/x").header("authorization", "Bearer jnk_local_bad"),
        bare("GET", "/v1/trip/x").header("authorization", format!("Basic {KEY}")),
        bare("GET", "/v1/trip/x")
            .header("authorization", format!("Bearer {KEY}"))
            .header("x-api-key", "jnk_other"),
    ];
    for request in requests {
        let answered = send(&sandbox, empty(request)).await;
        answered.refused(401, "UNAUTHORIZED");
        assert!(answered.headers.contains_key("www-authenticate"));
        assert!(!answered.text.contains("jnk_"), "a key came back: {}", answered.text);
    }
}

#[tokio::test]
async fn a_trip_that_cannot_exist_tells_a_good_key_from_a_bad_one() {
    let sandbox = router(options());
    for request in [
        with_key("GET", "/v1/trip/trip_0"),
        bare("GET", "/v1/trip/trip_0").header("x-api-key", KEY),
        with_key("GET", "/v1/trip/trip_0").header("x-api-key", KEY),
        with_key("GET", "/v1/trip/%ff"),
    ] {
        let error = send(&sandbox, empty(request)).await.refused(404, "NOT_FOUND");
        assert_eq!(error["message"], "Trip not found");
    }
}

#[tokio::test]
async fn an_unknown_route_is_said_in_jinkos_words() {
    let sandbox = router(options());
    let error = send(&sandbox, empty(with_key("POST", "/v1/x?key=secret"))).await.refused(404, "NOT_FOUND");
    assert_eq!(error["message"], "Route POST /v1/x not found");
    let outside = send(&sandbox, empty(bare("GET", "/v10"))).await.refused(404, "NOT_FOUND");
    assert_eq!(outside["message"], "Route GET /v10 not found");
}

#[tokio::test]
async fn a_wrong_method_names_the_right_one() {
    let sandbox = router(options());
    let answered = send(&sandbox, empty(with_key("GET", "/v1/flight_search"))).await;
    answered.refused(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answered.headers["allow"], "POST");
    send(&sandbox, empty(with_key("POST", "/v1/trip/trip_1"))).await.refused(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_names_no_field() {
    let sandbox = router(options());
    for body in ["", "{", "[]", "7", "\u{feff}{}", "{\"origin\":\"PAR\"} x"] {
        let request = with_key("POST", "/v1/flight_search").body(Body::from(body)).unwrap();
        let error = send(&sandbox, request).await.refused(400, "VALIDATION_FAILED");
        assert!(error.get("details").is_none(), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_too_large_and_one_below_is_read() {
    let sandbox = router(options());
    let of_size =
        |size: usize| with_key("POST", "/v1/flight_search").body(Body::from(" ".repeat(size))).unwrap();
    send(&sandbox, of_size(1024 * 1024 + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
    send(&sandbox, of_size(1024 * 1024)).await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn the_callers_ids_come_back_on_every_answer() {
    let sandbox = router(options());
    for request in
        [bare("GET", "/v1/trip/x"), with_key("GET", "/v1/trip/x"), with_key("PUT", "/v1/hotel_search")]
    {
        let request = request.header("x-request-id", "req-12345678").header("x-session-id", "session one");
        let answered = send(&sandbox, empty(request)).await;
        assert_eq!(answered.headers["x-request-id"], "req-12345678");
        assert_eq!(answered.headers["x-session-id"], "session one");
    }
    let silent = send(&sandbox, empty(with_key("GET", "/v1/trip/x"))).await;
    assert!(!silent.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn a_quota_refuses_beyond_its_limit_and_says_when_to_come_back() {
    let quota = Quota { limit: 2, window: Duration::from_hours(30 * 24) };
    let sandbox = router(Options { quota: Some(quota), ..options() });
    let read = || send(&sandbox, empty(with_key("GET", "/v1/trip/x")));
    send(&sandbox, empty(bare("GET", "/v1/trip/x"))).await.refused(401, "UNAUTHORIZED");
    read().await.refused(404, "NOT_FOUND");
    read().await.refused(404, "NOT_FOUND");
    let answered = read().await;
    let error = answered.refused(429, "QUOTA_EXCEEDED");
    assert_eq!(answered.headers["retry-after"], "2592000");
    assert_eq!(error["details"]["limit"], 2);
    assert_eq!(error["details"]["resets_at"], "2026-12-01T10:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn latency_holds_back_answers_and_not_refusals() {
    let latency = Duration::from_secs(20);
    let sandbox = router(Options { latency, ..options() });
    let started = tokio::time::Instant::now();
    send(&sandbox, empty(with_key("GET", "/v1/trip/x"))).await.refused(404, "NOT_FOUND");
    post(&sandbox, "/v1/flight_search", &json!({})).await.refused(400, "VALIDATION_FAILED");
    assert_eq!(started.elapsed(), Duration::ZERO);
    let body = json!({ "origin": "QQQ", "destination": "BER", "departure_date": "2027-03-12" });
    assert_eq!(post(&sandbox, "/v1/flight_search", &body).await.status, 200);
    assert!(started.elapsed() >= latency);
}
