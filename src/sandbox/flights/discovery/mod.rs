//! Cached discovery (CONTRACT.md 7.1 to 7.3): what was seen lately, not what is on sale now.
//!
//! In the order of a request: `request` reads the body into places and date pairs, `search` finds the cheapest
//! itineraries of each pair (of a whole month at once), `cache` says what was seen of their prices and when,
//! `calendar`, `destinations` and `monitor` are the operations, `answer` is the shape on the wire.
//!
//! **Cached prices.** All prices here are of one adult in the cheapest brand, whatever the party. Of a hundred
//! 62 are the live price to the cent and 84 within 3 % of it; the rest is older and off by 4 to 16 %, two thirds too high. (Those too low float to the top of a list, so that of what one looks at about 80 hold.) `priced_at` says how old: minutes to hours, or days.
//!
//! **Tokens.** An `offer_token` is `es-` and base64url of what names the offer (flights by number, dates, party,
//! currency, cabin) with a digest over that, the seed and the date. Nothing is kept: `price_check` reads it back.

mod answer;
mod cache;
mod calendar;
mod destinations;
mod monitor;
mod offer_token;
mod request;
mod search;

pub(crate) use cache::seen;
pub(crate) use calendar::{Spread, calendar};
pub(crate) use destinations::find_destination;
pub(crate) use monitor::price_monitoring;
pub(crate) use offer_token::{Held, Named, read as read_offer_token};
