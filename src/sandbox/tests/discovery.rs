//! The cached discovery (CONTRACT.md 7.1 to 7.3) as a client sees it.

use serde_json::json;

use super::*;

fn month() -> Value {
    json!({
        "origins": ["PAR"], "destinations": ["LIS"], "trip_type": "oneway", "currency": "EUR",
        "departure_date_ranges": [{ "start": "2027-03-01", "end": "2027-03-31" }],
    })
}

fn round_month() -> Value {
    with(month(), &json!({ "trip_type": "roundtrip", "stay_days": 7 }))
}

fn from_paris() -> Value {
    with(month(), &json!({ "origins": ["CDG", "ORY"], "destinations": null }))
}

fn monitored() -> Value {
    json!({ "origin": "PAR", "destination": "NYC", "departure_date": "2027-06-17", "return_date": "2027-06-26", "currency": "EUR" })
}

async fn ask(path: &str, body: &Value) -> Value {
    let answered = post(&router(options()), path, body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

async fn calendar(body: &Value) -> Value {
    ask("/v1/flight_calendar", body).await
}

fn itineraries(answer: &Value) -> &Vec<Value> {
    answer["itineraries"].as_array().unwrap()
}

fn cents(itinerary: &Value) -> i64 {
    itinerary["total"]["value"].as_i64().unwrap()
}

fn day(itinerary: &Value, leg: &str) -> String {
    itinerary[leg]["departure_datetime"].as_str().unwrap()[..10].to_owned()
}

fn line(itinerary: &Value) -> String {
    let leg = &itinerary["outbound"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    format!(
        "{} {}-{} {} {} {} {}",
        text(&leg["airline"]),
        text(&leg["origin"]),
        text(&leg["destination"]),
        &text(&leg["departure_datetime"])[..16],
        text(&itinerary["total"]["display"]),
        text(&itinerary["priced_at"]),
        text(&itinerary["offer_token"]),
    )
}

#[tokio::test]
async fn a_month_is_found_cheapest_first_with_all_that_the_contract_names() {
    let answer = calendar(&month()).await;
    assert_eq!(itineraries(&answer).len(), 20);
    assert!(itineraries(&answer).is_sorted_by_key(cents));
    for itinerary in itineraries(&answer) {
        assert_eq!(itinerary["id"], itinerary["offer_token"]);
        assert!(itinerary["offer_token"].as_str().unwrap().starts_with("es-"));
        assert!(itinerary["origin"]["name"].is_string() && itinerary["destination"]["code"] == "LIS");
        for name in
            "origin destination airline airline_name departure_datetime arrival_datetime".split_whitespace()
        {
            assert!(itinerary["outbound"][name].is_string(), "{name}: {itinerary}");
        }
        assert!(
            itinerary["outbound"]["stops"].is_u64() && itinerary["outbound"]["duration_minutes"].is_u64()
        );
        assert!(itinerary.get("inbound").is_none());
        assert!(itinerary["priced_at"].as_str().unwrap() < "2026-11-01T00:00:00Z", "{itinerary}");
        assert!(day(itinerary, "outbound").starts_with("2027-03-"));
    }
    assert_eq!(answer["price_basis"], "one adult");
}

#[tokio::test]
async fn the_same_month_gives_the_same_itineraries_everywhere() {
    let answer = calendar(&month()).await;
    let lines: Vec<String> = itineraries(&answer).iter().take(2).map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    U2 ORY-LIS 2027-03-21T07:05 EUR 75.77 2026-10-30T15:00:00Z es-HdgBAACMUupBjAMmIfsAANQhMg
    U2 ORY-LIS 2027-03-09T07:05 EUR 77.22 2026-10-31T23:43:00Z es-HdgBAACAUupBjAMmIfsAAIWARA
    ");
    for path in ["/v1/flight_calendar", "/v1/find_destination"] {
        let bytes_of = |now: &'static str, seed| async move {
            post(&router(Options { seed, ..options_at(now) }), path, &month()).await.text
        };
        let morning = bytes_of("2026-11-01T00:00:01Z", 1).await;
        assert_eq!(morning, bytes_of("2026-11-01T23:59:59Z", 1).await);
        assert_ne!(morning, bytes_of("2026-11-02T00:00:01Z", 1).await);
        assert_ne!(morning, bytes_of("2026-11-01T00:00:01Z", 2).await);
    }
}

#[tokio::test]
async fn pages_follow_one_another_by_offset_or_token() {
    let all = calendar(&with(month(), &json!({ "limit": 100 }))).await;
    let first = calendar(&month()).await;
    let token = first["next_page_token"].as_str().unwrap();
    assert_eq!(token, "eyJvZmZzZXQiOjIwfQ==", "the contract's own example");
    assert_eq!(all["total"], first["total"]);
    for next in [json!({ "offset": 20 }), json!({ "next_page_token": token }), json!({ "page_token": token })]
    {
        let second = calendar(&with(month(), &next)).await;
        assert_eq!(itineraries(&second).as_slice(), &itineraries(&all)[20..40], "{next}");
    }
    let last = calendar(&with(month(), &json!({ "offset": 100_000 }))).await;
    assert!(itineraries(&last).is_empty() && last.get("next_page_token").is_none());
}

#[tokio::test]
async fn dates_are_a_list_or_ranges_and_a_stay_makes_pairs() {
    let listed = calendar(&with(
        month(),
        &json!({ "departure_date_ranges": null, "departure_dates": ["2027-03-12"] }),
    ))
    .await;
    assert!(
        itineraries(&listed).len() > 3
            && itineraries(&listed).iter().all(|found| day(found, "outbound") == "2027-03-12")
    );
    let stay = calendar(&with(round_month(), &json!({ "limit": 100 }))).await;
    for found in itineraries(&stay) {
        let days = |leg| day(found, leg).parse::<jiff::civil::Date>().unwrap();
        assert_eq!(super::super::calendar::days_between(days("outbound"), days("inbound")), 7);
        assert_eq!(found["inbound"]["origin"], "LIS");
    }
    let returns = json!({ "stay_days": null, "return_dates": ["2027-03-20"], "stay_days_range": { "min": 3, "max": 5 } });
    let fixed = calendar(&with(round_month(), &returns)).await;
    let departures: std::collections::BTreeSet<String> =
        itineraries(&fixed).iter().map(|found| day(found, "outbound")).collect();
    assert_eq!(departures.into_iter().collect::<Vec<_>>(), ["2027-03-15", "2027-03-16", "2027-03-17"]);
    assert!(itineraries(&fixed).iter().all(|found| day(found, "inbound") == "2027-03-20"));
    let open =
        calendar(&with(round_month(), &json!({ "departure_date_ranges": null, "stay_days": null }))).await;
    assert!(!itineraries(&open).is_empty() && open["dates_notice"].is_string(), "{open}");
}

#[tokio::test]
async fn find_dates_spreads_over_dates_and_lowest_fare_does_not() {
    let dates = ask("/v1/find_dates", &month()).await;
    let days: std::collections::BTreeSet<String> =
        itineraries(&dates).iter().map(|found| day(found, "outbound")).collect();
    assert_eq!((itineraries(&dates).len(), days.len()), (10, 10));
    let one_day = with(month(), &json!({ "departure_date_ranges": null, "departure_dates": ["2027-03-12"] }));
    let lowest = ask("/v1/lowest_fare", &one_day).await;
    assert_eq!(itineraries(&lowest).len(), 10);
    assert!(itineraries(&lowest).is_sorted_by_key(cents));
    assert_eq!(itineraries(&lowest)[0], itineraries(&calendar(&one_day).await)[0]);
}

#[tokio::test]
async fn of_several_destinations_the_cheapest_comes_back() {
    let several = calendar(&with(month(), &json!({ "destinations": ["NYC", "LIS", "QQQ"] }))).await;
    assert_eq!(itineraries(&several), itineraries(&calendar(&month()).await));
    let unknown = calendar(&with(month(), &json!({ "destinations": ["QQQ"] }))).await;
    assert!(itineraries(&unknown).is_empty());
}

#[tokio::test]
async fn filters_are_kept_or_said_not_to_be() {
    let cap = cents(&itineraries(&calendar(&month()).await)[3]);
    let capped = json!({ "max_total": f64::from(u32::try_from(cap).unwrap()) / 100.0, "adults": 3 });
    for found in itineraries(&calendar(&with(month(), &capped)).await) {
        assert!(cents(found) <= cap, "of one adult, whatever the party");
    }
    let filters = json!({
        "direct_only": true, "departure_time_range": { "latest": "10:00" }, "exclude_carriers": ["FR"],
        "refundable_only": true, "nearby_airports": true, "stay_days": 3,
    });
    let answer = calendar(&with(month(), &filters)).await;
    assert!(!itineraries(&answer).is_empty());
    for found in itineraries(&answer) {
        assert_eq!(found["outbound"]["stops"], 0);
        assert!(&found["outbound"]["departure_datetime"].as_str().unwrap()[11..16] <= "10:00");
        assert_ne!(found["outbound"]["airline"], "FR");
    }
    let unapplied: Vec<&str> = answer["unapplied_filters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|filter| filter["field"].as_str().unwrap())
        .collect();
    assert_eq!(unapplied, ["stay_days", "refundable_only", "nearby_airports"]);
    assert!(answer["applied_filters"]["direct_only"] == true && answer["filters_notice"].is_string());
}

#[tokio::test]
async fn recommendation_prefers_the_easy_way() {
    let far = with(month(), &json!({ "destinations": ["BKK"], "limit": 100 }));
    let minutes = |answer: &Value| {
        itineraries(answer)
            .iter()
            .take(10)
            .map(|found| found["outbound"]["duration_minutes"].as_i64().unwrap())
            .sum::<i64>()
    };
    let (lowest, recommended) =
        (calendar(&far).await, calendar(&with(far, &json!({ "sort_by": "recommendation" }))).await);
    assert!(minutes(&recommended) <= minutes(&lowest));
    assert_eq!(lowest["total"], recommended["total"]);
}

#[tokio::test]
async fn destinations_are_places_with_their_lowest_fare() {
    let answer = ask("/v1/find_destination", &from_paris()).await;
    let destinations = answer["destinations"].as_array().unwrap();
    assert_eq!(destinations.len(), 20);
    assert!(answer["total"].as_u64().unwrap() > 100 && answer["next_page_token"].is_string());
    assert!(destinations.is_sorted_by_key(|found| cents(&found["lowest_fare"])));
    for found in destinations {
        assert!(found["city_name"].is_string() && found["location"]["latitude"].is_number());
        assert!(found["image_url"].as_str().unwrap().starts_with("https://"));
        assert!(["CDG", "ORY"].contains(&found["lowest_fare"]["origin"]["code"].as_str().unwrap()));
        assert_ne!(found["iata_code"], "PAR");
        assert_eq!(found["flights"], json!([]));
    }
    let more =
        ask("/v1/find_destination", &with(from_paris(), &json!({ "flights_per_destination": 3 }))).await;
    let flights = more["destinations"][0]["flights"].as_array().unwrap();
    assert!(
        flights.len() == 2
            && flights.iter().all(|found| cents(found) >= cents(&more["destinations"][0]["lowest_fare"]))
    );
}

#[tokio::test]
async fn destinations_may_be_named_and_capped_and_are_cities_or_airports() {
    let named = with(from_paris(), &json!({ "destinations": ["LON", "FAV", "NYC"], "limit": 100 }));
    let codes = |answer: &Value| -> Vec<String> {
        let all = answer["destinations"].as_array().unwrap();
        all.iter().map(|found| found["iata_code"].as_str().unwrap().to_owned()).collect()
    };
    let cities = ask("/v1/find_destination", &named).await;
    assert_eq!(codes(&cities)[..2], ["LON", "NYC"]);
    let city = json!({ "destinations": ["LHR", "LGW"], "destination_type": "airport" });
    let airports = ask("/v1/find_destination", &with(from_paris(), &city)).await;
    let mut found = codes(&airports);
    found.sort_unstable();
    assert_eq!(found, ["LGW", "LHR"]);
    let capped =
        ask("/v1/find_destination", &with(from_paris(), &json!({ "max_total": 60, "limit": 100 }))).await;
    let all = capped["destinations"].as_array().unwrap();
    assert!(!all.is_empty() && all.iter().all(|found| cents(&found["lowest_fare"]) <= 6000));
    let recommended =
        ask("/v1/find_destination", &with(from_paris(), &json!({ "sort_by": "recommendation" }))).await;
    assert_ne!(codes(&recommended), codes(&ask("/v1/find_destination", &from_paris()).await));
}

#[tokio::test]
async fn a_monitored_price_is_ok_or_stale_and_says_when_it_was_seen() {
    let sandbox = router(options());
    let (mut ok, mut stale) = (0, 0);
    for day in 1..=28 {
        let dates = json!({ "departure_date": format!("2027-06-{day:02}"), "return_date": "2027-06-30" });
        let answer = post(&sandbox, "/v1/price_monitoring", &with(monitored(), &dates)).await.json();
        let flight = &answer["flight"];
        assert!(flight["offer_token"].as_str().unwrap().starts_with("es-"));
        assert!(flight["outbound_carrier"]["flight_number"].is_string() && flight["fare_brand"].is_string());
        assert_eq!(answer["request_echo"]["departure_date"], dates["departure_date"]);
        if answer["status"] == "ok" {
            assert!(answer.get("next").is_none());
            ok += 1;
        } else {
            assert_eq!(answer["status"], "stale");
            assert!(answer["monitored_at"].as_str().unwrap() < "2026-10-30" && answer["next"].is_string());
            stale += 1;
        }
    }
    assert!(ok > stale && stale > 0, "{ok} {stale}");
    let never = ask("/v1/price_monitoring", &with(monitored(), &json!({ "destination": "QQQ" }))).await;
    assert!(never["status"] == "stale" && never.get("flight").is_none());
}

#[tokio::test]
async fn a_monitored_price_is_of_one_adult_and_of_the_wanted_carrier() {
    let party = ask("/v1/price_monitoring", &with(monitored(), &json!({ "adults": 4 }))).await;
    let alone = ask("/v1/price_monitoring", &monitored()).await;
    assert_eq!(party["flight"]["total_price"], alone["flight"]["total_price"]);
    let test = ask("/v1/price_monitoring", &with(monitored(), &json!({ "include_carriers": ["ZZ"] }))).await;
    assert_eq!((&test["status"], &test["flight"]["outbound_carrier"]["code"]), (&json!("ok"), &json!("ZZ")));
    let capped = ask("/v1/price_monitoring", &with(monitored(), &json!({ "max_price": 1 }))).await;
    assert!(capped.get("flight").is_none() && capped["applied_filters"]["max_price"] == 1);
}

#[tokio::test]
async fn what_cannot_be_discovered_is_refused_by_name() {
    let cases = [
        (json!({ "origins": null }), "origins"),
        (json!({ "origins": [] }), "origins"),
        (json!({ "origins": "PAR" }), "origins"),
        (json!({ "origins": ["Paris"] }), "origins"),
        (json!({ "destinations": null }), "destinations"),
        (json!({ "destinations": ["PAR"] }), "destinations"),
        (json!({ "trip_type": null }), "trip_type"),
        (json!({ "trip_type": "multi" }), "trip_type"),
        (json!({ "departure_dates": ["2026-10-31"] }), "departure_dates"),
        (json!({ "departure_dates": "2027-03-12" }), "departure_dates"),
        (json!({ "departure_dates": ["2027-02-30"] }), "departure_dates"),
        (
            json!({ "departure_date_ranges": [{ "start": "2027-03-02", "end": "2027-03-01" }] }),
            "departure_date_ranges",
        ),
        (
            json!({ "departure_date_ranges": [{ "start": "2026-10-01", "end": "2026-10-31" }] }),
            "departure_date_ranges",
        ),
        (json!({ "departure_date_ranges": [{ "start": "2027-03-02" }] }), "departure_date_ranges"),
        (json!({ "return_dates": ["2027-03-12"] }), "return_dates"),
        (
            json!({ "return_date_ranges": [{ "start": "2027-03-02", "end": "2027-03-03" }] }),
            "return_date_ranges",
        ),
        (json!({ "stay_days": 0 }), "stay_days"),
        (json!({ "stay_days": 366 }), "stay_days"),
        (json!({ "stay_days_range": { "min": 5, "max": 3 } }), "stay_days_range"),
        (json!({ "stay_days_range": { "min": 5 }, "stay_days": 3 }), "stay_days"),
        (json!({ "direct_only": "yes" }), "direct_only"),
        (json!({ "cabin_class": "steerage" }), "cabin_class"),
        (json!({ "max_total": 0 }), "max_total"),
        (json!({ "max_total": 10, "max_price": 20 }), "max_price"),
        (json!({ "adults": 0 }), "adults"),
        (json!({ "flights_per_destination": 11 }), "flights_per_destination"),
        (json!({ "sort_by": "fastest" }), "sort_by"),
        (json!({ "sort": "fastest" }), "sort"),
        (json!({ "limit": 101 }), "limit"),
        (json!({ "offset": -1 }), "offset"),
        (json!({ "next_page_token": "?" }), "next_page_token"),
        (json!({ "offset": 5, "page_token": "eyJvZmZzZXQiOjIwfQ==" }), "page_token"),
        (json!({ "currency": "XXX" }), "currency"),
        (json!({ "locale": 7 }), "locale"),
        (json!({ "origin_type": "station" }), "origin_type"),
        (json!({ "arrival_time_range": { "latest": "25:00" } }), "arrival_time_range"),
    ];
    for path in ["/v1/flight_calendar", "/v1/find_dates", "/v1/lowest_fare", "/v1/find_destination"] {
        for (changes, field) in &cases {
            let may_be_absent = path == "/v1/find_destination" && changes["destinations"].is_null();
            if *field == "destinations" && may_be_absent {
                continue;
            }
            let answered = post(&router(options()), path, &with(month(), changes)).await;
            let error = answered.refused(400, "VALIDATION_FAILED");
            assert_eq!(error["details"]["field"], *field, "{path} {changes}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_monitored_is_refused_by_name() {
    for (changes, field) in [
        (json!({ "origin": null }), "origin"),
        (json!({ "destination": "nyc" }), "destination"),
        (json!({ "destination": "PAR" }), "destination"),
        (json!({ "departure_date": null }), "departure_date"),
        (json!({ "departure_date": "2026-10-31" }), "departure_date"),
        (json!({ "return_date": "2027-06-16" }), "return_date"),
        (json!({ "include_carriers": ["AFR"] }), "include_carriers"),
        (json!({ "include_carriers": ["AF"], "exclude_carriers": ["AF"] }), "exclude_carriers"),
        (json!({ "max_price": 0 }), "max_price"),
        (json!({ "adults": 10 }), "adults"),
        (json!({ "children": 9 }), "children"),
        (json!({ "infants": 5 }), "infants"),
        (json!({ "cabin_class": "" }), "cabin_class"),
        (json!({ "currency": "X" }), "currency"),
    ] {
        let answered = post(&router(options()), "/v1/price_monitoring", &with(monitored(), &changes)).await;
        let error = answered.refused(400, "VALIDATION_FAILED");
        assert_eq!(error["details"]["field"], field, "{changes}");
    }
}
