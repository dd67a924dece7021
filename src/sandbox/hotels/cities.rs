//! The cities that have hotels, and what their countries charge.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sandbox::geo::Point;
use crate::sandbox::table;
use crate::sandbox::text::normalized;

const CITIES: &str = include_str!("../data/hotel_cities.tsv");
const TAXES: &str = include_str!("../data/hotel_taxes.tsv");

/// A city with hotels.
pub(crate) struct City {
    /// English, as booking sites spell it.
    pub(crate) name: &'static str,
    /// ISO 3166-1 alpha-2, upper case.
    pub(crate) country: &'static str,
    /// The name, levelled for comparing.
    pub(crate) normalized: String,
    /// `paris-fr`: what a client may send as `place_id`.
    pub(crate) place_id: String,
    pub(crate) point: Point,
    pub(crate) radius_km: f64,
    /// An ordinary night in three stars.
    pub(crate) night_cents: i64,
    pub(crate) hotel_count: u32,
}

/// What a country charges on a stay.
pub(crate) struct Taxes {
    /// Inside the price.
    pub(crate) vat_percent: i64,
    /// Per adult and night, on top of the price. 0 where there is none.
    pub(crate) levy_cents: i64,
    pub(crate) levy_name: &'static str,
    country_name: String,
}

static CITIES_READ: LazyLock<Vec<City>> = LazyLock::new(|| table::rows(CITIES).filter_map(city).collect());

static TAXES_READ: LazyLock<HashMap<&'static str, Taxes>> =
    LazyLock::new(|| table::rows(TAXES).filter_map(taxes).collect());

fn city(
    [name, country, latitude, longitude, radius_km, night_euros, hotels]: [&'static str; 7],
) -> Option<City> {
    let words = normalized(name);
    Some(City {
        name,
        country,
        place_id: format!("{}-{}", words.replace(' ', "-"), country.to_ascii_lowercase()),
        normalized: words,
        point: Point::parse(latitude, longitude)?,
        radius_km: radius_km.parse().ok()?,
        night_cents: night_euros.parse::<i64>().ok()? * 100,
        hotel_count: hotels.parse().ok()?,
    })
}

fn taxes([country, vat, levy, name, levy_name]: [&'static str; 5]) -> Option<(&'static str, Taxes)> {
    let (vat_percent, levy_cents) = (vat.parse().ok()?, levy.parse().ok()?);
    Some((country, Taxes { vat_percent, levy_cents, levy_name, country_name: normalized(name) }))
}

/// All cities, in the order of the table.
pub(crate) fn all() -> &'static [City] {
    &CITIES_READ
}

/// What the city's country charges; nothing when the table has no row for it.
pub(crate) fn taxes_in(city: &City) -> Option<&'static Taxes> {
    TAXES_READ.get(city.country)
}

/// The alpha-2 code of a country given by code or English name, both in any case.
pub(crate) fn country_code(text: &str) -> Option<&'static str> {
    let words = normalized(text);
    let is_meant =
        |code: &str, taxes: &Taxes| code.eq_ignore_ascii_case(&words) || taxes.country_name == words;
    TAXES_READ.iter().find(|(code, taxes)| is_meant(code, taxes)).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_city_row_is_read_and_its_country_has_taxes() {
        assert_eq!(all().len(), table::row_count(CITIES));
        assert_eq!(TAXES_READ.len(), table::row_count(TAXES));
        for city in all() {
            assert!(taxes_in(city).is_some(), "{}", city.country);
            assert!((8..=255).contains(&city.hotel_count), "{}", city.name);
        }
    }

    #[test]
    fn a_country_is_named_by_code_or_name() {
        assert_eq!(country_code("fr"), Some("FR"));
        assert_eq!(country_code("United Kingdom"), Some("GB"));
        assert_eq!(country_code("Atlantis"), None);
    }
}
