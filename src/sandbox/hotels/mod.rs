//! `POST /v1/hotel_search` (CONTRACT.md 7.6): live hotel rates, invented.
//!
//! In the order of a search: `request` reads the body, `resolve` turns the destination into hotels of the
//! `catalogue` (whose cities are in `cities`), `rates` prices their rooms, `search` filters, sorts and cuts,
//! `answer` is the shape on the wire.
//!
//! **Ids and tokens.** A hotel's id is `lp`, four hex digits of a digest of the seed and its city, and six of one of its
//! number there: so an id is found without making the hotels of the world. A rate's `offer_id` is `htl_` and sixteen hex digits of a digest of the seed, the UTC date of the search,
//! hotel, room, board, terms, dates, guests and currency: the same rate has the same token in every search of a
//! day. To resolve one, keep those few values under the token when a search is answered and price the room again.

mod answer;
mod catalogue;
mod cities;
mod details;
mod rates;
mod request;
mod resolve;
mod search;

pub(crate) use catalogue::Catalogue;

use super::fields::Fields;
use super::refusal::Refusal;
use super::world::{World, search_date};

/// Answers a read of one hotel (CONTRACT.md 7.7).
///
/// # Errors
/// 404 for an id that nobody has.
pub(crate) fn details(world: &World, id: &str) -> Result<details::Answer, Refusal> {
    let hotel = world.hotels.by_id(id).ok_or_else(|| Refusal::not_found("Hotel not found"))?;
    Ok(details::Answer::new(&world.seed, hotel))
}

/// Answers a search.
///
/// # Errors
/// 400 naming the first field that is wrong; 422 when a hotel's or city's name is not clear enough. An empty list
/// is no error: `empty_reason` says why.
pub(crate) fn search(world: &World, fields: Fields<'_>) -> Result<answer::Answer, Refusal> {
    let now = world.now();
    let request = request::Request::read(fields, now)?;
    let resolved = resolve::resolve(&world.hotels, &request.destination)?;
    Ok(search::answer(&world.seed, &request, resolved, search_date(now)))
}
