//! The hotels: invented by the seed, city by city, when a city is first searched.
//!
//! A hotel's facts depend on the seed, its city and its number there, so more cities or more hotels in a city
//! change nothing about those that exist.

use std::collections::HashSet;
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

/// A hotel.
pub(crate) struct Hotel {
    /// `lp` and hex digits.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name, levelled for comparing.
    pub(crate) normalized: String,
    /// The letter pairs of that, for comparing.
    pub(crate) letter_pairs: LetterPairs,
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

/// An invented chain.
pub(crate) struct Chain {
    pub(crate) id: u32,
    pub(crate) slug: &'static str,
    name: &'static str,
    stars: (u32, u32),
}

struct Facility {
    id: u32,
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

fn facility([id, _name, percent, stars_min]: [&'static str; 4]) -> Option<Facility> {
    Some(Facility {
        id: id.parse().ok()?,
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

/// All hotels of one sandbox. A city's hotels are made when they are first asked for, and kept.
pub(crate) struct Catalogue {
    seed: Seed,
    by_city: OnceLock<Vec<OnceLock<Vec<Hotel>>>>,
}

impl Catalogue {
    /// A catalogue in which nothing is made yet.
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, by_city: OnceLock::new() }
    }

    /// The hotels of a city.
    pub(crate) fn in_city(&self, city: &'static City) -> &[Hotel] {
        let index = cities::all().iter().position(|known| std::ptr::eq(known, city));
        index.map_or(&[], |index| self.in_city_number(index))
    }

    /// The hotels of all cities. The first call makes them all.
    pub(crate) fn everywhere(&self) -> impl Iterator<Item = &Hotel> {
        (0..cities::all().len()).flat_map(|index| self.in_city_number(index))
    }

    fn in_city_number(&self, index: usize) -> &[Hotel] {
        let by_city = self.by_city.get_or_init(|| cities::all().iter().map(|_| OnceLock::new()).collect());
        match (by_city.get(index), cities::all().get(index)) {
            (Some(made), Some(city)) => made.get_or_init(|| hotels(&self.seed, city)),
            _ => &[],
        }
    }
}

fn hotels(seed: &Seed, city: &'static City) -> Vec<Hotel> {
    let mut taken = HashSet::new();
    (0..city.hotel_count).map(|number| hotel(seed, city, number, &mut taken)).collect()
}

fn hotel(seed: &Seed, city: &'static City, number: u32, taken: &mut HashSet<String>) -> Hotel {
    let number = number.to_string();
    let mut draw = seed.draw(&["hotel", &city.place_id, &number]);
    let chain = if draw.chance(40) { draw.pick(&CHAINS_READ) } else { None };
    let (name, type_id) = free_name(&mut draw, city, chain, taken);
    let levelled = normalized(&name);
    let stars = stars(&mut draw, chain);
    let star_percent = STAR_PRICE_PERCENT.get(stars as usize).copied().unwrap_or(100);
    let night_cents = percent_of(percent_of(city.night_cents, star_percent), draw.between(80, 130));
    let (north, east) = (draw.swing(), draw.swing());
    Hotel {
        id: format!("lp{}", seed.token(&["hotel", &city.place_id, &number], 10)),
        letter_pairs: LetterPairs::of(&levelled),
        normalized: levelled,
        name,
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
fn free_name(
    draw: &mut Draw,
    city: &City,
    chain: Option<&Chain>,
    taken: &mut HashSet<String>,
) -> (String, u32) {
    let mut named = name(draw, city, chain);
    for _ in 0..NAME_TRIES_MAX {
        if taken.insert(named.0.clone()) {
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

fn stars(draw: &mut Draw, chain: Option<&Chain>) -> u32 {
    match chain {
        Some(Chain { stars: (least, most), .. }) => least + draw.below(most - least + 1),
        None => draw.pick(&STARS).copied().unwrap_or(3),
    }
}

/// Better houses please better, with a wide spread: some of every class fall below the default `min_rating`.
fn rating_tenths(draw: &mut Draw, stars: u32) -> u32 {
    54 + 5 * stars + draw.below(20)
}

fn facility_ids(draw: &mut Draw, stars: u32) -> Vec<u32> {
    let has = |facility: &&Facility| draw.chance(facility.percent) && stars >= facility.stars_min;
    FACILITIES_READ.iter().filter(has).map(|facility| facility.id).collect()
}

#[cfg(test)]
mod tests {
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
            assert!(hotels.iter().all(|hotel| (1..=5).contains(&hotel.stars) && hotel.rating_tenths <= 100));
        }
    }

    #[test]
    fn the_seed_decides() {
        let first_id = |seed| catalogue(seed).everywhere().next().unwrap().id.clone();
        assert_eq!(first_id(1), first_id(1));
        assert_ne!(first_id(1), first_id(2));
    }
}
