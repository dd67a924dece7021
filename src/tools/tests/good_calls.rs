//! Arguments of the hosted server's, and the exact REST request that they become (CONTRACT 10).

use serde_json::{Value, json};

use super::{request, shown};

#[test]
fn arguments_become_exactly_this_request() {
    for (tool, arguments, sent) in cases() {
        let request = request(tool, arguments).unwrap_or_else(|problems| panic!("{tool}: {problems:#?}"));
        assert_eq!(shown(&request), sent, "{tool}");
        assert!(!request.is_write(), "{tool}");
        assert_eq!(request.is_guest(), tool == "get_booking", "{tool}");
    }
}

fn cases() -> Vec<(&'static str, Value, &'static str)> {
    [flights(), hotels_and_others()].concat()
}

fn flights() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "find_destination",
            json!({"origins": ["cdg", "ORY"], "trip_type": "roundtrip", "stay_days": 4.0, "max_total": 250, "currency": "eur",
                   "departure_date_ranges": [{"start": "2027-03-01", "end": "2027-03-31"}], "sort_by": "lowest",
                   "format": "json", "user_intent": "somewhere warm", "locale": null}),
            r#"POST /v1/find_destination {"currency":"EUR","departure_date_ranges":[{"end":"2027-03-31","start":"2027-03-01"}],"max_total":250,"origins":["CDG","ORY"],"sort_by":"lowest","stay_days":4,"trip_type":"roundtrip"}"#,
        ),
        (
            "flight_calendar",
            json!({"origin": "PAR", "destination": "LIS", "trip_type": "oneway", "departure_dates": ["2027-03-12"],
                   "departure_time_range": {"earliest": "06:00", "latest": "06:00"}, "max_price": 90.5, "offset": 20}),
            r#"POST /v1/flight_calendar {"departure_dates":["2027-03-12"],"departure_time_range":{"earliest":"06:00","latest":"06:00"},"destinations":["LIS"],"max_price":90.5,"offset":20,"origins":["PAR"],"trip_type":"oneway"}"#,
        ),
        (
            "find_dates",
            json!({"origin": "PAR", "destination": "nyc", "trip_type": "roundtrip", "limit": 10,
                   "departure_date_ranges": [{"start": "2027-05-10", "end": "2027-06-30"}],
                   "return_date_ranges": [{"start": "2027-05-01", "end": "2027-07-31"}]}),
            r#"POST /v1/find_dates {"departure_date_ranges":[{"end":"2027-06-30","start":"2027-05-10"}],"destinations":["NYC"],"limit":10,"origins":["PAR"],"return_date_ranges":[{"end":"2027-07-31","start":"2027-05-01"}],"trip_type":"roundtrip"}"#,
        ),
        (
            "lowest_fare",
            json!({"origin": "LHR", "destination": "JFK", "trip_type": "roundtrip", "departure_dates": ["2027-03-12"],
                   "return_dates": ["2027-03-20"], "stay_days": null, "direct_only": true}),
            r#"POST /v1/lowest_fare {"departure_dates":["2027-03-12"],"destinations":["JFK"],"direct_only":true,"origins":["LHR"],"return_dates":["2027-03-20"],"trip_type":"roundtrip"}"#,
        ),
        (
            "price_monitoring",
            json!({"origin": "PAR", "destination": "NYC", "departure_date": "2027-06-17", "return_date": "2027-06-26",
                   "traveler_counts": {"adults": 2, "infants": 1}, "include_carriers": ["af"], "currency": "EUR"}),
            r#"POST /v1/price_monitoring {"adults":2,"currency":"EUR","departure_date":"2027-06-17","destination":"NYC","include_carriers":["AF"],"infants":1,"origin":"PAR","return_date":"2027-06-26"}"#,
        ),
        (
            "flight_search",
            json!({"search": {"origin": "PAR", "destination": "BER", "departure_date": "2027-03-12", "max_stops": 0},
                   "passengers": {"adults": 2, "children": 1}, "currency": "EUR", "user_intent": "a weekend"}),
            r#"POST /v1/flight_search {"adults":2,"children":1,"currency":"EUR","departure_date":"2027-03-12","destination":"BER","max_stops":0,"origin":"PAR"}"#,
        ),
        (
            "flight_search",
            json!({"price_check": {"offer_token": "es-RlI4Q0"}}),
            r#"POST /v1/flight_search {"offer_token":"es-RlI4Q0"}"#,
        ),
        (
            "flight_search",
            json!({"price_check": {"offer_token": "es-abc123_AMD"}, "passengers": {"adults": 1}, "locale": "fr-FR"}),
            r#"POST /v1/flight_search {"adults":1,"locale":"fr-FR","offer_token":"es-abc123_AMD"}"#,
        ),
    ]
}

fn hotels_and_others() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "hotel_search",
            json!({"destination": {"city_name": "Berlin", "country_code": "de"}, "checkin": "2027-03-12", "checkout": "2027-03-14",
                   "occupancies": [{"adults": 2, "children_ages": [4]}], "currency": "eur", "trip_id": "42",
                   "filters": {"max_results": 5, "chain_ids": ["accor", 7]}, "user_intent": "x"}),
            r#"POST /v1/hotel_search {"chain_ids":["accor",7],"checkin":"2027-03-12","checkout":"2027-03-14","city_name":"Berlin","country_code":"de","currency":"EUR","max_results":5,"occupancies":[{"adults":2,"children_ages":[4]}]}"#,
        ),
        ("hotel_details", json!({"hotel_id": "lp00abc"}), "GET /v1/hotel_details/lp00abc"),
        (
            "hotel_details",
            json!({"hotel_id": "lp/../ä b", "checkin": "2020-01-02", "checkout": "2020-01-01"}),
            "GET /v1/hotel_details/lp%2F..%2F%C3%A4%20b?checkin=2020-01-02&checkout=2020-01-01",
        ),
        (
            "find_ground",
            json!({"departure_city": "FRPAR", "arrival_stations": ["GBLONLIB"], "departure_date": "2027-03-12", "passengers": 3,
                   "carrier_codes": ["EURS"]}),
            r#"POST /v1/ground_search {"arrival_stations":["GBLONLIB"],"carrier_codes":["EURS"],"departure_city":"FRPAR","departure_date":"2027-03-12","passengers":[{"pax":3}]}"#,
        ),
        (
            "find_ground",
            json!({"departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": "2027-03-12", "passengers": 3,
                   "passenger_ages": [34, 1]}),
            r#"POST /v1/ground_search {"arrival_city":"GBLON","departure_city":"FRPAR","departure_date":"2027-03-12","passenger_ages":[34,1],"passengers":[{"pax":2}]}"#,
        ),
        (
            "find_ground",
            json!({"departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": "2027-03-12"}),
            r#"POST /v1/ground_search {"arrival_city":"GBLON","departure_city":"FRPAR","departure_date":"2027-03-12"}"#,
        ),
        (
            "car_search",
            json!({"pick_up": {"location": "NCE", "date_time": "2027-03-12T10:00"}, "drop_off": {"location": "MRS"},
                   "drop_off_date_time": "2027-03-15T10:00", "driver_age": 24, "residence_country": "fr"}),
            r#"POST /v1/car_search {"driver_age":24,"drop_off":{"location":"MRS"},"drop_off_date_time":"2027-03-15T10:00","pick_up":{"date_time":"2027-03-12T10:00","location":"NCE"},"residence_country":"FR"}"#,
        ),
        ("get_trip", json!({"trip_id": "trip_2000001"}), "GET /v1/trip/trip_2000001"),
        ("get_trip", json!({"trip_id": 42, "user_intent": "x"}), "GET /v1/trip/42"),
        ("trip_ancillaries", json!({"trip_id": "trip_2000001"}), "GET /v1/trip/trip_2000001/ancillaries"),
        (
            "get_booking",
            json!({"booking_ref": "JNK-A1B2C3", "last_name": "Example"}),
            r#"POST /v1/get_booking {"booking_ref":"JNK-A1B2C3","last_name":"Example"}"#,
        ),
        (
            "get_booking",
            json!({"booking_ref": "JNK-A1B2C3"}),
            r#"POST /v1/get_booking {"booking_ref":"JNK-A1B2C3"}"#,
        ),
    ]
}

#[test]
fn usage_takes_the_word_that_every_tool_takes() {
    let catalogue = super::Catalogue::of(super::Environment::Local);
    let usage = catalogue.find("usage").unwrap();
    assert!(usage.plan(json!({"user_intent": "x"}), super::TODAY).is_ok());
    assert!(usage.plan(json!({"key": "x"}), super::TODAY).is_err());
}
