//! Journeys with one change: each airline over its own hubs.
//!
//! An airline does not sell a connection where it flies nonstop itself, and never over a hub that lies far off
//! the way. The routes to and from a hub are drawn once for all journeys of a search, since a great city has
//! several airports at both ends.

use std::collections::HashMap;

use super::airlines::{self, Airline};
use super::fares;
use super::itineraries::{Journey, Timetable, Way};
use super::network::{self, Flight, Route};
use crate::sandbox::draw::Seed;
use crate::sandbox::places::Airport;
use jiff::SignedDuration;
use jiff::civil::DateTime;

const SHORT_CONNECTION_MINUTES: i64 = 55;
/// With a long-haul flight on either side.
const LONG_CONNECTION_MINUTES: i64 = 80;
const LONGEST_CONNECTION_MINUTES: i64 = 9 * 60;
/// So many onward flights are offered for each flight to the hub.
const ONWARD_MAX: usize = 2;
/// The way over a hub may be longer than the direct one: by a share, and by a little in any case.
const DETOUR_PERCENT: u32 = 145;
const DETOUR_KM: u32 = 400;

/// Adds the ways with one change of all airlines.
pub(super) fn over_all_hubs(seed: &Seed, journeys: &[Journey], timetable: &mut Timetable) {
    if journeys.is_empty() {
        return;
    }
    for airline in airlines::all() {
        for hub in airline.hubs() {
            over_hub(seed, (airline, hub), journeys, timetable);
        }
    }
}

/// The routes between a hub and other airports, by the other airport's code: where the timetable keeps them, or
/// nothing where the airline does not fly.
type Spokes = HashMap<&'static str, Option<usize>>;

fn over_hub(
    seed: &Seed,
    (airline, hub): (&'static Airline, &'static Airport),
    journeys: &[Journey],
    timetable: &mut Timetable,
) {
    let (mut to_hub, mut onward) = (Spokes::new(), Spokes::new());
    let mut distances = Distances { hub, known: Vec::new() };
    for journey in journeys {
        let Journey { from, to, km } = *journey;
        if !distances.are_on_the_way(journey) || network::is_flown(seed, airline, from, to) {
            continue;
        }
        let mut spoke = |spokes: &mut Spokes, code, from, to| {
            *spokes.entry(code).or_insert_with(|| {
                network::route(seed, airline, from, to).map(|route| timetable.add_route(route))
            })
        };
        let first = spoke(&mut to_hub, from.code, from, hub);
        let next = first.and_then(|_| spoke(&mut onward, to.code, hub, to));
        if let Some((first, next)) = first.zip(next) {
            let tariff = fares::tariff(seed, airline, journey);
            timetable.add_way(Way { first, onward: Some(next), km, tariff });
        }
    }
}

/// How far a hub is from the airports of a search: each asked once, since a great city has several.
struct Distances {
    hub: &'static Airport,
    known: Vec<(&'static str, u32)>,
}

impl Distances {
    fn are_on_the_way(&mut self, Journey { from, to, km }: &Journey) -> bool {
        let hub = self.hub;
        let is_at_an_end = hub.city_code == from.city_code || hub.city_code == to.city_code;
        !is_at_an_end && self.km(from) + self.km(to) <= km * DETOUR_PERCENT / 100 + DETOUR_KM
    }

    fn km(&mut self, airport: &'static Airport) -> u32 {
        let known = self.known.iter().find(|(code, _)| *code == airport.code).map(|known| known.1);
        known.unwrap_or_else(|| {
            let km = network::km(airport, self.hub);
            self.known.push((airport.code, km));
            km
        })
    }
}

/// The next flights on a route that leave time to walk. The local dates at the hub that come into question are
/// that of landing and that of the longest wait's end; the date line can make the first the day before the start.
pub(super) fn caught(first: &Flight, onward: &Route) -> impl Iterator<Item = Flight> {
    let landing = first.arrival.civil();
    let wait = SignedDuration::from_mins(LONGEST_CONNECTION_MINUTES);
    let last = landing.checked_add(wait).map_or(landing.date(), DateTime::date);
    let dates = std::iter::once(landing.date()).chain((last != landing.date()).then_some(last));
    let flights = dates.flat_map(|date| onward.flights_on(date).collect::<Vec<_>>());
    let shortest = if first.is_long_haul || onward.is_long_haul {
        LONG_CONNECTION_MINUTES
    } else {
        SHORT_CONNECTION_MINUTES
    };
    let arrival = first.arrival;
    flights
        .filter(move |next| {
            (shortest..=LONGEST_CONNECTION_MINUTES).contains(&next.departure.minutes_since(arrival))
        })
        .take(ONWARD_MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::itineraries::{self, Itinerary};
    use super::*;
    use crate::sandbox::places::{PlaceKind, place};

    fn found(from: &str, to: &str) -> Vec<Itinerary> {
        let (from, to) = (place(from, PlaceKind::Either), place(to, PlaceKind::Either));
        itineraries::on(&Seed::new(1), &from.airports, &to.airports, date(2026, 11, 11))
    }

    #[test]
    fn an_airline_without_a_nonstop_flight_connects_over_its_hub() {
        let all = found("BER", "JFK");
        let by_lufthansa: Vec<&Itinerary> = all.iter().filter(|found| found.airline().code == "LH").collect();
        assert!(!by_lufthansa.is_empty());
        for itinerary in by_lufthansa {
            assert!(itinerary.via().is_some_and(|hub| ["FRA", "MUC"].contains(&hub)));
        }
    }

    #[test]
    fn an_airline_with_a_nonstop_flight_does_not_connect() {
        let all = found("CDG", "JFK");
        let by_air_france: Vec<&Itinerary> =
            all.iter().filter(|found| found.airline().code == "AF").collect();
        assert!(!by_air_france.is_empty() && by_air_france.iter().all(|itinerary| itinerary.stops() == 0));
        assert!(all.iter().any(|itinerary| itinerary.stops() == 1), "others do connect");
    }

    #[test]
    fn every_change_leaves_time_to_walk_and_is_at_one_airport() {
        let changes: Vec<Itinerary> = ["SIN", "NYC", "TYO", "SYD"]
            .iter()
            .flat_map(|to| found("LIS", to))
            .filter(|found| found.stops() == 1)
            .collect();
        assert!(changes.len() > 20, "{}", changes.len());
        for itinerary in changes {
            assert_eq!(itinerary.via(), Some(itinerary.first.to.code));
            let minutes = itinerary.connection_minutes().unwrap();
            assert!((SHORT_CONNECTION_MINUTES..=LONGEST_CONNECTION_MINUTES).contains(&minutes), "{minutes}");
        }
    }

    #[test]
    fn nobody_flies_far_off_the_way() {
        for itinerary in found("PAR", "NYC") {
            let flown: u32 = itinerary.flights().map(|flight| network::km(flight.from, flight.to)).sum();
            assert!(flown <= itinerary.km * 3 / 2 + DETOUR_KM, "over {:?}", itinerary.via());
        }
    }
}
