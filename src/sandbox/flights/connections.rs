//! Journeys with one change: each airline over its own hubs.
//!
//! An airline does not sell a connection where it flies nonstop itself, and never over a hub that lies far off
//! the way. The flights to and from a hub are listed once for all journeys of a search, since a great city has
//! several airports at both ends.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::airlines::{self, Airline};
use super::itineraries::{Itinerary, Journey};
use super::network::{self, Flight};
use crate::sandbox::draw::Seed;
use crate::sandbox::places::Airport;

const SHORT_CONNECTION_MINUTES: i64 = 55;
/// With a long-haul flight on either side.
const LONG_CONNECTION_MINUTES: i64 = 80;
const LONGEST_CONNECTION_MINUTES: i64 = 9 * 60;
/// So many onward flights are offered for each flight to the hub.
const ONWARD_MAX: usize = 2;
/// The way over a hub may be longer than the direct one: by a share, and by a little in any case.
const DETOUR_PERCENT: u32 = 145;
const DETOUR_KM: u32 = 400;

/// Flights of one airline between its hub and other airports, by the other airport's code.
type Flights = HashMap<&'static str, Vec<Flight>>;

/// All journeys with one change that begin on a local date, in no particular order.
pub(crate) fn over_all_hubs(seed: &Seed, journeys: &[&Journey], date: Date) -> Vec<Itinerary> {
    let airlines = airlines::all().iter();
    let hubs = airlines.flat_map(|airline| airline.hubs().iter().map(move |hub| (airline, *hub)));
    hubs.flat_map(|(airline, hub)| over_hub(seed, (airline, hub), journeys, date)).collect()
}

fn over_hub(
    seed: &Seed,
    (airline, hub): (&'static Airline, &'static Airport),
    journeys: &[&Journey],
    date: Date,
) -> Vec<Itinerary> {
    let is_sold = |journey: &&&Journey| {
        is_on_the_way(hub, journey) && !network::is_flown(seed, airline, journey.from, journey.to)
    };
    let journeys: Vec<&Journey> = journeys.iter().filter(is_sold).copied().collect();
    let mut to_hub = Flights::new();
    for journey in &journeys {
        let list = || {
            network::route(seed, airline, journey.from, hub)
                .map_or_else(Vec::new, |route| route.flights_on(date).collect())
        };
        to_hub.entry(journey.from.code).or_insert_with(list);
    }
    let dates = onward_dates(to_hub.values().flatten());
    if dates.is_empty() {
        return Vec::new();
    }
    let mut onward = Flights::new();
    for journey in &journeys {
        let list = || onward_flights(seed, (airline, hub), journey.to, &dates);
        onward.entry(journey.to.code).or_insert_with(list);
    }
    journeys.iter().flat_map(|journey| joined(journey, &to_hub, &onward)).collect()
}

fn is_on_the_way(hub: &Airport, journey: &Journey) -> bool {
    let Journey { from, to, km } = journey;
    let is_at_an_end = hub.city_code == from.city_code || hub.city_code == to.city_code;
    !is_at_an_end && network::km(from, hub) + network::km(hub, to) <= km * DETOUR_PERCENT / 100 + DETOUR_KM
}

/// The local dates at the hub on which one may fly on: from the first landing to the last one and the longest
/// wait. The date line can make the first one the day before the start.
fn onward_dates<'a>(to_hub: impl Iterator<Item = &'a Flight>) -> Vec<Date> {
    let landings: Vec<_> = to_hub.map(|flight| flight.arrival.civil()).collect();
    let wait = SignedDuration::from_mins(LONGEST_CONNECTION_MINUTES);
    let last = landings.iter().max().and_then(|last| last.checked_add(wait).ok());
    let (Some(first), Some(last)) = (landings.iter().min(), last) else { return Vec::new() };
    std::iter::successors(Some(first.date()), |date| date.tomorrow().ok())
        .take_while(|date| *date <= last.date())
        .collect()
}

fn onward_flights(
    seed: &Seed,
    (airline, hub): (&'static Airline, &'static Airport),
    to: &'static Airport,
    dates: &[Date],
) -> Vec<Flight> {
    let Some(route) = network::route(seed, airline, hub, to) else { return Vec::new() };
    dates.iter().flat_map(|date| route.flights_on(*date)).collect()
}

/// Each flight to the hub with the next flights from there that leave time to walk.
fn joined(journey: &Journey, to_hub: &Flights, onward: &Flights) -> Vec<Itinerary> {
    let (to_hub, onward) = (to_hub.get(journey.from.code), onward.get(journey.to.code));
    let mut found = Vec::new();
    for first in to_hub.into_iter().flatten() {
        let next = onward.into_iter().flatten().filter(|next| is_caught(first, next)).take(ONWARD_MAX);
        found.extend(next.map(|next| Itinerary {
            first: first.clone(),
            onward: Some(next.clone()),
            km: journey.km,
        }));
    }
    found
}

fn is_caught(first: &Flight, next: &Flight) -> bool {
    let is_long = first.is_long_haul || next.is_long_haul;
    let shortest = if is_long { LONG_CONNECTION_MINUTES } else { SHORT_CONNECTION_MINUTES };
    (shortest..=LONGEST_CONNECTION_MINUTES).contains(&next.departure.minutes_since(first.arrival))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::itineraries;
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
