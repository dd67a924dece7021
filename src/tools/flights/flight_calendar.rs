//! `flight_calendar`: cached fares of one route over many days (CONTRACT 7.2).

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::itineraries;
use super::route::{self, RouteArguments};
use crate::tools::{Hints, NotJson, Plan, Presented, Spec, Tool, Toolset};

pub(super) struct FlightCalendar;

impl Tool for FlightCalendar {
    const SPEC: Spec = Spec {
        name: "flight_calendar",
        title: "Fares over flexible dates",
        description: "Cached fares of one route over several days or months: first choice when dates are flexible. 1 \
                      credit. Prices are indicative, per adult, up to days old; confirm one the same day with \
                      `flight_search` and `price_check`. A long `departure_dates` fails: give a range.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = RouteArguments;

    const UNLISTED: &'static [&'static str] = &["format", "max_price"];

    fn plan(_: &RouteArguments, given: Map<String, Value>) -> Plan {
        route::send("/v1/flight_calendar", given)
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        itineraries::present(body)
    }
}
