//! `POST /v1/ground_search` (CONTRACT.md 7.8): trains and coaches between European cities, invented.
//!
//! In the order of a search: `request` reads the body, `network` says who goes where and when, `fares` what it
//! costs, `answer` is the shape on the wire.
//!
//! **Tokens.** A connection's `trip_item_token` is carrier, both stations, both local times and a last number, all
//! of which [`network`] finds again on the date that it names.

mod answer;
mod fares;
mod network;
mod request;

use jiff::civil::Date;

use super::fields::Fields;
use super::refusal::Refusal;
use super::world::{World, search_date};
use network::Departure;
use request::{Ends, Request};

/// Timetables are open so many days ahead.
const TIMETABLE_DAYS: i64 = 180;

/// Answers a search.
///
/// # Errors
/// 400 naming the first field that is wrong. Codes that nobody has find nothing and are no error.
pub(crate) fn search(world: &World, fields: Fields<'_>) -> Result<answer::Answer, Refusal> {
    let now = world.now();
    let request = Request::read(fields, now)?;
    let searched_on = search_date(now);
    let found = |ends: &Ends, date: Date| -> Vec<Departure> {
        if super::calendar::days_between(searched_on, date) > TIMETABLE_DAYS {
            return Vec::new();
        }
        let mut departures = network::departures(&world.seed, &ends.from, &ends.to, date);
        departures
            .retain(|departure| departure.departure.instant > now && request.admits(departure.carrier.code));
        departures
    };
    let shown = |departures: Vec<Departure>| {
        let fares = fares::Pricing { seed: &world.seed, request: &request, searched_on };
        departures.iter().map(|departure| answer::Connection::new(departure, &fares)).collect()
    };
    let connections: Vec<answer::Connection> = shown(found(&request.ends, request.departure_date));
    let back = request.return_date.map(|date| shown(found(&request.ends.turned(), date)));
    Ok(answer::Answer { total: connections.len(), connections, return_connections: back })
}
