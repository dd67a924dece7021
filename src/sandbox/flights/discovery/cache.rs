//! What was seen of a price, and when: the difference between discovery and a live search.

use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::sandbox::draw::Seed;
use crate::sandbox::flights::airlines::Kind;
use crate::sandbox::flights::network::Flight;
use crate::sandbox::flights::pairs::Pair;

/// So many in a hundred are the live price to the cent.
const EXACT_PERCENT: u32 = 62;
/// So many in a hundred are within [`NEAR_PER_MILLE`] of it, the exact ones included.
const NEAR_PERCENT: u32 = 84;
const NEAR_PER_MILLE: i64 = 30;
/// Of the others so many have risen since. Fewer than half, since a price seen too low floats to the top of a list
/// and one seen too high sinks: else the part that is looked at would be the part that holds least.
const DEARER_NOW_PERCENT: u32 = 35;
/// A price change of Jinko Test Air: it is seen at so many thousandths of what it costs.
const TEST_CHANGE_PER_MILLE: i64 = 890;

/// How a price was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    per_mille: i64,
    minutes_ago: i64,
}

impl Seen {
    /// The price that was seen, from the live one.
    pub(crate) fn price(self, live: i64) -> i64 {
        (live * self.per_mille + 500).div_euclid(1000)
    }

    /// When: RFC 3339, UTC. Counted from the begin of the UTC day of the search, so that an answer stays the
    /// same all day.
    pub(crate) fn at(self, searched_on: Date) -> String {
        before(searched_on, self.minutes_ago)
    }

    /// The same price, seen so many minutes earlier.
    pub(crate) fn earlier(self, minutes: i64) -> Self {
        Self { minutes_ago: self.minutes_ago + minutes, ..self }
    }
}

/// Some minutes before the begin of a UTC day, as RFC 3339.
fn before(day: Date, minutes: i64) -> String {
    let midnight = day.to_datetime(Time::midnight());
    let start = TimeZone::UTC.to_timestamp(midnight).unwrap_or_default();
    start.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(start).to_string()
}

/// What was seen of an offer's price before a date.
pub(crate) fn seen(seed: &Seed, searched_on: Date, pair: &Pair<'_>) -> Seen {
    let mut draw = seed.draw(&["cached price", &searched_on.to_string(), &name(pair)]);
    let (fate, swing, is_dearer_now) =
        (draw.below(100), draw.between(1, 1000), draw.chance(DEARER_NOW_PERCENT));
    let minutes = draw.between(0, 1000);
    if let Some(per_mille) = test_per_mille(pair) {
        return Seen { per_mille, minutes_ago: 5 };
    }
    match fate {
        ..EXACT_PERCENT => Seen { per_mille: 1000, minutes_ago: 5 + minutes / 20 },
        EXACT_PERCENT..NEAR_PERCENT => {
            let off = swing % (2 * NEAR_PER_MILLE + 1) - NEAR_PER_MILLE;
            Seen { per_mille: 1000 + off, minutes_ago: 30 + minutes }
        }
        _ if is_dearer_now => Seen { per_mille: 960 - swing * 120 / 1000, minutes_ago: 1_440 + 4 * minutes },
        _ => Seen { per_mille: 1040 + swing * 80 / 1000, minutes_ago: 1_440 + 4 * minutes },
    }
}

/// Jinko Test Air's prices are seen as they are, but those of the flights that simulate a price change.
fn test_per_mille(pair: &Pair<'_>) -> Option<i64> {
    let mut tests = pair
        .candidates()
        .map(|candidate| &candidate.itinerary)
        .filter(|itinerary| itinerary.airline().kind == Kind::Test)
        .peekable();
    tests.peek()?;
    let is_changed = tests.any(|itinerary| itinerary.flights().any(Flight::simulates_price_change));
    Some(if is_changed { TEST_CHANGE_PER_MILLE } else { 1000 })
}

fn name(pair: &Pair<'_>) -> String {
    let mut name = String::with_capacity(64);
    for candidate in pair.candidates() {
        let itinerary = &candidate.itinerary;
        let (from, to, airline) = (itinerary.from().code, itinerary.to().code, itinerary.airline().code);
        let (departure, (first, onward)) = (itinerary.departure().instant.as_second(), itinerary.numbers());
        // Writing to a String does not fail.
        let _ = write!(name, "{departure}{from}{to}{airline}{first} {onward}|");
    }
    name
}
