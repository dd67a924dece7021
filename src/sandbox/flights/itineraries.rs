//! The ways from one place to another: nonstop, or over one hub.
//!
//! A [`Timetable`] holds what does not depend on the date (who flies, over which hub, at what tariff), so that a
//! month of a route is drawn once and then only read off day by day.

use jiff::civil::Date;

use super::airlines::{self, Airline};
use super::connections;
use super::fares::{self, Cabin, Tariff};
use super::network::{self, Flight, Route};
use crate::sandbox::draw::Seed;
use crate::sandbox::moment::Moment;
use crate::sandbox::places::Airport;

/// Where somebody flies nonstop, connections are offered only on journeys longer than this.
const CONNECTIONS_DESPITE_NONSTOP_KM: u32 = 2_500;

/// From where to where: a pair of airports, with the great-circle distance.
#[derive(Clone, Copy)]
pub(crate) struct Journey {
    pub(crate) from: &'static Airport,
    pub(crate) to: &'static Airport,
    pub(crate) km: u32,
}

/// One way from an airport to another: one flight, or two with a change at a hub.
#[derive(Clone)]
pub(crate) struct Itinerary {
    pub(super) first: Flight,
    pub(super) onward: Option<Flight>,
    /// The great-circle distance from its first to its last airport, whatever the way.
    pub(crate) km: u32,
    pub(crate) tariff: Tariff,
}

impl Itinerary {
    /// Its flights in order: one or two.
    pub(crate) fn flights(&self) -> impl Iterator<Item = &Flight> {
        std::iter::once(&self.first).chain(&self.onward)
    }

    /// The airline that sells it: it flies all of it.
    pub(crate) fn airline(&self) -> &'static Airline {
        self.first.airline
    }

    /// Where it starts.
    pub(crate) fn from(&self) -> &'static Airport {
        self.first.from
    }

    /// Where it ends.
    pub(crate) fn to(&self) -> &'static Airport {
        self.last().to
    }

    /// When it starts.
    pub(crate) fn departure(&self) -> Moment {
        self.first.departure
    }

    /// When it ends.
    pub(crate) fn arrival(&self) -> Moment {
        self.last().arrival
    }

    /// From start to end, waiting included.
    pub(crate) fn minutes(&self) -> i64 {
        self.arrival().minutes_since(self.departure())
    }

    /// How often one changes: never or once.
    pub(crate) fn stops(&self) -> u32 {
        u32::from(self.onward.is_some())
    }

    /// The airport where one changes.
    pub(crate) fn via(&self) -> Option<&'static str> {
        self.onward.as_ref().map(|flight| flight.from.code)
    }

    /// How long one waits there.
    pub(crate) fn connection_minutes(&self) -> Option<i64> {
        self.onward.as_ref().map(|flight| flight.departure.minutes_since(self.first.arrival))
    }

    /// The numbers of its flights; 0 for the second of a nonstop one. With airline, airports and date they name
    /// the itinerary.
    pub(crate) fn numbers(&self) -> (u32, u32) {
        (self.first.number, self.onward.as_ref().map_or(0, |flight| flight.number))
    }

    fn last(&self) -> &Flight {
        self.onward.as_ref().unwrap_or(&self.first)
    }
}

/// A nonstop route, or two that connect: places in [`Timetable::routes`].
pub(super) struct Way {
    pub(super) first: usize,
    pub(super) onward: Option<usize>,
    pub(super) km: u32,
    pub(super) tariff: Tariff,
}

/// All ways between two places, whatever the day.
pub(crate) struct Timetable {
    routes: Vec<Route>,
    ways: Vec<Way>,
}

impl Timetable {
    /// The ways from any of `origins` to any of `destinations`.
    pub(crate) fn between(
        seed: &Seed,
        origins: &[&'static Airport],
        destinations: &[&'static Airport],
    ) -> Self {
        let journeys = journeys(origins, destinations);
        let mut timetable = Self::nonstop(seed, &journeys);
        let has_nonstop_daily = timetable.routes.iter().any(Route::is_daily);
        let connected: Vec<Journey> =
            journeys.into_iter().filter(|journey| !has_nonstop_daily || is_far(journey.km)).collect();
        connections::over_all_hubs(seed, &connected, &mut timetable);
        timetable
    }

    /// The nonstop ways alone, of those airlines that `is_wanted`.
    pub(crate) fn nonstop_of(
        seed: &Seed,
        origins: &[&'static Airport],
        destinations: &[&'static Airport],
        is_wanted: impl Fn(&Airline) -> bool,
    ) -> Self {
        let mut timetable = Self { routes: Vec::new(), ways: Vec::new() };
        timetable.add_nonstop(seed, &journeys(origins, destinations), is_wanted);
        timetable
    }

    fn nonstop(seed: &Seed, journeys: &[Journey]) -> Self {
        let mut timetable = Self { routes: Vec::new(), ways: Vec::new() };
        timetable.add_nonstop(seed, journeys, |_| true);
        timetable
    }

    fn add_nonstop(&mut self, seed: &Seed, journeys: &[Journey], is_wanted: impl Fn(&Airline) -> bool) {
        for journey in journeys {
            let Journey { from, to, km } = *journey;
            for airline in airlines::between(from.code, to.code) {
                if !is_wanted(airline) {
                    continue;
                }
                if let Some(route) = network::route_over(seed, airline, (from, to), km) {
                    let first = self.add_route(route);
                    let tariff = fares::tariff(seed, airline, journey);
                    self.add_way(Way { first, onward: None, km, tariff });
                }
            }
        }
    }

    /// Keeps a route and says where.
    pub(super) fn add_route(&mut self, route: Route) -> usize {
        self.routes.push(route);
        self.routes.len() - 1
    }

    /// Keeps a way.
    pub(super) fn add_way(&mut self, way: Way) {
        self.ways.push(way);
    }

    /// Whether there is no way at all, on any day.
    pub(crate) fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// All itineraries that leave on the local date, whether they have left already or not. The order is fixed
    /// (departure, airline, numbers): a token counts in it.
    pub(crate) fn on(&self, date: Date) -> Vec<Itinerary> {
        let is_flown_nonstop = self.is_flown_nonstop_on(date);
        let first: Vec<Vec<Flight>> =
            self.routes.iter().map(|route| route.flights_on(date).collect()).collect();
        let mut found = Vec::new();
        for way in self.ways.iter().filter(|way| is_offered(way, is_flown_nonstop)) {
            let flights = first.get(way.first).map_or(&[][..], Vec::as_slice);
            for flight in flights {
                self.itineraries(way, flight, |itinerary| found.push(itinerary));
            }
        }
        found.sort_by_cached_key(|itinerary| {
            let (first, last) = (&itinerary.first, itinerary.last());
            let numbers = (first.airline.code, first.number, last.number);
            (first.departure.instant, numbers, first.from.code, last.to.code, last.arrival.instant)
        });
        found
    }

    /// The departures in the order of about what they cost in a cabin, so that a search for the cheapest of a
    /// day may stop early.
    pub(crate) fn ranked(&self, cabin: Cabin) -> Ranked<'_> {
        let route = |index: usize| self.routes.get(index);
        let mut departures = Vec::new();
        for way in &self.ways {
            let Some(first) = route(way.first) else { continue };
            let onward = way.onward.and_then(route).and_then(|route| route.slot_percents().min());
            departures.extend(first.slot_percents().enumerate().map(|(slot, percent)| {
                let cents = fares::rough_cents(first.airline, way.km, way.tariff, (percent, onward), cabin);
                Departure { cents, way, slot }
            }));
        }
        departures.sort_by_key(|departure| departure.cents);
        Ranked { timetable: self, departures }
    }

    fn is_flown_nonstop_on(&self, date: Date) -> bool {
        let nonstop = self.ways.iter().filter(|way| way.onward.is_none());
        nonstop.filter_map(|way| self.routes.get(way.first)).any(|route| route.is_flown_on(date))
    }

    /// Hands on what a way makes of its first flight: that flight alone, or with each onward flight caught.
    fn itineraries(&self, way: &Way, first: &Flight, mut hand_on: impl FnMut(Itinerary)) {
        let Way { onward, km, tariff, .. } = *way;
        let mut hand_on = |onward| hand_on(Itinerary { first: first.clone(), onward, km, tariff });
        match onward.map(|index| self.routes.get(index)) {
            None => hand_on(None),
            Some(onward) => {
                let caught = onward.into_iter().flat_map(|route| connections::caught(first, route));
                caught.for_each(|next| hand_on(Some(next)));
            }
        }
    }
}

/// A timetable's departures, about the cheapest first.
pub(crate) struct Ranked<'a> {
    timetable: &'a Timetable,
    departures: Vec<Departure<'a>>,
}

struct Departure<'a> {
    cents: i64,
    way: &'a Way,
    slot: usize,
}

impl Ranked<'_> {
    /// The first `count` itineraries of a local date that are admitted: about its cheapest.
    pub(crate) fn cheapest_on(
        &self,
        date: Date,
        count: usize,
        admits: impl Fn(&Itinerary) -> bool,
    ) -> Vec<Itinerary> {
        let is_flown_nonstop = self.timetable.is_flown_nonstop_on(date);
        let mut found = Vec::new();
        for Departure { way, slot, .. } in &self.departures {
            if found.len() >= count {
                break;
            }
            let route = self.timetable.routes.get(way.first).filter(|_| is_offered(way, is_flown_nonstop));
            if let Some(flight) = route.and_then(|route| route.flight_at(*slot, date)) {
                self.timetable.itineraries(way, &flight, |itinerary| {
                    if admits(&itinerary) {
                        found.push(itinerary);
                    }
                });
            }
        }
        found.truncate(count);
        found
    }
}

fn is_offered(way: &Way, is_flown_nonstop: bool) -> bool {
    way.onward.is_none() || !is_flown_nonstop || is_far(way.km)
}

fn is_far(km: u32) -> bool {
    km > CONNECTIONS_DESPITE_NONSTOP_KM
}

fn journeys(origins: &[&'static Airport], destinations: &[&'static Airport]) -> Vec<Journey> {
    let pairs = origins.iter().flat_map(|from| destinations.iter().map(move |to| (*from, *to)));
    pairs.map(|(from, to)| Journey { from, to, km: network::km(from, to) }).collect()
}

#[cfg(test)]
pub(super) fn on(
    seed: &Seed,
    origins: &[&'static Airport],
    destinations: &[&'static Airport],
    date: Date,
) -> Vec<Itinerary> {
    Timetable::between(seed, origins, destinations).on(date)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::sandbox::places::{PlaceKind, place};

    fn timetable(from: &str, to: &str) -> Timetable {
        let (from, to) = (place(from, PlaceKind::Either), place(to, PlaceKind::Either));
        Timetable::between(&Seed::new(1), &from.airports, &to.airports)
    }

    fn found(from: &str, to: &str) -> Vec<Itinerary> {
        timetable(from, to).on(date(2026, 11, 11))
    }

    #[test]
    fn short_journeys_with_nonstop_flights_have_nothing_else() {
        let all = found("PAR", "BER");
        assert!(all.len() >= 6, "{}", all.len());
        assert!(all.iter().all(|itinerary| itinerary.stops() == 0));
        let airports: std::collections::BTreeSet<&str> =
            all.iter().map(|itinerary| itinerary.from().code).collect();
        assert_eq!(airports.into_iter().collect::<Vec<_>>(), ["CDG", "ORY"]);
    }

    #[test]
    fn every_pair_of_airports_is_connected() {
        let codes = ["SYD", "JNB", "GRU", "YUL", "ATH", "DEL", "HND", "ARN", "SFO"];
        for (from, to) in codes.iter().flat_map(|from| codes.iter().map(move |to| (*from, *to))) {
            assert!(from == to || !found(from, to).is_empty(), "{from}-{to}");
        }
    }

    #[test]
    fn the_list_is_sorted_by_departure() {
        let all = found("LON", "NYC");
        assert!(all.is_sorted_by_key(|itinerary| itinerary.departure().instant));
    }

    #[test]
    fn the_short_way_to_the_cheapest_finds_nothing_that_the_long_way_does_not() {
        let (timetable, day) = (timetable("LON", "NYC"), date(2026, 11, 11));
        let all = timetable.on(day);
        let ranked = timetable.ranked(Cabin::Economy);
        let name = |itinerary: &Itinerary| {
            (itinerary.airline().code, itinerary.numbers(), itinerary.departure().instant, itinerary.via())
        };
        let few = ranked.cheapest_on(day, 5, |itinerary| itinerary.stops() == 0);
        assert_eq!(few.len(), 5);
        assert!(few.iter().all(|one| one.stops() == 0 && all.iter().any(|other| name(other) == name(one))));
        let everything = ranked.cheapest_on(day, usize::MAX, |_| true);
        assert_eq!(everything.len(), all.len());
        let cents = |itinerary: &Itinerary| {
            let price = fares::price(itinerary, date(2026, 10, 20), Cabin::Economy);
            price.base_cents + price.taxes_cents
        };
        let (best, first) = (all.iter().map(cents).min().unwrap(), cents(&everything[0]));
        assert!(first <= best * 11 / 10, "{first} is far from {best}");
    }
}
