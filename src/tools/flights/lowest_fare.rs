//! `lowest_fare`: at most ten of the cheapest itineraries on one date, cached (CONTRACT 7.2).

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::itineraries;
use super::route::{self, RouteArguments};
use crate::tools::{Hints, NotJson, Plan, Presented, Spec, Tool, Toolset};

pub(super) struct LowestFare;

impl Tool for LowestFare {
    const SPEC: Spec = Spec {
        name: "lowest_fare",
        title: "Cheapest on a date",
        description: "At most ten of the cheapest itineraries of one route on one date, cached. 1 credit, a live \
                      search costs 10. Takes what `flight_calendar` takes; prices and next step as there.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = RouteArguments;

    const UNLISTED: &'static [&'static str] = route::UNLISTED_BESIDE_THE_CALENDAR;

    fn plan(_: &RouteArguments, given: Map<String, Value>) -> Plan {
        route::send("/v1/lowest_fare", given)
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        itineraries::present(body)
    }
}
