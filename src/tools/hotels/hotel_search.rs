//! `hotel_search`: live hotel rates (CONTRACT 7.6, 9.4).

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::rates;
use crate::tools::rest::Body;
use crate::tools::values::{Country, Currency, Date};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct HotelSearch;

impl Tool for HotelSearch {
    const SPEC: Spec = Spec {
        name: "hotel_search",
        title: "Search live hotel rates",
        description: "Live rates for one place and stay. 10 credits. `destination` has one shape: `city_name` with \
                      `country_code`, a point, `query`, `place_id`, `hotel_ids` or `hotel_name`. A rate's `offer_id` \
                      (`htl_…`) books it. Totals are for the whole stay and one room; taxes not included come on top. \
                      Act on an `empty_reason`, do not retry.",
        toolset: Toolset::Hotels,
        hints: Hints::READ,
        credits: 10,
        deadline: Duration::from_mins(2),
    };
    type Arguments = HotelSearchArguments;

    const UNLISTED: &'static [&'static str] = &["trip_id"];

    /// Flattens `destination` and `filters` into REST's flat body; `trip_id` serves the hosted server's widget alone.
    fn plan(_: &HotelSearchArguments, given: Map<String, Value>) -> Plan {
        let body = Body::of(given).without("trip_id").flatten("destination").flatten("filters");
        Plan::Send(body.capitals(&["currency"]).post("/v1/hotel_search"))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        rates::present(body)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct HotelSearchArguments {
    destination: Destination,
    checkin: Date,
    checkout: Date,
    /// One a room; or `adults`, `children`, `rooms`
    #[schemars(length(min = 1, max = 8))]
    occupancies: Option<Vec<Occupancy>>,
    #[schemars(range(min = 1, max = 16))]
    adults: Option<u8>,
    /// Ages
    #[schemars(length(max = 8), inner(range(min = 0, max = 17)))]
    children: Option<Vec<u8>>,
    #[schemars(range(min = 1, max = 8))]
    rooms: Option<u8>,
    /// Default USD
    currency: Option<Currency>,
    guest_nationality: Option<Country>,
    filters: Option<Filters>,
    trip_id: Option<String>,
    user_intent: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Destination {
    #[schemars(length(min = 1, max = 200))]
    query: Option<String>,
    /// English spelling
    #[schemars(length(min = 1))]
    city_name: Option<String>,
    country_code: Option<Country>,
    #[schemars(range(min = -90.0, max = 90.0))]
    latitude: Option<f64>,
    #[schemars(range(min = -180.0, max = 180.0))]
    longitude: Option<f64>,
    /// Default 5
    #[schemars(range(max = 50.0), extend("exclusiveMinimum" = 0))]
    radius_km: Option<f64>,
    place_id: Option<String>,
    #[schemars(length(min = 1))]
    hotel_ids: Option<Vec<String>>,
    #[schemars(length(min = 2, max = 120))]
    hotel_name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
struct Occupancy {
    #[schemars(range(min = 1, max = 8))]
    adults: u8,
    #[schemars(length(max = 6), inner(range(min = 0, max = 17)))]
    children_ages: Option<Vec<u8>>,
}

// Not used when hotels are named, but for the budget.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
struct Filters {
    /// Guests', default 7
    #[schemars(range(min = 0.0, max = 10.0))]
    min_rating: Option<f64>,
    #[schemars(range(min = 1.0, max = 5.0))]
    min_star_rating: Option<f64>,
    #[schemars(range(min = 1.0, max = 5.0))]
    max_star_rating: Option<f64>,
    #[schemars(range(min = 0))]
    min_reviews: Option<u32>,
    hotel_type_ids: Option<Vec<i64>>,
    chain_ids: Option<Vec<ChainId>>,
    facility_ids: Option<Vec<i64>>,
    #[schemars(range(min = 1, max = 200))]
    max_results: Option<u16>,
    #[schemars(range(min = 0))]
    offset: Option<u32>,
    /// For one room
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_budget_per_night: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only travels")]
enum ChainId {
    Slug(String),
    Number(i64),
}

impl JsonSchema for ChainId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChainId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "integer"]})
    }
}

impl Check for HotelSearchArguments {
    fn check(&self, today: Day, problems: &mut Problems) {
        let (checkin, checkout) = (self.checkin.0, self.checkout.0);
        if checkin < today {
            problems.add("checkin", format!("`{checkin}` is in the past; today is `{today}`"));
        }
        if checkout <= checkin {
            problems.add("checkout", format!("`{checkout}` is not after `checkin` `{checkin}`"));
        }
        if self.occupancies.is_some() {
            let given = [
                ("adults", self.adults.is_some()),
                ("children", self.children.is_some()),
                ("rooms", self.rooms.is_some()),
            ];
            for (name, _) in given.iter().filter(|(_, is_given)| *is_given) {
                problems
                    .add(*name, "stands beside `occupancies`, which says the same; leave one of them out");
            }
        }
        self.destination.check(problems);
        if let Some(Filters { min_star_rating: Some(min), max_star_rating: Some(max), .. }) = &self.filters
            && min > max
        {
            problems.add("filters.min_star_rating", format!("`{min}` is above `max_star_rating` `{max}`"));
        }
    }
}

impl Destination {
    /// Exactly one shape; city and country may narrow a name.
    fn check(&self, problems: &mut Problems) {
        let given: Vec<&str> = [
            ("query", self.query.is_some()),
            ("latitude", self.latitude.is_some() || self.longitude.is_some()),
            ("place_id", self.place_id.is_some()),
            ("hotel_ids", self.hotel_ids.is_some()),
            ("hotel_name", self.hotel_name.is_some()),
            ("city_name", self.city_name.is_some() && self.hotel_name.is_none()),
        ]
        .into_iter()
        .filter_map(|(shape, is_given)| is_given.then_some(shape))
        .collect();
        match given.as_slice() {
            [] => problems.add(
                "destination",
                "names no place; give one of `city_name` with `country_code`, `latitude` with `longitude`, `query`, `place_id`, `hotel_ids`, `hotel_name`",
            ),
            [_] => {}
            more => problems.add("destination", format!("has several shapes ({}); give one", more.join(", "))),
        }
        if self.latitude.is_some() != self.longitude.is_some() {
            let missing = if self.latitude.is_some() { "longitude" } else { "latitude" };
            problems.add(format!("destination.{missing}"), "is missing; a point has both");
        }
        if self.radius_km.is_some() && self.latitude.is_none() && self.longitude.is_none() {
            problems.add("destination.radius_km", "goes with `latitude` and `longitude`");
        }
        if self.city_name.is_some() && self.country_code.is_none() {
            problems.add("destination.country_code", "is missing; a city is searched within its country");
        }
        if self.country_code.is_some() && self.city_name.is_none() && self.hotel_name.is_none() {
            problems.add("destination.country_code", "goes with `city_name` or `hotel_name`");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::{Entry, Problem};

    fn plan(arguments: Value) -> Result<Value, Vec<String>> {
        match Entry::of::<HotelSearch>().plan(arguments, jiff::civil::date(2026, 11, 24)) {
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
            "destination": {"city_name": "Berlin", "country_code": "de"}, "checkin": "2027-03-12", "checkout": "2027-03-14",
            "occupancies": [{"adults": 2, "children_ages": [4]}], "currency": "EUR", "filters": {"max_results": 5, "chain_ids": ["accor", 7]}
        });
        let sent = json!({
            "city_name": "Berlin", "country_code": "de", "checkin": "2027-03-12", "checkout": "2027-03-14",
            "occupancies": [{"adults": 2, "children_ages": [4]}], "currency": "EUR", "max_results": 5, "chain_ids": ["accor", 7]
        });
        assert_eq!(plan(given), Ok(sent));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let shapes = plan(json!({
            "destination": {"city": "Berlin", "latitude": 95, "radius_km": 0}, "checkin": "tomorrow", "checkout": "2027-03-14",
            "occupancies": [], "children": [18], "filters": {"max_result": 5}
        }));
        let rules = plan(json!({
            "destination": {"city_name": "Berlin", "query": "Berlin", "longitude": 13.4}, "checkin": "2027-03-14",
            "checkout": "2027-03-14", "occupancies": [{"adults": 1}], "rooms": 1, "filters": {"min_star_rating": 5, "max_star_rating": 3}
        }));
        let nowhere = plan(json!({"destination": {}, "checkin": "2020-01-01", "checkout": "2020-01-02"}));
        let text: Vec<String> =
            [shapes, rules, nowhere].into_iter().map(|p| p.unwrap_err().join("\n")).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
