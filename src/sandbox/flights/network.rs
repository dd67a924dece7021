//! Who flies which route, and when.
//!
//! A route is drawn from the seed and its own name, so it is there or not whatever else is in the tables. Its
//! schedule holds for every week; prices are not its business.

use jiff::civil::Date;

use super::airlines::{Airline, Kind};
use crate::sandbox::draw::{Draw, Seed};
use crate::sandbox::geo::whole;
use crate::sandbox::moment::Moment;
use crate::sandbox::places::Airport;

/// Nearer airports are not connected by air: those of one city lie within it.
const SHORTEST_KM: u32 = 150;
/// Up to here a route is short-haul: flown several times a day by small aircraft, under the night curfew.
const SHORT_HAUL_KM: u32 = 4_500;
const LOW_COST_KM: u32 = 3_600;
const LONGEST_KM: u32 = 15_500;
const LONGEST_TEST_KM: u32 = 14_000;
const WORLD_HUB: usize = 4;
const EVERY_DAY: u8 = 0b0111_1111;

/// One airline's flights from one airport to another.
pub(crate) struct Route {
    pub(crate) airline: &'static Airline,
    pub(crate) from: &'static Airport,
    pub(crate) to: &'static Airport,
    pub(crate) is_long_haul: bool,
    block_minutes: u32,
    /// Bit 0 is Monday.
    weekdays: u8,
    slots: Vec<Slot>,
}

/// A place in the day's schedule.
struct Slot {
    minute_of_day: u32,
    number: u32,
    equipment: &'static str,
    price_percent: i64,
}

/// One flight on one day.
#[derive(Clone)]
pub(crate) struct Flight {
    pub(crate) airline: &'static Airline,
    pub(crate) number: u32,
    pub(crate) equipment: &'static str,
    pub(crate) from: &'static Airport,
    pub(crate) to: &'static Airport,
    pub(crate) departure: Moment,
    pub(crate) arrival: Moment,
    pub(crate) minutes: u32,
    pub(crate) is_long_haul: bool,
    /// What this departure costs in percent of the route's ordinary price.
    pub(crate) price_percent: i64,
}

/// The great-circle distance between two airports.
pub(crate) fn km(from: &Airport, to: &Airport) -> u32 {
    whole(from.point.km_to(to.point))
}

/// Whether the airline has a route between two airports.
pub(crate) fn is_flown(seed: &Seed, airline: &Airline, from: &Airport, to: &Airport) -> bool {
    flies(seed, airline, from, to, km(from, to))
}

/// The airline's route between two airports, if it flies it. It flies both directions or neither.
pub(crate) fn route(
    seed: &Seed,
    airline: &'static Airline,
    from: &'static Airport,
    to: &'static Airport,
) -> Option<Route> {
    let km = km(from, to);
    if !flies(seed, airline, from, to, km) {
        return None;
    }
    let is_long_haul = km > SHORT_HAUL_KM;
    let block_minutes = block_minutes(from, to, km);
    let mut draw = seed.draw(&["schedule", airline.code, from.code, to.code]);
    // Between two world hubs long-haul leaves every day, elsewhere on some days of the week.
    let is_daily = !is_long_haul || airline.kind == Kind::Test || from.traffic.min(to.traffic) == WORLD_HUB;
    let weekdays = if is_daily { EVERY_DAY } else { some_weekdays(&mut draw) };
    let equipment = equipment(airline, is_long_haul);
    let first_number = first_number(seed, airline, from, to, is_long_haul);
    let window = window(from, to, is_long_haul);
    let count = daily_flights(&mut draw, airline, [from, to], km);
    let slots = (0..count)
        .map(|index| Slot {
            minute_of_day: minute_in_band(&mut draw, window, index, count),
            number: first_number + if airline.kind == Kind::Test { 100 * index } else { 2 * index },
            equipment: draw.pick(equipment).copied().unwrap_or_default(),
            price_percent: draw.between(86, 120),
        })
        .collect();
    Some(Route { airline, from, to, is_long_haul, block_minutes, weekdays, slots })
}

impl Route {
    /// The flights that leave on a local date, in the order of departure.
    pub(crate) fn flights_on(&self, date: Date) -> impl Iterator<Item = Flight> {
        let is_flown = self.weekdays & (1 << date.weekday().to_monday_zero_offset()) != 0;
        let slots = if is_flown { self.slots.as_slice() } else { &[] };
        slots.iter().filter_map(move |slot| self.flight(slot, date))
    }

    fn flight(&self, slot: &Slot, date: Date) -> Option<Flight> {
        let departure = Moment::local(date, slot.minute_of_day.into(), self.from.zone())?;
        let block = jiff::SignedDuration::from_mins(self.block_minutes.into());
        let arrival = Moment::at(departure.instant.checked_add(block).ok()?, self.to.zone());
        Some(Flight {
            airline: self.airline,
            number: slot.number,
            equipment: slot.equipment,
            from: self.from,
            to: self.to,
            departure,
            arrival,
            minutes: self.block_minutes,
            is_long_haul: self.is_long_haul,
            price_percent: slot.price_percent,
        })
    }
}

/// Whether the airline flies between the two at all: in range, at home at one end, and drawn with a chance
/// that grows with the other end's traffic. Between two of its bases it always flies, and within the country of
/// a network airline's base too.
fn flies(seed: &Seed, airline: &Airline, from: &Airport, to: &Airport, km: u32) -> bool {
    if km < SHORTEST_KM || km > longest_km(airline) {
        return false;
    }
    let (base_rank, other) = match (airline.base_rank(from.code), airline.base_rank(to.code)) {
        _ if airline.kind == Kind::Test => return true,
        (Some(_), Some(_)) => return true,
        _ if is_feeder(airline, from, to) => return true,
        (Some(rank), None) => (rank, to),
        (None, Some(rank)) => (rank, from),
        (None, None) => return false,
    };
    let chances = if km > SHORT_HAUL_KM { [0, 10, 35, 85, 100] } else { [0, 45, 75, 92, 100] };
    let chance = chances.get(other.traffic).copied().unwrap_or(100);
    let chance = if base_rank > 0 && km > SHORT_HAUL_KM { chance * 6 / 10 } else { chance };
    let ends = sorted(from.code, to.code);
    seed.draw(&["route", airline.code, ends[0], ends[1]]).chance(chance)
}

/// The domestic flights that feed a network airline's hub.
fn is_feeder(airline: &Airline, from: &Airport, to: &Airport) -> bool {
    let is_at_base = airline.base_rank(from.code).or(airline.base_rank(to.code)).is_some();
    airline.kind == Kind::Network && is_at_base && from.country == to.country
}

fn sorted<'a>(one: &'a str, other: &'a str) -> [&'a str; 2] {
    if one <= other { [one, other] } else { [other, one] }
}

fn longest_km(airline: &Airline) -> u32 {
    match airline.kind {
        Kind::LowCost => LOW_COST_KM,
        Kind::Test => LONGEST_TEST_KM,
        Kind::Network if airline.long_equipment.is_empty() => SHORT_HAUL_KM,
        Kind::Network => LONGEST_KM,
    }
}

/// The fitting list of aircraft; the other one where an airline has only that.
fn equipment(airline: &Airline, is_long_haul: bool) -> &[&'static str] {
    match (is_long_haul, airline.short_equipment.as_slice(), airline.long_equipment.as_slice()) {
        (true, fallback, []) | (false, [], fallback) => fallback,
        (true, _, long) => long,
        (false, short, _) => short,
    }
}

/// Gate to gate: half an hour on the ground and in climb, then cruise; slower against the west wind. In steps
/// of five minutes.
fn block_minutes(from: &Airport, to: &Airport, km: u32) -> u32 {
    let cruise_km_per_hour = if km > SHORT_HAUL_KM { 870.0 } else { 760.0 };
    let degrees_east = from.point.degrees_east_to(to.point);
    let wind = 1.0 - 0.08 * (degrees_east / 60.0).clamp(-1.0, 1.0);
    let minutes = 30.0 + f64::from(km) / cruise_km_per_hour * 60.0 * wind;
    whole(minutes / 5.0) * 5
}

/// Four to seven days a week.
fn some_weekdays(draw: &mut Draw) -> u8 {
    let idle_days = draw.below(4);
    (0..idle_days).fold(EVERY_DAY, |days, _| days & !(1 << draw.below(7)))
}

fn daily_flights(draw: &mut Draw, airline: &Airline, ends: [&Airport; 2], km: u32) -> u32 {
    let quieter = ends[0].traffic.min(ends[1].traffic);
    let most = i64::try_from(quieter).unwrap_or(1);
    let count = match airline.kind {
        Kind::Test => 4,
        _ if km > SHORT_HAUL_KM => 1,
        Kind::LowCost => draw.between(1, most.min(3)),
        Kind::Network if km > 1_500 => draw.between(1, most.min(3)),
        Kind::Network => draw.between(3, most + 3),
    };
    u32::try_from(count).unwrap_or(1)
}

/// Between which minutes of the local day a route's flights leave. Short-haul keeps away from the night
/// (no departure from 00:00 to 05:30); long-haul leaves eastward in the evening, westward by day.
fn window(from: &Airport, to: &Airport, is_long_haul: bool) -> (u32, u32) {
    let degrees_east = from.point.degrees_east_to(to.point);
    match is_long_haul {
        false => (5 * 60 + 45, 21 * 60 + 45),
        true if degrees_east > 35.0 => (17 * 60 + 30, 23 * 60),
        true if degrees_east < -35.0 => (10 * 60 + 30, 17 * 60),
        true => (18 * 60, 23 * 60 + 30),
    }
}

/// A time in the `index`th of `count` equal parts of the window, in steps of five minutes.
fn minute_in_band(draw: &mut Draw, window: (u32, u32), index: u32, count: u32) -> u32 {
    let band = (window.1 - window.0) / count.max(1);
    (window.0 + band * index + draw.below(band)) / 5 * 5
}

/// Both directions share a block of numbers, odd one way and even the other. Two routes of an airline may draw
/// one block: a flight is named by its number, route and date. Jinko Test Air has 101, 201, 301 and 401 on
/// every route, so that what its hundreds simulate can be met anywhere.
fn first_number(seed: &Seed, airline: &Airline, from: &Airport, to: &Airport, is_long_haul: bool) -> u32 {
    if airline.kind == Kind::Test {
        return 101;
    }
    let ends = sorted(from.code, to.code);
    let mut draw = seed.draw(&["numbers", airline.code, ends[0], ends[1]]);
    let block = if is_long_haul { 2 * draw.below(400) } else { 1000 + 16 * draw.below(500) };
    2 + block + u32::from(ends[0] != from.code)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::airlines;
    use super::*;
    use crate::sandbox::places::airport_by_code;

    fn airport(code: &str) -> &'static Airport {
        airport_by_code(code).unwrap()
    }

    fn flown(airline: &str, from: &str, to: &str) -> Option<Route> {
        let airline = airlines::all().iter().find(|known| known.code == airline).unwrap();
        route(&Seed::new(1), airline, airport(from), airport(to))
    }

    const HOMES: [&str; 14] =
        ["CDG", "LHR", "FRA", "AMS", "MAD", "JFK", "LAX", "DXB", "SIN", "HND", "BER", "DUB", "SYD", "GRU"];

    fn every_route() -> impl Iterator<Item = Route> {
        let pairs = HOMES.iter().flat_map(|from| HOMES.iter().map(move |to| (airport(from), airport(to))));
        pairs.flat_map(|(from, to)| {
            airlines::all().iter().filter_map(move |airline| route(&Seed::new(1), airline, from, to))
        })
    }

    #[test]
    fn block_times_are_those_of_real_flights() {
        let minutes = |from, to| {
            let (from, to) = (airport(from), airport(to));
            block_minutes(from, to, km(from, to))
        };
        assert!((90..=110).contains(&minutes("CDG", "BER")), "{}", minutes("CDG", "BER"));
        assert!((455..=500).contains(&minutes("CDG", "JFK")), "{}", minutes("CDG", "JFK"));
        assert!((395..=440).contains(&minutes("JFK", "CDG")), "{}", minutes("JFK", "CDG"));
        assert!((720..=850).contains(&minutes("LHR", "SIN")), "{}", minutes("LHR", "SIN"));
    }

    #[test]
    fn nobody_leaves_short_haul_between_midnight_and_half_past_five() {
        let mut count = 0;
        for route in every_route().filter(|route| !route.is_long_haul) {
            for flight in route.flights_on(date(2026, 11, 11)) {
                assert!(
                    flight.departure.minute_of_day() >= 5 * 60 + 30,
                    "{}{}",
                    flight.airline.code,
                    flight.number
                );
                count += 1;
            }
        }
        assert!(count > 100, "only {count} flights were looked at");
    }

    #[test]
    fn long_haul_is_daily_or_less_and_short_haul_may_be_more() {
        let ordinary = || every_route().filter(|route| route.airline.kind != Kind::Test);
        assert!(ordinary().filter(|route| route.is_long_haul).all(|route| route.slots.len() == 1));
        assert!(ordinary().any(|route| route.is_long_haul && route.weekdays != EVERY_DAY));
        assert!(ordinary().any(|route| !route.is_long_haul && route.slots.len() >= 4));
    }

    #[test]
    fn an_airline_flies_both_ways_or_neither_and_touches_its_base() {
        for route in every_route() {
            assert!(flown(route.airline.code, route.to.code, route.from.code).is_some());
            let is_home = |airport: &Airport| route.airline.base_rank(airport.code).is_some();
            assert!(route.airline.kind == Kind::Test || is_home(route.from) || is_home(route.to));
        }
    }

    #[test]
    fn airports_of_one_city_are_not_connected_and_the_range_ends() {
        assert!(flown("AF", "CDG", "ORY").is_none());
        assert!(flown("U2", "CDG", "DXB").is_none());
        assert!(flown("BA", "LHR", "SYD").is_none());
    }

    #[test]
    fn the_starting_point_of_the_contract_is_flown() {
        assert!(flown("AA", "JFK", "LAX").is_some());
        let test_air: Vec<u32> =
            flown("ZZ", "SYD", "BKK").unwrap().slots.iter().map(|slot| slot.number).collect();
        assert_eq!(test_air, [101, 201, 301, 401]);
    }

    #[test]
    fn westward_against_the_sun_lands_on_the_same_day() {
        let route = flown("ZZ", "NRT", "LAX").unwrap();
        let flight = route.flights_on(date(2026, 11, 11)).next().unwrap();
        assert!(flight.arrival.civil() < flight.departure.civil(), "the date line gives the day back");
        assert_eq!(flight.arrival.minutes_since(flight.departure), i64::from(flight.minutes));
    }
}
