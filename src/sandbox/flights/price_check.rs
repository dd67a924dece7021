//! A price check: `POST /v1/flight_search` with an `offer_token` (CONTRACT.md 3.3, 7.4).
//!
//! The token alone is enough. Route, dates and passengers may stand beside it: the first two must then be the
//! offer's own, the last replace those of the discovery.

use jiff::civil::Date;
use serde::Serialize;

use super::answer::{Offer, ProviderStatus};
use super::discovery::{Held, Named, read_offer_token, seen};
use super::fares::Cabin;
use super::filters::{Filters, Report};
use super::network::Flight;
use super::offers::Search;
use super::pairs::{Candidate, Pair};
use super::request::{Party, Request, read_party, read_place};
use crate::sandbox::fields::Fields;
use crate::sandbox::money::{Currency, Money};
use crate::sandbox::places::{Airport, Place, airport_by_code};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{World, search_date};

const ALTERNATIVES_MAX: usize = 3;

/// The answer of a price check.
#[derive(Serialize)]
pub(crate) struct Checked {
    /// `confirmed`, `price_changed` or `offer_unavailable`.
    status: &'static str,
    offer_token: String,
    /// The older words for the same: `match`, `price_increased`, `price_decreased`, `flight_not_found`.
    price_status: &'static str,
    /// The offer with its live fares; empty when it is unavailable.
    offers: Vec<Offer>,
    total: usize,
    #[serde(flatten)]
    prices: Option<Prices>,
    /// `expired` (the token is not of today), `unknown_offer`, `departed`, `sold_out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    /// Live offers of the same journey, when the offer is unavailable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternative_offers: Vec<Offer>,
    provider_statuses: [ProviderStatus; 1],
    #[serde(flatten)]
    filters: Report,
}

/// What one adult pays in the cheapest brand, then and now.
#[derive(Serialize)]
struct Prices {
    search_price: Money,
    current_price: Money,
    /// Now less then.
    price_diff: Money,
}

/// Why an offer cannot be had.
#[derive(Clone, Copy)]
enum Reason {
    Expired,
    Unknown,
    Departed,
    SoldOut,
}

impl Reason {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => ("expired", "The offer_token is of an earlier day: discover the offer again."),
            Self::Unknown => {
                ("unknown_offer", "This offer_token was not made here: discover the offer again.")
            }
            Self::Departed => ("departed", "The flight has left or is no longer in the schedule."),
            Self::SoldOut => ("sold_out", "The last seat was sold since the offer was discovered."),
        }
    }
}

/// Checks the offer of a token.
///
/// # Errors
/// 400 when what stands beside the token is wrong or contradicts it. A token that is old or unknown is no error:
/// the status says so.
pub(crate) fn price_check(world: &World, fields: Fields<'_>, token: &str) -> Result<Checked, Refusal> {
    let now = world.now();
    let today = search_date(now);
    let known = read_offer_token(&world.seed, today, token);
    let beside = Beside::read(fields, known.as_ref().map(|known| &known.1))?;
    let Some((made_on, held)) = known else {
        return Ok(beside.unavailable(token, Reason::Unknown, Vec::new()));
    };
    let Some(request) = beside.request(&held) else {
        return Ok(beside.unavailable(token, Reason::Unknown, Vec::new()));
    };
    let search = Search { seed: &world.seed, now, searched_on: today, request: &request };
    let (outbound, inbound) = search.both_directions();
    let find = |candidates: &[Candidate], named: &Named| {
        candidates.iter().position(|candidate| named.names(&candidate.itinerary))
    };
    let out = find(&outbound, &held.outbound).and_then(|index| outbound.get(index));
    let back = held.inbound.as_ref().map(|named| find(&inbound, named).and_then(|index| inbound.get(index)));
    let pair = match (out, back) {
        (Some(outbound), None) => Some(Pair { outbound, inbound: None }),
        (Some(outbound), Some(Some(back))) => Some(Pair { outbound, inbound: Some(back) }),
        _ => None,
    };
    let reason = match pair {
        _ if made_on != today => Some(Reason::Expired),
        None => Some(Reason::Departed),
        Some(pair) if is_sold_out(&pair) => Some(Reason::SoldOut),
        Some(_) => None,
    };
    match (pair, reason) {
        (Some(pair), None) => Ok(beside.available(&search, token, pair)),
        (pair, reason) => {
            let others = search.best(&outbound, &inbound, ALTERNATIVES_MAX, |other| {
                pair.is_none_or(|pair| !std::ptr::eq(pair.outbound, other.outbound)) && !is_sold_out(other)
            });
            Ok(beside.unavailable(token, reason.unwrap_or(Reason::Departed), others))
        }
    }
}

/// Jinko Test Air's simulated sell-out: it is offered, and gone when one looks again.
fn is_sold_out(pair: &Pair<'_>) -> bool {
    let mut flights = pair.candidates().flat_map(|candidate| candidate.itinerary.flights());
    flights.any(Flight::simulates_sell_out)
}

/// What may stand beside the token.
struct Beside {
    /// Set when the body names any passenger.
    party: Option<Party>,
    currency: Option<Currency>,
    all_fares: bool,
    report: Report,
}

impl Beside {
    fn read(fields: Fields<'_>, held: Option<&Held>) -> Result<Self, Refusal> {
        agree(fields, held)?;
        let has = |name| fields.value(name).is_some();
        let party = read_party(fields)?;
        let currency = fields.currency()?;
        fields.choice("cabin_class", &Cabin::NAMES)?;
        Ok(Self {
            party: ["adults", "children", "infants"].into_iter().any(has).then_some(party),
            currency: has("currency").then_some(currency),
            all_fares: !has("multi_fare") || fields.flag("multi_fare")?,
            report: Report::of_price_check(fields),
        })
    }

    /// The search that finds the offer again; nothing when the tables no longer have its airports.
    fn request(&self, held: &Held) -> Option<Request> {
        let (out, back) = (&held.outbound, held.inbound.as_ref());
        let origin = place_of(&out.from, back.map(|back| back.to.as_str()))?;
        let destination = place_of(&out.to, back.map(|back| back.from.as_str()))?;
        Some(Request {
            origin,
            destination,
            departure_date: out.date,
            return_date: back.map(|back| back.date),
            party: self.party.unwrap_or(held.party),
            cabin: held.cabin,
            currency: self.currency.or_else(|| Currency::find(&held.currency))?,
            limit: 1,
            all_fares: self.all_fares,
            filters: Filters::default(),
        })
    }

    fn available(self, search: &Search<'_>, token: &str, pair: Pair<'_>) -> Checked {
        let currency = search.request.currency;
        let now = pair.adult_price(currency);
        let then = seen(search.seed, search.searched_on, &pair).price(now);
        let (status, price_status) = match now.cmp(&then) {
            std::cmp::Ordering::Equal => ("confirmed", "match"),
            std::cmp::Ordering::Greater => ("price_changed", "price_increased"),
            std::cmp::Ordering::Less => ("price_changed", "price_decreased"),
        };
        Checked {
            status,
            offer_token: token.to_owned(),
            price_status,
            offers: vec![search.offer(pair)],
            total: 1,
            prices: Some(Prices {
                search_price: currency.money(then),
                current_price: currency.money(now),
                price_diff: currency.money(now - then),
            }),
            unavailable_reason: None,
            message: None,
            alternative_offers: Vec::new(),
            provider_statuses: [ProviderStatus::success(1)],
            filters: self.report,
        }
    }

    fn unavailable(self, token: &str, reason: Reason, alternative_offers: Vec<Offer>) -> Checked {
        let (unavailable_reason, message) = reason.words();
        Checked {
            status: "offer_unavailable",
            offer_token: token.to_owned(),
            price_status: "flight_not_found",
            offers: Vec::new(),
            total: 0,
            prices: None,
            unavailable_reason: Some(unavailable_reason),
            message: Some(message),
            alternative_offers,
            provider_statuses: [ProviderStatus::success(0)],
            filters: self.report,
        }
    }
}

/// Holds that route and dates, where they are sent, are those of the offer.
fn agree(fields: Fields<'_>, held: Option<&Held>) -> Result<(), Refusal> {
    let legs = held.map(|held| (&held.outbound, held.inbound.as_ref()));
    for name in ["origin", "destination"] {
        if fields.value(name).is_none() {
            continue;
        }
        let place = read_place(fields, name)?;
        let wanted = legs.map(|(out, _)| if name == "origin" { &out.from } else { &out.to });
        if wanted.is_some_and(|wanted| place.airports.iter().all(|airport| airport.code != wanted)) {
            return Err(Refusal::field(name, "is not that of the offer_token"));
        }
    }
    let dates = [
        ("departure_date", legs.map(|(out, _)| Some(out.date))),
        ("return_date", legs.map(|(_, back)| back.map(|back| back.date))),
    ];
    for (name, wanted) in dates {
        let sent: Option<Date> = fields.date(name)?;
        if sent.is_some() && wanted.is_some_and(|wanted| wanted != sent) {
            return Err(Refusal::field(name, "is not that of the offer_token"));
        }
    }
    Ok(())
}

/// One airport, or the two of a city between which a round trip is open.
fn place_of(first: &str, second: Option<&str>) -> Option<Place> {
    let first: &Airport = airport_by_code(first)?;
    let second = second.filter(|code| *code != first.code);
    let code = if second.is_some() { first.city_code } else { first.code };
    let mut airports: Vec<&'static Airport> = vec![airport_by_code(first.code)?];
    if let Some(second) = second {
        airports.push(airport_by_code(second)?);
    }
    Some(Place { code: code.to_owned(), city: first.city, airports })
}
