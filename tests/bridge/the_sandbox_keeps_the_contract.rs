//! `/v1` in `local`: Jinko's REST API with the bridge's keys and the bridge's meter.

use serde_json::{Value, json};

use crate::support::{
    Answer, GOOD_KEY, RecordedUpstream, TestBridge, day, flight_arguments, hotel_arguments, refused,
    refused_tool,
};

async fn post(bridge: &TestBridge, path: &str, body: &Value) -> Answer {
    bridge.request("POST", path).key(&bridge.key).json(body).send().await
}

fn flight_body() -> Value {
    json!({"origin": "PAR", "destination": "BER", "departure_date": day(40), "return_date": day(43), "adults": 2, "currency": "EUR"})
}

fn hotel_body() -> Value {
    json!({"city_name": "Berlin", "country_code": "de", "checkin": day(40), "checkout": day(42), "occupancies": [{"adults": 2}], "currency": "EUR"})
}

/// Checks Jinko's envelope (CONTRACT 3.1) and gives the error in it.
#[track_caller]
fn envelope(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    let body = answer.json();
    assert_eq!((body.as_object().unwrap().len(), &body["error"]["code"]), (1, &json!(code)), "{body}");
    assert!(body["error"]["message"].as_str().is_some_and(|text| text.len() > 3), "{body}");
    body["error"].clone()
}

#[tokio::test]
async fn searches_answer_in_rest_shape() {
    let bridge = TestBridge::start().await;
    let answer = post(&bridge, "/v1/flight_search", &flight_body()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    let offers = answer.json()["offers"].as_array().unwrap().clone();
    assert!(!offers.is_empty());
    for offer in &offers {
        for side in ["outbound", "inbound"] {
            for name in [
                "origin",
                "destination",
                "airline",
                "airline_name",
                "departure_datetime",
                "arrival_datetime",
                "duration_minutes",
                "stops",
                "segments",
            ] {
                assert!(!offer[side][name].is_null(), "{side}.{name} is missing in {offer}");
            }
        }
        for fare in offer["fares"].as_array().unwrap() {
            let price = &fare["total_price"];
            assert!(
                price["value"].is_u64() && price["currency"] == "EUR" && price["decimal_places"] == 2,
                "{fare}"
            );
            assert!(fare["trip_item_token"].as_str().is_some_and(|token| token.len() > 8), "{fare}");
        }
    }
    let answer = post(&bridge, "/v1/hotel_search", &hotel_body()).await;
    let hotels = answer.json()["hotels"].as_array().unwrap().clone();
    assert!(!hotels.is_empty());
    for hotel in &hotels {
        assert!(hotel["hotel_id"].as_str().unwrap().starts_with("lp"), "{hotel}");
        for rate in
            hotel["rooms"].as_array().unwrap().iter().flat_map(|room| room["rates"].as_array().unwrap())
        {
            assert!(
                rate["offer_id"].as_str().unwrap().starts_with("htl_") && rate["total_amount"].is_number(),
                "{rate}"
            );
        }
    }
}

#[tokio::test]
async fn the_same_question_has_the_same_answer_in_every_bridge() {
    let (one, other) = (TestBridge::start().await, TestBridge::start().await);
    for (path, body) in [("/v1/flight_search", flight_body()), ("/v1/hotel_search", hotel_body())] {
        let (one, other) = (post(&one, path, &body).await, post(&other, path, &body).await);
        assert!(one.body == other.body, "{path} differs");
    }
}

/// Whoever builds against the tools gets what REST has, in the hosted shape: the same tokens at the same prices.
#[tokio::test]
async fn a_tool_and_its_route_sell_the_same() {
    let bridge = TestBridge::start().await;
    let rest = post(
        &bridge,
        "/v1/flight_search",
        &json!({"origin": "PAR", "destination": "BER", "departure_date": day(40)}),
    )
    .await
    .json();
    let tool = bridge.call("flight_search", flight_arguments()).await;
    let tokens = |list: &Value| -> Vec<Value> {
        let fares = list.as_array().unwrap().iter().flat_map(|item| item["fares"].as_array().unwrap());
        fares.map(|fare| fare["trip_item_token"].clone()).collect()
    };
    assert_eq!(tokens(&rest["offers"]), tokens(&tool.data()["flights"]));
    let rest = post(&bridge, "/v1/hotel_search", &hotel_body()).await.json();
    assert_eq!(&rest, bridge.call("hotel_search", hotel_arguments()).await.data());
}

#[tokio::test]
async fn each_request_takes_one_unit_whichever_way_it_comes() {
    let bridge = TestBridge::start().quota_limit(6).await;
    let meter = async || bridge.used().await;
    for used in 1..=2 {
        let answer = post(&bridge, "/v1/flight_search", &flight_body()).await;
        assert!(answer.header("ratelimit").unwrap().contains(&format!("r={}", 6 - used)), "{answer:?}");
        assert_eq!(meter().await, used);
    }
    assert_eq!(bridge.call("flight_search", flight_arguments()).await.quota()["used"], 3);
    post(&bridge, "/v1/flight_search", &json!({})).await;
    bridge.request("GET", "/v1/trip/1").key(&bridge.key).send().await;
    assert_eq!(meter().await, 5, "a refusal is an answer, and is charged");
    bridge.call("hotel_search", hotel_arguments()).await.data();
    refused_tool(&bridge.call("hotel_search", hotel_arguments()).await, "quota_exhausted");
    let answer = post(&bridge, "/v1/flight_search", &flight_body()).await;
    assert_eq!(answer.status, 429);
    let body = answer.json();
    assert_eq!(
        (&body["error"]["code"], &body["error"]["used"]),
        (&json!("quota_exhausted"), &json!(6)),
        "{body}"
    );
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(meter().await, 6);
}

#[tokio::test]
async fn a_wrong_field_is_a_400_that_names_it() {
    let bridge = TestBridge::start().await;
    let with = |body: Value, name: &str, value: Value| {
        let mut body = body;
        body[name] = value;
        body
    };
    let cases = [
        ("/v1/flight_search", with(flight_body(), "origin", json!("Paris")), "origin"),
        ("/v1/flight_search", with(flight_body(), "departure_date", json!("2020-01-01")), "departure_date"),
        ("/v1/flight_search", with(flight_body(), "departure_date", Value::Null), "departure_date"),
        ("/v1/flight_search", with(flight_body(), "return_date", json!(day(30))), "return_date"),
        ("/v1/flight_search", with(flight_body(), "adults", json!("2")), "adults"),
        ("/v1/flight_search", with(flight_body(), "currency", json!("ZZZ")), "currency"),
        ("/v1/hotel_search", with(hotel_body(), "checkin", json!("soon")), "checkin"),
        ("/v1/hotel_search", with(hotel_body(), "checkout", json!(day(40))), "checkin"),
        ("/v1/hotel_search", with(hotel_body(), "min_rating", json!(11)), "min_rating"),
    ];
    for (path, body, field) in cases {
        let error = envelope(&post(&bridge, path, &body).await, 400, "VALIDATION_FAILED");
        assert_eq!(error["details"]["field"], field, "{error}");
    }
    for body in ["", "{", "[]", "7", "\u{0}\u{1}"] {
        let answer = bridge.request("POST", "/v1/flight_search").key(&bridge.key).body(body).send().await;
        assert!(envelope(&answer, 400, "VALIDATION_FAILED").get("details").is_none());
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_404_or_a_405_in_jinkos_envelope() {
    let bridge = TestBridge::start().await;
    for (method, path, status, code) in [
        ("GET", "/v1/trip/123", 404, "NOT_FOUND"),
        ("GET", "/v1/no/such/route", 404, "NOT_FOUND"),
        ("GET", "/v1/flight_search", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/v1/trip/123", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let answer = bridge.request(method, path).key(&bridge.key).send().await;
        envelope(&answer, status, code);
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn an_unclear_hotel_name_is_a_422_with_candidates() {
    let bridge = TestBridge::start().await;
    let named = json!({"hotel_name": "Grand Hotel Nowhere at All", "checkin": day(40), "checkout": day(42)});
    let answer = post(&bridge, "/v1/hotel_search", &named).await;
    let error = envelope(&answer, 422, "HOTEL_NAME_LOW_CONFIDENCE");
    let tool = json!({"destination": {"hotel_name": "Grand Hotel Nowhere at All"}, "checkin": day(40), "checkout": day(42)});
    let object = refused_tool(&bridge.call("hotel_search", tool).await, "unprocessable");
    assert_eq!(object["upstream"]["code"], "HOTEL_NAME_LOW_CONFIDENCE");
    assert!(error.get("top_candidates").is_some() && error.get("next_step").is_some(), "{error}");
}

#[tokio::test]
async fn keys_ids_and_guards_are_the_bridges() {
    let bridge = TestBridge::start().await;
    refused(&bridge.request("POST", "/v1/flight_search").send().await, "missing_api_key");
    let answer = bridge
        .request("GET", "/v1/trip/1")
        .header("x-api-key", &bridge.key)
        .header("x-request-id", "mine-1234")
        .send()
        .await;
    assert_eq!(answer.header("x-request-id"), Some("mine-1234"));
    envelope(&answer, 404, "NOT_FOUND");
    let large = bridge
        .request("POST", "/v1/flight_search")
        .key(&bridge.key)
        .body(vec![b' '; 5 * 1024 * 1024])
        .send()
        .await;
    refused(&large, "request_too_large");
    let middling = bridge
        .request("POST", "/v1/flight_search")
        .key(&bridge.key)
        .body(vec![b' '; 2 * 1024 * 1024])
        .send()
        .await;
    envelope(&middling, 413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn elsewhere_there_is_no_sandbox() {
    let upstream = RecordedUpstream::start().await;
    for environment in ["sandbox", "production"] {
        let bridge = TestBridge::start().upstream_at(environment, &upstream.base()).await;
        for (method, path) in [("POST", "/v1/flight_search"), ("GET", "/v1/trip/1"), ("GET", "/v1")] {
            let object = refused(&bridge.request(method, path).key(GOOD_KEY).send().await, "route_not_found");
            assert!(!object["message"].as_str().unwrap().contains("/v1"), "{object:?}");
        }
    }
    assert_eq!(upstream.seen().len(), 0);
}
