//! The ways from one place to another on a day: nonstop, or over one hub.

use jiff::civil::Date;

use super::airlines::{self, Airline};
use super::connections;
use super::network::{self, Flight};
use crate::sandbox::draw::Seed;
use crate::sandbox::moment::Moment;
use crate::sandbox::places::Airport;

/// Where somebody flies nonstop, connections are offered only on journeys longer than this.
const CONNECTIONS_DESPITE_NONSTOP_KM: u32 = 2_500;

/// From where to where: a pair of airports, with the great-circle distance.
pub(crate) struct Journey {
    pub(crate) from: &'static Airport,
    pub(crate) to: &'static Airport,
    pub(crate) km: u32,
}

/// One way from an airport to another: one flight, or two with a change at a hub.
pub(crate) struct Itinerary {
    pub(super) first: Flight,
    pub(super) onward: Option<Flight>,
    /// The great-circle distance from its first to its last airport, whatever the way.
    pub(crate) km: u32,
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

    fn last(&self) -> &Flight {
        self.onward.as_ref().unwrap_or(&self.first)
    }
}

/// All itineraries that leave any of `origins` on the local date for any of `destinations`, whether they have
/// left already or not. The order is fixed (departure, airline, numbers): a token counts in it.
pub(crate) fn on(
    seed: &Seed,
    origins: &[&'static Airport],
    destinations: &[&'static Airport],
    date: Date,
) -> Vec<Itinerary> {
    let pairs = origins.iter().flat_map(|from| destinations.iter().map(move |to| (*from, *to)));
    let journeys: Vec<Journey> =
        pairs.map(|(from, to)| Journey { from, to, km: network::km(from, to) }).collect();
    let mut found: Vec<Itinerary> =
        journeys.iter().flat_map(|journey| nonstop(seed, journey, date)).collect();
    let connected: Vec<&Journey> = if found.is_empty() {
        journeys.iter().collect()
    } else {
        journeys.iter().filter(|journey| journey.km > CONNECTIONS_DESPITE_NONSTOP_KM).collect()
    };
    found.extend(connections::over_all_hubs(seed, &connected, date));
    found.sort_by_cached_key(|itinerary| {
        let (first, last) = (&itinerary.first, itinerary.last());
        let numbers = (first.airline.code, first.number, last.number);
        (first.departure.instant, numbers, first.from.code, last.to.code, last.arrival.instant)
    });
    found
}

fn nonstop(seed: &Seed, journey: &Journey, date: Date) -> Vec<Itinerary> {
    let Journey { from, to, km } = *journey;
    let airlines = airlines::between(from.code, to.code).into_iter();
    let routes = airlines.filter_map(|airline| network::route(seed, airline, from, to));
    let flights = routes.flat_map(|route| route.flights_on(date).collect::<Vec<_>>());
    flights.map(|first| Itinerary { first, onward: None, km }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::sandbox::places::{PlaceKind, place};

    fn found(from: &str, to: &str) -> Vec<Itinerary> {
        let (from, to) = (place(from, PlaceKind::Either), place(to, PlaceKind::Either));
        on(&Seed::new(1), &from.airports, &to.airports, date(2026, 11, 11))
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
}
