//! What a call sends to Jinko, byte for byte, and what sends nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    GOOD_KEY, REFUSED_KEY, RecordedUpstream, Reply, Request, TestBridge, call, day, eventually,
    flight_arguments, hotel_arguments, refused_tool,
};

fn version() -> String {
    format!("jinko-bridge/{}", env!("CARGO_PKG_VERSION"))
}

fn with_everything(request: Request) -> Request {
    request
        .header("x-request-id", "caller-id.7_A")
        .header("x-session-id", "session-9")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("tracestate", "vendor=secret-of-the-caller")
        .header("baggage", "user=somebody")
        .header("cookie", "session=caller")
        .header("user-agent", "CallersAgent/1.0")
        .header("x-forwarded-for", "203.0.113.9")
        .header("forwarded", "for=203.0.113.9")
        .header("referer", "https://caller.example/page")
        .header("accept-language", "de")
        .header("accept-encoding", "gzip, br")
        .header("idempotency-key", "caller-1")
        .header("x-whatever", "caller")
}

#[tokio::test]
async fn a_search_reaches_jinko_with_exactly_these_headers() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    for (tool, arguments) in [("flight_search", flight_arguments()), ("hotel_search", hotel_arguments())] {
        upstream.forget();
        let answer = with_everything(bridge.mcp(&call(tool, arguments)).key(GOOD_KEY)).send().await;
        assert_eq!(answer.header("x-request-id"), Some("caller-id.7_A"));
        assert!(!answer.tool().is_error());
        let [seen] = upstream.calls().try_into().unwrap();
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", format!("/v1/{tool}").as_str()));
        let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
        let expected = BTreeSet::from([
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "traceparent",
            "x-client-kind",
            "x-request-id",
            "x-session-id",
            "x-source",
        ]);
        assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), expected);
        assert_eq!(names.len(), expected.len(), "no header stands twice: {names:?}");
        let (host, version, length) = (upstream.host(), version(), seen.body.len().to_string());
        for (name, value) in [
            ("authorization", "Bearer jnk_t_sEcReT_51kX0aQ2"),
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("content-length", &length),
            ("host", &host),
            ("x-source", "mcp-bridge"),
            ("x-client-kind", &version),
            ("x-request-id", "caller-id.7_A-1"),
            ("x-session-id", "session-9"),
        ] {
            assert_eq!(seen.header(name), Some(value), "{name}");
        }
        let trace = seen.header("traceparent").unwrap();
        assert!(
            trace.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && trace.ends_with("-01"),
            "{trace}"
        );
        assert!(!trace.contains("b7ad6b7169203331") && trace.len() == 55, "the span is new: {trace}");
    }
}

#[tokio::test]
async fn ids_that_cannot_travel_are_replaced() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    for id in ["short", "has space in it", "semi;colon;here", &"x".repeat(129)] {
        upstream.forget();
        let request = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY);
        let request =
            request.header("x-request-id", id).header("x-session-id", id).header("traceparent", "00-zz");
        let answer = request.send().await;
        let ours = answer.header("x-request-id").unwrap();
        assert_ne!(ours, id);
        let [seen] = upstream.calls().try_into().unwrap();
        assert_eq!(seen.header("x-request-id"), Some(format!("{ours}-1").as_str()));
        assert_eq!(seen.header("x-session-id"), None);
        assert_eq!(seen.header("traceparent").map(str::len), Some(55), "a trace is begun");
    }
}

#[tokio::test]
async fn the_probe_is_a_read_of_a_trip_that_cannot_exist() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let answer = with_everything(bridge.request("GET", "/usage").header("x-api-key", GOOD_KEY)).send().await;
    assert_eq!(answer.status, 200);
    let [probe] = upstream.seen().try_into().unwrap();
    assert_eq!((probe.method.as_str(), probe.body.len()), ("GET", 0));
    assert!(probe.path.starts_with("/v1/trip/") && probe.path.len() > 10, "{}", probe.path);
    assert_eq!(
        probe.header("authorization"),
        Some("Bearer jnk_t_sEcReT_51kX0aQ2"),
        "whichever header it came in"
    );
    let names: BTreeSet<&str> = probe.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["accept", "authorization", "host", "traceparent", "x-client-kind", "x-request-id", "x-source"];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(bridge.used().await, 0, "a probe is no unit");
}

#[tokio::test]
async fn a_key_in_the_other_header_becomes_a_bearer() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    for value in [GOOD_KEY, "\"jnk_t_sEcReT_51kX0aQ2\"", "  jnk_t_sEcReT_51kX0aQ2  "] {
        upstream.forget();
        let answer =
            bridge.mcp(&call("flight_search", flight_arguments())).header("x-api-key", value).send().await;
        assert!(!answer.tool().is_error());
        let [seen] = upstream.calls().try_into().unwrap();
        assert_eq!(seen.header("authorization"), Some("Bearer jnk_t_sEcReT_51kX0aQ2"));
        assert_eq!(seen.header("x-api-key"), None);
    }
}

/// CONTRACT 10: REST takes flat bodies, and what is for the hosted server alone stays here.
#[tokio::test]
async fn arguments_travel_in_rest_form() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let (out, back) = (day(40), day(42));
    let ranges = json!({"earliest": "06:00", "latest": "22:30"});
    let flights = (
        "flight_search",
        json!({
            "search": {
                "origin": "PAR", "destination": "BER", "departure_date": out, "return_date": back, "origin_type": "city",
                "trip_type": "roundtrip", "cabin_class": "premium_economy", "max_stops": 0, "multi_fare": false,
                "max_price": 199.99, "limit": 300, "include_carriers": ["U2", "AF"], "departure_time_range": ranges,
                "exclude_via_airports": ["LHR"], "direct_only": null,
            },
            "passengers": {"adults": 2, "children": 1, "infants": 0}, "currency": "EUR", "locale": "fr-FR",
            "user_intent": "a weekend with my sister",
        }),
        json!({
            "origin": "PAR", "destination": "BER", "departure_date": out, "return_date": back, "origin_type": "city",
            "trip_type": "roundtrip", "cabin_class": "premium_economy", "max_stops": 0, "multi_fare": false,
            "max_price": 199.99, "limit": 300, "include_carriers": ["U2", "AF"], "departure_time_range": ranges,
            "exclude_via_airports": ["LHR"], "adults": 2, "children": 1, "infants": 0, "currency": "EUR", "locale": "fr-FR",
        }),
    );
    let hotels = (
        "hotel_search",
        json!({
            "destination": {"latitude": 52.509_582_421_239_664, "longitude": -13.5, "radius_km": 2.5}, "checkin": out,
            "checkout": back, "adults": 2, "children": [3, 12], "rooms": 1, "currency": "EUR", "guest_nationality": "fr",
            "filters": {"min_rating": 0, "min_star_rating": 3, "max_star_rating": 5, "chain_ids": ["accor", 7], "offset": 20},
            "user_intent": "quiet",
        }),
        json!({
            "latitude": 52.509_582_421_239_664, "longitude": -13.5, "radius_km": 2.5, "checkin": out, "checkout": back,
            "adults": 2, "children": [3, 12], "rooms": 1, "currency": "EUR", "guest_nationality": "fr", "min_rating": 0,
            "min_star_rating": 3, "max_star_rating": 5, "chain_ids": ["accor", 7], "offset": 20,
        }),
    );
    for (tool, given, expected) in [flights, hotels] {
        upstream.forget();
        let answered = bridge.call(tool, given).await;
        assert!(!answered.is_error(), "{:#}", answered.result);
        let [seen] = upstream.calls().try_into().unwrap();
        assert_eq!(seen.json(), expected);
        let numbers = String::from_utf8(seen.body).unwrap();
        if tool == "hotel_search" {
            assert!(numbers.contains("52.509582421239664") && numbers.contains("-13.5"), "{numbers}");
        }
    }
}

#[tokio::test]
async fn refused_arguments_send_nothing_and_are_named_all_at_once() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let out = day(40);
    let cases: [(&str, Value, &[&str]); 8] = [
        (
            "flight_search",
            json!({
                "search": {"orgin": "PAR", "destination": "Berlin", "departure_date": "2027-02-30", "max_stops": 3,
                           "cabin_class": "cheap", "include_carriers": ["AF", "air"]},
                "passengers": {"adults": "12"}, "month": 3,
            }),
            &[
                "search.orgin",
                "search.origin",
                "search.destination",
                "search.departure_date",
                "search.max_stops",
                "search.cabin_class",
                "search.include_carriers[1]",
                "passengers.adults",
                "month",
            ],
        ),
        (
            "flight_search",
            json!({"search": {"origin": "PAR", "destination": "PAR", "departure_date": day(40), "return_date": day(30),
                              "trip_type": "oneway", "origin_type": "airport"}}),
            &["search.return_date", "search.trip_type", "search.destination", "search.origin_type"],
        ),
        (
            "flight_search",
            json!({"search": {"origin": "PAR", "destination": "BER", "departure_date": day(-3)}}),
            &["search.departure_date"],
        ),
        ("flight_search", json!({}), &["search"]),
        (
            "hotel_search",
            json!({"destination": {"city": "Berlin"}, "checkin": "tomorrow", "checkout": out, "occupancies": [], "children": [18]}),
            &["destination.city", "checkin", "occupancies", "children[0]"],
        ),
        (
            "hotel_search",
            json!({"destination": {"city_name": "Berlin", "query": "Berlin"}, "checkin": out, "checkout": out}),
            &["destination", "destination.country_code", "checkout"],
        ),
        ("usage", json!({"key": "mine"}), &["key"]),
        ("usage", json!([1]), &["arguments"]),
    ];
    for (tool, arguments, paths) in cases {
        let refused = bridge.call(tool, arguments.clone()).await;
        let object = refused_tool(&refused, "invalid_arguments");
        let named: BTreeSet<&str> = object["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| problem["path"].as_str().unwrap())
            .collect();
        assert_eq!(named, paths.iter().copied().collect(), "{arguments}: {object:#?}");
        for path in paths {
            assert!(refused.text().contains(&format!("`{path}`")), "{path} is not in {}", refused.text());
        }
        assert_eq!(refused.quota()["used"], 0);
    }
    assert_eq!(upstream.calls().len(), 0);
}

/// Also where the answer is a stream that has begun.
#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_to_jinko_along() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/flight_search", Reply::Hang);
    let request = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY);
    let waiting = tokio::spawn(request.clone().send());
    eventually("the call at Jinko", async || (upstream.calls().len() == 1).then_some(())).await;
    waiting.abort();
    eventually("the end of the call at Jinko", async || (upstream.abandoned() == 1).then_some(())).await;
    let stream = request.replace("accept", "text/event-stream").open().await;
    eventually("the next call at Jinko", async || (upstream.calls().len() == 2).then_some(())).await;
    drop(stream);
    eventually("its end", async || (upstream.abandoned() == 2).then_some(())).await;
    assert_eq!(bridge.used().await, 2, "what was sent is counted");
}

/// CONTRACT 7.13: Jinko answers these to anybody who knows the reference. Through us nobody gets there without a key that
/// Jinko accepts.
#[tokio::test]
async fn a_guest_route_is_reached_with_a_good_key_alone() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/get_booking", Reply::json(200, &json!({"booking": {"status": "confirmed"}})));
    let message = call("get_booking", json!({"booking_ref": "JNK-A1B2C3", "last_name": "Example"}));
    let refused = bridge.mcp(&message).key(REFUSED_KEY).send().await;
    assert_eq!((refused.status.as_u16(), upstream.calls().len()), (401, 0));
    let answer = bridge.mcp(&message).key(GOOD_KEY).send().await.tool();
    assert_eq!(answer.data()["booking"]["status"], "confirmed");
    assert_eq!(upstream.calls().len(), 1);
}

#[tokio::test]
async fn a_route_that_this_key_lacks_has_a_code_of_its_own() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let arguments = json!({"departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": day(30)});
    refused_tool(&bridge.call("find_ground", arguments).await, "not_enabled_for_key");
    let trip = bridge.call("get_trip", json!({"trip_id": "trip_1"})).await;
    refused_tool(&trip, "not_found");
}
