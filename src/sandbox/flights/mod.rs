//! `POST /v1/flight_search` (CONTRACT.md 7.4): live fares, invented. Cached discovery is in `discovery`.
//!
//! In the order of a search: `request` reads the body, `network` says which airline flies which route and when,
//! `itineraries` and `connections` list the ways from origin to destination on a day, `fares` prices one, `pairs` two
//! together, `offers` filters and sorts them, `answer` is the shape on the wire.
//!
//! **Tokens.** A fare's `trip_item_token` is `offer__<8 hex>:<i>-<j>-<k>`. The hex digits are a digest of the
//! seed and of all that decides the list of itineraries and its prices: the UTC date of the search, places,
//! dates, passengers, currency, cabin. `i` and `j` count the outbound and inbound itineraries of that list
//! *before* any filter, `k` counts the fare brands. So a token does not depend on filters, limit or the time of
//! day. To resolve one, keep those few values under the eight digits when a search is answered, and list the
//! itineraries again: nothing of an offer has to be stored.

mod airlines;
mod answer;
mod connections;
mod discovery;
mod fares;
mod filters;
mod itineraries;
mod network;
mod offers;
mod pairs;
mod price_check;
mod request;

pub(crate) use discovery::{Spread, calendar, find_destination, price_monitoring};
pub(crate) use price_check::price_check;

use super::fields::Fields;
use super::refusal::Refusal;
use super::world::{World, search_date};

/// Answers a search.
///
/// # Errors
/// 400 naming the first field that is wrong. Codes that nobody has and dates without schedule are no error:
/// the list is empty.
pub(crate) fn search(world: &World, fields: Fields<'_>) -> Result<answer::Answer, Refusal> {
    let now = world.now();
    let request = request::Request::read(fields, now)?;
    Ok(offers::Search { seed: &world.seed, now, searched_on: search_date(now), request: &request }.answer())
}
