//! The body of a car search, checked.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sandbox::fields::{Fields, code, date, required};
use crate::sandbox::money::Currency;
use crate::sandbox::places::{Airport, PlaceKind, place};
use crate::sandbox::refusal::Refusal;

const AGE_DEFAULT: u32 = 30;
const DAYS_MAX: i64 = 60;
const LIMIT_DEFAULT: u32 = 20;
const TIME: &str = "a local time YYYY-MM-DDTHH:MM";
const PICK_UP: &str =
    "an object {location: IATA code of three upper-case letters, date_time: local time YYYY-MM-DDTHH:MM}";

/// A search that can be answered.
pub(crate) struct Request {
    /// Empty when nobody has the code.
    pub(crate) pick_up: Vec<&'static Airport>,
    pub(crate) drop_off: Option<&'static Airport>,
    pub(crate) starts: DateTime,
    pub(crate) ends: DateTime,
    /// Begun days, at least one.
    pub(crate) days: i64,
    pub(crate) driver_age: u32,
    pub(crate) currency: Currency,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Request {
    /// Reads and checks a body.
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub(crate) fn read(fields: Fields<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let pick_up = required(fields.read("pick_up", PICK_UP, end)?, "pick_up")?;
        let starts = pick_up.1.ok_or_else(|| Refusal::field("pick_up", format_args!("must be {PICK_UP}")))?;
        let wanted = "an object {location: IATA code of three upper-case letters}";
        let drop_off = fields.read("drop_off", wanted, end)?;
        let ends = required(fields.read("drop_off_date_time", TIME, local_time)?, "drop_off_date_time")?;
        let airports = place(&pick_up.0, PlaceKind::Either).airports;
        let zone = airports.first().map(|airport| airport.zone());
        let here =
            zone.map_or_else(|| jiff::tz::TimeZone::UTC.to_datetime(now), |zone| zone.to_datetime(now));
        if starts < here {
            return Err(Refusal::field("pick_up", "must not be in the past"));
        }
        let minutes = ends.duration_since(starts).as_mins();
        if minutes < 60 {
            return Err(Refusal::field("drop_off_date_time", "must be at least an hour after pick_up"));
        }
        // An hour's grace, as desks give it, before another day begins.
        let days = (minutes - 60).div_euclid(24 * 60) + 1;
        if days > DAYS_MAX {
            return Err(Refusal::field(
                "drop_off_date_time",
                format_args!("must be within {DAYS_MAX} days of pick_up"),
            ));
        }
        let wanted = "a country code of two letters";
        let country = |value: &Value| {
            value
                .as_str()
                .filter(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
                .map(|_| ())
        };
        fields.read("residence_country", wanted, country)?;
        Ok(Self {
            pick_up: airports,
            drop_off: drop_off
                .and_then(|(code, _)| place(&code, PlaceKind::Either).airports.first().copied()),
            starts,
            ends,
            days,
            driver_age: fields.integer("driver_age", 18..=99)?.unwrap_or(AGE_DEFAULT),
            currency: fields.currency()?,
            limit: fields.integer("limit", 1..=100)?.unwrap_or(LIMIT_DEFAULT) as usize,
            offset: fields.integer("offset", 0..=1_000_000)?.unwrap_or(0) as usize,
        })
    }

    /// Whether the car is brought back to another city than it was taken from.
    pub(crate) fn is_one_way(&self, from: &Airport) -> bool {
        self.drop_off.is_some_and(|to| to.city_code != from.city_code)
    }
}

/// `{location, date_time?}`.
fn end(value: &Value) -> Option<(String, Option<DateTime>)> {
    let object = Fields(value.as_object()?);
    let location = code(object.value("location")?, 3, false)?.to_owned();
    match object.value("date_time") {
        None => Some((location, None)),
        Some(time) => Some((location, Some(local_time(time)?))),
    }
}

/// Exactly `YYYY-MM-DDTHH:MM`, with `:00` behind it or not.
fn local_time(value: &Value) -> Option<DateTime> {
    let text = value.as_str()?;
    let text = text.strip_suffix(":00").filter(|short| short.len() == 16).unwrap_or(text);
    let (day, time) = text.split_once('T')?;
    let (hour, minute) = time.split_once(':')?;
    let number = |digits: &str, below: i64| {
        let is_two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|number| is_two_digits && *number < below)
    };
    let minutes = number(hour, 24)? * 60 + number(minute, 60)?;
    date(day)?.to_datetime(jiff::civil::Time::midnight()).checked_add(SignedDuration::from_mins(minutes)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_read_to_the_minute_and_nothing_else_is() {
        let read = |text: &str| local_time(&json!(text)).map(|time| time.to_string());
        assert_eq!(read("2027-03-12T10:05").as_deref(), Some("2027-03-12T10:05:00"));
        assert_eq!(read("2027-03-12T10:00:00").as_deref(), Some("2027-03-12T10:00:00"));
        for wrong in
            ["2027-03-12", "2027-03-12T10", "2027-03-12T24:00", "2027-03-12 10:00", "2027-03-12T10:00Z"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
