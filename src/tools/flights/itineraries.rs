//! What the cached searches answer: REST's bodies pass as they came (money stays an object: the hosted server's text
//! form of discovery is not recorded); here is the text that a model reads (CONTRACT 7.1, 7.2).

use std::borrow::Cow;
use std::fmt::Write;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::legs::leg_line;
use crate::result::Summary;
use crate::tools::body::{Fields, NotJson};
use crate::tools::money;
use crate::tools::tool::Presented;

const PRICES: &str = "Cached prices, indicative, per adult; confirm one live with flight_search price_check before \
                      offering it as bookable.";

/// Hands on the answer of a search on one route.
pub(super) fn present(body: &Bytes) -> Result<Presented, NotJson> {
    present_list(body, ("itinerary", "itineraries"), |summary, itineraries| {
        list(summary, itineraries, "itineraries", |itinerary| (itinerary_line(itinerary), Vec::new()));
    })
}

/// Hands on the answer of a search for destinations.
pub(super) fn present_destinations(body: &Bytes) -> Result<Presented, NotJson> {
    present_list(body, ("destination", "destinations"), |summary, destinations| {
        list(summary, destinations, "destinations", |destination| {
            let fare = destination.get("lowest_fare").and_then(Fields::of);
            let mut flights = destination.items("flights").unwrap_or_default();
            // The lowest fare often is the first of the flights as well.
            let token = |fields: &Fields<'_>| fields.text("offer_token").map(Cow::into_owned);
            let lowest = fare.as_ref().and_then(token);
            flights.retain(|raw| Fields::of(raw).is_some_and(|flight| token(&flight) != lowest));
            let lines = fare.iter().map(itinerary_line);
            let more = flights.iter().filter_map(|raw| Some(itinerary_line(&Fields::of(raw)?)));
            (destination_line(destination), lines.chain(more).collect())
        });
    })
}

fn present_list(
    body: &Bytes,
    (one, name): (&str, &str),
    write: impl FnOnce(&mut Summary, &[&RawValue]),
) -> Result<Presented, NotJson> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
    let answer = Fields::of(raw);
    let items = answer.as_ref().and_then(|answer| answer.items(name));
    let text = match (&answer, items) {
        (Some(answer), Some(items)) => {
            let mut summary = Summary::new(match items.len() {
                0 => "Nothing is cached for this. This is an answer, not a fault: change dates or places, or tell the \
                      user."
                    .to_owned(),
                count => format!("{}. {PRICES}", Summary::counted(count, one, name)),
            });
            write(&mut summary, &items);
            if answer.get("next_page_token").is_some_and(|token| token.get() != "null") {
                summary.group("There is more: raise `offset`.", []);
            }
            summary.finish()
        }
        _ => Summary::of_unknown(body),
    };
    Ok(Presented { data: body.clone(), text })
}

/// Writes the items, each with a head and lines, until the summary is full.
fn list(
    summary: &mut Summary,
    items: &[&RawValue],
    what: &str,
    write: impl Fn(&Fields<'_>) -> (String, Vec<String>),
) {
    for (index, item) in items.iter().filter_map(|raw| Fields::of(raw)).enumerate() {
        let (head, lines) = write(&item);
        if !summary.group(&format!("{}. {head}", index + 1), lines) {
            let how =
                "all are in the structured content; `limit`, `max_total` or fewer dates narrow the search";
            return summary.cut(items.len() - index, what, how);
        }
    }
}

fn destination_line(destination: &Fields<'_>) -> String {
    let code = destination.text("iata_code").unwrap_or_default();
    match destination.text("city_name") {
        Some(city) => format!("{city} ({code})"),
        None => code.into_owned(),
    }
}

fn itinerary_line(itinerary: &Fields<'_>) -> String {
    let price = itinerary.get("total").or_else(|| itinerary.get("total_amount"));
    let mut line = price.and_then(money::shown).unwrap_or_else(|| "price unknown".into());
    let ways: Vec<Fields<'_>> =
        ["outbound", "inbound"].iter().filter_map(|side| Fields::of(itinerary.get(side)?)).collect();
    for (index, way) in ways.iter().enumerate() {
        let _ = write!(line, "{} {}", if index > 0 { "; back" } else { "," }, leg_line(way));
    }
    if ways.is_empty() {
        let end = |name: &str| itinerary.get(name).and_then(Fields::of)?.text("code").map(Cow::into_owned);
        if let (Some(from), Some(to)) = (end("origin"), end("destination")) {
            let _ = write!(line, ", {from} → {to}");
        }
    }
    for (name, label) in [("cabin_class", ""), ("priced_at", "priced ")] {
        if let Some(text) = itinerary.text(name) {
            let _ = write!(line, ", {label}{text}");
        }
    }
    if let Some(token) = itinerary.text("offer_token") {
        let _ = write!(line, ", offer_token={token}");
    }
    line
}
