//! The body of a hotel search, checked.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sandbox::calendar::days_between;
use crate::sandbox::fields::{Fields, integer, required};
use crate::sandbox::geo::{Point, whole};
use crate::sandbox::money::Currency;
use crate::sandbox::refusal::Refusal;

const RESULTS_DEFAULT: u32 = 50;
const RESULTS_MAX: u32 = 200;
const RATING_DEFAULT_TENTHS: u32 = 70;
const RADIUS_DEFAULT_KM: f64 = 5.0;
const RADIUS_MAX_KM: f64 = 50.0;
const IDS_MAX: usize = 200;
/// More than can be booked (CONTRACT.md 7.6, large groups) but still answered: with an empty list.
const ROOMS_MAX: u32 = 30;
const ADULTS_MAX: u32 = 99;
const CHILDREN_MAX: usize = 40;
const NAMES_ONE_DESTINATION: &str = "names a second destination: send one of query, city_name with country_code, \
     latitude with longitude, place_id, hotel_ids, hotel_name";

/// A search that can be answered.
pub(crate) struct Request {
    pub(crate) destination: Destination,
    pub(crate) stay: Stay,
    pub(crate) filters: Filters,
    pub(crate) page: Page,
    pub(crate) warnings: Vec<String>,
}

/// Where to look: one of the shapes of CONTRACT.md 7.6.
pub(crate) enum Destination {
    Query(String),
    City { name: String, country: String },
    Point { point: Point, radius_km: f64 },
    PlaceId(String),
    HotelIds(Vec<String>),
    HotelName { name: String, city: Option<String>, country: Option<String> },
}

/// When, and who.
pub(crate) struct Stay {
    pub(crate) checkin: Date,
    pub(crate) checkout: Date,
    /// At least 1.
    pub(crate) nights: i64,
    /// One for each room; never empty.
    pub(crate) rooms: Vec<Occupancy>,
    pub(crate) currency: Currency,
}

/// Who sleeps in one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Occupancy {
    pub(crate) adults: u32,
    pub(crate) children_ages: Vec<u32>,
}

/// What a hotel must have. They hold in a search by place; of a search by name or ids only the budget does.
pub(crate) struct Filters {
    pub(crate) rating_min_tenths: u32,
    /// Nobody asked for the minimum: it is the default.
    pub(crate) is_rating_default: bool,
    pub(crate) stars_min: u32,
    pub(crate) stars_max: u32,
    pub(crate) reviews_min: u32,
    pub(crate) hotel_type_ids: Vec<u32>,
    /// Ids or slugs, as they were sent.
    pub(crate) chain_ids: Vec<String>,
    pub(crate) facility_ids: Vec<u32>,
    /// Minor units, per night and room.
    pub(crate) budget_per_night: Option<i64>,
}

/// Which part of the result.
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) max_results: usize,
}

impl Occupancy {
    /// Everybody.
    pub(crate) fn guests(&self) -> u32 {
        self.adults + u32::try_from(self.children_ages.len()).unwrap_or(u32::MAX - self.adults)
    }
}

impl Request {
    /// Reads and checks a body (CONTRACT.md 7.6).
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub(crate) fn read(fields: Fields<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let mut warnings = Vec::new();
        let destination = read_destination(fields, &mut warnings)?;
        let (checkin, checkout) = read_dates(fields, now)?;
        let currency = fields.currency()?;
        fields.read("guest_nationality", "a country code of two letters", |value| letters(value, 2))?;
        let nights = days_between(checkin, checkout);
        Ok(Self {
            destination,
            stay: Stay { checkin, checkout, nights, rooms: read_rooms(fields)?, currency },
            filters: read_filters(fields, currency)?,
            page: Page {
                offset: fields.integer("offset", 0..=1_000_000)?.unwrap_or(0) as usize,
                max_results: fields.integer("max_results", 1..=RESULTS_MAX)?.unwrap_or(RESULTS_DEFAULT)
                    as usize,
            },
            warnings,
        })
    }
}

fn read_dates(fields: Fields<'_>, now: Timestamp) -> Result<(Date, Date), Refusal> {
    let checkin = required(fields.date("checkin")?, "checkin")?;
    let checkout = required(fields.date("checkout")?, "checkout")?;
    // The earliest date that it is anywhere: a hotel may be in any zone.
    let earliest = now.checked_sub(SignedDuration::from_hours(12)).unwrap_or(now);
    if checkin < TimeZone::UTC.to_datetime(earliest).date() {
        return Err(Refusal::field("checkin", "must not be in the past"));
    }
    if checkout <= checkin {
        return Err(Refusal::field("checkin", "must be before checkout"));
    }
    Ok((checkin, checkout))
}

/// The one shape that the body has. A city beside coordinates is dropped with a warning, as Jinko does.
fn read_destination(fields: Fields<'_>, warnings: &mut Vec<String>) -> Result<Destination, Refusal> {
    let query = fields.text("query", 1..=200)?;
    let city = fields.text("city_name", 1..=200)?;
    let country = fields.read("country_code", "a country code of two letters", |value| letters(value, 2))?;
    let point = read_point(fields)?;
    let place_id = fields.text("place_id", 1..=300)?;
    let ids = fields.list("hotel_ids", "hotel ids", |value| value.as_str().map(str::to_owned))?;
    let name = fields.text("hotel_name", 2..=120)?;
    if ids.len() > IDS_MAX {
        return Err(Refusal::field("hotel_ids", format_args!("must have at most {IDS_MAX} entries")));
    }
    let is_city_a_shape = city.is_some() && name.is_none() && point.is_none();
    let shapes = [
        ("hotel_ids", !ids.is_empty()),
        ("hotel_name", name.is_some()),
        ("place_id", place_id.is_some()),
        ("latitude", point.is_some()),
        ("city_name", is_city_a_shape),
        ("query", query.is_some()),
    ];
    if let Some((second, _)) = shapes.iter().filter(|shape| shape.1).nth(1) {
        return Err(Refusal::field(second, NAMES_ONE_DESTINATION));
    }
    if point.is_some() && city.is_some() {
        warnings.push("city_name is ignored beside coordinates".to_owned());
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    match (name, point, place_id, city, query) {
        _ if !ids.is_empty() => Ok(Destination::HotelIds(ids)),
        (Some(name), ..) => {
            Ok(Destination::HotelName { name: name.to_owned(), city: owned(city), country: owned(country) })
        }
        (_, Some((point, radius_km)), ..) => Ok(Destination::Point { point, radius_km }),
        (_, _, Some(id), ..) => Ok(Destination::PlaceId(id.to_owned())),
        (_, _, _, Some(name), _) => {
            let country = required(country, "country_code")?.to_owned();
            Ok(Destination::City { name: name.to_owned(), country })
        }
        (.., Some(query)) => Ok(Destination::Query(query.to_owned())),
        _ => Err(Refusal::field(
            "query",
            "or another destination is required: city_name with country_code, latitude with longitude, place_id, hotel_ids, hotel_name",
        )),
    }
}

fn read_point(fields: Fields<'_>) -> Result<Option<(Point, f64)>, Refusal> {
    let latitude = fields.number("latitude", -90.0..=90.0)?;
    let longitude = fields.number("longitude", -180.0..=180.0)?;
    let wanted = format!("a number above 0, at most {RADIUS_MAX_KM}");
    let radius = fields.read("radius_km", wanted, |value| {
        value.as_f64().filter(|radius| *radius > 0.0 && *radius <= RADIUS_MAX_KM)
    })?;
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => {
            Ok(Some((Point { latitude, longitude }, radius.unwrap_or(RADIUS_DEFAULT_KM))))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(Refusal::field("longitude", "is required beside latitude")),
        (None, Some(_)) => Err(Refusal::field("latitude", "is required beside longitude")),
    }
}

/// `occupancies`, or the shorthand `adults`, `children`, `rooms`; one room for two adults when neither is sent.
fn read_rooms(fields: Fields<'_>) -> Result<Vec<Occupancy>, Refusal> {
    let wanted = "objects {adults: 1 to 8, children_ages?: at most 6 ages from 0 to 17}";
    let occupancies = fields.list("occupancies", wanted, occupancy)?;
    let is_shorthand = ["adults", "children", "rooms"].into_iter().find(|name| fields.value(name).is_some());
    match (occupancies.len(), is_shorthand) {
        (0, _) => read_shorthand(fields),
        (_, Some(_)) => Err(Refusal::field("occupancies", "must not stand beside adults, children or rooms")),
        (count, None) if count > ROOMS_MAX as usize => {
            Err(Refusal::field("occupancies", format_args!("must have at most {ROOMS_MAX} entries")))
        }
        _ => Ok(occupancies),
    }
}

fn occupancy(value: &Value) -> Option<Occupancy> {
    let object = Fields(value.as_object()?);
    let adults = object.value("adults").and_then(integer).filter(|adults| (1..=8).contains(adults))?;
    let children_ages = match object.value("children_ages") {
        None => Vec::new(),
        Some(ages) => ages.as_array()?.iter().map(age).collect::<Option<Vec<u32>>>()?,
    };
    (children_ages.len() <= 6).then_some(Occupancy { adults, children_ages })
}

fn age(value: &Value) -> Option<u32> {
    integer(value).filter(|age| *age <= 17)
}

/// Shares adults and children out over the rooms as evenly as it goes.
fn read_shorthand(fields: Fields<'_>) -> Result<Vec<Occupancy>, Refusal> {
    let rooms = fields.integer("rooms", 1..=ROOMS_MAX)?.unwrap_or(1);
    let adults = fields.integer("adults", 1..=ADULTS_MAX)?.unwrap_or(2.max(rooms));
    let children = fields.list("children", "ages from 0 to 17", age)?;
    if adults < rooms {
        return Err(Refusal::field("rooms", "must not be more than adults"));
    }
    if children.len() > CHILDREN_MAX {
        return Err(Refusal::field("children", format_args!("must have at most {CHILDREN_MAX} entries")));
    }
    let share = |room: u32| adults / rooms + u32::from(room < adults % rooms);
    let ages = |room: u32| children.iter().copied().skip(room as usize).step_by(rooms as usize).collect();
    Ok((0..rooms).map(|room| Occupancy { adults: share(room), children_ages: ages(room) }).collect())
}

fn read_filters(fields: Fields<'_>, currency: Currency) -> Result<Filters, Refusal> {
    let rating = fields.number("min_rating", 0.0..=10.0)?;
    let exactly = fields.integer("star_rating", 1..=5)?;
    let stars_min = fields.integer("min_star_rating", 1..=5)?.or(exactly).unwrap_or(1);
    let stars_max = fields.integer("max_star_rating", 1..=5)?.or(exactly).unwrap_or(5);
    if stars_min > stars_max {
        return Err(Refusal::field("max_star_rating", "must not be less than min_star_rating"));
    }
    Ok(Filters {
        rating_min_tenths: rating.map_or(RATING_DEFAULT_TENTHS, tenths_at_least),
        is_rating_default: rating.is_none(),
        stars_min,
        stars_max,
        reviews_min: fields.integer("min_reviews", 0..=u32::MAX)?.unwrap_or(0),
        hotel_type_ids: fields.list("hotel_type_ids", "whole numbers", id)?,
        chain_ids: fields.list("chain_ids", "brand slugs or whole numbers", slug)?,
        facility_ids: fields.list("facility_ids", "whole numbers", id)?,
        budget_per_night: fields.positive("max_budget_per_night")?.map(|number| currency.minor_units(number)),
    })
}

/// The fewest tenths that are not less than the rating. 1.1 is a hair more than eleven tenths in binary, and must
/// not become twelve.
fn tenths_at_least(rating: f64) -> u32 {
    whole((rating * 10.0 - 1e-6).ceil())
}

/// A whole number, also as text.
fn id(value: &Value) -> Option<u32> {
    integer(value).or_else(|| value.as_str()?.parse().ok())
}

fn slug(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| integer(value).map(|number| number.to_string()))
}

fn letters(value: &Value, length: usize) -> Option<&str> {
    value.as_str().filter(|text| text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_rating_of_one_decimal_is_itself() {
        for tenths in 0..=100 {
            assert_eq!(tenths_at_least(f64::from(tenths) / 10.0), tenths);
            assert_eq!(tenths_at_least(f64::from(tenths) * 0.1), tenths);
        }
        assert_eq!(tenths_at_least(7.01), 71);
    }

    #[test]
    fn the_shorthand_shares_guests_out_evenly() {
        let body = json!({ "adults": 5, "children": [3, 7, 12], "rooms": 2 });
        let rooms = read_rooms(Fields(body.as_object().unwrap())).unwrap();
        let shared: Vec<(u32, &[u32])> =
            rooms.iter().map(|room| (room.adults, room.children_ages.as_slice())).collect();
        assert_eq!(shared, [(3, &[3, 12][..]), (2, &[7][..])]);
    }

    #[test]
    fn nobody_named_is_two_adults_in_one_room() {
        let rooms = read_rooms(Fields(json!({}).as_object().unwrap())).unwrap();
        assert_eq!(rooms, [Occupancy { adults: 2, children_ages: Vec::new() }]);
    }
}
