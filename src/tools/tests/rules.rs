//! Each rule of the arguments broken, and exactly what is said.

use serde_json::{Map, Value, json};

use super::request;

/// A good call of `tool` with these fields set, or removed where they are null.
fn with(tool: &str, changes: &Value) -> Value {
    let mut arguments = match tool {
        "find_destination" => json!({"origins": ["CDG"], "trip_type": "roundtrip"}),
        "price_monitoring" => json!({"origin": "PAR", "destination": "NYC", "departure_date": "2027-06-17"}),
        "flight_search" => {
            json!({"search": {"origin": "PAR", "destination": "BER", "departure_date": "2027-03-12"}})
        }
        "hotel_search" => {
            json!({"destination": {"query": "Berlin"}, "checkin": "2027-03-12", "checkout": "2027-03-14"})
        }
        "find_ground" => {
            json!({"departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": "2027-03-12"})
        }
        "car_search" => {
            json!({"pick_up": {"location": "NCE", "date_time": "2027-03-12T10:00"}, "drop_off_date_time": "2027-03-15T10:00"})
        }
        "hotel_details" => json!({"hotel_id": "lp1"}),
        "get_trip" | "trip_ancillaries" => json!({"trip_id": "trip_1"}),
        "get_booking" => json!({"booking_ref": "JNK-A1B2C3"}),
        "usage" => json!({}),
        _ => json!({"origin": "PAR", "destination": "LIS", "trip_type": "roundtrip"}),
    };
    merge(arguments.as_object_mut().unwrap(), changes.as_object().unwrap());
    arguments
}

fn merge(arguments: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, change) in changes {
        match (arguments.get_mut(name), change) {
            (Some(Value::Object(inner)), Value::Object(changes)) => merge(inner, changes),
            _ => drop(arguments.insert(name.clone(), change.clone())),
        }
    }
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "each case reads better without a reference")]
fn breaks(tool: &str, changes: Value, problems: &[&str]) {
    assert_eq!(request(tool, with(tool, &changes)).err().unwrap_or_default(), problems, "{tool} {changes}");
}

#[test]
fn the_base_of_each_case_is_good() {
    for tool in [
        "find_destination",
        "flight_calendar",
        "find_dates",
        "lowest_fare",
        "price_monitoring",
        "flight_search",
        "hotel_search",
        "hotel_details",
        "find_ground",
        "car_search",
        "get_trip",
        "trip_ancillaries",
        "get_booking",
    ] {
        breaks(tool, json!({}), &[]);
    }
}

#[test]
fn dates_of_the_cached_searches() {
    for tool in ["find_destination", "flight_calendar", "find_dates", "lowest_fare"] {
        breaks(
            tool,
            json!({"departure_dates": ["2027-03-12", "2026-11-23"]}),
            &["departure_dates[1]: `2026-11-23` is in the past; today is `2026-11-24`"],
        );
        breaks(
            tool,
            json!({"departure_date_ranges": [{"start": "2027-03-31", "end": "2027-03-01"}]}),
            &["departure_date_ranges[0].end: `2027-03-01` is before `start` `2027-03-31`"],
        );
        breaks(
            tool,
            json!({"departure_date_ranges": [{"start": "2026-11-01", "end": "2026-11-30"}]}),
            &["departure_date_ranges[0].start: `2026-11-01` is in the past; today is `2026-11-24`"],
        );
        breaks(
            tool,
            json!({"departure_dates": ["2027-03-12"], "return_dates": ["2027-03-11"]}),
            &["return_dates[0]: `2027-03-11` is before the earliest departure `2027-03-12`"],
        );
        breaks(
            tool,
            json!({"departure_dates": ["2027-03-12"], "return_date_ranges": [{"start": "2027-02-01", "end": "2027-02-28"}]}),
            &["return_date_ranges[0].start: `2027-02-01` is before the earliest departure `2027-03-12`"],
        );
        breaks(
            tool,
            json!({"trip_type": "oneway", "return_dates": ["2027-03-11"], "stay_days": 4}),
            &[
                "return_dates: is about the way back, and `trip_type` is `oneway`; leave one of them out",
                "stay_days: is about the way back, and `trip_type` is `oneway`; leave one of them out",
            ],
        );
        breaks(
            tool,
            json!({"return_dates": ["2027-03-11"], "stay_days": 4}),
            &["stay_days: and `return_dates` both fix the way back; leave one of them out"],
        );
        breaks(
            tool,
            json!({"stay_days": 4, "stay_days_range": {"min": 5, "max": 3}}),
            &[
                "stay_days_range: stands beside `stay_days`; give one of them",
                "stay_days_range.min: `5` is above `max` `3`",
            ],
        );
        breaks(tool, json!({"stay_days": 366}), &["stay_days: `366` is above 365"]);
        breaks(
            tool,
            json!({"stay_days_range": {"min": 0, "max": 3}}),
            &["stay_days_range.min: `0` is below 1"],
        );
        breaks(tool, json!({"stay_days_range": {"min": 1}}), &["stay_days_range.max: is missing"]);
    }
}

#[test]
fn places_caps_and_pages_of_the_cached_searches() {
    breaks(
        "find_destination",
        json!({"origins": ["par", "ORY"], "destinations": ["LON"]}),
        &[
            "origins[0]: `par` is a city, and airports are needed here: `CDG`, `ORY`, `BVA`",
            "destinations[0]: `LON` is a city, and airports are needed here: `LHR`, `LGW`, `STN`, `LTN`, `LCY`, `SEN`",
        ],
    );
    breaks("find_destination", json!({"origins": []}), &["origins: has too few items; at least 1 needed"]);
    breaks(
        "find_destination",
        json!({"origins": ["Paris"]}),
        &["origins[0]: `\"Paris\"` is no code of three letters, such as `PAR` or `EUR`"],
    );
    breaks("flight_calendar", json!({"destination": "par"}), &["destination: `par` is also the `origin`"]);
    for tool in ["find_destination", "flight_calendar"] {
        breaks(tool, json!({"limit": 101}), &["limit: `101` is above 100"]);
        breaks(tool, json!({"limit": 0}), &["limit: `0` is below 1"]);
        breaks(tool, json!({"offset": -1}), &["offset: `-1` is below 0"]);
        breaks(tool, json!({"max_total": 0}), &["max_total: `0` must be above 0"]);
        breaks(
            tool,
            json!({"max_total": 100, "max_price": 90}),
            &["max_price: `90` is the older name of `max_total`, which is `100`; give one"],
        );
        breaks(
            tool,
            json!({"sort_by": "price"}),
            &["sort_by: `\"price\"` is none of `lowest`, `recommendation`"],
        );
        breaks(tool, json!({"trip_type": null}), &["trip_type: is missing"]);
        breaks(
            tool,
            json!({"currency": "euro"}),
            &["currency: `\"euro\"` is no code of three letters, such as `PAR` or `EUR`"],
        );
    }
}

#[test]
fn windows_of_local_time() {
    for tool in ["flight_calendar", "find_dates", "lowest_fare"] {
        breaks(
            tool,
            json!({"trip_type": "oneway", "departure_time_range": {"earliest": "22:00", "latest": "06:00"},
                   "arrival_time_range": {"earliest": "24:00", "latest": "6:00"}, "return_arrival_time_range": {}}),
            &[
                "departure_time_range.latest: `06:00` is before `earliest` `22:00`; a window lies within one day",
                "arrival_time_range.earliest: `24:00` is no time `HH:MM`",
                "arrival_time_range.latest: `6:00` is no time `HH:MM`",
                "return_arrival_time_range: is about the way back, and `trip_type` is `oneway`; leave one of them out",
            ],
        );
    }
    breaks(
        "flight_search",
        json!({"search": {"departure_time_range": {"earliest": "10:61"}, "return_departure_time_range": {"from": "08:00"}}}),
        &[
            "search.return_departure_time_range.from: is no argument here; give `search.return_departure_time_range.earliest`",
            "search.departure_time_range.earliest: `10:61` is no time `HH:MM`",
        ],
    );
}

#[test]
fn a_watched_price() {
    breaks(
        "price_monitoring",
        json!({"departure_date": "2026-11-20", "return_date": "2026-11-19", "destination_type": "airport", "origin": "NYC",
               "include_carriers": ["AF", "dl"], "exclude_carriers": ["DL"]}),
        &[
            "departure_date: `2026-11-20` is in the past; today is `2026-11-24`",
            "return_date: `2026-11-19` is before `departure_date` `2026-11-20`",
            "destination: `NYC` is also the `origin`",
            "destination_type: is `airport`, and `NYC` is a city; say `city`, or name one of its airports: `JFK`, `EWR`, `LGA`",
            "exclude_carriers: `dl` stands in `include_carriers` too",
        ],
    );
    breaks(
        "price_monitoring",
        json!({"traveler_counts": {"adults": 0, "children": 9, "infants": 5}}),
        &[
            "traveler_counts.adults: `0` is below 1",
            "traveler_counts.children: `9` is above 8",
            "traveler_counts.infants: `5` is above 4",
        ],
    );
    breaks(
        "price_monitoring",
        json!({"adults": 2}),
        &["adults: is no argument here; did you mean `traveler_counts.adults`?"],
    );
}

#[test]
fn a_live_search() {
    breaks(
        "flight_search",
        json!({"search": null}),
        &["search: is missing, and so is `price_check`; give exactly one of them"],
    );
    breaks(
        "flight_search",
        json!({"price_check": {"offer_token": "es-1"}}),
        &["price_check: stands beside `search`; give exactly one of them, the token alone is enough"],
    );
    breaks(
        "flight_search",
        json!({"search": null, "price_check": {"offer_token": ""}}),
        &["price_check.offer_token: `\"\"` is too short; at least 1 characters needed"],
    );
    breaks(
        "flight_search",
        json!({"search": {"trip_type": "roundtrip", "return_arrival_time_range": {"latest": "20:00"}}}),
        &[
            "search.return_date: is missing, and `trip_type` is `roundtrip`",
            "search.return_arrival_time_range: is about the way back, and `return_date` is not given",
        ],
    );
    breaks("flight_search", json!({"search": {"limit": 301}}), &["search.limit: `301` is above 300"]);
    breaks(
        "flight_search",
        json!({"search": {"max_total_duration_minutes": 0}}),
        &["search.max_total_duration_minutes: `0` is below 1"],
    );
}

#[test]
fn every_fault_is_told_at_once_also_across_the_two_kinds() {
    breaks(
        "flight_search",
        json!({"search": {"departure_date": "2026-11-01", "cabin_class": "cheap", "nonstop": true}, "passengers": {"adults": 10}}),
        &[
            "passengers.adults: `10` is above 9",
            "search.cabin_class: `\"cheap\"` is none of `economy`, `premium_economy`, `business`, `first`",
            "search.nonstop: is no argument here; give `search.max_stops` 0",
            "search.departure_date: `2026-11-01` is in the past; today is `2026-11-24`",
        ],
    );
    // A rule that is broken only because the field at fault is missing says nothing.
    breaks(
        "find_ground",
        json!({"departure_city": "PAR", "departure_date": "2026-11-01"}),
        &[
            "departure_city: `\"PAR\"` is no Distribusion city code of five capitals, such as `FRPAR` for Paris",
            "departure_date: `2026-11-01` is in the past; today is `2026-11-24`",
        ],
    );
}

#[test]
fn rail_coach_and_ferry() {
    breaks(
        "find_ground",
        json!({"departure_city": null, "arrival_city": null, "arrival_stations": []}),
        &[
            "departure_city: is missing, and so is `departure_stations`; give one of them",
            "arrival_city: is missing, and so is `arrival_stations`; give one of them",
        ],
    );
    breaks(
        "find_ground",
        json!({"return_date": "2027-03-11", "arrival_city": "FRPAR"}),
        &[
            "return_date: `2027-03-11` is before `departure_date` `2027-03-12`",
            "arrival_city: `FRPAR` is also the `departure_city`",
        ],
    );
    breaks("find_ground", json!({"passengers": 10}), &["passengers: `10` is above 9"]);
    breaks(
        "find_ground",
        json!({"passenger_ages": [34, 0, 1, 1, 1, 1, 1, 1, 1, 121]}),
        &[
            "passenger_ages: has too many items; at most 9 allowed",
            "passenger_ages[1]: `0` is below 1",
            "passenger_ages[9]: `121` is above 120",
        ],
    );
    breaks(
        "find_ground",
        json!({"departure_stations": ["Paris Nord"]}),
        &[
            "departure_stations[0]: `\"Paris Nord\"` is no Distribusion station code of eight capitals, such as `FRPARPGN`",
        ],
    );
}

#[test]
fn cars() {
    breaks(
        "car_search",
        json!({"pick_up": {"location": "PAR", "date_time": "2026-11-20T10:00"}, "drop_off_date_time": "2026-11-20T10:00"}),
        &[
            "pick_up.date_time: `2026-11-20` is in the past; today is `2026-11-24`",
            "drop_off_date_time: `2026-11-20T10:00` is not after `pick_up.date_time` `2026-11-20T10:00`",
        ],
    );
    breaks(
        "car_search",
        json!({"drop_off_date_time": "2027-02-30T10:00"}),
        &["drop_off_date_time: `2027-02-30T10:00` is no date of the calendar"],
    );
    breaks(
        "car_search",
        json!({"pick_up": {"date_time": "2027-03-12"}, "driver_age": 17}),
        &[
            "driver_age: `17` is below 18",
            "pick_up.date_time: `\"2027-03-12\"` is no local date and time `YYYY-MM-DDTHH:MM`",
        ],
    );
}

#[test]
fn identifiers() {
    for (tool, name) in
        [("hotel_details", "hotel_id"), ("get_trip", "trip_id"), ("trip_ancillaries", "trip_id")]
    {
        breaks(tool, json!({name: ""}), &[&format!("{name}: is empty")]);
        breaks(tool, json!({name: ".."}), &[&format!("{name}: is `.` or `..`, which no identifier is")]);
        breaks(tool, json!({name: "x".repeat(257)}), &[&format!("{name}: is longer than 256 bytes")]);
        breaks(
            tool,
            json!({name: [1]}),
            &[&format!("{name}: the value is a list, a whole number or text is needed")],
        );
        breaks(
            tool,
            json!({name: 1.5}),
            &[&format!("{name}: `1.5` is a number, a whole number or text is needed")],
        );
        breaks(tool, json!({name: null}), &[&format!("{name}: is missing")]);
        breaks(tool, json!({"id": "1"}), &[&format!("id: is no argument here; give `{name}`")]);
    }
    breaks(
        "get_booking",
        json!({"booking_ref": "K7X9QP"}),
        &[
            "booking_ref: `\"K7X9QP\"` is no booking reference of Jinko's, such as `JNK-A1B2C3`; a supplier's is not taken",
        ],
    );
    breaks(
        "get_booking",
        json!({"pnr": "K7X9QP", "surname": "X"}),
        &[
            "pnr: is no argument here; a supplier's reference is not taken; give `booking_ref`, `JNK-` and six characters",
            "surname: is no argument here; give `last_name`",
        ],
    );
}

/// Words that models bring along from other programs lead to the right field.
#[test]
fn a_foreign_word_teaches_the_right_field() {
    for (tool, word, field) in [
        (
            "flight_calendar",
            "month",
            "give `departure_date_ranges`, as in `[{\"start\": \"2027-03-01\", \"end\": \"2027-03-31\"}]`",
        ),
        ("flight_calendar", "departure_date", "give `departure_dates`, a list"),
        ("flight_calendar", "returnDate", "give `return_dates`, a list"),
        ("flight_calendar", "adults", "cached fares are per adult; `flight_search` takes `passengers`"),
        (
            "flight_calendar",
            "max_stops",
            "give `direct_only` true for nonstop flights; `flight_search` takes `max_stops`",
        ),
        ("flight_calendar", "nights", "give `stay_days`"),
        ("find_destination", "from", "give `origins`, a list"),
        ("find_destination", "origin", "give `origins`, a list"),
        ("flight_search", "from", "give `search.origin`"),
        ("flight_search", "to", "give `search.destination`"),
        ("flight_search", "date", "give `search.departure_date`"),
        ("flight_search", "origin", "did you mean `search.origin`?"),
        ("flight_search", "adults", "did you mean `passengers.adults`?"),
        ("flight_search", "offer_token", "did you mean `price_check.offer_token`?"),
        (
            "flight_search",
            "month",
            "give `search.departure_date`, one day; `flight_calendar` takes a whole month",
        ),
        (
            "flight_search",
            "max_total",
            "cached searches take it; here it is `search.max_price`, for all passengers together",
        ),
        ("flight_search", "airline", "give `search.include_carriers`, a list"),
        ("hotel_search", "city", "give `destination.city_name` with `country_code`"),
        ("hotel_search", "check_in", "give `checkin`"),
        ("hotel_search", "nights", "give `checkout`, which is `checkin` plus the nights"),
        ("hotel_search", "guests", "give `occupancies`, as in `[{\"adults\": 2}]`"),
        ("hotel_search", "max_price", "give `filters.max_budget_per_night`"),
        ("hotel_search", "limit", "give `filters.max_results`"),
        ("hotel_search", "stars", "give `filters.min_star_rating`"),
        ("price_monitoring", "passengers", "give `traveler_counts`, as in `{\"adults\": 2}`"),
        ("find_ground", "from", "give `departure_city`"),
        ("find_ground", "adults", "give `passengers`, a count, or `passenger_ages`"),
        ("car_search", "pick_up_date_time", "give `pick_up.date_time`"),
        ("car_search", "airport", "give `pick_up.location`"),
    ] {
        breaks(tool, json!({word: 1}), &[&format!("{word}: is no argument here; {field}")]);
    }
    breaks("usage", json!({"key": 1}), &["key: is no argument; known here: `user_intent`"]);
}
