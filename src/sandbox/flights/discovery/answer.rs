//! The answers of discovery (CONTRACT.md 7.1 to 7.3).

use serde::Serialize;
use serde_json::{Map, Value};

use super::search::{Offer, Scene};
use crate::sandbox::flights::filters::Report;
use crate::sandbox::flights::itineraries::Itinerary as Flown;
use crate::sandbox::flights::pairs::Candidate;
use crate::sandbox::moment::Moment;
use crate::sandbox::money::Money;
use crate::sandbox::places::Airport;

/// All prices of discovery are of one adult.
const PRICE_BASIS: &str = "one adult";

/// The answer of `flight_calendar`, `find_dates`, `lowest_fare`.
#[derive(Serialize)]
pub(crate) struct Calendar {
    pub(crate) itineraries: Vec<Itinerary>,
    /// Itineraries on all pages.
    pub(crate) total: usize,
    #[serde(flatten)]
    pub(crate) foot: Foot,
}

/// The answer of `find_destination`.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(crate) struct Destinations {
    pub(crate) destinations: Vec<Destination>,
    /// Destinations on all pages.
    pub(crate) total: usize,
    #[serde(flatten)]
    pub(crate) foot: Foot,
}

/// What stands under every list.
#[derive(Serialize)]
pub(crate) struct Foot {
    price_basis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Set when more pairs of dates were asked for than are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    dates_notice: Option<String>,
    #[serde(flatten)]
    filters: Report,
}

impl Foot {
    /// The foot of a list of which `next_page_token` names the rest.
    pub(crate) fn new(
        next_page_token: Option<String>,
        looked_at: usize,
        asked: usize,
        filters: Report,
    ) -> Self {
        let dates_notice = (looked_at < asked).then(|| {
            format!("{looked_at} of {asked} pairs of dates were looked at, evenly chosen: narrow the dates to see all.")
        });
        Self { price_basis: PRICE_BASIS, next_page_token, dates_notice, filters }
    }
}

/// A place to go.
#[derive(Serialize)]
pub(crate) struct Destination {
    pub(crate) city_name: &'static str,
    pub(crate) iata_code: &'static str,
    pub(crate) country_code: &'static str,
    pub(crate) image_url: String,
    pub(crate) location: Location,
    pub(crate) lowest_fare: Itinerary,
    /// The next ones, when more than one a destination was asked for.
    pub(crate) flights: Vec<Itinerary>,
}

/// Degrees.
#[derive(Serialize)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// A discovered offer.
#[derive(Serialize)]
pub(crate) struct Itinerary {
    /// The same as `offer_token`.
    id: String,
    offer_token: String,
    origin: Named,
    destination: Named,
    outbound: Leg,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound: Option<Leg>,
    /// One adult, both directions, cheapest brand.
    total: Money,
    cabin_class: &'static str,
    /// When that price was seen: RFC 3339, UTC.
    priced_at: String,
}

/// An airport.
#[derive(Serialize)]
struct Named {
    code: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Leg {
    origin: &'static str,
    destination: &'static str,
    departure_datetime: Moment,
    arrival_datetime: Moment,
    airline: &'static str,
    airline_name: &'static str,
    stops: u32,
    duration_minutes: i64,
}

impl Itinerary {
    /// An offer as it is shown.
    pub(crate) fn new(scene: &Scene<'_>, offer: &Offer<'_>) -> Self {
        let token = offer.token(scene);
        let out = &offer.pair.outbound.itinerary;
        Self {
            id: token.clone(),
            offer_token: token,
            origin: Named::new(out.from()),
            destination: Named::new(out.to()),
            outbound: Leg::new(out),
            inbound: offer.pair.inbound.map(|inbound| Leg::new(&inbound.itinerary)),
            total: scene.currency.money(offer.price),
            cabin_class: offer.pair.cabin().name(),
            priced_at: offer.seen.at(scene.searched_on),
        }
    }
}

impl Named {
    fn new(airport: &Airport) -> Self {
        Self { code: airport.code, name: airport.name }
    }
}

impl Leg {
    fn new(itinerary: &Flown) -> Self {
        Self {
            origin: itinerary.from().code,
            destination: itinerary.to().code,
            departure_datetime: itinerary.departure(),
            arrival_datetime: itinerary.arrival(),
            airline: itinerary.airline().code,
            airline_name: itinerary.airline().name,
            stops: itinerary.stops(),
            duration_minutes: itinerary.minutes(),
        }
    }
}

/// The answer of `price_monitoring`.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(crate) struct Monitored {
    /// `ok` or `stale`.
    pub(crate) status: &'static str,
    /// When the price was last seen: RFC 3339, UTC.
    pub(crate) monitored_at: String,
    pub(crate) request_echo: Map<String, Value>,
    /// Absent when nothing was ever seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flight: Option<MonitoredFlight>,
    pub(crate) price_basis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<&'static str>,
    #[serde(flatten)]
    pub(crate) filters: Report,
}

/// The one flight of `price_monitoring`.
#[derive(Serialize)]
pub(crate) struct MonitoredFlight {
    offer_token: String,
    total_price: Money,
    outbound_carrier: Carrier,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_carrier: Option<Carrier>,
    outbound_stops: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_stops: Option<u32>,
    outbound_duration_minutes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_duration_minutes: Option<i64>,
    outbound_departure_local: String,
    outbound_arrival_local: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_departure_local: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_arrival_local: Option<String>,
    cabin_class: &'static str,
    fare_brand: &'static str,
}

/// An airline with the number of its first flight, code included.
#[derive(Serialize)]
struct Carrier {
    code: &'static str,
    name: &'static str,
    flight_number: String,
}

impl Monitored {
    /// What all prices here mean.
    pub(crate) const PRICE_BASIS: &'static str = PRICE_BASIS;
}

impl MonitoredFlight {
    /// An offer as it is shown.
    pub(crate) fn new(scene: &Scene<'_>, offer: &Offer<'_>) -> Self {
        let out = &offer.pair.outbound.itinerary;
        let back = offer.pair.inbound.map(|inbound: &Candidate| &inbound.itinerary);
        Self {
            offer_token: offer.token(scene),
            total_price: scene.currency.money(offer.price),
            outbound_carrier: Carrier::new(out),
            inbound_carrier: back.map(Carrier::new),
            outbound_stops: out.stops(),
            inbound_stops: back.map(Flown::stops),
            outbound_duration_minutes: out.minutes(),
            inbound_duration_minutes: back.map(Flown::minutes),
            outbound_departure_local: local(out.departure()),
            outbound_arrival_local: local(out.arrival()),
            inbound_departure_local: back.map(|back| local(back.departure())),
            inbound_arrival_local: back.map(|back| local(back.arrival())),
            cabin_class: offer.pair.cabin().name(),
            fare_brand: offer.pair.brand_name(0),
        }
    }
}

impl Carrier {
    fn new(itinerary: &Flown) -> Self {
        let airline = itinerary.airline();
        let flight_number = format!("{}{}", airline.code, itinerary.numbers().0);
        Self { code: airline.code, name: airline.name, flight_number }
    }
}

/// `2027-06-17T09:40:00`: local, without offset.
fn local(moment: Moment) -> String {
    moment.civil().to_string()
}
