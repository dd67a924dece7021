//! `POST /v1/car_search` (CONTRACT.md 9.4, last paragraph): hire cars at airports, invented.
//!
//! Jinko documents the tool's fields and no REST body, so the path follows its rule (`/v1/<tool name>`) and the
//! shapes are ours on those fields. In the order of a search: `request` reads the body, `offers` says who has which
//! car at what price, `answer` is the shape on the wire.
//!
//! **Tokens.** `offer_id` is `car_` and sixteen hex digits of a digest of the seed, the UTC date of the search,
//! place, supplier, class, both times, driver's age and currency.

mod answer;
mod offers;
mod request;

use super::fields::Fields;
use super::refusal::Refusal;
use super::world::{World, search_date};

/// Answers a search, cheapest first.
///
/// # Errors
/// 400 naming the first field that is wrong. A code that nobody has finds nothing and is no error.
pub(crate) fn search(world: &World, fields: Fields<'_>) -> Result<answer::Answer, Refusal> {
    let now = world.now();
    let request = request::Request::read(fields, now)?;
    let searched_on = search_date(now);
    let mut found = offers::all(&world.seed, searched_on, &request);
    found.sort_by(|one, other| (one.total_cents, &one.id).cmp(&(other.total_cents, &other.id)));
    Ok(answer::Answer::new(&request, &found))
}
