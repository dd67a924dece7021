//! `price_monitoring`: the one cheapest price of a fixed journey, for whoever looks again and again
//! (CONTRACT.md 7.3).

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::answer::{Monitored, MonitoredFlight};
use super::search::{Candidates, Scene};
use crate::sandbox::fields::{Fields, required};
use crate::sandbox::flights::fares::Cabin;
use crate::sandbox::flights::filters::{Filters, Scope};
use crate::sandbox::flights::itineraries::Timetable;
use crate::sandbox::flights::request::{read_party, read_place, read_return_date, today_at};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{World, search_date};

const CANDIDATES: usize = 8;
/// So many journeys in a hundred have not been seen lately.
const STALE_PERCENT: u32 = 12;
const STALE_MINUTES: i64 = 3 * 24 * 60;
const NEXT_WHEN_STALE: &str = "Nothing fresh is cached, which is an answer: do not ask again at once. For a price of now \
     call flight_search, with the offer_token if there is one.";
const ECHOED: [&str; 14] = [
    "origin",
    "destination",
    "departure_date",
    "return_date",
    "origin_type",
    "destination_type",
    "direct_only",
    "cabin_class",
    "max_price",
    "include_carriers",
    "exclude_carriers",
    "adults",
    "children",
    "infants",
];

/// Answers a look at a price.
///
/// `stale` when the journey was not seen for days (then with the old price), or never (then without a flight).
///
/// # Errors
/// 400 naming the first field that is wrong.
pub(crate) fn price_monitoring(world: &World, fields: Fields<'_>) -> Result<Monitored, Refusal> {
    let now = world.now();
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
    let filters = Filters::read(fields, currency, return_date.is_some(), Scope::Cached)?;
    let scene = Scene {
        seed: &world.seed,
        now,
        searched_on: search_date(now),
        party: read_party(fields)?,
        cabin: fields.choice("cabin_class", &Cabin::NAMES)?.unwrap_or(Cabin::Economy),
        currency,
        max_total: fields.positive("max_price")?.map(|number| currency.minor_units(number)),
        filters: &filters,
    };
    let dates = [(departure_date, return_date)];
    let out = Timetable::between(scene.seed, &origin.airports, &destination.airports);
    let back = return_date.map(|_| Timetable::between(scene.seed, &destination.airports, &origin.airports));
    let candidates = Candidates::new(&scene, &out, back.as_ref(), &dates, CANDIDATES);
    let mut cheapest = candidates.offers(&scene, &dates, 1).into_iter().next();
    let is_stale = is_stale(&scene, &origin.code, &destination.code, dates[0]);
    if let Some(offer) = cheapest.as_mut().filter(|_| is_stale) {
        offer.seen = offer.seen.earlier(STALE_MINUTES);
    }
    let is_ok = cheapest.is_some() && !is_stale;
    Ok(Monitored {
        status: if is_ok { "ok" } else { "stale" },
        monitored_at: cheapest.map_or_else(
            || format!("{}T00:00:00Z", scene.searched_on),
            |offer| offer.seen.at(scene.searched_on),
        ),
        request_echo: echo(fields, currency.code),
        flight: cheapest.map(|offer| MonitoredFlight::new(&scene, &offer)),
        price_basis: Monitored::PRICE_BASIS,
        next: (!is_ok).then_some(NEXT_WHEN_STALE),
        filters: filters.report(false),
    })
}

/// Never of a search for Jinko Test Air alone, so that a test can count on an answer.
fn is_stale(scene: &Scene<'_>, origin: &str, destination: &str, dates: (Date, Option<Date>)) -> bool {
    let name = format!("{origin} {destination} {dates:?}");
    let mut draw = scene.seed.draw(&["stale", &scene.searched_on.to_string(), &name]);
    draw.chance(STALE_PERCENT) && !scene.filters.wants_only("ZZ")
}

fn echo(fields: Fields<'_>, currency: &str) -> Map<String, Value> {
    let sent = ECHOED.into_iter().filter_map(|name| Some((name.to_owned(), fields.value(name)?.clone())));
    sent.chain([("currency".to_owned(), currency.into())]).collect()
}
