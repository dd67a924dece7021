//! The filters of a flight search: read, applied, reported (CONTRACT.md 7.4 and 9.4).
//!
//! What the sandbox cannot apply it takes and says so in `unapplied_filters`: a filter must never be ignored in
//! silence.

use serde::Serialize;
use serde_json::{Map, Value};

use super::fares::Brand;
use super::itineraries::Itinerary;
use crate::sandbox::fields::{Fields, code, integer};
use crate::sandbox::moment::Moment;
use crate::sandbox::money::Currency;
use crate::sandbox::refusal::Refusal;

/// So many of `via_airports` are looked at (CONTRACT.md 9.4).
const VIA_MAX: usize = 9;
const NO_RETURN: &str = "the search has no return flight";
const ONE_OFFER: &str = "a price check looks at the one offer of its token";
const WIDENED: &str = "no offer of these carriers was found, so offers of all carriers are shown";

/// Filters that are applied, by their names on the wire.
const APPLIED: [&str; 23] = [
    "max_stops",
    "direct_only",
    "max_price",
    "include_carriers",
    "exclude_carriers",
    "single_carrier_only",
    "departure_time_range",
    "arrival_time_range",
    "return_departure_time_range",
    "return_arrival_time_range",
    "connection_time_min_minutes",
    "connection_time_max_minutes",
    "connection_time_min",
    "connection_time_max",
    "max_total_duration_minutes",
    "refundable_only",
    "changeable_only",
    "checked_bag_included",
    "via_airports",
    "exclude_via_airports",
    "same_connection_airport_only",
    "same_origin_airport_only",
    "same_turnaround_airport_only",
];

/// Filters that are taken and not applied, with the reason.
const UNAPPLIED: [(&str, &str); 4] = [
    ("aircraft_types", "the provider does not filter by aircraft"),
    ("origin_alternate_airports", "the provider searches the requested origin only"),
    ("destination_alternate_airports", "the provider searches the requested destination only"),
    ("nearby_airports", "the provider searches the requested airports only"),
];

/// Filters of the fare, not of the flights: discovery knows one price of an itinerary, that of its cheapest fare.
const FARE_ONLY: [(&str, &str); 3] = [
    ("refundable_only", CHEAPEST_ONLY),
    ("changeable_only", CHEAPEST_ONLY),
    ("checked_bag_included", CHEAPEST_ONLY),
];
const CHEAPEST_ONLY: &str = "cached prices are of the cheapest fare, whatever its terms";

/// Fields of a stay: without a return flight there is none.
const STAY_ONLY: [&str; 2] = ["stay_days", "stay_days_range"];

/// Filters of the return flight: without one they cannot be applied.
const RETURN_ONLY: [&str; 4] = [
    "return_departure_time_range",
    "return_arrival_time_range",
    "same_origin_airport_only",
    "same_turnaround_airport_only",
];

/// A local time of day, both ends included, in minutes since midnight.
#[derive(Clone, Copy, Default)]
struct TimeRange {
    earliest: Option<u32>,
    latest: Option<u32>,
}

impl TimeRange {
    fn holds(self, moment: Moment) -> bool {
        let minute = moment.minute_of_day();
        self.earliest.is_none_or(|earliest| earliest <= minute)
            && self.latest.is_none_or(|latest| minute <= latest)
    }
}

/// Which kind of search the filters are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    #[default]
    /// Live offers with all their fares; `max_price` is of all passengers.
    Live,
    /// Cached itineraries with one price of one adult, whose cap is not a filter here.
    Cached,
}

/// What one direction must keep to.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Outbound,
    Inbound,
}

/// The filters of one search.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a filter of its own")]
pub(crate) struct Filters {
    max_stops: Option<u32>,
    /// Minor units of the search's currency, for all passengers.
    max_price: Option<i64>,
    include_carriers: Vec<String>,
    exclude_carriers: Vec<String>,
    has_single_carrier: bool,
    departure: [TimeRange; 2],
    arrival: [TimeRange; 2],
    connection_min: Option<u32>,
    connection_max: Option<u32>,
    duration_max: Option<u32>,
    must_be_refundable: bool,
    must_be_changeable: bool,
    must_have_checked_bag: bool,
    via: Vec<String>,
    exclude_via: Vec<String>,
    must_end_where_it_began: bool,
    must_turn_at_one_airport: bool,
    scope: Scope,
    report: Report,
}

/// What was done with the filters, as it is answered.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Report {
    /// The filters that hold for every offer, with their values.
    #[serde(skip_serializing_if = "Map::is_empty")]
    applied_filters: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unapplied_filters: Vec<Unapplied>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters_notice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_carriers_widened: Option<bool>,
}

#[derive(Clone, Serialize)]
struct Unapplied {
    field: &'static str,
    reason: &'static str,
}

impl Filters {
    /// Reads and checks all filters.
    ///
    /// # Errors
    /// 400 naming the field: wrong type or range, or two filters that contradict each other.
    pub(crate) fn read(
        fields: Fields<'_>,
        currency: Currency,
        is_round_trip: bool,
        scope: Scope,
    ) -> Result<Self, Refusal> {
        let (include_carriers, exclude_carriers) =
            read_codes(fields, "include_carriers", "exclude_carriers", 2)?;
        let (mut via, exclude_via) = read_codes(fields, "via_airports", "exclude_via_airports", 3)?;
        via.truncate(VIA_MAX);
        let (connection_min, connection_max) = read_connection(fields)?;
        check_types_of_the_unapplied(fields)?;
        let range = |name| read_range(fields, name);
        let max_price = fields.positive("max_price")?;
        Ok(Self {
            max_stops: read_max_stops(fields)?,
            max_price: max_price.filter(|_| scope == Scope::Live).map(|number| currency.minor_units(number)),
            include_carriers,
            exclude_carriers,
            has_single_carrier: fields.flag("single_carrier_only")?,
            departure: [range("departure_time_range")?, range("return_departure_time_range")?],
            arrival: [range("arrival_time_range")?, range("return_arrival_time_range")?],
            connection_min,
            connection_max,
            duration_max: fields.integer("max_total_duration_minutes", 1..=u32::MAX)?,
            must_be_refundable: fields.flag("refundable_only")?,
            must_be_changeable: fields.flag("changeable_only")?,
            must_have_checked_bag: fields.flag("checked_bag_included")?,
            via,
            exclude_via,
            must_end_where_it_began: fields.flag("same_origin_airport_only")?,
            must_turn_at_one_airport: fields.flag("same_turnaround_airport_only")?,
            scope,
            report: Report::new(fields, is_round_trip, scope),
        })
    }

    /// Whether an itinerary may be offered in this direction. `is_widened` leaves `include_carriers` out.
    pub(crate) fn admits(&self, itinerary: &Itinerary, direction: Direction, is_widened: bool) -> bool {
        let side = match direction {
            Direction::Outbound => 0,
            Direction::Inbound => 1,
        };
        self.max_stops.is_none_or(|most| itinerary.stops() <= most)
            && self.admits_carrier(itinerary.airline().code, is_widened)
            && self.departure[side].holds(itinerary.departure())
            && self.arrival[side].holds(itinerary.arrival())
            && self.duration_max.is_none_or(|most| itinerary.minutes() <= i64::from(most))
            && self.admits_connection(itinerary)
    }

    fn admits_carrier(&self, carrier: &str, is_widened: bool) -> bool {
        let is_included =
            is_widened || self.include_carriers.is_empty() || has(&self.include_carriers, carrier);
        is_included && !has(&self.exclude_carriers, carrier)
    }

    /// `via_airports` wants a change at one of them, so it leaves no nonstop flight.
    fn admits_connection(&self, itinerary: &Itinerary) -> bool {
        let (via, waits) = (itinerary.via(), itinerary.connection_minutes());
        (self.via.is_empty() || via.is_some_and(|hub| has(&self.via, hub)))
            && via.is_none_or(|hub| !has(&self.exclude_via, hub))
            && self.connection_min.is_none_or(|least| waits.is_none_or(|wait| wait >= i64::from(least)))
            && self.connection_max.is_none_or(|most| waits.is_none_or(|wait| wait <= i64::from(most)))
    }

    /// Whether two itineraries may be offered together.
    pub(crate) fn admits_pair(&self, outbound: &Itinerary, inbound: &Itinerary) -> bool {
        (!self.has_single_carrier || outbound.airline().code == inbound.airline().code)
            && (!self.must_end_where_it_began || outbound.from().code == inbound.to().code)
            && (!self.must_turn_at_one_airport || outbound.to().code == inbound.from().code)
    }

    /// Whether a fare of this brand and total may be offered.
    pub(crate) fn admits_fare(&self, brand: &Brand, total: i64) -> bool {
        (!self.must_be_refundable || brand.is_refundable)
            && (!self.must_be_changeable || brand.is_changeable)
            && (!self.must_have_checked_bag || brand.checked_bags > 0)
            && self.max_price.is_none_or(|most| total <= most)
    }

    /// Whether the search names carriers, and so is asked again without them when nothing is found.
    pub(crate) fn can_be_widened(&self) -> bool {
        !self.include_carriers.is_empty()
    }

    /// Whether this is the one carrier that the search is for.
    pub(crate) fn wants_only(&self, carrier: &str) -> bool {
        matches!(self.include_carriers.as_slice(), [only] if only == carrier)
    }

    /// The report of the answer.
    pub(crate) fn report(&self, is_widened: bool) -> Report {
        let mut report = self.report.clone();
        if self.can_be_widened() && self.scope == Scope::Live {
            report.include_carriers_widened = Some(is_widened);
        }
        if is_widened {
            report.applied_filters.remove("include_carriers");
            report.unapplied_filters.push(Unapplied { field: "include_carriers", reason: WIDENED });
        }
        report.with_notice()
    }
}

impl Report {
    fn new(fields: Fields<'_>, is_round_trip: bool, scope: Scope) -> Self {
        let mut report = Self::default();
        let is_cached = scope == Scope::Cached;
        let needs_return = |field: &&'static str| !is_round_trip && RETURN_ONLY.contains(field);
        let is_of_fare = |field: &&str| is_cached && FARE_ONLY.iter().any(|known| known.0 == *field);
        let cap = is_cached.then_some("max_total");
        let applied = APPLIED.into_iter().chain(cap).filter(|field| is_set(fields, field));
        for field in applied.filter(|field| !needs_return(field) && !is_of_fare(field)) {
            report.applied_filters.extend(fields.value(field).map(|value| (field.to_owned(), value.clone())));
        }
        let without_return = RETURN_ONLY.into_iter().filter(needs_return);
        let without_stay = STAY_ONLY.into_iter().filter(|_| is_cached && !is_round_trip);
        let without_return = without_return.chain(without_stay).map(|field| (field, NO_RETURN));
        let of_fare = FARE_ONLY.into_iter().filter(|_| is_cached);
        report.leave_out(fields, without_return.chain(of_fare).chain(UNAPPLIED));
        report
    }

    /// The report of a price check, which looks at one offer and filters nothing.
    pub(crate) fn of_price_check(fields: Fields<'_>) -> Self {
        let mut report = Self::default();
        let known = APPLIED.into_iter().chain(UNAPPLIED.map(|filter| filter.0)).chain(["cabin_class"]);
        report.leave_out(fields, known.map(|field| (field, ONE_OFFER)));
        report.with_notice()
    }

    /// Notes those filters that are set as not applied.
    fn leave_out(&mut self, fields: Fields<'_>, filters: impl Iterator<Item = (&'static str, &'static str)>) {
        let unapplied = filters.filter(|(field, _)| is_set(fields, field));
        self.unapplied_filters.extend(unapplied.map(|(field, reason)| Unapplied { field, reason }));
    }

    fn with_notice(mut self) -> Self {
        if !self.unapplied_filters.is_empty() {
            let names: Vec<&str> = self.unapplied_filters.iter().map(|filter| filter.field).collect();
            self.filters_notice =
                Some(format!("Not applied: {}. Check the offers for these.", names.join(", ")));
        }
        self
    }
}

fn is_set(fields: Fields<'_>, field: &str) -> bool {
    fields.value(field).is_some_and(|value| !is_idle(value))
}

/// Present, but asking for nothing: `false`, `[]`, `{}`.
fn is_idle(value: &Value) -> bool {
    match value {
        Value::Bool(is_on) => !is_on,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Null => true,
        Value::Number(_) | Value::String(_) => false,
    }
}

fn has(codes: &[String], code: &str) -> bool {
    codes.iter().any(|known| known == code)
}

/// `direct_only` is the older name of `max_stops: 0`.
fn read_max_stops(fields: Fields<'_>) -> Result<Option<u32>, Refusal> {
    let max_stops = fields.integer("max_stops", 0..=2)?;
    match (fields.flag("direct_only")?, max_stops) {
        (true, Some(1..)) => Err(Refusal::field("direct_only", "is true, but max_stops allows stops")),
        (true, _) => Ok(Some(0)),
        (false, max_stops) => Ok(max_stops),
    }
}

/// A list of wanted and a list of unwanted codes, which must not overlap.
fn read_codes(
    fields: Fields<'_>,
    wanted: &str,
    unwanted: &str,
    length: usize,
) -> Result<(Vec<String>, Vec<String>), Refusal> {
    let read = |name| {
        let what = if length == 2 { "two-character airline codes" } else { "three-letter airport codes" };
        fields.list(name, what, |value| code(value, length, length == 2).map(str::to_owned))
    };
    let (include, exclude) = (read(wanted)?, read(unwanted)?);
    match exclude.iter().find(|code| include.contains(code)) {
        Some(code) => {
            Err(Refusal::field(unwanted, format_args!("must not name {code}, which {wanted} names too")))
        }
        None => Ok((include, exclude)),
    }
}

fn read_range(fields: Fields<'_>, name: &str) -> Result<TimeRange, Refusal> {
    let wanted = "an object {earliest?, latest?} of local times HH:MM, earliest not after latest";
    let range = fields.read(name, wanted, |value| {
        let end = |name| match value.as_object()?.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(time) => Some(Some(minute_of_day(time.as_str()?)?)),
        };
        let range = TimeRange { earliest: end("earliest")?, latest: end("latest")? };
        let is_in_order =
            range.earliest.zip(range.latest).is_none_or(|(earliest, latest)| earliest <= latest);
        is_in_order.then_some(range)
    })?;
    Ok(range.unwrap_or_default())
}

/// Exactly `HH:MM`, 00:00 to 23:59.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str, below: u32| {
        let is_two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|number| is_two_digits && *number < below)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

/// Both spellings are read: the schema's, and the short one.
fn read_connection(fields: Fields<'_>) -> Result<(Option<u32>, Option<u32>), Refusal> {
    let read = |name, short| {
        Ok::<_, Refusal>(fields.integer(name, 0..=u32::MAX)?.or(fields.integer(short, 0..=u32::MAX)?))
    };
    let least = read("connection_time_min_minutes", "connection_time_min")?;
    let most = read("connection_time_max_minutes", "connection_time_max")?;
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        let problem = "must not be less than connection_time_min_minutes";
        return Err(Refusal::field("connection_time_max_minutes", problem));
    }
    Ok((least, most))
}

fn check_types_of_the_unapplied(fields: Fields<'_>) -> Result<(), Refusal> {
    fields.list("aircraft_types", "three-character aircraft codes", |value| code(value, 3, true))?;
    for name in ["origin_alternate_airports", "destination_alternate_airports"] {
        fields.list(name, "three-letter airport codes", |value| code(value, 3, false))?;
    }
    fields.flag("same_connection_airport_only")?;
    fields.read("nearby_airports", "true, false or a whole number", |value| {
        value.as_bool().map(|_| ()).or_else(|| integer(value).map(|_| ()))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Filters, Refusal> {
        Filters::read(Fields(body.as_object().unwrap()), Currency::find("EUR").unwrap(), false, Scope::Live)
    }

    #[test]
    fn every_filter_of_the_contract_is_either_applied_or_said_not_to_be() {
        let contract = "direct_only max_stops max_price include_carriers exclude_carriers single_carrier_only \
            departure_time_range arrival_time_range return_departure_time_range return_arrival_time_range \
            connection_time_min_minutes connection_time_max_minutes max_total_duration_minutes refundable_only \
            changeable_only checked_bag_included via_airports exclude_via_airports aircraft_types \
            origin_alternate_airports destination_alternate_airports nearby_airports \
            same_connection_airport_only same_origin_airport_only same_turnaround_airport_only";
        for name in contract.split_whitespace() {
            let is_known = APPLIED.contains(&name) || UNAPPLIED.iter().any(|filter| filter.0 == name);
            assert!(is_known, "{name}");
        }
    }

    #[test]
    fn contradictions_are_refused_by_the_fields_name() {
        let field = |body| read(&body).err().unwrap().message;
        assert!(field(json!({ "direct_only": true, "max_stops": 1 })).starts_with("direct_only "));
        assert!(
            field(json!({ "include_carriers": ["AF"], "exclude_carriers": ["AF"] }))
                .starts_with("exclude_carriers ")
        );
        assert!(
            field(json!({ "via_airports": ["FRA"], "exclude_via_airports": ["FRA"] }))
                .starts_with("exclude_via")
        );
        assert!(
            field(json!({ "departure_time_range": { "earliest": "24:00" } }))
                .starts_with("departure_time_range ")
        );
        assert!(
            field(json!({ "arrival_time_range": { "earliest": "10:00", "latest": "09:59" } }))
                .starts_with("arrival")
        );
        assert!(
            field(json!({ "connection_time_min_minutes": 90, "connection_time_max_minutes": 60 }))
                .contains("max")
        );
    }

    #[test]
    fn filters_that_ask_for_nothing_are_not_reported() {
        let body = json!({ "direct_only": false, "include_carriers": [], "max_price": 100, "nearby_airports": true });
        let report = serde_json::to_value(read(&body).unwrap().report(false)).unwrap();
        assert_eq!(report["applied_filters"], json!({ "max_price": 100 }));
        assert_eq!(report["unapplied_filters"][0]["field"], "nearby_airports");
        assert!(report["filters_notice"].as_str().unwrap().contains("nearby_airports"));
    }

    #[test]
    fn a_time_of_day_is_two_digits_each() {
        assert_eq!(minute_of_day("09:05"), Some(545));
        for wrong in ["9:05", "09:60", "0905", "+9:05", "09:5a"] {
            assert_eq!(minute_of_day(wrong), None, "{wrong}");
        }
    }
}
