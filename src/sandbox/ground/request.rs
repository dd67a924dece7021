//! The body of a ground search, checked.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::network::{Station, stations};
use crate::sandbox::fields::{Fields, code, integer, required};
use crate::sandbox::money::Currency;
use crate::sandbox::refusal::Refusal;

const PASSENGERS_MAX: usize = 9;
const CITY: &str = "a city code of five letters such as FRPAR: IATA codes and names are not known here";

/// A search that can be answered.
pub(crate) struct Request {
    pub(crate) ends: Ends,
    pub(crate) departure_date: Date,
    pub(crate) return_date: Option<Date>,
    /// One entry each, with the age where it is known.
    pub(crate) passengers: Vec<Option<u32>>,
    pub(crate) currency: Currency,
    carrier_codes: Vec<String>,
}

/// Where the way begins and ends. Empty when nobody has the code.
pub(crate) struct Ends {
    pub(crate) from: Vec<&'static Station>,
    pub(crate) to: Vec<&'static Station>,
}

impl Ends {
    /// The way back.
    pub(crate) fn turned(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone() }
    }
}

impl Request {
    /// Reads and checks a body (CONTRACT.md 7.8; `carrier_codes` also 9.4).
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub(crate) fn read(fields: Fields<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let from = read_end(fields, "departure_city", "departure_stations")?;
        let to = read_end(fields, "arrival_city", "arrival_stations")?;
        let departure_date = required(fields.date("departure_date")?, "departure_date")?;
        // The earliest date that it is in Europe: all stations are there.
        let earliest = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
        if departure_date < TimeZone::UTC.to_datetime(earliest).date() {
            return Err(Refusal::field("departure_date", "must not be in the past"));
        }
        let return_date = fields.date("return_date")?;
        if return_date.is_some_and(|date| date < departure_date) {
            return Err(Refusal::field("return_date", "must not be before departure_date"));
        }
        fields.text("locale", 2..=35)?;
        Ok(Self {
            ends: Ends { from, to },
            departure_date,
            return_date,
            passengers: read_passengers(fields)?,
            currency: fields.currency()?,
            carrier_codes: fields.list("carrier_codes", "carrier codes of four letters", |value| {
                code(value, 4, true).map(str::to_owned)
            })?,
        })
    }

    /// Whether a carrier may be shown.
    pub(crate) fn admits(&self, carrier: &str) -> bool {
        self.carrier_codes.is_empty() || self.carrier_codes.iter().any(|code| code == carrier)
    }
}

/// A city, or stations: one of the two.
fn read_end(fields: Fields<'_>, city: &str, list: &str) -> Result<Vec<&'static Station>, Refusal> {
    let city_code = fields.read(city, CITY, |value| code(value, 5, true))?;
    let wanted = "station codes of eight letters such as FRPARPGN";
    let codes = fields.list(list, wanted, |value| code(value, 8, true))?;
    match (city_code, codes.as_slice()) {
        (Some(_), [_, ..]) => Err(Refusal::field(list, format_args!("must not stand beside {city}"))),
        (Some(code), []) => Ok(stations(code).collect()),
        (None, []) => Err(Refusal::field(city, format_args!("is required, or {list}"))),
        (None, codes) => Ok(codes.iter().flat_map(|code| stations(code)).collect()),
    }
}

/// `[{"pax": 2}]`, or one object each with an `age`. One adult when absent.
fn read_passengers(fields: Fields<'_>) -> Result<Vec<Option<u32>>, Refusal> {
    let wanted = "objects {pax: 1 to 9, age?: 1 to 120}";
    let groups = fields.list("passengers", wanted, passengers)?;
    let all: Vec<Option<u32>> = groups.into_iter().flatten().collect();
    match all.len() {
        0 => Ok(vec![None]),
        1..=PASSENGERS_MAX => Ok(all),
        _ => Err(Refusal::field("passengers", format_args!("must be at most {PASSENGERS_MAX} together"))),
    }
}

fn passengers(value: &Value) -> Option<Vec<Option<u32>>> {
    let object = Fields(value.as_object()?);
    let number = |name: &str, most: u32| match object.value(name) {
        None => Some(None),
        Some(value) => integer(value).filter(|number| (1..=most).contains(number)).map(Some),
    };
    let (pax, age) = (number("pax", 9)?, number("age", 120)?);
    Some(vec![age; pax.unwrap_or(1) as usize])
}
