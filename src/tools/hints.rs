//! An argument that is none: which one was meant. For the message alone; nothing is renamed on the way.

use serde_json::Value;

use super::arguments::{dotted, join};

/// A word that models send, and what to do instead: a fragment that continues "is no argument here; …".
pub(crate) type Hint = (&'static str, &'static str);

/// Words for one thing in other programs, the field that is meant where it exists, and how to fill it.
struct Alias {
    words: &'static [&'static str],
    field: &'static str,
    how: &'static str,
}

const fn alias(words: &'static [&'static str], field: &'static str, how: &'static str) -> Alias {
    Alias { words, field, how }
}

const FROM: &[&str] = &[
    "from",
    "fly_from",
    "from_city",
    "from_airport",
    "origin",
    "origin_city",
    "origin_airport",
    "departure_city",
    "departure_airport",
];
const TO: &[&str] = &[
    "to",
    "fly_to",
    "to_city",
    "to_airport",
    "destination",
    "destination_city",
    "destination_airport",
    "arrival_city",
    "arrival_airport",
];
const MONTH: &[&str] = &["month", "months", "departure_month", "date_range", "dates", "period"];
const OUT: &[&str] = &[
    "date",
    "day",
    "depart_date",
    "departure",
    "outbound_date",
    "start_date",
    "travel_date",
    "departure_date",
];
const BACK: &[&str] = &["return", "inbound_date", "end_date", "back", "return_date"];
const PEOPLE: &[&str] = &[
    "adults",
    "children",
    "guests",
    "infants",
    "num_adults",
    "passenger_count",
    "passengers",
    "pax",
    "people",
    "persons",
    "traveler_counts",
    "travelers",
    "travellers",
];
const PLACE: &[&str] = &["city", "city_name", "destination", "location", "place", "query", "town", "where"];

/// Looked through in order: the first whose field exists in the tool's schema holds.
const ALIASES: &[Alias] = &[
    alias(FROM, "origins", ", a list"),
    alias(FROM, "origin", ""),
    alias(FROM, "departure_city", ""),
    alias(TO, "destinations", ", a list"),
    alias(TO, "destination", ""),
    alias(TO, "arrival_city", ""),
    alias(MONTH, "departure_date_ranges", ", as in `[{\"start\": \"2027-03-01\", \"end\": \"2027-03-31\"}]`"),
    alias(MONTH, "departure_date", ", one day; `flight_calendar` takes a whole month"),
    alias(OUT, "departure_date", ""),
    alias(OUT, "departure_dates", ", a list"),
    alias(OUT, "checkin", ""),
    alias(BACK, "return_date", ""),
    alias(BACK, "return_dates", ", a list"),
    alias(BACK, "checkout", ""),
    alias(&["arrival_date", "check_in", "check_in_date", "checkin_date"], "checkin", ""),
    alias(&["check_out", "check_out_date", "checkout_date", "departure_date"], "checkout", ""),
    alias(&["nights", "night_count", "length_of_stay"], "checkout", ", which is `checkin` plus the nights"),
    alias(
        &[
            "days",
            "duration",
            "length_of_stay",
            "nights",
            "stay",
            "stay_length",
            "trip_duration",
            "trip_length",
        ],
        "stay_days",
        "",
    ),
    alias(PEOPLE, "traveler_counts", ", as in `{\"adults\": 2}`"),
    alias(PEOPLE, "occupancies", ", as in `[{\"adults\": 2}]`"),
    alias(PEOPLE, "passengers", ""),
    alias(PLACE, "city_name", " with `country_code`"),
    alias(&["country"], "country_code", ""),
    alias(&["cabin", "class", "travel_class"], "cabin_class", ""),
    alias(&["airline", "airlines", "carrier", "carriers"], "include_carriers", ", a list"),
    alias(&["airline", "airlines", "carrier", "carriers"], "carrier_codes", ", a list"),
    alias(
        &["direct", "direct_only", "direct_flight", "non_stop", "nonstop", "nonstop_only"],
        "max_stops",
        " 0",
    ),
    alias(&["direct", "max_stops", "non_stop", "nonstop", "nonstop_only", "stops"], "direct_only", ""),
    alias(&["stops"], "max_stops", ""),
    alias(
        &["budget", "max_budget", "max_fare", "max_price", "price", "price_max"],
        "max_budget_per_night",
        "",
    ),
    alias(&["budget", "max_budget", "max_fare", "price", "price_max"], "max_total", ""),
    alias(&["budget", "max_budget", "max_fare", "max_total", "price", "price_max"], "max_price", ""),
    alias(&["hotel", "id"], "hotel_id", ""),
    alias(&["cart_id", "id", "trip"], "trip_id", ""),
    alias(&["booking_id", "booking_reference", "confirmation_number", "id", "reference"], "booking_ref", ""),
    alias(&["name", "surname", "family_name"], "last_name", ""),
    alias(&["offer", "offer_id", "token"], "offer_token", ""),
    alias(&["stars", "star_rating", "hotel_class"], "min_star_rating", ""),
    alias(&["rating"], "min_rating", ""),
    alias(&["page"], "offset", ""),
    alias(&["count", "max_results", "page_size", "per_page"], "limit", ""),
    alias(&["count", "limit", "page_size", "per_page"], "max_results", ""),
    alias(&["order_by", "sort"], "sort_by", ""),
    alias(&["dropoff", "return_location"], "drop_off", ""),
    alias(&["pickup", "pickup_location"], "pick_up", ""),
    alias(&["drop_off_date", "dropoff_date", "end"], "drop_off_date_time", ""),
    alias(&["age"], "driver_age", ""),
    alias(&["country_code"], "residence_country", ""),
    alias(&["after", "from", "min", "start"], "earliest", ""),
    alias(&["before", "end", "max", "to", "until"], "latest", ""),
    alias(&["earliest", "from"], "start", ""),
    alias(&["latest", "to", "until"], "end", ""),
];

/// What to say of the argument `name`, which the schema does not know at `pointer`.
pub(super) fn unknown(name: &str, pointer: &str, schema: &Value, hints: &[Hint]) -> String {
    let snake = snake_case(name);
    if let Some((_, instead)) = hints.iter().find(|(word, _)| *word == snake) {
        return format!("is no argument here; {instead}");
    }
    if let Some(path) = place_of(&snake, schema) {
        return format!("is no argument here; did you mean `{path}`?");
    }
    let known = properties_at(pointer, schema);
    let meant = || ALIASES.iter().filter(|alias| alias.words.contains(&snake.as_str()));
    // What stands beside it is meant before what stands elsewhere: `from` of a window is no place.
    if let Some(Alias { field, how, .. }) = meant().find(|alias| known.contains(&alias.field)) {
        let path = join(&dotted(pointer), field);
        return format!("is no argument here; give `{path}`{how}");
    }
    for Alias { field, how, .. } in meant() {
        if let Some(path) = place_of(field, schema) {
            return format!("is no argument here; give `{path}`{how}");
        }
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("is no argument; did you mean `{near}`?"),
        None if known.is_empty() => "is no argument; none is taken here".into(),
        None => format!("is no argument; known here: {}", list(known.into_iter())),
    }
}

/// `departureDate` and `departure-date` as our fields are spelled.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() });
    }
    snake
}

/// Where a field stands in a schema, the shallowest first: `search.origin`, `occupancies[].adults`.
fn place_of(field: &str, schema: &Value) -> Option<String> {
    let mut level = vec![(String::new(), schema)];
    while !level.is_empty() {
        let mut below = Vec::new();
        for (path, schema) in level {
            for (name, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let path = join(&path, name);
                if name == field {
                    return Some(path);
                }
                match inner.get("items") {
                    Some(items) => below.push((format!("{path}[]"), items)),
                    None => below.push((path, inner)),
                }
            }
        }
        level = below;
    }
    None
}

/// The names that the schema knows at an instance path.
fn properties_at<'s>(pointer: &str, mut schema: &'s Value) -> Vec<&'s str> {
    for part in pointer.split('/').skip(1) {
        let next = schema.get("properties").and_then(|p| p.get(part)).or_else(|| schema.get("items"));
        let Some(next) = next else { return Vec::new() };
        schema = next;
    }
    let known = schema.get("properties").and_then(Value::as_object);
    known.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// The known name that is nearest to `name`, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    known
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_field_that_was_meant_is_named_wherever_it_stands() {
        let schema = json!({"properties": {
            "search": {"properties": {"origin": {}, "departure_date": {}, "max_stops": {}}},
            "rooms": {"items": {"properties": {"adults": {}}}},
        }});
        let said = |name: &str, pointer: &str| unknown(name, pointer, &schema, &[("pnr", "give another")]);
        assert_eq!(said("origin", ""), "is no argument here; did you mean `search.origin`?");
        assert_eq!(said("departureDate", ""), "is no argument here; did you mean `search.departure_date`?");
        assert_eq!(said("adults", ""), "is no argument here; did you mean `rooms[].adults`?");
        assert_eq!(said("from", "/search"), "is no argument here; give `search.origin`");
        assert_eq!(said("nonstop", ""), "is no argument here; give `search.max_stops` 0");
        assert!(said("month", "/search").ends_with("one day; `flight_calendar` takes a whole month"));
        assert_eq!(said("pnr", ""), "is no argument here; give another");
        assert_eq!(said("orgin", "/search"), "is no argument; did you mean `origin`?");
        assert_eq!(said("zzz", ""), "is no argument; known here: `rooms`, `search`");
        assert_eq!(said("zzz", "/rooms/0/adults"), "is no argument; none is taken here");
    }
}
