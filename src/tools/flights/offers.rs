//! REST's `offers[]` as the hosted server's `flights[]` (CONTRACT 7.4, 9.2), and the text that a model reads.
//!
//! Every field is kept: what the hosted shape names otherwise is renamed, money becomes its exact text, and what has
//! no counterpart keeps its name.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::legs::leg_line;
use crate::result::Summary;
use crate::tools::body::{Fields, NotJson, ObjectWriter, write_array};
use crate::tools::money;
use crate::tools::tool::Presented;

/// Names of a leg that the hosted shape spells otherwise; the prefix `outbound_` or `inbound_` comes before each.
const LEG_NAMES: [(&str, &str); 3] = [
    ("departure_datetime", "departure"),
    ("arrival_datetime", "arrival"),
    ("duration_minutes", "duration_min"),
];
/// Names of a fare that the hosted shape spells otherwise.
const FARE_NAMES: [(&str, &str); 2] = [("is_refundable", "refundable"), ("is_changeable", "changeable")];

/// What tells a price check from a search in a REST answer (CONTRACT 7.4).
const MARKS_OF_A_PRICE_CHECK: [&str; 3] = ["status", "price_status", "price_diff"];

/// Turns a `flight_search` answer into the hosted server's shape.
pub(super) fn present(body: &Bytes) -> Result<Presented, NotJson> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
    let Some(answer) = Fields::of(raw) else { return Ok(unknown_shape(body)) };
    let is_price_check = MARKS_OF_A_PRICE_CHECK.iter().any(|mark| answer.has(mark));
    let offers = match answer.items("offers") {
        Some(offers) => offers,
        // What is not available any more comes without an offer.
        None if is_price_check && !answer.has("offers") && !answer.has("offer") => Vec::new(),
        None => return Ok(unknown_shape(body)),
    };
    let mut data = Vec::with_capacity(body.len() + body.len() / 8);
    let mut object = ObjectWriter::open(&mut data);
    if !answer.has("mode") {
        object.value("mode", if is_price_check { "price_check" } else { "search" });
    }
    for (name, value) in answer.iter().filter(|(name, _)| *name != "offers") {
        object.raw(name, value);
    }
    if !answer.has("flights") {
        write_array(object.name("flights"), &offers, |out, offer| write_flight(out, offer));
    }
    if !answer.has("total") {
        object.value("total", offers.len());
    }
    object.close();
    Ok(Presented { data: Bytes::from(data), text: summarize(&answer, &offers, is_price_check) })
}

fn unknown_shape(body: &Bytes) -> Presented {
    Presented { data: body.clone(), text: Summary::of_unknown(body) }
}

fn write_flight(out: &mut Vec<u8>, raw: &RawValue) {
    let Some(offer) = Fields::of(raw) else { return out.extend_from_slice(raw.get().as_bytes()) };
    let outbound = offer.get("outbound").and_then(Fields::of);
    let inbound = offer.get("inbound").and_then(Fields::of);
    let mut object = ObjectWriter::open(out);
    if let Some(leg) = &outbound {
        for name in ["origin", "origin_city", "destination", "destination_city"] {
            if !offer.has(name)
                && let Some(value) = place_of(leg, name)
            {
                object.raw(name, value);
            }
        }
    }
    if !offer.has("is_round_trip") {
        object.value("is_round_trip", inbound.is_some());
    }
    for (name, value) in offer.iter() {
        match (name, &outbound, &inbound) {
            ("outbound", Some(leg), _) | ("inbound", _, Some(leg)) => write_leg(&mut object, name, leg),
            ("inbound", _, None) if value.get() == "null" => {}
            ("fares", ..) => match offer.items("fares") {
                Some(fares) => write_array(object.name("fares"), fares, write_fare),
                None => object.raw(name, value),
            },
            _ => object.raw(name, value),
        }
    }
    object.close();
}

/// Where a leg begins or ends; its city, where only the segments name it.
fn place_of<'a>(leg: &Fields<'a>, name: &str) -> Option<&'a RawValue> {
    leg.get(name).or_else(|| {
        let segments = leg.items("segments")?;
        match name {
            "origin_city" => Fields::of(segments.first()?)?.get("departure_city"),
            "destination_city" => Fields::of(segments.last()?)?.get("arrival_city"),
            _ => None,
        }
    })
}

fn write_leg(object: &mut ObjectWriter<'_>, side: &str, leg: &Fields<'_>) {
    for (name, value) in leg.iter() {
        // The flight itself says where it begins and ends; the way back mirrors it.
        let said_above = matches!(name, "origin" | "origin_city" | "destination" | "destination_city");
        if side == "outbound" && said_above {
            continue;
        }
        let hosted = LEG_NAMES.iter().find(|(rest, _)| *rest == name).map_or(name, |(_, hosted)| hosted);
        object.raw(&format!("{side}_{hosted}"), value);
    }
}

fn write_fare(out: &mut Vec<u8>, raw: &RawValue) {
    let Some(fare) = Fields::of(raw) else { return out.extend_from_slice(raw.get().as_bytes()) };
    let mut object = ObjectWriter::open(out);
    for (name, value) in fare.iter() {
        let hosted = FARE_NAMES.iter().find(|(rest, _)| *rest == name).map(|(_, hosted)| *hosted);
        match (name, hosted) {
            (_, Some(hosted)) if !fare.has(hosted) => object.raw(hosted, value),
            ("included_baggage", _) => write_baggage(&mut object, name, value, "checked bag(s)"),
            ("carry_on_baggage", _) => write_baggage(&mut object, name, value, "carry-on bag(s)"),
            ("price_per_passenger", _) => match fare.items(name) {
                Some(prices) => {
                    write_array(object.name(name), prices, write_money_fields);
                }
                None => object.raw(name, value),
            },
            _ => write_money(&mut object, name, value),
        }
    }
    if !fare.has("checked_bag_included")
        && let Some(pieces) = fare.get("included_baggage").and_then(pieces_of)
    {
        object.value("checked_bag_included", pieces > 0);
    }
    object.close();
}

fn write_money_fields(out: &mut Vec<u8>, raw: &RawValue) {
    let Some(fields) = Fields::of(raw) else { return out.extend_from_slice(raw.get().as_bytes()) };
    let mut object = ObjectWriter::open(out);
    for (name, value) in fields.iter() {
        write_money(&mut object, name, value);
    }
    object.close();
}

/// Money as text; any other value as it came.
fn write_money(object: &mut ObjectWriter<'_>, name: &str, value: &RawValue) {
    match money::exact(value) {
        Some(text) => object.value(name, text),
        None => object.raw(name, value),
    }
}

fn pieces_of(value: &RawValue) -> Option<u32> {
    Fields::of(value)?.read("pieces")
}

fn write_baggage(object: &mut ObjectWriter<'_>, name: &str, value: &RawValue, what: &str) {
    // A count alone, or beside its own words, is a text; an object that says more is kept whole.
    let fields = Fields::of(value).unwrap_or_default();
    let says_more = fields.iter().any(|(name, _)| !matches!(name, "pieces" | "text"));
    if let (false, Some(words)) = (says_more, fields.get("text")) {
        return object.raw(name, words);
    }
    match pieces_of(value).filter(|_| !says_more) {
        Some(0) => object.value(name, format!("No {} included", what.replace("(s)", ""))),
        Some(pieces) => object.value(name, format!("{pieces} {what} included")),
        None => object.raw(name, value),
    }
}

fn summarize(answer: &Fields<'_>, offers: &[&RawValue], is_price_check: bool) -> String {
    let total = answer.read::<u64>("total").unwrap_or(offers.len() as u64);
    let mut summary = if is_price_check { of_price_check(answer) } else { of_search(total) };
    if let Some(until) = earliest_expiry(offers) {
        summary.group(&format!("Fares hold until {until} at least."), []);
    }
    if let Some(notice) = answer.text("filters_notice") {
        summary.quoted(&notice);
    }
    for (index, offer) in offers.iter().filter_map(|raw| Fields::of(raw)).enumerate() {
        let mut head = format!("{}.", index + 1);
        for side in ["outbound", "inbound"] {
            if let Some(leg) = offer.get(side).and_then(Fields::of) {
                let _ = write!(head, "{} {}", if side == "inbound" { "; back" } else { "" }, leg_line(&leg));
            }
        }
        let fares = offer.items("fares").unwrap_or_default();
        let lines = fares.iter().filter_map(|raw| Fields::of(raw)).map(|fare| fare_line(&fare));
        if !summary.group(&head, lines) {
            summary.cut(
                offers.len() - index,
                "flights",
                "all are in the structured content; `max_stops`, `max_price` or `limit` narrow the search",
            );
            break;
        }
    }
    summary.finish()
}

fn of_search(total: u64) -> Summary {
    Summary::new(match total {
        0 => "No flights for these dates and filters. This is an answer, not a fault.".to_owned(),
        1 => "1 flight. Prices are for all passengers.".to_owned(),
        more => format!("{more} flights. Prices are for all passengers."),
    })
}

/// The headline says whether to go on; the status itself is Jinko's word, and new ones may come.
fn of_price_check(answer: &Fields<'_>) -> Summary {
    let status = answer.text("status").or_else(|| answer.text("price_status"));
    let mut summary = Summary::new(match status.as_deref() {
        Some("confirmed" | "match") => "The price still holds.",
        Some("price_changed" | "price_increased" | "price_decreased") => {
            "The price has changed: tell the user the new one before going on."
        }
        Some(
            "offer_unavailable" | "flight_unavailable" | "sold_out" | "flight_not_found" | "no_flight_found",
        ) => "This offer is not available any more: do not go on with it, show alternatives.",
        _ => "Price checked; the status is Jinko's word.",
    });
    if let Some(status) = status {
        summary.quoted(&format!("status {status}"));
    }
    if let Some(difference) = answer.get("price_diff").and_then(money::shown) {
        summary.quoted(&format!("price_diff {difference}"));
    }
    summary
}

/// When the first of the fares expires; RFC 3339 in one offset sorts as text.
fn earliest_expiry(offers: &[&RawValue]) -> Option<String> {
    let fares = offers.iter().filter_map(|raw| Fields::of(raw)?.items("fares")).flatten();
    fares.filter_map(|raw| Some(Fields::of(raw)?.text("expires_at")?.into_owned())).min()
}

fn fare_line(fare: &Fields<'_>) -> String {
    let mut parts: Vec<String> = ["brand_name", "cabin_class"]
        .iter()
        .filter_map(|name| fare.text(name).map(std::borrow::Cow::into_owned))
        .collect();
    let price =
        fare.get("total_price").map(|price| money::shown(price).unwrap_or_else(|| price.get().to_owned()));
    parts.push(price.unwrap_or_else(|| "price unknown".into()));
    for (name, older, yes, no) in [
        ("refundable", "is_refundable", "refundable", "not refundable"),
        ("changeable", "is_changeable", "changeable", "not changeable"),
    ] {
        if let Some(value) = fare.read::<bool>(name).or_else(|| fare.read(older)) {
            parts.push(if value { yes } else { no }.into());
        }
    }
    let bag = fare
        .read::<bool>("checked_bag_included")
        .or_else(|| fare.get("included_baggage").and_then(pieces_of).map(|pieces| pieces > 0));
    if let Some(bag) = bag {
        parts.push(if bag { "checked bag" } else { "no checked bag" }.into());
    }
    let token = fare.text("trip_item_token").unwrap_or_default();
    format!("{}, trip_item_token={token}", parts.join(", "))
}
