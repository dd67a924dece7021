//! Stations, carriers, and what leaves when.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::sandbox::draw::{Draw, Seed};
use crate::sandbox::geo::{Point, whole};
use crate::sandbox::moment::Moment;
use crate::sandbox::table;

const STATIONS: &str = include_str!("../data/ground_stations.tsv");
const CARRIERS: &str = include_str!("../data/ground_carriers.tsv");
/// Rails and roads are longer than the great circle.
const DETOUR: f64 = 1.25;
const MINUTES_AT_STATIONS: f64 = 12.0;
/// Below this one takes a local train, which is not sold here.
const SHORTEST_KM: u32 = 40;
const DIRECT_TRAIN_KM: u32 = 650;

/// How one travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Train,
    Coach,
}

impl Mode {
    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Coach => "coach",
        }
    }
}

/// A station.
pub(crate) struct Station {
    /// Eight letters; the first five are the city's code.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) city_code: &'static str,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    modes: Vec<&'static str>,
    point: Point,
    zone: TimeZone,
}

/// Who runs trains or coaches.
pub(crate) struct Carrier {
    /// Four letters.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) price_percent: i64,
    km_per_hour: f64,
    farthest_km: u32,
    /// Codes of cities, of countries for all their cities, or of stations.
    places: Vec<&'static str>,
}

static STATIONS_READ: LazyLock<Vec<Station>> =
    LazyLock::new(|| table::rows(STATIONS).filter_map(station).collect());
static CARRIERS_READ: LazyLock<Vec<Carrier>> =
    LazyLock::new(|| table::rows(CARRIERS).filter_map(carrier).collect());

fn station(row: [&'static str; 9]) -> Option<Station> {
    let [code, name, modes, city_code, city, country, zone, latitude, longitude] = row;
    let zone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let (point, modes) = (Point::parse(latitude, longitude)?, table::list(modes));
    Some(Station { code, name, city_code, city, country, modes, point, zone })
}

fn carrier(row: [&'static str; 7]) -> Option<Carrier> {
    let [code, name, mode, km_per_hour, farthest_km, price_percent, places] = row;
    let mode = match mode {
        "train" => Mode::Train,
        "coach" => Mode::Coach,
        _ => return None,
    };
    let (km_per_hour, farthest_km) = (km_per_hour.parse().ok()?, farthest_km.parse().ok()?);
    let price_percent = price_percent.parse().ok()?;
    Some(Carrier { code, name, mode, price_percent, km_per_hour, farthest_km, places: table::list(places) })
}

impl Carrier {
    /// A carrier stops at one station of a city: the one that its table row names, or the first for its mode.
    fn goes_to(&self, station: &Station) -> bool {
        let named = self.places.iter().find(|place| place.len() == 8 && place.starts_with(station.city_code));
        let is_served = |place: &&str| *place == station.city_code || *place == station.country;
        let has_mode = |station: &Station| station.modes.contains(&self.mode.name());
        if let Some(named) = named {
            return *named == station.code;
        }
        let first = stations(station.city_code).find(|first| has_mode(first));
        self.places.iter().any(is_served) && first.is_some_and(|first| first.code == station.code)
    }
}

/// The stations of a city, or the one with this code.
pub(crate) fn stations(code: &str) -> impl Iterator<Item = &'static Station> {
    STATIONS_READ.iter().filter(move |station| station.city_code == code || station.code == code)
}

/// One train or coach on one day.
#[expect(clippy::struct_field_names, reason = "departure and arrival are a pair")]
pub(crate) struct Departure {
    pub(crate) carrier: &'static Carrier,
    pub(crate) from: &'static Station,
    pub(crate) to: &'static Station,
    pub(crate) departure: Moment,
    pub(crate) arrival: Moment,
    pub(crate) minutes: u32,
    pub(crate) changes: u32,
    pub(crate) km: u32,
    /// The carrier's number of the train or coach.
    pub(crate) number: u32,
    /// In percent of what the way ordinarily costs.
    pub(crate) price_percent: i64,
}

/// All that leaves any of `from` on a local date for any of `to`, in the order of departure.
pub(crate) fn departures(
    seed: &Seed,
    from: &[&'static Station],
    to: &[&'static Station],
    date: Date,
) -> Vec<Departure> {
    let mut found = Vec::new();
    for carrier in CARRIERS_READ.iter() {
        for from in from.iter().filter(|from| carrier.goes_to(from)) {
            for to in to.iter().filter(|to| carrier.goes_to(to) && to.city_code != from.city_code) {
                found.extend(line(seed, carrier, (from, to), date));
            }
        }
    }
    found.sort_by_key(|departure| {
        (departure.departure.instant, departure.carrier.code, departure.from.code, departure.to.code)
    });
    found
}

fn line(
    seed: &Seed,
    carrier: &'static Carrier,
    (from, to): (&'static Station, &'static Station),
    date: Date,
) -> Vec<Departure> {
    let km = whole(from.point.km_to(to.point));
    if km < SHORTEST_KM || km > carrier.farthest_km {
        return Vec::new();
    }
    let mut draw = seed.draw(&["ground", carrier.code, from.code, to.code]);
    let minutes = whole(f64::from(km) * DETOUR / carrier.km_per_hour * 60.0 + MINUTES_AT_STATIONS);
    let count = daily(&mut draw, carrier.mode, km);
    let changes = u32::from(carrier.mode == Mode::Train && km > DIRECT_TRAIN_KM);
    let first = 100 + draw.below(800) * 10;
    let slots = (0..count).map(|index| {
        let minute = minute_of_day(&mut draw, carrier.mode, minutes, (index, count));
        (first + index, minute, draw.between(82, 130))
    });
    let slots: Vec<(u32, u32, i64)> = slots.collect();
    let departure = |(number, minute, price_percent): (u32, u32, i64)| {
        let departure = Moment::local(date, minute.into(), &from.zone)?;
        let arrival = departure.instant.checked_add(SignedDuration::from_mins(minutes.into())).ok()?;
        let arrival = Moment::at(arrival, &to.zone);
        Some(Departure { carrier, from, to, departure, arrival, minutes, changes, km, number, price_percent })
    };
    slots.into_iter().filter_map(departure).collect()
}

/// The nearer, the oftener.
fn daily(draw: &mut Draw, mode: Mode, km: u32) -> u32 {
    let (least, most) = match (mode, km) {
        (Mode::Train, ..300) => (8, 14),
        (Mode::Train, 300..600) => (6, 10),
        (Mode::Train, 600..850) => (3, 5),
        (Mode::Coach, ..300) => (4, 7),
        (Mode::Coach, 300..700) => (2, 5),
        _ => (1, 2),
    };
    u32::try_from(draw.between(least, most)).unwrap_or(1)
}

/// Trains leave from six in the morning and so that they arrive by midnight where that can be; coaches until late.
fn minute_of_day(draw: &mut Draw, mode: Mode, minutes: u32, (index, count): (u32, u32)) -> u32 {
    let first = 6 * 60;
    let last = match mode {
        Mode::Train => (23 * 60 + 40_u32).saturating_sub(minutes).clamp(9 * 60, 20 * 60 + 30),
        Mode::Coach => 23 * 60,
    };
    let band = (last - first) / count.max(1);
    first + band * index + draw.below(band.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_row_is_read_and_the_codes_have_their_shape() {
        assert_eq!(STATIONS_READ.len(), table::row_count(STATIONS));
        assert_eq!(CARRIERS_READ.len(), table::row_count(CARRIERS));
        let cities: BTreeSet<&str> = STATIONS_READ.iter().map(|station| station.city_code).collect();
        assert!(cities.len() >= 40, "{}", cities.len());
        let known =
            "FRPAR GBLON DEBER ESBCN ITROM NLAMS BEBRU CZPRG ESMAD ITMIL ATVIE CHZRH PTLIS DEMUC FRLYS";
        assert!(known.split_whitespace().all(|code| cities.contains(code)));
        let codes: BTreeSet<&str> = STATIONS_READ.iter().map(|station| station.code).collect();
        assert_eq!(codes.len(), STATIONS_READ.len(), "a station stands twice");
        for station in STATIONS_READ.iter() {
            assert!(station.code.len() == 8 && station.code.starts_with(station.city_code));
            assert!(station.city_code.len() == 5 && station.city_code.starts_with(station.country));
        }
        for carrier in CARRIERS_READ.iter() {
            for place in &carrier.places {
                assert!(
                    STATIONS_READ.iter().any(|station| {
                        [station.city_code, station.country, station.code].contains(place)
                            && carrier.goes_to(station)
                    }),
                    "{} has nowhere to stop in {place}",
                    carrier.code
                );
            }
        }
    }

    #[test]
    fn every_city_can_be_left_and_times_fit_distances() {
        let all: Vec<&Station> = STATIONS_READ.iter().collect();
        for from in STATIONS_READ.iter() {
            let left = departures(&Seed::new(1), &[from], &all, date(2026, 11, 11));
            assert!(!left.is_empty(), "nothing leaves {} {}", from.city, from.name);
            for departure in left {
                let km_per_hour = departure.km * 60 / departure.minutes;
                assert!((30..=200).contains(&km_per_hour), "{} {km_per_hour}", departure.carrier.code);
                assert!(departure.departure.minute_of_day() >= 6 * 60);
            }
        }
    }
}
