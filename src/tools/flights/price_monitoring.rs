//! `price_monitoring`: the one cheapest cached fare of a fixed route and dates (CONTRACT 7.3, 9.4).

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::legs::{hours, stops, with_carrier};
use super::places;
use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::money;
use crate::tools::rest::Body;
use crate::tools::values::{CabinClass, Carrier, Currency, Date, Passengers, Place, PlaceType};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct PriceMonitoring;

impl Tool for PriceMonitoring {
    const SPEC: Spec = Spec {
        name: "price_monitoring",
        title: "Watch a price",
        description: "The cheapest cached fare of a fixed route and dates, to look at from time to time. 1 credit. \
                      `stale` is an answer: no loop, no live search instead. Next: `flight_search` with `price_check`.",
        toolset: Toolset::Flights,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = PriceMonitoringArguments;

    fn plan(_: &PriceMonitoringArguments, given: Map<String, Value>) -> Plan {
        let body = Body::of(given).flatten("traveler_counts").capitals(&[
            "origin",
            "destination",
            "include_carriers",
            "exclude_carriers",
            "currency",
        ]);
        Plan::Send(body.post("/v1/price_monitoring"))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct PriceMonitoringArguments {
    origin: Place,
    destination: Place,
    departure_date: Date,
    return_date: Option<Date>,
    origin_type: Option<PlaceType>,
    destination_type: Option<PlaceType>,
    direct_only: Option<bool>,
    cabin_class: Option<CabinClass>,
    /// Per adult
    #[schemars(extend("exclusiveMinimum" = 0))]
    max_price: Option<f64>,
    include_carriers: Option<Vec<Carrier>>,
    exclude_carriers: Option<Vec<Carrier>>,
    traveler_counts: Option<Passengers>,
    /// Default USD
    currency: Option<Currency>,
    locale: Option<String>,
    user_intent: Option<String>,
}

impl Check for PriceMonitoringArguments {
    fn check(&self, today: Day, problems: &mut Problems) {
        let (Date(departure), back) = (self.departure_date, self.return_date.map(|date| date.0));
        places::check_days("", (departure, back), today, problems);
        let ends = [
            ("origin", self.origin.0.as_str(), self.origin_type),
            ("destination", self.destination.0.as_str(), self.destination_type),
        ];
        places::check_ends("", ends, problems);
        places::check_carriers(
            "",
            self.include_carriers.as_deref(),
            self.exclude_carriers.as_deref(),
            problems,
        );
    }
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    let status = answer.text("status")?;
    let flight = answer.get("flight").and_then(Fields::of);
    let mut summary = Summary::new(match (status.as_ref(), &flight) {
        ("stale", _) => {
            "Nothing recent is cached (stale). This is an answer: do not loop, tell the user.".to_owned()
        }
        ("ok", Some(_)) => "The cheapest cached fare, indicative, per adult.".to_owned(),
        (_, _) => "Price watched; the status is Jinko's word.".to_owned(),
    });
    if !matches!(status.as_ref(), "ok" | "stale") {
        summary.quoted(&format!("status {status}"));
    }
    if let Some(at) = answer.text("monitored_at") {
        summary.group(&format!("Looked at {at}."), []);
    }
    if let Some(flight) = flight {
        let ways = ["outbound", "inbound"].iter().filter_map(|side| way(&flight, side));
        summary.group(&fare_line(&flight), ways);
    }
    Some(summary.finish())
}

fn fare_line(flight: &Fields<'_>) -> String {
    let price = flight.get("total_price").and_then(money::shown).unwrap_or_else(|| "price unknown".into());
    let more = ["cabin_class", "fare_brand"].iter().filter_map(|name| flight.text(name));
    let mut line = more.fold(price, |line, part| format!("{line}, {part}"));
    if let Some(token) = flight.text("offer_token") {
        let _ = write!(line, ", offer_token={token}");
    }
    line
}

/// One way, whose fields stand flat beside the other's.
fn way(flight: &Fields<'_>, side: &str) -> Option<String> {
    let text = |name: &str| flight.text(&format!("{side}_{name}"));
    let departure = text("departure_local");
    let carrier = flight.get(&format!("{side}_carrier")).and_then(Fields::of);
    if departure.is_none() && carrier.is_none() {
        return None;
    }
    let number = carrier.as_ref().and_then(|carrier| {
        Some(with_carrier(&carrier.text("code").unwrap_or_default(), carrier.text("flight_number")?))
    });
    let mut line = format!("{side} {}", departure.unwrap_or(Cow::Borrowed("at an unknown time")));
    if let Some(arrival) = text("arrival_local") {
        let _ = write!(line, " → {arrival}");
    }
    if let Some(minutes) = flight.read::<u32>(&format!("{side}_duration_minutes")) {
        line.push_str(&hours(minutes));
    }
    if let Some(count) = flight.read::<u32>(&format!("{side}_stops")) {
        let _ = write!(line, ", {}", stops(Some(count)));
    }
    if let Some(number) = number {
        let _ = write!(line, ", {number}");
    }
    Some(line)
}
