//! From a destination to hotels, or to the reason why there are none.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{EmptyReason, Resolution};
use super::catalogue::{Catalogue, Hotel, HotelName};
use super::cities::{self, City};
use super::request::Destination;
use crate::sandbox::geo::{Point, whole};
use crate::sandbox::money::Decimal;
use crate::sandbox::places::{PlaceKind, place};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::text::{LetterPairs, has_words, normalized};

/// A city name at least this near is taken for that city.
const CITY_MEANT: f64 = 0.94;
/// Below this the name is unknown rather than unclear.
const CITY_UNCLEAR: f64 = 0.78;
/// A hotel name at least this near is taken for that hotel (CONTRACT.md 7.6).
const HOTEL_MEANT: f64 = 0.7;
const HOTEL_WORTH_NAMING: f64 = 0.25;
/// A hotel whose name has all that was asked for, in one piece, but more.
const HOTEL_NAME_WITHIN: f64 = 0.85;
/// Neighbours of a hotel that was searched by name or id (CONTRACT.md 7.6).
const NEIGHBOURS_KM: f64 = 3.0;
const NEIGHBOURS_MAX: usize = 40;
const CANDIDATES_MAX: usize = 5;

/// What a destination came to.
pub(crate) struct Resolved<'a> {
    pub(crate) hotels: Vec<&'a Hotel>,
    /// By name or ids: filters do not hold, and neighbours are named.
    pub(crate) is_by_hotel: bool,
    pub(crate) resolution: Resolution,
    /// Set when `hotels` is empty.
    pub(crate) empty_reason: Option<EmptyReason>,
    pub(crate) warnings: Vec<String>,
    /// By name or ids: other hotels near the first one, nearest first, with their distance in km.
    pub(crate) neighbours: Vec<(f64, &'a Hotel)>,
}

/// Finds the hotels of a destination.
///
/// # Errors
/// 422 with candidates when a city or hotel name is too unclear to act on.
pub(crate) fn resolve<'a>(
    catalogue: &'a Catalogue,
    destination: &Destination,
) -> Result<Resolved<'a>, Refusal> {
    match destination {
        Destination::Query(query) => by_query(catalogue, query),
        Destination::City { name, country } => by_city(catalogue, name, country),
        Destination::Point { point, radius_km } => Ok(by_point(catalogue, *point, *radius_km)),
        Destination::PlaceId(id) => Ok(by_place_id(catalogue, id)),
        Destination::HotelIds(ids) => Ok(by_ids(catalogue, ids)),
        Destination::HotelName { name, city, country } => {
            by_hotel_name(catalogue, name, city.as_deref(), country.as_deref())
        }
    }
}

fn by_city<'a>(catalogue: &'a Catalogue, name: &str, country: &str) -> Result<Resolved<'a>, Refusal> {
    let asked = Resolution {
        requested_city: Some(name.to_owned()),
        requested_country: Some(country.to_owned()),
        ..Resolution::new("city")
    };
    by_name_of_city(catalogue, asked, &normalized(name), Some(country))
}

/// A free text: `Paris`, `paris, france`, `hotels in Paris`, or the IATA code of a city or its airport.
fn by_query<'a>(catalogue: &'a Catalogue, query: &str) -> Result<Resolved<'a>, Refusal> {
    let asked = Resolution { requested_query: Some(query.to_owned()), ..Resolution::new("query") };
    let (text, country) = match query.rsplit_once(',') {
        Some((text, last)) if cities::country_code(last).is_some() => (text, cities::country_code(last)),
        _ => (query, None),
    };
    let name = normalized(text);
    if best_cities(&name, country).first().is_some_and(|best| best.score >= 1.0) {
        return by_name_of_city(catalogue, asked, &name, country);
    }
    let coded = city_of_code(query.trim());
    // Some cities bear common words ("a nice hotel in Rome"): the greatest city named is meant.
    let within = || {
        let named = cities::all().iter().filter(|city| has_words(&name, &city.normalized));
        named.max_by_key(|city| city.hotel_count)
    };
    match (coded, within()) {
        (Some(city), _) => Ok(in_city(catalogue, asked.matched("provider_matched"), city)),
        (None, Some(city)) => Ok(in_city(catalogue, asked.matched("fuzzy"), city)),
        (None, None) => by_name_of_city(catalogue, asked, &name, country),
    }
}

/// The city with hotels that an IATA code stands for, by the city's name.
fn city_of_code(code: &str) -> Option<&'static City> {
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let name = if is_code { normalized(place(code, PlaceKind::Either).city) } else { return None };
    cities::all().iter().find(|city| city.normalized == name)
}

/// A city that a name may mean.
struct CityCandidate {
    city: &'static City,
    /// 0 to 1; 1 only for the very name, in the country if one was named.
    score: f64,
}

/// All cities, nearest name first; of equal ones the one with more hotels.
fn best_cities(name: &str, country: Option<&str>) -> Vec<CityCandidate> {
    let score = |city: &City| {
        let is_elsewhere = country.is_some_and(|country| !city.country.eq_ignore_ascii_case(country));
        strsim::jaro_winkler(name, &city.normalized) * if is_elsewhere { 0.8 } else { 1.0 }
    };
    let mut candidates: Vec<CityCandidate> =
        cities::all().iter().map(|city| CityCandidate { city, score: score(city) }).collect();
    candidates.sort_by(|one, other| {
        other.score.total_cmp(&one.score).then(other.city.hotel_count.cmp(&one.city.hotel_count))
    });
    candidates
}

fn by_name_of_city<'a>(
    catalogue: &'a Catalogue,
    asked: Resolution,
    name: &str,
    country: Option<&str>,
) -> Result<Resolved<'a>, Refusal> {
    let candidates = best_cities(name, country);
    match candidates.first() {
        Some(best) if best.score >= 1.0 => Ok(in_city(catalogue, asked.matched("exact"), best.city)),
        Some(best) if best.score >= CITY_MEANT => Ok(in_city(catalogue, asked.matched("fuzzy"), best.city)),
        Some(best) if best.score >= CITY_UNCLEAR => Err(unclear_city(&candidates)),
        _ => Ok(nowhere(asked.matched("fallback_string"), EmptyReason::DestinationNotFound)),
    }
}

fn unclear_city(candidates: &[CityCandidate]) -> Refusal {
    let near: Vec<&CityCandidate> =
        candidates.iter().filter(|near| near.score >= CITY_UNCLEAR).take(CANDIDATES_MAX).collect();
    let shown: Vec<Value> = near
        .iter()
        .map(|CityCandidate { city, score }| {
            json!({
                "city": city.name, "country_code": city.country, "hotel_count": city.hotel_count,
                "score": hundredths(*score),
            })
        })
        .collect();
    let retry =
        near.first().map(|best| json!({ "city_name": best.city.name, "country_code": best.city.country }));
    unclear("DESTINATION_LOW_CONFIDENCE", "the destination is not clear enough", shown, retry)
}

fn by_point(catalogue: &Catalogue, point: Point, radius_km: f64) -> Resolved<'_> {
    let mut hotels = near(catalogue, point, radius_km);
    hotels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let asked = Resolution { radius_km: Some(radius_km), ..Resolution::new("coordinates").at(point) };
    let hotels: Vec<&Hotel> = hotels.into_iter().map(|(_, hotel)| hotel).collect();
    if hotels.is_empty() {
        return nowhere(asked.matched("exact"), EmptyReason::NoCatalogMatch);
    }
    found(asked.matched("exact"), hotels)
}

fn by_place_id<'a>(catalogue: &'a Catalogue, id: &str) -> Resolved<'a> {
    let asked = Resolution { place_id: Some(id.to_owned()), ..Resolution::new("place_id") };
    match cities::all().iter().find(|city| city.place_id == id) {
        Some(city) => in_city(catalogue, asked.matched("exact"), city),
        None => nowhere(asked.matched("fallback_string"), EmptyReason::DestinationNotFound),
    }
}

fn by_ids<'a>(catalogue: &'a Catalogue, ids: &[String]) -> Resolved<'a> {
    // Each once, in the order of the request.
    let mut seen = HashSet::new();
    let wanted = ids.iter().filter(|id| seen.insert(id.as_str()));
    let (mut hotels, mut unknown) = (Vec::new(), Vec::new());
    for id in wanted {
        match catalogue.by_id(id) {
            Some(hotel) => hotels.push(hotel),
            None => unknown.push(id),
        }
    }
    let warnings = unknown.iter().map(|id| format!("hotel_ids: {id} is not in the catalogue")).collect();
    let asked = Resolution::new("hotel_ids").matched("exact");
    let resolved =
        if hotels.is_empty() { nowhere(asked, EmptyReason::NoCatalogMatch) } else { found(asked, hotels) };
    by_hotel(catalogue, resolved, warnings)
}

fn by_hotel_name<'a>(
    catalogue: &'a Catalogue,
    name: &str,
    city: Option<&str>,
    country: Option<&str>,
) -> Result<Resolved<'a>, Refusal> {
    let (city, warnings) = known_city(city, country);
    let wanted = Name::new(name);
    let is_in = |narrowed: &&City| match (city, country) {
        (Some(city), _) => std::ptr::eq(city, *narrowed),
        (None, country) => country.is_none_or(|code| narrowed.country.eq_ignore_ascii_case(code)),
    };
    let mut scored: Vec<(f64, &City, usize)> = Vec::new();
    for city in cities::all().iter().filter(is_in) {
        let names = catalogue.names_in(city).iter().enumerate();
        let near = names.map(|(index, name)| (wanted.score(name), city, index));
        scored.extend(near.filter(|near| near.0 >= HOTEL_WORTH_NAMING));
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored.truncate(CANDIDATES_MAX);
    // Only now are hotels made: those of the few cities that matter.
    let hotel =
        |(score, city, index): (f64, &City, usize)| Some((score, catalogue.in_city(city).get(index)?));
    let scored: Vec<(f64, &Hotel)> = scored.into_iter().filter_map(hotel).collect();
    let best = scored.first().map_or(0.0, |best| best.0);
    if best < HOTEL_MEANT {
        return Err(unclear_hotel(&scored));
    }
    let hotels = scored.iter().take_while(|scored| scored.0 >= best).map(|scored| scored.1);
    let matched = if best >= 1.0 { "exact" } else { "fuzzy" };
    let asked = Resolution { requested_query: Some(name.to_owned()), ..Resolution::new("hotel_name") };
    let resolved = found(asked.matched(matched), hotels.collect());
    Ok(by_hotel(catalogue, resolved, warnings))
}

/// The city that narrows a search by hotel name. One that is not known narrows nothing, with a warning.
fn known_city(name: Option<&str>, country: Option<&str>) -> (Option<&'static City>, Vec<String>) {
    let Some(name) = name else { return (None, Vec::new()) };
    let best = best_cities(&normalized(name), country).into_iter().next();
    match best.filter(|best| best.score >= CITY_MEANT) {
        Some(best) => (Some(best.city), Vec::new()),
        None => (None, vec![format!("city_name {name} is not known and was ignored")]),
    }
}

fn unclear_hotel(scored: &[(f64, &Hotel)]) -> Refusal {
    let near: Vec<&(f64, &Hotel)> =
        scored.iter().filter(|near| near.0 >= HOTEL_WORTH_NAMING).take(CANDIDATES_MAX).collect();
    let shown: Vec<Value> = near
        .iter()
        .map(|(score, hotel)| {
            json!({
                "hotel_id": hotel.id, "name": hotel.name, "city": hotel.city.name, "score": hundredths(*score),
            })
        })
        .collect();
    let retry = near.first().map(|(_, hotel)| {
        json!({ "hotel_name": hotel.name, "city_name": hotel.city.name, "country_code": hotel.city.country })
    });
    unclear("HOTEL_NAME_LOW_CONFIDENCE", "no hotel name matches well enough", shown, retry)
}

/// 422 with what could have been meant (CONTRACT.md 7.6).
fn unclear(code: &'static str, message: &str, candidates: Vec<Value>, retry: Option<Value>) -> Refusal {
    let next_step = match retry {
        Some(_) => "Ask which of top_candidates is meant, or search again with suggested_retry.destination.",
        None => "Nothing comes near: check the spelling, or search by city_name and country_code.",
    };
    let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
        .with_sibling("top_candidates", candidates.into())
        .with_sibling("next_step", next_step.into());
    match retry {
        Some(destination) => refusal.with_sibling("suggested_retry", json!({ "destination": destination })),
        None => refusal,
    }
}

fn hundredths(score: f64) -> Decimal {
    Decimal { units: whole(score * 100.0).into(), decimals: 2 }
}

/// Hotels within a distance of a point, with their distance.
fn near(catalogue: &Catalogue, point: Point, radius_km: f64) -> Vec<(f64, &Hotel)> {
    let cities = cities::all().iter().filter(|city| city.point.km_to(point) <= radius_km + city.radius_km);
    let hotels = cities.flat_map(|city| catalogue.in_city(city));
    hotels.map(|hotel| (hotel.point.km_to(point), hotel)).filter(|near| near.0 <= radius_km).collect()
}

fn in_city<'a>(catalogue: &'a Catalogue, asked: Resolution, city: &'static City) -> Resolved<'a> {
    let resolution = Resolution {
        resolved_city: Some(city.name),
        resolved_country: Some(city.country),
        place_id: Some(city.place_id.clone()),
        radius_km: Some(city.radius_km),
        ..asked.at(city.point)
    };
    found(resolution, catalogue.in_city(city).iter().collect())
}

fn found(resolution: Resolution, hotels: Vec<&Hotel>) -> Resolved<'_> {
    let resolution = Resolution { status: "resolved", catalog_hotel_count: hotels.len(), ..resolution };
    Resolved {
        hotels,
        is_by_hotel: false,
        resolution,
        empty_reason: None,
        warnings: Vec::new(),
        neighbours: Vec::new(),
    }
}

/// Adds the neighbours of the first hotel that is not itself among the matches.
fn by_hotel<'a>(catalogue: &'a Catalogue, resolved: Resolved<'a>, warnings: Vec<String>) -> Resolved<'a> {
    let first = resolved.hotels.first();
    let mut neighbours = first.map_or_else(Vec::new, |first| near(catalogue, first.point, NEIGHBOURS_KM));
    neighbours.retain(|(_, near)| !resolved.hotels.iter().any(|hotel| hotel.id == near.id));
    neighbours.sort_by(|one, other| one.0.total_cmp(&other.0));
    neighbours.truncate(NEIGHBOURS_MAX);
    Resolved { is_by_hotel: true, warnings, neighbours, ..resolved }
}

fn nowhere<'a>(resolution: Resolution, reason: EmptyReason) -> Resolved<'a> {
    let resolution = Resolution { status: "unresolved", ..resolution };
    Resolved {
        hotels: Vec::new(),
        is_by_hotel: false,
        resolution,
        empty_reason: Some(reason),
        warnings: Vec::new(),
        neighbours: Vec::new(),
    }
}

/// A hotel name that is looked for.
struct Name {
    text: String,
    pairs: LetterPairs,
}

impl Name {
    fn new(name: &str) -> Self {
        let text = normalized(name);
        Self { pairs: LetterPairs::of(&text), text }
    }

    /// 0 to 1: how many letter pairs both names have, more when the hotel's name holds this one whole.
    fn score(&self, name: &HotelName) -> f64 {
        let likeness = self.pairs.likeness(&name.letter_pairs);
        let is_within = self.text.contains(' ') && has_words(&name.normalized, &self.text);
        if is_within { likeness.max(HOTEL_NAME_WITHIN) } else { likeness }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::draw::Seed;

    fn status_and_match(destination: &Destination) -> Result<(String, &'static str, usize), &'static str> {
        let catalogue = Catalogue::new(Seed::new(1));
        let resolved = resolve(&catalogue, destination).map_err(|refusal| refusal.code)?;
        let city = resolved.resolution.resolved_city.unwrap_or_default().to_owned();
        Ok((city, resolved.resolution.match_kind, resolved.hotels.len()))
    }

    fn query(text: &str) -> Result<(String, &'static str, usize), &'static str> {
        status_and_match(&Destination::Query(text.to_owned()))
    }

    #[test]
    fn a_query_is_read_as_people_write_it() {
        assert_eq!(query("Paris"), Ok(("Paris".to_owned(), "exact", 26)));
        assert_eq!(query("paris, france"), Ok(("Paris".to_owned(), "exact", 26)));
        assert_eq!(query("Hotels in Paris near the river"), Ok(("Paris".to_owned(), "fuzzy", 26)));
        assert_eq!(query("Barcelonna"), Ok(("Barcelona".to_owned(), "fuzzy", 22)));
        assert_eq!(query("NYC"), Ok(("New York".to_owned(), "provider_matched", 27)));
        assert_eq!(query("a nice hotel in Rome"), Ok(("Rome".to_owned(), "fuzzy", 24)));
        assert_eq!(query("Xanadu"), Ok((String::new(), "fallback_string", 0)));
    }

    #[test]
    fn a_name_between_two_cities_is_not_guessed() {
        assert_eq!(query("Berl"), Err("DESTINATION_LOW_CONFIDENCE"));
        let elsewhere = Destination::City { name: "Berlin".to_owned(), country: "us".to_owned() };
        assert_eq!(status_and_match(&elsewhere), Err("DESTINATION_LOW_CONFIDENCE"));
    }

    #[test]
    fn scores_fall_with_distance() {
        let catalogue = Catalogue::new(Seed::new(1));
        let city = &cities::all()[0];
        let (hotel, known) = (&catalogue.in_city(city)[0], &catalogue.names_in(city)[0]);
        let score = |name: &str| Name::new(name).score(known);
        assert!(score(&hotel.name) >= 1.0);
        assert!(score(&hotel.name[1..]) >= HOTEL_MEANT);
        assert!(score("Zzyzx Qq") < HOTEL_WORTH_NAMING);
    }
}
