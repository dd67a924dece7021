//! `flight_search`: live fares for one route and date (CONTRACT 7.4, 9.4).

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::offers;
use crate::tools::values::{Carrier, Currency, Date, Iata, TimeRange};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};
use crate::upstream::Request;

pub(super) struct FlightSearch;

/// The metro codes that look like airports and are cities (CONTRACT 6.2).
const METRO_CODES: [&str; 10] = ["BJS", "CHI", "LON", "MIL", "NYC", "PAR", "TYO", "WAS", "YMQ", "YTO"];

impl Tool for FlightSearch {
    const SPEC: Spec = Spec {
        name: "flight_search",
        title: "Search live flights",
        description: "Live flight fares for one route and one departure date (and return date for a round trip). \
                      Slow (up to 30 s) and the dearest kind of call: 10 credits, one request of the quota. Use IATA \
                      city codes (`PAR`) unless one airport is meant. Each fare carries a `trip_item_token`, which \
                      books it; pass it on unchanged. Quote prices as they stand, never compute them. An empty \
                      answer is an answer: do not repeat the search with fewer passengers.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 10,
        deadline: Duration::from_mins(2),
    };
    type Arguments = FlightSearchArguments;

    /// Flattens `search` and `passengers` into REST's flat body; `user_intent` stays with us.
    fn plan(_: &FlightSearchArguments, mut given: Map<String, Value>) -> Plan {
        let mut body = Map::new();
        for group in ["search", "passengers"] {
            if let Some(Value::Object(fields)) = given.remove(group) {
                body.extend(fields);
            }
        }
        given.remove("user_intent");
        body.extend(given);
        Plan::Send(Request::post("/v1/flight_search", &body))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        offers::present(body)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct FlightSearchArguments {
    search: Search,
    passengers: Option<Passengers>,
    /// ISO 4217, default USD
    currency: Option<Currency>,
    /// BCP 47, default en-US
    locale: Option<String>,
    /// The user's request in their own words, without personal data; never changes the result
    user_intent: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum PlaceType {
    City,
    Airport,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum TripType {
    Oneway,
    Roundtrip,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CabinClass {
    Economy,
    PremiumEconomy,
    Business,
    First,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
struct Search {
    /// City or airport
    origin: Iata,
    destination: Iata,
    departure_date: Date,
    return_date: Option<Date>,
    origin_type: Option<PlaceType>,
    destination_type: Option<PlaceType>,
    /// Follows from `return_date` when absent
    trip_type: Option<TripType>,
    /// Advisory, no filter
    cabin_class: Option<CabinClass>,
    /// Deprecated: `max_stops` 0
    direct_only: Option<bool>,
    /// 0 = nonstop
    #[schemars(range(min = 0, max = 2))]
    max_stops: Option<u8>,
    /// Several fares for each itinerary, default true
    multi_fare: Option<bool>,
    /// Whole trip, all passengers
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_price: Option<f64>,
    #[schemars(range(min = 1, max = 300))]
    limit: Option<u16>,
    include_carriers: Option<Vec<Carrier>>,
    exclude_carriers: Option<Vec<Carrier>>,
    single_carrier_only: Option<bool>,
    departure_time_range: Option<TimeRange>,
    arrival_time_range: Option<TimeRange>,
    return_departure_time_range: Option<TimeRange>,
    return_arrival_time_range: Option<TimeRange>,
    #[schemars(range(min = 0))]
    connection_time_min_minutes: Option<u32>,
    #[schemars(range(min = 0))]
    connection_time_max_minutes: Option<u32>,
    #[schemars(range(min = 1))]
    max_total_duration_minutes: Option<u32>,
    refundable_only: Option<bool>,
    changeable_only: Option<bool>,
    checked_bag_included: Option<bool>,
    via_airports: Option<Vec<Iata>>,
    exclude_via_airports: Option<Vec<Iata>>,
    aircraft_types: Option<Vec<AircraftType>>,
    /// Only beside an airport as `origin`
    origin_alternate_airports: Option<Vec<Iata>>,
    /// Only beside an airport as `destination`
    destination_alternate_airports: Option<Vec<Iata>>,
    nearby_airports: Option<bool>,
    same_connection_airport_only: Option<bool>,
    same_origin_airport_only: Option<bool>,
    same_turnaround_airport_only: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[expect(dead_code, reason = "it only travels")]
struct AircraftType(#[schemars(regex(pattern = "^[A-Z0-9]{3}$"))] String);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
struct Passengers {
    /// 12 and older, default 1
    #[schemars(range(min = 1, max = 9))]
    adults: Option<u8>,
    /// 2 to 11
    #[schemars(range(min = 0, max = 8))]
    children: Option<u8>,
    /// Under 2, on a lap
    #[schemars(range(min = 0, max = 4))]
    infants: Option<u8>,
}

impl Check for FlightSearchArguments {
    fn check(&self, today: Day, problems: &mut Problems) {
        self.search.check_dates(today, problems);
        self.search.check_places(problems);
        self.search.check_filters(problems);
    }
}

impl Search {
    fn check_dates(&self, today: Day, problems: &mut Problems) {
        let departure = self.departure_date.0;
        if departure < today {
            problems
                .add("search.departure_date", format!("`{departure}` is in the past; today is `{today}`"));
        }
        if let Some(Date(back)) = self.return_date {
            if back < departure {
                problems
                    .add("search.return_date", format!("`{back}` is before `departure_date` `{departure}`"));
            }
            if self.trip_type == Some(TripType::Oneway) {
                problems.add(
                    "search.trip_type",
                    "is `oneway`, and `return_date` is given; leave one of them out",
                );
            }
        } else if self.trip_type == Some(TripType::Roundtrip) {
            problems.add("search.return_date", "is missing, and `trip_type` is `roundtrip`");
        }
    }

    fn check_places(&self, problems: &mut Problems) {
        if self.origin == self.destination {
            problems.add("search.destination", format!("`{}` is also the `origin`", self.destination.0));
        }
        let ends = [
            ("origin", &self.origin, self.origin_type, &self.origin_alternate_airports),
            ("destination", &self.destination, self.destination_type, &self.destination_alternate_airports),
        ];
        for (name, Iata(code), kind, alternates) in ends {
            let is_metro = METRO_CODES.contains(&code.as_str());
            if is_metro && kind == Some(PlaceType::Airport) {
                problems.add(
                    format!("search.{name}_type"),
                    format!("is `airport`, and `{code}` is a city with several airports; say `city`, or name one of them"),
                );
            }
            if alternates.is_some() && (is_metro || kind == Some(PlaceType::City)) {
                problems.add(
                    format!("search.{name}_alternate_airports"),
                    format!("works only where `{name}` is one airport; `{code}` is searched as a city"),
                );
            }
        }
    }

    fn check_filters(&self, problems: &mut Problems) {
        if self.direct_only == Some(true) && self.max_stops.is_some_and(|stops| stops > 0) {
            problems
                .add("search.direct_only", "is true, and `max_stops` is above 0; leave `direct_only` out");
        }
        let both = |one: &Option<Vec<Carrier>>, other: &Option<Vec<Carrier>>| {
            let other = other.as_deref().unwrap_or_default();
            one.iter().flatten().find(|code| other.contains(code)).map(|code| code.0.clone())
        };
        if let Some(code) = both(&self.include_carriers, &self.exclude_carriers) {
            problems.add("search.exclude_carriers", format!("`{code}` stands in `include_carriers` too"));
        }
        let excluded = self.exclude_via_airports.as_deref().unwrap_or_default();
        if let Some(Iata(code)) = self.via_airports.iter().flatten().find(|code| excluded.contains(code)) {
            problems.add("search.exclude_via_airports", format!("`{code}` stands in `via_airports` too"));
        }
        if let (Some(min), Some(max)) = (self.connection_time_min_minutes, self.connection_time_max_minutes)
            && min > max
        {
            problems.add(
                "search.connection_time_min_minutes",
                format!("`{min}` is above `connection_time_max_minutes` `{max}`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::{Entry, Problem};

    const TODAY: Day = jiff::civil::date(2026, 11, 24);

    fn plan(arguments: Value) -> Result<Value, Vec<String>> {
        match Entry::of::<FlightSearch>().plan(arguments, TODAY) {
            Ok(Plan::Send(request)) => Ok(serde_json::from_slice(request.body().unwrap()).unwrap()),
            Ok(Plan::Usage) => unreachable!(),
            Err(problems) => Err(problems
                .into_iter()
                .map(|Problem { path, problem }| format!("{path}: {problem}"))
                .collect()),
        }
    }

    #[test]
    fn arguments_become_rest_s_flat_body() {
        let given = json!({
            "search": {"origin": "PAR", "destination": "BER", "departure_date": "2027-03-12", "max_stops": 0,
                       "departure_time_range": {"earliest": "06:00"}, "return_date": null},
            "passengers": {"adults": 2}, "currency": "EUR", "user_intent": "a weekend in Berlin"
        });
        let sent = json!({
            "origin": "PAR", "destination": "BER", "departure_date": "2027-03-12", "max_stops": 0,
            "departure_time_range": {"earliest": "06:00"}, "adults": 2, "currency": "EUR"
        });
        assert_eq!(plan(given), Ok(sent));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let problems = plan(json!({
            "search": {"orgin": "PAR", "destination": "Berlin", "departure_date": "2027-02-30", "max_stops": 3,
                       "cabin_class": "cheap", "include_carriers": ["AF", "air"]},
            "passengers": {"adults": "12"}, "month": 3
        }));
        insta::assert_snapshot!(problems.unwrap_err().join("\n"));
    }

    #[test]
    fn rules_that_span_fields_are_checked() {
        let problems = plan(json!({"search": {
            "origin": "PAR", "destination": "PAR", "departure_date": "2026-11-23", "return_date": "2026-11-20",
            "trip_type": "oneway", "origin_type": "airport", "direct_only": true, "max_stops": 1,
            "include_carriers": ["AF", "U2"], "exclude_carriers": ["U2"], "via_airports": ["AMS"],
            "exclude_via_airports": ["AMS"], "connection_time_min_minutes": 90, "connection_time_max_minutes": 60,
            "origin_alternate_airports": ["ORY"]
        }}));
        insta::assert_snapshot!(problems.unwrap_err().join("\n"));
    }
}
