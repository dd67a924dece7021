//! What the list and the largest answers cost a model, by a real tokenizer.
//!
//! Here and not beside the code: a vocabulary takes 100 MB, and other tests of that process measure its memory.

use std::fmt::Write;

use bytes::Bytes;
use jinko_bridge::config::Environment;
use jinko_bridge::tools::{Catalogue, Toolset};
use serde_json::Value;
use tiktoken_rs::o200k_base_singleton;

use crate::support::{TestBridge, envelope, same_as_page};

const LIST_MAX: usize = 6_000;
const FLIGHTS_AND_HOTELS_MAX: usize = 4_500;
const SUMMARY_MAX: usize = 4_000;

fn tokens(text: &str) -> usize {
    o200k_base_singleton().encode_ordinary(text).len()
}

/// The result of `tools/list` as a client gets it, narrowed by its header: how many tools, how many tokens.
async fn list(bridge: &TestBridge, toolsets: &str) -> (usize, usize) {
    let message = bridge.mcp(&envelope("tools/list", Value::Null)).header("x-jinko-toolsets", toolsets);
    let result = message.key(&bridge.key).send().await.result();
    (result["tools"].as_array().unwrap().len(), tokens(&result.to_string()))
}

#[tokio::test]
async fn the_list_is_small_and_the_page_of_tools_says_what_it_costs() {
    let bridge = TestBridge::start().await;
    let mut costs = String::from("| toolsets | tools | tokens |\n|---|---|---|\n");
    for names in Toolset::ALL.iter().map(|set| set.name()).chain(["flights,hotels", ""]) {
        let (tools, tokens) = list(&bridge, names).await;
        let limit = if names == "flights,hotels" { FLIGHTS_AND_HOTELS_MAX } else { LIST_MAX };
        assert!(tokens < limit, "{names}: {tokens} tokens");
        let name = if names.is_empty() { "all" } else { names };
        let _ = writeln!(costs, "| {} | {tools} | {tokens} |", name.replace(',', ", "));
    }
    let table = Catalogue::of(Environment::Local).docs_table();
    same_as_page("docs/tools.md", &format!("{HEAD}{table}{BETWEEN}{costs}{TAIL}"));
}

const HEAD: &str = "# Tools\n\nMade from the catalogue (`src/tools/`); `cargo test` compares them. A credit is Jinko's own unit, \
shown and never gating; every\nrequest that reaches Jinko takes one request of the key's quota, whatever its credits.\n\n";
const BETWEEN: &str = "\n`car_search` exists in `local` alone: Jinko has no public REST path for cars.\n\n\
## What the list costs\n\nTokens of the answer to `tools/list` (o200k), for each toolset alone and for all. `--toolsets`, \
`--tools` and\n`--exclude-tools` draw a boundary that holds for calls too; a client narrows its own list with the header\n\
`X-Jinko-Toolsets: flights,hotels`.\n\n";
const TAIL: &str = "\n## Taken and not listed\n\nWhat the hosted server takes is taken. What it calls deprecated or ignores is \
not listed, so that no model writes it:\n`user_intent` (every tool), `format` and `max_price` (cached searches), \
`search.direct_only`, `trip_id` of `hotel_search`,\nthe dates of `hotel_details`. `find_dates` and `lowest_fare` take all that \
`flight_calendar` takes, and list less of it.\n";

fn summary(tool: &str, body: String) -> String {
    let catalogue = Catalogue::of(Environment::Local);
    let presented = catalogue.find(tool).unwrap().present(&Bytes::from(body));
    presented.unwrap_or_else(|_| panic!("{tool} took it for no JSON")).text
}

/// A list of `count` items, each with its number in the place of every `#`.
fn body(list: &str, count: usize, item: &str) -> String {
    let items: Vec<String> = (0..count).map(|number| item.replace('#', &number.to_string())).collect();
    format!("{{\"{list}\":[{}]}}", items.join(","))
}

#[test]
fn three_hundred_offers_cost_less_than_four_thousand_tokens() {
    let leg = r#"{"origin":"CDG","destination":"SYD","departure_datetime":"2027-03-12T09:4#:00+01:00",
        "arrival_datetime":"2027-03-14T11:25:00+10:00","duration_minutes":1985,"stops":2,
        "segments":[{"airline":"QR","flight_number":"38"},{"airline":"QR","flight_number":"90#"},{"airline":"VA","flight_number":"712#"}]}"#;
    let fare = r#"{"trip_item_token":"offer__6a0f404b:#-1-0","brand_name":"ECONOMY CLASSIC","cabin_class":"premium_economy",
        "total_price":{"value":12934#,"currency":"EUR","decimal_places":2},"is_refundable":false,"is_changeable":true,"included_baggage":{"pieces":1}}"#;
    let offer = format!(r#"{{"outbound":{leg},"inbound":{leg},"fares":[{fare},{fare},{fare},{fare}]}}"#);
    let text = summary("flight_search", body("offers", 300, &offer));
    assert!(tokens(&text) < SUMMARY_MAX, "{} tokens", tokens(&text));
    assert!(text.contains("more flights not shown"), "{text}");
    assert_eq!(text.matches("trip_item_token=offer__6a0f404b:0-1-0").count(), 4);
}

#[test]
fn no_other_answer_costs_more() {
    let itinerary = r#"{"offer_token":"es-eyJ2IjoxLCJvIjoiT1JZIiwiZCI6IkxJUyIsImR0IjoiMjAyNy0wMy0xMiIsImMiOiJUTyJ9#",
        "total":{"value":6120,"currency":"EUR","decimal_places":2},"priced_at":"2027-02-20T09:00:00Z",
        "outbound":{"origin":"ORY","destination":"LIS","departure_datetime":"2027-03-12T07:05:00+01:00",
        "arrival_datetime":"2027-03-12T08:40:00+00:00","airline_name":"Transavia France","stops":0,"duration_minutes":155}}"#;
    let destination = format!(r#"{{"iata_code":"LIS","lowest_fare":{itinerary}}}"#);
    let hotel = r#"{"hotel_id":"lp394f#","name":"Meliá Berlin #","city":"Berlin","star_rating":4,"rating":9,"rooms":[{"room_name":"Superior Double",
        "rates":[{"offer_id":"htl_5c78919772b9eb0#","board_name":"Room Only","total_amount_display":"EUR 359.78","is_refundable":true,
        "free_cancellation_until":"2026-10-25T10:00:00Z","taxes_breakdown":[{"description":"City tax","included":false,"display":"EUR 24.80"}]}]}]}"#;
    let connection = r#"{"trip_item_token":"EURS-FRPARPGN-GBLONLIB-2027-03-12T09:01-2027-03-12T10:30-#","transport_mode":"train",
        "departure_time":"2027-03-12T09:01:00+01:00","arrival_time":"2027-03-12T10:30:00+00:00","duration_minutes":149}"#;
    for (tool, list, item, token) in [
        ("flight_calendar", "itineraries", itinerary, "offer_token=es-eyJ2"),
        ("find_destination", "destinations", destination.as_str(), "offer_token=es-eyJ2"),
        ("hotel_search", "hotels", hotel, "offer_id=htl_"),
        ("find_ground", "connections", connection, "trip_item_token=EURS"),
        ("car_search", "offers", r#"{"offer_id":"car_#","name":"Small"}"#, "offer_id=car_"),
        ("flight_search", "unknown", r#"{"a":"x#","b":[1,2,3]}"#, "Jinko answered"),
    ] {
        let text = summary(tool, body(list, 1_000, item));
        assert!(tokens(&text) < SUMMARY_MAX, "{tool}: {} tokens", tokens(&text));
        assert!(text.contains(token) && text.contains("not shown"), "{tool}: {text}");
    }
}
