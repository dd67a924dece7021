//! The cheapest itineraries between two places on many dates, with what was seen of their prices.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::cache::{self, Seen};
use super::offer_token::{self, Held, Named};
use super::request::Request;
use crate::sandbox::draw::Seed;
use crate::sandbox::flights::fares::Cabin;
use crate::sandbox::flights::filters::{Direction, Filters};
use crate::sandbox::flights::itineraries::Timetable;
use crate::sandbox::flights::pairs::{Candidate, Pair};
use crate::sandbox::flights::request::Party;
use crate::sandbox::money::Currency;

/// Dates, each with the return in a round trip.
pub(crate) type Dates = [(Date, Option<Date>)];

/// What the offers of a discovery depend on, wherever they go.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) now: Timestamp,
    pub(crate) searched_on: Date,
    pub(crate) party: Party,
    pub(crate) cabin: Cabin,
    pub(crate) currency: Currency,
    /// Minor units, one adult.
    pub(crate) max_total: Option<i64>,
    pub(crate) filters: &'a Filters,
}

impl<'a> Scene<'a> {
    /// The scene of a request.
    pub(crate) fn new(seed: &'a Seed, now: Timestamp, searched_on: Date, request: &'a Request) -> Self {
        let Request { party, cabin, currency, max_total, .. } = *request;
        Self { seed, now, searched_on, party, cabin, currency, max_total, filters: &request.filters }
    }
}

/// A discovered offer.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'a> {
    pub(crate) pair: Pair<'a>,
    pub(crate) seen: Seen,
    /// The price that was seen, of one adult, in minor units.
    pub(crate) price: i64,
}

impl Offer<'_> {
    /// Its name, for a price check.
    pub(crate) fn token(&self, scene: &Scene<'_>) -> String {
        let held = Held {
            outbound: Named::of(&self.pair.outbound.itinerary),
            inbound: self.pair.inbound.map(|inbound| Named::of(&inbound.itinerary)),
            party: scene.party,
            currency: scene.currency.code.to_owned(),
            cabin: scene.cabin,
        };
        offer_token::write(scene.seed, scene.searched_on, &held)
    }

    /// Minutes under way, both directions.
    pub(crate) fn minutes(&self) -> i64 {
        self.pair.candidates().map(|candidate| candidate.itinerary.minutes()).sum()
    }

    /// Changes, both directions.
    pub(crate) fn stops(&self) -> u32 {
        self.pair.candidates().map(|candidate| candidate.itinerary.stops()).sum()
    }
}

/// The candidates of both directions, by date.
pub(crate) struct Candidates {
    outbound: BTreeMap<Date, Vec<Candidate>>,
    inbound: BTreeMap<Date, Vec<Candidate>>,
}

impl Candidates {
    /// About the cheapest `count` of each date that is asked for.
    pub(crate) fn new(
        scene: &Scene<'_>,
        out: &Timetable,
        back: Option<&Timetable>,
        dates: &Dates,
        count: usize,
    ) -> Self {
        let outbound = on_dates(scene, out, dates.iter().map(|pair| pair.0), Direction::Outbound, count);
        let inbound = back.map(|back| {
            on_dates(scene, back, dates.iter().filter_map(|pair| pair.1), Direction::Inbound, count)
        });
        Self { outbound, inbound: inbound.unwrap_or_default() }
    }

    /// The best `count` offers of each pair of dates, in the order of the dates.
    pub(crate) fn offers(&self, scene: &Scene<'_>, dates: &Dates, count: usize) -> Vec<Offer<'_>> {
        dates.iter().flat_map(|dates| self.offers_on(scene, *dates, count)).collect()
    }

    /// The best `count` offers of all dates together, cheapest first.
    pub(crate) fn best_offers(&self, scene: &Scene<'_>, dates: &Dates, count: usize) -> Vec<Offer<'_>> {
        let pairs = dates.iter().flat_map(|dates| self.pairs_on(scene, *dates)).collect();
        scene.cheapest(pairs, count)
    }

    fn offers_on(&self, scene: &Scene<'_>, dates: (Date, Option<Date>), count: usize) -> Vec<Offer<'_>> {
        scene.cheapest(self.pairs_on(scene, dates), count)
    }

    /// All pairs of two dates, with their live price.
    fn pairs_on(&self, scene: &Scene<'_>, (out, back): (Date, Option<Date>)) -> Vec<(i64, Pair<'_>)> {
        let outbound = self.outbound.get(&out).into_iter().flatten();
        let Some(date) = back else {
            return outbound.map(|outbound| with_price(Pair { outbound, inbound: None })).collect();
        };
        let inbound = self.inbound.get(&date).map_or(&[][..], Vec::as_slice);
        let pairs = outbound.flat_map(|outbound| {
            inbound.iter().map(move |inbound| Pair { outbound, inbound: Some(inbound) })
        });
        pairs.filter(|pair| scene.fits(pair)).map(with_price).collect()
    }
}

impl Scene<'_> {
    /// The `count` pairs that are cheapest now, as the cache has them, cheapest first.
    fn cheapest<'p>(&self, mut pairs: Vec<(i64, Pair<'p>)>, count: usize) -> Vec<Offer<'p>> {
        pairs.sort_by_key(|pair| pair.0);
        pairs.truncate(count);
        let mut offers: Vec<Offer<'p>> = pairs.into_iter().map(|(_, pair)| self.offer(pair)).collect();
        offers.retain(|offer| self.max_total.is_none_or(|most| offer.price <= most));
        offers.sort_by_key(|offer| offer.price);
        offers
    }

    /// A pair as the cache has it.
    fn offer<'p>(&self, pair: Pair<'p>) -> Offer<'p> {
        let seen = cache::seen(self.seed, self.searched_on, &pair);
        Offer { pair, seen, price: seen.price(pair.adult_price(self.currency)) }
    }

    /// Whether one can turn, and ends in the city of the start.
    fn fits(&self, pair: &Pair<'_>) -> bool {
        let Some(inbound) = pair.inbound else { return true };
        let (out, back) = (&pair.outbound.itinerary, &inbound.itinerary);
        out.from().city_code == back.to().city_code
            && out.to().city_code == back.from().city_code
            && pair.has_time_to_turn()
            && self.filters.admits_pair(out, back)
    }
}

fn with_price(pair: Pair<'_>) -> (i64, Pair<'_>) {
    (pair.base_cents() + pair.taxes_cents(), pair)
}

fn on_dates(
    scene: &Scene<'_>,
    timetable: &Timetable,
    dates: impl Iterator<Item = Date>,
    direction: Direction,
    count: usize,
) -> BTreeMap<Date, Vec<Candidate>> {
    let ranked = timetable.ranked(scene.cabin);
    let mut found = BTreeMap::new();
    for date in dates {
        found.entry(date).or_insert_with(|| {
            let itineraries = ranked.cheapest_on(date, count, |itinerary| {
                itinerary.departure().instant > scene.now && scene.filters.admits(itinerary, direction, false)
            });
            let priced = itineraries.into_iter();
            priced.map(|itinerary| Candidate::new(0, itinerary, scene.searched_on, scene.cabin)).collect()
        });
    }
    found
}
