//! `get_trip`: where a trip stands, from draft to booked (CONTRACT 7.10, 9.2).

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::result::Summary;
use crate::tools::body::{Fields, ObjectWriter};
use crate::tools::values::Identifier;
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset, money};
use crate::upstream::Request;

pub(super) struct GetTrip;

impl Tool for GetTrip {
    const SPEC: Spec = Spec {
        name: "get_trip",
        title: "Read a trip",
        description: "Where a trip stands: items, travelers, quote, payment, fulfilment, and `booking_ref` once there is \
                      one. 1 credit. Call it after checkout or when the outcome of a write is unknown. While it is \
                      being fulfilled (minutes; some carriers take up to 72 h) tell the user instead of asking again \
                      and again. Next, with a `booking_ref`: `get_booking`.",
        toolset: Toolset::Trips,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = TripArguments;

    fn plan(arguments: &TripArguments, _: Map<String, Value>) -> Plan {
        Plan::Send(Request::get("/v1/trip", &arguments.trip_id.segment()))
    }

    /// REST answers with the trip itself; the hosted server has it under `trip`.
    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
        let Some(answer) = Fields::of(raw) else {
            return Ok(Presented { data: body.clone(), text: Summary::of_unknown(body) });
        };
        if let Some(trip) = answer.get("trip").and_then(Fields::of) {
            return Ok(Presented { data: body.clone(), text: summarize(&trip) });
        }
        let mut data = Vec::with_capacity(body.len() + 16);
        let mut object = ObjectWriter::open(&mut data);
        object.raw("trip", raw);
        object.close();
        let is_a_trip = answer.has("trip_id") || answer.has("status");
        let text = if is_a_trip { summarize(&answer) } else { Summary::of_unknown(body) };
        Ok(Presented { data: data.into(), text })
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`user_intent` stays with us")]
pub(super) struct TripArguments {
    pub(super) trip_id: Identifier,
    user_intent: Option<String>,
}

impl Check for TripArguments {
    fn check(&self, _: Day, problems: &mut Problems) {
        self.trip_id.check("trip_id", problems);
    }
}

/// Who travels is in the structured content: a summary needs no names.
fn summarize(trip: &Fields<'_>) -> String {
    let mut summary = Summary::new("One trip.");
    let mut head = format!("Status {}", trip.text("status").unwrap_or("unknown".into()));
    for (name, field) in
        [("quote", "status"), ("payment_attempt", "payment_status"), ("fulfillment", "status")]
    {
        if let Some(status) = trip.get(name).and_then(Fields::of).as_ref().and_then(|part| part.text(field)) {
            let _ = write!(head, ", {name} {status}");
        }
    }
    if let Some(until) =
        trip.get("quote").and_then(Fields::of).as_ref().and_then(|quote| quote.text("expires_at"))
    {
        let _ = write!(head, ", quote holds until {until}");
    }
    if let Some(total) = total(trip) {
        let _ = write!(head, ", total {total}");
    }
    for name in ["trip_id", "booking_ref"] {
        if let Some(id) = trip.get(name).filter(|id| id.get() != "null") {
            let _ = write!(head, ", {name}={}", bare(id));
        }
    }
    summary.group(&head, []);
    let items = trip.items("items").unwrap_or_default();
    let lines = items.iter().filter_map(|raw| Some(item_line(&Fields::of(raw)?)));
    if !items.is_empty()
        && !summary.group(&format!("{}:", Summary::counted(items.len(), "item", "items")), lines)
    {
        summary.cut(items.len(), "items", "all are in the structured content");
    }
    for booking in trip.items("bookings").unwrap_or_default().iter().filter_map(|raw| Fields::of(raw)) {
        if let Some(pnr) = booking.text("pnr").or_else(|| booking.text("booking_reference")) {
            summary.group(&format!("Supplier's reference {pnr}."), []);
        }
    }
    summary.finish()
}

fn total(trip: &Fields<'_>) -> Option<String> {
    let money = trip.get("total_amount_money").or_else(|| trip.get("total_amount")).and_then(money::shown);
    money.or_else(|| {
        let totals = trip.get("totals").and_then(Fields::of)?;
        money::in_major_units(totals.get("total")?, &totals.text("currency")?)
    })
}

pub(super) fn item_line(item: &Fields<'_>) -> String {
    let mut line = item.text("kind").unwrap_or("item".into()).into_owned();
    if let Some(words) = item.text("description") {
        let _ = write!(line, ", {words}");
    }
    if let Some(price) = item.get("price").and_then(money::shown) {
        let _ = write!(line, ", {price}");
    }
    if let Some(id) = item.get("item_id") {
        let _ = write!(line, ", item_id={}", bare(id));
    }
    line
}

/// An identifier without its quotes, if it has any.
pub(super) fn bare(id: &RawValue) -> String {
    serde_json::from_str(id.get()).unwrap_or_else(|_| id.get().to_owned())
}
