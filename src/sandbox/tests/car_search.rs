//! `POST /v1/car_search` (CONTRACT.md 9.4, last paragraph) as a client sees it.

use serde_json::json;

use super::*;

fn three_days() -> Value {
    json!({
        "pick_up": { "location": "LIS", "date_time": "2027-03-12T10:00" }, "drop_off_date_time": "2027-03-15T10:00",
        "driver_age": 35, "residence_country": "FR", "currency": "EUR",
    })
}

async fn search(body: &Value) -> Value {
    let answered = post(&router(options()), "/v1/car_search", body).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.json()
}

fn offers(answer: &Value) -> &Vec<Value> {
    answer["offers"].as_array().unwrap()
}

fn amount(offer: &Value, name: &str) -> i64 {
    offer["price"][name]["value"].as_i64().unwrap()
}

#[tokio::test]
async fn cars_have_all_that_the_contract_names_cheapest_first() {
    let answer = search(&with(three_days(), &json!({ "limit": 100 }))).await;
    assert!(offers(&answer).len() > 10 && offers(&answer).is_sorted_by_key(|offer| amount(offer, "total")));
    for offer in offers(&answer) {
        let digits = offer["offer_id"].as_str().unwrap().strip_prefix("car_").unwrap();
        assert!(digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(amount(offer, "pay_now") + amount(offer, "due_at_desk"), amount(offer, "total"));
        assert!(amount(offer, "deposit") >= 0 && offer["on_request"].is_boolean());
        assert!(offer["vehicle"]["seats"].is_u64() && offer["supplier"]["name"].is_string());
        assert_eq!((&offer["rental_days"], &offer["pick_up"]["location"]), (&json!(3), &json!("LIS")));
        for fee in offer["cancellation_fees"].as_array().unwrap() {
            assert!(fee["from"].is_string() && fee["amount"]["display"].is_string());
        }
    }
    let has = |wanted: bool| {
        offers(&answer)
            .iter()
            .any(|offer| offer["cancellation_fees"].as_array().unwrap().is_empty() == wanted)
    };
    assert!(has(true) && has(false), "some fees are not known");
    let line = |offer: &Value| {
        format!(
            "{} {}",
            offer["offer_id"].as_str().unwrap(),
            offer["price"]["total"]["display"].as_str().unwrap()
        )
    };
    insta::assert_snapshot!(line(&offers(&answer)[0]), @"car_70c28a76f3520f11 EUR 66.39");
}

#[tokio::test]
async fn cars_come_in_pages_at_every_airport() {
    let page = search(&three_days()).await;
    assert_eq!((offers(&page).len(), &page["pagination"]["has_more"]), (20, &json!(true)));
    let next = search(&with(three_days(), &json!({ "offset": page["pagination"]["next_offset"] }))).await;
    assert!(!offers(&next).is_empty() && offers(&next)[0] != offers(&page)[19]);
    for code in ["LON", "TYO", "FAV", "ABI"] {
        let there =
            with(three_days(), &json!({ "pick_up": { "location": code, "date_time": "2027-03-12T10:00" } }));
        assert!(!offers(&search(&there).await).is_empty(), "{code}");
    }
    let nowhere =
        with(three_days(), &json!({ "pick_up": { "location": "QQQ", "date_time": "2027-03-12T10:00" } }));
    assert!(offers(&search(&nowhere).await).is_empty());
}

#[tokio::test]
async fn young_drivers_and_other_ends_pay_at_the_desk() {
    let young = search(&with(three_days(), &json!({ "driver_age": 19, "limit": 100 }))).await;
    assert!(!offers(&young).is_empty());
    for offer in offers(&young) {
        assert_eq!(amount(offer, "young_driver_fee"), 4500);
        assert!(amount(offer, "due_at_desk") >= 4500);
        assert_ne!(offer["vehicle"]["class"], "premium");
    }
    let one_way = search(&with(three_days(), &json!({ "drop_off": { "location": "OPO" } }))).await;
    assert!(
        offers(&one_way)
            .iter()
            .all(|offer| offer["drop_off"]["location"] == "OPO" && amount(offer, "one_way_fee") > 0)
    );
}

#[tokio::test]
async fn what_cannot_be_hired_is_refused_by_name() {
    let at = |location: Value, time: &str| json!({ "pick_up": { "location": location, "date_time": time } });
    for (changes, field) in [
        (json!({ "pick_up": null }), "pick_up"),
        (json!({ "pick_up": "LIS" }), "pick_up"),
        (json!({ "pick_up": { "location": "LIS" } }), "pick_up"),
        (at(json!("Lisbon"), "2027-03-12T10:00"), "pick_up"),
        (at(json!("LIS"), "2027-03-12"), "pick_up"),
        (at(json!("LIS"), "2026-11-01T09:59"), "pick_up"),
        (json!({ "drop_off": {} }), "drop_off"),
        (json!({ "drop_off_date_time": null }), "drop_off_date_time"),
        (json!({ "drop_off_date_time": "2027-03-12T10:30" }), "drop_off_date_time"),
        (json!({ "drop_off_date_time": "2027-08-12T10:30" }), "drop_off_date_time"),
        (json!({ "driver_age": 17 }), "driver_age"),
        (json!({ "residence_country": "France" }), "residence_country"),
        (json!({ "currency": "XXX" }), "currency"),
        (json!({ "limit": 101 }), "limit"),
    ] {
        let answered = post(&router(options()), "/v1/car_search", &with(three_days(), &changes)).await;
        let error = answered.refused(400, "VALIDATION_FAILED");
        assert_eq!(error["details"]["field"], field, "{changes}");
    }
}
