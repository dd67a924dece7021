//! Arguments of calls, and Jinko's answers to them in REST form (CONTRACT 7.4, 7.6).

use serde_json::{Value, json};

/// The date in `days` days.
pub(crate) fn day(days: i64) -> String {
    let then = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
    jiff::tz::TimeZone::UTC.to_datetime(then).date().to_string()
}

/// Arguments of `flight_search`, as the hosted server takes them.
pub(crate) fn flight_arguments() -> Value {
    json!({"search": {"origin": "PAR", "destination": "BER", "departure_date": day(40)}})
}

/// Arguments of `hotel_search`.
pub(crate) fn hotel_arguments() -> Value {
    json!({
        "destination": {"city_name": "Berlin", "country_code": "de"}, "checkin": day(40), "checkout": day(42),
        "occupancies": [{"adults": 2}], "currency": "EUR",
    })
}

/// An answer of `flight_search` with `offers` offers; all text and every token in it is unique.
pub(crate) fn flights(offers: usize) -> Value {
    let offers: Vec<Value> = (0..offers).map(offer).collect();
    json!({
        "offers": offers,
        "provider_statuses": [{"provider": "sabre", "status": "success", "offer_count": 50}],
        "filters_notice": "Cabin is advisory.",
        "not_yet_known": {"deep": [1, {"deeper": "kept"}], "exact": 0.1},
    })
}

fn offer(number: usize) -> Value {
    let segment = |from: &str, to: &str, flight: usize| {
        json!({
            "airline": "ZZ", "airline_name": "Jinko Test Air", "flight_number": flight.to_string(), "operating_carrier": "ZZ",
            "aircraft": "320", "departure_airport": from, "departure_city": format!("City of {from}"),
            "departure_time": "2027-03-12T09:40:00+01:00", "arrival_airport": to, "arrival_city": format!("City of {to}"),
            "arrival_time": "2027-03-12T11:25:00+01:00", "duration_minutes": 105,
        })
    };
    let leg = |from: &str, to: &str, flight: usize| {
        json!({
            "origin": from, "destination": to, "airline": "ZZ", "airline_name": "Jinko Test Air",
            "departure_datetime": "2027-03-12T09:40:00+01:00", "arrival_datetime": "2027-03-12T11:25:00+01:00",
            "duration_minutes": 105, "stops": 0, "segments": [segment(from, to, flight)], "leg_extra": format!("leg {flight}"),
        })
    };
    let fare = |brand: usize| {
        json!({
            "trip_item_token": format!("offer__{number:08x}:0-1-{brand}"), "brand_name": format!("BRAND{brand}"),
            "cabin_class": "economy", "total_price": {"value": 12_917 + number, "currency": "EUR", "decimal_places": 2},
            "price_per_person": {"value": 9_007_199_254_740_993_u64, "currency": "JPY", "decimal_places": 0},
            "price_per_passenger": [{
                "passenger_type": "ADT", "quantity": 1, "base_fare": {"value": 8_798, "currency": "EUR", "decimal_places": 2},
                "taxes": {"value": 5, "currency": "TND", "decimal_places": 3}, "passenger_extra": true,
            }],
            "is_refundable": brand > 0, "is_changeable": false, "included_baggage": {"pieces": brand},
            "carry_on_baggage": {"pieces": 1}, "expires_at": "2027-03-01T10:30:00Z", "fare_extra": {"nested": [brand]},
        })
    };
    json!({
        "outbound": leg("CDG", "BER", 100 + number), "inbound": leg("BER", "CDG", 200 + number),
        "fares": [fare(0), fare(1)], "offer_extra": format!("offer {number}"),
    })
}

/// An answer of `hotel_search` with `count` hotels.
pub(crate) fn hotels(count: usize) -> Value {
    let hotels: Vec<Value> = (0..count).map(hotel).collect();
    json!({
        "hotels": hotels, "total": count,
        "pagination": {"total_count": 1_333, "next_offset": 100, "has_more": true},
        "destination_resolution": {"status": "resolved", "match": "exact", "resolved_city": "Berlin"},
        "warnings": ["city_name was dropped"], "not_yet_known": {"exact": 52.509_582_421_239_664},
    })
}

fn hotel(number: usize) -> Value {
    json!({
        "hotel_id": format!("lp{number:05x}"), "name": format!("Example Haus {number}"), "city": "Berlin", "country": "DE",
        "star_rating": 4, "rating": 8.8, "latitude": 52.521_423_339_843_75,
        "rooms": [{"room_id": "77", "room_name": "Double", "rates": [{
            "offer_id": format!("htl_{number:016x}"), "board_type": "RO", "board_name": "Room Only", "total_amount": 231.4,
            "currency": "EUR", "total_amount_display": "EUR 231.40", "is_refundable": true,
            "free_cancellation_until": "2027-03-05T10:00:00Z",
            "taxes_breakdown": [{"amount": 12.0, "currency": "EUR", "description": "City tax", "included": false, "display": "EUR 12.00"}],
        }]}],
    })
}

/// Every value in `value` that holds no other, as text, sorted.
pub(crate) fn leaves(value: &Value) -> Vec<String> {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Object(members) => members.values().for_each(|member| collect(member, into)),
            leaf => into.push(leaf.to_string()),
        }
    }
    let mut leaves = Vec::new();
    collect(value, &mut leaves);
    leaves.sort_unstable();
    leaves
}
