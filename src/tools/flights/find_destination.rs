//! `find_destination`: where one can fly cheaply, cached (CONTRACT 7.1, 9.4).

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::itineraries;
use super::route::{Format, NOBODY_IS_COUNTED, SortBy, check_caps};
use super::when::When;
use crate::tools::hints::Hint;
use crate::tools::rest::Body;
use crate::tools::values::{CabinClass, Currency, Date, DateRange, DaysRange, Place, TripType, airports_of};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct FindDestination;

impl Tool for FindDestination {
    const SPEC: Spec = Spec {
        name: "find_destination",
        title: "Find cheap destinations",
        description: "Where to go: the cheapest destinations from given airports, cached. 1 credit. Name all airports \
                      of a city (`CDG`, `ORY`), not the city. Prices are indicative, per adult. Next: \
                      `flight_calendar` for dates, or `flight_search` with `price_check`.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = FindDestinationArguments;

    const UNLISTED: &'static [&'static str] = &["format", "max_price"];

    fn plan(_: &FindDestinationArguments, given: Map<String, Value>) -> Plan {
        let body = Body::of(given).without("format").capitals(&["origins", "destinations", "currency"]);
        Plan::Send(body.post("/v1/find_destination"))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        itineraries::present_destinations(body)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct FindDestinationArguments {
    /// Airports
    #[schemars(length(min = 1))]
    origins: Vec<Place>,
    trip_type: TripType,
    destinations: Option<Vec<Place>>,
    departure_dates: Option<Vec<Date>>,
    departure_date_ranges: Option<Vec<DateRange>>,
    return_dates: Option<Vec<Date>>,
    return_date_ranges: Option<Vec<DateRange>>,
    #[schemars(range(min = 1, max = 365))]
    stay_days: Option<u16>,
    stay_days_range: Option<DaysRange>,
    direct_only: Option<bool>,
    cabin_class: Option<CabinClass>,
    /// Per adult
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_total: Option<f64>,
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_price: Option<f64>,
    sort_by: Option<SortBy>,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
    #[schemars(range(min = 0))]
    offset: Option<u32>,
    /// Default USD
    currency: Option<Currency>,
    locale: Option<String>,
    format: Option<Format>,
    user_intent: Option<String>,
}

impl Check for FindDestinationArguments {
    const HINTS: &'static [Hint] = NOBODY_IS_COUNTED;

    fn check(&self, today: Day, problems: &mut Problems) {
        for (name, places) in [("origins", Some(&self.origins)), ("destinations", self.destinations.as_ref())]
        {
            for (index, Place(code)) in places.into_iter().flatten().enumerate() {
                if let Some(airports) = airports_of(code) {
                    let airports = airports.join("`, `");
                    problems.add(
                        format!("{name}[{index}]"),
                        format!("`{code}` is a city, and airports are needed here: `{airports}`"),
                    );
                }
            }
        }
        let when = When {
            trip_type: self.trip_type,
            departure_dates: self.departure_dates.as_deref(),
            departure_date_ranges: self.departure_date_ranges.as_deref(),
            return_dates: self.return_dates.as_deref(),
            return_date_ranges: self.return_date_ranges.as_deref(),
            stay_days: self.stay_days,
            stay_days_range: self.stay_days_range,
        };
        when.check(today, problems);
        check_caps(self.max_total, self.max_price, problems);
    }
}
