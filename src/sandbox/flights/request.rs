//! The body of a flight search, checked.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::fares::Cabin;
use super::filters::{Filters, Scope};
use crate::sandbox::fields::{Fields, code, required};
use crate::sandbox::money::Currency;
use crate::sandbox::places::{Place, PlaceKind, place};
use crate::sandbox::refusal::Refusal;

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 300;
/// `origin_type` and `destination_type`.
pub(crate) const KINDS: [(&str, PlaceKind); 2] = [("city", PlaceKind::City), ("airport", PlaceKind::Airport)];

/// A search that can be answered.
pub(crate) struct Request {
    pub(crate) origin: Place,
    pub(crate) destination: Place,
    pub(crate) departure_date: Date,
    /// Present in a round trip only.
    pub(crate) return_date: Option<Date>,
    pub(crate) party: Party,
    pub(crate) cabin: Cabin,
    pub(crate) currency: Currency,
    pub(crate) limit: usize,
    /// False: of each offer the cheapest fare only.
    pub(crate) all_fares: bool,
    pub(crate) filters: Filters,
}

/// Who travels. Infants have no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) adults: u32,
    pub(crate) children: u32,
    pub(crate) infants: u32,
}

impl Request {
    /// Reads and checks a body (CONTRACT.md 7.4; the filters also 9.4).
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub(crate) fn read(fields: Fields<'_>, now: Timestamp) -> Result<Self, Refusal> {
        refuse_what_is_not_offered(fields)?;
        let (origin, destination) = (read_place(fields, "origin")?, read_place(fields, "destination")?);
        if origin.code == destination.code {
            return Err(Refusal::field("destination", "must differ from origin"));
        }
        let departure_date = required(fields.date("departure_date")?, "departure_date")?;
        if departure_date < today_at(&origin, now) {
            return Err(Refusal::field("departure_date", "must not be in the past"));
        }
        let return_date = read_return_date(fields, departure_date)?;
        let currency = fields.currency()?;
        fields.text("locale", 2..=35)?;
        Ok(Self {
            origin,
            destination,
            departure_date,
            return_date,
            party: read_party(fields)?,
            cabin: fields.choice("cabin_class", &Cabin::NAMES)?.unwrap_or(Cabin::Economy),
            currency,
            limit: fields.integer("limit", 1..=LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT) as usize,
            all_fares: fields.value("multi_fare").is_none() || fields.flag("multi_fare")?,
            filters: Filters::read(fields, currency, return_date.is_some(), Scope::Live)?,
        })
    }
}

/// `max_total` belongs to discovery.
fn refuse_what_is_not_offered(fields: Fields<'_>) -> Result<(), Refusal> {
    if fields.value("max_total").is_some() {
        return Err(Refusal::field(
            "max_total",
            "is not taken by a live search: use max_price, for the whole trip",
        ));
    }
    Ok(())
}

/// A required place, with its kind beside it.
pub(crate) fn read_place(fields: Fields<'_>, name: &str) -> Result<Place, Refusal> {
    let wanted = "an IATA code of three upper-case letters";
    let code = required(fields.read(name, wanted, |value| code(value, 3, false))?, name)?;
    let kind = fields.choice(&format!("{name}_type"), &KINDS)?.unwrap_or(PlaceKind::Either);
    Ok(place(code, kind))
}

/// The date where the journey starts; for an unknown place the earliest date that it is anywhere.
pub(crate) fn today_at(origin: &Place, now: Timestamp) -> Date {
    let here = origin.airports.first().map(|airport| airport.zone().to_datetime(now).date());
    here.unwrap_or_else(|| {
        let earliest = now.checked_sub(SignedDuration::from_hours(12)).unwrap_or(now);
        TimeZone::UTC.to_datetime(earliest).date()
    })
}

/// The return date, with `trip_type` agreeing: it follows from the return date, and may only repeat it.
pub(crate) fn read_return_date(fields: Fields<'_>, departure_date: Date) -> Result<Option<Date>, Refusal> {
    let return_date = fields.date("return_date")?;
    let is_round_trip = fields.choice("trip_type", &[("oneway", false), ("roundtrip", true)])?;
    match (return_date, is_round_trip) {
        (Some(date), _) if date < departure_date => {
            Err(Refusal::field("return_date", "must not be before departure_date"))
        }
        (None, Some(true)) => Err(Refusal::field("return_date", "is required for a roundtrip")),
        (Some(_), Some(false)) => Err(Refusal::field("trip_type", "is oneway, but return_date is given")),
        _ => Ok(return_date),
    }
}

/// Who travels: one adult when nobody is named.
pub(crate) fn read_party(fields: Fields<'_>) -> Result<Party, Refusal> {
    let adults = fields.integer("adults", 1..=9)?.unwrap_or(1);
    let children = fields.integer("children", 0..=8)?.unwrap_or(0);
    let infants = fields.integer("infants", 0..=4)?.unwrap_or(0);
    if infants > adults {
        return Err(Refusal::field("infants", "travel on a lap: there must be as many adults"));
    }
    Ok(Party { adults, children, infants })
}
