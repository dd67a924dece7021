//! The airports and the cities that they serve.
//!
//! Everything is read from `data/airports.tsv` and `data/metros.tsv` on first use: one pass over the text, cells
//! borrowed from it, two maps. Time zones are parsed one by one when a flight first needs them.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::geo::Point;
use super::table;

const AIRPORTS: &str = include_str!("data/airports.tsv");
const METROS: &str = include_str!("data/metros.tsv");

/// An airport.
pub(crate) struct Airport {
    /// IATA code.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    /// IATA code of the city: its own code unless the city has several airports or a code of its own.
    pub(crate) city_code: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    pub(crate) point: Point,
    /// 1 (local) to 4 (world hub): decides who flies there, and how often.
    pub(crate) traffic: usize,
    zone_name: &'static str,
    zone: OnceLock<TimeZone>,
}

impl Airport {
    /// The airport's zone from the bundled database, so that every machine has the same rules. UTC if the
    /// table names a zone that does not exist.
    pub(crate) fn zone(&self) -> &TimeZone {
        static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
        self.zone.get_or_init(|| BUNDLED.get(self.zone_name).unwrap_or(TimeZone::UTC))
    }
}

/// Which kind of place a code means (CONTRACT.md 7.4, `origin_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    City,
    Airport,
    /// Not said: both are taken, so `LON` is four airports and `LHR` one.
    Either,
}

/// A code that was searched, and the airports behind it: none when the code is unknown.
pub(crate) struct Place {
    pub(crate) code: String,
    /// The city's name; empty when the code is unknown.
    pub(crate) city: &'static str,
    pub(crate) airports: Vec<&'static Airport>,
}

/// All airports, by code and by city.
struct Atlas {
    airports: Vec<Airport>,
    by_code: HashMap<&'static str, usize>,
    by_city: HashMap<&'static str, Vec<usize>>,
    metros: HashMap<&'static str, &'static str>,
}

static ATLAS: LazyLock<Atlas> = LazyLock::new(|| {
    let airports: Vec<Airport> = table::rows(AIRPORTS).filter_map(airport).collect();
    let by_code = airports.iter().enumerate().map(|(index, airport)| (airport.code, index)).collect();
    let mut by_city: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, airport) in airports.iter().enumerate() {
        by_city.entry(airport.city_code).or_default().push(index);
    }
    let metros = table::rows(METROS).map(|[code, name]| (code, name)).collect();
    Atlas { airports, by_code, by_city, metros }
});

fn airport(row: [&'static str; 9]) -> Option<Airport> {
    let [code, name, city, city_code, country, zone_name, latitude, longitude, traffic] = row;
    let (point, traffic) = (Point::parse(latitude, longitude)?, traffic.parse().ok()?);
    Some(Airport { code, name, city, city_code, country, point, traffic, zone_name, zone: OnceLock::new() })
}

/// All airports, in the order of the table.
pub(crate) fn all() -> &'static [Airport] {
    &ATLAS.airports
}

/// The airport with this IATA code.
pub(crate) fn airport_by_code(code: &str) -> Option<&'static Airport> {
    ATLAS.airports.get(*ATLAS.by_code.get(code)?)
}

/// What `code` means. A well-formed code that nobody has is a place without airports, not an error
/// (CONTRACT.md 6.2).
pub(crate) fn place(code: &str, kind: PlaceKind) -> Place {
    let own = ATLAS.by_code.get(code).filter(|_| kind != PlaceKind::City);
    let of_city = ATLAS.by_city.get(code).filter(|_| kind != PlaceKind::Airport);
    let mut indexes: Vec<usize> = of_city.into_iter().flatten().copied().collect();
    indexes.extend(own.filter(|index| !of_city.is_some_and(|city| city.contains(index))));
    let airports: Vec<&Airport> = indexes.into_iter().filter_map(|index| ATLAS.airports.get(index)).collect();
    let metro = ATLAS.metros.get(code).filter(|_| kind != PlaceKind::Airport).copied();
    let city = metro.or_else(|| airports.first().map(|airport| airport.city)).unwrap_or_default();
    Place { code: code.to_owned(), city, airports }
}

/// The airports of several places, each once, in the order of the places.
pub(crate) fn union(places: &[Place]) -> Vec<&'static Airport> {
    let mut airports: Vec<&'static Airport> = Vec::new();
    for airport in places.iter().flat_map(|place| &place.airports) {
        if airports.iter().all(|known| known.code != airport.code) {
            airports.push(airport);
        }
    }
    airports
}

/// The name of a city whose code is no airport's, or that has several airports.
pub(crate) fn city_name(code: &str) -> Option<&'static str> {
    ATLAS.metros.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(code: &str, kind: PlaceKind) -> Vec<&'static str> {
        place(code, kind).airports.iter().map(|airport| airport.code).collect()
    }

    #[test]
    fn every_airport_row_is_read_once_and_has_a_zone() {
        assert_eq!(ATLAS.airports.len(), table::row_count(AIRPORTS));
        assert_eq!(ATLAS.by_code.len(), ATLAS.airports.len(), "a code stands twice");
        for airport in &ATLAS.airports {
            assert!(TimeZoneDatabase::bundled().get(airport.zone_name).is_ok(), "{}", airport.zone_name);
            assert!((1..=4).contains(&airport.traffic), "{}", airport.code);
        }
    }

    #[test]
    fn the_table_has_the_size_and_the_metro_codes_that_are_promised() {
        assert!(ATLAS.airports.len() >= 1_000, "{}", ATLAS.airports.len());
        for code in "BJS CHI LON MIL NYC PAR TYO WAS YMQ YTO".split_whitespace() {
            assert!(airport_by_code(code).is_none(), "{code} is a city, not an airport");
            assert!(!codes(code, PlaceKind::City).is_empty(), "{code}");
        }
    }

    #[test]
    fn a_city_of_several_airports_has_a_name() {
        for (code, airports) in &ATLAS.by_city {
            let has_own_code = ATLAS.by_code.contains_key(code);
            assert!(has_own_code || ATLAS.metros.contains_key(code), "{code}: {}", airports.len());
        }
    }

    #[test]
    fn a_metro_code_means_its_airports_and_an_airport_code_itself() {
        assert_eq!(codes("PAR", PlaceKind::Either), ["CDG", "ORY"]);
        assert_eq!(codes("LON", PlaceKind::Either), ["LCY", "LGW", "LHR", "LTN", "STN"]);
        assert_eq!(codes("PAR", PlaceKind::City), ["CDG", "ORY"]);
        assert!(codes("PAR", PlaceKind::Airport).is_empty());
        assert_eq!(codes("ORY", PlaceKind::Either), ["ORY"]);
        assert!(codes("ORY", PlaceKind::City).is_empty());
        assert_eq!(codes("BER", PlaceKind::City), ["BER"]);
        assert_eq!(codes("BER", PlaceKind::Either), ["BER"]);
        assert!(codes("QQQ", PlaceKind::Either).is_empty());
    }

    #[test]
    fn a_city_is_named_as_it_was_asked_for() {
        assert_eq!(place("NYC", PlaceKind::Either).city, "New York");
        assert_eq!(place("EWR", PlaceKind::Either).city, "Newark");
    }
}
