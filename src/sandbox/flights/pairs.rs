//! A journey out alone or with the journey back: what both ways cost together, and on whose terms.

use jiff::civil::Date;

use super::airlines::Kind;
use super::fares::{self, Brand, Cabin, Price};
use super::itineraries::Itinerary;
use crate::sandbox::calendar::percent_of;
use crate::sandbox::money::Currency;

/// Both directions with one airline cost so much of their sum.
const SAME_AIRLINE_PERCENT: i64 = 93;
/// Between landing and flying back on the same day.
const TURNAROUND_MINUTES: i64 = 60;

/// An itinerary with its place in the unfiltered list of its direction, and its price.
pub(crate) struct Candidate {
    /// 0 in the lists of discovery, which have no such place.
    pub(crate) index: usize,
    pub(crate) itinerary: Itinerary,
    pub(crate) price: Price,
}

impl Candidate {
    /// Prices an itinerary as it is on the day of the search.
    pub(crate) fn new(index: usize, itinerary: Itinerary, searched_on: Date, cabin: Cabin) -> Self {
        let price = fares::price(&itinerary, searched_on, cabin);
        Self { index, itinerary, price }
    }

    /// What one adult pays for this direction alone.
    pub(crate) fn cents(&self) -> i64 {
        self.price.base_cents + self.price.taxes_cents
    }
}

/// An outbound candidate alone or with an inbound one.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) outbound: &'a Candidate,
    pub(crate) inbound: Option<&'a Candidate>,
}

impl Pair<'_> {
    /// Both directions, or the one.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        std::iter::once(self.outbound).chain(self.inbound)
    }

    /// Whether there is time to turn round at the destination.
    pub(crate) fn has_time_to_turn(&self) -> bool {
        self.inbound.is_none_or(|inbound| {
            let pause = inbound.itinerary.departure().minutes_since(self.outbound.itinerary.arrival());
            pause >= TURNAROUND_MINUTES
        })
    }

    /// The base fare of one adult in the cheapest brand.
    pub(crate) fn base_cents(&self) -> i64 {
        let sum = self.candidates().map(|candidate| candidate.price.base_cents).sum();
        let airline = self.outbound.itinerary.airline().code;
        let is_same = self.inbound.is_some_and(|inbound| inbound.itinerary.airline().code == airline);
        if is_same { percent_of(sum, SAME_AIRLINE_PERCENT) } else { sum }
    }

    /// The taxes of one adult.
    pub(crate) fn taxes_cents(&self) -> i64 {
        self.candidates().map(|candidate| candidate.price.taxes_cents).sum()
    }

    /// What one adult pays in the cheapest brand, in minor units of a currency: exactly what a live search shows
    /// as that fare's `price_per_person`.
    pub(crate) fn adult_price(&self, currency: Currency) -> i64 {
        currency.of_euro_cents(self.base_cents()) + currency.of_euro_cents(self.taxes_cents())
    }

    /// The brands on sale, cheapest first.
    pub(crate) fn brands(&self) -> impl Iterator<Item = Brand> + use<> {
        let count = self.candidates().map(|candidate| candidate.price.brand_count).min().unwrap_or_default();
        fares::brands(self.kind(), self.cabin(), count)
    }

    /// Both ways by different kinds of airline, the lesser terms hold.
    fn kind(&self) -> Kind {
        let is_low_cost =
            self.candidates().any(|candidate| candidate.itinerary.airline().kind == Kind::LowCost);
        if is_low_cost { Kind::LowCost } else { Kind::Network }
    }

    /// In different cabins, the lesser one is promised.
    pub(crate) fn cabin(&self) -> Cabin {
        self.candidates().map(|candidate| candidate.price.cabin).min().unwrap_or(Cabin::Economy)
    }

    /// The name that the outbound airline gives a brand.
    pub(crate) fn brand_name(&self, index: usize) -> &'static str {
        self.outbound.itinerary.airline().brands.get(index).copied().unwrap_or_default()
    }
}
