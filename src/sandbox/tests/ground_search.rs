//! `POST /v1/ground_search` (CONTRACT.md 7.8) as a client sees it.

use serde_json::json;

use super::*;

fn paris_london() -> Value {
    json!({
        "departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": "2027-03-12",
        "passengers": [{ "pax": 1 }], "currency": "EUR",
    })
}

async fn search(body: &Value) -> Value {
    let answered = post(&router(options()), "/v1/ground_search", body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

fn connections(answer: &Value) -> &Vec<Value> {
    answer["connections"].as_array().unwrap()
}

#[tokio::test]
async fn trains_and_coaches_have_all_that_the_contract_names() {
    let answer = search(&paris_london()).await;
    let modes: std::collections::BTreeSet<&str> =
        connections(&answer).iter().map(|found| found["transport_mode"].as_str().unwrap()).collect();
    assert_eq!(modes.into_iter().collect::<Vec<_>>(), ["coach", "train"]);
    assert_eq!(answer["total"], connections(&answer).len());
    for found in connections(&answer) {
        let text = |name: &str| found[name].as_str().unwrap().to_owned();
        let token = text("trip_item_token");
        let (from, to) = (&found["departure_station"]["code"], &found["arrival_station"]["code"]);
        let expected = format!(
            "{}-{}-{}-{}-{}-0",
            text("carrier"),
            from.as_str().unwrap(),
            to.as_str().unwrap(),
            &text("departure_time")[..16],
            &text("arrival_time")[..16],
        );
        assert_eq!(token, expected);
        assert!(found["duration_minutes"].is_u64() && found["changes"].is_u64());
        let fares = found["fares"].as_array().unwrap();
        assert_eq!(fares[0]["total_price"], found["from_amount"]);
        assert!(fares.iter().all(|fare| fare["fare_name"].is_string() && fare["offer_id"].is_string()));
        let totals: Vec<i64> =
            fares.iter().map(|fare| fare["total_price"]["value"].as_i64().unwrap()).collect();
        assert!(totals.is_sorted());
    }
    let line = |found: &Value| {
        format!(
            "{} {}",
            found["trip_item_token"].as_str().unwrap(),
            found["from_amount"]["display"].as_str().unwrap()
        )
    };
    insta::assert_snapshot!(connections(&answer).iter().take(2).map(line).collect::<Vec<_>>().join("\n"), @r"
    FLIX-FRPARBCY-GBLONVCS-2027-03-12T07:11-2027-03-12T11:53-0 EUR 19.85
    EURS-FRPARPGN-GBLONLIB-2027-03-12T07:23-2027-03-12T08:47-0 EUR 75.35
    ");
}

#[tokio::test]
async fn stations_carriers_passengers_and_the_way_back_are_honoured() {
    let stations = json!({ "departure_city": null, "departure_stations": ["FRPARPGN"] });
    let answer = search(&with(paris_london(), &stations)).await;
    assert!(!connections(&answer).is_empty());
    assert!(connections(&answer).iter().all(|found| found["departure_station"]["code"] == "FRPARPGN"));
    let coaches = search(&with(paris_london(), &json!({ "carrier_codes": ["FLIX"] }))).await;
    assert!(
        !connections(&coaches).is_empty()
            && connections(&coaches).iter().all(|found| found["carrier"] == "FLIX")
    );
    let amount = |answer: &Value| connections(answer)[0]["from_amount"]["value"].as_i64().unwrap();
    let one = search(&paris_london()).await;
    let two = search(&with(paris_london(), &json!({ "passengers": [{ "pax": 2 }] }))).await;
    assert_eq!(amount(&two), 2 * amount(&one));
    let child = search(&with(paris_london(), &json!({ "passengers": [{ "pax": 1 }, { "age": 8 }] }))).await;
    assert!((2 * amount(&child) - 3 * amount(&one)).abs() <= 2);
    let both = search(&with(paris_london(), &json!({ "return_date": "2027-03-14" }))).await;
    let back = both["return_connections"].as_array().unwrap();
    assert!(!back.is_empty() && back.iter().all(|found| found["departure_station"]["city_code"] == "GBLON"));
}

#[tokio::test]
async fn unknown_codes_and_far_dates_find_nothing() {
    for changes in [
        json!({ "arrival_city": "XXXXX" }),
        json!({ "arrival_city": "FRPAR" }),
        json!({ "departure_date": "2027-10-01" }),
        json!({ "carrier_codes": ["NONE"] }),
    ] {
        assert!(connections(&search(&with(paris_london(), &changes)).await).is_empty(), "{changes}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused_by_name() {
    for (changes, field) in [
        (json!({ "departure_city": null }), "departure_city"),
        (json!({ "departure_city": "PAR" }), "departure_city"),
        (json!({ "arrival_city": "London" }), "arrival_city"),
        (json!({ "arrival_city": null, "arrival_stations": ["LIB"] }), "arrival_stations"),
        (json!({ "arrival_stations": ["GBLONLIB"] }), "arrival_stations"),
        (json!({ "departure_date": null }), "departure_date"),
        (json!({ "departure_date": "2026-10-31" }), "departure_date"),
        (json!({ "return_date": "2027-03-11" }), "return_date"),
        (json!({ "passengers": 2 }), "passengers"),
        (json!({ "passengers": [{ "pax": 0 }] }), "passengers"),
        (json!({ "passengers": [{ "pax": 6 }, { "pax": 4 }] }), "passengers"),
        (json!({ "passengers": [{ "age": 121 }] }), "passengers"),
        (json!({ "carrier_codes": ["FlixBus"] }), "carrier_codes"),
        (json!({ "currency": "XXX" }), "currency"),
    ] {
        let answered = post(&router(options()), "/v1/ground_search", &with(paris_london(), &changes)).await;
        let error = answered.refused(400, "VALIDATION_FAILED");
        assert_eq!(error["details"]["field"], field, "{changes}");
    }
}
