//! The arguments of the cached searches on one route: `flight_calendar`, `find_dates` and `lowest_fare` take the same
//! (CONTRACT 7.2, 9.4).

use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::when::When;
use crate::error::Code;
use crate::tools::hints::Hint;
use crate::tools::rest::Body;
use crate::tools::values::{CabinClass, Currency, Date, DateRange, DaysRange, Place, TimeRange, TripType};
use crate::tools::{Check, Plan, Problems};

/// Cached fares are of one adult, so their searches count nobody (CONTRACT 9.4).
pub(super) const NOBODY_IS_COUNTED: &[Hint] = &[
    ("adults", PER_ADULT),
    ("children", PER_ADULT),
    ("infants", PER_ADULT),
    ("passengers", PER_ADULT),
    ("travelers", PER_ADULT),
    ("traveler_counts", PER_ADULT),
    ("origin_type", CODE_DECIDES),
    ("destination_type", CODE_DECIDES),
    ("max_stops", "give `direct_only` true for nonstop flights; `flight_search` takes `max_stops`"),
];
/// What the tools beside `flight_calendar` take without listing it again: each list costs every conversation its tokens.
pub(super) const UNLISTED_BESIDE_THE_CALENDAR: &[&str] = &[
    "format",
    "max_price",
    "sort_by",
    "limit",
    "offset",
    "departure_time_range",
    "arrival_time_range",
    "return_departure_time_range",
    "return_arrival_time_range",
];

const PER_ADULT: &str = "cached fares are per adult; `flight_search` takes `passengers`";
const CODE_DECIDES: &str = "the code itself says whether it is a city or an airport";

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct RouteArguments {
    /// City or airport
    origin: Place,
    destination: Place,
    trip_type: TripType,
    /// Any of these
    departure_dates: Option<Vec<Date>>,
    departure_date_ranges: Option<Vec<DateRange>>,
    return_dates: Option<Vec<Date>>,
    return_date_ranges: Option<Vec<DateRange>>,
    /// Instead of return dates
    #[schemars(range(min = 1, max = 365))]
    stay_days: Option<u16>,
    stay_days_range: Option<DaysRange>,
    /// Local `HH:MM`
    departure_time_range: Option<TimeRange>,
    arrival_time_range: Option<TimeRange>,
    return_departure_time_range: Option<TimeRange>,
    return_arrival_time_range: Option<TimeRange>,
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

// What comes first.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SortBy {
    Lowest,
    Recommendation,
}

// How the hosted server forms its answer; ours has both, always.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    Text,
    Json,
}

impl Check for RouteArguments {
    const HINTS: &'static [Hint] = NOBODY_IS_COUNTED;

    fn check(&self, today: Day, problems: &mut Problems) {
        if self.origin.0.eq_ignore_ascii_case(&self.destination.0) {
            problems.add("destination", format!("`{}` is also the `origin`", self.destination.0));
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
        self.check_windows(problems);
        check_caps(self.max_total, self.max_price, problems);
    }
}

impl RouteArguments {
    fn check_windows(&self, problems: &mut Problems) {
        for (name, window, is_back) in [
            ("departure_time_range", &self.departure_time_range, false),
            ("arrival_time_range", &self.arrival_time_range, false),
            ("return_departure_time_range", &self.return_departure_time_range, true),
            ("return_arrival_time_range", &self.return_arrival_time_range, true),
        ] {
            let Some(window) = window else { continue };
            window.check(name, problems);
            if is_back && self.trip_type == TripType::Oneway {
                problems
                    .add(name, "is about the way back, and `trip_type` is `oneway`; leave one of them out");
            }
        }
    }
}

/// Two names for one cap: they may stand together only if they agree.
pub(super) fn check_caps(max_total: Option<f64>, max_price: Option<f64>, problems: &mut Problems) {
    if let (Some(total), Some(price)) = (max_total, max_price)
        && total.total_cmp(&price).is_ne()
    {
        problems.add(
            "max_price",
            format!("`{price}` is the older name of `max_total`, which is `{total}`; give one"),
        );
    }
}

/// REST wants lists of places, takes no `format`, and has the operation only on some deployments (CONTRACT 7.2, 13.24).
pub(super) fn send(path: &'static str, given: Map<String, Value>) -> Plan {
    let body = Body::of(given)
        .without("format")
        .list_of("origin", "origins")
        .list_of("destination", "destinations")
        .capitals(&["origins", "destinations", "currency"]);
    Plan::Send(body.post(path).missing_means(Code::NotEnabledForKey))
}
