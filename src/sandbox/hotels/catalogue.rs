//! The hotels: invented by the seed, city by city, when a city is first searched.
//!
//! A hotel's facts depend on the seed, its city and its number there, so more cities or more hotels in a city
//! change nothing about those that exist.

use std::sync::{LazyLock, OnceLock};

use super::cities::{self, City};
use crate::sandbox::calendar::percent_of;
use crate::sandbox::draw::{Draw, Seed};
use crate::sandbox::geo::Point;
use crate::sandbox::table;
use crate::sandbox::text::{LetterPairs, normalized};

const CHAINS: &str = include_str!("../data/hotel_chains.tsv");
const FACILITIES: &str = include_str!("../data/hotel_facilities.tsv");
const WORDS: &str = include_str!("../data/hotel_words.tsv");
const STAR_PRICE_PERCENT: [i64; 6] = [100, 48, 70, 100, 155, 265];
/// How often a hotel has how many stars, by repetition.
const STARS: [u32; 12] = [1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5];
const NAME_TRIES_MAX: u32 = 20;
/// So many digits of a hotel's id say its city.
const CITY_DIGITS: usize = 4;

/// A hotel.
pub(crate) struct Hotel {
    /// `lp` and hex digits, of which the first four are its city's.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) city: &'static City,
    pub(crate) address: String,
    pub(crate) point: Point,
    /// 1 to 5.
    pub(crate) stars: u32,
    /// 0 to 100: the guests' rating of 0 to 10 in tenths.
    pub(crate) rating_tenths: u32,
    pub(crate) review_count: u32,
    pub(crate) chain: Option<&'static Chain>,
    pub(crate) type_id: u32,
    pub(crate) facility_ids: Vec<u32>,
    /// An ordinary night in a double room.
    pub(crate) night_cents: i64,
}

/// What a hotel is called, with what a search by name needs: thousands are compared before one hotel is made.
pub(crate) struct HotelName {
    name: String,
    /// The name, levelled for comparing.
    pub(crate) normalized: String,
    /// The letter pairs of that, for comparing.
    pub(crate) letter_pairs: LetterPairs,
    stars: u32,
    chain: Option<&'static Chain>,
    type_id: u32,
}

/// An invented chain.
pub(crate) struct Chain {
    pub(crate) id: u32,
    pub(crate) slug: &'static str,
    name: &'static str,
    stars: (u32, u32),
}

struct Facility {
    id: u32,
    name: &'static str,
    percent: u32,
    stars_min: u32,
}

/// The words that names and addresses are put together from.
struct Words {
    openings: Vec<&'static str>,
    subjects: Vec<&'static str>,
    kinds: Vec<(&'static str, u32)>,
    streets: Vec<&'static str>,
    districts: Vec<&'static str>,
}

static CHAINS_READ: LazyLock<Vec<Chain>> = LazyLock::new(|| table::rows(CHAINS).filter_map(chain).collect());
static FACILITIES_READ: LazyLock<Vec<Facility>> =
    LazyLock::new(|| table::rows(FACILITIES).filter_map(facility).collect());
static WORDS_READ: LazyLock<Words> = LazyLock::new(words);

fn chain([id, slug, name, least, most]: [&'static str; 5]) -> Option<Chain> {
    Some(Chain { id: id.parse().ok()?, slug, name, stars: (least.parse().ok()?, most.parse().ok()?) })
}

fn facility([id, name, percent, stars_min]: [&'static str; 4]) -> Option<Facility> {
    Some(Facility {
        id: id.parse().ok()?,
        name,
        percent: percent.parse().ok()?,
        stars_min: stars_min.parse().ok()?,
    })
}

fn words() -> Words {
    let of = |wanted: &str| {
        let rows = table::rows(WORDS).filter(|[part, ..]: &[&str; 3]| *part == wanted);
        rows.map(|[_, word, _]| word).collect()
    };
    let kinds = table::rows(WORDS).filter(|[part, ..]: &[&str; 3]| *part == "kind");
    Words {
        openings: of("opening"),
        subjects: of("subject"),
        kinds: kinds.filter_map(|[_, word, type_id]| Some((word, type_id.parse().ok()?))).collect(),
        streets: of("street"),
        districts: of("district"),
    }
}

/// All hotels of one sandbox. A city's names are made when they are first compared, its hotels when they are first
/// asked for; both are kept.
pub(crate) struct Catalogue {
    seed: Seed,
    by_city: OnceLock<Vec<InCity>>,
}

struct InCity {
    city: &'static City,
    /// Four hex digits, with which the ids of its hotels begin. Two cities may share them.
    digits: String,
    names: OnceLock<Vec<HotelName>>,
    hotels: OnceLock<Vec<Hotel>>,
}

impl Catalogue {
    /// A catalogue in which nothing is made yet.
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, by_city: OnceLock::new() }
    }

    /// The hotels of a city.
    pub(crate) fn in_city(&self, city: &City) -> &[Hotel] {
        self.made(city).map_or(&[], |made| self.hotels(made))
    }

    /// The names of a city's hotels, in the order of [`Self::in_city`].
    pub(crate) fn names_in(&self, city: &City) -> &[HotelName] {
        self.made(city).map_or(&[], |made| self.names(made))
    }

    /// The hotel with this id. Makes the hotels of its city alone.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Hotel> {
        let digits = id.strip_prefix("lp")?.get(..CITY_DIGITS)?;
        let mut cities = self.cities().iter().filter(|made| made.digits == digits);
        cities.find_map(|made| self.hotels(made).iter().find(|hotel| hotel.id == id))
    }

    /// The hotels of all cities.
    #[cfg(test)]
    pub(crate) fn everywhere(&self) -> impl Iterator<Item = &Hotel> {
        self.cities().iter().flat_map(|made| self.hotels(made))
    }

    fn cities(&self) -> &[InCity] {
        let made = |city: &'static City| InCity {
            city,
            digits: self.seed.token(&["hotel city", &city.place_id], CITY_DIGITS),
            names: OnceLock::new(),
            hotels: OnceLock::new(),
        };
        self.by_city.get_or_init(|| cities::all().iter().map(made).collect())
    }

    fn made(&self, city: &City) -> Option<&InCity> {
        self.cities().iter().find(|made| std::ptr::eq(made.city, city))
    }

    fn names<'a>(&self, made: &'a InCity) -> &'a [HotelName] {
        made.names.get_or_init(|| names(&self.seed, made.city))
    }

    fn hotels<'a>(&self, made: &'a InCity) -> &'a [Hotel] {
        made.hotels.get_or_init(|| {
            let names = self.names(made).iter().zip(0_u32..);
            names.map(|(name, number)| hotel(&self.seed, made, number, name)).collect()
        })
    }
}

fn names(seed: &Seed, city: &City) -> Vec<HotelName> {
    let mut names: Vec<HotelName> = Vec::with_capacity(city.hotel_count as usize);
    for number in 0..city.hotel_count {
        let mut draw = seed.draw(&["hotel", &city.place_id, &number.to_string()]);
        // The first five are one of each class, so that every city has all of them.
        let stars = if number < 5 { number + 1 } else { draw.pick(&STARS).copied().unwrap_or(3) };
        let chain = if draw.chance(40) { chain_with(&mut draw, stars) } else { None };
        let (name, type_id) = free_name(&mut draw, city, chain, &names);
        let normalized = normalized(&name);
        let letter_pairs = LetterPairs::of(&normalized);
        names.push(HotelName { name, normalized, letter_pairs, stars, chain, type_id });
    }
    names
}

fn hotel(seed: &Seed, made: &InCity, number: u32, named: &HotelName) -> Hotel {
    let InCity { city, digits, .. } = made;
    let number = number.to_string();
    let mut draw = seed.draw(&["hotel facts", &city.place_id, &number]);
    let HotelName { stars, chain, type_id, .. } = *named;
    let star_percent = STAR_PRICE_PERCENT.get(stars as usize).copied().unwrap_or(100);
    let night_cents = percent_of(percent_of(city.night_cents, star_percent), draw.between(80, 130));
    let (north, east) = (draw.swing(), draw.swing());
    Hotel {
        id: format!("lp{digits}{}", seed.token(&["hotel", &city.place_id, &number], 6)),
        name: named.name.clone(),
        city,
        address: address(&mut draw),
        // Squared, so that most hotels stand near the centre.
        point: city
            .point
            .moved(north * north.abs() * city.radius_km * 0.7, east * east.abs() * city.radius_km * 0.7),
        stars,
        rating_tenths: rating_tenths(&mut draw, stars),
        review_count: 12 + draw.below(130) * draw.below(95),
        chain,
        type_id,
        facility_ids: facility_ids(&mut draw, stars),
        night_cents,
    }
}

/// A name that no other hotel of the city has. After twenty tries the last one is taken, double or not.
fn free_name(draw: &mut Draw, city: &City, chain: Option<&Chain>, taken: &[HotelName]) -> (String, u32) {
    let mut named = name(draw, city, chain);
    for _ in 0..NAME_TRIES_MAX {
        if taken.iter().all(|other| other.name != named.0) {
            break;
        }
        named = name(draw, city, chain);
    }
    named
}

fn name(draw: &mut Draw, city: &City, chain: Option<&Chain>) -> (String, u32) {
    let Words { openings, subjects, kinds, districts, .. } = &*WORDS_READ;
    let (kind, type_id) = draw.pick(kinds).copied().unwrap_or(("Hotel", 204));
    let mut word = |words: &[&'static str]| draw.pick(words).copied().unwrap_or_default();
    match chain {
        Some(chain) => (format!("{} {} {}", chain.name, city.name, word(districts)), 204),
        None => (format!("{} {} {kind}", word(openings), word(subjects)), type_id),
    }
}

fn address(draw: &mut Draw) -> String {
    let street = draw.pick(&WORDS_READ.streets).copied().unwrap_or_default();
    format!("{street} {}", 1 + draw.below(180))
}

/// A chain that has houses of this class; every class has some.
fn chain_with(draw: &mut Draw, stars: u32) -> Option<&'static Chain> {
    let fitting = || CHAINS_READ.iter().filter(|chain| (chain.stars.0..=chain.stars.1).contains(&stars));
    let picked = draw.below(u32::try_from(fitting().count()).unwrap_or_default());
    fitting().nth(picked as usize)
}

/// Better houses please better, with a wide spread: some of every class fall below the default `min_rating`.
fn rating_tenths(draw: &mut Draw, stars: u32) -> u32 {
    54 + 5 * stars + draw.below(20)
}

impl Hotel {
    /// The names of its facilities.
    pub(crate) fn facilities(&self) -> impl Iterator<Item = &'static str> {
        let has = |facility: &&Facility| self.facility_ids.contains(&facility.id);
        FACILITIES_READ.iter().filter(has).map(|facility| facility.name)
    }
}

impl Chain {
    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

fn facility_ids(draw: &mut Draw, stars: u32) -> Vec<u32> {
    let has = |facility: &&Facility| draw.chance(facility.percent) && stars >= facility.stars_min;
    FACILITIES_READ.iter().filter(has).map(|facility| facility.id).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn catalogue(seed: u64) -> Catalogue {
        Catalogue::new(Seed::new(seed))
    }

    #[test]
    fn every_row_of_the_tables_is_read() {
        assert_eq!(CHAINS_READ.len(), table::row_count(CHAINS));
        assert!(
            CHAINS_READ
                .iter()
                .all(|chain| 1 <= chain.stars.0 && chain.stars.0 <= chain.stars.1 && chain.stars.1 <= 5)
        );
        assert_eq!(FACILITIES_READ.len(), table::row_count(FACILITIES));
        let Words { openings, subjects, kinds, streets, districts } = &*WORDS_READ;
        let read = openings.len() + subjects.len() + kinds.len() + streets.len() + districts.len();
        assert_eq!(read, table::row_count(WORDS));
    }

    #[test]
    fn every_city_has_its_hotels_near_it_with_names_and_ids_of_their_own() {
        let catalogue = catalogue(1);
        let ids: HashSet<&str> = catalogue.everywhere().map(|hotel| hotel.id.as_str()).collect();
        assert_eq!(ids.len(), catalogue.everywhere().count());
        for city in cities::all() {
            let hotels = catalogue.in_city(city);
            let names: HashSet<&str> = hotels.iter().map(|hotel| hotel.name.as_str()).collect();
            assert_eq!(names.len(), city.hotel_count as usize, "{}", city.name);
            assert!(
                hotels.iter().all(|hotel| hotel.point.km_to(city.point) <= city.radius_km),
                "{}",
                city.name
            );
            assert!(hotels.iter().all(|hotel| hotel.rating_tenths <= 100));
            let classes: HashSet<u32> = hotels.iter().map(|hotel| hotel.stars).collect();
            assert_eq!(classes, (1..=5).collect(), "{}", city.name);
        }
    }

    #[test]
    fn a_hotel_is_found_by_its_id_and_nothing_else_is() {
        let catalogue = catalogue(1);
        for hotel in catalogue.everywhere().step_by(50) {
            assert_eq!(catalogue.by_id(&hotel.id).unwrap().name, hotel.name);
        }
        for wrong in ["", "lp", "lp1", "lp0000000000", "hotel", "lp\u{e9}\u{e9}\u{e9}"] {
            assert!(catalogue.by_id(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let first_id = |seed| catalogue(seed).everywhere().next().unwrap().id.clone();
        assert_eq!(first_id(1), first_id(1));
        assert_ne!(first_id(1), first_id(2));
    }
}
