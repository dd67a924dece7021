//! A read is sent once more after a failure that often passes, and again while Jinko is not done; each takes a unit.

use std::time::Instant;

use serde_json::json;

use crate::support::{RecordedUpstream, Reply, TestBridge, flight_arguments, hotel_arguments, refused_tool};

fn calendar() -> serde_json::Value {
    json!({"origin": "PAR", "destination": "LIS", "trip_type": "oneway"})
}

#[tokio::test]
async fn a_cheap_read_is_sent_once_more_after_502_503_and_504() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let good = Reply::json(200, &json!({"itineraries": []}));
    for (n, status) in [502, 503, 504].into_iter().enumerate() {
        upstream.forget();
        upstream
            .once("/v1/flight_calendar", Reply::refusal(status, "BUSY", "Later."))
            .once("/v1/flight_calendar", good.clone());
        assert!(!bridge.call("flight_calendar", calendar()).await.is_error(), "{status}");
        let ids: Vec<String> =
            upstream.calls().iter().map(|seen| seen.header("x-request-id").unwrap().to_owned()).collect();
        assert_eq!(ids.len(), 2, "{status}");
        assert!(ids[0].ends_with("-1") && ids[1].ends_with("-2"), "{ids:?}");
        assert_eq!(bridge.used().await, 2 * (n as u64 + 1), "each attempt takes a unit");
    }
}

#[tokio::test]
async fn a_second_failure_is_the_answer() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/flight_calendar", Reply::refusal(503, "BUSY", "Later."));
    let call = bridge.call("flight_calendar", calendar()).await;
    refused_tool(&call, "upstream_unavailable");
    assert_eq!(upstream.calls().len(), 2);
}

#[tokio::test]
async fn what_is_dear_or_final_is_sent_once() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let busy = Reply::refusal(502, "BUSY", "Later.");
    upstream.always("/v1/flight_search", busy.clone()).always("/v1/hotel_search", busy);
    for (tool, arguments) in [("flight_search", flight_arguments()), ("hotel_search", hotel_arguments())] {
        upstream.forget();
        refused_tool(&bridge.call(tool, arguments).await, "upstream_unavailable");
        assert_eq!(upstream.calls().len(), 1, "{tool} costs ten credits");
    }
    upstream.as_usual();
    for status in [400, 404, 409, 410, 422, 500] {
        upstream.forget();
        upstream.once("/v1/flight_calendar", Reply::refusal(status, "NO", "No."));
        assert!(bridge.call("flight_calendar", calendar()).await.is_error());
        assert_eq!(upstream.calls().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_last_unit_is_not_followed_by_another_try() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(1).await;
    upstream.always("/v1/flight_calendar", Reply::refusal(502, "BUSY", "Later."));
    refused_tool(&bridge.call("flight_calendar", calendar()).await, "upstream_unavailable");
    assert_eq!((upstream.calls().len(), bridge.used().await), (1, 1));
}

#[tokio::test]
async fn the_extras_are_asked_for_until_they_are_priced() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let pricing = Reply::json(202, &json!({"status": "pricing", "retry_after_seconds": 1}));
    let ready = Reply::json(200, &json!({"status": "ready", "items": []}));
    let path = "/v1/trip/trip_7/ancillaries";
    upstream.once(path, pricing.clone()).once(path, pricing).once(path, ready);
    let began = Instant::now();
    let call = bridge.call("trip_ancillaries", json!({"trip_id": "trip_7"})).await;
    assert_eq!(call.data()["status"], "ready");
    assert!(began.elapsed().as_secs_f64() >= 2.0, "it waits as long as it is asked to");
    let seen: Vec<String> =
        upstream.seen().iter().filter(|seen| seen.path == path).map(|seen| seen.method.clone()).collect();
    assert_eq!((seen, bridge.used().await), (vec!["GET".to_owned(); 3], 3));
}

#[tokio::test]
async fn without_a_unit_left_or_time_the_pricing_itself_is_the_answer() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(3).await;
    let path = "/v1/trip/trip_7/ancillaries";
    let arguments = json!({"trip_id": "trip_7"});
    upstream.always(path, Reply::json(202, &json!({"status": "pricing"})).header("retry-after", "600"));
    let call = bridge.call("trip_ancillaries", arguments.clone()).await;
    assert_eq!((call.data()["status"].as_str(), bridge.used().await), (Some("pricing"), 1));
    upstream.always(path, Reply::json(202, &json!({"status": "pricing", "retry_after_seconds": 1})));
    let call = bridge.call("trip_ancillaries", arguments).await;
    assert_eq!((call.data()["status"].as_str(), bridge.used().await), (Some("pricing"), 3));
    assert!(call.text().contains("again in 1 seconds"), "{}", call.text());
}
