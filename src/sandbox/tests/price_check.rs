//! `POST /v1/flight_search` with an `offer_token` (CONTRACT.md 3.3, 7.4) as a client sees it.

use serde_json::json;

use super::*;

async fn calendar(sandbox: &axum::Router, changes: &Value) -> Vec<Value> {
    let body = json!({
        "origins": ["LON"], "destinations": ["NYC"], "trip_type": "roundtrip", "stay_days": 6, "currency": "EUR",
        "departure_date_ranges": [{ "start": "2027-03-01", "end": "2027-03-28" }], "limit": 100,
    });
    let answer = post(sandbox, "/v1/flight_calendar", &with(body, changes)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["itineraries"].as_array().unwrap().clone()
}

async fn check(sandbox: &axum::Router, body: &Value) -> Value {
    let answered = post(sandbox, "/v1/flight_search", body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

fn minor(money: &Value) -> i64 {
    money["value"].as_i64().unwrap()
}

#[tokio::test]
async fn a_token_alone_finds_its_offer_and_about_eighty_in_a_hundred_prices_still_hold() {
    let sandbox = router(options());
    let (mut exact, mut near, mut count) = (0, 0, 0);
    for changes in [
        json!({}),
        json!({ "destinations": ["MAD"], "limit": 20 }),
        json!({ "destinations": ["ATH"], "limit": 20 }),
        json!({ "destinations": ["BER"], "currency": "JPY", "limit": 20 }),
        json!({ "destinations": ["DXB"], "limit": 20 }),
    ] {
        for found in calendar(&sandbox, &changes).await {
            let checked = check(&sandbox, &json!({ "offer_token": found["offer_token"] })).await;
            let offer = &checked["offers"][0];
            for leg in ["outbound", "inbound"] {
                for name in
                    ["airline", "origin", "destination", "departure_datetime", "arrival_datetime", "stops"]
                {
                    assert_eq!(offer[leg][name], found[leg][name], "{leg} {name}");
                }
            }
            let (then, now) = (minor(&found["total"]), minor(&offer["fares"][0]["price_per_person"]));
            assert_eq!(minor(&checked["search_price"]), then);
            assert_eq!(minor(&checked["current_price"]), now);
            assert_eq!(minor(&checked["price_diff"]), now - then);
            let status = match now.cmp(&then) {
                std::cmp::Ordering::Equal => ("confirmed", "match"),
                std::cmp::Ordering::Greater => ("price_changed", "price_increased"),
                std::cmp::Ordering::Less => ("price_changed", "price_decreased"),
            };
            assert_eq!(
                (checked["status"].as_str(), checked["price_status"].as_str()),
                (Some(status.0), Some(status.1))
            );
            exact += i32::from(now == then);
            near += i32::from((now - then).abs() * 1000 <= now * 31);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
    let percent = |part: i32| part * 100 / count;
    assert!((75..=97).contains(&percent(near)), "{} of {count} within 3 %", percent(near));
    assert!((45..=90).contains(&percent(exact)), "{} of {count} to the cent", percent(exact));
}

#[tokio::test]
async fn the_fare_of_a_check_is_the_fare_of_a_search() {
    let sandbox = router(options());
    let found = &calendar(&sandbox, &json!({ "origins": ["LHR"], "destinations": ["JFK"] })).await[0];
    let checked = check(&sandbox, &json!({ "offer_token": found["offer_token"] })).await;
    let day = |leg: &str| found[leg]["departure_datetime"].as_str().unwrap()[..10].to_owned();
    let body = json!({
        "origin": "LHR", "destination": "JFK", "departure_date": day("outbound"), "return_date": day("inbound"),
        "currency": "EUR", "limit": 300,
    });
    let searched = check(&sandbox, &body).await;
    let same = searched["offers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|offer| offer["fares"] == checked["offers"][0]["fares"]);
    assert!(same.is_some(), "tokens and prices are those of a search of the two airports");
}

#[tokio::test]
async fn passengers_and_currency_are_the_discoverys_unless_they_are_sent() {
    let sandbox = router(options());
    let found = &calendar(&sandbox, &json!({ "adults": 2, "children": 1, "currency": "GBP" })).await[0];
    let quantities = |checked: &Value| -> Vec<u64> {
        let parts = checked["offers"][0]["fares"][0]["price_per_passenger"].as_array().unwrap();
        parts.iter().map(|part| part["quantity"].as_u64().unwrap()).collect()
    };
    let checked = check(&sandbox, &json!({ "offer_token": found["offer_token"] })).await;
    assert_eq!(quantities(&checked), [2, 1]);
    assert_eq!(checked["current_price"]["currency"], "GBP");
    let other = json!({ "offer_token": found["offer_token"], "adults": 1, "currency": "JPY" });
    let checked = check(&sandbox, &other).await;
    assert_eq!(quantities(&checked), [1]);
    assert_eq!(checked["offers"][0]["fares"][0]["total_price"]["currency"], "JPY");
}

#[tokio::test]
async fn route_and_dates_may_stand_beside_the_token_and_must_be_its_own() {
    let sandbox = router(options());
    let found = &calendar(&sandbox, &json!({})).await[0];
    let day = |leg: &str| found[leg]["departure_datetime"].as_str().unwrap()[..10].to_owned();
    let body = json!({
        "offer_token": found["offer_token"], "origin": "LON", "destination": found["destination"]["code"],
        "departure_date": day("outbound"), "return_date": day("inbound"), "max_stops": 0, "cabin_class": "first",
    });
    let checked = check(&sandbox, &body).await;
    assert_eq!(checked["offers"].as_array().unwrap().len(), 1);
    assert_eq!(checked["unapplied_filters"][0]["field"], "max_stops");
    assert_eq!(checked["unapplied_filters"][1]["field"], "cabin_class");
    for (changes, field) in [
        (json!({ "origin": "PAR" }), "origin"),
        (json!({ "origin": "London" }), "origin"),
        (json!({ "destination": "LAX" }), "destination"),
        (json!({ "departure_date": "2027-04-01" }), "departure_date"),
        (json!({ "return_date": "soon" }), "return_date"),
        (json!({ "adults": 0 }), "adults"),
        (json!({ "currency": "XXX" }), "currency"),
        (json!({ "offer_token": 7 }), "offer_token"),
        (json!({ "offer_token": "" }), "offer_token"),
    ] {
        let answered = post(&sandbox, "/v1/flight_search", &with(body.clone(), &changes)).await;
        assert_eq!(answered.refused(400, "VALIDATION_FAILED")["details"]["field"], field, "{changes}");
    }
}

#[tokio::test]
async fn an_old_or_unknown_token_is_an_unavailable_offer_and_no_error() {
    let found = &calendar(&router(options()), &json!({})).await[0];
    let tomorrow = router(options_at("2026-11-02T00:00:00Z"));
    let expired = check(&tomorrow, &json!({ "offer_token": found["offer_token"] })).await;
    assert_eq!(
        (&expired["status"], &expired["unavailable_reason"]),
        (&json!("offer_unavailable"), &json!("expired"))
    );
    assert_eq!(expired["offers"], json!([]));
    assert!(!expired["alternative_offers"].as_array().unwrap().is_empty());
    for token in ["es-abc123_AMD", "es-RlI4Q0", "nonsense", "offer__0a1b2c3d:0-1-0"] {
        let unknown = check(&router(options()), &json!({ "offer_token": token })).await;
        assert_eq!(unknown["status"], "offer_unavailable", "{token}");
        assert_eq!(unknown["unavailable_reason"], "unknown_offer", "{token}");
        assert_eq!(unknown["price_status"], "flight_not_found");
    }
    let other_seed = router(Options { seed: 2, ..options() });
    let unknown = check(&other_seed, &json!({ "offer_token": found["offer_token"] })).await;
    assert_eq!(unknown["unavailable_reason"], "unknown_offer");
}

#[tokio::test]
async fn a_flight_that_has_left_since_is_unavailable() {
    let today = json!({
        "origins": ["PAR"], "destinations": ["BER"], "trip_type": "oneway", "stay_days": null, "limit": 100,
        "departure_date_ranges": null, "departure_dates": ["2026-11-01"],
    });
    let early = calendar(&router(options_at("2026-11-01T00:00:00Z")), &today).await;
    let late = router(options_at("2026-11-01T21:30:00Z"));
    let checked = check(&late, &json!({ "offer_token": early[0]["offer_token"] })).await;
    assert_eq!(
        (&checked["status"], &checked["unavailable_reason"]),
        (&json!("offer_unavailable"), &json!("departed"))
    );
}

/// The README's way to the simulations: a route that nobody else flies nonstop.
#[tokio::test]
async fn the_test_airline_simulates_a_price_change_and_a_sell_out() {
    let sandbox = router(options());
    let alone = json!({
        "origins": ["YUL"], "destinations": ["JNB"], "trip_type": "oneway", "stay_days": null, "direct_only": true,
        "departure_date_ranges": null, "departure_dates": ["2027-03-12"],
    });
    let found = calendar(&sandbox, &alone).await;
    assert_eq!(found.len(), 4, "{found:?}");
    let mut seen = std::collections::BTreeMap::new();
    for itinerary in &found {
        assert_eq!(itinerary["outbound"]["airline"], "ZZ");
        let checked = check(&sandbox, &json!({ "offer_token": itinerary["offer_token"] })).await;
        let number = checked["offers"][0]["outbound"]["segments"][0]["flight_number"]
            .as_str()
            .unwrap_or("301")
            .to_owned();
        let reason = checked["unavailable_reason"].as_str().unwrap_or_default();
        let status = format!("{} {reason}", checked["status"].as_str().unwrap());
        if number == "301" {
            let others = checked["alternative_offers"].as_array().unwrap();
            assert!(!others.is_empty());
            let numbers = others.iter().map(|offer| &offer["outbound"]["segments"][0]["flight_number"]);
            assert!(numbers.into_iter().all(|number| number != "301"));
        }
        if number == "201" {
            assert_eq!(checked["price_status"], "price_increased");
            let (diff, now) = (minor(&checked["price_diff"]), minor(&checked["current_price"]));
            assert!((diff * 100 - now * 11).abs() <= 100, "{diff} of {now}");
        }
        seen.insert(number, status.trim_end().to_owned());
    }
    let expected = [
        ("101", "confirmed"),
        ("201", "price_changed"),
        ("301", "offer_unavailable sold_out"),
        ("401", "confirmed"),
    ];
    assert_eq!(
        seen.iter().map(|(number, status)| (number.as_str(), status.as_str())).collect::<Vec<_>>(),
        expected
    );
}
