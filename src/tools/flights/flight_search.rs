//! `flight_search`: live fares for one route and date, or the live price of a discovered offer (CONTRACT 7.4, 9.4).

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{offers, places};
use crate::tools::hints::Hint;
use crate::tools::rest::Body;
use crate::tools::values::{
    AircraftType, CabinClass, Carrier, Currency, Date, Iata, Passengers, PlaceType, TimeRange, TripType,
    airports_of,
};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct FlightSearch;

impl Tool for FlightSearch {
    const SPEC: Spec = Spec {
        name: "flight_search",
        title: "Search live flights",
        description: "Live fares: `search` for one route and date, or `price_check` with a cached offer's \
                      `offer_token`, alone. 10 credits, up to 30 s. City codes (`PAR`) unless one airport is meant. A \
                      fare's `trip_item_token` books it. An empty answer is an answer: do not repeat it with fewer \
                      passengers.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 10,
        deadline: Duration::from_mins(2),
    };
    type Arguments = FlightSearchArguments;

    const UNLISTED: &'static [&'static str] = &["search.direct_only"];

    /// Flattens `search` or `price_check`, and `passengers`, into REST's flat body.
    fn plan(_: &FlightSearchArguments, given: Map<String, Value>) -> Plan {
        let body = Body::of(given)
            .flatten("search")
            .flatten("price_check")
            .flatten("passengers")
            .capitals(&["include_carriers", "exclude_carriers", "currency"]);
        Plan::Send(body.post("/v1/flight_search"))
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
    search: Option<Search>,
    price_check: Option<PriceCheck>,
    passengers: Option<Passengers>,
    /// Default USD
    currency: Option<Currency>,
    locale: Option<String>,
    user_intent: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it only travels")]
struct PriceCheck {
    /// Of the same day
    #[schemars(length(min = 1))]
    offer_token: String,
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
    trip_type: Option<TripType>,
    /// Advisory, no filter
    cabin_class: Option<CabinClass>,
    direct_only: Option<bool>,
    /// 0 = nonstop
    #[schemars(range(min = 0, max = 2))]
    max_stops: Option<u8>,
    /// Default true
    multi_fare: Option<bool>,
    /// Whole trip, all passengers
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_price: Option<f64>,
    #[schemars(range(min = 1, max = 300))]
    limit: Option<u16>,
    include_carriers: Option<Vec<Carrier>>,
    exclude_carriers: Option<Vec<Carrier>>,
    single_carrier_only: Option<bool>,
    /// Local `HH:MM`
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
    /// Only where `origin` is an airport
    origin_alternate_airports: Option<Vec<Iata>>,
    destination_alternate_airports: Option<Vec<Iata>>,
    nearby_airports: Option<bool>,
    same_connection_airport_only: Option<bool>,
    same_origin_airport_only: Option<bool>,
    same_turnaround_airport_only: Option<bool>,
}

impl Check for FlightSearchArguments {
    const HINTS: &'static [Hint] = &[
        ("max_total", "cached searches take it; here it is `search.max_price`, for all passengers together"),
        (
            "departure_dates",
            "a live search takes one `search.departure_date`; `flight_calendar` takes several days",
        ),
        (
            "return_dates",
            "a live search takes one `search.return_date`; `flight_calendar` takes several days",
        ),
    ];

    fn check(&self, today: Day, problems: &mut Problems) {
        match (&self.search, &self.price_check) {
            (None, None) => {
                problems.add("search", "is missing, and so is `price_check`; give exactly one of them");
            }
            (Some(_), Some(_)) => {
                problems.add(
                    "price_check",
                    "stands beside `search`; give exactly one of them, the token alone is enough",
                );
            }
            _ => {}
        }
        if let Some(search) = &self.search {
            search.check_dates(today, problems);
            search.check_places(problems);
            search.check_windows(problems);
            search.check_filters(problems);
        }
    }
}

impl Search {
    fn check_dates(&self, today: Day, problems: &mut Problems) {
        let (Date(out), back) = (self.departure_date, self.return_date.map(|date| date.0));
        places::check_days("search.", (out, back), today, problems);
        match (self.trip_type, back) {
            (Some(TripType::Oneway), Some(_)) => problems
                .add("search.trip_type", "is `oneway`, and `return_date` is given; leave one of them out"),
            (Some(TripType::Roundtrip), None) => {
                problems.add("search.return_date", "is missing, and `trip_type` is `roundtrip`");
            }
            _ => {}
        }
    }

    fn check_places(&self, problems: &mut Problems) {
        let ends = [
            ("origin", self.origin.0.as_str(), self.origin_type),
            ("destination", self.destination.0.as_str(), self.destination_type),
        ];
        places::check_ends("search.", ends, problems);
        let alternates = [&self.origin_alternate_airports, &self.destination_alternate_airports];
        for ((name, code, kind), alternates) in ends.into_iter().zip(alternates) {
            if alternates.is_some() && (airports_of(code).is_some() || kind == Some(PlaceType::City)) {
                problems.add(
                    format!("search.{name}_alternate_airports"),
                    format!("works only where `{name}` is one airport; `{code}` is searched as a city"),
                );
            }
        }
    }

    fn check_windows(&self, problems: &mut Problems) {
        for (name, window, is_back) in [
            ("departure_time_range", &self.departure_time_range, false),
            ("arrival_time_range", &self.arrival_time_range, false),
            ("return_departure_time_range", &self.return_departure_time_range, true),
            ("return_arrival_time_range", &self.return_arrival_time_range, true),
        ] {
            let Some(window) = window else { continue };
            window.check(&format!("search.{name}"), problems);
            if is_back && self.return_date.is_none() {
                problems
                    .add(format!("search.{name}"), "is about the way back, and `return_date` is not given");
            }
        }
    }

    fn check_filters(&self, problems: &mut Problems) {
        if self.direct_only == Some(true) && self.max_stops.is_some_and(|stops| stops > 0) {
            problems
                .add("search.direct_only", "is true, and `max_stops` is above 0; leave `direct_only` out");
        }
        places::check_carriers(
            "search.",
            self.include_carriers.as_deref(),
            self.exclude_carriers.as_deref(),
            problems,
        );
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
            Ok(_) => unreachable!(),
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
