//! What the largest answers cost a model.

use std::fmt::Write;

use bytes::Bytes;
use tiktoken_rs::o200k_base;

use crate::config::Environment;
use crate::tools::Catalogue;

const TOKENS_MAX: usize = 4_000;

fn cost(tool: &str, body: String) -> (usize, String) {
    let catalogue = Catalogue::of(Environment::Local);
    let presented = catalogue.find(tool).unwrap().present(&Bytes::from(body)).unwrap();
    (o200k_base().unwrap().encode_ordinary(&presented.text).len(), presented.text)
}

/// A list of `count` items, each with its number in the place of every `#`.
fn body(list: &str, count: usize, item: &str) -> String {
    let mut items = String::new();
    for number in 0..count {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(items, "{comma}{}", item.replace('#', &number.to_string()));
    }
    format!("{{\"{list}\":[{items}]}}")
}

#[test]
fn three_hundred_offers_cost_less_than_four_thousand_tokens() {
    let leg = r#"{"origin":"CDG","destination":"SYD","departure_datetime":"2027-03-12T09:4#:00+01:00","arrival_datetime":"2027-03-14T11:25:00+10:00","duration_minutes":1985,"stops":2,
        "segments":[{"airline":"QR","flight_number":"38"},{"airline":"QR","flight_number":"90#"},{"airline":"VA","flight_number":"712#"}]}"#;
    let fare = r#"{"trip_item_token":"offer__6a0f404b:#-1-0","brand_name":"ECONOMY CLASSIC","cabin_class":"premium_economy","total_price":{"value":12934#,"currency":"EUR","decimal_places":2},"is_refundable":false,"is_changeable":true,"included_baggage":{"pieces":1}}"#;
    let offer = format!(r#"{{"outbound":{leg},"inbound":{leg},"fares":[{fare},{fare},{fare},{fare}]}}"#);
    let (tokens, text) = cost("flight_search", body("offers", 300, &offer));
    assert!(tokens < TOKENS_MAX, "{tokens} tokens");
    assert!(text.contains("more flights not shown"), "{text}");
    assert!(text.matches("trip_item_token=offer__6a0f404b:0-1-0").count() == 4);
}

#[test]
fn no_other_answer_costs_more() {
    let itinerary = r#"{"offer_token":"es-eyJ2IjoxLCJvIjoiT1JZIiwiZCI6IkxJUyIsImR0IjoiMjAyNy0wMy0xMiIsImMiOiJUTyJ9#","total":{"value":6120,"currency":"EUR","decimal_places":2},"priced_at":"2027-02-20T09:00:00Z",
        "outbound":{"origin":"ORY","destination":"LIS","departure_datetime":"2027-03-12T07:05:00+01:00","arrival_datetime":"2027-03-12T08:40:00+00:00","airline_name":"Transavia France","stops":0,"duration_minutes":155}}"#;
    let hotel = r#"{"hotel_id":"lp394f#","name":"Meliá Berlin #","city":"Berlin","star_rating":4,"rating":9,"rooms":[{"room_name":"Superior Double Room","rates":[{"offer_id":"htl_5c78919772b9eb0#","board_name":"Room Only","total_amount_display":"EUR 359.78","is_refundable":true,"free_cancellation_until":"2026-10-25T10:00:00Z","taxes_breakdown":[{"amount":24.8,"description":"City tax","included":false,"display":"EUR 24.80"}]}]}]}"#;
    let connection = r#"{"trip_item_token":"EURS-FRPARPGN-GBLONLIB-2027-03-12T09:01-2027-03-12T10:30-#","transport_mode":"train","carrier":"EURS","departure_time":"2027-03-12T09:01:00+01:00","arrival_time":"2027-03-12T10:30:00+00:00","duration_minutes":149,"from_amount":{"value":9900,"currency":"EUR","decimal_places":2}}"#;
    for (tool, list, item, token) in [
        ("flight_calendar", "itineraries", itinerary, "offer_token=es-eyJ2"),
        (
            "find_destination",
            "destinations",
            &format!(r#"{{"iata_code":"LIS","lowest_fare":{itinerary}}}"#),
            "offer_token=es-eyJ2",
        ),
        ("hotel_search", "hotels", hotel, "offer_id=htl_"),
        ("find_ground", "connections", connection, "trip_item_token=EURS"),
        ("car_search", "offers", r#"{"offer_id":"car_#","name":"Small"}"#, "offer_id=car_"),
        ("flight_search", "unknown", r#"{"a":"x#","b":[1,2,3]}"#, "Jinko answered"),
    ] {
        let (tokens, text) = cost(tool, body(list, 1_000, item));
        assert!(tokens < TOKENS_MAX, "{tool}: {tokens} tokens");
        assert!(text.contains(token) && text.contains("not shown"), "{tool}: {text}");
    }
}
