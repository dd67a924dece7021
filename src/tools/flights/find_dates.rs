//! `find_dates`: at most ten good date pairs for one route, cached (CONTRACT 7.2).

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::itineraries;
use super::route::{self, RouteArguments};
use crate::tools::{Hints, NotJson, Plan, Presented, Spec, Tool, Toolset};

pub(super) struct FindDates;

impl Tool for FindDates {
    const SPEC: Spec = Spec {
        name: "find_dates",
        title: "Best dates for a route",
        description: "\"When is it cheapest?\": at most ten of the best dates of one route, cached. 1 credit. Takes \
                      what `flight_calendar` takes; prices and next step as there.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = RouteArguments;

    const UNLISTED: &'static [&'static str] = route::UNLISTED_BESIDE_THE_CALENDAR;

    fn plan(_: &RouteArguments, given: Map<String, Value>) -> Plan {
        route::send("/v1/find_dates", given)
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        itineraries::present(body)
    }
}
