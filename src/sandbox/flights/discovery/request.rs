//! The bodies of the discovery operations, checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::sandbox::calendar::days_between;
use crate::sandbox::fields::{Fields, code, date, integer, required};
use crate::sandbox::flights::fares::Cabin;
use crate::sandbox::flights::filters::{Filters, Scope};
use crate::sandbox::flights::offers::SCHEDULE_DAYS;
use crate::sandbox::flights::request::{KINDS, Party, read_party, today_at};
use crate::sandbox::money::Currency;
use crate::sandbox::places::{Place, PlaceKind, place};
use crate::sandbox::refusal::Refusal;

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;
const PLACES_MAX: usize = 100;
/// So many pairs of dates are looked at: of more, every so-many-th.
const DATE_PAIRS_MAX: usize = 1_200;
/// Stays that are looked at when a round trip names neither a return nor a stay.
const USUAL_STAYS: [i64; 7] = [2, 3, 4, 5, 7, 10, 14];
const RANGE: &str = "an object {start, end} of dates YYYY-MM-DD, start not after end";

/// A discovery that can be answered.
pub(crate) struct Request {
    pub(crate) origins: Vec<Place>,
    /// Empty: anywhere.
    pub(crate) destinations: Vec<Place>,
    pub(crate) groups_by: PlaceKind,
    pub(crate) dates: DatePairs,
    pub(crate) is_round_trip: bool,
    pub(crate) party: Party,
    pub(crate) cabin: Cabin,
    pub(crate) currency: Currency,
    /// Minor units, one adult.
    pub(crate) max_total: Option<i64>,
    pub(crate) flights_per_destination: usize,
    pub(crate) is_by_recommendation: bool,
    pub(crate) page: Page,
    pub(crate) filters: Filters,
}

/// Departures, each with its return in a round trip; in the order of the dates.
pub(crate) struct DatePairs {
    pub(crate) pairs: Vec<(Date, Option<Date>)>,
    /// Pairs that were asked for, when that is more.
    pub(crate) asked: usize,
}

/// Which part of the result.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Request {
    /// Reads and checks a body (CONTRACT.md 7.1; also of 7.2, where destinations are required).
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub(crate) fn read(fields: Fields<'_>, now: Timestamp, needs_destination: bool) -> Result<Self, Refusal> {
        let origin_kind = fields.choice("origin_type", &KINDS)?.unwrap_or(PlaceKind::Either);
        let destination_kind = fields.choice("destination_type", &KINDS)?;
        let origins = read_places(fields, "origins", origin_kind)?;
        if origins.is_empty() {
            return Err(Refusal::field("origins", "is required: at least one IATA code"));
        }
        let destinations =
            read_places(fields, "destinations", destination_kind.unwrap_or(PlaceKind::Either))?;
        if needs_destination && destinations.is_empty() {
            return Err(Refusal::field("destinations", "is required: at least one IATA code"));
        }
        if let Some(both) =
            destinations.iter().find(|place| origins.iter().any(|from| from.code == place.code))
        {
            return Err(Refusal::field(
                "destinations",
                format_args!("must not name {}, which origins names too", both.code),
            ));
        }
        let is_round_trip = fields.choice("trip_type", &[("oneway", false), ("roundtrip", true)])?;
        let is_round_trip = required(is_round_trip, "trip_type")?;
        let today = origins.first().map_or_else(Date::default, |origin| today_at(origin, now));
        let currency = fields.currency()?;
        fields.text("locale", 2..=35)?;
        Ok(Self {
            origins,
            destinations,
            groups_by: destination_kind.unwrap_or(PlaceKind::City),
            dates: read_dates(fields, today, is_round_trip)?,
            is_round_trip,
            party: read_party(fields)?,
            cabin: fields.choice("cabin_class", &Cabin::NAMES)?.unwrap_or(Cabin::Economy),
            currency,
            max_total: read_max_total(fields, currency)?,
            flights_per_destination: fields.integer("flights_per_destination", 1..=10)?.unwrap_or(1) as usize,
            is_by_recommendation: read_sort(fields)?,
            page: Page::read(fields)?,
            filters: Filters::read(fields, currency, is_round_trip, Scope::Cached)?,
        })
    }
}

impl Page {
    /// `limit` with `offset`, or with the token of the answer before.
    fn read(fields: Fields<'_>) -> Result<Self, Refusal> {
        let limit = fields.integer("limit", 1..=LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT) as usize;
        let mut offset = fields.integer("offset", 0..=1_000_000)?;
        for name in ["next_page_token", "page_token"] {
            let token =
                fields.read(name, "a token of an answer before", |value| offset_in(value.as_str()?))?;
            if token.is_some() && offset.is_some_and(|offset| Some(offset) != token) {
                return Err(Refusal::field(name, "must not stand beside another offset"));
            }
            offset = offset.or(token);
        }
        Ok(Self { limit, offset: offset.unwrap_or(0) as usize })
    }

    /// The token of the page behind this one, if there is anything on it.
    pub(crate) fn next_token(self, count: usize) -> Option<String> {
        let next = self.offset + self.limit;
        (next < count).then(|| STANDARD.encode(json!({ "offset": next }).to_string()))
    }

    /// The items of this page.
    pub(crate) fn of<T>(self, items: Vec<T>) -> impl Iterator<Item = T> {
        items.into_iter().skip(self.offset).take(self.limit)
    }
}

fn offset_in(token: &str) -> Option<u32> {
    let value: Value = serde_json::from_slice(&STANDARD.decode(token).ok()?).ok()?;
    integer(value.get("offset")?)
}

fn read_places(fields: Fields<'_>, name: &str, kind: PlaceKind) -> Result<Vec<Place>, Refusal> {
    let wanted = "IATA codes of three upper-case letters";
    let mut codes = fields.list(name, wanted, |value| code(value, 3, false))?;
    if codes.len() > PLACES_MAX {
        return Err(Refusal::field(name, format_args!("must have at most {PLACES_MAX} entries")));
    }
    let mut seen = std::collections::HashSet::new();
    codes.retain(|code| seen.insert(*code));
    Ok(codes.into_iter().map(|code| place(code, kind)).collect())
}

/// `max_price` is the older name; both mean one adult here.
fn read_max_total(fields: Fields<'_>, currency: Currency) -> Result<Option<i64>, Refusal> {
    let read = |name| Ok::<_, Refusal>(fields.positive(name)?.map(|number| currency.minor_units(number)));
    match (read("max_total")?, read("max_price")?) {
        (Some(total), Some(price)) if total != price => {
            Err(Refusal::field("max_price", "is the older name of max_total: send one of them"))
        }
        (total, price) => Ok(total.or(price)),
    }
}

/// True for `recommendation`. Which of the two names REST takes is not known, so both are.
fn read_sort(fields: Fields<'_>) -> Result<bool, Refusal> {
    let read = |name| fields.choice(name, &[("lowest", false), ("recommendation", true)]);
    Ok(read("sort_by")?.or(read("sort")?).unwrap_or(false))
}

fn read_dates(fields: Fields<'_>, today: Date, is_round_trip: bool) -> Result<DatePairs, Refusal> {
    let last = today.saturating_add(SCHEDULE_DAYS.days());
    let departures = read_days(fields, ["departure_dates", "departure_date_ranges"], today, last)?;
    let returns = read_days(fields, ["return_dates", "return_date_ranges"], today, last)?;
    let stays = read_stays(fields)?;
    if !is_round_trip && returns.is_some() {
        let name = if fields.value("return_dates").is_some() { "return_dates" } else { "return_date_ranges" };
        return Err(Refusal::field(name, "is for a roundtrip, but trip_type is oneway"));
    }
    let departures = departures.unwrap_or_else(|| days_from_to(today, last));
    let back = |departure: Date| -> Vec<Option<Date>> {
        match (&returns, &stays) {
            _ if !is_round_trip => vec![None],
            (Some(returns), stays) => {
                let fits = |date: &&Date| {
                    let stay = days_between(departure, **date);
                    stay >= 0 && stays.as_ref().is_none_or(|stays| stays.contains(&stay))
                };
                returns.iter().filter(fits).copied().map(Some).collect()
            }
            (None, stays) => {
                let stays: Vec<i64> = stays.clone().map_or_else(|| USUAL_STAYS.to_vec(), Iterator::collect);
                let dates = stays.into_iter().filter_map(|stay| departure.checked_add(stay.days()).ok());
                dates.filter(|date| *date <= last).map(Some).collect()
            }
        }
    };
    let pairs: Vec<(Date, Option<Date>)> = departures
        .into_iter()
        .flat_map(|departure| back(departure).into_iter().map(move |back| (departure, back)))
        .collect();
    let asked = pairs.len();
    Ok(DatePairs { pairs: thinned(pairs, DATE_PAIRS_MAX), asked })
}

/// At most `most` of the items, evenly chosen.
pub(crate) fn thinned<T: Copy>(items: Vec<T>, most: usize) -> Vec<T> {
    if items.len() <= most {
        return items;
    }
    (0..most).filter_map(|index| items.get(index * items.len() / most).copied()).collect()
}

/// Single dates and ranges together, sorted, each once, none beyond the schedule; nothing when neither is sent.
fn read_days(
    fields: Fields<'_>,
    [dates, ranges]: [&str; 2],
    today: Date,
    last: Date,
) -> Result<Option<Vec<Date>>, Refusal> {
    if fields.value(dates).is_none() && fields.value(ranges).is_none() {
        return Ok(None);
    }
    let mut days = fields.list(dates, "dates YYYY-MM-DD that exist", |value| date(value.as_str()?))?;
    if days.iter().any(|day| *day < today) {
        return Err(Refusal::field(dates, "must not be in the past"));
    }
    let read = fields.list(ranges, format_args!("objects, each {RANGE}"), |value| {
        let end = |name| date(value.get(name)?.as_str()?);
        end("start").zip(end("end")).filter(|(start, end)| start <= end)
    })?;
    if read.iter().any(|(_, end)| *end < today) {
        return Err(Refusal::field(ranges, "must not end in the past"));
    }
    days.extend(read.into_iter().flat_map(|(start, end)| days_from_to(start.max(today), end.min(last))));
    days.retain(|day| *day <= last);
    days.sort_unstable();
    days.dedup();
    Ok(Some(days))
}

fn days_from_to(first: Date, last: Date) -> Vec<Date> {
    first.series(1.day()).take_while(|day| *day <= last).collect()
}

fn read_stays(fields: Fields<'_>) -> Result<Option<std::ops::RangeInclusive<i64>>, Refusal> {
    let exact = fields.integer("stay_days", 1..=365)?.map(|days| i64::from(days)..=i64::from(days));
    let wanted = "an object {min, max} of days, min at least 1, max at most 365, min not above max";
    let range = fields.read("stay_days_range", wanted, |value| {
        let end = |name, default: i64| match value.as_object()?.get(name) {
            None | Some(Value::Null) => Some(default),
            Some(days) => Some(i64::from(integer(days)?)),
        };
        let (least, most) = (end("min", 1)?, end("max", 365)?);
        (1 <= least && least <= most && most <= 365).then_some(least..=most)
    })?;
    match (exact, range) {
        (Some(exact), Some(range)) if !range.contains(exact.start()) => {
            Err(Refusal::field("stay_days", "must lie in stay_days_range"))
        }
        (exact, range) => Ok(exact.or(range)),
    }
}
