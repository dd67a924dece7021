//! From resolved hotels to the answer: filter, price, sort, cut.

use jiff::civil::Date;

use super::answer::{Answer, BudgetFilter, EmptyReason, HotelShown, Pagination, Resolution, Room};
use super::catalogue::Hotel;
use super::rates::Pricing;
use super::request::{Filters, Occupancy, Page, Request};
use super::resolve::Resolved;
use crate::sandbox::draw::Seed;
use crate::sandbox::geo::whole;
use crate::sandbox::money::Decimal;

/// More rooms or guests than this find nothing: groups are not bookable (CONTRACT.md 7.6).
const GROUP_ROOMS_MAX: usize = 8;
const GROUP_GUESTS_MAX: u32 = 16;

/// A hotel with its free rooms, and what the cheapest choice of them costs.
struct Bookable<'a> {
    hotel: &'a Hotel,
    rooms: Vec<Room>,
    cheapest: i64,
}

/// What came of pricing a list of hotels.
struct Found<'a> {
    bookable: Vec<Bookable<'a>>,
    dropped_by_budget: usize,
    reason: Option<EmptyReason>,
}

/// The answer to a search whose destination is resolved. Sorted by price; by name or ids in the order of the
/// match.
pub(crate) fn answer(seed: &Seed, request: &Request, resolved: Resolved<'_>, searched_on: Date) -> Answer {
    let Resolved { hotels, is_by_hotel, resolution, empty_reason, warnings, neighbours } = resolved;
    let budget_per_night = request.filters.budget_per_night;
    let pricing = Pricing { seed, stay: &request.stay, searched_on, budget_per_night };
    let mut warnings: Vec<String> = request.warnings.iter().cloned().chain(warnings).collect();
    let found = match (empty_reason, is_by_hotel) {
        (Some(reason), _) => Found::nothing(reason),
        (None, true) => price(&pricing, request, hotels),
        (None, false) => price_filtered(&pricing, request, &hotels, &mut warnings),
    };
    let alternatives = is_by_hotel.then(|| alternatives(&pricing, request, neighbours));
    let budget_filter = budget_per_night.map(|budget| BudgetFilter {
        max_budget_per_night: request.stay.currency.major(budget),
        currency: request.stay.currency.code,
        dropped_count: found.dropped_by_budget,
    });
    Answer {
        warnings,
        nearby_alternatives: alternatives,
        budget_filter,
        ..page(found, &request.page, resolution)
    }
}

impl Found<'_> {
    fn nothing(reason: EmptyReason) -> Self {
        Self { bookable: Vec::new(), dropped_by_budget: 0, reason: Some(reason) }
    }
}

/// By place: filters first, then prices, cheapest first.
fn price_filtered<'a>(
    pricing: &Pricing<'_>,
    request: &Request,
    hotels: &[&'a Hotel],
    warnings: &mut Vec<String>,
) -> Found<'a> {
    let filters = &request.filters;
    let rated: Vec<&Hotel> =
        hotels.iter().copied().filter(|hotel| hotel.rating_tenths >= filters.rating_min_tenths).collect();
    if filters.is_rating_default && rated.len() < hotels.len() {
        let count = hotels.len() - rated.len();
        warnings.push(format!("{count} hotels below the default min_rating of 7 are left out"));
    }
    let fitting: Vec<&Hotel> = rated.into_iter().filter(|hotel| filters.admit(hotel)).collect();
    if fitting.is_empty() {
        return Found::nothing(EmptyReason::NoCatalogMatch);
    }
    let starred: Vec<&Hotel> = fitting.into_iter().filter(|hotel| filters.admit_stars(hotel)).collect();
    if starred.is_empty() {
        return Found::nothing(EmptyReason::AllDroppedByStarFilter);
    }
    let mut found = price(pricing, request, starred);
    found
        .bookable
        .sort_by(|one, other| (one.cheapest, &one.hotel.id).cmp(&(other.cheapest, &other.hotel.id)));
    found
}

impl Filters {
    fn admit(&self, hotel: &Hotel) -> bool {
        let has_chain = |wanted: &String| {
            hotel.chain.is_some_and(|chain| chain.slug == wanted || chain.id.to_string() == *wanted)
        };
        hotel.review_count >= self.reviews_min
            && (self.hotel_type_ids.is_empty() || self.hotel_type_ids.contains(&hotel.type_id))
            && (self.chain_ids.is_empty() || self.chain_ids.iter().any(has_chain))
            && self.facility_ids.iter().all(|facility| hotel.facility_ids.contains(facility))
    }

    fn admit_stars(&self, hotel: &Hotel) -> bool {
        (self.stars_min..=self.stars_max).contains(&hotel.stars)
    }
}

/// Prices hotels and drops those that have no room, or none within the budget.
fn price<'a>(pricing: &Pricing<'_>, request: &Request, hotels: Vec<&'a Hotel>) -> Found<'a> {
    let guests: u32 = request.stay.rooms.iter().map(Occupancy::guests).sum();
    if !pricing.is_open() || request.stay.rooms.len() > GROUP_ROOMS_MAX || guests > GROUP_GUESTS_MAX {
        return Found::nothing(EmptyReason::NoAvailabilityForDates);
    }
    let without_budget = Pricing { budget_per_night: None, ..*pricing };
    let mut found = Found { bookable: Vec::new(), dropped_by_budget: 0, reason: None };
    for hotel in hotels {
        match bookable(pricing, request, hotel) {
            Some(bookable) => found.bookable.push(bookable),
            None if pricing.budget_per_night.is_some() => {
                found.dropped_by_budget += usize::from(bookable(&without_budget, request, hotel).is_some());
            }
            None => {}
        }
    }
    found.reason = match (found.bookable.is_empty(), found.dropped_by_budget) {
        (false, _) => None,
        (true, 0) => Some(EmptyReason::NoAvailabilityForDates),
        (true, _) => Some(EmptyReason::AllDroppedByBudget),
    };
    found
}

/// The free rooms for every occupancy; nothing when one of them finds none. Equal occupancies are shown once:
/// each of them may take the same rate.
fn bookable<'a>(pricing: &Pricing<'_>, request: &Request, hotel: &'a Hotel) -> Option<Bookable<'a>> {
    let mut seen: Vec<(&Occupancy, i64)> = Vec::new();
    let (mut rooms, mut cheapest) = (Vec::new(), 0);
    for occupancy in &request.stay.rooms {
        let known = seen.iter().find(|(known, _)| *known == occupancy).map(|(_, cheapest)| *cheapest);
        cheapest += if let Some(known) = known {
            known
        } else {
            let priced = pricing.rooms(hotel, occupancy);
            let first = priced.first()?.cheapest;
            seen.push((occupancy, first));
            rooms.extend(priced.into_iter().map(|priced| priced.room));
            first
        };
    }
    Some(Bookable { hotel, rooms, cheapest })
}

/// The neighbours that are free, each with its cheapest rate only.
fn alternatives(pricing: &Pricing<'_>, request: &Request, neighbours: Vec<(f64, &Hotel)>) -> Vec<HotelShown> {
    let free = neighbours
        .into_iter()
        .filter_map(|(km, hotel)| Some((km, price(pricing, request, vec![hotel]).bookable.pop()?)));
    free.map(|(km, mut bookable)| {
        bookable.rooms.truncate(1);
        bookable.rooms.iter_mut().for_each(|room| room.rates.truncate(1));
        let distance_km = Some(Decimal { units: whole(km * 100.0).into(), decimals: 2 });
        HotelShown { distance_km, ..shown(bookable) }
    })
    .collect()
}

fn page(found: Found<'_>, page: &Page, destination_resolution: Resolution) -> Answer {
    let total_count = found.bookable.len();
    let next_offset = page.offset + page.max_results;
    let hotels: Vec<HotelShown> =
        found.bookable.into_iter().skip(page.offset).take(page.max_results).map(shown).collect();
    let is_beyond = hotels.is_empty() && total_count > 0;
    Answer {
        total: hotels.len(),
        pagination: Pagination { total_count, next_offset, has_more: next_offset < total_count },
        destination_resolution,
        warnings: Vec::new(),
        nearby_alternatives: None,
        empty_reason: found.reason.or(is_beyond.then_some(EmptyReason::CatalogExhausted)),
        budget_filter: None,
        hotels,
    }
}

fn shown(Bookable { hotel, rooms, .. }: Bookable<'_>) -> HotelShown {
    HotelShown {
        hotel_id: hotel.id.clone(),
        name: hotel.name.clone(),
        address: hotel.address.clone(),
        city: hotel.city.name,
        country: hotel.city.country,
        star_rating: hotel.stars,
        rating: Decimal { units: hotel.rating_tenths.into(), decimals: 1 },
        review_count: hotel.review_count,
        main_photo: format!("https://static.example/hotels/{}.jpg", hotel.id),
        thumbnail: format!("https://static.example/hotels/thumbnail/{}.jpg", hotel.id),
        latitude: hotel.point.latitude,
        longitude: hotel.point.longitude,
        distance_km: None,
        rooms,
    }
}
