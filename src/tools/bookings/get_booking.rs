//! `get_booking`: a booking by its reference (CONTRACT 7.13, 9.4).

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::hints::Hint;
use crate::tools::rest::Body;
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset, money};

pub(super) struct GetBooking;

impl Tool for GetBooking {
    const SPEC: Spec = Spec {
        name: "get_booking",
        title: "Read a booking",
        description: "A booking by `booking_ref` (`JNK-…`, from `get_trip` or the confirmation e-mail) and the last \
                      name of a traveler. 1 credit. Items carry the `item_id` that refunds, exchanges and \
                      cancellations need. Not found means an unknown reference or another name: ask the user, guess \
                      nothing.",
        toolset: Toolset::Bookings,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = GetBookingArguments;

    fn plan(_: &GetBookingArguments, given: Map<String, Value>) -> Plan {
        Plan::Send(Body::of(given).post("/v1/get_booking").guest())
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct GetBookingArguments {
    #[schemars(regex(pattern = "^JNK-[A-Z0-9]{6}$"))]
    booking_ref: String,
    /// Jinko's REST API asks for it
    last_name: Option<String>,
    user_intent: Option<String>,
}

impl Check for GetBookingArguments {
    const HINTS: &'static [Hint] = &[
        ("pnr", "a supplier's reference is not taken; give `booking_ref`, `JNK-` and six characters"),
        ("trip_id", "a trip that is not booked has no booking; `get_trip` takes `trip_id`"),
    ];

    fn check(&self, _: Day, _: &mut Problems) {}
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    let booking = answer.get("booking").and_then(Fields::of)?;
    let mut summary = Summary::new("One booking.");
    let mut head = format!("Status {}", booking.text("status").unwrap_or("unknown".into()));
    for name in ["type", "created_at"] {
        if let Some(text) = booking.text(name) {
            let _ = write!(head, ", {text}");
        }
    }
    if let Some(paid) = booking.get("total_paid").and_then(money::shown) {
        let _ = write!(head, ", paid {paid}");
    }
    for name in ["booking_ref", "booking_reference"] {
        if let Some(text) = booking.text(name) {
            let _ = write!(head, ", {name}={text}");
        }
    }
    summary.group(&head, []);
    for (index, item) in
        booking.items("items").unwrap_or_default().iter().filter_map(|raw| Fields::of(raw)).enumerate()
    {
        summary.group(&format!("{}. {}", index + 1, item_line(&item)), []);
    }
    Some(summary.finish())
}

fn item_line(item: &Fields<'_>) -> String {
    let words = ["domain", "kind", "status", "summary", "itinerary_summary"];
    let mut line = words.iter().filter_map(|name| item.text(name)).collect::<Vec<_>>().join(", ");
    for name in ["can_refund", "can_void", "can_exchange"] {
        if let Some(can) = item.read::<bool>(name) {
            let _ = write!(line, ", {name} {can}");
        }
    }
    if let Some(reason) = item.text("reason_code") {
        let _ = write!(line, ", reason {reason}");
    }
    if let Some(id) = item.get("item_id") {
        let _ = write!(line, ", item_id={}", id.get());
    }
    line
}
