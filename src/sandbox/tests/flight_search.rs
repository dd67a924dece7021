//! `POST /v1/flight_search` (CONTRACT.md 7.4) as a client sees it.

use serde_json::json;

use super::*;

fn round_trip() -> Value {
    json!({
        "origin": "PAR", "destination": "BER", "departure_date": "2026-11-11", "return_date": "2026-11-13",
        "currency": "EUR", "limit": 300,
    })
}

fn one_way(origin: &str, destination: &str) -> Value {
    json!({
        "origin": origin, "destination": destination, "departure_date": "2027-03-12", "currency": "EUR", "limit": 300,
    })
}

async fn search(body: &Value) -> Value {
    let answered = post(&router(options()), "/v1/flight_search", body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

/// The field that a refusal names.
async fn refused_field(body: &Value) -> String {
    let answered = post(&router(options()), "/v1/flight_search", body).await;
    let error = answered.refused(400, "VALIDATION_FAILED");
    let field = error["details"]["field"].as_str().unwrap().to_owned();
    assert!(error["message"].as_str().unwrap().starts_with(&field), "{error}");
    field
}

fn offers(answer: &Value) -> &Vec<Value> {
    answer["offers"].as_array().unwrap()
}

fn fares(answer: &Value) -> Vec<&Value> {
    offers(answer).iter().flat_map(|offer| offer["fares"].as_array().unwrap()).collect()
}

fn cents(money: &Value) -> i64 {
    money["value"].as_i64().unwrap()
}

/// Minutes since midnight of a time with offset.
fn minute_of(time: &Value) -> u32 {
    let text = time.as_str().unwrap();
    text[11..13].parse::<u32>().unwrap() * 60 + text[14..16].parse::<u32>().unwrap()
}

/// One line an offer, for snapshots.
fn line(offer: &Value) -> String {
    let leg = |name: &str| {
        let leg = &offer[name];
        let first = &leg["segments"][0];
        format!(
            "{}{} {}-{} {}",
            first["airline"].as_str().unwrap(),
            first["flight_number"].as_str().unwrap(),
            leg["origin"].as_str().unwrap(),
            leg["destination"].as_str().unwrap(),
            &leg["departure_datetime"].as_str().unwrap()[..16],
        )
    };
    let fare = &offer["fares"][0];
    let price = fare["total_price"]["display"].as_str().unwrap();
    format!(
        "{} | {} | {price} {}",
        leg("outbound"),
        leg("inbound"),
        fare["trip_item_token"].as_str().unwrap()
    )
}

#[tokio::test]
async fn the_same_search_gives_the_same_offers_everywhere() {
    let answer = search(&round_trip()).await;
    let lines: Vec<String> = offers(&answer).iter().take(3).map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    TO8543 ORY-BER 2026-11-11T19:30 | TO8540 BER-ORY 2026-11-13T15:30 | EUR 176.60 offer__41fa6fcf:33-24-0
    TO8543 ORY-BER 2026-11-11T19:30 | TO8538 BER-ORY 2026-11-13T05:45 | EUR 180.66 offer__41fa6fcf:33-0-0
    TO8543 ORY-BER 2026-11-11T19:30 | TO8542 BER-ORY 2026-11-13T17:55 | EUR 190.40 offer__41fa6fcf:33-29-0
    ");
}

#[tokio::test]
async fn the_time_of_day_changes_nothing_and_the_date_and_seed_do() {
    let bytes_of = |now: &'static str, seed| async move {
        let sandbox = router(Options { seed, ..options_at(now) });
        post(&sandbox, "/v1/flight_search", &round_trip()).await.text
    };
    let morning = bytes_of("2026-11-01T00:00:01Z", 1).await;
    assert_eq!(morning, bytes_of("2026-11-01T23:59:59Z", 1).await);
    assert_ne!(morning, bytes_of("2026-11-02T00:00:01Z", 1).await);
    assert_ne!(morning, bytes_of("2026-11-01T00:00:01Z", 2).await);
}

#[tokio::test]
async fn an_offer_has_all_that_the_hosted_answer_shows() {
    let answer = search(&round_trip()).await;
    let offer = &offers(&answer)[0];
    assert_eq!((&offer["origin"], &offer["origin_city"]), (&json!("PAR"), &json!("Paris")));
    assert_eq!((&offer["destination"], &offer["destination_city"]), (&json!("BER"), &json!("Berlin")));
    assert_eq!(offer["is_round_trip"], true);
    for leg in [&offer["outbound"], &offer["inbound"]] {
        for name in ["airline", "airline_name", "departure_datetime", "arrival_datetime"] {
            assert!(leg[name].is_string(), "{name}: {leg}");
        }
        assert!(leg["duration_minutes"].is_u64() && leg["stops"].is_u64());
        let segment = &leg["segments"][0];
        for name in
            "airline airline_name flight_number aircraft departure_airport departure_city departure_time \
             arrival_airport arrival_city arrival_time operating_carrier"
                .split_whitespace()
        {
            assert!(segment[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {segment}");
        }
        assert!(segment["duration_minutes"].is_u64());
    }
    let fare = &offer["fares"][0];
    for name in
        "trip_item_token brand_name cabin_class refund_policy change_policy expires_at".split_whitespace()
    {
        assert!(fare[name].is_string(), "{name}: {fare}");
    }
    for name in "refundable changeable checked_bag_included is_refundable is_changeable".split_whitespace() {
        assert!(fare[name].is_boolean(), "{name}: {fare}");
    }
    assert!(fare["included_baggage"]["pieces"].is_u64() && fare["included_baggage"]["text"].is_string());
    assert_eq!(fare["price_per_passenger"][0]["passenger_type"], "ADT");
    assert_eq!(answer["provider_statuses"][0]["status"], "success");
}

#[tokio::test]
async fn offers_are_sorted_by_price_and_cut_at_the_limit() {
    let all = search(&with(round_trip(), &json!({ "limit": null }))).await;
    let cheapest: Vec<i64> =
        offers(&all).iter().map(|offer| cents(&offer["fares"][0]["total_price"])).collect();
    assert_eq!(cheapest.len(), 50);
    assert!(cheapest.is_sorted(), "{cheapest:?}");
    let few = search(&with(round_trip(), &json!({ "limit": 3 }))).await;
    assert_eq!(offers(&few).as_slice(), &offers(&all)[..3]);
    assert_eq!(few["total"], 3);
    assert!(few["provider_statuses"][0]["offer_count"].as_u64().unwrap() > 50);
}

#[tokio::test]
async fn brands_rise_in_price_and_tokens_count_them() {
    let answer = search(&round_trip()).await;
    let mut has_three = false;
    for offer in offers(&answer) {
        let fares = offer["fares"].as_array().unwrap();
        assert!((2..=3).contains(&fares.len()));
        has_three |= fares.len() == 3;
        assert!(fares.windows(2).all(|pair| cents(&pair[0]["total_price"]) < cents(&pair[1]["total_price"])));
        for (index, fare) in fares.iter().enumerate() {
            let (search, indexes) = fare["trip_item_token"].as_str().unwrap().split_once(':').unwrap();
            let digits = search.strip_prefix("offer__").unwrap();
            assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            assert!(indexes.ends_with(&format!("-{index}")) && indexes.split('-').count() == 3, "{indexes}");
        }
    }
    assert!(has_three);
}

#[tokio::test]
async fn a_token_means_the_same_fare_whatever_was_filtered() {
    let by_one_airline = with(round_trip(), &json!({ "include_carriers": ["AF"] }));
    let all = search(&by_one_airline).await;
    let filters =
        json!({ "refundable_only": true, "departure_time_range": { "earliest": "12:00" }, "limit": 1 });
    let some = search(&with(by_one_airline, &filters)).await;
    let fare = fares(&some)[0];
    let same = fares(&all).into_iter().find(|other| other["trip_item_token"] == fare["trip_item_token"]);
    assert_eq!(same, Some(fare));
}

#[tokio::test]
async fn everybody_pays_their_share_and_the_total_is_the_sum() {
    let party = json!({ "adults": 2, "children": 1, "infants": 1 });
    for currency in ["EUR", "USD", "JPY", "KWD", "BHD"] {
        let body = with(with(round_trip(), &party), &json!({ "currency": currency, "limit": 5 }));
        for fare in fares(&search(&body).await) {
            let parts = fare["price_per_passenger"].as_array().unwrap();
            let sum: i64 = parts
                .iter()
                .map(|part| part["quantity"].as_i64().unwrap() * cents(&part["total_per_person"]))
                .sum();
            assert_eq!(sum, cents(&fare["total_price"]), "{currency}");
            assert!(
                parts.iter().all(|part| cents(&part["base_fare"]) + cents(&part["taxes"])
                    == cents(&part["total_per_person"]))
            );
            let [adult, child, infant] = [0, 1, 2].map(|index| cents(&parts[index]["base_fare"]));
            assert!((child * 100 - adult * 75).abs() <= 300 && (infant * 100 - adult * 10).abs() <= 300);
        }
    }
}

#[tokio::test]
async fn money_has_the_decimals_of_its_currency() {
    for (currency, decimals) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("BHD", 3)] {
        let answer = search(&with(round_trip(), &json!({ "currency": currency }))).await;
        let price = &fares(&answer)[0]["total_price"];
        assert_eq!((&price["currency"], &price["decimal_places"]), (&json!(currency), &json!(decimals)));
        assert!(price["display"].as_str().unwrap().starts_with(currency));
    }
    let usual = search(&with(round_trip(), &json!({ "currency": null }))).await;
    assert_eq!(fares(&usual)[0]["total_price"]["currency"], "USD");
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused_by_name() {
    for (changes, field) in [
        (json!({ "origin": null }), "origin"),
        (json!({ "origin": "Paris" }), "origin"),
        (json!({ "origin": 7 }), "origin"),
        (json!({ "destination": "ber" }), "destination"),
        (json!({ "destination": "PAR" }), "destination"),
        (json!({ "departure_date": null }), "departure_date"),
        (json!({ "departure_date": "2026-10-31" }), "departure_date"),
        (json!({ "departure_date": "2026-02-30" }), "departure_date"),
        (json!({ "return_date": "2026-11-10" }), "return_date"),
        (json!({ "return_date": null, "trip_type": "roundtrip" }), "return_date"),
        (json!({ "trip_type": "oneway" }), "trip_type"),
        (json!({ "trip_type": "multi" }), "trip_type"),
        (json!({ "origin_type": "station" }), "origin_type"),
        (json!({ "currency": "XXX" }), "currency"),
        (json!({ "adults": 0 }), "adults"),
        (json!({ "adults": "2" }), "adults"),
        (json!({ "children": 9 }), "children"),
        (json!({ "infants": 2 }), "infants"),
        (json!({ "cabin_class": "steerage" }), "cabin_class"),
        (json!({ "limit": 301 }), "limit"),
        (json!({ "multi_fare": "no" }), "multi_fare"),
        (json!({ "max_price": 0 }), "max_price"),
        (json!({ "max_stops": 3 }), "max_stops"),
        (json!({ "max_stops": 1, "direct_only": true }), "direct_only"),
        (json!({ "include_carriers": ["AFR"] }), "include_carriers"),
        (json!({ "include_carriers": ["AF"], "exclude_carriers": ["AF"] }), "exclude_carriers"),
        (json!({ "departure_time_range": { "earliest": "8:00" } }), "departure_time_range"),
        (json!({ "aircraft_types": "320" }), "aircraft_types"),
        (json!({ "max_total": 100 }), "max_total"),
    ] {
        assert_eq!(refused_field(&with(round_trip(), &changes)).await, field, "{changes}");
    }
}

#[tokio::test]
async fn unknown_codes_and_far_dates_find_nothing_and_are_no_error() {
    for body in [
        one_way("QQQ", "BER"),
        one_way("PAR", "ZZZ"),
        with(one_way("PAR", "BER"), &json!({ "departure_date": "2028-01-01" })),
    ] {
        let answer = search(&body).await;
        assert!(offers(&answer).is_empty());
        assert_eq!(answer["total"], 0);
    }
}

#[tokio::test]
async fn a_city_code_is_all_its_airports_and_origin_type_narrows_it() {
    let origins = |answer: &Value| {
        let codes =
            offers(answer).iter().map(|offer| offer["outbound"]["origin"].as_str().unwrap().to_owned());
        codes.collect::<std::collections::BTreeSet<_>>()
    };
    let city = search(&one_way("PAR", "BER")).await;
    assert_eq!(origins(&city).into_iter().collect::<Vec<_>>(), ["CDG", "ORY"]);
    let airport = search(&one_way("ORY", "BER")).await;
    assert_eq!(origins(&airport).into_iter().collect::<Vec<_>>(), ["ORY"]);
    let as_airport = search(&with(one_way("PAR", "BER"), &json!({ "origin_type": "airport" }))).await;
    assert!(offers(&as_airport).is_empty(), "there is no airport PAR");
    let as_city = search(&with(one_way("ORY", "BER"), &json!({ "origin_type": "city" }))).await;
    assert!(offers(&as_city).is_empty(), "there is no city ORY");
}

#[tokio::test]
async fn what_has_left_is_not_offered_and_the_rest_keeps_its_tokens() {
    let body = json!({ "origin": "PAR", "destination": "BER", "departure_date": "2026-11-01", "limit": 300 });
    let at = |now: &'static str| {
        let body = body.clone();
        async move { post(&router(options_at(now)), "/v1/flight_search", &body).await.json() }
    };
    let (early, late) = (at("2026-11-01T00:00:00Z").await, at("2026-11-01T12:00:00Z").await);
    assert!(!offers(&late).is_empty() && offers(&late).len() < offers(&early).len());
    for offer in offers(&late) {
        assert!(minute_of(&offer["outbound"]["departure_datetime"]) > 13 * 60, "Paris is at 13:00");
        assert!(offers(&early).contains(offer));
    }
}

#[tokio::test]
async fn a_round_trip_on_one_day_leaves_time_to_turn() {
    let answer = search(&with(round_trip(), &json!({ "return_date": "2026-11-11" }))).await;
    assert!(!offers(&answer).is_empty());
    for offer in offers(&answer) {
        // Paris and Berlin share a clock.
        let (landed, left) =
            (&offer["outbound"]["arrival_datetime"], &offer["inbound"]["departure_datetime"]);
        assert!(minute_of(left) >= minute_of(landed) + 60, "{landed} {left}");
    }
}

#[tokio::test]
async fn fare_filters_leave_only_fares_that_keep_to_them() {
    for (filter, field) in [
        ("refundable_only", "refundable"),
        ("changeable_only", "changeable"),
        ("checked_bag_included", "checked_bag_included"),
    ] {
        let answer = search(&with(round_trip(), &json!({ filter: true }))).await;
        assert!(
            !offers(&answer).is_empty() && fares(&answer).iter().all(|fare| fare[field] == true),
            "{filter}"
        );
        assert_eq!(answer["applied_filters"], json!({ filter: true }));
    }
    let cap = cents(&fares(&search(&round_trip()).await)[0]["total_price"]) + 1000;
    let body = with(round_trip(), &json!({ "max_price": f64::from(u32::try_from(cap).unwrap()) / 100.0 }));
    let answer = search(&body).await;
    assert!(
        !offers(&answer).is_empty() && fares(&answer).iter().all(|fare| cents(&fare["total_price"]) <= cap)
    );
    let lone = search(&with(round_trip(), &json!({ "multi_fare": false }))).await;
    assert!(offers(&lone).iter().all(|offer| offer["fares"].as_array().unwrap().len() == 1));
}

#[tokio::test]
async fn carrier_filters_hold_and_an_empty_result_is_widened() {
    let airlines = |answer: &Value| {
        let legs = offers(answer)
            .iter()
            .flat_map(|offer| ["outbound", "inbound"].map(|leg| offer[leg]["airline"].clone()));
        legs.map(|airline| airline.as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let included = search(&with(round_trip(), &json!({ "include_carriers": ["AF", "ZZ"] }))).await;
    assert_eq!(airlines(&included).into_iter().collect::<Vec<_>>(), ["AF", "ZZ"]);
    assert_eq!(included["include_carriers_widened"], false);
    let excluded = search(&with(round_trip(), &json!({ "exclude_carriers": ["AF", "U2"] }))).await;
    assert!(!offers(&excluded).is_empty());
    assert!(airlines(&excluded).iter().all(|airline| airline != "AF" && airline != "U2"));
    let single = search(&with(round_trip(), &json!({ "single_carrier_only": true }))).await;
    assert!(offers(&single).iter().all(|offer| offer["outbound"]["airline"] == offer["inbound"]["airline"]));
    let widened = search(&with(round_trip(), &json!({ "include_carriers": ["SQ"] }))).await;
    assert!(!offers(&widened).is_empty());
    assert_eq!(widened["include_carriers_widened"], true);
    assert_eq!(widened["unapplied_filters"][0]["field"], "include_carriers");
    assert!(widened["filters_notice"].as_str().unwrap().contains("include_carriers"));
}

#[tokio::test]
async fn time_filters_are_local_and_inclusive() {
    let some = &offers(&search(&round_trip()).await)[0].clone();
    for (filter, leg, time) in [
        ("departure_time_range", "outbound", "departure_datetime"),
        ("arrival_time_range", "outbound", "arrival_datetime"),
        ("return_departure_time_range", "inbound", "departure_datetime"),
        ("return_arrival_time_range", "inbound", "arrival_datetime"),
    ] {
        let exactly = &some[leg][time].as_str().unwrap()[11..16];
        let answer =
            search(&with(round_trip(), &json!({ filter: { "earliest": exactly, "latest": exactly } }))).await;
        assert!(!offers(&answer).is_empty(), "{filter} {exactly}");
        assert!(offers(&answer).iter().all(|offer| offer[leg][time] == some[leg][time]), "{filter}");
    }
}

#[tokio::test]
async fn stop_filters_hold() {
    let all = search(&one_way("LIS", "NYC")).await;
    let stops = |answer: &Value| {
        offers(answer).iter().map(|offer| offer["outbound"]["stops"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert!(stops(&all).contains(&0) && stops(&all).contains(&1));
    for direct in [json!({ "max_stops": 0 }), json!({ "direct_only": true })] {
        let answer = search(&with(one_way("LIS", "NYC"), &direct)).await;
        assert!(!offers(&answer).is_empty() && stops(&answer).iter().all(|stops| *stops == 0));
    }
    let hub =
        |offer: &Value| offer["outbound"]["segments"][0]["arrival_airport"].as_str().unwrap().to_owned();
    let some_hub = offers(&all).iter().find(|offer| offer["outbound"]["stops"] == 1).map(hub).unwrap();
    let via = search(&with(one_way("LIS", "NYC"), &json!({ "via_airports": [some_hub] }))).await;
    assert!(!offers(&via).is_empty() && offers(&via).iter().all(|offer| hub(offer) == some_hub));
    let not_via = search(&with(one_way("LIS", "NYC"), &json!({ "exclude_via_airports": [some_hub] }))).await;
    assert!(stops(&not_via).contains(&1) && offers(&not_via).iter().all(|offer| hub(offer) != some_hub));
}

#[tokio::test]
async fn duration_and_connection_filters_hold() {
    let wait = |offer: &Value| {
        let leg = &offer["outbound"];
        let flown: u64 = leg["segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|segment| segment["duration_minutes"].as_u64().unwrap())
            .sum();
        leg["duration_minutes"].as_u64().unwrap() - flown
    };
    let body = with(
        one_way("LIS", "NYC"),
        &json!({ "connection_time_min_minutes": 100, "connection_time_max_minutes": 300 }),
    );
    let answer = search(&body).await;
    let waits: Vec<u64> = offers(&answer).iter().map(wait).collect();
    assert!(waits.iter().any(|wait| *wait > 0));
    assert!(waits.iter().all(|wait| *wait == 0 || (100..=300).contains(wait)), "{waits:?}");
    let short = search(&with(one_way("LIS", "NYC"), &json!({ "max_total_duration_minutes": 600 }))).await;
    assert!(!offers(&short).is_empty());
    assert!(
        offers(&short).iter().all(|offer| offer["outbound"]["duration_minutes"].as_u64().unwrap() <= 600)
    );
}

#[tokio::test]
async fn a_filter_that_is_not_applied_is_said_not_to_be() {
    let filters = json!({
        "aircraft_types": ["320"], "nearby_airports": true, "origin_alternate_airports": ["ORY"],
        "return_departure_time_range": { "earliest": "10:00" }, "max_stops": 1,
    });
    let answer = search(&with(one_way("CDG", "BER"), &filters)).await;
    let unapplied = answer["unapplied_filters"].as_array().unwrap();
    let fields: Vec<&str> = unapplied.iter().map(|filter| filter["field"].as_str().unwrap()).collect();
    let expected =
        ["return_departure_time_range", "aircraft_types", "origin_alternate_airports", "nearby_airports"];
    assert_eq!(fields, expected);
    assert!(
        unapplied.iter().all(|filter| filter["reason"].as_str().is_some_and(|reason| !reason.is_empty()))
    );
    assert_eq!(answer["applied_filters"], json!({ "max_stops": 1 }));
    assert!(answer["filters_notice"].is_string());
}

#[tokio::test]
async fn the_test_airline_flies_everywhere() {
    for (origin, destination) in [("PAR", "BER"), ("SYD", "JNB"), ("GRU", "YUL")] {
        let answer =
            search(&with(one_way(origin, destination), &json!({ "include_carriers": ["ZZ"] }))).await;
        assert_eq!(answer["include_carriers_widened"], false, "{origin}-{destination}");
        let numbers: std::collections::BTreeSet<&str> = offers(&answer)
            .iter()
            .map(|offer| offer["outbound"]["segments"][0]["flight_number"].as_str().unwrap())
            .collect();
        assert_eq!(numbers.into_iter().collect::<Vec<_>>(), ["101", "201", "301", "401"]);
    }
}
