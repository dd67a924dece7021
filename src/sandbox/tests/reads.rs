//! Reads by id: `GET /v1/hotel_details/{id}` (CONTRACT.md 7.7), trips, ancillaries and bookings that do not exist.

use serde_json::json;

use super::*;

async fn get(sandbox: &axum::Router, path: &str) -> Answered {
    send(sandbox, with_key("GET", path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_hotel_that_was_found_can_be_looked_at_whatever_the_dates() {
    let sandbox = router(options());
    let stay = json!({ "city_name": "Kyoto", "country_code": "jp", "checkin": "2027-03-12", "checkout": "2027-03-14" });
    let found = post(&sandbox, "/v1/hotel_search", &stay).await.json();
    let hotel = &found["hotels"][0];
    let path = format!("/v1/hotel_details/{}", hotel["hotel_id"].as_str().unwrap());
    let answered = get(&sandbox, &path).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    assert_eq!(answered.headers["content-type"], "application/json");
    let details = answered.json();
    assert_eq!(details["hotel"]["id"], hotel["hotel_id"]);
    for name in ["name", "address", "city", "star_rating"] {
        assert_eq!(details["hotel"][name], hotel[name], "{name}");
    }
    assert_eq!(details["hotel"]["country_code"], "JP");
    assert_eq!(details["hotel"]["coordinates"]["latitude"], hotel["latitude"]);
    for name in ["images", "facilities", "policies"] {
        assert!(!details["hotel"][name].as_array().unwrap().is_empty(), "{name}");
    }
    for name in ["description", "checkin_time", "checkout_time"] {
        assert!(details["hotel"][name].is_string(), "{name}");
    }
    let rooms = details["rooms"].as_array().unwrap();
    assert!(rooms.iter().all(|room| room["name"].is_string() && room["description"].is_string()));
    let names: Vec<&Value> = rooms.iter().map(|room| &room["name"]).collect();
    assert!(hotel["rooms"].as_array().unwrap().iter().all(|room| names.contains(&&room["room_name"])));
    let dated = get(&sandbox, &format!("{path}?checkin=2020-01-01&checkout=never")).await;
    assert_eq!(dated.text, answered.text);
}

#[tokio::test]
async fn what_does_not_exist_is_a_404_in_the_envelope() {
    let sandbox = router(options());
    for (path, message) in [
        ("/v1/hotel_details/lp0000000000", "Hotel not found"),
        ("/v1/hotel_details/x", "Hotel not found"),
        ("/v1/trip/trip_1/ancillaries", "Trip not found"),
        ("/v1/trip/42/ancillaries", "Trip not found"),
    ] {
        assert_eq!(get(&sandbox, path).await.refused(404, "NOT_FOUND")["message"], message, "{path}");
    }
    let booking = json!({ "booking_ref": "JNK-A1B2C3", "last_name": "Example" });
    let error = post(&sandbox, "/v1/get_booking", &booking).await.refused(404, "NOT_FOUND");
    assert_eq!(error["message"], "Booking not found");
    for (changes, field) in [
        (json!({ "booking_ref": null }), "booking_ref"),
        (json!({ "booking_ref": "A1B2C3" }), "booking_ref"),
        (json!({ "booking_ref": "JNK-a1b2c3" }), "booking_ref"),
        (json!({ "last_name": null }), "last_name"),
        (json!({ "last_name": "" }), "last_name"),
    ] {
        let answered = post(&sandbox, "/v1/get_booking", &with(booking.clone(), &changes)).await;
        assert_eq!(answered.refused(400, "VALIDATION_FAILED")["details"]["field"], field, "{changes}");
    }
}
