//! `find_destination`: where one can go for little (CONTRACT.md 7.1).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::answer::{Destination, Destinations, Foot, Itinerary, Location};
use super::calendar::sort;
use super::request::{Request, thinned};
use super::search::{Candidates, Offer, Scene};
use crate::sandbox::fields::Fields;
use crate::sandbox::flights::airlines::Kind;
use crate::sandbox::flights::itineraries::Timetable;
use crate::sandbox::places::{self, Airport, PlaceKind, union};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{World, search_date};

/// Of each destination so many pairs of dates were seen lately.
const DATES_SEEN: usize = 6;

/// Answers a search for places.
///
/// Without `destinations` those are found that an airline flies to nonstop. Jinko Test Air, which flies
/// everywhere, does not count for that.
///
/// # Errors
/// 400 naming the first field that is wrong.
pub(crate) fn find_destination(world: &World, fields: Fields<'_>) -> Result<Destinations, Refusal> {
    let now = world.now();
    let request = Request::read(fields, now, false)?;
    let scene = Scene::new(&world.seed, now, search_date(now), &request);
    let origins = union(&request.origins);
    let groups = groups(&request, &origins);
    let mut found: Vec<Reached<'_>> =
        groups.iter().filter_map(|group| Reached::new(&scene, &request, &origins, group)).collect();
    found.sort_by_key(|reached| (reached.rank, reached.group.code));
    let (total, page, dates) = (found.len(), request.page, &request.dates);
    let looked_at = dates.pairs.len().min(DATES_SEEN);
    Ok(Destinations {
        total,
        foot: Foot::new(page.next_token(total), looked_at, dates.asked, request.filters.report(false)),
        destinations: page.of(found).filter_map(|reached| reached.shown(&scene, &request)).collect(),
    })
}

/// A destination: its code, and the airports behind it.
struct Group {
    code: &'static str,
    airports: Vec<&'static Airport>,
}

/// The airports that may be flown to, by city or each alone. Never those of a city of the origin.
fn groups(request: &Request, origins: &[&'static Airport]) -> Vec<Group> {
    let is_here = |airport: &Airport| origins.iter().any(|origin| origin.city_code == airport.city_code);
    let wanted: Vec<&'static Airport> = if request.destinations.is_empty() {
        places::all().iter().collect()
    } else {
        union(&request.destinations)
    };
    let mut groups: BTreeMap<&'static str, Vec<&'static Airport>> = BTreeMap::new();
    for airport in wanted.into_iter().filter(|airport| !is_here(airport)) {
        let code = if request.groups_by == PlaceKind::Airport { airport.code } else { airport.city_code };
        groups.entry(code).or_default().push(airport);
    }
    groups.into_iter().map(|(code, airports)| Group { code, airports }).collect()
}

/// A destination that somebody goes to.
struct Reached<'a> {
    group: &'a Group,
    dates: Vec<(Date, Option<Date>)>,
    candidates: Candidates,
    rank: i64,
}

impl<'a> Reached<'a> {
    /// Nothing when nobody goes there, or not for so little.
    fn new(
        scene: &Scene<'_>,
        request: &Request,
        origins: &[&'static Airport],
        group: &'a Group,
    ) -> Option<Self> {
        let timetable = |from: &[&'static Airport], to: &[&'static Airport]| {
            if request.destinations.is_empty() {
                Timetable::nonstop_of(scene.seed, from, to, |airline| airline.kind != Kind::Test)
            } else {
                Timetable::between(scene.seed, from, to)
            }
        };
        let out = timetable(origins, &group.airports);
        if out.is_empty() {
            return None;
        }
        let back = request.is_round_trip.then(|| timetable(&group.airports, origins));
        let dates = dates_seen(scene, request, group);
        let candidates = Candidates::new(scene, &out, back.as_ref(), &dates, candidates_of(request));
        let mut reached = Self { group, dates, candidates, rank: 0 };
        let best = *reached.offers(scene, request.flights_per_destination).first()?;
        reached.rank = if request.is_by_recommendation { recommended(&best) } else { best.price };
        Some(reached)
    }

    fn offers(&self, scene: &Scene<'_>, count: usize) -> Vec<Offer<'_>> {
        self.candidates.best_offers(scene, &self.dates, count)
    }

    /// As it is shown: the cheapest offer, then the next ones.
    fn shown(&self, scene: &Scene<'_>, request: &Request) -> Option<Destination> {
        let count = request.flights_per_destination;
        let mut offers = self.offers(scene, count);
        sort(offers.get_mut(1..).unwrap_or_default(), request.is_by_recommendation);
        let mut flights = offers.iter().map(|offer| Itinerary::new(scene, offer));
        let code = self.group.code;
        let greatest = self.group.airports.iter().max_by_key(|airport| airport.traffic)?;
        Some(Destination {
            city_name: places::city_name(code).unwrap_or(greatest.city),
            iata_code: code,
            country_code: greatest.country,
            image_url: format!("https://static.example/places/{code}.jpg"),
            location: Location { latitude: greatest.point.latitude, longitude: greatest.point.longitude },
            lowest_fare: flights.next()?,
            flights: flights.collect(),
        })
    }
}

/// Few are enough, since only the best of all dates are shown: in a round trip one more, so that one may turn in
/// time.
fn candidates_of(request: &Request) -> usize {
    request.flights_per_destination.div_ceil(2) + usize::from(request.is_round_trip)
}

/// Evenly chosen, from a place of its own for each destination, so that not all are seen on the same days.
fn dates_seen(scene: &Scene<'_>, request: &Request, group: &Group) -> Vec<(Date, Option<Date>)> {
    let all = &request.dates.pairs;
    if all.len() <= DATES_SEEN {
        return all.clone();
    }
    let stretch = u32::try_from(all.len() / DATES_SEEN).unwrap_or(u32::MAX);
    let skipped = scene.seed.draw(&["dates seen", &scene.searched_on.to_string(), group.code]).below(stretch);
    let rest: Vec<_> = all.iter().copied().skip(skipped as usize).collect();
    thinned(rest, DATES_SEEN)
}

/// How little is paid for the way: thousandths of the price that the distance would ordinarily cost.
fn recommended(offer: &Offer<'_>) -> i64 {
    let km = i64::from(offer.pair.outbound.itinerary.km);
    let traffic = i64::try_from(offer.pair.outbound.itinerary.to().traffic).unwrap_or(1);
    offer.price * 1000 / (3_000 + km * 5) * (10 - traffic) / 10
}
