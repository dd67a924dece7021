//! `trip_ancillaries`: the priced extras of a trip (CONTRACT 7.11).

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::get_trip::{TripArguments, bare, item_line};
use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::{Hints, NotJson, Plan, Presented, Spec, Tool, Toolset, money};
use crate::upstream::Request;

pub(super) struct TripAncillaries;

impl Tool for TripAncillaries {
    const SPEC: Spec = Spec {
        name: "trip_ancillaries",
        title: "List a trip's extras",
        description: "Bags, seats, meals and other extras of a trip with their prices. Needs travelers in the trip. \
                      Waits up to 30 s while Jinko prices them, and each look takes a request and a credit; an answer \
                      of status `pricing` means: call again later. Nothing is chosen or paid by it.",
        toolset: Toolset::Trips,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = TripArguments;

    fn plan(arguments: &TripArguments, _: Map<String, Value>) -> Plan {
        let request = Request::get("/v1/trip", &arguments.trip_id.segment()).below("ancillaries");
        Plan::Poll { request, pause: asked_pause }
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// How long Jinko asks to wait before the next look.
fn asked_pause(body: &Bytes) -> Option<Duration> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    Duration::try_from_secs_f64(Fields::of(raw)?.read("retry_after_seconds")?).ok()
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    if answer.text("status").as_deref() == Some("pricing") {
        let pause = answer.get("retry_after_seconds").map_or("some", RawValue::get);
        return Some(format!(
            "Jinko is still pricing the extras. Call `trip_ancillaries` again in {pause} seconds."
        ));
    }
    let items = answer.items("items")?;
    let mut summary = Summary::new("Extras, each with its price and `offer_id`.");
    for (index, item) in items.iter().filter_map(|raw| Fields::of(raw)).enumerate() {
        let offers = item.items("available_ancillaries").unwrap_or_default();
        let lines = offers.iter().filter_map(|raw| Some(offer_line(&Fields::of(raw)?)));
        if !summary.group(&format!("{}. {}", index + 1, item_line(&item)), lines) {
            summary.cut(items.len() - index, "items", "all are in the structured content");
            break;
        }
    }
    Some(summary.finish())
}

fn offer_line(offer: &Fields<'_>) -> String {
    let label = ["display_label", "label", "type"].iter().find_map(|name| offer.text(name));
    let mut line = label.unwrap_or("extra".into()).into_owned();
    if let Some(price) = offer.get("price_per_unit").and_then(money::shown) {
        let _ = write!(line, ", {price} each");
    }
    if offer.read::<bool>("per_pax") == Some(true) {
        line.push_str(", per passenger");
    }
    if let Some(most) = offer.get("max_quantity") {
        let _ = write!(line, ", at most {}", most.get());
    }
    if let Some(id) = offer.get("offer_id") {
        let _ = write!(line, ", offer_id={}", bare(id));
    }
    line
}
