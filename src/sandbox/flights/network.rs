//! Who flies which route, and when.
//!
//! A route is drawn from the seed and its own name, so it is there or not whatever else is in the tables. Its
//! schedule holds for every week; prices are not its business.

use jiff::civil::Date;

use super::airlines::{Aircraft, Airline, Kind};
use crate::sandbox::draw::{Draw, Seed};
use crate::sandbox::geo::whole;
use crate::sandbox::moment::Moment;
use crate::sandbox::places::Airport;

/// Nearer airports are not connected by air: those of one city lie within it.
const SHORTEST_KM: u32 = 150;
/// Up to here a route is short-haul: flown several times a day by small aircraft, under the night curfew.
const SHORT_HAUL_KM: u32 = 4_500;
const LOW_COST_KM: u32 = 3_600;
const LOW_COST_SHORTEST_KM: u32 = 280;
/// Local airports are fed from hubs so near, and from the first hub in any case.
const FEEDER_KM: u32 = 1_600;
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

impl Flight {
    /// Of Jinko Test Air's flights, those of the two hundreds: discovery has seen another price.
    pub(crate) fn simulates_price_change(&self) -> bool {
        self.airline.kind == Kind::Test && self.number / 100 == 2
    }

    /// Of Jinko Test Air's flights, those of the three hundreds: offered, and gone at the price check.
    pub(crate) fn simulates_sell_out(&self) -> bool {
        self.airline.kind == Kind::Test && self.number / 100 == 3
    }
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
    route_over(seed, airline, (from, to), km(from, to))
}

/// The same, where the distance is known.
pub(crate) fn route_over(
    seed: &Seed,
    airline: &'static Airline,
    (from, to): (&'static Airport, &'static Airport),
    km: u32,
) -> Option<Route> {
    if !flies(seed, airline, from, to, km) {
        return None;
    }
    let is_long_haul = km > SHORT_HAUL_KM;
    let block_minutes = block_minutes(from, to, km);
    let mut draw = seed.draw(&["schedule", airline.code, from.code, to.code]);
    // Between two world hubs long-haul leaves every day, elsewhere on some days of the week.
    let is_daily = !is_long_haul || airline.kind == Kind::Test || from.traffic.min(to.traffic) == WORLD_HUB;
    let weekdays = if is_daily { EVERY_DAY } else { some_weekdays(&mut draw) };
    let equipment = equipment(airline, km, is_long_haul);
    let first_number = first_number(seed, airline, from, to, is_long_haul);
    let window = window(from, to, is_long_haul, block_minutes);
    let count = daily_flights(&mut draw, airline, [from, to], km);
    let slots = (0..count)
        .map(|index| Slot {
            minute_of_day: minute_in_band(&mut draw, window, index, count),
            number: first_number + if airline.kind == Kind::Test { 100 * index } else { 2 * index },
            equipment: draw.pick(&equipment).copied().unwrap_or_default(),
            price_percent: draw.between(86, 120),
        })
        .collect();
    Some(Route { airline, from, to, is_long_haul, block_minutes, weekdays, slots })
}

impl Route {
    /// The flights that leave on a local date, in the order of departure.
    pub(crate) fn flights_on(&self, date: Date) -> impl Iterator<Item = Flight> {
        let slots = if self.is_flown_on(date) { self.slots.as_slice() } else { &[] };
        slots.iter().filter_map(move |slot| self.flight(slot, date))
    }

    /// The flight at one place of the day's schedule on a local date, if the route is flown then.
    pub(crate) fn flight_at(&self, slot: usize, date: Date) -> Option<Flight> {
        self.slots.get(slot).filter(|_| self.is_flown_on(date)).and_then(|slot| self.flight(slot, date))
    }

    /// Whether anything leaves on a local date.
    pub(crate) fn is_flown_on(&self, date: Date) -> bool {
        self.weekdays & (1 << date.weekday().to_monday_zero_offset()) != 0
    }

    /// Whether something leaves on every day of the week.
    pub(crate) fn is_daily(&self) -> bool {
        self.weekdays == EVERY_DAY
    }

    /// What the departures of a day cost in percent of the route's ordinary price, in the order of departure.
    pub(crate) fn slot_percents(&self) -> impl Iterator<Item = i64> {
        self.slots.iter().map(|slot| slot.price_percent)
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
/// that grows with the other end's traffic. Between two of its bases it always flies, and mostly within the country
/// of a network airline's base too.
fn flies(seed: &Seed, airline: &Airline, from: &Airport, to: &Airport, km: u32) -> bool {
    let shortest_km = if airline.kind == Kind::LowCost { LOW_COST_SHORTEST_KM } else { SHORTEST_KM };
    if km < shortest_km || km > longest_km(airline) {
        return false;
    }
    let (base_rank, other) = match (airline.base_rank(from.code), airline.base_rank(to.code)) {
        _ if airline.kind == Kind::Test => return true,
        (Some(_), Some(_)) => return true,
        _ if is_feeder(airline, from, to, km) => return true,
        (Some(rank), None) => (rank, to),
        (None, Some(rank)) => (rank, from),
        (None, None) => return false,
    };
    let chances = if km > SHORT_HAUL_KM { [0, 10, 35, 85, 100] } else { [0, 45, 75, 92, 100] };
    let chance = chances.get(other.traffic).copied().unwrap_or(100);
    let chance = if base_rank > 0 && km > SHORT_HAUL_KM { chance * 6 / 10 } else { chance };
    // Local airports live on the airlines of their own country, and not on many.
    let chance = match (other.traffic, airline.kind) {
        (1, Kind::LowCost | Kind::Leisure) => chance / 3,
        (1, _) if from.country != to.country => chance / 2,
        _ => chance,
    };
    // The greater its home, the more far places an airline fills an aircraft to.
    let home = if airline.base_rank(from.code) == Some(base_rank) { from } else { to };
    let chance = match home.traffic {
        4.. => chance,
        3 if km > SHORT_HAUL_KM => chance * 6 / 10,
        _ if km > SHORT_HAUL_KM => chance * 3 / 10,
        _ => chance,
    };
    let ends = sorted(from.code, to.code);
    seed.draw(&["route", airline.code, ends[0], ends[1]]).chance(chance)
}

/// The domestic flights that feed a network airline's hub.
fn is_feeder(airline: &Airline, from: &Airport, to: &Airport, km: u32) -> bool {
    let rank = airline.base_rank(from.code).or(airline.base_rank(to.code));
    let is_worth_it = km <= FEEDER_KM || from.traffic.min(to.traffic) > 1 || rank == Some(0);
    airline.kind == Kind::Network && rank.is_some() && from.country == to.country && is_worth_it
}

fn sorted<'a>(one: &'a str, other: &'a str) -> [&'a str; 2] {
    if one <= other { [one, other] } else { [other, one] }
}

fn longest_km(airline: &Airline) -> u32 {
    match airline.kind {
        Kind::LowCost => LOW_COST_KM.min(airline.range_km()),
        Kind::Test => LONGEST_TEST_KM,
        Kind::Network | Kind::Leisure if airline.long_equipment.is_empty() => {
            SHORT_HAUL_KM.min(airline.range_km())
        }
        Kind::Network | Kind::Leisure => LONGEST_KM.min(airline.range_km()),
    }
}

/// The aircraft of the fitting list that go so far; of the other one where that has none.
fn equipment(airline: &Airline, km: u32, is_long_haul: bool) -> Vec<&'static str> {
    let Airline { short_equipment, long_equipment, .. } = airline;
    let lists =
        if is_long_haul { [long_equipment, short_equipment] } else { [short_equipment, long_equipment] };
    let able = |list: &Vec<Aircraft>| -> Vec<&'static str> {
        list.iter().filter(|aircraft| aircraft.range_km >= km).map(|aircraft| aircraft.code).collect()
    };
    let [first, second] = lists.map(able);
    if first.is_empty() { second } else { first }
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
        Kind::LowCost | Kind::Leisure => draw.between(1, most.min(3)),
        Kind::Network if km > 1_500 => draw.between(1, most.min(3)),
        Kind::Network => draw.between(3, most + 3),
    };
    u32::try_from(count).unwrap_or(1)
}

/// Between which minutes of the local day a route's flights leave. Short-haul keeps away from the night
/// (no departure from 00:00 to 05:30, no landing long after midnight by the clock of the start); long-haul leaves
/// eastward in the evening, westward by day.
fn window(from: &Airport, to: &Airport, is_long_haul: bool, block_minutes: u32) -> (u32, u32) {
    let degrees_east = from.point.degrees_east_to(to.point);
    match is_long_haul {
        false => (5 * 60 + 45, (24 * 60 + 15_u32).saturating_sub(block_minutes).clamp(14 * 60, 21 * 60 + 45)),
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
    use crate::sandbox::places::{self, airport_by_code};

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
        assert!(flown("LM", "GLA", "ATH").is_none(), "no turboprop goes so far");
    }

    /// Routes from some airports of every size to all others, all airlines but the test one.
    fn sampled_routes() -> impl Iterator<Item = Route> {
        let starts = places::all().iter().step_by(61);
        let pairs = starts.flat_map(|from| places::all().iter().map(move |to| (from, to)));
        pairs.flat_map(|(from, to)| {
            let airlines = airlines::between(from.code, to.code).into_iter();
            let real = airlines.filter(|airline| airline.kind != Kind::Test);
            real.filter_map(move |airline| route(&Seed::new(1), airline, from, to))
        })
    }

    #[test]
    fn the_whole_network_is_plausible() {
        let (mut short, mut frequent, mut far) = (0, 0, 0);
        for route in sampled_routes() {
            let km = km(route.from, route.to);
            let name = format!("{} {}-{} {km} km", route.airline.code, route.from.code, route.to.code);
            let km_per_hour = km * 60 / route.block_minutes;
            assert!((150..=950).contains(&km_per_hour), "{name}: {km_per_hour} km/h");
            assert!(route.block_minutes >= 40, "{name}: {} minutes", route.block_minutes);
            assert!(km <= route.airline.range_km(), "{name} is out of range");
            for slot in &route.slots {
                assert!(!slot.equipment.is_empty(), "{name} has no aircraft");
                let is_night = slot.minute_of_day < 5 * 60 + 30;
                assert!(!is_night, "{name} leaves at minute {}", slot.minute_of_day);
            }
            if route.is_long_haul {
                assert_eq!(route.slots.len(), 1, "{name}");
                far += 1;
            } else if km < 1_200 {
                short += 1;
                frequent += usize::from(route.slots.len() > 1);
            }
        }
        assert!(short > 500 && far > 100, "{short} {far}");
        assert!(
            frequent * 100 > short * 60,
            "{frequent} of {short} short routes are flown more than once a day"
        );
    }

    #[test]
    fn nearly_every_airport_is_served_by_a_real_airline() {
        let is_served = |airport: &Airport| {
            places::all().iter().any(|other| {
                let airlines = airlines::between(airport.code, other.code).into_iter();
                let mut real = airlines.filter(|airline| airline.kind != Kind::Test);
                real.any(|airline| is_flown(&Seed::new(1), airline, airport, other))
            })
        };
        let lone: Vec<&str> =
            places::all().iter().filter(|airport| !is_served(airport)).map(|airport| airport.code).collect();
        assert!(
            lone.len() * 50 < places::all().len(),
            "{} airports have Jinko Test Air alone: {lone:?}",
            lone.len()
        );
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
