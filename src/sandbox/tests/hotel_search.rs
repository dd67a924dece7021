//! `POST /v1/hotel_search` (CONTRACT.md 7.6) as a client sees it.

use serde_json::json;

use super::*;

fn stay() -> Value {
    json!({ "checkin": "2027-03-12", "checkout": "2027-03-14", "currency": "EUR", "adults": 2 })
}

fn paris() -> Value {
    with(stay(), &json!({ "city_name": "Paris", "country_code": "fr" }))
}

async fn search(body: &Value) -> Value {
    let answered = post(&router(options()), "/v1/hotel_search", body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

async fn refused_field(body: &Value) -> String {
    let answered = post(&router(options()), "/v1/hotel_search", body).await;
    let error = answered.refused(400, "VALIDATION_FAILED");
    let field = error["details"]["field"].as_str().unwrap().to_owned();
    assert!(error["message"].as_str().unwrap().starts_with(&field), "{error}");
    field
}

fn hotels(answer: &Value) -> &Vec<Value> {
    answer["hotels"].as_array().unwrap()
}

fn cheapest(hotel: &Value) -> f64 {
    hotel["rooms"][0]["rates"][0]["total_amount"].as_f64().unwrap()
}

fn resolution(answer: &Value) -> (&str, &str, &str) {
    let resolution = &answer["destination_resolution"];
    let text = |name: &str| resolution[name].as_str().unwrap();
    (text("shape"), text("match"), text("status"))
}

async fn empty_reason(changes: &Value) -> String {
    let answer = search(&with(paris(), changes)).await;
    assert!(hotels(&answer).is_empty(), "{changes}");
    answer["empty_reason"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_city_is_found_by_name_and_country() {
    let answer = search(&paris()).await;
    assert!(hotels(&answer).len() >= 8);
    assert_eq!(resolution(&answer), ("city", "exact", "resolved"));
    let resolved = &answer["destination_resolution"];
    assert_eq!((&resolved["resolved_city"], &resolved["resolved_country"]), (&json!("Paris"), &json!("FR")));
    assert_eq!(
        (&resolved["requested_city"], &resolved["requested_country"]),
        (&json!("Paris"), &json!("fr"))
    );
    assert_eq!(resolved["catalog_hotel_count"], 26);
    assert!(answer.get("empty_reason").is_none());
    assert_eq!(answer["total"], hotels(&answer).len());
    assert!(answer["warnings"][0].as_str().unwrap().contains("min_rating"), "{}", answer["warnings"]);
}

#[tokio::test]
async fn a_hotel_has_all_that_the_hosted_answer_shows() {
    let answer = search(&paris()).await;
    for hotel in hotels(&answer) {
        assert!(hotel["hotel_id"].as_str().unwrap().starts_with("lp"));
        for name in "name address city country main_photo thumbnail".split_whitespace() {
            assert!(hotel[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {hotel}");
        }
        for name in "star_rating rating review_count latitude longitude".split_whitespace() {
            assert!(hotel[name].is_number(), "{name}: {hotel}");
        }
        for room in hotel["rooms"].as_array().unwrap() {
            assert!(room["room_id"].as_str().unwrap().bytes().all(|digit| digit.is_ascii_digit()));
            assert_eq!((&room["requested_occupancy"], &room["max_occupancy"]), (&json!(2), &json!(2)));
            assert!(room["room_capacity"].as_u64().unwrap() >= 2);
            for rate in room["rates"].as_array().unwrap() {
                let total = rate["total_amount"].as_f64().unwrap();
                assert_eq!(rate["total_amount_display"], format!("EUR {total:.2}"));
                assert!(rate["cancellation_schedule"][0]["display"].is_string());
                assert!(rate["taxes_breakdown"][0]["included"].is_boolean());
                assert_eq!(rate["payment_types"], json!(["NUITEE_PAY"]));
            }
        }
    }
}

#[tokio::test]
async fn the_same_search_gives_the_same_hotels_everywhere() {
    let answer = search(&paris()).await;
    let line = |hotel: &Value| {
        let rate = &hotel["rooms"][0]["rates"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!(
            "{} {} | {} {}",
            text(&hotel["hotel_id"]),
            text(&hotel["name"]),
            text(&rate["total_amount_display"]),
            text(&rate["offer_id"])
        )
    };
    let lines: Vec<String> = hotels(&answer).iter().take(3).map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    lpceebc948d0 Pocket Rooms Paris Centre | EUR 221.88 htl_4e2d24b21e40aa76
    lpceeb032c18 Little Heron Boutique Hotel | EUR 226.37 htl_a72b190b51cdccde
    lpceeb8438c1 Pocket Rooms Paris East | EUR 271.18 htl_ad7652dd371ce121
    ");
}

#[tokio::test]
async fn the_time_of_day_changes_nothing_and_the_date_and_seed_do() {
    let bytes_of = |now: &'static str, seed| async move {
        let sandbox = router(Options { seed, ..options_at(now) });
        post(&sandbox, "/v1/hotel_search", &paris()).await.text
    };
    let morning = bytes_of("2026-11-01T00:00:01Z", 1).await;
    assert_eq!(morning, bytes_of("2026-11-01T23:59:59Z", 1).await);
    assert_ne!(morning, bytes_of("2026-11-02T00:00:01Z", 1).await);
    assert_ne!(morning, bytes_of("2026-11-01T00:00:01Z", 2).await);
}

#[tokio::test]
async fn a_query_a_place_id_and_coordinates_find_the_city_too() {
    let by_city = search(&paris()).await;
    let by_query = search(&with(stay(), &json!({ "query": "Paris, France" }))).await;
    assert_eq!(by_query["hotels"], by_city["hotels"]);
    assert_eq!(resolution(&by_query), ("query", "exact", "resolved"));
    let place_id = &by_city["destination_resolution"]["place_id"];
    let by_place = search(&with(stay(), &json!({ "place_id": place_id }))).await;
    assert_eq!(by_place["hotels"], by_city["hotels"]);
    assert_eq!(resolution(&by_place), ("place_id", "exact", "resolved"));
    let point = json!({ "latitude": 48.8566, "longitude": 2.3522, "radius_km": 20 });
    let by_point = search(&with(stay(), &point)).await;
    assert_eq!(by_point["hotels"], by_city["hotels"]);
    assert_eq!(resolution(&by_point), ("coordinates", "exact", "resolved"));
    let near = search(&with(stay(), &with(point, &json!({ "radius_km": 1 })))).await;
    assert!(!hotels(&near).is_empty() && hotels(&near).len() < hotels(&by_point).len());
}

#[tokio::test]
async fn a_city_beside_coordinates_is_dropped_with_a_warning() {
    let both = json!({ "latitude": 52.52, "longitude": 13.405, "city_name": "Paris", "country_code": "fr" });
    let answer = search(&with(stay(), &both)).await;
    assert!(!hotels(&answer).is_empty() && hotels(&answer).iter().all(|hotel| hotel["city"] == "Berlin"));
    assert!(answer["warnings"][0].as_str().unwrap().contains("city_name"));
}

#[tokio::test]
async fn hotels_are_found_by_id_whatever_the_filters_with_their_neighbours() {
    let all = search(&with(paris(), &json!({ "min_rating": 0 }))).await;
    let [first, second] = [0, 1].map(|index| hotels(&all)[index]["hotel_id"].clone());
    let body =
        json!({ "hotel_ids": [second, first, "lpnothing", second], "min_star_rating": 5, "min_rating": 10 });
    let answer = search(&with(stay(), &body)).await;
    let ids: Vec<&Value> = hotels(&answer).iter().map(|hotel| &hotel["hotel_id"]).collect();
    assert_eq!(ids, [&second, &first]);
    assert_eq!(resolution(&answer), ("hotel_ids", "exact", "resolved"));
    assert!(answer["warnings"][0].as_str().unwrap().contains("lpnothing"));
    let neighbours = answer["nearby_alternatives"].as_array().unwrap();
    assert!(!neighbours.is_empty() && neighbours.len() <= 40);
    for neighbour in neighbours {
        assert!(neighbour["distance_km"].as_f64().unwrap() <= 3.0);
        assert!(neighbour["hotel_id"] != first && neighbour["hotel_id"] != second);
        assert!(neighbour["rooms"][0]["rates"][0]["offer_id"].is_string());
    }
    assert!(all.get("nearby_alternatives").is_none());
}

#[tokio::test]
async fn a_hotel_is_found_by_name_and_an_unclear_name_is_not_guessed() {
    let name = hotels(&search(&paris()).await)[0]["name"].as_str().unwrap().to_owned();
    let exact = search(&with(stay(), &json!({ "hotel_name": name, "city_name": "Paris" }))).await;
    assert_eq!(resolution(&exact), ("hotel_name", "exact", "resolved"));
    assert_eq!(hotels(&exact)[0]["name"], name.as_str());
    let misspelt = search(&with(stay(), &json!({ "hotel_name": &name[1..], "city_name": "Paris" }))).await;
    assert_eq!(resolution(&misspelt), ("hotel_name", "fuzzy", "resolved"));
    assert_eq!(hotels(&misspelt)[0]["name"], name.as_str());

    let unclear = with(stay(), &json!({ "hotel_name": "Moonlit Palace Hotel Astoria" }));
    let answered = post(&router(options()), "/v1/hotel_search", &unclear).await;
    let error = answered.refused(422, "HOTEL_NAME_LOW_CONFIDENCE");
    let best = &error["top_candidates"][0];
    assert!(best["hotel_id"].is_string() && best["name"].is_string() && best["city"].is_string());
    assert!(best["score"].as_f64().unwrap() < 0.7);
    assert_eq!(error["suggested_retry"]["destination"]["hotel_name"], best["name"]);
    assert!(error["next_step"].is_string());
    let retried = search(&with(stay(), &error["suggested_retry"]["destination"])).await;
    assert_eq!(resolution(&retried).1, "exact");

    let nothing = with(stay(), &json!({ "hotel_name": "Qqxyj" }));
    let error = post(&router(options()), "/v1/hotel_search", &nothing)
        .await
        .refused(422, "HOTEL_NAME_LOW_CONFIDENCE");
    assert_eq!(error["top_candidates"], json!([]));
}

#[tokio::test]
async fn an_unclear_city_is_not_guessed() {
    let body = with(stay(), &json!({ "city_name": "Bern", "country_code": "de" }));
    let error =
        post(&router(options()), "/v1/hotel_search", &body).await.refused(422, "DESTINATION_LOW_CONFIDENCE");
    let best = &error["top_candidates"][0];
    assert_eq!((&best["city"], &best["country_code"]), (&json!("Berlin"), &json!("DE")));
    assert!(best["hotel_count"].is_u64() && best["score"].is_number());
    let retried = search(&with(stay(), &error["suggested_retry"]["destination"])).await;
    assert_eq!(resolution(&retried).1, "exact");
}

#[tokio::test]
async fn an_empty_list_says_why() {
    for (changes, reason) in [
        (json!({ "city_name": "Xanadu" }), "destination_not_found"),
        (
            json!({ "city_name": null, "country_code": null, "place_id": "atlantis-at" }),
            "destination_not_found",
        ),
        (
            json!({ "city_name": null, "country_code": null, "latitude": 0, "longitude": 0 }),
            "no_catalog_match",
        ),
        (json!({ "city_name": null, "country_code": null, "hotel_ids": ["lp0"] }), "no_catalog_match"),
        (json!({ "min_rating": 10 }), "no_catalog_match"),
        (json!({ "chain_ids": ["nobody"] }), "no_catalog_match"),
        (json!({ "min_rating": 9, "max_star_rating": 1 }), "all_dropped_by_star_filter"),
        (json!({ "max_budget_per_night": 1 }), "all_dropped_by_budget"),
        (json!({ "offset": 1000 }), "catalog_exhausted"),
        (json!({ "checkin": "2028-06-01", "checkout": "2028-06-02" }), "no_availability_for_dates"),
        (json!({ "checkout": "2027-06-01" }), "no_availability_for_dates"),
        (json!({ "rooms": 10, "adults": 40 }), "no_availability_for_dates"),
        (json!({ "rooms": 20, "adults": 40 }), "no_availability_for_dates"),
        (json!({ "adults": 8 }), "no_availability_for_dates"),
    ] {
        assert_eq!(empty_reason(&changes).await, reason, "{changes}");
    }
}

#[tokio::test]
async fn filters_leave_only_hotels_that_keep_to_them() {
    let all = search(&with(paris(), &json!({ "min_rating": 0 }))).await;
    assert!(hotels(&all).iter().any(|hotel| hotel["rating"].as_f64().unwrap() < 7.0));
    let default = search(&paris()).await;
    assert!(hotels(&default).iter().all(|hotel| hotel["rating"].as_f64().unwrap() >= 7.0));
    let stars = search(&with(paris(), &json!({ "min_star_rating": 3, "max_star_rating": 4 }))).await;
    assert!(!hotels(&stars).is_empty());
    assert!(hotels(&stars).iter().all(|hotel| (3..=4).contains(&hotel["star_rating"].as_u64().unwrap())));
    let exactly = search(&with(paris(), &json!({ "star_rating": 4 }))).await;
    assert!(!hotels(&exactly).is_empty() && hotels(&exactly).iter().all(|hotel| hotel["star_rating"] == 4));
    let reviewed = search(&with(paris(), &json!({ "min_reviews": 2000 }))).await;
    assert!(!hotels(&reviewed).is_empty());
    assert!(hotels(&reviewed).iter().all(|hotel| hotel["review_count"].as_u64().unwrap() >= 2000));
    for filter in [
        json!({ "facility_ids": [1, "4"] }),
        json!({ "hotel_type_ids": [204] }),
        json!({ "min_rating": 8.5 }),
    ] {
        let some = search(&with(paris(), &with(json!({ "min_rating": 0 }), &filter))).await;
        assert!(!hotels(&some).is_empty() && hotels(&some).len() < hotels(&all).len(), "{filter}");
    }
}

#[tokio::test]
async fn a_chain_is_named_by_slug_or_number() {
    let london = |chain: Value| {
        with(
            stay(),
            &json!({ "city_name": "London", "country_code": "gb", "min_rating": 0, "chain_ids": chain }),
        )
    };
    let mut count = 0;
    for (slug, id, name) in [("quayside-inns", 103, "Quayside Inn"), ("haus-linden", 104, "Haus Linden")] {
        let by_slug = search(&london(json!([slug]))).await;
        assert_eq!(by_slug["hotels"], search(&london(json!([id]))).await["hotels"]);
        assert!(hotels(&by_slug).iter().all(|hotel| hotel["name"].as_str().unwrap().starts_with(name)));
        count += hotels(&by_slug).len();
    }
    assert!(count > 0);
}

#[tokio::test]
async fn the_budget_is_per_night_and_room_and_reported() {
    let all = search(&paris()).await;
    let middle = hotels(&all)[hotels(&all).len() / 2].clone();
    let budget = cheapest(&middle) / 2.0;
    let answer = search(&with(paris(), &json!({ "max_budget_per_night": budget }))).await;
    let count = hotels(&answer).len();
    assert!(count > 0 && count < hotels(&all).len());
    for room in hotels(&answer).iter().flat_map(|hotel| hotel["rooms"].as_array().unwrap()) {
        for rate in room["rates"].as_array().unwrap() {
            assert!(rate["total_amount"].as_f64().unwrap() <= budget * 2.0 + 0.001);
        }
    }
    assert_eq!(answer["budget_filter"]["dropped_count"], hotels(&all).len() - count);
    assert!(all.get("budget_filter").is_none());
}

#[tokio::test]
async fn pages_follow_each_other_by_price() {
    let all = search(&paris()).await;
    let prices: Vec<f64> = hotels(&all).iter().map(cheapest).collect();
    assert!(prices.is_sorted(), "{prices:?}");
    let first = search(&with(paris(), &json!({ "max_results": 3 }))).await;
    let second = search(&with(paris(), &json!({ "max_results": 3, "offset": 3 }))).await;
    assert_eq!(
        first["pagination"],
        json!({ "total_count": hotels(&all).len(), "next_offset": 3, "has_more": true })
    );
    assert_eq!(hotels(&first).as_slice(), &hotels(&all)[..3]);
    assert_eq!(hotels(&second).as_slice(), &hotels(&all)[3..6]);
    assert_eq!(all["pagination"]["has_more"], false);
}

#[tokio::test]
async fn every_occupancy_gets_a_room_and_equal_ones_are_shown_once() {
    let rooms = json!([
        { "adults": 2 }, { "adults": 1, "children_ages": [4, 9] }, { "adults": 2 },
    ]);
    let answer = search(&with(paris(), &json!({ "adults": null, "occupancies": rooms }))).await;
    assert!(!hotels(&answer).is_empty());
    for hotel in hotels(&answer) {
        let rooms = hotel["rooms"].as_array().unwrap();
        let asked: std::collections::BTreeSet<u64> =
            rooms.iter().map(|room| room["requested_occupancy"].as_u64().unwrap()).collect();
        assert_eq!(asked.into_iter().collect::<Vec<_>>(), [2, 3]);
        let names: Vec<&Value> = rooms
            .iter()
            .filter(|room| room["requested_occupancy"] == 2)
            .map(|room| &room["room_name"])
            .collect();
        assert!(names.iter().enumerate().all(|(index, name)| !names[..index].contains(name)), "{names:?}");
    }
}

#[tokio::test]
async fn yen_have_no_decimals_and_dinars_three() {
    for (currency, pattern) in [("JPY", 0), ("KWD", 3)] {
        let answer = search(&with(paris(), &json!({ "currency": currency }))).await;
        let rate = &hotels(&answer)[0]["rooms"][0]["rates"][0];
        assert_eq!(rate["currency"], currency);
        let display = rate["total_amount_display"].as_str().unwrap();
        assert_eq!(display.split_once('.').map_or(0, |(_, decimals)| decimals.len()), pattern, "{display}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused_by_name() {
    for (changes, field) in [
        (json!({ "checkin": null }), "checkin"),
        (json!({ "checkout": null }), "checkout"),
        (json!({ "checkin": "2026-10-01" }), "checkin"),
        (json!({ "checkout": "2027-03-12" }), "checkin"),
        (json!({ "checkout": 14 }), "checkout"),
        (json!({ "city_name": null, "country_code": null }), "query"),
        (json!({ "country_code": null }), "country_code"),
        (json!({ "country_code": "FRA" }), "country_code"),
        (json!({ "city_name": "" }), "city_name"),
        (json!({ "query": "Paris" }), "query"),
        (json!({ "place_id": "paris-fr" }), "city_name"),
        (json!({ "city_name": null, "latitude": 48.8 }), "longitude"),
        (json!({ "city_name": null, "longitude": 2.3 }), "latitude"),
        (json!({ "city_name": null, "latitude": 91, "longitude": 2.3 }), "latitude"),
        (json!({ "city_name": null, "latitude": 48, "longitude": 2.3, "radius_km": 51 }), "radius_km"),
        (json!({ "hotel_name": "x" }), "hotel_name"),
        (json!({ "hotel_ids": "lp1" }), "hotel_ids"),
        (json!({ "currency": "EURO" }), "currency"),
        (json!({ "guest_nationality": "French" }), "guest_nationality"),
        (json!({ "adults": 0 }), "adults"),
        (json!({ "children": [18] }), "children"),
        (json!({ "rooms": 3 }), "rooms"),
        (json!({ "occupancies": [{ "adults": 2 }] }), "occupancies"),
        (json!({ "adults": null, "occupancies": [{ "adults": 9 }] }), "occupancies"),
        (
            json!({ "adults": null, "occupancies": [{ "adults": 1, "children_ages": [1, 2, 3, 4, 5, 6, 7] }] }),
            "occupancies",
        ),
        (json!({ "min_rating": 11 }), "min_rating"),
        (json!({ "min_star_rating": 4, "max_star_rating": 3 }), "max_star_rating"),
        (json!({ "facility_ids": ["wifi"] }), "facility_ids"),
        (json!({ "max_results": 201 }), "max_results"),
        (json!({ "offset": -1 }), "offset"),
        (json!({ "max_budget_per_night": "cheap" }), "max_budget_per_night"),
    ] {
        assert_eq!(refused_field(&with(paris(), &changes)).await, field, "{changes}");
    }
}
