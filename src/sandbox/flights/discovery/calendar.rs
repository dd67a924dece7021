//! `flight_calendar`, `find_dates`, `lowest_fare`: one question, three spreads of the answer (CONTRACT.md 7.2).

use super::answer::{Calendar, Foot, Itinerary};
use super::request::{Page, Request};
use super::search::{Candidates, Offer, Scene};
use crate::sandbox::calendar::percent_of;
use crate::sandbox::fields::Fields;
use crate::sandbox::flights::itineraries::Timetable;
use crate::sandbox::places::{Airport, Place, union};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{World, search_date};

/// So many itineraries of each direction and date are put together.
const CANDIDATES: usize = 6;
const ON_ONE_DATE: usize = 10;

/// How the answer is spread over the dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// `flight_calendar`: up to three itineraries of each pair of dates, ten when there is only one pair.
    Calendar,
    /// `find_dates`: the ten best pairs of dates, each with its cheapest itinerary.
    Dates,
    /// `lowest_fare`: the ten cheapest itineraries.
    Lowest,
}

impl Spread {
    fn per_dates(self, date_count: usize) -> usize {
        match self {
            Self::Dates => 1,
            Self::Calendar if date_count > 1 => 3,
            Self::Calendar | Self::Lowest => ON_ONE_DATE,
        }
    }

    fn page(self, page: Page) -> Page {
        match self {
            Self::Calendar => page,
            Self::Dates | Self::Lowest => Page { limit: page.limit.min(10), ..page },
        }
    }

    fn most(self) -> usize {
        match self {
            Self::Calendar => usize::MAX,
            Self::Dates | Self::Lowest => 10,
        }
    }
}

/// Answers one of the three.
///
/// Of several destinations only the one with the lowest fare comes back, as Jinko does it.
///
/// # Errors
/// 400 naming the first field that is wrong. Unknown codes and dates without schedule are no error.
pub(crate) fn calendar(world: &World, fields: Fields<'_>, spread: Spread) -> Result<Calendar, Refusal> {
    let now = world.now();
    let request = Request::read(fields, now, true)?;
    let scene = Scene::new(&world.seed, now, search_date(now), &request);
    let origins = union(&request.origins);
    let per_dates = spread.per_dates(request.dates.pairs.len());
    let reached: Vec<Candidates> = request
        .destinations
        .iter()
        .map(|place| candidates(&scene, &request, &origins, place, per_dates))
        .collect();
    let offers = reached.iter().map(|found| found.offers(&scene, &request.dates.pairs, per_dates));
    let cheapest = |offers: &Vec<Offer<'_>>| offers.iter().map(|offer| offer.price).min().unwrap_or(i64::MAX);
    let mut offers = offers.min_by_key(cheapest).unwrap_or_default();
    sort(&mut offers, request.is_by_recommendation);
    offers.truncate(spread.most());
    let (total, page) = (offers.len(), spread.page(request.page));
    let dates = &request.dates;
    Ok(Calendar {
        total,
        foot: Foot::new(
            page.next_token(total),
            dates.pairs.len(),
            dates.asked,
            request.filters.report(false),
        ),
        itineraries: page.of(offers).map(|offer| Itinerary::new(&scene, &offer)).collect(),
    })
}

fn candidates(
    scene: &Scene<'_>,
    request: &Request,
    origins: &[&'static Airport],
    destination: &Place,
    per_dates: usize,
) -> Candidates {
    let out = Timetable::between(scene.seed, origins, &destination.airports);
    let back = request.is_round_trip.then(|| Timetable::between(scene.seed, &destination.airports, origins));
    let count = CANDIDATES.max(per_dates + 2);
    Candidates::new(scene, &out, back.as_ref(), &request.dates.pairs, count)
}

/// Cheapest first; by recommendation a change of aircraft counts like 12 % of the price and an hour like 2 %.
pub(crate) fn sort(offers: &mut [Offer<'_>], is_by_recommendation: bool) {
    offers.sort_by_cached_key(|offer| {
        let trouble =
            if is_by_recommendation { 12 * i64::from(offer.stops()) + offer.minutes() / 30 } else { 0 };
        let departure = offer.pair.outbound.itinerary.departure().instant;
        let back = offer.pair.inbound.map(|inbound| inbound.itinerary.departure().instant);
        (percent_of(offer.price, 100 + trouble), departure, back)
    });
}
